//! `Refused`: the items of a batch that were not taken.

use pyo3::exceptions::PyException;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3::{PyTypeInfo, type_hint_identifier, type_hint_subscript};

/// Result: which items were refused, by a number that tells them apart, and why.
#[derive(Default)]
pub struct Refused(pub Vec<(u64, PyErr)>);

impl Refused {
    /// Takes note of what became of the items: those that were not taken are kept.
    pub fn of(results: impl IntoIterator<Item = PyResult<()>>) -> Self {
        let numbered = (0..).zip(results);
        Self(numbered.filter_map(|(number, result)| result.err().map(|error| (number, error))).collect())
    }

    /// A copy of what is kept.
    pub fn copy_of(refused: &[(u64, PyErr)], py: Python<'_>) -> Self {
        Self(refused.iter().map(|(number, error)| (*number, error.clone_ref(py))).collect())
    }
}

impl<'py> IntoPyObject<'py> for Refused {
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
        PyList::new(py, self.0.into_iter().map(|(number, error)| (number, error.into_value(py))))
    }
}
