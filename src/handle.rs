//! Owners and views: how a Python object reaches the Rust value behind it.
//!
//! Every wrapper class holds a [`Handle`]. It either owns its value or looks through a [`Lens`] at a value that lives
//! inside another Python object. A lens keeps that object alive and walks from it to the value on each access, so that
//! a view can neither dangle nor see a value that is gone.
//!
//! [`Handle::read`] and [`Handle::write`] are the only ways to a value. What holds for every access is decided here:
//! one writer or many readers, consumed values, panics of raft-rs, poisoned values.

use std::any::type_name;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use atomic_refcell::AtomicRefCell;
use protobuf::RepeatedField;
use pyo3::PyClass;
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;

use crate::errors::{DestroyedRefUsedError, InUseError, Panic, RaftPanicError, deliver_interrupt};

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
        self.handle().read(|value| {
            Self::begin(value);
            f(value)
        })
    }

    /// Calls `f` with the value, which it may change: [`Handle::write`].
    fn write<R>(&self, f: impl FnOnce(&mut Self::Value) -> R) -> PyResult<R> {
        self.handle().write(|value| {
            Self::begin(value);
            f(value)
        })
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
    View(Box<dyn Lens<T>>),
    /// An element of a sequence inside another object.
    Element(Py<PyAny>, &'static dyn ElementLens<T>, usize),
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
    pub fn read<R>(&self, f: impl FnOnce(&T) -> R) -> PyResult<R> {
        match self {
            Self::Owned(cell) => {
                let slot = cell.try_borrow().map_err(in_use::<T, _>)?;
                let value = slot.value.as_ref().ok_or_else(consumed::<T>)?;
                boundary(|| f(value)).map_err(PyErr::from)
            }
            Self::View(_) | Self::Element(..) => {
                let (mut f, mut result) = (Some(f), None);
                let mut f = |value: &T| result = f.take().map(|f| f(value));
                match self {
                    Self::Element(parent, lens, index) => lens.read(parent, *index, &mut f),
                    Self::View(lens) => lens.read(&mut f),
                    Self::Owned(_) => Ok(()),
                }?;
                result.ok_or_else(consumed::<T>)
            }
        }
    }

    /// Calls `f` with the value, which it may change.
    ///
    /// Raises as [`Handle::read`] does. When `f` panics, the value is poisoned: every later write raises
    /// `RaftPanicError` with the message of that first panic.
    pub fn write<R>(&self, f: impl FnOnce(&mut T) -> R) -> PyResult<R> {
        match self {
            Self::Owned(cell) => {
                let mut slot = cell.try_borrow_mut().map_err(in_use::<T, _>)?;
                if let Some(message) = &slot.panicked {
                    return Err(poisoned::<T>(message));
                }
                let value = slot.value.as_mut().ok_or_else(consumed::<T>)?;
                boundary(|| f(value)).map_err(|panic| {
                    slot.panicked = Some(panic.message.clone());
                    panic.into()
                })
            }
            Self::View(_) | Self::Element(..) => {
                let (mut f, mut result) = (Some(f), None);
                let mut f = |value: &mut T| result = f.take().map(|f| f(value));
                match self {
                    Self::Element(parent, lens, index) => lens.write(parent, *index, &mut f),
                    Self::View(lens) => lens.write(&mut f),
                    Self::Owned(_) => Ok(()),
                }?;
                result.ok_or_else(consumed::<T>)
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
            Self::View(lens) => lens.traverse(visit),
            Self::Element(parent, ..) => visit.call(parent),
        }
    }

    /// Drops the value of an object that the garbage collector has found unreachable. Every cycle goes through an owner.
    pub fn clear(&self) {
        if let Self::Owned(cell) = self {
            let content = cell.try_borrow_mut().ok().map(|mut slot| (slot.value.take(), slot.keeps.take()));
            // Dropped when the cell is free again, since that may run Python code.
            drop(content);
        }
    }

    /// Moves the value out: every later use of the object, or of a view into it, raises `DestroyedRefUsedError`.
    pub fn take(&self) -> PyResult<T> {
        match self {
            Self::Owned(cell) => {
                let mut slot = cell.try_borrow_mut().map_err(in_use::<T, _>)?;
                slot.value.take().ok_or_else(consumed::<T>)
            }
            Self::View(lens) => lens.take(),
            Self::Element(..) => Err(not_whole::<T>()),
        }
    }
}

/// How to get from a Python object to a value inside it.
pub trait Lens<T>: Send + Sync {
    /// Calls `f` once with the value, or raises.
    fn read(&self, f: &mut dyn FnMut(&T)) -> PyResult<()>;

    /// Calls `f` once with the value, which it may change, or raises.
    fn write(&self, f: &mut dyn FnMut(&mut T)) -> PyResult<()>;

    /// Shows the garbage collector the object that is kept alive.
    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;

    /// The object that this is a view of, if it is a view of a whole object.
    fn whole(&self) -> Option<&Py<PyAny>> {
        None
    }

    /// Moves the value out of its owner: for a view of a whole object only.
    fn take(&self) -> PyResult<T> {
        Err(not_whole::<T>())
    }
}

/// How to get from a Python object to an element of a sequence inside it. It is the same for all objects and elements, so
/// that a view of an element needs no memory but its own.
pub trait ElementLens<T>: Sync {
    /// Calls `f` once with the element at `index`, or raises.
    fn read(&self, parent: &Py<PyAny>, index: usize, f: &mut dyn FnMut(&T)) -> PyResult<()>;

    /// Calls `f` once with the element at `index`, which it may change, or raises.
    fn write(&self, parent: &Py<PyAny>, index: usize, f: &mut dyn FnMut(&mut T)) -> PyResult<()>;
}

/// A field of a wrapper's value, as a type.
pub trait Field: 'static {
    /// The wrapper.
    type Parent: Wrapper;
    /// The Rust type of the field.
    type Stored: 'static;

    /// The field.
    fn get(value: &<Self::Parent as Wrapper>::Value) -> &Self::Stored;

    /// The same field.
    fn get_mut(value: &mut <Self::Parent as Wrapper>::Value) -> &mut Self::Stored;
}

/// How to get to a field of type `S` of a parent's value.
pub struct Place<V, S> {
    /// The field.
    pub get: fn(&V) -> &S,
    /// The same field.
    pub get_mut: fn(&mut V) -> &mut S,
}

impl<V, S> Clone for Place<V, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, S> Copy for Place<V, S> {}

/// What a view shows of the field that it looks at.
pub trait Find<S, T>: Copy + Send + Sync + 'static {
    /// The value in `field`, if it is there.
    fn find(self, field: &S) -> Option<&T>;

    /// The same value.
    fn find_mut(self, field: &mut S) -> Option<&mut T>;
}

