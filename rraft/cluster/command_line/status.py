"""`rraft status` and `rraft watch`: the hosts and groups of a cluster."""

import argparse
import asyncio
import json
import sys
from datetime import datetime
from typing import Any

from rraft.cluster.command_line.connection import Connection
from rraft.cluster.command_line.exits import CommandFailure, Exit
from rraft.cluster.command_line.output import say
from rraft.cluster.command_line.overview import Overview, Report
from rraft.cluster.command_line.table import milliseconds, table

HEADS = ("host", "address", "role", "term", "applied", "lag", "commands/s", "queries/s", "fsync", "state")

SHOWN_EVENTS = 8
"""The recent events below the tables of `watch`."""

CLEAR = "\x1b[H\x1b[J"
"""Moves to the upper left corner of a terminal, and clears the screen."""


async def status(arguments: argparse.Namespace) -> int:
    """Prints all groups once. Returns 1 if something is wrong."""
    async with Overview(Connection(arguments)) as overview:
        await overview.look()
        if arguments.json:
            say(json.dumps(as_json(overview), indent=2))
        else:
            say("\n".join(describe(overview)))
        return Exit.DONE if is_healthy(overview) else Exit.FAILED


async def watch(arguments: argparse.Namespace) -> int:
    """Prints all groups again and again, with recent events."""
    is_terminal = sys.stdout.isatty()
    async with Overview(Connection(arguments)) as overview:
        seen = 0
        while True:
            try:
                await overview.look()
                lines = [*describe(overview), "", *describe_events(overview)]
                failure = None
            except CommandFailure as error:
                failure = error
                lines = [str(error)]
            say((CLEAR if is_terminal else "") + "\n".join(lines))
            seen += 1
            if seen == arguments.count:
                if failure is not None:
                    raise failure
                return Exit.DONE if is_healthy(overview) else Exit.FAILED
            await asyncio.sleep(arguments.interval)


def as_json(overview: Overview) -> dict[str, Any]:
    """What `status --json` prints: a `HostReport` for each host."""
    return {
        "cluster": overview.connection.cluster,
        "healthy": is_healthy(overview),
        "hosts": {str(host): report for host, report in sorted(overview.hosts.items())},
        "unreachable": dict(sorted(overview.failures.items())),
    }


def is_healthy(overview: Overview) -> bool:
    """Whether all members answer, take part, and agree on a leader. An address of no member does not matter."""
    groups = overview.groups()
    if any(report.get("failure") for report in overview.hosts.values()) or (overview.failures and not groups):
        return False
    for group in groups:
        reports = overview.reports(group)
        leaders = {report["leader"] for report in reports.values()}
        if len(leaders) != 1 or 0 in leaders or set(overview.addresses(group)) - set(reports):
            return False
        if any(report["role"] in ("stopped", "joining") for report in reports.values()):
            return False
    return True


def describe(overview: Overview) -> list[str]:
    """The lines of a table for each group."""
    lines: list[str] = []
    for group in overview.groups():
        newest = overview.newest(group)
        if lines:
            lines.append("")
        if newest is None:
            lines.append(f"group {group}: no host has its state yet")
        else:
            lines.append(_head(overview, group, newest))
        lines += table(HEADS, _rows(overview, group))
    others = set(overview.failures) - set(overview.addresses().values())
    lines += [f"{address}, of no member: {overview.failures[address]}" for address in sorted(others)]
    return lines or ["no host has a group"]


def describe_events(overview: Overview) -> list[str]:
    """The recent events of all hosts, the last one at the end."""
    events = [
        (event["time"], host, event["group"], event["text"])
        for host, report in overview.hosts.items()
        for event in report.get("events", ())
    ]
    return [
        f"{datetime.fromtimestamp(time):%H:%M:%S}  host {host}{f', group {group}' if group else ''}: {text}"
        for time, host, group, text in sorted(events)[-SHOWN_EVENTS:]
    ]


def _head(overview: Overview, group: int, newest: Report) -> str:
    term, leader = max((report["term"], report["leader"]) for report in overview.reports(group).values())
    voters = " ".join(map(str, newest["voters"]))
    learners = f", learners {' '.join(map(str, newest['learners']))}" if newest["learners"] else ""
    leads = f"leader {leader}" if leader else "no leader"
    return f"cluster {overview.connection.cluster}, group {group}: {leads}, term {term}, voters {voters}{learners}"


def _rows(overview: Overview, group: int) -> list[tuple[object, ...]]:
    reports, addresses = overview.reports(group), overview.addresses(group)
    followers: dict[str, Report] = {}
    for report in reports.values():
        if report["role"] == "leader":
            followers = report.get("followers", {})
    rows: list[tuple[object, ...]] = []
    for host in sorted({*reports, *addresses}):
        lag = followers.get(str(host), {}).get("lag", "")
        if host not in reports:
            address = addresses[host]
            why = "has no such group" if host in overview.hosts else "no answer"
            rows.append((host, address, "?", "", "", lag, "", "", "", why))
            continue
        report, of_host = reports[host], overview.hosts[host]
        rows.append(
            (
                host,
                of_host["address"],
                report["role"],
                report.get("term", ""),
                report.get("applied", ""),
                lag,
                report.get("commands_per_second", ""),
                report.get("queries_per_second", ""),
                milliseconds(of_host["fsyncs"]["recent_mean"]) if "fsyncs" in of_host else "",
                of_host.get("failure") or report.get("stopped") or "ok",
            )
        )
    return rows
