"""`ReadyLoop` is equivalent to a loop written by hand, over each storage: all of them drive a cluster through the same
schedules, and their results are compared call by call.

Over a `WalStorage`, a `ReadyLoop` may differ in one thing: it needs more `Ready`s for the same work, since the node is
notified later that the log is persisted. So there, the results are compared when no `Ready` is left, not after each.

Messages are lost, duplicated and reordered, nodes restart, the membership changes, and snapshots are restored. The
election timeout is constant, so Raft itself is deterministic.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Protocol, TypeAlias

import pytest

from rraft import (
    ConfChange,
    ConfChangeError,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    Entry,
    EntryType,
    LoggerRef,
    MemStorage,
    MemStorageCoreRef,
    Message,
    MessageType,
    NotExistsError,
    ProposalDroppedError,
    RaftError,
    RawNode,
    ReadyBatch,
    ReadyLoop,
    Snapshot,
    SnapshotRef,
    SnapshotTemporarilyUnavailableError,
    SoftState,
    StoreError,
    Wal,
    WalStorage,
    WalStorageRef,
    new_conf_change_single,
    run_many,
)
from tests.harness import ListStorage
from tests.harness.wal import directory_in_memory

IDS = [1, 2, 3]
SCHEDULES = 1_000
WAL_SCHEDULES = 200
FIRST_WAL_SCHEDULE = 250
"""From here on, few schedules have all that happens."""
ACTIONS = 60
TICKS = 10
"""The number of ticks until an election starts."""


@dataclass
class Outcome:
    """The work that a run leaves to the application, as values."""

    messages: list[Message] = field(default_factory=list)
    snapshot: bytes = b""
    entries: list[tuple[int, int, EntryType, bytes]] = field(default_factory=list)
    read_states: list[tuple[int, bytes]] = field(default_factory=list)
    ss: tuple[int, object] | None = None
    conf_states: list[tuple[int, bytes]] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    rejected_messages: list[tuple[int, str]] = field(default_factory=list)
    rejected_proposals: list[tuple[int, str]] = field(default_factory=list)
    has_more: bool = False

    def followed_by(self, later: Outcome) -> Outcome:
        """The work of two runs."""
        lists = {
            each.name: getattr(self, each.name) + getattr(later, each.name)
            for each in fields(self)
            if each.default_factory is list
        }
        return Outcome(**lists, snapshot=later.snapshot or self.snapshot, ss=later.ss or self.ss)


def error_of(call: Callable[..., object], *arguments: object) -> RaftError | None:
    """What a call raises."""
    try:
        call(*arguments)
    except RaftError as error:
        return error
    return None


def rejections(call: Callable[[bytes], object], items: list[bytes]) -> list[tuple[int, str]]:
    """The exceptions of a call by the items that caused them."""
    errors = enumerate(error_of(call, item) for item in items)
    return [(position, repr(error)) for position, error in errors if error]


class Runner(Protocol):
    """A way to drive a node."""

    node: RawNode

    def __init__(self, node: RawNode) -> None: ...

    def step(self, messages: list[bytes]) -> list[tuple[int, str]]: ...

    def propose(self, data: list[bytes]) -> list[tuple[int, str]]: ...

    def run(self, limit: int, messages: list[bytes], data: list[bytes]) -> Outcome: ...


class ByHand:
    """The loop as an application writes it."""

    def __init__(self, node: RawNode) -> None:
        self.node = node
        self._core = node.store().wl()
        self._outcome = Outcome()

    def step(self, messages: list[bytes]) -> list[tuple[int, str]]:
        return rejections(lambda encoded: self.node.step(Message.decode(encoded)), messages)

    def propose(self, data: list[bytes]) -> list[tuple[int, str]]:
        return rejections(lambda item: self.node.propose(b"", item), data)

    def run(self, limit: int, messages: list[bytes], data: list[bytes]) -> Outcome:
        self._outcome.rejected_messages += self.step(messages)
        self._outcome.rejected_proposals += self.propose(data)
        for _ in range(limit):
            snapshot_comes_later = self._outcome.entries and self.node.snap() is not None
            if snapshot_comes_later or not self.node.has_ready():
                break
            self._handle_ready()
        outcome, self._outcome = self._outcome, Outcome()
        outcome.has_more = self.node.has_ready()
        return outcome

    def _handle_ready(self) -> None:
        ready = self.node.ready()
        outcome = self._outcome
        outcome.messages += ready.take_messages()
        outcome.read_states += [(state.index, state.request_ctx) for state in ready.read_states()]
        outcome.ss = plain(ready.ss()) or outcome.ss
        if snapshot := ready.snapshot():
            self._core.apply_snapshot(snapshot)
            outcome.snapshot = snapshot.encode()
        self._core.append(ready.entries())
        if hard_state := ready.hs():
            self._core.set_hardstate(hard_state)
        self._persist()
        outcome.messages += ready.take_persisted_messages()
        self._apply(ready.take_committed_entries())

        light_ready = self.node.advance(ready)
        if (commit := light_ready.commit_index()) is not None:
            self._core.hard_state().commit = commit
        outcome.messages += light_ready.take_messages()
        self._apply(light_ready.take_committed_entries())
        self.node.advance_apply()

    def _persist(self) -> None:
        """Persists what has been written to the storage."""

    def _apply(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._outcome.entries.append((entry.index, entry.term, entry.entry_type, entry.data))
            if entry.entry_type != EntryType.EntryNormal:
                self._change_members(entry)

    def _change_members(self, entry: Entry) -> None:
        try:
            if entry.entry_type == EntryType.EntryConfChange:
                conf_state = self.node.apply_conf_change(ConfChange.decode(entry.data))
            else:
                conf_state = self.node.apply_conf_change_v2(ConfChangeV2.decode(entry.data))
        except ConfChangeError as error:
            self._outcome.rejected.append((entry.index, repr(error)))
        else:
            self._core.set_conf_state(conf_state)
            self._outcome.conf_states.append((entry.index, conf_state.encode()))


class Looped:
    """The same by a `ReadyLoop`."""

    def __init__(self, node: RawNode) -> None:
        self.node = node
        self._loop = ReadyLoop(node)

    def step(self, messages: list[bytes]) -> list[tuple[int, str]]:
        return [(position, repr(error)) for position, error in self._loop.step_many(messages)]

    def propose(self, data: list[bytes]) -> list[tuple[int, str]]:
        return [(position, repr(error)) for position, error in self._loop.propose_many(data)]

    def run(self, limit: int, messages: list[bytes], data: list[bytes]) -> Outcome:
        batch = self._run(limit, messages, data)
        if batch is None:
            return Outcome()
        return Outcome(
            messages=batch.take_messages(),
            snapshot=batch.snapshot().encode(),
            entries=[(entry.index, entry.term, entry.entry_type, entry.data) for entry in batch.committed_entries()],
            read_states=[(state.index, state.request_ctx) for state in batch.read_states()],
            ss=plain(batch.ss()),
            conf_states=[(index, conf_state.encode()) for index, conf_state in batch.conf_states()],
            rejected=[(index, repr(error)) for index, error in batch.rejected_conf_changes()],
            rejected_messages=[(position, repr(error)) for position, error in batch.rejected_messages()],
            rejected_proposals=[(position, repr(error)) for position, error in batch.rejected_proposals()],
            has_more=batch.has_more(),
        )

    def _run(self, limit: int, messages: list[bytes], data: list[bytes]) -> ReadyBatch | None:
        return self._loop.run(messages, data, limit)


class ToTheEnd:
    """Runs a node until no `Ready` is left."""

    _all = Outcome()

    def run(self, limit: int, messages: list[bytes], data: list[bytes]) -> Outcome:
        has_more = True
        while has_more:
            outcome = super().run(limit, messages, data)  # type: ignore[misc]
            self._all = self._all.followed_by(outcome)
            messages, data, has_more = [], [], outcome.has_more
        outcome, self._all = self._all, Outcome()
        return outcome


class ByHandToTheEnd(ToTheEnd, ByHand):
    pass


class SyncedByHandToTheEnd(ByHandToTheEnd):
    """The same over a `WalStorage`, which persists with `sync`: also a configuration, before its change is applied."""

    def _change_members(self, entry: Entry) -> None:
        super()._change_members(entry)
        self._persist()

    def _persist(self) -> None:
        self._core.sync()  # type: ignore[union-attr]


class LoopedToTheEnd(ToTheEnd, Looped):
    pass


class LoopedTogetherToTheEnd(LoopedToTheEnd):
    """The same by `run_many`, which has no limit."""

    def _run(self, limit: int, messages: list[bytes], data: list[bytes]) -> ReadyBatch | None:
        del limit
        [result] = run_many([(self._loop, messages, data)])
        if isinstance(result, Exception):
            raise result
        return result


def comparable(outcome: Outcome) -> Outcome:
    """The outcome without the random tokens in the contexts of reads."""
    messages = [message.clone() for message in outcome.messages]
    for message in messages:
        if message.msg_type in (MessageType.MsgHeartbeat, MessageType.MsgHeartbeatResponse):
            message.context = message.context[8:]
    return replace(outcome, messages=messages)


def plain(ss: SoftState | None) -> tuple[int, object] | None:
    return None if ss is None else (ss.leader_id, ss.raft_state)


AnyStorage: TypeAlias = MemStorage | ListStorage | WalStorage


class Stores(Protocol):
    """The storages of a cluster."""

    def new(self, node_id: int) -> AnyStorage: ...

    def restarted(self, node_id: int) -> AnyStorage:
        """The storage after a restart of its node."""
        ...


class Kept:
    """Storages in memory, which live longer than their nodes."""

    def __init__(self, kind: type[MemStorage | ListStorage]) -> None:
        self._kind = kind
        self._storages: dict[int, MemStorage | ListStorage] = {}

    def new(self, node_id: int) -> AnyStorage:
        storage = self._storages[node_id] = self._kind()
        storage.initialize_with_conf_state(ConfState(IDS))
        return storage

    def restarted(self, node_id: int) -> AnyStorage:
        return self._storages[node_id]


class OnDisk:
    """A log for each node. Each second restart is after a crash: the files are those of the moment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._logs: dict[int, tuple[Path, Wal]] = {}
        self._restarts = 0

    def new(self, node_id: int) -> WalStorage:
        return self._open(node_id, self._folder / f"{node_id}")

    def restarted(self, node_id: int) -> WalStorage:
        self._restarts += 1
        path, wal = self._logs[node_id]
        if self._restarts % 2:
            wal.close()
            return self._open(node_id, path)
        copy = self._folder / f"{node_id}-{self._restarts}"
        shutil.copytree(path, copy)
        return self._open(node_id, copy)

    def _open(self, node_id: int, path: Path) -> WalStorage:
        wal = Wal(path, segment_size=4096)
        self._logs[node_id] = path, wal
        return wal.storage(node_id, ConfState(IDS), inline_snapshots=True)


