"""`Client`: commands and queries over TCP, from a program that is no member."""

import asyncio
import json
import random
import secrets
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

from .client_calls import Call, Calls
from .client_group import remote
from .client_options import ClientOptions
from .client_session import ClientSession
from .errors import ClusterError, InvalidCommandError, SessionExpiredError
from .replicated import Replicated
from .requests import (
    NONCE_SIZE,
    Change,
    ChangeKind,
    ChangeMembers,
    Consistency,
    Join,
    MakeSnapshot,
    OpenSession,
    Request,
    Status,
    TransferLeadership,
    check_request,
    decode_session,
    encode_command,
    encode_query,
    encode_request,
)
from .transport.addresses import parse_address
from .transport.client_link import ClientLink
from .transport.dial import Encryption, dial
from .transport.handshake import Kind
from .transport.streams import FrameStream
from .worker import check_loop

S = TypeVar("S", bound=Replicated)

_LEARN_INTERVAL = 30.0
"""Seconds after which a client asks again for the addresses of the members of a group that it uses."""


class Client:
    """A client of a cluster. Any number of requests may be outstanding: one client is enough for a program.

        async with Client(["10.0.0.1:7001", "10.0.0.2:7001"], "jobs") as client:
            result = await client.command(1, b"...")

    A command is carried out exactly once if it returns a result, even if connections end and leaders change meanwhile:
    it belongs to a session, which is opened before the first command of a group. If it raises an exception, the
    exception says whether it may have been carried out.

    A client belongs to the event loop of its first request.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        cluster: str,
        options: ClientOptions | None = None,
        *,
        source: random.Random | None = None,
    ) -> None:
        """`addresses` are those of some hosts (`host:port`), `cluster` is the name of the cluster.

        The client learns the addresses of the other members of a group as soon as it has used it, and later changes.
        `source` gives the order of the addresses and the jitter of retries. Raises `ValueError` for an invalid
        argument.
        """
        if not addresses:
            raise ValueError("addresses: expected at least one, got none")
        for address in addresses:
            parse_address(address)
        self._cluster = cluster
        self._options = options or ClientOptions()
        self._transport = self._options.transport()
        source = source or random.Random()
        self._link = ClientLink(addresses, self._dial, self._transport, self._options.max_response, source)
        self._calls = Calls(self._link, self._transport, source)
        self._loop: asyncio.AbstractEventLoop | None = None
        """The event loop of the first request."""
        self._sessions: dict[int, ClientSession] = {}
        self._opening: dict[int, asyncio.Lock] = {}
        self._nonces: dict[int, tuple[bytes, float]] = {}
        """Those of the sessions that are being opened, and since when: a later call goes on with a cancelled one's."""
        self._learn_at: dict[int, float] = {}
        self._learning: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections. What is outstanding raises `OutcomeUnknownError` or `ClientClosedError`."""
        self._check_loop()
        await self._link.close()
        if self._learning:
            await asyncio.wait(self._learning)

    def group(self, machine: type[S], group: int = 1) -> S:
        """The commands and queries of a `Replicated` class, as methods that are carried out by a group.

            jobs = client.group(Jobs)
            number = await jobs.enqueue("hello")

        They raise what `command` and `query` raise, and `InvalidCommandError` for wrong arguments. The object has no
        state of its own.
        """
        return remote(self, machine, group)

    async def command(self, group: int, payload: bytes, *, timeout: float | None = None) -> bytes:
        """Applies a command to the state machine of a group, and returns its result.

        Nothing was done if it raises `RequestTimeoutError`, `BusyError`, `NoGroupError`, `InvalidCommandError`,
        `ClientClosedError` or `NotAcceptedError`. Whether it was done is unknown after `OutcomeUnknownError` and
        `SessionExpiredError`. `CommandError` is the result: the state machine raised it.
        """
        self._check_loop()
        call = Call(changes=True, resend=True)
        return await self._calls.limited(call, self._seconds(timeout), self._command(call, group, payload))

    async def query(
        self,
        group: int,
        payload: bytes,
        *,
        consistency: Consistency = Consistency.LINEARIZABLE,
        timeout: float | None = None,
    ) -> bytes:
        """Answers a query. Raises what `command` raises, except `OutcomeUnknownError` and `SessionExpiredError`."""
        self._check_loop()
        body = self._bounded(encode_query(group, consistency, payload))
        call = Call(changes=False, resend=True)
        response = await self._calls.limited(call, self._seconds(timeout), self._calls.answer(call, lambda: body))
        self._learn_members(group)
        return response.payload

    async def status(self, group: int, *, timeout: float | None = None) -> dict[str, Any]:
        """The state of a group on the host that the client is connected to; of the host for group 0.

        It may be older than what was acknowledged. A `query` before waits until the host has applied that.
        """
        return _object(await self._request(Status(group), changes=False, timeout=timeout))

    async def add(self, group: int, host: int, address: str, *, timeout: float | None = None) -> None:
        """Adds a host to a group: as a learner, which becomes a voter as soon as it has caught up.

        Raises `MembershipError` if it is rejected, `OutcomeUnknownError` if the connection ends before the response.
        """
        await self.change_members(group, [Change(ChangeKind.ADD, host, address)], timeout=timeout)

    async def remove(self, group: int, host: int, *, timeout: float | None = None) -> None:
        """Removes a host from a group. Raises what `add` raises."""
        await self.change_members(group, [Change(ChangeKind.REMOVE, host)], timeout=timeout)

    async def set_address(self, group: int, host: int, address: str, *, timeout: float | None = None) -> None:
        """Changes where the others find a member. A host does this by itself when it starts with another address.

        Raises what `add` raises.
        """
        await self.change_members(group, [Change(ChangeKind.SET_ADDRESS, host, address)], timeout=timeout)

    async def change_members(self, group: int, changes: Sequence[Change], *, timeout: float | None = None) -> None:
        """Changes members; several changes take effect together. Raises what `add` raises."""
        check_request(changes, 0)
        await self._request(ChangeMembers(group, tuple(changes)), changes=True, timeout=timeout)

    async def promote(self, group: int, host: int, *, timeout: float | None = None) -> None:
        """Makes a voter of a learner, once it has caught up. Raises what `add` raises."""
        await self.change_members(group, [Change(ChangeKind.PROMOTE, host)], timeout=timeout)

    async def make_snapshot(self, group: int, *, timeout: float | None = None) -> tuple[int, int]:
        """Makes a snapshot on the host that the client is connected to. Returns its index, and its size in bytes.

        If there is one at this index already, returns that one.

        Raises `FailedError` if the state cannot be encoded or written; `NoGroupError`, `NotReadyError`, `StoppedError`
        and `RemovedError` if this host has no state; and what `add` raises. No other host makes one instead, and one
        that the caller does not wait for any more is made nevertheless.
        """
        result = _object(await self._request(MakeSnapshot(group), changes=True, any_host=False, timeout=timeout))
        return result["index"], result["size"]

    async def transfer_leadership(self, group: int, host: int = 0, *, timeout: float | None = None) -> None:
        """Makes another voter the leader; any, if the host is 0. Waits until it answers. Raises what `add` raises."""
        check_request((), host)
        await self._request(TransferLeadership(group, host), changes=True, timeout=timeout)

    async def join(self, group: int, host: int, address: str, *, timeout: float | None = None) -> dict[int, str]:
        """Asks for a host to be added to a group, as `Host` does with `join=`. Returns the addresses of the members.

        It becomes a member after that, when the leader has reached it. Raises what `add` raises.
        """
        payload = await self._request(Join(group, host, address), changes=True, timeout=timeout)
        return {int(member): known for member, known in _object(payload).items()}

    async def _request(self, request: Request, *, changes: bool, any_host: bool = True, timeout: float | None) -> bytes:
        self._check_loop()
        body = self._bounded(encode_request(request))
        call = Call(changes=changes, resend=not changes, any_host=any_host)
        response = await self._calls.limited(call, self._seconds(timeout), self._calls.answer(call, lambda: body))
        return response.payload

    async def _command(self, call: Call, group: int, payload: bytes) -> bytes:
        clock = asyncio.get_running_loop().time
        self._bounded(encode_command(group, 0, 0, 0, payload))
        session = await self._session(group, call)
        number = session.begin()

        # The floor of a retry may be higher than that of the attempt before.
        def body() -> bytes:
            return encode_command(group, session.id, number, session.floor, payload)

        try:
            response = await self._calls.answer(call, body)
            self._learn_members(group)
            return response.payload
        except SessionExpiredError:
            if self._sessions.get(group) is session:
                del self._sessions[group]
            raise
        finally:
            session.end(number, clock())

    async def _session(self, group: int, call: Call) -> ClientSession:
        """The session for a group. Opens one if there is none, or if it may have expired."""
        clock = asyncio.get_running_loop().time
        session = self._sessions.get(group)
        if session and (session.outstanding or clock() - session.used < self._options.session_idle):
            return session
        async with self._opening.setdefault(group, asyncio.Lock()):
            opened = self._sessions.get(group)
            if opened is None or opened is session:
                request = encode_request(OpenSession(group, self._nonce(group, clock())))
                # An unused session does no harm: the outcome of this call does not matter.
                response = await self._calls.answer(Call(changes=False, resend=True, within=call), lambda: request)
                opened = self._sessions[group] = ClientSession(decode_session(response.payload), clock())
                del self._nonces[group]
            return opened

    def _nonce(self, group: int, now: float) -> bytes:
        """The nonce of a new session. A call that was cancelled may have opened one, which is this one then."""
        nonce, begun = self._nonces.get(group, (b"", float("-inf")))
        if now - begun >= self._options.session_idle:
            nonce = secrets.token_bytes(NONCE_SIZE)
            self._nonces[group] = nonce, now
        return nonce

    def _learn_members(self, group: int) -> None:
        """Asks for the addresses of the members of a group, unless that was lately.

        The hosts whose addresses were given may all leave the cluster one day.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= self._learn_at.get(group, now):
            self._learn_at[group] = now + _LEARN_INTERVAL
            task = loop.create_task(self._ask_for_members(group))
            self._learning.add(task)
            task.add_done_callback(self._learning.discard)

    async def _ask_for_members(self, group: int) -> None:
        with suppress(ClusterError):  # then the client knows no more than before
            addresses = (await self.status(group)).get("addresses")
            if isinstance(addresses, dict):
                self._link.learn(map(str, addresses.values()))

    async def _dial(self, address: str) -> FrameStream:
        tls = self._options.tls
        stream, _ = await dial(
            address,
            kind=Kind.CLIENT,
            cluster=self._cluster,
            host=0,
            to=0,
            options=self._transport,
            secret=self._options.secret,
            encryption=Encryption(tls, self._options.server_name) if tls else None,
        )
        return stream

    def _bounded(self, body: bytes) -> bytes:
        """The body of a request. Raises `InvalidCommandError` if it is too long."""
        if len(body) > self._options.max_request:
            expected = f"expected a request of at most {self._options.max_request} bytes"
            raise InvalidCommandError(f"{expected}, got {len(body)}")
        return body

    def _check_loop(self) -> None:
        """Raises `RuntimeError` in another event loop than that of the first request."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        check_loop(self._loop, "client")

    def _seconds(self, timeout: float | None) -> float:
        return self._options.timeout if timeout is None else timeout


def _object(payload: bytes) -> dict[str, Any]:
    """The JSON object in a response. Raises `ClusterError` for anything else."""
    try:
        value = json.loads(payload)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ClusterError(f"expected a JSON object from the host, got {payload[:100]!r}")
    return value
