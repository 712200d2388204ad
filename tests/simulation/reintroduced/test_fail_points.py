"""The faults of the code in Rust: as `test_reintroduced.py`. They need a build with fail points."""

from __future__ import annotations

from rraft import failpoints
from tests.simulation.reintroduced.checks import check_absent, check_found, found_faults
from tests.simulation.reintroduced.fault import Fault


@found_faults(in_rust=True)
def test_fault_is_found_on_its_seed(fault: Fault) -> None:
    check_found(fault)
    assert failpoints.list() == []


@found_faults(in_rust=True)
def test_seed_passes_without_the_fault(fault: Fault) -> None:
    check_absent(fault)
