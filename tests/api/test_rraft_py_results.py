"""Results that programs written for rraft-py rely on: values, equality, enums, texts, and the codec."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    ConfChange,
    ConfChangeSingle,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    Entry,
    EntryType,
    GetEntriesContext,
    HardState,
    Inflights,
    InMemoryRawNode,
    JointConfig,
    LightReady,
    MajorityConfig,
    MemStorage,
    MemStorageRef,
    Message,
    MessageType,
    OverflowStrategy,
    Peer,
    Progress,
    ProgressState,
    ProgressTracker,
    Raft,
    RaftState,
    ReadOnlyOption,
    ReadState,
    Ready,
    Snapshot,
    SnapshotMetadata,
    SnapshotStatus,
    SoftState,
    StateRole,
    Storage,
    StorageRef,
    default_logger,
    is_response_msg,
    new_conf_change_single,
    vote_resp_msg_type,
)
from tests.harness.rraft_py import (
    CAN_NOT_WAIT,
    CAN_WAIT,
    entry_at,
    leader_alone,
    leader_of_three,
    log_of,
    node_of,
    persist,
    storage_of,
    unstable_with_entry,
)
from tests.harness.storage import ListStorage

# Results, truth, containers


@pytest.mark.parametrize(
    "value",
    [
        Config(),
        Inflights(1),
        GetEntriesContext.empty(CAN_NOT_WAIT),
        JointConfig(set()),
        LightReady.default(),
        MemStorage(),
        Progress(0, 0),
        ProgressTracker(0),
        RaftState.default(),
        ReadState.default(),
        Ready.default(),
        SnapshotMetadata(),
        SoftState.default(),
        StateRole.Follower,
        ProgressState.Probe,
        ReadOnlyOption.Safe,
        SnapshotStatus.Finish,
        OverflowStrategy.DropAndReport,
        ConfChangeType.AddNode,
        EntryType.EntryNormal,
        ConfChangeTransition.Auto,
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_true(value: Any) -> None:
    assert value
    assert not hasattr(value, "make_ref") or value.make_ref()


def test_results_of_a_log() -> None:
    log, context = log_of(1, 1, 2), GetEntriesContext.empty(CAN_NOT_WAIT).make_ref()

    assert log.append([entry_at(4, 2)]) == log.last_index() == 4
    assert (log.find_conflict([entry_at(4, 2)]), log.find_conflict([entry_at(4, 3)])) == (0, 4)
    assert (log.find_conflict_by_term(4, 1), log.find_conflict_by_term(9, 1)) == ((2, 1), (9, None))
    assert (log.term(3), log.term(9)) == (2, 0)
    assert log.entries(9, context) == []
    assert log.unstable_snapshot() is None
    assert log.next_entries() is log.next_entries_since(0) is None
    assert log.maybe_append(9, 9, 0, []) is None
    assert log.maybe_append(4, 2, 4, [entry_at(5, 2)]) == (5, 5)
    assert log.commit_info() == (4, 2)
    assert log.applied() == log.get_applied() == 0


def test_store_is_a_view() -> None:
    wrapper = Storage(ListStorage())
    node = InMemoryRawNode(Config(id=1), MemStorage(), default_logger())
    raft = Raft(Config(id=1), wrapper, default_logger())

    for store in (node.store(), node.get_raft().store(), node.get_raft().get_raft_log().get_store()):
        assert isinstance(store, MemStorageRef)
    for store in (raft.store(), raft.get_raft_log().store(), raft.get_raft_log().get_store()):
        assert isinstance(store, StorageRef)


def test_soft_state_of_a_ready_is_a_copy() -> None:
    node = node_of(1)
    node.campaign()
    ready = node.ready()

    soft_state = ready.ss()
    assert soft_state is not None
    soft_state.set_leader_id(9)

    assert ready.ss() != soft_state


def test_results_of_advance() -> None:
    node = node_of(1)
    node.campaign()
    ready = node.ready()
    persist(node, ready)

    nothing = [node.advance_append_async(ready.make_ref()), node.on_persist_ready(1)]  # type: ignore[func-returns-value]
    light_ready = node.advance_append(node.ready().make_ref())
    nothing += [node.advance_apply(), node.advance_apply_to(1)]  # type: ignore[func-returns-value]

    assert isinstance(light_ready, LightReady)
    assert nothing == [None, None, None, None]


def test_lead_transferee() -> None:
    raft = leader_of_three().get_raft()
    assert raft.get_lead_transferee() is None

    raft.set_lead_transferee(2)
    assert raft.get_lead_transferee() == 2

    raft.set_lead_transferee()
    assert raft.get_lead_transferee() is None

    raft.set_lead_transferee(3)
    raft.set_lead_transferee(None)
    assert raft.get_lead_transferee() is None


def test_states_of_a_raft() -> None:
    raft = leader_of_three().get_raft()

    assert raft.get_state() == StateRole.Leader
    assert raft.soft_state() == SoftState(1, StateRole.Leader).make_ref()
    assert raft.hard_state() == HardState(term=1, vote=1, commit=1)
    assert raft.tick() is False
    assert raft.snap() is None


def test_conf_changes_return_the_new_members() -> None:
    change, change_v2 = ConfChange(), ConfChangeV2()
    change.set_node_id(2)
    change_v2.set_changes([new_conf_change_single(3, ConfChangeType.AddLearnerNode)])
    node = node_of(1)

    one, two = node.apply_conf_change(change.make_ref()), node.get_raft().apply_conf_change(change_v2.make_ref())
    three = node.get_raft().post_conf_change()

    assert [type(state) for state in (one, two, three)] == [ConfState, ConfState, ConfState]
    assert (sorted(one.get_voters()), one.get_learners()) == ([1, 2], [])
    assert (sorted(two.get_voters()), two.get_learners()) == ([1, 2], [3])
    assert (sorted(three.get_voters()), three.get_learners()) == ([1, 2], [3])


def test_request_snapshot_returns_none() -> None:
    storage = storage_of(1, 2)
    storage.wl().append([entry_at(1, term=1)])
    node = InMemoryRawNode(Config(id=1), storage, default_logger())
    node.get_raft().become_follower(1, 2)

    assert node.request_snapshot() is None  # type: ignore[func-returns-value]


# Equality and hashes


@pytest.mark.parametrize(
    ("value", "same", "other"),
    [
        (Progress(1, 2), Progress(1, 2), Progress(2, 2)),
        (Inflights(1), Inflights(1), Inflights(2)),
        (JointConfig({1, 2}), JointConfig({2, 1}), JointConfig({1})),
        (MajorityConfig({1, 2}), MajorityConfig({2, 1}), MajorityConfig({1})),
        (ReadState.default(), ReadState.default(), ReadState(1)),
        (SoftState.default(), SoftState.default(), SoftState(1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_compared(value: Any, same: Any, other: Any) -> None:
    assert value == same == value.make_ref() == same.make_ref()
    assert value != other != value.make_ref()
    assert (value == None, value != None, value == 1) == (False, True, False)  # noqa: E711
    with pytest.raises(TypeError, match="not supported between instances"):
        value < other  # noqa: B015
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)


def test_conf_states_are_compared_in_order() -> None:
    assert ConfState([1, 2]) != ConfState([2, 1])


@pytest.mark.parametrize(
    "make",
    [
        Config,
        lambda: RaftState(HardState(), ConfState()),
        lambda: GetEntriesContext.empty(CAN_WAIT),
    ],
    ids=["Config", "RaftState", "GetEntriesContext"],
)
def test_some_objects_equal_only_themselves(make: Callable[[], object]) -> None:
    one, other = make(), make()

    assert one == one
    assert one != other
    assert len({one, other, one}) == 2


# Enums and functions


@pytest.mark.parametrize("member", [MessageType.MsgHup, StateRole.Follower], ids=repr)
def test_enum_is_an_index(member: Any) -> None:
    assert ["first"][member] == "first"


RESPONSES = {
    MessageType.MsgAppendResponse,
    MessageType.MsgRequestVoteResponse,
    MessageType.MsgHeartbeatResponse,
    MessageType.MsgUnreachable,
    MessageType.MsgRequestPreVoteResponse,
}


@pytest.mark.parametrize("number", range(19))
def test_is_response_msg(number: int) -> None:
    msg_type = MessageType.from_int(number)

    assert is_response_msg(msg_type) is (msg_type in RESPONSES)


def test_vote_resp_msg_type() -> None:
    assert vote_resp_msg_type(MessageType.MsgRequestVote) == MessageType.MsgRequestVoteResponse
    assert vote_resp_msg_type(MessageType.MsgRequestPreVote) == MessageType.MsgRequestPreVoteResponse
    with pytest.raises(ValueError, match="MsgHup"):
        vote_resp_msg_type(MessageType.MsgHup)


def test_new_conf_change_single() -> None:
    change = new_conf_change_single(3, ConfChangeType.RemoveNode)

    assert type(change) is ConfChangeSingle
    assert (change.get_node_id(), change.get_change_type()) == (3, ConfChangeType.RemoveNode)


# Texts and dictionaries

ENTRY_TEXT = 'Entry { context: "[]", data: "[120]", entry_type: EntryNormal, index: 2, sync_log: false, term: 1 }'
INFLIGHTS_TEXT = "Inflights { start: 0, count: 1, buffer: [5], cap: 4, incoming_cap: None }"


def progress_with_inflight() -> Progress:
    progress = Progress(1, 4)
    progress.get_ins().add(5)
    return progress


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            Message(entries=[entry_at(2, data=b"x")]),
            f"Message {{ msg_type: MsgHup, to: 0, from: 0, term: 0, log_term: 0, index: 0, entries: [{ENTRY_TEXT}], "
            'commit: 0, commit_term: 0, snapshot: Snapshot { data: "[]", metadata: None }, request_snapshot: 0, '
            'reject: false, reject_hint: 0, context: "[]", deprecated_priority: 0, priority: 0 }',
        ),
        (
            progress_with_inflight(),
            "Progress { matched: 0, next_idx: 1, state: Probe, paused: false, pending_snapshot: 0, "
            f"pending_request_snapshot: 0, recent_active: false, ins: {INFLIGHTS_TEXT}, commit_group_id: 0, "
            "committed_index: 0 }",
        ),
        (progress_with_inflight().get_ins(), INFLIGHTS_TEXT),
    ],
    ids=["Message", "Progress", "Inflights"],
)
def test_repr_shows_the_fields(value: Any, text: str) -> None:
    assert repr(value) == text


@pytest.mark.parametrize(
    "value",
    [
        ConfChange(),
        ConfChangeSingle(),
        ConfChangeV2(),
        ConfState(),
        Config(),
        Entry(),
        GetEntriesContext.empty(CAN_WAIT),
        HardState(),
        Inflights(1),
        JointConfig({1}),
        Message(),
        Peer(),
        Progress(1, 1),
        RaftState.default(),
        ReadState.default(),
        Snapshot(),
        SoftState.default(),
        unstable_with_entry(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_str_is_repr(value: Any) -> None:
    assert str(value) == repr(value) == str(value.make_ref()) == repr(value.make_ref())


def test_str_of_a_log_is_its_repr_without_quotes() -> None:
    log = log_of(1)

    text = "committed=0, persisted=0, applied=0, unstable.offset=1, unstable.entries.len()=1"
    assert str(log) == str(log.make_ref()) == text
    assert repr(log) == repr(log.make_ref()) == f'"{text}"'


def test_text_of_unstable_entries() -> None:
    entry = "Entry { entry_type: EntryNormal, term: 1, index: 1, data: [], context: [], sync_log: false }"

    assert f"entries: [{entry}]" in repr(unstable_with_entry())


def test_dict_of_a_snapshot_is_complete() -> None:
    snapshot = Snapshot()

    as_dict = snapshot.to_dict()

    assert as_dict == {"data": b"", "metadata": {"index": 0, "term": 0, "conf_state": ConfState().to_dict()}}
    assert not snapshot.has_metadata()


def test_dict_can_be_changed_and_dumped() -> None:
    as_dict = entry_at(2, data=b"x").to_dict()

    as_dict["data"] = as_dict["data"].decode()
    as_dict["context"] = None

    assert json.loads(json.dumps(as_dict))["data"] == "x"
    assert as_dict["entry_type"] == "EntryNormal"


# Codec


def test_encoding_is_that_of_eraftpb() -> None:
    message = Message(msg_type=MessageType.MsgAppend, entries=[entry_at(2, data=b"x")], priority=2)
    message.set_deprecated_priority(1)

    # Field 1, 7 (the entry: its fields 2, 3 and 4), 14 and 16.
    assert message.encode() == b"\x08\x03" + b"\x3a\x07\x10\x01\x18\x02\x22\x01x" + b"\x70\x01" + b"\x80\x01\x02"
    assert message.compute_size() == len(message.encode())


def test_view_of_absent_metadata_is_live() -> None:
    snapshot = Snapshot()
    metadata = snapshot.get_metadata()

    assert metadata.get_conf_state().get_voters() == []
    assert not snapshot.has_metadata()
    assert snapshot == Snapshot()

    metadata.get_conf_state().set_voters([1])
    assert snapshot.has_metadata()
    assert snapshot.get_metadata().has_conf_state()
    snapshot.clear_metadata()
    assert not snapshot.has_metadata()


# The rest


def test_storage_with_an_empty_conf_state_is_not_initialized() -> None:
    storage = MemStorage.new_with_conf_state(ConfState())

    storage.initialize_with_conf_state(ConfState([1]))

    assert storage.initial_state().initialized()


def test_appended_entries_are_numbered() -> None:
    raft, entry = leader_alone().get_raft(), Entry(data=b"data")

    assert raft.append_entry([entry.make_ref()]) is True

    assert entry == entry_at(2, data=b"data")
    assert raft.get_raft_log().unstable_entries() == [entry_at(2, data=b"data")]
