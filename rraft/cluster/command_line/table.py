"""Tables of text."""

from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """The lines of a table: numbers to the right, text to the left."""
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    right = [
        all(isinstance(row[column], int | float) or row[column] == "" for row in rows) for column in range(len(heads))
    ]

    def line(values: Sequence[str]) -> str:
        parts = [
            value.rjust(width) if is_right else value.ljust(width)
            for value, width, is_right in zip(values, widths, right, strict=True)
        ]
        return "  ".join(parts).rstrip()

    return [line(heads), *map(line, cells)]


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return str(cell)


def milliseconds(seconds: float) -> str:
    """A duration."""
    return f"{seconds * 1000:.1f} ms"
