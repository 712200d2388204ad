"""A member of the cluster: a `RawNode`, its event queue, and the tasks that Raft leaves to the application."""

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
    """How a node writes to its storage. (Raft only reads, through the methods of `StorageProtocol`.)"""

    def append(self, entries: Sequence[Entry], /) -> None:
        """Appends entries. They replace those with the same or a higher index."""

    def apply_snapshot(self, snapshot: SnapshotRef, /) -> None:
        """Replaces the log by a snapshot."""

    def set_hardstate(self, hard_state: HardStateRef, /) -> None:
        """Persists the term, the vote and the commit index."""

    def hard_state(self) -> HardStateRef:
        """The persisted hard state; its commit index can be set."""

    def set_conf_state(self, conf_state: ConfStateRef, /) -> None:
        """Persists the configuration."""


class NodeStorage(StorageProtocol, Protocol):
    """The storage of a node: `MemStorage` or `python_storage.ListStorage`."""

    def wl(self) -> StorageWriter:
        """The methods that write."""


class NodeStoppedError(Exception):
    """The node was stopped before the result of a request was known."""


@dataclass(frozen=True)
class Tick:
    """The clock ticks."""


@dataclass(frozen=True)
class Request:
    """A client proposes `command`."""

    id: bytes
    command: bytes | ConfChange


@dataclass(frozen=True)
class DeliveryReport:
    """The network reports whether it delivered a message."""

    to: int
    delivered: bool
    was_snapshot: bool


Event = Tick | Request | DeliveryReport | bytes
"""What a node waits for. Bytes are an encoded `Message` from another node."""


