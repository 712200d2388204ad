"""A member of the cluster: a `RawNode` with a storage on disk, and the tasks that Raft leaves to the application."""

import asyncio
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeAlias

from request import Answer, Request, RequestInvalidError
from rraft import (
    INVALID_ID,
    ConfChangeError,
    ConfChangeSingle,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    EntryRef,
    EntryType,
    InvalidMessageError,
    LogLostError,
    Message,
    MessageType,
    ProposalDroppedError,
    RawNode,
    ReadOnlyOption,
    Snapshot,
    SnapshotMetadata,
    SnapshotStatus,
    SoftState,
    StateRole,
    StepLocalMsgError,
    StepPeerNotFoundError,
    default_logger,
)
from shared import SqliteStorage
from state_machine import StateMachine
from transport import Envelope, Transport

TICK = 0.05
"""Seconds between ticks. With `election_tick=10`, an election starts after 0.5 to 1 seconds without a leader."""

ANSWER_LIMIT = 1.0
"""Seconds after which a request times out. It may still be applied."""

SNAPSHOT_INTERVAL = 50
"""The number of applied entries after which a snapshot is created."""

KEPT_ENTRIES = 10
"""The number of entries before the snapshot that are kept, for followers that lack only these."""

CHANGE_TYPES = {"add_learner": ConfChangeType.AddLearnerNode, "add_voter": ConfChangeType.AddNode}

Waiting: TypeAlias = "asyncio.Future[Answer]"


