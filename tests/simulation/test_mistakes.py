"""Mistakes in state machines and workloads: each is found, and explained."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from random import Random
from typing import Any

import pytest

from rraft.cluster import CommandError, OutcomeUnknownError, Replicated, command, query
from rraft.simulation import Faults, SimulationError, simulate
from rraft.simulation.workloads import random_calls


class Clocked(Replicated):
    """Depends on the clock of the host."""

    at: float

    def __init__(self) -> None:
        self.at = 0.0

    @command
    def touch(self) -> None:
        self.at = time.time()


class Started(Replicated):
    """Begins with another state on each host."""

    at: float

    def __init__(self) -> None:
        self.at = time.time()

    @command
    def touch(self) -> None:
        self.at += 1.0


class Asked(Replicated):
    """A query changes what is no part of a snapshot."""

    added: int

    def __init__(self) -> None:
        self.added = 0
        self._was_asked = False

    @command
    def add(self) -> int:
        self.added += 2 if self._was_asked else 1
        self._was_asked = False
        return self.added

    @query
    def ask(self) -> int:
        self._was_asked = True
        return self.added


class Hidden(Replicated):
    """A part of the state is in no snapshot."""

    added: int

    def __init__(self) -> None:
        self.added = 0
        self._hidden = 0

    @command
    def add(self) -> int:
        self._hidden += 1
        return self._hidden


class Merging(Replicated):
    """`restore` keeps what was there before."""

    def __init__(self) -> None:
        self._values: dict[str, int] = {}

    @command
    def put(self, key: str, value: int) -> None:
        self._values[key] = value

    @command
    def drop(self, key: str) -> bool:
        return self._values.pop(key, None) is not None

    def snapshot(self) -> Iterable[bytes]:
        return [json.dumps(self._values, sort_keys=True).encode()]

    def restore(self, chunks: Iterator[bytes]) -> None:
        self._values.update(json.loads(b"".join(chunks)))


class Lazy(Replicated):
    """A snapshot has what was changed while it was made."""

    def __init__(self) -> None:
        self._values: dict[str, int] = {}

    @command
    def put(self, key: str, value: int) -> None:
        self._values[key] = value

    def snapshot(self) -> Iterable[bytes]:
        yield b"begin"
        yield json.dumps(self._values, sort_keys=True).encode()

    def restore(self, chunks: Iterator[bytes]) -> None:
        next(chunks)
        self._values = json.loads(b"".join(chunks))


class Untyped(Replicated):
    """A result has another type than the annotated one."""

    @command
    def name(self) -> str:
        return 5  # type: ignore[return-value]


class Unencodable(Replicated):
    """An attribute gets a value of another type."""

    names: list[str]

    def __init__(self) -> None:
        self.names = []

    @command
    def add(self) -> None:
        self.names.append(5)  # type: ignore[arg-type]


class Asserting(Replicated):
    """An assertion does not hold."""

    @command
    def add(self) -> None:
        raise AssertionError("the sums differ")


class Threaded(Replicated):
    """Starts a thread."""

    @command
    def start(self) -> None:
        threading.Thread(target=print).start()


class Unfinished(Replicated):
    """`restore` is not written yet."""

    @command
    def add(self) -> None: ...

    def snapshot(self) -> Iterable[bytes]:
        return [b"state"]

    def restore(self, chunks: Iterator[bytes]) -> None:
        raise NotImplementedError("later")


MACHINES: dict[type[Replicated], str] = {
    Clocked: r"equal states: hosts \d and \d differ at index \d+: on host \d, at is 17[\s\S]*"
    r"Two state machines that apply the same commands differ",
    Started: r"a state machine alone: Two state machines that apply the same commands differ",
    Asked: r"another result: add\(\) -> \d+, and \d+ on another host[\s\S]*"
    r"a query changes the state:\n    command 1, add",
    Hidden: r"the snapshot is not the whole state:\n    command 2, add\(\), returns 1 instead of 2",
    Merging: r"`restore` keeps something of the earlier state:\n    (after )?command \d+, ",
    Lazy: r"it is no view of the state at the time of the call",
    Untyped: r"results have their types: name\(\): .* Expected `str`, got `int`",
    Unencodable: r"hosts do not fail: host \d cannot make a snapshot: Unencodable: the attribute names",
    Asserting: r"the workload succeeds: client \d: CommandError: AssertionError: the sums differ",
    Threaded: r"the state machine is simulated: start\(\): a thread is not possible in a simulation",
    Unfinished: r"hosts do not fail: host \d: NotImplementedError: later",
}


@pytest.mark.parametrize(("machine", "message"), MACHINES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_mistake_in_a_state_machine_is_explained(machine: type[Replicated], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        simulate(machine, seeds=[1], groups=1, faults=Faults.none())


class Tags(Replicated):
    """Returns sets, whose order is another one on each host."""

    tags: dict[str, set[str]]

    def __init__(self) -> None:
        self.tags = {}

    @command
    def add(self, key: str, tags: set[str]) -> set[str]:
        self.tags.setdefault(key, set()).update(f"{tag} of {len(tags)}" for tag in tags)
        return self.tags[key]

    @query
    def get(self, key: str) -> set[str]:
        return self.tags.get(key, set())


def test_order_of_a_set_in_a_result_does_not_count() -> None:
    statistics = simulate(Tags, seeds=range(3))

    assert sum(run.states for run in statistics) > 30


async def wrong_argument(tags: Any, random: Random) -> None:
    """An argument has another type."""
    await tags.add("key", 5)


async def cancel(tags: Any, random: Random) -> None:
    """The workload is cancelled."""
    raise asyncio.CancelledError


async def lose_an_exception(tags: Any, random: Random) -> None:
    """Nobody awaits a task that fails."""

    async def fail() -> None:
        raise ValueError("lost")

    task = asyncio.create_task(fail())
    await asyncio.sleep(1.0)
    assert task.done()


async def start_a_process(tags: Any, random: Random) -> None:
    """A process cannot be simulated."""
    os.system("true")


async def call_for_ever(tags: Any, random: Random) -> None:
    """A workload that does not return."""
    while True:
        await tags.get("key")


async def turn_for_ever(tags: Any, random: Random) -> None:
    """A workload that waits for nothing."""
    while True:
        await asyncio.sleep(0)


WORKLOADS: dict[Callable[[Any, Random], Awaitable[None]], str] = {
    wrong_argument: "the workload succeeds: client 2: InvalidCommandError: add: the argument tags: Expected `array`",
    cancel: "the workload succeeds: client 2: CancelledError",
    lose_an_exception: "the workload succeeds: client 2: ValueError: lost",
    start_a_process: r"client 2: NotSimulatedError: os\.system is not possible in a simulation",
    call_for_ever: r"liveness: after 100 calls, clients still work: expected workloads that return",
    turn_for_ever: r"client 2 does not come to rest: after 200000 callbacks at 0\.\d+ s, it still waits for nothing",
}


@pytest.mark.parametrize(("workload", "message"), WORKLOADS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_mistake_in_a_workload_is_explained(
    workload: Callable[[Any, Random], Awaitable[None]], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rraft.simulation.history.MAX_CALLS", 100)

    with pytest.raises(SimulationError, match=message):
        simulate(Tags, workload, seeds=[1], groups=1, faults=Faults.none())


async def be_impatient(tags: Any, random: Random) -> None:
    """Calls many at a time, cancels some, and leaves a task that still calls."""

    async def call_again() -> None:
        while True:
            await tags.get("key")

    task = asyncio.create_task(call_again())
    calls = [asyncio.create_task(tags.add("key", {str(number)})) for number in range(10)]
    await asyncio.sleep(random.random() * 0.02)
    for call in calls[::2]:
        call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    expected = set, asyncio.CancelledError, OutcomeUnknownError, CommandError
    assert all(isinstance(result, expected) for result in results), results
    assert not task.done() or task.exception() is not None


def test_calls_at_the_same_time_and_cancelled_calls_are_simulated() -> None:
    statistics = simulate(Tags, be_impatient, seeds=range(5), groups=1)

    assert sum(run.operations for run in statistics) > 20


def test_random_calls_take_errors_of_commands_for_results() -> None:
    class Bounded(Replicated):
        left: int

        def __init__(self) -> None:
            self.left = 3

        @command
        def take(self) -> int:
            if not self.left:
                raise LookupError("nothing is left")
            self.left -= 1
            return self.left

    statistics = simulate(Bounded, random_calls, seeds=[1], groups=1)

    assert statistics[0].operations > 100
