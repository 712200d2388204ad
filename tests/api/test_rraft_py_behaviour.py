"""The behaviour that programs written for rraft-py rely on. `test_rraft_py_names.py` covers the names.

Like these programs, the tests call methods by rraft-py's names and pass views from `make_ref()`. What other tests cover
for every field, enum or storage is not repeated.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import rraft
from rraft import (
    CAMPAIGN_ELECTION,
    CAMPAIGN_PRE_ELECTION,
    CAMPAIGN_TRANSFER,
    NO_LIMIT,
    CodecError,
    ConfChange,
    ConfChangeError,
    ConfChangeSingle,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfigInvalidError,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    EntryType,
    ExistsError,
    GetEntriesContext,
    HardState,
    HardStateRef,
    Inflights,
    InMemoryRaft,
    InMemoryRaftLog,
    InMemoryRawNode,
    IoError,
    JointConfig,
    LightReady,
    Logger,
    LoggerRef,
    MajorityConfig,
    MemStorage,
    MemStorageCore,
    MemStorageRef,
    Message,
    MessageType,
    NotExistsError,
    OverflowStrategy,
    Peer,
    Progress,
    ProgressState,
    ProgressTracker,
    ProposalDroppedError,
    Raft,
    RaftError,
    RaftLog,
    RaftState,
    RawNode,
    ReadOnlyOption,
    ReadState,
    Ready,
    RequestSnapshotDroppedError,
    Snapshot,
    SnapshotMetadata,
    SnapshotStatus,
    SoftState,
    StateRole,
    StepLocalMsgError,
    StepPeerNotFoundError,
    Storage,
    StorageRef,
    StoreError,
    Unstable,
    default_logger,
    is_response_msg,
    majority,
    new_conf_change_single,
    vote_resp_msg_type,
)
from tests.api.rraft_py_names import EXCEPTIONS
from tests.harness.reasons import NO_NUMBERS, NOT_ITERABLE
from tests.harness.storage import ListStorage

CAN_WAIT, CAN_NOT_WAIT = True, False


def entry_at(index: int, term: int = 1, data: bytes = b"") -> Entry:
    return Entry(index=index, term=term, data=data)


def storage_of(*voters: int) -> MemStorage:
    return MemStorage.new_with_conf_state(ConfState(list(voters)))


def node_of(*voters: int) -> InMemoryRawNode:
    """Node 1 of a cluster."""
    return InMemoryRawNode(Config(id=1), storage_of(*voters), default_logger())


def persist(node: InMemoryRawNode, ready: Ready) -> None:
    """Persists a `Ready`."""
    node.store().wl().append(ready.entries())
    if hard_state := ready.hs():
        node.store().wl().set_hardstate(hard_state)


def leader_alone() -> InMemoryRawNode:
    """The leader of a cluster of one, which has applied the first entry of its term."""
    node = node_of(1)
    node.campaign()
    ready = node.ready()
    persist(node, ready)
    node.advance(ready.make_ref())
    node.advance_apply()
    return node


def leader_of_three() -> InMemoryRawNode:
    """The leader of a cluster of three, which has committed the first entry of its term."""
    node = node_of(1, 2, 3)
    node.get_raft().become_candidate()
    node.get_raft().become_leader()
    ready = node.ready()
    persist(node, ready)
    node.advance(ready.make_ref())
    node.step(Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=1, index=1))
    return node


def log_of(*terms: int) -> InMemoryRaftLog:
    """A log of unstable entries from index 1 on, one for each term."""
    log = InMemoryRaftLog(MemStorage(), default_logger())
    log.append([entry_at(index, term) for index, term in enumerate(terms, start=1)])
    return log


def unstable_with_entry() -> Unstable:
    unstable = Unstable(1, default_logger())
    unstable.truncate_and_append([entry_at(1)])
    return unstable


# 1. Owners and views


@pytest.mark.parametrize(
    "use",
    [
        lambda view: view == Entry(),
        lambda view: Entry() == view,
        lambda view: Message().set_entries([view]),
        lambda view: MemStorage().wl().append([view]),
        lambda view: view.clone(),
    ],
    ids=["left of ==", "right of ==", "set_entries", "append", "clone"],
)
def test_view_of_a_missing_value_can_not_be_used(use: Callable[[Any], object]) -> None:
    message = Message()
    message.set_entries([Entry()])
    view = message.get_entries()[0]
    message.clear_entries()

    with pytest.raises(DestroyedRefUsedError, match="the Entry that this view refers to no longer exists"):
        use(view)


def test_arguments_are_copied() -> None:
    snapshot, metadata = Snapshot(), SnapshotMetadata()
    snapshot.set_metadata(metadata.make_ref())
    metadata.set_index(9)
    assert snapshot.get_metadata().get_index() == 0

    progress, inflights = Progress(1, 2), Inflights(3)
    progress.set_ins(inflights.make_ref())
    inflights.add(9)
    assert progress.get_ins().count() == 0

    hard_state = HardState()
    state = RaftState(hard_state.make_ref(), ConfState().make_ref())
    hard_state.set_term(9)
    assert state.get_hard_state().get_term() == 0

    storage, entry = MemStorage(), entry_at(1, term=1)
    storage.wl().append([entry.make_ref()])
    entry.set_term(9)
    assert storage.term(1) == 1


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (len, r"has no len\(\)$"),
        (iter, NOT_ITERABLE),
        (int, r"^int\(\) argument must be"),
        (lambda message: message[0], "is not subscriptable$"),
    ],
    ids=["len", "iter", "int", "[]"],
)
@pytest.mark.parametrize(
    "message", [Message(), Entry(), ConfState(), Snapshot(), Ready.default()], ids=lambda value: type(value).__name__
)
def test_messages_are_not_containers(message: Any, use: Callable[[Any], object], reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        use(message)


# 2. Arguments


class Five:
    def __repr__(self) -> str:
        return "Five()"

    def __index__(self) -> int:
        return 5


@pytest.mark.parametrize(("value", "number"), [(5, 5), (True, 1), (Five(), 5), (NO_LIMIT, NO_LIMIT)], ids=repr)
def test_int_is_any_object_with_index(value: Any, number: int) -> None:
    hard_state = HardState()

    hard_state.set_term(value)

    assert hard_state.get_term() == number


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-1, OverflowError, "can't convert negative int to unsigned"),
        (2**64, OverflowError, "int too big to convert"),
        (1.0, TypeError, "float"),
        ("1", TypeError, "str"),
        (None, TypeError, "NoneType"),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "take", [HardState().set_term, MemStorage().term, majority, Inflights, MajorityConfig({1}).insert]
)
def test_other_ints_are_rejected(take: Callable[[Any], object], value: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        take(value)


def test_priority_has_a_sign() -> None:
    node, message = node_of(1), Message()

    node.set_priority(-2)
    assert node.get_raft().get_priority() == -2
    node.get_raft().set_priority(-3)
    assert node.get_raft().get_priority() == -3
    message.set_priority(-4)
    assert message.get_priority() == -4
    assert Config(priority=-5).get_priority() == -5


@pytest.mark.parametrize("value", [0, 1, "", None], ids=repr)
@pytest.mark.parametrize(
    "take",
    [
        Message().set_reject,
        Config().set_pre_vote,
        GetEntriesContext.empty,
        lambda value: node_of(1).skip_bcast_commit(value),
        lambda value: ProgressTracker(1).record_vote(1, value),
    ],
    ids=["Message", "Config", "GetEntriesContext", "RawNode", "ProgressTracker"],
)
def test_bool_is_a_bool(take: Callable[[Any], object], value: Any) -> None:
    with pytest.raises(TypeError, match=r"is not an instance of 'bool'"):
        take(value)


def proposed(data: Any) -> bytes:
    node = leader_alone()
    node.propose(b"", data)
    return node.ready().entries()[0].get_data()


def proposed_as_context(context: Any) -> bytes:
    node = leader_alone()
    node.propose_conf_change(context, ConfChange())
    return node.ready().entries()[0].get_context()


def asked_for(request_ctx: Any) -> bytes:
    node = leader_alone()
    node.read_index(request_ctx)
    return node.ready().read_states()[0].get_request_ctx()


def set_as_request_ctx(request_ctx: Any) -> bytes:
    state = ReadState.default()
    state.set_request_ctx(request_ctx)
    return state.get_request_ctx()


def merged(data: Any) -> bytes:
    change = ConfChange()
    change.merge_from_bytes(data)
    return change.encode()


takes_bytes = pytest.mark.parametrize("take", [proposed, proposed_as_context, asked_for, set_as_request_ctx, merged])


@takes_bytes
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, list, tuple], ids=lambda kind: kind.__name__)
def test_bytes_are_bytes_or_ints(take: Callable[[Any], bytes], kind: Callable[[bytes], object]) -> None:
    encoded = b"\x18\x05"  # also a ConfChange: node_id is 5

    assert take(kind(encoded)) == encoded


@takes_bytes
@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        ("ab", TypeError, "expected a bytes-like object or a sequence of ints, got str"),
        (None, TypeError, "expected a bytes-like object or a sequence of ints, got NoneType"),
        ([256], OverflowError, "out of range integral type conversion attempted"),
    ],
    ids=["str", "None", "int above 255"],
)
def test_other_bytes_are_rejected(take: Callable[[Any], bytes], data: Any, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        take(data)


def test_lists_may_mix_owners_and_views() -> None:
    message, change, raft = Message(), ConfChangeV2(), node_of(1).get_raft()

    message.set_entries([entry_at(1), entry_at(2).make_ref()])
    change.set_changes([ConfChangeSingle().make_ref(), ConfChangeSingle()])
    raft.set_msgs([Message(), message.make_ref()])

    assert message.get_entries() == [entry_at(1), entry_at(2)]
    assert change.get_changes() == [ConfChangeSingle(), ConfChangeSingle()]
    assert raft.get_msgs() == [Message(), message]


@pytest.mark.parametrize(
    "take",
    [
        Message().set_entries,
        ConfChangeV2().set_changes,
        ConfState().set_voters,
        MemStorage().wl().append,
        lambda groups: node_of(1).get_raft().assign_commit_groups(groups),
    ],
)
@pytest.mark.parametrize("elements", [[HardState()], ["1"], [None], 5, None], ids=repr)
def test_wrong_elements_are_rejected(take: Callable[[Any], object], elements: Any) -> None:
    with pytest.raises(
        TypeError,
        match=f"{NO_NUMBERS[TypeError]}|expected (Entry|ConfChangeSingle), got |is not an instance of 'tuple'",
    ):
        take(elements)


@pytest.mark.parametrize(
    "take",
    [
        Message().set_msg_type,
        Entry().set_entry_type,
        ConfChange().set_change_type,
        ConfChangeV2().set_transition,
        Progress(1, 1).set_state,
        Config().set_read_only_option,
        SoftState.default().set_raft_state,
        lambda status: node_of(1).report_snapshot(1, status),
        lambda strategy: Logger(1, strategy),
    ],
)
def test_enum_does_not_accept_an_int(take: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match=r"expected \w+, got int"):
        take(0)


@pytest.mark.parametrize("as_given", [lambda owner: owner, lambda owner: owner.make_ref()], ids=["owner", "view"])
def test_objects_are_accepted_as_owner_or_view(as_given: Callable[[Any], Any]) -> None:
    config, logger = as_given(Config(id=1)), as_given(default_logger())
    storage, wrapper = as_given(storage_of(1)), as_given(Storage(ListStorage()))

    for node in (InMemoryRawNode(config, storage, logger), RawNode(config, wrapper, logger)):
        assert node.get_raft().get_id() == 1
    for raft in (InMemoryRaft(config, storage, logger), Raft(config, wrapper, logger)):
        assert raft.get_id() == 1
    for log in (InMemoryRaftLog(storage, logger), RaftLog(wrapper, logger)):
        assert log.last_index() == 0
    assert Unstable(5, logger).get_offset() == 5


@pytest.mark.parametrize("as_given", [lambda owner: owner, lambda owner: owner.make_ref()], ids=["owner", "view"])
def test_ready_and_context_are_accepted_as_owner_or_view(as_given: Callable[[Any], Any]) -> None:
    node = node_of(1)
    node.campaign()
    ready = node.ready()
    persist(node, ready)

    node.advance_append_async(as_given(ready))
    node.on_persist_ready(1)
    ready = node.ready()
    assert [entry.get_index() for entry in ready.committed_entries()] == [1]
    node.advance_append(as_given(ready))

    context = as_given(GetEntriesContext.empty(CAN_NOT_WAIT))
    assert len(node.store().entries(1, 2, context)) == 1
    assert len(node.get_raft().get_raft_log().slice(1, 2, context)) == 1
    node.on_entries_fetched(as_given(GetEntriesContext.empty(CAN_WAIT)))


# 3. Order of arguments, and defaults


def test_next_entries_accept_a_size() -> None:
    log = log_of(1, 1)
    log.set_committed(2)
    log.set_persisted(2)

    assert log.next_entries() == log.next_entries(None) == log.next_entries_since(0) == [entry_at(1), entry_at(2)]
    assert log.next_entries(0) == log.next_entries_since(0, 0) == [entry_at(1)]


def test_context_of_a_proposal_comes_first() -> None:
    node = leader_alone()

    node.propose(b"context", b"data")

    [entry] = node.ready().entries()
    assert (entry.get_context(), entry.get_data()) == (b"context", b"data")


def test_proposed_conf_changes() -> None:
    node = leader_alone()
    change, change_v2 = ConfChange(), ConfChangeV2()
    change.set_node_id(2)
    change_v2.set_changes([new_conf_change_single(3, ConfChangeType.AddLearnerNode)])

    node.propose_conf_change(b"c1", change.make_ref())
    node.get_raft().set_pending_conf_index(0)
    node.propose_conf_change_v2(b"c2", change_v2.make_ref())

    one, two = node.ready().entries()
    assert (one.get_entry_type(), one.get_context()) == (EntryType.EntryConfChange, b"c1")
    assert ConfChange.decode(one.get_data()) == change
    assert (two.get_entry_type(), two.get_context()) == (EntryType.EntryConfChangeV2, b"c2")
    assert ConfChangeV2.decode(two.get_data()) == change_v2


def test_conf_change_is_proposed_in_either_version() -> None:
    one, two = ConfChange(node_id=2), ConfChangeV2(changes=[ConfChangeSingle(node_id=2)])

    for propose in (InMemoryRawNode.propose_conf_change, InMemoryRawNode.propose_conf_change_v2):
        for change, entry_type in ((one, EntryType.EntryConfChange), (two, EntryType.EntryConfChangeV2)):
            node = leader_alone()
            propose(node, b"", change)

            entry = node.get_raft().get_raft_log().unstable_entries()[-1]
            assert (entry.get_entry_type(), entry.get_data()) == (entry_type, change.encode())


@pytest.mark.parametrize(
    "apply",
    [
        lambda node, change: node.apply_conf_change(change),
        lambda node, change: node.apply_conf_change_v2(change),
        lambda node, change: node.get_raft().apply_conf_change(change),
    ],
    ids=["v1", "v2", "Raft"],
)
def test_conf_change_is_applied_in_either_version(apply: Callable[[InMemoryRawNode, object], ConfState]) -> None:
    for change in (ConfChange(node_id=2), ConfChangeV2(changes=[ConfChangeSingle(node_id=2)])):
        assert sorted(apply(leader_alone(), change).get_voters()) == [1, 2]
    with pytest.raises(TypeError, match="expected ConfChange or ConfChangeV2, got ConfChangeSingle"):
        apply(leader_alone(), ConfChangeSingle(node_id=2))


@pytest.mark.parametrize(
    ("campaign_type", "state"),
    [
        ("CampaignElection", StateRole.Candidate),
        ("CampaignPreElection", StateRole.PreCandidate),
        ("CampaignTransfer", StateRole.Candidate),
        (CAMPAIGN_ELECTION, StateRole.Candidate),
        (CAMPAIGN_PRE_ELECTION, StateRole.PreCandidate),
        (CAMPAIGN_TRANSFER, StateRole.Candidate),
    ],
)
def test_campaign_types(campaign_type: str | bytes, state: StateRole) -> None:
    raft = node_of(1, 2).get_raft()

    raft.campaign(campaign_type)

    assert raft.get_state() == state


@pytest.mark.parametrize("campaign_type", ["", "Election", "campaignelection", b"Election"])
def test_unknown_campaign_type_is_rejected(campaign_type: str | bytes) -> None:
    raft = node_of(1, 2).get_raft()

    with pytest.raises(ValueError, match="campaign type"):
        raft.campaign(campaign_type)

    assert raft.get_state() == StateRole.Follower
    raft.campaign("CampaignElection")


@pytest.mark.parametrize(
    "make",
    [
        lambda logger: InMemoryRawNode(Config(id=1), MemStorage(), logger),
        lambda logger: InMemoryRaft(Config(id=1), MemStorage(), logger),
        lambda logger: InMemoryRaftLog(MemStorage(), logger),
        lambda logger: Unstable(1, logger),
    ],
    ids=["RawNode", "Raft", "RaftLog", "Unstable"],
)
def test_logger_is_never_none(make: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match="expected Logger, got NoneType"):
        make(None)


@pytest.mark.parametrize("cls", [Ready, LightReady, MemStorageCore, GetEntriesContext])
def test_classes_without_constructor(cls: type[Any]) -> None:
    with pytest.raises(TypeError, match=f"cannot create 'rraft.{cls.__name__}' instances"):
        cls()


# 4. Results, truth, containers


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


# 5. Equality and hashes


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


# 6. Enums and functions


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


# 7. Texts and dictionaries

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


# 8. Codec


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


# 9. Live views and copies


def ready_with_all_lists() -> Ready:
    node = leader_of_three()
    node.get_raft().set_read_states([ReadState.default()])
    node.propose(b"", b"data")
    return node.ready()


def raft_with_message() -> InMemoryRaft:
    raft = InMemoryRaft(Config(id=1), storage_of(1), default_logger())
    raft.set_msgs([Message()])
    return raft


@pytest.mark.parametrize(
    ("make", "view", "field"),
    [
        (Snapshot, lambda snapshot: snapshot.get_metadata(), "index"),
        (Message, lambda message: message.get_snapshot().get_metadata(), "index"),
        (lambda: Message(entries=[Entry()]), lambda message: message.get_entries()[0], "term"),
        (lambda: ConfChangeV2(changes=[ConfChangeSingle()]), lambda change: change.get_changes()[0], "node_id"),
        (RaftState.default, lambda state: state.get_hard_state(), "term"),
        (ready_with_all_lists, lambda ready: ready.hs(), "term"),
        (ready_with_all_lists, lambda ready: ready.entries()[0], "term"),
        (ready_with_all_lists, lambda ready: ready.committed_entries()[0], "term"),
        (ready_with_all_lists, lambda ready: ready.messages()[0], "term"),
        (ready_with_all_lists, lambda ready: ready.read_states()[0], "index"),
        (ready_with_all_lists, lambda ready: ready.snapshot().get_metadata(), "index"),
        (lambda: node_of(1), lambda node: node.get_raft(), "term"),
        (raft_with_message, lambda raft: raft.get_msgs()[0], "term"),
        (raft_with_message, lambda raft: raft.get_raft_log(), "committed"),
        (raft_with_message, lambda raft: raft.prs().get(1), "matched"),
        (raft_with_message, lambda raft: raft.prs()[1], "matched"),
        (raft_with_message, lambda raft: raft.prs().collect()[0].progress(), "matched"),
        (lambda: log_of(1), lambda log: log.unstable(), "offset"),
        (lambda: log_of(1), lambda log: log.unstable().get_entries()[0], "term"),
        (unstable_with_entry, lambda unstable: unstable.get_entries()[0], "term"),
        (MemStorage, lambda storage: storage.wl().hard_state(), "commit"),
        (lambda: node_of(1), lambda node: node.store().rl().hard_state(), "commit"),
    ],
)
def test_change_through_a_view_is_visible(make: Callable[[], Any], view: Callable[[Any], Any], field: str) -> None:
    parent = make()

    getattr(view(parent), f"set_{field}")(9)

    assert getattr(view(parent), f"get_{field}")() == 9


def test_node_can_be_made_leader_directly() -> None:
    node = node_of(1, 2)

    node.get_raft().become_candidate()
    node.get_raft().become_leader()

    assert node.get_raft().get_state() == StateRole.Leader


def test_two_cores_of_a_storage_at_once() -> None:
    storage = MemStorage()
    one, two, reader = storage.wl(), storage.wl(), storage.rl()

    one.append([entry_at(1)])
    two.append([entry_at(2)])
    reader.append([entry_at(3)])

    assert storage.last_index() == 3


def storage_with_entry() -> MemStorage:
    storage = MemStorage()
    storage.wl().append([entry_at(1)])
    return storage


@pytest.mark.parametrize(
    ("make", "copy", "field"),
    [
        (raft_with_message, lambda raft: raft.hard_state(), "commit"),
        (raft_with_message, lambda raft: raft.soft_state(), "leader_id"),
        (raft_with_message, lambda raft: raft.prs().get(1).clone(), "matched"),
        (MemStorage, lambda storage: storage.initial_state().get_hard_state(), "term"),
        (MemStorage, lambda storage: storage.snapshot(0, 0).get_metadata(), "term"),
        (storage_with_entry, lambda storage: storage.entries(1, 2, GetEntriesContext.empty(CAN_WAIT))[0], "term"),
        (lambda: log_of(1), lambda log: log.all_entries()[0], "term"),
        (lambda: log_of(1), lambda log: log.entries(1, GetEntriesContext.empty(CAN_WAIT))[0], "term"),
        (lambda: log_of(1), lambda log: log.slice(1, 2, GetEntriesContext.empty(CAN_WAIT))[0], "term"),
    ],
)
def test_change_of_a_copy_is_not_visible(make: Callable[[], Any], copy: Callable[[Any], Any], field: str) -> None:
    parent = make()

    changed = copy(parent)
    getattr(changed, f"set_{field}")(9)

    assert getattr(changed, f"get_{field}")() == 9
    assert getattr(copy(parent), f"get_{field}")() != 9


def test_read_states_of_a_raft_are_copies() -> None:
    raft = node_of(1).get_raft()
    raft.set_read_states([ReadState(3, b"ab")])

    [state] = raft.get_read_states()
    state.set_index(9)
    assert raft.get_read_states() == [ReadState(3, b"ab")]

    raft.set_read_states([])
    assert state.get_request_ctx() == b"ab"


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (lambda: ConfState([1]), lambda conf_state: conf_state.get_voters()),
        (lambda: Message(entries=[Entry()]), lambda message: message.get_entries()),
        (ready_with_all_lists, lambda ready: ready.entries()),
        (raft_with_message, lambda raft: raft.get_msgs()),
        (lambda: MajorityConfig({1}), lambda config: config.raw_slice()),
    ],
    ids=["get_voters", "get_entries", "entries", "get_msgs", "raw_slice"],
)
def test_getters_return_new_lists(make: Callable[[], Any], values: Callable[[Any], list[Any]]) -> None:
    parent = make()

    values(parent).clear()

    assert len(values(parent)) == 1


# 10. Storages in Python


class ForeignStorage:
    """A typical storage of a program: with its own parameter names, and only the methods that raft calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.inner = storage_of(1)
        self.inner.wl().append([entry_at(1)])

    def initial_state(self) -> object:
        self.calls.append("initial_state")
        return self.inner.initial_state()

    def entries(self, from_: int, to: int, _ctx: Any, max_size: int | None = None) -> object:
        self.calls.append("entries")
        return self.inner.entries(from_, to, _ctx, max_size)

    def term(self, index: int) -> int:
        self.calls.append("term")
        return self.inner.term(index)

    def first_index(self) -> int:
        self.calls.append("first_index")
        return self.inner.first_index()

    def last_index(self) -> int:
        self.calls.append("last_index")
        return self.inner.last_index()

    def snapshot(self, _request_index: int, _to: int) -> object:
        self.calls.append("snapshot")
        return self.inner.snapshot(_request_index, _to)


