"""Messages that no raft-rs node sends: each rule rejects them before they are stepped, and rejects only them.

raft-rs would panic or accept them. A rejection changes nothing, and the node stays usable.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    ConfState,
    Entry,
    InvalidMessageError,
    Logger,
    LogLostError,
    Message,
    MessageRef,
    MessageType,
    ProposalDroppedError,
    RaftError,
    RaftPanicError,
)
from tests.harness.roles import (
    APPEND,
    APPEND_RESPONSE,
    CANDIDATE,
    FOLLOWER,
    HEARTBEAT,
    HEARTBEAT_RESPONSE,
    HIGHEST,
    LEADER,
    NEWCOMER,
    ORPHAN,
    PRE_VOTE,
    PROPOSE,
    READ_INDEX,
    READ_INDEX_RESPONSE,
    SNAPSHOT,
    TOO_HIGH,
    TRANSFER_LEADER,
    VOTE,
    VOTE_RESPONSE,
    NewNode,
    Node,
    assert_goes_on,
    entries,
    from_2,
    snapshot,
    state_of,
)

VOTE_WITHOUT_TERM = "term: expected a positive term in a vote request, got 0"

REJECTED: list[tuple[str, str, Message, str]] = [
    # A vote request has a term, unless the vote is rejected.
    ("vote at a newcomer", NEWCOMER, from_2(VOTE), VOTE_WITHOUT_TERM),
    ("pre-vote at a newcomer", NEWCOMER, from_2(PRE_VOTE), VOTE_WITHOUT_TERM),
    ("vote that would be granted", ORPHAN, from_2(VOTE, index=3, log_term=2), VOTE_WITHOUT_TERM),
    ("pre-vote that would be granted", ORPHAN, from_2(PRE_VOTE, index=9, log_term=2), VOTE_WITHOUT_TERM),
    (
        "repeated vote",
        CANDIDATE,
        Message(msg_type=VOTE, from_=1, to=1, index=3, log_term=2),
        VOTE_WITHOUT_TERM,
    ),
    # Entries are contiguous, and follow the entry before them.
    (
        "gap before the entries",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, entries=entries(5)),
        "entries[0].index: expected 4, got 5",
    ),
    (
        "gap between the entries",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, entries=entries(4, 5, 7)),
        "entries[2].index: expected 6, got 7",
    ),
    (
        "entry twice",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, entries=entries(4, 4)),
        "entries[1].index: expected 5, got 4",
    ),
    (
        "committed entry",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, entries=entries(1, term=1)),
        "entries[0].index: expected 4, got 1",
    ),
    (
        "entry 0",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, entries=entries(0)),
        "entries[0].index: expected 4, got 0",
    ),
    (
        "entry with the highest of all indices",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, entries=entries(2**64 - 1)),
        f"entries[0].index: expected 4, got {2**64 - 1}",
    ),
    (
        "gap at a candidate",
        CANDIDATE,
        from_2(APPEND, term=3, index=3, log_term=2, entries=entries(5)),
        "entries[0].index: expected 4, got 5",
    ),
    (
        "gap in a next term at a leader",
        LEADER,
        from_2(APPEND, term=4, index=4, log_term=3, entries=entries(6)),
        "entries[0].index: expected 5, got 6",
    ),
    (
        "entry of too high a term",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, entries=entries(4, term=HIGHEST + 1)),
        f"entries[].term: {HIGHEST + 1} {TOO_HIGH}",
    ),
    (
        "entry of a term that is too far ahead",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, entries=entries(4, term=2**32 + 3)),
        f"entries[].term: {2**32 + 3} is greater than the maximum in this term, {2**32 + 2}",
    ),
    # A snapshot that would be restored has a valid membership.
    (
        "snapshot with a voter 0",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([0, 1, 2])),
        "snapshot.metadata.conf_state: invalid node id 0",
    ),
    (
        "snapshot with a learner 0",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2], [0])),
        "snapshot.metadata.conf_state: invalid node id 0",
    ),
    (
        "snapshot with a voter that is a learner",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2, 3], [3])),
        "snapshot.metadata.conf_state: 3 is both a voter and a learner",
    ),
    (
        "snapshot without voters",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([], [1])),
        "snapshot.metadata.conf_state: removed all voters",
    ),
    (
        "snapshot with a next learner that is not an outgoing voter",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2], learners_next=[3])),
        "snapshot.metadata.conf_state: voters: 1 voters: 2 learners_next: 3 "
        "would be restored as voters: 1 voters: 2 learners: 3",
    ),
    (
        "snapshot at a candidate",
        CANDIDATE,
        from_2(SNAPSHOT, term=3, snapshot=snapshot([0, 1])),
        "snapshot.metadata.conf_state: invalid node id 0",
    ),
    (
        "snapshot of a next term at a leader",
        LEADER,
        from_2(SNAPSHOT, term=4, snapshot=snapshot([0, 1])),
        "snapshot.metadata.conf_state: invalid node id 0",
    ),
    (
        "snapshot of too high an index",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2], index=HIGHEST // 2 + 1)),
        f"snapshot.metadata.index: {HIGHEST // 2 + 1} is greater than the maximum, {HIGHEST // 2}",
    ),
    (
        "snapshot of too high a term",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2], term=2**64 - 1)),
        f"snapshot.metadata.term: {2**64 - 1} {TOO_HIGH}",
    ),
    (
        "snapshot of a term that is too far ahead",
        FOLLOWER,
        from_2(SNAPSHOT, term=3, snapshot=snapshot([1, 2], term=2**32 + 4)),
        f"snapshot.metadata.term: {2**32 + 4} is greater than the maximum in this term, {2**32 + 3}",
    ),
    # A follower has no more entries than the leader.
    (
        "acknowledgement",
        LEADER,
        from_2(APPEND_RESPONSE, term=3, index=5),
        "index: 5 is greater than the leader's last index, 4",
    ),
    (
        "acknowledgement without a term",
        LEADER,
        from_2(APPEND_RESPONSE, index=5),
        "index: 5 is greater than the leader's last index, 4",
    ),
    (
        "request for a snapshot of what the leader doesn't have",
        LEADER,
        from_2(APPEND_RESPONSE, term=3, reject=True, request_snapshot=5),
        "request_snapshot: 5 is greater than the leader's last index, 4",
    ),
    # A request to a leader is not empty.
    ("empty proposal", LEADER, from_2(PROPOSE), "entries: expected at least 1, got 0"),
    ("empty proposal with a term", LEADER, from_2(PROPOSE, term=3), "entries: expected at least 1, got 0"),
    ("empty read request", LEADER, from_2(READ_INDEX), "entries: expected at least 1, got 0"),
    # A forwarded message has no term.
    (
        "proposal with a term",
        FOLLOWER,
        from_2(PROPOSE, term=2, entries=[Entry(data=b"x")]),
        "term: expected 0 in a forwarded MsgPropose, got 2",
    ),
    (
        "read request with a term",
        FOLLOWER,
        from_2(READ_INDEX, term=2, entries=[Entry(data=b"x")]),
        "term: expected 0 in a forwarded MsgReadIndex, got 2",
    ),
    (
        "leader transfer with a term",
        FOLLOWER,
        from_2(TRANSFER_LEADER, term=2),
        "term: expected 0 in a forwarded MsgTransferLeader, got 2",
    ),
    # A read response without a term would commit any index.
    (
        "answer to a read request",
        FOLLOWER,
        from_2(READ_INDEX_RESPONSE, index=4, entries=[Entry(data=b"x")]),
        "index: 4 is greater than the last index, 3",
    ),
]

LOST: list[tuple[str, str, Message, str]] = [
    ("heartbeat", FOLLOWER, from_2(HEARTBEAT, term=2, commit=4), "commit: 4 is greater than the last index, 3"),
    ("heartbeat without a term", FOLLOWER, from_2(HEARTBEAT, commit=5), "commit: 5 is greater than the last index, 3"),
    (
        "heartbeat of a next term",
        FOLLOWER,
        from_2(HEARTBEAT, term=7, commit=9),
        "commit: 9 is greater than the last index, 3",
    ),
    (
        "heartbeat at an orphan",
        ORPHAN,
        from_2(HEARTBEAT, term=2, commit=4),
        "commit: 4 is greater than the last index, 3",
    ),
    (
        "heartbeat at a newcomer",
        NEWCOMER,
        from_2(HEARTBEAT, term=1, commit=1),
        "commit: 1 is greater than the last index, 0",
    ),
    (
        "heartbeat at a candidate",
        CANDIDATE,
        from_2(HEARTBEAT, term=3, commit=4),
        "commit: 4 is greater than the last index, 3",
    ),
    (
        "heartbeat of a next term at a leader",
        LEADER,
        from_2(HEARTBEAT, term=4, commit=5),
        "commit: 5 is greater than the last index, 4",
    ),
]
"""Heartbeats that commit an entry that the node has acknowledged, but that its log does not contain."""

Answer = tuple[MessageType, int, bool]
"""A message of the node: its type, its receiver, and whether it rejects."""

ACCEPTED: list[tuple[str, str, Message, list[Answer]]] = [
    ("vote with a term", NEWCOMER, from_2(VOTE, term=1), [(VOTE_RESPONSE, 2, False)]),
    ("vote in the term of the node", ORPHAN, from_2(VOTE, term=2, index=3, log_term=2), [(VOTE_RESPONSE, 2, False)]),
    ("vote without a term, of an old log", ORPHAN, from_2(VOTE, index=2, log_term=2), [(VOTE_RESPONSE, 2, True)]),
    (
        "vote without a term, while there is a leader",
        FOLLOWER,
        from_2(VOTE, index=3, log_term=2),
        [(VOTE_RESPONSE, 2, True)],
    ),
    (
        "pre-vote without a term at a candidate",
        CANDIDATE,
        from_2(PRE_VOTE, index=3, log_term=2),
        [(MessageType.MsgRequestPreVoteResponse, 2, True)],
    ),
    ("vote without a term at a leader", LEADER, from_2(VOTE, index=9, log_term=9), [(VOTE_RESPONSE, 2, True)]),
    ("stale vote", ORPHAN, from_2(VOTE, term=1, index=3, log_term=2), []),
    (
        "heartbeat at the last index",
        FOLLOWER,
        from_2(HEARTBEAT, term=2, commit=3),
        [(HEARTBEAT_RESPONSE, 2, False)],
    ),
    (
        "heartbeat of a next term at the last index",
        LEADER,
        from_2(HEARTBEAT, term=4, commit=4),
        [(HEARTBEAT_RESPONSE, 2, False)],
    ),
    ("stale heartbeat", FOLLOWER, from_2(HEARTBEAT, term=1, commit=99), []),
    ("heartbeat at a leader of the same term", LEADER, from_2(HEARTBEAT, term=3, commit=99), []),
    ("heartbeat without a term at a leader", LEADER, from_2(HEARTBEAT, commit=99), []),
    (
        "entries that follow",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, entries=entries(4, 5, 6)),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "entries over uncommitted ones",
        FOLLOWER,
        from_2(APPEND, term=3, index=2, log_term=1, entries=entries(3, 4, term=3)),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "no entries",
        FOLLOWER,
        from_2(APPEND, term=2, index=3, log_term=2, commit=99),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "entries that follow what isn't there",
        FOLLOWER,
        from_2(APPEND, term=2, index=8, log_term=2, entries=entries(9)),
        [(APPEND_RESPONSE, 2, True)],
    ),
    (
        "entry of the highest term",
        FOLLOWER,
        from_2(APPEND, term=2**32 + 2, index=3, log_term=2, entries=entries(4, term=2**33 + 2)),
        [(APPEND_RESPONSE, 2, False)],
    ),
    ("stale entries with a gap", FOLLOWER, from_2(APPEND, term=1, index=3, log_term=2, entries=entries(9, 7)), []),
    (
        "entries with a gap at a leader of the same term",
        LEADER,
        from_2(APPEND, term=3, index=3, log_term=2, entries=entries(9, 7)),
        [],
    ),
    (
        "snapshot",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2])),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "snapshot for a learner",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([2, 3], [1])),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "snapshot of a joint configuration",
        FOLLOWER,
        from_2(
            SNAPSHOT,
            term=2,
            snapshot=snapshot([2, 3], [4], voters_outgoing=[1, 2], learners_next=[1], auto_leave=True),
        ),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "snapshot with a voter twice",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2, 2])),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "snapshot of the highest index",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2], index=HIGHEST // 2)),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "snapshot of what is committed",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2, 3], index=2, term=1)),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "snapshot of impossible members below the commit index",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([0, 1], index=1)),
        [(APPEND_RESPONSE, 2, False)],
    ),
    (
        "snapshot of impossible members without the node",
        FOLLOWER,
        from_2(SNAPSHOT, term=2, snapshot=snapshot([0, 2])),
        [(APPEND_RESPONSE, 2, False)],
    ),
    ("stale snapshot", FOLLOWER, from_2(SNAPSHOT, term=1, snapshot=snapshot([0, 1])), []),
    ("snapshot at a leader of the same term", LEADER, from_2(SNAPSHOT, term=3, snapshot=snapshot([0, 1])), []),
    ("acknowledgement of the last index", LEADER, from_2(APPEND_RESPONSE, term=3, index=4), []),
    (
        "rejection above the last index",
        LEADER,
        Message(msg_type=APPEND_RESPONSE, from_=3, to=1, term=3, index=5, reject=True, reject_hint=9),
        [],
    ),
    ("stale acknowledgement", LEADER, from_2(APPEND_RESPONSE, term=2, index=5), []),
    ("acknowledgement of a next term", LEADER, from_2(APPEND_RESPONSE, term=4, index=5), []),
    ("acknowledgement at a follower", FOLLOWER, from_2(APPEND_RESPONSE, term=2, index=5), []),
    (
        "proposal",
        LEADER,
        from_2(PROPOSE, entries=[Entry(data=b"x")]),
        [(APPEND, 2, False)],
    ),
    (
        "read request",
        LEADER,
        from_2(READ_INDEX, entries=[Entry(data=b"x")]),
        [(HEARTBEAT, 2, False), (HEARTBEAT, 3, False)],
    ),
    ("stale empty proposal", LEADER, from_2(PROPOSE, term=2), []),
    ("stale empty read request", LEADER, from_2(READ_INDEX, term=2), []),
    ("empty read request of a next term", LEADER, from_2(READ_INDEX, term=4), []),
    ("forwarded proposal", FOLLOWER, Message(msg_type=PROPOSE, from_=3, entries=[Entry()]), [(PROPOSE, 2, False)]),
    ("forwarded empty proposal", FOLLOWER, Message(msg_type=PROPOSE, from_=3), [(PROPOSE, 2, False)]),
    (
        "forwarded read request",
        FOLLOWER,
        Message(msg_type=READ_INDEX, from_=3, entries=[Entry()]),
        [(READ_INDEX, 2, False)],
    ),
    ("forwarded leader transfer", FOLLOWER, Message(msg_type=TRANSFER_LEADER, from_=3), [(TRANSFER_LEADER, 2, False)]),
    ("stale proposal", FOLLOWER, from_2(PROPOSE, term=1, entries=[Entry()]), []),
    ("read request with a term, without a leader", ORPHAN, from_2(READ_INDEX, term=2), []),
    ("leader transfer with a term, without a leader", ORPHAN, from_2(TRANSFER_LEADER, term=2), []),
    (
        "leader transfer with a term at a leader",
        LEADER,
        from_2(TRANSFER_LEADER, term=3),
        [(MessageType.MsgTimeoutNow, 2, False)],
    ),
    (
        "answer to a read request at the last index",
        FOLLOWER,
        from_2(READ_INDEX_RESPONSE, index=3, entries=[Entry(data=b"x")]),
        [],
    ),
    (
        "answer to a read request with a term",
        FOLLOWER,
        from_2(READ_INDEX_RESPONSE, term=2, index=99, entries=[Entry(data=b"x")]),
        [],
    ),
    (
        "answer to a read request with a stale term",
        FOLLOWER,
        from_2(READ_INDEX_RESPONSE, term=1, index=99, entries=[Entry(data=b"x")]),
        [],
    ),
]


def case(name: str, *values: object) -> Any:
    """A row of a table, as a parameter of pytest."""
    return pytest.param(*values, id=name)


@pytest.mark.parametrize(("role", "message", "reason"), [case(*row) for row in REJECTED])
def test_rejected(new_node: NewNode, role: str, message: Message, reason: str) -> None:
    node = new_node(role)
    before = state_of(node.raft)
    given = message.clone()

    with pytest.raises(InvalidMessageError) as raised:
        node.step(message)

    assert str(raised.value) == raised.value.reason == f"{message.msg_type!r}: {reason}"
    assert isinstance(raised.value, RaftError)
    assert not isinstance(raised.value, RaftPanicError)
    assert state_of(node.raft) == before
    assert message == given
    assert_goes_on(node)


@pytest.mark.parametrize(("role", "message", "reason"), [case(*row) for row in LOST])
def test_heartbeat_that_commits_a_lost_entry(new_node: NewNode, role: str, message: Message, reason: str) -> None:
    """The error is about the node's own log, not the sender: a transport must not drop it like an invalid message."""
    node = new_node(role)
    before = state_of(node.raft)

    with pytest.raises(LogLostError) as raised:
        node.step(message)

    assert (
        str(raised.value)
        == raised.value.reason
        == (
            f"MsgHeartbeat: {reason}, but node 1 has acknowledged that entry to node 2. "
            "Was the log corrupted, truncated, or lost?"
        )
    )
    assert isinstance(raised.value, RaftError)
    assert not isinstance(raised.value, (InvalidMessageError, RaftPanicError))
    assert state_of(node.raft) == before
    assert_goes_on(node)


