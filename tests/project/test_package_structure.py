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
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
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
