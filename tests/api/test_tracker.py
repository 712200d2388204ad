"""`ProgressTracker` and `Configuration`: raft-rs's module `tracker` has no tests."""

import copy
import operator
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rraft import (
    Changer,
    ConfChangeError,
    Configuration,
    ConfState,
    DestroyedRefUsedError,
    JointConfig,
    MajorityConfig,
    MapChangeType,
    ProgressState,
    ProgressTracker,
    VoteResult,
    conf_state_eq,
    parse_conf_change,
    restore,
)
from tests.harness.reasons import NO_NUMBER, NO_NUMBERS, NOT_ITERABLE, OUT_OF_RANGE
from tests.harness.util import conf_state, conf_state_v2

U64_MAX = 2**64 - 1

ADD, REMOVE = MapChangeType.Add, MapChangeType.Remove

JOINT = conf_state_v2([1, 2, 3], [5], [1, 2, 4], [4], auto_leave=True)


def new_tracker(state: ConfState) -> ProgressTracker:
    """A tracker with the members of `state`."""
    tracker = ProgressTracker(10)
    restore(tracker, 5, state)
    return tracker


def name(value: object) -> str:
    """The id of a parameter: the name of a class or a method, or the text of a value."""
    return getattr(value, "__name__", str(value))


def test_configuration() -> None:
    configuration = Configuration([2, 1, 2], learners=(4, 3))

    assert configuration.voters() == JointConfig([1, 2])
    assert configuration.learners() == {3, 4}
    assert configuration.learners_next() == set()
    assert not configuration.auto_leave()
    assert configuration.to_conf_state() == conf_state([1, 2], [3, 4])
    assert Configuration().to_conf_state() == ConfState()


def test_joint_configuration() -> None:
    configuration = new_tracker(JOINT).conf()

    assert configuration.voters() == JointConfig.new_joint_from_majorities(
        MajorityConfig([1, 2, 3]), MajorityConfig([1, 2, 4])
    )
    assert configuration.learners() == {5}
    assert configuration.learners_next() == {4}
    assert configuration.auto_leave()
    assert configuration.to_conf_state() == JOINT


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (conf_state([]), "voters=()"),
        (conf_state([1]), "voters=(1)"),
        (conf_state([10, 9, 1], [30, 4]), "voters=(1 9 10) learners=(4 30)"),
        (conf_state_v2([1], [], [1], [], auto_leave=False), "voters=(1)&&(1)"),
        (JOINT, "voters=(1 2 3)&&(1 2 4) learners=(5) learners_next=(4) autoleave"),
        (
            conf_state_v2([1], [], [4, 3, 1], [4, 3], auto_leave=False),
            "voters=(1)&&(1 3 4) learners_next=(3 4)",
        ),
    ],
    ids=str,
)
def test_configuration_repr(state: ConfState, text: str) -> None:
    assert repr(new_tracker(state).conf()) == str(new_tracker(state).conf()) == text


@pytest.mark.parametrize(
    ("voters", "learners", "reason"),
    [
        ([], [1], "removed all voters"),
        ([1], [1], "1 is both a voter and a learner"),
        ([1, 2], [1], "1 is both a voter and a learner"),
        ([1, 2, 3], [4, 3], "3 is both a voter and a learner"),
    ],
    ids=str,
)
def test_invalid_configurations(voters: list[int], learners: list[int], reason: str) -> None:
    """There are no learners without voters, and no id is both."""
    with pytest.raises(ConfChangeError, match=reason):
        Configuration(voters, learners)


@pytest.mark.parametrize(
    ("voters", "error"),
    [(1, TypeError), (None, TypeError), (["1"], TypeError), ([-1], OverflowError), ([2**64], OverflowError)],
    ids=name,
)
def test_configurations_of_the_wrong_type(voters: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=NO_NUMBERS[error]):
        Configuration(voters)
    with pytest.raises(error, match=NO_NUMBERS[error]):
        Configuration([1], voters)


def test_configurations_are_equal() -> None:
    configuration = Configuration([1, 2], [3])

    assert configuration == Configuration([2, 1], [3])
    assert configuration == configuration.make_ref()
    assert new_tracker(JOINT).conf() == new_tracker(JOINT).conf()
    for other in (Configuration([1, 2]), Configuration([1, 2], [4]), Configuration([1, 3], [2]), JointConfig([1, 2])):
        assert configuration != other
    assert configuration != configuration.to_conf_state()
    with pytest.raises(TypeError, match="unhashable"):
        hash(configuration)


