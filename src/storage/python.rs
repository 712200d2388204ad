//! Storages written in Python, and `Storage`, the wrapper around one.
//!
//! [`answer`] decides what becomes of an exception that a storage raises.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::call::PyCallArgs;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use raft::eraftpb::{Entry, Snapshot};
use raft::{Error, GetEntriesContext, RaftState, Result, StorageError};

use crate::binding::classes::wrapper_class;
use crate::binding::convert::{Many, Owned, Value, owned_list, type_name};
use crate::binding::exceptions::{normalized, unwind};
use crate::binding::handle::Wrapper;
use crate::binding::process::Callback;
use crate::checks::limits::HIGHEST;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::hard_state::PyHardStateRef;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::errors::{storage_error, store_error};
use crate::storage::get_entries_context::PyGetEntriesContextRef;
use crate::storage::raft_state::PyRaftStateRef;

/// A Python object with the methods of `StorageProtocol`.
///
/// Only the application writes to it, between the calls of a node. So a version is valid for one call.
pub struct PythonStorage {
    object: Py<PyAny>,
    version: AtomicU64,
}

/// Each owner has its own reference, since the garbage collector counts them.
impl Clone for PythonStorage {
    fn clone(&self) -> Self {
        Python::attach(|py| Self::holding(self.object.clone_ref(py)))
    }
}

/// The name of a method, interned.
type Name = for<'py> fn(Python<'py>) -> &'py Bound<'py, PyString>;

impl PythonStorage {
    fn holding(object: Py<PyAny>) -> Self {
        Self { object, version: AtomicU64::new(1) }
    }

    /// Returns the Python object.
    pub fn object(&self) -> &Py<PyAny> {
        &self.object
    }

    /// Invalidates the cached results: the object may have changed.
    pub fn forget(&self) {
        self.version.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the version, which changes with each `forget`.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Raises `TypeError` when a method is missing.
    pub fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        for method in ["initial_state", "entries", "term", "first_index", "last_index", "snapshot"] {
            if !object.hasattr(method)? {
                let class = object.get_type().name()?;
                return Err(PyTypeError::new_err(format!(
                    "{class} does not implement StorageProtocol: missing {method}()"
                )));
            }
        }
        Ok(Self::holding(object.clone().unbind()))
    }

    /// Calls one of the methods of `StorageProtocol` and converts its result to a `T`.
    fn ask<T, A>(&self, method: Name, arguments: A) -> PyResult<T>
    where
        T: for<'a, 'py> FromPyObject<'a, 'py>,
        A: for<'py> PyCallArgs<'py>,
    {
        self.call_by(method, |object, method| object.call_method1(method, arguments))
    }

    /// The same without arguments: for these, `call_method1` would create a bound method object.
    fn call0<T>(&self, method: Name) -> PyResult<T>
    where
        T: for<'a, 'py> FromPyObject<'a, 'py>,
    {
        self.call_by(method, |object, method| object.call_method0(method))
    }

    fn call_by<T, F>(&self, method: Name, call: F) -> PyResult<T>
    where
        T: for<'a, 'py> FromPyObject<'a, 'py>,
        F: for<'py> FnOnce(&Bound<'py, PyAny>, &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>>,
    {
        Python::attach(|py| {
            let _callback = Callback::start(py)?;
            let result = call(self.object.bind(py), method(py))?;
            result.extract::<T>().map_err(|error| self.wrong_type(method(py), &result, error.into()))
        })
    }

    /// Returns the error for a result of the wrong type. It names the method that returned it.
    fn wrong_type(&self, method: &Bound<'_, PyString>, result: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
        let py = result.py();
        let error = normalized(py, error);
        let text = format!(
            "{}.{method}() returned {}: {}",
            type_name(self.object.bind(py)),
            type_name(result),
            error.value(py)
        );
        let wrong = PyTypeError::new_err(text);
        wrong.set_cause(py, Some(error));
        wrong
    }
}

/// Converts the result of a storage method for raft-rs. An exception that corresponds to a storage error which raft-rs
/// handles there, according to `handled`, becomes that error. Any other exception aborts the call of raft-rs and is
/// raised from it: raft-rs would panic, or continue as if nothing had happened. `docs/pages/storage.md` has the table.
fn answer<T>(result: PyResult<T>, handled: impl Fn(&StorageError) -> bool) -> Result<T> {
    result.map_err(|error| match Python::attach(|py| storage_error(py, &error)).filter(handled) {
        Some(handled) => Error::Store(handled),
        None => unwind(error),
    })
}

impl raft::Storage for PythonStorage {
    fn initial_state(&self) -> Result<RaftState> {
        answer(self.get_initial_state(), |_| true)
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        context: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        let can_wait = context.can_async();
        let entries = self.get_entries(low, high, max_size.into(), context);
        self.forget();
        answer(entries, |error| match error {
            StorageError::Compacted => true,
            StorageError::LogTemporarilyUnavailable => can_wait,
            _ => false,
        })
    }

