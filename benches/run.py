"""Compares rraft with a native program that does the same, and writes `RESULTS.md`.

`make bench` builds both programs first.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import durable_logs
import machine
import other_tables
from cases import COMPARISONS
from comparison import compare
from tables import paragraph

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"

INTRODUCTION = """
`make bench` prints these results. W1 to W5 compare a Python program on rraft with a native Rust program that does
the same work on the same version of raft, with the same codec. The results of both are compared. The programs run in
turn for {rounds} rounds, with alternating order. A time is the CPU time of one operation without the setup, the
median of all rounds. A ratio is the median of the rounds' ratios.
"""

SINGLE_CALLS = """
Medians of `timeit`, compared with a method of a plain Python class that does nothing. All figures include the loop
around the call. `entry.data` has 256 bytes.
"""

MEMORY = """
The increase of a fresh process's resident memory for 10,000 idle groups over `MemStorage`, and for 100,000 entries in
the log of a `MemStorage`, per group and per entry.
"""

PEER = """
Entries of 256 bytes, replicated and applied on three nodes in one process, per second of CPU time, as in W2 with
objects over `MemStorage`. PySyncObj is written in Python. Here it has a transport in memory, and sends without
delay. The ratios are to PySyncObj.
"""

DURABLE = """
Entries of 256 bytes in groups of one member: 100 x 64 is 64 entries for each of 100 groups in each round, which are
durable before the next round. The limit is a Rust program that appends as many bytes to a file, with crc32c and an
fdatasync for each round. `Wal` alone is the log in Rust, without Raft; "shared" is its ratio to the limit if all
entries have the same data, so that it frees none when it compacts; "with commits" also writes a commit index for each
group in each round. `ReadyLoop`, or `run_many` for 100 groups, also proposes, commits and applies entries in Python. It
writes the commit index, too: its target on `Wal` is its time on `MemStorage` plus 1.3 times that of `Wal` alone with
commits. SQLite is the node of `example/durable_node/sqlite_node.py`, with a database for each group. Logs are
compacted. The disk use is that of a group that is not compacted, a busy one, and 1,000 idle ones, while 138 MB are
written. All figures are medians of the rounds; those of what is written are from one run.
"""

INTERPRETERS = """
The Python program with {this}, as above, and with {other}: `make bench INTERPRETER={path}`. Both run the same build of
rraft.
"""


@dataclass(frozen=True)
class Part:
    """A part of the results."""

    title: str
    text: str
    measure: Callable[[int], str]
    """Measures for a number of rounds, and returns the table."""


PARTS = {
    **{section.key: Part(section.title, section.text, partial(compare, section)) for section in COMPARISONS},
    "calls": Part("Single calls", SINGLE_CALLS, other_tables.single_calls),
    "memory": Part("Memory", MEMORY, other_tables.memory),
    "peer": Part("A peer", PEER, other_tables.peer),
    "wal": Part("Durable logs", DURABLE, durable_logs.durable_logs),
}


def interpreters(path: str) -> Part:
    """The comparison with another interpreter."""
    names = {"this": machine.interpreter(sys.executable), "other": machine.interpreter(path), "path": path}
    return Part("Another interpreter", INTERPRETERS.format(**names), partial(other_tables.interpreters, path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure only these parts; RESULTS.md is not written")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--interpreter", help="another interpreter to compare, for which rraft has been built")
    arguments = parser.parse_args()
    parts = {key: PARTS[key] for key in arguments.only or PARTS}
    if arguments.interpreter:
        parts["interpreter"] = interpreters(arguments.interpreter)

    introduction = paragraph(INTRODUCTION.format(rounds=arguments.rounds))
    texts = [f"# Results\n\n{introduction}\n{paragraph(machine.describe())}"]
    print(texts[0], flush=True)
    for key, part in parts.items():
        title = part.title if key.islower() else f"{key}: {part.title}"
        texts.append(f"## {title}\n\n{paragraph(part.text)}\n{part.measure(arguments.rounds)}")
        print(texts[-1], flush=True)
    if not arguments.only:
        RESULTS.write_text("\n".join(texts))


if __name__ == "__main__":
    main()
