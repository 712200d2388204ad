"""raft's fail points: places where a test can make raft fail. Mirrors the crate `fail`.

They are there in builds with the cargo feature `failpoints` only; in others, importing this module fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from . import rraft as _extension

_points: Any = getattr(_extension, "_failpoints", None)
if _points is None:
    raise ImportError("this build of rraft has no fail points: it takes the cargo feature 'failpoints'")


def cfg(name: str, actions: str) -> None:
    """Sets what happens at the fail point `name`: `panic`, `return`, `sleep(100)`, ...

    Raises `ValueError` for actions that there are not. Mirrors `fail::cfg`.
    """
    _points.cfg(name, actions)


def remove(name: str) -> None:
    """Lets nothing happen at the fail point `name`. Mirrors `fail::remove`."""
    _points.remove(name)


def list() -> Sequence[tuple[str, str]]:  # noqa: A001
    """The fail points that are set, each with what happens there. Mirrors `fail::list`."""
    points: Sequence[tuple[str, str]] = _points.list()
    return points


@contextmanager
def scenario() -> Iterator[None]:
    """Lets nothing happen at any fail point when the block is left. Mirrors `fail::FailScenario`."""
    try:
        yield
    finally:
        for name, _ in list():
            remove(name)