class StorageWithSnapshots(ListStorage):
    """A storage in Python whose snapshots are made by the application, and which keeps the term of the entry before the
    first one.
    """

    _latest: Snapshot | None = None
    _compacted = (0, 0)

    def term(self, idx: int) -> int:
        return self._compacted[1] if idx == self._compacted[0] else super().term(idx)

    def compact(self, compact_index: int) -> None:
        if compact_index > self.first_index():
            self._compacted = compact_index - 1, self.term(compact_index - 1)
        super().compact(compact_index)

    def create_snapshot(self, index: int, data: bytes) -> None:
        self._latest = Snapshot(data=data)
        self._latest.metadata.index, self._latest.metadata.term = index, self.term(index)
        self._latest.metadata.conf_state = self._conf_state

    def apply_snapshot(self, snapshot: SnapshotRef) -> None:
        super().apply_snapshot(snapshot)
        self._latest = snapshot.clone()
        self._compacted = snapshot.metadata.index, snapshot.metadata.term

    def snapshot(self, request_index: int, _to: int) -> Snapshot:
        latest = self._latest
        if latest is None or latest.metadata.index < max(request_index, self.first_index() - 1):
            raise StoreError(SnapshotTemporarilyUnavailableError())
        return latest.clone()


class Cluster:
    """Three nodes, driven in one of the ways."""

    def __init__(self, runner: type[Runner], stores: Stores, config: Config, logger: LoggerRef) -> None:
        self._runner = runner
        self._stores = stores
        self._config = config
        self._logger = logger
        self.runners = {node_id: self._start(node_id, stores.new(node_id), applied=0) for node_id in IDS}

    def _start(self, node_id: int, storage: AnyStorage, *, applied: int) -> Runner:
        config = self._config.clone()
        config.id, config.applied = node_id, applied
        return self._runner(RawNode(config, storage, self._logger))

    def restart(self, node_id: int) -> None:
        applied = self.runners[node_id].node.raft.raft_log.applied()
        self.runners[node_id] = self._start(node_id, self._stores.restarted(node_id), applied=applied)


