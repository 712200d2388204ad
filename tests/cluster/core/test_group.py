"""Groups on three virtual hosts: elections, commands, retries, restarts."""

from pathlib import Path

import pytest

from tests.harness.virtual_hosts import VirtualCluster


@pytest.fixture
def cluster(tmp_path: Path) -> VirtualCluster:
    return VirtualCluster(tmp_path)


def test_commands_of_each_host_are_applied_on_all(cluster: VirtualCluster) -> None:
    cluster.elect()

    results = [cluster.execute(host, b"word-%d" % host.number) for host in cluster.hosts.values()]
    cluster.run(1)

    assert results == [b"1", b"2", b"3"]
    assert [host.words() for host in cluster.hosts.values()] == [[b"word-1", b"word-2", b"word-3"]] * 3
