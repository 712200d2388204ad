//! Owners and views: how a Python object reaches the Rust value behind it.
//!
//! Every wrapper class holds a [`Handle`]. It either owns its value or looks through a [`Projection`] at a value that
//! lives inside another Python object. A projection keeps that object alive and walks from it to the value on each
//! access, so that a view can neither dangle nor see a value that is gone.
//!
//! [`Handle::read`] and [`Handle::write`] are the only ways to a value. What holds for every access is decided here:
//! one writer or many readers, consumed values, panics of raft-rs, poisoned values.

use atomic_refcell::AtomicRefCell;
use pyo3::PyClass;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;

use crate::binding::exceptions::{DestroyedRefUsedError, InUseError, RaftPanicError, boundary};
use crate::binding::projection::{ElementProjection, Projection, not_whole};

/// A Python class that gives access to a Rust value.
pub trait Wrapper: PyClass<Frozen = True> + Sync + From<Handle<Self::Value>> + for<'py> IntoPyObject<'py> {
    /// The raft-rs type behind the class.
    type Value: Send + Sync + 'static;
    /// The class of the objects that own their value.
    type Owner: PyClass;

    /// The way to the value.
    fn handle(&self) -> &Handle<Self::Value>;

    /// A new Python object that owns `value`.
    fn new_owner(py: Python<'_>, value: Self::Value) -> PyResult<Bound<'_, Self::Owner>>;

    /// The Python objects that the value holds, if it holds any: for the garbage collector.
    fn held(_value: &Self::Value) -> Held<'_> {
        Held::default()
    }

    /// What is to be done with the value before each call.
    fn begin(_value: &Self::Value) {}

    /// Calls `f` with the value: [`Handle::read`].
    fn read<R>(&self, f: impl FnOnce(&Self::Value) -> R) -> PyResult<R> {
        self.handle().read::<Self, _>(|value| {
            Self::begin(value);
            f(value)
        })
    }

    /// Calls `f` with the value, which it may change: [`Handle::write`].
    fn write<R>(&self, f: impl FnOnce(&mut Self::Value) -> R) -> PyResult<R> {
        self.handle().write::<Self, _>(|value| {
            Self::begin(value);
            f(value)
        })
    }

    /// Moves the value out: [`Handle::take`].
    fn take_value(&self) -> PyResult<Self::Value> {
        self.handle().take::<Self>()
    }
}

/// The Python objects that a value holds.
#[derive(Default)]
pub struct Held<'a>(pub [Option<&'a Py<PyAny>>; 2]);

impl<'a> From<Option<&'a Py<PyAny>>> for Held<'a> {
    fn from(object: Option<&'a Py<PyAny>>) -> Self {
        Self([object, None])
    }
}

/// Where the value of a wrapper is.
pub enum Handle<T: 'static> {
    /// In this object.
    Owned(AtomicRefCell<Slot<T>>),
    /// Inside another object.
    View(Box<dyn Projection<T>>),
    /// An element of a sequence inside another object.
    Element(Py<PyAny>, &'static dyn ElementProjection<T>, usize),
}

/// An owned value with what has happened to it.
pub struct Slot<T> {
    /// `None` once the value has been consumed.
    value: Option<T>,
    /// The message of the panic that interrupted a write: the value may be half changed since.
    panicked: Option<String>,
    /// Another Python object that has to live as long as the value.
    keeps: Option<Py<PyAny>>,
}

impl<T> Handle<T> {
    /// A handle that owns `value`.
    #[inline]
    pub fn owned(value: T) -> Self {
        Self::owned_keeping(value, None)
    }

    /// A handle that owns `value`, and keeps another Python object alive.
    #[inline]
    pub fn owned_keeping(value: T, keeps: Option<Py<PyAny>>) -> Self {
        Self::Owned(AtomicRefCell::new(Slot { value: Some(value), panicked: None, keeps }))
    }

