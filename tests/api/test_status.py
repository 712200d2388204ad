"""`Status`: a node's state at a glance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rraft import (
    Config,
    ConfState,
    HardState,
    LoggerRef,
    MemStorage,
    RawNode,
    SoftState,
    StateRole,
    Status,
)

each_way = pytest.mark.parametrize(
    "status_of",
    [RawNode.status, lambda node: Status(node.raft), lambda node: Status(node.raft.make_ref())],
    ids=["RawNode.status", "Status", "Status of a view"],
)


@pytest.fixture
def node(logger: LoggerRef) -> RawNode:
    """A node of a cluster of three, whose storage has only the membership."""
    return RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1, 2, 3])), logger)


def elect(node: RawNode) -> None:
    """Makes the node a leader."""
    node.raft.become_candidate()
    node.raft.become_leader()


@each_way
def test_status_of_a_follower(node: RawNode, status_of: Callable[[RawNode], Status]) -> None:
    node.raft.become_follower(4, 2)

    status = status_of(node)

    assert status.id == 1
    assert status.hs == node.raft.hard_state() == HardState(term=4)
    assert status.ss == node.raft.soft_state() == SoftState(2, StateRole.Follower)
    assert status.applied == 0
    assert status.progress is None


@each_way
def test_status_of_a_leader(node: RawNode, status_of: Callable[[RawNode], Status]) -> None:
    elect(node)
    node.raft.raft_log.set_applied(7)

    status = status_of(node)

    assert status.hs == HardState(term=1, vote=1)
    assert status.ss == SoftState(1, StateRole.Leader)
    assert status.applied == 7
    assert status.progress is not None
    assert [item.id() for item in status.progress.collect()] == [1, 2, 3]


def test_status_is_a_snapshot(node: RawNode) -> None:
    status = node.status()

    elect(node)

    assert status.hs == HardState()
    assert status.ss == SoftState()
    assert status.progress is None


def test_progress_of_a_status_is_a_live_view(node: RawNode) -> None:
    elect(node)
    status = node.status()
    assert status.progress is not None
    peer = status.progress.get(2)
    assert peer is not None

    node.raft.prs()[2].matched = 9

    assert peer.matched == 9


def test_status_is_immutable(node: RawNode) -> None:
    status = node.status()

    status.hs.term = 8
    for name in ("id", "hs", "ss", "applied", "progress"):
        with pytest.raises(AttributeError, match=f"'{name}'.* is not writable"):
            setattr(status, name, getattr(status, name))

    assert status.hs.term == 0


def test_repr_of_a_status(node: RawNode) -> None:
    elect(node)

    assert repr(node.status()) == (
        "Status { id: 1, hs: HardState { term: 1, vote: 1, commit: 0 },"
        " ss: SoftState { leader_id: 1, raft_state: Leader }, applied: 0, leads: true }"
    )
