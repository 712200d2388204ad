"""Storages written in Python: the calls of raft, and the exceptions that a storage may raise."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    CompactedError,
    Config,
    ConfState,
    Entry,
    GetEntriesContext,
    GetEntriesContextRef,
    HardState,
    LoggerRef,
    LogTemporarilyUnavailableError,
    MemStorage,
    Message,
    MessageType,
    OtherError,
    RaftLog,
    RaftPanicError,
    RaftState,
    RaftStateRef,
    RaftStorageError,
    RawNode,
    Snapshot,
    SnapshotOutOfDateError,
    SnapshotTemporarilyUnavailableError,
    Storage,
    StorageProtocol,
    StoreError,
    UnavailableError,
)
from tests.harness.storage import ListStorage

CALLBACKS = ["initial_state", "entries", "term", "first_index", "last_index", "snapshot"]


@pytest.fixture
def storage() -> ListStorage:
    """The storage of a cluster of one, with the entries 1 to 3."""
    storage = ListStorage()
    storage.initialize_with_conf_state(ConfState([1]))
    storage.append([Entry(term=1, index=index, data=b"x") for index in (1, 2, 3)])
    storage.set_hardstate(HardState(term=1, vote=1, commit=3))
    return storage


def raising(error: BaseException) -> Callable[..., Any]:
    """A callback that raises."""

    def fail_on_purpose(*_: object) -> object:
        raise error

    return fail_on_purpose


def use_all_callbacks(storage: object, logger: LoggerRef) -> None:
    """Makes raft call each of the six methods of a storage."""
    node = RawNode(Config(id=1), storage, logger)  # type: ignore[arg-type]
    node.ready()
    node.raft.raft_log.snapshot(1, 2)


def test_protocol_is_met_by_python_and_rust_storages(storage: ListStorage) -> None:
    assert isinstance(storage, StorageProtocol)
    assert isinstance(MemStorage(), StorageProtocol)
    assert isinstance(Storage(storage), StorageProtocol)
    assert not isinstance(object(), StorageProtocol)


@pytest.mark.parametrize("wrap", [lambda storage: storage, Storage, lambda storage: Storage(storage).make_ref()])
def test_node_accepts_the_object_or_its_wrapper(
    storage: ListStorage, logger: LoggerRef, wrap: Callable[[ListStorage], StorageProtocol]
) -> None:
    node = RawNode(Config(id=1), wrap(storage), logger)

    assert [entry.index for entry in node.ready().committed_entries()] == [1, 2, 3]


@pytest.mark.parametrize("method", CALLBACKS)
def test_object_with_a_missing_method_is_rejected(logger: LoggerRef, method: str) -> None:
    methods = {name: raising(AssertionError()) for name in CALLBACKS if name != method}
    incomplete = type("Incomplete", (), methods)()

    for wrap in (Storage, lambda storage: RawNode(Config(id=1), storage, logger)):
        with pytest.raises(TypeError, match=f"Incomplete does not implement StorageProtocol: missing {method}"):
            wrap(incomplete)


@pytest.mark.parametrize("error", [ValueError, KeyError, KeyboardInterrupt, SystemExit, MemoryError, OtherError])
@pytest.mark.parametrize("method", CALLBACKS)
def test_exception_is_raised_unchanged(
    storage: ListStorage, logger: LoggerRef, method: str, error: type[BaseException]
) -> None:
    raised = error("boom")
    setattr(storage, method, raising(raised))

    with pytest.raises(error) as caught:
        use_all_callbacks(storage, logger)

    assert caught.value is raised
    assert "fail_on_purpose" in [frame.name for frame in traceback.extract_tb(raised.__traceback__)]


@pytest.mark.parametrize("method", ["first_index", "last_index"])
def test_exception_in_a_write_poisons_the_node(storage: ListStorage, logger: LoggerRef, method: str) -> None:
    node = RawNode(Config(id=1), storage, logger)
    original = getattr(storage, method)
    setattr(storage, method, raising(OSError("disk on fire")))

    with pytest.raises(OSError, match="disk on fire"):
        node.campaign()

    setattr(storage, method, original)
    with pytest.raises(RaftPanicError, match="disk on fire"):
        node.tick()
    assert node.raft.raft_log.last_index() == 3


def test_exception_that_raft_would_swallow_is_raised(storage: ListStorage, logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), storage, logger)
    node.campaign()
    ready = node.ready()
    storage.append(ready.entries())
    storage.term = raising(OSError("disk on fire"))  # type: ignore[method-assign]

    # raft-rs treats an error here as "not persisted yet", and would never commit the entry.
    with pytest.raises(OSError, match="disk on fire"):
        node.advance(ready)


def test_exception_in_a_read_leaves_the_node_usable(storage: ListStorage, logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), storage, logger)
    original = storage.first_index
    storage.first_index = raising(TimeoutError("locked"))  # type: ignore[method-assign]

    with pytest.raises(TimeoutError, match="locked"):
        node.has_ready()

    storage.first_index = original  # type: ignore[method-assign]
    assert node.has_ready()
    assert len(node.ready().committed_entries()) == 3


@pytest.mark.parametrize("wrap", [lambda error: error, StoreError], ids=["bare", "in StoreError"])
@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CompactedError, "log compacted"),
        (UnavailableError, "log unavailable"),
        (LogTemporarilyUnavailableError, "log is temporarily unavailable"),
        (SnapshotOutOfDateError, "snapshot out of date"),
        (SnapshotTemporarilyUnavailableError, "snapshot is temporarily unavailable"),
    ],
)
def test_storage_error_keeps_its_type(
    storage: ListStorage,
    logger: LoggerRef,
    error: type[RaftStorageError],
    text: str,
    wrap: Callable[[RaftStorageError], Exception],
) -> None:
    storage.initial_state = raising(wrap(error()))  # type: ignore[method-assign]

    with pytest.raises(StoreError) as caught:
        RawNode(Config(id=1), storage, logger)

    assert str(caught.value) == text
    assert isinstance(caught.value.error, error)
    assert caught.value.__cause__ is caught.value.args[0] is caught.value.error


@pytest.mark.parametrize("wrap", [lambda error: error, StoreError], ids=["bare", "in StoreError"])
def test_raft_handles_some_storage_errors(
    storage: ListStorage, logger: LoggerRef, wrap: Callable[[RaftStorageError], Exception]
) -> None:
    log = RaftLog(storage, logger)

    storage.term = raising(wrap(CompactedError()))  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="log compacted"):
        log.term(2)
    assert not log.match_term(2, 1)

    storage.entries = raising(wrap(LogTemporarilyUnavailableError()))  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="log is temporarily unavailable"):
        log.entries(1, GetEntriesContext.empty(can_async=True))


def test_unhandled_storage_error_is_raised_unchanged(storage: ListStorage, logger: LoggerRef) -> None:
    log = RaftLog(storage, logger)
    storage.last_index = raising(CompactedError("on purpose"))  # type: ignore[method-assign]

    with pytest.raises(CompactedError, match="on purpose"):
        log.last_index()


@pytest.mark.parametrize(
    ("method", "result", "message"),
    [
        ("initial_state", None, r"ListStorage.initial_state\(\) returned NoneType"),
        ("entries", 5, r"ListStorage.entries\(\) returned int"),
        ("entries", [1], r"ListStorage.entries\(\) returned list"),
        ("term", "1", r"ListStorage.term\(\) returned str"),
        ("first_index", None, r"ListStorage.first_index\(\) returned NoneType"),
        ("last_index", -1, r"ListStorage.last_index\(\) returned int"),
        ("snapshot", Message(), r"ListStorage.snapshot\(\) returned Message"),
    ],
)
def test_result_of_the_wrong_type_is_rejected(
    storage: ListStorage, logger: LoggerRef, method: str, result: object, message: str
) -> None:
    setattr(storage, method, lambda *_: result)

    with pytest.raises(TypeError, match=message):
        use_all_callbacks(storage, logger)


@pytest.mark.parametrize(
    ("method", "index", "expected"),
    [
        ("first_index", 0, "from 1"),
        ("first_index", 2**63, "to 9223372036854775807"),
        ("last_index", 2**64 - 1, "from 0"),
    ],
)
def test_index_out_of_range_is_rejected(
    storage: ListStorage, logger: LoggerRef, method: str, index: int, expected: str
) -> None:
    setattr(storage, method, lambda: index)

    with pytest.raises(ValueError, match=rf"ListStorage.{method}\(\) returned {index}, expected a number .*{expected}"):
        RawNode(Config(id=1), storage, logger)


def test_wrapping_a_wrapper_shares_the_object(storage: ListStorage) -> None:
    wrapped = Storage(storage)
    for _ in range(100_000):
        wrapped = Storage(wrapped)

    assert wrapped.storage is storage
    assert wrapped.last_index() == 3


def test_nested_callbacks_are_bounded(logger: LoggerRef) -> None:
    class Nested(ListStorage):
        depth = 0

        def last_index(self) -> int:
            Nested.depth += 1
            inner = Nested()
            inner.initialize_with_conf_state(ConfState([1]))
            RawNode(Config(id=1), inner, logger)
            return super().last_index()

    with pytest.raises(RecursionError, match="calls from raft into Python exceeded: 50"):
        RawNode(Config(id=1), Nested(), logger)

    assert Nested.depth <= 50


def test_callbacks_get_positional_arguments_and_may_return_views(logger: LoggerRef) -> None:
    kept = RaftState(HardState(term=1, commit=1), ConfState([1]))
    message = Message(entries=[Entry(term=1, index=1)], snapshot=Snapshot(data=b"state"))
    calls: list[tuple[object, ...]] = []

    class Bare:
        def initial_state(self) -> RaftStateRef:
            return kept.make_ref()

        def entries(self, *arguments: object) -> tuple[object, ...]:
            calls.append(arguments)
            return tuple(message.entries)

        def term(self, _: int) -> int:
            return 1

        def first_index(self) -> int:
            return 1

        def last_index(self) -> int:
            return 1

        def snapshot(self, *arguments: object) -> object:
            calls.append(arguments)
            return message.snapshot

    node = RawNode(Config(id=1), Bare(), logger)  # type: ignore[arg-type]

    committed = node.ready().committed_entries()

    assert committed == [Entry(term=1, index=1)]
    low, high, context, max_size = calls[0]
    assert (low, high, max_size) == (1, 2, 2**64 - 1)
    assert isinstance(context, GetEntriesContextRef)
    assert not context.can_async()
    assert node.raft.raft_log.snapshot(1, 7).data == b"state"
    assert calls[-1] == (1, 7)


def test_entries_fetched_later(logger: LoggerRef) -> None:
    contexts: list[GetEntriesContextRef] = []

    class Slow(ListStorage):
        is_slow = False

        def entries(
            self, low: int, high: int, context: GetEntriesContextRef, max_size: int | None = None
        ) -> list[Entry]:
            if self.is_slow and context.can_async():
                contexts.append(context)
                raise LogTemporarilyUnavailableError
            return super().entries(low, high, context, max_size)

    storage = Slow()
    storage.initialize_with_conf_state(ConfState([1, 2]))
    storage.append([Entry(term=1, index=1)])
    node = RawNode(Config(id=1, max_size_per_msg=2**20), storage, logger)
    node.raft.become_candidate()
    node.raft.become_leader()
    node.raft.on_persist_entries(2, 1)
    node.raft.take_msgs()
    progress = node.raft.prs()[2]
    assert progress is not None
    progress.become_probe()
    progress.next_idx = 1

    storage.is_slow = True
    node.raft.send_append(2)
    assert node.raft.msgs == []
    assert len(contexts) == 1

    storage.is_slow = False
    node.on_entries_fetched(contexts[0])

    [message] = node.raft.msgs
    assert message.msg_type == MessageType.MsgAppend
    assert message.entries[0].index == 1
    with pytest.raises(ValueError, match="context: expected one that can wait and has not been consumed"):
        node.on_entries_fetched(contexts[0])


class Recorder(ListStorage):
    """A storage that records the calls that its wrapper forwards."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[object, ...]] = []

    def __getattribute__(self, name: str) -> Any:
        if name in {"append", "apply_snapshot", "compact", "commit_to", "commit_to_and_set_conf_states"} | {
            "set_hardstate",
            "set_conf_state",
            "trigger_snap_unavailable",
        }:
            return lambda *arguments: self.calls.append((name, *arguments))
        return super().__getattribute__(name)


