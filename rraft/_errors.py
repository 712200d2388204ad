"""The exceptions of rraft: one per error of raft-rs, and those for misuse of the binding."""

from __future__ import annotations

from typing import ClassVar


class _WithText(Exception):
    _text: ClassVar[str] = ""

    def __str__(self) -> str:
        return super().__str__() or self._text


class RaftError(_WithText):
    """The base class of the errors of raft. Mirrors `raft::Error`.

    An instance without arguments has the text of raft-rs, if that text needs none.
    """


class IoError(RaftError):
    """An I/O error of a storage. Mirrors `raft::Error::Io`."""


class StoreError(RaftError):
    """An error of the storage, which is in `error`. Mirrors `raft::Error::Store`.

    A storage written in Python may raise `StoreError(CompactedError())` or `CompactedError()`.
    """

    @property
    def error(self) -> RaftStorageError | None:
        """The precise error, which is also `__cause__`; `None` if the exception was created without one."""
        first = self.args[0] if self.args else None
        return first if isinstance(first, RaftStorageError) else None


class StepLocalMsgError(RaftError):
    """A local message was passed to `step`. Mirrors `raft::Error::StepLocalMsg`."""

    _text = "raft: cannot step raft local message"


class StepPeerNotFoundError(RaftError):
    """A response came from a node that is not a member. Mirrors `raft::Error::StepPeerNotFound`."""

    _text = "raft: cannot step as peer not found"


class ProposalDroppedError(RaftError):
    """The proposal was dropped, for example because there is no leader: retry it later.

    Mirrors `raft::Error::ProposalDropped`.
    """

    _text = "raft: proposal dropped"


class RequestSnapshotDroppedError(RaftError):
    """The request for a snapshot was dropped. Mirrors `raft::Error::RequestSnapshotDropped`."""

    _text = "raft: request snapshot dropped"


class _Reason(RaftError):
    @property
    def reason(self) -> str:
        """The reason, in words."""
        return str(self)


class ConfigInvalidError(_Reason):
    """A `Config` is invalid, for the reason in `reason`. Mirrors `raft::Error::ConfigInvalid`."""


class ConfChangeError(_Reason):
    """A configuration change is invalid, for the reason in `reason`. Mirrors `raft::Error::ConfChangeError`."""


class CodecError(_Reason, ValueError, RuntimeError):
    """A value cannot be decoded or encoded, for the reason in `reason`. Mirrors `raft::Error::CodecError`."""


class InvalidMessageError(_Reason):
    """A message that no node sends: `reason` has the field, its value, and the value that it conflicts with.

    raft-rs would panic, or accept it. The node is unchanged.
    """


class LogLostError(_Reason):
    """A heartbeat proves that the node's own log has lost the entries in `reason`.

    The leader commits an entry that the node has acknowledged, and the log ends before it. Stop the node: it cannot
    keep its promises. raft-rs would panic. The node is unchanged.
    """


class WalError(RaftError, OSError):
    """An error of a `Wal`. The base class of the errors below."""


class WalLockedError(WalError):
    """The directory is open in another process, or by another `Wal` of this one."""


class WalForeignError(WalError):
    """The directory belongs to another host or another cluster."""


class WalCorruptedError(WalError):
    """The files are not what was written: `reason` is what is wrong in the file `path` at `offset`, in bytes.

    The files are unchanged.
    """

    def __init__(self, path: str = "", offset: int = 0, reason: str = "") -> None:
        super().__init__(f"{path}: offset {offset}: {reason}")
        self.path: str = path
        self.offset: int = offset
        self.reason: str = reason

    def __reduce__(self) -> tuple[type[WalCorruptedError], tuple[str, int, str]]:
        """Support pickling."""
        return type(self), (self.path, self.offset, self.reason)


class WalFailedError(WalError):
    """A write or an fsync of the log failed, so what the disk contains is unknown: open the directory again.

    What was reported as persisted before is persisted. Raised by every write until then.
    """


