"""An HTTP server with a thread for each connection: in bounded number, and for a bounded time."""

import socket
from collections.abc import Callable
from contextlib import suppress
from socketserver import ThreadingMixIn
from threading import Lock
from time import monotonic
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from rraft.cluster.transport.sockets import connection_limit, is_reserved

MAX_CONNECTIONS = 32
"""Further connections are closed at once. Fewer, if the process may not open many files."""

SHARE = 1 / 16
"""Of all file descriptors."""

TIMEOUT = 15.0
"""Seconds for a request to arrive and to be answered."""


class _SilentHandler(WSGIRequestHandler):
    """Logs no requests."""

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


class BoundedServer(ThreadingMixIn, WSGIServer):
    """Serves an application until `shutdown` and `server_close`."""

    daemon_threads: bool = True
    address_family: int

    def __init__(self, host: str, port: int, application: Callable[..., Any]) -> None:
        """Listens. Raises `OSError`."""
        [(self.address_family, _, _, _, place), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        self._lock = Lock()
        self._begun: dict[Any, float] = {}
        """The connections, and when they began. What is in it is not closed."""
        super().__init__((str(place[0]), int(place[1])), _SilentHandler)
        self.set_app(application)

    def verify_request(self, request: Any, _: Any) -> bool:
        """Whether there may be one more connection."""
        return len(self._begun) < connection_limit(MAX_CONNECTIONS, SHARE) and not is_reserved(request)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serves a connection in a thread."""
        with self._lock:
            self._begun[request] = monotonic()
        super().process_request(request, client_address)

    def service_actions(self) -> None:
        """Ends connections that last too long. The server calls it twice a second."""
        self._end(monotonic() - TIMEOUT)

    def shutdown_request(self, request: Any) -> None:
        """Closes a connection."""
        with self._lock:
            self._begun.pop(request, None)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Listens no more, and ends the connections."""
        super().server_close()
        self._end(monotonic())

    def _end(self, before: float) -> None:
        """Ends the connections that have begun before: their threads read the end, and close them."""
        with self._lock:
            for connection, begun in self._begun.items():
                if begun <= before:
                    with suppress(OSError):  # the other side may have ended it
                        connection.shutdown(socket.SHUT_RDWR)
