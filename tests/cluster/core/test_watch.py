"""Warnings about the disk, the clock, followers and strangers: when there is one, what it says, and how often."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from rraft.cluster.core.node import HostCore
from rraft.cluster.core.watch import PAUSE, Watch
from rraft.cluster.options import HostOptions
from tests.harness.virtual_hosts import VirtualCluster

OPTIONS = HostOptions()

CAUSES: dict[str, tuple[Callable[[HostCore], None], str]] = {
    "slow_disk": (
        lambda core: core.watch.synced(0.75),
        "the log was not durable before 0.75 s: the disk is slow",
    ),
    "clock_jump": (
        lambda core: core.watch.ticked(100.0, 5005.0),
        "the clock of the host was set forward by 5.0 s",
    ),
    "stalled": (
        lambda core: core.watch.ticked(103.0, 5003.0),
        "the event loop of the host stood still for 3.0 s",
    ),
}


def warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """The warnings of the watch."""
    return [record for record in caplog.records if record.name == "rraft.cluster.core.watch"]


@pytest.fixture
def core(tmp_path: Path) -> HostCore:
    """A host whose clocks were seen once."""
    core = VirtualCluster(tmp_path, hosts=1).hosts[1].core
    assert core is not None
    core.watch = Watch(core, core.observation)
    core.tick(100.0, 5000.0)
    return core


@pytest.mark.parametrize(("kind", "cause", "text"), [(kind, *rest) for kind, rest in CAUSES.items()], ids=CAUSES)
def test_warning_is_logged_counted_and_remembered(
    core: HostCore,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    cause: Callable[[HostCore], None],
    text: str,
) -> None:
    cause(core)

    [record] = warnings(caplog)
    assert (record.levelno, record.getMessage()) == (logging.WARNING, f"host 1: {text}")
    assert {name: getattr(record, name) for name in ("host", "group", "term")} == {"host": 1, "group": 0, "term": 0}
    assert core.observation.warnings == {kind: 1}
    [event] = core.observation.records
    assert (event.time, event.kind, event.group, event.text) == (5000.0, kind, 0, text)


NO_CAUSES: dict[str, Callable[[HostCore], None]] = {
    "fast disk": lambda core: core.watch.synced(OPTIONS.slow_fsync - 0.01),
    "clock that is corrected": lambda core: core.watch.ticked(100.05, 5000.9),
    "late tick": lambda core: core.watch.ticked(100.4, 5000.4),
}


@pytest.mark.parametrize("action", NO_CAUSES.values(), ids=NO_CAUSES)
def test_no_warning(core: HostCore, caplog: pytest.LogCaptureFixture, action: Callable[[HostCore], None]) -> None:
    action(core)

    assert warnings(caplog) == []
    assert core.observation.warnings == {}


def test_warnings_of_a_kind_are_logged_with_pauses(core: HostCore, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        core.watch.synced(1.0)
    core.tick(100.0 + PAUSE, 5000.0 + PAUSE)
    core.observation.warnings.clear()
    caplog.clear()

    for _ in range(2):
        core.watch.synced(1.0)

    assert [record.getMessage() for record in warnings(caplog)] == [
        "host 1: the log was not durable before 1.00 s: the disk is slow"
    ]
    assert core.observation.warnings == {"slow_disk": 2}


def test_rejected_connections_are_counted(core: HostCore, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        core.watch.rejected("a connection is rejected: wrong secret")

    assert core.observation.warnings == {"rejected_connection": 3}
    assert [event.text for event in core.observation.records] == ["a connection is rejected: wrong secret"]
    assert warnings(caplog) == []  # the transport logs it


def test_lagging_follower_is_reported_once_until_it_has_caught_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = VirtualCluster(tmp_path, options=HostOptions(lagging_entries=20))
    leader = cluster.elect()
    away = next(number for number in cluster.hosts if number != leader.number)
    for round_number in (1, 2):
        cluster.isolate(away)
        for number in range(30):
            cluster.execute(leader, b"%d" % number)
        cluster.run(5)

        found = [record for record in warnings(caplog) if f"host {away} lacks" in record.getMessage()]
        assert len(found) == round_number
        assert (vars(found[-1])["host"], vars(found[-1])["group"]) == (leader.number, 1)
        assert vars(found[-1])["term"] == leader.group().term
        cluster.heal()
        cluster.run(3)
        assert leader.group().is_leader
