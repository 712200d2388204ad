"""The check of a list: histories that are linearizable, and others."""

from __future__ import annotations

import pytest

from rraft.simulation.linearizability import Verdict

from .history import History
from .program import digest


def history(*, unknown: str = "") -> History:
    """Two appends one after the other, then a read."""
    result = History()
    for time, text in enumerate("xy"):
        result.appended(result.append("a", text, time), time + 1, time + 0.5)
    for text in unknown:
        result.append("b", text, 0.0)
    result.read("a", (2, digest(digest(0, "x"), "y")), 2.0, 2.5)
    return result


@pytest.mark.parametrize(
    ("unknown", "final"), [("", "xy"), ("z", "xy"), ("z", "xyz"), ("uz", "xyzu")], ids=["plain", "never", "late", "two"]
)
def test_linearizable(unknown: str, final: str) -> None:
    assert history(unknown=unknown).check(list(final)).verdict is Verdict.LINEARIZABLE


@pytest.mark.parametrize(
    ("unknown", "final", "message"),
    [
        ("", "x", r"append\('y'\) -> 2"),
        ("", "yx", r"append\('x'\) -> 1"),
        ("z", "xzy", r"append\('y'\) -> 2"),
        ("", "xyx", "a text was appended twice"),
        ("", "xyz", "a text was appended by nobody"),
    ],
    ids=["lost", "order", "length", "twice", "nobody"],
)
def test_not_linearizable(unknown: str, final: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        history(unknown=unknown).check(list(final))


@pytest.mark.parametrize("state", [(1, digest(0, "x")), (2, 7), (3, 0)], ids=["stale", "other texts", "too long"])
def test_wrong_read(state: tuple[int, int]) -> None:
    broken = history()
    broken.read("b", state, 3.0, 3.5)
    with pytest.raises(AssertionError, match=r", b: read\(\) ->"):
        broken.check(["x", "y"])
