"""A deterministic simulator of replicated state machines: a run is a function of its seed.

    def test_jobs() -> None:
        simulate(Jobs, workload, seeds=range(100))

The hosts, clients and logs are those of `rraft.cluster`; the clocks, the network, the disks and the event loop are
simulated, and faulty.
"""

from rraft.simulation.errors import NotSimulatedError, SimulationError
from rraft.simulation.faults import Fault, Faults
from rraft.simulation.history import ClientOperation
from rraft.simulation.report import explain, write_picture
from rraft.simulation.run import Run, Scenario, Statistics, run_seed
from rraft.simulation.simulate import simulate
from rraft.simulation.trace import TraceEvent
from rraft.simulation.workloads import random_calls

__all__ = [
    "ClientOperation",
    "Fault",
    "Faults",
    "NotSimulatedError",
    "Run",
    "Scenario",
    "SimulationError",
    "Statistics",
    "TraceEvent",
    "explain",
    "random_calls",
    "run_seed",
    "simulate",
    "write_picture",
]
