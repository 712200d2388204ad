//! Projections: the access path of a view to its value inside another object.

use std::any::type_name;

use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::binding::exceptions::DestroyedRefUsedError;

/// The access path from a Python object to a value inside it.
pub trait Projection<T>: Send + Sync {
    /// Calls `f` once with the value, or raises.
    fn read(&self, f: &mut dyn FnMut(&T)) -> PyResult<()>;

    /// Calls `f` once with mutable access to the value, or raises.
    fn write(&self, f: &mut dyn FnMut(&mut T)) -> PyResult<()>;

    /// Visits the object that the projection keeps alive, for the garbage collector.
    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;

    /// Returns the object if this is a view of a whole object.
    fn whole_of(&self) -> Option<&Py<PyAny>> {
        None
    }

    /// Moves the value out of its owner. Only a view of a whole object supports it.
    fn take(&self) -> PyResult<T> {
        Err(not_an_owner::<T>())
    }
}

/// The access path from a Python object to an element of a sequence inside it. One instance serves all objects and
/// elements, so that a view of an element needs no further allocation.
pub trait ElementProjection<T>: Sync {
    /// Calls `f` once with the element at `index`, or raises.
    fn read(&self, parent: &Py<PyAny>, index: usize, f: &mut dyn FnMut(&T)) -> PyResult<()>;

    /// Calls `f` once with mutable access to the element at `index`, or raises.
    fn write(&self, parent: &Py<PyAny>, index: usize, f: &mut dyn FnMut(&mut T)) -> PyResult<()>;
}

/// Returns the name of a Rust type without smart pointers, path and parameters.
pub fn name_of<T>() -> &'static str {
    let name = type_name::<T>().trim_start_matches("alloc::boxed::Box<");
    let name = name.split(['<', '>']).next().unwrap_or_default();
    name.rsplit("::").next().unwrap_or_default()
}

/// Returns the error for a view of a part, which can't be moved out of its owner.
pub fn not_an_owner<T>() -> PyErr {
    PyTypeError::new_err(format!("a {} inside another object can't be consumed", name_of::<T>()))
}

/// Returns the error for a view of a value that no longer exists.
pub fn gone<T>() -> PyErr {
    DestroyedRefUsedError::new_err(format!("the {} that this view refers to no longer exists", name_of::<T>()))
}
