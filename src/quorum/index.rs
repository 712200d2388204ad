//! `Index`: a log position with its commit group.

use std::fmt;

use pyo3::prelude::*;

/// A log index that a voter has acknowledged, and the commit group id of the voter.
///
/// Mirrors `raft::quorum::Index`.
#[pyclass(module = "rraft", name = "Index", frozen, eq, get_all, from_py_object)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PyIndex {
    /// The log index.
    pub index: u64,
    /// The commit group id; 0 for none.
    pub group_id: u64,
}

#[pymethods]
impl PyIndex {
    /// Creates an `Index` of a voter in the commit group `group_id`.
    #[new]
    #[pyo3(signature = (index = 0, group_id = 0))]
    fn new(index: u64, group_id: u64) -> Self {
        Self { index, group_id }
    }

    fn __hash__(&self) -> u64 {
        self.index ^ self.group_id.rotate_left(32)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, pyo3::types::PyType>, (u64, u64)) {
        (py.get_type::<Self>(), (self.index, self.group_id))
    }

    fn __repr__(&self) -> String {
        self.to_string()
    }
}

/// Formats the index as raft-rs does: `[group]index`, without the group if it is 0, and ∞ for the greatest index.
impl fmt::Display for PyIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group_id != 0 {
            write!(f, "[{}]", self.group_id)?;
        }
        match self.index {
            u64::MAX => write!(f, "∞"),
            index => write!(f, "{index}"),
        }
    }
}
