"""Arguments that programs written for rraft-py pass: types, order, and defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    CAMPAIGN_ELECTION,
    CAMPAIGN_PRE_ELECTION,
    CAMPAIGN_TRANSFER,
    NO_LIMIT,
    ConfChange,
    ConfChangeSingle,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    Entry,
    EntryType,
    GetEntriesContext,
    HardState,
    Inflights,
    InMemoryRaft,
    InMemoryRaftLog,
    InMemoryRawNode,
    LightReady,
    Logger,
    MajorityConfig,
    MemStorage,
    MemStorageCore,
    Message,
    Progress,
    ProgressTracker,
    Raft,
    RaftLog,
    RawNode,
    ReadState,
    Ready,
    SoftState,
    StateRole,
    Storage,
    Unstable,
    default_logger,
    majority,
    new_conf_change_single,
)
from tests.harness.reasons import NO_NUMBERS
from tests.harness.rraft_py import (
    CAN_NOT_WAIT,
    CAN_WAIT,
    entry_at,
    leader_alone,
    log_of,
    node_of,
    persist,
    storage_of,
)
from tests.harness.storage import ListStorage

# Arguments


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


def requested(request_ctx: Any) -> bytes:
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


takes_bytes = pytest.mark.parametrize("take", [proposed, proposed_as_context, requested, set_as_request_ctx, merged])


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


@pytest.mark.parametrize("as_passed", [lambda owner: owner, lambda owner: owner.make_ref()], ids=["owner", "view"])
def test_objects_are_accepted_as_owner_or_view(as_passed: Callable[[Any], Any]) -> None:
    config, logger = as_passed(Config(id=1)), as_passed(default_logger())
    storage, wrapper = as_passed(storage_of(1)), as_passed(Storage(ListStorage()))

    for node in (InMemoryRawNode(config, storage, logger), RawNode(config, wrapper, logger)):
        assert node.get_raft().get_id() == 1
    for raft in (InMemoryRaft(config, storage, logger), Raft(config, wrapper, logger)):
        assert raft.get_id() == 1
    for log in (InMemoryRaftLog(storage, logger), RaftLog(wrapper, logger)):
        assert log.last_index() == 0
    assert Unstable(5, logger).get_offset() == 5


@pytest.mark.parametrize("as_passed", [lambda owner: owner, lambda owner: owner.make_ref()], ids=["owner", "view"])
def test_ready_and_context_are_accepted_as_owner_or_view(as_passed: Callable[[Any], Any]) -> None:
    node = node_of(1)
    node.campaign()
    ready = node.ready()
    persist(node, ready)

    node.advance_append_async(as_passed(ready))
    node.on_persist_ready(1)
    ready = node.ready()
    assert [entry.get_index() for entry in ready.committed_entries()] == [1]
    node.advance_append(as_passed(ready))

    context = as_passed(GetEntriesContext.empty(CAN_NOT_WAIT))
    assert len(node.store().entries(1, 2, context)) == 1
    assert len(node.get_raft().get_raft_log().slice(1, 2, context)) == 1
    node.on_entries_fetched(as_passed(GetEntriesContext.empty(CAN_WAIT)))


# Order of arguments, and defaults


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
