"""Threads that share objects: they run in parallel on a free-threaded Python, and in turns on any other."""

from __future__ import annotations

import gc
import logging
import sys
import sysconfig
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier, Event
from typing import Any, TypeVar

import pytest

from rraft import (
    Config,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    HardState,
    InUseError,
    Logger,
    LoggerRef,
    MemStorage,
    Message,
    MessageType,
    RawNode,
    ReadyLoop,
    SimulatedDisk,
    StateRole,
    Wal,
    run_many,
    set_entry_data_deserializer,
)
from tests.harness import ListStorage
from tests.harness.program import LIMIT

T = TypeVar("T")

IS_FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def rounds(count: int) -> int:
    """How often threads meet: less often with a GIL, where each meeting takes a turn of both."""
    return count if IS_FREE_THREADED else count // 20


@pytest.fixture(autouse=True)
def short_turns() -> Iterator[None]:
    """Without it, a thread with a GIL runs so long that the others find its work done."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def run_together(*functions: Callable[[], T]) -> list[T]:
    """Starts all functions at the same time, each on a thread, and returns their results."""
    start = Barrier(len(functions))

    def run(function: Callable[[], T]) -> T:
        start.wait(LIMIT)
        return function()

    with ThreadPoolExecutor(len(functions)) as threads:
        return list(threads.map(run, functions))


def new_node(logger: LoggerRef, node_id: int = 1, voters: list[int] | None = None) -> RawNode:
    return RawNode(Config(id=node_id), MemStorage.new_with_conf_state(ConfState(voters or [1])), logger)


def new_leader(logger: LoggerRef) -> ReadyLoop:
    loop = ReadyLoop(new_node(logger))
    loop.node.campaign()
    loop.run()
    return loop


def run_each(loops: list[ReadyLoop]) -> None:
    for loop in loops:
        loop.run()


def test_import_leaves_the_gil_off() -> None:
    is_gil_enabled: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)

    assert is_gil_enabled() is not IS_FREE_THREADED


def test_readers_of_one_log_get_their_own_terms(logger: LoggerRef) -> None:
    storage = MemStorage.new_with_conf_state(ConfState([1]))
    entries = [Entry(index=index, term=index) for index in range(1, 101)]
    storage.wl().append(entries)
    storage.wl().set_hardstate(HardState(term=100, commit=100))
    log = RawNode(Config(id=1), storage, logger).raft.raft_log

    def find() -> set[int]:
        """Each call compares all terms, as all threads do at the same time."""
        return {log.find_conflict(entries) for _ in range(10_000)}

    found = run_together(find, find)

    assert found == [{0}, {0}]


def test_loops_with_the_same_outboxes_lose_no_message(logger: LoggerRef) -> None:
    all_outboxes: list[dict[int, list[bytes]]] = [{} for _ in range(300)]
    campaigns = []
    for node_id in (1, 2):
        nodes = [new_node(logger, node_id, [1, 2, 3]) for _ in all_outboxes]
        loops = [ReadyLoop(node, outboxes) for node, outboxes in zip(nodes, all_outboxes, strict=True)]
        for node in nodes:
            node.campaign()
        campaigns.append(partial(run_each, loops))

    run_together(*campaigns)

    assert [len(outboxes[3]) for outboxes in all_outboxes] == [2] * len(all_outboxes)


@pytest.mark.parametrize("encode", [True, False])
def test_outboxes_that_are_popped_meanwhile_lose_no_message(logger: LoggerRef, encode: bool) -> None:
    outboxes: dict[int, list[Any]] = {}
    node = new_node(logger, 1, [1, 2, 3])
    loop = ReadyLoop(node, outboxes, encode=encode)
    count = 5_000
    sent: list[list[Any]] = []
    is_over = Event()

    def drive() -> None:
        try:
            for _ in range(count):
                node.campaign()
                loop.run()
        finally:
            is_over.set()

    def send() -> None:
        while not is_over.is_set():
            messages = outboxes.pop(2, [])
            sent.append(messages.copy())

    run_together(drive, send)

    assert sum(map(len, sent)) + len(outboxes.pop(2, [])) == count


def test_ready_is_accepted_once(logger: LoggerRef) -> None:
    node = new_leader(logger).node

    def advance() -> bool:
        try:
            node.advance(ready)
        except (DestroyedRefUsedError, InUseError):
            return False
        return True

    for _ in range(100):
        node.propose(b"", b"data")
        ready = node.ready()
        node.store().wl().append(ready.entries())
        accepted = run_together(advance, advance, advance)
        assert accepted.count(True) == 1
        node.advance_apply()


def test_messages_are_taken_once(logger: LoggerRef) -> None:
    outboxes: dict[int, list[Any]] = {}
    sender = new_node(logger, 1, [1, 2])
    loop = ReadyLoop(sender, outboxes, encode=False)
    receivers = [ReadyLoop(new_node(logger, 2, [1, 2])) for _ in range(3)]
    for _ in range(300):
        sender.campaign()
        loop.run()
    messages = outboxes[2]

    rejected = run_together(*(partial(receiver.step_many, messages) for receiver in receivers))

    accepted = [len(messages) - len(rejected_by_one) for rejected_by_one in rejected]
    assert sum(accepted) == len(messages)
    reasons = {type(error) for rejected_by_one in rejected for _, error in rejected_by_one}
    assert reasons <= {DestroyedRefUsedError, InUseError}


def step_many(receiver: ReadyLoop, messages: list[Any]) -> list[tuple[int, Exception]]:
    return receiver.step_many(messages)


def run(receiver: ReadyLoop, messages: list[Any]) -> list[tuple[int, Exception]]:
    batch = receiver.run(messages)
    return [] if batch is None else batch.rejected_messages()


def run_as_one_of_many(receiver: ReadyLoop, messages: list[Any]) -> list[tuple[int, Exception]]:
    [batch] = run_many([(receiver, messages)])
    if isinstance(batch, Exception):
        raise batch
    return [] if batch is None else batch.rejected_messages()


@pytest.mark.parametrize("receive", [step_many, run, run_as_one_of_many])
def test_large_batch_is_taken_before_the_thread_is_detached(
    receive: Callable[[ReadyLoop, list[Any]], list[tuple[int, Exception]]], logger: LoggerRef
) -> None:
    """The garbage collector may visit what a detached thread takes: then it can't be taken, and is lost."""
    outboxes: dict[int, list[Any]] = {}
    sender = new_node(logger, 1, [1, 2])
    loop = ReadyLoop(sender, outboxes, encode=False)
    for _ in range(300):
        sender.campaign()
        loop.run()
    messages = outboxes[2]
    taken: list[bool] = []

    class Observer(logging.Handler):
        """Is called when the first message is stepped."""

        def emit(self, _: logging.LogRecord) -> None:
            taken.append(is_taken(messages[-1]))

    python_logger = logging.Logger("receiver", logging.DEBUG)
    receiver = ReadyLoop(new_node(Logger.from_logging(python_logger), 2, [1, 2]))
    python_logger.addHandler(Observer())

    rejected = receive(receiver, messages)

    assert rejected == []
    assert taken[0] is True


