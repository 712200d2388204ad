"""All groups of a host, in rounds that share one wait for the disk."""

import logging
import random

import msgspec

from rraft import ConfState, LoggerRef, Snapshot, SnapshotMetadata, Wal, WalError, WalStorage, tick_many
from rraft.cluster.core import frames
from rraft.cluster.core.chunks import join_chunks
from rraft.cluster.core.effects import Effects
from rraft.cluster.core.frames import OF_HOSTS, FrameError, Kind, Transfer, add_item
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.identity import load_incarnation
from rraft.cluster.core.incoming import receive
from rraft.cluster.core.observation import Observation
from rraft.cluster.core.outcomes import describe_line
from rraft.cluster.core.peers import FOUNDING_INDEX, Peers
from rraft.cluster.core.rounds import Outgoing, Round, split_frames
from rraft.cluster.core.state import ReplicatedState
from rraft.cluster.core.watch import Watch
from rraft.cluster.errors import FailedError, StartError
from rraft.cluster.options import GroupOptions, HostOptions
from rraft.cluster.records import fields
from rraft.cluster.state_machine import StateMachine
from rraft.cluster.transport import SnapshotSink

log: logging.Logger = logging.getLogger(__name__)

EXPIRE_TICKS = 20
"""Every so many ticks, the host looks for sessions that have expired, and for members that have moved."""

