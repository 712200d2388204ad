"""Port of raft-rs harness/tests/integration_cases/test_raw_node.rs and the unit test of src/raw_node.rs (v0.7.0)."""

import random
from collections.abc import Callable, Sequence

import pytest

from rraft import (
    NO_LIMIT,
    ConfChange,
    ConfChangeSingle,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    Entry,
    EntryRef,
    EntryType,
    GetEntriesContext,
    GetEntriesContextRef,
    Logger,
    Message,
    MessageType,
    ProposalDroppedError,
    RaftState,
    RawNode,
    ReadState,
    Snapshot,
    StateRole,
    StepLocalMsgError,
    StepPeerNotFoundError,
    is_local_msg,
    new_conf_change_single,
)
from tests.harness import AnyStorage, Network, NewStorage, ReadyContent, initialize
from tests.harness.util import (
    SOME_DATA,
    conf_change,
    conf_change_v2,
    conf_state,
    conf_state_v2,
    empty_entry,
    hard_state,
    new_entry,
    new_message,
    new_message_with_entries,
    new_snapshot,
    new_test_config,
    new_test_raft,
    new_test_raft_with_config,
    remove_node,
    soft_state,
)


def new_raw_node(
    node_id: int,
    peers: Sequence[int],
    election_tick: int,
    heartbeat_tick: int,
    storage: AnyStorage,
    logger: Logger,
) -> RawNode:
    return new_raw_node_with_config(peers, new_test_config(node_id, election_tick, heartbeat_tick), storage, logger)


def new_raw_node_with_config(peers: Sequence[int], config: Config, storage: AnyStorage, logger: Logger) -> RawNode:
    """A node on `storage`, which is given a first snapshot with `peers` as voters if it has no voters yet."""
    if storage.initial_state().initialized():
        if not peers:
            raise ValueError("empty peers on an initialized store")
    elif peers:
        storage.wl().apply_snapshot(new_snapshot(1, 1, peers))
    return RawNode(config, storage, logger)


def become_sole_leader(raw_node: RawNode, storage: AnyStorage) -> None:
    """Campaigns in a cluster of one, and handles Readys until one reports the leadership."""
    raw_node.campaign()
    is_leader = False
    while not is_leader:
        ready = raw_node.ready()
        storage.wl().append(ready.entries())
        ss = ready.ss()
        is_leader = ss is not None and ss.leader_id == raw_node.raft.id
        raw_node.advance(ready)


def apply_conf_changes(raw_node: RawNode, committed_entries: Sequence[EntryRef]) -> list[ConfState]:
    """Applies the committed configuration changes. Returns the ConfState after each of them."""
    states = []
    for entry in committed_entries:
        if entry.entry_type == EntryType.EntryConfChange:
            states.append(raw_node.apply_conf_change(ConfChange.decode(entry.data)))
        elif entry.entry_type == EntryType.EntryConfChangeV2:
            states.append(raw_node.apply_conf_change_v2(ConfChangeV2.decode(entry.data)))
    return states


LOCAL = StepLocalMsgError
UNKNOWN_SENDER = StepPeerNotFoundError


