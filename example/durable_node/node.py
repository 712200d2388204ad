"""A Raft group of one member that can be killed at any moment: its log is a `Wal`, its map is in memory."""

import json
from collections.abc import Iterator
from pathlib import Path

from key_values import parse_command, put_command
from rraft import Config, ConfState, RawNode, ReadyLoop, Wal, default_logger

NODE_ID = 1
GROUP = 1

SNAPSHOT_INTERVAL = 100
"""The number of applied entries after which a snapshot replaces the log."""


class DurableNode:
    """A key-value map whose writes go through the log.

    Each start restores the map: from the last snapshot, then from the entries after it.
    """

    def __init__(self, directory: Path) -> None:
        self._wal = Wal(directory)
        # The group's first start makes the node its only member.
        self.storage = self._wal.storage(GROUP, ConfState(voters=[NODE_ID]))
        self._pairs: dict[str, str] = {}
        self.applied = self._restore()
        # Raft returns the committed entries after `applied`.
        self.raw_node = RawNode(Config(id=NODE_ID, applied=self.applied), self.storage, default_logger())
        self._loop = ReadyLoop(self.raw_node)
        # The only member needs no clock. It campaigns at once, votes for itself, and becomes leader.
        self.raw_node.campaign()
        self._run()

    def put(self, key: str, value: str) -> None:
        """Returns when the write is persisted and applied. Raises `ValueError` for an invalid write.

        If the process ends before that, the next start may or may not find the write.
        """
        self.raw_node.propose(b"", put_command(key, value))
        self._run()

    def get(self, key: str) -> str | None:
        """The value of `key`, if there is one. Its entry is persisted."""
        return self._pairs.get(key)

    def pairs(self) -> dict[str, str]:
        """The whole map."""
        return self._pairs.copy()

    def close(self) -> None:
        """Closes the log. Nothing is lost without this call."""
        self._wal.close()

    def _run(self) -> None:
        """Persists the log, with one fsync, and applies the committed entries.

        A member of a larger group also sends the messages of the batch, restores its snapshot and serves its reads.
        """
        while batch := self._loop.run():
            for index, _, data in batch.take_committed_data():
                if data and (pair := parse_command(data)):  # a leader begins its term with an empty entry
                    key, value = pair
                    self._pairs[key] = value
                self.applied = index
        snapshot_index = self.storage.first_index() - 1
        if self.applied - snapshot_index >= SNAPSHOT_INTERVAL:
            self.storage.create_snapshot(self.applied, self._chunks())
            self.storage.compact(self.applied + 1)

    def _chunks(self) -> Iterator[bytes]:
        """The map as the data of a snapshot: a line for each pair."""
        for pair in self._pairs.items():
            yield json.dumps(pair).encode() + b"\n"

    def _restore(self) -> int:
        """Replaces the map by the snapshot. Returns the index of the snapshot; 0 if there is none."""
        reader = self.storage.read_snapshot()
        if reader is None:
            return 0
        self._pairs = dict(map(json.loads, b"".join(reader).splitlines()))
        return reader.snapshot.metadata.index
