"""Port of raft-rs harness/tests/integration_cases/test_raft.rs (v0.7.0)."""

import math
from collections.abc import Sequence

import pytest

from rraft import (
    INVALID_ID,
    INVALID_INDEX,
    ConfChange,
    ConfChangeError,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfigInvalidError,
    Entry,
    EntryType,
    GetEntriesContext,
    HardState,
    Logger,
    Message,
    MessageType,
    ProgressState,
    ProposalDroppedError,
    Raft,
    RaftPanicError,
    RaftRef,
    ReadOnlyOption,
    ReadState,
    Snapshot,
    StateRole,
    new_conf_change_single,
    vote_resp_msg_type,
)
from tests.harness import AnyStorage, Interface, Network, NewStorage, initialize
from tests.harness.util import (
    NOP_STEPPER,
    SOME_DATA,
    add_learner,
    add_node,
    commit_noop_entry,
    conf_change,
    conf_change_v2,
    conf_state,
    empty_entry,
    hard_state,
    initialize_if_empty,
    log_of,
    new_entry,
    new_message,
    new_message_with_entries,
    new_snapshot,
    new_test_config,
    new_test_learner_raft,
    new_test_raft,
    new_test_raft_with_config,
    new_test_raft_with_logs,
    new_test_raft_with_prevote,
    next_ents,
    remove_node,
)


def ents_with_config(
    terms: Sequence[int], pre_vote: bool, node_id: int, peers: Sequence[int], storage: AnyStorage, logger: Logger
) -> Interface:
    """A raft with a log of `terms`, in the last of them."""
    storage.wl().append(log_of(*terms))
    peer = new_test_raft_with_prevote(node_id, peers, 5, 1, storage, pre_vote, logger)
    peer.raft.reset(terms[-1])
    return peer


def voted_with_config(
    vote: int, term: int, pre_vote: bool, node_id: int, peers: Sequence[int], storage: AnyStorage, logger: Logger
) -> Interface:
    """A raft without a log: it voted in `term`, but has not received anything since."""
    storage.wl().mut_hard_state().vote = vote
    storage.wl().mut_hard_state().term = term
    peer = new_test_raft_with_prevote(node_id, peers, 5, 1, storage, pre_vote, logger)
    peer.raft.reset(term)
    return peer


def new_trio(
    new_storage: NewStorage, logger: Logger, *, pre_vote: bool = False, check_quorum: bool = False
) -> list[Interface]:
    """The three peers of a cluster."""
    ids = [1, 2, 3]
    peers = [new_test_raft_with_prevote(node_id, ids, 10, 1, new_storage(), pre_vote, logger) for node_id in ids]
    for peer in peers:
        peer.raft.check_quorum = check_quorum
    return peers


def become(raft: RaftRef, state: StateRole, term: int, leader_id: int) -> None:
    """Transitions to `state`; term and leader are those of a follower."""
    if state == StateRole.Follower:
        raft.become_follower(term, leader_id)
    elif state == StateRole.PreCandidate:
        raft.become_pre_candidate()
    elif state == StateRole.Candidate:
        raft.become_candidate()
    else:
        raft.become_leader()


def let_lease_pass(raft: RaftRef) -> None:
    """Lets the election timeout elapse, after which a raft votes again, but does not let it campaign.

    The randomized timeout must be above the election timeout: a random one would make it campaign at times.
    """
    timeout = raft.election_timeout()
    raft.set_randomized_election_timeout(timeout + 1)
    for _ in range(timeout):
        raft.tick()


def read_index(from_: int, to: int, context: bytes) -> Message:
    """A read request with this context."""
    return new_message_with_entries(from_, to, MessageType.MsgReadIndex, [new_entry(0, 0, context)])


def take_read_states(raft: RaftRef) -> list[ReadState]:
    """Takes the read states."""
    read_states = [read_state.clone() for read_state in raft.read_states]
    raft.read_states = []
    return read_states


def rafts(network: Network) -> list[RaftRef]:
    """The rafts of the peers that are not silent."""
    return [peer.raft for peer in network.peers.values() if not peer.is_silent]


def states(network: Network) -> list[StateRole]:
    """The role of each raft."""
    return [raft.state for raft in rafts(network)]


def log_state(raft: RaftRef) -> tuple[int, int, int]:
    """The committed, the applied and the last index."""
    return raft.raft_log.committed, raft.raft_log.applied(), raft.raft_log.last_index()


def log_states(network: Network) -> list[tuple[int, int, int]]:
    """The committed, the applied and the last index of each raft."""
    return [log_state(raft) for raft in rafts(network)]


def committed_indexes(leader: Interface) -> tuple[int, int, int]:
    """The commit indexes of three peers, as far as the leader knows."""
    return (
        leader.progress(1).committed_index,
        leader.progress(2).committed_index,
        leader.progress(3).committed_index,
    )


def test_progress_committed_index(new_storage: NewStorage, logger: Logger) -> None:
    """A leader learns the commit indexes of its peers from their responses."""
    nt = Network([None, None, None], logger, new_storage=new_storage)

    # Set node 1 as leader.
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert nt.peers[1].raft.state == StateRole.Leader
    assert log_states(nt) == [(1, 0, 1), (1, 0, 1), (1, 0, 1)]
    assert committed_indexes(nt.peers[1]) == (1, 1, 1)

    # #1 Append entries between 1 and 2.
    proposal = new_message_with_entries(1, 1, MessageType.MsgPropose, [Entry(data=b"testdata")])
    nt.cut(1, 3)
    nt.send([proposal, proposal])
    nt.recover()
    assert log_states(nt) == [(3, 0, 3), (3, 0, 3), (1, 0, 1)]
    assert committed_indexes(nt.peers[1]) == (3, 3, 1)

    # #2 Heartbeat.
    nt.send([new_message(1, 1, MessageType.MsgBeat)])
    assert log_states(nt) == [(3, 0, 3), (3, 0, 3), (3, 0, 3)]
    assert committed_indexes(nt.peers[1]) == (3, 3, 3)

    # Set node 2 as leader.
    nt.send([new_message(2, 2, MessageType.MsgHup)])
    assert nt.peers[2].raft.state == StateRole.Leader
    assert log_states(nt) == [(4, 0, 4), (4, 0, 4), (4, 0, 4)]
    assert committed_indexes(nt.peers[2]) == (4, 4, 4)

    # #3 A rejection fails to update the committed index.
    nt.isolate(2)
    nt.send([new_message(2, 2, MessageType.MsgPropose, 2)])
    nt.recover()
    nt.dispatch([new_message(2, 2, MessageType.MsgPropose, 1)])

    # To 1 and 3: MsgAppend index: 6 entries: [7] commit: 4
    nt.dispatch(nt.read_messages())
    # From 1 and 3: MsgAppendResponse index: 6 commit: 4 reject: true reject_hint: 4
    nt.dispatch(nt.read_messages())
    # To 1 and 3: MsgAppend index: 4 entries: [5, 6, 7] commit: 4
    appends = nt.read_messages()
    assert committed_indexes(nt.peers[2]) == (4, 4, 4)

    # The log is up to date once the entries are resent.
    nt.send(appends)
    assert committed_indexes(nt.peers[2]) == (7, 7, 7)

    # Set node 1 as leader again.
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert nt.peers[1].raft.state == StateRole.Leader
    assert log_states(nt) == [(8, 0, 8), (8, 0, 8), (8, 0, 8)]
    assert committed_indexes(nt.peers[1]) == (8, 8, 8)

    # #4 A smaller committed index comes, as happens when an append response is delayed.
    nt.dispatch([new_message(1, 1, MessageType.MsgPropose, 1), new_message(1, 1, MessageType.MsgPropose, 1)])
    nt.dispatch(nt.read_messages())
    nt.dispatch(nt.read_messages())
    nt.dispatch(nt.read_messages())
    # From each of 2 and 3: MsgAppendResponse commit: 9, and another one with commit: 10
    responses = nt.read_messages()
    nt.send([responses.pop(1), responses.pop(2)])
    assert committed_indexes(nt.peers[1]) == (10, 10, 10)

    # The late responses leave it.
    nt.send(responses)
    assert committed_indexes(nt.peers[1]) == (10, 10, 10)


def test_progress_leader(storage: AnyStorage, logger: Logger) -> None:
    peer = new_test_raft(1, [1, 2], 5, 1, storage, logger)
    peer.raft.become_candidate()
    peer.raft.become_leader()
    # For the empty entry.
    peer.persist()
    peer.progress(2).become_replicate()

    for i in range(5):
        assert peer.progress(1).state == ProgressState.Replicate
        assert peer.progress(1).matched == i + 1
        assert peer.progress(1).next_idx == i + 2

        peer.step(new_message(1, 1, MessageType.MsgPropose, 1))
        peer.persist()


def test_progress_resume_by_heartbeat_resp(storage: AnyStorage, logger: Logger) -> None:
    """A heartbeat leaves a progress paused, its response resumes it."""
    peer = new_test_raft(1, [1, 2], 5, 1, storage, logger)
    peer.raft.become_candidate()
    peer.raft.become_leader()
    peer.progress(2).paused = True

    peer.step(new_message(1, 1, MessageType.MsgBeat))
    assert peer.progress(2).paused

    peer.progress(2).become_replicate()
    peer.step(new_message(2, 1, MessageType.MsgHeartbeatResponse))
    assert not peer.progress(2).paused


def test_progress_paused(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(1, [1, 2], 5, 1, storage, logger).raft
    raft.become_candidate()
    raft.become_leader()

    proposal = new_message_with_entries(1, 1, MessageType.MsgPropose, [Entry(data=b"some_data")])
    raft.step(proposal)
    raft.step(proposal)
    raft.step(proposal)

    assert len(raft.take_msgs()) == 1


def test_progress_flow_control(storage: AnyStorage, logger: Logger) -> None:
    config = new_test_config(1, 5, 1)
    config.max_inflight_msgs = 3
    config.max_size_per_msg = 2048
    initialize_if_empty(storage, [1, 2])
    peer = new_test_raft_with_config(config, storage, logger)
    peer.raft.become_candidate()
    peer.raft.become_leader()

    # Throw away all the messages relating to the initial election.
    peer.read_messages()

    # While node 2 is in probe state, propose a bunch of entries.
    peer.progress(2).become_probe()
    for _ in range(10):
        peer.step(new_message_with_entries(1, 1, MessageType.MsgPropose, [new_entry(0, 0, b"a" * 1000)]))

    # The first append has two entries: the empty entry to confirm the election, and the first proposal (only one
    # proposal gets sent because we're in probe state).
    [append] = peer.read_messages()
    assert append.msg_type == MessageType.MsgAppend
    assert [len(entry.data) for entry in append.entries] == [0, 1000]

    # When this append is acked, we change to replicate state and can send multiple messages at once.
    response = new_message(2, 1, MessageType.MsgAppendResponse)
    response.index = append.entries[1].index
    peer.step(response)
    appends = peer.read_messages()
    assert [append.msg_type for append in appends] == [MessageType.MsgAppend] * 3
    assert [len(append.entries) for append in appends] == [2, 2, 2]

    # Ack all three of those messages together and get the last two messages (containing three entries).
    response = new_message(2, 1, MessageType.MsgAppendResponse)
    response.index = appends[2].entries[1].index
    peer.step(response)
    appends = peer.read_messages()
    assert [append.msg_type for append in appends] == [MessageType.MsgAppend] * 2
    assert [len(append.entries) for append in appends] == [2, 1]


leader_elections = pytest.mark.parametrize(
    ("peers", "logs", "state", "term"),
    [
        pytest.param([None, None, None], {}, StateRole.Leader, 1, id="3-of-3"),
        pytest.param([None, None, NOP_STEPPER], {}, StateRole.Leader, 1, id="2-of-3"),
        pytest.param([None, NOP_STEPPER, NOP_STEPPER], {}, StateRole.Candidate, 1, id="1-of-3"),
        pytest.param([None, NOP_STEPPER, NOP_STEPPER, None], {}, StateRole.Candidate, 1, id="2-of-4"),
        pytest.param([None, NOP_STEPPER, NOP_STEPPER, None, None], {}, StateRole.Leader, 1, id="3-of-5"),
        # Three logs are further along than the candidate's, but in the same term, so rejections are returned instead
        # of the votes being ignored.
        pytest.param([None] * 5, {2: [1], 3: [1], 4: [1, 1]}, StateRole.Follower, 1, id="behind-3-of-5"),
    ],
)
"""Clusters of `peers`, some with logs of these terms, and the outcome of a campaign of the first peer."""


def campaign_of_first(
    peers: Sequence[Interface | None],
    logs: dict[int, list[int]],
    pre_vote: bool,
    new_storage: NewStorage,
    logger: Logger,
) -> RaftRef:
    """The first raft of a cluster, after it campaigned."""
    config = Network.default_config()
    config.pre_vote = pre_vote
    ids = range(1, len(peers) + 1)
    with_logs = [
        ents_with_config(logs[node_id], pre_vote, node_id, ids, new_storage(), logger) if node_id in logs else peer
        for node_id, peer in zip(ids, peers, strict=True)
    ]
    network = Network(with_logs, logger, config=config, new_storage=new_storage)
    network.send([new_message(1, 1, MessageType.MsgHup)])
    return network.peers[1].raft


@leader_elections
def test_leader_election(
    peers: Sequence[Interface | None],
    logs: dict[int, list[int]],
    state: StateRole,
    term: int,
    new_storage: NewStorage,
    logger: Logger,
) -> None:
    raft = campaign_of_first(peers, logs, False, new_storage, logger)

    assert raft.state == state
    assert raft.term == term


@leader_elections
def test_leader_election_pre_vote(
    peers: Sequence[Interface | None],
    logs: dict[int, list[int]],
    state: StateRole,
    term: int,
    new_storage: NewStorage,
    logger: Logger,
) -> None:
    # An election that fails to complete leaves the node in pre-candidate state without advancing the term.
    if state == StateRole.Candidate:
        state, term = StateRole.PreCandidate, 0

    raft = campaign_of_first(peers, logs, True, new_storage, logger)

    assert raft.state == state
    assert raft.term == term


def states_after_campaigns(pre_vote: bool, new_storage: NewStorage, logger: Logger) -> list[list[StateRole]]:
    """The roles of three nodes after each of them has campaigned in turn."""
    config = Network.default_config()
    config.pre_vote = pre_vote
    network = Network([None, None, None], logger, config=config, new_storage=new_storage)
    after_campaigns = []
    for campaigner_id in [1, 2, 3]:
        network.send([new_message(campaigner_id, campaigner_id, MessageType.MsgHup)])
        after_campaigns.append(states(network))
    return after_campaigns


EACH_LEADS_IN_TURN = [
    [StateRole.Leader, StateRole.Follower, StateRole.Follower],
    [StateRole.Follower, StateRole.Leader, StateRole.Follower],
    [StateRole.Follower, StateRole.Follower, StateRole.Leader],
]


def test_leader_cycle(new_storage: NewStorage, logger: Logger) -> None:
    """Elections work as well when they do not start from a clean state."""
    assert states_after_campaigns(False, new_storage, logger) == EACH_LEADS_IN_TURN


def test_leader_cycle_pre_vote(new_storage: NewStorage, logger: Logger) -> None:
    assert states_after_campaigns(True, new_storage, logger) == EACH_LEADS_IN_TURN


def test_leader_election_overwrite_newer_logs(new_storage: NewStorage, logger: Logger) -> None:
    check_leader_election_overwrite_newer_logs(False, new_storage, logger)


def test_leader_election_overwrite_newer_logs_pre_vote(new_storage: NewStorage, logger: Logger) -> None:
    check_leader_election_overwrite_newer_logs(True, new_storage, logger)


def check_leader_election_overwrite_newer_logs(pre_vote: bool, new_storage: NewStorage, logger: Logger) -> None:
    """A leader without the newest log entries, those of the highest term, overwrites them with ones of a lower term.

    The network represents the results of the following sequence of events:

    - Node 1 won the election in term 1.
    - Node 1 replicated a log entry to node 2 but died before sending it to other nodes.
    - Node 3 won the second election in term 2.
    - Node 3 wrote an entry to its logs but died without sending it to any other nodes.

    At this point, nodes 1, 2, and 3 all have uncommitted entries in their logs and could win an election at term 3.
    The winner's log entry overwrites the loser's.
    """
    peers = [1, 2, 3, 4, 5]
    config = Network.default_config()
    config.pre_vote = pre_vote
    network = Network(
        [
            ents_with_config([1], pre_vote, 1, peers, new_storage(), logger),  # won the first election
            ents_with_config([1], pre_vote, 2, peers, new_storage(), logger),  # got logs from node 1
            ents_with_config([2], pre_vote, 3, peers, new_storage(), logger),  # won the second election
            voted_with_config(3, 2, pre_vote, 4, peers, new_storage(), logger),  # voted but didn't get logs
            voted_with_config(3, 2, pre_vote, 5, peers, new_storage(), logger),  # voted but didn't get logs
        ],
        logger,
        config=config,
    )

    # Node 1 campaigns. The election fails because a quorum of nodes know about the election that already happened at
    # term 2. Node 1's term is pushed ahead to 2.
    network.send([new_message(1, 1, MessageType.MsgHup)])
    assert network.peers[1].raft.state == StateRole.Follower
    assert network.peers[1].raft.term == 2

    # Node 1 campaigns again with a higher term. This time it succeeds.
    network.send([new_message(1, 1, MessageType.MsgHup)])
    assert network.peers[1].raft.state == StateRole.Leader
    assert network.peers[1].raft.term == 3

    # Now all nodes agree on a log entry with term 1 at index 1 (and term 3 at index 2).
    for raft in rafts(network):
        assert [entry.term for entry in raft.raft_log.all_entries()] == [1, 3]


from_any_state = pytest.mark.parametrize(
    "state", [StateRole.Follower, StateRole.Candidate, StateRole.PreCandidate, StateRole.Leader], ids=str
)


def raft_in_state(state: StateRole, storage: AnyStorage, logger: Logger) -> RaftRef:
    """One of three rafts, which has gone over to `state` from term 1."""
    raft = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger).raft
    raft.term = 1
    if state == StateRole.Leader:
        raft.become_candidate()
    become(raft, state, raft.term, 3)
    return raft


