"""`ReadOnly`: the read requests that are pending until a quorum has confirmed the node's leadership."""

from __future__ import annotations

import copy
from collections.abc import Callable, MutableMapping

import pytest

from rraft import (
    Config,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    LoggerRef,
    MemStorage,
    Message,
    MessageType,
    RawNode,
    ReadIndexStatus,
    ReadOnly,
    ReadOnlyOption,
    ReadState,
)

CONTEXTS = [b"a", b"b", b"c"]


TOKEN = 16
"""The number of bytes that a leader prepends to a context."""


def request(context: bytes) -> Message:
    """A read request."""
    return Message(msg_type=MessageType.MsgReadIndex, entries=[Entry(data=context)])


def read_only_with(*contexts: bytes) -> ReadOnly:
    """Requests with these contexts, received by node 9 at the commit indices 1, 2, ..."""
    read_only = ReadOnly(ReadOnlyOption.Safe)
    for index, context in enumerate(contexts, start=1):
        read_only.add_request(index, request(context), 9)
    return read_only


@pytest.fixture
def leader(logger: LoggerRef) -> RawNode:
    """The leader of three nodes, which has committed an entry of its term."""
    node = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1, 2, 3])), logger)
    node.raft.become_candidate()
    node.raft.become_leader()
    node.store().wl().append(node.raft.raft_log.unstable_entries())
    node.raft.raft_log.stable_entries(1, 1)
    node.raft.on_persist_entries(1, 1)
    node.step(Message(msg_type=MessageType.MsgAppendResponse, to=1, from_=2, term=1, index=1))
    node.raft.take_msgs()
    return node


@pytest.mark.parametrize("option", ReadOnlyOption.values())
def test_new_read_only_is_empty(option: ReadOnlyOption) -> None:
    read_only = ReadOnly(option)

    assert read_only.option == option
    assert read_only.pending_read_index == {}
    assert read_only.read_index_queue == []
    assert read_only.pending_read_count() == len(read_only) == 0
    assert read_only.last_pending_request_ctx() is None


def test_default_is_safe() -> None:
    read_only = ReadOnly.default()

    assert read_only.option == ReadOnlyOption.Safe
    assert len(read_only) == 0


def test_add_request() -> None:
    read_only = read_only_with(*CONTEXTS)

    assert read_only.read_index_queue == CONTEXTS
    assert read_only.pending_read_count() == len(read_only) == 3
    assert read_only.last_pending_request_ctx() == b"c"
    assert read_only.pending_read_index == {
        context: ReadIndexStatus(request(context), index, {9}) for index, context in enumerate(CONTEXTS, start=1)
    }


def test_add_request_ignores_a_duplicate_context() -> None:
    read_only = read_only_with(b"a", b"b", b"a")

    assert read_only.read_index_queue == [b"a", b"b"]
    assert read_only.pending_read_index[b"a"].index == 1


def test_add_request_requires_an_entry() -> None:
    read_only = ReadOnly(ReadOnlyOption.Safe)

    with pytest.raises(ValueError, match=r"req\.entries: expected at least 1, got 0"):
        read_only.add_request(1, Message(), 9)

    assert len(read_only) == 0


def test_recv_ack() -> None:
    read_only = read_only_with(b"a", b"b")

    assert read_only.recv_ack(2, b"a") == {9, 2}
    assert read_only.recv_ack(2, b"a") == {9, 2}
    assert read_only.recv_ack(3, b"a") == {9, 2, 3}
    assert read_only.recv_ack(2, b"unknown") is None

    assert {context: status.acks for context, status in read_only.pending_read_index.items()} == {
        b"a": {9, 2, 3},
        b"b": {9},
    }


@pytest.mark.parametrize(
    ("context", "done"), [(b"a", [b"a"]), (b"b", [b"a", b"b"]), (b"c", CONTEXTS), (b"unknown", [])], ids=str
)
def test_advance(logger: LoggerRef, context: bytes, done: list[bytes]) -> None:
    read_only = read_only_with(*CONTEXTS)
    pending = {context: status.clone() for context, status in read_only.pending_read_index.items()}

    statuses = read_only.advance(context, logger)

    assert statuses == [pending[context] for context in done]
    assert read_only.read_index_queue == CONTEXTS[len(done) :]
    assert sorted(read_only.pending_read_index) == CONTEXTS[len(done) :]


def test_requests_are_live(logger: LoggerRef) -> None:
    read_only = read_only_with(b"a")
    pending, queue = read_only.pending_read_index, read_only.read_index_queue

    pending[b"a"].index = 7
    pending[b"a"].acks = {1, 2}
    pending[b"b"] = ReadIndexStatus(request(b"b"), 8, {9})
    queue.append(b"b")

    assert read_only.pending_read_index == {
        b"a": ReadIndexStatus(request(b"a"), 7, {1, 2}),
        b"b": ReadIndexStatus(request(b"b"), 8, {9}),
    }
    assert read_only.read_index_queue == [b"a", b"b"]
    assert [status.index for status in read_only.advance(b"b", logger)] == [7, 8]
    assert (len(pending), len(queue)) == (0, 0)


