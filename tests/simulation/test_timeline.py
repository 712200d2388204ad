"""Runs as text and as a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

import pytest

from rraft.simulation.picture import html_timeline
from rraft.simulation.timeline import Bar, lanes, text_timeline


@dataclass(frozen=True)
class Happened:
    """An event of a trace."""

    time: float
    host: str
    kind: str
    text: str = ""


RUN = [
    Happened(0.0, "1", "start", "start 1"),
    Happened(0.0, "2", "start", "start 1"),
    Happened(0.0, "10", "start", "start 1"),
    Happened(0.5, "1", "leader", "host 1 in term 2"),
    Happened(0.51, "2", "leader", "host 1 in term 2"),
    Happened(0.6, "1", "leader", "host 1 in term 2"),
    Happened(1.0, "2", "snapshot", "made at 7, 80 bytes"),
    *[Happened(2.0 + number / 10, "1", "lost", f"{number} bytes to 2") for number in range(5)],
    Happened(2.2, "2", "lost", "9 bytes to 1"),
    Happened(3.0, "", "fault", "crashes (1, 2)"),
    Happened(3.0, "1", "crash", "loses power"),
    Happened(4.0, "2", "leader", "host 2 in term 3"),
    Happened(4.5, "10", "partition", "from 1"),
    Happened(5.0, "1", "start", "start 2"),
    Happened(5.5, "10", "heal", "from 1"),
    Happened(5.6, "10", "pause"),
    Happened(6.0, "", "violation", "equal states: <2> & <1>"),
]
OPERATIONS = [
    Bar("client 1", 1.0, 2.0, "command", "add(1) -> 1"),
    Bar("client 1", 1.5, 2.5, "query", "read() -> 1"),
    Bar("client 1", 3.0, None, "command", "add(2) -> ?"),
]


def test_text() -> None:
    assert text_timeline(RUN, before=4.5) == (
        "(1 earlier events left out)\n"
        "0.000  1   start      start 1\n"
        "0.000  2   start      start 1\n"
        "0.000  10  start      start 1\n"
        "0.500  1   leader     host 1 in term 2\n"
        "0.510  2   leader     host 1 in term 2\n"
        "0.600  1   leader     host 1 in term 2\n"
        "2.000  1   lost       5 times until 2.400: to 2\n"
        "2.200  2   lost       9 bytes to 1\n"
        "3.000  -   fault      crashes (1, 2)\n"
        "3.000  1   crash      loses power\n"
        "4.000  2   leader     host 2 in term 3\n"
        "4.500  10  partition  from 1\n"
        "5.000  1   start      start 2\n"
        "5.500  10  heal       from 1\n"
        "5.600  10  pause\n"
        "6.000  -   violation  equal states: <2> & <1>"
    )


def test_text_has_the_last_lines() -> None:
    lines = text_timeline(RUN, lines=3).splitlines()
    assert lines[0] == f"({len(RUN) - 3} earlier events left out)"
    assert [line.split()[2] for line in lines[1:]] == ["heal", "pause", "violation"]


def test_text_ends_with_the_violation() -> None:
    later = [*RUN, Happened(7.0, "1", "crash", "loses power")]
    assert text_timeline(later) == text_timeline(RUN)


def test_text_without_a_violation_has_all_events_of_the_end() -> None:
    assert text_timeline(RUN[:7]).splitlines()[-1] == "1.000  2   snapshot  made at 7, 80 bytes"


def test_text_of_nothing() -> None:
    assert text_timeline([]) == "nothing happened"


LANES: dict[str, list[tuple[str, float, float | None]]] = {
    "": [],
    "1": [("up", 0.0, 3.0), ("term 2", 0.5, 3.0), ("down", 3.0, 5.0), ("up", 5.0, 6.0)],
    "2": [("up", 0.0, 6.0), ("term 3", 4.0, 6.0)],
    "10": [("partition", 4.5, 5.5), ("up", 0.0, 6.0), ("paused", 5.6, 6.0)],
    "client 1": [("command", 1.0, 2.0), ("query", 1.5, 2.5), ("command", 3.0, None)],
}


def test_lanes() -> None:
    shown = lanes(RUN, OPERATIONS)

    assert [lane.name for lane in shown] == list(LANES)
    for lane in shown:
        bars = sorted((bar.kind, bar.begin, bar.end) for bar in lane.bars)
        assert bars == sorted(LANES[lane.name], key=lambda bar: bar[:2])


def test_leadership_ends_when_the_host_knows_no_leader() -> None:
    events = [Happened(0.0, "1", "start"), Happened(1.0, "1", "leader", "host 1 in term 2")]
    events += [Happened(2.0, "1", "leader", "none in term 3"), Happened(4.0, "1", "snapshot")]
    [lane] = lanes(events)
    assert [(bar.begin, bar.end) for bar in lane.bars if bar.kind == "term 2"] == [(1.0, 2.0)]


@pytest.fixture
def pictures() -> list[ElementTree.Element]:
    """The names of the lanes, and the lanes."""
    page = html_timeline(RUN, OPERATIONS, title="seed 5: <failed>", notes="crashes & more")
    frame = page[page.index('<div class="frame">') : page.index("<h2>")]
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", frame)]


def test_picture_names_the_lanes(pictures: list[ElementTree.Element]) -> None:
    names = [text.text for text in pictures[0].iter("text")]
    assert names == ["faults", "host 1", "host 2", "host 10", "client 1"]


def test_picture_has_everything(pictures: list[ElementTree.Element]) -> None:
    shapes = [element for element in pictures[1].iter() if element.find("title") is not None]
    titles = [element.findtext("title") for element in shapes]
    classes = [element.get("class") for element in shapes]

    assert classes.count("lost") == 6
    assert {"up", "t2", "t3", "down", "paused", "partition", "command", "query", "unknown"} <= set(classes)
    assert "0.500 to 3.000 s: 1 leads in term 2" in titles
    assert "3.000 to ? s: add(2) -> ?" in titles
    assert "6.000 s: equal states: <2> & <1>" in titles
    assert "term 2" in [text.text for text in pictures[1].iter("text")]


def test_picture_is_in_order_of_time(pictures: list[ElementTree.Element]) -> None:
    width = float(pictures[1].get("width", "0"))
    lost = [element.get("d", "") for element in pictures[1].iter("path") if element.get("class") == "lost"]
    positions = [float(re.match(r"M([\d.]+)", path)[1]) for path in lost]  # type: ignore[index]
    assert positions[:5] == sorted(positions[:5])
    assert width / 3 < positions[0] < width / 2


def test_operations_that_overlap_are_below_each_other(pictures: list[ElementTree.Element]) -> None:
    tops = {
        element.get("class"): element.get("y")
        for element in pictures[1].iter("rect")
        if element.get("class") in ("command", "query", "unknown")
    }
    assert tops["command"] == tops["unknown"] != tops["query"]


def test_page_needs_nothing_else() -> None:
    page = html_timeline(RUN, OPERATIONS, title="seed 5: <failed>", notes="crashes & more")

    assert "<script" not in page
    assert re.findall(r"(?:src|href|url|@import)\W", page) == []
    assert "prefers-color-scheme: dark" in page
    assert "<h1>seed 5: &lt;failed&gt;</h1>" in page
    assert "<pre>crashes &amp; more</pre>" in page
    assert "equal states: &lt;2&gt; &amp; &lt;1&gt;</pre>" in page


@pytest.mark.parametrize("events", [[], RUN[:1]], ids=["none", "one"])
def test_page_of_hardly_anything(events: list[Happened]) -> None:
    assert "<svg" in html_timeline(events)