/// The field itself.
#[derive(Clone, Copy)]
pub struct Itself;

impl<T> Find<T, T> for Itself {
    fn find(self, field: &T) -> Option<&T> {
        Some(field)
    }

    fn find_mut(self, field: &mut T) -> Option<&mut T> {
        Some(field)
    }
}

/// The value in an `Option`.
#[derive(Clone, Copy)]
pub struct Present;

impl<T> Find<Option<T>, T> for Present {
    fn find(self, field: &Option<T>) -> Option<&T> {
        field.as_ref()
    }

    fn find_mut(self, field: &mut Option<T>) -> Option<&mut T> {
        field.as_mut()
    }
}

/// A sequence inside a raft-rs value.
pub trait Items<T>: Default + From<Vec<T>> + Into<Vec<T>> + 'static {
    /// How many elements there are.
    fn count(&self) -> usize;

    /// The element at `index`, if there is one.
    fn item(&self, index: usize) -> Option<&T>;

    /// The same element.
    fn item_mut(&mut self, index: usize) -> Option<&mut T>;
}

macro_rules! items {
    ($($Sequence:ident)*) => {$(
        impl<T: 'static> Items<T> for $Sequence<T> {
            #[inline]
            fn count(&self) -> usize {
                self.len()
            }

            #[inline]
            fn item(&self, index: usize) -> Option<&T> {
                self.get(index)
            }

            #[inline]
            fn item_mut(&mut self, index: usize) -> Option<&mut T> {
                self.get_mut(index)
            }
        }
    )*};
}

items! { Vec VecDeque RepeatedField }

/// The element of a sequence at an index.
#[derive(Clone, Copy)]
pub struct Element(pub usize);

impl<T, S: Items<T>> Find<S, T> for Element {
    fn find(self, field: &S) -> Option<&T> {
        field.item(self.0)
    }

    fn find_mut(self, field: &mut S) -> Option<&mut T> {
        field.item_mut(self.0)
    }
}

/// The lens on a part of `parent`: a field, or what is found in it.
struct Part<P: Wrapper, S, F> {
    parent: Py<P>,
    place: Place<P::Value, S>,
    find: F,
}

