"""What the page shows, made of the reports of hosts."""

from typing import Any

from rraft.cluster.status import EventReport, GroupReport, HostReport

MAX_GROUPS = 100
"""The page shows at most so many groups: those that need attention, and then those with the lowest ids."""

MAX_EVENTS = 50
"""The page shows so many recent events."""

LEVELS = {
    "group_stopped": "error",
    "slow_disk": "warning",
    "lagging_follower": "warning",
    "clock_jump": "warning",
    "stalled": "warning",
    "rejected_connection": "warning",
}
"""The levels of the kinds of events that are not only informative."""


def make_view(own: HostReport, others: dict[int, HostReport]) -> dict[str, Any]:
    """Describes the cluster as the host of the report `own` sees it, with what `others` say about themselves."""
    reports = {own["host"]: own, **others}
    groups = [_view_group(group, own, reports) for group in own["groups"].values()]
    groups.sort(key=lambda group: (not _needs_attention(group), group["id"]))
    return {
        "cluster": own["cluster"],
        "version": own["version"],
        "now": own["time"],
        "host": {"id": own["host"], "address": own["address"], "failure": own["failure"]},
        "hosts": _view_hosts(own, reports),
        "groups": {"total": len(groups), "shown": groups[:MAX_GROUPS]},
        "events": [_view_event(event) for event in own["events"][-MAX_EVENTS:]],
    }


def other_addresses(own: HostReport) -> dict[int, str]:
    """The addresses of the other hosts, by their ids."""
    addresses = {int(host): address for group in own["groups"].values() for host, address in group["addresses"].items()}
    addresses.pop(own["host"], None)
    return dict(sorted(addresses.items()))


def _view_group(group: GroupReport, own: HostReport, reports: dict[int, HostReport]) -> dict[str, Any]:
    members = sorted({*group["voters"], *group["learners"]})
    return {
        "id": group["group"],
        "leader": group["leader"],
        "term": group["term"],
        "applied": group["applied"],
        "committed": group["committed"],
        "first_index": group["first_index"],
        "last_index": group["last_index"],
        "sessions": group["sessions"],
        "in_flight": group["in_flight"],
        "stopped": group["stopped"],
        "commands_per_second": group["commands_per_second"],
        "queries_per_second": group["queries_per_second"],
        "members": [_view_member(host, group, own, reports) for host in members],
    }


def _view_member(host: int, group: GroupReport, own: HostReport, reports: dict[int, HostReport]) -> dict[str, Any]:
    number = str(group["group"])
    report = reports.get(host)
    seen = None if report is None else report["groups"].get(number)
    leader = reports.get(group["leader"])
    followers = {} if leader is None or number not in leader["groups"] else leader["groups"][number]["followers"]
    follower = followers.get(str(host))
    return {
        "host": host,
        "address": group["addresses"].get(str(host), ""),
        "role": _role(host, group, seen),
        "applied": None if seen is None else seen["applied"],
        "lag": None if follower is None else follower["lag"],
        "reachable": host == own["host"] or host in own["connected"],
    }


def _role(host: int, group: GroupReport, seen: GroupReport | None) -> str:
    """The role of a member. What it says itself may be older than what this host knows about the leader."""
    if host == group["leader"]:
        return "leader"
    if seen is not None and seen["role"] in ("joining", "stopped"):
        return seen["role"]
    return "learner" if host in group["learners"] else "follower"


def _needs_attention(group: dict[str, Any]) -> bool:
    return (
        group["stopped"] is not None
        or not group["leader"]
        or not all(member["reachable"] for member in group["members"])
    )


def _view_hosts(own: HostReport, reports: dict[int, HostReport]) -> list[dict[str, Any]]:
    addresses = {own["host"]: own["address"], **other_addresses(own)}
    return [_view_host(host, address, own, reports.get(host)) for host, address in sorted(addresses.items())]


def _view_host(host: int, address: str, own: HostReport, report: HostReport | None) -> dict[str, Any]:
    groups = own["groups"].values()
    if host == own["host"]:
        state = "this"
    elif host not in own["connected"]:
        state = "unreachable"
    else:
        state = "silent" if report is None else "connected"
    return {
        "id": host,
        "address": address,
        "state": state,
        "failure": None if report is None else report["failure"],
        "leads": sum(group["leader"] == host for group in groups),
        "groups": sum(host in group["voters"] or host in group["learners"] for group in groups),
        "log_bytes": None if report is None else report["log"]["bytes"],
        "commands_per_second": None
        if report is None
        else sum(group["commands_per_second"] for group in report["groups"].values()),
    }


def _view_event(event: EventReport) -> dict[str, Any]:
    return {**event, "level": LEVELS.get(event["kind"], "info")}
