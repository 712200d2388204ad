"""Messages and configurations that conflict with the log, and that would make raft-rs panic, are rejected."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from rraft import (
    Config,
    ConfigInvalidError,
    ConfState,
    HardState,
    InvalidMessageError,
    LightReady,
    LoggerRef,
    MemStorage,
    Message,
    MessageType,
    NotExistsError,
    Raft,
    RaftLog,
    RaftPanicError,
    RaftRef,
    RawNode,
    ReadyRef,
    StepPeerNotFoundError,
    StoreError,
)
from tests.harness.nodes import process, removed, store
from tests.harness.roles import (
    APPEND,
    CANDIDATE,
    FOLLOWER,
    NEWCOMER,
    PRE_VOTE,
    SNAPSHOT,
    NewNode,
    assert_goes_on,
    entries,
    from_2,
    snapshot,
    state_of,
)
from tests.harness.util import empty_entry, log_of


@pytest.mark.parametrize(
    ("role", "message", "reason"),
    [
        (
            FOLLOWER,
            from_2(APPEND, term=2, index=9, commit=9),
            "log_term: expected the term of the entry at index 9, got 0",
        ),
        (
            FOLLOWER,
            from_2(APPEND, term=2, index=9, entries=entries(10)),
            "log_term: expected the term of the entry at index 9, got 0",
        ),
        (FOLLOWER, from_2(APPEND, term=2, index=9), "log_term: expected the term of the entry at index 9, got 0"),
        (
            FOLLOWER,
            from_2(APPEND, term=2, index=3, log_term=2, commit=4, entries=entries(4, term=0)),
            r"entries\[0\]\.term: expected a positive term, got 0",
        ),
        (
            FOLLOWER,
            from_2(APPEND, term=2, index=3, log_term=2, entries=[*entries(4, term=0), *entries(5)]),
            r"entries\[0\]\.term: expected a positive term, got 0",
        ),
        (
            FOLLOWER,
            from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2, 3], term=0)),
            r"snapshot\.metadata\.term: expected a positive term, got 0",
        ),
        (
            NEWCOMER,
            from_2(SNAPSHOT, term=2, snapshot=snapshot([1, 2, 3], index=0)),
            r"snapshot\.metadata\.index: expected a positive index, got 0",
        ),
    ],
    ids=["commit", "entries", "acknowledged", "no term", "gap of terms", "snapshot term", "snapshot index"],
)
def test_missing_entries_do_not_match_term_0(new_node: NewNode, role: str, message: Message, reason: str) -> None:
    """raft-rs returns 0 for the term of a missing entry, so an entry of term 0 seems to match."""
    node = new_node(role)
    before = state_of(node.raft)

    with pytest.raises(InvalidMessageError, match=reason):
        node.step(message)

    assert state_of(node.raft) == before
    assert_goes_on(node)


def test_append_that_conflicts_with_a_committed_term(logger: LoggerRef) -> None:
    storage = MemStorage.new_with_conf_state(ConfState([1, 2, 3]))
    storage.wl().append(log_of(2, 2, 2, 2, 2, 2))
    storage.wl().set_hardstate(HardState(term=2, commit=4))
    node = RawNode(Config(id=1, applied=4), storage, logger)
    storage.wl().compact(4)

    with pytest.raises(InvalidMessageError, match="log_term: 1 at index 5, but the committed entry 4 has term 2"):
        node.step(from_2(APPEND, term=3, index=5, log_term=1))

    assert node.raft.term == 2


@pytest.mark.parametrize("msg_type", [APPEND, SNAPSHOT, MessageType.MsgHeartbeat], ids=str)
def test_candidate_does_not_step_down_to_term_0(new_node: NewNode, msg_type: MessageType) -> None:
    node = new_node(CANDIDATE)
    before = state_of(node.raft)

    with pytest.raises(InvalidMessageError, match="term: expected at least 3, the term of the candidate, got 0"):
        node.step(from_2(msg_type))

    assert state_of(node.raft) == before
    assert_goes_on(node)


def test_unanswerable_pre_vote_is_dropped(new_node: NewNode) -> None:
    """A node in term 0 that rejects it has no term for its response."""
    node = new_node(NEWCOMER)
    node.raft.priority = 1

    node.step(from_2(PRE_VOTE, term=1))
    assert node.raft.msgs == []

    node.step(from_2(PRE_VOTE, term=1, priority=2))
    assert [message.msg_type for message in node.raft.msgs] == [MessageType.MsgRequestPreVoteResponse]


FOR_EVER = """
import rraft
class Storage:
    def initial_state(self): return rraft.RaftState()
    def entries(self, *_): raise rraft.CompactedError
    def term(self, _): return 1
    def first_index(self): return 1
    def last_index(self): return 3
    def snapshot(self, *_): return rraft.Snapshot()