def vote_request(msg_type: MessageType, term: int) -> Message:
    """A request for a vote that every raft grants."""
    return Message(from_=2, to=1, msg_type=msg_type, term=term, log_term=term, index=42)


@from_any_state
def test_vote_from_any_state(state: StateRole, storage: AnyStorage, logger: Logger) -> None:
    raft = raft_in_state(state, storage, logger)
    # Setting the state may have advanced the term past its initial value.
    new_term = raft.term + 1

    raft.step(vote_request(MessageType.MsgRequestVote, new_term))

    [response] = raft.msgs
    assert response.msg_type == vote_resp_msg_type(MessageType.MsgRequestVote)
    assert not response.reject
    # This was a real vote: it resets state and term.
    assert raft.state == StateRole.Follower
    assert raft.term == new_term
    assert raft.vote == 2


@from_any_state
def test_prevote_from_any_state(state: StateRole, storage: AnyStorage, logger: Logger) -> None:
    raft = raft_in_state(state, storage, logger)
    orig_term = raft.term

    raft.step(vote_request(MessageType.MsgRequestPreVote, orig_term + 1))

    [response] = raft.msgs
    assert response.msg_type == vote_resp_msg_type(MessageType.MsgRequestPreVote)
    assert not response.reject
    # In a pre-vote, nothing changes.
    assert raft.state == state
    assert raft.term == orig_term
    # A follower or a pre-candidate has not voted yet, a candidate or a leader has voted for itself.
    assert raft.vote == (1 if state in (StateRole.Candidate, StateRole.Leader) else INVALID_ID)


@pytest.mark.parametrize(
    ("messages", "committed"),
    [
        pytest.param([new_message(1, 1, MessageType.MsgPropose, 1)], 2, id="one-leader"),
        pytest.param(
            [
                new_message(1, 1, MessageType.MsgPropose, 1),
                new_message(1, 2, MessageType.MsgHup),
                new_message(1, 2, MessageType.MsgPropose, 1),
            ],
            4,
            id="two-leaders",
        ),
    ],
)
def test_log_replication(messages: Sequence[Message], committed: int, new_storage: NewStorage, logger: Logger) -> None:
    network = Network([None, None, None], logger, new_storage=new_storage)
    network.send([new_message(1, 1, MessageType.MsgHup)])
    for message in messages:
        network.send([message])

    proposed = [message.entries[0].data for message in messages if message.msg_type == MessageType.MsgPropose]
    for peer in network.peers.values():
        assert peer.raft.raft_log.committed == committed
        assert [entry.data for entry in next_ents(peer) if entry.data] == proposed


def test_single_node_commit(new_storage: NewStorage, logger: Logger) -> None:
    tt = Network([None], logger, new_storage=new_storage)
    tt.send([new_message(1, 1, MessageType.MsgHup)])
    tt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    tt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    assert tt.peers[1].raft.raft_log.committed == 3


def new_network_with_uncommitted_entries(new_storage: NewStorage, logger: Logger) -> Network:
    """Five peers: the leader 1 has two entries that it could not replicate to 3, 4 and 5; it still can't."""
    tt = Network([None, None, None, None, None], logger, new_storage=new_storage)
    tt.send([new_message(1, 1, MessageType.MsgHup)])
    tt.cut(1, 3)
    tt.cut(1, 4)
    tt.cut(1, 5)
    tt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    tt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    return tt


def test_cannot_commit_without_new_term_entry(new_storage: NewStorage, logger: Logger) -> None:
    """A new leader can't commit entries of old terms as long as its own first entry gets lost and no other comes."""
    tt = new_network_with_uncommitted_entries(new_storage, logger)
    assert tt.peers[1].raft.raft_log.committed == 1

    # The network recovers, but the first entry of a new leader gets lost.
    tt.recover()
    tt.ignore(MessageType.MsgAppend)

    # Elect 2 as the new leader with term 2.
    tt.send([new_message(2, 2, MessageType.MsgHup)])

    # No log entries from the previous term are committed.
    assert tt.peers[2].raft.raft_log.committed == 1

    tt.recover()
    # Send a heartbeat, to reset wait.
    tt.send([new_message(2, 2, MessageType.MsgBeat)])
    # An appended entry of the current term advances the commit index.
    tt.send([new_message(2, 2, MessageType.MsgPropose, 1)])
    assert tt.peers[2].raft.raft_log.committed == 5


def test_commit_without_new_term_entry(new_storage: NewStorage, logger: Logger) -> None:
    """A new leader commits the entries of old terms even if no proposal comes."""
    tt = new_network_with_uncommitted_entries(new_storage, logger)
    assert tt.peers[1].raft.raft_log.committed == 1

    tt.recover()

    # Elect 2 as the new leader with term 2. After it has appended its first entry, all entries are committed.
    tt.send([new_message(2, 2, MessageType.MsgHup)])
    assert tt.peers[1].raft.raft_log.committed == 4


def test_dueling_candidates(new_storage: NewStorage, logger: Logger) -> None:
    nt = Network(new_trio(new_storage, logger), logger)
    nt.cut(1, 3)

    nt.send([new_message(1, 1, MessageType.MsgHup)])
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    # 1 becomes leader since it receives votes from 1 and 2.
    assert nt.peers[1].raft.state == StateRole.Leader
    # 3 stays as candidate since it receives a vote from 3 and a rejection from 2.
    assert nt.peers[3].raft.state == StateRole.Candidate

    nt.recover()

    # Candidate 3 now increases its term and tries to vote again. It disrupts the leader 1 since it has a higher term,
    # and becomes a follower again, since both 1 and 2 reject its vote request, as its log is not long enough.
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    assert [(raft.state, raft.term, log_state(raft)) for raft in rafts(nt)] == [
        (StateRole.Follower, 2, (1, 0, 1)),
        (StateRole.Follower, 2, (1, 0, 1)),
        (StateRole.Follower, 2, (0, 0, 0)),
    ]


def test_dueling_pre_candidates(new_storage: NewStorage, logger: Logger) -> None:
    nt = Network(new_trio(new_storage, logger, pre_vote=True), logger)
    nt.cut(1, 3)

    nt.send([new_message(1, 1, MessageType.MsgHup)])
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    # 1 becomes leader since it receives votes from 1 and 2.
    assert nt.peers[1].raft.state == StateRole.Leader
    # 3 campaigns, then reverts to follower when its pre-vote is rejected.
    assert nt.peers[3].raft.state == StateRole.Follower

    nt.recover()

    # 3 campaigns again. With pre-vote, it does not disrupt the leader.
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    assert [(raft.state, raft.term, log_state(raft)) for raft in rafts(nt)] == [
        (StateRole.Leader, 1, (1, 0, 1)),
        (StateRole.Follower, 1, (1, 0, 1)),
        (StateRole.Follower, 1, (0, 0, 0)),
    ]


def test_candidate_concede(new_storage: NewStorage, logger: Logger) -> None:
    tt = Network([None, None, None], logger, new_storage=new_storage)
    tt.isolate(1)

    tt.send([new_message(1, 1, MessageType.MsgHup)])
    tt.send([new_message(3, 3, MessageType.MsgHup)])

    # Heal the partition.
    tt.recover()
    # Send a heartbeat, to reset wait.
    tt.send([new_message(3, 3, MessageType.MsgBeat)])

    # Send a proposal to 3 to flush out a MsgAppend to 1.
    tt.send([new_message_with_entries(3, 3, MessageType.MsgPropose, [new_entry(0, 0, b"force follower")])])
    # Send a heartbeat, to flush out the commit.
    tt.send([new_message(3, 3, MessageType.MsgBeat)])

    assert tt.peers[1].raft.state == StateRole.Follower
    assert tt.peers[1].raft.term == 1
    assert log_states(tt) == [(2, 0, 2), (2, 0, 2), (2, 0, 2)]


def test_single_node_candidate(new_storage: NewStorage, logger: Logger) -> None:
    tt = Network([None], logger, new_storage=new_storage)
    tt.send([new_message(1, 1, MessageType.MsgHup)])

    assert tt.peers[1].raft.state == StateRole.Leader


def test_sinle_node_pre_candidate(new_storage: NewStorage, logger: Logger) -> None:
    config = Network.default_config()
    config.pre_vote = True
    tt = Network([None], logger, config=config, new_storage=new_storage)
    tt.send([new_message(1, 1, MessageType.MsgHup)])

    assert tt.peers[1].raft.state == StateRole.Leader


def test_old_messages(new_storage: NewStorage, logger: Logger) -> None:
    tt = Network([None, None, None], logger, new_storage=new_storage)
    # Make 1 leader at term 3.
    tt.send([new_message(1, 1, MessageType.MsgHup)])
    tt.send([new_message(2, 2, MessageType.MsgHup)])
    tt.send([new_message(1, 1, MessageType.MsgHup)])

    # Pretend we're an old leader trying to make progress; this entry is ignored.
    tt.send([Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=2, entries=[empty_entry(2, 3)])])
    # Commit a new entry.
    tt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

    assert log_states(tt) == [(4, 0, 4), (4, 0, 4), (4, 0, 4)]


@pytest.mark.parametrize(
    ("peers", "success"),
    [
        pytest.param([None, None, None], True, id="3-of-3"),
        pytest.param([None, None, NOP_STEPPER], True, id="2-of-3"),
        pytest.param([None, NOP_STEPPER, NOP_STEPPER], False, id="1-of-3"),
        pytest.param([None, NOP_STEPPER, NOP_STEPPER, None], False, id="2-of-4"),
        pytest.param([None, NOP_STEPPER, NOP_STEPPER, None, None], True, id="3-of-5"),
    ],
)
def test_proposal(peers: Sequence[Interface | None], success: bool, new_storage: NewStorage, logger: Logger) -> None:
    nw = Network(peers, logger, new_storage=new_storage)

    # Promote 1 to leader.
    nw.send([new_message(1, 1, MessageType.MsgHup)])
    nw.send([new_message(1, 1, MessageType.MsgPropose, 1)])

    assert set(log_states(nw)) == {(2, 0, 2) if success else (0, 0, 0)}
    assert nw.peers[1].raft.term == 1


@pytest.mark.parametrize(
    "peers",
    [pytest.param([None, None, None], id="3-of-3"), pytest.param([None, None, NOP_STEPPER], id="2-of-3")],
)
def test_proposal_by_proxy(peers: Sequence[Interface | None], new_storage: NewStorage, logger: Logger) -> None:
    tt = Network(peers, logger, new_storage=new_storage)
    # Promote 1 to leader.
    tt.send([new_message(1, 1, MessageType.MsgHup)])

    # Propose via a follower.
    tt.send([new_message(2, 2, MessageType.MsgPropose, 1)])

    assert set(log_states(tt)) == {(2, 0, 2)}
    assert tt.peers[1].raft.term == 1


@pytest.mark.parametrize(
    ("matches", "log_terms", "term", "committed"),
    [
        # single
        ([1], [1], 1, 1),
        ([1], [1], 2, 0),
        ([2], [1, 2], 2, 2),
        ([1], [2], 2, 1),
        # odd
        ([2, 1, 1], [1, 2], 1, 1),
        ([2, 1, 1], [1, 1], 2, 0),
        ([2, 1, 2], [1, 2], 2, 2),
        ([2, 1, 2], [1, 1], 2, 0),
        # even
        ([2, 1, 1, 1], [1, 2], 1, 1),
        ([2, 1, 1, 1], [1, 1], 2, 0),
        ([2, 1, 1, 2], [1, 2], 1, 1),
        ([2, 1, 1, 2], [1, 1], 2, 0),
        ([2, 1, 2, 2], [1, 2], 2, 2),
        ([2, 1, 2, 2], [1, 1], 2, 0),
    ],
    ids=str,
)
def test_commit(
    matches: list[int], log_terms: list[int], term: int, committed: int, storage: AnyStorage, logger: Logger
) -> None:
    initialize_if_empty(storage, [1])
    storage.wl().append(log_of(*log_terms))
    storage.wl().set_hardstate(HardState(term=term))
    peer = new_test_raft_with_config(new_test_config(1, 5, 1), storage, logger)

    for node_id, matched in enumerate(matches, start=1):
        # The raft itself is a member already, and matches its own log.
        if node_id not in peer.raft.prs():
            peer.raft.apply_conf_change(add_node(node_id))
            peer.progress(node_id).matched = matched
            peer.progress(node_id).next_idx = matched + 1
    peer.raft.maybe_commit()

    assert peer.raft.raft_log.committed == committed


@pytest.mark.parametrize(
    ("elapse", "probability", "is_rounded"),
    [(5, 0.0, False), (10, 0.1, True), (13, 0.4, True), (15, 0.6, True), (18, 0.9, True), (20, 1.0, False)],
)
def test_pass_election_timeout(
    elapse: int, probability: float, is_rounded: bool, storage: AnyStorage, logger: Logger
) -> None:
    raft = new_test_raft(1, [1], 10, 1, storage, logger).raft
    raft.election_elapsed = elapse

    passes = 0
    for _ in range(10_000):
        raft.reset_randomized_election_timeout()
        passes += raft.pass_election_timeout()
    got = passes / 10_000
    if is_rounded:
        got = math.floor(got * 10 + 0.5) / 10

    assert got == pytest.approx(probability, abs=0.000_001)


def append(term: int, log_term: int, index: int, commit: int, *entries: tuple[int, int]) -> Message:
    """A `MsgAppend` with empty entries of these indexes and terms."""
    return Message(
        msg_type=MessageType.MsgAppend,
        term=term,
        log_term=log_term,
        index=index,
        commit=commit,
        entries=[empty_entry(entry_term, entry_index) for entry_index, entry_term in entries],
    )


@pytest.mark.parametrize(
    ("message", "last_index", "committed", "reject"),
    [
        # 1. Reply false if the log doesn't contain an entry at the previous index whose term matches.
        pytest.param(append(2, 3, 2, 3), 2, 0, True, id="previous-mismatch"),
        pytest.param(append(2, 3, 3, 3), 2, 0, True, id="previous-missing"),
        # 2. If an existing entry conflicts with a new one (same index but different terms), delete the existing entry
        #    and all that follow it; append any new entries not already in the log.
        pytest.param(append(2, 1, 1, 1), 2, 1, False, id="nothing-new"),
        pytest.param(append(2, 0, 0, 1, (1, 2)), 1, 1, False, id="conflict-at-first"),
        pytest.param(append(2, 2, 2, 3, (3, 2), (4, 2)), 4, 3, False, id="two-new"),
        pytest.param(append(2, 2, 2, 4, (3, 2)), 3, 3, False, id="one-new"),
        pytest.param(append(2, 1, 1, 4, (2, 2)), 2, 2, False, id="already-there"),
        # 3. If the leader's commit index is above the follower's, that rises to the leader's or to the index of the
        #    last new entry, whichever is lower.
        pytest.param(append(1, 1, 1, 3), 2, 1, False, id="commit-matched-1"),
        pytest.param(append(1, 1, 1, 3, (2, 2)), 2, 2, False, id="commit-new-2"),
        pytest.param(append(2, 2, 2, 3), 2, 2, False, id="commit-matched-2"),
        pytest.param(append(2, 2, 2, 4), 2, 2, False, id="commit-last"),
    ],
)
def test_handle_msg_append(
    message: Message, last_index: int, committed: int, reject: bool, storage: AnyStorage, logger: Logger
) -> None:
    raft = new_test_raft_with_logs(1, [1], 10, 1, storage, log_of(1, 2), logger).raft
    raft.become_follower(2, INVALID_ID)

    raft.handle_append_entries(message)

    assert raft.raft_log.last_index() == last_index
    assert raft.raft_log.committed == committed
    [response] = raft.take_msgs()
    assert response.reject == reject


@pytest.mark.parametrize(
    ("leader_commit", "committed"), [pytest.param(3, 3, id="higher"), pytest.param(1, 2, id="never-decreases")]
)
def test_handle_heartbeat(leader_commit: int, committed: int, storage: AnyStorage, logger: Logger) -> None:
    """A follower commits to the commit index in the message."""
    initialize_if_empty(storage, [1, 2])
    storage.wl().append(log_of(1, 2, 3))
    raft = new_test_raft_with_config(new_test_config(1, 5, 1), storage, logger).raft
    raft.become_follower(2, 2)
    raft.raft_log.commit_to(2)

    raft.handle_heartbeat(Message(from_=2, to=1, msg_type=MessageType.MsgHeartbeat, term=2, commit=leader_commit))

    assert raft.raft_log.committed == committed
    [response] = raft.take_msgs()
    assert response.msg_type == MessageType.MsgHeartbeatResponse


