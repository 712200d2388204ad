//! Sequences inside other objects: the operations that a live list is built from, for any type of elements.

use std::marker::PhantomData;
use std::ops::Range;

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PySlice;

use crate::binding::convert::{Many, Value};
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::kinds::Kind;
use crate::binding::projection::{ElementProjection, gone};
use crate::binding::view::{Field, Items};

/// How an element of a live list is stored, and converted to and from Python.
pub trait Item: Sized + 'static {
    /// The Rust type of the element.
    type Stored: Clone + Send + Sync + 'static;
    /// The type that is accepted from Python.
    type Input: for<'a, 'py> FromPyObject<'a, 'py>;
    /// The type that is returned to Python.
    const OUTPUT_TYPE: PyStaticExpr;

    /// Converts `input` to the stored form.
    fn store(input: Self::Input) -> Self::Stored;

    /// Returns the element at `index` of the sequence that `F` accesses, if it exists.
    fn get<'py, F: Sequenced<Self>>(
        parent: &Bound<'py, F::Parent>,
        index: usize,
    ) -> PyResult<Option<Bound<'py, PyAny>>>;

    /// Returns all elements.
    fn all<'py, F: Sequenced<Self>>(parent: &Bound<'py, F::Parent>) -> PyResult<Vec<Bound<'py, PyAny>>>;

    /// Converts an element that has been moved out or copied.
    fn own(stored: Self::Stored, py: Python<'_>) -> PyResult<Bound<'_, PyAny>>;
}

/// A field that is a sequence of such elements.
pub trait Sequenced<I: Item>: Field<Stored: Items<I::Stored>> {}

impl<I: Item, F: Field<Stored: Items<I::Stored>>> Sequenced<I> for F {}

/// An element that is returned as a live view, and accepted as an owner or a view.
pub struct Viewed<W>(PhantomData<W>);

impl<W: Wrapper<Value: Clone>> Item for Viewed<W> {
    type Stored = W::Value;
    type Input = Value<W>;
    const OUTPUT_TYPE: PyStaticExpr = W::TYPE_HINT;

    fn store(input: Value<W>) -> W::Value {
        input.0
    }

    fn get<'py, F: Sequenced<Self>>(
        parent: &Bound<'py, F::Parent>,
        index: usize,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let exists = parent.get().read(|value| index < F::get(value).count())?;
        exists.then(|| view::<W, F>(parent, index)).transpose()
    }

    fn all<'py, F: Sequenced<Self>>(parent: &Bound<'py, F::Parent>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let length = parent.get().read(|value| F::get(value).count())?;
        (0..length).map(|index| view::<W, F>(parent, index)).collect()
    }

    fn own(stored: W::Value, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        Ok(W::new_owner(py, stored)?.into_any())
    }
}

/// Returns a view of the element at `index`.
fn view<'py, W: Wrapper<Value: Clone>, F: Sequenced<Viewed<W>>>(
    parent: &Bound<'py, F::Parent>,
    index: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let projection = Inside::<Viewed<W>, F>::PATH;
    W::from(Handle::Element(parent.as_any().clone().unbind(), projection, index)).into_bound_py_any(parent.py())
}

/// An element that is converted by value, like a field of kind `K`.
pub struct Copied<K>(PhantomData<K>);

impl<K: Kind<Stored: Clone + Send + Sync> + 'static> Item for Copied<K> {
    type Stored = K::Stored;
    type Input = K::Input;
    const OUTPUT_TYPE: PyStaticExpr = <K::Output as IntoPyObject<'static>>::OUTPUT_TYPE;

    fn store(input: K::Input) -> K::Stored {
        K::store(input)
    }

    fn get<'py, F: Sequenced<Self>>(
        parent: &Bound<'py, F::Parent>,
        index: usize,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let element = parent.get().read(|value| F::get(value).item(index).cloned())?;
        element.map(|element| Self::own(element, parent.py())).transpose()
    }

    fn all<'py, F: Sequenced<Self>>(parent: &Bound<'py, F::Parent>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        copies::<Self, F>(parent)
    }

    fn own(stored: K::Stored, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        K::to_plain(&stored, py)
    }
}

