"""The cluster of a simulation."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from rraft.cluster.client_options import ClientOptions
from rraft.cluster.core.members import Members
from rraft.cluster.options import GroupOptions, HostOptions
from rraft.cluster.replicated import Replicated
from rraft.cluster.state_machine import StateMachine
from rraft.simulation.client import SimulatedClient
from rraft.simulation.client_process import ClientProcess
from rraft.simulation.event_loop import SimulatedLoop
from rraft.simulation.hosts import SimulatedHost, address_of
from rraft.simulation.network import Network
from rraft.simulation.operator import Operator
from rraft.simulation.oracle import Oracle
from rraft.simulation.trace import Trace

CLUSTER = "simulation"

FURTHER_ADDRESSES = 8
"""How many hosts that are added later a client knows from the beginning."""


class SimulatedCluster:
    """All that the seed of a run decides, except what its clients do."""

    def __init__(
        self,
        seed: int,
        make: Callable[[], Replicated | StateMachine],
        *,
        hosts: int,
        clients: int,
        options: HostOptions,
        group_options: GroupOptions,
        client_options: ClientOptions,
    ) -> None:
        self.seed = seed
        self.make = make
        self.options = options
        self.group_options = group_options
        self.loop: SimulatedLoop = SimulatedLoop(str(seed))
        self.network: Network = Network(self.loop, str(seed))
        self.events: Trace = Trace()
        self.network.on_message = self._arrived
        self.network.on_lost = self._lost
        self.oracle: Oracle = Oracle(self.violate)
        self.fuses: Random = Random(f"{seed}.fuses")
        self.violation: tuple[str, str] | None = None
        """The first property that was violated, and what was found."""
        self.error: BaseException | None = None
        """The exception that has led to it."""
        self.founders: dict[int, str] = {number: address_of(number, 1) for number in range(1, hosts + 1)}
        self.addresses: list[str] = [
            address_of(number, port) for port in (1, 2) for number in range(1, hosts + FURTHER_ADDRESSES + 1)
        ]
        self.hosts: dict[int, SimulatedHost] = {
            number: SimulatedHost(self, number, joins=False) for number in self.founders
        }
        self._client_options = client_options
        self.clients: list[ClientProcess] = []
        """Those that run the workload, from when the cluster has a leader."""
        self._client_names = [f"client {number}" for number in range(1, clients + 1)]
        self.operator: Operator = Operator(self)
        self.loop.failed = self._failed
        self.lost: Counter[tuple[str, str]] = Counter()
        """How many messages were lost, by their ways."""

    def _arrived(self, source: str, target: str, content: bytes) -> None:
        del source, target
        self.events.message(self.loop.now, content)

    def _lost(self, source: str, target: str, size: int) -> None:
        self.lost[source, target] += 1
        self.trace(source, "lost", f"{size} bytes to {target}")

    def trace(self, host: str, kind: str, text: str) -> None:
        """Something has happened. What closed coroutines do after the run is no part of it."""
        if not self.loop.is_closed():
            self.events.add(self.loop.now, host, kind, text)

    def violate(self, violated: str, text: str) -> None:
        """A property does not hold: ends the run."""
        if self.violation is None and not self.loop.is_closed():
            self.violation = violated, text
            self.trace("", "violation", f"{violated}: {text}")
            self.loop.stop()

    def _failed(self, process: object, message: str, error: BaseException | None) -> None:
        name = getattr(process, "name", "")
        host = self.hosts.get(int(name)) if name.isdecimal() else None
        if host is not None and host.disk.has_crashed:
            return
        self.error = error
        self.violate("no unhandled exceptions", f"{name}: {message}: {type(error).__name__}: {error}")

    def client(self, endpoint: str, source: Random) -> SimulatedClient:
        """A client of the cluster."""
        return SimulatedClient(self.network, endpoint, self.addresses, CLUSTER, self._client_options, source)

    def add_host(self) -> SimulatedHost:
        """Makes a host that is to join. It is not started."""
        number = max(self.hosts) + 1
        host = self.hosts[number] = SimulatedHost(self, number, joins=True)
        return host

    @property
    def endpoints(self) -> Sequence[str]:
        """The names of all hosts and clients."""
        return [host.name for host in self.hosts.values() if not host.is_removed] + self._client_names

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

    def _known_members(self) -> Members:
        cores = [host.core for host in self.hosts.values() if host.core is not None]
        newest = max(cores, key=lambda core: core.state.applied, default=None)
        return Members() if newest is None else newest.state.members

    @property
    def all_are_found(self) -> bool:
        """Whether all hosts are up, and know where all of them are."""
        hosts = [host for host in self.hosts.values() if not host.is_removed]
        addresses = {host.number: host.address for host in hosts}
        return all(host.core is not None and host.core.state.members.addresses == addresses for host in hosts)

    def leader(self) -> SimulatedHost | None:
        """The host that leads in the newest term."""
        leaders = [host for host in self.hosts.values() if host.core is not None and host.core.is_leader]
        return max(leaders, key=lambda host: host.core.term if host.core is not None else 0, default=None)

    def _is_told(self, host: SimulatedHost, members: Sequence[int]) -> bool:
        """Whether a host will learn that it was removed: not if all members have changed since it was up."""
        if host.core is None or not host.core.state.applied:
            return True
        known = host.core.state.members
        return any(number in known for number in members)

    def difference(self) -> str:
        """Why the hosts have not converged; empty if they have."""
        leader = self.leader()
        if leader is None or leader.core is None:
            return "there is no leader"
        if not self.operator.is_idle:
            return "membership changes are outstanding"
        applied, members = leader.core.state.applied, self.members
        if leader.core.storage.last_index() != applied:
            return f"the leader has applied {applied} of {leader.core.storage.last_index()} entries"
        for number in members:
            core = self.hosts[number].core
            if core is None:
                return f"host {number} is a member, and is not up"
            if core.state.applied != applied:
                return f"host {number} has applied {core.state.applied} entries, the leader {applied}"
            if core.leader != leader.number:
                return f"host {number} follows {core.leader}, the leader is {leader.number}"
        for host in self.hosts.values():
            if host.number not in members and not host.is_removed and self._is_told(host, members):
                return f"host {host.number} is no member, and has not ended"
        return ""
