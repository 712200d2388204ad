"""The oracle: each property is violated by a fault of the runtime, and found."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from rraft import ConfState, Entry, HardState, SimulatedDisk, Snapshot, SnapshotMetadata, Wal, WalStorage
from rraft.cluster.client_calls import Call
from rraft.cluster.core.commands import Batch, encode_batch
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.sessions import SessionTable
from rraft.cluster.core.state import ReplicatedState
from rraft.cluster.running import Running
from rraft.simulation import Faults, Scenario, SimulationError, run_seed
from rraft.simulation.description import Description
from rraft.simulation.disk import HostDisk
from rraft.simulation.history import ClientOperation
from rraft.simulation.network import Network
from rraft.simulation.oracle import Oracle
from tests.simulation.machines import Queue, use_queue

# Faults of the runtime.


def applies_retries_again(patch: pytest.MonkeyPatch) -> None:
    apply = SessionTable.apply

    def forgetful(self: SessionTable, *arguments: Any) -> int:
        for session in self.sessions.values():
            session.results.clear()
            session.floor = 0
        return apply(self, *arguments)

    patch.setattr(SessionTable, "apply", forgetful)


def answers_queries_at_once(patch: pytest.MonkeyPatch) -> None:
    def query(self: GroupCore, payload: bytes, done: Callable[[Any], None]) -> None:
        done(self.query_local(payload))

    patch.setattr(GroupCore, "query", query)


def acknowledges_before_the_log_has_it(patch: pytest.MonkeyPatch) -> None:
    submit = GroupCore.submit

    def hasty(self: GroupCore, command: Any, done: Callable[[Any], None]) -> None:
        submit(self, command, lambda outcome: None)
        done(b"\x01")

    patch.setattr(GroupCore, "submit", hasty)


def says_that_nothing_was_done(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Call, "is_unknown", property(lambda call: False))


def skips_an_entry_on_one_host(patch: pytest.MonkeyPatch) -> None:
    apply = ReplicatedState.apply

    def skip(self: ReplicatedState, index: int, data: bytes) -> None:
        if index == 40 and not self.waiting:
            self.applied = index
        else:
            apply(self, index, data)

    patch.setattr(ReplicatedState, "apply", skip)


def leaves_sessions_out_of_snapshots(patch: pytest.MonkeyPatch) -> None:
    load = ReplicatedState.load

    def forgetful(self: ReplicatedState, *arguments: Any) -> None:
        load(self, *arguments)
        self.sessions = SessionTable()

    patch.setattr(ReplicatedState, "load", forgetful)


def trusts_a_disk_that_ignores_syncs(patch: pytest.MonkeyPatch) -> None:
    open_log = HostDisk.open

    def lie(self: HostDisk, *arguments: Any) -> Wal:
        wal = open_log(self, *arguments)
        self.disk.ignore_syncs = True
        return wal

    patch.setattr(HostDisk, "open", lie)


def never_repeats_what_was_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Network, "heal", lambda self, source, target: None)


def stops_to_tick(patch: pytest.MonkeyPatch) -> None:
    tick = Running._tick

    def stop(self: Running) -> None:
        if self.loop.time() < 5.0:
            tick(self)

    patch.setattr(Running, "_tick", stop)


def raises_in_a_callback(patch: pytest.MonkeyPatch) -> None:
    def link_changed(self: Running, host: int, connected: bool) -> None:
        raise LookupError("no")

    patch.setattr(Running, "link_changed", link_changed)


SABOTAGE: dict[Callable[[pytest.MonkeyPatch], None], set[str]] = {
    applies_retries_again: {"applied at most once"},
    answers_queries_at_once: {"linearizable"},
    acknowledges_before_the_log_has_it: {"acknowledged commands are applied"},
    says_that_nothing_was_done: {"rejected commands are not applied"},
    skips_an_entry_on_one_host: {"equal states"},
    leaves_sessions_out_of_snapshots: {"equal states"},
    trusts_a_disk_that_ignores_syncs: {"durable log", "durable votes", "durable commit index", "hosts do not fail"},
    never_repeats_what_was_lost: {"liveness"},
    stops_to_tick: {"liveness"},
    raises_in_a_callback: {"no unhandled exceptions"},
}


def first_failure(limit: int) -> SimulationError:
    """The first failure of the seeds below `limit`."""
    scenario = Scenario(Queue, use_queue, faults=Faults(loss=12.0, isolations=12.0))
    failures = (run_seed(scenario, seed).failure for seed in range(limit))
    failure = next(filter(None, failures), None)
    assert failure is not None, "no violation was found"
    return failure


@pytest.mark.parametrize("sabotage", SABOTAGE, ids=lambda sabotage: sabotage.__name__)
def test_fault_of_the_runtime_is_found(
    sabotage: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sabotage(monkeypatch)
    assert first_failure(100).violated in SABOTAGE[sabotage]


# Faults of Raft: logs that no correct node has.


class Hosts:
    """Logs that the oracle looks at."""

    def __init__(self) -> None:
        self.violations: list[tuple[str, str]] = []
        self.oracle = Oracle(lambda violated, text: self.violations.append((violated, text)), Description(Queue))
        self._cores: dict[int, Any] = {}

    def start(self, host: int) -> WalStorage:
        """A host with an empty log."""
        storage = Wal(f"host {host}", disk=SimulatedDisk(host)).storage(1, ConfState([1, 2, 3]))
        self.restart(host, storage)
        return storage

    def restart(self, host: int, storage: WalStorage, *, within_write: bool = False) -> None:
        """The host is started with this log."""
        state = SimpleNamespace(applied=0)
        self._cores[host] = SimpleNamespace(
            storage=storage, state=state, is_leader=False, active=True, term=0, applier=SimpleNamespace()
        )
        self.oracle.started(host, self._cores[host], within_write=within_write)

    def observe(self, host: int, *, leads: int = 0) -> None:
        """The host has finished a round."""
        core = self._cores[host]
        core.is_leader, core.term = leads > 0, leads
        self.oracle.observe(host, core, SimpleNamespace())  # type: ignore[arg-type]

    @property
    def violated(self) -> list[str]:
        """The properties that were violated."""
        return [violated for violated, _ in self.violations]


def entries(*terms: int, first: int = 1, data: bytes = b"") -> list[Entry]:
    """Entries with these terms."""
    return [Entry(index=first + position, term=term, data=data) for position, term in enumerate(terms)]


@pytest.fixture
def hosts() -> Hosts:
    return Hosts()


def test_correct_logs_violate_nothing(hosts: Hosts) -> None:
    one, other = hosts.start(1), hosts.start(2)
    one.append(entries(1, 1, 2))
    one.set_hardstate(HardState(term=2, vote=1, commit=3))
    other.append(entries(1, 1, 1))
    other.set_hardstate(HardState(term=1, vote=1, commit=2))
    hosts.observe(1, leads=2)
    hosts.observe(2)

    other.append(entries(2, first=3))
    other.set_hardstate(HardState(term=2, vote=1, commit=3))
    hosts.observe(2)
    hosts.restart(2, other)

    assert hosts.violations == []
    assert hosts.oracle.highest == 3


def test_two_leaders_in_a_term(hosts: Hosts) -> None:
    for host in (1, 2):
        hosts.start(host).set_hardstate(HardState(term=5, vote=host))
        hosts.observe(host, leads=5)
    assert hosts.violations == [("one leader in a term", "hosts 1 and 2 lead in term 5")]


def test_logs_that_do_not_match(hosts: Hosts) -> None:
    hosts.start(1).append(entries(1, 1, 3))
    hosts.start(2).append(entries(1, 2, 3))
    hosts.observe(1)
    hosts.observe(2)
    assert hosts.violated == ["log matching"]


def test_entries_of_a_term_with_other_data(hosts: Hosts) -> None:
    batch = Batch(1, (1, 1, 1))
    hosts.start(1).append(entries(1, data=encode_batch(batch)))
    hosts.start(2).append(entries(1, data=encode_batch(Batch(2, (1, 1, 1)))))
    hosts.observe(1)
    hosts.observe(2)
    assert hosts.violated == ["log matching"]


def test_leader_without_a_committed_entry(hosts: Hosts) -> None:
    one, other = hosts.start(1), hosts.start(2)
    one.append(entries(1, 1))
    one.set_hardstate(HardState(term=1, vote=1, commit=2))
    hosts.observe(1)
    other.append(entries(1))
    other.set_hardstate(HardState(term=2, vote=2))
    hosts.observe(2, leads=2)
    assert hosts.violated == ["leader completeness"]


def test_two_entries_are_committed_at_an_index(hosts: Hosts) -> None:
    for host in (1, 2):
        storage = hosts.start(host)
        storage.append(entries(host))
        storage.set_hardstate(HardState(term=2, vote=1, commit=1))
        hosts.observe(host)
    assert hosts.violated == ["committed entries stay"]


@pytest.mark.parametrize("last", [1, 3, 5])
def test_snapshot_replaces_entries_that_were_not_committed(hosts: Hosts, last: int) -> None:
    one, other = hosts.start(1), hosts.start(2)
    one.append(entries(1, 4, 4))
    one.set_hardstate(HardState(term=4, vote=1, commit=3))
    hosts.observe(1)
    other.append(entries(1, 2, 2, 2, 2)[:last])
    other.set_hardstate(HardState(term=2, vote=1, commit=1))
    hosts.observe(2)

    metadata = SnapshotMetadata(index=3, term=4, conf_state=ConfState([1, 2, 3]))
    other.apply_snapshot(Snapshot(metadata=metadata), [b""])
    other.set_hardstate(HardState(term=4, vote=1, commit=3))
    hosts.observe(2)

    assert hosts.violations == []


def test_host_replaces_a_committed_entry(hosts: Hosts) -> None:
    storage = hosts.start(1)
    storage.append(entries(1, 1))
    storage.set_hardstate(HardState(term=1, vote=1, commit=2))
    hosts.observe(1)
    hosts.restart(1, Wal("other", disk=SimulatedDisk(9)).storage(1, ConfState([1, 2, 3])))
    assert hosts.violated == ["durable votes", "durable log"]


RESTARTS: dict[str, tuple[HardState, list[Entry], bool, list[str]]] = {
    "all is there": (HardState(term=4, vote=2, commit=2), entries(1, 1, 4), False, []),
    "a later term": (HardState(term=5, vote=0, commit=2), entries(1, 1, 4), False, []),
    "more entries": (HardState(term=4, vote=2, commit=3), entries(1, 1, 4, 4), False, []),
    "other term": (HardState(term=3, vote=2, commit=2), entries(1, 1, 4), False, ["durable votes"]),
    "other vote": (HardState(term=4, vote=3, commit=2), entries(1, 1, 4), False, ["durable votes"]),
    "lost entry": (HardState(term=4, vote=2, commit=2), entries(1, 1), False, ["durable log"]),
    "other entry": (HardState(term=5, vote=2, commit=2), entries(1, 1, 5), False, ["durable log"]),
    "other entry of an interrupted write": (HardState(term=5, vote=2, commit=2), entries(1, 1, 5), True, []),
    "lost entry of an interrupted write": (HardState(term=5, vote=2, commit=2), entries(1, 1), True, ["durable log"]),
    "lost commit index": (HardState(term=4, vote=2, commit=0), entries(1, 1, 4), False, ["durable commit index"]),
}


@pytest.mark.parametrize(("hard_state", "log", "within_write", "violated"), RESTARTS.values(), ids=RESTARTS)
def test_what_a_host_has_after_a_restart(
    hosts: Hosts, hard_state: HardState, log: list[Entry], within_write: bool, violated: list[str]
) -> None:
    storage = hosts.start(1)
    storage.append(entries(1, 1))
    storage.set_hardstate(HardState(term=4, vote=2, commit=2))
    hosts.observe(1)
    storage.append(entries(4, first=3))
    hosts.observe(1)

    after = Wal("after", disk=SimulatedDisk(2)).storage(1, ConfState([1, 2, 3]))
    after.append(log)
    after.set_hardstate(hard_state)
    hosts.restart(1, after, within_write=within_write)

    assert hosts.violated == violated


ACKNOWLEDGED = ClientOperation(1, True, b"command", 1.0, 0, returned=2.0, result=b"result", session=1, number=1)


def test_acknowledged_command_that_no_host_has_applied(hosts: Hosts) -> None:
    hosts.oracle.returned(ACKNOWLEDGED)

    assert hosts.violated == ["acknowledged commands are applied"]


def test_what_could_not_be_seen_is_checked_at_the_end(hosts: Hosts) -> None:
    hosts.oracle.missed()

    hosts.oracle.returned(ACKNOWLEDGED)

    assert hosts.violations == []
    hosts.oracle.finish()
    assert hosts.violated == ["acknowledged commands are applied"]