def test_storage_needs_only_the_methods_that_raft_calls() -> None:
    storage = ForeignStorage()

    node = RawNode(Config(id=1), Storage(storage), default_logger())

    assert storage.calls.count("initial_state") == 1
    assert {"first_index", "last_index"} <= set(storage.calls)
    log = node.get_raft().get_raft_log()
    assert log.entries(1, GetEntriesContext.empty(CAN_NOT_WAIT).make_ref()) == [entry_at(1)]


def test_errors_of_an_inner_storage_propagate() -> None:
    storage = ForeignStorage()
    wrapper = Storage(storage)
    storage.inner.wl().trigger_snap_unavailable()

    with pytest.raises(StoreError, match="log unavailable"):
        wrapper.term(9)
    with pytest.raises(StoreError, match="snapshot is temporarily unavailable"):
        wrapper.snapshot(0, 0)
    assert RaftLog(wrapper, default_logger()).match_term(9, 1) is False


def test_wrapper_returns_owners() -> None:
    wrapper = Storage(ForeignStorage()).make_ref()

    state, snapshot = wrapper.initial_state(), wrapper.snapshot(0, 0)
    [entry] = wrapper.entries(1, 2, GetEntriesContext.empty(CAN_NOT_WAIT).make_ref())

    assert (type(state), type(snapshot), type(entry)) == (RaftState, Snapshot, Entry)
    assert state.get_conf_state().get_voters() == [1]


