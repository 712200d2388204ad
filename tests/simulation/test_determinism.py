"""A run is a function of its seed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from example.key_value.main import KeyValues
from rraft.simulation import Faults, Scenario, random_calls, run_seed
from rraft.simulation.history import ClientOperation
from rraft.simulation.trace import Trace
from tests.harness.program import LIMIT, ROOT, environment
from tests.simulation.machines import Queue, use_queue

PROGRAM = """
from rraft.simulation import Scenario, run_seed
from tests.simulation.machines import Queue, use_queue
print(*(run_seed(Scenario(Queue, use_queue), seed).trace_hash for seed in range(5)))
"""


@pytest.mark.parametrize("seed", range(10))
def test_same_seed_is_the_same_run(seed: int) -> None:
    scenario = Scenario(Queue, use_queue)

    one, other = run_seed(scenario, seed), run_seed(scenario, seed)

    assert one.trace == other.trace
    assert one.trace_hash == other.trace_hash
    assert one.statistics == other.statistics


def test_other_seed_is_another_run() -> None:
    scenario = Scenario(KeyValues, random_calls)
    assert len({run_seed(scenario, seed).trace_hash for seed in range(5)}) == 5


CALL = ClientOperation(1, True, b"push", invoked=2.0, floor=0, returned=3.0, result=b"1", is_unknown=False)


def hash_of(
    message: tuple[float, bytes] = (1.0, b"vote"),
    event: tuple[float, str, str, str] = (1.5, "1", "leader", "host 1 in term 1"),
    call: ClientOperation = CALL,
) -> str:
    trace = Trace()
    trace.message(*message)
    trace.add(*event)
    return trace.hash([call])


@pytest.mark.parametrize(
    "other",
    [
        hash_of(message=(1.0, b"veto")),
        hash_of(message=(1.1, b"vote")),
        hash_of(event=(1.6, "1", "leader", "host 1 in term 1")),
        hash_of(event=(1.5, "2", "leader", "host 1 in term 1")),
        hash_of(event=(1.5, "1", "lost", "host 1 in term 1")),
        hash_of(event=(1.5, "1", "leader", "host 2 in term 1")),
        hash_of(call=replace(CALL, payload=b"pop")),
        hash_of(call=replace(CALL, result=b"2")),
        hash_of(call=replace(CALL, returned=3.1)),
    ],
    ids=["message", "its time", "time of event", "host", "kind", "text", "call", "result", "time of result"],
)
def test_hash_is_of_all_that_happened(other: str) -> None:
    assert hash_of() == hash_of()
    assert hash_of() != other


def test_run_does_not_depend_on_the_hash_seed_of_the_interpreter() -> None:
    results = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment() | {"PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=True,
        ).stdout.split()
        for hash_seed in ("1", "2", "random")
    ]
    assert len(results[0]) == 5
    assert results[0] == results[1] == results[2]


def test_removed_fault_leaves_the_calls_of_clients_as_they_are() -> None:
    scenario = Scenario(Queue, use_queue, faults=Faults(duration=5.0))
    plan = scenario.plan(1)

    runs = [run_seed(scenario, 1, faults) for faults in (plan, plan[1:], [])]

    payloads = [[(call.client, call.payload) for call in run.history if call.client == 1] for run in runs]
    assert payloads[0] == payloads[1] == payloads[2]
