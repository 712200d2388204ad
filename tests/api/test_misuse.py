"""Misuse that makes raft-rs panic: rraft raises a precise exception for each.

If it is detected before the call, nothing is changed and the object stays usable. If raft-rs panics, the object is
poisoned: later writes are rejected, reads are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    CAMPAIGN_ELECTION,
    CAMPAIGN_PRE_ELECTION,
    CompactedError,
    ConfChange,
    ConfChangeError,
    ConfChangeType,
    Config,
    ConfigInvalidError,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    GetEntriesContext,
    HardState,
    Inflights,
    LightReady,
    LoggerRef,
    LogTemporarilyUnavailableError,
    MemStorage,
    Message,
    MessageType,
    NotExistsError,
    Progress,
    ProgressState,
    ProgressTracker,
    ProposalDroppedError,
    Raft,
    RaftLog,
    RaftPanicError,
    RaftRef,
    RaftStorageError,
    RawNode,
    ReadOnly,
    ReadOnlyOption,
    Ready,
    ReadyRef,
    Snapshot,
    SnapshotMetadata,
    SnapshotOutOfDateError,
    SnapshotTemporarilyUnavailableError,
    StateRole,
    StepPeerNotFoundError,
    StoreError,
    UnavailableError,
    Unstable,
    vote_resp_msg_type,
)
from tests.harness import AnyStorage, ListStorage, NewStorage
from tests.harness.nodes import lead, process, removed, store
from tests.harness.util import empty_entry, log_of, new_snapshot

LARGEST = 2**64 - 1


def case(name: str, *values: object) -> Any:
    """A row of a table, as a parameter of pytest."""
    return pytest.param(*values, id=name)


def context() -> GetEntriesContext:
    return GetEntriesContext.empty(can_async=False)


def assert_poisoned(node: RaftRef, message: str) -> None:
    """Asserts that writes raise the message of the first panic, and that reads still work."""
    for write in (node.tick, node.ping, node.take_msgs, lambda: node.become_follower(9, 0)):
        with pytest.raises(RaftPanicError) as raised:
            write()
        assert str(raised.value).endswith(f"can't be used after raft panicked: {message}")
    assert node.id == 1
    assert node.soft_state().leader_id == node.leader_id
    assert node.raft_log.last_index() >= node.raft_log.committed
    assert repr(node).startswith("Raft { id: 1, ")


def assert_goes_on(node: RawNode) -> None:
    """Asserts that the node handles a `Ready`, then follows another leader and accepts its entries."""
    process(node)
    term, last = node.raft.term + 1, node.raft.raft_log.last_index()
    entry = empty_entry(term, last + 1)
    last_term = node.raft.raft_log.last_term()

    node.step(
        Message(
            msg_type=MessageType.MsgAppend, from_=2, to=1, term=term, index=last, log_term=last_term, entries=[entry]
        )
    )
    process(node)

    assert (node.raft.state, node.raft.leader_id, node.raft.term) == (StateRole.Follower, 2, term)
    assert (node.raft.raft_log.last_index(), node.raft.raft_log.persisted) == (last + 1, last + 1)
    assert node.store().last_index() == last + 1


def append_from_2(node: RawNode, *, term: int = 3) -> None:
    """Steps a `MsgAppend` with one entry from leader 2."""
    last, last_term = node.raft.raft_log.last_index(), node.raft.raft_log.last_term()
    entries = [empty_entry(term, last + 1)]
    node.step(
        Message(
            msg_type=MessageType.MsgAppend, from_=2, to=1, term=term, index=last, log_term=last_term, entries=entries
        )
    )


# --- Creating a node


@pytest.mark.parametrize("make", [RawNode, Raft])
@pytest.mark.parametrize(
    ("fields", "error", "reason"),
    [
        case("id 0", {"id": 0}, ConfigInvalidError, "invalid node id"),
        case("heartbeat 0", {"heartbeat_tick": 0}, ConfigInvalidError, "heartbeat tick must greater than 0"),
        case("election", {"election_tick": 2}, ConfigInvalidError, "election tick must be greater than heartbeat tick"),
        case("no window", {"max_inflight_msgs": 0}, ConfigInvalidError, "max inflight messages must be greater than 0"),
        case(
            "window of 128 MiB",
            {"max_inflight_msgs": 2**24 + 1},
            ValueError,
            "max_inflight_msgs: expected at most 16777216, got 16777217",
        ),
        case(
            "window of 16 GiB",
            {"max_inflight_msgs": 2**31},
            ValueError,
            "max_inflight_msgs: expected at most 16777216, got 2147483648",
        ),
        case(
            "the largest window",
            {"max_inflight_msgs": LARGEST},
            ValueError,
            f"max_inflight_msgs: expected at most 16777216, got {LARGEST}",
        ),
    ],
)
def test_invalid_config(
    make: type[RawNode] | type[Raft],
    storage: AnyStorage,
    logger: LoggerRef,
    fields: dict[str, int],
    error: type[Exception],
    reason: str,
) -> None:
    config = Config(**{"id": 1, **fields})  # type: ignore[arg-type]

    with pytest.raises(error, match=reason):
        make(config, storage, logger)
    with pytest.raises(error, match=reason):
        make.with_default_logger(config, storage)

    assert make(Config(id=1), storage, logger).store().last_index() == 0


@pytest.mark.parametrize("make", [RawNode, Raft])
@pytest.mark.parametrize(
    ("commit", "applied", "error", "message"),
    [
        case("commit past the log", 4, 0, RaftPanicError, r"hs.commit 4 is out of range \[0, 3\]"),
        case("applied past the commit", 2, 3, ConfigInvalidError, r"applied\(3\) is out of range"),
        case("applied past the log", 3, 4, ConfigInvalidError, r"applied\(4\) is out of range"),
    ],
)
def test_inconsistent_storage(
    make: type[RawNode] | type[Raft],
    storage: AnyStorage,
    logger: LoggerRef,
    commit: int,
    applied: int,
    error: type[Exception],
    message: str,
) -> None:
    storage.wl().append(log_of(1, 1, 2))
    storage.wl().set_hardstate(HardState(term=2, commit=commit))

    with pytest.raises(error, match=message):
        make(Config(id=1, applied=applied), storage, logger)

    storage.wl().set_hardstate(HardState(term=2, commit=3))
    assert make(Config(id=1, applied=3), storage, logger).store().last_index() == 3


@pytest.mark.parametrize("make", [RawNode, Raft])
@pytest.mark.parametrize(
    ("members", "error", "message"),
    [
        case("voter and learner", ConfState([1, 2], [2]), RaftPanicError, "invalid restore: voters: 1 voters: 2"),
        case("no voters", ConfState([], [1]), ConfChangeError, "removed all voters"),
        case("voter 0 alone", ConfState([0]), ConfChangeError, "removed all voters"),
    ],
)
def test_storage_with_invalid_membership(
    make: type[RawNode] | type[Raft],
    storage: AnyStorage,
    logger: LoggerRef,
    members: ConfState,
    error: type[Exception],
    message: str,
) -> None:
    storage.wl().set_conf_state(members)

    with pytest.raises(error, match=message):
        make(Config(id=1), storage, logger)

    storage.wl().set_conf_state(ConfState([1, 2]))
    assert make(Config(id=1), storage, logger).store().initial_state().conf_state == ConfState([1, 2])


# --- Windows that would exhaust memory


@pytest.mark.parametrize(
    "call",
    [
        case("Inflights", lambda size: Inflights(size)),
        case("set_cap", lambda size: Inflights(1).set_cap(size)),
        case("Progress", lambda size: Progress(1, size)),
        case("ProgressTracker", lambda size: ProgressTracker(size)),
        case("with_capacity", lambda size: ProgressTracker.with_capacity(1, 1, size)),
        case("voters", lambda size: ProgressTracker.with_capacity(size, 1, 1)),
        case("learners", lambda size: ProgressTracker.with_capacity(1, size, 1)),
    ],
)
@pytest.mark.parametrize("size", [2**24 + 1, 2**31, 2**60, LARGEST])
def test_windows_are_bounded(call: Callable[[int], object], size: int) -> None:
    with pytest.raises(ValueError, match=f"expected at most 16777216, got {size}"):
        call(size)


def test_window_of_a_member_is_bounded(leader: RawNode) -> None:
    with pytest.raises(ValueError, match="cap: expected at most 16777216, got 2147483648"):
        leader.raft.adjust_max_inflight_msgs(2, 2**31)

    assert_goes_on(leader)


def test_field_max_inflight_allocates_no_window(leader: RawNode) -> None:
    leader.raft.max_inflight = 2**40

    leader.apply_conf_change(ConfChange(change_type=ConfChangeType.AddNode, node_id=4))

    assert "cap: 256" in repr(leader.raft.prs().get(4))
    assert_goes_on(leader)


# --- Calls that are rejected and change nothing


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        case("send_append to nobody", lambda node: node.raft.send_append(9), ValueError, "to: 9 is not a member"),
        case(
            "commit group 0",
            lambda node: node.raft.assign_commit_groups([(1, 1), (2, 0)]),
            ValueError,
            "ids: expected a positive group id for 2, got 0",
        ),
        case(
            "context that can't wait",
            lambda node: node.on_entries_fetched(context()),
            ValueError,
            "context: expected one that can wait and has not been consumed",
        ),
        case(
            "unknown campaign",
            lambda node: node.raft.campaign("CampaignForever"),
            ValueError,
            "campaign_type: expected a campaign type, got 'CampaignForever'",
        ),
        case(
            "removal of all voters",
            lambda node: [
                node.apply_conf_change(ConfChange(change_type=ConfChangeType.RemoveNode, node_id=peer))
                for peer in (3, 2, 1)
            ],
            ConfChangeError,
            "removed all voters",
        ),
        case(
            "response of a non-member",
            lambda node: node.step(Message(msg_type=MessageType.MsgAppendResponse, from_=9, to=1, term=3, index=5)),
            StepPeerNotFoundError,
            "raft: cannot step as peer not found",
        ),
    ],
)
def test_call_is_rejected_and_changes_nothing(
    leader: RawNode, call: Callable[[RawNode], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        call(leader)

    assert not isinstance(raised.value, RaftPanicError)
    assert_goes_on(leader)


def test_context_can_only_be_used_once(leader: RawNode) -> None:
    waiting = GetEntriesContext.empty(can_async=True)
    leader.on_entries_fetched(waiting)

    with pytest.raises(ValueError, match="context: expected one that can wait and has not been consumed"):
        leader.on_entries_fetched(waiting)

    assert_goes_on(leader)


@pytest.mark.parametrize("name", sorted(set(map(repr, MessageType.values())) - {"MsgRequestVote", "MsgRequestPreVote"}))
def test_vote_resp_msg_type_rejects_other_types(name: str) -> None:
    with pytest.raises(ValueError, match=f"typ: expected MsgRequestVote or MsgRequestPreVote, got {name}"):
        vote_resp_msg_type(getattr(MessageType, name))


def test_read_request_without_an_entry(leader: RawNode) -> None:
    with pytest.raises(ValueError, match=r"req\.entries: expected at least 1, got 0"):
        ReadOnly(ReadOnlyOption.Safe).add_request(1, Message(), 1)
    with pytest.raises(ValueError, match=r"req\.entries: expected at least 1, got 0"):
        leader.raft.read_only.add_request(1, Message(), 1)

    assert leader.raft.pending_read_count() == 0
    assert_goes_on(leader)


def test_reduce_uncommitted_size_without_entries(leader: RawNode) -> None:
    before = leader.raft.uncommitted_size()

    leader.raft.reduce_uncommitted_size([])

    assert leader.raft.uncommitted_size() == before
    assert_goes_on(leader)


# --- Calls that make raft-rs panic


LEADER_TO_CANDIDATE = "invalid transition [leader -> candidate]"


@pytest.mark.parametrize(
    ("role", "call", "message"),
    [
        case("become_leader", "follower", RaftRef.become_leader, "invalid transition [follower -> leader]"),
        case("become_candidate", "leader", RaftRef.become_candidate, LEADER_TO_CANDIDATE),
        case(
            "become_pre_candidate",
            "leader",
            RaftRef.become_pre_candidate,
            "invalid transition [leader -> pre-candidate]",
        ),
        case("campaign", "leader", lambda raft: raft.campaign(CAMPAIGN_ELECTION), LEADER_TO_CANDIDATE),
        case(
            "campaign with a pre-vote",
            "leader",
            lambda raft: raft.campaign(CAMPAIGN_PRE_ELECTION),
            "invalid transition [leader -> pre-candidate]",
        ),
        case(
            "load_state past the log",
            "follower",
            lambda raft: raft.load_state(HardState(commit=4)),
            "hs.commit 4 is out of range [2, 3]",
        ),
        case(
            "load_state below the commit index",
            "follower",
            lambda raft: raft.load_state(HardState(commit=1)),
            "hs.commit 1 is out of range [2, 3]",
        ),
        case(
            "commit_apply past the commit index",
            "follower",
            lambda raft: raft.commit_apply(3),
            "applied(3) is out of range [prev_applied(1), min(committed(2), persisted(3))]",
        ),
        case(
            "applied_to past the commit index",
            "follower",
            lambda raft: raft.raft_log.applied_to(LARGEST),
            f"applied({LARGEST}) is out of range [prev_applied(1), min(committed(2), persisted(3))]",
        ),
        case(
            "short timeout",
            "follower",
            lambda raft: raft.set_randomized_election_timeout(19),
            "assertion failed: self.min_election_timeout <= t",
        ),
        case(
            "long timeout",
            "follower",
            lambda raft: raft.set_randomized_election_timeout(40),
            "assertion failed: self.min_election_timeout <= t",
        ),
        case(
            "log.commit_to",
            "follower",
            lambda raft: raft.raft_log.commit_to(4),
            "to_commit 4 is out of range [last_index 3]",
        ),
        case(
            "log.append with a gap",
            "follower",
            lambda raft: raft.raft_log.append([empty_entry(2, 5)]),
            "unstable.slice[4, 5] out of bound[4, 4]",
        ),
        case(
            "log.append over committed entries",
            "follower",
            lambda raft: raft.raft_log.append([empty_entry(2, 2)]),
            "after 1 is out of range [committed 2]",
        ),
        case(
            "log.maybe_append over committed entries",
            "follower",
            lambda raft: raft.raft_log.maybe_append(1, 1, 0, [empty_entry(2, 2)]),
            "entry 2 conflict with committed entry 2",
        ),
        case(
            "log.stable_entries",
            "leader",
            lambda raft: raft.raft_log.stable_entries(6, 3),
            "the last one of unstable.slice has different index 5 and term 3, expect 6 3",
        ),
        case(
            "log.stable_entries of none",
            "follower",
            lambda raft: raft.raft_log.stable_entries(3, 2),
            "unstable.slice is empty, expect its last one's index and term are 3 and 2",
        ),
        case(
            "log.stable_snap of none",
            "follower",
            lambda raft: raft.raft_log.stable_snap(3),
            "unstable.snap is none, expect a snapshot with index 3",
        ),
        case(
            "log.restore",
            "follower",
            lambda raft: raft.raft_log.restore(new_snapshot(1, 1)),
            "1 < 2",
        ),
        case(
            "on_persist_snap past the commit index",
            "follower",
            lambda raft: raft.on_persist_snap(4),
            "snapshot's index 4 > committed 2",
        ),
    ],
)
def test_call_that_makes_raft_panic(
    follower: RawNode, role: str, call: Callable[[RaftRef], object], message: str
) -> None:
    node = lead(follower) if role == "leader" else follower
    hard_state = node.raft.hard_state()

    with pytest.raises(RaftPanicError) as raised:
        call(node.raft)

    assert message in str(raised.value)
    assert_poisoned(node.raft, str(raised.value))
    with pytest.raises(RaftPanicError, match=re.escape(str(raised.value))):
        node.ready()
    assert node.raft.hard_state() == hard_state
    node.store().wl().append([empty_entry(9, 4)])
    assert node.store().last_index() == 4


def test_advance_apply_to_past_the_commit_index(follower: RawNode) -> None:
    with pytest.raises(RaftPanicError, match=r"applied\(3\) is out of range") as raised:
        follower.advance_apply_to(3)

    assert_poisoned(follower.raft, str(raised.value))


def test_applied_never_falls(follower: RawNode) -> None:
    follower.raft.commit_apply(2)
    follower.raft.commit_apply(0)  # raft-rs ignores it
    assert follower.raft.raft_log.applied() == 2

    with pytest.raises(RaftPanicError, match=r"applied\(1\) is out of range \[prev_applied\(2\)") as raised:
        follower.raft.commit_apply(1)

    assert_poisoned(follower.raft, str(raised.value))


def test_leader_that_is_not_a_voter(storage: AnyStorage, logger: LoggerRef) -> None:
    storage.initialize_with_conf_state(ConfState([2, 3]))
    raft = Raft(Config(id=1), storage, logger)
    raft.become_candidate()

    with pytest.raises(RaftPanicError, match=r"called `Option::unwrap\(\)` on a `None` value") as raised:
        raft.become_leader()

    assert_poisoned(raft, str(raised.value))


def test_leader_with_an_unpersisted_log(follower: RawNode) -> None:
    append_from_2(follower)
    follower.raft.become_candidate()

    with pytest.raises(RaftPanicError, match="assertion `left == right` failed") as raised:
        follower.raft.become_leader()

    assert_poisoned(follower.raft, str(raised.value))


def test_commit_without_voters(storage: AnyStorage, logger: LoggerRef) -> None:
    raft = Raft(Config(id=1), storage, logger)

    with pytest.raises(RaftPanicError, match=f"to_commit {LARGEST} is out of range") as raised:
        raft.maybe_commit()

    assert_poisoned(raft, str(raised.value))


def test_leader_with_an_unpersisted_ready(storage: AnyStorage, logger: LoggerRef) -> None:
    storage.initialize_with_conf_state(ConfState([1]))
    node = RawNode(Config(id=1), storage, logger)
    append_from_2(node)
    ready = node.ready()
    store(node, ready)
    node.advance_append_async(ready)
    node.raft.on_persist_entries(1, 3)  # behind the node's back
    node.campaign()

    ready = node.ready()

    assert [entry.index for entry in ready.entries()] == [2]


# --- `Ready`

GIVE_BACK: list[Callable[[RawNode, ReadyRef], LightReady | None]] = [
    RawNode.advance,
    RawNode.advance_append,
    RawNode.advance_append_async,
]


@pytest.fixture(params=GIVE_BACK, ids=lambda method: method.__name__)
def give_back(request: pytest.FixtureRequest) -> Callable[[RawNode, ReadyRef], LightReady | None]:
    """The methods to which a `Ready` is passed back."""
    method: Callable[[RawNode, ReadyRef], LightReady | None] = request.param
    return method


GiveBack = Callable[[RawNode, ReadyRef], "LightReady | None"]


def reject(node: RawNode, give_back: GiveBack, ready: ReadyRef, reason: str) -> None:
    """Asserts that the node rejects the `Ready`, that neither changes, and that a new `Ready` is accepted."""
    number, text = ready.number(), repr(ready)
    hard_state, messages = node.raft.hard_state(), [message.clone() for message in node.raft.msgs]
    for rd in (ready, ready.make_ref()):
        with pytest.raises(ValueError, match=reason):
            give_back(node, rd)

    assert (ready.number(), repr(ready)) == (number, text)
    assert (node.raft.hard_state(), node.raft.msgs) == (hard_state, messages)
    fresh = node.ready()
    store(node, fresh)
    give_back(node, fresh)
    node.on_persist_ready(LARGEST)
    with pytest.raises(DestroyedRefUsedError, match="the Ready has been consumed"):
        fresh.number()
    assert ready.number() == number
    assert_goes_on(node)


def test_default_ready(leader: RawNode, give_back: GiveBack) -> None:
    reject(leader, give_back, Ready.default(), "rd: expected a Ready of this node")


def test_ready_of_another_node(
    leader: RawNode, give_back: GiveBack, new_storage: NewStorage, logger: LoggerRef
) -> None:
    storage = new_storage()
    storage.initialize_with_conf_state(ConfState([1, 2]))
    other = RawNode(Config(id=1), storage, logger)
    other.campaign()
    ready = other.ready()
    leader.ready()

    reject(leader, give_back, ready, "rd: expected a Ready of this node")

    store(other, ready)
    give_back(other, ready)
    assert other.raft.state == StateRole.Candidate


def test_ready_from_before_a_restart(leader: RawNode, give_back: GiveBack, logger: LoggerRef) -> None:
    ready = leader.ready()
    successor = RawNode(Config(id=1, applied=1), leader.store(), logger)
    successor.ready()

    reject(successor, give_back, ready, "rd: expected a Ready of this node")


def test_ready_that_is_not_the_newest(leader: RawNode, give_back: GiveBack) -> None:
    older = leader.ready()
    leader.ready()

    reject(leader, give_back, older, "rd: its number is 2, but that of the newest Ready is 3")


def test_ready_passed_back_twice(leader: RawNode, give_back: GiveBack) -> None:
    ready = leader.ready()
    view = ready.make_ref()
    store(leader, ready)
    give_back(leader, ready)
    last = leader.raft.raft_log.last_index()

    for rd in (ready, view):
        with pytest.raises(DestroyedRefUsedError, match="the Ready has been consumed"):
            give_back(leader, rd)
        with pytest.raises(DestroyedRefUsedError, match="the Ready has been consumed"):
            rd.number()

    assert leader.raft.raft_log.last_index() == last
    leader.on_persist_ready(2)
    assert_goes_on(leader)


def test_ready_through_a_view(leader: RawNode, give_back: GiveBack) -> None:
    ready = leader.ready()
    view, node_view = ready.make_ref(), leader.make_ref()
    store(leader, view)

    give_back(node_view, view)  # type: ignore[arg-type]

    with pytest.raises(DestroyedRefUsedError, match="the Ready has been consumed"):
        ready.number()
    leader.on_persist_ready(2)
    assert leader.raft.raft_log.persisted == 5
    assert_goes_on(leader)


def test_proposal_after_ready(leader: RawNode, give_back: GiveBack) -> None:
    ready = leader.ready()
    leader.propose(b"", b"data")

    reject(
        leader,
        give_back,
        ready,
        r"rd: its last entry has index and term Some\(\(5, 3\)\), but that of the log now has Some\(\(6, 3\)\)",
    )


def test_entries_from_a_leader_after_ready(follower: RawNode, give_back: GiveBack) -> None:
    append_from_2(follower)
    ready = follower.ready()
    append_from_2(follower)

    reject(
        follower,
        give_back,
        ready,
        r"rd: its last entry has index and term Some\(\(4, 3\)\), but that of the log now has Some\(\(5, 3\)\)",
    )


def test_conflicting_entries_after_ready(follower: RawNode, give_back: GiveBack) -> None:
    append_from_2(follower)
    ready = follower.ready()
    follower.step(
        Message(msg_type=MessageType.MsgAppend, from_=3, to=1, term=4, index=3, log_term=2, entries=[empty_entry(4, 4)])
    )

    reject(
        follower,
        give_back,
        ready,
        r"rd: its last entry has index and term Some\(\(4, 3\)\), but that of the log now has Some\(\(4, 4\)\)",
    )


def snapshot_message(index: int, *, term: int = 3) -> Message:
    snapshot = Snapshot(metadata=SnapshotMetadata(conf_state=ConfState([1, 2, 3]), index=index, term=term))
    return Message(msg_type=MessageType.MsgSnapshot, from_=2, to=1, term=term, snapshot=snapshot)


def test_snapshot_replacing_the_entries_after_ready(follower: RawNode, give_back: GiveBack) -> None:
    append_from_2(follower)
    ready = follower.ready()
    follower.step(snapshot_message(9))

    reject(
        follower,
        give_back,
        ready,
        r"rd: its last entry has index and term Some\(\(4, 3\)\), but that of the log now has None",
    )


def test_newer_snapshot_after_ready(follower: RawNode, give_back: GiveBack) -> None:
    follower.step(snapshot_message(9))
    ready = follower.ready()
    follower.step(snapshot_message(12))

    reject(follower, give_back, ready, "rd: its snapshot has index 9, but that of the log now has 12")


def test_entries_stabilized_after_ready(follower: RawNode, give_back: GiveBack) -> None:
    append_from_2(follower)
    ready = follower.ready()
    store(follower, ready)
    follower.raft.raft_log.stable_entries(4, 3)

    reject(
        follower,
        give_back,
        ready,
        r"rd: its last entry has index and term Some\(\(4, 3\)\), but that of the log now has None",
    )


@pytest.mark.parametrize("advance", [RawNode.advance, RawNode.advance_append])
@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        case(
            "campaign",
            RawNode.campaign,
            "rd: it has term 2 and vote 0, but the node now has term 3 and vote 1",
        ),
        case(
            "vote",
            lambda node: node.step(
                Message(msg_type=MessageType.MsgRequestVote, from_=3, to=1, term=2, index=3, log_term=2)
            ),
            "rd: it has term 2 and vote 0, but the node now has term 2 and vote 3",
        ),
        case(
            "next term",
            lambda node: node.step(Message(msg_type=MessageType.MsgHeartbeat, from_=3, to=1, term=5)),
            "rd: it has term 2 and vote 0, but the node now has term 5 and vote 0",
        ),
        case(
            "heartbeat",
            lambda node: node.step(Message(msg_type=MessageType.MsgHeartbeat, from_=3, to=1, term=2)),
            "rd: the node has 1 unsent messages from a later call",
        ),
        case(
            "forwarded proposal",
            lambda node: (node.raft.set_leader_id(2), node.propose(b"", b"data")),
            "rd: the node has 1 unsent messages from a later call",
        ),
    ],
)
def test_other_calls_after_ready(
    follower: RawNode,
    advance: GiveBack,
    meanwhile: Callable[[RawNode], object],
    reason: str,
) -> None:
    ready = follower.ready()
    meanwhile(follower)

    reject(follower, advance, ready, reason)


def test_advance_append_async_accepts_a_changed_hard_state_and_new_messages(follower: RawNode) -> None:
    """`advance_append_async` creates no messages, so it only requires an unchanged log."""
    ready = follower.ready()
    follower.step(Message(msg_type=MessageType.MsgHeartbeat, from_=3, to=1, term=5))

    follower.advance_append_async(ready)

    follower.on_persist_ready(1)
    assert_goes_on(follower)


def test_ready_can_be_passed_back_after_its_lists_were_taken(leader: RawNode, give_back: GiveBack) -> None:
    ready = leader.ready()
    leader.store().wl().append(ready.take_entries())
    ready.take_messages()

    give_back(leader, ready)

    leader.on_persist_ready(2)
    assert_goes_on(leader)


def test_rejected_ready_can_be_passed_to_its_own_node(
    leader: RawNode, new_storage: NewStorage, logger: LoggerRef
) -> None:
    """The wrong node does not consume it."""
    ready = leader.ready()
    other = RawNode(Config(id=1), new_storage(), logger)
    with pytest.raises(ValueError, match="rd: expected a Ready of this node"):
        other.advance(ready)

    store(leader, ready)
    leader.advance(ready)

    assert leader.raft.raft_log.persisted == 5
    assert_goes_on(leader)


def test_unknown_ready_numbers_are_ignored(follower: RawNode) -> None:
    append_from_2(follower)
    ready = follower.ready()
    store(follower, ready)
    follower.advance_append_async(ready)

    follower.on_persist_ready(0)
    assert follower.raft.raft_log.persisted == 3
    follower.on_persist_ready(LARGEST)
    assert follower.raft.raft_log.persisted == 4
    follower.on_persist_ready(1)

    assert_goes_on(follower)


# --- A leader that has applied its own removal


@pytest.mark.parametrize(
    "call",
    [
        case(
            "step of an acknowledgement",
            lambda node, _: node.step(Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=3, index=4)),
        ),
        case(
            "step of the state machine",
            lambda node, _: node.raft.step(
                Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=3, index=4)
            ),
        ),
        case("advance", lambda node, ready: node.advance(ready)),
        case("advance_append", lambda node, ready: node.advance_append(ready)),
        case("on_persist_ready", lambda node, _: node.on_persist_ready(2)),
        case("on_persist_entries", lambda node, _: node.raft.on_persist_entries(5, 3)),
        case("maybe_commit", lambda node, _: node.raft.maybe_commit()),
    ],
)
def test_removed_leader(leader: RawNode, call: Callable[[RawNode, ReadyRef], object]) -> None:
    ready = leader.ready()
    store(leader, ready)
    removed(leader)
    before = (leader.raft.hard_state(), leader.raft.raft_log.persisted)

    with pytest.raises(NotExistsError) as raised:
        call(leader, ready)

    assert (raised.value.id, raised.value.set) == (1, "progress")
    assert str(raised.value) == "The node 1 is not in the progress set."
    assert ready.number() == 2
    assert (leader.raft.hard_state(), leader.raft.raft_log.persisted) == before
    leader.raft.become_follower(leader.raft.term, 0)
    leader.advance(ready)
    assert leader.raft.raft_log.persisted == 5
    assert_goes_on(leader)


def test_calls_allowed_on_a_removed_leader(leader: RawNode) -> None:
    process(leader)
    removed(leader)

    with pytest.raises(ProposalDroppedError, match="raft: proposal dropped"):
        leader.propose(b"", b"data")
    leader.step(Message(msg_type=MessageType.MsgHeartbeatResponse, from_=2, to=1, term=3))
    leader.read_index(b"context")
    leader.transfer_leader(2)
    leader.ping()
    for _ in range(50):
        leader.tick()
    process(leader)

    assert leader.raft.state == StateRole.Leader
    assert_goes_on(leader)


def test_removal_of_a_leader_with_async_persistence(leader: RawNode) -> None:
    ready = leader.ready()
    store(leader, ready)
    removed(leader)

    leader.advance_append_async(ready)  # not persisted yet

    with pytest.raises(NotExistsError, match=r"The node 1 is not in the progress set\."):
        leader.on_persist_ready(2)
    leader.raft.become_follower(leader.raft.term, 0)
    leader.on_persist_ready(2)
    assert leader.raft.raft_log.persisted == 5
    assert_goes_on(leader)


# --- Storages that fail


class FailingStorage(ListStorage):
    """A storage whose methods fail on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: dict[str, Exception] = {}

    def _fail(self, method: str) -> None:
        if method in self.failures:
            raise self.failures[method]

    def first_index(self) -> int:
        self._fail("first_index")
        return super().first_index()

    def last_index(self) -> int:
        self._fail("last_index")
        return super().last_index()

    def term(self, idx: int) -> int:
        self._fail("term")
        return super().term(idx)

    def entries(self, low: int, high: int, context: Any, max_size: int | None = None) -> list[Entry]:
        self._fail("entries")
        return super().entries(low, high, context, max_size)

    def snapshot(self, request_index: int, _to: int) -> Snapshot:
        self._fail("snapshot")
        return super().snapshot(request_index, _to)


