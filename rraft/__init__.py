"""tikv/raft-rs for Python: the Raft consensus library, one-to-one.

Each type `X` of raft-rs is a class `X`. Its base class `XRef` has all the methods: objects of that class are live views
of an `X` that lives inside another object. Whatever takes an `X` takes either.

>>> from rraft import *
>>> message = Message(entries=[Entry(data=b"hello")])
>>> message.entries[0].data
b'hello'
>>> message.entries[0].term = 3
>>> message.entries[0].term
3
"""

from __future__ import annotations

from importlib.metadata import version as _version

from .errors import *
from .protocols import AckIndexer, StorageProtocol, VoteResult, Votes
from .rraft import *
from .rraft import Raft, RaftLog, RaftLogRef, RaftRef, RawNode, RawNodeRef

__version__ = _version("rraft-py")

# There is one class of each, for all storages. rraft-py had a second one for `MemStorage`, under these names.
InMemoryRaft = Raft
InMemoryRaftRef = RaftRef
InMemoryRaftLog = RaftLog
InMemoryRaftLogRef = RaftLogRef
InMemoryRawNode = RawNode
InMemoryRawNodeRef = RawNodeRef

__all__ = [
    "CAMPAIGN_ELECTION",
    "CAMPAIGN_PRE_ELECTION",
    "CAMPAIGN_TRANSFER",
    "INVALID_ID",
    "INVALID_INDEX",
    "NO_LIMIT",
    "AckIndexer",
    "Changer",
    "CodecError",
    "CompactedError",
    "ConfChange",
    "ConfChangeError",
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
    "ConfigInvalidError",
    "ConfigRef",
    "Configuration",
    "ConfigurationRef",
    "DestroyedRefUsedError",
    "Entry",
    "EntryRef",
    "EntryType",
    "ExistsError",
    "GetEntriesContext",
    "GetEntriesContextRef",
    "HardState",
    "HardStateRef",
    "InMemoryRaft",
    "InMemoryRaftLog",
    "InMemoryRaftLogRef",
    "InMemoryRaftRef",
    "InMemoryRawNode",
    "InMemoryRawNodeRef",
    "InUseError",
    "Index",
    "Inflights",
    "InflightsRef",
    "InvalidMessageError",
    "IoError",
    "JointConfig",
    "JointConfigRef",
    "LightReady",
    "LightReadyRef",
    "LogTemporarilyUnavailableError",
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
    "NotExistsError",
    "OtherError",
    "OverflowStrategy",
    "Peer",
    "PeerRef",
    "Progress",
    "ProgressMapItem",
    "ProgressRef",
    "ProgressState",
    "ProgressTracker",
    "ProgressTrackerRef",
    "ProposalDroppedError",
    "Raft",
    "RaftError",
    "RaftLog",
    "RaftLogRef",
    "RaftPanicError",
    "RaftRef",
    "RaftState",
    "RaftStateRef",
    "RaftStorageError",
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
    "ReadyRef",
    "RequestSnapshotDroppedError",
    "Snapshot",
    "SnapshotMetadata",
    "SnapshotMetadataRef",
    "SnapshotOutOfDateError",
    "SnapshotRef",
    "SnapshotStatus",
    "SnapshotTemporarilyUnavailableError",
    "SoftState",
    "SoftStateRef",
    "StateRole",
    "Status",
    "StepLocalMsgError",
    "StepPeerNotFoundError",
    "Storage",
    "StorageError",
    "StorageProtocol",
    "StorageRef",
    "StoreError",
    "UnavailableError",
    "Union",
    "Unstable",
    "UnstableRef",
    "VoteResult",
    "Votes",
    "__raft_version__",
    "__version__",
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
    "vote_resp_msg_type",
]
