"""Faults of state machines: those of users."""

from __future__ import annotations

import asyncio
import random
import time
from random import Random

from rraft.cluster import ClusterError, CommandError, Replicated, command, query
from tests.simulation.machines import Queue, use_queue
from tests.simulation.reintroduced.fault import Fault, nothing, scenario

LAYER = "state machine"


class QueryPops(Queue):
    """Its query changes the state."""

    @query
    def length(self) -> int:
        """How many jobs wait."""
        count = len(self.waiting)
        if count > 3:
            self.waiting.pop()
        return count


class TakesAny(Queue):
    """It uses the random numbers of its host."""

    @command
    def pop(self) -> str:
        """Takes any job."""
        if not self.waiting:
            raise LookupError("the queue is empty")
        return self.waiting.pop(random.randrange(len(self.waiting)))


class TakesOld(Queue):
    """It uses the clock of its host."""

    @command
    def push(self, job: str) -> int:
        """Adds a job with its time."""
        self.waiting.append(f"{job} at {time.time():.0f}")
        self.added += 1
        return self.added


class CountsCalls(Queue):
    """It has a state that is in no snapshot."""

    _pushed = 0

    @command
    def push(self, job: str) -> int:
        """Adds a job, and returns how many were added."""
        self._pushed += 1
        self.waiting.append(job)
        self.added += 1
        return self._pushed


class Pool(Replicated):
    """Jobs in a set, whose order depends on how it came about."""

    jobs: set[int]

    def __init__(self) -> None:
        self.jobs = set()

    @command
    def add(self, job: int) -> int:
        """Adds a job."""
        self.jobs.add(job)
        return len(self.jobs)

    @command
    def take(self) -> int:
        """Takes the first job of the set."""
        if not self.jobs:
            raise LookupError("there is no job")
        return self.jobs.pop()


async def use_pool(pool: Pool, random: Random) -> None:
    """Adds and takes jobs whose hashes collide."""
    for _ in range(100):
        try:
            if random.random() < 0.6:
                await pool.add(random.randrange(8) * 1024 + random.randrange(2))
            else:
                await pool.take()
        except CommandError as error:
            if error.kind != "LookupError":
                raise
        except ClusterError:
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.2 * random.random())


FAULTS = [
    Fault("query-changes-state", LAYER, "A query changes the state.", nothing, scenario(make=QueryPops)),
    Fault("host-random", LAYER, "A command uses `random` instead of its context's.", nothing, scenario(make=TakesAny)),
    Fault(
        "host-clock",
        LAYER,
        "A command uses `time.time()` instead of its context's time.",
        nothing,
        scenario(make=TakesOld, linearizable=False),
    ),
    Fault(
        "set-order", LAYER, "A command depends on the order of a set.", nothing, scenario(make=Pool, workload=use_pool)
    ),
    Fault(
        "state-outside-snapshot", LAYER, "A part of the state is in no snapshot.", nothing, scenario(make=CountsCalls)
    ),
]
_ = use_queue