@pytest.mark.parametrize("logger", [Logger.from_logging(logging.getLogger("rraft.tests"))], ids=["logging"])
@pytest.mark.parametrize(
    "handle", [lambda node: node.step, lambda node: node.raft.handle_heartbeat], ids=["step", "handle_heartbeat"]
)
def test_lost_log_is_logged_as_an_error(
    new_node: NewNode, caplog: pytest.LogCaptureFixture, handle: Callable[[Node], Callable[[MessageRef], None]]
) -> None:
    node = new_node(FOLLOWER)
    caplog.clear()

    with pytest.raises(LogLostError, match="MsgHeartbeat: commit: 4 is greater than the last index, 3, but node 1"):
        handle(node)(from_2(HEARTBEAT, term=2, commit=4))

    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "commit: 4 is greater than the last index, 3" in record.getMessage()
    assert "Was the log corrupted, truncated, or lost?" in record.getMessage()


@pytest.mark.parametrize(("role", "message", "answers"), [case(*row) for row in ACCEPTED])
def test_closest_valid_message_is_accepted(
    new_node: NewNode, role: str, message: Message, answers: list[Answer]
) -> None:
    node = new_node(role)

    node.step(message)

    sent = [(answer.msg_type, answer.to, answer.reject) for answer in node.raft.msgs]
    assert sorted(sent, key=lambda answer: answer[1]) == answers
    assert_goes_on(node)


