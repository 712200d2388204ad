"""What a failure tells: the fewest faults with which a seed fails, and what happened then."""

from collections.abc import Sequence
from pathlib import Path

from rraft.simulation.description import Description
from rraft.simulation.diagnosis import diagnose
from rraft.simulation.errors import SimulationError
from rraft.simulation.faults import Fault
from rraft.simulation.history import ClientOperation
from rraft.simulation.picture import html_timeline
from rraft.simulation.run import Run, Scenario, run_seed
from rraft.simulation.shrink import shrink
from rraft.simulation.timeline import Bar, text_timeline

MAX_SECONDS = 60.0
"""Seconds after which its faults are not made fewer any more."""

MAX_RUNS = 100
"""Runs of a seed after which its faults are not made fewer any more."""


OF_STATE_MACHINES = ("acknowledged commands are applied", "equal states", "linearizable")
"""Properties that a wrong state machine violates."""


def explain(scenario: Scenario, run: Run, *, max_runs: int = MAX_RUNS) -> SimulationError:
    """Runs a failed seed again with fewer faults, as long as the same property is violated.

    Returns the error of the last run that has failed, with the faults and a timeline in its text.
    """
    if run.failure is None:
        raise ValueError(f"seed {run.seed} has not failed")
    error = run.failure
    begun = list(error.faults)

    def fails(faults: list[Fault]) -> bool:
        nonlocal error
        again = run_seed(scenario, run.seed, faults).failure
        if again is None or again.violated != error.violated:
            return False
        error = again  # `shrink` goes on from the last part that has failed
        return True

    shrunk = shrink(fails, begun, max_attempts=max_runs, seconds=MAX_SECONDS)
    end = "" if shrunk.is_minimal else f" after {shrunk.attempts} runs, perhaps not the fewest"
    faults = "\n".join(f"    {fault}" for fault in error.faults) or "    none"
    report = f"With these of {len(begun)} faults{end}:\n{faults}\n\n{text_timeline(error.trace)}"
    hint = diagnose(scenario.make, error.history, with_queries=True) if error.violated in OF_STATE_MACHINES else ""
    if hint:
        report = f"The state machine alone, without hosts, may explain it. {hint}\n\n{report}"
    explained = SimulationError(
        error.seed,
        error.violated,
        error.text,
        faults=error.faults,
        trace=error.trace,
        history=error.history,
        description=error.description,
        report=report,
    )
    explained.__cause__ = error.__cause__
    return explained


def write_picture(error: SimulationError, path: str | Path) -> None:
    """Writes a failed run as an HTML file: a lane for each host and client. It needs nothing from the network."""
    notes = "\n".join(map(str, error.faults))
    page = html_timeline(error.trace, _bars(error.history, error.description), title=error.summary, notes=notes)
    Path(path).write_text(page, encoding="utf-8")


def _bars(history: Sequence[ClientOperation], description: Description | None) -> list[Bar]:
    return [
        Bar(
            f"client {operation.client}",
            operation.invoked,
            None if operation.result is None else operation.returned,
            _kind(operation),
            _text(operation, description),
        )
        for operation in history
    ]


def _text(operation: ClientOperation, description: Description | None) -> str:
    if description is None:
        return f"{operation.payload[:60]!r} -> {operation.result!r:.60}"
    result = "?" if operation.result is None else description.result(operation.payload, operation.result)
    return f"{description.call(operation.payload)} -> {result}"


def _kind(operation: ClientOperation) -> str:
    if operation.result is None:
        return "unknown" if operation.is_unknown else "failed"
    return "command" if operation.is_command else "query"
