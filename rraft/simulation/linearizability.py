"""Whether a sequential execution explains what concurrent clients have seen.

The checker goes through the returns in the order of time. At each return, the operation must have taken effect: at that
moment, or before. It tries the operation first, then the concurrent ones before it, and goes back where that leads to a
dead end. This is the search of Wing and Gong with Lowe's memory of dead ends, and with three additions that make no
difference to the result:

- An operation that is possible and leaves the state as it is, such as a read, takes effect at once.
- An operation with an unknown outcome takes effect only if another one cannot be explained without it. A dead end
  remains one if more of them have taken effect.
- Of equal operations with unknown outcomes, the first one takes effect first.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rraft.simulation.linearization import Budget, Found, Search, in_order
from rraft.simulation.models import Model, State
from rraft.simulation.operations import Operation, Request, Response


class Verdict(Enum):
    """The result of a check."""

    LINEARIZABLE = "linearizable"
    NOT_LINEARIZABLE = "not linearizable"
    UNKNOWN = "unknown"
    """The check has reached its bound."""


@dataclass(frozen=True)
class Result:
    """What a check has found. `bool(result)` is whether the history is linearizable."""

    verdict: Verdict
    steps: int
    """How often the check has called the model."""
    partition: Hashable = None
    """The partition that is not linearizable, or that was not decided."""
    prefix: tuple[Operation[Any, Any], ...] = ()
    """The longest linearizable beginning of that partition, in an order that explains it."""
    culprit: Operation[Any, Any] | None = None
    """The first operation to return that no order explains."""
    explanation: str = ""
    """The reason as text, for a history that is not linearizable."""

    def __bool__(self) -> bool:
        return self.verdict is Verdict.LINEARIZABLE

    def __str__(self) -> str:
        return self.explanation or self.verdict.value


def check(
    model: Model[State, Request, Response],
    operations: Iterable[Operation[Request, Response]],
    *,
    max_steps: int | None = 5_000_000,
    seconds: float | None = None,
) -> Result:
    """Checks whether a history is linearizable.

    Calls and returns at the same time count as concurrent. The check of a partition gives up after so many calls of the
    model, and the whole after so many seconds: the verdict is `UNKNOWN` then, unless another partition is not
    linearizable.

    Raises `ValueError` for an operation that returns before its call, or has a response and has not returned, and
    `TypeError` for what is not an operation, has no time of its call, or leads to a state that is not hashable.
    """
    hash(model.initial())
    started = time.monotonic()
    steps = 0
    undecided: Result | None = None
    partitions = _partitions(model, operations)
    for partition, members in sorted(partitions.items(), key=lambda item: len(item[1])):
        found = Found.BOUND
        for max_unknown, share in LIMITS if any(operation.returned is None for operation in members) else LIMITS[-1:]:
            deadline = None if seconds is None else started + share * seconds
            budget = Budget(None if max_steps is None else int(share * max_steps), deadline)
            search = Search(model, members, budget, max_unknown)
            found = search.run()
            steps += budget.steps
            if found is Found.ORDER or (found is Found.NOTHING and not search.is_limited):
                break
        if found is Found.NOTHING:
            again = Search(model, members, Budget(max_steps, deadline), looks_ahead=False)
            if again.run() is Found.NOTHING:
                search = again
            return _violation(model, partition, search, steps)
        if found is Found.BOUND and undecided is None:
            text = f"unknown: {_name(partition)}not decided after {steps} calls of the model"
            undecided = Result(Verdict.UNKNOWN, steps, partition, explanation=text)
    return Result(Verdict.LINEARIZABLE, steps) if undecided is None else undecided


LIMITS: tuple[tuple[int | None, float], ...] = ((1, 0.2), (3, 0.5), (None, 1.0))
"""How many operations with unknown outcomes may take effect for one that returns, and the share of the bound for it.

With many unknown outcomes, there are too many orders to try all. Most histories need few of them at a time.
"""


def _partitions(
    model: Model[State, Request, Response], operations: Iterable[Operation[Request, Response]]
) -> dict[Hashable, list[Operation[Request, Response]]]:
    partitions: dict[Hashable, list[Operation[Request, Response]]] = {}
    for operation in operations:
        _check_operation(operation)
        partitions.setdefault(model.partition(operation.request), []).append(operation)
    return partitions


def _check_operation(operation: object) -> None:
    """Raises `TypeError` and `ValueError` for what is not an operation, or has no place in time."""
    if not isinstance(operation, Operation):
        raise TypeError(f"expected Operation, got {type(operation).__name__}")
    end = operation.called if operation.returned is None else operation.returned
    try:
        is_ordered = operation.called <= end  # not for NaN
    except TypeError as error:
        raise TypeError(f"expected times of a call and its return that can be compared, got {operation}") from error
    if not is_ordered:
        raise ValueError(f"expected operations that return after their call, got {operation}")
    if operation.returned is None and operation.response is not None:
        raise ValueError(f"expected no response of an operation that has not returned, got {operation}")


def _name(partition: Hashable) -> str:
    return "" if partition is None else f"{partition!r}: "


SHOWN = 8
"""How many operations of a kind an explanation has."""


def _violation(
    model: Model[State, Request, Response], partition: Hashable, search: Search[State, Request, Response], steps: int
) -> Result:
    culprit = search.returns[search.furthest]
    path = in_order(search.best)
    prefix = tuple(operation for operation, _ in path)
    taken = {id(operation) for operation in (*prefix, culprit)}
    concurrent = [operation for operation in search.available(search.furthest) if id(operation) not in taken]

    lines = [f"not linearizable: {_name(partition)}no order of the operations explains", f"    {_line(model, culprit)}"]
    if search.furthest == 1:
        lines.append("The operation that returned before is linearizable:")
    elif search.furthest:
        shown = f"the last {SHOWN} of {len(path)}, " if len(path) > SHOWN else ""
        lines.append(f"The {search.furthest} operations that returned before are linearizable, {shown}in this order:")
    rows = [(_line(model, operation), _short(model.describe_state(state))) for operation, state in path[-SHOWN:]]
    width = max((len(text) for text, _ in rows), default=0)
    lines += [f"    {text:{width}}   state: {state}" for text, state in rows]
    if concurrent:
        lines.append("These may take effect before it, and do not explain it either:")
        lines += [f"    {_line(model, operation)}" for operation in concurrent[:SHOWN]]
        if len(concurrent) > SHOWN:
            lines.append(f"    and {len(concurrent) - SHOWN} more")
    states = " or ".join(_short(model.describe_state(state)) for state in search.states)
    lines.append(f"States that are possible when it returns, without it: {states}")
    return Result(Verdict.NOT_LINEARIZABLE, steps, partition, prefix, culprit, "\n".join(lines))


def _line(model: Model[State, Request, Response], operation: Operation[Request, Response]) -> str:
    known = operation.returned is not None
    end = f" to {operation.returned:.6g}" if known else ", not returned"
    text = _short(model.describe(operation.request, operation.response, known=known))
    return f"{operation.called:.6g}{end}, {operation.client}: {text}"


def _short(text: str, limit: int = 80) -> str:
    """The text, without its middle if it is long. The end of a list tells more than its beginning."""
    return text if len(text) <= limit else f"{text[: limit // 4]} ... {text[-limit * 3 // 4 :]}"