@pytest.mark.parametrize("value", [HIGHEST + 1, 2**64 - 1])
@pytest.mark.parametrize("field", ["term", "log_term", "index", "commit", "reject_hint", "request_snapshot"])
@pytest.mark.parametrize("msg_type", [APPEND, APPEND_RESPONSE, HEARTBEAT, VOTE, VOTE_RESPONSE, PROPOSE, SNAPSHOT])
@pytest.mark.parametrize("role", [FOLLOWER, CANDIDATE, LEADER])
def test_numbers_above_the_maximum_are_rejected(
    new_node: NewNode, role: str, msg_type: MessageType, field: str, value: int
) -> None:
    node = new_node(role)
    before = state_of(node.raft)
    message = from_2(msg_type, term=1)  # even in a stale message
    setattr(message, field, value)

    with pytest.raises(InvalidMessageError) as raised:
        node.step(message)

    assert raised.value.reason == f"{msg_type!r}: {field}: {value} {TOO_HIGH}"
    assert state_of(node.raft) == before
    assert_goes_on(node)


@pytest.mark.parametrize(
    ("role", "message", "answer"),
    [
        case("term", FOLLOWER, from_2(APPEND, term=2**32 + 2, index=3, log_term=2), (APPEND_RESPONSE, 2, False)),
        case("log_term", FOLLOWER, from_2(APPEND, term=2, index=3, log_term=HIGHEST), (APPEND_RESPONSE, 2, True)),
        case("index", FOLLOWER, from_2(APPEND, term=2, index=HIGHEST, log_term=2), (APPEND_RESPONSE, 2, True)),
        case(
            "commit", FOLLOWER, from_2(APPEND, term=2, index=3, log_term=2, commit=HIGHEST), (APPEND_RESPONSE, 2, False)
        ),
        case(
            "reject_hint",
            LEADER,
            Message(msg_type=APPEND_RESPONSE, from_=3, to=1, term=3, index=3, reject=True, reject_hint=HIGHEST),
            (APPEND, 3, False),
        ),
        case(
            "request_snapshot",
            LEADER,
            Message(msg_type=APPEND_RESPONSE, from_=3, to=1, term=3, reject=True, request_snapshot=4),
            (SNAPSHOT, 3, False),
        ),
    ],
)
def test_maximum_is_accepted(new_node: NewNode, role: str, message: Message, answer: Answer) -> None:
    node = new_node(role)

    node.step(message)

    assert [(sent.msg_type, sent.to, sent.reject) for sent in node.raft.msgs] == [answer]


