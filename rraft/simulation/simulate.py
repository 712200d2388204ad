"""`simulate`: many seeds, in a test."""

import warnings
from collections.abc import Callable, Iterable

from rraft.cluster.client_options import ClientOptions
from rraft.cluster.options import GroupOptions, HostOptions
from rraft.cluster.replicated import Replicated
from rraft.cluster.state_machine import StateMachine
from rraft.simulation.diagnosis import diagnose
from rraft.simulation.errors import SimulationError
from rraft.simulation.faults import Faults
from rraft.simulation.report import explain
from rraft.simulation.run import CLIENT_OPTIONS, OPTIONS, Run, Scenario, Statistics, Workload, run_seed
from rraft.simulation.workloads import random_calls

UNDECIDED = "whether the results are linearizable was not decided: make fewer calls at a time"


def simulate(
    state_machine: Callable[[], Replicated | StateMachine],
    workload: Workload = random_calls,
    *,
    seeds: Iterable[int] = range(100),
    hosts: int = 3,
    clients: int = 2,
    faults: Faults | None = None,
    options: HostOptions = OPTIONS,
    group_options: GroupOptions | None = None,
    client_options: ClientOptions = CLIENT_OPTIONS,
    linearizable: bool = True,
    groups: int | None = None,
) -> list[Statistics]:
    """Runs a cluster under each seed, and raises `SimulationError` for the first one that violates a property.

    Its faults are the fewest with which the seed fails in the same way, and its text has what happened then.

    `state_machine` makes the state machine of a host: a `Replicated` class, or any that makes a `StateMachine`.
    `workload` is called for each of the `clients`, with a handle of the group as `Client.group` returns it, and a
    `random.Random`. A `ClusterError` that it does not catch ends that client; any other exception, also an
    `AssertionError` or a `CommandError`, is a violation. The faults end after `Faults.duration` at the latest, or when
    all workloads have returned.

    The hosts have 1 to 3 groups, as the seed decides, or as many as `groups` says. The first one has the `clients`,
    each other one has one client more. The seed decides, too, whether there are lease reads, if there are no
    `group_options`.

    What clients have seen is compared with a state machine that runs alone. Pass `linearizable=False` if results depend
    on the context of commands, such as its time.

    Raises `TypeError` and `ValueError` for arguments that cannot be simulated, and for no seeds. Warns of a seed for
    which that comparison was not decided: see `Statistics.undecided`.

    The first seed is run twice: `SimulationError` is raised, too, when not the same happens again. This is so when the
    program uses the time, chance or the order of sets in a way that the seed does not decide. It is raised, too, when
    the commands of the first seed lead to another state on a state machine alone that restores snapshots or answers
    queries in between.
    """
    scenario = Scenario(
        state_machine,
        workload,
        hosts,
        clients,
        Faults() if faults is None else faults,
        options,
        group_options,
        client_options,
        linearizable,
        groups,
    )
    statistics: list[Statistics] = []
    if not isinstance(seeds, Iterable):
        raise TypeError(f"seeds: expected the seeds, such as range(100), got {type(seeds).__name__}")
    for seed in seeds:
        if not isinstance(seed, int):
            raise TypeError(f"seeds: expected int, got {type(seed).__name__}")
        run = run_seed(scenario, seed)
        if run.failure is not None:
            raise explain(scenario, run)
        if not statistics:
            check_first(scenario, run)
        if run.statistics.undecided:
            warnings.warn(f"seed {seed}: {UNDECIDED}", stacklevel=2)
        statistics.append(run.statistics)
    if not statistics:
        raise ValueError("seeds: expected at least one, got none")
    return statistics


def check_first(scenario: Scenario, run: Run) -> None:
    """Checks what needs to be checked for one seed only. Raises `SimulationError`."""
    check_repeatable(scenario, run)
    check_alone(scenario, run)


def check_alone(scenario: Scenario, run: Run) -> None:
    """Raises `SimulationError` if a state machine that restores snapshots, or answers queries, differs from others.

    What queries return is compared here if it is not compared in each run.
    """
    text = diagnose(scenario.make, run.history, with_queries=not scenario.linearizable)
    if text:
        raise SimulationError(run.seed, "a state machine alone", text, trace=run.trace, history=run.history)


def check_repeatable(scenario: Scenario, run: Run) -> None:
    """Raises `SimulationError` if the seed of a run leads to another one."""
    again = run_seed(scenario, run.seed)
    if again.trace_hash == run.trace_hash:
        return
    pairs = zip(run.trace, again.trace, strict=False)
    first = next((f"{before}\nand then\n{after}" for before, after in pairs if before != after), "messages differ")
    text = f"two runs differ. The first event that does is\n{first}"
    raise SimulationError(run.seed, "a run is a function of its seed", text, faults=run.plan, trace=again.trace)
