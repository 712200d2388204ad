"""Misuse of nodes that makes raft-rs panic: rraft raises a precise exception for each.

If it is detected before the call, nothing is changed and the object stays usable. If raft-rs panics, the object is
poisoned: later writes are rejected, reads are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from rraft import (
    CAMPAIGN_ELECTION,
    CAMPAIGN_PRE_ELECTION,
    ConfChange,
    ConfChangeError,
    ConfChangeType,
    Config,
    ConfigInvalidError,
    ConfState,
    GetEntriesContext,
    HardState,
    Inflights,
    LoggerRef,
    Message,
    MessageType,
    Progress,
    ProgressTracker,
    Raft,
    RaftPanicError,
    RaftRef,
    RawNode,
    ReadOnly,
    ReadOnlyOption,
    StepPeerNotFoundError,
    vote_resp_msg_type,
)
from tests.harness import AnyStorage
from tests.harness.misuse import LARGEST, append_from_2, assert_goes_on, assert_poisoned, case, context
from tests.harness.nodes import lead, store
from tests.harness.util import empty_entry, log_of, new_snapshot

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
