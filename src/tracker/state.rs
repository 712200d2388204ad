//! `ProgressState`: how the leader sends to a peer.

use pyo3::prelude::*;

use crate::binding::enums::enum_class;

enum_class! {
    /// How the leader sends entries to a peer.
    ///
    /// Mirrors `raft::ProgressState`.
    "ProgressState": raft::ProgressState {
        Probe,
        Replicate,
        Snapshot,
    }
}
