"""Misuse of `MemStorage`, and of the equivalent storage in Python: both raise the same exceptions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rraft import (
    CompactedError,
    ConfState,
    MemStorage,
    RaftStorageError,
    SnapshotOutOfDateError,
    StoreError,
    UnavailableError,
)
from tests.harness import AnyStorage
from tests.harness.misuse import LARGEST, case, context
from tests.harness.util import empty_entry, log_of, new_snapshot


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
