"""The other hosts: who they say they are, where they are, and whether a group listens to them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rraft.cluster.core import frames
from rraft.cluster.core.config import min_election_timeout
from rraft.cluster.core.frames import Hello, Item, Kind, decode_founders
from rraft.cluster.errors import FailedError, RemovedError, StartError
from rraft.cluster.requests import Change, ChangeKind

if TYPE_CHECKING:
    from rraft.cluster.core.group import GroupCore
    from rraft.cluster.core.node import HostCore


FOUNDING_INDEX = 1
"""The index of the snapshot that a group begins with."""


@dataclass(frozen=True)
class _IsThere:
    """Whether a host still says that it is at an address."""

    peers: "Peers"
    host: int
    address: str

    def __call__(self) -> bool:
        return self.peers.address_of(self.host) == self.address


LEARNER_INTERVAL = 10
"""A learner says who it is about once in so many seconds: if it was removed, and was not told so, it is then."""


def _ignore(_: Exception | None) -> None:
    """It is reported again."""


class Peers:
    """What a host knows about the others."""

    def __init__(self, host: "HostCore", incarnation: bytes) -> None:
        """`incarnation` identifies the directory of this host."""
        self.connected: set[int] = set()
        """The hosts that there is a link to."""
        self._host = host
        self._own_election_timeout = min_election_timeout(host.options)
        self.min_election_timeout: float = self._own_election_timeout
        """The shortest one of this host and those that it has heard of: a leader trusts no host for longer."""
        self._election_timeouts: dict[int, float] = {}
        self._incarnation = incarnation
        self._hellos: dict[int, Hello] = {}
        self._addresses: dict[int, str] = {}
        self._told: set[tuple[int, int]] = set()
        self._repetitions = 0

    def link_changed(self, host: int, connected: bool) -> None:
        """A link has been established, or has ended."""
        if connected:
            self.connected.add(host)
            self.say_hello(host)
        else:
            self.connected.discard(host)
            self._hellos.pop(host, None)  # it may come back from elsewhere, and says so then

    def repeat(self) -> None:
        """Says again what may not have arrived. Called about once a second."""
        self._told.clear()
        for group in self._host.groups.values():
            for host, address in group.state.members.addresses.items():
                if host not in self.connected:  # it has moved, and may not know where this host is
                    self._set_address(host, address)
        # One that joins does not know where to answer, and one that was removed may have been forgotten. A learner
        # keeps its leader for ever: it has to ask from time to time.
        self._repetitions += 1
        groups = [group for group in self._host.groups.values() if group.active]
        is_alone = any(not group.leader for group in groups)
        if self._repetitions % LEARNER_INTERVAL == 0:
            is_alone = is_alone or any(self._host.id in group.state.members.learners for group in groups)
        for host in sorted(self.connected if is_alone else self.connected - self._hellos.keys()):
            self.say_hello(host)

    def is_trusted(self, host: int, group: "GroupCore") -> bool:
        """Whether to listen to a host. One that was removed, or has lost its directory, is notified."""
        hello = self._hellos.get(host)
        if hello is None:
            self._tell(host, Kind.WHO, group)
            return False
        members = group.state.members
        if host in members.removed:
            self._tell(host, Kind.REMOVED, group)
            return False
        if members.is_lost(host, hello.incarnation):
            self._tell(host, Kind.LOST, group)
            return False
        return True

    def has_founders(self, host: int, item: Item, group: "GroupCore") -> bool:
        """Whether an item is of a group with the same founding members, as far as both hosts know them.

        If not, there are two groups with the same id, and neither listens to the other. One that has applied nothing
        yet stops, and both say why.
        """
        kind, _, known, payload = item
        own = group.state.founders
        if known == own or not known or not own:
            return True
        founders = group.state.members.founders
        if kind != Kind.OTHER_FOUNDERS:
            self._tell(host, Kind.OTHER_FOUNDERS, group, frames.encode(founders))
            return False
        reason = (
            f"group {group.id} began with the hosts {founders} on this host, and with {decode_founders(payload)} "
            f"on host {host}: bootstrap= must be the same on all founding members, and a later host needs join="
        )
        if group.state.applied > FOUNDING_INDEX:
            self._host.log_failure(group, f"host {host} is not listened to", StartError(reason))
        elif group.active:
            group.leave(FailedError(f"{reason}. Start those with the wrong members again, with an empty directory"))
        return False

    def _tell(self, host: int, kind: Kind, group: "GroupCore", payload: bytes = b"") -> None:
        """Tells a host why this one does not listen to it, about once a second."""
        if (host, group.id) not in self._told:
            self._told.add((host, group.id))
            self._host.send_item(host, kind, group.id, payload)

    def say_hello(self, host: int) -> None:
        """Says to a host who this one is."""
        self._host.send_item(host, Kind.HELLO, 0, frames.encode(self._own_hello()))

    def _own_hello(self) -> Hello:
        return Hello(self._incarnation, self._host.address, self._own_election_timeout)

    def _set_election_timeout(self, host: int, seconds: float) -> None:
        """A host may have been started with another timing: what it says before it answers counts for its answers."""
        self._election_timeouts[host] = seconds
        self.min_election_timeout = min(self._own_election_timeout, *self._election_timeouts.values())
        for group in self._host.groups.values():
            group.election_timeout_changed()

    def hello(self, host: int, hello: Hello) -> None:
        """A host has said who it is."""
        self._hellos[host] = hello
        if self._election_timeouts.get(host) != hello.min_election_timeout:
            self._set_election_timeout(host, hello.min_election_timeout)
        if self._addresses.get(host) != hello.address:
            self._set_address(host, hello.address)
        for group in self._host.groups.values():
            if host in group.state.members.removed:  # a learner says nothing else
                self._tell(host, Kind.REMOVED, group)
            else:
                self.check(group)

    def check(self, group: "GroupCore") -> None:
        """As the leader, records which directories and addresses the members have."""
        if not group.is_leader or group.stopped is not None:
            return
        members = group.state.members
        own = self._own_hello()
        incarnations, addresses = {}, {}
        for host in sorted(members.voters | members.learners):
            hello = own if host == self._host.id else self._hellos.get(host)
            if hello is None or members.is_lost(host, hello.incarnation):
                continue
            if host not in members.incarnations:
                incarnations[host] = hello.incarnation
            if members.addresses.get(host) != hello.address:
                addresses[host] = hello.address
        if incarnations or addresses:
            group.propose_batch(group.batch(incarnations=incarnations, addresses=addresses))

    def report(self, group: "GroupCore") -> None:
        """As a follower, tells the leader where a member is that has moved: it may have found this host only."""
        if group.is_leader or not group.leader or group.stopped is not None:
            return
        members = group.state.members
        for host, hello in self._hellos.items():
            if (
                host in members
                and members.addresses.get(host) != hello.address
                and not members.is_lost(host, hello.incarnation)
            ):
                change = Change(ChangeKind.SET_ADDRESS, host, hello.address)
                group.requests.add([change], _ignore, wanted=_IsThere(self, host, hello.address))

    def address_of(self, host: int) -> str | None:
        """Where a host says that it is."""
        hello = self._hellos.get(host)
        return None if hello is None else hello.address

    def members_changed(self, group: "GroupCore", removed: Collection[int]) -> None:
        """Takes the addresses of a group's members, and says to `removed` that they have no part in it any more."""
        for host in removed:
            if host == self._host.id:
                group.leave(RemovedError(f"this host was removed from group {group.id}"))
            elif group.is_leader:
                self._host.send_item(host, Kind.REMOVED, group.id, b"")
        for host, address in group.state.members.addresses.items():
            hello = self._hellos.get(host)
            self._set_address(host, address if hello is None else hello.address)
        if removed:  # they may be told once more; those that were removed before are forgotten
            known = {host for core in self._host.groups.values() for host in core.state.members.addresses}
            for host in set(self._addresses) - known - set(removed):
                self._set_address(host, None)

    def learn_address(self, host: int, address: str) -> None:
        """Connects to a host that a member has named to a host that joins."""
        self._set_address(host, address)

    def _set_address(self, host: int, address: str | None) -> None:
        if host == self._host.id or self._addresses.get(host) == address:
            return
        if address is None:
            self._addresses.pop(host, None)
            self._hellos.pop(host, None)
            self._election_timeouts.pop(host, None)
        else:
            self._addresses[host] = address
        self._host.effects.set_address(host, address)
