"""`simulate`: what passes, and what it finds in a state machine or a workload."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from typing import Any

import pytest

from example.key_value.main import KeyValues
from rraft.cluster import CommandError, Context, Replicated, command, query
from rraft.simulation import Faults, SimulationError, random_calls, simulate
from tests.simulation.machines import Queue, use_queue


def test_key_values_under_all_faults() -> None:
    statistics = simulate(KeyValues, random_calls, seeds=range(100))

    assert len(statistics) == 100
    assert sum(run.operations for run in statistics) > 20_000
    assert sum(run.states for run in statistics) > 1_000


def test_queue_under_all_faults() -> None:
    statistics = simulate(Queue, use_queue, seeds=range(100))

    occurred = {kind for run in statistics for kind, count in run.faults.items() if count}
    assert occurred == set(Faults.kinds())
    assert sum(run.elections for run in statistics) > 200


@pytest.mark.parametrize("hosts", [1, 2, 5])
def test_other_numbers_of_hosts(hosts: int) -> None:
    statistics = simulate(Queue, use_queue, seeds=range(5), hosts=hosts)
    assert all(run.operations > 100 for run in statistics)


@pytest.mark.parametrize("faults", [Faults.none(), Faults.gentle()], ids=["none", "gentle"])
def test_presets(faults: Faults) -> None:
    [run] = simulate(Queue, use_queue, seeds=[1], faults=faults)
    assert sum(run.faults.values()) <= 20
    assert run.unknown == 0


class Words:
    """A state machine that is no `Replicated`."""

    def __init__(self) -> None:
        self.words: list[bytes] = []

    def apply(self, command: bytes, context: Context) -> bytes:
        self.words.append(command)
        return b"%d" % len(self.words)

    def query(self, query: bytes) -> bytes:
        return b" ".join(self.words)

    def snapshot(self) -> list[bytes]:
        return list(self.words)

    def restore(self, chunks: Any) -> None:
        self.words = list(chunks)


def test_state_machine_of_bytes() -> None:
    async def say_words(group: Any, random: Random) -> None:
        for _ in range(20):
            await group.command(b"word")
            await group.query(b"")

    [run] = simulate(Words, say_words, seeds=[1], faults=Faults.none(), groups=1)

    assert run.operations == 80


class Register(Replicated):
    """A register, of which the tests derive broken ones."""

    value: int

    def __init__(self) -> None:
        self.value = 0

    @command
    def add(self, amount: int) -> int:
        """Adds to the value."""
        self.value += amount
        return self.value

    @query
    def read(self) -> int:
        """The value."""
        return self.value


class Undecided(Register):
    """Each host has another result."""

    @command
    def add(self, amount: int) -> int:
        self.value += amount + (1 if Random().random() < 0.5 else 0)
        return self.value


class Forgetful(Register):
    """A snapshot has not all of the state."""

    def __init__(self) -> None:
        super().__init__()
        self._hidden = 0

    @command
    def add(self, amount: int) -> int:
        self._hidden += amount
        self.value = self._hidden
        return self.value


BROKEN: dict[str, tuple[type[Register], str]] = {
    "chance": (Undecided, "equal states"),
    "state that no snapshot has": (Forgetful, "equal states"),
}


@pytest.mark.parametrize(("machine", "violated"), BROKEN.values(), ids=BROKEN)
def test_broken_state_machine_is_found(machine: type[Register], violated: str) -> None:
    with pytest.raises(SimulationError, match=f"^seed \\d+: {violated}: ") as raised:
        simulate(machine, seeds=range(50))
    assert raised.value.violated == violated
    assert raised.value.trace[-1].kind == "violation"
    assert raised.value.history


def test_failure_is_the_same_for_the_same_seed() -> None:
    failures = []
    for _ in range(2):
        with pytest.raises(SimulationError, match="equal states") as raised:
            simulate(Forgetful, seeds=range(50))
        failures.append(raised.value)
    assert failures[0].seed == failures[1].seed
    assert failures[0].text == failures[1].text
    assert failures[0].trace == failures[1].trace


async def expect_too_much(register: Register, random: Random) -> None:
    """A workload with an assertion that does not hold."""
    before = await register.read()
    await asyncio.sleep(random.random())
    assert await register.add(1) == before + 1, "somebody else has added"


async def wait_for_ever(register: Register, random: Random) -> None:
    """A workload that does not return."""
    while True:
        await asyncio.sleep(10.0)


class FailingRegister(Register):
    """A command that fails."""

    @command
    def add(self, amount: int) -> int:
        raise ValueError("no")


async def add(register: Register, random: Random) -> None:
    """A workload that expects no error."""
    await register.add(1)


async def catch(register: Register, random: Random) -> None:
    """A workload that expects an error."""
    with pytest.raises(CommandError, match="ValueError: no"):
        await register.add(1)


WORKLOADS: dict[str, tuple[type[Register], Callable[..., Awaitable[None]], str]] = {
    "assertion": (Register, expect_too_much, "the workload succeeds: client 2: AssertionError: somebody else"),
    "command that fails": (FailingRegister, add, "the workload succeeds: client [12]: CommandError: ValueError: no"),
    "endless": (Register, wait_for_ever, "liveness: after 3600.0 s, 2 clients work"),
}


@pytest.mark.parametrize(("machine", "workload", "message"), WORKLOADS.values(), ids=WORKLOADS)
def test_failing_workload_is_reported(
    machine: type[Register], workload: Callable[..., Awaitable[None]], message: str
) -> None:
    with pytest.raises(SimulationError, match=message):
        simulate(machine, workload, seeds=[1], faults=Faults.none())


def test_exception_of_a_command_is_a_result() -> None:
    simulate(FailingRegister, catch, seeds=[1], faults=Faults.none())


COUNTED: list[int] = []


async def depend_on_earlier_runs(register: Register, random: Random) -> None:
    """A workload that is no function of the seed."""
    COUNTED.append(1)
    await asyncio.sleep(len(COUNTED) / 10)
    await register.add(1)


def test_run_that_is_no_function_of_its_seed_is_reported() -> None:
    with pytest.raises(SimulationError, match="a run is a function of its seed: two runs differ"):
        simulate(Register, depend_on_earlier_runs, seeds=[1], faults=Faults.none())


def test_type_without_random_values_is_reported() -> None:
    class Strange(Register):
        @command
        def use(self, what: complex) -> None:
            """Uses a number."""

    with pytest.raises(SimulationError, match="no random values of <class 'complex'>: expected a workload"):
        simulate(Strange, seeds=[1], faults=Faults.none())


class Limited(Register):
    """A register with an argument, and the class of what it raises beyond that."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit


