"""What a host counts and remembers of its own work, for those who observe it. Costs nothing for each command."""

from bisect import bisect_left
from collections import Counter, deque
from typing import TYPE_CHECKING, NamedTuple

from rraft import ProgressState

if TYPE_CHECKING:
    from rraft.cluster.core.group import GroupCore

BOUNDS: tuple[float, ...] = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
)
"""The upper bounds of the buckets of `Durations`, in seconds."""

MAX_EVENTS = 200
"""So many recent events are kept."""

_STATES = {ProgressState.Probe: "probe", ProgressState.Replicate: "replicate", ProgressState.Snapshot: "snapshot"}


class Durations:
    """How long something took: a histogram."""

    def __init__(self) -> None:
        self.count: int = 0
        self.sum: float = 0.0
        """In seconds."""
        self.counts: list[int] = [0] * (len(BOUNDS) + 1)
        """How many were at most as long as each of `BOUNDS` and longer than the one before, and how many longer."""
        self.recent_mean: float = 0.0
        """The mean of the last second in which there were any."""
        self.recent_max: float = 0.0
        """The longest one of that second."""
        self._max = 0.0
        self._sampled = 0, 0.0

    def add(self, seconds: float) -> None:
        """Counts one."""
        self.count += 1
        self.sum += seconds
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        if seconds > self._max:
            self._max = seconds

    def sample(self) -> None:
        """A second has passed."""
        count, total = self._sampled
        if self.count > count:
            self.recent_mean = (self.sum - total) / (self.count - count)
            self.recent_max, self._max = self._max, 0.0
            self._sampled = self.count, self.sum


class Rate:
    """How fast a counter grows."""

    def __init__(self) -> None:
        self.per_second: float = 0.0
        self._count = 0

    def sample(self, count: int, seconds: float) -> None:
        """The counter is `count` now, so many seconds after the sample before."""
        self.per_second = (count - self._count) / seconds if seconds > 0 else 0.0
        self._count = count


class Record(NamedTuple):
    """Something that has happened."""

    number: int
    """Grows by one with each record of a host, from 1 at its start."""
    time: float
    """Seconds since the epoch, by the clock of the host."""
    kind: str
    group: int
    """The id of the group; 0 for the host."""
    term: int
    text: str


class Observation:
    """What a host counts and remembers since it was opened."""

    def __init__(self) -> None:
        self.rounds: Durations = Durations()
        """From the start of a round until its results are on the event loop."""
        self.fsyncs: Durations = Durations()
        """The part of a round in which it waits for the log to be durable."""
        self.warnings: Counter[str] = Counter()
        """How often there was cause for a warning, by its kind, also if none was logged."""
        self.records: deque[Record] = deque(maxlen=MAX_EVENTS)
        """The most recent ones, the oldest first."""
        self._number = 0

    def record(self, time: float, kind: str, group: int, term: int, text: str) -> None:
        """Remembers an event."""
        self._number += 1
        self.records.append(Record(self._number, time, kind, group, term, text))

    def sample(self) -> None:
        """A second has passed."""
        self.rounds.sample()
        self.fsyncs.sample()


class Follower(NamedTuple):
    """Another member, as the leader sees it."""

    matched: int
    """The last entry that it is known to have on disk."""
    lag: int
    """The number of entries after it in the leader's log."""
    state: str
    """`probe`, `replicate` or `snapshot`: how the leader sends the log to it."""


class GroupObservation:
    """What a host observes of one of its groups, about once a second."""

    def __init__(self, group: "GroupCore") -> None:
        self.commands: Rate = Rate()
        self.queries: Rate = Rate()
        self.followers: dict[int, Follower] = {}
        """The other members, by their ids. Empty unless this host leads the group."""
        self.late: dict[int, bool] = {}
        """The followers that are far behind, and whether that was reported."""
        self._group = group
        self._is_settled = False

    def sample(self, seconds: float) -> None:
        """Some time has passed. Called while no round runs."""
        group = self._group
        self.commands.sample(group.state.commands, seconds)
        self.queries.sample(group.applier.queries, seconds)
        if not group.is_leader or not group.active:
            self.followers = {}
            self._is_settled = False
        elif not self._is_settled:
            self.followers = self._look()
        self._is_settled = group.quiet.on  # a quiet group stays as it is, and costs nothing here

    def _look(self) -> dict[int, Follower]:
        group = self._group
        raft = group.node.raft
        tracker, last = raft.prs(), raft.raft_log.last_index()
        followers = {}
        for host in sorted(group.state.members.voters | group.state.members.learners):
            progress = tracker.get(host)
            if host != group.host.id and progress is not None:
                matched = progress.matched
                followers[host] = Follower(matched, last - matched, _STATES[progress.state])
        return followers
