"""The methods of `RawNode`, one by one: those that raft-rs's tests do not cover, or only use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rraft import (
    NO_LIMIT,
    ConfChange,
    ConfChangeSingle,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    Entry,
    EntryType,
    LoggerRef,
    MemStorage,
    Message,
    MessageType,
    ProgressState,
    RawNode,
    RequestSnapshotDroppedError,
    SnapshotStatus,
    StateRole,
)


def new_node(logger: LoggerRef) -> RawNode:
    """The first of three nodes."""
    return RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1, 2, 3])), logger)


@pytest.fixture
def node(logger: LoggerRef) -> RawNode:
    """A follower, the first of three nodes."""
    return new_node(logger)


@pytest.fixture
def leader(logger: LoggerRef) -> RawNode:
    """The leader of three nodes. The first entry of its term is persisted and committed."""
    node = new_node(logger)
    node.raft.become_candidate()
    node.raft.become_leader()
    handle_ready(node)
    for peer in (2, 3):
        acknowledge(node, 1, by=peer)
    handle_ready(node)
    return node


def handle_ready(node: RawNode) -> list[Entry]:
    """Handles the `Ready`s of the node. The messages are lost. Returns the entries to apply."""
    ready = node.ready()
    node.store().wl().append(ready.entries())
    applied = ready.take_committed_entries()
    light = node.advance(ready)
    applied += light.take_committed_entries()
    node.advance_apply()
    return applied


def acknowledge(node: RawNode, index: int, *, by: int = 2) -> None:
    """Makes a peer acknowledge the entries up to `index`."""
    node.step(Message(msg_type=MessageType.MsgAppendResponse, from_=by, to=1, term=node.raft.term, index=index))


def sent(node: RawNode) -> list[tuple[MessageType, int]]:
    """Takes the messages to send, as pairs of type and receiver, sorted by receiver."""
    messages = node.raft.take_msgs()
    return sorted(((message.msg_type, message.to) for message in messages), key=lambda pair: pair[1])


def test_with_default_logger() -> None:
    node = RawNode.with_default_logger(Config(id=4), MemStorage.new_with_conf_state(ConfState([4])))

    assert type(node) is RawNode
    node.campaign()
    assert node.status().ss.raft_state == StateRole.Leader


@pytest.mark.parametrize("get", [RawNode.store, RawNode.mut_store])
def test_storage(node: RawNode, get: Callable[[RawNode], MemStorage]) -> None:
    get(node).wl().append([Entry(term=1, index=1)])

    assert node.store().last_index() == 1


def test_repr_and_str(leader: RawNode) -> None:
    assert repr(leader) == repr(leader.make_ref()) == "RawNode { id: 1, state: Leader, term: 1 }"


def test_ping(leader: RawNode) -> None:
    leader.ping()

    assert sent(leader) == [(MessageType.MsgHeartbeat, 2), (MessageType.MsgHeartbeat, 3)]


def test_transfer_leader(leader: RawNode) -> None:
    leader.transfer_leader(2)

    assert leader.raft.lead_transferee == 2
    assert sent(leader) == [(MessageType.MsgTimeoutNow, 2)]


def test_report_unreachable(leader: RawNode) -> None:
    progress = leader.raft.prs()[2]
    assert progress is not None
    assert progress.state == ProgressState.Replicate

    leader.report_unreachable(2)

    assert progress.state == ProgressState.Probe


@pytest.mark.parametrize(
    ("status", "next_idx"), [(SnapshotStatus.Finish, 10), (SnapshotStatus.Failure, 2)], ids=["finish", "failure"]
)
def test_report_snapshot(leader: RawNode, status: SnapshotStatus, next_idx: int) -> None:
    progress = leader.raft.prs()[2]
    assert progress is not None
    progress.become_snapshot(9)

    leader.report_snapshot(2, status)

    assert progress.state == ProgressState.Probe
    assert progress.next_idx == next_idx
    assert progress.paused


def test_request_snapshot(node: RawNode, leader: RawNode) -> None:
    with pytest.raises(RequestSnapshotDroppedError, match="raft: request snapshot dropped"):
        leader.request_snapshot()
    append = Message(msg_type=MessageType.MsgAppend, from_=2, to=1, term=1, entries=[Entry(term=1, index=1)])
    node.step(append)
    node.raft.take_msgs()

    node.request_snapshot()

    [request] = node.raft.take_msgs()
    assert (request.msg_type, request.to, request.request_snapshot) == (MessageType.MsgAppendResponse, 2, 1)


def test_snap(node: RawNode) -> None:
    assert node.snap() is None


def test_set_priority(node: RawNode) -> None:
    node.set_priority(-5)

    assert node.raft.priority == -5


def test_skip_bcast_commit(leader: RawNode) -> None:
    leader.skip_bcast_commit(True)
    assert not leader.raft.should_bcast_commit()

    leader.skip_bcast_commit(False)
    assert leader.raft.should_bcast_commit()


@pytest.mark.parametrize(("batch_append", "counts"), [(False, [1, 1, 1, 1]), (True, [2, 2])])
def test_set_batch_append(leader: RawNode, batch_append: bool, counts: list[int]) -> None:
    leader.set_batch_append(batch_append)

    for data in (b"one", b"two"):
        leader.propose(b"", data)

    assert [len(message.entries) for message in leader.raft.msgs] == counts


@pytest.mark.parametrize(("size", "batches"), [(NO_LIMIT, [[2, 3, 4]]), (0, [[2], [3], [4]])])
def test_committed_size_per_ready(leader: RawNode, size: int, batches: list[list[int]]) -> None:
    for _ in range(3):
        leader.propose(b"", b"data")
    ready = leader.ready()
    number = ready.number()
    leader.store().wl().append(ready.entries())
    leader.advance_append_async(ready)
    acknowledge(leader, 4)
    leader.on_persist_ready(number)
    leader.raft.set_max_committed_size_per_ready(size)

    given = []
    while leader.has_ready():
        ready = leader.ready()
        given.append([entry.index for entry in ready.committed_entries()])
        leader.advance_append_async(ready)

    assert given == batches


def test_propose_conf_change(leader: RawNode) -> None:
    change = ConfChange(change_type=ConfChangeType.AddLearnerNode, node_id=4)

    leader.propose_conf_change(b"context", change)

    [entry] = leader.raft.raft_log.unstable_entries()
    assert (entry.entry_type, entry.context) == (EntryType.EntryConfChange, b"context")
    assert ConfChange.decode(entry.data) == change
    assert leader.apply_conf_change(change) == ConfState([1, 2, 3], [4])


def test_propose_conf_change_v2(leader: RawNode) -> None:
    change = ConfChangeV2(changes=[ConfChangeSingle(change_type=ConfChangeType.AddLearnerNode, node_id=4)])

    leader.propose_conf_change_v2(b"context", change)

    [entry] = leader.raft.raft_log.unstable_entries()
    assert (entry.entry_type, entry.context) == (EntryType.EntryConfChangeV2, b"context")
    assert ConfChangeV2.decode(entry.data) == change
    assert leader.apply_conf_change_v2(change) == ConfState([1, 2, 3], [4])


def test_advance_append_does_not_advance_the_applied_index(leader: RawNode) -> None:
    leader.propose(b"", b"data")
    acknowledge(leader, 2)
    ready = leader.ready()
    leader.store().wl().append(ready.entries())

    light = leader.advance_append(ready)

    assert [entry.index for entry in light.committed_entries()] == [2]
    assert leader.raft.raft_log.applied() == 1
    leader.advance_apply_to(2)
    assert leader.raft.raft_log.applied() == 2


def test_batched_entries_have_the_preceding_index(leader: RawNode) -> None:
    """raft-rs adds entries to a pending message, even to an empty one with a later index."""
    leader.set_batch_append(True)
    leader.propose(b"", b"lost on its way to node 2")
    handle_ready(leader)
    acknowledge(leader, 2, by=3)  # committed: node 2 gets the commit index without entries
    assert [(message.to, message.index, len(message.entries)) for message in leader.raft.msgs if message.to == 2] == [
        (2, 2, 0)
    ]

    leader.report_unreachable(2)
    leader.step(Message(msg_type=MessageType.MsgHeartbeatResponse, from_=2, to=1, term=leader.raft.term))

    [broken] = [message for message in leader.raft.msgs if message.to == 2]
    assert (broken.index, broken.entries[0].index) == (2, 2)
    [message] = [message for message in leader.ready().messages() if message.to == 2]
    assert (message.index, message.log_term, message.commit) == (1, 1, 2)
    assert [entry.data for entry in message.entries] == [b"lost on its way to node 2"]
