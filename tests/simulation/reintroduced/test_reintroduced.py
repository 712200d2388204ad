"""Each fault is found on its seed, by the property that it violates. Without the fault, the seed passes."""

from __future__ import annotations

import pytest

from tests.simulation.reintroduced import FAULTS, NOT_FOUND
from tests.simulation.reintroduced.fault import Fault
from tests.simulation.reintroduced.search import LIMIT
from tests.simulation.reintroduced.table import PAGE, found, with_table

FOUND = found()

faults_in_python = pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS.values() if not fault.fail_point and fault.name not in NOT_FOUND],
    ids=lambda fault: fault.name,
)


@faults_in_python
def test_fault_is_found_on_its_seed(fault: Fault) -> None:
    result = FOUND[fault.name]
    failure = fault.run(result["seed"]).failure
    assert failure is not None
    assert failure.violated == result["violated"]


@faults_in_python
def test_seed_passes_without_the_fault(fault: Fault) -> None:
    assert fault.run_without(FOUND[fault.name]["seed"]).failure is None


def test_every_fault_is_found_within_the_limit() -> None:
    assert FOUND.keys() == FAULTS.keys() - NOT_FOUND.keys()
    assert all(0 <= result["seed"] < result["seeds"] <= LIMIT for result in FOUND.values())


def test_table_in_the_documentation_is_current() -> None:
    page = PAGE.read_text()
    assert with_table(page) == page
