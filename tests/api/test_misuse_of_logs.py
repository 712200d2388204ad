"""Misuse of logs, windows and progresses that makes raft-rs panic: the object is poisoned by a write, not by a read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rraft import (
    Inflights,
    LoggerRef,
    Progress,
    ProgressState,
    RaftLog,
    RaftPanicError,
    StoreError,
    Unstable,
)
from tests.harness import AnyStorage
from tests.harness.misuse import LARGEST, case, context
from tests.harness.util import empty_entry, log_of, new_snapshot


@pytest.fixture
def log(storage: AnyStorage, logger: LoggerRef) -> RaftLog:
    """A log with the stable entries 1 to 3 and the unstable entry 4, committed up to 2."""
    storage.wl().append(log_of(1, 1, 2))
    log = RaftLog(storage, logger)
    log.append([empty_entry(2, 4)])
    log.commit_to(2)
    return log


@pytest.mark.parametrize(
    ("call", "message"),
    [
        case("commit_to", lambda log: log.commit_to(5), "to_commit 5 is out of range [last_index 4]"),
        case("applied_to", lambda log: log.applied_to(3), "applied(3) is out of range"),
        case(
            "append with a gap", lambda log: log.append([empty_entry(2, 6)]), "unstable.slice[4, 6] out of bound[4, 5]"
        ),
        case(
            "append over committed entries",
            lambda log: log.append([empty_entry(2, 1)]),
            "after 0 is out of range [committed 2]",
        ),
        case(
            "maybe_append over committed entries",
            lambda log: log.maybe_append(0, 0, 0, [empty_entry(2, 1)]),
            "entry 1 conflict with committed entry 2",
        ),
        case(
            "stable_entries",
            lambda log: log.stable_entries(4, 1),
            "the last one of unstable.slice has different index 4 and term 2, expect 4 1",
        ),
        case("stable_snap", lambda log: log.stable_snap(2), "unstable.snap is none, expect a snapshot with index 2"),
        case("restore", lambda log: log.restore(new_snapshot(1, 1)), "1 < 2"),
        case("maybe_persist_snap", lambda log: log.maybe_persist_snap(5), "snapshot's index 5 > committed 2"),
        case(
            "unstable.truncate_and_append",
            lambda log: log.unstable().truncate_and_append([]),
            "index out of bounds: the len is 0 but the index is 0",
        ),
    ],
)
def test_log_is_poisoned_by_a_panic(log: RaftLog, call: Callable[[RaftLog], object], message: str) -> None:
    with pytest.raises(RaftPanicError) as raised:
        call(log)

    assert message in str(raised.value)
    for write in (lambda: log.append([]), lambda: log.commit_to(0), lambda: log.unstable().stable_entries(4, 2)):
        with pytest.raises(RaftPanicError) as again:
            write()
        assert str(again.value) == f"the RaftLog can't be used after raft panicked: {raised.value}"
    assert (log.first_index(), log.last_index(), log.committed) == (1, 4, 2)
    assert [entry.term for entry in log.all_entries()] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        case("slice in the wrong order", lambda log: log.slice(3, 2, context()), "invalid slice 3 > 2"),
        case("slice past the log", lambda log: log.slice(1, 6, context()), "slice[1,6] out of bound[1,4]"),
        case(
            "unstable.slice in the wrong order",
            lambda log: log.unstable().slice(5, 4),
            "invalid unstable.slice 5 > 4",
        ),
        case(
            "unstable.slice of stored",
            lambda log: log.unstable().slice(3, 5),
            "unstable.slice[3, 5] out of bound[4, 5]",
        ),
        case(
            "unstable.slice past it", lambda log: log.unstable().slice(4, 6), "unstable.slice[4, 6] out of bound[4, 5]"
        ),
        case(
            "must_check_outofbounds",
            lambda log: log.unstable().must_check_outofbounds(4, 6),
            "unstable.slice[4, 6] out of bound[4, 5]",
        ),
    ],
)
def test_log_is_not_poisoned_by_a_panic_in_a_read(
    log: RaftLog, call: Callable[[RaftLog], object], message: str
) -> None:
    with pytest.raises(RaftPanicError) as raised:
        call(log)

    assert message in str(raised.value)
    assert log.append([empty_entry(2, 5)]) == 5
    assert [entry.index for entry in log.slice(1, 6, context())] == [1, 2, 3, 4, 5]


def test_slice_of_compacted_entries(log: RaftLog) -> None:
    log.store().wl().compact(3)

    with pytest.raises(StoreError, match="log compacted"):
        log.slice(1, 3, context())

    assert [entry.index for entry in log.slice(3, 5, context())] == [3, 4]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        case("no entries", lambda unstable: unstable.truncate_and_append([]), "index out of bounds"),
        case(
            "gap",
            lambda unstable: unstable.truncate_and_append([empty_entry(1, 7)]),
            "unstable.slice[5, 7] out of bound[5, 6]",
        ),
        case("other entry", lambda unstable: unstable.stable_entries(6, 1), "different index 5 and term 1, expect 6 1"),
        case(
            "no snapshot",
            lambda unstable: unstable.stable_snap(5),
            "unstable.snap is none, expect a snapshot with index 5",
        ),
    ],
)
def test_unstable_log_is_poisoned_by_a_panic(
    logger: LoggerRef, call: Callable[[Unstable], object], message: str
) -> None:
    unstable = Unstable(5, logger)
    unstable.truncate_and_append([empty_entry(1, 5)])

    with pytest.raises(RaftPanicError) as raised:
        call(unstable)

    assert message in str(raised.value)
    with pytest.raises(RaftPanicError, match="the Unstable can't be used after raft panicked"):
        unstable.truncate_and_append([empty_entry(1, 6)])
    assert (unstable.offset, unstable.entries) == (5, [empty_entry(1, 5)])


@pytest.mark.parametrize("capacity", [0, 1, 3])
def test_full_window(capacity: int) -> None:
    inflights = Inflights(capacity)
    for index in range(capacity):
        inflights.add(index)

    with pytest.raises(ValueError, match="the window is full"):
        inflights.add(capacity)

    assert inflights.count() == capacity
    inflights.free_to(LARGEST)
    assert inflights.count() == 0
    inflights.set_cap(capacity + 1)
    inflights.add(capacity)
    assert inflights.count() == 1


def replicating() -> Progress:
    progress = Progress(5, 1)
    progress.become_replicate()
    progress.update_state(5)
    return progress


def snapshotting() -> Progress:
    progress = Progress(5, 1)
    progress.become_snapshot(9)
    return progress


@pytest.mark.parametrize(
    ("make", "call", "message"),
    [
        case("full window", replicating, lambda progress: progress.update_state(6), "cannot add into a full inflights"),
        case("snapshot", snapshotting, lambda progress: progress.update_state(6), "in unhandled state Snapshot"),
        case(
            "maybe_update", replicating, lambda progress: progress.maybe_update(LARGEST), "attempt to add with overflow"
        ),
        case(
            "maybe_decr_to",
            lambda: Progress(5, 1),
            lambda progress: progress.maybe_decr_to(4, LARGEST, 0),
            "attempt to add with overflow",
        ),
    ],
)
def test_progress_is_poisoned_by_a_panic(
    make: Callable[[], Progress], call: Callable[[Progress], object], message: str
) -> None:
    progress = make()
    state = progress.state

    with pytest.raises(RaftPanicError) as raised:
        call(progress)

    assert message in str(raised.value)
    with pytest.raises(RaftPanicError, match="the Progress can't be used after raft panicked"):
        progress.resume()
    assert progress.state == state
    assert state in ProgressState.values()
