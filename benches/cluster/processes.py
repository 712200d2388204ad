"""The processes of a cluster, and the CPU time that they take."""

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at the moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Processes:
    """Processes by the ids of their hosts. They are killed at the end."""

    def __init__(self, folder: Path) -> None:
        """`folder` gets what they print."""
        self.folder = folder
        self._commands: dict[int, Sequence[str]] = {}
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, host: int, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Starts a process."""
        self._commands[host] = command
        with (self.folder / f"output-{host}").open("ab") as output:
            self._running[host] = subprocess.Popen(
                command, stdout=output, stderr=output, env=dict(environment or os.environ)
            )

    def restart(self, host: int, environment: Mapping[str, str] | None = None) -> None:
        """Starts a process that was killed once more."""
        self.start(host, self._commands[host], environment)

    def kill(self, host: int) -> None:
        """Ends a process with SIGKILL."""
        process = self._running.pop(host)
        process.kill()
        process.wait()

    def close(self) -> None:
        """Ends all processes."""
        for process in self._running.values():
            process.send_signal(signal.SIGKILL)
        for process in self._running.values():
            process.wait()
        self._running.clear()

    def cpu_seconds(self) -> dict[int, float]:
        """The CPU time of each process since its start, in seconds."""
        return {host: _cpu_seconds(process.pid) for host, process in self._running.items()}

    def output(self, host: int) -> str:
        """What a process has printed."""
        return (self.folder / f"output-{host}").read_text()


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
