"""One run: a function of its seed."""

import asyncio
import gc
import logging
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeAlias

from rraft.cluster.client_options import ClientOptions
from rraft.cluster.options import GroupOptions, HostOptions
from rraft.cluster.replicated import Replicated
from rraft.cluster.replicated_machine import as_state_machine
from rraft.cluster.state_machine import StateMachine
from rraft.simulation.client_process import ClientProcess
from rraft.simulation.cluster import SimulatedCluster
from rraft.simulation.errors import SimulationError
from rraft.simulation.faults import Fault, Faults
from rraft.simulation.groups import GROUPS, SimulatedGroup
from rraft.simulation.history import ClientOperation, linearizability_history
from rraft.simulation.injector import Injector
from rraft.simulation.linearizability import Verdict, check
from rraft.simulation.machine_model import MachineModel
from rraft.simulation.patches import simulated_interpreter
from rraft.simulation.trace import TraceEvent

Workload: TypeAlias = Callable[[Any, Random], Awaitable[None]]
"""Called with the handle of a client and a source of chance: what a client does."""

OPTIONS = HostOptions(segment_size=256 * 1024)
"""The settings of hosts in a simulation."""

GROUP_OPTIONS = GroupOptions(snapshot_log_size=16 * 1024, kept_log_size=4 * 1024)
"""The settings of the group in a simulation: snapshots are made often."""

CLIENT_OPTIONS = ClientOptions(timeout=10.0)
"""The settings of clients in a simulation."""

START_LIMIT = 30.0
"""Seconds in which a new cluster has a leader."""

SETTLE_LIMIT = 60.0
"""Seconds in which all hosts agree after all faults have ended."""

LONGEST = 3600.0
"""Seconds after which a workload is thought to run for ever."""

MAX_STEPS = 200_000
"""Calls of the model after which the check of a history gives up."""

POLL = 0.05
"""Seconds between two looks at whether the cluster has a leader, or has converged."""

ABOUT_CONTEXT = "Results that depend on the context, such as its time, need linearizable=False."
"""The first thing to know about a history that is not linearizable."""


_RUNS = threading.Lock()


@dataclass(frozen=True)
class Scenario:
    """What is simulated, for any number of seeds."""

    make: Callable[[], Replicated | StateMachine]
    """Makes the state machine of a host: its class."""
    workload: Workload
    hosts: int = 3
    clients: int = 2
    faults: Faults = field(default_factory=Faults)
    options: HostOptions = OPTIONS
    group_options: GroupOptions | None = None
    """The settings of the groups; by default `GROUP_OPTIONS`, and the seed decides whether there are lease reads."""
    client_options: ClientOptions = CLIENT_OPTIONS
    linearizable: bool = True
    """Whether results are compared with those of a state machine that runs alone: not if they depend on the context."""
    groups: int | None = None
    """How many groups there are; by default, the seed decides: 1 to 3. The first one has the `clients`, each other one
    has one client more.
    """

    def count_groups(self, seed: int) -> int:
        """How many groups the seed has."""
        return Random(f"{seed}.groups").choice(GROUPS) if self.groups is None else self.groups

    def options_of_groups(self, seed: int) -> GroupOptions:
        """The settings of the groups of the seed."""
        if self.group_options is not None:
            return self.group_options
        return replace(GROUP_OPTIONS, lease_reads=Random(f"{seed}.leases").random() < 0.5)

    def __post_init__(self) -> None:
        """Raises `TypeError` and `ValueError` for what cannot be simulated."""
        for name, function in (("state_machine", self.make), ("workload", self.workload)):
            if not callable(function):
                raise TypeError(f"{name}: expected a class or a function, got {type(function).__name__}")
        groups = 1 if self.groups is None else self.groups
        for name, count in (("hosts", self.hosts), ("clients", self.clients), ("groups", groups)):
            if not isinstance(count, int):
                raise TypeError(f"{name}: expected int, got {type(count).__name__}")
            if count < 1:
                raise ValueError(f"{name}: expected at least 1, got {count}")
        values: list[tuple[str, object, type]] = [
            ("faults", self.faults, Faults),
            ("options", self.options, HostOptions),
            ("group_options", GROUP_OPTIONS if self.group_options is None else self.group_options, GroupOptions),
            ("client_options", self.client_options, ClientOptions),
            ("linearizable", self.linearizable, bool),
        ]
        for name, value, kind in values:
            if not isinstance(value, kind):
                raise TypeError(f"{name}: expected {kind.__name__}, got {type(value).__name__}")

    def plan(self, seed: int) -> list[Fault]:
        """The faults of a seed."""
        return self.faults.plan(str(seed), self.hosts, self.clients)


