"""What a host needs of a network, and what a network needs of a host.

The host uses a `Transport`; the transport calls a `Receiver`. `TcpTransport` is the one for TCP. A simulator provides
another one. All methods are called on the event loop, except where their docstrings say otherwise.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol


class Transport(Protocol):
    """Sends frames and snapshots to the other hosts of the cluster, and serves clients."""

    async def start(self, receiver: "Receiver") -> None:
        """Listens, and calls `receiver` from then on. Raises `OSError` if the address is not available."""

    async def close(self) -> None:
        """Closes all connections, and stops listening. No method of the receiver is called afterwards.

        Each snapshot that is being sent has failed: its `done` is called before this returns.
        """

    def set_address(self, host: int, address: str | None) -> None:
        """Sets the address of a host (`host:port`), and connects to it. `None` closes the link, and forgets the host.

        If the address differs from the one before, the frames already accepted by `send` are still delivered if they
        can be. `link_changed` reports the end of the old link, and the start of the new one.

        Raises `ValueError` if the address is invalid.
        """

    def send(self, host: int, body: Sequence[bytes]) -> bool:
        """Sends one frame, whose body is the concatenation of `body`. Never blocks.

        Returns false if the frame is lost: there is no link, more bytes than the limit are in flight, or the frame is
        longer than the limit of peer frames. A frame for which this returns true arrives at most once, in the order of
        the calls; if it does not arrive, `link_changed(host, False)` is called. The body is not empty.
        """

    def send_snapshot(self, host: int, header: bytes, source: "SnapshotSource", done: Callable[[bool], None]) -> None:
        """Sends a snapshot in the background, on a connection of its own.

        If the connection breaks, the next one resumes where the receiver stopped. `done` is called exactly once, never
        inside this call: with true after the receiver has called `SnapshotSink.finish`, otherwise with false.
        """

    def is_connected(self, host: int) -> bool:
        """Whether there is a link to the host, so that `send` may return true."""


class SnapshotSource(Protocol):
    """The data of a snapshot that is sent."""

    @property
    def size(self) -> int:
        """The length of the data, in bytes."""

    def open(self, offset: int) -> Iterator[bytes]:
        """Returns chunks of the data from `offset` to the end. Called, and iterated over, in a worker thread.

        An exception fails the snapshot. If the iterator has a method `close`, it is called after the last chunk that
        is needed, in a worker thread.
        """


class SnapshotSink(Protocol):
    """Where the data of a received snapshot goes. Exactly one of `finish` and `abort` is called, once, at the end."""

    @property
    def offset(self) -> int:
        """How many bytes of this snapshot are already there. The transport writes what follows."""

    def write(self, chunk: bytes) -> None:
        """Appends to the data. Called in a worker thread, one call at a time. An exception fails the snapshot."""

    def finish(self) -> None:
        """The data is complete. Called on the event loop. An exception fails the snapshot; `abort` does not follow."""

    def abort(self) -> None:
        """The data is incomplete: the connection broke, or `write` failed. Called on the event loop.

        The sender may resume, so that what is already there is worth keeping for a while.
        """


class Connection(Protocol):
    """A connection of a client."""

    @property
    def closed(self) -> bool:
        """Whether the connection has ended. Responses to it are dropped."""

    def respond(self, request: int, body: bytes) -> None:
        """Answers a request. The responses of one turn of the event loop are sent together.

        Does nothing if the connection has ended, or the request has an answer already.
        """

    def has_room(self, size: int) -> bool:
        """Whether a long response may be sent now: the client has read enough of those before it."""


class Receiver(Protocol):
    """The host, as the transport calls it. None of the methods may block or raise."""

    def received(self, host: int, body: bytes) -> None:
        """A frame has arrived from a host."""

    def link_changed(self, host: int, connected: bool) -> None:
        """A link to a host has been established, or has ended.

        When it ends, any of the frames that `send` has accepted may be lost.
        """

    def requested(self, connection: Connection, request: int, body: bytes) -> None:
        """A request of a client has arrived. It is answered with `connection.respond`, now or later, in any order.

        The number `request` is the client's. It is unique among the unanswered requests of the connection.
        """

    def receive_snapshot(self, host: int, header: bytes) -> SnapshotSink | None:
        """A host starts to send a snapshot. Returns `None` if the snapshot is rejected.

        A call with the same host and header as before resumes a snapshot: the sink before has been aborted, and the
        new one has the `offset` where that one stopped.
        """

    def accepts(self, host: int) -> bool:
        """Whether the host with this id may connect. Called after authentication, for each connection of a peer.

        The id may be of a host without an address: one that other hosts have just added.
        """

    def connection_rejected(self, reason: str) -> None:
        """A connection to this host was rejected within its handshake."""
