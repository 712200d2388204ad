"""A group that was removed, and a new one with its id: what is left of the old one cannot write to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rraft import (
    Config,
    ConfState,
    DestroyedRefUsedError,
    HardState,
    LoggerRef,
    Message,
    MessageType,
    RawNode,
    ReadyBatch,
    ReadyLoop,
    Wal,
    WalStorage,
    run_many,
)
from tests.harness.util import new_entry, new_snapshot
from tests.harness.wal import content, filled, names

WRITES: dict[str, Callable[[WalStorage], object]] = {
    "append": lambda storage: storage.append([new_entry(1, 1)]),
    "set_hardstate": lambda storage: storage.set_hardstate(HardState(term=9)),
    "set_conf_state": lambda storage: storage.set_conf_state(ConfState([9])),
    "hard_state": lambda storage: setattr(storage.hard_state(), "term", 9),
    "commit_to": lambda storage: storage.commit_to(2),
    "compact": lambda storage: storage.compact(2),
    "apply_snapshot": lambda storage: storage.apply_snapshot(new_snapshot(9, 9), b"data"),
    "create_snapshot": lambda storage: storage.create_snapshot(2, b"data"),
    "stage_snapshot": lambda storage: storage.stage_snapshot(new_snapshot(9, 9), b"data"),
    "of a clone": lambda storage: storage.clone().append([new_entry(1, 1)]),
}


def leader(storage: WalStorage, logger: LoggerRef) -> ReadyLoop:
    """A loop of the only voter, after its election."""
    loop = ReadyLoop(RawNode(Config(id=1), storage, logger))
    loop.node.campaign()
    loop.run()
    return loop


def data_of(result: object) -> list[bytes]:
    """The data of the entries to apply."""
    assert isinstance(result, ReadyBatch)
    return [data for _, _, data in result.take_committed_data()]


def test_old_loop_leaves_what_is_staged_for_a_new_group(wal: Wal, logger: LoggerRef) -> None:
    old = ReadyLoop(RawNode(Config(id=1), wal.storage(1, ConfState([1, 2])), logger))
    old.step_many([snapshot_message(5)])
    wal.remove(1)
    storage = wal.storage(1, ConfState([1, 2]))
    new = ReadyLoop(RawNode(Config(id=1), storage, logger))
    message = snapshot_message(9)
    storage.stage_snapshot(message.snapshot, b"data")

    with pytest.raises(DestroyedRefUsedError, match="group 1: the group was removed"):
        old.run()
    new.run([message])

    assert b"".join(storage.read_snapshot() or []) == b"data"


def snapshot_message(index: int) -> Message:
    """A message that makes a follower restore a snapshot, whose data is staged."""
    snapshot = new_snapshot(index, 1, [1, 2])
    return Message(msg_type=MessageType.MsgSnapshot, from_=2, to=1, term=1, snapshot=snapshot)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_old_storage_does_not_write_to_a_new_group(
    wal: Wal, directory: Path, write: Callable[[WalStorage], object]
) -> None:
    old = filled(wal)
    wal.remove(1)
    new = filled(wal)
    before = content(new)

    with pytest.raises(DestroyedRefUsedError, match="group 1: the group was removed"):
        write(old)

    assert content(new) == before
    assert names(directory, "*.snap*") == []
    new.append([new_entry(3, 6)])


def test_old_storage_does_not_create_the_group_again(wal: Wal) -> None:
    old = filled(wal)
    wal.remove(1)

    with pytest.raises(DestroyedRefUsedError, match="group 1: the group was removed"):
        old.append([new_entry(1, 1)])

    assert wal.groups() == []


def test_group_that_did_not_exist_is_not_removed(wal: Wal) -> None:
    storage = wal.storage(1)
    wal.remove(1)

    storage.append([new_entry(1, 1)])

    assert wal.groups() == [1]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_new_storage_writes_to_a_new_group(wal: Wal, directory: Path, times: int) -> None:
    for _ in range(times):
        filled(wal)
        wal.remove(1)
    expected = content(filled(wal))
    wal.close()

    with Wal(directory) as again:
        assert content(again.storage(1)) == expected


def test_old_loop_does_not_write_to_a_new_group(wal: Wal, logger: LoggerRef) -> None:
    old, waiting = leader(wal.storage(1, ConfState([1])), logger), leader(wal.storage(2, ConfState([1])), logger)
    assert run_many([(waiting, None, [b"old"])], wait=False) == [None]
    wal.remove(1)
    wal.remove(2)
    loops = [leader(wal.storage(group, ConfState([1])), logger) for group in (1, 2)]
    before = [content(wal.storage(group)) for group in (1, 2)]

    results = run_many([(old, None, [b"old"]), (waiting, None, [b"old"])])

    assert [type(result) for result in results] == [DestroyedRefUsedError] * 2
    assert [content(wal.storage(group)) for group in (1, 2)] == before
    assert [data_of(result) for result in run_many([(loop, None, [b"new"]) for loop in loops])] == [[b"new"]] * 2
