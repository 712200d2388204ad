"""The Ready loop: persists, sends and applies what a node asks for, in the order that Raft needs."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from rraft import (
    INVALID_ID,
    ConfChange,
    ConfChangeError,
    ConfChangeV2,
    ConfStateRef,
    Entry,
    EntryType,
    MemStorage,
    Message,
    RawNode,
    ReadState,
    SnapshotRef,
    SoftState,
    StateRole,
)


class Application(Protocol):
    """What the loop leaves to the application: the transport and the state machine."""

    applied: int
    """The index of the last entry that was applied. A restart passes it on as `Config.applied`."""

    def role_changed(self, soft_state: SoftState) -> None:
        """The leader, or this node's role, has changed."""

    def send(self, messages: Sequence[Message]) -> None:
        """Queues messages for the nodes named in their `to` field. It must not wait for the network."""

    def restore(self, snapshot: SnapshotRef) -> None:
        """Replaces the state machine by a snapshot."""

    def apply(self, entry: Entry) -> None:
        """Applies a committed entry to the state machine. It must not fail because of what the entry says."""

    def membership_changed(self, conf_state: ConfStateRef) -> None:
        """A configuration change was applied: connect to new members, disconnect from removed ones."""

    def read_index(self, read_state: ReadState) -> None:
        """Serves the read `read_state.request_ctx` once `read_state.index` is applied."""


def process_ready(node: RawNode, storage: MemStorage, application: Application) -> None:
    """Processes one `Ready`. Call it while `node.has_ready()`."""
    ready = node.ready()
    if soft_state := ready.ss():
        application.role_changed(soft_state)

    # 1. Send the messages that need not wait for the disk. Only a leader has any.
    application.send(ready.take_messages())

    # 2. Persist the snapshot, then the entries that follow it, then the hard state.
    disk = storage.wl()
    if snapshot := ready.snapshot():
        disk.apply_snapshot(snapshot)
        application.restore(snapshot)
        application.applied = snapshot.metadata.index
    disk.append(ready.entries())
    if hard_state := ready.hs():
        disk.set_hardstate(hard_state)
    # A storage on disk commits its transaction here, with an fsync if `ready.must_sync()`.

    # 3. Send the messages that promise what step 2 has persisted.
    application.send(ready.take_persisted_messages())

    # 4. Apply the committed entries. Then serve the reads whose index is applied.
    apply_committed(node, storage, application, ready.take_committed_entries())
    for read_state in ready.take_read_states():
        application.read_index(read_state)

    # 5. Notify Raft. Entries that this node has just persisted may be committed now: the LightReady has them.
    light_ready = node.advance(ready)
    if (commit := light_ready.commit_index()) is not None:
        disk.mut_hard_state().commit = commit
    application.send(light_ready.take_messages())
    apply_committed(node, storage, application, light_ready.take_committed_entries())

    # 6. Notify Raft that all of it is applied.
    node.advance_apply()


def apply_committed(node: RawNode, storage: MemStorage, application: Application, entries: Iterable[Entry]) -> None:
    """Applies committed entries: normal ones to the state machine, configuration changes to the node."""
    for entry in entries:
        if entry.entry_type == EntryType.EntryNormal:
            if entry.data:  # a new leader appends an empty entry
                application.apply(entry)
        else:
            apply_conf_change(node, storage, application, entry)
        application.applied = entry.index


def apply_conf_change(node: RawNode, storage: MemStorage, application: Application, entry: Entry) -> None:
    """Applies a configuration change to the node, and persists the new configuration."""
    change: ConfChange | ConfChangeV2
    if entry.entry_type == EntryType.EntryConfChange:
        change = ConfChange.decode(entry.data)
    else:
        change = ConfChangeV2.decode(entry.data)
    try:
        conf_state = node.apply_conf_change(change)
    except ConfChangeError:
        return  # the change is invalid, so every member rejects it: the configuration stays as it is
    storage.wl().set_conf_state(conf_state)
    is_voter = node.raft.id in [*conf_state.voters, *conf_state.voters_outgoing]
    if node.raft.state == StateRole.Leader and not is_voter:
        node.raft.become_follower(node.raft.term, INVALID_ID)  # raft-rs leaves it to the application
    application.membership_changed(conf_state)
