//! Live lists: what the attribute of a repeated field gives.
//!
//! A [`LiveList`] is a `collections.abc.MutableSequence` whose every operation reads or writes the sequence inside its
//! parent, which it keeps alive as a view does. It is one Python class for all sequences: what differs between them is
//! behind [`Sequence`], which has the few operations that all methods are made of. An [`Item`] says how an element is
//! given to Python and taken from it: as a live view ([`Viewed`]), or by value ([`Copied`]).
//!
//! Arguments are converted before the sequence is borrowed, and results are built after it: a borrow never meets Python
//! code, such as a finalizer or an iterator. An argument that can't be converted changes nothing.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyInt, PyList, PySequence, PySlice, PyString};
use pyo3::{IntoPyObjectExt, PyTraverseError, PyVisit, type_hint_identifier, type_hint_subscript};

use crate::binding::convert::{Many, Value, type_name};
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::kinds::{ByteVec, Contexts, Ids, Kind, List, Repeated, Table};
use crate::binding::projection::{ElementProjection, gone};
use crate::binding::view::{Field, Items};

/// How an element of a live list is stored, given to Python and taken from it.
pub trait Item: Sized + 'static {
    /// The Rust type of the element.
    type Stored: Clone + Send + Sync + 'static;
    /// What Python may give for it.
    type Input: for<'a, 'py> FromPyObject<'a, 'py>;
    /// The type that Python gets.
    const OUTPUT_TYPE: PyStaticExpr;

    /// The stored form of `input`.
    fn store(input: Self::Input) -> Self::Stored;

    /// The element at `index` of the sequence that `F` leads to, if there is one.
    fn get<'py, F: Sequenced<Self>>(
        parent: &Bound<'py, F::Parent>,
        index: usize,
    ) -> PyResult<Option<Bound<'py, PyAny>>>;

    /// All elements.
    fn all<'py, F: Sequenced<Self>>(parent: &Bound<'py, F::Parent>) -> PyResult<Vec<Bound<'py, PyAny>>>;

    /// An element that has been moved out, or copied.
    fn own(stored: Self::Stored, py: Python<'_>) -> PyResult<Bound<'_, PyAny>>;
}

/// A field that is a sequence of such elements.
pub trait Sequenced<I: Item>: Field<Stored: Items<I::Stored>> {}

impl<I: Item, F: Field<Stored: Items<I::Stored>>> Sequenced<I> for F {}

/// An element that Python gets as a live view, and gives as an owner or a view.
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
        let is_there = parent.get().read(|value| index < F::get(value).count())?;
        is_there.then(|| view::<W, F>(parent, index)).transpose()
    }

    fn all<'py, F: Sequenced<Self>>(parent: &Bound<'py, F::Parent>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let length = parent.get().read(|value| F::get(value).count())?;
        (0..length).map(|index| view::<W, F>(parent, index)).collect()
    }

    fn own(stored: W::Value, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        Ok(W::new_owner(py, stored)?.into_any())
    }
}

/// A view of the element at `index`.
fn view<'py, W: Wrapper<Value: Clone>, F: Sequenced<Viewed<W>>>(
    parent: &Bound<'py, F::Parent>,
    index: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let projection = &Inside::<Viewed<W>, F>(PhantomData);
    W::from(Handle::Element(parent.as_any().clone().unbind(), projection, index)).into_bound_py_any(parent.py())
}

/// An element that Python gets by value, as a field of kind `K`.
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

/// Copies of all elements.
fn copies<'py, I: Item, F: Sequenced<I>>(parent: &Bound<'py, F::Parent>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let copies = parent.get().read(|value| {
        let sequence = F::get(value);
        (0..sequence.count()).filter_map(|index| sequence.item(index).cloned()).collect::<Vec<_>>()
    })?;
    copies.into_iter().map(|copy| I::own(copy, parent.py())).collect()
}

/// A kind whose field is a sequence: its attribute is a live list.
pub trait Listed: Kind<Stored: Items<<Self::Item as Item>::Stored>> {
    /// How the elements are given and taken.
    type Item: Item;
}

impl Listed for Contexts {
    type Item = Copied<ByteVec>;
}

impl Listed for Ids {
    type Item = Copied<u64>;
}