    fn term(&self, idx: u64) -> Result<u64> {
        let handled = |error: &StorageError| matches!(error, StorageError::Compacted | StorageError::Unavailable);
        answer(self.get_term(idx), handled)
    }

    fn first_index(&self) -> Result<u64> {
        answer(self.get_first_index(), |_| false)
    }

    fn last_index(&self) -> Result<u64> {
        answer(self.get_last_index(), |_| false)
    }

    fn snapshot(&self, request_index: u64, to: u64) -> Result<Snapshot> {
        let snapshot = self.get_snapshot(request_index, to);
        self.forget();
        answer(snapshot, |error| matches!(error, StorageError::SnapshotTemporarilyUnavailable))
    }
}

/// The methods of `StorageProtocol`.
impl PythonStorage {
    fn get_initial_state(&self) -> PyResult<RaftState> {
        self.call0::<Value<PyRaftStateRef>>(|py| intern!(py, "initial_state")).map(|state| state.0)
    }

    fn get_entries(
        &self,
        low: u64,
        high: u64,
        max_size: Option<u64>,
        context: GetEntriesContext,
    ) -> PyResult<Vec<Entry>> {
        let arguments = (low, high, Owned::<PyGetEntriesContextRef>(context), max_size);
        self.ask::<Many<Value<PyEntryRef>>, _>(|py| intern!(py, "entries"), arguments).map(Many::into_values)
    }

    fn get_term(&self, idx: u64) -> PyResult<u64> {
        self.ask(|py| intern!(py, "term"), (idx,))
    }

    fn get_first_index(&self) -> PyResult<u64> {
        let index = self.call0(|py| intern!(py, "first_index"))?;
        self.in_range("first_index", index, 1)
    }

    fn get_last_index(&self) -> PyResult<u64> {
        let index = self.call0(|py| intern!(py, "last_index"))?;
        self.in_range("last_index", index, 0)
    }

    /// Checks the range of `index`, on which raft-rs does unchecked arithmetic.
    #[inline]
    fn in_range(&self, method: &str, index: u64, lowest: u64) -> PyResult<u64> {
        if (lowest..=HIGHEST).contains(&index) {
            return Ok(index);
        }
        Err(self.out_of_range(method, index, lowest))
    }

    #[cold]
    fn out_of_range(&self, method: &str, index: u64, lowest: u64) -> PyErr {
        let class = Python::attach(|py| type_name(self.object.bind(py)));
        let text = format!("{class}.{method}() returned {index}, expected a number from {lowest} to {HIGHEST}");
        PyValueError::new_err(text)
    }

    fn get_snapshot(&self, request_index: u64, to: u64) -> PyResult<Snapshot> {
        self.ask::<Value<PySnapshotRef>, _>(|py| intern!(py, "snapshot"), (request_index, to))
            .map(|snapshot| snapshot.0)
    }
}

wrapper_class! {
    /// A wrapper around a storage written in Python. A node also accepts the object itself.
    ///
    /// The six methods of `StorageProtocol` go through the same checks as the calls by Raft. The other methods are
    /// forwarded to the object unchanged.
    ///
    /// Mirrors a `T: raft::Storage`.
    "Storage" / "StorageRef": PythonStorage, keeps_alive |storage| Some(&storage.object)
}

#[pymethods]
impl PyStorage {
    /// Wraps an object with the methods of `StorageProtocol`. A `Storage` is not wrapped again: both share the object.
    ///
    /// Raises `TypeError` when a method is missing.
    #[new]
    fn new(storage: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = match storage.cast::<PyStorageRef>() {
            Ok(storage) => storage.get().read(Clone::clone)?,
            Err(_) => PythonStorage::new(storage)?,
        };
        Ok(Self::initializer(wrapped))
    }
}

#[pymethods]
impl PyStorageRef {
    /// The wrapped object.
    #[getter]
    fn storage(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.read(|storage| storage.object.clone_ref(py))
    }

    /// Calls the object's `initial_state`.
    ///
    /// Mirrors `raft::Storage::initial_state`.
    fn initial_state(&self) -> PyResult<Owned<PyRaftStateRef>> {
        self.ask(PythonStorage::get_initial_state).map(Owned)
    }

    /// Calls the object's `entries`. Consumes `context`.
    ///
    /// Mirrors `raft::Storage::entries`.
    #[pyo3(signature = (low, high, context, max_size = None))]
    fn entries(
        &self,
        low: u64,
        high: u64,
        context: &Bound<'_, PyGetEntriesContextRef>,
        max_size: Option<u64>,
    ) -> PyResult<Vec<Owned<PyEntryRef>>> {
        let context = context.get().consume()?;
        self.ask(|storage| storage.get_entries(low, high, max_size, context)).map(owned_list)
    }

