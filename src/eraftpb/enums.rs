//! The enums of the wire format.

use pyo3::prelude::*;

use crate::binding::enums::enum_class;

enum_class! {
    /// What the data of an `Entry` is.
    ///
    /// Mirrors `raft::eraftpb::EntryType`.
    "EntryType": raft::eraftpb::EntryType {
        EntryNormal,
        EntryConfChange,
        EntryConfChangeV2,
    }
}

enum_class! {
    /// What a `Message` is for.
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
    /// How a `ConfChangeV2` goes from the old configuration to the new one.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeTransition`.
    "ConfChangeTransition": raft::eraftpb::ConfChangeTransition {
        Auto,
        Implicit,
        Explicit,
    }
}

enum_class! {
    /// What a change of the configuration does with a node.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeType`.
    "ConfChangeType": raft::eraftpb::ConfChangeType {
        AddNode,
        RemoveNode,
        AddLearnerNode,
    }
}
