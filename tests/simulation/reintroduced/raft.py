"""Faults of Raft, and of how the runtime uses it."""

from __future__ import annotations

from typing import Any

import pytest

from rraft import Config, ReadOnlyOption
from rraft.cluster.core import group as group_module
from rraft.cluster.core.config import node_config
from rraft.cluster.core.group import GroupCore, Input
from tests.simulation.reintroduced.fault import Fault, nothing, only, scenario

LAYER = "raft"


def batches_appends(patch: pytest.MonkeyPatch) -> None:
    def config(*arguments: Any) -> Config:
        made = node_config(*arguments)
        made.batch_append = True
        return made

    patch.setattr(group_module, "node_config", config)


def reads_by_lease(patch: pytest.MonkeyPatch) -> None:
    def config(*arguments: Any) -> Config:
        made = node_config(*arguments)
        made.read_only_option = ReadOnlyOption.LeaseBased
        return made

    patch.setattr(group_module, "node_config", config)


def commits_alone(patch: pytest.MonkeyPatch) -> None:
    collect = GroupCore.collect

    def collect_and_commit(self: GroupCore, now: float) -> Input | None:
        if self.is_leader and self.active:
            log = self.node.raft.raft_log
            log.commit_to(log.persisted)
        return collect(self, now)

    patch.setattr(GroupCore, "collect", collect_and_commit)


FAULTS = [
    Fault(
        "batched-append",
        LAYER,
        "With `batch_append`, entries are added to an empty `MsgAppend` with a higher index.",
        nothing,
        scenario(clients=4, loss=12.0, reordering=12.0, snapshots=20.0, duration=40.0),
        fail_point="batched_append",
        prepare=batches_appends,
    ),
    Fault(
        "read-index-twice",
        LAYER,
        "A `MsgReadIndex` that arrives twice is confirmed by a heartbeat response from before a later read.",
        nothing,
        only(clients=5, duplication=60.0, isolations=30.0, partitions=30.0, slow_paths=30.0),
        fail_point="read_index_without_token",
    ),
    Fault(
        "late-rejection",
        LAYER,
        "A late rejection makes the leader send entries again that the follower has (raft-rs #557).",
        nothing,
        scenario(duplication=20.0, reordering=20.0, slow_paths=20.0, crashes=20.0, snapshots=30.0, duration=40.0),
        fail_point="late_rejection",
    ),
    Fault(
        "lease-reads",
        LAYER,
        "A leader answers reads without a round of heartbeats, as it thinks that no other host can lead yet.",
        reads_by_lease,
        only(clients=5, clock_rates=20.0, partitions=40.0, isolations=40.0, transfers=20.0),
    ),
    Fault("quorum-of-one", LAYER, "A leader commits what it has persisted alone.", commits_alone, scenario()),
]
