"""Hosts in one thread: virtual time, a seeded network and crashes, over real logs in a directory."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from rraft.cluster.core.outcomes import Outcome
from rraft.cluster.errors import ClusterError
from rraft.cluster.options import GroupOptions, HostOptions
from rraft.cluster.state_machine import StateMachine
from rraft.cluster.transport import SnapshotSource
from tests.harness.virtual_host import Register, VirtualHost, stopped

__all__ = ["Register", "VirtualCluster", "VirtualHost", "stopped"]

LINK_TIMEOUT = 1.0
"""Seconds until a host notices that packets of a link are dropped."""


class VirtualCluster:
    """The hosts, their network and their time: a run is a function of its seed."""

    def __init__(
        self,
        directory: Path,
        seed: int = 1,
        *,
        hosts: int = 3,
        groups: Sequence[int] = (1,),
        options: HostOptions | None = None,
        group_options: GroupOptions | None = None,
        new_machine: Callable[[], StateMachine] = Register,
    ) -> None:
        self.directory = directory
        self.seed = seed
        self.source = random.Random(seed)
        self.options = options or HostOptions()
        self.group_options = group_options or GroupOptions()
        self.new_machine = new_machine
        self.worker = ThreadPoolExecutor(1)
        """For what hosts do in worker threads. The cluster waits for it."""
        self.now = 0.0
        self.loss = 0.0
        self.duplication = 0.0
        self.reordering = 0.0
        self.disk_delay = 0.005
        self.blocked: set[frozenset[int]] = set()
        self.snapshot_cut: int | None = None
        """How many chunks of the next snapshot arrive before its connection breaks."""
        self.snapshot_offsets: list[int] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._last: dict[tuple[int, int], float] = {}
        self.hosts = {number: VirtualHost(self, number, f"host-{number}:1") for number in range(1, hosts + 1)}
        self.founders = {number: host.address for number, host in self.hosts.items()}
        for host in self.hosts.values():
            host.start(groups=groups, bootstrap=self.founders)

    @property
    def wall(self) -> float:
        return 1_700_000_000.0 + self.now

    # Time.

    def at(self, time: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, next(self._order), action))

    def run(self, seconds: float) -> None:
        """Lets time pass."""
        end = self.now + seconds
        while self._events and self._events[0][0] <= end:
            self.now, _, action = heapq.heappop(self._events)
            action()
        self.now = end

    def run_until(self, condition: Callable[[], object], limit: float = 30.0) -> None:
        """Lets time pass until the condition is true."""
        end = self.now + limit
        while not condition():
            assert self._events, "nothing happens any more"
            assert self._events[0][0] <= end, f"not reached in {limit} s"
            self.now, _, action = heapq.heappop(self._events)
            action()

    # Hosts.

    @property
    def running(self) -> list[VirtualHost]:
        return [host for host in self.hosts.values() if host.core is not None]

    def leader(self, group: int = 1) -> VirtualHost | None:
        """The leader of the newest term among the running hosts."""
        leaders = [host for host in self.running if group in host.machines and host.group(group).is_leader]
        return max(leaders, key=lambda host: host.group(group).term, default=None)

    def elect(self, group: int = 1) -> VirtualHost:
        """Waits for a leader that all running members know."""

        def agreed() -> bool:
            leader = self.leader(group)
            return leader is not None and all(
                host.group(group).leader == leader.number
                for host in self.running
                if host.group(group).active and host.group(group).state.applied
            )

        self.run_until(agreed)
        leader = self.leader(group)
        assert leader is not None
        return leader

    def add_host(self, number: int, *, join: bool = True) -> VirtualHost:
        """A host with an empty directory, which waits to be added."""
        host = self.hosts[number] = VirtualHost(self, number, f"host-{number}:1")
        if join:
            host.start(join=True)
        return host

    def restart(self, number: int, **arguments: object) -> VirtualHost:
        host = self.hosts[number]
        host.crash()
        host.start(**arguments)  # type: ignore[arg-type]
        return host

    def submit(self, host: VirtualHost, command: bytes, group: int = 1) -> list[Outcome]:
        """Submits a command. Its outcome is appended to the result."""
        outcomes: list[Outcome] = []
        try:
            host.sessions[group].submit(command, outcomes.append)
        except ClusterError as error:
            outcomes.append(error)
        return outcomes

    def execute(self, host: VirtualHost, command: bytes, group: int = 1) -> Outcome:
        """Submits a command, and waits for its outcome."""
        outcomes = self.submit(host, command, group)
        self.run_until(lambda: outcomes)
        return outcomes[0]

    def query(self, host: VirtualHost, query: bytes = b"", group: int = 1) -> Outcome:
        """Asks a linearizable query, and waits for its answer."""
        outcomes: list[Outcome] = []
        host.group(group).query(query, outcomes.append)
        self.run_until(lambda: outcomes)
        return outcomes[0]

    # The network.

    def is_reachable(self, one: int, other: int, address: str) -> bool:
        host = self.hosts.get(other)
        if host is None or host.core is None or not host.core.accepts(one):
            return False
        if address not in (host.address, host.alias):
            return False
        return frozenset((one, other)) not in self.blocked

    def started(self, host: VirtualHost) -> None:
        """Links to the host are established when their hosts try again."""

    def ended(self, host: VirtualHost) -> None:
        """Connections to the host are reset."""
        for other in self.running:
            if other.links.get(host.number):
                other.later(0.001, lambda other=other: other.disconnected(host.number))  # type: ignore[misc]

    def block(self, one: int, other: int) -> None:
        """Drops all packets between two hosts, which notice it after a while."""
        pair = frozenset((one, other))
        self.blocked.add(pair)
        for host, peer in ((one, other), (other, one)):
            self.hosts[host].later(LINK_TIMEOUT, lambda host=host, peer=peer: self._time_out(host, peer, pair))  # type: ignore[misc]

    def _time_out(self, host: int, peer: int, pair: frozenset[int]) -> None:
        if pair in self.blocked:
            self.hosts[host].disconnected(peer)

    def isolate(self, number: int) -> None:
        for other in self.hosts:
            if other != number:
                self.block(number, other)

    def heal(self) -> None:
        self.blocked.clear()

    def send(self, sender: VirtualHost, to: int, body: bytes) -> bool:
        if not sender.links.get(to):
            return False
        source = self.source
        if source.random() < self.loss:
            return True
        copies = 2 if source.random() < self.duplication else 1
        for _ in range(copies):
            delay = source.uniform(0.0002, 0.002)
            pair = (sender.number, to)
            if source.random() < self.reordering:
                delay += source.uniform(0, 0.05)
                time = self.now + delay
            else:
                time = self._last[pair] = max(self.now + delay, self._last.get(pair, 0.0))
            self.at(time, lambda pair=pair: self._deliver(pair, body))  # type: ignore[misc]
        return True

    def _deliver(self, pair: tuple[int, int], body: bytes) -> None:
        sender, to = pair
        host = self.hosts[to]
        if self.now < host.paused_until:
            self.at(host.paused_until, lambda: self._deliver(pair, body))
        elif host.core is not None and frozenset(pair) not in self.blocked:
            host.core.received(sender, body)

    def send_snapshot(
        self, sender: VirtualHost, to: int, header: bytes, source: SnapshotSource, done: Callable[[bool], None]
    ) -> None:
        def transfer(attempts: int) -> None:
            receiver = self.hosts[to].core
            if receiver is None or frozenset((sender.number, to)) in self.blocked:
                done(False)
                return
            sink = receiver.receive_snapshot(sender.number, header)
            if sink is None:
                done(False)
                return
            self.snapshot_offsets.append(sink.offset)
            cut, self.snapshot_cut = self.snapshot_cut, None
            for number, chunk in enumerate(source.open(sink.offset)):
                if number == cut:
                    sink.abort()
                    sender.later(0.1, lambda: transfer(attempts + 1))
                    return
                sink.write(chunk)
            sink.finish()
            done(True)

        sender.later(0.01, lambda: transfer(0))
