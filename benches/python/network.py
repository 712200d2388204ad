"""The network between the members of a cluster in one process."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Envelope = TypeVar("Envelope")


@dataclass
class Network(Generic[Envelope]):
    """The messages that are not yet delivered."""

    inboxes: dict[int, list[Envelope]]
    """The messages, by the id of the receiver."""
    encodes: bool
    """Whether messages are encoded."""
