//! `MemStorage`: raft-rs's in-memory storage.

use std::sync::{Arc, PoisonError, RwLock};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use raft::eraftpb::{ConfState, Entry, Snapshot};
use raft::{GetEntriesContext, RaftState, Storage};

use crate::binding::classes::{clone_methods, wrapper_class};
use crate::binding::convert::Owned;
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::projection::Projection;
use crate::eraftpb::conf_state::Members;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::errors::raft_error;
use crate::storage::mem_core::{MemStorageCore, PyMemStorageCoreRef};
use crate::storage::pin::Pin;
use crate::storage::reads::read_methods;

/// The counterpart of `raft::storage::MemStorage`: a shared core behind a lock, with a counter of the writes to its
/// log.
///
/// No Python code runs, and no Python object is created or dropped, while the lock is held: a finalizer that uses the
/// same storage would deadlock.
#[derive(Clone)]
pub struct MemStorage {
    core: Arc<RwLock<MemStorageCore>>,
    /// That of the core, accessible without the lock.
    pub pin: Pin,
}

impl Default for MemStorage {
    fn default() -> Self {
        let core = MemStorageCore::default();
        let pin = core.pin.clone();
        Self { core: Arc::new(RwLock::new(core)), pin }
    }
}

impl MemStorage {
    /// Creates a storage with this initial configuration.
    pub fn new_with_conf_state(members: ConfState) -> Self {
        let storage = Self::default();
        storage.write_states(|core| core.set_conf_state(members));
        storage
    }

    /// Returns the version of the log. It changes with each write to the log and starts at 1.
    pub fn version(&self) -> u64 {
        self.pin.writes() + 1
    }

    /// Calls `f` with the contents of the storage.
    pub fn read<R>(&self, f: impl FnOnce(&MemStorageCore) -> R) -> R {
        f(&self.core.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Calls `f` with the contents of the storage, which it may change.
    pub fn write<R>(&self, f: impl FnOnce(&mut MemStorageCore) -> R) -> R {
        self.write_states(|core| {
            self.pin.count_write();
            f(core)
        })
    }

    /// Calls `f` with the contents of the storage, of which it may change only the hard state and the configuration.
    pub fn write_states<R>(&self, f: impl FnOnce(&mut MemStorageCore) -> R) -> R {
        f(&mut self.core.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Storage for MemStorage {
    fn initial_state(&self) -> raft::Result<RaftState> {
        Ok(self.read(|core| core.initial_state().clone()))
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        context: GetEntriesContext,
    ) -> raft::Result<Vec<Entry>> {
        self.write_states(|core| core.entries(low, high, max_size.into(), context))
    }

    fn term(&self, idx: u64) -> raft::Result<u64> {
        self.read(|core| core.term(idx))
    }

    fn first_index(&self) -> raft::Result<u64> {
        Ok(self.read(MemStorageCore::first_index))
    }

    fn last_index(&self) -> raft::Result<u64> {
        Ok(self.read(MemStorageCore::last_index))
    }

    fn snapshot(&self, request_index: u64, _to: u64) -> raft::Result<Snapshot> {
        self.write_states(|core| core.snapshot(request_index))
    }
}

wrapper_class! {
    /// An in-memory storage: for tests, for examples, and for applications that persist the log by other means.
    ///
    /// A node shares the storage that it is given, and so does `clone()`. Write to it through `wl()`.
    ///
    /// Mirrors `raft::storage::MemStorage`.
    "MemStorage" / "MemStorageRef": MemStorage
}
clone_methods! {
    PyMemStorageRef,
    /// Returns another reference to the same storage: both share its contents.
    Clone::clone
}

read_methods! { PyMemStorageRef }

/// The projection on the contents of a storage, which have a lock of their own.
struct Locked(Py<PyMemStorageRef>);

impl Projection<MemStorageCore> for Locked {
    fn read(&self, f: &mut dyn FnMut(&MemStorageCore)) -> PyResult<()> {
        self.0.get().read(|storage| storage.read(|core| f(core)))
    }

    fn write(&self, f: &mut dyn FnMut(&mut MemStorageCore)) -> PyResult<()> {
        self.0.get().read(|storage| storage.write(|core| f(core)))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

#[pymethods]
impl PyMemStorage {
    /// Creates an empty storage: its first index is 1, its last index 0.
    ///
    /// Mirrors `raft::storage::MemStorage::new`.
    #[new]
    fn new() -> PyClassInitializer<Self> {
        Self::initializer(MemStorage::default())
    }

    /// Creates an empty storage.
    ///
    /// Mirrors `raft::storage::MemStorage::default`.
    #[staticmethod]
    fn default() -> Owned<PyMemStorageRef> {
        Owned(MemStorage::default())
    }

    /// Creates a storage with the initial configuration `cs`: a `ConfState`, or the ids of the voters and of the
    /// learners. All nodes of the cluster must start with the same configuration.
    ///
    /// Mirrors `raft::storage::MemStorage::new_with_conf_state`.
    #[staticmethod]
    fn new_with_conf_state(cs: Members) -> Owned<PyMemStorageRef> {
        Owned(MemStorage::new_with_conf_state(cs.0))
    }
}

#[pymethods]
impl PyMemStorageRef {
    /// Initializes the storage with the configuration `cs`: a `ConfState`, or the ids of the voters and of the
    /// learners.
    ///
    /// Raises `ValueError` when the storage is already initialized. Mirrors
    /// `raft::storage::MemStorage::initialize_with_conf_state`.
    fn initialize_with_conf_state(&self, cs: Members) -> PyResult<()> {
        let is_new = self.read(|storage| {
            storage.write_states(|core| {
                let is_new = !core.initial_state().initialized();
                if is_new {
                    core.set_conf_state(cs.0);
                }
                is_new
            })
        })?;
        if is_new { Ok(()) } else { Err(PyValueError::new_err("the storage is already initialized")) }
    }

    /// Returns a live view of the contents, for reading. No lock is held.
    ///
    /// Mirrors `raft::storage::MemStorage::rl`.
    fn rl(slf: &Bound<'_, Self>) -> PyMemStorageCoreRef {
        Self::wl(slf)
    }

    /// Returns a live view of the contents, for reading and writing. No lock is held.
    ///
    /// Mirrors `raft::storage::MemStorage::wl`.
    fn wl(slf: &Bound<'_, Self>) -> PyMemStorageCoreRef {
        Handle::View(Box::new(Locked(slf.clone().unbind()))).into()
    }

    /// Returns a snapshot of the committed state, without data. Its index is at least `request_index`. It is the same
    /// for every receiver.
    ///
    /// Raises `StoreError` of `SnapshotTemporarilyUnavailableError` after `MemStorageCore.trigger_snap_unavailable`.
    /// Mirrors `raft::Storage::snapshot`.
    fn snapshot(&self, request_index: u64, _to: u64) -> PyResult<Owned<PySnapshotRef>> {
        self.read(|storage| storage.snapshot(request_index, raft::INVALID_ID))?.map(Owned).map_err(raft_error)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|storage| {
            let (first, last) = (storage.first_index(), storage.last_index());
            format!("MemStorage {{ first_index: {}, last_index: {} }}", first.unwrap_or(0), last.unwrap_or(0))
        })
    }
}
