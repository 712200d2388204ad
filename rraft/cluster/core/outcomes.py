"""What the result of a command or query is, and how it reaches who waits for it."""

import logging
import signal
from collections.abc import Callable
from copy import copy
from functools import partial
from traceback import walk_tb
from types import CodeType
from typing import TypeAlias, TypeVar

from rraft.cluster.errors import CommandError

log: logging.Logger = logging.getLogger(__name__)

T = TypeVar("T")
E = TypeVar("E", bound=Exception)

Result: TypeAlias = bytes | tuple[str, str]
"""What the state machine returned, or the class and the text of the exception that it raised."""

Outcome: TypeAlias = Result | Exception
"""A result, or the reason why there is none."""

MAX_TEXT = 10_000
"""The text of an exception is cut off after so many characters."""


MAX_RESULT = 2**25
"""The longest result of a command or query, in bytes. A client's connection ends at `max_unread_responses`."""


def check_result(result: object) -> bytes:
    """Raises `TypeError` or `ValueError` for what no client can get: the same on all hosts, so it is a result, too."""
    if not isinstance(result, bytes):
        raise TypeError(f"expected a result of bytes, got {type(result).__name__}")
    if len(result) > MAX_RESULT:
        raise ValueError(f"expected a result of at most {MAX_RESULT} bytes, got {len(result)}")
    return result


def again(error: E) -> E:
    """A copy of an exception that is raised more than once: each `raise` makes it refer to more frames."""
    return copy(error)


def resolve(done: Callable[[T], None], outcome: T) -> None:
    """Calls `done`. An exception of it concerns nobody else."""
    try:
        done(outcome)
    except Exception as error:
        log_waiter(error)


def log_waiter(error: Exception) -> None:
    """Logs an exception of what waited for an outcome."""
    log.error("an outcome could not be delivered", exc_info=error)


def describe(error: BaseException) -> tuple[str, str]:
    """The name of the class and the text of an exception, which UTF-8 can encode.

    Raises what `str` raises, if it depends on the host instead of the exception: see `depends_on_host`.
    """
    if isinstance(error, CommandError):  # it stands for another exception already
        return encodable(error.kind), encodable(error.text[:MAX_TEXT])
    try:
        text = str(error)
    except BaseException as raised:
        if depends_on_host(raised):
            raise
        text = _without_text(raised)
    return encodable(type(error).__name__), encodable(text[:MAX_TEXT])


def describe_safely(error: BaseException) -> tuple[str, str]:
    """As `describe`, whatever `str` raises."""
    try:
        return describe(error)
    except BaseException as raised:
        return encodable(type(error).__name__), _without_text(raised)


def describe_line(error: BaseException) -> str:
    """The class and the text of an exception in a line, whatever `str` raises."""
    return ": ".join(describe_safely(error))


def _without_text(raised: BaseException) -> str:
    return f"<its text raises {type(raised).__name__}>"


def depends_on_host(error: BaseException) -> bool:
    """Whether another host may not raise this exception for the same command."""
    return isinstance(error, MemoryError | RecursionError) or is_interrupt(error)


def is_interrupt(error: BaseException) -> bool:
    """Whether a signal has raised the exception, instead of the command or query that it arrived in."""
    if isinstance(error, Exception):
        return False
    return isinstance(error, KeyboardInterrupt) or _is_from_signal_handler(error)


def _is_from_signal_handler(error: BaseException) -> bool:
    """Whether the handler of a signal is in the traceback, as with `SystemExit` of one for SIGTERM."""
    handlers = {_code(signal.getsignal(number)) for number in signal.valid_signals()} - {None}
    return any(frame.f_code in handlers for frame, _ in walk_tb(error.__traceback__))


def _code(handler: object) -> CodeType | None:
    """The code of a function, of a method, or of what `partial` or an object calls."""
    while isinstance(handler, partial):
        handler = handler.func
    code = getattr(handler, "__code__", None) or getattr(getattr(handler, "__call__", None), "__code__", None)  # noqa: B004
    return code if isinstance(code, CodeType) else None


def encodable(text: str) -> str:
    """The text with backslash escapes for what UTF-8 cannot encode."""
    return text.encode(errors="backslashreplace").decode()
