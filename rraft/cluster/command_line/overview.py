"""What all hosts of a cluster say about themselves."""

import asyncio
from types import TracebackType
from typing import Any

from rraft.cluster.client import Client
from rraft.cluster.command_line.connection import Connection
from rraft.cluster.command_line.exits import CommandFailure, Exit, line_of
from rraft.cluster.errors import ClusterError

ANSWER_TIMEOUT = 2.0
"""Seconds until a host counts as one that does not answer."""

Report = dict[str, Any]
"""A `HostReport`, as JSON has it; of an older host, only some of it."""


class Overview:
    """Asks the hosts that the command line names, and all others that these know."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.hosts: dict[int, Report] = {}
        """What the hosts have answered, by their ids."""
        self.failures: dict[str, str] = {}
        """The addresses of which there was no answer, and why."""
        self._clients: dict[str, Client] = {}

    async def __aenter__(self) -> "Overview":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.gather(*(client.close() for client in self._clients.values()))

    def client(self, address: str) -> Client:
        """The client for the host at an address."""
        if address not in self._clients:
            self._clients[address] = self.connection.client(address)
        return self._clients[address]

    async def look(self) -> None:
        """Asks all hosts again. Raises `CommandFailure` if none answers."""
        self.hosts, self.failures = {}, {}
        asked: set[str] = set()
        new = set(self.connection.addresses)
        while new:
            asked |= new
            await asyncio.gather(*(self._ask(address) for address in sorted(new)))
            known = {str(report["address"]) for report in self.hosts.values()}
            new = set(self.addresses().values()) - asked - known
        if not self.hosts:
            reasons = "; ".join(f"{address}: {reason}" for address, reason in sorted(self.failures.items()))
            raise CommandFailure(Exit.NO_ANSWER, f"no host answers: {reasons}")
        answered = {str(report["address"]) for report in self.hosts.values()}
        self.failures = {address: why for address, why in self.failures.items() if address not in answered}

    def groups(self) -> list[int]:
        """The ids of all groups."""
        return sorted({int(number) for report in self.hosts.values() for number in report["groups"]})

    def reports(self, group: int) -> dict[int, Report]:
        """What the hosts say about a group, by their ids."""
        found = {host: report["groups"].get(str(group)) for host, report in sorted(self.hosts.items())}
        return {host: report for host, report in found.items() if report is not None}

    def newest(self, group: int) -> Report | None:
        """The report of the host that knows the most about a group."""
        reports = [report for report in self.reports(group).values() if report.get("applied")]
        return max(reports, key=lambda report: (report["applied"], report["role"] == "leader"), default=None)

    def addresses(self, group: int | None = None) -> dict[int, str]:
        """The addresses of the members of a group, or of all groups, by their ids."""
        found: dict[int, str] = {}
        for number in self.groups() if group is None else [group]:
            newest = self.newest(number)
            if newest is not None:
                found |= {int(host): address for host, address in newest["addresses"].items()}
        return dict(sorted(found.items()))

    async def _ask(self, address: str) -> None:
        try:
            report = await self.client(address).status(0, timeout=min(ANSWER_TIMEOUT, self.connection.timeout))
        except ClusterError as error:
            self.failures[address] = line_of(error)
        else:
            self.hosts.setdefault(int(report["host"]), report)
