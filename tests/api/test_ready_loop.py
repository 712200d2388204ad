"""`ReadyLoop`, `ReadyBatch` and `tick_many`: arguments, results, and rejections.

`test_ready_loop_equivalence.py` shows that they are equivalent to a loop written by hand.
"""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    CodecError,
    ConfChangeError,
    ConfChangeSingle,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    EntryType,
    HardState,
    InUseError,
    InvalidMessageError,
    LoggerRef,
    MemStorage,
    Message,
    Messages,
    MessageType,
    NotExistsError,
    ProposalDroppedError,
    RaftPanicError,
    RawNode,
    ReadyBatch,
    ReadyLoop,
    SnapshotRef,
    StateRole,
    StepLocalMsgError,
    StoreError,
    tick_many,
)
from tests.harness.reasons import NO_NUMBER, NOT_ITERABLE, OUT_OF_RANGE
from tests.harness.storage import ListStorage
from tests.harness.util import new_snapshot

APPEND = MessageType.MsgAppend


def new_node(logger: LoggerRef, *voters: int) -> RawNode:
    return RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState(voters)), logger)


@pytest.fixture
def leader(logger: LoggerRef) -> ReadyLoop:
    """The loop of a leader without followers, which has applied the first entry of its term."""
    loop = ReadyLoop(new_node(logger, 1))
    loop.node.campaign()
    loop.run()
    return loop


def elected_leader(node: RawNode, outboxes: dict[int, list[Any]] | None = None, *, encode: bool = True) -> ReadyLoop:
    """The loop of a leader elected by node 2, which has not sent anything in its term."""
    loop = ReadyLoop(node, outboxes, encode=encode)
    loop.node.campaign()
    loop.run()
    loop.step_many([Message(msg_type=MessageType.MsgRequestVoteResponse, from_=2, to=1, term=1)])
    return loop


@pytest.fixture
def follower(logger: LoggerRef) -> ReadyLoop:
    """The loop of the first of three nodes."""
    return ReadyLoop(new_node(logger, 1, 2, 3))


def run(loop: ReadyLoop, limit: int = 1000) -> ReadyBatch:
    """Runs a loop that has work to do. Returns its batch."""
    batch = loop.run(limit=limit)
    assert batch is not None
    return batch


def append(*entries: Entry, index: int = 0, commit: int = 0) -> Message:
    """Entries from node 2, the leader of term 1."""
    log_term = 1 if index else 0
    return Message(
        msg_type=APPEND, from_=2, to=1, term=1, index=index, log_term=log_term, entries=entries, commit=commit
    )


def entry(index: int, data: bytes = b"") -> Entry:
    return Entry(term=1, index=index, data=data)


# --- Construction


def test_loop_of_a_view_drives_its_node(logger: LoggerRef) -> None:
    node = new_node(logger, 1)
    loop = ReadyLoop(node.make_ref())
    node.campaign()

    loop.run()

    assert node.store().last_index() == 1
    assert repr(loop) == "ReadyLoop(RawNode { id: 1, state: Leader, term: 1 })"


def test_node_over_a_storage_in_python_is_rejected(logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), ListStorage(), logger)

    with pytest.raises(
        TypeError, match="node: expected one with a MemStorage or a WalStorage, got a storage written in Python"
    ):
        ReadyLoop(node)


def test_loop_keeps_its_node_and_cycles_are_collected(logger: LoggerRef) -> None:
    class Holder(RawNode):
        loop: ReadyLoop

    node = Holder(Config(id=1), MemStorage(), logger)
    node.loop = ReadyLoop(node)
    outboxes: dict[int, Any] = {}
    outboxes[0] = ReadyLoop(RawNode(Config(id=1), MemStorage(), logger), outboxes)
    gone = [weakref.ref(node.loop), weakref.ref(outboxes[0])]

    del node, outboxes
    gc.collect()

    assert [reference() for reference in gone] == [None, None]


# --- Running


