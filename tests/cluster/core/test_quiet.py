"""Idle groups: they send nothing, and still notice everything."""

from pathlib import Path

import pytest

from rraft.cluster.core import frames
from rraft.cluster.core.frames import Kind
from rraft.cluster.core.incoming import receive
from rraft.cluster.core.outcomes import Outcome
from rraft.cluster.core.quiet import Quiesce
from rraft.cluster.errors import FailedError
from tests.harness.virtual_hosts import VirtualCluster, VirtualHost


def is_quiet(cluster: VirtualCluster) -> bool:
    return all(host.group().quiet.on for host in cluster.running)


@pytest.fixture
def cluster(tmp_path: Path) -> VirtualCluster:
    """A group that has applied a command, and is quiet."""
    cluster = VirtualCluster(tmp_path)
    cluster.execute(cluster.elect(), b"first")
    cluster.run_until(lambda: is_quiet(cluster))
    cluster.run(0.1)  # the last responses arrive
    assert is_quiet(cluster)
    return cluster


def followers(cluster: VirtualCluster) -> list[VirtualHost]:
    leader = cluster.leader()
    return [host for host in cluster.running if host is not leader]


def test_quiet_group_sends_nothing(cluster: VirtualCluster) -> None:
    sent: list[tuple[int, int]] = []
    deliver = cluster._deliver
    cluster._deliver = lambda pair, body: (sent.append(pair), deliver(pair, body))[1]  # type: ignore[method-assign,func-returns-value]
    leader, term = cluster.elect(), cluster.elect().group().term

    cluster.run(100)

    assert sent == []
    assert (cluster.elect(), leader.group().term) == (leader, term)


@pytest.mark.parametrize("role", ["leader", "follower"])
def test_command_and_query_wake_the_group(cluster: VirtualCluster, role: str) -> None:
    host = cluster.elect() if role == "leader" else followers(cluster)[0]

    assert cluster.execute(host, b"second") == b"2"
    cluster.run_until(lambda: is_quiet(cluster))
    assert cluster.query(host) == b"first second"
    cluster.run_until(lambda: is_quiet(cluster))
    assert [host.words() for host in cluster.running] == [[b"first", b"second"]] * 3


def test_crash_of_the_leader_is_noticed(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    leader.crash()

    cluster.run_until(lambda: cluster.leader() is not None, limit=3.0)

    assert cluster.execute(cluster.running[0], b"second") == b"2"


def test_partition_of_the_leader_is_noticed(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    cluster.isolate(leader.number)

    cluster.run_until(lambda: cluster.leader() not in (None, leader), limit=5.0)
    cluster.run(3)

    assert not leader.group().is_leader  # it noticed that it has no quorum


def test_group_is_quiet_without_a_member_and_brings_it_up_to_date(cluster: VirtualCluster) -> None:
    leader, term = cluster.elect(), cluster.elect().group().term
    victim = followers(cluster)[0]
    victim.crash()
    cluster.execute(leader, b"second")
    cluster.run_until(lambda: is_quiet(cluster))

    victim.start()
    cluster.run_until(lambda: victim.words() == [b"first", b"second"])
    cluster.run_until(lambda: is_quiet(cluster))

    assert (cluster.elect(), leader.group().term) == (leader, term)


def test_leader_without_a_quorum_is_not_quiet(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    for host in followers(cluster):
        host.crash()
    cluster.run(5)

    assert not leader.group().quiet.on
    assert not leader.group().is_leader


def test_link_that_one_follower_loses_does_not_replace_the_leader(cluster: VirtualCluster) -> None:
    leader, term = cluster.elect(), cluster.elect().group().term
    follower = followers(cluster)[0]

    follower.disconnected(leader.number)
    cluster.run(5)

    assert (cluster.leader(), leader.group().term) == (leader, term)
    assert is_quiet(cluster)


def test_group_that_stops_on_the_leaders_host_gets_another_leader(cluster: VirtualCluster) -> None:
    """The host is still there, but its node is not."""
    leader = cluster.elect()
    done: list[Exception | None] = []
    leader.group().change([], done.append, transfer_to=0)
    cluster.run_until(lambda: done)
    cluster.run_until(lambda: is_quiet(cluster))
    leader = cluster.elect()
    outcomes: list[Outcome] = []

    others = followers(cluster)
    receive(leader.group(), Kind.LOST, 1, b"")
    others[0].sessions[1].submit(b"second", outcomes.append)
    cluster.run_until(lambda: outcomes, limit=5.0)

    assert outcomes == [b"2"]


def test_follower_that_is_woken_in_the_same_turn_does_not_become_quiet(cluster: VirtualCluster) -> None:
    """As when the leader becomes quiet and leaves at once: nobody would wake the follower again."""
    leader, follower = cluster.elect(), followers(cluster)[0]
    cluster.execute(leader, b"second")
    cluster.run_until(lambda: follower.words() == [b"first", b"second"])
    raft = leader.group().node.raft
    quiesce = frames.encode(Quiesce(raft.term, raft.raft_log.last_index()))
    assert not follower.group().quiet.on

    receive(follower.group(), Kind.QUIESCE, leader.number, quiesce)
    receive(follower.group(), Kind.WAKE, leader.number, b"")
    cluster.run(0.001)  # before the next heartbeat

    assert not follower.group().quiet.on


def test_restart_of_all_is_quiet_again(cluster: VirtualCluster) -> None:
    for number in list(cluster.hosts):
        cluster.restart(number)

    cluster.run_until(lambda: is_quiet(cluster))

    assert cluster.execute(cluster.hosts[2], b"second") == b"2"


def test_group_whose_leader_has_failed_elects_another(cluster: VirtualCluster) -> None:
    """The host of the leader is there, and so are its links."""
    leader, others = cluster.elect(), followers(cluster)

    leader.group().leave(FailedError("a panic"))
    cluster.run_until(lambda: cluster.leader() in others, limit=5.0)

    assert [cluster.execute(host, b"second") for host in others] == [b"2", b"3"]
