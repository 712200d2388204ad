"""What a failure tells: the fewest faults, a timeline, and a picture."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from rraft.simulation import SimulationError, explain, random_calls, run_seed, simulate, write_picture
from rraft.simulation.many import main
from rraft.simulation.run import Run, Scenario
from tests.simulation.test_simulate import BROKEN, Forgetful, Register

SCENARIO = Scenario(Forgetful, random_calls)


@cache
def failed_run() -> Run:
    """The first run that fails with more than one fault."""
    runs = (run_seed(SCENARIO, seed) for seed in range(50))
    return next(run for run in runs if run.failure is not None and len(run.failure.faults) > 5)


def test_error_has_the_fewest_faults() -> None:
    run = failed_run()
    assert run.failure is not None

    error = explain(SCENARIO, run)

    assert error.violated == run.failure.violated
    assert 1 <= len(error.faults) < len(run.failure.faults)
    assert set(error.faults) <= set(run.failure.faults)
    for left_out in error.faults:
        rest = [fault for fault in error.faults if fault != left_out]
        other = run_seed(SCENARIO, run.seed, rest).failure
        assert other is None or other.violated != error.violated
    again = run_seed(SCENARIO, run.seed, error.faults).failure
    assert again is not None
    assert again.trace == error.trace


def test_text_has_the_faults_and_a_timeline() -> None:
    with pytest.raises(SimulationError, match="equal states") as raised:
        simulate(Forgetful, seeds=range(50))

    head, _, report = str(raised.value).partition("\n\n")
    assert re.fullmatch(r"seed \d+: equal states: .*", head)
    assert report.startswith("The state machine alone, without hosts, may explain it. ")
    assert "the snapshot is not the whole state:\n" in report
    assert "\n\nWith these of " in report
    assert all(f"\n    {fault}\n" in report for fault in raised.value.faults)
    assert re.search(r"\n *\d+\.\d{3}  -  +violation  equal states: ", report)


def test_bound_of_runs_is_told() -> None:
    error = explain(SCENARIO, failed_run(), max_runs=1)
    assert "faults after 1 runs, perhaps not the fewest:\n" in str(error)


def test_run_that_has_not_failed() -> None:
    scenario = replace(SCENARIO, make=Register)
    with pytest.raises(ValueError, match="seed 1 has not failed"):
        explain(scenario, run_seed(scenario, 1))


def test_picture_has_hosts_clients_and_faults(tmp_path: Path) -> None:
    error = explain(SCENARIO, failed_run())

    write_picture(error, tmp_path / "run.html")

    page = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert f"seed {error.seed}: equal states" in page
    for name in ("client 1", "client 2", "violation"):
        assert name in page


def test_command_line_writes_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert BROKEN["state that no snapshot has"][0] is Forgetful

    assert main(["--seeds", "50", "--pictures", str(tmp_path / "new"), "tests.simulation.test_simulate:Forgetful"]) == 1

    [seeds] = re.findall(r"\nfailed: \[(.+)\]", capsys.readouterr().out)
    assert {path.name for path in (tmp_path / "new").iterdir()} == {f"seed-{seed}.html" for seed in seeds.split(", ")}
