"""Every message that a node sends can be decoded by another node.

With any `Config`, followers can catch up, and no accepted proposal makes a log unreadable.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    NO_LIMIT,
    CodecError,
    ConfChange,
    ConfChangeV2,
    Config,
    ConfState,
    Entry,
    EntryType,
    GetEntriesContextRef,
    HardState,
    InvalidMessageError,
    Logger,
    MemStorage,
    Message,
    MessageType,
    RawNode,
    ReadyLoop,
    Snapshot,
    SnapshotMetadata,
)
from tests.harness import ListStorage
from tests.harness.cluster import Cluster, LoopedMember, Member

MIB = 2**20
MAX = 2**28 - 2**10
"""The maximum size of a proposal in bytes."""
MAX_ENTRIES = 2**16
"""The maximum number of entries in one message."""
MAX_SIZE = 2**26
"""The maximum size of the entries in one message in bytes, unless it has a single one."""


def restart_with_log(cluster: Cluster, node_id: int, log: list[Entry]) -> None:
    """Restarts a member with `log`, whose entries are of term 1."""
    storage = cluster.members[node_id].storage
    storage.wl().append(log)
    storage.wl().set_hardstate(HardState(term=1))
    cluster.restart(node_id)


def catch_up(cluster: Cluster) -> list[Message]:
    """Runs the cluster with all members. Returns the messages with entries that were sent."""
    appends: list[Message] = []

    def note(message: Message) -> bool:
        if message.msg_type == MessageType.MsgAppend:
            appends.append(message)
        return True

    cluster.settle(note)
    for _ in range(4):
        cluster[1].tick()
        cluster.settle(note)
    return appends


def logs_of(cluster: Cluster) -> list[tuple[int, int]]:
    logs = [cluster[node_id].raft.raft_log for node_id in cluster.ids]
    return [(log.last_index(), log.committed) for log in logs]


@pytest.mark.parametrize("is_stored", [True, False], ids=["stored", "unstable"])
@pytest.mark.parametrize(
    ("member", "count", "max_size", "batch_append"),
    [
        (Member, 300_000, 4 * MIB, False),
        (Member, 300_000, NO_LIMIT, True),
        (LoopedMember, 300_000, 4 * MIB, True),
        (LoopedMember, 300_000, NO_LIMIT, False),
        (LoopedMember, 1_000_000, NO_LIMIT, False),
    ],
)
def test_follower_catches_up_on_many_tiny_entries(
    member: type[Member], count: int, max_size: int, batch_append: bool, is_stored: bool
) -> None:
    cluster = Cluster((1, 2), member=member, max_size_per_msg=max_size, batch_append=batch_append)
    if is_stored:
        restart_with_log(cluster, 1, [Entry(term=1, index=index) for index in range(1, count + 1)])
        cluster[1].campaign()
    else:
        cluster.elect(1)
        ReadyLoop(cluster[1]).propose_many([b""] * count)

    appends = catch_up(cluster)

    assert logs_of(cluster) == [(count + 1, count + 1)] * 2
    assert sum(append.compute_size() > 100_000 for append in appends) >= count // MAX_ENTRIES
    assert max(append.compute_size() for append in appends) <= 8 * MAX_ENTRIES + 100


@pytest.mark.parametrize("is_stored", [True, False], ids=["stored", "unstable"])
@pytest.mark.parametrize(("member", "size"), [(Member, 50 * MIB), (LoopedMember, 100 * MIB), (Member, MAX)])
def test_follower_catches_up_on_a_few_large_entries(member: type[Member], size: int, is_stored: bool) -> None:
    count = 3 if size < MAX else 1
    cluster = Cluster((1, 2), member=member, max_size_per_msg=NO_LIMIT, batch_append=True)
    data = Entry(term=1, data=bytes(size))
    if is_stored:
        log = [data.clone() for _ in range(count)]  # payloads are shared
        for index, entry in enumerate(log, 1):
            entry.index = index
        restart_with_log(cluster, 1, log)
        cluster[1].campaign()
    else:
        cluster.elect(1)
        for _ in range(count):
            cluster[1].propose(b"", data.data)

    appends = catch_up(cluster)

    assert logs_of(cluster) == [(count + 1, count + 1)] * 2
    # Each large entry is sent alone: two of 50 MiB exceed the size of a message.
    assert sorted(append.compute_size() > size for append in appends).count(True) == count


def test_split_messages_refer_to_the_preceding_entry() -> None:
    cluster = Cluster((1, 2), max_size_per_msg=NO_LIMIT, batch_append=True, max_inflight_msgs=2**20)
    leader = cluster.elect(1)
    ReadyLoop(leader).propose_many([b""] * (2 * MAX_ENTRIES + 5))

    appends = [message for message in leader.ready().take_messages() if message.entries]

    spans = [(append.index, append.log_term, len(append.entries), append.commit) for append in appends]
    assert spans == [
        (1, 1, MAX_ENTRIES, 1),
        (1 + MAX_ENTRIES, 1, MAX_ENTRIES, 1),
        (1 + 2 * MAX_ENTRIES, 1, 5, 1),
    ]


class Asked(ListStorage):
    """Records the requests for entries."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, int, int | None, bool]] = []

    def entries(self, low: int, high: int, context: GetEntriesContextRef, max_size: int | None = None) -> list[Entry]:
        self.asked.append((low, high, max_size, context.can_async()))
        return super().entries(low, high, context, max_size)


