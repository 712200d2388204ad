"""The exit codes of the commands, and the line that says why a command has failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from rraft import RaftError
from rraft.cluster.client_errors import NotAcceptedError, OutcomeUnknownError, RequestTimeoutError
from rraft.cluster.errors import BusyError, NoGroupError, NotReadyError, StartError


class Exit(IntEnum):
    """What a command returns to the shell."""

    DONE = 0
    FAILED = 1
    """The cluster has rejected the request, or something is wrong: nothing was done unless the output says so."""
    USAGE = 2
    """The arguments are wrong."""
    NO_ANSWER = 3
    """No host has answered in time, or none accepts this client. Nothing was done."""
    UNKNOWN = 4
    """The request was sent, and the answer is missing, or what was done cannot be written to the output. It may be
    carried out: look at `status`."""


class CommandFailure(Exception):
    """Ends a command with an exit code and a line of text."""

    def __init__(self, code: Exit, text: str) -> None:
        super().__init__(text)
        self.code = code


@contextmanager
def wrong_values(option: str) -> Iterator[None]:
    """Raises `CommandFailure` for an exception that says that an option, or a file that it names, is wrong."""
    try:
        yield
    except (OSError, ValueError, StartError) as error:
        raise CommandFailure(Exit.USAGE, f"{option}: {line_of(error)}") from None


def exit_of(error: Exception) -> Exit:
    """The exit code for an exception."""
    if isinstance(error, CommandFailure):
        return error.code
    if isinstance(error, OutcomeUnknownError):
        return Exit.UNKNOWN
    if isinstance(error, RequestTimeoutError | NotAcceptedError | NoGroupError | NotReadyError | BusyError):
        return Exit.NO_ANSWER
    return Exit.FAILED


def line_of(error: Exception) -> str:
    """The text of an exception, in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OutcomeUnknownError):
        return f"the outcome is unknown, see status: {text}"
    return text


EXPECTED: tuple[type[Exception], ...] = (RaftError, OSError, ValueError, CommandFailure)
"""What a command may raise: anything else is a fault of the program."""