def test_wrapper_forwards_calls() -> None:
    recorder = Recorder()
    wrapper = Storage(recorder)
    entries, snapshot, conf_state, hard_state = [Entry()], Snapshot(), ConfState(), HardState()

    wrapper.append(entries)
    wrapper.apply_snapshot(snapshot)
    wrapper.compact(3)
    wrapper.commit_to(4)
    wrapper.commit_to_and_set_conf_states(5)
    wrapper.commit_to_and_set_conf_states(5, conf_state)
    wrapper.set_hardstate(hard_state)
    wrapper.set_conf_state(conf_state)
    wrapper.trigger_snap_unavailable()

    assert recorder.calls == [
        ("append", entries),
        ("apply_snapshot", snapshot),
        ("compact", 3),
        ("commit_to", 4),
        ("commit_to_and_set_conf_states", 5, None),
        ("commit_to_and_set_conf_states", 5, conf_state),
        ("set_hardstate", hard_state),
        ("set_conf_state", conf_state),
        ("trigger_snap_unavailable",),
    ]
    assert recorder.calls[0][1] is entries
    assert wrapper.wl() is wrapper.rl() is recorder
    assert wrapper.hard_state() == HardState()


def test_wrapper_propagates_exceptions(storage: ListStorage) -> None:
    wrapper = Storage(storage)
    storage.append = raising(OSError("full"))  # type: ignore[method-assign]

    with pytest.raises(OSError, match="full"):
        wrapper.append([])


