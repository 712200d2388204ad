"""The session table of a group: replicated, so that each command is applied once."""

import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import TypeAlias

import msgspec

from rraft.cluster.core.commands import COMMAND_OVERHEAD, Command, Limits
from rraft.cluster.core.outcomes import (
    MAX_RESULT,
    Outcome,
    Result,
    check_result,
    depends_on_host,
    describe,
    log_waiter,
    resolve,
)
from rraft.cluster.errors import NeedsUpgradeError, SessionExpiredError, UnknownCommandError
from rraft.cluster.state_machine import Context

Waiting: TypeAlias = dict[tuple[int, int], tuple[Callable[[Outcome], None], Command]]
"""The caller that waits for the outcome of a command, and the command, by session and number."""

OVERHEAD = 64
"""What a kept result counts in addition to its length, in bytes."""

_POSITION = struct.Struct("<QQ")

EXPIRED = SessionExpiredError("the session no longer exists")
RELEASED = SessionExpiredError("the session has said that it no longer needs this result")


class Session(msgspec.Struct, array_like=True):
    """A session, and the results that it may ask for again."""

    nonce: bytes
    active: int
    """The time of the log at the last command, in milliseconds."""
    floor: int = 0
    """Numbers below are applied or will never be, and their results are not needed."""
    results: dict[int, Result] = {}
    """The results of the applied commands from `floor` on."""
    size: int = 0
    """What the results count for the limit, in bytes."""


class SessionTable:
    """All sessions, in the order of their last commands."""

    def __init__(self, sessions: dict[int, Session] | None = None) -> None:
        # In a `dict`, the way to the first item would become long: the last one moves there with each entry.
        self._sessions: OrderedDict[int, Session] = OrderedDict(sessions or {})
        self._nonces = {session.nonce: number for number, session in self._sessions.items()}
        self.size: int = sum(session.size for session in self._sessions.values())
        """What all results count, in bytes."""

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def sessions(self) -> Mapping[int, Session]:
        """The sessions by their ids."""
        return self._sessions

    def open(self, nonce: bytes, index: int, position: int, time: int) -> int:
        """Opens a session and returns its id. With the nonce of an open session, returns that one."""
        known = self._nonces.get(nonce)
        if known is not None:
            return known
        number = _id_of(nonce, index, position)
        self._sessions[number] = Session(nonce, time)
        self._nonces[nonce] = number
        return number

    def apply(
        self,
        commands: Iterable[Command],
        time: int,
        execute: Callable[[bytes, Context], bytes],
        context: Context,
        waiting: Waiting,
    ) -> int:
        """Executes the commands that were not executed before, and resolves those who wait for any of them.

        An exception of `execute` is the result of its command, unless `result_of_exception` raises another one, which
        is raised here: the commands before it are applied. Returns the size of the commands that were waited for, in
        bytes.
        """
        # This runs for each command on each host: it makes as few calls as possible.
        sessions = self._sessions
        resolved = added = 0
        last = -1
        session: Session | None = None
        results: dict[int, Result] = {}
        try:
            for number, sequence, floor, payload in commands:
                if number != last:
                    if session is not None:
                        self._grow(session, added)
                        added = 0
                    last = number
                    session = sessions.get(number)
                    if session is not None:
                        sessions.move_to_end(number)
                        session.active = time
                        results = session.results
                outcome: Outcome | None
                if session is None:
                    outcome = EXPIRED
                else:
                    if floor > session.floor:
                        if floor == session.floor + 1:
                            dropped = results.pop(session.floor, None)
                            session.floor = floor
                            if dropped is not None:
                                added -= _size(dropped)
                        else:
                            added -= _raise_floor(session, floor)
                    outcome = results.get(sequence)
                    if outcome is None:
                        if sequence < session.floor:
                            outcome = RELEASED
                        else:
                            result: Result
                            try:
                                result = execute(payload, context)
                                if type(result) is not bytes or len(result) > MAX_RESULT:
                                    check_result(result)
                            except BaseException as error:
                                result = result_of_exception(error, context)
                            outcome = results[sequence] = result
                            added += _size(result)
                if waiting:
                    waiter = waiting.pop((number, sequence), None)
                    if waiter is not None:
                        resolved += len(payload) + COMMAND_OVERHEAD
                        try:
                            waiter[0](outcome)
                        except Exception as error:
                            log_waiter(error)
        finally:
            if session is not None:
                self._grow(session, added)
        return resolved

    def _grow(self, session: Session, size: int) -> None:
        session.size += size
        self.size += size

    @property
    def nonces(self) -> Mapping[bytes, int]:
        """The ids of the sessions by their nonces."""
        return self._nonces

    def settle(self, waiting: Waiting) -> int:
        """Resolves those who wait for commands that were executed on other hosts: this state is from a snapshot.

        Returns the size of these commands, in bytes.
        """
        resolved = 0
        for key, (done, command) in list(waiting.items()):
            outcome = self.outcome(command)
            if outcome is not None:
                del waiting[key]
                resolved += len(command[3]) + COMMAND_OVERHEAD
                resolve(done, outcome)
        return resolved

    def outcome(self, command: Command) -> Outcome | None:
        """The outcome of a command that has been executed, or `None`."""
        number, sequence, _, _ = command
        session = self._sessions.get(number)
        if session is None:
            return None
        return session.results.get(sequence, RELEASED if sequence < session.floor else None)

    def unapplied(self, commands: Iterable[Command]) -> list[Command]:
        """The commands that have not been executed yet, or whose session is not known."""
        return [command for command in commands if self.outcome(command) is None]

    def expire(self, time: int, limits: Limits) -> int:
        """Removes the sessions that are beyond the limits, those first that were idle the longest.

        Returns how many were removed.
        """
        expiry, count, size = limits
        removed = 0
        sessions = self._sessions
        while sessions:
            number = next(iter(sessions))
            session = sessions[number]
            if session.active + expiry >= time and len(sessions) <= count and self.size <= size:
                break
            del sessions[number]
            del self._nonces[session.nonce]
            self.size -= session.size
            removed += 1
        return removed

    def oldest(self) -> int | None:
        """The time of the last command of the session that was idle the longest, in milliseconds."""
        for session in self._sessions.values():
            return session.active
        return None


