"""Virtual hosts."""

from pathlib import Path

import pytest

from tests.harness.virtual_hosts import VirtualCluster


@pytest.fixture
def cluster(tmp_path: Path) -> VirtualCluster:
    """Three hosts, which have a leader."""
    cluster = VirtualCluster(tmp_path)
    cluster.elect()
    return cluster
