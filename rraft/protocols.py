"""What rraft asks of objects that are written in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from rraft.rraft import EntryRef, GetEntriesContextRef, Index, RaftStateRef, SnapshotRef

AckIndexer: TypeAlias = Mapping[int, "Index"] | Callable[[int], "Index | None"]
"""The index that each voter has acknowledged, by the voter's id. Mirrors `raft::quorum::AckedIndexer`."""

Votes: TypeAlias = Mapping[int, bool] | Callable[[int], "bool | None"]
"""The vote of each voter that has voted, by the voter's id."""

Deserializer: TypeAlias = Callable[[bytes], object]
"""What shows a payload in a `repr`: the `str()` of what it returns is shown."""


@runtime_checkable
class StorageProtocol(Protocol):
    """What a node asks of its storage. Mirrors the trait `raft::Storage`.

    The methods are called from inside the node's own methods, with positional arguments, and often: they should answer
    from memory. They must not call the node. Results are copied. Write to the storage between the node's calls: within
    one, the answers of `first_index` and `last_index` are kept, until `entries` or `snapshot` is called.

    Where a method's text names an exception, raft knows what to do about it; the exception may be raised bare or in a
    `StoreError`. Any other exception ends the node's operation and is raised from it. The node may be in between two
    states then: when the operation was one that changes it, drop it and make it anew from the storage.
    """

    def initial_state(self, /) -> RaftStateRef:
        """The hard state and the members, as last stored. Asked for once, when a node is made."""
        ...

    def entries(
        self, low: int, high: int, context: GetEntriesContextRef, max_size: int | None, /
    ) -> Sequence[EntryRef]:
        """The entries from index `low` to before index `high`.

        When they take more than `max_size` bytes, only the first of them that fit are wanted, but at least one.

        Raise `CompactedError` when `low` is below the first index. When `context.can_async()`, the storage may raise
        `LogTemporarilyUnavailableError`, fetch the entries, and then call `RawNode.on_entries_fetched(context)`.
        """
        ...

    def term(self, idx: int, /) -> int:
        """The term of the entry at index `idx`, from the first index less one to the last index.

        Raise `CompactedError` below, `UnavailableError` above.
        """
        ...

    def first_index(self, /) -> int:
        """The index of the first entry; one more than the last index when there are none. 1 in a new storage."""
        ...

    def last_index(self, /) -> int:
        """The index of the last entry; that of the snapshot when there are none. 0 in a new storage."""
        ...

    def snapshot(self, request_index: int, to: int, /) -> SnapshotRef:
        """The latest snapshot, for the node `to`. Its index must be at least `request_index`, and not 0.

        A node takes no snapshot whose members it is not among: make a new one after a member has been added.

        Raise `SnapshotTemporarilyUnavailableError` when there is none that fits yet: raft asks again.
        """
        ...


# Users know it by the name of the package.
StorageProtocol.__module__ = "rraft"