@dataclass(frozen=True)
class Statistics:
    """What a run consisted of."""

    seconds: float
    """Of the simulation."""
    steps: int
    """Callbacks of the event loop."""
    messages: int
    """Between hosts, that have arrived."""
    operations: int
    """Commands and queries of clients that have returned."""
    unknown: int
    """Commands of clients that may have been applied or not."""
    entries: int
    """That were committed."""
    elections: int
    """Terms that had a leader."""
    starts: int
    """Starts of hosts."""
    states: int
    """Whole states that were compared."""
    undecided: int
    """Groups for which the check whether results are linearizable has reached its limit: too many calls at a time."""
    faults: dict[str, int]
    """The faults that have begun, by kind."""


@dataclass(frozen=True)
class Run:
    """A run that is over."""

    seed: int
    plan: tuple[Fault, ...]
    trace: tuple[TraceEvent, ...]
    trace_hash: str
    """Equal for runs in which the same happened at the same times: also with another version of Python."""
    statistics: Statistics
    history: tuple[ClientOperation, ...]
    failure: SimulationError | None
    """What was violated, if anything was."""


def run_seed(scenario: Scenario, seed: int, plan: Sequence[Fault] | None = None) -> Run:
    """Runs a seed, with its own faults or with those of `plan`: a part of its own, as a rule. Never raises a violation:
    see `Run.failure`. Raises `RuntimeError` while an event loop runs in this thread, or a simulation in another one: it
    replaces the clocks and the sources of chance of the whole process.
    """
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("an event loop runs in this thread, and a simulation needs its own")
    if not _RUNS.acquire(blocking=False):
        raise RuntimeError("another thread simulates: a process can run one simulation at a time")
    try:
        return _run_seed(scenario, seed, plan)
    finally:
        _RUNS.release()


def _run_seed(scenario: Scenario, seed: int, plan: Sequence[Fault] | None) -> Run:
    faults = scenario.plan(seed) if plan is None else list(plan)
    groups = scenario.count_groups(seed)
    cluster = SimulatedCluster(
        seed,
        scenario.make,
        hosts=scenario.hosts,
        clients=scenario.clients + groups - 1,
        groups=groups,
        options=scenario.options,
        group_options=scenario.options_of_groups(seed),
        client_options=scenario.client_options,
    )
    injector = Injector(cluster, faults)
    loop = cluster.loop
    driver = _Driver(scenario, cluster, injector)
    with _quiet_interpreter(), simulated_interpreter(loop):
        try:
            is_done = loop.run_until_complete_or_stopped(driver.run())
            if not is_done and cluster.violation is None:
                cluster.violate("the workload succeeds", "something has stopped the event loop")
        except (Exception, asyncio.CancelledError) as error:
            cluster.violate("no unhandled exceptions", f"{type(error).__name__}: {error}")
            cluster.error = error
        finally:
            loop.close()
    return _result(seed, cluster, injector, faults, driver.undecided)


