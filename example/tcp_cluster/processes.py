"""The servers of a cluster, as processes on this machine."""

import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

SERVER = Path(__file__).parent / "server.py"


def free_addresses(server_ids: Iterable[int]) -> dict[int, str]:
    """An address of the loopback interface for each server, with a free port."""
    with ExitStack() as stack:
        addresses = {}
        for server_id in server_ids:
            # All listeners stay open until the end, so that no port is found twice.
            listener = stack.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            host, port = listener.getsockname()
            addresses[server_id] = f"{host}:{port}"
        return addresses


class Processes:
    """Starts and kills servers. The end of a `with` block kills those that are still running."""

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
        """Starts a server with what is on its disk. One that is not among the first members joins later."""
        command = [sys.executable, str(SERVER), "--id", str(server_id), "--listen", self.addresses[server_id]]
        command += ["--directory", str(self._directory / str(server_id)), "--peers"]
        command += [",".join(f"{peer}={address}" for peer, address in self._first_members.items())]
        if server_id not in self._first_members:
            command += ["--join"]
        self._running[server_id] = subprocess.Popen(command)

    def kill(self, server_id: int) -> None:
        """Kills a server with SIGKILL, which gives it no chance to clean up."""
        process = self._running.pop(server_id)
        process.kill()
        process.wait()

    def check(self) -> None:
        """Raises `RuntimeError` if a server has exited."""
        for server_id, process in self._running.items():
            if (exit_code := process.poll()) is not None:
                raise RuntimeError(f"server {server_id} has exited with code {exit_code}")

    def running(self) -> list[int]:
        """The ids of the running servers."""
        return sorted(self._running)
