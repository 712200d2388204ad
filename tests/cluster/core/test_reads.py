"""Linearizable queries: on any host, shared rounds, and no answer from a state that is too old."""

import random
from pathlib import Path

import pytest

from rraft.cluster.core.outcomes import MAX_RESULT, Outcome
from rraft.cluster.core.reads import Reads
from rraft.cluster.errors import NotReadyError
from tests.harness.virtual_hosts import VirtualCluster


def test_query_on_each_host_sees_what_was_acknowledged(cluster: VirtualCluster) -> None:
    hosts = list(cluster.hosts.values())
    for number in range(30):
        cluster.execute(hosts[number % 3], b"%d" % number)

        answer = cluster.query(hosts[(number + 1) % 3])

        assert answer == b" ".join(b"%d" % n for n in range(number + 1))


def test_exception_of_a_query_is_its_answer(cluster: VirtualCluster) -> None:
    assert cluster.query(cluster.hosts[1], b"fail") == ("KeyError", "'no'")


def test_queries_share_rounds(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    cluster.execute(leader, b"word")
    before = leader.group().state.applied
    outcomes: list[Outcome] = []

    for _ in range(1000):
        leader.group().query(b"", outcomes.append)
    cluster.run_until(lambda: len(outcomes) == 1000)

    assert set(map(str, outcomes)) == {"b'word'"}
    assert leader.group().reads._number <= 3
    assert leader.group().state.applied == before


def test_isolated_leader_answers_no_query(cluster: VirtualCluster) -> None:
    old = cluster.elect()
    cluster.execute(old, b"old")
    cluster.isolate(old.number)
    outcomes: list[Outcome] = []
    old.group().query(b"", outcomes.append)

    cluster.run_until(lambda: cluster.leader() not in (None, old))
    leader = cluster.leader()
    assert leader is not None
    cluster.execute(leader, b"new")
    cluster.run(2)
    assert outcomes == []
    cluster.heal()
    cluster.run_until(lambda: outcomes)

    assert outcomes == [b"old new"]


def test_query_waits_for_an_election(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path)

    assert cluster.leader() is None
    assert cluster.query(cluster.hosts[2]) == b""


def test_query_survives_the_crash_of_the_leader(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    cluster.execute(leader, b"word")
    host = next(host for host in cluster.running if host is not leader)
    outcomes: list[Outcome] = []

    leader.crash()
    host.group().query(b"", outcomes.append)
    cluster.run_until(lambda: outcomes)

    assert outcomes == [b"word"]


def test_lost_read_messages_are_requested_again(cluster: VirtualCluster) -> None:
    follower = next(host for host in cluster.running if host is not cluster.leader())
    cluster.execute(follower, b"word")
    cluster.loss = 1.0
    outcomes: list[Outcome] = []
    follower.group().query(b"", outcomes.append)
    cluster.run(0.1)
    cluster.loss = 0.0

    cluster.run_until(lambda: outcomes, limit=1.0)

    assert outcomes == [b"word"]


def test_local_query_may_be_old_and_needs_a_state(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    cluster.execute(leader, b"old")
    cluster.run(1)
    follower = next(host for host in cluster.running if host is not leader)
    cluster.isolate(follower.number)
    cluster.execute(leader, b"new")

    assert follower.group().query_local(b"") == b"old"
    assert leader.group().query_local(b"") == b"old new"
    joining = cluster.add_host(4)
    with pytest.raises(NotReadyError, match="group 1 has no state on this host yet"):
        joining.group().query_local(b"")


def test_contexts_differ_among_hosts_and_starts() -> None:
    contexts = set()
    for host, seed in [(1, 1), (2, 1), (1, 2)]:
        reads = Reads(host, random.Random(seed), 8, 0.2)
        for time in range(5):
            reads.queue.append((b"", lambda _: None))
            contexts.update(reads.contexts(float(time)))

    assert len(contexts) == 3 * (5 + 4 + 3 + 2 + 1)  # each time, those without a response are requested again


@pytest.mark.parametrize("result", ["text", None, bytes(MAX_RESULT + 1)], ids=["text", "none", "long"])
def test_answer_that_no_client_can_get_is_an_error_of_the_query(cluster: VirtualCluster, result: object) -> None:
    cluster.hosts[1].group().state.machine.query = lambda _: result  # type: ignore[method-assign, assignment, return-value]

    answer = cluster.query(cluster.hosts[1])

    assert isinstance(answer, tuple)
    assert answer[1].startswith("expected a result of ")
