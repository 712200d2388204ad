"""A Raft group whose members live in one process, for the examples on these pages: no network, no disk, no clock."""

from collections.abc import Sequence
from contextlib import suppress

from ready_loop import process_ready
from rraft import (
    Config,
    ConfState,
    ConfStateRef,
    Entry,
    MemStorage,
    Message,
    MessageType,
    RawNode,
    ReadState,
    Snapshot,
    SnapshotMetadata,
    SnapshotRef,
    SnapshotStatus,
    SoftState,
    StepPeerNotFoundError,
    default_logger,
)


class Member:
    """A node, its storage, and its state machine: the list of the payloads that it has applied."""

    def __init__(self, config: Config, first_voters: Sequence[int]) -> None:
        self.storage = MemStorage()
        self.payloads: list[bytes] = []
        self.applied = 0
        self.read_states: list[ReadState] = []
        self.outbox: list[Message] = []
        if first_voters:
            # The log begins after a snapshot, which the first members start from and later members receive.
            metadata = SnapshotMetadata(index=1, term=1, conf_state=ConfState(voters=first_voters))
            self.storage.wl().apply_snapshot(Snapshot(metadata=metadata))
            self.applied = metadata.index
        self.start(config)

    def start(self, config: Config) -> None:
        """Creates the node from the storage, at the first start and at each restart."""
        config.applied = self.applied
        self.node = RawNode(config, self.storage, default_logger())

    def run(self) -> list[Message]:
        """Processes all `Ready`s. Returns the messages to send."""
        while self.node.has_ready():
            process_ready(self.node, self.storage, self)
        messages, self.outbox = self.outbox, []
        return messages

    def role_changed(self, soft_state: SoftState) -> None:
        """Nothing depends on the role here."""

    def send(self, messages: Sequence[Message]) -> None:
        """Collects messages. A snapshot of `MemStorage` has no data: the state machine adds it."""
        for message in messages:
            if message.msg_type == MessageType.MsgSnapshot:
                message.snapshot.data = b"\n".join(self.payloads)
        self.outbox += messages

    def restore(self, snapshot: SnapshotRef) -> None:
        """Replaces the state machine."""
        self.payloads = snapshot.data.splitlines()

    def apply(self, entry: Entry) -> None:
        """Appends the payload."""
        self.payloads.append(entry.data)

    def membership_changed(self, conf_state: ConfStateRef) -> None:
        """There are no connections here."""

    def read_index(self, read_state: ReadState) -> None:
        """Keeps the read state, for the page to look at."""
        self.read_states.append(read_state)


class Group:
    """Members by their ids. `settle` delivers messages, except from and to members that are `cut_off`."""

    def __init__(self, voters: Sequence[int], **options: object) -> None:
        self.members: dict[int, Member] = {}
        self.cut_off: set[int] = set()
        self._options = {"pre_vote": True, "check_quorum": True} | options
        for member_id in voters:
            self.add(member_id, voters)

    def __getitem__(self, member_id: int) -> RawNode:
        return self.members[member_id].node

    def _config(self, member_id: int) -> Config:
        return Config(id=member_id, **self._options)  # type: ignore[arg-type]

    def add(self, member_id: int, first_voters: Sequence[int] = ()) -> None:
        """Starts a new node. One that joins later starts empty, and receives everything from the leader."""
        self.members[member_id] = Member(self._config(member_id), first_voters)

    def restart(self, member_id: int) -> None:
        """Creates a node again, from what its storage and its state machine have kept."""
        self.members[member_id].start(self._config(member_id))

    def tick(self, times: int = 1) -> None:
        """Ticks all nodes, and delivers messages after each tick."""
        for _ in range(times):
            for member in self.members.values():
                member.node.tick()
            self.settle()

    def settle(self) -> None:
        """Runs all members and delivers their messages, until there are none."""
        while messages := [message for member in self.members.values() for message in member.run()]:
            for message in messages:
                self._deliver(message)

    def _deliver(self, message: Message) -> None:
        is_delivered = message.to in self.members and not {message.to, message.from_} & self.cut_off
        if is_delivered:
            # A response from a removed member is rejected. To Raft it is a lost message.
            with suppress(StepPeerNotFoundError):
                self[message.to].step(Message.decode(message.encode()))
        if message.msg_type == MessageType.MsgSnapshot:
            status = SnapshotStatus.Finish if is_delivered else SnapshotStatus.Failure
            self[message.from_].report_snapshot(message.to, status)
