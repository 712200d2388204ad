"""A simulated process: what of it runs next, and its clocks."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rraft.simulation.event_loop import SimulatedLoop

EPOCH = 1_700_000_000.0
"""The wall clock of all processes when a run begins, in seconds since the epoch."""

PROCESS: ContextVar["Process"] = ContextVar("PROCESS")
"""The process that a callback or task belongs to."""


class SimulatedHandle(asyncio.TimerHandle):
    """A callback of a process, as the event loop keeps it. It has less to set than those of asyncio."""

    __slots__ = ("_simulated_when",)

    _callback: Any
    """`None` after `cancel`."""

    def __init__(self, callback: Any, args: tuple[Any, ...], context: Context, when: float = 0.0) -> None:
        self._callback = callback
        self._args: Any = args
        self._context: Context = context
        self._simulated_when = when

    def cancel(self) -> None:
        """See `asyncio.Handle`."""
        self._callback = None
        self._args = ()

    def cancelled(self) -> bool:
        """See `asyncio.Handle`."""
        return self._callback is None

    def when(self) -> float:
        """See `asyncio.TimerHandle`."""
        return self._simulated_when

    def __repr__(self) -> str:
        return f"<SimulatedHandle of {self._callback!r}>"


class Process:
    """One of the processes that share the event loop. The callbacks of a process run in the order of asyncio.

    After `kill`, no callback of it runs any more.
    """

    def __init__(self, name: str, seed: str) -> None:
        self.name = name
        self.random: Random = Random(f"{seed}.{name}")
        """What the sources of chance of the process draw from."""
        self.ready: deque[SimulatedHandle] = deque()
        """The handles that are due."""
        self.is_queued: bool = False
        """Whether the event loop has it among those that have something to do."""
        self.is_alive: bool = True
        self.is_paused: bool = False
        self.fuse: int | None = None
        """After so many callbacks, `on_fuse` is called."""
        self.on_fuse: Callable[[], None] = self.kill
        self.tasks: list[asyncio.Task[Any]] = []
        self.context: Context = copy_context()
        self.context.run(PROCESS.set, self)
        self._rate = 1.0
        self._base = 0.0
        self._since = 0.0
        self._wall = EPOCH

    def kill(self) -> None:
        """Ends the process at this point: nothing of it runs any more, not even `finally`."""
        self.is_alive = False
        self.ready.clear()

    def add_task(self, task: "asyncio.Task[Any]") -> None:
        """Keeps a task, so that it is not collected while it waits, nor when the process is killed."""
        if len(self.tasks) >= 64 and len(self.tasks) & (len(self.tasks) - 1) == 0:
            self.tasks = [task for task in self.tasks if not task.done()]
        self.tasks.append(task)

    # Its clocks. `now` is the time of the simulation.

    def monotonic(self, now: float) -> float:
        """The monotonic clock of the process, in seconds."""
        return self._base + (now - self._since) * self._rate

    def when(self, monotonic: float) -> float:
        """The time of the simulation when its monotonic clock will show this, if it does not change before."""
        return self._since + (monotonic - self._base) / self._rate

    def wall(self, now: float) -> float:
        """The wall clock of the process, in seconds since the epoch."""
        return self._wall + self.monotonic(now)

    def clock(self, loop: "SimulatedLoop") -> Callable[[], float]:
        """The monotonic clock as a function without arguments, which makes no further call."""
        return lambda: self._base + (loop.now - self._since) * self._rate

    def wall_clock(self, loop: "SimulatedLoop") -> Callable[[], float]:
        """The wall clock as such a function."""
        return lambda: self._wall + (self._base + (loop.now - self._since) * self._rate)

    def set_rate(self, now: float, rate: float) -> None:
        """Makes its clocks run faster or slower from now on."""
        self._base, self._since, self._rate = self.monotonic(now), now, rate

    def shift_wall(self, seconds: float) -> None:
        """Makes the wall clock jump."""
        self._wall += seconds

    def copy_clocks(self, other: "Process") -> None:
        """Takes the clocks of another process: that of the same machine, before it was restarted."""
        self._rate, self._base, self._since, self._wall = other._rate, other._base, other._since, other._wall
