"""raft-rs's module `util`, and the modules `confchange` and `confstate` of `raft-proto`."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    NO_LIMIT,
    ConfChangeSingle,
    ConfChangeType,
    ConfState,
    Entry,
    MajorityConfig,
    Message,
    RaftPanicError,
    Snapshot,
    SnapshotMetadata,
    Union,
    conf_state_eq,
    entry_approximate_size,
    is_continuous_ents,
    is_empty_snap,
    limit_size,
    majority,
    new_conf_change_single,
    parse_conf_change,
    stringify_conf_change,
)
from tests.harness.reasons import NO_NUMBER, NO_NUMBERS, NOT_ITERABLE, OUT_OF_RANGE
from tests.harness.util import conf_state, conf_state_v2, new_snapshot

U64_MAX = 2**64 - 1

ADD, ADD_LEARNER, REMOVE = ConfChangeType.AddNode, ConfChangeType.AddLearnerNode, ConfChangeType.RemoveNode


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("", []),
        ("v1", [(1, ADD)]),
        ("l2", [(2, ADD_LEARNER)]),
        ("r3", [(3, REMOVE)]),
        ("v1 l2 r3", [(1, ADD), (2, ADD_LEARNER), (3, REMOVE)]),
        ("v1 v1 l1", [(1, ADD), (1, ADD), (1, ADD_LEARNER)]),
        (f"v0 r{U64_MAX}", [(0, ADD), (U64_MAX, REMOVE)]),
    ],
    ids=str,
)
def test_conf_change_text(text: str, changes: list[tuple[int, ConfChangeType]]) -> None:
    """`stringify_conf_change` is the inverse of `parse_conf_change`."""
    ccs = [new_conf_change_single(node_id, change_type) for node_id, change_type in changes]

    assert parse_conf_change(text) == ccs
    assert stringify_conf_change(ccs) == text


@pytest.mark.parametrize(
    ("text", "as_written"),
    [(" \t\n ", ""), ("\n v1\tl2 \r\n  r3\n", "v1 l2 r3"), ("v007", "v7"), ("v+1", "v1")],
    ids=repr,
)
def test_parse_conf_change_is_lenient(text: str, as_written: str) -> None:
    assert stringify_conf_change(parse_conf_change(text)) == as_written


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("v", "unknown token v"),
        ("1", "unknown token 1"),
        ("v1 x2", "unknown token x2"),
        ("V1", "unknown token V1"),
        ("v1,v2", "parse token v1,v2 fail: invalid digit found in string"),
        ("v-1", "parse token v-1 fail: invalid digit found in string"),
        ("vv", "parse token vv fail: invalid digit found in string"),
        ("v1 r1.5", "parse token r1.5 fail: invalid digit found in string"),
        (f"v{2**64}", f"parse token v{2**64} fail: number too large to fit in target type"),
        ("é1", "unknown token é1"),
        ("v\N{ARABIC-INDIC DIGIT ONE}", "unknown token v\N{ARABIC-INDIC DIGIT ONE}"),
    ],
)
def test_parse_conf_change_rejects(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        parse_conf_change(text)


@pytest.mark.parametrize("text", [None, 1, b"v1", ["v1"]], ids=repr)
def test_parse_conf_change_requires_str(text: Any) -> None:
    with pytest.raises(TypeError, match=r"is not an instance of 'str'"):
        parse_conf_change(text)


@pytest.mark.parametrize("ccs", [None, 1, "v1", [1], [(1, ADD)], [ADD]], ids=repr)
def test_stringify_conf_change_requires_changes(ccs: Any) -> None:
    with pytest.raises(TypeError, match=f"{NOT_ITERABLE}|^expected ConfChangeSingle, got "):
        stringify_conf_change(ccs)


def test_stringify_conf_change_accepts_any_iterable() -> None:
    """Views of changes, in any iterable."""
    assert stringify_conf_change(change.make_ref() for change in parse_conf_change("v1 l2")) == "v1 l2"
    assert stringify_conf_change((ConfChangeSingle(),)) == "v0"


@pytest.mark.parametrize(
    ("first", "second", "ids"),
    [
        ([], [], []),
        ([2, 1], [], [1, 2]),
        ([], {3, 1}, [1, 3]),
        ([1, 2], [2, 3], [1, 2, 3]),
        ([1, 1], [1], [1]),
        (MajorityConfig([5, 6]), range(6, 8), [5, 6, 7]),
        ([U64_MAX], [0], [0, U64_MAX]),
    ],
    ids=str,
)
def test_union(first: Any, second: Any, ids: list[int]) -> None:
    union = Union(first, second)

    assert list(union) == union.iter() == ids
    assert len(union) == union.len() == len(ids)
    assert union.is_empty() == (not ids)
    assert bool(union) == bool(ids)
    assert all(voter in union and union.contains(voter) for voter in ids)
    assert 9 not in union
    assert not union.contains(9)
    assert repr(union) == f"Union({ids})"


def test_union_copies_its_sets() -> None:
    config = MajorityConfig([1])
    union = Union(config, config)

    config.insert(2)

    assert list(union) == [1]


@pytest.mark.parametrize("wrong", [None, 1, ["1"], [None], [1.0]], ids=str)
def test_union_requires_ids(wrong: Any) -> None:
    with pytest.raises(TypeError, match=NO_NUMBERS[TypeError]):
        Union(wrong, [])
    with pytest.raises(TypeError, match=NO_NUMBERS[TypeError]):
        Union([], wrong)


@pytest.mark.parametrize("wrong", [None, "1", 1.0], ids=repr)
def test_union_membership_requires_ids(wrong: Any) -> None:
    with pytest.raises(TypeError, match=NO_NUMBER[TypeError]):
        _ = wrong in Union([1], [])
    with pytest.raises(TypeError, match=NO_NUMBER[TypeError]):
        Union([1], []).contains(wrong)


JOINT = conf_state_v2([1, 2], [5, 6], [2, 3], [3, 4], auto_leave=True)


@pytest.mark.parametrize(
    ("state", "same"),
    [
        (ConfState(), ConfState()),
        (conf_state([1, 2, 3]), conf_state([3, 1, 2])),
        (conf_state([1, 2], [3, 4]), conf_state([2, 1], [4, 3])),
        (JOINT, JOINT.clone()),
        (JOINT, conf_state_v2([2, 1], [6, 5], [3, 2], [4, 3], auto_leave=True)),
    ],
    ids=str,
)
def test_equal_conf_states(state: ConfState, same: ConfState) -> None:
    assert conf_state_eq(state, same)
    assert conf_state_eq(same.make_ref(), state.make_ref())


@pytest.mark.parametrize(
    "other",
    [
        conf_state_v2([1], [5, 6], [2, 3], [3, 4], auto_leave=True),
        conf_state_v2([1, 2, 3], [5, 6], [2, 3], [3, 4], auto_leave=True),
        conf_state_v2([1, 2], [5], [2, 3], [3, 4], auto_leave=True),
        conf_state_v2([1, 2], [5, 6], [2], [3, 4], auto_leave=True),
        conf_state_v2([1, 2], [5, 6], [2, 3], [3], auto_leave=True),
        conf_state_v2([1, 2], [5, 6], [2, 3], [3, 4], auto_leave=False),
        ConfState(),
    ],
    ids=str,
)
def test_unequal_conf_states(other: ConfState) -> None:
    assert not conf_state_eq(JOINT, other)
    assert not conf_state_eq(other, JOINT)


@pytest.mark.parametrize("wrong", [None, [1], ([1], []), Snapshot()], ids=repr)
def test_conf_state_eq_requires_conf_states(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"^expected ConfState, got {type(wrong).__name__}"):
        conf_state_eq(JOINT, wrong)
    with pytest.raises(TypeError, match=f"^expected ConfState, got {type(wrong).__name__}"):
        conf_state_eq(wrong, JOINT)


def entries_of(*sizes: int) -> list[Entry]:
    """Entries with encodings of these sizes: 0, or 2 bytes more than their data."""
    entries = [Entry(data=b"*" * (size - 2)) if size else Entry() for size in sizes]
    assert [entry.compute_size() for entry in entries] == list(sizes)
    return entries


@pytest.mark.parametrize(
    ("sizes", "limit", "left"),
    [
        # The example in raft-rs's documentation: at least one entry is always left.
        ([102, 102, 102, 102, 102], 220, 2),
        ([102, 102], 0, 1),
        ([], 0, 0),
        ([102], 0, 1),
        ([50, 50, 50], 100, 2),
        ([50, 50, 50], 99, 1),
        ([50, 50, 50], 149, 2),
        ([50, 50, 50], 150, 3),
        ([50, 50, 50], None, 3),
        ([50, 50, 50], NO_LIMIT, 3),
        # The first entry that is not empty is left, not just the first one.
        ([0, 0, 50, 50], 0, 3),
        ([50, 0, 0], 50, 3),
    ],
    ids=str,
)
def test_limit_size(sizes: list[int], limit: int | None, left: int) -> None:
    """The list is truncated in place. Its entries remain the same objects."""
    entries = entries_of(*sizes)
    before = list(entries)

    limit_size(entries, limit)

    assert len(entries) == left
    assert all(entry is same for entry, same in zip(entries, before, strict=False))


def test_limit_size_accepts_views() -> None:
    message = Message(entries=entries_of(50, 50))
    views: list[Any] = list(message.entries)

    limit_size(views, 60)

    assert views == entries_of(50)
    assert len(message.entries) == 2


@pytest.mark.parametrize(
    ("entries", "limit", "error", "reason"),
    [
        (None, 1, TypeError, "is not an instance of 'list'"),
        ((), 1, TypeError, "is not an instance of 'list'"),
        ([1], 1, TypeError, "expected Entry, got int"),
        ([Entry(), None], 1, TypeError, "expected Entry, got NoneType"),
        ([], "1", TypeError, NO_NUMBER[TypeError]),
        ([], -1, OverflowError, OUT_OF_RANGE),
        ([], 2**64, OverflowError, OUT_OF_RANGE),
    ],
    ids=["None", "tuple", "list of ints", "list with None", "text", "negative limit", "too large a limit"],
)
def test_limit_size_arguments(entries: Any, limit: Any, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        limit_size(entries, limit)


@pytest.mark.parametrize(
    ("indexes", "following", "is_continuous"),
    [
        ([], [], True),
        ([], [7], True),
        ([7], [], True),
        ([7], [8], True),
        ([6, 7], [8, 9], True),
        ([7], [7], False),
        ([7], [9], False),
        ([7, 8], [8], False),
        # Only the adjacent ends are compared.
        ([1, 7], [8, 1], True),
    ],
    ids=str,
)
def test_is_continuous_ents(indexes: list[int], following: list[int], is_continuous: bool) -> None:
    message = Message(entries=[Entry(index=index) for index in indexes])

    assert is_continuous_ents(message, [Entry(index=index) for index in following]) == is_continuous
    assert is_continuous_ents(message.make_ref(), (Entry(index=index) for index in following)) == is_continuous


def test_greatest_index_has_no_successor() -> None:
    with pytest.raises(RaftPanicError, match="attempt to add with overflow"):
        is_continuous_ents(Message(entries=[Entry(index=U64_MAX)]), [Entry()])


@pytest.mark.parametrize(
    ("message", "entries", "reason"),
    [
        (None, [], "expected Message, got NoneType"),
        (Entry(), [], "expected Message, got Entry"),
        (Message(), None, NOT_ITERABLE),
        (Message(), [1], "expected Entry, got int"),
        (Message(), [Message()], "expected Entry, got Message"),
    ],
)
def test_is_continuous_ents_arguments(message: Any, entries: Any, reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        is_continuous_ents(message, entries)


@pytest.mark.parametrize(
    ("entry", "size"),
    [
        (Entry(), 12),
        (Entry(term=U64_MAX, index=U64_MAX, sync_log=True), 12),
        (Entry(data=b"abc"), 15),
        (Entry(context=b"abcd"), 16),
        (Entry(data=b"*" * 1000, context=b"*" * 100), 1112),
    ],
    ids=["default", "numbers", "data", "context", "both"],
)
def test_entry_approximate_size(entry: Entry, size: int) -> None:
    assert entry_approximate_size(entry) == entry_approximate_size(entry.make_ref()) == size


@pytest.mark.parametrize(
    ("snapshot", "is_empty"),
    [
        (Snapshot(), True),
        (new_snapshot(0, 1, [1]), True),
        (Snapshot(data=b"data"), True),
        (Snapshot(metadata=SnapshotMetadata(index=1)), False),
        (new_snapshot(U64_MAX, 1, [1]), False),
    ],
    ids=["default", "no index", "data", "index", "greatest index"],
)
def test_is_empty_snap(snapshot: Snapshot, is_empty: bool) -> None:
    assert is_empty_snap(snapshot) == is_empty_snap(snapshot.make_ref()) == snapshot.is_empty() == is_empty


@pytest.mark.parametrize("function", [entry_approximate_size, is_empty_snap])
@pytest.mark.parametrize("wrong", [None, 1, b"", Message()], ids=["None", "int", "bytes", "Message"])
def test_functions_require_their_argument(function: Callable[[Any], object], wrong: object) -> None:
    with pytest.raises(TypeError, match=f"^expected (Entry|Snapshot), got {type(wrong).__name__}"):
        function(wrong)


@pytest.mark.parametrize(("total", "quorum"), [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (U64_MAX, 2**63)])
def test_majority(total: int, quorum: int) -> None:
    assert majority(total) == quorum
