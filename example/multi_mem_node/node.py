"""A member of the cluster: a `RawNode`, its mailbox, and the work that Raft leaves to the application."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from console import say
from key_values import KeyValues
from rraft import (
    ConfChange,
    ConfChangeError,
    Config,
    ConfStateRef,
    Entry,
    EntryRef,
    EntryType,
    HardStateRef,
    Message,
    MessageType,
    ProposalDroppedError,
    RawNode,
    SnapshotRef,
    SnapshotStatus,
    StateRole,
    StepPeerNotFoundError,
    StorageProtocol,
    default_logger,
)


class StorageWriter(Protocol):
    """How a node writes to its storage. (Raft itself only reads, through the methods of `StorageProtocol`.)"""

    def append(self, entries: Sequence[Entry], /) -> None:
        """Adds entries, in place of those in the log that have the same or a higher index."""

    def apply_snapshot(self, snapshot: SnapshotRef, /) -> None:
        """Replaces the log by a snapshot."""

    def set_hardstate(self, hard_state: HardStateRef, /) -> None:
        """Stores term, vote and commit index."""

    def hard_state(self) -> HardStateRef:
        """What is stored of it; its commit index may be set through this."""

    def set_conf_state(self, conf_state: ConfStateRef, /) -> None:
        """Stores the members."""


class NodeStorage(StorageProtocol, Protocol):
    """What a node keeps its log in: `MemStorage` fits, and so does `python_storage.ListStorage`."""

    def wl(self) -> StorageWriter:
        """The writing side."""


class NodeStoppedError(Exception):
    """The node was stopped before it could tell what became of a request."""


@dataclass(frozen=True)
class Tick:
    """Letter from the clock."""


@dataclass(frozen=True)
class Request:
    """Letter from a client: propose `command`."""

    id: bytes
    command: bytes | ConfChange


@dataclass(frozen=True)
class DeliveryReport:
    """Letter from the network: how the sending of a message went."""

    to: int
    delivered: bool
    was_snapshot: bool


Letter = Tick | Request | DeliveryReport | bytes
"""What comes by mail. Bytes are an encoded `Message` from another node."""


class Node:
    """Everything that changes Raft's state comes through the mailbox, and is dealt with one at a time.

    `storage` and `key_values` stand for its disk: they outlive a stop.
    """

    def __init__(self, node_id: int, storage: NodeStorage, deliver: Callable[[int, bytes], bool]) -> None:
        """`deliver(to, message)` hands a message to the network; false if its receiver cannot be reached."""
        self.id = node_id
        self.storage = storage
        self.key_values = KeyValues()
        self.mailbox: asyncio.Queue[Letter] = asyncio.Queue()
        self.raw_node: RawNode | None = None
        self._deliver = deliver
        self._waiting: dict[bytes, asyncio.Future[None]] = {}

    def stop(self) -> None:
        """Forgets all that is not on disk."""
        self.raw_node = None
        self.mailbox = asyncio.Queue()
        for request_id in list(self._waiting):
            self._answer(request_id, NodeStoppedError(f"node {self.id} was stopped"))

    def is_leader(self) -> bool:
        """Whether the node thinks so; another may have been elected in the meantime."""
        return self.raw_node is not None and self.raw_node.raft.state == StateRole.Leader

    def members(self) -> list[int]:
        """The cluster's members, as this node knows them."""
        return sorted(self.storage.initial_state().conf_state.voters)

    def submit(self, request: Request) -> asyncio.Future[None]:
        """A future that is done when the request's command is applied here. It may never be: set a limit."""
        applied = self._waiting[request.id] = asyncio.get_running_loop().create_future()
        self.mailbox.put_nowait(request)
        return applied

    async def run(self) -> None:
        """Lives on the mailbox, until cancelled.

        A node that is a member by what is on its disk starts right away, another with the first message that it gets.
        """
        if self.storage.initial_state().initialized():
            self.raw_node = self._new_raw_node()
        while True:
            letter = await self.mailbox.get()
            if self.raw_node is None and isinstance(letter, bytes):
                say(f"node {self.id} comes to life")
                self.raw_node = self._new_raw_node()
            if self.raw_node is not None:
                self._receive(self.raw_node, letter)
                while self.raw_node.has_ready():
                    self._process_ready(self.raw_node)

    def _new_raw_node(self) -> RawNode:
        # Raft finds the log in the storage; how far it is applied, it must be told.
        config = Config(id=self.id, election_tick=10, heartbeat_tick=3, applied=self.key_values.applied)
        return RawNode(config, self.storage, default_logger())

    def _receive(self, raw_node: RawNode, letter: Letter) -> None:
        match letter:
            case Tick():
                raw_node.tick()
            case Request():
                self._propose(raw_node, letter)
            case DeliveryReport():
                if letter.was_snapshot:
                    # Until it hears this, the leader sends nothing more to the follower.
                    status = SnapshotStatus.Finish if letter.delivered else SnapshotStatus.Failure
                    raw_node.report_snapshot(letter.to, status)
                if not letter.delivered:
                    raw_node.report_unreachable(letter.to)
            case bytes():
                # Refused: answers from a node that is no member, proposals passed on to a node that knows no leader.
                # To Raft, both are like messages that got lost.
                with suppress(StepPeerNotFoundError, ProposalDroppedError):
                    raw_node.step(Message.decode(letter))

    def _propose(self, raw_node: RawNode, request: Request) -> None:
        # The id travels with the entry, as its context: this is how we know our requests when they are applied.
        try:
            if isinstance(request.command, ConfChange):
                raw_node.propose_conf_change(request.id, request.command)
            else:
                raw_node.propose(request.id, request.command)
        except ProposalDroppedError as dropped:
            self._answer(request.id, dropped)

    def _process_ready(self, raw_node: RawNode) -> None:
        """Does what Raft wants done, in the order that keeps the promises which messages make.

        Between `ready` and `advance`, nothing may change Raft's state: no `step`, no `propose`, no `tick`.
        """
        ready = raw_node.ready()
        disk = self.storage.wl()

        if (soft_state := ready.ss()) and soft_state.raft_state == StateRole.Leader:
            say(f"node {self.id} is the leader of term {raw_node.raft.term}")

        # 1. These may go out at once. Only a leader has any: it may replicate an entry while it still writes it, as it
        #    does not count itself among those who have the entry before `advance`.
        self._send(ready.take_messages())

        # 2. Persist. First the snapshot, which replaces the log; then the entries, which go on from there; then the
        #    hard state, whose commit index may point at either. On a real disk: with an fsync (see `must_sync`).
        if snapshot := ready.snapshot():
            disk.apply_snapshot(snapshot)
            self.key_values.load(snapshot.data, snapshot.metadata.index)
        disk.append(ready.take_entries())
        if hard_state := ready.hs():
            disk.set_hardstate(hard_state)

        # 3. These promise something: "you have my vote", "I have your entries". A node that forgot its promise in a
        #    crash would break it, so they must not leave before step 2 is done.
        self._send(ready.take_persisted_messages())

        # 4. Apply what is committed. Its commit index is on disk since step 2: never apply more than that.
        self._apply(raw_node, ready.take_committed_entries())

        # 5. Tell Raft. As the entries are on disk now, more may be committed: this is what the LightReady is about.
        light_ready = raw_node.advance(ready)
        if (commit := light_ready.commit_index()) is not None:
            disk.hard_state().commit = commit
        self._send(light_ready.take_messages())
        self._apply(raw_node, light_ready.take_committed_entries())
        raw_node.advance_apply()

    def _send(self, messages: Iterable[Message]) -> None:
        for message in messages:
            is_snapshot = message.msg_type == MessageType.MsgSnapshot
            if is_snapshot:
                # The storage knows the log only, so its snapshot lacks the map. Raft made this one for the commit index
                # on disk, and this is what the map is at, as everything up to there was applied before.
                message.snapshot.data = self.key_values.dump()
            delivered = self._deliver(message.to, message.encode())
            if is_snapshot or not delivered:
                # By mail, as Raft cannot be told now: we are between `ready` and `advance`.
                self.mailbox.put_nowait(DeliveryReport(message.to, delivered, is_snapshot))

    def _apply(self, raw_node: RawNode, entries: Iterable[EntryRef]) -> None:
        for entry in entries:
            error: Exception | None = None
            if entry.entry_type == EntryType.EntryConfChange:
                # A new configuration is in force when the entry is applied, on each node for itself.
                try:
                    conf_state = raw_node.apply_conf_change(ConfChange.decode(entry.data))
                    self.storage.wl().set_conf_state(conf_state)
                except ConfChangeError as impossible:  # and so it is on every node: the members stay
                    error = impossible
            elif entry.data:  # each leader begins its term with an empty entry
                self.key_values.apply(entry.data)
            self.key_values.applied = entry.index
            self._answer(entry.context, error)

    def _answer(self, request_id: bytes, error: Exception | None = None) -> None:
        """Tells the client, if it is one of ours and still waits."""
        applied = self._waiting.pop(request_id, None)
        if applied is None or applied.done():
            return
        if error is None:
            applied.set_result(None)
        else:
            applied.set_exception(error)
