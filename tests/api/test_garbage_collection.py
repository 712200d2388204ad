"""Nothing is kept alive longer than it is used: cycles are collected, references do not accumulate."""

from __future__ import annotations

import gc
import logging
import sys
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from rraft import (
    Changer,
    Config,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    GetEntriesContext,
    Logger,
    LoggerRef,
    MemStorage,
    Message,
    Raft,
    RaftLog,
    RawNode,
    Storage,
    Unstable,
    UnstableRef,
    default_logger,
)
from tests.harness.storage import ListStorage
from tests.harness.util import new_snapshot


class Cyclic(ListStorage):
    """A storage in a reference cycle."""

    def __init__(self) -> None:
        super().__init__()
        self.initialize_with_conf_state(ConfState([1]))
        self.other: object = None


def leader(storage: Cyclic, logger: LoggerRef) -> RawNode:
    node = RawNode(Config(id=1), storage, logger)
    node.campaign()
    return node


CYCLES: dict[str, Callable[[Cyclic, LoggerRef], object]] = {
    "node": lambda storage, logger: RawNode(Config(id=1), storage, logger),
    "raft": lambda storage, logger: Raft(Config(id=1), storage, logger),
    "log": lambda storage, logger: RaftLog(storage, logger),
    "wrapper": lambda storage, _: Storage(storage),
    "wrapper of a node": lambda storage, logger: leader(storage, logger).store(),
    "view of all": lambda storage, logger: leader(storage, logger).make_ref(),
    "view of a part": lambda storage, logger: leader(storage, logger).raft.raft_log.unstable(),
    "view of an element": lambda storage, logger: leader(storage, logger).raft.raft_log.unstable_entries()[0],
    "view of a member": lambda storage, logger: leader(storage, logger).raft.prs()[1],
    "member": lambda storage, logger: leader(storage, logger).raft.prs().collect()[0],
    "voters": lambda storage, logger: leader(storage, logger).raft.prs().conf_voters(),
    "changer": lambda storage, logger: Changer(leader(storage, logger).raft.prs()),
    "status": lambda storage, logger: leader(storage, logger).status(),
}


@pytest.mark.parametrize("make", CYCLES.values(), ids=CYCLES)
def test_cycle_through_a_storage_is_collected(logger: LoggerRef, make: Callable[[Cyclic, LoggerRef], object]) -> None:
    storage = Cyclic()
    storage.other = make(storage, logger)
    gone = weakref.ref(storage)

    del storage
    gc.collect()

    assert gone() is None


class Handler(logging.Handler):
    """A log handler in a reference cycle with the object that logs."""

    other: object = None

    def emit(self, record: logging.LogRecord) -> None:
        pass


def python_logger(handler: Handler) -> Logger:
    logger = logging.Logger("raft")
    logger.addHandler(handler)
    return Logger.from_logging(logger)


def new_node(logger: LoggerRef) -> RawNode:
    return RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1])), logger)


def new_raft(logger: LoggerRef) -> Raft:
    return Raft(Config(id=1), MemStorage.new_with_conf_state(ConfState([1])), logger)


@pytest.mark.parametrize("make", [new_node, new_raft])
@pytest.mark.parametrize("look", [lambda node: node, lambda node: node.make_ref()], ids=["owner", "view"])
def test_cycle_through_a_logger_is_collected(
    make: Callable[[LoggerRef], RawNode | Raft], look: Callable[[RawNode | Raft], object]
) -> None:
    handler = Handler()
    handler.other = look(make(python_logger(handler)))
    gone = weakref.ref(handler)

    del handler
    gc.collect()

    assert gone() is None


def test_cycle_through_a_logger_alone_is_collected() -> None:
    handler = Handler()
    handler.other = python_logger(handler)
    gone = weakref.ref(handler)

    del handler
    gc.collect()

    assert gone() is None


