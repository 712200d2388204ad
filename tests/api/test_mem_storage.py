"""`MemStorage` and `MemStorageCore` beyond raft-rs's own tests of them, and `Storage`, which wraps one in Python."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rraft import (
    CompactedError,
    ConfState,
    Entry,
    GetEntriesContext,
    HardState,
    LoggerRef,
    LogTemporarilyUnavailableError,
    MemStorage,
    MemStorageCore,
    MemStorageCoreRef,
    RaftLog,
    RaftStorageError,
    Snapshot,
    SnapshotMetadata,
    SnapshotOutOfDateError,
    SnapshotTemporarilyUnavailableError,
    Storage,
    StoreError,
    UnavailableError,
)
from tests.harness import AnyStorage, ListStorage, NewStorage
from tests.harness.util import new_snapshot

ENTRIES = [Entry(term=1, index=3, data=b"a"), Entry(term=2, index=4, data=b"b"), Entry(term=3, index=5, data=b"c")]
SNAPSHOT = Snapshot(metadata=SnapshotMetadata(conf_state=ConfState([1, 2]), index=2, term=1))


def fill(storage: AnyStorage) -> None:
    """Fills a storage with a snapshot at index 2 and the entries 3 to 5, committed up to 4."""
    storage.wl().apply_snapshot(SNAPSHOT)
    storage.wl().append(ENTRIES)
    storage.wl().commit_to(4)


@pytest.fixture
def filled() -> MemStorage:
    storage = MemStorage()
    fill(storage)
    return storage


@pytest.mark.parametrize("make", [MemStorage, MemStorage.default])
def test_new_storage_is_empty(make: Callable[[], MemStorage]) -> None:
    storage = make()

    assert (storage.first_index(), storage.last_index(), storage.term(0)) == (1, 0, 0)
    assert storage.initial_state().hard_state == HardState()
    assert storage.initial_state().conf_state == ConfState()
    assert not storage.initial_state().initialized()


def test_storage_with_members_is_initialized() -> None:
    storage = MemStorage.new_with_conf_state(ConfState([1], [2]))

    assert storage.initial_state().initialized()
    assert storage.initial_state().conf_state == ConfState([1], [2])
    with pytest.raises(ValueError, match="the storage is already initialized"):
        storage.initialize_with_conf_state(ConfState([3]))
    assert storage.initial_state().conf_state == ConfState([1], [2])


@pytest.mark.parametrize("lock", [MemStorage.rl, MemStorage.wl])
def test_core_is_a_live_view(filled: MemStorage, lock: Callable[[MemStorage], MemStorageCore]) -> None:
    core = lock(filled)

    filled.wl().set_hardstate(HardState(term=7, vote=1, commit=5))

    assert core.hard_state() == HardState(term=7, vote=1, commit=5)
    core.compact(4)
    assert filled.first_index() == 4


@pytest.mark.parametrize("hard_state", [MemStorageCore.hard_state, MemStorageCore.mut_hard_state])
def test_hard_state_of_a_core_is_a_live_view(hard_state: Callable[[MemStorageCore], HardState]) -> None:
    core = MemStorageCore.default()

    hard_state(core).commit = 3

    assert core.hard_state() == core.mut_hard_state() == HardState(commit=3)


def test_core_without_a_storage() -> None:
    core = MemStorageCore.default()

    core.append([Entry(term=4, index=1)])
    core.commit_to(1)

    assert core.hard_state() == HardState(term=4, commit=1)
    assert core.make_ref().hard_state() == core.hard_state()


def test_commit_to_sets_the_term_of_the_entry(filled: MemStorage) -> None:
    assert filled.rl().hard_state() == HardState(term=2, commit=4)

    filled.wl().commit_to(5)

    assert filled.initial_state().hard_state == HardState(term=3, commit=5)


@pytest.mark.parametrize("index", [0, 2, 6])
def test_commit_to_requires_an_entry(filled: MemStorage, index: int) -> None:
    for commit in (filled.wl().commit_to, filled.wl().commit_to_and_set_conf_states):
        with pytest.raises(StoreError, match=f"commit_to {index} but the entry does not exist"):
            commit(index)

    assert filled.rl().hard_state().commit == 4


@pytest.mark.parametrize(
    ("conf_state", "expected"), [(None, ConfState([1, 2])), (ConfState([3], [4]), ConfState([3], [4]))]
)
def test_commit_to_and_set_conf_states(filled: MemStorage, conf_state: ConfState | None, expected: ConfState) -> None:
    filled.wl().commit_to_and_set_conf_states(5, conf_state)

    assert filled.initial_state().hard_state.commit == 5
    assert filled.initial_state().conf_state == expected


def test_set_conf_state(filled: MemStorage) -> None:
    filled.wl().set_conf_state(ConfState([5]))

    assert filled.initial_state().conf_state == ConfState([5])
    assert filled.snapshot(0, 1).metadata.conf_state == ConfState([5])


def test_apply_snapshot_replaces_everything(filled: MemStorage) -> None:
    filled.wl().apply_snapshot(Snapshot(metadata=SnapshotMetadata(conf_state=ConfState([7]), index=9, term=8)))

    assert (filled.first_index(), filled.last_index(), filled.term(9)) == (10, 9, 8)
    assert filled.initial_state().hard_state == HardState(term=8, commit=9)
    assert filled.initial_state().conf_state == ConfState([7])


def test_outdated_snapshot_is_rejected(filled: MemStorage) -> None:
    with pytest.raises(StoreError, match="snapshot out of date") as raised:
        filled.wl().apply_snapshot(SNAPSHOT)

    assert isinstance(raised.value.error, SnapshotOutOfDateError)
    assert filled.last_index() == 5


def test_apply_snapshot_at_the_last_entry(new_storage: NewStorage) -> None:
    storage = new_storage()
    storage.wl().apply_snapshot(SNAPSHOT)
    index, term = SNAPSHOT.metadata.index, SNAPSHOT.metadata.term

    # A node may have requested it with `request_snapshot`.
    storage.wl().apply_snapshot(Snapshot(metadata=SnapshotMetadata(conf_state=ConfState([7]), index=index, term=term)))

    assert (storage.first_index(), storage.last_index(), storage.term(index)) == (index + 1, index, term)
    assert storage.initial_state().conf_state == ConfState([7])
    with pytest.raises(StoreError, match="snapshot out of date"):
        storage.wl().apply_snapshot(Snapshot(metadata=SnapshotMetadata(index=index, term=term - 1)))


def test_snapshot_at_an_index_without_a_successor_is_rejected(filled: MemStorage) -> None:
    metadata = SnapshotMetadata(index=2**64 - 1, term=3)

    with pytest.raises(ValueError, match=r"snapshot\.metadata\.index: 18446744073709551615 is greater than"):
        filled.wl().apply_snapshot(Snapshot(metadata=metadata))

    assert (filled.first_index(), filled.last_index()) == (3, 5)


def resident_bytes() -> int:
    """The resident memory of this process."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_compaction_frees_the_memory_of_a_burst() -> None:
    storages = [MemStorage() for _ in range(40)]
    before = resident_bytes()
    for storage in storages:
        storage.wl().append([Entry(index=index, term=1) for index in range(1, 5001)])
        storage.wl().compact(5000)

    assert resident_bytes() - before < 40 * 5000 * 30  # a quarter of the memory of the entries


