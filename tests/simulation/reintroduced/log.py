"""Faults of the log on disk."""

from __future__ import annotations

from typing import Any

import pytest

from rraft import HardState, Wal
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.node import HostCore
from rraft.simulation.disk import HostDisk
from tests.simulation.reintroduced.fault import Fault, nothing, scenario

LAYER = "log"


def _at_restart(patch: pytest.MonkeyPatch, forget: Any) -> None:
    """`forget` is called with the hard state of each group that a host opens again, and with its snapshot's index."""
    make_group = HostCore.make_group

    def make(self: HostCore, group: int, *arguments: Any, **keywords: Any) -> GroupCore:
        if group in self.wal.groups():
            storage = self.wal.storage(group)
            hard_state = storage.hard_state().clone()
            forget(hard_state, storage.first_index() - 1)
            storage.set_hardstate(hard_state)
        return make_group(self, group, *arguments, **keywords)

    patch.setattr(HostCore, "make_group", make)


def forgets_votes(patch: pytest.MonkeyPatch) -> None:
    def forget(hard_state: HardState, index: int) -> None:
        hard_state.vote = 0

    _at_restart(patch, forget)


def forgets_commit_index(patch: pytest.MonkeyPatch) -> None:
    def forget(hard_state: HardState, index: int) -> None:
        hard_state.commit = index

    _at_restart(patch, forget)


def loses_synced_tail(patch: pytest.MonkeyPatch) -> None:
    def crash(self: HostDisk) -> None:
        if not self.has_crashed:
            self.disk.crash(lose_synced=600)
        self.crashes = self.disk.crashes

    patch.setattr(HostDisk, "crash", crash)


def never_syncs(patch: pytest.MonkeyPatch) -> None:
    open_log = HostDisk.open

    def open_without(self: HostDisk, *arguments: Any) -> Wal:
        wal = open_log(self, *arguments)
        self.disk.ignore_syncs = True
        return wal

    patch.setattr(HostDisk, "open", open_without)


FAULTS = [
    Fault("votes-forgotten", LAYER, "A host that starts again does not know its vote.", forgets_votes, scenario()),
    Fault(
        "commit-index-forgotten",
        LAYER,
        "A host that starts again does not know which entries of its log are committed.",
        forgets_commit_index,
        scenario(),
    ),
    Fault(
        "log-tail-lost",
        LAYER,
        "A crash loses the last 600 bytes of the log, although they were durable.",
        loses_synced_tail,
        scenario(),
    ),
    Fault("never-synced", LAYER, "The log is written, and never synced.", never_syncs, scenario()),
    Fault(
        "messages-before-sync",
        LAYER,
        "Messages that say that something is durable leave before the fsync.",
        nothing,
        scenario(crashes_in_writes=40.0, crashes=20.0, duration=40.0),
        fail_point="messages_before_sync",
    ),
    Fault(
        "torn-snapshot",
        LAYER,
        "The file of a snapshot is not synced, and its checksums are not compared.",
        nothing,
        scenario(snapshots=40.0, crashes=20.0),
        fail_point="torn_snapshot",
    ),
]
