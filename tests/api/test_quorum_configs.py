"""`MajorityConfig`, `JointConfig` and `Index`: the module `quorum` beyond raft-rs's own test of it."""

import copy
import operator
import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import pytest

from rraft import AckIndexer, ConfChangeError, Index, JointConfig, MajorityConfig, ProgressTracker, VoteResult, Votes
from tests.harness.reasons import NO_NUMBER, NO_NUMBERS, OUT_OF_RANGE

T = TypeVar("T")

U64_MAX = 2**64 - 1

NO_ANSWER = "^voter [1-4]: expected (Index|bool) or None, got str$"


def name(value: object) -> str:
    """The id of a parameter: the name of a class or a method, or the text of a value."""
    return getattr(value, "__name__", str(value))


class Constant(Mapping[int, T]):
    """A mapping other than a dict: the same value for the voters 1 to 3."""

    def __init__(self, value: T) -> None:
        self.value = value

    def __getitem__(self, voter: int) -> T:
        if voter not in (1, 2, 3):
            raise KeyError(voter)
        return self.value

    def __iter__(self) -> Iterator[int]:
        return iter((1, 2, 3))

    def __len__(self) -> int:
        return 3


def reject(voter: int) -> bool:
    raise LookupError(voter)


each_config = pytest.mark.parametrize(
    "config",
    [
        MajorityConfig([1, 2, 3]),
        JointConfig([1, 2, 3]),
        JointConfig.new_joint_from_majorities(MajorityConfig([1, 2, 3]), MajorityConfig([2, 3, 4])),
    ],
    ids=["majority", "not joint", "joint"],
)


@each_config
@pytest.mark.parametrize(
    ("acked", "committed"),
    [
        pytest.param({1: Index(7), 2: Index(8), 3: Index(9), 4: Index(9)}, 8, id="dict"),
        pytest.param(MappingProxyType({2: Index(8), 3: Index(9)}), 8, id="other mapping"),
        pytest.param(Constant(Index(6)), 6, id="own mapping"),
        pytest.param(Index, 2, id="callable"),
        pytest.param({2: Index(8), 3: Index(9)}.get, 8, id="callable without some voters"),
        pytest.param({1: None, 2: Index(8), 3: Index(9)}, 8, id="None"),
        pytest.param({9: Index(5)}, 0, id="no voter"),
        pytest.param({}, 0, id="nothing"),
    ],
)
def test_committed_index_indexers(config: MajorityConfig | JointConfig, acked: AckIndexer, committed: int) -> None:
    """`committed_index` takes a mapping by the voters' ids, or a callable. A missing voter counts as 0."""
    assert config.committed_index(False, acked) == (committed, False)


@each_config
@pytest.mark.parametrize(
    ("votes", "result"),
    [
        pytest.param({1: False, 2: True, 3: True, 4: False}, VoteResult.Won, id="dict"),
        pytest.param(MappingProxyType({2: True}), VoteResult.Pending, id="other mapping"),
        pytest.param(Constant(False), VoteResult.Lost, id="own mapping"),
        pytest.param(lambda voter: voter in (2, 3), VoteResult.Won, id="callable"),
        pytest.param({2: False, 3: False}.get, VoteResult.Lost, id="callable without some voters"),
        pytest.param({2: None, 3: True}, VoteResult.Pending, id="None"),
        pytest.param({9: True}, VoteResult.Pending, id="no voter"),
        pytest.param({}, VoteResult.Pending, id="nothing"),
    ],
)
def test_vote_result_votes(config: MajorityConfig | JointConfig, votes: Votes, result: VoteResult) -> None:
    """`vote_result` takes a mapping by the voters' ids, or a callable. A missing voter has not voted."""
    assert config.vote_result(votes) is result


@each_config
@pytest.mark.parametrize(
    ("argument", "error", "reason"),
    [
        pytest.param(5, TypeError, "expected a mapping by voter id, or a callable, got int", id="int"),
        pytest.param(None, TypeError, "expected a mapping by voter id, or a callable, got NoneType", id="None"),
        pytest.param([(1, True)], TypeError, "expected a mapping by voter id, or a callable, got list", id="list"),
        pytest.param({1: "1", 2: "2", 3: "3"}, TypeError, NO_ANSWER, id="values of the wrong type"),
        pytest.param(str, TypeError, NO_ANSWER, id="callable that returns the wrong type"),
        pytest.param(reject, LookupError, "^[1-4]$", id="callable that raises"),
        pytest.param(lambda: None, TypeError, "takes 0 positional arguments", id="callable without a parameter"),
    ],
)
def test_invalid_indexers_and_votes(
    config: MajorityConfig | JointConfig, argument: Any, error: type[Exception], reason: str
) -> None:
    for ask in (config.vote_result, lambda indexer: config.committed_index(False, indexer)):
        with pytest.raises(error, match=reason):
            ask(argument)


