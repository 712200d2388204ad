"""Port of the unit tests of raft-rs src/raft_log.rs (v0.7.0)."""

from collections.abc import Sequence

import pytest

from rraft import (
    NO_LIMIT,
    CompactedError,
    Entry,
    GetEntriesContext,
    Logger,
    RaftLog,
    RaftPanicError,
    StoreError,
)
from tests.harness import AnyStorage
from tests.harness.util import new_snapshot

PREVIOUS_ENTRIES = [Entry(index=1, term=1), Entry(index=2, term=2), Entry(index=3, term=3)]


def new_log(storage: AnyStorage, logger: Logger, unstable_entries: Sequence[Entry]) -> RaftLog:
    raft_log = RaftLog(storage, logger)
    raft_log.append(unstable_entries)
    return raft_log


def take_unstable_entries(raft_log: RaftLog) -> list[Entry]:
    """Marks the unstable entries as stable. Returns them, for the storage."""
    entries = [entry.clone() for entry in raft_log.unstable_entries()]
    if entries:
        raft_log.stable_entries(entries[-1].index, entries[-1].term)
    return entries


@pytest.mark.parametrize(
    ("entries", "conflict"),
    [
        # No conflict, empty. (It is there twice in raft-rs.)
        pytest.param([], 0, id="empty"),
        # No conflict.
        pytest.param([Entry(index=1, term=1), Entry(index=2, term=2), Entry(index=3, term=3)], 0, id="the same"),
        pytest.param([Entry(index=2, term=2), Entry(index=3, term=3)], 0, id="the same from 2 on"),
        pytest.param([Entry(index=3, term=3)], 0, id="the same from 3 on"),
        # No conflict, but has new entries.
        pytest.param(
            [
                Entry(index=1, term=1),
                Entry(index=2, term=2),
                Entry(index=3, term=3),
                Entry(index=4, term=4),
                Entry(index=5, term=4),
            ],
            4,
            id="the same and new ones",
        ),
        pytest.param(
            [Entry(index=2, term=2), Entry(index=3, term=3), Entry(index=4, term=4), Entry(index=5, term=4)],
            4,
            id="the same from 2 on and new ones",
        ),
        pytest.param(
            [Entry(index=3, term=3), Entry(index=4, term=4), Entry(index=5, term=4)],
            4,
            id="the same from 3 on and new ones",
        ),
        pytest.param([Entry(index=4, term=4), Entry(index=5, term=4)], 4, id="new ones"),
        # Conflicts with existing entries.
        pytest.param([Entry(index=1, term=4), Entry(index=2, term=4)], 1, id="conflict at 1"),
        pytest.param([Entry(index=2, term=1), Entry(index=3, term=4), Entry(index=4, term=4)], 2, id="conflict at 2"),
        pytest.param(
            [Entry(index=3, term=1), Entry(index=4, term=2), Entry(index=5, term=4), Entry(index=6, term=4)],
            3,
            id="conflict at 3",
        ),
    ],
)
def test_find_conflict(entries: Sequence[Entry], conflict: int, storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_log(storage, logger, PREVIOUS_ENTRIES)

    assert raft_log.find_conflict(entries) == conflict


@pytest.mark.parametrize(
    ("beyond", "term", "is_up_to_date"),
    [
        # Greater term, ignore last index.
        (-1, 4, True),
        (0, 4, True),
        (1, 4, True),
        # Smaller term, ignore last index.
        (-1, 2, False),
        (0, 2, False),
        (1, 2, False),
        # Equal term, larger last index wins.
        (-1, 3, False),
        (0, 3, True),
        (1, 3, True),
    ],
)
def test_is_up_to_date(beyond: int, term: int, is_up_to_date: bool, storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_log(storage, logger, PREVIOUS_ENTRIES)

    assert raft_log.is_up_to_date(raft_log.last_index() + beyond, term) == is_up_to_date


@pytest.mark.parametrize(
    ("entries", "last_index", "expected_entries", "unstable_offset"),
    [
        pytest.param([], 2, [Entry(index=1, term=1), Entry(index=2, term=2)], 3, id="nothing"),
        pytest.param(
            [Entry(index=3, term=2)],
            3,
            [Entry(index=1, term=1), Entry(index=2, term=2), Entry(index=3, term=2)],
            3,
            id="no conflict",
        ),
        pytest.param([Entry(index=1, term=2)], 1, [Entry(index=1, term=2)], 1, id="conflict with index 1"),
        pytest.param(
            [Entry(index=2, term=3), Entry(index=3, term=3)],
            3,
            [Entry(index=1, term=1), Entry(index=2, term=3), Entry(index=3, term=3)],
            2,
            id="conflict with index 2",
        ),
    ],
)
def test_append(
    entries: Sequence[Entry],
    last_index: int,
    expected_entries: Sequence[Entry],
    unstable_offset: int,
    storage: AnyStorage,
    logger: Logger,
) -> None:
    storage.wl().append([Entry(index=1, term=1), Entry(index=2, term=2)])
    raft_log = RaftLog(storage, logger)

    assert raft_log.append(entries) == last_index
    assert raft_log.entries(1, GetEntriesContext.empty(False), None) == expected_entries
    assert raft_log.unstable().offset == unstable_offset


def test_compaction_side_effects(storage: AnyStorage, logger: Logger) -> None:
    """All entries above the compacted index are still found after a compaction."""
    last_index = 1000
    unstable_index = 750
    last_term = last_index
    for i in range(1, unstable_index + 1):
        storage.wl().append([Entry(index=i, term=i)])
    raft_log = RaftLog(storage, logger)
    for i in range(unstable_index, last_index):
        raft_log.append([Entry(index=i + 1, term=i + 1)])
    assert raft_log.maybe_commit(last_index, last_term)

    offset = 500
    raft_log.store().wl().compact(offset)

    assert raft_log.last_index() == last_index
    for i in range(offset, raft_log.last_index() + 1):
        assert raft_log.term(i) == i
        assert raft_log.match_term(i, i)

    unstable_entries = raft_log.unstable_entries()
    assert len(unstable_entries) == last_index - unstable_index
    assert unstable_entries[0].index == unstable_index + 1

    previous = raft_log.last_index()
    raft_log.append([Entry(index=previous + 1, term=previous + 1)])
    assert raft_log.last_index() == previous + 1

    previous = raft_log.last_index()
    assert len(raft_log.entries(previous, GetEntriesContext.empty(False), None)) == 1


def test_term_with_unstable_snapshot(storage: AnyStorage, logger: Logger) -> None:
    stored_index = 10064
    unstable_index = stored_index + 5
    storage.wl().apply_snapshot(new_snapshot(stored_index, 1))
    raft_log = RaftLog(storage, logger)

    raft_log.restore(new_snapshot(unstable_index, 1))

    assert raft_log.committed == unstable_index
    assert raft_log.persisted == stored_index
    # Cannot get the term from the storage.
    assert raft_log.term(stored_index) == 0
    # Cannot get the term from the gap between the storage's entries and the unstable snapshot.
    assert raft_log.term(stored_index + 1) == 0
    assert raft_log.term(unstable_index - 1) == 0
    # Get the term from the unstable snapshot's index.
    assert raft_log.term(unstable_index) == 1


@pytest.mark.parametrize(
    ("index", "term"),
    [
        pytest.param(99, 0, id="before the snapshot"),
        pytest.param(100, 1, id="snapshot"),
        pytest.param(150, 50, id="entry in the middle"),
        pytest.param(199, 99, id="last entry"),
        pytest.param(200, 0, id="after the last entry"),
    ],
)
def test_term(index: int, term: int, storage: AnyStorage, logger: Logger) -> None:
    storage.wl().apply_snapshot(new_snapshot(100, 1))
    raft_log = RaftLog(storage, logger)
    for i in range(1, 100):
        raft_log.append([Entry(index=100 + i, term=i)])

    assert raft_log.term(index) == term


def test_log_restore(storage: AnyStorage, logger: Logger) -> None:
    """A new log has the state of its storage."""
    index, term = 1000, 1000
    storage.wl().apply_snapshot(new_snapshot(index, term))
    entries = [Entry(index=index + 1, term=term), Entry(index=index + 2, term=term + 1)]
    storage.wl().append(entries)

    raft_log = RaftLog(storage, logger)

    assert raft_log.all_entries() == entries
    assert raft_log.first_index() == index + 1
    assert raft_log.committed == index
    assert raft_log.persisted == index + 2
    assert raft_log.unstable().offset == index + 3

    assert raft_log.term(index) == term
    assert raft_log.term(index + 1) == term
    assert raft_log.term(index + 2) == term + 1


SNAP_INDEX, SNAP_TERM = 5, 2


@pytest.mark.parametrize(
    ("index", "term", "has_entry", "persisted"),
    [
        (SNAP_INDEX + 1, SNAP_TERM, False, SNAP_INDEX),
        (SNAP_INDEX, SNAP_TERM, False, SNAP_INDEX),
        (SNAP_INDEX - 1, SNAP_TERM, False, SNAP_INDEX),
        (SNAP_INDEX + 1, SNAP_TERM + 1, False, SNAP_INDEX),
        (SNAP_INDEX, SNAP_TERM + 1, False, SNAP_INDEX),
        (SNAP_INDEX - 1, SNAP_TERM + 1, False, SNAP_INDEX),
        (SNAP_INDEX + 1, SNAP_TERM, True, SNAP_INDEX + 1),
        (SNAP_INDEX, SNAP_TERM, True, SNAP_INDEX),
        (SNAP_INDEX - 1, SNAP_TERM, True, SNAP_INDEX),
        (SNAP_INDEX + 1, SNAP_TERM + 1, True, SNAP_INDEX),
        (SNAP_INDEX, SNAP_TERM + 1, True, SNAP_INDEX),
        (SNAP_INDEX - 1, SNAP_TERM + 1, True, SNAP_INDEX),
    ],
)
def test_maybe_persist_with_snap(
    index: int, term: int, has_entry: bool, persisted: int, storage: AnyStorage, logger: Logger
) -> None:
    """After a stored snapshot, only the stored entry at the right index with the right term is persisted."""
    storage.wl().apply_snapshot(new_snapshot(SNAP_INDEX, SNAP_TERM))
    raft_log = RaftLog(storage, logger)
    assert raft_log.persisted == SNAP_INDEX
    raft_log.append([Entry(index=SNAP_INDEX + 1, term=SNAP_TERM)] if has_entry else [])
    raft_log.mut_store().wl().append(take_unstable_entries(raft_log))

    assert raft_log.maybe_persist(index, term) == (persisted != SNAP_INDEX)
    assert raft_log.persisted == persisted


def test_maybe_persist_with_unstable_snap(storage: AnyStorage, logger: Logger) -> None:
    """After an unstable snapshot, no unstable entry is persisted."""
    raft_log = RaftLog(storage, logger)
    raft_log.restore(new_snapshot(100, 1))
    assert raft_log.unstable().offset == 101

    raft_log.append([Entry(index=101, term=1)])
    assert raft_log.term(101) == 1
    # 101 == offset, should not forward persisted.
    assert not raft_log.maybe_persist(101, 1)

    raft_log.append([Entry(index=102, term=1)])
    assert raft_log.term(102) == 1
    # 102 > offset, should not forward persisted.
    assert not raft_log.maybe_persist(102, 1)


@pytest.mark.parametrize(
    ("stored", "unstable"),
    [
        pytest.param([Entry(index=1, term=1), Entry(index=2, term=2)], [], id="all stored"),
        pytest.param([], [Entry(index=1, term=1), Entry(index=2, term=2)], id="all unstable"),
    ],
)
def test_unstable_ents(stored: Sequence[Entry], unstable: Sequence[Entry], storage: AnyStorage, logger: Logger) -> None:
    """The log returns its unstable entries."""
    storage.wl().append(stored)
    raft_log = new_log(storage, logger, unstable)

    assert take_unstable_entries(raft_log) == unstable
    assert raft_log.unstable().offset == 3


ENTRIES_FROM_4 = [Entry(index=4, term=1), Entry(index=5, term=1), Entry(index=6, term=1), Entry(index=7, term=1)]


@pytest.mark.parametrize(
    ("applied", "persisted", "committed", "entries"),
    [
        (0, 3, 3, None),
        (0, 3, 4, None),
        (0, 4, 6, ENTRIES_FROM_4[:1]),
        (0, 6, 4, ENTRIES_FROM_4[:1]),
        (0, 5, 5, ENTRIES_FROM_4[:2]),
        (0, 5, 7, ENTRIES_FROM_4[:2]),
        (0, 7, 5, ENTRIES_FROM_4[:2]),
        (3, 4, 3, None),
        (3, 5, 5, ENTRIES_FROM_4[:2]),
        (3, 6, 7, ENTRIES_FROM_4[:3]),
        (3, 7, 6, ENTRIES_FROM_4[:3]),
        (4, 5, 5, ENTRIES_FROM_4[1:2]),
        (4, 5, 7, ENTRIES_FROM_4[1:2]),
        (4, 7, 5, ENTRIES_FROM_4[1:2]),
        (4, 7, 7, ENTRIES_FROM_4[1:4]),
        (5, 5, 5, None),
        (5, 7, 7, ENTRIES_FROM_4[2:4]),
        (7, 7, 7, None),
    ],
    ids=lambda value: f"{len(value)} entries" if isinstance(value, list) else str(value),
)
def test_has_next_ents_and_next_ents(
    applied: int,
    persisted: int,
    committed: int,
    entries: Sequence[Entry] | None,
    storage: AnyStorage,
    logger: Logger,
) -> None:
    """The next entries are those that are committed and persisted, but not applied."""
    storage.wl().apply_snapshot(new_snapshot(3, 1))
    raft_log = new_log(storage, logger, ENTRIES_FROM_4)
    raft_log.mut_store().wl().append(take_unstable_entries(raft_log))
    raft_log.maybe_persist(persisted, 1)
    assert raft_log.persisted == persisted
    raft_log.maybe_commit(committed, 1)
    assert raft_log.committed == committed
    raft_log.applied_to(applied)

    assert raft_log.has_next_entries() == (entries is not None)
    assert raft_log.next_entries(None) == entries


def new_sliced_log(storage: AnyStorage, logger: Logger) -> RaftLog:
    """A log of a snapshot at index 100, stored entries at 101 to 149, and unstable ones at 150 to 199."""
    storage.wl().apply_snapshot(new_snapshot(100, 0))
    storage.wl().append([Entry(index=index, term=index) for index in range(101, 150)])
    return new_log(storage, logger, [Entry(index=index, term=index) for index in range(150, 200)])


HALF, LAST = 150, 200
HALF_SIZE = Entry(index=HALF, term=HALF).compute_size()


@pytest.mark.parametrize(
    ("low", "high", "limit", "indices"),
    [
        # No limit.
        (HALF - 1, HALF + 1, NO_LIMIT, [HALF - 1, HALF]),
        (HALF, HALF + 1, NO_LIMIT, [HALF]),
        (LAST - 1, LAST, NO_LIMIT, [LAST - 1]),
        # Limit.
        (HALF - 1, HALF + 1, 0, [HALF - 1]),
        (HALF - 1, HALF + 1, HALF_SIZE + 1, [HALF - 1]),
        (HALF - 2, HALF + 1, HALF_SIZE + 1, [HALF - 2]),
        (HALF - 1, HALF + 1, HALF_SIZE * 2, [HALF - 1, HALF]),
        (HALF - 1, HALF + 2, HALF_SIZE * 3, [HALF - 1, HALF, HALF + 1]),
        (HALF, HALF + 2, HALF_SIZE, [HALF]),
        (HALF, HALF + 2, HALF_SIZE * 2, [HALF, HALF + 1]),
    ],
    ids=str,
)
def test_slice(low: int, high: int, limit: int, indices: Sequence[int], storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_sliced_log(storage, logger)

    entries = raft_log.slice(low, high, GetEntriesContext.empty(False), limit)

    assert entries == [Entry(index=index, term=index) for index in indices]


@pytest.mark.parametrize(("low", "high"), [(99, 101), (100, 101)])
def test_slice_compacted(low: int, high: int, storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_sliced_log(storage, logger)

    with pytest.raises(StoreError) as raised:
        raft_log.slice(low, high, GetEntriesContext.empty(False), NO_LIMIT)

    assert isinstance(raised.value.error, CompactedError)


def test_slice_out_of_bound(storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_sliced_log(storage, logger)

    with pytest.raises(RaftPanicError, match=r"slice\[200,201\] out of bound\[101,199\]"):
        raft_log.slice(LAST, LAST + 1, GetEntriesContext.empty(False), NO_LIMIT)


LAST_INDEX, LAST_TERM, COMMIT, PERSIST = 3, 3, 1, 3


@pytest.mark.parametrize(
    ("log_term", "index", "committed", "entries", "last_index", "expected_committed", "expected_persisted"),
    [
        pytest.param(
            LAST_TERM - 1,
            LAST_INDEX,
            LAST_INDEX,
            [Entry(index=LAST_INDEX + 1, term=4)],
            None,
            COMMIT,
            PERSIST,
            id="not match: term is different",
        ),
        pytest.param(
            LAST_TERM,
            LAST_INDEX + 1,
            LAST_INDEX,
            [Entry(index=LAST_INDEX + 2, term=4)],
            None,
            COMMIT,
            PERSIST,
            id="not match: index out of bound",
        ),
        pytest.param(
            LAST_TERM,
            LAST_INDEX,
            LAST_INDEX,
            [],
            LAST_INDEX,
            LAST_INDEX,
            PERSIST,
            id="match with the last existing entry",
        ),
        pytest.param(
            LAST_TERM,
            LAST_INDEX,
            LAST_INDEX + 1,
            [],
            LAST_INDEX,
            LAST_INDEX,
            PERSIST,
            id="do not increase commit higher than the last existing entry",
        ),
        pytest.param(
            LAST_TERM,
            LAST_INDEX,
            LAST_INDEX - 1,
            [],
            LAST_INDEX,
            LAST_INDEX - 1,
            PERSIST,
            id="commit up to the commit in the message",
        ),
        pytest.param(
            LAST_TERM,
            LAST_INDEX,
            0,
            [],
            LAST_INDEX,
            COMMIT,
            PERSIST,
            id="commit does not decrease",
        ),
        pytest.param(
            0,
            0,
            LAST_INDEX,
            [],
            0,
            COMMIT,
            PERSIST,
            id="commit does not decrease before the log",
        ),
        pytest.param(
            LAST_TERM,
            LAST_INDEX,
            LAST_INDEX,
            [Entry(index=LAST_INDEX + 1, term=4)],
            LAST_INDEX + 1,
            LAST_INDEX,
            PERSIST,
            id="append one, commit before it",
        ),
        pytest.param(
            LAST_TERM,
            LAST_INDEX,
            LAST_INDEX + 1,
            [Entry(index=LAST_INDEX + 1, term=4)],
            LAST_INDEX + 1,
            LAST_INDEX + 1,
            PERSIST,
            id="append and commit one",
        ),
        pytest.param(
            LAST_TERM,
            LAST_INDEX,
            LAST_INDEX + 2,
            [Entry(index=LAST_INDEX + 1, term=4)],
            LAST_INDEX + 1,
            LAST_INDEX + 1,
            PERSIST,
            id="do not increase commit higher than the last new entry",
        ),
        pytest.param(
            LAST_TERM,
            LAST_INDEX,
            LAST_INDEX + 2,
            [Entry(index=LAST_INDEX + 1, term=4), Entry(index=LAST_INDEX + 2, term=4)],
            LAST_INDEX + 2,
            LAST_INDEX + 2,
            PERSIST,
            id="append and commit two",
        ),
        # Match with the entry in the middle.
        pytest.param(
            LAST_TERM - 1,
            LAST_INDEX - 1,
            LAST_INDEX,
            [Entry(index=LAST_INDEX, term=4)],
            LAST_INDEX,
            LAST_INDEX,
            min(LAST_INDEX - 1, PERSIST),
            id="replace the last",
        ),
        pytest.param(
            LAST_TERM - 2,
            LAST_INDEX - 2,
            LAST_INDEX,
            [Entry(index=LAST_INDEX - 1, term=4)],
            LAST_INDEX - 1,
            LAST_INDEX - 1,
            min(LAST_INDEX - 2, PERSIST),
            id="replace the last two by one",
        ),
        pytest.param(
            LAST_TERM - 2,
            LAST_INDEX - 2,
            LAST_INDEX,
            [Entry(index=LAST_INDEX - 1, term=4), Entry(index=LAST_INDEX, term=4)],
            LAST_INDEX,
            LAST_INDEX,
            min(LAST_INDEX - 2, PERSIST),
            id="replace the last two by two",
        ),
        pytest.param(
            LAST_TERM - 2,
            LAST_INDEX - 2,
            LAST_INDEX + 2,
            [
                Entry(index=LAST_INDEX - 1, term=LAST_TERM - 1),
                Entry(index=LAST_INDEX, term=4),
                Entry(index=LAST_INDEX + 1, term=4),
            ],
            LAST_INDEX + 1,
            LAST_INDEX + 1,
            min(LAST_INDEX - 1, PERSIST),
            id="replace the last after one that matches",
        ),
    ],
)
def test_log_maybe_append(
    log_term: int,
    index: int,
    committed: int,
    entries: Sequence[Entry],
    last_index: int | None,
    expected_committed: int,
    expected_persisted: int,
    storage: AnyStorage,
    logger: Logger,
) -> None:
    """Entries are appended only if the entry before them matches with the existing log.

    If the given index and term match:
    1. If an existing entry conflicts with a new one (same index but different terms), the existing entry and all that
       follow it are deleted, and `persisted` is decreased.
    2. Any new entries not already in the log are appended.
    """
    raft_log = new_log(storage, logger, PREVIOUS_ENTRIES)
    raft_log.committed = COMMIT
    raft_log.persisted = PERSIST

    appended = raft_log.maybe_append(index, log_term, committed, entries)

    assert (None if appended is None else appended[1]) == last_index
    assert raft_log.committed == expected_committed
    assert raft_log.persisted == expected_persisted
    if appended is not None and entries:
        end = raft_log.last_index() + 1
        assert raft_log.slice(end - len(entries), end, GetEntriesContext.empty(False), None) == entries


def test_log_maybe_append_conflict_with_committed(storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_log(storage, logger, PREVIOUS_ENTRIES)
    raft_log.committed = COMMIT
    raft_log.persisted = PERSIST

    with pytest.raises(RaftPanicError, match="entry 1 conflict with committed entry 1"):
        raft_log.maybe_append(LAST_INDEX - 3, LAST_TERM - 3, LAST_INDEX, [Entry(index=LAST_INDEX - 2, term=4)])


@pytest.mark.parametrize(
    ("to_commit", "committed"),
    [
        pytest.param(3, 3, id="increase"),
        pytest.param(1, 2, id="never decrease"),
    ],
)
def test_commit_to(to_commit: int, committed: int, storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_log(storage, logger, PREVIOUS_ENTRIES)
    raft_log.committed = 2

    raft_log.commit_to(to_commit)

    assert raft_log.committed == committed


def test_commit_to_out_of_range(storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_log(storage, logger, PREVIOUS_ENTRIES)
    raft_log.committed = 2

    with pytest.raises(RaftPanicError, match=r"to_commit 4 is out of range \[last_index 3\]"):
        raft_log.commit_to(4)


def new_applied_log(storage: AnyStorage, logger: Logger) -> RaftLog:
    """A log with 999 stored entries, all of them committed and applied."""
    storage.wl().append([Entry(index=index, term=0) for index in range(1, 1000)])
    raft_log = RaftLog(storage, logger)
    raft_log.maybe_commit(999, 0)
    raft_log.applied_to(raft_log.committed)
    return raft_log


@pytest.mark.parametrize(
    ("compacts", "lefts"),
    [
        pytest.param([300, 500, 800, 900], [700, 500, 200, 100], id="in bounds"),
        pytest.param([300, 299], [700, 700], id="out of lower bound"),
    ],
)
def test_compaction(compacts: Sequence[int], lefts: Sequence[int], storage: AnyStorage, logger: Logger) -> None:
    """The number of log entries is correct after compactions."""
    raft_log = new_applied_log(storage, logger)

    for compact_index, left in zip(compacts, lefts, strict=True):
        raft_log.store().wl().compact(compact_index)
        assert len(raft_log.all_entries()) == left


def test_compaction_out_of_upper_bound(storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_applied_log(storage, logger)

    with pytest.raises(StoreError, match="compact not received raft logs: 1001, last index: 999"):
        raft_log.store().wl().compact(1001)


def new_log_from_101(storage: AnyStorage, logger: Logger) -> RaftLog:
    """A log of a stored snapshot at index 100 and unstable entries at 101 to 200."""
    storage.wl().apply_snapshot(new_snapshot(100, 0))
    return new_log(storage, logger, [Entry(index=index, term=0) for index in range(101, 201)])


FIRST = 101


@pytest.mark.parametrize("index", [FIRST, FIRST + 50, FIRST + 99, FIRST + 100])
def test_is_outofbounds(index: int, storage: AnyStorage, logger: Logger) -> None:
    """An empty range is in bounds up to the index after the last one.

    raft-rs calls its private method `must_check_outofbounds` here, the first thing that `slice` does.
    """
    raft_log = new_log_from_101(storage, logger)

    assert raft_log.slice(index, index, GetEntriesContext.empty(False), None) == []


@pytest.mark.parametrize(("low", "high"), [(FIRST - 2, FIRST + 1), (FIRST - 1, FIRST + 1)])
def test_is_outofbounds_compacted(low: int, high: int, storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_log_from_101(storage, logger)

    with pytest.raises(StoreError) as raised:
        raft_log.slice(low, high, GetEntriesContext.empty(False), None)

    assert isinstance(raised.value.error, CompactedError)


@pytest.mark.parametrize(("low", "high"), [(FIRST + 100, FIRST + 101), (FIRST + 101, FIRST + 101)])
def test_is_outofbounds_past_the_last(low: int, high: int, storage: AnyStorage, logger: Logger) -> None:
    raft_log = new_log_from_101(storage, logger)

    with pytest.raises(RaftPanicError, match=rf"slice\[{low},{high}\] out of bound\[101,200\]"):
        raft_log.slice(low, high, GetEntriesContext.empty(False), None)


def test_restore_snap(storage: AnyStorage, logger: Logger) -> None:
    storage.wl().apply_snapshot(new_snapshot(100, 1))
    raft_log = RaftLog(storage, logger)
    assert raft_log.committed == 100
    assert raft_log.persisted == 100

    raft_log.restore(new_snapshot(200, 1))
    assert raft_log.committed == 200
    assert raft_log.persisted == 100

    for index in range(201, 210):
        raft_log.append([Entry(index=index, term=1)])
    raft_log.mut_store().wl().apply_snapshot(new_snapshot(200, 1))
    raft_log.stable_snap(200)
    raft_log.mut_store().wl().append(take_unstable_entries(raft_log))
    raft_log.maybe_persist(209, 1)
    assert raft_log.persisted == 209

    raft_log.restore(new_snapshot(205, 1))
    assert raft_log.committed == 205
    # `persisted` is reset to the previous commit index.
    assert raft_log.persisted == 200

    # Use a smaller commit index.
    with pytest.raises(RaftPanicError, match="204 < 205"):
        raft_log.restore(new_snapshot(204, 1))
