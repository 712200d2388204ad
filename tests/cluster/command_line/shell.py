"""Runs the command line in this process, beside hosts of a test, or alone."""

import asyncio
import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from rraft.cluster.command_line.main import main


@dataclass(frozen=True)
class Ended:
    """What a command has returned and printed."""

    code: int
    output: str
    error: str

    @property
    def lines(self) -> list[str]:
        """The lines of the output."""
        return self.output.splitlines()


def rraft(*arguments: str) -> Ended:
    """Runs a command."""
    output, error = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(error):
        try:
            code = main(arguments)
        except SystemExit as raised:
            code = int(raised.code or 0)
    return Ended(code, output.getvalue(), error.getvalue())


async def rraft_beside(*arguments: str) -> Ended:
    """Runs a command in another thread, while this one runs the hosts."""
    return await asyncio.to_thread(rraft, *arguments)
