//! `SoftState` and `StateRole`: the part of a node's state that needs no storage.

use pyo3::prelude::*;

use crate::binding::classes::{equality, value_class};
use crate::binding::enums::enum_class;

enum_class! {
    /// The role of a node.
    ///
    /// Mirrors `raft::StateRole`.
    "StateRole": raft::StateRole {
        Follower,
        Candidate,
        Leader,
        PreCandidate,
    }
}

value_class! {
    /// Who leads, and which role the node has: for information, not to be stored.
    ///
    /// Mirrors `raft::SoftState`.
    "SoftState" / "SoftStateRef": raft::SoftState, new "(leader_id=0, raft_state=StateRole.Follower)" {
        /// The id of the leader; 0 when there is none.
        leader_id: u64 => set(leader_id),
        /// The role of this node.
        raft_state: PyStateRole => set(rs),
    }
}
equality! { PySoftStateRef }