class WalClosedError(WalError, ValueError):
    """The `Wal` is closed."""


class _NodeSet(RaftError):
    _sentence: ClassVar[str]

    @property
    def id(self) -> int | None:
        """The node's id; `None` if the exception was created without one."""
        return self.args[0] if len(self.args) == 2 else None

    @property
    def set(self) -> str | None:
        """The set's name; `None` if the exception was created without one."""
        return self.args[1] if len(self.args) == 2 else None

    def __str__(self) -> str:
        return self._sentence.format(*self.args) if len(self.args) == 2 else super().__str__()


class ExistsError(_NodeSet):
    """The node `id` is already in `set`. Mirrors `raft::Error::Exists`."""

    _sentence = "The node {} already exists in the {} set."


class NotExistsError(_NodeSet):
    """The node `id` is not in `set`. Mirrors `raft::Error::NotExists`."""

    _sentence = "The node {} is not in the {} set."


class InUseError(RaftError, RuntimeError):
    """An object was used inside one of its own calls, by a callback, or by two threads at once.

    The call that raises this error changes nothing.
    """


class RaftPanicError(RaftError):
    """raft-rs panicked with this message, because an invariant is broken.

    The object may be half changed. It can still be read, but every later write raises this exception again, with the
    first message: drop the object, and create it again from its storage.
    """


class DestroyedRefUsedError(Exception):
    """The value of a view no longer exists, or the object was consumed, as `advance` consumes a `Ready`."""


class RaftStorageError(_WithText):
    """The base class of the errors of a storage. Mirrors `raft::StorageError`.

    An instance without arguments has the text of raft-rs.
    """


class CompactedError(RaftStorageError):
    """The index is compacted. Mirrors `raft::StorageError::Compacted`."""

    _text = "log compacted"


class UnavailableError(RaftStorageError):
    """The index is above the last index. Mirrors `raft::StorageError::Unavailable`."""

    _text = "log unavailable"


class LogTemporarilyUnavailableError(RaftStorageError):
    """The entries are being fetched: see `RawNode.on_entries_fetched`.

    Mirrors `raft::StorageError::LogTemporarilyUnavailable`.
    """

    _text = "log is temporarily unavailable"


class SnapshotOutOfDateError(RaftStorageError):
    """The snapshot is older than the log of the storage. Mirrors `raft::StorageError::SnapshotOutOfDate`."""

    _text = "snapshot out of date"


class SnapshotTemporarilyUnavailableError(RaftStorageError):
    """The snapshot is being created: raft asks again later.

    Mirrors `raft::StorageError::SnapshotTemporarilyUnavailable`.
    """

    _text = "snapshot is temporarily unavailable"


class OtherError(RaftStorageError):
    """Any other error of a storage. Mirrors `raft::StorageError::Other`."""


StorageError = RaftStorageError

__all__ = [
    "CodecError",
    "CompactedError",
    "ConfChangeError",
    "ConfigInvalidError",
    "DestroyedRefUsedError",
    "ExistsError",
    "InUseError",
    "InvalidMessageError",
    "IoError",
    "LogLostError",
    "LogTemporarilyUnavailableError",
    "NotExistsError",
    "OtherError",
    "ProposalDroppedError",
    "RaftError",
    "RaftPanicError",
    "RaftStorageError",
    "RequestSnapshotDroppedError",
    "SnapshotOutOfDateError",
    "SnapshotTemporarilyUnavailableError",
    "StepLocalMsgError",
    "StepPeerNotFoundError",
    "StorageError",
    "StoreError",
    "UnavailableError",
    "WalClosedError",
    "WalCorruptedError",
    "WalError",
    "WalFailedError",
    "WalForeignError",
    "WalLockedError",
]

# Tracebacks and pickles name the package.
for _name in __all__:
    globals()[_name].__module__ = "rraft"