def test_handle_heartbeat_resp(storage: AnyStorage, logger: Logger) -> None:
    """Log entries are re-sent when a heartbeat response comes."""
    storage.wl().append(log_of(1, 2, 3))
    raft = new_test_raft(1, [1, 2], 5, 1, storage, logger).raft
    raft.become_candidate()
    raft.become_leader()
    raft.raft_log.commit_to(raft.raft_log.last_index())
    heartbeat_response = new_message(2, 0, MessageType.MsgHeartbeatResponse)

    # A heartbeat response comes from a node that is behind: re-send MsgAppend.
    raft.step(heartbeat_response)
    [message] = raft.take_msgs()
    assert message.msg_type == MessageType.MsgAppend

    # A second heartbeat response generates another MsgAppend.
    raft.step(heartbeat_response)
    [message] = raft.take_msgs()
    assert message.msg_type == MessageType.MsgAppend

    # Once we have a MsgAppendResponse, heartbeats no longer send MsgAppend.
    append_response = new_message(2, 0, MessageType.MsgAppendResponse)
    append_response.index = message.index + len(message.entries)
    raft.step(append_response)
    # Consume the message sent in response to it.
    raft.take_msgs()

    raft.step(heartbeat_response)
    assert raft.take_msgs() == []


def test_raft_frees_read_only_mem(storage: AnyStorage, logger: Logger) -> None:
    """A read request is freed from the queue and from the map of those that wait, once it has been answered.

    Related issue: https://github.com/coreos/etcd/issues/7571
    """
    raft = new_test_raft(1, [1, 2], 5, 1, storage, logger).raft
    raft.become_candidate()
    raft.become_leader()
    raft.raft_log.commit_to(raft.raft_log.last_index())
    request = read_index(2, 1, b"ctx")

    # The leader starts a linearizable read request: raft dissertation 6.4, step 2.
    raft.step(request)
    [message] = raft.take_msgs()
    assert message.msg_type == MessageType.MsgHeartbeat
    assert message.context == b"ctx"
    assert raft.read_only.read_index_queue == [b"ctx"]
    assert list(raft.read_only.pending_read_index) == [b"ctx"]

    # Heartbeat responses from a majority of followers (1 in this case) acknowledge the authority of the leader: raft
    # dissertation 6.4, step 3.
    response = new_message(2, 1, MessageType.MsgHeartbeatResponse)
    response.context = b"ctx"
    raft.step(response)
    assert raft.read_only.read_index_queue == []
    assert raft.read_only.pending_read_index == {}


def test_msg_append_response_wait_reset(storage: AnyStorage, logger: Logger) -> None:
    """A MsgAppendResponse lets a peer leave the wait state."""
    peer = new_test_raft(1, [1, 2, 3], 5, 1, storage, logger)
    raft = peer.raft
    raft.become_candidate()
    raft.become_leader()
    # For the empty entry.
    peer.persist()
    # The new leader has just emitted an entry of its term; consume those messages from the outgoing queue.
    raft.bcast_append()
    raft.take_msgs()

    # Node 2 acks the first entry, making it committed.
    raft.step(Message(from_=2, msg_type=MessageType.MsgAppendResponse, index=1))
    assert raft.raft_log.committed == 1
    # Also consume the messages that update the commit index of the followers.
    raft.take_msgs()

    # A new command is now proposed on node 1.
    raft.step(new_message_with_entries(1, 0, MessageType.MsgPropose, [empty_entry(0, 0)]))
    peer.persist()

    # The command is broadcast to all nodes not in the wait state. Node 2 left the wait state due to its
    # MsgAppendResponse, but node 3 is still waiting.
    [message] = raft.take_msgs()
    assert message.msg_type == MessageType.MsgAppend
    assert message.to == 2
    assert [entry.index for entry in message.entries] == [2]

    # Now node 3 acks the first entry. This releases the wait and entry 2 is sent.
    raft.step(Message(from_=3, msg_type=MessageType.MsgAppendResponse, index=1))
    [message] = raft.take_msgs()
    assert message.msg_type == MessageType.MsgAppend
    assert message.to == 3
    assert [entry.index for entry in message.entries] == [2]


@pytest.mark.parametrize(
    ("state", "index", "log_term", "vote_for", "reject"),
    [
        (StateRole.Follower, 0, 0, INVALID_ID, True),
        (StateRole.Follower, 0, 1, INVALID_ID, True),
        (StateRole.Follower, 0, 2, INVALID_ID, True),
        (StateRole.Follower, 0, 3, INVALID_ID, False),
        (StateRole.Follower, 1, 0, INVALID_ID, True),
        (StateRole.Follower, 1, 1, INVALID_ID, True),
        (StateRole.Follower, 1, 2, INVALID_ID, True),
        (StateRole.Follower, 1, 3, INVALID_ID, False),
        (StateRole.Follower, 2, 0, INVALID_ID, True),
        (StateRole.Follower, 2, 1, INVALID_ID, True),
        (StateRole.Follower, 2, 2, INVALID_ID, False),
        (StateRole.Follower, 2, 3, INVALID_ID, False),
        (StateRole.Follower, 3, 0, INVALID_ID, True),
        (StateRole.Follower, 3, 1, INVALID_ID, True),
        (StateRole.Follower, 3, 2, INVALID_ID, False),
        (StateRole.Follower, 3, 3, INVALID_ID, False),
        (StateRole.Follower, 3, 2, 2, False),
        (StateRole.Follower, 3, 2, 1, True),
        (StateRole.Leader, 3, 3, 1, True),
        (StateRole.PreCandidate, 3, 3, 1, True),
        (StateRole.Candidate, 3, 3, 1, True),
    ],
    ids=str,
)
def test_recv_msg_request_vote(
    state: StateRole,
    index: int,
    log_term: int,
    vote_for: int,
    reject: bool,
    storage: AnyStorage,
    logger: Logger,
) -> None:
    initialize_if_empty(storage, [1])
    storage.wl().append(log_of(2, 2))
    raft = new_test_raft(1, [1], 10, 1, storage, logger).raft
    raft.state = state
    raft.vote = vote_for
    # The campaigning node may have another log than the recipient, which may have given out its vote already. What a
    # message of another term does is not tested here, so both terms are the same, and not below that of either log.
    term = max(raft.raft_log.last_term(), log_term)
    raft.term = term

    raft.step(Message(from_=2, msg_type=MessageType.MsgRequestVote, term=term, index=index, log_term=log_term))

    [response] = raft.take_msgs()
    assert response.msg_type == vote_resp_msg_type(MessageType.MsgRequestVote)
    assert response.reject == reject


@pytest.mark.parametrize(
    ("from_", "to", "is_allowed", "term", "leader_id"),
    [
        (StateRole.Follower, StateRole.Follower, True, 1, INVALID_ID),
        (StateRole.Follower, StateRole.PreCandidate, True, 0, INVALID_ID),
        (StateRole.Follower, StateRole.Candidate, True, 1, INVALID_ID),
        (StateRole.Follower, StateRole.Leader, False, 0, INVALID_ID),
        (StateRole.PreCandidate, StateRole.Follower, True, 0, INVALID_ID),
        (StateRole.PreCandidate, StateRole.PreCandidate, True, 0, INVALID_ID),
        (StateRole.PreCandidate, StateRole.Candidate, True, 1, INVALID_ID),
        (StateRole.PreCandidate, StateRole.Leader, True, 0, 1),
        (StateRole.Candidate, StateRole.Follower, True, 0, INVALID_ID),
        (StateRole.Candidate, StateRole.PreCandidate, True, 0, INVALID_ID),
        (StateRole.Candidate, StateRole.Candidate, True, 1, INVALID_ID),
        (StateRole.Candidate, StateRole.Leader, True, 0, 1),
        (StateRole.Leader, StateRole.Follower, True, 1, INVALID_ID),
        (StateRole.Leader, StateRole.PreCandidate, False, 0, INVALID_ID),
        (StateRole.Leader, StateRole.Candidate, False, 1, INVALID_ID),
        (StateRole.Leader, StateRole.Leader, True, 0, 1),
    ],
    ids=str,
)
def test_state_transition(
    from_: StateRole,
    to: StateRole,
    is_allowed: bool,
    term: int,
    leader_id: int,
    storage: AnyStorage,
    logger: Logger,
) -> None:
    raft = new_test_raft(1, [1], 10, 1, storage, logger).raft
    raft.state = from_

    if not is_allowed:
        with pytest.raises(RaftPanicError, match="invalid transition"):
            become(raft, to, term, leader_id)
        return
    become(raft, to, term, leader_id)

    assert raft.term == term
    assert raft.leader_id == leader_id


@pytest.mark.parametrize(
    ("state", "last_index", "entry_count"),
    [
        (StateRole.Follower, 0, 0),
        (StateRole.PreCandidate, 0, 0),
        (StateRole.Candidate, 0, 0),
        (StateRole.Leader, 1, 1),
    ],
    ids=str,
)
def test_all_server_stepdown(
    state: StateRole, last_index: int, entry_count: int, storage: AnyStorage, logger: Logger
) -> None:
    raft = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger).raft
    if state == StateRole.Leader:
        raft.become_candidate()
    become(raft, state, 1, INVALID_ID)

    for msg_type, leader_id in [(MessageType.MsgRequestVote, INVALID_ID), (MessageType.MsgAppend, 2)]:
        raft.step(Message(from_=2, msg_type=msg_type, term=3, log_term=3))

        assert raft.state == StateRole.Follower
        assert raft.term == 3
        assert raft.raft_log.last_index() == last_index
        assert len(raft.raft_log.all_entries()) == entry_count
        assert raft.leader_id == leader_id


def test_candidate_reset_term_msg_heartbeat(new_storage: NewStorage, logger: Logger) -> None:
    check_candidate_reset_term(MessageType.MsgHeartbeat, new_storage, logger)


def test_candidate_reset_term_msg_append(new_storage: NewStorage, logger: Logger) -> None:
    check_candidate_reset_term(MessageType.MsgAppend, new_storage, logger)


def check_candidate_reset_term(msg_type: MessageType, new_storage: NewStorage, logger: Logger) -> None:
    """A candidate that receives a message from the leader takes over the leader's term, and follows it again."""
    nt = Network(new_trio(new_storage, logger), logger)

    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert states(nt) == [StateRole.Leader, StateRole.Follower, StateRole.Follower]

    # Isolate 3 and increase the term in the rest.
    nt.isolate(3)
    nt.send([new_message(2, 2, MessageType.MsgHup)])
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert states(nt) == [StateRole.Leader, StateRole.Follower, StateRole.Follower]

    # Trigger a campaign in the isolated 3.
    nt.peers[3].raft.reset_randomized_election_timeout()
    for _ in range(nt.peers[3].raft.randomized_election_timeout()):
        nt.peers[3].raft.tick()
    assert nt.peers[3].raft.state == StateRole.Candidate

    nt.recover()

    # The leader sends to the isolated candidate, which reverts to follower.
    message = new_message(1, 3, msg_type)
    message.term = nt.peers[1].raft.term
    nt.send([message])
    assert nt.peers[3].raft.state == StateRole.Follower
    assert nt.peers[3].raft.term == nt.peers[1].raft.term


