"""What stops a group on one host, and leaves it running on the others."""

import asyncio
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

import pytest

from rraft import StateRole
from rraft.cluster.calls import result_of
from rraft.cluster.core.events import SnapshotMade
from rraft.cluster.core.outcomes import MAX_TEXT, Outcome
from rraft.cluster.errors import FailedError, NeedsUpgradeError, UnknownCommandError
from rraft.cluster.options import GroupOptions, SessionOptions
from rraft.cluster.requests import Change, ChangeKind, decode_error, decode_response, encode_error
from rraft.cluster.state_machine import Context
from tests.harness.virtual_hosts import Register, VirtualCluster, VirtualHost, stopped


class Versioned(Register):
    """Knows the commands of a version: `new` since version 2. A host raises other exceptions if told to."""

    version = 1
    raises: BaseException | None = None

    def apply(self, command: bytes, context: Context) -> bytes:
        if command.startswith(b"new") and self.version < 2:
            raise UnknownCommandError("there is no command new")
        if command == b"raise" and self.raises is not None:
            raise self.raises
        return super().apply(command, context)

    def query(self, query: bytes) -> bytes:
        if query == b"raise" and self.raises is not None:
            raise self.raises
        return super().query(query)


@pytest.fixture
def cluster(tmp_path: Path) -> VirtualCluster:
    options = GroupOptions(snapshot_log_size=10_000, kept_log_size=1_000)
    cluster = VirtualCluster(tmp_path, group_options=options, new_machine=Versioned)
    cluster.elect()
    return cluster


def machine(host: VirtualHost) -> Versioned:
    found = host.machines[1]
    assert isinstance(found, Versioned)
    return found


@pytest.mark.parametrize("role", ["leader", "follower"])
def test_host_that_does_not_know_a_command_stops_applying_and_still_votes(cluster: VirtualCluster, role: str) -> None:
    """The others go on, also with the old host as their quorum. With a newer version, it has everything."""
    leader = cluster.elect()
    old = leader if role == "leader" else next(host for host in cluster.running if host is not leader)
    new = [host for host in cluster.running if host is not old]
    for host in new:
        machine(host).version = 2
    cluster.execute(new[0], b"first")

    assert cluster.execute(new[0], b"new-1") == b"2"
    cluster.run_until(lambda: stopped(old))
    assert isinstance(old.group().stopped, NeedsUpgradeError)
    assert "there is no command new" in str(old.group().stopped)
    cluster.run(2)
    assert cluster.elect() is not old  # a leader that applies nothing hands over
    new[1].crash()
    assert cluster.execute(new[0], b"new-2") == b"3"
    [outcome] = cluster.submit(old, b"word")
    assert isinstance(outcome, NeedsUpgradeError)

    cluster.new_machine = lambda: _upgraded()
    cluster.restart(old.number)
    cluster.run_until(lambda: old.words() == [b"first", b"new-1", b"new-2"])
    assert cluster.execute(old, b"new-3") == b"4"


def test_requests_of_a_stopped_group_are_not_kept(cluster: VirtualCluster) -> None:
    """A traceback refers to what the callers had."""
    leader = cluster.elect()
    group = leader.group()
    group.leave(FailedError("a reason"))
    reason = group.stopped
    assert reason is not None

    for _ in range(3):
        with pytest.raises(FailedError, match="a reason"):
            group.submit((1, 1, 1, b"word"), lambda _: None)
        with pytest.raises(FailedError, match="a reason"):
            group.query(b"", lambda _: None)
        with pytest.raises(FailedError, match="a reason"):
            result_of(reason, bytes)

    assert reason.__traceback__ is None


def _upgraded() -> Versioned:
    upgraded = Versioned()
    upgraded.version = 2
    return upgraded


