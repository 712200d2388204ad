"""`Ready`s that no longer match their node, and leaders that have applied their own removal: raft-rs would panic.

A rejection changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rraft import (
    Config,
    ConfState,
    DestroyedRefUsedError,
    LightReady,
    LoggerRef,
    Message,
    MessageType,
    NotExistsError,
    ProposalDroppedError,
    RawNode,
    Ready,
    ReadyRef,
    Snapshot,
    SnapshotMetadata,
    StateRole,
)
from tests.harness import NewStorage
from tests.harness.misuse import LARGEST, append_from_2, assert_goes_on, case
from tests.harness.nodes import process, removed, store
from tests.harness.util import empty_entry

# --- `Ready`

PASS_BACK: list[Callable[[RawNode, ReadyRef], LightReady | None]] = [
    RawNode.advance,
    RawNode.advance_append,
    RawNode.advance_append_async,
]


@pytest.fixture(params=PASS_BACK, ids=lambda method: method.__name__)
def pass_back(request: pytest.FixtureRequest) -> Callable[[RawNode, ReadyRef], LightReady | None]:
    """The methods to which a `Ready` is passed back."""
    method: Callable[[RawNode, ReadyRef], LightReady | None] = request.param
    return method


PassBack = Callable[[RawNode, ReadyRef], "LightReady | None"]


def reject(node: RawNode, pass_back: PassBack, ready: ReadyRef, reason: str) -> None:
    """Asserts that the node rejects the `Ready`, that neither changes, and that a new `Ready` is accepted."""
    number, text = ready.number(), repr(ready)
    hard_state, messages = node.raft.hard_state(), [message.clone() for message in node.raft.msgs]
    for rd in (ready, ready.make_ref()):
        with pytest.raises(ValueError, match=reason):
            pass_back(node, rd)

    assert (ready.number(), repr(ready)) == (number, text)
    assert (node.raft.hard_state(), node.raft.msgs) == (hard_state, messages)
    fresh = node.ready()
    store(node, fresh)
    pass_back(node, fresh)
    node.on_persist_ready(LARGEST)
    with pytest.raises(DestroyedRefUsedError, match="the Ready has been consumed"):
        fresh.number()
    assert ready.number() == number
    assert_goes_on(node)


def test_default_ready(leader: RawNode, pass_back: PassBack) -> None:
    reject(leader, pass_back, Ready.default(), "rd: expected a Ready of this node")


def test_ready_of_another_node(
    leader: RawNode, pass_back: PassBack, new_storage: NewStorage, logger: LoggerRef
) -> None:
    storage = new_storage()
    storage.initialize_with_conf_state(ConfState([1, 2]))
    other = RawNode(Config(id=1), storage, logger)
    other.campaign()
    ready = other.ready()
    leader.ready()

    reject(leader, pass_back, ready, "rd: expected a Ready of this node")

    store(other, ready)
    pass_back(other, ready)
    assert other.raft.state == StateRole.Candidate


def test_ready_from_before_a_restart(leader: RawNode, pass_back: PassBack, logger: LoggerRef) -> None:
    ready = leader.ready()
    successor = RawNode(Config(id=1, applied=1), leader.store(), logger)
    successor.ready()

    reject(successor, pass_back, ready, "rd: expected a Ready of this node")


def test_ready_that_is_not_the_newest(leader: RawNode, pass_back: PassBack) -> None:
    older = leader.ready()
    leader.ready()

    reject(leader, pass_back, older, "rd: its number is 2, but that of the newest Ready is 3")


def test_ready_passed_back_twice(leader: RawNode, pass_back: PassBack) -> None:
    ready = leader.ready()
    view = ready.make_ref()
    store(leader, ready)
    pass_back(leader, ready)
    last = leader.raft.raft_log.last_index()

    for rd in (ready, view):
        with pytest.raises(DestroyedRefUsedError, match="the Ready has been consumed"):
            pass_back(leader, rd)
        with pytest.raises(DestroyedRefUsedError, match="the Ready has been consumed"):
            rd.number()

    assert leader.raft.raft_log.last_index() == last
    leader.on_persist_ready(2)
    assert_goes_on(leader)


def test_ready_through_a_view(leader: RawNode, pass_back: PassBack) -> None:
    ready = leader.ready()
    view, node_view = ready.make_ref(), leader.make_ref()
    store(leader, view)

    pass_back(node_view, view)  # type: ignore[arg-type]

    with pytest.raises(DestroyedRefUsedError, match="the Ready has been consumed"):
        ready.number()
    leader.on_persist_ready(2)
    assert leader.raft.raft_log.persisted == 5
    assert_goes_on(leader)


def test_proposal_after_ready(leader: RawNode, pass_back: PassBack) -> None:
    ready = leader.ready()
    leader.propose(b"", b"data")

    reject(
        leader,
        pass_back,
        ready,
        r"rd: its last entry has index and term Some\(\(5, 3\)\), but that of the log now has Some\(\(6, 3\)\)",
    )


def test_entries_from_a_leader_after_ready(follower: RawNode, pass_back: PassBack) -> None:
    append_from_2(follower)
    ready = follower.ready()
    append_from_2(follower)

    reject(
        follower,
        pass_back,
        ready,
        r"rd: its last entry has index and term Some\(\(4, 3\)\), but that of the log now has Some\(\(5, 3\)\)",
    )


def test_conflicting_entries_after_ready(follower: RawNode, pass_back: PassBack) -> None:
    append_from_2(follower)
    ready = follower.ready()
    follower.step(
        Message(msg_type=MessageType.MsgAppend, from_=3, to=1, term=4, index=3, log_term=2, entries=[empty_entry(4, 4)])
    )

    reject(
        follower,
        pass_back,
        ready,
        r"rd: its last entry has index and term Some\(\(4, 3\)\), but that of the log now has Some\(\(4, 4\)\)",
    )


def snapshot_message(index: int, *, term: int = 3) -> Message:
    snapshot = Snapshot(metadata=SnapshotMetadata(conf_state=ConfState([1, 2, 3]), index=index, term=term))
    return Message(msg_type=MessageType.MsgSnapshot, from_=2, to=1, term=term, snapshot=snapshot)


def test_snapshot_replacing_the_entries_after_ready(follower: RawNode, pass_back: PassBack) -> None:
    append_from_2(follower)
    ready = follower.ready()
    follower.step(snapshot_message(9))

    reject(
        follower,
        pass_back,
        ready,
        r"rd: its last entry has index and term Some\(\(4, 3\)\), but that of the log now has None",
    )


def test_newer_snapshot_after_ready(follower: RawNode, pass_back: PassBack) -> None:
    follower.step(snapshot_message(9))
    ready = follower.ready()
    follower.step(snapshot_message(12))

    reject(follower, pass_back, ready, "rd: its snapshot has index 9, but that of the log now has 12")


def test_entries_stabilized_after_ready(follower: RawNode, pass_back: PassBack) -> None:
    append_from_2(follower)
    ready = follower.ready()
    store(follower, ready)
    follower.raft.raft_log.stable_entries(4, 3)

    reject(
        follower,
        pass_back,
        ready,
        r"rd: its last entry has index and term Some\(\(4, 3\)\), but that of the log now has None",
    )


@pytest.mark.parametrize("advance", [RawNode.advance, RawNode.advance_append])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        case(
            "campaign",
            RawNode.campaign,
            "rd: it has term 2 and vote 0, but the node now has term 3 and vote 1",
        ),
        case(
            "vote",
            lambda node: node.step(
                Message(msg_type=MessageType.MsgRequestVote, from_=3, to=1, term=2, index=3, log_term=2)
            ),
            "rd: it has term 2 and vote 0, but the node now has term 2 and vote 3",
        ),
        case(
            "next term",
            lambda node: node.step(Message(msg_type=MessageType.MsgHeartbeat, from_=3, to=1, term=5)),
            "rd: it has term 2 and vote 0, but the node now has term 5 and vote 0",
        ),
        case(
            "heartbeat",
            lambda node: node.step(Message(msg_type=MessageType.MsgHeartbeat, from_=3, to=1, term=2)),
            "rd: the node has 1 unsent messages from a later call",
        ),
        case(
            "forwarded proposal",
            lambda node: (node.raft.set_leader_id(2), node.propose(b"", b"data")),
            "rd: the node has 1 unsent messages from a later call",
        ),
    ],
)
def test_other_calls_after_ready(
    follower: RawNode,
    advance: PassBack,
    change: Callable[[RawNode], object],
    reason: str,
) -> None:
    ready = follower.ready()
    change(follower)

    reject(follower, advance, ready, reason)


def test_advance_append_async_accepts_a_changed_hard_state_and_new_messages(follower: RawNode) -> None:
    """`advance_append_async` creates no messages, so it only requires an unchanged log."""
    ready = follower.ready()
    follower.step(Message(msg_type=MessageType.MsgHeartbeat, from_=3, to=1, term=5))

    follower.advance_append_async(ready)

    follower.on_persist_ready(1)
    assert_goes_on(follower)


def test_ready_can_be_passed_back_after_its_lists_were_taken(leader: RawNode, pass_back: PassBack) -> None:
    ready = leader.ready()
    leader.store().wl().append(ready.take_entries())
    ready.take_messages()

    pass_back(leader, ready)

    leader.on_persist_ready(2)
    assert_goes_on(leader)


def test_rejected_ready_can_be_passed_to_its_own_node(
    leader: RawNode, new_storage: NewStorage, logger: LoggerRef
) -> None:
    """The wrong node does not consume it."""
    ready = leader.ready()
    other = RawNode(Config(id=1), new_storage(), logger)
    with pytest.raises(ValueError, match="rd: expected a Ready of this node"):
        other.advance(ready)

    store(leader, ready)
    leader.advance(ready)

    assert leader.raft.raft_log.persisted == 5
    assert_goes_on(leader)


def test_unknown_ready_numbers_are_ignored(follower: RawNode) -> None:
    append_from_2(follower)
    ready = follower.ready()
    store(follower, ready)
    follower.advance_append_async(ready)

    follower.on_persist_ready(0)
    assert follower.raft.raft_log.persisted == 3
    follower.on_persist_ready(LARGEST)
    assert follower.raft.raft_log.persisted == 4
    follower.on_persist_ready(1)

    assert_goes_on(follower)


# --- A leader that has applied its own removal


@pytest.mark.parametrize(
    "call",
    [
        case(
            "step of an acknowledgement",
            lambda node, _: node.step(Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=3, index=4)),
        ),
        case(
            "step of the state machine",
            lambda node, _: node.raft.step(
                Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=3, index=4)
            ),
        ),
        case("advance", lambda node, ready: node.advance(ready)),
        case("advance_append", lambda node, ready: node.advance_append(ready)),
        case("on_persist_ready", lambda node, _: node.on_persist_ready(2)),
        case("on_persist_entries", lambda node, _: node.raft.on_persist_entries(5, 3)),
        case("maybe_commit", lambda node, _: node.raft.maybe_commit()),
    ],
)
def test_removed_leader(leader: RawNode, call: Callable[[RawNode, ReadyRef], object]) -> None:
    ready = leader.ready()
    store(leader, ready)
    removed(leader)
    before = (leader.raft.hard_state(), leader.raft.raft_log.persisted)

    with pytest.raises(NotExistsError) as raised:
        call(leader, ready)

    assert (raised.value.id, raised.value.set) == (1, "progress")
    assert str(raised.value) == "The node 1 is not in the progress set."
    assert ready.number() == 2
    assert (leader.raft.hard_state(), leader.raft.raft_log.persisted) == before
    leader.raft.become_follower(leader.raft.term, 0)
    leader.advance(ready)
    assert leader.raft.raft_log.persisted == 5
    assert_goes_on(leader)


def test_calls_allowed_on_a_removed_leader(leader: RawNode) -> None:
    process(leader)
    removed(leader)

    with pytest.raises(ProposalDroppedError, match="raft: proposal dropped"):
        leader.propose(b"", b"data")
    leader.step(Message(msg_type=MessageType.MsgHeartbeatResponse, from_=2, to=1, term=3))
    leader.read_index(b"context")
    leader.transfer_leader(2)
    leader.ping()
    for _ in range(50):
        leader.tick()
    process(leader)

    assert leader.raft.state == StateRole.Leader
    assert_goes_on(leader)


def test_removal_of_a_leader_with_async_persistence(leader: RawNode) -> None:
    ready = leader.ready()
    store(leader, ready)
    removed(leader)

    leader.advance_append_async(ready)  # not persisted yet

    with pytest.raises(NotExistsError, match=r"The node 1 is not in the progress set\."):
        leader.on_persist_ready(2)
    leader.raft.become_follower(leader.raft.term, 0)
    leader.on_persist_ready(2)
    assert leader.raft.raft_log.persisted == 5
    assert_goes_on(leader)
