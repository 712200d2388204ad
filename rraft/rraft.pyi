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
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from os import PathLike
from rraft.protocols import AckIndexer, Deserializer, StorageProtocol, Votes
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
    "Snapshot",
    "SnapshotMetadata",
    "SnapshotMetadataRef",
    "SnapshotRef",
    "SnapshotStatus",
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
The kind of a campaign: an election.
"""

CAMPAIGN_PRE_ELECTION: Final[bytes]
"""
The kind of a campaign: asking whether an election could be won.
"""

CAMPAIGN_TRANSFER: Final[bytes]
"""
The kind of a campaign: an election that the leader asked for.
"""

INVALID_ID: Final[int]
"""
The id of no node.
"""

INVALID_INDEX: Final[int]
"""
The index of no entry.
"""

NO_LIMIT: Final[int]
"""
A size without limit, in bytes.
"""

__raft_version__: Final[str]
"""
The version of the crate `raft` inside.
"""

@final
class Changer:
    """
    Works out what a change of members leads to, and refuses it where it is not safe. It changes nothing itself: give
    what it returns to `ProgressTracker.apply_conf`.

    Mirrors `raft::Changer`.
    """
    def __new__(cls, /, tracker: ProgressTrackerRef) -> Changer:
        """
        A changer of the members of `tracker`.

        Mirrors `raft::Changer::new`.
        """
    def enter_joint(
        self, /, auto_leave: bool, ccs: Iterable[ConfChangeSingleRef]
    ) -> tuple[Configuration, list[tuple[int, MapChangeType]]]:
        """
        Changes by way of a joint configuration, in which the old and the new voters decide together.

        Raises `ConfChangeError` when the configuration is joint already, or no voter would be left. Mirrors
        `raft::Changer::enter_joint`.
        """
    def leave_joint(self, /) -> tuple[Configuration, list[tuple[int, MapChangeType]]]:
        """
        The step out of a joint configuration.

        Raises `ConfChangeError` when the configuration is not joint. Mirrors `raft::Changer::leave_joint`.
        """
    def simple(self, /, ccs: Iterable[ConfChangeSingleRef]) -> tuple[Configuration, list[tuple[int, MapChangeType]]]:
        """
        Changes that take one step: at most one voter is added or removed.

        Raises `ConfChangeError` when that is not so, or no voter would be left. Mirrors `raft::Changer::simple`.
        """

class ConfChange(ConfChangeRef):
    """
    A change of one member.

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
        The message that `v` encodes.

        Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
        unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[ConfChange, int]:
        """
        The message that begins at `offset` in `v` with its length, and the offset of what follows it.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> ConfChange:
        """
        The value with every field at its default.
        """

@disjoint_base
class ConfChangeRef:
    """
    A live view of a `ConfChange` that lives inside another object, and the base class
    of `ConfChange` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> ConfChange: ...
    def __deepcopy__(self, /, _memo: Any) -> ConfChange: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def as_v1(self, /) -> ConfChangeRef | None:
        """
        A live view of this change if it is a `ConfChange`, else `None`.

        Mirrors `raft_proto::ConfChangeI::as_v1`.
        """
    def as_v2(self, /) -> ConfChangeV2:
        """
        This change as a new `ConfChangeV2`.

        Mirrors `raft_proto::ConfChangeI::as_v2`.
        """
    @property
    def change_type(self, /) -> ConfChangeType:
        """
        What happens to the node.
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
        An independent copy.
        """
    def compute_size(self, /) -> int:
        """
        The length of the encoding in bytes.
        """
    @property
    def context(self, /) -> bytes:
        """
        Bytes for the application, such as the node's address.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def encode(self, /) -> bytes:
        """
        The protobuf encoding. Fields at their default take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_change_type(self, /) -> ConfChangeType:
        """
        What happens to the node.
        """
    def get_context(self, /) -> bytes:
        """
        Bytes for the application, such as the node's address.
        """
    def get_id(self, /) -> int:
        """
        An id that the application may give to the change.
        """
    def get_node_id(self, /) -> int:
        """
        The node's id.
        """
    @property
    def id(self, /) -> int:
        """
        An id that the application may give to the change.
        """
    @id.setter
    def id(self, /, v: SupportsIndex) -> None: ...
    def into_v2(self, /) -> ConfChangeV2:
        """
        This change as a new `ConfChangeV2`. The change itself stays as it is.

        Mirrors `raft_proto::ConfChangeI::into_v2`.
        """
    def make_ref(self, /) -> ConfChangeRef:
        """
        A live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, as protobuf does: fields that are present replace the values
        here, repeated fields are appended.

        Raises `CodecError` as `decode` does; nothing is changed then.
        """
    @property
    def node_id(self, /) -> int:
        """
        The node's id.
        """
    @node_id.setter
    def node_id(self, /, v: SupportsIndex) -> None: ...
    def set_change_type(self, /, v: ConfChangeType) -> None:
        """
        Sets `change_type`.

        What happens to the node.
        """
    def set_context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `context`.

        Bytes for the application, such as the node's address.
        """
    def set_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `id`.

        An id that the application may give to the change.
        """
    def set_node_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `node_id`.

        The node's id.
        """
    def take_context(self, /) -> bytes:
        """
        Moves `context` out and leaves its default.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        The length of the protobuf encoding, as a varint, and the encoding: for messages one after another in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class ConfChangeSingle(ConfChangeSingleRef):
    """
    The part of a `ConfChangeV2` that concerns one node.

    Mirrors `raft::eraftpb::ConfChangeSingle`.
    """
    def __new__(
        cls, /, *, change_type: ConfChangeType = ConfChangeType.AddNode, node_id: SupportsIndex = 0
    ) -> ConfChangeSingle: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> ConfChangeSingle:
        """
        The message that `v` encodes.

        Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
        unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[ConfChangeSingle, int]:
        """
        The message that begins at `offset` in `v` with its length, and the offset of what follows it.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> ConfChangeSingle:
        """
        The value with every field at its default.
        """

