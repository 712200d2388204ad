"""Programs in separate processes that use rraft."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.harness.program import LIMIT, environment


def run(program: str, *, warnings: str = "ignore", **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a program. If it hangs, its exit code is that of the signal that kills it."""
    with subprocess.Popen(
        [sys.executable, "-W", warnings, "-X", "faulthandler", "-c", PRELUDE + program],
        env={**environment(), "RUST_BACKTRACE": "0", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="backslashreplace",
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            kill(process)
            output, errors = process.communicate()
            errors += "\nit hangs"
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def kill(process: subprocess.Popen[str]) -> None:
    """Kills a process and its children, which share its pipes."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def assert_ends_well(program: str, output: str | None = None, **variables: str) -> None:
    """Asserts that the program exits with code 0, and prints nothing to stderr."""
    ended = run(program, **variables)

    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    if output is not None:
        assert ended.stdout == output


PRELUDE = """
import sys
sys.path[:] = filter(None, sys.path)  # rather the build that is tested than the one in this folder
import gc, importlib, os, threading, time
import rraft
from rraft import *

def new_node(voters=(1, 2), storage=None, logger=None, **options):
    storage = storage or MemStorage.new_with_conf_state(ConfState(list(voters)))
    return RawNode(Config(id=1, **options), storage, logger or Logger.discard())

class PythonStorage:
    def __init__(self, inner=None):
        self.inner = inner or MemStorage.new_with_conf_state(ConfState([1, 2]))

    def __getattr__(self, name):
        return getattr(self.inner, name)
"""
