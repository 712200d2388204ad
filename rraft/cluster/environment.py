"""What a host takes from outside: clocks, chance, files, threads and the network."""

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from rraft import Wal
from rraft.cluster.client import Client
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.transport import Transport
from rraft.cluster.transport.options import TransportOptions
from rraft.cluster.transport.tcp import TcpTransport
from rraft.cluster.worker import Jobs, Runner, Worker

JOB_THREADS = 2
"""How many snapshots are made, restored or stored at a time."""


class HostTransport(Transport, Protocol):
    """The transport of a host, which listens at an address."""

    @property
    def address(self) -> str:
        """The address that it listens on."""


class Environment:
    """That of a process. A simulator has another one."""

    monotonic: Callable[[], float] = staticmethod(time.monotonic)
    """A clock in seconds that never goes back."""
    wall: Callable[[], float] = staticmethod(time.time)
    """The time in seconds since the epoch."""

    def source(self) -> random.Random:
        """What draws the identities of this start of a host."""
        return random.Random(secrets.randbits(128))

    def node_seed(self) -> int | None:
        """The seed of what the nodes of Raft draw; `None` for one that nobody knows."""
        return None

    def has_log(self, path: Path) -> bool:
        """Whether there is a log in the directory. Raises `OSError`."""
        return Wal.exists(path)

    def open_log(self, path: Path, cluster: str, host: int | None, segment_size: int) -> Wal:
        """Opens the log, in a worker thread. Raises what `Wal` raises."""
        return Wal(path, cluster=cluster, host=host, segment_size=segment_size)

    def worker(self, host: int) -> Runner:
        """What runs the rounds of a host."""
        return Worker(f"rraft-host-{host}", asyncio.get_running_loop())

    def jobs(self, host: int) -> Runner:
        """What makes, restores and stores snapshots."""
        return Jobs(f"rraft-job-{host}", JOB_THREADS, asyncio.get_running_loop())

    def transport(self, cluster: str, host: int, listen: str, options: TransportOptions | None) -> HostTransport:
        """The transport of a host. Raises `ValueError` for an invalid name, id or address."""
        return TcpTransport(cluster, host, listen, options)

    def client(self, addresses: Sequence[str], cluster: str, options: ClientOptions | None) -> Client:
        """The client with which a host asks to join."""
        return Client(addresses, cluster, options)
