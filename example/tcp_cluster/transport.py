"""Messages between servers: frames over TCP, one connection to each of the others."""

import asyncio
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

MAX_FRAME = 16 * 2**20
"""Bytes that a frame may have. A snapshot is sent as one: a larger state machine needs it sent in parts."""

QUEUE_SIZE = 256
"""How many messages may wait for one connection. What comes then is dropped."""

CONNECT_LIMIT = 1.0
SEND_LIMIT = 5.0
DOWN_TIME = 0.2
"""Seconds: for how long we try to connect, or to send one frame, and how long we don't try again after that failed."""

MEMBER_HELLO = b"member"
CLIENT_HELLO = b"client"
"""The first frame of a connection tells whether Raft's messages follow, or requests."""

_LENGTH = struct.Struct(">I")


class FrameError(Exception):
    """The other side sends something else than frames, or the connection was cut off inside one."""


def pack_frame(body: bytes) -> bytes:
    """A frame: the body's length in four bytes, then the body. Raises `FrameError` for a body that is too long."""
    if len(body) > MAX_FRAME:
        raise FrameError(f"a frame of {len(body)} bytes")
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The body of the next frame, or `None` when the connection has ended after the last one."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > MAX_FRAME:
            # Not even read: whoever connects could have us fill our memory.
            raise FrameError(f"a frame of {length} bytes")
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        if error.partial or error.expected != _LENGTH.size:
            raise FrameError("a frame that is cut off") from None
        return None


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of `host:port`; raises `ValueError` if it is something else."""
    host, _, port = address.rpartition(":")
    if not host or not 0 < int(port) < 2**16:
        raise ValueError(f"{address} is no address")
    return host, int(port)


@dataclass(frozen=True)
class Letter:
    """A message on its way to a server."""

    to: int
    message: bytes
    is_snapshot: bool


Report = Callable[[Letter, bool], None]
"""Is told, for each letter, whether it was sent: no more than that, it may be lost all the same."""


class Transport:
    """The connections to the other servers. They are made when they are needed, and made again when they break.

    A letter that can't be sent now is dropped: Raft sends what is needed then, and would send an old message in vain.
    """

    def __init__(self, report: Report) -> None:
        """`report` is never called from inside `send`."""
        self._report = report
        self._connections: dict[int, _Connection] = {}

    def set_addresses(self, addresses: Mapping[int, str]) -> None:
        """From now on, these are all the servers that can be sent to."""
        for server_id, connection in list(self._connections.items()):
            if addresses.get(server_id) != connection.address:
                self._connections.pop(server_id).close()
        for server_id, address in addresses.items():
            if server_id not in self._connections:
                self._connections[server_id] = _Connection(address, self._report)

    def send(self, letter: Letter) -> None:
        """Sends a letter as soon as those before it are sent."""
        connection = self._connections.get(letter.to)
        if connection is None or not connection.put(letter):
            asyncio.get_running_loop().call_soon(self._report, letter, False)

    async def close(self) -> None:
        """Ends all connections; what was not sent yet is dropped."""
        tasks = [connection.close() for connection in self._connections.values()]
        self._connections.clear()
        if tasks:
            await asyncio.wait(tasks)


class _Connection:
    """A queue of letters for one server, and the task that sends them."""

    def __init__(self, address: str, report: Report) -> None:
        self.address = address
        self._report = report
        self._queue: asyncio.Queue[Letter] = asyncio.Queue(QUEUE_SIZE)
        self._down_until = 0.0
        self._closed = False
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._task = asyncio.create_task(self._run())

    def put(self, letter: Letter) -> bool:
        """Takes a letter, if there is hope that it can be sent soon."""
        if self._queue.full() or asyncio.get_running_loop().time() < self._down_until:
            return False
        self._queue.put_nowait(letter)
        return True

    def close(self) -> "asyncio.Task[None]":
        self._closed = True  # before Python 3.12, `wait_for` may swallow that it is cancelled
        self._task.cancel()
        return self._task

    async def _run(self) -> None:
        try:
            while not self._closed:
                letter = await self._queue.get()
                sent = await self._try_to_send(letter)
                self._report(letter, sent)
                if not sent:
                    self._down_until = asyncio.get_running_loop().time() + DOWN_TIME
                    while not self._queue.empty():
                        self._report(self._queue.get_nowait(), False)
        finally:
            self._disconnect()

    async def _try_to_send(self, letter: Letter) -> bool:
        try:
            frame = pack_frame(letter.message)
            if self._streams and self._streams[0].at_eof():
                self._disconnect()  # the other side has ended: it sends us nothing else on this connection
            if self._streams is None:
                host, port = parse_address(self.address)
                self._streams = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_LIMIT)
                self._streams[1].write(pack_frame(MEMBER_HELLO))
            self._streams[1].write(frame)
            await asyncio.wait_for(self._streams[1].drain(), SEND_LIMIT)
        except (OSError, ValueError, asyncio.TimeoutError):  # ValueError: a host name that can't be one
            self._disconnect()
            return False
        except FrameError:
            return False  # a snapshot that is too large; the connection is as it was
        return True

    def _disconnect(self) -> None:
        if self._streams:
            with suppress(OSError):
                self._streams[1].close()
            self._streams = None
