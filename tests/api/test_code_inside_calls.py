"""Code that runs inside a call: in the garbage collector, in finalizers, hooks and log handlers.

Before Python 3.12, creating any object may run the collector, even inside the extension.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import rraft
from rraft import (
    Config,
    ConfState,
    Entry,
    GetEntriesContext,
    HardState,
    InUseError,
    Logger,
    LoggerRef,
    MemStorage,
    Message,
    MessageType,
    RaftLog,
    RawNode,
    ReadOnly,
    ReadyLoop,
    SimulatedDisk,
    Snapshot,
    SnapshotMetadata,
    Unstable,
    Wal,
    WalStorage,
    run_many,
)
from tests.harness import ListStorage


@contextmanager
def collector_runs(function: Callable[[], object]) -> Iterator[None]:
    """Runs `function` in the garbage collector, as often as possible."""

    def run(*_: object) -> None:
        gc.set_threshold(0)
        function()
        gc.set_threshold(1)

    threshold = gc.get_threshold()
    gc.callbacks.append(run)
    # CPython keeps deleted lists to use them again, which does not start the collector. This leaves none.
    lists: list[list[object]] = [[] for _ in range(1000)]
    gc.set_threshold(1)
    try:
        yield
    finally:
        lists.clear()
        gc.set_threshold(*threshold)
        gc.callbacks.remove(run)


def with_five_entries(storage: MemStorage | WalStorage) -> MemStorage | WalStorage:
    storage.wl().append([Entry(index=index, term=1) for index in range(1, 6)])
    storage.wl().set_hardstate(HardState(term=1, commit=5))
    return storage


def new_storage() -> MemStorage | WalStorage:
    return with_five_entries(MemStorage.new_with_conf_state(ConfState([1])))


def new_wal_storage() -> MemStorage | WalStorage:
    wal = Wal("log", disk=SimulatedDisk(seed=0))
    storage = with_five_entries(wal.storage(1, ConfState([1])))
    wal.sync()
    return storage


def new_node(logger: LoggerRef, storage: Any = None, voters: list[int] | None = None) -> RawNode:
    storage = storage or MemStorage.new_with_conf_state(ConfState(voters or [1]))
    return RawNode(Config(id=1), storage, logger)


def set_store(node: RawNode, storage: Any) -> None:
    node.raft.raft_log.set_store(storage)


def set_raft_log(node: RawNode, storage: Any) -> None:
    node.raft.raft_log = RaftLog(storage, Logger.discard())


REPLACEMENTS = pytest.mark.parametrize("replace", [set_store, set_raft_log])
ENCODE = pytest.mark.parametrize("encode", [True, False])


@ENCODE
def test_outboxes_that_are_popped_by_the_collector_lose_no_message(logger: LoggerRef, encode: bool) -> None:
    outboxes: dict[int, list[Any]] = {}
    node = new_node(logger, voters=[1, 2, 3, 4])
    loop = ReadyLoop(node, outboxes, encode=encode)
    count = 100
    sent = []

    def send() -> None:
        for receiver in (2, 4):
            sent.extend(outboxes.pop(receiver, []))

    for _ in range(count):
        node.campaign()
        with collector_runs(send):
            loop.run()
    send()

    assert (len(sent), len(outboxes[3])) == (2 * count, count)


@ENCODE
@pytest.mark.parametrize("discarded_at", range(1, 8))
def test_outboxes_that_are_popped_by_a_finalizer_lose_no_message(
    logger: LoggerRef, encode: bool, discarded_at: int
) -> None:
    outboxes: dict[int, list[Any]] = {}
    sent = []

    class Outbox(list[Any]):
        def __del__(self) -> None:
            sent.extend(outboxes.pop(2, []))

    node = new_node(logger, voters=[1, 2, 3])
    loop = ReadyLoop(node, outboxes, encode=encode)
    node.campaign()
    outboxes[3] = Outbox()
    collections = iter(range(1, 1000))

    def discard() -> None:
        if next(collections) == discarded_at:
            del outboxes[3]

    with collector_runs(discard):
        loop.run()

    assert len(sent) + len(outboxes.get(2, [])) == 1


@REPLACEMENTS
@pytest.mark.parametrize("create", [new_storage, new_wal_storage])
def test_storage_that_a_node_has_given_up_can_be_compacted(
    logger: LoggerRef, replace: Callable[[RawNode, Any], None], create: Callable[[], MemStorage | WalStorage]
) -> None:
    storage = create()
    node = new_node(logger, storage)

    replace(node, new_storage())
    storage.wl().compact(4)

    assert storage.first_index() == 4


@REPLACEMENTS
def test_finalizer_of_a_storage_may_use_the_node_that_has_given_it_up(
    logger: LoggerRef, replace: Callable[[RawNode, Any], None]
) -> None:
    ticks = []

    class Finalized(ListStorage):
        def __del__(self) -> None:
            ticks.append(node.tick())

    node = new_node(logger, Finalized())

    replace(node, new_storage())

    assert ticks == [False]


def test_finalizer_of_a_logger_may_use_the_log_that_has_given_it_up() -> None:
    class Finalized(logging.Logger):
        def __del__(self) -> None:
            unstable.offset = 3

    unstable = Unstable(1, Logger.from_logging(Finalized("log")))

    unstable.set_logger(Logger.discard())

    assert unstable.offset == 3


def test_collector_may_use_a_node_whose_storage_is_returned(logger: LoggerRef) -> None:
    node = new_node(logger, new_wal_storage())
    log = node.raft.raft_log
    ticks = []
    storages = []

    with collector_runs(lambda: ticks.append(node.tick())):
        for _ in range(10):
            storages += [node.store(), node.raft.store(), log.store()]

    assert {storage.last_index() for storage in storages} == {5}


def test_collector_may_take_the_rest_of_a_batch(logger: LoggerRef) -> None:
    loop = ReadyLoop(new_node(logger, voters=[1, 2, 3]))
    loop.node.campaign()
    batch = loop.run()
    assert batch
    taken = []

    with collector_runs(lambda: taken.append(batch.take_committed_data())):
        outboxes = batch.take_encoded_messages()

    assert sorted(outboxes) == [2, 3]


def test_collector_may_change_pending_reads_that_are_shown() -> None:
    read_only = ReadOnly.default()
    for number in range(5):
        request = Message(msg_type=MessageType.MsgReadIndex, entries=[Entry(data=b"%d" % number)])
        read_only.add_request(1, request, 1)
    pending = read_only.pending_read_index
    expected = repr(pending)

    with collector_runs(lambda: read_only.advance(b"4", Logger.discard())):
        shown = repr(pending)

    assert shown in (expected, "{}")


class LogHandler(logging.Handler):
    """Calls `function` once."""

    def __init__(self, function: Callable[[], object]) -> None:
        super().__init__()
        self.function: Callable[[], object] | None = function

    def emit(self, _: logging.LogRecord) -> None:
        function, self.function = self.function, None
        if function:
            function()


def logger_to(handler: LogHandler) -> Logger:
    log = logging.Logger("log", level=1)
    log.addHandler(handler)
    return Logger.from_logging(log)


def test_context_is_not_consumed_by_a_log_that_is_in_use() -> None:
    context = GetEntriesContext.empty(True)

    def fetch() -> None:
        with pytest.raises(InUseError, match="the RawNode is in use"):
            node.raft.raft_log.entries(1, context)

    handler = LogHandler(lambda: None)
    node = new_node(logger_to(handler), new_storage())
    handler.function = fetch
    node.campaign()

    assert handler.function is None
    assert context.can_async()


def test_appended_entry_may_be_removed_by_a_log_handler() -> None:
    message = Message(entries=[Entry(data=b"x")])
    handler = LogHandler(lambda: None)
    node = new_node(logger_to(handler))
    node.raft.become_candidate()
    node.raft.become_leader()
    before = node.raft.raft_log.last_index()
    handler.function = message.clear_entries

    is_appended = node.raft.append_entry([message.entries[0]])

    assert (is_appended, node.raft.raft_log.last_index()) == (True, before + 1)


@pytest.fixture
def hook() -> Iterator[list[Callable[[], object]]]:
    """Functions that are called by the hooks that show data."""
    functions: list[Callable[[], object]] = []

    def show(data: bytes) -> bytes:
        while functions:
            functions.pop()()
        return data

    rraft.set_entry_data_deserializer(show)
    rraft.set_snapshot_data_deserializer(show)
    yield functions
    rraft.set_entry_data_deserializer(None)
    rraft.set_snapshot_data_deserializer(None)


def test_hook_may_use_what_is_shown(logger: LoggerRef, hook: list[Callable[[], object]]) -> None:
    storage = MemStorage.new_with_conf_state(ConfState([1]))
    node = new_node(logger, storage)
    node.campaign()
    node.propose(b"", b"data")
    ready = node.ready()
    storage.wl().append(ready.entries())
    lights = []
    hook.append(lambda: lights.append(node.advance(ready)))

    shown = repr(ready)

    assert "data" in shown
    [light] = lights
    taken = []
    hook.append(lambda: taken.extend(light.take_committed_entries()))
    shown = repr(light)
    assert "data" in shown
    assert [entry.data for entry in taken] == [b"", b"data"]

    unstable = node.raft.raft_log.unstable()
    unstable.snapshot = Snapshot(data=b"snapshot", metadata=SnapshotMetadata(index=9, term=1))
    ticks = []
    hook.append(lambda: ticks.append(node.tick()))
    shown = repr(unstable)
    assert "snapshot" in shown
    assert len(ticks) == 1


def test_exception_of_an_item_is_the_context_of_one_before_the_wait(logger: LoggerRef) -> None:
    waiting = ReadyLoop(new_node(logger, new_wal_storage()))
    waiting.node.campaign()
    failing = ReadyLoop(new_node(logger, voters=[1, 2]), {})
    failing.node.raft.msgs = [Message(to=2, context=bytes(2**28 + 10))]

    def before_wait() -> None:
        raise RuntimeError("before the wait")

    with pytest.raises(RuntimeError, match="before the wait") as raised:
        run_many([failing, waiting], before_wait=before_wait)

    assert isinstance(raised.value.__context__, rraft.CodecError)
