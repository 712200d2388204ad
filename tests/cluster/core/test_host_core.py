"""What a host does with frames of any content, with a disk that fails, and with a group that fails."""

import random
from pathlib import Path

import pytest

from rraft import Message, MessageType
from rraft.cluster.core.frames import FrameError, Kind, add_item, items
from rraft.cluster.core.outcomes import Outcome
from rraft.cluster.core.rounds import MAX_FRAME, split_frames
from rraft.cluster.errors import FailedError, StartError
from rraft.cluster.state_machine import Context
from tests.harness.virtual_hosts import Register, VirtualCluster, stopped


def frame(kind: int, group: int, payload: bytes, founders: int = 0) -> bytes:
    parts: list[bytes] = []
    add_item(parts, kind, group, founders, payload)
    return b"".join(parts)


def test_items_of_a_frame() -> None:
    body = frame(1, 5, b"one", 7) + frame(2, 2**63, b"") + frame(255, 0, bytes(1000))

    assert list(items(body)) == [(1, 5, 7, b"one"), (2, 2**63, 0, b""), (255, 0, 0, bytes(1000))]


@pytest.mark.parametrize("length", range(1, 20))
def test_frame_that_is_cut_off(length: int) -> None:
    with pytest.raises(FrameError, match="expected "):
        list(items(frame(1, 5, b"abc")[:length]))


@pytest.mark.parametrize("sizes", [[], [1], [MAX_FRAME], [MAX_FRAME + 1], [10, MAX_FRAME, 10], [2**20] * 10], ids=str)
def test_frames_are_split_between_items(sizes: list[int]) -> None:
    parts: list[bytes] = []
    for number, size in enumerate(sizes):
        add_item(parts, Kind.MESSAGE, number, 7, bytes(size))

    frames = list(split_frames(parts))

    assert [item for body in frames for item in items(b"".join(body))] == list(items(b"".join(parts)))
    assert all(sum(map(len, body)) <= MAX_FRAME or len(body) == 2 for body in frames)


