"""A Raft group of one member: what `use_coroutine.py` and `use_threading.py` drive, each in its own way."""

from collections.abc import Callable, Iterable

from rraft import Config, ConfState, EntryRef, MemStorage, RawNode, StateRole, default_logger

TICK = 0.02
"""Seconds between two ticks: with `election_tick=10`, an election starts after 0.2 to 0.4 seconds without a leader."""


class SingleNode:
    """A node which tells, for each proposal, when it is applied.

    It knows no clock and no queue: somebody calls `tick` at regular intervals, `propose` when a client wants
    something, and `process_ready` after either. All from one thread, or one after the other.
    """

    def __init__(self) -> None:
        # A real storage would be on disk; MemStorage forgets everything when the process ends.
        self._storage = MemStorage.new_with_conf_state(ConfState(voters=[1]))
        self._raw_node = RawNode(Config(id=1, election_tick=10, heartbeat_tick=3), self._storage, default_logger())
        self._callbacks: dict[bytes, Callable[[int], None]] = {}
        self._proposed = 0

    def tick(self) -> None:
        """Moves Raft's clock by one."""
        self._raw_node.tick()

    def propose(self, data: bytes, on_applied: Callable[[int], None]) -> None:
        """Proposes `data`; `on_applied` is called with its index in the log once it is applied.

        Raises `ProposalDroppedError` while there is no leader.
        """
        # The id travels with the entry, as its context: this is how the callback is found again.
        proposal_id = (self._proposed + 1).to_bytes(8, "big")
        self._raw_node.propose(proposal_id, data)
        self._proposed += 1
        self._callbacks[proposal_id] = on_applied

    def process_ready(self) -> None:
        """Does what Raft wants done: persist, apply, and tell Raft that it is done.

        In a group of several members there are messages to send as well: see `multi_mem_node/node.py`.
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
        # ... and apply what is committed.
        self._apply(ready.committed_entries())

        # Raft learns that all of this is done. Having the entries on disk may be what they needed to be committed (it
        # is, with one member), so there may be more to apply.
        light_ready = self._raw_node.advance(ready)
        if (commit := light_ready.commit_index()) is not None:
            storage.mut_hard_state().commit = commit
        self._apply(light_ready.committed_entries())
        self._raw_node.advance_apply()

    def _apply(self, entries: Iterable[EntryRef]) -> None:
        for entry in entries:
            if not entry.data:
                continue  # the empty entry with which each leader begins its term
            print(f"node: applied {entry.data!r}")
            self._callbacks.pop(entry.context)(entry.index)
