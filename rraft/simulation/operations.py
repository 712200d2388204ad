"""What clients have called, and what was returned to them."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Request = TypeVar("Request")
Response = TypeVar("Response")


@dataclass(frozen=True)
class Operation(Generic[Request, Response]):
    """A call, and what it returned.

    It takes effect once, between `called` and `returned`. If its outcome is unknown, it takes effect at any time after
    `called`, or never.
    """

    client: Hashable
    """The caller. It appears in explanations only: a client may have several calls at a time."""
    request: Request
    response: Response | None
    """What was returned; `None` if the outcome is unknown."""
    called: float
    """When the operation was called: seconds, or any other numbers that order the calls and the returns."""
    returned: float | None
    """When it returned; `None` if the outcome is unknown."""


class Call(Generic[Request]):
    """An operation that has not returned yet."""

    __slots__ = ("called", "client", "request")

    def __init__(self, client: Hashable, request: Request, called: float) -> None:
        self.client: Hashable = client
        self.request: Request = request
        self.called: float = called


class History(Generic[Request, Response]):
    """Records operations while they run.

    ```python
    call = history.call("client 1", ("write", 5), clock())
    try:
        history.returned(call, await register.write(5), clock())
    except BusyError:
        history.failed(call)  # it was not applied, for certain
    ```

    A call that is neither returned nor failed has an unknown outcome.
    """

    def __init__(self) -> None:
        self._returned: list[Operation[Request, Response]] = []
        self._open: dict[Call[Request], None] = {}

    def __len__(self) -> int:
        """The number of operations, without those that have failed."""
        return len(self._returned) + len(self._open)

    def call(self, client: Hashable, request: Request, time: float) -> Call[Request]:
        """Records that a client calls an operation."""
        call = Call(client, request, time)
        self._open[call] = None
        return call

    def returned(self, call: Call[Request], response: Response, time: float) -> None:
        """Records what a call returned. Raises `ValueError` if it has returned or failed before."""
        self._close(call)
        self._returned.append(Operation(call.client, call.request, response, call.called, time))

    def failed(self, call: Call[Request]) -> None:
        """Records that a call has no effect, for certain. Raises `ValueError` if it has returned or failed before."""
        self._close(call)

    def _close(self, call: Call[Request]) -> None:
        if call not in self._open:
            raise ValueError("expected a call that has not returned yet")
        del self._open[call]

    @property
    def operations(self) -> list[Operation[Request, Response]]:
        """The operations, in the order of their calls. Those that have not returned have an unknown outcome."""
        unknown: list[Operation[Request, Response]] = [
            Operation(call.client, call.request, None, call.called, None) for call in self._open
        ]
        return sorted(self._returned + unknown, key=lambda operation: operation.called)
