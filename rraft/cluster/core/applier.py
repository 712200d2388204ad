"""Applies what rounds have committed, in order, and answers queries."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from rraft import EntryType, ReadyBatch
from rraft.cluster.core.events import MembersChanged, SnapshotRestored
from rraft.cluster.core.outcomes import Outcome, check_result, describe_line, describe_safely, is_interrupt, resolve
from rraft.cluster.core.snapshots import RestoreSnapshot, restore
from rraft.cluster.core.state import ReplicatedState
from rraft.cluster.errors import FailedError, NeedsUpgradeError, StoppedError
from rraft.cluster.state_machine import StateMachine

if TYPE_CHECKING:
    from rraft.cluster.core.group import GroupCore

T = TypeVar("T")

MAX_SLICE = 2**20
"""Entries of about this size are applied in one turn of the event loop, in bytes."""

ENTRY_COST = 1024
"""What an entry counts in addition to its data."""


class Applier:
    """The replicated state of a group, and the batches that are not applied to it yet."""

    def __init__(self, group: "GroupCore", machine: StateMachine) -> None:
        """Restores the state from the snapshot of the group's storage, if there is one."""
        self._group = group
        self.state: ReplicatedState = ReplicatedState(group.id, machine)
        self.queries: int = 0
        """How many queries were answered since the start."""
        self._backlog: deque[ReadyBatch] = deque()
        self._rest: list[tuple[int, int, bytes]] = []
        """Entries of a batch that were too many for one turn."""
        self._restoring = False
        restore(group.storage, self.state)

    @property
    def is_readable(self) -> bool:
        """Whether the state can be read: there is one, and no worker thread replaces it."""
        return not self._restoring and self.state.applied > 0

    def add(self, batch: ReadyBatch) -> None:
        """Applies a batch, or keeps it until a snapshot is restored."""
        self._backlog.append(batch)
        if not self._restoring and not self._rest:
            self._drain()

    def answer(self, payload: bytes) -> Outcome:
        """Answers a query. Raises what interrupts it: see `is_interrupt`."""
        self.queries += 1
        try:
            return check_result(self.state.machine.query(payload))
        except BaseException as error:
            if is_interrupt(error):
                raise
            return describe_safely(error)

    def _drain(self) -> None:
        group, state = self._group, self.state
        while self._backlog and not self._rest:
            batch = self._backlog.popleft()
            snapshot = batch.snapshot()
            if snapshot and snapshot.metadata.index > state.applied:
                self._backlog.appendleft(batch)  # its entries follow the snapshot
                self._start_restore()
                return
            if group.stopped is not None:
                continue
            self._guarded(self._apply, batch)
        self.answer_reads()

    def resume(self) -> None:
        """Continues with what was too much for one turn of the event loop."""
        if not self._rest or self._restoring:
            return
        rest, self._rest = self._rest, []
        if self._group.stopped is None:
            self._guarded(self._apply_rest, rest)
        self._drain()

    def _guarded(self, apply: Callable[[T], None], entries: T) -> None:
        """Calls `apply`, and stops the group if it raises."""
        group = self._group
        try:
            apply(entries)
        except StoppedError as error:
            group.stop(error)
        except BaseException as error:  # as the state may be half changed, nothing more is applied to it
            group.stop(FailedError(f"group {group.id}: {describe_line(error)}"))
            group.host.interrupt(error)

    def answer_reads(self) -> None:
        """Answers the queries whose read index is applied."""
        group = self._group
        if group.stopped is None and not self._restoring:
            for payload, done in group.reads.take_answerable(self.state.applied):
                resolve(done, self._answer(payload))

    def _answer(self, payload: bytes) -> Outcome:
        """As `answer`, for one of several queries, each of which gets an answer."""
        try:
            return self.answer(payload)
        except BaseException as error:
            self._group.host.interrupt(error)
            return FailedError(f"the query was interrupted: {type(error).__name__}")

    def _apply_rest(self, entries: list[tuple[int, int, bytes]]) -> None:
        try:
            self._apply_data(entries)
        finally:
            self._report()

    def _apply(self, batch: ReadyBatch) -> None:
        """Applies the entries of a batch. Raises `StoppedError`, and what a state machine may not raise."""
        try:
            changes = batch.conf_states()
            if changes or batch.rejected_conf_changes():
                self._apply_changes(batch)
            else:
                self._apply_data(batch.take_committed_data())
        finally:
            self._report()

    def _report(self) -> None:
        """Tells the rest of the group what was applied."""
        group, state = self._group, self.state
        if state.resolved:
            group.proposals.resolved(state.resolved)
            state.resolved = 0
        if state.opened:
            group.proposals.opened(state.opened)
            state.opened = {}

    def _apply_data(self, entries: list[tuple[int, int, bytes]]) -> None:
        """Applies entries that change no members, as many as take little time. The next round continues."""
        group, state = self._group, self.state
        applied, size, cost = state.applied, 0, 0
        for position, (index, _, data) in enumerate(entries):
            if index > applied:
                state.apply(index, data)
                size += len(data)
                cost += len(data) + ENTRY_COST
                if not data:  # the first entry of a leader, which can answer reads from now on
                    group.reads.request_again()
                    group.wake()
                if cost >= MAX_SLICE and position + 1 < len(entries):
                    self._rest = entries[position + 1 :]
                    group.wake()
                    break
        if size:
            group.transfers.add_log_size(size)

    def _apply_changes(self, batch: ReadyBatch) -> None:
        group, state = self._group, self.state
        conf_states = dict(batch.conf_states())
        for entry in batch.take_committed_entries():
            if entry.index <= state.applied:
                continue
            if entry.entry_type == EntryType.EntryNormal:
                state.apply(entry.index, entry.data)
            else:
                state.apply_change(entry, conf_states.get(entry.index))
            group.transfers.add_log_size(len(entry.data))
        members = state.members
        removed, state.removed = state.removed, set()
        group.requests.check_reached()  # before this host may leave the group
        group.host.peers.members_changed(group, removed)
        group.host.effects.event(MembersChanged(group.id, frozenset(members.voters), frozenset(members.learners)))

    def _start_restore(self) -> None:
        self._restoring = True
        self._group.host.effects.start_job(RestoreSnapshot(self._group.storage, self.state, self._restored))

    def _restored(self, error: BaseException | None) -> None:
        group = self._group
        self._restoring = False
        if error is not None:
            self._backlog.popleft()
            if not isinstance(error, NeedsUpgradeError):
                error = FailedError(f"group {group.id}: restoring a snapshot: {describe_line(error)}")
            group.stop(error)
        else:
            self.state.resolved += self.state.sessions.settle(self.state.waiting)
            self.state.opened.update(self.state.sessions.nonces)
            self._report()
            group.restored()
            group.transfers.restored(self.state.applied)
            group.requests.check_reached()
            group.host.peers.members_changed(group, set())
            group.host.effects.event(SnapshotRestored(group.id, self.state.applied))
        self._drain()
