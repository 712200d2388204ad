"""`WalStorage`: the reads and writes of a group, and its snapshots."""

from __future__ import annotations

import copy
import gc
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rraft import (
    CompactedError,
    Config,
    ConfState,
    Entry,
    GetEntriesContext,
    HardState,
    InUseError,
    Logger,
    LoggerRef,
    MemStorage,
    Raft,
    RaftStorageError,
    RawNode,
    Snapshot,
    SnapshotOutOfDateError,
    SnapshotReader,
    SnapshotTemporarilyUnavailableError,
    SnapshotWriter,
    StoreError,
    UnavailableError,
    Wal,
    WalCorruptedError,
    WalStorage,
)
from tests.harness.processes import assert_ends_well
from tests.harness.util import new_entry, new_snapshot
from tests.harness.wal import content, filled, names

MIB = 1 << 20


@pytest.fixture
def storage(wal: Wal) -> WalStorage:
    """A storage with the entries 1 to 5 in the terms 1, 1, 2, 2 and 3, committed up to 4."""
    return filled(wal)


# --- Reads


def test_empty_storage_is_like_a_memory_storage(wal: Wal) -> None:
    storage, memory = wal.storage(1), MemStorage()

    assert state(storage) == state(memory)
    assert storage.term(0) == memory.term(0) == 0
    assert not storage.initial_state().initialized()


def result(call: Callable[..., object], *arguments: object) -> object:
    """What a call returns or raises."""
    try:
        return call(*arguments)
    except StoreError as error:
        return type(error.error)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("size", [None, 0, 4, 12, 2**64 - 1])
@pytest.mark.parametrize("compacted", [1, 3])
def test_entries_are_those_of_a_memory_storage(storage: WalStorage, compacted: int, size: int | None) -> None:
    both = pair(storage, compacted)
    context = GetEntriesContext.empty(False)

    for low in range(9):
        for high in range(9):
            mine, theirs = (result(each.entries, low, high, context, size) for each in both)
            assert mine == theirs


@pytest.mark.parametrize(
    ("compacted", "terms"),
    [
        (1, [0, 1, 1, 2, 2, 3, UnavailableError]),
        (3, [CompactedError, CompactedError, 1, 2, 2, 3, UnavailableError]),
        (6, [CompactedError] * 5 + [3, UnavailableError]),
    ],
)
def test_terms(storage: WalStorage, compacted: int, terms: list[object]) -> None:
    """The term of the entry before the first one is kept."""
    storage.compact(compacted)

    assert [result(storage.term, index) for index in range(7)] == terms


def test_log_without_entries_keeps_its_last_index(storage: WalStorage, wal: Wal, directory: Path) -> None:
    """A `MemStorage` takes it from its snapshot, which may be older."""
    storage.compact(6)
    assert (storage.first_index(), storage.last_index(), storage.term(5)) == (6, 5, 3)

    wal.close()
    with Wal(directory) as again:
        storage = again.storage(1)
        assert (storage.first_index(), storage.last_index(), storage.term(5)) == (6, 5, 3)
        storage.append([new_entry(3, 6)])
        assert (storage.first_index(), storage.last_index()) == (6, 6)


# --- Writes

Write = Callable[[Any], object]

