"""Measurements of a system."""

import asyncio
import sys
import time
from dataclasses import dataclass

from etcd_system import EtcdSystem
from pysyncobj_system import PySyncObjSystem
from rraft_system import RraftSystem
from workload import Workload

AnySystem = RraftSystem | EtcdSystem | PySyncObjSystem

WARM_UP = 0.5
"""Seconds before each measurement."""


@dataclass(frozen=True)
class Figures:
    """What a workload took."""

    rate: float
    """Operations a second."""
    p50: float
    p99: float
    """Latencies in seconds."""
    leader_cpu: float
    follower_cpu: float
    """CPU time of the leader and of a follower for an operation, in seconds."""
    per_sync: float | None
    """Operations for each time that the leader waits for its disk."""

    @property
    def cpu(self) -> float:
        """CPU time of all three processes for an operation, in seconds."""
        return self.leader_cpu + 2 * self.follower_cpu


async def measure(system: AnySystem, workload: Workload, seconds: float, attempts: int = 5) -> Figures:
    """Runs a workload for some seconds; again, if the leader changes meanwhile."""
    for _ in range(attempts):
        figures = await _measure(system, workload, seconds)
        if figures:
            return figures
        print(f"{system.name}: {workload.name}: the leader has changed meanwhile", file=sys.stderr)
    raise RuntimeError(f"{system.name}: the leader changes all the time")


async def _measure(system: AnySystem, workload: Workload, seconds: float) -> Figures | None:
    leader = await _wait_for_leader(system)
    load = await system.load(workload)
    await asyncio.sleep(WARM_UP)
    syncs, cpu = await system.syncs(), system.processes.cpu_seconds()
    load.latencies.seconds.clear()
    started = time.perf_counter()
    await asyncio.sleep(seconds)
    elapsed = time.perf_counter() - started
    count = len(load.latencies.seconds)
    p50, p99 = load.latencies.percentile(50), load.latencies.percentile(99)
    used = {host: after - cpu[host] for host, after in system.processes.cpu_seconds().items()}
    syncs_after = await system.syncs()
    total = len(load.latencies.seconds)
    await load.stop()
    if await _wait_for_leader(system) != leader:
        return None
    return Figures(
        rate=count / elapsed,
        p50=p50,
        p99=p99,
        leader_cpu=used[leader] / count,
        follower_cpu=sum(time for host, time in used.items() if host != leader) / 2 / count,
        per_sync=None if syncs is None or syncs_after is None else total / max(1, syncs_after - syncs),
    )


async def measure_failover(system: AnySystem, kills: int) -> list[float]:
    """Kills the leader with SIGKILL, again and again. Returns the seconds until the next acknowledged write of each."""
    durations = []
    for _ in range(kills):
        leader = await _wait_for_leader(system)
        await system.put_once()
        system.processes.kill(leader)
        killed = time.perf_counter()
        await asyncio.wait_for(system.put_once(), 60.0)
        durations.append(time.perf_counter() - killed)
        system.restart(leader)
        await asyncio.sleep(2.0)  # to catch up
    return durations


async def _wait_for_leader(system: AnySystem) -> int:
    while not (leader := await system.leader()):
        await asyncio.sleep(0.1)
    return leader