@pytest.fixture
def failing() -> FailingStorage:
    storage = FailingStorage()
    storage.initialize_with_conf_state(ConfState([1, 2, 3]))
    storage.append(log_of(1, 1, 2))
    storage.set_hardstate(HardState(term=2, commit=2))
    return storage


ENTRY_4 = Message(
    msg_type=MessageType.MsgAppend, from_=2, to=1, term=3, index=3, log_term=2, entries=[empty_entry(3, 4)]
)
ASK_FOR_SNAPSHOT = Message(
    msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=3, reject=True, request_snapshot=1
)


@pytest.mark.parametrize(
    ("method", "error", "role", "call"),
    [
        case("first_index", "first_index", OSError("disk"), "follower", RawNode.campaign),
        case("last_index", "last_index", OSError("disk"), "follower", RawNode.campaign),
        case("first_index, compacted", "first_index", CompactedError(), "follower", RawNode.campaign),
        case("last_index, unavailable", "last_index", UnavailableError(), "follower", RawNode.campaign),
        case("term", "term", OSError("disk"), "follower", lambda node: node.step(ENTRY_4)),
        case("term, later", "term", LogTemporarilyUnavailableError(), "follower", lambda node: node.step(ENTRY_4)),
        case("term, snapshot", "term", SnapshotOutOfDateError(), "follower", lambda node: node.step(ENTRY_4)),
        case("entries", "entries", OSError("disk"), "follower", RawNode.ready),
        case("entries, unavailable", "entries", UnavailableError(), "follower", RawNode.ready),
        case("entries, later, for a Ready", "entries", LogTemporarilyUnavailableError(), "follower", RawNode.ready),
        case(
            "entries, later, for a campaign", "entries", LogTemporarilyUnavailableError(), "follower", RawNode.campaign
        ),
        case("snapshot", "snapshot", OSError("disk"), "leader", lambda node: node.step(ASK_FOR_SNAPSHOT)),
        case("snapshot, compacted", "snapshot", CompactedError(), "leader", lambda node: node.step(ASK_FOR_SNAPSHOT)),
        case("snapshot, old", "snapshot", SnapshotOutOfDateError(), "leader", lambda node: node.step(ASK_FOR_SNAPSHOT)),
    ],
)
def test_storage_error_that_raft_does_not_handle(
    failing: FailingStorage,
    logger: LoggerRef,
    method: str,
    error: Exception,
    role: str,
    call: Callable[[RawNode], object],
) -> None:
    """The exception is raised unchanged. A new node can be created with the storage."""
    node = RawNode(Config(id=1, applied=1), failing, logger)
    if role == "leader":
        lead(node)
    failing.failures[method] = error

    with pytest.raises(type(error)) as raised:
        call(node)

    assert raised.value is error
    failing.failures.clear()
    assert_poisoned(node.raft, f"{type(error).__name__}: {error}")
    assert_goes_on(RawNode(Config(id=1, applied=1), failing, logger))


