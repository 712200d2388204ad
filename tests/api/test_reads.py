"""Reads on the leader: each is confirmed only by heartbeats sent after the request.

raft-rs distinguishes rounds by the context only. A `MsgReadIndex` that is delivered twice starts two rounds with the
same context.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from rraft import (
    CodecError,
    Entry,
    InvalidMessageError,
    Logger,
    Message,
    MessageType,
    RawNode,
    ReadOnlyOption,
    StateRole,
)
from tests.harness.cluster import Cluster, LoopedMember, Member
from tests.harness.util import remove_node

TOKEN = 16
"""The number of bytes that a leader prepends to a context."""
MAX = 2**28 - 2**10
"""The maximum size of a context in bytes."""

BOTH_WAYS = pytest.mark.parametrize("member", [Member, LoopedMember])


@BOTH_WAYS
def test_heartbeat_response_of_an_earlier_round_confirms_nothing(member: type[Member]) -> None:
    cluster = Cluster(member=member, pre_vote=True, check_quorum=True)
    old = cluster.elect(1)
    cluster[2].read_index(b"A")
    [question] = cluster.members[2].work()
    duplicate = question.clone()
    old.step(question)
    late = cluster.settle(lambda m: not (m.from_ == 2 and m.msg_type == MessageType.MsgHeartbeatResponse))
    assert cluster.members[2].reads == [(b"A", 1)]

    # Node 1 is isolated, another node leads and commits.
    def apart(message: Message) -> bool:
        return 1 not in (message.to, message.from_)

    while StateRole.Leader not in (cluster[2].raft.state, cluster[3].raft.state):
        cluster[2].tick()
        cluster[3].tick()
        cluster.settle(apart)
    leader = 2 if cluster[2].raft.state == StateRole.Leader else 3
    cluster[leader].propose(b"", b"a write")
    cluster.settle(apart)

    old.read_index(b"B")
    cluster.members[1].work()
    old.step(duplicate)
    cluster.members[1].work()
    for message in late:
        old.step(message)
    cluster.members[1].work()

    assert cluster.members[1].reads == []


@BOTH_WAYS
@pytest.mark.parametrize("option", [ReadOnlyOption.Safe, ReadOnlyOption.LeaseBased], ids=str)
@pytest.mark.parametrize(
    "context", [b"", b"A", b"A" * TOKEN, bytes(2**20)], ids=["empty", "short", "as long as a token", "long"]
)
@pytest.mark.parametrize("ids", [(1,), (1, 2, 3)], ids=["singleton", "three"])
def test_contexts_are_returned_unchanged(
    member: type[Member], option: ReadOnlyOption, context: bytes, ids: tuple[int, ...]
) -> None:
    cluster = Cluster(ids, member=member, read_only_option=option, check_quorum=True)
    cluster.elect(1)

    for node_id in ids:
        cluster[node_id].read_index(context)
        cluster.settle()

    assert {node_id: cluster.members[node_id].reads for node_id in ids} == {node_id: [(context, 1)] for node_id in ids}


@BOTH_WAYS
def test_duplicate_context_is_a_separate_request(member: type[Member]) -> None:
    cluster = Cluster(member=member)
    cluster.elect(1)

    cluster[1].read_index(b"A")
    cluster[1].propose(b"", b"a write")
    cluster.settle(lambda message: message.msg_type != MessageType.MsgHeartbeat)
    cluster[1].read_index(b"A")
    cluster.settle()

    assert cluster.members[1].reads == [(b"A", 1), (b"A", 2)]


def test_followers_forward_contexts_unchanged() -> None:
    cluster = Cluster()
    cluster.elect(1)

    cluster[2].read_index(b"A")

    [question] = cluster.members[2].work()
    assert (question.to, question.entries[0].data) == (1, b"A")


def test_tokens_are_unique() -> None:
    tokens = set()
    for _ in range(3):
        cluster = Cluster()
        leader = cluster.elect(1)
        for _ in range(3):
            leader.read_index(b"A")
            leader.read_index(b"A")
        contexts = leader.raft.read_only.read_index_queue
        assert {context[TOKEN:] for context in contexts} == {b"A"}
        tokens |= {context[:TOKEN] for context in contexts}

    assert len(tokens) == 18


def test_reads_of_a_deposed_leader_are_not_answered() -> None:
    cluster = Cluster()
    cluster.elect(1)
    cluster[1].read_index(b"A")
    delayed = cluster.settle(lambda message: message.msg_type != MessageType.MsgHeartbeatResponse)
    cluster.elect(2)
    cluster.elect(1)

    cluster[1].read_index(b"B")
    for message in delayed:
        cluster[1].step(message)
    assert cluster.members[1].reads == []

    cluster.settle()
    assert cluster.members[1].reads == [(b"B", cluster[1].raft.raft_log.committed)]


def test_pending_reads_are_answered_once_one_member_is_left() -> None:
    cluster = Cluster((1, 2))
    leader = cluster.elect(1)
    leader.read_index(b"A")

    leader.raft.apply_conf_change(remove_node(2))
    cluster.members[1].work()

    assert cluster.members[1].reads == [(b"A", 1)]


def test_context_too_large_for_a_message_is_rejected() -> None:
    cluster = Cluster()
    leader = cluster.elect(1)

    with pytest.raises(CodecError, match=f"expected at most {MAX} bytes, got {MAX + 1}"):
        leader.read_index(bytes(MAX + 1))
    with pytest.raises(
        InvalidMessageError, match=f"MsgReadIndex: entries: expected at most {MAX} bytes, got {MAX + 1}"
    ):
        leader.step(Message(msg_type=MessageType.MsgReadIndex, from_=2, to=1, entries=[Entry(data=bytes(MAX + 1))]))

    assert leader.raft.pending_read_count() == 0
    assert cluster.members[1].work() == []


def test_longest_context_is_returned() -> None:
    cluster = Cluster((1, 2))
    cluster.elect(1)
    context = bytes(MAX)

    cluster[2].read_index(context)
    cluster.settle()

    assert cluster.members[2].reads == [(context, 1)]


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        pytest.param(lambda _: None, "no leader", id="follower without a leader"),
        pytest.param(lambda node: node.campaign(), "the node is campaigning", id="candidate"),
        pytest.param(
            lambda node: (node.raft.become_candidate(), node.raft.become_leader()),
            "the leader has not committed an entry in its term yet",
            id="new leader",
        ),
    ],
)
@pytest.mark.parametrize("is_stepped", [False, True], ids=["read_index", "step"])
def test_dropped_read_is_logged(
    prepare: Callable[[RawNode], object], reason: str, is_stepped: bool, caplog: pytest.LogCaptureFixture
) -> None:
    python_logger = logging.getLogger("rraft.tests")
    caplog.set_level(logging.DEBUG, "rraft.tests")
    node: RawNode = Cluster(log=Logger.from_logging(python_logger))[1]
    prepare(node)

    if is_stepped:
        request = Entry(data=b"context A")
        node.step(Message(msg_type=MessageType.MsgReadIndex, from_=2, to=1, entries=[request]))
    else:
        node.read_index(b"context A")

    [record] = [record for record in caplog.records if "dropped a read request" in record.getMessage()]
    sender = 2 if is_stepped else 0
    assert record.levelno == logging.DEBUG
    assert record.getMessage() == f'dropped a read request with context b"context A", from {sender}: {reason}'


def test_answered_read_is_not_logged_as_dropped(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "rraft.tests")
    cluster = Cluster(log=Logger.from_logging(logging.getLogger("rraft.tests")))
    cluster.elect(1)

    cluster[1].read_index(b"A")
    cluster[2].read_index(b"B")
    cluster.settle()

    assert cluster.members[1].reads == [(b"A", 1)]
    assert cluster.members[2].reads == [(b"B", 1)]
    assert not [record for record in caplog.records if "dropped a read request" in record.getMessage()]
