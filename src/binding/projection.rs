//! Projections: the way of a view to its value inside another object.

use std::any::type_name;

use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::binding::exceptions::DestroyedRefUsedError;

/// How to get from a Python object to a value inside it.
pub trait Projection<T>: Send + Sync {
    /// Calls `f` once with the value, or raises.
    fn read(&self, f: &mut dyn FnMut(&T)) -> PyResult<()>;

    /// Calls `f` once with the value, which it may change, or raises.
    fn write(&self, f: &mut dyn FnMut(&mut T)) -> PyResult<()>;

    /// Shows the garbage collector the object that is kept alive.
    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;

    /// The object that this is a view of all of, if it is one.
    fn whole_of(&self) -> Option<&Py<PyAny>> {
        None
    }

    /// Moves the value out of its owner: for a view of a whole object only.
    fn take(&self) -> PyResult<T> {
        Err(not_whole::<T>())
    }
}

/// How to get from a Python object to an element of a sequence inside it. It is the same for all objects and elements,
/// so that a view of an element needs no memory but its own.
pub trait ElementProjection<T>: Sync {
    /// Calls `f` once with the element at `index`, or raises.
    fn read(&self, parent: &Py<PyAny>, index: usize, f: &mut dyn FnMut(&T)) -> PyResult<()>;

    /// Calls `f` once with the element at `index`, which it may change, or raises.
    fn write(&self, parent: &Py<PyAny>, index: usize, f: &mut dyn FnMut(&mut T)) -> PyResult<()>;
}

/// The name of a Rust type as its users know it: no box, no path, no parameters.
pub fn name_of<T>() -> &'static str {
    let name = type_name::<T>().trim_start_matches("alloc::boxed::Box<");
    let name = name.split(['<', '>']).next().unwrap_or_default();
    name.rsplit("::").next().unwrap_or_default()
}

/// The error for a view of a part, which can't be moved out of its owner.
pub fn not_whole<T>() -> PyErr {
    PyTypeError::new_err(format!("a {} inside another object can't be consumed", name_of::<T>()))
}

/// The error for a view of what is gone.
pub fn gone<T>() -> PyErr {
    DestroyedRefUsedError::new_err(format!("the {} that this view showed is gone", name_of::<T>()))
}