@pytest.mark.parametrize(
    ("msg_type", "error"),
    [
        (MessageType.MsgHup, LOCAL),
        (MessageType.MsgBeat, LOCAL),
        (MessageType.MsgPropose, ProposalDroppedError),
        (MessageType.MsgAppend, None),
        (MessageType.MsgAppendResponse, UNKNOWN_SENDER),
        (MessageType.MsgRequestVote, None),
        (MessageType.MsgRequestVoteResponse, UNKNOWN_SENDER),
        (MessageType.MsgSnapshot, None),
        (MessageType.MsgHeartbeat, None),
        (MessageType.MsgHeartbeatResponse, UNKNOWN_SENDER),
        (MessageType.MsgUnreachable, LOCAL),
        (MessageType.MsgSnapStatus, LOCAL),
        (MessageType.MsgCheckQuorum, LOCAL),
        (MessageType.MsgTransferLeader, None),
        (MessageType.MsgTimeoutNow, None),
        (MessageType.MsgReadIndex, None),
        (MessageType.MsgReadIndexResp, None),
        (MessageType.MsgRequestPreVote, None),
        (MessageType.MsgRequestPreVoteResponse, UNKNOWN_SENDER),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_raw_node_step(
    msg_type: MessageType, error: type[Exception] | None, storage: AnyStorage, logger: Logger
) -> None:
    """Local messages are rejected. The others, sent by nobody, are taken or rejected without a panic."""
    storage.wl().set_hardstate(hard_state(1, 1, 0))
    storage.wl().append([new_entry(1, 1)])
    storage.wl().apply_snapshot(new_snapshot(1, 1, [1]))
    raw_node = new_raw_node(1, [1], 10, 1, storage, logger)
    message = new_message(0, 0, msg_type)

    assert is_local_msg(msg_type) == (error is LOCAL)
    if error is None:
        raw_node.step(message)
    else:
        with pytest.raises(error, match=f"^{error()}"):
            raw_node.step(message)


def test_raw_node_read_index_to_old_leader(new_storage: NewStorage, logger: Logger) -> None:
    """MsgReadIndex to an old leader gets forwarded to the new leader, and `send` does not attach its term."""
    r1 = new_test_raft(1, [1, 2, 3], 10, 1, new_storage(), logger)
    r2 = new_test_raft(2, [1, 2, 3], 10, 1, new_storage(), logger)
    r3 = new_test_raft(3, [1, 2, 3], 10, 1, new_storage(), logger)
    nt = Network([r1, r2, r3], logger)

    # Elect r1 as leader.
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    entries = [Entry(data=b"testdata")]

    # Send a read index request to r2 (follower): it forwards the message to r1 (leader) without a term.
    nt.peers[2].step(new_message_with_entries(2, 2, MessageType.MsgReadIndex, entries))
    read_index_msg1 = new_message_with_entries(2, 1, MessageType.MsgReadIndex, entries)
    assert nt.peers[2].raft.msgs == [read_index_msg1]

    # The same for r3 (follower).
    nt.peers[3].step(new_message_with_entries(3, 3, MessageType.MsgReadIndex, entries))
    read_index_msg2 = new_message_with_entries(3, 1, MessageType.MsgReadIndex, entries)
    assert nt.peers[3].raft.msgs == [read_index_msg2]

    # Now elect r3 as leader.
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    # Let r1 step the two messages that r2 and r3 forwarded to it when it was the leader.
    nt.peers[1].step(read_index_msg1)
    nt.peers[1].step(read_index_msg2)

    # r1 (follower) forwards them again to r3 (new leader).
    assert nt.peers[1].raft.msgs == [
        new_message_with_entries(2, 3, MessageType.MsgReadIndex, entries),
        new_message_with_entries(3, 3, MessageType.MsgReadIndex, entries),
    ]


def elect_and_change_conf(
    raw_node: RawNode,
    storage: AnyStorage,
    cc: ConfChange | ConfChangeV2,
    apply: Callable[[RawNode, Sequence[EntryRef]], list[ConfState]] = apply_conf_changes,
) -> list[ConfState]:
    """Elects the only voter, proposes a command and the change, and runs until `apply` returns ConfStates."""
    raw_node.campaign()
    proposed = False
    # Propose the change, wait until it applies, collect the resulting ConfState.
    states: list[ConfState] = []
    while not states:
        ready = raw_node.ready()
        storage.wl().append(ready.entries())
        states += apply(raw_node, ready.take_committed_entries())
        ss = ready.ss()
        is_leader = ss is not None and ss.leader_id == raw_node.raft.id

        light_ready = raw_node.advance(ready)
        states += apply(raw_node, light_ready.take_committed_entries())
        raw_node.advance_apply()

        # Once we are the leader, propose a command and the change.
        if not proposed and is_leader:
            raw_node.propose(b"", b"somedata")
            if isinstance(cc, ConfChange):
                raw_node.propose_conf_change(b"", cc)
            else:
                raw_node.propose_conf_change_v2(b"", cc)
            proposed = True
    return states


def single(node_id: int, change_type: ConfChangeType) -> ConfChangeSingle:
    return new_conf_change_single(node_id, change_type)


def swap_voters(transition: ConfChangeTransition) -> ConfChangeV2:
    """Add the voter 2 and the learner 3, and demote the voter 1."""
    return ConfChangeV2(
        transition=transition,
        changes=[
            single(2, ConfChangeType.AddNode),
            single(1, ConfChangeType.AddLearnerNode),
            single(3, ConfChangeType.AddLearnerNode),
        ],
    )


@pytest.mark.parametrize(
    ("cc", "applied_state", "left_state"),
    [
        pytest.param(conf_change(ConfChangeType.AddNode, 2), conf_state([1, 2]), None, id="v1"),
        # Proposing the same as a V2 change works just the same, without entering a joint config.
        pytest.param(conf_change_v2([single(2, ConfChangeType.AddNode)]), conf_state([1, 2]), None, id="v2-voter"),
        # Ditto if we add it as a learner instead.
        pytest.param(
            conf_change_v2([single(2, ConfChangeType.AddLearnerNode)]), conf_state([1], [2]), None, id="v2-learner"
        ),
        # We can ask explicitly for joint consensus if we want it.
        pytest.param(
            ConfChangeV2(transition=ConfChangeTransition.Explicit, changes=[single(2, ConfChangeType.AddLearnerNode)]),
            conf_state_v2([1], [2], [1], [], auto_leave=False),
            conf_state([1], [2]),
            id="v2-learner-explicit",
        ),
        # Ditto, but with an implicit transition.
        pytest.param(
            ConfChangeV2(transition=ConfChangeTransition.Implicit, changes=[single(2, ConfChangeType.AddLearnerNode)]),
            conf_state_v2([1], [2], [1], [], auto_leave=True),
            conf_state([1], [2]),
            id="v2-learner-implicit",
        ),
        # Add a new node and demote n1. This exercises the interesting case in which we really need joint config
        # changes and also need LearnersNext.
        pytest.param(
            swap_voters(ConfChangeTransition.Auto),
            conf_state_v2([2], [3], [1], [1], auto_leave=True),
            conf_state([2], [1, 3]),
            id="v2-swap-auto",
        ),
        pytest.param(
            swap_voters(ConfChangeTransition.Explicit),
            conf_state_v2([2], [3], [1], [1], auto_leave=False),
            conf_state([2], [1, 3]),
            id="v2-swap-explicit",
        ),
        pytest.param(
            swap_voters(ConfChangeTransition.Implicit),
            conf_state_v2([2], [3], [1], [1], auto_leave=True),
            conf_state([2], [1, 3]),
            id="v2-swap-implicit",
        ),
    ],
)
def test_raw_node_propose_and_conf_change(
    cc: ConfChange | ConfChangeV2,
    applied_state: ConfState,
    left_state: ConfState | None,
    storage: AnyStorage,
    logger: Logger,
) -> None:
    """A configuration change, simple or joint, results in the expected ConfState, and a joint one is left again."""
    raw_node = new_raw_node(1, [1], 10, 1, storage, logger)

    states = elect_and_change_conf(raw_node, storage, cc)

    # The last index is exactly the change we put in, down to the bits. It comes from the storage, which does not
    # reflect any unstable entries that we'll only be presented with in the next Ready.
    last_index = storage.last_index()
    entries = storage.entries(last_index - 1, last_index + 1, GetEntriesContext.empty(False), NO_LIMIT)
    assert len(entries) == 2
    assert entries[0].data == b"somedata"
    if isinstance(cc, ConfChange):
        assert entries[1].entry_type == EntryType.EntryConfChange
    else:
        assert entries[1].entry_type == EntryType.EntryConfChangeV2
    assert entries[1].data == cc.encode()
    assert states == [applied_state]

    # An auto-leaving joint change has appended the entry that leaves. That entry is not in the stable storage yet,
    # where `last_index` was taken from.
    auto_leaves = cc.as_v2().enter_joint() is True
    assert raw_node.raft.pending_conf_index == (last_index + 1 if auto_leaves else last_index)

    # Move the node along. After a simple change nothing else happens. Otherwise we're in a joint state, which is
    # either left automatically, or by a further proposal.
    ready = raw_node.ready()
    context = b""
    if not applied_state.auto_leave:
        assert ready.entries() == []
        if left_state is None:
            return
        context = b"manual"
        raw_node.propose_conf_change_v2(b"", ConfChangeV2(context=context))
        ready = raw_node.ready()

    # The right change comes out.
    [leave_entry] = ready.entries()
    assert leave_entry.entry_type == EntryType.EntryConfChangeV2
    leave_cc = ConfChangeV2.decode(leave_entry.data)
    assert leave_cc.context == context
    # Lie and pretend the change applied. It won't do so because now we require the joint quorum and we're only
    # running one node.
    assert raw_node.apply_conf_change_v2(leave_cc) == left_state


def step_down_and_apply_conf_changes(raw_node: RawNode, committed_entries: Sequence[EntryRef]) -> list[ConfState]:
    """Makes the leader step down just before it applies a committed configuration change."""
    if any(entry.entry_type == EntryType.EntryConfChangeV2 for entry in committed_entries):
        message = new_message(1, 1, MessageType.MsgHeartbeatResponse)
        message.term = raw_node.raft.term + 1
        raw_node.step(message)
    return apply_conf_changes(raw_node, committed_entries)


def test_raw_node_joint_auto_leave(storage: AnyStorage, logger: Logger) -> None:
    """A joint configuration is left automatically even if the leader lost its leadership in between."""
    cc = ConfChangeV2(transition=ConfChangeTransition.Implicit, changes=[single(2, ConfChangeType.AddLearnerNode)])

    raw_node = new_raw_node(1, [1], 10, 1, storage, logger)

    states = elect_and_change_conf(raw_node, storage, cc, step_down_and_apply_conf_changes)

    # The last index is exactly the change we put in, down to the bits. It comes from the storage, which does not
    # reflect any unstable entries that we'll only be presented with in the next Ready.
    last_index = storage.last_index()
    entries = storage.entries(last_index - 1, last_index + 1, GetEntriesContext.empty(False), NO_LIMIT)
    assert len(entries) == 2
    assert entries[0].data == b"somedata"
    assert entries[1].entry_type == EntryType.EntryConfChangeV2
    assert entries[1].data == cc.encode()
    assert states == [conf_state_v2([1], [2], [1], [], auto_leave=True)]
    assert raw_node.raft.pending_conf_index == 0

    # Move the node along. It does not leave the joint configuration because it is a follower.
    ready = raw_node.ready()
    assert ready.entries() == []
    raw_node.advance(ready)

    # Make it leader again. It leaves automatically after moving the applied index.
    raw_node.campaign()
    ready = raw_node.ready()
    storage.wl().append(ready.entries())
    raw_node.advance(ready)

    ready = raw_node.ready()
    storage.wl().append(ready.entries())

    # The right change comes out.
    [leave_entry] = ready.entries()
    assert leave_entry.entry_type == EntryType.EntryConfChangeV2
    leave_cc = ConfChangeV2.decode(leave_entry.data)
    assert leave_cc.context == b""
    # Lie and pretend the change applied. It won't do so because now we require the joint quorum and we're only
    # running one node.
    assert raw_node.apply_conf_change_v2(leave_cc) == conf_state([1], [2])


def test_raw_node_propose_add_duplicate_node(storage: AnyStorage, logger: Logger) -> None:
    """Two proposals to add the same node do not affect a later proposal to add a new node."""
    raw_node = new_raw_node(1, [1], 10, 1, storage, logger)
    become_sole_leader(raw_node, storage)

    def propose_conf_change_and_apply(cc: ConfChange) -> None:
        raw_node.propose_conf_change(b"", cc)
        ready = raw_node.ready()
        storage.wl().append(ready.entries())
        apply_conf_changes(raw_node, ready.take_committed_entries())
        apply_conf_changes(raw_node, raw_node.advance(ready).take_committed_entries())
        raw_node.advance_apply()

    cc1 = conf_change(ConfChangeType.AddNode, 1)
    propose_conf_change_and_apply(cc1)

    # Try to add the same node again.
    propose_conf_change_and_apply(cc1)

    # The new node can join.
    cc2 = conf_change(ConfChangeType.AddNode, 2)
    propose_conf_change_and_apply(cc2)

    # The last three entries are the changes cc1, cc1, cc2.
    last_index = storage.last_index()
    entries = storage.entries(last_index - 2, last_index + 1, GetEntriesContext.empty(False), None)
    assert len(entries) == 3
    assert entries[0].data == cc1.encode()
    assert entries[2].data == cc2.encode()


def test_raw_node_propose_add_learner_node(storage: AnyStorage, logger: Logger) -> None:
    raw_node = new_raw_node(1, [1], 10, 1, storage, logger)
    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent()
    raw_node.advance(ready)

    become_sole_leader(raw_node, storage)

    # Propose to add a learner and check the state after applying it.
    raw_node.propose_conf_change(b"", conf_change(ConfChangeType.AddLearnerNode, 2))
    ready = raw_node.ready()
    storage.wl().append(ready.entries())
    light_ready = raw_node.advance(ready)

    [entry] = light_ready.committed_entries()
    assert entry.entry_type == EntryType.EntryConfChange
    state = raw_node.apply_conf_change(ConfChange.decode(entry.data))
    assert state.voters == [1]
    assert state.learners == [2]


def test_raw_node_read_index(storage: AnyStorage, logger: Logger) -> None:
    """`read_index` sends MsgReadIndex to the underlying raft, and the ReadState can be read out."""
    raw_node = new_raw_node(1, [1], 10, 1, storage, logger)
    become_sole_leader(raw_node, storage)

    # Once we are the leader, issue a read index request.
    raw_node.read_index(b"somedata")

    # The read states can be read out.
    assert raw_node.raft.read_states != []
    assert raw_node.has_ready()
    ready = raw_node.ready()
    assert ready.read_states() == [ReadState(index=2, request_ctx=b"somedata")]
    storage.wl().append(ready.entries())
    raw_node.advance(ready)

    # They are reset after advance.
    assert not raw_node.has_ready()
    assert raw_node.raft.read_states == []


def test_raw_node_start(storage: AnyStorage, logger: Logger) -> None:
    """A node starts from the state that the application bootstrapped, without faux configuration change entries."""
    raw_node = new_raw_node(1, [1], 10, 1, storage, logger)
    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent()
    raw_node.advance(ready)

    raw_node.campaign()
    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent(
        ss=soft_state(1, StateRole.Leader),
        hs=hard_state(2, 1, 1),
        entries=[new_entry(2, 2)],
        must_sync=True,
    )
    storage.wl().append(ready.entries())
    light_ready = raw_node.advance(ready)
    assert light_ready.commit_index() == 2
    assert light_ready.committed_entries() == [new_entry(2, 2)]
    assert not raw_node.has_ready()

    raw_node.propose(b"", b"somedata")
    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent(entries=[new_entry(2, 3, SOME_DATA)], must_sync=True)
    storage.wl().append(ready.entries())
    light_ready = raw_node.advance(ready)
    assert light_ready.commit_index() == 3
    assert light_ready.committed_entries() == [new_entry(2, 3, SOME_DATA)]
    assert not raw_node.has_ready()


def test_raw_node_restart(storage: AnyStorage, logger: Logger) -> None:
    entries = [empty_entry(1, 1), new_entry(1, 2, b"foo")]
    storage.wl().set_hardstate(hard_state(1, 1, 0))
    storage.wl().append(entries)
    raw_node = new_raw_node(1, [], 10, 1, storage, logger)

    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent(committed_entries=entries[:1])
    raw_node.advance(ready)
    assert not raw_node.has_ready()


def test_raw_node_restart_from_snapshot(storage: AnyStorage, logger: Logger) -> None:
    entries = [new_entry(1, 3, b"foo")]
    storage.wl().apply_snapshot(new_snapshot(2, 1, [1, 2]))
    storage.wl().append(entries)
    storage.wl().set_hardstate(hard_state(1, 3, 0))
    raw_node = RawNode(new_test_config(1, 10, 1), storage, logger)

    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent(committed_entries=entries)
    raw_node.advance(ready)
    assert not raw_node.has_ready()


def test_skip_bcast_commit(new_storage: NewStorage, logger: Logger) -> None:
    """An empty commit message is not sent out when `skip_bcast_commit` is true."""
    config = new_test_config(1, 10, 1)
    config.skip_bcast_commit = True
    storage = new_storage()
    initialize(storage, conf_state([1, 2, 3]))
    r1 = new_test_raft_with_config(config, storage, logger)
    r2 = new_test_raft(2, [1, 2, 3], 10, 1, new_storage(), logger)
    r3 = new_test_raft(3, [1, 2, 3], 10, 1, new_storage(), logger)
    nt = Network([r1, r2, r3], logger)

    # Elect r1 as leader.
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # Without bcast commit, followers do not update their commit index immediately.
    proposal = new_message_with_entries(1, 1, MessageType.MsgPropose, [Entry(data=b"testdata")])
    nt.send([proposal])
    assert nt.peers[1].raft.raft_log.committed == 2
    assert nt.peers[2].raft.raft_log.committed == 1
    assert nt.peers[3].raft.raft_log.committed == 1

    # After a heartbeat, followers are informed of the actual commit index.
    for _ in range(nt.peers[1].raft.randomized_election_timeout()):
        nt.peers[1].raft.tick()
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert nt.peers[2].raft.raft_log.committed == 2
    assert nt.peers[3].raft.raft_log.committed == 2

    # The feature can be adjusted at run time.
    nt.peers[1].raft.skip_bcast_commit(False)
    nt.send([proposal])
    assert nt.peers[1].raft.raft_log.committed == 3
    assert nt.peers[2].raft.raft_log.committed == 3
    assert nt.peers[3].raft.raft_log.committed == 3

    nt.peers[1].raft.skip_bcast_commit(True)

    # A later proposal commits the former one.
    nt.send([proposal])
    nt.send([proposal])
    assert nt.peers[1].raft.raft_log.committed == 5
    assert nt.peers[2].raft.raft_log.committed == 4
    assert nt.peers[3].raft.raft_log.committed == 4

    # When committing a conf change, the leader always broadcasts the commit.
    cc = conf_change(ConfChangeType.RemoveNode, 3)
    cc_entry = Entry(entry_type=EntryType.EntryConfChange, data=cc.encode())
    nt.send([new_message_with_entries(1, 1, MessageType.MsgPropose, [cc_entry])])
    assert nt.peers[1].raft.should_bcast_commit()
    assert nt.peers[2].raft.should_bcast_commit()
    assert nt.peers[3].raft.should_bcast_commit()
    assert nt.peers[1].raft.raft_log.committed == 6
    assert nt.peers[2].raft.raft_log.committed == 6
    assert nt.peers[3].raft.raft_log.committed == 6


def test_set_priority(storage: AnyStorage, logger: Logger) -> None:
    raw_node = new_raw_node(1, [1], 10, 1, storage, logger)

    for priority in [0, 1, 5, 10, 10000]:
        raw_node.set_priority(priority)
        assert raw_node.raft.priority == priority


def test_bounded_uncommitted_entries_growth_with_partition(storage: AnyStorage, logger: Logger) -> None:
    """`max_uncommitted_size` protects the log of a leader without a quorum from unbounded growth."""
    config = Config(id=1, max_uncommitted_size=12)
    raw_node = new_raw_node_with_config([1], config, storage, logger)

    # Wait for the node to be leader.
    raw_node.campaign()
    is_leader = False
    while not is_leader:
        ready = raw_node.ready()
        hs = ready.hs()
        assert hs is not None
        storage.wl().set_hardstate(hs)
        storage.wl().append(ready.entries())
        ss = ready.ss()
        is_leader = ss is not None and ss.leader_id == raw_node.raft.leader_id
        raw_node.advance(ready)

    # The first proposal is accepted.
    raw_node.propose(b"", b"hello world!")

    # The next one is dropped.
    with pytest.raises(ProposalDroppedError, match="raft: proposal dropped"):
        raw_node.propose(b"", b"hello world!")

    # One is accepted again when the previous data has been committed.
    ready = raw_node.ready()
    storage.wl().append(ready.entries())
    raw_node.advance(ready)
    raw_node.propose(b"", b"hello world!")


def new_raw_node_with_async_entries(storage: AnyStorage, logger: Logger) -> RawNode:
    """A node in a cluster of two that sends few entries in one message."""
    config = new_test_config(1, 10, 1)
    config.max_size_per_msg = 2048
    return new_raw_node_with_config([1, 2], config, storage, logger)


def prepare_async_entries(raw_node: RawNode, storage: AnyStorage) -> tuple[list[Entry], list[Message]]:
    """Proposes ten entries of 1000 bytes. The peer acknowledges the first while the log is unavailable.

    Gives the entries and messages of the Ready after the proposals.
    """
    raw_node.raft.become_candidate()
    raw_node.raft.become_leader()

    ready = raw_node.ready()
    storage.wl().append(ready.entries())
    raw_node.advance(ready)

    for _ in range(10):
        raw_node.propose(b"", bytes([1]) * 1000)

    ready = raw_node.ready()
    entries, messages = ready.take_entries(), ready.take_messages()
    storage.wl().append(entries)
    raw_node.advance_append(ready)

    storage.wl().trigger_log_unavailable(True)

    # The peer becomes Replicate, and raft asks the storage for the entries to send.
    append_response = new_message(2, 1, MessageType.MsgAppendResponse)
    append_response.term = 2
    append_response.index = 2
    raw_node.step(append_response)
    return entries, messages


def fetch_entries(raw_node: RawNode, storage: AnyStorage) -> None:
    """Make the log available again, and tell the node so."""
    storage.wl().trigger_log_unavailable(False)
    context = storage.wl().take_get_entries_context()
    assert context is not None, "raft did not ask for entries that may come later"
    raw_node.on_entries_fetched(context)


def test_raw_node_with_async_entries(storage: AnyStorage, logger: Logger) -> None:
    """Entries are handled properly when they are fetched asynchronously."""
    raw_node = new_raw_node_with_async_entries(storage, logger)

    entries, messages = prepare_async_entries(raw_node, storage)
    assert len(entries) == 10
    # The first append has two entries: the empty entry to confirm the election, and the first proposal (only one
    # proposal gets sent because we're in probe state).
    [message] = messages
    assert message.msg_type == MessageType.MsgAppend
    assert len(message.entries) == 2

    # No entries are sent because the entries are temporarily unavailable.
    ready = raw_node.ready()
    storage.wl().append(ready.entries())
    assert ready.messages() == []
    raw_node.advance_append(ready)

    # Entries are sent once `on_entries_fetched` reports them.
    fetch_entries(raw_node, storage)
    ready = raw_node.ready()
    storage.wl().append(ready.entries())
    messages = ready.take_messages()
    assert len(messages) == 5
    assert messages[0].msg_type == MessageType.MsgAppend
    assert len(messages[0].entries) == 2
    raw_node.advance_append(ready)


def test_raw_node_with_async_entries_to_removed_node(storage: AnyStorage, logger: Logger) -> None:
    """Fetching entries asynchronously works when the peer that they are for is removed."""
    raw_node = new_raw_node_with_async_entries(storage, logger)

    entries, messages = prepare_async_entries(raw_node, storage)
    assert len(entries) == 10
    [message] = messages
    assert message.msg_type == MessageType.MsgAppend
    assert len(message.entries) == 2

    raw_node.apply_conf_change_v2(remove_node(2))

    # Entries are not sent because the node is removed.
    fetch_entries(raw_node, storage)
    ready = raw_node.ready()
    assert ready.entries() == []
    assert ready.messages() == []
    raw_node.advance_append(ready)


def test_raw_node_with_async_entries_on_follower(storage: AnyStorage, logger: Logger) -> None:
    """Fetching entries asynchronously works when the leader steps down."""
    raw_node = new_raw_node_with_async_entries(storage, logger)

    entries, messages = prepare_async_entries(raw_node, storage)
    assert len(entries) == 10
    [message] = messages
    assert message.msg_type == MessageType.MsgAppend
    assert len(message.entries) == 2

    # The leader steps down because the peer is not active.
    peer = raw_node.raft.prs().get(2)
    assert peer is not None
    peer.recent_active = False
    raw_node.raft.step(Message(to=1, msg_type=MessageType.MsgCheckQuorum))
    assert raw_node.raft.state != StateRole.Leader

    # Entries are not sent because the leader changed.
    fetch_entries(raw_node, storage)
    ready = raw_node.ready()
    assert ready.entries() == []
    assert ready.messages() == []
    raw_node.advance_append(ready)


def test_raw_node_async_entries_with_leader_change(storage: AnyStorage, logger: Logger) -> None:
    """Fetching entries asynchronously works when the node leads again, in a later term."""
    raw_node = new_raw_node_with_async_entries(storage, logger)

    entries, messages = prepare_async_entries(raw_node, storage)
    assert len(entries) == 10
    [message] = messages
    assert message.msg_type == MessageType.MsgAppend
    assert len(message.entries) == 2

    raw_node.raft.become_follower(raw_node.raft.term + 1, 2)
    raw_node.raft.become_candidate()
    raw_node.raft.become_leader()

    # Entries are not sent because the leadership or the term changed.
    fetch_entries(raw_node, storage)
    ready = raw_node.ready()
    # The no-op entry of the new term.
    assert len(ready.entries()) == 1
    assert ready.messages() == []
    raw_node.advance_append(ready)


def test_raw_node_with_async_apply(storage: AnyStorage, logger: Logger) -> None:
    """However the applied index changes, the index of the next committed entries is the same."""
    storage.wl().apply_snapshot(new_snapshot(1, 1, [1]))
    raw_node = new_raw_node(1, [1], 10, 1, storage, logger)
    raw_node.campaign()
    ready = raw_node.ready()
    # A single node becomes leader.
    ss = ready.ss()
    assert ss is not None
    assert ss.leader_id == raw_node.raft.leader_id
    storage.wl().append(ready.entries())
    raw_node.advance(ready)

    last_index = raw_node.raft.raft_log.last_index()

    for _ in range(9):
        count = random.randint(1, 10)
        for _ in range(count):
            raw_node.propose(b"", b"hello world!")

        ready = raw_node.ready()
        entries = [entry.clone() for entry in ready.entries()]
        assert entries[0].index == last_index + 1
        assert entries[-1].index == last_index + count
        assert ReadyContent.of(ready) == ReadyContent(entries=entries, must_sync=True)
        storage.wl().append(entries)

        light_ready = raw_node.advance_append(ready)
        assert light_ready.committed_entries() == entries
        assert light_ready.commit_index() == last_index + count

        raw_node.advance_apply_to(last_index + 1)
        assert not raw_node.has_ready()

        last_index += count


def test_raw_node_entries_after_snapshot(storage: AnyStorage, logger: Logger) -> None:
    """A follower receives a snapshot, and some committed entries after it."""
    storage.wl().apply_snapshot(new_snapshot(1, 1, [1, 2]))
    raw_node = new_raw_node(1, [1, 2], 10, 1, storage, logger)

    entries = [new_entry(2, index, b"hello") for index in range(2, 20)]
    raw_node.step(
        Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=2, index=1, log_term=1, commit=5, entries=entries)
    )

    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent(
        ss=soft_state(2, StateRole.Follower),
        hs=hard_state(2, 5, 0),
        entries=entries,
        has_persisted_messages=True,
        must_sync=True,
    )
    storage.wl().set_hardstate(hard_state(2, 5, 0))
    storage.wl().append(ready.entries())
    light_ready = raw_node.advance(ready)
    assert light_ready.commit_index() is None
    assert light_ready.committed_entries() == entries[:4]
    assert light_ready.messages() == []

    snapshot = new_snapshot(10, 3, [1, 2])
    raw_node.step(Message(from_=2, to=1, msg_type=MessageType.MsgSnapshot, term=3, snapshot=snapshot))

    entries = [new_entry(3, index, b"hello") for index in range(11, 14)]
    raw_node.step(
        Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=3, index=10, log_term=3, commit=12, entries=entries)
    )

    ready = raw_node.ready()
    # If there is a snapshot, there are no committed entries.
    assert ReadyContent.of(ready) == ReadyContent(
        hs=hard_state(3, 12, 0),
        entries=entries,
        snapshot=snapshot,
        has_persisted_messages=True,
        must_sync=True,
    )
    assert ready.persisted_messages()[0].msg_type == MessageType.MsgAppendResponse
    storage.wl().set_hardstate(hard_state(3, 12, 0))
    storage.wl().apply_snapshot(ready.snapshot())
    storage.wl().append(ready.entries())

    light_ready = raw_node.advance(ready)
    assert light_ready.commit_index() is None
    assert light_ready.committed_entries() == entries[:2]
    assert light_ready.messages() == []


