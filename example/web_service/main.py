"""A replicated object behind HTTP: each process of the web service is a host of the cluster. See README.md."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from rraft.cluster import BusyError, CommandError, Host, HostClosedError, Replicated, StoppedError, command, query

T = TypeVar("T")

TIMEOUT = 5.0
"""Seconds until a request is answered with an error, for example while there is no quorum."""


class Seats(Replicated):
    """The seats of a theatre, each of which is booked once."""

    booked: dict[str, str]

    def __init__(self) -> None:
        self.booked = {}

    @command
    def book(self, seat: str, name: str) -> None:
        """Books a seat. A repeated request of the same person succeeds."""
        if self.booked.setdefault(seat, name) != name:
            raise ValueError(f"seat {seat} is taken")

    @query
    def all(self) -> dict[str, str]:
        """Who has booked which seat."""
        return self.booked


async def outcome(call: Awaitable[T]) -> T:
    """Waits for a command or query. Its exceptions become responses."""
    try:
        return await asyncio.wait_for(call, TIMEOUT)
    except CommandError as error:
        raise HTTPException(409, error.text) from None
    except BusyError:
        raise HTTPException(503, "nothing was done: try again later") from None
    except (asyncio.TimeoutError, StoppedError, HostClosedError):
        raise HTTPException(504, "it is not known whether this was done: repeat the request") from None


async def book(request: Request) -> JSONResponse:
    """`PUT /seats/{seat}?name=...`."""
    name = request.query_params.get("name")
    if not name:
        raise HTTPException(400, "expected a name")
    await outcome(request.app.state.seats.book(request.path_params["seat"], name))
    return JSONResponse({})


async def show(request: Request) -> JSONResponse:
    """`GET /seats`: linearizable on each host. `GET /seats?local=1`: what this host has."""
    seats: Seats = request.app.state.seats
    return JSONResponse(await outcome(seats.all.local() if "local" in request.query_params else seats.all()))


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
    """Runs a host while the web service runs. Its settings are variables of the environment."""
    members = dict(pair.split("=") for pair in os.environ["MEMBERS"].split(","))
    bootstrap = {int(number): address for number, address in members.items()}
    number = int(os.environ["HOST"])
    async with Host(os.environ["DIRECTORY"], listen=bootstrap[number], id=number, bootstrap=bootstrap) as host:
        app.state.seats = await host.start(Seats())
        yield


app = Starlette(
    routes=[Route("/seats", show), Route("/seats/{seat}", book, methods=["PUT"])],
    lifespan=lifespan,
)
