"""Port of raft-rs src/confchange/datadriven_test.rs (v0.7.0)."""

from collections.abc import Sequence

import pytest

from rraft import (
    Changer,
    ConfChangeError,
    ProgressTracker,
    parse_conf_change,
)
from tests.harness.datadriven import Case, read_folder

FILES = read_folder("src/confchange/testdata")


def run_conf_change(tracker: ProgressTracker, case: Case, idx: int) -> str:
    """Applies the command of a case to `tracker`. Returns the new configuration, or the error."""
    ccs = parse_conf_change(case.input)
    try:
        match case.command:
            case "simple":
                conf, changes = Changer(tracker).simple(ccs)
            case "enter-joint":
                assert case.arguments.keys() <= {"autoleave"}
                [auto_leave] = case.arguments.get("autoleave", ["false"])
                conf, changes = Changer(tracker).enter_joint({"false": False, "true": True}[auto_leave], ccs)
            case "leave-joint":
                assert not case.arguments
                conf, changes = Changer(tracker).leave_joint()
            case _:
                raise ValueError(f"unknown command: {case.command}")
    except ConfChangeError as error:
        return f"{error}\n"
    tracker.apply_conf(conf, changes, idx)

    text = f"{tracker.conf()}\n"
    learners = tracker.conf().learners()
    for member, progress in tracker.iter():
        text += f"{member}: State{progress.state} match={progress.matched} next={progress.next_idx}"
        text += " learner\n" if member in learners else "\n"
    return text


@pytest.mark.parametrize(
    "history",
    [pytest.param(cases[:number], id=str(case)) for cases in FILES for number, case in enumerate(cases, start=1)],
)
def test_conf_change_data_driven(history: Sequence[Case]) -> None:
    """The commands of a file share one tracker, so a case runs those before it."""
    tracker = ProgressTracker(10)

    texts = [run_conf_change(tracker, case, idx) for idx, case in enumerate(history)]

    assert texts[-1] == history[-1].expected


def test_conf_change_data_driven_is_complete() -> None:
    assert sum(len(cases) for cases in FILES) == 55
    assert {cases[0].file: len(cases) for cases in FILES} == {
        "joint_autoleave.txt": 4,
        "joint_idempotency.txt": 3,
        "joint_learners_next.txt": 3,
        "joint_safety.txt": 15,
        "simple_idempotency.txt": 11,
        "simple_promote_demote.txt": 7,
        "simple_safety.txt": 11,
        "zero.txt": 1,
    }
