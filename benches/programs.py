"""The two programs, and their output."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NATIVE = ("target/benches/release/native",)
PYTHON = (sys.executable, "benches/python")

# For other interpreters that run the Python program: the packages of this one.
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])}

Line = dict[str, Any]
"""The output of a run."""


def run(program: tuple[str, ...], arguments: str) -> Line:
    """Runs a program once."""
    command = [*program, *arguments.split()]
    ended = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise RuntimeError(f"{' '.join(program)} {arguments}: {ended.stderr}")
    line: Line = json.loads(ended.stdout)
    return line


def microseconds(line: Line) -> float:
    """The CPU time of one operation."""
    return float(line["cpu_seconds"] / line["operations"] * 1e6)


def check_same_work(native: Line, python: Line, arguments: str) -> None:
    """Raises if the runs have not done the same."""
    checks = native["checks"]
    if checks | python["checks"] != checks or native["operations"] != python["operations"]:
        raise RuntimeError(f"{arguments}: native {native}, Python {python}")
