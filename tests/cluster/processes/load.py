"""Clients that append to lists and read them, and record what they see."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rraft.cluster import BusyError, Client, ClusterError
from rraft.cluster.client_errors import OutcomeUnknownError, RequestTimeoutError

from .cluster import Cluster
from .history import History
from .program import Lists

KEYS = ("a", "b", "c")


@dataclass
class Load:
    """The histories of the keys."""

    histories: dict[str, History] = field(default_factory=lambda: {key: History() for key in KEYS})
    appends: int = 0
    failures: list[str] = field(default_factory=list)
    _clients: list[Client] = field(default_factory=list)
    _tasks: "list[asyncio.Task[None]]" = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """How many appends were acknowledged."""
        return sum(len(history.acknowledged) for history in self.histories.values())

    async def run(self, client: Client, source: random.Random, name: str) -> None:
        """Appends and reads until it is cancelled."""
        lists = client.group(Lists)
        clock = asyncio.get_running_loop().time
        while True:
            key = source.choice(KEYS)
            history = self.histories[key]
            began = clock()
            if source.random() < 0.3:
                try:
                    history.read(name, await lists.read(key), began, clock())
                except RequestTimeoutError as error:
                    self.failures.append(str(error))
                continue
            self.appends += 1
            call = history.append(name, f"{name}-{self.appends}", began)
            try:
                length = await lists.append(key, call.request[1])
            except BusyError:
                history.rejected(call)
            except (OutcomeUnknownError, ClusterError) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
            else:
                history.appended(call, length, clock())

    def start(self, client: Client, source: random.Random, name: str, tasks: int) -> None:
        """Starts some tasks with a client."""
        self._clients.append(client)
        for task in range(tasks):
            self._tasks.append(asyncio.ensure_future(self.run(client, source, f"{name}.{task}")))

    async def stop(self) -> None:
        """Ends all tasks."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for client in self._clients:
            await client.close()
        errors = [error for error in ended if not isinstance(error, asyncio.CancelledError)]
        assert errors == []

    async def check(self, cluster: Cluster) -> None:
        """Raises `AssertionError` unless the histories are linearizable, also as each host reads them now."""
        for key, history in self.histories.items():
            final = await cluster.read(key)
            history.check(final)
            for host in cluster.hosts:
                final = history.check_later(final, await cluster.read(key, host), host)


@asynccontextmanager
async def load(cluster: Cluster, *, clients: int = 3, tasks: int = 4, seed: int = 1) -> AsyncIterator[Load]:
    """Runs a load on all hosts, until the end of the block or `stop`."""
    result = Load()
    source = random.Random(seed)
    for number in range(clients):
        result.start(cluster.client(), source, f"{seed}.{number}", tasks)
    try:
        yield result
    finally:
        await result.stop()
