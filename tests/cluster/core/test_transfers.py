"""Snapshots on the way between hosts: whose bytes become the state of the receiver."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import cast

import pytest

from rraft import ConfState, InUseError, Message, MessageType, Snapshot, SnapshotMetadata, SnapshotWriter
from rraft.cluster.core.events import SnapshotSent
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.node import HostCore
from rraft.cluster.core.snapshots import DiscardedError, Reception
from rraft.cluster.errors import HostClosedError, RemovedError
from rraft.cluster.options import GroupOptions
from tests.harness.virtual_hosts import Register, VirtualCluster, VirtualHost

SMALL = GroupOptions(snapshot_log_size=10_000, kept_log_size=2_000)


class Unordered(Register):
    """A set of words: its snapshots have them in another order on each host, as those of a Python set may."""

    instances = count()

    def __init__(self) -> None:
        super().__init__()
        self.first = next(self.instances)

    def snapshot(self) -> list[bytes]:
        words = sorted(self.words)
        first = self.first % len(words) if words else 0
        return words[first:] + words[:first]


def test_snapshot_of_a_new_leader_does_not_continue_that_of_the_one_before(tmp_path: Path) -> None:
    """Both have a snapshot of the same entry, with other bytes."""
    cluster = VirtualCluster(tmp_path, group_options=SMALL, new_machine=Unordered)
    leader = cluster.elect()
    victim, other = (host for host in cluster.running if host is not leader)
    victim.crash()
    for number in range(8):
        cluster.execute(leader, b"%d-" % number + bytes(400_000))
    cluster.run(1)
    victim.start()
    cluster.snapshot_cut = 1

    cluster.run_until(lambda: cluster.snapshot_offsets)
    leader.crash()
    cluster.run_until(lambda: len(victim.words()) == 8)

    assert cluster.snapshot_offsets == [0, 0]
    assert sorted(victim.words()) == sorted(other.words())


def follower(cluster: VirtualCluster) -> HostCore:
    leader = cluster.elect()
    host = next(host for host in cluster.running if host is not leader)
    assert host.core is not None
    return host.core


def header(sender: VirtualHost, receiver: HostCore, *, index: int = 100) -> bytes:
    """The header with which `sender` starts to send a snapshot of 8 bytes."""
    assert sender.core is not None
    metadata = SnapshotMetadata(index=index, term=1, conf_state=ConfState(voters=[1, 2, 3]))
    message = Message(
        msg_type=MessageType.MsgSnapshot,
        from_=sender.number,
        to=receiver.id,
        term=sender.group().term,
        snapshot=Snapshot(metadata=metadata),
    )
    return sender.core.snapshot_header(1, message.encode(), 8)


def receive(core: HostCore, host: int, header: bytes) -> Reception:
    sink = core.receive_snapshot(host, header)
    assert isinstance(sink, Reception)
    return sink


def test_transfer_is_resumed_with_the_same_header(cluster: VirtualCluster) -> None:
    core, sender = follower(cluster), cluster.elect()
    head = header(sender, core)
    sink = receive(core, sender.number, head)
    sink.write(b"half")
    sink.abort()

    assert receive(core, sender.number, head).offset == 4


NEXT: dict[str, Callable[[VirtualHost, VirtualHost, HostCore, bytes], tuple[int, bytes]]] = {
    "another host": lambda _, other, core, __: (other.number, header(other, core)),
    "another host with the header of the first": lambda _, other, __, first: (other.number, first),
    "the same host again": lambda sender, _, core, __: (sender.number, header(sender, core)),
    "another snapshot": lambda sender, _, core, __: (sender.number, header(sender, core, index=101)),
}


@pytest.mark.parametrize("following", NEXT.values(), ids=NEXT)
def test_another_transfer_starts_again_and_ends_the_one_before(
    cluster: VirtualCluster, following: Callable[[VirtualHost, VirtualHost, HostCore, bytes], tuple[int, bytes]]
) -> None:
    """Also when its sender has not noticed yet, and goes on."""
    core, sender = follower(cluster), cluster.elect()
    other = next(host for host in cluster.running if host is not sender and host.core is not core)
    first = header(sender, core)
    before = receive(core, sender.number, first)
    before.write(b"half")

    sink = receive(core, *following(sender, other, core, first))

    assert sink.offset == 0
    with pytest.raises(DiscardedError, match="not received any more"):
        before.write(b"rest")
    with pytest.raises(DiscardedError, match="not received any more"):
        before.finish()
    before.abort()
    sink.write(b"complete")
    sink.finish()


class Writing:
    """A writer that is in use while it writes. Something happens meanwhile."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = lambda: None
        self.is_in_use = self.is_discarded = False

    def write(self, chunk: bytes) -> None:
        del chunk
        self.is_in_use = True
        self.meanwhile()
        self.is_in_use = False

    def discard(self) -> None:
        if self.is_in_use:
            raise InUseError("the SnapshotWriter is in use by another thread")
        self.is_discarded = True


