"""The protobuf messages: every field of every message, by every means of access."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from enum import IntEnum
from typing import Any

import pytest

from rraft import (
    CodecError,
    ConfChange,
    ConfChangeSingle,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    ConfState,
    Entry,
    EntryType,
    HardState,
    Message,
    MessageType,
    RaftError,
    Snapshot,
    SnapshotMetadata,
)
from tests.harness.reasons import OUT_OF_RANGE

MESSAGES: list[tuple[type[Any], dict[str, Any]]] = [
    (
        Entry,
        {
            "context": b"c",
            "data": b"d",
            "entry_type": EntryType.EntryConfChange,
            "index": 5,
            "sync_log": True,
            "term": 2**64 - 1,
        },
    ),
    (SnapshotMetadata, {"conf_state": ConfState([1]), "index": 2, "term": 3}),
    (Snapshot, {"data": b"\x00\xff", "metadata": SnapshotMetadata(index=4)}),
    (HardState, {"term": 1, "vote": 2, "commit": 3}),
    (
        ConfState,
        {
            "voters": [1, 2],
            "learners": [3],
            "voters_outgoing": [2],
            "learners_next": [4],
            "auto_leave": True,
        },
    ),
    (ConfChange, {"change_type": ConfChangeType.RemoveNode, "node_id": 2, "context": b"c", "id": 9}),
    (ConfChangeSingle, {"change_type": ConfChangeType.AddLearnerNode, "node_id": 7}),
    (
        ConfChangeV2,
        {
            "transition": ConfChangeTransition.Explicit,
            "changes": [ConfChangeSingle(node_id=1), ConfChangeSingle(node_id=2)],
            "context": b"c",
        },
    ),
    (
        Message,
        {
            "msg_type": MessageType.MsgAppend,
            "to": 1,
            "from_": 2,
            "term": 3,
            "log_term": 4,
            "index": 5,
            "entries": [Entry(index=6), Entry(index=7)],
            "commit": 8,
            "commit_term": 9,
            "snapshot": Snapshot(data=b"s"),
            "request_snapshot": 10,
            "reject": True,
            "reject_hint": 11,
            "context": b"x",
            "deprecated_priority": 12,
            "priority": -13,
        },
    ),
]
FIELDS = [(cls, name, value) for cls, fields in MESSAGES for name, value in fields.items()]

each_message = pytest.mark.parametrize(("cls", "fields"), MESSAGES, ids=[cls.__name__ for cls, _ in MESSAGES])
each_field = pytest.mark.parametrize(
    ("cls", "name", "value"), FIELDS, ids=[f"{cls.__name__}.{name}" for cls, name, _ in FIELDS]
)


def accessor(message: object, prefix: str, name: str) -> Callable[..., Any]:
    """The name of a field in rust-protobuf's accessors, without a trailing underscore."""
    method: Callable[..., Any] = getattr(message, f"{prefix}_{name.rstrip('_')}")
    return method


@each_field
def test_field_is_an_attribute(cls: type[Any], name: str, value: object) -> None:
    message = cls()

    setattr(message, name, value)

    assert getattr(message, name) == value != getattr(cls(), name)
    assert message == cls(**{name: value})


@each_field
def test_field_has_accessors(cls: type[Any], name: str, value: object) -> None:
    message = cls()

    accessor(message, "set", name)(value)
    assert accessor(message, "get", name)() == value == getattr(message, name)

    accessor(message, "clear", name)()
    assert message == cls()


@each_field
def test_fields_are_independent(cls: type[Any], name: str, value: object) -> None:
    message = cls(**{name: value})

    others = set(dict(MESSAGES)[cls]) - {name}

    assert all(getattr(message, other) == getattr(cls(), other) for other in others)


@each_field
def test_field_of_the_wrong_type_is_named(cls: type[Any], name: str, value: object) -> None:
    message = cls(**{name: value})

    for attempt in (lambda: setattr(message, name, object()), lambda: cls(**{name: object()})):
        with pytest.raises(TypeError, match=name.rstrip("_")):
            attempt()

    assert message == cls(**{name: value})


@pytest.mark.parametrize("value", [-1, 2**64])
@pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls, name, value in FIELDS if type(value) is int and value > 0]
)
def test_int_out_of_range_is_named(cls: type[Any], name: str, value: int) -> None:
    message = cls()

    for attempt in (lambda: setattr(message, name, value), lambda: cls(**{name: value})):
        with pytest.raises(OverflowError, match=name.rstrip("_")):
            attempt()

    assert message == cls()


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [field for field in FIELDS if isinstance(field[2], (bytes, list, Snapshot, SnapshotMetadata, ConfState))],
)
def test_take_moves_the_field_out(cls: type[Any], name: str, value: object) -> None:
    message = cls(**{name: value})

    taken = accessor(message, "take", name)()

    assert taken == value
    assert message == cls()


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [
        (Message, "snapshot", Snapshot()),
        (Snapshot, "metadata", SnapshotMetadata()),
        (SnapshotMetadata, "conf_state", ConfState()),
    ],
)
def test_presence_of_a_message_matters(cls: type[Any], name: str, value: object) -> None:
    message = cls()
    assert not accessor(message, "has", name)()

    setattr(message, name, value)

    assert accessor(message, "has", name)()
    assert message != cls()
    assert accessor(message, "mut", name)() == value