def test_leader_stepdown_when_quorum_active(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(1, [1, 2, 3], 5, 1, storage, logger).raft
    raft.check_quorum = True
    raft.become_candidate()
    raft.become_leader()

    for _ in range(raft.election_timeout() + 1):
        raft.step(Message(from_=2, msg_type=MessageType.MsgHeartbeatResponse, term=raft.term))
        raft.tick()

    assert raft.state == StateRole.Leader


def test_leader_stepdown_when_quorum_lost(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(1, [1, 2, 3], 5, 1, storage, logger).raft
    raft.check_quorum = True
    raft.become_candidate()
    raft.become_leader()

    for _ in range(raft.election_timeout() + 1):
        raft.tick()

    assert raft.state == StateRole.Follower


def test_leader_superseding_with_check_quorum(new_storage: NewStorage, logger: Logger) -> None:
    nt = Network(new_trio(new_storage, logger, check_quorum=True), logger)
    # Prevent 2 from campaigning.
    let_lease_pass(nt.peers[2].raft)
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    assert nt.peers[1].raft.state == StateRole.Leader
    assert nt.peers[3].raft.state == StateRole.Follower

    nt.send([new_message(3, 3, MessageType.MsgHup)])

    # 2 rejects its vote since its election timeout has not elapsed.
    assert nt.peers[3].raft.state == StateRole.Candidate

    # Let it elapse.
    for _ in range(nt.peers[2].raft.election_timeout()):
        nt.peers[2].raft.tick()
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    assert nt.peers[3].raft.state == StateRole.Leader


def test_leader_election_with_check_quorum(new_storage: NewStorage, logger: Logger) -> None:
    nt = Network(new_trio(new_storage, logger, check_quorum=True), logger)
    first, second = nt.peers[1].raft, nt.peers[2].raft

    # The randomized election timeouts must not be left to chance: they have to be above the election timeout.
    first.set_randomized_election_timeout(first.election_timeout() + 1)
    second.set_randomized_election_timeout(second.election_timeout() + 2)

    # Immediately after creation, votes are cast regardless of the election timeout.
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert nt.peers[1].raft.state == StateRole.Leader
    assert nt.peers[3].raft.state == StateRole.Follower

    # Set them again, because the changes of state have drawn new ones, which may be as low as the election timeout.
    first.set_randomized_election_timeout(first.election_timeout() + 1)
    second.set_randomized_election_timeout(second.election_timeout() + 2)

    for _ in range(first.election_timeout()):
        first.tick()
    for _ in range(second.election_timeout()):
        second.tick()
    nt.send([new_message(3, 3, MessageType.MsgHup)])
    assert nt.peers[1].raft.state == StateRole.Follower
    assert nt.peers[3].raft.state == StateRole.Leader


def test_free_stuck_candidate_with_check_quorum(new_storage: NewStorage, logger: Logger) -> None:
    """A candidate with a higher term can disrupt the leader even if that still "officially" holds the lease.

    The leader steps down and adopts the candidate's term.
    """
    nt = Network(new_trio(new_storage, logger, check_quorum=True), logger)
    let_lease_pass(nt.peers[2].raft)
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    nt.isolate(1)
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    assert nt.peers[2].raft.state == StateRole.Follower
    assert nt.peers[3].raft.state == StateRole.Candidate
    assert nt.peers[3].raft.term == nt.peers[2].raft.term + 1

    # Vote again for safety.
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    assert nt.peers[2].raft.state == StateRole.Follower
    assert nt.peers[3].raft.state == StateRole.Candidate
    assert nt.peers[3].raft.term == nt.peers[2].raft.term + 2

    nt.recover()
    nt.send([Message(from_=1, to=3, msg_type=MessageType.MsgHeartbeat, term=nt.peers[1].raft.term)])

    # The leader is disrupted so that the stuck peer is freed.
    assert nt.peers[1].raft.state == StateRole.Follower
    assert nt.peers[3].raft.term == nt.peers[1].raft.term

    # Vote again: it becomes leader this time.
    nt.send([new_message(3, 3, MessageType.MsgHup)])
    assert nt.peers[3].raft.state == StateRole.Leader


def test_non_promotable_voter_with_check_quorum(new_storage: NewStorage, logger: Logger) -> None:
    """A non-member follows a new leader, and never campaigns."""
    a = new_test_raft(1, [1, 2], 10, 1, new_storage(), logger)
    b = new_test_raft(2, [1], 10, 1, new_storage(), logger)
    a.raft.check_quorum = True
    b.raft.check_quorum = True
    nt = Network([a, b], logger)
    b.raft.apply_conf_change(remove_node(2))
    assert not nt.peers[2].raft.promotable()

    let_lease_pass(nt.peers[2].raft)
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    assert nt.peers[1].raft.state == StateRole.Leader
    assert nt.peers[2].raft.state == StateRole.Follower
    assert nt.peers[2].raft.leader_id == 1


def test_disruptive_follower(new_storage: NewStorage, logger: Logger) -> None:
    """A follower, slow to hear from the leader, becomes a candidate with an increased term.

    The candidate's response to a late heartbeat of the leader forces the leader to step down.
    """
    peers = new_trio(new_storage, logger, check_quorum=True)
    for peer in peers:
        peer.raft.become_follower(1, INVALID_ID)
    nt = Network(peers, logger)
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert states(nt) == [StateRole.Leader, StateRole.Follower, StateRole.Follower]

    # The messages of the leader are delayed while ticks elapse. Before the last tick, 3 could receive one and start
    # to wait again; the last tick triggers a campaign.
    n3 = nt.peers[3].raft
    n3.set_randomized_election_timeout(n3.election_timeout() + 2)
    for _ in range(n3.randomized_election_timeout() - 1):
        n3.tick()
    n3.tick()

    # 1 is still leader, while its heartbeat to candidate 3 is being delayed.
    assert states(nt) == [StateRole.Leader, StateRole.Follower, StateRole.Candidate]
    assert [raft.term for raft in rafts(nt)] == [2, 2, 3]

    # While outgoing vote requests are still queued in 3, a heartbeat finally arrives. It was sent with a lower term
    # than the candidate's.
    nt.send([Message(from_=1, to=3, msg_type=MessageType.MsgHeartbeat, term=nt.peers[1].raft.term)])

    # The candidate responds with a higher term, and the leader steps down, so that the candidate can be freed with the
    # following election.
    assert states(nt) == [StateRole.Follower, StateRole.Follower, StateRole.Candidate]
    assert [raft.term for raft in rafts(nt)] == [3, 2, 3]


def test_disruptive_follower_pre_vote(new_storage: NewStorage, logger: Logger) -> None:
    """An isolated follower becomes a pre-candidate with a shorter log than the leader's.

    The pre-vote keeps it from forcing the leader to step down.
    """
    peers = new_trio(new_storage, logger, pre_vote=True, check_quorum=True)
    for peer in peers:
        peer.raft.become_follower(1, INVALID_ID)
    nt = Network(peers, logger)
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert states(nt) == [StateRole.Leader, StateRole.Follower, StateRole.Follower]

    nt.isolate(3)
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

    nt.recover()
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    assert states(nt) == [StateRole.Leader, StateRole.Follower, StateRole.PreCandidate]
    assert [raft.term for raft in rafts(nt)] == [2, 2, 2]

    # A delayed heartbeat does not force the leader to step down.
    nt.send([Message(from_=1, to=3, msg_type=MessageType.MsgHeartbeat, term=nt.peers[1].raft.term)])
    assert nt.peers[1].raft.state == StateRole.Leader


def test_read_only_option_safe(new_storage: NewStorage, logger: Logger) -> None:
    nt = Network(new_trio(new_storage, logger), logger)
    let_lease_pass(nt.peers[2].raft)
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert nt.peers[1].raft.state == StateRole.Leader

    for node_id, proposals, index, contexts, is_pending in [
        (1, 10, 11, [b"ctx1", b"ctx11"], False),
        (2, 10, 21, [b"ctx2", b"ctx22"], False),
        (3, 10, 31, [b"ctx3", b"ctx33"], False),
        (1, 10, 41, [b"ctx4", b"ctx44"], True),
        (2, 10, 51, [b"ctx5", b"ctx55"], True),
        (3, 10, 61, [b"ctx6", b"ctx66"], True),
    ]:
        for _ in range(proposals):
            nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
        first, second = (read_index(node_id, node_id, context) for context in contexts)

        if is_pending:
            # Without responses no read request gets through the quorum check, and all remain in the queue.
            nt.ignore(MessageType.MsgHeartbeatResponse)
        nt.send([first, first, second])
        if is_pending:
            nt.recover()
            # A request with the last context makes the leader handle the pending ones.
            nt.send([second])

        assert take_read_states(nt.peers[node_id].raft) == [
            ReadState(index=index, request_ctx=context) for context in contexts
        ]


def test_read_only_with_learner(new_storage: NewStorage, logger: Logger) -> None:
    a = new_test_learner_raft(1, [1], [2], 10, 1, new_storage(), logger)
    b = new_test_learner_raft(2, [1], [2], 10, 1, new_storage(), logger)
    nt = Network([a, b], logger)
    let_lease_pass(nt.peers[2].raft)
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert states(nt) == [StateRole.Leader, StateRole.Follower]

    for node_id, proposals, index, context in [
        (1, 10, 11, b"ctx1"),
        (2, 10, 21, b"ctx2"),
        (1, 10, 31, b"ctx3"),
        (2, 10, 41, b"ctx4"),
    ]:
        for _ in range(proposals):
            nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

        nt.send([read_index(node_id, node_id, context)])

        assert take_read_states(nt.peers[node_id].raft) == [ReadState(index=index, request_ctx=context)]


def test_read_only_option_lease(new_storage: NewStorage, logger: Logger) -> None:
    peers = new_trio(new_storage, logger, check_quorum=True)
    for peer in peers:
        peer.raft.read_only.option = ReadOnlyOption.LeaseBased
    nt = Network(peers, logger)
    let_lease_pass(nt.peers[2].raft)
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert nt.peers[1].raft.state == StateRole.Leader

    for node_id, proposals, index, context in [
        (1, 10, 11, b"ctx1"),
        (2, 10, 21, b"ctx2"),
        (3, 10, 31, b"ctx3"),
        (1, 10, 41, b"ctx4"),
        (2, 10, 51, b"ctx5"),
        (3, 10, 61, b"ctx6"),
    ]:
        for _ in range(proposals):
            nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

        nt.send([read_index(node_id, node_id, context)])

        assert take_read_states(nt.peers[node_id].raft) == [ReadState(index=index, request_ctx=context)]


def test_read_only_option_lease_without_check_quorum(new_storage: NewStorage, logger: Logger) -> None:
    peers = new_trio(new_storage, logger)
    for peer in peers:
        peer.raft.read_only.option = ReadOnlyOption.LeaseBased
    nt = Network(peers, logger)
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    nt.send([read_index(2, 2, b"ctx1")])

    assert nt.peers[2].raft.read_states == [ReadState(index=1, request_ctx=b"ctx1")]


def test_read_only_for_new_leader(new_storage: NewStorage, logger: Logger) -> None:
    """A leader accepts read requests only when it has committed at least one log entry of its term."""
    heartbeat_ticks = 1
    peers = []
    for node_id, committed, applied, compact_index in [(1, 1, 1, 0), (2, 2, 2, 2), (3, 2, 2, 2)]:
        config = new_test_config(node_id, 10, heartbeat_ticks)
        config.applied = applied
        storage = new_storage()
        initialize_if_empty(storage, [1, 2, 3])
        storage.wl().append(log_of(1, 1))
        storage.wl().set_hardstate(HardState(term=1, commit=committed))
        if compact_index != 0:
            storage.wl().compact(compact_index)
        peers.append(new_test_raft_with_config(config, storage, logger))
    nt = Network(peers, logger)
    leader = nt.peers[1].raft

    # Lose MsgAppend, so that peer 1 commits no log entry of its term after it becomes leader.
    nt.ignore(MessageType.MsgAppend)
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert leader.state == StateRole.Leader

    # It drops a read request.
    nt.send([read_index(1, 1, b"ctx")])
    assert leader.read_states == []

    nt.recover()

    # Force it to commit a log entry of its term.
    for _ in range(heartbeat_ticks):
        leader.tick()
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    assert leader.raft_log.committed == 4
    assert leader.raft_log.term(leader.raft_log.committed) == leader.term

    # Now it accepts a read request.
    nt.send([read_index(1, 1, b"ctx")])
    assert leader.read_states == [ReadState(index=4, request_ctx=b"ctx")]


def test_advance_commit_index_by_read_index_response(new_storage: NewStorage, logger: Logger) -> None:
    """A response to a read request advances a follower's commit index if its log is new enough."""
    tt = new_network_with_uncommitted_entries(new_storage, logger)

    tt.recover()
    tt.cut(1, 2)

    # Commit the entries for the leader but not for node 2.
    tt.send([new_message(3, 1, MessageType.MsgReadIndex, 1)])
    assert tt.peers[1].raft.raft_log.committed == 3
    assert tt.peers[2].raft.raft_log.committed == 1

    tt.recover()
    # A leader with a lease sends no heartbeat, which would advance the commit index of node 2 as well.
    tt.peers[1].raft.read_only.option = ReadOnlyOption.LeaseBased
    tt.send([new_message(2, 1, MessageType.MsgReadIndex, 1)])
    assert tt.peers[2].raft.raft_log.committed == 3


@pytest.mark.parametrize(
    ("index", "reject", "matched", "next_idx", "message_count", "message_index", "committed"),
    [
        pytest.param(3, True, 0, 3, 0, 0, 0, id="stale-rejection-no-replies"),
        pytest.param(2, True, 0, 2, 1, 1, 0, id="denied-decrease-next-and-probe"),
        pytest.param(2, False, 2, 4, 2, 2, 2, id="accepted-commit-and-broadcast"),
        pytest.param(0, False, 0, 3, 0, 0, 0, id="stale-acceptance-no-replies"),
    ],
)
def test_leader_append_response(
    index: int,
    reject: bool,
    matched: int,
    next_idx: int,
    message_count: int,
    message_index: int,
    committed: int,
    storage: AnyStorage,
    logger: Logger,
) -> None:
    initialize_if_empty(storage, [1, 2, 3])
    storage.wl().append(log_of(0, 1))
    peer = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    # The leader's own entry has index 3. The followers' next index is 3 as well, and nothing is known to match.
    peer.raft.become_candidate()
    peer.raft.become_leader()
    peer.read_messages()

    peer.step(
        Message(
            from_=2,
            msg_type=MessageType.MsgAppendResponse,
            index=index,
            term=peer.raft.term,
            reject=reject,
            reject_hint=index,
        )
    )

    assert peer.progress(2).matched == matched
    assert peer.progress(2).next_idx == next_idx
    messages = peer.read_messages()
    assert [(message.index, message.commit) for message in messages] == [(message_index, committed)] * message_count


def tick(raft: RaftRef, times: int) -> None:
    for _ in range(times):
        raft.tick()


def proposal(node_id: int, entry: Entry) -> Message:
    """The message by which the application of a node proposes `entry`."""
    return new_message_with_entries(node_id, node_id, MessageType.MsgPropose, [entry])


def conf_change_entry(cc: ConfChange | ConfChangeV2) -> Entry:
    entry_type = EntryType.EntryConfChange if isinstance(cc, ConfChange) else EntryType.EntryConfChangeV2
    return Entry(entry_type=entry_type, data=cc.encode())


@pytest.fixture
def led_network(new_storage: NewStorage, logger: Logger) -> Network:
    """A cluster of three peers that peer 1 leads."""
    nt = Network([None, None, None], logger, new_storage=new_storage)
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    return nt


def test_bcast_beat(storage: AnyStorage, logger: Logger) -> None:
    """On a heartbeat tick the leader sends MsgHeartbeat with index 0, log_term 0 and no entries."""
    # The log starts after `offset`.
    offset = 1000
    storage.wl().apply_snapshot(new_snapshot(offset, 1, [1, 2, 3]))
    peer = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    peer.raft.term = 1

    peer.raft.become_candidate()
    peer.raft.become_leader()
    for i in range(10):
        peer.raft.append_entry([empty_entry(0, offset + i + 1)])
    peer.persist()
    # A slow follower.
    peer.progress(2).matched = offset + 5
    peer.progress(2).next_idx = offset + 6
    # A normal follower.
    last_index = peer.raft.raft_log.last_index()
    peer.progress(3).matched = last_index
    peer.progress(3).next_idx = last_index + 1

    peer.step(new_message(0, 0, MessageType.MsgBeat))
    messages = peer.read_messages()

    want_commits = {to: min(peer.raft.raft_log.committed, peer.progress(to).matched) for to in (2, 3)}
    assert 0 not in want_commits.values()
    assert len(messages) == 2
    assert {message.to: message.commit for message in messages} == want_commits
    for message in messages:
        assert message.msg_type == MessageType.MsgHeartbeat
        assert message.index == 0
        assert message.log_term == 0
        assert message.entries == []


@pytest.mark.parametrize(
    ("state", "want_count"),
    [
        (StateRole.Leader, 2),
        # A candidate and a follower ignore MsgBeat.
        (StateRole.Candidate, 0),
        (StateRole.Follower, 0),
    ],
    ids=str,
)
def test_recv_msg_beat(state: StateRole, want_count: int, storage: AnyStorage, logger: Logger) -> None:
    peer = new_test_raft_with_logs(1, [1, 2, 3], 10, 1, storage, log_of(0, 1), logger)
    peer.raft.state = state

    peer.step(new_message(1, 1, MessageType.MsgBeat))

    messages = peer.read_messages()
    assert len(messages) == want_count
    for message in messages:
        assert message.msg_type == MessageType.MsgHeartbeat


@pytest.mark.parametrize(
    ("state", "next_idx", "want_next"),
    [
        # Replicate optimistically increases next: the previous entries + noop entry + proposal + 1.
        (ProgressState.Replicate, 2, 3 + 1 + 1 + 1),
        # Probe does not.
        (ProgressState.Probe, 2, 2),
    ],
    ids=str,
)
def test_leader_increase_next(
    state: ProgressState, next_idx: int, want_next: int, storage: AnyStorage, logger: Logger
) -> None:
    peer = new_test_raft(1, [1, 2], 10, 1, storage, logger)
    peer.raft.raft_log.append(log_of(1, 1, 1))
    peer.persist()
    peer.raft.become_candidate()
    peer.raft.become_leader()
    peer.progress(2).state = state
    peer.progress(2).next_idx = next_idx

    peer.step(new_message(1, 1, MessageType.MsgPropose, 1))

    assert peer.progress(2).next_idx == want_next


def test_send_append_for_progress_probe(storage: AnyStorage, logger: Logger) -> None:
    peer = new_test_raft(1, [1, 2], 10, 1, storage, logger)
    peer.raft.become_candidate()
    peer.raft.become_leader()
    peer.read_messages()
    peer.progress(2).become_probe()

    # Each round is a heartbeat.
    for i in range(3):
        if i == 0:
            # Only in the first round one MsgAppend goes out. After that, the follower is paused until a heartbeat
            # response is received.
            peer.raft.append_entry([new_entry(0, 0, SOME_DATA)])
            peer.raft.send_append(2)
            messages = peer.read_messages()
            assert len(messages) == 1
            assert messages[0].index == 0

        assert peer.progress(2).paused
        for _ in range(10):
            peer.raft.append_entry([new_entry(0, 0, SOME_DATA)])
            peer.raft.send_append(2)
            assert peer.read_messages() == []

        # Do a heartbeat.
        for _ in range(peer.raft.heartbeat_timeout()):
            peer.step(new_message(1, 1, MessageType.MsgBeat))
        assert peer.progress(2).paused

        # Consume the heartbeat.
        messages = peer.read_messages()
        assert len(messages) == 1
        assert messages[0].msg_type == MessageType.MsgHeartbeat

    # A heartbeat response allows another message to be sent.
    peer.step(new_message(2, 1, MessageType.MsgHeartbeatResponse))
    messages = peer.read_messages()
    assert len(messages) == 1
    assert messages[0].index == 0
    assert peer.progress(2).paused


def test_send_append_for_progress_replicate(storage: AnyStorage, logger: Logger) -> None:
    peer = new_test_raft(1, [1, 2], 10, 1, storage, logger)
    peer.raft.become_candidate()
    peer.raft.become_leader()
    peer.read_messages()
    peer.progress(2).become_replicate()

    for _ in range(10):
        peer.raft.append_entry([new_entry(0, 0, SOME_DATA)])
        peer.raft.send_append(2)
        assert len(peer.read_messages()) == 1


def test_send_append_for_progress_snapshot(storage: AnyStorage, logger: Logger) -> None:
    peer = new_test_raft(1, [1, 2], 10, 1, storage, logger)
    peer.raft.become_candidate()
    peer.raft.become_leader()
    peer.read_messages()
    peer.progress(2).become_snapshot(10)

    for _ in range(10):
        peer.raft.append_entry([new_entry(0, 0, SOME_DATA)])
        peer.raft.send_append(2)
        assert peer.read_messages() == []


def test_recv_msg_unreachable(storage: AnyStorage, logger: Logger) -> None:
    peer = new_test_raft_with_logs(1, [1, 2], 10, 1, storage, log_of(1, 1, 1), logger)
    peer.raft.become_candidate()
    peer.raft.become_leader()
    peer.read_messages()
    peer.progress(2).matched = 3
    peer.progress(2).become_replicate()
    peer.progress(2).optimistic_update(5)

    peer.step(new_message(2, 1, MessageType.MsgUnreachable))

    assert peer.progress(2).state == ProgressState.Probe
    assert peer.progress(2).matched + 1 == peer.progress(2).next_idx


def test_restore(storage: AnyStorage, logger: Logger) -> None:
    snapshot = new_snapshot(11, 11, [1, 2, 3])
    raft = new_test_raft(1, [1, 2], 10, 1, storage, logger).raft

    assert raft.restore(snapshot)
    assert raft.raft_log.last_index() == snapshot.metadata.index
    assert raft.raft_log.term(snapshot.metadata.index) == snapshot.metadata.term
    assert raft.prs().conf().voters().ids() == set(snapshot.metadata.conf_state.voters)

    assert not raft.restore(snapshot)


def test_restore_ignore_snapshot(storage: AnyStorage, logger: Logger) -> None:
    commit = 1
    raft = new_test_raft(1, [1, 2], 10, 1, storage, logger).raft
    raft.raft_log.append(log_of(1, 1, 1))
    raft.raft_log.commit_to(commit)

    snapshot = new_snapshot(commit, 1, [1, 2])

    # Ignore the snapshot.
    assert not raft.restore(snapshot)
    assert raft.raft_log.committed == commit

    # Ignore the snapshot and fast forward the commit index.
    snapshot.metadata.index = commit + 1
    assert not raft.restore(snapshot)
    assert raft.raft_log.committed == commit + 1


def test_provide_snap(storage: AnyStorage, logger: Logger) -> None:
    # Restore the raft from a snapshot so that it has a compacted log and a snapshot.
    peer = new_test_raft(1, [1], 10, 1, storage, logger)
    peer.raft.restore(new_snapshot(11, 11, [1, 2]))
    peer.persist()

    peer.raft.become_candidate()
    peer.raft.become_leader()

    # Force the next index of node 2, so that node 2 needs a snapshot.
    peer.progress(2).next_idx = peer.raft.raft_log.first_index()
    message = new_message(2, 1, MessageType.MsgAppendResponse)
    message.index = peer.progress(2).next_idx - 1
    message.reject = True
    peer.step(message)

    messages = peer.read_messages()
    assert len(messages) == 1
    assert messages[0].msg_type == MessageType.MsgSnapshot


def test_ignore_providing_snapshot(storage: AnyStorage, logger: Logger) -> None:
    # Restore the raft from a snapshot so that it has a compacted log and a snapshot.
    peer = new_test_raft(1, [1], 10, 1, storage, logger)
    peer.raft.restore(new_snapshot(11, 11, [1, 2]))
    peer.persist()

    peer.raft.become_candidate()
    peer.raft.become_leader()

    # Force the next index of node 2, so that node 2 needs a snapshot, and make node 2 inactive: node 1 does not send
    # it one.
    peer.progress(2).next_idx = peer.raft.raft_log.first_index() - 1
    peer.progress(2).recent_active = False

    peer.step(new_message(1, 1, MessageType.MsgPropose, 1))

    assert peer.read_messages() == []


def test_restore_from_snap_msg(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(2, [1, 2], 10, 1, storage, logger).raft
    message = new_message(1, 0, MessageType.MsgSnapshot)
    message.term = 2
    message.snapshot = new_snapshot(11, 11, [1, 2])

    raft.step(message)

    assert raft.leader_id == 1


def test_slow_node_restore(led_network: Network) -> None:
    nt = led_network

    nt.isolate(3)
    for _ in range(100):
        nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    next_ents(nt.peers[1])
    nt.storage[1].wl().commit_to(nt.peers[1].raft.raft_log.applied())
    nt.storage[1].wl().compact(nt.peers[1].raft.raft_log.applied())

    nt.recover()
    # Send heartbeats so that the leader learns that everyone is active. Node 3 is only considered as active when
    # node 1 receives a reply from it.
    nt.send([new_message(1, 1, MessageType.MsgBeat)])
    while not nt.peers[1].progress(3).recent_active:
        nt.send([new_message(1, 1, MessageType.MsgBeat)])

    # Trigger a snapshot.
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

    # Trigger a commit.
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    assert nt.peers[3].raft.raft_log.committed == nt.peers[1].raft.raft_log.committed


def test_step_config(storage: AnyStorage, logger: Logger) -> None:
    """A proposed EntryConfChange is appended to the log."""
    # A raft that cannot make progress.
    raft = new_test_raft(1, [1, 2], 10, 1, storage, logger).raft
    raft.become_candidate()
    raft.become_leader()
    index = raft.raft_log.last_index()

    raft.step(proposal(1, Entry(entry_type=EntryType.EntryConfChange)))

    assert raft.raft_log.last_index() == index + 1


def test_step_ignore_config(storage: AnyStorage, logger: Logger) -> None:
    """A second EntryConfChange, proposed while the first one is uncommitted, becomes a noop."""
    # A raft that cannot make progress.
    raft = new_test_raft(1, [1, 2], 10, 1, storage, logger).raft
    raft.become_candidate()
    raft.become_leader()
    assert not raft.has_pending_conf()
    message = proposal(1, Entry(entry_type=EntryType.EntryConfChange))
    assert not raft.has_pending_conf()
    raft.step(message)
    assert raft.has_pending_conf()
    index = raft.raft_log.last_index()
    pending_conf_index = raft.pending_conf_index

    raft.step(message)

    want_entry = Entry(term=1, index=3, entry_type=EntryType.EntryNormal)
    assert raft.raft_log.entries(index + 1, GetEntriesContext.empty(False)) == [want_entry]
    assert raft.pending_conf_index == pending_conf_index


@pytest.mark.parametrize(
    ("add_entry", "want_pending_index"), [(False, 0), (True, 1)], ids=["empty-log", "uncommitted-entry"]
)
def test_new_leader_pending_config(
    add_entry: bool, want_pending_index: int, storage: AnyStorage, logger: Logger
) -> None:
    """A new leader sets its pending_conf_index based on uncommitted entries."""
    peer = new_test_raft(1, [1, 2], 10, 1, storage, logger)
    if add_entry:
        peer.raft.append_entry([Entry(entry_type=EntryType.EntryNormal)])
        peer.persist()

    peer.raft.become_candidate()
    peer.raft.become_leader()

    assert peer.raft.pending_conf_index == want_pending_index
    assert peer.raft.has_pending_conf() == add_entry


def test_add_node(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(1, [1], 10, 1, storage, logger).raft

    raft.apply_conf_change(add_node(2))

    assert raft.prs().conf().voters().ids() == {1, 2}


def test_add_node_check_quorum(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(1, [1], 10, 1, storage, logger).raft

    raft.check_quorum = True

    raft.become_candidate()
    raft.become_leader()

    tick(raft, raft.election_timeout() - 1)

    raft.apply_conf_change(add_node(2))

    # This tick reaches the election timeout, which triggers a quorum check.
    raft.tick()

    # Node 1 is still the leader after a single tick.
    assert raft.state == StateRole.Leader

    # After another election timeout without hearing from node 2, node 1 steps down.
    tick(raft, raft.election_timeout())

    assert raft.state == StateRole.Follower


def test_remove_node(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(1, [1, 2], 10, 1, storage, logger).raft

    raft.apply_conf_change(remove_node(2))
    assert raft.prs().conf().voters().ids() == {1}

    # Removing all voters is not allowed.
    with pytest.raises(ConfChangeError, match="removed all voters"):
        raft.apply_conf_change(remove_node(1))
    assert raft.prs().conf().voters().ids() == {1}


def test_remove_node_itself(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_learner_raft(1, [1], [2], 10, 1, storage, logger).raft

    with pytest.raises(ConfChangeError, match="removed all voters"):
        raft.apply_conf_change(remove_node(1))

    assert raft.prs().conf().learners() == {2}
    assert raft.prs().conf().voters().ids() == {1}


@pytest.mark.parametrize(
    ("peers", "want_promotable"),
    [([1], True), ([1, 2, 3], True), ([], False), ([2, 3], False)],
    ids=str,
)
def test_promotable(peers: list[int], want_promotable: bool, storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(1, peers, 5, 1, storage, logger).raft

    assert raft.promotable() == want_promotable


@pytest.mark.parametrize(("ids", "want_ids"), [([1, 2, 3], {1, 2, 3}), ([3, 2, 1], {1, 2, 3})], ids=str)
def test_raft_nodes(ids: list[int], want_ids: set[int], storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(1, ids, 10, 1, storage, logger).raft

    assert raft.prs().conf().voters().ids() == want_ids


def test_campaign_while_leader(storage: AnyStorage, logger: Logger) -> None:
    campaign_while_leader(False, storage, logger)


def test_pre_campaign_while_leader(storage: AnyStorage, logger: Logger) -> None:
    campaign_while_leader(True, storage, logger)


def campaign_while_leader(pre_vote: bool, storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft_with_prevote(1, [1], 5, 1, storage, pre_vote, logger).raft
    assert raft.state == StateRole.Follower
    # We don't call campaign() directly because it comes after the check for our current state.
    raft.step(new_message(1, 1, MessageType.MsgHup))
    assert raft.state == StateRole.Leader
    term = raft.term
    raft.step(new_message(1, 1, MessageType.MsgHup))
    assert raft.state == StateRole.Leader
    assert raft.term == term


def test_commit_after_remove_node(storage: AnyStorage, logger: Logger) -> None:
    """Pending commands become committed when a config change reduces the quorum requirements."""
    # Create a cluster with two nodes.
    peer = new_test_raft(1, [1, 2], 5, 1, storage, logger)
    peer.raft.become_candidate()
    peer.raft.become_leader()

    # Begin to remove the second node.
    entry = conf_change_entry(conf_change(ConfChangeType.RemoveNode, 2))
    peer.step(new_message_with_entries(0, 0, MessageType.MsgPropose, [entry]))
    # Stabilize the log and make sure nothing is committed yet.
    assert next_ents(peer) == []
    cc_index = peer.raft.raft_log.last_index()

    # While the config change is pending, make another proposal.
    entry = Entry(entry_type=EntryType.EntryNormal, data=b"hello")
    peer.step(new_message_with_entries(0, 0, MessageType.MsgPropose, [entry]))

    # Node 2 acknowledges the config change, committing it.
    message = new_message(2, 0, MessageType.MsgAppendResponse)
    message.index = cc_index
    peer.step(message)
    entries = next_ents(peer)
    assert len(entries) == 2
    assert entries[0].entry_type == EntryType.EntryNormal
    assert entries[0].data == b""
    assert entries[1].entry_type == EntryType.EntryConfChange

    # Apply the config change. This reduces the quorum requirements so that the pending command can commit now.
    peer.raft.apply_conf_change(remove_node(2))
    entries = next_ents(peer)
    assert len(entries) == 1
    assert entries[0].entry_type == EntryType.EntryNormal
    assert entries[0].data == b"hello"


def leadership(peer: Interface) -> tuple[StateRole, int, int | None]:
    """The role of a peer, the leader it knows, and the node that it is handing the leadership over to."""
    return peer.raft.state, peer.raft.leader_id, peer.raft.lead_transferee


def test_leader_transfer_to_uptodate_node(led_network: Network) -> None:
    """A transfer succeeds if the transferee has the most up-to-date log entries when it starts."""
    nt = led_network
    assert nt.peers[1].raft.leader_id == 1

    # Transfer leadership to peer 2.
    nt.send([new_message(2, 1, MessageType.MsgTransferLeader)])
    assert leadership(nt.peers[1]) == (StateRole.Follower, 2, None)

    # After some log replication, transfer leadership back to peer 1.
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    nt.send([new_message(1, 2, MessageType.MsgTransferLeader)])
    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def test_leader_transfer_to_uptodate_node_from_follower(led_network: Network) -> None:
    """A transfer succeeds, too, when every message that asks for it is sent to a follower."""
    nt = led_network
    assert nt.peers[1].raft.leader_id == 1

    # Transfer leadership to peer 2.
    nt.send([new_message(2, 2, MessageType.MsgTransferLeader)])
    assert leadership(nt.peers[1]) == (StateRole.Follower, 2, None)

    # After some log replication, transfer leadership back to peer 1.
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    nt.send([new_message(1, 1, MessageType.MsgTransferLeader)])
    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def test_leader_transfer_with_check_quorum(new_storage: NewStorage, logger: Logger) -> None:
    """Transferring the leadership works even while the current leader is still under its leader lease."""
    nt = Network([None, None, None], logger, new_storage=new_storage)
    for i in (1, 2, 3):
        raft = nt.peers[i].raft
        raft.check_quorum = True
        raft.set_randomized_election_timeout(raft.election_timeout() + i)

    b_election_timeout = nt.peers[2].raft.election_timeout()
    nt.peers[2].raft.set_randomized_election_timeout(b_election_timeout + 1)

    # Let peer 2 reach its election timeout so that it can vote for peer 1.
    tick(nt.peers[2].raft, b_election_timeout)
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    assert nt.peers[1].raft.leader_id == 1

    # Transfer leadership to 2.
    nt.send([new_message(2, 1, MessageType.MsgTransferLeader)])
    assert leadership(nt.peers[1]) == (StateRole.Follower, 2, None)

    # After some log replication, transfer leadership back to 1.
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    nt.send([new_message(1, 2, MessageType.MsgTransferLeader)])
    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def test_leader_transfer_to_slow_follower(led_network: Network) -> None:
    nt = led_network

    nt.isolate(3)
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

    nt.recover()
    assert nt.peers[1].progress(3).matched == 1

    # Transfer leadership to 3 while node 3 lacks log entries.
    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])

    assert leadership(nt.peers[1]) == (StateRole.Follower, 3, None)


def test_leader_transfer_after_snapshot(led_network: Network) -> None:
    nt = led_network

    nt.isolate(3)

    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    next_ents(nt.peers[1])
    nt.storage[1].wl().commit_to(nt.peers[1].raft.raft_log.applied())
    nt.storage[1].wl().compact(nt.peers[1].raft.raft_log.applied())

    nt.recover()
    assert nt.peers[1].progress(3).matched == 1

    # Transfer leadership to 3 while node 3 lacks a snapshot.
    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])
    # Send MsgHeartbeatResponse to the leader to trigger a snapshot for node 3.
    nt.send([new_message(3, 1, MessageType.MsgHeartbeatResponse)])

    assert leadership(nt.peers[1]) == (StateRole.Follower, 3, None)


def test_leader_transfer_to_self(led_network: Network) -> None:
    nt = led_network

    # Transfer leadership to self: a noop.
    nt.send([new_message(1, 1, MessageType.MsgTransferLeader)])

    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def test_leader_transfer_to_non_existing_node(led_network: Network) -> None:
    nt = led_network

    # Transfer leadership to a non-existing node: a noop.
    nt.send([new_message(4, 1, MessageType.MsgTransferLeader)])

    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def new_voter_and_learner(new_storage: NewStorage, logger: Logger) -> tuple[Interface, Interface]:
    """The peers of a cluster with the voter 1 and the learner 2."""
    voter = new_test_learner_raft(1, [1], [2], 10, 1, new_storage(), logger)
    learner = new_test_learner_raft(2, [1], [2], 10, 1, new_storage(), logger)
    return voter, learner


def test_leader_transfer_to_learner(new_storage: NewStorage, logger: Logger) -> None:
    nt = Network(new_voter_and_learner(new_storage, logger), logger)
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # Transfer leadership to a learner: a noop.
    nt.send([new_message(2, 1, MessageType.MsgTransferLeader)])

    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def test_leader_transfer_timeout(led_network: Network) -> None:
    nt = led_network
    leader = nt.peers[1].raft

    nt.isolate(3)

    # Transfer leadership to an isolated node, wait for the timeout.
    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])
    assert leader.lead_transferee == 3
    tick(leader, leader.heartbeat_timeout())
    assert leader.lead_transferee == 3
    tick(leader, leader.election_timeout() - leader.heartbeat_timeout())

    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def test_leader_transfer_ignore_proposal(led_network: Network) -> None:
    nt = led_network

    nt.isolate(3)

    # Transfer leadership to an isolated node to let the transfer pend, then send proposals.
    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])
    assert nt.peers[1].raft.lead_transferee == 3

    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])
    with pytest.raises(ProposalDroppedError, match="raft: proposal dropped"):
        nt.peers[1].step(new_message(1, 1, MessageType.MsgPropose, 1))

    assert nt.peers[1].progress(1).matched == 1