def test_stopped_host_continues_after_a_restart_while_the_others_compact(cluster: VirtualCluster) -> None:
    """It keeps its own log from what it applied, or receives a snapshot."""
    leader = cluster.elect()
    old = next(host for host in cluster.running if host is not leader)
    for host in cluster.running:
        machine(host).version = 1 if host is old else 2
    cluster.execute(leader, b"new-1")

    for number in range(60):
        cluster.execute(leader, b"%d-" % number + bytes(500))
    assert isinstance(old.group().stopped, NeedsUpgradeError)
    assert old.words() == []
    cluster.new_machine = lambda: _upgraded()
    cluster.restart(old.number)

    cluster.run_until(lambda: old.words() == leader.words())


@pytest.mark.parametrize("error", [MemoryError("full"), RecursionError("deep")], ids=["memory", "recursion"])
def test_what_depends_on_the_host_is_no_result(cluster: VirtualCluster, error: Exception) -> None:
    leader = cluster.elect()
    victim, other = (host for host in cluster.running if host is not leader)
    machine(victim).raises = error

    outcomes = cluster.submit(victim, b"raise")
    cluster.run_until(lambda: outcomes)
    cluster.run(1)

    assert isinstance(outcomes[0], FailedError)
    assert f"{type(error).__name__}: {error}" in str(outcomes[0])
    assert [host.words() for host in (leader, other)] == [[b"raise"]] * 2
    assert cluster.execute(leader, b"word") == b"2"
    assert victim.words() == []
    cluster.restart(victim.number)
    cluster.run_until(lambda: victim.words() == [b"raise", b"word"])


def test_interrupt_stops_the_group_and_is_raised(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    machine(leader).raises = KeyboardInterrupt()

    outcomes: list[Outcome] = cluster.submit(leader, b"raise")
    with pytest.raises(KeyboardInterrupt):
        cluster.run(5)

    assert isinstance(outcomes[0], FailedError)


def test_exception_that_all_hosts_raise_is_the_result(cluster: VirtualCluster) -> None:
    for host in cluster.running:
        machine(host).raises = ArithmeticError("odd")

    assert cluster.execute(cluster.hosts[1], b"raise") == ("ArithmeticError", "odd")
    assert cluster.execute(cluster.hosts[1], b"word") == b"1"
    assert [stopped(host) for host in cluster.running] == [[]] * 3


@pytest.mark.parametrize(
    "error", [SystemExit(3), GeneratorExit(), asyncio.CancelledError(), BaseException("odd")], ids=repr
)
def test_exception_of_any_class_that_all_hosts_raise_is_the_result(
    cluster: VirtualCluster, error: BaseException
) -> None:
    for host in cluster.running:
        machine(host).raises = error

    assert cluster.execute(cluster.hosts[1], b"raise") == (type(error).__name__, str(error))
    assert cluster.query(cluster.hosts[2], b"raise") == (type(error).__name__, str(error))
    assert cluster.execute(cluster.hosts[1], b"word") == b"1"
    assert [stopped(host) for host in cluster.running] == [[]] * 3


class Signalled(Register):
    """A signal arrives in a command or a query of this host."""

    arrives = False

    def apply(self, command: bytes, context: Context) -> bytes:
        if self.arrives:
            signal.raise_signal(signal.SIGTERM)
        return super().apply(command, context)

    def query(self, query: bytes) -> bytes:
        if self.arrives:
            signal.raise_signal(signal.SIGTERM)
        return super().query(query)


def exit_on_signal(number: int, _: object) -> None:
    sys.exit(number)


class Handler:
    def __call__(self, number: int, _: object) -> None:
        sys.exit(number)

    def handle(self, number: int, _: object) -> None:
        sys.exit(number)


HANDLERS: dict[str, Callable[[int, FrameType | None], None]] = {
    "function": exit_on_signal,
    "object": Handler(),
    "method": Handler().handle,
    "partial": partial(exit_on_signal),
}


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS)
def test_exit_of_a_signal_handler_is_no_result(
    tmp_path: Path, handler: Callable[[int, FrameType | None], None]
) -> None:
    """The other hosts apply the command."""
    cluster = VirtualCluster(tmp_path, new_machine=Signalled)
    leader = cluster.elect()
    cluster.execute(leader, b"first")
    signalled = leader.machines[1]
    assert isinstance(signalled, Signalled)
    before = signal.signal(signal.SIGTERM, handler)
    try:
        signalled.arrives = True
        answers: list[Outcome] = []
        leader.group().query(b"", answers.append)
        with pytest.raises(SystemExit, match="15"):
            cluster.run(5)
        outcomes = cluster.submit(leader, b"word")
        with pytest.raises(SystemExit, match="15"):
            cluster.run(5)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert isinstance(answers[0], FailedError)
    assert "the query was interrupted: SystemExit" in str(answers[0])
    assert isinstance(outcomes[0], FailedError)
    cluster.run(1)
    assert [host.words() for host in cluster.running if host is not leader] == [[b"first", b"word"]] * 2


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise LookupError("no text")


