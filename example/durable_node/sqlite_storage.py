"""A durable storage: the log of a Raft node, and all other state that it must keep, in an SQLite database."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rraft import (
    CompactedError,
    ConfState,
    ConfStateRef,
    Entry,
    EntryRef,
    GetEntriesContextRef,
    HardState,
    HardStateRef,
    RaftState,
    Snapshot,
    SnapshotMetadata,
    SnapshotMetadataRef,
    SnapshotOutOfDateError,
    SnapshotRef,
    SnapshotTemporarilyUnavailableError,
    UnavailableError,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS log (idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, entry BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value NOT NULL);
INSERT INTO log SELECT 0, 0, x'' WHERE NOT EXISTS (SELECT 1 FROM log);
INSERT OR IGNORE INTO state VALUES ('hard_state', x''), ('conf_state', x''), ('applied', 0);
INSERT OR IGNORE INTO state VALUES ('snapshot_metadata', x''), ('snapshot_data', x'');
"""
# The first row of `log` represents the last compacted entry: Raft still asks for its term, but not for the entry. Empty
# bytes encode a message with default fields.


class SqliteStorage:
    """The state that a node must keep across crashes.

    Raft reads it through the six methods of `rraft.StorageProtocol`. The node writes to it inside `transaction`, and
    its state machine through the same `connection`: a transaction is persisted completely or not at all.
    """

    def __init__(self, path: Path) -> None:
        """Opens the database, or creates one with an empty log and an empty configuration.

        Raises `sqlite3.OperationalError` if another process has it open. Two nodes with one log would vote twice.
        """
        # No isolation level: the code begins transactions explicitly, not the `sqlite3` module.
        self.connection = sqlite3.connect(path, timeout=1, isolation_level=None)
        try:
            self._set_up()
        except sqlite3.Error:
            self.close()
            raise

    def _set_up(self) -> None:
        self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a commit returns once the disk has it. With NORMAL, a power failure could lose the last commits, and
        # with them votes and entries that the node has acknowledged.
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT")

    def close(self) -> None:
        """Closes the database. Nothing is lost without this call."""
        self.connection.close()

    # What Raft reads. Raft calls these methods often: SQLite answers from its cache.

    def initial_state(self) -> RaftState:
        """The persisted hard state and configuration. Called once, when the node is created."""
        return RaftState(self.hard_state(), self.conf_state())

    def entries(self, low: int, high: int, _context: GetEntriesContextRef, max_size: int | None) -> Sequence[EntryRef]:
        """The entries from `low` to `high - 1`, limited to `max_size` bytes, but at least one.

        (Storages that fetch entries in the background use the context.)
        """
        if low < self.first_index():
            raise CompactedError()
        if high > self.last_index() + 1:
            raise UnavailableError()
        entries: list[Entry] = []
        size = 0
        # Rows are read one by one: those beyond the limit are not fetched.
        for (encoded,) in self.connection.execute(
            "SELECT entry FROM log WHERE idx >= ? AND idx < ? ORDER BY idx", (low, high)
        ):
            size += len(encoded)
            if entries and max_size is not None and size > max_size:
                break
            entries.append(Entry.decode(encoded))
        return entries

    def term(self, index: int) -> int:
        """The term of an entry, or of the one before the first: Raft compares logs by it."""
        if index < self.first_index() - 1:
            raise CompactedError()
        if index > self.last_index():
            raise UnavailableError()
        return self._select("SELECT term FROM log WHERE idx = ?", index)

    def first_index(self) -> int:
        """The index after the last compacted entry, whether an entry with that index exists or not."""
        return self._select("SELECT min(idx) FROM log") + 1

    def last_index(self) -> int:
        """The index of the last entry, or, if there is none, of the last compacted entry."""
        return self._select("SELECT max(idx) FROM log")

    def snapshot(self, request_index: int, to: int) -> Snapshot:
        """The latest snapshot. If it is not suitable, Raft asks again later.

        It must be recent enough, and its configuration must list the receiver, which rejects it otherwise: create a
        snapshot after a member was added.
        """
        metadata = self.snapshot_metadata()
        conf_state = metadata.conf_state
        members = [*conf_state.voters, *conf_state.learners, *conf_state.voters_outgoing]
        if metadata.index < request_index or to not in members:
            raise SnapshotTemporarilyUnavailableError()
        return Snapshot(metadata=metadata, data=self._state("snapshot_data"))

    # What the node writes.

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Persists all writes of the block when it ends, or rolls all of them back after an exception.

        It does not roll back the node: drop that, and create it again from the storage.
        """
        self.connection.execute("BEGIN IMMEDIATE")
        with self.connection:  # commits, or rolls back
            yield

    def append(self, entries: Sequence[EntryRef]) -> None:
        """Appends entries. They replace those with the same or a higher index.

        The replaced ones were never committed: a later leader did not have them.
        """
        if not entries:
            return
        first = entries[0].index
        if first < self.first_index():
            raise CompactedError(f"cannot append entry {first}: the log begins at {self.first_index()}")
        if first > self.last_index() + 1:
            raise UnavailableError(f"cannot append entry {first}: the log ends at {self.last_index()}")
        if [entry.index for entry in entries] != list(range(first, first + len(entries))):
            raise UnavailableError("cannot append entries with gaps")
        self.connection.execute("DELETE FROM log WHERE idx >= ?", (first,))
        self.connection.executemany(
            "INSERT INTO log VALUES (?, ?, ?)", ((entry.index, entry.term, entry.encode()) for entry in entries)
        )

    def set_hard_state(self, hard_state: HardStateRef) -> None:
        """Persists the term, the vote and the commit index."""
        self._set_state("hard_state", hard_state.encode())

    def set_commit(self, index: int) -> None:
        """Persists the commit index only."""
        hard_state = self.hard_state()
        hard_state.commit = index
        self.set_hard_state(hard_state)

    def set_conf_state(self, conf_state: ConfStateRef) -> None:
        """Persists the configuration that was applied last."""
        self._set_state("conf_state", conf_state.encode())

    def set_applied(self, index: int) -> None:
        """Persists the applied index. Call it in the transaction that applies the entries."""
        self._set_state("applied", index)

    def apply_snapshot(self, snapshot: SnapshotRef) -> None:
        """Replaces the log, the configuration, and the applied index by those of a snapshot.

        The state machine has to load the snapshot's data in the same transaction.
        """
        metadata = snapshot.metadata
        # A node may have requested a snapshot at the last entry of its log.
        is_at_end = metadata.index == self.last_index() and metadata.term == self.term(metadata.index)
        if metadata.index < self.first_index() and not is_at_end:
            raise SnapshotOutOfDateError()
        hard_state = self.hard_state()
        hard_state.term = max(hard_state.term, metadata.term)
        hard_state.commit = metadata.index
        self.set_hard_state(hard_state)
        self.set_conf_state(metadata.conf_state)
        self.set_applied(metadata.index)
        self._set_snapshot(metadata, snapshot.data)
        self.connection.execute("DELETE FROM log")
        self.connection.execute("INSERT INTO log VALUES (?, ?, x'')", (metadata.index, metadata.term))

    def create_snapshot(self, data: bytes) -> None:
        """Stores `data`, the state machine at the applied index, for followers that lack compacted entries."""
        index = self.applied()
        self._set_snapshot(SnapshotMetadata(index=index, term=self.term(index), conf_state=self.conf_state()), data)

    def compact(self, compact_index: int) -> None:
        """Discards the entries before `compact_index`, unless they are already compacted.

        Raises `ValueError` if the snapshot does not represent all of them.
        """
        if compact_index > self.last_index() + 1:
            raise UnavailableError(f"cannot compact to {compact_index}: the log ends at {self.last_index()}")
        snapshot_index = self.snapshot_metadata().index
        if compact_index > snapshot_index + 1:
            raise ValueError(f"cannot compact to {compact_index}: the snapshot is at {snapshot_index}")
        # The row before `compact_index` remains, for its term.
        self.connection.execute("DELETE FROM log WHERE idx < ?", (compact_index - 1,))

    # What the node reads.

    def hard_state(self) -> HardState:
        """The persisted term, vote and commit index."""
        return HardState.decode(self._state("hard_state"))

    def conf_state(self) -> ConfState:
        """The persisted configuration."""
        return ConfState.decode(self._state("conf_state"))

    def applied(self) -> int:
        """The applied index, for `Config.applied`."""
        return self._select("SELECT value FROM state WHERE name = 'applied'")

    def snapshot_metadata(self) -> SnapshotMetadata:
        """The index, term and configuration of the snapshot; index 0 if there is none."""
        return SnapshotMetadata.decode(self._state("snapshot_metadata"))

    def _select(self, query: str, *parameters: int) -> int:
        """The single value that `query` returns."""
        (value,) = self.connection.execute(query, parameters).fetchone()
        return int(value)

    def _state(self, name: str) -> bytes:
        (value,) = self.connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return bytes(value)

    def _set_snapshot(self, metadata: SnapshotMetadataRef, data: bytes) -> None:
        self._set_state("snapshot_metadata", metadata.encode())
        self._set_state("snapshot_data", data)

    def _set_state(self, name: str, value: bytes | int) -> None:
        self.connection.execute("UPDATE state SET value = ? WHERE name = ?", (value, name))
