"""Each fault is found on its seed, by the property that it violates. Without the fault, the seed passes."""

from __future__ import annotations

from tests.simulation.reintroduced import FAULTS
from tests.simulation.reintroduced.checks import FOUND, check_absent, check_found, found_faults
from tests.simulation.reintroduced.fault import Fault
from tests.simulation.reintroduced.search import LIMIT
from tests.simulation.reintroduced.table import PAGE, with_table


@found_faults(in_rust=False)
def test_fault_is_found_on_its_seed(fault: Fault) -> None:
    check_found(fault)


@found_faults(in_rust=False)
def test_seed_passes_without_the_fault(fault: Fault) -> None:
    check_absent(fault)


def test_every_fault_is_found_within_the_limit() -> None:
    assert FOUND.keys() == FAULTS.keys()
    assert all(0 <= result["seed"] < result["seeds"] <= LIMIT for result in FOUND.values())


def test_table_in_the_documentation_is_current() -> None:
    page = PAGE.read_text()
    assert with_table(page) == page
