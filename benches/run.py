"""Measures rraft beside a native program that does the same, and writes `RESULTS.md`.

Both programs must have been built: `make bench` does so.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import machine
import other_tables
from cases import COMPARISONS
from comparison import compare
from tables import paragraph

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"

INTRODUCTION = """
What `make bench` prints. W1 to W5 compare a Python program on rraft with a native Rust program that does the same
work on the same version of raft, with the same codec; both check that they have done the same. The programs run in
turn, for {rounds} rounds, every other one in the opposite order. A time is the CPU time of one operation, without
the set-up, as the median over all rounds. A ratio is the median of the rounds' ratios.
"""

SINGLE_CALLS = """
Medians of `timeit`, beside a method of a plain Python class that does nothing. The loop around the call is part of
all figures. `entry.data` has 256 bytes.
"""

MEMORY = """
Resident memory that a fresh process gains by 10,000 idle groups over `MemStorage`, and by 100,000 entries in the
log of a `MemStorage`, for one of them.
"""

PEER = """
Entries of 256 bytes, replicated and applied on three nodes in one process, for each second of CPU time; W2's
objects over `MemStorage`. PySyncObj is written in Python. It has a transport in memory here, and sends
without delay. The ratios are to it.
"""


@dataclass(frozen=True)
class Part:
    """A part of the results."""

    title: str
    text: str
    measure: Callable[[int], str]
    """Gives the table, measured in so many rounds."""


PARTS = {
    **{section.key: Part(section.title, section.text, partial(compare, section)) for section in COMPARISONS},
    "calls": Part("Single calls", SINGLE_CALLS, other_tables.single_calls),
    "memory": Part("Memory", MEMORY, other_tables.memory),
    "peer": Part("A peer", PEER, other_tables.peer),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure these alone; RESULTS.md is left as it is")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()

    introduction = paragraph(INTRODUCTION.format(rounds=arguments.rounds))
    texts = [f"# Results\n\n{introduction}\n{paragraph(machine.describe())}"]
    print(texts[0], flush=True)
    for key in arguments.only or PARTS:
        part = PARTS[key]
        title = part.title if key.islower() else f"{key}: {part.title}"
        texts.append(f"## {title}\n\n{paragraph(part.text)}\n{part.measure(arguments.rounds)}")
        print(texts[-1], flush=True)
    if not arguments.only:
        RESULTS.write_text("\n".join(texts))


if __name__ == "__main__":
    main()
