"""The README on PyPI, which does not know the repository that relative links refer to."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists())


def test_readme_gets_absolute_links() -> None:
    spec = importlib.util.spec_from_file_location("absolute_links", ROOT / "scripts" / "absolute_links.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    readme = script.absolute((ROOT / "README.md").read_text(encoding="utf-8"), "owner/name")
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert [link for link in links if not link.startswith("https://")] == []
    assert "https://github.com/owner/name/blob/HEAD/CHANGELOG.md" in links
    assert "https://github.com/owner/name/actions/workflows/ci.yml" in links
