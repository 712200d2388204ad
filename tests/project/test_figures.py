"""The figures on pages are those of the measurements in benches/."""

import re
from pathlib import Path

import pytest

from rraft.simulation import Faults
from tests.harness.pages import SITE
from tests.harness.program import ROOT

PROMISES = (SITE / "promises.md").read_text()

MEASURED = "".join((ROOT / "benches" / name).read_text() for name in ("CLUSTER.md", "RESULTS.md"))

FIGURE = re.compile(r"\b\d{1,3},\d{3}\b")


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", SITE / "comparison.md", SITE / "choosing.md"], ids=lambda page: page.name
)
def test_figures_were_measured(page: Path) -> None:
    figures = FIGURE.findall(page.read_text())
    assert figures
    assert [figure for figure in figures if figure not in FIGURE.findall(MEASURED)] == []


def test_kinds_of_faults() -> None:
    assert f"with {len(Faults.kinds())} kinds of faults" in PROMISES


@pytest.mark.parametrize(
    ("figure", "file", "definition"),
    [
        ("100,000 crashes", "tests/wal/crashes.rs", "map_or(100_000,"),
        ("10,000,000 in `make fuzz`", "Makefile", "RRAFT_WAL_CRASHES=10000000 "),
        ("100,000 seeds in `make simulate`", "Makefile", "SEEDS ?= 0:100000\n"),
        ("20 minutes", "Makefile", "CHAOS_MINUTES ?= 20\n"),
        ("2 rounds of 8 s", "tests/cluster/processes/test_chaos.py", '"RRAFT_CHAOS_ROUNDS", "2"'),
        ("2 rounds of 8 s", "tests/cluster/processes/test_chaos.py", '"RRAFT_CHAOS_SECONDS", "8"'),
    ],
)
def test_figures_of_tests(figure: str, file: str, definition: str) -> None:
    assert figure in PROMISES
    assert definition in (ROOT / file).read_text()
