"""A group of nodes in one process, which the pages of the documentation drive: no network, no disk, no clock."""

from collections.abc import Sequence
from contextlib import suppress

from rraft import (
    ConfChange,
    ConfChangeError,
    ConfChangeV2,
    Config,
    ConfState,
    Entry,
    EntryType,
    MemStorage,
    Message,
    MessageType,
    RawNode,
    ReadState,
    Snapshot,
    SnapshotMetadata,
    SnapshotStatus,
    StepPeerNotFoundError,
    default_logger,
)


class Member:
    """A node, its storage, and what it has applied."""

    def __init__(self, config: Config, first_voters: list[int]) -> None:
        self.storage = MemStorage()
        if first_voters:
            # The log begins after a snapshot that all the first members have, and that those who join are sent.
            metadata = SnapshotMetadata(index=1, term=1, conf_state=ConfState(voters=first_voters))
            self.storage.wl().apply_snapshot(Snapshot(metadata=metadata))
        self.node = RawNode(config, self.storage, default_logger())
        self.applied: list[bytes] = []
        self.read_states: list[ReadState] = []

    def work(self) -> list[Message]:
        """Does what Raft wants done. Returns the messages that may be sent now."""
        messages: list[Message] = []
        disk = self.storage.wl()
        while self.node.has_ready():
            ready = self.node.ready()
            messages += ready.take_messages()
            if snapshot := ready.snapshot():
                disk.apply_snapshot(snapshot)
                self.applied = snapshot.data.splitlines()
            disk.append(ready.entries())
            if hard_state := ready.hs():
                disk.set_hardstate(hard_state)
            messages += ready.take_persisted_messages()
            self.read_states += ready.take_read_states()
            self._apply(ready.take_committed_entries())
            light_ready = self.node.advance(ready)
            if (commit := light_ready.commit_index()) is not None:
                disk.mut_hard_state().commit = commit
            messages += light_ready.take_messages()
            self._apply(light_ready.take_committed_entries())
            self.node.advance_apply()
        for message in messages:
            if message.msg_type == MessageType.MsgSnapshot:
                message.snapshot.data = b"\n".join(self.applied)  # `MemStorage` knows nothing of what is applied
        return messages

    def _apply(self, entries: list[Entry]) -> None:
        for entry in entries:
            if entry.entry_type == EntryType.EntryNormal:
                if entry.data:  # a leader begins its term with an empty entry
                    self.applied.append(entry.data)
                continue
            try:
                if entry.entry_type == EntryType.EntryConfChange:
                    members = self.node.apply_conf_change(ConfChange.decode(entry.data))
                else:
                    members = self.node.apply_conf_change_v2(ConfChangeV2.decode(entry.data))
            except ConfChangeError:
                continue  # impossible, and so for every node: nothing has changed
            self.storage.wl().set_conf_state(members)


class Group:
    """Members by their ids. Messages are delivered when `settle` is called, to those that are not `cut_off`."""

    def __init__(self, voters: list[int], **options: object) -> None:
        self.members: dict[int, Member] = {}
        self.cut_off: set[int] = set()
        self._options = options
        for member_id in voters:
            self.add(member_id, voters)

    def __getitem__(self, member_id: int) -> RawNode:
        return self.members[member_id].node

    def add(self, member_id: int, first_voters: Sequence[int] = ()) -> None:
        """Starts a node. One that joins later starts empty, and learns all from the leader."""
        config = Config(id=member_id, **self._options)  # type: ignore[arg-type]
        self.members[member_id] = Member(config, list(first_voters))

    def settle(self) -> None:
        """Lets all members work and exchange messages, until nothing is left to do."""
        while messages := [message for member in self.members.values() for message in member.work()]:
            for message in messages:
                self._deliver(message)

    def _deliver(self, message: Message) -> None:
        arrives = message.to in self.members and not {message.to, message.from_} & self.cut_off
        if arrives:
            # An answer from a node that is no member any more is refused. To Raft it is a message that got lost.
            with suppress(StepPeerNotFoundError):
                self[message.to].step(Message.decode(message.encode()))
        if message.msg_type == MessageType.MsgSnapshot:
            status = SnapshotStatus.Finish if arrives else SnapshotStatus.Failure
            self[message.from_].report_snapshot(message.to, status)
