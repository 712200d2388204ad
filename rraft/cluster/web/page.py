"""`WebPage`: serves the live page of a host."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import uvicorn
from starlette.applications import Starlette

from rraft.cluster.client_options import ClientOptions
from rraft.cluster.errors import StartError
from rraft.cluster.host import Host
from rraft.cluster.transport.addresses import parse_address
from rraft.cluster.web.app import make_app
from rraft.cluster.web.connections import BACKLOG, PageConnection
from rraft.cluster.web.monitor import Monitor

MIN_TOKEN = 16
"""The minimum length of a token, in characters."""

CLOSE_TIMEOUT = 2
"""Seconds for the requests that are served when the page is closed."""


class _Server(uvicorn.Server):
    """Leaves signals to the program."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


class WebPage:
    """The live page of an open host.

    ```python
    async with Host(...) as host, WebPage(host, listen="127.0.0.1:8080"):
        await host.start(Jobs())
    ```

    It belongs to the event loop of the host.
    """

    def __init__(
        self,
        host: Host,
        *,
        listen: str | None = "127.0.0.1:8080",
        token: str | None = None,
        client: ClientOptions | None = None,
    ) -> None:
        """Describes the page of `host`; `async with` serves it.

        `listen` is the address (`host:port`) that it is served at, over HTTP. With `None`, it is served by the program,
        which mounts `app`. Whoever reaches the page can read it. Without `token`, nobody can change anything; with it,
        whoever knows it can add and remove members, transfer leadership and make snapshots.

        `client` has the secret and the TLS context with which the page asks the other hosts. By default, they are those
        that the host was given: its `client`, or else the secret of its `transport`.

        Raises `ValueError` for an invalid address, and for a token of less than 16 printable ASCII characters.
        """
        if listen is not None:
            parse_address(listen, allow_any_port=True)
        if token is not None and (len(token) < MIN_TOKEN or not token.isascii() or not token.isprintable()):
            raise ValueError(f"token: expected at least {MIN_TOKEN} printable ASCII characters, got {len(token)}")
        self._listen = listen
        self.monitor: Monitor = Monitor(host, client, can_change=token is not None)
        """What the page shows, and how many look at it."""
        self.app: Starlette = make_app(self.monitor, token)
        """The page as an ASGI application, to be mounted in another one."""
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._address: str | None = None

    async def __aenter__(self) -> "WebPage":
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def address(self) -> str:
        """The address that the page is served at. Raises `StartError` while it is not."""
        if self._address is None:
            raise StartError("the page is not served")
        return self._address

    async def open(self) -> None:
        """Starts to observe the host, and listens.

        Raises `HostClosedError` if the host is not open, `StartError` if the page is, `OSError`.
        """
        if self._server is not None or self.monitor.is_open:
            raise StartError("a page is opened once")
        self.monitor.open()
        try:
            if self._listen is not None:
                await self._serve(*parse_address(self._listen, allow_any_port=True))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Stops, also if this is cancelled. The next call waits for that, too."""
        self.monitor.stop()  # ends the streams, which the server would wait for
        self._address = None
        if self._closing is None or self._closing.done():
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await asyncio.wait((self._serving,))
        await self.monitor.close()

    async def _serve(self, name: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        [(family, kind, protocol, _, place), *_] = await loop.getaddrinfo(
            name or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listener = socket.socket(family, kind, protocol)
        try:
            if socket.SO_REUSEADDR and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
        except OSError:
            listener.close()
            raise
        config = uvicorn.Config(
            self.app,
            http=PageConnection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=CLOSE_TIMEOUT,
        )
        self._server = _Server(config)
        self._serving = loop.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started and not self._serving.done():
            await asyncio.sleep(0.01)
        shown = f"[{name}]" if ":" in name else name
        self._address = f"{shown}:{listener.getsockname()[1]}"