def test_data_is_discarded_after_the_write_that_runs() -> None:
    """It runs in a worker thread, while another transfer starts on the event loop."""
    writer = Writing()
    reception = Reception(1, b"", Message(), cast("SnapshotWriter", writer), lambda _: None)
    writer.meanwhile = reception.discard

    with pytest.raises(DiscardedError, match="not received any more"):
        reception.write(b"chunk")

    assert writer.is_discarded
    assert reception.offset == 0


def test_snapshot_is_rejected_until_the_node_has_the_one_before(cluster: VirtualCluster) -> None:
    """The storage keeps the data of one snapshot for the message that follows: another one would take its place."""
    core, sender = follower(cluster), cluster.elect()
    sink = receive(core, sender.number, header(sender, core))
    sink.write(b"complete")
    sink.finish()

    storage = core.groups[1].storage
    while (stored := storage.read_snapshot()) is None or stored.snapshot.metadata.index != 100:
        assert core.receive_snapshot(sender.number, header(sender, core, index=200)) is None
        cluster.run(0.001)

    assert b"".join(stored) == b"complete"
    cluster.run(0.1)
    assert core.receive_snapshot(sender.number, header(sender, core, index=200)) is not None


def test_snapshot_that_is_rejected_is_sent_again(tmp_path: Path) -> None:
    """The leader learns from the rejection that the follower still needs it."""
    cluster = VirtualCluster(tmp_path, group_options=SMALL)
    leader = cluster.elect()
    victim = next(host for host in cluster.running if host is not leader)
    victim.crash()
    for number in range(60):
        cluster.execute(leader, b"%d-" % number + bytes(500))
    victim.start()
    transfers = victim.group().transfers
    transfers._is_staged = True
    cluster.run_until(lambda: sent(leader))
    transfers._is_staged = False

    cluster.run_until(lambda: victim.words() == leader.words())

    assert [event.succeeded for event in sent(leader)] == [False, True]


def sent(host: VirtualHost) -> list[SnapshotSent]:
    return [event for event in host.events if isinstance(event, SnapshotSent)]


def test_snapshot_that_cannot_be_stored_is_received_again(
    cluster: VirtualCluster, caplog: pytest.LogCaptureFixture
) -> None:
    core, sender = follower(cluster), cluster.elect()
    sink = receive(core, sender.number, header(sender, core))
    sink.writer.discard()
    sink.finish()
    cluster.run(0.1)

    assert "a snapshot could not be stored" in caplog.text
    assert core.receive_snapshot(sender.number, header(sender, core)) is not None


LEAVE: dict[str, Callable[[GroupCore], None]] = {
    "left": lambda group: group.leave(RemovedError("this host was removed")),
    "host closed": lambda group: group.close(HostClosedError("the host is closed")),
}


@pytest.mark.parametrize("leave", LEAVE.values(), ids=LEAVE)
def test_data_of_an_interrupted_transfer_is_deleted_with_the_group(
    cluster: VirtualCluster, leave: Callable[[GroupCore], None]
) -> None:
    core, sender = follower(cluster), cluster.elect()
    directory = cluster.hosts[core.id].directory
    before = set(directory.rglob("*"))
    sink = receive(core, sender.number, header(sender, core))
    sink.write(b"half")
    sink.abort()
    assert len(set(directory.rglob("*")) - before) == 1

    leave(core.groups[1])

    assert set(directory.rglob("*")) == before
    with pytest.raises(DiscardedError, match="not received any more"):
        sink.write(b"rest")
