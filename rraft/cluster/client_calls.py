"""Requests of a client with their retries: each is sent until its outcome is known, or the caller waits no longer."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from . import errors
from .client_errors import ClientClosedError, NotAcceptedError, OutcomeUnknownError, RequestTimeoutError
from .errors import (
    BusyError,
    ClusterError,
    CommandError,
    NoGroupError,
    NotReadyError,
    RemovedError,
    SessionExpiredError,
    StoppedError,
)
from .requests import RequestError, Response, ResponseStatus, decode_error, decode_response
from .transport.backoff import Backoff
from .transport.client_link import ClientLink
from .transport.client_protocol import DisconnectedError, RequestProtocol
from .transport.handshake import HandshakeError
from .transport.options import TransportOptions
from .transport.timeouts import timeout

T = TypeVar("T")

OF_ONE_HOST: dict[ResponseStatus, type[ClusterError]] = {
    ResponseStatus.NO_GROUP: NoGroupError,
    ResponseStatus.NOT_READY: NotReadyError,
    ResponseStatus.STOPPED: StoppedError,
    ResponseStatus.REMOVED: RemovedError,
}
"""The exceptions for what concerns one host: another one may answer."""


class Call:
    """A request, and what is known of its outcome."""

    def __init__(self, *, changes: bool, resend: bool, any_host: bool = True, within: "Call | None" = None) -> None:
        self.changes = changes
        """Whether it changes anything: only then can its outcome be unknown."""
        self.resend = resend
        """Whether it may be sent again after a connection has ended before the response."""
        self.any_host = any_host
        """Whether another host may be asked when the first one has no state of the group to answer from."""
        self.within: Call = within or self
        """The call that this one is a part of."""
        self.part: Call | None = None
        """The call that is a part of this one."""
        if within is not None:
            within.part = self
        self.is_outstanding = False
        """Whether it was sent, and its response may still arrive."""
        self.is_lost = False
        """Whether a connection, or the group on a host, has ended before its response."""
        self.not_ready = ""
        """What the last host said that could not answer."""
        self.asked: tuple[RequestProtocol, int] | None = None
        """The connection on which its response may still arrive, and how many had arrived there before."""
        self.without_group: set[str] = set()
        """The addresses of hosts that do not have the group."""

    @property
    def is_unknown(self) -> bool:
        """Whether it may have changed something."""
        return self.changes and (self.is_lost or self.is_outstanding)

    def failed(self, error: ClusterError) -> ClusterError:
        """The exception for an error after which the last attempt has done nothing: an earlier one may have."""
        return OutcomeUnknownError(str(error)) if self.is_unknown else error


class Calls:
    """Sends requests over a link."""

    def __init__(self, link: ClientLink, options: TransportOptions, source: random.Random) -> None:
        self._link = link
        self._options = options
        self._random = source

    async def limited(self, call: Call, seconds: float, answer: Awaitable[T]) -> T:
        """Awaits `answer` for some seconds, then raises `OutcomeUnknownError` or `RequestTimeoutError`."""
        try:
            async with timeout(seconds):
                return await answer
        except TimeoutError:
            self._leave_if_silent(call)
            if call.is_unknown:
                reason = f"; {call.not_ready}" if call.not_ready else ""
                raise OutcomeUnknownError(f"sent, but not answered within {seconds} s{reason}") from None
            reason = call.not_ready or ("" if call.is_outstanding else self._link.failure)
            failure = f"; {reason}" if reason else ""
            raise RequestTimeoutError(f"not answered within {seconds} s{failure}") from None

    def _leave_if_silent(self, call: Call) -> None:
        """Asks another host next, if this one has answered nothing for so long: it may be cut off from its group."""
        for part in (call, call.part):
            if part is not None and part.is_outstanding and part.asked is not None:
                protocol, answered = part.asked
                if protocol.answered == answered:
                    self._link.leave(protocol)

    async def answer(self, call: Call, body: Callable[[], bytes]) -> Response:
        """Sends a request until there is a response that says what became of it. Raises the errors among these.

        `body` is called for each attempt.
        """
        backoff = Backoff(self._options, self._random)
        while True:
            protocol = await self._connected(call)
            response = await self._attempt(call, protocol, body())
            if response is not None:
                if response.address and response.address != protocol.address:
                    self._link.prefer(response.address)
                if response.status == ResponseStatus.OK:
                    return response
                self._check(call, response, protocol)
            await asyncio.sleep(backoff.pause())

    async def _connected(self, call: Call) -> RequestProtocol:
        try:
            return await self._link.connected()
        except HandshakeError as error:
            raise call.failed(NotAcceptedError(str(error))) from None
        except DisconnectedError as error:
            raise call.failed(ClientClosedError(str(error))) from None

    async def _attempt(self, call: Call, protocol: RequestProtocol, body: bytes) -> Response | None:
        """Sends a request once. Returns `None` if there is no response, and the request may be sent again."""
        call.is_outstanding = True
        call.asked = protocol, protocol.answered
        try:
            response = decode_response(await protocol.request(body))
        except (DisconnectedError, RequestError) as error:
            if isinstance(error, RequestError):
                protocol.abort(str(error))
            call.is_lost = True
            if call.changes and not call.resend:
                raise OutcomeUnknownError(str(error)) from None
            return None
        call.is_outstanding = False
        return response

    def _check(self, call: Call, response: Response, protocol: RequestProtocol) -> None:
        """Raises the error that the response reports, unless another attempt may succeed."""
        if not call.any_host and response.status in OF_ONE_HOST:
            raise OF_ONE_HOST[response.status](response.payload.decode(errors="replace"))
        match response.status:
            case ResponseStatus.BUSY:
                if not call.is_unknown:
                    raise BusyError("the group has too much to do")
            case ResponseStatus.NO_GROUP:
                if protocol.address in call.without_group:
                    raise call.failed(NoGroupError("no host has this group"))
                call.without_group.add(protocol.address)
                self._link.leave(protocol)
            case ResponseStatus.NOT_READY | ResponseStatus.STOPPED | ResponseStatus.REMOVED:
                call.within.not_ready = f"{protocol.address}: {response.payload.decode(errors='replace')}"
                if response.status != ResponseStatus.NOT_READY:
                    call.is_lost = True  # the group may have stopped on this host after the leader got the request
                self._link.leave(protocol)
            case ResponseStatus.SESSION_EXPIRED:
                raise SessionExpiredError("whether the command was applied before the session expired is unknown")
            case ResponseStatus.ERROR:
                error = _error(*decode_error(response.payload))
                raise error if isinstance(error, CommandError) else call.failed(error)
            case ResponseStatus.INVALID:
                text = response.payload.decode(errors="replace")
                raise call.failed(ClusterError(f"the host rejects the request: {text}"))


def _error(kind: str, text: str) -> ClusterError:
    """The exception that a host reports: one of the runtime, or what the state machine raised."""
    if kind == CommandError.__name__:  # the state machine's has the name of one of the runtime
        kind, _, text = text.partition(": ")
        return CommandError(kind, text)
    error = getattr(errors, kind, None) if kind in errors.__all__ else None
    if isinstance(error, type) and issubclass(error, ClusterError):
        return error(text)
    return CommandError(kind, text)
