"""The transport of a simulated host: frames between hosts are messages, which can be lost, doubled and reordered."""

import asyncio
import random
from collections.abc import Callable, Sequence

from rraft.cluster.transport import Receiver, SnapshotSource
from rraft.cluster.transport.clients import ClientConnections
from rraft.cluster.transport.handshake import MAX_HANDSHAKE_FRAME, Kind
from rraft.cluster.transport.identity import Identity
from rraft.cluster.transport.options import TransportOptions
from rraft.cluster.transport.reports import Reports
from rraft.cluster.transport.server import logger
from rraft.cluster.transport.snapshot_receiver import SnapshotReceiver
from rraft.cluster.transport.snapshot_sender import SnapshotSender
from rraft.cluster.transport.streams import FrameStream
from rraft.simulation.connections import ObservedConnection
from rraft.simulation.network import SILENCE, Network, Path
from rraft.simulation.process import Process
from rraft.simulation.streams import Stream, connect

MAX_PAUSE = 0.5
"""Seconds between two attempts to connect, at most."""


class SimulatedIdentity(Identity):
    """Connects over the simulated network, without a handshake."""

    _network: Network

    def use(self, network: Network) -> None:
        """Sets the network."""
        object.__setattr__(self, "_network", network)

    async def dial(self, kind: Kind, host: int, address: str) -> FrameStream:
        """Connects to another host."""
        stream = FrameStream(MAX_HANDSHAKE_FRAME)
        limit = self.options.connect_timeout
        listener = await connect(self._network, str(self.host), address, stream, (kind.name, self.host), limit)
        if listener.endpoint != str(host):
            stream.abort()
            raise ConnectionRefusedError(f"host {listener.endpoint} listens at {address}, not host {host}")
        return stream


class _Link:
    """A connection to another host, in one direction."""

    __slots__ = ("is_up", "path", "peer")

    def __init__(self, peer: "SimulatedTransport", path: Path) -> None:
        self.peer: SimulatedTransport = peer
        self.path: Path = path
        self.is_up: bool = True


