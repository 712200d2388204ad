"""The event loop of simulations."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from rraft.simulation.errors import NotSimulatedError
from rraft.simulation.event_loop import SimulatedLoop
from rraft.simulation.patches import simulated_interpreter
from rraft.simulation.process import EPOCH


@pytest.fixture
def loop() -> SimulatedLoop:
    return SimulatedLoop("test")


def run(loop: SimulatedLoop, function: Callable[[], Awaitable[Any]]) -> Any:
    """Runs a coroutine in the main process, and returns its result."""

    async def call() -> Any:
        return await function()

    return loop.run_until_complete(loop.spawn(loop.main, call()))


def test_sleep_takes_virtual_time(loop: SimulatedLoop) -> None:
    async def sleep() -> float:
        await asyncio.sleep(3600.0)
        return asyncio.get_running_loop().time()

    assert run(loop, sleep) == 3600.0


def test_callbacks_of_a_process_run_in_the_order_of_asyncio(loop: SimulatedLoop) -> None:
    order: list[int] = []

    async def schedule() -> None:
        for number in range(100):
            loop.call_soon(order.append, number)
        await asyncio.sleep(1.0)

    run(loop, schedule)

    assert order == list(range(100))


def test_timers_run_in_the_order_of_their_times(loop: SimulatedLoop) -> None:
    order: list[int] = []

    async def schedule() -> None:
        for number in (3, 1, 2):
            loop.call_later(number, order.append, number)
        loop.call_later(1.5, order.append, 0).cancel()
        await asyncio.sleep(4.0)

    run(loop, schedule)

    assert order == [1, 2, 3]


def order_of_processes(seed: str) -> list[str]:
    loop = SimulatedLoop(seed)
    order: list[str] = []
    for name in "abcdefgh":
        process = loop.new_process(name)
        loop.at(process, 1.0, order.append, name)
    run(loop, lambda: asyncio.sleep(2.0))
    return order


def test_seed_decides_the_order_of_processes_that_are_due_at_once() -> None:
    orders = [order_of_processes(str(seed)) for seed in range(5)]
    assert all(sorted(order) == list("abcdefgh") for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    assert orders == [order_of_processes(str(seed)) for seed in range(5)]


def test_killed_process_does_not_run_on(loop: SimulatedLoop) -> None:
    steps: list[str] = []
    process = loop.new_process("victim")

    async def work() -> None:
        try:
            while True:
                steps.append("step")
                await asyncio.sleep(1.0)
        finally:
            steps.append("finally")

    loop.spawn(process, work())
    loop.at(loop.main, 2.5, process.kill)

    run(loop, lambda: asyncio.sleep(10.0))

    assert steps == ["step"] * 3


def test_process_with_a_fuse_ends_between_two_callbacks(loop: SimulatedLoop) -> None:
    order: list[int] = []
    process = loop.new_process("victim")
    process.fuse = 4

    def schedule() -> None:
        for number in range(10):
            loop.call_soon(order.append, number)

    loop.at(process, 1.0, schedule)

    run(loop, lambda: asyncio.sleep(2.0))

    assert order == [0, 1, 2]
    assert not process.is_alive


def test_paused_process_catches_up_when_it_continues(loop: SimulatedLoop) -> None:
    times: list[float] = []
    process = loop.new_process("sleeper")
    for second in (1, 2, 3, 4):
        loop.at(process, float(second), lambda: times.append(loop.now))
    loop.at(loop.main, 1.5, loop.pause, process)
    loop.at(loop.main, 3.5, loop.resume, process)

    run(loop, lambda: asyncio.sleep(5.0))

    assert times == [1.0, 3.5, 3.5, 4.0]


def test_clock_of_a_process_runs_at_its_rate(loop: SimulatedLoop) -> None:
    process = loop.new_process("fast")
    process.set_rate(0.0, 2.0)
    process.shift_wall(-100.0)

    async def sleep() -> tuple[float, float, float]:
        await asyncio.sleep(10.0)
        return loop.now, loop.time(), time.time()

    with simulated_interpreter(loop):
        assert loop.run_until_complete(loop.spawn(process, sleep())) == (5.0, 10.0, EPOCH - 90.0)


def test_executor_runs_at_once_and_its_result_takes_time(loop: SimulatedLoop) -> None:
    async def call() -> tuple[int, float]:
        result = await loop.run_in_executor(None, divmod, 7, 2)
        return result[0], loop.now

    result, now = run(loop, call)

    assert result == 3
    assert now > 0.0


def test_exception_in_an_executor_reaches_the_caller(loop: SimulatedLoop) -> None:
    with pytest.raises(ZeroDivisionError, match="zero"):
        run(loop, lambda: loop.run_in_executor(None, divmod, 1, 0))


def test_unhandled_exception_is_reported(loop: SimulatedLoop) -> None:
    failures: list[BaseException | None] = []
    loop.failed = lambda process, message, error: failures.append(error)
    loop.at(loop.new_process("broken"), 1.0, int, "x")

    run(loop, lambda: asyncio.sleep(2.0))

    assert [type(failure) for failure in failures] == [ValueError]


@pytest.mark.parametrize(
    ("callback", "name"),
    [(int, "int"), ([].index, "list.index"), (partial([].index), "list.index")],
    ids=["class", "method", "partial"],
)
def test_unhandled_exception_has_the_same_text_in_each_run(
    loop: SimulatedLoop, callback: Callable[[str], object], name: str
) -> None:
    """There is no address in it."""
    messages: list[str] = []
    loop.failed = lambda process, message, error: messages.append(message)
    loop.at(loop.new_process("broken"), 1.0, callback, "x")

    run(loop, lambda: asyncio.sleep(2.0))

    assert messages == [f"an exception in {name}"]


def test_endless_process_is_reported(loop: SimulatedLoop) -> None:
    def again() -> None:
        loop.call_soon(again)

    loop.at(loop.new_process("busy"), 1.0, again)
    with pytest.raises(RuntimeError, match="busy does not come to rest"):
        run(loop, lambda: asyncio.sleep(2.0))


def test_tasks_that_wait_for_ever_are_reported(loop: SimulatedLoop) -> None:
    with pytest.raises(RuntimeError, match="nothing is left to happen"):
        run(loop, loop.create_future)


REFUSED: dict[str, Callable[[], Any]] = {
    "a thread": lambda: threading.Thread(target=print).start(),
    "a socket": socket.socket,
    "a process": lambda: subprocess.Popen(["true"]),
    "time.sleep": lambda: time.sleep(1.0),
    "uuid.uuid1": lambda: uuid.uuid1(),
    "create_server of the event loop": lambda: asyncio.get_running_loop().create_server(asyncio.Protocol, "", 0),
    "getaddrinfo of the event loop": lambda: asyncio.get_running_loop().getaddrinfo("localhost", 1),
    "add_signal_handler of the event loop": lambda: asyncio.get_running_loop().add_signal_handler(1, print),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_seed_does_not_decide_is_refused(loop: SimulatedLoop, what: str) -> None:
    async def call() -> None:
        REFUSED[what]()

    with (
        simulated_interpreter(loop),
        pytest.raises(NotSimulatedError, match=f"^{what} is not possible in a simulation"),
    ):
        run(loop, call)


CHANCE: dict[str, Callable[[], Any]] = {
    "random.random": lambda: random.random(),
    "random.Random": lambda: random.Random().random(),
    "random.SystemRandom": lambda: random.SystemRandom().random(),
    "os.urandom": lambda: os.urandom(16),
    "secrets.token_bytes": lambda: secrets.token_bytes(16),
    "uuid.uuid4": uuid.uuid4,
    "time.time": lambda: time.time(),
    "time.monotonic": lambda: time.monotonic(),
    "time.perf_counter": lambda: time.perf_counter(),
}


@pytest.mark.parametrize("source", CHANCE)
def test_chance_and_time_are_functions_of_the_seed(source: str) -> None:
    def draw(seed: str) -> list[Any]:
        loop = SimulatedLoop(seed)

        async def call() -> list[Any]:
            results = []
            for _ in range(3):
                results.append(CHANCE[source]())
                await asyncio.sleep(1.0)
            return results

        with simulated_interpreter(loop):
            results: list[Any] = run(loop, call)
        return results

    assert draw("one") == draw("one")
    assert len(set(draw("one"))) == 3


def test_chance_of_the_interpreter_is_restored() -> None:
    before = random.getstate(), time.time, os.urandom, random.Random, socket.socket.__init__
    with simulated_interpreter(SimulatedLoop("test")):
        random.random()
    assert (random.getstate(), time.time, os.urandom, random.Random, socket.socket.__init__) == before