@disjoint_base
class ConfChangeSingleRef:
    """
    A live view of a `ConfChangeSingle` that lives inside another object, and the base class
    of `ConfChangeSingle` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        What happens to the node.
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
        An independent copy.
        """
    def compute_size(self, /) -> int:
        """
        The length of the encoding in bytes.
        """
    def encode(self, /) -> bytes:
        """
        The protobuf encoding. Fields at their default take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_change_type(self, /) -> ConfChangeType:
        """
        What happens to the node.
        """
    def get_node_id(self, /) -> int:
        """
        The node's id.
        """
    def make_ref(self, /) -> ConfChangeSingleRef:
        """
        A live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, as protobuf does: fields that are present replace the values
        here, repeated fields are appended.

        Raises `CodecError` as `decode` does; nothing is changed then.
        """
    @property
    def node_id(self, /) -> int:
        """
        The node's id.
        """
    @node_id.setter
    def node_id(self, /, v: SupportsIndex) -> None: ...
    def set_change_type(self, /, v: ConfChangeType) -> None:
        """
        Sets `change_type`.

        What happens to the node.
        """
    def set_node_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `node_id`.

        The node's id.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        The length of the protobuf encoding, as a varint, and the encoding: for messages one after another in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class ConfChangeV2(ConfChangeV2Ref):
    """
    A change of any number of members, through a joint configuration where it takes one.

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
        The message that `v` encodes.

        Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
        unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[ConfChangeV2, int]:
        """
        The message that begins at `offset` in `v` with its length, and the offset of what follows it.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> ConfChangeV2:
        """
        The value with every field at its default.
        """

@disjoint_base
class ConfChangeV2Ref:
    """
    A live view of a `ConfChangeV2` that lives inside another object, and the base class
    of `ConfChangeV2` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> ConfChangeV2: ...
    def __deepcopy__(self, /, _memo: Any) -> ConfChangeV2: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[()], bytes]: ...
    def __repr__(self, /) -> str: ...
    def __setstate__(self, /, state: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def as_v1(self, /) -> ConfChangeRef | None:
        """
        A live view of this change if it is a `ConfChange`, else `None`.

        Mirrors `raft_proto::ConfChangeI::as_v1`.
        """
    def as_v2(self, /) -> ConfChangeV2:
        """
        This change as a new `ConfChangeV2`.

        Mirrors `raft_proto::ConfChangeI::as_v2`.
        """
    @property
    def changes(self, /) -> MutableSequence[ConfChangeSingleRef]:
        """
        What happens to which node. None at all leaves a joint configuration.
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
        An independent copy.
        """
    def compute_size(self, /) -> int:
        """
        The length of the encoding in bytes.
        """
    @property
    def context(self, /) -> bytes:
        """
        Bytes for the application.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def encode(self, /) -> bytes:
        """
        The protobuf encoding. Fields at their default take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def enter_joint(self, /) -> bool | None:
        """
        `None` when the change takes one step; else whether the joint configuration is left by itself.

        Mirrors `raft::eraftpb::ConfChangeV2::enter_joint`.
        """
    def get_changes(self, /) -> list[ConfChangeSingleRef]:
        """
        What happens to which node. None at all leaves a joint configuration.
        """
    def get_context(self, /) -> bytes:
        """
        Bytes for the application.
        """
    def get_transition(self, /) -> ConfChangeTransition:
        """
        How the new configuration is reached.
        """
    def into_v2(self, /) -> ConfChangeV2:
        """
        This change as a new `ConfChangeV2`. The change itself stays as it is.

        Mirrors `raft_proto::ConfChangeI::into_v2`.
        """
    def leave_joint(self, /) -> bool:
        """
        Whether the change leaves a joint configuration: it is empty, but for the context.

        Mirrors `raft::eraftpb::ConfChangeV2::leave_joint`.
        """
    def make_ref(self, /) -> ConfChangeV2Ref:
        """
        A live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, as protobuf does: fields that are present replace the values
        here, repeated fields are appended.

        Raises `CodecError` as `decode` does; nothing is changed then.
        """
    def mut_changes(self, /) -> MutableSequence[ConfChangeSingleRef]:
        """
        The live list `changes`, as the attribute gives it.
        """
    def set_changes(self, /, v: Iterable[ConfChangeSingleRef]) -> None:
        """
        Sets `changes`.

        What happens to which node. None at all leaves a joint configuration.
        """
    def set_context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `context`.

        Bytes for the application.
        """
    def set_transition(self, /, v: ConfChangeTransition) -> None:
        """
        Sets `transition`.

        How the new configuration is reached.
        """
    def take_changes(self, /) -> list[ConfChangeSingle]:
        """
        Moves `changes` out and leaves its default.
        """
    def take_context(self, /) -> bytes:
        """
        Moves `context` out and leaves its default.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    @property
    def transition(self, /) -> ConfChangeTransition:
        """
        How the new configuration is reached.
        """
    @transition.setter
    def transition(self, /, v: ConfChangeTransition) -> None: ...
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        The length of the protobuf encoding, as a varint, and the encoding: for messages one after another in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class ConfState(ConfStateRef):
    """
    The members of a cluster, as storages and snapshots keep them.

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
        The message that `v` encodes.

        Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
        unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[ConfState, int]:
        """
        The message that begins at `offset` in `v` with its length, and the offset of what follows it.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> ConfState:
        """
        The value with every field at its default.
        """

@disjoint_base
class ConfStateRef:
    """
    A live view of a `ConfState` that lives inside another object, and the base class
    of `ConfState` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        Whether raft leaves the joint configuration by itself.
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
        An independent copy.
        """
    def compute_size(self, /) -> int:
        """
        The length of the encoding in bytes.
        """
    def encode(self, /) -> bytes:
        """
        The protobuf encoding. Fields at their default take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_auto_leave(self, /) -> bool:
        """
        Whether raft leaves the joint configuration by itself.
        """
    def get_learners(self, /) -> list[int]:
        """
        The ids of the learners: they get the log and have no vote.
        """
    def get_learners_next(self, /) -> list[int]:
        """
        The ids of the voters that become learners when the joint configuration is left.
        """
    def get_voters(self, /) -> list[int]:
        """
        The ids of the voters; in a joint configuration, of the incoming one.
        """
    def get_voters_outgoing(self, /) -> list[int]:
        """
        In a joint configuration, the ids of the voters that it comes from; else empty.
        """
    @property
    def learners(self, /) -> MutableSequence[int]:
        """
        The ids of the learners: they get the log and have no vote.
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
        A live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, as protobuf does: fields that are present replace the values
        here, repeated fields are appended.

        Raises `CodecError` as `decode` does; nothing is changed then.
        """
    def mut_learners(self, /) -> MutableSequence[int]:
        """
        The live list `learners`, as the attribute gives it.
        """
    def mut_learners_next(self, /) -> MutableSequence[int]:
        """
        The live list `learners_next`, as the attribute gives it.
        """
    def mut_voters(self, /) -> MutableSequence[int]:
        """
        The live list `voters`, as the attribute gives it.
        """
    def mut_voters_outgoing(self, /) -> MutableSequence[int]:
        """
        The live list `voters_outgoing`, as the attribute gives it.
        """
    def set_auto_leave(self, /, v: bool) -> None:
        """
        Sets `auto_leave`.

        Whether raft leaves the joint configuration by itself.
        """
    def set_learners(self, /, list: Iterable[SupportsIndex]) -> None:
        """
        Sets `learners`.

        The ids of the learners: they get the log and have no vote.
        """
    def set_learners_next(self, /, list: Iterable[SupportsIndex]) -> None:
        """
        Sets `learners_next`.

        The ids of the voters that become learners when the joint configuration is left.
        """
    def set_voters(self, /, list: Iterable[SupportsIndex]) -> None:
        """
        Sets `voters`.

        The ids of the voters; in a joint configuration, of the incoming one.
        """
    def set_voters_outgoing(self, /, list: Iterable[SupportsIndex]) -> None:
        """
        Sets `voters_outgoing`.

        In a joint configuration, the ids of the voters that it comes from; else empty.
        """
    def take_learners(self, /) -> list[int]:
        """
        Moves `learners` out and leaves its default.
        """
    def take_learners_next(self, /) -> list[int]:
        """
        Moves `learners_next` out and leaves its default.
        """
    def take_voters(self, /) -> list[int]:
        """
        Moves `voters` out and leaves its default.
        """
    def take_voters_outgoing(self, /) -> list[int]:
        """
        Moves `voters_outgoing` out and leaves its default.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    @property
    def voters(self, /) -> MutableSequence[int]:
        """
        The ids of the voters; in a joint configuration, of the incoming one.
        """
    @voters.setter
    def voters(self, /, v: Iterable[SupportsIndex]) -> None: ...
    @property
    def voters_outgoing(self, /) -> MutableSequence[int]:
        """
        In a joint configuration, the ids of the voters that it comes from; else empty.
        """
    @voters_outgoing.setter
    def voters_outgoing(self, /, v: Iterable[SupportsIndex]) -> None: ...
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        The length of the protobuf encoding, as a varint, and the encoding: for messages one after another in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class Config(ConfigRef):
    """
    How a node behaves. A node copies its configuration: later changes to the object have no effect on it.

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
        The value with every field at its default.
        """

@disjoint_base
class ConfigRef:
    """
    A live view of a `Config` that lives inside another object, and the base class
    of `Config` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> Config: ...
    def __deepcopy__(self, /, _memo: Any) -> Config: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    @property
    def applied(self, /) -> int:
        """
        The log index that the application had applied when it last stopped. Entries up to it are not given out
        again after a restart.
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
        Whether a leader steps down when it hears from no quorum for an election timeout.
        """
    @check_quorum.setter
    def check_quorum(self, /, v: bool) -> None: ...
    def clone(self, /) -> Config:
        """
        An independent copy.
        """
    @property
    def election_tick(self, /) -> int:
        """
        How many ticks without a word from the leader pass before a follower campaigns. Must be greater than
        `heartbeat_tick`; ten times as much is a good choice.
        """
    @election_tick.setter
    def election_tick(self, /, v: SupportsIndex) -> None: ...
    def get_applied(self, /) -> int:
        """
        The log index that the application had applied when it last stopped. Entries up to it are not given out
        again after a restart.
        """
    def get_batch_append(self, /) -> bool:
        """
        Whether entries are appended to a message that is still waiting to be sent.
        """
    def get_check_quorum(self, /) -> bool:
        """
        Whether a leader steps down when it hears from no quorum for an election timeout.
        """
    def get_election_tick(self, /) -> int:
        """
        How many ticks without a word from the leader pass before a follower campaigns. Must be greater than
        `heartbeat_tick`; ten times as much is a good choice.
        """
    def get_heartbeat_tick(self, /) -> int:
        """
        After how many ticks the leader sends heartbeats.
        """
    def get_id(self, /) -> int:
        """
        The node's id: not 0, and unique in the cluster.
        """
    def get_max_committed_size_per_ready(self, /) -> int:
        """
        How many bytes of committed entries one `Ready` holds at most.
        """
    def get_max_election_tick(self, /) -> int:
        """
        The upper bound of the randomized election timeout in ticks; 0 for twice `election_tick`. The method of this
        name gives the bound that is in force.
        """
    def get_max_inflight_msgs(self, /) -> int:
        """
        How many messages with entries may be on their way to a peer before it answers.
        """
    def get_max_size_per_msg(self, /) -> int:
        """
        How many bytes of entries one message carries at most; 0 for one entry a message.
        """
    def get_max_uncommitted_size(self, /) -> int:
        """
        How many bytes of entries may be uncommitted before the leader drops proposals.
        """
    def get_min_election_tick(self, /) -> int:
        """
        The lower bound of the randomized election timeout in ticks; 0 for `election_tick`. The method of this name
        gives the bound that is in force.
        """
    def get_pre_vote(self, /) -> bool:
        """
        Whether a node asks if it could win before it starts an election.
        """
    def get_priority(self, /) -> int:
        """
        A node votes for no candidate of a lower priority, logs being equal.
        """
    def get_read_only_option(self, /) -> ReadOnlyOption:
        """
        How reads are made linearizable.
        """
    def get_skip_bcast_commit(self, /) -> bool:
        """
        Whether the leader tells followers of a new commit index with the next heartbeat or entries only.
        """
    @property
    def heartbeat_tick(self, /) -> int:
        """
        After how many ticks the leader sends heartbeats.
        """
    @heartbeat_tick.setter
    def heartbeat_tick(self, /, v: SupportsIndex) -> None: ...
    @property
    def id(self, /) -> int:
        """
        The node's id: not 0, and unique in the cluster.
        """
    @id.setter
    def id(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> ConfigRef:
        """
        A live view of this object.
        """
    @property
    def max_committed_size_per_ready(self, /) -> int:
        """
        How many bytes of committed entries one `Ready` holds at most.
        """
    @max_committed_size_per_ready.setter
    def max_committed_size_per_ready(self, /, v: SupportsIndex) -> None: ...
    def max_election_tick(self, /) -> int:
        """
        The upper bound, exclusive, of the randomized election timeout in ticks.

        Raises `ConfigInvalidError` when twice `election_tick` is out of range. Mirrors
        `raft::Config::max_election_tick`.
        """
    @property
    def max_inflight_msgs(self, /) -> int:
        """
        How many messages with entries may be on their way to a peer before it answers.
        """
    @max_inflight_msgs.setter
    def max_inflight_msgs(self, /, v: SupportsIndex) -> None: ...
    @property
    def max_size_per_msg(self, /) -> int:
        """
        How many bytes of entries one message carries at most; 0 for one entry a message.
        """
    @max_size_per_msg.setter
    def max_size_per_msg(self, /, v: SupportsIndex) -> None: ...
    @property
    def max_uncommitted_size(self, /) -> int:
        """
        How many bytes of entries may be uncommitted before the leader drops proposals.
        """
    @max_uncommitted_size.setter
    def max_uncommitted_size(self, /, v: SupportsIndex) -> None: ...
    def min_election_tick(self, /) -> int:
        """
        The lower bound of the randomized election timeout in ticks.

        Mirrors `raft::Config::min_election_tick`.
        """
    @property
    def pre_vote(self, /) -> bool:
        """
        Whether a node asks if it could win before it starts an election.
        """
    @pre_vote.setter
    def pre_vote(self, /, v: bool) -> None: ...
    @property
    def priority(self, /) -> int:
        """
        A node votes for no candidate of a lower priority, logs being equal.
        """
    @priority.setter
    def priority(self, /, v: SupportsIndex) -> None: ...
    @property
    def read_only_option(self, /) -> ReadOnlyOption:
        """
        How reads are made linearizable.
        """
    @read_only_option.setter
    def read_only_option(self, /, v: ReadOnlyOption) -> None: ...
    def set_applied(self, /, applied: SupportsIndex) -> None:
        """
        Sets `applied`.

        The log index that the application had applied when it last stopped. Entries up to it are not given out
        again after a restart.
        """
    def set_batch_append(self, /, batch_append: bool) -> None:
        """
        Sets `batch_append`.

        Whether entries are appended to a message that is still waiting to be sent.
        """
    def set_check_quorum(self, /, check_quorum: bool) -> None:
        """
        Sets `check_quorum`.

        Whether a leader steps down when it hears from no quorum for an election timeout.
        """
    def set_election_tick(self, /, election_tick: SupportsIndex) -> None:
        """
        Sets `election_tick`.

        How many ticks without a word from the leader pass before a follower campaigns. Must be greater than
        `heartbeat_tick`; ten times as much is a good choice.
        """
    def set_heartbeat_tick(self, /, heartbeat_tick: SupportsIndex) -> None:
        """
        Sets `heartbeat_tick`.

        After how many ticks the leader sends heartbeats.
        """
    def set_id(self, /, id: SupportsIndex) -> None:
        """
        Sets `id`.

        The node's id: not 0, and unique in the cluster.
        """
    def set_max_committed_size_per_ready(self, /, max_committed_size_per_ready: SupportsIndex) -> None:
        """
        Sets `max_committed_size_per_ready`.

        How many bytes of committed entries one `Ready` holds at most.
        """
    def set_max_election_tick(self, /, v: SupportsIndex) -> None:
        """
        Sets `max_election_tick`.

        The upper bound of the randomized election timeout in ticks; 0 for twice `election_tick`. The method of this
        name gives the bound that is in force.
        """
    def set_max_inflight_msgs(self, /, max_inflight_msgs: SupportsIndex) -> None:
        """
        Sets `max_inflight_msgs`.

        How many messages with entries may be on their way to a peer before it answers.
        """
    def set_max_size_per_msg(self, /, max_size_per_msg: SupportsIndex) -> None:
        """
        Sets `max_size_per_msg`.

        How many bytes of entries one message carries at most; 0 for one entry a message.
        """
    def set_max_uncommitted_size(self, /, max_uncommitted_size: SupportsIndex) -> None:
        """
        Sets `max_uncommitted_size`.

        How many bytes of entries may be uncommitted before the leader drops proposals.
        """
    def set_min_election_tick(self, /, v: SupportsIndex) -> None:
        """
        Sets `min_election_tick`.

        The lower bound of the randomized election timeout in ticks; 0 for `election_tick`. The method of this name
        gives the bound that is in force.
        """
    def set_pre_vote(self, /, pre_vote: bool) -> None:
        """
        Sets `pre_vote`.

        Whether a node asks if it could win before it starts an election.
        """
    def set_priority(self, /, priority: SupportsIndex) -> None:
        """
        Sets `priority`.

        A node votes for no candidate of a lower priority, logs being equal.
        """
    def set_read_only_option(self, /, read_only_option: ReadOnlyOption) -> None:
        """
        Sets `read_only_option`.

        How reads are made linearizable.
        """
    def set_skip_bcast_commit(self, /, v: bool) -> None:
        """
        Sets `skip_bcast_commit`.

        Whether the leader tells followers of a new commit index with the next heartbeat or entries only.
        """
    @property
    def skip_bcast_commit(self, /) -> bool:
        """
        Whether the leader tells followers of a new commit index with the next heartbeat or entries only.
        """
    @skip_bcast_commit.setter
    def skip_bcast_commit(self, /, v: bool) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    def validate(self, /) -> None:
        """
        Raises `ConfigInvalidError` unless a node could be made with this configuration.

        Mirrors `raft::Config::validate`.
        """

class Configuration(ConfigurationRef):
    """
    The members that a `ProgressTracker` tracks.

    Mirrors `raft::tracker::Configuration`.
    """
    def __new__(cls, /, voters: Iterable[SupportsIndex] = (), learners: Iterable[SupportsIndex] = ()) -> Configuration:
        """
        A configuration, not joint, of these voters and learners.

        Raises `ConfChangeError` when it is impossible: an id is both, say. Mirrors `raft::tracker::Configuration::new`.
        """

@disjoint_base
class ConfigurationRef:
    """
    A live view of a `Configuration` that lives inside another object, and the base class
    of `Configuration` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> Configuration: ...
    def __deepcopy__(self, /, _memo: Any) -> Configuration: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str:
        """
        As raft-rs's tests write it: `voters=(1 2)&&(1) learners=(3) autoleave`.
        """
    def auto_leave(self, /) -> bool:
        """
        Whether raft leaves the joint configuration by itself.

        Mirrors `raft::tracker::Configuration::auto_leave`.
        """
    def clone(self, /) -> Configuration:
        """
        An independent copy.
        """
    def learners(self, /) -> set[int]:
        """
        The ids of the learners.

        Mirrors `raft::tracker::Configuration::learners`.
        """
    def learners_next(self, /) -> set[int]:
        """
        The ids of the voters that become learners when the joint configuration is left.

        Mirrors `raft::tracker::Configuration::learners_next`.
        """
    def make_ref(self, /) -> ConfigurationRef:
        """
        A live view of this object.
        """
    def to_conf_state(self, /) -> ConfState:
        """
        The members, the ids in order.

        Mirrors `raft::tracker::Configuration::to_conf_state`.
        """
    def voters(self, /) -> JointConfig:
        """
        The voters.

        Mirrors `raft::tracker::Configuration::voters`.
        """

class Entry(EntryRef):
    """
    One entry of the log.

    An entry that was proposed gets its term and index from the leader.

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
        The message that `v` encodes.

        Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
        unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[Entry, int]:
        """
        The message that begins at `offset` in `v` with its length, and the offset of what follows it.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> Entry:
        """
        The value with every field at its default.
        """

@disjoint_base
class EntryRef:
    """
    A live view of a `Entry` that lives inside another object, and the base class
    of `Entry` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        An independent copy.
        """
    def compute_size(self, /) -> int:
        """
        The length of the encoding in bytes.
        """
    @property
    def context(self, /) -> bytes:
        """
        Bytes that travel with the entry and mean nothing to raft.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    @property
    def data(self, /) -> bytes:
        """
        What the application proposed, or an encoded conf change.
        """
    @data.setter
    def data(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def encode(self, /) -> bytes:
        """
        The protobuf encoding. Fields at their default take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    @property
    def entry_type(self, /) -> EntryType:
        """
        What `data` is.
        """
    @entry_type.setter
    def entry_type(self, /, v: EntryType) -> None: ...
    def get_context(self, /) -> bytes:
        """
        Bytes that travel with the entry and mean nothing to raft.
        """
    def get_data(self, /) -> bytes:
        """
        What the application proposed, or an encoded conf change.
        """
    def get_entry_type(self, /) -> EntryType:
        """
        What `data` is.
        """
    def get_index(self, /) -> int:
        """
        The place in the log, from 1 on.
        """
    def get_sync_log(self, /) -> bool:
        """
        Deprecated and unused; kept so that old logs can be read.
        """
    def get_term(self, /) -> int:
        """
        The term in which a leader appended the entry.
        """
    @property
    def index(self, /) -> int:
        """
        The place in the log, from 1 on.
        """
    @index.setter
    def index(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> EntryRef:
        """
        A live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, as protobuf does: fields that are present replace the values
        here, repeated fields are appended.

        Raises `CodecError` as `decode` does; nothing is changed then.
        """
    def set_context(self, /, byte_arr: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `context`.

        Bytes that travel with the entry and mean nothing to raft.
        """
    def set_data(self, /, byte_arr: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `data`.

        What the application proposed, or an encoded conf change.
        """
    def set_entry_type(self, /, typ: EntryType) -> None:
        """
        Sets `entry_type`.

        What `data` is.
        """
    def set_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `index`.

        The place in the log, from 1 on.
        """
    def set_sync_log(self, /, v: bool) -> None:
        """
        Sets `sync_log`.

        Deprecated and unused; kept so that old logs can be read.
        """
    def set_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `term`.

        The term in which a leader appended the entry.
        """
    @property
    def sync_log(self, /) -> bool:
        """
        Deprecated and unused; kept so that old logs can be read.
        """
    @sync_log.setter
    def sync_log(self, /, v: bool) -> None: ...
    def take_context(self, /) -> bytes:
        """
        Moves `context` out and leaves its default.
        """
    def take_data(self, /) -> bytes:
        """
        Moves `data` out and leaves its default.
        """
    @property
    def term(self, /) -> int:
        """
        The term in which a leader appended the entry.
        """
    @term.setter
    def term(self, /, v: SupportsIndex) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        The length of the protobuf encoding, as a varint, and the encoding: for messages one after another in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class GetEntriesContext(GetEntriesContextRef):
    """
    What raft wants entries for, given to a storage with the request for them.

    A storage that fetches entries in the background keeps the context of the request, raises
    `LogTemporarilyUnavailableError`, and gives the context to `RawNode.on_entries_fetched` when it has the entries.

    A call that takes a context uses it up and leaves an empty one that can't wait.

    Mirrors `raft::GetEntriesContext`.
    """
    @staticmethod
    def empty(can_async: bool) -> GetEntriesContext:
        """
        A context for a caller other than raft; `can_async` says whether it can wait for the entries.

        Mirrors `raft::GetEntriesContext::empty`.
        """

@disjoint_base
class GetEntriesContextRef:
    """
    A live view of a `GetEntriesContext` that lives inside another object, and the base class
    of `GetEntriesContext` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __repr__(self, /) -> str: ...
    def can_async(self, /) -> bool:
        """
        Whether the storage may raise `LogTemporarilyUnavailableError` and fetch the entries in the background.

        Mirrors `raft::GetEntriesContext::can_async`.
        """
    def make_ref(self, /) -> GetEntriesContextRef:
        """
        A live view of this object.
        """

class HardState(HardStateRef):
    """
    The state that must be durable before the messages of the same `Ready` are sent.

    Mirrors `raft::eraftpb::HardState`.
    """
    def __new__(cls, /, term: SupportsIndex = 0, vote: SupportsIndex = 0, commit: SupportsIndex = 0) -> HardState: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> HardState:
        """
        The message that `v` encodes.

        Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
        unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[HardState, int]:
        """
        The message that begins at `offset` in `v` with its length, and the offset of what follows it.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> HardState:
        """
        The value with every field at its default.
        """

@disjoint_base
class HardStateRef:
    """
    A live view of a `HardState` that lives inside another object, and the base class
    of `HardState` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        An independent copy.
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
        The length of the encoding in bytes.
        """
    def encode(self, /) -> bytes:
        """
        The protobuf encoding. Fields at their default take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_commit(self, /) -> int:
        """
        The highest log index known to be committed.
        """
    def get_term(self, /) -> int:
        """
        The node's current term.
        """
    def get_vote(self, /) -> int:
        """
        The id of the node voted for in `term`; 0 for none.
        """
    def make_ref(self, /) -> HardStateRef:
        """
        A live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, as protobuf does: fields that are present replace the values
        here, repeated fields are appended.

        Raises `CodecError` as `decode` does; nothing is changed then.
        """
    def set_commit(self, /, v: SupportsIndex) -> None:
        """
        Sets `commit`.

        The highest log index known to be committed.
        """
    def set_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `term`.

        The node's current term.
        """
    def set_vote(self, /, v: SupportsIndex) -> None:
        """
        Sets `vote`.

        The id of the node voted for in `term`; 0 for none.
        """
    @property
    def term(self, /) -> int:
        """
        The node's current term.
        """
    @term.setter
    def term(self, /, v: SupportsIndex) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    @property
    def vote(self, /) -> int:
        """
        The id of the node voted for in `term`; 0 for none.
        """
    @vote.setter
    def vote(self, /, v: SupportsIndex) -> None: ...
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        The length of the protobuf encoding, as a varint, and the encoding: for messages one after another in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

@final
class Index:
    """
    A log index that a voter has acknowledged, and the commit group of the voter.

    Mirrors `raft::quorum::Index`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, index: SupportsIndex = 0, group_id: SupportsIndex = 0) -> Index:
        """
        The log index `index`, of a voter in the group `group_id`.
        """
    def __reduce__(self, /) -> tuple[type, tuple[int, int]]: ...
    def __repr__(self, /) -> str: ...
    @property
    def group_id(self, /) -> int:
        """
        The commit group; 0 for none.
        """
    @property
    def index(self, /) -> int:
        """
        The log index.
        """

class Inflights(InflightsRef):
    """
    The window of messages that a peer has not answered yet, each by the index of its last entry.

    Mirrors `raft::Inflights`.
    """
    def __new__(cls, /, cap: SupportsIndex) -> Inflights:
        """
        An empty window for `cap` messages.

        Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::Inflights::new`.
        """

@disjoint_base
class InflightsRef:
    """
    A live view of a `Inflights` that lives inside another object, and the base class
    of `Inflights` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> Inflights: ...
    def __deepcopy__(self, /, _memo: Any) -> Inflights: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    def add(self, /, inflight: SupportsIndex) -> None:
        """
        Adds a message whose last entry has index `inflight`.

        Raises `ValueError` when the window is full. Mirrors `raft::Inflights::add`.
        """
    def buffer_capacity(self, /) -> int:
        """
        How many places are allocated.

        Mirrors `raft::Inflights::buffer_capacity`.
        """
    def buffer_is_allocated(self, /) -> bool:
        """
        Whether memory is allocated for the window.

        Mirrors `raft::Inflights::buffer_is_allocated`.
        """
    def clone(self, /) -> Inflights:
        """
        An independent copy.
        """
    def count(self, /) -> int:
        """
        How many messages are on their way.

        Mirrors `raft::Inflights::count`.
        """
    def free_first_one(self, /) -> None:
        """
        Frees the oldest message.

        Mirrors `raft::Inflights::free_first_one`.
        """
    def free_to(self, /, to: SupportsIndex) -> None:
        """
        Frees the messages up to index `to`.

        Mirrors `raft::Inflights::free_to`.
        """
    def full(self, /) -> bool:
        """
        Whether no further message fits.

        Mirrors `raft::Inflights::full`.
        """
    def make_ref(self, /) -> InflightsRef:
        """
        A live view of this object.
        """
    def maybe_free_buffer(self, /) -> None:
        """
        Frees the memory of the window if it is empty.

        Mirrors `raft::Inflights::maybe_free_buffer`.
        """
    def reset(self, /) -> None:
        """
        Frees all messages.

        Mirrors `raft::Inflights::reset`.
        """
    def set_cap(self, /, incoming_cap: SupportsIndex) -> None:
        """
        Changes the capacity, now or, when more messages are on their way, once they have been answered.

        Raises `ValueError` when `incoming_cap` is more than 2**24. Mirrors `raft::Inflights::set_cap`.
        """

class JointConfig(JointConfigRef):
    """
    The voters of a configuration, and while it is joint, those of the configuration that it comes from.

    Mirrors `raft::JointConfig`.
    """
    def __new__(cls, /, voters: Iterable[SupportsIndex] = ()) -> JointConfig:
        """
        A configuration, not joint, of these voters.

        Mirrors `raft::JointConfig::new`.
        """
    @staticmethod
    def new_joint_from_majorities(incoming: MajorityConfigRef, outgoing: MajorityConfigRef) -> JointConfig:
        """
        A joint configuration of two majorities.

        Raises `ConfChangeError` when there is an outgoing majority and no incoming one. Mirrors
        `raft::JointConfig::new_joint_from_majorities`, which only raft-rs's own tests can reach.
        """
    @staticmethod
    def with_capacity(cap: SupportsIndex) -> JointConfig:
        """
        A configuration without voters, with room for `cap`; at most 4,096 are allocated before there are so many.

        Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::JointConfig::with_capacity`.
        """

@disjoint_base
class JointConfigRef:
    """
    A live view of a `JointConfig` that lives inside another object, and the base class
    of `JointConfig` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __bool__(self, /) -> bool:
        """
        It is always true, as it has always been: an empty one is one, too.
        """
    def __contains__(self, id: SupportsIndex, /) -> bool: ...
    def __copy__(self, /) -> JointConfig: ...
    def __deepcopy__(self, /, _memo: Any) -> JointConfig: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __iter__(self, /) -> Iterator[int]:
        """
        The ids of all voters, in order.
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
        An independent copy.
        """
    def committed_index(self, /, use_group_commit: bool, l: AckIndexer) -> tuple[int, bool]:
        """
        The highest index that a majority, or both, have acknowledged according to `l`, and whether group commit found
        it.

        Mirrors `raft::JointConfig::committed_index`.
        """
    def contains(self, /, id: SupportsIndex) -> bool:
        """
        Whether `id` is a voter in either configuration.

        Mirrors `raft::JointConfig::contains`.
        """
    def ids(self, /) -> set[int]:
        """
        The ids of all voters, of both configurations.

        Mirrors `raft::JointConfig::ids`.
        """
    def is_singleton(self, /) -> bool:
        """
        Whether there is one voter only, and the configuration is not joint.

        Mirrors `raft::JointConfig::is_singleton`.
        """
    def make_ref(self, /) -> JointConfigRef:
        """
        A live view of this object.
        """
    def vote_result(self, /, check: Votes) -> VoteResult:
        """
        The outcome of the votes that `check` tells: a majority, or both, must grant.

        Mirrors `raft::JointConfig::vote_result`.
        """

class LightReady(LightReadyRef):
    """
    What `RawNode.advance` leaves to do: send `messages`, apply `committed_entries`, then call
    `RawNode.advance_apply`.

    Mirrors `raft::LightReady`.
    """
    @staticmethod
    def default() -> LightReady:
        """
        An empty one.

        Mirrors `raft::LightReady::default`.
        """

@disjoint_base
class LightReadyRef:
    """
    A live view of a `LightReady` that lives inside another object, and the base class
    of `LightReady` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    def commit_index(self, /) -> int | None:
        """
        The commit index if it has changed, else `None`. It need not be durable, unless what is applied by it is.

        Mirrors `raft::LightReady::commit_index`.
        """
    def committed_entries(self, /) -> list[EntryRef]:
        """
        The entries to apply.

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def make_ref(self, /) -> LightReadyRef:
        """
        A live view of this object.
        """
    def messages(self, /) -> list[MessageRef]:
        """
        The messages to send.

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def take_committed_entries(self, /) -> list[Entry]:
        """
        Moves the list that `committed_entries` shows out, and leaves it empty.
        """
    def take_messages(self, /) -> list[Message]:
        """
        Moves the list that `messages` shows out, and leaves it empty.
        """

class Logger(LoggerRef):
    """
    A logger. The constructor makes one that writes all levels to stderr, from a thread of its own.

    Mirrors `slog::Logger`.
    """
    def __new__(cls, /, chan_size: SupportsIndex, overflow_strategy: OverflowStrategy) -> Logger:
        """
        A logger whose queue holds `chan_size` lines.

        Raises `ValueError` when `chan_size` is more than 2**20.
        """
    @staticmethod
    def discard() -> Logger:
        """
        A logger whose lines go nowhere, and cost nothing.
        """
    @staticmethod
    def from_logging(logger: Any) -> Logger:
        """
        A logger that writes to `logger`, a `logging.Logger`: `Logger.from_logging(logging.getLogger("raft"))`.

        Its handlers run at once, inside the call that logs, so they must not use the node. The levels keep their names,
        but CRITICAL for CRIT, and TRACE is level 5. Key-values become attributes of the record, such as `raft_id`; with
        `raft_` before the name where a record has an attribute of that name. Nothing is formatted for a level that is
        off.
        """
    @staticmethod
    def new_file_logger(
        log_path: str | PathLike[str], chan_size: SupportsIndex, rotate_size: SupportsIndex, rotate_keep: SupportsIndex
    ) -> Logger:
        """
        A logger that writes level DEBUG and above to the file `log_path`, from a thread of its own, whose queue holds
        `chan_size` lines. A file of `rotate_size` bytes is renamed, and `rotate_keep` old files are kept.

        The file is created with the first line; lines that can't be written are lost. Raises `ValueError` when
        `chan_size` is more than 2**20, or `rotate_keep` more than 1,000.
        """

@disjoint_base
class LoggerRef:
    """
    A live view of a `Logger` that lives inside another object, and the base class
    of `Logger` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        A live view of this object.
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
    Voters of whom a majority decides: a set of ids.

    Mirrors `raft::MajorityConfig`, which is a `HashSet<u64>` besides.
    """
    def __new__(cls, /, voters: Iterable[SupportsIndex] = ()) -> MajorityConfig:
        """
        A configuration of these voters.

        Mirrors `raft::MajorityConfig::new`.
        """
    @staticmethod
    def with_capacity(cap: SupportsIndex) -> MajorityConfig:
        """
        A configuration without voters, with room for `cap`; at most 4,096 are allocated before there are so many.

        Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::MajorityConfig::with_capacity`.
        """

@disjoint_base
class MajorityConfigRef:
    """
    A live view of a `MajorityConfig` that lives inside another object, and the base class
    of `MajorityConfig` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __bool__(self, /) -> bool: ...
    def __contains__(self, id: SupportsIndex, /) -> bool: ...
    def __copy__(self, /) -> MajorityConfig: ...
    def __deepcopy__(self, /, _memo: Any) -> MajorityConfig: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __iter__(self, /) -> Iterator[int]:
        """
        The ids, in order.
        """
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str:
        """
        The ids in order, in parentheses.
        """
    def capacity(self, /) -> int:
        """
        How many voters there is room for.
        """
    def clear(self, /) -> None:
        """
        Removes all voters.
        """
    def clone(self, /) -> MajorityConfig:
        """
        An independent copy.
        """
    def committed_index(self, /, use_group_commit: bool, l: AckIndexer) -> tuple[int, bool]:
        """
        The highest index that a majority has acknowledged according to `l`, and whether group commit found it.

        Without voters it is `(2**64 - 1, True)`. Mirrors `raft::MajorityConfig::committed_index`.
        """
    def contains(self, /, id: SupportsIndex) -> bool:
        """
        Whether `id` is a voter.
        """
    def extend(self, /, other_set: Iterable[SupportsIndex]) -> None:
        """
        Adds voters.
        """
    def get(self, /, v: SupportsIndex) -> int | None:
        """
        `v` if it is a voter, else `None`.
        """
    def ids(self, /) -> set[int]:
        """
        The ids of the voters.

        Mirrors `raft::MajorityConfig::ids`.
        """
    def insert(self, /, value: SupportsIndex) -> bool:
        """
        Adds a voter. Returns whether it is new.
        """
    def is_disjoint(self, /, other: Iterable[SupportsIndex]) -> bool:
        """
        Whether none of `other` is a voter.
        """
    def is_empty(self, /) -> bool:
        """
        Whether there are no voters.
        """
    def is_subset(self, /, other: Iterable[SupportsIndex]) -> bool:
        """
        Whether all voters are in `other`.
        """
    def is_superset(self, /, other: Iterable[SupportsIndex]) -> bool:
        """
        Whether all of `other` are voters.
        """
    def len(self, /) -> int:
        """
        How many voters there are.
        """
    def make_ref(self, /) -> MajorityConfigRef:
        """
        A live view of this object.
        """
    def raw_slice(self, /) -> list[int]:
        """
        The ids of the voters, in no order.

        Mirrors `raft::MajorityConfig::raw_slice`.
        """
    def remove(self, /, v: SupportsIndex) -> bool:
        """
        Removes a voter. Returns whether there was one.
        """
    def replace(self, /, value: SupportsIndex) -> int | None:
        """
        Adds a voter. Returns it if it is not new, else `None`.
        """
    def reserve(self, /, additional: SupportsIndex) -> None:
        """
        Makes room for `additional` voters, at most for 4,096 at once.

        Raises `ValueError` when that is more than 2**24.
        """
    def shrink_to(self, /, min_capacity: SupportsIndex) -> None:
        """
        Gives back room that isn't needed, but for `min_capacity` voters.
        """
    def shrink_to_fit(self, /) -> None:
        """
        Gives back room that isn't needed.
        """
    def slice(self, /) -> list[int]:
        """
        The ids of the voters, in order.

        Mirrors `raft::MajorityConfig::slice`.
        """
    def take(self, /, v: SupportsIndex) -> int | None:
        """
        Removes a voter. Returns it, or `None` if there is none.
        """
    def try_reserve(self, /, additional: SupportsIndex) -> None:
        """
        Makes room for `additional` voters, at most for 4,096 at once.

        Raises `MemoryError` when there is none, or when that is more than 2**24.
        """
    def vote_result(self, /, check: Votes) -> VoteResult:
        """
        The outcome of the votes that `check` tells. Without voters it is `VoteResult.Won`.

        Mirrors `raft::MajorityConfig::vote_result`.
        """

class MemStorage(MemStorageRef):
    """
    A storage in memory: for tests, for examples, and for those who persist by other means.

    A node that gets it shares it, and so does `clone()`. What is written to it goes through `wl()`.

    Mirrors `raft::storage::MemStorage`.
    """
    def __new__(cls, /) -> MemStorage:
        """
        An empty storage: its first index is 1, its last index 0.

        Mirrors `raft::storage::MemStorage::new`.
        """
    @staticmethod
    def default() -> MemStorage:
        """
        An empty storage.

        Mirrors `raft::storage::MemStorage::default`.
        """
    @staticmethod
    def new_with_conf_state(cs: ConfStateRef | tuple[Iterable[SupportsIndex], Iterable[SupportsIndex]]) -> MemStorage:
        """
        A storage of a node in a cluster with the members `cs`: a `ConfState`, or the ids of the voters and of the
        learners. All its nodes must start with the same ones.

        Mirrors `raft::storage::MemStorage::new_with_conf_state`.
        """

class MemStorageCore(MemStorageCoreRef):
    """
    What a `MemStorage` holds: `MemStorage.wl()` gives a live view of it.

    Mirrors `raft::storage::MemStorageCore`.
    """
    @staticmethod
    def default() -> MemStorageCore:
        """
        An empty core that belongs to no storage.

        Mirrors `raft::storage::MemStorageCore::default`.
        """

@disjoint_base
class MemStorageCoreRef:
    """
    A live view of a `MemStorageCore` that lives inside another object, and the base class
    of `MemStorageCore` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def append(self, /, ents: Iterable[EntryRef]) -> None:
        """
        Appends entries, in place of any from the index of the first of them on.

        Raises `StoreError` of `CompactedError` when that index is below the first index, of `UnavailableError` when it
        leaves a gap after the last, or the entries have a gap among them. Mirrors
        `raft::storage::MemStorageCore::append`.
        """
    def apply_snapshot(self, /, snapshot: SnapshotRef) -> None:
        """
        Replaces everything by `snapshot`.

        Raises `StoreError` of `SnapshotOutOfDateError` when its index is below the first index, unless it is of the
        very entry that the log ends with: a node that has asked for a snapshot may get that one. Raises `ValueError`
        for an index above 2**63 - 1. Mirrors `raft::storage::MemStorageCore::apply_snapshot`.
        """
    def commit_to(self, /, index: SupportsIndex) -> None:
        """
        Sets the commit index, and the term to that of the entry at `index`.

        Raises `StoreError` of `UnavailableError` when there is no such entry. Mirrors
        `raft::storage::MemStorageCore::commit_to`.
        """
    def commit_to_and_set_conf_states(self, /, idx: SupportsIndex, cs: ConfStateRef | None = None) -> None:
        """
        Sets the commit index to `idx`, and the members to `cs` if given: for tests.

        Raises `StoreError` of `UnavailableError` when there is no such entry. Mirrors
        `raft::storage::MemStorageCore::commit_to_and_set_conf_states`.
        """
    def compact(self, /, compact_index: SupportsIndex) -> None:
        """
        Discards the entries before index `compact_index`. It must not be above the index that has been applied.

        Keep an entry: a storage that has none goes by its snapshot, which may be older than what was discarded.

        Raises `StoreError` of `UnavailableError` when it is past the last index plus one. Mirrors
        `raft::storage::MemStorageCore::compact`.
        """
    def hard_state(self, /) -> HardStateRef:
        """
        A live view of the hard state.

        Mirrors `raft::storage::MemStorageCore::hard_state`.
        """
    def make_ref(self, /) -> MemStorageCoreRef:
        """
        A live view of this object.
        """
    def mut_hard_state(self, /) -> HardStateRef:
        """
        A live view of the hard state.

        Mirrors `raft::storage::MemStorageCore::mut_hard_state`.
        """
    def set_conf_state(self, /, cs: ConfStateRef) -> None:
        """
        Saves the members of the cluster.

        Mirrors `raft::storage::MemStorageCore::set_conf_state`.
        """
    def set_hardstate(self, /, hs: HardStateRef) -> None:
        """
        Saves the hard state.

        Mirrors `raft::storage::MemStorageCore::set_hardstate`.
        """
    def take_get_entries_context(self, /) -> GetEntriesContext | None:
        """
        The context of the last request that failed with `LogTemporarilyUnavailableError`, once; or `None`.

        Mirrors `raft::storage::MemStorageCore::take_get_entries_context`.
        """
    def trigger_log_unavailable(self, /, v: bool) -> None:
        """
        Lets requests for entries that can wait fail with `LogTemporarilyUnavailableError`, or not: for tests.

        Mirrors `raft::storage::MemStorageCore::trigger_log_unavailable`.
        """
    def trigger_snap_unavailable(self, /) -> None:
        """
        Lets the next request for a snapshot fail with `SnapshotTemporarilyUnavailableError`: for tests.

        Mirrors `raft::storage::MemStorageCore::trigger_snap_unavailable`.
        """

@disjoint_base
class MemStorageRef:
    """
    A live view of a `MemStorage` that lives inside another object, and the base class
    of `MemStorage` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> MemStorage: ...
    def __deepcopy__(self, /, _memo: Any) -> MemStorage: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> MemStorage:
        """
        The same storage: what is written to the one, the other has, too.
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
        The entries from index `low` to before index `high`, of `max_size` bytes at most, but at least one.

        `context` is used up. Raises `StoreError`: of `CompactedError` when `low` is below the first index, of
        `UnavailableError` when `high` is past the last index plus one. Raises `ValueError` when `low` is above `high`.
        Mirrors `raft::Storage::entries`.
        """
    def first_index(self, /) -> int:
        """
        The index of the first entry; one more than the last index when there are none.

        Mirrors `raft::Storage::first_index`.
        """
    def initial_state(self, /) -> RaftState:
        """
        The hard state and the members.

        Mirrors `raft::Storage::initial_state`.
        """
    def initialize_with_conf_state(
        self, /, cs: ConfStateRef | tuple[Iterable[SupportsIndex], Iterable[SupportsIndex]]
    ) -> None:
        """
        Sets the members of the cluster: a `ConfState`, or the ids of the voters and of the learners.

        Raises `ValueError` when they are set already. Mirrors
        `raft::storage::MemStorage::initialize_with_conf_state`.
        """
    def last_index(self, /) -> int:
        """
        The index of the last entry, or of the snapshot when there are none.

        Mirrors `raft::Storage::last_index`.
        """
    def make_ref(self, /) -> MemStorageRef:
        """
        A live view of this object.
        """
    def rl(self, /) -> MemStorageCoreRef:
        """
        A live view of what is stored, for reading. No lock is held.

        Mirrors `raft::storage::MemStorage::rl`.
        """
    def snapshot(self, /, request_index: SupportsIndex, _to: SupportsIndex) -> Snapshot:
        """
        A snapshot, without data, of what is committed; its index is raised to `request_index` where it is lower. It is
        the same for every receiver.

        Raises `StoreError` of `SnapshotTemporarilyUnavailableError` after `MemStorageCore.trigger_snap_unavailable`.
        Mirrors `raft::Storage::snapshot`.
        """
    def term(self, /, idx: SupportsIndex) -> int:
        """
        The term of the entry at index `idx`.

        Raises `StoreError`: of `CompactedError` below the first index, but for the index of the snapshot; of
        `UnavailableError` past the last.
        Mirrors `raft::Storage::term`.
        """
    def wl(self, /) -> MemStorageCoreRef:
        """
        A live view of what is stored, for reading and writing. No lock is held.

        Mirrors `raft::storage::MemStorage::wl`.
        """

class Message(MessageRef):
    """
    What a node sends to another, or is told by its own application. Which fields count depends on `msg_type`.

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
        The message that `v` encodes.

        Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
        unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[Message, int]:
        """
        The message that begins at `offset` in `v` with its length, and the offset of what follows it.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> Message:
        """
        The value with every field at its default.
        """

@disjoint_base
class MessageRef:
    """
    A live view of a `Message` that lives inside another object, and the base class
    of `Message` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        An independent copy.
        """
    @property
    def commit(self, /) -> int:
        """
        The sender's commit index.
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
        The length of the encoding in bytes.
        """
    @property
    def context(self, /) -> bytes:
        """
        Bytes that the answer brings back.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    @property
    def deprecated_priority(self, /) -> int:
        """
        The priority, where old versions look for it.
        """
    @deprecated_priority.setter
    def deprecated_priority(self, /, v: SupportsIndex) -> None: ...
    def encode(self, /) -> bytes:
        """
        The protobuf encoding. Fields at their default take no bytes.

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
        The sender's commit index.
        """
    def get_commit_term(self, /) -> int:
        """
        The term of the entry at `commit`.
        """
    def get_context(self, /) -> bytes:
        """
        Bytes that the answer brings back.
        """
    def get_deprecated_priority(self, /) -> int:
        """
        The priority, where old versions look for it.
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
        A log index: in `MsgAppend`, that of the entry before `entries`.
        """
    def get_log_term(self, /) -> int:
        """
        The term of the entry at `index`.
        """
    def get_msg_type(self, /) -> MessageType:
        """
        What the message is for.
        """
    def get_priority(self, /) -> int:
        """
        The sender's priority in elections.
        """
    def get_reject(self, /) -> bool:
        """
        Whether the request that this answers is refused.
        """
    def get_reject_hint(self, /) -> int:
        """
        A guess at the last index on which both logs agree.
        """
    def get_request_snapshot(self, /) -> int:
        """
        The index that a requested snapshot must reach at least; 0 when none is requested.
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
        Whether `snapshot` is present.
        """
    @property
    def index(self, /) -> int:
        """
        A log index: in `MsgAppend`, that of the entry before `entries`.
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
        A live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, as protobuf does: fields that are present replace the values
        here, repeated fields are appended.

        Raises `CodecError` as `decode` does; nothing is changed then.
        """
    @property
    def msg_type(self, /) -> MessageType:
        """
        What the message is for.
        """
    @msg_type.setter
    def msg_type(self, /, v: MessageType) -> None: ...
    def mut_entries(self, /) -> MutableSequence[EntryRef]:
        """
        The live list `entries`, as the attribute gives it.
        """
    def mut_snapshot(self, /) -> SnapshotRef:
        """
        A live view of `snapshot`, which is created when it is written to.
        """
    @property
    def priority(self, /) -> int:
        """
        The sender's priority in elections.
        """
    @priority.setter
    def priority(self, /, v: SupportsIndex) -> None: ...
    @property
    def reject(self, /) -> bool:
        """
        Whether the request that this answers is refused.
        """
    @reject.setter
    def reject(self, /, v: bool) -> None: ...
    @property
    def reject_hint(self, /) -> int:
        """
        A guess at the last index on which both logs agree.
        """
    @reject_hint.setter
    def reject_hint(self, /, v: SupportsIndex) -> None: ...
    @property
    def request_snapshot(self, /) -> int:
        """
        The index that a requested snapshot must reach at least; 0 when none is requested.
        """
    @request_snapshot.setter
    def request_snapshot(self, /, v: SupportsIndex) -> None: ...
    def set_commit(self, /, v: SupportsIndex) -> None:
        """
        Sets `commit`.

        The sender's commit index.
        """
    def set_commit_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `commit_term`.

        The term of the entry at `commit`.
        """
    def set_context(self, /, context: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `context`.

        Bytes that the answer brings back.
        """
    def set_deprecated_priority(self, /, v: SupportsIndex) -> None:
        """
        Sets `deprecated_priority`.

        The priority, where old versions look for it.
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

        A log index: in `MsgAppend`, that of the entry before `entries`.
        """
    def set_log_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `log_term`.

        The term of the entry at `index`.
        """
    def set_msg_type(self, /, typ: MessageType) -> None:
        """
        Sets `msg_type`.

        What the message is for.
        """
    def set_priority(self, /, v: SupportsIndex) -> None:
        """
        Sets `priority`.

        The sender's priority in elections.
        """
    def set_reject(self, /, v: bool) -> None:
        """
        Sets `reject`.

        Whether the request that this answers is refused.
        """
    def set_reject_hint(self, /, v: SupportsIndex) -> None:
        """
        Sets `reject_hint`.

        A guess at the last index on which both logs agree.
        """
    def set_request_snapshot(self, /, v: SupportsIndex) -> None:
        """
        Sets `request_snapshot`.

        The index that a requested snapshot must reach at least; 0 when none is requested.
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
        Moves `context` out and leaves its default.
        """
    def take_entries(self, /) -> list[Entry]:
        """
        Moves `entries` out and leaves its default.
        """
    def take_snapshot(self, /) -> Snapshot:
        """
        Moves `snapshot` out and leaves its default.
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
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        The length of the protobuf encoding, as a varint, and the encoding: for messages one after another in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class Messages(MessagesRef):
    """
    Messages to one receiver, from a `ReadyLoop` that doesn't encode them, in the order in which raft made them.

    One object for all of them: `ReadyLoop.run` and `ReadyLoop.step_many` of a node in the same process take it
    whole, and move the messages out of it. For any other way, look at them: they are given out as live views.

    Beyond raft-rs.
    """

@disjoint_base
class MessagesRef:
    """
    A live view of a `Messages` that lives inside another object, and the base class
    of `Messages` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __getitem__(self, index: SupportsIndex, /) -> MessageRef:
        """
        A live view of the message at `index`, counted from the end if it is negative.
        """
    def __iter__(self, /) -> Iterator[MessageRef]:
        """
        Live views of the messages.
        """
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def make_ref(self, /) -> MessagesRef:
        """
        A live view of this object.
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
        The value with every field at its default.
        """

@disjoint_base
class PeerRef:
    """
    A live view of a `Peer` that lives inside another object, and the base class
    of `Peer` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> Peer: ...
    def __deepcopy__(self, /, _memo: Any) -> Peer: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> Peer:
        """
        An independent copy.
        """
    @property
    def context(self, /) -> bytes | None:
        """
        What the application attaches to the member, such as its address; or `None`.
        """
    @context.setter
    def context(self, /, v: bytes | bytearray | memoryview | Sequence[int] | None) -> None: ...
    def get_context(self, /) -> bytes | None:
        """
        What the application attaches to the member, such as its address; or `None`.
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
        A live view of this object.
        """
    def set_context(self, /, v: bytes | bytearray | memoryview | Sequence[int] | None) -> None:
        """
        Sets `context`.

        What the application attaches to the member, such as its address; or `None`.
        """
    def set_id(self, /, id: SupportsIndex) -> None:
        """
        Sets `id`.

        The member's id.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """

class Progress(ProgressRef):
    """
    What the leader knows of a peer's log, and how it sends to it.

    Mirrors `raft::Progress`.
    """
    def __new__(cls, /, next_idx: SupportsIndex, ins_size: SupportsIndex) -> Progress:
        """
        The progress of a new peer, from index `next_idx` on, with `ins_size` messages in flight at most.

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
        The member's id.
        """
    def progress(self, /) -> ProgressRef:
        """
        A live view of the member's progress.
        """

@disjoint_base
class ProgressRef:
    """
    A live view of a `Progress` that lives inside another object, and the base class
    of `Progress` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> Progress: ...
    def __deepcopy__(self, /, _memo: Any) -> Progress: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    def become_probe(self, /) -> None:
        """
        Goes over to `Probe`.

        Mirrors `raft::Progress::become_probe`.
        """
    def become_replicate(self, /) -> None:
        """
        Goes over to `Replicate`.

        Mirrors `raft::Progress::become_replicate`.
        """
    def become_snapshot(self, /, snapshot_idx: SupportsIndex) -> None:
        """
        Goes over to `Snapshot`, with a snapshot of index `snapshot_idx`.

        Mirrors `raft::Progress::become_snapshot`.
        """
    def clone(self, /) -> Progress:
        """
        An independent copy.
        """
    @property
    def commit_group_id(self, /) -> int:
        """
        The commit group of the peer; 0 for none.
        """
    @commit_group_id.setter
    def commit_group_id(self, /, v: SupportsIndex) -> None: ...
    @property
    def committed_index(self, /) -> int:
        """
        The peer's commit index.
        """
    @committed_index.setter
    def committed_index(self, /, v: SupportsIndex) -> None: ...
    def get_commit_group_id(self, /) -> int:
        """
        The commit group of the peer; 0 for none.
        """
    def get_committed_index(self, /) -> int:
        """
        The peer's commit index.
        """
    def get_ins(self, /) -> InflightsRef:
        """
        The messages on their way.
        """
    def get_matched(self, /) -> int:
        """
        The highest index up to which the peer's log is known to agree with the leader's.
        """
    def get_next_idx(self, /) -> int:
        """
        The index of the next entry to send.
        """
    def get_paused(self, /) -> bool:
        """
        In `Probe`: whether sending waits for an answer.
        """
    def get_pending_request_snapshot(self, /) -> int:
        """
        The index that a snapshot which the peer asked for must reach; 0 when it asked for none.
        """
    def get_pending_snapshot(self, /) -> int:
        """
        In `Snapshot`: the index of the snapshot that was sent.
        """
    def get_recent_active(self, /) -> bool:
        """
        Whether the peer has been heard of in the current election timeout.
        """
    def get_state(self, /) -> ProgressState:
        """
        How entries are sent.
        """
    @property
    def ins(self, /) -> InflightsRef:
        """
        The messages on their way.
        """
    @ins.setter
    def ins(self, /, v: InflightsRef) -> None: ...
    def is_paused(self, /) -> bool:
        """
        Whether nothing is to be sent now.

        Mirrors `raft::Progress::is_paused`.
        """
    def is_snapshot_caught_up(self, /) -> bool:
        """
        Whether the peer has caught up with the snapshot that was sent.

        Mirrors `raft::Progress::is_snapshot_caught_up`.
        """
    def make_ref(self, /) -> ProgressRef:
        """
        A live view of this object.
        """
    @property
    def matched(self, /) -> int:
        """
        The highest index up to which the peer's log is known to agree with the leader's.
        """
    @matched.setter
    def matched(self, /, v: SupportsIndex) -> None: ...
    def maybe_decr_to(
        self, /, rejected: SupportsIndex, match_hint: SupportsIndex, request_snapshot: SupportsIndex
    ) -> bool:
        """
        Takes note that the peer rejected the entries after index `rejected`. Returns whether that is news.

        `next_idx` is `matched` + 1 at least then, as in later versions of raft-rs.

        Mirrors `raft::Progress::maybe_decr_to`.
        """
    def maybe_update(self, /, n: SupportsIndex) -> bool:
        """
        Takes note that the peer has index `n`. Returns whether that is news.

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
        Takes for granted that the entries up to `n` arrive.

        Mirrors `raft::Progress::optimistic_update`.
        """
    def pause(self, /) -> None:
        """
        Makes sending wait.

        Mirrors `raft::Progress::pause`.
        """
    @property
    def paused(self, /) -> bool:
        """
        In `Probe`: whether sending waits for an answer.
        """
    @paused.setter
    def paused(self, /, v: bool) -> None: ...
    @property
    def pending_request_snapshot(self, /) -> int:
        """
        The index that a snapshot which the peer asked for must reach; 0 when it asked for none.
        """
    @pending_request_snapshot.setter
    def pending_request_snapshot(self, /, v: SupportsIndex) -> None: ...
    @property
    def pending_snapshot(self, /) -> int:
        """
        In `Snapshot`: the index of the snapshot that was sent.
        """
    @pending_snapshot.setter
    def pending_snapshot(self, /, v: SupportsIndex) -> None: ...
    @property
    def recent_active(self, /) -> bool:
        """
        Whether the peer has been heard of in the current election timeout.
        """
    @recent_active.setter
    def recent_active(self, /, v: bool) -> None: ...
    def resume(self, /) -> None:
        """
        Lets sending go on.

        Mirrors `raft::Progress::resume`.
        """
    def set_commit_group_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `commit_group_id`.

        The commit group of the peer; 0 for none.
        """
    def set_committed_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `committed_index`.

        The peer's commit index.
        """
    def set_ins(self, /, inflights: InflightsRef) -> None:
        """
        Sets `ins`.

        The messages on their way.
        """
    def set_matched(self, /, v: SupportsIndex) -> None:
        """
        Sets `matched`.

        The highest index up to which the peer's log is known to agree with the leader's.
        """
    def set_next_idx(self, /, v: SupportsIndex) -> None:
        """
        Sets `next_idx`.

        The index of the next entry to send.
        """
    def set_paused(self, /, v: bool) -> None:
        """
        Sets `paused`.

        In `Probe`: whether sending waits for an answer.
        """
    def set_pending_request_snapshot(self, /, v: SupportsIndex) -> None:
        """
        Sets `pending_request_snapshot`.

        The index that a snapshot which the peer asked for must reach; 0 when it asked for none.
        """
    def set_pending_snapshot(self, /, v: SupportsIndex) -> None:
        """
        Sets `pending_snapshot`.

        In `Snapshot`: the index of the snapshot that was sent.
        """
    def set_recent_active(self, /, v: bool) -> None:
        """
        Sets `recent_active`.

        Whether the peer has been heard of in the current election timeout.
        """
    def set_state(self, /, v: ProgressState) -> None:
        """
        Sets `state`.

        How entries are sent.
        """
    def snapshot_failure(self, /) -> None:
        """
        Forgets the snapshot that was sent.

        Mirrors `raft::Progress::snapshot_failure`.
        """
    @property
    def state(self, /) -> ProgressState:
        """
        How entries are sent.
        """
    @state.setter
    def state(self, /, v: ProgressState) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    def update_committed(self, /, committed_index: SupportsIndex) -> None:
        """
        Takes note of the peer's commit index.

        Mirrors `raft::Progress::update_committed`.
        """
    def update_state(self, /, last: SupportsIndex) -> None:
        """
        Takes note that entries up to index `last` have been sent.

        Raises `RaftPanicError` in `Snapshot`, and when the window is full. Mirrors `raft::Progress::update_state`.
        """

class ProgressTracker(ProgressTrackerRef):
    """
    The members of the cluster with the progress of each, and the votes of an election.

    `tracker[id]` gives a live view of a member's progress, and `tracker.get(id)` as well, or `None` if there is no
    such member: `tracker[id]` raises `KeyError` then.

    Mirrors `raft::ProgressTracker`.
    """
    def __new__(cls, /, max_inflight: SupportsIndex) -> ProgressTracker:
        """
        A tracker without members, whose members may have `max_inflight` messages in flight.

        Raises `ValueError` when `max_inflight` is more than 2**24. Mirrors `raft::ProgressTracker::new`.
        """
    @staticmethod
    def with_capacity(voters: SupportsIndex, learners: SupportsIndex, max_inflight: SupportsIndex) -> ProgressTracker:
        """
        A tracker without members, with room for so many voters and learners; at most 4,096 are allocated before there
        are so many.

        Raises `ValueError` when a number is more than 2**24. Mirrors `raft::ProgressTracker::with_capacity`.
        """

@disjoint_base
class ProgressTrackerRef:
    """
    A live view of a `ProgressTracker` that lives inside another object, and the base class
    of `ProgressTracker` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __bool__(self, /) -> bool:
        """
        It is always true, as it has always been: an empty one is one, too.
        """
    def __contains__(self, id: SupportsIndex, /) -> bool: ...
    def __copy__(self, /) -> ProgressTracker: ...
    def __deepcopy__(self, /, _memo: Any) -> ProgressTracker: ...
    def __getitem__(self, id: SupportsIndex, /) -> ProgressRef: ...
    def __iter__(self, /) -> Iterator[int]:
        """
        The ids of the members, in order.
        """
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def apply_conf(
        self, /, conf: ConfigurationRef, changes: Iterable[tuple[SupportsIndex, MapChangeType]], next_idx: SupportsIndex
    ) -> None:
        """
        Takes over what a `Changer` has worked out. The next index of new members is `next_idx`.

        Raises `ConfChangeError` when `conf` is impossible. Mirrors `raft::ProgressTracker::apply_conf`.
        """
    def clone(self, /) -> ProgressTracker:
        """
        An independent copy.
        """
    def collect(self, /) -> list[ProgressMapItem]:
        """
        All members, each with its id and a live view of its progress, in the order of the ids.

        Mirrors `raft::ProgressTracker::iter`.
        """
    def conf(self, /) -> Configuration:
        """
        The current members.

        Mirrors `raft::ProgressTracker::conf`.
        """
    def conf_learners(self, /) -> set[int]:
        """
        The ids of the learners.

        Mirrors `raft::ProgressTracker::conf().learners()`.
        """
    def conf_voters(self, /) -> JointConfigRef:
        """
        A live view of the voters.

        Mirrors `raft::ProgressTracker::conf().voters()`.
        """
    def enable_group_commit(self, /, enable: bool) -> None:
        """
        Turns group commit on or off: an entry commits only once it is in at least two groups.

        Mirrors `raft::ProgressTracker::enable_group_commit`.
        """
    def get(self, /, id: SupportsIndex) -> ProgressRef | None:
        """
        A live view of the progress of the member `id`; `None` if there is no such member.

        Mirrors `raft::ProgressTracker::get`.
        """
    def get_mut(self, /, id: SupportsIndex) -> ProgressRef | None:
        """
        The same as `get`: the view can be written to.

        Mirrors `raft::ProgressTracker::get_mut`.
        """
    def group_commit(self, /) -> bool:
        """
        Whether group commit is on.

        Mirrors `raft::ProgressTracker::group_commit`.
        """
    def has_quorum(self, /, potential_quorum: Iterable[SupportsIndex]) -> bool:
        """
        Whether these members are a quorum.

        Mirrors `raft::ProgressTracker::has_quorum`.
        """
    def is_singleton(self, /) -> bool:
        """
        Whether there is one voter only.

        Mirrors `raft::ProgressTracker::is_singleton`.
        """
    def iter(self, /) -> list[tuple[int, ProgressRef]]:
        """
        Pairs of the id and a live view of the progress of each member, in the order of the ids.

        Mirrors `raft::ProgressTracker::iter`.
        """
    def iter_mut(self, /) -> list[tuple[int, ProgressRef]]:
        """
        The same as `iter`: the views can be written to.

        Mirrors `raft::ProgressTracker::iter_mut`.
        """
    def make_ref(self, /) -> ProgressTrackerRef:
        """
        A live view of this object.
        """
    def maximal_committed_index(self, /) -> tuple[int, bool]:
        """
        The highest index that a quorum has, and whether group commit was used to find it.

        Mirrors `raft::ProgressTracker::maximal_committed_index`.
        """
    def quorum_recently_active(self, /, perspective_of: SupportsIndex) -> bool:
        """
        Whether the member `perspective_of` has heard from a quorum since this was last asked.

        Mirrors `raft::ProgressTracker::quorum_recently_active`.
        """
    def record_vote(self, /, id: SupportsIndex, vote: bool) -> None:
        """
        Takes note of the vote of the member `id`; its first vote counts.

        Mirrors `raft::ProgressTracker::record_vote`.
        """
    def reset_votes(self, /) -> None:
        """
        Forgets the votes.

        Mirrors `raft::ProgressTracker::reset_votes`.
        """
    def tally_votes(self, /) -> tuple[int, int, VoteResult]:
        """
        How many votes were granted and rejected, and the outcome.

        Mirrors `raft::ProgressTracker::tally_votes`.
        """
    def vote_result(self, /, votes: Mapping[int, bool]) -> VoteResult:
        """
        The outcome of these votes.

        Mirrors `raft::ProgressTracker::vote_result`.
        """
    def votes(self, /) -> dict[int, bool]:
        """
        The votes by member.

        Mirrors `raft::ProgressTracker::votes`.
        """

class Raft(RaftRef):
    """
    The state machine inside a `RawNode`, for those who want to drive it themselves, and to look at its state.

    Mirrors `raft::Raft`, with the fields of `raft::RaftCore`.
    """
    def __new__(cls, /, cfg: ConfigRef, store: StorageProtocol, logger: LoggerRef) -> Raft:
        """
        A state machine that starts from what `store` holds.

        Raises `ConfigInvalidError` when `cfg` is invalid, or says that more has been applied than is stored and
        committed; `StoreError` when the storage fails. Mirrors `raft::Raft::new`.
        """
    @staticmethod
    def with_default_logger(cfg: ConfigRef, store: StorageProtocol) -> Raft:
        """
        A state machine that logs to the default logger.

        Raises as the constructor does. Mirrors `raft::Raft::with_default_logger`.
        """

class RaftLog(RaftLogRef):
    """
    The log of a node: what its storage holds and, after that, what it doesn't hold yet.

    Mirrors `raft::RaftLog`.
    """
    def __new__(cls, /, store: StorageProtocol, logger: LoggerRef) -> RaftLog:
        """
        The log over a storage.

        Mirrors `raft::RaftLog::new`.
        """

@disjoint_base
class RaftLogRef:
    """
    A live view of a `RaftLog` that lives inside another object, and the base class
    of `RaftLog` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __repr__(self, /) -> str:
        """
        The text of raft-rs's `Debug`: that of `str`, in quotes.
        """
    def __str__(self, /) -> str: ...
    def all_entries(self, /) -> list[Entry]:
        """
        All entries.

        Raises `StoreError` when the storage can't give them. Mirrors `raft::RaftLog::all_entries`, which asks again,
        for ever if need be, when the storage says that it has been compacted meanwhile.
        """
    def append(self, /, ents: Iterable[EntryRef]) -> int:
        """
        Appends entries and returns the last index.

        Raises `RaftPanicError` when they would replace committed ones. Mirrors `raft::RaftLog::append`.
        """
    def applied(self, /) -> int:
        """
        The highest index that the application has applied.

        Mirrors `raft::RaftLog::applied`.
        """
    def applied_to(self, /, idx: SupportsIndex) -> None:
        """
        Takes note that the application has applied the entries up to index `idx`. Deprecated in raft-rs.

        Raises `RaftPanicError` when they are not committed, or not stored. Mirrors `raft::RaftLog::applied_to`.
        """
    def commit_info(self, /) -> tuple[int, int]:
        """
        The commit index and the term of its entry.

        Mirrors `raft::RaftLog::commit_info`.
        """
    def commit_to(self, /, to_commit: SupportsIndex) -> None:
        """
        Raises the commit index to `to_commit`.

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
        The entries from index `idx` on, of `max_size` bytes at most, but at least one. `context` is used up.

        Raises `StoreError` of `CompactedError` when `idx` is below the first index. Mirrors `raft::RaftLog::entries`.
        """
    def find_conflict(self, /, ents: Iterable[EntryRef]) -> int:
        """
        The index of the first of `ents` that the log doesn't have with the same term; 0 if it has them all.

        Mirrors `raft::RaftLog::find_conflict`.
        """
    def find_conflict_by_term(self, /, index: SupportsIndex, term: SupportsIndex) -> tuple[int, int | None]:
        """
        The highest index, up to `index`, whose term is not above `term`, and its term if it is known.

        Mirrors `raft::RaftLog::find_conflict_by_term`.
        """
    def first_index(self, /) -> int:
        """
        The index of the first entry.

        Mirrors `raft::RaftLog::first_index`.
        """
    def get_applied(self, /) -> int:
        """
        The highest index that the application has applied. The method of this name gives it.
        """
    def get_committed(self, /) -> int:
        """
        The highest index known to be committed.
        """
    def get_persisted(self, /) -> int:
        """
        The highest index known to be in the storage.
        """
    def get_store(self, /) -> MemStorage | Any:
        """
        The storage.
        """
    def has_next_entries(self, /) -> bool:
        """
        Whether there are committed and stored entries that have not been applied.

        Mirrors `raft::RaftLog::has_next_entries`.
        """
    def has_next_entries_since(self, /, since_idx: SupportsIndex) -> bool:
        """
        Whether there are committed and stored entries after index `since_idx`.

        Mirrors `raft::RaftLog::has_next_entries_since`.
        """
    def is_up_to_date(self, /, last_index: SupportsIndex, term: SupportsIndex) -> bool:
        """
        Whether a log whose last entry has these is at least as new as this one.

        Mirrors `raft::RaftLog::is_up_to_date`.
        """
    def last_index(self, /) -> int:
        """
        The index of the last entry.

        Mirrors `raft::RaftLog::last_index`.
        """
    def last_term(self, /) -> int:
        """
        The term of the last entry.

        Mirrors `raft::RaftLog::last_term`.
        """
    def make_ref(self, /) -> RaftLogRef:
        """
        A live view of this object.
        """
    def match_term(self, /, idx: SupportsIndex, term: SupportsIndex) -> bool:
        """
        Whether the entry at index `idx` has this term.

        Mirrors `raft::RaftLog::match_term`.
        """
    def maybe_append(
        self, /, idx: SupportsIndex, term: SupportsIndex, committed: SupportsIndex, ents: Iterable[EntryRef]
    ) -> tuple[int, int] | None:
        """
        Appends `ents` if the entry at index `idx`, before them, has this term, and commits up to `committed`.

        Returns the index of the first conflict, 0 for none, and the index of the last of the entries; `None` when
        nothing was appended. Mirrors `raft::RaftLog::maybe_append`.
        """
    def maybe_commit(self, /, max_index: SupportsIndex, term: SupportsIndex) -> bool:
        """
        Commits up to index `max_index` if its entry has this term. Returns whether it did.

        Mirrors `raft::RaftLog::maybe_commit`.
        """
    def maybe_persist(self, /, index: SupportsIndex, term: SupportsIndex) -> bool:
        """
        Takes note that the storage holds the entry with this index and term. Returns whether that is news.

        Mirrors `raft::RaftLog::maybe_persist`.
        """
    def maybe_persist_snap(self, /, index: SupportsIndex) -> bool:
        """
        Takes note that the storage holds the snapshot with this index. Returns whether that is news.

        Mirrors `raft::RaftLog::maybe_persist_snap`.
        """
    def mut_store(self, /) -> MemStorage | Any:
        """
        The storage.

        Mirrors `raft::RaftLog::mut_store`.
        """
    def next_entries(self, /, max_size: SupportsIndex | None = None) -> list[Entry] | None:
        """
        The committed and stored entries that have not been applied, of `max_size` bytes at most; `None` if there are
        none.

        Mirrors `raft::RaftLog::next_entries`.
        """
    def next_entries_since(
        self, /, since_idx: SupportsIndex, max_size: SupportsIndex | None = None
    ) -> list[Entry] | None:
        """
        The committed and stored entries after index `since_idx`, of `max_size` bytes at most; `None` if there are none.

        Mirrors `raft::RaftLog::next_entries_since`.
        """
    @property
    def persisted(self, /) -> int:
        """
        The highest index known to be in the storage.
        """
    @persisted.setter
    def persisted(self, /, v: SupportsIndex) -> None: ...
    def restore(self, /, snapshot: SnapshotRef) -> None:
        """
        Replaces the log by a snapshot.

        Mirrors `raft::RaftLog::restore`.
        """
    def set_applied(self, /, v: SupportsIndex) -> None:
        """
        Sets `applied`.

        The highest index that the application has applied. The method of this name gives it.
        """
    def set_committed(self, /, v: SupportsIndex) -> None:
        """
        Sets `committed`.

        The highest index known to be committed.
        """
    def set_persisted(self, /, v: SupportsIndex) -> None:
        """
        Sets `persisted`.

        The highest index known to be in the storage.
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
        The entries from index `low` to before index `high`, of `max_size` bytes at most, but at least one. `context`
        is used up.

        Raises as `entries` does, and `RaftPanicError` when the indices are past the log. Mirrors
        `raft::RaftLog::slice`.
        """
    def snapshot(self, /, request_index: SupportsIndex, to: SupportsIndex) -> Snapshot:
        """
        The unstable snapshot, or the storage's, for the peer `to`; its index is at least `request_index`.

        Raises `StoreError` when the storage can't give one. Mirrors `raft::RaftLog::snapshot`.
        """
    def stable_entries(self, /, index: SupportsIndex, term: SupportsIndex) -> None:
        """
        Takes note that the unstable entries, the last of which has `index` and `term`, are in the storage.

        Raises `RaftPanicError` when the last one is another. Mirrors `raft::RaftLog::stable_entries`.
        """
    def stable_snap(self, /, index: SupportsIndex) -> None:
        """
        Takes note that the unstable snapshot, which has `index`, is in the storage.

        Raises `RaftPanicError` when there is another or none. Mirrors `raft::RaftLog::stable_snap`.
        """
    def store(self, /) -> MemStorage | Any:
        """
        The storage.

        Mirrors `raft::RaftLog::store`.
        """
    def term(self, /, idx: SupportsIndex) -> int:
        """
        The term of the entry at index `idx`; 0 outside the log.

        Raises `StoreError`: of `CompactedError` or `UnavailableError`, when the storage can't tell. Mirrors
        `raft::RaftLog::term`.
        """
    def unstable(self, /) -> UnstableRef:
        """
        A live view of the part of the log that is not in the storage yet.

        Mirrors `raft::RaftLog::unstable`.
        """
    def unstable_entries(self, /) -> list[Entry]:
        """
        Copies of the entries that are not in the storage yet. `unstable().entries` is the live list of them.

        Mirrors `raft::RaftLog::unstable_entries`.
        """
    def unstable_snapshot(self, /) -> Snapshot | None:
        """
        A copy of the snapshot that is not in the storage yet; `None` if there is none.

        Mirrors `raft::RaftLog::unstable_snapshot`.
        """

@disjoint_base
class RaftRef:
    """
    A live view of a `Raft` that lives inside another object, and the base class
    of `Raft` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __repr__(self, /) -> str: ...
    def abort_leader_transfer(self, /) -> None:
        """
        Gives up handing the leadership over.

        Mirrors `raft::Raft::abort_leader_transfer`.
        """
    def adjust_max_inflight_msgs(self, /, target: SupportsIndex, cap: SupportsIndex) -> None:
        """
        Sets how many messages may be in flight to the member `target`.

        Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::Raft::adjust_max_inflight_msgs`.
        """
    def append_entry(self, /, ents: Iterable[EntryRef]) -> bool:
        """
        Gives `ents` term and index and appends copies of them. Returns whether there was room among the uncommitted
        ones; if not, nothing is changed.

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
        Applies a committed change of members. Returns the new members.

        Raises `ConfChangeError` when the change is impossible. Mirrors `raft::Raft::apply_conf_change`.
        """
    def apply_to_current_term(self, /) -> bool:
        """
        Whether an entry of the current term has been applied.

        Mirrors `raft::Raft::apply_to_current_term`.
        """
    def assign_commit_groups(self, /, ids: Iterable[tuple[SupportsIndex, SupportsIndex]]) -> None:
        """
        Assigns members to commit groups, by pairs of the member's id and the group's.

        Raises `ValueError` for a group 0. Mirrors `raft::Raft::assign_commit_groups`.
        """
    def bcast_append(self, /) -> None:
        """
        Sends all other members what they lack.

        Mirrors `raft::Raft::bcast_append`.
        """
    def bcast_heartbeat(self, /) -> None:
        """
        Sends heartbeats.

        Mirrors `raft::Raft::bcast_heartbeat`.
        """
    def become_candidate(self, /) -> None:
        """
        Becomes a candidate in the next term.

        Raises `RaftPanicError` for a leader. Mirrors `raft::Raft::become_candidate`.
        """
    def become_follower(self, /, term: SupportsIndex, leader_id: SupportsIndex) -> None:
        """
        Becomes a follower in `term`, of the node `leader_id`; 0 for none.

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
        Starts an election of the kind `campaign_type`: `CAMPAIGN_ELECTION`, `CAMPAIGN_PRE_ELECTION` or
        `CAMPAIGN_TRANSFER`.

        Raises `ValueError` for any other, `InvalidMessageError` as `RawNode.campaign` does. Mirrors
        `raft::Raft::campaign`.
        """
    def check_group_commit_consistent(self, /) -> bool | None:
        """
        Whether what is committed is in at least two groups; `None` for a node that doesn't lead.

        Mirrors `raft::Raft::check_group_commit_consistent`.
        """
    @property
    def check_quorum(self, /) -> bool:
        """
        Whether a leader steps down when it hears from no quorum.
        """
    @check_quorum.setter
    def check_quorum(self, /, v: bool) -> None: ...
    def clear_commit_group(self, /) -> None:
        """
        Takes all members out of their commit groups.

        Mirrors `raft::Raft::clear_commit_group`.
        """
    def commit_apply(self, /, applied: SupportsIndex) -> None:
        """
        Takes note that the entries up to index `applied` have been applied.

        Raises `RaftPanicError` when they are not committed yet. Mirrors `raft::Raft::commit_apply`.
        """
    def commit_to_current_term(self, /) -> bool:
        """
        Whether an entry of the current term is committed.

        Mirrors `raft::Raft::commit_to_current_term`.
        """
    @property
    def election_elapsed(self, /) -> int:
        """
        How many ticks have passed since the last election timeout, or since the leader was heard of.
        """
    @election_elapsed.setter
    def election_elapsed(self, /, v: SupportsIndex) -> None: ...
    def election_timeout(self, /) -> int:
        """
        The election timeout in ticks.

        Mirrors `raft::Raft::election_timeout`.
        """
    def enable_group_commit(self, /, enable: bool) -> None:
        """
        Turns group commit on or off: an entry commits only once it is in at least two groups.

        Mirrors `raft::Raft::enable_group_commit`.
        """
    def get_check_quorum(self, /) -> bool:
        """
        Whether a leader steps down when it hears from no quorum.
        """
    def get_election_elapsed(self, /) -> int:
        """
        How many ticks have passed since the last election timeout, or since the leader was heard of.
        """
    def get_id(self, /) -> int:
        """
        The node's id.
        """
    def get_lead_transferee(self, /) -> int | None:
        """
        The id of the node that the leadership is being handed over to; `None` if it is not.
        """
    def get_leader_id(self, /) -> int:
        """
        The leader's id; 0 when there is none.
        """
    def get_max_inflight(self, /) -> int:
        """
        How many messages with entries may be on their way to a peer.
        """
    def get_max_msg_size(self, /) -> int:
        """
        How many bytes of entries one message carries at most.
        """
    def get_msgs(self, /) -> list[MessageRef]:
        """
        The messages to send.
        """
    def get_pending_conf_index(self, /) -> int:
        """
        The highest index at which there may be a conf change that has not been applied.
        """
    def get_pending_request_snapshot(self, /) -> int:
        """
        The index that a requested snapshot must reach; 0 when none is requested.
        """
    def get_pre_vote(self, /) -> bool:
        """
        Whether a node asks if it could win before it starts an election.
        """
    def get_priority(self, /) -> int:
        """
        The node's priority in elections.
        """
    def get_raft_log(self, /) -> RaftLogRef:
        """
        A live view of the log.

        Mirrors the field `raft::RaftCore::raft_log`.
        """
    def get_read_only_option(self, /) -> ReadOnlyOption:
        """
        How reads are made linearizable.

        Mirrors the field `option` of `raft::RaftCore::read_only`.
        """
    def get_read_only_pending_read_index(self, /) -> dict[bytes, ReadIndexStatus]:
        """
        Copies of the read requests that wait, by their contexts. `read_only.pending_read_index` is the live mapping.

        Mirrors the field `pending_read_index` of `raft::RaftCore::read_only`.
        """
    def get_read_states(self, /) -> list[ReadState]:
        """
        Copies of the answers to read requests that have not been given out yet.
        """
    def get_readonly_read_index_queue(self, /) -> list[list[int]]:
        """
        The contexts of the read requests that wait, the oldest first, each as a list of byte values.

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
        Whether group commit is on.

        Mirrors `raft::Raft::group_commit`.
        """
    def handle_append_entries(self, /, msg: MessageRef) -> None:
        """
        Handles a `MsgAppend`.

        Raises `InvalidMessageError` as `step` does. Mirrors `raft::Raft::handle_append_entries`.
        """
    def handle_heartbeat(self, /, msg: MessageRef) -> None:
        """
        Handles a `MsgHeartbeat`.

        Raises `LogLostError` as `step` does. Mirrors `raft::Raft::handle_heartbeat`.
        """
    def hard_state(self, /) -> HardState:
        """
        The term, the vote and the commit index.

        Mirrors `raft::Raft::hard_state`.
        """
    def has_pending_conf(self, /) -> bool:
        """
        Whether there may be a conf change that has not been applied.

        Mirrors `raft::Raft::has_pending_conf`.
        """
    def heartbeat_elapsed(self, /) -> int:
        """
        How many ticks have passed since the last heartbeat.

        Mirrors `raft::Raft::heartbeat_elapsed`.
        """
    def heartbeat_timeout(self, /) -> int:
        """
        The heartbeat interval in ticks.

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
        Whether the leader's lease holds.

        Mirrors `raft::Raft::in_lease`.
        """
    def inflight_buffers_size(self, /) -> int:
        """
        How many bytes the windows of messages in flight take.

        Mirrors `raft::Raft::inflight_buffers_size`.
        """
    @property
    def lead_transferee(self, /) -> int | None:
        """
        The id of the node that the leadership is being handed over to; `None` if it is not.
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
        Takes over term, vote and commit index.

        Raises `RaftPanicError` when the commit index is out of the log's range. Mirrors `raft::Raft::load_state`.
        """
    def make_ref(self, /) -> RaftRef:
        """
        A live view of this object.
        """
    @property
    def max_inflight(self, /) -> int:
        """
        How many messages with entries may be on their way to a peer.
        """
    @max_inflight.setter
    def max_inflight(self, /, v: SupportsIndex) -> None: ...
    @property
    def max_msg_size(self, /) -> int:
        """
        How many bytes of entries one message carries at most.
        """
    @max_msg_size.setter
    def max_msg_size(self, /, v: SupportsIndex) -> None: ...
    def maybe_commit(self, /) -> bool:
        """
        Commits what a quorum has. Returns whether the commit index rose.

        Raises `NotExistsError` for a leader that has applied its own removal. Mirrors `raft::Raft::maybe_commit`.
        """
    def maybe_free_inflight_buffers(self, /) -> None:
        """
        Frees the memory of empty windows.

        Mirrors `raft::Raft::maybe_free_inflight_buffers`.
        """
    def maybe_increase_uncommitted_size(self, /, ents: Iterable[EntryRef]) -> bool:
        """
        Counts `ents` as uncommitted, if there is room for them. Returns whether there was.

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
        A live view of the members and their progress.

        Mirrors `raft::Raft::mut_prs`.
        """
    def mut_store(self, /) -> MemStorage | Any:
        """
        The storage.

        Mirrors `raft::Raft::mut_store`.
        """
    def on_persist_entries(self, /, index: SupportsIndex, term: SupportsIndex) -> None:
        """
        Takes note that the entries up to this one are durable.

        Raises `NotExistsError` for a leader that has applied its own removal. Mirrors
        `raft::Raft::on_persist_entries`.
        """
    def on_persist_snap(self, /, index: SupportsIndex) -> None:
        """
        Takes note that the snapshot with this index is durable.

        Mirrors `raft::Raft::on_persist_snap`.
        """
    def pass_election_timeout(self, /) -> bool:
        """
        Whether the election timeout that is in force has passed.

        Mirrors `raft::Raft::pass_election_timeout`.
        """
    @property
    def pending_conf_index(self, /) -> int:
        """
        The highest index at which there may be a conf change that has not been applied.
        """
    @pending_conf_index.setter
    def pending_conf_index(self, /, v: SupportsIndex) -> None: ...
    def pending_read_count(self, /) -> int:
        """
        How many read requests wait for a quorum.

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
        Sends heartbeats, if the node leads.

        Mirrors `raft::Raft::ping`.
        """
    def post_conf_change(self, /) -> ConfState:
        """
        Does what is due after the members have changed. Returns them.

        Mirrors `raft::Raft::post_conf_change`.
        """
    @property
    def pre_vote(self, /) -> bool:
        """
        Whether a node asks if it could win before it starts an election.
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
        Whether the node could be elected: it is a voter.

        Mirrors `raft::Raft::promotable`.
        """
    def prs(self, /) -> ProgressTrackerRef:
        """
        A live view of the members and their progress.

        Mirrors `raft::Raft::prs`.
        """
    @property
    def r(self, /) -> RaftRef:
        """
        This state machine: what raft-rs has in the field `r`, it has itself, too.

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
        The election timeout that is in force, in ticks.

        Mirrors `raft::Raft::randomized_election_timeout`.
        """
    @property
    def read_only(self, /) -> ReadOnlyRef:
        """
        A live view of the read requests that wait for a quorum.

        Mirrors the field `raft::RaftCore::read_only`.
        """
    @read_only.setter
    def read_only(self, /, read_only: ReadOnlyRef) -> None: ...
    @property
    def read_states(self, /) -> MutableSequence[ReadStateRef]:
        """
        The answers to read requests that have not been given out yet.
        """
    @read_states.setter
    def read_states(self, /, v: Iterable[ReadStateRef]) -> None: ...
    def ready_read_count(self, /) -> int:
        """
        How many answers to read requests have not been given out.

        Mirrors `raft::Raft::ready_read_count`.
        """
    def reduce_uncommitted_size(self, /, ents: Iterable[EntryRef]) -> None:
        """
        Counts `ents` as uncommitted no more.

        Mirrors `raft::Raft::reduce_uncommitted_size`.
        """
    def request_snapshot(self, /) -> None:
        """
        Asks the leader for a snapshot.

        Raises `RequestSnapshotDroppedError` when it was not asked. Mirrors `raft::Raft::request_snapshot`.
        """
    def reset(self, /, term: SupportsIndex) -> None:
        """
        Resets the state that belongs to a term, and starts `term`.

        Mirrors `raft::Raft::reset`.
        """
    def reset_randomized_election_timeout(self, /) -> None:
        """
        Draws a new election timeout.

        Mirrors `raft::Raft::reset_randomized_election_timeout`.
        """
    def restore(self, /, snap: SnapshotRef) -> bool:
        """
        Replaces the log by a snapshot, if it is newer. Returns whether it did.

        Raises `InvalidMessageError` when the members in it are impossible. Mirrors `raft::Raft::restore`.
        """
    def send_append(self, /, to: SupportsIndex) -> None:
        """
        Sends the node `to` what it lacks.

        Raises `ValueError` when it is no member. Mirrors `raft::Raft::send_append`.
        """
    def send_timeout_now(self, /, to: SupportsIndex) -> None:
        """
        Tells the node `to` to campaign at once.

        Mirrors `raft::Raft::send_timeout_now`.
        """
    def set_batch_append(self, /, v: bool) -> None:
        """
        Sets whether entries are appended to a message that is still waiting to be sent.

        Mirrors `raft::Raft::set_batch_append`.
        """
    def set_check_quorum(self, /, v: bool) -> None:
        """
        Sets `check_quorum`.

        Whether a leader steps down when it hears from no quorum.
        """
    def set_election_elapsed(self, /, v: SupportsIndex) -> None:
        """
        Sets `election_elapsed`.

        How many ticks have passed since the last election timeout, or since the leader was heard of.
        """
    def set_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `id`.

        The node's id.
        """
    def set_lead_transferee(self, /, v: SupportsIndex | None = None) -> None:
        """
        Sets `lead_transferee`.

        The id of the node that the leadership is being handed over to; `None` if it is not.
        """
    def set_leader_id(self, /, v: SupportsIndex) -> None:
        """
        Sets `leader_id`.

        The leader's id; 0 when there is none.
        """
    def set_max_committed_size_per_ready(self, /, v: SupportsIndex) -> None:
        """
        Sets how many bytes of committed entries one `Ready` holds at most.

        Mirrors `raft::Raft::set_max_committed_size_per_ready`.
        """
    def set_max_inflight(self, /, v: SupportsIndex) -> None:
        """
        Sets `max_inflight`.

        How many messages with entries may be on their way to a peer.
        """
    def set_max_msg_size(self, /, v: SupportsIndex) -> None:
        """
        Sets `max_msg_size`.

        How many bytes of entries one message carries at most.
        """
    def set_msgs(self, /, msgs: Iterable[MessageRef]) -> None:
        """
        Sets `msgs`.

        The messages to send.
        """
    def set_pending_conf_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `pending_conf_index`.

        The highest index at which there may be a conf change that has not been applied.
        """
    def set_pending_request_snapshot(self, /, v: SupportsIndex) -> None:
        """
        Sets `pending_request_snapshot`.

        The index that a requested snapshot must reach; 0 when none is requested.
        """
    def set_pre_vote(self, /, v: bool) -> None:
        """
        Sets `pre_vote`.

        Whether a node asks if it could win before it starts an election.
        """
    def set_priority(self, /, priority: SupportsIndex) -> None:
        """
        Sets `priority`.

        The node's priority in elections.
        """
    def set_raft_log(self, /, raft_log: RaftLogRef) -> None:
        """
        Replaces the log by `raft_log`, which is consumed.

        Mirrors the field `raft::RaftCore::raft_log`.
        """
    def set_randomized_election_timeout(self, /, t: SupportsIndex) -> None:
        """
        Sets the election timeout that is in force: for tests.

        Raises `RaftPanicError` out of the configured bounds. Mirrors `raft::Raft::set_randomized_election_timeout`.
        """
    def set_read_only_option(self, /, option: ReadOnlyOption) -> None:
        """
        Sets how reads are made linearizable.

        Mirrors the field `option` of `raft::RaftCore::read_only`.
        """
    def set_read_states(self, /, v: Iterable[ReadStateRef]) -> None:
        """
        Sets the answers to read requests that are to be given out.
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
        Whether the leader tells of a new commit index at once.

        Mirrors `raft::Raft::should_bcast_commit`.
        """
    def skip_bcast_commit(self, /, skip: bool) -> None:
        """
        Sets whether the leader tells of a new commit index with the next heartbeat or entries only.

        Mirrors `raft::Raft::skip_bcast_commit`.
        """
    def snap(self, /) -> Snapshot | None:
        """
        A copy of the snapshot that is to be restored, if there is one, else `None`.

        Mirrors `raft::Raft::snap`.
        """
    def soft_state(self, /) -> SoftState:
        """
        Who leads, and which role the node has.

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
        Takes in a message, local ones included. It is copied.

        A message whose term is more than 2**32 ahead counts as lost: the node goes over to a term 2**32 ahead, and no
        further.

        Raises `InvalidMessageError` for a message that no node sends, `LogLostError` for a heartbeat which proves that
        the node's log has lost entries, `ProposalDroppedError` for a proposal that was not taken. Mirrors
        `raft::Raft::step`.
        """
    def store(self, /) -> MemStorage | Any:
        """
        The storage.

        Mirrors `raft::Raft::store`.
        """
    def take_msgs(self, /) -> list[Message]:
        """
        Moves the messages to send out, and leaves none.
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
        Lets one tick pass. Returns whether there may be something to do now.

        Mirrors `raft::Raft::tick`.
        """
    def tick_election(self, /) -> bool:
        """
        Lets one tick pass for a node that doesn't lead.

        Mirrors `raft::Raft::tick_election`.
        """
    def uncommitted_size(self, /) -> int:
        """
        How many bytes of entries are uncommitted.

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
    What a storage gives a node to start from.

    Mirrors `raft::RaftState`.
    """
    def __new__(
        cls, /, hard_state: HardStateRef | None = None, conf_state: ConfStateRef | None = None
    ) -> RaftState: ...
    @staticmethod
    def default() -> RaftState:
        """
        The value with every field at its default.
        """

@disjoint_base
class RaftStateRef:
    """
    A live view of a `RaftState` that lives inside another object, and the base class
    of `RaftState` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> RaftState: ...
    def __deepcopy__(self, /, _memo: Any) -> RaftState: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> RaftState:
        """
        An independent copy.
        """
    @property
    def conf_state(self, /) -> ConfStateRef:
        """
        The members of the cluster.
        """
    @conf_state.setter
    def conf_state(self, /, v: ConfStateRef) -> None: ...
    def get_conf_state(self, /) -> ConfStateRef:
        """
        The members of the cluster.
        """
    def get_hard_state(self, /) -> HardStateRef:
        """
        What the node must remember across restarts.
        """
    @property
    def hard_state(self, /) -> HardStateRef:
        """
        What the node must remember across restarts.
        """
    @hard_state.setter
    def hard_state(self, /, v: HardStateRef) -> None: ...
    def initialized(self, /) -> bool:
        """
        Whether there are members: the cluster has been set up.

        Mirrors `raft::RaftState::initialized`.
        """
    def make_ref(self, /) -> RaftStateRef:
        """
        A live view of this object.
        """
    def set_conf_state(self, /, cs: ConfStateRef) -> None:
        """
        Sets `conf_state`.

        The members of the cluster.
        """
    def set_hard_state(self, /, hs: HardStateRef) -> None:
        """
        Sets `hard_state`.

        What the node must remember across restarts.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """

class RawNode(RawNodeRef):
    """
    A node of a Raft cluster. It has no thread, no clock and no network: the application calls `tick` at regular
    intervals, gives it what arrives with `step`, and does the work that it asks for with `ready`.

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
    def __new__(cls, /, cfg: ConfigRef, storage: StorageProtocol, logger: LoggerRef) -> RawNode:
        """
        A node that starts from what `storage` holds: a `MemStorage`, or an object with the methods of
        `StorageProtocol`.

        Raises `ConfigInvalidError` when `cfg` is invalid, or says that more has been applied than is stored and
        committed; `StoreError` when the storage fails. Mirrors `raft::RawNode::new`.
        """
    @staticmethod
    def with_default_logger(cfg: ConfigRef, storage: StorageProtocol) -> RawNode:
        """
        A node that logs to the default logger.

        Raises as the constructor does. Mirrors `raft::RawNode::with_default_logger`.
        """

@disjoint_base
class RawNodeRef:
    """
    A live view of a `RawNode` that lives inside another object, and the base class
    of `RawNode` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __repr__(self, /) -> str: ...
    def advance(self, /, rd: ReadyRef) -> LightReady:
        """
        Takes note that the work of `rd` has been done: everything stored, sent and applied. Consumes `rd`.

        Call it once for each `Ready`, when its entries and its hard state are durable, and before you call anything
        else that changes the node. Returns more work, which this made possible: do it, then call `advance_apply`.

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

        Raises `DestroyedRefUsedError` when `rd` has been consumed before; `ValueError` when it is of another node, is
        not the newest, or does not fit any more, because something else was called meanwhile that changes the node;
        `NotExistsError` for a leader that has applied its own removal: let it become a follower first. Mirrors
        `raft::RawNode::advance`.
        """
    def advance_append(self, /, rd: ReadyRef) -> LightReady:
        """
        Takes note that everything in `rd` has been stored and sent, but not that its entries have been applied: tell
        that with `advance_apply` or `advance_apply_to`. Consumes `rd`.

        Returns more work, which this made possible.

        Raises `DestroyedRefUsedError` when `rd` has been consumed before; `ValueError` when it is of another node, is
        not the newest, or does not fit any more, because something else was called meanwhile that changes the node;
        `NotExistsError` for a leader that has applied its own removal: let it become a follower first. Mirrors
        `raft::RawNode::advance_append`.
        """
    def advance_append_async(self, /, rd: ReadyRef) -> None:
        """
        Takes note that everything in `rd` can be read from the storage, but not that it is durable: tell that with
        `on_persist_ready`. Consumes `rd`.

        Raises `DestroyedRefUsedError` when `rd` has been consumed before; `ValueError` when it is of another node, is
        not the newest, or does not fit any more, because something else was called meanwhile that changes the node;
        `NotExistsError` for a leader that has applied its own removal: let it become a follower first. Mirrors
        `raft::RawNode::advance_append_async`.
        """
    def advance_apply(self, /) -> None:
        """
        Takes note that all committed entries given out so far have been applied.

        Mirrors `raft::RawNode::advance_apply`.
        """
    def advance_apply_to(self, /, applied: SupportsIndex) -> None:
        """
        Takes note that the entries up to index `applied` have been applied.

        Raises `RaftPanicError` when they are not committed yet. Mirrors `raft::RawNode::advance_apply_to`.
        """
    def apply_conf_change(self, /, cc: ConfChangeRef | ConfChangeV2Ref) -> ConfState:
        """
        Applies a committed change of members. Returns the new members, which are to be stored.

        A leader reads its storage, and may have new messages to send.

        Raises `ConfChangeError` when the change is impossible. Mirrors `raft::RawNode::apply_conf_change`.
        """
    def apply_conf_change_v2(self, /, cc: ConfChangeRef | ConfChangeV2Ref) -> ConfState:
        """
        The same as `apply_conf_change`.

        Mirrors `raft::RawNode::apply_conf_change`.
        """
    def campaign(self, /) -> None:
        """
        Starts an election.

        Raises `InvalidMessageError` when the node would win by its own vote, but can't lead: the cluster has no voters,
        or the log is not stored yet. Mirrors `raft::RawNode::campaign`.
        """
    def get_raft(self, /) -> RaftRef:
        """
        A live view of the state machine inside.

        Mirrors the field `raft::RawNode::raft`.
        """
    def has_ready(self, /) -> bool:
        """
        Whether there is work to do: call `ready` then.

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
        A live view of this object.
        """
    def mut_store(self, /) -> MemStorage | Any:
        """
        The storage.

        Mirrors `raft::RawNode::mut_store`.
        """
    def on_entries_fetched(self, /, context: GetEntriesContextRef) -> None:
        """
        Takes up a request again for whose entries the storage raised `LogTemporarilyUnavailableError`, now that it has
        them. `context` is what came with the request; it is used up.

        Raises `ValueError` when `context` can't wait, which is so once it has been used. Mirrors
        `raft::RawNode::on_entries_fetched`.
        """
    def on_persist_ready(self, /, number: SupportsIndex) -> None:
        """
        Takes note that the `Ready` with this number, and all before it, are durable.

        Mirrors `raft::RawNode::on_persist_ready`.
        """
    def ping(self, /) -> None:
        """
        Sends heartbeats at once, if the node leads.

        Mirrors `raft::RawNode::ping`.
        """
    def propose(
        self,
        /,
        context: bytes | bytearray | memoryview | Sequence[int],
        data: bytes | bytearray | memoryview | Sequence[int],
    ) -> None:
        """
        Proposes an entry with `data` and, for the application, `context`. It is in the log for good when it comes back
        among the committed entries of a `Ready`. To tell a client that its request has been carried out, let the entry
        hold an id of the request, and look for it when you apply the entry.

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

        Raises `ProposalDroppedError` when it was not taken, `CodecError` when `context` and `data` together have more
        than 2**28 - 2**10 bytes. Mirrors `raft::RawNode::propose`.
        """
    def propose_conf_change(
        self, /, context: bytes | bytearray | memoryview | Sequence[int], cc: ConfChangeRef | ConfChangeV2Ref
    ) -> None:
        """
        Proposes a change of members. When it comes back committed, it must be given to `apply_conf_change`. A
        `ConfChange` is proposed as one, not as the `ConfChangeV2` that it is equal to.

        While an earlier change may not have been applied yet, an empty entry is proposed in its place, without the
        context.

        Raises `ProposalDroppedError` when it was not taken, `CodecError` when it is too large, as `propose` does.
        Mirrors `raft::RawNode::propose_conf_change`.
        """
    def propose_conf_change_v2(
        self, /, context: bytes | bytearray | memoryview | Sequence[int], cc: ConfChangeRef | ConfChangeV2Ref
    ) -> None:
        """
        The same as `propose_conf_change`.

        While an earlier change may not have been applied yet, an empty entry is proposed in its place, without the
        context.

        Several changes at once go by way of a joint configuration, in which the old and the new voters decide together.

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

        Raises `ProposalDroppedError` when it was not taken, `CodecError` when it is too large, as `propose` does.
        Mirrors `raft::RawNode::propose_conf_change`.
        """
    @property
    def raft(self, /) -> RaftRef:
        """
        A live view of the state machine inside.

        Mirrors the field `raft::RawNode::raft`.
        """
    def read_index(self, /, rctx: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Asks for an index that is safe to read at. It comes among the read states of a `Ready`, with `rctx`, which must
        be unique among all members, also over restarts.

        No answer comes when there is no leader, when the leader has committed nothing in its term yet, when another one
        is elected, or when a message is lost: ask again after a while. What the node itself drops is logged at debug
        level.

        A leader puts 16 bytes before each context that it takes up, and takes them off again: `raft.read_only` shows
        them.

        Raises `CodecError` when `rctx` has more than 2**28 - 2**10 bytes. Mirrors `raft::RawNode::read_index`.
        """
    def ready(self, /) -> Ready:
        """
        The work to do. It must be done and given back with `advance` or one of its siblings, before anything else is
        called that changes the node. See `Ready`.

        Mirrors `raft::RawNode::ready`.
        """
    def report_snapshot(self, /, id: SupportsIndex, status: SnapshotStatus) -> None:
        """
        Takes note of what became of the snapshot that was sent to the node `id`. Until then, it is sent nothing.

        Mirrors `raft::RawNode::report_snapshot`.
        """
    def report_unreachable(self, /, id: SupportsIndex) -> None:
        """
        Takes note that a message to the node `id` could not be delivered.

        Mirrors `raft::RawNode::report_unreachable`.
        """
    def request_snapshot(self, /) -> None:
        """
        Asks the leader for a snapshot.

        Raises `RequestSnapshotDroppedError` when the node leads or knows no leader, or is waiting for one already.
        Mirrors `raft::RawNode::request_snapshot`.
        """
    def set_batch_append(self, /, batch_append: bool) -> None:
        """
        Sets whether entries are appended to a message that is still waiting to be sent.

        Mirrors `raft::RawNode::set_batch_append`.
        """
    def set_priority(self, /, priority: SupportsIndex) -> None:
        """
        Sets the node's priority in elections.

        Mirrors `raft::RawNode::set_priority`.
        """
    def skip_bcast_commit(self, /, skip: bool) -> None:
        """
        Sets whether the leader tells of a new commit index with the next heartbeat or entries only.

        Mirrors `raft::RawNode::skip_bcast_commit`.
        """
    def snap(self, /) -> Snapshot | None:
        """
        A copy of the snapshot that is to be restored, if there is one, else `None`.

        Mirrors `raft::RawNode::snap`.
        """
    def status(self, /) -> Status:
        """
        The state of the node now.

        Mirrors `raft::RawNode::status`.
        """
    def step(self, /, msg: MessageRef) -> None:
        """
        Takes in a message from another node. It is copied.

        ```python
        >>> heartbeat = Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=3)
        >>> arrived = heartbeat.encode()  # over the network
        >>> node.step(Message.decode(arrived))
        >>> node.raft.leader_id, node.raft.term
        (2, 3)

        ```

        A message whose term is more than 2**32 ahead counts as lost: the node goes over to a term 2**32 ahead, and no
        further.

        Raises `StepLocalMsgError` for a message that never comes from another node, `StepPeerNotFoundError` for an
        answer of a node that is no member, `InvalidMessageError` for a message that no node sends,
        `ProposalDroppedError` for a forwarded proposal that was not taken; `LogLostError` for a heartbeat which proves
        that the node's own log has lost entries: stop the node then. Mirrors `raft::RawNode::step`.
        """
    def store(self, /) -> MemStorage | Any:
        """
        The storage.

        Mirrors `raft::RawNode::store`.
        """
    def tick(self, /) -> bool:
        """
        Lets one tick pass. Returns whether there may be something `ready` now.

        Call it from a timer, every 100 ms, say: `Config.election_tick` and `Config.heartbeat_tick` count these calls.

        ```python
        >>> while node.raft.state != StateRole.Leader:  # it is alone, and so it wins when its patience ends
        ...     _ = node.tick()
        >>> node.raft.election_timeout(), node.raft.term
        (20, 1)

        ```

        The only voter of a cluster doesn't begin an election before its log is stored: give the `Ready` back first.

        Mirrors `raft::RawNode::tick`.
        """
    def transfer_leader(self, /, transferee: SupportsIndex) -> None:
        """
        Tries to hand the leadership over to the node `transferee`.

        Mirrors `raft::RawNode::transfer_leader`.
        """

class ReadIndexStatus(ReadIndexStatusRef):
    """
    A read request that waits until a quorum has confirmed that the node leads.

    Mirrors `raft::read_only::ReadIndexStatus`.
    """
    def __new__(
        cls, /, req: MessageRef | None = None, index: SupportsIndex = 0, acks: Iterable[SupportsIndex] = ()
    ) -> ReadIndexStatus: ...
    @staticmethod
    def default() -> ReadIndexStatus:
        """
        The value with every field at its default.
        """

@disjoint_base
class ReadIndexStatusRef:
    """
    A live view of a `ReadIndexStatus` that lives inside another object, and the base class
    of `ReadIndexStatus` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> ReadIndexStatus: ...
    def __deepcopy__(self, /, _memo: Any) -> ReadIndexStatus: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    @property
    def acks(self, /) -> set[int]:
        """
        The ids of the nodes that have confirmed it.
        """
    @acks.setter
    def acks(self, /, v: Iterable[SupportsIndex]) -> None: ...
    def clone(self, /) -> ReadIndexStatus:
        """
        An independent copy.
        """
    def get_acks(self, /) -> set[int]:
        """
        The ids of the nodes that have confirmed it.
        """
    def get_index(self, /) -> int:
        """
        The commit index when it came.
        """
    def get_req(self, /) -> MessageRef:
        """
        The request.
        """
    @property
    def index(self, /) -> int:
        """
        The commit index when it came.
        """
    @index.setter
    def index(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> ReadIndexStatusRef:
        """
        A live view of this object.
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

        The ids of the nodes that have confirmed it.
        """
    def set_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `index`.

        The commit index when it came.
        """
    def set_req(self, /, v: MessageRef) -> None:
        """
        Sets `req`.

        The request.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """

class ReadOnly(ReadOnlyRef):
    """
    The read requests that wait until a quorum has confirmed that the node leads.

    Mirrors `raft::read_only::ReadOnly`.
    """
    def __new__(cls, /, option: ReadOnlyOption) -> ReadOnly:
        """
        No requests, to be made linearizable in the way of `option`.

        Mirrors `raft::read_only::ReadOnly::new`.
        """
    @staticmethod
    def default() -> ReadOnly:
        """
        No requests, to be confirmed by a quorum.

        Mirrors `raft::read_only::ReadOnly::default`.
        """

@disjoint_base
class ReadOnlyRef:
    """
    A live view of a `ReadOnly` that lives inside another object, and the base class
    of `ReadOnly` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __bool__(self, /) -> bool:
        """
        It is always true, as it has always been: an empty one is one, too.
        """
    def __copy__(self, /) -> ReadOnly: ...
    def __deepcopy__(self, /, _memo: Any) -> ReadOnly: ...
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    def add_request(self, /, index: SupportsIndex, req: MessageRef, self_id: SupportsIndex) -> None:
        """
        Adds a request, which `req` has made when the commit index was `index`. The node itself, `self_id`, confirms it.

        Raises `ValueError` when `req` has no entry, whose data are the request's context. Mirrors
        `raft::read_only::ReadOnly::add_request`.
        """
    def advance(
        self, /, ctx: bytes | bytearray | memoryview | Sequence[int], logger: LoggerRef
    ) -> list[ReadIndexStatus]:
        """
        Takes out the requests up to the one with the context `ctx`; none when there is no such request.

        Raises `RaftPanicError` when `read_index_queue`, which can be written to, has a context that is not in
        `pending_read_index`.

        Mirrors `raft::read_only::ReadOnly::advance`.
        """
    def clone(self, /) -> ReadOnly:
        """
        An independent copy.
        """
    def last_pending_request_ctx(self, /) -> bytes | None:
        """
        The context of the newest request; `None` when there is none.

        Mirrors `raft::read_only::ReadOnly::last_pending_request_ctx`.
        """
    def make_ref(self, /) -> ReadOnlyRef:
        """
        A live view of this object.
        """
    @property
    def option(self, /) -> ReadOnlyOption:
        """
        How reads are made linearizable.
        """
    @option.setter
    def option(self, /, option: ReadOnlyOption) -> None: ...
    def pending_read_count(self, /) -> int:
        """
        How many requests wait.

        Mirrors `raft::read_only::ReadOnly::pending_read_count`.
        """
    @property
    def pending_read_index(self, /) -> MutableMapping[bytes, ReadIndexStatusRef]:
        """
        The requests that wait, by their contexts. The views are live. What is in `read_index_queue` must be here, too.
        """
    @pending_read_index.setter
    def pending_read_index(self, /, requests: Mapping[bytes, ReadIndexStatusRef]) -> None: ...
    @property
    def read_index_queue(self, /) -> MutableSequence[bytes]:
        """
        The contexts of the requests that wait, the oldest first.
        """
    @read_index_queue.setter
    def read_index_queue(self, /, contexts: Iterable[bytes | bytearray | memoryview | Sequence[int]]) -> None: ...
    def recv_ack(self, /, id: SupportsIndex, ctx: bytes | bytearray | memoryview | Sequence[int]) -> set[int] | None:
        """
        Takes note that the node `id` confirms the request with the context `ctx`. Returns who has confirmed it so far;
        `None` when there is no such request.

        Mirrors `raft::read_only::ReadOnly::recv_ack`.
        """

class ReadState(ReadStateRef):
    """
    The answer to a `RawNode.read_index`: what has been applied up to `index` may be read.

    Mirrors `raft::ReadState`.
    """
    def __new__(
        cls, /, index: SupportsIndex = 0, request_ctx: bytes | bytearray | memoryview | Sequence[int] = b""
    ) -> ReadState: ...
    @staticmethod
    def default() -> ReadState:
        """
        The value with every field at its default.
        """

@disjoint_base
class ReadStateRef:
    """
    A live view of a `ReadState` that lives inside another object, and the base class
    of `ReadState` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> ReadState: ...
    def __deepcopy__(self, /, _memo: Any) -> ReadState: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> ReadState:
        """
        An independent copy.
        """
    def get_index(self, /) -> int:
        """
        The log index that must be applied before the read.
        """
    def get_request_ctx(self, /) -> bytes:
        """
        What was given to `read_index`.
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
        A live view of this object.
        """
    @property
    def request_ctx(self, /) -> bytes:
        """
        What was given to `read_index`.
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

        What was given to `read_index`.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """

class Ready(ReadyRef):
    """
    The work that a node wants done, from `RawNode.ready`.

    In this order: send `messages`; restore `snapshot` if there is one; apply `committed_entries`; store `entries`
    and `hs`, durably where `must_sync` says so; only then send `persisted_messages`; give the `Ready` back with
    `RawNode.advance` or one of its siblings, which consume it. Until then, call nothing else that changes the node.

    Who stores how far the entries have been applied, stores the commit index with it or before it: a node can't
    start with more applied than is committed.

    Mirrors `raft::Ready`.
    """
    @staticmethod
    def default() -> Ready:
        """
        An empty one, which belongs to no node.

        Mirrors `raft::Ready::default`.
        """

class ReadyBatch(ReadyBatchRef):
    """
    What `ReadyLoop.run` leaves to the application.

    In this order: restore `snapshot` if there is one; apply `committed_entries`; answer `read_states`. The messages
    may be sent at any time.

    Beyond raft-rs.
    """

@disjoint_base
class ReadyBatchRef:
    """
    A live view of a `ReadyBatch` that lives inside another object, and the base class
    of `ReadyBatch` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __repr__(self, /) -> str: ...
    def committed_entries(self, /) -> list[EntryRef]:
        """
        The entries to apply. Those that change members have been given to the node already.

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def conf_states(self, /) -> list[tuple[int, ConfState]]:
        """
        The members after each change of them that was applied, with the index of its entry. They are stored.
        """
    def has_more(self, /) -> bool:
        """
        Whether there was more work when the loop stopped: `run` it again.
        """
    def make_ref(self, /) -> ReadyBatchRef:
        """
        A live view of this object.
        """
    def messages(self, /) -> list[MessageRef]:
        """
        The messages to send, in the order in which raft made them. What they promise is stored.

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def read_states(self, /) -> list[ReadStateRef]:
        """
        The answers to `RawNode.read_index`.

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def rejected_conf_changes(self, /) -> list[tuple[int, Exception]]:
        """
        The changes of members that were not applied, by the index of the entry, and why: with a `ConfChangeError` when
        a change is impossible, with a `CodecError` when the entry's data is none. All nodes refuse the same.
        """
    def rejected_messages(self, /) -> list[tuple[int, Exception]]:
        """
        Which of the messages that `run` was given were refused, as from `ReadyLoop.step_many`.
        """
    def rejected_proposals(self, /) -> list[tuple[int, Exception]]:
        """
        Which of the proposals that `run` was given were refused, as from `ReadyLoop.propose_many`.
        """
    def snapshot(self, /) -> SnapshotRef:
        """
        A live view of the snapshot to restore, which is stored; it is false if there is none. The entries follow it.
        """
    def ss(self, /) -> SoftState | None:
        """
        Who leads and which role the node has, if that has changed, else `None`.
        """
    def take_committed_data(self, /) -> list[tuple[int, int, bytes]]:
        """
        Moves the entries out, as index, term, and data; without those that change members.

        A leader begins its term with an entry without data.
        """
    def take_committed_entries(self, /) -> list[Entry]:
        """
        Moves the list that `committed_entries` shows out, and leaves it empty.
        """
    def take_encoded_messages(self, /) -> dict[int, list[bytes]]:
        """
        Moves the messages out, encoded, by the ids of their receivers.
        """
    def take_messages(self, /) -> list[Message]:
        """
        Moves the list that `messages` shows out, and leaves it empty.
        """
    def take_read_states(self, /) -> list[ReadState]:
        """
        Moves the list that `read_states` shows out, and leaves it empty.
        """

@final
class ReadyLoop:
    """
    Runs the cycle of `Ready`s of a node whose storage is a `MemStorage`: stores what is to be stored, then lets the
    messages go, applies changes of members to the node, gives the `Ready` back, and starts anew until there is nothing
    left to do. What remains for the application comes in one `ReadyBatch`.

    ```python
    >>> loop = ReadyLoop(node)
    >>> node.campaign()
    >>> batch = loop.run(data=[b"one", b"two"])
    >>> [data for index, term, data in batch.take_committed_data()]
    [b'', b'one', b'two']

    ```

    The node can be used beside it, but a `Ready` must be given back before `run` is called. Large batches release the
    GIL; who uses the node meanwhile gets `InUseError`.

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
        A loop for `node`.

        With `outboxes`, messages are put at the ends of its lists by the ids of their receivers, in place of the batch:
        each encoded, or, without `encode`, all of a receiver as one `Messages`. A list that is missing is made.

        Raises `TypeError` when the node's storage is written in Python.
        """
    def __repr__(self, /) -> str: ...
    @property
    def node(self, /) -> RawNodeRef:
        """
        The node.
        """
    def propose_many(
        self, /, data: Iterable[bytes | bytearray | memoryview | Sequence[int]]
    ) -> list[tuple[int, Exception]]:
        """
        Proposes entries with these data. Returns which were refused, by their positions, and with the exceptions that
        `RawNode.propose` would have raised.

        Raises `TypeError` when an item is not bytes-like; none is proposed then.
        """
    def run(
        self,
        /,
        msgs: Iterable[MessageRef | MessagesRef | bytes | bytearray | memoryview | Sequence[int]] | None = None,
        data: Iterable[bytes | bytearray | memoryview | Sequence[int]] | None = None,
        limit: SupportsIndex = ...,
    ) -> ReadyBatch | None:
        """
        Steps messages, makes proposals, and then handles up to `limit` `Ready`s. Returns what they leave to the
        application; `None` if there is nothing. What was refused of `msgs` and of `data` is told by the batch.

        It stops before a snapshot is restored when there are entries to apply: these come first.

        Raises `TypeError` for what `step_many` or `propose_many` doesn't take, and `ValueError` when `limit` is 0,
        before anything is done. Raises `StoreError` when the storage doesn't take what is to be stored;
        `NotExistsError` for a leader that has applied its own removal: let it become a follower; `TypeError` when the
        outboxes have something else in place of a list; `CodecError` for a message that is too large to be encoded,
        which is lost: a snapshot with too much data, say. What has been done until then comes with the next batch.
        """
    def step_many(
        self, /, msgs: Iterable[MessageRef | MessagesRef | bytes | bytearray | memoryview | Sequence[int]]
    ) -> list[tuple[int, Exception]]:
        """
        Steps messages, each a `Message` or the encoding of one, or several in `Messages`, which are moved out of it.
        Returns which were refused, by their positions, and with the exceptions that `RawNode.step` would have raised,
        or `Message.decode`. Each of `Messages` has a position.

        Raises `TypeError` when an item is none of these; none is stepped then.
        """

@disjoint_base
class ReadyRef:
    """
    A live view of a `Ready` that lives inside another object, and the base class
    of `Ready` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    def committed_entries(self, /) -> list[EntryRef]:
        """
        The entries to apply: they are committed, and stored since an earlier `Ready`.

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

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def entries(self, /) -> list[EntryRef]:
        """
        The entries to store. Those already stored from the index of the first of them on are replaced.

        ```python
        >>> node.campaign()
        >>> ready = node.ready()
        >>> if ready.entries():
        ...     storage.wl().append(ready.entries())

        ```

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def hs(self, /) -> HardStateRef | None:
        """
        A live view of the hard state to store, if it has changed, else `None`.

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
        A live view of this object.
        """
    def messages(self, /) -> list[MessageRef]:
        """
        The messages that can be sent at once.

        ```python
        >>> ready = node.ready()
        >>> for message in ready.take_messages():
        ...     print("send", message.encode(), "to", message.to)

        ```

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def must_sync(self, /) -> bool:
        """
        Whether `entries`, `hs` and `snapshot` must be durable before `persisted_messages` are sent. If not, only the
        commit index has changed, which need not survive a crash, if what has been applied doesn't either.

        Mirrors `raft::Ready::must_sync`.
        """
    def number(self, /) -> int:
        """
        The number of this `Ready`, for `RawNode.on_persist_ready`.

        Mirrors `raft::Ready::number`.
        """
    def persisted_messages(self, /) -> list[MessageRef]:
        """
        The messages that may be sent only when the entries, the hard state and the snapshot have been stored.

        ```python
        >>> ready = node.ready()
        >>> for message in ready.take_persisted_messages():
        ...     print("send", message.encode(), "to", message.to)

        ```

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def read_states(self, /) -> list[ReadStateRef]:
        """
        The answers to `RawNode.read_index`.

        The views are gone once the list has been taken, or the object has been consumed.
        """
    def snapshot(self, /) -> SnapshotRef:
        """
        A live view of the snapshot to restore and store before anything else; it is false if there is none.

        ```python
        >>> ready = node.ready()
        >>> if snapshot := ready.snapshot():
        ...     storage.wl().apply_snapshot(snapshot)

        ```

        Mirrors `raft::Ready::snapshot`.
        """
    def ss(self, /) -> SoftState | None:
        """
        Who leads and which role the node has, if that has changed, else `None`. It need not be stored.

        Mirrors `raft::Ready::ss`.
        """
    def take_committed_entries(self, /) -> list[Entry]:
        """
        Moves the list that `committed_entries` shows out, and leaves it empty.
        """
    def take_entries(self, /) -> list[Entry]:
        """
        Moves the list that `entries` shows out, and leaves it empty.
        """
    def take_messages(self, /) -> list[Message]:
        """
        Moves the list that `messages` shows out, and leaves it empty.
        """
    def take_persisted_messages(self, /) -> list[Message]:
        """
        Moves the list that `persisted_messages` shows out, and leaves it empty.
        """
    def take_read_states(self, /) -> list[ReadState]:
        """
        Moves the list that `read_states` shows out, and leaves it empty.
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
        The message that `v` encodes.

        Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
        unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[Snapshot, int]:
        """
        The message that begins at `offset` in `v` with its length, and the offset of what follows it.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> Snapshot:
        """
        The value with every field at its default.
        """

class SnapshotMetadata(SnapshotMetadataRef):
    """
    Where in the log a snapshot stands.

    Mirrors `raft::eraftpb::SnapshotMetadata`.
    """
    def __new__(
        cls, /, *, conf_state: ConfStateRef | None = None, index: SupportsIndex = 0, term: SupportsIndex = 0
    ) -> SnapshotMetadata: ...
    @staticmethod
    def decode(v: bytes | bytearray | memoryview | Sequence[int]) -> SnapshotMetadata:
        """
        The message that `v` encodes.

        Fields that this version doesn't know are kept. Raises `CodecError` when `v` is malformed, holds an
        unknown enum number, is longer than 2**28 bytes, or would take more than 2**30 bytes of memory.
        """
    @staticmethod
    def decode_length_delimited(
        v: bytes | bytearray | memoryview | Sequence[int], offset: SupportsIndex = 0
    ) -> tuple[SnapshotMetadata, int]:
        """
        The message that begins at `offset` in `v` with its length, and the offset of what follows it.

        Raises `CodecError` as `decode` does, or when the length is malformed or reaches past the end;
        `ValueError` when `offset` is past the end.
        """
    @staticmethod
    def default() -> SnapshotMetadata:
        """
        The value with every field at its default.
        """

@disjoint_base
class SnapshotMetadataRef:
    """
    A live view of a `SnapshotMetadata` that lives inside another object, and the base class
    of `SnapshotMetadata` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        An independent copy.
        """
    def compute_size(self, /) -> int:
        """
        The length of the encoding in bytes.
        """
    @property
    def conf_state(self, /) -> ConfStateRef:
        """
        The members of the cluster at `index`.
        """
    @conf_state.setter
    def conf_state(self, /, v: ConfStateRef) -> None: ...
    def encode(self, /) -> bytes:
        """
        The protobuf encoding. Fields at their default take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_conf_state(self, /) -> ConfStateRef:
        """
        The members of the cluster at `index`.
        """
    def get_index(self, /) -> int:
        """
        The index of the last entry that the snapshot contains.
        """
    def get_term(self, /) -> int:
        """
        The term of that entry.
        """
    def has_conf_state(self, /) -> bool:
        """
        Whether `conf_state` is present.
        """
    @property
    def index(self, /) -> int:
        """
        The index of the last entry that the snapshot contains.
        """
    @index.setter
    def index(self, /, v: SupportsIndex) -> None: ...
    def make_ref(self, /) -> SnapshotMetadataRef:
        """
        A live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, as protobuf does: fields that are present replace the values
        here, repeated fields are appended.

        Raises `CodecError` as `decode` does; nothing is changed then.
        """
    def mut_conf_state(self, /) -> ConfStateRef:
        """
        A live view of `conf_state`, which is created when it is written to.
        """
    def set_conf_state(self, /, cs: ConfStateRef) -> None:
        """
        Sets `conf_state`.

        The members of the cluster at `index`.
        """
    def set_index(self, /, v: SupportsIndex) -> None:
        """
        Sets `index`.

        The index of the last entry that the snapshot contains.
        """
    def set_term(self, /, v: SupportsIndex) -> None:
        """
        Sets `term`.

        The term of that entry.
        """
    def take_conf_state(self, /) -> ConfState:
        """
        Moves `conf_state` out and leaves its default.
        """
    @property
    def term(self, /) -> int:
        """
        The term of that entry.
        """
    @term.setter
    def term(self, /, v: SupportsIndex) -> None: ...
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        The length of the protobuf encoding, as a varint, and the encoding: for messages one after another in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

@disjoint_base
class SnapshotRef:
    """
    A live view of a `Snapshot` that lives inside another object, and the base class
    of `Snapshot` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        An independent copy.
        """
    def compute_size(self, /) -> int:
        """
        The length of the encoding in bytes.
        """
    @property
    def data(self, /) -> bytes:
        """
        The application's state, in a form of its own.
        """
    @data.setter
    def data(self, /, v: bytes | bytearray | memoryview | Sequence[int]) -> None: ...
    def encode(self, /) -> bytes:
        """
        The protobuf encoding. Fields at their default take no bytes.

        Raises `CodecError` for a message that is too large to be decoded.
        """
    def get_data(self, /) -> bytes:
        """
        The application's state, in a form of its own.
        """
    def get_metadata(self, /) -> SnapshotMetadataRef:
        """
        Where in the log the snapshot stands.
        """
    def has_metadata(self, /) -> bool:
        """
        Whether `metadata` is present.
        """
    def is_empty(self, /) -> bool:
        """
        Whether there is no snapshot here: its index is 0.
        """
    def make_ref(self, /) -> SnapshotRef:
        """
        A live view of this object.
        """
    def merge_from_bytes(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Merges an encoded message into this one, as protobuf does: fields that are present replace the values
        here, repeated fields are appended.

        Raises `CodecError` as `decode` does; nothing is changed then.
        """
    @property
    def metadata(self, /) -> SnapshotMetadataRef:
        """
        Where in the log the snapshot stands.
        """
    @metadata.setter
    def metadata(self, /, v: SnapshotMetadataRef) -> None: ...
    def mut_metadata(self, /) -> SnapshotMetadataRef:
        """
        A live view of `metadata`, which is created when it is written to.
        """
    def set_data(self, /, bytes: bytes | bytearray | memoryview | Sequence[int]) -> None:
        """
        Sets `data`.

        The application's state, in a form of its own.
        """
    def set_metadata(self, /, snapshot_meta_data: SnapshotMetadataRef) -> None:
        """
        Sets `metadata`.

        Where in the log the snapshot stands.
        """
    def take_data(self, /) -> bytes:
        """
        Moves `data` out and leaves its default.
        """
    def take_metadata(self, /) -> SnapshotMetadata:
        """
        Moves `metadata` out and leaves its default.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        The fields by name: enums as the names of their members, nested values as dicts.
        """
    def write_length_delimited_to_bytes(self, /) -> bytes:
        """
        The length of the protobuf encoding, as a varint, and the encoding: for messages one after another in a
        stream.

        Mirrors `protobuf::Message::write_length_delimited_to_bytes`.
        """

class SoftState(SoftStateRef):
    """
    Who leads, and which role the node has: for information, not to be stored.

    Mirrors `raft::SoftState`.
    """
    def __new__(cls, /, leader_id: SupportsIndex = 0, raft_state: StateRole = StateRole.Follower) -> SoftState: ...
    @staticmethod
    def default() -> SoftState:
        """
        The value with every field at its default.
        """

@disjoint_base
class SoftStateRef:
    """
    A live view of a `SoftState` that lives inside another object, and the base class
    of `SoftState` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
    """
    def __copy__(self, /) -> SoftState: ...
    def __deepcopy__(self, /, _memo: Any) -> SoftState: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[type, tuple[Any, ...]]: ...
    def __repr__(self, /) -> str: ...
    def clone(self, /) -> SoftState:
        """
        An independent copy.
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
        A live view of this object.
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
        The fields by name: enums as the names of their members, nested values as dicts.
        """

@final
class Status:
    """
    The state of a node when it was asked for.

    Mirrors `raft::Status`.
    """
    def __new__(cls, /, raft: RaftRef) -> Status:
        """
        The state of `raft` now.

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
        Term, vote and commit index.
        """
    @property
    def id(self, /) -> int:
        """
        The node's id.
        """
    @property
    def progress(self, /) -> ProgressTrackerRef | None:
        """
        A live view of the members and their progress, if the node leads, else `None`.
        """
    @property
    def ss(self, /) -> SoftState:
        """
        Who leads, and the node's role.
        """

class Storage(StorageRef):
    """
    A storage written in Python, as a node holds it. A node takes the object itself, too.

    The six methods of `StorageProtocol` go through the same checks as when raft calls them. The other methods are
    passed on to the object as they are.

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
    A live view of a `Storage` that lives inside another object, and the base class
    of `Storage` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        The object's `entries`. `context` is used up.

        Mirrors `raft::Storage::entries`.
        """
    def first_index(self, /) -> int:
        """
        The object's `first_index`.

        Mirrors `raft::Storage::first_index`.
        """
    def hard_state(self, /) -> HardStateRef:
        """
        What the object's `hard_state` gives.
        """
    def initial_state(self, /) -> RaftState:
        """
        The object's `initial_state`.

        Mirrors `raft::Storage::initial_state`.
        """
    def last_index(self, /) -> int:
        """
        The object's `last_index`.

        Mirrors `raft::Storage::last_index`.
        """
    def make_ref(self, /) -> StorageRef:
        """
        A live view of this object.
        """
    def rl(self, /) -> Any:
        """
        What the object's `rl` gives.
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
        The object's `snapshot`.

        Mirrors `raft::Storage::snapshot`.
        """
    @property
    def storage(self, /) -> Any:
        """
        The wrapped object.
        """
    def term(self, /, idx: SupportsIndex) -> int:
        """
        The object's `term`.

        Mirrors `raft::Storage::term`.
        """
    def trigger_snap_unavailable(self, /) -> None:
        """
        Calls the object's `trigger_snap_unavailable`.
        """
    def wl(self, /) -> Any:
        """
        What the object's `wl` gives.
        """

@final
class Union:
    """
    The union of two sets of ids, without a copy of either.

    Mirrors `raft::util::Union`.
    """
    def __contains__(self, id: SupportsIndex, /) -> bool: ...
    def __iter__(self, /) -> Iterator[int]: ...
    def __len__(self, /) -> int: ...
    def __new__(cls, /, first: Iterable[SupportsIndex], second: Iterable[SupportsIndex]) -> Union:
        """
        The union of the ids in `first` and `second`.
        """
    def __repr__(self, /) -> str: ...
    def contains(self, /, id: SupportsIndex) -> bool:
        """
        Whether `id` is in either set.
        """
    def is_empty(self, /) -> bool:
        """
        Whether both sets are empty.
        """
    def iter(self, /) -> list[int]:
        """
        The ids, each once, in order.
        """
    def len(self, /) -> int:
        """
        How many ids there are.
        """

class Unstable(UnstableRef):
    """
    The part of the log that is not in the storage yet.

    Mirrors `raft::Unstable`.
    """
    def __new__(cls, /, offset: SupportsIndex, logger: LoggerRef) -> Unstable:
        """
        An unstable log without entries that starts at index `offset`.

        Mirrors `raft::Unstable::new`.
        """

@disjoint_base
class UnstableRef:
    """
    A live view of a `Unstable` that lives inside another object, and the base class
    of `Unstable` with all its methods.

    The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
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
        The size of the entries in bytes.
        """
    @entries_size.setter
    def entries_size(self, /, v: SupportsIndex) -> None: ...
    def get_entries(self, /) -> list[EntryRef]:
        """
        The entries that are not in the storage yet.
        """
    def get_entries_size(self, /) -> int:
        """
        The size of the entries in bytes.
        """
    def get_logger(self, /) -> Logger:
        """
        The logger.
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
        A live view of this object.
        """
    def maybe_first_index(self, /) -> int | None:
        """
        The index after the snapshot; `None` without one.

        Mirrors `raft::Unstable::maybe_first_index`.
        """
    def maybe_last_index(self, /) -> int | None:
        """
        The index of the last entry, or else of the snapshot; `None` without either.

        Mirrors `raft::Unstable::maybe_last_index`.
        """
    def maybe_term(self, /, idx: SupportsIndex) -> int | None:
        """
        The term at index `idx`; `None` when it isn't here.

        Mirrors `raft::Unstable::maybe_term`.
        """
    def must_check_outofbounds(self, /, lo: SupportsIndex, hi: SupportsIndex) -> None:
        """
        Raises `RaftPanicError` unless index `lo` to before index `hi` is here.

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
        Replaces everything by a snapshot.

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

        The size of the entries in bytes.
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
        Copies of the entries from index `lo` to before index `hi`.

        Raises `RaftPanicError` unless they are here. Mirrors `raft::Unstable::slice`.
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
        Takes note that the entries, the last of which has `index` and `term`, are in the storage.

        Raises `RaftPanicError` when the last entry is another one. Mirrors `raft::Unstable::stable_entries`.
        """
    def stable_snap(self, /, index: SupportsIndex) -> None:
        """
        Takes note that the snapshot, which has `index`, is in the storage.

        Raises `RaftPanicError` when there is another one or none. Mirrors `raft::Unstable::stable_snap`.
        """
    def truncate_and_append(self, /, ents: Iterable[EntryRef]) -> None:
        """
        Appends entries, in place of any from the index of the first of them on.

        Mirrors `raft::Unstable::truncate_and_append`.
        """

def conf_state_eq(lhs: ConfStateRef, rhs: ConfStateRef) -> bool:
    """
    Whether two lists of members are the same, in whatever order.

    Mirrors `raft_proto::conf_state_eq`.
    """

def default_logger() -> Logger:
    """
    The logger that raft-rs uses by default: it writes to stderr what the environment variable `RUST_LOG` lets through
    when the logger is first asked for, and errors only if that is not set.

    Mirrors `raft::default_logger`.
    """

def entry_approximate_size(e: EntryRef) -> int:
    """
    About how many bytes an entry takes: its data, its context, and 12 for the rest.

    Mirrors `raft::util::entry_approximate_size`.
    """

def is_continuous_ents(msg: MessageRef, ents: Iterable[EntryRef]) -> bool:
    """
    Whether `ents` go on where the entries of `msg` end. It is so if either has none.

    Mirrors `raft::util::is_continuous_ents`.
    """

def is_empty_snap(s: SnapshotRef) -> bool:
    """
    Whether there is no snapshot: its index is 0. Deprecated in raft-rs; `Snapshot.is_empty` is the same.

    Mirrors `raft::is_empty_snap`.
    """

def is_local_msg(typ: MessageType) -> bool:
    """
    Whether messages of type `typ` stay within a node: `RawNode.step` refuses them.

    Mirrors `raft::raw_node::is_local_msg`.
    """

def is_response_msg(typ: MessageType) -> bool:
    """
    Whether messages of type `typ` answer another message: `RawNode.step` takes them from members only.

    Mirrors `raft::raw_node::is_response_msg`, which is private there.
    """

def limit_size(entries: "list[Entry] | list[EntryRef]", max: SupportsIndex | None) -> None:
    """
    Removes entries from the end of `entries` until they take `max` bytes at most, but leaves one. `None` is no limit.

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
    How many of `total` voters make a quorum.

    Mirrors `raft::majority`.
    """

def new_conf_change_single(node_id: SupportsIndex, typ: ConfChangeType) -> ConfChangeSingle:
    """
    A `ConfChangeSingle` of these fields.

    Mirrors `raft_proto::new_conf_change_single`.
    """

def parse_conf_change(s: str) -> list[ConfChangeSingle]:
    """
    The changes that a text stands for: `v1` makes node 1 a voter, `l2` makes node 2 a learner, `r3` removes node 3.

    Raises `ValueError` for any other text. Mirrors `raft_proto::parse_conf_change`.
    """

def restore(tracker: ProgressTrackerRef, next_idx: SupportsIndex, cs: ConfStateRef) -> None:
    """
    Makes the members of `tracker`, which must have none, those of `cs`. Their next index is `next_idx`.

    Raises `ValueError` when `tracker` has members, `ConfChangeError` when `cs` is impossible; nothing is changed then.
    Mirrors `raft::confchange::restore`.
    """

def set_confchange_context_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` shows the context of a `ConfChange`.

    `cb` gets the bytes and may return anything: its `str()` is shown, in quotes. `None` brings the list of byte
    values back, which is shown as well when `cb` raises. Raises `TypeError` when `cb` can't be called.
    """

def set_confchangev2_context_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` shows the context of a `ConfChangeV2`.

    `cb` gets the bytes and may return anything: its `str()` is shown, in quotes. `None` brings the list of byte
    values back, which is shown as well when `cb` raises. Raises `TypeError` when `cb` can't be called.
    """

def set_entry_context_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` shows the context of an `Entry`.

    `cb` gets the bytes and may return anything: its `str()` is shown, in quotes. `None` brings the list of byte
    values back, which is shown as well when `cb` raises. Raises `TypeError` when `cb` can't be called.
    """

def set_entry_data_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` shows the data of an `Entry`.

    `cb` gets the bytes and may return anything: its `str()` is shown, in quotes. `None` brings the list of byte
    values back, which is shown as well when `cb` raises. Raises `TypeError` when `cb` can't be called.
    """

def set_message_context_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` shows the context of a `Message`.

    `cb` gets the bytes and may return anything: its `str()` is shown, in quotes. `None` brings the list of byte
    values back, which is shown as well when `cb` raises. Raises `TypeError` when `cb` can't be called.
    """

def set_snapshot_data_deserializer(cb: Deserializer | None) -> None:
    """
    Sets how `repr` shows the data of a `Snapshot`.

    `cb` gets the bytes and may return anything: its `str()` is shown, in quotes. `None` brings the list of byte
    values back, which is shown as well when `cb` raises. Raises `TypeError` when `cb` can't be called.
    """

def stringify_conf_change(ccs: Iterable[ConfChangeSingleRef]) -> str:
    """
    The text that `parse_conf_change` makes these changes from.

    Mirrors `raft_proto::stringify_conf_change`.
    """

def tick_many(nodes: Iterable[RawNodeRef]) -> list[int]:
    """
    Lets one tick pass for each of `nodes`. Returns the positions of those that have something `ready` now.

    Raises what `RawNode.tick` raises when a node fails: of the first, after all have been ticked.

    Beyond raft-rs.
    """

def vote_resp_msg_type(typ: MessageType) -> MessageType:
    """
    The type of the answer to a request of type `typ` for a vote.

    Raises `ValueError` when `typ` is neither `MsgRequestVote` nor `MsgRequestPreVote`. Mirrors
    `raft::vote_resp_msg_type`.
    """