def is_taken(messages: Any) -> bool:
    try:
        len(messages)
    except DestroyedRefUsedError:
        return True
    return False


def test_garbage_collector_takes_no_message_away(logger: LoggerRef) -> None:
    outboxes: dict[int, list[Any]] = {}
    sender = new_node(logger, 1, [1, 2])
    loop = ReadyLoop(sender, outboxes, encode=False)
    receiver = ReadyLoop(new_node(logger, 2, [1, 2]))
    is_done = Event()

    def collect() -> None:
        while not is_done.is_set():
            gc.collect()

    def step() -> list[Any]:
        rejected: list[Any] = []
        try:
            for _ in range(12):
                for _ in range(5000):
                    sender.campaign()
                    loop.run()
                rejected += receiver.step_many(outboxes.pop(2))
        finally:
            is_done.set()
        return rejected

    _, rejected = run_together(collect, step)

    assert rejected == []


def test_storage_is_initialized_once() -> None:
    def initialize(storage: MemStorage, node_id: int) -> bool:
        try:
            storage.initialize_with_conf_state(ConfState([node_id]))
        except ValueError:
            return False
        return True

    for _ in range(100):
        storage = MemStorage()
        initialized = run_together(*(partial(initialize, storage, node_id) for node_id in (1, 2, 3)))
        assert initialized.count(True) == 1
        assert storage.initial_state().conf_state.voters == [initialized.index(True) + 1]


def test_changes_of_a_hard_state_lose_none_of_another_thread() -> None:
    """As a node that votes, and a thread that sets the commit index."""
    with Wal("wal", disk=SimulatedDisk(seed=0)) as wal:
        storage = wal.storage(1, ConfState([1]))

        def set_term() -> int:
            lost = 0
            for term in range(1, 20_000):
                storage.set_hardstate(HardState(term=term, commit=storage.hard_state().commit))
                lost += storage.hard_state().term != term
            return lost

        def set_commit() -> int:
            for _ in range(20_000):
                storage.hard_state().commit ^= 1
            return 0

        lost = run_together(set_term, set_commit)

    assert lost == [0, 0]


def test_sync_waits_for_what_another_thread_has_written() -> None:
    disk = SimulatedDisk(seed=0)
    with Wal("wal", disk=disk) as wal:
        storage = wal.storage(1, ConfState([1]))
        wal.sync()
        allowed, indices = [0], range(1, rounds(2_000))

        def write() -> int:
            for index in indices:
                while allowed[0] < index:
                    pass
                storage.append([Entry(index=index, term=1)])
            return 0

        def read_and_sync() -> int:
            missed = 0
            for index in indices:
                before = disk.syncs
                allowed[0] = index
                while storage.last_index() < index:
                    pass
                wal.sync()
                missed += disk.syncs == before
                wal.sync()
            return missed

        missed = run_together(write, read_and_sync)

    assert missed == [0, 0]


