"""The same node as `node.py`, with its log and its map in one SQLite database."""

from collections.abc import Sequence
from pathlib import Path

from key_values import KeyValues, put_command
from rraft import Config, ConfState, EntryRef, RawNode, Snapshot, SnapshotMetadata, default_logger
from sqlite_storage import SqliteStorage

NODE_ID = 1

SNAPSHOT_INTERVAL = 100
"""The number of applied entries after which a snapshot replaces the log."""


class SqliteNode:
    """A key-value map whose writes go through the log.

    `storage` and `key_values` are on disk, in one database. Each start creates `raw_node` from them.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.storage = SqliteStorage(directory / "node.sqlite3")
        self.key_values = KeyValues(self.storage.connection)
        if not self.storage.initial_state().initialized():
            self._bootstrap()

        # Raft reads the log from the storage. Only the state machine knows the applied index.
        config = Config(id=NODE_ID, applied=self.storage.applied())
        self.raw_node = RawNode(config, self.storage, default_logger())
        # The only member needs no clock. It campaigns at once, votes for itself, and becomes leader. It then applies
        # what an earlier run had committed but not applied.
        self.raw_node.campaign()
        self._process_ready()

    def put(self, key: str, value: str) -> None:
        """Returns when the write is persisted and applied. Raises `ValueError` for an invalid write.

        If the process ends before that, the next start may or may not find the write.
        """
        self.raw_node.propose(b"", put_command(key, value))
        self._process_ready()

    def get(self, key: str) -> str | None:
        """The value of `key`, if there is one. Applied values are persisted."""
        return self.key_values.get(key)

    def pairs(self) -> dict[str, str]:
        """The whole map."""
        return self.key_values.pairs()

    @property
    def applied(self) -> int:
        """The applied index."""
        return self.storage.applied()

    def close(self) -> None:
        """Closes the database. Nothing is lost without this call."""
        self.storage.close()

    def _bootstrap(self) -> None:
        """Makes the node the only member. The log begins after a snapshot with an empty map."""
        metadata = SnapshotMetadata(index=1, term=1, conf_state=ConfState(voters=[NODE_ID]))
        with self.storage.transaction():
            self.storage.apply_snapshot(Snapshot(metadata=metadata, data=self.key_values.dump()))

    def _process_ready(self) -> None:
        """Processes each `Ready` in two transactions: the first persists entries, the second applies them.

        This leaves out what a single member without reads does not have: messages, snapshots, configuration changes and
        read states. `docs/ready_loop.py` is complete.
        """
        while self.raw_node.has_ready():
            ready = self.raw_node.ready()
            with self.storage.transaction():
                self.storage.append(ready.entries())
                if hard_state := ready.hs():
                    self.storage.set_hard_state(hard_state)
                self._apply(ready.committed_entries())

            # The entries are persisted, and with one member also committed, so there is more to apply. Persist the
            # commit index with it: at a restart, the applied index must not exceed the commit index.
            light_ready = self.raw_node.advance(ready)
            with self.storage.transaction():
                if (commit := light_ready.commit_index()) is not None:
                    self.storage.set_commit(commit)
                self._apply(light_ready.committed_entries())
            self.raw_node.advance_apply()

    def _apply(self, entries: Sequence[EntryRef]) -> None:
        """Applies entries, and persists the applied index: a restart neither loses them nor applies them again."""
        if not entries:
            return
        for entry in entries:
            if entry.data:  # a leader begins its term with an empty entry
                self.key_values.apply(entry.data)
        applied = entries[-1].index
        self.storage.set_applied(applied)
        if applied - self.storage.snapshot_metadata().index >= SNAPSHOT_INTERVAL:
            self.storage.create_snapshot(self.key_values.dump())
            self.storage.compact(applied + 1)
