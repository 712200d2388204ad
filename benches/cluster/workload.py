"""What is measured: puts and gets by some connections with some outstanding requests each."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

KEYS = 10_000
KEY_SIZE = 16
VALUE_SIZE = 256

_random = random.Random(1)
PAIRS = [(b"%016d" % number, _random.randbytes(VALUE_SIZE)) for number in range(KEYS)]
"""The keys and values that are written, again and again."""


@dataclass(frozen=True)
class Workload:
    """A way to load a cluster."""

    name: str
    operation: str
    """`put` or `get`."""
    connections: int
    outstanding: int
    """Of each connection."""


WORKLOADS = [
    Workload("put, 1 connection x 64 outstanding", "put", 1, 64),
    Workload("put, 64 connections x 1 outstanding", "put", 64, 1),
    Workload("put, 1 connection x 1 outstanding", "put", 1, 1),
    Workload("put, 1 connection x 256 outstanding", "put", 1, 256),
    Workload("linearizable get, 1 connection x 64 outstanding", "get", 1, 64),
]


@dataclass
class Latencies:
    """When responses came."""

    seconds: list[float] = field(default_factory=list)

    def percentile(self, percent: float) -> float:
        """The duration that so many percent do not exceed, in seconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


@dataclass
class Load:
    """The connections of a workload."""

    latencies: Latencies
    stop: Callable[[], Awaitable[None]]
    """Sends no more, waits for what is outstanding, and closes the connections."""


class System(Protocol):
    """A cluster of three processes that is measured."""

    name: str
    versions: str

    async def start(self) -> None:
        """Starts the processes, and waits for a leader."""

    async def close(self) -> None:
        """Ends the processes."""

    async def leader(self) -> int:
        """The host that leads; 0 if there is none."""

    async def load(self, workload: Workload) -> Load:
        """Starts a load on the leader."""

    async def syncs(self) -> int | None:
        """How often the leader has waited for its disk, if it is known."""

    async def put_once(self) -> None:
        """Writes a value through any host, with retries, until it is acknowledged."""
