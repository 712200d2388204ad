"""All groups of a host, in rounds that share one wait for the disk."""

import logging
import random
from collections.abc import Callable, Iterable

import msgspec

from rraft import (
    ConfState,
    LoggerRef,
    ReadyBatch,
    Snapshot,
    SnapshotMetadata,
    Wal,
    WalError,
    WalStorage,
    run_many,
    tick_many,
)
from rraft.cluster.core import frames
from rraft.cluster.core.chunks import join_chunks
from rraft.cluster.core.effects import Effects
from rraft.cluster.core.frames import READ_ONLY, SNAPSHOT, FrameError, Hello, Kind, add_item
from rraft.cluster.core.group import GroupCore, Input
from rraft.cluster.core.identity import load_incarnation
from rraft.cluster.core.state import ReplicatedState
from rraft.cluster.errors import FailedError, RemovedError, StartError
from rraft.cluster.options import GroupOptions, HostOptions
from rraft.cluster.state_machine import StateMachine
from rraft.cluster.transport import SnapshotSink

log = logging.getLogger("rraft.cluster")

EXPIRE_TICKS = 20
"""Every so many ticks, the host looks for sessions that have expired, and for members that have moved."""


MAX_FRAME = 2**22
"""Messages to a host are split into frames of about this size, in bytes."""


class Outgoing:
    """What a round sends: a frame for each host, and snapshots."""

    def __init__(self) -> None:
        self.frames: dict[int, list[bytes]] = {}
        self.snapshots: list[tuple[GroupCore, int, bytes]] = []

    def take(self, group: GroupCore) -> None:
        """Takes the messages of a group."""
        for host, box in group.outboxes.items():
            if box:
                parts = self.frames.get(host)
                if parts is None:
                    parts = self.frames[host] = []
                for message in box:
                    if message.startswith(SNAPSHOT):
                        self.snapshots.append((group, host, message))
                    else:
                        add_item(parts, Kind.MESSAGE, group.id, message)
                box.clear()


class Round:
    """One call of `run_many`, for the groups that have something to do."""

    def __init__(self, groups: list[GroupCore], work: list[Input]) -> None:
        self.groups = groups
        self._work = work
        self.results: list[ReadyBatch | Exception | None] = []

    @property
    def is_short(self) -> bool:
        """Whether it probably need not wait for the disk."""
        for _, messages, data, ticks, _ in self._work:
            if data or ticks:
                return False
            for message in messages:
                if message[:2] not in READ_ONLY:
                    return False
        return True

    def run(self, before_wait: Callable[[Outgoing], None]) -> None:
        """Runs the nodes, and waits for the disk: in a worker thread.

        `before_wait` is called, in this thread, with what may be sent before the disk has everything.
        """
        self.results = run_many(self._work, before_wait=lambda: before_wait(self.take_outgoing()))

    def take_outgoing(self) -> Outgoing:
        """Takes what can be sent."""
        outgoing = Outgoing()
        for group in self.groups:
            outgoing.take(group)
        return outgoing


