"""The metrics of a host: their names, labels, and where their values come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rraft.cluster.status import GroupReport, HostReport

HOST_LABELS = ("cluster", "host")
"""The labels of all metrics."""

WARNINGS = ("clock_jump", "lagging_follower", "rejected_connection", "slow_disk", "stalled")
"""The kinds of warnings, which are counted from 0 on."""


@dataclass(frozen=True)
class Counted:
    """A metric that has a value for each host, or several with further labels."""

    name: str
    text: str
    values: Callable[[HostReport], Iterable[tuple[tuple[str, ...], float]]]
    """The further labels and the value of each sample."""
    labels: tuple[str, ...] = ()
    is_counter: bool = False
    """Whether it only grows while a host is open. The exposition appends `_total` to its name."""


def _host(name: str, text: str, value: Callable[[HostReport], float], *, is_counter: bool = False) -> Counted:
    return Counted(name, text, lambda report: [((), value(report))], (), is_counter)


def _group(name: str, text: str, value: Callable[[GroupReport], float], *, is_counter: bool = False) -> Counted:
    def values(report: HostReport) -> Iterable[tuple[tuple[str, ...], float]]:
        return [((number,), value(group)) for number, group in report["groups"].items()]

    return Counted(name, text, values, ("group",), is_counter)


def _info(report: HostReport) -> Iterable[tuple[tuple[str, ...], float]]:
    return [((report["address"], report["version"]), 1.0)]


def _peers(report: HostReport) -> Iterable[tuple[tuple[str, ...], float]]:
    known = {host for group in report["groups"].values() for host in group["addresses"]} - {str(report["host"])}
    connected = {str(host) for host in report["connected"]}
    return [((host,), float(host in connected)) for host in sorted(known)]


def _warnings(report: HostReport) -> Iterable[tuple[tuple[str, ...], float]]:
    counts = dict.fromkeys(WARNINGS, 0) | report["warnings"]
    return [((kind,), float(count)) for kind, count in sorted(counts.items())]


def _lag(report: HostReport) -> Iterable[tuple[tuple[str, ...], float]]:
    return [
        ((number, host), float(follower["lag"]))
        for number, group in report["groups"].items()
        for host, follower in group["followers"].items()
    ]


COUNTED: tuple[Counted, ...] = (
    Counted("rraft_host_info", "The address of the host and its version of rraft.", _info, ("address", "version")),
    _host("rraft_host_failed", "Whether the log of the host has failed.", lambda report: report["failure"] is not None),
    _host("rraft_host_uptime_seconds", "The time since the host was opened.", lambda report: report["uptime"]),
    Counted("rraft_peer_connected", "Whether there is a link to another host.", _peers, ("peer",)),
    Counted("rraft_warnings", "How often there was cause for a warning.", _warnings, ("kind",), is_counter=True),
    _host("rraft_log_size_bytes", "The size of the segment files.", lambda report: report["log"]["bytes"]),
    _host(
        "rraft_log_live_bytes",
        "The size of the entries that are not compacted.",
        lambda report: report["log"]["live_bytes"],
    ),
    _host("rraft_log_segments", "The number of segment files.", lambda report: report["log"]["segments"]),
    _host(
        "rraft_log_written_bytes",
        "What was written to the log, in bytes.",
        lambda report: report["log"]["written_bytes"],
        is_counter=True,
    ),
    _host(
        "rraft_log_writes",
        "The number of calls that wrote to the log.",
        lambda report: report["log"]["writes"],
        is_counter=True,
    ),
    _host(
        "rraft_log_fsyncs", "The number of fsyncs of the log.", lambda report: report["log"]["fsyncs"], is_counter=True
    ),
    _group("rraft_commands", "Commands that were applied.", lambda group: group["commands"], is_counter=True),
    _group("rraft_queries", "Queries that were answered.", lambda group: group["queries"], is_counter=True),
    _group("rraft_group_leader_id", "The id of the leader's host; 0 if not known.", lambda group: group["leader"]),
    _group("rraft_group_is_leader", "Whether this host leads.", lambda group: group["role"] == "leader"),
    _group(
        "rraft_group_stopped",
        "Whether the group no longer applies entries on this host.",
        lambda group: group["stopped"] is not None,
    ),
    _group("rraft_group_term", "The term of Raft.", lambda group: group["term"]),
    _group("rraft_group_voters", "The number of voters.", lambda group: len(group["voters"])),
    _group("rraft_group_learners", "The number of learners.", lambda group: len(group["learners"])),
    _group("rraft_group_committed_index", "The last entry known to be committed.", lambda group: group["committed"]),
    _group("rraft_group_applied_index", "The last entry that was applied.", lambda group: group["applied"]),
    _group("rraft_group_first_index", "The first entry that is not compacted.", lambda group: group["first_index"]),
    _group("rraft_group_last_index", "The last entry of the log.", lambda group: group["last_index"]),
    _group("rraft_group_sessions", "The number of sessions of clients.", lambda group: group["sessions"]),
    _group(
        "rraft_group_in_flight_bytes",
        "The size of the commands that wait for their result.",
        lambda group: group["in_flight"],
    ),
    Counted(
        "rraft_follower_lag_entries",
        "How many entries of the leader's log a follower lacks. Only leaders report it.",
        _lag,
        ("group", "follower"),
    ),
)

DURATIONS: tuple[tuple[str, str, str], ...] = (
    ("rraft_round_duration_seconds", "The time of a round of Raft, with its wait for the disk.", "rounds"),
    ("rraft_fsync_duration_seconds", "The part of a round that waits for the log to be durable.", "fsyncs"),
)
"""The name and the text of each histogram, and its key in a report."""