@each_config
def test_each_voter_is_queried_once(config: MajorityConfig | JointConfig) -> None:
    asked: list[int] = []

    config.committed_index(False, asked.append)
    config.vote_result(asked.append)

    assert Counter(asked) == dict.fromkeys(config, 2)


@each_config
def test_callable_may_use_the_config(config: MajorityConfig | JointConfig) -> None:
    assert config.committed_index(False, lambda _: Index(len(config))) == (len(config), False)
    assert config.vote_result(config.contains) is VoteResult.Won


@pytest.mark.parametrize("use_group_commit", [False, True])
@pytest.mark.parametrize(
    "config",
    [
        MajorityConfig(),
        JointConfig(),
        JointConfig.new_joint_from_majorities(MajorityConfig(), MajorityConfig()),
    ],
    ids=["majority", "not joint", "joint"],
)
def test_empty_configs_agree_to_everything(config: MajorityConfig | JointConfig, use_group_commit: bool) -> None:
    assert config.committed_index(use_group_commit, {1: Index(5)}) == (U64_MAX, True)
    assert config.vote_result({1: False}) is VoteResult.Won


@pytest.mark.parametrize(
    ("groups", "committed"),
    [
        # One group: the same as without groups.
        ([1, 1, 1], (2, False)),
        # The quorum's index 2 is in the first group; the second group has the index 2 or 1.
        ([1, 2, 2], (1, True)),
        ([2, 2, 1], (2, True)),
        # A voter without a group: the smallest index.
        ([0, 1, 1], (1, False)),
        ([0, 1, 2], (2, True)),
        ([0, 0, 0], (1, False)),
    ],
    ids=str,
)
@pytest.mark.parametrize("new", [MajorityConfig, JointConfig])
def test_group_committed_index(
    new: type[MajorityConfig] | type[JointConfig], groups: list[int], committed: tuple[int, bool]
) -> None:
    acked = {voter: Index(voter, group) for voter, group in zip((1, 2, 3), groups, strict=True)}

    assert new([1, 2, 3]).committed_index(True, acked) == committed


@pytest.mark.parametrize(
    ("result", "text"),
    [(VoteResult.Pending, "VotePending"), (VoteResult.Lost, "VoteLost"), (VoteResult.Won, "VoteWon")],
)
def test_vote_result_equals_its_text(result: VoteResult, text: str) -> None:
    assert result == text
    assert str(result) == f"{result}" == text


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (Index(), "0"),
        (Index(5), "5"),
        (Index(5, 3), "[3]5"),
        (Index(index=5, group_id=3), "[3]5"),
        (Index(U64_MAX), "∞"),
        (Index(U64_MAX, U64_MAX), f"[{U64_MAX}]∞"),
    ],
    ids=str,
)
def test_index(index: Index, text: str) -> None:
    assert repr(index) == str(index) == text
    same = Index(index.index, index.group_id)
    assert index == same == copy.copy(index) == copy.deepcopy(index) == pickle.loads(pickle.dumps(index))
    assert hash(index) == hash(same)
    assert index != Index(index.index, 7)
    assert index != Index(7, index.group_id)
    assert index != index.index


def test_index_is_immutable() -> None:
    with pytest.raises(AttributeError, match=r"attribute 'index' of 'rraft\.Index' objects is not writable"):
        Index().index = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((-1,), OverflowError), ((2**64,), OverflowError), (("1",), TypeError), ((0, 0.5), TypeError)],
    ids=name,
)
def test_invalid_indexes(arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error, match=NO_NUMBER[error]):
        Index(*arguments)