@each_message
def test_codec(cls: type[Any], fields: dict[str, Any]) -> None:
    message = cls(**fields)

    encoded = message.encode()

    assert isinstance(encoded, bytes)
    assert message.compute_size() == len(encoded) > 0
    assert cls.decode(encoded) == message
    assert cls.decode(bytearray(encoded)) == cls.decode(list(encoded)) == message
    assert cls().encode() == b""
    assert cls.decode(b"") == cls()


@each_message
def test_merge_from_bytes(cls: type[Any], fields: dict[str, Any]) -> None:
    message = cls()

    message.merge_from_bytes(cls(**fields).encode())

    assert message == cls(**fields)


@each_message
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "unexpected EOF"),
        (b"\x08", "unexpected EOF|unexpected wire type"),
        (b"\x12\x7f", "other error|unexpected wire type"),
        (b"\x12\x7f" + 3 * b"\x08\x01", "other error|unexpected wire type"),
        (b"\x07", "incorrect tag"),
    ],
    ids=["tag", "cut", "length", "length of what follows", "wire type"],
)
def test_malformed_bytes_are_rejected(cls: type[Any], fields: dict[str, Any], data: bytes, reason: str) -> None:
    message = cls(**fields)

    for attempt in (cls.decode, message.merge_from_bytes):
        with pytest.raises(CodecError, match=reason):
            attempt(message.encode() + data)

    assert message == cls(**fields)
    assert issubclass(CodecError, RaftError)
    assert issubclass(CodecError, ValueError)
    assert issubclass(CodecError, RuntimeError)


@pytest.mark.parametrize(
    ("cls", "data"),
    [(Message, b"\x08\x63"), (Entry, b"\x08\x09"), (ConfChange, b"\x10\x09"), (ConfChangeV2, b"\x08\x07")],
)
def test_unknown_enum_number_is_rejected(cls: type[Any], data: bytes) -> None:
    with pytest.raises(CodecError, match="invalid enum value"):
        cls.decode(data)


@pytest.mark.parametrize("tag", [b"\x0b", b"\x8b\x01"], ids=["of a known field", "of an unknown field"])
def test_nested_groups_are_rejected(tag: bytes) -> None:
    """RUSTSEC-2024-0437: recursion into each group would overflow the stack."""
    with pytest.raises(CodecError, match="unexpected wire type"):
        Message.decode(tag * 1_000_000)
    with pytest.raises(CodecError, match="unexpected wire type"):
        Message.decode(b"\x3a\xc0\x84\x3d" + tag * 1_000_000)


def inside(field: int, data: bytes) -> bytes:
    """The data as the content of a field, with a length of five bytes."""
    length = bytes(len(data) >> shift & 0x7F | (0x80 if shift < 28 else 0) for shift in (0, 7, 14, 21, 28))
    return bytes([field << 3 | 2]) + length + data


def test_message_that_needs_too_much_memory_is_rejected() -> None:
    """A member takes one byte in the encoding, but eight in memory."""
    assert ConfState.decode(inside(1, bytes(2**22))).compute_size() == 2**22 * 2
    with pytest.raises(
        CodecError, match="expected at most 1073741824 bytes of memory, the decoded message takes 1073741832"
    ):
        ConfState.decode(inside(1, bytes(2**27 + 1)))


