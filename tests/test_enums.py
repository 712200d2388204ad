"""The enums."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from rraft import (
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
)

MEMBERS: dict[type[Any], str] = {
    ConfChangeTransition: "Auto Implicit Explicit",
    ConfChangeType: "AddNode RemoveNode AddLearnerNode",
    EntryType: "EntryNormal EntryConfChange EntryConfChangeV2",
    MapChangeType: "Add Remove",
    MessageType: "MsgHup MsgBeat MsgPropose MsgAppend MsgAppendResponse MsgRequestVote MsgRequestVoteResponse"
    " MsgSnapshot MsgHeartbeat MsgHeartbeatResponse MsgUnreachable MsgSnapStatus MsgCheckQuorum MsgTransferLeader"
    " MsgTimeoutNow MsgReadIndex MsgReadIndexResp MsgRequestPreVote MsgRequestPreVoteResponse",
    OverflowStrategy: "DropAndReport Drop Block",
    ProgressState: "Probe Replicate Snapshot",
    ReadOnlyOption: "Safe LeaseBased",
    SnapshotStatus: "Finish Failure",
    StateRole: "Follower Candidate Leader PreCandidate",
}

each_enum = pytest.mark.parametrize("enum", MEMBERS)
each_enum_with_names = pytest.mark.parametrize(
    ("enum", "names"),
    [(enum, names.split()) for enum, names in MEMBERS.items()],
    ids=lambda value: getattr(value, "__name__", ""),
)


@each_enum_with_names
def test_members(enum: type[Any], names: list[str]) -> None:
    members = enum.values()

    assert [repr(member) for member in members] == [str(member) for member in members] == names
    assert [f"{member}" for member in members] == names
    assert all(getattr(enum, name) is member for name, member in zip(names, members, strict=True))
    assert [hash(member) for member in members] == [int(member) for member in members] == list(range(len(names)))
    assert len(set(members)) == len(names)


@each_enum_with_names
def test_members_compare_with_themselves_only(enum: type[Any], names: list[str]) -> None:
    first, second = getattr(enum, names[0]), getattr(enum, names[1])

    assert first == getattr(enum, names[0])
    assert first != second
    assert first != 0
    assert (first == names[0]) is False
    with pytest.raises(TypeError):
        first < second  # noqa: B015


@each_enum
def test_members_are_the_same_objects_everywhere(enum: type[Any]) -> None:
    for member in enum.values():
        assert pickle.loads(pickle.dumps(member)) is copy.deepcopy(member) is copy.copy(member) is member


@each_enum
def test_members_can_not_be_made(enum: type[Any]) -> None:
    with pytest.raises(TypeError):
        enum()


@pytest.mark.parametrize("enum", [ConfChangeTransition, ConfChangeType, EntryType, MessageType])
def test_numbers_of_the_wire_format(enum: type[Any]) -> None:
    members = enum.values()

    assert [int(member) for member in members] == list(range(len(members)))
    assert all(enum.from_int(number) is member for number, member in enumerate(members))
    for unknown in (-1, len(members)):
        with pytest.raises(ValueError, match=f"{unknown} is not the number of a {enum.__name__}"):
            enum.from_int(unknown)
    with pytest.raises(OverflowError):
        enum.from_int(2**31)
    with pytest.raises(TypeError):
        enum.from_int("0")
