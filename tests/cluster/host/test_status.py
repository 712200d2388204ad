"""What a host reports about itself: `Host.status`, and the same over the network."""

import json
import types
import typing
from pathlib import Path
from typing import Any

import pytest

from rraft.cluster import Change, ChangeKind, Client, FailedError, MembersChanged, SnapshotSent
from rraft.cluster.core.events import (
    Event,
    GroupStopped,
    LeaderChanged,
    SnapshotMade,
    SnapshotRestored,
)
from rraft.cluster.status import HostReport, describe_event
from tests.harness.local_hosts import Jobs, Words, eventually, local_cluster, run


def mismatch(value: Any, kind: Any, path: str = "") -> list[str]:
    """Where a value is not of its annotated type."""
    if typing.is_typeddict(kind):
        hints = typing.get_type_hints(kind)
        if value.keys() != hints.keys():
            return [f"{path}: {sorted(value.keys() ^ hints.keys())}"]
        return [text for key, hint in hints.items() for text in mismatch(value[key], hint, f"{path}.{key}")]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is dict:
        return [text for key, item in value.items() for text in mismatch(item, arguments[1], f"{path}.{key}")]
    if origin is list:
        return [text for item in value for text in mismatch(item, arguments[0], f"{path}[]")]
    if origin is types.UnionType:
        return [] if isinstance(value, arguments) else [f"{path}: {value!r}"]
    return [] if isinstance(value, (int, float) if kind is float else kind) else [f"{path}: {value!r}"]


def test_status_has_the_documented_layout(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = {number: await host.start(Jobs()) for number, host in cluster.hosts.items()}
            for _ in range(5):
                await jobs[1].enqueue("job")
            await jobs[2].length()
            leader = cluster.hosts[jobs[1].group.status().leader]
            await eventually(lambda: leader.status()["groups"]["1"]["followers"])
            await eventually(lambda: all(one.number == 5 for one in jobs.values()))

            async with Client([cluster.members[leader.id]], "rraft") as client:
                received = await client.status(0)
            status = leader.status()

            assert mismatch(status, HostReport) == []
            assert received.keys() == status.keys()
            assert json.loads(json.dumps(status)) == status
            group = status["groups"]["1"]
            assert (group["role"], group["leader"], group["commands"]) == ("leader", leader.id, 5)
            assert sorted(group["followers"]) == sorted(str(number) for number in {1, 2, 3} - {leader.id})
            assert all(follower["connected"] for follower in group["followers"].values())
            assert cluster.hosts[2].status()["groups"]["1"]["queries"] == 1
            assert status["connected"] == sorted({1, 2, 3} - {leader.id})
            assert (status["host"], status["cluster"], status["failure"]) == (leader.id, "rraft", None)
            assert 0 < status["uptime"] < 120
            assert status["rounds"]["count"] >= status["fsyncs"]["count"] > 0
            assert status["fsyncs"]["count"] == sum(status["fsyncs"]["counts"])
            assert status["log"]["fsyncs"] > 0
            kinds = [event["kind"] for event in status["events"]]
            assert "leader_changed" in kinds

    run(test())


EVENTS: dict[str, tuple[Event, str, str]] = {
    "leader": (LeaderChanged(1, 2, 5), "leader_changed", "host 2 leads in term 5"),
    "no leader": (LeaderChanged(1, 0, 5), "leader_changed", "no leader in term 5"),
    "voters": (MembersChanged(1, frozenset({3, 1}), frozenset()), "members_changed", "voters 1, 3"),
    "learners": (MembersChanged(1, frozenset({1}), frozenset({2})), "members_changed", "voters 1, learners 2"),
    "made": (SnapshotMade(1, 7, 80), "snapshot_made", "snapshot at entry 7, 80 bytes"),
    "sent": (SnapshotSent(1, 3, 7, True), "snapshot_sent", "snapshot at entry 7 sent to host 3"),
    "not sent": (SnapshotSent(1, 3, 7, False), "snapshot_sent", "snapshot at entry 7 not sent to host 3"),
    "restored": (SnapshotRestored(1, 7), "snapshot_restored", "state replaced by the leader's snapshot at entry 7"),
    "stopped": (GroupStopped(1, FailedError("why")), "group_stopped", "FailedError: why"),
}


@pytest.mark.parametrize(("event", "kind", "text"), EVENTS.values(), ids=EVENTS)
def test_events_are_described(event: Event, kind: str, text: str) -> None:
    assert describe_event(event) == (kind, text)


def test_snapshot_on_request(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())
            await jobs.enqueue("job")
            async with Client([cluster.members[1]], "rraft") as client:
                index, size = await client.make_snapshot(1)
                again = await jobs.group.snapshot()
                await jobs.enqueue("job")
                later, _ = await jobs.group.snapshot()

            assert again == (index, size)
            assert size > 0
            assert index < later == jobs.group.status().applied
            assert [event["kind"] for event in cluster.hosts[1].status()["events"]].count("snapshot_made") == 2

    run(test())


def test_client_stays_with_the_host_that_shows_its_change(tmp_path: Path) -> None:
    """Another one, such as the leader, may not show it yet."""

    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            for host in cluster.hosts.values():
                await host.start(Jobs())
            await eventually(cluster.leader)
            leader = cluster.leader()
            assert leader is not None
            follower = next(number for number in cluster.hosts if number != leader.id)
            async with Client([cluster.members[follower]], "rraft") as client:
                await client.change_members(1, [Change(ChangeKind.ADD_LEARNER, 4, "127.0.0.1:1")])
                assert (await client.status(1))["learners"] == [4]
                assert {(await client.status(0))["host"] for _ in range(300)} == {follower}

    run(test())


class Broken(Words):
    """A state machine whose snapshot fails."""

    def snapshot(self) -> list[bytes]:
        raise ValueError("too large")


def test_snapshot_that_fails(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            healthy = await cluster.hosts[1].start_group(Words(), 2)
            await healthy.execute(b"word")
            group = healthy.core
            group.state.machine = Broken()
            async with Client([cluster.members[1]], "rraft") as client:
                with pytest.raises(FailedError, match="making a snapshot failed: ValueError: too large"):
                    await client.make_snapshot(2)
            with pytest.raises(FailedError, match="making a snapshot failed: ValueError: too large"):
                await healthy.snapshot()
            assert await healthy.execute(b"more") == b"1"

    run(test())