try:
    rraft.RaftLog(Storage(), rraft.default_logger()).all_entries()
except rraft.StoreError as error:
    print(type(error.error).__name__)
"""


def test_storage_that_keeps_raising_compacted() -> None:
    run = subprocess.run([sys.executable, "-c", FOR_EVER], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, "CompactedError\n")


def test_entries_with_a_gap_are_rejected() -> None:
    storage = MemStorage()

    with pytest.raises(StoreError, match="raft logs should be continuous, last index: 1, new appended: 5"):
        storage.wl().append([empty_entry(1, 1), empty_entry(1, 5)])

    assert storage.last_index() == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda config, _: config.validate(),
        lambda config, logger: RawNode(config, MemStorage(), logger),
        lambda config, logger: Raft(config, MemStorage(), logger),
    ],
    ids=["validate", "RawNode", "Raft"],
)
def test_election_tick_too_large_to_double(logger: LoggerRef, call: Callable[[Config, LoggerRef], object]) -> None:
    with pytest.raises(ConfigInvalidError, match="election tick 9223372036854775809 must not be greater than"):
        call(Config(id=1, election_tick=2**63 + 1), logger)


@pytest.mark.parametrize("is_lost", [False, True], ids=["rejected", "never passed back"])
def test_entries_of_a_lost_ready_are_returned_again(logger: LoggerRef, is_lost: bool) -> None:
    node = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1])), logger)
    node.campaign()
    ready = node.ready()
    node.propose(b"", b"data")
    if not is_lost:
        with pytest.raises(ValueError, match="rd: its last entry"):
            node.advance(ready)

    process(node)

    assert node.raft.raft_log.committed == 2


@pytest.mark.parametrize("advance", [RawNode.advance, RawNode.advance_append])
def test_removed_leader_with_unpersisted_entries(
    leader: RawNode, advance: Callable[[RawNode, ReadyRef], LightReady]
) -> None:
    ready = leader.ready()
    store(leader, ready)
    leader.advance_append_async(ready)
    removed(leader)
    ready = leader.ready()

    with pytest.raises(NotExistsError, match="The node 1 is not in the progress set"):
        advance(leader, ready)

    leader.raft.become_follower(leader.raft.term, 0)
    assert advance(leader, ready).messages() == []


@pytest.mark.parametrize("term", [2, 9], ids=["stale", "newer"])
def test_response_that_commits_nothing_on_a_removed_leader(leader: RawNode, term: int) -> None:
    process(leader)
    removed(leader)

    leader.step(from_2(MessageType.MsgAppendResponse, term=term, index=4))

    assert leader.raft.term == max(term, 3)


def test_message_from_a_non_member_to_a_removed_leader(leader: RawNode) -> None:
    removed(leader)

    with pytest.raises(StepPeerNotFoundError, match="raft: cannot step as peer not found"):
        leader.step(Message(msg_type=MessageType.MsgAppendResponse, from_=9, to=1, term=3, index=4))


@pytest.mark.parametrize(
    "call",
    [
        lambda log: log.append([empty_entry(1, 0)]),
        lambda log: log.maybe_append(2**64 - 1, 0, 0, [empty_entry(2, 1)]),
    ],
    ids=["append", "maybe_append"],
)
def test_index_never_wraps_around(logger: LoggerRef, call: Callable[[RaftLog], object]) -> None:
    log = RaftLog(MemStorage(), logger)

    with pytest.raises(RaftPanicError, match="overflow"):
        call(log)


def test_term_never_wraps_around(follower: RawNode) -> None:
    follower.raft.become_follower(2**64 - 1, 0)

    with pytest.raises(RaftPanicError, match="overflow"):
        follower.campaign()


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (
            lambda raft: raft.handle_append_entries(
                from_2(APPEND, term=2, index=3, log_term=2, entries=entries(4, 4, 9))
            ),
            r"^MsgAppend: entries\[1\]\.index: expected 5, got 4$",
        ),
        (
            lambda raft: raft.restore(snapshot([1, 2, 3], [1])),
            r"^MsgSnapshot: snapshot\.metadata\.conf_state: 1 is both a voter and a learner$",
        ),
    ],
    ids=["handle_append_entries", "restore"],
)
def test_message_passed_to_a_handler_is_checked(
    follower: RawNode, call: Callable[[RaftRef], object], reason: str
) -> None:
    before = state_of(follower.raft)

    with pytest.raises(InvalidMessageError, match=reason):
        call(follower.raft)

    assert state_of(follower.raft) == before
