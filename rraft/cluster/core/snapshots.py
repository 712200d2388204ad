"""Snapshots of a group: made, sent, received and restored, each in chunks and in a worker thread."""

import contextlib
from collections.abc import Callable, Iterable, Iterator

from rraft import ConfState, InUseError, Message, SnapshotReader, SnapshotRef, SnapshotWriter, WalStorage
from rraft.cluster.core.chunks import PIECE, join_chunks, split_chunks
from rraft.cluster.core.state import ReplicatedState


class MakeSnapshot:
    """Writes the state at the time of its creation to the log's directory."""

    def __init__(
        self, storage: WalStorage, state: ReplicatedState, done: Callable[["MakeSnapshot", BaseException | None], None]
    ) -> None:
        self.index: int = state.applied
        self.conf_state: ConfState = state.conf_state
        self.size: int = 0
        self._storage = storage
        self._chunks: Iterable[bytes] = state.dump()
        self._done = done

    def run(self) -> None:
        """Writes the data. It is durable when this returns."""
        writer = self._storage.snapshot_writer()
        try:
            for piece in join_chunks(self._chunks):
                writer.write(piece)
                self.size += len(piece)
        except BaseException:
            writer.discard()
            raise
        self._storage.create_snapshot(self.index, writer, self.conf_state)

    def finish(self, error: BaseException | None) -> None:
        """Reports the outcome to the group."""
        self._done(self, error)


class RestoreSnapshot:
    """Replaces the state by the snapshot in the storage."""

    def __init__(
        self,
        storage: WalStorage,
        state: ReplicatedState,
        done: Callable[[BaseException | None], None],
    ) -> None:
        self._storage = storage
        self._state = state
        self._done = done

    def run(self) -> None:
        """Restores the state."""
        restore(self._storage, self._state)

    def finish(self, error: BaseException | None) -> None:
        """Reports the outcome to the group."""
        self._done(error)


def restore(storage: WalStorage, state: ReplicatedState) -> bool:
    """Replaces the state by the snapshot in the storage. Returns whether there is one."""
    reader = storage.read_snapshot(PIECE)
    if reader is None:
        return False
    metadata = reader.snapshot.metadata
    state.load(metadata.index, metadata.conf_state.clone(), split_chunks(reader))
    return True


def rewind_configuration(storage: WalStorage, state: ReplicatedState) -> None:
    """Makes the configuration of a node that starts that of the snapshot: the entries after it are applied again.

    A change that is applied twice would be another one, or an error. The commit index that was persisted with the last
    entries covers all changes before them, so the node is at most one configuration behind until it learns more.
    """
    if state.applied:
        storage.set_conf_state(state.conf_state)


class StageSnapshot:
    """Passes the received data of a snapshot to the storage, for the message that follows."""

    def __init__(
        self,
        storage: WalStorage,
        snapshot: SnapshotRef,
        writer: SnapshotWriter,
        done: Callable[[BaseException | None], None],
    ) -> None:
        self._storage = storage
        self._snapshot = snapshot
        self._writer = writer
        self._done = done

    def run(self) -> None:
        """Makes the data durable."""
        self._storage.stage_snapshot(self._snapshot, self._writer)

    def finish(self, error: BaseException | None) -> None:
        """Reports the outcome to the group."""
        self._done(error)


class StoredSnapshot:
    """The data of a snapshot that is sent: a `SnapshotSource`."""

    def __init__(self, storage: WalStorage, reader: SnapshotReader) -> None:
        self._storage = storage
        self._metadata = reader.snapshot.metadata.clone()
        self._first: SnapshotReader | None = reader
        self.size: int = reader.length

    def open(self, offset: int) -> Iterator[bytes]:
        """Returns the data from `offset` on. Raises `ValueError` when the group has another snapshot meanwhile."""
        reader, self._first = self._first, None
        if reader is None:
            reader = self._storage.read_snapshot(PIECE)
            if reader is None or reader.snapshot.metadata != self._metadata:
                raise ValueError("the group has another snapshot meanwhile")
        return _skip(reader, offset)


def _skip(reader: SnapshotReader, offset: int) -> Iterator[bytes]:
    for chunk in reader:
        if offset < len(chunk):
            yield chunk[offset:] if offset else chunk
        offset = max(0, offset - len(chunk))


class DiscardedError(Exception):
    """The data was discarded: another snapshot arrives instead, or the group has left."""


class Reception:
    """A snapshot that arrives: a `SnapshotSink`."""

    def __init__(
        self,
        host: int,
        header: bytes,
        message: Message,
        writer: SnapshotWriter,
        received: Callable[["Reception"], None],
    ) -> None:
        self.message = message
        """The `MsgSnapshot`, without data."""
        self.writer = writer
        self.offset: int = 0
        self._sender = host, header
        self._is_broken = False
        """Whether the data cannot be continued."""
        self._is_discarded = False
        self._received = received

    def continues(self, host: int, header: bytes) -> bool:
        """Whether what this host sends with this header is the rest of the data."""
        return self._sender == (host, header) and not self._is_broken

    def write(self, chunk: bytes) -> None:
        """Appends to the data. Raises `DiscardedError`."""
        self._check()
        self._is_broken = True  # until it is known to be written
        self.writer.write(chunk)
        if self._is_discarded:
            self._discard()
            self._check()
        self.offset += len(chunk)
        self._is_broken = False

    def finish(self) -> None:
        """Passes the snapshot to the group. Raises `DiscardedError`."""
        self._check()
        self._received(self)

    def discard(self) -> None:
        """Deletes the data. The sender fails as soon as it goes on."""
        self._is_discarded = True
        self._discard()

    def _discard(self) -> None:
        with contextlib.suppress(InUseError):  # by a `write` in its thread, which then discards the data
            self.writer.discard()

    def _check(self) -> None:
        if self._is_discarded:
            raise DiscardedError("this snapshot is not received any more")

    def abort(self) -> None:
        """Keeps the data: the sender resumes, or the next snapshot replaces it."""
