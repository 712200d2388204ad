"""A group on one host: the node of Raft, the replicated state, and what waits for it."""

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rraft import (
    CodecError,
    LoggerRef,
    LogLostError,
    NotExistsError,
    RawNode,
    RawNodeRef,
    ReadyBatch,
    ReadyLoop,
    SoftState,
    StateRole,
    WalError,
    WalStorage,
)
from rraft.cluster.core import frames
from rraft.cluster.core.applier import Applier
from rraft.cluster.core.change_requests import ChangeRequests, always
from rraft.cluster.core.commands import Batch, Command, Limits, encode_batch
from rraft.cluster.core.config import lease, node_config, node_seed
from rraft.cluster.core.events import GroupStopped, LeaderChanged
from rraft.cluster.core.frames import HEARTBEAT, HEARTBEAT_RESPONSE, Forward, Kind
from rraft.cluster.core.membership import Done, LeaderChanges
from rraft.cluster.core.observation import GroupObservation
from rraft.cluster.core.outcomes import Outcome, again, describe_line
from rraft.cluster.core.promise import LeasePromise
from rraft.cluster.core.proposals import Proposals
from rraft.cluster.core.quiet import Quiet
from rraft.cluster.core.reads import Reads
from rraft.cluster.core.snapshots import rewind_configuration
from rraft.cluster.core.state import ReplicatedState
from rraft.cluster.core.transfers import SnapshotTransfers
from rraft.cluster.errors import (
    ClusterError,
    FailedError,
    HostClosedError,
    MembershipError,
    NeedsUpgradeError,
    NotReadyError,
    RemovedError,
    StoppedError,
)
from rraft.cluster.options import GroupOptions
from rraft.cluster.requests import Change
from rraft.cluster.state_machine import StateMachine

if TYPE_CHECKING:
    from rraft.cluster.core.node import HostCore

Input = tuple[ReadyLoop, list[bytes], list[bytes], int, list[bytes]]
"""The arguments of `run_many` for a group."""

MAX_REJECTIONS = 5
"""After so many rejections by a leader, the pause between attempts does not grow any more."""