TEXTS = {
    "surrogate": (ValueError("a\ud800"), ("ValueError", "a\\ud800")),
    "long": (ValueError("x" * 50_000), ("ValueError", "x" * MAX_TEXT)),
    "no text": (Unspeakable(), ("Unspeakable", "<its text raises LookupError>")),
}


@pytest.mark.parametrize(("error", "result"), TEXTS.values(), ids=TEXTS)
def test_any_text_of_an_exception_is_a_result(
    cluster: VirtualCluster, error: Exception, result: tuple[str, str]
) -> None:
    """It is in each later snapshot, too."""
    for host in cluster.running:
        machine(host).raises = error

    assert cluster.execute(cluster.hosts[1], b"raise") == result
    assert decode_error(decode_response(encode_error(*result)).payload) == result
    assert cluster.query(cluster.hosts[1], b"raise") == result
    assert cluster.hosts[1].group().query_local(b"raise") == result
    for host in cluster.running:
        host.group().transfers.make()
    cluster.run(1)
    assert [stopped(host) for host in cluster.running] == [[]] * 3
    assert all(any(isinstance(event, SnapshotMade) for event in host.events) for host in cluster.running)
    assert cluster.execute(cluster.hosts[1], b"word") == b"1"


def test_group_goes_on_after_a_waiter_that_raises(cluster: VirtualCluster, caplog: pytest.LogCaptureFixture) -> None:
    host = cluster.hosts[1]
    cluster.execute(host, b"first")

    def fail(_: object) -> None:
        raise ZeroDivisionError("a bug")

    host.sessions[1].submit(b"second", fail)
    host.group().query(b"", fail)
    host.group().open_session(b"n" * 16, fail)
    host.group().change([Change(ChangeKind.SET_ADDRESS, 3, "host-3:1")], fail)
    cluster.run(2)

    assert caplog.text.count("ZeroDivisionError: a bug") == 4
    assert stopped(host) == []
    assert cluster.execute(host, b"third") == b"3"


