"""The handshake at the start of each connection: who connects to whom, for what, and a proof that both know the secret.

    dialler                                     acceptor
    Hello: version, kind, cluster, ids, nonce   →
                                                ← Reply: WELCOME; or PROVE with a nonce; or why the hello is rejected
    proof of the dialler                        →
                                                ← Reply: WELCOME with the proof of the acceptor; or NOT_AUTHENTICATED

A proof is an HMAC-SHA256 with the secret over all that both have sent so far, with a label of the side that proves.
The dialler proves first, so that nobody who merely connects gets anything that was computed from the secret.

The first six bytes of a hello and of a reply are the same in all versions of the protocol.
"""

import hmac
import secrets
import struct
from enum import IntEnum
from typing import NamedTuple

from .frames import FrameError

MAGIC = b"RRFT"
VERSION = 1
MAX_HANDSHAKE_FRAME = 1024
MAX_CLUSTER_NAME = 255
"""The maximum length of a cluster's name in UTF-8, in bytes."""

_HELLO = struct.Struct("<4sHBQQ32s")
_REPLY = struct.Struct("<4sHBQ32s")
_NO_BYTES = bytes(32)


class Kind(IntEnum):
    """What a connection is for."""

    CLIENT = 1
    PEER = 2
    """Frames from the dialler to the acceptor, which acknowledges them."""
    SNAPSHOT = 3


class Outcome(IntEnum):
    """What the acceptor says about a hello."""

    WELCOME = 0
    PROVE = 1
    WRONG_VERSION = 2
    WRONG_CLUSTER = 3
    WRONG_HOST = 4
    """The dialler means to reach another host."""
    NOT_AUTHENTICATED = 5
    """The secret or the certificate is wrong or missing."""
    NOT_ACCEPTED = 6
    """The acceptor does not know a host with the dialler's id."""
    BUSY = 7
    """The acceptor has too many connections of the kind."""


_REASONS = {
    Outcome.WRONG_VERSION: "it has another version of the protocol",
    Outcome.WRONG_CLUSTER: "it belongs to another cluster",
    Outcome.WRONG_HOST: "it is another host",
    Outcome.NOT_AUTHENTICATED: "it rejects the secret or the certificate",
    Outcome.NOT_ACCEPTED: "it does not accept this host",
    Outcome.BUSY: "it has too many connections",
}


class HandshakeError(Exception):
    """The handshake failed. `outcome` is what the acceptor said, or what the dialler said to itself."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome

    @property
    def is_permanent(self) -> bool:
        """Whether the next attempt will fail as well, unless somebody changes the configuration."""
        return self.outcome != Outcome.BUSY


class Hello(NamedTuple):
    """The first frame of a connection."""

    kind: Kind
    cluster: str
    dialler: int
    """The id of the host that connects; 0 for a client."""
    acceptor: int
    """The id of the host that the dialler means to reach; 0 for any."""
    nonce: bytes

    def encode(self) -> bytes:
        """The body of the frame."""
        ids = (self.kind, self.dialler, self.acceptor)
        return _HELLO.pack(MAGIC, VERSION, *ids, self.nonce) + self.cluster.encode()

    @staticmethod
    def decode(body: bytes) -> "Hello":
        """The inverse of `encode`. Raises `FrameError` for other bytes, `HandshakeError` for another version."""
        _check_start(body, "hello")
        try:
            _, _, kind, dialler, acceptor, nonce = _HELLO.unpack_from(body)
            hello = Hello(Kind(kind), body[_HELLO.size :].decode(), dialler, acceptor, nonce)
        except (struct.error, ValueError) as error:
            raise FrameError(f"invalid hello: {error}") from None
        if (hello.dialler == 0) != (hello.kind == Kind.CLIENT):
            raise FrameError(f"invalid hello: host {hello.dialler} as a {hello.kind.name}")
        return hello


class Reply(NamedTuple):
    """An answer of the acceptor."""

    outcome: Outcome
    acceptor: int
    """The id of the acceptor's host."""
    data: bytes = _NO_BYTES
    """With `PROVE` a nonce, with `WELCOME` after it the proof."""

    def encode(self) -> bytes:
        """The body of the frame."""
        return _REPLY.pack(MAGIC, VERSION, self.outcome, self.acceptor, self.data)

    @staticmethod
    def decode(body: bytes) -> "Reply":
        """The inverse of `encode`. Raises `FrameError` for other bytes, `HandshakeError` for another version."""
        _check_start(body, "reply to a hello")
        try:
            _, _, outcome, acceptor, data = _REPLY.unpack(body)
            return Reply(Outcome(outcome), acceptor, data)
        except (struct.error, ValueError) as error:
            raise FrameError(f"invalid reply to a hello: {error}") from None