class GroupCore:
    """Decides for a group on one host. Its methods are called on the event loop; `HostCore` runs its rounds."""

    def __init__(
        self,
        host: "HostCore",
        group: int,
        storage: WalStorage,
        machine: StateMachine,
        options: GroupOptions,
        source: random.Random,
        logger: LoggerRef,
    ) -> None:
        """Restores the group from its storage, which reads the whole snapshot.

        Raises `NeedsUpgradeError` when a newer version made the snapshot, and what `StateMachine.restore` raises.
        """
        self.host = host
        self.id = group
        self.options = options
        self.storage = storage
        self.stopped: ClusterError | None = None
        """Why the group no longer applies entries on this host: a `StoppedError`, or the host is closed."""
        self.active: bool = True
        """Whether the node of Raft takes part. It does while only the state machine has stopped."""
        self.applier: Applier = Applier(self, machine)
        self.state: ReplicatedState = self.applier.state
        rewind_configuration(storage, self.state)
        self.outboxes: dict[int, list[bytes]] = {}
        node = RawNode(node_config(host, options, self.state.applied), storage, logger, seed=node_seed(host, group))
        self.loop: ReadyLoop = ReadyLoop(node, self.outboxes)
        self.node: RawNodeRef = self.loop.node
        self.is_awake: bool = False
        """Whether it takes part in the next round."""
        self.leader: int = 0
        """The id of the leader's host; 0 if it is not known."""
        self.is_leader: bool = False
        self.term: int = self.node.raft.term
        timing = host.options
        self.proposals: Proposals = Proposals(options, self.state.waiting)
        retry = 2 * timing.tick * timing.heartbeat_ticks
        self.reads: Reads = Reads(host.id, source, options.max_reads, retry)
        self.quiet: Quiet = Quiet(self)
        self.transfers: SnapshotTransfers = SnapshotTransfers(self)
        self.changes: LeaderChanges = LeaderChanges(host.id, self.node)
        self.requests: ChangeRequests = ChangeRequests(self)
        self.observation: GroupObservation = GroupObservation(self)
        sessions = options.sessions
        self._limits: Limits = (round(sessions.expiry * 1000), sessions.max_sessions, sessions.max_result_bytes)
        self._inbox: list[bytes] = []
        self._actions: list[Callable[[], None]] = []
        self._entries: list[bytes] = []
        self._proposed: list[tuple[list[bytes], list[Command]]] = []
        self._send_at = float("-inf")
        self._rejections = 0
        self._retry_at = float("-inf")
        self._promise = LeasePromise(timing, is_given=options.lease_reads)

    # Requests of this host. `done` is called exactly once, unless the method raises.

    def submit(self, command: Command, done: Callable[[Outcome], None]) -> None:
        """Gets a command into the log, and reports its outcome: at once for a command that is applied already.

        Raises `BusyError`; `InvalidCommandError` when the command is too long; `StoppedError`; `HostClosedError`.
        """
        if self.stopped is not None:
            raise again(self.stopped)
        outcome = self.state.sessions.outcome(command)
        if outcome is not None:  # a retry, which the leader would drop
            done(outcome)
            return
        self.proposals.submit(command, done)
        if not self.is_awake:
            self.wake()

    def open_session(self, nonce: bytes, done: Callable[[Outcome], None]) -> None:
        """Opens a session. The outcome is its id, as 8 bytes, little-endian. Raises `StoppedError`."""
        if self.stopped is not None:
            raise again(self.stopped)
        self.proposals.open(nonce, done)
        self.wake()

    def query(self, payload: bytes, done: Callable[[Outcome], None]) -> None:
        """Answers a query by a state that has all that was acknowledged before this call. Raises `StoppedError`."""
        if self.stopped is not None:
            raise again(self.stopped)
        self.reads.queue.append((payload, done))
        if not self.is_awake:
            self.wake()

    def query_local(self, payload: bytes) -> Outcome:
        """Answers a query by the state as this host has it, which may be old. Raises `NotReadyError` without one."""
        if not self.applier.is_readable:
            raise NotReadyError(f"group {self.id} has no state on this host yet")
        return self.applier.answer(payload)

    def change(
        self, changes: Sequence[Change], done: Done, transfer_to: int | None = None, wanted: Callable[[], bool] = always
    ) -> Callable[[], None]:
        """Changes the members, or hands over to the host `transfer_to`: see `ChangeRequests.add`."""
        if self.stopped is not None:
            raise again(self.stopped)
        if not changes and transfer_to is None:
            raise MembershipError("expected at least one change, got none")
        return self.requests.add(changes, done, transfer_to, wanted)

    # Input of other hosts.

    def receive_message(self, host: int, message: bytes) -> None:
        """A message of Raft has arrived."""
        kind = message[:2]
        if not self._promise.allows(kind, message, self.host.now):
            return
        self._inbox.append(message)
        if self.is_awake:
            return
        if kind == HEARTBEAT_RESPONSE or (kind == HEARTBEAT and not self.quiet.on):
            self._join_round()  # this says nothing about the group being busy
        else:
            # A heartbeat may be older than the end of the leader's ticks.
            self.quiet.busy(tell_leader=host != self.leader or kind == HEARTBEAT)
            self.wake()

    def rejected(self) -> None:
        """The leader has changed, or is too busy: sends everything again, after a pause or to a new leader."""
        self._rejections = min(self._rejections + 1, MAX_REJECTIONS)
        self._send_at = self.host.now + self.host.options.tick * 2**self._rejections
        self.proposals.send_again()

    def act(self, action: Callable[[], None]) -> None:
        """Calls `action`, which uses the node, before the next round."""
        self._actions.append(action)
        self.wake()

    def act_quietly(self, action: Callable[[], None]) -> None:
        """As `act`, for an action that does not make the group busy."""
        self._actions.append(action)
        self._join_round()

    @property
    def has_work(self) -> bool:
        """Whether anything is outstanding."""
        return bool(
            self.proposals.outstanding
            or self.proposals.queue
            or self.proposals.opens
            or self.reads.outstanding
            or self.requests.pending
            or self._entries
            or self._actions
            or self.state.members.promote
        )

    def start_to_hand_over(self) -> bool:
        """Asks a connected voter to lead instead of this host. Returns false if there is none, or another leader."""
        away = self.state.members.voters - self.host.peers.connected
        if not self.is_leader or not self.active or not self.state.members.voters - away - {self.host.id}:
            return False
        self.act(lambda: self.changes.hand_over(away))
        return True

    def propose_batch(self, batch: Batch) -> None:
        """Proposes an entry of the runtime itself. It may be lost."""
        self._entries.append(encode_batch(batch))
        self.wake()

    def batch(self, **content: object) -> Batch:
        """An entry of the runtime itself, with `addresses` or `incarnations`; without, one that expires sessions."""
        return Batch(self.host.wall_ms, self._limits, **content)  # type: ignore[arg-type]

    @property
    def role(self) -> str:
        """The role of this host in the group, in a word."""
        if not self.active or self.stopped is not None:
            return "stopped"
        if not self.state.applied:
            return "joining"
        if self.is_leader:
            return "leader"
        return "learner" if self.host.id in self.state.members.learners else "follower"

    def wake(self) -> None:
        """Has something to do: takes part in the next round, and in the ticks after it."""
        self.is_awake = True
        self.quiet.busy()
        self.host.timed[self.id] = self
        self._join_round()

    def _join_round(self) -> None:
        self.host.dirty[self.id] = self
        self.host.effects.wake()

    def link_changed(self, host: int, connected: bool) -> None:
        """A link has been established or has ended: what was sent on the one before may be lost."""
        if not connected:
            self.quiet.link_ended(host)
            self.report_unreachable(host)
            return
        self.quiet.link_established(host)
        if host == self.leader:
            self.proposals.send_again()
            self.reads.request_again()
            self.wake()

    def report_unreachable(self, host: int) -> None:
        """A message to the host may be lost."""
        if self.is_leader:
            self.act(lambda: self.node.report_unreachable(host))

    # Time.

    def started(self, now: float) -> None:
        """The group takes part from now on. What it has promised to a leader's lease before, it does not know."""
        self.election_timeout_changed()
        self._promise.started(now, has_voted_before=bool(self.state.applied))

    def election_timeout_changed(self) -> None:
        """A host has another timing than before: a lease has another length from now on."""
        self.reads.set_lease(lease(self.host, self.options))

    def tick(self, now: float) -> bool:
        """Repeats what got no response. Returns whether it must be called again at the next tick."""
        proposals, requests = self.proposals, self.requests
        is_queued = bool(proposals.queue or proposals.opens)
        if self.reads.has_late(now) or (is_queued and now >= self._send_at) or requests.is_due(now):
            self.wake()
        if proposals.outstanding and now >= self._retry_at:
            self._retry_at = now + self.host.options.retry
            if proposals.is_stuck() and not self.is_leader and self.leader:
                proposals.send_again(self.options.max_entry)
                self.wake()
        if self.is_leader and self.state.members.promote:
            self.act(lambda: self.changes.promote(self.state.members, self.state.applied))
        return self.has_work

    def expire(self) -> None:
        """Proposes an entry if the oldest session has expired by the clock. Called about once a second."""
        self._hand_over_if_stopped()  # a new leader does not know yet which voters are there
        oldest = self.state.sessions.oldest()
        leads = self.is_leader and self.stopped is None  # what it does not apply, it would propose for ever
        if leads and oldest is not None and oldest + self._limits[0] < self.host.wall_ms:
            self.propose_batch(self.batch())

    # Rounds.

    def collect(self, now: float) -> Input | None:
        """Takes the input of the next round. Called while no round runs."""
        self.is_awake = False
        self.applier.resume()
        if not self.active:
            self._inbox, self._actions, self._entries = [], [], []
            return None
        actions, self._actions = self._actions, []
        for action in actions:
            action()
        if self.requests.pending:
            self.requests.send(now)
        data: list[bytes] = []
        proposals = self.proposals
        if (proposals.queue or proposals.opens) and now >= self._send_at:
            if self.is_leader:
                data, self._proposed = proposals.take_entries(self.host.wall_ms, self._limits)
            elif self.leader:
                self._forward(proposals.take_forward())
        if self._entries:
            if self.is_leader:
                data += self._entries
            self._entries = []
        # Without a leader, the node drops reads: the change of the leader wakes this up.
        reads: list[bytes] = []
        if self.leader and (self.reads.queue or (self.reads.rounds and self.reads.has_late(now))):
            if self.options.lease_reads and self.is_leader and not self.changes.has_handed_over and self.reads.queue:
                reads = self.reads.use_lease(now, self.node.raft.raft_log.committed)
                self.applier.answer_reads()
            reads += self.reads.contexts(now)
        self._promise.stepped(now)
        inbox, self._inbox = self._inbox, []
        return self.loop, inbox, data, 0, reads

    def finish(self, result: ReadyBatch | Exception | None) -> None:
        """Takes the result of a round: applies entries, and answers those who wait."""
        try:
            self._finish(result)
        except BaseException as error:  # the other groups go on
            self.fail(error)
            self.host.interrupt(error)

    def _finish(self, result: ReadyBatch | Exception | None) -> None:
        proposed, self._proposed = self._proposed, []
        self.transfers.round_finished()
        if isinstance(result, Exception):
            for opens, commands in proposed:
                self.proposals.put_back(opens, commands)
            self._round_failed(result)
            return
        if result is None:
            return
        for position, _ in reversed(result.rejected_proposals()):
            if position < len(proposed):
                self.proposals.put_back(*proposed[position])
                self._send_at = self.host.now + self.host.options.tick
        for _, error in result.rejected_messages():
            if isinstance(error, LogLostError):
                self.lose(str(error))
                return
        for state in result.take_read_states():
            self.reads.confirm(state.request_ctx, state.index)
        if result.conf_states():
            self.reads.end_lease()
        soft_state = result.ss()
        self.applier.add(result)
        if soft_state is not None and self.active:  # it may have left while the round ran
            self._role_changed(soft_state)
        if result.has_more() or (self.reads.queue and self.leader):
            self.wake()

    def close(self, error: HostClosedError) -> None:
        """The host is closed: all that wait get `error`, as all later requests do, unless the group has stopped."""
        self.stopped = self.stopped or error
        self.transfers.leave()
        self._fail_all(error)

    def _fail_all(self, error: ClusterError) -> None:
        self.proposals.fail(error)
        self.reads.fail(error)
        self.requests.fail(error)
        self.transfers.fail(error)

    def fail(self, error: BaseException) -> None:
        """Leaves the group for an unexpected reason, such as a panic of Raft."""
        self.leave(FailedError(f"group {self.id}: {describe_line(error)}"))

    def leave(self, reason: StoppedError) -> None:
        """Takes no part in Raft any more."""
        self.quiet.busy()
        if self.is_leader:
            self.is_leader, self.leader = False, 0
            self.quiet.leader_left()
        if self.active and isinstance(self.stopped, StoppedError):
            self.stopped = None  # only the state machine had stopped: the host learns that it has left the group
        self.active = False
        self.transfers.leave()
        self.host.ticking_changed()
        self.stop(reason)

    def stop(self, reason: StoppedError) -> None:
        """Applies no entries any more: all that wait get `reason`, as all later requests do."""
        if self.stopped is not None:
            return
        self.stopped = reason
        if isinstance(reason, RemovedError):
            self.requests.removed()
        self._fail_all(reason)
        self.host.effects.event(GroupStopped(self.id, reason))
        self._hand_over_if_stopped()

    def lose(self, reason: str) -> None:
        """Leaves the group: this host cannot keep what it has promised."""
        advice = "Remove the host from the group, and add one with a new id"
        self.leave(FailedError(f"group {self.id}: this host has lost what it acknowledged: {reason}. {advice}"))

    def restored(self) -> None:
        """The state is that of a snapshot."""
        if isinstance(self.stopped, NeedsUpgradeError):
            self.stopped = None
        self.proposals.send_again()
        self.wake()

    def _forward(self, content: list[Forward]) -> None:
        for forward in content:
            self.host.send_item(self.leader, Kind.FORWARD, self.id, frames.encode(forward))

    def _role_changed(self, soft_state: SoftState) -> None:
        """Sends everything again: a new leader may not have it, and the log of this host may have lost it."""
        self.leader = soft_state.leader_id
        self.is_leader = soft_state.raft_state == StateRole.Leader
        self.term = self.node.raft.term
        self._send_at = float("-inf")
        self._rejections = 0
        self.proposals.send_again()
        self.reads.end_lease()
        self.reads.request_again()
        self.changes.has_handed_over = False
        self.requests.send_again()
        self.host.effects.event(LeaderChanged(self.id, self.leader, self.term))
        self._hand_over_if_stopped()
        if self.is_leader:
            self.host.peers.check(self)
        self.wake()

    def _hand_over_if_stopped(self) -> None:
        """A leader that does not apply entries can do nothing for membership and sessions."""
        if self.is_leader and self.stopped is not None and self.active:
            self.act(lambda: self.changes.hand_over(set()))

    def _round_failed(self, error: Exception) -> None:
        if isinstance(error, WalError):
            self.host.fail(error)
        elif isinstance(error, NotExistsError):  # a leader that has applied its own removal
            self.act(lambda: self.node.raft.become_follower(self.node.raft.term, 0))
        elif isinstance(error, CodecError):  # one message that is too large is lost
            self.wake()
        else:
            self.fail(error)