@pytest.mark.parametrize("method", ["first_index", "last_index"])
@pytest.mark.parametrize("make", [RawNode, Raft, RaftLog])
def test_storage_that_fails_when_a_node_is_created(
    failing: FailingStorage, logger: LoggerRef, make: Callable[..., object], method: str
) -> None:
    failing.failures[method] = error = OSError("disk")
    arguments = (failing, logger) if make is RaftLog else (Config(id=1), failing, logger)

    with pytest.raises(OSError, match="disk") as raised:
        make(*arguments)

    assert raised.value is error
    failing.failures.clear()
    assert make(*arguments)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        case(
            "campaign",
            CompactedError(),
            RawNode.campaign,
            "unexpected error getting unapplied entries [2, 3): Store(Compacted)",
        ),
        case("ready", CompactedError(), RawNode.ready, "log compacted"),
    ],
)
def test_entries_compacted_before_they_are_applied(
    failing: FailingStorage, logger: LoggerRef, error: Exception, call: Callable[[RawNode], object], message: str
) -> None:
    node = RawNode(Config(id=1, applied=1), failing, logger)
    failing.failures["entries"] = error

    with pytest.raises(RaftPanicError) as raised:
        call(node)

    assert message in str(raised.value)
    assert_poisoned(node.raft, str(raised.value))
    failing.failures.clear()
    assert_goes_on(RawNode(Config(id=1, applied=1), failing, logger))


