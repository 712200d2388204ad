"""What the page shows, made of the reports of hosts."""

from __future__ import annotations

from typing import Any, cast

import pytest

from rraft.cluster.metrics.families import WARNINGS
from rraft.cluster.status import GroupReport, HostReport
from rraft.cluster.web.history import CAPACITY, Counters, History
from rraft.cluster.web.view import LEVELS, MAX_EVENTS, MAX_GROUPS, make_view, other_addresses

ADDRESSES = {"1": "a:1", "2": "b:1", "3": "c:1"}


def group(number: int = 1, host: int = 1, **changes: Any) -> GroupReport:
    """The report of a follower of host 2."""
    report = {
        "group": number,
        "host": host,
        "role": "follower",
        "leader": 2,
        "term": 3,
        "applied": 10,
        "committed": 12,
        "first_index": 2,
        "last_index": 12,
        "voters": [1, 2],
        "learners": [3],
        "addresses": ADDRESSES,
        "sessions": 1,
        "in_flight": 0,
        "stopped": None,
        "commands": 5,
        "queries": 6,
        "commands_per_second": 1.5,
        "queries_per_second": 2.5,
        "followers": {},
    }
    return cast("GroupReport", report | changes)


def host(number: int = 1, groups: list[GroupReport] | None = None, **changes: Any) -> HostReport:
    """The report of a host that is connected to the others."""
    report = {
        "version": "1.0.0",
        "host": number,
        "cluster": "jobs",
        "address": ADDRESSES[f"{number}"],
        "failure": None,
        "time": 1000.0,
        "uptime": 5.0,
        "connected": [other for other in (1, 2, 3) if other != number],
        "groups": {f"{one['group']}": one for one in groups or [group(host=number)]},
        "log": {"bytes": 1000 * number},
        "events": [],
    }
    return cast("HostReport", report | changes)


def members(own: HostReport, others: dict[int, HostReport]) -> dict[int, tuple[str, int | None, int | None, bool]]:
    """The role, the applied entry and the lag of each member, and whether it can be reached."""
    shown = make_view(own, others)["groups"]["shown"][0]["members"]
    return {one["host"]: (one["role"], one["applied"], one["lag"], one["reachable"]) for one in shown}


def test_members_without_the_reports_of_others() -> None:
    assert members(host(), {}) == {
        1: ("follower", 10, None, True),
        2: ("leader", None, None, True),
        3: ("learner", None, None, True),
    }


def test_lag_is_what_the_leader_says() -> None:
    followers = {"1": {"lag": 0}, "3": {"lag": 70}}
    leader = host(2, [group(host=2, role="leader", applied=12, followers=followers)])
    learner = host(3, [group(host=3, role="joining", applied=0)])

    assert members(host(), {2: leader, 3: learner}) == {
        1: ("follower", 10, 0, True),
        2: ("leader", 12, None, True),
        3: ("joining", 0, 70, True),
    }


def test_former_leader_is_not_shown_as_one() -> None:
    former = host(1, [group(role="leader", leader=1, term=2)])

    assert members(host(2, [group(host=2, role="leader")]), {1: former})[1][0] == "follower"


def test_host_without_a_link_is_unreachable() -> None:
    own = host(connected=[2])

    assert members(own, {})[3] == ("learner", None, None, False)
    assert [(one["id"], one["state"]) for one in make_view(own, {2: host(2)})["hosts"]] == [
        (1, "this"),
        (2, "connected"),
        (3, "unreachable"),
    ]
    assert make_view(own, {})["hosts"][1]["state"] == "silent"


def test_hosts() -> None:
    own = host(groups=[group(1), group(2, leader=1, voters=[1], learners=[])])

    first, second, _ = make_view(own, {2: host(2, failure="no space")})["hosts"]

    assert (first["leads"], first["groups"], first["log_bytes"], first["commands_per_second"]) == (1, 2, 1000, 3.0)
    assert (second["leads"], second["groups"], second["log_bytes"], second["failure"]) == (1, 1, 2000, "no space")


@pytest.mark.parametrize(
    "changes", [{"stopped": "RemovedError"}, {"leader": 0}, {"voters": [1, 2, 4]}], ids=["stopped", "none", "missing"]
)
def test_groups_that_need_attention_come_first(changes: dict[str, Any]) -> None:
    groups = [group(number) for number in range(1, MAX_GROUPS + 51)]
    groups[-1] = group(groups[-1]["group"], **changes)

    shown = make_view(host(groups=groups), {})["groups"]

    assert shown["total"] == MAX_GROUPS + 50
    assert [one["id"] for one in shown["shown"]] == [MAX_GROUPS + 50, *range(1, MAX_GROUPS)]


def test_recent_events_have_a_level() -> None:
    kinds = ["leader_changed"] * MAX_EVENTS + ["slow_disk", "group_stopped"]
    events = [{"number": number, "kind": kind} for number, kind in enumerate(kinds)]

    shown = make_view(host(events=events), {})["events"]

    assert len(shown) == MAX_EVENTS
    assert [event["level"] for event in shown[-3:]] == ["info", "warning", "error"]
    assert {kind for kind, level in LEVELS.items() if level == "warning"} == set(WARNINGS)


def test_addresses_of_the_other_hosts() -> None:
    assert other_addresses(host()) == {2: "b:1", 3: "c:1"}


def test_history_has_rates_and_means() -> None:
    history = History()
    history.add(Counters(10.0, 0, 0, 0, 0.0, 0, 0.0))

    history.add(Counters(12.0, 100, 10, 4, 0.02, 0, 0.0))
    history.add(Counters(13.0, 100, 10, 4, 0.02, 2, 0.5))

    assert history.as_json() == {
        "step": 1.0,
        "capacity": CAPACITY,
        "commands": [50.0, 0.0],
        "queries": [5.0, 0.0],
        "round_seconds": [0.005, None],
        "fsync_seconds": [None, 0.25],
    }


def test_history_keeps_two_minutes() -> None:
    history = History()

    for second in range(CAPACITY + 10):
        history.add(Counters(float(second), second * second, 0, 0, 0.0, 0, 0.0))

    assert len(history.commands) == CAPACITY
    assert history.commands[-1] == 2 * (CAPACITY + 9) - 1
