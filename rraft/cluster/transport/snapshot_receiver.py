"""Snapshots that are received."""

import asyncio
import logging
from concurrent.futures import Executor, ThreadPoolExecutor

from rraft.cluster.records import fields

from . import Receiver, SnapshotSink
from .frames import FrameError
from .options import TransportOptions
from .snapshot_frames import PART_OVERHEAD, START_OVERHEAD, Progress, State, decode_part, decode_start
from .streams import FrameStream
from .timeouts import timeout

logger: logging.Logger = logging.getLogger(__name__)

REPEAT_PROGRESS = 1.0
"""Seconds after which the receiver says again how far it is, while its disk is slow."""


class _SinkError(Exception):
    """The sink has raised its cause."""


class SnapshotReceiver:
    """The snapshots that other hosts send."""

    def __init__(self, receiver: Receiver, options: TransportOptions, *, own: int = 0) -> None:
        """`own` is the id of this host, for log records."""
        self._extra = fields(own)
        self._receiver = receiver
        self._options = options
        self._tasks: dict[tuple[int, bytes], asyncio.Task[None]] = {}
        """What is being received, by sender and header."""
        self.connections: int = 0
        """How many there are, with those that have not said yet which snapshot they bring."""

    async def serve(self, host: int, stream: FrameStream) -> None:
        """Receives the snapshot that comes on a connection after the handshake, and closes the connection."""
        options = self._options
        self.connections += 1
        try:
            stream.allow(options.max_snapshot_header + START_OVERHEAD, options.max_snapshot_header)
            async with timeout(options.handshake_timeout):
                body = await stream.read()
            size, header = decode_start(body)
            stream.allow(options.snapshot_chunk + PART_OVERHEAD, 2 * options.snapshot_window)
            await self._serve_one(host, header, size, stream)
        except (OSError, FrameError) as error:
            logger.warning("host %d: a snapshot is interrupted: %s", host, error, extra=self._extra)
        finally:
            self.connections -= 1
            stream.close()

    async def _serve_one(self, host: int, header: bytes, size: int, stream: FrameStream) -> None:
        key = host, header
        # The sender resumes on a new connection before this host has noticed that the old one is broken.
        while (before := self._tasks.get(key)) is not None:
            before.cancel()
            await asyncio.wait((before,))
        if len(self._tasks) >= self._options.max_received_snapshots:
            stream.write(Progress(State.BUSY, 0).encode())
            return
        sink = self._receiver.receive_snapshot(host, header)
        if sink is None:
            stream.write(Progress(State.REJECTED, 0).encode())
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks[key] = task
        thread = ThreadPoolExecutor(1, thread_name_prefix="rraft-snapshot")
        try:
            try:
                await self._write(size, sink, stream, thread)
            except BaseException:
                sink.abort()
                raise
            sink.finish()
        except (OSError, FrameError):
            raise
        except Exception as error:
            cause = error.__cause__ if isinstance(error, _SinkError) else error
            text = "host %d: a snapshot of %d bytes is not received"
            logger.error(text, host, size, exc_info=cause, extra=self._extra)
            stream.write(Progress(State.FAILED, 0).encode())
        else:
            stream.write(Progress(State.COMPLETE, size).encode())
        finally:
            thread.shutdown(wait=False)
            del self._tasks[key]

    async def _write(self, size: int, sink: SnapshotSink, stream: FrameStream, thread: Executor) -> None:
        """Writes the data into the sink. Raises `_SinkError`, or `OSError` or `FrameError` for the connection."""
        written = sink.offset
        stream.write(Progress(State.WRITING, written).encode())
        while written < size:
            try:
                async with timeout(self._options.snapshot_timeout):
                    body = await stream.read()
            except TimeoutError:
                raise TimeoutError(f"the sender is silent for {self._options.snapshot_timeout} s") from None
            part = decode_part(body)
            if len(part) > size - written:
                raise FrameError(f"expected {size - written} more bytes of data, got {len(part)}")
            await self._write_part(part, written, sink, stream, thread)
            written += len(part)
            stream.write(Progress(State.WRITING, written).encode())

    async def _write_part(
        self, part: bytes, written: int, sink: SnapshotSink, stream: FrameStream, thread: Executor
    ) -> None:
        """Writes a part in the thread, and reports in between that the sender is to wait."""
        call = asyncio.get_running_loop().run_in_executor(thread, sink.write, part)
        try:
            while not (await asyncio.wait((call,), timeout=REPEAT_PROGRESS))[0]:
                stream.write(Progress(State.WRITING, written).encode())
        except asyncio.CancelledError:
            await asyncio.wait((call,))  # `abort` is not called while `write` runs
            raise
        error = call.exception()
        if error:
            raise _SinkError from error
