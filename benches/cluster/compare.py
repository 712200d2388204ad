"""Measures rraft.cluster beside etcd and PySyncObj, and writes benches/CLUSTER.md."""

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from disk import syncs_per_second
from etcd_system import EtcdSystem
from hosts_alone import idle_groups, recovery
from measure import AnySystem, measure, measure_failover
from pysyncobj_system import PySyncObjSystem
from report import BARE, ETCD, METHODS, PYSYNCOBJ, Results, page
from rraft_system import RraftSystem
from workload import WORKLOADS

BENCHES = Path(__file__).resolve().parent.parent
sys.path.append(str(BENCHES))

from machine import interpreter, processor  # noqa: E402

T = TypeVar("T")

SYSTEMS: dict[str, Callable[[Path], AnySystem]] = {
    BARE: RraftSystem,
    METHODS: partial(RraftSystem, group=2),
    ETCD: EtcdSystem,
    PYSYNCOBJ: PySyncObjSystem,
}


def run(coroutine: Coroutine[Any, Any, T], *, use_uvloop: bool = True) -> T:
    """Runs a client on uvloop, where it is installed: it takes CPU of the machine that is measured."""
    try:
        import uvloop
    except ImportError:
        use_uvloop = False
    return uvloop.run(coroutine) if use_uvloop else asyncio.run(coroutine)


async def one_round(system: AnySystem, results: Results, seconds: float, kills: int) -> None:
    """Starts a system, measures it, and ends it."""
    try:
        await asyncio.wait_for(system.start(), 60.0)
        for workload in WORKLOADS:
            figures = await measure(system, workload, seconds)
            results.figures.setdefault((system.name, workload.name), []).append(figures)
            print(f"{system.name}: {workload.name}: {figures.rate:,.0f}/s, {figures.cpu * 1e6:.1f} us", file=sys.stderr)
        if kills:
            results.failovers.setdefault(system.name, []).extend(await measure_failover(system, kills))
    finally:
        await system.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each measurement")
    parser.add_argument("--kills", type=int, default=2, help="of the leader, in each round")
    parser.add_argument("--entries", type=int, default=100_000, help="of the log that is recovered")
    parser.add_argument("--groups", type=int, default=1000, help="that are idle")
    parser.add_argument("--only", nargs="*", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--disk", type=Path, default=BENCHES.parent / "target", help="a folder on the disk to measure")
    parser.add_argument("--output", type=Path, default=BENCHES / "CLUSTER.md")
    arguments = parser.parse_args()
    reasons = {ETCD: EtcdSystem.missing(), PYSYNCOBJ: PySyncObjSystem.missing()}
    skipped = [reason for name, reason in reasons.items() if reason and name in arguments.only]
    measured = [name for name in arguments.only if not reasons.get(name)]
    load = os.getloadavg()[0]
    results = Results()
    versions: dict[str, None] = {}

    data = arguments.disk / "bench-cluster"

    def folder(name: str) -> Path:
        path: Path = data / name.replace(" ", "-")
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    for _ in range(arguments.rounds):
        results.syncs.append(syncs_per_second(folder("disk")))
        for name in measured:
            system = SYSTEMS[name](folder(name))
            versions[system.versions] = None
            work = one_round(system, results, arguments.seconds, 0 if name == METHODS else arguments.kills)
            run(work, use_uvloop=name != ETCD)
    if arguments.entries:
        results.recovered = arguments.entries
        results.recovery = run(recovery(folder("recovery"), arguments.entries))
    if arguments.groups:
        results.idle_groups = arguments.groups
        results.idle = run(idle_groups(folder("idle"), arguments.groups, 5 * arguments.seconds))
    machine = (
        f"{processor()}, {os.cpu_count()} cores, {load:.1f} processes running before. "
        f"{', '.join(versions)}, {interpreter(sys.executable)}."
    )
    arguments.output.write_text(page(results, machine, skipped, arguments.rounds, arguments.seconds))
    shutil.rmtree(data)


if __name__ == "__main__":
    main()
