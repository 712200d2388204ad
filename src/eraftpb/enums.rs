//! The enums of `eraftpb`.

use pyo3::prelude::*;

use crate::binding::enums::enum_class;

enum_class! {
    /// The type of an `Entry`.
    ///
    /// Mirrors `raft::eraftpb::EntryType`.
    "EntryType": raft::eraftpb::EntryType {
        EntryNormal,
        EntryConfChange,
        EntryConfChangeV2,
    }
}

enum_class! {
    /// The type of a `Message`.
    ///
    /// Mirrors `raft::eraftpb::MessageType`.
    "MessageType": raft::eraftpb::MessageType {
        MsgHup,
        MsgBeat,
        MsgPropose,
        MsgAppend,
        MsgAppendResponse,
        MsgRequestVote,
        MsgRequestVoteResponse,
        MsgSnapshot,
        MsgHeartbeat,
        MsgHeartbeatResponse,
        MsgUnreachable,
        MsgSnapStatus,
        MsgCheckQuorum,
        MsgTransferLeader,
        MsgTimeoutNow,
        MsgReadIndex,
        MsgReadIndexResp,
        MsgRequestPreVote,
        MsgRequestPreVoteResponse,
    }
}

enum_class! {
    /// The transition of a `ConfChangeV2` from the old configuration to the new one.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeTransition`.
    "ConfChangeTransition": raft::eraftpb::ConfChangeTransition {
        Auto,
        Implicit,
        Explicit,
    }
}

enum_class! {
    /// The type of a configuration change.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeType`.
    "ConfChangeType": raft::eraftpb::ConfChangeType {
        AddNode,
        RemoveNode,
        AddLearnerNode,
    }
}
