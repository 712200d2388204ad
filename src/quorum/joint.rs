//! `JointConfig`: two majorities that decide together.

use std::collections::HashSet;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::fields::{clone_methods, equality, wrapper_class};
use crate::handle::{Handle, Lens, Wrapper};
use crate::tracker::ProgressTrackerRef;

wrapper_class! {
    /// The voters of a configuration, and while it is joint, those of the configuration that it comes from.
    ///
    /// Mirrors `raft::JointConfig`.
    JointConfig / JointConfigRef: raft::JointConfig
}
clone_methods! { JointConfigRef, Clone::clone }
equality! { JointConfigRef }

/// The lens on the voters of a tracker, which raft-rs lets nobody change.
struct Voters(Py<ProgressTrackerRef>);

impl Lens<raft::JointConfig> for Voters {
    fn read(&self, f: &mut dyn FnMut(&raft::JointConfig)) -> PyResult<()> {
        self.0.get().read(|tracker| f(tracker.conf().voters()))
    }

    fn write(&self, _: &mut dyn FnMut(&mut raft::JointConfig)) -> PyResult<()> {
        Err(PyTypeError::new_err("the voters of a ProgressTracker can't be changed in place"))
    }
}

impl JointConfigRef {
    /// A view of the voters of `tracker`.
    pub fn of_tracker(tracker: Py<ProgressTrackerRef>) -> Self {
        Handle::View(Box::new(Voters(tracker))).into()
    }
}

#[pymethods]
impl JointConfig {
    /// A configuration, not joint, of these voters.
    ///
    /// Mirrors `raft::JointConfig::new`.
    #[new]
    fn new(voters: HashSet<u64>) -> PyClassInitializer<Self> {
        Self::initializer(raft::JointConfig::new(voters.into_iter().collect()))
    }
}

#[pymethods]
impl JointConfigRef {
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

    fn __contains__(&self, id: u64) -> PyResult<bool> {
        self.contains(id)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|config| format!("{config:?}"))
    }
}
