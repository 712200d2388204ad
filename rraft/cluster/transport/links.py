"""The outgoing connection to another host: frames go one way, acknowledgements come back."""

import asyncio
import logging
import random
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from rraft.cluster.records import fields

from .backoff import Backoff
from .dial import DIAL_ERRORS
from .dialled import DialledProtocol
from .frames import EMPTY_FRAME, LENGTH, Assembler, FrameError
from .handshake import Kind
from .identity import Identity
from .timeouts import timeout

logger: logging.Logger = logging.getLogger(__name__)

ACKNOWLEDGEMENT = struct.Struct("<Q")
"""The body of a frame of the acceptor: how many bytes of the connection it has received, without the handshake."""

_CLOSE_TIME = 2.0
"""Seconds in which an old link may still send what was queued."""


class LinkProtocol(DialledProtocol):
    """One connection, after the handshake."""

    def __init__(self, identity: Identity, host: int) -> None:
        super().__init__()
        self._own = identity.host
        self._options = identity.options
        self._host = host
        self._assembler = Assembler(ACKNOWLEDGEMENT.size)
        self._sent = 0
        self._acknowledged = 0
        self._is_draining = False

    @property
    def in_flight(self) -> int:
        """How many bytes the other side has not acknowledged."""
        return self._sent - self._acknowledged

    def send(self, body: Sequence[bytes]) -> bool:
        """Sends a frame. Returns false if it is too long, or too much is in flight."""
        length = sum(map(len, body))
        if length > self._options.max_peer_frame:
            limit = self._options.max_peer_frame
            extra = fields(self._own)
            logger.error(
                "host %d: expected a frame of at most %d bytes, got %d", self._host, limit, length, extra=extra
            )
            return False
        if self.in_flight + length > self._options.max_in_flight or self._transport.is_closing():
            return False
        self._sent += LENGTH.size + length
        self._transport.write(b"".join((LENGTH.pack(length), *body)))
        return True

    def close(self) -> None:
        """Closes the connection as soon as all is acknowledged, or after some time.

        Not before: a socket that is closed while an acknowledgement has not been read resets the connection, and the
        other side then loses what it has not read.
        """
        self._is_draining = True
        self._heartbeat()
        self._loop.call_later(_CLOSE_TIME, self._transport.abort)

    # Called by the event loop.

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        try:
            for body in self._assembler.split(data):
                (received,) = ACKNOWLEDGEMENT.unpack(body)
                if not self._acknowledged <= received <= self._sent:
                    raise FrameError(f"{received} bytes acknowledged of {self._sent}, after {self._acknowledged}")
                self._acknowledged = received
            if self._is_draining and not self.in_flight:
                self._transport.close()
        except (FrameError, struct.error) as error:
            self.abort(f"invalid acknowledgement: {error}")

    def _beat(self, due: float) -> None:
        """Sends a heartbeat, unless the last ones were not answered."""
        if self._is_draining:
            return
        now = self._loop.time()
        # A loop that was blocked has not read yet what has arrived meanwhile.
        blocked = now - due > self._options.heartbeat_interval
        if now - self._heard > self._options.heartbeat_timeout and not blocked:
            self.abort(f"no acknowledgement for {self._options.heartbeat_timeout} s")
            return
        self._heartbeat()
        due = now + self._options.heartbeat_interval
        self._timer = self._loop.call_at(due, self._beat, due)

    def _ended(self) -> None:
        """Nothing waits: whoever sent a frame was told then whether it may arrive."""

    def _heartbeat(self) -> None:
        """Asks for an acknowledgement of all that was sent."""
        if self._transport.is_closing():  # uvloop raises for a transport that is closed
            return
        self._sent += len(EMPTY_FRAME)
        self._transport.write(EMPTY_FRAME)


class Link:
    """The link to a host at an address: connects, and connects again when the connection has ended."""

    def __init__(
        self,
        identity: Identity,
        host: int,
        address: str,
        changed: Callable[[int, bool], None],
        source: random.Random,
    ) -> None:
        """`changed` is called with the host, and whether there is a connection, each time that changes."""
        self.address = address
        self._identity = identity
        self._host = host
        self._changed = changed
        self._backoff = Backoff(identity.options, source)
        self._protocol: LinkProtocol | None = None
        self._is_up = asyncio.Event()
        self._failure = ""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"link to host {host}")

    @property
    def is_connected(self) -> bool:
        """Whether `send` may return true."""
        return self._protocol is not None

    def send(self, body: Sequence[bytes]) -> bool:
        """Sends a frame. Returns false if it is lost."""
        return self._protocol is not None and self._protocol.send(body)

    def wake(self) -> None:
        """The host has shown that it is up: ends a pause between two attempts."""
        self._is_up.set()

    def close(self) -> "list[asyncio.Future[Any]]":
        """Ends the link, after what was queued has been sent. Returns what is done when it has ended."""
        protocol, self._protocol = self._protocol, None
        if protocol:
            protocol.close()
            asyncio.get_running_loop().call_soon(self._changed, self._host, False)
        self._task.cancel()
        return [self._task, protocol.lost] if protocol else [self._task]

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._is_up.clear()
                started = loop.time()
                try:
                    protocol = await self._connect()
                except DIAL_ERRORS as error:
                    self._log(f"{type(error).__name__}: {error}")
                except Exception as error:
                    self._log(f"{type(error).__name__}: {error}", trace=error)
                else:
                    reason = await asyncio.shield(protocol.lost)
                    self._set(None)
                    self._log(reason)
                    if loop.time() - started > 2 * self._identity.options.max_backoff:
                        self._backoff.reset()
                await asyncio.sleep(self._identity.options.min_backoff)
                with suppress(TimeoutError):
                    async with timeout(self._backoff.pause()):
                        await self._is_up.wait()
        finally:
            if self._protocol:
                self._protocol.abort("the link is closed")

    async def _connect(self) -> LinkProtocol:
        stream = await self._identity.dial(Kind.PEER, self._host, self.address)
        protocol = LinkProtocol(self._identity, self._host)
        stream.hand_over(protocol)
        extra = fields(self._identity.host)
        logger.info("host %d at %s: connected", self._host, self.address, extra=extra)
        self._failure = ""
        self._set(protocol)
        return protocol

    def _set(self, protocol: LinkProtocol | None) -> None:
        self._protocol = protocol
        self._changed(self._host, protocol is not None)

    def _log(self, failure: str, trace: Exception | None = None) -> None:
        """Logs why there is no connection: a warning if it is another reason than the time before."""
        level = logging.DEBUG if failure == self._failure else logging.WARNING
        self._failure = failure
        extra = fields(self._identity.host)
        logger.log(
            level, "host %d at %s: not connected: %s", self._host, self.address, failure, exc_info=trace, extra=extra
        )
