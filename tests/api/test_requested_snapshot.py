"""A follower that requests a snapshot again restores it, even if its log ends at that index."""

from __future__ import annotations

from pathlib import Path

import pytest

from example.durable_node.sqlite_storage import SqliteStorage
from rraft import ConfState, Message, MessageType, Snapshot, SnapshotMetadata, SnapshotStatus
from tests.harness.cluster import Cluster, LoopedMember, Member


@pytest.mark.parametrize("member", [Member, LoopedMember], ids=["plain", "ReadyLoop"])
def test_follower_restores_the_snapshot_that_it_requested(member: type[Member]) -> None:
    cluster = Cluster(member=member)
    leader = cluster.elect(1)
    leader.propose(b"", b"data")
    cluster.settle(lambda message: message.to != 3)
    cluster.members[1].storage.wl().compact(cluster.members[1].storage.last_index())
    snapshots: list[Message] = []

    def watch(message: Message) -> bool:
        snapshots.extend([message] if message.msg_type == MessageType.MsgSnapshot else [])
        return True

    def settle() -> None:
        for _ in range(6):
            leader.tick()
            cluster.settle(watch)
        leader.report_snapshot(3, SnapshotStatus.Finish)

    settle()
    storage = cluster.members[3].storage
    log = (storage.first_index(), storage.last_index())
    cluster[3].request_snapshot()
    settle()

    assert [snapshot.snapshot.metadata.index for snapshot in snapshots] == [log[1], log[1]]
    assert (storage.first_index(), storage.last_index()) == log
    leader.propose(b"", b"more")
    settle()
    assert storage.last_index() == log[1] + 1


def test_sqlite_storage_accepts_a_snapshot_at_its_last_entry(tmp_path: Path) -> None:
    storage = SqliteStorage(tmp_path / "node.sqlite3")
    metadata = SnapshotMetadata(index=7, term=2, conf_state=ConfState([1, 2]))

    for data in (b"first", b"again"):
        with storage.transaction():
            storage.apply_snapshot(Snapshot(metadata=metadata, data=data))

    assert (storage.first_index(), storage.last_index()) == (8, 7)
    assert storage.snapshot(7, 2).data == b"again"
    storage.close()
