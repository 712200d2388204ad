"""The settings of a client. Durations are in seconds, sizes in bytes."""

import ssl
from dataclasses import dataclass

from .transport.certificates import check_server_name
from .transport.options import TransportOptions

_MIB = 2**20


@dataclass(frozen=True)
class ClientOptions:
    """Timeouts, limits and authentication of a `Client`."""

    timeout: float = 30.0
    """For a request, with all its retries, unless the call says otherwise."""
    secret: bytes | None = None
    """The secret of clients, or of the cluster: see `TransportOptions`."""
    tls: ssl.SSLContext | None = None
    """A context that verifies certificates of hosts for the host names of their addresses."""
    server_name: str | None = None
    """The name that certificates of hosts are verified for, if it is not that of the address."""
    connect_timeout: float = 1.0
    handshake_timeout: float = 3.0
    heartbeat_interval: float = 0.5
    """Between requests for a sign of life while a response is outstanding."""
    heartbeat_timeout: float = 2.0
    """A connection without a sign of life for so long is closed, and the request is sent on another one."""
    min_backoff: float = 0.05
    max_backoff: float = 0.5
    """The pause before a retry grows from the first to the second."""
    max_request: int = 9 * _MIB
    """The longest request. The hosts have a limit of their own."""
    max_response: int = 256 * _MIB
    """The longest response."""
    session_idle: float = 600.0
    """A session that was idle for so long is not used again: a new one is opened. Less than the hosts' expiry."""

    def transport(self) -> TransportOptions:
        """The settings of the connections. Raises `ValueError` if one is invalid."""
        if self.tls is not None and self.server_name is not None:
            check_server_name("server_name", self.server_name, self.tls)
        return TransportOptions(
            secret=self.secret,
            connect_timeout=self.connect_timeout,
            handshake_timeout=self.handshake_timeout,
            heartbeat_interval=self.heartbeat_interval,
            heartbeat_timeout=self.heartbeat_timeout,
            min_backoff=self.min_backoff,
            max_backoff=self.max_backoff,
        )
