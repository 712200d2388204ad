//! The pending read-only requests by their contexts: a live mapping.

use std::collections::BTreeMap;

use pyo3::exceptions::PyKeyError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping};
use pyo3::{Borrowed, PyTraverseError, PyVisit, type_hint_identifier, type_hint_subscript};
use raft::Raft;

use crate::binding::convert::{BytesLike, BytesOut, ListIterator, Owned, Value, bytes_object, expected};
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::projection::{Projection, gone};
use crate::read_only::PyReadOnlyRef;
use crate::read_only::read_index_status::{PyReadIndexStatusRef, ReadIndexStatus, load};
use crate::storage::Store;

/// Stores the status of the request with the context `key`.
fn store(host: &mut Raft<Store>, key: &[u8], value: ReadIndexStatus) {
    let status = host.read_only.pending_read_index.entry(key.to_vec()).or_default();
    status.req = value.req;
    status.index = value.index;
    status.acks = value.acks.into_iter().collect();
}

/// The projection on the request with a context.
struct Request {
    parent: Py<PyReadOnlyRef>,
    context: Vec<u8>,
}

impl Request {
    fn load(&self) -> PyResult<ReadIndexStatus> {
        let found = self
            .parent
            .get()
            .read(|host| host.read_only.pending_read_index.get(&self.context).map(|status| load!(status)))?;
        found.ok_or_else(gone::<ReadIndexStatus>)
    }
}

impl Projection<ReadIndexStatus> for Request {
    fn read(&self, f: &mut dyn FnMut(&ReadIndexStatus)) -> PyResult<()> {
        self.load().map(|status| f(&status))
    }

    fn write(&self, f: &mut dyn FnMut(&mut ReadIndexStatus)) -> PyResult<()> {
        let mut status = self.load()?;
        f(&mut status);
        self.parent.get().write(|host| store(host, &self.context, status))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.parent)
    }
}

/// The pending read-only requests by their contexts. Every operation reads or writes the object that they belong to.
#[pyclass(module = "rraft", name = "PendingReadIndex", frozen, weakref)]
pub struct PyPendingReadIndex(Py<PyReadOnlyRef>);

/// Registers the class with `collections.abc`, and adds the methods that all mappings have.
pub fn register(py: Python<'_>) -> PyResult<()> {
    let abc = py.import("collections.abc")?;
    let (mapping, mutable_mapping) = (abc.getattr("Mapping")?, abc.getattr("MutableMapping")?);
    let class = py.get_type::<PyPendingReadIndex>();
    for method in ["get", "keys", "values", "items", "__eq__"] {
        class.setattr(method, mapping.getattr(method)?)?;
    }
    for method in ["pop", "popitem", "clear", "update", "setdefault"] {
        class.setattr(method, mutable_mapping.getattr(method)?)?;
    }
    class.setattr("__hash__", py.None())?;
    mutable_mapping.call_method1("register", (class,)).map(drop)
}

/// Returns the error for a context without a request.
fn missing(py: Python<'_>, key: &BytesLike) -> PyErr {
    bytes_object(py, &key.0).map_or_else(|error| error, |key| PyKeyError::new_err(key.unbind()))
}

impl PyPendingReadIndex {
    /// Returns the requests of `read_only`.
    pub fn of(read_only: &Bound<'_, PyReadOnlyRef>) -> Self {
        Self(read_only.clone().unbind())
    }

    fn contexts(&self) -> PyResult<Vec<Vec<u8>>> {
        self.0.get().read(|host| host.read_only.pending_read_index.keys().cloned().collect())
    }
}

