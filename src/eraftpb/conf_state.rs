//! `ConfState`: who is in the cluster.

use pyo3::prelude::*;

use crate::fields::message_class;
use crate::kinds::Ids;

message_class! {
    /// The members of a cluster, as storages and snapshots keep them.
    ///
    /// Mirrors `raft::eraftpb::ConfState`.
    ConfState / ConfStateRef: raft::eraftpb::ConfState {
        /// The ids of the voters; in a joint configuration, of the incoming one.
        voters: Ids => set(list),
        /// The ids of the learners: they get the log and have no vote.
        learners: Ids => set(list),
        /// In a joint configuration, the ids of the voters that it comes from; else empty.
        voters_outgoing: Ids => set(list),
        /// The ids of the voters that become learners when the joint configuration is left.
        learners_next: Ids => set(list),
        /// Whether raft leaves the joint configuration by itself.
        auto_leave: bool,
    }
}
