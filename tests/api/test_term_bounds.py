"""Terms far ahead: whatever term a message claims, the members of a group can still elect a leader.

raft-rs adopts any higher term. After one message with the highest, no node could campaign any more.
"""

from __future__ import annotations

import logging

import pytest

from rraft import (
    Config,
    ConfState,
    HardState,
    Logger,
    MemStorage,
    Message,
    MessageType,
    Raft,
    RawNode,
    StateRole,
    StepPeerNotFoundError,
)
from tests.harness.cluster import Cluster

HIGHEST = 2**63 - 1
FARTHEST = 2**32
"""The maximum increase of the term by one message."""

MOVING = [
    MessageType.MsgAppend,
    MessageType.MsgAppendResponse,
    MessageType.MsgHeartbeat,
    MessageType.MsgHeartbeatResponse,
    MessageType.MsgRequestVote,
    MessageType.MsgRequestVoteResponse,
    MessageType.MsgSnapshot,
    MessageType.MsgReadIndexResp,
]


def node_in(term: int, machine: type[RawNode] | type[Raft] = RawNode) -> RawNode | Raft:
    """Node 1 of three, whose storage has this term."""
    storage = MemStorage.new_with_conf_state(ConfState([1, 2, 3]))
    storage.wl().set_hardstate(HardState(term=term))
    return machine(Config(id=1), storage, Logger.discard())


def raft_of(node: RawNode | Raft) -> Raft:
    return node.raft if isinstance(node, RawNode) else node  # type: ignore[return-value]


def from_2(msg_type: MessageType, **fields: object) -> Message:
    return Message(msg_type=msg_type, from_=2, to=1, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("machine", [RawNode, Raft])
@pytest.mark.parametrize("msg_type", MOVING, ids=str)
@pytest.mark.parametrize(
    ("own", "claimed", "reached"),
    [
        (0, FARTHEST, FARTHEST),
        (0, FARTHEST + 1, FARTHEST),
        (5, FARTHEST + 5, FARTHEST + 5),
        (5, FARTHEST + 6, FARTHEST + 5),
        (5, HIGHEST, FARTHEST + 5),
        # Near the maximum, half of the remaining range is left.
        (HIGHEST - 2**33, HIGHEST, HIGHEST - 2**32),
        (HIGHEST - 2**32, HIGHEST, HIGHEST - 2**31),
        (HIGHEST - 100, HIGHEST, HIGHEST - 50),
        (HIGHEST - 2, HIGHEST, HIGHEST - 1),
    ],
)
def test_one_message_increases_the_term_up_to_the_limit(
    machine: type[RawNode], msg_type: MessageType, own: int, claimed: int, reached: int
) -> None:
    node = node_in(own, machine)
    raft = raft_of(node)

    node.step(from_2(msg_type, term=claimed))

    assert raft.term == reached
    assert raft.state == StateRole.Follower
    if claimed > reached:  # the message is treated as lost
        assert (raft.leader_id, raft.vote, raft.take_msgs()) == (0, 0, [])


@pytest.mark.parametrize("machine", [RawNode, Raft])
@pytest.mark.parametrize(
    ("message", "term"),
    [
        (from_2(MessageType.MsgRequestPreVote, term=HIGHEST, index=9, log_term=9), 5),
        (from_2(MessageType.MsgRequestPreVoteResponse, term=HIGHEST), 5),
        (from_2(MessageType.MsgRequestPreVoteResponse, term=HIGHEST, reject=True), 5 + FARTHEST),
    ],
    ids=["request", "granted", "rejected"],
)
def test_pre_votes_increase_the_term_only_if_rejected(machine: type[RawNode], message: Message, term: int) -> None:
    node = node_in(5, machine)

    node.step(message)

    assert raft_of(node).term == term


def test_vote_request_ignored_by_the_lease_leaves_the_term() -> None:
    storage = MemStorage.new_with_conf_state(ConfState([1, 2, 3]))
    node = RawNode(Config(id=1, check_quorum=True), storage, Logger.discard())
    node.step(from_2(MessageType.MsgHeartbeat, term=1))

    node.step(Message(msg_type=MessageType.MsgRequestVote, from_=3, to=1, term=HIGHEST))
    assert (node.raft.term, node.raft.leader_id) == (1, 2)

    transfer = Message(msg_type=MessageType.MsgRequestVote, from_=3, to=1, term=HIGHEST, context=b"CampaignTransfer")
    node.step(transfer)
    assert (node.raft.term, node.raft.leader_id) == (1 + FARTHEST, 0)


def test_response_of_a_non_member_leaves_the_term() -> None:
    node = node_in(5)

    with pytest.raises(StepPeerNotFoundError, match="raft: cannot step as peer not found"):
        node.step(Message(msg_type=MessageType.MsgAppendResponse, from_=9, to=1, term=HIGHEST))

    assert raft_of(node).term == 5


def test_ignored_message_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    storage = MemStorage.new_with_conf_state(ConfState([1, 2, 3]))
    node = RawNode(Config(id=1), storage, Logger.from_logging(logging.getLogger("rraft.tests")))

    node.step(from_2(MessageType.MsgHeartbeat, term=HIGHEST))

    [warning] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.getMessage() == (
        f"ignored a MsgHeartbeat from 2: its term {HIGHEST} is too far ahead of term 0; moving to term {FARTHEST}"
    )


@pytest.mark.parametrize("restarts", [False, True], ids=["", "after a restart of all"])
@pytest.mark.parametrize("check_quorum", [False, True], ids=["", "check_quorum"])
@pytest.mark.parametrize("pre_vote", [False, True], ids=["", "pre_vote"])
@pytest.mark.parametrize("pushes", [1, 3], ids=["once", "three times"])
@pytest.mark.parametrize("claimed", [7, FARTHEST, FARTHEST + 1, FARTHEST + 2, 2**62, HIGHEST - 1, HIGHEST])
@pytest.mark.parametrize("first", [1, HIGHEST - 2**40, HIGHEST - 2**33, HIGHEST - 2**20, HIGHEST - 2000])
def test_group_elects_a_leader_after_a_term_is_forged(
    first: int, claimed: int, pushes: int, pre_vote: bool, check_quorum: bool, restarts: bool
) -> None:
    cluster = Cluster(pre_vote=pre_vote, check_quorum=check_quorum)
    for member in cluster.members.values():
        member.storage.wl().set_hardstate(HardState(term=first))
    for node_id in cluster.ids:
        cluster.restart(node_id)
    cluster.elect(1)

    for _ in range(pushes):
        cluster[3].step(Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=3, term=claimed))
    if restarts:
        cluster.members[3].work()
        for node_id in cluster.ids:
            cluster.restart(node_id)

    leader = cluster.leader(ticks=600)
    assert leader
    cluster[leader].propose(b"", b"goes on")
    cluster.settle()
    commits = {node_id: cluster[node_id].raft.raft_log.committed for node_id in cluster.ids}
    cluster.leader(ticks=5)
    assert len({cluster[node_id].raft.raft_log.last_index() for node_id in cluster.ids}) == 1, commits


def test_group_elects_a_leader_after_a_long_isolation() -> None:
    """Its term has increased with each campaign, by more than one message may increase the terms of the others."""
    cluster = Cluster()
    cluster.elect(1)
    storage = cluster.members[3].storage
    storage.wl().set_hardstate(HardState(term=5 * FARTHEST, commit=storage.initial_state().hard_state.commit))
    cluster.restart(3)

    assert cluster.leader(ticks=1000)
