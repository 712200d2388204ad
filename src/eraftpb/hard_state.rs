//! `HardState`: what a node must remember across restarts.

use pyo3::prelude::*;

use crate::binding::classes::equality;
use crate::eraftpb::message_class::message_class;

message_class! {
    /// The state that must be durable before the messages of the same `Ready` are sent.
    ///
    /// Mirrors `raft::eraftpb::HardState`.
    "HardState" / "HardStateRef": raft::eraftpb::HardState, new "(term=0, vote=0, commit=0)" {
        /// The node's current term.
        term: u64,
        /// The id of the node voted for in `term`; 0 for none.
        vote: u64,
        /// The highest log index known to be committed.
        commit: u64,
    }
}
equality! { PyHardStateRef }
