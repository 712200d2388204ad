"""Makes a failing run smaller: fewer faults, less time, fewer clients, while it fails."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T")
N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Shrunk(Generic[T]):
    """What is left of a list."""

    items: list[T]
    """They fail. If `is_minimal`, they do not without any one of them."""
    is_minimal: bool
    """Whether each of the items was tried to leave out. Otherwise, the attempts have run out."""
    attempts: int
    """How many runs it took."""


class _OutOfAttempts(Exception):
    pass


class _Runs(Generic[T]):
    """The runs of parts of a list. Each part runs once."""

    def __init__(self, fails: Callable[[list[T]], bool], items: Sequence[T], max_attempts: int, end: float) -> None:
        self._fails = fails
        self._items = items
        self._max_attempts = max_attempts
        self._end = end
        self._known: dict[tuple[int, ...], bool] = {}
        self.attempts = 0

    def fails(self, chosen: Sequence[int]) -> bool:
        """Whether the items with these numbers fail. Raises `_OutOfAttempts`."""
        key = tuple(chosen)
        known = self._known.get(key)
        if known is None:
            if self.attempts >= self._max_attempts or time.monotonic() > self._end:
                raise _OutOfAttempts
            self.attempts += 1
            known = self._known[key] = self._fails([self._items[number] for number in chosen])
        return known


def shrink(
    fails: Callable[[list[T]], bool], items: Sequence[T], *, max_attempts: int = 500, seconds: float = math.inf
) -> Shrunk[T]:
    """Finds a minimal part of `items` that fails, by delta debugging (ddmin), and by leaving out one after the other.

    `fails` is called with parts of the list, in the order of the list. The result is not the smallest part of all: it
    is one that succeeds without any one of its items. The whole list is thought to fail, and is not tried. After so
    many attempts or seconds, nothing more is tried.
    """
    runs = _Runs(fails, items, max_attempts, time.monotonic() + seconds)
    best = list(range(len(items)))
    is_minimal = True
    try:
        if best and runs.fails([]):
            best = []
        pieces = 2
        while len(best) > 1:
            smaller = _without_a_piece(runs, best, pieces)
            if smaller is not None:
                # A piece alone begins again with halves; what is left without one keeps the size of the pieces.
                pieces = max(2, min(pieces - 1, len(smaller))) if len(smaller) > len(best) // pieces else 2
                best = smaller
            elif pieces < len(best):
                pieces = min(2 * pieces, len(best))
            else:
                break
    except _OutOfAttempts:
        is_minimal = False
    return Shrunk([items[number] for number in best], is_minimal, runs.attempts)


def _without_a_piece(runs: _Runs[T], chosen: list[int], pieces: int) -> list[int] | None:
    """One of the pieces, or what is left without one of them, that fails."""
    bounds = [len(chosen) * number // pieces for number in range(pieces + 1)]
    parts = [(chosen[begin:end], chosen[:begin] + chosen[end:]) for begin, end in pairwise(bounds)]
    for piece, _ in parts:
        if runs.fails(piece):
            return piece
    for _, rest in reversed(parts):  # late faults matter least
        if runs.fails(rest):
            return rest
    return None


def shrink_number(fails: Callable[[N], bool], number: N, *, least: N, tolerance: N, max_attempts: int = 30) -> N:
    """Finds a small number that fails, at least `least`: an end time, or how many clients or operations there are.

    `number` is thought to fail. It is halved in distance to `least` while that fails, then between the largest number
    that is known to succeed and the smallest known to fail, until they are as near as `tolerance`.
    """
    if number <= least:
        return number
    if fails(least):
        return least
    succeeds, best = least, number
    for _ in range(max_attempts - 1):
        middle = type(number)(succeeds + (best - succeeds) / 2)
        if best - succeeds <= tolerance or middle in (succeeds, best):
            break
        if fails(middle):
            best = middle
        else:
            succeeds = middle
    return best
