//! Views: handles of a field of another object, of a value inside the field, and of a whole object.

use std::collections::VecDeque;

use protobuf::RepeatedField;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::binding::handle::{Handle, Wrapper};
use crate::binding::projection::{Projection, gone};

/// A field of a wrapper's value, represented as a type.
pub trait Field: 'static {
    /// The wrapper.
    type Parent: Wrapper;
    /// The Rust type of the field.
    type Stored: 'static;

    /// Returns the field.
    fn get(value: &<Self::Parent as Wrapper>::Value) -> &Self::Stored;

    /// Returns the same field, mutably.
    fn get_mut(value: &mut <Self::Parent as Wrapper>::Value) -> &mut Self::Stored;
}

/// The access path to a field of type `S` of a parent's value.
pub struct FieldPath<V, S> {
    /// Returns the field.
    pub get: fn(&V) -> &S,
    /// Returns the same field, mutably.
    pub get_mut: fn(&mut V) -> &mut S,
}

impl<V, S> Clone for FieldPath<V, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, S> Copy for FieldPath<V, S> {}

/// Selects the value that a view shows within a field.
pub trait Select<S, T>: Copy + Send + Sync + 'static {
    /// Returns the value in `field`, if it exists.
    fn select(self, field: &S) -> Option<&T>;

    /// Returns the same value, mutably.
    fn select_mut(self, field: &mut S) -> Option<&mut T>;
}

/// Selects the field itself.
#[derive(Clone, Copy)]
pub struct Itself;

impl<T> Select<T, T> for Itself {
    fn select(self, field: &T) -> Option<&T> {
        Some(field)
    }

    fn select_mut(self, field: &mut T) -> Option<&mut T> {
        Some(field)
    }
}

/// Selects the value in an `Option`.
#[derive(Clone, Copy)]
pub struct Present;

impl<T> Select<Option<T>, T> for Present {
    fn select(self, field: &Option<T>) -> Option<&T> {
        field.as_ref()
    }

    fn select_mut(self, field: &mut Option<T>) -> Option<&mut T> {
        field.as_mut()
    }
}

/// A sequence inside a raft-rs value.
pub trait Items<T>: Default + From<Vec<T>> + Into<Vec<T>> + 'static {
    /// Returns the number of elements.
    fn count(&self) -> usize;

    /// Returns the element at `index`, if it exists.
    fn item(&self, index: usize) -> Option<&T>;

    /// Returns the same element, mutably.
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

/// Selects the element of a sequence at an index.
#[derive(Clone, Copy)]
pub struct Element(pub usize);

impl<T, S: Items<T>> Select<S, T> for Element {
    fn select(self, field: &S) -> Option<&T> {
        field.item(self.0)
    }

    fn select_mut(self, field: &mut S) -> Option<&mut T> {
        field.item_mut(self.0)
    }
}

/// The projection on a part of `parent`: a field, or a value inside a field.
struct Part<P: Wrapper, S, F> {
    parent: Py<P>,
    path: FieldPath<P::Value, S>,
    select: F,
}

impl<P: Wrapper, S, T, F: Select<S, T>> Projection<T> for Part<P, S, F> {
    fn read(&self, f: &mut dyn FnMut(&T)) -> PyResult<()> {
        let found = self.parent.get().read(|parent| self.select.select((self.path.get)(parent)).map(f))?;
        found.ok_or_else(gone::<T>)
    }

    fn write(&self, f: &mut dyn FnMut(&mut T)) -> PyResult<()> {
        let found = self.parent.get().write(|parent| self.select.select_mut((self.path.get_mut)(parent)).map(f))?;
        found.ok_or_else(gone::<T>)
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.parent)
    }
}

/// The projection on a whole object, which `make_ref` returns. The object is not such a view itself. Otherwise views of
/// views would form a chain, which would be followed on each access and could exceed the stack.
struct Whole<P>(Py<P>);

impl<P: Wrapper> Projection<P::Value> for Whole<P> {
    fn read(&self, f: &mut dyn FnMut(&P::Value)) -> PyResult<()> {
        self.0.get().read(f)
    }

    fn write(&self, f: &mut dyn FnMut(&mut P::Value)) -> PyResult<()> {
        self.0.get().write(f)
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }

    fn take(&self) -> PyResult<P::Value> {
        self.0.get().take_value()
    }

    fn whole_of(&self) -> Option<&Py<PyAny>> {
        Some(self.0.as_any())
    }
}

/// Returns a view of the whole `parent`. If `parent` is such a view itself, returns a view of the object that it shows.
pub fn whole<P: Wrapper>(parent: &Bound<'_, P>) -> P {
    let shown = match parent.get().handle() {
        Handle::View(projection) => projection.whole_of().and_then(|shown| shown.bind(parent.py()).cast::<P>().ok()),
        Handle::Owned(_) | Handle::Element(..) => None,
    };
    Handle::View(Box::new(Whole(shown.unwrap_or(parent).clone().unbind()))).into()
}

/// Returns a view of the value that `find` selects in a field of `parent`.
pub fn part<P: Wrapper, S: 'static, W: Wrapper>(
    parent: &Bound<'_, P>,
    path: FieldPath<P::Value, S>,
    select: impl Select<S, W::Value>,
) -> W {
    Handle::View(Box::new(Part { parent: parent.clone().unbind(), path, select })).into()
}

/// Returns views of all elements of a sequence in `parent`.
pub fn elements<P: Wrapper, S: Items<W::Value>, W: Wrapper>(
    parent: &Bound<'_, P>,
    path: FieldPath<P::Value, S>,
) -> PyResult<Vec<W>> {
    let length = parent.get().read(|value| (path.get)(value).count())?;
    Ok((0..length).map(|index| part(parent, path, Element(index))).collect())
}
