"""What happened in a run, as a list of events, and a hash of all of it: the same with each version of Python."""

import hashlib
import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

from rraft.simulation.history import ClientOperation

_TIME = struct.Struct("<d")


class TraceEvent(NamedTuple):
    """Something that happened."""

    time: float
    """In seconds of the simulation."""
    host: str
    """The name of the host or client; empty for what concerns none or all."""
    kind: str
    """Such as `crash`, `leader` or `lost`."""
    text: str
    """A description for people."""

    def __str__(self) -> str:
        return f"{self.time:10.6f} {self.host:>8} {self.kind:<10} {self.text}"


class Trace:
    """The events of a run in order, and a checksum of all messages."""

    def __init__(self) -> None:
        self.events: list[TraceEvent] = []
        self.messages: int = 0
        """How many messages have arrived."""
        self._checksum = 0

    def add(self, time: float, host: str, kind: str, text: str) -> None:
        """Something has happened."""
        self.events.append(TraceEvent(time, host, kind, text))

    def message(self, time: float, content: bytes) -> None:
        """A message has arrived."""
        self.messages += 1
        self._checksum = zlib.crc32(_TIME.pack(time) + content, self._checksum)

    def hash(self, history: Iterable[ClientOperation]) -> str:
        """Equal for equal runs: of all events, messages and calls of clients, with their times."""
        digest = hashlib.sha256(f"{self.messages} {self._checksum}".encode())
        for event in self.events:
            digest.update(f"{event.time!r}\0{event.host}\0{event.kind}\0{event.text}\n".encode())
        for operation in history:
            digest.update(f"{operation}\n".encode())
        return digest.hexdigest()[:32]
