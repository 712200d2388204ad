"""What has no counterpart in the other systems: recovery of a long log, and many idle groups."""

import asyncio
import re
import time
from pathlib import Path

from rraft_system import HOSTS, RraftSystem
from workload import Workload

_LONG_LOG = ("--snapshot-log-size", str(2**40), "--max-entry", "1")
"""No snapshot, and an entry for each command."""


_QUIET_IN_A_SECOND = 30
"""How many groups have certainly become quiet in a second, while all start at once."""


async def recovery(folder: Path, entries: int) -> tuple[float, float]:
    """Writes so many entries, kills a host, and starts it again.

    Returns the seconds until its log is open and its group has started, and from then on until all is applied.
    """
    system = RraftSystem(folder, arguments=_LONG_LOG)
    try:
        await system.start()
        load = await system.load(Workload("", "put", 1, 1024))
        while len(load.latencies.seconds) < entries:
            await asyncio.sleep(0.05)
        await load.stop()
        leader = await system.leader()
        host = next(host for host in HOSTS if host != leader)
        system.processes.kill(host)
        before = system.processes.output(host)
        system.restart(host)
        while not (found := re.search(r"opened (\S+) applied (\S+)", system.processes.output(host)[len(before) :])):
            await asyncio.sleep(0.02)
        return float(found[1]), float(found[2])
    finally:
        await system.close()


async def idle_groups(folder: Path, groups: int, seconds: float) -> float:
    """The share of a core that a host takes for so many groups without requests: the highest of three hosts."""
    system = RraftSystem(folder, arguments=("--groups", str(groups)))
    try:
        await system.start()
        await asyncio.sleep(2.0 + groups / _QUIET_IN_A_SECOND)  # until each has a leader, and nothing to do for a while
        before, started = system.processes.cpu_seconds(), time.perf_counter()
        await asyncio.sleep(seconds)
        after, elapsed = system.processes.cpu_seconds(), time.perf_counter() - started
        return max(after[host] - before[host] for host in HOSTS) / elapsed
    finally:
        await system.close()