def test_leader_transfer_receive_higher_term_vote(led_network: Network) -> None:
    nt = led_network

    nt.isolate(3)

    # Transfer leadership to an isolated node to let the transfer pend.
    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])
    assert nt.peers[1].raft.lead_transferee == 3

    nt.send([new_message_with_entries(2, 2, MessageType.MsgHup, [new_entry(1, 2)])])

    assert leadership(nt.peers[1]) == (StateRole.Follower, 2, None)


def test_leader_transfer_remove_node(led_network: Network) -> None:
    nt = led_network

    nt.ignore(MessageType.MsgTimeoutNow)

    # The transferee is removed while the leadership is being transferred.
    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])
    assert nt.peers[1].raft.lead_transferee == 3

    nt.peers[1].raft.apply_conf_change(remove_node(3))

    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def test_leader_transfer_back(led_network: Network) -> None:
    """The leadership can be transferred back to the leader itself while the last transfer is pending."""
    nt = led_network

    nt.isolate(3)

    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])
    assert nt.peers[1].raft.lead_transferee == 3

    # Transfer leadership back to self.
    nt.send([new_message(1, 1, MessageType.MsgTransferLeader)])

    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def test_leader_transfer_second_transfer_to_another_node(led_network: Network) -> None:
    """The leadership can be transferred to another node while the last transfer is pending."""
    nt = led_network

    nt.isolate(3)

    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])
    assert nt.peers[1].raft.lead_transferee == 3

    # Transfer leadership to another node.
    nt.send([new_message(2, 1, MessageType.MsgTransferLeader)])

    assert leadership(nt.peers[1]) == (StateRole.Follower, 2, None)


def test_leader_transfer_second_transfer_to_same_node(led_network: Network) -> None:
    """A second request to transfer to the same node does not extend the timeout of the pending first one."""
    nt = led_network
    leader = nt.peers[1].raft

    nt.isolate(3)

    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])
    assert leader.lead_transferee == 3

    tick(leader, leader.heartbeat_timeout())

    # Second request for the same node.
    nt.send([new_message(3, 1, MessageType.MsgTransferLeader)])

    tick(leader, leader.election_timeout() - leader.heartbeat_timeout())

    assert leadership(nt.peers[1]) == (StateRole.Leader, 1, None)


def test_transfer_non_member(storage: AnyStorage, logger: Logger) -> None:
    """When MsgTimeoutNow arrives at a node that has been removed from the group, nothing happens.

    If the node also got votes, it once panicked as it became the leader.
    """
    raft = new_test_raft(1, [2, 3, 4], 5, 1, storage, logger).raft

    raft.step(new_message(2, 1, MessageType.MsgTimeoutNow))
    raft.step(new_message(2, 1, MessageType.MsgRequestVoteResponse))
    raft.step(new_message(3, 1, MessageType.MsgRequestVoteResponse))

    assert raft.state == StateRole.Follower


def new_followers(pre_votes: Sequence[bool], new_storage: NewStorage, logger: Logger) -> list[Interface]:
    """The peers of a cluster in term 1 without a leader, with the given settings of pre_vote."""
    ids = range(1, len(pre_votes) + 1)
    peers = [
        new_test_raft_with_prevote(node_id, ids, 10, 1, new_storage(), pre_vote, logger)
        for node_id, pre_vote in zip(ids, pre_votes, strict=True)
    ]
    for peer in peers:
        peer.raft.become_follower(1, INVALID_ID)
    return peers


