"""Port of the unit tests of raft-rs src/log_unstable.rs (v0.7.0)."""

from collections.abc import Sequence

import pytest

from rraft import Entry, Logger, Snapshot, Unstable, entry_approximate_size
from tests.harness.util import new_snapshot


def new_unstable(entries: Sequence[Entry], offset: int, snapshot: Snapshot | None, logger: Logger) -> Unstable:
    unstable = Unstable(offset, logger)
    unstable.entries = entries
    unstable.entries_size = sum(entry_approximate_size(entry) for entry in entries)
    unstable.snapshot = snapshot
    return unstable


@pytest.mark.parametrize(
    ("entries", "offset", "snapshot", "first_index"),
    [
        # No snapshot.
        pytest.param([Entry(index=5, term=1)], 5, None, None, id="entry"),
        pytest.param([], 0, None, None, id="empty"),
        # Has snapshot.
        pytest.param([Entry(index=5, term=1)], 5, new_snapshot(4, 1), 5, id="snapshot and entry"),
        pytest.param([], 5, new_snapshot(4, 1), 5, id="snapshot"),
    ],
)
def test_maybe_first_index(
    entries: Sequence[Entry], offset: int, snapshot: Snapshot | None, first_index: int | None, logger: Logger
) -> None:
    unstable = new_unstable(entries, offset, snapshot, logger)

    assert unstable.maybe_first_index() == first_index


@pytest.mark.parametrize(
    ("entries", "offset", "snapshot", "last_index"),
    [
        pytest.param([Entry(index=5, term=1)], 5, None, 5, id="entry"),
        pytest.param([Entry(index=5, term=1)], 5, new_snapshot(4, 1), 5, id="snapshot and entry"),
        # Last in snapshot.
        pytest.param([], 5, new_snapshot(4, 1), 4, id="snapshot"),
        # Empty unstable.
        pytest.param([], 0, None, None, id="empty"),
    ],
)
def test_maybe_last_index(
    entries: Sequence[Entry], offset: int, snapshot: Snapshot | None, last_index: int | None, logger: Logger
) -> None:
    unstable = new_unstable(entries, offset, snapshot, logger)

    assert unstable.maybe_last_index() == last_index


@pytest.mark.parametrize(
    ("entries", "offset", "snapshot", "index", "term"),
    [
        # Term from entries.
        pytest.param([Entry(index=5, term=1)], 5, None, 5, 1, id="entry: at it"),
        pytest.param([Entry(index=5, term=1)], 5, None, 6, None, id="entry: after"),
        pytest.param([Entry(index=5, term=1)], 5, None, 4, None, id="entry: before"),
        pytest.param([Entry(index=5, term=1)], 5, new_snapshot(4, 1), 5, 1, id="snapshot and entry: at the entry"),
        pytest.param([Entry(index=5, term=1)], 5, new_snapshot(4, 1), 6, None, id="snapshot and entry: after"),
        # Term from snapshot.
        pytest.param([Entry(index=5, term=1)], 5, new_snapshot(4, 1), 4, 1, id="snapshot and entry: at the snapshot"),
        pytest.param([Entry(index=5, term=1)], 5, new_snapshot(4, 1), 3, None, id="snapshot and entry: before"),
        pytest.param([], 5, new_snapshot(4, 1), 5, None, id="snapshot: after"),
        pytest.param([], 5, new_snapshot(4, 1), 4, 1, id="snapshot: at it"),
        pytest.param([], 0, None, 5, None, id="empty"),
    ],
)
def test_maybe_term(
    entries: Sequence[Entry], offset: int, snapshot: Snapshot | None, index: int, term: int | None, logger: Logger
) -> None:
    unstable = new_unstable(entries, offset, snapshot, logger)

    assert unstable.maybe_term(index) == term


def test_restore(logger: Logger) -> None:
    unstable = new_unstable([Entry(index=5, term=1)], 5, new_snapshot(4, 1), logger)
    snapshot = new_snapshot(6, 2)

    unstable.restore(snapshot)

    assert unstable.offset == snapshot.metadata.index + 1
    assert unstable.entries == []
    assert unstable.entries_size == 0
    assert unstable.snapshot == snapshot


def test_stable_snapshot_and_entries(logger: Logger) -> None:
    entries = [Entry(index=5, term=1), Entry(index=5, term=2), Entry(index=6, term=3)]
    unstable = new_unstable(entries, 5, new_snapshot(4, 1), logger)
    assert unstable.entries == entries

    unstable.stable_snap(4)
    unstable.stable_entries(6, 3)

    assert unstable.entries == []
    assert unstable.entries_size == 0
    assert unstable.offset == 7


@pytest.mark.parametrize(
    ("entries", "to_append", "expected_offset", "expected_entries"),
    [
        pytest.param(
            [Entry(index=5, term=1)],
            [Entry(index=6, term=1), Entry(index=7, term=1)],
            5,
            [Entry(index=5, term=1), Entry(index=6, term=1), Entry(index=7, term=1)],
            id="append to the end",
        ),
        pytest.param(
            [Entry(index=5, term=1)],
            [Entry(index=5, term=2), Entry(index=6, term=2)],
            5,
            [Entry(index=5, term=2), Entry(index=6, term=2)],
            id="replace the unstable entries",
        ),
        pytest.param(
            [Entry(index=5, term=1)],
            [Entry(index=4, term=2), Entry(index=5, term=2), Entry(index=6, term=2)],
            4,
            [Entry(index=4, term=2), Entry(index=5, term=2), Entry(index=6, term=2)],
            id="replace the unstable entries from an earlier index",
        ),
        pytest.param(
            [Entry(index=5, term=1), Entry(index=6, term=1), Entry(index=7, term=1)],
            [Entry(index=6, term=2)],
            5,
            [Entry(index=5, term=1), Entry(index=6, term=2)],
            id="truncate two existing entries and append",
        ),
        pytest.param(
            [Entry(index=5, term=1), Entry(index=6, term=1), Entry(index=7, term=1)],
            [Entry(index=7, term=2), Entry(index=8, term=2)],
            5,
            [Entry(index=5, term=1), Entry(index=6, term=1), Entry(index=7, term=2), Entry(index=8, term=2)],
            id="truncate the last existing entry and append",
        ),
    ],
)
def test_truncate_and_append(
    entries: Sequence[Entry],
    to_append: Sequence[Entry],
    expected_offset: int,
    expected_entries: Sequence[Entry],
    logger: Logger,
) -> None:
    unstable = new_unstable(entries, 5, None, logger)

    unstable.truncate_and_append(to_append)

    assert unstable.offset == expected_offset
    assert unstable.entries == expected_entries
    assert unstable.entries_size == sum(entry_approximate_size(entry) for entry in expected_entries)
