"""TCP sockets with the options that find out that the other side is gone."""

import asyncio
import socket
import sys
from typing import Any

from .addresses import format_address, parse_address
from .timeouts import timeout

BACKLOG = 1024

_RESERVED_FILES = 64
"""So many descriptors are left for other files; a quarter of all, if that is less."""


def tune(connection: socket.socket, keepalive: float) -> None:
    """Closes the connection after about `keepalive` seconds without a sign of the other side, where TCP can do that."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    seconds = max(1, round(keepalive / 2))
    for name, value in (
        ("TCP_KEEPIDLE", seconds),
        ("TCP_KEEPALIVE", seconds),  # its name on macOS
        ("TCP_KEEPINTVL", max(1, seconds // 3)),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", int(keepalive * 1000)),
    ):
        option = getattr(socket, name, None)
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


def connection_limit(wanted: int, share: float) -> int:
    """How many connections of a kind there may be: as many as wanted, but only a share of all file descriptors.

    The shares of all kinds leave some for the connections of hosts, and for files.
    """
    files = _max_files()
    return wanted if files is None else max(1, min(wanted, int(files * share)))


def is_reserved(connection: socket.socket) -> bool:
    """Whether an accepted connection has one of the last descriptors of the process, and so has to be closed.

    They are left for other files, whatever else the process has opened: without a descriptor, it cannot write its log,
    so that strangers could stop it. The system chooses the lowest number that is free.
    """
    files = _max_files()
    return files is not None and connection.fileno() >= files - min(_RESERVED_FILES, files // 4)


def _max_files() -> int | None:
    """How many descriptors the process may have; `None` without a limit."""
    if sys.platform == "win32":
        return None
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if files == resource.RLIM_INFINITY else files


class Listener(socket.socket):
    """A listening socket that knows the connection which it has accepted last.

    A task that is cancelled after `sock_accept` has accepted a connection, but before it resumes, never gets it.
    """

    accepted: socket.socket | None = None
    """The last connection, until somebody takes care of it."""

    def accept(self) -> tuple[socket.socket, Any]:
        """Accepts a connection."""
        connection, address = super().accept()
        self.accepted = connection
        return connection, address

    def close(self) -> None:
        """Closes the socket, and the last connection if nobody has taken care of it."""
        if self.accepted is not None:
            self.accepted.close()
        super().close()


async def listen(address: str) -> list[Listener]:
    """Listens on each address that the host name stands for, on the same port. Raises `OSError`."""
    host, port = parse_address(address, allow_any_port=True)
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listeners: list[Listener] = []
    try:
        for family, kind, protocol, _, target in dict.fromkeys(infos):
            listener = Listener(family, kind, protocol)
            listeners.append(listener)
            listener.setblocking(False)
            if hasattr(socket, "SO_REUSEPORT"):  # not on Windows, where SO_REUSEADDR lets two processes share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((target[0], port, *target[2:]))
            listener.listen(BACKLOG)
            port = listener.getsockname()[1]
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def address_of(listener: socket.socket) -> str:
    """The address that the socket is bound to."""
    host, port, *_ = listener.getsockname()
    return format_address(host, port)


async def connect(address: str, keepalive: float, seconds: float) -> socket.socket:
    """A connection to an address. Raises `OSError`, `TimeoutError` among them."""
    host, port = parse_address(address)
    try:
        async with timeout(seconds):
            return await _connect(host, port, keepalive)
    except TimeoutError:
        raise TimeoutError(f"no connection to {address} within {seconds} s") from None
    except UnicodeError as error:  # a host name that IDNA cannot encode
        raise OSError(f"invalid host name {host!r}: {error}") from None


async def _connect(host: str, port: int, keepalive: float) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    for family, kind, protocol, _, target in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            tune(connection, keepalive)
            await loop.sock_connect(connection, target)
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure or OSError(f"no address for host name {host!r}")