def _result(seed: int, cluster: SimulatedCluster, injector: Injector, plan: Sequence[Fault], undecided: int) -> Run:
    oracles, trace = [group.oracle for group in cluster.groups], cluster.events
    operations = sorted((operation for oracle in oracles for operation in oracle.operations), key=_invoked)
    returned = [operation for operation in operations if operation.result is not None]
    statistics = Statistics(
        seconds=cluster.loop.now,
        steps=cluster.loop.steps,
        messages=trace.messages,
        operations=len(returned),
        unknown=sum(operation.is_command and operation.is_unknown for operation in operations),
        entries=sum(len(oracle.committed) for oracle in oracles),
        elections=sum(len(oracle.leaders) for oracle in oracles),
        starts=sum(host.starts for host in cluster.hosts.values()),
        states=sum(oracle.states for oracle in oracles),
        undecided=undecided,
        faults=dict(Counter(fault.kind for fault in injector.begun)),
    )
    failure = None
    if cluster.violation is not None:
        violated, text = cluster.violation
        failure = SimulationError(
            seed,
            violated,
            text,
            faults=injector.begun,
            trace=trace.events,
            history=operations,
            description=cluster.description,
        )
        failure.__cause__ = cluster.error
    history = tuple(operations)
    return Run(seed, tuple(plan), tuple(trace.events), trace.hash(history), statistics, history, failure)


def _invoked(operation: ClientOperation) -> float:
    return operation.invoked


class _Driver:
    """What happens in a run, from the first start of the hosts to the last comparison."""

    def __init__(self, scenario: Scenario, cluster: SimulatedCluster, injector: Injector) -> None:
        self._scenario = scenario
        self._cluster = cluster
        self._injector = injector
        self.undecided = 0
        self._working = 0
        self._idle = asyncio.Event()
        """Set when all clients have done their work."""

    async def run(self) -> None:
        """Runs to the end."""
        cluster, scenario, loop = self._cluster, self._scenario, self._cluster.loop
        for host in cluster.hosts.values():
            host.start()
        if not await self._wait(START_LIMIT, lambda: "" if cluster.has_leaders else "there is no leader"):
            return
        self._injector.start()
        groups = cluster.groups[:1] * scenario.clients + cluster.groups[1:]
        for number, group in enumerate(groups, start=1):
            self._working += 1
            client = ClientProcess(cluster, number, group, scenario.workload, self._done)
            cluster.clients.append(client)
            client.start()
        limit = loop.call_later(LONGEST, self._work_is_endless)
        await self._idle.wait()
        limit.cancel()
        self._injector.end()
        if not await self._wait(SETTLE_LIMIT, cluster.difference):
            return
        for host in cluster.hosts.values():
            host.observe()
        for known in cluster.groups:
            known.oracle.finish()
            if scenario.linearizable:
                self._check_history(known)

    def _check_history(self, group: SimulatedGroup) -> None:
        """Checks what clients have seen, without what the hosts say about it."""
        make = self._scenario.make

        def machine() -> StateMachine:
            return as_state_machine(make())

        history = linearizability_history(group.oracle.operations)
        result = check(MachineModel(machine), history, max_steps=MAX_STEPS)
        if result.verdict is Verdict.NOT_LINEARIZABLE:
            group.violate("linearizable", f"{result.explanation}\n{ABOUT_CONTEXT}")
        elif result.verdict is Verdict.UNKNOWN:
            self.undecided += 1

    async def _wait(self, limit: float, reason: Callable[[], str]) -> bool:
        """Waits until there is no reason to."""
        loop = self._cluster.loop
        end = loop.now + limit
        while text := reason():
            if loop.now > end:
                self._cluster.violate("liveness", f"after {limit} s, {text}")
                return False
            await asyncio.sleep(POLL)
        return True

    def _done(self) -> None:
        """A client has done its work."""
        self._working -= 1
        if not self._working:
            self._idle.set()

    def _work_is_endless(self) -> None:
        text = f"after {LONGEST} s, {self._working} clients work: expected workloads that return"
        self._cluster.violate("liveness", text)


@contextmanager
def _quiet_interpreter() -> Any:
    """No logging and no cyclic garbage collection during a run: both take more time than it."""
    logger, enabled = logging.getLogger("rraft"), gc.isenabled()
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL + 1)
    gc.disable()
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.propagate = propagate
        if enabled:
            gc.enable()
