"""Faults of reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from rraft.cluster.core import config
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.membership import LeaderChanges
from rraft.cluster.core.reads import _CONTEXT, Query, Reads
from rraft.simulation.run import GROUP_OPTIONS
from rraft.simulation.transport import SimulatedTransport, _Link
from tests.simulation.reintroduced.fault import Fault, clients_stay, only

LAYER = "reads"

LEASE_READS = replace(GROUP_OPTIONS, lease_reads=True)


def leader_answers_at_once(patch: pytest.MonkeyPatch) -> None:
    query = GroupCore.query

    def answer(self: GroupCore, payload: bytes, done: Callable[[Any], None]) -> None:
        if self.is_leader and self.applier.is_readable:
            done(self.query_local(payload))
        else:
            query(self, payload, done)

    patch.setattr(GroupCore, "query", answer)


def any_host_answers_at_once(patch: pytest.MonkeyPatch) -> None:
    def answer(self: GroupCore, payload: bytes, done: Callable[[Any], None]) -> None:
        done(self.query_local(payload))

    patch.setattr(GroupCore, "query", answer)


def answers_before_read_index_is_applied(patch: pytest.MonkeyPatch) -> None:
    take_answerable = Reads.take_answerable

    def take(self: Reads, applied: int) -> list[Query]:
        return take_answerable(self, 2**63)

    patch.setattr(Reads, "take_answerable", take)


def frames_reach_the_next_start(patch: pytest.MonkeyPatch) -> None:
    """A frame for a host that was started again meanwhile arrives there, as on a network without connections."""
    arrive = SimulatedTransport.arrive

    def send_late(self: SimulatedTransport, host: int, body: Any) -> bool:
        link = self._links.get(host)
        if link is None:
            return False
        network, frame = self._network, b"".join(body)
        network.sent += 1
        for arrival in link.path.arrivals(network.loop.now):
            network.loop.at(network.loop.main, arrival, self._deliver, link, frame)  # type: ignore[attr-defined]
        return True

    def deliver(self: SimulatedTransport, link: _Link, frame: bytes) -> None:
        network = self._network
        target = network.listeners.get(link.peer.address)
        if target is link.peer:
            network.loop.at(target.process, network.loop.now, arrive, target, link, self.host, frame)
        elif target is not None and target.process.is_alive and target._is_open:
            network.loop.at(target.process, network.loop.now, target._receiver.received, self.host, frame)

    clients_stay(patch)
    patch.setattr(SimulatedTransport, "send", send_late)
    patch.setattr(SimulatedTransport, "_deliver", deliver, raising=False)


def contexts_are_used_again(patch: pytest.MonkeyPatch) -> None:
    init, add = Reads.__init__, Reads._add

    def without_incarnation(self: Reads, *arguments: Any) -> None:
        init(self, *arguments)
        self._incarnation = 0

    def add_again(self: Reads, shared: Any) -> bytes:
        self._number = next(
            number for number in range(64) if _CONTEXT.pack(self._host, 0, number + 1) not in self.rounds
        )
        return add(self, shared)

    patch.setattr(Reads, "__init__", without_incarnation)
    patch.setattr(Reads, "_add", add_again)


def lease_is_long(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(config, "LEASE_RATE", 20.0)


def lease_outlives_hand_over(patch: pytest.MonkeyPatch) -> None:
    never = property(lambda self: False, lambda self, value: None)
    patch.setattr(LeaderChanges, "has_handed_over", never, raising=False)


FAULTS = [
    Fault(
        "stale-leader-reads",
        LAYER,
        "A leader answers queries at once, also when another host leads already.",
        leader_answers_at_once,
        only(clients=5, pauses=40.0, partitions=20.0),
        prepare=clients_stay,
    ),
    Fault(
        "local-reads",
        LAYER,
        "Any host answers queries at once, by the state that it has.",
        any_host_answers_at_once,
        only(clients=3, isolations=20.0, loss=20.0),
        prepare=clients_stay,
    ),
    Fault(
        "read-before-applied",
        LAYER,
        "A query is answered when its read index is known, before the entries up to it are applied.",
        answers_before_read_index_is_applied,
        only(clients=6, reordering=120.0, loss=20.0),
        prepare=clients_stay,
    ),
    Fault(
        "frames-of-earlier-start",
        LAYER,
        "Contexts of reads are used again: a late response, also for an earlier start, confirms another read.",
        contexts_are_used_again,
        only(clients=4, restarts=40.0, slow_paths=60.0, duplication=60.0),
        prepare=frames_reach_the_next_start,
    ),
    Fault(
        "long-lease",
        LAYER,
        "A leader trusts its lease for longer than an election timeout.",
        lease_is_long,
        only(clients=6, pauses=60.0, partitions=20.0, group_options=LEASE_READS),
        prepare=clients_stay,
    ),
    Fault(
        "lease-after-hand-over",
        LAYER,
        "A leader trusts its lease when it has asked another host to campaign.",
        lease_outlives_hand_over,
        only(clients=6, transfers=60.0, slow_paths=40.0, unreachable_leaders=60.0, group_options=LEASE_READS),
        prepare=clients_stay,
    ),
]
