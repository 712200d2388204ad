"""Every test of raft-rs has its port here, and every test of ours tests something."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
UPSTREAM: dict[str, dict[str, str]] = tomllib.loads((ROOT / "tests" / "upstream.toml").read_text())
TEST_FILES = sorted((ROOT / "tests").glob("test_*.py"))

COUNTS = {
    "harness/tests/failpoints_cases/mod.rs": 2,
    "harness/tests/integration_cases/test_raft.rs": 135,
    "harness/tests/integration_cases/test_raft_flow_control.rs": 5,
    "harness/tests/integration_cases/test_raft_paper.rs": 25,
    "harness/tests/integration_cases/test_raft_snap.rs": 7,
    "harness/tests/integration_cases/test_raw_node.rs": 26,
    "src/confchange/datadriven_test.rs": 1,
    "src/errors.rs": 2,
    "src/log_unstable.rs": 6,
    "src/quorum/datadriven_test.rs": 1,
    "src/raft_log.rs": 16,
    "src/raw_node.rs": 1,
    "src/storage.rs": 8,
    "src/tracker/inflights.rs": 4,
    "src/tracker/progress.rs": 7,
}


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    """The functions of a module, by name."""
    return {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


@pytest.fixture(scope="module")
def collected() -> Counter[str]:
    """How many cases pytest collects for each test function."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "--no-header"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return Counter(line.partition("[")[0] for line in run.stdout.splitlines() if "::" in line)


def test_all_246_are_mapped() -> None:
    assert {file: len(tests) for file, tests in UPSTREAM.items()} == COUNTS
    assert sum(COUNTS.values()) == 246


def test_no_port_stands_for_two() -> None:
    ports = [port for tests in UPSTREAM.values() for port in tests.values()]

    assert len(ports) == len(set(ports))


@pytest.mark.parametrize("file", UPSTREAM)
def test_ports_exist_under_upstreams_names(file: str) -> None:
    for name, port in UPSTREAM[file].items():
        path, _, function = port.partition("::")
        assert function == name
        assert function in functions(ROOT / path), port


# The ports of the fail-point tests are collected with a build that has fail points only.
@pytest.mark.parametrize("file", sorted(set(UPSTREAM) - {"harness/tests/failpoints_cases/mod.rs"}))
def test_ports_are_collected(file: str, collected: Counter[str]) -> None:
    assert [port for port in UPSTREAM[file].values() if collected[port] == 0] == []


def test_data_driven_cases_are_collected(collected: Counter[str]) -> None:
    assert collected["tests/test_quorum.py::test_data_driven_quorum"] == 141
    assert collected["tests/test_confchange.py::test_conf_change_data_driven"] == 55


def can_fail(function: ast.FunctionDef, others: dict[str, ast.FunctionDef]) -> bool:
    """Whether a function asserts something, or expects an exception, or calls one beside it that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            if ast.unparse(node.func) in ("pytest.raises", "run_state_machine_as_test"):
                return True
            helper = others.get(node.func.id) if isinstance(node.func, ast.Name) else None
            if helper not in (None, function) and can_fail(helper, others):
                return True
    return False


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name)
def test_every_test_can_fail(path: Path) -> None:
    module = functions(path)
    tests = {name: function for name, function in module.items() if name.startswith("test_")}

    assert tests
    assert [name for name, function in tests.items() if not can_fail(function, module)] == []


@pytest.mark.parametrize("path", [*TEST_FILES, *(ROOT / "tests" / "harness").glob("*.py")], ids=lambda path: path.name)
def test_no_failure_is_swallowed(path: Path) -> None:
    handlers = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ExceptHandler)]

    caught = [ast.unparse(handler.type) if handler.type else "everything" for handler in handlers]

    assert not {"everything", "Exception", "BaseException", "AssertionError"} & set(caught)


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name)
def test_nothing_is_skipped(path: Path) -> None:
    text = path.read_text()

    assert [mark for mark in ("mark." + "skip", "mark." + "xfail", "pytest." + "skip") if mark in text] == []