class Node:
    """Everything that changes the state of Raft is an event, and events are processed one at a time.

    `storage` and `key_values` represent the disk: they survive a stop.
    """

    def __init__(self, node_id: int, storage: NodeStorage, deliver: Callable[[int, bytes], bool]) -> None:
        """`deliver(to, message)` passes a message to the network; false if the receiver cannot be reached."""
        self.id = node_id
        self.storage = storage
        self.key_values = KeyValues()
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.raw_node: RawNode | None = None
        self._deliver = deliver
        self._waiting: dict[bytes, asyncio.Future[None]] = {}

    def stop(self) -> None:
        """Discards everything that is not on disk."""
        self.raw_node = None
        self.events = asyncio.Queue()
        for request_id in list(self._waiting):
            self._answer(request_id, NodeStoppedError(f"node {self.id} was stopped"))

    def is_leader(self) -> bool:
        """Whether the node believes that it leads; another one may have been elected."""
        return self.raw_node is not None and self.raw_node.raft.state == StateRole.Leader

    def members(self) -> list[int]:
        """The voters of the configuration that this node has applied."""
        return sorted(self.storage.initial_state().conf_state.voters)

    def submit(self, request: Request) -> asyncio.Future[None]:
        """A future that is done when this node has applied the command. That may never happen: use a timeout."""
        applied = self._waiting[request.id] = asyncio.get_running_loop().create_future()
        self.events.put_nowait(request)
        return applied

    async def run(self) -> None:
        """Processes events until it is cancelled.

        A node with a persisted configuration starts at once, any other with the first message that it receives.
        """
        if self.storage.initial_state().initialized():
            self.raw_node = self._new_raw_node()
        while True:
            event = await self.events.get()
            if self.raw_node is None and isinstance(event, bytes):
                say(f"node {self.id} starts")
                self.raw_node = self._new_raw_node()
            if self.raw_node is not None:
                self._receive(self.raw_node, event)
                while self.raw_node.has_ready():
                    self._process_ready(self.raw_node)

    def _new_raw_node(self) -> RawNode:
        # Raft reads the log from the storage. Only the state machine knows the applied index.
        config = Config(
            id=self.id,
            election_tick=10,
            heartbeat_tick=3,
            max_size_per_msg=2**20,
            pre_vote=True,  # a node that comes back does not depose the leader
            check_quorum=True,  # a leader without a quorum steps down
            applied=self.key_values.applied,
        )
        return RawNode(config, self.storage, default_logger())

    def _receive(self, raw_node: RawNode, event: Event) -> None:
        match event:
            case Tick():
                raw_node.tick()
            case Request():
                self._propose(raw_node, event)
            case DeliveryReport():
                if event.was_snapshot:
                    # The leader sends nothing more to the follower before this report.
                    status = SnapshotStatus.Finish if event.delivered else SnapshotStatus.Failure
                    raw_node.report_snapshot(event.to, status)
                if not event.delivered:
                    raw_node.report_unreachable(event.to)
            case bytes():
                # Rejected: responses from a node that is not a member, forwarded proposals without a leader. To Raft,
                # both are lost messages.
                with suppress(StepPeerNotFoundError, ProposalDroppedError):
                    raw_node.step(Message.decode(event))

    def _propose(self, raw_node: RawNode, request: Request) -> None:
        # The context of the entry has the id: it identifies the request when the entry is applied.
        try:
            if isinstance(request.command, ConfChange):
                raw_node.propose_conf_change(request.id, request.command)
            else:
                raw_node.propose(request.id, request.command)
        except ProposalDroppedError as dropped:
            self._answer(request.id, dropped)

    def _process_ready(self, raw_node: RawNode) -> None:
        """Processes a `Ready`, in the order of `docs/ready_loop.py`. There are no reads here.

        Between `ready` and `advance`, nothing else may change the state of Raft: no `step`, no `propose`, no `tick`.
        """
        ready = raw_node.ready()
        disk = self.storage.wl()

        if (soft_state := ready.ss()) and soft_state.raft_state == StateRole.Leader:
            say(f"node {self.id} is the leader of term {raw_node.raft.term}")

        # 1. These need not wait. Only a leader has any: it may replicate an entry while it writes the entry itself,
        #    because it counts itself only after `advance`.
        self._send(ready.take_messages())

        # 2. Persist the snapshot, which replaces the log; then the entries, which follow it; then the hard state, whose
        #    commit index refers to either. A real disk needs an fsync (see `must_sync`).
        if snapshot := ready.snapshot():
            disk.apply_snapshot(snapshot)
            self.key_values.load(snapshot.data, snapshot.metadata.index)
        disk.append(ready.take_entries())
        if hard_state := ready.hs():
            disk.set_hardstate(hard_state)

        # 3. These are promises: votes and acknowledgements. A crash must not lose what they promise, so they wait for
        #    step 2.
        self._send(ready.take_persisted_messages())

        # 4. Apply the committed entries. Step 2 has persisted their commit index.
        self._apply(raw_node, ready.take_committed_entries())

        # 5. Notify Raft. With the entries on disk, more may be committed: the LightReady has it.
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
                # The storage has no map, so its snapshot lacks it. The snapshot has the commit index on disk, and the
                # map is at that index: everything up to there was applied before.
                message.snapshot.data = self.key_values.dump()
            delivered = self._deliver(message.to, message.encode())
            if is_snapshot or not delivered:
                # As an event, because this is between `ready` and `advance`.
                self.events.put_nowait(DeliveryReport(message.to, delivered, is_snapshot))

    def _apply(self, raw_node: RawNode, entries: Iterable[EntryRef]) -> None:
        for entry in entries:
            error: Exception | None = None
            if entry.entry_type == EntryType.EntryConfChange:
                # Each node uses the new configuration once it has applied the entry.
                try:
                    conf_state = raw_node.apply_conf_change(ConfChange.decode(entry.data))
                    self.storage.wl().set_conf_state(conf_state)
                except ConfChangeError as invalid:  # on every node: the configuration stays
                    error = invalid
            elif entry.data:  # a new leader appends an empty entry
                self.key_values.apply(entry.data)
            self.key_values.applied = entry.index
            self._answer(entry.context, error)

    def _answer(self, request_id: bytes, error: Exception | None = None) -> None:
        """Answers the client, if this node has the request and the client still waits."""
        applied = self._waiting.pop(request_id, None)
        if applied is None or applied.done():
            return
        if error is None:
            applied.set_result(None)
        else:
            applied.set_exception(error)
