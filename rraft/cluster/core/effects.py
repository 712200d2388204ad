"""What the core needs done: by asyncio, or by a simulator."""

from collections.abc import Callable, Sequence
from typing import Protocol

from rraft.cluster.core.events import Event
from rraft.cluster.transport import SnapshotSource


class Job(Protocol):
    """Work that may take long."""

    def run(self) -> None:
        """Does the work, in a worker thread."""
        ...

    def finish(self, error: BaseException | None) -> None:
        """Takes the outcome, on the event loop. `error` is what `run` raised."""
        ...


class Effects(Protocol):
    """What a host core calls. All methods return at once, and none raises."""

    def wake(self) -> None:
        """There is something to do: call `HostCore.begin_round` soon."""
        ...

    def send(self, host: int, body: Sequence[bytes]) -> bool:
        """See `Transport.send`."""
        ...

    def send_snapshot(self, host: int, header: bytes, source: SnapshotSource, done: Callable[[bool], None]) -> None:
        """See `Transport.send_snapshot`."""
        ...

    def set_address(self, host: int, address: str | None) -> None:
        """See `Transport.set_address`."""
        ...

    def start_job(self, job: Job) -> None:
        """Calls `job.run` in a worker thread, then `job.finish`."""
        ...

    def event(self, event: Event) -> None:
        """Something has happened that an observer may want to know."""
        ...
