"""The settings of hosts and groups. Durations are in seconds, sizes in bytes."""

from dataclasses import dataclass, field

from rraft.cluster.errors import StartError

_MIB = 2**20

FRAME_OVERHEAD = 4096
"""What a frame with one entry has in addition to its commands, at most."""


@dataclass(frozen=True)
class SessionOptions:
    """When the group forgets a session. The leader writes these into the log, so all hosts forget the same ones."""

    expiry: float = 3600.0
    """A session without commands for so long expires, by the time of the log."""
    max_sessions: int = 10_000
    """Beyond, the session that was idle the longest expires."""
    max_result_bytes: int = 64 * _MIB
    """The size of the results that are kept for retries. Beyond, the sessions that were idle the longest expire."""


@dataclass(frozen=True)
class GroupOptions:
    """The settings of a group on one host."""

    sessions: SessionOptions = field(default_factory=SessionOptions)
    max_entry: int = _MIB
    """Commands are packed into entries of about this size. A larger command has an entry of its own."""
    max_in_flight: int = 64 * _MIB
    """The size of the commands that wait on a host for their result. Beyond, `BusyError` is raised."""
    max_command: int = 8 * _MIB
    """The longest command. With `max_entry`, it fits into `TransportOptions.max_peer_frame`."""
    snapshot_log_size: int = 64 * _MIB
    """A snapshot is made when so many bytes of entries were applied since the last one."""
    kept_log_size: int = 8 * _MIB
    """How many bytes of entries before a snapshot are kept, for followers that lack only these."""
    max_reads: int = 8
    """Rounds of linearizable reads at a time. Further queries share the next one."""
    lease_reads: bool = False
    """A leader answers queries without asking the others while a majority has confirmed it a moment ago. The answers
    are linearizable as long as the monotonic clocks of the hosts run at rates that differ by less than a fifth, and do
    not stop (as with a suspended virtual machine). A host that was just started does not vote for an election timeout.
    All hosts must have the same value. If their election timeouts differ, the shortest counts: before a host is started
    with a shorter one, it must have been stopped for the longer one.
    """

    def check(self, max_peer_frame: int) -> None:
        """Raises `StartError` if the longest frame between hosts is too short for an entry."""
        longest = self.max_entry + self.max_command + FRAME_OVERHEAD
        if longest > max_peer_frame:
            raise StartError(
                f"expected max_command, {self.max_command}, with max_entry, {self.max_entry}, and {FRAME_OVERHEAD} "
                f"to be at most max_peer_frame of the transport, {max_peer_frame}, got {longest}"
            )


@dataclass(frozen=True)
class HostOptions:
    """The settings of a host."""

    tick: float = 0.05
    """Between ticks."""
    election_ticks: int = 10
    """A follower campaigns after 1 to 2 times so many ticks without a leader."""
    heartbeat_ticks: int = 2
    """Between heartbeats of a leader, in ticks."""
    retry: float = 0.5
    """After so long without a result, a command or query is sent to the leader again."""
    slow_fsync: float = 0.5
    """A round that waits so long for the disk is a cause for a warning."""
    lagging_entries: int = 10_000
    """A follower that lacks so many entries of the leader's log for more than a second is a cause for a warning."""
    clock_jump: float = 1.0
    """A clock that was set by so many seconds is a cause for a warning: the time of commands follows it."""
    segment_size: int = 64 * _MIB
    """The size of the files of the log."""
    group: GroupOptions = field(default_factory=GroupOptions)
    """For groups that are started without options of their own."""