MALFORMED = {
    "no item": b"x",
    "hello": frame(Kind.HELLO, 0, b"\xc1"),
    "hello of another type": frame(Kind.HELLO, 0, b"\x92\x01\x02"),
    "forward": frame(Kind.FORWARD, 1, b"\x91\x91\x01"),
    "change": frame(Kind.CHANGE, 1, b"\x92\x01\x91\x93\x63\x01\xa0"),
    "rejection": frame(Kind.CHANGE_REJECTED, 1, b""),
    "text": frame(Kind.CHANGE_REJECTED, 1, b"\x92\x01\xa1\xff"),
    "founders": frame(Kind.OTHER_FOUNDERS, 1, b"x", founders=7),
    "deep": frame(Kind.FORWARD, 1, b"\x91" * 5_000),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed_frame_is_rejected_and_has_no_effect(cluster: VirtualCluster, body: bytes) -> None:
    host = cluster.elect()
    assert host.core is not None

    with pytest.raises(FrameError, match=r"\w"):
        host.core.received(2 if host.number != 2 else 3, body)

    assert cluster.execute(host, b"word") == b"1"
    assert stopped(host) == []


HARMLESS = {
    "unknown kind": frame(200, 1, b"x"),
    "unknown group": frame(Kind.MESSAGE, 77, b"x"),
    "no message": frame(Kind.MESSAGE, 1, b"\xff\xff"),
    "empty message": frame(Kind.MESSAGE, 1, b""),
    "local message": frame(Kind.MESSAGE, 1, Message(msg_type=MessageType.MsgHup, from_=1, to=1).encode()),
    "rejection of no request": frame(Kind.CHANGE_REJECTED, 1, b"\x92\x63\xa1x"),
    "empty frame": b"",
}


@pytest.mark.parametrize("body", HARMLESS.values(), ids=HARMLESS)
def test_frame_that_means_nothing_is_ignored(cluster: VirtualCluster, body: bytes) -> None:
    host = cluster.elect()
    assert host.core is not None
    host.core.received(2 if host.number != 2 else 3, body)
    cluster.run(0.5)

    assert cluster.execute(host, b"word") == b"1"
    assert cluster.elect() is host


def test_random_frames(cluster: VirtualCluster) -> None:
    source = random.Random(1)
    host = cluster.elect()
    core = host.core
    assert core is not None
    kinds = [kind for kind in Kind if kind not in (Kind.REMOVED, Kind.LOST)]  # which an authenticated host may send
    rejected = 0
    for _ in range(3_000):
        body = frame(source.choice(kinds), source.choice([0, 1, 1, 1, 9]), source.randbytes(source.randrange(40)))
        try:
            core.received(source.choice([2, 3, 9]) if host.number != 2 else source.choice([1, 3, 9]), body)
        except FrameError:
            rejected += 1
    cluster.run(5)

    assert rejected > 100
    assert cluster.execute(cluster.elect(), b"word") == b"1"


def test_log_that_fails_stops_the_host_and_not_the_others(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    cluster.execute(leader, b"first")
    core = leader.core
    assert core is not None
    core.wal.close()

    outcomes = cluster.submit(leader, b"lost")
    cluster.run_until(lambda: outcomes)

    assert isinstance(outcomes[0], FailedError)
    assert "the log of the host has failed" in str(outcomes[0])
    assert core.failure is not None
    assert core.begin_round(cluster.now, cluster.wall) is None
    others = [host for host in cluster.hosts.values() if host is not leader]
    assert cluster.execute(others[0], b"second") in (b"2", b"3")


def test_failure_of_one_group_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = VirtualCluster(tmp_path, groups=(1, 2))
    cluster.elect(1)
    cluster.elect(2)
    host = cluster.hosts[1]

    def broken(_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(host.group(2).applier, "add", broken)
    outcomes = cluster.submit(host, b"word", 2)
    cluster.run_until(lambda: outcomes)

    assert isinstance(outcomes[0], FailedError)
    assert "ZeroDivisionError: a bug" in str(outcomes[0])
    assert cluster.execute(host, b"word", 1) == b"1"
    assert cluster.execute(cluster.hosts[2], b"word", 2) in (b"1", b"2")


class Interrupted(Register):
    """A signal arrives while a command or a query is handled."""

    def apply(self, command: bytes, context: Context) -> bytes:
        if command == b"interrupt":
            raise KeyboardInterrupt
        return super().apply(command, context)

    def query(self, query: bytes) -> bytes:
        if query == b"interrupt":
            raise KeyboardInterrupt
        return super().query(query)


@pytest.mark.parametrize("what", ["command", "query"])
@pytest.mark.parametrize("group", [1, 2, 3])
def test_interrupt_is_raised_after_all_groups_are_handled(tmp_path: Path, group: int, what: str) -> None:
    """The round has committed entries of other groups, which are applied once only."""
    groups = (1, 2, 3)
    cluster = VirtualCluster(tmp_path, hosts=1, groups=groups, new_machine=Interrupted)
    host = cluster.hosts[1]
    for number in groups:
        cluster.elect(number)
        cluster.execute(host, b"first", number)
    answers: list[Outcome] = []

    words = {number: cluster.submit(host, b"word", number) for number in groups if number != group}
    if what == "command":
        interrupted = cluster.submit(host, b"interrupt", group)
    else:
        interrupted = []
        host.group(group).query(b"interrupt", interrupted.append)
        host.group(group).query(b"", answers.append)
    with pytest.raises(KeyboardInterrupt):
        cluster.run(5)

    assert [type(outcome) for outcome in interrupted] == [FailedError]
    assert answers == ([b"first"] if what == "query" else [])
    for number in words:
        cluster.run_until(lambda number=number: words[number])  # type: ignore[misc]
        assert words[number] == [b"2"]
        assert cluster.execute(host, b"last", number) == b"3"
        assert host.words(number) == [b"first", b"word", b"last"]
    assert [event.group for event in stopped(host)] == ([group] if what == "command" else [])


def test_interrupt_before_a_round_loses_no_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = VirtualCluster(tmp_path, hosts=1, groups=(1, 2))
    host = cluster.hosts[1]
    for number in (1, 2):
        cluster.elect(number)

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(host.group(1).applier, "resume", interrupt)
    outcomes = [cluster.submit(host, b"word", number) for number in (1, 2)]
    with pytest.raises(KeyboardInterrupt):
        cluster.run(5)
    cluster.run_until(lambda: all(outcomes))

    assert isinstance(outcomes[0][0], FailedError)
    assert outcomes[1] == [b"1"]


def test_gap_in_the_log_fails_the_group(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    victim = next(host for host in cluster.running if host is not leader)
    cluster.execute(leader, b"first")
    cluster.run(1)
    victim.group().state.applied -= 1  # as if an entry had been lost

    outcomes = cluster.submit(victim, b"lost")
    cluster.run_until(lambda: outcomes)

    applied = victim.group().state.applied
    assert isinstance(outcomes[0], FailedError)
    assert f"expected the entry at {applied + 1} to be applied next, got the one at {applied + 2}" in str(outcomes[0])
    assert victim.words() == [b"first"]
    assert cluster.execute(leader, b"second") == b"2"
    cluster.restart(victim.number)
    cluster.run_until(lambda: victim.words() == [b"first", b"second"])


@pytest.mark.parametrize("group", [0, -1, 2**63])
def test_ids_of_groups(cluster: VirtualCluster, group: int) -> None:
    with pytest.raises(StartError, match="group: expected an id of at least 1 and below"):
        cluster.restart(1, groups=[group])


def test_identity_of_a_directory_stays(cluster: VirtualCluster) -> None:
    cluster.run(1)
    before = cluster.hosts[1].group().state.members.incarnations
    cluster.restart(1)
    cluster.run(2)

    assert cluster.hosts[1].group().state.members.incarnations == before
    assert sorted(before) == [1, 2, 3]
    assert len(set(before.values())) == 3
