"""Accepted connections: from `accept` to the end of the handshake, then on to what serves their kind."""

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine

from rraft.cluster.records import host_logger

from . import Receiver
from .budget import Budget
from .certificates import check_certificate
from .clients import ClientConnection, ClientConnections
from .frames import FrameError
from .handshake import MAX_HANDSHAKE_FRAME, Acceptor, HandshakeError, Hello, Kind, Outcome
from .identity import Identity
from .peers import PeerProtocol
from .reports import Reports
from .snapshot_receiver import SnapshotReceiver
from .sockets import Listener, connection_limit, is_reserved, tune
from .streams import FrameStream
from .timeouts import timeout

logger: logging.Logger = logging.getLogger(__name__)

_ACCEPT_PAUSE = 0.1
"""Seconds until the next attempt after `accept` has failed, as it does while there are no file descriptors."""

_CLIENTS_SHARE = 1 / 2
_UNAUTHENTICATED_SHARE = 1 / 8
"""Of all file descriptors. Together less than what strangers may have: other hosts can still connect."""

_IDLE_PEER = 5
"""A connection of a peer is closed after as many heartbeat timeouts without a byte."""


class _Newcomer:
    """A connection within its handshake."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.stream = FrameStream(MAX_HANDSHAKE_FRAME)
        self.has_transport = False
        """Whether it is a transport that closes the socket."""


class Server:
    """The connections that others have made to this host."""

    def __init__(
        self,
        identity: Identity,
        receiver: Receiver,
        snapshots: SnapshotReceiver,
        heard_of: Callable[[int], None],
    ) -> None:
        """`heard_of` is called with the id of a host that has connected."""
        self._identity = identity
        self._options = identity.options
        self._receiver = receiver
        self._snapshots = snapshots
        self._heard_of = heard_of
        self._logger = host_logger(logger, identity.host)
        self._reports = Reports(self._logger)
        self._max_clients = connection_limit(identity.options.max_clients, _CLIENTS_SHARE)
        self._max_unauthenticated = connection_limit(identity.options.max_unauthenticated, _UNAUTHENTICATED_SHARE)
        self._clients = ClientConnections(receiver, identity.options, self._reports)
        self._incomplete = Budget(identity.options.max_incomplete_frames)
        self._peers: dict[int, PeerProtocol] = {}
        self._unauthenticated: dict[asyncio.Task[None], float] = {}
        """The handshakes and when they began, the oldest first."""
        self._listeners: list[Listener] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, listeners: list[Listener]) -> None:
        """Accepts connections."""
        self._listeners = listeners
        for listener in listeners:
            self._spawn(self._accept(listener))
        self._spawn(self._close_idle_peers())

    async def close(self) -> None:
        """Closes all connections. What clients were answered is sent before."""
        for peer in list(self._peers.values()):
            peer.abort()
        tasks = [*self._tasks, *self._unauthenticated]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for listener in self._listeners:
            listener.close()
        if self._peers:
            await asyncio.wait([peer.lost for peer in self._peers.values()])
        await self._clients.close()

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._make_room()
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError as error:
                self._reports.warn(f"cannot accept connections: {error}")
                await asyncio.sleep(_ACCEPT_PAUSE)
                continue
            listener.accepted = None
            if is_reserved(connection):
                connection.close()
                self._rejected("a connection is rejected: the last file descriptors are left for the log")
                await asyncio.sleep(0)  # `sock_accept` does not wait while there are further ones
                continue
            self._admit_later(connection)

    async def _make_room(self) -> None:
        """Waits until one more connection may begin its handshake. Further ones wait in the queue of the system."""
        while len(self._unauthenticated) >= self._max_unauthenticated:
            oldest, since = next(iter(self._unauthenticated.items()))
            wait = since + self._options.handshake_grace - asyncio.get_running_loop().time()
            if wait > 0:
                await asyncio.wait(self._unauthenticated, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            else:
                del self._unauthenticated[oldest]
                oldest.cancel()
                self._reports.warn("too many connections without authentication: the oldest is closed")

    def _admit_later(self, connection: socket.socket) -> None:
        newcomer = _Newcomer(connection)
        task = asyncio.get_running_loop().create_task(self._admit(newcomer))
        self._unauthenticated[task] = asyncio.get_running_loop().time()

        # A task that is cancelled before its first step runs nothing, but its callback.
        def ended(task: "asyncio.Task[None]") -> None:
            self._unauthenticated.pop(task, None)
            if not newcomer.has_transport:
                connection.close()

        task.add_done_callback(ended)

    async def _admit(self, newcomer: "_Newcomer") -> None:
        """Completes the handshake of a connection, and passes it on."""
        stream = newcomer.stream
        try:
            async with timeout(self._options.handshake_timeout):
                hello = await self._handshake(newcomer)
            self._serve(hello, stream)
        except TimeoutError:
            self._rejected(f"a connection without a handshake within {self._options.handshake_timeout} s")
        except (FrameError, HandshakeError) as error:
            self._rejected(f"a connection is rejected: {error}")
        except OSError as error:  # also errors of TLS; a check whether the port is open ends here too
            self._logger.debug("a connection has ended within the handshake: %s", error)
        except BaseException:
            stream.abort()
            raise
        else:
            return
        stream.close()

    def _rejected(self, reason: str) -> None:
        self._reports.warn(reason)
        self._receiver.connection_rejected(reason)

    async def _handshake(self, newcomer: "_Newcomer") -> Hello:
        tune(newcomer.connection, self._options.keepalive)
        tls = self._options.tls
        stream = newcomer.stream
        newcomer.has_transport = True
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: stream, newcomer.connection, ssl=tls.server if tls else None
        )
        acceptor = Acceptor(self._identity.cluster, self._identity.host)
        body = await stream.read()
        try:
            hello = acceptor.hello(body)
            name = self._identity.certificate_name(hello.dialler)
            if name is not None and hello.kind != Kind.CLIENT:
                check_certificate(stream.transport, name)
            secret = self._identity.secret_of(hello.kind)
            if secret is not None:
                stream.write(acceptor.challenge(body, secret))
                acceptor.check_proof(await stream.read())
            self._check(hello)
        except HandshakeError as error:
            stream.write(acceptor.reject(error.outcome))
            raise
        stream.write(acceptor.welcome())
        return hello

    def _check(self, hello: Hello) -> None:
        """Raises `HandshakeError` unless the other side may do what it wants to."""
        if hello.kind == Kind.CLIENT:
            if len(self._clients.connections) >= self._max_clients:
                raise HandshakeError(Outcome.BUSY, f"there are {self._max_clients} connections of clients")
            return
        if not self._receiver.accepts(hello.dialler):
            raise HandshakeError(Outcome.NOT_ACCEPTED, f"host {hello.dialler} is not accepted")
        others = (
            self._snapshots.connections if hello.kind == Kind.SNAPSHOT else len(self._peers.keys() - {hello.dialler})
        )
        if others >= self._options.max_peers:
            raise HandshakeError(Outcome.BUSY, f"there are {others} connections of other hosts")

    def _serve(self, hello: Hello, stream: FrameStream) -> None:
        match hello.kind:
            case Kind.CLIENT:
                stream.hand_over(ClientConnection(self._clients))
            case Kind.PEER:
                self._serve_peer(hello.dialler, stream)
            case Kind.SNAPSHOT:
                self._spawn(self._snapshots.serve(hello.dialler, stream))

    def _serve_peer(self, host: int, stream: FrameStream) -> None:
        """Receives frames of a host: only on this connection from now on, so that they stay in order."""
        before = self._peers.pop(host, None)
        if before:
            before.abort()
        peer = PeerProtocol(host, self._receiver, self._options, self._reports, self._incomplete)
        stream.hand_over(peer)
        self._peers[host] = peer
        peer.lost.add_done_callback(lambda _: self._forget(peer))
        self._heard_of(host)

    def _forget(self, peer: PeerProtocol) -> None:
        if self._peers.get(peer.host) is peer:
            del self._peers[peer.host]

    async def _close_idle_peers(self) -> None:
        loop = asyncio.get_running_loop()
        interval = self._options.heartbeat_timeout
        while True:
            due = loop.time() + interval
            await asyncio.sleep(interval)
            now = loop.time()
            if now - due > interval:
                continue  # the loop was blocked, and has not read yet what has arrived meanwhile
            for peer in list(self._peers.values()):
                if now - peer.heard > _IDLE_PEER * interval:
                    self._logger.warning("host %d: its connection is silent, and closed", peer.host)
                    peer.abort()
