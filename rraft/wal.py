"""Reads a durable log without changing it: `python -m rraft.wal check|dump DIRECTORY`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from rraft import EntryType, GetEntriesContext, RaftError, Wal, WalCorruptedError, WalStorage

_CHUNK = 1_000
"""The number of entries that are read at a time."""

_CLOSED_PIPE = 141
"""The exit code of a program that is killed by SIGPIPE, as a shell reports it."""


def _describe(storage: WalStorage) -> str:
    """One line about a group."""
    first, last = storage.first_index(), storage.last_index()
    entries = f"entries {first} to {last}" if first <= last else f"no entries after {last}"
    state = storage.initial_state()
    return f"group {storage.group}: {entries}, {state.hard_state}, {state.conf_state}"


def _read_snapshot(storage: WalStorage) -> str | None:
    """Reads the data of the snapshot, and so verifies its checksums."""
    reader = storage.read_snapshot()
    if reader is None:
        return None
    length = sum(len(chunk) for chunk in reader)
    metadata = reader.snapshot.metadata
    return f"  snapshot at index {metadata.index}, term {metadata.term}: {length} bytes"


def _check_snapshot(directory: str, storage: WalStorage, damaged: str = "") -> str | None:
    """One line about the snapshot of a group, whose file a process may replace that uses the log."""
    try:
        return _read_snapshot(storage)
    except WalCorruptedError as error:
        if error.path == damaged:
            raise
        return _check_snapshot(directory, Wal.read(directory).storage(storage.group), error.path)


def _entries(storage: WalStorage) -> Iterator[str]:
    low, end = storage.first_index(), storage.last_index() + 1
    while low < end:
        high = min(low + _CHUNK, end)
        for entry in storage.entries(low, high, GetEntriesContext.empty(can_async=False)):
            kind = "" if entry.entry_type == EntryType.EntryNormal else f" {entry.entry_type}"
            yield f"  {entry.index} term {entry.term}{kind}: {len(entry.data)} bytes {entry.data[:32]!r}"
        low = high


def describe(directory: str, groups: Sequence[int] | None = None, *, entries: bool = False) -> Iterator[str]:
    """Yields lines about the log in a directory: of all groups or of some, with or without their entries.

    Raises `WalCorruptedError` if a file is damaged, `OSError` if it can't be read.
    """
    wal = Wal.read(directory)
    stats = wal.stats()
    yield f"host {wal.host}, cluster {wal.cluster}"
    yield f"{stats.segments} segments, {stats.disk_bytes} bytes, {stats.live_bytes} bytes of entries"
    if wal.torn:
        yield f"the last write was interrupted, and will be cut off: {wal.torn}"
    for group in wal.groups() if groups is None else groups:
        storage = wal.storage(group)
        yield _describe(storage)
        if snapshot := _check_snapshot(directory, storage):
            yield snapshot
        if entries:
            yield from _entries(storage)


def _group(text: str) -> int:
    """The id of a group."""
    if not text.isdecimal() or int(text) >= 2**64:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 2**64 - 1, got {text}")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line. Returns 0 if the log can be opened, 1 if it is damaged, 2 if it can't be read."""
    parser = argparse.ArgumentParser(
        prog="python -m rraft.wal",
        description="Reads a durable log without changing it.",
        epilog="Exit code: 0 if the log is intact, 1 if it is damaged, 2 if it can't be read.",
    )
    parser.add_argument(
        "command", choices=["check", "dump"], help="check: verify all checksums; dump: show the entries, too"
    )
    parser.add_argument("directory", help="the directory of the log")
    parser.add_argument("--group", type=_group, action="append", help="only this group; may be repeated")
    options = parser.parse_args(arguments)
    try:
        for line in describe(options.directory, options.group, entries=options.command == "dump"):
            print(line)
        if options.command == "check":
            print("intact")
        sys.stdout.flush()
    except WalCorruptedError as error:
        print(f"damaged: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of the output has seen enough. Python would fail to write the rest of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _CLOSED_PIPE
    except (OSError, RaftError) as error:
        print(f"can't be read: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
