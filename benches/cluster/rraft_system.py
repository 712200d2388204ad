"""rraft.cluster under load: three hosts, and connections that speak the clients' protocol."""

import asyncio
import os
import secrets
import struct
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from processes import Processes, free_ports
from rraft.cluster.client import Client
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.errors import ClusterError
from rraft.cluster.requests import (
    Consistency,
    OpenSession,
    decode_response,
    decode_session,
    encode_command,
    encode_query,
    encode_request,
)
from rraft.cluster.transport.dial import dial
from rraft.cluster.transport.frames import Assembler
from rraft.cluster.transport.handshake import Kind
from rraft.cluster.transport.options import TransportOptions
from rraft_host import Methods
from workload import PAIRS, Latencies, Load, Workload

HOST = Path(__file__).parent / "rraft_host.py"
HOSTS = (1, 2, 3)

_FRAME = struct.Struct("<IQ")


class Connection(asyncio.Protocol):
    """One connection that keeps a number of requests outstanding."""

    def __init__(self, body: Callable[[int, int], bytes], outstanding: int, latencies: Latencies) -> None:
        """`body` makes a request of a number, and the lowest number that is outstanding."""
        self._body = body
        self._outstanding = outstanding
        self._latencies = latencies
        self._assembler = Assembler(2**24)
        self._sent: dict[int, float] = {}
        self._number = 0
        self._is_stopped = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when it was stopped and nothing is outstanding, or with an exception."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._send(self._outstanding)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        sent, seconds = self._sent, self._latencies.seconds
        bodies = self._assembler.split(data)
        for body in bodies:
            if body[8]:
                self.ended.set_exception(RuntimeError(f"the response is {decode_response(body[8:])}"))
                self._transport.abort()
                return
            seconds.append(now - sent.pop(int.from_bytes(body[:8], "little")))
        if not self._is_stopped:
            self._send(len(bodies))
        elif not sent:
            self._end()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionError("a host has closed a connection"))

    def stop(self) -> None:
        """Sends no more."""
        self._is_stopped = True
        if not self._sent:
            self._end()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
        self._transport.close()

    def _send(self, count: int) -> None:
        now = time.perf_counter()
        sent = self._sent
        out: list[bytes] = []
        for _ in range(count):
            number = self._number = self._number + 1
            sent[number] = now
            body = self._body(number, next(iter(sent)))
            out += (_FRAME.pack(8 + len(body), number), body)
        self._transport.write(b"".join(out))


class RraftSystem:
    """Three hosts."""

    def __init__(self, folder: Path, *, group: int = 1, arguments: tuple[str, ...] = ()) -> None:
        """`group` 1 is a bare state machine, 2 a `Replicated`."""
        self.name = "rraft.cluster" if group == 1 else "rraft.cluster, Replicated"
        self.versions = f"rraft {version('rraft-py')}"
        self.group = group
        self.processes = Processes(folder)
        self._folder = folder
        self._arguments = arguments
        self.addresses = {host: f"127.0.0.1:{port}" for host, port in zip(HOSTS, free_ports(3), strict=True)}
        self._client: Client | None = None
        self._environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}

    @property
    def client(self) -> Client:
        """A client of the cluster."""
        if self._client is None:
            options = ClientOptions(
                heartbeat_interval=0.1, heartbeat_timeout=0.4, connect_timeout=0.2, max_backoff=0.05
            )
            self._client = Client(list(self.addresses.values()), "rraft", options)
        return self._client

    async def start(self) -> None:
        members = ",".join(f"{host}={address}" for host, address in self.addresses.items())
        for host in HOSTS:
            command = [sys.executable, str(HOST), str(host), str(self._folder / str(host)), members, *self._arguments]
            self.processes.start(host, command, self._environment)
        while not await self.leader():
            await asyncio.sleep(0.05)
        await self.client.command(1, b"x" * 16)

    def restart(self, host: int) -> None:
        """Starts a host that was killed."""
        self.processes.restart(host, self._environment)

    async def close(self) -> None:
        if self._client:
            await self._client.close()
        self.processes.close()

    async def leader(self) -> int:
        try:
            return int((await self.client.status(self.group, timeout=5.0))["leader"])
        except ClusterError:
            return 0

    async def load(self, workload: Workload) -> Load:
        address = self.addresses[await self.leader()]
        latencies = Latencies()
        connections = [await self._connect(address, workload, latencies) for _ in range(workload.connections)]

        async def stop() -> None:
            for connection in connections:
                connection.stop()
            for connection in connections:
                await connection.ended

        return Load(latencies, stop)

    async def syncs(self) -> int | None:
        leader = await self.leader()
        async with Client([self.addresses[leader]], "rraft") as client:
            return int((await client.status(0))["log"]["fsyncs"])

    async def put_once(self) -> None:
        key, value = PAIRS[0]
        await self.client.command(1, key + value)

    async def _connect(self, address: str, workload: Workload, latencies: Latencies) -> Connection:
        stream, _ = await dial(
            address,
            kind=Kind.CLIENT,
            cluster="rraft",
            host=0,
            to=0,
            options=TransportOptions(),
            secret=None,
            encryption=None,
        )
        stream.allow(2**20, 2**21)
        request = encode_request(OpenSession(self.group, secrets.token_bytes(16)))
        stream.write((0).to_bytes(8, "little"), request)
        session = decode_session(decode_response((await stream.read())[8:]).payload)
        connection = Connection(self._bodies(workload.operation, session), workload.outstanding, latencies)
        stream.hand_over(connection)
        return connection

    def _bodies(self, operation: str, session: int) -> Callable[[int, int], bytes]:
        group, count = self.group, len(PAIRS)
        if operation == "get":
            keys = [Methods.get.signature.encode((key,), {}) if group == 2 else key for key, _ in PAIRS]
            queries = [encode_query(group, Consistency.LINEARIZABLE, key) for key in keys]
            return lambda number, _floor: queries[number % count]
        puts = [Methods.put.signature.encode(pair, {}) if group == 2 else pair[0] + pair[1] for pair in PAIRS]
        return lambda number, floor: encode_command(group, session, number, floor, puts[number % count])
