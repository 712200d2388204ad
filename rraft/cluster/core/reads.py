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

    __slots__ = ("epoch", "queries", "requested")

    def __init__(self, queries: list[Query], requested: float, epoch: int) -> None:
        """A round that is confirmed in the same `epoch` begins a lease."""
        self.queries = queries
        self.requested = requested
        self.epoch = epoch


class Reads:
    """The queries of a group on one host.

    A query may be answered once the host has applied the read index of a round that was requested after the query
    arrived. A round that gets no response is requested again.

    A leader may have a lease: a majority that has confirmed it elects nobody else for a while, so that it can answer
    without a round. The lease begins when the round was requested. It ends early with whatever lets others be elected
    sooner: another leader or term, other members, and a hand-over.
    """

    def __init__(self, host: int, source: random.Random, max_rounds: int, retry: float, lease: float = 0.0) -> None:
        """`retry` is the time after which a round is requested again, `lease` that of a lease (seconds; 0: none)."""
        self._host = host
        self._incarnation = source.getrandbits(64)
        self._number = 0
        self._max_rounds = max_rounds
        self._retry = retry
        self._lease = lease
        self._leased_until = float("-inf")
        self._epoch = 0
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
                if shared.queries:
                    contexts.append(self._add(_Round(shared.queries, now, self._epoch)))
        if self.can_start():
            contexts.append(self._add(_Round(self.queue, now, self._epoch)))
            self.queue = []
        return contexts

    def use_lease(self, now: float, committed: int) -> list[bytes]:
        """A leader whose lease has not ended needs no round for the queued queries: `committed` is their read index.

        Returns the context to request when the lease is to be renewed.
        """
        if now >= self._leased_until:
            return []
        self._confirmed.append((committed, self.queue))
        self.queue = []
        if self.rounds or now < self._leased_until - self._lease / 2:
            return []
        return [self._add(_Round([], now, self._epoch))]

    def set_lease(self, lease: float) -> None:
        """Sets the length of a lease. What was requested before begins none."""
        if lease != self._lease:
            self._lease = lease
            self.end_lease()

    def end_lease(self) -> None:
        """Others may be elected sooner than the lease says, also those of the rounds that have no response yet."""
        self._epoch += 1
        self._leased_until = float("-inf")

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
        if shared is None:
            return
        if shared.epoch == self._epoch:
            self._leased_until = max(self._leased_until, shared.requested + self._lease)
        if shared.queries:
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
