//! Storages: the storage type of every node, for storages in Rust and in Python.

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{Borrowed, IntoPyObjectExt, type_hint_identifier, type_hint_union};
use raft::eraftpb::{Entry, Snapshot};
use raft::{GetEntriesContext, RaftLog, RaftState, Result, Storage};

use crate::binding::convert::Owned;
use crate::binding::handle::{Calls, KeptAlive, Wrapper};
use crate::binding::process::detached;
use crate::checks::outgoing::{MAX_ENTRIES, MAX_SIZE};
use crate::errors::wal_error;
use crate::storage::cached::Cached;
use crate::storage::election_timeouts::ElectionTimeouts;
use crate::storage::mem::{MemStorage, PyMemStorageRef};
use crate::storage::pin::Pin;
use crate::storage::python::{PyStorageRef, PythonStorage};
use crate::storage::wal::source::WalSource;
use crate::storage::wal::storage::PyWalStorageRef;

mod cached;
pub mod election_timeouts;
pub mod get_entries_context;
pub mod mem;
pub mod mem_core;
mod pin;
pub mod python;
pub mod raft_state;
mod reads;
pub mod wal;

/// The storage of a node.
///
/// raft-rs reads the first and the last index dozens of times in one call, and the same term more than once. So the
/// results are cached as long as the version of the storage is the same.
pub struct Store {
    /// The storage itself.
    pub source: Source,
    /// The `Storage` wrapper that was passed in, if the Python object was passed in one.
    wrapper: Option<Py<PyAny>>,
    /// That of a storage in Rust, accessible without a look at the source.
    pin: Pin,
    first_index: Cached,
    last_index: Cached,
    term: Cached,
    /// What draws the election timeouts of the node, if they have a seed. It is here because a `raft::Raft` has no other
    /// place for it.
    pub timeouts: Option<Box<ElectionTimeouts>>,
}

/// The source of a storage.
#[derive(Clone)]
pub enum Source {
    /// raft-rs's in-memory storage, shared with its Python objects.
    Mem(MemStorage),
    /// A group of a durable log, shared with its Python objects.
    Wal(WalSource),
    /// A Python object with the methods of `StorageProtocol`.
    Python(PythonStorage),
}

impl From<Source> for Store {
    fn from(source: Source) -> Self {
        let pin = match &source {
            Source::Mem(storage) => storage.pin.clone(),
            Source::Wal(storage) => storage.shared.pin.clone(),
            Source::Python(_) => Pin::default(),
        };
        Self {
            source,
            wrapper: None,
            pin,
            first_index: Cached::default(),
            last_index: Cached::default(),
            term: Cached::default(),
            timeouts: None,
        }
    }
}

/// Evaluates the same expression for any source: `raft::Storage` can't be a trait object.
macro_rules! either {
    ($store:expr, |$storage:ident| $expression:expr) => {
        match &$store.source {
            Source::Mem($storage) => $expression,
            Source::Wal($storage) => $expression,
            Source::Python($storage) => $expression,
        }
    };
}

impl Store {
    /// Returns the Python objects that the storage consists of, if any.
    pub fn keeps_alive(&self) -> KeptAlive<'_> {
        match &self.source {
            Source::Mem(_) | Source::Wal(_) => KeptAlive::default(),
            Source::Python(storage) => KeptAlive([Some(storage.object()), self.wrapper.as_ref()]),
        }
    }

    /// Prepares the storage for a node that has applied the entries up to `applied`. Over a log, this waits until what
    /// was written for an earlier node is durable.
    pub fn start_at(self, py: Python<'_>, applied: u64) -> PyResult<Self> {
        if let Source::Wal(storage) = &self.source {
            detached(py, || storage.settle()).map_err(wal_error)?;
            storage.commit_applied(applied).map_err(wal_error)?;
        }
        Ok(self)
    }

    /// Makes the election timeouts of the node with this configuration a function of a seed, if there is one.
    pub fn seeded(self, config: &mut raft::Config, seed: Option<u64>) -> Self {
        let timeouts = seed.map(|seed| Box::new(ElectionTimeouts::take_over(config, seed)));
        Self { timeouts, ..self }
    }

    /// Ends the call of the node that this storage is taken from.
    pub fn end_call(&self) {
        self.pin.end_call();
    }

    /// Returns the version of the log. It changes with each write to the log.
    fn version(&self) -> u64 {
        either!(self, |storage| storage.version())
    }
}

