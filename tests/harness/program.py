"""The project's folder, and how tests run its example programs and import their modules."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rraft

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "example"

LIMIT = 120.0
"""Seconds after which a wait fails: many times the duration on a busy machine."""


def environment() -> dict[str, str]:
    """An environment in which a program imports the same build of `rraft` as the tests."""
    return os.environ | {"PYTHONPATH": str(Path(rraft.__file__).parent.parent)}


@contextmanager
def example_folder(name: str) -> Iterator[None]:
    """Makes the modules of a folder importable. Removes them afterwards, since other folders have the same names."""
    path, known = sys.path.copy(), set(sys.modules)
    sys.path.insert(0, str(EXAMPLE / name))
    try:
        yield
    finally:
        sys.path[:] = path
        for module in set(sys.modules) - known:
            if EXAMPLE in Path(getattr(sys.modules[module], "__file__", None) or "").parents:
                del sys.modules[module]
