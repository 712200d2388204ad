"""Port of raft-rs harness/tests/failpoints_cases/mod.rs (v0.7.0), and tests of `rraft.failpoints` itself.

They need a build with fail points.
"""

from collections.abc import Iterator

import pytest

from rraft import Logger, Message, MessageType, RaftPanicError, failpoints
from tests.harness import AnyStorage, Interface
from tests.harness.util import hard_state, new_message, new_test_raft


@pytest.fixture(autouse=True)
def scenario() -> Iterator[None]:
    with failpoints.scenario():
        yield


@pytest.fixture
def peer(storage: AnyStorage, logger: Logger) -> Interface:
    """A follower in term 2, which panics when it handles a message."""
    peer = new_test_raft(1, [1, 2, 3], 10, 1, storage, logger)
    failpoints.cfg("before_step", "panic")
    return peer


def message_of(term: int) -> Message:
    message = new_message(0, 0, MessageType.MsgAppend)
    message.term = term
    return message


def test_reject_stale_term_message(peer: Interface) -> None:
    peer.raft.load_state(hard_state(2, 0, 0))

    peer.step(message_of(term=1))

    assert peer.raft.term == 2
    assert peer.read_messages() == []


def test_step_ignore_old_term_msg(peer: Interface) -> None:
    peer.raft.term = 2

    peer.step(message_of(term=1))

    assert peer.raft.term == 2
    assert peer.read_messages() == []


def test_message_of_the_current_term_gets_to_the_fail_point(peer: Interface) -> None:
    peer.raft.term = 2

    with pytest.raises(RaftPanicError, match="before_step"):
        peer.step(message_of(term=2))


def test_fail_points_are_set_and_removed() -> None:
    with failpoints.scenario():
        failpoints.cfg("one", "return")
        failpoints.cfg("two", "off")
        assert sorted(failpoints.list()) == [("one", "return"), ("two", "off")]

        failpoints.remove("one")
        assert [name for name, _ in failpoints.list()] == ["two"]

    assert failpoints.list() == []


def test_unknown_action_is_rejected() -> None:
    with pytest.raises(ValueError, match="jump"):
        failpoints.cfg("one", "jump")