def _check_start(body: bytes, what: str) -> None:
    if len(body) < 6 or not body.startswith(MAGIC):
        raise FrameError(f"expected a {what}, got {body[:8]!r}")
    version = int.from_bytes(body[4:6], "little")
    if version != VERSION:
        raise HandshakeError(Outcome.WRONG_VERSION, f"expected version {VERSION} of the protocol, got {version}")


class Dialler:
    """The side that connects, without its connection."""

    def __init__(self, kind: Kind, cluster: str, dialler: int, acceptor: int, secret: bytes | None) -> None:
        """`acceptor` is the id of the host to reach, 0 for any."""
        self.acceptor: int = acceptor
        self._secret = secret
        self.hello: bytes = Hello(kind, cluster, dialler, acceptor, secrets.token_bytes(32)).encode()
        self._transcript = b""

    def reply(self, body: bytes) -> bytes | None:
        """Takes a reply. Returns the proof to send, or `None` when the handshake is complete.

        Raises `HandshakeError` or `FrameError`.
        """
        reply = Reply.decode(body)
        if reply.outcome in _REASONS:
            raise HandshakeError(reply.outcome, f"host {reply.acceptor}: {_REASONS[reply.outcome]}")
        if self.acceptor and reply.acceptor != self.acceptor:
            raise HandshakeError(Outcome.WRONG_HOST, f"expected host {self.acceptor}, got host {reply.acceptor}")
        proven = bool(self._transcript)
        if reply.outcome == Outcome.PROVE and not proven:
            if self._secret is None:
                raise HandshakeError(Outcome.NOT_AUTHENTICATED, f"host {reply.acceptor} asks for a secret")
            self.acceptor = reply.acceptor
            self._transcript = self.hello + body
            return _proof(self._secret, b"dialler", self._transcript)
        if reply.outcome != Outcome.WELCOME:
            raise FrameError("expected the end of the handshake, got another demand for a proof")
        if self._secret is not None:
            expected = _proof(self._secret, b"acceptor", self._transcript)
            if not proven or not hmac.compare_digest(reply.data, expected):
                raise HandshakeError(
                    Outcome.NOT_AUTHENTICATED, f"host {reply.acceptor} does not prove that it knows the secret"
                )
        self.acceptor = reply.acceptor
        return None


class Acceptor:
    """The side that is connected to, without its connection."""

    def __init__(self, cluster: str, host: int) -> None:
        self._cluster = cluster
        self._host = host
        self._secret: bytes | None = None
        self._transcript = b""

    def hello(self, body: bytes) -> Hello:
        """Takes the hello. Raises `FrameError`, or `HandshakeError` with the outcome to `reject` with."""
        hello = Hello.decode(body)
        if hello.cluster != self._cluster:
            raise HandshakeError(Outcome.WRONG_CLUSTER, f"expected cluster {self._cluster!r}, got {hello.cluster!r}")
        if hello.acceptor not in (0, self._host) or hello.dialler == self._host:
            raise HandshakeError(
                Outcome.WRONG_HOST,
                f"expected a connection to host {self._host}, got one from host "
                f"{hello.dialler} to host {hello.acceptor}",
            )
        return hello

    def challenge(self, hello: bytes, secret: bytes) -> bytes:
        """The reply that demands a proof."""
        self._secret = secret
        reply = Reply(Outcome.PROVE, self._host, secrets.token_bytes(32)).encode()
        self._transcript = hello + reply
        return reply

    def check_proof(self, body: bytes) -> None:
        """Takes the proof that `challenge` demands. Raises `HandshakeError` if it is wrong."""
        assert self._secret is not None
        if not hmac.compare_digest(body, _proof(self._secret, b"dialler", self._transcript)):
            raise HandshakeError(Outcome.NOT_AUTHENTICATED, "the other side does not know the secret")

    def welcome(self) -> bytes:
        """The last reply."""
        if self._secret is None:
            return Reply(Outcome.WELCOME, self._host).encode()
        return Reply(Outcome.WELCOME, self._host, _proof(self._secret, b"acceptor", self._transcript)).encode()

    def reject(self, outcome: Outcome) -> bytes:
        """The last reply, if the connection is rejected."""
        return Reply(outcome, self._host).encode()


def _proof(secret: bytes, label: bytes, transcript: bytes) -> bytes:
    return hmac.digest(secret, b"rraft.cluster " + label + b"\0" + transcript, "sha256")