@pytest.mark.parametrize(
    ("method", "arguments", "result", "voters"),
    [
        ("insert", [4], True, [1, 2, 3, 4]),
        ("insert", [3], False, [1, 2, 3]),
        ("replace", [4], None, [1, 2, 3, 4]),
        ("replace", [3], 3, [1, 2, 3]),
        ("remove", [3], True, [1, 2]),
        ("remove", [4], False, [1, 2, 3]),
        ("take", [3], 3, [1, 2]),
        ("take", [4], None, [1, 2, 3]),
        ("extend", [[3, 4, 5]], None, [1, 2, 3, 4, 5]),
        ("extend", [MajorityConfig([4])], None, [1, 2, 3, 4]),
        ("clear", [], None, []),
    ],
    ids=str,
)
def test_majority_config_changes(method: str, arguments: list[Any], result: object, voters: list[int]) -> None:
    """The config changes like a set, and a view shows the change."""
    config = MajorityConfig([1, 2, 3])
    view = config.make_ref()

    assert getattr(config, method)(*arguments) == result

    assert config.slice() == view.slice() == voters


@pytest.mark.parametrize(
    ("method", "argument", "result"),
    [
        ("contains", 3, True),
        ("contains", 4, False),
        ("get", 3, 3),
        ("get", 4, None),
        ("is_subset", [1, 2, 3], True),
        ("is_subset", {4, 3, 2, 1}, True),
        ("is_subset", [1, 2], False),
        ("is_subset", [], False),
        ("is_superset", [1, 2, 3], True),
        ("is_superset", MajorityConfig([1, 2]), True),
        ("is_superset", [], True),
        ("is_superset", [1, 4], False),
        ("is_disjoint", range(4, 6), True),
        ("is_disjoint", [], True),
        ("is_disjoint", [3, 4], False),
    ],
    ids=str,
)
def test_majority_config_queries(method: str, argument: object, result: object) -> None:
    config = MajorityConfig([1, 2, 3])

    assert getattr(config, method)(argument) == result

    assert config == MajorityConfig([1, 2, 3])


@pytest.mark.parametrize(
    ("voters", "in_order", "text"),
    [
        ([], [], "()"),
        ([7], [7], "(7)"),
        ([3, 1, 2, 1], [1, 2, 3], "(1 2 3)"),
        ([U64_MAX, 0], [0, U64_MAX], f"(0 {U64_MAX})"),
    ],
    ids=str,
)
def test_majority_config_is_a_set(voters: list[int], in_order: list[int], text: str) -> None:
    config = MajorityConfig(voters)

    assert list(config) == config.slice() == sorted(config.raw_slice()) == in_order
    assert config.ids() == set(in_order)
    assert len(config) == config.len() == len(in_order)
    assert bool(config) == bool(in_order)
    assert config.is_empty() == (not in_order)
    assert all(voter in config for voter in in_order)
    assert 8 not in config
    assert str(config) == text


def test_voters_come_from_any_iterable() -> None:
    for voters in ([1, 2], (2, 1), {1, 2}, {2: "b", 1: "a"}, range(1, 3), iter([2, 1]), MajorityConfig([1, 2])):
        assert list(MajorityConfig(voters)) == [1, 2]
    assert MajorityConfig() == MajorityConfig(voters=())
    assert JointConfig() == JointConfig(voters=())


def test_majority_config_repr() -> None:
    assert repr(MajorityConfig()) == "Configuration { voters: {} }"
    assert repr(MajorityConfig([7])) == "Configuration { voters: {7} }"


def test_majority_config_capacity() -> None:
    assert MajorityConfig().capacity() == 0
    config = MajorityConfig.with_capacity(100)
    assert config == MajorityConfig()
    assert config.capacity() >= 100

    config.insert(1)
    config.reserve(1000)
    assert config.capacity() >= 1001
    config.try_reserve(2000)
    assert config.capacity() >= 2001
    config.shrink_to(500)
    assert 500 <= config.capacity() < 2000
    config.shrink_to_fit()
    assert 1 <= config.capacity() < 500

    assert config == MajorityConfig([1])


MAX = 2**24


