"""State machines and workloads of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from random import Random

from rraft.cluster import ClusterError, CommandError, Replicated, command, query


class Queue(Replicated):
    """A queue of jobs, with a counter."""

    waiting: list[str]
    added: int

    def __init__(self) -> None:
        self.waiting = []
        self.added = 0

    @command
    def push(self, job: str) -> int:
        """Adds a job, and returns its number."""
        self.waiting.append(job)
        self.added += 1
        return self.added

    @command
    def pop(self) -> str:
        """Takes the oldest job."""
        if not self.waiting:
            raise LookupError("the queue is empty")
        return self.waiting.pop(0)

    @query
    def length(self) -> int:
        """How many jobs wait."""
        return len(self.waiting)


async def use_queue(queue: Queue, random: Random) -> None:
    """Adds and takes jobs."""
    for number in range(100):
        chance = random.random()
        if chance < 0.4:
            await attempt(queue.push(f"job {number}"))
        elif chance < 0.8:
            await attempt(queue.pop())
        else:
            await attempt(queue.length())
        await asyncio.sleep(0.2 * random.random())


async def attempt(call: Awaitable[object]) -> None:
    """Waits for a call. It may find nothing, or have no outcome: then the client pauses."""
    try:
        await call
    except CommandError as error:
        if error.kind != "LookupError":
            raise
    except ClusterError:
        await asyncio.sleep(0.1)
