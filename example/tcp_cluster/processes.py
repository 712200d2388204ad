"""The servers of a cluster, each a process on this machine."""

import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

SERVER = Path(__file__).parent / "server.py"


def free_addresses(server_ids: Iterable[int]) -> dict[int, str]:
    """An address of the loopback interface for each server, with a port that nobody uses now."""
    with ExitStack() as stack:
        addresses = {}
        for server_id in server_ids:
            # All are open until all are found, so none is found twice.
            listener = stack.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            host, port = listener.getsockname()
            addresses[server_id] = f"{host}:{port}"
        return addresses


class Processes:
    """Starts servers, and kills them. At the end of a `with` block, all that still run are killed."""

    def __init__(self, directory: Path, addresses: Mapping[int, str], first_members: Iterable[int]) -> None:
        self.addresses = addresses
        self._directory = directory
        self._first_members = {server_id: addresses[server_id] for server_id in first_members}
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for server_id in list(self._running):
            self.kill(server_id)

    def start(self, server_id: int) -> None:
        """Starts a server, over what is on its disk. One that is not among the first members waits to join."""
        command = [sys.executable, str(SERVER), "--id", str(server_id), "--listen", self.addresses[server_id]]
        command += ["--directory", str(self._directory / str(server_id)), "--peers"]
        command += [",".join(f"{peer}={address}" for peer, address in self._first_members.items())]
        if server_id not in self._first_members:
            command += ["--join"]
        self._running[server_id] = subprocess.Popen(command)

    def kill(self, server_id: int) -> None:
        """Ends a server with SIGKILL: it has no chance to put anything in order."""
        process = self._running.pop(server_id)
        process.kill()
        process.wait()

    def check(self) -> None:
        """Raises `RuntimeError` if a server has ended by itself."""
        for server_id, process in self._running.items():
            if (exit_code := process.poll()) is not None:
                raise RuntimeError(f"server {server_id} has ended, with exit code {exit_code}")

    def running(self) -> list[int]:
        """The ids of the servers that run."""
        return sorted(self._running)
