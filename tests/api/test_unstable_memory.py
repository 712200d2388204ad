"""The memory of a node's log after a burst of entries: raft-rs 0.7 never frees it (#589)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rraft import (
    Config,
    ConfState,
    Entry,
    GetEntriesContextRef,
    HardState,
    Logger,
    MemStorage,
    Message,
    MessageType,
    RaftState,
    RawNode,
    ReadyLoop,
    Snapshot,
)

STATUS = Path("/proc/self/status")
NODES = 60
BURST = 5_000


class Forgetful:
    """A storage that only counts its entries."""

    def __init__(self) -> None:
        self.last = 0

    def initial_state(self) -> RaftState:
        return RaftState(HardState(), ConfState([1]))

    def entries(
        self,
        low: int,
        high: int,
        context: GetEntriesContextRef,  # noqa: ARG002
        max_size: int | None = None,  # noqa: ARG002
    ) -> list[Entry]:
        return [Entry(term=1, index=index) for index in range(low, high)]

    def term(self, index: int) -> int:
        return int(index > 0)

    def first_index(self) -> int:
        return 1

    def last_index(self) -> int:
        return self.last

    def snapshot(self, request_index: int, to: int) -> Snapshot:
        raise NotImplementedError


def resident_kib() -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", STATUS.read_text())
    assert found is not None
    return int(found[1])


def advance(node: RawNode, storage: Forgetful) -> None:
    while node.has_ready():
        ready = node.ready()
        storage.last += len(ready.take_entries())
        node.advance(ready)
        node.advance_apply()


def advance_append(node: RawNode, storage: Forgetful) -> None:
    while node.has_ready():
        ready = node.ready()
        storage.last += len(ready.take_entries())
        node.advance_append(ready)
        node.advance_apply()


def advance_append_async(node: RawNode, storage: Forgetful) -> None:
    while node.has_ready():
        ready = node.ready()
        storage.last += len(ready.take_entries())
        number = ready.number()
        node.advance_append_async(ready)
        node.on_persist_ready(number)
        node.advance_apply()


@pytest.mark.parametrize("drive", [advance, advance_append, advance_append_async])
def test_memory_of_a_burst_is_freed(drive: Callable[[RawNode, Forgetful], None]) -> None:
    proposal = Message(msg_type=MessageType.MsgPropose, from_=1, to=1, entries=[Entry()] * BURST)
    nodes = []
    for _ in range(NODES):
        storage = Forgetful()
        node = RawNode(Config(id=1), storage, Logger.discard())
        node.campaign()
        drive(node, storage)
        nodes.append((node, storage))
    before = resident_kib()

    for node, storage in nodes:
        node.step(proposal)
        drive(node, storage)

    # An entry takes more than a hundred bytes: half a MiB for each node.
    assert resident_kib() - before < NODES * BURST * 100 / 1024 / 4
    for node, storage in nodes:
        assert node.raft.raft_log.applied() == storage.last == BURST + 1


def test_memory_of_a_burst_is_freed_by_a_ready_loop() -> None:
    """Followers receive all entries in one message."""
    entries = [Entry(term=1, index=index) for index in range(1, BURST + 1)]
    append: dict[str, Any] = {"from_": 2, "to": 1, "term": 1, "commit": BURST}
    loops = []
    for _ in range(NODES):
        storage = MemStorage.new_with_conf_state(ConfState([1, 2]))
        loops.append((ReadyLoop(RawNode(Config(id=1), storage, Logger.discard())), storage))
    message = Message(msg_type=MessageType.MsgAppend, entries=entries, **append)
    before = resident_kib()

    for loop, _ in loops:
        loop.run([message])
    kept = resident_kib() - before

    # The storage has the entries. The log of raft-rs would have them a second time.
    assert kept < NODES * BURST * 112 / 1024 * 1.5
