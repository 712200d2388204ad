"""Faults of sessions, and of what clients are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rraft.cluster.client import Client
from rraft.cluster.client_calls import Call
from rraft.cluster.client_errors import OutcomeUnknownError
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.sessions import SessionTable
from rraft.cluster.core.state import ReplicatedState
from tests.simulation.reintroduced.fault import Fault, scenario

LAYER = "sessions"


def snapshots_have_no_sessions(patch: pytest.MonkeyPatch) -> None:
    load = ReplicatedState.load

    def forget(self: ReplicatedState, *arguments: Any) -> None:
        load(self, *arguments)
        self.sessions = SessionTable()

    patch.setattr(ReplicatedState, "load", forget)


def results_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    apply = SessionTable.apply

    def forget(self: SessionTable, *arguments: Any) -> int:
        for session in self.sessions.values():
            session.results.clear()
            session.floor = 0
        return apply(self, *arguments)

    patch.setattr(SessionTable, "apply", forget)


def acknowledges_at_append(patch: pytest.MonkeyPatch) -> None:
    submit = GroupCore.submit

    def acknowledge(self: GroupCore, command: Any, done: Callable[[Any], None]) -> None:
        submit(self, command, lambda outcome: None)
        done(b"\x01")

    patch.setattr(GroupCore, "submit", acknowledge)


def retries_in_a_new_session(patch: pytest.MonkeyPatch) -> None:
    async def command(self: Client, group: int, payload: bytes, *, timeout: float | None = None) -> bytes:
        while True:
            call = Call(changes=True, resend=False)
            try:
                return await self._calls.limited(call, self._seconds(timeout), self._command(call, group, payload))
            except OutcomeUnknownError:
                self._sessions.pop(group, None)

    patch.setattr(Client, "command", command)


def unknown_outcomes_are_failures(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Call, "is_unknown", property(lambda call: False))


FAULTS = [
    Fault(
        "snapshot-without-sessions",
        LAYER,
        "A snapshot leaves the session table out.",
        snapshots_have_no_sessions,
        scenario(),
    ),
    Fault(
        "results-not-kept",
        LAYER,
        "A session does not keep the results of its commands, so that a retry is applied again.",
        results_are_not_kept,
        scenario(),
    ),
    Fault(
        "acknowledged-at-append",
        LAYER,
        "A command is acknowledged when it is proposed, instead of when it is applied.",
        acknowledges_at_append,
        scenario(),
    ),
    Fault(
        "retry-in-new-session",
        LAYER,
        "A client sends a command again in a new session, when a connection ends before the response.",
        retries_in_a_new_session,
        scenario(resets=20.0),
    ),
    Fault(
        "unknown-as-failure",
        LAYER,
        "A client says that nothing was applied when it does not know.",
        unknown_outcomes_are_failures,
        scenario(loss=12.0, isolations=12.0, resets=12.0),
    ),
]
