//! `RejectedItems`: the rejected items of a batch.

use pyo3::exceptions::PyException;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3::{PyTypeInfo, type_hint_identifier, type_hint_subscript};

use crate::binding::exceptions::normalized;

/// Result: the rejected items, each as an identifying number and an exception.
pub struct RejectedItems(pub Vec<(u64, PyErr)>);

/// Creates the exceptions that are still lazy. Call it before others can access them: creating one may run Python code
/// that accesses them.
pub fn make_exceptions(py: Python<'_>, rejected: &mut [(u64, PyErr)]) {
    for (_, error) in rejected {
        *error = normalized(py, error.clone_ref(py));
    }
}

impl RejectedItems {
    /// Copies the rejected items.
    pub fn copy_of(rejected: &[(u64, PyErr)], py: Python<'_>) -> Self {
        Self(rejected.iter().map(|(number, error)| (*number, error.clone_ref(py))).collect())
    }
}

/// Collects the results of the items of a batch: the rejected ones, by position.
#[derive(Default)]
pub struct Results {
    count: u64,
    rejected: Vec<(u64, PyErr)>,
}

impl Results {
    /// Adds the result of the next item.
    pub fn add(&mut self, result: PyResult<()>) {
        if let Err(error) = result {
            self.rejected.push((self.count, error));
        }
        self.count += 1;
    }

    /// Returns the rejected items.
    pub fn into_rejected(self) -> RejectedItems {
        RejectedItems(self.rejected)
    }
}

impl<'py> IntoPyObject<'py> for RejectedItems {
    type Target = PyList;
    type Output = Bound<'py, PyList>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "list"),
        type_hint_subscript!(
            type_hint_identifier!("builtins", "tuple"),
            type_hint_identifier!("builtins", "int"),
            PyException::TYPE_HINT
        )
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        PyList::new(py, self.0.into_iter().map(|(number, error)| (number, normalized(py, error).into_value(py))))
    }
}
