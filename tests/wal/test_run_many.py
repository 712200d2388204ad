"""`run_many`: the rounds of many loops, and when their messages leave."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rraft import (
    CodecError,
    Config,
    ConfState,
    Entry,
    GetEntriesContext,
    HardState,
    InUseError,
    LoggerRef,
    MemStorage,
    Message,
    MessageType,
    ProposalDroppedError,
    RaftPanicError,
    RawNode,
    ReadyBatch,
    ReadyLoop,
    StateRole,
    Wal,
    WalClosedError,
    WalStorage,
    run_many,
)
from tests.harness import ListStorage
from tests.harness.processes import run
from tests.harness.util import new_entry
from tests.harness.wal import crashed


def single(storage: MemStorage | WalStorage, logger: LoggerRef, **options: Any) -> ReadyLoop:
    """A loop of the only voter, before its election."""
    return ReadyLoop(RawNode(Config(id=1, **options), storage, logger))


def leader(wal: Wal, group: int, logger: LoggerRef) -> ReadyLoop:
    """A loop of the only voter, after its election."""
    loop = single(wal.storage(group, ConfState([1])), logger)
    loop.node.campaign()
    assert loop.run() is not None
    return loop


def of_three(
    wal: Wal, logger: LoggerRef, outboxes: dict[int, list[bytes]] | None = None, group: int = 1, **options: Any
) -> ReadyLoop:
    """A loop of the first of three voters, a follower in term 1 with an entry that is committed."""
    storage = wal.storage(group, ConfState([1, 2, 3]))
    storage.append([new_entry(1, 1)])
    storage.set_hardstate(HardState(term=1, commit=1))
    wal.sync()
    node = RawNode(Config(id=1, applied=1, **options), storage, logger)
    return ReadyLoop(node, outboxes)


def lead(loop: ReadyLoop) -> None:
    """Makes the first of three voters the leader, and its first entry committed."""
    loop.node.campaign()
    loop.run()
    vote = Message(msg_type=MessageType.MsgRequestVoteResponse, from_=2, to=1, term=2)
    loop.run([vote])
    assert loop.node.raft.state == StateRole.Leader
    loop.run([appended(2), appended(2, voter=3)])


def appended(index: int, *, voter: int = 2) -> Message:
    """A response of a voter: it has the entries up to `index`."""
    return Message(msg_type=MessageType.MsgAppendResponse, from_=voter, to=1, term=2, index=index)


def data_of(batch: object) -> list[bytes]:
    """The data of the entries to apply."""
    assert isinstance(batch, ReadyBatch)
    return [data for _, _, data in batch.take_committed_data()]


def types(messages: list[Message]) -> list[tuple[MessageType, int]]:
    """The kinds of messages and their receivers."""
    return [(message.msg_type, message.to) for message in messages]


def taken(outboxes: dict[int, list[bytes]]) -> list[tuple[MessageType, int]]:
    """The kinds of the messages in outboxes and their receivers, which are removed."""
    messages = [Message.decode(encoded) for box in outboxes.values() for encoded in box]
    outboxes.clear()
    return types(messages)


# --- Results


def test_results_are_in_order(wal: Wal, logger: LoggerRef) -> None:
    loops = [leader(wal, group, logger) for group in range(5)]

    results = run_many([(loop, None, [b"%d" % number] if number != 2 else None) for number, loop in enumerate(loops)])

    assert [data_of(results[number]) for number in (0, 1, 3, 4)] == [[b"0"], [b"1"], [b"3"], [b"4"]]
    assert results[2] is None


def test_nothing_to_run(wal: Wal) -> None:
    before = wal.stats().fsyncs

    assert run_many([]) == []
    assert run_many(iter(())) == []
    assert wal.stats().fsyncs == before


def test_work_may_be_any_iterable(wal: Wal, logger: LoggerRef) -> None:
    loops = [leader(wal, group, logger) for group in range(3)]

    results = run_many((loop, None, [b"data"]) for loop in loops)

    assert [data_of(batch) for batch in results] == [[b"data"]] * 3


@pytest.mark.parametrize("kind", [lambda loop: loop, lambda loop: (loop,), lambda loop: (loop, None)])
def test_loop_without_input(wal: Wal, logger: LoggerRef, kind: Callable[[ReadyLoop], Any]) -> None:
    loop = leader(wal, 1, logger)
    loop.node.propose(b"", b"data")

    [batch] = run_many([kind(loop)])

    assert data_of(batch) == [b"data"]


def test_all_input(wal: Wal, logger: LoggerRef) -> None:
    """Messages, then ticks, then reads, then proposals."""
    outboxes: dict[int, list[bytes]] = {}
    loop = of_three(wal, logger, outboxes, heartbeat_tick=2, election_tick=10)
    lead(loop)
    outboxes.clear()

    [batch] = run_many([(loop, [appended(3)], [b"one", b"two"], 2, [b"read"])])

    heartbeats = [message for message in taken(outboxes) if message[0] == MessageType.MsgHeartbeat]
    assert sorted(heartbeats, key=lambda pair: pair[1]) == (
        [(MessageType.MsgHeartbeat, 2)] * 2 + [(MessageType.MsgHeartbeat, 3)] * 2  # of the ticks, and of the read
    )
    assert loop.node.store().last_index() == 4
    assert batch is None or data_of(batch) == []


def test_ticks_start_an_election(wal: Wal, logger: LoggerRef) -> None:
    loop = single(wal.storage(1, ConfState([1])), logger, election_tick=10, min_election_tick=10, max_election_tick=11)

    assert run_many([(loop, None, None, 9)]) == [None]
    [batch] = run_many([(loop, None, [b"data"], 1)])

    assert data_of(batch) == [b"", b"data"]


def test_reads_of_a_leader(wal: Wal, logger: LoggerRef) -> None:
    loop = leader(wal, 1, logger)

    [batch] = run_many([(loop, None, None, 0, [b"first", b"second"])])

    assert isinstance(batch, ReadyBatch)
    assert [(state.index, state.request_ctx) for state in batch.take_read_states()] == [(1, b"first"), (1, b"second")]


def test_rejected_reads_are_returned_by_position(wal: Wal, logger: LoggerRef) -> None:
    batch = leader(wal, 1, logger).run(reads=[b"first", bytes(2**28), b"last"])

    assert batch is not None
    assert [(position, type(error)) for position, error in batch.rejected_reads()] == [(1, CodecError)]
    assert [state.request_ctx for state in batch.read_states()] == [b"first", b"last"]


def test_rejected_input_is_in_the_batch(wal: Wal, logger: LoggerRef) -> None:
    loop = single(wal.storage(1, ConfState([1, 2])), logger)

    msgs: list[Message | bytes] = [b"\xff", appended(3)]

    [batch] = run_many([(loop, msgs, [b"data"])])

    assert isinstance(batch, ReadyBatch)
    assert [position for position, _ in batch.rejected_messages()] == [0]
    [(position, error)] = batch.rejected_proposals()
    assert (position, type(error)) == (0, ProposalDroppedError)


WRONG: dict[str, tuple[Callable[[ReadyLoop], Any], str]] = {
    "no loop": (lambda _: 1, "expected a ReadyLoop, or a tuple of a ReadyLoop, msgs, data, ticks and reads, got int"),
    "node": (lambda loop: loop.node, "expected a ReadyLoop, or a tuple .*, got RawNode"),
    "None": (lambda _: None, "expected a ReadyLoop, or a tuple .*, got NoneType"),
    "list": (lambda loop: [loop], "expected a ReadyLoop, or a tuple .*, got list"),
    "empty tuple": (lambda _: (), "got a tuple of 0 items"),
    "long tuple": (lambda loop: (loop, None, None, 0, None, None), "got a tuple of 6 items"),
    "no loop in a tuple": (lambda _: (None, None), "expected a ReadyLoop, or a tuple .*, got NoneType"),
    "msgs": (lambda loop: (loop, [1]), "int"),
    "msgs of no iterable": (lambda loop: (loop, 1), "'int' object"),
    "data": (lambda loop: (loop, None, ["text"]), "str"),
    "ticks": (lambda loop: (loop, None, None, "1"), "'str' object cannot be interpreted as an integer"),
    "ticks of None": (lambda loop: (loop, None, None, None), "'NoneType' object cannot be interpreted as an integer"),
    "reads": (lambda loop: (loop, None, None, 0, [None]), "NoneType"),
}


@pytest.mark.parametrize(("wrong", "message"), WRONG.values(), ids=WRONG)
def test_wrong_item_is_rejected_before_any_work(
    wal: Wal, logger: LoggerRef, wrong: Callable[[ReadyLoop], Any], message: str
) -> None:
    loops = [leader(wal, group, logger) for group in range(2)]
    calls: list[None] = []

    with pytest.raises(TypeError, match=message):
        run_many([(loops[0], None, [b"data"]), wrong(loops[1])], before_wait=lambda: calls.append(None))

    assert [loop.node.store().last_index() for loop in loops] == [1, 1]
    assert calls == []
    [first, _] = run_many([(loops[0], None, [b"data"]), loops[1]])
    assert data_of(first) == [b"data"]


@pytest.mark.parametrize("work", [None, 1, ReadyLoop], ids=["None", "int", "class"])
def test_work_that_is_no_iterable(work: Any) -> None:
    with pytest.raises(TypeError, match="iterable"):
        run_many(work)


def test_negative_ticks(wal: Wal, logger: LoggerRef) -> None:
    with pytest.raises(OverflowError, match="out of range integral type conversion attempted"):
        run_many([(leader(wal, 1, logger), None, None, -1)])


def test_callback_that_is_not_callable(wal: Wal, logger: LoggerRef) -> None:
    loop = leader(wal, 1, logger)
    before_wait: Any = 1

    with pytest.raises(TypeError, match="expected a callable or None, got int"):
        run_many([(loop, None, [b"data"])], before_wait=before_wait)

    assert loop.run() is None


# --- Failures of one loop


def test_failing_loop_does_not_affect_others(directory: Path, logger: LoggerRef) -> None:
    with Wal(directory / "a") as one, Wal(directory / "b") as other:
        loops = [leader(one, 1, logger), leader(other, 1, logger), leader(one, 2, logger)]
        other.close()

        results = run_many([(loop, None, [b"data"]) for loop in loops])

        assert [data_of(results[number]) for number in (0, 2)] == [[b"data"], [b"data"]]
        assert isinstance(results[1], WalClosedError)
        assert str(results[1]) == "the log is closed"


def test_node_that_panics(wal: Wal, logger: LoggerRef) -> None:
    loops = [leader(wal, group, logger) for group in range(3)]
    store = loops[1].node.store()
    assert isinstance(store, WalStorage)
    store.append([new_entry(1, 1), new_entry(1, 2), new_entry(1, 3)])  # not through the node
    store.compact(4)

    results = run_many([(loop, None, [b"data"]) for loop in loops])

    assert isinstance(results[1], RaftPanicError)
    assert [data_of(results[number]) for number in (0, 2)] == [[b"data"], [b"data"]]


def test_same_loop_twice(wal: Wal, logger: LoggerRef) -> None:
    loop = leader(wal, 1, logger)

    first, second = run_many([(loop, None, [b"one"]), (loop, None, [b"two"])])

    assert data_of(first) == [b"one"]
    assert isinstance(second, InUseError)
    assert "runs twice" in str(second)
    assert data_of(loop.run(data=[b"three"])) == [b"three"]


def test_two_loops_of_a_node(wal: Wal, logger: LoggerRef) -> None:
    loop = leader(wal, 1, logger)
    other = ReadyLoop(loop.node)

    results = run_many([(loop, None, [b"one"]), (other, None, [b"two"])])

    assert sorted(data for batch in results if batch is not None for data in data_of(batch)) == [b"one", b"two"]
    assert data_of(loop.run(data=[b"three"])) == [b"three"]


# --- Storages


def test_storages_of_all_kinds(directory: Path, logger: LoggerRef) -> None:
    with Wal(directory / "a") as one, Wal(directory / "b") as other:
        memory = single(MemStorage.new_with_conf_state(ConfState([1])), logger)
        memory.node.campaign()
        memory.run()
        loops = [leader(one, 1, logger), memory, leader(other, 1, logger), leader(one, 2, logger)]
        before = one.stats().fsyncs, other.stats().fsyncs

        results = run_many([(loop, None, [b"%d" % number]) for number, loop in enumerate(loops)])

        assert [data_of(batch) for batch in results] == [[b"0"], [b"1"], [b"2"], [b"3"]]
        assert (one.stats().fsyncs, other.stats().fsyncs) == (before[0] + 1, before[1] + 1)


def test_memory_storages_need_no_wait(logger: LoggerRef) -> None:
    loop = single(MemStorage.new_with_conf_state(ConfState([1])), logger)
    loop.node.campaign()
    calls: list[None] = []

    [batch] = run_many([(loop, None, [b"data"])], before_wait=lambda: calls.append(None))

    assert data_of(batch) == [b"", b"data"]
    assert calls == []


def test_storage_in_python_has_no_loop(logger: LoggerRef) -> None:
    storage = ListStorage()
    storage.initialize_with_conf_state(ConfState([1]))

    with pytest.raises(TypeError, match="got a storage written in Python"):
        ReadyLoop(RawNode(Config(id=1), storage, logger))


# --- Durability


@pytest.mark.parametrize("groups", [1, 1000])
def test_one_fsync_for_a_round(wal: Wal, logger: LoggerRef, groups: int) -> None:
    storages = [wal.storage(group, ConfState([1])) for group in range(groups)]
    loops = [single(storage, logger) for storage in storages]
    for loop in loops:
        loop.node.campaign()
    run_many(loops)
    before = wal.stats()

    for number in range(3):
        results = run_many([(loop, None, [b"%d" % number]) for loop in loops])
        assert all(data_of(batch) == [b"%d" % number] for batch in results)

    after = wal.stats()
    assert (after.fsyncs - before.fsyncs, after.writes - before.writes) == (3, 3)


def test_round_without_work_needs_no_fsync(wal: Wal, logger: LoggerRef) -> None:
    loops = [leader(wal, group, logger) for group in range(10)]
    before = wal.stats().fsyncs

    assert run_many(loops) == [None] * 10
    assert run_many([(loop, None, None, 1) for loop in loops]) == [None] * 10

    assert wal.stats().fsyncs == before


def test_entries_are_durable_when_they_are_given_out(wal: Wal, directory: Path, logger: LoggerRef) -> None:
    loops = [leader(wal, group, logger) for group in range(10)]
    run_many([(loop, None, [b"data"]) for loop in loops])

    with Wal(crashed(directory)) as again:
        for group in again.groups():
            storage = again.storage(group)
            assert [entry.data for entry in storage.entries(1, 3, GetEntriesContext.empty(False))] == [b"", b"data"]
            node = RawNode(Config(id=1, applied=2), storage, logger)  # the commit index may be older
            assert node.raft.raft_log.committed == 2


def test_leader_sends_entries_before_they_are_durable(wal: Wal, logger: LoggerRef) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loop = of_three(wal, logger, outboxes)
    lead(loop)
    outboxes.clear()
    before = wal.stats().fsyncs
    seen: list[tuple[list[tuple[MessageType, int]], int]] = []

    [batch] = run_many(
        [(loop, None, [b"data"])], before_wait=lambda: seen.append((taken(outboxes), wal.stats().fsyncs))
    )

    assert seen == [([(MessageType.MsgAppend, 2), (MessageType.MsgAppend, 3)], before)]
    assert wal.stats().fsyncs == before + 1
    assert taken(outboxes) == []
    assert batch is None


def test_leader_counts_itself_only_when_it_is_durable(wal: Wal, logger: LoggerRef) -> None:
    """The response of a follower, which is faster than the disk of the leader, commits nothing."""
    loop = of_three(wal, logger, {})
    lead(loop)
    committed: list[int] = []

    def response_comes() -> None:
        loop.node.step(appended(3))
        committed.append(loop.node.raft.raft_log.committed)

    [batch] = run_many([(loop, None, [b"data"])], before_wait=response_comes)

    assert committed[0] == 2
    assert data_of(batch) == [b"data"]
    assert loop.node.raft.raft_log.committed == 3


FOLLOWER: dict[str, tuple[Message, MessageType]] = {
    "append": (
        Message(
            msg_type=MessageType.MsgAppend,
            from_=2,
            to=1,
            term=2,
            log_term=1,
            index=1,
            entries=[Entry(index=2, term=2, data=b"data")],
        ),
        MessageType.MsgAppendResponse,
    ),
    "vote": (
        Message(msg_type=MessageType.MsgRequestVote, from_=2, to=1, term=2, log_term=1, index=1),
        MessageType.MsgRequestVoteResponse,
    ),
}


@pytest.mark.parametrize(("message", "response"), FOLLOWER.values(), ids=FOLLOWER)
def test_follower_responds_when_it_is_durable(
    wal: Wal, logger: LoggerRef, message: Message, response: MessageType
) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loop = of_three(wal, logger, outboxes)
    before = wal.stats().fsyncs
    seen: list[tuple[list[tuple[MessageType, int]], int]] = []

    run_many([(loop, [message])], before_wait=lambda: seen.append((taken(outboxes), wal.stats().fsyncs)))

    assert seen == [([], before)]
    assert wal.stats().fsyncs == before + 1
    assert taken(outboxes) == [(response, 2)]


def test_candidate_asks_for_votes_when_its_own_is_durable(wal: Wal, logger: LoggerRef) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loop = of_three(wal, logger, outboxes)
    loop.node.campaign()
    seen: list[list[tuple[MessageType, int]]] = []

    run_many([loop], before_wait=lambda: seen.append(taken(outboxes)))

    assert seen == [[]]
    assert taken(outboxes) == [(MessageType.MsgRequestVote, 2), (MessageType.MsgRequestVote, 3)]


def test_messages_of_a_batch_leave_after_the_wait(wal: Wal, logger: LoggerRef) -> None:
    """Without outboxes, all messages are in the batch, in the order in which they may be sent."""
    storage = wal.storage(1, ConfState([1, 2]))
    loop = single(storage, logger)
    loop.node.campaign()
    [batch] = run_many([loop])
    assert isinstance(batch, ReadyBatch)
    assert types(batch.take_messages()) == [(MessageType.MsgRequestVote, 2)]
    vote = Message(msg_type=MessageType.MsgRequestVoteResponse, from_=2, to=1, term=1)

    [batch] = run_many([(loop, [vote], [b"data"])])

    assert isinstance(batch, ReadyBatch)
    assert {kind for kind, _ in types(batch.take_messages())} == {MessageType.MsgAppend}


# --- `before_wait`


class CallbackError(Exception):
    """An exception of a callback."""


def test_exception_of_the_callback_loses_nothing(wal: Wal, logger: LoggerRef) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loops = [of_three(wal, logger, outboxes, group) for group in range(3)]
    for loop in loops:
        lead(loop)
    outboxes.clear()
    before = wal.stats().fsyncs

    def fails() -> None:
        raise CallbackError("not now")

    for number in range(2):
        with pytest.raises(CallbackError, match="not now"):
            run_many([(loop, None, [b"%d" % number]) for loop in loops], before_wait=fails)
    assert wal.stats().fsyncs == before
    assert sorted(taken(outboxes), key=lambda pair: pair[1]) == (
        [(MessageType.MsgAppend, 2)] * 6 + [(MessageType.MsgAppend, 3)] * 6
    )

    results = run_many([(loop, [appended(4)], [b"last"]) for loop in loops])

    assert [data_of(batch) for batch in results] == [[b"0", b"1"]] * 3
    assert {kind for kind, _ in taken(outboxes)} == {MessageType.MsgAppend}


def test_held_messages_survive_an_exception_of_the_callback(wal: Wal, logger: LoggerRef) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loop = of_three(wal, logger, outboxes)
    message, response = FOLLOWER["append"]

    def fails() -> None:
        raise CallbackError("not now")

    with pytest.raises(CallbackError, match="not now"):
        run_many([(loop, [message])], before_wait=fails)
    assert taken(outboxes) == []

    run_many([loop])

    assert taken(outboxes) == [(response, 2)]


@pytest.mark.parametrize("call", [lambda loop: loop.run(), lambda loop: run_many([loop])[0]], ids=["run", "run_many"])
def test_loop_is_in_use_during_the_wait(wal: Wal, logger: LoggerRef, call: Callable[[ReadyLoop], object]) -> None:
    loop = leader(wal, 1, logger)
    errors: list[object] = []

    def again() -> None:
        try:
            errors.append(call(loop))
        except InUseError as error:
            errors.append(error)

    [batch] = run_many([(loop, None, [b"data"])], before_wait=again)

    assert data_of(batch) == [b"data"]
    [error] = errors
    assert isinstance(error, InUseError)
    assert "the ReadyLoop is in use: it waits for its log on another thread, or runs twice" in str(error)


def test_node_can_be_used_during_the_wait(wal: Wal, logger: LoggerRef) -> None:
    loops = [leader(wal, group, logger) for group in range(2)]

    def use() -> None:
        if loops[0].node.raft.raft_log.last_index() == 2:
            loops[0].node.propose(b"", b"second")
            loops[0].node.tick()

    results = run_many([(loops[0], None, [b"first"]), loops[1]], before_wait=use)

    assert data_of(results[0]) == [b"first", b"second"]


def test_callback_may_run_other_loops(wal: Wal, logger: LoggerRef) -> None:
    loops = [leader(wal, group, logger) for group in range(2)]
    inner: list[object] = []

    def run_other() -> None:
        inner.extend(run_many([(loops[1], None, [b"inner"])]))

    [batch] = run_many([(loops[0], None, [b"outer"])], before_wait=run_other)

    assert data_of(batch) == [b"outer"]
    assert data_of(inner[0]) == [b"inner"]


def test_loops_may_be_dropped_during_the_call(wal: Wal, logger: LoggerRef) -> None:
    work = [(leader(wal, group, logger), None, [b"data"]) for group in range(3)]

    def drop() -> None:
        work.clear()
        gc.collect()

    results = run_many(work, before_wait=drop)

    assert [data_of(batch) for batch in results] == [[b"data"]] * 3


# --- Threads


def test_gil_is_released_during_the_wait(tmp_path: Path, logger: LoggerRef) -> None:
    """Another thread works meanwhile: with the GIL, it could not count within one call."""
    count, stop = 0, threading.Event()
    before: list[int] = []

    def work() -> None:
        nonlocal count
        while not stop.is_set():
            count += 1
            time.sleep(0)

    with Wal(tmp_path / "wal") as wal:
        loops = [leader(wal, group, logger) for group in range(4)]
        switch = sys.getswitchinterval()
        sys.setswitchinterval(60)  # only a release of the GIL lets the other thread run
        thread = threading.Thread(target=work)
        try:
            thread.start()
            end = time.monotonic() + 60
            worked: set[bool] = set()
            while worked != {True} and time.monotonic() < end:
                before.clear()
                run_many([(loop, None, [b"x" * 1_000_000]) for loop in loops], before_wait=lambda: before.append(count))
                worked = {count > before[0]}
        finally:
            stop.set()
            sys.setswitchinterval(switch)
            thread.join()

    assert worked == {True}


def test_threads_run_loops_at_once(wal: Wal, logger: LoggerRef) -> None:
    groups = [[leader(wal, 10 * thread + group, logger) for group in range(10)] for thread in range(4)]
    failures: list[object] = []
    start = threading.Barrier(4)

    def work(loops: list[ReadyLoop]) -> None:
        start.wait()
        for number in range(30):
            results = run_many([(loop, None, [b"%d" % number]) for loop in loops])
            failures.extend(batch for batch in results if data_of(batch) != [b"%d" % number])

    threads = [threading.Thread(target=work, args=(loops,)) for loops in groups]
    with ExitStack() as stack:
        for thread in threads:
            thread.start()
            stack.callback(thread.join)

    assert failures == []
    assert [loop.node.store().last_index() for loops in groups for loop in loops] == [31] * 40


# --- A disk that fails

FAILING = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def fill(limit): resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
import tempfile
folder = tempfile.TemporaryDirectory(); path = folder.name + "/wal"
wal = Wal(path)
outboxes = {}
def follower(group):
    storage = wal.storage(group, ConfState([1, 2, 3]))
    storage.append([Entry(index=1, term=1)]); storage.set_hardstate(HardState(term=1, commit=1))
    return ReadyLoop(RawNode(Config(id=1, applied=1), storage, Logger.discard()), outboxes)
loops = [follower(group) for group in (1, 2)]
wal.sync()
memory = ReadyLoop(new_node([1])); memory.node.campaign(); memory.run()
append = Message(msg_type=MessageType.MsgAppend, from_=2, to=1, term=2, log_term=1, index=1, commit=2,
                 entries=[Entry(index=2, term=2, data=b"x" * 100_000)])
vote = Message(msg_type=MessageType.MsgRequestVote, from_=2, to=1, term=2, log_term=1, index=1)
size = wal.stats().disk_bytes
"""


