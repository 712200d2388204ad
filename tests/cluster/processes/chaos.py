"""Random faults under load: kills, restarts, partitions, processes that stand still, members that come and go."""

import asyncio
import random

from rraft.cluster import Client, ClusterError

from .cluster import Cluster, until
from .load import Load

MEMBERS = 3
"""How many voters there are between two changes."""


class Chaos:
    """Makes one fault after the other. A majority of the members is up most of the time."""

    kinds: tuple[str, ...] = ("kill", "kill leader", "kill all", "isolate", "one way", "pause", "replace")

    def __init__(self, hosts: Cluster, running: Load, seed: int) -> None:
        self._hosts = hosts
        self._running = running
        self._random = random.Random(seed)
        self._members = set(range(1, MEMBERS + 1))
        self._next = MEMBERS + 1
        self.faults: list[str] = []

    async def fault(self) -> None:
        """Makes a fault, and ends it."""
        kind = self._random.choice(self.kinds)
        self.faults.append(kind)
        host = self._random.choice(sorted(self._members))
        if kind == "kill leader":
            host = await self._hosts.leader()
        await self.make(kind, host)
        before = self._running.acknowledged
        await until(lambda: self._running.acknowledged > before, f"an append is acknowledged after {self.faults}")

    async def make(self, kind: str, host: int) -> None:
        """Makes a fault of a kind, as a rule to one host, and ends it."""
        match kind:
            case "kill" | "kill leader":
                self._hosts.kill(host)
                await self._some_time()
                self._hosts.restart(host)
            case "kill all":
                for each in sorted(self._members):
                    self._hosts.kill(each)
                for each in sorted(self._members):
                    self._hosts.restart(each)
            case "isolate":
                await self._hosts.network.isolate(host, sorted(self._members))
                await self._some_time()
                await self._hosts.network.heal()
            case "one way":
                other = self._random.choice(sorted(self._members - {host}))
                await self._hosts.network.drop(host, other)
                await self._some_time()
                await self._hosts.network.heal()
            case "pause":
                self._hosts.pause(host)
                await self._some_time()
                self._hosts.go_on(host)
            case "replace":
                # Clients know the founders, and leaders that they have talked to: one of these must stay.
                await self._replace(host if host != 1 else max(self._members))

    async def _some_time(self) -> None:
        await asyncio.sleep(self._random.uniform(0.1, 2.5))

    async def _replace(self, host: int) -> None:
        """Adds a host, and removes another one."""
        added, self._next = self._next, self._next + 1
        await self._hosts.join(added)
        await self._change(added, add=True)
        self._members.add(added)
        await self._change(host, add=False)
        self._members.discard(host)
        if self._random.random() < 0.5:
            self._hosts.kill(host)  # it may not have been told yet

    async def _change(self, host: int, *, add: bool) -> None:
        """Changes a member, again and again while the outcome is unknown."""
        async with self._hosts.client() as client:
            while not await self._try_to_change(client, host, add=add):
                await asyncio.sleep(0.1)

    async def _try_to_change(self, client: Client, host: int, *, add: bool) -> bool:
        try:
            if add:
                await client.add(1, host, self._hosts.address(host), timeout=20.0)
            else:
                await client.remove(1, host, timeout=20.0)
        except ClusterError:
            voters = (await self._hosts.status(await self._hosts.leader())).get("voters")
            return voters is not None and (host in voters) == add
        return True
