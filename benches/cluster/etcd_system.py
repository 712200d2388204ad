"""etcd under load: three processes, and gRPC connections to the leader."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path

from processes import Processes, free_ports
from workload import PAIRS, Latencies, Load, Workload

try:
    import grpc
    import grpc.aio
except ImportError:
    grpc = None

HOSTS = (1, 2, 3)

PUT = "/etcdserverpb.KV/Put"
RANGE = "/etcdserverpb.KV/Range"


def _field(number: int, data: bytes) -> bytes:
    """A field of bytes in protobuf."""
    length = len(data)
    head = bytes((number << 3 | 2,)) + (bytes((length,)) if length < 128 else bytes((length & 127 | 128, length >> 7)))
    return head + data


def put_request(key: bytes, value: bytes) -> bytes:
    """An encoded `PutRequest`."""
    return _field(1, key) + _field(2, value)


def range_request(key: bytes) -> bytes:
    """An encoded `RangeRequest`, linearizable."""
    return _field(1, key)


class EtcdSystem:
    """Three members."""

    name = "etcd"

    def __init__(self, folder: Path) -> None:
        self.processes = Processes(folder)
        self._folder = folder
        ports = free_ports(6)
        self.clients = {host: f"127.0.0.1:{ports[host - 1]}" for host in HOSTS}
        self._peers = {host: f"http://127.0.0.1:{ports[host + 2]}" for host in HOSTS}
        self.versions = subprocess.run(["etcd", "--version"], capture_output=True, text=True, check=True).stdout
        self.versions = "etcd " + self.versions.split()[2]

    @staticmethod
    def missing() -> str | None:
        """Why it cannot be measured."""
        if grpc is None:
            return "etcd, since the dependency group `bench` is not installed"
        if not shutil.which("etcd") or not shutil.which("etcdctl"):
            return "etcd, which is not installed (Debian: etcd-server and etcd-client)"
        return None

    async def start(self) -> None:
        cluster = ",".join(f"m{host}={peer}" for host, peer in self._peers.items())
        for host in HOSTS:
            client, peer = f"http://{self.clients[host]}", self._peers[host]
            options = {
                "name": f"m{host}",
                "data-dir": str(self._folder / str(host)),
                "listen-client-urls": client,
                "advertise-client-urls": client,
                "listen-peer-urls": peer,
                "initial-advertise-peer-urls": peer,
                "initial-cluster": cluster,
                "heartbeat-interval": "100",
                "election-timeout": "500",
                "log-level": "error",
            }
            command = ["etcd", *(f"--{name}={value}" for name, value in options.items())]
            self.processes.start(host, command)
        while not await self.leader():
            await asyncio.sleep(0.1)

    def restart(self, host: int) -> None:
        """Starts a member that was killed."""
        self.processes.restart(host)

    async def close(self) -> None:
        self.processes.close()

    async def leader(self) -> int:
        for host, address in self.clients.items():
            command = ["etcdctl", "--endpoints", address, "--command-timeout=1s", "endpoint", "status", "-w", "json"]
            process = await asyncio.create_subprocess_exec(
                *command,
                env=os.environ | {"ETCDCTL_API": "3"},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            output, _ = await process.communicate()
            if process.returncode == 0:
                [status] = json.loads(output)
                if status["Status"].get("leader") == status["Status"]["header"]["member_id"]:
                    return host
        return 0

    async def load(self, workload: Workload) -> Load:
        address = self.clients[await self.leader()]
        latencies = Latencies()
        is_stopped = False
        method = PUT if workload.operation == "put" else RANGE
        pairs = PAIRS if workload.operation == "put" else [(key, None) for key, _ in PAIRS]
        bodies = [put_request(key, value) if value else range_request(key) for key, value in pairs]
        # Channels with the same arguments would share a connection.
        channels = [
            grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1), ("number", number)])
            for number in range(workload.connections)
        ]

        async def work(call: Callable[[bytes], Awaitable[bytes]], start: int) -> None:
            number = start
            while not is_stopped:
                sent = time.perf_counter()
                await call(bodies[number % len(bodies)])
                latencies.seconds.append(time.perf_counter() - sent)
                number += 1

        tasks = [
            asyncio.ensure_future(work(channel.unary_unary(method), 1000 * start))
            for channel in channels
            for start in range(workload.outstanding)
        ]

        async def stop() -> None:
            nonlocal is_stopped
            is_stopped = True
            await asyncio.gather(*tasks)
            for channel in channels:
                await channel.close()

        return Load(latencies, stop)

    async def syncs(self) -> int | None:
        address = self.clients[await self.leader()]
        read: Callable[[], str] = lambda: urllib.request.urlopen(f"http://{address}/metrics").read().decode()  # noqa: E731
        metrics = await asyncio.get_running_loop().run_in_executor(None, read)
        found = re.search(r"etcd_disk_wal_fsync_duration_seconds_count (\d+)", metrics)
        return int(found[1]) if found else None

    async def put_once(self) -> None:
        body = put_request(*PAIRS[0])
        while True:
            for address in self.clients.values():
                if await self._put(address, body):
                    return

    async def _put(self, address: str, body: bytes) -> bool:
        try:
            async with grpc.aio.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
                await channel.unary_unary(PUT)(body, timeout=0.3)
        except grpc.aio.AioRpcError:
            return False
        return True