def test_raw_node_overwrite_entries(storage: AnyStorage, logger: Logger) -> None:
    """The committed entries given are persisted ones when a new leader overwrites persisted entries."""
    storage.wl().apply_snapshot(new_snapshot(1, 1, [1, 2, 3]))
    raw_node = new_raw_node(1, [1, 2, 3], 10, 1, storage, logger)

    entries = [new_entry(2, index, b"hello") for index in (2, 3, 4)]
    raw_node.step(
        Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=2, index=1, log_term=1, commit=1, entries=entries)
    )

    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent(
        ss=soft_state(2, StateRole.Follower),
        hs=hard_state(2, 1, 0),
        entries=entries,
        has_persisted_messages=True,
        must_sync=True,
    )
    assert ready.persisted_messages()[0].msg_type == MessageType.MsgAppendResponse
    storage.wl().set_hardstate(hard_state(2, 1, 0))
    storage.wl().append(ready.entries())

    light_ready = raw_node.advance(ready)
    assert light_ready.commit_index() is None
    assert light_ready.committed_entries() == []
    assert light_ready.messages() == []

    entries_2 = [new_entry(3, index, b"hello") for index in (4, 5, 6)]
    raw_node.step(
        Message(from_=3, to=1, msg_type=MessageType.MsgAppend, term=3, index=3, log_term=2, commit=5, entries=entries_2)
    )

    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent(
        ss=soft_state(3, StateRole.Follower),
        hs=hard_state(3, 5, 0),
        entries=entries_2,
        committed_entries=entries[:2],
        has_persisted_messages=True,
        must_sync=True,
    )
    assert ready.persisted_messages()[0].msg_type == MessageType.MsgAppendResponse
    storage.wl().set_hardstate(hard_state(3, 5, 0))
    storage.wl().append(ready.entries())

    light_ready = raw_node.advance(ready)
    assert light_ready.commit_index() is None
    assert light_ready.committed_entries() == entries_2[:2]
    assert light_ready.messages() == []


