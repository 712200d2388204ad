"""Snapshots that are sent: each on a connection of its own, which is made again if it breaks."""

import asyncio
import logging
import random
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

from rraft.cluster.records import fields
from rraft.cluster.worker import until_done

from . import SnapshotSource
from .backoff import Backoff
from .dial import DIAL_ERRORS
from .handshake import HandshakeError, Kind
from .identity import Identity
from .snapshot_frames import MAX_PROGRESS, Progress, State, checksum, encode_start
from .streams import FrameStream
from .timeouts import timeout

logger: logging.Logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_SILENCE = 10.0
"""Seconds without a word of the receiver after which the connection is made again: several of `REPEAT_PROGRESS`."""


class _FailedError(Exception):
    """Another attempt would not help."""


class SnapshotSender:
    """The snapshots that this host sends."""

    def __init__(
        self,
        identity: Identity,
        address_of: Callable[[int], str | None],
        source: random.Random,
    ) -> None:
        """`address_of` returns the current address of a host."""
        self._identity = identity
        self._address_of = address_of
        self._random = source
        self._slots = asyncio.Semaphore(identity.options.max_sent_snapshots)
        self._tasks: dict[asyncio.Task[bool], int] = {}

    def send(self, host: int, header: bytes, source: SnapshotSource, done: Callable[[bool], None]) -> None:
        """Sends a snapshot: `Transport.send_snapshot`."""
        task = asyncio.get_running_loop().create_task(self._send(host, header, source), name=f"snapshot to {host}")
        self._tasks[task] = host

        # A task that is cancelled before its first step runs nothing, but its callback.
        def finished(task: "asyncio.Task[bool]") -> None:
            del self._tasks[task]
            done(not task.cancelled() and task.result())

        task.add_done_callback(finished)

    def cancel(self, host: int) -> None:
        """Ends what is sent to a host."""
        for task, receiver in self._tasks.items():
            if receiver == host:
                task.cancel()

    async def close(self) -> None:
        """Ends all. Each `done` has been called when this returns."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _send(self, host: int, header: bytes, source: SnapshotSource) -> bool:
        async with self._slots:
            # Threads that take turns would each keep the memory of its last chunks: those of Python without a GIL do.
            thread = ThreadPoolExecutor(1, thread_name_prefix="rraft-snapshot")
            try:
                await _Transfer(self._identity, host, header, source, thread).run(
                    self._address_of, Backoff(self._identity.options, self._random)
                )
            except _FailedError as error:
                extra = fields(self._identity.host)
                logger.warning("host %d: a snapshot of %d bytes is not sent: %s", host, source.size, error, extra=extra)
                return False
            except Exception:
                extra = fields(self._identity.host)
                logger.exception("host %d: a snapshot of %d bytes is not sent", host, source.size, extra=extra)
                return False
            finally:
                thread.shutdown(wait=False)
        return True


class _Transfer:
    """One snapshot."""

    def __init__(self, identity: Identity, host: int, header: bytes, source: SnapshotSource, thread: Executor) -> None:
        self._identity = identity
        self._options = identity.options
        self._host = host
        self._header = header
        self._source = source
        self._thread = thread
        self._written = 0
        """How many bytes the receiver has written."""
        self._furthest = -1
        self._progress = 0.0
        """When the receiver had more than before, by the clock of the event loop."""

    async def run(self, address_of: Callable[[int], str | None], backoff: Backoff) -> None:
        """Sends the snapshot. Raises `_FailedError`."""
        loop = asyncio.get_running_loop()
        self._progress = loop.time()
        if len(self._header) > self._options.max_snapshot_header:
            limit = self._options.max_snapshot_header
            raise _FailedError(f"expected a header of at most {limit} bytes, got {len(self._header)}")
        while True:
            address = address_of(self._host)
            if address is None:
                raise _FailedError("the host has no address")
            before = self._furthest
            try:
                return await self._attempt(address)
            except HandshakeError as error:
                if error.is_permanent:
                    raise _FailedError(str(error)) from None
                failure: Exception = error
            except DIAL_ERRORS as error:
                failure = error
            text, extra = "host %d: a snapshot is interrupted at byte %d: %s", fields(self._identity.host)
            logger.info(text, self._host, self._written, failure, extra=extra)
            if loop.time() - self._progress > self._options.snapshot_timeout:
                raise _FailedError(f"no progress for {self._options.snapshot_timeout} s: {failure}")
            if self._furthest > before:
                backoff.reset()
            await asyncio.sleep(backoff.pause())

    async def _attempt(self, address: str) -> None:
        """Sends what the receiver lacks. Raises `_FailedError`, or `DIAL_ERRORS` if another attempt may succeed."""
        stream = await self._identity.dial(Kind.SNAPSHOT, self._host, address)
        try:
            stream.allow(MAX_PROGRESS, 64 * 1024)
            stream.write(encode_start(self._source.size, self._header))
            self._written = (await self._read(stream)).written
            if self._written > self._source.size:
                raise _FailedError(f"the receiver has {self._written} bytes of {self._source.size}")
            if self._written < self._source.size:
                await self._send_from(self._written, stream)
            while (await self._read(stream)).state != State.COMPLETE:
                pass
        finally:
            stream.abort()

    async def _send_from(self, sent: int, stream: FrameStream) -> None:
        """Sends the data from an offset to the end."""
        size, options = self._source.size, self._options
        chunks = await self._in_thread(self._source.open, sent)
        try:
            while sent < size:
                chunk = await self._in_thread(next, chunks, b"")
                if not 0 < len(chunk) <= size - sent:
                    raise _FailedError(f"expected {size - sent} more bytes of data, got {len(chunk)}")
                for start in range(0, len(chunk), options.snapshot_chunk):
                    part = chunk[start : start + options.snapshot_chunk]
                    # The window bounds what waits in memory: no need to wait for the transport's buffer.
                    while sent + len(part) - self._written > options.snapshot_window and sent > self._written:
                        await self._read(stream)
                    stream.write(checksum(part), part)
                    sent += len(part)
        finally:
            if close := getattr(chunks, "close", None):
                await self._in_thread(close)

    async def _read(self, stream: FrameStream) -> Progress:
        """What the receiver says next. Raises `_FailedError`, or `OSError` if another attempt may succeed."""
        body = stream.read_now()
        if body is None:
            try:
                async with timeout(_SILENCE):
                    body = await stream.read()
            except TimeoutError:
                raise TimeoutError(f"the receiver is silent for {_SILENCE} s") from None
        progress = Progress.decode(body)
        if progress.state in (State.REJECTED, State.FAILED):
            raise _FailedError(f"the receiver says {progress.state.name}")
        if progress.state == State.BUSY:
            raise ConnectionRefusedError("the receiver receives too many snapshots")
        now = asyncio.get_running_loop().time()
        self._written = max(self._written, progress.written)
        if self._written > self._furthest:
            self._furthest = self._written
            self._progress = now
        elif now - self._progress > self._options.snapshot_timeout:
            raise TimeoutError("the receiver writes nothing")
        return progress

    async def _in_thread(self, function: Callable[..., _T], *arguments: object) -> _T:
        """Calls a function of the source. If this is cancelled, the call ends before."""
        call = asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            await until_done(call)
            raise
        except Exception as error:  # an `OSError` is not one of the connection
            raise _FailedError(f"{type(error).__name__}: {error}") from error
