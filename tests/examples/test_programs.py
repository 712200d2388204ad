"""The example programs run and exit successfully."""

import asyncio
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from rraft import ConfChange, ConfChangeError, ConfChangeType
from tests.harness.program import EXAMPLE, LIMIT, environment, example_folder

PROGRAMS = {
    "durable_node/main.py": "all acknowledged writes are there",
    "durable_node/main.py --sqlite": "all acknowledged writes are there",
    "single_mem_node/use_coroutine.py": "all proposals are applied",
    "single_mem_node/use_threading.py": "all proposals are applied",
    "multi_mem_node/main.py": "all 5 maps are equal, with 210 pairs each",
    "multi_mem_node/main_python_storage.py": "all 5 maps are equal, with 210 pairs each",
}


@pytest.mark.parametrize(("program", "closing_line"), PROGRAMS.items(), ids=PROGRAMS)
def test_program(program: str, closing_line: str, tmp_path: Path) -> None:
    file, *options = program.split()
    command = [sys.executable, str(EXAMPLE / file), *options]

    ended = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=LIMIT)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1].strip() == closing_line
    assert ended.stderr == ""


@pytest.fixture
def cluster_program() -> Iterator[ModuleType]:
    """`multi_mem_node/main.py` as a module."""
    with example_folder("multi_mem_node"):
        yield importlib.import_module("main")


def test_differing_maps_are_reported(cluster_program: ModuleType) -> None:
    expected = {"a": "1", "b": "2"}
    maps = {1: {"b": "2", "a": "1"}, 2: {"a": "1"}, 3: {"a": "1", "b": "3"}, 4: {"a": "1", "b": "2", "c": "3"}}
    assert cluster_program.nodes_that_differ(maps, expected) == [2, 3, 4]


def test_cluster_program_fails_when_maps_differ(
    cluster_program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = {**cluster_program.ALONE, **cluster_program.TOGETHER, **cluster_program.WITHOUT_LEADER}

    async def run_cluster(_new_storage: object) -> dict[int, dict[str, str]]:
        return {1: expected, 2: expected, 3: {**expected, "alone 0": "another value"}}

    monkeypatch.setattr(cluster_program, "run_cluster", run_cluster)
    assert cluster_program.main(None) == 1
    assert "nodes with a wrong map: [3]" in capsys.readouterr().out


def test_cluster_program_fails_when_it_takes_too_long(
    cluster_program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run_cluster(_new_storage: object) -> dict[int, dict[str, str]]:
        await asyncio.sleep(60)
        return {}

    monkeypatch.setattr(cluster_program, "run_cluster", run_cluster)
    monkeypatch.setattr(cluster_program, "TIME_LIMIT", 0.01)
    assert cluster_program.main(None) == 1
    assert "not done after 0.01 seconds" in capsys.readouterr().out


@pytest.mark.parametrize("data", [b"\xff", b"no JSON", b'["key"]', b'["key", 1]', b"[" * 10**5], ids=range(5))
def test_map_in_memory_skips_invalid_commands(data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with example_folder("multi_mem_node"):
        key_values = importlib.import_module("key_values")
        pairs = key_values.KeyValues({"key": "value"})

        pairs.apply(data)
        pairs.apply(key_values.put("other", "\udcff"))

    assert pairs.pairs == {"key": "value", "other": "\udcff"}
    assert "skipped an entry that is not a command" in capsys.readouterr().out


@pytest.mark.parametrize("storage", ["MemStorage", "ListStorage"])
def test_invalid_conf_change_does_not_stop_a_node(storage: str) -> None:
    async def run() -> tuple[list[int], dict[str, str]]:
        new_storage = getattr(
            importlib.import_module("python_storage" if storage == "ListStorage" else "rraft"), storage
        )
        async with importlib.import_module("cluster").Cluster(1, new_storage) as cluster:
            with pytest.raises(ConfChangeError, match="removed all voters"):
                await cluster.submit(ConfChange(change_type=ConfChangeType.RemoveNode, node_id=1))
            await cluster.submit(importlib.import_module("key_values").put("key", "value"))
            node = await cluster.leader()
            return node.members(), node.key_values.pairs

    with example_folder("multi_mem_node"):
        assert asyncio.run(asyncio.wait_for(run(), LIMIT)) == ([1], {"key": "value"})


def test_single_node_applies_any_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    with example_folder("single_mem_node"):
        node = importlib.import_module("single_node").SingleNode()
        for _ in range(20):
            node.tick()
        node.process_ready()
        applied: list[int] = []

        node.propose(b"\xff", applied.append)
        node.process_ready()

    assert applied == [2]
    assert r"node: applied b'\xff'" in capsys.readouterr().out
