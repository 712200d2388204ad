//! `MemStorage`: raft-rs's storage in memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use raft::eraftpb::{ConfState, Entry, Snapshot};
use raft::{GetEntriesContext, RaftState, Storage};

use crate::binding::classes::{clone_methods, wrapper_class};
use crate::binding::convert::{Owned, owned_list};
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::projection::Projection;
use crate::eraftpb::conf_state::Members;
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::errors::raft_error;
use crate::storage::get_entries_context::PyGetEntriesContextRef;
use crate::storage::mem_core::{MemStorageCore, PyMemStorageCoreRef};
use crate::storage::raft_state::PyRaftStateRef;

/// What `raft::storage::MemStorage` is: a core that is shared, behind a lock. And how often its log was written to.
///
/// No Python code runs, and no Python object is made or dropped, while the lock is held: a finalizer that uses the same
/// storage would wait for itself.
#[derive(Clone, Default)]
pub struct MemStorage {
    core: Arc<RwLock<MemStorageCore>>,
    writes: Arc<AtomicU64>,
}

impl MemStorage {
    /// A storage of a node in a cluster with these members.
    pub fn new_with_conf_state(members: ConfState) -> Self {
        let storage = Self::default();
        storage.write_states(|core| core.set_conf_state(members));
        storage
    }

    /// Another one after each change of the log, counted from 1.
    pub fn version(&self) -> u64 {
        self.writes.load(Ordering::Acquire) + 1
    }

    /// Calls `f` with what is stored.
    pub fn read<R>(&self, f: impl FnOnce(&MemStorageCore) -> R) -> R {
        f(&self.core.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Calls `f` with what is stored, which it may change.
    pub fn write<R>(&self, f: impl FnOnce(&mut MemStorageCore) -> R) -> R {
        let result = self.write_states(f);
        self.writes.fetch_add(1, Ordering::Release);
        result
    }

    /// Calls `f` with what is stored, of which it may change the hard state and the members.
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
    /// A storage in memory: for tests, for examples, and for those who persist by other means.
    ///
    /// A node that gets it shares it, and so does `clone()`. What is written to it goes through `wl()`.
    ///
    /// Mirrors `raft::storage::MemStorage`.
    "MemStorage" / "MemStorageRef": MemStorage
}
clone_methods! {
    PyMemStorageRef,
    /// The same storage: what is written to the one, the other has, too.
    Clone::clone
}

/// The projection on what a storage holds, which is behind a lock of its own.
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
    /// An empty storage: its first index is 1, its last index 0.
    ///
    /// Mirrors `raft::storage::MemStorage::new`.
    #[new]
    fn new() -> PyClassInitializer<Self> {
        Self::initializer(MemStorage::default())
    }

    /// An empty storage.
    ///
    /// Mirrors `raft::storage::MemStorage::default`.
    #[staticmethod]
    fn default() -> Owned<PyMemStorageRef> {
        Owned(MemStorage::default())
    }

    /// A storage of a node in a cluster with the members `cs`: a `ConfState`, or the ids of the voters and of the
    /// learners. All its nodes must start with the same ones.
    ///
    /// Mirrors `raft::storage::MemStorage::new_with_conf_state`.
    #[staticmethod]
    fn new_with_conf_state(cs: Members) -> Owned<PyMemStorageRef> {
        Owned(MemStorage::new_with_conf_state(cs.0))
    }
}

#[pymethods]
impl PyMemStorageRef {
    /// Sets the members of the cluster: a `ConfState`, or the ids of the voters and of the learners.
    ///
    /// Raises `ValueError` when they are set already. Mirrors
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
        if is_new { Ok(()) } else { Err(PyValueError::new_err("the storage has been initialized already")) }
    }

    /// A live view of what is stored, for reading. No lock is held.
    ///
    /// Mirrors `raft::storage::MemStorage::rl`.
    fn rl(slf: &Bound<'_, Self>) -> PyMemStorageCoreRef {
        Self::wl(slf)
    }

    /// A live view of what is stored, for reading and writing. No lock is held.
    ///
    /// Mirrors `raft::storage::MemStorage::wl`.
    fn wl(slf: &Bound<'_, Self>) -> PyMemStorageCoreRef {
        Handle::View(Box::new(Locked(slf.clone().unbind()))).into()
    }

    /// The hard state and the members.
    ///
    /// Mirrors `raft::Storage::initial_state`.
    fn initial_state(&self) -> PyResult<Owned<PyRaftStateRef>> {
        self.read(MemStorage::initial_state)?.map(Owned).map_err(raft_error)
    }

    /// The entries from index `low` to before index `high`, of `max_size` bytes at most, but at least one.
    ///
    /// `context` is used up. Raises `StoreError`: of `CompactedError` when `low` is below the first index, of
    /// `UnavailableError` when `high` is past the last index plus one. Raises `ValueError` when `low` is above `high`.
    /// Mirrors `raft::Storage::entries`.
    #[pyo3(signature = (low, high, context, max_size = None))]
    fn entries(
        &self,
        low: u64,
        high: u64,
        context: &Bound<'_, PyGetEntriesContextRef>,
        max_size: Option<u64>,
    ) -> PyResult<Vec<Owned<PyEntryRef>>> {
        if low > high {
            return Err(PyValueError::new_err(format!("low: {low} is above high: {high}")));
        }
        let context = context.get().use_up()?;
        let entries = self.read(|storage| storage.entries(low, high, max_size, context))?;
        entries.map(owned_list).map_err(raft_error)
    }

    /// The term of the entry at index `idx`.
    ///
    /// Raises `StoreError`: of `CompactedError` below the first index, but for the index of the snapshot; of
    /// `UnavailableError` past the last.
    /// Mirrors `raft::Storage::term`.
    fn term(&self, idx: u64) -> PyResult<u64> {
        self.read(|storage| storage.term(idx))?.map_err(raft_error)
    }

    /// The index of the first entry; one more than the last index when there are none.
    ///
    /// Mirrors `raft::Storage::first_index`.
    fn first_index(&self) -> PyResult<u64> {
        self.read(MemStorage::first_index)?.map_err(raft_error)
    }

    /// The index of the last entry, or of the snapshot when there are none.
    ///
    /// Mirrors `raft::Storage::last_index`.
    fn last_index(&self) -> PyResult<u64> {
        self.read(MemStorage::last_index)?.map_err(raft_error)
    }

    /// A snapshot, without data, of what is committed; its index is raised to `request_index` where it is lower. It is
    /// the same for every receiver.
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