@pytest.mark.parametrize(
    ("ask_for_room", "error"),
    [
        pytest.param(MajorityConfig.with_capacity, ValueError, id="MajorityConfig.with_capacity"),
        pytest.param(JointConfig.with_capacity, ValueError, id="JointConfig.with_capacity"),
        pytest.param(MajorityConfig().reserve, ValueError, id="reserve"),
        pytest.param(MajorityConfig().try_reserve, MemoryError, id="try_reserve"),
    ],
)
def test_excessive_capacity(ask_for_room: Callable[[int], object], error: type[Exception]) -> None:
    """Excessive capacity raises an exception instead of aborting the process."""
    with pytest.raises(error, match=f"expected at most {MAX}, got {U64_MAX}"):
        ask_for_room(U64_MAX)
    if error is ValueError:
        with pytest.raises(error, match=rf"expected at most {MAX}, got {MAX + 1}"):
            ask_for_room(MAX + 1)
    for wrong in (-1, 2**64):
        with pytest.raises(OverflowError, match=OUT_OF_RANGE):
            ask_for_room(wrong)


@pytest.mark.parametrize(
    ("voters", "error"),
    [
        (5, TypeError),
        (None, TypeError),
        (["1"], TypeError),
        ([1.0], TypeError),
        ([None], TypeError),
        ([-1], OverflowError),
        ([2**64], OverflowError),
    ],
    ids=name,
)
@pytest.mark.parametrize(
    "method",
    [
        MajorityConfig,
        MajorityConfig().extend,
        MajorityConfig().is_subset,
        MajorityConfig().is_superset,
        MajorityConfig().is_disjoint,
        JointConfig,
    ],
    ids=name,
)
def test_invalid_voters(method: Callable[[Any], object], voters: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=NO_NUMBERS[error]):
        method(voters)


@pytest.mark.parametrize(
    ("voter", "error"),
    [("one", TypeError), (1.0, TypeError), (None, TypeError), (-1, OverflowError), (2**64, OverflowError)],
    ids=name,
)
@pytest.mark.parametrize("method", ["__contains__", "contains", "get", "insert", "replace", "remove", "take"])
def test_invalid_voter(method: str, voter: object, error: type[Exception]) -> None:
    config = MajorityConfig([1])

    with pytest.raises(error, match=NO_NUMBER[error]):
        getattr(config, method)(voter)

    assert config == MajorityConfig([1])


def new_joint(incoming: Iterable[int], outgoing: Iterable[int]) -> JointConfig:
    return JointConfig.new_joint_from_majorities(MajorityConfig(incoming), MajorityConfig(outgoing))


@pytest.mark.parametrize(
    ("incoming", "outgoing", "ids", "is_singleton"),
    [
        ([], [], [], False),
        ([3], [], [3], True),
        ([2, 1, 2], [], [1, 2], False),
        ([1], [1], [1], False),
        ([4, 2], [3, 2], [2, 3, 4], False),
        ([U64_MAX], [1], [1, U64_MAX], False),
    ],
    ids=str,
)
def test_joint_config(incoming: list[int], outgoing: list[int], ids: list[int], is_singleton: bool) -> None:
    config = new_joint(incoming, outgoing)

    assert list(config) == ids
    assert config.ids() == set(ids)
    assert len(config) == len(ids)
    assert all(voter in config and config.contains(voter) for voter in ids)
    assert 9 not in config
    assert not config.contains(9)
    assert config.is_singleton() == is_singleton
    if not outgoing:
        assert config == JointConfig(incoming)


@pytest.mark.parametrize(
    ("incoming", "outgoing", "text"),
    [
        ([], [], "incoming: Configuration { voters: {} }, outgoing: Configuration { voters: {} }"),
        ([1], [], "incoming: Configuration { voters: {1} }, outgoing: Configuration { voters: {} }"),
        ([1], [2], "incoming: Configuration { voters: {1} }, outgoing: Configuration { voters: {2} }"),
    ],
    ids=str,
)
def test_joint_config_repr(incoming: list[int], outgoing: list[int], text: str) -> None:
    assert repr(new_joint(incoming, outgoing)) == f"Configuration {{ {text} }}"


@pytest.mark.parametrize("outgoing", [[1], [1, 2, 3]], ids=str)
def test_joint_config_requires_an_incoming_majority(outgoing: list[int]) -> None:
    """raft-rs rejects a joint configuration without incoming voters."""
    with pytest.raises(ConfChangeError, match="removed all voters"):
        new_joint([], outgoing)


@pytest.mark.parametrize("wrong", [[1], {1}, JointConfig([1]), None], ids=name)
def test_joint_config_of_majorities(wrong: Any) -> None:
    with pytest.raises(TypeError, match="is not an instance of 'MajorityConfigRef'"):
        JointConfig.new_joint_from_majorities(wrong, MajorityConfig())
    with pytest.raises(TypeError, match="is not an instance of 'MajorityConfigRef'"):
        JointConfig.new_joint_from_majorities(MajorityConfig(), wrong)


