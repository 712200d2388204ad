"""Carries out a plan of faults."""

import errno
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TYPE_CHECKING

from rraft.simulation.faults import Fault
from rraft.simulation.hosts import SimulatedHost
from rraft.simulation.network import Path

if TYPE_CHECKING:
    from rraft.simulation.cluster import SimulatedCluster

MORE_HOSTS = 2
"""How many hosts there are at most beyond those of the beginning."""


class Injector:
    """Begins each fault at its time, and ends it."""

    def __init__(self, cluster: "SimulatedCluster", plan: Sequence[Fault]) -> None:
        self.begun: list[Fault] = []
        """The faults that have had an effect so far."""
        self._cluster = cluster
        self._loop = cluster.loop
        self._group = cluster.groups[0]
        self._plan = plan
        self._is_over = False
        self._endings: dict[int, Callable[[], None]] = {}
        self._number = 0

    def start(self) -> None:
        """Begins: the times of the plan count from now."""
        now = self._loop.now
        for fault in self._plan:
            self._loop.at(self._loop.main, now + fault.time, self._begin, fault)

    def end(self) -> None:
        """Ends all faults. No other one begins."""
        self._is_over = True
        for number in list(self._endings):
            self._finish(number)
        for host in self._cluster.hosts.values():
            if host.process is not None:
                host.process.set_rate(self._loop.now, 1.0)
                host.process.fuse = None
            host.disk.disk.clear_faults()

    def _begin(self, fault: Fault) -> None:
        if self._is_over:
            return
        if getattr(self, f"_{fault.kind}")(*fault.arguments) is not False:
            self.begun.append(fault)
            self._cluster.trace("", "fault", f"{fault.kind} {fault.arguments}")

    def _until(self, seconds: float, ending: Callable[[], None]) -> None:
        """Calls `ending` after some seconds, or when all faults end."""
        self._number += 1
        self._endings[self._number] = ending
        self._loop.at(self._loop.main, self._loop.now + seconds, self._finish, self._number)

    def _finish(self, number: int) -> None:
        ending = self._endings.pop(number, None)
        if ending is not None:
            ending()

    # Hosts.

    def _host(self, number: int) -> SimulatedHost | None:
        """One of the hosts that are up."""
        hosts = [host for host in self._cluster.hosts.values() if host.is_up]
        return hosts[number % len(hosts)] if hosts else None

    def _crashes(self, number: int, fuse: int, down: float) -> bool:
        host = self._host(number)
        if host is None or host.process is None:
            return False
        if fuse:
            host.restart_after = down
            host.process.fuse = fuse
        else:
            host.crash(down)
        return True

    def _crashes_in_writes(self, number: int, operation: str | None, after: int, down: float) -> bool:
        host = self._host(number)
        if host is None:
            return False
        host.restart_after = down
        host.disk.disk.crash_at(operation, after=after)  # type: ignore[arg-type]
        return True

    def _pauses(self, number: int, seconds: float) -> bool:
        host = self._host(number)
        if host is None or host.process is None or host.process.is_paused:
            return False
        process = host.process
        self._loop.pause(process)
        self._cluster.network.ended(host.name)
        self._until(seconds, lambda: self._loop.resume(process))
        return True

    def _restarts(self, number: int, down: float) -> bool:
        host = self._host(number)
        if host is None:
            return False
        host.stop(down)
        return True

    def _moves(self, number: int, down: float) -> bool:
        host = self._host(number)
        if host is None or not self._cluster.all_are_found:
            return False
        host.move()
        host.stop(down)
        return True

    # The network.

    def _cut(self, pairs: Iterable[tuple[str, str]], seconds: float) -> None:
        network, pairs = self._cluster.network, list(pairs)
        for source, target in pairs:
            network.cut(source, target)

        def heal() -> None:
            for source, target in pairs:
                network.heal(source, target)

        self._until(seconds, heal)

    def _isolations(self, number: int, direction: str, fraction: float, bits: int, seconds: float) -> bool:
        host = self._host(number)
        if host is None:
            return False
        source = Random(bits)
        others = [name for name in self._cluster.endpoints if name != host.name and source.random() < fraction]
        pairs = []
        if direction != "in":
            pairs += [(host.name, other) for other in others]
        if direction != "out":
            pairs += [(other, host.name) for other in others]
        self._cut(pairs, seconds)
        return bool(pairs)

    def _partitions(self, bits: int, direction: str, seconds: float) -> bool:
        names = self._cluster.endpoints
        side = [name for position, name in enumerate(names) if bits >> position % 16 & 1]
        rest = [name for name in names if name not in side]
        pairs = [(one, other) for one in side for other in rest]
        if direction == "both":
            pairs += [(other, one) for one, other in pairs]
        self._cut(pairs, seconds)
        return bool(pairs)

    def _paths(self, fraction: float, bits: int) -> list[Path]:
        source, names = Random(bits), self._cluster.endpoints
        pairs = [(one, other) for one in names for other in names if one != other]
        return [self._cluster.network.path(*pair) for pair in pairs if source.random() < fraction]

    def _change(self, name: str, amount: float, fraction: float, bits: int, seconds: float) -> bool:
        paths = self._paths(fraction, bits)

        def add(more: float) -> None:
            for path in paths:
                setattr(path, name, max(0.0, round(getattr(path, name) + more, 6)))

        add(amount)
        self._until(seconds, lambda: add(-amount))
        return bool(paths)

    def _loss(self, probability: float, fraction: float, bits: int, seconds: float) -> bool:
        return self._change("loss", probability, fraction, bits, seconds)

    def _duplication(self, probability: float, fraction: float, bits: int, seconds: float) -> bool:
        return self._change("duplication", probability, fraction, bits, seconds)

    def _reordering(self, probability: float, fraction: float, bits: int, seconds: float) -> bool:
        return self._change("reordering", probability, fraction, bits, seconds)

    def _slow_paths(self, delay: float, fraction: float, bits: int, seconds: float) -> bool:
        return self._change("delay", delay, fraction, bits, seconds)

    def _resets(self, number: int, other: int) -> bool:
        host, names = self._host(number), self._cluster.endpoints
        target = names[other % len(names)]
        if host is None or target == host.name:
            return False
        self._cluster.network.reset(host.name, target)
        return True

    # Disks and clocks.

    def _slow_disks(self, number: int, seconds: float) -> bool:
        host = self._host(number)
        if host is None:
            return False
        disk = host.disk
        disk.slowness = 0.5

        def end() -> None:
            disk.slowness = 0.0

        self._until(seconds, end)
        return True

    def _disk_errors(self, number: int, operation: str, after: int) -> bool:
        host = self._host(number)
        if host is None:
            return False
        host.may_fail = True
        host.disk.disk.fail(errno.EIO, operation, after=after)  # type: ignore[arg-type]
        return True

    def _full_disks(self, number: int, seconds: float) -> bool:
        host = self._host(number)
        if host is None:
            return False
        host.may_fail = True
        host.is_full = True
        disk = host.disk.disk
        disk.capacity = disk.used_bytes

        def end() -> None:
            host.is_full = False
            disk.capacity = None

        self._until(seconds, end)
        return True

    def _clock_rates(self, number: int, rate: float) -> bool:
        host = self._host(number)
        if host is None or host.process is None:
            return False
        host.process.set_rate(self._loop.now, rate)
        return True

    def _clock_jumps(self, number: int, seconds: float) -> bool:
        host = self._host(number)
        if host is None or host.process is None:
            return False
        host.process.shift_wall(seconds)
        return True

    # The group.

    def _snapshots(self, number: int) -> bool:
        host = self._host(number)
        if host is None or not host.groups:
            return False
        process, groups = host.process, list(host.groups.values())
        group = groups[number // 7 % len(groups)]
        assert process is not None
        self._loop.at(process, self._loop.now, group.make_snapshot)
        return True

    def _transfers(self, number: int) -> bool:
        self._cluster.operator.transfer_later(number)
        return True

    def _unreachable_leaders(self, number: int, after: float, seconds: float) -> bool:
        groups = self._cluster.groups
        leader = groups[number % len(groups)].leader()
        if leader is None:
            return False
        host = self._cluster.hosts[leader.host.id]
        assert host.process is not None
        others = [other.name for other in self._cluster.hosts.values() if other is not host and not other.is_removed]
        self._loop.at(host.process, self._loop.now, leader.start_to_hand_over)
        pairs = [(other, host.name) for other in others]
        self._loop.at(self._loop.main, self._loop.now + after, self._cut_unless_over, pairs, seconds)
        return True

    def _cut_unless_over(self, pairs: list[tuple[str, str]], seconds: float) -> None:
        if not self._is_over:
            self._cut(pairs, seconds)

    @property
    def _has_room(self) -> bool:
        """Whether a host may be added. All groups have the same members, but for changes that are outstanding."""
        return len(self._group.members) < len(self._cluster.founders) + MORE_HOSTS

    def _additions(self, number: int) -> bool:
        del number
        cluster = self._cluster
        if not self._has_room:
            return False
        host = cluster.add_host()
        host.start()
        cluster.operator.later("add", host.number)
        return True

    def _learners(self, number: int) -> bool:
        del number
        cluster = self._cluster
        if not self._has_room:
            return False
        cluster.operator.later("add learner", cluster.add_host().number)
        return True

    def _promotions(self, number: int) -> bool:
        learners = self._group.learners
        if not learners:
            return False
        self._cluster.operator.later("promote", learners[number % len(learners)])
        return True

    def _removals(self, number: int) -> bool:
        cluster = self._cluster
        members, learners = self._group.members, self._group.learners
        if len(members) - len(learners) <= max(3, len(cluster.founders)):
            members = learners
        if not members:
            return False
        cluster.operator.later("remove", members[number % len(members)])
        return True

    # Clients.

    def _client_crashes(self, number: int, down: float) -> bool:
        clients = [client for client in self._cluster.clients if client.is_up]
        if not clients:
            return False
        client = clients[number % len(clients)]
        client.crash()
        self._until(down, client.start)
        return True
