"""Faults of state machines: those of users."""

from __future__ import annotations

import asyncio
import random
import time
from random import Random

import pytest

from rraft.cluster import Replicated, command, query
from tests.simulation.machines import Queue, attempt
from tests.simulation.reintroduced.fault import Fault, Sabotage, scenario

LAYER = "state machine"


class Pool(Replicated):
    """Jobs that are taken in the order of their numbers."""

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
        """Takes the first job."""
        if not self.jobs:
            raise LookupError("there is no job")
        job = min(self.jobs)
        self.jobs.remove(job)
        return job


async def use_pool(pool: Pool, random: Random) -> None:
    """Adds and takes jobs whose hashes collide."""
    for _ in range(100):
        if random.random() < 0.6:
            await attempt(pool.add(random.randrange(8) * 1024 + random.randrange(2)))
        else:
            await attempt(pool.take())
        await asyncio.sleep(0.2 * random.random())


class TakesFirstOfSet(Pool):
    """The order of a set depends on how it came about."""

    @command
    def take(self) -> int:
        """Takes the first job of the set."""
        if not self.jobs:
            raise LookupError("there is no job")
        return self.jobs.pop()


class QueryPops(Queue):
    """Its query changes the state."""

    @query
    def length(self) -> int:  # type: ignore[override]
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


class AddsTime(Queue):
    """It uses the clock of its host."""

    @command
    def push(self, job: str) -> int:
        """Adds a job with its time."""
        self.waiting.append(f"{job} at {time.time():.0f}")
        self.added += 1
        return self.added


class CountsOutside(Queue):
    """It has a state that is in no snapshot."""

    _pushed = 0

    @command
    def push(self, job: str) -> int:
        """Adds a job, and returns how many were added."""
        self._pushed += 1
        self.waiting.append(job)
        self.added += 1
        return self._pushed


def _as(wrong: type[Replicated], name: str) -> Sabotage:
    """The correct class gets a method of the wrong one, which inherits from it."""

    def bring_back(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(wrong.__mro__[1], name, vars(wrong)[name])
        if wrong is CountsOutside:
            patch.setattr(Queue, "_pushed", 0, raising=False)

    return bring_back


FAULTS = [
    Fault("query-changes-state", LAYER, "A query changes the state.", _as(QueryPops, "length"), scenario()),
    Fault(
        "host-random",
        LAYER,
        "A command uses `random`, instead of what its context has.",
        _as(TakesAny, "pop"),
        scenario(),
    ),
    Fault(
        "host-clock",
        LAYER,
        "A command uses `time.time()`, instead of the time that its context has.",
        _as(AddsTime, "push"),
        scenario(),
    ),
    Fault(
        "set-order",
        LAYER,
        "A command depends on the order of a set.",
        _as(TakesFirstOfSet, "take"),
        scenario(make=Pool, workload=use_pool),
    ),
    Fault(
        "state-outside-snapshot",
        LAYER,
        "A part of the state is in no snapshot.",
        _as(CountsOutside, "push"),
        scenario(),
    ),
]
