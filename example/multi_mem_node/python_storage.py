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
)


class ListStorage:
    """Everything in memory. A durable one would do the same to a file or a database.

    Raft reads it through six methods (`rraft.StorageProtocol`). The writing methods are the node's own affair: here
    they are named as those of `MemStorage`.
    """

    def __init__(self) -> None:
        self._hard_state = HardState()
        self._conf_state = ConfState()
        # The log. Its first item stands for all that comes before the log, which a snapshot has replaced: it tells the
        # snapshot's index and term. So `self._log[i]` has the index `self._log[0].index + i`.
        self._log = [Entry()]

    # What Raft reads.

    def initial_state(self) -> RaftState:
        """Asked once, when the node starts."""
        return RaftState(self._hard_state, self._conf_state)

    def entries(
        self, low: int, high: int, _context: GetEntriesContextRef, max_size: int | None = None
    ) -> Sequence[EntryRef]:
        """The entries from `low` to `high - 1`, or as many of them as fit into `max_size` bytes, but at least one.

        (The context is for storages that fetch entries in the background.)
        """
        if low < self.first_index():
            raise CompactedError()
        if high > self.last_index() + 1:
            raise UnavailableError()
        offset = self._log[0].index
        entries = self._log[low - offset : high - offset]
        if max_size is None:
            return entries
        size = 0
        for count, entry in enumerate(entries):
            size += entry.compute_size()
            if size > max_size and count > 0:
                return entries[:count]
        return entries

    def term(self, index: int) -> int:
        """The term of an entry. Also asked for the one just before the first: Raft compares logs by it."""
        if index < self._log[0].index:
            raise CompactedError()
        if index > self.last_index():
            raise UnavailableError()
        return self._log[index - self._log[0].index].term

    def first_index(self) -> int:
        """The index after the snapshot's, whether there is such an entry yet or not."""
        return self._log[0].index + 1

    def last_index(self) -> int:
        """The index of the last entry, or of the snapshot when there is none."""
        return self._log[-1].index

    def snapshot(self, request_index: int, _to: int) -> Snapshot:
        """A snapshot at `request_index` or later, the same for each receiver. `Node._send` adds the data."""
        index = self._hard_state.commit
        if index < request_index:
            raise SnapshotTemporarilyUnavailableError()
        metadata = SnapshotMetadata(index=index, term=self.term(index), conf_state=self._conf_state)
        return Snapshot(metadata=metadata)

    # What the node writes. What it passes is copied: it may be a view of something that is about to go.

    def wl(self) -> "ListStorage":
        """`MemStorage` has its writing methods behind a lock; we need none."""
        return self

    def append(self, entries: Sequence[EntryRef]) -> None:
        """Adds entries to the log, in place of those that have the same or a higher index.

        These were never committed: another leader did not have them, and its log is the one that counts.
        """
        if not entries:
            return
        if not self.first_index() <= entries[0].index <= self.last_index() + 1:
            raise ValueError(f"entries from {entries[0].index} do not join a log that ends at {self.last_index()}")
        del self._log[entries[0].index - self._log[0].index :]
        self._log.extend(entry.clone() for entry in entries)

    def apply_snapshot(self, snapshot: SnapshotRef) -> None:
        """Replaces the log and the members by those of a snapshot."""
        metadata = snapshot.metadata
        if metadata.index < self.first_index():
            raise SnapshotOutOfDateError()
        self._log = [Entry(index=metadata.index, term=metadata.term)]
        self._hard_state.term = max(self._hard_state.term, metadata.term)
        self._hard_state.commit = metadata.index
        self._conf_state = metadata.conf_state.clone()

    def set_hardstate(self, hard_state: HardStateRef) -> None:
        """Stores term, vote and commit index."""
        self._hard_state = hard_state.clone()

    def hard_state(self) -> HardState:
        """Not a copy: the node sets the commit index through it."""
        return self._hard_state

    def set_conf_state(self, conf_state: ConfStateRef) -> None:
        """Stores the members."""
        self._conf_state = conf_state.clone()
