"""`EventStream`: what happens in a group, for whoever iterates over it."""

import asyncio
from collections.abc import AsyncIterator

from rraft.cluster.core.events import Event
from rraft.cluster.worker import check_loop


class EventStream(AsyncIterator[Event]):
    """What happens in a group: `Group.events` makes it. Events wait until the iterator takes them.

    The iteration ends when the host is closed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._is_closed = False

    async def __anext__(self) -> Event:
        check_loop(self._loop)
        if self._is_closed:
            raise StopAsyncIteration
        queue = self._queue
        event = await queue.get()
        if event is None:
            queue.put_nowait(None)  # for all others that wait
            raise StopAsyncIteration
        return event

    async def aclose(self) -> None:
        """Ends the iteration: no further events are kept. It is not needed if the iterator is dropped."""
        self._is_closed = True
        self._queue.put_nowait(None)
        self._queue = asyncio.Queue()

    def put(self, event: Event) -> None:
        """Adds an event that has happened."""
        if not self._is_closed:
            self._queue.put_nowait(event)

    def end(self) -> None:
        """Ends the iteration after the events that have happened."""
        self._queue.put_nowait(None)
