"""Elections that a node would win although it can't lead: raft-rs panics on a leader that is not a member, and on a
leader whose log is not persisted.

Nothing is changed, and the node becomes leader as soon as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from rraft import (
    CAMPAIGN_ELECTION,
    Config,
    ConfState,
    InvalidMessageError,
    LoggerRef,
    MemStorage,
    Message,
    MessageType,
    RawNode,
    StateRole,
)
from tests.harness import AnyStorage
from tests.harness.util import empty_entry, log_of

FOREVER = 1000


@pytest.fixture
def node(storage: AnyStorage, logger: LoggerRef) -> RawNode:
    """The only voter of a cluster, in term 2. It has accepted entry 3 from a former leader, but not persisted it."""
    return with_unstored_entry(storage, logger, voters=[1])


def with_unstored_entry(storage: AnyStorage, logger: LoggerRef, voters: Sequence[int]) -> RawNode:
    storage.initialize_with_conf_state(ConfState(voters))
    storage.wl().append(log_of(1, 1))
    node = RawNode(Config(id=1), storage, logger)
    entry = empty_entry(2, 3)
    node.step(
        Message(msg_type=MessageType.MsgAppend, from_=2, to=1, term=2, index=2, log_term=1, entries=[entry], commit=2)
    )
    return node


def store_work(node: RawNode) -> None:
    while node.has_ready():
        ready = node.ready()
        core = node.store().wl()
        core.append(ready.entries())
        if hard_state := ready.hs():
            core.set_hardstate(hard_state)
        node.advance(ready)
        node.advance_apply()


STARTS: dict[str, Callable[[RawNode], object]] = {
    "campaign": RawNode.campaign,
    "campaign of the state machine": lambda node: node.raft.campaign(CAMPAIGN_ELECTION),
    "MsgHup": lambda node: node.raft.step(Message(msg_type=MessageType.MsgHup, from_=1, to=1)),
    "MsgTimeoutNow": lambda node: node.step(Message(msg_type=MessageType.MsgTimeoutNow, from_=2, to=1, term=2)),
}

each_start = pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)


@each_start
@pytest.mark.parametrize("pre_vote", [False, True], ids=["", "pre-vote"])
def test_election_waits_until_the_log_is_persisted(
    node: RawNode, start: Callable[[RawNode], object], pre_vote: bool
) -> None:
    node.raft.pre_vote = pre_vote
    before = (repr(node), node.raft.hard_state())

    with pytest.raises(InvalidMessageError, match="the log is persisted up to index 2, but its last index is 3"):
        start(node)

    assert (repr(node), node.raft.hard_state()) == before
    store_work(node)
    start(node)
    assert (node.raft.state, node.raft.term) == (StateRole.Leader, 3)


@pytest.mark.parametrize("tick", [RawNode.tick, lambda node: node.raft.tick(), lambda node: node.raft.tick_election()])
def test_ticks_start_no_election_until_the_log_is_persisted(node: RawNode, tick: Callable[[RawNode], bool]) -> None:
    for _ in range(FOREVER):
        tick(node)
    assert (node.raft.state, node.raft.term) == (StateRole.Follower, 2)
    store_work(node)

    has_ready = tick(node)

    assert has_ready
    assert (node.raft.state, node.raft.term) == (StateRole.Leader, 3)


def test_ticks_of_one_of_several_voters_always_start_an_election(storage: AnyStorage, logger: LoggerRef) -> None:
    node = with_unstored_entry(storage, logger, voters=[1, 2, 3])

    while node.raft.state == StateRole.Follower:
        node.tick()

    assert (node.raft.state, node.raft.term) == (StateRole.Candidate, 3)


def granted(by: int, term: int = 3) -> Message:
    return Message(msg_type=MessageType.MsgRequestVoteResponse, from_=by, to=1, term=term)


def test_votes_win_no_election_until_the_log_is_persisted(storage: AnyStorage, logger: LoggerRef) -> None:
    node = with_unstored_entry(storage, logger, voters=[1, 2, 3, 4, 5])
    node.campaign()
    node.step(granted(by=2))

    with pytest.raises(InvalidMessageError, match="the log is persisted up to index 2, but its last index is 3"):
        node.step(granted(by=3))

    assert node.raft.state == StateRole.Candidate
    store_work(node)
    node.step(granted(by=3))
    assert node.raft.state == StateRole.Leader


def test_rejections_and_stale_votes_are_always_accepted(storage: AnyStorage, logger: LoggerRef) -> None:
    node = with_unstored_entry(storage, logger, voters=[1, 2, 3])
    node.campaign()

    node.step(granted(by=2, term=2))
    for voter in (2, 3):
        rejection = granted(by=voter)
        rejection.reject = True
        node.step(rejection)

    assert node.raft.state == StateRole.Follower


@each_start
def test_cluster_without_voters_holds_no_elections(logger: LoggerRef, start: Callable[[RawNode], object]) -> None:
    node = RawNode(Config(id=1), MemStorage(), logger)
    if start is STARTS["MsgTimeoutNow"]:
        start(node)  # as on any node that can't campaign
    else:
        with pytest.raises(InvalidMessageError, match=r"node 1 can't become leader: the voters are \{\}"):
            start(node)

    assert node.raft.state == StateRole.Follower
    for _ in range(FOREVER):
        node.tick()
    assert node.raft.term <= 2


def test_non_member_is_not_elected(storage: AnyStorage, logger: LoggerRef) -> None:
    storage.initialize_with_conf_state(ConfState([2, 3, 4]))
    node = RawNode(Config(id=1), storage, logger)
    node.campaign()
    node.step(granted(by=2, term=1))

    with pytest.raises(InvalidMessageError, match=r"node 1 can't become leader: the voters are \{2, 3, 4\}"):
        node.step(granted(by=3, term=1))

    assert node.raft.state == StateRole.Candidate
    node.step(Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=1))
    assert (node.raft.state, node.raft.leader_id) == (StateRole.Follower, 2)
