"""`Changer` and `restore`: the module `confchange` beyond raft-rs's own test of it."""

import random
from typing import Any

import pytest

from rraft import (
    Changer,
    ConfChangeError,
    Configuration,
    ConfState,
    MapChangeType,
    ProgressTracker,
    conf_state_eq,
    parse_conf_change,
    restore,
)
from tests.harness.reasons import NO_NUMBER, NOT_ITERABLE, OUT_OF_RANGE
from tests.harness.util import conf_state, conf_state_v2

U64_MAX = 2**64 - 1


def new_tracker(text: str, then: str | None = None) -> ProgressTracker:
    """A tracker after the changes in `text`, one by one. With `then`, it enters the joint configuration for that."""
    tracker = ProgressTracker(10)
    for change in parse_conf_change(text):
        tracker.apply_conf(*Changer(tracker).simple([change]), 1)
    if then is not None:
        tracker.apply_conf(*Changer(tracker).enter_joint(True, parse_conf_change(then)), 1)
    return tracker


ADD, REMOVE = MapChangeType.Add, MapChangeType.Remove


@pytest.mark.parametrize(
    ("ccs", "conf", "changes"),
    [
        ("", "voters=(1 2) learners=(3)", []),
        ("v4 l5 l6", "voters=(1 2 4) learners=(3 5 6)", [(4, ADD), (5, ADD), (6, ADD)]),
        ("r2 r3", "voters=(1)", [(2, REMOVE), (3, REMOVE)]),
        ("r3 l3 v3", "voters=(1 2 3)", [(3, REMOVE), (3, ADD)]),
        ("l2", "voters=(1) learners=(2 3)", []),
        (f"l{U64_MAX}", f"voters=(1 2) learners=(3 {U64_MAX})", [(U64_MAX, ADD)]),
    ],
    ids=str,
)
def test_changer_simple(ccs: str, conf: str, changes: list[tuple[int, MapChangeType]]) -> None:
    changer = Changer(new_tracker("v1 v2 l3"))

    new_conf, new_changes = changer.simple(parse_conf_change(ccs))

    assert str(new_conf) == conf
    assert new_changes == changes


@pytest.mark.parametrize(
    ("auto_leave", "ccs", "conf", "changes"),
    [
        (False, "", "voters=(1 2)&&(1 2) learners=(3)", []),
        (True, "l1 r2 v3 v4", "voters=(3 4)&&(1 2) learners_next=(1) autoleave", [(4, ADD)]),
        (False, "r3", "voters=(1 2)&&(1 2)", [(3, REMOVE)]),
    ],
    ids=str,
)
def test_changer_enter_joint(auto_leave: bool, ccs: str, conf: str, changes: list[tuple[int, MapChangeType]]) -> None:
    changer = Changer(new_tracker("v1 v2 l3"))

    new_conf, new_changes = changer.enter_joint(auto_leave=auto_leave, ccs=parse_conf_change(ccs))

    assert str(new_conf) == conf
    assert new_changes == changes


def test_changer_leave_joint() -> None:
    changer = Changer(new_tracker("v1 v2 v3", then="l1 r2 v4"))

    conf, changes = changer.leave_joint()

    assert str(conf) == "voters=(3 4) learners=(1)"
    assert changes == [(2, REMOVE)]


def test_changer_does_not_change_the_tracker() -> None:
    """It keeps the tracker alive, or a view of it, and uses its current members."""
    tracker = new_tracker("v1")
    changer = Changer(tracker.make_ref())

    changed = changer.simple(parse_conf_change("v2"))
    assert tracker.conf() == Configuration([1])
    assert list(tracker) == [1]

    tracker.apply_conf(*changed, 1)
    assert tracker.conf() == Configuration([1, 2])
    assert changer.simple(parse_conf_change("v3"))[0] == Configuration([1, 2, 3])


@pytest.mark.parametrize(
    ("tracker", "method", "arguments", "reason"),
    [
        (new_tracker(""), "leave_joint", [], "can't leave a non-joint config"),
        (new_tracker("v1"), "leave_joint", [], "can't leave a non-joint config"),
        (new_tracker(""), "enter_joint", [False, parse_conf_change("v1")], "can't make a zero-voter config joint"),
        (new_tracker("v1"), "enter_joint", [False, parse_conf_change("r1")], "removed all voters"),
        (new_tracker("v1", then="v2"), "enter_joint", [False, []], "config is already joint"),
        (new_tracker("v1", then="v2"), "simple", [[]], "can't apply simple config change in joint config"),
        (new_tracker("v1"), "simple", [parse_conf_change("l1")], "removed all voters"),
        (new_tracker(""), "simple", [parse_conf_change("l1")], "removed all voters"),
        (
            new_tracker("v1"),
            "simple",
            [parse_conf_change("v2 v3")],
            "more than one voter changed without entering joint config",
        ),
    ],
    ids=lambda value: str(value.conf()) if isinstance(value, ProgressTracker) else str(value),
)
def test_changer_rejects(tracker: ProgressTracker, method: str, arguments: list[Any], reason: str) -> None:
    before = tracker.conf()

    with pytest.raises(ConfChangeError) as rejected:
        getattr(Changer(tracker), method)(*arguments)

    assert str(rejected.value) == rejected.value.reason == reason
    assert tracker.conf() == before


