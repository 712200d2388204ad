"""`example/key_value`: what its README says, with processes."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.harness.ports import free_port_range
from tests.harness.program import EXAMPLE, LIMIT, environment

PROGRAM = EXAMPLE / "key_value" / "main.py"


class Shell:
    """Runs the program as the README does, on ports of its own."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.port = free_port_range(6)
        self._stack = stack
        self._command = [sys.executable, str(PROGRAM), "--directory", str(directory), "--port", str(self.port)]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Starts the program. It is killed at the end of the test."""
        process = subprocess.Popen(
            [*self._command, *arguments],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._stack.callback(end, process)
        return process

    def run(self, *arguments: str) -> str:
        """Runs the program to its end. Returns what it has printed."""
        ended = subprocess.run(
            [*self._command, *arguments], env=environment(), capture_output=True, text=True, timeout=LIMIT
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr == ""
        return ended.stdout.strip()

    def status(self) -> dict[str, str]:
        """What `status` prints."""
        return dict(line.split(": ", 1) for line in self.run("status").splitlines())


def end(process: "subprocess.Popen[str]") -> None:
    """Kills a program and the hosts that it has started, which share its pipe."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with ExitStack() as stack:
        yield Shell(tmp_path, stack)


def start_cluster(shell: Shell) -> "tuple[subprocess.Popen[str], dict[int, int]]":
    """Starts the three hosts. Returns their parent, and their process ids."""
    cluster = shell.start("cluster")
    assert cluster.stdout is not None
    found = [re.fullmatch(r"host (\d) is process (\d+)\n", cluster.stdout.readline()) for _ in range(3)]
    return cluster, {int(match[1]): int(match[2]) for match in found if match}


def test_use(shell: Shell) -> None:
    cluster, hosts = start_cluster(shell)
    assert hosts.keys() == {1, 2, 3}
    assert shell.run("put", "color", "blue") == ""
    assert shell.run("put", "shape", "round") == ""
    assert shell.run("get", "color") == "blue"
    assert shell.run("keys").splitlines() == ["color", "shape"]
    assert shell.run("delete", "color") == "True"
    assert shell.run("delete", "color") == "False"
    assert shell.run("get", "color") == "None"
    assert shell.status()["voters"] == "[1, 2, 3]"
    cluster.terminate()
    assert cluster.wait(LIMIT) == 0

    start_cluster(shell)
    assert shell.run("keys") == "shape"


def test_kill_and_start_again(shell: Shell) -> None:
    _, hosts = start_cluster(shell)
    shell.run("put", "color", "blue")
    leader = int(shell.status()["leader"])
    os.kill(hosts[leader], signal.SIGKILL)
    assert shell.run("get", "color") == "blue"
    shell.run("put", "shape", "round")
    shell.start("host", str(leader))
    other = next(host for host in hosts if host != leader)
    os.kill(hosts[other], signal.SIGKILL)
    assert shell.run("keys").splitlines() == ["color", "shape"]


def test_add_and_remove(shell: Shell) -> None:
    start_cluster(shell)
    shell.run("put", "color", "blue")
    joining = shell.start("host", "4")
    shell.run("add", "4")
    assert shell.status()["voters"] == "[1, 2, 3, 4]"
    shell.run("remove", "4")
    output, _ = joining.communicate(timeout=LIMIT)
    assert re.match(r"host 4 has stopped: .*removed", output)
    assert joining.returncode == 0
    assert shell.status()["voters"] == "[1, 2, 3]"
    leader = shell.status()["leader"]
    shell.run("remove", leader)
    assert leader not in shell.status()["voters"]
    assert shell.run("get", "color") == "blue"
