"""Observes a host for its page: once a second, and while somebody looks, whenever something happens."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from typing import Any

from rraft.cluster.client_options import ClientOptions
from rraft.cluster.errors import HostClosedError
from rraft.cluster.host import Host
from rraft.cluster.web.history import STEP, Counters, History
from rraft.cluster.web.peers import Peers
from rraft.cluster.web.view import MAX_GROUPS, make_view, other_addresses

logger: logging.Logger = logging.getLogger(__name__)

CHECK = 0.1
"""Seconds until an event is shown."""

REST = 10
"""After an update, events wait so many times as long as that took: a thousand groups take 30 ms."""

SLOW_STEPS = 5
"""With more groups than the page shows, the other hosts are asked, and the page is updated, less often."""


class Monitor:
    """What the page shows, and who looks at it."""

    def __init__(self, host: Host, client: ClientOptions | None, *, can_change: bool) -> None:
        self.host = host
        self._can_change = can_change
        self._history = History()
        self._peers = Peers(host.cluster, client or host._client_options, host._transport_options)
        self.viewers: int = 0
        """How many streams there are."""
        self._message = ""
        self._failure = ""
        self._published = asyncio.Event()
        self._closed = False
        self._task: asyncio.Task[None] | None = None
        self._shown_event = 0
        self._not_before = 0.0
        self._steps = 0

    @property
    def is_open(self) -> bool:
        """Whether it was opened."""
        return self._task is not None

    def open(self) -> None:
        """Starts to observe. Raises `HostClosedError`."""
        self._history.add(Counters.of(self.host, asyncio.get_running_loop().time()))
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Ends the streams."""
        self._closed = True
        self._published.set()

    async def close(self) -> None:
        """Stops to observe."""
        self.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        await self._peers.close()

    def state(self) -> dict[str, Any]:
        """What the page shows now. Raises `HostClosedError`."""
        view = make_view(self.host.status(), self._peers.reports)
        interval = STEP * (SLOW_STEPS if self._is_slow() else 1)
        return {**view, "can_change": self._can_change, "interval": interval, "plots": self._history.as_json()}

    async def watch(self) -> AsyncGenerator[str, None]:
        """What the page shows, as JSON, from now on: when something has happened, and at least once a second."""
        self.viewers += 1
        try:
            yield json.dumps(self.state(), separators=(",", ":"))
            while not self._closed:
                await self._published.wait()
                if not self._closed:
                    yield self._message
        except HostClosedError:
            return
        finally:
            self.viewers -= 1

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        next_step = loop.time()
        while not self._closed:
            try:
                if loop.time() >= next_step:
                    next_step = max(next_step + STEP, loop.time() + STEP / 2)
                    self._step(loop.time())
                elif self.viewers and loop.time() >= self._not_before and self._last_event() != self._shown_event:
                    self._publish()
            except HostClosedError:
                self.stop()
                return
            except Exception as error:
                self._log_failure(error)
            pause = next_step - loop.time()
            await asyncio.sleep(max(0.0, min(CHECK, pause) if self.viewers else min(STEP, pause)))

    def _log_failure(self, error: Exception) -> None:
        """Logs why the page is not updated: once, if the next attempts fail for the same reason."""
        failure = f"{type(error).__name__}: {error}"
        if failure != self._failure:
            logger.error("the page is not updated: %s", failure, exc_info=error)
        self._failure = failure

    def _step(self, time: float) -> None:
        """A second has passed."""
        self._history.add(Counters.of(self.host, time))
        self._steps += 1
        if self.viewers and (not self._is_slow() or self._steps % SLOW_STEPS == 0):
            self._peers.ask(other_addresses(self.host.status()))
            self._publish()

    def _is_slow(self) -> bool:
        return len(self.host.groups) > MAX_GROUPS

    def _publish(self) -> None:
        time = asyncio.get_running_loop().time
        begin = time()
        self._shown_event = self._last_event()
        self._message = json.dumps(self.state(), separators=(",", ":"))
        self._not_before = time() + REST * (time() - begin)
        self._failure = ""
        published, self._published = self._published, asyncio.Event()
        published.set()

    def _last_event(self) -> int:
        records = self.host.running.core.observation.records
        return records[-1].number if records else 0