@pytest.mark.parametrize("limit", ["size", "size + 50_000"], ids=["no write", "part of a write"])
def test_nothing_that_depends_on_a_failed_disk_is_given_out(limit: str) -> None:
    ended = run(f"""{FAILING}
fill({limit})
results = run_many([(loops[0], [append]), (memory, None, [b"data"]), (loops[1], [vote])])
assert [type(results[number]) for number in (0, 2)] == [WalFailedError] * 2, results
assert "the log failed and must be opened again: write " in str(results[0]), results[0]
assert results[1].take_committed_data() == [(2, 1, b"data")]
assert outboxes == {{}}, outboxes
fill(resource.RLIM_INFINITY)  # nothing is tried again
for call in (lambda: loops[0].run(), lambda: loops[1].run(ticks=1), wal.sync, lambda: wal.remove(1), wal.mark):
    try: call()
    except WalFailedError: pass
    else: raise AssertionError(call)
assert [type(result) for result in run_many(loops)] == [WalFailedError] * 2
assert outboxes == {{}}, outboxes
assert wal.storage(1).last_index() == 2  # what is in memory can be read
try: wal.close()
except WalFailedError: pass
else: raise AssertionError("closed")
wal.close()
with Wal(path) as again:
    assert again.groups() == [1, 2]
    for group in again.groups():
        storage = again.storage(group)
        assert (storage.last_index(), storage.hard_state()) == (1, HardState(term=1, commit=1))
        loop = ReadyLoop(RawNode(Config(id=1, applied=1), storage, Logger.discard()), outboxes)
        loop.run([append])
assert [Message.decode(encoded).msg_type for encoded in outboxes[2]] == [MessageType.MsgAppendResponse] * 2
print("done")
""")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")


def test_snapshot_that_fails_leaves_the_log_usable() -> None:
    ended = run(f"""{FAILING}
storage = wal.storage(1)
storage.create_snapshot(1, b"old")
wal.sync()
files = sorted(os.listdir(path))
fill(100_000)
for call in (
    lambda: storage.create_snapshot(1, b"x" * 200_000),
    lambda: storage.create_snapshot(1, [b"x" * 10_000] * 20),
    lambda: storage.apply_snapshot(Snapshot(metadata=SnapshotMetadata(index=9, term=9)), b"x" * 200_000),
    lambda: storage.snapshot_writer().write(b"x" * 200_000),
):
    try: call()
    except WalError as error: raise AssertionError(error)
    except OSError as error: assert "File too large" in str(error), error
    else: raise AssertionError("written")
    assert sorted(os.listdir(path)) == files, os.listdir(path)
assert b"".join(storage.read_snapshot()) == b"old"
storage.append([Entry(index=2, term=1)])
wal.close()
print("done")
""")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")
