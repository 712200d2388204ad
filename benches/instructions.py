"""Counts instructions and copies of rraft and of the native program with valgrind, and writes `INSTRUCTIONS.md`.

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

PAYLOAD = 1 << 20
FEW_LARGE = 8
MANY_LARGE = 24

COPY_CASES = {"objects": f"--payload {PAYLOAD}", "bytes": f"--payload {PAYLOAD} --transport bytes"}

INTRODUCTION = f"""
`make bench-instructions` prints the instructions per committed and applied proposal of 256 bytes, over `MemStorage`.
Each program runs twice, with {FEW:,} and with {MANY:,} proposals. The difference of the instructions, divided by that
of the proposals, excludes the setup.
"""

COPIES = f"""
The number of copies of a proposal of 1 MiB until all of three nodes have applied it: the bytes copied with {MANY_LARGE}
proposals, minus those with {FEW_LARGE}, divided by the difference of the payloads. The program in Python reads the data
on each node, which creates `bytes`.
"""


def valgrind(tool: str, found: str, program: tuple[str, ...], arguments: str) -> int:
    """The number in a tool's output that the pattern `found` matches."""
    command = ["valgrind", *tool.split(), *program, *arguments.split()]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    number = re.search(found, ended.stderr)
    if ended.returncode != 0 or number is None:
        raise RuntimeError(f"{' '.join(command)}: {ended.stderr}")
    return int(number[1].replace(",", ""))


def per_proposal(tool: str, found: str, few: int, many: int, program: tuple[str, ...], arguments: str) -> float:
    """The increase of the number per proposal."""
    numbers = [valgrind(tool, found, program, f"replicate --operations {count} {arguments}") for count in (few, many)]
    return (numbers[1] - numbers[0]) / (many - few)


def instructions(program: tuple[str, ...], arguments: str) -> float:
    """The instructions per proposal."""
    tool = "--tool=callgrind --callgrind-out-file=/dev/null"
    return per_proposal(tool, r"Collected : (\d+)", FEW, MANY, program, arguments)


def copies(program: tuple[str, ...], arguments: str) -> float:
    """The copies per proposal of this payload."""
    tool = "--tool=dhat --mode=copy --dhat-out-file=/dev/null"
    return per_proposal(tool, r"Total: +([\d,]+) bytes", FEW_LARGE, MANY_LARGE, program, arguments) / PAYLOAD


def instructions_row(name: str) -> list[str]:
    arguments, targets = CASES[name]
    native = instructions(NATIVE, arguments)
    cells = [name, figure(native)]
    for driver in DRIVERS:
        python = instructions(PYTHON, f"{arguments} --driver {driver}")
        cells += [figure(python), figure(python / native), optional(targets.get(driver))]
    return cells


def copies_row(name: str) -> list[str]:
    arguments = COPY_CASES[name]
    counts = [copies(NATIVE, arguments)]
    counts += [copies(PYTHON, f"{arguments} --driver {driver}") for driver in DRIVERS]
    return [name, *map(figure, counts)]


def main() -> None:
    if shutil.which("valgrind") is None:
        sys.exit("Counting instructions takes valgrind, which is not installed.")
    head = ["", "native"]
    for title in DRIVERS.values():
        head += [title, "ratio", "target"]
    texts = [
        f"# Instructions\n\n{paragraph(INTRODUCTION)}\n{paragraph(machine.describe())}",
        table(head, map(instructions_row, CASES)),
        f"## Copies\n\n{paragraph(COPIES)}",
        table(["", "native", *DRIVERS.values()], map(copies_row, COPY_CASES)),
    ]
    text = "\n".join(texts)
    print(text)
    RESULTS.write_text(text)


if __name__ == "__main__":
    main()