def test_temporarily_unavailable_snapshot_is_requested_again(failing: FailingStorage, logger: LoggerRef) -> None:
    node = lead(RawNode(Config(id=1, applied=1), failing, logger))
    node.raft.take_msgs()
    failing.failures["snapshot"] = SnapshotTemporarilyUnavailableError()

    node.step(ASK_FOR_SNAPSHOT)
    assert node.raft.msgs == []

    failing.failures.clear()
    node.raft.send_append(2)
    assert [(message.msg_type, message.to) for message in node.raft.msgs] == [(MessageType.MsgSnapshot, 2)]
    assert_goes_on(node)


def test_temporarily_unavailable_entries_are_awaited(failing: FailingStorage, logger: LoggerRef) -> None:
    node = lead(RawNode(Config(id=1, applied=1), failing, logger))
    process(node)
    failing.failures["entries"] = LogTemporarilyUnavailableError()

    node.step(
        Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=3, index=3, reject=True, reject_hint=1)
    )
    assert node.raft.msgs == []

    failing.failures.clear()
    node.raft.send_append(2)
    assert [(message.to, message.index) for message in node.raft.msgs] == [(2, 1)]
    assert_goes_on(node)


def test_empty_snapshot(failing: FailingStorage, logger: LoggerRef) -> None:
    node = lead(RawNode(Config(id=1, applied=1), failing, logger))
    failing.snapshot = lambda *_: Snapshot()  # type: ignore[method-assign]

    with pytest.raises(RaftPanicError, match="need non-empty snapshot") as raised:
        node.step(ASK_FOR_SNAPSHOT)

    assert_poisoned(node.raft, str(raised.value))
    assert_goes_on(RawNode(Config(id=1, applied=1), failing, logger))


