"""Writes the table of the documentation: `python -m tests.simulation.reintroduced.table`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.simulation.reintroduced import FAULTS
from tests.simulation.reintroduced.search import FOUND, LIMIT

PAGE = Path(__file__).parents[3] / "docs/pages/simulation-faults.md"

_BEGIN = "<!-- begin: written by tests/simulation/reintroduced/table.py -->"
_END = "<!-- end -->"


def found() -> dict[str, dict[str, Any]]:
    """What the search has found, by the names of the faults."""
    results: dict[str, dict[str, Any]] = json.loads(FOUND.read_text())
    return results


def table() -> str:
    """The table in Markdown: a row for each fault."""
    lines = [
        "| layer | fault | seed | seeds needed | seconds | violated property |",
        "|---|---|--:|--:|--:|---|",
    ]
    results = found()
    for name, fault in FAULTS.items():
        result = results[name]
        lines.append(
            f"| {fault.layer} | **{name}**: {fault.text} | {result['seed']} | {result['seeds']} | "
            f"{result['seconds']} | {result['violated']} |"
        )
    most = max(result["seeds"] for result in results.values())
    lines += ["", f"{len(results)} faults, each found within {most} seeds. The limit is {LIMIT}."]
    return "\n".join(lines)


def with_table(page: str) -> str:
    """The page with the current table."""
    before, rest = page.split(_BEGIN)
    _, after = rest.split(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
