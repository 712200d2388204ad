"""PySyncObj under load: three processes with journals, which it never syncs."""

import asyncio
import struct
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from processes import Processes, free_ports
from workload import PAIRS, Latencies, Load, Workload

HOST = Path(__file__).parent / "pysyncobj_host.py"
HOSTS = (1, 2, 3)

_FRAME = struct.Struct("<IQ")


class _Connection:
    """A connection, whose requests have numbers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, number: int, body: bytes) -> None:
        self.writer.write(_FRAME.pack(8 + len(body), number) + body)

    async def receive(self) -> tuple[int, bytes]:
        length, number = _FRAME.unpack(await self.reader.readexactly(12))
        body = await self.reader.readexactly(length - 8)
        return number, body


class PySyncObjSystem:
    """Three hosts."""

    name = "PySyncObj"

    def __init__(self, folder: Path) -> None:
        self.versions = f"PySyncObj {version('pysyncobj')}"
        self.processes = Processes(folder)
        self._folder = folder
        ports = free_ports(6)
        self._peers = {host: f"127.0.0.1:{ports[host - 1]}" for host in HOSTS}
        self._ports = {host: ports[host + 2] for host in HOSTS}

    @staticmethod
    def missing() -> str | None:
        """Why it cannot be measured."""
        try:
            version("pysyncobj")
        except PackageNotFoundError:
            return "PySyncObj, since the dependency group `bench` is not installed"
        return None

    async def start(self) -> None:
        for host in HOSTS:
            others = ",".join(peer for other, peer in self._peers.items() if other != host)
            folder = str(self._folder / str(host))
            self.processes.start(
                host, [sys.executable, str(HOST), self._peers[host], folder, others, str(self._ports[host])]
            )
        while not await self.leader():
            await asyncio.sleep(0.1)

    def restart(self, host: int) -> None:
        """Starts a host that was killed."""
        self.processes.restart(host)

    async def close(self) -> None:
        self.processes.close()

    async def leader(self) -> int:
        for host in HOSTS:
            try:
                connection = await self._connect(host)
                connection.send(1, b"s")
                _, body = await asyncio.wait_for(connection.receive(), 1.0)
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                continue
            connection.writer.close()
            if body == b"\x001":
                return host
        return 0

    async def load(self, workload: Workload) -> Load:
        leader = await self.leader()
        latencies = Latencies()
        is_stopped = False
        bodies = [key + value if workload.operation == "put" else key for key, value in PAIRS]

        async def work() -> None:
            connection = await self._connect(leader)
            sent: dict[int, float] = {}
            number = 0
            while sent or not is_stopped:
                while len(sent) < workload.outstanding and not is_stopped:
                    number += 1
                    sent[number] = time.perf_counter()
                    connection.send(number, bodies[number % len(bodies)])
                answered, body = await connection.receive()
                duration = time.perf_counter() - sent.pop(answered)
                if not body[0]:  # others fail now and then: the log was truncated
                    latencies.seconds.append(duration)
            connection.writer.close()

        tasks = [asyncio.ensure_future(work()) for _ in range(workload.connections)]

        async def stop() -> None:
            nonlocal is_stopped
            is_stopped = True
            await asyncio.gather(*tasks)

        return Load(latencies, stop)

    async def syncs(self) -> int | None:
        return None

    async def put_once(self) -> None:
        key, value = PAIRS[0]
        while True:
            for host in HOSTS:
                try:
                    connection = await asyncio.wait_for(self._connect(host), 0.3)
                    connection.send(1, key + value)
                    _, body = await asyncio.wait_for(connection.receive(), 0.3)
                    connection.writer.close()
                except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                    continue
                if not body[0]:
                    return

    async def _connect(self, host: int) -> _Connection:
        return _Connection(*await asyncio.open_connection("127.0.0.1", self._ports[host]))
