//! raft's fail points, in builds with the feature `failpoints`: `rraft/failpoints.py` shows them.

use pyo3::prelude::*;

/// raft's fail points.
#[pymodule(submodule, name = "_failpoints")]
pub mod failpoints {
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    /// Sets what happens at the fail point `name`.
    #[pyfunction]
    fn cfg(name: &str, actions: &str) -> PyResult<()> {
        fail::cfg(name, actions).map_err(PyValueError::new_err)
    }

    /// Lets nothing happen at the fail point `name`.
    #[pyfunction]
    fn remove(name: &str) {
        fail::remove(name);
    }

    /// The fail points that are set, each with what happens there.
    #[pyfunction]
    fn list() -> Vec<(String, String)> {
        fail::list()
    }
}
