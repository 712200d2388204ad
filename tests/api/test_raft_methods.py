"""The methods of `Raft`, one by one: those that raft-rs's tests do not cover, or only use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rraft import (
    CAMPAIGN_ELECTION,
    CAMPAIGN_PRE_ELECTION,
    CAMPAIGN_TRANSFER,
    INVALID_ID,
    ConfChangeSingle,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    Entry,
    EntryType,
    HardState,
    LoggerRef,
    MemStorage,
    Message,
    MessageRef,
    MessageType,
    ProgressTrackerRef,
    Raft,
    RaftPanicError,
    RequestSnapshotDroppedError,
    Snapshot,
    SnapshotMetadata,
    SoftState,
    StateRole,
)

APPEND, HEARTBEAT = MessageType.MsgAppend, MessageType.MsgHeartbeat


def new_raft(logger: LoggerRef, config: Config | None = None) -> Raft:
    """A follower, the first of three nodes."""
    return Raft(config or Config(id=1), MemStorage.new_with_conf_state(ConfState([1, 2, 3])), logger)


@pytest.fixture
def raft(logger: LoggerRef) -> Raft:
    """A follower in term 0, the first of three nodes."""
    return new_raft(logger)


@pytest.fixture
def leader(logger: LoggerRef) -> Raft:
    """The leader of three nodes in term 1, which has persisted and sent its first entry."""
    raft = new_raft(logger)
    lead(raft)
    return raft


def lead(raft: Raft) -> None:
    """Makes the node the leader. It persists and sends its first entry."""
    raft.become_candidate()
    raft.become_leader()
    persist(raft)
    raft.bcast_append()
    raft.take_msgs()


def persist(raft: Raft) -> None:
    """Persists the unstable entries."""
    last = raft.raft_log.unstable_entries()[-1]
    index, term = last.index, last.term
    raft.store().wl().append(raft.raft_log.unstable_entries())
    raft.raft_log.stable_entries(index, term)
    raft.on_persist_entries(index, term)


def acknowledge(raft: Raft, index: int, *, by: int = 2) -> None:
    """Makes a peer acknowledge the entries up to `index`."""
    raft.step(Message(msg_type=MessageType.MsgAppendResponse, from_=by, to=1, term=raft.term, index=index))


def sent(raft: Raft) -> list[tuple[MessageType, int]]:
    """Takes the messages to send, as pairs of type and receiver, sorted by receiver."""
    return sorted(((message.msg_type, message.to) for message in raft.take_msgs()), key=lambda pair: pair[1])


def test_with_default_logger() -> None:
    raft = Raft.with_default_logger(Config(id=4, priority=2), MemStorage.new_with_conf_state(ConfState([4])))

    assert type(raft) is Raft
    assert (raft.id, raft.priority) == (4, 2)
    raft.campaign(CAMPAIGN_ELECTION)
    assert raft.state == StateRole.Leader


def test_state_of_a_new_raft(raft: Raft) -> None:
    assert raft.soft_state() == SoftState(INVALID_ID, StateRole.Follower)
    assert raft.hard_state() == HardState()
    assert raft.promotable()
    assert raft.lead_transferee is raft.get_lead_transferee() is None
    assert raft.msgs == raft.get_msgs() == raft.take_msgs() == []
    assert raft.snap() is None
    assert repr(raft) == "Raft { id: 1, state: Follower, term: 0 }"


def test_state_of_a_leader(leader: Raft) -> None:
    assert leader.soft_state() == SoftState(1, StateRole.Leader)
    assert leader.hard_state() == HardState(term=1, vote=1)
    assert leader.get_raft_log().last_index() == 1
    assert repr(leader.make_ref()) == "Raft { id: 1, state: Leader, term: 1 }"


def test_load_state(raft: Raft) -> None:
    raft.load_state(HardState(term=5, vote=2))

    assert raft.hard_state() == HardState(term=5, vote=2)
    with pytest.raises(RaftPanicError, match=r"hs.commit 1 is out of range \[0, 0\]"):
        raft.load_state(HardState(commit=1))


@pytest.mark.parametrize(
    ("kind", "role", "message", "term"),
    [
        (CAMPAIGN_PRE_ELECTION, StateRole.PreCandidate, MessageType.MsgRequestPreVote, 0),
        (CAMPAIGN_ELECTION, StateRole.Candidate, MessageType.MsgRequestVote, 1),
        (CAMPAIGN_TRANSFER, StateRole.Candidate, MessageType.MsgRequestVote, 1),
    ],
)
@pytest.mark.parametrize("as_", [bytes, bytes.decode], ids=["bytes", "str"])
def test_campaign(
    raft: Raft,
    kind: bytes,
    as_: Callable[[bytes], bytes | str],
    role: StateRole,
    message: MessageType,
    term: int,
) -> None:
    raft.campaign(as_(kind))

    assert (raft.state, raft.term) == (role, term)
    assert {request.context for request in raft.msgs} == {kind if kind == CAMPAIGN_TRANSFER else b""}
    assert sent(raft) == [(message, 2), (message, 3)]


@pytest.mark.parametrize(
    ("kind", "error", "reason"),
    [
        ("Campaign", ValueError, "campaign_type: expected a campaign type, got 'Campaign'"),
        (b"", ValueError, "campaign_type: expected a campaign type, got b''"),
        (1, TypeError, "is not an instance of 'bytes'"),
    ],
)
def test_unknown_campaign_type(raft: Raft, kind: str, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        raft.campaign(kind)

    assert raft.state == StateRole.Follower


def test_timeouts(logger: LoggerRef) -> None:
    raft = new_raft(logger, Config(id=1, election_tick=10, heartbeat_tick=3))

    assert (raft.election_timeout(), raft.heartbeat_timeout()) == (10, 3)
    for _ in range(20):
        raft.reset_randomized_election_timeout()
        assert 10 <= raft.randomized_election_timeout() < 20
    raft.set_randomized_election_timeout(12)
    assert raft.randomized_election_timeout() == 12


def test_ticks_of_a_follower(raft: Raft) -> None:
    raft.set_randomized_election_timeout(21)
    raft.set_election_elapsed(19)

    assert raft.tick() is False
    assert raft.election_elapsed == raft.get_election_elapsed() == 20
    assert not raft.pass_election_timeout()

    assert raft.tick_election() is True
    assert raft.state == StateRole.Candidate
    assert raft.election_elapsed == 0


def test_ticks_of_a_leader(leader: Raft) -> None:
    assert leader.heartbeat_elapsed() == 0
    assert leader.tick() is False
    assert leader.heartbeat_elapsed() == 1

    assert leader.tick() is True

    assert leader.heartbeat_elapsed() == 0
    assert sent(leader) == [(HEARTBEAT, 2), (HEARTBEAT, 3)]


@pytest.mark.parametrize("beat", [Raft.ping, Raft.bcast_heartbeat])
def test_heartbeats_of_a_leader(leader: Raft, beat: Callable[[Raft], None]) -> None:
    beat(leader)

    assert sent(leader) == [(HEARTBEAT, 2), (HEARTBEAT, 3)]


def test_ping_of_a_follower_does_nothing(raft: Raft) -> None:
    raft.ping()

    assert raft.msgs == []


def test_send_append(leader: Raft) -> None:
    acknowledge(leader, 1)
    leader.take_msgs()
    assert leader.append_entry([Entry(data=b"data")])

    leader.send_append(2)

    [message] = leader.take_msgs()
    assert (message.msg_type, message.to, message.index) == (APPEND, 2, 1)
    assert message.entries == [Entry(term=1, index=2, data=b"data")]
    with pytest.raises(ValueError, match="to: 4 is not a member"):
        leader.send_append(4)


def test_send_timeout_now(leader: Raft) -> None:
    leader.send_timeout_now(3)

    assert sent(leader) == [(MessageType.MsgTimeoutNow, 3)]


def test_leader_transfer(leader: Raft) -> None:
    acknowledge(leader, 1)
    leader.take_msgs()

    leader.step(Message(msg_type=MessageType.MsgTransferLeader, from_=2, to=1))
    assert leader.lead_transferee == leader.get_lead_transferee() == 2
    assert sent(leader) == [(MessageType.MsgTimeoutNow, 2)]

    leader.abort_leader_transfer()
    assert leader.lead_transferee is None


@pytest.mark.parametrize("check_quorum", [False, True])
def test_in_lease(logger: LoggerRef, check_quorum: bool) -> None:
    raft = new_raft(logger, Config(id=1, check_quorum=check_quorum))
    assert raft.check_quorum is raft.get_check_quorum() is check_quorum
    assert not raft.in_lease()

    lead(raft)
    assert raft.in_lease() is check_quorum

    raft.set_check_quorum(not check_quorum)
    assert raft.in_lease() is not check_quorum


def test_commit_and_apply_to_the_current_term(leader: Raft) -> None:
    assert not leader.commit_to_current_term()
    assert not leader.maybe_commit()

    acknowledge(leader, 1)
    assert leader.commit_to_current_term()
    assert not leader.apply_to_current_term()
    assert leader.hard_state().commit == 1

    leader.commit_apply(1)
    assert leader.apply_to_current_term()
    leader.become_follower(2, INVALID_ID)
    assert not leader.commit_to_current_term()
    assert not leader.apply_to_current_term()


def test_on_persist_entries_and_maybe_commit(leader: Raft) -> None:
    leader.append_entry([Entry(data=b"data")])
    acknowledge(leader, 2)
    assert leader.raft_log.committed == 1

    persist(leader)

    assert leader.raft_log.persisted == 2
    assert leader.raft_log.committed == 2
    assert not leader.maybe_commit()


def test_reset(leader: Raft) -> None:
    leader.reset(7)

    assert (leader.term, leader.vote, leader.leader_id) == (7, INVALID_ID, INVALID_ID)
    assert [progress.next_idx for _, progress in leader.prs().iter()] == [2, 2, 2]


@pytest.mark.parametrize("get", [Raft.store, Raft.mut_store, lambda raft: raft.raft_log.store()])
def test_storage(raft: Raft, get: Callable[[Raft], MemStorage]) -> None:
    get(raft).wl().append([Entry(term=1, index=1)])

    assert raft.store().last_index() == 1


@pytest.mark.parametrize("get", [Raft.prs, Raft.mut_prs])
def test_members(raft: Raft, get: Callable[[Raft], ProgressTrackerRef]) -> None:
    get(raft).get_mut(2).matched = 9  # type: ignore[union-attr]

    assert [(id_, progress.matched) for id_, progress in raft.prs().iter()] == [(1, 0), (2, 9), (3, 0)]


def test_uncommitted_size(logger: LoggerRef) -> None:
    raft = new_raft(logger, Config(id=1, max_uncommitted_size=10))
    lead(raft)
    small, large = Entry(term=1, index=2, data=b"12345"), Entry(term=1, index=3, data=b"123456")

    assert raft.maybe_increase_uncommitted_size([small])
    assert raft.uncommitted_size() == 5
    assert not raft.maybe_increase_uncommitted_size([large])
    assert raft.uncommitted_size() == 5

    raft.reduce_uncommitted_size([small])
    assert raft.uncommitted_size() == 0
    assert raft.maybe_increase_uncommitted_size([large])
    assert raft.uncommitted_size() == 6


def test_append_entry_beyond_the_uncommitted_size(logger: LoggerRef) -> None:
    raft = new_raft(logger, Config(id=1, max_uncommitted_size=10))
    lead(raft)

    assert raft.append_entry([Entry(data=b"1234567890")])
    assert not raft.append_entry([Entry(data=b"1")])

    assert raft.raft_log.last_index() == 2


def test_skip_bcast_commit(leader: Raft) -> None:
    assert leader.should_bcast_commit()

    leader.skip_bcast_commit(True)
    assert not leader.should_bcast_commit()

    leader.pending_conf_index = 1
    assert leader.has_pending_conf()
    assert leader.should_bcast_commit()


def test_set_batch_append(leader: Raft) -> None:
    for peer in (2, 3):
        acknowledge(leader, 1, by=peer)
    leader.take_msgs()

    leader.set_batch_append(True)
    for data in (b"one", b"two"):
        leader.append_entry([Entry(data=data)])
        leader.bcast_append()

    assert [[entry.data for entry in message.entries] for message in leader.msgs] == 2 * [[b"one", b"two"]]


def test_group_commit(leader: Raft) -> None:
    assert not leader.group_commit()
    leader.enable_group_commit(True)
    assert leader.group_commit()
    assert leader.prs().group_commit()
    leader.assign_commit_groups([(1, 1), (2, 1), (3, 2)])
    assert [progress.commit_group_id for _, progress in leader.prs().iter()] == [1, 1, 2]

    acknowledge(leader, 1, by=2)
    assert leader.raft_log.committed == 0
    assert leader.check_group_commit_consistent() is None

    acknowledge(leader, 1, by=3)
    assert leader.raft_log.committed == 1
    leader.commit_apply(1)
    assert leader.check_group_commit_consistent() is True

    leader.clear_commit_group()
    assert [progress.get_commit_group_id() for _, progress in leader.prs().iter()] == [0, 0, 0]
    assert leader.check_group_commit_consistent() is False


def test_group_zero_is_rejected(leader: Raft) -> None:
    with pytest.raises(ValueError, match="ids: expected a positive group id for 2, got 0"):
        leader.assign_commit_groups([(1, 1), (2, 0)])

    assert [progress.commit_group_id for _, progress in leader.prs().iter()] == [0, 0, 0]


def test_inflight_buffers(leader: Raft) -> None:
    assert leader.inflight_buffers_size() == 0
    for peer in (2, 3):
        acknowledge(leader, 1, by=peer)
    leader.append_entry([Entry()])
    leader.bcast_append()
    assert leader.inflight_buffers_size() == 2 * 256 * 8

    leader.maybe_free_inflight_buffers()
    assert leader.inflight_buffers_size() == 2 * 256 * 8
    for peer in (2, 3):
        acknowledge(leader, 2, by=peer)
    leader.maybe_free_inflight_buffers()
    assert leader.inflight_buffers_size() == 0


def test_adjust_max_inflight_msgs(leader: Raft) -> None:
    acknowledge(leader, 1)
    leader.take_msgs()

    leader.adjust_max_inflight_msgs(2, 1)
    for _ in range(2):
        leader.append_entry([Entry()])
        leader.send_append(2)

    assert len(leader.take_msgs()) == 1
    assert leader.prs()[2].is_paused()
    with pytest.raises(ValueError, match="cap: expected at most 16777216, got 16777217"):
        leader.adjust_max_inflight_msgs(2, 2**24 + 1)


def test_post_conf_change(leader: Raft) -> None:
    leader.append_entry([Entry()])

    assert leader.post_conf_change() == ConfState([1, 2, 3])

    assert sent(leader) == []
    acknowledge(leader, 1)
    leader.take_msgs()
    leader.append_entry([Entry()])
    assert leader.post_conf_change() == ConfState([1, 2, 3])
    assert sent(leader) == [(APPEND, 2)]


def test_apply_conf_change(leader: Raft) -> None:
    change = ConfChangeV2(changes=[ConfChangeSingle(change_type=ConfChangeType.AddLearnerNode, node_id=4)])

    assert leader.apply_conf_change(change) == ConfState([1, 2, 3], [4])

    assert leader.prs().conf_learners() == {4}


def test_pending_conf(leader: Raft) -> None:
    change = ConfChangeV2(changes=[ConfChangeSingle(change_type=ConfChangeType.AddLearnerNode, node_id=4)])
    entry = Entry(entry_type=EntryType.EntryConfChangeV2, data=change.encode())
    assert not leader.has_pending_conf()

    leader.step(Message(msg_type=MessageType.MsgPropose, from_=1, to=1, entries=[entry]))

    assert leader.pending_conf_index == leader.get_pending_conf_index() == 2
    assert leader.has_pending_conf()


def test_handle_append_entries(raft: Raft) -> None:
    raft.become_follower(3, 2)

    raft.handle_append_entries(
        Message(msg_type=APPEND, from_=2, to=1, term=3, commit=1, entries=[Entry(term=3, index=1)])
    )

    assert raft.raft_log.commit_info() == (1, 3)
    [answer] = raft.msgs
    assert (answer.msg_type, answer.to, answer.index) == (MessageType.MsgAppendResponse, 2, 1)


def test_handle_heartbeat(raft: Raft) -> None:
    raft.become_follower(3, 2)

    raft.handle_heartbeat(Message(msg_type=HEARTBEAT, from_=2, to=1, term=3, context=b"ctx"))

    [answer] = raft.msgs
    assert (answer.msg_type, answer.to, answer.context) == (MessageType.MsgHeartbeatResponse, 2, b"ctx")


def test_restore_and_snap(raft: Raft) -> None:
    snapshot = Snapshot(data=b"d", metadata=SnapshotMetadata(conf_state=ConfState([1, 2]), index=9, term=3))

    assert raft.restore(snapshot)

    view = raft.snap()
    assert view == snapshot
    assert raft.prs().conf_voters().ids() == {1, 2}
    assert not raft.restore(snapshot)
    raft.raft_log.stable_snap(9)
    raft.store().wl().apply_snapshot(snapshot)
    raft.on_persist_snap(9)
    assert raft.snap() is None
    assert raft.raft_log.persisted == 9


def test_request_snapshot(raft: Raft) -> None:
    with pytest.raises(RequestSnapshotDroppedError, match="raft: request snapshot dropped"):
        raft.request_snapshot()
    raft.become_follower(1, 2)
    raft.handle_append_entries(Message(msg_type=APPEND, from_=2, to=1, term=1, entries=[Entry(term=1, index=1)]))
    raft.take_msgs()

    raft.request_snapshot()

    assert raft.pending_request_snapshot == raft.get_pending_request_snapshot() == 1
    [request] = raft.take_msgs()
    assert (request.to, request.reject, request.request_snapshot) == (2, True, 1)
    with pytest.raises(RequestSnapshotDroppedError, match="raft: request snapshot dropped"):
        raft.request_snapshot()


def test_messages_are_live_views(leader: Raft) -> None:
    leader.ping()

    leader.msgs[0].context = b"a"
    leader.get_msgs()[1].context = b"b"

    assert [message.context for message in leader.take_msgs()] == [b"a", b"b"]
    assert leader.msgs == []


def test_messages_can_be_set(raft: Raft) -> None:
    message: MessageRef = Message(msg_type=HEARTBEAT, to=3)

    raft.set_msgs(message for _ in range(2))

    assert raft.take_msgs() == [message, message]


def test_raft_is_its_own_core(raft: Raft) -> None:
    raft.r.term = 5
    raft.r.r.raft_log.committed = 0

    assert raft.term == raft.get_term() == raft.r.get_term() == 5
    assert type(raft.r) is type(raft.make_ref())
