"""What the plots of the page show: a value for each second of the last two minutes."""

from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

from rraft.cluster.host import Host

STEP = 1.0
"""Seconds between two values."""

CAPACITY = 120
"""How many values are kept."""

Values: TypeAlias = "deque[float | None]"


def _values() -> Values:
    return deque(maxlen=CAPACITY)


@dataclass(frozen=True)
class Counters:
    """What a host has done since it was opened."""

    time: float
    """By the event loop's clock, in seconds."""
    commands: int
    queries: int
    rounds: int
    round_seconds: float
    fsyncs: int
    fsync_seconds: float

    @classmethod
    def of(cls, host: Host, time: float) -> "Counters":
        """Reads them."""
        core = host.running.core
        groups = core.groups.values()
        rounds, fsyncs = core.observation.rounds, core.observation.fsyncs
        return cls(
            time,
            sum(group.state.commands for group in groups),
            sum(group.applier.queries for group in groups),
            rounds.count,
            rounds.sum,
            fsyncs.count,
            fsyncs.sum,
        )


class History:
    """The values of the last two minutes."""

    def __init__(self) -> None:
        self.commands: Values = _values()
        self.queries: Values = _values()
        self.round_seconds: Values = _values()
        self.fsync_seconds: Values = _values()
        self._last: Counters | None = None

    def add(self, now: Counters) -> None:
        """Adds a value to each series: what has happened since the call before."""
        last, self._last = self._last, now
        if last is None or now.time <= last.time:
            return
        elapsed = now.time - last.time
        self.commands.append((now.commands - last.commands) / elapsed)
        self.queries.append((now.queries - last.queries) / elapsed)
        self.round_seconds.append(_mean(now.round_seconds - last.round_seconds, now.rounds - last.rounds))
        self.fsync_seconds.append(_mean(now.fsync_seconds - last.fsync_seconds, now.fsyncs - last.fsyncs))

    def as_json(self) -> dict[str, object]:
        """All series, the oldest value first."""
        return {
            "step": STEP,
            "capacity": CAPACITY,
            "commands": list(self.commands),
            "queries": list(self.queries),
            "round_seconds": list(self.round_seconds),
            "fsync_seconds": list(self.fsync_seconds),
        }


def _mean(total: float, count: int) -> float | None:
    return total / count if count else None
