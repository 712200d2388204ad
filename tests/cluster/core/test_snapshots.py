"""Snapshots: by the size of the log, restored at a start, sent to hosts that lack compacted entries."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rraft import WalStorage
from rraft.cluster.core.chunks import PIECE, DamagedSnapshotError, join_chunks, split_chunks
from rraft.cluster.core.events import SnapshotMade, SnapshotRestored, SnapshotSent
from rraft.cluster.options import GroupOptions
from rraft.cluster.requests import Change, ChangeKind
from tests.harness.virtual_hosts import Register, VirtualCluster, VirtualHost, stopped

SMALL = GroupOptions(snapshot_log_size=10_000, kept_log_size=2_000)


@pytest.fixture
def small(tmp_path: Path) -> VirtualCluster:
    """A cluster that makes snapshots of small logs."""
    cluster = VirtualCluster(tmp_path, group_options=SMALL)
    cluster.elect()
    return cluster


def fill(cluster: VirtualCluster, host: VirtualHost, count: int = 60) -> None:
    for number in range(count):
        cluster.execute(host, b"%d-" % number + bytes(500))


def made(host: VirtualHost) -> list[SnapshotMade]:
    return [event for event in host.events if isinstance(event, SnapshotMade)]


def test_log_is_compacted_behind_snapshots(small: VirtualCluster) -> None:
    leader = small.elect()

    fill(small, leader)
    small.run(1)

    for host in small.hosts.values():
        group = host.group()
        assert 2 <= len(made(host)) <= 4
        newest = made(host)[-1].index
        assert 1 < group.storage.first_index() <= newest + 1
        assert newest - group.storage.first_index() <= 8  # what is kept is less than 2,000 bytes
        assert group.storage.last_index() - newest <= 25


def test_restart_from_a_snapshot(small: VirtualCluster) -> None:
    leader = small.elect()
    fill(small, leader)
    small.run(1)
    words = leader.words()

    for number in list(small.hosts):
        small.restart(number)
    small.elect()
    small.run(1)

    assert [host.words() for host in small.hosts.values()] == [words] * 3
    assert small.execute(small.hosts[1], b"last") == b"61"


def test_host_that_lacks_compacted_entries_receives_a_snapshot(small: VirtualCluster) -> None:
    leader = small.elect()
    victim = next(host for host in small.running if host is not leader)
    victim.crash()
    fill(small, leader)

    victim.start()
    small.run_until(lambda: victim.words() == leader.words())

    assert [type(event) for event in victim.events if isinstance(event, SnapshotRestored)] == [SnapshotRestored]
    sent = [event for event in leader.events if isinstance(event, SnapshotSent)]
    assert [(event.host, event.succeeded) for event in sent] == [(victim.number, True)]
    assert small.execute(victim, b"last") == b"61"


class FailingStorage:
    """A storage whose files cannot be opened for a while."""

    def __init__(self, storage: WalStorage, failing: str, failures: int) -> None:
        self._storage = storage
        self._failing = failing
        self.failures = failures

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._storage, name)
        if name != self._failing or not self.failures:
            return method

        def fail(*_: object) -> None:
            self.failures -= 1
            raise OSError(errno.EIO, "the disk is bad")

        return fail


def test_leader_learns_that_a_host_has_the_snapshot_already(small: VirtualCluster) -> None:
    """It may not know, since the answer was lost, or since it leads only now. Then it would send snapshots for ever."""
    leader = small.elect()
    fill(small, leader)
    small.run(1)
    other = next(number for number in small.hosts if number != leader.number)
    progress = leader.group().node.raft.mut_prs().get_mut(other)
    assert progress is not None
    progress.matched, progress.next_idx = 0, 1
    progress.become_probe()

    small.execute(leader, b"more")
    small.run(2)

    assert leader.group().node.raft.prs()[other].matched == leader.group().storage.last_index()
    assert small.hosts[other].words()[-1] == b"more"


@pytest.mark.parametrize("failing", ["read_snapshot", "snapshot_writer"])
def test_snapshot_is_sent_again_after_an_error_of_a_disk(small: VirtualCluster, failing: str) -> None:
    leader = small.elect()
    victim = next(host for host in small.running if host is not leader)
    victim.crash()
    fill(small, leader)
    victim.start()
    group = (leader if failing == "read_snapshot" else victim).group()
    storage = FailingStorage(group.storage, failing, 3)
    group.storage = storage  # type: ignore[assignment]

    small.run_until(lambda: victim.words() == leader.words())

    assert storage.failures == 0
    assert stopped(leader) == stopped(victim) == []
    assert small.execute(leader, b"last") == b"61"


@pytest.mark.parametrize("cut", [0, 1])
def test_interrupted_snapshot_is_resumed(tmp_path: Path, cut: int) -> None:
    cluster = VirtualCluster(tmp_path, group_options=SMALL)
    leader = cluster.elect()
    victim = next(host for host in cluster.running if host is not leader)
    victim.crash()
    for number in range(8):
        cluster.execute(leader, b"%d-" % number + bytes(400_000))

    victim.start()
    cluster.snapshot_cut = cut
    cluster.run_until(lambda: victim.words() == leader.words())

    first, second, *_ = cluster.snapshot_offsets
    assert first == 0
    assert second == cut * PIECE


def test_what_waits_on_a_host_is_answered_after_its_snapshot(small: VirtualCluster) -> None:
    """The command is applied by others, and its result is in the snapshot that the host receives."""
    leader = small.elect()
    host = next(host for host in small.running if host is not leader)
    small.execute(host, b"first")
    outcomes = small.submit(host, b"mine")
    small.run_until(lambda: b"mine" in leader.words())
    small.isolate(host.number)
    assert outcomes == []
    fill(small, leader)
    small.heal()

    small.run_until(lambda: outcomes)

    assert outcomes == [b"2"]
    assert [type(event) for event in host.events if isinstance(event, SnapshotRestored)] == [SnapshotRestored]


class Copying(Register):
    """Its snapshot is a generator, which copies the state before its first chunk."""

    def snapshot(self) -> Iterator[bytes]:  # type: ignore[override]
        words = list(self.words)
        yield b"head"
        yield from words

    def restore(self, chunks: object) -> None:
        super().restore(chunks)
        assert self.words.pop(0) == b"head"


def test_snapshot_of_a_generator_is_of_one_time(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path, group_options=SMALL, new_machine=Copying)
    fill(cluster, cluster.elect())
    cluster.run(1)

    for number in list(cluster.hosts):
        cluster.restart(number)
    cluster.elect()
    cluster.run(1)

    assert all(len(host.words()) == 60 for host in cluster.hosts.values())
    assert all(len(made(host)) >= 1 for host in cluster.hosts.values())


class Broken(Register):
    """Its snapshots fail for a while, at once or after the first chunk."""

    broken = True
    late = False

    def __init__(self) -> None:
        super().__init__()
        self.attempts: list[int] = []

    def snapshot(self) -> list[bytes]:
        if len(self.words) < 2:  # when the group begins
            return super().snapshot()
        self.attempts.append(len(self.words))
        return list(self._chunks()) if self.broken and not self.late else self._chunks()  # type: ignore[return-value]

    def _chunks(self) -> Iterator[bytes]:
        words = list(self.words)
        if self.late or not self.broken:
            yield words[0]
        if self.broken:
            raise ValueError("broken")
        yield from words[1:]


class BrokenLate(Broken):
    late = True


@pytest.mark.parametrize("machine", [Broken, BrokenLate])
def test_group_goes_on_after_a_snapshot_that_fails(
    tmp_path: Path, machine: type[Broken], caplog: pytest.LogCaptureFixture
) -> None:
    """It is made again, less and less often, and compacts the log as soon as it succeeds."""
    cluster = VirtualCluster(tmp_path, hosts=1, group_options=SMALL, new_machine=machine)
    host = cluster.elect()
    broken = host.machines[1]
    assert isinstance(broken, Broken)

    fill(cluster, host, 140)
    cluster.run(1)
    assert (stopped(host), made(host)) == ([], [])
    assert len(broken.attempts) == 3
    first, second, third = broken.attempts
    assert [second - first, third - second] == pytest.approx([2 * first, 4 * first], rel=0.1)
    assert caplog.text.count("group 1: making a snapshot failed, the log is not compacted: ValueError: broken") == 3
    assert host.group().storage.first_index() == 2

    broken.broken = False
    fill(cluster, host, 300)
    cluster.run(1)
    assert len(made(host)) >= 2
    assert broken.attempts[-1] - broken.attempts[-2] == pytest.approx(first, rel=0.1)
    assert host.group().storage.first_index() > 100
    cluster.restart(1)
    cluster.run_until(lambda: len(host.words()) == 440)


def test_snapshot_that_a_follower_needs_is_not_tried_all_the_time(tmp_path: Path) -> None:
    """It gets one when the state can be encoded again."""
    cluster = VirtualCluster(tmp_path, group_options=SMALL, new_machine=Broken)
    leader = cluster.elect()
    broken = leader.machines[1]
    assert isinstance(broken, Broken)
    broken.broken = False
    fill(cluster, leader, 40)
    cluster.run(1)
    broken.broken = True
    before = len(broken.attempts)

    new = cluster.add_host(4)
    leader.group().change([Change(ChangeKind.ADD, 4, new.address)], lambda _: None)
    cluster.run(10)
    assert 1 <= len(broken.attempts) - before <= 5
    broken.broken = False
    cluster.run_until(lambda: len(new.words()) == 40, limit=60)

    assert stopped(leader) == []


@pytest.mark.parametrize(
    "chunks",
    [[], [b""], [b"a", b"", b"bc"], [bytes(300_000), b"x", bytes(2**20)], [b"%d" % n for n in range(1000)]],
    ids=["none", "empty", "some", "large", "many"],
)
@pytest.mark.parametrize("size", [1, 3, 4096, 2**22])
def test_chunks_are_read_as_they_were_written(chunks: list[bytes], size: int) -> None:
    data = b"".join(join_chunks(chunks))
    if len(data) > 10_000 and size < 4096:
        size = 4096

    pieces = (data[offset : offset + size] for offset in range(0, len(data), size))

    assert list(split_chunks(pieces)) == chunks


@pytest.mark.parametrize("length", range(1, 10))
def test_data_that_is_cut_off_is_rejected(length: int) -> None:
    data = b"".join(join_chunks([b"abcdef"]))

    with pytest.raises(DamagedSnapshotError, match="expected a "):
        list(split_chunks([data[:length]]))
