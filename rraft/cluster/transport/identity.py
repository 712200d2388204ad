"""What a host needs to know of itself to connect to others and to be connected to."""

from dataclasses import dataclass

from .dial import Encryption, dial
from .handshake import Kind
from .options import TransportOptions
from .streams import FrameStream


@dataclass(frozen=True)
class Identity:
    """A host of a cluster, and the settings of its transport."""

    cluster: str
    host: int
    options: TransportOptions

    def secret_of(self, kind: Kind) -> bytes | None:
        """The secret that connections of a kind are to prove."""
        if kind == Kind.CLIENT:
            return self.options.client_secret or self.options.secret
        return self.options.secret

    def certificate_name(self, host: int) -> str | None:
        """The name that the certificate of a host must have; `None` without TLS."""
        return self.options.tls.name_of(host, self.cluster) if self.options.tls else None

    async def dial(self, kind: Kind, host: int, address: str) -> FrameStream:
        """Connects to another host. Raises `DIAL_ERRORS`."""
        encryption = None
        if self.options.tls:
            name = self.certificate_name(host)
            encryption = Encryption(self.options.tls.client, server_name=name, exact_name=name)
        stream, _ = await dial(
            address,
            kind=kind,
            cluster=self.cluster,
            host=self.host,
            to=host,
            options=self.options,
            secret=self.secret_of(kind),
            encryption=encryption,
        )
        return stream
