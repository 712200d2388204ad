"""Streams between simulated processes: in order and without loss, as those of TCP are, until they are reset."""

import asyncio
from typing import TYPE_CHECKING, Any

from rraft.simulation.network import RETRANSMISSION, Network
from rraft.simulation.process import Process

if TYPE_CHECKING:
    from rraft.simulation.transport import SimulatedTransport


class Stream(asyncio.Transport):
    """One end of a connection."""

    peer: "Stream"
    """The other end."""

    def __init__(self, network: Network, process: Process, endpoint: str, target: str) -> None:
        super().__init__()
        self.process = process
        self.endpoint = endpoint
        self.target = target
        self._network = network
        self._path = network.path(endpoint, target)
        self._protocol: Any = None
        self._held: list[bytes | None] = []
        """What waits until the path is not cut any more; `None` for the end."""
        self._unread: list[bytes | None] = []
        self._last = 0.0
        self._is_closing = False
        self._is_lost = False
        self._is_reading = True
        network.streams[self] = None

    def attach(self, protocol: asyncio.BaseProtocol) -> None:
        """Makes a protocol the receiver, from the beginning."""
        self._protocol = protocol
        protocol.connection_made(self)

    # What protocols call.

    def write(self, data: Any) -> None:
        """See `asyncio.Transport`."""
        if not self._is_closing:
            self._send(bytes(data))

    def close(self) -> None:
        """Ends the connection after what was written has arrived."""
        if not self._is_closing:
            self._is_closing = True
            self._send(None)
            self._network.loop.call_soon(self._end, None)

    def abort(self) -> None:
        """Ends the connection at once."""
        if not self._is_closing:
            self.close()

    def is_closing(self) -> bool:
        """See `asyncio.Transport`."""
        return self._is_closing

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """See `asyncio.Transport`."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """See `asyncio.Transport`."""
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    def get_write_buffer_size(self) -> int:
        """See `asyncio.Transport`."""
        return sum(len(data) for data in self._held if data is not None)

    def pause_reading(self) -> None:
        """See `asyncio.Transport`."""
        self._is_reading = False

    def resume_reading(self) -> None:
        """See `asyncio.Transport`."""
        self._is_reading = True
        if self._unread:
            self._network.loop.call_soon(self._read)

    # What the network calls.

    def accepted_at(self, arrival: float) -> float:
        """Nothing that is sent arrives before the connection is accepted."""
        self._last = arrival
        return arrival

    def flush(self) -> None:
        """The path is not cut any more."""
        held, self._held = self._held, []
        for data in held:
            self._send(data)

    def reset(self) -> None:
        """The connection has ended, for this end."""
        loop = self._network.loop
        loop.at(self.process, loop.now, self._fail, ConnectionResetError("the connection was reset"))

    def crashed(self) -> None:
        """The process of this end is dead: the other one is notified when it can be reached."""
        self._network.streams.pop(self, None)
        if not self._path.cuts:
            peer, loop = self.peer, self._network.loop
            loop.at(peer.process, max(self._last, self._path.arrival(loop.now)), peer._fail, ConnectionResetError())

    def _send(self, data: bytes | None) -> None:
        path = self._path
        if path.cuts:
            self._held.append(data)
            return
        now = self._network.loop.now
        arrival = now + path.draw()
        if path.loses():
            arrival += RETRANSMISSION
        self._last = arrival = max(arrival, self._last)
        peer = self.peer
        self._network.loop.at(peer.process, arrival, peer._arrive, data)

    def _arrive(self, data: bytes | None) -> None:
        if not self._is_closing:
            self._unread.append(data)
            self._read()

    def _read(self) -> None:
        while self._unread and self._is_reading and not self._is_closing:
            data = self._unread.pop(0)
            if data is None:
                self._fail(None)
            else:
                self._network.sent += 1
                self._protocol.data_received(data)

    def _fail(self, error: Exception | None) -> None:
        self._is_closing = True
        self._end(error)

    def _end(self, error: Exception | None) -> None:
        self._network.streams.pop(self, None)
        if not self._is_lost:
            self._is_lost = True
            if self._protocol is not None:  # it has been accepted
                self._protocol.connection_lost(error)


async def connect(
    network: Network, endpoint: str, address: str, protocol: asyncio.Protocol, hello: tuple[str, int], limit: float
) -> "SimulatedTransport":
    """Connects the process that runs to whoever listens at an address, and says to it who connects.

    Raises `ConnectionRefusedError`, or `TimeoutError` after `limit` seconds.
    """
    loop = network.loop
    process = loop.current
    listener = network.listeners.get(address)
    if listener is None:
        await asyncio.sleep(network.path(endpoint, address).draw())
        raise ConnectionRefusedError(f"nobody listens at {address}")
    path = network.path(endpoint, listener.endpoint)
    await asyncio.sleep(2 * path.draw())
    if network.is_cut(endpoint, listener.endpoint) or listener.process.is_paused:
        await asyncio.sleep(limit)
        raise TimeoutError(f"no connection within {limit} s")
    if network.listeners.get(address) is not listener or not listener.process.is_alive:
        raise ConnectionRefusedError(f"nobody listens at {address}")
    near = Stream(network, process, endpoint, listener.endpoint)
    far = Stream(network, listener.process, listener.endpoint, endpoint)
    near.peer, far.peer = far, near
    arrival = near.accepted_at(path.arrival(loop.now))
    loop.at(listener.process, arrival, listener.accepted, hello, far)
    near.attach(protocol)
    return listener
