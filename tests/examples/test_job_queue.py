"""`example/job_queue`: the program, and the state machine."""

import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from example.job_queue.main import Jobs
from rraft.simulation import simulate
from tests.harness.ports import free_port_range
from tests.harness.program import EXAMPLE, LIMIT, environment

PROGRAM = EXAMPLE / "job_queue" / "main.py"


def test_program(tmp_path: Path) -> None:
    port = free_port_range(4)

    ended = subprocess.run(
        [sys.executable, PROGRAM, "--directory", tmp_path, "--port", str(port)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )

    assert ended.returncode == 0, ended.stderr
    enqueued, killed, added, removed, completed = ended.stdout.splitlines()
    assert enqueued == "enqueued: [1, 2, 3]"
    leader = re.fullmatch(r"host ([123]), the leader, is killed; leased: \(1, 'job a'\)", killed)
    assert leader is not None
    assert added == "host 4 is added; jobs: 3 - voters: [1, 2, 3, 4]"
    rest = [host for host in (1, 2, 3, 4) if host != int(leader[1])]
    assert removed == f"host {leader[1]} left; jobs: 3 - voters: {rest}"
    assert completed == "completed: True"


def test_program_is_short() -> None:
    assert len(PROGRAM.read_text().splitlines()) < 100


async def work(jobs: Jobs, random: Random) -> None:
    """Enqueues jobs, and works until none is left."""
    for number in range(5):
        await jobs.enqueue(f"job {number}")
        if leased := await jobs.lease(random.choice([0.1, 60.0])):
            await jobs.complete(leased[0])
    assert await jobs.length() <= 10


def test_queue_under_faults() -> None:
    statistics = simulate(Jobs, work, seeds=range(20))
    assert sum(run.operations for run in statistics) > 500


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the log, which the test sets."""
    times = [0.0]

    class Now:
        @property
        def time(self) -> float:
            return times[0]

    monkeypatch.setattr(Jobs, "context", Now())
    return times


def test_lease_ends(clock: list[float]) -> None:
    jobs = Jobs()
    enqueue, lease, complete = Jobs.enqueue.function, Jobs.lease.function, Jobs.complete.function
    enqueue(jobs, "one")
    enqueue(jobs, "two")

    assert lease(jobs, 60.0) == (1, "one")
    assert lease(jobs, 60.0) == (2, "two")
    assert lease(jobs, 60.0) is None
    assert complete(jobs, 2)
    clock[0] = 60.0
    assert lease(jobs, 60.0) == (1, "one")
    assert Jobs.length.function(jobs) == 1
    assert complete(jobs, 1)
    assert not complete(jobs, 1)