def test_trigger_snap_unavailable_works_once(filled: MemStorage) -> None:
    filled.wl().trigger_snap_unavailable()

    with pytest.raises(StoreError) as raised:
        filled.snapshot(0, 1)

    assert isinstance(raised.value.error, SnapshotTemporarilyUnavailableError)
    assert filled.snapshot(0, 1).metadata.index == 4


def test_trigger_log_unavailable(filled: MemStorage) -> None:
    filled.wl().trigger_log_unavailable(True)
    assert filled.wl().take_get_entries_context() is None

    with pytest.raises(StoreError) as raised:
        filled.entries(3, 5, GetEntriesContext.empty(can_async=True))

    assert isinstance(raised.value.error, LogTemporarilyUnavailableError)
    assert filled.entries(3, 5, GetEntriesContext.empty(can_async=False)) == ENTRIES[:2]
    context = filled.wl().take_get_entries_context()
    assert context is not None
    assert context.can_async()
    assert filled.wl().take_get_entries_context() is None
    filled.wl().trigger_log_unavailable(False)
    assert filled.entries(3, 5, context) == ENTRIES[:2]


ANSWERS: list[tuple[str, tuple[Any, ...], object]] = [
    ("first_index", (), 3),
    ("last_index", (), 5),
    ("term", (2,), 1),
    ("term", (4,), 2),
    ("entries", (3, 6, GetEntriesContext.empty(can_async=False)), ENTRIES),
    ("entries", (3, 6, GetEntriesContext.empty(can_async=False), 0), ENTRIES[:1]),
    ("entries", (4, 4, GetEntriesContext.empty(can_async=False)), []),
    ("snapshot", (0, 1), Snapshot(metadata=SnapshotMetadata(conf_state=ConfState([1, 2]), index=4, term=2))),
    ("snapshot", (9, 1), Snapshot(metadata=SnapshotMetadata(conf_state=ConfState([1, 2]), index=9, term=2))),
]
FAILURES: list[tuple[str, tuple[Any, ...], type[RaftStorageError]]] = [
    ("term", (1,), CompactedError),
    ("term", (6,), UnavailableError),
    ("entries", (2, 4, GetEntriesContext.empty(can_async=False)), CompactedError),
    ("entries", (3, 7, GetEntriesContext.empty(can_async=False)), UnavailableError),
]


