"""The configuration of the nodes of Raft."""

import random
from typing import TYPE_CHECKING

from rraft import Config
from rraft.cluster.options import GroupOptions, HostOptions

if TYPE_CHECKING:
    from rraft.cluster.core.node import HostCore

MESSAGE_SIZE = 2**20
"""About how many bytes of entries a message has."""


LEASE_TICKS_LOST = 3
"""A follower that hears from the leader campaigns or votes after its election timeout, less at most so many ticks: the
one that is due, one that the event loop was late for, and one that a round has delayed.
"""

LEASE_RATE = 0.8
"""How much of the time of its own clock a leader trusts: the clock of a follower may run faster."""


def min_election_timeout(timing: HostOptions) -> float:
    """Seconds for which a host with this timing elects no other leader, at least, after it has heard from one."""
    return max(timing.election_ticks - LEASE_TICKS_LOST, 0) * timing.tick


def lease(host: "HostCore", options: GroupOptions) -> float:
    """Seconds after a request that a majority has answered, in which no other host can be elected; 0 for no lease."""
    return LEASE_RATE * host.peers.min_election_timeout if options.lease_reads else 0.0


def node_config(host: "HostCore", options: GroupOptions, applied: int) -> Config:
    """The configuration of the node of a group that has applied the entries up to `applied`."""
    timing = host.options
    return Config(
        id=host.id,
        applied=applied,
        election_tick=timing.election_ticks,
        heartbeat_tick=timing.heartbeat_ticks,
        max_size_per_msg=MESSAGE_SIZE,
        max_inflight_msgs=256,
        check_quorum=True,  # a leader without a quorum steps down, and its clients find another one
        pre_vote=True,  # a host that comes back does not depose the leader
        max_uncommitted_size=max(2 * options.max_in_flight, 2 * MESSAGE_SIZE),
    )


def node_seed(host: "HostCore", group: int) -> int | None:
    """The seed of the node of a group; `None` if the host has none."""
    return None if host.node_seed is None else random.Random(f"{host.node_seed}.{group}").getrandbits(64)
