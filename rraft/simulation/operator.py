"""The operator of a simulated cluster: changes members, one after the other."""

import asyncio
from collections import deque
from random import Random
from typing import TYPE_CHECKING

from rraft.cluster.errors import ClusterError, MembershipError
from rraft.cluster.requests import Change, ChangeKind

if TYPE_CHECKING:
    from rraft.simulation.cluster import SimulatedCluster

ATTEMPT = 3.0
"""Seconds after which a change is requested again."""


class Operator:
    """A process of its own, with a client of its own."""

    def __init__(self, cluster: "SimulatedCluster") -> None:
        self._cluster = cluster
        self._process = cluster.loop.new_process("operator")
        self._client = cluster.client("operator", Random(f"{cluster.seed}.operator"))
        self._wanted: deque[tuple[str, int, int]] = deque()
        self._is_busy = False

    @property
    def is_idle(self) -> bool:
        """Whether all changes are made."""
        return not self._is_busy and not self._wanted

    def later(self, change: str, host: int) -> None:
        """Makes a change of all groups after those that were wanted before: `add`, `add learner`, `promote`, `remove`.

        A host that is to remain a learner is started when it is one: otherwise, it would ask to become a voter.
        """
        self._begin([(change, host, group.number) for group in self._cluster.groups])

    def transfer_later(self, number: int) -> None:
        """Asks the leader of one of the groups to hand over, after the changes that were wanted before."""
        self._begin([("transfer", 0, 1 + number % len(self._cluster.groups))])

    def _begin(self, wanted: list[tuple[str, int, int]]) -> None:
        self._wanted += wanted
        if not self._is_busy:
            self._is_busy = True
            self._cluster.loop.spawn(self._process, self._work())

    async def _work(self) -> None:
        while self._wanted:
            change, host, group = self._wanted.popleft()
            try:
                await self._make(change, host, group)
            except MembershipError as error:  # an earlier attempt may have succeeded
                self._cluster.trace("operator", "rejected", f"{change} {host}: {error}")
            if change == "add learner" and group == len(self._cluster.groups):
                self._cluster.hosts[host].start()
        self._is_busy = False

    async def _make(self, change: str, host: int, group: int) -> None:
        """Requests a change until it is made. Raises `MembershipError` if it is rejected."""
        while not await self._attempt(change, host, group):
            await asyncio.sleep(0.2)

    async def _attempt(self, change: str, host: int, group: int) -> bool:
        client = self._client
        try:
            if change == "add":
                await client.add(group, host, self._cluster.hosts[host].address, timeout=ATTEMPT)
            elif change == "add learner":
                step = Change(ChangeKind.ADD_LEARNER, host, self._cluster.hosts[host].address)
                await client.change_members(group, [step], timeout=ATTEMPT)
            elif change == "promote":
                await client.promote(group, host, timeout=ATTEMPT)
            elif change == "remove":
                await client.remove(group, host, timeout=ATTEMPT)
            else:
                await client.transfer_leadership(group, timeout=ATTEMPT)
        except MembershipError as error:
            if change == "remove" and "not a member" in str(error):  # an earlier attempt has succeeded
                return True
            raise
        except ClusterError as error:
            self._cluster.trace("operator", "failed", f"{change} {host}: {type(error).__name__}: {error}")
            return change == "transfer"
        self._cluster.trace("operator", "change", f"{change} {host}")
        return True
