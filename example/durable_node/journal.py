"""A journal of lines, replicated by a group of one member. Each run adds a line, and prints all of them."""

from collections.abc import Iterable
from pathlib import Path

from rraft import Config, ConfState, EntryRef, RawNode, Snapshot, SnapshotMetadata, default_logger
from sqlite_storage import SqliteStorage

storage = SqliteStorage(Path(__file__).with_name("journal.sqlite3"))
# The state machine is a table of the same database: one transaction persists its lines and the applied index.
database = storage.connection
database.execute("CREATE TABLE IF NOT EXISTS journal (line BLOB)")


def apply(entries: Iterable[EntryRef]) -> None:
    """Applies committed entries."""
    for entry in entries:
        if entry.data:  # a new leader appends an empty entry
            database.execute("INSERT INTO journal VALUES (?)", (entry.data,))
        storage.set_applied(entry.index)


def process_ready(node: RawNode) -> None:
    """Processes all `Ready`s. The only member has no messages to send, and its configuration never changes."""
    while node.has_ready():
        ready = node.ready()
        with storage.transaction():  # persisted when the block ends
            storage.append(ready.entries())
            if hard_state := ready.hs():
                storage.set_hard_state(hard_state)
            apply(ready.committed_entries())
        light_ready = node.advance(ready)
        with storage.transaction():
            if (commit := light_ready.commit_index()) is not None:
                storage.set_commit(commit)
            apply(light_ready.committed_entries())
        node.advance_apply()


def main() -> None:
    if not storage.initial_state().initialized():
        # The first start: node 1 is the only member. The log begins after a snapshot at index 1.
        metadata = SnapshotMetadata(index=1, term=1, conf_state=ConfState(voters=[1]))
        with storage.transaction():
            storage.apply_snapshot(Snapshot(metadata=metadata))

    node = RawNode(Config(id=1, applied=storage.applied()), storage, default_logger())
    node.campaign()
    process_ready(node)
    node.propose(b"", f"line of term {node.raft.term}".encode())
    process_ready(node)

    for (line,) in database.execute("SELECT line FROM journal"):
        print(line.decode())


if __name__ == "__main__":
    main()
