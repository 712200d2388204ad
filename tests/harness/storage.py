"""A raft storage in plain Python that behaves like raft-rs's `MemStorage`."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

from rraft import (
    NO_LIMIT,
    CompactedError,
    ConfState,
    ConfStateRef,
    Entry,
    EntryRef,
    GetEntriesContextRef,
    HardState,
    HardStateRef,
    LogTemporarilyUnavailableError,
    MemStorage,
    RaftState,
    RaftStorageError,
    Snapshot,
    SnapshotMetadata,
    SnapshotOutOfDateError,
    SnapshotRef,
    SnapshotTemporarilyUnavailableError,
    StoreError,
    UnavailableError,
    WalStorageRef,
)


class ListStorage:
    """A storage that keeps its log in a list.

    Raft calls the first six methods. The others are those of `MemStorage` and `MemStorageCore`. Misuse raises the
    exceptions of `MemStorage`, so that tests expect the same from both.
    """

    def __init__(self) -> None:
        self._hard_state = HardState()
        self._conf_state = ConfState()
        # The entries follow the snapshot without a gap: the first has the next index or, after a
        # compaction, a later one.
        self._entries: list[Entry] = []
        self._snapshot_metadata = SnapshotMetadata()
        self._snap_unavailable = False
        self._log_unavailable = False
        self._get_entries_context: GetEntriesContextRef | None = None

    def initial_state(self) -> RaftState:
        return RaftState(self._hard_state, self._conf_state)

    def entries(self, low: int, high: int, context: GetEntriesContextRef, max_size: int | None = None) -> list[Entry]:
        if low > high:
            raise ValueError(f"low: {low} is greater than high, {high}")
        if low < self.first_index():
            raise _store_error(CompactedError())
        if high > self.last_index() + 1:
            raise _store_error(UnavailableError())
        if low == high:
            return []
        if self._log_unavailable and context.can_async():
            self._get_entries_context = context
            raise _store_error(LogTemporarilyUnavailableError())
        offset = self.first_index()
        wanted = _limit_size(self._entries[low - offset : high - offset], max_size)
        return [entry.clone() for entry in wanted]

    def term(self, idx: int) -> int:
        if idx == self._snapshot_metadata.index:
            return self._snapshot_metadata.term
        if idx < self.first_index():
            raise _store_error(CompactedError())
        if idx > self.last_index():
            raise _store_error(UnavailableError())
        return self._entries[idx - self.first_index()].term

    def first_index(self) -> int:
        return self._entries[0].index if self._entries else self._snapshot_metadata.index + 1

    def last_index(self) -> int:
        return self._entries[-1].index if self._entries else self._snapshot_metadata.index

    def snapshot(self, request_index: int, _to: int) -> Snapshot:
        commit = self._hard_state.commit
        commit_term = self.term(commit)
        if self._snap_unavailable:
            self._snap_unavailable = False
            raise _store_error(SnapshotTemporarilyUnavailableError())
        snapshot = Snapshot()
        snapshot.metadata.index = max(commit, request_index)
        snapshot.metadata.term = commit_term
        snapshot.metadata.conf_state = self._conf_state
        return snapshot

    def initialize_with_conf_state(self, conf_state: ConfStateRef) -> None:
        if self.initial_state().initialized():
            raise ValueError("the storage is already initialized")
        self.set_conf_state(conf_state)

    def wl(self) -> "ListStorage":
        return self

    def rl(self) -> "ListStorage":
        return self

    def hard_state(self) -> HardState:
        return self._hard_state

    def mut_hard_state(self) -> HardState:
        return self._hard_state

    def set_hardstate(self, hs: HardStateRef) -> None:
        self._hard_state = hs.clone()

    def set_conf_state(self, cs: ConfStateRef) -> None:
        self._conf_state = cs.clone()

    def append(self, ents: Sequence[EntryRef]) -> None:
        if not ents:
            return
        first, last = self.first_index(), self.last_index()
        start = ents[0].index
        if first > start:
            text = f"overwrite compacted raft logs, compacted: {first - 1}, append: {start}"
            raise _store_error(CompactedError(text))
        if last + 1 < start:
            text = f"raft logs should be continuous, last index: {last}, new appended: {start}"
            raise _store_error(UnavailableError(text))
        self._entries[start - first :] = [entry.clone() for entry in ents]

    def apply_snapshot(self, snapshot: SnapshotRef) -> None:
        metadata = snapshot.metadata.clone()
        is_of_the_end = metadata.index == self.last_index() and metadata.term == self.term(metadata.index)
        if metadata.index < self.first_index() and not is_of_the_end:
            raise _store_error(SnapshotOutOfDateError())
        self._snapshot_metadata = metadata
        self._hard_state.term = max(self._hard_state.term, metadata.term)
        self._hard_state.commit = metadata.index
        self._entries.clear()
        self.set_conf_state(metadata.conf_state)

    def compact(self, compact_index: int) -> None:
        if compact_index <= self.first_index():
            return
        if compact_index > self.last_index() + 1:
            text = f"compact not received raft logs: {compact_index}, last index: {self.last_index()}"
            raise _store_error(UnavailableError(text))
        del self._entries[: compact_index - self.first_index()]

    def commit_to(self, index: int) -> None:
        if not self._entries or not self.first_index() <= index <= self.last_index():
            raise _store_error(UnavailableError(f"commit_to {index} but the entry does not exist"))
        self._hard_state.commit = index
        self._hard_state.term = self._entries[index - self.first_index()].term

    def commit_to_and_set_conf_states(self, idx: int, cs: ConfStateRef | None = None) -> None:
        self.commit_to(idx)
        if cs is not None:
            self.set_conf_state(cs)

    def trigger_snap_unavailable(self) -> None:
        """Makes the next call of `snapshot` fail."""
        self._snap_unavailable = True

    def trigger_log_unavailable(self, v: bool) -> None:
        """Makes calls of `entries` fail if their context allows the entries to be fetched later."""
        self._log_unavailable = v

    def take_get_entries_context(self) -> GetEntriesContextRef | None:
        """The context of the last call of `entries` that failed, once."""
        context, self._get_entries_context = self._get_entries_context, None
        return context


AnyStorage: TypeAlias = MemStorage | ListStorage
"""A writable storage: `MemStorage`, or the equivalent in Python."""

NewStorage: TypeAlias = Callable[[], AnyStorage]
"""Creates an empty storage."""


def initialize(storage: AnyStorage, conf_state: ConfStateRef) -> None:
    """Sets the members of a new storage."""
    if isinstance(storage, WalStorageRef):  # `Wal.storage` does it, if it is asked to
        storage.set_conf_state(conf_state)
    else:
        storage.initialize_with_conf_state(conf_state)


def make_snapshot(storage: object, request_index: int) -> None:
    """Makes the snapshot that a `MemStorage` would return, in a storage that returns those of the application."""
    if isinstance(storage, WalStorageRef):
        index = max(storage.hard_state().commit, request_index)
        if storage.first_index() <= index <= storage.last_index():
            with suppress(StoreError):  # it has a later one
                storage.create_snapshot(index)


def _store_error(reason: RaftStorageError) -> StoreError:
    error = StoreError(reason)
    error.__cause__ = reason
    return error


def _limit_size(entries: list[Entry], max_size: int | None) -> list[Entry]:
    """The first entries, up to `max_size` bytes, but at least one."""
    if max_size is None or max_size == NO_LIMIT:
        return entries
    size = 0
    for count, entry in enumerate(entries):
        entry_size = entry.compute_size()
        # Like raft's `limit_size`: an entry that follows only empty ones does not count either.
        if size > 0 and size + entry_size > max_size:
            return entries[:count]
        size += entry_size
    return entries
