"""What a host promises to the leader of a group that has lease reads: to elect no other for a while."""

from rraft import CAMPAIGN_TRANSFER
from rraft.cluster.core.config import min_election_timeout
from rraft.cluster.core.frames import HEARTBEAT, REQUESTS_FOR_VOTES
from rraft.cluster.options import HostOptions

_NEVER = float("-inf")


class LeasePromise:
    """Rejects requests for votes while a leader that this host has confirmed may have a lease.

    Raft ignores such requests, too, but only as long as it has a leader: a message of a higher term makes it forget it,
    even the rejection of a pre-vote. A start makes it forget all.
    """

    def __init__(self, timing: HostOptions, *, is_given: bool) -> None:
        """With `is_given` false, nothing is promised."""
        self._is_given = is_given
        self._seconds = min_election_timeout(timing)
        self._forgotten = timing.tick * timing.election_ticks
        self._has_heard = False
        """Whether there is a heartbeat that the node has not stepped yet."""
        self._until = _NEVER
        self._silent_until = _NEVER

    def started(self, now: float, *, has_voted_before: bool) -> None:
        """The group has started: what it has promised before, it does not know."""
        if self._is_given and has_voted_before:
            self._silent_until = now + self._forgotten

    def stepped(self, now: float) -> None:
        """The node is about to step what has arrived by now."""
        if self._has_heard:
            self._has_heard = False
            self._until = now + self._seconds

    def allows(self, kind: bytes, message: bytes, now: float) -> bool:
        """Whether the node may step a message that begins with `kind`. A heartbeat renews the promise."""
        if not self._is_given:
            return True
        if kind == HEARTBEAT:
            self._has_heard = True
        if kind not in REQUESTS_FOR_VOTES:
            return True
        if now < self._silent_until:
            return False
        # A leader that hands over has no lease any more, and asks the other host to campaign at once.
        return (not self._has_heard and now >= self._until) or CAMPAIGN_TRANSFER in message