def test_async_ready_leader(storage: AnyStorage, logger: Logger) -> None:
    """A leader receives append responses, and persists its entries, in any order."""
    storage.wl().apply_snapshot(new_snapshot(1, 1, [1, 2, 3]))
    raw_node = new_raw_node(1, [1, 2, 3], 10, 1, storage, logger)
    raw_node.raft.become_candidate()
    raw_node.raft.become_leader()
    ready = raw_node.ready()
    ss = ready.ss()
    assert ss is not None
    assert ss.leader_id == raw_node.raft.leader_id
    storage.wl().append(ready.entries())
    raw_node.advance(ready)

    assert raw_node.raft.term == 2
    first_index = raw_node.raft.raft_log.last_index()

    # Set the progress of node 2 to Replicate.
    peer = raw_node.raft.prs().get(2)
    assert peer is not None
    peer.matched = 1
    peer.become_replicate()
    for i in range(10):
        for _ in range(10):
            raw_node.propose(b"", b"hello world!")

        ready = raw_node.ready()
        assert ready.number() == i + 2
        entries = [entry.clone() for entry in ready.entries()]
        assert entries[0].index == first_index + i * 10 + 1
        assert entries[-1].index == first_index + i * 10 + 10
        # The messages of a leader can be sent immediately.
        assert ReadyContent.of(ready) == ReadyContent(entries=entries, has_messages=True, must_sync=True)
        for message in ready.take_messages():
            assert message.msg_type == MessageType.MsgAppend

        storage.wl().append(entries)
        raw_node.advance_append_async(ready)

    # The numbers of the unpersisted Readys are 2 to 11.
    raw_node.on_persist_ready(4)
    # There are no new committed entries, because the other nodes have not answered.
    assert not raw_node.has_ready()

    # The indexes of the uncommitted entries are first_index to first_index + 100.
    raw_node.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, term=2, index=first_index + 100))

    # The append response moves the commit index forward.
    ready = raw_node.ready()
    assert ready.hs() == hard_state(2, first_index + 30, 1)
    assert ready.committed_entries()[0].index == first_index
    assert ready.committed_entries()[-1].index == first_index + 30
    assert ready.messages() != []
    storage.wl().set_hardstate(hard_state(2, first_index + 30, 1))
    raw_node.advance_append_async(ready)

    # Persisting a Ready moves the commit index forward.
    raw_node.on_persist_ready(8)
    ready = raw_node.ready()
    assert ready.hs() == hard_state(2, first_index + 70, 1)
    assert ready.committed_entries()[0].index == first_index + 31
    assert ready.committed_entries()[-1].index == first_index + 70
    assert ready.messages() != []
    assert ready.persisted_messages() == []
    storage.wl().set_hardstate(hard_state(2, first_index + 70, 1))

    # Persisting the last Ready moves the commit index forward.
    light_ready = raw_node.advance_append(ready)
    assert light_ready.commit_index() == first_index + 100
    assert light_ready.committed_entries()[0].index == first_index + 71
    assert light_ready.committed_entries()[-1].index == first_index + 100
    assert light_ready.messages() != []

    # Two followers confirm entries that the leader has not persisted yet.
    first_index += 100
    for _ in range(10):
        raw_node.propose(b"", b"hello world!")

    ready = raw_node.ready()
    assert ready.number() == 14
    entries = [entry.clone() for entry in ready.entries()]
    assert entries[0].index == first_index + 1
    assert entries[-1].index == first_index + 10
    # The messages of a leader can be sent immediately.
    assert ReadyContent.of(ready) == ReadyContent(entries=entries, has_messages=True, must_sync=True)
    for message in ready.take_messages():
        assert message.msg_type == MessageType.MsgAppend
    storage.wl().append(entries)
    raw_node.advance_append_async(ready)

    raw_node.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, term=2, index=first_index + 9))
    raw_node.step(Message(from_=3, to=1, msg_type=MessageType.MsgAppendResponse, term=2, index=first_index + 10))

    ready = raw_node.ready()
    # There are append messages, which carry the commit index first_index + 9.
    assert ReadyContent.of(ready) == ReadyContent(hs=hard_state(2, first_index + 9, 1), has_messages=True)
    for message in ready.take_messages():
        assert message.msg_type == MessageType.MsgAppend
        assert message.commit == first_index + 9

    # Its own persisted entries and the append response of peer 3 move the commit index forward.
    light_ready = raw_node.advance_append(ready)
    assert light_ready.commit_index() == first_index + 10
    assert light_ready.committed_entries()[0].index == first_index + 1
    assert light_ready.committed_entries()[-1].index == first_index + 10
    assert light_ready.messages() != []


