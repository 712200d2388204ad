"""Proof that the simulator finds faults: each is brought back into the running code, and found on some seed."""

from __future__ import annotations

from tests.simulation.reintroduced import apply, log, machines, membership, raft, reads, sessions, snapshots
from tests.simulation.reintroduced.fault import Fault

MODULES = (log, raft, reads, sessions, snapshots, apply, membership, machines)

FAULTS: dict[str, Fault] = {fault.name: fault for module in MODULES for fault in module.FAULTS}
"""All faults, by name."""
