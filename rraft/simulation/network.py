"""The network of a simulation: who can reach whom, and how long it takes."""

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import TYPE_CHECKING

from rraft.simulation.event_loop import SimulatedLoop

if TYPE_CHECKING:
    from rraft.simulation.streams import Stream
    from rraft.simulation.transport import SimulatedTransport

MIN_DELAY = 0.0003
"""Seconds that a message takes at least."""

MAX_DELAY = 0.004
"""Seconds that a message takes at most, while nothing is wrong. Most take far less."""

RETRANSMISSION = 0.2
"""Seconds after which a stream sends again what was lost."""

SILENCE = 2.0
"""Seconds after which the end of a link is noticed whose other side is silent."""


class Path:
    """One direction between two endpoints."""

    __slots__ = ("_source", "cuts", "delay", "duplication", "last", "loss", "reordering")

    def __init__(self, source: Random) -> None:
        self._source = source
        self.cuts: int = 0
        """How many faults drop everything."""
        self.delay: float = 0.0
        """Seconds that a message takes at most in addition, as the path is slow."""
        self.loss: float = 0.0
        """The probability that a message is lost."""
        self.duplication: float = 0.0
        self.reordering: float = 0.0
        self.last: float = 0.0
        """When the last message in order arrives."""

    def draw(self) -> float:
        """How long a message takes."""
        chance = self._source.random()
        return MIN_DELAY + MAX_DELAY * chance * chance * chance + self.delay * chance

    def arrival(self, now: float) -> float:
        """When a message arrives that is sent now, after those before."""
        chance = self._source.random()
        arrival = now + MIN_DELAY + MAX_DELAY * chance * chance * chance + self.delay * chance
        if arrival < self.last:
            return self.last
        self.last = arrival
        return arrival

    def loses(self) -> bool:
        """Draws whether a message is lost."""
        return self.loss > 0 and self._source.random() < self.loss

    def arrivals(self, now: float) -> Iterable[float]:
        """When the copies of a message arrive."""
        if self.cuts:
            return ()
        if self.loss or self.reordering or self.duplication:
            return list(self._troubled(now))
        chance = self._source.random()  # as `arrival`, without its calls
        arrival = now + MIN_DELAY + MAX_DELAY * chance * chance * chance + self.delay * chance
        if arrival < self.last:
            arrival = self.last
        self.last = arrival
        return (arrival,)

    def _troubled(self, now: float) -> Iterator[float]:
        source = self._source
        if self.loses():
            return
        if self.reordering and source.random() < self.reordering:
            yield now + self.draw() + 10 * MAX_DELAY * source.random()
        else:
            yield self.arrival(now)
        if self.duplication and source.random() < self.duplication:
            yield now + self.draw() + 100 * MAX_DELAY * source.random() ** 3


class Network:
    """Endpoints have names. Hosts are also found by their addresses."""

    def __init__(self, loop: SimulatedLoop, seed: str) -> None:
        self.loop = loop
        self.listeners: dict[str, SimulatedTransport] = {}
        """The listeners, by address."""
        self.streams: dict[Stream, None] = {}
        """The open streams, in the order in which they were opened."""
        self.sent: int = 0
        """How many messages were sent."""
        self.on_message: Callable[[str, str, bytes], None] | None = None
        """Called for each message that arrives."""
        self.on_lost: Callable[[str, str, int], None] = _ignore
        """Called for each message that is lost."""
        self._seed = seed
        self._paths: dict[tuple[str, str], Path] = {}

    def path(self, source: str, target: str) -> Path:
        """The way from one endpoint to another."""
        path = self._paths.get((source, target))
        if path is None:
            path = self._paths[source, target] = Path(Random(f"{self._seed}.path.{source}.{target}"))
        return path

    def is_cut(self, one: str, other: str) -> bool:
        """Whether nothing arrives in one of the directions, so that no connection can be made."""
        return bool(self.path(one, other).cuts or self.path(other, one).cuts)

    def cut(self, source: str, target: str) -> None:
        """Drops everything in this direction from now on."""
        self.path(source, target).cuts += 1
        for transport in list(self.listeners.values()):
            if transport.endpoint in (source, target):
                transport.watch(target if transport.endpoint == source else source)

    def heal(self, source: str, target: str) -> None:
        """Ends a `cut`. Streams send again what they hold."""
        path = self.path(source, target)
        path.cuts -= 1
        if not path.cuts:
            for stream in list(self.streams):
                if stream.endpoint == source and stream.target == target:
                    stream.flush()

    def reset(self, one: str, other: str) -> None:
        """Ends all connections between two endpoints."""
        for transport in list(self.listeners.values()):
            if transport.endpoint in (one, other):
                transport.reset(other if transport.endpoint == one else one)
        for stream in list(self.streams):
            if stream.endpoint == one and stream.target == other:
                stream.reset()
                stream.peer.reset()

    def ended(self, endpoint: str) -> None:
        """The process of an endpoint has ended, or has stopped for a while: others notice that."""
        for transport in list(self.listeners.values()):
            if transport.endpoint == endpoint and not transport.process.is_alive:
                del self.listeners[transport.address]
            elif transport.endpoint != endpoint:
                transport.watch(endpoint)
        for stream in list(self.streams):
            if stream.endpoint == endpoint and not stream.process.is_alive:
                stream.crashed()


def _ignore(source: str, target: str, size: int) -> None:
    del source, target, size
