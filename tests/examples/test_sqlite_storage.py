"""`example/durable_node/sqlite_storage.py` behaves like `MemStorage`, except where that loses information."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from example.durable_node.sqlite_storage import SqliteStorage
from rraft import (
    NO_LIMIT,
    CompactedError,
    ConfState,
    Entry,
    GetEntriesContext,
    HardState,
    MemStorage,
    RaftStorageError,
    Snapshot,
    SnapshotMetadata,
    SnapshotOutOfDateError,
    SnapshotTemporarilyUnavailableError,
    Storage,
    StoreError,
    UnavailableError,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.sqlite3"


@pytest.fixture
def storage(path: Path) -> Iterator[SqliteStorage]:
    storage = SqliteStorage(path)
    yield storage
    storage.close()


def hold_snapshot(storage: SqliteStorage, data: bytes = b"") -> None:
    """Fills an empty storage with entries 1 to 9, of which 1 to 5 are applied and in a snapshot."""
    with storage.transaction():
        storage.append(make_entries(1, 9))
        storage.set_conf_state(ConfState(voters=[1, 2], learners=[3]))
        storage.set_applied(5)
        storage.create_snapshot(data)


def make_entries(first: int, last: int, term: int = 1) -> list[Entry]:
    return [Entry(index=index, term=term, data=b"x" * index) for index in range(first, last + 1)]


def read_all(storage: SqliteStorage) -> list[Entry]:
    entries = Storage(storage).entries(storage.first_index(), storage.last_index() + 1, GetEntriesContext.empty(False))
    return list(entries)


# Compared with MemStorage as the model.


class Both:
    """A `MemStorage` and a `SqliteStorage` that receive the same calls."""

    def __init__(self, storage: SqliteStorage) -> None:
        self.model = MemStorage()
        self.storage = storage
        # As raft sees it: errors are wrapped in a `StoreError`, results are checked.
        self.seen_by_raft = Storage(storage)
        self.snapshot_index = 0

    def write(self, write_model: Callable[[], None], write: Callable[[], None]) -> None:
        expected = outcome(write_model)
        with self.storage.transaction():
            assert outcome(write) == expected

    def append(self, entries: list[Entry]) -> None:
        self.write(lambda: self.model.wl().append(entries), lambda: self.storage.append(entries))

    def set_hard_state(self, hard_state: HardState) -> None:
        self.write(lambda: self.model.wl().set_hardstate(hard_state), lambda: self.storage.set_hard_state(hard_state))

    def set_conf_state(self, conf_state: ConfState) -> None:
        self.write(lambda: self.model.wl().set_conf_state(conf_state), lambda: self.storage.set_conf_state(conf_state))

    def apply_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.metadata.index >= self.model.first_index():
            self.snapshot_index = snapshot.metadata.index
        self.write(lambda: self.model.wl().apply_snapshot(snapshot), lambda: self.storage.apply_snapshot(snapshot))

    def create_snapshot(self, index: int) -> None:
        """Creates a snapshot. `MemStorage` creates one at its commit index for each request."""
        hard_state = self.storage.hard_state()
        hard_state.commit = index
        self.set_hard_state(hard_state)
        with self.storage.transaction():
            self.storage.set_applied(index)
            self.storage.create_snapshot(b"")

    def compact(self, compact_index: int) -> None:
        self.write(lambda: self.model.wl().compact(compact_index), lambda: self.storage.compact(compact_index))


def assert_equal(both: Both) -> None:
    """Asserts that both are equal as Raft sees them."""
    model, storage = both.model, both.seen_by_raft
    ours, models = storage.initial_state(), model.initial_state()
    assert (ours.hard_state, ours.conf_state) == (models.hard_state, models.conf_state)
    first, last = model.first_index(), model.last_index()
    assert (storage.first_index(), storage.last_index()) == (first, last)
    for index in range(max(first - 3, 0), last + 4):
        # After a compaction, MemStorage has the term of its snapshot, but not the one before the first index.
        if first - 1 == both.snapshot_index or index not in (first - 1, both.snapshot_index):
            assert outcome(partial(storage.term, index)) == outcome(partial(model.term, index))
    for low in range(max(first - 1, 0), last + 2):
        for high in (low, low + 1, low + 3, last + 1, last + 2):
            for max_size in (None, 0, 40, 100, NO_LIMIT):
                if low <= high:
                    arguments = (low, high, max_size)
                    assert read_entries(storage, *arguments) == read_entries(model, *arguments)


def outcome(call: Callable[[], object]) -> object:
    """The result of `call`, or the class of the storage error that it raises."""
    try:
        return call()
    except StoreError as error:
        return type(error.error)
    except RaftStorageError as error:
        return type(error)


def read_entries(storage: MemStorage | Storage, low: int, high: int, max_size: int | None) -> object:
    return outcome(lambda: storage.entries(low, high, GetEntriesContext.empty(False), max_size))


@pytest.fixture
def both(storage: SqliteStorage) -> Both:
    return Both(storage)


def test_new_storage(both: Both) -> None:
    assert_equal(both)


@pytest.mark.parametrize("first", range(5, 14), ids=str)
def test_append(first: int, both: Both) -> None:
    both.apply_snapshot(Snapshot(metadata=SnapshotMetadata(index=6, term=2)))
    both.append(make_entries(7, 11, term=3))

    both.append(make_entries(first, first + 2, term=4))

    assert_equal(both)


@pytest.mark.parametrize("entries", [[], [Entry(index=3), Entry(index=5)]], ids=["none", "gap"])
def test_append_with_gaps_is_rejected(entries: list[Entry], both: Both) -> None:
    both.append(make_entries(1, 2))

    both.append(entries)

    assert_equal(both)


@pytest.mark.parametrize("compact_index", [0, 1, 2, 5, 8, 12], ids=str)
def test_compact(compact_index: int, both: Both) -> None:
    both.append(make_entries(1, 10, term=2))
    both.create_snapshot(7)

    both.compact(compact_index)

    assert_equal(both)


@pytest.mark.parametrize("hard_term", [2, 7])
@pytest.mark.parametrize("index", [0, 3, 4, 5, 9], ids=str)
def test_apply_snapshot(index: int, hard_term: int, both: Both) -> None:
    both.append(make_entries(1, 6))
    both.create_snapshot(4)
    both.compact(4)
    both.set_hard_state(HardState(term=hard_term, commit=4))

    both.apply_snapshot(
        Snapshot(data=b"data", metadata=SnapshotMetadata(index=index, term=3, conf_state=ConfState(voters=[1, 2])))
    )

    assert_equal(both)
    assert both.storage.applied() == max(index, 4)


@pytest.mark.parametrize("seed", range(8), ids=str)
def test_random_calls(seed: int, both: Both) -> None:
    rng = random.Random(seed)
    both.set_conf_state(ConfState(voters=[1, 2, 3]))
    for step in range(60):
        first, last = both.model.first_index(), both.model.last_index()
        match rng.choice(["append", "append", "hard state", "conf state", "compact", "snapshot"]):
            case "append":
                start = rng.randint(max(first - 1, 1), last + 2)
                both.append(make_entries(start, start + rng.randint(0, 5), term=step))
            case "hard state":
                commit = rng.randint(first - 1, last)
                both.set_hard_state(HardState(term=step, vote=rng.randint(0, 3), commit=commit))
            case "conf state":
                both.set_conf_state(ConfState(voters=[1, 2, 3], learners=[4] * rng.randint(0, 1)))
            case "compact" if first < last:
                index = rng.randint(first, last - 1)
                both.create_snapshot(index)
                assert both.seen_by_raft.snapshot(0, 2) == both.model.snapshot(0, 2)
                both.compact(rng.randint(max(first - 1, 0), index + 1))
            case "snapshot":
                index = rng.randint(max(first - 1, 1), last + 3)
                metadata = SnapshotMetadata(index=index, term=step, conf_state=ConfState(voters=[2]))
                both.apply_snapshot(Snapshot(metadata=metadata))
        assert_equal(both)


# Beyond MemStorage.


def test_reopened_database_has_all_state(path: Path) -> None:
    conf_state = ConfState(voters=[1, 2], learners=[3])
    storage = SqliteStorage(path)
    with storage.transaction():
        storage.append(make_entries(1, 9, term=4))
        storage.set_hard_state(HardState(term=5, vote=2, commit=6))
        storage.set_conf_state(conf_state)
        storage.set_applied(6)
        storage.create_snapshot(b"state machine")
        storage.compact(5)
    storage.close()

    storage = SqliteStorage(path)

    assert storage.initial_state().hard_state == HardState(term=5, vote=2, commit=6)
    assert storage.initial_state().conf_state == conf_state
    assert storage.applied() == 6
    assert read_all(storage) == make_entries(5, 9, term=4)
    assert storage.term(4) == 4
    metadata = SnapshotMetadata(index=6, term=4, conf_state=conf_state)
    assert storage.snapshot(6, 2) == Snapshot(data=b"state machine", metadata=metadata)
    storage.close()


def test_indices_after_compacting_everything(storage: SqliteStorage) -> None:
    with storage.transaction():
        storage.append(make_entries(1, 9, term=4))
        storage.set_applied(9)
        storage.create_snapshot(b"")
        storage.compact(10)

    assert (storage.first_index(), storage.last_index(), storage.term(9)) == (10, 9, 4)
    with pytest.raises(CompactedError, match="log compacted"):
        storage.term(8)
    with pytest.raises(UnavailableError, match="log unavailable"):
        storage.term(10)


def test_duplicate_index_is_rejected(storage: SqliteStorage) -> None:
    with pytest.raises(UnavailableError, match="cannot append entries with gaps"), storage.transaction():
        storage.append([Entry(index=1), Entry(index=1)])

    assert storage.last_index() == 0


def test_compact_past_the_snapshot_is_rejected(storage: SqliteStorage) -> None:
    hold_snapshot(storage)

    with pytest.raises(ValueError, match="to 7: the snapshot is at 5"):
        storage.compact(7)

    assert storage.first_index() == 1


@pytest.mark.parametrize("to", [1, 2, 3], ids=str)
def test_snapshot(to: int, storage: SqliteStorage) -> None:
    hold_snapshot(storage, b"data")

    metadata = SnapshotMetadata(index=5, term=1, conf_state=ConfState(voters=[1, 2], learners=[3]))
    assert storage.snapshot(5, to) == Snapshot(data=b"data", metadata=metadata)


@pytest.mark.parametrize(("request_index", "to"), [(6, 2), (0, 4)], ids=["newer than it is", "not for this member"])
def test_unsuitable_snapshot_is_temporarily_unavailable(request_index: int, to: int, storage: SqliteStorage) -> None:
    hold_snapshot(storage)

    with pytest.raises(SnapshotTemporarilyUnavailableError, match="snapshot is temporarily unavailable"):
        storage.snapshot(request_index, to)


def test_missing_snapshot_is_temporarily_unavailable(storage: SqliteStorage) -> None:
    with pytest.raises(SnapshotTemporarilyUnavailableError, match="snapshot is temporarily unavailable"):
        storage.snapshot(0, 2)


def test_snapshot_out_of_date_changes_nothing(storage: SqliteStorage) -> None:
    with storage.transaction():
        metadata = SnapshotMetadata(index=5, term=2, conf_state=ConfState(voters=[2]))
        storage.apply_snapshot(Snapshot(data=b"new", metadata=metadata))

    with pytest.raises(SnapshotOutOfDateError, match="snapshot out of date"), storage.transaction():
        storage.apply_snapshot(Snapshot(data=b"old", metadata=SnapshotMetadata(index=5, term=1)))

    assert storage.snapshot(5, 2).data == b"new"
    assert storage.term(5) == 2


def test_failed_transaction_is_rolled_back(storage: SqliteStorage) -> None:
    with storage.transaction():
        storage.append(make_entries(1, 3))

    def write_half() -> None:
        with storage.transaction():
            storage.append(make_entries(2, 9, term=7))
            storage.set_commit(9)
            storage.set_applied(9)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        write_half()

    assert read_all(storage) == make_entries(1, 3)
    assert (storage.hard_state().commit, storage.applied()) == (0, 0)


def test_a_second_process_is_rejected(path: Path, storage: SqliteStorage) -> None:
    assert storage.last_index() == 0
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        SqliteStorage(path)


def test_commits_are_synced(storage: SqliteStorage) -> None:
    full = 2
    assert storage.connection.execute("PRAGMA synchronous").fetchone() == (full,)
    assert storage.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
