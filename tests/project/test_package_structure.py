"""The layers of the package: no layer uses one above it, and the core of the runtime has no input and no output."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.program import LIMIT, ROOT, environment

CLUSTER = ROOT / "rraft" / "cluster"
CORE = CLUSTER / "core"
OUTSIDE = {"asyncio", "concurrent", "os", "queue", "secrets", "select", "socket", "ssl", "threading", "time", "uuid"}
"""The modules for clocks, chance, files, threads and the network."""


def imports(path: Path) -> set[str]:
    """The modules that a file imports."""
    return imported(ast.parse(path.read_text()))


def imports_in_functions(path: Path) -> set[str]:
    """The modules that a file imports only when a function is called."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, functions) for name in imported(node)
    }


def imported(tree: ast.AST) -> set[str]:
    """The modules that a part of a file imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_import_of_rraft_imports_nothing_of_the_runtime() -> None:
    code = "import sys, rraft; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=LIMIT, check=True
    )
    loaded = set(run.stdout.split())
    assert "rraft.protocols" in loaded
    assert {name for name in loaded if name.startswith(("rraft.cluster", "msgspec", "asyncio", "ssl"))} == set()


@pytest.mark.parametrize("path", sorted(CORE.glob("*.py")), ids=lambda path: path.stem)
def test_core_of_the_runtime_has_no_input_and_no_output(path: Path) -> None:
    assert {name for name in imports(path) if name.partition(".")[0] in OUTSIDE} == set()


@pytest.mark.parametrize("path", sorted(CLUSTER.rglob("*.py")), ids=lambda path: path.relative_to(CLUSTER).as_posix())
def test_runtime_does_not_use_the_simulator(path: Path) -> None:
    assert {name for name in imports(path) if name.startswith("rraft.simulation")} == set()


EXTRAS = {
    "rraft.cluster.web": ("starlette", "the live page needs Starlette and uvicorn: pip install 'rraft-py[web]'"),
    "rraft.cluster.metrics": (
        "prometheus_client",
        "metrics need prometheus_client: pip install 'rraft-py[metrics]'",
    ),
}


def test_import_of_the_runtime_imports_no_extra() -> None:
    code = "import sys, rraft.cluster; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=LIMIT, check=True
    )
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "msgspec" in loaded
    assert loaded & {"starlette", "uvicorn", "prometheus_client"} == set()


@pytest.mark.parametrize("module", EXTRAS)
def test_missing_extra_is_named(module: str) -> None:
    package, message = EXTRAS[module]
    code = f"import sys; sys.modules[{package!r}] = None; import {module}"
    run = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=LIMIT)
    assert run.stderr.splitlines()[-1] == f"ImportError: {message}"


@pytest.mark.parametrize("path", sorted(CLUSTER.rglob("*.py")), ids=lambda path: path.relative_to(CLUSTER).as_posix())
def test_only_an_extra_imports_its_modules(path: Path) -> None:
    folder = f"rraft.cluster.{path.relative_to(CLUSTER).parts[0]}"
    at_import = imports(path) - imports_in_functions(path)
    assert {name for name in at_import if name.startswith(tuple(set(EXTRAS) - {folder}))} == set()
