"""Messages between servers: frames over TCP, with one connection to each other server."""

import asyncio
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

MAX_FRAME = 16 * 2**20
"""The maximum size of a frame, in bytes. A snapshot is one frame: a larger state machine needs several."""

QUEUE_SIZE = 256
"""The number of messages that may wait for one connection. Further messages are dropped."""

CONNECT_LIMIT = 1.0
SEND_LIMIT = 5.0
DOWN_TIME = 0.2
"""Timeouts of a connection attempt and of sending a frame, and the pause after a failure, in seconds."""

MEMBER_HELLO = b"member"
CLIENT_HELLO = b"client"
"""The first frame of a connection: messages of Raft follow, or requests of a client."""

_LENGTH = struct.Struct(">I")


class FrameError(Exception):
    """The peer sent an invalid frame, or the connection ended inside a frame."""


def pack_frame(body: bytes) -> bytes:
    """A frame: the length of the body in four bytes, then the body. Raises `FrameError` if the body is too long."""
    if len(body) > MAX_FRAME:
        raise FrameError(f"expected a frame of at most {MAX_FRAME} bytes, got {len(body)} bytes")
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The body of the next frame, or `None` if the connection has ended after the last one."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > MAX_FRAME:
            # Reject it before reading: otherwise any client could exhaust the memory.
            raise FrameError(f"expected a frame of at most {MAX_FRAME} bytes, got {length} bytes")
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        if error.partial or error.expected != _LENGTH.size:
            raise FrameError("truncated frame") from None
        return None


def parse_address(address: str) -> tuple[str, int]:
    """The host and the port of `host:port`. Raises `ValueError` for anything else."""
    host, _, port = address.rpartition(":")
    if not host or not 0 < int(port) < 2**16:
        raise ValueError(f"expected HOST:PORT, got {address}")
    return host, int(port)


@dataclass(frozen=True)
class Envelope:
    """A message and its receiver."""

    to: int
    message: bytes
    is_snapshot: bool


Report = Callable[[Envelope, bool], None]
"""Called for each envelope with whether it was sent. A sent message may still get lost."""


class Transport:
    """The connections to the other servers. They are opened on demand, and again after a failure.

    An envelope that cannot be sent is dropped: Raft retransmits by itself.
    """

    def __init__(self, report: Report) -> None:
        """`report` is never called inside `send`."""
        self._report = report
        self._connections: dict[int, _Connection] = {}

    def set_addresses(self, addresses: Mapping[int, str]) -> None:
        """Replaces the addresses of the servers."""
        for server_id, connection in list(self._connections.items()):
            if addresses.get(server_id) != connection.address:
                self._connections.pop(server_id).close()
        for server_id, address in addresses.items():
            if server_id not in self._connections:
                self._connections[server_id] = _Connection(address, self._report)

    def send(self, envelope: Envelope) -> None:
        """Queues an envelope for its receiver."""
        connection = self._connections.get(envelope.to)
        if connection is None or not connection.put(envelope):
            asyncio.get_running_loop().call_soon(self._report, envelope, False)

    async def close(self) -> None:
        """Closes all connections, and drops what is queued."""
        tasks = [connection.close() for connection in self._connections.values()]
        self._connections.clear()
        if tasks:
            await asyncio.wait(tasks)


class _Connection:
    """The queue of envelopes for one server, and the task that sends them."""

    def __init__(self, address: str, report: Report) -> None:
        self.address = address
        self._report = report
        self._queue: asyncio.Queue[Envelope] = asyncio.Queue(QUEUE_SIZE)
        self._down_until = 0.0
        self._closed = False
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._task = asyncio.create_task(self._run())

    def put(self, envelope: Envelope) -> bool:
        """Queues an envelope. Returns false if the queue is full, or the server is down."""
        if self._queue.full() or asyncio.get_running_loop().time() < self._down_until:
            return False
        self._queue.put_nowait(envelope)
        return True

    def close(self) -> "asyncio.Task[None]":
        self._closed = True  # before Python 3.12, `wait_for` may swallow the cancellation
        self._task.cancel()
        return self._task

    async def _run(self) -> None:
        try:
            while not self._closed:
                envelope = await self._queue.get()
                sent = await self._try_to_send(envelope)
                self._report(envelope, sent)
                if not sent:
                    self._down_until = asyncio.get_running_loop().time() + DOWN_TIME
                    while not self._queue.empty():
                        self._report(self._queue.get_nowait(), False)
        finally:
            self._disconnect()

    async def _try_to_send(self, envelope: Envelope) -> bool:
        try:
            frame = pack_frame(envelope.message)
            if self._streams and self._streams[0].at_eof():
                self._disconnect()  # the server has closed the connection: it sends nothing else on it
            if self._streams is None:
                host, port = parse_address(self.address)
                self._streams = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_LIMIT)
                self._streams[1].write(pack_frame(MEMBER_HELLO))
            self._streams[1].write(frame)
            await asyncio.wait_for(self._streams[1].drain(), SEND_LIMIT)
        except (OSError, ValueError, asyncio.TimeoutError):  # ValueError: an invalid host name
            self._disconnect()
            return False
        except FrameError:
            return False  # a snapshot that is too large; the connection is unchanged
        return True

    def _disconnect(self) -> None:
        if self._streams:
            with suppress(OSError):
                self._streams[1].close()
            self._streams = None
