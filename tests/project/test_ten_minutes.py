"""The page "A cluster in ten minutes" works word by word, in a new directory and a new environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import msgspec
import pytest

import rraft
from tests.harness.pages import SITE, Block, blocks
from tests.harness.ports import free_port_range
from tests.harness.program import LIMIT

PAGE = SITE / "ten-minutes.md"

INSTALLED = """
pip() {
    test "$*" = "install rraft-py[cluster]"
}
rraft() {
    python -c 'import sys; from rraft._console import main; sys.exit(main())' "$@"
}
"""
"""Stands for the installation: the environment has the package that is tested, and what its extra requires."""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder that has `rraft` and the requirements of its extra `cluster`, and nothing else."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for package in (rraft, msgspec):
        assert package.__file__ is not None
        (folder / package.__name__).symlink_to(Path(package.__file__).parent)
    metadata = next(file for file in distribution("rraft-py").files or [] if file.name == "METADATA").locate()
    (folder / Path(metadata).parent.name).symlink_to(Path(metadata).parent)
    return folder


@pytest.fixture
def shell(tmp_path: Path, packages: Path) -> Iterator[subprocess.Popen[str]]:
    """A shell with job control, as a terminal has it. What it has started is killed afterwards."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    process = subprocess.Popen(
        ["bash", "--norc"],
        cwd=tmp_path,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(packages)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.terminate()  # rather than killed: then it kills the hosts
    process.communicate(timeout=LIMIT)


def on_ports(text: str, port: int) -> str:
    """`text` with other ports, so that tests can run at the same time."""
    return re.sub(r"\b700(\d)\b", lambda found: str(port + int(found[1])), text)


def script(page: list[Block], port: int) -> str:
    """What the reader types, and a line after each block of commands."""
    lines = ["set -em", INSTALLED, "trap 'kill -9 $(jobs -p) 2> /dev/null || true' EXIT"]
    for number, block in enumerate(page):
        if block.title:
            assert "\nEND\n" not in block.text
            lines.append(f"cat > {block.title} <<'END'\n{on_ports(block.text, port)}END")
        elif block.language == "sh":
            lines += [on_ports(block.text, port), f"echo 'end of block {number}'"]
    return "\n".join(lines)


STATUS = re.compile(r"^( +\d  127\.0\.0\.1:\S+).*$", re.MULTILINE)
LEADER = re.compile(r"leader \d, term \d+")


def without_figures(output: str) -> str:
    """What is printed, without what differs from run to run: leaders, terms, times, ports, and widths of columns."""
    return re.sub(" +", " ", LEADER.sub("leader", STATUS.sub("a host", output)))


@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="needs bash with job control")
def test_ten_minutes(shell: subprocess.Popen[str]) -> None:
    page = list(blocks(PAGE))

    output, errors = shell.communicate(script(page, free_port_range(4)), timeout=2 * LIMIT)

    assert shell.returncode == 0, errors
    expected = ""
    for number, block in enumerate(page):
        if block.language == "sh":
            following = page[number + 1] if number + 1 < len(page) else block
            shown = following.text if following.language in ("output", "text") else ""
            expected += f"{shown}end of block {number}\n"
    assert without_figures(output) == without_figures(expected), errors


def test_the_page_is_complete() -> None:
    """The reader creates every file that the commands run."""
    created = {block.title for block in blocks(PAGE) if block.title}
    run = {name for block in blocks(PAGE) if block.language == "sh" for name in re.findall(r"[\w.]+\.py", block.text)}
    assert created == {"jobs.py", "host.py", "use.py"}
    assert run == {"host.py", "use.py"}
