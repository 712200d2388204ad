"""Connections to other hosts, up to the end of the handshake."""

import asyncio
import ssl
from dataclasses import dataclass

from .addresses import parse_address
from .certificates import check_certificate, check_server_name
from .frames import FrameError
from .handshake import MAX_HANDSHAKE_FRAME, Dialler, HandshakeError, Kind
from .options import TransportOptions
from .sockets import connect
from .streams import FrameStream
from .timeouts import timeout

DIAL_ERRORS = (OSError, FrameError, HandshakeError)
"""What `dial` raises. `OSError` includes `TimeoutError` and the errors of TLS."""


@dataclass(frozen=True)
class Encryption:
    """TLS of an outgoing connection."""

    context: ssl.SSLContext
    server_name: str | None = None
    """The name that the certificate of the other side is checked for; the host name of the address if `None`."""
    exact_name: str | None = None
    """A DNS name that the certificate must have, without wildcards."""


async def dial(
    address: str,
    *,
    kind: Kind,
    cluster: str,
    host: int,
    to: int,
    options: TransportOptions,
    secret: bytes | None,
    encryption: Encryption | None,
) -> tuple[FrameStream, int]:
    """Connects, and completes the handshake. Returns the connection, and the id of the host at its other side.

    `host` is the id of this host, 0 for a client, and `to` that of the other one, 0 for any. Raises `OSError`,
    `FrameError` or `HandshakeError`.
    """
    socket = await connect(address, options.keepalive, options.connect_timeout)
    stream = FrameStream(MAX_HANDSHAKE_FRAME)
    dialler = Dialler(kind, cluster, host, to, secret)

    owned = False

    async def start() -> None:
        nonlocal owned
        name = _server_name(encryption, address) if encryption else None
        owned = True  # from here on, it is the transport that closes the socket
        loop = asyncio.get_running_loop()
        await loop.create_connection(
            lambda: stream,
            sock=socket,
            ssl=encryption.context if encryption else None,
            server_hostname=name,
        )
        if encryption and encryption.exact_name:
            check_certificate(stream.transport, encryption.exact_name)
        stream.write(dialler.hello)
        while (proof := dialler.reply(await stream.read())) is not None:
            stream.write(proof)

    try:
        async with timeout(options.handshake_timeout):
            await start()
    except BaseException as error:
        stream.abort()
        if not owned:
            socket.close()
        if type(error) is TimeoutError:
            raise TimeoutError(f"no handshake with {address} within {options.handshake_timeout} s") from None
        if isinstance(error, ConnectionError) and not error.args:  # of asyncio, within the handshake of TLS
            raise ConnectionResetError("the other side has closed the connection") from None
        raise
    return stream, dialler.acceptor


def _server_name(encryption: Encryption, address: str) -> str:
    """The name that the other side's certificate is verified for. Raises `OSError` if TLS cannot do that."""
    name = encryption.server_name or parse_address(address)[0]
    try:
        check_server_name("host name", name, encryption.context)
    except ValueError as error:
        raise OSError(str(error)) from None
    return name