def test_storage_that_returns_fewer_entries_than_requested(failing: FailingStorage, logger: LoggerRef) -> None:
    """Raft assumes a size limit, and requests the other entries later."""
    failing.set_hardstate(HardState(term=2, commit=3))
    node = RawNode(Config(id=1), failing, logger)
    failing.entries = lambda low, *_: log_of(1, 1, 2)[low - 1 : low]  # type: ignore[method-assign]

    given = []
    while node.has_ready():
        ready = node.ready()
        given += [[entry.index for entry in ready.committed_entries()]]
        light = node.advance(ready)
        given += [[entry.index for entry in light.committed_entries()]]
        node.advance_apply()

    assert [indices for indices in given if indices] == [[1], [2], [3]]
    assert node.raft.raft_log.applied() == 3


# --- `MemStorage`, and the equivalent storage in Python


def stored(storage: AnyStorage) -> AnyStorage:
    """Fills a storage with a snapshot at index 2 and the entries 3 to 5."""
    storage.wl().apply_snapshot(new_snapshot(2, 1, [1, 2]))
    storage.wl().append([empty_entry(2, 3), empty_entry(2, 4), empty_entry(3, 5)])
    return storage


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        case(
            "append, compacted",
            lambda storage: storage.wl().append([empty_entry(9, 2)]),
            CompactedError,
            "overwrite compacted raft logs, compacted: 2, append: 2",
        ),
        case(
            "append of index 0",
            lambda storage: storage.wl().append([empty_entry(9, 0)]),
            CompactedError,
            "overwrite compacted raft logs, compacted: 2, append: 0",
        ),
        case(
            "append with a gap",
            lambda storage: storage.wl().append([empty_entry(9, 7)]),
            UnavailableError,
            "raft logs should be continuous, last index: 5, new appended: 7",
        ),
        case(
            "append of the highest index",
            lambda storage: storage.wl().append([empty_entry(9, LARGEST)]),
            UnavailableError,
            f"raft logs should be continuous, last index: 5, new appended: {LARGEST}",
        ),
        case(
            "commit_to past the log",
            lambda storage: storage.wl().commit_to(6),
            UnavailableError,
            "commit_to 6 but the entry does not exist",
        ),
        case(
            "commit_to before the log",
            lambda storage: storage.wl().commit_to(2),
            UnavailableError,
            "commit_to 2 but the entry does not exist",
        ),
        case(
            "commit_to_and_set_conf_states",
            lambda storage: storage.wl().commit_to_and_set_conf_states(LARGEST, ConfState([9])),
            UnavailableError,
            f"commit_to {LARGEST} but the entry does not exist",
        ),
        case(
            "compact past the log",
            lambda storage: storage.wl().compact(7),
            UnavailableError,
            "compact not received raft logs: 7, last index: 5",
        ),
        case(
            "apply_snapshot, old",
            lambda storage: storage.wl().apply_snapshot(new_snapshot(1, 1, [9])),
            SnapshotOutOfDateError,
            "snapshot out of date",
        ),
        case("entries, compacted", lambda storage: storage.entries(2, 4, context()), CompactedError, "log compacted"),
        case(
            "entries past the log",
            lambda storage: storage.entries(3, 7, context()),
            UnavailableError,
            "log unavailable",
        ),
        case(
            "entries from past the log",
            lambda storage: storage.entries(LARGEST, LARGEST, context()),
            UnavailableError,
            "log unavailable",
        ),
        case(
            "entries to the highest index",
            lambda storage: storage.entries(3, LARGEST, context()),
            UnavailableError,
            "log unavailable",
        ),
        case("term, compacted", lambda storage: storage.term(1), CompactedError, "log compacted"),
        case("term past the log", lambda storage: storage.term(LARGEST), UnavailableError, "log unavailable"),
    ],
)
def test_storage_rejects(
    storage: AnyStorage, call: Callable[[AnyStorage], object], kind: type[RaftStorageError], message: str
) -> None:
    stored(storage)
    state = storage.initial_state()
    before = (state.hard_state.clone(), state.conf_state.clone())

    with pytest.raises(StoreError) as raised:
        call(storage)

    assert type(raised.value.error) is kind
    assert str(raised.value) == message
    assert (storage.initial_state().hard_state, storage.initial_state().conf_state) == before
    assert [storage.term(index) for index in (2, 3, 4, 5)] == [1, 2, 2, 3]
    storage.wl().append([empty_entry(4, 6)])
    storage.wl().commit_to(6)
    assert (storage.first_index(), storage.last_index(), storage.snapshot(0, 1).metadata.index) == (3, 6, 6)