@pytest.mark.parametrize(
    ("cls", "fields", "data"),
    [
        pytest.param(Message, (), b"\x3a\x00", id="empty entries, of a hundred bytes each"),
        pytest.param(ConfState, (4,), b"\x01", id="next learners"),
        pytest.param(Message, (9, 2, 1, 2), b"\x01", id="learners in a snapshot in a message"),
        pytest.param(Message, (7,), b"\xa0\x06\x01", id="unknown fields in an entry"),
        pytest.param(ConfChangeV2, (2,), b"\xa2\x06\x00", id="unknown fields in a change"),
        pytest.param(ConfChangeV2, (), b"\x12\x00", id="changes"),
    ],
)
def test_decoded_size_is_bounded(cls: type[Any], fields: tuple[int, ...], data: bytes) -> None:
    """Each of these is rejected although its encoding is not too long."""
    encoded = data * ((2**27 + 2**20) // len(data))
    for field in reversed(fields):
        encoded = inside(field, encoded)

    with pytest.raises(CodecError, match="expected at most 1073741824 bytes of memory, the decoded"):
        cls.decode(encoded)


def test_oversized_message_is_rejected() -> None:
    with pytest.raises(CodecError, match="expected at most 268435456 bytes, got 268435457"):
        Snapshot.decode(bytes(2**28 + 1))


def test_unknown_fields_are_preserved() -> None:
    encoded = HardState(term=1).encode() + b"\xa2\x06\x03new"

    assert HardState.decode(encoded).encode() == encoded


def test_merge_replaces_scalars_and_extends_lists() -> None:
    change = ConfChangeV2(changes=[ConfChangeSingle(node_id=1)], context=b"a")

    change.merge_from_bytes(ConfChangeV2(changes=[ConfChangeSingle(node_id=2)], context=b"b").encode())

    assert change == ConfChangeV2(changes=[ConfChangeSingle(node_id=1), ConfChangeSingle(node_id=2)], context=b"b")


@each_message
@pytest.mark.parametrize(
    "duplicate",
    [
        lambda message: message.clone(),
        copy.copy,
        copy.deepcopy,
        lambda message: pickle.loads(pickle.dumps(message)),
        lambda message: message.make_ref().clone(),
        lambda message: copy.deepcopy(message.make_ref()),
        lambda message: pickle.loads(pickle.dumps(message.make_ref())),
    ],
    ids=["clone", "copy", "deepcopy", "pickle", "clone view", "deepcopy view", "pickle view"],
)
def test_copies_are_independent_owners(cls: type[Any], fields: dict[str, Any], duplicate: Callable[[Any], Any]) -> None:
    message = cls(**fields)

    other = duplicate(message)
    assert type(other) is cls
    assert other == message

    name, _ = next(iter(fields.items()))
    accessor(message, "clear", name)()
    assert other == cls(**fields) != message


@each_message
def test_messages_are_unhashable_and_compare_by_value(cls: type[Any], fields: dict[str, Any]) -> None:
    message = cls(**fields)

    assert message == message.clone() == message.make_ref()
    assert message != cls()
    assert message != object()
    assert (message == None) is False  # noqa: E711
    with pytest.raises(TypeError, match="unhashable"):
        hash(message)
    with pytest.raises(TypeError, match="not supported between instances"):
        message < message  # noqa: B015


@each_message
def test_to_dict(cls: type[Any], fields: dict[str, Any]) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, IntEnum):
            return value.name
        if isinstance(value, (int, bytes)):
            return value
        return value.to_dict() if hasattr(value, "to_dict") else repr(value)

    assert cls(**fields).to_dict() == {name: plain(value) for name, value in fields.items()}


