"""Hosts over localhost in one process, and what tests wait for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from rraft.cluster import Context, Host, HostOptions, Replicated, command, query
from tests.harness.program import LIMIT

T = TypeVar("T")

OPTIONS = HostOptions(tick=0.02)
"""Elections take 0.2 to 0.4 s."""


class Jobs(Replicated):
    """A queue of jobs."""

    jobs: dict[int, str]

    def __init__(self) -> None:
        self.jobs = {}
        self.number = 0

    @command
    def enqueue(self, payload: str) -> int:
        """Adds a job, and returns its number."""
        self.number += 1
        self.jobs[self.number] = payload
        return self.number

    @command
    def finish(self, number: int) -> str:
        """Removes a job, and returns its payload."""
        return self.jobs.pop(number)

    @query
    def length(self) -> int:
        """The number of jobs."""
        return len(self.jobs)

    @query
    def payloads(self) -> list[str]:
        """The payloads of all jobs."""
        return list(self.jobs.values())


class Words:
    """A state machine without Replicated."""

    def __init__(self) -> None:
        self.words: list[bytes] = []

    def apply(self, command: bytes, _: Context) -> bytes:
        if not command:
            raise ValueError("no word")
        self.words.append(command)
        return b"%d" % len(self.words)

    def query(self, _: bytes) -> bytes:
        return b" ".join(self.words)

    def snapshot(self) -> list[bytes]:
        return list(self.words)

    def restore(self, chunks: object) -> None:
        self.words = list(chunks)  # type: ignore[call-overload]


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def run(test: Coroutine[Any, Any, T]) -> T:
    """Runs a test that ends in time."""

    async def limited() -> T:
        return await asyncio.wait_for(test, LIMIT)

    return asyncio.run(limited())


async def eventually(condition: Callable[[], object]) -> None:
    """Waits until the condition is true."""
    while not condition():
        await asyncio.sleep(0.01)


class LocalCluster:
    """Hosts in this process, by their ids."""

    def __init__(self, directory: Path, members: dict[int, str], stack: AsyncExitStack) -> None:
        self.directory = directory
        self.members = members
        self.hosts: dict[int, Host] = {}
        self._stack = stack

    async def open(self, number: int, **arguments: Any) -> Host:
        """Starts the process of a host."""
        if "join" not in arguments:
            arguments.setdefault("bootstrap", self.members)
        host = Host(
            self.directory / f"{number}",
            **{"id": number, "listen": self.members.get(number, "127.0.0.1:0"), "options": OPTIONS, **arguments},
        )
        await host.open()
        self._stack.push_async_callback(host.close)
        self.hosts[number] = host
        return host

    def leader(self, group: int = 1) -> Host | None:
        """The host that leads a group, if there is one."""
        return next(
            (host for host in self.hosts.values() if group in host.groups and host.groups[group].core.is_leader), None
        )


@asynccontextmanager
async def local_cluster(directory: Path, hosts: int = 3) -> AsyncIterator[LocalCluster]:
    """A cluster of founding members, which are open and have no groups."""
    members = {number: f"127.0.0.1:{port}" for number, port in enumerate(free_ports(hosts), 1)}
    async with AsyncExitStack() as stack:
        cluster = LocalCluster(directory, members, stack)
        for number in members:
            await cluster.open(number)
        yield cluster