@pytest.mark.parametrize("ccs", [None, 1, "v1", [1], ["v1"], [None], [(1, MapChangeType.Add)]], ids=str)
def test_changer_requires_changes(ccs: Any) -> None:
    with pytest.raises(TypeError, match=f"{NOT_ITERABLE}|^expected ConfChangeSingle, got "):
        Changer(new_tracker("v1")).simple(ccs)
    with pytest.raises(TypeError, match=f"{NOT_ITERABLE}|^expected ConfChangeSingle, got "):
        Changer(new_tracker("v1")).enter_joint(False, ccs)


def test_changer_requires_a_tracker() -> None:
    with pytest.raises(TypeError, match="'Configuration' object is not an instance of"):
        Changer(Configuration([1]))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'int' object is not an instance of 'bool'"):
        Changer(new_tracker("v1")).enter_joint(1, [])  # type: ignore[arg-type]


def test_changer_accepts_any_iterable_of_changes() -> None:
    """Views of changes, in any iterable."""
    changes = (change.make_ref() for change in parse_conf_change("v2"))

    conf, _ = Changer(new_tracker("v1")).simple(changes)

    assert conf == Configuration([1, 2])


CONF_STATES = [
    conf_state([]),
    conf_state([1, 2, 3]),
    conf_state([1, 2, 3], [4, 5, 6]),
    conf_state([U64_MAX], [1]),
    conf_state_v2([1, 2, 3], [5], [1, 2, 4, 6], [4], auto_leave=False),
    conf_state_v2([1, 2, 3], [5], [1, 2, 4, 6], [4], auto_leave=True),
    conf_state_v2([1], [], [1], [], auto_leave=False),
    conf_state_v2([1], [], [2], [], auto_leave=False),
    conf_state_v2([1], [], [2, 3], [2, 3], auto_leave=True),
]


@pytest.mark.parametrize("state", CONF_STATES, ids=str)
def test_restore(state: ConfState) -> None:
    """A restored ConfState is unchanged, joint or not."""
    tracker = ProgressTracker(10)

    restore(tracker, 20, state)

    assert conf_state_eq(tracker.conf().to_conf_state(), state)
    assert set(tracker) == {*state.voters, *state.learners, *state.voters_outgoing, *state.learners_next}
    for _, progress in tracker.iter():
        assert progress.next_idx == 20
        assert progress.matched == 0
        assert progress.recent_active


def random_conf_state(rng: random.Random) -> ConfState:
    """A random valid ConfState."""
    members = rng.sample(range(1, 20), 15)
    voters, learners = members[: rng.randint(1, 5)], members[5 : rng.randint(5, 10)]
    removed = members[10 : rng.randint(10, 15)]
    outgoing = rng.sample(voters, rng.randint(0, len(voters))) + removed
    return conf_state_v2(
        voters,
        learners,
        outgoing,
        rng.sample(removed, rng.randint(0, len(removed))),
        auto_leave=bool(outgoing) and rng.random() < 0.5,
    )


def test_restore_any() -> None:
    rng = random.Random(0)
    for _ in range(1000):
        state = random_conf_state(rng)
        tracker = ProgressTracker(10)

        restore(tracker, 20, state)

        assert conf_state_eq(tracker.conf().to_conf_state(), state)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (conf_state([], [1]), "removed all voters"),
        (conf_state([1], [1]), "removed all voters"),
        (conf_state_v2([], [], [1], [], auto_leave=False), "removed all voters"),
        (conf_state_v2([], [], [1], [1], auto_leave=False), "removed all voters"),
        (conf_state_v2([], [2], [1], [], auto_leave=True), "removed all voters"),
    ],
    ids=str,
)
def test_restore_rejects(state: ConfState, reason: str) -> None:
    with pytest.raises(ConfChangeError) as rejected:
        restore(ProgressTracker(10), 1, state)

    assert rejected.value.reason == reason


@pytest.mark.parametrize("then", [None, "v2"], ids=["simple", "joint"])
def test_restore_rejects_a_tracker_with_members(then: str | None) -> None:
    tracker = new_tracker("v1", then=then)
    before = tracker.conf()

    with pytest.raises(ValueError, match="tracker: expected a tracker without members"):
        restore(tracker, 1, conf_state([1]))

    assert tracker.conf() == before


@pytest.mark.parametrize(
    ("tracker", "next_idx", "state", "error", "reason"),
    [
        (Configuration(), 1, ConfState(), TypeError, "is not an instance of 'ProgressTrackerRef'"),
        (ProgressTracker(10), "1", ConfState(), TypeError, NO_NUMBER[TypeError]),
        (ProgressTracker(10), -1, ConfState(), OverflowError, OUT_OF_RANGE),
        (ProgressTracker(10), 1, Configuration(), TypeError, "expected ConfState, got Configuration"),
        (ProgressTracker(10), 1, None, TypeError, "expected ConfState, got NoneType"),
    ],
    ids=["tracker", "next_idx", "negative next_idx", "state", "None"],
)
def test_restore_arguments(tracker: Any, next_idx: Any, state: Any, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        restore(tracker, next_idx, state)


def test_map_change_type() -> None:
    assert MapChangeType.values() == [MapChangeType.Add, MapChangeType.Remove]
    assert [str(change_type) for change_type in MapChangeType.values()] == ["Add", "Remove"]
    assert MapChangeType.Add != MapChangeType.Remove