@each_message
def test_default(cls: type[Any], fields: dict[str, Any]) -> None:
    assert cls.default() == cls()
    assert set(cls.default().to_dict()) == set(fields)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            Entry(data=b"hi"),
            'Entry { context: "[]", data: "[104, 105]", entry_type: EntryNormal, index: 0, sync_log: false, term: 0 }',
        ),
        (HardState(1, 2, 3), "HardState { term: 1, vote: 2, commit: 3 }"),
        (
            ConfState([1], [2]),
            "ConfState { voters: [1], learners: [2], voters_outgoing: [], learners_next: [], auto_leave: false }",
        ),
        (Snapshot(), 'Snapshot { data: "[]", metadata: None }'),
        (
            Snapshot(metadata=SnapshotMetadata(index=5, term=3)),
            'Snapshot { data: "[]", metadata: Some(SnapshotMetadata { conf_state: None, index: 5, term: 3 }) }',
        ),
        (ConfChangeSingle(node_id=1), "ConfChangeSingle { change_type: AddNode, node_id: 1 }"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_repr(message: object, text: str) -> None:
    assert repr(message) == str(message) == text


@pytest.mark.parametrize(
    "iterable",
    [[1, 2], (1, 2), iter([1, 2]), range(1, 3), dict.fromkeys([1, 2])],
    ids=["list", "tuple", "iterator", "range", "dict"],
)
def test_ids_can_be_any_iterable(iterable: Any) -> None:
    assert ConfState(iterable).voters == [1, 2]


def test_conf_state_of_voters_alone() -> None:
    assert ConfState([1, 2, 3]).voters == [1, 2, 3]
    assert ConfState(learners=[4]) == ConfState([], [4])


@pytest.mark.parametrize(
    "data",
    [b"ab", bytearray(b"ab"), memoryview(b"ab"), memoryview(b"a_b_")[::2], [97, 98], (97, 98)],
    ids=["bytes", "bytearray", "memoryview", "every second byte", "list", "tuple"],
)
def test_bytes_can_be_buffers_or_ints(data: Any) -> None:
    assert Entry(data=data).data == b"ab"


@pytest.mark.parametrize(
    ("data", "error"),
    [("ab", TypeError), (None, TypeError), (5, TypeError), ([256], OverflowError), ([-1], OverflowError)],
)
def test_other_data_is_rejected(data: Any, error: type[Exception]) -> None:
    entry = Entry(data=b"old")

    with pytest.raises(error, match="data"):
        entry.data = data

    assert entry.data == b"old"


@pytest.mark.parametrize(
    ("snapshot", "is_empty"),
    [
        (Snapshot(), True),
        (Snapshot(data=b"x"), True),
        (Snapshot(metadata=SnapshotMetadata(term=1)), True),
        (Snapshot(metadata=SnapshotMetadata(index=1)), False),
    ],
)
def test_snapshot_is_false_when_empty(snapshot: Snapshot, is_empty: bool) -> None:
    assert snapshot.is_empty() == is_empty
    assert bool(snapshot) != is_empty


@pytest.mark.parametrize("value", [Entry(), HardState(), ConfState(), Message(), MessageType.MsgHup], ids=repr)
def test_everything_else_is_true(value: object) -> None:
    assert value


def test_conf_change_as_v1_and_v2() -> None:
    change = ConfChange(change_type=ConfChangeType.AddNode, node_id=3, context=b"c")
    expected = ConfChangeV2(changes=[ConfChangeSingle(change_type=ConfChangeType.AddNode, node_id=3)], context=b"c")

    assert change.as_v2() == change.into_v2() == expected
    assert change.context == b"c"
    assert expected.as_v2() == expected.into_v2() == expected
    assert expected.as_v1() is None
    view = change.as_v1()
    assert view is not None
    view.node_id = 4
    assert change.node_id == 4


@pytest.mark.parametrize(
    ("change", "enter_joint", "leave_joint"),
    [
        (ConfChangeV2(), None, True),
        (ConfChangeV2(changes=[ConfChangeSingle()]), None, False),
        (ConfChangeV2(changes=[ConfChangeSingle(), ConfChangeSingle()]), True, False),
        (ConfChangeV2(transition=ConfChangeTransition.Implicit), True, False),
        (ConfChangeV2(transition=ConfChangeTransition.Explicit), False, False),
    ],
    ids=["empty", "one change", "two changes", "implicit", "explicit"],
)
def test_joint_conf_changes(change: ConfChangeV2, enter_joint: bool | None, leave_joint: bool) -> None:
    assert change.enter_joint() is enter_joint
    assert change.leave_joint() is leave_joint


@each_message
def test_messages_in_a_stream(cls: type[Any], fields: dict[str, Any]) -> None:
    messages = [cls(**fields), cls(), cls(**fields).make_ref()]
    stream = b"".join(message.write_length_delimited_to_bytes() for message in messages)

    decoded, offset = [], 0
    while offset < len(stream):
        message, offset = cls.decode_length_delimited(stream, offset)
        decoded.append(message)

    assert decoded == messages
    assert {type(message) for message in decoded} == {cls}
    assert offset == len(stream)


def test_length_is_a_varint() -> None:
    entry = Entry(data=bytes(300))

    encoded = entry.write_length_delimited_to_bytes()

    assert encoded == b"\xaf\x02" + entry.encode()
    assert Entry.decode_length_delimited(b"ab" + encoded + b"c", 2) == (entry, len(encoded) + 2)
    assert Entry.decode_length_delimited(bytearray(encoded)) == (entry, len(encoded))


@pytest.mark.parametrize(
    ("stream", "offset", "error", "reason"),
    [
        (b"", 0, CodecError, "unexpected EOF"),
        (b"\xff", 0, CodecError, "unexpected EOF"),
        (b"\x02\x08", 0, CodecError, "unexpected EOF"),
        (b"\xff\xff\xff\xff\x0f", 0, CodecError, "unexpected EOF"),
        (b"\x01\xff", 0, CodecError, "unexpected EOF"),
        (b"\x00", 2, ValueError, "offset: 2 is greater than the length, 1"),
        (b"\x00", 2**63, ValueError, f"offset: {2**63} is greater than the length, 1"),
        (b"\x00", -1, OverflowError, OUT_OF_RANGE),
    ],
)
def test_malformed_stream_is_rejected(stream: bytes, offset: int, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        Entry.decode_length_delimited(stream, offset)


@each_message
def test_clear(cls: type[Any], fields: dict[str, Any]) -> None:
    message = cls(**fields)

    message.make_ref().clear()

    assert message == cls()
    assert message.encode() == b""
