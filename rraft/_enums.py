"""The enums, with raft-rs's numbers.

The extension imports this module once, keeps the classes and their members, and exports the classes: use those. A
second import of this module creates other classes, which the extension rejects.
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
        # Otherwise a type checker narrows an attribute of a live view, such as `raft.state`, after a comparison.
        def __eq__(self, other: object, /) -> bool: ...
        def __hash__(self) -> int: ...

    def __bool__(self) -> Literal[True]:
        """Every member is true, also the one with the number 0."""
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

        Raises `ValueError` if there is none, `OverflowError` if `v` is not a 32-bit number.
        """
        number = index(v)
        if not -(2**31) <= number < 2**31:
            raise OverflowError(f"expected a 32-bit number, got {number}")
        for member in cls:
            if member.value == number:
                return member
        raise ValueError(f"{number} is not the number of a {cls.__name__}")


class EntryType(_WireEnum):
    """The type of an `Entry`.

    Mirrors `raft::eraftpb::EntryType`.
    """

    EntryNormal = 0
    """Data of the application, or empty: a new leader begins its term with an empty entry."""
    EntryConfChange = 1
    """An encoded `ConfChange`."""
    EntryConfChangeV2 = 2
    """An encoded `ConfChangeV2`."""


class MessageType(_WireEnum):
    """The type of a `Message`.

    Mirrors `raft::eraftpb::MessageType`.
    """

    MsgHup = 0
    """Local: start an election."""
    MsgBeat = 1
    """Local: the leader sends heartbeats."""
    MsgPropose = 2
    """A proposal: append entries to the leader's log."""
    MsgAppend = 3
    """The leader replicates entries."""
    MsgAppendResponse = 4
    """The response to `MsgAppend`."""
    MsgRequestVote = 5
    """A candidate requests a vote."""
    MsgRequestVoteResponse = 6
    """The response to `MsgRequestVote`."""
    MsgSnapshot = 7
    """The leader sends a snapshot instead of entries that are compacted."""
    MsgHeartbeat = 8
    """A heartbeat of the leader, with its commit index."""
    MsgHeartbeatResponse = 9
    """The response to `MsgHeartbeat`."""
    MsgUnreachable = 10
    """Local: the last message to a peer could not be delivered."""
    MsgSnapStatus = 11
    """Local: whether a snapshot was delivered to a peer."""
    MsgCheckQuorum = 12
    """Local: the leader checks that a quorum is still active."""
    MsgTransferLeader = 13
    """Transfer the leadership."""
    MsgTimeoutNow = 14
    """The leader asks the transferee to campaign at once."""
    MsgReadIndex = 15
    """Request a read index."""
    MsgReadIndexResp = 16
    """The response to `MsgReadIndex`."""
    MsgRequestPreVote = 17
    """A pre-candidate asks whether a vote would be granted, without increasing the term."""
    MsgRequestPreVoteResponse = 18
    """The response to `MsgRequestPreVote`."""


class ConfChangeTransition(_WireEnum):
    """How a `ConfChangeV2` changes from the old configuration to the new one.

    Mirrors `raft::eraftpb::ConfChangeTransition`.
    """

    Auto = 0
    """A simple change if possible, otherwise a joint configuration that is left automatically."""
    Implicit = 1
    """A joint configuration that is left automatically."""
    Explicit = 2
    """A joint configuration that is left when the application proposes an empty `ConfChangeV2`."""


class ConfChangeType(_WireEnum):
    """What a configuration change does to a node.

    Mirrors `raft::eraftpb::ConfChangeType`.
    """

    AddNode = 0
    """Adds it as a voter."""
    RemoveNode = 1
    """Removes it."""
    AddLearnerNode = 2
    """Adds it as a learner, which receives the log and has no vote."""


class StateRole(_RaftEnum):
    """The role of a node.

    Mirrors `raft::StateRole`.
    """

    Follower = 0
    """It replicates the log of a leader, or waits for one."""
    Candidate = 1
    """It requests votes."""
    Leader = 2
    """It appends and replicates entries."""
    PreCandidate = 3
    """It asks whether it would win an election."""


class ProgressState(_RaftEnum):
    """How the leader sends entries to a peer.

    Mirrors `raft::ProgressState`.
    """

    Probe = 0
    """One message per response, until the leader knows where the logs match."""
    Replicate = 1
    """Optimistically, up to `Config.max_inflight_msgs` messages."""
    Snapshot = 2
    """Nothing, until the peer has restored a snapshot."""


class ReadOnlyOption(_RaftEnum):
    """How the leader confirms a read.

    Mirrors `raft::ReadOnlyOption`.
    """

    Safe = 0
    """It asks a quorum whether it is still the leader. Reads are linearizable."""
    LeaseBased = 1
    """It relies on its lease, and so on the clocks of the cluster. Requires `Config.check_quorum`."""


class SnapshotStatus(_RaftEnum):
    """Whether a snapshot was delivered.

    Mirrors `raft::SnapshotStatus`.
    """

    Finish = 0
    """It was delivered."""
    Failure = 1
    """It was not."""


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
    """What a configuration change does to a member's progress.

    Mirrors `raft::MapChangeType`.
    """

    Add = 0
    """It is added to the tracker."""
    Remove = 1
    """It is removed."""


class VoteResult(str, Enum):
    """The outcome of an election. Mirrors `raft::quorum::VoteResult`.

    A member equals the text of raft-rs, such as `VoteWon`.
    """

    Pending = "VotePending"
    """The votes do not decide the election yet."""
    Lost = "VoteLost"
    """The election is lost: a quorum can no longer be reached."""
    Won = "VoteWon"
    """The election is won: a quorum has granted its votes."""

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