def _id_of(nonce: bytes, index: int, position: int) -> int:
    """The id of the session that an entry opens, of 64 bits.

    The nonce is a part of it: another log may open another session at the same position. A group that was recovered
    without some of its entries has such a log, and clients that know ids of the lost one.
    """
    digest = blake2b(_POSITION.pack(index, position) + nonce, digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _size(result: Result) -> int:
    """What a kept result counts for the limit, in bytes."""
    if isinstance(result, bytes):
        return len(result) + OVERHEAD
    kind, text = result
    return len(kind) + len(text) + OVERHEAD


def _raise_floor(session: Session, floor: int) -> int:
    """Drops the results below `floor`. Returns their size in bytes."""
    results = session.results
    if floor - session.floor <= len(results):
        dropped: Iterable[int] = range(session.floor, floor)
    else:  # `floor` may be any number
        dropped = [number for number in results if number < floor]
    size = 0
    for number in dropped:
        result = results.pop(number, None)
        if result is not None:
            size += _size(result)
    session.floor = floor
    return size


def result_of_exception(error: BaseException, context: Context) -> tuple[str, str]:
    """The result of a command that raised `error`.

    Raises what is no result: `NeedsUpgradeError` for a command of a newer version, and exceptions that depend on the
    host instead of the command. What else is no `Exception`, such as `SystemExit`, is a result.
    """
    if isinstance(error, UnknownCommandError):
        raise NeedsUpgradeError(f"entry {context.index}: {describe(error)[1]}") from error
    if depends_on_host(error):
        raise error
    return describe(error)
