//! Views: handles of a field of another object, of what is found in it, and of all of an object.

use std::collections::VecDeque;

use protobuf::RepeatedField;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::binding::handle::{Handle, Wrapper};
use crate::binding::projection::{Projection, gone};

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
pub struct FieldPath<V, S> {
    /// The field.
    pub get: fn(&V) -> &S,
    /// The same field.
    pub get_mut: fn(&mut V) -> &mut S,
}

impl<V, S> Clone for FieldPath<V, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, S> Copy for FieldPath<V, S> {}

/// What a view shows of the field that it looks at.
pub trait Select<S, T>: Copy + Send + Sync + 'static {
    /// The value in `field`, if it is there.
    fn select(self, field: &S) -> Option<&T>;

    /// The same value.
    fn select_mut(self, field: &mut S) -> Option<&mut T>;
}

/// The field itself.
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

/// The value in an `Option`.
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

impl<T, S: Items<T>> Select<S, T> for Element {
    fn select(self, field: &S) -> Option<&T> {
        field.item(self.0)
    }

    fn select_mut(self, field: &mut S) -> Option<&mut T> {
        field.item_mut(self.0)
    }
}

/// The projection on a part of `parent`: a field, or what is found in it.
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

/// The projection on all of an object: what `make_ref` gives. The object is no such view itself, so that views of views
/// of views don't form a chain, which would be walked on each access, and could be longer than the stack.
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

/// A view of all of `parent`; of what `parent` shows all of, if it is such a view itself.
pub fn whole<P: Wrapper>(parent: &Bound<'_, P>) -> P {
    let shown = match parent.get().handle() {
        Handle::View(projection) => projection.whole_of().and_then(|shown| shown.bind(parent.py()).cast::<P>().ok()),
        Handle::Owned(_) | Handle::Element(..) => None,
    };
    Handle::View(Box::new(Whole(shown.unwrap_or(parent).clone().unbind()))).into()
}

/// A view of what `find` finds in a field of `parent`.
pub fn part<P: Wrapper, S: 'static, W: Wrapper>(
    parent: &Bound<'_, P>,
    path: FieldPath<P::Value, S>,
    select: impl Select<S, W::Value>,
) -> W {
    Handle::View(Box::new(Part { parent: parent.clone().unbind(), path, select })).into()
}

/// Views of all elements of a sequence in `parent`.
pub fn elements<P: Wrapper, S: Items<W::Value>, W: Wrapper>(
    parent: &Bound<'_, P>,
    path: FieldPath<P::Value, S>,
) -> PyResult<Vec<W>> {
    let length = parent.get().read(|value| (path.get)(value).count())?;
    Ok((0..length).map(|index| part(parent, path, Element(index))).collect())
}
