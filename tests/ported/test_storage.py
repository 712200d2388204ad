"""Port of the unit tests of raft-rs src/storage.rs (v0.7.0).

What raft-rs asks of its `MemStorage`, the storage in Python promises as well.
"""

from collections.abc import Sequence

import pytest

from rraft import (
    NO_LIMIT,
    CompactedError,
    ConfState,
    Entry,
    GetEntriesContext,
    RaftStorageError,
    Snapshot,
    SnapshotOutOfDateError,
    SnapshotTemporarilyUnavailableError,
    StoreError,
    UnavailableError,
)
from tests.harness import AnyStorage
from tests.harness.util import new_snapshot

ENTRIES = [Entry(index=3, term=3), Entry(index=4, term=4), Entry(index=5, term=5), Entry(index=6, term=6)]


def fill(storage: AnyStorage, entries: Sequence[Entry]) -> None:
    """Fills an empty storage with these entries, compacted up to the first of them."""
    first_index = entries[0].index
    storage.wl().append([Entry(index=index) for index in range(1, first_index)])
    storage.wl().append(entries)
    storage.wl().compact(first_index)


def all_entries(storage: AnyStorage) -> list[Entry]:
    return storage.entries(storage.first_index(), storage.last_index() + 1, GetEntriesContext.empty(False), None)


@pytest.mark.parametrize(("index", "term"), [(3, 3), (4, 4), (5, 5)])
def test_storage_term(index: int, term: int, storage: AnyStorage) -> None:
    fill(storage, ENTRIES[:3])

    assert storage.term(index) == term


@pytest.mark.parametrize(("index", "error"), [(2, CompactedError), (6, UnavailableError)])
def test_storage_term_out_of_range(index: int, error: type[RaftStorageError], storage: AnyStorage) -> None:
    fill(storage, ENTRIES[:3])

    with pytest.raises(StoreError) as raised:
        storage.term(index)

    assert isinstance(raised.value.error, error)


ENTRY_4_SIZE, ENTRY_5_SIZE, ENTRY_6_SIZE = (entry.compute_size() for entry in ENTRIES[1:])


@pytest.mark.parametrize(
    ("low", "high", "max_size", "entries"),
    [
        pytest.param(3, 4, NO_LIMIT, ENTRIES[:1], id="first"),
        pytest.param(4, 5, NO_LIMIT, ENTRIES[1:2], id="one"),
        pytest.param(4, 6, NO_LIMIT, ENTRIES[1:3], id="two"),
        pytest.param(4, 7, NO_LIMIT, ENTRIES[1:], id="three"),
        # Even if `max_size` is zero, the first entry should be returned.
        pytest.param(4, 7, 0, ENTRIES[1:2], id="limited to 0 bytes"),
        # Limit to 2.
        pytest.param(4, 7, ENTRY_4_SIZE + ENTRY_5_SIZE, ENTRIES[1:3], id="limited to two"),
        pytest.param(
            4, 7, ENTRY_4_SIZE + ENTRY_5_SIZE + ENTRY_6_SIZE // 2, ENTRIES[1:3], id="limited to two and a half"
        ),
        pytest.param(
            4, 7, ENTRY_4_SIZE + ENTRY_5_SIZE + ENTRY_6_SIZE - 1, ENTRIES[1:3], id="limited to three less a byte"
        ),
        # All.
        pytest.param(4, 7, ENTRY_4_SIZE + ENTRY_5_SIZE + ENTRY_6_SIZE, ENTRIES[1:], id="limited to three"),
    ],
)
def test_storage_entries(low: int, high: int, max_size: int, entries: Sequence[Entry], storage: AnyStorage) -> None:
    fill(storage, ENTRIES)

    assert storage.entries(low, high, GetEntriesContext.empty(False), max_size) == entries


def test_storage_entries_compacted(storage: AnyStorage) -> None:
    fill(storage, ENTRIES)

    with pytest.raises(StoreError) as raised:
        storage.entries(2, 6, GetEntriesContext.empty(False), NO_LIMIT)

    assert isinstance(raised.value.error, CompactedError)


def test_storage_last_index(storage: AnyStorage) -> None:
    fill(storage, ENTRIES[:3])
    assert storage.last_index() == 5

    storage.wl().append([Entry(index=6, term=5)])
    assert storage.last_index() == 6


def test_storage_first_index(storage: AnyStorage) -> None:
    fill(storage, ENTRIES[:3])
    assert storage.first_index() == 3

    storage.wl().compact(4)
    assert storage.first_index() == 4


