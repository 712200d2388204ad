//! `RaftState`: what a storage gives a node to start from.

use pyo3::prelude::*;

use crate::binding::classes::value_class;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::Nested;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::hard_state::PyHardStateRef;

value_class! {
    /// What a storage gives a node to start from.
    ///
    /// Mirrors `raft::RaftState`.
    "RaftState" / "RaftStateRef": raft::RaftState, new "(hard_state=None, conf_state=None)" {
        /// What the node must remember across restarts.
        hard_state: Nested<PyHardStateRef> => set(hs),
        /// The members of the cluster.
        conf_state: Nested<PyConfStateRef> => set(cs),
    }
}

#[pymethods]
impl PyRaftStateRef {
    /// Whether there are members: the cluster has been set up.
    ///
    /// Mirrors `raft::RaftState::initialized`.
    fn initialized(&self) -> PyResult<bool> {
        self.read(raft::RaftState::initialized)
    }
}
