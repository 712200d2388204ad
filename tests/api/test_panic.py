"""The panic boundary: a panic of raft-rs is an exception, and a poisoned object rejects writes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rraft import (
    Config,
    ConfState,
    Entry,
    InUseError,
    LoggerRef,
    MemStorage,
    RaftError,
    RaftLog,
    RaftPanicError,
    RawNode,
    SoftState,
    StateRole,
    StoreError,
)

OUT_OF_RANGE = r"applied\(1000\) is out of range"


@pytest.fixture
def node(logger: LoggerRef) -> RawNode:
    return RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1])), logger)


def test_panic_is_an_ordinary_exception(node: RawNode) -> None:
    with pytest.raises(RaftPanicError, match=OUT_OF_RANGE) as raised:
        node.advance_apply_to(1000)

    assert isinstance(raised.value, RaftError)
    assert isinstance(raised.value, Exception)


def test_writes_are_rejected_after_a_panic(node: RawNode) -> None:
    with pytest.raises(RaftPanicError, match=r"applied\(1000\) is out of range \[prev_applied\(0\),"):
        node.advance_apply_to(1000)

    for write in (node.tick, node.campaign, node.ready, lambda: node.propose(b"", b"")):
        with pytest.raises(RaftPanicError, match=OUT_OF_RANGE):
            write()


def test_writes_through_views_are_rejected_after_a_panic(node: RawNode) -> None:
    raft, log = node.raft, node.raft.raft_log

    with pytest.raises(RaftPanicError, match=OUT_OF_RANGE):
        raft.commit_apply(1000)

    with pytest.raises(RaftPanicError, match=OUT_OF_RANGE):
        log.committed = 3
    with pytest.raises(RaftPanicError, match=OUT_OF_RANGE):
        node.tick()


def test_reads_are_allowed_after_a_panic(node: RawNode) -> None:
    with pytest.raises(RaftPanicError, match=r"applied\(1000\) is out of range \[prev_applied\(0\),"):
        node.advance_apply_to(1000)

    assert node.raft.raft_log.committed == 0
    assert node.raft.soft_state() == SoftState(0, StateRole.Follower)
    assert not node.has_ready()
    assert repr(node) == "RawNode { id: 1, state: Follower, term: 0 }"


def test_panic_of_a_read_changes_nothing(logger: LoggerRef) -> None:
    log = RaftLog(MemStorage(), logger)
    log.append([Entry(term=1, index=1)])

    with pytest.raises(RaftPanicError, match="out of bound"):
        log.unstable().must_check_outofbounds(1, 9)

    log.append([Entry(term=1, index=2)])
    assert log.last_index() == 2


def test_storage_of_a_poisoned_node_is_intact(node: RawNode) -> None:
    storage = node.store()

    with pytest.raises(RaftPanicError, match=r"applied\(1000\) is out of range \[prev_applied\(0\),"):
        node.advance_apply_to(1000)

    storage.wl().append([Entry(term=1, index=1)])
    assert storage.last_index() == 1


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (lambda core: core.append([Entry(term=1, index=9)]), "raft logs should be continuous"),
        (lambda core: core.commit_to(5), "commit_to 5 but the entry does not exist"),
        (lambda core: core.compact(7), "compact not received raft logs"),
    ],
    ids=["append", "commit_to", "compact"],
)
def test_mem_storage_is_usable_after_misuse(misuse: object, message: str) -> None:
    storage = MemStorage()
    storage.wl().append([Entry(term=1, index=1)])
    assert callable(misuse)

    with pytest.raises(StoreError, match=message):
        misuse(storage.wl())

    storage.wl().append([Entry(term=2, index=2)])
    assert (storage.first_index(), storage.last_index(), storage.term(2)) == (1, 2, 2)


def test_in_use_error_is_a_raft_error_and_a_runtime_error() -> None:
    assert issubclass(InUseError, RaftError)
    assert issubclass(InUseError, RuntimeError)


PANIC = """
import rraft
node = rraft.RawNode(rraft.Config(id=1), rraft.MemStorage(), rraft.default_logger())
try:
    node.advance_apply_to(1000)
except rraft.RaftPanicError:
    print("raised")
"""


@pytest.mark.parametrize(("backtrace", "is_shown"), [(None, False), ("0", False), ("1", True)], ids=["unset", "0", "1"])
def test_stderr_shows_panics_only_with_rust_backtrace(backtrace: str | None, is_shown: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUST_")}
    if backtrace is not None:
        environment["RUST_BACKTRACE"] = backtrace

    run = subprocess.run([sys.executable, "-c", PANIC], env=environment, capture_output=True, text=True, check=True)

    assert run.stdout == "raised\n"
    assert ("panicked" in run.stderr) == is_shown
    assert is_shown or run.stderr == ""
