"""`RawNode(..., seed=...)` and `Raft(..., seed=...)`: what a node draws at random is a function of the seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pytest

from rraft import (
    Config,
    ConfState,
    Logger,
    MajorityConfig,
    MemStorage,
    Message,
    MessageType,
    ProgressTracker,
    Raft,
    RaftLog,
    RaftPanicError,
    RaftRef,
    RawNode,
    ReadyLoop,
    SimulatedDisk,
    StateRole,
    StorageProtocol,
    Wal,
    run_many,
    tick_many,
)
from tests.harness.interface import Interface
from tests.harness.nodes import process, store

TICKS = 400
ELECTION_TICK = 10
VOTERS = [1, 2, 3]


def config(number: int = 1, **options: Any) -> Config:
    return Config(id=number, election_tick=ELECTION_TICK, heartbeat_tick=1, **options)


class Driver(Protocol):
    """A way to drive a node."""

    raft: RaftRef

    def tick(self) -> list[Message]: ...
    def step(self, message: Message) -> list[Message]: ...


class ByRawNode:
    """`RawNode.tick` and `RawNode.step`."""

    def __init__(self, number: int, seed: int | None) -> None:
        storage = MemStorage.new_with_conf_state(ConfState(VOTERS))
        self.node = RawNode(config(number), storage, Logger.discard(), seed=seed)
        self.raft: RaftRef = self.node.raft

    def tick(self) -> list[Message]:
        self.node.tick()
        return self.handle()

    def step(self, message: Message) -> list[Message]:
        self.node.step(message)
        return self.handle()

    def handle(self) -> list[Message]:
        messages: list[Message] = []
        while self.node.has_ready():
            ready = self.node.ready()
            store(self.node, ready)
            messages += ready.take_messages() + ready.take_persisted_messages()
            messages += self.node.advance(ready).take_messages()
            self.node.advance_apply()
        return messages


class ByTickMany(ByRawNode):
    """`tick_many`."""

    def tick(self) -> list[Message]:
        tick_many([self.node])
        return self.handle()


class ByReadyLoop:
    """`ReadyLoop.run`, over a `Wal`."""

    def __init__(self, number: int, seed: int | None) -> None:
        storage = Wal("host", disk=SimulatedDisk(number)).storage(1, ConfState(VOTERS))
        self.node = RawNode(config(number), storage, Logger.discard(), seed=seed)
        self.raft: RaftRef = self.node.raft
        self.outboxes: dict[int, list[bytes]] = {}
        self.loop = ReadyLoop(self.node, self.outboxes)

    def tick(self) -> list[Message]:
        return self.run(None, 1)

    def step(self, message: Message) -> list[Message]:
        return self.run([message], 0)

    def run(self, messages: Sequence[Message] | None, ticks: int) -> list[Message]:
        self.loop.run(messages, ticks=ticks)
        return self.sent()

    def sent(self) -> list[Message]:
        sent = [Message.decode(encoded) for outbox in self.outboxes.values() for encoded in outbox]
        self.outboxes.clear()
        return sent


class ByRunMany(ByReadyLoop):
    """`run_many`."""

    def run(self, messages: Sequence[Message] | None, ticks: int) -> list[Message]:
        run_many([(self.loop, messages, None, ticks)])
        return self.sent()


class ByRaft:
    """`Raft.tick` and `Raft.step`."""

    def __init__(self, number: int, seed: int | None) -> None:
        storage = MemStorage.new_with_conf_state(ConfState(VOTERS))
        self.raft: RaftRef = Raft(config(number), storage, Logger.discard(), seed=seed)
        self.peer = Interface(self.raft)

    def tick(self) -> list[Message]:
        self.advance_clock()
        self.peer.persist()
        return self.raft.take_msgs()

    def advance_clock(self) -> None:
        self.raft.tick()

    def step(self, message: Message) -> list[Message]:
        self.raft.step(message)
        self.peer.persist()
        return self.raft.take_msgs()


class ByTickElection(ByRaft):
    """`Raft.tick_election`, where the node is no leader."""

    def advance_clock(self) -> None:
        if self.raft.state == StateRole.Leader:
            self.raft.tick()
        else:
            self.raft.tick_election()


DRIVERS: list[Callable[[int, int | None], Driver]] = [
    ByRawNode,
    ByTickMany,
    ByReadyLoop,
    ByRunMany,
    ByRaft,
    ByTickElection,
]
Trace = list[tuple[tuple[StateRole, int, int], ...]]


def elections(make: Callable[[int, int | None], Driver], seed: int | None) -> Trace:
    """The roles, terms and timeouts of three nodes after each tick. The leader is cut off again and again."""
    nodes = {number: make(number, None if seed is None else 10 * seed + number) for number in VOTERS}
    trace, away = [], 0
    for tick in range(TICKS):
        messages = [message for node in nodes.values() for message in node.tick()]
        while messages:
            message = messages.pop(0)
            if away not in (message.from_, message.to):
                messages += nodes[message.to].step(message)
        rafts = [node.raft for node in nodes.values()]
        trace.append(tuple((raft.state, raft.term, raft.randomized_election_timeout()) for raft in rafts))
        if tick % 50 == 49:
            away = next((raft.id for raft in rafts if raft.state == StateRole.Leader and raft.id != away), 0)
    return trace


# --- Elections


@pytest.mark.parametrize("make", DRIVERS)
def test_the_same_seed_gives_the_same_elections(make: Callable[[int, int | None], Driver]) -> None:
    trace = elections(make, 1)

    assert trace == elections(make, 1)
    assert max(term for states in trace for _, term, _ in states) > 3
    assert any(state == StateRole.Leader for state, _, _ in trace[-1])


@pytest.mark.parametrize("make", DRIVERS)
def test_another_seed_gives_others(make: Callable[[int, int | None], Driver]) -> None:
    assert len({str(elections(make, seed)) for seed in range(5)}) == 5


def test_all_ways_to_drive_a_node_give_the_same_elections() -> None:
    traces = [elections(make, 7) for make in DRIVERS]

    assert all(trace == traces[0] for trace in traces)


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1, None])
def test_timeouts_are_in_their_range(seed: int | None) -> None:
    trace = elections(ByRawNode, None if seed is None else seed // 16)

    assert {timeout for states in trace for _, _, timeout in states} <= set(range(ELECTION_TICK, 2 * ELECTION_TICK))


def test_without_a_seed_elections_differ() -> None:
    assert len({str(elections(ByRawNode, None)) for _ in range(3)}) > 1


# --- Timeouts


def timeouts(raft: RaftRef, count: int) -> list[int]:
    """The timeouts after so many resets."""
    drawn = []
    for _ in range(count):
        raft.reset_randomized_election_timeout()
        drawn.append(raft.randomized_election_timeout())
    return drawn


def new_raft(seed: int | None, **options: Any) -> Raft:
    return Raft(config(**options), MemStorage.new_with_conf_state(ConfState([1, 2])), Logger.discard(), seed=seed)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, range(10, 20)),
        ({"min_election_tick": 12, "max_election_tick": 15}, range(12, 15)),
        ({"min_election_tick": 11}, range(11, 20)),
        ({"max_election_tick": 11}, range(10, 11)),
    ],
)
def test_all_timeouts_of_the_range_are_drawn(options: dict[str, int], expected: range) -> None:
    drawn = timeouts(new_raft(1, **options), 300)

    assert set(drawn) == set(expected)


def test_timeouts_are_distributed_evenly() -> None:
    drawn = timeouts(new_raft(3), 10_000)

    assert all(900 < drawn.count(timeout) < 1100 for timeout in range(10, 20))


def test_reading_the_timeout_changes_nothing() -> None:
    read, unread = new_raft(1), new_raft(1)
    for term in range(1, 50):
        for raft in (read, unread):
            raft.tick()
            raft.become_follower(term, 2)
        assert read.randomized_election_timeout() == read.randomized_election_timeout()

    assert read.randomized_election_timeout() == unread.randomized_election_timeout()


def test_the_timeout_that_is_read_is_the_one_in_effect() -> None:
    for seed in range(20):
        raft = new_raft(seed)
        expected = raft.randomized_election_timeout()
        ticks = 0
        while raft.state == StateRole.Follower:
            assert raft.pass_election_timeout() == (ticks >= expected)
            raft.tick()
            ticks += 1
        assert ticks == expected


def test_a_timeout_can_be_set() -> None:
    raft = new_raft(1)
    raft.set_randomized_election_timeout(19)
    raft.tick()
    assert raft.randomized_election_timeout() == 19

    with pytest.raises(RaftPanicError, match="min_election_timeout <= t"):
        raft.set_randomized_election_timeout(20)


def test_another_log_keeps_the_timeouts() -> None:
    kept, replaced = new_raft(1), new_raft(1)
    replaced.set_raft_log(RaftLog(MemStorage.new_with_conf_state(ConfState([1, 2])), Logger.discard()))

    assert timeouts(replaced, 10) == timeouts(kept, 10)


@pytest.mark.parametrize("make", [Raft, RawNode])
@pytest.mark.parametrize(
    ("seed", "error", "message"),
    [
        (-1, OverflowError, "can't convert negative int to unsigned"),
        (2**64, OverflowError, "int too big to convert"),
        ("1", TypeError, "'str' object cannot be interpreted as an integer"),
    ],
    ids=str,
)
def test_a_seed_is_a_number_of_64_bits(
    make: type[Raft | RawNode], seed: Any, error: type[Exception], message: str
) -> None:
    storage: StorageProtocol = MemStorage()
    with pytest.raises(error, match=message):
        make(config(), storage, Logger.discard(), seed=seed)


# --- Reads


def heartbeats_of_a_read(seed: int | None) -> list[bytes]:
    """The heartbeats that a leader sends for a read."""
    storage = MemStorage.new_with_conf_state(ConfState([1, 2]))
    node = RawNode(config(), storage, Logger.discard(), seed=seed)
    node.raft.become_candidate()
    node.raft.become_leader()
    process(node)
    ack = Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=1, index=1)
    node.step(ack)
    process(node)
    node.read_index(b"read")
    return [message.context for message in node.ready().messages()]


def test_the_context_of_a_read_is_a_function_of_the_seed() -> None:
    [context] = heartbeats_of_a_read(1)

    assert context.endswith(b"read")
    assert heartbeats_of_a_read(1) == [context]
    assert heartbeats_of_a_read(2) != [context]
    assert heartbeats_of_a_read(None) != heartbeats_of_a_read(None)


# --- Order


def test_sets_and_dicts_have_the_same_order_each_time() -> None:
    ids = [2**60 + 8 * position for position in range(30)]  # a set of Python has them in the order of their insertion
    tracker = ProgressTracker(max_inflight=10)
    for number in ids:
        tracker.record_vote(number, True)
    orders = [(list(MajorityConfig(ids).ids()), list(tracker.votes())) for _ in range(5)]

    assert all(order == orders[0] for order in orders)
    assert orders[0][1] == ids
