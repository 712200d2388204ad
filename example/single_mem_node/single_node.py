"""A Raft group of one member, which `use_coroutine.py` and `use_threading.py` drive."""

from collections.abc import Callable, Iterable

from rraft import Config, ConfState, EntryRef, MemStorage, RawNode, StateRole, default_logger

TICK = 0.02
"""Seconds between ticks. With `election_tick=10`, an election starts after 0.2 to 0.4 seconds without a leader."""


class SingleNode:
    """A node with a callback for each applied proposal.

    It has no clock and no queue. The caller calls `tick` at regular intervals, `propose` for a client, and
    `process_ready` after either, one call at a time.
    """

    def __init__(self) -> None:
        # A real storage is on disk; MemStorage loses everything when the process ends.
        self._storage = MemStorage.new_with_conf_state(ConfState(voters=[1]))
        self._raw_node = RawNode(Config(id=1, election_tick=10, heartbeat_tick=3), self._storage, default_logger())
        self._callbacks: dict[bytes, Callable[[int], None]] = {}
        self._proposed = 0

    def tick(self) -> None:
        """Advances the logical clock by one tick."""
        self._raw_node.tick()

    def propose(self, data: bytes, on_applied: Callable[[int], None]) -> None:
        """Proposes `data`, and calls `on_applied` with its index once it is applied.

        Raises `ProposalDroppedError` while there is no leader.
        """
        # The context of the entry has the id, which identifies the callback when the entry is applied.
        proposal_id = (self._proposed + 1).to_bytes(8, "big")
        self._raw_node.propose(proposal_id, data)
        self._proposed += 1
        self._callbacks[proposal_id] = on_applied

    def process_ready(self) -> None:
        """Processes a `Ready`: persists, applies, and notifies Raft.

        This leaves out what a single member without reads does not have: messages, snapshots, configuration changes and
        read states. `docs/ready_loop.py` is complete.
        """
        if not self._raw_node.has_ready():
            return
        ready = self._raw_node.ready()
        storage = self._storage.wl()

        if (soft_state := ready.ss()) and soft_state.raft_state == StateRole.Leader:
            print(f"node: leader of term {self._raw_node.raft.term}")

        # Persist the new entries and the hard state (term, vote, commit index) ...
        storage.append(ready.entries())
        if hard_state := ready.hs():
            storage.set_hardstate(hard_state)
        # ... and apply the committed entries.
        self._apply(ready.committed_entries())

        # Notify Raft. With the entries persisted, more may be committed (with one member, they are), so the LightReady
        # may have more to apply.
        light_ready = self._raw_node.advance(ready)
        if (commit := light_ready.commit_index()) is not None:
            storage.mut_hard_state().commit = commit
        self._apply(light_ready.committed_entries())
        self._raw_node.advance_apply()

    def _apply(self, entries: Iterable[EntryRef]) -> None:
        for entry in entries:
            if not entry.data:
                continue  # a new leader appends an empty entry
            print(f"node: applied {entry.data!r}")
            self._callbacks.pop(entry.context)(entry.index)
