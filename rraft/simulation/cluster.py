"""The cluster of a simulation."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from rraft.cluster.client_options import ClientOptions
from rraft.cluster.options import GroupOptions, HostOptions
from rraft.cluster.replicated import Replicated
from rraft.cluster.state_machine import StateMachine
from rraft.simulation.client import SimulatedClient
from rraft.simulation.client_process import ClientProcess
from rraft.simulation.description import Description
from rraft.simulation.event_loop import SimulatedLoop
from rraft.simulation.groups import SimulatedGroup
from rraft.simulation.hosts import SimulatedHost, address_of
from rraft.simulation.network import Network
from rraft.simulation.operator import Operator
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
        groups: int,
        options: HostOptions,
        group_options: GroupOptions,
        client_options: ClientOptions,
    ) -> None:
        self.seed = seed
        self.make = make
        self.description: Description = Description(make)
        self.options = options
        self.group_options = group_options
        self.loop: SimulatedLoop = SimulatedLoop(str(seed))
        self.network: Network = Network(self.loop, str(seed))
        self.events: Trace = Trace()
        self.network.on_message = self._arrived
        self.network.on_lost = self._lost
        self.groups: list[SimulatedGroup] = [SimulatedGroup(self, number) for number in range(1, groups + 1)]
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
    def all_are_found(self) -> bool:
        """Whether all hosts are up, and know where all of them are."""
        hosts = [host for host in self.hosts.values() if not host.is_removed]
        return all(group.all_are_found(hosts) for group in self.groups)

    @property
    def has_leaders(self) -> bool:
        """Whether all groups have a leader."""
        return all(group.leader() is not None for group in self.groups)

    def difference(self) -> str:
        """Why the hosts have not converged; empty if they have."""
        if not self.operator.is_idle and self.has_leaders:
            return "membership changes are outstanding"
        return next((text for group in self.groups if (text := group.difference())), "")
