"""
tikv/raft-rs for Python.
"""

from rraft._enums import (
    ConfChangeTransition,
    ConfChangeType,
    EntryType,
    MapChangeType,
    MessageType,
    OverflowStrategy,
    ProgressState,
    ReadOnlyOption,
    SnapshotStatus,
    StateRole,
    VoteResult,
)
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from os import PathLike
from rraft.protocols import AckIndexer, Deserializer, DiskOperation, LoopInput, LoopResult, StorageProtocol, Votes
from typing import Any, Final, SupportsIndex, final
from typing_extensions import disjoint_base

__all__ = [
    "CAMPAIGN_ELECTION",
    "CAMPAIGN_PRE_ELECTION",
    "CAMPAIGN_TRANSFER",
    "Changer",
    "ConfChange",
    "ConfChangeRef",
    "ConfChangeSingle",
    "ConfChangeSingleRef",
    "ConfChangeTransition",
    "ConfChangeType",
    "ConfChangeV2",
    "ConfChangeV2Ref",
    "ConfState",
    "ConfStateRef",
    "Config",
    "ConfigRef",
    "Configuration",
    "ConfigurationRef",
    "Entry",
    "EntryRef",
    "EntryType",
    "GetEntriesContext",
    "GetEntriesContextRef",
    "HardState",
    "HardStateRef",
    "INVALID_ID",
    "INVALID_INDEX",
    "Index",
    "Inflights",
    "InflightsRef",
    "JointConfig",
    "JointConfigRef",
    "LightReady",
    "LightReadyRef",
    "Logger",
    "LoggerRef",
    "MajorityConfig",
    "MajorityConfigRef",
    "MapChangeType",
    "MemStorage",
    "MemStorageCore",
    "MemStorageCoreRef",
    "MemStorageRef",
    "Message",
    "MessageRef",
    "MessageType",
    "Messages",
    "MessagesRef",
    "NO_LIMIT",
    "OverflowStrategy",
    "Peer",
    "PeerRef",
    "Progress",
    "ProgressMapItem",
    "ProgressRef",
    "ProgressState",
    "ProgressTracker",
    "ProgressTrackerRef",
    "Raft",
    "RaftLog",
    "RaftLogRef",
    "RaftRef",
    "RaftState",
    "RaftStateRef",
    "RawNode",
    "RawNodeRef",
    "ReadIndexStatus",
    "ReadIndexStatusRef",
    "ReadOnly",
    "ReadOnlyOption",
    "ReadOnlyRef",
    "ReadState",
    "ReadStateRef",
    "Ready",
    "ReadyBatch",
    "ReadyBatchRef",
    "ReadyLoop",
    "ReadyRef",
    "SimulatedDisk",
    "Snapshot",
    "SnapshotMetadata",
    "SnapshotMetadataRef",
    "SnapshotReader",
    "SnapshotRef",
    "SnapshotStatus",
    "SnapshotWriter",
    "SoftState",
    "SoftStateRef",
    "StateRole",
    "Status",
    "Storage",
    "StorageRef",
    "Union",
    "Unstable",
    "UnstableRef",
    "VoteResult",
    "Wal",
    "WalStats",
    "WalStorage",
    "WalStorageRef",
    "__raft_version__",
    "conf_state_eq",
    "default_logger",
    "entry_approximate_size",
    "is_continuous_ents",
    "is_empty_snap",
    "is_local_msg",
    "is_response_msg",
    "limit_size",
    "majority",
    "new_conf_change_single",
    "parse_conf_change",
    "restore",
    "run_many",
    "set_confchange_context_deserializer",
    "set_confchangev2_context_deserializer",
    "set_entry_context_deserializer",
    "set_entry_data_deserializer",
    "set_message_context_deserializer",
    "set_snapshot_data_deserializer",
    "stringify_conf_change",
    "tick_many",
    "vote_resp_msg_type",
]

CAMPAIGN_ELECTION: Final[bytes]
"""
Campaign type: a normal election.
"""

CAMPAIGN_PRE_ELECTION: Final[bytes]
"""
Campaign type: a pre-election, which asks whether an election could be won.
"""

CAMPAIGN_TRANSFER: Final[bytes]
"""
Campaign type: an election requested by the leader for a leadership transfer.
"""

INVALID_ID: Final[int]
"""
A constant for an invalid node id.
"""

INVALID_INDEX: Final[int]
"""
A constant for an invalid entry index.
"""

NO_LIMIT: Final[int]
"""
A constant for no size limit, in bytes.
"""

__raft_version__: Final[str]
"""
The version of the crate `raft` that is compiled in.
"""

@final
class Changer:
    """
    Computes the configuration that a membership change results in, and rejects changes that are not safe. It does not
    change the tracker: pass the result to `ProgressTracker.apply_conf`.

    Mirrors `raft::Changer`.
    """
    def __new__(cls, /, tracker: ProgressTrackerRef) -> Changer:
        """
        Creates a changer for the configuration of `tracker`.

        Mirrors `raft::Changer::new`.
        """
    def enter_joint(
        self, /, auto_leave: bool, ccs: Iterable[ConfChangeSingleRef]
    ) -> tuple[Configuration, list[tuple[int, MapChangeType]]]:
        """
        Computes a change to a joint configuration, in which the incoming and the outgoing voters decide together.

        Raises `ConfChangeError` when the configuration is already joint, or no voter would be left. Mirrors
        `raft::Changer::enter_joint`.
        """
    def leave_joint(self, /) -> tuple[Configuration, list[tuple[int, MapChangeType]]]:
        """
        Computes the change that leaves a joint configuration.

        Raises `ConfChangeError` when the configuration is not joint. Mirrors `raft::Changer::leave_joint`.
        """
    def simple(self, /, ccs: Iterable[ConfChangeSingleRef]) -> tuple[Configuration, list[tuple[int, MapChangeType]]]:
        """
        Computes a simple change, in which at most one voter is added or removed.

        Raises `ConfChangeError` when the changes affect more than one voter, or no voter would be left. Mirrors
        `raft::Changer::simple`.
        """

