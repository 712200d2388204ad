//! Live lists: the value of the attribute of a repeated field.
//!
//! A [`PyLiveList`] is a `collections.abc.MutableSequence`. Every operation reads or writes the sequence inside its
//! parent, which it keeps alive as a view does. There is one Python class for all sequences. [`Sequence`] abstracts
//! over their types, and has the few operations that all methods are built from. An [`Item`] defines how an element is
//! converted to and from Python: as a live view ([`Viewed`]), or by value ([`Copied`]).
//!
//! Arguments are converted before the sequence is borrowed, and results are built afterwards, so that no Python code,
//! such as a finalizer or an iterator, runs during a borrow. An argument that can't be converted changes nothing.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyInt, PyList, PySequence, PySlice, PyString};
use pyo3::{PyTraverseError, PyVisit, type_hint_identifier, type_hint_subscript};

use crate::binding::convert::type_name;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::{ByteVec, Contexts, Ids, Kind, List, Repeated, Table};
use crate::binding::sequence::{Copied, Inside, Item, NewElements, Positions, Sequence, Viewed};
use crate::binding::view::{Field, Items};

/// A kind whose field is a sequence. Its attribute is a live list.
pub trait Listed: Kind<Stored: Items<<Self::Item as Item>::Stored>> {
    /// The conversion of the elements.
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

/// Result: a live list of the elements of a field of kind `K`.
pub struct LiveListOf<K>(PyLiveList, PhantomData<K>);

impl<K: Listed> LiveListOf<K> {
    /// Creates the live list of the sequence that `F` accesses.
    pub fn new<F: Field<Stored = K::Stored>>(parent: &Bound<'_, F::Parent>) -> Self {
        let sequence = Inside::<K::Item, F>::PATH;
        Self(PyLiveList { parent: parent.as_any().clone().unbind(), sequence }, PhantomData)
    }
}

impl<'py, K: Listed> IntoPyObject<'py> for LiveListOf<K> {
    type Target = PyLiveList;
    type Output = Bound<'py, PyLiveList>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "MutableSequence"),
        <K::Item as Item>::OUTPUT_TYPE
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Bound::new(py, self.0)
    }
}

/// The elements of a sequence inside another object. Every operation reads or writes that object.
#[pyclass(module = "rraft", name = "LiveList", frozen)]
pub struct PyLiveList {
    parent: Py<PyAny>,
    sequence: &'static dyn Sequence,
}

/// Registers the class with `collections.abc`.
pub fn register(py: Python<'_>) -> PyResult<()> {
    let mutable_sequence = py.import("collections.abc")?.getattr("MutableSequence")?;
    mutable_sequence.call_method1("register", (py.get_type::<PyLiveList>(),)).map(drop)
}

/// The operand of a subscript.
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
            // An integer that is too large for an index is out of range for any list.
            if key.is_instance_of::<PyInt>() || key.hasattr("__index__").unwrap_or(false) {
                return PyIndexError::new_err("index out of range");
            }
            PyTypeError::new_err(format!("indices must be integers or slices, not {}", type_name(key)))
        })?;
        Ok(Self::Index(index))
    }
}

impl PyLiveList {
    fn len(&self, py: Python<'_>) -> PyResult<usize> {
        self.sequence.len(self.parent.bind(py))
    }

    fn all<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.sequence.all(self.parent.bind(py))?)
    }

    /// Converts `index`, which may be negative, to a position; `None` if it is before the start.
    fn position(&self, py: Python<'_>, index: isize) -> PyResult<Option<usize>> {
        match usize::try_from(index) {
            Ok(position) => Ok(Some(position)),
            Err(_) => Ok(self.len(py)?.checked_add_signed(index)),
        }
    }

    /// Returns the position of the element at `index`, or `IndexError`.
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

    /// Converts `other` to a list if it is a sequence other than text or bytes.
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
impl PyLiveList {
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
                self.sequence.assign(parent, position, NewElements::One(value))
            }
            Key::Slice(slice) => {
                let positions = Positions::new(slice, self.len(py)?)?;
                match positions.range() {
                    Some(range) => self.sequence.splice(parent, range, NewElements::All(value)),
                    None => self.sequence.assign(parent, positions, NewElements::All(value)),
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

    fn __iter__(slf: &Bound<'_, Self>) -> PyLiveListIterator {
        PyLiveListIterator { list: slf.clone().unbind(), next: AtomicUsize::new(0) }
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

    /// Returns the position of the first element that equals `value`, from `start` up to but excluding `stop`.
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

    /// Returns the number of elements that equal `value`.
    fn count<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.all(py)?.call_method1("count", (value,))
    }

    /// Appends an element.
    fn append(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.sequence.splice(self.parent.bind(py), usize::MAX..usize::MAX, NewElements::One(value))
    }

    /// Appends the elements of an iterable.
    fn extend(&self, py: Python<'_>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        self.sequence.splice(self.parent.bind(py), usize::MAX..usize::MAX, NewElements::All(values))
    }

    /// Inserts an element before `index`.
    fn insert(&self, py: Python<'_>, index: isize, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let position = self.position(py, index)?.unwrap_or(0);
        self.sequence.splice(self.parent.bind(py), position..position, NewElements::One(value))
    }

    /// Removes the element at `index` and returns it as an independent object.
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

/// Iterates over a live list.
#[pyclass(module = "rraft", name = "LiveListIterator", frozen)]
pub struct PyLiveListIterator {
    list: Py<PyLiveList>,
    next: AtomicUsize,
}

#[pymethods]
impl PyLiveListIterator {
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
        // An exhausted iterator stays exhausted.
        let next = if element.is_some() { position + 1 } else { usize::MAX };
        self.next.store(next, Ordering::Relaxed);
        Ok(element)
    }
}