REJECTED: list[tuple[str, Write, type[RaftStorageError], str]] = [
    ("append below", lambda core: core.append([new_entry(3, 2)]), CompactedError, "compacted: 2, append: 2"),
    ("append at 0", lambda core: core.append([new_entry(3, 0)]), CompactedError, "compacted: 2, append: 0"),
    (
        "append with a gap",
        lambda core: core.append([new_entry(3, 7)]),
        UnavailableError,
        "last index: 5, new appended: 7",
    ),
    (
        "append with a gap inside",
        lambda core: core.append([new_entry(3, 6), new_entry(3, 8)]),
        UnavailableError,
        "last index: 6, new appended: 8",
    ),
    ("compact above", lambda core: core.compact(7), UnavailableError, "compact not received raft logs: 7"),
    ("commit below", lambda core: core.commit_to(1), UnavailableError, "commit_to 1 but the entry does not exist"),
    ("commit compacted", lambda core: core.commit_to(2), UnavailableError, "commit_to 2 but the entry does not exist"),
    ("commit above", lambda core: core.commit_to(6), UnavailableError, "commit_to 6 but the entry does not exist"),
    (
        "old snapshot",
        lambda core: core.apply_snapshot(new_snapshot(2, 1, [9])),
        SnapshotOutOfDateError,
        "snapshot out of date",
    ),
]
ACCEPTED: list[tuple[str, Write]] = [
    ("append", lambda core: core.append([new_entry(3, 6), new_entry(4, 7)])),
    ("append nothing", lambda core: core.append([])),
    ("append over the end", lambda core: core.append([new_entry(4, 5), new_entry(4, 6)])),
    ("append over everything", lambda core: core.append([new_entry(4, 3)])),
    ("compact", lambda core: core.compact(5)),
    ("compact nothing", lambda core: core.compact(0)),
    ("compact what is compacted", lambda core: core.compact(2)),
    ("commit_to", lambda core: core.commit_to(5)),
    ("commit_to the first", lambda core: core.commit_to(3)),
    ("set_hardstate", lambda core: core.set_hardstate(HardState(term=9, vote=8, commit=7))),
    ("hard_state", lambda core: setattr(core.hard_state(), "vote", 2**64 - 1)),
    ("mut_hard_state", lambda core: setattr(core.mut_hard_state(), "commit", 5)),
    ("set_conf_state", lambda core: core.set_conf_state(ConfState([1], [2], [3], [4], auto_leave=True))),
    ("apply_snapshot", lambda core: core.apply_snapshot(new_snapshot(9, 9, [9]))),
    ("apply_snapshot of the log", lambda core: core.apply_snapshot(new_snapshot(4, 2, [9]))),
    ("apply_snapshot of a lower term", lambda core: core.apply_snapshot(new_snapshot(9, 1, [9]))),
]


def pair(storage: WalStorage, compacted: int = 3) -> tuple[WalStorage, MemStorage]:
    """The storage and a `MemStorage` with the same content, compacted up to an index."""
    memory = MemStorage.new_with_conf_state(ConfState([1, 2, 3]))
    memory.wl().append(storage.entries(1, 6, GetEntriesContext.empty(False)))
    memory.wl().commit_to(4)
    for each in (storage, memory):
        each.wl().compact(compacted)
    return storage, memory


def state(storage: MemStorage | WalStorage) -> object:
    """What both kinds of storages have, as values."""
    first, last = storage.first_index(), storage.last_index()
    initial = storage.initial_state()
    entries = storage.entries(first, last + 1, GetEntriesContext.empty(False)) if last >= first else []
    return (
        [(entry.index, entry.term, entry.data) for entry in entries],
        (first, last),
        (initial.hard_state, initial.conf_state),
    )


@pytest.mark.parametrize(("write", "error", "message"), [case[1:] for case in REJECTED], ids=[c[0] for c in REJECTED])
def test_rejected_write_changes_nothing(
    storage: WalStorage, wal: Wal, write: Write, error: type[RaftStorageError], message: str
) -> None:
    for each in pair(storage):
        before = state(each)
        with pytest.raises(StoreError, match=message) as raised:
            write(each.wl())
        assert isinstance(raised.value.error, error)
        assert state(each) == before

    wal.sync()


@pytest.mark.parametrize("write", [case[1] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_accepted_write_is_that_of_a_memory_storage(
    storage: WalStorage, wal: Wal, directory: Path, write: Write
) -> None:
    mine, memory = pair(storage)
    for each in (mine, memory):
        write(each.wl())

    assert state(mine) == state(memory)
    before = content(mine)
    wal.close()
    with Wal(directory) as again:
        assert content(again.storage(1)) == before


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda storage: storage.append(1), "'int' object is not iterable"),
        (lambda storage: storage.append([b"entry"]), "Entry"),
        (lambda storage: storage.append([new_entry(3, 6), None]), "Entry"),
        (lambda storage: storage.set_hardstate(ConfState()), "HardState"),
        (lambda storage: storage.set_conf_state(HardState()), "ConfState"),
        (lambda storage: storage.commit_to("1"), "'str' object cannot be interpreted as an integer"),
        (lambda storage: storage.compact(1.0), "'float' object cannot be interpreted as an integer"),
        (lambda storage: storage.apply_snapshot(b""), "Snapshot"),
        (lambda storage: storage.apply_snapshot(new_snapshot(9, 9), 1), "'int' object is not iterable"),
        (lambda storage: storage.apply_snapshot(new_snapshot(9, 9), "data"), "bytes"),
        (lambda storage: storage.apply_snapshot(new_snapshot(9, 9), [b"data", 1]), "bytes"),
        (lambda storage: storage.create_snapshot("4"), "'str' object cannot be interpreted as an integer"),
        (lambda storage: storage.create_snapshot(4, b"", b""), "ConfState"),
        (lambda storage: storage.create_snapshot(4, [None]), "bytes"),
        (lambda storage: storage.stage_snapshot(new_snapshot(9, 9), None), "'NoneType' object is not iterable"),
        (lambda storage: storage.stage_snapshot(b"", b""), "Snapshot"),
        (lambda storage: storage.read_snapshot("1"), "'str' object cannot be interpreted as an integer"),
        (lambda storage: storage.snapshot_writer().write("data"), "bytes"),
    ],
)
def test_wrong_types_change_nothing(storage: WalStorage, directory: Path, write: Write, message: str) -> None:
    before = content(storage)

    with pytest.raises(TypeError, match=message):
        write(storage)

    assert content(storage) == before
    gc.collect()
    assert names(directory, "*.snap*") == []