def test_configuration_is_a_snapshot() -> None:
    """The results of `conf` and `voters` are independent of the tracker."""
    tracker = new_tracker(conf_state([1, 2]))
    configuration = tracker.conf()

    tracker.apply_conf(*Changer(tracker).simple(parse_conf_change("v3")), 5)
    configuration.voters().clear()

    assert configuration == Configuration([1, 2])
    assert tracker.conf() == Configuration([1, 2, 3])


copies = pytest.mark.parametrize(
    "copied",
    [operator.methodcaller("clone"), copy.copy, copy.deepcopy, lambda value: value.make_ref().clone()],
    ids=["clone", "copy", "deepcopy", "clone of a view"],
)


@copies
def test_configuration_is_copied(copied: Callable[[Any], Any]) -> None:
    for configuration in (Configuration([1, 2], [3]), new_tracker(JOINT).conf()):
        clone = copied(configuration)

        assert type(clone) is Configuration
        assert clone == configuration
        assert clone is not configuration


@pytest.mark.parametrize(
    "tracker",
    [
        ProgressTracker(10),
        ProgressTracker(max_inflight=0),
        ProgressTracker.with_capacity(3, 2, 10),
        ProgressTracker.with_capacity(0, 0, 0),
    ],
    ids=["new", "nothing in flight", "with_capacity", "with no capacity"],
)
def test_empty_tracker(tracker: ProgressTracker) -> None:
    assert len(tracker) == 0
    assert list(tracker) == []
    assert tracker.iter() == []
    assert tracker.collect() == []
    assert 1 not in tracker
    assert tracker.get(1) is tracker.get_mut(1) is None
    with pytest.raises(KeyError, match=r"1 is not a member: \[\]"):
        _ = tracker[1]
    assert tracker.conf() == Configuration()
    assert tracker.votes() == {}
    assert not tracker.is_singleton()
    assert not tracker.group_commit()
    # By convention, the elections on an empty config win.
    assert tracker.tally_votes() == (0, 0, VoteResult.Won)
    assert tracker.has_quorum([])
    assert tracker.maximal_committed_index() == (U64_MAX, True)


