//! Storages: the one type that raft is built over, for storages in Rust and in Python.

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{Borrowed, type_hint_identifier};
use raft::eraftpb::{Entry, Snapshot};
use raft::{GetEntriesContext, RaftState, Result, Storage};

use crate::binding::convert::Owned;
use crate::binding::handle::{Held, Wrapper};
use crate::checks::outgoing::{MOST_ENTRIES, MOST_SIZE};
use crate::storage::known::Known;
use crate::storage::mem::{MemStorage, PyMemStorageRef};
use crate::storage::python::{PyStorageRef, PythonStorage};

pub mod get_entries_context;
mod known;
pub mod mem;
pub mod mem_core;
pub mod python;
pub mod raft_state;

/// Where a node keeps its log.
///
/// raft asks for the first and the last index dozens of times in one call, and for the same term more than once. So the
/// answers are kept for as long as the storage has the same version.
pub struct Store {
    /// The storage itself.
    pub source: Source,
    /// The `Storage` around the Python object that it was given as, if it was.
    wrapper: Option<Py<PyAny>>,
    first_index: Known,
    last_index: Known,
    term: Known,
}

/// A storage. A durable one in Rust is a further variant.
#[derive(Clone)]
pub enum Source {
    /// raft-rs's storage in memory, shared with the Python objects that show it.
    Mem(MemStorage),
    /// A Python object with the methods of `StorageProtocol`.
    Python(PythonStorage),
}

impl From<Source> for Store {
    fn from(source: Source) -> Self {
        Self {
            source,
            wrapper: None,
            first_index: Known::default(),
            last_index: Known::default(),
            term: Known::default(),
        }
    }
}

/// The same expression for either source: `raft::Storage` can't be a trait object.
macro_rules! either {
    ($store:expr, |$storage:ident| $expression:expr) => {
        match &$store.source {
            Source::Mem($storage) => $expression,
            Source::Python($storage) => $expression,
        }
    };
}

impl Store {
    /// The Python objects that the storage is, if it is any.
    pub fn held(&self) -> Held<'_> {
        match &self.source {
            Source::Mem(_) => Held::default(),
            Source::Python(storage) => Held([Some(storage.object()), self.wrapper.as_ref()]),
        }
    }

    /// Takes note that a call of raft begins: the application may have written to the storage since the last one.
    pub fn begin(&self) {
        if let Source::Python(storage) = &self.source {
            storage.forget();
        }
    }

    /// Another one after each change of the log.
    fn version(&self) -> u64 {
        either!(self, |storage| storage.version())
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
        // They are for a message. raft copes with fewer than it asks for; for anything else, it needs all.
        if context.can_async() {
            high = high.min(low.saturating_add(MOST_ENTRIES as u64));
            max_size = Some(max_size.unwrap_or(u64::MAX).min(MOST_SIZE as u64));
        }
        either!(self, |storage| storage.entries(low, high, max_size, context))
    }

    fn term(&self, idx: u64) -> Result<u64> {
        self.term.get_or_ask(self.version(), idx, || either!(self, |storage| storage.term(idx)))
    }

    fn first_index(&self) -> Result<u64> {
        self.first_index.get_or_ask(self.version(), 0, || either!(self, |storage| storage.first_index()))
    }

    fn last_index(&self) -> Result<u64> {
        self.last_index.get_or_ask(self.version(), 0, || either!(self, |storage| storage.last_index()))
    }

    fn snapshot(&self, request_index: u64, to: u64) -> Result<Snapshot> {
        either!(self, |storage| storage.snapshot(request_index, to))
    }
}

/// Argument: a `MemStorage`, a `Storage`, or any object with the methods of `StorageProtocol`.
impl<'py> FromPyObject<'_, 'py> for Store {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "StorageProtocol");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(storage) = object.cast::<PyMemStorageRef>() {
            return storage.get().read(|storage| Source::Mem(storage.clone()).into());
        }
        if let Ok(storage) = object.cast::<PyStorageRef>() {
            let source = storage.get().read(|storage| Source::Python(storage.clone()))?;
            return Ok(Self { wrapper: Some(object.to_owned().unbind()), ..source.into() });
        }
        PythonStorage::new(&object).map(Source::Python).map(Self::from)
    }
}

/// Result: the storage of a node. The log is the node's own, not a copy.
#[derive(IntoPyObject)]
pub enum StoreObject {
    /// See [`Source::Mem`].
    Mem(Owned<PyMemStorageRef>),
    /// The very object that the node was given.
    Python(Py<PyAny>),
}

impl StoreObject {
    /// What `store` is for Python.
    pub fn of(store: &Store, py: Python<'_>) -> Self {
        match &store.source {
            Source::Mem(storage) => Self::Mem(Owned(storage.clone())),
            Source::Python(storage) => Self::Python(store.wrapper.as_ref().unwrap_or(storage.object()).clone_ref(py)),
        }
    }
}