def test_batch_of_a_leader(leader: ReadyLoop) -> None:
    rejected = leader.propose_many([b"one", bytearray(b"two"), memoryview(b"three")])
    leader.node.read_index(b"read")

    batch = run(leader)

    assert rejected == []
    assert [entry.data for entry in batch.committed_entries()] == [b"one", b"two", b"three"]
    assert [(state.index, state.request_ctx) for state in batch.read_states()] == [(1, b"read")]
    assert (batch.messages(), batch.conf_states(), batch.rejected_conf_changes()) == ([], [], [])
    assert (batch.ss(), bool(batch.snapshot()), batch.has_more()) == (None, False, False)
    assert leader.run() is None
    assert leader.node.store().last_index() == leader.node.raft.raft_log.applied() == 4


def test_soft_state_is_the_latest_change(follower: ReadyLoop) -> None:
    follower.step_many([append(entry(1))])

    ss = run(follower).ss()
    follower.step_many([append(entry(2), index=1)])

    assert ss is not None
    assert (ss.leader_id, ss.raft_state) == (2, StateRole.Follower)
    assert run(follower).ss() is None


def test_entries_as_tuples_exclude_conf_changes(leader: ReadyLoop) -> None:
    leader.propose_many([b"one"])
    change = ConfChangeV2(changes=[ConfChangeSingle(change_type=ConfChangeType.AddLearnerNode, node_id=2)])
    leader.node.propose_conf_change_v2(b"", change)
    leader.propose_many([b"two"])

    batch = run(leader)

    assert [entry.entry_type for entry in batch.committed_entries()][1] == EntryType.EntryConfChangeV2
    assert batch.take_committed_data() == [(2, 1, b"one"), (4, 1, b"two")]
    assert batch.committed_entries() == batch.take_committed_entries() == []
    assert batch.conf_states() == [(3, ConfState([1], [2]))]
    assert leader.node.store().initial_state().conf_state == ConfState([1], [2])


def test_lists_can_be_taken_once(leader: ReadyLoop) -> None:
    leader.node.propose_conf_change_v2(b"", ConfChangeV2(changes=[ConfChangeSingle(node_id=2)]))
    leader.node.read_index(b"read")
    batch = run(leader)
    messages, read_states = list(batch.messages()), list(batch.read_states())
    expected = ([message.clone() for message in messages], [state.clone() for state in read_states])

    taken = (batch.take_messages(), batch.take_read_states())

    assert taken == expected
    assert [message.to for message in taken[0]] == [2]
    assert [state.request_ctx for state in taken[1]] == [b"read"]
    assert batch.take_messages() == batch.take_read_states() == []
    with pytest.raises(DestroyedRefUsedError, match="the Message that this view refers to no longer exists"):
        _ = messages[0].to


def test_messages_are_encoded_by_receiver(follower: ReadyLoop) -> None:
    follower.node.campaign()
    batch = run(follower)
    messages = batch.messages()

    encoded = batch.take_encoded_messages()

    assert {to: [Message.decode(data).msg_type for data in incoming] for to, incoming in encoded.items()} == {
        2: [MessageType.MsgRequestVote],
        3: [MessageType.MsgRequestVote],
    }
    assert batch.take_encoded_messages() == {}
    with pytest.raises(DestroyedRefUsedError, match="the Message that this view refers to no longer exists"):
        _ = messages[0].to


@pytest.fixture
def outboxes() -> dict[int, list[Any]]:
    return {2: ["waits already"], 9: []}


def test_messages_go_to_the_outboxes_of_their_receivers(logger: LoggerRef, outboxes: dict[int, list[Any]]) -> None:
    loop = elected_leader(new_node(logger, 1, 2, 3), outboxes)
    of_the_second = outboxes[2]
    loop.node.ping()

    batch = loop.run()

    assert batch is None or batch.messages() == []
    assert outboxes[2] is of_the_second
    assert of_the_second.pop(0) == "waits already"
    types = {to: [Message.decode(data).msg_type for data in incoming] for to, incoming in outboxes.items()}
    assert types == {to: [MessageType.MsgRequestVote, APPEND, MessageType.MsgHeartbeat] for to in (2, 3)} | {9: []}


def test_unencoded_messages_are_grouped(logger: LoggerRef, outboxes: dict[int, list[Any]]) -> None:
    loop = elected_leader(new_node(logger, 1, 2, 3), outboxes, encode=False)
    loop.node.ping()

    loop.run()

    types = {to: [[message.msg_type for message in messages] for messages in outboxes[to][-2:]] for to in (2, 3)}
    assert types == {to: [[MessageType.MsgRequestVote], [APPEND, MessageType.MsgHeartbeat]] for to in (2, 3)}