class HostCore:
    """Decides for a host. The driver calls its methods on one thread, and runs rounds and jobs where they may wait."""

    def __init__(
        self,
        host: int,
        wal: Wal,
        effects: Effects,
        options: HostOptions,
        source: random.Random,
        *,
        address: str,
        fixed_election_ticks: int = 0,
    ) -> None:
        """`source` draws the identities of this start. `fixed_election_ticks` replaces the random election timeouts of
        Raft, for a simulator.
        """
        self.id = host
        self.wal = wal
        self.effects = effects
        self.options = options
        self.address = address
        self.fixed_election_ticks = fixed_election_ticks
        self.groups: dict[int, GroupCore] = {}
        self.dirty: dict[int, GroupCore] = {}
        """The groups that take part in the next round."""
        self.timed: dict[int, GroupCore] = {}
        """The groups that something may have to be repeated for."""
        self.now = 0.0
        self.wall_ms = 0
        self.failure: Exception | None = None
        """Why nothing works any more: the log has failed."""
        self.incarnation = load_incarnation(wal, source)
        self._source = source
        self._hellos: dict[int, Hello] = {}
        self._addresses: dict[int, str] = {}
        self.connected: set[int] = set()
        """The hosts that there is a link to."""
        self._ticking: list[GroupCore] | None = None
        self._in_round = False
        self._is_unmarked = False
        """Whether there were rounds since the last mark."""
        self._ticks = 0
        self._tick_number = 0
        self._told: set[tuple[int, int]] = set()

    # Groups.

    def make_group(
        self,
        group: int,
        machine: StateMachine,
        options: GroupOptions,
        logger: LoggerRef,
        *,
        bootstrap: dict[int, str] | None = None,
        join: bool = False,
    ) -> GroupCore:
        """Makes a group, which is restored from its storage. Pass it to `add_group`. May be called in any thread.

        If the log has no such group, it begins with the members `bootstrap`, or it waits to be added with `join`.
        Raises `StartError` with neither; what `GroupCore` raises.
        """
        if group < 1 or group >= 2**63:
            raise StartError(f"group: expected an id of at least 1 and below 2**63, got {group}")
        is_new = group not in self.wal.groups()
        if is_new and bootstrap is None and not join:
            raise StartError(
                f"there is no group {group} in the directory: start its first members with bootstrap=, "
                "and later ones with join="
            )
        if is_new and bootstrap is not None and self.id not in bootstrap:
            raise StartError(f"host {self.id} is not in bootstrap={bootstrap}: it is no founding member")
        storage = self.wal.storage(group)
        if bootstrap is not None and storage.last_index() == 0 and not join:
            self._bootstrap(group, storage, machine, bootstrap)
        return GroupCore(self, group, storage, machine, options, self._source, logger)

    def add_group(self, group: GroupCore) -> None:
        """Takes a group into the rounds. Raises `StartError` if there is one with this id."""
        if group.id in self.groups:
            raise StartError(f"group {group.id} is started already")
        self.groups[group.id] = group
        self.ticking_changed()
        self.members_changed(group, set())
        group.wake()

    def _bootstrap(self, group: int, storage: WalStorage, machine: StateMachine, members: dict[int, str]) -> None:
        """Begins the log after a snapshot at index 1, the same on all members, which later members receive."""
        conf_state = ConfState(voters=sorted(members))
        state = ReplicatedState(group, machine)
        state.bootstrap(conf_state, members)
        metadata = SnapshotMetadata(index=1, term=1, conf_state=conf_state)
        storage.apply_snapshot(Snapshot(metadata=metadata), join_chunks(state.dump()))
        storage.sync()

    # Time.

    def tick(self, now: float, wall: float) -> None:
        """A tick has elapsed. `now` is monotonic, `wall` is the time since the epoch, both in seconds."""
        self._set_time(now, wall)
        self._tick_number += 1
        if self._in_round:
            self._ticks = 1  # the node must not make up for ticks that it has missed
        else:
            self._tick_nodes()
        for group in list(self.timed.values()):
            if not group.tick(now):
                self.timed.pop(group.id, None)
        if self._tick_number % EXPIRE_TICKS == 0:
            self._told.clear()
            for group in self.groups.values():
                group.expire()
                self.check_members(group)
            self._mark()

    def _tick_nodes(self) -> None:
        groups = self._ticking
        if groups is None:
            groups = self._ticking = [group for group in self.groups.values() if group.active and not group.quiet.on]
        if not groups:
            return
        ready = tick_many([group.node for group in groups])
        for position in ready:
            group = groups[position]
            self.dirty[group.id] = group
        if ready:
            self.effects.wake()
        for group in groups:
            if group.is_leader and group.id not in self.dirty:  # this tick sends no heartbeat, which would wake others
                group.quiet.ticked()

    def ticking_changed(self) -> None:
        """Other groups tick from now on."""
        self._ticking = None

    def _mark(self) -> None:
        """When there is nothing to do, records how much of the log is durable: a later start detects more damage."""
        if self._in_round or self.dirty or not self._is_unmarked or self.failure is not None:
            return
        self._is_unmarked = False
        try:
            self.wal.mark()
        except WalError as error:
            self.fail(error)

    def _set_time(self, now: float, wall: float) -> None:
        self.now = now
        self.wall_ms = int(wall * 1000)

    # Rounds.

    def begin_round(self, now: float, wall: float) -> Round | None:
        """Returns the next round, if there is anything to do. Call `finish_round` before the next call."""
        self._set_time(now, wall)
        if self._in_round or self.failure is not None:
            return None
        if self._ticks:
            self._ticks = 0
            self._tick_nodes()
        if not self.dirty:
            return None
        dirty, self.dirty = self.dirty, {}
        groups, work = [], []
        for group in dirty.values():
            item = group.collect(now, 0)
            if item is not None:
                groups.append(group)
                work.append(item)
        if not groups:
            return None
        self._in_round = True
        self._is_unmarked = True
        return Round(groups, work)

    def send(self, outgoing: Outgoing) -> None:
        """Sends what a round has produced."""
        for host, parts in outgoing.frames.items():
            if parts and not all(self.effects.send(host, frame) for frame in _split(parts)):
                for group in self.groups.values():
                    group.report_unreachable(host)
        for group, host, message in outgoing.snapshots:
            group.transfers.send(host, message)

    def finish_round(self, finished: Round, now: float, wall: float) -> None:
        """Takes the results of a round: sends its messages, applies its entries, and answers those who wait."""
        self._set_time(now, wall)
        self._in_round = False
        self.send(finished.take_outgoing())
        for group, result in zip(finished.groups, finished.results, strict=True):
            group.finish(result)

    def fail(self, error: Exception) -> None:
        """Nothing works any more: the disk has failed."""
        if self.failure is None:
            self.failure = error
            for group in self.groups.values():
                group.leave(FailedError(f"the log of the host has failed: {error}"))
            log.critical("host %d: %s", self.id, error)

    def log_failure(self, what: str, error: BaseException) -> None:
        """Something failed that is tried again."""
        log.error("host %d: %s: %s: %s", self.id, what, type(error).__name__, error)

    # The network.

    def received(self, host: int, body: bytes) -> None:
        """A frame of another host has arrived. Raises `FrameError` if it is malformed."""
        try:
            for kind, group, payload in frames.items(body):
                if kind == Kind.HELLO:
                    self._hello(host, frames.decode_hello(payload))
                    continue
                if kind == Kind.WHO:
                    self._say_hello(host)
                    continue
                core = self.groups.get(group)
                if core is None or not core.active or not self._is_trusted(host, core):
                    continue
                if kind == Kind.MESSAGE:
                    core.receive_message(host, payload)
                else:
                    core.receive(kind, host, payload)
        except msgspec.MsgspecError as error:
            raise FrameError(str(error)) from error

    def link_changed(self, host: int, connected: bool) -> None:
        """A link to a host has been established, or has ended."""
        if connected:
            self.connected.add(host)
            self._say_hello(host)
        else:
            self.connected.discard(host)
            self._hellos.pop(host, None)  # it may come back from elsewhere, and says so then
        for group in self.groups.values():
            group.link_changed(host, connected)

    def accepts(self, host: int) -> bool:
        """Whether the host may connect: it may have been added by others a moment ago."""
        return host != self.id

    def send_item(self, host: int, kind: Kind, group: int, payload: bytes) -> None:
        """Sends an item in a frame of its own. It may be lost."""
        parts: list[bytes] = []
        add_item(parts, kind, group, payload)
        self.effects.send(host, parts)

    def snapshot_header(self, group: int, message: bytes) -> bytes:
        """The header of a snapshot of a group."""
        parts: list[bytes] = []
        add_item(parts, Kind.MESSAGE, group, message)
        return b"".join(parts)

    def receive_snapshot(self, host: int, header: bytes) -> SnapshotSink | None:
        """See `Receiver.receive_snapshot`."""
        try:
            [(_, group, message)] = frames.items(header)
        except ValueError:
            return None
        core = self.groups.get(group)
        if core is None or not self._is_trusted(host, core):
            return None
        return core.transfers.receive(message)

    def _is_trusted(self, host: int, group: GroupCore) -> bool:
        """Whether to listen to a host. One that was removed, or has lost its directory, is told so."""
        hello = self._hellos.get(host)
        if hello is None:
            self._tell(host, Kind.WHO, group)
            return False
        members = group.state.members
        if host in members.removed:
            self._tell(host, Kind.REMOVED, group)
            return False
        if members.is_lost(host, hello.incarnation):
            self._tell(host, Kind.LOST, group)
            return False
        return True

    def _tell(self, host: int, kind: Kind, group: GroupCore) -> None:
        """Tells a host why this one does not listen to it, about once a second."""
        if (host, group.id) not in self._told:
            self._told.add((host, group.id))
            self.send_item(host, kind, group.id, b"")

    # Members.

    def _say_hello(self, host: int) -> None:
        self.send_item(host, Kind.HELLO, 0, frames.encode(Hello(self.incarnation, self.address)))

    def _hello(self, host: int, hello: Hello) -> None:
        self._hellos[host] = hello
        if self._addresses.get(host) != hello.address:
            self._set_address(host, hello.address)
        for group in self.groups.values():
            self.check_members(group)

    def check_members(self, group: GroupCore) -> None:
        """As the leader, records which directories and addresses the members have."""
        if not group.is_leader or group.stopped is not None:
            return
        members = group.state.members
        own = Hello(self.incarnation, self.address)
        incarnations, addresses = {}, {}
        for host in sorted(members.voters | members.learners):
            hello = own if host == self.id else self._hellos.get(host)
            if hello is None or members.is_lost(host, hello.incarnation):
                continue
            if host not in members.incarnations:
                incarnations[host] = hello.incarnation
            if members.addresses.get(host) != hello.address:
                addresses[host] = hello.address
        if incarnations or addresses:
            group.propose_batch(group.batch(incarnations=incarnations, addresses=addresses))

    def members_changed(self, group: GroupCore, removed: Iterable[int]) -> None:
        """Takes the addresses of a group's members, and says to `removed` that they have no part in it any more."""
        for host in removed:
            if host == self.id:
                group.leave(RemovedError(f"this host was removed from group {group.id}"))
            elif group.is_leader:
                self.send_item(host, Kind.REMOVED, group.id, b"")
        for host, address in group.state.members.addresses.items():
            hello = self._hellos.get(host)
            self._set_address(host, address if hello is None else hello.address)
        known = {host for core in self.groups.values() for host in core.state.members.addresses}
        for host in set(self._addresses) - known - set(removed):
            if self.groups and all(core.state.applied for core in self.groups.values()):
                self._set_address(host, None)

    def learn_address(self, host: int, address: str) -> None:
        """Connects to a host that a member has named to a host that joins."""
        self._set_address(host, address)

    def _set_address(self, host: int, address: str | None) -> None:
        if host == self.id or self._addresses.get(host) == address:
            return
        if address is None:
            self._addresses.pop(host, None)
            self._hellos.pop(host, None)
        else:
            self._addresses[host] = address
        self.effects.set_address(host, address)


def _split(parts: list[bytes]) -> Iterable[list[bytes]]:
    """Splits items, which are a head and a payload each, into frames of at most `MAX_FRAME` bytes, or of one item."""
    if sum(map(len, parts)) <= MAX_FRAME:
        return (parts,)
    frames: list[list[bytes]] = []
    size = MAX_FRAME
    for head, payload in zip(parts[::2], parts[1::2], strict=True):
        size += len(head) + len(payload)
        if size > MAX_FRAME:
            frames.append([])
            size = len(head) + len(payload)
        frames[-1] += head, payload
    return frames
