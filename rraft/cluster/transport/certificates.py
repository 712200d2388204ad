"""Which host a certificate is for."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

from .handshake import HandshakeError, Outcome


def is_encrypted(transport: asyncio.BaseTransport) -> bool:
    """Whether the connection uses TLS."""
    return transport.get_extra_info("sslcontext") is not None


def check_server_name(argument: str, name: str, context: ssl.SSLContext) -> None:
    """Raises `ValueError` if TLS cannot verify a certificate for this name: for a label of 64 bytes, for example."""
    try:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
    except (ValueError, ssl.SSLError) as error:
        raise ValueError(f"{argument}: expected a name that TLS can verify, got {name!r}: {error}") from None


def check_certificate(transport: asyncio.BaseTransport, name: str) -> None:
    """Raises `HandshakeError` unless the other side has shown a valid certificate with this DNS name.

    The name has to be in the certificate as a whole: a wildcard does not match it.
    """
    certificate: Mapping[str, Any] | None = transport.get_extra_info("peercert")
    context: ssl.SSLContext | None = transport.get_extra_info("sslcontext")
    if not certificate or context is None or context.verify_mode == ssl.CERT_NONE:
        raise HandshakeError(Outcome.NOT_AUTHENTICATED, f"expected a certificate for {name!r}, got none")
    names = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    if name.lower() not in map(str.lower, names):
        raise HandshakeError(Outcome.NOT_AUTHENTICATED, f"expected a certificate for {name!r}, got one for {names}")
