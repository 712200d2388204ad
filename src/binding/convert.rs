//! Arguments and results: the conversions between Python objects and Rust types.

use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;

use bytes::Bytes;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyMemoryError, PyTypeError, PyValueError};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyList, PyMapping, PyString, PyTuple};
use pyo3::{Borrowed, PyTypeInfo, intern, type_hint_identifier, type_hint_subscript, type_hint_union};

use crate::binding::exceptions::boundary;
use crate::binding::handle::Wrapper;
use crate::binding::process::Callback;

/// Result: a new object that owns its value.
pub struct Owned<W: Wrapper>(pub W::Value);

impl<'py, W: Wrapper> IntoPyObject<'py> for Owned<W> {
    type Target = W::Owner;
    type Output = Bound<'py, W::Owner>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = <W::Owner as PyTypeInfo>::TYPE_HINT;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        W::new_owner(py, self.0)
    }
}

/// Result: a list of new objects that own their values.
pub fn owned_list<W: Wrapper>(values: impl IntoIterator<Item = W::Value>) -> Vec<Owned<W>> {
    values.into_iter().map(Owned).collect()
}

/// Result: ids in ascending order.
pub fn sorted(ids: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut ids = ids.collect::<Vec<_>>();
    ids.sort_unstable();
    ids
}

/// Argument: a copy of the value of an owner or a view.
pub struct Value<W: Wrapper>(pub W::Value);

impl<'py, W: Wrapper<Value: Clone>> FromPyObject<'_, 'py> for Value<W> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = W::TYPE_HINT;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.cast::<W>() {
            Ok(wrapper) => wrapper.get().read(Clone::clone).map(Self),
            Err(_) => Err(expected(&object.py().get_type::<W::Owner>().name()?.to_string(), &object)),
        }
    }
}

/// Returns the `TypeError` for an argument of any other type than `what`.
#[cold]
pub fn expected(what: &str, object: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("expected {what}, got {}", type_name(object)))
}

/// Returns an argument that has to be callable.
pub fn callable(object: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    if object.is_callable() { Ok(object.clone().unbind()) } else { Err(expected("a callable or None", object)) }
}

/// Returns the name of an object's class.
pub fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}

/// Argument: any iterable.
pub struct Many<T>(pub Vec<T>);

impl<'py, T: for<'a> FromPyObject<'a, 'py>> FromPyObject<'_, 'py> for Many<T> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("collections.abc", "Iterable"), T::INPUT_TYPE);

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(list) = object.cast::<PyList>() {
            return Self::collect(list.len(), list.iter().map(Ok));
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            return Self::collect(tuple.len(), tuple.iter().map(Ok));
        }
        let _callback = Callback::start(object.py())?;
        Self::collect(0, object.try_iter()?)
    }
}

/// An argument that is rarely given. PyO3 moves arguments just after they are written, and the processor waits for the
/// writes when it moves several words at once: an absent one of this type is a single word.
pub struct Rare<T>(pub Box<T>);

impl<'a, 'py, T: FromPyObject<'a, 'py>> FromPyObject<'a, 'py> for Rare<T> {
    type Error = T::Error;
    const INPUT_TYPE: PyStaticExpr = T::INPUT_TYPE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Self::Error> {
        Ok(Self(Box::new(object.extract()?)))
    }
}

impl<T> Many<T> {
    /// `Iterator::collect` is not used, since it would query the length hint of a Python iterator, which is slow.
    fn collect<'py>(length: usize, objects: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>) -> PyResult<Self>
    where
        T: for<'a> FromPyObject<'a, 'py>,
    {
        let mut items = Vec::with_capacity(length);
        for object in objects {
            items.push(object?.extract().map_err(Into::into)?);
        }
        Ok(Self(items))
    }
}

impl<W: Wrapper> Many<Value<W>> {
    /// Unwraps the values.
    pub fn into_values(self) -> Vec<W::Value> {
        self.0.into_iter().map(|value| value.0).collect()
    }
}

/// Argument: bytes, anything with the buffer protocol, or a sequence of ints from 0 to 255.
pub struct BytesLike(pub Vec<u8>);

impl<'py> FromPyObject<'_, 'py> for BytesLike {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        type_hint_identifier!("builtins", "bytes"),
        type_hint_identifier!("builtins", "bytearray"),
        type_hint_identifier!("builtins", "memoryview"),
        type_hint_subscript!(
            type_hint_identifier!("collections.abc", "Sequence"),
            type_hint_identifier!("builtins", "int")
        )
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return copy(bytes.as_bytes()).map(Self);
        }
        let py = object.py();
        let _callback = Callback::start(py)?;
        if let Ok(buffer) = PyBuffer::<u8>::get(&object) {
            let mut bytes = with_room(buffer.item_count())?;
            bytes.resize(buffer.item_count(), 0);
            return buffer.copy_to_slice(py, &mut bytes).map(|()| Self(bytes));
        }
        if !is_sequence(&object)? {
            let name = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "expected a bytes-like object or a sequence of ints, got {name}"
            )));
        }
        // The reported length of a sequence is only used to reject it. Nothing is allocated for it.
        if let Some(length) = object.len().ok().filter(|length| *length > MAX_ITEMS) {
            return Err(PyValueError::new_err(format!(
                "expected at most {MAX_ITEMS} ints, got a sequence of {length}"
            )));
        }
        let mut bytes = Vec::new();
        for item in object.try_iter()? {
            if bytes.len() == bytes.capacity() {
                let additional = bytes.len().max(64);
                reserve(&mut bytes, additional)?;
            }
            bytes.push(item?.extract()?);
        }
        Ok(Self(bytes))
    }
}

