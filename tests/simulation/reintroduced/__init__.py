"""Proof that the simulator finds faults: each is brought back into the running code, and found on some seed."""

from __future__ import annotations

from tests.simulation.reintroduced import apply, log, machines, membership, raft, reads, sessions, snapshots
from tests.simulation.reintroduced.fault import Fault

MODULES = (log, raft, reads, sessions, snapshots, apply, membership, machines)

FAULTS: dict[str, Fault] = {fault.name: fault for module in MODULES for fault in module.FAULTS}
"""All faults, by name."""

NOT_FOUND: dict[str, str] = {
    "batched-append": (
        "The follower must have the entries up to the higher index, and yet have rejected it a moment before, and the "
        "leader must receive that rejection in the same round as something that makes it send an empty message. "
        "`rraft.cluster` does not use `batch_append`. The seeds 0 to 60 have no such moment, although what a leader "
        "believes that the others have is compared, too."
    ),
}
"""Those that the search has not found yet, and why. The seeds up to the limit are not searched yet."""