class ConfChange(ConfChangeRef):
    """
    A membership change of one node.

    Mirrors `raft::eraftpb::ConfChange`.
    """
    def __new__(
        cls,
        /,
        *,
        change_type: ConfChangeType = ConfChangeType.AddNode,
        node_id: SupportsIndex = 0,
        context: bytes | bytearray | memoryview | Sequence[int] = b"",
        id: SupportsIndex = 0,
    ) -> ConfChange: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> ConfChange:
        """
        Decodes a message from `v`.

        Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
        is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[ConfChange, int]:
        """
        Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> ConfChange:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class ConfChangeRef:
    """
    A live view of a `ConfChange` inside another object. It is the base class of `ConfChange`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> ConfChange: ...
    def __deepcopy__(self, /, _memo: Any) -> ConfChange: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def as_v1(self, /) -> ConfChangeRef | None:
        """
        Returns a live view of this change if it is a `ConfChange`, else `None`.

        Mirrors `raft_proto::ConfChangeI::as_v1`.
        """
    def as_v2(self, /) -> ConfChangeV2:
        """
        Returns this change as a new `ConfChangeV2`.

        Mirrors `raft_proto::ConfChangeI::as_v2`.
        """
    @property
    def change_type(self, /) -> ConfChangeType:
        """
        The type of the change.
        """
    @change_type.setter
    def change_type(self, /, v: ConfChangeType) -> None: ...
    def clear(self, /) -> None:
        """
        Sets every field to its default.

        Mirrors `protobuf::Message::clear`.
        """
    def clear_change_type(self, /) -> None:
        """
        Sets `change_type` to its default.
        """
    def clear_context(self, /) -> None:
        """
        Sets `context` to its default.
        """
    def clear_id(self, /) -> None:
        """
        Sets `id` to its default.
        """
    def clear_node_id(self, /) -> None:
        """
        Sets `node_id` to its default.
        """
    def clone(self, /) -> ConfChange:
        """
        Returns an independent copy.
        """
    def compute_size(self, /) -> int:
        """
        Returns the length of the encoding in bytes.
        """
    @property
    def context(self, /) -> bytes:
        """
        Application data, such as the address of the node.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def encode(self, /) -> bytes:
        """
        Returns the protobuf encoding. Fields that have their default value take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_change_type(self, /) -> ConfChangeType:
        """
        The type of the change.
        """
    def get_context(self, /) -> bytes:
        """
        Application data, such as the address of the node.
        """
    def get_id(self, /) -> int:
        """
        An id that the application may assign to the change.
        """
    def get_node_id(self, /) -> int:
        """
        The id of the node that is added, removed, or made a learner.
        """
    @property
    def id(self, /) -> int:
        """
        An id that the application may assign to the change.
        """
    @id.setter
    def id(self, /, v: SupportsIndex) -> None: ...
    def into_v2(self, /) -> ConfChangeV2:
        """
        Converts this change to a new `ConfChangeV2`. The change itself is unchanged.

        Mirrors `raft_proto::ConfChangeI::into_v2`.
        """
    def make_ref(self, /) -> ConfChangeRef:
        """
        Returns a live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
        current values, repeated fields are appended.

        Raises `CodecError` as `decode` does; the message is unchanged then.
        """
    @property
    def node_id(self, /) -> int:
        """
        The id of the node that is added, removed, or made a learner.
        """
    @node_id.setter
    def node_id(self, /, v: SupportsIndex) -> None: ...
    def set_change_type(self, /, v: ConfChangeType) -> None:
        """
        Sets `change_type`.

        The type of the change.
        """
    def set_context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `context`.

        Application data, such as the address of the node.
        """
    def set_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `id`.

        An id that the application may assign to the change.
        """
    def set_node_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `node_id`.

        The id of the node that is added, removed, or made a learner.
        """
    def take_context(self, /) -> bytes:
        """
        Takes the value of `context`, leaving its default.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class ConfChangeSingle(ConfChangeSingleRef):
    """
    A single change of a `ConfChangeV2`: one node and the type of its change.

    Mirrors `raft::eraftpb::ConfChangeSingle`.
    """
    def __new__(
        cls, /, *, change_type: ConfChangeType = ConfChangeType.AddNode, node_id: SupportsIndex = 0
    ) -> ConfChangeSingle: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> ConfChangeSingle:
        """
        Decodes a message from `v`.

        Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
        is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[ConfChangeSingle, int]:
        """
        Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> ConfChangeSingle:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class ConfChangeSingleRef:
    """
    A live view of a `ConfChangeSingle` inside another object. It is the base class of `ConfChangeSingle`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> ConfChangeSingle: ...
    def __deepcopy__(self, /, _memo: Any) -> ConfChangeSingle: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    @property
    def change_type(self, /) -> ConfChangeType:
        """
        The type of the change.
        """
    @change_type.setter
    def change_type(self, /, v: ConfChangeType) -> None: ...
    def clear(self, /) -> None:
        """
        Sets every field to its default.

        Mirrors `protobuf::Message::clear`.
        """
    def clear_change_type(self, /) -> None:
        """
        Sets `change_type` to its default.
        """
    def clear_node_id(self, /) -> None:
        """
        Sets `node_id` to its default.
        """
    def clone(self, /) -> ConfChangeSingle:
        """
        Returns an independent copy.
        """
    def compute_size(self, /) -> int:
        """
        Returns the length of the encoding in bytes.
        """
    def encode(self, /) -> bytes:
        """
        Returns the protobuf encoding. Fields that have their default value take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_change_type(self, /) -> ConfChangeType:
        """
        The type of the change.
        """
    def get_node_id(self, /) -> int:
        """
        The id of the node that is added, removed, or made a learner.
        """
    def make_ref(self, /) -> ConfChangeSingleRef:
        """
        Returns a live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
        current values, repeated fields are appended.

        Raises `CodecError` as `decode` does; the message is unchanged then.
        """
    @property
    def node_id(self, /) -> int:
        """
        The id of the node that is added, removed, or made a learner.
        """
    @node_id.setter
    def node_id(self, /, v: SupportsIndex) -> None: ...
    def set_change_type(self, /, v: ConfChangeType) -> None:
        """
        Sets `change_type`.

        The type of the change.
        """
    def set_node_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `node_id`.

        The id of the node that is added, removed, or made a learner.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class ConfChangeV2(ConfChangeV2Ref):
    """
    A membership change of any number of nodes. It uses joint consensus where that is required.

    Mirrors `raft::eraftpb::ConfChangeV2`.
    """
    def __new__(
        cls,
        /,
        *,
        transition: ConfChangeTransition = ConfChangeTransition.Auto,
        changes: Iterable[ConfChangeSingleRef] = (),
        context: bytes | bytearray | memoryview | Sequence[int] = b"",
    ) -> ConfChangeV2: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> ConfChangeV2:
        """
        Decodes a message from `v`.

        Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
        is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[ConfChangeV2, int]:
        """
        Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> ConfChangeV2:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class ConfChangeV2Ref:
    """
    A live view of a `ConfChangeV2` inside another object. It is the base class of `ConfChangeV2`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> ConfChangeV2: ...
    def __deepcopy__(self, /, _memo: Any) -> ConfChangeV2: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def as_v1(self, /) -> ConfChangeRef | None:
        """
        Returns a live view of this change if it is a `ConfChange`, else `None`.

        Mirrors `raft_proto::ConfChangeI::as_v1`.
        """
    def as_v2(self, /) -> ConfChangeV2:
        """
        Returns this change as a new `ConfChangeV2`.

        Mirrors `raft_proto::ConfChangeI::as_v2`.
        """
    @property
    def changes(self, /) -> MutableSequence[ConfChangeSingleRef]:
        """
        The single changes. An empty list leaves a joint configuration.
        """
    @changes.setter
    def changes(self, /, v: Iterable[ConfChangeSingleRef]) -> None: ...
    def clear(self, /) -> None:
        """
        Sets every field to its default.

        Mirrors `protobuf::Message::clear`.
        """
    def clear_changes(self, /) -> None:
        """
        Sets `changes` to its default.
        """
    def clear_context(self, /) -> None:
        """
        Sets `context` to its default.
        """
    def clear_transition(self, /) -> None:
        """
        Sets `transition` to its default.
        """
    def clone(self, /) -> ConfChangeV2:
        """
        Returns an independent copy.
        """
    def compute_size(self, /) -> int:
        """
        Returns the length of the encoding in bytes.
        """
    @property
    def context(self, /) -> bytes:
        """
        Application data.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def encode(self, /) -> bytes:
        """
        Returns the protobuf encoding. Fields that have their default value take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def enter_joint(self, /) -> bool | None:
        """
        Returns `None` if the change is simple, else whether the joint configuration is left automatically.

        Mirrors `raft::eraftpb::ConfChangeV2::enter_joint`.
        """
    def get_changes(self, /) -> list[ConfChangeSingleRef]:
        """
        The single changes. An empty list leaves a joint configuration.
        """
    def get_context(self, /) -> bytes:
        """
        Application data.
        """
    def get_transition(self, /) -> ConfChangeTransition:
        """
        The transition from the old configuration to the new one.
        """
    def into_v2(self, /) -> ConfChangeV2:
        """
        Converts this change to a new `ConfChangeV2`. The change itself is unchanged.

        Mirrors `raft_proto::ConfChangeI::into_v2`.
        """
    def leave_joint(self, /) -> bool:
        """
        Returns whether the change leaves a joint configuration: it is empty, except for the context.

        Mirrors `raft::eraftpb::ConfChangeV2::leave_joint`.
        """
    def make_ref(self, /) -> ConfChangeV2Ref:
        """
        Returns a live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
        current values, repeated fields are appended.

        Raises `CodecError` as `decode` does; the message is unchanged then.
        """
    def mut_changes(self, /) -> MutableSequence[ConfChangeSingleRef]:
        """
        Returns the live list `changes`, as the attribute does.
        """
    def set_changes(self, /, v: Iterable[ConfChangeSingleRef]) -> None:
        """
        Sets `changes`.

        The single changes. An empty list leaves a joint configuration.
        """
    def set_context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `context`.

        Application data.
        """
    def set_transition(self, /, v: ConfChangeTransition) -> None:
        """
        Sets `transition`.

        The transition from the old configuration to the new one.
        """
    def take_changes(self, /) -> list[ConfChangeSingle]:
        """
        Takes the value of `changes`, leaving its default.
        """
    def take_context(self, /) -> bytes:
        """
        Takes the value of `context`, leaving its default.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    @property
    def transition(self, /) -> ConfChangeTransition:
        """
        The transition from the old configuration to the new one.
        """
    @transition.setter
    def transition(self, /, v: ConfChangeTransition) -> None: ...
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class ConfState(ConfStateRef):
    """
    The membership of a cluster, as it is persisted in a storage and in snapshots.

    Mirrors `raft::eraftpb::ConfState`.
    """
    def __new__(
        cls,
        /,
        voters: Iterable[SupportsIndex] = (),
        learners: Iterable[SupportsIndex] = (),
        voters_outgoing: Iterable[SupportsIndex] = (),
        learners_next: Iterable[SupportsIndex] = (),
        auto_leave: bool = False,
    ) -> ConfState: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> ConfState:
        """
        Decodes a message from `v`.

        Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
        is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[ConfState, int]:
        """
        Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> ConfState:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class ConfStateRef:
    """
    A live view of a `ConfState` inside another object. It is the base class of `ConfState`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> ConfState: ...
    def __deepcopy__(self, /, _memo: Any) -> ConfState: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    @property
    def auto_leave(self, /) -> bool:
        """
        Whether Raft leaves the joint configuration automatically.
        """
    @auto_leave.setter
    def auto_leave(self, /, v: bool) -> None: ...
    def clear(self, /) -> None:
        """
        Sets every field to its default.

        Mirrors `protobuf::Message::clear`.
        """
    def clear_auto_leave(self, /) -> None:
        """
        Sets `auto_leave` to its default.
        """
    def clear_learners(self, /) -> None:
        """
        Sets `learners` to its default.
        """
    def clear_learners_next(self, /) -> None:
        """
        Sets `learners_next` to its default.
        """
    def clear_voters(self, /) -> None:
        """
        Sets `voters` to its default.
        """
    def clear_voters_outgoing(self, /) -> None:
        """
        Sets `voters_outgoing` to its default.
        """
    def clone(self, /) -> ConfState:
        """
        Returns an independent copy.
        """
    def compute_size(self, /) -> int:
        """
        Returns the length of the encoding in bytes.
        """
    def encode(self, /) -> bytes:
        """
        Returns the protobuf encoding. Fields that have their default value take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_auto_leave(self, /) -> bool:
        """
        Whether Raft leaves the joint configuration automatically.
        """
    def get_learners(self, /) -> list[int]:
        """
        The ids of the learners. Learners receive the log and do not vote.
        """
    def get_learners_next(self, /) -> list[int]:
        """
        The ids of the voters that become learners when the joint configuration is left.
        """
    def get_voters(self, /) -> list[int]:
        """
        The ids of the voters; in a joint configuration, of the incoming voters.
        """
    def get_voters_outgoing(self, /) -> list[int]:
        """
        In a joint configuration, the ids of the outgoing voters; else empty.
        """
    @property
    def learners(self, /) -> MutableSequence[int]:
        """
        The ids of the learners. Learners receive the log and do not vote.
        """
    @learners.setter
    def learners(self, /, v: Iterable[SupportsIndex]) -> None: ...
    @property
    def learners_next(self, /) -> MutableSequence[int]:
        """
        The ids of the voters that become learners when the joint configuration is left.
        """
    @learners_next.setter
    def learners_next(self, /, v: Iterable[SupportsIndex]) -> None: ...
    def make_ref(self, /) -> ConfStateRef:
        """
        Returns a live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
        current values, repeated fields are appended.

        Raises `CodecError` as `decode` does; the message is unchanged then.
        """
    def mut_learners(self, /) -> MutableSequence[int]:
        """
        Returns the live list `learners`, as the attribute does.
        """
    def mut_learners_next(self, /) -> MutableSequence[int]:
        """
        Returns the live list `learners_next`, as the attribute does.
        """
    def mut_voters(self, /) -> MutableSequence[int]:
        """
        Returns the live list `voters`, as the attribute does.
        """
    def mut_voters_outgoing(self, /) -> MutableSequence[int]:
        """
        Returns the live list `voters_outgoing`, as the attribute does.
        """
    def set_auto_leave(self, /, v: bool) -> None:
        """
        Sets `auto_leave`.

        Whether Raft leaves the joint configuration automatically.
        """
    def set_learners(self, /, list: Iterable[SupportsIndex]) -> None:
        """
        Sets `learners`.

        The ids of the learners. Learners receive the log and do not vote.
        """
    def set_learners_next(self, /, list: Iterable[SupportsIndex]) -> None:
        """
        Sets `learners_next`.

        The ids of the voters that become learners when the joint configuration is left.
        """
    def set_voters(self, /, list: Iterable[SupportsIndex]) -> None:
        """
        Sets `voters`.

        The ids of the voters; in a joint configuration, of the incoming voters.
        """
    def set_voters_outgoing(self, /, list: Iterable[SupportsIndex]) -> None:
        """
        Sets `voters_outgoing`.

        In a joint configuration, the ids of the outgoing voters; else empty.
        """
    def take_learners(self, /) -> list[int]:
        """
        Takes the value of `learners`, leaving its default.
        """
    def take_learners_next(self, /) -> list[int]:
        """
        Takes the value of `learners_next`, leaving its default.
        """
    def take_voters(self, /) -> list[int]:
        """
        Takes the value of `voters`, leaving its default.
        """
    def take_voters_outgoing(self, /) -> list[int]:
        """
        Takes the value of `voters_outgoing`, leaving its default.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    @property
    def voters(self, /) -> MutableSequence[int]:
        """
        The ids of the voters; in a joint configuration, of the incoming voters.
        """
    @voters.setter
    def voters(self, /, v: Iterable[SupportsIndex]) -> None: ...
    @property
    def voters_outgoing(self, /) -> MutableSequence[int]:
        """
        In a joint configuration, the ids of the outgoing voters; else empty.
        """
    @voters_outgoing.setter
    def voters_outgoing(self, /, v: Iterable[SupportsIndex]) -> None: ...
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class Config(ConfigRef):
    """
    The configuration of a node. A node copies it: later changes to the object have no effect on the node.

    Mirrors `raft::Config`.
    """
    def __new__(
        cls,
        /,
        id: SupportsIndex = 0,
        election_tick: SupportsIndex = 20,
        heartbeat_tick: SupportsIndex = 2,
        applied: SupportsIndex = 0,
        max_size_per_msg: SupportsIndex = 0,
        max_inflight_msgs: SupportsIndex = 256,
        check_quorum: bool = False,
        pre_vote: bool = False,
        min_election_tick: SupportsIndex = 0,
        max_election_tick: SupportsIndex = 0,
        read_only_option: ReadOnlyOption = ReadOnlyOption.Safe,
        skip_bcast_commit: bool = False,
        batch_append: bool = False,
        priority: SupportsIndex = 0,
        max_uncommitted_size: SupportsIndex = 18446744073709551615,
        max_committed_size_per_ready: SupportsIndex = 18446744073709551615,
    ) -> Config: ...
    @staticmethod
    def default() -> Config:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class ConfigRef:
    """
    A live view of a `Config` inside another object. It is the base class of `Config`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> Config: ...
    def __deepcopy__(self, /, _memo: Any) -> Config: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    @property
    def applied(self, /) -> int:
        """
        The last applied index before a restart. Entries up to it are not returned to the application again.
        """
    @applied.setter
    def applied(self, /, v: SupportsIndex) -> None: ...
    @property
    def batch_append(self, /) -> bool:
        """
        Whether entries are appended to a message that is still waiting to be sent.
        """
    @batch_append.setter
    def batch_append(self, /, v: bool) -> None: ...
    @property
    def check_quorum(self, /) -> bool:
        """
        Whether a leader steps down if it is not in contact with a quorum for an election timeout.
        """
    @check_quorum.setter
    def check_quorum(self, /, v: bool) -> None: ...
    def clone(self, /) -> Config:
        """
        Returns an independent copy.
        """
    @property
    def election_tick(self, /) -> int:
        """
        The number of ticks without a message from the leader after which a follower starts an election. It must be
        greater than `heartbeat_tick`; `10 * heartbeat_tick` is recommended.
        """
    @election_tick.setter
    def election_tick(self, /, v: SupportsIndex) -> None: ...
    def get_applied(self, /) -> int:
        """
        The last applied index before a restart. Entries up to it are not returned to the application again.
        """
    def get_batch_append(self, /) -> bool:
        """
        Whether entries are appended to a message that is still waiting to be sent.
        """
    def get_check_quorum(self, /) -> bool:
        """
        Whether a leader steps down if it is not in contact with a quorum for an election timeout.
        """
    def get_election_tick(self, /) -> int:
        """
        The number of ticks without a message from the leader after which a follower starts an election. It must be
        greater than `heartbeat_tick`; `10 * heartbeat_tick` is recommended.
        """
    def get_heartbeat_tick(self, /) -> int:
        """
        The number of ticks between heartbeats of the leader.
        """
    def get_id(self, /) -> int:
        """
        The id of the node. It must not be 0, and must be unique in the cluster.
        """
    def get_max_committed_size_per_ready(self, /) -> int:
        """
        The maximum size of the committed entries in one `Ready`, in bytes.
        """
    def get_max_election_tick(self, /) -> int:
        """
        The upper bound of the randomized election timeout in ticks; 0 for twice `election_tick`. The method of this
        name returns the bound in effect.
        """
    def get_max_inflight_msgs(self, /) -> int:
        """
        The maximum number of inflight messages with entries per peer.
        """
    def get_max_size_per_msg(self, /) -> int:
        """
        The maximum size of the entries in one message, in bytes; 0 for at most one entry per message.
        """
    def get_max_uncommitted_size(self, /) -> int:
        """
        The maximum size of uncommitted entries in bytes. Beyond it, the leader drops proposals.
        """
    def get_min_election_tick(self, /) -> int:
        """
        The lower bound of the randomized election timeout in ticks; 0 for `election_tick`. The method of this name
        returns the bound in effect.
        """
    def get_pre_vote(self, /) -> bool:
        """
        Whether a node runs the pre-vote phase before it starts an election.
        """
    def get_priority(self, /) -> int:
        """
        The priority in elections. A node does not vote for a candidate of a lower priority if their logs are equal.
        """
    def get_read_only_option(self, /) -> ReadOnlyOption:
        """
        How linearizability of reads is guaranteed.
        """
    def get_skip_bcast_commit(self, /) -> bool:
        """
        Whether the leader sends a new commit index to followers only with the next heartbeat or entries.
        """
    @property
    def heartbeat_tick(self, /) -> int:
        """
        The number of ticks between heartbeats of the leader.
        """
    @heartbeat_tick.setter
    def heartbeat_tick(self, /, v: SupportsIndex) -> None: ...
    @property
    def id(self, /) -> int:
        """
        The id of the node. It must not be 0, and must be unique in the cluster.
        """
    @id.setter
    def id(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> ConfigRef:
        """
        Returns a live view of this object.
        """
    @property
    def max_committed_size_per_ready(self, /) -> int:
        """
        The maximum size of the committed entries in one `Ready`, in bytes.
        """
    @max_committed_size_per_ready.setter
    def max_committed_size_per_ready(self, /, v: SupportsIndex) -> None: ...
    def max_election_tick(self, /) -> int:
        """
        Returns the upper bound, exclusive, of the randomized election timeout in ticks.

        Raises `ConfigInvalidError` when twice `election_tick` is out of range. Mirrors
        `raft::Config::max_election_tick`.
        """
    @property
    def max_inflight_msgs(self, /) -> int:
        """
        The maximum number of inflight messages with entries per peer.
        """
    @max_inflight_msgs.setter
    def max_inflight_msgs(self, /, v: SupportsIndex) -> None: ...
    @property
    def max_size_per_msg(self, /) -> int:
        """
        The maximum size of the entries in one message, in bytes; 0 for at most one entry per message.
        """
    @max_size_per_msg.setter
    def max_size_per_msg(self, /, v: SupportsIndex) -> None: ...
    @property
    def max_uncommitted_size(self, /) -> int:
        """
        The maximum size of uncommitted entries in bytes. Beyond it, the leader drops proposals.
        """
    @max_uncommitted_size.setter
    def max_uncommitted_size(self, /, v: SupportsIndex) -> None: ...
    def min_election_tick(self, /) -> int:
        """
        Returns the lower bound of the randomized election timeout in ticks.

        Mirrors `raft::Config::min_election_tick`.
        """
    @property
    def pre_vote(self, /) -> bool:
        """
        Whether a node runs the pre-vote phase before it starts an election.
        """
    @pre_vote.setter
    def pre_vote(self, /, v: bool) -> None: ...
    @property
    def priority(self, /) -> int:
        """
        The priority in elections. A node does not vote for a candidate of a lower priority if their logs are equal.
        """
    @priority.setter
    def priority(self, /, v: SupportsIndex) -> None: ...
    @property
    def read_only_option(self, /) -> ReadOnlyOption:
        """
        How linearizability of reads is guaranteed.
        """
    @read_only_option.setter
    def read_only_option(self, /, v: ReadOnlyOption) -> None: ...
    def set_applied(self, /, applied: SupportsIndex) -> None:
        """
        Sets `applied`.

        The last applied index before a restart. Entries up to it are not returned to the application again.
        """
    def set_batch_append(self, /, batch_append: bool) -> None:
        """
        Sets `batch_append`.

        Whether entries are appended to a message that is still waiting to be sent.
        """
    def set_check_quorum(self, /, check_quorum: bool) -> None:
        """
        Sets `check_quorum`.

        Whether a leader steps down if it is not in contact with a quorum for an election timeout.
        """
    def set_election_tick(self, /, election_tick: SupportsIndex) -> None:
        """
        Sets `election_tick`.

        The number of ticks without a message from the leader after which a follower starts an election. It must be
        greater than `heartbeat_tick`; `10 * heartbeat_tick` is recommended.
        """
    def set_heartbeat_tick(self, /, heartbeat_tick: SupportsIndex) -> None:
        """
        Sets `heartbeat_tick`.

        The number of ticks between heartbeats of the leader.
        """
    def set_id(self, /, id: SupportsIndex) -> None:
        """
        Sets `id`.

        The id of the node. It must not be 0, and must be unique in the cluster.
        """
    def set_max_committed_size_per_ready(self, /, max_committed_size_per_ready: SupportsIndex) -> None:
        """
        Sets `max_committed_size_per_ready`.

        The maximum size of the committed entries in one `Ready`, in bytes.
        """
    def set_max_election_tick(self, /, v: SupportsIndex) -> None:
        """
        Sets `max_election_tick`.

        The upper bound of the randomized election timeout in ticks; 0 for twice `election_tick`. The method of this
        name returns the bound in effect.
        """
    def set_max_inflight_msgs(self, /, max_inflight_msgs: SupportsIndex) -> None:
        """
        Sets `max_inflight_msgs`.

        The maximum number of inflight messages with entries per peer.
        """
    def set_max_size_per_msg(self, /, max_size_per_msg: SupportsIndex) -> None:
        """
        Sets `max_size_per_msg`.

        The maximum size of the entries in one message, in bytes; 0 for at most one entry per message.
        """
    def set_max_uncommitted_size(self, /, max_uncommitted_size: SupportsIndex) -> None:
        """
        Sets `max_uncommitted_size`.

        The maximum size of uncommitted entries in bytes. Beyond it, the leader drops proposals.
        """
    def set_min_election_tick(self, /, v: SupportsIndex) -> None:
        """
        Sets `min_election_tick`.

        The lower bound of the randomized election timeout in ticks; 0 for `election_tick`. The method of this name
        returns the bound in effect.
        """
    def set_pre_vote(self, /, pre_vote: bool) -> None:
        """
        Sets `pre_vote`.

        Whether a node runs the pre-vote phase before it starts an election.
        """
    def set_priority(self, /, priority: SupportsIndex) -> None:
        """
        Sets `priority`.

        The priority in elections. A node does not vote for a candidate of a lower priority if their logs are equal.
        """
    def set_read_only_option(self, /, read_only_option: ReadOnlyOption) -> None:
        """
        Sets `read_only_option`.

        How linearizability of reads is guaranteed.
        """
    def set_skip_bcast_commit(self, /, v: bool) -> None:
        """
        Sets `skip_bcast_commit`.

        Whether the leader sends a new commit index to followers only with the next heartbeat or entries.
        """
    @property
    def skip_bcast_commit(self, /) -> bool:
        """
        Whether the leader sends a new commit index to followers only with the next heartbeat or entries.
        """
    @skip_bcast_commit.setter
    def skip_bcast_commit(self, /, v: bool) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    def validate(self, /) -> None:
        """
        Raises `ConfigInvalidError` if the configuration is invalid for a node.

        Mirrors `raft::Config::validate`.
        """

class Configuration(ConfigurationRef):
    """
    The configuration that a `ProgressTracker` tracks.

    Mirrors `raft::tracker::Configuration`.
    """
    def __new__(cls, /, voters: Iterable[SupportsIndex] = (), learners: Iterable[SupportsIndex] = ()) -> Configuration:
        """
        Creates a configuration, not joint, of these voters and learners.

        Raises `ConfChangeError` when the configuration is invalid, such as an id that is both. Mirrors
        `raft::tracker::Configuration::new`.
        """

@disjoint_base
class ConfigurationRef:
    """
    A live view of a `Configuration` inside another object. It is the base class of `Configuration`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> Configuration: ...
    def __deepcopy__(self, /, _memo: Any) -> Configuration: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str:
        """
        The text that raft-rs's tests use: `voters=(1 2)&&(1) learners=(3) autoleave`.
        """
    def auto_leave(self, /) -> bool:
        """
        Returns whether Raft leaves the joint configuration automatically.

        Mirrors `raft::tracker::Configuration::auto_leave`.
        """
    def clone(self, /) -> Configuration:
        """
        Returns an independent copy.
        """
    def learners(self, /) -> set[int]:
        """
        Returns the ids of the learners.

        Mirrors `raft::tracker::Configuration::learners`.
        """
    def learners_next(self, /) -> set[int]:
        """
        Returns the ids of the voters that become learners when the joint configuration is left.

        Mirrors `raft::tracker::Configuration::learners_next`.
        """
    def make_ref(self, /) -> ConfigurationRef:
        """
        Returns a live view of this object.
        """
    def to_conf_state(self, /) -> ConfState:
        """
        Returns the configuration as a `ConfState`, with the ids in ascending order.

        Mirrors `raft::tracker::Configuration::to_conf_state`.
        """
    def voters(self, /) -> JointConfig:
        """
        Returns the voters.

        Mirrors `raft::tracker::Configuration::voters`.
        """

class Entry(EntryRef):
    """
    An entry of the Raft log.

    The leader assigns the term and the index when it appends a proposed entry.

    Mirrors `raft::eraftpb::Entry`.
    """
    def __new__(
        cls,
        /,
        *,
        context: bytes | bytearray | memoryview | Sequence[int] = b"",
        data: bytes | bytearray | memoryview | Sequence[int] = b"",
        entry_type: EntryType = EntryType.EntryNormal,
        index: SupportsIndex = 0,
        sync_log: bool = False,
        term: SupportsIndex = 0,
    ) -> Entry: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> Entry:
        """
        Decodes a message from `v`.

        Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
        is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[Entry, int]:
        """
        Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> Entry:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class EntryRef:
    """
    A live view of a `Entry` inside another object. It is the base class of `Entry`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> Entry: ...
    def __deepcopy__(self, /, _memo: Any) -> Entry: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def clear(self, /) -> None:
        """
        Sets every field to its default.

        Mirrors `protobuf::Message::clear`.
        """
    def clear_context(self, /) -> None:
        """
        Sets `context` to its default.
        """
    def clear_data(self, /) -> None:
        """
        Sets `data` to its default.
        """
    def clear_entry_type(self, /) -> None:
        """
        Sets `entry_type` to its default.
        """
    def clear_index(self, /) -> None:
        """
        Sets `index` to its default.
        """
    def clear_sync_log(self, /) -> None:
        """
        Sets `sync_log` to its default.
        """
    def clear_term(self, /) -> None:
        """
        Sets `term` to its default.
        """
    def clone(self, /) -> Entry:
        """
        Returns an independent copy.
        """
    def compute_size(self, /) -> int:
        """
        Returns the length of the encoding in bytes.
        """
    @property
    def context(self, /) -> bytes:
        """
        Application data that is replicated with the entry. Raft does not interpret it.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    @property
    def data(self, /) -> bytes:
        """
        The proposed command, or an encoded configuration change.
        """
    @data.setter
    def data(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def encode(self, /) -> bytes:
        """
        Returns the protobuf encoding. Fields that have their default value take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    @property
    def entry_type(self, /) -> EntryType:
        """
        The type of the entry, which determines what `data` holds.
        """
    @entry_type.setter
    def entry_type(self, /, v: EntryType) -> None: ...
    def get_context(self, /) -> bytes:
        """
        Application data that is replicated with the entry. Raft does not interpret it.
        """
    def get_data(self, /) -> bytes:
        """
        The proposed command, or an encoded configuration change.
        """
    def get_entry_type(self, /) -> EntryType:
        """
        The type of the entry, which determines what `data` holds.
        """
    def get_index(self, /) -> int:
        """
        The index in the log. The first index is 1.
        """
    def get_sync_log(self, /) -> bool:
        """
        Deprecated and unused; kept for backward compatibility with old logs.
        """
    def get_term(self, /) -> int:
        """
        The term in which the leader appended the entry.
        """
    @property
    def index(self, /) -> int:
        """
        The index in the log. The first index is 1.
        """
    @index.setter
    def index(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> EntryRef:
        """
        Returns a live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
        current values, repeated fields are appended.

        Raises `CodecError` as `decode` does; the message is unchanged then.
        """
    def set_context(self, /, byte_arr: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `context`.

        Application data that is replicated with the entry. Raft does not interpret it.
        """
    def set_data(self, /, byte_arr: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `data`.

        The proposed command, or an encoded configuration change.
        """
    def set_entry_type(self, /, typ: EntryType) -> None:
        """
        Sets `entry_type`.

        The type of the entry, which determines what `data` holds.
        """
    def set_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `index`.

        The index in the log. The first index is 1.
        """
    def set_sync_log(self, /, v: bool) -> None:
        """
        Sets `sync_log`.

        Deprecated and unused; kept for backward compatibility with old logs.
        """
    def set_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `term`.

        The term in which the leader appended the entry.
        """
    @property
    def sync_log(self, /) -> bool:
        """
        Deprecated and unused; kept for backward compatibility with old logs.
        """
    @sync_log.setter
    def sync_log(self, /, v: bool) -> None: ...
    def take_context(self, /) -> bytes:
        """
        Takes the value of `context`, leaving its default.
        """
    def take_data(self, /) -> bytes:
        """
        Takes the value of `data`, leaving its default.
        """
    @property
    def term(self, /) -> int:
        """
        The term in which the leader appended the entry.
        """
    @term.setter
    def term(self, /, v: SupportsIndex) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class GetEntriesContext(GetEntriesContextRef):
    """
    The purpose for which Raft requests entries, passed to the storage with the request.

    A storage that fetches entries in the background keeps the context of the request and raises
    `LogTemporarilyUnavailableError`. When it has the entries, the application passes the context to
    `RawNode.on_entries_fetched`.

    A call that takes a context consumes it and leaves an empty one that can't wait.

    Mirrors `raft::GetEntriesContext`.
    """
    @staticmethod
    def empty(can_async: bool) -> GetEntriesContext:
        """
        Creates a context for a caller other than Raft. `can_async` is whether the caller can wait for the entries.

        Mirrors `raft::GetEntriesContext::empty`.
        """

@disjoint_base
class GetEntriesContextRef:
    """
    A live view of a `GetEntriesContext` inside another object. It is the base class of `GetEntriesContext`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __repr__(self, /) -> str: ...
    def can_async(self, /) -> bool:
        """
        Returns whether the storage may raise `LogTemporarilyUnavailableError` and fetch the entries in the background.

        Mirrors `raft::GetEntriesContext::can_async`.
        """
    def make_ref(self, /) -> GetEntriesContextRef:
        """
        Returns a live view of this object.
        """

class HardState(HardStateRef):
    """
    The persistent state of a node. It must be persisted before the messages of the same `Ready` are sent.

    Mirrors `raft::eraftpb::HardState`.
    """
    def __new__(cls, /, term: SupportsIndex = 0, vote: SupportsIndex = 0, commit: SupportsIndex = 0) -> HardState: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> HardState:
        """
        Decodes a message from `v`.

        Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
        is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[HardState, int]:
        """
        Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> HardState:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class HardStateRef:
    """
    A live view of a `HardState` inside another object. It is the base class of `HardState`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> HardState: ...
    def __deepcopy__(self, /, _memo: Any) -> HardState: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def clear(self, /) -> None:
        """
        Sets every field to its default.

        Mirrors `protobuf::Message::clear`.
        """
    def clear_commit(self, /) -> None:
        """
        Sets `commit` to its default.
        """
    def clear_term(self, /) -> None:
        """
        Sets `term` to its default.
        """
    def clear_vote(self, /) -> None:
        """
        Sets `vote` to its default.
        """
    def clone(self, /) -> HardState:
        """
        Returns an independent copy.
        """
    @property
    def commit(self, /) -> int:
        """
        The highest log index known to be committed.
        """
    @commit.setter
    def commit(self, /, v: SupportsIndex) -> None: ...
    def compute_size(self, /) -> int:
        """
        Returns the length of the encoding in bytes.
        """
    def encode(self, /) -> bytes:
        """
        Returns the protobuf encoding. Fields that have their default value take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_commit(self, /) -> int:
        """
        The highest log index known to be committed.
        """
    def get_term(self, /) -> int:
        """
        The current term of the node.
        """
    def get_vote(self, /) -> int:
        """
        The id of the node that received the vote in `term`; 0 for none.
        """
    def make_ref(self, /) -> HardStateRef:
        """
        Returns a live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
        current values, repeated fields are appended.

        Raises `CodecError` as `decode` does; the message is unchanged then.
        """
    def set_commit(self, /, v: SupportsIndex) -> None:
        """
        Sets `commit`.

        The highest log index known to be committed.
        """
    def set_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `term`.

        The current term of the node.
        """
    def set_vote(self, /, v: SupportsIndex) -> None:
        """
        Sets `vote`.

        The id of the node that received the vote in `term`; 0 for none.
        """
    @property
    def term(self, /) -> int:
        """
        The current term of the node.
        """
    @term.setter
    def term(self, /, v: SupportsIndex) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    @property
    def vote(self, /) -> int:
        """
        The id of the node that received the vote in `term`; 0 for none.
        """
    @vote.setter
    def vote(self, /, v: SupportsIndex) -> None: ...
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

@final
class Index:
    """
    A log index that a voter has acknowledged, and the commit group id of the voter.

    Mirrors `raft::quorum::Index`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, index: SupportsIndex = 0, group_id: SupportsIndex = 0) -> Index:
        """
        Creates an `Index` of a voter in the commit group `group_id`.
        """
    def __reduce__(self, /) -> tuple[type, tuple[int, int]]: ...
    def __repr__(self, /) -> str: ...
    @property
    def group_id(self, /) -> int:
        """
        The commit group id; 0 for none.
        """
    @property
    def index(self, /) -> int:
        """
        The log index.
        """

class Inflights(InflightsRef):
    """
    The sliding window of inflight messages that a peer has not acknowledged yet. Each is represented by the index
    of its last entry.

    Mirrors `raft::Inflights`.
    """
    def __new__(cls, /, cap: SupportsIndex) -> Inflights:
        """
        Creates an empty window for `cap` inflight messages.

        Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::Inflights::new`.
        """

@disjoint_base
class InflightsRef:
    """
    A live view of a `Inflights` inside another object. It is the base class of `Inflights`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> Inflights: ...
    def __deepcopy__(self, /, _memo: Any) -> Inflights: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    def add(self, /, inflight: SupportsIndex) -> None:
        """
        Adds a message whose last entry has the index `inflight`.

        Raises `ValueError` when the window is full. Mirrors `raft::Inflights::add`.
        """
    def buffer_capacity(self, /) -> int:
        """
        Returns the capacity of the allocated buffer, in messages.

        Mirrors `raft::Inflights::buffer_capacity`.
        """
    def buffer_is_allocated(self, /) -> bool:
        """
        Returns whether a buffer is allocated.

        Mirrors `raft::Inflights::buffer_is_allocated`.
        """
    def clone(self, /) -> Inflights:
        """
        Returns an independent copy.
        """
    def count(self, /) -> int:
        """
        Returns the number of inflight messages.

        Mirrors `raft::Inflights::count`.
        """
    def free_first_one(self, /) -> None:
        """
        Frees the first inflight message.

        Mirrors `raft::Inflights::free_first_one`.
        """
    def free_to(self, /, to: SupportsIndex) -> None:
        """
        Frees the inflight messages up to index `to`.

        Mirrors `raft::Inflights::free_to`.
        """
    def full(self, /) -> bool:
        """
        Returns whether the window is full.

        Mirrors `raft::Inflights::full`.
        """
    def make_ref(self, /) -> InflightsRef:
        """
        Returns a live view of this object.
        """
    def maybe_free_buffer(self, /) -> None:
        """
        Frees the buffer if the window is empty.

        Mirrors `raft::Inflights::maybe_free_buffer`.
        """
    def reset(self, /) -> None:
        """
        Frees all inflight messages.

        Mirrors `raft::Inflights::reset`.
        """
    def set_cap(self, /, incoming_cap: SupportsIndex) -> None:
        """
        Changes the capacity. If more messages are inflight, the change takes effect once they have been acknowledged.

        Raises `ValueError` when `incoming_cap` is more than 2**24. Mirrors `raft::Inflights::set_cap`.
        """

class JointConfig(JointConfigRef):
    """
    The incoming voters and, in a joint configuration, the outgoing voters.

    Mirrors `raft::JointConfig`.
    """
    def __new__(cls, /, voters: Iterable[SupportsIndex] = ()) -> JointConfig:
        """
        Creates a configuration, not joint, of these voters.

        Mirrors `raft::JointConfig::new`.
        """
    @staticmethod
    def new_joint_from_majorities(incoming: MajorityConfigRef, outgoing: MajorityConfigRef) -> JointConfig:
        """
        Creates a joint configuration of two majorities.

        Raises `ConfChangeError` when there is an outgoing majority and no incoming one. Mirrors
        `raft::JointConfig::new_joint_from_majorities`, which only raft-rs's own tests can reach.
        """
    @staticmethod
    def with_capacity(cap: SupportsIndex) -> JointConfig:
        """
        Creates a configuration without voters, with capacity for `cap`. At most 4,096 are allocated in advance.

        Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::JointConfig::with_capacity`.
        """

@disjoint_base
class JointConfigRef:
    """
    A live view of a `JointConfig` inside another object. It is the base class of `JointConfig`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __bool__(self, /) -> bool:
        """
        Always true, for backward compatibility, even if the configuration is empty.
        """
    def __contains__(self, id: SupportsIndex, /) -> bool: ...
    def __copy__(self, /) -> JointConfig: ...
    def __deepcopy__(self, /, _memo: Any) -> JointConfig: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __iter__(self, /) -> Iterator[int]:
        """
        Iterates over the ids of all voters in ascending order.
        """
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def clear(self, /) -> None:
        """
        Removes all voters.

        Mirrors `raft::JointConfig::clear`.
        """
    def clone(self, /) -> JointConfig:
        """
        Returns an independent copy.
        """
    def committed_index(self, /, use_group_commit: bool, l: AckIndexer) -> tuple[int, bool]:
        """
        Returns the highest index that every majority of the configuration has acknowledged according to `l`, and
        whether group commit determined it.

        Mirrors `raft::JointConfig::committed_index`.
        """
    def contains(self, /, id: SupportsIndex) -> bool:
        """
        Returns whether `id` is an incoming or outgoing voter.

        Mirrors `raft::JointConfig::contains`.
        """
    def ids(self, /) -> set[int]:
        """
        Returns the ids of all voters, incoming and outgoing.

        Mirrors `raft::JointConfig::ids`.
        """
    def is_singleton(self, /) -> bool:
        """
        Returns whether there is only one voter and the configuration is not joint.

        Mirrors `raft::JointConfig::is_singleton`.
        """
    def make_ref(self, /) -> JointConfigRef:
        """
        Returns a live view of this object.
        """
    def vote_result(self, /, check: Votes) -> VoteResult:
        """
        Returns the result of the votes that `check` returns. An election is won if every majority of the configuration
        grants.

        Mirrors `raft::JointConfig::vote_result`.
        """

class LightReady(LightReadyRef):
    """
    The further work that `RawNode.advance` returns: send `messages`, apply `committed_entries`, then call
    `RawNode.advance_apply`.

    Mirrors `raft::LightReady`.
    """
    @staticmethod
    def default() -> LightReady:
        """
        Creates an empty `LightReady`.

        Mirrors `raft::LightReady::default`.
        """

@disjoint_base
class LightReadyRef:
    """
    A live view of a `LightReady` inside another object. It is the base class of `LightReady`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    def commit_index(self, /) -> int | None:
        """
        Returns the commit index, or `None` if it has not changed. It need not be persisted, unless the state applied up
        to it is.

        Mirrors `raft::LightReady::commit_index`.
        """
    def committed_entries(self, /) -> list[EntryRef]:
        """
        The entries to apply.

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def make_ref(self, /) -> LightReadyRef:
        """
        Returns a live view of this object.
        """
    def messages(self, /) -> list[MessageRef]:
        """
        The messages to send.

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def take_committed_entries(self, /) -> list[Entry]:
        """
        Takes the elements of `committed_entries`, leaving an empty list.
        """
    def take_messages(self, /) -> list[Message]:
        """
        Takes the elements of `messages`, leaving an empty list.
        """

class Logger(LoggerRef):
    """
    A logger. The constructor creates one that writes all levels to stderr from its own thread.

    Mirrors `slog::Logger`.
    """
    def __new__(cls, /, chan_size: SupportsIndex, overflow_strategy: OverflowStrategy) -> Logger:
        """
        Creates a logger to stderr whose queue holds `chan_size` records.

        Raises `ValueError` when `chan_size` is more than 2**20.
        """
    @staticmethod
    def discard() -> Logger:
        """
        Creates a logger that discards all records, at no cost.
        """
    @staticmethod
    def from_logging(logger: Any) -> Logger:
        """
        Creates a logger that writes to `logger`, a `logging.Logger`: `Logger.from_logging(logging.getLogger("raft"))`.

        Its handlers run synchronously, inside the call that logs, so they must not use the node. The levels keep their
        names, except that CRIT becomes CRITICAL, and TRACE is level 5. Key-values become attributes of the record, such
        as `raft_id`; they are prefixed with `raft_` where a record already has an attribute of that name. Nothing is
        formatted for a disabled level.
        """
    @staticmethod
    def new_file_logger(
        log_path: str | PathLike[str], chan_size: SupportsIndex, rotate_size: SupportsIndex, rotate_keep: SupportsIndex
    ) -> Logger:
        """
        Creates a logger that writes level DEBUG and above to the file `log_path`, from its own thread, whose queue
        holds `chan_size` records. A file of `rotate_size` bytes is rotated, and `rotate_keep` old files are kept.

        The file is created with the first record; records that can't be written are lost. Raises `ValueError` when
        `chan_size` is more than 2**20, or `rotate_keep` more than 1,000.
        """

@disjoint_base
class LoggerRef:
    """
    A live view of a `Logger` inside another object. It is the base class of `Logger`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def crit(self, /, s: str) -> None:
        """
        Logs `s` at level CRITICAL.
        """
    def debug(self, /, s: str) -> None:
        """
        Logs `s` at level DEBUG.
        """
    def error(self, /, s: str) -> None:
        """
        Logs `s` at level ERROR.
        """
    def info(self, /, s: str) -> None:
        """
        Logs `s` at level INFO.
        """
    def make_ref(self, /) -> LoggerRef:
        """
        Returns a live view of this object.
        """
    def trace(self, /, s: str) -> None:
        """
        Logs `s` at level TRACE.
        """
    def warn(self, /, s: str) -> None:
        """
        Logs `s` at level WARNING.
        """

class MajorityConfig(MajorityConfigRef):
    """
    A set of voters, by their ids, that decide by majority.

    Mirrors `raft::MajorityConfig`, which is a `HashSet<u64>` besides.
    """
    def __new__(cls, /, voters: Iterable[SupportsIndex] = ()) -> MajorityConfig:
        """
        Creates a configuration of these voters.

        Mirrors `raft::MajorityConfig::new`.
        """
    @staticmethod
    def with_capacity(cap: SupportsIndex) -> MajorityConfig:
        """
        Creates a configuration without voters, with capacity for `cap`. At most 4,096 are allocated in advance.

        Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::MajorityConfig::with_capacity`.
        """

@disjoint_base
class MajorityConfigRef:
    """
    A live view of a `MajorityConfig` inside another object. It is the base class of `MajorityConfig`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __bool__(self, /) -> bool: ...
    def __contains__(self, id: SupportsIndex, /) -> bool: ...
    def __copy__(self, /) -> MajorityConfig: ...
    def __deepcopy__(self, /, _memo: Any) -> MajorityConfig: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __iter__(self, /) -> Iterator[int]:
        """
        Iterates over the ids in ascending order.
        """
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str:
        """
        The ids in ascending order, in parentheses.
        """
    def capacity(self, /) -> int:
        """
        Returns the number of voters that fit without reallocation.
        """
    def clear(self, /) -> None:
        """
        Removes all voters.
        """
    def clone(self, /) -> MajorityConfig:
        """
        Returns an independent copy.
        """
    def committed_index(self, /, use_group_commit: bool, l: AckIndexer) -> tuple[int, bool]:
        """
        Returns the highest index that a majority has acknowledged according to `l`, and whether group commit determined
        it.

        Returns `(2**64 - 1, True)` if there are no voters. Mirrors `raft::MajorityConfig::committed_index`.
        """
    def contains(self, /, id: SupportsIndex) -> bool:
        """
        Returns whether `id` is a voter.
        """
    def extend(self, /, other_set: Iterable[SupportsIndex]) -> None:
        """
        Adds the voters in `other_set`.
        """
    def get(self, /, v: SupportsIndex) -> int | None:
        """
        Returns `v` if it is a voter, else `None`.
        """
    def ids(self, /) -> set[int]:
        """
        Returns the ids of the voters.

        Mirrors `raft::MajorityConfig::ids`.
        """
    def insert(self, /, value: SupportsIndex) -> bool:
        """
        Adds a voter. Returns whether it was newly added.
        """
    def is_disjoint(self, /, other: Iterable[SupportsIndex]) -> bool:
        """
        Returns whether no id in `other` is a voter.
        """
    def is_empty(self, /) -> bool:
        """
        Returns whether there are no voters.
        """
    def is_subset(self, /, other: Iterable[SupportsIndex]) -> bool:
        """
        Returns whether all voters are in `other`.
        """
    def is_superset(self, /, other: Iterable[SupportsIndex]) -> bool:
        """
        Returns whether all ids in `other` are voters.
        """
    def len(self, /) -> int:
        """
        Returns the number of voters.
        """
    def make_ref(self, /) -> MajorityConfigRef:
        """
        Returns a live view of this object.
        """
    def raw_slice(self, /) -> list[int]:
        """
        Returns the ids of the voters in arbitrary order.

        Mirrors `raft::MajorityConfig::raw_slice`.
        """
    def remove(self, /, v: SupportsIndex) -> bool:
        """
        Removes a voter. Returns whether it was present.
        """
    def replace(self, /, value: SupportsIndex) -> int | None:
        """
        Adds a voter. Returns it if it was present, else `None`.
        """
    def reserve(self, /, additional: SupportsIndex) -> None:
        """
        Reserves capacity for `additional` more voters, for at most 4,096 at once.

        Raises `ValueError` when that is more than 2**24.
        """
    def shrink_to(self, /, min_capacity: SupportsIndex) -> None:
        """
        Releases unused capacity, but keeps capacity for at least `min_capacity` voters.
        """
    def shrink_to_fit(self, /) -> None:
        """
        Releases unused capacity.
        """
    def slice(self, /) -> list[int]:
        """
        Returns the ids of the voters in ascending order.

        Mirrors `raft::MajorityConfig::slice`.
        """
    def take(self, /, v: SupportsIndex) -> int | None:
        """
        Removes a voter. Returns it if it was present, else `None`.
        """
    def try_reserve(self, /, additional: SupportsIndex) -> None:
        """
        Reserves capacity for `additional` more voters, for at most 4,096 at once.

        Raises `MemoryError` when memory is exhausted, or when `additional` is more than 2**24.
        """
    def vote_result(self, /, check: Votes) -> VoteResult:
        """
        Returns the result of the votes that `check` returns, or `VoteResult.Won` if there are no voters.

        Mirrors `raft::MajorityConfig::vote_result`.
        """

class MemStorage(MemStorageRef):
    """
    An in-memory storage: for tests, for examples, and for applications that persist the log by other means.

    A node shares the storage that it is given, and so does `clone()`. Write to it through `wl()`.

    Mirrors `raft::storage::MemStorage`.
    """
    def __new__(cls, /) -> MemStorage:
        """
        Creates an empty storage: its first index is 1, its last index 0.

        Mirrors `raft::storage::MemStorage::new`.
        """
    @staticmethod
    def default() -> MemStorage:
        """
        Creates an empty storage.

        Mirrors `raft::storage::MemStorage::default`.
        """
    @staticmethod
    def new_with_conf_state(cs: ConfStateRef | tuple[Iterable[SupportsIndex], Iterable[SupportsIndex]]) -> MemStorage:
        """
        Creates a storage with the initial configuration `cs`: a `ConfState`, or the ids of the voters and of the
        learners. All nodes of the cluster must start with the same configuration.

        Mirrors `raft::storage::MemStorage::new_with_conf_state`.
        """

class MemStorageCore(MemStorageCoreRef):
    """
    The contents of a `MemStorage`: `MemStorage.wl()` returns a live view of them.

    Mirrors `raft::storage::MemStorageCore`.
    """
    @staticmethod
    def default() -> MemStorageCore:
        """
        Creates an empty core that belongs to no storage.

        Mirrors `raft::storage::MemStorageCore::default`.
        """

@disjoint_base
class MemStorageCoreRef:
    """
    A live view of a `MemStorageCore` inside another object. It is the base class of `MemStorageCore`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def append(self, /, ents: Iterable[EntryRef]) -> None:
        """
        Appends `ents`. They replace the entries from the index of the first of them on.

        Raises `StoreError` of `CompactedError` when that index is below the first index, of `UnavailableError` when
        there is a gap after the last entry or among `ents`. Mirrors `raft::storage::MemStorageCore::append`.
        """
    def apply_snapshot(self, /, snapshot: SnapshotRef) -> None:
        """
        Overwrites the contents of the storage with `snapshot`.

        Raises `StoreError` of `SnapshotOutOfDateError` when its index is below the first index, unless it is at the
        index and term of the last entry: a node that has requested a snapshot may receive that one. Raises `ValueError`
        for an index above 2**63 - 1. Mirrors `raft::storage::MemStorageCore::apply_snapshot`.
        """
    def commit_to(self, /, index: SupportsIndex) -> None:
        """
        Sets the commit index, and the term to that of the entry at `index`.

        Raises `StoreError` of `UnavailableError` when there is no entry at this index. Mirrors
        `raft::storage::MemStorageCore::commit_to`.
        """
    def commit_to_and_set_conf_states(self, /, idx: SupportsIndex, cs: ConfStateRef | None = None) -> None:
        """
        Sets the commit index to `idx`, and the configuration to `cs` if given: for tests.

        Raises `StoreError` of `UnavailableError` when there is no entry at this index. Mirrors
        `raft::storage::MemStorageCore::commit_to_and_set_conf_states`.
        """
    def compact(self, /, compact_index: SupportsIndex) -> None:
        """
        Discards all log entries before `compact_index`. It must not be above the applied index.

        Keep at least one entry: a storage without entries takes its last index from its snapshot, which may be older
        than the discarded entries.

        Raises `StoreError` of `UnavailableError` when `compact_index` is past the last index plus one; `InUseError`
        when a node that uses the storage is in a call and has not applied the entries. Mirrors
        `raft::storage::MemStorageCore::compact`.
        """
    def hard_state(self, /) -> HardStateRef:
        """
        Returns a live view of the hard state.

        Mirrors `raft::storage::MemStorageCore::hard_state`.
        """
    def make_ref(self, /) -> MemStorageCoreRef:
        """
        Returns a live view of this object.
        """
    def mut_hard_state(self, /) -> HardStateRef:
        """
        Returns a live view of the hard state.

        Mirrors `raft::storage::MemStorageCore::mut_hard_state`.
        """
    def set_conf_state(self, /, cs: ConfStateRef) -> None:
        """
        Saves the current configuration, the members of the cluster.

        Mirrors `raft::storage::MemStorageCore::set_conf_state`.
        """
    def set_hardstate(self, /, hs: HardStateRef) -> None:
        """
        Saves the current hard state.

        Mirrors `raft::storage::MemStorageCore::set_hardstate`.
        """
    def take_get_entries_context(self, /) -> GetEntriesContext | None:
        """
        Takes the context of the last request that failed with `LogTemporarilyUnavailableError`; `None` if there is
        none.

        Mirrors `raft::storage::MemStorageCore::take_get_entries_context`.
        """
    def trigger_log_unavailable(self, /, v: bool) -> None:
        """
        Sets whether requests for entries that can wait fail with `LogTemporarilyUnavailableError`: for tests.

        Mirrors `raft::storage::MemStorageCore::trigger_log_unavailable`.
        """
    def trigger_snap_unavailable(self, /) -> None:
        """
        Makes the next request for a snapshot fail with `SnapshotTemporarilyUnavailableError`: for tests.

        Mirrors `raft::storage::MemStorageCore::trigger_snap_unavailable`.
        """

@disjoint_base
class MemStorageRef:
    """
    A live view of a `MemStorage` inside another object. It is the base class of `MemStorage`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> MemStorage: ...
    def __deepcopy__(self, /, _memo: Any) -> MemStorage: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> MemStorage:
        """
        Returns another reference to the same storage: both share its contents.
        """
    def entries(
        self,
        /,
        low: SupportsIndex,
        high: SupportsIndex,
        context: GetEntriesContextRef,
        max_size: SupportsIndex | None = None,
    ) -> list[Entry]:
        """
        Returns the entries in the index range `[low, high)`, up to `max_size` bytes but at least one entry.

        Consumes `context`. Raises `StoreError`: of `CompactedError` when `low` is below the first index, of
        `UnavailableError` when `high` is past the last index plus one. Raises `ValueError` when `low` is above
        `high`. Mirrors `raft::Storage::entries`.
        """
    def first_index(self, /) -> int:
        """
        Returns the index of the first entry; the last index plus one when there are no entries.

        Mirrors `raft::Storage::first_index`.
        """
    def initial_state(self, /) -> RaftState:
        """
        Returns the initial `RaftState`: the hard state and the configuration.

        Mirrors `raft::Storage::initial_state`.
        """
    def initialize_with_conf_state(
        self, /, cs: ConfStateRef | tuple[Iterable[SupportsIndex], Iterable[SupportsIndex]]
    ) -> None:
        """
        Initializes the storage with the configuration `cs`: a `ConfState`, or the ids of the voters and of the
        learners.

        Raises `ValueError` when the storage is already initialized. Mirrors
        `raft::storage::MemStorage::initialize_with_conf_state`.
        """
    def last_index(self, /) -> int:
        """
        Returns the index of the last entry, or of the one before the first when there are no entries.

        Mirrors `raft::Storage::last_index`.
        """
    def make_ref(self, /) -> MemStorageRef:
        """
        Returns a live view of this object.
        """
    def rl(self, /) -> MemStorageCoreRef:
        """
        Returns a live view of the contents, for reading. No lock is held.

        Mirrors `raft::storage::MemStorage::rl`.
        """
    def snapshot(self, /, request_index: SupportsIndex, _to: SupportsIndex) -> Snapshot:
        """
        Returns a snapshot of the committed state, without data. Its index is at least `request_index`. It is the same
        for every receiver.

        Raises `StoreError` of `SnapshotTemporarilyUnavailableError` after `MemStorageCore.trigger_snap_unavailable`.
        Mirrors `raft::Storage::snapshot`.
        """
    def term(self, /, idx: SupportsIndex) -> int:
        """
        Returns the term of the entry at index `idx`.

        Raises `StoreError`: of `CompactedError` below the first index, except at the index before it if its
        term is known; of `UnavailableError` past the last index. Mirrors `raft::Storage::term`.
        """
    def wl(self, /) -> MemStorageCoreRef:
        """
        Returns a live view of the contents, for reading and writing. No lock is held.

        Mirrors `raft::storage::MemStorage::wl`.
        """

class Message(MessageRef):
    """
    A message between nodes, or a local message of a node. `msg_type` determines which fields are used.

    Mirrors `raft::eraftpb::Message`.
    """
    def __new__(
        cls,
        /,
        *,
        msg_type: MessageType = MessageType.MsgHup,
        to: SupportsIndex = 0,
        from_: SupportsIndex = 0,
        term: SupportsIndex = 0,
        log_term: SupportsIndex = 0,
        index: SupportsIndex = 0,
        entries: Iterable[EntryRef] = (),
        commit: SupportsIndex = 0,
        commit_term: SupportsIndex = 0,
        snapshot: SnapshotRef | None = None,
        request_snapshot: SupportsIndex = 0,
        reject: bool = False,
        reject_hint: SupportsIndex = 0,
        context: bytes | bytearray | memoryview | Sequence[int] = b"",
        deprecated_priority: SupportsIndex = 0,
        priority: SupportsIndex = 0,
    ) -> Message: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> Message:
        """
        Decodes a message from `v`.

        Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
        is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[Message, int]:
        """
        Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> Message:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class MessageRef:
    """
    A live view of a `Message` inside another object. It is the base class of `Message`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> Message: ...
    def __deepcopy__(self, /, _memo: Any) -> Message: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def clear(self, /) -> None:
        """
        Sets every field to its default.

        Mirrors `protobuf::Message::clear`.
        """
    def clear_commit(self, /) -> None:
        """
        Sets `commit` to its default.
        """
    def clear_commit_term(self, /) -> None:
        """
        Sets `commit_term` to its default.
        """
    def clear_context(self, /) -> None:
        """
        Sets `context` to its default.
        """
    def clear_deprecated_priority(self, /) -> None:
        """
        Sets `deprecated_priority` to its default.
        """
    def clear_entries(self, /) -> None:
        """
        Sets `entries` to its default.
        """
    def clear_from(self, /) -> None:
        """
        Sets `from` to its default.
        """
    def clear_index(self, /) -> None:
        """
        Sets `index` to its default.
        """
    def clear_log_term(self, /) -> None:
        """
        Sets `log_term` to its default.
        """
    def clear_msg_type(self, /) -> None:
        """
        Sets `msg_type` to its default.
        """
    def clear_priority(self, /) -> None:
        """
        Sets `priority` to its default.
        """
    def clear_reject(self, /) -> None:
        """
        Sets `reject` to its default.
        """
    def clear_reject_hint(self, /) -> None:
        """
        Sets `reject_hint` to its default.
        """
    def clear_request_snapshot(self, /) -> None:
        """
        Sets `request_snapshot` to its default.
        """
    def clear_snapshot(self, /) -> None:
        """
        Sets `snapshot` to its default.
        """
    def clear_term(self, /) -> None:
        """
        Sets `term` to its default.
        """
    def clear_to(self, /) -> None:
        """
        Sets `to` to its default.
        """
    def clone(self, /) -> Message:
        """
        Returns an independent copy.
        """
    @property
    def commit(self, /) -> int:
        """
        The commit index of the sender.
        """
    @commit.setter
    def commit(self, /, v: SupportsIndex) -> None: ...
    @property
    def commit_term(self, /) -> int:
        """
        The term of the entry at `commit`.
        """
    @commit_term.setter
    def commit_term(self, /, v: SupportsIndex) -> None: ...
    def compute_size(self, /) -> int:
        """
        Returns the length of the encoding in bytes.
        """
    @property
    def context(self, /) -> bytes:
        """
        Data that the receiver returns in its response.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    @property
    def deprecated_priority(self, /) -> int:
        """
        The priority in the field that old versions read.
        """
    @deprecated_priority.setter
    def deprecated_priority(self, /, v: SupportsIndex) -> None: ...
    def encode(self, /) -> bytes:
        """
        Returns the protobuf encoding. Fields that have their default value take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    @property
    def entries(self, /) -> MutableSequence[EntryRef]:
        """
        The entries to append.
        """
    @entries.setter
    def entries(self, /, v: Iterable[EntryRef]) -> None: ...
    @property
    def from_(self, /) -> int:
        """
        The id of the sender.
        """
    @from_.setter
    def from_(self, /, v: SupportsIndex) -> None: ...
    def get_commit(self, /) -> int:
        """
        The commit index of the sender.
        """
    def get_commit_term(self, /) -> int:
        """
        The term of the entry at `commit`.
        """
    def get_context(self, /) -> bytes:
        """
        Data that the receiver returns in its response.
        """
    def get_deprecated_priority(self, /) -> int:
        """
        The priority in the field that old versions read.
        """
    def get_entries(self, /) -> list[EntryRef]:
        """
        The entries to append.
        """
    def get_from(self, /) -> int:
        """
        The id of the sender.
        """
    def get_index(self, /) -> int:
        """
        A log index; in `MsgAppend`, the index of the entry that precedes `entries`.
        """
    def get_log_term(self, /) -> int:
        """
        The term of the entry at `index`.
        """
    def get_msg_type(self, /) -> MessageType:
        """
        The type of the message.
        """
    def get_priority(self, /) -> int:
        """
        The priority of the sender in elections.
        """
    def get_reject(self, /) -> bool:
        """
        Whether this response rejects the request.
        """
    def get_reject_hint(self, /) -> int:
        """
        A hint: the last index at which the two logs may agree.
        """
    def get_request_snapshot(self, /) -> int:
        """
        The minimum index of a requested snapshot; 0 when none is requested.
        """
    def get_snapshot(self, /) -> SnapshotRef:
        """
        The snapshot of a `MsgSnapshot`.
        """
    def get_term(self, /) -> int:
        """
        The sender's term; 0 in local messages.
        """
    def get_to(self, /) -> int:
        """
        The id of the receiver.
        """
    def has_snapshot(self, /) -> bool:
        """
        Returns whether `snapshot` is present.
        """
    @property
    def index(self, /) -> int:
        """
        A log index; in `MsgAppend`, the index of the entry that precedes `entries`.
        """
    @index.setter
    def index(self, /, v: SupportsIndex) -> None: ...
    @property
    def log_term(self, /) -> int:
        """
        The term of the entry at `index`.
        """
    @log_term.setter
    def log_term(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> MessageRef:
        """
        Returns a live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
        current values, repeated fields are appended.

        Raises `CodecError` as `decode` does; the message is unchanged then.
        """
    @property
    def msg_type(self, /) -> MessageType:
        """
        The type of the message.
        """
    @msg_type.setter
    def msg_type(self, /, v: MessageType) -> None: ...
    def mut_entries(self, /) -> MutableSequence[EntryRef]:
        """
        Returns the live list `entries`, as the attribute does.
        """
    def mut_snapshot(self, /) -> SnapshotRef:
        """
        Returns a live view of `snapshot`, which a write creates if it is absent.
        """
    @property
    def priority(self, /) -> int:
        """
        The priority of the sender in elections.
        """
    @priority.setter
    def priority(self, /, v: SupportsIndex) -> None: ...
    @property
    def reject(self, /) -> bool:
        """
        Whether this response rejects the request.
        """
    @reject.setter
    def reject(self, /, v: bool) -> None: ...
    @property
    def reject_hint(self, /) -> int:
        """
        A hint: the last index at which the two logs may agree.
        """
    @reject_hint.setter
    def reject_hint(self, /, v: SupportsIndex) -> None: ...
    @property
    def request_snapshot(self, /) -> int:
        """
        The minimum index of a requested snapshot; 0 when none is requested.
        """
    @request_snapshot.setter
    def request_snapshot(self, /, v: SupportsIndex) -> None: ...
    def set_commit(self, /, v: SupportsIndex) -> None:
        """
        Sets `commit`.

        The commit index of the sender.
        """
    def set_commit_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `commit_term`.

        The term of the entry at `commit`.
        """
    def set_context(self, /, context: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `context`.

        Data that the receiver returns in its response.
        """
    def set_deprecated_priority(self, /, v: SupportsIndex) -> None:
        """
        Sets `deprecated_priority`.

        The priority in the field that old versions read.
        """
    def set_entries(self, /, ents: Iterable[EntryRef]) -> None:
        """
        Sets `entries`.

        The entries to append.
        """
    def set_from(self, /, v: SupportsIndex) -> None:
        """
        Sets `from`.

        The id of the sender.
        """
    def set_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `index`.

        A log index; in `MsgAppend`, the index of the entry that precedes `entries`.
        """
    def set_log_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `log_term`.

        The term of the entry at `index`.
        """
    def set_msg_type(self, /, typ: MessageType) -> None:
        """
        Sets `msg_type`.

        The type of the message.
        """
    def set_priority(self, /, v: SupportsIndex) -> None:
        """
        Sets `priority`.

        The priority of the sender in elections.
        """
    def set_reject(self, /, v: bool) -> None:
        """
        Sets `reject`.

        Whether this response rejects the request.
        """
    def set_reject_hint(self, /, v: SupportsIndex) -> None:
        """
        Sets `reject_hint`.

        A hint: the last index at which the two logs may agree.
        """
    def set_request_snapshot(self, /, v: SupportsIndex) -> None:
        """
        Sets `request_snapshot`.

        The minimum index of a requested snapshot; 0 when none is requested.
        """
    def set_snapshot(self, /, snapshot: SnapshotRef) -> None:
        """
        Sets `snapshot`.

        The snapshot of a `MsgSnapshot`.
        """
    def set_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `term`.

        The sender's term; 0 in local messages.
        """
    def set_to(self, /, v: SupportsIndex) -> None:
        """
        Sets `to`.

        The id of the receiver.
        """
    @property
    def snapshot(self, /) -> SnapshotRef:
        """
        The snapshot of a `MsgSnapshot`.
        """
    @snapshot.setter
    def snapshot(self, /, v: SnapshotRef) -> None: ...
    def take_context(self, /) -> bytes:
        """
        Takes the value of `context`, leaving its default.
        """
    def take_entries(self, /) -> list[Entry]:
        """
        Takes the value of `entries`, leaving its default.
        """
    def take_snapshot(self, /) -> Snapshot:
        """
        Takes the value of `snapshot`, leaving its default.
        """
    @property
    def term(self, /) -> int:
        """
        The sender's term; 0 in local messages.
        """
    @term.setter
    def term(self, /, v: SupportsIndex) -> None: ...
    @property
    def to(self, /) -> int:
        """
        The id of the receiver.
        """
    @to.setter
    def to(self, /, v: SupportsIndex) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class Messages(MessagesRef):
    """
    Messages to one receiver, from a `ReadyLoop` that doesn't encode them, in the order in which Raft created them.

    One object holds all of them: `ReadyLoop.run` and `ReadyLoop.step_many` of a node in the same process accept it
    and move the messages out of it. For any other transport, iterate over it: it yields live views of the messages.

    Beyond raft-rs.
    """

@disjoint_base
class MessagesRef:
    """
    A live view of a `Messages` inside another object. It is the base class of `Messages`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __getitem__(self, index: SupportsIndex, /) -> MessageRef:
        """
        Returns a live view of the message at `index`, counted from the end if it is negative.
        """
    def __iter__(self, /) -> Iterator[MessageRef]:
        """
        Returns live views of the messages.
        """
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def make_ref(self, /) -> MessagesRef:
        """
        Returns a live view of this object.
        """

class Peer(PeerRef):
    """
    A member of a cluster. raft-rs defines it and does not use it.

    Mirrors `raft::Peer`.
    """
    def __new__(
        cls, /, id: SupportsIndex = 0, context: bytes | bytearray | memoryview | Sequence[int] | None = None
    ) -> Peer: ...
    @staticmethod
    def default() -> Peer:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class PeerRef:
    """
    A live view of a `Peer` inside another object. It is the base class of `Peer`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> Peer: ...
    def __deepcopy__(self, /, _memo: Any) -> Peer: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> Peer:
        """
        Returns an independent copy.
        """
    @property
    def context(self, /) -> bytes | None:
        """
        Application data about the member, such as its address; or `None`.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int] | None) -> None: ...
    def get_context(self, /) -> bytes | None:
        """
        Application data about the member, such as its address; or `None`.
        """
    def get_id(self, /) -> int:
        """
        The member's id.
        """
    @property
    def id(self, /) -> int:
        """
        The member's id.
        """
    @id.setter
    def id(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> PeerRef:
        """
        Returns a live view of this object.
        """
    def set_context(self, /, v: bytes | bytearray | memoryview | Sequence[int] | None) -> None:
        """
        Sets `context`.

        Application data about the member, such as its address; or `None`.
        """
    def set_id(self, /, id: SupportsIndex) -> None:
        """
        Sets `id`.

        The member's id.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """

class Progress(ProgressRef):
    """
    The progress of a peer in the leader's view: how far its log matches, and how the leader replicates to it.

    Mirrors `raft::Progress`.
    """
    def __new__(cls, /, next_idx: SupportsIndex, ins_size: SupportsIndex) -> Progress:
        """
        Creates the progress of a new peer with the next index `next_idx` and at most `ins_size` inflight messages.

        Raises `ValueError` when `ins_size` is more than 2**24. Mirrors `raft::Progress::new`.
        """

@final
class ProgressMapItem:
    """
    A member of the cluster: its id and its progress.
    """
    def __repr__(self, /) -> str: ...
    def id(self, /) -> int:
        """
        The id of the member.
        """
    def progress(self, /) -> ProgressRef:
        """
        A live view of the progress of the member.
        """

@disjoint_base
class ProgressRef:
    """
    A live view of a `Progress` inside another object. It is the base class of `Progress`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> Progress: ...
    def __deepcopy__(self, /, _memo: Any) -> Progress: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    def become_probe(self, /) -> None:
        """
        Transitions to `Probe`.

        Mirrors `raft::Progress::become_probe`.
        """
    def become_replicate(self, /) -> None:
        """
        Transitions to `Replicate`.

        Mirrors `raft::Progress::become_replicate`.
        """
    def become_snapshot(self, /, snapshot_idx: SupportsIndex) -> None:
        """
        Transitions to `Snapshot`, with a pending snapshot of index `snapshot_idx`.

        Mirrors `raft::Progress::become_snapshot`.
        """
    def clone(self, /) -> Progress:
        """
        Returns an independent copy.
        """
    @property
    def commit_group_id(self, /) -> int:
        """
        The commit group id of the peer; 0 for none.
        """
    @commit_group_id.setter
    def commit_group_id(self, /, v: SupportsIndex) -> None: ...
    @property
    def committed_index(self, /) -> int:
        """
        The commit index of the peer.
        """
    @committed_index.setter
    def committed_index(self, /, v: SupportsIndex) -> None: ...
    def get_commit_group_id(self, /) -> int:
        """
        The commit group id of the peer; 0 for none.
        """
    def get_committed_index(self, /) -> int:
        """
        The commit index of the peer.
        """
    def get_ins(self, /) -> InflightsRef:
        """
        The sliding window of inflight messages.
        """
    def get_matched(self, /) -> int:
        """
        The highest index at which the peer's log is known to match the leader's.
        """
    def get_next_idx(self, /) -> int:
        """
        The index of the next entry to send.
        """
    def get_paused(self, /) -> bool:
        """
        In `Probe`: whether the leader waits for a response before it sends more.
        """
    def get_pending_request_snapshot(self, /) -> int:
        """
        The minimum index of the snapshot that the peer requested; 0 when it requested none.
        """
    def get_pending_snapshot(self, /) -> int:
        """
        In `Snapshot`: the index of the pending snapshot.
        """
    def get_recent_active(self, /) -> bool:
        """
        Whether the leader has received a message from the peer in the current election timeout.
        """
    def get_state(self, /) -> ProgressState:
        """
        The replication state.
        """
    @property
    def ins(self, /) -> InflightsRef:
        """
        The sliding window of inflight messages.
        """
    @ins.setter
    def ins(self, /, v: InflightsRef) -> None: ...
    def is_paused(self, /) -> bool:
        """
        Returns whether replication to the peer is paused.

        Mirrors `raft::Progress::is_paused`.
        """
    def is_snapshot_caught_up(self, /) -> bool:
        """
        Returns whether the peer has caught up with the pending snapshot.

        Mirrors `raft::Progress::is_snapshot_caught_up`.
        """
    def make_ref(self, /) -> ProgressRef:
        """
        Returns a live view of this object.
        """
    @property
    def matched(self, /) -> int:
        """
        The highest index at which the peer's log is known to match the leader's.
        """
    @matched.setter
    def matched(self, /, v: SupportsIndex) -> None: ...
    def maybe_decr_to(
        self, /, rejected: SupportsIndex, match_hint: SupportsIndex, request_snapshot: SupportsIndex
    ) -> bool:
        """
        Handles a rejection of the entries after index `rejected`. Returns `False` if the rejection is stale.

        Otherwise `next_idx` is at least `matched` + 1 afterwards, as in later versions of raft-rs.

        Mirrors `raft::Progress::maybe_decr_to`.
        """
    def maybe_update(self, /, n: SupportsIndex) -> bool:
        """
        Handles an acknowledgement of index `n`. Returns `False` if it is outdated.

        Mirrors `raft::Progress::maybe_update`.
        """
    @property
    def next_idx(self, /) -> int:
        """
        The index of the next entry to send.
        """
    @next_idx.setter
    def next_idx(self, /, v: SupportsIndex) -> None: ...
    def optimistic_update(self, /, n: SupportsIndex) -> None:
        """
        Advances `next_idx` past `n`, on the assumption that the entries up to `n` arrive.

        Mirrors `raft::Progress::optimistic_update`.
        """
    def pause(self, /) -> None:
        """
        Pauses replication to the peer.

        Mirrors `raft::Progress::pause`.
        """
    @property
    def paused(self, /) -> bool:
        """
        In `Probe`: whether the leader waits for a response before it sends more.
        """
    @paused.setter
    def paused(self, /, v: bool) -> None: ...
    @property
    def pending_request_snapshot(self, /) -> int:
        """
        The minimum index of the snapshot that the peer requested; 0 when it requested none.
        """
    @pending_request_snapshot.setter
    def pending_request_snapshot(self, /, v: SupportsIndex) -> None: ...
    @property
    def pending_snapshot(self, /) -> int:
        """
        In `Snapshot`: the index of the pending snapshot.
        """
    @pending_snapshot.setter
    def pending_snapshot(self, /, v: SupportsIndex) -> None: ...
    @property
    def recent_active(self, /) -> bool:
        """
        Whether the leader has received a message from the peer in the current election timeout.
        """
    @recent_active.setter
    def recent_active(self, /, v: bool) -> None: ...
    def resume(self, /) -> None:
        """
        Resumes replication to the peer.

        Mirrors `raft::Progress::resume`.
        """
    def set_commit_group_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `commit_group_id`.

        The commit group id of the peer; 0 for none.
        """
    def set_committed_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `committed_index`.

        The commit index of the peer.
        """
    def set_ins(self, /, inflights: InflightsRef) -> None:
        """
        Sets `ins`.

        The sliding window of inflight messages.
        """
    def set_matched(self, /, v: SupportsIndex) -> None:
        """
        Sets `matched`.

        The highest index at which the peer's log is known to match the leader's.
        """
    def set_next_idx(self, /, v: SupportsIndex) -> None:
        """
        Sets `next_idx`.

        The index of the next entry to send.
        """
    def set_paused(self, /, v: bool) -> None:
        """
        Sets `paused`.

        In `Probe`: whether the leader waits for a response before it sends more.
        """
    def set_pending_request_snapshot(self, /, v: SupportsIndex) -> None:
        """
        Sets `pending_request_snapshot`.

        The minimum index of the snapshot that the peer requested; 0 when it requested none.
        """
    def set_pending_snapshot(self, /, v: SupportsIndex) -> None:
        """
        Sets `pending_snapshot`.

        In `Snapshot`: the index of the pending snapshot.
        """
    def set_recent_active(self, /, v: bool) -> None:
        """
        Sets `recent_active`.

        Whether the leader has received a message from the peer in the current election timeout.
        """
    def set_state(self, /, v: ProgressState) -> None:
        """
        Sets `state`.

        The replication state.
        """
    def snapshot_failure(self, /) -> None:
        """
        Clears the pending snapshot after a failure.

        Mirrors `raft::Progress::snapshot_failure`.
        """
    @property
    def state(self, /) -> ProgressState:
        """
        The replication state.
        """
    @state.setter
    def state(self, /, v: ProgressState) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    def update_committed(self, /, committed_index: SupportsIndex) -> None:
        """
        Updates the commit index of the peer.

        Mirrors `raft::Progress::update_committed`.
        """
    def update_state(self, /, last: SupportsIndex) -> None:
        """
        Updates the progress after entries up to index `last` have been sent.

        Raises `RaftPanicError` in `Snapshot`, and when the window is full. Mirrors `raft::Progress::update_state`.
        """

class ProgressTracker(ProgressTrackerRef):
    """
    The active configuration, the progress of each member, and the votes of an election.

    `tracker[id]` and `tracker.get(id)` return a live view of a member's progress. If there is no such member,
    `tracker.get(id)` returns `None` and `tracker[id]` raises `KeyError`.

    Mirrors `raft::ProgressTracker`.
    """
    def __new__(cls, /, max_inflight: SupportsIndex) -> ProgressTracker:
        """
        Creates a tracker without members. Each member may have `max_inflight` inflight messages.

        Raises `ValueError` when `max_inflight` is more than 2**24. Mirrors `raft::ProgressTracker::new`.
        """
    @staticmethod
    def with_capacity(voters: SupportsIndex, learners: SupportsIndex, max_inflight: SupportsIndex) -> ProgressTracker:
        """
        Creates a tracker without members, with capacity for this number of voters and learners. At most 4,096 are
        allocated in advance.

        Raises `ValueError` when a number is more than 2**24. Mirrors `raft::ProgressTracker::with_capacity`.
        """

@disjoint_base
class ProgressTrackerRef:
    """
    A live view of a `ProgressTracker` inside another object. It is the base class of `ProgressTracker`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __bool__(self, /) -> bool:
        """
        Always true, for backward compatibility, even if the tracker is empty.
        """
    def __contains__(self, id: SupportsIndex, /) -> bool: ...
    def __copy__(self, /) -> ProgressTracker: ...
    def __deepcopy__(self, /, _memo: Any) -> ProgressTracker: ...
    def __getitem__(self, id: SupportsIndex, /) -> ProgressRef: ...
    def __iter__(self, /) -> Iterator[int]:
        """
        Iterates over the ids of the members in ascending order.
        """
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def apply_conf(
        self, /, conf: ConfigurationRef, changes: Iterable[tuple[SupportsIndex, MapChangeType]], next_idx: SupportsIndex
    ) -> None:
        """
        Applies the result of a `Changer`. New members start at the next index `next_idx`.

        Raises `ConfChangeError` when `conf` is invalid. Mirrors `raft::ProgressTracker::apply_conf`.
        """
    def clone(self, /) -> ProgressTracker:
        """
        Returns an independent copy.
        """
    def collect(self, /) -> list[ProgressMapItem]:
        """
        Returns all members, each with its id and a live view of its progress, in ascending order of the ids.

        Mirrors `raft::ProgressTracker::iter`.
        """
    def conf(self, /) -> Configuration:
        """
        Returns the active configuration.

        Mirrors `raft::ProgressTracker::conf`.
        """
    def conf_learners(self, /) -> set[int]:
        """
        Returns the ids of the learners.

        Mirrors `raft::ProgressTracker::conf().learners()`.
        """
    def conf_voters(self, /) -> JointConfigRef:
        """
        Returns a live view of the voters.

        Mirrors `raft::ProgressTracker::conf().voters()`.
        """
    def enable_group_commit(self, /, enable: bool) -> None:
        """
        Enables or disables group commit. With group commit, an entry is committed only once it is replicated to at
        least two groups.

        Mirrors `raft::ProgressTracker::enable_group_commit`.
        """
    def get(self, /, id: SupportsIndex) -> ProgressRef | None:
        """
        Returns a live view of the progress of the member `id`, or `None` if there is no such member.

        Mirrors `raft::ProgressTracker::get`.
        """
    def get_mut(self, /, id: SupportsIndex) -> ProgressRef | None:
        """
        Equivalent to `get`, whose view is writable.

        Mirrors `raft::ProgressTracker::get_mut`.
        """
    def group_commit(self, /) -> bool:
        """
        Returns whether group commit is enabled.

        Mirrors `raft::ProgressTracker::group_commit`.
        """
    def has_quorum(self, /, potential_quorum: Iterable[SupportsIndex]) -> bool:
        """
        Returns whether these members form a quorum.

        Mirrors `raft::ProgressTracker::has_quorum`.
        """
    def is_singleton(self, /) -> bool:
        """
        Returns whether there is only one voter.

        Mirrors `raft::ProgressTracker::is_singleton`.
        """
    def iter(self, /) -> list[tuple[int, ProgressRef]]:
        """
        Returns a pair of the id and a live view of the progress for each member, in ascending order of the ids.

        Mirrors `raft::ProgressTracker::iter`.
        """
    def iter_mut(self, /) -> list[tuple[int, ProgressRef]]:
        """
        Equivalent to `iter`, whose views are writable.

        Mirrors `raft::ProgressTracker::iter_mut`.
        """
    def make_ref(self, /) -> ProgressTrackerRef:
        """
        Returns a live view of this object.
        """
    def maximal_committed_index(self, /) -> tuple[int, bool]:
        """
        Returns the highest index that a quorum has acknowledged, and whether group commit determined it.

        Mirrors `raft::ProgressTracker::maximal_committed_index`.
        """
    def quorum_recently_active(self, /, perspective_of: SupportsIndex) -> bool:
        """
        Returns whether a quorum, seen from the member `perspective_of`, has been active since the last call.

        Mirrors `raft::ProgressTracker::quorum_recently_active`.
        """
    def record_vote(self, /, id: SupportsIndex, vote: bool) -> None:
        """
        Records the vote of the member `id`. Only its first vote counts.

        Mirrors `raft::ProgressTracker::record_vote`.
        """
    def reset_votes(self, /) -> None:
        """
        Clears the recorded votes.

        Mirrors `raft::ProgressTracker::reset_votes`.
        """
    def tally_votes(self, /) -> tuple[int, int, VoteResult]:
        """
        Returns the number of granted votes, the number of rejected votes, and the result of the election.

        Mirrors `raft::ProgressTracker::tally_votes`.
        """
    def vote_result(self, /, votes: Mapping[int, bool]) -> VoteResult:
        """
        Returns the result of these votes.

        Mirrors `raft::ProgressTracker::vote_result`.
        """
    def votes(self, /) -> dict[int, bool]:
        """
        Returns the recorded votes by the ids of the members.

        Mirrors `raft::ProgressTracker::votes`.
        """

class Raft(RaftRef):
    """
    The state machine inside a `RawNode`, for applications that drive it directly or inspect its state.

    Mirrors `raft::Raft`, with the fields of `raft::RaftCore`.
    """
    def __new__(
        cls, /, cfg: ConfigRef, store: StorageProtocol, logger: LoggerRef, *, seed: SupportsIndex | None = None
    ) -> Raft:
        """
        Creates a state machine from the state persisted in `store`.

        Raises `ConfigInvalidError` when `cfg` is invalid, or its applied index exceeds what is persisted and committed;
        `StoreError` when the storage fails. Over a `WalStorage`, it first waits until what was written to the group is
        durable, and raises `WalFailedError` when the log has failed. Mirrors `raft::Raft::new`.

        Beyond raft-rs: with `seed`, the randomized election timeouts are a function of it, as those of a `RawNode`.
        """
    @staticmethod
    def with_default_logger(cfg: ConfigRef, store: StorageProtocol) -> Raft:
        """
        Creates a state machine that logs to the default logger.

        Raises the exceptions of the constructor. Mirrors `raft::Raft::with_default_logger`.
        """

class RaftLog(RaftLogRef):
    """
    The log of a node: the stable entries in its storage, followed by the unstable entries that are not in the
    storage yet.

    Mirrors `raft::RaftLog`.
    """
    def __new__(cls, /, store: StorageProtocol, logger: LoggerRef) -> RaftLog:
        """
        Creates a log on top of a storage.

        Mirrors `raft::RaftLog::new`.
        """

@disjoint_base
class RaftLogRef:
    """
    A live view of a `RaftLog` inside another object. It is the base class of `RaftLog`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __repr__(self, /) -> str:
        """
        Returns the text of raft-rs's `Debug`: that of `str`, quoted.
        """
    def __str__(self, /) -> str: ...
    def all_entries(self, /) -> list[Entry]:
        """
        Returns all entries.

        Raises `StoreError` when the storage can't return them. Mirrors `raft::RaftLog::all_entries`, which retries
        without limit when the storage reports that it has been compacted in the meantime.
        """
    def append(self, /, ents: Iterable[EntryRef]) -> int:
        """
        Appends entries to the unstable log and returns the last index.

        Raises `RaftPanicError` when they would replace committed ones. Mirrors `raft::RaftLog::append`.
        """
    def applied(self, /) -> int:
        """
        Returns the highest index that the application has applied.

        Mirrors `raft::RaftLog::applied`.
        """
    def applied_to(self, /, idx: SupportsIndex) -> None:
        """
        Sets the applied index to `idx`. Deprecated in raft-rs.

        Raises `RaftPanicError` when the entries up to it are not committed, or not persisted. Mirrors
        `raft::RaftLog::applied_to`.
        """
    def commit_info(self, /) -> tuple[int, int]:
        """
        Returns the commit index and the term of its entry.

        Mirrors `raft::RaftLog::commit_info`.
        """
    def commit_to(self, /, to_commit: SupportsIndex) -> None:
        """
        Advances the commit index to `to_commit`.

        Raises `RaftPanicError` when that is past the last index. Mirrors `raft::RaftLog::commit_to`.
        """
    @property
    def committed(self, /) -> int:
        """
        The highest index known to be committed.
        """
    @committed.setter
    def committed(self, /, v: SupportsIndex) -> None: ...
    def entries(
        self, /, idx: SupportsIndex, context: GetEntriesContextRef, max_size: SupportsIndex | None = None
    ) -> list[Entry]:
        """
        Returns the entries from index `idx` on, up to `max_size` bytes but at least one entry. Consumes `context`.

        Raises `StoreError` of `CompactedError` when `idx` is below the first index. Mirrors `raft::RaftLog::entries`.
        """
    def find_conflict(self, /, ents: Iterable[EntryRef]) -> int:
        """
        Returns the index of the first of `ents` that conflicts with the log or is missing from it; 0 if the log
        contains all of them.

        Mirrors `raft::RaftLog::find_conflict`.
        """
    def find_conflict_by_term(self, /, index: SupportsIndex, term: SupportsIndex) -> tuple[int, int | None]:
        """
        Returns the highest index, up to `index`, whose term is not above `term`, and its term if known.

        Mirrors `raft::RaftLog::find_conflict_by_term`.
        """
    def first_index(self, /) -> int:
        """
        Returns the index of the first entry.

        Mirrors `raft::RaftLog::first_index`.
        """
    def get_applied(self, /) -> int:
        """
        The highest index that the application has applied. The method of this name returns it.
        """
    def get_committed(self, /) -> int:
        """
        The highest index known to be committed.
        """
    def get_persisted(self, /) -> int:
        """
        The highest index known to be persisted.
        """
    def get_store(self, /) -> MemStorage | Any:
        """
        Returns the storage.
        """
    def has_next_entries(self, /) -> bool:
        """
        Returns whether there are committed and persisted entries that have not been applied.

        Mirrors `raft::RaftLog::has_next_entries`.
        """
    def has_next_entries_since(self, /, since_idx: SupportsIndex) -> bool:
        """
        Returns whether there are committed and persisted entries after index `since_idx`.

        Mirrors `raft::RaftLog::has_next_entries_since`.
        """
    def is_up_to_date(self, /, last_index: SupportsIndex, term: SupportsIndex) -> bool:
        """
        Returns whether a log whose last entry has `last_index` and `term` is at least as up-to-date as this one.

        Mirrors `raft::RaftLog::is_up_to_date`.
        """
    def last_index(self, /) -> int:
        """
        Returns the index of the last entry.

        Mirrors `raft::RaftLog::last_index`.
        """
    def last_term(self, /) -> int:
        """
        Returns the term of the last entry.

        Mirrors `raft::RaftLog::last_term`.
        """
    def make_ref(self, /) -> RaftLogRef:
        """
        Returns a live view of this object.
        """
    def match_term(self, /, idx: SupportsIndex, term: SupportsIndex) -> bool:
        """
        Returns whether the entry at index `idx` has this term.

        Mirrors `raft::RaftLog::match_term`.
        """
    def maybe_append(
        self, /, idx: SupportsIndex, term: SupportsIndex, committed: SupportsIndex, ents: Iterable[EntryRef]
    ) -> tuple[int, int] | None:
        """
        Appends `ents` if the entry at index `idx`, before them, has this term, and commits up to `committed`.

        Returns the index of the first conflict, 0 for none, and the index of the last new entry; `None` when
        nothing was appended. Mirrors `raft::RaftLog::maybe_append`.
        """
    def maybe_commit(self, /, max_index: SupportsIndex, term: SupportsIndex) -> bool:
        """
        Tries to advance the commit index to `max_index`, whose entry must have this term. Returns whether it advanced.

        Mirrors `raft::RaftLog::maybe_commit`.
        """
    def maybe_persist(self, /, index: SupportsIndex, term: SupportsIndex) -> bool:
        """
        Notifies the log that the entry with this index and term has been persisted. Returns whether the persisted index
        advanced.

        Mirrors `raft::RaftLog::maybe_persist`.
        """
    def maybe_persist_snap(self, /, index: SupportsIndex) -> bool:
        """
        Notifies the log that the snapshot with this index has been persisted. Returns whether the persisted index
        advanced.

        Mirrors `raft::RaftLog::maybe_persist_snap`.
        """
    def mut_store(self, /) -> MemStorage | Any:
        """
        Returns the storage.

        Mirrors `raft::RaftLog::mut_store`.
        """
    def next_entries(self, /, max_size: SupportsIndex | None = None) -> list[Entry] | None:
        """
        Returns the committed and persisted entries that have not been applied, up to `max_size` bytes; `None` if there
        are none.

        Mirrors `raft::RaftLog::next_entries`.
        """
    def next_entries_since(
        self, /, since_idx: SupportsIndex, max_size: SupportsIndex | None = None
    ) -> list[Entry] | None:
        """
        Returns the committed and persisted entries after index `since_idx`, up to `max_size` bytes; `None` if there are
        none.

        Mirrors `raft::RaftLog::next_entries_since`.
        """
    @property
    def persisted(self, /) -> int:
        """
        The highest index known to be persisted.
        """
    @persisted.setter
    def persisted(self, /, v: SupportsIndex) -> None: ...
    def restore(self, /, snapshot: SnapshotRef) -> None:
        """
        Restores the log from a snapshot.

        Mirrors `raft::RaftLog::restore`.
        """
    def set_applied(self, /, v: SupportsIndex) -> None:
        """
        Sets `applied`.

        The highest index that the application has applied. The method of this name returns it.
        """
    def set_committed(self, /, v: SupportsIndex) -> None:
        """
        Sets `committed`.

        The highest index known to be committed.
        """
    def set_persisted(self, /, v: SupportsIndex) -> None:
        """
        Sets `persisted`.

        The highest index known to be persisted.
        """
    def set_store(self, /, store: StorageProtocol) -> None:
        """
        Replaces the storage.
        """
    def slice(
        self,
        /,
        low: SupportsIndex,
        high: SupportsIndex,
        context: GetEntriesContextRef,
        max_size: SupportsIndex | None = None,
    ) -> list[Entry]:
        """
        Returns the entries in the index range `[low, high)`, up to `max_size` bytes but at least one entry. Consumes
        `context`.

        Raises the exceptions of `entries`, and `RaftPanicError` when the indices are past the end of the log. Mirrors
        `raft::RaftLog::slice`.
        """
    def snapshot(self, /, request_index: SupportsIndex, to: SupportsIndex) -> Snapshot:
        """
        Returns the unstable snapshot or that of the storage, for the peer `to`, at an index of at least
        `request_index`.

        Raises `StoreError` when the storage can't return a snapshot. Mirrors `raft::RaftLog::snapshot`.
        """
    def stable_entries(self, /, index: SupportsIndex, term: SupportsIndex) -> None:
        """
        Notifies the log that the unstable entries, the last of which has `index` and `term`, are in the storage.

        Raises `RaftPanicError` when the last entry does not match. Mirrors `raft::RaftLog::stable_entries`.
        """
    def stable_snap(self, /, index: SupportsIndex) -> None:
        """
        Notifies the log that the unstable snapshot at `index` is in the storage.

        Raises `RaftPanicError` when there is no unstable snapshot at this index. Mirrors `raft::RaftLog::stable_snap`.
        """
    def store(self, /) -> MemStorage | Any:
        """
        Returns the storage.

        Mirrors `raft::RaftLog::store`.
        """
    def term(self, /, idx: SupportsIndex) -> int:
        """
        Returns the term of the entry at index `idx`; 0 outside the log.

        Raises `StoreError`: of `CompactedError` or `UnavailableError`, when the term is unavailable. Mirrors
        `raft::RaftLog::term`.
        """
    def unstable(self, /) -> UnstableRef:
        """
        Returns a live view of the unstable part of the log, which is not in the storage yet.

        Mirrors `raft::RaftLog::unstable`.
        """
    def unstable_entries(self, /) -> list[Entry]:
        """
        Returns copies of the unstable entries. `unstable().entries` is the live list of them.

        Mirrors `raft::RaftLog::unstable_entries`.
        """
    def unstable_snapshot(self, /) -> Snapshot | None:
        """
        Returns a copy of the unstable snapshot, or `None`.

        Mirrors `raft::RaftLog::unstable_snapshot`.
        """

@disjoint_base
class RaftRef:
    """
    A live view of a `Raft` inside another object. It is the base class of `Raft`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __repr__(self, /) -> str: ...
    def abort_leader_transfer(self, /) -> None:
        """
        Aborts the pending leadership transfer.

        Mirrors `raft::Raft::abort_leader_transfer`.
        """
    def adjust_max_inflight_msgs(self, /, target: SupportsIndex, cap: SupportsIndex) -> None:
        """
        Sets the maximum number of in-flight messages to the member `target`.

        Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::Raft::adjust_max_inflight_msgs`.
        """
    def append_entry(self, /, ents: Iterable[EntryRef]) -> bool:
        """
        Sets the term and the index of `ents` and appends copies of them to the log. Returns false, and changes nothing,
        when they exceed the limit of uncommitted entries.

        ```python
        >>> raft = node.raft
        >>> raft.become_candidate()
        >>> raft.become_leader()
        >>> entry = Entry(data=b"x")
        >>> raft.append_entry([entry]), entry.index, entry.term
        (True, 2, 1)

        ```

        Raises `CodecError` when an entry is too large for any message: see `RawNode.propose`.

        Mirrors `raft::Raft::append_entry`.
        """
    def apply_conf_change(self, /, cc: ConfChangeRef | ConfChangeV2Ref) -> ConfState:
        """
        Applies a committed configuration change. Returns the new configuration.

        Raises `ConfChangeError` when the change is invalid. Mirrors `raft::Raft::apply_conf_change`.
        """
    def apply_to_current_term(self, /) -> bool:
        """
        Returns whether an entry of the current term has been applied.

        Mirrors `raft::Raft::apply_to_current_term`.
        """
    def assign_commit_groups(self, /, ids: Iterable[tuple[SupportsIndex, SupportsIndex]]) -> None:
        """
        Assigns members to commit groups, as pairs of member id and group id.

        Raises `ValueError` for a group 0. Mirrors `raft::Raft::assign_commit_groups`.
        """
    def bcast_append(self, /) -> None:
        """
        Sends all peers the entries, or the snapshot, that they are missing.

        Mirrors `raft::Raft::bcast_append`.
        """
    def bcast_heartbeat(self, /) -> None:
        """
        Sends heartbeats to all peers.

        Mirrors `raft::Raft::bcast_heartbeat`.
        """
    def become_candidate(self, /) -> None:
        """
        Becomes a candidate in the next term.

        Raises `RaftPanicError` for a leader. Mirrors `raft::Raft::become_candidate`.
        """
    def become_follower(self, /, term: SupportsIndex, leader_id: SupportsIndex) -> None:
        """
        Becomes a follower of `leader_id` in `term`; 0 for no leader.

        Mirrors `raft::Raft::become_follower`.
        """
    def become_leader(self, /) -> None:
        """
        Becomes the leader.

        Raises `RaftPanicError` for a follower. Mirrors `raft::Raft::become_leader`.
        """
    def become_pre_candidate(self, /) -> None:
        """
        Becomes a pre-candidate.

        Raises `RaftPanicError` for a leader. Mirrors `raft::Raft::become_pre_candidate`.
        """
    def campaign(self, /, campaign_type: str | bytes) -> None:
        """
        Starts a campaign of the type `campaign_type`: `CAMPAIGN_ELECTION`, `CAMPAIGN_PRE_ELECTION` or
        `CAMPAIGN_TRANSFER`.

        Raises `ValueError` for any other type, `InvalidMessageError` when `RawNode.campaign` does. Mirrors
        `raft::Raft::campaign`.
        """
    def check_group_commit_consistent(self, /) -> bool | None:
        """
        Returns whether the committed entries are replicated in at least two groups; `None` on a node that is not the
        leader.

        Mirrors `raft::Raft::check_group_commit_consistent`.
        """
    @property
    def check_quorum(self, /) -> bool:
        """
        Whether a leader steps down when it has not heard from a quorum.
        """
    @check_quorum.setter
    def check_quorum(self, /, v: bool) -> None: ...
    def clear_commit_group(self, /) -> None:
        """
        Removes all members from their commit groups.

        Mirrors `raft::Raft::clear_commit_group`.
        """
    def commit_apply(self, /, applied: SupportsIndex) -> None:
        """
        Notifies Raft that the entries up to `applied` have been applied.

        Raises `RaftPanicError` when they are not committed yet. Mirrors `raft::Raft::commit_apply`.
        """
    def commit_to_current_term(self, /) -> bool:
        """
        Returns whether an entry of the current term is committed.

        Mirrors `raft::Raft::commit_to_current_term`.
        """
    @property
    def election_elapsed(self, /) -> int:
        """
        The number of ticks since the last election timeout, or since the last message from the leader.
        """
    @election_elapsed.setter
    def election_elapsed(self, /, v: SupportsIndex) -> None: ...
    def election_timeout(self, /) -> int:
        """
        Returns the election timeout in ticks.

        Mirrors `raft::Raft::election_timeout`.
        """
    def enable_group_commit(self, /, enable: bool) -> None:
        """
        Enables or disables group commit: an entry is committed only once it is replicated in at least two groups.

        Mirrors `raft::Raft::enable_group_commit`.
        """
    def get_check_quorum(self, /) -> bool:
        """
        Whether a leader steps down when it has not heard from a quorum.
        """
    def get_election_elapsed(self, /) -> int:
        """
        The number of ticks since the last election timeout, or since the last message from the leader.
        """
    def get_id(self, /) -> int:
        """
        The node's id.
        """
    def get_lead_transferee(self, /) -> int | None:
        """
        The id of the node that leadership is being transferred to; `None` when no transfer is in progress.
        """
    def get_leader_id(self, /) -> int:
        """
        The leader's id; 0 when there is none.
        """
    def get_max_inflight(self, /) -> int:
        """
        The maximum number of in-flight append messages per peer.
        """
    def get_max_msg_size(self, /) -> int:
        """
        The maximum number of bytes of entries in one message.
        """
    def get_msgs(self, /) -> list[MessageRef]:
        """
        The messages to send.
        """
    def get_pending_conf_index(self, /) -> int:
        """
        The highest index at which there may be an unapplied configuration change.
        """
    def get_pending_request_snapshot(self, /) -> int:
        """
        The index that a requested snapshot must reach; 0 when none is requested.
        """
    def get_pre_vote(self, /) -> bool:
        """
        Whether a node runs a pre-vote before it starts an election.
        """
    def get_priority(self, /) -> int:
        """
        The node's priority in elections.
        """
    def get_raft_log(self, /) -> RaftLogRef:
        """
        Returns a live view of the log.

        Mirrors the field `raft::RaftCore::raft_log`.
        """
    def get_read_only_option(self, /) -> ReadOnlyOption:
        """
        Returns the `ReadOnlyOption`: how linearizable reads are served.

        Mirrors the field `option` of `raft::RaftCore::read_only`.
        """
    def get_read_only_pending_read_index(self, /) -> dict[bytes, ReadIndexStatus]:
        """
        Returns copies of the pending read requests, by context. `read_only.pending_read_index` is the live mapping.

        Mirrors the field `pending_read_index` of `raft::RaftCore::read_only`.
        """
    def get_read_states(self, /) -> list[ReadState]:
        """
        Returns copies of the read states that have not been returned in a `Ready` yet.
        """
    def get_readonly_read_index_queue(self, /) -> list[list[int]]:
        """
        Returns the contexts of the pending read requests, oldest first, each as a list of byte values.

        Mirrors the field `read_index_queue` of `raft::RaftCore::read_only`.
        """
    def get_state(self, /) -> StateRole:
        """
        The node's role.
        """
    def get_term(self, /) -> int:
        """
        The current term.
        """
    def get_vote(self, /) -> int:
        """
        The id of the node voted for in this term; 0 for none.
        """
    def group_commit(self, /) -> bool:
        """
        Returns whether group commit is enabled.

        Mirrors `raft::Raft::group_commit`.
        """
    def handle_append_entries(self, /, msg: MessageRef) -> None:
        """
        Handles a `MsgAppend`.

        Raises `InvalidMessageError` when `step` does. Mirrors `raft::Raft::handle_append_entries`.
        """
    def handle_heartbeat(self, /, msg: MessageRef) -> None:
        """
        Handles a `MsgHeartbeat`.

        Raises `LogLostError` when `step` does. Mirrors `raft::Raft::handle_heartbeat`.
        """
    def hard_state(self, /) -> HardState:
        """
        Returns the term, the vote and the commit index.

        Mirrors `raft::Raft::hard_state`.
        """
    def has_pending_conf(self, /) -> bool:
        """
        Returns whether there may be an unapplied configuration change.

        Mirrors `raft::Raft::has_pending_conf`.
        """
    def heartbeat_elapsed(self, /) -> int:
        """
        Returns the number of ticks since the last heartbeat.

        Mirrors `raft::Raft::heartbeat_elapsed`.
        """
    def heartbeat_timeout(self, /) -> int:
        """
        Returns the heartbeat interval in ticks.

        Mirrors `raft::Raft::heartbeat_timeout`.
        """
    @property
    def id(self, /) -> int:
        """
        The node's id.
        """
    @id.setter
    def id(self, /, v: SupportsIndex) -> None: ...
    def in_lease(self, /) -> bool:
        """
        Returns whether the node is within the lease of a leader.

        Mirrors `raft::Raft::in_lease`.
        """
    def inflight_buffers_size(self, /) -> int:
        """
        Returns the size of the in-flight windows in bytes.

        Mirrors `raft::Raft::inflight_buffers_size`.
        """
    @property
    def lead_transferee(self, /) -> int | None:
        """
        The id of the node that leadership is being transferred to; `None` when no transfer is in progress.
        """
    @lead_transferee.setter
    def lead_transferee(self, /, v: SupportsIndex | None) -> None: ...
    @property
    def leader_id(self, /) -> int:
        """
        The leader's id; 0 when there is none.
        """
    @leader_id.setter
    def leader_id(self, /, v: SupportsIndex) -> None: ...
    def load_state(self, /, hs: HardStateRef) -> None:
        """
        Loads the term, the vote and the commit index from `hs`.

        Raises `RaftPanicError` when the commit index is out of the log's range. Mirrors `raft::Raft::load_state`.
        """
    def make_ref(self, /) -> RaftRef:
        """
        Returns a live view of this object.
        """
    @property
    def max_inflight(self, /) -> int:
        """
        The maximum number of in-flight append messages per peer.
        """
    @max_inflight.setter
    def max_inflight(self, /, v: SupportsIndex) -> None: ...
    @property
    def max_msg_size(self, /) -> int:
        """
        The maximum number of bytes of entries in one message.
        """
    @max_msg_size.setter
    def max_msg_size(self, /, v: SupportsIndex) -> None: ...
    def maybe_commit(self, /) -> bool:
        """
        Tries to advance the commit index to the highest index replicated on a quorum. Returns whether it advanced.

        Raises `NotExistsError` for a leader that has applied its own removal. Mirrors `raft::Raft::maybe_commit`.
        """
    def maybe_free_inflight_buffers(self, /) -> None:
        """
        Frees the buffers of empty in-flight windows.

        Mirrors `raft::Raft::maybe_free_inflight_buffers`.
        """
    def maybe_increase_uncommitted_size(self, /, ents: Iterable[EntryRef]) -> bool:
        """
        Adds the size of `ents` to the uncommitted size. Returns false, and adds nothing, when that would exceed the
        limit.

        Mirrors `raft::Raft::maybe_increase_uncommitted_size`.
        """
    @property
    def msgs(self, /) -> MutableSequence[MessageRef]:
        """
        The messages to send.
        """
    @msgs.setter
    def msgs(self, /, v: Iterable[MessageRef]) -> None: ...
    def mut_prs(self, /) -> ProgressTrackerRef:
        """
        Returns a live view of the members and their progress, the `ProgressTracker`.

        Mirrors `raft::Raft::mut_prs`.
        """
    def mut_store(self, /) -> MemStorage | Any:
        """
        Returns the storage.

        Mirrors `raft::Raft::mut_store`.
        """
    def on_persist_entries(self, /, index: SupportsIndex, term: SupportsIndex) -> None:
        """
        Notifies Raft that the entries up to `index`, whose term is `term`, have been persisted.

        Raises `NotExistsError` for a leader that has applied its own removal. Mirrors
        `raft::Raft::on_persist_entries`.
        """
    def on_persist_snap(self, /, index: SupportsIndex) -> None:
        """
        Notifies Raft that the snapshot at `index` has been persisted.

        Mirrors `raft::Raft::on_persist_snap`.
        """
    def pass_election_timeout(self, /) -> bool:
        """
        Returns whether the randomized election timeout has elapsed.

        Mirrors `raft::Raft::pass_election_timeout`.
        """
    @property
    def pending_conf_index(self, /) -> int:
        """
        The highest index at which there may be an unapplied configuration change.
        """
    @pending_conf_index.setter
    def pending_conf_index(self, /, v: SupportsIndex) -> None: ...
    def pending_read_count(self, /) -> int:
        """
        Returns the number of read requests that are waiting for a quorum.

        Mirrors `raft::Raft::pending_read_count`.
        """
    @property
    def pending_request_snapshot(self, /) -> int:
        """
        The index that a requested snapshot must reach; 0 when none is requested.
        """
    @pending_request_snapshot.setter
    def pending_request_snapshot(self, /, v: SupportsIndex) -> None: ...
    def ping(self, /) -> None:
        """
        Sends heartbeats to all peers, if the node is the leader.

        Mirrors `raft::Raft::ping`.
        """
    def post_conf_change(self, /) -> ConfState:
        """
        Updates the node after the configuration has changed. Returns the configuration.

        Mirrors `raft::Raft::post_conf_change`.
        """
    @property
    def pre_vote(self, /) -> bool:
        """
        Whether a node runs a pre-vote before it starts an election.
        """
    @pre_vote.setter
    def pre_vote(self, /, v: bool) -> None: ...
    @property
    def priority(self, /) -> int:
        """
        The node's priority in elections.
        """
    @priority.setter
    def priority(self, /, v: SupportsIndex) -> None: ...
    def promotable(self, /) -> bool:
        """
        Returns whether the node can be elected: it is a voter.

        Mirrors `raft::Raft::promotable`.
        """
    def prs(self, /) -> ProgressTrackerRef:
        """
        Returns a live view of the members and their progress, the `ProgressTracker`.

        Mirrors `raft::Raft::prs`.
        """
    @property
    def r(self, /) -> RaftRef:
        """
        This state machine itself: the attributes of raft-rs's field `r` are its own attributes.

        Mirrors the field `raft::Raft::r`.
        """
    @property
    def raft_log(self, /) -> RaftLogRef:
        """
        A live view of the log.

        Mirrors the field `raft::RaftCore::raft_log`.
        """
    @raft_log.setter
    def raft_log(self, /, raft_log: RaftLogRef) -> None: ...
    def randomized_election_timeout(self, /) -> int:
        """
        Returns the current randomized election timeout, in ticks.

        Mirrors `raft::Raft::randomized_election_timeout`.
        """
    @property
    def read_only(self, /) -> ReadOnlyRef:
        """
        A live view of the read requests that are waiting for a quorum.

        Mirrors the field `raft::RaftCore::read_only`.
        """
    @read_only.setter
    def read_only(self, /, read_only: ReadOnlyRef) -> None: ...
    @property
    def read_states(self, /) -> MutableSequence[ReadStateRef]:
        """
        The read states that have not been returned in a `Ready` yet.
        """
    @read_states.setter
    def read_states(self, /, v: Iterable[ReadStateRef]) -> None: ...
    def ready_read_count(self, /) -> int:
        """
        Returns the number of read states that have not been returned in a `Ready` yet.

        Mirrors `raft::Raft::ready_read_count`.
        """
    def reduce_uncommitted_size(self, /, ents: Iterable[EntryRef]) -> None:
        """
        Subtracts the size of `ents` from the uncommitted size.

        Mirrors `raft::Raft::reduce_uncommitted_size`.
        """
    def request_snapshot(self, /) -> None:
        """
        Requests a snapshot from the leader.

        Raises `RequestSnapshotDroppedError` when the request was dropped. Mirrors `raft::Raft::request_snapshot`.
        """
    def reset(self, /, term: SupportsIndex) -> None:
        """
        Resets the per-term state and enters `term`.

        Mirrors `raft::Raft::reset`.
        """
    def reset_randomized_election_timeout(self, /) -> None:
        """
        Chooses a new randomized election timeout.

        Mirrors `raft::Raft::reset_randomized_election_timeout`.
        """
    def restore(self, /, snap: SnapshotRef) -> bool:
        """
        Restores the state machine from a snapshot, if it is newer than the log. Returns whether it was restored.

        Raises `InvalidMessageError` when its configuration is invalid. Mirrors `raft::Raft::restore`.
        """
    def send_append(self, /, to: SupportsIndex) -> None:
        """
        Sends the peer `to` the entries, or the snapshot, that it is missing.

        Raises `ValueError` when `to` is not a member. Mirrors `raft::Raft::send_append`.
        """
    def send_timeout_now(self, /, to: SupportsIndex) -> None:
        """
        Sends `MsgTimeoutNow` to the node `to`, which then campaigns immediately.

        Mirrors `raft::Raft::send_timeout_now`.
        """
    def set_batch_append(self, /, v: bool) -> None:
        """
        Sets whether new entries are batched into an append message that has not been sent yet.

        Mirrors `raft::Raft::set_batch_append`.
        """
    def set_check_quorum(self, /, v: bool) -> None:
        """
        Sets `check_quorum`.

        Whether a leader steps down when it has not heard from a quorum.
        """
    def set_election_elapsed(self, /, v: SupportsIndex) -> None:
        """
        Sets `election_elapsed`.

        The number of ticks since the last election timeout, or since the last message from the leader.
        """
    def set_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `id`.

        The node's id.
        """
    def set_lead_transferee(self, /, v: SupportsIndex | None = None) -> None:
        """
        Sets `lead_transferee`.

        The id of the node that leadership is being transferred to; `None` when no transfer is in progress.
        """
    def set_leader_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `leader_id`.

        The leader's id; 0 when there is none.
        """
    def set_max_committed_size_per_ready(self, /, v: SupportsIndex) -> None:
        """
        Sets the maximum size in bytes of the committed entries in one `Ready`.

        Mirrors `raft::Raft::set_max_committed_size_per_ready`.
        """
    def set_max_inflight(self, /, v: SupportsIndex) -> None:
        """
        Sets `max_inflight`.

        The maximum number of in-flight append messages per peer.
        """
    def set_max_msg_size(self, /, v: SupportsIndex) -> None:
        """
        Sets `max_msg_size`.

        The maximum number of bytes of entries in one message.
        """
    def set_msgs(self, /, msgs: Iterable[MessageRef]) -> None:
        """
        Sets `msgs`.

        The messages to send.
        """
    def set_pending_conf_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `pending_conf_index`.

        The highest index at which there may be an unapplied configuration change.
        """
    def set_pending_request_snapshot(self, /, v: SupportsIndex) -> None:
        """
        Sets `pending_request_snapshot`.

        The index that a requested snapshot must reach; 0 when none is requested.
        """
    def set_pre_vote(self, /, v: bool) -> None:
        """
        Sets `pre_vote`.

        Whether a node runs a pre-vote before it starts an election.
        """
    def set_priority(self, /, priority: SupportsIndex) -> None:
        """
        Sets `priority`.

        The node's priority in elections.
        """
    def set_raft_log(self, /, raft_log: RaftLogRef) -> None:
        """
        Replaces the log with `raft_log`, which is consumed.

        Mirrors the field `raft::RaftCore::raft_log`.
        """
    def set_randomized_election_timeout(self, /, t: SupportsIndex) -> None:
        """
        Sets the randomized election timeout: for tests.

        Raises `RaftPanicError` when `t` is outside the configured bounds. Mirrors
        `raft::Raft::set_randomized_election_timeout`.
        """
    def set_read_only_option(self, /, option: ReadOnlyOption) -> None:
        """
        Sets the `ReadOnlyOption`: how linearizable reads are served.

        Mirrors the field `option` of `raft::RaftCore::read_only`.
        """
    def set_read_states(self, /, v: Iterable[ReadStateRef]) -> None:
        """
        Sets the read states to return in the next `Ready`.
        """
    def set_state(self, /, v: StateRole) -> None:
        """
        Sets `state`.

        The node's role.
        """
    def set_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `term`.

        The current term.
        """
    def set_vote(self, /, v: SupportsIndex) -> None:
        """
        Sets `vote`.

        The id of the node voted for in this term; 0 for none.
        """
    def should_bcast_commit(self, /) -> bool:
        """
        Returns whether the leader broadcasts a new commit index immediately.

        Mirrors `raft::Raft::should_bcast_commit`.
        """
    def skip_bcast_commit(self, /, skip: bool) -> None:
        """
        Sets whether the leader sends a new commit index only with the next heartbeat or entries.

        Mirrors `raft::Raft::skip_bcast_commit`.
        """
    def snap(self, /) -> Snapshot | None:
        """
        Returns a copy of the pending snapshot to restore, or `None`.

        Mirrors `raft::Raft::snap`.
        """
    def soft_state(self, /) -> SoftState:
        """
        Returns the leader's id and the node's role.

        Mirrors `raft::Raft::soft_state`.
        """
    @property
    def state(self, /) -> StateRole:
        """
        The node's role.
        """
    @state.setter
    def state(self, /, v: StateRole) -> None: ...
    def step(self, /, msg: MessageRef) -> None:
        """
        Advances the state machine with `msg`, which may be a local message. The message is copied.

        A message whose term is more than 2**32 ahead is treated as lost, and increases the node's term by 2**32 only.

        Raises `InvalidMessageError` for a message that no node sends, `LogLostError` for a heartbeat that proves that
        the node's log has lost entries, `ProposalDroppedError` for a proposal that was dropped. Mirrors
        `raft::Raft::step`.
        """
    def store(self, /) -> MemStorage | Any:
        """
        Returns the storage.

        Mirrors `raft::Raft::store`.
        """
    def take_msgs(self, /) -> list[Message]:
        """
        Takes the messages to send, leaving none.
        """
    @property
    def term(self, /) -> int:
        """
        The current term.
        """
    @term.setter
    def term(self, /, v: SupportsIndex) -> None: ...
    def tick(self, /) -> bool:
        """
        Advances the logical clock by one tick. Returns whether there may be a `Ready` to handle.

        Mirrors `raft::Raft::tick`.
        """
    def tick_election(self, /) -> bool:
        """
        Advances the logical clock by one tick, as a follower or candidate.

        Mirrors `raft::Raft::tick_election`.
        """
    def uncommitted_size(self, /) -> int:
        """
        Returns the size of the uncommitted entries in bytes.

        Mirrors `raft::Raft::uncommitted_size`.
        """
    @property
    def vote(self, /) -> int:
        """
        The id of the node voted for in this term; 0 for none.
        """
    @vote.setter
    def vote(self, /, v: SupportsIndex) -> None: ...

class RaftState(RaftStateRef):
    """
    The initial state of a node, from its storage: the hard state and the configuration.

    Mirrors `raft::RaftState`.
    """
    def __new__(
        cls, /, hard_state: HardStateRef | None = None, conf_state: ConfStateRef | None = None
    ) -> RaftState: ...
    @staticmethod
    def default() -> RaftState:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class RaftStateRef:
    """
    A live view of a `RaftState` inside another object. It is the base class of `RaftState`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> RaftState: ...
    def __deepcopy__(self, /, _memo: Any) -> RaftState: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> RaftState:
        """
        Returns an independent copy.
        """
    @property
    def conf_state(self, /) -> ConfStateRef:
        """
        The configuration: the members of the cluster.
        """
    @conf_state.setter
    def conf_state(self, /, v: ConfStateRef) -> None: ...
    def get_conf_state(self, /) -> ConfStateRef:
        """
        The configuration: the members of the cluster.
        """
    def get_hard_state(self, /) -> HardStateRef:
        """
        The hard state, which is persisted across restarts.
        """
    @property
    def hard_state(self, /) -> HardStateRef:
        """
        The hard state, which is persisted across restarts.
        """
    @hard_state.setter
    def hard_state(self, /, v: HardStateRef) -> None: ...
    def initialized(self, /) -> bool:
        """
        Returns whether the state is initialized: the configuration has members.

        Mirrors `raft::RaftState::initialized`.
        """
    def make_ref(self, /) -> RaftStateRef:
        """
        Returns a live view of this object.
        """
    def set_conf_state(self, /, cs: ConfStateRef) -> None:
        """
        Sets `conf_state`.

        The configuration: the members of the cluster.
        """
    def set_hard_state(self, /, hs: HardStateRef) -> None:
        """
        Sets `hard_state`.

        The hard state, which is persisted across restarts.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """

class RawNode(RawNodeRef):
    """
    A node of a Raft cluster. It has no thread, no clock and no network: the application calls `tick` at regular
    intervals, passes incoming messages to `step`, and handles the `Ready` that `ready` returns.

    ```python
    >>> config = Config(id=1)
    >>> config.validate()
    >>> storage = MemStorage.new_with_conf_state(ConfState(voters=[1]))
    >>> node = RawNode(config, storage, default_logger())
    >>> node.raft.state
    Follower

    ```

    Mirrors `raft::RawNode`.
    """
    def __new__(
        cls, /, cfg: ConfigRef, storage: StorageProtocol, logger: LoggerRef, *, seed: SupportsIndex | None = None
    ) -> RawNode:
        """
        Creates a node from the state persisted in `storage`, which is a `MemStorage`, a `WalStorage`, or an object with
        the methods of `StorageProtocol`.

        Raises `ConfigInvalidError` when `cfg` is invalid, or its applied index exceeds what is persisted and committed;
        `StoreError` when the storage fails. Over a `WalStorage`, it first waits until what was written to the group is
        durable, and raises `WalFailedError` when the log has failed. Mirrors `raft::RawNode::new`.

        Beyond raft-rs: with `seed`, any number of 64 bits, what the node draws at random is a function of it: the
        randomized election timeouts, and the 16 bytes before the contexts of reads. This is for simulators and tests.
        Use another seed for each node, and for each start of a node: reads rely on it.

        ```python
        >>> def timeouts(seed):
        ...     node = RawNode(Config(id=1), MemStorage(), Logger.discard(), seed=seed)
        ...     for term in range(1, 5):
        ...         node.tick()
        ...         node.raft.become_follower(term, 0)
        ...         yield node.raft.randomized_election_timeout()
        >>> [*timeouts(seed=1)] == [*timeouts(seed=1)]
        True

        ```
        """
    @staticmethod
    def with_default_logger(cfg: ConfigRef, storage: StorageProtocol) -> RawNode:
        """
        Creates a node that logs to the default logger.

        Raises the exceptions of the constructor. Mirrors `raft::RawNode::with_default_logger`.
        """

@disjoint_base
class RawNodeRef:
    """
    A live view of a `RawNode` inside another object. It is the base class of `RawNode`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __repr__(self, /) -> str: ...
    def advance(self, /, rd: ReadyRef) -> LightReady:
        """
        Notifies Raft that `rd` has been handled: its state persisted, its messages sent and its committed entries
        applied. Consumes `rd`.

        Call it once for each `Ready`, when its entries and its hard state are persisted, and before you call anything
        else that changes the node. Returns a `LightReady` with further work: handle it, then call `advance_apply`.

        ```python
        >>> node.campaign()
        >>> ready = node.ready()
        >>> storage.wl().append(ready.entries())
        >>> light_ready = node.advance(ready)
        >>> light_ready.messages()  # send them
        []
        >>> [entry.index for entry in light_ready.committed_entries()]  # apply them
        [1]
        >>> node.advance_apply()

        ```

        Raises `DestroyedRefUsedError` when `rd` has already been consumed; `ValueError` when it belongs to another
        node, is not the newest, or no longer matches the node because something else that changes the node was called
        in between; `NotExistsError` for a leader that has applied its own removal: make it step down first. Mirrors
        `raft::RawNode::advance`.
        """
    def advance_append(self, /, rd: ReadyRef) -> LightReady:
        """
        Notifies Raft that the state in `rd` has been persisted and its messages sent, but not that its entries have
        been applied: report that with `advance_apply` or `advance_apply_to`. Consumes `rd`.

        Returns a `LightReady` with further work.

        Raises `DestroyedRefUsedError` when `rd` has already been consumed; `ValueError` when it belongs to another
        node, is not the newest, or no longer matches the node because something else that changes the node was called
        in between; `NotExistsError` for a leader that has applied its own removal: make it step down first. Mirrors
        `raft::RawNode::advance_append`.
        """
    def advance_append_async(self, /, rd: ReadyRef) -> None:
        """
        Notifies Raft that the state in `rd` can be read from the storage, but not that it has been persisted: report
        that with `on_persist_ready`. Consumes `rd`.

        Raises `DestroyedRefUsedError` when `rd` has already been consumed; `ValueError` when it belongs to another
        node, is not the newest, or no longer matches the node because something else that changes the node was called
        in between; `NotExistsError` for a leader that has applied its own removal: make it step down first. Mirrors
        `raft::RawNode::advance_append_async`.
        """
    def advance_apply(self, /) -> None:
        """
        Notifies Raft that all committed entries returned so far have been applied.

        Mirrors `raft::RawNode::advance_apply`.
        """
    def advance_apply_to(self, /, applied: SupportsIndex) -> None:
        """
        Notifies Raft that the entries up to `applied` have been applied.

        Raises `RaftPanicError` when they are not committed yet. Mirrors `raft::RawNode::advance_apply_to`.
        """
    def apply_conf_change(self, /, cc: ConfChangeRef | ConfChangeV2Ref) -> ConfState:
        """
        Applies a committed configuration change. Returns the new configuration, which must be persisted.

        On a leader, this reads the storage and may generate messages to send.

        Raises `ConfChangeError` when the change is invalid. Mirrors `raft::RawNode::apply_conf_change`.
        """
    def apply_conf_change_v2(self, /, cc: ConfChangeRef | ConfChangeV2Ref) -> ConfState:
        """
        The same as `apply_conf_change`.

        Mirrors `raft::RawNode::apply_conf_change`.
        """
    def campaign(self, /) -> None:
        """
        Campaigns to become leader.

        Raises `InvalidMessageError` when the node would win by its own vote but can't lead: the cluster has no voters,
        or the log is not persisted yet. Mirrors `raft::RawNode::campaign`.
        """
    def get_raft(self, /) -> RaftRef:
        """
        Returns a live view of the node's state machine.

        Mirrors the field `raft::RawNode::raft`.
        """
    def has_ready(self, /) -> bool:
        """
        Returns whether there is a `Ready` to handle: if so, call `ready`.

        ```python
        >>> node.has_ready()
        False
        >>> node.campaign()
        >>> if node.has_ready():
        ...     ready = node.ready()

        ```

        Mirrors `raft::RawNode::has_ready`.
        """
    def make_ref(self, /) -> RawNodeRef:
        """
        Returns a live view of this object.
        """
    def mut_store(self, /) -> MemStorage | Any:
        """
        Returns the storage.

        Mirrors `raft::RawNode::mut_store`.
        """
    def on_entries_fetched(self, /, context: GetEntriesContextRef) -> None:
        """
        Notifies Raft that the storage now has the entries for which it raised `LogTemporarilyUnavailableError`.
        `context` is the one passed with that request; it is consumed.

        Raises `ValueError` when `context` can't wait, which is the case once it has been consumed. Mirrors
        `raft::RawNode::on_entries_fetched`.
        """
    def on_persist_ready(self, /, number: SupportsIndex) -> None:
        """
        Notifies Raft that the `Ready` with this number, and all earlier ones, have been persisted.

        Mirrors `raft::RawNode::on_persist_ready`.
        """
    def ping(self, /) -> None:
        """
        Broadcasts heartbeats immediately, if the node is the leader.

        Mirrors `raft::RawNode::ping`.
        """
    def propose(
        self,
        /,
        context: bytes | bytearray | memoryview | Sequence[int],
        data: bytes | bytearray | memoryview | Sequence[int],
    ) -> None:
        """
        Proposes that an entry with `data` and `context` be appended to the log; `context` is for the application. The
        proposal is committed when its entry is among the committed entries of a `Ready`. To answer a client once its
        request has been applied, include an id of the request in the entry, and look it up when you apply the entry.

        ```python
        >>> node.campaign()
        >>> callbacks = {1: lambda: print("request 1 is done")}
        >>> node.propose(b"", bytes([1]))
        >>> ready = node.ready()
        >>> storage.wl().append(ready.entries())
        >>> for entry in node.advance(ready).committed_entries():
        ...     for request in entry.data:
        ...         callbacks[request]()
        request 1 is done

        ```

        Raises `ProposalDroppedError` when the proposal was dropped, `CodecError` when `context` and `data` together
        have more than 2**28 - 2**10 bytes. Mirrors `raft::RawNode::propose`.
        """
    def propose_conf_change(
        self, /, context: bytes | bytearray | memoryview | Sequence[int], cc: ConfChangeRef | ConfChangeV2Ref
    ) -> None:
        """
        Proposes a configuration change. When its entry is committed, pass the change to `apply_conf_change`. A
        `ConfChange` is proposed as such, not as the equivalent `ConfChangeV2`.

        While an earlier change may be unapplied, an empty entry without the context is proposed in its place.

        Raises `ProposalDroppedError` when the proposal was dropped, `CodecError` when it is too large, as `propose`
        does. Mirrors `raft::RawNode::propose_conf_change`.
        """
    def propose_conf_change_v2(
        self, /, context: bytes | bytearray | memoryview | Sequence[int], cc: ConfChangeRef | ConfChangeV2Ref
    ) -> None:
        """
        The same as `propose_conf_change`.

        While an earlier change may be unapplied, an empty entry without the context is proposed in its place.

        Several changes at once enter a joint configuration, in which decisions need a majority of both the old and the
        new voters.

        ```python
        >>> node.campaign()
        >>> steps = [
        ...     new_conf_change_single(4, ConfChangeType.AddNode),
        ...     new_conf_change_single(3, ConfChangeType.AddLearnerNode),
        ... ]
        >>> change = ConfChangeV2(changes=steps)
        >>> node.propose_conf_change_v2(b"", change)
        >>> conf_state = node.apply_conf_change_v2(change)  # once it is committed
        >>> sorted(conf_state.voters), conf_state.voters_outgoing, conf_state.learners
        ([1, 4], [1], [3])

        ```

        Raises `ProposalDroppedError` when the proposal was dropped, `CodecError` when it is too large, as `propose`
        does. Mirrors `raft::RawNode::propose_conf_change`.
        """
    @property
    def raft(self, /) -> RaftRef:
        """
        A live view of the node's state machine.

        Mirrors the field `raft::RawNode::raft`.
        """
    def read_index(self, /, rctx: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Requests a read index, at which a linearizable read is safe. A later `Ready` returns it in its read states, with
        `rctx`, which must be unique among all members, including across restarts.

        There is no response when there is no leader, when the leader has not committed an entry in its term yet, when
        another leader is elected, or when a message is lost: retry after a timeout. The node logs the requests that it
        drops itself at debug level.

        A leader prefixes each context with 16 bytes and removes them from the response: they are visible in
        `raft.read_only`.

        Raises `CodecError` when `rctx` has more than 2**28 - 2**10 bytes. Mirrors `raft::RawNode::read_index`.
        """
    def ready(self, /) -> Ready:
        """
        Returns the outstanding work. Handle it and pass it to `advance`, `advance_append` or `advance_append_async`
        before you call anything else that changes the node. See `Ready`.

        Mirrors `raft::RawNode::ready`.
        """
    def report_snapshot(self, /, id: SupportsIndex, status: SnapshotStatus) -> None:
        """
        Reports the status of the snapshot sent to the node `id`. Until then, replication to that node is paused.

        Mirrors `raft::RawNode::report_snapshot`.
        """
    def report_unreachable(self, /, id: SupportsIndex) -> None:
        """
        Reports that the node `id` was not reachable for the last message.

        Mirrors `raft::RawNode::report_unreachable`.
        """
    def request_snapshot(self, /) -> None:
        """
        Requests a snapshot from the leader.

        Raises `RequestSnapshotDroppedError` when the node is the leader, knows no leader, or is already waiting for a
        snapshot. Mirrors `raft::RawNode::request_snapshot`.
        """
    def set_batch_append(self, /, batch_append: bool) -> None:
        """
        Sets whether new entries are batched into an append message that has not been sent yet.

        Mirrors `raft::RawNode::set_batch_append`.
        """
    def set_priority(self, /, priority: SupportsIndex) -> None:
        """
        Sets the node's priority in elections.

        Mirrors `raft::RawNode::set_priority`.
        """
    def skip_bcast_commit(self, /, skip: bool) -> None:
        """
        Sets whether the leader sends a new commit index only with the next heartbeat or entries.

        Mirrors `raft::RawNode::skip_bcast_commit`.
        """
    def snap(self, /) -> Snapshot | None:
        """
        Returns a copy of the pending snapshot to restore, or `None`.

        Mirrors `raft::RawNode::snap`.
        """
    def status(self, /) -> Status:
        """
        Returns the current status of the node.

        Mirrors `raft::RawNode::status`.
        """
    def step(self, /, msg: MessageRef) -> None:
        """
        Advances the state machine with a message from another node. The message is copied.

        ```python
        >>> heartbeat = Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=3)
        >>> arrived = heartbeat.encode()  # over the network
        >>> node.step(Message.decode(arrived))
        >>> node.raft.leader_id, node.raft.term
        (2, 3)

        ```

        A message whose term is more than 2**32 ahead is treated as lost, and increases the node's term by 2**32 only.

        Raises `StepLocalMsgError` for a local message, which is never sent between nodes, `StepPeerNotFoundError` for a
        response from a node that is not a member, `InvalidMessageError` for a message that no node sends,
        `ProposalDroppedError` for a forwarded proposal that was dropped; `LogLostError` for a heartbeat that proves
        that the node's own log has lost entries: stop the node in that case. Mirrors `raft::RawNode::step`.
        """
    def store(self, /) -> MemStorage | Any:
        """
        Returns the storage.

        Mirrors `raft::RawNode::store`.
        """
    def tick(self, /) -> bool:
        """
        Advances the logical clock by one tick. Returns whether there may be a `Ready` to handle.

        Call it from a timer, for example every 100 ms. `Config.election_tick` and `Config.heartbeat_tick` are counted
        in these calls.

        ```python
        >>> while node.raft.state != StateRole.Leader:  # the only voter wins once its election timeout elapses
        ...     _ = node.tick()
        >>> node.raft.election_timeout(), node.raft.term
        (20, 1)

        ```

        The only voter of a cluster doesn't start an election before its log is persisted: call `advance` with the
        `Ready` first.

        Mirrors `raft::RawNode::tick`.
        """
    def transfer_leader(self, /, transferee: SupportsIndex) -> None:
        """
        Tries to transfer leadership to the node `transferee`.

        Mirrors `raft::RawNode::transfer_leader`.
        """

class ReadIndexStatus(ReadIndexStatusRef):
    """
    The status of a read-only request that is pending until a quorum has confirmed the node's leadership.

    Mirrors `raft::read_only::ReadIndexStatus`.
    """
    def __new__(
        cls, /, req: MessageRef | None = None, index: SupportsIndex = 0, acks: Iterable[SupportsIndex] = ()
    ) -> ReadIndexStatus: ...
    @staticmethod
    def default() -> ReadIndexStatus:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class ReadIndexStatusRef:
    """
    A live view of a `ReadIndexStatus` inside another object. It is the base class of `ReadIndexStatus`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> ReadIndexStatus: ...
    def __deepcopy__(self, /, _memo: Any) -> ReadIndexStatus: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    @property
    def acks(self, /) -> set[int]:
        """
        The ids of the nodes that have acknowledged the request.
        """
    @acks.setter
    def acks(self, /, v: Iterable[SupportsIndex]) -> None: ...
    def clone(self, /) -> ReadIndexStatus:
        """
        Returns an independent copy.
        """
    def get_acks(self, /) -> set[int]:
        """
        The ids of the nodes that have acknowledged the request.
        """
    def get_index(self, /) -> int:
        """
        The commit index when the request was received.
        """
    def get_req(self, /) -> MessageRef:
        """
        The request.
        """
    @property
    def index(self, /) -> int:
        """
        The commit index when the request was received.
        """
    @index.setter
    def index(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> ReadIndexStatusRef:
        """
        Returns a live view of this object.
        """
    @property
    def req(self, /) -> MessageRef:
        """
        The request.
        """
    @req.setter
    def req(self, /, v: MessageRef) -> None: ...
    def set_acks(self, /, v: Iterable[SupportsIndex]) -> None:
        """
        Sets `acks`.

        The ids of the nodes that have acknowledged the request.
        """
    def set_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `index`.

        The commit index when the request was received.
        """
    def set_req(self, /, v: MessageRef) -> None:
        """
        Sets `req`.

        The request.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """

class ReadOnly(ReadOnlyRef):
    """
    The read-only requests that are pending until a quorum has confirmed the node's leadership.

    Mirrors `raft::read_only::ReadOnly`.
    """
    def __new__(cls, /, option: ReadOnlyOption) -> ReadOnly:
        """
        Creates an empty `ReadOnly` with the given `option`.

        Mirrors `raft::read_only::ReadOnly::new`.
        """
    @staticmethod
    def default() -> ReadOnly:
        """
        Creates an empty `ReadOnly` whose requests are confirmed by a quorum.

        Mirrors `raft::read_only::ReadOnly::default`.
        """

@disjoint_base
class ReadOnlyRef:
    """
    A live view of a `ReadOnly` inside another object. It is the base class of `ReadOnly`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __bool__(self, /) -> bool:
        """
        Always true, for backward compatibility, even if there are no requests.
        """
    def __copy__(self, /) -> ReadOnly: ...
    def __deepcopy__(self, /, _memo: Any) -> ReadOnly: ...
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def add_request(self, /, index: SupportsIndex, req: MessageRef, self_id: SupportsIndex) -> None:
        """
        Adds the request `req`, received at the commit index `index`. The node itself, `self_id`, acknowledges it.

        Raises `ValueError` when `req` has no entry; the data of the entry are the request's context. Mirrors
        `raft::read_only::ReadOnly::add_request`.
        """
    def advance(
        self, /, ctx: bytes | bytearray | memoryview | Sequence[int], logger: LoggerRef
    ) -> list[ReadIndexStatus]:
        """
        Removes the requests up to the one with the context `ctx` and returns them. Returns none if there is no such
        request.

        Raises `RaftPanicError` when `read_index_queue`, which is writable, contains a context that is not in
        `pending_read_index`.

        Mirrors `raft::read_only::ReadOnly::advance`.
        """
    def clone(self, /) -> ReadOnly:
        """
        Returns an independent copy.
        """
    def last_pending_request_ctx(self, /) -> bytes | None:
        """
        Returns the context of the last pending request, or `None` if there is none.

        Mirrors `raft::read_only::ReadOnly::last_pending_request_ctx`.
        """
    def make_ref(self, /) -> ReadOnlyRef:
        """
        Returns a live view of this object.
        """
    @property
    def option(self, /) -> ReadOnlyOption:
        """
        How linearizability of reads is guaranteed.
        """
    @option.setter
    def option(self, /, option: ReadOnlyOption) -> None: ...
    def pending_read_count(self, /) -> int:
        """
        Returns the number of pending requests.

        Mirrors `raft::read_only::ReadOnly::pending_read_count`.
        """
    @property
    def pending_read_index(self, /) -> MutableMapping[bytes, ReadIndexStatusRef]:
        """
        The pending requests by their contexts. The views are live. Every context in `read_index_queue` must be a key
        here.
        """
    @pending_read_index.setter
    def pending_read_index(self, /, requests: Mapping[bytes, ReadIndexStatusRef]) -> None: ...
    @property
    def read_index_queue(self, /) -> MutableSequence[bytes]:
        """
        The contexts of the pending requests, in the order of their arrival.
        """
    @read_index_queue.setter
    def read_index_queue(self, /, contexts: Iterable[bytes | bytearray | memoryview | Sequence[int]]) -> None: ...
    def recv_ack(self, /, id: SupportsIndex, ctx: bytes | bytearray | memoryview | Sequence[int]) -> set[int] | None:
        """
        Records that the node `id` has acknowledged the request with the context `ctx`. Returns the ids of the nodes
        that have acknowledged it, or `None` if there is no such request.

        Mirrors `raft::read_only::ReadOnly::recv_ack`.
        """

class ReadState(ReadStateRef):
    """
    The result of a `RawNode.read_index`. The read is safe once the applied index has reached `index`.

    Mirrors `raft::ReadState`.
    """
    def __new__(
        cls, /, index: SupportsIndex = 0, request_ctx: bytes | bytearray | memoryview | Sequence[int] = b""
    ) -> ReadState: ...
    @staticmethod
    def default() -> ReadState:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class ReadStateRef:
    """
    A live view of a `ReadState` inside another object. It is the base class of `ReadState`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> ReadState: ...
    def __deepcopy__(self, /, _memo: Any) -> ReadState: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> ReadState:
        """
        Returns an independent copy.
        """
    def get_index(self, /) -> int:
        """
        The log index that must be applied before the read.
        """
    def get_request_ctx(self, /) -> bytes:
        """
        The context that was passed to `read_index`.
        """
    @property
    def index(self, /) -> int:
        """
        The log index that must be applied before the read.
        """
    @index.setter
    def index(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> ReadStateRef:
        """
        Returns a live view of this object.
        """
    @property
    def request_ctx(self, /) -> bytes:
        """
        The context that was passed to `read_index`.
        """
    @request_ctx.setter
    def request_ctx(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def set_index(self, /, idx: SupportsIndex) -> None:
        """
        Sets `index`.

        The log index that must be applied before the read.
        """
    def set_request_ctx(self, /, request_ctx: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `request_ctx`.

        The context that was passed to `read_index`.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """

class Ready(ReadyRef):
    """
    The outstanding work of a node, returned by `RawNode.ready`.

    Handle it in this order: send `messages`; restore `snapshot` if there is one; apply `committed_entries`; write
    `entries` and `hs` to the storage, synchronously when `must_sync` is true; only then send `persisted_messages`;
    pass the `Ready` to `RawNode.advance`, `RawNode.advance_append` or `RawNode.advance_append_async`, which consume
    it. Until then, call nothing else that changes the node.

    If you persist the applied index, persist the commit index with it or before it: a node can't start with an
    applied index above its commit index.

    Mirrors `raft::Ready`.
    """
    @staticmethod
    def default() -> Ready:
        """
        Creates an empty `Ready`, which belongs to no node.

        Mirrors `raft::Ready::default`.
        """

class ReadyBatch(ReadyBatchRef):
    """
    The work that `ReadyLoop.run` leaves to the application.

    Handle it in this order: restore `snapshot` if there is one; apply `committed_entries`; serve the reads in
    `read_states`. The messages may be sent at any time.

    Beyond raft-rs.
    """

@disjoint_base
class ReadyBatchRef:
    """
    A live view of a `ReadyBatch` inside another object. It is the base class of `ReadyBatch`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __repr__(self, /) -> str: ...
    def committed_entries(self, /) -> list[EntryRef]:
        """
        The entries to apply. The node has already applied the configuration changes among them.

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def conf_states(self, /) -> list[tuple[int, ConfState]]:
        """
        Returns the configuration after each applied configuration change, with the index of its entry. It is already in
        the storage.
        """
    def has_more(self, /) -> bool:
        """
        Returns whether there was more work when the loop stopped: if so, call `run` again.
        """
    def make_ref(self, /) -> ReadyBatchRef:
        """
        Returns a live view of this object.
        """
    def messages(self, /) -> list[MessageRef]:
        """
        The messages to send, in the order in which Raft created them. The state that they depend on is persisted.

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def read_states(self, /) -> list[ReadStateRef]:
        """
        The read states: the responses to `RawNode.read_index`.

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def rejected_conf_changes(self, /) -> list[tuple[int, Exception]]:
        """
        Returns the configuration changes that were not applied, by the index of the entry, with the reason: a
        `ConfChangeError` when a change is invalid, a `CodecError` when the entry's data can't be decoded. All nodes
        reject the same ones.
        """
    def rejected_messages(self, /) -> list[tuple[int, Exception]]:
        """
        Returns the messages passed to `run` that were rejected, in the form of `ReadyLoop.step_many`.
        """
    def rejected_proposals(self, /) -> list[tuple[int, Exception]]:
        """
        Returns the proposals passed to `run` that were rejected, in the form of `ReadyLoop.propose_many`.
        """
    def rejected_reads(self, /) -> list[tuple[int, Exception]]:
        """
        Returns the read-only requests passed to `run` that were rejected: their positions, and the exceptions that
        `RawNode.read_index` would have raised.
        """
    def snapshot(self, /) -> SnapshotRef:
        """
        Returns a live view of the snapshot to restore, which is already in the storage; it is false if there is none.
        The entries follow it.
        """
    def ss(self, /) -> SoftState | None:
        """
        Returns the leader's id and the node's role, or `None` if neither has changed.
        """
    def take_committed_data(self, /) -> list[tuple[int, int, bytes]]:
        """
        Takes the entries as tuples of index, term and data, without the configuration changes.

        A leader appends an entry without data at the start of its term.
        """
    def take_committed_entries(self, /) -> list[Entry]:
        """
        Takes the elements of `committed_entries`, leaving an empty list.
        """
    def take_encoded_messages(self, /) -> dict[int, list[bytes]]:
        """
        Takes the messages, encoded and grouped by the ids of their receivers.
        """
    def take_messages(self, /) -> list[Message]:
        """
        Takes the elements of `messages`, leaving an empty list.
        """
    def take_read_states(self, /) -> list[ReadState]:
        """
        Takes the elements of `read_states`, leaving an empty list.
        """

@final
class ReadyLoop:
    """
    Runs the `Ready` loop of a node whose storage is a `MemStorage` or a `WalStorage`. It writes the state of a `Ready`
    to the storage, then releases its messages, applies configuration changes to the node and advances the node, and
    repeats this until there is no `Ready` left. It returns the remaining work of the application as one `ReadyBatch`.

    ```python
    >>> loop = ReadyLoop(node)
    >>> node.campaign()
    >>> batch = loop.run(data=[b"one", b"two"])
    >>> [data for index, term, data in batch.take_committed_data()]
    [b'', b'one', b'two']

    ```

    Over a `WalStorage`, it waits without the GIL until the log is durable, and returns no entry, and no message that
    depends on the log, before. `run_many` waits once for many loops.

    The work that a loop has not returned is lost when the loop is dropped: use one loop for the life of a node.

    The node can also be used directly, but an outstanding `Ready` must be passed to `advance` before `run` is called.
    Large batches release the GIL; using the node from another thread in the meantime raises `InUseError`.

    Beyond raft-rs.
    """
    def __new__(
        cls,
        /,
        node: RawNodeRef,
        outboxes: dict[int, list[bytes]] | dict[int, list[Messages]] | None = None,
        *,
        encode: bool = True,
    ) -> ReadyLoop:
        """
        Creates a loop for `node`.

        With `outboxes`, messages are appended to its lists by the ids of their receivers, instead of to the batch: each
        one encoded or, if `encode` is false, all messages of a receiver as one `Messages`. Missing lists are created.
        Over a `WalStorage`, messages that may be sent before the log is durable are appended before the wait.

        Raises `TypeError` when the node's storage is written in Python.
        """
    def __repr__(self, /) -> str: ...
    def is_waiting(self, /) -> bool:
        """
        Returns whether it can't continue before its log is durable: `run_many` has left it with `wait=False`. Always
        false over a `MemStorage`.

        Raises `InUseError` while another thread runs it.
        """
    @property
    def node(self, /) -> RawNodeRef:
        """
        The node.
        """
    def propose_many(
        self, /, data: Iterable[bytes | bytearray | memoryview | Sequence[int]]
    ) -> list[tuple[int, Exception]]:
        """
        Proposes entries with these data. Returns the rejected proposals as their positions and the exceptions that
        `RawNode.propose` would have raised.

        Raises `TypeError` when an item is not bytes-like; no entry is proposed in that case.
        """
    def run(
        self,
        /,
        msgs: Iterable[MessageRef | MessagesRef | bytes | bytearray | memoryview | Sequence[int]] | None = None,
        data: Iterable[bytes | bytearray | memoryview | Sequence[int]] | None = None,
        limit: SupportsIndex = ...,
        *,
        ticks: SupportsIndex = 0,
        reads: Iterable[bytes | bytearray | memoryview | Sequence[int]] | None = None,
    ) -> ReadyBatch | None:
        """
        Steps `msgs`, ticks `ticks` times, requests a read index for each context in `reads`, proposes `data`, and then
        handles up to `limit` `Ready`s. Returns the remaining work of the application; `None` if there is none. The
        batch contains the rejected items of `msgs`, `reads` and `data`.

        It stops before it restores a snapshot when there are entries to apply: these must be applied first.

        Raises `TypeError` for items that `step_many` or `propose_many` doesn't accept, and `ValueError` when `limit` is
        0 or `ticks` is above 10,000, before any work is done. Raises `StoreError` when the storage rejects a write;
        `WalFailedError` when the disk fails, and `WalClosedError`; `NotExistsError` for a leader that has applied its
        own removal: make it step down; `TypeError` when the outboxes contain a value that is not a list; `CodecError`
        for a message that is too large to be encoded, which is lost: for example a snapshot with too much data. The
        work done until then is returned with the next batch.
        """
    def step_many(
        self, /, msgs: Iterable[MessageRef | MessagesRef | bytes | bytearray | memoryview | Sequence[int]]
    ) -> list[tuple[int, Exception]]:
        """
        Steps messages: each item is a `Message`, an encoded one, or a `Messages`, whose messages are moved out of it.
        Returns the rejected messages as their positions and the exceptions that `RawNode.step` or `Message.decode`
        would have raised. Each message of a `Messages` has its own position.

        Raises `TypeError` when an item is none of these; no message is stepped in that case.
        """

@disjoint_base
class ReadyRef:
    """
    A live view of a `Ready` inside another object. It is the base class of `Ready`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    def committed_entries(self, /) -> list[EntryRef]:
        """
        The entries to apply: they are committed, and were persisted with an earlier `Ready`.

        ```python
        >>> ready = node.ready()
        >>> applied = 0
        >>> for entry in ready.take_committed_entries():
        ...     applied = entry.index  # to be stored with what the entry changes
        ...     if entry.entry_type == EntryType.EntryConfChangeV2:  # without data, it leaves a joint configuration
        ...         _ = node.apply_conf_change_v2(ConfChangeV2.decode(entry.data))
        ...     elif entry.data:  # a leader begins its term with an empty entry
        ...         print("apply", entry.data)

        ```

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def entries(self, /) -> list[EntryRef]:
        """
        The entries to persist. They replace the persisted entries from the index of the first of them on.

        ```python
        >>> node.campaign()
        >>> ready = node.ready()
        >>> if ready.entries():
        ...     storage.wl().append(ready.entries())

        ```

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def hs(self, /) -> HardStateRef | None:
        """
        Returns a live view of the hard state to persist, or `None` if it has not changed.

        ```python
        >>> node.campaign()
        >>> ready = node.ready()
        >>> if hard_state := ready.hs():
        ...     storage.wl().set_hardstate(hard_state)
        >>> storage.initial_state().hard_state.vote
        1

        ```

        Mirrors `raft::Ready::hs`.
        """
    def make_ref(self, /) -> ReadyRef:
        """
        Returns a live view of this object.
        """
    def messages(self, /) -> list[MessageRef]:
        """
        The messages that can be sent immediately.

        ```python
        >>> ready = node.ready()
        >>> for message in ready.take_messages():
        ...     print("send", message.encode(), "to", message.to)

        ```

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def must_sync(self, /) -> bool:
        """
        Returns whether `entries`, `hs` and `snapshot` must be persisted synchronously before `persisted_messages` are
        sent. If not, only the commit index has changed. It need not survive a crash, provided that the applied state
        does not either.

        Mirrors `raft::Ready::must_sync`.
        """
    def number(self, /) -> int:
        """
        Returns the number of this `Ready`, for `RawNode.on_persist_ready`.

        Mirrors `raft::Ready::number`.
        """
    def persisted_messages(self, /) -> list[MessageRef]:
        """
        The messages to send only after the entries, the hard state and the snapshot have been persisted.

        ```python
        >>> ready = node.ready()
        >>> for message in ready.take_persisted_messages():
        ...     print("send", message.encode(), "to", message.to)

        ```

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def read_states(self, /) -> list[ReadStateRef]:
        """
        The read states: the responses to `RawNode.read_index`.

        The views are invalid once the list has been taken or the object has been consumed.
        """
    def snapshot(self, /) -> SnapshotRef:
        """
        Returns a live view of the snapshot to restore and persist before anything else; it is false if there is none.

        ```python
        >>> ready = node.ready()
        >>> if snapshot := ready.snapshot():
        ...     storage.wl().apply_snapshot(snapshot)

        ```

        Mirrors `raft::Ready::snapshot`.
        """
    def ss(self, /) -> SoftState | None:
        """
        Returns the leader's id and the node's role, or `None` if neither has changed. It need not be persisted.

        Mirrors `raft::Ready::ss`.
        """
    def take_committed_entries(self, /) -> list[Entry]:
        """
        Takes the elements of `committed_entries`, leaving an empty list.
        """
    def take_entries(self, /) -> list[Entry]:
        """
        Takes the elements of `entries`, leaving an empty list.
        """
    def take_messages(self, /) -> list[Message]:
        """
        Takes the elements of `messages`, leaving an empty list.
        """
    def take_persisted_messages(self, /) -> list[Message]:
        """
        Takes the elements of `persisted_messages`, leaving an empty list.
        """
    def take_read_states(self, /) -> list[ReadState]:
        """
        Takes the elements of `read_states`, leaving an empty list.
        """

@final
class SimulatedDisk:
    """
    A disk in memory that crashes and fails when it is told to, for simulators and tests: pass it to `Wal`. It has one
    directory. What happens is a function of `seed`, which is any number of 64 bits, and of the calls; there are no
    threads, and no time passes.

    ```python
    >>> disk = SimulatedDisk(seed=1)
    >>> wal = Wal("host 1", disk=disk)
    >>> storage = wal.storage(1, ConfState([1]))
    >>> storage.append([Entry(index=1, term=1)])
    >>> wal.sync()
    >>> disk.crash()
    >>> wal = Wal("host 1", disk=disk)
    >>> wal.storage(1).last_index()
    1

    ```

    A crash keeps what was durable. Of what was not, each sector of 512 bytes has any of the contents that it has had
    since, each file any of the lengths, and each change of a name was made or not.

    Beyond raft-rs.
    """
    def __new__(cls, /, seed: SupportsIndex, *, capacity: SupportsIndex | None = None) -> SimulatedDisk:
        """
        Creates an empty disk. `capacity` is the limit of `used_bytes`.
        """
    def __repr__(self, /) -> str: ...
    @property
    def calls(self, /) -> int:
        """
        The number of all calls.
        """
    @property
    def capacity(self, /) -> int | None:
        """
        The limit of `used_bytes`, or `None`. A write beyond it writes what there is room for, and fails with `ENOSPC`.
        """
    @capacity.setter
    def capacity(self, /, capacity: SupportsIndex | None) -> None: ...
    def clear_faults(self, /) -> None:
        """
        Forgets the faults of `fail` and `crash_at` that have not occurred.
        """
    def copy(self, /) -> SimulatedDisk:
        """
        Returns another disk with the same content and the same randomness, without the faults that have not occurred.
        The directory is not open there. It shares its memory with this one until either of them changes.
        """
    def crash(self, /, *, lose_synced: SupportsIndex = 0) -> None:
        """
        Crashes: what was not durable is lost, kept or torn. A `Wal` that is open is closed, without a write: its calls
        raise `WalClosedError`. Then the directory can be opened again. Faults that have not occurred remain.

        `lose_synced` is the number of bytes that are missing at the end of the newest segment, although they were
        durable. `Wal.mark` is lost, too.
        """
    def crash_at(self, /, operation: DiskOperation | None = None, *, after: SupportsIndex = 0) -> None:
        """
        Crashes at the beginning of a call: the next one, or the one after `after` others. Only calls of the kind
        `operation` count, if it is given. The call, such as `Wal.sync`, raises `WalClosedError`.
        """
    @property
    def crashes(self, /) -> int:
        """
        The number of crashes.
        """
    def fail(
        self, /, error: SupportsIndex, operation: DiskOperation | None = None, *, after: SupportsIndex = 0
    ) -> None:
        """
        Lets a call fail with the error number `error`, such as `errno.EIO`: the next one, or the one after `after`
        others. Only calls of the kind `operation` count, if it is given. A write has written half of the bytes. After a
        sync, what it should have made durable is read until a crash, and then lost.

        Raises `ValueError` when `error` is below 1.
        """
    @property
    def faults(self, /) -> int:
        """
        The number of faults of `fail` and `crash_at` that have not occurred.
        """
    def files(self, /) -> dict[str, bytes]:
        """
        Returns the contents of the files, by their names, as a process would read them now.
        """
    @property
    def ignore_syncs(self, /) -> bool:
        """
        Whether a sync succeeds, and makes nothing durable, as with a disk that lies.
        """
    @ignore_syncs.setter
    def ignore_syncs(self, /, ignore: bool) -> None: ...
    def set_file(self, /, name: str, content: bytes | bytearray | memoryview | Sequence[int] | None) -> None:
        """
        Replaces the content of a file, or deletes it if `content` is `None`, and makes that durable: damage.
        """
    @property
    def syncs(self, /) -> int:
        """
        The number of syncs, of files and of the directory.
        """
    @property
    def used_bytes(self, /) -> int:
        """
        The length of all files in bytes.
        """
    @property
    def writes(self, /) -> int:
        """
        The number of calls that wrote.
        """
    @property
    def written_bytes(self, /) -> int:
        """
        The number of bytes that they wrote.
        """

class Snapshot(SnapshotRef):
    """
    A snapshot of the application's state. `bool(snapshot)` is false for an empty one.

    Mirrors `raft::eraftpb::Snapshot`.
    """
    def __new__(
        cls,
        /,
        *,
        data: bytes | bytearray | memoryview | Sequence[int] = b"",
        metadata: SnapshotMetadataRef | None = None,
    ) -> Snapshot: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> Snapshot:
        """
        Decodes a message from `v`.

        Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
        is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[Snapshot, int]:
        """
        Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> Snapshot:
        """
        Creates an object with every field at its default.
        """

class SnapshotMetadata(SnapshotMetadataRef):
    """
    The metadata of a snapshot: its position in the log, and the membership there.

    Mirrors `raft::eraftpb::SnapshotMetadata`.
    """
    def __new__(
        cls, /, *, conf_state: ConfStateRef | None = None, index: SupportsIndex = 0, term: SupportsIndex = 0
    ) -> SnapshotMetadata: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> SnapshotMetadata:
        """
        Decodes a message from `v`.

        Unknown fields are preserved. Raises `CodecError` when `v` is malformed, holds an unknown enum number,
        is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[SnapshotMetadata, int]:
        """
        Decodes the length-delimited message at `offset` in `v`. Returns it, and the offset past its end.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> SnapshotMetadata:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class SnapshotMetadataRef:
    """
    A live view of a `SnapshotMetadata` inside another object. It is the base class of `SnapshotMetadata`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> SnapshotMetadata: ...
    def __deepcopy__(self, /, _memo: Any) -> SnapshotMetadata: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def clear(self, /) -> None:
        """
        Sets every field to its default.

        Mirrors `protobuf::Message::clear`.
        """
    def clear_conf_state(self, /) -> None:
        """
        Sets `conf_state` to its default.
        """
    def clear_index(self, /) -> None:
        """
        Sets `index` to its default.
        """
    def clear_term(self, /) -> None:
        """
        Sets `term` to its default.
        """
    def clone(self, /) -> SnapshotMetadata:
        """
        Returns an independent copy.
        """
    def compute_size(self, /) -> int:
        """
        Returns the length of the encoding in bytes.
        """
    @property
    def conf_state(self, /) -> ConfStateRef:
        """
        The membership of the cluster at `index`.
        """
    @conf_state.setter
    def conf_state(self, /, v: ConfStateRef) -> None: ...
    def encode(self, /) -> bytes:
        """
        Returns the protobuf encoding. Fields that have their default value take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_conf_state(self, /) -> ConfStateRef:
        """
        The membership of the cluster at `index`.
        """
    def get_index(self, /) -> int:
        """
        The index of the last entry that is included in the snapshot.
        """
    def get_term(self, /) -> int:
        """
        The term of the last entry that is included in the snapshot.
        """
    def has_conf_state(self, /) -> bool:
        """
        Returns whether `conf_state` is present.
        """
    @property
    def index(self, /) -> int:
        """
        The index of the last entry that is included in the snapshot.
        """
    @index.setter
    def index(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> SnapshotMetadataRef:
        """
        Returns a live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
        current values, repeated fields are appended.

        Raises `CodecError` as `decode` does; the message is unchanged then.
        """
    def mut_conf_state(self, /) -> ConfStateRef:
        """
        Returns a live view of `conf_state`, which a write creates if it is absent.
        """
    def set_conf_state(self, /, cs: ConfStateRef) -> None:
        """
        Sets `conf_state`.

        The membership of the cluster at `index`.
        """
    def set_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `index`.

        The index of the last entry that is included in the snapshot.
        """
    def set_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `term`.

        The term of the last entry that is included in the snapshot.
        """
    def take_conf_state(self, /) -> ConfState:
        """
        Takes the value of `conf_state`, leaving its default.
        """
    @property
    def term(self, /) -> int:
        """
        The term of the last entry that is included in the snapshot.
        """
    @term.setter
    def term(self, /, v: SupportsIndex) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

@final
class SnapshotReader:
    """
    Reads the data of a snapshot: an iterator of chunks of `chunk_size` bytes, except the last. It keeps returning this
    snapshot when the group gets another one meanwhile.

    `next` raises `WalCorruptedError` when the file is damaged, before it returns a damaged chunk; `OSError` for errors
    of the system.

    Beyond raft-rs.
    """
    def __iter__(self, /) -> SnapshotReader: ...
    def __next__(self, /) -> bytes: ...
    @property
    def length(self, /) -> int:
        """
        The length of the data in bytes.
        """
    @property
    def snapshot(self, /) -> Snapshot:
        """
        The snapshot, without its data.
        """

@disjoint_base
class SnapshotRef:
    """
    A live view of a `Snapshot` inside another object. It is the base class of `Snapshot`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __bool__(self, /) -> bool: ...
    def __copy__(self, /) -> Snapshot: ...
    def __deepcopy__(self, /, _memo: Any) -> Snapshot: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def clear(self, /) -> None:
        """
        Sets every field to its default.

        Mirrors `protobuf::Message::clear`.
        """
    def clear_data(self, /) -> None:
        """
        Sets `data` to its default.
        """
    def clear_metadata(self, /) -> None:
        """
        Sets `metadata` to its default.
        """
    def clone(self, /) -> Snapshot:
        """
        Returns an independent copy.
        """
    def compute_size(self, /) -> int:
        """
        Returns the length of the encoding in bytes.
        """
    @property
    def data(self, /) -> bytes:
        """
        The application's state, in a format that the application defines.
        """
    @data.setter
    def data(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def encode(self, /) -> bytes:
        """
        Returns the protobuf encoding. Fields that have their default value take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_data(self, /) -> bytes:
        """
        The application's state, in a format that the application defines.
        """
    def get_metadata(self, /) -> SnapshotMetadataRef:
        """
        The metadata of the snapshot.
        """
    def has_metadata(self, /) -> bool:
        """
        Returns whether `metadata` is present.
        """
    def is_empty(self, /) -> bool:
        """
        Returns whether the snapshot is empty: its index is 0.
        """
    def make_ref(self, /) -> SnapshotRef:
        """
        Returns a live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, with protobuf's semantics: fields that are present replace the
        current values, repeated fields are appended.

        Raises `CodecError` as `decode` does; the message is unchanged then.
        """
    @property
    def metadata(self, /) -> SnapshotMetadataRef:
        """
        The metadata of the snapshot.
        """
    @metadata.setter
    def metadata(self, /, v: SnapshotMetadataRef) -> None: ...
    def mut_metadata(self, /) -> SnapshotMetadataRef:
        """
        Returns a live view of `metadata`, which a write creates if it is absent.
        """
    def set_data(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `data`.

        The application's state, in a format that the application defines.
        """
    def set_metadata(self, /, snapshot_meta_data: SnapshotMetadataRef) -> None:
        """
        Sets `metadata`.

        The metadata of the snapshot.
        """
    def take_data(self, /) -> bytes:
        """
        Takes the value of `data`, leaving its default.
        """
    def take_metadata(self, /) -> SnapshotMetadata:
        """
        Takes the value of `metadata`, leaving its default.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        Returns the protobuf encoding, preceded by its length as a varint. Use it for consecutive messages in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

@final
class SnapshotWriter:
    """
    Writes the data of a snapshot in chunks, for data that arrives piece by piece: pass it to
    `WalStorage.apply_snapshot` or `WalStorage.create_snapshot` when it is complete. Until then it belongs to no group;
    if it is dropped, its data is deleted.

    Beyond raft-rs.
    """
    def discard(self, /) -> None:
        """
        Deletes the data.
        """
    def write(self, /, chunk: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Appends `chunk` to the data, without the GIL.

        Raises `ValueError` after the data has been used or discarded; `OSError` for errors of the system, after which
        the data is discarded.
        """

class SoftState(SoftStateRef):
    """
    The leader's id and the node's role. It is volatile and need not be persisted.

    Mirrors `raft::SoftState`.
    """
    def __new__(cls, /, leader_id: SupportsIndex = 0, raft_state: StateRole = StateRole.Follower) -> SoftState: ...
    @staticmethod
    def default() -> SoftState:
        """
        Creates an object with every field at its default.
        """

@disjoint_base
class SoftStateRef:
    """
    A live view of a `SoftState` inside another object. It is the base class of `SoftState`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> SoftState: ...
    def __deepcopy__(self, /, _memo: Any) -> SoftState: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> SoftState:
        """
        Returns an independent copy.
        """
    def get_leader_id(self, /) -> int:
        """
        The id of the leader; 0 when there is none.
        """
    def get_raft_state(self, /) -> StateRole:
        """
        The role of this node.
        """
    @property
    def leader_id(self, /) -> int:
        """
        The id of the leader; 0 when there is none.
        """
    @leader_id.setter
    def leader_id(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> SoftStateRef:
        """
        Returns a live view of this object.
        """
    @property
    def raft_state(self, /) -> StateRole:
        """
        The role of this node.
        """
    @raft_state.setter
    def raft_state(self, /, v: StateRole) -> None: ...
    def set_leader_id(self, /, leader_id: SupportsIndex) -> None:
        """
        Sets `leader_id`.

        The id of the leader; 0 when there is none.
        """
    def set_raft_state(self, /, rs: StateRole) -> None:
        """
        Sets `raft_state`.

        The role of this node.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Returns the fields by name: enums as the names of their members, nested values as dicts.
        """

@final
class Status:
    """
    The state of a node at the time of the call.

    Mirrors `raft::Status`.
    """
    def __new__(cls, /, raft: RaftRef) -> Status:
        """
        Creates the current status of `raft`.

        Mirrors `raft::Status::new`.
        """
    def __repr__(self, /) -> str: ...
    @property
    def applied(self, /) -> int:
        """
        The highest index that the application has applied.
        """
    @property
    def hs(self, /) -> HardState:
        """
        The hard state: the term, the vote and the commit index.
        """
    @property
    def id(self, /) -> int:
        """
        The node's id.
        """
    @property
    def progress(self, /) -> ProgressTrackerRef | None:
        """
        A live view of the members and their progress if the node is the leader, else `None`.
        """
    @property
    def ss(self, /) -> SoftState:
        """
        The soft state: the leader's id and the node's role.
        """

class Storage(StorageRef):
    """
    A wrapper around a storage written in Python. A node also accepts the object itself.

    The six methods of `StorageProtocol` go through the same checks as the calls by Raft. The other methods are
    forwarded to the object unchanged.

    Mirrors a `T: raft::Storage`.
    """
    def __new__(cls, /, storage: Any) -> Storage:
        """
        Wraps an object with the methods of `StorageProtocol`. A `Storage` is not wrapped again: both share the object.

        Raises `TypeError` when a method is missing.
        """

@disjoint_base
class StorageRef:
    """
    A live view of a `Storage` inside another object. It is the base class of `Storage`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __repr__(self, /) -> str: ...
    def append(self, /, ents: Any) -> None:
        """
        Calls the object's `append`.
        """
    def apply_snapshot(self, /, snapshot: Any) -> None:
        """
        Calls the object's `apply_snapshot`.
        """
    def commit_to(self, /, index: SupportsIndex) -> None:
        """
        Calls the object's `commit_to`.
        """
    def commit_to_and_set_conf_states(self, /, idx: SupportsIndex, cs: ConfStateRef | None = None) -> None:
        """
        Calls the object's `commit_to_and_set_conf_states`, with both arguments.
        """
    def compact(self, /, compact_index: SupportsIndex) -> None:
        """
        Calls the object's `compact`.
        """
    def entries(
        self,
        /,
        low: SupportsIndex,
        high: SupportsIndex,
        context: GetEntriesContextRef,
        max_size: SupportsIndex | None = None,
    ) -> list[Entry]:
        """
        Calls the object's `entries`. Consumes `context`.

        Mirrors `raft::Storage::entries`.
        """
    def first_index(self, /) -> int:
        """
        Calls the object's `first_index`.

        Mirrors `raft::Storage::first_index`.
        """
    def hard_state(self, /) -> HardStateRef:
        """
        Calls the object's `hard_state` and returns its result.
        """
    def initial_state(self, /) -> RaftState:
        """
        Calls the object's `initial_state`.

        Mirrors `raft::Storage::initial_state`.
        """
    def last_index(self, /) -> int:
        """
        Calls the object's `last_index`.

        Mirrors `raft::Storage::last_index`.
        """
    def make_ref(self, /) -> StorageRef:
        """
        Returns a live view of this object.
        """
    def rl(self, /) -> Any:
        """
        Calls the object's `rl` and returns its result.
        """
    def set_conf_state(self, /, cs: ConfStateRef) -> None:
        """
        Calls the object's `set_conf_state`.
        """
    def set_hardstate(self, /, hs: HardStateRef) -> None:
        """
        Calls the object's `set_hardstate`, or its `set_hard_state` if it has no such method.
        """
    def snapshot(self, /, request_index: SupportsIndex, to: SupportsIndex) -> Snapshot:
        """
        Calls the object's `snapshot`.

        Mirrors `raft::Storage::snapshot`.
        """
    @property
    def storage(self, /) -> Any:
        """
        The wrapped object.
        """
    def term(self, /, idx: SupportsIndex) -> int:
        """
        Calls the object's `term`.

        Mirrors `raft::Storage::term`.
        """
    def trigger_snap_unavailable(self, /) -> None:
        """
        Calls the object's `trigger_snap_unavailable`.
        """
    def wl(self, /) -> Any:
        """
        Calls the object's `wl` and returns its result.
        """

@final
class Union:
    """
    The union of two sets of ids. It copies neither.

    Mirrors `raft::util::Union`.
    """
    def __contains__(self, id: SupportsIndex, /) -> bool: ...
    def __iter__(self, /) -> Iterator[int]: ...
    def __len__(self, /) -> int: ...
    def __new__(cls, /, first: Iterable[SupportsIndex], second: Iterable[SupportsIndex]) -> Union:
        """
        Creates the union of the ids in `first` and `second`.
        """
    def __repr__(self, /) -> str: ...
    def contains(self, /, id: SupportsIndex) -> bool:
        """
        Returns whether `id` is in either set.
        """
    def is_empty(self, /) -> bool:
        """
        Returns whether both sets are empty.
        """
    def iter(self, /) -> list[int]:
        """
        Returns the ids in ascending order, without duplicates.
        """
    def len(self, /) -> int:
        """
        Returns the number of ids.
        """

class Unstable(UnstableRef):
    """
    The part of the log that is not in the storage yet.

    Mirrors `raft::Unstable`.
    """
    def __new__(cls, /, offset: SupportsIndex, logger: LoggerRef) -> Unstable:
        """
        Creates an empty unstable log that starts at index `offset`.

        Mirrors `raft::Unstable::new`.
        """

@disjoint_base
class UnstableRef:
    """
    A live view of a `Unstable` inside another object. It is the base class of `Unstable`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __repr__(self, /) -> str: ...
    @property
    def entries(self, /) -> MutableSequence[EntryRef]:
        """
        The entries that are not in the storage yet.
        """
    @entries.setter
    def entries(self, /, v: Iterable[EntryRef]) -> None: ...
    @property
    def entries_size(self, /) -> int:
        """
        The total size of the entries in bytes.
        """
    @entries_size.setter
    def entries_size(self, /, v: SupportsIndex) -> None: ...
    def get_entries(self, /) -> list[EntryRef]:
        """
        The entries that are not in the storage yet.
        """
    def get_entries_size(self, /) -> int:
        """
        The total size of the entries in bytes.
        """
    def get_logger(self, /) -> Logger:
        """
        Returns the logger.
        """
    def get_offset(self, /) -> int:
        """
        The index of the first of the entries.
        """
    def get_snapshot(self, /) -> SnapshotRef | None:
        """
        The snapshot that is not in the storage yet, or `None`.
        """
    @property
    def logger(self, /) -> Logger:
        """
        The logger.
        """
    @logger.setter
    def logger(self, /, logger: LoggerRef) -> None: ...
    def make_ref(self, /) -> UnstableRef:
        """
        Returns a live view of this object.
        """
    def maybe_first_index(self, /) -> int | None:
        """
        Returns the index after the snapshot, or `None` without a snapshot.

        Mirrors `raft::Unstable::maybe_first_index`.
        """
    def maybe_last_index(self, /) -> int | None:
        """
        Returns the index of the last entry, or else of the snapshot, or `None` without either.

        Mirrors `raft::Unstable::maybe_last_index`.
        """
    def maybe_term(self, /, idx: SupportsIndex) -> int | None:
        """
        Returns the term of the entry at index `idx`, or `None` when it is not in the unstable log.

        Mirrors `raft::Unstable::maybe_term`.
        """
    def must_check_outofbounds(self, /, lo: SupportsIndex, hi: SupportsIndex) -> None:
        """
        Asserts that the index range `[lo, hi)` is within the unstable entries. Raises `RaftPanicError` when it is not.

        Mirrors `raft::Unstable::must_check_outofbounds`.
        """
    @property
    def offset(self, /) -> int:
        """
        The index of the first of the entries.
        """
    @offset.setter
    def offset(self, /, v: SupportsIndex) -> None: ...
    def restore(self, /, snap: SnapshotRef) -> None:
        """
        Replaces the snapshot and the entries with `snap`.

        Mirrors `raft::Unstable::restore`.
        """
    def set_entries(self, /, ents: Iterable[EntryRef]) -> None:
        """
        Sets `entries`.

        The entries that are not in the storage yet.
        """
    def set_entries_size(self, /, entries_size: SupportsIndex) -> None:
        """
        Sets `entries_size`.

        The total size of the entries in bytes.
        """
    def set_logger(self, /, logger: LoggerRef) -> None:
        """
        Sets the logger.
        """
    def set_offset(self, /, offset: SupportsIndex) -> None:
        """
        Sets `offset`.

        The index of the first of the entries.
        """
    def set_snapshot(self, /, snapshot: SnapshotRef | None = None) -> None:
        """
        Sets `snapshot`.

        The snapshot that is not in the storage yet, or `None`.
        """
    def slice(self, /, lo: SupportsIndex, hi: SupportsIndex) -> list[Entry]:
        """
        Returns copies of the entries in the index range `[lo, hi)`.

        Raises `RaftPanicError` when the range is outside the unstable entries. Mirrors `raft::Unstable::slice`.
        """
    @property
    def snapshot(self, /) -> SnapshotRef | None:
        """
        The snapshot that is not in the storage yet, or `None`.
        """
    @snapshot.setter
    def snapshot(self, /, v: SnapshotRef | None) -> None: ...
    def stable_entries(self, /, index: SupportsIndex, term: SupportsIndex) -> None:
        """
        Notifies the unstable log that its entries, the last of which has `index` and `term`, are in the storage.

        Raises `RaftPanicError` when the last entry does not match. Mirrors `raft::Unstable::stable_entries`.
        """
    def stable_snap(self, /, index: SupportsIndex) -> None:
        """
        Notifies the unstable log that its snapshot at `index` is in the storage.

        Raises `RaftPanicError` when there is no snapshot at this index. Mirrors `raft::Unstable::stable_snap`.
        """
    def truncate_and_append(self, /, ents: Iterable[EntryRef]) -> None:
        """
        Truncates the log at the index of the first of `ents`, and appends `ents`.

        Mirrors `raft::Unstable::truncate_and_append`.
        """

@final
class Wal:
    """
    A durable log in a directory, shared by any number of Raft groups: what they write between two calls of `sync` takes
    one write and one fsync. The entries that are not compacted are in memory, too.

    ```python
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as path, Wal(path) as wal:
    ...     storage = wal.storage(group=1, conf_state=ConfState(voters=[1]))
    ...     storage.append([Entry(index=1, term=1, data=b"data")])
    ...     wal.sync()
    ...     wal.groups()
    [1]

    ```

    One process at a time uses a directory. Any number of threads may use the `Wal`. In a child of `fork`, every write
    raises `WalFailedError`.

    Beyond raft-rs.
    """
    def __enter__(self, /) -> Wal: ...
    def __exit__(self, /, _exc_type: Any, _exc_value: Any, _traceback: Any) -> None: ...
    def __new__(
        cls,
        /,
        path: str | PathLike[str],
        *,
        cluster: str | None = None,
        host: SupportsIndex | None = None,
        segment_size: SupportsIndex = 16777216,
        disk: SimulatedDisk | None = None,
    ) -> Wal:
        """
        Opens the log in the directory `path`, or creates it. The directory remembers `cluster`, the name of a cluster,
        and `host`, the id of a host, if they are given. A segment file ends at `segment_size` bytes.

        With `disk`, the directory is the one in memory that `disk` has, whatever its `path`.

        A write that the last process had not finished is cut off: see `torn`.

        Raises `WalLockedError` when the directory is already open; `WalForeignError` when it belongs to another cluster
        or host; `WalCorruptedError` when a file is damaged or missing; `OSError` for errors of the system; `ValueError`
        when `segment_size` is below 4096, or `cluster` longer than 255 bytes.
        """
    def __repr__(self, /) -> str: ...
    def close(self, /) -> None:
        """
        Makes all writes durable and closes the log: the directory can be opened again. What is in memory can still be
        read. A second call does nothing.

        Raises `WalFailedError` when the disk fails, or has failed. The log is closed nevertheless.
        """
    @property
    def cluster(self, /) -> str | None:
        """
        The name of the cluster that the directory belongs to; `None` if it was not given.
        """
    @staticmethod
    def exists(path: str | PathLike[str], *, disk: SimulatedDisk | None = None) -> bool:
        """
        Returns whether there is a log in the directory `path`, or on `disk`.

        Raises `OSError` for errors of the system.
        """
    def groups(self, /) -> list[int]:
        """
        Returns the ids of all groups, in ascending order.
        """
    @property
    def host(self, /) -> int | None:
        """
        The id of the host that the directory belongs to; `None` if it was not given.
        """
    def mark(self, /) -> None:
        """
        Records how much of the log is durable, without an fsync. The next start then detects damage of the last writes,
        too, which it cannot tell from a write that was interrupted otherwise. Call it when there is nothing else to do.

        Raises `WalClosedError` and `WalFailedError`; `OSError` when it cannot open its file: the log is unchanged.
        """
    @staticmethod
    def read(path: str | PathLike[str], *, disk: SimulatedDisk | None = None) -> Wal:
        """
        Reads the log in the directory `path` without changing it, and without locking it. The result is closed: its
        groups can be read, and nothing can be written.

        If another process writes to the log meanwhile, its newest writes may be missing, or `torn`, and the file of a
        snapshot may be missing when it has been replaced: read the log again.

        Raises `WalCorruptedError` when a file is damaged or missing; `OSError` for errors of the system, and when there
        is no log.
        """
    def remove(self, /, group: SupportsIndex) -> None:
        """
        Removes the group with the id `group` and all it has; nothing happens if it does not exist. A node must no
        longer use it: writes through the storages that were returned before raise `DestroyedRefUsedError`.

        Raises `WalClosedError` and `WalFailedError`.
        """
    def stats(self, /) -> WalStats:
        """
        Returns the size of the log, and what has been done since it was opened.
        """
    def storage(
        self,
        /,
        group: SupportsIndex,
        conf_state: ConfStateRef | tuple[Iterable[SupportsIndex], Iterable[SupportsIndex]] | None = None,
        *,
        inline_snapshots: bool = False,
    ) -> WalStorage:
        """
        Returns the storage of the group with the id `group`. If the group is new, `conf_state` becomes its initial
        configuration: a `ConfState`, or the ids of the voters and of the learners. All storages of a group share its
        content.

        With `inline_snapshots`, `WalStorage.snapshot`, and so the messages of the node, contain the data of the
        snapshot: for data that fits in a message. Without, the transport sends the data, from
        `WalStorage.read_snapshot`.

        Raises `WalClosedError` and `WalFailedError`.
        """
    def sync(self, /) -> None:
        """
        Waits until everything that has been written to the log is durable, without the GIL. Several threads that wait
        share one fsync.

        Raises `WalFailedError` when the disk fails: what was not durable before may be lost. After `close`, it does
        nothing; if that raised, it raises `WalClosedError`.
        """
    @property
    def torn(self, /) -> str | None:
        """
        Describes the write that the last process had not finished and that was cut off when the log was opened; `None`
        if there was none. It was never durable.
        """

@final
class WalStats:
    """
    The size of a `Wal`, and what it has done since it was opened.

    Beyond raft-rs.
    """
    def __repr__(self, /) -> str: ...
    @property
    def disk_bytes(self, /) -> int:
        """
        The length of all segment files, in bytes.
        """
    @property
    def fsync_seconds(self, /) -> float:
        """
        The time that these fsyncs took, in seconds.
        """
    @property
    def fsyncs(self, /) -> int:
        """
        The number of fsyncs of segments.
        """
    @property
    def groups(self, /) -> int:
        """
        The number of groups.
        """
    @property
    def live_bytes(self, /) -> int:
        """
        The size of all entries that are not compacted, in bytes.
        """
    @property
    def rewritten_bytes(self, /) -> int:
        """
        The number of bytes of entries that were written again so that old segments could be deleted.
        """
    @property
    def rotations(self, /) -> int:
        """
        The number of segments created.
        """
    @property
    def segments(self, /) -> int:
        """
        The number of segment files.
        """
    @property
    def writes(self, /) -> int:
        """
        The number of calls that wrote to segments.
        """
    @property
    def written_bytes(self, /) -> int:
        """
        The number of bytes written to segments.
        """

class WalStorage(WalStorageRef):
    """
    The storage of one group in a `Wal`: `Wal.storage` returns it. A node shares the storage that it is given, and
    so does `clone()`.

    A write can be read immediately, and is durable after `sync`. A write that raises has changed nothing. The
    writes are those of `MemStorageCore`, and `wl()` returns the storage itself.

    Every write raises `WalFailedError` after the disk has failed, `WalClosedError` after the `Wal` was closed, and
    `DestroyedRefUsedError` after the group was removed: `Wal.storage` returns the storage of a new one.

    Beyond raft-rs.
    """

@disjoint_base
class WalStorageRef:
    """
    A live view of a `WalStorage` inside another object. It is the base class of `WalStorage`,
    with all methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
    """
    def __copy__(self, /) -> WalStorage: ...
    def __deepcopy__(self, /, _memo: Any) -> WalStorage: ...
    def __repr__(self, /) -> str: ...
    def append(self, /, ents: Iterable[EntryRef]) -> None:
        """
        Appends `ents`. They replace the entries from the index of the first of them on.

        Raises `StoreError` of `CompactedError` when that index is below the first index, of `UnavailableError` when
        there is a gap after the last entry or among `ents`; `ValueError` when the indices of `ents` do not increase.
        Mirrors `raft::storage::MemStorageCore::append`.
        """
    def apply_snapshot(
        self,
        /,
        snapshot: SnapshotRef,
        data: bytes
        | bytearray
        | memoryview
        | Sequence[int]
        | Iterable[bytes | bytearray | memoryview | Sequence[int]]
        | SnapshotWriter
        | None = None,
    ) -> None:
        """
        Replaces the log by `snapshot`, which came from a leader, with its data or with `data`: bytes, an iterable of
        chunks, or a `SnapshotWriter`. The data is durable before the method returns, the rest after `sync`.

        Raises `StoreError` of `SnapshotOutOfDateError` when its index is below the first index, unless it is at the
        index and term of the last entry: a node that has requested a snapshot may receive that one. Mirrors
        `raft::storage::MemStorageCore::apply_snapshot`.
        """
    def clone(self, /) -> WalStorage:
        """
        Returns another reference to the same storage: both share its contents.
        """
    def commit_to(self, /, index: SupportsIndex) -> None:
        """
        Sets the commit index, and the term to that of the entry at `index`.

        Raises `StoreError` of `UnavailableError` when there is no entry at this index. Mirrors
        `raft::storage::MemStorageCore::commit_to`.
        """
    def compact(self, /, compact_index: SupportsIndex) -> None:
        """
        Discards all entries before `compact_index`. It must not be above the applied index, and the snapshot must be at
        `compact_index - 1` or above, or followers that need the discarded entries cannot catch up.

        Raises `StoreError` of `UnavailableError` when `compact_index` is past the last index plus one; `InUseError`
        when a node that uses the storage is in a call and has not applied the entries. Mirrors
        `raft::storage::MemStorageCore::compact`.
        """
    def create_snapshot(
        self,
        /,
        index: SupportsIndex,
        data: bytes
        | bytearray
        | memoryview
        | Sequence[int]
        | Iterable[bytes | bytearray | memoryview | Sequence[int]]
        | SnapshotWriter
        | None = None,
        conf_state: ConfStateRef | None = None,
    ) -> Snapshot:
        """
        Sets the snapshot that followers receive which need discarded entries: the state after the entry at `index`, in
        `data`: bytes, an iterable of chunks, or a `SnapshotWriter`. `conf_state` is the configuration at `index`; by
        default, the current one. Returns the snapshot, without its data. The log stays as it is.

        The data is durable before the method returns. The previous snapshot is deleted after that.

        Raises `StoreError`: of `CompactedError` or `UnavailableError` when there is no entry at `index`, of
        `SnapshotOutOfDateError` when there is a snapshot of a later entry.
        """
    def entries(
        self,
        /,
        low: SupportsIndex,
        high: SupportsIndex,
        context: GetEntriesContextRef,
        max_size: SupportsIndex | None = None,
    ) -> list[Entry]:
        """
        Returns the entries in the index range `[low, high)`, up to `max_size` bytes but at least one entry.

        Consumes `context`. Raises `StoreError`: of `CompactedError` when `low` is below the first index, of
        `UnavailableError` when `high` is past the last index plus one. Raises `ValueError` when `low` is above
        `high`. Mirrors `raft::Storage::entries`.
        """
    def first_index(self, /) -> int:
        """
        Returns the index of the first entry; the last index plus one when there are no entries.

        Mirrors `raft::Storage::first_index`.
        """
    @property
    def group(self, /) -> int:
        """
        The id of the group.
        """
    def hard_state(self, /) -> HardStateRef:
        """
        Returns a live view of the hard state. A change of it is a write.

        Mirrors `raft::storage::MemStorageCore::hard_state`.
        """
    def initial_state(self, /) -> RaftState:
        """
        Returns the initial `RaftState`: the hard state and the configuration.

        Mirrors `raft::Storage::initial_state`.
        """
    def last_index(self, /) -> int:
        """
        Returns the index of the last entry, or of the one before the first when there are no entries.

        Mirrors `raft::Storage::last_index`.
        """
    def make_ref(self, /) -> WalStorageRef:
        """
        Returns a live view of this object.
        """
    def mut_hard_state(self, /) -> HardStateRef:
        """
        Returns a live view of the hard state. A change of it is a write.

        Mirrors `raft::storage::MemStorageCore::mut_hard_state`.
        """
    def read_snapshot(self, /, chunk_size: SupportsIndex = 1048576) -> SnapshotReader | None:
        """
        Returns a reader for the data of the snapshot, in chunks of `chunk_size` bytes; `None` if there is no snapshot.

        Raises `WalCorruptedError` when the file is missing or damaged; `ValueError` when `chunk_size` is 0.
        """
    def rl(self, /) -> WalStorageRef:
        """
        Returns this storage, for reading: a live view, as `MemStorage.rl` returns one.
        """
    def set_conf_state(self, /, cs: ConfStateRef) -> None:
        """
        Saves the current configuration, the members of the group.

        Mirrors `raft::storage::MemStorageCore::set_conf_state`.
        """
    def set_hardstate(self, /, hs: HardStateRef) -> None:
        """
        Saves the current hard state.

        Mirrors `raft::storage::MemStorageCore::set_hardstate`.
        """
    def snapshot(self, /, request_index: SupportsIndex, to: SupportsIndex) -> Snapshot:
        """
        Returns the snapshot of the group, at the index of the last call of `create_snapshot` or `apply_snapshot`;
        without its data, unless the storage has `inline_snapshots`. It is the same for every receiver.

        Raises `StoreError` of `SnapshotTemporarilyUnavailableError` when there is no snapshot, when its index is below
        `request_index`, or when the entry after it has been compacted. Raises `WalCorruptedError` when the data is
        damaged. Mirrors `raft::Storage::snapshot`.
        """
    def snapshot_writer(self, /) -> SnapshotWriter:
        """
        Returns a writer for the data of a snapshot that arrives in chunks.

        Raises `OSError` for errors of the system.
        """
    def stage_snapshot(
        self,
        /,
        snapshot: SnapshotRef,
        data: bytes
        | bytearray
        | memoryview
        | Sequence[int]
        | Iterable[bytes | bytearray | memoryview | Sequence[int]]
        | SnapshotWriter,
    ) -> None:
        """
        Keeps `data` for `snapshot`, the snapshot of a message that is going to be stepped without its data: bytes, an
        iterable of chunks, or a `SnapshotWriter`. A `ReadyLoop` stores it when the node restores this snapshot. It
        replaces what was kept for the same one, and is deleted when the node restores a later one or the group is
        removed.

        Raises `OSError` for errors of the system.
        """
    def sync(self, /) -> None:
        """
        Waits until everything that has been written to the `Wal` is durable: see `Wal.sync`.
        """
    def term(self, /, idx: SupportsIndex) -> int:
        """
        Returns the term of the entry at index `idx`.

        Raises `StoreError`: of `CompactedError` below the first index, except at the index before it if its
        term is known; of `UnavailableError` past the last index. Mirrors `raft::Storage::term`.
        """
    def wl(self, /) -> WalStorageRef:
        """
        Returns this storage, for reading and writing: a live view, as `MemStorage.wl` returns one.
        """

def conf_state_eq(lhs: ConfStateRef, rhs: ConfStateRef) -> bool:
    """
    Returns whether two `ConfState`s are equal, regardless of the order of the ids.

    Mirrors `raft_proto::conf_state_eq`.
    """

def default_logger() -> Logger:
    """
    Returns the default logger of raft-rs. It writes to stderr, filtered by the value that the environment variable
    `RUST_LOG` has at the first call; only errors if that is not set.

    Mirrors `raft::default_logger`.
    """

def entry_approximate_size(e: EntryRef) -> int:
    """
    Returns the approximate size of an entry in bytes: its data, its context, and 12 for the other fields.

    Mirrors `raft::util::entry_approximate_size`.
    """

def is_continuous_ents(msg: MessageRef, ents: Iterable[EntryRef]) -> bool:
    """
    Returns whether `ents` continue the entries of `msg` without a gap. It is true if either is empty.

    Raises `RaftPanicError` when the entries of `msg` end with index 2**64 - 1, which has no successor. Mirrors
    `raft::util::is_continuous_ents`.
    """

def is_empty_snap(s: SnapshotRef) -> bool:
    """
    Returns whether a snapshot is empty: its index is 0. Deprecated in raft-rs in favor of `Snapshot.is_empty`.

    Mirrors `raft::is_empty_snap`.
    """

def is_local_msg(typ: MessageType) -> bool:
    """
    Returns whether messages of type `typ` are local to a node. `RawNode.step` rejects them.

    Mirrors `raft::raw_node::is_local_msg`.
    """

def is_response_msg(typ: MessageType) -> bool:
    """
    Returns whether messages of type `typ` are responses. `RawNode.step` accepts them from members only.

    Mirrors `raft::raw_node::is_response_msg`, which is private there.
    """

def limit_size(entries: "list[Entry] | list[EntryRef]", max: SupportsIndex | None) -> None:
    """
    Truncates `entries` to a total size of at most `max` bytes, but keeps at least one. `None` is no limit.

    ```python
    >>> entries = [Entry(data=bytes(100)) for _ in range(5)]
    >>> entries[0].compute_size()
    102
    >>> limit_size(entries, 220)
    >>> len(entries)
    2
    >>> limit_size(entries, 0)
    >>> len(entries)
    1

    ```

    Mirrors `raft::util::limit_size`.
    """

def majority(total: SupportsIndex) -> int:
    """
    Returns the number of voters that form a majority of `total` voters.

    Mirrors `raft::majority`.
    """

def new_conf_change_single(node_id: SupportsIndex, typ: ConfChangeType) -> ConfChangeSingle:
    """
    Creates a `ConfChangeSingle` of the given fields.

    Mirrors `raft_proto::new_conf_change_single`.
    """

def parse_conf_change(s: str) -> list[ConfChangeSingle]:
    """
    Parses configuration changes: `v1` makes node 1 a voter, `l2` makes node 2 a learner, `r3` removes node 3.

    Raises `ValueError` for any other text. Mirrors `raft_proto::parse_conf_change`.
    """

def restore(tracker: ProgressTrackerRef, next_idx: SupportsIndex, cs: ConfStateRef) -> None:
    """
    Restores the configuration of `tracker`, which must have no members, from `cs`. The members start at `next_idx`.

    Raises `ValueError` when `tracker` has members, `ConfChangeError` when `cs` is invalid; nothing is changed then.
    Mirrors `raft::confchange::restore`.
    """

def run_many(
    work: Iterable[LoopInput], *, before_wait: Callable[[], object] | None = None, wait: bool = True
) -> list[LoopResult]:
    """
    Runs many loops with one wait for their log: an fsync for all of them, without the GIL. Each item of `work` is a
    `ReadyLoop`, or a tuple of a `ReadyLoop` and of the arguments `msgs`, `data`, `ticks` and `reads` of
    `ReadyLoop.run`, of which the last ones may be left out.

    Returns for each item, in order, what `run` would have returned: a `ReadyBatch` or `None`; or the exception that it
    would have raised. Another item is not affected by it.

    `before_wait` is called, without arguments, before each wait. The outboxes contain the messages then that may be
    sent before the log is durable, such as those with which a leader replicates entries. If it raises, so does
    `run_many`, and the next call continues; the first exception of an item, if there is one, becomes its `__context__`.

    With `wait=False`, it returns instead of waiting. `ReadyLoop.is_waiting` then says of which loops the log has to be
    durable: their items are `None`, and the next call of `run_many` or `run` continues, for example on another thread.
    The outboxes contain what `before_wait` would find there.

    Raises `TypeError` for an item that is none of these, and when `before_wait` is not callable, before any work is
    done.

    ```python
    >>> loop = ReadyLoop(node)
    >>> node.campaign()
    >>> [batch] = run_many([(loop, None, [b"data"])])
    >>> [data for index, term, data in batch.take_committed_data()]
    [b'', b'data']

    ```

    Beyond raft-rs.
    """

def set_confchange_context_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` formats the context of a `ConfChange`.

    `cb` is called with the bytes and may return any object, whose `str()` is shown in quotes. `None` restores
    the list of byte values, which is also shown when `cb` raises. Raises `TypeError` when `cb` is not callable.
    """

def set_confchangev2_context_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` formats the context of a `ConfChangeV2`.

    `cb` is called with the bytes and may return any object, whose `str()` is shown in quotes. `None` restores
    the list of byte values, which is also shown when `cb` raises. Raises `TypeError` when `cb` is not callable.
    """

def set_entry_context_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` formats the context of an `Entry`.

    `cb` is called with the bytes and may return any object, whose `str()` is shown in quotes. `None` restores
    the list of byte values, which is also shown when `cb` raises. Raises `TypeError` when `cb` is not callable.
    """

def set_entry_data_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` formats the data of an `Entry`.

    `cb` is called with the bytes and may return any object, whose `str()` is shown in quotes. `None` restores
    the list of byte values, which is also shown when `cb` raises. Raises `TypeError` when `cb` is not callable.
    """

def set_message_context_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` formats the context of a `Message`.

    `cb` is called with the bytes and may return any object, whose `str()` is shown in quotes. `None` restores
    the list of byte values, which is also shown when `cb` raises. Raises `TypeError` when `cb` is not callable.
    """

def set_snapshot_data_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` formats the data of a `Snapshot`.

    `cb` is called with the bytes and may return any object, whose `str()` is shown in quotes. `None` restores
    the list of byte values, which is also shown when `cb` raises. Raises `TypeError` when `cb` is not callable.
    """

def stringify_conf_change(ccs: Iterable[ConfChangeSingleRef]) -> str:
    """
    Formats configuration changes in the syntax of `parse_conf_change`.

    Mirrors `raft_proto::stringify_conf_change`.
    """

def tick_many(nodes: Iterable[RawNodeRef]) -> list[int]:
    """
    Advances the logical clock of each of `nodes` by one tick. Returns the positions of the nodes that have a `Ready` to
    handle.

    If nodes fail, raises the exception of `RawNode.tick` for the first of them, after all nodes have been ticked.

    Beyond raft-rs.
    """

def vote_resp_msg_type(typ: MessageType) -> MessageType:
    """
    Returns the response type of the vote request type `typ`.

    Raises `ValueError` when `typ` is neither `MsgRequestVote` nor `MsgRequestPreVote`. Mirrors
    `raft::vote_resp_msg_type`.
    """
