"""A TCP proxy that can drop packets: both sides see silence, as in a partition, not an end of the connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Forwards connections to an address, unless it is told not to."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.address = ""
        self.forwarded = 0
        """How many bytes have passed from the client to the target."""
        self.break_after: int | None = None
        """After so many bytes to the target, all connections are reset, once."""
        self._passing = asyncio.Event()
        self._passing.set()
        self._is_closed = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def drop(self) -> None:
        """Drops all bytes. They arrive, late, after `heal`; connections made meanwhile are established by `heal`."""
        self._passing.clear()

    def heal(self) -> None:
        self._passing.set()

    def reset(self) -> None:
        """Resets all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        if self._server:
            self._server.close()
        self._is_closed = True
        self.heal()
        self.reset()
        while self._tasks:
            await asyncio.wait(self._tasks)
            self.reset()
        for writer in self._writers:
            with suppress(OSError):
                await writer.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        accepting = asyncio.current_task()
        assert accepting is not None
        self._track(accepting)
        await self._passing.wait()
        if self._is_closed:
            writer.transport.abort()
            return
        host, _, port = self.target.rpartition(":")
        try:
            other_reader, other_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(other_writer)
        for source, target, to_target in ((reader, other_writer, True), (other_reader, writer, False)):
            self._track(asyncio.ensure_future(self._pump(source, target, to_target)))

    def _track(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, to_target: bool) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._passing.wait()
                target.write(data)
                await target.drain()
                if to_target:
                    self.forwarded += len(data)
                    if self.break_after is not None and self.forwarded >= self.break_after:
                        self.break_after = None
                        self.reset()
        target.transport.abort()


@asynccontextmanager
async def proxy(target: str) -> AsyncIterator[Proxy]:
    started = Proxy(target)
    await started.start()
    try:
        yield started
    finally:
        await started.close()
