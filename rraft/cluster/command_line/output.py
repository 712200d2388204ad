"""What the commands print."""

import os
import sys
from contextlib import suppress


class OutputError(Exception):
    """Ends a command whose output cannot be written: what the command has done is done even so."""


def say(text: str) -> None:
    """Prints text at once. Raises `OutputError`."""
    try:
        print(text, flush=True)
    except OSError as error:
        _discard_output()
        raise OutputError(f"the output cannot be written: {error}") from error


def complain(text: str) -> None:
    """Prints the line that says why a command has failed. If that is impossible, the exit code has to do."""
    with suppress(OSError):
        print(f"rraft: {text}", file=sys.stderr, flush=True)


def _discard_output() -> None:
    """Discards what is buffered: Python would fail to write it at its end, and return an exit code of its own."""
    with suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, sys.stdout.fileno())
        finally:
            os.close(null)