@pytest.mark.parametrize(
    ("number", "error", "reason"),
    [
        (2**24 + 1, ValueError, f"^(max_inflight|voters|learners): expected at most {2**24}, got {2**24 + 1}$"),
        (U64_MAX, ValueError, f"^(max_inflight|voters|learners): expected at most {2**24}, got {U64_MAX}$"),
        (2**64, OverflowError, OUT_OF_RANGE),
        (-1, OverflowError, OUT_OF_RANGE),
        ("1", TypeError, NO_NUMBER[TypeError]),
        (1.0, TypeError, NO_NUMBER[TypeError]),
        (None, TypeError, NO_NUMBER[TypeError]),
    ],
    ids=name,
)
def test_invalid_capacities(number: Any, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        ProgressTracker(number)
    for position in range(3):
        capacities = [1, 1, 1]
        capacities[position] = number
        with pytest.raises(error, match=reason):
            ProgressTracker.with_capacity(*capacities)


@pytest.mark.parametrize(
    ("state", "members", "is_singleton"),
    [
        (conf_state([1]), [1], True),
        (conf_state([1], [2]), [1, 2], True),
        (conf_state([3, 1, 2]), [1, 2, 3], False),
        (conf_state_v2([1], [], [1], [], auto_leave=False), [1], False),
        (JOINT, [1, 2, 3, 4, 5], False),
        (conf_state([U64_MAX], [1]), [1, U64_MAX], True),
    ],
    ids=str,
)
def test_tracker_members(state: ConfState, members: list[int], is_singleton: bool) -> None:
    """The members are in ascending order in every accessor."""
    tracker = new_tracker(state)

    assert len(tracker) == len(members)
    assert list(tracker) == members
    assert [member for member, _ in tracker.iter()] == members
    assert [member for member, _ in tracker.iter_mut()] == members
    assert [item.id() for item in tracker.collect()] == members
    assert all(member in tracker for member in members)
    assert 9 not in tracker
    assert conf_state_eq(tracker.conf().to_conf_state(), state)
    assert tracker.conf_voters() == tracker.conf().voters()
    assert tracker.conf_learners() == tracker.conf().learners() == set(state.learners)
    assert tracker.is_singleton() == is_singleton


@pytest.mark.parametrize(
    ("member", "error"), [("1", TypeError), (1.0, TypeError), (None, TypeError), (-1, OverflowError)]
)
@pytest.mark.parametrize("method", ["__contains__", "__getitem__", "get", "get_mut", "quorum_recently_active"])
def test_invalid_member_id(method: str, member: object, error: type[Exception]) -> None:
    tracker = new_tracker(conf_state([1]))

    with pytest.raises(error, match=NO_NUMBER[error]):
        getattr(tracker, method)(member)


@pytest.mark.parametrize(
    "find",
    [
        lambda tracker: tracker[2],
        lambda tracker: tracker.get(2),
        lambda tracker: tracker.get_mut(2),
        lambda tracker: dict(tracker.iter())[2],
        lambda tracker: dict(tracker.iter_mut())[2],
        lambda tracker: tracker.collect()[1].progress(),
        lambda tracker: tracker.make_ref().get(2),
    ],
    ids=["[]", "get", "get_mut", "iter", "iter_mut", "collect", "view"],
)
def test_tracker_shows_progress(find: Callable[[ProgressTracker], Any]) -> None:
    """The progress of a member is a writable view."""
    tracker = new_tracker(conf_state([1, 2, 3]))

    progress = find(tracker)
    assert progress.state == ProgressState.Probe
    assert progress.next_idx == 5
    assert progress.ins.count() == 0
    progress.matched = 7
    progress.become_replicate()

    assert [(view.matched, view.state) for _, view in tracker.iter()] == [
        (0, ProgressState.Probe),
        (7, ProgressState.Replicate),
        (0, ProgressState.Probe),
    ]


def test_tracker_items_repr() -> None:
    [item] = new_tracker(conf_state([1])).collect()

    assert repr(item) == f"ProgressMapItem (id: 1, progress: {item.progress()!r})"


def test_tracker_repr() -> None:
    tracker = new_tracker(conf_state([1], [2]))

    assert repr(tracker) == f"ProgressTracker {{ members: [1, 2], voters: {tracker.conf_voters()!r} }}"


def test_tracker_shows_voters() -> None:
    """The view of the voters is live and read-only."""
    tracker = new_tracker(conf_state([1]))
    voters = tracker.conf_voters()

    tracker.apply_conf(*Changer(tracker).simple(parse_conf_change("v2 l3")), 5)
    assert voters == JointConfig([1, 2])
    assert voters.committed_index(False, {}) == (0, False)
    assert voters.vote_result({1: True, 2: True}) is VoteResult.Won

    with pytest.raises(TypeError, match="the voters of a ProgressTracker can't be changed in place"):
        voters.clear()
    assert voters == JointConfig([1, 2])


def test_apply_conf() -> None:
    """New members start at `next_idx`, and count as active. The others are unchanged."""
    tracker = new_tracker(conf_state([1, 2]))
    for _, progress in tracker.iter():
        progress.matched = 3
        progress.recent_active = False

    tracker.apply_conf(Configuration([1, 3], [4]), [(3, ADD), (2, REMOVE), (4, ADD)], next_idx=9)

    assert tracker.conf() == Configuration([1, 3], [4])
    assert {
        member: (progress.matched, progress.next_idx, progress.recent_active) for member, progress in tracker.iter()
    } == {1: (3, 5, False), 3: (0, 9, True), 4: (0, 9, True)}


@pytest.mark.parametrize(
    ("changes", "members"),
    [
        ([], {1: 5, 2: 5}),
        ([(3, ADD)], {1: 5, 2: 5, 3: 9}),
        ([(2, ADD)], {1: 5, 2: 9}),
        ([(2, REMOVE)], {1: 5}),
        ([(3, REMOVE)], {1: 5, 2: 5}),
        ([(2, REMOVE), (2, ADD)], {1: 5, 2: 9}),
        ([(3, ADD), (3, REMOVE)], {1: 5, 2: 5}),
        ([(U64_MAX, ADD)], {1: 5, 2: 5, U64_MAX: 9}),
        ([(U64_MAX, ADD), (U64_MAX, REMOVE)], {1: 5, 2: 5}),
    ],
    ids=str,
)
def test_apply_conf_changes(changes: list[tuple[int, MapChangeType]], members: dict[int, int]) -> None:
    """The changes determine which progress is added or replaced, and which is removed: raft-rs does not check them."""
    tracker = new_tracker(conf_state([1, 2]))

    tracker.apply_conf(tracker.conf(), changes, 9)

    assert {member: progress.next_idx for member, progress in tracker.iter()} == members


def test_apply_conf_joint() -> None:
    """A joint configuration can be applied to another tracker unchanged."""
    tracker = ProgressTracker(10)

    tracker.apply_conf(new_tracker(JOINT).conf().make_ref(), [], 1)

    assert tracker.conf().to_conf_state() == JOINT
    assert len(tracker) == 0


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        pytest.param((ConfState(), [], 1), TypeError, "expected Configuration, got ConfState", id="ConfState"),
        pytest.param((None, [], 1), TypeError, "expected Configuration, got NoneType", id="None"),
        pytest.param((Configuration(), None, 1), TypeError, NOT_ITERABLE, id="no changes"),
        pytest.param(
            (Configuration(), [1], 1), TypeError, "is not an instance of 'tuple'", id="changes of the wrong type"
        ),
        pytest.param(
            (Configuration(), [(1, 0)], 1), TypeError, "expected MapChangeType, got int", id="int for a MapChangeType"
        ),
        pytest.param((Configuration(), [(-1, ADD)], 1), OverflowError, OUT_OF_RANGE, id="negative id"),
        pytest.param((Configuration(), [], None), TypeError, NO_NUMBER[TypeError], id="no index"),
        pytest.param((Configuration(), [], 2**64), OverflowError, OUT_OF_RANGE, id="too large an index"),
    ],
)
def test_apply_conf_arguments(arguments: tuple[Any, Any, Any], error: type[Exception], reason: str) -> None:
    """A call that raises changes nothing."""
    tracker = new_tracker(conf_state([1, 2]))

    with pytest.raises(error, match=reason):
        tracker.apply_conf(*arguments)

    assert tracker.conf() == Configuration([1, 2])
    assert list(tracker) == [1, 2]


