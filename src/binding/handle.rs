//! Owners and views: how a Python object accesses its Rust value.
//!
//! Every wrapper class has a [`Handle`]. It either owns its value or accesses, through a [`Projection`], a value inside
//! another Python object. A projection keeps that object alive and resolves the path from it to the value on each
//! access, so that a view can neither dangle nor access a value that no longer exists.
//!
//! [`Handle::read`] and [`Handle::write`] are the only access paths to a value. They enforce the rules for every
//! access: one writer or many readers, consumed values, panics of raft-rs, poisoned values.

use atomic_refcell::AtomicRefCell;
use pyo3::PyClass;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;

use crate::binding::exceptions::{DestroyedRefUsedError, InUseError, RaftPanicError, boundary};
use crate::binding::projection::{ElementProjection, Projection, not_an_owner};

/// A Python class that gives access to a Rust value.
pub trait Wrapper: PyClass<Frozen = True> + Sync + From<Handle<Self::Value>> + for<'py> IntoPyObject<'py> {
    /// The raft-rs type behind the class.
    type Value: Send + Sync + 'static;
    /// The class of the objects that own their value.
    type Owner: PyClass;

    /// Returns the handle of the value.
    fn handle(&self) -> &Handle<Self::Value>;

    /// Creates a Python object that owns `value`.
    fn new_owner(py: Python<'_>, value: Self::Value) -> PyResult<Bound<'_, Self::Owner>>;

    /// Returns the Python objects that the value holds, if any, for the garbage collector.
    fn keeps_alive(_value: &Self::Value) -> KeptAlive<'_> {
        KeptAlive::default()
    }

    /// See [`Calls::before_each_call`].
    fn before_each_call(_value: &Self::Value) {}

    /// See [`Calls::before_each_write`].
    fn before_each_write(_value: &Self::Value) {}

    /// See [`Calls::after_each_write`].
    fn after_each_write(_value: &Self::Value) {}

    /// Calls `f` with the value: see [`Handle::read`].
    fn read<R>(&self, f: impl FnOnce(&Self::Value) -> R) -> PyResult<R> {
        self.handle().read::<Self, _>(|value| {
            Self::before_each_call(value);
            f(value)
        })
    }

    /// Calls `f` with mutable access to the value: see [`Handle::write`].
    fn write<R>(&self, f: impl FnOnce(&mut Self::Value) -> R) -> PyResult<R> {
        self.handle().write::<Self, _>(|value| {
            Self::before_each_call(value);
            f(value)
        })
    }

    /// Moves the value out: see [`Handle::take`].
    fn take_value(&self) -> PyResult<Self::Value> {
        self.handle().take::<Self>()
    }
}

/// What a value does around each call.
pub trait Calls {
    /// Runs before each call.
    fn before_each_call(&self);

    /// Runs before each call that may change the value.
    fn before_each_write(&self);

    /// Runs after each such call, even one that panicked.
    fn after_each_write(&self);
}

/// The Python objects that a value holds.
#[derive(Default)]
pub struct KeptAlive<'a>(pub [Option<&'a Py<PyAny>>; 2]);

impl<'a> From<Option<&'a Py<PyAny>>> for KeptAlive<'a> {
    fn from(object: Option<&'a Py<PyAny>>) -> Self {
        Self([object, None])
    }
}

/// The location of the value of a wrapper.
pub enum Handle<T: 'static> {
    /// In this object.
    Owned(AtomicRefCell<Slot<T>>),
    /// Inside another object.
    View(Box<dyn Projection<T>>),
    /// An element of a sequence inside another object.
    Element(Py<PyAny>, &'static dyn ElementProjection<T>, usize),
}

/// An owned value and its state.
pub struct Slot<T> {
    /// `None` once the value has been consumed.
    value: Option<T>,
    /// The message of the panic that interrupted a write. The value may be partially modified.
    panicked: Option<String>,
    /// Another Python object that must live as long as the value.
    keeps: Option<Py<PyAny>>,
}

/// Runs an access of a [`Projection`], whose closure returns nothing, with a closure that returns a value.
macro_rules! through_projection {
    (|$f:ident: $Value:ty| $access:expr) => {{
        let (mut once, mut result) = (Some($f), None);
        let $f: &mut dyn FnMut($Value) = &mut |value| result = once.take().map(|f| f(value));
        $access?;
        result.ok_or_else(consumed::<W>)
    }};
}

impl<T> Handle<T> {
    /// Creates a handle that owns `value`.
    #[inline]
    pub fn owned(value: T) -> Self {
        Self::owned_keeping(value, None)
    }

