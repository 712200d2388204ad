"""Owners, views and copies that programs written for rraft-py rely on.

Like these programs, the tests named after rraft-py call methods by its names and pass views from `make_ref()`. What
other tests cover for every field, enum or storage is not repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rraft import (
    ConfChangeSingle,
    ConfChangeV2,
    Config,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    GetEntriesContext,
    HardState,
    Inflights,
    InMemoryRaft,
    MajorityConfig,
    MemStorage,
    Message,
    Progress,
    RaftState,
    ReadState,
    Ready,
    Snapshot,
    SnapshotMetadata,
    StateRole,
    default_logger,
)
from tests.harness.reasons import NOT_ITERABLE
from tests.harness.rraft_py import (
    CAN_WAIT,
    entry_at,
    leader_of_three,
    log_of,
    node_of,
    storage_of,
    unstable_with_entry,
)

# Owners and views


@pytest.mark.parametrize(
    "use",
    [
        lambda view: view == Entry(),
        lambda view: Entry() == view,
        lambda view: Message().set_entries([view]),
        lambda view: MemStorage().wl().append([view]),
        lambda view: view.clone(),
    ],
    ids=["left of ==", "right of ==", "set_entries", "append", "clone"],
)
def test_view_of_a_missing_value_can_not_be_used(use: Callable[[Any], object]) -> None:
    message = Message()
    message.set_entries([Entry()])
    view = message.get_entries()[0]
    message.clear_entries()

    with pytest.raises(DestroyedRefUsedError, match="the Entry that this view refers to no longer exists"):
        use(view)


def test_arguments_are_copied() -> None:
    snapshot, metadata = Snapshot(), SnapshotMetadata()
    snapshot.set_metadata(metadata.make_ref())
    metadata.set_index(9)
    assert snapshot.get_metadata().get_index() == 0

    progress, inflights = Progress(1, 2), Inflights(3)
    progress.set_ins(inflights.make_ref())
    inflights.add(9)
    assert progress.get_ins().count() == 0

    hard_state = HardState()
    state = RaftState(hard_state.make_ref(), ConfState().make_ref())
    hard_state.set_term(9)
    assert state.get_hard_state().get_term() == 0

    storage, entry = MemStorage(), entry_at(1, term=1)
    storage.wl().append([entry.make_ref()])
    entry.set_term(9)
    assert storage.term(1) == 1


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (len, r"has no len\(\)$"),
        (iter, NOT_ITERABLE),
        (int, r"^int\(\) argument must be"),
        (lambda message: message[0], "is not subscriptable$"),
    ],
    ids=["len", "iter", "int", "[]"],
)
@pytest.mark.parametrize(
    "message", [Message(), Entry(), ConfState(), Snapshot(), Ready.default()], ids=lambda value: type(value).__name__
)
def test_messages_are_not_containers(message: Any, use: Callable[[Any], object], reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        use(message)


# Live views and copies


def ready_with_all_lists() -> Ready:
    node = leader_of_three()
    node.get_raft().set_read_states([ReadState.default()])
    node.propose(b"", b"data")
    return node.ready()


def raft_with_message() -> InMemoryRaft:
    raft = InMemoryRaft(Config(id=1), storage_of(1), default_logger())
    raft.set_msgs([Message()])
    return raft


@pytest.mark.parametrize(
    ("make", "view", "field"),
    [
        (Snapshot, lambda snapshot: snapshot.get_metadata(), "index"),
        (Message, lambda message: message.get_snapshot().get_metadata(), "index"),
        (lambda: Message(entries=[Entry()]), lambda message: message.get_entries()[0], "term"),
        (lambda: ConfChangeV2(changes=[ConfChangeSingle()]), lambda change: change.get_changes()[0], "node_id"),
        (RaftState.default, lambda state: state.get_hard_state(), "term"),
        (ready_with_all_lists, lambda ready: ready.hs(), "term"),
        (ready_with_all_lists, lambda ready: ready.entries()[0], "term"),
        (ready_with_all_lists, lambda ready: ready.committed_entries()[0], "term"),
        (ready_with_all_lists, lambda ready: ready.messages()[0], "term"),
        (ready_with_all_lists, lambda ready: ready.read_states()[0], "index"),
        (ready_with_all_lists, lambda ready: ready.snapshot().get_metadata(), "index"),
        (lambda: node_of(1), lambda node: node.get_raft(), "term"),
        (raft_with_message, lambda raft: raft.get_msgs()[0], "term"),
        (raft_with_message, lambda raft: raft.get_raft_log(), "committed"),
        (raft_with_message, lambda raft: raft.prs().get(1), "matched"),
        (raft_with_message, lambda raft: raft.prs()[1], "matched"),
        (raft_with_message, lambda raft: raft.prs().collect()[0].progress(), "matched"),
        (lambda: log_of(1), lambda log: log.unstable(), "offset"),
        (lambda: log_of(1), lambda log: log.unstable().get_entries()[0], "term"),
        (unstable_with_entry, lambda unstable: unstable.get_entries()[0], "term"),
        (MemStorage, lambda storage: storage.wl().hard_state(), "commit"),
        (lambda: node_of(1), lambda node: node.store().rl().hard_state(), "commit"),
    ],
)
def test_change_through_a_view_is_visible(make: Callable[[], Any], view: Callable[[Any], Any], field: str) -> None:
    parent = make()

    getattr(view(parent), f"set_{field}")(9)

    assert getattr(view(parent), f"get_{field}")() == 9


def test_node_can_be_made_leader_directly() -> None:
    node = node_of(1, 2)

    node.get_raft().become_candidate()
    node.get_raft().become_leader()

    assert node.get_raft().get_state() == StateRole.Leader


def test_two_cores_of_a_storage_at_once() -> None:
    storage = MemStorage()
    one, two, reader = storage.wl(), storage.wl(), storage.rl()

    one.append([entry_at(1)])
    two.append([entry_at(2)])
    reader.append([entry_at(3)])

    assert storage.last_index() == 3


def storage_with_entry() -> MemStorage:
    storage = MemStorage()
    storage.wl().append([entry_at(1)])
    return storage


@pytest.mark.parametrize(
    ("make", "copy", "field"),
    [
        (raft_with_message, lambda raft: raft.hard_state(), "commit"),
        (raft_with_message, lambda raft: raft.soft_state(), "leader_id"),
        (raft_with_message, lambda raft: raft.prs().get(1).clone(), "matched"),
        (MemStorage, lambda storage: storage.initial_state().get_hard_state(), "term"),
        (MemStorage, lambda storage: storage.snapshot(0, 0).get_metadata(), "term"),
        (storage_with_entry, lambda storage: storage.entries(1, 2, GetEntriesContext.empty(CAN_WAIT))[0], "term"),
        (lambda: log_of(1), lambda log: log.all_entries()[0], "term"),
        (lambda: log_of(1), lambda log: log.entries(1, GetEntriesContext.empty(CAN_WAIT))[0], "term"),
        (lambda: log_of(1), lambda log: log.slice(1, 2, GetEntriesContext.empty(CAN_WAIT))[0], "term"),
    ],
)
def test_change_of_a_copy_is_not_visible(make: Callable[[], Any], copy: Callable[[Any], Any], field: str) -> None:
    parent = make()

    changed = copy(parent)
    getattr(changed, f"set_{field}")(9)

    assert getattr(changed, f"get_{field}")() == 9
    assert getattr(copy(parent), f"get_{field}")() != 9


def test_read_states_of_a_raft_are_copies() -> None:
    raft = node_of(1).get_raft()
    raft.set_read_states([ReadState(3, b"ab")])

    [state] = raft.get_read_states()
    state.set_index(9)
    assert raft.get_read_states() == [ReadState(3, b"ab")]

    raft.set_read_states([])
    assert state.get_request_ctx() == b"ab"


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (lambda: ConfState([1]), lambda conf_state: conf_state.get_voters()),
        (lambda: Message(entries=[Entry()]), lambda message: message.get_entries()),
        (ready_with_all_lists, lambda ready: ready.entries()),
        (raft_with_message, lambda raft: raft.get_msgs()),
        (lambda: MajorityConfig({1}), lambda config: config.raw_slice()),
    ],
    ids=["get_voters", "get_entries", "entries", "get_msgs", "raw_slice"],
)
def test_getters_return_new_lists(make: Callable[[], Any], values: Callable[[Any], list[Any]]) -> None:
    parent = make()

    values(parent).clear()

    assert len(values(parent)) == 1
