"""The session of a host in a group: its commands are applied once, as those of a client are."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from rraft.cluster.core.outcomes import Outcome, resolve
from rraft.cluster.errors import ClusterError

if TYPE_CHECKING:
    from rraft.cluster.core.group import GroupCore

NONCE_SIZE = 16


class LocalSession:
    """Numbers the commands of a host.

    A session is opened with the first command, and again when the one before has expired while nothing was
    outstanding. A command that is outstanding when its session expires gets `SessionExpiredError`: it may be applied.
    """

    def __init__(self, group: "GroupCore", source: random.Random) -> None:
        self._group = group
        self._source = source
        self._session = 0
        self._number = 0
        self._outstanding: dict[int, None] = {}
        self._unsent: list[tuple[bytes, Callable[[Outcome], None]]] | None = None

    def submit(self, payload: bytes, done: Callable[[Outcome], None]) -> None:
        """Gets a command applied once. Raises what `GroupCore.submit` raises."""
        if self._unsent is None and self._session in self._group.state.sessions.sessions:
            self._send(payload, done)
            return
        if self._unsent is None:
            self._group.open_session(self._source.randbytes(NONCE_SIZE), self._opened)
            self._unsent = []
        self._unsent.append((payload, done))

    def _send(self, payload: bytes, done: Callable[[Outcome], None]) -> None:
        outstanding = self._outstanding
        self._number = number = self._number + 1
        outstanding[number] = None
        floor = next(iter(outstanding))

        def finish(outcome: Outcome) -> None:
            del outstanding[number]
            done(outcome)

        try:
            self._group.submit((self._session, number, floor, payload), finish)
        except ClusterError:
            del outstanding[number]
            raise

    def _opened(self, outcome: Outcome) -> None:
        unsent, self._unsent = self._unsent or [], None
        if not isinstance(outcome, bytes):
            for _, done in unsent:
                resolve(done, outcome)
            return
        self._session = int.from_bytes(outcome, "little")
        self._number = 0
        self._outstanding = {}
        for payload, done in unsent:
            self._send_late(payload, done)

    def _send_late(self, payload: bytes, done: Callable[[Outcome], None]) -> None:
        """Sends a command whose caller does not wait in the call any more."""
        try:
            self._send(payload, done)
        except ClusterError as error:
            resolve(done, error)
