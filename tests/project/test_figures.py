"""The figures on pages are those of the measurements in benches/."""

import re
from pathlib import Path

import pytest

from tests.harness.pages import SITE
from tests.harness.program import ROOT

MEASURED = "".join((ROOT / "benches" / name).read_text() for name in ("CLUSTER.md", "RESULTS.md"))

FIGURE = re.compile(r"\b\d{1,3},\d{3}\b")


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", SITE / "comparison.md", SITE / "choosing.md"], ids=lambda page: page.name
)
def test_figures_were_measured(page: Path) -> None:
    figures = FIGURE.findall(page.read_text())
    assert figures
    assert [figure for figure in figures if figure not in FIGURE.findall(MEASURED)] == []
