"""The client of `rraft.cluster`, over the simulated network."""

import struct
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from rraft.cluster.client import Client
from rraft.cluster.client_calls import Call, Calls
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.requests import Operation as Kind
from rraft.cluster.requests import Response, ResponseStatus
from rraft.cluster.transport.client_protocol import RequestProtocol
from rraft.cluster.transport.handshake import MAX_HANDSHAKE_FRAME
from rraft.cluster.transport.handshake import Kind as ConnectionKind
from rraft.cluster.transport.streams import FrameStream
from rraft.simulation.connections import ObservedConnection
from rraft.simulation.history import OPERATION
from rraft.simulation.streams import Stream, connect

if TYPE_CHECKING:
    from rraft.simulation.network import Network

_COMMAND_HEAD = struct.Struct("<BQQQ")


class SimulatedClient(Client):
    """A client whose connections are simulated. All else is that of a real one."""

    def __init__(
        self,
        network: "Network",
        endpoint: str,
        addresses: Sequence[str],
        cluster: str,
        options: ClientOptions | None,
        source: Random,
    ) -> None:
        super().__init__(addresses, cluster, options, source=source)
        self._network = network
        self._endpoint = endpoint
        self._calls = _ObservedCalls(self._link, self._transport, source)

    def stay(self) -> None:
        """Stays with a host while it answers, also after it has said that another one leads."""
        setattr(self._link, "prefer", _ignore)  # noqa: B010 - a method of the instance

    async def _dial(self, address: str) -> FrameStream:
        stream = FrameStream(MAX_HANDSHAKE_FRAME)
        hello = ConnectionKind.CLIENT.name, 0
        await connect(self._network, self._endpoint, address, stream, hello, self._transport.connect_timeout)
        return stream


def _ignore(address: str) -> None:
    del address


class _ObservedCalls(Calls):
    """Notes what identifies the operation that is called, and which state answered it."""

    async def _attempt(self, call: Call, protocol: RequestProtocol, body: bytes) -> Response | None:
        operation = OPERATION.get()
        if operation is None or body[0] not in (Kind.COMMAND, Kind.QUERY):
            return await super()._attempt(call, protocol, body)
        if body[0] == Kind.COMMAND:
            _, _, operation.session, operation.number = _COMMAND_HEAD.unpack_from(body)
        request = protocol._number + 1
        response = await super()._attempt(call, protocol, body)
        if response is not None and response.status in (ResponseStatus.OK, ResponseStatus.ERROR):
            stream = protocol._transport
            if isinstance(stream, Stream):
                far = stream.peer.get_protocol()
                if isinstance(far, ObservedConnection):
                    operation.applied = far.applied[request][operation.group]
        return response
