"""The processes of clients: each runs the workload, and crashes in between."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from rraft.cluster.errors import ClusterError, CommandError, InvalidCommandError
from rraft.cluster.replicated import Replicated
from rraft.simulation.client import SimulatedClient
from rraft.simulation.history import RawGroup, RecordedGroup
from rraft.simulation.process import Process

if TYPE_CHECKING:
    from rraft.simulation.cluster import SimulatedCluster
    from rraft.simulation.groups import SimulatedGroup
    from rraft.simulation.run import Workload

STAYING = 1 / 3
"""How many of the clients stay with the host that they have connected to, instead of moving to the leader."""


class ClientProcess:
    """A client. After a crash it is started again: it has another session, and begins its work from the beginning."""

    def __init__(
        self,
        cluster: "SimulatedCluster",
        number: int,
        group: "SimulatedGroup",
        workload: "Workload",
        done: Callable[[], None],
    ) -> None:
        """Works on a group. `done` is called when the work is done."""
        self.name: str = f"client {number}"
        self.starts: int = 0
        self._cluster = cluster
        self._number = number
        self._group = group
        self._workload = workload
        self._done = done
        self._is_done = False
        self._stays = Random(f"{cluster.seed}.{self.name}.stays").random() < STAYING
        self._process: Process | None = None

    @property
    def is_up(self) -> bool:
        """Whether it works."""
        return self._process is not None and self._process.is_alive and not self._is_done

    def start(self) -> None:
        """Starts the process."""
        self.starts += 1
        loop = self._cluster.loop
        process = self._process = loop.new_process(self.name, self.starts)
        loop.spawn(process, self._work(process.random))

    def crash(self) -> None:
        """Ends the process. Whether its outstanding commands are applied remains unknown."""
        if self.is_up and self._process is not None:
            self._cluster.trace(self.name, "crash", "ends, with what is outstanding")
            self._process.kill()
            self._cluster.network.ended(self.name)

    def _connect(self) -> SimulatedClient:
        part = "connections" if self.starts == 1 else f"connections.{self.starts}"
        client = self._cluster.client(self.name, Random(f"{self._cluster.seed}.{self.name}.{part}"))
        if self._stays:
            client.stay()
        return client

    async def _work(self, source: Random) -> None:
        cluster, make = self._cluster, self._cluster.make
        async with self._connect() as client:
            group = RecordedGroup(client, self._group, self._number, cluster)
            handle: Any = RawGroup(group)
            machine = make if isinstance(make, type) else type(make())
            if issubclass(machine, Replicated):
                handle = client.group(machine, self._group.number)
                handle._group = group
            try:
                await self._workload(handle, source)
            except ClusterError as error:
                if isinstance(error, CommandError | InvalidCommandError):
                    self._fail(error)
                cluster.trace(self.name, "gave up", f"{type(error).__name__}: {error}")
            except (GeneratorExit, KeyboardInterrupt, SystemExit):  # the end of the simulation
                raise
            except BaseException as error:  # also what `pytest.fail` raises
                self._fail(error)
        self._is_done = True
        self._check_tasks()
        self._done()

    def _check_tasks(self) -> None:
        """An exception of a task that nobody has awaited would be lost."""
        assert self._process is not None
        for task in self._process.tasks:
            if task.done() and getattr(task, "_log_traceback", False):
                error = task.exception()
                if isinstance(error, Exception):
                    self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._cluster.error = error
        self._cluster.violate("the workload succeeds", f"{self.name}: {type(error).__name__}: {error}")
