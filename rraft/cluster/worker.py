"""Threads for what may wait for the disk."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Done: TypeAlias = Callable[[BaseException | None], None]
"""Called on the event loop with what the work has raised."""


def check_loop(loop: asyncio.AbstractEventLoop, owner: str = "host") -> None:
    """Raises `RuntimeError` if another event loop runs: nothing of a host or client can be used by several threads."""
    if asyncio.get_running_loop() is not loop:
        raise RuntimeError(f"the {owner} belongs to another event loop: use asyncio.run_coroutine_threadsafe with that")


async def in_thread(work: Callable[[], T], undo: Callable[[T], None] | None = None) -> T:
    """Calls `work` in a thread. If this is cancelled, it ends when `work` has ended, after `undo` of its result."""
    future = asyncio.get_running_loop().run_in_executor(None, _without_stop_iteration, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await until_done(future)
        if not future.cancelled() and future.exception() is None and undo is not None:
            undo(future.result())
        raise


async def until_done(future: "asyncio.Future[T]") -> None:
    """Waits until the future is done, however often this is cancelled. The caller raises `CancelledError`."""
    while not future.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait((future,))


def _without_stop_iteration(work: Callable[[], T]) -> T:
    """A future cannot raise `StopIteration`: nobody would ever get the result."""
    try:
        return work()
    except StopIteration as error:
        raise RuntimeError(f"StopIteration: {error}") from error


class Runner(Protocol):
    """Runs work outside of the event loop."""

    def submit(self, work: Callable[[], None], done: Done) -> None:
        """Calls `work`, and then `done` on the event loop."""

    def close(self) -> None:
        """Waits for the work that runs. May be called in any thread."""


class Worker:
    """A thread that runs one thing at a time: an executor's futures would cost several times as much."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: SimpleQueue[tuple[Callable[[], None], Done] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], None], done: Done) -> None:
        """Calls `work` after what was submitted before, and then `done` on the event loop."""
        self._queue.put((work, done))

    def close(self) -> None:
        """Ends the thread after what was submitted before, and waits for it."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            work, done = item
            error: BaseException | None = None
            try:
                work()
            except BaseException as raised:
                error = raised
            self._loop.call_soon_threadsafe(done, error)
            del item, work, done, error  # what they refer to must not wait for the next one


class Jobs:
    """Threads that run several things at a time. What waits for a thread when this is closed is dropped."""

    def __init__(self, name: str, threads: int, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def submit(self, work: Callable[[], None], done: Done) -> None:
        """Calls `work`, and then `done` on the event loop, if that still runs."""
        self._executor.submit(work).add_done_callback(partial(self._done, done))

    def close(self) -> None:
        """Waits for the work that runs."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _done(self, done: Done, future: "Future[None]") -> None:
        if not future.cancelled() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(done, future.exception())
