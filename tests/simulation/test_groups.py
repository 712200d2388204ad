"""Several groups on the hosts of a simulation."""

from __future__ import annotations

from random import Random

from rraft.cluster import command
from rraft.simulation import Fault, Faults, Scenario, run_seed
from tests.simulation.machines import Queue, use_queue

CALM = Scenario(Queue, use_queue, faults=Faults.none(), groups=3)


def test_seed_decides_how_many_groups_there_are() -> None:
    scenario = Scenario(Queue, use_queue)
    assert {scenario.count_groups(seed) for seed in range(50)} == {1, 2, 3}


def test_each_group_has_its_own_history() -> None:
    run = run_seed(CALM, 1)

    assert run.failure is None
    assert [{operation.client for operation in run.history if operation.group == group} for group in (1, 2, 3)] == [
        {1, 2},
        {3},
        {4},
    ]


def test_each_group_elects_a_leader() -> None:
    run = run_seed(CALM, 1)

    leaders = [event.text for event in run.trace if event.kind == "leader"]
    assert all(any(text.startswith(f"group {group}: host") for text in leaders) for group in (1, 2, 3))


def test_host_that_is_added_joins_all_groups() -> None:
    run = run_seed(CALM, 1, [Fault(1.0, "additions", (0,))])

    assert run.failure is None
    members = {event.text for event in run.trace if event.kind == "members" and event.host == "4"}
    assert members >= {f"group {group}: voters [1, 2, 3, 4], learners []" for group in (1, 2, 3)}


def test_host_that_is_removed_leaves_all_groups() -> None:
    run = run_seed(CALM, 1, [Fault(1.0, "additions", (0,)), Fault(8.0, "removals", (3,))])

    assert run.failure is None
    stopped = {event.text for event in run.trace if event.kind == "stopped" and event.host == "4"}
    assert len(stopped) == 3


class TakesAny(Queue):
    """Its hosts differ."""

    @command
    def pop(self) -> str:
        """Takes any job."""
        if not self.waiting:
            raise LookupError("the queue is empty")
        return self.waiting.pop(Random().randrange(len(self.waiting)))


def test_violation_names_the_group() -> None:
    failure = run_seed(Scenario(TakesAny, use_queue, faults=Faults.none(), clients=1, groups=2), 1).failure

    assert failure is not None
    assert failure.violated == "equal states"
    assert failure.text.startswith("group ")
