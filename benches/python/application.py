"""What a member does with the entries that it has to apply."""

from rraft import MemStorageCoreRef
from storages import CompactedListStorage


class Application:
    """Reads what is proposed, counts it, and compacts the log after so many entries, but for the last sixteenth."""

    def __init__(self, log: MemStorageCoreRef | CompactedListStorage, compact_every: int) -> None:
        self.applied = 0
        self.applied_bytes = 0
        self._log = log
        self._compact_every = compact_every
        self._compacted_at = 0

    def apply(self, data: list[bytes], index: int) -> None:
        """Applies entries, of which the last has the index."""
        self.applied += len(data) - data.count(b"")  # a leader begins its term with an empty entry
        self.applied_bytes += sum(map(len, data))
        if index >= self._compacted_at + self._compact_every:
            self._log.compact(index - self._compact_every // 16)
            self._compacted_at = index