@pytest.mark.parametrize("hard_state", [WalStorage.hard_state, WalStorage.mut_hard_state])
def test_hard_state_is_a_live_view(
    storage: WalStorage, wal: Wal, directory: Path, hard_state: Callable[[WalStorage], HardState]
) -> None:
    view = hard_state(storage)

    storage.set_hardstate(HardState(term=7, vote=1, commit=5))
    assert view == HardState(term=7, vote=1, commit=5)
    view.vote = 3
    assert storage.initial_state().hard_state == HardState(term=7, vote=3, commit=5)

    wal.close()
    with Wal(directory) as again:
        assert again.storage(1).hard_state() == HardState(term=7, vote=3, commit=5)


@pytest.mark.parametrize("index", [2**64 - 1, 2**64 - 2])
def test_highest_index(wal: Wal, index: int) -> None:
    storage = wal.storage(1)
    if index == 2**64 - 1:
        with pytest.raises(ValueError, match="the index of a snapshot is too large"):
            storage.apply_snapshot(new_snapshot(index, 1))
        assert storage.last_index() == 0
    else:
        storage.apply_snapshot(new_snapshot(index, 1))
        assert (storage.first_index(), storage.last_index()) == (index + 1, index)
        with pytest.raises(ValueError, match="the index of an entry is too large"):
            storage.append([new_entry(1, index + 1)])


@pytest.mark.parametrize("indices", [[6, 6], [6, 5], [6, 7, 7], [6, 7, 3]], ids=str)
def test_entries_must_be_consecutive(storage: WalStorage, indices: list[int]) -> None:
    """A `MemStorage` accepts such entries."""
    before = content(storage)

    with pytest.raises(ValueError, match=f"entry {indices[-1]} follows entry {indices[-2]}"):
        storage.append([new_entry(3, index) for index in indices])

    assert content(storage) == before


# --- Snapshots


def test_storage_without_a_snapshot(storage: WalStorage) -> None:
    with pytest.raises(StoreError, match="snapshot is temporarily unavailable") as raised:
        storage.snapshot(0, 1)

    assert isinstance(raised.value.error, SnapshotTemporarilyUnavailableError)
    assert storage.read_snapshot() is None


DATA = b"".join(b"%08d" % number for number in range(50_000))
"""Several blocks of a file, the last of them incomplete."""


def by_writer(storage: WalStorage) -> SnapshotWriter:
    writer = storage.snapshot_writer()
    for start in range(0, len(DATA), 7777):
        writer.write(DATA[start : start + 7777])
    return writer


def by_generator(_: WalStorage) -> Iterator[bytes]:
    yield b""
    yield from (DATA[start : start + 100_000] for start in range(0, len(DATA), 100_000))
    yield b""


SOURCES: dict[str, Callable[[WalStorage], Any]] = {
    "bytes": lambda _: DATA,
    "bytearray": lambda _: bytearray(DATA),
    "memoryview": lambda _: memoryview(DATA),
    "list": lambda _: [DATA[:1], bytearray(DATA[1:70_000]), memoryview(DATA)[70_000:]],
    "generator": by_generator,
    "writer": by_writer,
}
STORES: dict[str, Callable[[WalStorage, Any], object]] = {
    "create_snapshot": lambda storage, data: storage.create_snapshot(4, data),
    "apply_snapshot": lambda storage, data: storage.apply_snapshot(new_snapshot(9, 9, [1]), data),
}


