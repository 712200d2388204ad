"""The network between the members of a cluster in one process."""

from dataclasses import dataclass

from rraft import Message


@dataclass
class Network:
    """What is on its way."""

    inboxes: dict[int, list[Message | bytes]]
    """By the receiver's id."""
    encodes: bool
    """Whether messages travel as bytes."""
    sent: int = 0
