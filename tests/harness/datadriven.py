"""Reads the data-driven tests of raft-rs.

A case is a command with its arguments, the lines that it works on, `----`, and the text that it must give. A blank line
ends it. This is what raft-rs's crate `datadriven` reads, without the parts that its test data make no use of.
"""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

ARGUMENT = re.compile(r" ([a-z]+)=(?:\(([^()]*)\)|([^ (),]+))")


@dataclass(frozen=True)
class Argument:
    """`key=value` or `key=(value,value)`."""

    key: str
    values: Sequence[str]


@dataclass(frozen=True)
class Case:
    """A command, and what it must give."""

    file: str
    line: int
    command: str
    arguments: Sequence[Argument]
    input: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@cache
def raft_sources() -> Path:
    """The folder of the crate `raft` that rraft is built with."""
    run = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    [raft] = [package for package in json.loads(run.stdout)["packages"] if package["name"] == "raft"]
    assert raft["version"] == "0.7.0"
    return Path(raft["manifest_path"]).parent


def read_folder(folder: str) -> list[list[Case]]:
    """The cases of each file in a folder of raft-rs."""
    return [read_file(path) for path in sorted((raft_sources() / folder).iterdir())]


def read_file(path: Path) -> list[Case]:
    """The cases of a file, in order."""
    cases = []
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    texts = (text for _, text in lines)
    for number, line in lines:
        if not line or line.startswith("#"):
            continue
        command, arguments = parse_directive(line)
        given = takewhile(lambda text: text != "----", texts)
        expected = takewhile(str.strip, texts)
        cases.append(
            Case(
                file=path.name,
                line=number,
                command=command,
                arguments=arguments,
                input="\n".join(given),
                expected="".join(f"{text}\n" for text in expected),
            )
        )
    return cases


def parse_directive(line: str) -> tuple[str, list[Argument]]:
    """The command and its arguments.

    Raises `ValueError` for a line that is none.
    """
    command, _, _ = line.partition(" ")
    rest = line.removeprefix(command)
    if ARGUMENT.sub("", rest):
        raise ValueError(f"not a command: {line}")
    return command, [
        Argument(key, [value.strip() for value in values.split(",")] if values else [value])
        for key, values, value in ARGUMENT.findall(rest)
    ]


def terminated(text: str) -> str:
    """`text`, which ends with a line break unless it is empty."""
    return text if not text or text.endswith("\n") else f"{text}\n"
