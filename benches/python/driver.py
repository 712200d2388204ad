"""The ways to drive a node: the drivers."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import plain
import ready_loop
from application import Application
from network import Network
from rraft import Config, RawNode
from storages import Storage


class Member(Protocol):
    """A node with its storage and its application."""

    application: Application
    """What has been applied."""

    @property
    def inbox(self) -> Sequence[object]:
        """What has arrived."""

    def campaign(self) -> None:
        """Starts an election."""

    def process(self, proposals: Sequence[bytes] | None = None) -> None:
        """Makes proposals, takes in what has arrived, and does all work that there is."""


class Driver(NamedTuple):
    """How nodes are driven."""

    new_member: Callable[[Config, Storage, Network[Any], int], Member]
    """Makes one that compacts its log after so many applied entries, but keeps the last sixteenth of them."""
    tick: Callable[[Sequence[RawNode], int], int]
    """Ticks each group for some rounds, and asks it for work. Returns how often there was some."""


DRIVERS = {
    "plain": Driver(plain.Member, plain.tick),
    "ready-loop": Driver(ready_loop.Member, ready_loop.tick),
}