def test_requests_can_be_assigned() -> None:
    read_only = read_only_with(b"a")

    read_only.pending_read_index = {b"c": ReadIndexStatus(request(b"c"), 3, {1})}
    read_only.read_index_queue = [b"c"]

    assert read_only.pending_read_index == {b"c": ReadIndexStatus(request(b"c"), 3, {1})}
    assert read_only.read_index_queue == [b"c"]


def test_pending_requests_are_a_mapping() -> None:
    read_only = read_only_with(*CONTEXTS)
    pending = read_only.pending_read_index

    assert isinstance(pending, MutableMapping)
    assert sorted(pending) == sorted(pending.keys()) == CONTEXTS
    assert b"a" in pending
    assert pending.get(b"a") == pending[b"a"]
    assert pending.get(b"x") is None
    assert {status.index for status in pending.values()} == {1, 2, 3}
    with pytest.raises(KeyError, match="b'x'"):
        pending[b"x"]
    with pytest.raises(KeyError, match="b'x'"):
        del pending[b"x"]
    with pytest.raises(TypeError, match="expected ReadIndexStatus, got int"):
        pending[b"x"] = 5  # type: ignore[assignment]
    del pending[b"a"]
    pending.update({b"d": ReadIndexStatus(index=4)})
    assert sorted(read_only.pending_read_index) == [b"b", b"c", b"d"]
    assert repr(read_only_with(b"a").pending_read_index).startswith("{b'a': ReadIndexStatus { req: Message {")
    pending.clear()
    assert read_only.pending_read_index == {}


def test_view_of_a_request_is_invalid_once_it_is_removed(logger: LoggerRef) -> None:
    read_only = read_only_with(b"a")
    status = read_only.pending_read_index[b"a"]

    read_only.advance(b"a", logger)

    with pytest.raises(DestroyedRefUsedError, match="ReadIndexStatus"):
        _ = status.index
    with pytest.raises(DestroyedRefUsedError, match="ReadIndexStatus"):
        status.index = 3


def test_requests_of_a_node_are_live(leader: RawNode) -> None:
    leader.read_index(b"ctx")

    [context] = leader.raft.read_only.read_index_queue
    leader.raft.read_only.pending_read_index[context].index = 5

    assert context.endswith(b"ctx")  # prefixed with the token of the node
    assert leader.raft.get_read_only_pending_read_index()[context].index == 5


def test_option_can_be_set() -> None:
    read_only = read_only_with(b"a")

    read_only.option = ReadOnlyOption.LeaseBased

    assert read_only.make_ref().option == ReadOnlyOption.LeaseBased
    assert len(read_only) == 1


@pytest.mark.parametrize("duplicate", [ReadOnly.clone, copy.copy, copy.deepcopy])
def test_copies(duplicate: Callable[[ReadOnly], ReadOnly], logger: LoggerRef) -> None:
    read_only = read_only_with(b"a", b"b")

    other = duplicate(read_only)
    read_only.advance(b"a", logger)

    assert type(other) is ReadOnly
    assert other.read_index_queue == [b"a", b"b"]
    assert read_only.read_index_queue == [b"b"]


def test_read_request_of_a_leader_waits_for_a_quorum(leader: RawNode) -> None:
    raft = leader.raft

    leader.read_index(b"ctx")

    [(context, status)] = raft.get_read_only_pending_read_index().items()
    assert (context[TOKEN:], status.index, status.acks) == (b"ctx", 1, {1})
    assert raft.read_only.read_index_queue == [context]
    assert raft.get_readonly_read_index_queue() == [list(context)]
    assert raft.read_only.pending_read_index == {context: status}
    assert (raft.pending_read_count(), raft.ready_read_count()) == (1, 0)
    assert {message.context for message in raft.msgs} == {context}


def test_read_request_of_a_leader_is_answered_by_a_quorum(leader: RawNode) -> None:
    raft = leader.raft
    leader.read_index(b"ctx")
    [context] = raft.read_only.read_index_queue

    leader.step(Message(msg_type=MessageType.MsgHeartbeatResponse, to=1, from_=2, term=1, context=context))

    assert (raft.pending_read_count(), raft.ready_read_count()) == (0, 1)
    assert raft.read_states == raft.get_read_states() == [ReadState(1, context)]
    assert raft.get_readonly_read_index_queue() == []
    assert raft.get_read_only_pending_read_index() == {}
    assert leader.ready().take_read_states() == [ReadState(1, b"ctx")]
