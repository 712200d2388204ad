"""The protocols that objects written in Python implement for rraft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, Union, runtime_checkable

if TYPE_CHECKING:
    from rraft.rraft import (
        EntryRef,
        GetEntriesContextRef,
        Index,
        MessageRef,
        MessagesRef,
        RaftStateRef,
        ReadyBatch,
        ReadyLoop,
        SnapshotRef,
    )

AckIndexer: TypeAlias = Mapping[int, "Index"] | Callable[[int], "Index | None"]
"""The index that each voter has acknowledged, by the voter's id. Mirrors `raft::quorum::AckedIndexer`."""

Votes: TypeAlias = Mapping[int, bool] | Callable[[int], "bool | None"]
"""The votes, by the voter's id."""

Deserializer: TypeAlias = Callable[[bytes], object]
"""Formats a payload for `repr`, which shows the `str()` of the result."""


_Messages: TypeAlias = Iterable["MessageRef | MessagesRef | bytes"] | None
_Payloads: TypeAlias = Iterable[bytes] | None

LoopInput: TypeAlias = Union[
    "ReadyLoop",
    tuple["ReadyLoop"],
    tuple["ReadyLoop", _Messages],
    tuple["ReadyLoop", _Messages, _Payloads],
    tuple["ReadyLoop", _Messages, _Payloads, int],
    tuple["ReadyLoop", _Messages, _Payloads, int, _Payloads],
]
"""A loop and its input for `run_many`: `msgs`, `data`, `ticks` and `reads` of `ReadyLoop.run`."""

LoopResult: TypeAlias = Union["ReadyBatch", Exception, None]
"""What `ReadyLoop.run` would have returned or raised."""

DiskOperation: TypeAlias = Literal["open", "read", "write", "sync", "rename", "delete"]
"""A kind of calls of a `SimulatedDisk`."""


@runtime_checkable
class StorageProtocol(Protocol):
    """The methods through which a node reads its storage. Mirrors the trait `raft::Storage`.

    The node calls them inside its own methods, often, and with positional arguments: they should answer from memory.
    They must not use the node. Results are copied. Write to the storage between the node's calls: within one, the
    results of `first_index` and `last_index` are cached until `entries` or `snapshot` is called.

    raft handles the exceptions that a method's description names; raise them directly or in a `StoreError`. Any other
    exception interrupts the node's operation, and the operation raises it. If the operation changes the node, the node
    may be in an inconsistent state: drop it, and create it again from the storage.
    """

    def initial_state(self, /) -> RaftStateRef:
        """The persisted hard state and configuration. Called once, when a node is created."""
        ...

    def entries(
        self, low: int, high: int, context: GetEntriesContextRef, max_size: int | None, /
    ) -> Sequence[EntryRef]:
        """The entries from index `low` up to, but not including, index `high`.

        If they exceed `max_size` bytes, return only the first ones that fit, but at least one.

        Raise `CompactedError` if `low` is below the first index. If `context.can_async()`, the storage may raise
        `LogTemporarilyUnavailableError`, fetch the entries, and then call `RawNode.on_entries_fetched(context)`.
        """
        ...

    def term(self, idx: int, /) -> int:
        """The term of the entry at index `idx`, from the index before the first to the last index.

        Raise `CompactedError` below, `UnavailableError` above.
        """
        ...

    def first_index(self, /) -> int:
        """The index of the first entry; one more than the last index if there are none. 1 in a new storage."""
        ...

    def last_index(self, /) -> int:
        """The index of the last entry; that of the snapshot if there are none. 0 in a new storage."""
        ...

    def snapshot(self, request_index: int, to: int, /) -> SnapshotRef:
        """The latest snapshot, for the node `to`. Its index must be at least `request_index`, and not 0.

        A node rejects a snapshot whose configuration does not list it: create a new one after a member was added.

        Raise `SnapshotTemporarilyUnavailableError` if there is no suitable snapshot yet: raft asks again.
        """
        ...


# Tracebacks name the package.
StorageProtocol.__module__ = "rraft"
