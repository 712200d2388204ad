"""The page over HTTP: its files, the stream of states, and changes for those who have the token."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rraft.cluster.errors import ClusterError, HostClosedError
from rraft.cluster.group import Group
from rraft.cluster.transport.addresses import parse_address
from rraft.cluster.web.monitor import Monitor

FILES = Path(__file__).parent / "static"

CHANGE_TIMEOUT = 5.0
"""A change goes on without the browser that has asked for it after so many seconds."""

MAX_BODY = 4096
"""The longest request for a change, in bytes."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def make_app(monitor: Monitor, token: str | None) -> Starlette:
    """The application. Without a token, nothing can be changed."""
    routes = _Routes(monitor, token)
    app = Starlette(
        routes=[
            Route("/", routes.index),
            Route("/status", routes.status),
            Route("/events", routes.events),
            Route("/unlock", routes.unlock, methods=["POST"]),
            Route("/groups/{group:int}/{action}", routes.change, methods=["POST"]),
            Mount("/static", StaticFiles(directory=FILES)),
        ],
        exception_handlers={HTTPException: _http_error, ClusterError: _cluster_error},
    )
    app.add_middleware(_Headers)
    return app


class _Headers:
    """Adds the headers that limit what a browser does with the page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Routes:
    """Answers requests."""

    def __init__(self, monitor: Monitor, token: str | None) -> None:
        self._monitor = monitor
        self._token = token
        self._changes: set[asyncio.Task[None]] = set()

    async def index(self, _: Request) -> Response:
        """The page. Its address ends with a slash, since those of its files are relative."""
        return FileResponse(FILES / "index.html")

    async def status(self, _: Request) -> Response:
        """What the page shows, once."""
        return JSONResponse(self._monitor.state())

    async def events(self, _: Request) -> Response:
        """What the page shows, at least once a second, as server-sent events."""
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _stream(self) -> AsyncIterator[str]:
        async for state in self._monitor.watch():
            yield f"data: {state}\n\n"

    async def unlock(self, request: Request) -> Response:
        """Whether the token is right."""
        self._check_token(request)
        return JSONResponse({})

    async def change(self, request: Request) -> Response:
        """Changes a group. Answers when the change has been made, or soon if it takes longer."""
        self._check_token(request)
        group = self._monitor.host.groups.get(request.path_params["group"])
        if group is None:
            raise HTTPException(404, f"host {self._monitor.host.id} has no group {request.path_params['group']}")
        work = _change(group, request.path_params["action"], await _content(request))
        task = asyncio.get_running_loop().create_task(work)
        self._changes.add(task)
        task.add_done_callback(self._changed)
        done, _ = await asyncio.wait((task,), timeout=CHANGE_TIMEOUT)
        if not done:  # a new member may be started later, and take long to catch up
            return JSONResponse({"pending": True}, 202)
        task.result()
        return JSONResponse({})

    def _changed(self, task: "asyncio.Task[None]") -> None:
        self._changes.discard(task)
        if not task.cancelled():
            task.exception()  # an event tells about the members, if nobody waits any more

    def _check_token(self, request: Request) -> None:
        """The token is in a header that a page of another origin cannot send."""
        if self._token is None:
            raise HTTPException(403, "the page was started without a token: nothing can be changed")
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), self._token.encode()):
            raise HTTPException(401, "the token is wrong", {"WWW-Authenticate": "Bearer"})


async def _content(request: Request) -> dict[str, Any]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413, f"expected at most {MAX_BODY} bytes")
    try:
        content = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise HTTPException(400, "expected JSON") from None
    if not isinstance(content, dict):
        raise HTTPException(400, "expected an object")
    return content


def _host_id(content: dict[str, Any]) -> int:
    host = content.get("host")
    if not isinstance(host, int) or isinstance(host, bool) or not 1 <= host < 2**63:
        raise HTTPException(400, "host: expected an id of at least 1 and below 2**63")
    return host


def _address(content: dict[str, Any]) -> str:
    address = content.get("address")
    try:
        parse_address(str(address))
    except ValueError as error:
        raise HTTPException(400, f"address: {error}") from None
    return str(address)


async def _change(group: Group, action: str, content: dict[str, Any]) -> None:
    """Makes a change. Raises `HTTPException` for a wrong request, `ClusterError` when the change is rejected."""
    match action:
        case "snapshot":
            group.make_snapshot()
        case "transfer":
            await group.transfer_leadership(_host_id(content))
        case "add":
            host = _host_id(content)
            await group.add(host, _address(content))
        case "remove":
            await group.remove(_host_id(content))
        case _:
            raise HTTPException(404, f"unknown action {action!r}")


async def _http_error(_: Request, error: Exception) -> Response:
    known = error if isinstance(error, HTTPException) else HTTPException(500)
    return JSONResponse({"error": known.detail}, known.status_code, known.headers)


async def _cluster_error(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 503 if isinstance(error, HostClosedError) else 409)
