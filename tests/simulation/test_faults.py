"""Plans of faults."""

from __future__ import annotations

from collections import Counter

import pytest

from rraft.simulation import Fault, Faults, Scenario, run_seed
from rraft.simulation.injector import Injector
from tests.simulation.machines import Queue, use_queue


def plans(faults: Faults, seeds: int = 100) -> Counter[str]:
    """How often each kind occurs in the plans of some seeds."""
    return Counter(fault.kind for seed in range(seeds) for fault in faults.plan(str(seed), 3, 2))


def test_plan_is_a_function_of_the_seed() -> None:
    assert Faults().plan("1", 3, 2) == Faults().plan("1", 3, 2)
    assert Faults().plan("1", 3, 2) != Faults().plan("2", 3, 2)


def test_plan_is_in_the_order_of_time_and_ends() -> None:
    for seed in range(20):
        times = [fault.time for fault in Faults(duration=10.0).plan(str(seed), 3, 2)]
        assert times == sorted(times)
        assert times[-1] < 10.0


@pytest.mark.parametrize("kind", Faults.kinds())
def test_kind_occurs_as_often_as_its_rate_says(kind: str) -> None:
    counts = plans(Faults(duration=60.0))
    rate = getattr(Faults(), kind)
    assert 0.5 * rate < counts[kind] / 100 < 1.5 * rate


@pytest.mark.parametrize("kind", Faults.kinds())
def test_rate_of_a_kind_leaves_the_others_as_they_are(kind: str) -> None:
    all_kinds = Faults().plan("1", 3, 2)
    without = Faults(**{kind: 0.0}).plan("1", 3, 2)
    assert without == [fault for fault in all_kinds if fault.kind != kind]


@pytest.mark.parametrize("kind", Faults.kinds())
def test_injector_carries_out_each_kind(kind: str) -> None:
    assert callable(getattr(Injector, f"_{kind}"))


def test_presets() -> None:
    assert plans(Faults.none()) == Counter()
    assert set(plans(Faults.gentle())) == {"loss", "slow_paths", "resets", "restarts", "transfers", "snapshots"}
    assert set(plans(Faults.hostile())) == set(Faults.kinds())


def test_part_of_a_plan_is_a_plan() -> None:
    scenario = Scenario(Queue, use_queue)
    plan = scenario.plan(3)
    assert len(plan) > 10
    for part in (plan[::2], plan[1::2], plan[:3]):
        run = run_seed(scenario, 3, part)
        assert run.failure is None
        assert run.plan == tuple(part)
        assert sum(run.statistics.faults.values()) <= len(part)


def delay_of_the_first_leader(seed: int) -> float:
    """How long the leader that cannot be reached does not know of the next one, in seconds."""
    scenario = Scenario(Queue, use_queue, faults=Faults.none(), groups=1)
    run = run_seed(scenario, seed, [Fault(3.0, "unreachable_leaders", (0, 0.005, 0.4))])
    assert run.failure is None
    leads = [(event.time, event.host, event.text) for event in run.trace if event.kind == "leader"]
    first = next(host for _, host, seen in leads if seen == f"host {host} in term 2")
    began = next(time for time, host, seen in leads if seen == f"host {host} in term 3")
    return next(time for time, host, seen in leads if host == first and seen.endswith(" in term 3")) - began


def test_leader_that_cannot_be_reached_does_not_learn_of_the_next_one() -> None:
    """Unless the messages of the next one are faster than the partition."""
    delays = [delay_of_the_first_leader(seed) for seed in range(8)]

    assert sum(delay > 0.3 for delay in delays) >= 3
