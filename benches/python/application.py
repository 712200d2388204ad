"""The applied proposals of a member, and the compaction of its log."""

from typing import Protocol


class Log(Protocol):
    """The log of a member."""

    def compact(self, compact_index: int, /) -> None:
        """Discards the entries before `compact_index`."""


class Application:
    """Counts applied proposals, and compacts the log every `compact_every` entries, except the last sixteenth."""

    def __init__(self, log: Log, compact_every: int) -> None:
        self.applied = 0
        self.applied_bytes = 0
        self._log = log
        self._compact_every = compact_every
        self._compact_at = compact_every

    def count(self, applied: int, applied_bytes: int, index: int) -> None:
        """Records applied proposals, and the index of the last entry."""
        self.applied += applied
        self.applied_bytes += applied_bytes
        if index >= self._compact_at:
            self._log.compact(index - self._compact_every // 16)
            self._compact_at = index + self._compact_every
