"""What happened in a run, for people: as lines of text around the end, and as the lanes of a picture.

Events have the kinds of the trace of a run. These have a meaning here; others are shown as they are:

| kind | meaning |
|---|---|
| `start`, and `crash`, `exit` or `stopped` | the host is up, or down |
| `leader` | the host knows a leader: `host 2 in term 5`, or `none in term 5` |
| `pause`, `resume` | the host stands still |
| `partition`, `heal` | hosts are cut off from each other |
| `lost` | a message is lost: many of them are one line |
| `fault` | a fault begins |
| `violation` | a property is violated |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Event(Protocol):
    """Something that happened: a `TraceEvent`."""

    @property
    def time(self) -> float:
        """In seconds."""

    @property
    def host(self) -> str:
        """The name of the host or client; empty for what concerns none or all."""

    @property
    def kind(self) -> str:
        """Such as `crash`."""

    @property
    def text(self) -> str:
        """A description."""


@dataclass(frozen=True)
class Bar:
    """Something that takes time, such as an operation of a client."""

    lane: str
    """The name of the lane, such as that of the client."""
    begin: float
    end: float | None
    """`None` if it has not ended."""
    kind: str
    """What it looks like: `command`, `query`, `failed`, or a kind of `Lane.bars`."""
    text: str


@dataclass
class Lane:
    """What happened to a host, a client, or all."""

    name: str
    bars: list[Bar] = field(default_factory=list)
    """Of the kinds `up`, `down`, `paused`, `partition` and `term 5`, and those of the operations of clients."""
    marks: list[Event] = field(default_factory=list)


CHANGES = frozenset({"start", "crash", "exit", "stopped", "pause", "resume", "partition", "heal"})
CHANGES |= {"leader", "members", "change", "fault", "violation"}
"""The kinds that matter also long before a violation."""

OFTEN = frozenset({"lost"})
"""The kinds of which many events in a row are one line."""

LINES = 60
"""How many lines a text has at most."""

BEFORE = 2.0
"""Seconds before a violation in which all events are shown."""


def text_timeline(events: Sequence[Event], *, lines: int = LINES, before: float = BEFORE) -> str:
    """The events as lines with aligned columns, of which the last ones matter most.

    Within `before` seconds of the end, all are shown; before that, only changes of hosts, leaders and the network.
    """
    if not events:
        return "nothing happened"
    end = next((event.time for event in events if event.kind == "violation"), events[-1].time)
    groups = [
        group
        for group in _grouped(event for event in events if event.time <= end)
        if group[0].kind in CHANGES or group[-1].time >= end - before
    ]
    shown = groups[-lines:]
    left_out = sum(event.time <= end for event in events) - sum(map(len, shown))
    rows = [(f"{group[0].time:.3f}", group[0].host or "-", group[0].kind, _text(group)) for group in shown]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    result = [f"({left_out} earlier events left out)"] if left_out else []
    for time, host, kind, text in rows:
        result.append(f"{time:>{widths[0]}}  {host:<{widths[1]}}  {kind:<{widths[2]}}  {text}".rstrip())
    return "\n".join(result)


def _grouped(events: Iterator[Event]) -> Iterator[list[Event]]:
    """The events, those of `OFTEN` together with the same ones that follow with nothing else between them."""
    open_groups: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        if event.kind in OFTEN:
            open_groups.setdefault((event.host, event.kind), []).append(event)
            continue
        yield from open_groups.values()
        open_groups = {}
        yield [event]
    yield from open_groups.values()


def _text(group: list[Event]) -> str:
    if len(group) == 1:
        return group[0].text
    kinds = sorted({re.sub(r"^\d+ bytes ", "", event.text) for event in group})
    return f"{len(group)} times until {group[-1].time:.3f}: {', '.join(kinds)}"


def lanes(events: Sequence[Event], bars: Sequence[Bar] = (), end: float | None = None) -> list[Lane]:
    """The lanes of a picture: of what concerns all, of each host, and of what else has a name, such as clients.

    What has not ended lasts until `end`: by default, that of the last event.
    """
    last = max([event.time for event in events] + [bar.end or bar.begin for bar in bars], default=0.0)
    until = last if end is None else end
    hosts = {event.host for event in events if event.kind in ("start", "leader")}
    others = {event.host for event in events} | {bar.lane for bar in bars}
    names = ["", *sorted(hosts, key=_natural), *sorted(others - hosts - {""}, key=_natural)]
    result = {name: Lane(name) for name in names}
    spans: dict[tuple[str, str], tuple[float, str, str]] = {}

    def close(lane: str, what: str, time: float) -> None:
        begun = spans.pop((lane, what), None)
        if begun is not None and time > begun[0]:
            result[lane].bars.append(Bar(lane, begun[0], time, begun[1], begun[2]))

    def begin(lane: str, what: str, time: float, kind: str, text: str) -> None:
        close(lane, what, time)
        spans[lane, what] = time, kind, text

    for event in events:
        lane = result[event.host]
        match event.kind:
            case "start":
                begin(lane.name, "state", event.time, "up", event.text)
            case "crash" | "exit" | "stopped":
                begin(lane.name, "state", event.time, "down", f"{event.kind}: {event.text}")
                close(lane.name, "term", event.time)
            case "pause":
                begin(lane.name, "pause", event.time, "paused", event.text)
            case "resume":
                close(lane.name, "pause", event.time)
            case "partition":
                begin(lane.name, f"partition {event.text}", event.time, "partition", event.text)
            case "heal":
                for open_lane, what in list(spans):
                    if open_lane == lane.name and what.startswith("partition") and event.text in ("", what[10:]):
                        close(open_lane, what, event.time)
            case "leader":
                known = _term(event)
                if known is not None and known == (spans.get((lane.name, "term")) or ("", ""))[1]:
                    continue
                close(lane.name, "term", event.time)
                if known is not None:
                    begin(lane.name, "term", event.time, known, f"{lane.name} leads in {known}")
                continue
        lane.marks.append(event)
    for lane_name, what in list(spans):
        close(lane_name, what, until)
    for bar in bars:
        result[bar.lane].bars.append(bar)
    return [lane for name, lane in result.items() if name or lane.marks or lane.bars]


_LEADER = re.compile(r"host (\S+) in (term \d+)$")


def _term(event: Event) -> str | None:
    """The term in which the host leads, as `term 5`, if it says of itself that it does."""
    match = _LEADER.fullmatch(event.text)
    return match[2] if match and match[1] == event.host.removeprefix("host ") else None


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts `host 10` after `host 9`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