def test_async_ready_follower(storage: AnyStorage, logger: Logger) -> None:
    """A follower receives entries and a snapshot."""
    storage.wl().apply_snapshot(new_snapshot(1, 1, [1, 2]))
    raw_node = new_raw_node(1, [1, 2], 10, 1, storage, logger)

    first_index = 1
    ready_number = 0
    for round_ in range(3):
        for i in range(10):
            last_index = first_index + i * 3
            entries = [new_entry(2, last_index + n, b"hello") for n in (1, 2, 3)]
            is_after_snapshot = round_ == 0 and i == 0
            raw_node.step(
                Message(
                    from_=2,
                    to=1,
                    msg_type=MessageType.MsgAppend,
                    term=2,
                    index=last_index,
                    log_term=1 if is_after_snapshot else 2,
                    commit=last_index + 3,
                    entries=entries,
                )
            )

            ready = raw_node.ready()
            assert ready.number() == ready_number + i + 1
            assert ready.hs() == hard_state(2, last_index + 3, 0)
            assert ready.entries() == entries
            assert ready.committed_entries() == []
            assert ready.messages() == []
            assert ready.persisted_messages()[0].msg_type == MessageType.MsgAppendResponse

            storage.wl().set_hardstate(hard_state(2, last_index + 3, 0))
            storage.wl().append(ready.entries())
            raw_node.advance_append_async(ready)

        # Ten Readys are unpersisted: persist four of them.
        raw_node.on_persist_ready(ready_number + 4)
        ready = raw_node.ready()
        assert ready.hs() is None
        assert ready.committed_entries()[0].index == first_index + 1
        assert ready.committed_entries()[-1].index == first_index + 3 * 3 + 3
        assert ready.messages() == []
        assert ready.persisted_messages() == []

        light_ready = raw_node.advance_append(ready)
        assert light_ready.commit_index() is None
        assert light_ready.committed_entries()[0].index == first_index + 3 * 3 + 4
        assert light_ready.committed_entries()[-1].index == first_index + 10 * 3
        assert light_ready.messages() == []

        first_index += 10 * 3
        ready_number += 11

    snapshot = new_snapshot(first_index + 5, 2, [1, 2])
    raw_node.step(Message(from_=2, to=1, msg_type=MessageType.MsgSnapshot, term=2, snapshot=snapshot))

    ready = raw_node.ready()
    assert ready.number() == ready_number + 1
    assert ReadyContent.of(ready) == ReadyContent(
        hs=hard_state(2, first_index + 5, 0),
        snapshot=snapshot,
        has_persisted_messages=True,
        must_sync=True,
    )
    storage.wl().set_hardstate(hard_state(2, first_index + 5, 0))
    storage.wl().apply_snapshot(snapshot)
    storage.wl().append(ready.entries())
    raw_node.advance_append_async(ready)

    entries = [new_entry(2, first_index + 5 + i, b"hello") for i in range(1, 10)]
    raw_node.step(
        Message(
            from_=2,
            to=1,
            msg_type=MessageType.MsgAppend,
            term=2,
            index=first_index + 5,
            log_term=2,
            commit=first_index + 5 + 3,
            entries=entries,
        )
    )

    ready = raw_node.ready()
    assert ready.number() == ready_number + 2
    assert ReadyContent.of(ready) == ReadyContent(
        hs=hard_state(2, first_index + 5 + 3, 0),
        entries=entries,
        has_persisted_messages=True,
        must_sync=True,
    )
    storage.wl().set_hardstate(hard_state(2, first_index + 5 + 3, 0))
    storage.wl().append(ready.entries())
    raw_node.advance_append_async(ready)

    raw_node.on_persist_ready(ready_number + 1)
    assert raw_node.raft.raft_log.persisted == first_index + 5
    raw_node.advance_apply_to(first_index + 5)

    raw_node.on_persist_ready(ready_number + 2)

    ready = raw_node.ready()
    assert ReadyContent.of(ready) == ReadyContent(committed_entries=entries[:3])


