"""The network between the members of a cluster in one process."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Letter = TypeVar("Letter")


@dataclass
class Network(Generic[Letter]):
    """What is on its way."""

    inboxes: dict[int, list[Letter]]
    """By the receiver's id."""
    encodes: bool
    """Whether messages travel as bytes."""
