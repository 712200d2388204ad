"""`Wal`: opening, closing, groups, durability and statistics of a log."""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest

from rraft import (
    ConfState,
    HardState,
    RaftError,
    Wal,
    WalClosedError,
    WalCorruptedError,
    WalError,
    WalFailedError,
    WalForeignError,
    WalLockedError,
    WalStats,
    WalStorage,
    WalStorageRef,
)
from tests.harness.processes import assert_ends_well
from tests.harness.util import new_entry, new_snapshot
from tests.harness.wal import content, crashed, filled, names

SMALL = 4096
"""The smallest segments."""


# --- Opening


def test_new_log_is_empty(wal: Wal, directory: Path) -> None:
    assert wal.groups() == []
    assert wal.torn is None
    assert repr(wal) == "Wal { groups: 0, segments: 1 }"
    assert names(directory, "*") == ["00000000000000000001.seg", "CURRENT", "LOCK"]


@pytest.mark.parametrize("kind", [str, Path, os.fspath], ids=["str", "Path", "fspath"])
def test_path(directory: Path, kind: Callable[[Path], str | Path]) -> None:
    with Wal(kind(directory / "a" / "b")):
        assert (directory / "a" / "b" / "CURRENT").exists()


def test_relative_path(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.mkdir()
    monkeypatch.chdir(directory)

    with Wal("a/b"):
        pass

    assert (directory / "a" / "b" / "CURRENT").exists()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"segment_size": 4095}, ValueError, "segment_size: expected at least 4096, got 4095"),
        ({"segment_size": 0}, ValueError, "segment_size: expected at least 4096, got 0"),
        ({"segment_size": -1}, OverflowError, "can't convert negative int to unsigned"),
        ({"segment_size": "4096"}, TypeError, "'str' object cannot be interpreted as an integer"),
        ({"host": -1}, OverflowError, "can't convert negative int to unsigned"),
        ({"host": 2**64}, OverflowError, "int too big to convert"),
        ({"host": "1"}, TypeError, "'str' object cannot be interpreted as an integer"),
        ({"cluster": b"a"}, TypeError, "'bytes' object (cannot be converted|is not an instance)"),
        ({"cluster": 1}, TypeError, "'int' object (cannot be converted|is not an instance)"),
        ({"cluster": "é" * 128}, ValueError, "cluster: expected at most 255 bytes, got 256"),
        ({"clusters": "a"}, TypeError, "unexpected keyword argument 'clusters'"),
        ({"path": 1}, TypeError, "expected str, bytes or os.PathLike object, not int"),
        ({"path": None}, TypeError, "expected str, bytes or os.PathLike object, not NoneType"),
    ],
    ids=str,
)
def test_wrong_arguments(directory: Path, options: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Wal(**{"path": directory, **options})  # type: ignore[arg-type]

    assert not directory.exists()


def test_options_are_keywords(directory: Path) -> None:
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        Wal(directory, "cluster")  # type: ignore[call-arg]


def test_path_of_a_file(directory: Path) -> None:
    directory.write_bytes(b"")

    with pytest.raises(FileExistsError, match="File exists"):
        Wal(directory)
    with pytest.raises(NotADirectoryError, match="Not a directory"):
        Wal(directory / "wal")


def test_directory_is_opened_once(wal: Wal, directory: Path) -> None:
    for path in (directory, directory / ".." / directory.name):
        with pytest.raises(WalLockedError, match="LOCK: locked by another process or another Wal"):
            Wal(path)

    filled(wal)
    wal.sync()


def test_directory_is_opened_by_one_process(wal: Wal, directory: Path) -> None:
    program = f"""
try: Wal({str(directory)!r})
except WalLockedError as error: print("locked")
else: print("opened")
"""
    assert_ends_well(program, "locked\n")

    wal.close()

    assert_ends_well(program, "opened\n")


@pytest.mark.parametrize("end", [Wal.close, lambda _: None], ids=["closed", "dropped"])
def test_directory_can_be_opened_again(directory: Path, end: Callable[[Wal], None]) -> None:
    for count in range(3):
        wal = Wal(directory)
        assert wal.groups() == list(range(count))
        wal.storage(count, ConfState([1]))
        end(wal)
        del wal
        gc.collect()


def test_storages_keep_a_log_open(directory: Path) -> None:
    storage = filled(Wal(directory))
    gc.collect()
    with pytest.raises(WalLockedError, match="locked"):
        Wal(directory)

    storage.sync()
    before = content(storage)
    del storage
    gc.collect()

    with Wal(directory) as wal:
        assert content(wal.storage(1)) == before


OWNERS: list[tuple[dict[str, object], dict[str, object], str | None]] = [
    ({}, {}, None),
    ({}, {"cluster": "a", "host": 1}, None),
    ({"cluster": "a", "host": 1}, {}, None),
    ({"cluster": "a", "host": 1}, {"cluster": "a", "host": 1}, None),
    ({"cluster": "a"}, {"host": 1}, None),
    ({"cluster": "a", "host": 1}, {"cluster": "b", "host": 1}, 'cluster .*"?a"?.*"?b"?'),
    ({"cluster": "a", "host": 1}, {"cluster": "a", "host": 2}, "host .*1.*2"),
    ({"host": 0}, {"host": 2**64 - 1}, "host .*0.*18446744073709551615"),
    ({"cluster": ""}, {"cluster": "b"}, "cluster .*b"),
]


@pytest.mark.parametrize(("first", "second", "message"), OWNERS, ids=str)
def test_directory_remembers_its_owner(
    directory: Path, first: dict[str, object], second: dict[str, object], message: str | None
) -> None:
    with Wal(directory, **first):  # type: ignore[arg-type]
        pass

    if message is None:
        Wal(directory, **second).close()  # type: ignore[arg-type]
    else:
        with pytest.raises(WalForeignError, match=message):
            Wal(directory, **second)  # type: ignore[arg-type]
    Wal(directory, **first).close()  # type: ignore[arg-type]


def test_owner_is_remembered_when_it_is_given_later(directory: Path) -> None:
    for owner in ({}, {"cluster": "a"}, {"host": 1}):
        Wal(directory, **owner).close()

    with pytest.raises(WalForeignError, match="cluster"):
        Wal(directory, cluster="b")
    with pytest.raises(WalForeignError, match="host"):
        Wal(directory, host=2)


# --- Closing


def test_context_manager_closes(directory: Path) -> None:
    with Wal(directory) as wal:
        storage = filled(wal)

    with pytest.raises(WalClosedError, match="the log is closed"):
        storage.append([new_entry(3, 6)])
    with Wal(directory) as wal:
        assert wal.storage(1).last_index() == 5


def test_context_manager_passes_an_exception_on(directory: Path) -> None:
    def fail() -> None:
        with Wal(directory) as wal:
            filled(wal)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail()

    with Wal(directory) as wal:
        assert wal.storage(1).last_index() == 5


def test_close_waits_for_that_of_another_thread(tmp_path: Path) -> None:
    """When it returns, the directory can be opened again."""
    for number in range(30):
        wal = filled_log(tmp_path / f"{number}")
        barrier = Barrier(2)

        def close(wal: Wal = wal, barrier: Barrier = barrier) -> None:
            barrier.wait()
            wal.close()

        other = Thread(target=close)
        other.start()
        close()
        with Wal(tmp_path / f"{number}") as again:
            assert again.storage(1).last_index() == 1
        other.join()


def filled_log(directory: Path) -> Wal:
    """A log with an entry that is not durable yet."""
    wal = Wal(directory)
    wal.storage(1).append([new_entry(1, 1)])
    return wal


def test_close_twice(wal: Wal, directory: Path) -> None:
    wal.close()
    with Wal(directory) as again:
        wal.close()

        assert filled(again).last_index() == 5


CLOSED: dict[str, Callable[[Wal, WalStorage], object]] = {
    "storage of a new group": lambda wal, _: wal.storage(2, ConfState([1])),
    "remove": lambda wal, _: wal.remove(1),
    "mark": lambda wal, _: wal.mark(),
    "append": lambda _, storage: storage.append([new_entry(3, 6)]),
    "set_hardstate": lambda _, storage: storage.set_hardstate(HardState(term=9)),
    "set_conf_state": lambda _, storage: storage.set_conf_state(ConfState([9])),
    "hard_state": lambda _, storage: setattr(storage.hard_state(), "term", 9),
    "commit_to": lambda _, storage: storage.commit_to(5),
    "compact": lambda _, storage: storage.compact(2),
    "apply_snapshot": lambda _, storage: storage.apply_snapshot(new_snapshot(9, 9), b"data"),
    "apply_snapshot without data": lambda _, storage: storage.apply_snapshot(new_snapshot(9, 9)),
    "create_snapshot": lambda _, storage: storage.create_snapshot(4, b"data"),
    "create_snapshot without data": lambda _, storage: storage.create_snapshot(4),
    "stage_snapshot": lambda _, storage: storage.stage_snapshot(new_snapshot(9, 9), b"data"),
    "snapshot_writer": lambda _, storage: storage.snapshot_writer(),
    "read_snapshot": lambda _, storage: storage.read_snapshot(),
}


@pytest.mark.parametrize("call", CLOSED.values(), ids=CLOSED)
def test_calls_that_a_closed_log_rejects(wal: Wal, directory: Path, call: Callable[[Wal, WalStorage], object]) -> None:
    storage = filled(wal)
    storage.create_snapshot(3, b"data")
    wal.close()
    before = {file: file.read_bytes() for file in directory.iterdir()}

    with pytest.raises(WalClosedError, match="the log is closed"):
        call(wal, storage)

    assert {file: file.read_bytes() for file in directory.iterdir()} == before


def test_reads_of_a_closed_log(wal: Wal) -> None:
    storage = filled(wal)
    wal.close()

    assert (storage.first_index(), storage.last_index(), storage.term(5)) == (1, 5, 3)
    assert storage.hard_state() == HardState(term=2, commit=4)
    assert wal.groups() == [1]
    assert wal.storage(1, ConfState([9])).initial_state().conf_state == ConfState([1, 2, 3])
    assert wal.stats().groups == 1
    wal.sync()  # all was made durable by `close`


def test_what_is_left_of_a_closed_log_leaves_the_next_one_alone(directory: Path) -> None:
    """A writer, a staged snapshot and a removed one have files of the same names as those of the next log."""
    old = Wal(directory)
    storage = filled(old)
    storage.stage_snapshot(new_snapshot(9, 9), b"staged")
    writers = [storage.snapshot_writer() for _ in range(3)]
    old.close()

    with Wal(directory) as wal:
        news = [filled(wal, group) for group in range(1, 6)]
        for number, new in enumerate(news):
            new.create_snapshot(4, b"new %d" % number)
        with pytest.raises(WalClosedError, match="the log is closed"):
            storage.create_snapshot(4, writers[0])
        with pytest.raises(WalClosedError, match="the log is closed"):
            writers[1].write(b"x" * 1_000_000)
        writers[2].discard()
        del old, storage, writers
        gc.collect()
        for number, new in enumerate(news):
            assert b"".join(new.read_snapshot() or []) == b"new %d" % number


# --- Groups


def test_members_of_a_new_group(wal: Wal) -> None:
    assert wal.storage(1, ConfState([1], [2])).initial_state().conf_state == ConfState([1], [2])
    assert wal.storage(2, ([1], [2])).initial_state().conf_state == ConfState([1], [2])
    assert wal.groups() == [1, 2]


def test_members_of_an_existing_group_are_kept(wal: Wal, directory: Path) -> None:
    wal.storage(1, ConfState([1]))
    assert wal.storage(1, ConfState([2])).initial_state().conf_state == ConfState([1])
    wal.close()

    with Wal(directory) as again:
        assert again.storage(1, ConfState([3])).initial_state().conf_state == ConfState([1])


def test_group_exists_from_its_first_write_on(wal: Wal) -> None:
    storage = wal.storage(7)
    assert (wal.groups(), wal.stats().groups) == ([], 0)
    assert not storage.initial_state().initialized()

    storage.append([new_entry(1, 1)])

    assert (wal.groups(), wal.stats().groups) == ([7], 1)
    assert repr(storage) == "WalStorage { group: 7, first_index: 1, last_index: 1 }"


@pytest.mark.parametrize("group", [0, 1, 2**64 - 1])
def test_ids_of_groups(wal: Wal, directory: Path, group: int) -> None:
    assert wal.storage(group, ConfState([1])).group == group
    wal.close()

    with Wal(directory) as again:
        assert again.groups() == [group]


@pytest.mark.parametrize(
    ("group", "members", "error", "message"),
    [
        (-1, None, OverflowError, "can't convert negative int to unsigned"),
        (2**64, None, OverflowError, "int too big to convert"),
        ("1", None, TypeError, "'str' object cannot be interpreted as an integer"),
        (1, 1, TypeError, "expected"),
        (1, ConfState([1]).encode(), TypeError, "expected"),
    ],
)
def test_wrong_arguments_of_storage(
    wal: Wal, group: object, members: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        wal.storage(group, members)  # type: ignore[arg-type]

    assert wal.groups() == []


def test_storages_of_a_group_share_its_content(wal: Wal) -> None:
    first = wal.storage(1)
    storages: list[WalStorageRef] = [first, wal.storage(1), first.clone(), first.rl(), first.wl()]

    for index, storage in enumerate(storages, start=1):
        storage.append([new_entry(1, index)])

    assert [storage.last_index() for storage in storages] == [len(storages)] * len(storages)


def test_groups_are_in_ascending_order(wal: Wal) -> None:
    for group in (5, 3, 2**63, 4):
        wal.storage(group, ConfState([1]))

    assert wal.groups() == [3, 4, 5, 2**63]


def test_remove(wal: Wal, directory: Path) -> None:
    storage, other = filled(wal, 1), filled(wal, 2)
    storage.create_snapshot(4, b"data")
    before = content(other)

    wal.remove(1)
    wal.remove(3)
    wal.sync()

    assert wal.groups() == [2]
    assert (storage.first_index(), storage.last_index(), storage.read_snapshot()) == (1, 0, None)
    assert names(directory, "*.snap*") == []
    wal.close()
    with Wal(directory) as again:
        assert again.groups() == [2]
        assert content(again.storage(2)) == before
        assert again.storage(1, ConfState([9])).initial_state().conf_state == ConfState([9])


# --- Durability


def test_restart_from_what_was_synced(wal: Wal, directory: Path) -> None:
    storage = filled(wal)
    storage.create_snapshot(3, b"data")
    storage.compact(3)
    wal.sync()
    synced = content(storage)
    storage.append([new_entry(3, 6)])

    with Wal(crashed(directory)) as again:
        assert content(again.storage(1)) == synced
        assert again.torn is None


def test_restart_after_close(wal: Wal, directory: Path) -> None:
    storage = filled(wal)
    before = content(storage)
    wal.close()

    with Wal(directory) as again:
        assert content(again.storage(1)) == before


def test_torn_write_is_cut_off(wal: Wal, directory: Path) -> None:
    storage = filled(wal)
    wal.sync()
    synced = content(storage)
    storage.append([new_entry(3, 6, b"x" * 1000)])
    wal.sync()
    copy = crashed(directory)
    segment = copy / "00000000000000000001.seg"
    os.truncate(segment, segment.stat().st_size - 500)

    with Wal(copy) as again:
        assert content(again.storage(1)) == synced
        assert again.torn is not None
        assert again.torn.startswith("00000000000000000001.seg: ")
        assert " bytes from offset " in again.torn
    with Wal(copy) as again:
        assert again.torn is None


@pytest.mark.parametrize("is_marked", [False, True])
def test_mark_detects_the_loss_of_the_last_write(wal: Wal, directory: Path, is_marked: bool) -> None:
    filled(wal)
    wal.sync()
    fsyncs = wal.stats().fsyncs
    if is_marked:
        wal.mark()
    assert wal.stats().fsyncs == fsyncs
    copy = crashed(directory)
    segment = copy / "00000000000000000001.seg"
    os.truncate(segment, segment.stat().st_size - 8)

    if is_marked:
        with pytest.raises(WalCorruptedError, match=r"\.seg: offset \d+: "):
            Wal(copy)
    else:
        with Wal(copy) as again:
            assert again.torn is not None


def flip(path: Path, offset: int) -> None:
    """Flips a bit of a file."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "offset"),
    [("00000000000000000001.seg", 0), ("00000000000000000001.seg", 100), ("CURRENT", 0), ("CURRENT", 20)],
)
def test_damaged_file(wal: Wal, directory: Path, name: str, offset: int) -> None:
    filled(wal)
    wal.close()
    flip(directory / name, offset)
    before = (directory / name).read_bytes()

    with pytest.raises(WalCorruptedError, match=rf"{name}: offset \d+: ") as raised:
        Wal(directory)

    error = raised.value
    assert error.path == str(directory / name)
    assert 0 <= error.offset <= offset
    assert str(error) == f"{error.path}: offset {error.offset}: {error.reason}"
    assert (directory / name).read_bytes() == before
    flip(directory / name, offset)
    with Wal(directory) as again:
        assert again.storage(1).last_index() == 5


def test_missing_segment(wal: Wal, directory: Path) -> None:
    wal.close()
    (directory / "00000000000000000001.seg").unlink()

    with pytest.raises(WalCorruptedError, match=r"00000000000000000001.seg: offset 0: .*missing"):
        Wal(directory)


ERRORS = [WalLockedError, WalForeignError, WalFailedError, WalClosedError]


@pytest.mark.parametrize("error", ERRORS)
def test_errors_are_pickled(error: type[WalError]) -> None:
    copy = pickle.loads(pickle.dumps(error("the text")))

    assert (type(copy), str(copy), copy.args) == (error, "the text", ("the text",))


def test_corruption_is_pickled() -> None:
    copy = pickle.loads(pickle.dumps(WalCorruptedError("/a/b", 7, "the reason")))

    assert type(copy) is WalCorruptedError
    assert (copy.path, copy.offset, copy.reason) == ("/a/b", 7, "the reason")
    assert str(copy) == "/a/b: offset 7: the reason"


@pytest.mark.parametrize("error", [*ERRORS, WalCorruptedError])
def test_classes_of_errors(error: type[WalError]) -> None:
    assert issubclass(error, WalError)
    assert issubclass(error, RaftError)
    assert issubclass(error, OSError)
    assert issubclass(error, ValueError) == (error is WalClosedError)


# --- Statistics


def test_many_groups_share_a_write_and_an_fsync(wal: Wal) -> None:
    storages = [wal.storage(group, ConfState([1])) for group in range(1000)]
    wal.sync()
    before = wal.stats()

    for storage in storages:
        storage.append([new_entry(1, 1, b"x" * 100)])
        storage.set_hardstate(HardState(term=1, commit=1))
    assert wal.stats().writes == before.writes
    wal.sync()

    after = wal.stats()
    assert (after.writes - before.writes, after.fsyncs - before.fsyncs) == (1, 1)
    assert after.written_bytes - before.written_bytes > 100_000
    assert after.fsync_seconds >= before.fsync_seconds
    assert after.live_bytes > 100_000


@pytest.mark.parametrize("sync", [lambda wal, _: wal.sync(), lambda _, storage: storage.sync()], ids=["Wal", "storage"])
def test_sync_of_nothing(wal: Wal, sync: Callable[[Wal, WalStorage], None]) -> None:
    storage = filled(wal)
    sync(wal, storage)
    before = wal.stats().fsyncs

    sync(wal, storage)
    wal.storage(1, ConfState([1]))
    storage.set_conf_state(storage.initial_state().conf_state)
    storage.hard_state().commit = 4
    wal.remove(99)
    wal.sync()

    assert wal.stats().fsyncs <= before + 1


def test_stats(wal: Wal, directory: Path) -> None:
    filled(wal)
    wal.sync()
    stats = wal.stats()

    assert isinstance(stats, WalStats)
    assert (stats.groups, stats.segments, stats.rotations, stats.rewritten_bytes) == (1, 1, 0, 0)
    assert stats.disk_bytes == sum(file.stat().st_size for file in directory.glob("*.seg"))
    assert repr(stats) == (
        f"WalStats {{ groups: 1, live_bytes: {stats.live_bytes}, disk_bytes: {stats.disk_bytes}, segments: 1, "
        f"fsyncs: {stats.fsyncs} }}"
    )


def test_segments_are_deleted_after_compaction(directory: Path) -> None:
    with Wal(directory, segment_size=SMALL) as wal:
        laggard, busy = filled(wal, 1), wal.storage(2, ConfState([1]))
        before = content(laggard)
        for index in range(1, 400):
            busy.append([new_entry(1, index, b"x" * 300)])
            busy.compact(index)
            wal.sync()
        stats = wal.stats()
        assert stats.rotations > 20
        assert stats.rewritten_bytes > 0
        assert stats.segments == len(names(directory, "*.seg")) < 10
        assert stats.disk_bytes <= 4 * stats.live_bytes + 4 * SMALL
        assert content(laggard) == before

    with Wal(directory, segment_size=SMALL) as again:
        assert content(again.storage(1)) == before
        assert again.storage(2).first_index() == 399


@pytest.mark.parametrize("name", ["groups", "live_bytes", "fsyncs"])
def test_stats_are_read_only(wal: Wal, name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        setattr(wal.stats(), name, 1)
