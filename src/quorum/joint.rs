//! `JointConfig`: two majorities that decide together, in joint consensus.

use std::collections::BTreeSet;

use pyo3::prelude::*;
use raft::eraftpb::ConfState;

use crate::binding::classes::{clone_methods, equality, wrapper_class};
use crate::binding::convert::{ListIterator, Many, Owned, sorted};
use crate::binding::handle::Wrapper;
use crate::checks::limits::checked_initial_capacity;
use crate::checks::members::tracker_of;
use crate::errors::raft_error;
use crate::quorum::majority::PyMajorityConfigRef;
use crate::quorum::{AckIndexer, PyVoteResult, Votes};

wrapper_class! {
    /// The incoming voters and, in a joint configuration, the outgoing voters.
    ///
    /// Mirrors `raft::JointConfig`.
    "JointConfig" / "JointConfigRef": raft::JointConfig
}
clone_methods! { PyJointConfigRef, Clone::clone }
equality! { PyJointConfigRef }

#[pymethods]
impl PyJointConfig {
    /// Creates a configuration, not joint, of these voters.
    ///
    /// Mirrors `raft::JointConfig::new`.
    #[new]
    #[pyo3(signature = (voters = Many(Vec::new())), text_signature = "(voters=())")]
    fn new(voters: Many<u64>) -> PyClassInitializer<Self> {
        Self::initializer(raft::JointConfig::new(voters.0.into_iter().collect()))
    }

    /// Creates a configuration without voters, with capacity for `cap`. At most 4,096 are allocated in advance.
    ///
    /// Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::JointConfig::with_capacity`.
    #[staticmethod]
    fn with_capacity(cap: usize) -> PyResult<Owned<PyJointConfigRef>> {
        Ok(Owned(raft::JointConfig::with_capacity(checked_initial_capacity("cap", cap)?)))
    }

    /// Creates a joint configuration of two majorities.
    ///
    /// Raises `ConfChangeError` when there is an outgoing majority and no incoming one. Mirrors
    /// `raft::JointConfig::new_joint_from_majorities`, which only raft-rs's own tests can reach.
    #[staticmethod]
    fn new_joint_from_majorities(
        incoming: &Bound<'_, PyMajorityConfigRef>,
        outgoing: &Bound<'_, PyMajorityConfigRef>,
    ) -> PyResult<Owned<PyJointConfigRef>> {
        let mut conf_state = ConfState::from((incoming.get().read(raft::MajorityConfig::raw_slice)?, []));
        conf_state.voters_outgoing = outgoing.get().read(raft::MajorityConfig::raw_slice)?;
        let tracker = tracker_of(&conf_state).map_err(raft_error)?;
        Ok(Owned(tracker.conf().voters().clone()))
    }
}

#[pymethods]
impl PyJointConfigRef {
    /// Removes all voters.
    ///
    /// Mirrors `raft::JointConfig::clear`.
    fn clear(&self) -> PyResult<()> {
        self.write(raft::JointConfig::clear)
    }

    /// Returns whether there is only one voter and the configuration is not joint.
    ///
    /// Mirrors `raft::JointConfig::is_singleton`.
    fn is_singleton(&self) -> PyResult<bool> {
        self.read(raft::JointConfig::is_singleton)
    }

    /// Returns the ids of all voters, incoming and outgoing.
    ///
    /// Mirrors `raft::JointConfig::ids`.
    fn ids(&self) -> PyResult<BTreeSet<u64>> {
        self.read(|config| config.ids().iter().collect())
    }

    /// Returns whether `id` is an incoming or outgoing voter.
    ///
    /// Mirrors `raft::JointConfig::contains`.
    fn contains(&self, id: u64) -> PyResult<bool> {
        self.read(|config| config.contains(id))
    }

    /// Returns the highest index that every majority of the configuration has acknowledged according to `l`, and
    /// whether group commit determined it.
    ///
    /// Mirrors `raft::JointConfig::committed_index`.
    fn committed_index(&self, use_group_commit: bool, l: AckIndexer<'_>) -> PyResult<(u64, bool)> {
        let acked = l.of(self.ids()?)?;
        self.read(|config| config.committed_index(use_group_commit, &acked))
    }

    /// Returns the result of the votes that `check` returns. An election is won if every majority of the configuration
    /// grants.
    ///
    /// Mirrors `raft::JointConfig::vote_result`.
    fn vote_result(&self, check: Votes<'_>) -> PyResult<PyVoteResult> {
        let votes = check.of(self.ids()?)?;
        self.read(|config| PyVoteResult::of(&config.vote_result(|id| votes.get(&id).copied())))
    }

    fn __contains__(&self, id: u64) -> PyResult<bool> {
        self.contains(id)
    }

    fn __len__(&self) -> PyResult<usize> {
        self.read(|config| config.ids().len())
    }

    /// Always true, for backward compatibility, even if the configuration is empty.
    #[allow(clippy::unused_self, reason = "Python's protocol")]
    fn __bool__(&self) -> bool {
        true
    }

    /// Iterates over the ids of all voters in ascending order.
    fn __iter__(&self) -> PyResult<ListIterator<u64>> {
        self.read(|config| ListIterator(sorted(config.ids().iter())))
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|config| format!("{config:?}"))
    }
}
