"""The state of a host and its groups, as values of JSON: what the command line, the live page and metrics show."""

from typing import TYPE_CHECKING, TypedDict

from rraft import __version__
from rraft.cluster.core.events import (
    Event,
    GroupStopped,
    LeaderChanged,
    MembersChanged,
    SnapshotMade,
    SnapshotRestored,
    SnapshotSent,
)
from rraft.cluster.core.observation import BOUNDS, Durations

if TYPE_CHECKING:
    from rraft.cluster.group import Group
    from rraft.cluster.host import Host


class FollowerReport(TypedDict):
    """Another member, as the leader sees it. At most a second old while there is load."""

    matched: int
    """The last entry that it is known to have on disk."""
    lag: int
    """The number of entries after it in the leader's log. `HostOptions.lagging_entries` of them cause a warning."""
    state: str
    """`probe`, `replicate` or `snapshot`: how the leader sends the log to it."""
    connected: bool
    """Whether there is a link to its host."""


class GroupReport(TypedDict):
    """A group as a host sees it: the fields of `GroupStatus`, and these."""

    group: int
    host: int
    role: str
    leader: int
    term: int
    applied: int
    committed: int
    last_index: int
    first_index: int
    voters: list[int]
    learners: list[int]
    addresses: dict[str, str]
    sessions: int
    in_flight: int
    stopped: str | None
    commands: int
    """How many commands this host has applied since it was opened. All hosts apply the same ones."""
    queries: int
    """How many queries this host has answered since it was opened."""
    commands_per_second: float
    queries_per_second: float
    """In the last second."""
    followers: dict[str, FollowerReport]
    """The other members by their ids. Empty unless this host leads the group."""


class DurationsReport(TypedDict):
    """How long something took, in seconds: a histogram since the host was opened."""

    count: int
    sum: float
    bounds: list[float]
    """The upper bounds of the buckets."""
    counts: list[int]
    """How many are in each bucket and not in the one before; one more for those above the last bound."""
    recent_mean: float
    recent_max: float
    """In the last second in which there were any."""


class LogReport(TypedDict):
    """The durable log of a host, which its groups share. Sizes are in bytes, counts since it was opened."""

    bytes: int
    """The size of its segment files."""
    live_bytes: int
    """The size of the entries that are not compacted."""
    segments: int
    fsyncs: int
    fsync_seconds: float
    writes: int
    written_bytes: int


class EventReport(TypedDict):
    """Something that has happened."""

    number: int
    """Grows by one with each event of a host, from 1 at its start: shows which ones are new."""
    time: float
    """Seconds since the epoch, by the clock of the host."""
    kind: str
    """`leader_changed`, `members_changed`, `snapshot_made`, `snapshot_sent`, `snapshot_restored`, `group_stopped`, or a
    warning: `slow_disk`, `lagging_follower`, `clock_jump`, `stalled`, `rejected_connection`.
    """
    group: int
    """The id of the group; 0 for the host."""
    term: int
    text: str


class HostReport(TypedDict):
    """A host and its groups."""

    version: str
    host: int
    cluster: str
    address: str
    failure: str | None
    """Why nothing works any more: the log has failed."""
    time: float
    """Seconds since the epoch, by the clock of the host."""
    uptime: float
    """Seconds since the host was opened."""
    connected: list[int]
    """The hosts that there is a link to."""
    groups: dict[str, GroupReport]
    log: LogReport
    rounds: DurationsReport
    """From the start of a round until its results are on the event loop."""
    fsyncs: DurationsReport
    """The part of a round in which it waits for the log to be durable."""
    warnings: dict[str, int]
    """How often there was cause for a warning since the host was opened, by its kind: see `EventReport.kind`."""
    events: list[EventReport]
    """The most recent ones, the oldest first."""


def report_host(host: "Host") -> HostReport:
    """Describes a host and the groups that were started on it. Raises `HostClosedError`."""
    running = host.running
    core, observation = running.core, running.core.observation
    stats = core.wal.stats()
    return {
        "version": __version__,
        "host": core.id,
        "cluster": host.cluster,
        "address": core.address,
        "failure": None if core.failure is None else str(core.failure),
        "time": running.wall(),
        "uptime": running.monotonic() - running.opened,
        "connected": sorted(core.peers.connected),
        "groups": {str(number): report_group(group) for number, group in sorted(host.groups.items())},
        "log": {
            "bytes": stats.disk_bytes,
            "live_bytes": stats.live_bytes,
            "segments": stats.segments,
            "fsyncs": stats.fsyncs,
            "fsync_seconds": stats.fsync_seconds,
            "writes": stats.writes,
            "written_bytes": stats.written_bytes,
        },
        "rounds": _report_durations(observation.rounds),
        "fsyncs": _report_durations(observation.fsyncs),
        "warnings": dict(sorted(observation.warnings.items())),
        "events": [
            {
                "number": record.number,
                "time": record.time,
                "kind": record.kind,
                "group": record.group,
                "term": record.term,
                "text": record.text,
            }
            for record in observation.records
        ],
    }


def report_group(group: "Group") -> GroupReport:
    """Describes a group on a host."""
    status, core = group.status(), group.core
    observation, connected = core.observation, core.host.peers.connected
    return {
        "group": status.group,
        "host": status.host,
        "role": status.role,
        "leader": status.leader,
        "term": status.term,
        "applied": status.applied,
        "committed": status.committed,
        "last_index": status.last_index,
        "first_index": status.first_index,
        "voters": list(status.voters),
        "learners": list(status.learners),
        "addresses": {str(host): address for host, address in status.addresses.items()},
        "sessions": status.sessions,
        "in_flight": status.in_flight,
        "stopped": status.stopped,
        "commands": core.state.commands,
        "queries": core.applier.queries,
        "commands_per_second": observation.commands.per_second,
        "queries_per_second": observation.queries.per_second,
        "followers": {
            str(host): {
                "matched": follower.matched,
                "lag": follower.lag,
                "state": follower.state,
                "connected": host in connected,
            }
            for host, follower in observation.followers.items()
        },
    }


def describe_event(event: Event) -> tuple[str, str]:
    """The kind of an event, and what has happened."""
    match event:
        case LeaderChanged(_, leader, term):
            text = f"host {leader} leads in term {term}" if leader else f"no leader in term {term}"
            return "leader_changed", text
        case MembersChanged(_, voters, learners):
            text = f"voters {_list(voters)}" + (f", learners {_list(learners)}" if learners else "")
            return "members_changed", text
        case SnapshotMade(_, index, size):
            return "snapshot_made", f"snapshot at entry {index}, {size} bytes"
        case SnapshotSent(_, host, index, succeeded):
            outcome = "sent" if succeeded else "not sent"
            return "snapshot_sent", f"snapshot at entry {index} {outcome} to host {host}"
        case SnapshotRestored(_, index):
            return "snapshot_restored", f"state replaced by the leader's snapshot at entry {index}"
        case GroupStopped(_, reason):
            return "group_stopped", f"{type(reason).__name__}: {reason}"


def _list(hosts: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(hosts)))


def _report_durations(durations: Durations) -> DurationsReport:
    return {
        "count": durations.count,
        "sum": durations.sum,
        "bounds": list(BOUNDS),
        "counts": list(durations.counts),
        "recent_mean": durations.recent_mean,
        "recent_max": durations.recent_max,
    }
