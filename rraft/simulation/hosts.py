"""Simulated hosts: processes that are started, crash, and are started again with the disk that is left."""

import asyncio
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from rraft import RaftError
from rraft.cluster.core.events import (
    Event,
    GroupStopped,
    LeaderChanged,
    MembersChanged,
    SnapshotMade,
    SnapshotRestored,
    SnapshotSent,
)
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.node import HostCore
from rraft.cluster.core.rounds import Round
from rraft.cluster.errors import HostClosedError, RemovedError
from rraft.cluster.group import Group
from rraft.cluster.host import Host
from rraft.cluster.replicated_machine import as_state_machine
from rraft.simulation.disk import HostDisk
from rraft.simulation.environment import SimulatedEnvironment
from rraft.simulation.groups import SimulatedGroup
from rraft.simulation.observed_machine import ObservedMachine, observed
from rraft.simulation.process import Process

if TYPE_CHECKING:
    from rraft.simulation.cluster import SimulatedCluster

RESTART = 0.5
"""Seconds after which a host is started again that has ended by itself."""


NOTICED = 3.0
"""Seconds until somebody notices that a host has stopped to apply entries."""


def address_of(number: int, port: int) -> str:
    """One of the two addresses of a host."""
    return f"host-{number}:{port}"


class SimulatedHost:
    """A machine with a disk and clocks. There is a process on it while it is up."""

    def __init__(self, cluster: "SimulatedCluster", number: int, *, joins: bool) -> None:
        self.number = number
        self.name: str = str(number)
        self.address: str = address_of(number, 1)
        """Where it is, from its next start on."""
        self.disk: HostDisk = HostDisk(f"{cluster.seed}.{number}")
        self.process: Process | None = None
        self.groups: dict[int, Group] = {}
        """Its parts of the groups, while they are started."""
        self.is_removed: bool = False
        """Whether it was removed from all groups, and has ended."""
        self.may_fail: bool = False
        """Whether its disk was made to fail."""
        self.is_full = False
        """Whether its disk has no room."""
        self.restart_after: float = RESTART
        """How long it is down after the next crash within a call of its disk."""
        self._is_shutting_down = False
        self.starts: int = 0
        self._cluster = cluster
        self._joins = joins
        self._machines: dict[int, ObservedMachine] = {}
        self._within_write = False
        """Whether the log may have more than the oracle has seen: a round was written, or was being written."""
        self._core: HostCore | None = None
        """The core, while the process is up and its log is open."""

    @property
    def is_up(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.is_alive

    def core(self, number: int) -> GroupCore | None:
        """A group, if it is started and takes part."""
        group = self.groups.get(number) if self.is_up else None
        return group.core if group is not None and group.core.active else None

    def has_left(self, number: int) -> bool:
        """Whether a group is started, and takes no part any more."""
        return self.is_up and number in self.groups and not self.groups[number].core.active

    def start(self) -> None:
        """Starts the process, unless it is up or was removed."""
        cluster = self._cluster
        if self.is_up or self.is_removed:
            return
        self.starts += 1
        before = self.process
        process = self.process = cluster.loop.new_process(self.name, self.starts)
        if before is not None:
            process.copy_clocks(before)
        process.on_fuse = self.crash
        source = Random(f"{cluster.seed}.{self.number}.{self.starts}")
        environment = SimulatedEnvironment(cluster.network, process, self.disk, source, crashed=self._crashed)
        members = cluster.founders
        host = Host(
            f"host {self.number}",
            listen=self.address,
            id=self.number,
            bootstrap=None if self._joins else members,
            join=sorted(cluster.addresses) if self._joins else None,
            options=cluster.options,
        )
        host._environment = environment
        self.groups = {}
        self._is_shutting_down = False
        cluster.trace(self.name, "start", f"start {self.starts}")
        cluster.loop.spawn(process, self._run(host)).add_done_callback(partial(self._has_run, process))

    def crash(self, down: float | None = None) -> None:
        """Loses power. It is started again after `down` seconds."""
        if self.is_up:
            self._within_write = self._within_write or (self._core is not None and self._core.in_round)
            self._end("crash", "loses power", down)
            self.disk.crash()

    def move(self) -> None:
        """Has another address from the next start on."""
        self.address = address_of(self.number, 2 if self.address == address_of(self.number, 1) else 1)

    def stop(self, down: float) -> None:
        """Shuts down in order. It is started again after `down` seconds."""
        if self.is_up and self.process is not None:
            self.restart_after = down
            self._is_shutting_down = True
            self._cluster.loop.spawn(self.process, self._shut_down())

    def observe(self) -> None:
        """Lets the oracles compare the whole state."""
        for group in self._cluster.groups:
            core = self.core(group.number)
            if core is not None:
                group.oracle.compare_state(self.number, core, self._machines[group.number])

    # The process.

    async def _run(self, host: Host) -> None:
        """The program of the host."""
        text = "has ended"
        self._host = host
        try:
            await host.open()
            self._observe_rounds(host.running.core)
            for group in self._cluster.groups:
                machine = observed(as_state_machine(self._cluster.make()))
                started = await host.start_group(machine, group.number, self._cluster.group_options)
                self._started(group, started, machine)
            self._within_write = False
            await host.serve()
        except RemovedError as error:
            text = str(error)
            self.is_removed = True
        except (RaftError, OSError) as error:
            text = f"{type(error).__name__}: {error}"
            if self.disk.has_crashed:
                self._crashed()
                return
            self.is_removed = self._is_removed_before_it_joined()
            was_closed = isinstance(error, HostClosedError) and self._is_shutting_down  # while it was starting
            if not (self.may_fail or self.is_removed or was_closed):
                self._cluster.violate("hosts do not fail", f"host {self.number}: {text}")
        try:
            await host.close()
        except (RaftError, OSError) as error:
            text = f"{text}; {type(error).__name__}: {error}"
        if self.disk.has_crashed:
            self._crashed()
            return
        self._within_write = self._within_write or self.may_fail
        self.may_fail = self.is_full or self.disk.disk.faults > 0
        self._end("exit", text, self.restart_after)

    def _has_run(self, process: Process, task: "asyncio.Task[None]") -> None:
        """The program has ended. What it raises would be lost otherwise."""
        error = None if task.cancelled() else task.exception()
        if error is not None and process.is_alive:
            self._cluster.error = error
            self._cluster.violate("hosts do not fail", f"host {self.number}: {type(error).__name__}: {error}")

    def _is_removed_before_it_joined(self) -> bool:
        """Whether a group has removed it before it had any state there: then it cannot join."""
        return any(
            not started.core.state.applied and self._cluster.groups[number - 1].has_removed(self.number)
            for number, started in self.groups.items()
        )

    async def _shut_down(self) -> None:
        try:
            await self._host.close()
        except (RaftError, OSError):
            if self.disk.has_crashed:
                self._crashed()
            elif not self.may_fail:
                raise

    def _started(self, group: SimulatedGroup, started: Group, machine: ObservedMachine) -> None:
        self.groups[group.number], self._machines[group.number] = started, machine
        setattr(started, "publish", partial(self._event, group))  # noqa: B010 - a method of the instance
        group.oracle.started(self.number, started.core, within_write=self._within_write)

    def _observe_rounds(self, core: HostCore) -> None:
        self._core = core
        finish_round, process, groups = core.finish_round, self.process, self._cluster.groups
        assert process is not None

        def finish(finished: Round, now: float, wall: float) -> None:
            finish_round(finished, now, wall)
            for group in finished.groups:
                oracle = groups[group.id - 1].oracle
                if not process.is_alive or core.failure is not None:
                    oracle.missed()
                elif group.id in self.groups:
                    oracle.observe(self.number, group, self._machines[group.id])

        setattr(core, "finish_round", finish)  # noqa: B010 - a method of the instance

    def _crashed(self) -> None:
        """A call of the disk has ended the process, or another one is about to."""
        if not self.is_up or self.process is None:
            return
        self._within_write = True
        fuse = self._cluster.fuses.randrange(4)
        if fuse and self.process.fuse is None:  # what was sent before the call leaves
            self.process.fuse = fuse
            self._cluster.loop.at(self._cluster.loop.main, self._cluster.loop.now, self.crash)
        else:
            self.crash()

    def _state_machine_stopped(self, reason: Exception) -> None:
        """The host votes, and applies nothing any more: somebody starts it again."""
        cluster = self._cluster
        if not self.may_fail:
            cluster.violate("hosts do not fail", f"host {self.number}: {reason}")
        cluster.loop.at(cluster.loop.main, cluster.loop.now + NOTICED, self.stop, RESTART)

    def _end(self, kind: str, text: str, down: float | None) -> None:
        cluster, process = self._cluster, self.process
        assert process is not None
        cluster.trace(self.name, kind, text)
        process.kill()
        self.groups, self._core = {}, None
        cluster.network.ended(self.name)
        if not self.is_removed:
            restart = self.restart_after if down is None else down
            cluster.loop.at(cluster.loop.main, cluster.loop.now + restart, self.start)
        self.restart_after = RESTART

    def _event(self, group: SimulatedGroup, event: Event) -> None:
        """Something has happened in a group on this host."""

        def trace(host: str, kind: str, text: str) -> None:
            self._cluster.trace(host, kind, group.name_in(text))

        match event:
            case LeaderChanged(_, leader, term):
                trace(self.name, "leader", f"host {leader} in term {term}" if leader else f"none in term {term}")
            case MembersChanged(_, voters, learners):
                trace(self.name, "members", f"voters {sorted(voters)}, learners {sorted(learners)}")
            case SnapshotMade(_, index, size):
                trace(self.name, "snapshot", f"made at {index}, {size} bytes")
            case SnapshotSent(_, host, index, succeeded):
                trace(self.name, "snapshot", f"at {index} to host {host}: {'sent' if succeeded else 'failed'}")
            case SnapshotRestored(_, index):
                trace(self.name, "snapshot", f"restored at {index}")
                group.oracle.restored(self.number, index)
            case GroupStopped(_, reason):
                trace(self.name, "stopped", f"{type(reason).__name__}: {reason}")
                if self.core(group.number) is not None:
                    self._state_machine_stopped(reason)
