"""A Raft group of one member that survives the end of its process at any moment."""

from collections.abc import Sequence
from pathlib import Path

from key_values import KeyValues, put_command
from rraft import Config, ConfState, EntryRef, RawNode, Snapshot, SnapshotMetadata, default_logger
from sqlite_storage import SqliteStorage

NODE_ID = 1

SNAPSHOT_INTERVAL = 100
"""After how many applied entries the log is replaced by a snapshot."""


class DurableNode:
    """A key-value map whose writes go through the log.

    `storage` and `key_values` are on disk, in one database; `raw_node` is made anew from them at each start.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.storage = SqliteStorage(directory / "node.sqlite3")
        self.key_values = KeyValues(self.storage.connection)
        if not self.storage.initial_state().initialized():
            self._bootstrap()

        # Raft finds the log in the storage; how far it is applied, it must be told.
        config = Config(id=NODE_ID, applied=self.storage.applied())
        self.raw_node = RawNode(config, self.storage, default_logger())
        # The only member needs no clock. It campaigns at once, votes for itself, and so leads. In doing so, it applies
        # what an earlier run had committed and could not apply any more.
        self.raw_node.campaign()
        self._process_ready()

    def put(self, key: str, value: str) -> None:
        """Returns when the write is durable and applied; raises `ValueError` for one that is not possible.

        If the process ends before that, the write may or may not be found at the next start.
        """
        self.raw_node.propose(b"", put_command(key, value))
        self._process_ready()

    def get(self, key: str) -> str | None:
        """The value of `key`, if it has one. What can be read is applied, and so it is durable."""
        return self.key_values.get(key)

    def _bootstrap(self) -> None:
        """Makes the node the only member. The log begins after a snapshot, in which the map is empty."""
        metadata = SnapshotMetadata(index=1, term=1, conf_state=ConfState(voters=[NODE_ID]))
        with self.storage.transaction():
            self.storage.apply_snapshot(Snapshot(metadata=metadata, data=self.key_values.dump()))

    def _process_ready(self) -> None:
        """Does what Raft wants done, in two transactions for each Ready: log what is new, then apply it.

        In a group of several members there are messages to send as well: see `tcp_cluster/member.py`.
        """
        while self.raw_node.has_ready():
            ready = self.raw_node.ready()
            with self.storage.transaction():
                self.storage.append(ready.entries())
                if hard_state := ready.hs():
                    self.storage.set_hard_state(hard_state)
                self._apply(ready.committed_entries())

            # Having the entries on disk was all that they needed to be committed, so there is more to apply. The commit
            # index goes with it: after a restart, Raft must not find more applied than is committed.
            light_ready = self.raw_node.advance(ready)
            with self.storage.transaction():
                if (commit := light_ready.commit_index()) is not None:
                    self.storage.set_commit(commit)
                self._apply(light_ready.committed_entries())
            self.raw_node.advance_apply()

    def _apply(self, entries: Sequence[EntryRef]) -> None:
        """Applies entries, and notes how far: at the next start, they are neither lost nor applied again."""
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
