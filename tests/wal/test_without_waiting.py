"""`run_many(wait=False)`: a round in two calls, of which the first one does not wait for the log."""

from __future__ import annotations

import errno
import threading

import pytest

from rraft import (
    ConfState,
    InUseError,
    LoggerRef,
    MemStorage,
    MessageType,
    SimulatedDisk,
    Wal,
    WalClosedError,
    WalFailedError,
    run_many,
)
from tests.wal.test_run_many import data_of, lead, leader, of_three, single, taken


def test_messages_that_may_leave_before_the_log_is_durable(wal: Wal, logger: LoggerRef) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loop = of_three(wal, logger, outboxes)
    lead(loop)
    outboxes.clear()
    before = wal.stats().fsyncs

    assert run_many([(loop, None, [b"data"])], wait=False) == [None]

    assert loop.is_waiting()
    assert wal.stats().fsyncs == before
    assert taken(outboxes) == [(MessageType.MsgAppend, 2), (MessageType.MsgAppend, 3)]


def test_what_depends_on_the_log_comes_with_the_second_call(wal: Wal, logger: LoggerRef) -> None:
    loops = [leader(wal, group, logger) for group in range(3)]
    before = wal.stats().fsyncs
    work = [(loop, None, [b"%d" % number]) for number, loop in enumerate(loops)]
    assert run_many(work, wait=False) == [None] * 3

    results = run_many(loops)

    assert [data_of(batch) for batch in results] == [[b"0"], [b"1"], [b"2"]]
    assert wal.stats().fsyncs == before + 1
    assert not any(loop.is_waiting() for loop in loops)


def test_loops_with_nothing_to_wait_for_are_finished(wal: Wal, logger: LoggerRef) -> None:
    in_memory = single(MemStorage.new_with_conf_state(ConfState([1])), logger)
    in_memory.node.campaign()
    durable = leader(wal, 1, logger)

    done, nothing, waiting = run_many([in_memory, leader(wal, 2, logger), (durable, None, [b"data"])], wait=False)

    assert (data_of(done), nothing, waiting) == ([b""], None, None)
    assert (in_memory.is_waiting(), durable.is_waiting()) == (False, True)


def test_exception_of_an_item_does_not_affect_others(wal: Wal, logger: LoggerRef) -> None:
    with Wal("other", disk=SimulatedDisk(seed=1)) as closed:
        failing = leader(closed, 1, logger)
    durable = leader(wal, 1, logger)

    error, nothing = run_many([(failing, None, [b"lost"]), (durable, None, [b"data"])], wait=False)

    assert isinstance(error, WalClosedError)
    assert nothing is None
    assert data_of(run_many([durable])[0]) == [b"data"]


@pytest.mark.parametrize("more", [[], [b"more"]], ids=["run", "run with more input"])
def test_any_later_call_continues(wal: Wal, logger: LoggerRef, more: list[bytes]) -> None:
    loop = leader(wal, 1, logger)
    run_many([(loop, None, [b"data"])], wait=False)

    assert data_of(loop.run(data=more)) == [b"data", *more]


def test_another_thread_continues(wal: Wal, logger: LoggerRef) -> None:
    loop = leader(wal, 1, logger)
    run_many([(loop, None, [b"data"])], wait=False)
    results: list[object] = []

    thread = threading.Thread(target=lambda: results.extend(run_many([loop])))
    thread.start()
    thread.join()

    assert data_of(results[0]) == [b"data"]


def test_loop_that_runs_does_not_say_whether_it_waits(wal: Wal, logger: LoggerRef) -> None:
    loop = leader(wal, 1, logger)
    raised: list[InUseError] = []

    def ask() -> None:
        with pytest.raises(InUseError, match="the ReadyLoop is in use") as caught:
            loop.is_waiting()
        raised.append(caught.value)

    run_many([(loop, None, [b"data"])], before_wait=ask)

    assert len(raised) == 1


def test_disk_that_fails_meanwhile(logger: LoggerRef) -> None:
    disk = SimulatedDisk(seed=1)
    wal = Wal("wal", disk=disk)
    loop = leader(wal, 1, logger)
    run_many([(loop, None, [b"data"])], wait=False)
    disk.fail(errno.EIO, "write")

    [error] = run_many([loop])

    assert isinstance(error, WalFailedError)
    assert loop.node.raft.raft_log.committed == 1
    with pytest.raises(WalFailedError, match="Input/output error"):
        wal.close()


def test_process_that_ends_meanwhile_has_promised_nothing(logger: LoggerRef) -> None:
    disk = SimulatedDisk(seed=1)
    loop = leader(Wal("wal", disk=disk), 1, logger)
    assert run_many([(loop, None, [b"data"])], wait=False) == [None]
    disk.crash()

    with Wal("wal", disk=disk) as wal:
        assert wal.storage(1).last_index() == 1
