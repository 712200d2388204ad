"""The fields of raft-rs's structs: each is an attribute with a `get_` and a `set_`, and they are independent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    Config,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    HardState,
    Inflights,
    Logger,
    LoggerRef,
    MemStorage,
    Message,
    Peer,
    Progress,
    ProgressState,
    Raft,
    RaftLog,
    RaftPanicError,
    RaftState,
    RawNode,
    ReadIndexStatus,
    ReadOnly,
    ReadOnlyOption,
    ReadState,
    Snapshot,
    SoftState,
    StateRole,
    Unstable,
    UnstableRef,
    default_logger,
)


def new_raft() -> Raft:
    """A follower, one of two nodes."""
    return Raft(Config(id=1), MemStorage.new_with_conf_state(ConfState([1, 2])), default_logger())


def new_log() -> RaftLog:
    """A log without entries."""
    return RaftLog(MemStorage(), default_logger())


def new_unstable() -> Unstable:
    """An unstable log without entries."""
    return Unstable(1, default_logger())


STRUCTS: list[tuple[str, Callable[[], Any], dict[str, Any]]] = [
    ("SoftState", SoftState, {"leader_id": 2, "raft_state": StateRole.PreCandidate}),
    ("ReadState", ReadState, {"index": 2**64 - 1, "request_ctx": b"\x00\xff"}),
    ("RaftState", RaftState, {"hard_state": HardState(term=1), "conf_state": ConfState([1])}),
    ("Peer", Peer, {"id": 3, "context": b"address"}),
    ("ReadIndexStatus", ReadIndexStatus, {"req": Message(to=4), "index": 5, "acks": {1, 2}}),
    (
        "Progress",
        lambda: Progress(next_idx=1, ins_size=2),
        {
            "matched": 3,
            "next_idx": 4,
            "state": ProgressState.Snapshot,
            "paused": True,
            "pending_snapshot": 5,
            "pending_request_snapshot": 6,
            "recent_active": True,
            "ins": Inflights(7),
            "commit_group_id": 8,
            "committed_index": 9,
        },
    ),
    (
        "Unstable",
        new_unstable,
        {"snapshot": Snapshot(data=b"s"), "entries": [Entry(index=3), Entry(index=4)], "entries_size": 5, "offset": 6},
    ),
    (
        "RaftLog",
        new_log,
        {"committed": 1, "persisted": 2, "applied": 3},
    ),
    (
        "Raft",
        new_raft,
        {
            "msgs": [Message(to=2), Message(to=3)],
            "term": 3,
            "vote": 4,
            "id": 5,
            "read_states": [ReadState(6, b"r")],
            "max_inflight": 7,
            "max_msg_size": 8,
            "pending_request_snapshot": 9,
            "state": StateRole.Candidate,
            "leader_id": 10,
            "lead_transferee": 11,
            "pending_conf_index": 12,
            "election_elapsed": 13,
            "check_quorum": True,
            "pre_vote": True,
            "priority": -14,
        },
    ),
]
FIELDS = [
    pytest.param(make, name, value, id=f"{struct}.{name}")
    for struct, make, fields in STRUCTS
    for name, value in fields.items()
]
NAMES = {make: list(fields) for _, make, fields in STRUCTS}
HAS_METHOD_OF_ITS_NAME = ("applied",)

each_field = pytest.mark.parametrize(("make", "name", "value"), FIELDS)
each_attribute = pytest.mark.parametrize(
    ("make", "name", "value"), [field for field in FIELDS if field.values[1] not in HAS_METHOD_OF_ITS_NAME]
)


def others(make: Callable[[], Any], struct: Any, name: str) -> dict[str, Any]:
    """All fields of a struct but one, read by their accessors."""
    return {other: getattr(struct, f"get_{other}")() for other in NAMES[make] if other != name}


@each_attribute
def test_field_is_an_attribute(make: Callable[[], Any], name: str, value: object) -> None:
    struct = make()

    setattr(struct, name, value)

    assert getattr(struct, name) == value != getattr(make(), name)
    assert others(make, struct, name) == others(make, make(), name)


@each_field
def test_field_has_accessors(make: Callable[[], Any], name: str, value: object) -> None:
    struct = make()

    getattr(struct, f"set_{name}")(value)

    assert getattr(struct, f"get_{name}")() == value != getattr(make(), f"get_{name}")()
    assert others(make, struct, name) == others(make, make(), name)


@each_field
def test_field_of_the_wrong_type_is_named(make: Callable[[], Any], name: str, value: object) -> None:
    struct = make()
    getattr(struct, f"set_{name}")(value)

    with pytest.raises(TypeError, match=name):
        getattr(struct, f"set_{name}")(object())

    assert getattr(struct, f"get_{name}")() == value


@pytest.mark.parametrize(
    ("make", "name", "value"), [field for field in FIELDS if type(field.values[2]) is int and field.values[2] > 0]
)
def test_negative_number_is_rejected(make: Callable[[], Any], name: str, value: int) -> None:
    struct = make()

    with pytest.raises(OverflowError, match=name):
        getattr(struct, f"set_{name}")(-value)

    assert getattr(struct, f"get_{name}")() == getattr(make(), f"get_{name}")()


@pytest.mark.parametrize(
    ("make", "name"), [(new_raft, "lead_transferee"), (Peer, "context"), (new_unstable, "snapshot")]
)
def test_optional_field_can_be_none(make: Callable[[], Any], name: str) -> None:
    [value] = [fields[name] for _, other, fields in STRUCTS if other is make]
    struct = make()
    setattr(struct, name, value)

    setattr(struct, name, None)

    assert getattr(struct, name) is getattr(struct, f"get_{name}")() is None


@pytest.mark.parametrize(
    ("make", "write", "expected"),
    [
        (RaftState, lambda state: setattr(state.hard_state, "term", 7), HardState(term=7)),
        (RaftState, lambda state: setattr(state.get_hard_state(), "vote", 8), HardState(vote=8)),
    ],
)
def test_nested_field_is_a_live_view(make: Callable[[], Any], write: Callable[[Any], None], expected: object) -> None:
    state = make()

    write(state)

    assert state.hard_state == expected


def test_applied_is_a_method_and_has_accessors() -> None:
    log = new_log()

    log.set_applied(5)

    assert log.applied() == log.get_applied() == 5
    with pytest.raises(AttributeError, match=r"'rraft\.RaftLog' object attribute 'applied' is read-only"):
        log.applied = 6  # type: ignore[method-assign, assignment]


def test_window_of_a_progress_is_a_live_view() -> None:
    progress = Progress(next_idx=1, ins_size=2)

    progress.ins.add(5)
    progress.get_ins().add(6)

    assert progress.ins.full()


def test_unstable_log_of_a_log_is_a_live_view() -> None:
    log = new_log()

    log.unstable().offset = 5

    assert log.unstable().get_offset() == 5


def test_entry_of_an_unstable_log_is_a_live_view() -> None:
    unstable = new_unstable()
    unstable.entries = [Entry(index=1)]

    unstable.entries[0].term = 4
    unstable.get_entries()[0].data = b"d"

    assert unstable.entries == [Entry(index=1, term=4, data=b"d")]


@pytest.mark.parametrize(
    ("get", "set_"),
    [
        (UnstableRef.get_logger, UnstableRef.set_logger),
        (lambda unstable: unstable.logger, lambda unstable, logger: setattr(unstable, "logger", logger)),
    ],
    ids=["accessors", "attribute"],
)
def test_logger_of_an_unstable_log(
    logger: LoggerRef, get: Callable[[UnstableRef], Logger], set_: Callable[[UnstableRef, LoggerRef], None]
) -> None:
    unstable = new_unstable()

    # The log records and panics of a node include its id.
    set_(unstable, get(new_raft().raft_log.unstable()))
    with pytest.raises(RaftPanicError, match=r"invalid unstable\.slice 2 > 1, raft_id: 1$"):
        unstable.must_check_outofbounds(2, 1)

    set_(unstable, logger)
    with pytest.raises(RaftPanicError, match=r"invalid unstable\.slice 2 > 1$"):
        unstable.must_check_outofbounds(2, 1)


def test_parts_of_a_node_are_live_views(logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), MemStorage(), logger)

    node.raft.get_raft_log().committed = 3
    node.get_raft().r.vote = 4

    assert node.raft.raft_log.get_committed() == 3
    assert node.raft.vote == 4


@pytest.mark.parametrize("assign", [Raft.set_raft_log, lambda raft, log: setattr(raft, "raft_log", log)])
def test_log_of_a_raft_can_be_replaced(assign: Callable[[Raft, RaftLog], None]) -> None:
    raft, log = new_raft(), new_log()
    log.append([Entry(term=1, index=1)])

    assign(raft, log)

    assert raft.raft_log.last_index() == 1
    with pytest.raises(DestroyedRefUsedError, match="RaftLog has been consumed"):
        log.last_index()


def test_log_inside_a_raft_can_not_be_consumed() -> None:
    raft, other = new_raft(), new_raft()
    other.raft_log.append([Entry(term=1, index=1)])

    for log in (raft.raft_log, other.raft_log):
        with pytest.raises(TypeError, match="a RaftLog inside another object can't be consumed"):
            raft.set_raft_log(log)

    assert raft.raft_log.last_index() == 0
    assert other.raft_log.last_index() == 1


@pytest.mark.parametrize("get", [RaftLog.get_store, RaftLog.store, RaftLog.mut_store])
def test_storage_of_a_log_can_be_replaced(get: Callable[[RaftLog], MemStorage]) -> None:
    log, storage = new_log(), MemStorage()
    storage.wl().append([Entry(term=1, index=1)])

    log.set_store(storage)

    assert get(log).last_index() == 1
    get(log).wl().append([Entry(term=1, index=2)])
    assert storage.last_index() == 2


def test_read_requests_of_a_raft_can_be_replaced() -> None:
    raft = new_raft()
    read_only = ReadOnly(ReadOnlyOption.LeaseBased)
    read_only.add_request(4, Message(entries=[Entry(data=b"ctx")]), 1)

    raft.read_only = read_only

    assert raft.read_only.option == raft.get_read_only_option() == ReadOnlyOption.LeaseBased
    assert raft.read_only.read_index_queue == [b"ctx"]
    read_only.add_request(4, Message(entries=[Entry(data=b"other")]), 1)
    assert raft.pending_read_count() == 1


def test_option_of_the_read_requests_of_a_raft() -> None:
    raft = new_raft()
    assert raft.get_read_only_option() == ReadOnlyOption.Safe

    raft.set_read_only_option(ReadOnlyOption.LeaseBased)
    assert raft.read_only.option == ReadOnlyOption.LeaseBased

    raft.read_only.option = ReadOnlyOption.Safe
    assert raft.get_read_only_option() == ReadOnlyOption.Safe
