//! `ReadState` and `ReadOnlyOption`: linearizable reads.

use pyo3::prelude::*;

use crate::enums::enum_class;
use crate::fields::{ByteVec, equality, value_class};

enum_class! {
    /// How the leader makes sure that a read is linearizable.
    ///
    /// Mirrors `raft::ReadOnlyOption`.
    ReadOnlyOption: raft::ReadOnlyOption {
        /// It asks a quorum whether it still leads.
        Safe,
        /// It trusts its lease, and so the clocks of the cluster. Needs `Config.check_quorum`.
        LeaseBased,
    }
}

value_class! {
    /// The answer to a `RawNode.read_index`: what has been applied up to `index` may be read.
    ///
    /// Mirrors `raft::ReadState`.
    ReadState / ReadStateRef: raft::ReadState {
        /// The log index that must be applied before the read.
        index: u64,
        /// What was given to `read_index`.
        request_ctx: ByteVec,
    }
}
equality! { ReadStateRef }