@pytest.mark.parametrize(
    ("max_size", "asked_size"), [(NO_LIMIT, MAX_SIZE), (MAX_SIZE + 1, MAX_SIZE), (100, 100), (0, 0)]
)
def test_entries_for_a_message_are_requested_in_bounded_numbers(max_size: int, asked_size: int) -> None:
    storage = Asked()
    storage.initialize_with_conf_state(ConfState([1, 2]))
    count = MAX_ENTRIES + 10
    storage.wl().append([Entry(term=1, index=index) for index in range(1, count + 1)])
    storage.wl().set_hardstate(HardState(term=1))
    node = RawNode(Config(id=1, max_size_per_msg=max_size), storage, Logger.discard())
    node.raft.become_candidate()
    node.raft.become_leader()
    node.raft.prs()[2].next_idx = 1
    storage.asked.clear()

    node.raft.send_append(2)

    assert storage.asked == [(1, 1 + MAX_ENTRIES, asked_size, True)]


def test_entries_for_an_election_are_requested_in_full() -> None:
    storage = Asked()
    storage.initialize_with_conf_state(ConfState([1]))
    count = MAX_ENTRIES + 10
    storage.wl().append([Entry(term=1, index=index) for index in range(1, count + 1)])
    storage.wl().set_hardstate(HardState(term=1, commit=count))
    node = RawNode(Config(id=1), storage, Logger.discard())
    storage.asked.clear()

    node.campaign()

    assert storage.asked[0] == (1, count + 1, None, False)


# Proposals.


@pytest.fixture
def leader() -> RawNode:
    """The leader of a cluster of one, with a committed entry."""
    cluster = Cluster((1,))
    return cluster.elect(1)


TOO_LONG = f"expected at most {MAX} bytes, got {MAX + 1}"


@pytest.mark.parametrize(
    "propose",
    [
        lambda node: node.propose(b"", bytes(MAX + 1)),
        lambda node: node.propose(bytes(MAX + 1), b""),
        lambda node: node.propose(bytes(1000), bytes(MAX - 999)),
        lambda node: node.propose_conf_change(bytes(MAX - 1), ConfChange(node_id=1)),
        lambda node: node.propose_conf_change_v2(bytes(MAX + 1), ConfChangeV2()),
        lambda node: node.propose_conf_change_v2(b"", ConfChangeV2(context=bytes(MAX - 4))),
        lambda node: node.raft.append_entry([Entry(), Entry(data=bytes(MAX + 1))]),
    ],
    ids=["data", "context", "both", "context of a change", "context of a change v2", "change", "append_entry"],
)
def test_proposal_too_large_for_a_message_is_rejected(leader: RawNode, propose: Callable[[RawNode], object]) -> None:
    with pytest.raises(CodecError, match=TOO_LONG):
        propose(leader)

    assert leader.raft.raft_log.last_index() == 1
    leader.propose(b"", b"goes on")
    assert leader.raft.raft_log.last_index() == 2


