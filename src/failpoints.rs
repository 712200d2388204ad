//! The fail points of `raft`, in builds with the feature `failpoints`. `rraft/failpoints.py` exports them.

use pyo3::prelude::*;

/// The fail points of `raft`.
#[pymodule(submodule, name = "_failpoints")]
pub mod failpoints {
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    /// Sets the action of the fail point `name`.
    #[pyfunction]
    fn cfg(name: &str, actions: &str) -> PyResult<()> {
        fail::cfg(name, actions).map_err(PyValueError::new_err)
    }

    /// Removes the action of the fail point `name`.
    #[pyfunction]
    fn remove(name: &str) {
        fail::remove(name);
    }

    /// Returns the fail points that have an action, each with its action.
    #[pyfunction]
    fn list() -> Vec<(String, String)> {
        fail::list()
    }
}
