"""The commands, their options and their exit codes."""

import argparse
import asyncio
import io
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn

from rraft import __version__
from rraft.cluster.command_line import members, offline, serve, status
from rraft.cluster.command_line.connection import add_connection, add_group, add_security
from rraft.cluster.command_line.exits import EXPECTED, Exit, exit_of, line_of
from rraft.cluster.command_line.output import OutputError, complain
from rraft.cluster.command_line.values import (
    address,
    addresses,
    count,
    founders,
    group_id,
    group_ids,
    host_id,
    host_ids,
    listen_address,
    positive,
)

Command = Callable[[argparse.Namespace], int | Coroutine[Any, Any, int]]

EPILOG = """\
exit codes: 0 done; 1 rejected, failed, or something is wrong; 2 wrong arguments; 3 no host answers, nothing was done;
4 sent, but not answered, or the output cannot be written: it may be carried out, see status
"""

READING = (status.status, status.watch, offline.verify)
"""The commands whose output may be read in part, as by `head`."""


class Parser(argparse.ArgumentParser):
    """Reports wrong arguments in one line."""

    def error(self, message: str) -> NoReturn:
        """Ends the program."""
        self.exit(Exit.USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line. A command is the attribute `command` of what it returns."""
    parser = Parser(prog="rraft", description="Runs and operates clusters of rraft.", epilog=EPILOG)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=EPILOG)
        made.set_defaults(command=command)
        return made

    def add_online(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        made = add(name, command, text)
        add_connection(made)
        if command not in (status.status, status.watch):
            add_group(made)
        return made

    made = add_online("status", status.status, "show the hosts and groups; exit with 1 if something is wrong")
    made.add_argument("--json", action="store_true", help="print JSON")
    made = add_online("watch", status.watch, "show the hosts, groups and recent events, again and again")
    made.add_argument(
        "--interval", type=positive, default=1.0, metavar="SECONDS", help="between two looks (default: 1)"
    )
    made.add_argument(
        "--count", type=count, default=0, metavar="N", help="stop after so many looks (default: 0, never)"
    )
    made = add_online("add", members.add, "add a host as a learner, which becomes a voter when it has caught up")
    made.add_argument("host", type=host_id, metavar="HOST", help="its id, which no member has had before")
    made.add_argument("address", type=address, metavar="ADDRESS", help="where the others connect to it: host:port")
    made.add_argument("--learner", action="store_true", help="it stays a learner")
    made = add_online("promote", members.promote, "make a voter of a learner, when it has caught up")
    made.add_argument("host", type=host_id, metavar="HOST")
    made = add_online("remove", members.remove, "remove a host; its id cannot be used again")
    made.add_argument("host", type=host_id, metavar="HOST")
    made = add_online("replace", members.replace, "add a host and remove another one, dead or alive, in one step")
    made.add_argument("old", type=host_id, metavar="OLD", help="the id of the host to remove")
    made.add_argument("new", type=host_id, metavar="NEW", help="the id of the host to add")
    made.add_argument(
        "address", type=address, metavar="ADDRESS", help="where the others connect to the new host: host:port"
    )
    made = add_online("transfer", members.transfer, "hand over the leadership")
    made.add_argument("host", type=host_id, nargs="?", default=0, metavar="HOST", help="to this voter (default: any)")
    made = add_online("snapshot", members.snapshot, "make a snapshot on each member")
    made.add_argument("--host", type=host_id, default=0, metavar="HOST", help="only on this one")

    made = add("verify", offline.verify, "read the log and the snapshots of a host, and verify them")
    made.add_argument("directory", type=Path, metavar="DIRECTORY")
    made = add(
        "recover", offline.recover_cluster, "form the cluster again from survivors, when its quorum is permanently lost"
    )
    made.add_argument("directory", type=Path, nargs="+", metavar="DIRECTORY", help="the directories of the survivors")
    made.add_argument(
        "--members",
        type=host_ids,
        required=True,
        metavar="ID,...",
        help="the ids of the survivors; all others are lost",
    )
    made.add_argument("--group", type=group_id, metavar="ID", help="only this group (default: all)")
    made.add_argument("--yes", action="store_true", help="do it; without, only say what would be done and lost")
    _add_serve(add("serve", serve.serve, "run a host"))
    return parser


def _add_serve(made: argparse.ArgumentParser) -> None:
    made.add_argument("machine", metavar="MODULE:CLASS", help="a subclass of rraft.cluster.Replicated")
    made.add_argument("--directory", type=Path, required=True, help="the directory of the host")
    made.add_argument("--listen", type=listen_address, required=True, metavar="ADDRESS", help="host:port to listen on")
    made.add_argument("--address", type=address, help="host:port for the others, if that differs")
    made.add_argument("--id", type=host_id, help="the id of the host (default: by the address in --bootstrap)")
    how = made.add_mutually_exclusive_group()
    how.add_argument("--bootstrap", type=founders, metavar="ID=ADDRESS,...", help="of a founding member: all of them")
    how.add_argument("--join", type=addresses, metavar="ADDRESS,...", help="of a later host: some members")
    made.add_argument(
        "--group",
        type=group_ids,
        default=[1],
        metavar="ID,...",
        help="the ids of its groups, each with a state of its own (default: 1)",
    )
    made.add_argument(
        "--page", type=listen_address, metavar="ADDRESS", help="serve the live page at host:port; needs rraft-py[web]"
    )
    made.add_argument("--page-token-file", type=Path, metavar="FILE", help="a token that lets the page change things")
    made.add_argument(
        "--metrics", type=listen_address, metavar="ADDRESS", help="serve metrics at host:port; needs rraft-py[metrics]"
    )
    add_security(made)
    made.add_argument("--client-secret-file", type=Path, metavar="FILE", help="the secret of clients, if it differs")
    made.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="info")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command. Returns its exit code: see `Exit`. Raises `SystemExit` for wrong arguments."""
    options = make_parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # the name of a cluster may have any characters
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        result = options.command(options)
        return int(result) if isinstance(result, int) else asyncio.run(result)
    except EXPECTED as error:
        complain(line_of(error))
        return exit_of(error)
    except OutputError as error:
        return _without_output(options, error)
    except KeyboardInterrupt:
        outcome = _unknown_outcome(options)
        if outcome is not None:
            complain(f"interrupted: {outcome}")
            return Exit.UNKNOWN
        return Exit.DONE if options.command is status.watch else Exit.FAILED


def _without_output(options: argparse.Namespace, error: OutputError) -> Exit:
    outcome = _unknown_outcome(options)
    if outcome is not None:
        complain(f"{error}: {outcome}")
        return Exit.UNKNOWN
    if options.command not in READING or not isinstance(error.__cause__, BrokenPipeError):
        complain(str(error))
    return Exit.FAILED


def _unknown_outcome(options: argparse.Namespace) -> str | None:
    """What to say when a command ends early that may have changed something. `None` for those that change nothing."""
    if options.command in members.COMMANDS:  # the request may have been sent
        return "the outcome is unknown, see status"
    if options.command is offline.recover_cluster and options.yes:  # some groups may have been recovered
        return "the outcome is unknown, repeat the command"
    return None