@pytest.mark.parametrize(
    ("role", "message"),
    [
        case("empty, of a next term, at a leader", LEADER, from_2(PROPOSE, term=4)),
        case("with a term, without a leader", ORPHAN, from_2(PROPOSE, term=2, entries=[Entry()])),
        case("with a term at a candidate", CANDIDATE, from_2(PROPOSE, term=3)),
    ],
)
def test_dropped_proposal_is_not_invalid(new_node: NewNode, role: str, message: Message) -> None:
    node = new_node(role)

    with pytest.raises(ProposalDroppedError, match="raft: proposal dropped"):
        node.step(message)

    assert_goes_on(node)


def test_accepted_messages_have_their_effect(new_node: NewNode) -> None:
    """The messages at the bound are not only accepted, but have their effect."""
    node = new_node(FOLLOWER)

    node.step(from_2(HEARTBEAT, term=2, commit=3))
    assert node.raft.raft_log.committed == 3

    node.step(from_2(APPEND, term=2, index=3, log_term=2, commit=9, entries=entries(4, 5)))
    assert (node.raft.raft_log.last_index(), node.raft.raft_log.committed) == (5, 5)

    node.step(from_2(READ_INDEX_RESPONSE, index=5, entries=[Entry(data=b"context")]))
    assert [(state.index, state.request_ctx) for state in node.raft.read_states] == [(5, b"context")]

    node.step(from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2], [3])))
    assert node.raft.raft_log.last_index() == node.raft.raft_log.committed == 9
    assert node.raft.prs().conf().to_conf_state() == ConfState([1, 2], [3])


def test_message_of_a_view_is_checked(new_node: NewNode) -> None:
    node = new_node(FOLLOWER)
    message = from_2(HEARTBEAT, term=2, commit=4)

    with pytest.raises(LogLostError, match="MsgHeartbeat: commit: 4 is greater than the last index, 3"):
        node.step(message.make_ref())

    assert message.commit == 4
    assert_goes_on(node)
