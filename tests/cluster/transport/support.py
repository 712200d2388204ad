"""Receivers that record what arrives, clients that speak bytes, and how tests wait."""

import asyncio
import os
import random
import struct
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec

import pytest

from rraft.cluster.transport import Connection
from rraft.cluster.transport.frames import Assembler, frame
from rraft.cluster.transport.handshake import Dialler, Kind
from rraft.cluster.transport.options import TransportOptions
from rraft.cluster.transport.tcp import TcpTransport
from tests.harness.program import LIMIT

P = ParamSpec("P")

CLUSTER = "kv"

FAST = TransportOptions(heartbeat_interval=0.1, heartbeat_timeout=0.5, connect_timeout=0.5)
"""Options with which the end of a link is noticed soon."""


def on_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Runs a test on an event loop of its own, of uvloop if `RRAFT_TEST_UVLOOP` is set.

    Exceptions that nobody handles fail it.
    """

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        unhandled: list[dict[str, Any]] = []

        async def main() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
            await test(*args, **kwargs)

        if os.environ.get("RRAFT_TEST_UVLOOP"):
            import uvloop

            uvloop.run(main())
        else:
            asyncio.run(main())
        if unhandled:
            pytest.fail(str(unhandled))

    return run


async def until(condition: Callable[[], object]) -> None:
    """Waits until the condition is true."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, "timeout"
        await asyncio.sleep(0.002)


@dataclass
class Recorder:
    """A receiver that records all calls. Subclasses answer requests, and accept snapshots."""

    frames: list[tuple[int, bytes]] = field(default_factory=list)
    links: list[tuple[int, bool]] = field(default_factory=list)
    requests: list[tuple[Connection, int, bytes]] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)
    rejections: list[str] = field(default_factory=list)
    sinks: list["Sink"] = field(default_factory=list)
    new_sink: Callable[[int, bytes], "Sink | None"] = field(default=lambda _host, _header: None)
    answer: Callable[[bytes], bytes | None] = field(default=lambda _body: None)

    def received(self, host: int, body: bytes) -> None:
        self.frames.append((host, body))

    def link_changed(self, host: int, connected: bool) -> None:
        self.links.append((host, connected))

    def requested(self, connection: Connection, request: int, body: bytes) -> None:
        self.requests.append((connection, request, body))
        answer = self.answer(body)
        if answer is not None:
            connection.respond(request, answer)

    def receive_snapshot(self, host: int, header: bytes) -> "Sink | None":
        sink = self.new_sink(host, header)
        if sink:
            self.sinks.append(sink)
        return sink

    def accepts(self, host: int) -> bool:
        return host not in self.rejected

    def connection_rejected(self, reason: str) -> None:
        self.rejections.append(reason)


@dataclass
class Sink:
    """A snapshot in memory."""

    data: bytearray = field(default_factory=bytearray)
    write_fails: bool = False
    finish_fails: bool = False
    delay: float = 0.0
    finished: int = 0
    aborted: int = 0
    writing: bool = False

    @property
    def offset(self) -> int:
        return len(self.data)

    def write(self, chunk: bytes) -> None:
        assert not self.writing
        assert not self.aborted
        self.writing = True
        time.sleep(self.delay)
        if self.write_fails:
            raise OSError(28, "No space left on device")
        self.data += chunk
        self.writing = False

    def finish(self) -> None:
        self.finished += 1
        if self.finish_fails:
            raise ValueError("not a snapshot of this group")

    def abort(self) -> None:
        assert not self.writing or self.write_fails
        self.aborted += 1


@dataclass
class Source:
    """A snapshot of the numbers from 0, in eight bytes each."""

    size: int
    chunk: int = 100_000
    opened: list[int] = field(default_factory=list)
    closed: int = 0
    fails_after: int | None = None

    def open(self, offset: int) -> Iterator[bytes]:
        self.opened.append(offset)
        try:
            for start in range(offset, self.size, self.chunk):
                if self.fails_after is not None and start >= self.fails_after:
                    raise OSError(5, "Input/output error")
                yield self.bytes_at(start, min(start + self.chunk, self.size))
        finally:
            self.closed += 1

    @staticmethod
    def bytes_at(start: int, end: int) -> bytes:
        first, last = start // 8, -(-end // 8)
        return struct.pack(f"<{last - first}Q", *range(first, last))[start - first * 8 :][: end - start]


@asynccontextmanager
async def transport(
    host: int,
    receiver: Recorder,
    options: TransportOptions = FAST,
    *,
    address: str = "127.0.0.1:0",
    cluster: str = CLUSTER,
) -> AsyncIterator[TcpTransport]:
    """A transport that is started, and closed at the end."""
    started = TcpTransport(cluster, host, address, options, source=random.Random(host))
    await started.start(receiver)
    try:
        yield started
    finally:
        await started.close()


class RawClient:
    """A connection that sends any bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._assembler = Assembler(2**31)
        self._frames: list[bytes] = []

    @staticmethod
    async def connect(address: str) -> "RawClient":
        """Without a handshake."""
        host, _, port = address.rpartition(":")
        return RawClient(*await asyncio.open_connection(host, int(port)))

    @staticmethod
    async def welcome(
        address: str, kind: Kind = Kind.CLIENT, host: int = 0, secret: bytes | None = None, cluster: str = CLUSTER
    ) -> "RawClient":
        """With a completed handshake."""
        client = await RawClient.connect(address)
        dialler = Dialler(kind, cluster, host, 0, secret)
        try:
            client.write(frame(dialler.hello))
            while (proof := dialler.reply(await client.read_frame())) is not None:
                client.write(frame(proof))
        except BaseException:
            await client.close()
            raise
        return client

    def write(self, data: bytes) -> None:
        if not self.writer.is_closing():  # the other side may have closed it
            self.writer.write(data)

    def request(self, number: int, body: bytes) -> None:
        self.write(frame(struct.pack("<Q", number) + body))

    async def read_frame(self) -> bytes:
        """The next frame. Raises `EOFError` at the end of the connection."""
        while not self._frames:
            data = await asyncio.wait_for(self.reader.read(65536), LIMIT)
            if not data:
                raise EOFError
            self._frames += self._assembler.split(data)
        return self._frames.pop(0)

    async def read_response(self) -> tuple[int, bytes]:
        body = await self.read_frame()
        return struct.unpack_from("<Q", body)[0], body[8:]

    async def is_closed(self) -> bool:
        """Waits until the other side has closed the connection."""
        try:
            while await asyncio.wait_for(self.reader.read(65536), LIMIT):
                pass
        except ConnectionError:
            pass
        return True

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


@asynccontextmanager
async def raw(address: str) -> AsyncIterator[RawClient]:
    """A connection without a handshake."""
    client = await RawClient.connect(address)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def client(
    address: str, kind: Kind = Kind.CLIENT, host: int = 0, secret: bytes | None = None
) -> AsyncIterator[RawClient]:
    """A connection with a completed handshake."""
    connected = await RawClient.welcome(address, kind, host, secret)
    try:
        yield connected
    finally:
        await connected.close()
