//! `RaftState`: the initial state of a node, from its storage.

use pyo3::prelude::*;

use crate::binding::classes::value_class;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::Nested;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::hard_state::PyHardStateRef;

value_class! {
    /// The initial state of a node, from its storage: the hard state and the configuration.
    ///
    /// Mirrors `raft::RaftState`.
    "RaftState" / "RaftStateRef": raft::RaftState, new "(hard_state=None, conf_state=None)" {
        /// The hard state, which is persisted across restarts.
        hard_state: Nested<PyHardStateRef> => set(hs),
        /// The configuration: the members of the cluster.
        conf_state: Nested<PyConfStateRef> => set(cs),
    }
}

#[pymethods]
impl PyRaftStateRef {
    /// Returns whether the state is initialized: the configuration has members.
    ///
    /// Mirrors `raft::RaftState::initialized`.
    fn initialized(&self) -> PyResult<bool> {
        self.read(raft::RaftState::initialized)
    }
}