/// Below this number of bytes, memory is allocated without a check that it is available.
const FEW: usize = 1 << 16;

/// The maximum length of a sequence of ints that is accepted as bytes.
const MAX_ITEMS: usize = 1 << 32;

/// Returns whether `object` may be a sequence of ints. Text, mappings and objects without indexing are not.
fn is_sequence(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_other = object.is_instance_of::<PyString>() || object.is_instance_of::<PyDict>();
    Ok(!is_other && object.hasattr(intern!(object.py(), "__getitem__"))?)
}

/// Copies `bytes`. Raises `MemoryError` if there are many and memory is exhausted.
#[inline]
fn copy(bytes: &[u8]) -> PyResult<Vec<u8>> {
    if bytes.len() < FEW {
        return Ok(bytes.to_vec());
    }
    let mut copy = with_room(bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

fn with_room(length: usize) -> PyResult<Vec<u8>> {
    let mut bytes = Vec::new();
    reserve(&mut bytes, length)?;
    Ok(bytes)
}

fn reserve(bytes: &mut Vec<u8>, additional: usize) -> PyResult<()> {
    bytes.try_reserve_exact(additional).map_err(|_| PyMemoryError::new_err(()))
}

/// Creates a `bytes` object. Raises `MemoryError` if memory is exhausted.
pub fn bytes_object<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    boundary(|| bytes_in_boundary(py, bytes))?
}

/// Creates a `bytes` object, in code that runs in a [`boundary`]: a panic for want of memory becomes a `MemoryError`
/// there.
#[inline]
pub fn bytes_in_boundary<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    // The writer raises instead of panicking, but is slower for few bytes.
    if bytes.len() < FEW {
        Ok(PyBytes::new(py, bytes))
    } else {
        PyBytes::new_with_writer(py, bytes.len(), |writer| writer.write_bytes(bytes))
    }
}

/// Argument: bytes as for [`BytesLike`]. They are not copied if possible.
pub struct ByteSlice<'a>(pub Cow<'a, [u8]>);

impl<'a, 'py> FromPyObject<'a, 'py> for ByteSlice<'a> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = BytesLike::INPUT_TYPE;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match object.extract() {
            Ok(bytes) => Ok(Self(Cow::Borrowed(bytes))),
            Err(_) => BytesLike::extract(object).map(|bytes| Self(Cow::Owned(bytes.0))),
        }
    }
}

/// Result: the bytes of a Rust value, as `bytes`.
pub struct BytesOut<T>(pub T);

impl<'py, T: AsRef<[u8]>> IntoPyObject<'py> for BytesOut<T> {
    type Target = PyBytes;
    type Output = Bound<'py, PyBytes>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = PyBytes::TYPE_HINT;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        bytes_object(py, self.0.as_ref())
    }
}

/// Argument: votes by the ids of the voters, in a mapping without any other entries.
pub struct VoteMap(pub HashMap<u64, bool>);

impl<'py> FromPyObject<'_, 'py> for VoteMap {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "Mapping"),
        type_hint_identifier!("builtins", "int"),
        type_hint_identifier!("builtins", "bool")
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let _callback = Callback::start(object.py())?;
        let mapping = object.cast::<PyMapping>().map_err(|_| expected("a mapping of voter ids to bools", &object))?;
        let votes = mapping.items()?.iter().map(|item| {
            let (id, vote) = item.extract::<(u64, Bound<'_, PyAny>)>()?;
            let vote = vote
                .extract()
                .map_err(|_| PyTypeError::new_err(format!("voter {id}: expected bool, got {}", type_name(&vote))))?;
            Ok((id, vote))
        });
        votes.collect::<PyResult<_>>().map(Self)
    }
}

/// Result: an iterator over a list.
pub struct ListIterator<T>(pub Vec<T>);

impl<'py, T: IntoPyObject<'py>> IntoPyObject<'py> for ListIterator<T> {
    type Target = PyIterator;
    type Output = Bound<'py, PyIterator>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("collections.abc", "Iterator"), T::OUTPUT_TYPE);

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        self.0.into_pyobject(py)?.try_iter()
    }
}

/// Result: the fields of a value by name, `dict[str, Any]`.
pub struct FieldDict<'py>(pub Bound<'py, PyDict>);

impl<'py> IntoPyObject<'py> for FieldDict<'py> {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = Infallible;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "dict"),
        type_hint_identifier!("builtins", "str"),
        type_hint_identifier!("typing", "Any")
    );

    fn into_pyobject(self, _: Python<'py>) -> Result<Self::Output, Infallible> {
        Ok(self.0)
    }
}

/// Result: the arguments of a constructor, `tuple[Any, ...]`.
pub struct Arguments<'py>(pub Vec<Bound<'py, PyAny>>);

impl<'py> IntoPyObject<'py> for Arguments<'py> {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "tuple"),
        type_hint_identifier!("typing", "Any"),
        type_hint_identifier!("builtins", "...")
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        PyTuple::new(py, self.0)
    }
}

impl From<BytesLike> for Bytes {
    fn from(bytes: BytesLike) -> Self {
        bytes.0.into()
    }
}
