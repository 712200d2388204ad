"""Every test of raft-rs is ported, and every test can fail."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias, TypedDict

import pytest

from tests.harness.crates import crate_folder
from tests.harness.program import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Port(TypedDict):
    """The ports of a file's tests, and their upstream names."""

    port: str
    tests: list[str]


TESTS = ROOT / "tests"
UPSTREAM: dict[str, Port] = tomllib.loads((TESTS / "ported" / "upstream.toml").read_text())
PUBLISHED = sorted(file for file in UPSTREAM if file.startswith("src/"))
"""The crate has the unit tests only; those of `harness/` are in upstream's repository."""
FAIL_POINTS = "harness/tests/failpoints_cases/mod.rs"
TEST_FILES = sorted(TESTS.rglob("test_*.py"))


def name(path: Path) -> str:
    return path.relative_to(TESTS).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def functions(path: Path) -> dict[str, Function]:
    """The functions of a module, by name."""
    return {node.name: node for node in tree(path).body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


@cache
def collected() -> Counter[str]:
    """The number of cases that pytest collects for each ported test."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "--no-header"]
    run = subprocess.run([*command, "tests/ported"], cwd=ROOT, capture_output=True, text=True, check=True)
    return Counter(line.partition("[")[0] for line in run.stdout.splitlines() if "::" in line)


def rust_tests(path: Path) -> list[str]:
    """The tests of a Rust file, in order, without those with `#[ignore]`, which are benchmarks."""
    return re.findall(r"#\[test\]\s*(?:#\[cfg[^\n]*\]\s*)?(?:pub )?fn (\w+)", path.read_text())


def test_every_upstream_test_file_is_ported() -> None:
    crate = crate_folder("raft")
    with_tests = [path for path in (crate / "src").rglob("*.rs") if rust_tests(path)]

    assert sorted(path.relative_to(crate).as_posix() for path in with_tests) == PUBLISHED


@pytest.mark.parametrize("file", PUBLISHED)
def test_every_upstream_test_is_ported(file: str) -> None:
    assert sorted(UPSTREAM[file]["tests"]) == sorted(rust_tests(crate_folder("raft") / file))


@pytest.mark.parametrize("file", UPSTREAM)
def test_every_port_is_a_separate_test(file: str) -> None:
    names = UPSTREAM[file]["tests"]

    assert len(names) == len(set(names))
    assert set(names) <= set(functions(ROOT / UPSTREAM[file]["port"]))


# The ports of the fail-point tests are collected with a build that has fail points only.
@pytest.mark.parametrize("file", sorted(set(UPSTREAM) - {FAIL_POINTS}))
def test_ports_are_collected(file: str) -> None:
    assert [test for test in UPSTREAM[file]["tests"] if not collected()[f"{UPSTREAM[file]['port']}::{test}"]] == []


def test_data_driven_cases_are_collected() -> None:
    assert collected()["tests/ported/test_quorum.py::test_data_driven_quorum"] == 141
    assert collected()["tests/ported/test_confchange.py::test_conf_change_data_driven"] == 55


def imported(path: Path) -> dict[str, Function]:
    """The functions that a module imports from others of the tests, by name."""
    found: dict[str, Function] = {}
    for node in tree(path).body:
        if not isinstance(node, ast.ImportFrom):
            continue
        package = path.parents[node.level - 1] if node.level else ROOT
        file = package.joinpath(*(node.module or "").split(".")).with_suffix(".py")
        if file.is_relative_to(TESTS) and file.exists():
            found |= {alias.name: functions(file)[alias.name] for alias in node.names if alias.name in functions(file)}
    return found


def can_fail(function: Function, others: dict[str, Function]) -> bool:
    """Whether a function asserts something, expects an exception, or uses one of `others` that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.raises", "run_state_machine_as_test"):
            return True
        helper = others.get(node.id) if isinstance(node, ast.Name) else None
        if helper and can_fail(helper, {name: other for name, other in others.items() if other is not helper}):
            return True
    return False


@pytest.mark.parametrize("path", TEST_FILES, ids=name)
def test_every_test_can_fail(path: Path) -> None:
    module = functions(path)
    tests = {name: function for name, function in module.items() if name.startswith("test_")}

    assert tests
    assert [name for name, function in tests.items() if not can_fail(function, imported(path) | module)] == []


@pytest.mark.parametrize("path", [*TEST_FILES, *(TESTS / "harness").glob("*.py")], ids=name)
def test_no_failure_is_swallowed(path: Path) -> None:
    handlers = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler)]

    caught = [ast.unparse(handler.type) if handler.type else "everything" for handler in handlers]

    assert not {"everything", "Exception", "BaseException", "AssertionError"} & set(caught)


WITHOUT_MESSAGE = {"KeyboardInterrupt", "InterruptedError", "asyncio.CancelledError"}


def unchecked_raises(function: ast.AST) -> Iterator[str]:
    """The `pytest.raises` of a function without a message, unless the function checks the exception itself."""
    for block in ast.walk(function):
        if not isinstance(block, (ast.With, ast.AsyncWith)):
            continue
        for item in block.items:
            call = item.context_expr
            if not isinstance(call, ast.Call) or ast.unparse(call.func) != "pytest.raises":
                continue
            is_matched = any(keyword.arg in ("match", "check") for keyword in call.keywords)
            is_looked_at = item.optional_vars and f"{ast.unparse(item.optional_vars)}.value" in ast.unparse(function)
            if not is_matched and not is_looked_at and ast.unparse(call.args[0]) not in WITHOUT_MESSAGE:
                yield f"line {block.lineno}: {ast.unparse(call)}"


@pytest.mark.parametrize("path", TEST_FILES, ids=name)
def test_every_expected_exception_has_a_message(path: Path) -> None:
    definitions = [node for node in ast.walk(tree(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]

    assert [found for function in definitions for found in unchecked_raises(function)] == []


@pytest.mark.parametrize("path", TEST_FILES, ids=name)
def test_nothing_is_skipped(path: Path) -> None:
    """But for what a system does not have, with a reason that names it."""
    text = re.sub(r'pytest\.mark\.skipif\(.+, reason="needs [^"]+"\)', "", path.read_text())

    assert [mark for mark in ("mark." + "skip", "mark." + "xfail", "pytest." + "skip") if mark in text] == []
