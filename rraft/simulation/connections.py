"""Connections of clients, which say what the oracle needs to know about their requests."""

from typing import TYPE_CHECKING, cast

from rraft.cluster.transport import Receiver
from rraft.cluster.transport.clients import ClientConnection, ClientConnections

if TYPE_CHECKING:
    from rraft.cluster.running import Running


class ObservedConnection(ClientConnection):
    """The side of the host. Remembers which state each response comes from."""

    def __init__(self, shared: ClientConnections, receiver: Receiver) -> None:
        super().__init__(shared)
        self._running = cast("Running", receiver)
        self.applied: dict[int, dict[int, int]] = {}
        """The applied indices of the groups of the host when it answered, by request."""

    def respond(self, request: int, body: bytes) -> None:
        """Answers a request."""
        if not self.closed:
            groups = self._running.core.groups
            self.applied[request] = {number: core.state.applied for number, core in groups.items()}
        super().respond(request, body)
