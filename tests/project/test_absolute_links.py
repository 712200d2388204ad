"""The links of the README on PyPI, where relative ones do not work."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists())


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("absolute_links", ROOT / "scripts" / "absolute_links.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("CHANGELOG.md", "https://github.com/owner/name/blob/HEAD/CHANGELOG.md"),
        ("docs/pages/design.md#wheels", "https://github.com/owner/name/blob/HEAD/docs/pages/design.md#wheels"),
        ("docs/pages/stack.svg", "https://github.com/owner/name/raw/HEAD/docs/pages/stack.svg"),
        ("../../actions/workflows/ci.yml", "https://github.com/owner/name/actions/workflows/ci.yml"),
        ("https://pypi.org/project/rraft-py/", "https://pypi.org/project/rraft-py/"),
        ("#performance", "#performance"),
    ],
)
def test_links(link: str, absolute: str, script: ModuleType) -> None:
    assert script.absolute(f"[a]({link}) and ![b]({link})", "owner/name") == f"[a]({absolute}) and ![b]({absolute})"


def test_readme_has_no_relative_links_left(script: ModuleType) -> None:
    readme = script.absolute((ROOT / "README.md").read_text(encoding="utf-8"), "owner/name")
    assert "](." not in readme
    assert readme.count("](https://") == readme.count("](")
