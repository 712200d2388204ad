"""Groups that are idle are quiet: their nodes do not tick, so that they cost no message and no time.

A quiet group relies on the links between hosts: a follower trusts that the leader is there while its host is. A link
that ends, and anything that happens in the group, make it tick again. Only liveness depends on this: a node that does
not tick neither votes nor acknowledges less carefully.
"""

from typing import TYPE_CHECKING

import msgspec

from rraft.cluster.core import frames
from rraft.cluster.core.frames import Kind

if TYPE_CHECKING:
    from rraft.cluster.core.group import GroupCore

IDLE_TIMEOUTS = 2
"""A leader makes its group quiet after so many election timeouts without anything to do."""


class Quiesce(msgspec.Struct, array_like=True, frozen=True):
    """The leader stops to tick: a follower with the same term and log does, too."""

    term: int
    index: int


_decode = msgspec.msgpack.Decoder(Quiesce).decode


class Quiet:
    """Whether a group is quiet on this host, and when it becomes so."""

    def __init__(self, group: "GroupCore") -> None:
        self._group = group
        self.on: bool = False
        """Whether the node does not tick."""
        self._idle = 0
        self._is_requested = False
        """Whether the leader has stopped to tick, and nothing has happened in the group since then."""

    def busy(self, *, tell_leader: bool = True) -> None:
        """Something happens in the group: the node ticks again. A follower tells the leader, which ticks, too."""
        self._idle = 0
        self._is_requested = False
        if not self.on:
            return
        self.on = False
        group = self._group
        group.host.ticking_changed()
        if group.is_leader:
            group.act(group.node.ping)
        elif tell_leader and group.leader:
            group.host.send_item(group.leader, Kind.WAKE, group.id, b"")

    def ticked(self) -> None:
        """A leader has ticked. Makes the group quiet if there was nothing to do for long, and the members have all.

        Members whose hosts are away do not matter: the leader ticks again when there is a link to one. Called while no
        round runs.
        """
        self._idle += 1
        group = self._group
        timing = group.host.options
        if (
            self._idle < IDLE_TIMEOUTS * timing.election_ticks
            or self._idle % timing.heartbeat_ticks
            or not group.leader
        ):
            return
        voters, connected = group.state.members.voters, group.host.peers.connected | {group.host.id}
        if 2 * len(voters & connected) <= len(voters):
            return  # it steps down soon
        members = (voters | group.state.members.learners) & group.host.peers.connected
        if not self._is_settled(members):
            return
        raft = group.node.raft
        item = frames.encode(Quiesce(raft.term, raft.raft_log.last_index()))
        for host in sorted(members):
            group.host.send_item(host, Kind.QUIESCE, group.id, item)
        self._start()

    def requested(self, host: int, payload: bytes) -> None:
        """The leader stops to tick. Raises `msgspec.MsgspecError` if the item is invalid."""
        quiesce = _decode(payload)
        self._is_requested = True
        self._group.act_quietly(lambda: self._follow(host, quiesce))

    def leader_left(self) -> None:
        """The leader has left, and its links stay: the members tick again, and elect another one."""
        group = self._group
        members = group.state.members.voters | group.state.members.learners
        for host in sorted(members & group.host.peers.connected):
            group.host.send_item(host, Kind.WAKE, group.id, b"")

    def link_ended(self, host: int) -> None:
        """The link to a host has ended: its node may be gone."""
        group = self._group
        if self.on and ((group.is_leader and host in group.state.members) or group.leader == host):
            self.busy(tell_leader=False)

    def link_established(self, host: int) -> None:
        """There is a link to a host again: its node may have to be brought up to date, or waits for the leader."""
        group = self._group
        if group.is_leader:
            if host in group.state.members:
                self.busy()
        elif group.leader == host and not self.on:
            group.host.send_item(host, Kind.WAKE, group.id, b"")

    def _follow(self, host: int, quiesce: Quiesce) -> None:
        group = self._group
        raft = group.node.raft
        log = raft.raft_log
        same = raft.term == quiesce.term and log.last_index() == log.committed == quiesce.index
        is_led = group.leader == host and host in group.host.peers.connected
        if self._is_requested and same and is_led and group.stopped is None:
            self._start()
        else:
            group.host.send_item(host, Kind.WAKE, group.id, b"")

    def _is_settled(self, members: set[int]) -> bool:
        """Whether nothing is outstanding, and all members have the whole log and know that it is committed."""
        group = self._group
        raft = group.node.raft
        last = raft.raft_log.last_index()
        if group.has_work or raft.raft_log.committed != last or group.state.applied != last:
            return False
        if raft.lead_transferee is not None or raft.has_pending_conf():
            return False
        tracker = raft.prs()
        return all(
            (progress := tracker.get(host)) is not None
            and progress.matched == last
            and progress.committed_index == last
            for host in members
        )

    def _start(self) -> None:
        self.on = True
        self._group.host.ticking_changed()
