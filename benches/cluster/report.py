"""The page of the results: benches/CLUSTER.md."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from measure import Figures
from workload import WORKLOADS, Workload

BARE, METHODS, ETCD, PYSYNCOBJ = "rraft.cluster", "rraft.cluster, Replicated", "etcd", "PySyncObj"

PUT_64, PUT_64_CONNECTIONS, PUT_1, PUT_256, GET_64 = WORKLOADS


@dataclass
class Results:
    """What was measured."""

    figures: dict[tuple[str, str], list[Figures]] = field(default_factory=dict)
    """By system and workload, one for each round."""
    failovers: dict[str, list[float]] = field(default_factory=dict)
    syncs: list[float] = field(default_factory=list)
    """How often the disk could be waited for in a second, before each round."""
    recovery: tuple[float, float] | None = None
    recovered: int = 0
    idle: float | None = None
    idle_groups: int = 0

    def ratio(self, get: str, system: str, other: str, workload: Workload) -> float | None:
        """The median of the ratios of two systems within the rounds."""
        ours, theirs = self.figures.get((system, workload.name)), self.figures.get((other, workload.name))
        if not ours or not theirs:
            return None
        ratios: list[float] = [getattr(own, get) / getattr(its, get) for own, its in zip(ours, theirs, strict=True)]
        return statistics.median(ratios)

    def value(self, get: str, system: str, workload: Workload) -> float | None:
        """The median of a figure."""
        figures = self.figures.get((system, workload.name))
        values = [getattr(each, get) for each in figures or []]
        known: list[float] = [each for each in values if each is not None]
        return statistics.median(known) if known else None


@dataclass(frozen=True)
class Goal:
    """A goal, and what was measured for it."""

    text: str
    measured: float | None
    limit: float
    at_most: bool = False
    form: str = "{:.2f}"

    def row(self) -> str:
        """The row of the table."""
        if self.measured is None:
            return f"| {self.text} | not measured | |"
        reached = self.measured <= self.limit if self.at_most else self.measured >= self.limit
        return f"| {self.text} | {self.form.format(self.measured)} | {'yes' if reached else 'no'} |"


def goals(results: Results) -> list[Goal]:
    """The goals of the runtime."""
    ratio, value = results.ratio, results.value
    failovers = results.failovers.get(BARE)
    rate, syncs = value("rate", BARE, PUT_1), statistics.median(results.syncs) if results.syncs else None
    cpu_256, recovery = value("cpu", BARE, PUT_256), results.recovery
    return [
        Goal(f"{PUT_64.name}: rate, at least 4 times etcd's", ratio("rate", BARE, ETCD, PUT_64), 4),
        Goal(
            f"{PUT_64.name}: CPU of the servers, at most 0.25 of etcd's", ratio("cpu", BARE, ETCD, PUT_64), 0.25, True
        ),
        Goal(f"{PUT_64.name}: rate, at least 3 times PySyncObj's", ratio("rate", BARE, PYSYNCOBJ, PUT_64), 3),
        Goal(
            f"{PUT_64_CONNECTIONS.name}: rate, at least 2.5 times etcd's",
            ratio("rate", BARE, ETCD, PUT_64_CONNECTIONS),
            2.5,
        ),
        Goal(
            f"{PUT_64_CONNECTIONS.name}: CPU of the servers, at most 0.35 of etcd's",
            ratio("cpu", BARE, ETCD, PUT_64_CONNECTIONS),
            0.35,
            True,
        ),
        Goal(f"{PUT_1.name}: p50, at most 0.8 of etcd's", ratio("p50", BARE, ETCD, PUT_1), 0.8, True),
        Goal(
            f"{PUT_1.name}: rate, at least 0.4 of the disk's fdatasyncs a second",
            rate / syncs if rate and syncs else None,
            0.4,
        ),
        Goal(
            f"{PUT_256.name}: CPU of all servers, at most 20 us a put",
            cpu_256 * 1e6 if cpu_256 else None,
            20,
            True,
            "{:.1f} us",
        ),
        Goal(f"{GET_64.name}: rate, at least 6 times etcd's", ratio("rate", BARE, ETCD, GET_64), 6),
        Goal(
            f"{PUT_64.name}: puts for each fdatasync of the leader, at least 0.9 of 64",
            value("per_sync", BARE, PUT_64),
            0.9 * 64,
            form="{:.1f}",
        ),
        Goal(f"{PUT_64.name}: CPU, Replicated at most 2 times bare", ratio("cpu", METHODS, BARE, PUT_64), 2, True),
        Goal(
            "SIGKILL of the leader until the next acknowledged write, median, at most 0.8 s",
            statistics.median(failovers) if failovers else None,
            0.8,
            True,
            "{:.2f} s",
        ),
        Goal(
            f"recovery of {results.recovered:,} entries at start, at most 0.3 s for 100,000",
            recovery[0] if recovery else None,
            0.3,
            True,
            "{:.2f} s",
        ),
        Goal(
            f"{results.idle_groups:,} idle groups, at most 5 % of a core a host",
            results.idle * 100 if results.idle is not None else None,
            5,
            True,
            "{:.1f} %",
        ),
    ]


def page(results: Results, machine: str, skipped: Sequence[str], rounds: int, seconds: float) -> str:
    """The whole page."""
    systems = list(dict.fromkeys(system for system, _ in results.figures))
    lines = [
        "# Three processes under load",
        "",
        "`make bench-cluster` writes this page.",
        "",
        f"{machine} Each system has three processes on one machine and its disk; keys of 16 bytes, values of 256 "
        f"bytes. {rounds} rounds of each system in turn, {seconds:g} s for each measurement; medians, and ratios "
        f"within a round. CPU is that of the leader and of a follower for one operation. The client takes CPU of the "
        f"same machine. PySyncObj does not wait for the disk; its gets pass through the log.",
        "",
    ]
    lines += [f"Not measured: {reason}." for reason in skipped] + [""] * bool(skipped)
    for workload in WORKLOADS:
        lines += [
            f"## {workload.name}",
            "",
            "| system | operations/s | p50 ms | p99 ms | CPU us, leader / follower | operations for each fsync |",
            "|---|---|---|---|---|---|",
        ]
        for system in systems:
            rate, p50, p99, leader, follower, per_sync = (
                results.value(get, system, workload)
                for get in ("rate", "p50", "p99", "leader_cpu", "follower_cpu", "per_sync")
            )
            if rate is None or p50 is None or p99 is None or leader is None or follower is None:
                continue
            syncs = f"{per_sync:.1f}" if per_sync is not None and workload.operation == "put" else ""
            lines.append(
                f"| {system} | {rate:,.0f} | {p50 * 1e3:.2f} | {p99 * 1e3:.2f} "
                f"| {leader * 1e6:.1f} / {follower * 1e6:.1f} | {syncs} |"
            )
        lines.append("")
    lines += ["## SIGKILL of the leader", "", "| system | seconds until the next acknowledged write |", "|---|---|"]
    for system, durations in results.failovers.items():
        lines.append(f"| {system} | {', '.join(f'{duration:.2f}' for duration in sorted(durations))} |")
    lines += [
        "",
        "Election timeouts are 0.5 to 1 s.",
        "",
        "## Goals",
        "",
        "| goal | measured | reached |",
        "|---|---|---|",
    ]
    lines += [goal.row() for goal in goals(results)]
    if results.syncs:
        lines += ["", f"The disk: {statistics.median(results.syncs):,.0f} fdatasyncs a second."]
    if results.recovery:
        lines += ["", f"After the recovery, all is applied within {results.recovery[1]:.2f} s more."]
    return "\n".join(lines) + "\n"
