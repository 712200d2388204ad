"""Port of the unit tests of raft-rs src/tracker/progress.rs (v0.7.0)."""

import pytest

from rraft import INVALID_INDEX, Progress, ProgressState


def new_progress(state: ProgressState, matched: int, next_idx: int, pending_snapshot: int, ins_size: int) -> Progress:
    progress = Progress(next_idx, ins_size)
    progress.state = state
    progress.matched = matched
    progress.pending_snapshot = pending_snapshot
    return progress


@pytest.mark.parametrize(
    ("state", "paused", "is_paused"),
    [
        (ProgressState.Probe, False, False),
        (ProgressState.Probe, True, True),
        (ProgressState.Replicate, False, False),
        (ProgressState.Replicate, True, False),
        (ProgressState.Snapshot, False, True),
        (ProgressState.Snapshot, True, True),
    ],
    ids=str,
)
def test_progress_is_paused(state: ProgressState, paused: bool, is_paused: bool) -> None:
    progress = new_progress(state, 0, 0, 0, 256)
    progress.paused = paused

    assert progress.is_paused() == is_paused


def test_progress_resume() -> None:
    """`maybe_update` and `maybe_decr_to` reset `paused`."""
    progress = Progress(2, 256)

    progress.paused = True
    progress.maybe_decr_to(1, 1, INVALID_INDEX)
    assert not progress.paused

    progress.paused = True
    progress.maybe_update(2)
    assert not progress.paused


@pytest.mark.parametrize(
    ("state", "pending_snapshot", "next_idx"),
    [
        pytest.param(ProgressState.Replicate, 0, 2, id="replicate"),
        pytest.param(ProgressState.Snapshot, 10, 11, id="snapshot finish"),
        pytest.param(ProgressState.Snapshot, 0, 2, id="snapshot failure"),
    ],
)
def test_progress_become_probe(state: ProgressState, pending_snapshot: int, next_idx: int) -> None:
    matched = 1
    progress = new_progress(state, matched, 5, pending_snapshot, 256)

    progress.become_probe()

    assert progress.state == ProgressState.Probe
    assert progress.matched == matched
    assert progress.next_idx == next_idx


def test_progress_become_replicate() -> None:
    progress = new_progress(ProgressState.Probe, 1, 5, 0, 256)

    progress.become_replicate()

    assert progress.state == ProgressState.Replicate
    assert progress.matched == 1
    assert progress.matched + 1 == progress.next_idx


def test_progress_become_snapshot() -> None:
    progress = new_progress(ProgressState.Probe, 1, 5, 0, 256)

    progress.become_snapshot(10)

    assert progress.state == ProgressState.Snapshot
    assert progress.matched == 1
    assert progress.pending_snapshot == 10


PREV_MATCHED, PREV_NEXT = 3, 5


@pytest.mark.parametrize(
    ("update", "matched", "next_idx", "is_news"),
    [
        (PREV_MATCHED - 1, PREV_MATCHED, PREV_NEXT, False),
        (PREV_MATCHED, PREV_MATCHED, PREV_NEXT, False),
        (PREV_MATCHED + 1, PREV_MATCHED + 1, PREV_NEXT, True),
        (PREV_MATCHED + 2, PREV_MATCHED + 2, PREV_NEXT + 1, True),
    ],
)
def test_progress_update(update: int, matched: int, next_idx: int, is_news: bool) -> None:
    progress = Progress(PREV_NEXT, 256)
    progress.matched = PREV_MATCHED

    assert progress.maybe_update(update) == is_news
    assert progress.matched == matched
    assert progress.next_idx == next_idx


@pytest.mark.parametrize(
    ("state", "matched", "next_idx", "rejected", "last", "is_news", "expected_next_idx"),
    [
        # State replicate and rejected is not greater than match.
        (ProgressState.Replicate, 5, 10, 5, 5, False, 10),
        # State replicate and rejected is not greater than match.
        (ProgressState.Replicate, 5, 10, 4, 4, False, 10),
        # State replicate and rejected is greater than match: directly decrease to match + 1.
        (ProgressState.Replicate, 5, 10, 9, 9, True, 6),
        # next - 1 != rejected is always false.
        (ProgressState.Probe, 0, 0, 0, 0, False, 0),
        # next - 1 != rejected is always false.
        (ProgressState.Probe, 0, 10, 5, 5, False, 10),
        # next > 1: decremented by 1.
        (ProgressState.Probe, 0, 10, 9, 9, True, 9),
        # next > 1: decremented by 1.
        (ProgressState.Probe, 0, 2, 1, 1, True, 1),
        # next <= 1: reset to 1.
        (ProgressState.Probe, 0, 1, 0, 0, True, 1),
        # Decrease to min(rejected, last + 1).
        (ProgressState.Probe, 0, 10, 9, 2, True, 3),
        # rejected < 1: reset to 1.
        (ProgressState.Probe, 0, 10, 9, 0, True, 1),
    ],
    ids=str,
)
def test_progress_maybe_decr(
    state: ProgressState,
    matched: int,
    next_idx: int,
    rejected: int,
    last: int,
    is_news: bool,
    expected_next_idx: int,
) -> None:
    progress = new_progress(state, matched, next_idx, 0, 0)

    assert progress.maybe_decr_to(rejected, last, 0) == is_news
    assert progress.matched == matched
    assert progress.next_idx == expected_next_idx