def test_view_of_a_removed_progress_is_invalid() -> None:
    tracker = new_tracker(conf_state([1, 2]))
    progress = tracker[2]

    tracker.apply_conf(*Changer(tracker).simple(parse_conf_change("r2")), 5)

    assert tracker.get(2) is None
    with pytest.raises(KeyError, match=r"2 is not a member: \[1\]"):
        _ = tracker[2]
    with pytest.raises(DestroyedRefUsedError, match="the Progress that this view refers to no longer exists"):
        _ = progress.matched


@pytest.mark.parametrize(
    ("state", "votes", "tally"),
    [
        (conf_state([1, 2, 3]), {}, (0, 0, VoteResult.Pending)),
        (conf_state([1, 2, 3]), {1: True}, (1, 0, VoteResult.Pending)),
        (conf_state([1, 2, 3]), {1: True, 2: False}, (1, 1, VoteResult.Pending)),
        (conf_state([1, 2, 3]), {1: True, 2: False, 3: True}, (2, 1, VoteResult.Won)),
        (conf_state([1, 2, 3]), {1: False, 2: False}, (0, 2, VoteResult.Lost)),
        # Only voters count.
        (conf_state([1, 2, 3], [4]), {1: True, 4: True, 9: True}, (1, 0, VoteResult.Pending)),
        # Both majorities must grant.
        (JOINT, {1: True, 3: True}, (2, 0, VoteResult.Pending)),
        (JOINT, {1: True, 3: True, 4: True}, (3, 0, VoteResult.Won)),
        (JOINT, {2: False, 4: False, 3: True, 1: True}, (2, 2, VoteResult.Lost)),
    ],
    ids=str,
)
def test_tally_votes(state: ConfState, votes: dict[Any, bool], tally: tuple[int, int, VoteResult]) -> None:
    tracker = new_tracker(state)

    for member, vote in votes.items():
        tracker.record_vote(member, vote)

    assert tracker.votes() == votes
    assert tracker.tally_votes() == tally
    assert tracker.tally_votes()[2] == str(tally[2])
    assert tracker.vote_result(votes) is tally[2]


def test_first_vote_counts() -> None:
    tracker = new_tracker(conf_state([1]))

    tracker.record_vote(1, False)
    tracker.record_vote(id=1, vote=True)
    assert tracker.votes() == {1: False}

    tracker.reset_votes()
    assert tracker.votes() == {}
    tracker.record_vote(1, True)
    assert tracker.votes() == {1: True}


def test_votes_is_a_copy() -> None:
    tracker = new_tracker(conf_state([1]))

    tracker.votes()[1] = True

    assert tracker.votes() == {}