def test_wrapper_supports_both_names_of_set_hardstate(storage: ListStorage) -> None:
    stored: list[HardState] = []
    methods = dict.fromkeys(CALLBACKS, raising(AssertionError())) | {"set_hard_state": stored.append}
    other = type("Other", (), {name: staticmethod(method) for name, method in methods.items()})()
    hard_state = HardState(term=3)

    Storage(storage).set_hardstate(hard_state)
    Storage(other).set_hardstate(hard_state)

    assert storage.hard_state() == hard_state
    assert stored == [hard_state]


def test_wrapper_raises_storage_errors_as_any_storage_does(storage: ListStorage) -> None:
    wrapper = Storage(storage)

    with pytest.raises(StoreError, match="log unavailable"):
        wrapper.term(9)
    storage.term = raising(CompactedError())  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="log compacted") as caught:
        wrapper.term(9)
    assert isinstance(caught.value.error, CompactedError)


class Counting(ListStorage):
    """A storage that counts the calls of its methods."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def first_index(self) -> int:
        self.asked.append("first_index")
        return super().first_index()

    def last_index(self) -> int:
        self.asked.append("last_index")
        return super().last_index()


def test_indices_are_queried_once_per_call(logger: LoggerRef) -> None:
    storage = Counting()
    storage.initialize_with_conf_state(ConfState([1, 2, 3]))
    node = RawNode(Config(id=1), storage, logger)
    storage.asked.clear()

    node.step(Message(msg_type=MessageType.MsgAppend, from_=2, to=1, term=1, entries=[Entry(term=1, index=1)]))

    # `ListStorage` itself calls `first_index`, for example in `last_index`.
    assert storage.asked.count("last_index") <= 2
    assert storage.asked.count("first_index") <= 4


def test_writes_between_calls_are_seen(logger: LoggerRef) -> None:
    storage = ListStorage()
    storage.append([Entry(term=1, index=1)])
    node = RawNode(Config(id=1), storage, logger)
    log = node.raft.raft_log
    indices = [(log.first_index(), log.term(1))]

    storage.append([Entry(term=1, index=2), Entry(term=2, index=3)])
    storage.compact(3)
    indices.append((log.first_index(), log.term(3)))

    assert indices == [(1, 1), (3, 2)]


def test_log_may_be_compacted_within_a_call(logger: LoggerRef) -> None:
    class Compacting(ListStorage):
        def entries(
            self, low: int, high: int, context: GetEntriesContextRef, max_size: int | None = None
        ) -> list[Entry]:
            self.compact(3)
            return super().entries(low, high, context, max_size)

    storage = Compacting()
    storage.initialize_with_conf_state(ConfState([1]))
    storage.append([Entry(term=1, index=index, data=b"%d" % index) for index in (1, 2, 3)])
    log = RaftLog(storage, logger)

    with pytest.raises(StoreError, match="log compacted"):
        log.all_entries()

    assert [entry.data for entry in log.all_entries()] == [b"3"]
