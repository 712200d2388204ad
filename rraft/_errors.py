"""The exceptions of rraft: one for each error of raft-rs, and those for misuse of the binding itself."""

from __future__ import annotations

from typing import ClassVar


class RaftError(Exception):
    """The base of all errors that raft reports. Mirrors `raft::Error`.

    One that is made without arguments has raft-rs's text, as far as that says anything by itself.
    """

    _text: ClassVar[str] = ""

    def __str__(self) -> str:
        return super().__str__() or self._text


class IoError(RaftError):
    """An I/O error of a storage. Mirrors `raft::Error::Io`."""


class StoreError(RaftError):
    """An error of the storage: `error` says which. Mirrors `raft::Error::Store`.

    A storage written in Python may raise `StoreError(CompactedError())` or just `CompactedError()`.
    """

    @property
    def error(self) -> RaftStorageError | None:
        """The precise error, which is `__cause__` as well; `None` if the exception was made without one."""
        first = self.args[0] if self.args else None
        return first if isinstance(first, RaftStorageError) else None


class StepLocalMsgError(RaftError):
    """A local message was given to `step`. Mirrors `raft::Error::StepLocalMsg`."""

    _text = "raft: cannot step raft local message"


class StepPeerNotFoundError(RaftError):
    """A response came from a node that is no member. Mirrors `raft::Error::StepPeerNotFound`."""

    _text = "raft: cannot step as peer not found"


class ProposalDroppedError(RaftError):
    """The proposal was not taken, for want of a leader, say: propose it again.

    Mirrors `raft::Error::ProposalDropped`.
    """

    _text = "raft: proposal dropped"


class RequestSnapshotDroppedError(RaftError):
    """The request for a snapshot was not taken. Mirrors `raft::Error::RequestSnapshotDropped`."""

    _text = "raft: request snapshot dropped"


class _Reason(RaftError):
    @property
    def reason(self) -> str:
        """What is wrong."""
        return str(self)


class ConfigInvalidError(_Reason):
    """A `Config` can't be used: `reason` says why. Mirrors `raft::Error::ConfigInvalid`."""


class ConfChangeError(_Reason):
    """A change of the members is impossible: `reason` says why. Mirrors `raft::Error::ConfChangeError`."""


class CodecError(_Reason, ValueError, RuntimeError):
    """Bytes are not what they should encode: `reason` says why. Mirrors `raft::Error::CodecError`."""


class InvalidMessageError(_Reason):
    """A message is such as no node sends: `reason` names the field, its value, and what it is held against.

    raft-rs would panic about it, or take it for true. The node is as it was.
    """


class LogLostError(_Reason):
    """A heartbeat proves that the node's own log has lost entries: `reason` says which.

    Its leader commits what the node has acknowledged, and the log ends before that. Stop the node: it breaks what it
    has promised to the others. raft-rs would panic. The node is as it was.
    """


class _NodeSet(RaftError):
    _sentence: ClassVar[str]

    @property
    def id(self) -> int | None:
        """The node's id; `None` if the exception was made without one."""
        return self.args[0] if len(self.args) == 2 else None

    @property
    def set(self) -> str | None:
        """The set's name; `None` if the exception was made without one."""
        return self.args[1] if len(self.args) == 2 else None

    def __str__(self) -> str:
        return self._sentence.format(*self.args) if len(self.args) == 2 else super().__str__()


class ExistsError(_NodeSet):
    """The node `id` is in `set` already. Mirrors `raft::Error::Exists`."""

    _sentence = "The node {} already exists in the {} set."


class NotExistsError(_NodeSet):
    """The node `id` is not in `set`. Mirrors `raft::Error::NotExists`."""

    _sentence = "The node {} is not in the {} set."


class InUseError(RaftError, RuntimeError):
    """An object was used from inside one of its own calls (by a storage callback), or by two threads at once.

    The call that raises this changes nothing.
    """


class RaftPanicError(RaftError):
    """raft found an invariant broken and panicked, with this message.

    What was being changed then may be half changed. It can still be read, but every later write to it raises this
    exception again, with the first message: drop it, and make it anew from its storage.
    """


class DestroyedRefUsedError(Exception):
    """What a view showed is gone, or the object has been consumed, as a `Ready` is by `advance`."""


class RaftStorageError(Exception):
    """The base of the errors of a storage. Mirrors `raft::StorageError`.

    One that is made without arguments has raft-rs's text.
    """

    _text: ClassVar[str] = ""

    def __str__(self) -> str:
        return super().__str__() or self._text


class CompactedError(RaftStorageError):
    """The log has been compacted past the index. Mirrors `raft::StorageError::Compacted`."""

    _text = "log compacted"


class UnavailableError(RaftStorageError):
    """The log has no such index yet. Mirrors `raft::StorageError::Unavailable`."""

    _text = "log unavailable"


class LogTemporarilyUnavailableError(RaftStorageError):
    """The entries are being fetched: see `RawNode.on_entries_fetched`.

    Mirrors `raft::StorageError::LogTemporarilyUnavailable`.
    """

    _text = "log is temporarily unavailable"


class SnapshotOutOfDateError(RaftStorageError):
    """The snapshot is older than what the storage holds. Mirrors `raft::StorageError::SnapshotOutOfDate`."""

    _text = "snapshot out of date"


class SnapshotTemporarilyUnavailableError(RaftStorageError):
    """The snapshot is being made: raft asks again later.

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
]

# Users know these by the name of the package, in tracebacks and pickles too.
for _name in __all__:
    globals()[_name].__module__ = "rraft"
