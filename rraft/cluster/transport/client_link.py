"""A client's choice of a host: any of several, and the leader once it is known."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence

from .backoff import Backoff
from .client_addresses import ClientAddresses
from .client_protocol import DisconnectedError, RequestProtocol
from .dial import DIAL_ERRORS
from .handshake import HandshakeError
from .options import TransportOptions
from .streams import FrameStream

logger: logging.Logger = logging.getLogger(__name__)

_AVOID_TIME = 1.0
"""Seconds in which an address that could not be connected to is not preferred."""

Dial = Callable[[str], Awaitable[FrameStream]]


class ClientLink:
    """Keeps a connection to one of the hosts while requests want one."""

    def __init__(
        self, addresses: Sequence[str], dial: Dial, options: TransportOptions, max_response: int, source: random.Random
    ) -> None:
        self._addresses = ClientAddresses(addresses, source)
        self._dial = dial
        self._options = options
        self._max_response = max_response
        self._backoff = Backoff(options, source)
        self._current: RequestProtocol | None = None
        self._connecting: asyncio.Task[RequestProtocol] | None = None
        self._preferring: asyncio.Task[None] | None = None
        self._avoided: dict[str, float] = {}
        self._closed = False
        self.failure: str = ""
        """Why the last attempt to connect failed."""
        self._retired: dict[RequestProtocol, None] = {}

    def learn(self, addresses: Iterable[str]) -> None:
        """Members of groups have these addresses: they are tried after those that were given."""
        self._addresses.learn(addresses)

    async def connected(self) -> RequestProtocol:
        """A connection that may be used. Attempts to connect until there is one.

        Raises `HandshakeError` if no host accepts this client, `DisconnectedError` after `close`.
        """
        if self._current and self._current.is_usable:
            return self._current
        if self._closed:
            raise DisconnectedError("the client is closed")
        if self._current:  # its host has ended or is silent, which would cost a timeout again
            self._addresses.last(self._current.address)
            self._avoid(self._current.address)
            self._current = None
        if not self._connecting:
            self._connecting = asyncio.get_running_loop().create_task(self._connect())
            self._connecting.add_done_callback(_ignore)
        attempt = self._connecting
        await asyncio.wait((attempt,))
        if attempt.cancelled():
            raise DisconnectedError("the client is closed")
        return attempt.result()

    def leave(self, protocol: RequestProtocol) -> None:
        """The host of this connection does not serve requests: the next request goes to another one."""
        if self._current is protocol:
            self._current = None
            self._retire(protocol)
            self._addresses.last(protocol.address)

    def prefer(self, address: str) -> None:
        """Moves to this address, which is the leader's, if it can be connected to."""
        now = asyncio.get_running_loop().time()
        if not self._current or self._current.address == address or self._preferring:
            return
        if self._avoided.get(address, now) > now:
            return
        self._preferring = asyncio.get_running_loop().create_task(self._move(address))

    async def close(self) -> None:
        """Closes all connections. Requests that wait for a response fail."""
        self._closed = True
        tasks = [task for task in (self._connecting, self._preferring) if task]
        for task in tasks:
            task.cancel()
        protocols = [*self._retired, *([self._current] if self._current else [])]
        self._current = None
        for protocol in protocols:
            protocol.abort("the client is closed")
        if ends := [*tasks, *(protocol.lost for protocol in protocols)]:  # nothing is left open if this is cancelled
            await asyncio.wait(ends)

    async def _connect(self) -> RequestProtocol:
        try:
            return await self._connect_to_any()
        finally:
            # Not in a callback: a caller that tries again at once would get the old result, without a turn of the loop.
            self._connecting = None

    async def _connect_to_any(self) -> RequestProtocol:
        while True:
            failures = []
            for address in self._addresses:
                failure = await self._attempt(address)
                if self._current and self._current.is_usable:
                    self._backoff.reset()
                    return self._current
                failures.append(failure)
            for failure in failures:
                if not isinstance(failure, HandshakeError) or not failure.is_permanent:
                    break
            else:
                raise failures[0] or DisconnectedError("there is no address")
            await asyncio.sleep(self._backoff.pause())

    async def _attempt(self, address: str) -> Exception | None:
        """Connects to an address. Returns why it failed."""
        try:
            await self._open(address)
        except DIAL_ERRORS as error:
            self.failure = f"{address}: {type(error).__name__}: {error}"
            logger.info("not connected: %s", self.failure)
            self._addresses.last(address)
            return error
        return None

    async def _open(self, address: str) -> RequestProtocol:
        stream = await self._dial(address)
        protocol = RequestProtocol(address, self._options, self._max_response)
        stream.hand_over(protocol)
        self._current = protocol
        return protocol

    async def _move(self, address: str) -> None:
        before = self._current
        try:
            await self._open(address)
        except (*DIAL_ERRORS, ValueError) as error:
            logger.info("the leader at %s: not connected: %s: %s", address, type(error).__name__, error)
            self._avoid(address)
        else:
            self._addresses.learn([address])
            if before:
                self._retire(before)
        finally:
            self._preferring = None

    def _retire(self, protocol: RequestProtocol) -> None:
        self._retired[protocol] = None
        protocol.lost.add_done_callback(lambda _: self._retired.pop(protocol, None))
        protocol.retire()

    def _avoid(self, address: str) -> None:
        """Does not prefer this address for a while."""
        self._avoided = {address: asyncio.get_running_loop().time() + _AVOID_TIME}


def _ignore(task: "asyncio.Task[RequestProtocol]") -> None:
    """Takes the exception of a task: all who waited for it may have been cancelled."""
    if not task.cancelled():
        task.exception()