@pytest.mark.parametrize("make", [lambda: Limited(5), partial(Limited, 5)], ids=["lambda", "partial"])
def test_function_that_makes_a_replicated(make: Callable[[], Limited]) -> None:
    """Clients have its commands and queries, as with a class."""
    [run] = simulate(make, seeds=[1], faults=Faults.none())

    assert run.operations > 200


class WithoutText(Exception):
    def __str__(self) -> str:
        raise ValueError


class Raising(Replicated):
    """What it raises is the result of the command, on a real host, too."""

    @command
    def exit(self) -> None:
        raise SystemExit(3)

    @command
    def cancel(self) -> None:
        raise asyncio.CancelledError

    @command
    def fail_without_text(self) -> None:
        raise WithoutText

    @command
    def fail_at_length(self) -> None:
        raise ValueError("x" * 20_000)

    @query
    def exit_in_query(self) -> None:
        raise SystemExit(3)


def test_all_that_a_state_machine_raises_is_a_result() -> None:
    [run] = simulate(Raising, seeds=[1], faults=Faults.gentle())

    assert run.operations > 200


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no seeds": ({"seeds": []}, ValueError, "seeds: expected at least one, got none"),
    "seed": ({"seeds": [1.5]}, TypeError, "seeds: expected int, got float"),
    "no hosts": ({"hosts": 0}, ValueError, "hosts: expected at least 1, got 0"),
    "hosts": ({"hosts": "3"}, TypeError, "hosts: expected int, got str"),
    "no groups": ({"groups": 0}, ValueError, "groups: expected at least 1, got 0"),
    "no clients": ({"clients": 0}, ValueError, "clients: expected at least 1, got 0"),
    "faults": ({"faults": Faults}, TypeError, "faults: expected Faults, got type"),
    "no faults": ({"faults": {}}, TypeError, "faults: expected Faults, got dict"),
    "options": ({"options": 5}, TypeError, "options: expected HostOptions, got int"),
    "options of groups": ({"group_options": 0}, TypeError, "group_options: expected GroupOptions, got int"),
    "options of clients": ({"client_options": None}, TypeError, "client_options: expected ClientOptions, got NoneType"),
    "linearizable": ({"linearizable": "no"}, TypeError, "linearizable: expected bool, got str"),
    "one seed": ({"seeds": 5}, TypeError, r"seeds: expected the seeds, such as range\(100\), got int"),
    "object": ({"state_machine": Register()}, TypeError, "state_machine: expected a class or a function, got Register"),
    "workload": ({"workload": "random"}, TypeError, "workload: expected a class or a function, got str"),
}


@pytest.mark.parametrize(("arguments", "error", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_simulated_is_rejected(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        simulate(**{"state_machine": Register, "seeds": [1], **arguments})


def test_simulation_within_an_event_loop_is_rejected() -> None:
    async def test() -> None:
        simulate(Register, seeds=[1])

    with pytest.raises(RuntimeError, match="an event loop runs in this thread, and a simulation needs its own"):
        asyncio.run(test())


def test_second_simulation_at_a_time_is_rejected() -> None:
    is_running, is_over = threading.Event(), threading.Event()

    async def wait(register: Register, random: Random) -> None:
        is_running.set()
        is_over.wait()

    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(simulate, Register, wait, seeds=[1], faults=Faults.none())
        is_running.wait()
        try:
            with pytest.raises(RuntimeError, match="another thread simulates"):
                simulate(Register, seeds=[2])
        finally:
            is_over.set()
        assert len(first.result()) == 1


@pytest.mark.parametrize("rate", [-1.0, math.nan, math.inf], ids=str)
@pytest.mark.parametrize("name", ["crashes", "duration"])
def test_rate_of_faults_that_is_none_is_rejected(name: str, rate: float) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected a finite number of at least 0, got {rate}"):
        Faults(**{name: rate})
