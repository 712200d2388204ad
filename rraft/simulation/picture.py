"""A run as an HTML file with a picture: one lane for each host and client, from left to right in time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from rraft.simulation.timeline import Bar, Event, Lane, lanes, text_timeline

GUTTER = 96
"""The width of the names of the lanes, in pixels, as all sizes."""
HEAD = 46
"""The height of the times and of the names of violations."""
HOST = 42
"""The height of the lane of a host."""
ROW = 11
"""The height of a row of operations, of which a lane has as many as operations overlap."""
ROWS = 6
"""How many rows a lane has at most."""
UNKNOWN = 24
"""The width of an operation that has not ended: to its end would hide the others."""
TERMS = 8
"""How many colours there are for terms."""

_STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1d2129; --faint: #69707d; --line: #dfe3ea; --lane: #f4f6f9;
  --up: #cfd6e1; --down: #f3d0d0; --down-line: #c62f35; --paused: #e3d5ad; --cut: #f0a64a; --lost: #d9822b;
  --command: #3f7fca; --query: #3d9a8b; --unknown: #9a86b8; --failed: #c9877d; --bad: #d3222a;
  --t0: #2f6fb8; --t1: #b8611f; --t2: #2b8050; --t3: #8a4fa8; --t4: #a8323e; --t5: #5c6b1f; --t6: #1f7a85;
  --t7: #8a5a3c; }
@media (prefers-color-scheme: dark) { :root { --back: #14171c; --text: #e3e6eb; --faint: #98a1b0; --line: #2c323c;
  --lane: #1a1e25; --up: #3a4351; --down: #4a2529; --down-line: #f06a6f; --paused: #574a24; --cut: #c57e27;
  --lost: #f0a050; --command: #62a0e8; --query: #5bbcab; --unknown: #9f8cc4; --failed: #b87068; --bad: #ff5c63;
  --t0: #3b7fcc; --t1: #b9672a; --t2: #34905d; --t3: #975bb5; --t4: #b9404c; --t5: #71822d; --t6: #2a8a95;
  --t7: #96674a; } }
body { background: var(--back); color: var(--text); font: 14px/1.5 system-ui, sans-serif; margin: 24px; }
h1 { font-size: 18px; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { font-size: 15px; margin: 22px 0 6px; }
.frame { display: flex; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.scroll { overflow-x: auto; flex: 1; } svg { display: block; flex: none; }
svg text { font: 11px system-ui, sans-serif; fill: var(--faint); } svg .name { font-size: 12px; fill: var(--text); }
svg .label { fill: #fff; pointer-events: none; } svg .bad { fill: var(--bad); font-weight: 600; }
.odd { fill: var(--lane); } .grid { stroke: var(--line); } .up { fill: var(--up); } .paused { fill: var(--paused); }
.down { fill: var(--down); stroke: var(--down-line); stroke-width: 1; } .partition { fill: var(--cut); }
.command { fill: var(--command); } .query { fill: var(--query); } .unknown { fill: var(--unknown); fill-opacity: .55; }
.failed { fill: var(--failed); } .lost { stroke: var(--lost); stroke-width: 1.5; }
.mark { fill: var(--back); stroke: var(--text); stroke-width: 1.2; } .fault { fill: var(--cut); }
.violation { stroke: var(--bad); stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 10px 0; color: var(--faint); font-size: 12px; }
.legend svg { display: inline-block; vertical-align: -2px; margin-right: 5px; }
pre { font: 12px/1.45 ui-monospace, monospace; background: var(--lane); border: 1px solid var(--line);
  border-radius: 6px; padding: 12px; overflow-x: auto; }
""" + "".join(f".t{number} {{ fill: var(--t{number}); }}\n" for number in range(TERMS))

_LEGEND = (
    ('<rect width="14" height="11" class="up"/>', "up"),
    ('<rect width="14" height="11" class="t0"/>', "leader, by term"),
    ('<rect x=".5" y=".5" width="13" height="10" class="down"/>', "down"),
    ('<rect width="14" height="11" class="paused"/>', "paused"),
    ('<rect width="14" height="11" class="partition"/>', "partition"),
    ('<path d="M7 1V10" class="lost"/>', "message lost"),
    ('<path d="M7 1L12 10H2Z" class="fault"/>', "fault"),
    ('<path d="M7 1L12 5.5L7 10L2 5.5Z" class="mark"/>', "other event"),
    ('<rect width="14" height="8" y="2" class="command"/>', "command"),
    ('<rect width="14" height="8" y="2" class="query"/>', "query"),
    ('<rect width="14" height="8" y="2" class="unknown"/>', "outcome unknown"),
    ('<path d="M7 0V11" class="violation"/>', "violation"),
)


