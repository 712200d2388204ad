"""A node over a log confirms nothing before it is durable, however it was created, driven, or interrupted."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from rraft import (
    Config,
    ConfState,
    Entry,
    LoggerRef,
    Message,
    MessageType,
    Raft,
    RawNode,
    RawNodeRef,
    ReadyLoop,
    SimulatedDisk,
    Wal,
    WalFailedError,
    WalStorage,
    run_many,
)
from tests.harness.util import new_snapshot
from tests.wal.test_run_many import data_of, leader, taken

APPEND = Message(
    msg_type=MessageType.MsgAppend, from_=2, to=1, term=9, commit=1, entries=[Entry(index=1, term=9, data=b"data")]
)
REQUEST = Message(msg_type=MessageType.MsgRequestVote, from_=2, to=1, term=9, index=50, log_term=5)


def message_with_snapshot() -> Message:
    snapshot = new_snapshot(5, 1, [1, 2])
    snapshot.data = b"data"
    return Message(msg_type=MessageType.MsgSnapshot, from_=2, to=1, term=1, snapshot=snapshot)


def follower(storage: WalStorage, logger: LoggerRef, outboxes: dict[int, list[bytes]] | None = None) -> ReadyLoop:
    return ReadyLoop(RawNode(Config(id=1), storage, logger), outboxes)


def with_learner(wal: Wal, logger: LoggerRef, outboxes: dict[int, list[bytes]]) -> ReadyLoop:
    """A loop of the only voter, before its election; there is a learner."""
    return follower(wal.storage(1, ConfState([1], [2])), logger, outboxes)


# --- A node that is created again while its log is open


create_again = pytest.mark.parametrize(
    "create",
    [
        lambda storage, logger: RawNode(Config(id=1), storage, logger),
        lambda storage, _: RawNode.with_default_logger(Config(id=1), storage),
        lambda storage, logger: Raft(Config(id=1), storage, logger),
        lambda storage, _: Raft.with_default_logger(Config(id=1), storage),
    ],
    ids=["RawNode", "RawNode.with_default_logger", "Raft", "Raft.with_default_logger"],
)


@create_again
@pytest.mark.parametrize("message", [APPEND, REQUEST], ids=["entries", "vote"])
def test_node_that_is_created_again_waits_for_the_log(
    logger: LoggerRef, create: Callable[[WalStorage, LoggerRef], object], message: Message
) -> None:
    disk = SimulatedDisk(seed=1)
    wal = Wal("wal", disk=disk)
    storage = wal.storage(1, ConfState([1, 2, 3]))
    wal.sync()
    before = wal.stats().fsyncs
    assert run_many([(follower(storage, logger), [message])], wait=False) == [None]
    assert wal.stats().fsyncs == before

    create(storage, logger)

    assert wal.stats().fsyncs == before + 1
    disk.crash()
    with Wal("wal", disk=disk) as again:
        expected = storage.hard_state()
        assert (again.storage(1).hard_state(), again.storage(1).last_index()) == (expected, storage.last_index())


def test_creating_a_node_waits_for_nothing_else(wal: Wal, logger: LoggerRef) -> None:
    storage = wal.storage(1, ConfState([1, 2, 3]))
    other = wal.storage(2, ConfState([1, 2, 3]))
    before = wal.stats().fsyncs

    loop = follower(storage, logger)
    run_many([(loop, [APPEND])], wait=False)
    follower(other, logger)
    assert wal.stats().fsyncs == before
    for _ in range(3):
        follower(storage, logger)

    assert wal.stats().fsyncs == before + 1


@create_again
def test_node_is_not_created_over_a_log_that_has_failed(
    logger: LoggerRef, create: Callable[[WalStorage, LoggerRef], object]
) -> None:
    disk = SimulatedDisk(seed=1)
    wal = Wal("wal", disk=disk)
    storage = wal.storage(1, ConfState([1, 2, 3]))
    wal.sync()
    disk.fail(errno.EIO, "sync")
    with pytest.raises(WalFailedError, match="Input/output error"):
        follower(storage, logger).run([APPEND])

    with pytest.raises(WalFailedError, match="Input/output error"):
        create(storage, logger)


# --- A `Ready` whose write fails


def test_messages_of_a_ready_whose_write_failed_are_sent_later(logger: LoggerRef) -> None:
    disk = SimulatedDisk(seed=1)
    wal = Wal("wal", disk=disk)
    outboxes: dict[int, list[bytes]] = {}
    loop = follower(wal.storage(1, ConfState([1, 2])), logger, outboxes)
    for messages in ([message_with_snapshot()], []):
        disk.fail(errno.ENOSPC, "write")
        with pytest.raises(OSError, match="No space left on device"):
            loop.run(messages)
        assert taken(outboxes) == []

    loop.run()

    assert taken(outboxes) == [(MessageType.MsgAppendResponse, 2)]
    loop.run()
    assert taken(outboxes) == []


# --- The only voter, which leads at once


def test_only_voter_sends_nothing_before_its_term_is_durable(logger: LoggerRef) -> None:
    disk = SimulatedDisk(seed=1)
    wal = Wal("wal", disk=disk)
    outboxes: dict[int, list[bytes]] = {}
    loop = with_learner(wal, logger, outboxes)
    loop.node.campaign()

    assert run_many([loop], wait=False) == [None]
    assert taken(outboxes) == []
    loop.node.ping()
    assert run_many([(loop, None, [b"data"])], wait=False) == [None]
    assert taken(outboxes) == []
    assert data_of(run_many([loop])[0]) == [b"", b"data"]

    assert taken(outboxes)[:2] == [(MessageType.MsgAppend, 2), (MessageType.MsgHeartbeat, 2)]
    disk.crash()
    with Wal("wal", disk=disk) as again:
        assert (again.storage(1).hard_state().term, again.storage(1).hard_state().vote) == (1, 1)


def test_only_voter_whose_term_is_durable_sends_at_once(wal: Wal, logger: LoggerRef) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loop = with_learner(wal, logger, outboxes)
    loop.node.campaign()
    assert run_many([loop], wait=False) == [None]
    assert taken(outboxes) == []
    run_many([loop])
    outboxes.clear()
    loop.node.ping()

    assert run_many([(loop, None, [b"data"])], wait=False) == [None]

    assert taken(outboxes) == [(MessageType.MsgHeartbeat, 2)]


def test_term_that_another_loop_has_written_is_not_durable(wal: Wal, logger: LoggerRef) -> None:
    outboxes: dict[int, list[bytes]] = {}
    first = with_learner(wal, logger, outboxes)
    second = ReadyLoop(first.node, outboxes)
    first.node.campaign()
    run_many([first], wait=False)
    first.node.ping()

    run_many([second], wait=False)

    assert taken(outboxes) == []
    run_many([second])
    assert taken(outboxes) == [(MessageType.MsgHeartbeat, 2)]
    run_many([first])
    assert taken(outboxes) == [(MessageType.MsgAppend, 2)]


# --- A `Ready` that was passed back by hand


def passed_back(node: RawNodeRef, storage: WalStorage) -> int:
    """Handles a `Ready` by hand, without waiting for the log, and returns its number."""
    ready = node.ready()
    storage.append(ready.entries())
    if hard_state := ready.hs():
        storage.set_hardstate(hard_state)
    number = ready.number()
    node.advance_append_async(ready)
    return number


def test_loop_waits_for_a_ready_that_was_passed_back_by_hand(logger: LoggerRef) -> None:
    disk = SimulatedDisk(seed=1)
    wal = Wal("wal", disk=disk)
    loop = leader(wal, 1, logger)
    loop.node.propose(b"", b"data")
    passed_back(loop.node, wal.storage(1))
    before = wal.stats().fsyncs

    batch = loop.run()

    assert data_of(batch) == [b"data"]
    assert wal.stats().fsyncs == before + 1
    loop.node.propose(b"", b"more")
    number = passed_back(loop.node, wal.storage(1))
    wal.sync()
    loop.node.on_persist_ready(number)
    assert data_of(loop.run()) == [b"more"]
    assert wal.stats().fsyncs == before + 2
    disk.crash()
    with Wal("wal", disk=disk) as again:
        assert again.storage(1).last_index() == 3


def test_loop_does_not_confirm_a_ready_that_was_passed_back_by_hand(wal: Wal, logger: LoggerRef) -> None:
    """The next `Ready` needs no wait itself."""
    outboxes: dict[int, list[bytes]] = {}
    loop = with_learner(wal, logger, outboxes)
    loop.node.campaign()
    passed_back(loop.node, wal.storage(1))
    loop.node.ping()

    assert run_many([loop], wait=False) == [None]

    assert (loop.is_waiting(), taken(outboxes)) == (True, [])
    assert data_of(run_many([loop])[0]) == [b""]
    assert taken(outboxes) == [(MessageType.MsgHeartbeat, 2)]
