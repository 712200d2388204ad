"""Idle groups."""

from time import process_time

from driver import DRIVERS
from options import Figures, Options
from rraft import Config, Logger, LoggerRef, MemStorage, RawNode, WalStorage
from storages import new_mem_storage

GROUPS = 1000


def follower(logger: LoggerRef, storage: MemStorage | WalStorage | None = None) -> RawNode:
    """A follower in a group of three, whose election timeout never elapses."""
    return RawNode(Config(id=1, election_tick=1 << 40), storage or new_mem_storage([1, 2, 3]), logger)


def tick(options: Options) -> Figures:
    """Ticks each group, and calls `has_ready`: that is one operation."""
    logger = Logger.discard()
    groups = [follower(logger) for _ in range(GROUPS)]
    tick_groups = DRIVERS[options.driver].tick
    start = process_time()
    ready = tick_groups(groups, options.operations // GROUPS)
    return {"cpu_seconds": process_time() - start, "checks": {"ready": ready}}
