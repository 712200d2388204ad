//! `HardState`: the state of a node that must survive a restart.

use pyo3::prelude::*;

use crate::binding::classes::equality;
use crate::eraftpb::message_class::message_class;

message_class! {
    /// The persistent state of a node. It must be persisted before the messages of the same `Ready` are sent.
    ///
    /// Mirrors `raft::eraftpb::HardState`.
    "HardState" / "HardStateRef": raft::eraftpb::HardState, new "(term=0, vote=0, commit=0)" {
        /// The current term of the node.
        term: u64,
        /// The id of the node that received the vote in `term`; 0 for none.
        vote: u64,
        /// The highest log index known to be committed.
        commit: u64,
    }
}
equality! { PyHardStateRef }