@pytest.mark.parametrize(
    ("commit", "kind"),
    [case("before the snapshot", 1, CompactedError), case("past the log", 6, UnavailableError)],
)
def test_snapshot_at_a_missing_entry(storage: AnyStorage, commit: int, kind: type[RaftStorageError]) -> None:
    stored(storage).wl().mut_hard_state().commit = commit

    with pytest.raises(StoreError) as raised:
        storage.snapshot(0, 1)

    assert type(raised.value.error) is kind
    storage.wl().mut_hard_state().commit = 5
    assert storage.snapshot(0, 1).metadata.index == 5


def test_membership_can_only_be_initialized_once(storage: AnyStorage) -> None:
    storage.initialize_with_conf_state(ConfState([1]))

    with pytest.raises(ValueError, match="the storage is already initialized"):
        storage.initialize_with_conf_state(ConfState([2]))

    assert storage.initial_state().conf_state == ConfState([1])
    storage.wl().append(log_of(1))
    assert storage.last_index() == 1


def test_entries_of_a_reversed_range(storage: AnyStorage) -> None:
    stored(storage)

    with pytest.raises(ValueError, match="low: 4 is greater than high, 3"):
        storage.entries(4, 3, context())

    assert len(storage.entries(3, 6, context())) == 3


def test_empty_storage_has_no_entries(storage: AnyStorage) -> None:
    assert storage.entries(1, 1, context()) == []
    with pytest.raises(StoreError, match="log unavailable"):
        storage.entries(1, 2, context())
    assert storage.last_index() == 0


