"""The workloads of the benchmark run, do the requested work, and print the figures of the tables."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.harness.program import LIMIT, ROOT, environment

ELECTION = 4 + 8
PROGRAM = ROOT / "benches" / "python"


def run(arguments: str) -> dict[str, Any]:
    """The line that a workload prints."""
    command = [sys.executable, str(PROGRAM), *arguments.split()]
    ended = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=LIMIT)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    line = json.loads(ended.stdout)
    assert isinstance(line, dict)
    return line


def run_checked(arguments: str) -> object:
    """The work that a timed workload reports."""
    line = run(arguments)
    assert line["workload"] == arguments.split()[0]
    assert line["cpu_seconds"] > 0
    return line["checks"]


each_driver = pytest.mark.parametrize("driver", ["plain", "ready-loop"])


# An election takes four messages. An entry takes four for each of the two followers: with the entry, with
# the new commit index, and the responses to both. So does the empty entry of a new leader.
@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ("", 8 * 130 + ELECTION),
        ("--batch 65", 8 * 130 + ELECTION),
        ("--batch 65 --batch-append", 8 * 2 + ELECTION),
        ("--transport bytes", 8 * 130 + ELECTION),
        ("--compact-every 32", 8 * 130 + ELECTION),
    ],
)
@pytest.mark.parametrize(
    "driving", ["--storage MemStorage --driver plain", "--storage Python --driver plain", "--driver ready-loop"]
)
def test_replicate(options: str, messages: int, driving: str) -> None:
    checks = run_checked(f"replicate --operations 130 --payload 10 --count-messages {driving} {options}")
    assert checks == {"applied": [130] * 3, "applied_bytes": [1300] * 3, "messages": messages}


@each_driver
def test_replicate_alone(driver: str) -> None:
    checks = run_checked(f"replicate --members 1 --operations 10 --driver {driver}")
    assert checks == {"applied": [10], "applied_bytes": [2560]}


@each_driver
def test_idle(driver: str) -> None:
    assert run_checked(f"idle --operations 3000 --driver {driver}") == {"ready": 0}


def test_codec() -> None:
    assert run_checked("encode --operations 3") == {"length": 2686}
    assert run_checked("decode --operations 3") == {"entries": 10}
    numbers = 2 + 1 + 5 + sum(range(1001, 1011)) + 10 * 5
    assert run_checked("decode-and-read --operations 3") == {
        "appends": 3,
        "numbers": 3 * numbers,
        "data_bytes": 3 * 10 * 256,
    }


@pytest.mark.parametrize("storage", ["MemStorage", "Wal", "SQLite"])
@pytest.mark.parametrize("groups", [1, 3])
def test_durable(groups: int, storage: str, tmp_path: Path) -> None:
    operations = groups * 200
    options = f"--groups {groups} --batch 5 --compact-every 16 --operations {operations}"
    line = run(f"durable {options} --storage {storage} --directory {tmp_path}")

    assert line["checks"] == {"applied": operations}
    assert line["fsyncs"] == line["write_calls"] == (1 if storage == "Wal" else 0)
    assert line["cpu_seconds"] > 0
    assert line["seconds"] > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("free", [None, 1 << 20])
def test_table_without_tmpfs(free: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benches")
    tables = importlib.import_module("durable_logs")
    tmpfs = tmp_path / "shm"
    monkeypatch.setattr(tables, "TMPFS", tmpfs)
    monkeypatch.setattr(tables, "costs", lambda parent, *_: f"costs on {parent}\n")
    monkeypatch.setattr(tables, "properties", lambda _: [])
    if free is not None:
        tmpfs.mkdir()
        monkeypatch.setattr(tables.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))

    text = tables.durable_logs(1)

    reason = f"this system has no {tmpfs}" if free is None else f"{tmpfs} has less than 1024 MiB left"
    assert f"### On tmpfs\n\nNot measured: {reason}.\n" in text
    assert f"### On a disk\n\ncosts on {tables.DISK}\n" in text


@pytest.mark.parametrize("storage", ["MemStorage", "Wal"])
@pytest.mark.parametrize("workload", ["group-memory", "entry-memory"])
def test_memory(workload: str, storage: str) -> None:
    line = run(f"{workload} --operations 2000 --storage {storage}")
    assert 256 < line["resident_bytes"] / line["operations"] < 10000


def test_single_calls() -> None:
    nanoseconds = run("single-calls --operations 100")["nanoseconds"]
    assert {"plain.method()", "message.term", "node.has_ready()"} < set(nanoseconds)
    assert min(nanoseconds.values()) > 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_cluster(tmp_path: Path) -> None:
    """The page has a row for each workload and goal; the figures of so short a run say nothing."""
    options = "--rounds 1 --seconds 0.2 --kills 1 --entries 200 --groups 3 --only rraft.cluster"
    command = [sys.executable, str(ROOT / "benches" / "cluster" / "compare.py"), *options.split()]
    command += ["--disk", str(tmp_path), "--output", str(tmp_path / "CLUSTER.md")]
    ended = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=LIMIT)
    assert ended.returncode == 0, ended.stderr
    page = (tmp_path / "CLUSTER.md").read_text()
    assert page.count("\n| rraft.cluster | ") == 6
    goals = page[page.index("## Goals") :]
    assert goals.count("| not measured | |") == 8
    assert goals.count("| yes |") + goals.count("| no |") == 6
    assert [path.name for path in tmp_path.iterdir()] == ["CLUSTER.md"]
