"""Reads the data-driven tests of raft-rs.

A case is a command with its arguments, the lines that it works on, `----`, and the text that it must give. A blank line
ends it. raft-rs's crate `datadriven` reads more than this, but nothing else is in the test data.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from .crates import crate_folder

ARGUMENT = re.compile(r" ([a-z]+)=(?:\(([^()]*)\)|([^ (),]+))")
"""` key=(value,value)` or ` key=value`."""


@dataclass(frozen=True)
class Case:
    """A command, and its expected output."""

    file: str
    line: int
    command: str
    arguments: Mapping[str, Sequence[str]]
    input: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def read_folder(folder: str) -> list[list[Case]]:
    """The cases of each file in a folder of the crate `raft`."""
    return [read_file(path) for path in sorted((crate_folder("raft") / folder).iterdir())]


def read_file(path: Path) -> list[Case]:
    """The cases of a file, in order."""
    cases = []
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    # From the same iterator: the loop does not see these lines again.
    following = (text for _, text in lines)
    for number, line in lines:
        if line and not line.startswith("#"):
            command, arguments = parse_command(line)
            given = "\n".join(takewhile(lambda text: text != "----", following))
            expected = "".join(f"{text}\n" for text in takewhile(str.strip, following))
            cases.append(Case(path.name, number, command, arguments, given, expected))
    return cases


def parse_command(line: str) -> tuple[str, dict[str, list[str]]]:
    """The command and the values of its arguments.

    Raises `ValueError` if the line is not a command.
    """
    command, space, rest = line.partition(" ")
    if ARGUMENT.sub("", space + rest):
        raise ValueError(f"not a command: {line}")
    arguments = ARGUMENT.findall(space + rest)
    return command, {key: (values or value).split(",") for key, values, value in arguments}