def test_run_with_outboxes_returns_no_batch_for_messages_alone(logger: LoggerRef) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loop = elected_leader(new_node(logger, 1, 2), outboxes)
    loop.run()
    outboxes.clear()
    loop.node.ping()

    assert loop.run() is None
    assert [Message.decode(data).msg_type for data in outboxes[2]] == [MessageType.MsgHeartbeat]


@pytest.mark.parametrize("encode", [True, False])
def test_messages_are_kept_when_an_outbox_is_invalid(logger: LoggerRef, encode: bool) -> None:
    outboxes: dict[int, Any] = {3: None}
    node = new_node(logger, 1, 2, 3)
    loop = ReadyLoop(node, outboxes, encode=encode)
    node.campaign()

    with pytest.raises(TypeError, match="'None' is not an instance of 'list'"):
        loop.run()
    del outboxes[3]
    batch = run(loop)

    assert batch.ss() is not None
    assert {to: len(incoming) for to, incoming in outboxes.items()} == {2: 1, 3: 1}


@pytest.mark.parametrize("outboxes", [[], 1, "text"])
def test_outboxes_must_be_a_dict(follower: ReadyLoop, outboxes: Any) -> None:
    with pytest.raises(TypeError, match="is not an instance of 'dict'"):
        ReadyLoop(follower.node, outboxes)


def whole_messages(node: RawNode) -> Messages:
    """The messages of the node to node 2 after its election."""
    outboxes: dict[int, list[Messages]] = {}
    loop = elected_leader(node, outboxes, encode=False)
    loop.node.ping()
    loop.run()
    return outboxes[2][-1]


def test_messages_are_a_sequence_of_views(leader: ReadyLoop, logger: LoggerRef) -> None:
    messages = whole_messages(new_node(logger, 1, 2, 3))

    first = messages[0]
    first.term = 7

    assert (len(messages), [message.term for message in messages], messages[-2].term) == (2, [7, 1], 7)
    assert repr(messages) == "Messages { length: 2 }"
    for index in (2, -3):
        with pytest.raises(IndexError, match=f"index {index} is out of range: there are 2 messages"):
            _ = messages[index]
    leader.step_many([messages])
    with pytest.raises(DestroyedRefUsedError, match="the Messages has been consumed"):
        _ = first.term
    with pytest.raises(DestroyedRefUsedError, match="the Messages has been consumed"):
        len(messages)


def test_rejected_conf_changes_are_returned(follower: ReadyLoop) -> None:
    steps = [ConfChangeSingle(change_type=ConfChangeType.RemoveNode, node_id=voter) for voter in (1, 2, 3)]
    remove_all = ConfChangeV2(changes=steps).encode()
    entries = [
        Entry(entry_type=EntryType.EntryConfChangeV2, term=1, index=1, data=remove_all),
        Entry(entry_type=EntryType.EntryConfChange, term=1, index=2, data=b"\xff"),
    ]
    follower.step_many([append(*entries, commit=2)])

    batch = run(follower)

    rejected = batch.rejected_conf_changes()
    assert [(index, type(error)) for index, error in rejected] == [(1, ConfChangeError), (2, CodecError)]
    assert batch.committed_entries() == entries
    assert batch.conf_states() == []
    assert follower.node.store().initial_state().conf_state == ConfState([1, 2, 3])


@pytest.mark.parametrize("limit", [1, 2])
def test_run_stops_at_its_limit(leader: ReadyLoop, limit: int) -> None:
    leader.node.raft.set_max_committed_size_per_ready(0)  # one entry at a time
    leader.propose_many([b"%d" % number for number in range(10)])

    batch = run(leader, limit)

    assert batch.has_more()
    assert len(batch.committed_entries()) <= 2 * limit
    data = [entry.data for entry in batch.committed_entries()]
    data += [entry.data for entry in run(leader).committed_entries()]
    assert data == [b"%d" % number for number in range(10)]
    assert leader.run() is None


