"""What is checked of each fault that was found, in Python and in Rust."""

from __future__ import annotations

import pytest

from tests.simulation.reintroduced import FAULTS
from tests.simulation.reintroduced.fault import Fault
from tests.simulation.reintroduced.table import found

FOUND = found()


def found_faults(*, in_rust: bool) -> pytest.MarkDecorator:
    """Runs a test for each fault of one of the languages that was found."""
    faults = [fault for fault in FAULTS.values() if bool(fault.fail_point) is in_rust]
    return pytest.mark.parametrize("fault", faults, ids=lambda fault: fault.name)


def check_found(fault: Fault) -> None:
    """The fault is found on its seed, by the property that it violates."""
    result = FOUND[fault.name]
    failure = fault.run(result["seed"]).failure
    assert failure is not None
    assert failure.violated == result["violated"]


def check_absent(fault: Fault) -> None:
    """Without the fault, its seed passes."""
    assert fault.run_without(FOUND[fault.name]["seed"]).failure is None