def test_async_ready_become_leader(storage: AnyStorage, logger: Logger) -> None:
    """A new leader immediately sends all messages recorded before, without persisting."""
    storage.wl().apply_snapshot(new_snapshot(5, 5, [1, 2, 3]))
    raw_node = new_raw_node(1, [1, 2, 3], 10, 1, storage, logger)
    for _ in range(1, raw_node.raft.election_timeout() * 2):
        raw_node.raft.tick_election()

    ready = raw_node.ready()
    assert ready.number() == 1
    assert ReadyContent.of(ready) == ReadyContent(
        ss=soft_state(0, StateRole.Candidate),
        hs=hard_state(6, 5, 1),
        has_persisted_messages=True,
        must_sync=True,
    )
    storage.wl().set_hardstate(hard_state(6, 5, 1))
    for message in ready.persisted_messages():
        assert message.msg_type == MessageType.MsgRequestVote
    raw_node.advance_append(ready)

    # Peer 1 rejects to vote for peer 2.
    raw_node.step(Message(from_=2, to=1, msg_type=MessageType.MsgRequestVote, term=6, log_term=4, index=4))

    ready = raw_node.ready()
    assert ready.number() == 2
    assert ReadyContent.of(ready) == ReadyContent(has_persisted_messages=True)
    assert ready.persisted_messages()[0].msg_type == MessageType.MsgRequestVoteResponse
    raw_node.advance_append_async(ready)

    # Peer 1 rejects to vote for peer 3.
    raw_node.step(Message(from_=3, to=1, msg_type=MessageType.MsgRequestVote, term=6, log_term=4, index=4))

    ready = raw_node.ready()
    assert ready.number() == 3
    assert ReadyContent.of(ready) == ReadyContent(has_persisted_messages=True)
    assert ready.persisted_messages()[0].msg_type == MessageType.MsgRequestVoteResponse
    raw_node.advance_append_async(ready)

    # Peer 1 receives the vote of peer 2.
    raw_node.step(Message(from_=2, to=1, msg_type=MessageType.MsgRequestVoteResponse, term=6, reject=False))

    ready = raw_node.ready()
    assert ready.number() == 4
    assert ReadyContent.of(ready) == ReadyContent(
        ss=soft_state(1, StateRole.Leader),
        entries=[new_entry(6, 6)],
        has_messages=True,
        must_sync=True,
    )
    messages = ready.take_messages()
    assert len(messages) == 2
    for message in messages:
        assert message.msg_type == MessageType.MsgAppend

    storage.wl().append(ready.entries())
    # A storage replaces entries that it is given again.
    storage.wl().append(ready.entries())

    light_ready = raw_node.advance_append(ready)
    assert light_ready.commit_index() is None
    assert light_ready.committed_entries() == []
    assert light_ready.messages() == []


