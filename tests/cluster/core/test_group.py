"""Groups on three virtual hosts: commands are applied once, on all hosts, across faults and restarts."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rraft.cluster.core.outcomes import Outcome
from rraft.cluster.errors import BusyError, InvalidCommandError
from rraft.cluster.options import GroupOptions, SessionOptions
from rraft.simulation.linearizability import check
from rraft.simulation.models import AppendListModel, Named
from rraft.simulation.operations import Call, History, Operation
from tests.harness.virtual_hosts import Register, VirtualCluster, VirtualHost


def followers(cluster: VirtualCluster) -> list[VirtualHost]:
    leader = cluster.leader()
    return [host for host in cluster.running if host is not leader]


def test_commands_of_each_host_are_applied_on_all(cluster: VirtualCluster) -> None:
    results = [cluster.execute(host, b"word-%d" % host.number) for host in cluster.hosts.values()]
    cluster.run(1)

    assert results == [b"1", b"2", b"3"]
    assert [host.words() for host in cluster.hosts.values()] == [[b"word-1", b"word-2", b"word-3"]] * 3


def test_exception_of_a_command_is_its_result(cluster: VirtualCluster) -> None:
    [follower, _] = followers(cluster)

    assert cluster.execute(follower, b"fail") == ("ValueError", "no")
    assert cluster.execute(follower, b"word") == b"1"


def test_context_is_the_same_on_all_hosts(cluster: VirtualCluster) -> None:
    for word in (b"a", b"b"):
        cluster.execute(cluster.hosts[1], word)
    cluster.run(1)

    machines = [host.machines[1] for host in cluster.hosts.values()]
    times = [machine.times for machine in machines if isinstance(machine, Register)]
    assert times[0] == times[1] == times[2]
    (index, time, _), (later_index, later_time, _) = times[0]
    assert index < later_index
    assert 1_700_000_000 < time <= later_time < 1_700_000_100


def test_commands_of_one_round_share_an_entry(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    cluster.execute(leader, b"first")
    before = leader.group().state.applied

    outcomes = [cluster.submit(leader, b"%d" % number) for number in range(100)]
    cluster.run_until(lambda: all(outcomes))

    assert [outcome for [outcome] in outcomes] == [b"%d" % number for number in range(2, 102)]
    assert leader.group().state.applied == before + 1


def test_large_queue_is_split_into_entries(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path, group_options=GroupOptions(max_entry=1000))
    leader = cluster.elect()
    cluster.execute(leader, b"first")
    before = leader.group().state.applied

    outcomes = [cluster.submit(leader, bytes(872)) for _ in range(10)]
    cluster.run_until(lambda: all(outcomes))

    assert leader.group().state.applied == before + 10


@pytest.mark.parametrize("alone", [False, True], ids=["with a leader", "alone"])
def test_retry_on_a_host_that_has_applied_the_command(cluster: VirtualCluster, alone: bool) -> None:
    """As of a client whose connection to another host was lost with the response."""
    leader = cluster.elect()
    cluster.execute(leader, b"first")
    cluster.run(1)
    [session] = leader.group().state.sessions.sessions
    host = followers(cluster)[0]
    if alone:
        for other in cluster.hosts.values():
            if other is not host:
                other.crash()

    outcomes: list[Outcome] = []
    host.group().submit((session, 1, 1, b"first"), outcomes.append)
    host.group().submit((session, 1, 1, b"first"), outcomes.append)

    assert outcomes == [b"1", b"1"]
    assert (host.group().proposals.in_flight, host.group().proposals.outstanding) == (0, 0)


def test_commands_wait_for_an_election(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path)

    assert cluster.leader() is None
    assert cluster.execute(cluster.hosts[2], b"word") == b"1"


def test_too_much_in_flight_is_busy(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path, group_options=GroupOptions(max_in_flight=10_000, max_command=5_000))
    host = cluster.elect()
    cluster.execute(host, b"first")

    outcomes = [cluster.submit(host, bytes(2_000)) for _ in range(6)]  # each counts a little more than its length

    assert [type(outcome) for [outcome] in outcomes[4:]] == [BusyError] * 2
    cluster.run_until(lambda: all(outcomes))
    assert [outcome for [outcome] in outcomes[:4]] == [b"2", b"3", b"4", b"5"]
    assert cluster.execute(host, bytes(2_000)) == b"6"
    [error] = cluster.submit(host, bytes(5_001))
    assert isinstance(error, InvalidCommandError)


def test_leader_that_loses_its_leadership_forwards_what_is_outstanding(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    cluster.execute(leader, b"first")
    cluster.isolate(leader.number)
    outcomes = cluster.submit(leader, b"second")
    cluster.run(0.01)

    cluster.run_until(lambda: cluster.leader() not in (None, leader))
    cluster.execute(cluster.leader() or leader, b"third")
    assert outcomes == []
    cluster.heal()
    cluster.run_until(lambda: outcomes)

    assert outcomes == [b"3"]
    cluster.run(1)
    assert [host.words() for host in cluster.hosts.values()] == [[b"first", b"third", b"second"]] * 3


@pytest.mark.parametrize("crash", ["before the disk", "before the messages", "after the round"])
@pytest.mark.parametrize("role", ["leader", "follower"])
def test_crash_at_a_point_of_a_round(cluster: VirtualCluster, crash: str, role: str) -> None:
    """The other hosts, and the host after its restart, have what was acknowledged, once."""
    leader = cluster.elect()
    victim = leader if role == "leader" else followers(cluster)[0]
    submitter = next(host for host in cluster.running if host is not victim)
    cluster.execute(submitter, b"first")
    victim.crash_at = crash

    outcomes = [cluster.submit(submitter, b"word-%d" % number) for number in range(5)]
    cluster.run_until(lambda: victim.core is None)
    cluster.run_until(lambda: all(outcomes))
    victim.start()
    cluster.run_until(lambda: len(victim.words()) == 6)

    expected = [b"first", *(b"word-%d" % number for number in range(5))]
    cluster.run(1)
    assert [host.words() for host in cluster.hosts.values()] == [expected] * 3


def test_all_hosts_restart(cluster: VirtualCluster) -> None:
    for number in range(20):
        cluster.execute(cluster.hosts[1 + number % 3], b"%d" % number)
    for host in list(cluster.hosts.values()):
        host.crash()
    for host in cluster.hosts.values():
        host.start()

    cluster.elect()

    assert cluster.execute(cluster.hosts[3], b"last") == b"21"
    cluster.run(1)
    assert [host.words() for host in cluster.hosts.values()] == [[*(b"%d" % n for n in range(20)), b"last"]] * 3


def test_idle_session_is_opened_again_after_its_expiry(tmp_path: Path) -> None:
    """The clock of the leader expires it, without any command."""
    cluster = VirtualCluster(tmp_path, group_options=GroupOptions(sessions=SessionOptions(expiry=20.0)))
    cluster.elect()
    host = followers(cluster)[0]
    cluster.execute(host, b"first")
    assert len(host.group().state.sessions) == 1

    cluster.run(30)

    assert [len(host.group().state.sessions) for host in cluster.hosts.values()] == [0, 0, 0]
    assert cluster.execute(host, b"second") == b"2"


def test_many_groups_share_the_rounds(tmp_path: Path) -> None:
    groups = range(1, 21)
    cluster = VirtualCluster(tmp_path, groups=groups)
    for group in groups:
        cluster.elect(group)
    assert len({leader.number for group in groups if (leader := cluster.leader(group))}) >= 1
    cluster.run(1)
    host = cluster.hosts[1]
    assert host.core is not None
    for group in groups:
        cluster.execute(host, b"open", group)
    before = host.core.wal.stats().fsyncs

    outcomes = [cluster.submit(host, b"word", group) for group in groups]
    cluster.run_until(lambda: all(outcomes))

    assert [outcome for [outcome] in outcomes] == [b"2"] * 20
    assert host.core.wal.stats().fsyncs - before <= 8  # of 20 entries
    cluster.run(1)
    assert all(host.words(group) == [b"open", b"word"] for host in cluster.hosts.values() for group in groups)


class Observer:
    """Submits words and queries, and records what comes back."""

    def __init__(self, cluster: VirtualCluster) -> None:
        self._cluster = cluster
        self.history: History[Named, Any] = History()
        self.outcomes: list[list[Outcome]] = []

    def submit(self, host: VirtualHost, word: bytes) -> None:
        call = self.history.call(host.number, ("append", "words", word), self._cluster.now)
        host.sessions[1].submit(word, self._returns(call, int))

    def query(self, host: VirtualHost) -> None:
        call = self.history.call(host.number, ("read", "words"), self._cluster.now)
        host.group().query(b"", self._returns(call, bytes.split))

    def _returns(self, call: Call[Named], decode: Callable[[bytes], Any]) -> Callable[[Outcome], None]:
        outcomes: list[Outcome] = []
        self.outcomes.append(outcomes)

        def returned(outcome: Outcome) -> None:
            outcomes.append(outcome)
            if isinstance(outcome, bytes):
                self.history.returned(call, decode(outcome), self._cluster.now)

        return returned

    def explained_by(self, words: list[bytes]) -> list[Operation[Named, Any]]:
        """The operations that took effect. Whether an outcome was unknown, the words at the end tell."""
        operations: list[Operation[Named, Any]] = []
        for operation in self.history.operations:
            if operation.returned is not None:
                operations.append(operation)
            elif operation.request[-1] in words:
                length = words.index(operation.request[-1]) + 1
                operations.append(replace(operation, response=length, returned=self._cluster.now))
        return operations


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_lost_duplicated_or_read_too_old_in_a_hostile_network(tmp_path: Path, seed: int) -> None:
    """Loss, duplication, reordering, partitions, pauses and crashes, while all hosts submit commands and queries."""
    cluster = VirtualCluster(tmp_path, seed, group_options=GroupOptions(snapshot_log_size=4_000, kept_log_size=500))
    cluster.loss, cluster.duplication, cluster.reordering = 0.05, 0.05, 0.05
    source = random.Random(seed)
    observer = Observer(cluster)
    for step in range(120):
        host = source.choice(list(cluster.hosts.values()))
        if host.core is not None and cluster.now >= host.paused_until:
            for number in range(source.randrange(4)):
                observer.submit(host, b"%d.%d.%d" % (seed, step, number))
            observer.query(host)
        action = source.random()
        victim = source.choice(list(cluster.hosts.values()))
        if action < 0.05:
            cluster.isolate(victim.number)
        elif action < 0.15:
            cluster.heal()
        elif action < 0.2:
            victim.crash_at = source.choice(["before the disk", "before the messages"])
        elif action < 0.25:
            victim.paused_until = cluster.now + source.uniform(0.1, 3)
        elif action < 0.35:
            for stopped in cluster.hosts.values():
                if stopped.core is None:
                    stopped.start()
        cluster.run(source.uniform(0, 0.3))
    cluster.heal()
    cluster.loss = cluster.duplication = cluster.reordering = 0.0
    for host in cluster.hosts.values():
        host.crash_at = None
        if host.core is None:
            host.start()

    observer.submit(cluster.hosts[1], b"last")
    cluster.run(5)
    observer.query(cluster.hosts[1])
    cluster.run(5)

    words = cluster.hosts[1].words()
    assert b"last" in words
    assert [host.words() for host in cluster.hosts.values()] == [words] * 3
    assert all(len(outcomes) <= 1 for outcomes in observer.outcomes)
    answered = [outcomes[0] for outcomes in observer.outcomes if outcomes]
    assert len(answered) >= 20
    assert all(isinstance(outcome, bytes) for outcome in answered)
    result = check(AppendListModel(), observer.explained_by(words))
    assert result, str(result)