@pytest.mark.parametrize(
    ("compact_index", "index", "term", "length"), [(2, 3, 3, 3), (3, 3, 3, 3), (4, 4, 4, 2), (5, 5, 5, 1)]
)
def test_storage_compact(compact_index: int, index: int, term: int, length: int, storage: AnyStorage) -> None:
    fill(storage, ENTRIES[:3])

    storage.wl().compact(compact_index)

    assert storage.first_index() == index
    [first] = storage.entries(index, index + 1, GetEntriesContext.empty(False), 1)
    assert first.term == term
    last_index = storage.last_index()
    assert len(storage.entries(index, last_index + 1, GetEntriesContext.empty(False), 100)) == length


def fill_and_commit(storage: AnyStorage, index: int) -> None:
    """Fills an empty storage with entries of nodes 1, 2 and 3, committed up to `index`."""
    fill(storage, ENTRIES[:3])
    storage.wl().mut_hard_state().commit = index
    storage.wl().mut_hard_state().term = index
    storage.wl().set_conf_state(ConfState(voters=[1, 2, 3]))


@pytest.mark.parametrize(
    ("commit", "request_index", "snapshot"),
    [
        pytest.param(4, 0, new_snapshot(4, 4, [1, 2, 3]), id="any index"),
        pytest.param(5, 5, new_snapshot(5, 5, [1, 2, 3]), id="commit index"),
        pytest.param(5, 6, new_snapshot(6, 5, [1, 2, 3]), id="later index"),
    ],
)
def test_storage_create_snapshot(commit: int, request_index: int, snapshot: Snapshot, storage: AnyStorage) -> None:
    fill_and_commit(storage, commit)

    assert storage.snapshot(request_index, 0) == snapshot


def test_storage_create_snapshot_unavailable(storage: AnyStorage) -> None:
    fill_and_commit(storage, 5)
    storage.wl().trigger_snap_unavailable()

    with pytest.raises(StoreError) as raised:
        storage.snapshot(6, 0)

    assert isinstance(raised.value.error, SnapshotTemporarilyUnavailableError)


@pytest.mark.parametrize(
    ("appended", "entries"),
    [
        pytest.param(
            [Entry(index=3, term=3), Entry(index=4, term=4), Entry(index=5, term=5)],
            [Entry(index=3, term=3), Entry(index=4, term=4), Entry(index=5, term=5)],
            id="the same",
        ),
        pytest.param(
            [Entry(index=3, term=3), Entry(index=4, term=6), Entry(index=5, term=6)],
            [Entry(index=3, term=3), Entry(index=4, term=6), Entry(index=5, term=6)],
            id="other terms",
        ),
        pytest.param(
            [Entry(index=3, term=3), Entry(index=4, term=4), Entry(index=5, term=5), Entry(index=6, term=5)],
            [Entry(index=3, term=3), Entry(index=4, term=4), Entry(index=5, term=5), Entry(index=6, term=5)],
            id="the same and one more",
        ),
        pytest.param(
            [Entry(index=4, term=5)],
            [Entry(index=3, term=3), Entry(index=4, term=5)],
            id="truncate the existing entries and append",
        ),
        pytest.param(
            [Entry(index=6, term=6)],
            [Entry(index=3, term=3), Entry(index=4, term=4), Entry(index=5, term=5), Entry(index=6, term=6)],
            id="direct append",
        ),
    ],
)
def test_storage_append(appended: Sequence[Entry], entries: Sequence[Entry], storage: AnyStorage) -> None:
    fill(storage, ENTRIES[:3])

    storage.wl().append(appended)

    assert all_entries(storage) == entries


def test_storage_append_compacted(storage: AnyStorage) -> None:
    """Overwriting compacted raft logs is not allowed."""
    fill(storage, ENTRIES[:3])

    with pytest.raises(StoreError, match="overwrite compacted raft logs, compacted: 2, append: 2"):
        storage.wl().append([Entry(index=2, term=3), Entry(index=3, term=3), Entry(index=4, term=5)])


def test_storage_apply_snapshot(storage: AnyStorage) -> None:
    # Apply a snapshot successfully.
    storage.wl().apply_snapshot(new_snapshot(4, 4, [1, 2, 3]))

    # Applying an older snapshot fails.
    with pytest.raises(StoreError) as raised:
        storage.wl().apply_snapshot(new_snapshot(3, 3, [1, 2, 3]))

    assert isinstance(raised.value.error, SnapshotOutOfDateError)
