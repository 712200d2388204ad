"""Logs that several test files share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rraft import Wal
from tests.harness.wal import directory_in_memory


@pytest.fixture
def directory() -> Iterator[Path]:
    """The directory of a log, which does not exist yet."""
    with directory_in_memory() as folder:
        yield folder / "wal"


@pytest.fixture
def wal(directory: Path) -> Iterator[Wal]:
    """A new log."""
    with Wal(directory) as wal:
        yield wal
