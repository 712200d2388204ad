"""Clients of a simulation: they crash and start again, and some stay with their host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rraft.cluster.core.group import GroupCore
from rraft.simulation import Fault, Faults, Run, Scenario, client_process, run_seed
from tests.simulation.machines import Queue, use_queue

CALM = Scenario(Queue, use_queue, faults=Faults.none(), groups=1)


def sessions(run: Run, client: int) -> set[int]:
    """The sessions of the commands of a client that were sent."""
    return {operation.session for operation in run.history if operation.client == client and operation.session}


def test_client_that_crashes_has_another_session() -> None:
    run = run_seed(CALM, 1, [Fault(3.0, "client_crashes", (0, 0.5))])

    assert run.failure is None
    assert [len(sessions(run, client)) for client in (1, 2)] == [2, 1]
    assert [event.host for event in run.trace if event.kind == "crash"] == ["client 1"]


def test_outcome_of_what_a_crashed_client_has_called_is_unknown() -> None:
    crashes = [Fault(1.0 + 0.25 * number, "client_crashes", (number, 0.05)) for number in range(40)]

    run = run_seed(CALM, 1, crashes)

    assert run.failure is None
    assert run.statistics.unknown > 0
    assert all(operation.returned == float("inf") for operation in run.history if operation.is_unknown)


def test_client_that_has_done_its_work_does_not_crash() -> None:
    run = run_seed(CALM, 1, [Fault(1000.0, "client_crashes", (0, 0.5))])
    assert run.statistics.faults == {}


@pytest.mark.parametrize(("staying", "least", "most"), [(0.0, 0, 10), (1.0, 15, 1000)])
def test_followers_are_read_by_clients_that_stay(
    staying: float, least: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, read = GroupCore.query, [0]

    def count(self: GroupCore, payload: bytes, done: Callable[[Any], None]) -> None:
        read[0] += not self.is_leader
        query(self, payload, done)

    monkeypatch.setattr(GroupCore, "query", count)
    monkeypatch.setattr(client_process, "STAYING", staying)

    for seed in range(3):
        assert run_seed(CALM, seed).failure is None

    assert least <= read[0] <= most


def last_members(run: Run) -> str:
    """The members, as a host knew them at the end."""
    return [event.text for event in run.trace if event.kind == "members"][-1]


@pytest.mark.parametrize(
    ("plan", "members"),
    [
        ([Fault(1.0, "learners", (0,))], "voters [1, 2, 3], learners [4]"),
        ([Fault(1.0, "learners", (0,)), Fault(6.0, "promotions", (0,))], "voters [1, 2, 3, 4], learners []"),
        ([Fault(1.0, "learners", (0,)), Fault(6.0, "removals", (0,))], "voters [1, 2, 3], learners []"),
        ([Fault(1.0, "additions", (0,))], "voters [1, 2, 3, 4], learners []"),
    ],
    ids=["remains", "promoted", "removed", "added"],
)
def test_learner(plan: list[Fault], members: str) -> None:
    run = run_seed(CALM, 1, plan)

    assert run.failure is None
    assert last_members(run) == members
