//! `SoftState` and `StateRole`: the volatile part of a node's state.

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
    /// The leader's id and the node's role. It is volatile and need not be persisted.
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
