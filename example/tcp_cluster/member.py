"""A member of the cluster: a `RawNode` over a storage on disk, and the work that Raft leaves to the application."""

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
from transport import Letter, Transport

TICK = 0.05
"""Seconds between two ticks: with `election_tick=10`, an election starts after 0.5 to 1 seconds without a leader."""

ANSWER_LIMIT = 1.0
"""Seconds after which a request is given up. It may still be carried out."""

SNAPSHOT_INTERVAL = 50
"""After how many applied entries there is a new snapshot."""

KEPT_ENTRIES = 10
"""How many of the entries before it are kept, for followers that lack only these."""

CHANGE_TYPES = {"add_learner": ConfChangeType.AddLearnerNode, "add_voter": ConfChangeType.AddNode}

Waiting: TypeAlias = "asyncio.Future[Answer]"


class Member:
    """All of its methods that touch Raft run in one event loop, and none of them waits half-way.

    So nothing gets between `ready` and `advance`. That includes the disk: to wait for it in a thread, while messages
    come in, takes `RawNode.advance_append_async`.
    """

    def __init__(self, server_id: int, directory: Path, addresses: Mapping[int, str], *, join: bool) -> None:
        """`addresses` are those of the cluster's first members, which are the same for all.

        A server that joins later is none of them. It knows them to answer the leader, until it has the leader's
        snapshot.
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
            max_size_per_msg=2**20,  # bytes of entries: with all that is around them, they fit into a frame
            check_quorum=True,  # a leader that is cut off steps down, and its clients look for another
            pre_vote=True,  # a server that comes back does not depose the leader
            read_only_option=ReadOnlyOption.Safe,
        )
        self.raw_node = RawNode(config, self.storage, default_logger())
        self.snapshots_received = 0
        self._transport = Transport(self._report)
        self._transport.set_addresses(self._other_addresses() or addresses)
        self._has_work = asyncio.Event()
        self._log_lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Who waits for what: a write for its entry to be applied, a read for its read state, then for that index.
        self._writes: dict[tuple[str, int], Waiting] = {}
        self._reads: dict[bytes, tuple[Request, Waiting]] = {}
        self._indexed_reads: list[tuple[int, Request, Waiting]] = []

    async def run(self) -> None:
        """Lives on until it is cancelled, or fails: then its storage has all that a new one needs."""
        try:
            await asyncio.gather(self._tick(), self._work(), self._log_lost)
        finally:
            await self._transport.close()
            self.storage.close()

    # What comes from outside.

    def step(self, message: Message) -> None:
        """Takes in a message from another member."""
        if message.to != self.id:
            return  # from somebody who has an old address
        if message.msg_type == MessageType.MsgPropose:
            return  # only the leader proposes, and only what it has checked: what is in the log, all must apply
        # Refused: answers from a node that is no member yet or any more, and what no member sends. To Raft, they are
        # like messages that got lost.
        with suppress(StepPeerNotFoundError, ProposalDroppedError, InvalidMessageError, StepLocalMsgError):
            try:
                self.raw_node.step(message)
            except LogLostError as lost:  # no fault of the sender: this member ends
                if not self._log_lost.done():
                    self._log_lost.set_exception(lost)
        self._has_work.set()

    async def answer(self, request: Request) -> Answer:
        """Carries out a client's request, or says who can."""
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
            return self._try_again(str(dropped))
        except asyncio.TimeoutError:
            return self._try_again("no answer in time")

    def _read(self, request: Request, waiting: Waiting) -> None:
        """Reads as soon as this server has applied all that was answered by any server before the request came.

        For this, the leader asks a quorum whether it still leads; then we wait for what was committed when it did so.
        All of it works on any server, also on a follower, which has Raft ask the leader.
        """
        raft = self.raw_node.raft
        if raft.leader_id == INVALID_ID or (raft.state == StateRole.Leader and not raft.commit_to_current_term()):
            # Raft would drop the read, and say nothing. A new leader knows what is committed when it has an entry of
            # its own term committed.
            raise ProposalDroppedError("no leader that can tell what is committed")
        # It comes back with the index. No other read may have the same one, wherever and whenever it was made.
        context = os.urandom(16)
        self._reads[context] = request, waiting
        waiting.add_done_callback(lambda _: self._reads.pop(context, None))
        self.raw_node.read_index(context)

    def _propose(self, request: Request, waiting: Waiting) -> None:
        """Has the request written into the log."""
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

    def _report(self, letter: Letter, sent: bool) -> None:
        """Tells Raft what became of a message. The transport calls this, and never while a Ready is being processed."""
        if letter.is_snapshot:
            # Until it hears this, the leader sends nothing more to the follower.
            self.raw_node.report_snapshot(letter.to, SnapshotStatus.Finish if sent else SnapshotStatus.Failure)
        if not sent:
            self.raw_node.report_unreachable(letter.to)
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

    # What Raft wants done.

    def _process_ready(self) -> None:
        """Does what Raft wants done, in the order that keeps the promises which messages make."""
        ready = self.raw_node.ready()
        if soft_state := ready.ss():
            self._take_role(soft_state)

        # 1. These may go out at once. Only a leader has any: it may replicate an entry while it still writes it, as it
        #    does not count itself among those who have the entry before `advance`.
        self._send(ready.take_messages())

        # 2. Persist, in one transaction. First the snapshot, which replaces the log; then the entries, which go on from
        #    there; then the hard state, whose commit index may point at either. What is committed was persisted
        #    earlier, so it can be applied in the same transaction.
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

        # 3. These promise something: "you have my vote", "I have your entries". A server that forgot its promise in a
        #    crash would break it, so they must not leave before step 2 is done. Nor must the answers.
        self._send(ready.take_persisted_messages())
        self._answer_writes(answers)
        for read_state in ready.take_read_states():
            if found := self._reads.pop(read_state.request_ctx, None):
                self._indexed_reads.append((read_state.index, *found))

        # 4. Tell Raft. As the entries are on disk now, more may be committed: this is what the LightReady is about.
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
            self._transport.send(Letter(message.to, message.encode(), message.msg_type == MessageType.MsgSnapshot))

    def _apply(self, entries: Sequence[EntryRef]) -> list[tuple[Request, Answer]]:
        """Applies entries, and notes how far. Returns the answers, which wait for the end of the transaction."""
        if not entries:
            return []
        answers = []
        conf_state = self.storage.conf_state()
        for entry in entries:
            if entry.entry_type == EntryType.EntryNormal and not entry.data:
                continue  # each leader begins its term with an empty entry
            is_change = entry.entry_type != EntryType.EntryNormal
            try:
                request = Request.decode(entry.context if is_change else entry.data)
            except RequestInvalidError as invalid:
                # Nothing of the kind is proposed. To fail here would stop every server, at every start.
                print(f"server {self.id}: entry {entry.index} is skipped: {invalid}", flush=True)
                continue
            if is_change:
                change = ConfChangeV2.decode(entry.data)
                answers.append((request, self.state_machine.once(request, partial(self._change_members, change))))
            else:
                answers.append((request, self.state_machine.apply(request)))
        applied = entries[-1].index
        self.storage.set_applied(applied)
        # A snapshot is of no use to those who are no members in it, so there is one for each change of them.
        if (
            applied - self.storage.snapshot_metadata().index >= SNAPSHOT_INTERVAL
            or conf_state != self.storage.conf_state()
        ):
            self.storage.create_snapshot(self.state_machine.dump())
            self.storage.compact(applied + 1 - KEPT_ENTRIES)
        return answers

    def _change_members(self, change: ConfChangeV2) -> Answer:
        """A new configuration is in force when its entry is applied, on each server for itself.

        A change of one member takes one step. For several at once, Raft would go by way of a joint configuration, and
        leave it by an entry that it proposes itself: one without a request.
        """
        try:
            conf_state = self.raw_node.apply_conf_change_v2(change)
        except ConfChangeError as impossible:
            return {"error": str(impossible)}
        self.storage.set_conf_state(conf_state)
        # Who gets a snapshot instead of this entry finds the addresses there, since they are part of the state machine.
        self.state_machine.set_addresses({int(key): address for key, address in json.loads(change.context).items()})
        self._transport.set_addresses(self._other_addresses())
        return {"value": sorted(conf_state.voters)}

    # What clients are answered.

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
        """A change of leader: what was proposed may be lost, and reads that were passed on are."""
        if soft_state.raft_state == StateRole.Leader:
            print(f"server {self.id}: leader of term {self.raw_node.raft.term}", flush=True)
        for waiting in [*self._writes.values(), *(waiting for _, waiting in self._reads.values())]:
            if not waiting.done():
                waiting.set_result(self._try_again("the leader has changed"))

    def _try_again(self, reason: str) -> Answer:
        leader_id = self.raw_node.raft.leader_id
        return {"retry": reason, "leader": self.state_machine.addresses().get(leader_id)}

    def _status(self) -> dict[str, object]:
        """How this server sees the cluster. It may be behind: that is the difference to what a read sees."""
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

    # Who is where.

    def _bootstrap(self, addresses: Mapping[int, str]) -> None:
        """Lets the log begin after a snapshot that all the first members have, and that those who join are sent."""
        with self.storage.transaction():
            self.state_machine.set_addresses(addresses)
            metadata = SnapshotMetadata(index=1, term=1, conf_state=ConfState(voters=sorted(addresses)))
            self.storage.apply_snapshot(Snapshot(metadata=metadata, data=self.state_machine.dump()))

    def _other_addresses(self) -> dict[int, str]:
        addresses = self.state_machine.addresses()
        addresses.pop(self.id, None)
        return addresses
