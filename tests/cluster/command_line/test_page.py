"""The page about the command line names all commands and exit codes, and its commands can be parsed."""

import re

import pytest

from rraft.cluster.command_line.exits import Exit
from rraft.cluster.command_line.main import make_parser
from tests.harness.pages import SITE, shell_commands

from .shell import rraft

PAGE = SITE / "command-line.md"
COMMANDS = [command.split()[1:] for command in shell_commands(PAGE)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_can_be_parsed(command: list[str]) -> None:
    assert callable(make_parser().parse_args(command).command)


def test_page_names_all_commands_and_exit_codes() -> None:
    text = PAGE.read_text()
    listed = re.findall(r"^    (\w+) ", rraft("--help").output, re.MULTILINE)

    assert len(listed) == 11
    assert {name for name in listed if f"`{name}`" not in text and f"rraft {name} " not in text} == set()
    assert {command[0] for command in COMMANDS} == {*listed} - {"watch"}
    assert re.findall(r"^\| (\d) \|", text, re.MULTILINE) == [str(int(code)) for code in Exit]
