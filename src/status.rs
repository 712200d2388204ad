//! `Status`: a summary of a node's state.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::binding::convert::Owned;
use crate::binding::handle::Wrapper;
use crate::eraftpb::hard_state::PyHardStateRef;
use crate::raft::PyRaftRef;
use crate::raft::soft_state::PySoftStateRef;
use crate::tracker::PyProgressTrackerRef;

/// The state of a node at the time of the call.
///
/// Mirrors `raft::Status`.
#[pyclass(module = "rraft", name = "Status", frozen)]
pub struct PyStatus {
    id: u64,
    hs: raft::eraftpb::HardState,
    ss: raft::SoftState,
    applied: u64,
    progress: Option<Py<PyProgressTrackerRef>>,
}

impl PyStatus {
    /// Returns the current status of `raft`.
    pub fn of(raft: &Bound<'_, PyRaftRef>) -> PyResult<Self> {
        let (id, hs, ss, applied, leads) = raft.get().read(|raft| {
            let status = raft::Status::new(raft);
            (status.id, status.hs, status.ss, status.applied, status.progress.is_some())
        })?;
        let progress = leads.then(|| Py::new(raft.py(), PyRaftRef::prs(raft))).transpose()?;
        Ok(Self { id, hs, ss, applied, progress })
    }
}

#[pymethods]
impl PyStatus {
    /// Creates the current status of `raft`.
    ///
    /// Mirrors `raft::Status::new`.
    #[new]
    fn new(raft: &Bound<'_, PyRaftRef>) -> PyResult<Self> {
        Self::of(raft)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.progress)
    }

    /// The node's id.
    #[getter]
    fn id(&self) -> u64 {
        self.id
    }

    /// The hard state: the term, the vote and the commit index.
    #[getter]
    fn hs(&self) -> Owned<PyHardStateRef> {
        Owned(self.hs.clone())
    }

    /// The soft state: the leader's id and the node's role.
    #[getter]
    fn ss(&self) -> Owned<PySoftStateRef> {
        Owned(PySoftStateRef::copy_of(&self.ss))
    }

    /// The highest index that the application has applied.
    #[getter]
    fn applied(&self) -> u64 {
        self.applied
    }

    /// A live view of the members and their progress if the node is the leader, else `None`.
    #[getter]
    fn progress(&self, py: Python<'_>) -> Option<Py<PyProgressTrackerRef>> {
        self.progress.as_ref().map(|progress| progress.clone_ref(py))
    }

    fn __repr__(&self) -> String {
        let leads = self.progress.is_some();
        format!(
            "Status {{ id: {}, hs: {:?}, ss: {:?}, applied: {}, leads: {leads} }}",
            self.id,
            crate::binding::kinds::Show(&self.hs),
            crate::binding::kinds::Show(&self.ss),
            self.applied
        )
    }
}
