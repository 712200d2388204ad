"""What all classes have: views and a `repr`."""

from __future__ import annotations

import copy
from collections.abc import Callable
from tempfile import mkdtemp
from typing import Any

import pytest

import rraft
from rraft import (
    ConfChange,
    ConfChangeSingle,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Config,
    Configuration,
    ConfState,
    Entry,
    GetEntriesContext,
    HardState,
    Index,
    Inflights,
    JointConfig,
    LightReady,
    MajorityConfig,
    MemStorage,
    MemStorageCore,
    Message,
    Messages,
    Peer,
    Progress,
    ProgressTracker,
    Raft,
    RaftLog,
    RaftState,
    RawNode,
    ReadIndexStatus,
    ReadOnly,
    ReadOnlyOption,
    ReadState,
    Ready,
    ReadyBatch,
    ReadyLoop,
    Snapshot,
    SnapshotMetadata,
    SoftState,
    StateRole,
    Status,
    Storage,
    Union,
    Unstable,
    Wal,
    default_logger,
)
from tests.harness import ListStorage

CONF_STATE = "ConfState { voters: [1], learners: [], voters_outgoing: [], learners_next: [], auto_leave: false }"
METADATA = f"SnapshotMetadata {{ conf_state: Some({CONF_STATE}), index: 2, term: 3 }}"
SINGLE = "ConfChangeSingle { change_type: AddLearnerNode, node_id: 7 }"
ENTRY = 'Entry { context: "[]", data: "[100]", entry_type: EntryNormal, index: 2, sync_log: false, term: 3 }'
EMPTY_SNAPSHOT = 'Snapshot { data: "[]", metadata: None }'
MESSAGE = (
    "Message { msg_type: MsgHup, to: 2, from: 0, term: 0, log_term: 0, index: 0, entries: [], commit: 0,"
    f" commit_term: 0, snapshot: {EMPTY_SNAPSHOT}, request_snapshot: 0, reject: false, reject_hint: 0,"
    ' context: "[]", deprecated_priority: 0, priority: 0 }'
)
PROGRESS = (
    "Progress { matched: 0, next_idx: 3, state: Probe, paused: false, pending_snapshot: 0,"
    " pending_request_snapshot: 0, recent_active: false,"
    " ins: Inflights { start: 0, count: 0, buffer: [], cap: 4, incoming_cap: None }, commit_group_id: 0,"
    " committed_index: 0 }"
)
JOINT = "Configuration { incoming: Configuration { voters: {1} }, outgoing: Configuration { voters: {} } }"


def new_candidate(*voters: int) -> RawNode:
    node = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState(voters)), default_logger())
    node.campaign()
    return node


def new_batch() -> ReadyBatch | None:
    return ReadyLoop(new_candidate(1)).run()


def new_messages() -> Messages:
    outboxes: dict[int, list[Messages]] = {}
    ReadyLoop(new_candidate(1, 2), outboxes, encode=False).run()
    return outboxes[2][0]


def new_raft() -> Raft:
    """A follower in a cluster of one."""
    return Raft(Config(id=1, max_inflight_msgs=4), MemStorage.new_with_conf_state(ConfState([1])), default_logger())


class NamedStorage(ListStorage):
    def __repr__(self) -> str:
        return "<a storage>"


