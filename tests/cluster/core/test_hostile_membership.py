"""Members that come and go in a hostile network, while all hosts submit commands."""

import random
from pathlib import Path

import pytest

from rraft.cluster.core.outcomes import Outcome
from rraft.cluster.errors import FailedError
from rraft.cluster.options import GroupOptions
from rraft.cluster.requests import Change, ChangeKind
from tests.harness.virtual_hosts import VirtualCluster, VirtualHost


class Churn:
    """Adds and removes hosts, one at a time, and submits commands."""

    def __init__(self, cluster: VirtualCluster, source: random.Random) -> None:
        self.cluster = cluster
        self.source = source
        self.submitted: list[tuple[bytes, list[Outcome]]] = []
        self.removed: set[int] = set()
        self.pending: list[Exception | None] | None = None
        self._next = 4

    def available(self) -> list[VirtualHost]:
        return [host for host in self.cluster.running if host.group().stopped is None and host.group().state.applied]

    def submit(self, step: int) -> None:
        for host in self.available():
            if self.source.random() < 0.5:
                word = b"%d.%d" % (step, host.number)
                self.submitted.append((word, self.cluster.submit(host, word)))

    def change(self) -> None:
        """Requests the next change, once the one before is done or has been rejected."""
        if self.pending is not None and not self.pending:
            return
        requester = self.source.choice(self.available() or [None])
        if requester is None:
            return
        members = requester.group().state.members
        self.pending = []
        if len(members.voters) < 5 and self.source.random() < 0.6:
            number, self._next = self._next, self._next + 1
            self.cluster.add_host(number)
            change = Change(ChangeKind.ADD, number, f"host-{number}:1")
        else:
            number = self.source.choice(sorted(members.voters))
            if len(members.voters) <= 2:
                return
            self.removed.add(number)
            change = Change(ChangeKind.REMOVE, number)
        requester.group().change([change], self.pending.append)

    def fault(self) -> None:
        cluster, source = self.cluster, self.source
        victim = source.choice(list(cluster.hosts.values()))
        action = source.random()
        if action < 0.05:
            cluster.isolate(victim.number)
        elif action < 0.25:
            cluster.heal()
        elif action < 0.3:
            victim.crash_at = source.choice(["before the disk", "before the messages", "after the round"])
        elif action < 0.5:
            self.restart_all()

    def restart_all(self) -> None:
        for host in self.cluster.hosts.values():
            if host.core is None:
                host.start(join=True)


@pytest.mark.parametrize("seed", range(6))
def test_members_come_and_go_in_a_hostile_network(tmp_path: Path, seed: int) -> None:
    cluster = VirtualCluster(tmp_path, seed, group_options=GroupOptions(snapshot_log_size=3_000, kept_log_size=300))
    cluster.elect()
    cluster.run(1)
    cluster.loss, cluster.duplication, cluster.reordering = 0.02, 0.02, 0.02
    churn = Churn(cluster, random.Random(seed))
    for step in range(150):
        churn.submit(step)
        churn.change()
        churn.fault()
        cluster.run(churn.source.uniform(0, 0.4))
    cluster.heal()
    cluster.loss = cluster.duplication = cluster.reordering = 0.0
    for host in cluster.hosts.values():
        host.crash_at = None
    churn.restart_all()
    cluster.run(10)

    leader = cluster.leader()
    assert leader is not None
    cluster.execute(leader, b"last")
    cluster.run(5)

    members = leader.group().state.members
    words = leader.words()
    assert not any(isinstance(host.group().stopped, FailedError) for host in cluster.running)
    assert members.removed <= churn.removed
    assert len(members.voters) >= 2
    for number in members.voters | members.learners:
        host = cluster.hosts[number]
        assert (number, host.group().stopped, host.words()) == (number, None, words)
        assert host.group().state.members == members
    assert len(set(words)) == len(words)
    acknowledged = [(word, outcomes[0]) for word, outcomes in churn.submitted if outcomes]
    results = [(word, outcome) for word, outcome in acknowledged if isinstance(outcome, bytes)]
    assert all(words[int(outcome) - 1] == word for word, outcome in results)
    assert len(results) >= 30