def test_node_with_smaller_term_can_complete_election(new_storage: NewStorage, logger: Logger) -> None:
    """A partitioned node that has fallen behind rejoins at about the same time as the leader gets partitioned away.

    The cluster once came to a standstill when run with pre_vote enabled.
    """
    nt = Network(new_followers([True, True, True], new_storage, logger), logger)

    # Cause a network partition to isolate node 3.
    nt.cut(1, 3)
    nt.cut(2, 3)

    nt.send([new_message(1, 1, MessageType.MsgHup)])

    assert nt.peers[1].raft.state == StateRole.Leader
    assert nt.peers[2].raft.state == StateRole.Follower

    nt.send([new_message(3, 3, MessageType.MsgHup)])
    assert nt.peers[3].raft.state == StateRole.PreCandidate

    nt.send([new_message(2, 2, MessageType.MsgHup)])

    assert nt.peers[1].raft.term == 3
    assert nt.peers[2].raft.term == 3
    assert nt.peers[3].raft.term == 1

    assert nt.peers[1].raft.state == StateRole.Follower
    assert nt.peers[2].raft.state == StateRole.Leader
    assert nt.peers[3].raft.state == StateRole.PreCandidate

    # Recover the network, then immediately isolate node 2, which is currently the leader, to emulate its crash.
    nt.recover()
    nt.cut(2, 1)
    nt.cut(2, 3)

    # Call for an election.
    nt.send([new_message(3, 3, MessageType.MsgHup)])
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # Do we have a leader?
    assert nt.peers[1].raft.state == StateRole.Leader or nt.peers[3].raft.state == StateRole.Leader


def test_learner_election_timeout(new_storage: NewStorage, logger: Logger) -> None:
    """A learner does not start an election even when it times out."""
    n1, n2 = new_voter_and_learner(new_storage, logger)
    n1.raft.become_follower(1, INVALID_ID)
    n2.raft.become_follower(1, INVALID_ID)

    timeout = n2.raft.election_timeout()
    n2.raft.set_randomized_election_timeout(timeout)
    tick(n2.raft, timeout)

    assert n2.raft.state == StateRole.Follower


def test_learner_promotion(new_storage: NewStorage, logger: Logger) -> None:
    """A learner does not start an election until it is promoted to a voter."""
    n1, n2 = new_voter_and_learner(new_storage, logger)
    n1.raft.become_follower(1, INVALID_ID)
    n2.raft.become_follower(1, INVALID_ID)

    nt = Network([n1, n2], logger)
    assert n1.raft.state == StateRole.Follower

    # n1 becomes leader.
    timeout = n1.raft.election_timeout()
    n1.raft.set_randomized_election_timeout(timeout)
    tick(n1.raft, timeout)
    assert n1.raft.state == StateRole.Leader
    assert n2.raft.state == StateRole.Follower

    nt.send([new_message(1, 1, MessageType.MsgBeat)])

    # Promote n2 from learner to follower.
    n1.raft.apply_conf_change(add_node(2))
    n2.raft.apply_conf_change(add_node(2))
    assert n2.raft.state == StateRole.Follower
    assert n2.raft.promotable()

    timeout = n2.raft.election_timeout()
    n2.raft.set_randomized_election_timeout(timeout)
    tick(n2.raft, timeout)

    nt.send([new_message(2, 2, MessageType.MsgBeat)])
    assert n1.raft.state == StateRole.Follower
    assert n2.raft.state == StateRole.Leader


def test_learner_log_replication(new_storage: NewStorage, logger: Logger) -> None:
    """A learner receives entries from the leader."""
    n1, n2 = new_voter_and_learner(new_storage, logger)
    nt = Network([n1, n2], logger)

    n1.raft.become_follower(1, INVALID_ID)
    n2.raft.become_follower(1, INVALID_ID)

    timeout = n1.raft.election_timeout()
    n1.raft.set_randomized_election_timeout(timeout)
    tick(n1.raft, timeout)

    nt.send([new_message(1, 1, MessageType.MsgBeat)])

    assert n1.raft.state == StateRole.Leader
    assert n2.raft.state == StateRole.Follower
    assert not n2.raft.promotable()

    next_committed = n1.raft.raft_log.committed + 1

    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

    assert n1.raft.raft_log.committed == next_committed
    assert n2.raft.raft_log.committed == next_committed

    assert n1.progress(2).matched == n2.raft.raft_log.committed


def test_restore_with_learner(storage: AnyStorage, logger: Logger) -> None:
    snapshot = new_snapshot(11, 11, [1, 2])
    snapshot.metadata.conf_state.learners = [3]

    raft = new_test_learner_raft(3, [1, 2], [3], 10, 1, storage, logger).raft
    assert not raft.promotable()
    assert raft.restore(snapshot)
    assert raft.raft_log.last_index() == 11
    assert raft.raft_log.term(11) == 11
    assert raft.prs().conf().voters().ids() == {1, 2}
    assert raft.prs().conf().learners() == {3}

    for node_id in snapshot.metadata.conf_state.voters:
        assert raft.prs().get(node_id) is not None
        assert node_id not in raft.prs().conf().learners()

    for node_id in snapshot.metadata.conf_state.learners:
        assert raft.prs().get(node_id) is not None
        assert node_id in raft.prs().conf().learners()

    assert not raft.restore(snapshot)


def test_restore_with_voters_outgoing(storage: AnyStorage, logger: Logger) -> None:
    """An outgoing voter can restore a snapshot."""
    snapshot = new_snapshot(11, 11, [2, 3, 4])
    snapshot.metadata.conf_state.voters_outgoing = [1, 2, 3]

    raft = new_test_raft(1, [1, 2], 10, 1, storage, logger).raft
    assert raft.restore(snapshot)
    assert raft.raft_log.last_index() == snapshot.metadata.index
    assert raft.raft_log.term(snapshot.metadata.index) == snapshot.metadata.term
    assert raft.prs().conf().voters().ids() == {1, 2, 3, 4}
    assert not raft.restore(snapshot)


def test_restore_depromote_voter(storage: AnyStorage, logger: Logger) -> None:
    """A voter can be demoted by a snapshot."""
    snapshot = new_snapshot(11, 11, [1, 2])
    snapshot.metadata.conf_state.learners = [3]

    raft = new_test_raft(3, [1, 2, 3], 10, 1, storage, logger).raft
    assert raft.promotable()
    assert raft.restore(snapshot)


def test_restore_learner(storage: AnyStorage, logger: Logger) -> None:
    snapshot = new_snapshot(11, 11, [1, 2])
    snapshot.metadata.conf_state.learners = [3]

    raft = new_test_raft(3, [], 10, 1, storage, logger).raft
    # Uninitialized peers can't be promoted.
    assert not raft.promotable()
    assert raft.restore(snapshot)
    assert not raft.promotable()


def test_restore_learner_promotion(storage: AnyStorage, logger: Logger) -> None:
    """A learner can become a follower by restoring a snapshot."""
    snapshot = new_snapshot(11, 11, [1, 2, 3])

    raft = new_test_learner_raft(3, [1, 2], [3], 10, 1, storage, logger).raft
    assert not raft.promotable()
    assert raft.restore(snapshot)
    assert raft.promotable()


def test_learner_receive_snapshot(new_storage: NewStorage, logger: Logger) -> None:
    """A learner receives a snapshot from the leader."""
    snapshot = new_snapshot(11, 11, [1])
    snapshot.metadata.conf_state.learners = [2]

    n1, n2 = new_voter_and_learner(new_storage, logger)

    n1.raft.restore(snapshot)
    n1.persist()
    n1.raft.commit_apply(n1.raft.raft_log.committed)

    nt = Network([n1, n2], logger)

    timeout = n1.raft.election_timeout()
    n1.raft.set_randomized_election_timeout(timeout)
    tick(n1.raft, timeout)

    nt.send([new_message(1, 1, MessageType.MsgBeat)])

    assert n1.raft.raft_log.committed == n2.raft.raft_log.committed


