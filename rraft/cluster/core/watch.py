"""Warnings: what is not an error, and what an operator wants to know before it becomes one."""

import logging
from typing import TYPE_CHECKING

from rraft.cluster.core.observation import Observation
from rraft.cluster.records import fields

if TYPE_CHECKING:
    from rraft.cluster.core.group import GroupCore
    from rraft.cluster.core.node import HostCore

log: logging.Logger = logging.getLogger(__name__)

PAUSE = 10.0
"""Seconds between warnings of the same kind."""


class Watch:
    """Watches the disk, the clock, and the followers of a host.

    Logs warnings: of a follower once, of each other kind every ten seconds at most.
    """

    def __init__(self, host: "HostCore", observation: Observation) -> None:
        self._host = host
        self._observation = observation
        self._warned: dict[str, float] = {}
        self._ticked: tuple[float, float] | None = None

    def ticked(self, now: float, wall: float) -> None:
        """A tick has elapsed, by both clocks."""
        before, self._ticked = self._ticked, (now, wall)
        if before is None:
            return
        options = self._host.options
        elapsed = now - before[0]
        jump = wall - before[1] - elapsed
        if abs(jump) >= options.clock_jump:
            direction = "forward" if jump > 0 else "back"
            self.warn("clock_jump", f"the clock of the host was set {direction} by {abs(jump):.1f} s")
        if elapsed > options.tick * options.election_ticks:
            self.warn("stalled", f"the event loop of the host stood still for {elapsed:.1f} s")

    def synced(self, seconds: float) -> None:
        """A round has waited for the disk."""
        self._observation.fsyncs.add(seconds)
        if seconds >= self._host.options.slow_fsync:
            self.warn("slow_disk", f"the log was not durable before {seconds:.2f} s: the disk is slow")

    def rejected(self, reason: str) -> None:
        """A connection was rejected. The transport logs it."""
        self._observation.warnings["rejected_connection"] += 1
        if self._is_due("rejected_connection"):
            self._record("rejected_connection", 0, 0, reason)

    def check_followers(self, group: "GroupCore") -> None:
        """Looks for followers that are far behind for longer than a second. Called about once a second."""
        observation, limit = group.observation, self._host.options.lagging_entries
        before, observation.late = observation.late, {}
        for host, follower in observation.followers.items():
            is_reported = before.get(host)
            if follower.lag < (limit // 2 if is_reported else limit):
                continue
            observation.late[host] = is_reported is not None
            if is_reported is False:
                text = f"host {host} lacks {follower.lag} entries of group {group.id}"
                self.warn("lagging_follower", text, group, always=True)

    def warn(self, kind: str, text: str, group: "GroupCore | None" = None, *, always: bool = False) -> None:
        """Counts a cause for a warning, and logs it, with `always` or unless one of this kind was logged lately."""
        self._observation.warnings[kind] += 1
        if not self._is_due(kind) and not always:
            return
        number, term = (0, 0) if group is None else (group.id, group.term)
        log.warning("host %d: %s", self._host.id, text, extra=fields(self._host.id, number, term))
        self._record(kind, number, term, text)

    def _is_due(self, kind: str) -> bool:
        now = self._host.now
        if now - self._warned.get(kind, float("-inf")) < PAUSE:
            return False
        self._warned[kind] = now
        return True

    def _record(self, kind: str, group: int, term: int, text: str) -> None:
        self._observation.record(self._host.wall_ms / 1000, kind, group, term, text)
