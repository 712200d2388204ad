"""Faults of membership changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pytest

from rraft import ConfChangeSingle, ConfChangeType, ConfChangeV2, ConfState, EntryType, GetEntriesContext
from rraft.cluster.core import membership
from rraft.cluster.core.group import GroupCore, Input
from rraft.cluster.core.members import MemberChange, Members
from rraft.cluster.core.peers import Peers
from rraft.cluster.errors import ClusterError, MembershipError
from rraft.cluster.requests import Change, ChangeKind
from rraft.simulation.disk import HostDisk
from rraft.simulation.hosts import SimulatedHost
from rraft.simulation.operator import ATTEMPT, Operator
from tests.simulation.reintroduced.fault import Fault, scenario

LAYER = "membership"

_CONTEXT = GetEntriesContext.empty(can_async=False)


def _before_each_round(patch: pytest.MonkeyPatch, action: Callable[[GroupCore], None]) -> None:
    collect = GroupCore.collect

    def act_and_collect(self: GroupCore, now: float) -> Input | None:
        if self.active:
            action(self)
        return collect(self, now)

    patch.setattr(GroupCore, "collect", act_and_collect)


def _add_voter(group: GroupCore, host: int) -> None:
    """Makes a voter of a host, in the node of this host alone."""
    step = ConfChangeSingle(node_id=host, change_type=ConfChangeType.AddNode)
    group.node.apply_conf_change(ConfChangeV2(changes=[step]))


def hosts_are_added_as_learners(patch: pytest.MonkeyPatch) -> None:
    """Hosts that are added remain learners."""
    attempt = Operator._attempt

    async def add_learner(self: Operator, change: str, host: int, group: int) -> bool:
        if change != "add":
            return await attempt(self, change, host, group)
        step = Change(ChangeKind.ADD_LEARNER, host, self._cluster.hosts[host].address)
        try:
            await self._client.change_members(group, [step], timeout=ATTEMPT)
        except MembershipError:
            raise
        except ClusterError:
            return False
        return True

    patch.setattr(Operator, "_attempt", add_learner)


def learners_count_as_voters(patch: pytest.MonkeyPatch) -> None:
    def count(group: GroupCore) -> None:
        conf_state = group.node.raft.prs().conf().to_conf_state()
        if group.host.id in conf_state.voters:
            for host in list(conf_state.learners):
                _add_voter(group, host)

    _before_each_round(patch, count)


def odd_hosts_change_at_append(patch: pytest.MonkeyPatch) -> None:
    def change_early(group: GroupCore) -> None:
        storage = group.storage
        first = max(group.state.applied + 1, storage.first_index())
        if group.host.id % 2 == 0 or not group.state.applied or storage.last_index() < first:
            return
        for entry in storage.entries(first, storage.last_index() + 1, _CONTEXT):
            if entry.entry_type == EntryType.EntryConfChangeV2:
                group.node.apply_conf_change(ConfChangeV2.decode(entry.data))

    _before_each_round(patch, change_early)


def removed_hosts_vote(patch: pytest.MonkeyPatch) -> None:
    """A host that was removed is not told, and the others count its vote."""
    members_changed = Peers.members_changed

    def change(self: Peers, group: GroupCore, removed: Collection[int]) -> None:
        members_changed(self, group, ())

    def is_trusted(self: Peers, host: int, group: GroupCore) -> bool:
        return True

    def count(group: GroupCore) -> None:
        for host in group.state.members.removed:
            _add_voter(group, host)

    patch.setattr(Peers, "members_changed", change)
    patch.setattr(Peers, "is_trusted", is_trusted)
    _before_each_round(patch, count)


def removed_hosts_come_back(patch: pytest.MonkeyPatch) -> None:
    """Somebody adds each host again that was removed, with an empty disk."""
    make, end = Operator._make, SimulatedHost._end

    async def make_and_add(self: Operator, change: str, host: int, group: int) -> None:
        cluster = self._cluster
        if change == "add" and cluster.hosts[host].is_removed:
            again = cluster.hosts[host]
            while again.is_up:
                await asyncio.sleep(0.1)
            again.is_removed, again._joins, again.may_fail = False, True, True
            again.disk = HostDisk(f"{cluster.seed}.{host}.again")
            cluster.groups[group - 1].oracle._views.pop(host, None)
            again.start()
        await make(self, change, host, group)
        if change == "remove":
            self._wanted.appendleft(("add", host, group))

    def end_for_good(self: SimulatedHost, kind: str, text: str, down: float | None) -> None:
        self.is_removed = self.is_removed or "its id cannot be used again" in text
        end(self, kind, text, down)

    patch.setattr(Operator, "_make", make_and_add)
    patch.setattr(SimulatedHost, "_end", end_for_good)


def ids_are_used_again(patch: pytest.MonkeyPatch) -> None:
    check, apply = membership.check, Members.apply

    def check_less(changes: Sequence[Change], members: Members, new: Collection[int] = ()) -> None:
        removed, members.removed = members.removed, set()
        try:
            check(changes, members, new)
        finally:
            members.removed = removed

    def apply_and_forget(self: Members, conf_state: ConfState, change: MemberChange) -> set[int]:
        removed = apply(self, conf_state, change)
        self.removed -= self.voters | self.learners
        return removed

    patch.setattr(membership, "check", check_less)
    patch.setattr(Members, "apply", apply_and_forget)


_CHANGES: dict[str, Any] = {"additions": 20.0, "removals": 20.0, "duration": 40.0}

FAULTS = [
    Fault(
        "learner-as-voter",
        LAYER,
        "Voters count learners as voters.",
        learners_count_as_voters,
        scenario(additions=20.0, removals=0.0, partitions=12.0, isolations=12.0, duration=40.0),
        prepare=hosts_are_added_as_learners,
    ),
    Fault(
        "change-at-append",
        LAYER,
        "Some hosts apply a configuration change when it is in their log, the others when it is committed.",
        odd_hosts_change_at_append,
        scenario(**_CHANGES, partitions=12.0, isolations=12.0),
    ),
    Fault(
        "removed-host-votes",
        LAYER,
        "A host that was removed goes on, and its vote counts.",
        removed_hosts_vote,
        scenario(**_CHANGES),
    ),
    Fault(
        "id-used-again",
        LAYER,
        "A host is added with the id of one that was removed.",
        ids_are_used_again,
        scenario(**_CHANGES, slow_paths=20.0),
        prepare=removed_hosts_come_back,
    ),
]