def test_proposals_too_large_for_a_message_are_rejected_in_a_batch(leader: RawNode) -> None:
    loop = ReadyLoop(leader)

    [(position, error)] = loop.propose_many([b"a", bytes(MAX + 1), b"b"])
    batch = loop.run(data=[bytes(MAX + 1)])

    assert (position, str(error)) == (1, TOO_LONG)
    assert isinstance(error, CodecError)
    assert batch is not None
    assert [(position, str(error)) for position, error in batch.rejected_proposals()] == [(0, TOO_LONG)]
    assert [data for _, _, data in batch.take_committed_data()] == [b"a", b"b"]


# A change with too many steps to be decoded: each takes two bytes in the encoding, and dozens in memory.
MANY_STEPS = b"\x12\x00" * 60_000_000


@pytest.mark.parametrize("role", ["leader", "follower"])
@pytest.mark.parametrize("step", [lambda node: node.step, lambda node: node.raft.step], ids=["RawNode", "Raft"])
@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([Entry(data=bytes(MAX + 1))], f"entries: {TOO_LONG}"),
        ([Entry(data=bytes(MAX)), Entry(data=b"x")], f"entries: {TOO_LONG}"),
        (
            [Entry(entry_type=EntryType.EntryConfChangeV2, data=MANY_STEPS)],
            r"entries\[\].data: expected at most 1073741824 bytes of memory, the decoded message takes \d+",
        ),
    ],
    ids=["one", "together", "change"],
)
def test_forwarded_proposal_too_large_for_a_message_is_rejected(
    role: str, step: Callable[[RawNode], Callable[[Message], None]], entries: list[Entry], reason: str
) -> None:
    cluster = Cluster()
    cluster.elect(1)
    node = cluster[1 if role == "leader" else 2]

    with pytest.raises(InvalidMessageError, match=f"MsgPropose: {reason}"):
        step(node)(Message(msg_type=MessageType.MsgPropose, from_=3, entries=entries))

    assert node.raft.raft_log.last_index() == 1
    assert node.raft.msgs == []


def test_entry_too_large_to_replicate_is_rejected() -> None:
    """Its message is just small enough to be decoded. With a longer term, it would not be."""
    follower = Cluster()[1]
    entry = Entry(term=1, index=1, data=bytes(MAX + 1))
    append = Message(msg_type=MessageType.MsgAppend, from_=2, to=1, term=1, entries=[entry])
    Message.decode(append.encode())

    with pytest.raises(InvalidMessageError, match=rf"MsgAppend: entries\[0\]: {TOO_LONG}"):
        follower.step(append)

    assert follower.raft.raft_log.last_index() == 0


def test_snapshot_too_large_to_send_is_rejected() -> None:
    follower = Cluster()[1]
    snapshot = Snapshot(data=bytes(MAX), metadata=SnapshotMetadata(index=5, term=1, conf_state=ConfState([1, 2, 3])))

    with pytest.raises(InvalidMessageError, match=rf"MsgSnapshot: snapshot: expected at most {MAX} bytes, got \d+"):
        follower.step(Message(msg_type=MessageType.MsgSnapshot, from_=2, to=1, term=1, snapshot=snapshot))

    assert follower.raft.raft_log.last_index() == 0


