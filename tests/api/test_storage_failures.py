"""Storages that raise, or return fewer entries than requested."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    CompactedError,
    Config,
    ConfState,
    Entry,
    HardState,
    LoggerRef,
    LogTemporarilyUnavailableError,
    Message,
    MessageType,
    Raft,
    RaftLog,
    RaftPanicError,
    RawNode,
    Snapshot,
    SnapshotOutOfDateError,
    SnapshotTemporarilyUnavailableError,
    UnavailableError,
)
from tests.harness import ListStorage
from tests.harness.misuse import assert_goes_on, assert_poisoned, case
from tests.harness.nodes import lead, process
from tests.harness.util import empty_entry, log_of


class FailingStorage(ListStorage):
    """A storage whose methods fail on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: dict[str, Exception] = {}

    def _fail(self, method: str) -> None:
        if method in self.failures:
            raise self.failures[method]

    def first_index(self) -> int:
        self._fail("first_index")
        return super().first_index()

    def last_index(self) -> int:
        self._fail("last_index")
        return super().last_index()

    def term(self, idx: int) -> int:
        self._fail("term")
        return super().term(idx)

    def entries(self, low: int, high: int, context: Any, max_size: int | None = None) -> list[Entry]:
        self._fail("entries")
        return super().entries(low, high, context, max_size)

    def snapshot(self, request_index: int, _to: int) -> Snapshot:
        self._fail("snapshot")
        return super().snapshot(request_index, _to)


@pytest.fixture
def failing() -> FailingStorage:
    storage = FailingStorage()
    storage.initialize_with_conf_state(ConfState([1, 2, 3]))
    storage.append(log_of(1, 1, 2))
    storage.set_hardstate(HardState(term=2, commit=2))
    return storage


ENTRY_4 = Message(
    msg_type=MessageType.MsgAppend, from_=2, to=1, term=3, index=3, log_term=2, entries=[empty_entry(3, 4)]
)
ASK_FOR_SNAPSHOT = Message(
    msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=3, reject=True, request_snapshot=1
)


@pytest.mark.parametrize(
    ("method", "error", "role", "call"),
    [
        case("first_index", "first_index", OSError("disk"), "follower", RawNode.campaign),
        case("last_index", "last_index", OSError("disk"), "follower", RawNode.campaign),
        case("first_index, compacted", "first_index", CompactedError(), "follower", RawNode.campaign),
        case("last_index, unavailable", "last_index", UnavailableError(), "follower", RawNode.campaign),
        case("term", "term", OSError("disk"), "follower", lambda node: node.step(ENTRY_4)),
        case("term, later", "term", LogTemporarilyUnavailableError(), "follower", lambda node: node.step(ENTRY_4)),
        case("term, snapshot", "term", SnapshotOutOfDateError(), "follower", lambda node: node.step(ENTRY_4)),
        case("entries", "entries", OSError("disk"), "follower", RawNode.ready),
        case("entries, unavailable", "entries", UnavailableError(), "follower", RawNode.ready),
        case("entries, later, for a Ready", "entries", LogTemporarilyUnavailableError(), "follower", RawNode.ready),
        case(
            "entries, later, for a campaign", "entries", LogTemporarilyUnavailableError(), "follower", RawNode.campaign
        ),
        case("snapshot", "snapshot", OSError("disk"), "leader", lambda node: node.step(ASK_FOR_SNAPSHOT)),
        case("snapshot, compacted", "snapshot", CompactedError(), "leader", lambda node: node.step(ASK_FOR_SNAPSHOT)),
        case("snapshot, old", "snapshot", SnapshotOutOfDateError(), "leader", lambda node: node.step(ASK_FOR_SNAPSHOT)),
    ],
)
def test_storage_error_that_raft_does_not_handle(
    failing: FailingStorage,
    logger: LoggerRef,
    method: str,
    error: Exception,
    role: str,
    call: Callable[[RawNode], object],
) -> None:
    """The exception is raised unchanged. A new node can be created with the storage."""
    node = RawNode(Config(id=1, applied=1), failing, logger)
    if role == "leader":
        lead(node)
    failing.failures[method] = error

    with pytest.raises(type(error)) as raised:
        call(node)

    assert raised.value is error
    failing.failures.clear()
    assert_poisoned(node.raft, f"{type(error).__name__}: {error}")
    assert_goes_on(RawNode(Config(id=1, applied=1), failing, logger))