OBJECTS: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: ConfChange(change_type=ConfChangeType.RemoveNode, node_id=2, context=b"c", id=9),
        'ConfChange { change_type: RemoveNode, node_id: 2, context: "[99]", id: 9 }',
    ),
    (lambda: ConfChangeSingle(change_type=ConfChangeType.AddLearnerNode, node_id=7), SINGLE),
    (
        lambda: ConfChangeV2(
            transition=ConfChangeTransition.Explicit,
            changes=[ConfChangeSingle(change_type=ConfChangeType.AddLearnerNode, node_id=7)],
        ),
        f'ConfChangeV2 {{ transition: 2, changes: [{SINGLE}], context: "[]" }}',
    ),
    (lambda: ConfState([1]), CONF_STATE),
    (
        lambda: Config(id=1),
        "Config { id: 1, election_tick: 20, heartbeat_tick: 2, applied: 0, max_size_per_msg: 0, max_inflight_msgs: 256,"
        " check_quorum: false, pre_vote: false, min_election_tick: 0, max_election_tick: 0, read_only_option: Safe,"
        " skip_bcast_commit: false, batch_append: false, priority: 0, max_uncommitted_size: 18446744073709551615,"
        " max_committed_size_per_ready: 18446744073709551615 }",
    ),
    (lambda: Configuration([1], [2]), "voters=(1) learners=(2)"),
    (lambda: Entry(index=2, term=3, data=b"d"), ENTRY),
    (lambda: GetEntriesContext.empty(can_async=True), "GetEntriesContext(Empty(true))"),
    (lambda: HardState(1, 2, 3), "HardState { term: 1, vote: 2, commit: 3 }"),
    (lambda: Inflights(2), "Inflights { start: 0, count: 0, buffer: [], cap: 2, incoming_cap: None }"),
    (lambda: JointConfig([1]), JOINT),
    (LightReady.default, "LightReady { commit_index: None, committed_entries: [], messages: [] }"),
    (lambda: MajorityConfig([1]), "Configuration { voters: {1} }"),
    (MemStorage, "MemStorage { first_index: 1, last_index: 0 }"),
    (lambda: Wal(mkdtemp()).storage(7), "WalStorage { group: 7, first_index: 1, last_index: 0 }"),
    (lambda: Message(to=2), MESSAGE),
    (lambda: Peer(1, b"x"), "Peer { id: 1, context: Some([120]) }"),
    (Peer.default, "Peer { id: 0, context: None }"),
    (lambda: Progress(next_idx=3, ins_size=4), PROGRESS),
    (lambda: new_raft().prs(), f"ProgressTracker {{ members: [1], voters: {JOINT} }}"),
    (new_raft, "Raft { id: 1, state: Follower, term: 0 }"),
    (
        lambda: RaftLog(MemStorage(), default_logger()),
        '"committed=0, persisted=0, applied=0, unstable.offset=1, unstable.entries.len()=0"',
    ),
    (
        lambda: RaftState(HardState(1, 2, 3), ConfState([1])),
        f"RaftState {{ hard_state: HardState {{ term: 1, vote: 2, commit: 3 }}, conf_state: {CONF_STATE} }}",
    ),
    (
        lambda: RawNode(Config(id=7), MemStorage(), default_logger()),
        "RawNode { id: 7, state: Follower, term: 0 }",
    ),
    (
        lambda: ReadIndexStatus(Message(to=2), 3, [2, 1]),
        f"ReadIndexStatus {{ req: {MESSAGE}, index: 3, acks: {{1, 2}} }}",
    ),
    (
        lambda: ReadOnly(ReadOnlyOption.LeaseBased),
        "ReadOnly { option: LeaseBased, pending_read_index: {}, read_index_queue: [] }",
    ),
    (lambda: ReadState(3, b"ab"), "ReadState { index: 3, request_ctx: [97, 98] }"),
    (
        Ready.default,
        f"Ready {{ number: 0, ss: None, hs: None, read_states: [], entries: [], snapshot: {EMPTY_SNAPSHOT},"
        " committed_entries: [], messages: [], persisted_messages: [], must_sync: false }",
    ),
    (
        lambda: Snapshot(data=b"d", metadata=SnapshotMetadata(conf_state=ConfState([1]), index=2, term=3)),
        f'Snapshot {{ data: "[100]", metadata: Some({METADATA}) }}',
    ),
    (new_messages, "Messages { length: 1 }"),
    (
        new_batch,
        "ReadyBatch { messages: 0, snapshot: 0, committed_entries: 1, read_states: 0, has_more: false }",
    ),
    (lambda: SnapshotMetadata(conf_state=ConfState([1]), index=2, term=3), METADATA),
    (lambda: SoftState(2, StateRole.Leader), "SoftState { leader_id: 2, raft_state: Leader }"),
    (lambda: Storage(NamedStorage()), "Storage(<a storage>)"),
    (
        lambda: Unstable(1, default_logger()),
        "Unstable { snapshot: None, entries: [], entries_size: 0, offset: 1, logger: Logger() }",
    ),
]
WITHOUT_VIEW: list[tuple[Callable[[], Any], str]] = [
    (lambda: Index(3), "3"),
    (lambda: Index(3, group_id=2), "[2]3"),
    (lambda: Index(2**64 - 1), "∞"),
    (lambda: new_raft().prs().collect()[0], f"ProgressMapItem (id: 1, progress: {PROGRESS.replace('3', '1', 1)})"),
    (
        lambda: Status(new_raft()),
        "Status { id: 1, hs: HardState { term: 0, vote: 0, commit: 0 },"
        " ss: SoftState { leader_id: 0, raft_state: Follower }, applied: 0, leads: false }",
    ),
    (lambda: Union([1], [1]), "Union([1])"),
]
WITHOUT_TEXT: list[Callable[[], Any]] = [default_logger, MemStorageCore.default]
CHANGES: list[tuple[Callable[[], Any], Callable[[Any], object], Callable[[Any], bool]]] = [
    (lambda: Config(id=1), lambda view: view.set_id(2), lambda config: config.id == 2),
    (lambda: Inflights(2), lambda view: view.add(1), lambda inflights: inflights.count() == 1),
    (lambda: JointConfig([1]), lambda view: view.clear(), lambda config: config.ids() == set()),
    (lambda: MajorityConfig([1]), lambda view: view.insert(2), lambda config: config.ids() == {1, 2}),
    (MemStorage, lambda view: view.wl().append([Entry(index=1)]), lambda storage: storage.last_index() == 1),
    (
        MemStorageCore.default,
        lambda view: view.set_hardstate(HardState(term=1)),
        lambda core: core.hard_state().term == 1,
    ),
    (lambda: Peer(1), lambda view: view.set_context(b"c"), lambda peer: peer.context == b"c"),
    (lambda: Progress(1, 2), lambda view: view.pause(), lambda progress: progress.paused),
    (
        lambda: ProgressTracker(1),
        lambda view: view.enable_group_commit(True),
        lambda tracker: tracker.group_commit(),
    ),
    (new_raft, lambda view: view.become_candidate(), lambda raft: raft.term == 1),
    (
        lambda: RaftLog(MemStorage(), default_logger()),
        lambda view: view.append([Entry(index=1)]),
        lambda log: log.last_index() == 1,
    ),
    (
        lambda: RawNode(Config(id=7), MemStorage(), default_logger()),
        lambda view: view.set_priority(3),
        lambda node: node.raft.priority == 3,
    ),
    (
        lambda: ReadOnly(ReadOnlyOption.Safe),
        lambda view: view.add_request(1, Message(entries=[Entry(data=b"c")]), 1),
        lambda read_only: len(read_only) == 1,
    ),
    (lambda: Unstable(1, default_logger()), lambda view: view.set_offset(4), lambda unstable: unstable.offset == 4),
]
VIEWED = [make for make, _ in OBJECTS] + WITHOUT_TEXT + [lambda: ProgressTracker(1)]