@pytest.mark.parametrize(
    ("limit", "error", "reason"),
    [
        (0, ValueError, "invalid zero value"),
        (-1, OverflowError, OUT_OF_RANGE),
        (1.5, TypeError, NO_NUMBER[TypeError]),
    ],
)
def test_limit_of_zero_is_rejected(leader: ReadyLoop, limit: int, error: type[Exception], reason: str) -> None:
    leader.propose_many([b"two"])

    with pytest.raises(error, match=reason):
        leader.run(limit=limit)

    assert [entry.data for entry in run(leader).committed_entries()] == [b"two"]


def test_snapshot_comes_before_the_entries_that_follow_it(follower: ReadyLoop) -> None:
    snapshot = new_snapshot(5, 1, [1, 2, 3])
    follower.step_many([append(entry(1, b"before"), commit=1)])
    follower.step_many([Message(msg_type=MessageType.MsgSnapshot, from_=2, to=1, term=1, snapshot=snapshot)])
    follower.step_many([append(entry(6, b"after"), index=5, commit=6)])

    batches = []
    while batch := follower.run():
        batches.append(batch)

    seen = [
        (batch.snapshot().metadata.index, [entry.index for entry in batch.committed_entries()]) for batch in batches
    ]
    assert seen == [(5, [6])]
    assert isinstance(batches[0].snapshot(), SnapshotRef)
    assert follower.node.store().first_index() == 6


# --- Items that are rejected


def test_rejected_messages_are_returned_by_position(follower: ReadyLoop) -> None:
    heartbeat = Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=1)

    rejected = follower.step_many(
        [b"\xff", heartbeat, Message(msg_type=MessageType.MsgHup), heartbeat.encode(), append(entry(3)).make_ref()]
    )

    assert [(position, type(error).__name__) for position, error in rejected] == [
        (0, "CodecError"),
        (2, "StepLocalMsgError"),
        (4, "InvalidMessageError"),
    ]
    assert isinstance(rejected[1][1], StepLocalMsgError)
    assert follower.node.raft.leader_id == 2


def test_each_message_of_messages_has_a_position(logger: LoggerRef, follower: ReadyLoop) -> None:
    messages = whole_messages(new_node(logger, 1, 2))
    for message in messages:
        message.from_, message.to = 2, 1
    messages[1].commit = 1 << 63

    rejected = follower.step_many([b"\xff", messages, b"\xff", messages])

    assert [(position, type(error)) for position, error in rejected] == [
        (0, CodecError),
        (2, InvalidMessageError),
        (3, CodecError),
        (4, DestroyedRefUsedError),
    ]
    assert follower.node.raft.raft_log.last_index() == 1


def test_consumed_message_is_rejected(logger: LoggerRef, follower: ReadyLoop) -> None:
    batch = run(elected_leader(new_node(logger, 1, 2)))
    (gone,) = batch.messages()
    batch.take_messages()
    heartbeat = Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=1)

    rejected = follower.step_many([gone, heartbeat])

    assert [(position, type(error)) for position, error in rejected] == [(0, DestroyedRefUsedError)]
    assert follower.node.raft.leader_id == 2


def test_messages_are_unchanged_by_a_rejected_call(logger: LoggerRef, follower: ReadyLoop) -> None:
    messages = whole_messages(new_node(logger, 1, 2))
    with pytest.raises(RaftPanicError, match=r"applied\(9\) is out of range \[prev_applied\(0\), min\(committed\(0\),"):
        follower.node.raft.commit_apply(9)

    with pytest.raises(RaftPanicError, match=r"the RawNode can't be used after raft panicked: applied\(9\) is"):
        follower.run([messages])
    with pytest.raises(TypeError, match="expected a bytes-like object or a sequence of ints, got str"):
        follower.step_many([messages, "text"])  # type: ignore[list-item]

    assert len(messages) == 2


def test_rejected_proposals_are_returned_by_position(follower: ReadyLoop) -> None:
    rejected = follower.propose_many([b"one", b"two"])

    assert [(position, type(error)) for position, error in rejected] == [
        (0, ProposalDroppedError),
        (1, ProposalDroppedError),
    ]


