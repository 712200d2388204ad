"""Nodes and logs as programs for rraft-py create them."""

from __future__ import annotations

from rraft import (
    Config,
    ConfState,
    Entry,
    InMemoryRaftLog,
    InMemoryRawNode,
    MemStorage,
    Message,
    MessageType,
    Ready,
    Unstable,
    default_logger,
)

CAN_WAIT, CAN_NOT_WAIT = True, False


def entry_at(index: int, term: int = 1, data: bytes = b"") -> Entry:
    return Entry(index=index, term=term, data=data)


def storage_of(*voters: int) -> MemStorage:
    return MemStorage.new_with_conf_state(ConfState(list(voters)))


def node_of(*voters: int) -> InMemoryRawNode:
    """Node 1 of a cluster."""
    return InMemoryRawNode(Config(id=1), storage_of(*voters), default_logger())


def persist(node: InMemoryRawNode, ready: Ready) -> None:
    """Persists a `Ready`."""
    node.store().wl().append(ready.entries())
    if hard_state := ready.hs():
        node.store().wl().set_hardstate(hard_state)


def leader_alone() -> InMemoryRawNode:
    """The leader of a cluster of one, which has applied the first entry of its term."""
    node = node_of(1)
    node.campaign()
    ready = node.ready()
    persist(node, ready)
    node.advance(ready.make_ref())
    node.advance_apply()
    return node


def leader_of_three() -> InMemoryRawNode:
    """The leader of a cluster of three, which has committed the first entry of its term."""
    node = node_of(1, 2, 3)
    node.get_raft().become_candidate()
    node.get_raft().become_leader()
    ready = node.ready()
    persist(node, ready)
    node.advance(ready.make_ref())
    node.step(Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=1, index=1))
    return node


def log_of(*terms: int) -> InMemoryRaftLog:
    """A log of unstable entries from index 1 on, one for each term."""
    log = InMemoryRaftLog(MemStorage(), default_logger())
    log.append([entry_at(index, term) for index, term in enumerate(terms, start=1)])
    return log


def unstable_with_entry() -> Unstable:
    unstable = Unstable(1, default_logger())
    unstable.truncate_and_append([entry_at(1)])
    return unstable