def as_text(value: object) -> str:
    """The id of a case."""
    return value if isinstance(value, str) else ""


@pytest.fixture(params=["MemStorage", "Storage"])
def readable(request: pytest.FixtureRequest, filled: MemStorage) -> MemStorage | Storage:
    """A filled storage: a `MemStorage`, or a wrapper around a storage in Python."""
    if request.param == "MemStorage":
        return filled
    storage = ListStorage()
    fill(storage)
    return Storage(storage)


@pytest.mark.parametrize(("method", "arguments", "expected"), ANSWERS, ids=as_text)
def test_storage_returns(
    readable: MemStorage | Storage, method: str, arguments: tuple[Any, ...], expected: object
) -> None:
    assert getattr(readable, method)(*arguments) == expected


@pytest.mark.parametrize(("method", "arguments", "error"), FAILURES, ids=as_text)
def test_storage_raises(
    readable: MemStorage | Storage, method: str, arguments: tuple[Any, ...], error: type[RaftStorageError]
) -> None:
    with pytest.raises(StoreError) as raised:
        getattr(readable, method)(*arguments)

    assert type(raised.value.error) is error
    assert str(raised.value) == str(error())


def test_initial_state(readable: MemStorage | Storage) -> None:
    state = readable.initial_state()

    assert state.initialized()
    assert state.hard_state == HardState(term=2, commit=4)
    assert state.conf_state == ConfState([1, 2])


def test_entries_of_a_reversed_range_are_rejected(readable: MemStorage | Storage) -> None:
    with pytest.raises(ValueError, match="low: 5 is greater than high, 3"):
        readable.entries(5, 3, GetEntriesContext.empty(can_async=False))


@pytest.mark.parametrize(
    ("write", "indices"),
    [
        (lambda core: core.append([Entry(index=6, term=6)]), (3, 6)),
        (lambda core: core.append([Entry(index=4, term=9)]), (3, 4)),
        (lambda core: core.compact(5), (5, 5)),
        (lambda core: core.apply_snapshot(new_snapshot(8, 6, [1])), (9, 8)),
        (lambda core: core.set_hardstate(HardState(commit=4)), (3, 5)),
    ],
)
def test_log_sees_writes_to_its_storage(
    filled: MemStorage, write: Callable[[MemStorageCoreRef], None], indices: tuple[int, int], logger: LoggerRef
) -> None:
    log = RaftLog(filled, logger)
    before = (log.first_index(), log.last_index())

    write(filled.clone().wl())

    assert before == (3, 5)
    assert (log.first_index(), log.last_index()) == indices
    assert (filled.first_index(), filled.last_index()) == indices


@pytest.mark.parametrize("voters", [[1, 2], (1, 2), range(1, 3)], ids=str)
def test_members_may_be_a_pair(voters: Any) -> None:
    storage, other = MemStorage.new_with_conf_state((voters, [3])), MemStorage()
    other.initialize_with_conf_state((voters, {3}))

    for made in (storage, other):
        assert made.initial_state().conf_state == ConfState([1, 2], [3])


@pytest.mark.parametrize("wrong", [[1], ([1],), ([1], [2], [3]), 5, None, "ab"], ids=repr)
def test_other_members_are_rejected(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"expected ConfState, or a pair of .*, got {type(wrong).__name__}"):
        MemStorage.new_with_conf_state(wrong)


def test_stabilized_entries_can_still_be_persisted(logger: LoggerRef) -> None:
    storage = MemStorage()
    log = RaftLog(storage, logger)
    log.append([Entry(term=1, index=1), Entry(term=1, index=2)])

    unstable = log.unstable_entries()
    log.stable_entries(2, 1)
    storage.wl().append(unstable)

    assert log.unstable_entries() == []
    assert log.all_entries() == unstable == [Entry(term=1, index=1), Entry(term=1, index=2)]
