"""`SimulatedDisk`: crashes, faults and lies of a disk in memory, under a `Wal`."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any, cast

import pytest

from rraft import (
    Config,
    ConfState,
    Logger,
    RawNode,
    ReadyLoop,
    SimulatedDisk,
    Wal,
    WalClosedError,
    WalCorruptedError,
    WalFailedError,
    WalForeignError,
    WalLockedError,
    WalStorage,
    run_many,
)
from rraft.protocols import DiskOperation
from tests.harness.util import new_entry
from tests.harness.wal import content, filled

SMALL = 4096
"""The smallest segments."""

SEEDS = range(50)


def test_mark_without_a_file_leaves_the_log() -> None:
    disk = SimulatedDisk(seed=1)
    wal = Wal("log", disk=disk)
    storage = filled(wal)
    wal.sync()
    disk.fail(errno.EMFILE, "open")

    with pytest.raises(OSError, match="MARK"):
        wal.mark()

    append(storage)
    wal.sync()


@pytest.mark.parametrize("operation", ["write", "sync"])
def test_close_of_a_machine_that_crashes_meanwhile(operation: DiskOperation) -> None:
    disk = SimulatedDisk(seed=1)
    wal = Wal("log", disk=disk)
    append(wal.storage(1))
    disk.crash_at(operation)

    with pytest.raises(WalClosedError, match="closed"):
        wal.close()


def test_snapshot_that_cannot_be_read_is_asked_for_again() -> None:
    """Of a leader that sends the data with the message."""
    disk = SimulatedDisk(seed=1)
    storage = Wal("log", disk=disk).storage(1, ConfState([1], [2]), inline_snapshots=True)
    outboxes: dict[int, list[bytes]] = {}
    leader = ReadyLoop(RawNode(Config(id=1), storage, Logger.discard()), outboxes)
    leader.node.campaign()
    leader.run(data=[b"word"])
    storage.create_snapshot(2, b"data")
    storage.compact(3)
    learner = Wal("other", disk=SimulatedDisk(seed=2)).storage(1, ConfState([1], [2]))
    follower = ReadyLoop(RawNode(Config(id=2), learner, Logger.discard()), outboxes)
    disk.fail(errno.EMFILE, "open")

    for _ in range(10):
        follower.run(outboxes.pop(2, []))
        leader.run(outboxes.pop(1, []), ticks=2)

    assert disk.faults == 0
    assert b"".join(learner.read_snapshot() or []) == b"data"


def append(storage: WalStorage, size: int = 10) -> None:
    """Appends an entry."""
    storage.append([new_entry(1, storage.last_index() + 1, b"x" * size)])


def last_index(disk: SimulatedDisk) -> int:
    """The last index of group 1, without touching the disk."""
    return Wal.read("host", disk=disk).storage(1).last_index()


def work(seed: int) -> tuple[dict[str, bytes], list[int]]:
    """What is on a disk, and was on it after each of some crashes."""
    disk = SimulatedDisk(seed)
    found = []
    for _ in range(5):
        wal = Wal("host", disk=disk, segment_size=SMALL)
        storage = wal.storage(1)
        for position in range(20):
            append(storage, 400)
            if position % 7 == 0:
                wal.sync()
                storage.create_snapshot(storage.last_index(), bytes(1000))
                storage.compact(storage.last_index())
        disk.crash_at("sync")
        with pytest.raises(WalClosedError, match="the log is closed"):
            wal.sync()
        found.append(last_index(disk))
    return disk.files(), found


# --- Crashes


@pytest.mark.parametrize("seed", SEEDS)
def test_synced_writes_survive_a_crash(seed: int) -> None:
    disk = SimulatedDisk(seed)
    wal = Wal("host", disk=disk, cluster="orders", host=1)
    storage = filled(wal)
    storage.create_snapshot(2, b"state")
    wal.sync()
    before = content(storage)

    disk.crash()

    reopened = Wal("host", disk=disk)
    assert content(reopened.storage(1)) == before
    assert (reopened.host, reopened.cluster, reopened.torn) == (1, "orders", None)


def test_writes_that_are_not_synced_are_lost_kept_or_torn() -> None:
    found, torn = set(), set()
    for seed in range(200):
        disk = SimulatedDisk(seed)
        wal = Wal("host", disk=disk)
        storage = filled(wal)
        wal.sync()
        append(storage, 2000)
        disk.crash_at("sync")
        with pytest.raises(WalClosedError, match="the log is closed"):
            wal.sync()
        wal = Wal("host", disk=disk)
        found.add(wal.storage(1).last_index())
        torn.add(wal.torn is not None)

    assert (found, torn) == ({5, 6}, {False, True})


def test_the_same_seed_loses_the_same() -> None:
    assert work(1) == work(1)
    assert len({str(work(seed)[1]) for seed in range(10)}) > 1


def test_submitted_writes_are_lost_without_a_sync() -> None:
    disk = SimulatedDisk(1)
    wal = Wal("host", disk=disk)
    append(wal.storage(1))

    disk.crash()

    assert Wal("host", disk=disk).groups() == []


def test_the_wal_of_before_is_closed_and_changes_nothing() -> None:
    disk = SimulatedDisk(1)
    wal = Wal("host", disk=disk)
    storage = filled(wal)
    writer = storage.snapshot_writer()
    wal.sync()

    disk.crash()
    after, calls = disk.files(), disk.calls

    attempts: list[Callable[[], Any]] = [
        lambda: append(storage),
        lambda: storage.set_conf_state(ConfState([1])),
        lambda: storage.create_snapshot(1, b"data"),
        storage.read_snapshot,
        storage.snapshot_writer,
        lambda: writer.write(b"data"),
        lambda: wal.remove(1),
        wal.mark,
    ]
    for attempt in attempts:
        with pytest.raises(WalClosedError, match="the log is closed"):
            attempt()
    wal.close()
    assert (disk.files(), disk.calls) == (after, calls)


def test_the_lock_ends_with_the_crash_and_not_with_the_old_wal() -> None:
    disk = SimulatedDisk(1)
    before = Wal("host", disk=disk)
    with pytest.raises(WalLockedError, match="LOCK: locked by another"):
        Wal("host", disk=disk)

    disk.crash()
    after = Wal("host", disk=disk)
    del before

    with pytest.raises(WalLockedError, match="LOCK: locked by another"):
        Wal("host", disk=disk)
    append(after.storage(1))
    after.sync()


@pytest.mark.parametrize("operation", ["write", "sync", None])
def test_crash_at_a_call_of_a_ready_loop(operation: DiskOperation | None) -> None:
    disk = SimulatedDisk(1)
    wal = Wal("host", disk=disk)
    node = RawNode(Config(id=1), wal.storage(1, ConfState([1])), Logger.discard())
    node.campaign()
    loop = ReadyLoop(node)
    disk.crash_at(operation)

    [result] = run_many([(loop, None, [b"data"])])

    assert isinstance(result, WalClosedError)
    assert (disk.crashes, disk.faults) == (1, 0)
    assert Wal("host", disk=disk).groups() in ([], [1])


def test_crash_before_the_wait() -> None:
    disk = SimulatedDisk(1)
    node = RawNode(Config(id=1), Wal("host", disk=disk).storage(1, ConfState([1])), Logger.discard())
    node.campaign()

    [result] = run_many([ReadyLoop(node)], before_wait=disk.crash)

    assert isinstance(result, WalClosedError)
    assert Wal.read("host", disk=disk).groups() == []


def test_crashes_while_it_is_opened() -> None:
    template = SimulatedDisk(1)
    wal = Wal("host", disk=template, segment_size=SMALL)
    for _ in range(10):
        append(wal.storage(1), 1000)
        wal.sync()
    append(wal.storage(1), 1000)
    template.crash_at("sync")
    with pytest.raises(WalClosedError, match="the log is closed"):
        wal.sync()
    template.crash()

    crashes = 0
    while True:
        disk = template.copy()
        disk.crash_at(after=crashes)
        try:
            Wal("host", disk=disk)
        except WalClosedError:
            crashes += 1
            assert Wal("host", disk=disk).storage(1).last_index() in (10, 11)
        else:
            break
    assert crashes > 5


# --- Faults


@pytest.mark.parametrize(
    ("operation", "number", "message"),
    [("write", errno.ENOSPC, "write .*seg: No space left"), ("sync", errno.EIO, "fsync .*seg: Input/output error")],
)
def test_a_call_that_fails(operation: DiskOperation, number: int, message: str) -> None:
    disk = SimulatedDisk(1)
    wal = Wal("host", disk=disk)
    storage = filled(wal)
    wal.sync()
    disk.fail(number, operation, after=1)

    append(storage)
    wal.sync()
    append(storage)
    with pytest.raises(WalFailedError, match=message):
        wal.sync()

    del storage, wal
    assert Wal("host", disk=disk).storage(1).last_index() in (6, 7)


def test_the_directory_cannot_be_opened() -> None:
    disk = SimulatedDisk(1)
    disk.fail(errno.EACCES, "open")
    with pytest.raises(OSError, match="host: Permission denied"):
        Wal("host", disk=disk)
    Wal("host", disk=disk)


def test_a_snapshot_that_cannot_be_written_is_no_failure_of_the_log() -> None:
    disk = SimulatedDisk(1)
    wal = Wal("host", disk=disk)
    storage = filled(wal)
    disk.fail(errno.ENOSPC, "write")

    with pytest.raises(OSError, match=r"snap\.new: No space left"):
        storage.create_snapshot(2, b"state")

    storage.create_snapshot(2, b"state")
    wal.sync()


def test_faults_are_forgotten() -> None:
    disk = SimulatedDisk(1)
    disk.fail(errno.EIO)
    disk.crash_at("rename")
    assert disk.faults == 2

    disk.clear_faults()

    assert disk.faults == 0
    Wal("host", disk=disk).close()


def test_a_full_disk() -> None:
    disk = SimulatedDisk(1, capacity=10_000)
    wal = Wal("host", disk=disk)
    append(wal.storage(1), 9000)
    wal.sync()
    append(wal.storage(1), 1000)
    with pytest.raises(WalFailedError, match=r"write .*\.seg: no storage space"):
        wal.sync()
    assert (disk.capacity, disk.used_bytes) == (10_000, 10_000)
    del wal

    disk.capacity = None

    with Wal("host", disk=disk) as wal:
        assert wal.storage(1).last_index() == 1
        append(wal.storage(1), 10_000)
    assert disk.used_bytes > 19_000


def test_space_is_freed_by_compaction() -> None:
    disk = SimulatedDisk(1, capacity=40_000)
    with Wal("host", disk=disk, segment_size=SMALL) as wal:
        storage = wal.storage(1)
        for _ in range(200):
            append(storage, 1000)
            storage.compact(storage.last_index())
            wal.sync()
    assert disk.written_bytes > 200_000


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda disk: disk.fail(0), ValueError, "error: expected at least 1, got 0"),
        (lambda disk: disk.fail(5, "fsync"), ValueError, "operation: expected 'open', .* or 'delete', got 'fsync'"),
        (lambda disk: disk.crash_at(1), TypeError, "expected the name of an operation, got int"),
        (lambda disk: disk.crash_at("sync", after=-1), OverflowError, "can't convert negative int to unsigned"),
        (lambda _: SimulatedDisk(-1), OverflowError, "can't convert negative int to unsigned"),
        (lambda _: Wal("host", disk=cast("Any", "disk")), TypeError, "'str' object .* 'SimulatedDisk'"),
    ],
    ids=["no errno", "no operation", "an int", "a negative count", "a negative seed", "a disk that is a str"],
)
def test_wrong_arguments(call: Callable[[SimulatedDisk], object], error: type[Exception], message: str) -> None:
    disk = SimulatedDisk(2**64 - 1)
    with pytest.raises(error, match=message):
        call(disk)


# --- Lies


def test_ignored_syncs_lose_what_was_confirmed() -> None:
    found = set()
    for seed in SEEDS:
        disk = SimulatedDisk(seed)
        wal = Wal("host", disk=disk)
        storage = filled(wal)
        wal.sync()
        disk.ignore_syncs = True
        for _ in range(5):
            append(storage)
            wal.sync()
        disk.crash()
        try:
            found.add(last_index(disk))
        except WalCorruptedError:
            found.add(-1)

    assert {5, 10} < found


def test_a_disk_may_lose_the_end_of_what_was_synced() -> None:
    disk = SimulatedDisk(1)
    wal = Wal("host", disk=disk)
    storage = filled(wal)
    for _ in range(3):
        append(storage)
        wal.sync()
    wal.mark()

    disk.crash(lose_synced=1)

    wal = Wal("host", disk=disk)
    assert wal.storage(1).last_index() == 7
    assert wal.torn is not None


def test_damage_is_found() -> None:
    disk = SimulatedDisk(1)
    with Wal("host", disk=disk) as wal:
        filled(wal)
    [segment] = [name for name in disk.files() if name.endswith(".seg")]
    damaged = bytearray(disk.files()[segment])
    damaged[-1] ^= 1

    disk.set_file(segment, damaged)
    with pytest.raises(WalCorruptedError, match="checksum"):
        Wal("host", disk=disk)
    disk.set_file(segment, None)
    with pytest.raises(WalCorruptedError, match="the file is missing"):
        Wal("host", disk=disk)


# --- Looking at a disk


def test_existence() -> None:
    disk = SimulatedDisk(1)
    assert not Wal.exists("host", disk=disk)
    Wal("host", disk=disk).close()
    assert Wal.exists("host", disk=disk)
    assert Wal.exists("elsewhere", disk=disk)


def test_reading_counts_for_nothing() -> None:
    disk = SimulatedDisk(1)
    wal = Wal("host", disk=disk)
    filled(wal)
    wal.sync()
    disk.fail(errno.EIO, "read")
    calls = disk.calls

    assert last_index(disk) == 5
    assert Wal.exists("host", disk=disk)

    assert (disk.calls, disk.faults) == (calls, 1)


def test_a_copy_changes_apart_from_the_original() -> None:
    disk = SimulatedDisk(1, capacity=10**6)
    wal = Wal("host", disk=disk)
    filled(wal)
    wal.sync()

    copy = disk.copy()
    append(wal.storage(1))
    wal.sync()
    with Wal("copy", disk=copy) as other:
        append(other.storage(2))

    assert (last_index(disk), last_index(copy)) == (6, 5)
    assert (copy.capacity, copy.ignore_syncs, copy.crashes) == (10**6, False, 0)


def test_counters() -> None:
    disk = SimulatedDisk(1)
    wal = Wal("host", disk=disk)
    before = (disk.writes, disk.syncs, disk.written_bytes)
    append(wal.storage(1))
    wal.sync()

    stats = wal.stats()
    assert (disk.writes, disk.syncs) == (before[0] + 1, before[1] + 1)
    assert disk.written_bytes == before[2] + stats.written_bytes
    assert stats.fsync_seconds == 0
    assert repr(disk) == f"SimulatedDisk {{ used_bytes: {disk.used_bytes}, calls: {disk.calls}, crashes: 0 }}"


def test_the_path_is_for_messages() -> None:
    disk = SimulatedDisk(1)
    Wal("host 1", disk=disk, host=1).close()
    with pytest.raises(WalForeignError, match="another name: the log belongs to host 1, and was opened for 2"):
        Wal("another name", disk=disk, host=2)
    with pytest.raises(OSError, match="host 3: there is no log"):
        Wal.read("host 3", disk=SimulatedDisk(1))
