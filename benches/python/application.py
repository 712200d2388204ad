"""What a member has applied, and the compaction of its log."""

from rraft import MemStorageCoreRef
from storages import CompactedListStorage


class Application:
    """Counts the proposals, and compacts the log after so many entries, but for the last sixteenth of them."""

    def __init__(self, log: MemStorageCoreRef | CompactedListStorage, compact_every: int) -> None:
        self.applied = 0
        self.applied_bytes = 0
        self._log = log
        self._compact_every = compact_every
        self._compact_at = compact_every

    def count(self, applied: int, applied_bytes: int, index: int) -> None:
        """Takes note of proposals that have been read; the last entry has the index."""
        self.applied += applied
        self.applied_bytes += applied_bytes
        if index >= self._compact_at:
            self._log.compact(index - self._compact_every // 16)
            self._compact_at = index + self._compact_every