@pytest.mark.parametrize(
    "call",
    [
        lambda loop: loop.step_many([append(entry(1)), None]),
        lambda loop: loop.step_many(append(entry(1))),
        lambda loop: loop.step_many([append(entry(1)), "text"]),
        lambda loop: loop.step_many(b"bytes are a sequence, but not of messages"),
        lambda loop: loop.propose_many([b"data", "text"]),
        lambda loop: loop.propose_many(b"data"),
        lambda loop: loop.propose_many(None),
    ],
)
def test_items_of_the_wrong_type_change_nothing(follower: ReadyLoop, call: Callable[[ReadyLoop], object]) -> None:
    before = (repr(follower.node), follower.node.raft.raft_log.last_index())

    with pytest.raises(TypeError, match=f"{NOT_ITERABLE}|^expected a bytes-like object or a sequence of ints, got "):
        call(follower)

    assert (repr(follower.node), follower.node.raft.raft_log.last_index()) == before


def test_failing_iterator_changes_nothing(leader: ReadyLoop) -> None:
    def data() -> object:
        yield b"one"
        raise KeyError("no more")

    with pytest.raises(KeyError, match="no more"):
        leader.propose_many(data())  # type: ignore[arg-type]

    assert leader.node.raft.raft_log.last_index() == 1


def test_run_accepts_messages_and_proposals(follower: ReadyLoop) -> None:
    batch = follower.run([append(entry(1)), b"\xff"], [b"too early"])

    assert batch is not None
    assert [(position, type(error)) for position, error in batch.rejected_messages()] == [(1, CodecError)]
    assert batch.rejected_proposals() == []  # it was forwarded to the leader
    assert [message.msg_type for message in batch.messages()] == [MessageType.MsgAppendResponse, MessageType.MsgPropose]
    assert follower.node.store().last_index() == 1


def test_run_returns_rejected_items_even_without_a_ready(follower: ReadyLoop) -> None:
    batch = follower.run(data=[b"nobody leads"])

    assert batch is not None
    assert [(position, type(error)) for position, error in batch.rejected_proposals()] == [(0, ProposalDroppedError)]
    assert follower.run([], []) is None


@pytest.mark.parametrize("arguments", [([None], None), ([append(entry(1))], ["text"]), (b"bytes", None), (1, None)])
def test_run_with_items_of_the_wrong_type_does_nothing(follower: ReadyLoop, arguments: tuple[Any, Any]) -> None:
    before = repr(follower.node)

    with pytest.raises(TypeError, match=f"{NOT_ITERABLE}|^expected a bytes-like object or a sequence of ints, got "):
        follower.run(*arguments)

    assert repr(follower.node) == before


# --- Failures


def test_failed_write_loses_nothing(leader: ReadyLoop) -> None:
    leader.propose_many([b"two", b"three"])
    leader.run()
    leader.propose_many([b"four"])
    leader.node.read_index(b"read")
    core = leader.node.store().wl()
    core.apply_snapshot(new_snapshot(2, 1, [1]))  # entry 3 is missing

    with pytest.raises(StoreError, match="raft logs should be continuous, last index: 2, new appended: 4"):
        leader.run()

    core.append([entry(3, b"three")])
    batch = run(leader)
    assert [entry.data for entry in batch.committed_entries()] == [b"four"]
    assert [state.request_ctx for state in batch.read_states()] == [b"read"]


def test_entries_delayed_by_an_error_precede_a_snapshot(follower: ReadyLoop) -> None:
    follower.run([append(entry(1, b"one"), entry(2))])
    follower.step_many([append(entry(3), index=2, commit=1)])
    follower.node.store().wl().append([entry(1, b"one")])  # entry 2 is missing
    with pytest.raises(StoreError, match="raft logs should be continuous, last index: 1, new appended: 3"):
        follower.run()
    snapshot = Message(msg_type=MessageType.MsgSnapshot, from_=2, to=1, term=1, snapshot=new_snapshot(9, 1, [1, 2, 3]))

    first = follower.run([snapshot])
    second = run(follower)

    assert first is not None
    assert ([entry.data for entry in first.committed_entries()], bool(first.snapshot())) == ([b"one"], False)
    assert first.has_more()
    assert second.snapshot().metadata.index == 9


def test_leader_that_removed_itself_steps_down(logger: LoggerRef) -> None:
    node = new_node(logger, 1, 2)
    loop = elected_leader(node)
    change = ConfChangeV2(changes=[ConfChangeSingle(change_type=ConfChangeType.RemoveNode, node_id=1)])
    node.propose_conf_change_v2(b"", change)
    loop.run()
    acknowledged = Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=1, index=2)
    loop.propose_many([b"not to be committed by this leader"])
    loop.step_many([acknowledged])

    with pytest.raises(NotExistsError, match=r"The node 1 is not in the progress set\."):
        loop.run()

    node.raft.become_follower(1, 0)
    batch = run(loop)
    assert batch.conf_states() == [(2, ConfState([2]))]
    assert [entry.index for entry in batch.committed_entries()] == [1, 2]


