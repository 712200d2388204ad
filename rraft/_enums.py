"""The enums, with raft-rs's numbers.

The extension imports this module once, keeps the classes and their members, and has the classes as its own attributes:
use those. A second import of this module gives other classes, which the extension does not take.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from operator import index
from typing import TYPE_CHECKING, Literal, TypeVar

_Member = TypeVar("_Member", bound="_RaftEnum")
_WireMember = TypeVar("_WireMember", bound="_WireEnum")


class _RaftEnum(IntEnum):
    @classmethod
    def values(cls: type[_Member]) -> list[_Member]:
        """All members, in the order of their numbers."""
        return list(cls)

    if TYPE_CHECKING:
        # A type checker would otherwise take an attribute of a live view, `raft.state`, for what it once equalled.
        def __eq__(self, other: object, /) -> bool: ...
        def __hash__(self) -> int: ...

    def __bool__(self) -> Literal[True]:
        """A member is always true, also the one with the number 0."""
        return True

    def __repr__(self) -> str:
        return self._name_

    def __str__(self) -> str:
        return self._name_

    def __format__(self, format_spec: str) -> str:
        return format(self._name_, format_spec)


class _WireEnum(_RaftEnum):
    @classmethod
    def from_int(cls: type[_WireMember], v: int) -> _WireMember:
        """The member with the number `v` on the wire.

        Raises `ValueError` when there is none, `OverflowError` when `v` is no 32-bit number.
        """
        number = index(v)
        if not -(2**31) <= number < 2**31:
            raise OverflowError(f"{number} is no 32-bit number")
        for member in cls:
            if member.value == number:
                return member
        raise ValueError(f"{number} is not the number of a {cls.__name__}")


class EntryType(_WireEnum):
    """What the data of an `Entry` is.

    Mirrors `raft::eraftpb::EntryType`.
    """

    EntryNormal = 0
    """Data of the application, or nothing: a new leader starts its term with an empty entry."""
    EntryConfChange = 1
    """An encoded `ConfChange`."""
    EntryConfChangeV2 = 2
    """An encoded `ConfChangeV2`."""


class MessageType(_WireEnum):
    """What a `Message` is for.

    Mirrors `raft::eraftpb::MessageType`.
    """

    MsgHup = 0
    """Local: start an election."""
    MsgBeat = 1
    """Local: the leader sends heartbeats."""
    MsgPropose = 2
    """Append entries to the leader's log."""
    MsgAppend = 3
    """The leader replicates entries."""
    MsgAppendResponse = 4
    """The answer to `MsgAppend`."""
    MsgRequestVote = 5
    """A candidate asks for a vote."""
    MsgRequestVoteResponse = 6
    """The answer to `MsgRequestVote`."""
    MsgSnapshot = 7
    """The leader sends a snapshot in place of entries that it no longer has."""
    MsgHeartbeat = 8
    """The leader is alive."""
    MsgHeartbeatResponse = 9
    """The answer to `MsgHeartbeat`."""
    MsgUnreachable = 10
    """Local: the last message to a peer could not be delivered."""
    MsgSnapStatus = 11
    """Local: a snapshot was delivered to a peer, or was not."""
    MsgCheckQuorum = 12
    """Local: the leader checks that it still hears from a quorum."""
    MsgTransferLeader = 13
    """Hand the leadership over."""
    MsgTimeoutNow = 14
    """The leader tells its successor to campaign at once."""
    MsgReadIndex = 15
    """Ask for an index that is safe to read at."""
    MsgReadIndexResp = 16
    """The answer to `MsgReadIndex`."""
    MsgRequestPreVote = 17
    """Ask whether a vote would be granted, without a new term."""
    MsgRequestPreVoteResponse = 18
    """The answer to `MsgRequestPreVote`."""


class ConfChangeTransition(_WireEnum):
    """How a `ConfChangeV2` goes from the old configuration to the new one.

    Mirrors `raft::eraftpb::ConfChangeTransition`.
    """

    Auto = 0
    """In one step where that is safe, else through a joint configuration that is left by itself."""
    Implicit = 1
    """Through a joint configuration that is left by itself."""
    Explicit = 2
    """Through a joint configuration that is left by an empty `ConfChangeV2` of the application."""


class ConfChangeType(_WireEnum):
    """What a change of the configuration does with a node.

    Mirrors `raft::eraftpb::ConfChangeType`.
    """

    AddNode = 0
    """Make it a voter."""
    RemoveNode = 1
    """Remove it."""
    AddLearnerNode = 2
    """Make it a learner: it gets the log and has no vote."""


class StateRole(_RaftEnum):
    """The role of a node.

    Mirrors `raft::StateRole`.
    """

    Follower = 0
    """It follows a leader, or waits for one."""
    Candidate = 1
    """It asks for votes."""
    Leader = 2
    """It leads."""
    PreCandidate = 3
    """It asks whether it would get votes."""


class ProgressState(_RaftEnum):
    """How the leader sends entries to a peer.

    Mirrors `raft::ProgressState`.
    """

    Probe = 0
    """One message an answer, until it is known where the logs agree."""
    Replicate = 1
    """As many messages as may be in flight."""
    Snapshot = 2
    """Nothing, until the peer has restored a snapshot."""


class ReadOnlyOption(_RaftEnum):
    """How the leader makes sure that a read is linearizable.

    Mirrors `raft::ReadOnlyOption`.
    """

    Safe = 0
    """It asks a quorum whether it still leads."""
    LeaseBased = 1
    """It trusts its lease, and so the clocks of the cluster. Needs `Config.check_quorum`."""


class SnapshotStatus(_RaftEnum):
    """What became of a snapshot that was sent.

    Mirrors `raft::SnapshotStatus`.
    """

    Finish = 0
    """It arrived."""
    Failure = 1
    """It did not."""


class OverflowStrategy(_RaftEnum):
    """What happens to a line when the queue of an asynchronous logger is full.

    Mirrors `slog_async::OverflowStrategy`.
    """

    DropAndReport = 0
    """It is dropped, and the number of dropped lines is logged."""
    Drop = 1
    """It is dropped."""
    Block = 2
    """The caller waits."""


class MapChangeType(_RaftEnum):
    """What a change does with a member's progress.

    Mirrors `raft::MapChangeType`.
    """

    Add = 0
    """It is added to the tracker."""
    Remove = 1
    """It is removed."""


class VoteResult(str, Enum):
    """The outcome of an election. Mirrors `raft::quorum::VoteResult`.

    A member equals the text that raft-rs has for it, such as `VoteWon`.
    """

    Pending = "VotePending"
    """Not enough have voted."""
    Lost = "VoteLost"
    """A quorum has rejected."""
    Won = "VoteWon"
    """A quorum has granted."""

    def __str__(self) -> str:
        return str(self.value)


# Users know these by the name of the package, in pickles too.
for _class in (
    ConfChangeTransition,
    ConfChangeType,
    EntryType,
    MapChangeType,
    MessageType,
    OverflowStrategy,
    ProgressState,
    ReadOnlyOption,
    SnapshotStatus,
    StateRole,
    VoteResult,
):
    _class.__module__ = "rraft"
