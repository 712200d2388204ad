"""Hosts without Raft: they share a group in memory, and do to the requests of clients what a test tells them."""

import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from rraft.cluster.client import Client
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.requests import (
    Command,
    OpenSession,
    Query,
    Request,
    Response,
    ResponseStatus,
    Status,
    decode_request,
    encode_error,
    encode_response,
    encode_result,
    encode_session,
)
from rraft.cluster.transport import Connection
from rraft.cluster.transport.tcp import TcpTransport
from tests.cluster.transport.support import FAST, Recorder

GROUP = 1

QUICK = ClientOptions(
    timeout=60.0,
    heartbeat_interval=0.1,
    heartbeat_timeout=0.5,
    connect_timeout=0.5,
    min_backoff=0.001,
    max_backoff=0.05,
)


@dataclass
class MemoryGroup:
    """A log of commands, applied once for each number of a session."""

    log: list[bytes] = field(default_factory=list)
    sessions: dict[int, dict[int, bytes]] = field(default_factory=dict)
    floors: list[int] = field(default_factory=list)
    nonces: dict[bytes, int] = field(default_factory=dict)
    addresses: dict[int, str] = field(default_factory=dict)

    def answer(self, request: Request) -> bytes:
        """Carries out a request, and returns the response."""
        match request:
            case OpenSession(_, nonce):
                session = self.nonces.setdefault(nonce, len(self.nonces) + 1)
                self.sessions.setdefault(session, {})
                return encode_result(encode_session(session))
            case Command(_, session, number, floor, payload):
                if session not in self.sessions:
                    return encode_response(Response(ResponseStatus.SESSION_EXPIRED))
                self.floors.append(floor)
                results = self.sessions[session]
                if number not in results:
                    self.log.append(payload)
                    results[number] = b"%d:%s" % (len(self.log), payload)
                if payload.startswith(b"raise"):
                    return encode_error("ValueError", payload.decode())
                return encode_result(results[number])
            case Query(_, consistency, payload):
                return encode_result(b"%d:%d:%s" % (len(self.log), consistency, payload))
            case Status(group):
                return encode_result(json.dumps({"group": group, "addresses": self.addresses}).encode())
        return encode_result(repr(request).encode())


Fault = Callable[[Request], Response | bool | None]
"""A response instead of the group's; true: carry out the request, and do not answer; `None`: answer as usual."""


class MemoryHost(Recorder):
    """One host."""

    def __init__(self, group: MemoryGroup, number: int) -> None:
        super().__init__()
        self.group = group
        self.number = number
        self.seen: list[Request] = []
        """Without those for the state of the group, with which the client learns its members."""
        self.asked_for_members: int = 0
        self.fault: Fault = lambda _request: None
        self.hint: tuple[int, str] = (0, "")
        self.transport = TcpTransport("kv", number, "127.0.0.1:0", FAST)

    @property
    def address(self) -> str:
        return self.transport.address

    def requested(self, connection: Connection, request: int, body: bytes) -> None:
        decoded = decode_request(body)
        if isinstance(decoded, Status):
            self.asked_for_members += 1
        else:
            self.seen.append(decoded)
        fault = self.fault(decoded)
        if isinstance(fault, Response):
            connection.respond(request, encode_response(fault))
            return
        response = self.group.answer(decoded)
        if fault:
            return
        leader, address = self.hint
        if leader:
            response = encode_response(Response(ResponseStatus.OK, response[2:], leader, address))
        connection.respond(request, response)

    async def stop(self) -> None:
        await self.transport.close()

    async def restart(self, cluster: str = "kv") -> None:
        """Ends all connections, and accepts new ones at the same address."""
        address = self.address
        await self.transport.close()
        self.transport = TcpTransport(cluster, self.number, address, FAST)
        await self.transport.start(self)


@asynccontextmanager
async def cluster(
    count: int = 3, options: ClientOptions = QUICK, addresses: Sequence[str] = ()
) -> AsyncIterator[tuple[Client, list[MemoryHost], MemoryGroup]]:
    """Hosts that share a group, and a client that knows their addresses."""
    group = MemoryGroup()
    hosts = [MemoryHost(group, number) for number in range(1, count + 1)]
    async with AsyncExitStack() as stack:
        for host in hosts:
            await host.transport.start(host)
            stack.push_async_callback(host.stop)
        group.addresses = {host.number: host.address for host in hosts}
        known = addresses or [host.address for host in hosts]
        client = await stack.enter_async_context(Client(known, "kv", options, source=random.Random(1)))
        yield client, hosts, group