def test_group_may_be_removed_while_another_thread_creates_it() -> None:
    with Wal("wal", disk=SimulatedDisk(seed=0)) as wal:

        def create() -> None:
            for _ in range(10_000):
                wal.storage(1, ConfState([1]))

        def remove() -> None:
            for _ in range(10_000):
                wal.remove(1)

        run_together(create, remove)

        assert wal.storage(1, ConfState([1])).initial_state().conf_state.voters == [1]


def test_groups_of_a_log_are_created_once() -> None:
    groups = range(rounds(5_000))
    reached = [0, 0, 0]
    with Wal("wal", disk=SimulatedDisk(seed=0)) as wal:

        def create(voter: int) -> list[list[int]]:
            found = []
            try:
                for group in groups:
                    reached[voter] = group
                    while reached[3 - voter] < group:
                        pass  # both threads create the group at the same time
                    found.append(list(wal.storage(group, ([voter], [])).initial_state().conf_state.voters))
            finally:
                reached[voter] = len(groups)
            return found

        found = run_together(partial(create, 1), partial(create, 2))

    assert found[0] == found[1]


def test_loggers_and_hooks_are_shared() -> None:
    records: list[logging.LogRecord] = []

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    python_logger = logging.Logger("shared", logging.DEBUG)
    python_logger.addHandler(Recorder())
    shared = Logger.from_logging(python_logger)
    entry = Entry(data=b"payload")

    def lead() -> int:
        nodes = [new_leader(shared).node for _ in range(50)]
        return sum(node.raft.state == StateRole.Leader for node in nodes)

    def show() -> int:
        shown = {repr(entry) for _ in range(500)}
        return sum("payload" in text or "[112, 97" in text for text in shown) - len(shown)

    def set_hooks() -> int:
        for _ in range(500):
            set_entry_data_deserializer(bytes.decode)
            set_entry_data_deserializer(None)
        return 0

    results = run_together(lead, lead, show, show, set_hooks)

    assert results == [50, 50, 0, 0, 0]
    assert sum("became leader" in record.getMessage() for record in records) == 100


def test_nodes_and_storages_are_dropped_by_other_threads(logger: LoggerRef) -> None:
    shared: list[object] = []

    def create() -> None:
        for _ in range(200):
            storage = ListStorage()
            storage.set_conf_state(ConfState([1]))
            node = RawNode(Config(id=1), storage, logger)
            node.campaign()
            ready = node.ready()
            storage.cycle = (node, ready, node.raft.raft_log)  # type: ignore[attr-defined]
            shared.append((node, ready.entries(), node.raft.prs(), node.store()))

    def drop() -> None:
        for _ in range(400):
            if shared:
                shared.pop()

    run_together(create, create, drop, drop, gc.collect)
    shared.clear()
    gc.collect()

    assert not [node for node in gc.get_objects() if isinstance(node, ListStorage) and hasattr(node, "cycle")]


def test_compaction_of_what_a_node_needs_is_rejected_during_its_calls() -> None:
    """Whether by another thread or, as here, by a log handler inside of the call."""
    storage = MemStorage.new_with_conf_state(ConfState([1, 2]))
    storage.wl().append([Entry(index=index, term=1) for index in range(1, 6)])
    storage.wl().set_hardstate(HardState(term=1, commit=2))
    errors: list[str] = []

    class Compacting(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            storage.wl().compact(2)
            with pytest.raises(InUseError) as raised:
                storage.wl().compact(4)
            errors.append(str(raised.value))

    logger = logging.Logger("raft", logging.DEBUG)
    node = RawNode(Config(id=1, applied=2), storage, Logger.from_logging(logger))
    logger.addHandler(Compacting())

    node.campaign()

    assert set(errors) == {"compact_index: 4 is above the applied index, 2, of a node that is in a call"}
    assert storage.first_index() == 2
    assert node.raft.state == StateRole.Candidate
    assert [message.msg_type for message in node.raft.msgs] == [MessageType.MsgRequestVote]
    storage.wl().compact(4)
    assert storage.first_index() == 4


def test_compaction_by_another_thread_breaks_no_node(logger: LoggerRef) -> None:
    loop = new_leader(logger)
    storage = loop.node.store()
    is_done = Event()

    def propose() -> None:
        for _ in range(100):
            batch = loop.run(data=[b"data"] * 300)
            assert batch is not None
            assert len(batch.take_committed_data()) == 300
        is_done.set()

    def compact() -> None:
        while not is_done.is_set():
            with suppress(InUseError):
                storage.wl().compact(storage.last_index())

    run_together(propose, compact)

    assert loop.node.raft.raft_log.applied() == 30_001
    assert loop.node.has_ready() is False


def test_step_of_shared_message_leaves_it(logger: LoggerRef) -> None:
    message = Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=5)
    loops = [ReadyLoop(new_node(logger, 1, [1, 2])) for _ in range(3)]

    rejected = run_together(*(partial(loop.step_many, [message] * 1_000) for loop in loops))

    assert rejected == [[], [], []]
    assert message == Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=5)
    assert [loop.node.raft.leader_id for loop in loops] == [2, 2, 2]