class Answering(ListStorage):
    """A storage whose writing methods return something."""

    def append(self, _: object) -> Any:
        return "appended"

    def compact(self, _: object) -> Any:
        return "compacted"

    def set_conf_state(self, _: object) -> Any:
        return "set"

    def hard_state(self) -> Any:
        return "a hard state"


def test_wrapper_returns_none_for_writes() -> None:
    wrapper = Storage(Answering())

    nothing = [wrapper.append([]), wrapper.compact(1), wrapper.set_conf_state(ConfState())]  # type: ignore[func-returns-value]

    assert nothing == [None, None, None]


def test_hard_state_of_a_wrapper_is_a_hard_state() -> None:
    assert isinstance(Storage(ListStorage()).hard_state(), HardStateRef)
    with pytest.raises(TypeError, match="'str' object is not an instance of 'HardStateRef'"):
        Storage(Answering()).hard_state()


def test_wrapper_has_no_other_methods() -> None:
    wrapper = Storage(ListStorage())

    for name in ("trigger_log_unavailable", "initialize_with_conf_state", "set_hard_state"):
        assert not hasattr(wrapper, name)
        assert not hasattr(wrapper.make_ref(), name)


@pytest.mark.parametrize("method", ["append", "apply_snapshot", "compact", "commit_to", "set_hardstate", "wl"])
def test_exception_in_a_forwarded_call_propagates(method: str) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk on fire")

    arguments: dict[str, list[Any]] = {
        "apply_snapshot": [Snapshot()],
        "set_hardstate": [HardState()],
        "append": [[]],
        "wl": [],
    }
    storage = type("Failing", (ListStorage,), dict.fromkeys((method, "set_hard_state"), fail))()

    with pytest.raises(OSError, match="disk on fire"):
        getattr(Storage(storage), method)(*arguments.get(method, [1]))


