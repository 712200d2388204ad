"""The enums."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import Any

import pytest

from rraft import (
    ConfChange,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Config,
    Entry,
    EntryType,
    JointConfig,
    MapChangeType,
    Message,
    MessageType,
    OverflowStrategy,
    Progress,
    ProgressState,
    ReadOnlyOption,
    SnapshotStatus,
    SoftState,
    StateRole,
    VoteResult,
    is_local_msg,
)
from tests.harness.program import environment

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
def test_members_are_numbers_with_names(enum: type[Any], names: list[str]) -> None:
    assert "IntEnum" in [base.__name__ for base in enum.__mro__]
    assert enum.__module__ == "rraft"
    assert enum.values() == [member for member in enum] == [*range(len(names))]  # noqa: C416
    assert [member.name for member in enum] == list(enum.__members__) == names
    assert [member.value for member in enum] == list(range(len(names)))
    assert [enum(number) for number in range(len(names))] == enum.values()
    assert [enum[name] for name in names] == enum.values()
    assert all(bool(member) is True for member in enum)
    assert [f"{member:>30}" for member in enum] == [name.rjust(30) for name in names]


@each_enum_with_names
def test_members_compare_as_their_numbers(enum: type[Any], names: list[str]) -> None:
    first, second = getattr(enum, names[0]), getattr(enum, names[1])

    assert first == getattr(enum, names[0]) == 0
    assert first != second
    assert first < second
    assert (first == names[0]) is False


def test_members_can_be_matched() -> None:
    def kind(msg_type: MessageType) -> str:
        match msg_type:
            case MessageType.MsgAppend:
                return "append"
            case _:
                return "other"

    assert kind(Message(msg_type=MessageType.MsgAppend).msg_type) == "append"
    assert kind(Message().msg_type) == "other"


@pytest.mark.parametrize(
    ("enum", "owner", "name"),
    [
        (ConfChangeTransition, ConfChangeV2(), "transition"),
        (ConfChangeType, ConfChange(), "change_type"),
        (EntryType, Entry(), "entry_type"),
        (MessageType, Message(), "msg_type"),
        (ProgressState, Progress(1, 1), "state"),
        (ReadOnlyOption, Config(), "read_only_option"),
        (StateRole, SoftState(), "raft_state"),
    ],
)
def test_attribute_returns_the_member_itself(enum: type[Any], owner: Any, name: str) -> None:
    for member in enum:
        setattr(owner, name, member)

        assert getattr(owner, name) is getattr(owner, f"get_{name}")() is member


@pytest.mark.parametrize("wrong", [0, 1.5, "MsgHup", None, StateRole.Follower], ids=repr)
def test_non_members_are_rejected(wrong: Any) -> None:
    message = Message(msg_type=MessageType.MsgAppend)

    name = type(wrong).__name__
    for take in (
        lambda: message.set_msg_type(wrong),
        lambda: setattr(message, "msg_type", wrong),
        lambda: Message(msg_type=wrong),
    ):
        with pytest.raises(TypeError, match=f"msg_type: expected MessageType, got {name}$"):
            take()
    with pytest.raises(TypeError, match=f"^expected MessageType, got {name}"):
        is_local_msg(wrong)

    assert message.msg_type is MessageType.MsgAppend


CHECK_AFTER_ANOTHER_IMPORT = """
import pickle, sys
import rraft
first = rraft.MessageType
for name in [name for name in sys.modules if name.partition(".")[0] == "rraft"]:
    del sys.modules[name]
import rraft
assert rraft.MessageType is first
assert rraft.Message(msg_type=rraft.MessageType.MsgBeat).msg_type is rraft.MessageType.MsgBeat
assert pickle.loads(pickle.dumps(rraft.MessageType.MsgBeat)) is first.MsgBeat
assert rraft.JointConfig([1]).vote_result({1: True}) is rraft.VoteResult.Won
"""


def test_classes_stay_the_same_after_another_import() -> None:
    command = [sys.executable, "-c", CHECK_AFTER_ANOTHER_IMPORT]
    run = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr


def test_vote_result_equals_its_text_in_raft() -> None:
    assert [*VoteResult] == ["VotePending", "VoteLost", "VoteWon"]
    assert JointConfig([1]).vote_result({}) is VoteResult.Pending
    assert pickle.loads(pickle.dumps(VoteResult.Won)) is VoteResult.Won


@each_enum
def test_members_are_the_same_objects_everywhere(enum: type[Any]) -> None:
    for member in enum.values():
        assert pickle.loads(pickle.dumps(member)) is copy.deepcopy(member) is copy.copy(member) is member


@each_enum
def test_members_can_not_be_created(enum: type[Any]) -> None:
    with pytest.raises(TypeError, match=r"missing 1 required positional argument|has members"):
        enum()


@pytest.mark.parametrize("enum", [ConfChangeTransition, ConfChangeType, EntryType, MessageType])
def test_numbers_of_the_wire_format(enum: type[Any]) -> None:
    members = enum.values()

    assert [int(member) for member in members] == list(range(len(members)))
    assert all(enum.from_int(number) is member for number, member in enumerate(members))
    for unknown in (-1, len(members)):
        with pytest.raises(ValueError, match=f"{unknown} is not the number of a {enum.__name__}"):
            enum.from_int(unknown)
    with pytest.raises(OverflowError, match="expected a 32-bit number, got 2147483648"):
        enum.from_int(2**31)
    with pytest.raises(TypeError, match="'str' object cannot be interpreted as an integer"):
        enum.from_int("0")