impl<W: Wrapper<Value: Clone + Table>> Listed for Repeated<W> {
    type Item = Viewed<W>;
}

impl<W: Wrapper<Value: Clone + Table>> Listed for List<W> {
    type Item = Viewed<W>;
}

/// The positions that a slice selects: `count` of them, `step` apart.
#[derive(Clone, Copy)]
struct Positions {
    start: usize,
    step: isize,
    count: usize,
}

impl Positions {
    fn new(slice: &Bound<'_, PySlice>, length: usize) -> PyResult<Self> {
        let indices = slice.indices(isize::try_from(length)?)?;
        // The start of an empty one that goes backwards may be -1.
        Ok(Self { start: indices.start.max(0).unsigned_abs(), step: indices.step, count: indices.slicelength })
    }

    /// The positions, in the order of the slice.
    fn iter(self) -> impl Iterator<Item = usize> {
        (0..self.count).scan(self.start, move |next, _| {
            let position = *next;
            *next = next.wrapping_add_signed(self.step);
            Some(position)
        })
    }

    /// The positions as a range, if they are next to each other in ascending order.
    fn range(self) -> Option<Range<usize>> {
        (self.step == 1).then(|| self.start..self.start + self.count)
    }
}

/// What is to be put into a list.
#[derive(Clone, Copy)]
enum Given<'a, 'py> {
    /// One element.
    One(&'a Bound<'py, PyAny>),
    /// The elements of an iterable.
    All(&'a Bound<'py, PyAny>),
}

/// The operations on a sequence inside `parent`, whatever its type, that the methods of [`LiveList`] are made of.
trait Sequence: Sync {
    /// How many elements there are.
    fn len(&self, parent: &Bound<'_, PyAny>) -> PyResult<usize>;

    /// The element at `index`, if there is one.
    fn get<'py>(&self, parent: &Bound<'py, PyAny>, index: usize) -> PyResult<Option<Bound<'py, PyAny>>>;

    /// All elements, as `get` gives them.
    fn all<'py>(&self, parent: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>>;

    /// Copies of all elements.
    fn copies<'py>(&self, parent: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>>;