OBSERVE_INTERVAL = 1.0
"""The host looks at the followers of its groups, and at its rates, so often, in seconds."""


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
        node_seed: int | None = None,
    ) -> None:
        """`source` draws the identities of this start. With `node_seed`, what the nodes of Raft draw at random is a
        function of it, for a simulator: it must be another one for each host, and for each start.
        """
        self.id = host
        self.wal = wal
        self.effects = effects
        self.options = options
        self.address = address
        self.node_seed = node_seed
        self.groups: dict[int, GroupCore] = {}
        self.dirty: dict[int, GroupCore] = {}
        """The groups that take part in the next round."""
        self.timed: dict[int, GroupCore] = {}
        """The groups that something may have to be repeated for."""
        self.now: float = 0.0
        self.wall_ms: int = 0
        self.failure: Exception | None = None
        """Why nothing works any more: the log has failed."""
        self.observation: Observation = Observation()
        self.watch: Watch = Watch(self, self.observation)
        self._observed = float("-inf")
        self._interrupt: BaseException | None = None
        self.peers: Peers = Peers(self, load_incarnation(wal, source))
        self.source = source
        """Draws the identities of this start."""
        self._ticking: list[GroupCore] | None = None
        self.in_round: bool = False
        """Whether a round has begun that is not finished."""
        self._is_unmarked = False
        """Whether there were rounds since the last mark."""
        self._ticks = 0
        self._tick_number = 0

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
        return GroupCore(self, group, storage, machine, options, self.source, logger)

    def add_group(self, group: GroupCore, now: float) -> None:
        """Takes a group into the rounds. Raises `StartError` if there is one with this id."""
        self.now = now
        if group.id in self.groups:
            raise StartError(f"group {group.id} is started already")
        self.groups[group.id] = group
        group.started(self.now)
        self.ticking_changed()
        self.peers.members_changed(group, set())
        group.wake()

    def _bootstrap(self, group: int, storage: WalStorage, machine: StateMachine, members: dict[int, str]) -> None:
        """Begins the log after a snapshot at index 1, the same on all members, which later members receive."""
        conf_state = ConfState(voters=sorted(members))
        state = ReplicatedState(group, machine)
        state.bootstrap(conf_state, members)
        metadata = SnapshotMetadata(index=FOUNDING_INDEX, term=1, conf_state=conf_state)
        storage.apply_snapshot(Snapshot(metadata=metadata), join_chunks(state.dump()))
        storage.sync()

    # Time.

    def tick(self, now: float, wall: float) -> None:
        """A tick has elapsed. `now` is monotonic, `wall` is the time since the epoch, both in seconds."""
        self.now, self.wall_ms = now, int(wall * 1000)
        self.watch.ticked(now, wall)
        self._tick_number += 1
        if self.in_round:
            self._ticks = 1  # the node must not make up for ticks that it has missed
        else:
            self._tick_nodes()
            self._observe()
        for group in list(self.timed.values()):
            if not group.tick(now):
                self.timed.pop(group.id, None)
        if self._tick_number % EXPIRE_TICKS == 0:
            self.peers.repeat()
            for group in self.groups.values():
                group.expire()
                self.peers.check(group)
                self.peers.report(group)
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

    def _observe(self) -> None:
        """Samples the groups, about once a second. Called while no round runs: it looks at the nodes."""
        seconds = self.now - self._observed
        if seconds < OBSERVE_INTERVAL or self.failure is not None:
            return
        self._observed = self.now
        self.observation.sample()
        for group in self.groups.values():
            group.observation.sample(seconds)
            self.watch.check_followers(group)

    def ticking_changed(self) -> None:
        """Other groups tick from now on."""
        self._ticking = None

    def _mark(self) -> None:
        """When there is nothing to do, records how much of the log is durable: a later start detects more damage."""
        if self.in_round or self.dirty or not self._is_unmarked or self.failure is not None:
            return
        self._is_unmarked = False
        try:
            self.wal.mark()
        except WalError as error:
            self.fail(error)
        except OSError as error:  # the log is as good as without the mark
            log.warning("host %d: %s", self.id, describe_line(error), extra=fields(self.id))

    # Rounds.

    def begin_round(self, now: float, wall: float) -> Round | None:
        """Returns the next round, if there is anything to do. Call `finish_round` before the next call.

        Raises what was passed to `interrupt`.
        """
        self.now, self.wall_ms = now, int(wall * 1000)
        if self.in_round or self.failure is not None:
            return None
        if self._interrupt is not None:  # before anything is taken that would be lost
            self._raise_interrupt()
        if self._ticks:
            self._ticks = 0
            self._tick_nodes()
            self._observe()
        if not self.dirty:
            return None
        dirty, self.dirty = self.dirty, {}
        groups, work = [], []
        for group in dirty.values():
            try:
                item = group.collect(now)
            except BaseException as error:  # the other groups go on
                group.fail(error)
                self.interrupt(error)
                continue
            if item is not None:
                groups.append(group)
                work.append(item)
        if not groups:
            return None
        self.in_round = True
        self._is_unmarked = True
        return Round(groups, work)

    def send(self, outgoing: Outgoing) -> None:
        """Sends what a round has produced."""
        for host, (parts, groups) in outgoing.frames.items():
            if host not in self.peers.connected:
                continue  # Raft knows from the end of the link, or has sent nothing before
            for frame in split_frames(parts) if parts else ():
                if not self.effects.send(host, frame):
                    for group in groups:
                        group.report_unreachable(host)
                    break
        for group, host, message in outgoing.snapshots:
            group.transfers.send(host, message)

    def finish_round(self, finished: Round, now: float, wall: float) -> None:
        """Takes the results of a round: sends its messages, applies its entries, and answers those who wait.

        Raises what was passed to `interrupt`, after that.
        """
        self.now, self.wall_ms = now, int(wall * 1000)
        self.in_round = False
        self.send(finished.take_outgoing())
        for group, result in zip(finished.groups, finished.results, strict=True):
            group.finish(result)
        if self._interrupt is not None:
            self._raise_interrupt()

    def interrupt(self, error: BaseException) -> None:
        """Raises `error` after all groups are handled, unless it is an `Exception`, which concerns one group only."""
        if self._interrupt is None and not isinstance(error, Exception):
            self._interrupt = error
            self.effects.wake()

    def _raise_interrupt(self) -> None:
        error, self._interrupt = self._interrupt, None
        if error is not None:
            if self.dirty:
                self.effects.wake()
            raise error

    def fail(self, error: Exception) -> None:
        """Nothing works any more: the disk has failed."""
        if self.failure is None:
            self.failure = error
            for group in self.groups.values():
                group.leave(FailedError(f"the log of the host has failed: {error}"))
            log.critical("host %d: %s", self.id, error, extra=fields(self.id))

    def log_failure(self, group: GroupCore, what: str, error: BaseException) -> None:
        """Something failed that is tried again."""
        extra = fields(self.id, group.id, group.term)
        log.error("host %d: group %d: %s: %s", self.id, group.id, what, describe_line(error), extra=extra)

    # The network.

    def received(self, host: int, body: bytes) -> None:
        """A frame of another host has arrived. Raises `FrameError` if it is invalid."""
        try:
            for item in frames.items(body):
                kind, group, founders, payload = item
                if kind in OF_HOSTS:
                    if kind == Kind.HELLO:
                        self.peers.hello(host, frames.decode_hello(payload))
                    else:
                        self.peers.say_hello(host)
                    continue
                core = self.groups.get(group)
                if core is None:
                    continue
                if founders != core.state.founders and not self.peers.has_founders(host, item, core):
                    continue
                if not core.active or not self.peers.is_trusted(host, core):
                    continue
                if kind == Kind.MESSAGE:
                    core.receive_message(host, payload)
                else:
                    receive(core, kind, host, payload)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise FrameError(str(error)) from error

    def link_changed(self, host: int, connected: bool) -> None:
        """A link to a host has been established, or has ended."""
        self.peers.link_changed(host, connected)
        for group in self.groups.values():
            group.link_changed(host, connected)

    def accepts(self, host: int) -> bool:
        """Whether the host may connect: it may have been added by others a moment ago."""
        return host != self.id

    def send_item(self, host: int, kind: Kind, group: int, payload: bytes) -> None:
        """Sends an item in a frame of its own. It may be lost."""
        parts: list[bytes] = []
        add_item(parts, kind, group, self._founders(group), payload)
        self.effects.send(host, parts)

    def snapshot_header(self, group: int, message: bytes, size: int) -> bytes:
        """The header of a snapshot of a group, whose data has this size. No other header is the same.

        A receiver resumes only what has the same header: for the same entry, this host may make another file later.
        """
        parts: list[bytes] = []
        add_item(parts, Kind.MESSAGE, group, self._founders(group), message)
        number = self.source.getrandbits(64)
        add_item(parts, Kind.TRANSFER, group, self._founders(group), frames.encode(Transfer(number, size)))
        return b"".join(parts)

    def _founders(self, group: int) -> int:
        core = self.groups.get(group)
        return 0 if core is None else core.state.founders

    def receive_snapshot(self, host: int, header: bytes) -> SnapshotSink | None:
        """See `Receiver.receive_snapshot`."""
        try:
            item, *_ = frames.items(header)  # what follows makes the header another one than any before
        except ValueError:
            return None
        kind, group, _, payload = item
        core = self.groups.get(group)
        if core is None or kind != Kind.MESSAGE:
            return None
        if not self.peers.has_founders(host, item, core) or not self.peers.is_trusted(host, core):
            return None
        return core.transfers.receive(host, header, payload)