def html_timeline(events: Sequence[Event], bars: Sequence[Bar] = (), *, title: str = "A run", notes: str = "") -> str:
    """A page with the picture and the text. It needs nothing else: no scripts, and nothing from the network.

    `notes` is text that is shown below the picture, such as the faults of the run.
    """
    times = [event.time for event in events] + [bar.end or bar.begin for bar in bars]
    begin, end = min(times, default=0.0), max(times, default=1.0)
    names, picture = _Picture(lanes(events, bars, end), begin, end).draw()
    legend = "".join(
        f'<span><svg width="14" height="11" viewBox="0 0 14 11">{shape}</svg>{text}</span>' for shape, text in _LEGEND
    )
    sections = f"<h2>Notes</h2><pre>{escape(notes)}</pre>" if notes else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f'<div class="legend">{legend}</div>'
        f'<div class="frame">{names}<div class="scroll">{picture}</div></div>{sections}'
        f"<h2>Events</h2><pre>{escape(text_timeline(events))}</pre></body></html>\n"
    )


class _Picture:
    """The lanes, as two pictures side by side: the names, which stay where they are, and what is scrolled."""

    def __init__(self, shown: list[Lane], begin: float, end: float) -> None:
        self._lanes = shown
        self._begin = begin
        self._seconds = max(end - begin, 1e-3)
        self._width = round(min(max(1100.0, self._seconds * 40), 12_000.0))
        self._rows = {lane.name: _in_rows(lane) for lane in shown}

    def draw(self) -> tuple[str, str]:
        """The names and the rest."""
        top, names, parts = HEAD, [], list(self._grid())
        body: list[str] = []
        for number, lane in enumerate(self._lanes):
            height = self._height(lane)
            if number % 2:
                parts.append(f'<rect x="0" y="{top}" width="{self._width}" height="{height}" class="odd"/>')
                names.append(f'<rect x="0" y="{top}" width="{GUTTER}" height="{height}" class="odd"/>')
            name = escape(lane.name if not lane.name.isdigit() else f"host {lane.name}") or "faults"
            names.append(f'<text x="10" y="{top + height / 2 + 4:g}" class="name">{name}</text>')
            body += self._lane(lane, top, height)
            top += height
        grid = [
            f'<line x1="{self._x(time):.1f}" x2="{self._x(time):.1f}" y1="{HEAD - 8}" y2="{top}" class="grid"/>'
            for time in self._ticks()
        ]
        body += self._violations(top)
        return _svg(GUTTER, top + 6, names), _svg(self._width, top + 6, [*parts, *grid, *body])

    def _x(self, time: float) -> float:
        return 8 + (time - self._begin) / self._seconds * (self._width - 24)

    def _height(self, lane: Lane) -> int:
        rows = self._rows[lane.name]
        return HOST if rows == 0 else max(26, 10 + ROW * rows)

    def _ticks(self) -> list[float]:
        """Times at round numbers, some 90 pixels from each other."""
        rough = self._seconds * 90 / self._width
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
        first = math.ceil(self._begin / step)
        return [number * step for number in range(first, math.floor((self._begin + self._seconds) / step) + 1)]

    def _grid(self) -> Iterator[str]:
        for time in self._ticks():
            yield f'<text x="{self._x(time):.1f}" y="{HEAD - 12}" text-anchor="middle">{time:.6g} s</text>'

    def _lane(self, lane: Lane, top: int, height: int) -> Iterator[str]:
        if self._rows[lane.name]:
            yield from self._operations(lane, top)
        else:
            for bar in sorted(lane.bars, key=lambda bar: _LAYERS.get(bar.kind, 1)):
                yield from self._host_bar(bar, top)
        for event in lane.marks:
            yield self._mark(event, top, height)
        yield from self._fault_names([event for event in lane.marks if event.kind == "fault"], top)

    def _fault_names(self, faults: list[Event], top: int) -> Iterator[str]:
        """The names of faults, as far as there is room."""
        free = 0.0
        for event in faults:
            name, left = event.text.partition(" ")[0], self._x(event.time) - 6
            if left >= free:
                yield f'<text x="{left:.1f}" y="{top + 36}">{escape(name)}</text>'
                free = left + 6.2 * len(name) + 6

    def _host_bar(self, bar: Bar, top: int) -> Iterator[str]:
        y, height = {"up": (16, 10), "partition": (4, 4), "down": (10, 22), "paused": (14, 14)}.get(bar.kind, (10, 22))
        kind = f"t{int(bar.kind[5:]) % TERMS}" if bar.kind.startswith("term ") else bar.kind
        yield self._rect(bar, kind, top + y, height)
        width = self._x(bar.end or bar.begin) - self._x(bar.begin)
        label = "down" if bar.kind == "down" else bar.kind if kind != bar.kind else ""
        if label and width > 7 * len(label):
            style = "label" if kind != bar.kind else ""
            yield f'<text x="{self._x(bar.begin) + 5:.1f}" y="{top + 25}" class="{style}">{label}</text>'

    def _operations(self, lane: Lane, top: int) -> Iterator[str]:
        for row, bar in _placed(lane):
            kind = bar.kind if bar.end is not None or bar.kind == "failed" else "unknown"
            yield self._rect(bar, kind, top + 5 + ROW * row, ROW - 3)

    def _rect(self, bar: Bar, kind: str, y: int, height: int) -> str:
        left = self._x(bar.begin)
        right = min(left + UNKNOWN, self._width - 16) if bar.end is None else self._x(bar.end)
        until = "?" if bar.end is None else f"{bar.end:.3f}"
        title = escape(f"{bar.begin:.3f} to {until} s: {bar.text or bar.kind}")
        return (
            f'<rect x="{left:.1f}" y="{y}" width="{max(right - left, 2):.1f}" height="{height}" rx="2" '
            f'class="{kind}"><title>{title}</title></rect>'
        )

    def _mark(self, event: Event, top: int, height: int) -> str:
        x = self._x(event.time)
        title = f"<title>{escape(f'{event.time:.3f} s, {event.kind}: {event.text}')}</title>"
        match event.kind:
            case "violation" | "start" | "leader" | "pause" | "resume" | "partition" | "heal":
                return ""
            case "lost":
                return f'<path d="M{x:.1f} {top + height - 9}v7" class="lost">{title}</path>'
            case "fault":
                return f'<path d="M{x:.1f} {top + 10}l6 11h-12z" class="fault">{title}</path>'
            case "crash" | "exit" | "stopped":
                return (
                    f'<path d="M{x - 4:.1f} {top + 6}l8 8m0 -8l-8 8" stroke="var(--down-line)" stroke-width="2.5">'
                    f"{title}</path>"
                )
        return f'<path d="M{x:.1f} {top + 1}l4 4l-4 4l-4 -4z" class="mark">{title}</path>'

    def _violations(self, bottom: int) -> Iterator[str]:
        for lane in self._lanes:
            for event in lane.marks:
                if event.kind == "violation":
                    x = self._x(event.time)
                    anchor = "end" if x > self._width / 2 else "start"
                    title = f"<title>{escape(f'{event.time:.3f} s: {event.text}')}</title>"
                    text = event.text if len(event.text) < 100 else f"{event.text[:97]}..."
                    yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{bottom}" class="violation">{title}</line>'
                    shift = -6 if anchor == "end" else 6
                    yield f'<text x="{x + shift:.1f}" y="14" text-anchor="{anchor}" class="bad">{escape(text)}</text>'


def _svg(width: int, height: int, parts: list[str]) -> str:
    return f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'


_LAYERS = {"up": 0, "paused": 2, "down": 3, "partition": 4}
"""What is drawn over what. Terms are between them."""

_OF_HOSTS = ("up", "down", "paused", "partition")


def _placed(lane: Lane) -> list[tuple[int, Bar]]:
    """Operations with the rows in which they do not overlap."""
    ends: list[float] = []
    placed = []
    for bar in sorted(lane.bars, key=lambda bar: bar.begin):
        end = bar.begin if bar.end is None else bar.end
        row = next((number for number, free in enumerate(ends) if free <= bar.begin), None)
        if row is None and len(ends) < ROWS:
            row = len(ends)
            ends.append(end)
        elif row is None:
            row = ROWS - 1
        ends[row] = end
        placed.append((row, bar))
    return placed


def _in_rows(lane: Lane) -> int:
    """How many rows of operations a lane has; 0 for that of a host."""
    if not lane.bars or any(bar.kind in _OF_HOSTS or bar.kind.startswith("term ") for bar in lane.bars):
        return 0
    return 1 + max(row for row, _ in _placed(lane))