impl Calls for RaftLog<Store> {
    /// The application may have written to the storage since the last call.
    #[inline]
    fn before_each_call(&self) {
        if let Source::Python(storage) = &self.store.source {
            storage.forget();
        }
    }

    #[inline]
    fn before_each_write(&self) {
        self.store.pin.begin_call(self.applied);
    }

    #[inline]
    fn after_each_write(&self) {
        self.store.end_call();
    }
}

impl Storage for Store {
    fn initial_state(&self) -> Result<RaftState> {
        either!(self, |storage| storage.initial_state())
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        context: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        let (mut high, mut max_size) = (high, max_size.into());
        // The entries are for a message: raft-rs accepts fewer than it requests. For any other purpose, it needs all of
        // them.
        if context.can_async() {
            high = high.min(low.saturating_add(MAX_ENTRIES as u64));
            max_size = Some(max_size.unwrap_or(u64::MAX).min(MAX_SIZE as u64));
        }
        either!(self, |storage| storage.entries(low, high, max_size, context))
    }

    fn term(&self, idx: u64) -> Result<u64> {
        self.term.get_or_query(self.version(), idx, || either!(self, |storage| storage.term(idx)))
    }

    fn first_index(&self) -> Result<u64> {
        self.first_index.get_or_query(self.version(), 0, || either!(self, |storage| storage.first_index()))
    }

    fn last_index(&self) -> Result<u64> {
        self.last_index.get_or_query(self.version(), 0, || either!(self, |storage| storage.last_index()))
    }

    fn snapshot(&self, request_index: u64, to: u64) -> Result<Snapshot> {
        either!(self, |storage| storage.snapshot(request_index, to))
    }
}

/// Argument: a `MemStorage`, a `WalStorage`, a `Storage`, or any object with the methods of `StorageProtocol`.
impl<'py> FromPyObject<'_, 'py> for Store {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "StorageProtocol");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(storage) = object.cast::<PyMemStorageRef>() {
            return storage.get().read(|storage| Source::Mem(storage.clone()).into());
        }
        if let Ok(storage) = object.cast::<PyWalStorageRef>() {
            return storage.get().read(|storage| Source::Wal(storage.clone()).into());
        }
        if let Ok(storage) = object.cast::<PyStorageRef>() {
            let source = storage.get().read(|storage| Source::Python(storage.clone()))?;
            return Ok(Self { wrapper: Some(object.to_owned().unbind()), ..source.into() });
        }
        PythonStorage::new(&object).map(Source::Python).map(Self::from)
    }
}

/// Result: the storage of a node, not a copy.
pub enum StoreObject {
    /// See [`Source::Mem`].
    Mem(Owned<PyMemStorageRef>),
    /// See [`Source::Wal`].
    Wal(Owned<PyWalStorageRef>),
    /// See [`Source::Python`].
    Python(Py<PyAny>),
}

impl<'py> IntoPyObject<'py> for StoreObject {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    // Not `WalStorage` as well: a type checker would require of all methods that both classes have them.
    const OUTPUT_TYPE: PyStaticExpr = type_hint_union!(Owned::<PyMemStorageRef>::OUTPUT_TYPE, Py::<PyAny>::OUTPUT_TYPE);

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        match self {
            Self::Mem(storage) => storage.into_bound_py_any(py),
            Self::Wal(storage) => storage.into_bound_py_any(py),
            Self::Python(storage) => Ok(storage.into_bound(py)),
        }
    }
}

impl StoreObject {
    /// Returns the Python object for `store`. It is not made yet: making it can run Python code, while the caller holds
    /// the node.
    pub fn of(store: &Store, py: Python<'_>) -> Self {
        match &store.source {
            Source::Mem(storage) => Self::Mem(Owned(storage.clone())),
            Source::Wal(storage) => Self::Wal(Owned(storage.clone())),
            Source::Python(storage) => Self::Python(store.wrapper.as_ref().unwrap_or(storage.object()).clone_ref(py)),
        }
    }
}