    /// Replaces the elements in `range`, as far as it reaches, by what is `given`.
    fn splice(&self, parent: &Bound<'_, PyAny>, range: Range<usize>, given: Given<'_, '_>) -> PyResult<()>;

    /// Replaces the element at each of `positions`. Raises `ValueError` when there are not as many `values`.
    fn assign(&self, parent: &Bound<'_, PyAny>, positions: Positions, values: Given<'_, '_>) -> PyResult<()>;

    /// Removes the elements at `positions`.
    fn remove(&self, parent: &Bound<'_, PyAny>, positions: Positions) -> PyResult<()>;

    /// Moves the element at `index` out, if there is one.
    fn pop<'py>(&self, parent: &Bound<'py, PyAny>, index: usize) -> PyResult<Option<Bound<'py, PyAny>>>;

    /// Reverses the order.
    fn reverse(&self, parent: &Bound<'_, PyAny>) -> PyResult<()>;
}

/// The sequence that `F` leads to.
struct Inside<I, F>(PhantomData<fn() -> (I, F)>);

impl<I: Item, F: Sequenced<I>> Inside<I, F> {
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

impl Given<'_, '_> {
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

    fn splice(&self, parent: &Bound<'_, PyAny>, range: Range<usize>, given: Given<'_, '_>) -> PyResult<()> {
        let stored = given.store::<I>()?;
        Self::edit(parent, |elements| {
            let end = range.end.min(elements.len());
            elements.splice(range.start.min(end)..end, stored);
        })
    }

    fn assign(&self, parent: &Bound<'_, PyAny>, positions: Positions, values: Given<'_, '_>) -> PyResult<()> {
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
                if let Some(place) = field.item_mut(position) {
                    *place = element;
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

/// Result: a live list of the elements of a field of kind `K`.
pub struct LiveListOf<K>(LiveList, PhantomData<K>);

impl<K: Listed> LiveListOf<K> {
    /// The live list of the sequence that `F` leads to.
    pub fn new<F: Field<Stored = K::Stored>>(parent: &Bound<'_, F::Parent>) -> Self {
        let sequence = &Inside::<K::Item, F>(PhantomData);
        Self(LiveList { parent: parent.as_any().clone().unbind(), sequence }, PhantomData)
    }
}

impl<'py, K: Listed> IntoPyObject<'py> for LiveListOf<K> {
    type Target = LiveList;
    type Output = Bound<'py, LiveList>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "MutableSequence"),
        <K::Item as Item>::OUTPUT_TYPE
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Bound::new(py, self.0)
    }
}

/// The elements of a sequence inside another object: every operation reads or writes that object.
#[pyclass(module = "rraft", frozen)]
pub struct LiveList {
    parent: Py<PyAny>,
    sequence: &'static dyn Sequence,
}

/// Lets Python know what the class is.
pub fn register(py: Python<'_>) -> PyResult<()> {
    let mutable_sequence = py.import("collections.abc")?.getattr("MutableSequence")?;
    mutable_sequence.call_method1("register", (py.get_type::<LiveList>(),)).map(drop)
}

/// What is in brackets.
enum Key<'a, 'py> {
    Index(isize),
    Slice(&'a Bound<'py, PySlice>),
}

impl<'a, 'py> Key<'a, 'py> {
    fn new(key: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(slice) = key.cast::<PySlice>() {
            return Ok(Self::Slice(slice));
        }
        let index = key.extract::<isize>().map_err(|_| {
            // What is an index, but none of any list, is out of range.
            if key.is_instance_of::<PyInt>() || key.hasattr("__index__").unwrap_or(false) {
                return PyIndexError::new_err("index out of range");
            }
            PyTypeError::new_err(format!("indices are integers or slices, not {}", type_name(key)))
        })?;
        Ok(Self::Index(index))
    }
}

impl LiveList {
    fn len(&self, py: Python<'_>) -> PyResult<usize> {
        self.sequence.len(self.parent.bind(py))
    }

    fn all<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.sequence.all(self.parent.bind(py))?)
    }

    /// The position that `index` means, counted from the end if it is negative; `None` before the start.
    fn position(&self, py: Python<'_>, index: isize) -> PyResult<Option<usize>> {
        match usize::try_from(index) {
            Ok(position) => Ok(Some(position)),
            Err(_) => Ok(self.len(py)?.checked_add_signed(index)),
        }
    }

    /// The position of the element at `index`, or `IndexError`.
    fn existing(&self, py: Python<'_>, index: isize) -> PyResult<usize> {
        let length = self.len(py)?;
        let position = self.position(py, index)?.filter(|position| *position < length);
        position.ok_or_else(|| self.out_of_range(py, index))
    }

    fn out_of_range(&self, py: Python<'_>, index: isize) -> PyErr {
        match self.len(py) {
            Ok(length) => PyIndexError::new_err(format!("index {index} is out of range: there are {length} elements")),
            Err(error) => error,
        }
    }

    /// `other` as a list, if it is a sequence, but no text and no bytes.
    fn listed<'py>(other: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        if let Ok(list) = other.cast::<PyList>() {
            return Ok(Some(list.clone()));
        }
        if let Ok(live) = other.cast::<Self>() {
            return live.get().all(other.py()).map(Some);
        }
        let is_text = other.is_instance_of::<PyString>()
            || other.is_instance_of::<PyBytes>()
            || other.is_instance_of::<PyByteArray>();
        if is_text || other.cast::<PySequence>().is_err() {
            return Ok(None);
        }
        let list = other.py().get_type::<PyList>().call1((other,))?;
        Ok(Some(list.cast_into::<PyList>()?))
    }
}

#[pymethods]
impl LiveList {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.parent)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.len(py)
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match Key::new(key)? {
            Key::Index(index) => {
                let element = self
                    .position(py, index)?
                    .map(|position| self.sequence.get(self.parent.bind(py), position))
                    .transpose()?;
                element.flatten().ok_or_else(|| self.out_of_range(py, index))
            }
            Key::Slice(slice) => Ok(self.all(py)?.as_any().get_item(slice)?),
        }
    }