def class_name(make: Callable[[], Any]) -> str:
    """The name of the class of the result of `make`."""
    return type(make()).__name__


@pytest.mark.parametrize(
    ("make", "text"), OBJECTS + WITHOUT_VIEW, ids=[class_name(make) for make, _ in OBJECTS + WITHOUT_VIEW]
)
def test_repr(make: Callable[[], Any], text: str) -> None:
    assert repr(make()) == text


@pytest.mark.parametrize(("make", "text"), OBJECTS, ids=[class_name(make) for make, _ in OBJECTS])
def test_view_has_the_repr_of_its_owner(make: Callable[[], Any], text: str) -> None:
    assert repr(make().make_ref()) == text


def test_every_class_with_views_is_tested() -> None:
    owners = {name.removesuffix("Ref") for name in rraft.__all__ if name.endswith("Ref")}
    aliases = {name for name in owners if name.startswith("InMemory")}

    assert {class_name(make).removesuffix("Ref") for make in VIEWED} == owners - aliases


@pytest.mark.parametrize("make", VIEWED, ids=class_name)
def test_make_ref_gives_a_view(make: Callable[[], Any]) -> None:
    original = make()
    view_class = getattr(rraft, type(original).__name__.removesuffix("Ref") + "Ref")

    view = original.make_ref()

    assert type(view) is type(view.make_ref()) is view_class
    assert isinstance(original, view_class)
    assert view is not original


@pytest.mark.parametrize(("make", "write", "read"), CHANGES, ids=[class_name(make) for make, _, _ in CHANGES])
def test_view_is_live(make: Callable[[], Any], write: Callable[[Any], object], read: Callable[[Any], bool]) -> None:
    original = make()
    assert not read(original)

    write(original.make_ref())

    assert read(original)


def test_context_is_consumed_through_a_view() -> None:
    context = GetEntriesContext.empty(can_async=True)

    MemStorage().entries(1, 1, context.make_ref())

    assert not context.can_async()


@pytest.mark.parametrize(
    "make",
    [JointConfig, MajorityConfig, lambda: ProgressTracker(1), lambda: ReadOnly(ReadOnlyOption.Safe)],
    ids=class_name,
)
def test_empty_containers_have_length_zero(make: Callable[[], Any]) -> None:
    assert len(make()) == 0


@pytest.mark.parametrize(
    "make", [JointConfig, lambda: ProgressTracker(1), lambda: ReadOnly(ReadOnlyOption.Safe)], ids=class_name
)
def test_empty_non_sets_are_true(make: Callable[[], Any]) -> None:
    assert bool(make()) is True


@pytest.mark.parametrize("duplicate", [MemStorage.clone, copy.copy, copy.deepcopy])
def test_copies_of_a_storage_share_its_contents(duplicate: Callable[[MemStorage], MemStorage]) -> None:
    storage = MemStorage()

    other = duplicate(storage)
    other.wl().append([Entry(index=1)])

    assert type(other) is MemStorage
    assert storage.last_index() == 1