def state_of(node: RawNode) -> object:
    """The state of a node and its storage, as values."""
    log, storage = node.raft.raft_log, node.store()
    initial = storage.initial_state()
    return (
        repr(node),
        node.raft.hard_state(),
        (log.first_index(), log.last_index(), log.committed, log.applied(), log.persisted),
        (storage.first_index(), storage.last_index(), initial.hard_state, initial.conf_state),
        [(peer, repr(progress)) for peer, progress in sorted(node.raft.prs().iter(), key=lambda pair: pair[0])],
    )


class Schedule:
    """Drives clusters through the same events, and asserts that their results are equal."""

    def __init__(self, seed: int, ways: list[tuple[type[Runner], Stores]], logger: LoggerRef) -> None:
        self.rng = random.Random(seed)
        config = Config(
            election_tick=TICKS,
            min_election_tick=TICKS,
            max_election_tick=TICKS + 1,
            heartbeat_tick=2,
            pre_vote=self.rng.random() < 0.3,
            check_quorum=self.rng.random() < 0.3,
            batch_append=self.rng.random() < 0.3,
            max_inflight_msgs=self.rng.choice([1, 3, 256]),
            max_size_per_msg=self.rng.choice([0, 100, 2**20]),
            max_committed_size_per_ready=self.rng.choice([0, 100, 2**20]),
        )
        self.clusters = [Cluster(runner, stores, config, logger) for runner, stores in ways]
        # Each message as a tuple, one from each cluster: the contexts of reads differ.
        self.network: list[tuple[bytes, ...]] = []
        self.proposals = 0
        self.happened: set[str] = set()

    def each(self, node_id: int) -> list[Runner]:
        return [cluster.runners[node_id] for cluster in self.clusters]

    def same(self, outcomes: list[object]) -> None:
        for outcome in outcomes[1:]:
            assert outcome == outcomes[0]

    def go(self) -> None:
        for _ in range(ACTIONS):
            node_id = self.rng.choice(IDS)
            action = self.rng.choice(ALL_ACTIONS)
            action(self, node_id)
            self.same([state_of(runner.node) for runner in self.each(node_id)])

    def tick(self, node_id: int) -> None:
        ticks = self.rng.choice([1, TICKS, TICKS])
        for runner in self.each(node_id):
            for _ in range(ticks):
                runner.node.tick()

    def propose(self, node_id: int) -> None:
        data = self.new_proposals()
        self.same([runner.propose(data) for runner in self.each(node_id)])

    def new_proposals(self) -> list[bytes]:
        count = self.rng.choice([1, 3, 70])  # this many release the GIL
        self.proposals += count
        return [b"%d" % (self.proposals - number) for number in range(count)]

    def change_members(self, node_id: int) -> None:
        change_types = self.rng.choices(ConfChangeType.values(), k=self.rng.randint(0, 2))
        steps = [new_conf_change_single(self.rng.choice(IDS), change_type) for change_type in change_types]
        change = ConfChangeV2(transition=self.rng.choice(ConfChangeTransition.values()), changes=steps)
        for runner in self.each(node_id):
            if len(steps) == 1:
                single = ConfChange(change_type=steps[0].change_type, node_id=steps[0].node_id)
                error = error_of(runner.node.propose_conf_change, b"", single)
            else:
                error = error_of(runner.node.propose_conf_change_v2, b"", change)
            if isinstance(error, ProposalDroppedError):
                self.happened.add("a change of members was dropped")

    def read(self, node_id: int) -> None:
        for runner in self.each(node_id):
            runner.node.read_index(b"%d" % self.proposals)

    def restart(self, node_id: int) -> None:
        for cluster in self.clusters:
            cluster.restart(node_id)
        self.happened.add("a node was restarted")

    def compact(self, node_id: int) -> None:
        for runner in self.each(node_id):
            storage, applied = runner.node.store().wl(), max(runner.node.raft.raft_log.applied(), 1)
            if not isinstance(storage, MemStorageCoreRef):
                if not storage.first_index() <= applied <= storage.last_index():
                    continue
                if isinstance(storage, WalStorageRef | StorageWithSnapshots):
                    storage.create_snapshot(applied, b"state at %d" % applied)
            storage.compact(applied)
            if isinstance(storage, WalStorageRef):
                storage.sync()  # after a crash, it would not be compacted

    def deliver(self, node_id: int) -> None:
        """Delivers, loses or duplicates each message for the node, in any order."""
        incoming = self.incoming(node_id)
        self.same([runner.step(own) for runner, own in zip(self.each(node_id), incoming, strict=True)])

    def incoming(self, node_id: int) -> list[list[bytes]]:
        """The messages that arrive at the node, in each cluster."""
        incoming = [envelope for envelope in self.network if Message.decode(envelope[0]).to == node_id]
        self.network = [envelope for envelope in self.network if envelope not in incoming]
        incoming = [envelope for envelope in incoming for _ in range(self.rng.choice([0, 1, 1, 1, 1, 2]))]
        if self.rng.random() < 0.2:
            self.rng.shuffle(incoming)
        return [[envelope[number] for envelope in incoming] for number in range(len(self.clusters))]

    def run(self, node_id: int) -> None:
        limit = self.rng.choice([1, 2, 1000])
        incoming = self.incoming(node_id) if self.rng.random() < 0.5 else [[] for _ in self.clusters]
        data = self.new_proposals() if self.rng.random() < 0.1 else []
        runners = zip(self.each(node_id), incoming, strict=True)
        outcomes = [self.run_one(runner, limit, own, data) for runner, own in runners]
        self.same([comparable(outcome) for outcome in outcomes])
        sent = zip(*(outcome.messages for outcome in outcomes), strict=True)
        self.network += [tuple(message.encode() for message in messages) for messages in sent]
        self.note(outcomes[0])

    def run_one(self, runner: Runner, limit: int, incoming: list[bytes], data: list[bytes]) -> Outcome:
        """Runs a node. A leader that has removed itself steps down; its earlier work is in the next batch."""
        try:
            return runner.run(limit, incoming, data)
        except NotExistsError:
            runner.node.raft.become_follower(runner.node.raft.term, 0)
            self.happened.add("a leader removed itself")
            return runner.run(limit, [], [])

    def settle(self, _: int) -> None:
        """The normal case: all messages are delivered, and all work is done."""
        for node_id in IDS * 4:
            self.deliver(node_id)
            self.run(node_id)

    def note(self, outcome: Outcome) -> None:
        happened = {
            "messages were sent": outcome.messages,
            "entries were applied": outcome.entries,
            "a snapshot was restored": outcome.snapshot,
            "a read was answered": outcome.read_states,
            "members were changed": outcome.conf_states,
            "a change of members was rejected": outcome.rejected,
            "a message was rejected": outcome.rejected_messages,
            "a proposal was rejected": outcome.rejected_proposals,
            "a run stopped at its limit": outcome.has_more,
        }
        self.happened |= {name for name, what in happened.items() if what}


