"""Hosts as processes, with a network between them that drops what a test tells it to."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from rraft.cluster import Client, ClientOptions, ClusterError
from tests.harness.ports import free_port_range
from tests.harness.program import LIMIT, ROOT, environment

from .network import Network
from .program import Lists

C = TypeVar("C", bound="Cluster")

PROGRAM = "tests.cluster.processes.program"

CLIENT = ClientOptions(
    timeout=LIMIT, heartbeat_interval=0.2, heartbeat_timeout=1.0, connect_timeout=0.5, max_backoff=0.1
)


class Cluster:
    """The processes. Host N listens on the port `2 N` after `port`, its proxy on the one before."""

    def __init__(self, folder: Path, network: Network, **settings: Any) -> None:
        self.folder = folder
        self.network = network
        self._port = free_port_range(30)
        self._settings = settings
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._commands: dict[int, list[str]] = {}

    def listens(self, host: int) -> str:
        """Where a host listens."""
        return f"127.0.0.1:{self._port + 2 * host}"

    def address(self, host: int) -> str:
        """Where other hosts connect to it: its proxy."""
        return f"127.0.0.1:{self._port + 2 * host - 1}"

    def path(self, host: int) -> Path:
        """The directory of a host's log."""
        return self.folder / str(host)

    @property
    def hosts(self) -> list[int]:
        """The hosts whose processes run."""
        return sorted(host for host, process in self._processes.items() if process.poll() is None)

    async def found(self, count: int) -> None:
        """Starts hosts 1 to `count` as the founders."""
        members = {host: self.address(host) for host in range(1, count + 1)}
        for host in members:
            await self._start_new(host, bootstrap=members)

    async def join(self, host: int) -> None:
        """Starts a host that asks the others to be added."""
        await self._start_new(host, join=[self.address(other) for other in self.hosts])

    async def _start_new(self, host: int, **how: Any) -> None:
        await self._connect(host)
        settings = {
            "path": str(self.path(host)),
            "id": host,
            "listen": self.listens(host),
            "address": self.address(host),
            **how,
            **self._settings,
        }
        self._commands[host] = [*self._prefix(host), sys.executable, "-m", PROGRAM, json.dumps(settings)]
        self.restart(host)

    async def _connect(self, host: int) -> None:
        """Makes a host that does not run yet reachable."""
        await self.network.front(host, self.listens(host), self._port + 2 * host - 1)

    def _prefix(self, host: int) -> list[str]:
        """What the command of a host begins with."""
        del host
        return []

    def restart(self, host: int) -> None:
        """Starts the process of a host that does not run."""
        with (self.folder / f"output-{host}").open("ab") as output:
            self._processes[host] = subprocess.Popen(
                self._commands[host], cwd=ROOT, env=environment(), stdout=output, stderr=output
            )

    def kill(self, host: int) -> None:
        """Ends a process with SIGKILL."""
        process = self._processes.pop(host)
        process.kill()
        process.wait()

    def process(self, host: int) -> int:
        """The process id of a host."""
        return self._processes[host].pid

    def pause(self, host: int) -> None:
        """Stops a process until `go_on`."""
        self._processes[host].send_signal(signal.SIGSTOP)

    def go_on(self, host: int) -> None:
        self._processes[host].send_signal(signal.SIGCONT)

    async def exit_of(self, host: int) -> int:
        """Waits until the process of a host ends by itself. Returns its exit code."""
        process = self._processes[host]
        await until(lambda: process.poll() is not None, f"host {host} exits")
        return process.returncode

    def output(self, host: int) -> str:
        """What a host has printed and logged."""
        return (self.folder / f"output-{host}").read_text()

    def client(self, *hosts: int) -> Client:
        """A client that knows these hosts; by default, all."""
        known = hosts or tuple(self._commands)
        secret = self._settings.get("secret")
        options = replace(CLIENT, secret=secret.encode() if secret else None)
        return Client([self.listens(host) for host in known], "rraft", options)

    async def status(self, host: int) -> dict[str, Any]:
        """The group as a host sees it; empty if it does not answer."""
        async with self.client(host) as client:
            try:
                return await client.status(1, timeout=2.0)
            except ClusterError:
                return {}

    async def has_voters(self, host: int, voters: list[int]) -> bool:
        """Whether a host sees these voters."""
        return bool((await self.status(host)).get("voters") == voters)

    async def leader(self) -> int:
        """Waits until the running hosts agree about a leader that runs."""
        found = 0

        async def agreed() -> bool:
            nonlocal found
            statuses = [await self.status(host) for host in self.hosts]
            leaders = {status.get("leader", 0) for status in statuses if status.get("role") != "stopped"}
            found = leaders.pop() if len(leaders) == 1 else 0
            return found in self.hosts

        await until_async(agreed, "there is a leader")
        return found

    async def read(self, key: str, host: int | None = None) -> list[str]:
        """The list of a key, linearizable."""
        async with self.client(*([] if host is None else [host])) as client:
            return await client.group(Lists).texts(key)

    def close(self) -> None:
        """Ends all processes."""
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.wait()


@asynccontextmanager
async def cluster(folder: Path, count: int = 3, **settings: Any) -> AsyncIterator[Cluster]:
    """A cluster with a leader. `settings` are those of the program of its hosts."""
    async with running(Cluster(folder, Network(), **settings), count) as started:
        yield started


@asynccontextmanager
async def running(started: C, count: int = 3) -> AsyncIterator[C]:
    """Founds a cluster, waits for a leader, and ends all processes at last."""
    try:
        await started.found(count)
        await started.leader()
        yield started
    finally:
        started.close()
        await started.network.close()


async def until(condition: Callable[[], object], what: str) -> None:
    """Waits until the condition is true."""

    async def check() -> bool:
        return bool(condition())

    await until_async(check, what)


async def until_async(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Waits until the condition is true."""
    deadline = asyncio.get_running_loop().time() + LIMIT
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, f"timeout before {what}"
        await asyncio.sleep(0.05)
