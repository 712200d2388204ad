"""Directories for logs, and what is in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rraft import ConfState, GetEntriesContext, Wal, WalStorage
from tests.harness.util import new_entry

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where an fsync takes no time, if the system has it."""


@contextmanager
def directory_in_memory() -> Iterator[Path]:
    """A new directory that is removed afterwards."""
    with TemporaryDirectory(prefix="rraft-", dir=MEMORY) as name:
        yield Path(name)


def crashed(directory: Path) -> Path:
    """A copy of the files of an open log, as after a crash of its process."""
    copy = directory.with_name(f"{directory.name}-crashed")
    shutil.copytree(directory, copy)
    return copy


def names(directory: Path, pattern: str) -> list[str]:
    """The names of the files in a directory, in order."""
    return sorted(file.name for file in directory.glob(pattern))


def filled(wal: Wal, group: int = 1, *, inline_snapshots: bool = False) -> WalStorage:
    """A storage with the entries 1 to 5 in the terms 1, 1, 2, 2 and 3, committed up to 4."""
    storage = wal.storage(group, ConfState([1, 2, 3]), inline_snapshots=inline_snapshots)
    storage.append([new_entry(term, index, b"%d" % index) for index, term in enumerate([1, 1, 2, 2, 3], start=1)])
    storage.commit_to(4)
    return storage


def content(storage: WalStorage) -> object:
    """All that a storage has, as values."""
    first, last = storage.first_index(), storage.last_index()
    entries = storage.entries(first, last + 1, GetEntriesContext.empty(False))
    state = storage.initial_state()
    reader = storage.read_snapshot()
    return (
        [(entry.index, entry.term, entry.data) for entry in entries],
        (first, last, storage.term(first - 1)),
        (state.hard_state, state.conf_state),
        None if reader is None else (reader.snapshot, b"".join(reader)),
    )
