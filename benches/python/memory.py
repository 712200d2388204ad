"""The memory of groups and entries."""

import re
from collections.abc import Callable
from pathlib import Path

from idle import follower
from options import Figures, Options
from rraft import Entry, Logger, MemStorage


def resident_bytes() -> int:
    """The resident memory of this process, in bytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise RuntimeError("/proc/self/status tells no VmRSS")
    return int(found[1]) * 1024


def figures(build: Callable[[], object]) -> Figures:
    before = resident_bytes()
    built = build()
    taken = resident_bytes() - before
    del built
    return {"resident_bytes": taken}


def groups(options: Options) -> Figures:
    """Idle groups."""
    logger = Logger.discard()
    return figures(lambda: [follower(logger) for _ in range(options.operations)])


def entries(options: Options) -> Figures:
    """Entries in a log."""
    payload = b"x" * options.payload

    def build() -> MemStorage:
        storage = MemStorage()
        log = storage.wl()
        for index in range(1, options.operations + 1):
            log.append([Entry(index=index, term=1, data=payload)])
        return storage

    return figures(build)