@pytest.mark.parametrize("store", STORES.values(), ids=STORES)
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("chunk_size", [1000, 65536, MIB])
def test_data_of_a_snapshot(
    storage: WalStorage,
    wal: Wal,
    directory: Path,
    store: Callable[[WalStorage, Any], object],
    source: Callable[[WalStorage], Any],
    chunk_size: int,
) -> None:
    store(storage, source(storage))
    before = content(storage)

    reader = storage.read_snapshot(chunk_size)

    assert isinstance(reader, SnapshotReader)
    assert reader.length == len(DATA)
    chunks = list(reader)
    assert b"".join(chunks) == DATA
    assert {len(chunk) for chunk in chunks[:-1]} <= {chunk_size}
    wal.close()
    with Wal(directory) as again:
        assert content(again.storage(1)) == before


@pytest.mark.parametrize("data", [None, b"", [], [b"", b""], ()], ids=repr)
@pytest.mark.parametrize("store", STORES.values(), ids=STORES)
def test_snapshot_without_data(storage: WalStorage, store: Callable[[WalStorage, Any], object], data: Any) -> None:
    store(storage, data)

    reader = storage.read_snapshot()

    assert reader is not None
    assert (reader.length, list(reader)) == (0, [])
    assert storage.snapshot(0, 1) == reader.snapshot


def test_apply_snapshot_stores_its_own_data(storage: WalStorage) -> None:
    snapshot = new_snapshot(9, 9, [1])
    snapshot.data = DATA

    storage.apply_snapshot(snapshot)

    assert b"".join(storage.read_snapshot() or []) == DATA
    assert storage.snapshot(0, 1).data == b""


def test_data_replaces_that_of_the_snapshot(storage: WalStorage) -> None:
    snapshot = new_snapshot(9, 9, [1])
    snapshot.data = b"data of the message"

    storage.apply_snapshot(snapshot, b"data of the transport")

    assert b"".join(storage.read_snapshot() or []) == b"data of the transport"


def test_create_snapshot_keeps_the_log(storage: WalStorage) -> None:
    snapshot = storage.create_snapshot(4, b"data", ConfState([7]))

    assert snapshot == new_snapshot(4, 2, [7])
    assert storage.snapshot(4, 1) == snapshot
    assert (storage.first_index(), storage.last_index()) == (1, 5)
    assert storage.initial_state().conf_state == ConfState([1, 2, 3])
    assert storage.hard_state() == HardState(term=2, commit=4)


def test_create_snapshot_has_the_current_members_by_default(storage: WalStorage) -> None:
    storage.set_conf_state(ConfState([1], [2]))

    assert storage.create_snapshot(1).metadata.conf_state == ConfState([1], [2])


REJECTED_SNAPSHOTS: list[tuple[str, int, type[RaftStorageError], str]] = [
    ("compacted", 1, CompactedError, "compacted"),
    ("older", 3, SnapshotOutOfDateError, "snapshot out of date"),
    ("above", 6, UnavailableError, "unavailable"),
]


@pytest.mark.parametrize(
    ("index", "error", "message"), [case[1:] for case in REJECTED_SNAPSHOTS], ids=[c[0] for c in REJECTED_SNAPSHOTS]
)
def test_rejected_create_snapshot_changes_nothing(
    storage: WalStorage, directory: Path, index: int, error: type[RaftStorageError], message: str
) -> None:
    storage.create_snapshot(4, b"data")
    storage.compact(3)
    before, files = content(storage), names(directory, "*.snap*")

    with pytest.raises(StoreError, match=message) as raised:
        storage.create_snapshot(index, b"new")

    assert isinstance(raised.value.error, error)
    assert content(storage) == before
    assert names(directory, "*.snap*") == files


def test_snapshots_at_the_same_index_replace_each_other(storage: WalStorage) -> None:
    storage.create_snapshot(4, b"first")
    storage.create_snapshot(4, b"second")

    assert b"".join(storage.read_snapshot() or []) == b"second"


def test_snapshot_is_unavailable_when_the_log_after_it_is_compacted(storage: WalStorage) -> None:
    storage.create_snapshot(2, b"data")
    storage.compact(3)
    assert storage.snapshot(2, 1).metadata.index == 2

    storage.compact(4)

    with pytest.raises(StoreError, match="snapshot is temporarily unavailable"):
        storage.snapshot(0, 1)
    assert b"".join(storage.read_snapshot() or []) == b"data"