def test_entry_of_a_newer_version_stops_applying(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    leader.group()._entries.append(b"\x02 the next version")
    leader.group().wake()

    cluster.run(1)

    assert [type(host.group().stopped) for host in cluster.running] == [NeedsUpgradeError] * 3
    assert "expected an entry of version 1, got version 2" in str(leader.group().stopped)
    assert all(host.group().active for host in cluster.running)


class Unrestorable(Versioned):
    """Cannot be restored from a snapshot."""

    def restore(self, chunks: object) -> None:
        del chunks
        raise OSError("the disk is bad")


def test_leader_without_a_state_hands_over(cluster: VirtualCluster) -> None:
    """It votes and stores the log, so it may be elected, although it never had members in its state."""
    leader = cluster.elect()
    for _ in range(40):
        cluster.execute(leader, bytes(500))
    cluster.new_machine = Unrestorable
    broken = cluster.add_host(4)
    outcomes: list[Exception | None] = []
    leader.group().change([Change(ChangeKind.ADD, 4, broken.address)], outcomes.append)
    cluster.run_until(lambda: 4 in leader.group().state.members.voters)
    assert [type(event.reason) for event in stopped(broken)] == [FailedError]

    leader.group().change((), outcomes.append, 4)
    cluster.run_until(lambda: broken.group().is_leader)

    cluster.run_until(lambda: not broken.group().is_leader)
    assert outcomes == [None, None]
    assert cluster.execute(leader, b"last") == b"41"


@pytest.mark.parametrize("role", ["leader", "follower"])
def test_disk_fails_after_a_group_has_stopped(tmp_path: Path, role: str) -> None:
    """The host learns of it from the group, and what waits on the group learns the newer reason."""
    cluster = VirtualCluster(tmp_path)
    leader = cluster.elect()
    host = leader if role == "leader" else next(host for host in cluster.running if host is not leader)
    assert host.core is not None
    host.group().stop(NeedsUpgradeError("there is no command new"))

    host.core.fail(OSError("the disk is bad"))
    host.core.fail(OSError("the disk is bad again"))

    reasons = [event.reason for event in stopped(host)]
    assert [type(reason) for reason in reasons] == [NeedsUpgradeError, FailedError]
    assert "the log of the host has failed: the disk is bad" in str(reasons[-1])
    assert host.group().stopped is reasons[-1]
    assert not host.group().active


@pytest.fixture
def expiring(tmp_path: Path) -> VirtualCluster:
    """A single host, which leads, and whose sessions have all expired."""
    cluster = VirtualCluster(tmp_path, hosts=1, group_options=GroupOptions(sessions=SessionOptions(expiry=5)))
    cluster.execute(cluster.elect(), b"first")
    return cluster


def test_leader_that_leaves_does_not_lead_any_more(expiring: VirtualCluster) -> None:
    """It collects no entries to expire sessions."""
    group = expiring.hosts[1].group()
    group.propose_batch(group.batch())

    group.leave(FailedError("a panic"))
    expiring.run(20)

    assert (group.is_leader, group.leader) == (False, 0)
    assert not group.has_work


def test_leader_that_has_stopped_proposes_nothing(expiring: VirtualCluster) -> None:
    """There is nobody else to lead, and it would never apply an entry that expires sessions."""
    group = expiring.hosts[1].group()
    last = group.storage.last_index()

    group.stop(NeedsUpgradeError("there is no command new"))
    expiring.run(20)

    assert group.is_leader
    assert group.storage.last_index() == last


def test_leader_that_has_stopped_promotes_a_learner_once(expiring: VirtualCluster) -> None:
    """What it does not apply, it would propose at each tick."""
    group = expiring.hosts[1].group()
    new = expiring.add_host(2)
    group.change([Change(ChangeKind.ADD, 2, new.address)], lambda _: None)
    expiring.run_until(lambda: 2 in group.state.members.promote and group.changes.has_caught_up(2, group.state.applied))
    assert 2 not in group.state.members.voters
    group.stop(NeedsUpgradeError("there is no command new"))
    last = group.storage.last_index()

    expiring.run(20)

    assert new.group().is_leader
    assert new.group().state.members.voters == {1, 2}
    # The change, the first entry of the new leader, and one that expires the session.
    assert new.group().storage.last_index() == last + 3
    assert expiring.execute(new, b"second") == b"2"


def test_host_that_is_elected_in_the_round_in_which_it_leaves_does_not_lead(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path, hosts=1)
    group = cluster.hosts[1].group()
    cluster.run_until(lambda: group.node.raft.state == StateRole.Leader and group.host.in_round)
    assert not group.is_leader

    group.leave(FailedError("a panic"))
    cluster.run(1)

    assert not group.is_leader
