"""A client's connection to one host: requests out, responses in."""

import asyncio
import struct

from .dialled import DialledProtocol
from .frames import EMPTY_FRAME, Assembler, FrameError
from .options import TransportOptions

_NUMBER = struct.Struct("<Q")
_REQUEST = struct.Struct("<IQ")


class DisconnectedError(Exception):
    """The connection has ended before the response arrived. Whether the request was carried out is unknown."""


class RequestProtocol(DialledProtocol):
    """One connection, after the handshake. Requests wait for their responses in any number."""

    def __init__(self, address: str, options: TransportOptions, max_response: int) -> None:
        super().__init__()
        self.address = address
        self._options = options
        self._assembler = Assembler(max_response)
        self._pending: dict[int, asyncio.Future[bytes]] = {}
        self._number = 0
        self._out: list[bytes] = []
        self._asked: float | None = None
        self.answered: int = 0
        """How many responses have arrived."""
        self._is_retired = False

    @property
    def is_usable(self) -> bool:
        """Whether a request may be sent."""
        return not self.lost.done() and not self._transport.is_closing()

    def request(self, body: bytes) -> "asyncio.Future[bytes]":
        """Sends a request. The result is the body of its response, or `DisconnectedError`.

        The requests of one turn of the event loop are sent together.
        """
        future = self._loop.create_future()
        if not self.is_usable:
            future.set_exception(DisconnectedError(self._reason))
            return future
        number = self._number = self._number + 1
        self._pending[number] = future
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(_REQUEST.pack(_NUMBER.size + len(body), number))
        self._out.append(body)
        return future

    def retire(self) -> None:
        """Closes the connection as soon as no response is outstanding."""
        self._is_retired = True
        self._pending = {number: future for number, future in self._pending.items() if not future.done()}
        if not self._pending:
            self._transport.close()

    # Called by the event loop.

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._asked = None
        pending = self._pending
        try:
            for body in self._assembler.split(data):
                if not body:
                    continue
                (number,) = _NUMBER.unpack_from(body)
                self.answered += 1
                future = pending.pop(number, None)
                # A request whose caller was cancelled has a future that is done.
                if future is not None and not future.done():
                    future.set_result(body[_NUMBER.size :])
        except (FrameError, struct.error) as error:
            self.abort(f"invalid response: {error}")
        if self._is_retired and not pending:
            self._transport.close()

    def _ended(self) -> None:
        pending, self._pending = self._pending, {}
        for future in pending.values():
            if not future.done():
                future.set_exception(DisconnectedError(self._reason))
        self._out = []

    def _flush(self) -> None:
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out = []

    def _beat(self, due: float) -> None:
        """Asks for a sign of life while responses are outstanding, and closes the connection if there is none."""
        options, now = self._options, self._loop.time()
        blocked = now - due > options.heartbeat_interval  # what has arrived meanwhile is not read yet
        if self._asked is not None and now - self._asked > options.heartbeat_timeout and not blocked:
            self.abort(f"no sign of life for {options.heartbeat_timeout} s")
            return
        if self._transport.is_closing():
            return
        if self._pending or now - self._heard > options.keepalive:
            self._asked = now if self._asked is None else self._asked
            self._transport.write(EMPTY_FRAME)
        due = now + options.heartbeat_interval
        self._timer = self._loop.call_at(due, self._beat, due)
