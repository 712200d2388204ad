"""Port of the unit tests of raft-rs src/errors.rs (v0.7.0), in intent.

raft-rs compares its errors by their variants, and some by their text. Here, a variant is an exception class.
"""

from collections.abc import Callable
from itertools import permutations

import pytest

from rraft import (
    CodecError,
    CompactedError,
    ConfChangeError,
    ConfChangeType,
    Config,
    ConfigInvalidError,
    Entry,
    ExistsError,
    GetEntriesContext,
    IoError,
    Logger,
    LogTemporarilyUnavailableError,
    MessageType,
    NotExistsError,
    OtherError,
    ProposalDroppedError,
    RaftError,
    RaftLog,
    RaftStorageError,
    RawNode,
    RequestSnapshotDroppedError,
    SnapshotOutOfDateError,
    SnapshotTemporarilyUnavailableError,
    StepLocalMsgError,
    StepPeerNotFoundError,
    StoreError,
    UnavailableError,
)
from tests.harness import AnyStorage, ListStorage, initialize
from tests.harness.util import conf_change, conf_state, new_message, new_snapshot, new_test_config

VARIANTS: list[type[RaftError]] = [
    IoError,
    StoreError,
    StepLocalMsgError,
    StepPeerNotFoundError,
    ProposalDroppedError,
    ConfigInvalidError,
    CodecError,
    ExistsError,
    NotExistsError,
    ConfChangeError,
    RequestSnapshotDroppedError,
]

STORAGE_VARIANTS: list[type[RaftStorageError]] = [
    CompactedError,
    UnavailableError,
    LogTemporarilyUnavailableError,
    SnapshotOutOfDateError,
    SnapshotTemporarilyUnavailableError,
    OtherError,
]


def raising(error: Exception) -> Callable[..., int]:
    """A method of a storage that raises."""

    def fail(*_: object) -> int:
        raise error

    return fail


@pytest.fixture
def raw_node(storage: AnyStorage, logger: Logger) -> RawNode:
    """The only node of a cluster, a follower."""
    initialize(storage, conf_state([1]))
    return RawNode(new_test_config(1, 10, 1), storage, logger)


@pytest.mark.parametrize(
    ("fail", "error", "text"),
    [
        pytest.param(
            lambda raw_node: raw_node.step(new_message(1, 1, MessageType.MsgHup)),
            StepLocalMsgError,
            "raft: cannot step raft local message",
            id="StepLocalMsg",
        ),
        pytest.param(
            lambda raw_node: raw_node.step(new_message(2, 1, MessageType.MsgAppendResponse)),
            StepPeerNotFoundError,
            "raft: cannot step as peer not found",
            id="StepPeerNotFound",
        ),
        pytest.param(
            lambda raw_node: raw_node.propose(b"", b"somedata"),
            ProposalDroppedError,
            "raft: proposal dropped",
            id="ProposalDropped",
        ),
        pytest.param(
            lambda raw_node: raw_node.request_snapshot(),
            RequestSnapshotDroppedError,
            "raft: request snapshot dropped",
            id="RequestSnapshotDropped",
        ),
        pytest.param(lambda raw_node: raw_node.store().term(1), StoreError, "log unavailable", id="Store"),
        pytest.param(
            lambda raw_node: raw_node.apply_conf_change(conf_change(ConfChangeType.RemoveNode, 1)),
            ConfChangeError,
            "removed all voters",
            id="ConfChangeError",
        ),
        pytest.param(
            lambda _: Config(id=0).validate(), ConfigInvalidError, "invalid node id", id="ConfigInvalid by id"
        ),
        pytest.param(
            lambda _: Config(id=1, heartbeat_tick=0).validate(),
            ConfigInvalidError,
            "heartbeat tick must greater than 0",
            id="ConfigInvalid by heartbeat_tick",
        ),
        pytest.param(lambda _: Entry.decode(b"\xff"), CodecError, "unexpected EOF", id="CodecError"),
    ],
)
def test_error_equal(fail: Callable[[RawNode], object], error: type[RaftError], text: str, raw_node: RawNode) -> None:
    """An error of raft is raised as the class of its variant, with its text."""
    with pytest.raises(RaftError) as raised:
        fail(raw_node)

    assert type(raised.value) is error
    assert str(raised.value) == text


def test_error_not_equal() -> None:
    """No variant equals another one."""
    for one, other in permutations(VARIANTS, 2):
        assert not issubclass(one, other)