LOGGED: dict[str, Callable[[LoggerRef], Callable[[], object]]] = {
    "RawNode": lambda logger: new_node(logger).tick,
    "Raft": lambda logger: new_raft(logger).tick,
    "view": lambda logger: new_node(logger).raft.tick,
    "RaftLog": lambda logger: partial(RaftLog(MemStorage(), logger).restore, new_snapshot(1, 1)),
    "logger of an Unstable": lambda logger: partial(Unstable(1, logger).logger.info, "line"),
    "logger of a node": lambda logger: partial(new_node(logger).raft.raft_log.unstable().logger.info, "line"),
    "logger that was set": lambda logger: partial(set_logger(logger).logger.info, "line"),
}


def set_logger(logger: LoggerRef) -> UnstableRef:
    unstable = Unstable(1, default_logger())
    unstable.logger = logger
    return unstable


@pytest.mark.parametrize("make", LOGGED.values(), ids=LOGGED)
def test_objects_that_log_keep_their_logger_alive(make: Callable[[LoggerRef], Callable[[], object]]) -> None:
    class Counter(Handler):
        lines = 0

        def emit(self, _record: logging.LogRecord) -> None:
            self.lines += 1

    handler = Counter()
    log = make(python_logger(handler))
    gc.collect()
    before = handler.lines

    for _ in range(100):
        log()

    assert handler.lines > before


def test_node_in_use_is_not_collected(logger: LoggerRef) -> None:
    class Collecting(Cyclic):
        def first_index(self) -> int:
            gc.collect()
            return super().first_index()

    storage = Collecting()
    storage.other = node = RawNode(Config(id=1), storage, logger)

    node.campaign()

    assert node.ready().entries() == [Entry(term=1, index=1)]


def test_node_in_a_cycle_under_collection_can_not_be_used(logger: LoggerRef) -> None:
    seen: list[object] = []

    class Finalized(Cyclic):
        def __del__(self) -> None:
            assert isinstance(self.other, RawNode)
            seen.append(self.other.raft.term)

    storage = Finalized()
    storage.other = leader(storage, logger)
    del storage
    gc.collect()

    # Finalizers run before the collector clears any object.
    assert seen == [1]


def test_weak_references(logger: LoggerRef) -> None:
    message = Message()
    node = RawNode(Config(id=1), MemStorage(), logger)
    references: list[weakref.ref[Any]] = [weakref.ref(message), weakref.ref(node), weakref.ref(node.raft)]
    assert [reference() is None for reference in references] == [False, False, True]

    del message, node

    assert [reference() for reference in references] == [None, None, None]


def test_view_of_a_consumed_ready_keeps_only_its_shell_alive(logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1])), logger)
    node.campaign()
    ready = node.ready()
    [entry] = ready.entries()

    node.advance(ready)
    del ready

    with pytest.raises(DestroyedRefUsedError, match="the Ready has been consumed"):
        _ = entry.term


def churn(node: RawNode, storage: Cyclic) -> None:
    """Creates objects in many ways."""
    message = Message(entries=[Entry(data=b"x")])
    view = message.entries[0].make_ref()
    view.data = view.data + b"y"
    _ = message.snapshot.metadata.conf_state.voters
    _ = Message.decode(message.encode()).clone() == message
    _ = [repr(item) for item in node.raft.prs().collect()]
    _ = node.raft.raft_log.entries(1, GetEntriesContext.empty(can_async=True))
    _ = node.status().progress
    with pytest.raises(OverflowError, match="term: can't convert negative int to unsigned"):
        message.term = -1
    cleared = message.entries[0]
    message.clear_entries()
    with pytest.raises(DestroyedRefUsedError, match="the Entry that this view refers to no longer exists"):
        _ = cleared.term
    _ = storage.initial_state()


OPERATIONS = 10**6
OPERATIONS_OF_A_CHURN = 25


def test_references_do_not_accumulate(logger: LoggerRef) -> None:
    storage = Cyclic()
    node = leader(storage, logger)

    def counts() -> tuple[int, int, int]:
        gc.collect()
        return sys.getrefcount(storage), sys.getrefcount(node), sys.getrefcount(Message)

    for _ in range(100):
        churn(node, storage)
    before, blocks = counts(), sys.getallocatedblocks()
    for _ in range(OPERATIONS // OPERATIONS_OF_A_CHURN):
        churn(node, storage)
    after, more_blocks = counts(), sys.getallocatedblocks()

    assert after == before
    assert more_blocks - blocks < 500