    /// Creates a handle that owns `value` and keeps another Python object alive.
    #[inline]
    pub fn owned_keeping(value: T, keeps: Option<Py<PyAny>>) -> Self {
        Self::Owned(AtomicRefCell::new(Slot { value: Some(value), panicked: None, keeps }))
    }

    /// Calls `f` with the value.
    ///
    /// Raises `DestroyedRefUsedError` when the value no longer exists, `InUseError` while it is being written,
    /// `RaftPanicError` when `f` panics. A poisoned value can still be read, for diagnosis.
    pub fn read<W: Wrapper<Value = T>, R>(&self, f: impl FnOnce(&T) -> R) -> PyResult<R> {
        match self {
            Self::Owned(cell) => {
                let slot = cell.try_borrow().map_err(in_use::<W, _>)?;
                let value = slot.value.as_ref().ok_or_else(consumed::<W>)?;
                boundary(|| f(value)).map_err(PyErr::from)
            }
            Self::View(projection) => through_projection!(|f: &T| projection.read(f)),
            Self::Element(parent, projection, index) => through_projection!(|f: &T| projection.read(parent, *index, f)),
        }
    }

    /// Calls `f` with mutable access to the value.
    ///
    /// Raises as [`Handle::read`] does. When `f` panics, the value is poisoned: every later write raises
    /// `RaftPanicError` with the message of the first panic.
    pub fn write<W: Wrapper<Value = T>, R>(&self, f: impl FnOnce(&mut T) -> R) -> PyResult<R> {
        match self {
            Self::Owned(cell) => {
                let mut slot = cell.try_borrow_mut().map_err(in_use::<W, _>)?;
                if let Some(message) = &slot.panicked {
                    return Err(poisoned::<W>(message));
                }
                let value = slot.value.as_mut().ok_or_else(consumed::<W>)?;
                W::before_each_write(value);
                let result = boundary(|| f(value));
                W::after_each_write(value);
                result.map_err(|panic| {
                    slot.panicked = Some(panic.message.clone());
                    panic.into()
                })
            }
            Self::View(projection) => through_projection!(|f: &mut T| projection.write(f)),
            Self::Element(parent, projection, index) => {
                through_projection!(|f: &mut T| projection.write(parent, *index, f))
            }
        }
    }

    /// Visits the Python objects that this handle keeps alive, for the garbage collector.
    ///
    /// A value that is in use is not visited. The collector then treats the object as reachable, which it is.
    pub fn traverse(&self, visit: &PyVisit<'_>, keeps_alive: fn(&T) -> KeptAlive<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Owned(cell) => match cell.try_borrow() {
                Ok(slot) => {
                    visit.call(&slot.keeps)?;
                    let kept = slot.value.as_ref().map(keeps_alive).unwrap_or_default();
                    kept.0.into_iter().flatten().try_for_each(|object| visit.call(object))
                }
                Err(_) => Ok(()),
            },
            Self::View(projection) => projection.traverse(visit),
            Self::Element(parent, ..) => visit.call(parent),
        }
    }

    /// Drops the value of an object that the garbage collector has found unreachable. Every reference cycle contains an
    /// owner.
    pub fn clear(&self) {
        if let Self::Owned(cell) = self {
            let content = cell.try_borrow_mut().ok().map(|mut slot| (slot.value.take(), slot.keeps.take()));
            // Dropped after the cell is released, since a drop may run Python code.
            drop(content);
        }
    }

    /// Moves the value out. Every later use of the object, or of a view into it, raises `DestroyedRefUsedError`.
    pub fn take<W: Wrapper<Value = T>>(&self) -> PyResult<T> {
        match self {
            Self::Owned(cell) => {
                let mut slot = cell.try_borrow_mut().map_err(in_use::<W, _>)?;
                slot.value.take().ok_or_else(consumed::<W>)
            }
            Self::View(projection) => projection.take(),
            Self::Element(..) => Err(not_an_owner::<T>()),
        }
    }
}

fn in_use<W: Wrapper, E>(_: E) -> PyErr {
    InUseError::new_err(format!(
        "the {} is in use: it was used inside one of its own calls, or by two threads at once",
        <W::Owner as PyClass>::NAME
    ))
}

fn consumed<W: Wrapper>() -> PyErr {
    DestroyedRefUsedError::new_err(format!("the {} has been consumed", <W::Owner as PyClass>::NAME))
}

fn poisoned<W: Wrapper>(message: &str) -> PyErr {
    RaftPanicError::new_err(format!("the {} can't be used after raft panicked: {message}", <W::Owner as PyClass>::NAME))
}
