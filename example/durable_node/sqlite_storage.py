"""A durable storage: the log of a Raft node, and all else that it must remember, in a database of SQLite."""

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
# The first row of `log` stands for all that comes before the log: its term is still asked for, its entry is not. Empty
# bytes encode a message whose fields are all at their defaults.


class SqliteStorage:
    """What a node must find again after a crash.

    Raft reads it through the six methods of `rraft.StorageProtocol`. The node writes to it, inside `transaction`, and
    so does its state machine, by the same `connection`: what belongs together is on disk together, or not at all.
    """

    def __init__(self, path: Path) -> None:
        """Opens the database, or creates it: its log is empty then, and it has no members.

        Raises `sqlite3.OperationalError` when another process has it open. Two nodes on one log would vote twice.
        """
        # No isolation level: transactions begin where we say so, and not where Python thinks that one is wanted.
        self.connection = sqlite3.connect(path, timeout=1, isolation_level=None)
        try:
            self._set_up()
        except sqlite3.Error:
            self.close()
            raise

    def _set_up(self) -> None:
        self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a commit returns when the disk has it. With NORMAL, a power failure could take the last ones back, and
        # with them votes and entries that other nodes have been told of.
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT")

    def close(self) -> None:
        """Lets go of the database. Nothing is lost without it."""
        self.connection.close()

    # What Raft reads. These methods are called often: SQLite answers from its cache.

    def initial_state(self) -> RaftState:
        """The hard state and the members, when the node starts."""
        return RaftState(self.hard_state(), self.conf_state())

    def entries(self, low: int, high: int, _context: GetEntriesContextRef, max_size: int | None) -> Sequence[EntryRef]:
        """The entries from `low` to `high - 1`, or as many of them as fit into `max_size` bytes, but at least one.

        (The context is for storages that fetch entries in the background.)
        """
        if low < self.first_index():
            raise CompactedError()
        if high > self.last_index() + 1:
            raise UnavailableError()
        entries: list[Entry] = []
        size = 0
        # The rows are read one by one: those that don't fit are never fetched.
        for (encoded,) in self.connection.execute(
            "SELECT entry FROM log WHERE idx >= ? AND idx < ? ORDER BY idx", (low, high)
        ):
            size += len(encoded)
            if entries and max_size is not None and size > max_size:
                break
            entries.append(Entry.decode(encoded))
        return entries

    def term(self, index: int) -> int:
        """The term of an entry. Also asked for the one just before the first: Raft compares logs by it."""
        if index < self.first_index() - 1:
            raise CompactedError()
        if index > self.last_index():
            raise UnavailableError()
        return self._select("SELECT term FROM log WHERE idx = ?", index)

    def first_index(self) -> int:
        """The index after that of the last entry which is gone, whether there is such an entry yet or not."""
        return self._select("SELECT min(idx) FROM log") + 1

    def last_index(self) -> int:
        """The index of the last entry, or, when there is none, of the last one which is gone."""
        return self._select("SELECT max(idx) FROM log")

    def snapshot(self, request_index: int, to: int) -> Snapshot:
        """The snapshot that was made or received last. If it is of no use, Raft asks again later.

        It must be new enough, and the receiver must be among its members, for it would refuse it otherwise: make a
        snapshot when a member is added.
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
        """What is written inside is on disk when it ends. All of it is undone when it ends with an exception.

        The node is not undone: if it took part, drop it, and make it anew from the storage.
        """
        self.connection.execute("BEGIN IMMEDIATE")
        with self.connection:  # commits, or rolls back
            yield

    def append(self, entries: Sequence[EntryRef]) -> None:
        """Adds entries to the log, in place of those that have the same or a higher index.

        These were never committed: another leader did not have them, and its log is the one that counts.
        """
        if not entries:
            return
        first = entries[0].index
        if first < self.first_index():
            raise CompactedError(f"entry {first} is to be appended, the log begins at {self.first_index()}")
        if first > self.last_index() + 1:
            raise UnavailableError(f"entry {first} is to be appended, the log ends at {self.last_index()}")
        if [entry.index for entry in entries] != list(range(first, first + len(entries))):
            raise UnavailableError("entries to be appended do not follow each other")
        self.connection.execute("DELETE FROM log WHERE idx >= ?", (first,))
        self.connection.executemany(
            "INSERT INTO log VALUES (?, ?, ?)", ((entry.index, entry.term, entry.encode()) for entry in entries)
        )

    def set_hard_state(self, hard_state: HardStateRef) -> None:
        """Stores term, vote and commit index."""
        self._set_state("hard_state", hard_state.encode())

    def set_commit(self, index: int) -> None:
        """Stores the commit index alone."""
        hard_state = self.hard_state()
        hard_state.commit = index
        self.set_hard_state(hard_state)

    def set_conf_state(self, conf_state: ConfStateRef) -> None:
        """Stores the members: those of the configuration that was applied last."""
        self._set_state("conf_state", conf_state.encode())

    def set_applied(self, index: int) -> None:
        """Stores how far the state machine has applied the log: in the transaction in which it did so."""
        self._set_state("applied", index)

    def apply_snapshot(self, snapshot: SnapshotRef) -> None:
        """Replaces the log, the members, and the applied index by those of a snapshot.

        The state machine has to load the snapshot's data, in the same transaction.
        """
        metadata = snapshot.metadata
        # A node may have asked for a snapshot of the very entry that its log ends with.
        is_of_the_end = metadata.index == self.last_index() and metadata.term == self.term(metadata.index)
        if metadata.index < self.first_index() and not is_of_the_end:
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
        """Keeps `data`, which is the whole state machine as it is now, for followers that lack compacted entries."""
        index = self.applied()
        self._set_snapshot(SnapshotMetadata(index=index, term=self.term(index), conf_state=self.conf_state()), data)

    def compact(self, compact_index: int) -> None:
        """Discards the entries before `compact_index`; does nothing when they are gone already.

        Raises `ValueError` when no snapshot stands for one of them.
        """
        if compact_index > self.last_index() + 1:
            raise UnavailableError(f"the log is to be compacted to {compact_index}, it ends at {self.last_index()}")
        snapshot_index = self.snapshot_metadata().index
        if compact_index > snapshot_index + 1:
            raise ValueError(f"the log is to be compacted to {compact_index}, the snapshot is of {snapshot_index}")
        # The row before `compact_index` stays, for its term.
        self.connection.execute("DELETE FROM log WHERE idx < ?", (compact_index - 1,))

    # What the node reads.

    def hard_state(self) -> HardState:
        """Term, vote and commit index."""
        return HardState.decode(self._state("hard_state"))

    def conf_state(self) -> ConfState:
        """The members."""
        return ConfState.decode(self._state("conf_state"))

    def applied(self) -> int:
        """How far the state machine has applied the log: `Config.applied`, when the node starts."""
        return self._select("SELECT value FROM state WHERE name = 'applied'")

    def snapshot_metadata(self) -> SnapshotMetadata:
        """Where in the log the snapshot stands: at index 0 if there is none."""
        return SnapshotMetadata.decode(self._state("snapshot_metadata"))

    def _select(self, query: str, *parameters: int) -> int:
        """The only value of the only row that answers `query`."""
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
