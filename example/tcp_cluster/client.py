"""A client of the cluster. It finds the leader, and retries until it gets an answer."""

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from request import Answer, Request
from transport import CLIENT_HELLO, FrameError, pack_frame, parse_address, read_frame

RESPONSE_TIMEOUT = 2.0
"""Seconds after which the client asks another server."""

TIME_LIMIT = 20.0
"""Seconds after which a request fails."""

PAUSE = 0.05
"""Seconds between attempts."""


class RequestFailedError(Exception):
    """The cluster rejected the request, or a timeout elapsed, after which the request may still be applied."""


class Client:
    """Makes one request at a time. Use several clients for concurrent requests.

    A retry has the number of the first attempt, so the servers apply the request once.
    """

    def __init__(self, addresses: Mapping[int, str]) -> None:
        """`addresses` are those of some servers. More can be added later."""
        self.addresses = dict(addresses)
        self.retries = 0
        self._id = uuid.uuid4().hex
        self._numbers = itertools.count(1)
        self._address = next(iter(addresses.values()))
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def put(self, key: str, value: str) -> None:
        """Sets `key` to `value`."""
        await self._request("put", key, value)

    async def add(self, key: str, amount: int) -> int:
        """Adds to the number that is the value of `key`, and returns the sum."""
        return int(await self._request("add", key, str(amount)))

    async def get(self, key: str, server_id: int | None = None) -> str | None:
        """The value of `key`. The read is linearizable on every server."""
        value: str | None = await self._request("get", key, server_id=server_id)
        return value

    async def add_learner(self, server_id: int, address: str) -> None:
        """Adds a new server as a learner."""
        await self._request("add_learner", str(server_id), address)

    async def add_voter(self, server_id: int, address: str) -> None:
        """Adds a server as a voter, or promotes a learner."""
        await self._request("add_voter", str(server_id), address)

    async def status(self, server_id: int) -> dict[str, Any]:
        """The status of a server, and its view of the cluster."""
        status: dict[str, Any] = await self._request("status", server_id=server_id)
        return status

    async def close(self) -> None:
        """Closes the connection."""
        if self._streams:
            (_, writer), self._streams = self._streams, None
            writer.close()
            with suppress(OSError):  # the error that ended the connection
                await writer.wait_closed()

    async def _request(self, operation: str, *arguments: str, server_id: int | None = None) -> Any:
        """The value of the answer. With a `server_id`, only that server is asked."""
        request = Request(self._id, next(self._numbers), operation, arguments)
        deadline = time.monotonic() + TIME_LIMIT
        while True:
            if server_id is not None:
                await self._choose(self.addresses[server_id])
            answer = await self._ask(request)
            if "value" in answer:
                return answer["value"]
            if "error" in answer:
                raise RequestFailedError(answer["error"])
            if time.monotonic() > deadline:
                raise RequestFailedError(f"no answer to {operation}: {answer['retry']}")
            self.retries += 1
            await self._choose(str(answer["leader"] or self._next_address()))
            await asyncio.sleep(PAUSE)

    async def _ask(self, request: Request) -> Answer:
        """The answer of the current server. A failure counts as an answer to retry."""
        try:
            answer: Answer = await asyncio.wait_for(self._exchange(request.encode()), RESPONSE_TIMEOUT)
        except (OSError, FrameError, asyncio.TimeoutError) as error:
            await self.close()  # a late answer must not be confused with the answer to the next request
            return {"retry": repr(error), "leader": None}
        return answer

    async def _exchange(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*parse_address(self._address))
            self._streams[1].write(pack_frame(CLIENT_HELLO))
        reader, writer = self._streams
        writer.write(pack_frame(request))
        await writer.drain()
        frame = await read_frame(reader)
        if frame is None:
            raise FrameError("no answer")
        answer: Answer = json.loads(frame)
        return answer

    async def _choose(self, address: str) -> None:
        if address != self._address:
            await self.close()
            self._address = address

    def _next_address(self) -> str:
        addresses = list(self.addresses.values())
        if self._address not in addresses:
            return addresses[0]
        return addresses[(addresses.index(self._address) + 1) % len(addresses)]
