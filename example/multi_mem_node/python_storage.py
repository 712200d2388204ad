"""A storage written in Python: a list of entries."""

from collections.abc import Sequence

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
    SnapshotOutOfDateError,
    SnapshotRef,
    SnapshotTemporarilyUnavailableError,
    UnavailableError,
    limit_size,
)


class ListStorage:
    """Keeps everything in memory. A durable storage does the same with a file or a database.

    Raft reads it through six methods (`rraft.StorageProtocol`). The node chooses the methods that write: here they have
    the names of those of `MemStorage`.
    """

    def __init__(self) -> None:
        self._hard_state = HardState()
        self._conf_state = ConfState()
        # The index and the term of the last entry that a snapshot has replaced.
        self._before = 0
        self._before_term = 0
        # The log: `self._entries[i]` has the index `self._before + 1 + i`.
        self._entries: list[Entry] = []

    # What Raft reads.

    def initial_state(self) -> RaftState:
        """The hard state and the configuration. Called once, when the node starts."""
        return RaftState(self._hard_state, self._conf_state)

    def entries(
        self, low: int, high: int, _context: GetEntriesContextRef, max_size: int | None = None
    ) -> Sequence[EntryRef]:
        """The entries from `low` to `high - 1`, limited to `max_size` bytes, but at least one.

        (Storages that fetch entries in the background use the context.)
        """
        first = self._before + 1
        if low < first:
            raise CompactedError()
        if high > first + len(self._entries):
            raise UnavailableError()
        entries = self._entries[low - first : high - first]
        limit_size(entries, max_size)
        return entries

    def term(self, index: int) -> int:
        """The term of an entry, or of the one before the first: Raft compares logs by it."""
        position = index - self._before - 1
        if position >= len(self._entries):
            raise UnavailableError()
        if position >= 0:
            return self._entries[position].term
        if position < -1:
            raise CompactedError()
        return self._before_term

    def first_index(self) -> int:
        """The index after the snapshot, whether an entry with that index exists or not."""
        return self._before + 1

    def last_index(self) -> int:
        """The index of the last entry, or of the snapshot if there is none."""
        return self._before + len(self._entries)

    def snapshot(self, request_index: int, _to: int) -> Snapshot:
        """A snapshot at `request_index` or later, the same for each receiver. `Node._send` adds the data."""
        index = self._hard_state.commit
        if index < request_index:
            raise SnapshotTemporarilyUnavailableError()
        metadata = SnapshotMetadata(index=index, term=self.term(index), conf_state=self._conf_state)
        return Snapshot(metadata=metadata)

    # What the node writes. Arguments are copied: they may be views of temporary values.

    def wl(self) -> "ListStorage":
        """`MemStorage` locks for writing; this storage needs no lock."""
        return self

    def append(self, entries: Sequence[EntryRef]) -> None:
        """Appends entries. They replace those with the same or a higher index.

        The replaced ones were never committed: a later leader did not have them.
        """
        if not entries:
            return
        if not self.first_index() <= entries[0].index <= self.last_index() + 1:
            raise ValueError(f"entries from {entries[0].index} do not follow a log that ends at {self.last_index()}")
        self._entries[entries[0].index - self._before - 1 :] = [entry.clone() for entry in entries]

    def apply_snapshot(self, snapshot: SnapshotRef) -> None:
        """Replaces the log and the configuration by those of a snapshot."""
        metadata = snapshot.metadata
        # A node may have requested a snapshot at the last entry of its log.
        is_at_end = metadata.index == self.last_index() and metadata.term == self.term(metadata.index)
        if metadata.index < self.first_index() and not is_at_end:
            raise SnapshotOutOfDateError()
        self._before, self._before_term = metadata.index, metadata.term
        self._entries = []
        self._hard_state.term = max(self._hard_state.term, metadata.term)
        self._hard_state.commit = metadata.index
        self._conf_state = metadata.conf_state.clone()

    def set_hardstate(self, hard_state: HardStateRef) -> None:
        """Persists the term, the vote and the commit index."""
        self._hard_state = hard_state.clone()

    def hard_state(self) -> HardState:
        """The hard state itself, not a copy: the node sets its commit index."""
        return self._hard_state

    def set_conf_state(self, conf_state: ConfStateRef) -> None:
        """Persists the configuration."""
        self._conf_state = conf_state.clone()
