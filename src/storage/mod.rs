//! Storages: the one type that raft is built over, for storages in Rust and in Python.

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{Borrowed, type_hint_identifier};
use raft::eraftpb::{Entry, Snapshot};
use raft::{GetEntriesContext, RaftState, Result, Storage};

use crate::convert::Owned;
use crate::handle::Wrapper;
use crate::storage::mem::MemStorageRef;
use crate::storage::python::{PyStorage, StorageRef};

pub mod get_entries_context;
pub mod mem;
pub mod mem_core;
pub mod python;
pub mod raft_state;

/// Where a node keeps its log. A durable storage in Rust is a further variant.
#[derive(Clone)]
pub enum Store {
    /// raft-rs's storage in memory, shared with the Python objects that show it.
    Mem(raft::storage::MemStorage),
    /// A Python object with the methods of `StorageProtocol`.
    Python(PyStorage),
}

impl Store {
    /// The Python object that the storage is, if it is one.
    pub fn held(&self) -> Option<&Py<PyAny>> {
        match self {
            Self::Mem(_) => None,
            Self::Python(storage) => Some(storage.object()),
        }
    }

    /// Takes note that a call of raft begins: the application may have written to the storage since the last one.
    pub fn begin(&self) {
        if let Self::Python(storage) = self {
            storage.forget();
        }
    }
}

impl Storage for Store {
    fn initial_state(&self) -> Result<RaftState> {
        match self {
            Self::Mem(storage) => storage.initial_state(),
            Self::Python(storage) => storage.initial_state(),
        }
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        context: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        match self {
            Self::Mem(storage) => mem::entries(storage, low, high, max_size.into(), context),
            Self::Python(storage) => storage.entries(low, high, max_size.into(), context),
        }
    }

    fn term(&self, idx: u64) -> Result<u64> {
        match self {
            Self::Mem(storage) => storage.term(idx),
            Self::Python(storage) => storage.term(idx),
        }
    }

    fn first_index(&self) -> Result<u64> {
        match self {
            Self::Mem(storage) => storage.first_index(),
            Self::Python(storage) => storage.first_index(),
        }
    }

    fn last_index(&self) -> Result<u64> {
        match self {
            Self::Mem(storage) => storage.last_index(),
            Self::Python(storage) => storage.last_index(),
        }
    }

    fn snapshot(&self, request_index: u64, to: u64) -> Result<Snapshot> {
        match self {
            Self::Mem(storage) => mem::snapshot(storage, request_index),
            Self::Python(storage) => storage.snapshot(request_index, to),
        }
    }
}

/// Argument: a `MemStorage`, a `Storage`, or any object with the methods of `StorageProtocol`.
impl<'py> FromPyObject<'_, 'py> for Store {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "StorageProtocol");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(storage) = object.cast::<MemStorageRef>() {
            return storage.get().read(|storage| Self::Mem(storage.clone()));
        }
        if let Ok(storage) = object.cast::<StorageRef>() {
            return storage.get().read(|storage| Self::Python(storage.clone()));
        }
        PyStorage::new(&object).map(Self::Python)
    }
}

/// Result: the storage of a node, as the class that shows it. The log is the node's own, not a copy.
#[derive(IntoPyObject)]
pub enum StoreObject {
    /// See [`Store::Mem`].
    Mem(Owned<MemStorageRef>),
    /// See [`Store::Python`].
    Python(Owned<StorageRef>),
}

impl From<&Store> for StoreObject {
    fn from(store: &Store) -> Self {
        match store {
            Store::Mem(storage) => Self::Mem(Owned(storage.clone())),
            Store::Python(storage) => Self::Python(Owned(storage.clone())),
        }
    }
}