class Member:
    """All methods that use Raft run in one event loop, and none of them awaits anything in between.

    So nothing happens between `ready` and `advance`. To wait for the disk in another thread while messages arrive, use
    `RawNode.advance_append_async`.
    """

    def __init__(self, server_id: int, directory: Path, addresses: Mapping[int, str], *, join: bool) -> None:
        """`addresses` are those of the first members, and are the same for all of them.

        A server that joins later is not one of them. It uses the addresses to respond to the leader, until it receives
        the snapshot.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self.id = server_id
        self.storage = SqliteStorage(directory / "member.sqlite3")
        self.state_machine = StateMachine(self.storage.connection)
        if not join and not self.storage.initial_state().initialized():
            self._bootstrap(addresses)

        config = Config(
            id=server_id,
            applied=self.storage.applied(),
            election_tick=10,
            heartbeat_tick=2,
            max_size_per_msg=2**20,  # bytes of entries: a message with them fits into a frame
            check_quorum=True,  # a leader without a quorum steps down, and its clients find another one
            pre_vote=True,  # a server that comes back does not depose the leader
            read_only_option=ReadOnlyOption.Safe,
        )
        self.raw_node = RawNode(config, self.storage, default_logger())
        self.snapshots_received = 0
        self._transport = Transport(self._report)
        self._transport.set_addresses(self._other_addresses() or addresses)
        self._has_work = asyncio.Event()
        self._log_lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Pending requests: writes wait for their entry to be applied, reads for their read state, then for its index.
        self._writes: dict[tuple[str, int], Waiting] = {}
        self._reads: dict[bytes, tuple[Request, Waiting]] = {}
        self._indexed_reads: list[tuple[int, Request, Waiting]] = []

    async def run(self) -> None:
        """Runs until it is cancelled or fails. The storage has everything that a restart needs."""
        try:
            await asyncio.gather(self._tick(), self._work(), self._log_lost)
        finally:
            await self._transport.close()
            self.storage.close()

    # Input.

    def step(self, message: Message) -> None:
        """Steps a message from another member."""
        if message.to != self.id:
            return  # the sender has an old address
        if message.msg_type == MessageType.MsgPropose:
            return  # only the leader proposes, after it has validated the request: all servers must be able to apply it
        # Rejected: responses from a node that is not a member, and messages that no member sends. To Raft, they are
        # lost messages.
        with suppress(StepPeerNotFoundError, ProposalDroppedError, InvalidMessageError, StepLocalMsgError):
            try:
                self.raw_node.step(message)
            except LogLostError as lost:  # not the sender's fault: this member stops
                if not self._log_lost.done():
                    self._log_lost.set_exception(lost)
        self._has_work.set()

    async def answer(self, request: Request) -> Answer:
        """Executes a client's request, or returns who can."""
        if request.operation == "status":
            return {"value": self._status()}
        waiting: Waiting = asyncio.get_running_loop().create_future()
        try:
            if request.operation == "get":
                self._read(request, waiting)
            else:
                self._propose(request, waiting)
            self._has_work.set()
            return await asyncio.wait_for(waiting, ANSWER_LIMIT)
        except ProposalDroppedError as dropped:
            return self._retry(str(dropped))
        except asyncio.TimeoutError:
            return self._retry("timeout")

    def _read(self, request: Request, waiting: Waiting) -> None:
        """Makes a linearizable read.

        The leader asks a quorum whether it is still the leader. Then the server waits until it has applied the entries
        that were committed at that time. This works on every server: Raft forwards the request to the leader.
        """
        raft = self.raw_node.raft
        if raft.leader_id == INVALID_ID or (raft.state == StateRole.Leader and not raft.commit_to_current_term()):
            # Raft would drop the read silently. A new leader knows the commit index once it has committed an entry of
            # its own term.
            raise ProposalDroppedError("no leader that knows the commit index")
        # The read state has the same context. It must be unique among all servers, for all time.
        context = os.urandom(16)
        self._reads[context] = request, waiting
        waiting.add_done_callback(lambda _: self._reads.pop(context, None))
        self.raw_node.read_index(context)

    def _propose(self, request: Request, waiting: Waiting) -> None:
        """Proposes the request."""
        if self.raw_node.raft.state != StateRole.Leader:
            raise ProposalDroppedError("not the leader")
        if request.operation in CHANGE_TYPES:
            server_id, address = request.arguments
            step = ConfChangeSingle(node_id=int(server_id), change_type=CHANGE_TYPES[request.operation])
            change = ConfChangeV2(changes=[step], context=json.dumps({server_id: address}).encode())
            self.raw_node.propose_conf_change_v2(request.encode(), change)
        else:
            self.raw_node.propose(b"", request.encode())
        key = (request.client, request.number)
        self._writes[key] = waiting
        waiting.add_done_callback(lambda _: self._writes.pop(key, None))

    def _report(self, envelope: Envelope, sent: bool) -> None:
        """Reports the delivery of a message. The transport never calls this between `ready` and `advance`."""
        if envelope.is_snapshot:
            # The leader sends nothing more to the follower before this report.
            self.raw_node.report_snapshot(envelope.to, SnapshotStatus.Finish if sent else SnapshotStatus.Failure)
        if not sent:
            self.raw_node.report_unreachable(envelope.to)
        self._has_work.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self.raw_node.tick()
            self._has_work.set()

    async def _work(self) -> None:
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            while self.raw_node.has_ready():
                self._process_ready()

    # The Ready loop.

    def _process_ready(self) -> None:
        """Processes a `Ready`, in the order of `docs/ready_loop.py`, with two transactions."""
        ready = self.raw_node.ready()
        if soft_state := ready.ss():
            self._take_role(soft_state)

        # 1. These need not wait. Only a leader has any: it may replicate an entry while it writes the entry itself,
        #    because it counts itself only after `advance`.
        self._send(ready.take_messages())

        # 2. In one transaction, persist the snapshot, which replaces the log; then the entries, which follow it; then
        #    the hard state, whose commit index refers to either. Committed entries were persisted earlier, so they can
        #    be applied in the same transaction.
        answers: list[tuple[Request, Answer]] = []
        with self.storage.transaction():
            if snapshot := ready.snapshot():
                self.storage.apply_snapshot(snapshot)
                self.state_machine.load(snapshot.data)
                self.snapshots_received += 1
                self._transport.set_addresses(self._other_addresses())
            self.storage.append(ready.take_entries())
            if hard_state := ready.hs():
                self.storage.set_hard_state(hard_state)
            answers += self._apply(ready.take_committed_entries())

        # 3. These are promises: votes and acknowledgements. A crash must not lose what they promise, so they wait for
        #    step 2. So do the answers to clients.
        self._send(ready.take_persisted_messages())
        self._answer_writes(answers)
        for read_state in ready.take_read_states():
            if found := self._reads.pop(read_state.request_ctx, None):
                self._indexed_reads.append((read_state.index, *found))

        # 4. Notify Raft. With the entries on disk, more may be committed: the LightReady has it.
        light_ready = self.raw_node.advance(ready)
        self._send(light_ready.take_messages())
        with self.storage.transaction():
            if (commit := light_ready.commit_index()) is not None:
                self.storage.set_commit(commit)
            answers = self._apply(light_ready.take_committed_entries())
        self.raw_node.advance_apply()
        self._answer_writes(answers)
        self._answer_reads()

    def _send(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._transport.send(Envelope(message.to, message.encode(), message.msg_type == MessageType.MsgSnapshot))

    def _apply(self, entries: Sequence[EntryRef]) -> list[tuple[Request, Answer]]:
        """Applies entries, and persists the applied index. The answers wait for the end of the transaction."""
        if not entries:
            return []
        answers = []
        conf_state = self.storage.conf_state()
        for entry in entries:
            if entry.entry_type == EntryType.EntryNormal and not entry.data:
                continue  # a new leader appends an empty entry
            is_change = entry.entry_type != EntryType.EntryNormal
            try:
                request = Request.decode(entry.context if is_change else entry.data)
            except RequestInvalidError as invalid:
                # No server proposes such an entry. An exception here would stop every server, at every start.
                print(f"server {self.id}: skipped entry {entry.index}: {invalid}", flush=True)
                continue
            if is_change:
                change = ConfChangeV2.decode(entry.data)
                answers.append((request, self.state_machine.once(request, partial(self._change_members, change))))
            else:
                answers.append((request, self.state_machine.apply(request)))
        applied = entries[-1].index
        self.storage.set_applied(applied)
        # A node rejects a snapshot whose configuration does not list it, so each configuration change needs a new one.
        if (
            applied - self.storage.snapshot_metadata().index >= SNAPSHOT_INTERVAL
            or conf_state != self.storage.conf_state()
        ):
            self.storage.create_snapshot(self.state_machine.dump())
            self.storage.compact(applied + 1 - KEPT_ENTRIES)
        return answers

    def _change_members(self, change: ConfChangeV2) -> Answer:
        """Applies a configuration change. Each server uses the new configuration once it has applied the entry.

        These are simple changes, of one member. For several, Raft would enter a joint configuration, and leave it with
        an entry of its own, which has no request.
        """
        try:
            conf_state = self.raw_node.apply_conf_change_v2(change)
        except ConfChangeError as invalid:
            return {"error": str(invalid)}
        self.storage.set_conf_state(conf_state)
        # The addresses are part of the state machine, for servers that receive a snapshot instead of this entry.
        self.state_machine.set_addresses({int(key): address for key, address in json.loads(change.context).items()})
        self._transport.set_addresses(self._other_addresses())
        return {"value": sorted(conf_state.voters)}

    # Answers to clients.

    def _answer_writes(self, answers: Iterable[tuple[Request, Answer]]) -> None:
        for request, answer in answers:
            waiting = self._writes.get((request.client, request.number))
            if waiting and not waiting.done():
                waiting.set_result(answer)

    def _answer_reads(self) -> None:
        applied = self.storage.applied()
        for index, request, waiting in self._indexed_reads:
            if index <= applied and not waiting.done():
                waiting.set_result({"value": self.state_machine.key_values.get(*request.arguments)})
        self._indexed_reads = [read for read in self._indexed_reads if not read[2].done()]

    def _take_role(self, soft_state: SoftState) -> None:
        """After a change of leader, proposals may be lost, and forwarded reads are."""
        if soft_state.raft_state == StateRole.Leader:
            print(f"server {self.id}: leader of term {self.raw_node.raft.term}", flush=True)
        for waiting in [*self._writes.values(), *(waiting for _, waiting in self._reads.values())]:
            if not waiting.done():
                waiting.set_result(self._retry("the leader has changed"))

    def _retry(self, reason: str) -> Answer:
        leader_id = self.raw_node.raft.leader_id
        return {"retry": reason, "leader": self.state_machine.addresses().get(leader_id)}

    def _status(self) -> dict[str, object]:
        """The cluster as this server sees it. Unlike a read, it may be behind."""
        conf_state = self.storage.conf_state()
        return {
            "id": self.id,
            "is_leader": self.raw_node.raft.state == StateRole.Leader,
            "applied": self.storage.applied(),
            "first_index": self.storage.first_index(),
            "voters": sorted(conf_state.voters),
            "learners": sorted(conf_state.learners),
            "snapshots_received": self.snapshots_received,
            "pairs": self.state_machine.key_values.pairs(),
        }

    # Addresses.

    def _bootstrap(self, addresses: Mapping[int, str]) -> None:
        """Begins the log after a snapshot, which the first members start from and later members receive."""
        with self.storage.transaction():
            self.state_machine.set_addresses(addresses)
            metadata = SnapshotMetadata(index=1, term=1, conf_state=ConfState(voters=sorted(addresses)))
            self.storage.apply_snapshot(Snapshot(metadata=metadata, data=self.state_machine.dump()))

    def _other_addresses(self) -> dict[int, str]:
        addresses = self.state_machine.addresses()
        addresses.pop(self.id, None)
        return addresses
