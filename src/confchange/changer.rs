//! `Changer`: computes the configuration that a membership change results in.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use raft::MapChange;

use crate::binding::convert::{Many, Owned, Value};
use crate::binding::handle::Wrapper;
use crate::confchange::map_change::{PyMapChangeType, read_map_change};
use crate::eraftpb::conf_change::PyConfChangeSingleRef;
use crate::errors::raft_error;
use crate::tracker::PyProgressTrackerRef;
use crate::tracker::configuration::{Configuration, PyConfigurationRef};

/// Computes the configuration that a membership change results in, and rejects changes that are not safe. It does not
/// change the tracker: pass the result to `ProgressTracker.apply_conf`.
///
/// Mirrors `raft::Changer`.
#[pyclass(module = "rraft", name = "Changer", frozen)]
pub struct PyChanger(Py<PyProgressTrackerRef>);

/// The resulting configuration, and the change of each affected member's progress.
type Changed = (Owned<PyConfigurationRef>, Vec<(u64, PyMapChangeType)>);

/// Calls a method of raft-rs's `Changer` on the tracker of `$slf`. (The return type can't be named.)
macro_rules! change {
    ($slf:expr, |$changer:ident| $call:expr) => {
        $slf.0.get().read(|tracker| {
            #[allow(unused_mut, reason = "one of the methods needs it")]
            let mut $changer = raft::Changer::new(tracker);
            let (configuration, changes): (_, MapChange) = $call.map_err(raft_error)?;
            let changes = read_map_change(tracker, &changes);
            Ok((Owned(Configuration::from(configuration.voters(), configuration.to_conf_state())), changes))
        })?
    };
}

#[pymethods]
impl PyChanger {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }

    /// Creates a changer for the configuration of `tracker`.
    ///
    /// Mirrors `raft::Changer::new`.
    #[new]
    fn new(tracker: Py<PyProgressTrackerRef>) -> Self {
        Self(tracker)
    }

    /// Computes a simple change, in which at most one voter is added or removed.
    ///
    /// Raises `ConfChangeError` when the changes affect more than one voter, or no voter would be left. Mirrors
    /// `raft::Changer::simple`.
    fn simple(&self, ccs: Many<Value<PyConfChangeSingleRef>>) -> PyResult<Changed> {
        let changes = ccs.into_values();
        change!(self, |changer| changer.simple(&changes))
    }

    /// Computes a change to a joint configuration, in which the incoming and the outgoing voters decide together.
    ///
    /// Raises `ConfChangeError` when the configuration is already joint, or no voter would be left. Mirrors
    /// `raft::Changer::enter_joint`.
    fn enter_joint(&self, auto_leave: bool, ccs: Many<Value<PyConfChangeSingleRef>>) -> PyResult<Changed> {
        let changes = ccs.into_values();
        change!(self, |changer| changer.enter_joint(auto_leave, &changes))
    }

    /// Computes the change that leaves a joint configuration.
    ///
    /// Raises `ConfChangeError` when the configuration is not joint. Mirrors `raft::Changer::leave_joint`.
    fn leave_joint(&self) -> PyResult<Changed> {
        change!(self, |changer| changer.leave_joint())
    }
}