@pytest.mark.parametrize(
    "error",
    [
        ConfChangeError("no such change"),
        ConfigInvalidError("bad config"),
        IoError("disk on fire"),
        StepLocalMsgError(),
        StepPeerNotFoundError(),
        ProposalDroppedError(),
        RequestSnapshotDroppedError(),
        CodecError("bad bytes"),
        ExistsError(3, "voters"),
        NotExistsError(3, "voters"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_raft_propagate_from_a_storage(error: RaftError) -> None:
    def fail() -> None:
        raise error

    storage = ForeignStorage()
    storage.initial_state = fail  # type: ignore[method-assign]

    with pytest.raises(type(error)) as raised:
        RawNode(Config(id=1), Storage(storage), default_logger())

    assert raised.value.args == error.args


# 11. Exceptions


@pytest.mark.parametrize("error", [getattr(rraft, name) for name in EXCEPTIONS])
def test_exceptions_keep_their_arguments(error: type[Exception]) -> None:
    assert error().args == ()
    assert str(error("text")) == "text"
    assert error("text").args == ("text",)
    assert error("text", 1, None).args == ("text", 1, None)
    assert str(error("text", 1, None)) == "('text', 1, None)"


@pytest.mark.parametrize(
    ("use", "error", "text"),
    [
        (lambda: node_of(1).step(Message()), StepLocalMsgError, "raft: cannot step raft local message"),
        (lambda: node_of(1).propose(b"", b""), ProposalDroppedError, "raft: proposal dropped"),
        (lambda: node_of(1).request_snapshot(), RequestSnapshotDroppedError, "raft: request snapshot dropped"),
        (lambda: Config().validate(), ConfigInvalidError, "invalid node id"),
        (
            lambda: node_of(1).apply_conf_change_v2(ConfChangeV2()),
            ConfChangeError,
            "can't leave a non-joint config",
        ),
    ],
)
def test_raised_errors_carry_their_text(use: Callable[[], object], error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        use()

    assert raised.value.args == (text,)
    assert str(raised.value) == text


# 12. Hooks

Hook = Callable[[Any], None]

HOOKS: list[tuple[Hook, Callable[[bytes], Any]]] = [
    (rraft.set_entry_context_deserializer, lambda payload: Entry(context=payload)),
    (rraft.set_entry_data_deserializer, lambda payload: Entry(data=payload)),
    (rraft.set_confchange_context_deserializer, lambda payload: ConfChange(context=payload)),
    (rraft.set_confchangev2_context_deserializer, lambda payload: ConfChangeV2(context=payload)),
    (rraft.set_message_context_deserializer, lambda payload: Message(context=payload)),
    (rraft.set_snapshot_data_deserializer, lambda payload: Snapshot(data=payload)),
]

each_hook = pytest.mark.parametrize(
    ("hook", "show"), HOOKS, ids=[hook.__name__.split("_", 1)[1].rpartition("_")[0] for hook, _ in HOOKS]
)


@pytest.fixture(autouse=True)
def no_hooks() -> Iterator[None]:
    """Removes the hooks after the test: they are global."""
    yield
    for hook, _ in HOOKS:
        hook(None)


@each_hook
def test_hook_receives_bytes_and_its_result_is_shown(hook: Hook, show: Callable[[bytes], Any]) -> None:
    payloads: list[bytes] = []

    def upper(payload: bytes) -> str:
        payloads.append(payload)
        return payload.decode().upper()

    hook(upper)

    value = show(b"payload")
    assert '"PAYLOAD"' in repr(value)
    assert repr(value) == str(value) == repr(value.make_ref()) == str(value.make_ref())
    assert set(map(type, payloads)) == {bytes}
    assert b"payload" in payloads


@each_hook
def test_hook_is_called_for_empty_bytes(hook: Hook, show: Callable[[bytes], Any]) -> None:
    hook(lambda payload: f"<{payload!r}>")

    assert "\"<b''>\"" in repr(show(b""))


@each_hook
def test_hook_result_must_be_convertible_to_text(hook: Hook, show: Callable[[bytes], Any]) -> None:
    hook(lambda _: "HOOK")

    value = show(b"payload")

    assert value.encode() == type(value).decode(value.encode()).encode()
    assert b"payload" in value.to_dict().values()
    assert b"HOOK" not in value.encode()


@each_hook
def test_hook_can_be_removed(hook: Hook, show: Callable[[bytes], Any]) -> None:
    default = repr(show(b"ab"))
    assert '"[97, 98]"' in default

    hook(lambda _: "HOOK")
    hook(None)

    assert repr(show(b"ab")) == default


@each_hook
def test_failing_hook_shows_the_default(hook: Hook, show: Callable[[bytes], Any]) -> None:
    def fail(_: bytes) -> str:
        raise ValueError("bad payload")

    default = repr(show(b"ab"))
    hook(fail)
    assert repr(show(b"ab")) == repr(show(b"ab")) == default

    hook(lambda _: "HOOK")
    assert '"HOOK"' in repr(show(b"ab"))


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("text", '"text"'),
        (b"c1", "\"b'c1'\""),
        (None, '"None"'),
        ({"k": 1}, "\"{'k': 1}\""),
        (5, '"5"'),
        ('say "hi"\n', '"say \\"hi\\"\\n"'),
        (Unprintable(), '"[97]"'),
    ],
    ids=["str", "bytes", "None", "dict", "int", "quotes", "unprintable"],
)
def test_text_of_what_a_hook_returns(result: object, text: str) -> None:
    rraft.set_entry_data_deserializer(lambda _: result)

    assert f"data: {text}," in repr(Entry(data=b"a"))


def test_hooks_apply_inside_a_message() -> None:
    rraft.set_entry_data_deserializer(lambda _: "ENTRY")
    rraft.set_snapshot_data_deserializer(lambda _: "SNAPSHOT")

    text = repr(Message(entries=[Entry(data=b"a")], snapshot=Snapshot(data=b"b")))

    assert 'data: "ENTRY"' in text
    assert 'data: "SNAPSHOT"' in text


def test_hooks_do_not_apply_to_unstable_entries() -> None:
    rraft.set_entry_data_deserializer(lambda _: "HOOK")

    assert "HOOK" not in repr(unstable_with_entry())


def test_hook_may_use_other_hooks() -> None:
    rraft.set_confchangev2_context_deserializer(lambda payload: payload.decode())
    rraft.set_entry_data_deserializer(lambda payload: ConfChangeV2.decode(payload))

    text = repr(Entry(data=ConfChangeV2(context=b"inner").encode()))

    assert 'context: \\"inner\\"' in text


def test_hook_is_not_called_inside_itself() -> None:
    calls: list[bytes] = []

    def again(data: bytes) -> str:
        calls.append(data)
        return repr(Entry(data=data))

    rraft.set_entry_data_deserializer(again)

    assert r"data: \"[97]\"" in repr(Entry(data=b"a"))
    assert calls == [b"a"]


# 13. Loggers

LINE = r"[A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2}\.\d{3} (TRCE|DEBG|INFO|WARN|ERRO|CRIT) .+"


def lines_of(program: str, **environment: str) -> list[str]:
    """The lines that a program prints to stderr."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RUST_")}
    run = subprocess.run(
        [sys.executable, "-c", "import rraft\n" + program],
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == ""
    return run.stderr.splitlines()


@pytest.mark.parametrize(
    "logger",
    [
        "rraft.Logger(100, rraft.OverflowStrategy.Block)",
        "rraft.Logger(0, rraft.OverflowStrategy.Block)",
        "rraft.Logger(100, rraft.OverflowStrategy.Drop).make_ref()",
        "rraft.default_logger()",
    ],
)
def test_lines_of_a_logger(logger: str) -> None:
    program = f"logger = {logger}\nfor level in ('info', 'error', 'crit'): getattr(logger, level)('text')"

    lines = lines_of(program, RUST_LOG="trace")

    assert all(re.fullmatch(LINE, line) for line in lines)
    assert [line.split(" ", 3)[3] for line in lines] == ["INFO text", "ERRO text", "CRIT text"]


def test_lines_of_raft_have_its_id() -> None:
    program = "rraft.RawNode(rraft.Config(id=7), rraft.MemStorage(), rraft.Logger(999, rraft.OverflowStrategy.Block))"

    lines = lines_of(program)

    assert lines
    assert all(re.fullmatch(LINE + ", raft_id: 7", line) for line in lines)


def test_blocking_logger_loses_no_line() -> None:
    program = "logger = rraft.Logger(1, rraft.OverflowStrategy.Block)\nfor n in range(500): logger.info(f'line {n}')"

    assert [line.rpartition(" ")[2] for line in lines_of(program)] == [str(number) for number in range(500)]


@pytest.mark.parametrize(
    ("rust_log", "tags"),
    [("", ["ERRO", "CRIT"]), ("error", ["ERRO", "CRIT"]), ("debug", ["DEBG", "INFO", "ERRO", "CRIT"])],
)
def test_default_logger_reads_rust_log(rust_log: str, tags: list[str]) -> None:
    program = "for level in ('trace', 'debug', 'info', 'error', 'crit'): getattr(rraft.default_logger(), level)('text')"

    assert [line.split()[3] for line in lines_of(program, RUST_LOG=rust_log)] == tags


def log_all_levels(logger: LoggerRef) -> None:
    for log in (logger.trace, logger.debug, logger.info, logger.error, logger.crit):
        log("text")


def test_file_logger(tmp_path: Path) -> None:
    path = tmp_path / "raft.log"
    logger = Logger.new_file_logger(str(path), 100, 2**20, 2)
    assert not path.exists()

    log_all_levels(logger)
    del logger  # writes the queued lines

    lines = path.read_text().splitlines()
    assert all(re.fullmatch(LINE + ", module: .+", line) for line in lines)
    assert [line.split()[3] for line in lines] == ["DEBG", "INFO", "ERRO", "CRIT"]


def test_file_logger_rotates(tmp_path: Path) -> None:
    logger = Logger.new_file_logger(str(tmp_path / "raft.log"), 100, 200, 2)

    for _ in range(50):
        logger.info("text")
    del logger  # writes the queued lines

    assert len(list(tmp_path.iterdir())) == 3


def test_file_logger_loses_unwritable_lines(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    logger = Logger.new_file_logger(str(tmp_path / "file" / "raft.log"), 100, 2**20, 2)
    log_all_levels(logger)
    del logger  # writes the queued lines

    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.parametrize("level", ["info", "debug", "trace", "error", "crit"])
def test_logger_accepts_one_string(level: str) -> None:
    for logger in (default_logger(), default_logger().make_ref()):
        log = getattr(logger, level)
        assert log("text") is None
        for arguments in ((), (5,), (b"text",), ("text", "more")):
            with pytest.raises(TypeError, match=r"is not an instance of 'str'|missing 1 required|takes 1 positional"):
                log(*arguments)


def test_logger_may_be_dropped() -> None:
    node = InMemoryRawNode(Config(id=1), storage_of(1), Logger(10, OverflowStrategy.Drop))

    node.campaign()

    assert node.get_raft().get_state() == StateRole.Leader


# 14. The rest


def test_storage_with_an_empty_conf_state_is_not_initialized() -> None:
    storage = MemStorage.new_with_conf_state(ConfState())

    storage.initialize_with_conf_state(ConfState([1]))

    assert storage.initial_state().initialized()


def test_appended_entries_are_numbered() -> None:
    raft, entry = leader_alone().get_raft(), Entry(data=b"data")

    assert raft.append_entry([entry.make_ref()]) is True

    assert entry == entry_at(2, data=b"data")
    assert raft.get_raft_log().unstable_entries() == [entry_at(2, data=b"data")]
