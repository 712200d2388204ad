"""Port of raft-rs harness/tests/integration_cases/test_raft_flow_control.rs (v0.7.0)."""

import pytest

from rraft import Config, ConfState, Logger, Message, MessageType, RawNode
from tests.harness import AnyStorage, Interface, NewStorage, initialize
from tests.harness.util import new_message, new_test_raft


def new_replicating_leader(storage: AnyStorage, logger: Logger) -> Interface:
    """The leader of two nodes, with the progress of the other one forced to be in replicate state."""
    r = new_test_raft(1, [1, 2], 5, 1, storage, logger)
    r.raft.become_candidate()
    r.raft.become_leader()
    r.progress(2).become_replicate()
    return r


def propose(r: Interface) -> list[Message]:
    """Proposes one entry. Returns the messages of the leader."""
    r.step(new_message(1, 1, MessageType.MsgPropose, 1))
    return r.read_messages()


def test_msg_app_flow_control_full(storage: AnyStorage, logger: Logger) -> None:
    """MsgAppend fills the sending window until it is full. Then no more MsgAppend is sent."""
    r = new_replicating_leader(storage, logger)

    # Fill in the inflights window.
    for _ in range(r.raft.max_inflight):
        assert len(propose(r)) == 1

    assert r.progress(2).ins.full()
    for _ in range(10):
        assert propose(r) == []


def test_msg_app_flow_control_move_forward(storage: AnyStorage, logger: Logger) -> None:
    """MsgAppendResponse moves the sending window forward.

    A valid one moves the window to pass all smaller or equal indices. An outdated one has no effect on it.
    """
    r = new_replicating_leader(storage, logger)
    # Fill in the inflights window.
    for _ in range(r.raft.max_inflight):
        propose(r)

    # 1 is the empty entry, 2 is the first proposal we just sent. So we start with 2.
    for index in range(2, r.raft.max_inflight):
        # Move the window forward.
        r.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, index=index))
        r.read_messages()

        # Fill in the inflights window again.
        assert len(propose(r)) == 1
        assert r.progress(2).ins.full()

        for outdated in range(index):
            r.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, index=outdated))
            assert r.progress(2).ins.full()


def test_msg_app_flow_control_recv_heartbeat(storage: AnyStorage, logger: Logger) -> None:
    """A heartbeat response frees one slot if the window is full."""
    r = new_replicating_leader(storage, logger)
    # Fill in the inflights window.
    for _ in range(r.raft.max_inflight):
        propose(r)

    for heartbeats in range(1, 5):
        assert r.progress(2).ins.full()

        # Receive several heartbeat responses, and expect one free slot.
        for _ in range(heartbeats):
            r.step(new_message(2, 1, MessageType.MsgHeartbeatResponse))
            r.read_messages()
            assert not r.progress(2).ins.full()

        # One slot.
        assert len(propose(r)) == 1

        # And just one slot.
        for _ in range(10):
            assert propose(r) == []

        # Clear all pending messages.
        r.step(new_message(2, 1, MessageType.MsgHeartbeatResponse))
        r.read_messages()


def test_msg_app_flow_control_with_freeing_resources(storage: AnyStorage, logger: Logger) -> None:
    """Windows are allocated when they are needed, and freed on request when they are empty."""
    r = new_test_raft(1, [1, 2, 3], 5, 1, storage, logger)
    r.raft.become_candidate()
    r.raft.become_leader()

    for item in r.raft.prs().collect():
        assert not item.progress().ins.buffer_is_allocated()

    # Force the progress to be in replicate state.
    for node_id in (1, 2, 3):
        r.progress(node_id).become_replicate()

    r.step(new_message(1, 1, MessageType.MsgPropose, 1))

    for node_id in (2, 3):
        assert r.progress(node_id).ins.buffer_is_allocated()
        assert r.progress(node_id).ins.count() == 1

    # 1: cap=0/start=0/count=0/buffer=[]
    # 2: cap=256/start=0/count=1/buffer=[2]
    # 3: cap=256/start=0/count=1/buffer=[2]

    r.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, index=r.raft.raft_log.last_index()))

    assert r.progress(2).ins.count() == 0

    # 1: cap=0/start=0/count=0/buffer=[]
    # 2: cap=256/start=1/count=0/buffer=[2]
    # 3: cap=256/start=0/count=1/buffer=[2]

    r.step(new_message(1, 1, MessageType.MsgPropose, 1))

    assert r.progress(2).ins.count() == 1
    assert r.progress(3).ins.count() == 2

    # 1: cap=0/start=0/count=0/buffer=[]
    # 2: cap=256/start=1/count=1/buffer=[2,3]
    # 3: cap=256/start=0/count=2/buffer=[2,3]

    r.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, index=r.raft.raft_log.last_index()))

    assert r.progress(2).ins.count() == 0
    assert r.progress(3).ins.count() == 2
    assert r.raft.inflight_buffers_size() == 4096

    # 1: cap=0/start=0/count=0/buffer=[]
    # 2: cap=256/start=2/count=0/buffer=[2,3]
    # 3: cap=256/start=0/count=2/buffer=[2,3]

    r.raft.maybe_free_inflight_buffers()

    assert not r.progress(2).ins.buffer_is_allocated()
    assert r.progress(2).ins.count() == 0
    assert r.raft.inflight_buffers_size() == 2048

    # 1: cap=0/start=0/count=0/buffer=[]
    # 2: cap=0/start=0/count=0/buffer=[]
    # 3: cap=256/start=0/count=2/buffer=[2,3]


def test_disable_progress(storage: AnyStorage, logger: Logger) -> None:
    """A progress can be disabled with `adjust_max_inflight_msgs(<id>, 0)`."""
    r = new_replicating_leader(storage, logger)

    # Disable the progress 2. Internal `free`s don't fail.
    r.raft.adjust_max_inflight_msgs(2, 0)
    r.step(new_message(2, 1, MessageType.MsgHeartbeatResponse))
    assert r.progress(2).ins.full()
    assert r.progress(2).ins.count() == 0

    # Progress 2 is disabled.
    assert r.read_messages() == []

    # After the progress gets enabled and a heartbeat response is received, its leader can continue to append entries
    # to it.
    r.raft.adjust_max_inflight_msgs(2, 10)
    r.step(new_message(2, 1, MessageType.MsgHeartbeatResponse))
    [message] = r.read_messages()
    assert message.msg_type == MessageType.MsgAppend


@pytest.mark.parametrize("capacity", [1, 4, 256])
def test_window_is_exceeded_by_one_message_for_each_heartbeat_response(
    new_storage: NewStorage, logger: Logger, capacity: int
) -> None:
    """When the window is full, raft-rs frees a slot for each heartbeat response, as if one had been acknowledged."""
    config = Config(id=1, max_inflight_msgs=capacity, max_size_per_msg=0)
    storage = new_storage()
    initialize(storage, ConfState([1, 2]))
    node = RawNode(config, storage, logger)
    node.raft.become_candidate()
    node.raft.become_leader()
    node.raft.prs()[2].become_replicate()
    node.raft.take_msgs()

    def sent() -> int:
        return sum(bool(message.entries) for message in node.raft.take_msgs())

    for _ in range(2 * capacity + 10):
        node.propose(b"", b"x")
    assert sent() == capacity
    assert node.raft.prs()[2].is_paused()

    response = Message(msg_type=MessageType.MsgHeartbeatResponse, from_=2, to=1, term=node.raft.term)
    unanswered = capacity
    for _ in range(5):
        node.step(response)
        unanswered += sent()

    assert unanswered == capacity + 5
    assert node.raft.prs()[2].ins.full()
