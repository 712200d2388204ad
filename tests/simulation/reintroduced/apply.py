"""Faults of applying entries."""

from __future__ import annotations

from typing import Any

import pytest

from rraft.cluster.core.sessions import SessionTable
from rraft.cluster.core.state import ReplicatedState
from tests.simulation.reintroduced.fault import Fault, scenario

LAYER = "apply"


def followers_apply_backwards(patch: pytest.MonkeyPatch) -> None:
    apply = SessionTable.apply

    def reverse(self: SessionTable, commands: Any, time: int, execute: Any, context: Any, waiting: Any) -> int:
        ordered = commands if waiting else list(reversed(commands))
        return apply(self, ordered, time, execute, context, waiting)

    patch.setattr(SessionTable, "apply", reverse)


def hosts_without_waiters_skip_an_entry(patch: pytest.MonkeyPatch) -> None:
    apply = ReplicatedState.apply

    def skip(self: ReplicatedState, index: int, data: bytes) -> None:
        if index % 40 == 0 and not self.waiting:
            self.applied = index
        else:
            apply(self, index, data)

    patch.setattr(ReplicatedState, "apply", skip)


def expires_sessions_by_the_clock(patch: pytest.MonkeyPatch) -> None:
    expire = SessionTable.expire

    def expire_by_clock(self: SessionTable, time: int, limits: Any) -> int:
        import time as clock

        return expire(self, int(clock.time() * 1000), limits)

    patch.setattr(SessionTable, "expire", expire_by_clock)


FAULTS = [
    Fault(
        "order-within-entry",
        LAYER,
        "A host that nobody waits on applies the commands of an entry in another order.",
        followers_apply_backwards,
        scenario(clients=6),
    ),
    Fault(
        "entry-skipped",
        LAYER,
        "A host that nobody waits on skips an entry.",
        hosts_without_waiters_skip_an_entry,
        scenario(),
    ),
]
