"""The faults of the code in Rust: as `test_reintroduced.py`. They need a build with fail points."""

from __future__ import annotations

import pytest

from rraft import failpoints
from tests.simulation.reintroduced import FAULTS, NOT_FOUND
from tests.simulation.reintroduced.fault import Fault
from tests.simulation.reintroduced.table import found

FOUND = found()

faults_in_rust = pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS.values() if fault.fail_point and fault.name not in NOT_FOUND],
    ids=lambda fault: fault.name,
)


@faults_in_rust
def test_fault_is_found_on_its_seed(fault: Fault) -> None:
    result = FOUND[fault.name]
    failure = fault.run(result["seed"]).failure
    assert failure is not None
    assert failure.violated == result["violated"]
    assert failpoints.list() == []


@faults_in_rust
def test_seed_passes_without_the_fault(fault: Fault) -> None:
    assert fault.run_without(FOUND[fault.name]["seed"]).failure is None
