//! `ListsById`: what waits for each of several nodes.

use std::marker::PhantomData;

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use pyo3::{Borrowed, PyTypeInfo, type_hint_identifier, type_hint_subscript};

/// Argument and result: lists by the ids of nodes, `dict[int, list[T]]`.
pub struct ListsById<'py, T> {
    lists: Bound<'py, PyDict>,
    items: PhantomData<T>,
}

impl<'py, T> ListsById<'py, T> {
    /// No lists.
    pub fn new(py: Python<'py>) -> Self {
        Self { lists: PyDict::new(py), items: PhantomData }
    }

    /// The list for the node `id`, or `TypeError` when there is something else for it.
    pub fn get_or_make(&self, id: u64) -> PyResult<Bound<'py, PyList>> {
        if let Some(list) = self.lists.get_item(id)? {
            return Ok(list.cast_into()?);
        }
        let list = PyList::empty(self.lists.py());
        self.lists.set_item(id, &list)?;
        Ok(list)
    }
}

impl<T: PyTypeInfo> ListsById<'_, T> {
    const HINT: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "dict"),
        type_hint_identifier!("builtins", "int"),
        type_hint_subscript!(type_hint_identifier!("builtins", "list"), T::TYPE_HINT)
    );
}

impl<'py, T: PyTypeInfo> FromPyObject<'_, 'py> for ListsById<'py, T> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = Self::HINT;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self { lists: object.cast::<PyDict>()?.to_owned(), items: PhantomData })
    }
}

impl<'py, T: PyTypeInfo> IntoPyObject<'py> for ListsById<'py, T> {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = Self::HINT;

    fn into_pyobject(self, _: Python<'py>) -> PyResult<Self::Output> {
        Ok(self.lists)
    }
}