    /// Calls `f` with the value.
    ///
    /// Raises `DestroyedRefUsedError` when the value is gone, `InUseError` while it is being written, `RaftPanicError`
    /// when `f` panics. A poisoned value can still be read, for diagnosis.
    pub fn read<W: Wrapper<Value = T>, R>(&self, f: impl FnOnce(&T) -> R) -> PyResult<R> {
        match self {
            Self::Owned(cell) => {
                let slot = cell.try_borrow().map_err(in_use::<W, _>)?;
                let value = slot.value.as_ref().ok_or_else(consumed::<W>)?;
                boundary(|| f(value)).map_err(PyErr::from)
            }
            Self::View(_) | Self::Element(..) => {
                let (mut f, mut result) = (Some(f), None);
                let mut f = |value: &T| result = f.take().map(|f| f(value));
                match self {
                    Self::Element(parent, projection, index) => projection.read(parent, *index, &mut f),
                    Self::View(projection) => projection.read(&mut f),
                    Self::Owned(_) => Ok(()),
                }?;
                result.ok_or_else(consumed::<W>)
            }
        }
    }

    /// Calls `f` with the value, which it may change.
    ///
    /// Raises as [`Handle::read`] does. When `f` panics, the value is poisoned: every later write raises
    /// `RaftPanicError` with the message of that first panic.
    pub fn write<W: Wrapper<Value = T>, R>(&self, f: impl FnOnce(&mut T) -> R) -> PyResult<R> {
        match self {
            Self::Owned(cell) => {
                let mut slot = cell.try_borrow_mut().map_err(in_use::<W, _>)?;
                if let Some(message) = &slot.panicked {
                    return Err(poisoned::<W>(message));
                }
                let value = slot.value.as_mut().ok_or_else(consumed::<W>)?;
                boundary(|| f(value)).map_err(|panic| {
                    slot.panicked = Some(panic.message.clone());
                    panic.into()
                })
            }
            Self::View(_) | Self::Element(..) => {
                let (mut f, mut result) = (Some(f), None);
                let mut f = |value: &mut T| result = f.take().map(|f| f(value));
                match self {
                    Self::Element(parent, projection, index) => projection.write(parent, *index, &mut f),
                    Self::View(projection) => projection.write(&mut f),
                    Self::Owned(_) => Ok(()),
                }?;
                result.ok_or_else(consumed::<W>)
            }
        }
    }

    /// Shows the garbage collector what keeps other Python objects alive here.
    ///
    /// A value that is in use is not shown. The collector then takes it for reachable, which it is.
    pub fn traverse(&self, visit: &PyVisit<'_>, held: fn(&T) -> Held<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Owned(cell) => match cell.try_borrow() {
                Ok(slot) => {
                    visit.call(&slot.keeps)?;
                    let held = slot.value.as_ref().map(held).unwrap_or_default();
                    held.0.into_iter().flatten().try_for_each(|object| visit.call(object))
                }
                Err(_) => Ok(()),
            },
            Self::View(projection) => projection.traverse(visit),
            Self::Element(parent, ..) => visit.call(parent),
        }
    }

    /// Drops the value of an object that the garbage collector has found unreachable. Every cycle goes through an
    /// owner.
    pub fn clear(&self) {
        if let Self::Owned(cell) = self {
            let content = cell.try_borrow_mut().ok().map(|mut slot| (slot.value.take(), slot.keeps.take()));
            // Dropped when the cell is free again, since that may run Python code.
            drop(content);
        }
    }

    /// Moves the value out: every later use of the object, or of a view into it, raises `DestroyedRefUsedError`.
    pub fn take<W: Wrapper<Value = T>>(&self) -> PyResult<T> {
        match self {
            Self::Owned(cell) => {
                let mut slot = cell.try_borrow_mut().map_err(in_use::<W, _>)?;
                slot.value.take().ok_or_else(consumed::<W>)
            }
            Self::View(projection) => projection.take(),
            Self::Element(..) => Err(not_whole::<T>()),
        }
    }
}

fn in_use<W: Wrapper, E>(_: E) -> PyErr {
    InUseError::new_err(format!(
        "the {} is in use: it was called from inside one of its own calls, or from two threads at once",
        <W::Owner as PyClass>::NAME
    ))
}

fn consumed<W: Wrapper>() -> PyErr {
    DestroyedRefUsedError::new_err(format!("the {} has been consumed", <W::Owner as PyClass>::NAME))
}

fn poisoned<W: Wrapper>(message: &str) -> PyErr {
    RaftPanicError::new_err(format!("the {} can't be used since raft panicked: {message}", <W::Owner as PyClass>::NAME))
}
