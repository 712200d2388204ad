"""Durable logs, on tmpfs and on a disk: their cost, and what they write."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from programs import PYTHON, Line, microseconds, run
from tables import figure, middle, optional, table

WAL = ("target/benches/release/wal",)

TMPFS = Path("/dev/shm")
DISK = Path("target/benches")
LEAST_FREE = 1 << 30

ADDITION = 1.3
"""How much of what `Wal` alone takes `ReadyLoop` may add when its storage is a `WalStorage`."""


@dataclass(frozen=True)
class Case:
    """Groups of one member each, and how many proposals each of them makes in a round."""

    groups: int
    batch: int
    target: float
    """The target ratio of `Wal` alone to the limit."""
    operations: Mapping[str, int]
    """The number of proposals, by storage."""
    compact_every: int

    @property
    def name(self) -> str:
        """The head of the row."""
        return f"{self.groups} x {self.batch}"

    def arguments(self, storage: str) -> str:
        """The arguments of the Python program."""
        return (
            f"durable --groups {self.groups} --batch {self.batch} --compact-every {self.compact_every} "
            f"--storage {storage} --operations {self.operations[storage]}"
        )


def case(groups: int, batch: int, target: float, loops: int, sqlite: int, compact_every: int) -> Case:
    operations = {"MemStorage": loops, "Wal": loops, "SQLite": sqlite}
    return Case(groups, batch, target, operations, compact_every)


CASES = (
    case(1, 1, 2.0, 5_000, 500, 4096),
    case(1, 64, 1.4, 128_000, 6_400, 4096),
    case(100, 1, 1.9, 20_000, 1_000, 64),
    case(100, 64, 1.4, 256_000, 12_800, 64),
)

COLUMNS = (
    "limit",
    "`Wal` alone",
    "with commits",
    "`ReadyLoop` on `MemStorage`",
    "`ReadyLoop` on `Wal`",
    "SQLite",
)
"""What is measured."""


def durable_logs(rounds: int) -> str:
    """The tables for each medium, and that of what does not depend on it."""
    reason = no_tmpfs()
    tmpfs = f"Not measured: {reason}.\n" if reason else costs(TMPFS, 201, rounds)
    texts = [
        f"### On tmpfs\n\n{tmpfs}",
        f"### On a disk\n\n{costs(DISK, 9, rounds)}",
        f"### What is written\n\n{table(('', 'figure', 'target'), properties(DISK if reason else TMPFS))}",
    ]
    return "\n".join(texts)


def no_tmpfs() -> str | None:
    """Why nothing can be measured on tmpfs, if so."""
    if not TMPFS.is_dir():
        return f"this system has no {TMPFS}"
    if shutil.disk_usage(TMPFS).free < LEAST_FREE:
        return f"{TMPFS} has less than {LEAST_FREE >> 20} MiB left"
    return None


Columns = Sequence[Sequence[float]]
"""The figures of all rounds, by column."""


def costs(parent: Path, samples: int, rounds: int) -> str:
    """The tables of CPU time and of throughput."""
    limit, alone, *others, on_wal, sqlite = COLUMNS
    cpu_rows = [["CPU µs per entry", limit, alone, "ratio", "shared", "target", *others, on_wal, "target", sqlite]]
    rate_rows = [["entries per second", *COLUMNS]]
    for case in CASES:
        cpu, rates = measure(case, parent, samples, rounds)
        cpu_rows.append([case.name, *cpu_cells(case, cpu)])
        rate_rows.append([case.name, *map(middle, rates)])
    return "\n".join(table(head, rows) for head, *rows in (cpu_rows, rate_rows))


def measure(case: Case, parent: Path, samples: int, rounds: int) -> tuple[Columns, Columns]:
    """Microseconds of CPU time per entry, with the ratios of `Wal` to the limit, and entries per second."""
    cpu, rates = [], []
    for _ in range(rounds):
        workloads = [f"{samples} {case.groups}x{case.batch}{suffix}" for suffix in ("", "-shared", "-commits")]
        native, shared, commits = [run(WAL, f"{parent / 'rraft-wal'} {workload}")["figures"] for workload in workloads]
        alone = (native["limit"], native["wal"], commits["wal"])
        lines = [run(PYTHON, f"{case.arguments(storage)} --directory {parent}") for storage in case.operations]
        ratios = (native["ratio"], shared["ratio"])
        cpu.append([*(times["cpu_microseconds"] for times in alone), *ratios, *map(microseconds, lines)])
        rates.append([*(times["entries_per_second"] for times in alone), *map(rate, lines)])
    return list(zip(*cpu, strict=True)), list(zip(*rates, strict=True))


def cpu_cells(case: Case, cpu: Columns) -> list[str]:
    limit, alone, commits, ratio, shared, in_memory, on_wal, sqlite = map(median, cpu)
    return [
        *map(figure, (limit, alone, ratio, shared)),
        optional(case.target),
        *map(figure, (commits, in_memory, on_wal, in_memory + ADDITION * commits, sqlite)),
    ]


def rate(line: Line) -> float:
    """Operations per second."""
    return float(line["operations"] / line["seconds"])


def properties(parent: Path) -> Iterator[list[str]]:
    """What is counted, and what was required of it."""

    def wal(workload: str) -> Line:
        return dict(run(WAL, f"{parent / 'rraft-wal'} 1 {workload}")["figures"])

    def python(arguments: str) -> Line:
        return run(PYTHON, f"{arguments} --directory {parent}")

    def resident(workload: str, storage: str) -> float:
        line = python(f"{workload} --storage {storage}")
        return float(line["resident_bytes"] / line["operations"])

    _, large, many, _ = CASES
    thousand = python("durable --storage Wal --groups 1000 --operations 5000")
    yield ["fsyncs of a round of 1,000 groups", figure(thousand["fsyncs"]), "1"]
    yield ["write calls of a round of 100 groups", figure(python(many.arguments("Wal"))["write_calls"]), "1"]
    written = python(large.arguments("Wal"))["bytes_written"]
    yield ["bytes written per byte of entries, 1 x 64, compacted", figure(written), "1.4"]
    reopened = wal("reopen")
    yield ["opening 100,000 live entries after a crash, CPU ms", figure(reopened["after_crash"]), "100"]
    yield ["opening 100,000 live entries after `close`, CPU ms", figure(reopened["after_close"]), "100"]
    used = wal("lagging")["disk_use"]
    yield ["highest disk use / (4 x live + 4 segments)", figure(used), "1"]
    for name, workload in {
        "an idle group": "group-memory --operations 10000",
        "an entry of 256 bytes": "entry-memory --operations 100000",
    }.items():
        for storage in ("Wal", "MemStorage"):
            yield [f"memory of {name} on `{storage}`, bytes", figure(resident(workload, storage)), ""]