class SimulatedTransport:
    """A `Transport`. Snapshots and clients use the code of `TcpTransport`, over simulated streams."""

    def __init__(
        self,
        network: Network,
        process: Process,
        cluster: str,
        host: int,
        address: str,
        options: TransportOptions | None,
        source: random.Random,
    ) -> None:
        self.endpoint: str = str(host)
        self.process = process
        self.address = address
        self.host = host
        self._network = network
        self._options = options or TransportOptions()
        self._identity = SimulatedIdentity(cluster, host, self._options)
        self._identity.use(network)
        self._source = source
        self._receiver: Receiver
        self._addresses: dict[int, str] = {}
        self._links: dict[int, _Link] = {}
        self._attempts: dict[int, int] = {}
        """The number of the latest attempt to connect to a host: earlier ones are obsolete."""
        self._number = 0
        self._is_open = False
        self._sender: SnapshotSender
        self._snapshots: SnapshotReceiver
        self._clients: ClientConnections
        self._tasks: dict[asyncio.Task[None], None] = {}

    # The transport of a host.

    async def start(self, receiver: Receiver) -> None:
        """See `Transport.start`."""
        if self.address in self._network.listeners:
            raise OSError(f"{self.address} is in use")
        self._receiver = receiver
        self._sender = SnapshotSender(self._identity, self._addresses.get, self._source)
        self._snapshots = SnapshotReceiver(receiver, self._options)
        self._clients = ClientConnections(receiver, self._options, Reports(logger))
        self._is_open = True
        self._network.listeners[self.address] = self
        for host in self._addresses:
            self._connect_soon(host, 0.0)

    async def close(self) -> None:
        """See `Transport.close`."""
        if not self._is_open:
            return
        self._is_open = False
        self._network.listeners.pop(self.address, None)
        for host in list(self._links):
            self._drop(host)
        self._network.ended(self.endpoint)
        await self._sender.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._clients.close()

    def set_address(self, host: int, address: str | None) -> None:
        """See `Transport.set_address`."""
        if self._addresses.get(host) == address:
            return
        self._drop(host)
        if address is None:
            del self._addresses[host]
            self._sender.cancel(host)
        else:
            self._addresses[host] = address
            if self._is_open:
                self._connect_soon(host, 0.0)

    def send(self, host: int, body: Sequence[bytes]) -> bool:
        """See `Transport.send`."""
        link = self._links.get(host)
        if link is None:
            return False
        network, peer, frame = self._network, link.peer, b"".join(body)
        network.sent += 1
        loop = network.loop
        arrivals = link.path.arrivals(loop.now)
        for arrival in arrivals:
            loop.at(peer.process, arrival, peer.arrive, link, self.host, frame)
        if not arrivals:
            network.on_lost(self.endpoint, peer.endpoint, len(frame))
        return True

    def send_snapshot(self, host: int, header: bytes, source: SnapshotSource, done: Callable[[bool], None]) -> None:
        """See `Transport.send_snapshot`."""
        if self._is_open:
            self._sender.send(host, header, source, done)
        else:
            self._network.loop.call_soon(done, False)

    def is_connected(self, host: int) -> bool:
        """See `Transport.is_connected`."""
        return host in self._links

    # What the network calls. The first two run in this process.

    def arrive(self, link: _Link, host: int, frame: bytes) -> None:
        """A frame has arrived."""
        if link.is_up and self._is_open:
            network = self._network
            if network.on_message is not None:
                network.on_message(str(host), self.endpoint, frame)
            self._receiver.received(host, frame)

    def accepted(self, hello: tuple[str, int], stream: Stream) -> None:
        """Somebody has connected."""
        if not self._is_open:
            stream.abort()
        elif hello[0] == Kind.CLIENT.name:
            stream.attach(ObservedConnection(self._clients, self._receiver))
        else:
            frames = FrameStream(MAX_HANDSHAKE_FRAME)
            stream.attach(frames)
            task = self._network.loop.create_task(self._snapshots.serve(hello[1], frames))
            self._tasks[task] = None
            task.add_done_callback(lambda task: self._tasks.pop(task, None))

    def watch(self, endpoint: str) -> None:
        """Something has happened to another endpoint: its link may end soon, or after a while without an answer."""
        link = self._links.get(int(endpoint)) if endpoint.isdecimal() else None
        if link is not None:
            loop = self._network.loop
            loop.at(self.process, loop.now + link.path.draw(), self._check, link, False)
            loop.at(self.process, loop.now + SILENCE, self._check, link, True)

    def reset(self, endpoint: str) -> None:
        """The link to another endpoint ends, if there is one."""
        if endpoint.isdecimal() and int(endpoint) in self._links:
            loop = self._network.loop
            loop.at(self.process, loop.now, self._lost, self._links[int(endpoint)])

    def heard_of(self, host: int) -> None:
        """Another host has connected to this one: an attempt to connect to it may succeed."""
        if self._is_open and host in self._addresses and host not in self._links:
            self._connect_soon(host, 0.0)

    # Links.

    def _check(self, link: _Link, is_silent: bool) -> None:
        """Ends a link whose other side is gone, or has been silent for a while."""
        peer = link.peer
        is_gone = not peer.process.is_alive or not peer._is_open
        is_cut = self._network.is_cut(self.endpoint, peer.endpoint)
        if (is_gone and not is_cut) or (is_silent and (is_gone or is_cut or peer.process.is_paused)):
            self._lost(link)

    def _lost(self, link: _Link) -> None:
        if self._is_open and self._links.get(link.peer.host) is link:
            self._drop(link.peer.host)
            self._connect_soon(link.peer.host, MAX_PAUSE * self._source.random())

    def _drop(self, host: int) -> None:
        link = self._links.pop(host, None)
        self._attempts.pop(host, None)
        if link is not None:
            if self._is_open:
                link.is_up = False
            self._network.loop.call_soon(self._changed, host, False)

    def _changed(self, host: int, connected: bool) -> None:
        if self._is_open:
            self._receiver.link_changed(host, connected)

    def _connect_soon(self, host: int, pause: float) -> None:
        self._number += 1
        self._attempts[host] = self._number
        loop = self._network.loop
        delay = pause + 2 * self._network.path(self.endpoint, str(host)).draw()
        loop.at(self.process, loop.now + delay, self._connect, host, self._number)

    def _connect(self, host: int, attempt: int) -> None:
        if self._attempts.get(host) != attempt or not self._is_open or host in self._links:
            return
        peer = self._network.listeners.get(self._addresses[host])
        if (
            peer is None
            or peer.host != host
            or not peer.process.is_alive
            or peer.process.is_paused
            or self._network.is_cut(self.endpoint, peer.endpoint)
            or not peer._receiver.accepts(self.host)
        ):
            self._connect_soon(host, 0.05 + MAX_PAUSE * self._source.random())
            return
        path = self._network.path(self.endpoint, peer.endpoint)
        path.last = 0.0  # what was sent before, also by an earlier start of this host, may arrive later
        self._links[host] = _Link(peer, path)
        self._receiver.link_changed(host, True)
        loop = self._network.loop
        loop.at(peer.process, path.arrival(loop.now), peer.heard_of, self.host)
