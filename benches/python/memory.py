"""The memory of groups and entries."""

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from idle import follower
from options import Figures, Options
from rraft import ConfState, Entry, Logger, MemStorage, Wal, WalStorage
from storages import new_mem_storage


def resident_bytes() -> int:
    """The resident memory of this process, in bytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise RuntimeError("/proc/self/status tells no VmRSS")
    return int(found[1]) * 1024


def figures(options: Options, build: Callable[[Wal], object]) -> Figures:
    with TemporaryDirectory(dir=options.directory) as directory, Wal(directory) as wal:
        before = resident_bytes()
        built = build(wal)
        taken = resident_bytes() - before
        del built
    return {"resident_bytes": taken}


def groups(options: Options) -> Figures:
    """Idle groups."""
    logger = Logger.discard()

    def build(wal: Wal) -> object:
        return [follower(logger, new_storage(options, wal, group)) for group in range(options.operations)]

    return figures(options, build)


def entries(options: Options) -> Figures:
    """Entries in a log."""
    payload = b"x" * options.payload

    def build(wal: Wal) -> object:
        storage = new_storage(options, wal, 0)
        log = storage.wl()
        for index in range(1, options.operations + 1):
            log.append([Entry(index=index, term=1, data=payload)])
            if index % 100 == 0:
                wal.sync()
        return storage

    return figures(options, build)


def new_storage(options: Options, wal: Wal, group: int) -> MemStorage | WalStorage:
    members = [1, 2, 3]
    return wal.storage(group, ConfState(members)) if options.storage == "Wal" else new_mem_storage(members)