def test_clone_of_a_poisoned_value_is_usable() -> None:
    storage = MemStorage()
    clone = storage.clone()

    with pytest.raises(StoreError, match="raft logs should be continuous, last index: 0, new appended: 9"):
        storage.wl().append([empty_entry(1, 9)])

    clone.wl().append(log_of(1, 1))
    assert storage.last_index() == clone.last_index() == 2


# --- The log and its parts


@pytest.fixture
def log(storage: AnyStorage, logger: LoggerRef) -> RaftLog:
    """A log with the stable entries 1 to 3 and the unstable entry 4, committed up to 2."""
    storage.wl().append(log_of(1, 1, 2))
    log = RaftLog(storage, logger)
    log.append([empty_entry(2, 4)])
    log.commit_to(2)
    return log


@pytest.mark.parametrize(
    ("call", "message"),
    [
        case("commit_to", lambda log: log.commit_to(5), "to_commit 5 is out of range [last_index 4]"),
        case("applied_to", lambda log: log.applied_to(3), "applied(3) is out of range"),
        case(
            "append with a gap", lambda log: log.append([empty_entry(2, 6)]), "unstable.slice[4, 6] out of bound[4, 5]"
        ),
        case(
            "append over committed entries",
            lambda log: log.append([empty_entry(2, 1)]),
            "after 0 is out of range [committed 2]",
        ),
        case(
            "maybe_append over committed entries",
            lambda log: log.maybe_append(0, 0, 0, [empty_entry(2, 1)]),
            "entry 1 conflict with committed entry 2",
        ),
        case(
            "stable_entries",
            lambda log: log.stable_entries(4, 1),
            "the last one of unstable.slice has different index 4 and term 2, expect 4 1",
        ),
        case("stable_snap", lambda log: log.stable_snap(2), "unstable.snap is none, expect a snapshot with index 2"),
        case("restore", lambda log: log.restore(new_snapshot(1, 1)), "1 < 2"),
        case("maybe_persist_snap", lambda log: log.maybe_persist_snap(5), "snapshot's index 5 > committed 2"),
        case(
            "unstable.truncate_and_append",
            lambda log: log.unstable().truncate_and_append([]),
            "index out of bounds: the len is 0 but the index is 0",
        ),
    ],
)
def test_log_is_poisoned_by_a_panic(log: RaftLog, call: Callable[[RaftLog], object], message: str) -> None:
    with pytest.raises(RaftPanicError) as raised:
        call(log)

    assert message in str(raised.value)
    for write in (lambda: log.append([]), lambda: log.commit_to(0), lambda: log.unstable().stable_entries(4, 2)):
        with pytest.raises(RaftPanicError) as again:
            write()
        assert str(again.value) == f"the RaftLog can't be used after raft panicked: {raised.value}"
    assert (log.first_index(), log.last_index(), log.committed) == (1, 4, 2)
    assert [entry.term for entry in log.all_entries()] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        case("slice in the wrong order", lambda log: log.slice(3, 2, context()), "invalid slice 3 > 2"),
        case("slice past the log", lambda log: log.slice(1, 6, context()), "slice[1,6] out of bound[1,4]"),
        case(
            "unstable.slice in the wrong order",
            lambda log: log.unstable().slice(5, 4),
            "invalid unstable.slice 5 > 4",
        ),
        case(
            "unstable.slice of stored",
            lambda log: log.unstable().slice(3, 5),
            "unstable.slice[3, 5] out of bound[4, 5]",
        ),
        case(
            "unstable.slice past it", lambda log: log.unstable().slice(4, 6), "unstable.slice[4, 6] out of bound[4, 5]"
        ),
        case(
            "must_check_outofbounds",
            lambda log: log.unstable().must_check_outofbounds(4, 6),
            "unstable.slice[4, 6] out of bound[4, 5]",
        ),
    ],
)
def test_log_is_not_poisoned_by_a_panic_in_a_read(
    log: RaftLog, call: Callable[[RaftLog], object], message: str
) -> None:
    with pytest.raises(RaftPanicError) as raised:
        call(log)

    assert message in str(raised.value)
    assert log.append([empty_entry(2, 5)]) == 5
    assert [entry.index for entry in log.slice(1, 6, context())] == [1, 2, 3, 4, 5]


