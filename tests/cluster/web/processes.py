"""Processes of hosts, each with a page."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.harness.ports import free_port_range
from tests.harness.program import LIMIT, ROOT, environment

TOKEN = "a token of the tests"


class Pages:
    """Three hosts. Host N listens on the port N after `port`, and its page is three after that."""

    def __init__(self, folder: Path, cluster: str) -> None:
        self._folder = folder
        self._cluster = cluster
        self._port = free_port_range(6)
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        for number in (1, 2, 3):
            self.start(number)

    def url(self, number: int) -> str:
        """The page of a host. Waits until it is served."""
        deadline = time.monotonic() + LIMIT
        address = ("127.0.0.1", self._port + 3 + number)
        with closing(socket.socket()) as probe:
            while probe.connect_ex(address):
                assert time.monotonic() < deadline, f"host {number} does not serve its page"
                time.sleep(0.02)
        return f"http://127.0.0.1:{address[1]}/"

    def start(self, number: int) -> None:
        settings = {
            "path": str(self._folder / f"{number}"),
            "id": number,
            "cluster": self._cluster,
            "members": {host: f"127.0.0.1:{self._port + host}" for host in (1, 2, 3)},
            "page": f"127.0.0.1:{self._port + 3 + number}",
            "token": TOKEN,
        }
        command = [sys.executable, "-m", "tests.cluster.web.program", json.dumps(settings)]
        with (self._folder / f"output-{number}").open("ab") as output:
            self._processes[number] = subprocess.Popen(
                command, cwd=ROOT, env=environment(), stdout=output, stderr=output
            )

    def kill(self, number: int) -> None:
        """Ends a process with SIGKILL."""
        process = self._processes.pop(number)
        process.kill()
        process.wait()

    def close(self) -> None:
        for number in list(self._processes):
            self.kill(number)


@contextmanager
def pages(folder: Path, cluster: str = "jobs") -> Iterator[Pages]:
    """A cluster of three processes."""
    started = Pages(folder, cluster)
    try:
        yield started
    finally:
        started.close()
