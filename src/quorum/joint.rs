//! `JointConfig`: two majorities that decide together.

use std::collections::HashSet;

use pyo3::prelude::*;
use raft::eraftpb::ConfState;

use crate::binding::classes::{clone_methods, equality, wrapper_class};
use crate::binding::convert::{ListIterator, Many, Owned, sorted};
use crate::binding::handle::Wrapper;
use crate::checks::limits::checked_room;
use crate::checks::members::tracker_of;
use crate::errors::raft_error;
use crate::quorum::majority::PyMajorityConfigRef;
use crate::quorum::{AckIndexer, PyVoteResult, Votes};

wrapper_class! {
    /// The voters of a configuration, and while it is joint, those of the configuration that it comes from.
    ///
    /// Mirrors `raft::JointConfig`.
    "JointConfig" / "JointConfigRef": raft::JointConfig
}
clone_methods! { PyJointConfigRef, Clone::clone }
equality! { PyJointConfigRef }

#[pymethods]
impl PyJointConfig {
    /// A configuration, not joint, of these voters.
    ///
    /// Mirrors `raft::JointConfig::new`.
    #[new]
    #[pyo3(signature = (voters = Many(Vec::new())), text_signature = "(voters=())")]
    fn new(voters: Many<u64>) -> PyClassInitializer<Self> {
        Self::initializer(raft::JointConfig::new(voters.0.into_iter().collect()))
    }

    /// A configuration without voters, with room for `cap`; at most 4,096 are allocated before there are so many.
    ///
    /// Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::JointConfig::with_capacity`.
    #[staticmethod]
    fn with_capacity(cap: usize) -> PyResult<Owned<PyJointConfigRef>> {
        Ok(Owned(raft::JointConfig::with_capacity(checked_room("cap", cap)?)))
    }

    /// A joint configuration of two majorities.
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

    /// Whether there is one voter only, and the configuration is not joint.
    ///
    /// Mirrors `raft::JointConfig::is_singleton`.
    fn is_singleton(&self) -> PyResult<bool> {
        self.read(raft::JointConfig::is_singleton)
    }

    /// The ids of all voters, of both configurations.
    ///
    /// Mirrors `raft::JointConfig::ids`.
    fn ids(&self) -> PyResult<HashSet<u64>> {
        self.read(|config| config.ids().iter().collect())
    }

    /// Whether `id` is a voter in either configuration.
    ///
    /// Mirrors `raft::JointConfig::contains`.
    fn contains(&self, id: u64) -> PyResult<bool> {
        self.read(|config| config.contains(id))
    }

    /// The highest index that a majority, or both, have acknowledged according to `l`, and whether group commit found
    /// it.
    ///
    /// Mirrors `raft::JointConfig::committed_index`.
    fn committed_index(&self, use_group_commit: bool, l: AckIndexer<'_>) -> PyResult<(u64, bool)> {
        let acked = l.of(self.ids()?)?;
        self.read(|config| config.committed_index(use_group_commit, &acked))
    }

    /// The outcome of the votes that `check` tells: a majority, or both, must grant.
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

    /// It is always true, as it has always been: an empty one is one, too.
    #[allow(clippy::unused_self, reason = "Python's protocol")]
    fn __bool__(&self) -> bool {
        true
    }

    /// The ids of all voters, in order.
    fn __iter__(&self) -> PyResult<ListIterator<u64>> {
        self.read(|config| ListIterator(sorted(config.ids().iter())))
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|config| format!("{config:?}"))
    }
}
