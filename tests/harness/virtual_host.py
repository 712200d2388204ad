"""A host in virtual time: the driver of its core, with crashes at the points of a round."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rraft import Logger, Wal
from rraft.cluster.core.effects import Job
from rraft.cluster.core.events import Event, GroupStopped
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.local_session import LocalSession
from rraft.cluster.core.node import HostCore
from rraft.cluster.core.rounds import Round
from rraft.cluster.state_machine import Context, StateMachine
from rraft.cluster.transport import SnapshotSource

if TYPE_CHECKING:
    from tests.harness.virtual_hosts import VirtualCluster


class Register:
    """A state machine: a list of words, which are appended in the order of the log. A query returns all."""

    def __init__(self) -> None:
        self.words: list[bytes] = []
        self.times: list[tuple[int, float, float]] = []

    def apply(self, command: bytes, context: Context) -> bytes:
        if command == b"fail":
            raise ValueError("no")
        self.words.append(command)
        self.times.append((context.index, context.time, context.random.random()))
        return b"%d" % len(self.words)

    def query(self, query: bytes) -> bytes:
        if query == b"fail":
            raise KeyError("no")
        return b" ".join(self.words)

    def snapshot(self) -> list[bytes]:
        return list(self.words)

    def restore(self, chunks: object) -> None:
        self.words = list(chunks)  # type: ignore[call-overload]


class VirtualHost:
    """A host, or its directory while it is stopped. It is the `Effects` of its core."""

    def __init__(self, cluster: VirtualCluster, number: int, address: str) -> None:
        self.cluster = cluster
        self.number = number
        self.address = address
        self.alias = ""
        """Another address at which the others reach it, if it has one."""
        self.directory = cluster.directory / f"{number}"
        self.starts = 0
        self.core: HostCore | None = None
        self.machines: dict[int, StateMachine] = {}
        self.sessions: dict[int, LocalSession] = {}
        self.events: list[Event] = []
        self.known: dict[int, str] = {}
        self.links: dict[int, bool] = {}
        self.crash_at: str | None = None
        self.paused_until = 0.0
        """Until then, the process stands still, as with SIGSTOP."""
        self._epoch = 0
        self._woken = False

    # Effects.

    def wake(self) -> None:
        if not self._woken:
            self._woken = True
            self.later(0.0, self._begin)

    def send(self, host: int, body: Sequence[bytes]) -> bool:
        return self.cluster.send(self, host, b"".join(body))

    def send_snapshot(self, host: int, header: bytes, source: SnapshotSource, done: Callable[[bool], None]) -> None:
        self.cluster.send_snapshot(self, host, header, source, done)

    def set_address(self, host: int, address: str | None) -> None:
        if address is None:
            self.known.pop(host, None)
            self.links.pop(host, None)
        else:
            self.known[host] = address
            self.later(0.001, lambda: self.connect(host))

    def start_job(self, job: Job) -> None:
        error = self.cluster.worker.submit(job.run).exception()
        self.later(self.cluster.source.uniform(0, 0.02), lambda: job.finish(error))

    def event(self, event: Event) -> None:
        self.events.append(event)

    # The process.

    def later(self, delay: float, action: Callable[[], None]) -> None:
        """Calls `action`, unless the process has ended by then."""
        epoch = self._epoch

        def run() -> None:
            if self._epoch == epoch and self.core is not None:
                if self.cluster.now < self.paused_until:
                    self.cluster.at(self.paused_until, run)
                else:
                    action()

        self.cluster.at(self.cluster.now + delay, run)

    def start(
        self, *, groups: Sequence[int] = (1,), bootstrap: dict[int, str] | None = None, join: bool = False
    ) -> None:
        """Starts the process."""
        cluster = self.cluster
        self.starts += 1
        self._woken = False
        wal = Wal(self.directory, cluster="test", host=self.number)
        source = random.Random(f"{cluster.seed}.{self.number}.{self.starts}")
        seed = source.getrandbits(64)
        self.core = HostCore(self.number, wal, self, cluster.options, source, address=self.address, node_seed=seed)
        self.machines, self.sessions = {}, {}
        for group in groups:
            machine = self.machines[group] = cluster.new_machine()
            core = self.core.make_group(
                group, machine, cluster.group_options, Logger.discard(), bootstrap=bootstrap, join=join
            )
            self.core.add_group(core, cluster.now)
            self.sessions[group] = LocalSession(core, source)
        self._tick()
        cluster.started(self)

    def crash(self) -> None:
        """Ends the process. What was written to files is left."""
        self._epoch += 1
        if self.core is None:
            return
        self.core = None
        self.known, self.links = {}, {}
        copy = self.directory.with_name(f"{self.number}.{self.starts}")
        shutil.copytree(self.directory, copy)
        self.directory = copy
        self.cluster.ended(self)

    def group(self, group: int = 1) -> GroupCore:
        assert self.core is not None
        return self.core.groups[group]

    def words(self, group: int = 1) -> list[bytes]:
        machine = self.machines[group]
        assert isinstance(machine, Register)
        return machine.words

    def connect(self, host: int) -> None:
        """Tries to establish the link to a host."""
        assert self.core is not None
        if host not in self.known or self.links.get(host):
            return
        if self.cluster.is_reachable(self.number, host, self.known[host]):
            self.links[host] = True
            self.core.link_changed(host, True)
        else:
            self.later(0.1, lambda: self.connect(host))

    def disconnected(self, host: int) -> None:
        """The link to a host has ended."""
        assert self.core is not None
        if self.links.pop(host, False):
            self.core.link_changed(host, False)
            self.later(0.1, lambda: self.connect(host))

    def _tick(self) -> None:
        assert self.core is not None
        self.core.tick(self.cluster.now, self.cluster.wall)
        self.later(self.cluster.options.tick * self.cluster.source.uniform(0.9, 1.1), self._tick)

    def _begin(self) -> None:
        core = self.core
        assert core is not None
        self._woken = False
        begun = core.begin_round(self.cluster.now, self.cluster.wall)
        if begun is None:
            return
        delay = 0.0
        if begun.begin():
            core.send(begun.take_outgoing())
            if self._crashes("before the disk"):
                return
            begun.wait()
            delay = self.cluster.source.uniform(0, self.cluster.disk_delay)
        if not self._crashes("before the messages"):
            self.later(delay, lambda: self._finish(begun))

    def _finish(self, begun: Round) -> None:
        core = self.core
        assert core is not None
        core.finish_round(begun, self.cluster.now, self.cluster.wall)
        if not self._crashes("after the round") and core.dirty:
            self.wake()

    def _crashes(self, moment: str) -> bool:
        """Crashes if the test wants that at this moment of a round."""
        if self.crash_at != moment:
            return False
        self.crash_at = None
        self.crash()
        return True


def stopped(host: VirtualHost) -> list[GroupStopped]:
    """The stops of groups on a host."""
    return [event for event in host.events if isinstance(event, GroupStopped)]
