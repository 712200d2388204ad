"""The ways to drive a node: the drivers."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import batching
import plain
from application import Application
from network import Network
from rraft import Config, RawNode
from storages import Storage


class Member(Protocol):
    """A node with its storage and its application."""

    application: Application
    """The applied proposals."""

    @property
    def inbox(self) -> Sequence[object]:
        """Incoming messages."""

    def campaign(self) -> None:
        """Starts an election."""

    def process(self, proposals: Sequence[bytes] | None = None) -> None:
        """Makes proposals, steps incoming messages, and processes all `Ready`s."""


class Driver(NamedTuple):
    """A way to drive nodes."""

    new_member: Callable[[Config, Storage, Network[Any], int], Member]
    """Creates a member that compacts its log every `compact_every` entries, except the last sixteenth of them."""
    tick: Callable[[Sequence[RawNode], int], int]
    """Ticks each group for some rounds, and calls `has_ready`. Returns how often it was true."""


DRIVERS = {
    "plain": Driver(plain.Member, plain.tick),
    "ready-loop": Driver(batching.Member, batching.tick),
}