/// Returns copies of all elements.
fn copies<'py, I: Item, F: Sequenced<I>>(parent: &Bound<'py, F::Parent>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let copies = parent.get().read(|value| {
        let sequence = F::get(value);
        (0..sequence.count()).filter_map(|index| sequence.item(index).cloned()).collect::<Vec<_>>()
    })?;
    copies.into_iter().map(|copy| I::own(copy, parent.py())).collect()
}

/// The positions that a slice selects: `count` positions with a distance of `step`.
#[derive(Clone, Copy)]
pub struct Positions {
    /// The first position.
    pub start: usize,
    /// The distance between consecutive positions.
    pub step: isize,
    /// The number of positions.
    pub count: usize,
}

impl Positions {
    /// Resolves `slice` for a list of this length.
    pub fn new(slice: &Bound<'_, PySlice>, length: usize) -> PyResult<Self> {
        let indices = slice.indices(isize::try_from(length)?)?;
        // An empty slice with a negative step may start at -1.
        Ok(Self { start: indices.start.max(0).unsigned_abs(), step: indices.step, count: indices.slicelength })
    }

    /// Iterates over the positions in the order of the slice.
    fn iter(self) -> impl Iterator<Item = usize> {
        (0..self.count).scan(self.start, move |next, _| {
            let position = *next;
            *next = next.wrapping_add_signed(self.step);
            Some(position)
        })
    }

    /// Returns the positions as a range, if they are consecutive and ascending.
    pub fn range(self) -> Option<Range<usize>> {
        (self.step == 1).then(|| self.start..self.start + self.count)
    }
}

/// The elements to insert into a list.
#[derive(Clone, Copy)]
pub enum NewElements<'a, 'py> {
    /// One element.
    One(&'a Bound<'py, PyAny>),
    /// The elements of an iterable.
    All(&'a Bound<'py, PyAny>),
}

/// The operations on a sequence inside `parent`, for any type of elements, that the methods of a live list are built
/// from.
pub trait Sequence: Sync {
    /// Returns the number of elements.
    fn len(&self, parent: &Bound<'_, PyAny>) -> PyResult<usize>;

    /// Returns the element at `index`, if it exists.
    fn get<'py>(&self, parent: &Bound<'py, PyAny>, index: usize) -> PyResult<Option<Bound<'py, PyAny>>>;

    /// Returns all elements, in the form that `get` returns.
    fn all<'py>(&self, parent: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>>;

    /// Returns copies of all elements.
    fn copies<'py>(&self, parent: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>>;

