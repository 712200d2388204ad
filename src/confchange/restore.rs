//! `restore`: restores a configuration from a `ConfState`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::binding::convert::Value;
use crate::binding::handle::Wrapper;
use crate::checks::members::restore;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::errors::raft_error;
use crate::tracker::PyProgressTrackerRef;

/// Restores the configuration of `tracker`, which must have no members, from `cs`. The members start at `next_idx`.
///
/// Raises `ValueError` when `tracker` has members, `ConfChangeError` when `cs` is invalid; nothing is changed then.
/// Mirrors `raft::confchange::restore`.
#[pyfunction]
#[pyo3(name = "restore")]
pub fn py_restore(tracker: &Bound<'_, PyProgressTrackerRef>, next_idx: u64, cs: Value<PyConfStateRef>) -> PyResult<()> {
    tracker.get().write(|tracker| {
        if tracker.iter().len() > 0 {
            return Err(PyValueError::new_err("tracker: expected a tracker without members"));
        }
        let mut restored = tracker.clone();
        restore(&mut restored, next_idx, &cs.0).map_err(raft_error)?;
        *tracker = restored;
        Ok(())
    })?
}