@pytest.mark.parametrize("method", ["first_index", "last_index"])
@pytest.mark.parametrize("make", [RawNode, Raft, RaftLog])
def test_storage_that_fails_when_a_node_is_created(
    failing: FailingStorage, logger: LoggerRef, make: Callable[..., object], method: str
) -> None:
    failing.failures[method] = error = OSError("disk")
    arguments = (failing, logger) if make is RaftLog else (Config(id=1), failing, logger)

    with pytest.raises(OSError, match="disk") as raised:
        make(*arguments)

    assert raised.value is error
    failing.failures.clear()
    assert make(*arguments)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        case(
            "campaign",
            CompactedError(),
            RawNode.campaign,
            "unexpected error getting unapplied entries [2, 3): Store(Compacted)",
        ),
        case("ready", CompactedError(), RawNode.ready, "log compacted"),
    ],
)
def test_entries_compacted_before_they_are_applied(
    failing: FailingStorage, logger: LoggerRef, error: Exception, call: Callable[[RawNode], object], message: str
) -> None:
    node = RawNode(Config(id=1, applied=1), failing, logger)
    failing.failures["entries"] = error

    with pytest.raises(RaftPanicError) as raised:
        call(node)

    assert message in str(raised.value)
    assert_poisoned(node.raft, str(raised.value))
    failing.failures.clear()
    assert_goes_on(RawNode(Config(id=1, applied=1), failing, logger))


def test_temporarily_unavailable_snapshot_is_requested_again(failing: FailingStorage, logger: LoggerRef) -> None:
    node = lead(RawNode(Config(id=1, applied=1), failing, logger))
    node.raft.take_msgs()
    failing.failures["snapshot"] = SnapshotTemporarilyUnavailableError()

    node.step(ASK_FOR_SNAPSHOT)
    assert node.raft.msgs == []

    failing.failures.clear()
    node.raft.send_append(2)
    assert [(message.msg_type, message.to) for message in node.raft.msgs] == [(MessageType.MsgSnapshot, 2)]
    assert_goes_on(node)


def test_temporarily_unavailable_entries_are_awaited(failing: FailingStorage, logger: LoggerRef) -> None:
    node = lead(RawNode(Config(id=1, applied=1), failing, logger))
    process(node)
    failing.failures["entries"] = LogTemporarilyUnavailableError()

    node.step(
        Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=3, index=3, reject=True, reject_hint=1)
    )
    assert node.raft.msgs == []

    failing.failures.clear()
    node.raft.send_append(2)
    assert [(message.to, message.index) for message in node.raft.msgs] == [(2, 1)]
    assert_goes_on(node)


def test_empty_snapshot(failing: FailingStorage, logger: LoggerRef) -> None:
    node = lead(RawNode(Config(id=1, applied=1), failing, logger))
    failing.snapshot = lambda *_: Snapshot()  # type: ignore[method-assign]

    with pytest.raises(RaftPanicError, match="need non-empty snapshot") as raised:
        node.step(ASK_FOR_SNAPSHOT)

    assert_poisoned(node.raft, str(raised.value))
    assert_goes_on(RawNode(Config(id=1, applied=1), failing, logger))


def test_storage_that_returns_fewer_entries_than_requested(failing: FailingStorage, logger: LoggerRef) -> None:
    """Raft assumes a size limit, and requests the other entries later."""
    failing.set_hardstate(HardState(term=2, commit=3))
    node = RawNode(Config(id=1), failing, logger)
    failing.entries = lambda low, *_: log_of(1, 1, 2)[low - 1 : low]  # type: ignore[method-assign]

    given = []
    while node.has_ready():
        ready = node.ready()
        given += [[entry.index for entry in ready.committed_entries()]]
        light = node.advance(ready)
        given += [[entry.index for entry in light.committed_entries()]]
        node.advance_apply()

    assert [indices for indices in given if indices] == [[1], [2], [3]]
    assert node.raft.raft_log.applied() == 3
