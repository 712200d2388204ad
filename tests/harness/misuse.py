"""Assertions about nodes after misuse."""

from __future__ import annotations

from typing import Any

import pytest

from rraft import (
    GetEntriesContext,
    Message,
    MessageType,
    RaftPanicError,
    RaftRef,
    RawNode,
    StateRole,
)
from tests.harness.nodes import process
from tests.harness.util import empty_entry

LARGEST = 2**64 - 1


def case(name: str, *values: object) -> Any:
    """A row of a table, as a parameter of pytest."""
    return pytest.param(*values, id=name)


def context() -> GetEntriesContext:
    return GetEntriesContext.empty(can_async=False)


def assert_poisoned(node: RaftRef, message: str) -> None:
    """Asserts that writes raise the message of the first panic, and that reads still work."""
    for write in (node.tick, node.ping, node.take_msgs, lambda: node.become_follower(9, 0)):
        with pytest.raises(RaftPanicError) as raised:
            write()
        assert str(raised.value).endswith(f"can't be used after raft panicked: {message}")
    assert node.id == 1
    assert node.soft_state().leader_id == node.leader_id
    assert node.raft_log.last_index() >= node.raft_log.committed
    assert repr(node).startswith("Raft { id: 1, ")


def assert_goes_on(node: RawNode) -> None:
    """Asserts that the node handles a `Ready`, then follows another leader and accepts its entries."""
    process(node)
    term, last = node.raft.term + 1, node.raft.raft_log.last_index()
    entry = empty_entry(term, last + 1)
    last_term = node.raft.raft_log.last_term()

    node.step(
        Message(
            msg_type=MessageType.MsgAppend, from_=2, to=1, term=term, index=last, log_term=last_term, entries=[entry]
        )
    )
    process(node)

    assert (node.raft.state, node.raft.leader_id, node.raft.term) == (StateRole.Follower, 2, term)
    assert (node.raft.raft_log.last_index(), node.raft.raft_log.persisted) == (last + 1, last + 1)
    assert node.store().last_index() == last + 1


def append_from_2(node: RawNode, *, term: int = 3) -> None:
    """Steps a `MsgAppend` with one entry from leader 2."""
    last, last_term = node.raft.raft_log.last_index(), node.raft.raft_log.last_term()
    entries = [empty_entry(term, last + 1)]
    node.step(
        Message(
            msg_type=MessageType.MsgAppend, from_=2, to=1, term=term, index=last, log_term=last_term, entries=entries
        )
    )