    /// Calls the object's `term`.
    ///
    /// Mirrors `raft::Storage::term`.
    fn term(&self, idx: u64) -> PyResult<u64> {
        self.ask(|storage| storage.get_term(idx))
    }

    /// Calls the object's `first_index`.
    ///
    /// Mirrors `raft::Storage::first_index`.
    fn first_index(&self) -> PyResult<u64> {
        self.ask(PythonStorage::get_first_index)
    }

    /// Calls the object's `last_index`.
    ///
    /// Mirrors `raft::Storage::last_index`.
    fn last_index(&self) -> PyResult<u64> {
        self.ask(PythonStorage::get_last_index)
    }

    /// Calls the object's `snapshot`.
    ///
    /// Mirrors `raft::Storage::snapshot`.
    fn snapshot(&self, request_index: u64, to: u64) -> PyResult<Owned<PySnapshotRef>> {
        self.ask(|storage| storage.get_snapshot(request_index, to)).map(Owned)
    }

    /// Calls the object's `rl` and returns its result.
    fn rl(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.forward(py, "rl", ())
    }

    /// Calls the object's `wl` and returns its result.
    fn wl(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.forward(py, "wl", ())
    }

    /// Calls the object's `append`.
    fn append(&self, py: Python<'_>, ents: Py<PyAny>) -> PyResult<()> {
        self.forward(py, "append", (ents,)).map(drop)
    }

    /// Calls the object's `apply_snapshot`.
    fn apply_snapshot(&self, py: Python<'_>, snapshot: Py<PyAny>) -> PyResult<()> {
        self.forward(py, "apply_snapshot", (snapshot,)).map(drop)
    }

    /// Calls the object's `compact`.
    fn compact(&self, py: Python<'_>, compact_index: u64) -> PyResult<()> {
        self.forward(py, "compact", (compact_index,)).map(drop)
    }

    /// Calls the object's `commit_to`.
    fn commit_to(&self, py: Python<'_>, index: u64) -> PyResult<()> {
        self.forward(py, "commit_to", (index,)).map(drop)
    }

    /// Calls the object's `commit_to_and_set_conf_states`, with both arguments.
    #[pyo3(signature = (idx, cs = None))]
    fn commit_to_and_set_conf_states(&self, py: Python<'_>, idx: u64, cs: Option<Py<PyConfStateRef>>) -> PyResult<()> {
        self.forward(py, "commit_to_and_set_conf_states", (idx, cs)).map(drop)
    }

    /// Calls the object's `hard_state` and returns its result.
    fn hard_state(&self, py: Python<'_>) -> PyResult<Py<PyHardStateRef>> {
        Ok(self.forward(py, "hard_state", ())?.extract(py)?)
    }

    /// Calls the object's `set_conf_state`.
    fn set_conf_state(&self, py: Python<'_>, cs: Py<PyConfStateRef>) -> PyResult<()> {
        self.forward(py, "set_conf_state", (cs,)).map(drop)
    }

    /// Calls the object's `set_hardstate`, or its `set_hard_state` if it has no such method.
    fn set_hardstate(&self, py: Python<'_>, hs: Py<PyHardStateRef>) -> PyResult<()> {
        let named_as_in_raft = self.storage(py)?.bind(py).hasattr("set_hardstate")?;
        let method = if named_as_in_raft { "set_hardstate" } else { "set_hard_state" };
        self.forward(py, method, (hs,)).map(drop)
    }

    /// Calls the object's `trigger_snap_unavailable`.
    fn trigger_snap_unavailable(&self, py: Python<'_>) -> PyResult<()> {
        self.forward(py, "trigger_snap_unavailable", ()).map(drop)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Storage({})", self.storage(py)?.bind(py).repr()?))
    }
}

impl PyStorageRef {
    /// Calls one of the methods of `StorageProtocol`. A storage error is raised as a `StoreError`, as by any storage.
    fn ask<T>(&self, f: impl FnOnce(&PythonStorage) -> PyResult<T>) -> PyResult<T> {
        let storage = self.read(PythonStorage::clone)?;
        f(&storage).map_err(|error| match Python::attach(|py| storage_error(py, &error)) {
            Some(precise) => store_error(precise),
            None => error,
        })
    }

    /// Calls a method of the object that Raft does not use.
    fn forward<'py>(
        &self,
        py: Python<'py>,
        method: &'static str,
        arguments: impl PyCallArgs<'py>,
    ) -> PyResult<Py<PyAny>> {
        let storage = self.storage(py)?;
        let _callback = Callback::start(py)?;
        storage.bind(py).call_method1(method, arguments).map(Bound::unbind)
    }
}
