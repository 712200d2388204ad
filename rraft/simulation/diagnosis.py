"""What is wrong with a state machine, without hosts: hints about a failed run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

from rraft.cluster.core.outcomes import Result, check_result, depends_on_host, describe
from rraft.cluster.replicated import Replicated
from rraft.cluster.replicated_machine import as_state_machine
from rraft.cluster.state_machine import Context, StateMachine
from rraft.simulation.description import Description
from rraft.simulation.history import ClientOperation
from rraft.simulation.observed_machine import ObservedMachine

MAX_COMMANDS = 300
"""Commands that are tried, at most."""

MAX_SECONDS = 5.0
"""Seconds after which nothing more is tried."""

LATE = 3
"""Commands that are applied while the chunks of a snapshot are taken."""


def diagnose(
    make: Callable[[], Replicated | StateMachine], history: Sequence[ClientOperation], *, with_queries: bool
) -> str:
    """Applies the commands of a run to two state machines, of which one goes a way that must make no difference.

    Returns which one does, in a sentence, or nothing. The answers of queries are compared, too, if `with_queries`.
    """
    trial = _Trial(make, history, with_queries=with_queries)
    with suppress(Exception):  # what the state machine raises when it is alone says nothing about the run
        for name, way in _WAYS.items():
            difference = trial.difference(way)
            if difference:
                return f"{name}:\n    {difference}"
    return ""


class _Machine:
    """A state machine that applies commands alone."""

    def __init__(self, make: Callable[[], Replicated | StateMachine]) -> None:
        self._make = make
        self._context = Context(1)
        self.index = 0
        self.machine: StateMachine = self._new()

    def _new(self) -> StateMachine:
        return as_state_machine(self._make())

    def apply(self, payload: bytes) -> Result:
        """Applies a command at the next index."""
        self.index += 1
        self._context.start_entry(self.index, float(self.index))
        return _result_of(lambda: self.machine.apply(payload, self._context))

    def query(self, payload: bytes) -> Result:
        """Answers a query."""
        return _result_of(lambda: self.machine.query(payload))

    def restart(self) -> None:
        """Continues with a new object, which restores a snapshot."""
        chunks = list(self.machine.snapshot())
        self.machine = self._new()
        self.machine.restore(iter(chunks))

    def restore(self, chunks: Iterator[bytes]) -> None:
        """Restores a snapshot into the same object."""
        self.machine.restore(chunks)

    def digests(self) -> dict[str, int]:
        """See `ObservedMachine.digests`."""
        return ObservedMachine(self.machine).digests()


def _result_of(call: Callable[[], bytes]) -> Result:
    try:
        return check_result(call())
    except BaseException as error:
        if depends_on_host(error):
            raise
        return describe(error)


class _Trial:
    def __init__(
        self,
        make: Callable[[], Replicated | StateMachine],
        history: Sequence[ClientOperation],
        *,
        with_queries: bool,
    ) -> None:
        self.make = make
        self._with_queries = with_queries
        self._end = time.monotonic() + MAX_SECONDS
        group = history[-1].group if history else 1
        calls = [operation for operation in history if operation.group == group]
        self.commands = [operation.payload for operation in calls if operation.is_command][:MAX_COMMANDS]
        self.queries = list(dict.fromkeys(operation.payload for operation in calls if not operation.is_command))[:8]
        self._description = Description(make)

    def machine_after(self, count: int) -> _Machine:
        """A state machine that has applied so many commands."""
        machine = _Machine(self.make)
        for payload in self.commands[:count]:
            machine.apply(payload)
        return machine

    def difference(self, way: Callable[[_Trial, _Machine, int], None]) -> str:
        """The first command after which a state machine that has gone the way differs from one that has not."""
        plain, other = _Machine(self.make), _Machine(self.make)
        for number, payload in enumerate(self.commands):
            if time.monotonic() > self._end:
                break
            way(self, other, number)
            expected, got = plain.apply(payload), other.apply(payload)
            call = self._description.call(payload)
            if not self._description.equal(payload, expected, got):
                values = [self._description.result(payload, value) for value in (got, expected)]
                return f"command {number + 1}, {call}, returns {values[0]} instead of {values[1]}"
            before, after = plain.digests(), other.digests()
            for part in before | after:
                if before.get(part) != after.get(part):
                    text = ObservedMachine(other.machine).describe(part)
                    usual = ObservedMachine(plain.machine).describe(part)
                    return f"after command {number + 1}, {call}, {text}\n    without that, {usual}"
            if self._with_queries and way is not _ask:
                for query in self.queries:
                    got, expected = other.query(query), plain.query(query)
                    if not self._description.equal(query, expected, got):
                        values = [self._description.result(query, value) for value in (got, expected)]
                        text = f"{self._description.call(query)} returns {values[0]} instead of {values[1]}"
                        return f"after command {number + 1}, {call}, {text}"
        return ""


def _nothing(trial: _Trial, machine: _Machine, number: int) -> None:
    del trial, machine, number


def _ask(trial: _Trial, machine: _Machine, number: int) -> None:
    del number
    for payload in trial.queries:
        machine.query(payload)


def _restart(trial: _Trial, machine: _Machine, number: int) -> None:
    del trial, number
    machine.restart()


def _catch_up(trial: _Trial, machine: _Machine, number: int) -> None:
    """A host that has fallen behind restores the snapshot of another one into the object that it has."""
    if number % LATE == 0 and number:
        leader, behind = trial.machine_after(number), trial.machine_after(number - LATE)
        behind.restore(iter(list(leader.machine.snapshot())))
        machine.machine = behind.machine


def _apply_meanwhile(trial: _Trial, machine: _Machine, number: int) -> None:
    """The chunks of a snapshot but the first are taken while further commands are applied."""
    if number % LATE:
        return
    leader = trial.machine_after(number)
    rest = iter(leader.machine.snapshot())
    chunks = list(islice(rest, 1))
    for payload in trial.commands[number : number + LATE]:
        leader.apply(payload)
    chunks += rest
    machine.restart()
    machine.restore(iter(chunks))


_WAYS: dict[str, Callable[[_Trial, _Machine, int], None]] = {
    "Two state machines that apply the same commands differ: something else than the state and the command decides, "
    "such as time, chance, the address of an object, or an object that both share": _nothing,
    "A state machine that answers queries in between differs from one that does not: a query changes the state": _ask,
    "A state machine that is restored from its own snapshot before each command differs from one that is not: "
    "the snapshot is not the whole state": _restart,
    "A state machine that restores a later snapshot over an earlier state differs from one that has applied the "
    "commands: `restore` keeps something of the earlier state": _catch_up,
    "A snapshot whose chunks are taken while further commands are applied differs from one that is taken at once: "
    "it is no view of the state at the time of the call": _apply_meanwhile,
}
