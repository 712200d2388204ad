"""The founding members of a group: hosts that were given different ones do not mix their histories."""

from pathlib import Path

import pytest

from rraft.cluster.core.members import founders_digest
from rraft.cluster.errors import FailedError
from rraft.cluster.requests import Change, ChangeKind
from tests.harness.virtual_hosts import VirtualCluster, VirtualHost


def start_again(host: VirtualHost, founders: dict[int, str]) -> None:
    """Starts a host with an empty directory and these founding members."""
    host.crash()
    host.directory = host.cluster.directory / f"founders-{host.number}"
    host.start(bootstrap=founders)


def reason(host: VirtualHost) -> str:
    assert isinstance(host.group().stopped, FailedError)
    return str(host.group().stopped)


def test_digest() -> None:
    assert founders_digest([]) == 0
    assert len({founders_digest(founders) for founders in ([1], [1, 2], [1, 2, 3], [1, 2, 4], [12, 3])}) == 5


@pytest.mark.parametrize("others", [(3,), (1, 3), (2, 3), (1, 2, 3, 4)], ids=str)
def test_host_with_other_founding_members_stops_and_says_why(cluster: VirtualCluster, others: tuple[int, ...]) -> None:
    cluster.execute(cluster.hosts[1], b"word")
    cluster.run(1)
    wrong = cluster.hosts[3]

    start_again(wrong, {number: f"host-{number}:1" for number in others})
    cluster.run(5)

    if others != (3,):  # one that is alone has committed entries of its own
        assert f"group 1 began with the hosts {list(others)} on this host, and with [1, 2, 3] on host" in reason(wrong)
        assert "bootstrap= must be the same on all founding members" in reason(wrong)
    assert wrong.words() == []
    assert cluster.execute(cluster.hosts[1], b"more") == b"2"
    assert cluster.hosts[2].group().stopped is None


def test_group_of_one_is_not_overwritten_by_a_later_group(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path)
    for host in cluster.hosts.values():
        host.crash()
    alone, two, three = cluster.hosts.values()
    start_again(alone, {1: alone.address})
    assert cluster.execute(alone, b"acknowledged") == b"1"

    start_again(two, cluster.founders)
    start_again(three, cluster.founders)
    cluster.run(5)

    for host in (two, three):
        assert "group 1 began with the hosts [1, 2, 3] on this host, and with [1] on host 1" in reason(host)
    assert alone.words() == [b"acknowledged"]
    assert cluster.execute(alone, b"more") == b"2"


def test_host_that_joined_has_the_founding_members_of_the_group(cluster: VirtualCluster) -> None:
    new = cluster.add_host(4)
    done: list[Exception | None] = []
    cluster.hosts[1].group().change([Change(ChangeKind.ADD, 4, new.address)], done.append)
    cluster.run_until(lambda: done)

    cluster.restart(4)
    cluster.run(1)

    assert new.group().state.members.founders == [1, 2, 3]
    assert new.group().state.founders == founders_digest([1, 2, 3])
    assert cluster.execute(new, b"word") == b"1"


def test_group_that_has_not_recorded_its_founding_members(cluster: VirtualCluster) -> None:
    """As a directory of an earlier version."""
    cluster.hosts[2].group().state.founders = 0

    cluster.execute(cluster.hosts[2], b"word")
    cluster.run(1)

    assert [host.words() for host in cluster.hosts.values()] == [[b"word"]] * 3