def test_heartbeat_with_a_context_too_large_to_echo_is_rejected() -> None:
    follower = Cluster()[1]
    heartbeat = Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=1, context=bytes(2**28 - 20))

    with pytest.raises(
        InvalidMessageError, match="MsgHeartbeat: context: expected at most 268434944 bytes, got 268435436"
    ):
        follower.step(heartbeat)

    assert follower.raft.term == 0


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(lambda: Entry(data=bytes(MAX)), id="data"),
        pytest.param(lambda: Entry(data=bytes(MAX // 2), context=bytes(MAX // 2)), id="data and context"),
    ],
)
def test_largest_entry_can_be_sent_with_the_largest_numbers(entry: Callable[[], Entry]) -> None:
    largest = 2**64 - 1
    carried = entry()
    carried.index = carried.term = largest
    carried.entry_type = EntryType.EntryConfChangeV2
    message = Message(
        msg_type=MessageType.MsgAppend,
        to=largest,
        from_=largest,
        term=largest,
        log_term=largest,
        index=largest,
        commit=largest,
        entries=[carried],
    )

    assert Message.decode(message.encode()).entries[0].term == largest


# Encoding.


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(lambda: Entry(data=bytes(2**28)), "expected at most 268435456 bytes, got", id="entry"),
        pytest.param(lambda: Snapshot(data=bytes(2**28)), "expected at most 268435456 bytes, got", id="snapshot"),
        pytest.param(
            lambda: Message(entries=[Entry(data=bytes(2**24))] * 16),
            "expected at most 268435456 bytes, got",
            id="message",
        ),
        pytest.param(
            lambda: Message(entries=[Entry(data=bytes(2**24))] * 256),
            r"expected at most 268435456 bytes, got 2\*\*32 or more",
            id="4 GiB",
        ),
    ],
)
@pytest.mark.parametrize("encode", [lambda value: value.encode(), pickle.dumps], ids=["encode", "pickle"])
def test_undecodable_messages_are_not_encoded(
    encode: Callable[[Any], bytes], value: Callable[[], Any], reason: str
) -> None:
    with pytest.raises(CodecError, match=reason):
        encode(value())


def test_encode_and_decode_have_the_same_memory_limit() -> None:
    """Unknown fields take more memory than anything else of the same length."""
    unknown = b"\xa0\x06\x01"
    just_fits, too_many = Entry.decode(unknown * 1000), unknown * (2**30 // 256 + 1)
    message = Message(entries=[just_fits] * 4100)

    assert Message.decode(message.encode()).encode() == message.encode()
    with pytest.raises(CodecError, match="expected at most 1073741824 bytes of memory, the decoded"):
        Entry.decode(too_many)
    with pytest.raises(CodecError, match="expected at most 1073741824 bytes of memory, the decoded"):
        Message(entries=[just_fits] * 4200).encode()


def test_entries_with_unknown_fields_are_sent_in_decodable_messages() -> None:
    """Unknown fields may be added by a later version."""
    cluster = Cluster((1, 2), max_size_per_msg=NO_LIMIT)
    large = Entry.decode(b"\xa0\x06\x01" * 300_000)
    log = [large.clone() for _ in range(15)]
    for index, entry in enumerate(log, 1):
        entry.index, entry.term = index, 1
    restart_with_log(cluster, 1, log)
    cluster[1].campaign()

    catch_up(cluster)

    assert logs_of(cluster) == [(16, 16)] * 2


# The other messages.


def test_unencodable_message_is_lost_and_others_are_kept() -> None:
    """The application must keep snapshots small enough. One that is too large does not delay other messages."""
    storage = MemStorage.new_with_conf_state(ConfState([1, 2, 3]))
    outboxes: dict[int, list[bytes]] = {}
    node = RawNode(Config(id=1), storage, Logger.discard())
    loop = ReadyLoop(node, outboxes)
    node.raft.msgs = [
        Message(msg_type=MessageType.MsgHeartbeat, from_=1, to=2),
        Message(msg_type=MessageType.MsgSnapshot, from_=1, to=3, snapshot=Snapshot(data=bytes(2**28))),
        Message(msg_type=MessageType.MsgHeartbeat, from_=1, to=3),
    ]

    with pytest.raises(CodecError, match=r"expected at most \d+ bytes, got"):
        loop.run()
    loop.run()

    arrived = {to: [Message.decode(data).msg_type for data in sent] for to, sent in outboxes.items()}
    assert arrived == {2: [MessageType.MsgHeartbeat], 3: [MessageType.MsgHeartbeat]}
