"""The groups of a simulated cluster. Each has members, a history and an oracle of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.members import Members
from rraft.simulation.oracle import Oracle

if TYPE_CHECKING:
    from rraft.simulation.cluster import SimulatedCluster
    from rraft.simulation.hosts import SimulatedHost

GROUPS = (1, 1, 2, 3)
"""How many groups a seed has: each of these is as likely."""


class SimulatedGroup:
    """A group, as all hosts together know it."""

    def __init__(self, cluster: "SimulatedCluster", number: int) -> None:
        self.number = number
        self.oracle: Oracle = Oracle(self.violate, cluster.description)
        self._cluster = cluster

    def violate(self, violated: str, text: str) -> None:
        """A property does not hold: ends the run."""
        self._cluster.violate(violated, self.name_in(text))

    def name_in(self, text: str) -> str:
        """The text with the number of the group, if there are several."""
        return text if len(self._cluster.groups) == 1 else f"group {self.number}: {text}"

    def _cores(self) -> list[GroupCore]:
        cores = [host.core(self.number) for host in self._cluster.hosts.values()]
        return [core for core in cores if core is not None]

    @property
    def members(self) -> list[int]:
        """The members, as the host knows them that has applied the most."""
        known = self._known_members()
        return sorted(known.voters | known.learners)

    @property
    def learners(self) -> list[int]:
        """Those of them that are to remain learners."""
        known = self._known_members()
        return sorted(known.learners - known.promote)

    def has_removed(self, host: int) -> bool:
        """Whether a host was a member, and is none any more."""
        return host in self._known_members().removed

    def _known_members(self) -> Members:
        newest = max(self._cores(), key=lambda core: core.state.applied, default=None)
        return Members() if newest is None else newest.state.members

    def all_are_found(self, hosts: "Sequence[SimulatedHost]") -> bool:
        """Whether all hosts are up, and know where all of them are."""
        addresses = {host.number: host.address for host in hosts}
        cores = [host.core(self.number) for host in hosts]
        return all(core is not None and core.state.members.addresses == addresses for core in cores)

    def leader(self) -> GroupCore | None:
        """The group on the host that leads in the newest term."""
        leaders = [core for core in self._cores() if core.is_leader]
        return max(leaders, key=lambda core: core.term, default=None)

    def _is_told(self, host: "SimulatedHost", members: Sequence[int]) -> bool:
        """Whether a host will learn that it was removed: not if all members have changed since it was up."""
        core = host.core(self.number)
        if core is None or not core.state.applied:
            return True
        return any(number in core.state.members for number in members)

    def difference(self) -> str:
        """Why the hosts have not converged; empty if they have."""
        text = self._difference()
        return self.name_in(text) if text else ""

    def _difference(self) -> str:
        leader = self.leader()
        if leader is None:
            return "there is no leader"
        applied, members, hosts = leader.state.applied, self.members, self._cluster.hosts
        if leader.storage.last_index() != applied:
            return f"the leader has applied {applied} of {leader.storage.last_index()} entries"
        for number in members:
            core = hosts[number].core(self.number)
            if core is None:
                return f"host {number} is a member, and is not up"
            if core.state.applied != applied:
                return f"host {number} has applied {core.state.applied} entries, the leader {applied}"
            if core.leader != leader.host.id:
                return f"host {number} follows {core.leader}, the leader is {leader.host.id}"
        for host in hosts.values():
            if host.number in members or host.is_removed or host.has_left(self.number):
                continue
            if self._is_told(host, members):
                return f"host {host.number} is no member, and has not ended"
        return ""