def test_joint_config_copies_its_majorities() -> None:
    incoming, outgoing = MajorityConfig([1]), MajorityConfig([2])
    config = JointConfig.new_joint_from_majorities(incoming.make_ref(), outgoing)

    incoming.insert(3)
    outgoing.clear()

    assert config == new_joint([1], [2])


def test_joint_config_clear() -> None:
    config = new_joint([1, 2], [2, 3])
    view = config.make_ref()

    view.clear()

    assert config == view == JointConfig()
    assert list(config) == []


@pytest.mark.parametrize(
    ("config", "same"),
    [
        pytest.param(MajorityConfig(), MajorityConfig.with_capacity(10), id="empty majorities"),
        pytest.param(MajorityConfig([1, 2]), MajorityConfig([2, 1, 2]), id="majorities"),
        pytest.param(JointConfig(), JointConfig.with_capacity(10), id="empty, not joint"),
        pytest.param(JointConfig([1, 2]), JointConfig([2, 1]), id="not joint"),
        pytest.param(new_joint([1, 2], [3]), new_joint([2, 1], [3]), id="joint"),
    ],
)
def test_configs_are_equal(config: MajorityConfig | JointConfig, same: MajorityConfig | JointConfig) -> None:
    assert config == same
    assert config == same.make_ref()
    assert config.make_ref() == same


@pytest.mark.parametrize(
    ("config", "other"),
    [
        pytest.param(MajorityConfig([1, 2]), MajorityConfig([1]), id="majorities"),
        pytest.param(MajorityConfig([1]), JointConfig([1]), id="a majority, and one that is not joint"),
        pytest.param(MajorityConfig([1]), {1}, id="a majority and a set"),
        pytest.param(JointConfig([1]), JointConfig([2]), id="not joint"),
        pytest.param(JointConfig([1]), new_joint([1], [1]), id="not joint and joint"),
        pytest.param(new_joint([1], [2]), new_joint([2], [1]), id="joint"),
    ],
)
def test_configs_are_not_equal(config: MajorityConfig | JointConfig, other: object) -> None:
    assert config != other


@pytest.mark.parametrize("config", [MajorityConfig([1]), JointConfig([1])], ids=["majority", "joint"])
def test_configs_can_not_be_hashed(config: MajorityConfig | JointConfig) -> None:
    """They are mutable."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(config)


@pytest.mark.parametrize(
    "copied", [operator.methodcaller("clone"), copy.copy, copy.deepcopy], ids=["clone", "copy", "deepcopy"]
)
@pytest.mark.parametrize("new", [MajorityConfig, JointConfig], ids=name)
def test_configs_are_copied(new: type[MajorityConfig] | type[JointConfig], copied: Callable[[Any], Any]) -> None:
    """A copy is independent, also that of a view."""
    for config in (new([1, 2]), new([1, 2]).make_ref()):
        clone = copied(config)
        assert type(clone) is new
        assert clone == config

        clone.clear()

        assert list(config) == [1, 2]
        assert list(clone) == []


@pytest.mark.parametrize("config", [MajorityConfig([1]), JointConfig([1])], ids=["majority", "joint"])
def test_invalid_votes_and_indices_are_named(config: Any) -> None:
    for wrong in (5, None, "x"):
        for ask in (config.vote_result, lambda given: config.committed_index(False, given)):
            with pytest.raises(TypeError, match=f"expected a mapping .* or a callable, got {type(wrong).__name__}"):
                ask(wrong)
    for votes in ({1: "x"}, lambda _: "x"):
        with pytest.raises(TypeError, match="voter 1: expected bool or None, got str"):
            config.vote_result(votes)
        with pytest.raises(TypeError, match="voter 1: expected Index or None, got str"):
            config.committed_index(False, votes)


def test_invalid_votes_of_a_tracker_are_named() -> None:
    tracker = ProgressTracker(1)

    with pytest.raises(TypeError, match="expected a mapping of voter ids to bools, got int"):
        tracker.vote_result(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="voter 1: expected bool, got int"):
        tracker.vote_result({1: 2})  # type: ignore[dict-item]
