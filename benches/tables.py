"""Tables in Markdown."""

from collections.abc import Iterable, Sequence
from statistics import median
from textwrap import fill


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose columns are right-aligned, except the first."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def paragraph(text: str) -> str:
    return fill(text.strip(), 120) + "\n"


def figure(value: float) -> str:
    """A number with three significant digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")


def middle(values: Sequence[float]) -> str:
    return figure(median(values))


def span(values: Sequence[float]) -> str:
    """The lowest and the highest."""
    return f"{figure(min(values))}-{figure(max(values))}"


def optional(value: float | None) -> str:
    """A target, if there is one."""
    return "" if value is None else f"{value:g}"