@pytest.mark.parametrize(
    ("votes", "reason"),
    [
        (None, "expected a mapping of voter ids to bools, got NoneType"),
        (1, "expected a mapping of voter ids to bools, got int"),
        ([1], "expected a mapping of voter ids to bools, got list"),
        ({"1": True}, NO_NUMBER[TypeError]),
        ({1: 1}, "voter 1: expected bool, got int"),
        ({1: None}, "voter 1: expected bool, got NoneType"),
    ],
    ids=str,
)
def test_vote_result_requires_votes(votes: Any, reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        new_tracker(conf_state([1])).vote_result(votes)


@pytest.mark.parametrize(
    ("state", "members", "is_quorum"),
    [
        (conf_state([1, 2, 3]), [], False),
        (conf_state([1, 2, 3]), [1], False),
        (conf_state([1, 2, 3]), [1, 3], True),
        (conf_state([1, 2, 3]), {3, 2, 1}, True),
        (conf_state([1, 2, 3], [4, 5]), [1, 4, 5, 9], False),
        (JOINT, [1, 3], False),
        (JOINT, range(1, 3), True),
        (JOINT, MajorityConfig([1, 3, 4]), True),
    ],
    ids=str,
)
def test_has_quorum(state: ConfState, members: Any, is_quorum: bool) -> None:
    assert new_tracker(state).has_quorum(members) == is_quorum


@pytest.mark.parametrize("members", [None, 1, ["1"], [None]], ids=str)
def test_has_quorum_requires_members(members: Any) -> None:
    with pytest.raises(TypeError, match=NO_NUMBERS[TypeError]):
        new_tracker(conf_state([1])).has_quorum(members)


@pytest.mark.parametrize(
    ("active", "perspective_of", "is_quorum"),
    [
        ([], 1, False),
        ([1], 1, False),
        ([2], 1, True),
        ([2, 3], 1, True),
        # A learner is not a voter.
        ([4], 1, False),
        # Neither is a non-member.
        ([2], 9, False),
        ([2, 3], 9, True),
    ],
    ids=str,
)
def test_quorum_recently_active(active: list[int], perspective_of: int, is_quorum: bool) -> None:
    """The call resets the activity of all members but one."""
    tracker = new_tracker(conf_state([1, 2, 3], [4]))
    for member, progress in tracker.iter():
        progress.recent_active = member in active

    assert tracker.quorum_recently_active(perspective_of) == is_quorum

    assert [member for member, progress in tracker.iter() if progress.recent_active] == [
        member for member in tracker if member == perspective_of
    ]
    assert not tracker.quorum_recently_active(perspective_of)


@pytest.mark.parametrize(
    ("state", "matched", "groups", "committed", "group_committed"),
    [
        (conf_state([1, 2, 3]), {}, {}, (0, False), (0, False)),
        (conf_state([1, 2, 3, 4, 5]), {1: 2, 2: 2, 3: 2, 4: 4, 5: 5}, {}, (2, False), (2, False)),
        (conf_state([1, 2, 3]), {1: 1, 2: 2, 3: 3}, {1: 1, 2: 2, 3: 2}, (2, False), (1, True)),
        (conf_state([1, 2], [3]), {1: 4, 2: 3, 3: 1}, {1: 1, 2: 1, 3: 2}, (3, False), (3, False)),
        (JOINT, {1: 9, 2: 3, 3: 8, 4: 5}, {1: 1, 2: 1, 3: 2, 4: 2}, (5, False), (5, True)),
    ],
    ids=str,
)
def test_maximal_committed_index(
    state: ConfState,
    matched: Mapping[int, int],
    groups: Mapping[int, int],
    committed: tuple[int, bool],
    group_committed: tuple[int, bool],
) -> None:
    tracker = new_tracker(state)
    for member, progress in tracker.iter():
        progress.matched = matched.get(member, 0)
        progress.commit_group_id = groups.get(member, 0)

    assert tracker.maximal_committed_index() == committed

    tracker.enable_group_commit(True)
    assert tracker.group_commit()
    assert tracker.maximal_committed_index() == group_committed

    tracker.enable_group_commit(False)
    assert not tracker.group_commit()
    assert tracker.maximal_committed_index() == committed


@copies
def test_tracker_is_copied(copied: Callable[[Any], Any]) -> None:
    """A copy is independent, including the progress of its members."""
    tracker = new_tracker(conf_state([1, 2]))
    tracker.record_vote(1, True)

    clone = copied(tracker)
    clone.record_vote(2, True)
    clone[1].matched = 7
    clone.apply_conf(*Changer(clone).simple(parse_conf_change("v3")), 5)

    assert type(clone) is ProgressTracker
    assert clone.votes() == {1: True, 2: True}
    assert clone.conf() == Configuration([1, 2, 3])
    assert tracker.votes() == {1: True}
    assert tracker.conf() == Configuration([1, 2])
    assert [progress.matched for _, progress in tracker.iter()] == [0, 0]


def test_trackers_do_not_compare() -> None:
    assert ProgressTracker(10) != ProgressTracker(10)