#[pymethods]
impl PyPendingReadIndex {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }

    fn __len__(&self) -> PyResult<usize> {
        self.0.get().read(|host| host.read_only.pending_read_index.len())
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        match key.extract::<BytesLike>() {
            Ok(context) => self.0.get().read(|host| host.read_only.pending_read_index.contains_key(&context.0)),
            Err(_) => Ok(false),
        }
    }

    fn __getitem__(&self, py: Python<'_>, key: BytesLike) -> PyResult<PyReadIndexStatusRef> {
        let is_known = self.0.get().read(|host| host.read_only.pending_read_index.contains_key(&key.0))?;
        if !is_known {
            return Err(missing(py, &key));
        }
        Ok(Handle::View(Box::new(Request { parent: self.0.clone_ref(py), context: key.0 })).into())
    }

    fn __setitem__(&self, key: BytesLike, value: Value<PyReadIndexStatusRef>) -> PyResult<()> {
        self.0.get().write(|host| store(host, &key.0, value.0))
    }

    fn __delitem__(&self, py: Python<'_>, key: BytesLike) -> PyResult<()> {
        let removed = self.0.get().write(|host| host.read_only.pending_read_index.remove(&key.0).is_some())?;
        if removed { Ok(()) } else { Err(missing(py, &key)) }
    }

    fn __iter__(&self) -> PyResult<ListIterator<BytesOut<Vec<u8>>>> {
        Ok(ListIterator(self.contexts()?.into_iter().map(BytesOut).collect()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let copies = self.0.get().pending_copies()?.into_pyobject(py)?;
        Ok(copies.repr()?.to_string())
    }
}

/// Result: the live mapping.
pub struct LivePending(pub PyPendingReadIndex);

impl<'py> IntoPyObject<'py> for LivePending {
    type Target = PyPendingReadIndex;
    type Output = Bound<'py, PyPendingReadIndex>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "MutableMapping"),
        <BytesOut<Vec<u8>> as IntoPyObject<'static>>::OUTPUT_TYPE,
        <PyReadIndexStatusRef as pyo3::PyTypeInfo>::TYPE_HINT
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Bound::new(py, self.0)
    }
}

/// Argument: read-only requests by their contexts.
pub struct Requests(Vec<(BytesLike, Value<PyReadIndexStatusRef>)>);

impl<'py> FromPyObject<'_, 'py> for Requests {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "Mapping"),
        type_hint_identifier!("builtins", "bytes"),
        <PyReadIndexStatusRef as pyo3::PyTypeInfo>::TYPE_HINT
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let mapping = object.cast::<PyMapping>().map_err(|_| expected("a mapping", &object))?;
        mapping.items()?.iter().map(|item| item.extract()).collect::<PyResult<_>>().map(Self)
    }
}

impl Requests {
    /// Replaces the requests of `host` by these.
    pub fn put(self, host: &mut Raft<Store>) {
        host.read_only.pending_read_index.clear();
        for (context, status) in self.0 {
            store(host, &context.0, status.0);
        }
    }
}

#[pymethods]
impl PyReadOnlyRef {
    /// The pending requests by their contexts. The views are live. Every context in `read_index_queue` must be a key
    /// here.
    #[getter(pending_read_index)]
    fn attribute_pending_read_index(slf: &Bound<'_, Self>) -> LivePending {
        LivePending(PyPendingReadIndex::of(slf))
    }

    #[setter(pending_read_index)]
    fn set_attribute_pending_read_index(&self, requests: Requests) -> PyResult<()> {
        self.write(|host| requests.put(host))
    }
}

/// Copies of read-only requests by their contexts.
pub type PendingCopies = BTreeMap<ByteKey, Owned<PyReadIndexStatusRef>>;

impl PyReadOnlyRef {
    /// Returns copies of the pending requests by their contexts.
    pub fn pending_copies(&self) -> PyResult<PendingCopies> {
        self.read(|host| {
            let pending = host.read_only.pending_read_index.iter();
            pending.map(|(context, status)| (ByteKey(context.clone()), Owned(load!(status)))).collect()
        })
    }
}

/// Result: bytes as the key of a dict.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteKey(Vec<u8>);

impl<'py> IntoPyObject<'py> for ByteKey {
    type Target = PyBytes;
    type Output = Bound<'py, Self::Target>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = <BytesOut<Vec<u8>> as IntoPyObject>::OUTPUT_TYPE;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        BytesOut(self.0).into_pyobject(py)
    }
}
