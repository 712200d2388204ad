"""Owners and views: what they keep alive, and what they raise when their value no longer exists."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import pytest

from rraft import (
    Config,
    ConfState,
    DestroyedRefUsedError,
    Entry,
    GetEntriesContext,
    InUseError,
    LoggerRef,
    MemStorage,
    Message,
    Progress,
    RaftLog,
    RaftRef,
    RawNode,
    Ready,
    Snapshot,
    SnapshotMetadata,
    Storage,
)
from tests.harness.storage import ListStorage


def single_node(logger: LoggerRef, storage: MemStorage | None = None) -> RawNode:
    """The only node of a cluster."""
    return RawNode(Config(id=1), storage or MemStorage.new_with_conf_state(ConfState([1])), logger)


def ready_of_leader(logger: LoggerRef) -> tuple[RawNode, Ready]:
    """A newly elected node and its first Ready, which has one entry."""
    node = single_node(logger)
    node.campaign()
    return node, node.ready()


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (lambda _: MemStorage().initial_state().conf_state.voters, []),
        (lambda _: MemStorage.new_with_conf_state(ConfState([1, 2])).initial_state().conf_state.voters, [1, 2]),
        (lambda _: MemStorage().wl().hard_state().commit, 0),
        (lambda _: Message().snapshot.metadata.conf_state.learners, []),
        (lambda _: Message(entries=[Entry(term=7)]).entries[0].term, 7),
        (lambda logger: single_node(logger).raft.raft_log.unstable().offset, 1),
        (lambda logger: single_node(logger).raft.prs()[1].ins.count(), 0),
        (lambda logger: single_node(logger).raft.prs().conf_voters().ids(), {1}),
        (lambda logger: ready_of_leader(logger)[1].entries()[0].index, 1),
        (lambda logger: ready_of_leader(logger)[1].hs().term, 1),  # type: ignore[union-attr]
        (lambda _: Message(term=3).make_ref().make_ref().term, 3),
    ],
    ids=[
        "storage.initial_state.conf_state",
        "storage.new_with_conf_state",
        "storage.wl.hard_state",
        "message.snapshot.metadata.conf_state",
        "message.entries",
        "node.raft.raft_log.unstable",
        "node.raft.prs.ins",
        "node.raft.prs.conf_voters",
        "ready.entries",
        "ready.hs",
        "make_ref",
    ],
)
def test_views_keep_their_owner_alive(
    logger: LoggerRef, chain: Callable[[LoggerRef], object], expected: object
) -> None:
    gc.collect()

    assert chain(logger) == expected


def test_view_outlives_the_name_of_its_owner() -> None:
    message = Message(snapshot=Snapshot(metadata=SnapshotMetadata(conf_state=ConfState([1, 2]))))
    conf_state = message.snapshot.metadata.conf_state

    del message
    gc.collect()

    assert conf_state.voters == [1, 2]
    conf_state.voters = [3]
    assert conf_state.voters == [3]


def test_write_through_a_view_is_seen_by_the_owner() -> None:
    message = Message(entries=[Entry(term=1), Entry(term=2)])

    message.entries[1].term = 5
    message.snapshot.metadata.conf_state.voters = [4]
    message.make_ref().to = 9

    assert [entry.term for entry in message.entries] == [1, 5]
    assert message.snapshot.metadata.conf_state.voters == [4]
    assert message.to == 9


def test_reading_an_absent_message_changes_nothing() -> None:
    message = Message()

    assert message.get_snapshot().get_metadata().get_conf_state().get_voters() == []

    assert not message.has_snapshot()
    assert message == Message()
    assert message.encode() == b""


def test_writing_to_an_absent_message_creates_it() -> None:
    message = Message()

    message.snapshot.metadata.index = 3

    assert message.has_snapshot()
    assert message == Message(snapshot=Snapshot(metadata=SnapshotMetadata(index=3)))


def test_assigned_values_are_copied() -> None:
    entry = Entry(term=1)
    message = Message(entries=[entry])

    entry.term = 2

    assert message.entries[0].term == 1


def test_getter_returns_an_independent_list() -> None:
    message = Message(entries=[Entry(term=1)])

    message.get_entries().append(Entry(term=2))

    assert len(message.entries) == 1


def test_element_view_is_invalid_once_its_element_is_removed() -> None:
    message = Message(entries=[Entry(term=1), Entry(term=2)])
    first, second = message.entries

    message.entries = [Entry(term=8)]

    assert first.term == 8
    with pytest.raises(DestroyedRefUsedError, match="Entry"):
        second.term = 9
    assert [entry.term for entry in message.entries] == [8]


def test_taken_elements_are_owners() -> None:
    message = Message(entries=[Entry(term=1)])
    view = message.entries[0]

    taken = message.take_entries()

    assert taken == [Entry(term=1)]
    assert message.entries == []
    with pytest.raises(DestroyedRefUsedError, match="the Entry that this view refers to no longer exists"):
        _ = view.term
    with pytest.raises(DestroyedRefUsedError, match="the Entry that this view refers to no longer exists"):
        repr(view)


def test_progress_view_is_invalid_once_the_member_is_removed(logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1, 2])), logger)
    progress = node.raft.prs()[2]
    assert progress is not None

    node.raft.restore(Snapshot(metadata=SnapshotMetadata(index=5, term=1, conf_state=ConfState([1]))))

    assert node.raft.prs().get(2) is None
    with pytest.raises(DestroyedRefUsedError, match="Progress"):
        progress.matched = 3


def test_unstable_snapshot_view_is_invalid_once_the_snapshot_is_gone(logger: LoggerRef) -> None:
    log = RaftLog(MemStorage(), logger)
    log.restore(Snapshot(metadata=SnapshotMetadata(index=5, term=1)))
    view, copy = log.unstable().snapshot, log.unstable_snapshot()
    assert view is not None
    assert copy is not None

    log.stable_snap(5)

    assert log.unstable_snapshot() is None
    assert copy.metadata.index == 5
    with pytest.raises(DestroyedRefUsedError, match="Snapshot"):
        _ = view.metadata.index


@pytest.mark.parametrize("through_view", [False, True], ids=["owner", "view"])
def test_ready_is_consumed_by_advance(logger: LoggerRef, through_view: bool) -> None:
    node, ready = ready_of_leader(logger)
    entries, hard_state, snapshot = ready.entries(), ready.hs(), ready.snapshot()
    assert hard_state is not None

    node.advance(ready.make_ref() if through_view else ready)

    for use in (
        ready.number,
        ready.entries,
        ready.take_entries,
        ready.make_ref().number,
        lambda: entries[0].term,
        lambda: hard_state.term,
        lambda: snapshot.data,
        lambda: node.advance(ready),
    ):
        with pytest.raises(DestroyedRefUsedError, match="Ready has been consumed"):
            use()
    assert not node.tick()


def test_ready_elements_can_be_changed_and_taken(logger: LoggerRef) -> None:
    _, ready = ready_of_leader(logger)

    ready.entries()[0].context = b"seen"

    assert ready.take_entries() == [Entry(term=1, index=1, context=b"seen")]
    assert ready.entries() == ready.take_entries() == []


def test_views_of_views() -> None:
    message = Message(entries=[Entry(data=b"a")])
    view = message.make_ref()

    entry = view.make_ref().entries[0].make_ref()
    entry.data = b"b"

    assert message.entries[0].data == b"b"


def test_view_equals_itself_and_its_owner() -> None:
    message = Message(entries=[Entry(term=1)])
    view, entry = message.make_ref(), message.entries[0]

    assert view == view
    assert entry == entry
    assert message == view
    assert view == message
    assert not view != view  # noqa: SIM202
    assert entry == message.entries[0]
    assert entry != message
    assert entry != 1


def test_argument_may_be_part_of_the_receiver() -> None:
    message = Message(entries=[Entry(term=1), Entry(term=2)])

    message.entries = reversed(message.entries)
    message.snapshot = message.snapshot

    assert [entry.term for entry in message.entries] == [2, 1]


def test_message_of_a_node_can_be_stepped_into_it(logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1, 2])), logger)
    node.campaign()
    request = node.raft.msgs[0]

    request.to = 1
    node.raft.step(request)

    assert node.raft.msgs[0].to == 1


def test_parts_of_a_node_share_its_state(logger: LoggerRef) -> None:
    node = single_node(logger)
    raft, log = node.raft, node.raft.raft_log

    node.raft.term = 4
    node.raft.prs()[1].matched = 3

    assert raft.term == node.get_raft().get_term() == 4
    assert raft.prs().collect()[0].progress().matched == 3
    node.campaign()
    assert log.last_index() == raft.raft_log.last_index() == 1


def test_store_returns_the_storage_passed_in(logger: LoggerRef) -> None:
    storage = MemStorage.new_with_conf_state(ConfState([1]))
    node = single_node(logger, storage)

    node.store().wl().append([Entry(term=1, index=1)])

    assert storage.last_index() == 1
    assert storage.clone().last_index() == node.raft.raft_log.store().last_index() == 1


def test_python_storage_of_a_node_can_be_reached(logger: LoggerRef) -> None:
    storage = ListStorage()
    wrapper = Storage(storage)
    view = wrapper.make_ref()
    assert wrapper.storage is view.storage is storage

    for given in (storage, wrapper, view):
        node = RawNode(Config(id=1), given, logger)
        log = RaftLog(given, logger)

        assert node.store() is node.mut_store() is node.raft.store() is node.raft.mut_store() is given
        assert node.raft.raft_log.store() is given
        assert log.store() is log.mut_store() is log.get_store() is given


class Reentrant(ListStorage):
    """A storage whose methods use its own node."""

    def __init__(self) -> None:
        super().__init__()
        self.use: Callable[[], object] | None = None
        self.raised: list[Exception] = []

    def first_index(self) -> int:
        if self.use is not None:
            try:
                self.use()
            except InUseError as error:
                self.raised.append(error)
        return super().first_index()


@pytest.fixture
def reentrant() -> Reentrant:
    storage = Reentrant()
    storage.initialize_with_conf_state(ConfState([1]))
    return storage


def test_storage_callback_that_calls_its_node(logger: LoggerRef, reentrant: Reentrant) -> None:
    node = RawNode(Config(id=1), reentrant, logger)
    reentrant.use = node.tick

    node.campaign()

    assert reentrant.raised
    assert "RawNode is in use" in str(reentrant.raised[0])
    reentrant.use = None
    assert node.ready().entries() == [Entry(term=1, index=1)]


def test_storage_callback_that_reads_its_node_while_it_is_read(logger: LoggerRef, reentrant: Reentrant) -> None:
    node = RawNode(Config(id=1), reentrant, logger)
    terms: list[int] = []
    reentrant.use = lambda: terms.append(node.raft.term)

    assert node.raft.raft_log.first_index() == 1

    assert terms == [0]
    assert reentrant.raised == []


def test_uncaught_exception_in_a_reentrant_callback(logger: LoggerRef, reentrant: Reentrant) -> None:
    node = RawNode(Config(id=1), reentrant, logger)
    calls = iter([node.tick])

    def tick_once() -> int:
        for tick in calls:
            tick()
        return 1

    reentrant.first_index = tick_once  # type: ignore[method-assign]
    with pytest.raises(InUseError, match="RawNode is in use"):
        node.has_ready()

    node.tick()
    assert not node.has_ready()


def test_second_thread_gets_an_error_or_waits(logger: LoggerRef, reentrant: Reentrant) -> None:
    node = RawNode(Config(id=1), reentrant, logger)
    outcome: list[BaseException | bool] = []

    def tick() -> None:
        try:
            outcome.append(node.tick())
        except InUseError as error:
            outcome.append(error)

    def tick_in_a_thread() -> None:
        thread = threading.Thread(target=tick)
        thread.start()
        thread.join()

    reentrant.use = tick_in_a_thread
    node.campaign()
    reentrant.use = None
    tick_in_a_thread()

    assert isinstance(outcome[0], InUseError)
    assert outcome[-1] is False


def test_context_is_consumed_by_the_call() -> None:
    storage = MemStorage()
    storage.wl().append([Entry(term=1, index=1)])
    context = GetEntriesContext.empty(can_async=True)

    storage.entries(1, 2, context)

    assert not context.can_async()
    assert storage.entries(1, 2, context) == [Entry(term=1, index=1)]


def test_progress_keeps_its_window_alive() -> None:
    progress = Progress(next_idx=1, ins_size=2)

    progress.ins.add(5)

    assert progress.ins.count() == 1
    assert progress.clone() == progress


@pytest.mark.parametrize("chained", [lambda view: view.make_ref(), lambda view: view.r], ids=["make_ref", "r"])
def test_views_of_views_do_not_form_a_chain(chained: Callable[[RaftRef], RaftRef], logger: LoggerRef) -> None:
    view = single_node(logger).raft
    for _ in range(100_000):
        view = chained(view)

    assert view.id == 1
    view.term = 7
    assert view.raft_log.committed == 0


def test_chain_of_views_does_not_grow() -> None:
    message = Message(entries=[Entry(term=1)])
    view, element = message.make_ref(), message.entries[0].make_ref()

    for _ in range(100_000):
        view, element = view.make_ref(), element.make_ref()
    element.term = 7

    assert view.entries[0].term == 7
    assert view == message
