"""The network between the members of a cluster in one process."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Envelope = TypeVar("Envelope")


@dataclass
class Network(Generic[Envelope]):
    """What is on its way."""

    inboxes: dict[int, list[Envelope]]
    """By the receiver's id."""
    encodes: bool
    """Whether messages travel as bytes."""
