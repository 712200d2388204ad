"""What clients ask for, and how it travels: as JSON, from the client to a server, and in the log from there on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from transport import parse_address

MAX_REQUEST = 2**16
"""Bytes that a request may have. It travels in a message with others, and that must fit into a frame."""

Answer: TypeAlias = Mapping[str, object]
"""One of: `{"value": ...}`; `{"error": text}`, which is final; `{"retry": text, "leader": address or null}`."""


def _server_id(text: str) -> None:
    if not 0 < int(text) < 2**63:
        raise ValueError(f"{text} is no id of a server")


_PARAMETERS: Mapping[str, tuple[Callable[[str], object], ...]] = {
    "put": (str, str),  # key, value
    "add": (str, int),  # key, amount
    "get": (str,),  # key
    "add_learner": (_server_id, parse_address),
    "add_voter": (_server_id, parse_address),
    "status": (),
}


class RequestInvalidError(Exception):
    """Bytes that are no request, or one that can't be carried out, whatever the state is."""


@dataclass(frozen=True)
class Request:
    """The `number`th request of `client`: these two tell apart whether it is a new one, or one that is made again.

    A client has one request under way at a time.
    """

    client: str
    number: int
    operation: str
    arguments: tuple[str, ...]

    def encode(self) -> bytes:
        """The request as JSON."""
        return json.dumps([self.client, self.number, self.operation, *self.arguments]).encode()

    @staticmethod
    def decode(data: bytes) -> "Request":
        """The request that was encoded; raises `RequestInvalidError`.

        All is checked here, before a request gets into the log. What a server can't apply there, no server can.
        """
        if len(data) > MAX_REQUEST:
            raise RequestInvalidError(f"a request of {len(data)} bytes")
        try:
            client, number, operation, *arguments = json.loads(data)
            parameters = _PARAMETERS[operation]
            if not isinstance(client, str) or not isinstance(number, int) or not 0 < number < 2**63:
                raise RequestInvalidError(f"client {client!r}, number {number!r}")
            if len(arguments) != len(parameters) or not all(isinstance(argument, str) for argument in arguments):
                raise RequestInvalidError(f"{operation} with {arguments}")
            for parameter, argument in zip(parameters, arguments, strict=True):
                parameter(argument)
            "".join([client, *arguments]).encode()  # JSON may hold halves of characters, SQLite may not
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise RequestInvalidError(f"no request: {error!r}") from None
        return Request(client, number, operation, tuple(arguments))
