//! `Configuration`: the membership that a tracker tracks.

use std::collections::BTreeSet;

use pyo3::prelude::*;
use raft::eraftpb::ConfState;
use raft::{JointConfig, ProgressTracker};

use crate::binding::classes::{clone_methods, equality, wrapper_class};
use crate::binding::convert::{Many, Owned};
use crate::binding::handle::Wrapper;
use crate::checks::members::tracker_of;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::errors::raft_error;
use crate::quorum::joint::PyJointConfigRef;
use crate::quorum::majority::text_of;

/// The parts of raft-rs's `Configuration`, whose type can't be named.
#[derive(Clone)]
pub struct Configuration {
    /// The voters.
    pub voters: JointConfig,
    /// All members, as a `ConfState`.
    pub state: ConfState,
}

impl Configuration {
    /// Returns the configuration of `tracker`.
    pub fn of(tracker: &ProgressTracker) -> Self {
        Self::from(tracker.conf().voters(), tracker.conf().to_conf_state())
    }

    /// Creates a configuration from the parts of raft-rs's.
    pub fn from(voters: &JointConfig, mut state: ConfState) -> Self {
        for ids in [&mut state.voters, &mut state.voters_outgoing, &mut state.learners, &mut state.learners_next] {
            ids.sort_unstable();
        }
        Self { voters: voters.clone(), state }
    }
}

impl PartialEq for Configuration {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

wrapper_class! {
    /// The configuration that a `ProgressTracker` tracks.
    ///
    /// Mirrors `raft::tracker::Configuration`.
    "Configuration" / "ConfigurationRef": Configuration
}
clone_methods! { PyConfigurationRef, Clone::clone }
equality! { PyConfigurationRef }

#[pymethods]
impl PyConfiguration {
    /// Creates a configuration, not joint, of these voters and learners.
    ///
    /// Raises `ConfChangeError` when the configuration is invalid, such as an id that is both. Mirrors
    /// `raft::tracker::Configuration::new`.
    #[new]
    #[pyo3(
        signature = (voters = Many(Vec::new()), learners = Many(Vec::new())),
        text_signature = "(voters=(), learners=())"
    )]
    fn new(voters: Many<u64>, learners: Many<u64>) -> PyResult<PyClassInitializer<Self>> {
        let tracker = tracker_of(&(voters.0, learners.0).into()).map_err(raft_error)?;
        Ok(Self::initializer(Configuration::of(&tracker)))
    }
}

#[pymethods]
impl PyConfigurationRef {
    /// Returns the voters.
    ///
    /// Mirrors `raft::tracker::Configuration::voters`.
    fn voters(&self) -> PyResult<Owned<PyJointConfigRef>> {
        self.read(|configuration| Owned(configuration.voters.clone()))
    }

    /// Returns the ids of the learners.
    ///
    /// Mirrors `raft::tracker::Configuration::learners`.
    fn learners(&self) -> PyResult<BTreeSet<u64>> {
        self.read(|configuration| configuration.state.learners.iter().copied().collect())
    }

    /// Returns the ids of the voters that become learners when the joint configuration is left.
    ///
    /// Mirrors `raft::tracker::Configuration::learners_next`.
    fn learners_next(&self) -> PyResult<BTreeSet<u64>> {
        self.read(|configuration| configuration.state.learners_next.iter().copied().collect())
    }

    /// Returns whether Raft leaves the joint configuration automatically.
    ///
    /// Mirrors `raft::tracker::Configuration::auto_leave`.
    fn auto_leave(&self) -> PyResult<bool> {
        self.read(|configuration| configuration.state.auto_leave)
    }

    /// Returns the configuration as a `ConfState`, with the ids in ascending order.
    ///
    /// Mirrors `raft::tracker::Configuration::to_conf_state`.
    fn to_conf_state(&self) -> PyResult<Owned<PyConfStateRef>> {
        self.read(|configuration| Owned(configuration.state.clone()))
    }

    /// The text that raft-rs's tests use: `voters=(1 2)&&(1) learners=(3) autoleave`.
    fn __repr__(&self) -> PyResult<String> {
        self.read(|configuration| {
            let state = &configuration.state;
            let mut text = format!("voters={}", text_of(&state.voters));
            let others = [
                ("&&", &state.voters_outgoing),
                (" learners=", &state.learners),
                (" learners_next=", &state.learners_next),
            ];
            for (name, ids) in others {
                if !ids.is_empty() {
                    text.push_str(name);
                    text.push_str(&text_of(ids));
                }
            }
            if state.auto_leave {
                text.push_str(" autoleave");
            }
            text
        })
    }
}