@pytest.mark.parametrize("error", [ConfigInvalidError, ConfChangeError, CodecError])
def test_error_with_a_reason(error: type[ConfigInvalidError | ConfChangeError | CodecError]) -> None:
    assert error("config error").reason == "config error"
    assert str(error("other error")) == "other error"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (StepLocalMsgError, "raft: cannot step raft local message"),
        (StepPeerNotFoundError, "raft: cannot step as peer not found"),
        (ProposalDroppedError, "raft: proposal dropped"),
        (RequestSnapshotDroppedError, "raft: request snapshot dropped"),
        (CompactedError, "log compacted"),
        (UnavailableError, "log unavailable"),
        (LogTemporarilyUnavailableError, "log is temporarily unavailable"),
        (SnapshotOutOfDateError, "snapshot out of date"),
        (SnapshotTemporarilyUnavailableError, "snapshot is temporarily unavailable"),
    ],
)
def test_error_made_by_hand_has_the_text_of_raft(error: type[Exception], text: str) -> None:
    assert str(error()) == text
    assert str(error("another")) == "another"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ExistsError, "The node 1 already exists in the voters set."),
        (NotExistsError, "The node 1 is not in the voters set."),
    ],
)
def test_error_of_a_node(error: type[ExistsError | NotExistsError], text: str) -> None:
    raised = error(1, "voters")

    assert (raised.id, raised.set) == (1, "voters")
    assert str(raised) == text


@pytest.mark.parametrize(
    "error", [EOFError("oh no!"), FileNotFoundError("error"), BrokenPipeError("error"), IoError()], ids=repr
)
def test_io_error_equal(error: Exception, logger: Logger) -> None:
    """An I/O error of a storage, which raft-rs compares by its kind only, is raised unchanged."""
    storage = ListStorage()
    raft_log = RaftLog(storage, logger)
    storage.last_index = raising(error)  # type: ignore[method-assign]

    with pytest.raises(type(error)) as raised:
        raft_log.last_index()

    assert raised.value is error


def get_entries_later(storage: AnyStorage) -> None:
    storage.wl().trigger_log_unavailable(True)
    storage.entries(6, 7, GetEntriesContext.empty(can_async=True))


def get_snapshot_later(storage: AnyStorage) -> None:
    storage.wl().trigger_snap_unavailable()
    storage.snapshot(6, 1)


@pytest.mark.parametrize(
    ("fail", "error", "text"),
    [
        pytest.param(lambda storage: storage.term(4), CompactedError, "log compacted", id="Compacted"),
        pytest.param(lambda storage: storage.term(7), UnavailableError, "log unavailable", id="Unavailable"),
        pytest.param(
            get_entries_later,
            LogTemporarilyUnavailableError,
            "log is temporarily unavailable",
            id="LogTemporarilyUnavailable",
        ),
        pytest.param(
            lambda storage: storage.wl().apply_snapshot(new_snapshot(3, 3)),
            SnapshotOutOfDateError,
            "snapshot out of date",
            id="SnapshotOutOfDate",
        ),
        pytest.param(
            get_snapshot_later,
            SnapshotTemporarilyUnavailableError,
            "snapshot is temporarily unavailable",
            id="SnapshotTemporarilyUnavailable",
        ),
    ],
)
def test_storage_error_equal(
    fail: Callable[[AnyStorage], object], error: type[RaftStorageError], text: str, storage: AnyStorage
) -> None:
    """A storage error is raised as a `StoreError` that contains the class of its variant, with its text."""
    storage.wl().apply_snapshot(new_snapshot(5, 5))
    storage.wl().append([Entry(index=6, term=5)])

    with pytest.raises(StoreError) as raised:
        fail(storage)

    assert type(raised.value.error) is error
    assert raised.value.__cause__ is raised.value.error
    assert str(raised.value) == str(raised.value.error) == text


def test_storage_error_not_equal() -> None:
    """No variant equals another one, or an error of raft."""
    for one, other in permutations(STORAGE_VARIANTS, 2):
        assert not issubclass(one, other)
    for variant in STORAGE_VARIANTS:
        assert not issubclass(variant, RaftError)


def test_other_storage_error_is_not_what_it_holds(logger: Logger) -> None:
    """Raft handles `UnavailableError`, but not another error that contains one."""
    storage = ListStorage()
    storage.append([Entry(index=1, term=1)])
    raft_log = RaftLog(storage, logger)
    assert raft_log.match_term(1, 1)

    storage.term = raising(UnavailableError())  # type: ignore[method-assign]
    assert not raft_log.match_term(1, 1)

    storage.term = raising(OtherError(UnavailableError()))  # type: ignore[method-assign]
    with pytest.raises(OtherError, match="log unavailable"):
        raft_log.match_term(1, 1)