def test_async_ready_multiple_snapshot(storage: AnyStorage, logger: Logger) -> None:
    storage.wl().apply_snapshot(new_snapshot(1, 1, [1, 2]))
    raw_node = new_raw_node(1, [1, 2], 10, 1, storage, logger)

    snapshot = new_snapshot(10, 2, [1, 2])
    raw_node.step(Message(from_=2, to=1, msg_type=MessageType.MsgSnapshot, term=2, snapshot=snapshot))

    entries = [new_entry(2, index, b"hello") for index in range(11, 14)]
    raw_node.step(
        Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=2, index=10, log_term=2, commit=12, entries=entries)
    )

    ready = raw_node.ready()
    assert ready.number() == 1
    # If there is a snapshot, there are no committed entries.
    assert ReadyContent.of(ready) == ReadyContent(
        ss=soft_state(2, StateRole.Follower),
        hs=hard_state(2, 12, 0),
        entries=entries,
        snapshot=snapshot,
        has_persisted_messages=True,
        must_sync=True,
    )
    storage.wl().set_hardstate(hard_state(2, 12, 0))
    storage.wl().apply_snapshot(ready.snapshot())
    storage.wl().append(ready.entries())
    raw_node.advance_append_async(ready)

    snapshot = new_snapshot(20, 1, [1, 2])
    raw_node.step(Message(from_=2, to=1, msg_type=MessageType.MsgSnapshot, term=2, snapshot=snapshot))

    raw_node.on_persist_ready(1)
    assert raw_node.raft.raft_log.persisted == 13
    raw_node.advance_apply_to(10)

    ready = raw_node.ready()
    assert ready.number() == 2
    assert ReadyContent.of(ready) == ReadyContent(
        hs=hard_state(2, 20, 0),
        snapshot=snapshot,
        has_persisted_messages=True,
        must_sync=True,
    )
    storage.wl().set_hardstate(hard_state(2, 20, 0))
    storage.wl().apply_snapshot(ready.snapshot())

    light_ready = raw_node.advance_append(ready)
    assert light_ready.commit_index() is None
    assert light_ready.committed_entries() == []
    assert light_ready.messages() == []

    raw_node.advance_apply_to(20)


