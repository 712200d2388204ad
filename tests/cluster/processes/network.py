"""A network between processes: a proxy in front of each host, which drops what goes from one host to another."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

from rraft.cluster.transport.frames import LENGTH
from rraft.cluster.transport.handshake import MAX_HANDSHAKE_FRAME, Hello, Kind

_CHUNK = 256 * 1024


class Network:
    """Drops packets between hosts. Nobody is told: connections go on when packets arrive again."""

    def __init__(self) -> None:
        self.breaks: list[int] = []
        """After so many bytes of a snapshot each, its connection is reset."""
        self._dropped: set[tuple[int, int]] = set()
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._servers: list[asyncio.Server] = []

    async def front(self, host: int, target: str, port: int) -> str:
        """Listens on a port, and forwards to the host at `target`. Returns the address."""

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._writers.add(writer)
            self._spawn(self._serve(host, target, reader, writer))

        self._servers.append(await asyncio.start_server(accept, "127.0.0.1", port))
        return f"127.0.0.1:{port}"

    async def drop(self, sender: int, receiver: int) -> None:
        """Drops what the sender sends on connections that it has made to the receiver, and what comes back on them."""
        self._dropped.add((sender, receiver))

    async def isolate(self, host: int, others: list[int]) -> None:
        """Drops what goes between a host and others."""
        for other in others:
            if other != host:
                self._dropped |= {(host, other), (other, host)}

    async def heal(self) -> None:
        """Drops nothing any more."""
        async with self._changed:
            self._dropped.clear()
            self._changed.notify_all()

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        await asyncio.sleep(0.1)  # connections that were accepted a moment ago arrive at `accept`
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for writer in self._writers:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, host: int, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forwards a connection, until it ends."""
        with suppress(OSError, asyncio.IncompleteReadError):
            sender, kind, first = await _read_hello(reader)
            path = sender, host
            await self._pass(path)
            name, _, port = target.rpartition(":")
            other_reader, other_writer = await asyncio.open_connection(name, int(port))
            self._writers.add(other_writer)
            other_writer.write(first)
            self._spawn(self._pump(path, other_reader, writer))
            await self._pump(path, reader, other_writer, breaks=kind == Kind.SNAPSHOT)
        writer.transport.abort()

    async def _pump(
        self,
        path: tuple[int, int],
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        breaks: bool = False,
    ) -> None:
        passed = 0
        with suppress(OSError):
            while data := await source.read(_CHUNK):
                await self._pass(path)
                target.write(data)
                await target.drain()
                passed += len(data)
                if breaks and self.breaks and passed >= self.breaks[0]:
                    del self.breaks[0]
                    break
        target.transport.abort()

    async def _pass(self, path: tuple[int, int]) -> None:
        """Waits while packets are dropped."""
        if path in self._dropped:
            async with self._changed:
                await self._changed.wait_for(lambda: path not in self._dropped)


async def _read_hello(reader: asyncio.StreamReader) -> tuple[int, Kind, bytes]:
    """The id of the host that has connected, 0 for a client, the kind of connection, and the bytes that were read."""
    head = await reader.readexactly(LENGTH.size)
    (length,) = LENGTH.unpack(head)
    if length > MAX_HANDSHAKE_FRAME:
        return 0, Kind.CLIENT, head
    body = await reader.readexactly(length)
    with suppress(Exception):
        hello = Hello.decode(body)
        return hello.dialler, hello.kind, head + body
    return 0, Kind.CLIENT, head + body
