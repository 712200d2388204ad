"""`ReadyLoop` over a `WalStorage`: what is durable when it returns, and snapshots that a node restores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rraft import (
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    HardState,
    LoggerRef,
    Message,
    MessageType,
    RaftPanicError,
    RawNode,
    ReadyBatch,
    ReadyLoop,
    Snapshot,
    Wal,
    WalCorruptedError,
    WalStorage,
    new_conf_change_single,
    run_many,
)
from tests.harness.processes import run
from tests.harness.util import new_entry, new_snapshot
from tests.harness.wal import crashed, names

Run = Callable[..., ReadyBatch | None]


def by_run_many(loop: ReadyLoop, msgs: list[Message] | None = None) -> ReadyBatch | None:
    [result] = run_many([(loop, msgs)])
    assert not isinstance(result, BaseException)
    return result


by_each_call = pytest.mark.parametrize("call", [ReadyLoop.run, by_run_many], ids=["run", "run_many"])


def leader(storage: WalStorage, logger: LoggerRef) -> ReadyLoop:
    """A loop of the only voter, after its election."""
    loop = ReadyLoop(RawNode(Config(id=1), storage, logger))
    loop.node.campaign()
    loop.run()
    return loop


# --- Durability


@by_each_call
def test_configuration_is_durable_when_its_change_is_given_out(
    wal: Wal, directory: Path, logger: LoggerRef, call: Run
) -> None:
    """A node that is started from the applied index does not apply the change again."""
    loop = leader(wal.storage(1, ConfState([1])), logger)
    change = ConfChangeV2(changes=[new_conf_change_single(2, ConfChangeType.AddLearnerNode)])
    loop.node.propose_conf_change_v2(b"", change)

    batch = call(loop)

    assert batch is not None
    [(index, conf_state)] = batch.conf_states()
    with Wal(crashed(directory)) as again:
        node = RawNode(Config(id=1, applied=index), again.storage(1), logger)
        assert again.storage(1).initial_state().conf_state == conf_state == ConfState([1], [2])
        assert node.raft.prs().conf().to_conf_state() == conf_state


@by_each_call
def test_entries_votes_and_terms_are_durable(wal: Wal, directory: Path, logger: LoggerRef, call: Run) -> None:
    loop = ReadyLoop(RawNode(Config(id=1), wal.storage(1, ConfState([1])), logger))
    loop.node.campaign()

    call(loop)

    with Wal(crashed(directory)) as again:
        storage = again.storage(1)
        assert (storage.last_index(), storage.term(1)) == (1, 1)
        assert (storage.hard_state().term, storage.hard_state().vote) == (1, 1)


def test_plain_loop_over_a_log(wal: Wal, directory: Path, logger: LoggerRef) -> None:
    """The loop by hand: `sync` before the persisted messages are sent."""
    storage = wal.storage(1, ConfState([1]))
    node = RawNode(Config(id=1), storage, logger)
    node.campaign()
    node.propose(b"", b"data")
    applied: list[bytes] = []

    while node.has_ready():
        ready = node.ready()
        storage.append(ready.entries())
        if hard_state := ready.hs():
            storage.set_hardstate(hard_state)
        storage.sync()
        applied += [entry.data for entry in ready.committed_entries()]
        light_ready = node.advance(ready)
        if (commit := light_ready.commit_index()) is not None:
            storage.hard_state().commit = commit
        applied += [entry.data for entry in light_ready.committed_entries()]
        node.advance_apply()

    assert applied == [b"", b"data"]
    with Wal(crashed(directory)) as again:
        assert again.storage(1).last_index() == 2


@pytest.mark.parametrize("is_looped", [False, True], ids=["step", "run"])
def test_damaged_snapshot_that_a_leader_sends(wal: Wal, directory: Path, logger: LoggerRef, is_looped: bool) -> None:
    """The call raises. As after each unexpected exception of a storage, the node must be created again."""
    storage = wal.storage(1, ConfState([1, 2]), inline_snapshots=True)
    storage.append([new_entry(1, 1), new_entry(1, 2)])
    storage.set_hardstate(HardState(term=1, commit=2))
    node = RawNode(Config(id=1, applied=2), storage, logger)
    loop = ReadyLoop(node)
    node.campaign()
    loop.run()
    loop.run([Message(msg_type=MessageType.MsgRequestVoteResponse, from_=2, to=1, term=2)])
    storage.create_snapshot(2, b"data")
    storage.compact(3)
    [name] = names(directory, "*.snap")
    data = (directory / name).read_bytes()
    (directory / name).unlink()
    rejection = Message(
        msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=2, index=2, reject=True, reject_hint=0
    )

    with pytest.raises(WalCorruptedError, match="the file is missing"):
        loop.run([rejection]) if is_looped else node.step(rejection)
    with pytest.raises(RaftPanicError, match="can't be used after raft panicked: WalCorruptedError"):
        node.tick()

    (directory / name).write_bytes(data)
    assert storage.snapshot(2, 2).data == b"data"
    assert RawNode(Config(id=1, applied=2), storage, logger).raft.raft_log.last_index() == 3


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_limit(wal: Wal, logger: LoggerRef, limit: int) -> None:
    loop = ReadyLoop(RawNode(Config(id=1), wal.storage(1, ConfState([1])), logger))
    loop.node.campaign()
    data: list[bytes] = []

    batch = loop.run(data=[b"one", b"two"], limit=limit)
    while batch is not None:
        data += [each for _, _, each in batch.take_committed_data()]
        batch = loop.run(limit=limit) if batch.has_more() else None

    assert data == [b"", b"one", b"two"]


# --- Snapshots of a leader


DATA = b"".join(b"%08d" % number for number in range(30_000))


def follower(wal: Wal, logger: LoggerRef, outboxes: dict[int, list[bytes]], group: int = 1) -> ReadyLoop:
    """A loop of the second of two voters, with an entry that is applied."""
    storage = wal.storage(group, ConfState([1, 2]))
    storage.append([new_entry(1, 1)])
    storage.set_hardstate(HardState(term=1, commit=1))
    storage.create_snapshot(1, b"old")
    wal.sync()
    return ReadyLoop(RawNode(Config(id=2, applied=1), storage, logger), outboxes)


def message_with(snapshot: Snapshot, data: bytes = b"") -> Message:
    """A message that makes a follower restore a snapshot."""
    inner = snapshot.clone()
    inner.data = data
    return Message(msg_type=MessageType.MsgSnapshot, from_=1, to=2, term=2, snapshot=inner)


SNAPSHOT = new_snapshot(9, 2, [1, 2])


def stage_twice(storage: WalStorage) -> None:
    storage.stage_snapshot(SNAPSHOT, b"first")
    storage.stage_snapshot(SNAPSHOT, b"second")


def test_staged_data_is_kept_without_a_storage(wal: Wal, logger: LoggerRef) -> None:
    wal.storage(1).stage_snapshot(SNAPSHOT, DATA)
    for group in range(2, 5000):
        wal.storage(group)
    loop = follower(wal, logger, {})

    loop.run([message_with(SNAPSHOT)])

    assert b"".join(wal.storage(1).read_snapshot() or []) == DATA


def test_older_snapshot_that_arrives_late_leaves_the_data_of_the_newer_one(wal: Wal, logger: LoggerRef) -> None:
    loop = follower(wal, logger, {})
    storage, older = wal.storage(1), new_snapshot(7, 2, [1, 2])
    storage.stage_snapshot(SNAPSHOT, DATA)
    storage.stage_snapshot(older, b"older")

    loop.run([message_with(SNAPSHOT), message_with(older)])

    assert b"".join(storage.read_snapshot() or []) == DATA


def test_data_of_snapshots_is_deleted_when_a_later_one_is_restored(
    wal: Wal, directory: Path, logger: LoggerRef
) -> None:
    loop = follower(wal, logger, {})
    storage = wal.storage(1)
    storage.stage_snapshot(new_snapshot(7, 2, [1, 2]), b"older")
    storage.stage_snapshot(SNAPSHOT, DATA)

    loop.run([message_with(SNAPSHOT)])
    wal.sync()

    assert len(names(directory, "*.snap")) == 1


def test_staged_data_of_a_removed_group_is_deleted(wal: Wal, directory: Path) -> None:
    storage = wal.storage(1, ConfState([1]))
    storage.stage_snapshot(SNAPSHOT, DATA)
    before = names(directory, "*.snap")

    wal.remove(1)

    assert (len(before), names(directory, "*.snap")) == (1, [])


STAGED: dict[str, tuple[Callable[[WalStorage], Any], bytes, bytes]] = {
    "nothing": (lambda _: None, b"", b""),
    "inline": (lambda _: None, DATA, DATA),
    "staged": (lambda storage: storage.stage_snapshot(SNAPSHOT, DATA), b"", DATA),
    "staged chunks": (lambda storage: storage.stage_snapshot(SNAPSHOT, iter([DATA[:9], DATA[9:]])), b"", DATA),
    "staged instead of inline": (lambda storage: storage.stage_snapshot(SNAPSHOT, b"staged"), b"inline", b"staged"),
    "staged twice": (stage_twice, b"", b"second"),
    "another one": (lambda storage: storage.stage_snapshot(new_snapshot(8, 2), b"other"), b"inline", b"inline"),
    "of another term": (lambda storage: storage.stage_snapshot(new_snapshot(9, 1), b"other"), b"", b""),
}


@by_each_call
@pytest.mark.parametrize(("stage", "inline", "expected"), STAGED.values(), ids=STAGED)
def test_node_restores_a_snapshot(
    wal: Wal,
    directory: Path,
    logger: LoggerRef,
    stage: Callable[[WalStorage], Any],
    inline: bytes,
    expected: bytes,
    call: Run,
) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loop = follower(wal, logger, outboxes)
    storage = wal.storage(1)
    stage(storage)

    batch = call(loop, [message_with(SNAPSHOT, inline)])

    assert batch is not None
    assert batch.snapshot().metadata == SNAPSHOT.metadata
    assert b"".join(storage.read_snapshot() or []) == expected
    assert (storage.first_index(), storage.last_index(), storage.hard_state().commit) == (10, 9, 9)
    assert loop.node.raft.raft_log.applied() == 9
    [response] = [Message.decode(encoded) for encoded in outboxes[1]]
    assert (response.msg_type, response.index, response.reject) == (MessageType.MsgAppendResponse, 9, False)
    with Wal(crashed(directory)) as again:
        assert b"".join(again.storage(1).read_snapshot() or []) == expected
        node = RawNode(Config(id=2, applied=9), again.storage(1), logger)
        assert node.raft.raft_log.committed == 9
    storage.hard_state().vote = 1
    wal.sync()
    assert len(names(directory, "*.snap*")) == (1 if expected else 0)


def test_response_to_a_snapshot_leaves_when_it_is_durable(wal: Wal, logger: LoggerRef) -> None:
    outboxes: dict[int, list[bytes]] = {}
    loop = follower(wal, logger, outboxes)
    before = wal.stats().fsyncs
    seen: list[tuple[int, int, int]] = []

    run_many(
        [(loop, [message_with(SNAPSHOT, DATA)])],
        before_wait=lambda: seen.append((len(outboxes), wal.stats().fsyncs, loop.node.raft.raft_log.applied())),
    )

    assert seen == [(0, before, 1)]
    assert wal.stats().fsyncs == before + 1
    assert len(outboxes[1]) == 1


def test_entries_after_a_snapshot(wal: Wal, logger: LoggerRef) -> None:
    """They arrive in the same round as the snapshot."""
    loop = follower(wal, logger, {})
    entry = new_entry(2, 10, b"data")
    append = Message(
        msg_type=MessageType.MsgAppend, from_=1, to=2, term=2, log_term=2, index=9, commit=10, entries=[entry]
    )

    batch = loop.run([message_with(SNAPSHOT, DATA), append])

    assert batch is not None
    assert batch.snapshot().metadata.index == 9
    data = [each for _, _, each in batch.take_committed_data()]
    assert data == [b"data"]
    assert loop.node.store().last_index() == 10


def test_transport_sends_the_data_of_a_snapshot(wal: Wal, directory: Path, logger: LoggerRef) -> None:
    """From `read_snapshot` of the leader to `stage_snapshot` of the follower, chunk by chunk."""
    outboxes: dict[int, list[bytes]] = {}
    source = leader(wal.storage(1, ConfState([1])), logger)
    source.run(data=[b"x"] * 10)
    storage = wal.storage(1)
    storage.create_snapshot(8, DATA, ConfState([1, 2]))
    reader = storage.read_snapshot(1000)
    assert reader is not None

    with Wal(directory.parent / "follower") as other:
        target = follower(other, logger, outboxes)
        received = other.storage(1)
        writer = received.snapshot_writer()
        for chunk in reader:
            writer.write(chunk)
        received.stage_snapshot(reader.snapshot, writer)
        batch = target.run([message_with(storage.snapshot(0, 2))])

        assert batch is not None
        assert batch.snapshot() == reader.snapshot
        assert b"".join(other.storage(1).read_snapshot() or []) == DATA


def test_snapshot_that_is_never_restored_leaves_no_file(wal: Wal, directory: Path) -> None:
    storage = wal.storage(1, ConfState([1, 2]))
    storage.stage_snapshot(SNAPSHOT, DATA)
    assert len(names(directory, "*.snap*")) == 1

    wal.close()

    with Wal(directory):
        assert names(directory, "*.snap*") == []


def test_disk_that_is_full_for_a_while() -> None:
    ended = run("""
import resource, signal, tempfile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def fill(limit): resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
with tempfile.TemporaryDirectory() as folder, Wal(folder) as wal:
    storage = wal.storage(1, ConfState([1, 2]))
    wal.sync()
    loop = ReadyLoop(RawNode(Config(id=2), storage, Logger.discard()))
    snapshot = Snapshot(metadata=SnapshotMetadata(index=9, term=2, conf_state=ConfState([1, 2])), data=bytes(200_000))
    message = Message(msg_type=MessageType.MsgSnapshot, from_=1, to=2, term=2, snapshot=snapshot)
    fill(100_000)
    for _ in range(3):
        try: loop.run([message])
        except WalError as error: raise AssertionError(error)
        except OSError as error: assert "File too large" in str(error), error
        else: raise AssertionError("written")
        assert [name for name in os.listdir(folder) if "snap" in name] == []
        assert storage.last_index() == 0
    fill(resource.RLIM_INFINITY)
    batch = loop.run()
    assert batch.snapshot().metadata.index == 9
    assert (storage.last_index(), storage.read_snapshot().length) == (9, 200_000)
    assert loop.node.raft.raft_log.applied() == 9
print("done")
""")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")
