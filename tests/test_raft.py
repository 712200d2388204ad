"""Port of raft-rs harness/tests/integration_cases/test_raft.rs (v0.7.0), up to `test_leader_append_response`."""

import math
from collections.abc import Sequence

import pytest

from rraft import (
    INVALID_ID,
    Entry,
    HardState,
    Logger,
    Message,
    MessageType,
    ProgressState,
    RaftPanicError,
    RaftRef,
    ReadOnlyOption,
    ReadState,
    StateRole,
    vote_resp_msg_type,
)
from tests.harness import AnyStorage, Interface, Network, NewStorage
from tests.harness.util import (
    NOP_STEPPER,
    add_node,
    empty_entry,
    initialize_if_empty,
    log_of,
    new_entry,
    new_message,
    new_message_with_entries,
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
    """Go over to `state`; term and leader are those of a follower."""
    if state == StateRole.Follower:
        raft.become_follower(term, leader_id)
    elif state == StateRole.PreCandidate:
        raft.become_pre_candidate()
    elif state == StateRole.Candidate:
        raft.become_candidate()
    else:
        raft.become_leader()


def let_lease_pass(raft: RaftRef) -> None:
    """Let the election timeout pass, after which a raft votes again, but do not let it campaign.

    It would, now and then, if its randomized timeout were left to chance: that has to be above the election timeout.
    """
    timeout = raft.election_timeout()
    raft.set_randomized_election_timeout(timeout + 1)
    for _ in range(timeout):
        raft.tick()


def read_index(from_: int, to: int, context: bytes) -> Message:
    """A request to read, which the answer repeats the context of."""
    return new_message_with_entries(from_, to, MessageType.MsgReadIndex, [new_entry(0, 0, context)])


def take_read_states(raft: RaftRef) -> list[ReadState]:
    """Take the answers to read requests."""
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
"""Clusters of `peers`, some with the `logs` of these terms, and how a campaign of the first ends."""


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
    assert raft.get_readonly_read_index_queue() == [list(b"ctx")]
    assert raft.pending_read_count() == 1

    # Heartbeat responses from a majority of followers (1 in this case) acknowledge the authority of the leader: raft
    # dissertation 6.4, step 3.
    response = new_message(2, 1, MessageType.MsgHeartbeatResponse)
    response.context = b"ctx"
    raft.step(response)
    assert raft.get_readonly_read_index_queue() == []
    assert raft.pending_read_count() == 0

    # A request is queued only if the map does not hold its context: it holds none now, and holds it from then on.
    raft.step(request)
    raft.step(request)
    assert raft.get_readonly_read_index_queue() == [list(b"ctx")]
    assert raft.pending_read_count() == 1


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

    # 2 refuses its vote since its election timeout has not elapsed.
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
    """A node that is no member follows a new leader, and does not campaign however long it waits."""
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
    # to wait anew; the last tick triggers a campaign.
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
            # A request with the last context lets the leader handle those that wait.
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
        peer.raft.set_read_only_option(ReadOnlyOption.LeaseBased)
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
        peer.raft.set_read_only_option(ReadOnlyOption.LeaseBased)
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
    tt.peers[1].raft.set_read_only_option(ReadOnlyOption.LeaseBased)
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
