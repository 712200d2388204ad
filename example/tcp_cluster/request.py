"""The requests of clients. They are encoded as JSON, between client and server and in the log."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from transport import parse_address

MAX_REQUEST = 2**16
"""The maximum size of a request, in bytes. A message with several requests must fit into a frame."""

Answer: TypeAlias = Mapping[str, object]
"""One of: `{"value": ...}`; `{"error": text}`, which is final; `{"retry": text, "leader": address or null}`."""


def _server_id(text: str) -> None:
    if not 0 < int(text) < 2**63:
        raise ValueError(f"expected a server id, got {text}")


_PARAMETERS: Mapping[str, tuple[Callable[[str], object], ...]] = {
    "put": (str, str),  # key, value
    "add": (str, int),  # key, amount
    "get": (str,),  # key
    "add_learner": (_server_id, parse_address),
    "add_voter": (_server_id, parse_address),
    "status": (),
}


class RequestInvalidError(Exception):
    """Bytes that do not encode a valid request."""


@dataclass(frozen=True)
class Request:
    """The `number`th request of `client`: these two distinguish a new request from a retry.

    A client has one pending request at a time.
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
        """Decodes and validates a request. Raises `RequestInvalidError`.

        An invalid request must not get into the log: no server could apply it.
        """
        if len(data) > MAX_REQUEST:
            raise RequestInvalidError(f"expected at most {MAX_REQUEST} bytes, got {len(data)}")
        try:
            client, number, operation, *arguments = json.loads(data)
            parameters = _PARAMETERS[operation]
            if not isinstance(client, str) or not isinstance(number, int) or not 0 < number < 2**63:
                raise RequestInvalidError(
                    f"expected a name and a positive number, got client {client!r}, number {number!r}"
                )
            if len(arguments) != len(parameters) or not all(isinstance(argument, str) for argument in arguments):
                raise RequestInvalidError(f"invalid arguments: {operation} with {arguments}")
            for parameter, argument in zip(parameters, arguments, strict=True):
                parameter(argument)
            "".join([client, *arguments]).encode()  # JSON permits unpaired surrogates, SQLite does not
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise RequestInvalidError(f"invalid request: {error!r}") from None
        return Request(client, number, operation, tuple(arguments))
