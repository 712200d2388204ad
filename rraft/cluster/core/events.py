"""What happens in a group, for those who observe it."""

from dataclasses import dataclass
from typing import TypeAlias

from rraft.cluster.errors import ClusterError


@dataclass(frozen=True)
class LeaderChanged:
    """The host has learned of another leader, or that there is none."""

    group: int
    leader: int
    """The id of the leader's host; 0 if there is none."""
    term: int


@dataclass(frozen=True)
class MembersChanged:
    """The host has applied a membership change."""

    group: int
    voters: frozenset[int]
    learners: frozenset[int]


@dataclass(frozen=True)
class SnapshotMade:
    """The host has made a snapshot of its state."""

    group: int
    index: int
    size: int
    """The length of its data, in bytes."""


@dataclass(frozen=True)
class SnapshotSent:
    """The leader has sent a snapshot to a host, or could not."""

    group: int
    host: int
    index: int
    succeeded: bool


@dataclass(frozen=True)
class SnapshotRestored:
    """The host has replaced its state by a snapshot of the leader."""

    group: int
    index: int


@dataclass(frozen=True)
class GroupStopped:
    """The group no longer applies entries on this host."""

    group: int
    reason: ClusterError


Event: TypeAlias = LeaderChanged | MembersChanged | SnapshotMade | SnapshotSent | SnapshotRestored | GroupStopped
