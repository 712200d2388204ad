"""Any call with any arguments: the process survives, and only ordinary exceptions are raised.

`tests/harness/fuzz` defines the calls, the arguments, and what counts as a fault.
"""

from __future__ import annotations

import os

import pytest

from tests.harness.fuzz.episode import Fault
from tests.harness.fuzz.run import Run
from tests.harness.fuzz.surface import targets

CALLS = 20_000
CALLS_OF_FUZZ = 5_000_000


def show(faults: list[Fault]) -> str:
    """The faults by their locations: `python -m tests.harness.fuzz.run --seed S --episode E` reproduces one."""
    return "\n".join(f"{fault.kind}: {fault.place}\n    {fault.text}" for fault in faults)


def test_no_call_causes_a_fault(request: pytest.FixtureRequest) -> None:
    is_long = request.config.getoption("--fuzz")
    seed = int.from_bytes(os.urandom(4), "big") if is_long else 2
    calls = CALLS_OF_FUZZ if is_long else CALLS

    tally = Run(seed).explore(calls, workers=(os.cpu_count() or 1) if is_long else 1)

    print(tally.summary())
    assert not tally.faults, show(tally.faults)
    assert tally.calls >= calls
    assert tally.past_the_checks > 0.8 * tally.calls
    assert not {target.name for target in targets()} - tally.passed
    assert len({target.name for target in targets()} - tally.returned) < 30


def test_run_is_deterministic() -> None:
    first, second = (Run(7).explore(4_000) for _ in range(2))

    assert (first.calls, first.errors, first.returned) == (second.calls, second.errors, second.returned)
