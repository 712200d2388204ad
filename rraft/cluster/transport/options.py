"""The settings of a transport. Durations are in seconds, sizes in bytes."""

import ssl
from dataclasses import dataclass, fields
from typing import Any

from .certificates import check_server_name

MIN_SECRET = 16
"""The minimum length of a secret, in bytes."""

_MIB = 2**20


@dataclass(frozen=True)
class TlsOptions:
    """Mutual TLS between hosts, and TLS for clients.

    A host accepts a connection of another host if the certificate is valid for `server` (which is to verify
    certificates: `ssl.CERT_REQUIRED`, or `ssl.CERT_OPTIONAL` if clients need none), and one of its DNS names is the
    name of the host that the other side says to be. A host that connects to another one checks its certificate with
    `client`, and expects the name of the host that it means to reach. The names are compared as a whole: a wildcard
    matches no host. Addresses are not compared with certificates.

    A client checks a host's certificate by its own context, for the host name of the address that it connects to.
    """

    server: ssl.SSLContext
    """For accepted connections: a certificate of this host, and the authority that signed those of the others."""
    client: ssl.SSLContext
    """For connections to other hosts: the same certificate and authority."""
    certificate_name: str = "host-{host}.{cluster}"
    """The DNS name in the certificate of a host, with the host's id and the cluster's name in braces."""

    def name_of(self, host: int, cluster: str) -> str:
        """The DNS name that the certificate of a host must have."""
        return self.certificate_name.format(host=host, cluster=cluster)

    def check_name_of(self, host: int, cluster: str) -> None:
        """Raises `ValueError` if no certificate can be verified for the name of a host."""
        check_server_name("certificate_name", self.name_of(host, cluster), self.client)

    def __post_init__(self) -> None:
        try:
            self.name_of(1, "cluster")
        except (LookupError, AttributeError, TypeError, ValueError) as error:
            expected = "a name with the placeholders {host} and {cluster}"
            raise ValueError(
                f"certificate_name: expected {expected}, got {self.certificate_name!r}: {type(error).__name__}: {error}"
            ) from None


@dataclass(frozen=True)
class TransportOptions:
    """Limits, timeouts and authentication of a `TcpTransport`."""

    secret: bytes | None = None
    """Shared by all hosts of the cluster, at least 16 random bytes. Both sides of a connection prove that they know it,
    and never send it. It authenticates the start of a connection, and encrypts nothing: against somebody who can change
    what is sent, use `tls`."""
    client_secret: bytes | None = None
    """The secret of clients, if it is not that of hosts."""
    tls: TlsOptions | None = None

    connect_timeout: float = 1.0
    """For a TCP connection to be established."""
    handshake_timeout: float = 3.0
    """For authentication, with that of TLS."""
    heartbeat_interval: float = 0.5
    """Between the heartbeats on a link."""
    heartbeat_timeout: float = 2.0
    """A link without an acknowledgement for so long is closed, and opened again."""
    min_backoff: float = 0.05
    max_backoff: float = 0.5
    """The pause after a failed attempt to connect grows from the first to the second."""
    keepalive: float = 10.0
    """TCP closes a connection whose other side is silent, or does not acknowledge what was sent, for about so long."""

    max_peer_frame: int = 16 * _MIB
    """The longest frame between hosts."""
    max_in_flight: int = 64 * _MIB
    """What may be sent to a host and not be acknowledged by it yet. Further frames are rejected."""

    max_incomplete_frames: int = 256 * _MIB
    """The size of the frames of all hosts that have arrived in part. Beyond, the largest is dropped."""

    max_client_frame: int = 9 * _MIB
    """The longest request."""
    max_requests: int = 1024
    """Of one connection, at a time. Further requests are not read before others are answered."""
    max_request_bytes: int = 16 * _MIB
    """The size of the unanswered requests of one connection. Further requests are not read."""
    max_unread_responses: int = 64 * _MIB
    """A connection whose client leaves more than this unread is closed when there are further responses. A long answer
    of a query is not sent while this would be exceeded: the client asks again.
    """
    unread_timeout: float = 30.0
    """A connection whose client reads nothing for so long, although it should, is closed."""
    max_incomplete_requests: int = 128 * _MIB
    """The size of the requests of all clients that have arrived in part. Beyond, the largest is dropped."""

    max_clients: int = 4096
    """Connections of clients. Further ones are rejected. At most half of the files that the process may open."""
    max_peers: int = 256
    """Connections of other hosts, one for each. Further ones are rejected."""
    max_unauthenticated: int = 64
    """Connections within their handshake. Further ones wait. At most an eighth of the files that the process may
    open."""
    handshake_grace: float = 0.5
    """While others wait, the oldest handshake has so much time, then its connection is closed."""

    snapshot_chunk: int = 256 * 1024
    """The longest part of a snapshot in one frame."""
    snapshot_window: int = 4 * _MIB
    """How much of a snapshot may be sent and not be written by the receiver yet."""
    snapshot_timeout: float = 30.0
    """A snapshot that makes no progress for so long has failed."""
    max_snapshot_header: int = _MIB
    max_sent_snapshots: int = 2
    """Sent at a time. Further ones wait."""
    max_received_snapshots: int = 4
    """Received at a time. The senders of further ones wait."""

    def __post_init__(self) -> None:
        for name in ("secret", "client_secret"):
            secret = getattr(self, name)
            if secret is not None and len(secret) < MIN_SECRET:
                raise ValueError(f"{name}: expected at least {MIN_SECRET} bytes, got {len(secret)}")
        if self.client_secret is not None and self.secret is None and self.tls is None:
            raise ValueError(
                "client_secret: expected a secret or TLS for hosts, too: a client could say that it is one"
            )
        for field in fields(self):
            value: Any = getattr(self, field.name)
            if isinstance(value, int | float) and value <= 0:
                raise ValueError(f"{field.name}: expected a positive number, got {value}")
        if self.heartbeat_timeout <= self.heartbeat_interval:
            raise ValueError(
                f"heartbeat_timeout: expected more than the interval of {self.heartbeat_interval} s, "
                f"got {self.heartbeat_timeout} s"
            )
        if self.min_backoff > self.max_backoff:
            raise ValueError(f"min_backoff: expected at most {self.max_backoff} s, got {self.min_backoff} s")
