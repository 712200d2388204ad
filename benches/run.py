"""Measures rraft beside a native program that does the same, and writes `RESULTS.md`.

Both programs must have been built: `make bench` does so.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cases
import machine
from comparison import compare
from tables import paragraph

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"

INTRODUCTION = (
    "What `make bench` prints. Each table compares a Python program on rraft with a native Rust program that does the "
    "same work on the same version of raft, with the same codec; both check that they have done the same. The programs run "
    "in turn, for {rounds} rounds, every other one in the opposite order. A time is the CPU time of one operation, the "
    "set-up left out, as the median over all rounds. A ratio is the median of the rounds' ratios."
)


def comparison(section: cases.Section) -> tuple[str, Callable[[int], str]]:
    return section.title, lambda rounds: f"{paragraph(section.text)}\n{compare(section, rounds)}"


SECTIONS = {section.key: comparison(section) for section in cases.COMPARISONS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="measure these alone; RESULTS.md is left as it is")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()

    introduction = paragraph(INTRODUCTION.format(rounds=arguments.rounds))
    parts = [f"# Results\n\n{introduction}\n{paragraph(machine.describe())}"]
    print(parts[0], flush=True)
    for key in arguments.only or SECTIONS:
        title, measure = SECTIONS[key]
        parts.append(f"## {key}: {title}\n\n{measure(arguments.rounds)}")
        print(parts[-1], flush=True)
    if not arguments.only:
        RESULTS.write_text("\n".join(parts))


if __name__ == "__main__":
    main()
