"""An accepted connection of another host: its frames go to the receiver, and are acknowledged."""

import asyncio
from typing import cast

from . import Receiver
from .budget import Budget
from .frames import LENGTH, Assembler, FrameError
from .links import ACKNOWLEDGEMENT
from .options import TransportOptions
from .reports import Reports

_ACKNOWLEDGE_AFTER = 256 * 1024
"""Bytes after which an acknowledgement is sent, if no heartbeat has asked for one. A link that carries much would look
silent if its heartbeats waited behind megabytes."""


class PeerProtocol(asyncio.Protocol):
    """The connection, after the handshake."""

    def __init__(
        self, host: int, receiver: Receiver, options: TransportOptions, reports: Reports, incomplete: Budget
    ) -> None:
        self.host = host
        self._incomplete = incomplete
        self._held = 0
        self._receiver = receiver
        self._reports = reports
        self._assembler = Assembler(options.max_peer_frame)
        self._received = 0
        self._acknowledged = 0
        self._aborted = False
        self._transport = asyncio.Transport()
        self._loop = asyncio.get_running_loop()
        self.heard: float = self._loop.time()
        """When bytes arrived last, by the clock of the event loop."""
        self.lost: asyncio.Future[None] = self._loop.create_future()
        """Done when the connection has ended."""

    def abort(self) -> None:
        """Closes the connection at once. Nothing more is received."""
        self._aborted = True
        self._incomplete.hold(self, 0)
        self._transport.abort()

    def fail(self, reason: str) -> None:
        """Closes the connection at once, and logs why."""
        self._reports.warn(f"host {self.host}: {reason}")
        self.abort()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._aborted:
            return
        self.heard = self._loop.time()
        try:
            bodies = self._assembler.split(data)
        except FrameError as error:
            self.fail(str(error))
            return
        if self._assembler.held != self._held:
            self._held = self._assembler.held
            self._incomplete.hold(self, self._held)
        self._received += len(data)
        heartbeat = False
        for body in bodies:
            if body:
                self._receiver.received(self.host, body)
            else:
                heartbeat = True
        if self._transport.is_closing():
            return
        if heartbeat or self._received - self._acknowledged > _ACKNOWLEDGE_AFTER:
            self._acknowledged = self._received
            self._transport.write(LENGTH.pack(ACKNOWLEDGEMENT.size) + ACKNOWLEDGEMENT.pack(self._received))

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self._incomplete.hold(self, 0)
        self._transport.abort()  # asyncio of Python 3.10 warns of TLS that only the other side has closed
        if not self.lost.done():
            self.lost.set_result(None)
