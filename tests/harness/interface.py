"""One simulated peer. Mirrors raft-rs `harness/src/interface.rs`."""

from rraft import Message, MessageRef, ProgressRef, RaftRef

from .storage import make_snapshot


class Interface:
    """A facade of a raft for tests. Without a raft, every operation does nothing."""

    def __init__(self, raft: RaftRef | None) -> None:
        self._raft = raft

    @property
    def raft(self) -> RaftRef:
        """The raft behind the facade. A silent peer has none."""
        if self._raft is None:
            raise AssertionError("a silent peer has no raft")
        return self._raft

    @property
    def is_silent(self) -> bool:
        """Whether the facade has no raft."""
        return self._raft is None

    def progress(self, peer_id: int) -> ProgressRef:
        """A live view of the progress of a member."""
        progress = self.raft.prs().get(peer_id)
        if progress is None:
            raise AssertionError(f"{peer_id} is not a member")
        return progress

    def step(self, message: MessageRef) -> None:
        """Steps the raft, if there is one."""
        if self._raft is not None:
            make_snapshot(self._raft.store(), message.request_snapshot)
            self._raft.step(message)

    def read_messages(self) -> list[Message]:
        """Takes the messages to send."""
        return [] if self._raft is None else self._raft.take_msgs()

    def persist(self) -> None:
        """Persists the unstable snapshot and entries, and notifies the raft."""
        if self._raft is not None:
            self._persist_snapshot(self._raft)
            self._persist_entries(self._raft)

    @staticmethod
    def _persist_snapshot(raft: RaftRef) -> None:
        unstable = raft.raft_log.unstable_snapshot()
        if unstable is None:
            return
        # `stable_snap` drops the snapshot that `unstable` is a view of.
        snapshot = unstable.clone()
        index = snapshot.metadata.index
        raft.raft_log.stable_snap(index)
        raft.store().wl().apply_snapshot(snapshot)
        raft.on_persist_snap(index)
        raft.commit_apply(index)

    @staticmethod
    def _persist_entries(raft: RaftRef) -> None:
        # `stable_entries` drops the entries that these are views of.
        entries = [entry.clone() for entry in raft.raft_log.unstable_entries()]
        if not entries:
            return
        last = entries[-1]
        raft.raft_log.stable_entries(last.index, last.term)
        raft.store().wl().append(entries)
        raft.on_persist_entries(last.index, last.term)
