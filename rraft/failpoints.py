"""Fail points, at which a test can make raft fail. Mirrors the crate `fail`.

Only builds with the cargo feature `failpoints` have them; in other builds, this module cannot be imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from . import rraft as _extension

_points: Any = getattr(_extension, "_failpoints", None)
if _points is None:
    raise ImportError("this build of rraft has no fail points: build it with the cargo feature 'failpoints'")


def cfg(name: str, actions: str) -> None:
    """Sets what happens at the fail point `name`: `panic`, `return`, `sleep(100)`, ...

    Raises `ValueError` for unknown actions. Mirrors `fail::cfg`.
    """
    _points.cfg(name, actions)


def remove(name: str) -> None:
    """Disables the fail point `name`. Mirrors `fail::remove`."""
    _points.remove(name)


def list() -> Sequence[tuple[str, str]]:  # noqa: A001
    """The enabled fail points, with their actions. Mirrors `fail::list`."""
    points: Sequence[tuple[str, str]] = _points.list()
    return points


@contextmanager
def scenario() -> Iterator[None]:
    """Disables all fail points when the block ends. Mirrors `fail::FailScenario`."""
    try:
        yield
    finally:
        for name, _ in list():
            remove(name)
