"""Counts instructions of rraft and of the native program with callgrind, and writes `INSTRUCTIONS.md`.

Unlike times, they are the same in every run, but for a few in a thousand. Both programs must have been built:
`make bench-instructions` does so.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import machine
from cases import DRIVERS
from programs import NATIVE, PYTHON, ROOT
from tables import figure, optional, paragraph, table

RESULTS = Path(__file__).resolve().parent / "INSTRUCTIONS.md"

FEW = 640
MANY = 2560

CASES: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "one node, batch 1": ("--members 1", {}),
    "one node, batch 64": ("--members 1 --batch 64", {}),
    "three nodes, objects, batch 1": ("", {"plain": 5, "ready-loop": 2}),
    "three nodes, objects, batch 64": ("--batch 64", {"plain": 3, "ready-loop": 1.6}),
}

INTRODUCTION = f"""
What `make bench-instructions` prints: instructions for each proposal of 256 bytes that is committed and applied,
over `MemStorage`. The programs are run twice, with {FEW:,} and with {MANY:,} proposals. The difference in
instructions, divided by that in proposals, has no part of the set-up.
"""


def instructions(program: tuple[str, ...], arguments: str) -> int:
    """The instructions of a run."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *program, *arguments.split()]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    collected = re.search(r"Collected : (\d+)", ended.stderr)
    if ended.returncode != 0 or collected is None:
        raise RuntimeError(f"{' '.join(command)}: {ended.stderr}")
    return int(collected[1])


def instructions_per_entry(program: tuple[str, ...], arguments: str) -> float:
    few, many = (
        instructions(program, f"replicate --operations {operations} {arguments}") for operations in (FEW, MANY)
    )
    return (many - few) / (MANY - FEW)


def row(name: str) -> list[str]:
    arguments, targets = CASES[name]
    native = instructions_per_entry(NATIVE, arguments)
    cells = [name, figure(native)]
    for driver in DRIVERS:
        python = instructions_per_entry(PYTHON, f"{arguments} --driver {driver}")
        cells += [figure(python), figure(python / native), optional(targets.get(driver))]
    return cells


def main() -> None:
    if shutil.which("valgrind") is None:
        sys.exit("Counting instructions takes valgrind, which is not installed.")
    head = ["", "native"]
    for title in DRIVERS.values():
        head += [title, "ratio", "target"]
    text = (
        f"# Instructions\n\n{paragraph(INTRODUCTION)}\n{paragraph(machine.describe())}\n{table(head, map(row, CASES))}"
    )
    print(text)
    RESULTS.write_text(text)


if __name__ == "__main__":
    main()