def test_committed_entries_pagination(storage: AnyStorage, logger: Logger) -> None:
    raw_node = new_raw_node(1, [1, 2, 3], 10, 1, storage, logger)

    entries = [new_entry(1, index) for index in range(2, 10)]
    raw_node.step(
        Message(from_=3, to=1, msg_type=MessageType.MsgAppend, term=1, index=1, log_term=1, commit=9, entries=entries)
    )

    # Unpersisted entries are not fetched.
    ready = raw_node.ready()
    assert ready.committed_entries() == []
    assert raw_node.has_ready()

    # Persist the entries.
    assert ready.entries() != []
    raw_node.store().wl().append(ready.entries())

    # After the Ready is advanced, there are committed entries. Their size is limited, but there is at least one.
    raw_node.raft.set_max_committed_size_per_ready(0)
    light_ready = raw_node.advance(ready)
    assert len(light_ready.committed_entries()) == 1

    # Fetch a Ready again without a size limit for committed entries.
    assert raw_node.has_ready()
    raw_node.raft.set_max_committed_size_per_ready(NO_LIMIT)
    ready = raw_node.ready()
    assert len(ready.committed_entries()) == 7

    # No more Readys.
    assert not raw_node.has_ready()


class IgnoreSizeHintStorage:
    """A storage that returns all requested entries, regardless of their size."""

    def __init__(self, inner: AnyStorage) -> None:
        self.inner = inner

    def initial_state(self) -> RaftState:
        return self.inner.initial_state()

    def entries(self, low: int, high: int, context: GetEntriesContextRef, _max_size: int | None) -> list[Entry]:
        return self.inner.entries(low, high, context, NO_LIMIT)

    def term(self, idx: int) -> int:
        return self.inner.term(idx)

    def first_index(self) -> int:
        return self.inner.first_index()

    def last_index(self) -> int:
        return self.inner.last_index()

    def snapshot(self, request_index: int, to: int) -> Snapshot:
        return self.inner.snapshot(request_index, to)


def test_committed_entries_pagination_after_restart(storage: AnyStorage, logger: Logger) -> None:
    """Committed entries are given without a hole after a restart.

    - The node learns that index 10 is committed.
    - `next_entries` gives entries 2 to 10 as committed, though index 10 already exceeds the size limit, which raft
      does not notice itself.
    - The commit index gets bumped to 10.
    - The node persists the HardState, but crashes before applying the entries.
    - Upon restart, the storage gives the same entries, but `slice` takes a different code path and removes the last.
    - Raft does not emit a HardState, but when the application calls `advance`, its applied index becomes 10 (when it
      should be 9).
    - The next Ready asks the application to apply index 11, and a write is lost: that of index 10.
    """
    storage.wl().apply_snapshot(new_snapshot(1, 1, [1, 2, 3]))
    entries = [new_entry(1, index, b"test data") for index in range(2, 11)]
    size = sum(entry.compute_size() for entry in entries)
    storage.wl().append(entries)
    storage.wl().mut_hard_state().commit = 10
    storage.wl().append([new_entry(1, 11, b"boom")])

    raw_node = RawNode(new_test_config(1, 10, 1), IgnoreSizeHintStorage(storage), logger)

    # The storage ignores this limit, but `RaftLog.slice` does not.
    raw_node.raft.set_max_committed_size_per_ready(size - 1)

    highest_applied = 1
    while highest_applied != 11:
        ready = raw_node.ready()
        committed_entries = ready.take_committed_entries()
        assert committed_entries[0].index == highest_applied + 1
        highest_applied = committed_entries[-1].index
        raw_node.raft.raft_log.commit_to(11)


@pytest.mark.parametrize(
    ("msg_type", "is_local"),
    [
        (MessageType.MsgHup, True),
        (MessageType.MsgBeat, True),
        (MessageType.MsgUnreachable, True),
        (MessageType.MsgSnapStatus, True),
        (MessageType.MsgCheckQuorum, True),
        (MessageType.MsgPropose, False),
        (MessageType.MsgAppend, False),
        (MessageType.MsgAppendResponse, False),
        (MessageType.MsgRequestVote, False),
        (MessageType.MsgRequestVoteResponse, False),
        (MessageType.MsgSnapshot, False),
        (MessageType.MsgHeartbeat, False),
        (MessageType.MsgHeartbeatResponse, False),
        (MessageType.MsgTransferLeader, False),
        (MessageType.MsgTimeoutNow, False),
        (MessageType.MsgReadIndex, False),
        (MessageType.MsgReadIndexResp, False),
        (MessageType.MsgRequestPreVote, False),
        (MessageType.MsgRequestPreVoteResponse, False),
    ],
    ids=str,
)
def test_is_local_msg(msg_type: MessageType, is_local: bool) -> None:
    assert is_local_msg(msg_type) == is_local
