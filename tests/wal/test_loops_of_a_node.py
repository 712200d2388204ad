"""A loop that waits for its log, and another one of the same node, which continues correctly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rraft import (
    Config,
    ConfState,
    Entry,
    LoggerRef,
    Message,
    MessageType,
    RawNode,
    ReadyBatch,
    ReadyLoop,
    Wal,
    run_many,
)
from tests.harness.util import new_snapshot
from tests.harness.wal import crashed
from tests.wal.test_run_many import appended, data_of, lead, leader, of_three

SNAPSHOT = Message(msg_type=MessageType.MsgSnapshot, from_=2, to=1, term=2, snapshot=new_snapshot(9, 2, [1, 2]))
APPEND = Message(
    msg_type=MessageType.MsgAppend,
    from_=2,
    to=1,
    term=2,
    index=9,
    log_term=2,
    commit=10,
    entries=[Entry(index=10, term=2, data=b"after")],
)


def kept(loops: list[ReadyLoop]) -> ReadyLoop:
    """Another loop, while the first one waits."""
    return ReadyLoop(loops[0].node)


def dropped(loops: list[ReadyLoop]) -> ReadyLoop:
    """Another loop, after the first one was dropped while it waited."""
    return ReadyLoop(loops.pop().node)


while_the_first_waits = pytest.mark.parametrize("another", [kept, dropped])


def run(loop: ReadyLoop, messages: list[Message] | None = None) -> ReadyBatch | None:
    [result] = run_many([(loop, messages)])
    assert result is None or isinstance(result, ReadyBatch)
    return result


@while_the_first_waits
def test_second_loop_waits_for_the_log(
    wal: Wal, directory: Path, logger: LoggerRef, another: Callable[[list[ReadyLoop]], ReadyLoop]
) -> None:
    loops = [leader(wal, 1, logger)]
    assert run_many([(loops[0], None, [b"data"])], wait=False) == [None]
    second = another(loops)

    batch = second.run()

    assert data_of(batch) == [b"data"]
    with Wal(crashed(directory)) as again:
        assert again.storage(1).last_index() == 2


@while_the_first_waits
def test_leader_does_not_count_itself_before_its_log_is_durable(
    wal: Wal, directory: Path, logger: LoggerRef, another: Callable[[list[ReadyLoop]], ReadyLoop]
) -> None:
    """The response of the other voter is a `Ready` that needs no sync itself."""
    loops = [of_three(wal, logger)]
    lead(loops[0])
    assert run_many([(loops[0], None, [b"data"])], wait=False) == [None]
    second = another(loops)

    batch = second.run([appended(3)])

    assert data_of(batch) == [b"data"]
    with Wal(crashed(directory)) as again:
        assert again.storage(1).last_index() == 3


@while_the_first_waits
def test_node_restores_a_snapshot_that_the_first_loop_has_written(
    wal: Wal, logger: LoggerRef, another: Callable[[list[ReadyLoop]], ReadyLoop]
) -> None:
    node = RawNode(Config(id=1), wal.storage(1, ConfState([1, 2])), logger)
    loops = [ReadyLoop(node)]
    assert run_many([(loops[0], [SNAPSHOT])], wait=False) == [None]
    second = another(loops)

    batch = second.run([APPEND])

    assert data_of(batch) == [b"after"]
    assert node.raft.raft_log.applied() == 10


def test_first_loop_returns_what_it_has_held_back(wal: Wal, logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), wal.storage(1, ConfState([1, 2])), logger)
    first, second = ReadyLoop(node), ReadyLoop(node)
    run_many([(first, [SNAPSHOT])], wait=False)
    second.run([APPEND])

    batch = run(first)

    assert batch is not None
    assert [(message.msg_type, message.index) for message in batch.messages()] == [(MessageType.MsgAppendResponse, 9)]
    assert not first.is_waiting()