    fn __setitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let parent = self.parent.bind(py);
        match Key::new(key)? {
            Key::Index(index) => {
                let position = Positions { start: self.existing(py, index)?, step: 1, count: 1 };
                self.sequence.assign(parent, position, Given::One(value))
            }
            Key::Slice(slice) => {
                let positions = Positions::new(slice, self.len(py)?)?;
                match positions.range() {
                    Some(range) => self.sequence.splice(parent, range, Given::All(value)),
                    None => self.sequence.assign(parent, positions, Given::All(value)),
                }
            }
        }
    }

    fn __delitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<()> {
        let positions = match Key::new(key)? {
            Key::Index(index) => Positions { start: self.existing(py, index)?, step: 1, count: 1 },
            Key::Slice(slice) => Positions::new(slice, self.len(py)?)?,
        };
        self.sequence.remove(self.parent.bind(py), positions)
    }

    fn __iter__(slf: &Bound<'_, Self>) -> LiveListIterator {
        LiveListIterator { list: slf.clone().unbind(), next: AtomicUsize::new(0) }
    }

    fn __reversed__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.all(py)?.call_method0("__reversed__")
    }

    fn __contains__(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.all(py)?.contains(value)
    }

    fn __richcmp__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, operator: CompareOp) -> PyResult<Py<PyAny>> {
        let other = match operator {
            CompareOp::Eq | CompareOp::Ne => Self::listed(other)?,
            _ => None,
        };
        match other {
            Some(other) => self.all(py)?.rich_compare(other, operator).map(Bound::unbind),
            None => Ok(py.NotImplemented()),
        }
    }

    fn __iadd__(&self, py: Python<'_>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        self.extend(py, values)
    }

    /// The position of the first element that equals `value`, from `start` to before `stop`.
    #[pyo3(signature = (value, start = 0, stop = isize::MAX))]
    fn index<'py>(
        &self,
        py: Python<'py>,
        value: &Bound<'py, PyAny>,
        start: isize,
        stop: isize,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.all(py)?.call_method1("index", (value, start, stop))
    }

    /// How many elements equal `value`.
    fn count<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.all(py)?.call_method1("count", (value,))
    }

    /// Adds an element at the end.
    fn append(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.sequence.splice(self.parent.bind(py), usize::MAX..usize::MAX, Given::One(value))
    }

    /// Adds the elements of an iterable at the end.
    fn extend(&self, py: Python<'_>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        self.sequence.splice(self.parent.bind(py), usize::MAX..usize::MAX, Given::All(values))
    }

    /// Adds an element before the one at `index`.
    fn insert(&self, py: Python<'_>, index: isize, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let position = self.position(py, index)?.unwrap_or(0);
        self.sequence.splice(self.parent.bind(py), position..position, Given::One(value))
    }

    /// Removes the element at `index` and returns it as an object of its own.
    #[pyo3(signature = (index = -1))]
    fn pop<'py>(&self, py: Python<'py>, index: isize) -> PyResult<Bound<'py, PyAny>> {
        let element =
            self.position(py, index)?.map(|position| self.sequence.pop(self.parent.bind(py), position)).transpose()?;
        element.flatten().ok_or_else(|| self.out_of_range(py, index))
    }

    /// Removes the first element that equals `value`.
    fn remove<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let start = self.index(py, value, 0, isize::MAX)?.extract()?;
        self.sequence.remove(self.parent.bind(py), Positions { start, step: 1, count: 1 })
    }

    /// Removes all elements.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        self.sequence.remove(self.parent.bind(py), Positions { start: 0, step: 1, count: self.len(py)? })
    }

    /// Reverses the order of the elements.
    fn reverse(&self, py: Python<'_>) -> PyResult<()> {
        self.sequence.reverse(self.parent.bind(py))
    }

    /// A copy is a list of copies.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyList>,))> {
        let copies = PyList::new(py, self.sequence.copies(self.parent.bind(py))?)?;
        Ok((py.get_type::<PyList>().into_any(), (copies,)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.all(py)?.repr()?.to_string())
    }
}

/// Goes through a live list, one element at a time.
#[pyclass(module = "rraft", frozen)]
pub struct LiveListIterator {
    list: Py<LiveList>,
    next: AtomicUsize,
}

#[pymethods]
impl LiveListIterator {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.list)
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let position = self.next.load(Ordering::Relaxed);
        let list = self.list.get();
        let element = list.sequence.get(list.parent.bind(py), position)?;
        // One that has come to the end stays there.
        let next = if element.is_some() { position + 1 } else { usize::MAX };
        self.next.store(next, Ordering::Relaxed);
        Ok(element)
    }
}
