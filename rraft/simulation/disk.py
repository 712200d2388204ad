"""The disk of a simulated host: what is durable there, and how long it takes."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from rraft import SimulatedDisk, Wal, WalClosedError
from rraft.simulation.process import Process

if TYPE_CHECKING:
    from rraft.simulation.event_loop import SimulatedLoop

MIN_DELAY = 0.0003
"""Seconds that an fsync takes at least."""

MAX_DELAY = 0.008
"""Seconds that it takes at most, while nothing is wrong. Most take far less."""


class HostDisk:
    """Survives the processes of its host."""

    def __init__(self, seed: str) -> None:
        self._source = Random(f"{seed}.disk")
        self.disk: SimulatedDisk = SimulatedDisk(self._source.getrandbits(64))
        self.slowness: float = 0.0
        """Seconds that an fsync takes at most in addition."""
        self.crashes: int = 0
        """How many crashes have been noticed."""

    def delay(self) -> float:
        """Draws how long an fsync takes."""
        chance = self._source.random()
        return MIN_DELAY + MAX_DELAY * chance * chance * chance + self.slowness * chance

    def open(self, path: str, cluster: str, host: int | None, segment_size: int) -> Wal:
        """Opens the log."""
        return Wal(path, cluster=cluster, host=host, segment_size=segment_size, disk=self.disk)

    @property
    def has_crashed(self) -> bool:
        """Whether there was a crash that nobody has noticed yet."""
        return self.disk.crashes > self.crashes

    def crash(self) -> None:
        """Loses what was not durable. Does nothing if a call has done that already."""
        if not self.has_crashed:
            self.disk.crash()
        self.crashes = self.disk.crashes

    @property
    def has_log(self) -> bool:
        """Whether there is a log."""
        return Wal.exists("", disk=self.disk)


class DiskRunner:
    """Runs work that waits for the disk, in the place of threads."""

    def __init__(
        self,
        loop: "SimulatedLoop",
        process: Process,
        disk: HostDisk,
        crashed: Callable[[], None],
    ) -> None:
        """`crashed` is called when the disk has crashed meanwhile."""
        self._loop = loop
        self._process = process
        self._disk = disk
        self._crashed = crashed

    def submit(self, work: Callable[[], None], done: Callable[[BaseException | None], None]) -> None:
        """See `Runner.submit`."""
        self._loop.call_soon(self._run, work, done)

    def close(self) -> None:
        """See `Runner.close`."""

    def _run(self, work: Callable[[], None], done: Callable[[BaseException | None], None]) -> None:
        error: BaseException | None = None
        try:
            work()
        except KeyboardInterrupt:  # it ends the simulation, not what is simulated
            raise
        except BaseException as raised:
            error = raised
        if isinstance(error, WalClosedError) and self._disk.has_crashed:
            self._crashed()
            return
        self._loop.at(self._process, self._loop.now + self._disk.delay(), done, error)
