"""Asks the other hosts of the cluster for their reports, so that the page of one host shows all of them."""

import asyncio
import logging
from dataclasses import replace
from functools import partial

import msgspec

from rraft.cluster.client import Client
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.errors import ClusterError
from rraft.cluster.status import HostReport
from rraft.cluster.transport.options import TransportOptions

logger: logging.Logger = logging.getLogger(__name__)

TIMEOUT = 1.5
"""Seconds for a report. A host that sends none is shown without."""


class Peers:
    """The last reports of the other hosts."""

    def __init__(self, cluster: str, options: ClientOptions | None, transport: TransportOptions | None) -> None:
        self._cluster = cluster
        self._options = options
        self._transport = transport or TransportOptions()
        self.reports: dict[int, HostReport] = {}
        """By the ids of the hosts. Those that did not send one in time are missing."""
        self._clients: dict[int, tuple[str, Client]] = {}
        self._asking: dict[int, asyncio.Task[None]] = {}
        self._unreadable: set[int] = set()
        """Hosts whose last report was none, which has been logged."""

    def ask(self, addresses: dict[int, str]) -> None:
        """Asks these hosts, unless they were asked and have not answered yet."""
        for host in self.reports.keys() - addresses.keys():
            del self.reports[host]
        for host, address in addresses.items():
            if host not in self._asking:
                task = asyncio.get_running_loop().create_task(self._ask(host, address))
                self._asking[host] = task
                task.add_done_callback(partial(self._asked, host))

    def _asked(self, host: int, _: "asyncio.Task[None]") -> None:
        self._asking.pop(host, None)

    async def close(self) -> None:
        """Closes the connections."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for _, client in self._clients.values():
            await client.close()

    async def _ask(self, host: int, address: str) -> None:
        try:
            client = await self._client(host, address)
            report = await client.status(0, timeout=TIMEOUT)
        except (ClusterError, ValueError):
            self.reports.pop(host, None)
        else:
            self._take(host, report)

    def _take(self, host: int, report: object) -> None:
        """Keeps a report. A host of another version may answer without what the page shows, or in another form."""
        try:
            converted = msgspec.convert(report, HostReport)
            if converted["host"] != host:
                raise ValueError(f"expected the report of host {host}, got that of host {converted['host']}")
        except ValueError as error:
            self.reports.pop(host, None)
            level = logging.DEBUG if host in self._unreadable else logging.WARNING
            self._unreadable.add(host)
            logger.log(level, "host %d: the page shows it without its report: %s", host, error)
        else:
            self.reports[host] = converted
            self._unreadable.discard(host)

    async def _client(self, host: int, address: str) -> Client:
        known = self._clients.get(host)
        if known is not None:
            if known[0] == address:
                return known[1]
            await known[1].close()
        client = Client([address], self._cluster, self._client_options(host))
        self._clients[host] = address, client
        return client

    def _client_options(self, host: int) -> ClientOptions:
        if self._options is not None:
            return self._options
        transport = self._transport
        options = ClientOptions(secret=transport.client_secret or transport.secret)
        if transport.tls is None:
            return options
        return replace(options, tls=transport.tls.client, server_name=transport.tls.name_of(host, self._cluster))
