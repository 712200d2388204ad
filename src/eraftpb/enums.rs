//! The enums of the wire format.

use pyo3::prelude::*;

use crate::enums::{enum_class, numbered};

enum_class! {
    /// What the data of an `Entry` is.
    ///
    /// Mirrors `raft::eraftpb::EntryType`.
    EntryType: raft::eraftpb::EntryType {
        /// Data of the application, or nothing: a new leader starts its term with an empty entry.
        EntryNormal,
        /// An encoded `ConfChange`.
        EntryConfChange,
        /// An encoded `ConfChangeV2`.
        EntryConfChangeV2,
    }
}
numbered! { EntryType: raft::eraftpb::EntryType }

enum_class! {
    /// What a `Message` is for.
    ///
    /// Mirrors `raft::eraftpb::MessageType`.
    MessageType: raft::eraftpb::MessageType {
        /// Local: start an election.
        MsgHup,
        /// Local: the leader sends heartbeats.
        MsgBeat,
        /// Append entries to the leader's log.
        MsgPropose,
        /// The leader replicates entries.
        MsgAppend,
        /// The answer to `MsgAppend`.
        MsgAppendResponse,
        /// A candidate asks for a vote.
        MsgRequestVote,
        /// The answer to `MsgRequestVote`.
        MsgRequestVoteResponse,
        /// The leader sends a snapshot in place of entries that it no longer has.
        MsgSnapshot,
        /// The leader is alive.
        MsgHeartbeat,
        /// The answer to `MsgHeartbeat`.
        MsgHeartbeatResponse,
        /// Local: the last message to a peer could not be delivered.
        MsgUnreachable,
        /// Local: a snapshot was delivered to a peer, or was not.
        MsgSnapStatus,
        /// Local: the leader checks that it still hears from a quorum.
        MsgCheckQuorum,
        /// Hand the leadership over.
        MsgTransferLeader,
        /// The leader tells its successor to campaign at once.
        MsgTimeoutNow,
        /// Ask for an index that is safe to read at.
        MsgReadIndex,
        /// The answer to `MsgReadIndex`.
        MsgReadIndexResp,
        /// Ask whether a vote would be granted, without a new term.
        MsgRequestPreVote,
        /// The answer to `MsgRequestPreVote`.
        MsgRequestPreVoteResponse,
    }
}
numbered! { MessageType: raft::eraftpb::MessageType }

enum_class! {
    /// How a `ConfChangeV2` goes from the old configuration to the new one.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeTransition`.
    ConfChangeTransition: raft::eraftpb::ConfChangeTransition {
        /// In one step where that is safe, else through a joint configuration that is left by itself.
        Auto,
        /// Through a joint configuration that is left by itself.
        Implicit,
        /// Through a joint configuration that is left by an empty `ConfChangeV2` of the application.
        Explicit,
    }
}
numbered! { ConfChangeTransition: raft::eraftpb::ConfChangeTransition }

enum_class! {
    /// What a change of the configuration does with a node.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeType`.
    ConfChangeType: raft::eraftpb::ConfChangeType {
        /// Make it a voter.
        AddNode,
        /// Remove it.
        RemoveNode,
        /// Make it a learner: it gets the log and has no vote.
        AddLearnerNode,
    }
}
numbered! { ConfChangeType: raft::eraftpb::ConfChangeType }