def test_snapshot_of_nothing_is_unavailable(wal: Wal) -> None:
    storage = wal.storage(1, ConfState([1]))
    storage.apply_snapshot(Snapshot())

    with pytest.raises(StoreError, match="snapshot is temporarily unavailable"):
        storage.snapshot(0, 1)


@pytest.mark.parametrize("request_index", [5, 2**64 - 1])
def test_snapshot_below_the_requested_index_is_unavailable(storage: WalStorage, request_index: int) -> None:
    storage.create_snapshot(4, b"data")
    assert storage.snapshot(4, 1).metadata.index == 4

    with pytest.raises(StoreError, match="snapshot is temporarily unavailable"):
        storage.snapshot(request_index, 1)


@pytest.mark.parametrize("copy_of", [WalStorage.clone, copy.copy, copy.deepcopy])
def test_copies_share_the_group(storage: WalStorage, copy_of: Callable[[WalStorage], WalStorage]) -> None:
    other = copy_of(storage)
    last_index = storage.last_index()

    other.append([Entry(index=last_index + 1, term=9)])

    assert other is not storage
    assert storage.term(last_index + 1) == 9


def test_inline_snapshots(wal: Wal) -> None:
    storage = filled(wal, inline_snapshots=True)
    storage.create_snapshot(4, DATA)

    assert storage.snapshot(0, 1).data == DATA
    assert storage.clone().snapshot(0, 1).data == DATA
    assert wal.storage(1).snapshot(0, 1).data == b""


class StopHereError(Exception):
    """An exception of an iterable."""


def fails() -> Iterator[bytes]:
    yield DATA
    raise StopHereError("no more data")


@pytest.mark.parametrize("store", [*STORES.values(), lambda storage, data: storage.stage_snapshot(Snapshot(), data)])
def test_exception_of_an_iterable_changes_nothing(
    storage: WalStorage, directory: Path, store: Callable[[WalStorage, Any], object]
) -> None:
    storage.create_snapshot(3, b"old")
    before, files = content(storage), names(directory, "*.snap*")

    with pytest.raises(StopHereError, match="no more data"):
        store(storage, fails())

    assert content(storage) == before
    assert names(directory, "*.snap*") == files


def test_iterable_may_use_the_storage(storage: WalStorage) -> None:
    def chunks() -> Iterable[bytes]:
        for index in (6, 7):
            storage.append([new_entry(3, index)])
            storage.sync()
            storage.create_snapshot(3, b"inner")
            yield b"%d" % storage.last_index()

    storage.create_snapshot(4, chunks())

    assert b"".join(storage.read_snapshot() or []) == b"67"


def test_replaced_files_are_deleted_after_sync(storage: WalStorage, wal: Wal, directory: Path) -> None:
    storage.create_snapshot(3, b"first")
    wal.sync()
    [first] = names(directory, "*.snap*")
    storage.create_snapshot(4, b"second")
    assert first in names(directory, "*.snap*")

    wal.sync()

    [second] = names(directory, "*.snap*")
    assert first != second
    storage.apply_snapshot(new_snapshot(9, 9, [1]))
    wal.sync()
    assert names(directory, "*.snap*") == []


def test_reader_keeps_returning_its_snapshot(storage: WalStorage, wal: Wal) -> None:
    storage.create_snapshot(3, DATA)
    reader = storage.read_snapshot(1000)
    assert reader is not None
    first = next(reader)
    storage.create_snapshot(4, b"second")
    wal.sync()

    assert first + b"".join(reader) == DATA
    assert reader.snapshot == new_snapshot(3, 2, [1, 2, 3])
    assert list(reader) == []


def test_chunk_size_of_nothing(storage: WalStorage) -> None:
    with pytest.raises(ValueError, match="chunk_size: expected at least 1, got 0"):
        storage.read_snapshot(0)


def test_used_writer(storage: WalStorage) -> None:
    writers = [storage.snapshot_writer() for _ in range(3)]
    storage.create_snapshot(4, writers[0])
    storage.apply_snapshot(new_snapshot(9, 9, [1]), writers[1])
    writers[2].discard()

    for writer in writers:
        with pytest.raises(ValueError, match="the SnapshotWriter has been used or discarded"):
            writer.write(b"more")
        with pytest.raises(ValueError, match="the SnapshotWriter has been used or discarded"):
            storage.apply_snapshot(new_snapshot(10, 10, [1]), writer)
        writer.discard()
    assert storage.last_index() == 9


