"""Three nodes keep the invariants of Raft and raise only documented errors, whatever happens in whatever order.

Messages are lost, delayed, duplicated and reordered. Nodes crash while they handle a `Ready`. Members become learners,
are removed and added again; logs are compacted. The election timeout is constant, so Raft itself is deterministic.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rraft import (
    ConfChangeError,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    EntryRef,
    EntryType,
    HardState,
    LightReadyRef,
    Logger,
    MemStorage,
    Message,
    NotExistsError,
    ProposalDroppedError,
    RawNode,
    ReadOnlyOption,
    ReadState,
    Ready,
    StateRole,
    StepPeerNotFoundError,
    default_logger,
    new_conf_change_single,
)
from tests.harness import AnyStorage, ListStorage, NewStorage

IDS = [1, 2, 3]
TICKS = 10
"""The number of ticks until an election starts."""

node_ids = st.sampled_from(IDS)


@dataclass
class Member:
    """A node, and the state that survives a crash: its storage and its applied index."""

    node: RawNode
    storage: AnyStorage
    applied: int = 0
    ready: Ready | None = None
    """The current `Ready`, which has not been passed back yet."""
    promised: HardState = field(default_factory=HardState)
    """The highest hard state that another node may have observed."""


class Cluster(RuleBasedStateMachine):
    """Three nodes, and the messages between them."""

    logger: Logger = default_logger()

    @initialize(
        new_storage=st.sampled_from([MemStorage, ListStorage]),
        pre_vote=st.booleans(),
        check_quorum=st.booleans(),
        lease=st.booleans(),
        batch_append=st.booleans(),
        inflight=st.integers(1, 3),
    )
    def start(
        self,
        new_storage: NewStorage,
        pre_vote: bool,
        check_quorum: bool,
        lease: bool,
        batch_append: bool,
        inflight: int,
    ) -> None:
        self.config = Config(
            election_tick=TICKS,
            min_election_tick=TICKS,
            max_election_tick=TICKS + 1,
            heartbeat_tick=2,
            pre_vote=pre_vote,
            check_quorum=check_quorum or lease,
            read_only_option=ReadOnlyOption.LeaseBased if lease else ReadOnlyOption.Safe,
            batch_append=batch_append,
            max_inflight_msgs=inflight,
        )
        self.network: list[bytes] = []
        self.cut_off_id: int | None = None
        self.log: dict[int, tuple[int, bytes]] = {}
        self.leaders: dict[int, int] = {}
        self.proposals = count(1)
        self.reads: dict[bytes, int] = {}
        self.members: dict[int, Member] = {}
        for node_id in IDS:
            storage = new_storage()
            storage.initialize_with_conf_state(ConfState(IDS))
            self.members[node_id] = Member(self.new_node(node_id, storage), storage)

    def new_node(self, node_id: int, storage: AnyStorage, applied: int = 0) -> RawNode:
        config = self.config.clone()
        config.id, config.applied = node_id, applied
        return RawNode(config, storage, self.logger)

    # Events.

    @rule(node_id=node_ids, ticks=st.integers(1, TICKS))
    def tick(self, node_id: int, ticks: int) -> None:
        for _ in range(ticks):
            self.members[node_id].node.tick()

    @rule(node_id=node_ids, size=st.integers(0, 100))
    def propose(self, node_id: int, size: int) -> None:
        try:
            self.members[node_id].node.propose(b"", b"%d" % next(self.proposals) + bytes(size))
        except ProposalDroppedError:
            assert self.members[node_id].node.raft.state != StateRole.Leader or self.is_busy(node_id)

    def is_busy(self, node_id: int) -> bool:
        """Whether a leader may drop proposals."""
        raft = self.members[node_id].node.raft
        return raft.lead_transferee is not None or raft.prs().get(node_id) is None

    @rule(
        node_id=node_ids,
        changes=st.lists(st.tuples(st.sampled_from(ConfChangeType.values()), node_ids), max_size=2),
        transition=st.sampled_from(ConfChangeTransition.values()),
    )
    def propose_conf_change(
        self, node_id: int, changes: list[tuple[ConfChangeType, int]], transition: ConfChangeTransition
    ) -> None:
        singles = [new_conf_change_single(changed, change_type) for change_type, changed in changes]
        with suppress(ProposalDroppedError):
            self.members[node_id].node.propose_conf_change_v2(b"", ConfChangeV2(transition=transition, changes=singles))

    @rule(node_id=node_ids)
    def read_index(self, node_id: int) -> None:
        context = b"%d" % next(self.proposals)
        self.reads[context] = max(member.applied for member in self.members.values())
        self.members[node_id].node.read_index(context)

    @rule(node_id=node_ids, to=node_ids)
    def transfer_leader(self, node_id: int, to: int) -> None:
        self.members[node_id].node.transfer_leader(to)

    @rule(node_id=node_ids, to=node_ids)
    def report_unreachable(self, node_id: int, to: int) -> None:
        self.members[node_id].node.report_unreachable(to)

    @precondition(lambda self: self.network)
    @rule(data=st.data(), again=st.booleans(), is_lost=st.booleans())
    def deliver_one(self, data: st.DataObject, again: bool, is_lost: bool) -> None:
        position = data.draw(st.integers(0, len(self.network) - 1))
        message = self.network[position] if again else self.network.pop(position)
        if not is_lost:
            self.step(message)

    @rule(node_id=st.sampled_from([None, None, *IDS]))
    def cut_off(self, node_id: int | None) -> None:
        """Isolates a node, or heals the network."""
        self.cut_off_id = node_id

    @rule(node_id=node_ids, proposals=st.integers(0, 5), compacts=st.booleans())
    def usual_case(self, node_id: int, proposals: int, compacts: bool) -> None:
        """Elects a leader if there is none, then proposes, applies and compacts."""
        if not any(member.node.raft.state == StateRole.Leader for member in self.members.values()):
            self.tick(node_id, TICKS)
        self.deliver_all()
        for _ in range(proposals):
            self.propose(node_id, size=10)
        self.deliver_all()
        if compacts:
            self.compact(node_id, left=0)

    @rule()
    def deliver_all(self) -> None:
        """Delivers all messages, and handles all `Ready`s."""
        for _ in range(6):
            for node_id in IDS:
                self.pass_back(node_id)
                self.take_ready(node_id)
                self.pass_back(node_id)
            messages, self.network = self.network, []
            for message in messages:
                self.step(message)

    def step(self, encoded: bytes) -> None:
        message = Message.decode(encoded)
        if self.cut_off_id in (message.from_, message.to):
            return
        member = self.members[message.to]
        try:
            member.node.step(message)
        except (ProposalDroppedError, StepPeerNotFoundError):
            pass
        except NotExistsError:
            self.step_down(member)

    @rule(node_id=node_ids)
    def take_ready(self, node_id: int) -> None:
        member = self.members[node_id]
        if member.ready is None and member.node.has_ready():
            member.ready = member.node.ready()
            self.send(member.ready.take_messages())
            for state in member.ready.take_read_states():
                self.check_read(state)

    @rule(node_id=node_ids)
    def pass_back(self, node_id: int) -> None:
        """Finishes a `Ready`. If the node has changed since, it rejects the `Ready`, and returns a new one."""
        member = self.members[node_id]
        ready, member.ready = member.ready, None
        if ready is None:
            return
        self.store(member, ready)
        messages = ready.take_persisted_messages()
        committed = ready.take_committed_entries()
        self.send(messages)
        self.apply(member, committed)
        try:
            self.do_light_work(member, member.node.advance(ready))
        except ValueError:
            pass
        except NotExistsError:
            self.step_down(member)

    def do_light_work(self, member: Member, light_ready: LightReadyRef) -> None:
        commit = light_ready.commit_index()
        if commit is not None:
            hard_state = member.storage.wl().hard_state().clone()
            hard_state.commit = commit
            member.storage.wl().set_hardstate(hard_state)
        self.send(light_ready.take_messages())
        self.apply(member, light_ready.take_committed_entries())
        member.node.advance_apply()

    @rule(node_id=node_ids)
    def crash(self, node_id: int) -> None:
        """Crashes a node: everything that is not in the storage is lost."""
        member = self.members[node_id]
        member.ready = None
        member.node = self.new_node(node_id, member.storage, member.applied)

    @rule(node_id=node_ids, left=st.integers(0, 3))
    def compact(self, node_id: int, left: int) -> None:
        member = self.members[node_id]
        member.storage.wl().compact(max(member.applied - left, 1))

    # The work of the application.

    def store(self, member: Member, ready: Ready) -> None:
        core = member.storage.wl()
        snapshot = ready.snapshot()
        # Already persisted if the node has rejected an earlier `Ready` that contained it.
        if snapshot and snapshot.metadata.index >= member.storage.first_index():
            core.apply_snapshot(snapshot)
            member.applied = snapshot.metadata.index
        core.append(ready.entries())
        if hard_state := ready.hs():
            core.set_hardstate(hard_state)

    def send(self, messages: list[Message]) -> None:
        self.network += [message.encode() for message in messages]

    def apply(self, member: Member, entries: list[Any]) -> None:
        for entry in entries:
            self.check_agreement(member, entry)
            if entry.entry_type == EntryType.EntryConfChangeV2:
                self.change_members(member, entry)
            member.applied = entry.index

    def change_members(self, member: Member, entry: EntryRef) -> None:
        try:
            conf_state = member.node.apply_conf_change_v2(ConfChangeV2.decode(entry.data))
        except ConfChangeError:
            return
        member.storage.wl().set_conf_state(conf_state)

    def step_down(self, member: Member) -> None:
        """Makes a leader that has removed itself step down."""
        member.ready = None
        member.node.raft.become_follower(member.node.raft.term, 0)

    # Invariants.

    def check_agreement(self, member: Member, entry: EntryRef) -> None:
        """All nodes apply the same entries in the same order."""
        assert entry.index == member.applied + 1
        known = self.log.setdefault(entry.index, (entry.term, entry.data))
        assert known == (entry.term, entry.data)

    def check_read(self, state: ReadState) -> None:
        """A read sees what any node had applied when it was requested. Leases need clocks, which are arbitrary here."""
        if self.config.read_only_option == ReadOnlyOption.Safe:
            assert state.index >= self.reads[state.request_ctx]

    @invariant()
    def a_term_has_one_leader(self) -> None:
        for node_id, member in getattr(self, "members", {}).items():
            raft = member.node.raft
            if raft.state == StateRole.Leader:
                assert self.leaders.setdefault(raft.term, node_id) == node_id

    @invariant()
    def indices_are_in_order(self) -> None:
        for member in getattr(self, "members", {}).values():
            log = member.node.raft.raft_log
            assert log.applied() <= log.committed <= log.last_index()
            assert log.persisted <= log.last_index()
            assert member.applied <= log.committed

    @invariant()
    def promises_are_kept(self) -> None:
        """The term never decreases, and the vote in a term never changes, not even after a crash."""
        for member in getattr(self, "members", {}).values():
            stored = member.storage.initial_state().hard_state
            assert stored.term >= member.promised.term
            if stored.term == member.promised.term and member.promised.vote:
                assert stored.vote == member.promised.vote
            member.promised = stored.clone()


def test_cluster_keeps_its_invariants(rounds: int) -> None:
    for _ in range(rounds):
        run_state_machine_as_test(Cluster)
