//! `ProgressState`: the replication state of a peer.

use pyo3::prelude::*;

use crate::binding::enums::enum_class;

enum_class! {
    /// The replication state of a peer.
    ///
    /// Mirrors `raft::ProgressState`.
    "ProgressState": raft::ProgressState {
        Probe,
        Replicate,
        Snapshot,
    }
}