    /// Replaces the elements in `range`, clamped to the length, by `new`.
    fn splice(&self, parent: &Bound<'_, PyAny>, range: Range<usize>, new: NewElements<'_, '_>) -> PyResult<()>;

    /// Replaces the element at each of `positions`. Raises `ValueError` when the number of `values` differs.
    fn assign(&self, parent: &Bound<'_, PyAny>, positions: Positions, values: NewElements<'_, '_>) -> PyResult<()>;

    /// Removes the elements at `positions`.
    fn remove(&self, parent: &Bound<'_, PyAny>, positions: Positions) -> PyResult<()>;

    /// Moves the element at `index` out, if it exists.
    fn pop<'py>(&self, parent: &Bound<'py, PyAny>, index: usize) -> PyResult<Option<Bound<'py, PyAny>>>;

    /// Reverses the order of the elements.
    fn reverse(&self, parent: &Bound<'_, PyAny>) -> PyResult<()>;
}

/// The sequence that `F` accesses.
pub struct Inside<I, F>(PhantomData<fn() -> (I, F)>);

impl<I: Item, F: Sequenced<I>> Inside<I, F> {
    /// The access path to the sequence. It is the same for all objects.
    pub const PATH: &'static Self = &Self(PhantomData);

    /// Calls `f` with the sequence as a vector.
    fn edit<R>(parent: &Bound<'_, PyAny>, f: impl FnOnce(&mut Vec<I::Stored>) -> R) -> PyResult<R> {
        parent.cast::<F::Parent>()?.get().write(|value| {
            let field = F::get_mut(value);
            let mut elements = std::mem::take(field).into();
            let result = f(&mut elements);
            *field = elements.into();
            result
        })
    }
}

impl NewElements<'_, '_> {
    fn store<I: Item>(self) -> PyResult<Vec<I::Stored>> {
        match self {
            Self::One(value) => Ok(vec![I::store(value.extract().map_err(Into::into)?)]),
            Self::All(values) => Ok(values.extract::<Many<I::Input>>()?.0.into_iter().map(I::store).collect()),
        }
    }
}

impl<I: Item, F: Sequenced<I>> ElementProjection<I::Stored> for Inside<I, F> {
    fn read(&self, parent: &Py<PyAny>, index: usize, f: &mut dyn FnMut(&I::Stored)) -> PyResult<()> {
        let found = Python::attach(|py| {
            let parent = parent.bind(py).cast::<F::Parent>()?;
            parent.get().read(|value| F::get(value).item(index).map(f))
        });
        found?.ok_or_else(gone::<I::Stored>)
    }

    fn write(&self, parent: &Py<PyAny>, index: usize, f: &mut dyn FnMut(&mut I::Stored)) -> PyResult<()> {
        let found = Python::attach(|py| {
            let parent = parent.bind(py).cast::<F::Parent>()?;
            parent.get().write(|value| F::get_mut(value).item_mut(index).map(f))
        });
        found?.ok_or_else(gone::<I::Stored>)
    }
}

impl<I: Item, F: Sequenced<I>> Sequence for Inside<I, F> {
    fn len(&self, parent: &Bound<'_, PyAny>) -> PyResult<usize> {
        parent.cast::<F::Parent>()?.get().read(|value| F::get(value).count())
    }

    fn get<'py>(&self, parent: &Bound<'py, PyAny>, index: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        I::get::<F>(parent.cast()?, index)
    }

    fn all<'py>(&self, parent: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        I::all::<F>(parent.cast()?)
    }

    fn copies<'py>(&self, parent: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        copies::<I, F>(parent.cast()?)
    }

    fn splice(&self, parent: &Bound<'_, PyAny>, range: Range<usize>, new: NewElements<'_, '_>) -> PyResult<()> {
        let stored = new.store::<I>()?;
        Self::edit(parent, |elements| {
            let end = range.end.min(elements.len());
            elements.splice(range.start.min(end)..end, stored);
        })
    }

    fn assign(&self, parent: &Bound<'_, PyAny>, positions: Positions, values: NewElements<'_, '_>) -> PyResult<()> {
        let stored = values.store::<I>()?;
        if stored.len() != positions.count {
            return Err(PyValueError::new_err(format!(
                "attempt to assign sequence of size {} to extended slice of size {}",
                stored.len(),
                positions.count
            )));
        }
        parent.cast::<F::Parent>()?.get().write(|value| {
            let field = F::get_mut(value);
            for (position, element) in positions.iter().zip(stored) {
                if let Some(slot) = field.item_mut(position) {
                    *slot = element;
                }
            }
        })
    }

    fn remove(&self, parent: &Bound<'_, PyAny>, positions: Positions) -> PyResult<()> {
        let mut positions = positions.iter().collect::<Vec<_>>();
        positions.sort_unstable();
        Self::edit(parent, |elements| {
            let mut removed = positions.into_iter().peekable();
            let mut position = 0;
            elements.retain(|_| {
                let is_kept = removed.next_if_eq(&position).is_none();
                position += 1;
                is_kept
            });
        })
    }

    fn pop<'py>(&self, parent: &Bound<'py, PyAny>, index: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        let removed = Self::edit(parent, |elements| (index < elements.len()).then(|| elements.remove(index)))?;
        removed.map(|element| I::own(element, parent.py())).transpose()
    }

    fn reverse(&self, parent: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::edit(parent, |elements| elements.reverse())
    }
}