@pytest.mark.parametrize("end", [SnapshotWriter.discard, lambda _: None], ids=["discarded", "dropped"])
def test_unused_writer_leaves_no_file(
    storage: WalStorage, directory: Path, end: Callable[[SnapshotWriter], None]
) -> None:
    writer = storage.snapshot_writer()
    writer.write(DATA)
    assert names(directory, "*.snap*") != []

    end(writer)
    del writer
    gc.collect()

    assert names(directory, "*.snap*") == []


def test_writer_belongs_to_no_group(wal: Wal) -> None:
    writer = filled(wal, 1).snapshot_writer()
    writer.write(b"data")
    other = filled(wal, 2)

    other.create_snapshot(4, writer)

    assert b"".join(other.read_snapshot() or []) == b"data"
    assert wal.storage(1).read_snapshot() is None


def damage_block(data: bytearray) -> None:
    data[32 + 65536 + 4 + 100] ^= 1  # in the second block


def damage_header(data: bytearray) -> None:
    data[9] ^= 1


def damage_length(data: bytearray) -> None:
    del data[-1]


@pytest.mark.parametrize(
    ("damage", "offset", "reason"),
    [
        (damage_block, 32 + 65536 + 4, "the checksum of a block is wrong"),
        (damage_header, 0, "the header of the file is another than the log says"),
        (damage_length, 0, "the file has another length than the log says"),
        (bytearray.clear, 0, "the file has another length than the log says"),
        (None, 0, "the file is missing"),
    ],
    ids=["block", "header", "length", "empty", "missing"],
)
@pytest.mark.parametrize("is_inline", [False, True], ids=["read_snapshot", "inline_snapshots"])
def test_damaged_snapshot(
    wal: Wal,
    directory: Path,
    damage: Callable[[bytearray], None] | None,
    offset: int,
    reason: str,
    is_inline: bool,
) -> None:
    storage = filled(wal, inline_snapshots=is_inline)
    storage.create_snapshot(4, DATA)
    wal.sync()
    [name] = names(directory, "*.snap")
    file = directory / name
    if damage is None:
        file.unlink()
    else:
        data = bytearray(file.read_bytes())
        damage(data)
        file.write_bytes(data)

    read: list[bytes] = []
    call = (lambda: storage.snapshot(0, 1)) if is_inline else (lambda: read.extend(storage.read_snapshot(1000) or []))
    with pytest.raises(WalCorruptedError, match=reason) as raised:
        call()

    assert (raised.value.path, raised.value.reason) == (str(file), reason)
    assert raised.value.offset == offset
    assert DATA.startswith(b"".join(read))
    storage.append([new_entry(3, 6)])
    wal.sync()
    storage.create_snapshot(5, b"new")
    assert b"".join(storage.read_snapshot() or []) == b"new"


LARGE = f"""
import resource
path = os.environ["WAL"]
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
with Wal(path) as wal:
    storage = wal.storage(1, ConfState([1]))
    storage.append([Entry(index=1, term=1)])
    before = peak()
    storage.create_snapshot(1, (bytes(1 << 20) for _ in range(64)))
    assert storage.read_snapshot().length == 64 << 20
    assert sum(map(len, storage.read_snapshot())) == 64 << 20
    writer = storage.snapshot_writer()
    for _ in range(64): writer.write(bytes(1 << 20))
    storage.apply_snapshot(Snapshot(metadata=SnapshotMetadata(index=2, term=1)), writer)
    assert peak() - before < {16 << 20}, peak() - before
with Wal(path) as wal:
    assert sum(map(len, wal.storage(1).read_snapshot())) == 64 << 20
    assert peak() - before < {16 << 20}, peak() - before
"""


def test_large_snapshot_is_never_in_memory(directory: Path) -> None:
    assert_ends_well(LARGE, WAL=str(directory))


# --- Nodes


def config(**options: Any) -> Config:
    return Config(id=1, **options)


