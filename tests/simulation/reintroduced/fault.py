"""What a fault is that is brought back into the running code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from rraft.cluster import ClusterError
from rraft.cluster.transport.client_link import ClientLink
from rraft.simulation import Faults, Run, Scenario, run_seed
from rraft.simulation.run import GROUP_OPTIONS
from tests.simulation.machines import Queue, use_queue

Sabotage = Callable[[pytest.MonkeyPatch], None]
"""Changes the program, until the patch is undone."""


@dataclass(frozen=True)
class Fault:
    """A fault that the simulator is to find."""

    name: str
    layer: str
    text: str
    """What is wrong with it, in a sentence."""
    bring_back: Sabotage
    scenario: Scenario
    fail_point: str = ""
    """The name of the fault in the code in Rust, if it is one: see `src/fault.rs`."""
    prepare: Sabotage = lambda patch: None
    """A circumstance that makes the fault possible. Without the fault, it must be harmless."""

    @contextmanager
    def present(self) -> Iterator[None]:
        """The program has the fault."""
        with pytest.MonkeyPatch.context() as patch, _fail_point(self.fail_point):
            self.prepare(patch)
            self.bring_back(patch)
            yield

    @contextmanager
    def absent(self) -> Iterator[None]:
        """The program does not have the fault, but what makes it possible."""
        with pytest.MonkeyPatch.context() as patch:
            self.prepare(patch)
            yield

    def run(self, seed: int) -> Run:
        """Runs a seed with the fault."""
        with self.present():
            return run_seed(self.scenario, seed)

    def run_without(self, seed: int) -> Run:
        """Runs a seed without it."""
        with self.absent():
            return run_seed(self.scenario, seed)


def scenario(**changes: Any) -> Scenario:
    """A queue with hostile faults. `changes` are rates of `Faults`, or fields of `Scenario`."""
    return _changed(Scenario(Queue, use_queue, groups=1, group_options=GROUP_OPTIONS), changes)


def only(**changes: Any) -> Scenario:
    """As `scenario`, with no other faults than those given."""
    without = Scenario(Queue, read_often, faults=Faults.none(), groups=1, group_options=GROUP_OPTIONS)
    return _changed(without, changes)


def _changed(before: Scenario, changes: dict[str, Any]) -> Scenario:
    rates = {name: changes.pop(name) for name in [*changes] if name in Faults.kinds() or name == "duration"}
    return replace(before, faults=replace(before.faults, **rates), **changes)


async def read_often(queue: Queue, random: Random) -> None:
    """Adds jobs, or asks how many there are, with short pauses and a few longer ones."""
    for number in range(200):
        try:
            if random.random() < 0.6:
                await queue.length()
            else:
                await queue.push(f"job {number}")
        except ClusterError:
            await asyncio.sleep(0.05)
        await asyncio.sleep(random.random() * (1.0 if random.random() < 0.05 else 0.05))


async def push_often(queue: Queue, random: Random) -> None:
    """Adds jobs with hardly a pause, so that rounds have many messages."""
    for number in range(100):
        try:
            await queue.push(f"job {number}")
        except ClusterError:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.02 * random.random())


def clients_stay(patch: pytest.MonkeyPatch) -> None:
    """Clients stay with the first host that they have found, and do not move to the leader: followers are asked."""
    patch.setattr(ClientLink, "prefer", lambda self, address: None)


@contextmanager
def _fail_point(name: str) -> Iterator[None]:
    if not name:
        yield
        return
    from rraft import failpoints

    with failpoints.scenario():
        failpoints.cfg(name, "return")
        yield


def nothing(patch: pytest.MonkeyPatch) -> None:
    """Changes nothing in Python."""
