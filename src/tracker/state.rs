//! `ProgressState`: how the leader sends to a peer.

use pyo3::prelude::*;

use crate::enums::enum_class;

enum_class! {
    /// How the leader sends entries to a peer.
    ///
    /// Mirrors `raft::ProgressState`.
    ProgressState: raft::ProgressState {
        /// One message an answer, until it is known where the logs agree.
        Probe,
        /// As many messages as may be in flight.
        Replicate,
        /// Nothing, until the peer has restored a snapshot.
        Snapshot,
    }
}