@pytest.mark.parametrize("kind", [RawNode, Raft])
def test_node_reads_from_the_log(wal: Wal, logger: LoggerRef, kind: type[RawNode] | type[Raft]) -> None:
    storage = filled(wal)

    node = kind(config(applied=2), storage, logger)

    raft = node.raft if isinstance(node, RawNode) else node
    assert (raft.term, raft.raft_log.last_index(), raft.raft_log.committed) == (2, 5, 4)
    assert isinstance(node.store(), WalStorage)
    storage.append([new_entry(3, 6)])
    assert node.store().last_index() == 6


@pytest.mark.parametrize(("applied", "committed"), [(0, 2), (2, 2), (3, 3), (5, 5)])
def test_applied_raises_the_commit_index(
    wal: Wal, directory: Path, logger: LoggerRef, applied: int, committed: int
) -> None:
    """A state machine may be durable before the commit index of what it has applied."""
    storage = filled(wal)
    storage.hard_state().commit = 2

    node = RawNode(config(applied=applied), storage, logger)

    assert (node.raft.raft_log.applied(), node.raft.raft_log.committed) == (applied, committed)
    assert storage.hard_state().commit == committed
    wal.close()
    with Wal(directory) as again:
        assert again.storage(1).hard_state().commit == committed


def test_applied_above_the_log_is_rejected(wal: Wal, logger: LoggerRef) -> None:
    storage = filled(wal)

    with pytest.raises(Exception, match="applied"):
        RawNode(config(applied=6), storage, logger)

    assert storage.hard_state().commit == 4


class Compacting(logging.Handler):
    """A handler that compacts the log: it is called during a call of the node."""

    def __init__(self, storage: WalStorage, index: int) -> None:
        super().__init__()
        self.storage, self.index = storage, index
        self.errors: set[str] = set()

    def emit(self, _: logging.LogRecord) -> None:
        try:
            self.storage.compact(self.index)
        except InUseError as error:
            self.errors.add(str(error))


@pytest.mark.parametrize("index", [2, 3, 5])
def test_compact_during_a_call_of_a_node(wal: Wal, index: int) -> None:
    storage = filled(wal)
    handler = Compacting(storage, index)
    logger = logging.Logger("test", 1)
    node = RawNode(config(applied=2), storage, Logger.from_logging(logger))
    logger.addHandler(handler)

    node.campaign()

    message = f"compact_index: {index} is above the applied index, 2, of a node that is in a call"
    assert handler.errors == (set() if index <= 2 else {message})
    assert storage.first_index() == (2 if index <= 2 else 1)
    storage.compact(index)
    assert storage.first_index() == index


# --- Memory


def allocated() -> int:
    """The resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_memory_of_compacted_entries_is_released(wal: Wal) -> None:
    storage = wal.storage(1, ConfState([1]))
    live = wal.stats().live_bytes
    for start in range(1, 1001, 100):
        storage.append([Entry(index=index, term=1, data=bytes(10_000)) for index in range(start, start + 100)])
        assert wal.stats().live_bytes > start * 10_000

    storage.compact(1001)

    assert wal.stats().live_bytes == live
    assert storage.first_index() == 1001


def test_memory_does_not_grow_with_compaction(wal: Wal) -> None:
    storage = wal.storage(1, ConfState([1]))

    def work(start: int) -> None:
        for index in range(start, start + 1000):
            storage.append([Entry(index=index, term=1, data=bytes(20_000))])
            if index % 100 == 0:
                storage.compact(index)
                storage.sync()

    work(1)
    before = allocated()
    for start in range(1001, 6001, 1000):
        work(start)

    assert allocated() - before < 20 * MIB


def test_memory_does_not_grow_with_groups_that_are_gone(directory: Path) -> None:
    with Wal(directory, segment_size=4096) as wal:
        used = [wal.storage(group, ConfState([1])) for group in range(2000)]

        def work(start: int) -> None:
            for group in range(start, start + 1000):
                wal.storage(group, ConfState([1]))
                wal.remove(group)
            wal.sync()

        for start in range(10_000, 20_000, 1000):
            work(start)
        before = allocated()
        for start in range(20_000, 120_000, 1000):
            work(start)

        assert allocated() - before < 5 * MIB
        assert wal.groups() == [storage.group for storage in used]


def test_storages_are_collected(directory: Path) -> None:
    wal = Wal(directory)
    storage = filled(wal)
    view = storage.hard_state()
    del storage, wal
    gc.collect()

    assert view.commit == 4
    view.commit = 5
    del view
    gc.collect()
    with Wal(directory) as again:
        assert again.storage(1).hard_state().commit == 5
