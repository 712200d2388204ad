"""The event loop of a simulation: virtual time, many processes, one thread, no input and no output."""

import asyncio
import sys
from asyncio import events
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Any, TypeVar

from rraft.simulation.process import PROCESS, Process, SimulatedHandle
from rraft.simulation.refused import RefusingLoop

T = TypeVar("T")

MAX_STEPS_AT_ONCE = 200_000
"""Callbacks at the same time after which a process is thought to run for ever."""


EXECUTOR_DELAY = 0.0005
"""Seconds that what runs in an executor takes."""


class SimulatedLoop(RefusingLoop):
    """Runs the callbacks of all processes in virtual time.

    The callbacks of a process run in asyncio's order. A process runs until it waits for another time. If several are
    due at the same time, the seed decides which of them is next. So a run is a function of the seed: the order does not
    depend on how many callbacks a version of asyncio makes of an `await`.
    """

    def __init__(self, seed: str) -> None:
        self.now: float = 0.0
        """The virtual time, in seconds."""
        self.steps: int = 0
        """How many callbacks were called."""
        self.main: Process = Process("simulator", seed)
        self.current: Process = self.main
        """The process whose callbacks run."""
        self.failed: Callable[[Process, str, BaseException | None], None] = _ignore_failure
        """Called for an exception that nobody handles."""
        self._seed = seed
        self._source = Random(f"{seed}.order")
        self._heap: list[tuple[float, int, Process, SimulatedHandle]] = []
        self._number = 0
        self._runnable: list[Process] = []
        self._turn: Process | None = None
        self._is_running = False
        self._is_stopping = False
        self._is_closed = False
        self._generators: list[AsyncGenerator[Any, Any]] = []
        self._processes: list[Process] = [self.main]

    # Processes.

    def new_process(self, name: str, start: int = 1) -> Process:
        """Starts a process, for the `start`th time. `at` and `spawn` run something in it."""
        process = Process(name, f"{self._seed}.{start}")
        self._processes.append(process)
        return process

    def spawn(self, process: Process, coroutine: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Starts a task in a process."""
        return process.context.copy().run(self.create_task, coroutine)

    def at(self, process: Process, when: float, callback: Callable[..., object], *args: Any) -> None:
        """Calls `callback` in a process at a time of the simulation."""
        self._number += 1
        heappush(self._heap, (when, self._number, process, SimulatedHandle(callback, args, process.context)))

    def pause(self, process: Process) -> None:
        """Stops a process, as SIGSTOP does. What happens for it waits."""
        process.is_paused = True

    def resume(self, process: Process) -> None:
        """Lets a process that was stopped continue."""
        process.is_paused = False
        if process.ready and not process.is_queued:
            process.is_queued = True
            self._runnable.append(process)

    # Running.

    def run_until_complete(self, future: Any) -> Any:
        """Runs until the future is done, and returns its result."""
        task = asyncio.ensure_future(future, loop=self)
        task.add_done_callback(lambda _: self.stop())
        self.run_forever()
        if not task.done():
            raise RuntimeError("the event loop was stopped before the future was done")
        return task.result()

    def run_until_complete_or_stopped(self, coroutine: Coroutine[Any, Any, None]) -> bool:
        """Runs until the coroutine is done, or `stop` is called. Returns whether it is done. Raises what it raises."""
        task = self.spawn(self.main, coroutine)
        task.add_done_callback(lambda _: self.stop())
        self.run_forever()
        if task.done():
            task.result()
        return task.done()

    def run_forever(self) -> None:
        """Runs until `stop`, or until nothing is left to happen."""
        if self._is_running or events._get_running_loop() is not None:
            raise RuntimeError("an event loop runs already in this thread")
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._generators.append, finalizer=_ignore_generator)
        events._set_running_loop(self)
        self._is_running = True
        self._is_stopping = False
        try:
            self._run()
        finally:
            self._is_running = False
            self.current = self.main
            events._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)

    def _run(self) -> None:
        heap, runnable = self._heap, self._runnable
        while not self._is_stopping:
            if runnable:
                position = int(self._source.random() * len(runnable)) if len(runnable) > 1 else 0
                process = runnable.pop(position)
                process.is_queued = False
                if not process.is_paused:
                    self._run_process(process)
                continue
            if not heap:
                raise RuntimeError("nothing is left to happen, but the simulation is not finished")
            when, _, process, handle = heappop(heap)
            if when > self.now:
                self.now = when
            if not heap or heap[0][0] > when:  # nearly always: there is nothing to choose
                if process.is_alive and handle._callback is not None:
                    process.ready.append(handle)
                    if not process.is_paused:
                        self._run_process(process)
                continue
            while True:
                if process.is_alive and handle._callback is not None:
                    process.ready.append(handle)
                    if not process.is_queued and not process.is_paused:
                        process.is_queued = True
                        runnable.append(process)
                if not heap or heap[0][0] > when:
                    break
                _, _, process, handle = heappop(heap)

    def _run_process(self, process: Process) -> None:
        """Runs a process until it waits."""
        self.current = self._turn = process
        ready, steps = process.ready, 0
        while ready:
            handle = ready.popleft()
            callback = handle._callback
            if callback is None:
                continue
            if process.fuse is not None and self._burn(process):
                break
            steps += 1
            try:
                handle._context.run(callback, *handle._args)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                if process.is_alive:
                    self.failed(process, f"an exception in {_name_of(callback)}", error)
            if self._is_stopping or process.is_paused:
                break
            if steps > MAX_STEPS_AT_ONCE:
                text = f"after {MAX_STEPS_AT_ONCE} callbacks at {self.now:.3f} s, it still waits for nothing"
                raise RuntimeError(f"{process.name} does not come to rest: {text}")
        self.steps += steps
        if ready and process.is_alive and not process.is_queued and not process.is_paused:
            process.is_queued = True
            self._runnable.append(process)
        self.current, self._turn = self.main, None

    def _burn(self, process: Process) -> bool:
        """Whether a process with a fuse ends before the next callback."""
        assert process.fuse is not None
        process.fuse -= 1
        if process.fuse >= 0:
            return False
        process.fuse = None
        process.on_fuse()
        return True

    def stop(self) -> None:
        """Makes `run_forever` return after the current callback."""
        self._is_stopping = True

    def is_running(self) -> bool:
        """Whether `run_forever` runs."""
        return self._is_running

    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._is_closed

    def close(self) -> None:
        """Ends all processes. Their tasks are closed without running on. Raises `RuntimeError` while it runs."""
        if self._is_running:
            raise RuntimeError("an event loop that runs cannot be closed")
        self._is_closed = True
        self._heap.clear()
        for process in self._processes:
            process.kill()
        for process in self._processes:
            tasks, process.tasks = process.tasks, []
            for task in tasks:
                if not task.done():
                    task._log_destroy_pending = False  # type: ignore[attr-defined]
                    _close(task.get_coro())
        self._generators.clear()

    async def shutdown_asyncgens(self) -> None:
        """Does nothing: `close` drops them."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Does nothing: there are no threads."""

    # Callbacks. Those of a dead process, or after the end, are dropped.

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Calls `callback` in the process of the context, at the same time."""
        if context is None:
            process, context = self.current, copy_context()
        else:
            process = context.get(PROCESS, self.current)
        handle = SimulatedHandle(callback, args, context)
        if process.is_alive:
            process.ready.append(handle)
            if process is not self._turn and not process.is_queued and not process.is_paused:
                process.is_queued = True
                self._runnable.append(process)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Calls `callback` after some seconds, by the clock of the process."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Calls `callback` when the clock of the process shows `when`."""
        if context is None:
            process, context = self.current, copy_context()
        else:
            process = context.get(PROCESS, self.current)
        handle = SimulatedHandle(callback, args, context, when)
        if process.is_alive:
            self._number += 1
            heappush(self._heap, (max(self.now, process.when(when)), self._number, process, handle))
        return handle

    def time(self) -> float:
        """The monotonic clock of the process that runs, in seconds."""
        return self.current.monotonic(self.now)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Does nothing: it is dropped when it is due."""

    # Tasks and futures.

    def create_future(self) -> "asyncio.Future[Any]":
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Generator[Any, None, T] | Coroutine[Any, Any, T], **options: Any) -> "asyncio.Task[T]":
        """Starts a task in the process that runs."""
        task: asyncio.Task[T] = asyncio.Task(coro, loop=self, **options)
        self.current.add_task(task)
        return task

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        """Calls `func` now. Its result arrives after some time, as that of a thread would."""
        del executor
        future: asyncio.Future[T] = self.create_future()
        result: Any = None
        error: BaseException | None = None
        try:
            result = func(*args)
        except StopIteration as stopped:  # a future cannot raise it
            error = RuntimeError(f"StopIteration: {stopped}")
        except Exception as raised:
            error = raised
        process = self.current
        self.at(process, self.now + EXECUTOR_DELAY, _resolve, future, result, error)
        return future

    def get_debug(self) -> bool:
        """Always false."""
        return False

    def set_debug(self, enabled: bool) -> None:
        """Does nothing."""

    def get_task_factory(self) -> None:
        """There is none."""

    # Exceptions.

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """An exception that nobody handles: `failed`."""
        if not self._is_closed and self.current.is_alive:
            self.failed(self.current, str(context.get("message", "")), context.get("exception"))

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """As `call_exception_handler`."""
        self.call_exception_handler(context)


def _name_of(callback: object) -> str:
    """Without an address, which is another one in each run."""
    function = callback.func if isinstance(callback, partial) else callback
    name: str = getattr(function, "__qualname__", type(function).__name__)
    return name


def _resolve(future: "asyncio.Future[T]", result: T, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _close(coroutine: Any) -> None:
    """Closes a coroutine. Its `finally` blocks may try to wait, which they cannot any more."""
    for _ in range(100):
        try:
            coroutine.close()
        except RuntimeError:  # "coroutine ignored GeneratorExit"
            continue
        except Exception:
            return
        return


def _ignore_failure(process: Process, message: str, error: BaseException | None) -> None:
    del process, message, error


def _ignore_generator(generator: AsyncGenerator[Any, Any]) -> None:
    del generator
