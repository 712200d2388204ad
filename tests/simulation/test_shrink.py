"""Shrinking with made-up failures."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from rraft.simulation.shrink import Shrunk, shrink, shrink_number

Fails = Callable[[list[int]], bool]


def needs(*numbers: int) -> Fails:
    """Fails if all the numbers are there."""
    return lambda items: set(numbers) <= set(items)


FAILURES: dict[str, tuple[Fails, list[int]]] = {
    "always": (lambda items: True, []),
    "one item": (needs(63), [63]),
    "first and last": (needs(0, 99), [0, 99]),
    "five items": (needs(3, 14, 15, 92, 65), [3, 14, 15, 65, 92]),
    "all": (lambda items: len(items) == 100, list(range(100))),
    "odd number of items, and an item": (lambda items: len(items) % 2 == 1 and 7 in items, [7]),
}


@pytest.mark.parametrize(("fails", "expected"), FAILURES.values(), ids=FAILURES)
def test_finds_the_minimal_part(fails: Fails, expected: list[int]) -> None:
    shrunk = shrink(fails, range(100))

    assert shrunk.items == expected
    assert shrunk.is_minimal


@pytest.mark.parametrize("seed", range(50))
def test_no_item_of_the_result_can_be_left_out(seed: int) -> None:
    """Failures with several causes, and with items that prevent them."""
    source = random.Random(seed)
    causes = [set(source.sample(range(40), source.randrange(1, 5))) for _ in range(3)]
    prevention = {source.randrange(40): source.randrange(40) for _ in range(5)}

    def fails(items: list[int]) -> bool:
        prevented = {prevention[item] for item in items if item in prevention}
        return any(cause <= set(items) and not cause & prevented for cause in causes)

    items = list(range(40))
    if not fails(items):
        items = sorted(causes[0])
        prevention.clear()
    shrunk = shrink(fails, items, max_attempts=2000)

    assert shrunk.is_minimal
    assert fails(shrunk.items)
    for item in shrunk.items:
        assert not fails([other for other in shrunk.items if other != item])


def test_needs_few_runs() -> None:
    assert shrink(needs(500), range(1000)).attempts < 30
    assert shrink(needs(100, 900), range(1000)).attempts < 100


def test_runs_nothing_twice() -> None:
    tried: list[tuple[int, ...]] = []

    def fails(items: list[int]) -> bool:
        tried.append(tuple(items))
        return {1, 5, 6} <= set(items)

    shrunk = shrink(fails, range(8))

    assert len(tried) == len(set(tried)) == shrunk.attempts


def test_keeps_the_best_part_when_the_attempts_run_out() -> None:
    shrunk = shrink(needs(3, 14, 15, 92, 65), range(100), max_attempts=15)

    assert {3, 14, 15, 92, 65} <= set(shrunk.items)
    assert len(shrunk.items) < 100
    assert not shrunk.is_minimal
    assert shrunk.attempts == 15


def test_keeps_equal_items_apart() -> None:
    assert shrink(lambda items: items.count("a") >= 2, ["a", "b", "a", "a"]).items == ["a", "a"]


def test_an_empty_list_stays_empty() -> None:
    assert shrink(needs(1), []) == Shrunk([], True, 0)


@pytest.mark.parametrize("smallest", [1, 2, 37, 99, 100])
def test_shrinks_a_count(smallest: int) -> None:
    assert shrink_number(lambda count: count >= smallest, 100, least=1, tolerance=1) == smallest


def test_shrinks_a_time() -> None:
    end = shrink_number(lambda seconds: seconds > 12.3, 30.0, least=0.0, tolerance=0.1)
    assert 12.3 < end <= 12.4


def test_shrinks_to_what_fails_even_if_larger_numbers_do_not() -> None:
    tried = {}

    def fails(count: int) -> bool:
        tried[count] = count in (100, 50, 25, 13)
        return tried[count]

    assert shrink_number(fails, 100, least=1, tolerance=1) == 13
    assert not tried[1]


def test_bounds_the_attempts_for_a_number() -> None:
    tried: list[float] = []

    def fails(seconds: float) -> bool:
        tried.append(seconds)
        return seconds > 1.0

    assert shrink_number(fails, 1000.0, least=0.0, tolerance=0.0, max_attempts=5) == 62.5
    assert len(tried) == 5
