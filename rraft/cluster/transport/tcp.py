"""`TcpTransport`: the transport over TCP."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

from . import Receiver, SnapshotSource
from .addresses import parse_address
from .handshake import MAX_CLUSTER_NAME
from .identity import Identity
from .links import Link
from .options import TransportOptions
from .server import Server
from .snapshot_receiver import SnapshotReceiver
from .snapshot_sender import SnapshotSender
from .sockets import Listener, address_of, listen


class TcpTransport:
    """A `Transport` over TCP.

    A host connects to each other host, and sends frames on the connection that it has made itself. Clients connect to
    the same port.
    """

    def __init__(
        self,
        cluster: str,
        host: int,
        address: str,
        options: TransportOptions | None = None,
        *,
        source: random.Random | None = None,
    ) -> None:
        """`address` is what to listen on; with port 0, the system chooses the port. `source` gives the jitter.

        Raises `ValueError` if the name, the id or the address is invalid.
        """
        if not 0 < len(cluster.encode()) <= MAX_CLUSTER_NAME:
            raise ValueError(f"cluster: expected a name of 1 to {MAX_CLUSTER_NAME} bytes, got {cluster!r}")
        if not 0 < host < 2**64:
            raise ValueError(f"host: expected an id of at least 1, got {host}")
        parse_address(address, allow_any_port=True)
        self._identity = Identity(cluster, host, options or TransportOptions())
        if self._identity.options.tls:
            self._identity.options.tls.check_name_of(host, cluster)
        self._listen = address
        self._random = source or random.Random()
        self._addresses: dict[int, str] = {}
        self._links: dict[int, Link] = {}
        self._ending: set[asyncio.Future[Any]] = set()
        self._running: _Running | None = None
        self._closing: _Running | None = None
        """What `close` has not closed yet: if it is cancelled, the next call goes on."""
        self._closed = False

    @property
    def address(self) -> str:
        """The address that this host listens on, with the port that the system has chosen."""
        return address_of(self._running.listeners[0]) if self._running else self._listen

    async def start(self, receiver: Receiver) -> None:
        if self._running or self._closed:
            raise RuntimeError("a transport is started once")
        listeners = await listen(self._listen)
        self._running = _Running(self._identity, receiver, listeners, self._addresses, self._random, self._heard_of)
        for host, address in self._addresses.items():
            self._connect(host, address)

    async def close(self) -> None:
        self._closed = True
        if self._running:
            self._closing, self._running = self._running, None
        if not self._closing:
            return
        for host in list(self._links):
            self._disconnect(host)
        await self._closing.close()
        if self._ending:
            await asyncio.wait(self._ending)
        self._closing = None

    def set_address(self, host: int, address: str | None) -> None:
        if host == self._identity.host:
            raise ValueError(f"host: expected another host, got this host, {host}")
        if self._addresses.get(host) == address or self._closed:
            return
        if address is None:
            del self._addresses[host]
            self._disconnect(host)
            if self._running:
                self._running.sender.cancel(host)
            return
        parse_address(address)
        self._addresses[host] = address
        self._disconnect(host)
        if self._running:
            self._connect(host, address)

    def send(self, host: int, body: Sequence[bytes]) -> bool:
        link = self._links.get(host)
        return link is not None and link.send(body)

    def send_snapshot(self, host: int, header: bytes, source: SnapshotSource, done: Callable[[bool], None]) -> None:
        if self._running:
            self._running.sender.send(host, header, source, done)
        else:
            asyncio.get_running_loop().call_soon(done, False)

    def is_connected(self, host: int) -> bool:
        link = self._links.get(host)
        return link is not None and link.is_connected

    def _connect(self, host: int, address: str) -> None:
        self._links[host] = Link(self._identity, host, address, self._link_changed, self._random)

    def _disconnect(self, host: int) -> None:
        link = self._links.pop(host, None)
        if link:
            for future in link.close():
                self._ending.add(future)
                future.add_done_callback(self._ending.discard)

    def _link_changed(self, host: int, connected: bool) -> None:
        if self._running:
            self._running.receiver.link_changed(host, connected)

    def _heard_of(self, host: int) -> None:
        link = self._links.get(host)
        if link:
            link.wake()


class _Running:
    """What exists from `start` to `close`."""

    def __init__(
        self,
        identity: Identity,
        receiver: Receiver,
        listeners: list[Listener],
        addresses: dict[int, str],
        source: random.Random,
        heard_of: Callable[[int], None],
    ) -> None:
        self.receiver = receiver
        self.listeners = listeners
        self.sender = SnapshotSender(identity, addresses.get, source)
        snapshots = SnapshotReceiver(receiver, identity.options, own=identity.host)
        self._server = Server(identity, receiver, snapshots, heard_of)
        self._server.start(listeners)

    async def close(self) -> None:
        await self.sender.close()
        await self._server.close()
