"""Storages in Python and exceptions, as in programs written for rraft-py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import rraft
from rraft import (
    CodecError,
    ConfChangeError,
    ConfChangeV2,
    Config,
    ConfigInvalidError,
    ConfState,
    Entry,
    ExistsError,
    GetEntriesContext,
    HardState,
    HardStateRef,
    IoError,
    Message,
    NotExistsError,
    ProposalDroppedError,
    RaftError,
    RaftLog,
    RaftState,
    RawNode,
    RequestSnapshotDroppedError,
    Snapshot,
    StepLocalMsgError,
    StepPeerNotFoundError,
    Storage,
    StoreError,
    default_logger,
)
from tests.api.rraft_py_names import EXCEPTIONS
from tests.harness.rraft_py import (
    CAN_NOT_WAIT,
    entry_at,
    node_of,
    storage_of,
)
from tests.harness.storage import ListStorage

# Storages in Python


class ForeignStorage:
    """A typical storage of a program: with its own parameter names, and only the methods that raft calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.inner = storage_of(1)
        self.inner.wl().append([entry_at(1)])

    def initial_state(self) -> object:
        self.calls.append("initial_state")
        return self.inner.initial_state()

    def entries(self, from_: int, to: int, _ctx: Any, max_size: int | None = None) -> object:
        self.calls.append("entries")
        return self.inner.entries(from_, to, _ctx, max_size)

    def term(self, index: int) -> int:
        self.calls.append("term")
        return self.inner.term(index)

    def first_index(self) -> int:
        self.calls.append("first_index")
        return self.inner.first_index()

    def last_index(self) -> int:
        self.calls.append("last_index")
        return self.inner.last_index()

    def snapshot(self, _request_index: int, _to: int) -> object:
        self.calls.append("snapshot")
        return self.inner.snapshot(_request_index, _to)


def test_storage_needs_only_the_methods_that_raft_calls() -> None:
    storage = ForeignStorage()

    node = RawNode(Config(id=1), Storage(storage), default_logger())

    assert storage.calls.count("initial_state") == 1
    assert {"first_index", "last_index"} <= set(storage.calls)
    log = node.get_raft().get_raft_log()
    assert log.entries(1, GetEntriesContext.empty(CAN_NOT_WAIT).make_ref()) == [entry_at(1)]


def test_errors_of_an_inner_storage_propagate() -> None:
    storage = ForeignStorage()
    wrapper = Storage(storage)
    storage.inner.wl().trigger_snap_unavailable()

    with pytest.raises(StoreError, match="log unavailable"):
        wrapper.term(9)
    with pytest.raises(StoreError, match="snapshot is temporarily unavailable"):
        wrapper.snapshot(0, 0)
    assert RaftLog(wrapper, default_logger()).match_term(9, 1) is False


def test_wrapper_returns_owners() -> None:
    wrapper = Storage(ForeignStorage()).make_ref()

    state, snapshot = wrapper.initial_state(), wrapper.snapshot(0, 0)
    [entry] = wrapper.entries(1, 2, GetEntriesContext.empty(CAN_NOT_WAIT).make_ref())

    assert (type(state), type(snapshot), type(entry)) == (RaftState, Snapshot, Entry)
    assert state.get_conf_state().get_voters() == [1]


class Answering(ListStorage):
    """A storage whose writing methods return something."""

    def append(self, _: object) -> Any:
        return "appended"

    def compact(self, _: object) -> Any:
        return "compacted"

    def set_conf_state(self, _: object) -> Any:
        return "set"

    def hard_state(self) -> Any:
        return "a hard state"


def test_wrapper_returns_none_for_writes() -> None:
    wrapper = Storage(Answering())

    nothing = [wrapper.append([]), wrapper.compact(1), wrapper.set_conf_state(ConfState())]  # type: ignore[func-returns-value]

    assert nothing == [None, None, None]


def test_hard_state_of_a_wrapper_is_a_hard_state() -> None:
    assert isinstance(Storage(ListStorage()).hard_state(), HardStateRef)
    with pytest.raises(TypeError, match="'str' object is not an instance of 'HardStateRef'"):
        Storage(Answering()).hard_state()


def test_wrapper_has_no_other_methods() -> None:
    wrapper = Storage(ListStorage())

    for name in ("trigger_log_unavailable", "initialize_with_conf_state", "set_hard_state"):
        assert not hasattr(wrapper, name)
        assert not hasattr(wrapper.make_ref(), name)


@pytest.mark.parametrize("method", ["append", "apply_snapshot", "compact", "commit_to", "set_hardstate", "wl"])
def test_exception_in_a_forwarded_call_propagates(method: str) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk on fire")

    arguments: dict[str, list[Any]] = {
        "apply_snapshot": [Snapshot()],
        "set_hardstate": [HardState()],
        "append": [[]],
        "wl": [],
    }
    storage = type("Failing", (ListStorage,), dict.fromkeys((method, "set_hard_state"), fail))()

    with pytest.raises(OSError, match="disk on fire"):
        getattr(Storage(storage), method)(*arguments.get(method, [1]))


@pytest.mark.parametrize(
    "error",
    [
        ConfChangeError("no such change"),
        ConfigInvalidError("bad config"),
        IoError("disk on fire"),
        StepLocalMsgError(),
        StepPeerNotFoundError(),
        ProposalDroppedError(),
        RequestSnapshotDroppedError(),
        CodecError("bad bytes"),
        ExistsError(3, "voters"),
        NotExistsError(3, "voters"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_raft_propagate_from_a_storage(error: RaftError) -> None:
    def fail() -> None:
        raise error

    storage = ForeignStorage()
    storage.initial_state = fail  # type: ignore[method-assign]

    with pytest.raises(type(error)) as raised:
        RawNode(Config(id=1), Storage(storage), default_logger())

    assert raised.value.args == error.args


# Exceptions


@pytest.mark.parametrize("error", [getattr(rraft, name) for name in EXCEPTIONS])
def test_exceptions_keep_their_arguments(error: type[Exception]) -> None:
    assert error().args == ()
    assert str(error("text")) == "text"
    assert error("text").args == ("text",)
    assert error("text", 1, None).args == ("text", 1, None)
    assert str(error("text", 1, None)) == "('text', 1, None)"


@pytest.mark.parametrize(
    ("use", "error", "text"),
    [
        (lambda: node_of(1).step(Message()), StepLocalMsgError, "raft: cannot step raft local message"),
        (lambda: node_of(1).propose(b"", b""), ProposalDroppedError, "raft: proposal dropped"),
        (lambda: node_of(1).request_snapshot(), RequestSnapshotDroppedError, "raft: request snapshot dropped"),
        (lambda: Config().validate(), ConfigInvalidError, "invalid node id"),
        (
            lambda: node_of(1).apply_conf_change_v2(ConfChangeV2()),
            ConfChangeError,
            "can't leave a non-joint config",
        ),
    ],
)
def test_raised_errors_carry_their_text(use: Callable[[], object], error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        use()

    assert raised.value.args == (text,)
    assert str(raised.value) == text