ALL_ACTIONS = [
    Schedule.tick,
    Schedule.propose,
    Schedule.change_members,
    Schedule.read,
    Schedule.restart,
    Schedule.compact,
    *[Schedule.deliver] * 4,
    *[Schedule.run] * 4,
    *[Schedule.settle] * 2,
]


HAPPENED = {
    "messages were sent",
    "entries were applied",
    "a snapshot was restored",
    "a read was answered",
    "members were changed",
    "a change of members was dropped",
    "a change of members was rejected",
    "a message was rejected",
    "a proposal was rejected",
    "a node was restarted",
    "a leader removed itself",
}


def test_loop_over_memory_is_equivalent(logger: LoggerRef) -> None:
    happened: set[str] = set()

    for seed in range(SCHEDULES):
        ways: list[tuple[type[Runner], Stores]] = [(ByHand, Kept(MemStorage)), (Looped, Kept(MemStorage))]
        if seed % 10 == 0:
            ways.append((ByHand, Kept(ListStorage)))
        schedule = Schedule(seed, ways, logger)
        schedule.go()
        happened |= schedule.happened

    assert happened == HAPPENED | {"a run stopped at its limit"}


@pytest.fixture
def folder() -> Iterator[Path]:
    with directory_in_memory() as folder:
        yield folder


def test_loop_over_a_log_is_equivalent(logger: LoggerRef, folder: Path, fuzz_factor: int) -> None:
    happened: set[str] = set()

    for seed in range(FIRST_WAL_SCHEDULE, FIRST_WAL_SCHEDULE + WAL_SCHEDULES * fuzz_factor):
        logs = [folder / f"{seed}-{number}" for number in range(3)]
        ways: list[tuple[type[Runner], Stores]] = [
            (ByHandToTheEnd, Kept(StorageWithSnapshots)),
            (SyncedByHandToTheEnd, OnDisk(logs[0])),
            (LoopedToTheEnd, OnDisk(logs[1])),
            (LoopedTogetherToTheEnd, OnDisk(logs[2])),
        ]
        schedule = Schedule(seed, ways, logger)
        schedule.go()
        happened |= schedule.happened
        for log in logs:
            shutil.rmtree(log)

    assert happened == HAPPENED