def test_slice_of_compacted_entries(log: RaftLog) -> None:
    log.store().wl().compact(3)

    with pytest.raises(StoreError, match="log compacted"):
        log.slice(1, 3, context())

    assert [entry.index for entry in log.slice(3, 5, context())] == [3, 4]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        case("no entries", lambda unstable: unstable.truncate_and_append([]), "index out of bounds"),
        case(
            "gap",
            lambda unstable: unstable.truncate_and_append([empty_entry(1, 7)]),
            "unstable.slice[5, 7] out of bound[5, 6]",
        ),
        case("other entry", lambda unstable: unstable.stable_entries(6, 1), "different index 5 and term 1, expect 6 1"),
        case(
            "no snapshot",
            lambda unstable: unstable.stable_snap(5),
            "unstable.snap is none, expect a snapshot with index 5",
        ),
    ],
)
def test_unstable_log_is_poisoned_by_a_panic(
    logger: LoggerRef, call: Callable[[Unstable], object], message: str
) -> None:
    unstable = Unstable(5, logger)
    unstable.truncate_and_append([empty_entry(1, 5)])

    with pytest.raises(RaftPanicError) as raised:
        call(unstable)

    assert message in str(raised.value)
    with pytest.raises(RaftPanicError, match="the Unstable can't be used after raft panicked"):
        unstable.truncate_and_append([empty_entry(1, 6)])
    assert (unstable.offset, unstable.entries) == (5, [empty_entry(1, 5)])


@pytest.mark.parametrize("capacity", [0, 1, 3])
def test_full_window(capacity: int) -> None:
    inflights = Inflights(capacity)
    for index in range(capacity):
        inflights.add(index)

    with pytest.raises(ValueError, match="the window is full"):
        inflights.add(capacity)

    assert inflights.count() == capacity
    inflights.free_to(LARGEST)
    assert inflights.count() == 0
    inflights.set_cap(capacity + 1)
    inflights.add(capacity)
    assert inflights.count() == 1


def replicating() -> Progress:
    progress = Progress(5, 1)
    progress.become_replicate()
    progress.update_state(5)
    return progress


def snapshotting() -> Progress:
    progress = Progress(5, 1)
    progress.become_snapshot(9)
    return progress


@pytest.mark.parametrize(
    ("make", "call", "message"),
    [
        case("full window", replicating, lambda progress: progress.update_state(6), "cannot add into a full inflights"),
        case("snapshot", snapshotting, lambda progress: progress.update_state(6), "in unhandled state Snapshot"),
        case(
            "maybe_update", replicating, lambda progress: progress.maybe_update(LARGEST), "attempt to add with overflow"
        ),
        case(
            "maybe_decr_to",
            lambda: Progress(5, 1),
            lambda progress: progress.maybe_decr_to(4, LARGEST, 0),
            "attempt to add with overflow",
        ),
    ],
)
def test_progress_is_poisoned_by_a_panic(
    make: Callable[[], Progress], call: Callable[[Progress], object], message: str
) -> None:
    progress = make()
    state = progress.state

    with pytest.raises(RaftPanicError) as raised:
        call(progress)

    assert message in str(raised.value)
    with pytest.raises(RaftPanicError, match="the Progress can't be used after raft panicked"):
        progress.resume()
    assert progress.state == state
    assert state in ProgressState.values()
