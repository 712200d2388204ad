"""Mistakes in state machines and workloads: each is found, and explained."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import random
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
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


class Forgetting(Replicated):
    """A command deletes an attribute, which `restore` keeps: nothing but a query notices."""

    total: int
    last: int

    def __init__(self) -> None:
        self.total = 0

    @command
    def add(self, amount: int) -> int:
        self.total += amount
        return self.total

    @command
    def remember(self, amount: int) -> None:
        self.last = amount

    @command
    def forget(self) -> None:
        with suppress(AttributeError):
            del self.last

    @query
    def total_with_last(self) -> int:
        return self.total + getattr(self, "last", 0)

    def restore(self, chunks: Iterator[bytes]) -> None:
        last = vars(self).get("last")
        super().restore(chunks)
        if last is not None:
            vars(self).setdefault("last", last)


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
    Forgetting: r"`restore` keeps something of the earlier state:\n    after command \d+, add\(\d+\), last is",
    Unfinished: r"hosts do not fail: host \d: NotImplementedError: later",
}


@pytest.mark.parametrize(("machine", "message"), MACHINES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_mistake_in_a_state_machine_is_explained(machine: type[Replicated], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        simulate(machine, seeds=[1], groups=1, faults=Faults.none())


class Secret(Replicated):
    """What a query returns depends on more than the snapshot has."""

    def __init__(self) -> None:
        self._names: list[str] = []

    @command
    def add(self, name: str) -> None:
        self._names.append(name)

    @query
    def names(self) -> list[str]:
        return self._names


def test_queries_are_compared_although_the_results_of_runs_are_not() -> None:
    with pytest.raises(SimulationError, match=r"the snapshot is not the whole state:\n    after command \d+, add"):
        simulate(Secret, seeds=[1], groups=1, faults=Faults.none(), linearizable=False)


class Account(Replicated):
    """A whole number is a `float`, too."""

    balance: float
    by_name: dict[str, float]

    def __init__(self) -> None:
        self.balance = 0
        self.by_name = {}

    @command
    def add(self, name: str, amount: float) -> float:
        self.balance += amount
        self.by_name[name] = self.by_name.setdefault(name, 0) + amount
        return self.balance

    @command
    def clear(self) -> None:
        self.balance = 0
        self.by_name = dict.fromkeys(self.by_name, 0)


def test_whole_number_for_a_float_is_no_mistake() -> None:
    statistics = simulate(Account, seeds=range(3))

    assert sum(run.states for run in statistics) > 30


class Interrupted(Replicated):
    """Ctrl-C arrives while a snapshot is made."""

    @command
    def add(self) -> None: ...

    def snapshot(self) -> Iterable[bytes]:
        yield b"state"
        raise KeyboardInterrupt

    def restore(self, chunks: Iterator[bytes]) -> None: ...


def test_interrupt_ends_the_simulation() -> None:
    with pytest.raises(KeyboardInterrupt):
        simulate(Interrupted, seeds=[1], groups=1, faults=Faults.none())


class Drawing(Replicated):
    """Keeps a generator of the standard library."""

    state: bytes

    def __init__(self) -> None:
        self.state = pickle.dumps(random.Random(x=7))

    @command
    def draw(self) -> int:
        source = pickle.loads(self.state)
        assert isinstance(source, random.Random)
        number: int = source.getrandbits(16)
        self.state = pickle.dumps(source)
        return number


async def draw(machine: Any, source: random.Random) -> None:
    """Draws some numbers."""
    assert isinstance(source, random.Random)
    for _ in range(20):
        await machine.draw()


def test_generators_of_random_numbers_are_those_of_the_standard_library() -> None:
    statistics = simulate(Drawing, draw, seeds=range(3))

    assert sum(run.operations for run in statistics) > 60


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


async def fail_a_test(tags: Any, random: Random) -> None:
    """Raises what is no `Exception`."""
    pytest.fail("of the test")


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


async def stop_the_loop(tags: Any, random: Random) -> None:
    """Ends the simulation."""
    asyncio.get_running_loop().stop()
    await asyncio.sleep(1.0)


async def close_the_loop(tags: Any, random: Random) -> None:
    """Ends the simulation."""
    asyncio.get_running_loop().close()
    await asyncio.sleep(1.0)


async def cancel_all(tags: Any, random: Random) -> None:
    """Cancels what does not belong to it."""
    for task in asyncio.all_tasks():
        task.cancel()
    await asyncio.sleep(1.0)


WORKLOADS: dict[Callable[[Any, Random], Awaitable[None]], str] = {
    wrong_argument: "the workload succeeds: client 2: InvalidCommandError: add: the argument tags: Expected `array`",
    cancel: "the workload succeeds: client 2: CancelledError",
    fail_a_test: "the workload succeeds: client 2: Failed: of the test",
    lose_an_exception: "the workload succeeds: client 2: ValueError: lost",
    stop_the_loop: "the workload succeeds: something has stopped the event loop",
    close_the_loop: "the workload succeeds: client 2: RuntimeError: an event loop that runs cannot be closed",
    cancel_all: "the workload succeeds: client 2: CancelledError",
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


async def call_many_at_a_time(log: Any, random: Random) -> None:
    """So many concurrent calls can be in any order."""
    await asyncio.gather(*(log.append(number) for number in range(12)))


class Log(Replicated):
    """A list that grows."""

    numbers: list[int]

    def __init__(self) -> None:
        self.numbers = []

    @command
    def append(self, number: int) -> None:
        self.numbers.append(number)

    @query
    def read(self) -> list[int]:
        return self.numbers


def test_check_that_gives_up_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rraft.simulation.run.MAX_STEPS", 5)

    with pytest.warns(UserWarning, match="seed 1: whether the results are linearizable was not decided"):
        [run] = simulate(Log, call_many_at_a_time, seeds=[1], groups=1, faults=Faults.none())

    assert run.undecided == 1


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