def test_add_learner(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_raft(1, [1], 10, 1, storage, logger).raft

    raft.apply_conf_change(add_learner(2))

    assert raft.prs().conf().learners() == {2}


def test_remove_learner(storage: AnyStorage, logger: Logger) -> None:
    raft = new_test_learner_raft(1, [1], [2], 10, 1, storage, logger).raft

    raft.apply_conf_change(remove_node(2))
    assert raft.prs().conf().voters().ids() == {1}
    assert raft.prs().conf().learners() == set()

    # Removing all voters is not allowed.
    with pytest.raises(ConfChangeError, match="removed all voters"):
        raft.apply_conf_change(remove_node(1))
    assert raft.prs().conf().voters().ids() == {1}
    assert raft.prs().conf().learners() == set()


def new_prevote_migration_cluster(new_storage: NewStorage, logger: Logger) -> Network:
    """A cluster in the midst of a rolling update that enables pre_vote.

    - n1 is leader with term 2.
    - n2 is follower with term 2.
    - n3 was partitioned, with term 4 and a shorter log; its state is candidate.
    """
    # At first pre_vote is not enabled on n3, to simulate a rolling restart, during which there can be a mixed cluster
    # with replicas with pre_vote enabled, and replicas without.
    nt = Network(new_followers([True, True, False], new_storage, logger), logger)

    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # Cause a network partition to isolate n3.
    nt.isolate(3)
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

    nt.send([new_message(3, 3, MessageType.MsgHup)])
    nt.send([new_message(3, 3, MessageType.MsgHup)])

    assert nt.peers[1].raft.state == StateRole.Leader
    assert nt.peers[2].raft.state == StateRole.Follower
    assert nt.peers[3].raft.state == StateRole.Candidate

    assert nt.peers[1].raft.term == 2
    assert nt.peers[2].raft.term == 2
    assert nt.peers[3].raft.term == 4

    # Enable pre_vote on n3, then recover the network.
    nt.peers[3].raft.pre_vote = True
    nt.recover()

    return nt


def test_prevote_migration_can_complete_election(new_storage: NewStorage, logger: Logger) -> None:
    nt = new_prevote_migration_cluster(new_storage, logger)

    # Simulate the leader being down.
    nt.isolate(1)

    # Call for elections from both n2 and n3.
    nt.send([new_message(3, 3, MessageType.MsgHup)])
    nt.send([new_message(2, 2, MessageType.MsgHup)])

    assert nt.peers[2].raft.state == StateRole.Follower
    assert nt.peers[3].raft.state == StateRole.PreCandidate

    nt.send([new_message(3, 3, MessageType.MsgHup)])
    nt.send([new_message(2, 2, MessageType.MsgHup)])

    # Do we have a leader?
    assert nt.peers[2].raft.state == StateRole.Leader or nt.peers[3].raft.state == StateRole.Follower


def test_prevote_migration_with_free_stuck_pre_candidate(new_storage: NewStorage, logger: Logger) -> None:
    nt = new_prevote_migration_cluster(new_storage, logger)

    nt.send([new_message(3, 3, MessageType.MsgHup)])

    assert nt.peers[1].raft.state == StateRole.Leader
    assert nt.peers[2].raft.state == StateRole.Follower
    assert nt.peers[3].raft.state == StateRole.PreCandidate

    # Pre-vote again for safety.
    nt.send([new_message(3, 3, MessageType.MsgHup)])
    assert nt.peers[1].raft.state == StateRole.Leader
    assert nt.peers[2].raft.state == StateRole.Follower
    assert nt.peers[3].raft.state == StateRole.PreCandidate

    heartbeat = new_message(1, 3, MessageType.MsgHeartbeat)
    heartbeat.term = nt.peers[1].raft.term
    nt.send([heartbeat])

    # The leader is disrupted so that the stuck peer is freed.
    assert nt.peers[1].raft.state == StateRole.Follower

    assert nt.peers[3].raft.term == nt.peers[1].raft.term


def test_learner_respond_vote(new_storage: NewStorage, logger: Logger) -> None:
    n1 = new_test_learner_raft(1, [1, 2], [3], 10, 1, new_storage(), logger)
    n1.raft.become_follower(1, INVALID_ID)
    n1.raft.reset_randomized_election_timeout()

    n3 = new_test_learner_raft(3, [1, 2], [3], 10, 1, new_storage(), logger)
    n3.raft.become_follower(1, INVALID_ID)
    n3.raft.reset_randomized_election_timeout()

    nt = Network([n1, None, n3], logger, new_storage=new_storage)
    nt.isolate(2)

    # 1 can't be elected because it won't send MsgRequestVote to 3.
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert n1.raft.state == StateRole.Candidate

    # After promoting 3 to a voter, the election succeeds.
    n1.raft.apply_conf_change(add_node(3))
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert n1.raft.state == StateRole.Leader


def test_election_tick_range(new_storage: NewStorage, logger: Logger) -> None:
    config = new_test_config(1, 10, 1)
    raft = new_test_raft(1, [1, 2, 3], 10, 1, new_storage(), logger).raft
    for _ in range(1000):
        raft.reset_randomized_election_timeout()
        assert config.election_tick <= raft.randomized_election_timeout() < 2 * config.election_tick

    config.set_min_election_tick(config.election_tick)
    config.validate()

    # Too small election tick.
    config.set_min_election_tick(config.election_tick - 1)
    with pytest.raises(ConfigInvalidError, match="min election tick 9 must not be less than election_tick 10"):
        config.validate()

    # max_election_tick must be larger than min_election_tick.
    config.set_min_election_tick(config.election_tick)
    config.set_max_election_tick(config.election_tick)
    with pytest.raises(ConfigInvalidError, match="min election tick 10 should be less than max election tick 10"):
        config.validate()

    config.set_max_election_tick(config.election_tick + 1)
    raft = new_test_raft_with_config(config, new_storage(), logger).raft
    for _ in range(100):
        raft.reset_randomized_election_timeout()
        assert raft.randomized_election_timeout() == config.election_tick


def test_prevote_with_split_vote(new_storage: NewStorage, logger: Logger) -> None:
    """After a split vote, the cluster can complete the election in the next round."""
    nt = Network(new_followers([True, True, True], new_storage, logger), logger)
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # Simulate the leader being down. The followers start a split vote.
    nt.isolate(1)
    nt.send([new_message(2, 2, MessageType.MsgHup), new_message(3, 3, MessageType.MsgHup)])

    assert nt.peers[2].raft.term == 3
    assert nt.peers[3].raft.term == 3

    assert nt.peers[2].raft.state == StateRole.Candidate
    assert nt.peers[3].raft.state == StateRole.Candidate

    # The election timeout of node 2 comes first.
    nt.send([new_message(2, 2, MessageType.MsgHup)])

    assert nt.peers[2].raft.term == 4
    assert nt.peers[3].raft.term == 4

    assert nt.peers[2].raft.state == StateRole.Leader
    assert nt.peers[3].raft.state == StateRole.Follower


def test_prevote_with_check_quorum(new_storage: NewStorage, logger: Logger) -> None:
    """After a node has become pre-candidate, it checks the quorum correctly."""

    def bootstrap(node_id: int) -> Interface:
        config = new_test_config(node_id, 10, 1)
        config.pre_vote = True
        config.check_quorum = True
        storage = new_storage()
        initialize(storage, conf_state([1, 2, 3]))
        peer = new_test_raft_with_config(config, storage, logger)
        peer.raft.become_follower(1, INVALID_ID)
        return peer

    nt = Network([bootstrap(1), bootstrap(2), bootstrap(3)], logger)
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # Cause a network partition to isolate node 3. Node 3 knows the leader.
    nt.cut(1, 3)
    nt.cut(2, 3)

    assert nt.peers[1].raft.state == StateRole.Leader
    assert nt.peers[2].raft.state == StateRole.Follower

    nt.send([new_message(3, 3, MessageType.MsgHup)])

    assert nt.peers[3].raft.state == StateRole.PreCandidate

    # Term + 2, so that node 2 ignores the pre-vote of node 3.
    nt.send([new_message(2, 1, MessageType.MsgTransferLeader)])
    nt.send([new_message(1, 2, MessageType.MsgTransferLeader)])

    assert nt.peers[1].raft.term == 4
    assert nt.peers[2].raft.term == 4
    assert nt.peers[3].raft.term == 2

    assert nt.peers[1].raft.state == StateRole.Leader
    assert nt.peers[2].raft.state == StateRole.Follower
    assert nt.peers[3].raft.state == StateRole.PreCandidate

    # Recover the network, then immediately isolate node 1, which is currently the leader, to emulate its crash.
    nt.recover()
    nt.cut(1, 2)
    nt.cut(1, 3)

    # Call for an election. Node 3 must not ignore the pre-vote of node 2.
    tick(nt.peers[3].raft, nt.peers[3].raft.randomized_election_timeout())
    nt.send([new_message(2, 2, MessageType.MsgHup)])

    assert nt.peers[2].raft.state == StateRole.Leader
    assert nt.peers[3].raft.state == StateRole.Follower


def test_new_raft_with_bad_config_errors(storage: AnyStorage, logger: Logger) -> None:
    initialize(storage, conf_state([1, 2]))

    with pytest.raises(ConfigInvalidError, match="invalid node id"):
        Raft(new_test_config(INVALID_ID, 1, 1), storage, logger)


def test_batch_msg_append(storage: AnyStorage, logger: Logger) -> None:
    peer = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    peer.raft.become_candidate()
    peer.raft.become_leader()
    peer.raft.set_batch_append(True)
    commit_noop_entry(peer)
    for _ in range(10):
        peer.step(new_message(1, 1, MessageType.MsgPropose, 1))
    assert len(peer.raft.msgs) == 2
    for message in peer.raft.msgs:
        assert len(message.entries) == 10
        assert message.index == 1

    # If the entries to append are not continuous, they are not batched.
    reject = new_message(2, 1, MessageType.MsgAppendResponse)
    reject.reject = True
    reject.index = 2
    peer.step(reject)
    assert len(peer.raft.msgs) == 3


def test_conf_change_check_before_campaign(led_network: Network) -> None:
    """A node with an unapplied conf change does not campaign."""
    nt = led_network
    n1, n2 = nt.peers[1].raft, nt.peers[2].raft
    assert n1.state == StateRole.Leader

    nt.send([proposal(1, conf_change_entry(conf_change(ConfChangeType.RemoveNode, 3)))])

    # Trigger a campaign in node 2.
    n2.reset_randomized_election_timeout()
    tick(n2, n2.randomized_election_timeout())
    # It's still follower because the committed conf change is not applied.
    assert n2.state == StateRole.Follower

    # Transfer leadership to peer 2.
    nt.send([new_message(2, 1, MessageType.MsgTransferLeader)])
    assert n1.state == StateRole.Leader
    # It's still follower because the committed conf change is not applied.
    assert n2.state == StateRole.Follower
    # Abort the transfer.
    n1.abort_leader_transfer()

    committed = n2.raft_log.committed
    n2.commit_apply(committed)
    n2.apply_conf_change(remove_node(3))

    # Transfer leadership to peer 2 again.
    nt.send([new_message(2, 1, MessageType.MsgTransferLeader)])
    assert n1.state == StateRole.Follower
    assert n2.state == StateRole.Leader

    n1.commit_apply(committed)
    n1.apply_conf_change(remove_node(3))

    # Trigger a campaign in node 1.
    n1.reset_randomized_election_timeout()
    tick(n1, n1.randomized_election_timeout())
    assert n1.state == StateRole.Candidate


def advance_commit_index_by_vote_request(
    cc: ConfChange | ConfChangeV2, use_prevote: bool, new_storage: NewStorage, logger: Logger
) -> None:
    """Node 4, which does not know yet that `cc` makes it a voter, learns so by the vote request of node 2."""

    def bootstrap(node_id: int) -> Interface:
        config = new_test_config(node_id, 10, 1)
        config.pre_vote = use_prevote
        storage = new_storage()
        initialize(storage, conf_state([1, 2, 3], [4]))
        return new_test_raft_with_config(config, storage, logger)

    nt = Network([bootstrap(node_id) for node_id in (1, 2, 3, 4)], logger)
    p2, p4 = nt.peers[2].raft, nt.peers[4].raft
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # Propose a conf change entry but don't let it commit.
    nt.ignore(MessageType.MsgAppendResponse)
    nt.send([proposal(1, conf_change_entry(cc))])
    cc_index = nt.peers[1].raft.raft_log.last_index()

    # Let node 4 have a more up-to-date log than the voters.
    nt.recover()
    nt.cut(1, 2)
    nt.cut(1, 3)
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

    # Let the conf change entry commit but don't let node 4 know.
    nt.recover()
    nt.cut(1, 4)
    nt.ignore(MessageType.MsgAppend)
    message = new_message(2, 1, MessageType.MsgAppendResponse)
    message.index = p2.raft_log.last_index()
    nt.send([message, new_message(1, 1, MessageType.MsgBeat)])

    # Simulate the leader being down.
    nt.recover()
    nt.isolate(1)

    assert p4.raft_log.committed < cc_index
    # Node 4 can't start a new election because it thinks that it is a learner.
    tick(p4, p4.randomized_election_timeout())
    assert p4.state == StateRole.Follower

    assert p2.raft_log.committed >= cc_index
    p2.apply_conf_change(cc.as_v2())
    p2.commit_apply(cc_index)

    # Node 2 needs votes from both node 3 and node 4, but node 4 rejects.
    tick(p2, p2.randomized_election_timeout())
    assert p2.state == (StateRole.PreCandidate if use_prevote else StateRole.Candidate)
    nt.filter_and_send(nt.read_messages())
    assert p2.state != StateRole.Leader

    # The commit index of node 4 is advanced by the vote request of node 2.
    assert p4.raft_log.committed >= cc_index
    p4.apply_conf_change(cc.as_v2())
    p4.commit_apply(cc_index)

    # Now node 4 can start a new election and become leader.
    tick(p4, p4.randomized_election_timeout())
    nt.filter_and_send(nt.read_messages())
    assert p4.state == StateRole.Leader


add_voter_4 = pytest.mark.parametrize(
    "cc",
    [
        pytest.param(conf_change(ConfChangeType.AddNode, 4), id="v1"),
        pytest.param(
            conf_change_v2(
                [
                    new_conf_change_single(3, ConfChangeType.AddLearnerNode),
                    new_conf_change_single(4, ConfChangeType.AddNode),
                ]
            ),
            id="v2",
        ),
    ],
)


@add_voter_4
def test_advance_commit_index_by_direct_vote_request(
    cc: ConfChange | ConfChangeV2, new_storage: NewStorage, logger: Logger
) -> None:
    advance_commit_index_by_vote_request(cc, False, new_storage, logger)


@add_voter_4
def test_advance_commit_index_by_prevote_request(
    cc: ConfChange | ConfChangeV2, new_storage: NewStorage, logger: Logger
) -> None:
    advance_commit_index_by_vote_request(cc, True, new_storage, logger)


def advance_commit_index_by_vote_response(
    cc: ConfChange | ConfChangeV2, use_prevote: bool, new_storage: NewStorage, logger: Logger
) -> None:
    """Node 2, which does not know yet that `cc` removes the vote of node 4, learns so by the latter's vote response."""
    peers = [
        new_test_raft_with_prevote(node_id, [1, 2, 3, 4], 10, 1, new_storage(), use_prevote, logger)
        for node_id in (1, 2, 3, 4)
    ]
    nt = Network(peers, logger)
    p2, p4 = nt.peers[2].raft, nt.peers[4].raft

    # A joint configuration must be entered before `cc` can leave it.
    if isinstance(cc, ConfChangeV2):
        enter_joint = ConfChangeV2(
            transition=ConfChangeTransition.Explicit,
            changes=[
                new_conf_change_single(3, ConfChangeType.AddNode),
                new_conf_change_single(4, ConfChangeType.AddLearnerNode),
            ],
        )
        for peer in nt.peers.values():
            peer.raft.apply_conf_change(enter_joint)

    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # Propose a conf change entry but don't let it commit.
    nt.ignore(MessageType.MsgAppendResponse)
    nt.send([proposal(1, conf_change_entry(cc))])
    cc_index = nt.peers[1].raft.raft_log.last_index()

    # Let node 4 have a more up-to-date log than the other voters.
    nt.recover()
    nt.cut(1, 2)
    nt.cut(1, 3)
    nt.send([new_message(1, 1, MessageType.MsgPropose, 1)])

    # A delayed MsgAppendResponse makes the conf change entry committed.
    message = new_message(2, 1, MessageType.MsgAppendResponse)
    message.index = p2.raft_log.last_index()
    nt.send([message, new_message(1, 1, MessageType.MsgBeat)])

    # Simulate the leader being down.
    nt.recover()
    nt.isolate(1)

    assert p4.raft_log.committed >= cc_index
    p4.apply_conf_change(cc.as_v2())
    p4.commit_apply(cc_index)
    # Node 4 can't start a new election because it thinks that it is not a voter.
    tick(p4, p4.randomized_election_timeout())
    assert p4.state == StateRole.Follower

    assert p2.raft_log.committed < cc_index

    # Node 2 needs votes from both node 3 and node 4, but node 4 rejects.
    tick(p2, p2.randomized_election_timeout())
    assert p2.state == (StateRole.PreCandidate if use_prevote else StateRole.Candidate)
    nt.filter_and_send(nt.read_messages())
    # Node 2 becomes follower by the vote response, which advances its commit index.
    assert p2.state == StateRole.Follower
    assert p2.raft_log.committed >= cc_index
    p2.apply_conf_change(cc.as_v2())
    p2.commit_apply(cc_index)

    # Now node 2 only needs the vote of node 3.
    tick(p2, p2.randomized_election_timeout())
    nt.filter_and_send(nt.read_messages())
    assert p2.state == StateRole.Leader


remove_voter_4 = pytest.mark.parametrize(
    "cc",
    [
        pytest.param(conf_change(ConfChangeType.RemoveNode, 4), id="v1"),
        pytest.param(conf_change_v2([]), id="leave-joint"),
    ],
)


@remove_voter_4
def test_advance_commit_index_by_direct_vote_response(
    cc: ConfChange | ConfChangeV2, new_storage: NewStorage, logger: Logger
) -> None:
    advance_commit_index_by_vote_response(cc, False, new_storage, logger)


@remove_voter_4
def test_advance_commit_index_by_prevote_response(
    cc: ConfChange | ConfChangeV2, new_storage: NewStorage, logger: Logger
) -> None:
    advance_commit_index_by_vote_response(cc, True, new_storage, logger)


def prepare_request_snapshot(new_storage: NewStorage, logger: Logger) -> tuple[Network, Snapshot]:
    """Three peers, led by peer 1, with entries up to 15 committed; and a snapshot of peer 1 at 14."""

    def index_term_11(node_id: int) -> Interface:
        storage = new_storage()
        storage.wl().apply_snapshot(new_snapshot(11, 11, [1, 2, 3]))
        peer = new_test_raft(node_id, [1, 2, 3], 5, 1, storage, logger)
        peer.raft.reset(11)
        return peer

    nt = Network([index_term_11(1), index_term_11(2), index_term_11(3)], logger)

    # Elect r1 as leader.
    nt.send([new_message(1, 1, MessageType.MsgHup)])

    test_entry = Entry(data=b"testdata")
    nt.send([proposal(1, test_entry), proposal(1, test_entry)])
    assert nt.peers[1].raft.raft_log.committed == 14
    assert nt.peers[2].raft.raft_log.committed == 14

    nt.storage[1].wl().commit_to(14)
    nt.peers[1].raft.raft_log.set_applied(14)

    # Commit a new raft log.
    nt.send([proposal(1, test_entry)])

    return nt, nt.storage[1].snapshot(0, 0)


def request_snapshot(peer: Interface) -> Message:
    """Makes a peer request a snapshot. Returns its only message, the request."""
    peer.raft.request_snapshot()
    [request] = peer.read_messages()
    return request


def test_follower_request_snapshot(new_storage: NewStorage, logger: Logger) -> None:
    """An up-to-date follower can request a snapshot from the leader."""
    nt, snapshot = prepare_request_snapshot(new_storage, logger)

    # Request the latest snapshot.
    request_index = nt.peers[1].raft.raft_log.committed
    assert snapshot.metadata.index < request_index
    request = request_snapshot(nt.peers[2])

    # Send the request.
    assert request.msg_type == MessageType.MsgAppendResponse
    assert request.reject
    assert request.request_snapshot == request_index
    nt.peers[1].step(request)

    # New proposals can not be replicated to peer 2.
    test_entry = Entry(data=b"testdata")
    nt.send([proposal(1, test_entry)])
    assert nt.peers[1].raft.raft_log.committed == 16
    assert nt.peers[1].progress(2).state == ProgressState.Snapshot
    assert nt.peers[2].raft.raft_log.committed == 15

    # Until the snapshot succeeds or fails.
    nt.send([new_message(2, 1, MessageType.MsgSnapStatus)])
    nt.send([new_message(2, 1, MessageType.MsgHeartbeatResponse)])
    nt.send([proposal(1, test_entry)])

    assert nt.peers[1].raft.raft_log.committed == 17
    assert nt.peers[2].raft.raft_log.committed == 17


def test_request_snapshot_unavailable(new_storage: NewStorage, logger: Logger) -> None:
    """The request can make progress when it meets SnapshotTemporarilyUnavailable."""
    nt, snapshot = prepare_request_snapshot(new_storage, logger)

    # Request the latest snapshot.
    request_index = nt.peers[1].raft.raft_log.committed
    assert snapshot.metadata.index < request_index
    request = request_snapshot(nt.peers[2])

    assert request.msg_type == MessageType.MsgAppendResponse
    assert request.reject
    assert request.request_snapshot == request_index

    # Peer 2 is still in probe state due to SnapshotTemporarilyUnavailable.
    nt.peers[1].raft.store().wl().trigger_snap_unavailable()
    nt.peers[1].step(request)
    assert nt.peers[1].progress(2).state == ProgressState.Probe

    # The next index is decreased.
    nt.peers[1].raft.store().wl().trigger_snap_unavailable()
    nt.peers[1].step(request)
    assert nt.peers[1].progress(2).state == ProgressState.Probe

    # The snapshot is available if it is requested again. This message must not be considered stale even if
    # `reject != next - 1`.
    nt.peers[1].step(request)
    assert nt.peers[1].progress(2).state == ProgressState.Snapshot


def test_request_snapshot_matched_change(new_storage: NewStorage, logger: Logger) -> None:
    """The request can make progress when matched is advanced."""
    nt, _ = prepare_request_snapshot(new_storage, logger)
    # Let matched be greater than committed.
    nt.peers[2].raft.raft_log.committed -= 1

    # Request the latest snapshot. The request is ignored because it is considered as out of order.
    nt.peers[1].step(request_snapshot(nt.peers[2]))
    assert nt.peers[1].progress(2).state == ProgressState.Replicate

    # A heartbeat is answered by a request for a snapshot.
    tick(nt.peers[1].raft, nt.peers[1].raft.heartbeat_timeout())
    heartbeat = next(message for message in nt.peers[1].raft.msgs if message.to == 2)
    nt.peers[2].step(heartbeat)
    [request] = nt.peers[2].read_messages()
    nt.peers[1].step(request)
    assert nt.peers[1].progress(2).state == ProgressState.Snapshot


def test_request_snapshot_none_replicate(new_storage: NewStorage, logger: Logger) -> None:
    """The request can make progress when the peer is not in Replicate."""
    nt, _ = prepare_request_snapshot(new_storage, logger)
    nt.peers[1].progress(2).state = ProgressState.Probe

    # Request the latest snapshot.
    nt.peers[1].step(request_snapshot(nt.peers[2]))

    assert nt.peers[1].progress(2).pending_request_snapshot != 0


def test_request_snapshot_step_down(new_storage: NewStorage, logger: Logger) -> None:
    """The request can make progress when the leader steps down."""
    nt, _ = prepare_request_snapshot(new_storage, logger)

    # Commit a new entry, and let the leader step down while peer 2 is isolated.
    nt.isolate(2)
    nt.send([proposal(1, Entry(data=b"testdata"))])
    nt.send([new_message(3, 3, MessageType.MsgHup)])
    assert nt.peers[3].raft.state == StateRole.Leader

    # Recover and request the latest snapshot.
    nt.recover()
    nt.peers[2].raft.request_snapshot()
    nt.send([new_message(3, 3, MessageType.MsgBeat)])
    assert nt.peers[2].raft.pending_request_snapshot == INVALID_INDEX


def test_request_snapshot_on_role_change(new_storage: NewStorage, logger: Logger) -> None:
    """The request is dropped when the peer becomes leader or candidate."""
    nt, _ = prepare_request_snapshot(new_storage, logger)

    nt.peers[2].raft.request_snapshot()

    # Becoming follower does not reset pending_request_snapshot.
    nt.peers[2].raft.become_follower(nt.peers[1].raft.term, nt.peers[1].raft.id)
    assert nt.peers[2].raft.pending_request_snapshot != INVALID_INDEX

    # Becoming candidate resets pending_request_snapshot.
    nt.peers[2].raft.become_candidate()
    assert nt.peers[2].raft.pending_request_snapshot == INVALID_INDEX


def test_request_snapshot_after_term_change(new_storage: NewStorage, logger: Logger) -> None:
    """The request is dropped when the term changes."""
    nt, _ = prepare_request_snapshot(new_storage, logger)

    nt.peers[2].raft.request_snapshot()
    assert nt.peers[2].raft.pending_request_snapshot != INVALID_INDEX

    nt.peers[2].raft.reset(nt.peers[1].raft.term + 1)
    assert nt.peers[2].raft.pending_request_snapshot == INVALID_INDEX


def add_missing_voters(peer: Interface, matches: Sequence[int]) -> None:
    """Adds the missing voters from 1 on, each with its matched index."""
    for node_id, matched in enumerate(matches, start=1):
        if peer.raft.prs().get(node_id) is None:
            peer.raft.apply_conf_change(add_node(node_id))
            peer.progress(node_id).matched = matched
            peer.progress(node_id).next_idx = matched + 1


def commit_groups(group_ids: Sequence[int]) -> list[tuple[int, int]]:
    """The groups of the voters from 1 on, without the voters that have none."""
    return [(node_id, group_id) for node_id, group_id in enumerate(group_ids, start=1) if group_id != 0]


@pytest.mark.parametrize(
    ("matches", "group_ids", "want_group_commit", "want_quorum_commit"),
    [
        # Single
        ([1], [0], 1, 1),
        ([1], [1], 1, 1),
        # Odd
        ([2, 2, 1], [1, 2, 1], 2, 2),
        ([2, 2, 1], [1, 1, 2], 1, 2),
        ([2, 2, 1], [1, 0, 1], 1, 2),
        ([2, 2, 1], [0, 0, 0], 1, 2),
        # Even
        ([4, 2, 1, 3], [0, 0, 0, 0], 1, 2),
        ([4, 2, 1, 3], [1, 0, 0, 0], 1, 2),
        ([4, 2, 1, 3], [0, 1, 0, 2], 2, 2),
        ([4, 2, 1, 3], [0, 2, 1, 0], 1, 2),
        ([4, 2, 1, 3], [1, 1, 1, 1], 2, 2),
        ([4, 2, 1, 3], [1, 1, 2, 1], 1, 2),
        ([4, 2, 1, 3], [1, 2, 1, 1], 2, 2),
        ([4, 2, 1, 3], [4, 3, 2, 1], 2, 2),
    ],
    ids=str,
)
def test_group_commit(
    matches: list[int],
    group_ids: list[int],
    want_group_commit: int,
    want_quorum_commit: int,
    storage: AnyStorage,
    logger: Logger,
) -> None:
    """Entries must be in different groups before they commit; in a single group, a simple quorum counts."""
    logs = [empty_entry(1, index) for index in range(min(matches), max(matches) + 1)]
    storage.wl().set_hardstate(hard_state(1, 0, 0))
    peer = new_test_raft_with_logs(1, [1], 5, 1, storage, logs, logger)
    add_missing_voters(peer, matches)

    peer.raft.enable_group_commit(True)
    peer.raft.assign_commit_groups(commit_groups(group_ids))
    # A follower does not commit.
    assert peer.raft.raft_log.committed == 0

    peer.raft.state = StateRole.Leader
    peer.raft.assign_commit_groups(commit_groups(group_ids))
    assert peer.raft.raft_log.committed == want_group_commit

    peer.raft.enable_group_commit(False)
    assert peer.raft.raft_log.committed == want_quorum_commit


@pytest.mark.parametrize(
    ("matches", "group_ids", "committed", "applied", "role", "want_consistent"),
    [
        # A single node is not using group commit.
        ([8], [0], 8, 6, StateRole.Leader, False),
        ([8], [1], 8, 5, StateRole.Leader, None),
        ([8], [1], 8, 6, StateRole.Follower, None),
        # None if nothing of the current term is committed, as the old leader may have reached consistency.
        ([8, 2, 0], [1, 2, 1], 2, 2, StateRole.Leader, None),
        ([8, 2, 6], [1, 1, 2], 6, 6, StateRole.Leader, True),
        # None if nothing of the current term is applied, as there may be a pending conf change.
        ([8, 2, 6], [1, 1, 2], 6, 5, StateRole.Leader, None),
        # False when not using group commit.
        ([8, 6, 6], [0, 0, 0], 6, 6, StateRole.Leader, False),
        # False when there is only one group.
        ([8, 6, 6], [1, 1, 1], 6, 6, StateRole.Leader, False),
        ([8, 6, 6], [1, 1, 0], 6, 6, StateRole.Leader, False),
        # Only the leader knows what's the current state.
        ([8, 2, 6], [1, 1, 2], 6, 6, StateRole.Follower, None),
        ([8, 2, 6], [1, 1, 2], 6, 6, StateRole.Candidate, None),
        ([8, 2, 6], [1, 1, 2], 6, 6, StateRole.PreCandidate, None),
    ],
    ids=str,
)
def test_group_commit_consistent(
    matches: list[int],
    group_ids: list[int],
    committed: int,
    applied: int,
    role: StateRole,
    want_consistent: bool | None,
    storage: AnyStorage,
    logger: Logger,
) -> None:
    initialize(storage, conf_state([1]))
    storage.wl().append(log_of(1, 1, 1, 1, 1, 2, 2, 2))
    storage.wl().set_hardstate(hard_state(2, committed, 0))
    config = new_test_config(1, 5, 1)
    config.applied = applied
    peer = new_test_raft_with_config(config, storage, logger)
    peer.raft.state = role
    add_missing_voters(peer, matches)

    peer.raft.assign_commit_groups(commit_groups(group_ids))
    if want_consistent:
        assert peer.raft.check_group_commit_consistent() is False

    peer.raft.enable_group_commit(True)
    assert peer.raft.check_group_commit_consistent() is want_consistent


@pytest.mark.parametrize(
    ("up_to_date", "priorities", "want_state"),
    [
        ((True, False, False), (3, 1, 1), StateRole.Leader),
        ((True, False, False), (2, 2, 2), StateRole.Leader),
        ((True, False, False), (1, 3, 3), StateRole.Leader),
        ((True, True, True), (3, 1, 1), StateRole.Leader),
        ((True, True, True), (2, 2, 2), StateRole.Leader),
        ((True, True, True), (1, 3, 3), StateRole.Follower),
        ((False, True, True), (3, 1, 1), StateRole.Follower),
        ((False, True, True), (2, 2, 2), StateRole.Follower),
        ((False, True, True), (1, 3, 3), StateRole.Follower),
        ((False, False, True), (1, 3, 1), StateRole.Follower),
        ((False, False, True), (1, 1, 3), StateRole.Leader),
    ],
    ids=str,
)
def test_election_with_priority_log(
    up_to_date: tuple[bool, bool, bool],
    priorities: tuple[int, int, int],
    want_state: StateRole,
    new_storage: NewStorage,
    logger: Logger,
) -> None:
    """The outcome of a campaign of peer 1 depends on both the priority and the log of all three peers."""
    peers = []
    for node_id, has_log, priority in zip((1, 2, 3), up_to_date, priorities, strict=True):
        peer = new_test_raft(node_id, [1, 2, 3], 10, 1, new_storage(), logger)
        peer.raft.set_priority(priority)
        if has_log:
            peer.raft.raft_log.append([new_entry(1, 1, SOME_DATA), new_entry(1, 1, SOME_DATA)])
        peers.append(peer)
    nt = Network(peers, logger)

    nt.send([new_message(1, 1, MessageType.MsgHup)])

    assert nt.peers[1].raft.state == want_state


def test_election_after_change_priority(new_storage: NewStorage, logger: Logger) -> None:
    """A peer can win an election by raising its priority and lose an election by lowering its priority."""
    n1, n2, n3 = new_followers([False, False, False], new_storage, logger)
    # The priority of n1 is 0 by default.
    n2.raft.set_priority(2)
    n3.raft.set_priority(3)
    nt = Network([n1, n2, n3], logger)

    assert n1.raft.priority == 0
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert n1.raft.state == StateRole.Follower

    campaigns = [(1, StateRole.Follower), (2, StateRole.Leader), (3, StateRole.Leader), (0, StateRole.Follower)]
    for term, (priority, want_state) in enumerate(campaigns, start=2):
        n1.raft.become_follower(term, INVALID_ID)
        n1.raft.set_priority(priority)
        nt.send([new_message(1, 1, MessageType.MsgHup)])

        assert n1.raft.state == want_state


def test_read_when_quorum_becomes_less(new_storage: NewStorage, logger: Logger) -> None:
    """A read request is answered early if the quorum becomes less by a configuration change."""
    nt = Network([None, None], logger, new_storage=new_storage)

    nt.send([new_message(1, 1, MessageType.MsgHup)])
    assert nt.peers[1].raft.raft_log.committed == 1

    # Read index on the peer.
    nt.dispatch([new_message_with_entries(0, 1, MessageType.MsgReadIndex, [Entry(data=b"abcdefg")])])

    # Broadcast heartbeats.
    nt.dispatch(nt.read_messages())

    # Drop the heartbeat response from peer 2.
    heartbeat_responses = nt.read_messages()
    assert len(heartbeat_responses) == 1

    nt.peers[1].raft.apply_conf_change(remove_node(2))
    assert nt.peers[1].raft.read_states != []


def test_uncommitted_entries_size_limit(new_storage: NewStorage, logger: Logger) -> None:
    config = Config(id=1, max_uncommitted_size=12)
    nt = Network([None, None, None], logger, config=config, new_storage=new_storage)
    data = b"hello world!"

    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # The first proposal is accepted.
    nt.dispatch([proposal(1, Entry(data=data))])

    # Then the next proposal is dropped.
    with pytest.raises(ProposalDroppedError, match="raft: proposal dropped"):
        nt.dispatch([proposal(1, Entry(data=data))])

    # But an entry of empty size is accepted.
    nt.dispatch([proposal(1, Entry())])

    # After a reduction, a new proposal can be accepted.
    nt.peers[1].raft.reduce_uncommitted_size([Entry(data=data, index=3)])
    assert nt.peers[1].raft.uncommitted_size() == 0

    # A huge proposal is accepted when there is no uncommitted entry, even if it's bigger than max_uncommitted_size.
    nt.dispatch([proposal(1, Entry(data=b"hello world and raft"))])

    # But another huge one is dropped.
    with pytest.raises(ProposalDroppedError, match="raft: proposal dropped"):
        nt.dispatch([proposal(1, Entry(data=b"hello world and raft"))])

    # An entry of empty size is still accepted.
    nt.dispatch([proposal(1, Entry())])


def test_uncommitted_entry_after_leader_election(new_storage: NewStorage, logger: Logger) -> None:
    config = Config(id=1, max_uncommitted_size=12)
    nt = Network([None, None, None, None, None], logger, config=config, new_storage=new_storage)

    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # Create an uncommitted entry on node 2.
    nt.cut(1, 3)
    nt.cut(1, 4)
    nt.cut(1, 5)
    nt.send([proposal(1, Entry(data=b"hello world!"))])

    # Now isolate the leader and make node 2 the leader. As append messages are lost, the cluster only works on the
    # election.
    nt.isolate(1)
    nt.ignore(MessageType.MsgAppend)
    nt.send([new_message(2, 2, MessageType.MsgHup)])

    # The uncommitted size is 0 on node 2, because it is set to 0 rather than computed again, which means that
    # max_uncommitted_size is a soft limit.
    assert nt.peers[2].raft.state == StateRole.Leader
    assert nt.peers[2].raft.uncommitted_size() == 0


def test_uncommitted_state_advance_ready_from_last_term(new_storage: NewStorage, logger: Logger) -> None:
    config = Config(id=1, max_uncommitted_size=12)
    nt = Network([None, None, None, None, None], logger, config=config, new_storage=new_storage)
    data = b"hello world!"

    nt.send([new_message(1, 1, MessageType.MsgHup)])

    nt.send([proposal(1, Entry(data=data))])
    nt.send([proposal(1, Entry(data=data))])

    # Now node 2 has 2 committed entries. Make node 2 leader.
    nt.send([new_message(2, 2, MessageType.MsgHup)])
    assert nt.peers[2].raft.state == StateRole.Leader

    nt.isolate(2)
    # Create one uncommitted entry.
    nt.send([proposal(2, Entry(data=data))])

    # Simulate advancing the 2 entries of when node 2 was follower.
    nt.peers[2].raft.reduce_uncommitted_size([Entry(data=data, index=1), Entry(data=data, index=2)])

    # The uncommitted size remains unchanged, since there's only one uncommitted entry.
    assert nt.peers[2].raft.uncommitted_size() == len(data)


@pytest.mark.parametrize(
    (
        "leader_terms",
        "follower_terms",
        "reject_hint_term",
        "reject_hint_index",
        "next_append_term",
        "next_append_index",
    ),
    [
        # The leader can find the conflict index quickly. First it appends (index=7, log_term=4, entries=...); after
        # the rejection it appends (index=3, log_term=2).
        pytest.param(
            [1, 2, 2, 4, 4, 4, 4],
            [1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3],
            3,
            7,
            2,
            3,
            id="leader-finds-conflict",
        ),
        # The same: first it appends (index=8, log_term=5, entries=...); after the rejection it appends (index=4,
        # log_term=3).
        pytest.param(
            [1, 2, 2, 3, 4, 4, 4, 5],
            [1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3],
            3,
            8,
            3,
            4,
            id="leader-finds-conflict-after-common-term",
        ),
        # The follower can find the conflict index quickly. First the leader appends (index=4, log_term=1,
        # entries=...); after the rejection it appends (index=1, log_term=1).
        pytest.param(
            [1, 1, 1, 1],
            [1, 2, 2, 4],
            1,
            1,
            1,
            1,
            id="follower-finds-conflict",
        ),
        # Similar to the previous case, but the leader has a longer uncommitted log tail than the follower. First the
        # leader appends (index=6, log_term=1, entries=...); after the rejection it appends (index=1, log_term=1).
        pytest.param(
            [1, 1, 1, 1, 1, 1],
            [1, 2, 2, 4],
            1,
            1,
            1,
            1,
            id="follower-finds-conflict-with-longer-leader-log",
        ),
        # Similar to the previous case, but the follower has a longer uncommitted log tail than the leader. First the
        # leader appends (index=4, log_term=1, entries=...); after the rejection it appends (index=1, log_term=1).
        pytest.param(
            [1, 1, 1, 1],
            [1, 2, 2, 4, 4, 4],
            1,
            1,
            1,
            1,
            id="follower-finds-conflict-with-longer-follower-log",
        ),
        # A normal case without log conflicts. First the leader appends (index=5, log_term=5, entries=...); after the
        # rejection it appends (index=4, log_term=4).
        pytest.param(
            [1, 1, 1, 4, 5],
            [1, 1, 1, 4],
            4,
            4,
            4,
            4,
            id="no-conflict",
        ),
        # Like the first example in the comments of raft's `handle_append_response`: the leader skips a term.
        pytest.param(
            [2, 5, 5, 5, 5, 5, 5, 5, 5],
            [2, 4, 4, 4, 4, 4],
            4,
            6,
            2,
            1,
            id="example-on-leader",
        ),
        # Like the second example there: the follower skips a term.
        pytest.param(
            [2, 2, 2, 2, 2],
            [2, 4, 4, 4, 4, 4, 4, 4],
            2,
            1,
            2,
            1,
            id="example-on-follower",
        ),
    ],
)
def test_fast_log_rejection(
    leader_terms: list[int],
    follower_terms: list[int],
    reject_hint_term: int,
    reject_hint_index: int,
    next_append_term: int,
    next_append_index: int,
    new_storage: NewStorage,
    logger: Logger,
) -> None:
    n1 = new_test_raft_with_logs(1, [1, 2, 3], 10, 1, new_storage(), log_of(*leader_terms), logger)
    n2 = new_test_raft_with_logs(2, [1, 2, 3], 10, 1, new_storage(), log_of(*follower_terms), logger)
    n1.raft.become_candidate()
    n1.raft.become_leader()
    n2.step(new_message(2, 2, MessageType.MsgHeartbeat))

    messages = n2.read_messages()
    assert len(messages) == 1
    assert messages[0].msg_type == MessageType.MsgHeartbeatResponse
    n1.step(messages[0])

    messages = n1.read_messages()
    assert len(messages) == 1
    assert messages[0].msg_type == MessageType.MsgAppend
    n2.step(messages[0])

    messages = n2.read_messages()
    assert len(messages) == 1
    assert messages[0].msg_type == MessageType.MsgAppendResponse
    assert messages[0].reject
    assert messages[0].reject_hint == reject_hint_index
    assert messages[0].log_term == reject_hint_term
    n1.step(messages[0])

    messages = n1.read_messages()
    assert len(messages) == 1
    assert messages[0].log_term == next_append_term
    assert messages[0].index == next_append_index


def test_switching_check_quorum(storage: AnyStorage, logger: Logger) -> None:
    peer = new_test_raft(1, [1, 2, 3], 5, 1, storage, logger)

    peer.raft.set_check_quorum(True)
    peer.raft.become_candidate()
    peer.raft.become_leader()
    tick(peer.raft, peer.raft.election_timeout() + 1)
    assert peer.raft.state != StateRole.Leader

    peer.persist()
    peer.raft.set_check_quorum(False)
    peer.raft.become_candidate()
    peer.raft.become_leader()
    tick(peer.raft, peer.raft.election_timeout() + 1)
    assert peer.raft.state == StateRole.Leader


def expect_one_message(peer: Interface) -> Message:
    [message] = peer.read_messages()
    return message


def test_log_replication_with_reordered_message(new_storage: NewStorage, logger: Logger) -> None:
    r1 = new_test_raft(1, [1, 2], 10, 1, new_storage(), logger)
    r1.raft.become_candidate()
    r1.raft.become_leader()
    r1.read_messages()
    r1.progress(2).become_replicate()

    r2 = new_test_raft(2, [1, 2], 10, 1, new_storage(), logger)

    # r1 sends 2 MsgApp messages to r2.
    r1.raft.append_entry([new_entry(0, 0, SOME_DATA)])
    r1.raft.send_append(2)
    req1 = expect_one_message(r1)
    r1.raft.append_entry([new_entry(0, 0, SOME_DATA)])
    r1.raft.send_append(2)
    req2 = expect_one_message(r1)

    # r2 receives the second MsgApp first due to reordering.
    r2.step(req2)
    resp2 = expect_one_message(r2)
    # r2 rejects req2
    assert resp2.reject
    assert resp2.reject_hint == 0
    assert resp2.index == 2

    # r2 handles the first MsgApp and responses to r1. And r1 updates match index accordingly.
    r2.step(req1)
    m = expect_one_message(r2)
    assert not m.reject
    assert m.index == 2
    r1.step(m)
    assert r1.progress(2).matched == 2

    # r1 observes a transient network issue to r2, hence transits to probe state.
    r1.step(new_message(2, 1, MessageType.MsgUnreachable))
    assert r1.progress(2).state == ProgressState.Probe

    # now r1 receives the delayed resp2.
    r1.step(resp2)
    m = expect_one_message(r1)
    # r1 shall re-send MsgApp from match index even if resp2's reject hint is less than matching index.
    assert r1.progress(2).matched == m.index
