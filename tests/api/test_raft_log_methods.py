"""The methods of `RaftLog` and `Unstable` that raft-rs's tests do not cover."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rraft import (
    CompactedError,
    ConfState,
    Entry,
    GetEntriesContext,
    LoggerRef,
    MemStorage,
    RaftLog,
    RaftPanicError,
    Snapshot,
    SnapshotMetadata,
    StoreError,
    Unstable,
)

STORED = [Entry(term=term, index=index) for index, term in enumerate([2, 2, 4, 4], start=3)]
UNSTABLE = [Entry(term=5, index=7), Entry(term=5, index=8)]


@pytest.fixture
def log(logger: LoggerRef) -> RaftLog:
    """A log: a snapshot at index and term 2, stable entries of terms 2, 2, 4, 4, unstable ones of terms 5, 5."""
    storage = MemStorage()
    storage.wl().apply_snapshot(Snapshot(metadata=SnapshotMetadata(index=2, term=2)))
    storage.wl().append(STORED)
    log = RaftLog(storage, logger)
    log.append(UNSTABLE)
    return log


@pytest.mark.parametrize(
    ("index", "term", "found"),
    [
        (8, 5, (8, 5)),
        (8, 9, (8, 5)),
        (8, 4, (6, 4)),
        (8, 3, (4, 2)),
        (6, 2, (4, 2)),
        (2, 2, (2, 2)),
        (2, 1, (1, 0)),
        (9, 5, (9, None)),
    ],
    ids=str,
)
def test_find_conflict_by_term(log: RaftLog, index: int, term: int, found: tuple[int, int | None]) -> None:
    assert log.find_conflict_by_term(index, term) == found


@pytest.mark.parametrize(("committed", "info"), [(2, (2, 2)), (4, (4, 2)), (5, (5, 4)), (8, (8, 5))], ids=str)
def test_commit_info(log: RaftLog, committed: int, info: tuple[int, int]) -> None:
    log.commit_to(committed)

    assert log.commit_info() == info


def test_commit_info_of_a_compacted_entry(log: RaftLog) -> None:
    log.commit_to(4)

    log.store().wl().compact(6)

    assert log.commit_info() == (4, 0)


@pytest.mark.parametrize(
    ("since", "committed", "indices"),
    [(2, 2, None), (2, 5, [3, 4, 5]), (0, 4, [3, 4]), (4, 6, [5, 6]), (6, 6, None), (2, 8, [3, 4, 5, 6])],
    ids=str,
)
def test_next_entries_since(log: RaftLog, since: int, committed: int, indices: Sequence[int] | None) -> None:
    log.commit_to(committed)

    entries = log.next_entries_since(since)

    assert (None if entries is None else [entry.index for entry in entries]) == indices
    assert log.has_next_entries_since(since) == (indices is not None)


def test_next_entries_since_returns_at_least_one(log: RaftLog) -> None:
    log.commit_to(6)

    assert log.next_entries_since(3, max_size=0) == [STORED[1]]
    assert log.next_entries_since(3, max_size=2 * STORED[0].compute_size()) == STORED[1:3]


@pytest.mark.parametrize(
    ("committed", "persisted", "index", "is_news"),
    [(8, 6, 6, False), (8, 6, 5, False), (8, 4, 6, True), (5, 4, 5, True)],
    ids=str,
)
def test_maybe_persist_snap(log: RaftLog, committed: int, persisted: int, index: int, is_news: bool) -> None:
    log.set_committed(committed)
    log.set_persisted(persisted)

    assert log.maybe_persist_snap(index) is is_news

    assert log.persisted == max(persisted, index)


@pytest.mark.parametrize(
    ("committed", "index", "message"),
    [(4, 5, "snapshot's index 5 > committed 4"), (8, 7, "snapshot's index 7 >= offset 7")],
)
def test_maybe_persist_snap_past_the_end(log: RaftLog, committed: int, index: int, message: str) -> None:
    log.committed = committed
    log.persisted = 4

    with pytest.raises(RaftPanicError, match=message):
        log.maybe_persist_snap(index)

    assert log.persisted == 4


@pytest.mark.parametrize(("idx", "max_size", "indices"), [(3, None, range(3, 9)), (7, None, [7, 8]), (5, 0, [5])])
def test_entries(log: RaftLog, idx: int, max_size: int | None, indices: Sequence[int]) -> None:
    entries = log.entries(idx, GetEntriesContext.empty(can_async=False), max_size)

    assert [entry.index for entry in entries] == list(indices)


def test_compacted_entries(log: RaftLog) -> None:
    with pytest.raises(StoreError) as raised:
        log.entries(2, GetEntriesContext.empty(can_async=False))

    assert isinstance(raised.value.error, CompactedError)


def test_all_entries(log: RaftLog) -> None:
    assert log.all_entries() == STORED + UNSTABLE


def test_unstable_snapshot_takes_precedence(log: RaftLog) -> None:
    log.store().wl().set_conf_state(ConfState([1]))
    unstable = Snapshot(data=b"unstable", metadata=SnapshotMetadata(index=20, term=6))
    log.restore(unstable)

    assert log.snapshot(0, 1) == log.snapshot(20, 1) == unstable
    assert log.snapshot(21, 1) == Snapshot(
        metadata=SnapshotMetadata(conf_state=ConfState([1]), index=21, term=2),
    )


def test_applied_to(log: RaftLog) -> None:
    log.commit_to(5)

    log.applied_to(4)
    log.applied_to(0)

    assert log.applied() == 4
    with pytest.raises(RaftPanicError, match=r"applied\(6\) is out of range \[prev_applied\(4\), min\(committed\(5\)"):
        log.applied_to(6)


@pytest.mark.parametrize(("lo", "hi"), [(5, 5), (5, 6), (5, 8), (6, 8), (8, 8)])
def test_unstable_slice(logger: LoggerRef, lo: int, hi: int) -> None:
    unstable = Unstable(5, logger)
    unstable.truncate_and_append([Entry(term=1, index=index) for index in (5, 6, 7)])

    copies = unstable.slice(lo, hi)

    assert [copy.index for copy in copies] == list(range(lo, hi))
    unstable.must_check_outofbounds(lo, hi)
    for copy in copies:
        copy.term = 9
    assert [entry.term for entry in unstable.entries] == [1, 1, 1]


@pytest.mark.parametrize(
    ("lo", "hi", "message"),
    [
        (6, 5, "invalid unstable.slice 6 > 5"),
        (4, 6, r"unstable.slice\[4, 6\] out of bound\[5, 8\]"),
        (5, 9, r"unstable.slice\[5, 9\] out of bound\[5, 8\]"),
    ],
)
def test_unstable_slice_out_of_bounds(logger: LoggerRef, lo: int, hi: int, message: str) -> None:
    unstable = Unstable(5, logger)
    unstable.truncate_and_append([Entry(term=1, index=index) for index in (5, 6, 7)])

    for attempt in (unstable.slice, unstable.must_check_outofbounds):
        with pytest.raises(RaftPanicError, match=message):
            attempt(lo, hi)

    assert len(unstable.entries) == 3


def test_size_of_the_unstable_entries(logger: LoggerRef) -> None:
    unstable = Unstable(1, logger)

    unstable.truncate_and_append([Entry(term=1, index=1, data=b"12345", context=b"123")])
    assert unstable.entries_size == unstable.get_entries_size() == 20

    unstable.truncate_and_append([Entry(term=1, index=2)])
    assert unstable.entries_size == 32

    unstable.stable_entries(2, 1)
    assert unstable.entries_size == 0
    assert unstable.offset == 3
