"""`example/web_service`: three web servers, each of which is a host."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.ports import free_port_range
from tests.harness.program import EXAMPLE, LIMIT, environment


def send(url: str, method: str) -> tuple[int, object] | None:
    """Sends a request. Returns the status and the content, or nothing if nobody listens."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=LIMIT) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except urllib.error.URLError:
        return None


class Service:
    """The processes that the README starts, on ports of their own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = free_port_range(6)
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, host: int) -> None:
        """Starts a web server."""
        members = ",".join(f"{number}=127.0.0.1:{self._port + number}" for number in (1, 2, 3))
        settings = {"MEMBERS": members, "HOST": str(host), "DIRECTORY": str(self._directory / str(host))}
        port = str(self._port + 3 + host)
        program = ["uvicorn", "--app-dir", str(EXAMPLE / "web_service"), "main:app", "--port", port]
        self.processes[host] = subprocess.Popen(
            [sys.executable, "-m", *program, "--log-level", "warning"],
            env=environment() | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def request(self, host: int, path: str, method: str = "GET") -> tuple[int, object]:
        """Sends a request, and repeats it while the outcome is unknown, which ends with an election."""
        while (answer := self.request_once(host, path, method))[0] == 504:
            pass
        return answer

    def request_once(self, host: int, path: str, method: str = "GET") -> tuple[int, object]:
        """Sends a request. Waits until the web server accepts connections, as long as its process runs."""
        end = time.monotonic() + LIMIT
        while (answer := send(f"http://127.0.0.1:{self._port + 3 + host}{path}", method)) is None:
            assert self.processes[host].poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        return answer

    def stop(self) -> None:
        """Kills all processes."""
        for process in self.processes.values():
            process.kill()
            process.wait()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    started = Service(tmp_path)
    try:
        for host in (1, 2, 3):
            started.start(host)
        yield started
    finally:
        started.stop()


def test_any_server_answers(service: Service) -> None:
    assert service.request(1, "/seats/A1?name=Ada", "PUT") == (200, {})
    assert service.request(2, "/seats/A1?name=Ada", "PUT") == (200, {})
    assert service.request(2, "/seats/A1?name=Grace", "PUT") == (409, "seat A1 is taken")
    assert service.request(2, "/seats/A1", "PUT") == (400, "expected a name")
    assert service.request(3, "/seats") == (200, {"A1": "Ada"})


def test_server_is_killed_and_restarted(service: Service) -> None:
    assert service.request(1, "/seats/A1?name=Ada", "PUT") == (200, {})
    service.processes[1].kill()
    service.processes[1].wait()
    assert service.request(2, "/seats/A2?name=Grace", "PUT") == (200, {})
    service.start(1)
    assert service.request(1, "/seats") == (200, {"A1": "Ada", "A2": "Grace"})


def test_without_quorum(service: Service) -> None:
    assert service.request(1, "/seats/A1?name=Ada", "PUT") == (200, {})
    for host in (2, 3):
        service.processes[host].kill()
    assert service.request_once(1, "/seats")[0] == 504
    assert service.request(1, "/seats?local=1") == (200, {"A1": "Ada"})
