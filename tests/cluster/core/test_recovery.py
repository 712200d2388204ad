"""A lost quorum: a survivor becomes the only member."""

import re
from pathlib import Path

import pytest

from rraft import ConfState, Wal, WalLockedError
from rraft.cluster.errors import RemovedError, StartError
from rraft.cluster.options import GroupOptions
from rraft.cluster.recovery import plan_recovery, recover
from rraft.cluster.requests import Change, ChangeKind
from tests.harness.virtual_hosts import VirtualCluster, stopped


@pytest.mark.parametrize("size", [5_000, 10**9], ids=["snapshot", "log"])
def test_survivor_continues_alone_and_grows_again(tmp_path: Path, size: int) -> None:
    cluster = VirtualCluster(tmp_path, group_options=GroupOptions(snapshot_log_size=size, kept_log_size=size // 5))
    cluster.elect()
    for number in range(60):
        cluster.execute(cluster.hosts[1 + number % 3], b"%d-" % number + bytes(200))
    done: list[Exception | None] = []
    cluster.add_host(4)
    cluster.hosts[1].group().change([Change(ChangeKind.ADD, 4, "host-4:1")], done.append)
    cluster.run_until(lambda: done)
    cluster.run(1)
    words = cluster.hosts[2].words()
    for host in list(cluster.hosts.values()):
        host.crash()
    survivor = cluster.hosts.pop(2)
    cluster.hosts = {2: survivor}

    recovery = recover(survivor.directory)
    survivor.start()
    cluster.elect()

    assert recovery.removed == (1, 3, 4)
    assert "host 2 is the only member" in str(recovery)
    assert survivor.words() == words
    assert cluster.execute(survivor, b"alone") == b"61"
    assert survivor.group().state.members.voters == {2}
    new = cluster.add_host(5)
    done.clear()
    survivor.group().change([Change(ChangeKind.ADD, 5, new.address)], done.append)
    cluster.run_until(lambda: done)
    assert done == [None]
    cluster.run(1)
    assert new.words() == [*words, b"alone"]


JOINT: dict[str, tuple[list[int], list[int], list[int], str | None]] = {
    "majority of the union": ([1, 4, 5], [1, 2, 3], [1, 2, 3], None),
    "majority of the outgoing voters": ([4, 5, 6], [1, 2, 3], [1, 2, 3], None),
    "majority of the incoming voters": ([1, 2, 3], [4, 5, 6], [1, 2, 3], None),
    "minority of the union": ([1, 2, 3], [1, 4, 5], [2, 3], None),
    "majorities of both sides, half of the union": (
        [1, 2, 4],
        [1, 2, 3],
        [1, 2],
        "[1, 2] are a quorum of the voters [1, 2, 4] and of [1, 2, 3]",
    ),
    "different majorities of both sides": ([1, 2, 4], [1, 3, 5], [1, 2, 3], "[1, 2, 3] are a quorum"),
    "not joint": ([1, 2, 3], [], [1, 2], "[1, 2] are a quorum of the voters [1, 2, 3]: start them"),
    "only voter of one side": ([1], [1, 2, 3], [1], None),
}


@pytest.mark.parametrize(("voters", "outgoing", "alive", "quorum"), JOINT.values(), ids=JOINT)
def test_quorum_of_a_joint_configuration_is_a_majority_of_both_sides(
    tmp_path: Path, voters: list[int], outgoing: list[int], alive: list[int], quorum: str | None
) -> None:
    cluster = VirtualCluster(tmp_path)
    cluster.execute(cluster.elect(), b"word")
    cluster.run(1)
    for host in list(cluster.hosts.values()):
        host.crash()
        with Wal(host.directory) as wal:
            storage = wal.storage(1)
            storage.set_conf_state(ConfState(voters=voters, voters_outgoing=outgoing))
            storage.sync()
    paths = [cluster.hosts[host].directory for host in alive]

    if quorum is None:
        [group] = plan_recovery(paths, alive).groups
        assert {group.chosen.host, *group.removed} == {*voters, *outgoing, 1, 2, 3}
    else:
        with pytest.raises(StartError, match=re.escape(f"group 1: the hosts {quorum}")):
            plan_recovery(paths, alive)


def test_former_member_that_comes_back_is_told_that_it_is_none(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path)
    cluster.execute(cluster.elect(), b"word")
    cluster.run(1)
    for host in list(cluster.hosts.values()):
        host.crash()
    recover(cluster.hosts[2].directory)
    cluster.hosts[2].start()
    cluster.run(2)

    cluster.hosts[3].start()
    cluster.run_until(lambda: stopped(cluster.hosts[3]))

    assert isinstance(cluster.hosts[3].group().stopped, RemovedError)
    assert cluster.execute(cluster.hosts[2], b"more") == b"2"


def test_what_cannot_be_recovered(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="is not the directory of a host"):
        recover(tmp_path / "missing")
    cluster = VirtualCluster(tmp_path)
    with pytest.raises(WalLockedError, match="locked"):
        recover(cluster.hosts[1].directory)
    cluster.hosts[1].crash()
    with pytest.raises(StartError, match=r"the directory has no group 2, but \[1\]"):
        recover(cluster.hosts[1].directory, 2)
    new = cluster.add_host(4)
    new.crash()
    with pytest.raises(StartError, match=r"the directory has no group 1, but \[\]"):
        recover(new.directory)
