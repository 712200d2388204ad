"""raft-rs's plain structs are values in Python: created with keywords, copied, pickled and compared."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    ConfChange,
    ConfChangeSingle,
    ConfChangeV2,
    Config,
    Configuration,
    ConfState,
    Entry,
    HardState,
    Index,
    Inflights,
    JointConfig,
    MajorityConfig,
    Message,
    MessageType,
    Peer,
    Progress,
    RaftState,
    ReadIndexStatus,
    ReadOnlyOption,
    ReadState,
    Snapshot,
    SnapshotMetadata,
    SoftState,
    StateRole,
)

VALUES: dict[type[Any], dict[str, Any]] = {
    SoftState: {"leader_id": 2, "raft_state": StateRole.Leader},
    ReadState: {"index": 3, "request_ctx": b"ab"},
    RaftState: {"hard_state": HardState(term=1, vote=2, commit=3), "conf_state": ConfState([1])},
    Peer: {"id": 1, "context": b"x"},
    ReadIndexStatus: {"req": Message(msg_type=MessageType.MsgReadIndex), "index": 4, "acks": {1, 2}},
}
DEFAULTS: dict[type[Any], dict[str, Any]] = {
    SoftState: {"leader_id": 0, "raft_state": StateRole.Follower},
    ReadState: {"index": 0, "request_ctx": b""},
    RaftState: {"hard_state": HardState(), "conf_state": ConfState()},
    Peer: {"id": 0, "context": None},
    ReadIndexStatus: {"req": Message(), "index": 0, "acks": set()},
}
COMPARED = [SoftState, ReadState, ReadIndexStatus]

each_value = pytest.mark.parametrize(("cls", "fields"), VALUES.items(), ids=[cls.__name__ for cls in VALUES])
each_compared = pytest.mark.parametrize("cls", COMPARED)


def fields_of(value: object) -> dict[str, Any]:
    """The fields of a value."""
    return {name: getattr(value, name) for name in DEFAULTS[type(value)]}


@each_value
def test_fields_are_keywords(cls: type[Any], fields: dict[str, Any]) -> None:
    assert fields_of(cls(**fields)) == fields
    for name, value in fields.items():
        assert fields_of(cls(**{name: value})) == DEFAULTS[cls] | {name: value}


@each_value
def test_fields_are_arguments_in_order(cls: type[Any], fields: dict[str, Any]) -> None:
    assert fields_of(cls(*fields.values())) == fields


@each_value
def test_field_of_the_wrong_type_is_named(cls: type[Any], fields: dict[str, Any]) -> None:
    for name in fields:
        with pytest.raises(TypeError, match=name):
            cls(**{name: object()})


@each_value
def test_defaults_are_those_of_raft(cls: type[Any], fields: dict[str, Any]) -> None:
    assert fields_of(cls()) == fields_of(cls.default()) == DEFAULTS[cls] != fields


@pytest.mark.parametrize(
    "duplicate",
    [
        lambda value: value.clone(),
        lambda value: value.make_ref().clone(),
        copy.copy,
        copy.deepcopy,
        lambda value: pickle.loads(pickle.dumps(value)),
    ],
    ids=["clone", "clone of a view", "copy", "deepcopy", "pickle"],
)
@each_value
def test_copies(cls: type[Any], fields: dict[str, Any], duplicate: Callable[[Any], Any]) -> None:
    value = cls(**fields)

    other = duplicate(value)
    for name, default in DEFAULTS[cls].items():
        setattr(value, name, default)

    assert type(other) is cls
    assert fields_of(other) == fields
    assert fields_of(value) == DEFAULTS[cls]


@each_compared
def test_values_compare_by_their_fields(cls: type[Any]) -> None:
    value = cls(**VALUES[cls])

    assert value == cls(**VALUES[cls])
    assert value == value.make_ref()
    assert value.make_ref() == value
    assert value != 1
    for name, default in DEFAULTS[cls].items():
        assert value != cls(**VALUES[cls] | {name: default})


@each_compared
def test_values_that_can_change_have_no_hash(cls: type[Any]) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(cls())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SoftState(2, StateRole.Leader), {"leader_id": 2, "raft_state": "Leader"}),
        (ReadState(3, b"ab"), {"index": 3, "request_ctx": b"ab"}),
        (Peer(1, b"x"), {"id": 1, "context": b"x"}),
        (Peer(1), {"id": 1, "context": None}),
        (
            RaftState(HardState(1, 2, 3), ConfState([1])),
            {"hard_state": HardState(1, 2, 3).to_dict(), "conf_state": ConfState([1]).to_dict()},
        ),
        (
            ReadIndexStatus(Message(to=2), 4, [2, 1]),
            {"req": Message(to=2).to_dict(), "index": 4, "acks": {1, 2}},
        ),
        (
            Progress(next_idx=3, ins_size=4),
            {
                "matched": 0,
                "next_idx": 3,
                "state": "Probe",
                "paused": False,
                "pending_snapshot": 0,
                "pending_request_snapshot": 0,
                "recent_active": False,
                "commit_group_id": 0,
                "committed_index": 0,
            },
        ),
        (
            Config(id=1, priority=-2, read_only_option=ReadOnlyOption.LeaseBased),
            {
                "id": 1,
                "election_tick": 20,
                "heartbeat_tick": 2,
                "applied": 0,
                "max_size_per_msg": 0,
                "max_inflight_msgs": 256,
                "check_quorum": False,
                "pre_vote": False,
                "min_election_tick": 0,
                "max_election_tick": 0,
                "read_only_option": "LeaseBased",
                "skip_bcast_commit": False,
                "batch_append": False,
                "priority": -2,
                "max_uncommitted_size": 2**64 - 1,
                "max_committed_size_per_ready": 2**64 - 1,
            },
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_to_dict(value: Any, expected: dict[str, Any]) -> None:
    assert value.to_dict() == value.make_ref().to_dict() == expected


@pytest.mark.parametrize("duplicate", [lambda value: value.clone(), copy.copy, copy.deepcopy])
def test_copies_of_a_progress(duplicate: Callable[[Progress], Progress]) -> None:
    progress = Progress(next_idx=5, ins_size=2)
    progress.ins.add(4)

    other = duplicate(progress)
    assert type(other) is Progress
    assert other == progress

    progress.ins.add(5)
    assert other != progress
    assert other.ins.count() == 1


@pytest.mark.parametrize("duplicate", [lambda value: value.clone(), copy.copy, copy.deepcopy])
def test_copies_of_a_window(duplicate: Callable[[Inflights], Inflights]) -> None:
    inflights = Inflights(2)
    inflights.add(4)

    other = duplicate(inflights)
    assert type(other) is Inflights
    assert other == inflights

    inflights.reset()
    assert other != inflights
    assert (other.count(), inflights.count()) == (1, 0)


def test_index_can_not_change() -> None:
    index = Index(3, group_id=2)

    assert (index.index, index.group_id) == (3, 2)
    assert index == Index(3, 2) != Index(3)
    assert hash(index) == hash(Index(3, 2)) != hash(Index(3))
    assert pickle.loads(pickle.dumps(index)) == index
    assert Index() == Index(0, 0)
    with pytest.raises(AttributeError, match=r"attribute 'index' of 'rraft\.Index' objects is not writable"):
        index.index = 4  # type: ignore[misc]


MADE_OF_FIELDS: list[type[Any]] = [
    *VALUES,
    ConfChange,
    ConfChangeSingle,
    ConfChangeV2,
    ConfState,
    Config,
    Entry,
    HardState,
    Message,
    Snapshot,
    SnapshotMetadata,
]
OPTIONAL = [Config, ConfState]


def shown_defaults(cls: type[Any]) -> dict[str, Any]:
    """The defaults in the signature of the constructor."""
    return {name: parameter.default for name, parameter in inspect.signature(cls).parameters.items()}


@pytest.mark.parametrize("cls", MADE_OF_FIELDS)
def test_signature_shows_the_defaults(cls: type[Any]) -> None:
    value, shown = cls.default(), shown_defaults(cls)

    assert set(shown) <= set(dir(cls))
    for name, default in shown.items():
        # Some fields of a Config have methods of the same name, which return the value in effect.
        has_method = callable(actual := getattr(value, name)) and not hasattr(actual, "make_ref")
        if default is None:
            assert actual is None or actual == type(actual.clone())()
        elif not has_method:
            assert (list(actual) if isinstance(default, tuple) else actual) == (
                list(default) if isinstance(default, tuple) else default
            )
    assert cls(**{name: default for name, default in shown.items() if default != ()}).__repr__() == repr(value)


@pytest.mark.parametrize("cls", [JointConfig, MajorityConfig, Configuration])
def test_signature_of_a_set_of_voters_has_no_default(cls: type[Any]) -> None:
    assert set(shown_defaults(cls).values()) == {()}


@pytest.mark.parametrize("cls", MADE_OF_FIELDS)
def test_none_selects_the_default(cls: type[Any]) -> None:
    for name, default in shown_defaults(cls).items():
        if cls in OPTIONAL or default is None:
            assert repr(cls(**{name: None})) == repr(cls())
        else:
            with pytest.raises(TypeError, match=f"^{name}: "):
                cls(**{name: None})
