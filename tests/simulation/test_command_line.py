"""`python -m rraft.simulation`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rraft.simulation import Scenario, run_seed
from rraft.simulation.many import main
from tests.simulation.machines import Queue, use_queue

QUEUE = "tests.simulation.machines:Queue"
WORKLOAD = "--workload=tests.simulation.machines:use_queue"


def test_seeds_that_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "3:15", WORKLOAD, QUEUE]) == 0
    output = capsys.readouterr().out
    assert "seeds 3 to 14 of 14: 0 failed, " in output
    assert output.endswith("no violation\n")


@pytest.mark.parametrize("faults", ["none", "gentle", "hostile"])
def test_random_calls_with_each_preset(faults: str) -> None:
    assert main(["--seeds", "2", "--faults", faults, "--hosts", "2", "--clients", "1", "--groups", "2", QUEUE]) == 0


def test_processes_run_the_same_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = []
    for jobs in ("1", "2"):
        assert main(["--seeds", "30", "-j", jobs, "--duration", "5", WORKLOAD, QUEUE]) == 0
        results.append([line.partition(" in ")[0] for line in capsys.readouterr().out.splitlines()])
    assert results[0] == results[1]
    assert len(results[0]) == 3 + 2


def test_run_is_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "new" / "progress"
    assert main(["--seeds", "10", "--resume", str(file), WORKLOAD, QUEUE]) == 0
    state = json.loads(file.read_text())
    assert (state["next"], state["failed"]) == (10, [])
    capsys.readouterr()

    assert main(["--seeds", "12", "--resume", str(file), WORKLOAD, QUEUE]) == 0

    assert "seeds 10 to 11 of 11: 0 failed, " in capsys.readouterr().out


@pytest.mark.parametrize("other", [["--seeds", "1:10"], ["--seeds", "10", "--hosts", "2"]], ids=["seed", "scenario"])
def test_another_run_is_not_resumed(other: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "progress"
    assert main(["--seeds", "5", "--resume", str(file), WORKLOAD, QUEUE]) == 0
    before = file.read_text()

    with pytest.raises(SystemExit, match="2"):
        main([*other, "--resume", str(file), WORKLOAD, QUEUE])

    assert f"{file} is about another run" in capsys.readouterr().err
    assert file.read_text() == before


def test_time_is_limited(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", f"{10**15}", "--seconds", "0", WORKLOAD, QUEUE]) == 0
    assert f"seeds 0 to 9 of {10**15 - 1}: 0 failed, " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--seeds", "many", QUEUE], "--seeds: expected a number, or two as in 0:1000, got 'many'"),
        (["--seeds", "5:5", QUEUE], "--seeds: expected at least one seed, got '5:5'"),
        (["no_such_module:Queue"], "No module named 'no_such_module'"),
        (["tests.simulation.machines:NoSuchClass"], "has no attribute 'NoSuchClass'"),
        (["tests.simulation.machines"], "expected module:name, got 'tests.simulation.machines'"),
        (["tests.simulation.machines:__doc__"], "state_machine: expected a class or a function, got str"),
        (["--seeds", "5:", QUEUE], "--seeds: expected a number, or two as in 0:1000, got '5:'"),
        (["--resume", "/", QUEUE], "/ does not say how far a run has come: "),
        (["--resume", "/dev/null", QUEUE], "/dev/null does not say how far a run has come: "),
        (["--pictures", "/dev/null/pictures", QUEUE], "Not a directory: '/dev/null/pictures'"),
        (["--jobs", "0", QUEUE], "--jobs: expected at least 1, got 0"),
    ],
)
def test_wrong_argument(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert text in capsys.readouterr().err


def test_hashes_are_those_of_the_runs(tmp_path: Path) -> None:
    file = tmp_path / "hashes" / "here"

    assert main(["--seeds", "3:15", "--hashes", str(file), WORKLOAD, QUEUE]) == 0

    lines = [line.split() for line in file.read_text().splitlines()]
    assert [int(seed) for seed, _ in lines] == list(range(3, 15))
    assert lines[1][1] == run_seed(Scenario(Queue, use_queue), 4).trace_hash


def test_resumed_run_adds_hashes(tmp_path: Path) -> None:
    options = ["--hashes", str(tmp_path / "hashes"), "--resume", str(tmp_path / "progress"), "--duration=1"]
    for seeds in ("2", "4"):
        assert main(["--seeds", seeds, *options, WORKLOAD, QUEUE]) == 0

    lines = (tmp_path / "hashes").read_text().splitlines()

    assert [line.split()[0] for line in lines] == ["0", "1", "2", "3"]


BROKEN = "tests.simulation.test_simulate:Forgetful"


def test_violation_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "100", BROKEN]) == 1
    output = capsys.readouterr().out
    assert ": equal states: host" in output
    assert " violation " in output
    assert "\nfailed: [" in output


def test_run_goes_on_after_a_violation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "progress"
    assert main(["--seeds", "20", "--keep-going", "--resume", str(file), BROKEN]) == 1
    state = json.loads(file.read_text())
    assert state["next"] == 20
    assert state["failed"]