def test_panic_poisons_only_the_node(leader: ReadyLoop) -> None:
    leader.propose_many([b"one"])
    with pytest.raises(RaftPanicError, match=r"applied\(9\) is out of range \[prev_applied\(1\), min\(committed\(1\),"):
        leader.node.raft.commit_apply(9)

    for call in (leader.run, lambda: leader.propose_many([b"two"]), lambda: leader.step_many([])):
        with pytest.raises(RaftPanicError, match="can't be used after raft panicked"):
            call()

    assert leader.node.raft.raft_log.last_index() == 2


def is_rejected(call: Callable[[], object]) -> bool:
    try:
        call()
    except InUseError:
        return True
    return False


def test_node_in_use_is_rejected(logger: LoggerRef) -> None:
    """A large batch is processed without the GIL: other threads run, and get an error if they call the same node."""
    loop = ReadyLoop(new_node(logger, 1))
    loop.node.campaign()
    loop.run()
    data = [bytes(100)] * 1_000
    is_busy = threading.Event()

    def propose() -> None:
        while not is_busy.is_set():
            is_rejected(lambda: loop.propose_many(data))

    thread = threading.Thread(target=propose)
    thread.start()
    while not is_rejected(loop.node.tick):
        pass
    is_busy.set()
    thread.join()

    assert loop.node.raft.raft_log.last_index() % len(data) == 1


@pytest.mark.parametrize("encode", [True, False])
def test_large_batches_are_replicated_like_small_ones(logger: LoggerRef, encode: bool) -> None:
    inboxes: dict[int, list[Any]] = {1: [], 2: []}

    def start(node_id: int) -> ReadyLoop:
        storage = MemStorage.new_with_conf_state(ConfState([1, 2]))
        return ReadyLoop(RawNode(Config(id=node_id), storage, logger), inboxes, encode=encode)

    loops = {node_id: start(node_id) for node_id in inboxes}
    data = [b"%d" % number for number in range(1_000)]
    applied: dict[int, list[bytes]] = {1: [], 2: []}

    def settle(proposals: list[bytes]) -> None:
        is_busy = True
        while is_busy:
            is_busy = False
            for node_id, loop in loops.items():
                incoming, inboxes[node_id][:] = inboxes[node_id][:], []
                if batch := loop.run(incoming, proposals if node_id == 1 else None):
                    applied[node_id] += [data for _, _, data in batch.take_committed_data() if data]
                proposals = []
                is_busy = is_busy or bool(incoming)

    loops[1].node.campaign()
    settle([])
    settle(data)

    assert applied == {1: data, 2: data}


# --- Ticks


def test_tick_many_returns_the_nodes_with_a_ready(logger: LoggerRef) -> None:
    nodes = [new_node(logger, 1, 2), new_node(logger, 1), new_node(logger, 1, 2, 3)]
    nodes[1].campaign()

    assert tick_many(nodes) == [1]
    assert tick_many([]) == []
    assert [node.raft.election_elapsed for node in nodes] == [1, 1, 1]


def test_tick_many_ticks_all_nodes_even_if_one_fails(logger: LoggerRef) -> None:
    nodes = [new_node(logger, 1, 2) for _ in range(3)]
    with pytest.raises(RaftPanicError, match=r"hs\.commit 9 is out of range \[0, 0\], raft_id: 1"):
        nodes[1].raft.load_state(HardState(commit=9))

    with pytest.raises(RaftPanicError, match="can't be used after raft panicked"):
        tick_many(nodes)

    assert [node.raft.election_elapsed for node in nodes] == [1, 0, 1]


@pytest.mark.parametrize("nodes", [None, [None], [Message()], 3])
def test_tick_many_accepts_nodes_only(nodes: object) -> None:
    with pytest.raises(TypeError, match=f"{NOT_ITERABLE}|is not an instance of 'RawNodeRef'"):
        tick_many(nodes)  # type: ignore[arg-type]
