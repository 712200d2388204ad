"""Faults of Raft, and of how the runtime uses it."""

from __future__ import annotations

from typing import Any

import pytest

from rraft import Config, ReadOnlyOption
from rraft.cluster.core import group as group_module
from rraft.cluster.core.config import node_config
from rraft.cluster.core.group import GroupCore, Input
from rraft.simulation.observed_machine import ObservedMachine
from rraft.simulation.oracle import Oracle
from tests.simulation.reintroduced.fault import Fault, clients_stay, nothing, only, push_often, scenario

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


def leader_is_watched(patch: pytest.MonkeyPatch) -> None:
    """The oracle compares what a leader knows of the others, too: this fault costs time, and breaks nothing else."""
    observe = Oracle.observe

    def observe_progress(self: Oracle, host: int, group: GroupCore, machine: ObservedMachine) -> None:
        observe(self, host, group, machine)
        if not group.is_leader or not group.active:
            return
        for peer, progress in group.node.raft.prs().iter():
            if progress.next_idx <= progress.matched:
                text = f"leader {host} sends entry {progress.next_idx} to host {peer}, which has {progress.matched}"
                self._violate("next index above matched", text)

    patch.setattr(Oracle, "observe", observe_progress)


FAULTS = [
    Fault(
        "batched-append",
        LAYER,
        "With `batch_append`, entries are added to an empty `MsgAppend` with a higher index; no receiver rejects it.",
        nothing,
        only(workload=push_often, clients=8, reordering=200.0, duplication=200.0),
        fail_point="batched_append",
        prepare=batches_appends,
    ),
    Fault(
        "read-index-twice",
        LAYER,
        "A `MsgReadIndex` that arrives twice is confirmed by a heartbeat response from before a later read.",
        nothing,
        only(clients=6, unreachable_leaders=60.0, slow_paths=40.0, duplication=60.0),
        fail_point="read_index_without_token",
        prepare=clients_stay,
    ),
    Fault(
        "late-rejection",
        LAYER,
        "A late rejection makes the leader send entries again that the follower has (raft-rs #557).",
        nothing,
        only(workload=push_often, clients=4, loss=40.0, reordering=60.0, duplication=60.0, resets=60.0),
        fail_point="late_rejection",
        prepare=leader_is_watched,
    ),
    Fault(
        "lease-reads",
        LAYER,
        "A leader answers reads without a round of heartbeats, as it thinks that no other host can lead yet.",
        reads_by_lease,
        only(clients=6, clock_rates=12.0, transfers=60.0, slow_paths=40.0),
        prepare=clients_stay,
    ),
    Fault("quorum-of-one", LAYER, "A leader commits what it has persisted alone.", commits_alone, scenario()),
]
