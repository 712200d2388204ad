"""What a simulated host takes from outside: all of it is a function of the seed."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from rraft import Wal
from rraft.cluster.client import Client
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.environment import Environment, HostTransport
from rraft.cluster.transport.options import TransportOptions
from rraft.cluster.worker import Runner
from rraft.simulation.client import SimulatedClient
from rraft.simulation.disk import DiskRunner, HostDisk
from rraft.simulation.network import Network
from rraft.simulation.process import Process
from rraft.simulation.transport import SimulatedTransport


class SimulatedEnvironment(Environment):
    """That of one start of a host."""

    def __init__(
        self,
        network: Network,
        process: Process,
        disk: HostDisk,
        source: Random,
        *,
        crashed: Callable[[], None],
    ) -> None:
        """`crashed` is called when the disk has crashed."""
        loop = network.loop
        self.monotonic: Callable[[], float] = process.clock(loop)
        self.wall: Callable[[], float] = process.wall_clock(loop)
        self._network = network
        self._process = process
        self._disk = disk
        self._source = source
        self._runner = DiskRunner(loop, process, disk, crashed)

    def source(self) -> Random:
        """See `Environment.source`."""
        return self._source

    def node_seed(self) -> int:
        """See `Environment.node_seed`."""
        return self._source.getrandbits(64)

    def has_log(self, path: Path) -> bool:
        """See `Environment.has_log`."""
        del path
        return self._disk.has_log

    def open_log(self, path: Path, cluster: str, host: int | None, segment_size: int) -> Wal:
        """See `Environment.open_log`."""
        return self._disk.open(str(path), cluster, host, segment_size)

    def worker(self, host: int) -> Runner:
        """See `Environment.worker`."""
        del host
        return self._runner

    def jobs(self, host: int) -> Runner:
        """See `Environment.jobs`."""
        del host
        return self._runner

    def transport(self, cluster: str, host: int, listen: str, options: TransportOptions | None) -> HostTransport:
        """See `Environment.transport`."""
        return SimulatedTransport(self._network, self._process, cluster, host, listen, options, self._source)

    def client(self, addresses: Sequence[str], cluster: str, options: ClientOptions | None) -> Client:
        """See `Environment.client`."""
        return SimulatedClient(self._network, self._process.name, addresses, cluster, options, self._source)
