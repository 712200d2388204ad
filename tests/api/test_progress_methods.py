"""The methods of `Progress` and `Inflights` that raft-rs's tests do not cover."""

from __future__ import annotations

import pytest

from rraft import INVALID_INDEX, Inflights, Progress, ProgressState, RaftPanicError


@pytest.fixture
def progress() -> Progress:
    """The progress of a peer whose next entry is 5, with a window of 2."""
    return Progress(next_idx=5, ins_size=2)


def test_new_progress(progress: Progress) -> None:
    assert progress.state == ProgressState.Probe
    assert progress.next_idx == 5
    assert progress.pending_request_snapshot == INVALID_INDEX
    assert progress.ins == Inflights(2)
    assert not progress.is_paused()


def test_pause_and_resume(progress: Progress) -> None:
    progress.pause()
    assert progress.paused
    assert progress.is_paused()

    progress.resume()
    assert not progress.paused
    assert not progress.is_paused()


@pytest.mark.parametrize(("matched", "is_caught_up"), [(8, False), (9, True), (10, True)])
def test_is_snapshot_caught_up(progress: Progress, matched: int, is_caught_up: bool) -> None:
    progress.become_snapshot(9)
    progress.matched = matched

    assert progress.is_snapshot_caught_up() is is_caught_up


@pytest.mark.parametrize("state", [ProgressState.Probe, ProgressState.Replicate])
def test_is_snapshot_caught_up_is_false_in_other_states(progress: Progress, state: ProgressState) -> None:
    progress.state = state
    progress.matched = progress.pending_snapshot = 9

    assert not progress.is_snapshot_caught_up()


def test_snapshot_failure(progress: Progress) -> None:
    progress.become_snapshot(9)

    progress.snapshot_failure()

    assert progress.pending_snapshot == 0
    assert progress.state == ProgressState.Snapshot


def test_update_committed_never_lowers_the_index(progress: Progress) -> None:
    progress.update_committed(4)
    progress.update_committed(3)
    assert progress.committed_index == 4

    progress.update_committed(5)
    assert progress.committed_index == 5


def test_optimistic_update(progress: Progress) -> None:
    progress.optimistic_update(9)

    assert (progress.matched, progress.next_idx) == (0, 10)


def test_update_state_pauses_a_probing_peer(progress: Progress) -> None:
    progress.update_state(6)

    assert progress.is_paused()
    assert progress.next_idx == 5
    assert progress.ins.count() == 0


def test_update_state_of_a_replicating_peer_fills_its_window(progress: Progress) -> None:
    progress.become_replicate()

    progress.update_state(6)
    progress.update_state(7)

    assert progress.next_idx == 8
    assert progress.ins.full()
    assert progress.is_paused()


def test_update_state_panics_in_snapshot(progress: Progress) -> None:
    progress.become_snapshot(9)

    with pytest.raises(RaftPanicError, match="updating progress state in unhandled state Snapshot"):
        progress.update_state(6)


def test_window_can_be_reset() -> None:
    inflights = Inflights(2)
    inflights.add(1)
    inflights.add(2)
    assert inflights != Inflights(2)

    inflights.reset()

    assert inflights.count() == 0
    assert not inflights.full()
    assert not inflights.buffer_is_allocated()
    assert inflights == Inflights(2)


@pytest.mark.parametrize("state", [ProgressState.Probe, ProgressState.Snapshot], ids=str)
@pytest.mark.parametrize(
    ("matched", "next_idx", "rejected", "match_hint", "next_after"),
    [
        (5, 6, 5, 5, 6),
        (5, 6, 5, 2, 6),
        (5, 10, 9, 2, 6),
        (5, 10, 9, 5, 6),
        (5, 10, 9, 6, 7),
        (5, 4, 3, 0, 6),
    ],
)
def test_next_index_stays_above_matched(
    state: ProgressState, matched: int, next_idx: int, rejected: int, match_hint: int, next_after: int
) -> None:
    """As in later versions of raft-rs (#557)."""
    progress = Progress(next_idx, 256)
    progress.state, progress.matched, progress.paused = state, matched, True

    assert progress.maybe_decr_to(rejected, match_hint, 0)

    assert (progress.next_idx, progress.paused) == (next_after, False)


def test_next_index_may_fall_for_a_requested_snapshot() -> None:
    progress = Progress(6, 256)
    progress.matched = 5

    assert progress.maybe_decr_to(5, 5, 3)

    assert (progress.next_idx, progress.pending_request_snapshot) == (6, 3)
