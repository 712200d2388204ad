"""Port of raft-rs harness/tests/integration_cases/test_raft_snap.rs (v0.7.0)."""

import pytest

from rraft import (
    INVALID_INDEX,
    Logger,
    Message,
    MessageType,
    ProgressRef,
    ProgressState,
    RequestSnapshotDroppedError,
)
from tests.harness import AnyStorage, Interface, Network, NewStorage
from tests.harness.util import new_message, new_snapshot, new_test_raft, new_test_raft_with_prevote


def new_restored_raft(storage: AnyStorage, logger: Logger) -> Interface:
    """Node 1 of two nodes, which has restored a snapshot of index 11."""
    sm = new_test_raft(1, [1, 2], 10, 1, storage, logger)
    sm.raft.restore(new_snapshot(11, 11, [1, 2]))
    sm.persist()
    return sm


def new_restored_leader(storage: AnyStorage, logger: Logger) -> Interface:
    """`new_restored_raft` as the leader."""
    sm = new_restored_raft(storage, logger)
    sm.raft.become_candidate()
    sm.raft.become_leader()
    return sm


def new_leader_with_pending_snapshot(storage: AnyStorage, logger: Logger) -> tuple[Interface, ProgressRef]:
    """A restored leader that is sending voter 2 a snapshot at index 11, and the progress of that voter."""
    sm = new_restored_leader(storage, logger)
    voter_2 = sm.progress(2)
    voter_2.next_idx = 1
    voter_2.become_snapshot(11)
    return sm, voter_2


def test_sending_snapshot_set_pending_snapshot(storage: AnyStorage, logger: Logger) -> None:
    sm = new_restored_leader(storage, logger)
    # Force set the next index of node 2, so that it needs a snapshot.
    voter_2 = sm.progress(2)
    voter_2.next_idx = sm.raft.raft_log.first_index()

    sm.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, index=voter_2.next_idx - 1, reject=True))

    assert voter_2.pending_snapshot == 11


def test_pending_snapshot_pause_replication(storage: AnyStorage, logger: Logger) -> None:
    sm = new_restored_leader(storage, logger)
    sm.progress(2).become_snapshot(11)

    sm.step(new_message(1, 1, MessageType.MsgPropose, 1))

    assert sm.read_messages() == []


def test_snapshot_failure(storage: AnyStorage, logger: Logger) -> None:
    sm, voter_2 = new_leader_with_pending_snapshot(storage, logger)

    sm.step(Message(from_=2, to=1, msg_type=MessageType.MsgSnapStatus, reject=True))

    assert voter_2.pending_snapshot == 0
    assert voter_2.next_idx == 1
    assert voter_2.paused


def test_snapshot_succeed(storage: AnyStorage, logger: Logger) -> None:
    sm, voter_2 = new_leader_with_pending_snapshot(storage, logger)

    sm.step(Message(from_=2, to=1, msg_type=MessageType.MsgSnapStatus, reject=False))

    assert voter_2.pending_snapshot == 0
    assert voter_2.next_idx == 12
    assert voter_2.paused


def test_snapshot_abort(storage: AnyStorage, logger: Logger) -> None:
    sm, voter_2 = new_leader_with_pending_snapshot(storage, logger)

    # A successful MsgAppendResponse that has a higher/equal index than the pending snapshot aborts it.
    sm.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, index=11))

    assert voter_2.pending_snapshot == 0
    assert voter_2.next_idx == 12


@pytest.mark.parametrize("pre_vote", [True, False], ids=["pre_vote", "no_pre_vote"])
def test_snapshot_with_min_term(pre_vote: bool, new_storage: NewStorage, logger: Logger) -> None:
    """An initialized storage is at term 1 instead of 0: a node with an empty one catches up with it by a snapshot."""
    storage = new_storage()
    storage.wl().apply_snapshot(new_snapshot(1, 1, [1, 2]))
    n1 = new_test_raft_with_prevote(1, [1, 2], 10, 1, storage, pre_vote, logger)
    n2 = new_test_raft_with_prevote(2, [], 10, 1, new_storage(), pre_vote, logger)
    nt = Network([n1, n2], logger)

    nt.send([new_message(1, 1, MessageType.MsgHup)])

    # 1 has been elected as leader, and then has sent a snapshot and an empty entry to 2.
    assert nt.peers[2].raft.raft_log.first_index() == 2
    assert nt.peers[2].raft.raft_log.last_index() == 2


def test_request_snapshot(storage: AnyStorage, logger: Logger) -> None:
    sm = new_restored_raft(storage, logger)

    # Raft can not step request snapshot if there is no leader.
    with pytest.raises(RequestSnapshotDroppedError, match="raft: request snapshot dropped"):
        sm.raft.request_snapshot()

    # Raft can not step request snapshot if last raft log's term mismatches current term.
    sm.raft.become_follower(sm.raft.term + 1, 2)
    with pytest.raises(RequestSnapshotDroppedError, match="raft: request snapshot dropped"):
        sm.raft.request_snapshot()

    # Raft can not step request snapshot if it is a leader itself.
    sm.raft.become_candidate()
    sm.raft.become_leader()
    with pytest.raises(RequestSnapshotDroppedError, match="raft: request snapshot dropped"):
        sm.raft.request_snapshot()

    # Advance matched.
    sm.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, index=11))
    voter_2 = sm.progress(2)
    assert voter_2.state == ProgressState.Replicate

    request_snapshot_index = sm.raft.raft_log.committed
    request = Message(
        from_=2,
        to=1,
        msg_type=MessageType.MsgAppendResponse,
        index=11,
        reject=True,
        reject_hint=INVALID_INDEX,
        request_snapshot=request_snapshot_index,
    )

    # Ignore out of order request snapshot messages.
    out_of_order = request.clone()
    out_of_order.index = 9
    sm.step(out_of_order)
    assert voter_2.state == ProgressState.Replicate

    # Request snapshot.
    sm.step(request)
    assert voter_2.state == ProgressState.Snapshot
    assert voter_2.pending_snapshot == 11
    assert voter_2.next_idx == 12
    assert voter_2.is_paused()
    snapshot_message = sm.read_messages()[-1]
    assert snapshot_message.msg_type == MessageType.MsgSnapshot
    assert snapshot_message.snapshot.metadata.index == request_snapshot_index

    # Append/heartbeats do not set the state from snapshot to probe.
    sm.step(Message(from_=2, to=1, msg_type=MessageType.MsgAppendResponse, index=11))
    assert voter_2.state == ProgressState.Snapshot
    assert voter_2.pending_snapshot == 11
    assert voter_2.next_idx == 12
    assert voter_2.is_paused()

    # However a snapshot status report does set the state to probe.
    sm.step(new_message(2, 1, MessageType.MsgSnapStatus))
    assert voter_2.state == ProgressState.Probe
    assert voter_2.pending_snapshot == 0
    assert voter_2.next_idx == 12
    assert voter_2.is_paused()
