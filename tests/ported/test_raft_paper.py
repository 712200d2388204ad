"""Port of raft-rs harness/tests/integration_cases/test_raft_paper.rs (v0.7.0).

The sections and the figure are those of the paper "In Search of an Understandable Consensus Algorithm".
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

import pytest

from rraft import INVALID_ID, Entry, Logger, Message, MessageType, RaftRef, StateRole
from tests.harness import AnyStorage, Interface, Network, NewStorage
from tests.harness.util import (
    NOP_STEPPER,
    SOME_DATA,
    accept_and_reply,
    commit_noop_entry,
    empty_entry,
    hard_state,
    log_of,
    ltoa,
    new_entry,
    new_message,
    new_test_raft,
    new_test_raft_with_logs,
)

ELECTION_TICK = 10


def messages_by_receiver(peer: Interface) -> list[Message]:
    """Take the messages of a peer, in the order of their receivers."""
    return sorted(peer.read_messages(), key=attrgetter("to"))


# If one server's current term is smaller than the other's, then it updates its current term to the larger value. If a
# candidate or leader discovers that its term is out of date, it immediately reverts to follower state.
# Reference: section 5.1
APPEND_OF_TERM_2 = Message(from_=0, to=0, msg_type=MessageType.MsgAppend, term=2)


def test_follower_update_term_from_message(storage: AnyStorage, logger: Logger) -> None:
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    r.raft.become_follower(1, 2)

    r.step(APPEND_OF_TERM_2)

    assert r.raft.term == 2
    assert r.raft.state == StateRole.Follower


def test_candidate_update_term_from_message(storage: AnyStorage, logger: Logger) -> None:
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    r.raft.become_candidate()

    r.step(APPEND_OF_TERM_2)

    assert r.raft.term == 2
    assert r.raft.state == StateRole.Follower


def test_leader_update_term_from_message(storage: AnyStorage, logger: Logger) -> None:
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    r.raft.become_candidate()
    r.raft.become_leader()

    r.step(APPEND_OF_TERM_2)

    assert r.raft.term == 2
    assert r.raft.state == StateRole.Follower


def test_start_as_follower(storage: AnyStorage, logger: Logger) -> None:
    """When servers start up, they begin as followers.

    Reference: section 5.2
    """
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)

    assert r.raft.state == StateRole.Follower


def test_leader_bcast_beat(storage: AnyStorage, logger: Logger) -> None:
    """If the leader receives a heartbeat tick, it sends a heartbeat without an index, a log term and entries to all
    followers.

    Reference: section 5.2
    """
    heartbeat_tick = 1
    r = new_test_raft(1, [1, 2, 3], 10, heartbeat_tick, storage, logger)
    r.raft.become_candidate()
    r.raft.become_leader()
    for i in range(10):
        r.raft.append_entry([empty_entry(0, i + 1)])

    for _ in range(heartbeat_tick):
        r.raft.tick()

    assert messages_by_receiver(r) == [
        Message(from_=1, to=2, msg_type=MessageType.MsgHeartbeat, term=1, commit=0),
        Message(from_=1, to=3, msg_type=MessageType.MsgHeartbeat, term=1, commit=0),
    ]


VOTE_REQUESTS_OF_TERM_2 = [
    Message(from_=1, to=2, msg_type=MessageType.MsgRequestVote, term=2),
    Message(from_=1, to=3, msg_type=MessageType.MsgRequestVote, term=2),
]


def test_follower_start_election(storage: AnyStorage, logger: Logger) -> None:
    """If a follower receives no communication over election timeout, it begins an election to choose a new leader.

    It increments its current term and transitions to candidate state. It then votes for itself and issues RequestVote
    RPCs in parallel to each of the other servers in the cluster.
    Reference: section 5.2
    """
    r = new_test_raft(1, [1, 2, 3], ELECTION_TICK, 1, storage, logger)
    r.raft.become_follower(1, 2)

    for _ in range(1, 2 * ELECTION_TICK):
        r.raft.tick()

    assert r.raft.term == 2
    assert r.raft.state == StateRole.Candidate
    assert r.raft.prs().votes()[r.raft.id]
    assert messages_by_receiver(r) == VOTE_REQUESTS_OF_TERM_2


def test_candidate_start_new_election(storage: AnyStorage, logger: Logger) -> None:
    """If a candidate fails to obtain a majority, it times out and starts a new election by incrementing its term and
    initiating another round of RequestVote RPCs.

    Reference: section 5.2
    """
    r = new_test_raft(1, [1, 2, 3], ELECTION_TICK, 1, storage, logger)
    r.raft.become_candidate()

    for _ in range(1, 2 * ELECTION_TICK):
        r.raft.tick()

    assert r.raft.term == 2
    assert r.raft.state == StateRole.Candidate
    assert r.raft.prs().votes()[r.raft.id]
    assert messages_by_receiver(r) == VOTE_REQUESTS_OF_TERM_2


@pytest.mark.parametrize(
    ("size", "votes", "state"),
    [
        # Win the election when receiving votes from a majority of the servers.
        (1, {}, StateRole.Leader),
        (3, {2: True, 3: True}, StateRole.Leader),
        (3, {2: True}, StateRole.Leader),
        (5, {2: True, 3: True, 4: True, 5: True}, StateRole.Leader),
        (5, {2: True, 3: True, 4: True}, StateRole.Leader),
        (5, {2: True, 3: True}, StateRole.Leader),
        # Return to follower state if it receives vote denial from a majority.
        (3, {2: False, 3: False}, StateRole.Follower),
        (5, {2: False, 3: False, 4: False, 5: False}, StateRole.Follower),
        (5, {2: True, 3: False, 4: False, 5: False}, StateRole.Follower),
        # Stay in candidate if it does not obtain the majority.
        (3, {}, StateRole.Candidate),
        (5, {2: True}, StateRole.Candidate),
        (5, {2: False, 3: False}, StateRole.Candidate),
        (5, {}, StateRole.Candidate),
    ],
    ids=str,
)
def test_leader_election_in_one_round_rpc(
    size: int, votes: Mapping[int, bool], state: StateRole, storage: AnyStorage, logger: Logger
) -> None:
    """In one round of RequestVote RPC a candidate wins or loses the election, or the result remains unclear.

    Reference: section 5.2
    """
    r = new_test_raft(1, range(1, size + 1), 10, 1, storage, logger)

    r.step(new_message(1, 1, MessageType.MsgHup))
    for voter, vote in votes.items():
        r.step(
            Message(from_=voter, to=1, msg_type=MessageType.MsgRequestVoteResponse, term=r.raft.term, reject=not vote)
        )

    assert r.raft.state == state
    assert r.raft.term == 1


@pytest.mark.parametrize(
    ("vote", "candidate", "reject"),
    [
        (INVALID_ID, 1, False),
        (INVALID_ID, 2, False),
        (1, 1, False),
        (2, 2, False),
        (1, 2, True),
        (2, 1, True),
    ],
)
def test_follower_vote(vote: int, candidate: int, reject: bool, storage: AnyStorage, logger: Logger) -> None:
    """Each follower votes for at most one candidate in a given term, on a first-come-first-served basis.

    Reference: section 5.2
    """
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    r.raft.load_state(hard_state(1, 0, vote))

    r.step(Message(from_=candidate, to=1, msg_type=MessageType.MsgRequestVote, term=1))

    assert r.read_messages() == [
        Message(from_=1, to=candidate, msg_type=MessageType.MsgRequestVoteResponse, term=1, reject=reject)
    ]


@pytest.mark.parametrize("term", [2, 3])
def test_candidate_fallback(term: int, storage: AnyStorage, logger: Logger) -> None:
    """A candidate returns to follower state when it hears from a legitimate leader.

    That is: while waiting for votes, it receives an AppendEntries RPC from another server claiming to be leader whose
    term is at least as large as the candidate's current term.
    Reference: section 5.2
    """
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    r.step(new_message(1, 1, MessageType.MsgHup))
    assert r.raft.state == StateRole.Candidate

    r.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=term))

    assert r.raft.state == StateRole.Follower
    assert r.raft.term == term


def election_timeouts(r: Interface, become: Callable[[RaftRef], None]) -> set[int]:
    """After how many ticks the node starts an election, in many tries, each of which begins with `become`."""
    timeouts = set()
    for _ in range(1000 * ELECTION_TICK):
        become(r.raft)
        time = 0
        while not r.read_messages():
            r.raft.tick()
            time += 1
        timeouts.add(time)
    return timeouts


def test_follower_election_timeout_randomized(storage: AnyStorage, logger: Logger) -> None:
    """The election timeout of a follower is randomized.

    Reference: section 5.2
    """
    r = new_test_raft(1, [1, 2, 3], ELECTION_TICK, 1, storage, logger)

    timeouts = election_timeouts(r, lambda raft: raft.become_follower(raft.term + 1, 2))

    assert ELECTION_TICK - 1 <= len(timeouts) <= ELECTION_TICK
    assert timeouts >= set(range(ELECTION_TICK + 1, 2 * ELECTION_TICK))


def test_candidate_election_timeout_randomized(storage: AnyStorage, logger: Logger) -> None:
    """The election timeout of a candidate is randomized.

    Reference: section 5.2
    """
    r = new_test_raft(1, [1, 2, 3], ELECTION_TICK, 1, storage, logger)

    timeouts = election_timeouts(r, lambda raft: raft.become_candidate())

    assert ELECTION_TICK - 1 <= len(timeouts) <= ELECTION_TICK
    assert timeouts >= set(range(ELECTION_TICK + 1, 2 * ELECTION_TICK))


def conflict_rate(rs: Sequence[Interface], become: Callable[[RaftRef], None]) -> float:
    """How often several nodes time out at the same tick, in many tries, each of which begins with `become`."""
    conflicts = 0
    tries = 1000
    for _ in range(tries):
        for r in rs:
            become(r.raft)
        timeouts = 0
        while timeouts == 0:
            for r in rs:
                r.raft.tick()
                if r.read_messages():
                    timeouts += 1
        if timeouts > 1:
            conflicts += 1
    return conflicts / tries


def test_follower_election_timeout_nonconflict(new_storage: NewStorage, logger: Logger) -> None:
    """In most cases only a single follower times out, which reduces the likelihood of split vote in the new election.

    Reference: section 5.2
    """
    ids = range(1, 6)
    rs = [new_test_raft(node_id, ids, ELECTION_TICK, 1, new_storage(), logger) for node_id in ids]

    assert conflict_rate(rs, lambda raft: raft.become_follower(raft.term + 1, INVALID_ID)) <= 0.3


def test_candidates_election_timeout_nonconf(new_storage: NewStorage, logger: Logger) -> None:
    """In most cases only a single candidate times out, which reduces the likelihood of split vote in the new election.

    Reference: section 5.2
    """
    ids = range(1, 6)
    rs = [new_test_raft(node_id, ids, ELECTION_TICK, 1, new_storage(), logger) for node_id in ids]

    assert conflict_rate(rs, lambda raft: raft.become_candidate()) <= 0.3


def test_leader_start_replication(storage: AnyStorage, logger: Logger) -> None:
    """When receiving client proposals, the leader appends the proposal to its log as a new entry, then issues
    AppendEntries RPCs in parallel to each of the other servers to replicate the entry.

    Also, when sending an AppendEntries RPC, the leader includes the index and term of the entry in its log that
    immediately precedes the new entries. Also, it writes the new entry into stable storage.
    Reference: section 5.3
    """
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    r.raft.become_candidate()
    r.raft.become_leader()
    commit_noop_entry(r)
    last_index = r.raft.raft_log.last_index()

    r.step(new_message(1, 1, MessageType.MsgPropose, 1))

    assert r.raft.raft_log.last_index() == last_index + 1
    assert r.raft.raft_log.committed == last_index
    entries = [new_entry(1, last_index + 1, SOME_DATA)]
    assert messages_by_receiver(r) == [
        Message(
            from_=1,
            to=follower,
            msg_type=MessageType.MsgAppend,
            term=1,
            index=last_index,
            log_term=1,
            commit=last_index,
            entries=entries,
        )
        for follower in (2, 3)
    ]
    assert r.raft.raft_log.unstable_entries() == entries


def test_leader_commit_entry(storage: AnyStorage, logger: Logger) -> None:
    """When the entry has been safely replicated, the leader returns the applied entries, which can be applied to its
    state machine.

    Also, the leader keeps track of the highest index it knows to be committed, and it includes that index in future
    AppendEntries RPCs so that the other servers eventually find out.
    Reference: section 5.3
    """
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    r.raft.become_candidate()
    r.raft.become_leader()
    commit_noop_entry(r)
    last_index = r.raft.raft_log.last_index()
    r.step(new_message(1, 1, MessageType.MsgPropose, 1))
    r.persist()

    for message in r.read_messages():
        r.step(accept_and_reply(message))

    assert r.raft.raft_log.committed == last_index + 1
    assert r.raft.raft_log.next_entries(None) == [new_entry(1, last_index + 1, SOME_DATA)]
    messages = messages_by_receiver(r)
    assert [message.to for message in messages] == [2, 3]
    for message in messages:
        assert message.msg_type == MessageType.MsgAppend
        assert message.commit == last_index + 1


@pytest.mark.parametrize(
    ("size", "acceptors", "is_committed"),
    [
        (1, [], True),
        (3, [], False),
        (3, [2], True),
        (3, [2, 3], True),
        (5, [], False),
        (5, [2], False),
        (5, [2, 3], True),
        (5, [2, 3, 4], True),
        (5, [2, 3, 4, 5], True),
    ],
    ids=str,
)
def test_leader_acknowledge_commit(
    size: int, acceptors: Sequence[int], is_committed: bool, storage: AnyStorage, logger: Logger
) -> None:
    """A log entry is committed once the leader that created the entry has replicated it on a majority of the servers.

    Reference: section 5.3
    """
    r = new_test_raft(1, range(1, size + 1), 10, 1, storage, logger)
    r.raft.become_candidate()
    r.raft.become_leader()
    commit_noop_entry(r)
    last_index = r.raft.raft_log.last_index()
    r.step(new_message(1, 1, MessageType.MsgPropose, 1))
    r.persist()

    for message in r.read_messages():
        if message.to in acceptors:
            r.step(accept_and_reply(message))

    assert (r.raft.raft_log.committed > last_index) == is_committed


@pytest.mark.parametrize(
    "preceding_entries",
    [
        pytest.param([], id="none"),
        pytest.param([empty_entry(2, 1)], id="term 2"),
        pytest.param([empty_entry(1, 1), empty_entry(2, 2)], id="terms 1 and 2"),
        pytest.param([empty_entry(1, 1)], id="term 1"),
    ],
)
def test_leader_commit_preceding_entries(
    preceding_entries: Sequence[Entry], storage: AnyStorage, logger: Logger
) -> None:
    """When the leader commits a log entry, it also commits all preceding entries in its log, including entries created
    by previous leaders.

    Also, it applies the entry to its local state machine (in log order).
    Reference: section 5.3
    """
    r = new_test_raft_with_logs(1, [1, 2, 3], 10, 1, storage, preceding_entries, logger)
    r.raft.load_state(hard_state(2, 0, 0))
    r.raft.become_candidate()
    r.raft.become_leader()

    r.step(new_message(1, 1, MessageType.MsgPropose, 1))
    r.persist()

    for message in r.read_messages():
        r.step(accept_and_reply(message))

    last_index = len(preceding_entries)
    assert r.raft.raft_log.next_entries(None) == [
        *preceding_entries,
        empty_entry(3, last_index + 1),
        new_entry(3, last_index + 2, SOME_DATA),
    ]


@pytest.mark.parametrize(
    ("entries", "commit"),
    [
        pytest.param([new_entry(1, 1, SOME_DATA)], 1, id="the only one"),
        pytest.param([new_entry(1, 1, SOME_DATA), new_entry(1, 2, b"somedata2")], 2, id="both"),
        pytest.param([new_entry(1, 1, b"somedata2"), new_entry(1, 2, SOME_DATA)], 2, id="both, other data first"),
        pytest.param([new_entry(1, 1, SOME_DATA), new_entry(1, 2, b"somedata2")], 1, id="the first of two"),
    ],
)
def test_follower_commit_entry(entries: Sequence[Entry], commit: int, storage: AnyStorage, logger: Logger) -> None:
    """Once a follower learns that a log entry is committed, it applies the entry to its local state machine (in log
    order).

    Reference: section 5.3
    """
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    r.raft.become_follower(1, 2)

    r.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=1, commit=commit, entries=entries))
    r.persist()

    assert r.raft.raft_log.committed == commit
    assert r.raft.raft_log.next_entries(None) == entries[:commit]


@pytest.mark.parametrize(
    ("log_term", "index", "expected"),
    [
        # Match with committed entries.
        pytest.param(0, 0, Message(index=1, commit=1), id="before the log"),
        pytest.param(1, 1, Message(index=1, commit=1), id="committed"),
        # Match with uncommitted entries.
        pytest.param(2, 2, Message(index=2, commit=1), id="uncommitted"),
        # Unmatch with existing entry.
        pytest.param(
            1, 2, Message(index=2, commit=1, reject=True, reject_hint=1, log_term=1), id="other term, rejected"
        ),
        # Unexisting entry.
        pytest.param(3, 3, Message(index=3, commit=1, reject=True, reject_hint=2, log_term=2), id="after, rejected"),
    ],
)
def test_follower_check_msg_append(
    log_term: int, index: int, expected: Message, storage: AnyStorage, logger: Logger
) -> None:
    """If the follower does not find an entry in its log with the same index and term as the one in AppendEntries RPC,
    then it rejects the new entries. Otherwise it replies that it accepts the append entries.

    Reference: section 5.3
    """
    entries = [empty_entry(1, 1), empty_entry(2, 2)]
    r = new_test_raft_with_logs(1, [1, 2, 3], 10, 1, storage, entries, logger)
    r.raft.load_state(hard_state(0, 1, 0))
    r.raft.become_follower(2, 2)

    r.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=2, log_term=log_term, index=index))

    reply = expected.clone()
    reply.from_, reply.to, reply.msg_type, reply.term = 1, 2, MessageType.MsgAppendResponse, 2
    assert r.read_messages() == [reply]


@pytest.mark.parametrize(
    ("index", "log_term", "entries", "expected_log", "expected_unstable"),
    [
        pytest.param(
            2,
            2,
            [empty_entry(3, 3)],
            [empty_entry(1, 1), empty_entry(2, 2), empty_entry(3, 3)],
            [empty_entry(3, 3)],
            id="append",
        ),
        pytest.param(
            1,
            1,
            [empty_entry(3, 2), empty_entry(4, 3)],
            [empty_entry(1, 1), empty_entry(3, 2), empty_entry(4, 3)],
            [empty_entry(3, 2), empty_entry(4, 3)],
            id="replace the last and append",
        ),
        pytest.param(
            0,
            0,
            [empty_entry(1, 1)],
            [empty_entry(1, 1), empty_entry(2, 2)],
            [],
            id="nothing new",
        ),
        pytest.param(
            0,
            0,
            [empty_entry(3, 1)],
            [empty_entry(3, 1)],
            [empty_entry(3, 1)],
            id="replace all",
        ),
    ],
)
def test_follower_append_entries(
    index: int,
    log_term: int,
    entries: Sequence[Entry],
    expected_log: Sequence[Entry],
    expected_unstable: Sequence[Entry],
    storage: AnyStorage,
    logger: Logger,
) -> None:
    """When AppendEntries RPC is valid, the follower deletes the existing conflict entry and all that follow it, and
    appends any new entries not already in the log.

    Also, it writes the new entry into stable storage.
    Reference: section 5.3
    """
    stored = [empty_entry(1, 1), empty_entry(2, 2)]
    r = new_test_raft_with_logs(1, [1, 2, 3], 10, 1, storage, stored, logger)
    r.raft.become_follower(2, 2)

    r.step(
        Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=2, log_term=log_term, index=index, entries=entries)
    )

    assert r.raft.raft_log.all_entries() == expected_log
    assert r.raft.raft_log.unstable_entries() == expected_unstable


@pytest.mark.parametrize(
    "follower_log",
    [
        pytest.param(log_of(1, 1, 1, 4, 4, 5, 5, 6, 6), id="a"),
        pytest.param(log_of(1, 1, 1, 4), id="b"),
        pytest.param(log_of(1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6), id="c"),
        pytest.param(log_of(1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7), id="d"),
        pytest.param(log_of(1, 1, 1, 4, 4, 4, 4), id="e"),
        pytest.param(log_of(1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3), id="f"),
    ],
)
def test_leader_sync_follower_log(follower_log: Sequence[Entry], new_storage: NewStorage, logger: Logger) -> None:
    """The leader brings a follower's log into consistency with its own.

    Reference: section 5.3, figure 7
    """
    term = 8
    leader_log = log_of(1, 1, 1, 4, 4, 5, 5, 6, 6, 6)
    leader = new_test_raft_with_logs(1, [1, 2, 3], 10, 1, new_storage(), leader_log, logger)
    leader.raft.load_state(hard_state(term, leader.raft.raft_log.last_index(), 0))
    follower = new_test_raft_with_logs(2, [1, 2, 3], 10, 1, new_storage(), follower_log, logger)
    follower.raft.load_state(hard_state(term - 1, 0, 0))

    # It is necessary to have a three-node cluster. The second may have more up-to-date log than the first one, so the
    # first node needs the vote from the third node to become the leader.
    nt = Network([leader, follower, NOP_STEPPER], logger)
    nt.send([new_message(1, 1, MessageType.MsgHup)])
    # The election occurs in the term after the one we loaded above.
    nt.send([Message(from_=3, to=1, msg_type=MessageType.MsgRequestVoteResponse, term=term + 1)])

    nt.send([Message(from_=1, to=1, msg_type=MessageType.MsgPropose, entries=[Entry()])])

    assert ltoa(nt.peers[1].raft.raft_log) == ltoa(nt.peers[2].raft.raft_log)


@pytest.mark.parametrize(
    ("entries", "term"),
    [
        pytest.param([empty_entry(1, 1)], 2, id="one entry"),
        pytest.param([empty_entry(1, 1), empty_entry(2, 2)], 3, id="two entries"),
    ],
)
def test_vote_request(entries: Sequence[Entry], term: int, storage: AnyStorage, logger: Logger) -> None:
    """The vote request includes information about the candidate's log and is sent to all of the other nodes.

    Reference: section 5.4.1
    """
    r = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    r.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppend, term=term - 1, log_term=0, index=0, entries=entries))
    r.read_messages()

    for _ in range(1, r.raft.election_timeout() * 2):
        r.raft.tick_election()

    messages = messages_by_receiver(r)
    assert [message.to for message in messages] == [2, 3]
    for message in messages:
        assert message.msg_type == MessageType.MsgRequestVote
        assert message.term == term
        assert message.index == entries[-1].index
        assert message.log_term == entries[-1].term


@pytest.mark.parametrize(
    ("entries", "log_term", "index", "reject"),
    [
        # Same log term.
        pytest.param([empty_entry(1, 1)], 1, 1, False, id="same term, same index"),
        pytest.param([empty_entry(1, 1)], 1, 2, False, id="same term, candidate's index higher"),
        pytest.param([empty_entry(1, 1), empty_entry(1, 2)], 1, 1, True, id="same term, voter's index higher"),
        # Candidate higher log term.
        pytest.param([empty_entry(1, 1)], 2, 1, False, id="candidate's term higher, same index"),
        pytest.param([empty_entry(1, 1)], 2, 2, False, id="candidate's term and index higher"),
        pytest.param(
            [empty_entry(1, 1), empty_entry(1, 2)], 2, 1, False, id="candidate's term higher, voter's index higher"
        ),
        # Voter higher log term.
        pytest.param([empty_entry(2, 1)], 1, 1, True, id="voter's term higher, same index"),
        pytest.param([empty_entry(2, 1)], 1, 2, True, id="voter's term higher, candidate's index higher"),
        pytest.param([empty_entry(2, 1), empty_entry(1, 2)], 1, 1, True, id="voter's first term and index higher"),
    ],
)
def test_voter(
    entries: Sequence[Entry], log_term: int, index: int, reject: bool, storage: AnyStorage, logger: Logger
) -> None:
    """The voter denies its vote if its own log is more up-to-date than that of the candidate.

    Reference: section 5.4.1
    """
    r = new_test_raft_with_logs(1, [1, 2], 10, 1, storage, entries, logger)

    r.step(Message(from_=2, to=1, msg_type=MessageType.MsgRequestVote, term=3, log_term=log_term, index=index))

    [message] = r.read_messages()
    assert message.msg_type == MessageType.MsgRequestVoteResponse
    assert message.reject == reject


@pytest.mark.parametrize(
    ("index", "commit"),
    [
        # Do not commit log entries in previous terms.
        (1, 0),
        (2, 0),
        # Commit log in current term.
        (3, 3),
    ],
)
def test_leader_only_commits_log_from_current_term(
    index: int, commit: int, storage: AnyStorage, logger: Logger
) -> None:
    """Only log entries from the leader's current term are committed by counting replicas.

    Reference: section 5.4.2
    """
    entries = [empty_entry(1, 1), empty_entry(2, 2)]
    r = new_test_raft_with_logs(1, [1, 2], 10, 1, storage, entries, logger)
    r.raft.load_state(hard_state(2, 0, 0))

    # Become leader at term 3.
    r.raft.become_candidate()
    r.raft.become_leader()
    r.read_messages()

    # Propose an entry to the current term.
    r.step(new_message(1, 1, MessageType.MsgPropose, 1))
    r.persist()

    r.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, term=r.raft.term, index=index))

    assert r.raft.raft_log.committed == commit
