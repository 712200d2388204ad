"""Linearizable queries: rounds of read indices that many queries share."""

import random
import struct
from collections.abc import Callable
from typing import TypeAlias

from rraft.cluster.core.outcomes import Outcome, resolve

Query: TypeAlias = tuple[bytes, Callable[[Outcome], None]]
"""The payload, and what is called with the answer."""

_CONTEXT = struct.Struct("<QQQ")


class _Round:
    """Queries that wait for the same read index."""

    __slots__ = ("queries", "requested")

    def __init__(self, queries: list[Query], requested: float) -> None:
        self.queries = queries
        self.requested = requested


class Reads:
    """The queries of a group on one host.

    A query may be answered once the host has applied the read index of a round that was requested after the query
    arrived. A round that gets no response is requested again.
    """

    def __init__(self, host: int, source: random.Random, max_rounds: int, retry: float) -> None:
        """`retry` is the time in seconds after which a round is requested again."""
        self._host = host
        self._incarnation = source.getrandbits(64)
        self._number = 0
        self._max_rounds = max_rounds
        self._retry = retry
        self.queue: list[Query] = []
        """Not in a round yet."""
        self.rounds: dict[bytes, _Round] = {}
        """Those that have no read index yet, by their contexts."""
        self._confirmed: list[tuple[int, list[Query]]] = []

    @property
    def outstanding(self) -> int:
        """The number of queries without an answer."""
        return (
            len(self.queue)
            + sum(len(shared.queries) for shared in self.rounds.values())
            + sum(len(queries) for _, queries in self._confirmed)
        )

    def can_start(self) -> bool:
        """Whether queued queries can begin a round."""
        return bool(self.queue) and len(self.rounds) < self._max_rounds

    def contexts(self, now: float) -> list[bytes]:
        """Returns the contexts to request: for the queued queries, and again for rounds without a response."""
        contexts = []
        if self.rounds:
            due = now - self._retry
            late = {context: shared for context, shared in self.rounds.items() if shared.requested <= due}
            for context, shared in late.items():
                # An earlier response is as good, but does not come, as a rule.
                del self.rounds[context]
                shared.requested = now
                contexts.append(self._add(shared))
        if self.can_start():
            contexts.append(self._add(_Round(self.queue, now)))
            self.queue = []
        return contexts

    def request_again(self) -> None:
        """Requests all rounds again at the next call of `contexts`: the leader has changed."""
        for shared in self.rounds.values():
            shared.requested = float("-inf")

    def has_late(self, now: float) -> bool:
        """Whether there is a round to request again."""
        return bool(self.rounds) and any(shared.requested <= now - self._retry for shared in self.rounds.values())

    def confirm(self, context: bytes, index: int) -> None:
        """The round with this context has a read index. Does nothing for one that was answered or requested again."""
        shared = self.rounds.pop(context, None)
        if shared is not None:
            self._confirmed.append((index, shared.queries))

    def take_answerable(self, applied: int) -> list[Query]:
        """Takes the queries whose read index is applied."""
        if not self._confirmed:
            return []
        queries: list[Query] = []
        waiting = []
        for confirmed in self._confirmed:
            if confirmed[0] <= applied:
                queries += confirmed[1]
            else:
                waiting.append(confirmed)
        self._confirmed = waiting
        return queries

    def fail(self, error: Exception) -> None:
        """Answers all queries with `error`."""
        rounds = list(self.rounds.values())
        queries = self.queue + [query for shared in rounds for query in shared.queries]
        queries += [query for _, confirmed in self._confirmed for query in confirmed]
        self.queue, self.rounds, self._confirmed = [], {}, []
        for _, done in queries:
            resolve(done, error)

    def _add(self, shared: _Round) -> bytes:
        """A new context for a round. It is unique among hosts, restarts, and rounds."""
        self._number += 1
        context = _CONTEXT.pack(self._host, self._incarnation, self._number)
        self.rounds[context] = shared
        return context
