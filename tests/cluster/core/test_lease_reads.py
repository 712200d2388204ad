"""Lease reads: a leader answers alone for a while, and no longer than no other host can be elected."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from rraft import CAMPAIGN_TRANSFER, Message, MessageType
from rraft.cluster.core.config import lease
from rraft.cluster.core.frames import Hello
from rraft.cluster.core.outcomes import Outcome
from rraft.cluster.core.reads import Reads
from rraft.cluster.options import GroupOptions, HostOptions
from rraft.cluster.requests import Change, ChangeKind
from tests.harness.virtual_hosts import VirtualCluster, VirtualHost

LEASE = 0.28
"""0.8 times 7 of the 10 ticks of an election timeout, of 0.05 seconds each."""


@pytest.fixture
def cluster(tmp_path: Path) -> VirtualCluster:
    """Three hosts with lease reads, which have a leader."""
    cluster = VirtualCluster(tmp_path, group_options=GroupOptions(lease_reads=True))
    cluster.elect()
    return cluster


def ask(host: VirtualHost) -> list[Outcome]:
    """Asks a query. The answer is appended to the result."""
    outcomes: list[Outcome] = []
    host.group().query(b"", outcomes.append)
    return outcomes


def leased_leader(cluster: VirtualCluster) -> VirtualHost:
    """A leader that was confirmed by the others just now."""
    leader = cluster.elect()
    cluster.run(1.0)
    cluster.execute(leader, b"word")
    cluster.query(leader)
    return leader


def test_length_of_a_lease_depends_on_the_election_timeout(cluster: VirtualCluster) -> None:
    core = cluster.elect().core
    assert core is not None

    assert lease(core, GroupOptions(lease_reads=True)) == pytest.approx(LEASE)
    assert lease(core, GroupOptions()) == 0.0


def test_short_election_timeout_leaves_no_lease(tmp_path: Path) -> None:
    options = HostOptions(election_ticks=3, heartbeat_ticks=1)
    cluster = VirtualCluster(tmp_path, options=options, group_options=GroupOptions(lease_reads=True))
    leader = leased_leader(cluster)

    cluster.isolate(leader.number)
    outcomes = ask(leader)
    cluster.run(0.1)

    assert outcomes == []


def test_leases_follow_the_shortest_election_timeout(cluster: VirtualCluster) -> None:
    first = cluster.elect()
    short, cluster.options = cluster.options, HostOptions(election_ticks=40)
    patient = cluster.restart(first.number)
    cluster.run(1.0)
    cluster.elect().group().change([], lambda _: None, patient.number)
    cluster.run_until(lambda: cluster.leader() is patient)
    cluster.options = short
    cluster.run(1.0)
    cluster.execute(patient, b"old")
    cluster.query(patient)

    cluster.isolate(patient.number)
    cluster.run_until(lambda: cluster.leader() is not patient)
    leader = cluster.leader()
    assert leader is not None
    cluster.execute(leader, b"new")
    outcomes = ask(patient)
    cluster.run(0.01)

    assert patient.group().is_leader
    assert outcomes == []


def test_lease_ends_when_a_host_says_that_its_election_timeout_is_shorter(cluster: VirtualCluster) -> None:
    leader = leased_leader(cluster)
    other = next(host for host in cluster.running if host is not leader)
    core = leader.core
    assert core is not None

    core.peers.hello(other.number, Hello(b"", other.address, min_election_timeout=0.1))
    cluster.isolate(leader.number)
    outcomes = ask(leader)
    cluster.run(0.1)

    assert lease(core, leader.group().options) == pytest.approx(0.08)
    assert outcomes == []


def test_isolated_leader_answers_until_its_lease_ends(cluster: VirtualCluster) -> None:
    leader = leased_leader(cluster)

    cluster.isolate(leader.number)
    cluster.run(0.5 * LEASE)
    during = ask(leader)
    cluster.run(0.02)
    cluster.run(0.6 * LEASE)
    after = ask(leader)
    cluster.run(0.1)

    assert during == [b"word"]
    assert after == []


def test_without_the_option_an_isolated_leader_answers_nothing(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path)
    leader = leased_leader(cluster)

    cluster.isolate(leader.number)
    outcomes = ask(leader)
    cluster.run(0.1)

    assert outcomes == []


def test_queries_of_an_isolated_leader_do_not_renew_its_lease(cluster: VirtualCluster) -> None:
    leader = leased_leader(cluster)
    cluster.isolate(leader.number)
    answered = []

    for _ in range(40):
        outcomes = ask(leader)
        cluster.run(0.01)
        answered.append(outcomes == [b"word"])

    assert answered[0]
    assert answered == sorted(answered, reverse=True)
    assert not any(answered[round(LEASE / 0.01) :])


def test_queries_renew_the_lease_before_it_ends(cluster: VirtualCluster) -> None:
    leader = leased_leader(cluster)
    waited = []

    for _ in range(300):
        start = cluster.now
        outcomes = ask(leader)
        cluster.run_until(lambda outcomes=outcomes: outcomes)  # type: ignore[misc]
        waited.append(cluster.now - start)
        cluster.run(0.01)

    assert max(waited) == 0.0
    assert leader.group().reads._number < 30


def test_answer_has_what_was_acknowledged_to_others(cluster: VirtualCluster) -> None:
    leader = leased_leader(cluster)
    follower = next(host for host in cluster.running if host is not leader)

    for number in range(50):
        words = cluster.query(leader)
        assert words == b" ".join([b"word", *(b"%d" % n for n in range(number))])
        cluster.execute(follower, b"%d" % number)


def hand_over(cluster: VirtualCluster, leader: VirtualHost) -> None:
    leader.group().start_to_hand_over()
    cluster.run(0.001)


def add_learner(cluster: VirtualCluster, leader: VirtualHost) -> None:
    done: list[Exception | None] = []
    new = cluster.add_host(4)
    leader.group().change([Change(ChangeKind.ADD_LEARNER, 4, new.address)], done.append)
    cluster.run_until(lambda: done)


def lose_leadership(cluster: VirtualCluster, leader: VirtualHost) -> None:
    cluster.isolate(leader.number)
    cluster.run_until(lambda: cluster.leader() is not leader)


@pytest.mark.parametrize("event", [hand_over, add_learner, lose_leadership])
def test_lease_ends_early(cluster: VirtualCluster, event: Callable[[VirtualCluster, VirtualHost], None]) -> None:
    leader = leased_leader(cluster)

    event(cluster, leader)
    cluster.isolate(leader.number)
    outcomes = ask(leader)
    cluster.run(0.1)

    assert outcomes == []


def test_lease_does_not_outlive_its_term(cluster: VirtualCluster) -> None:
    """A leader that leads again in a later term does not know yet what was committed between."""
    leader = leased_leader(cluster)
    group = leader.group()
    raft = group.node.raft

    group.act(lambda: raft.become_follower(raft.term + 1, 0))
    cluster.run_until(lambda: not group.is_leader)
    group.reads.queue.append((b"", lambda _: None))
    group.reads.use_lease(cluster.now, group.state.applied)

    assert len(group.reads.queue) == 1


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
def test_started_host_does_not_vote_for_an_election_timeout(cluster: VirtualCluster, delay: float) -> None:
    leader = leased_leader(cluster)
    candidate, restarted = (host for host in cluster.running if host is not leader)
    cluster.block(candidate.number, leader.number)
    cluster.run(3.0 + delay)

    cluster.restart(restarted.number)
    leader.crash()
    started = cluster.now
    cluster.run_until(cluster.leader)

    assert cluster.now - started > 10 * cluster.options.tick


def deliver(sender: VirtualHost, to: VirtualHost, kind: MessageType, **fields: object) -> None:
    message = Message(msg_type=kind, from_=sender.number, to=to.number, **fields)  # type: ignore[arg-type]
    to.group().receive_message(sender.number, message.encode())


@pytest.mark.parametrize(("context", "is_granted"), [(b"", False), (CAMPAIGN_TRANSFER, True)], ids=["own", "transfer"])
def test_host_that_has_forgotten_the_leader_keeps_what_it_has_promised(
    cluster: VirtualCluster, context: bytes, is_granted: bool
) -> None:
    """A late answer of a higher term makes a node forget its leader, which may have a lease."""
    leader = leased_leader(cluster)
    follower, candidate = (host for host in cluster.running if host is not leader)
    for host in (leader, candidate):
        cluster.block(follower.number, host.number)
    raft = follower.group().node.raft
    term, last = raft.term, raft.raft_log.last_index()

    deliver(candidate, follower, MessageType.MsgRequestPreVoteResponse, term=term + 1, reject=True)
    cluster.run_until(lambda: not raft.leader_id)
    deliver(
        candidate,
        follower,
        MessageType.MsgRequestVote,
        term=term + 2,
        index=last,
        log_term=raft.raft_log.term(last),
        context=context,
    )
    cluster.run(0.02)

    assert (raft.vote == candidate.number) is is_granted


def test_round_of_an_earlier_epoch_begins_no_lease() -> None:
    reads = Reads(1, random.Random(1), 8, retry=0.2, lease=1.0)
    reads.queue.append((b"", lambda _: None))
    [context] = reads.contexts(now=0.0)

    reads.end_lease()
    reads.confirm(context, 7)
    reads.queue.append((b"", lambda _: None))

    assert reads.use_lease(0.1, committed=9) == []
    assert len(reads.queue) == 1
    assert len(reads.take_answerable(7)) == 1


def test_lease_begins_with_the_request_and_not_with_the_response() -> None:
    reads = Reads(1, random.Random(1), 8, retry=10.0, lease=1.0)
    reads.queue.append((b"", lambda _: None))
    [context] = reads.contexts(now=5.0)
    reads.confirm(context, 7)

    for now, answered in [(5.9, True), (6.0, False)]:
        reads.queue = [(b"", lambda _: None)]
        reads.use_lease(now, committed=9)
        assert (reads.queue == []) is answered