impl<P: Wrapper, S, T, F: Find<S, T>> Lens<T> for Part<P, S, F> {
    fn read(&self, f: &mut dyn FnMut(&T)) -> PyResult<()> {
        let found = self.parent.get().read(|parent| self.find.find((self.place.get)(parent)).map(f))?;
        found.ok_or_else(gone::<T>)
    }

    fn write(&self, f: &mut dyn FnMut(&mut T)) -> PyResult<()> {
        let found = self.parent.get().write(|parent| self.find.find_mut((self.place.get_mut)(parent)).map(f))?;
        found.ok_or_else(gone::<T>)
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.parent)
    }
}

/// The lens on all of an object: what `make_ref` gives.
struct Whole<P> {
    parent: Py<P>,
    /// The same object, as it is passed on.
    object: Py<PyAny>,
}

impl<P: Wrapper> Lens<P::Value> for Whole<P> {
    fn read(&self, f: &mut dyn FnMut(&P::Value)) -> PyResult<()> {
        self.parent.get().read(f)
    }

    fn write(&self, f: &mut dyn FnMut(&mut P::Value)) -> PyResult<()> {
        self.parent.get().write(f)
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.parent)?;
        visit.call(&self.object)
    }

    fn whole(&self) -> Option<&Py<PyAny>> {
        Some(&self.object)
    }

    fn take(&self) -> PyResult<P::Value> {
        self.parent.get().handle().take()
    }
}

/// A view of all of `object`. A view of a view of that kind is one of the same object, so that chains don't grow.
pub fn whole<P: Wrapper>(object: &Bound<'_, P>) -> P {
    let py = object.py();
    let seen = match object.get().handle() {
        Handle::View(lens) => lens.whole().and_then(|parent| parent.bind(py).cast::<P>().ok()),
        Handle::Owned(_) | Handle::Element(..) => None,
    };
    let parent = seen.unwrap_or(object).clone();
    let object = parent.clone().into_any().unbind();
    Handle::View(Box::new(Whole { parent: parent.unbind(), object })).into()
}

/// A view of what `find` finds in a field of `parent`.
pub fn part<P: Wrapper, S: 'static, W: Wrapper>(
    parent: &Bound<'_, P>,
    place: Place<P::Value, S>,
    find: impl Find<S, W::Value>,
) -> W {
    Handle::View(Box::new(Part { parent: parent.clone().unbind(), place, find })).into()
}

/// Views of all elements of a sequence in `parent`.
pub fn elements<P: Wrapper, S: Items<W::Value>, W: Wrapper>(
    parent: &Bound<'_, P>,
    place: Place<P::Value, S>,
) -> PyResult<Vec<W>> {
    let length = parent.get().read(|value| (place.get)(value).count())?;
    Ok((0..length).map(|index| part(parent, place, Element(index))).collect())
}

/// Runs `f` and turns a panic into an error, or into the Python exception of a storage callback that led to it.
pub fn boundary<R>(f: impl FnOnce() -> R) -> Result<R, Panic> {
    let result = catch_unwind(AssertUnwindSafe(f)).map_err(Panic::new);
    deliver_interrupt();
    result
}

/// The name of a Rust type as its users know it: no box, no path, no parameters.
fn name_of<T>() -> &'static str {
    let name = type_name::<T>().trim_start_matches("alloc::boxed::Box<");
    let name = name.split(['<', '>']).next().unwrap_or_default();
    name.rsplit("::").next().unwrap_or_default()
}

fn in_use<T, E>(_: E) -> PyErr {
    InUseError::new_err(format!(
        "the {} is in use: it was called from inside one of its own calls, or from two threads at once",
        name_of::<T>()
    ))
}

fn consumed<T>() -> PyErr {
    DestroyedRefUsedError::new_err(format!("the {} has been consumed", name_of::<T>()))
}

fn not_whole<T>() -> PyErr {
    PyTypeError::new_err(format!("a {} inside another object can't be consumed", name_of::<T>()))
}

/// The error for a view whose place is gone.
pub fn gone<T>() -> PyErr {
    DestroyedRefUsedError::new_err(format!("the {} that this view showed is gone", name_of::<T>()))
}

fn poisoned<T>(message: &str) -> PyErr {
    RaftPanicError::new_err(format!("the {} can't be used since raft panicked: {message}", name_of::<T>()))
}
