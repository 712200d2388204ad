//! `MemStorageCore`: what a `MemStorage` holds.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use raft::StorageError;
use raft::storage::MemStorageCore as Core;

use crate::convert::{Many, Owned, Value};
use crate::eraftpb::conf_state::ConfStateRef;
use crate::eraftpb::entry::EntryRef;
use crate::eraftpb::hard_state::HardStateRef;
use crate::eraftpb::snapshot::SnapshotRef;
use crate::errors::{Panic, raft_error, store_error_saying};
use crate::fields::wrapper_class;
use crate::handle::{Find, Handle, Lens, Place, Wrapper, boundary, part};
use crate::storage::get_entries_context::GetEntriesContextRef;
use crate::storage::mem::MemStorageRef;
use crate::storage::mem::value::MemStorage;

wrapper_class! {
    /// What a `MemStorage` holds: `MemStorage.wl()` gives a live view of it.
    ///
    /// Mirrors `raft::storage::MemStorageCore`.
    MemStorageCore / MemStorageCoreRef: Core
}

/// The lens on what a storage holds, which is behind a lock of its own.
struct Locked(Py<MemStorageRef>);

impl Lens<Core> for Locked {
    fn read(&self, f: &mut dyn FnMut(&Core)) -> PyResult<()> {
        self.0.get().read(|storage| storage.read(|core| f(core)))
    }

    fn write(&self, f: &mut dyn FnMut(&mut Core)) -> PyResult<()> {
        self.0.get().read(|storage| storage.write(|core| f(core)))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

impl MemStorageCoreRef {
    /// A view of what `storage` holds.
    pub fn of_storage(storage: Py<MemStorageRef>) -> Self {
        Handle::View(Box::new(Locked(storage))).into()
    }
}

/// The hard state in a core, behind its accessors.
#[derive(Clone, Copy)]
struct HardState;

impl Find<Core, raft::eraftpb::HardState> for HardState {
    fn find(self, core: &Core) -> Option<&raft::eraftpb::HardState> {
        Some(core.hard_state())
    }

    fn find_mut(self, core: &mut Core) -> Option<&mut raft::eraftpb::HardState> {
        Some(core.mut_hard_state())
    }
}

#[pymethods]
impl MemStorageCore {
    /// An empty core that belongs to no storage.
    ///
    /// Mirrors `raft::storage::MemStorageCore::default`.
    #[staticmethod]
    fn default() -> Owned<MemStorageCoreRef> {
        Owned(Core::default())
    }
}

#[pymethods]
impl MemStorageCoreRef {
    /// Saves the hard state.
    ///
    /// Mirrors `raft::storage::MemStorageCore::set_hardstate`.
    fn set_hardstate(&self, hs: Value<HardStateRef>) -> PyResult<()> {
        self.write(|core| core.set_hardstate(hs.0))
    }

    /// A live view of the hard state.
    ///
    /// Mirrors `raft::storage::MemStorageCore::hard_state`.
    fn hard_state(slf: &Bound<'_, Self>) -> HardStateRef {
        part(slf, Place { get: |core| core, get_mut: |core| core }, HardState)
    }

    /// A live view of the hard state.
    ///
    /// Mirrors `raft::storage::MemStorageCore::mut_hard_state`.
    fn mut_hard_state(slf: &Bound<'_, Self>) -> HardStateRef {
        Self::hard_state(slf)
    }

    /// Sets the commit index, and the term to that of the entry at `index`.
    ///
    /// Raises `StoreError` of `UnavailableError` when there is no such entry. Mirrors
    /// `raft::storage::MemStorageCore::commit_to`.
    fn commit_to(&self, index: u64) -> PyResult<()> {
        self.try_write(|core| core.commit_to(index))
    }

    /// Saves the members of the cluster.
    ///
    /// Mirrors `raft::storage::MemStorageCore::set_conf_state`.
    fn set_conf_state(&self, cs: Value<ConfStateRef>) -> PyResult<()> {
        self.write(|core| core.set_conf_state(cs.0))
    }

    /// Replaces everything by `snapshot`.
    ///
    /// Raises `StoreError` of `SnapshotOutOfDateError` when its index is below the first index. Mirrors
    /// `raft::storage::MemStorageCore::apply_snapshot`.
    fn apply_snapshot(&self, snapshot: Value<SnapshotRef>) -> PyResult<()> {
        self.write(|core| core.apply_snapshot(snapshot.0))?.map_err(raft_error)
    }

    /// Discards the entries before index `compact_index`. It must not be above the index that has been applied.
    ///
    /// Keep an entry: a storage that has none goes by its snapshot, which may be older than what was discarded.
    ///
    /// Raises `StoreError` of `UnavailableError` when it is past the last index plus one. Mirrors
    /// `raft::storage::MemStorageCore::compact`.
    fn compact(&self, compact_index: u64) -> PyResult<()> {
        self.try_write(|core| core.compact(compact_index))
    }

    /// Appends entries, in place of any from the index of the first of them on.
    ///
    /// Raises `StoreError` of `CompactedError` when that index is below the first index, of `UnavailableError` when it
    /// leaves a gap after the last, or the entries have a gap among them. Mirrors
    /// `raft::storage::MemStorageCore::append`.
    fn append(&self, ents: Many<Value<EntryRef>>) -> PyResult<()> {
        let entries = ents.into_values();
        if let Some(pair) = entries.windows(2).find(|pair| pair[1].index > pair[0].index.saturating_add(1)) {
            let text = format!(
                "raft logs should be continuous, last index: {}, new appended: {}",
                pair[0].index, pair[1].index
            );
            return Err(store_error_saying(StorageError::Unavailable, text));
        }
        self.try_write(|core| core.append(&entries))
    }

    /// Sets the commit index to `idx`, and the members to `cs` if given: for tests.
    ///
    /// Raises `StoreError` of `UnavailableError` when there is no such entry. Mirrors
    /// `raft::storage::MemStorageCore::commit_to_and_set_conf_states`.
    #[pyo3(signature = (idx, cs = None))]
    fn commit_to_and_set_conf_states(&self, idx: u64, cs: Option<Value<ConfStateRef>>) -> PyResult<()> {
        self.try_write(|core| core.commit_to_and_set_conf_states(idx, cs.map(|cs| cs.0)))
    }

    /// Lets the next request for a snapshot fail with `SnapshotTemporarilyUnavailableError`: for tests.
    ///
    /// Mirrors `raft::storage::MemStorageCore::trigger_snap_unavailable`.
    fn trigger_snap_unavailable(&self) -> PyResult<()> {
        self.write(Core::trigger_snap_unavailable)
    }

    /// Lets requests for entries that can wait fail with `LogTemporarilyUnavailableError`, or not: for tests.
    ///
    /// Mirrors `raft::storage::MemStorageCore::trigger_log_unavailable`.
    fn trigger_log_unavailable(&self, v: bool) -> PyResult<()> {
        self.write(|core| core.trigger_log_unavailable(v))
    }

    /// The context of the last request that failed with `LogTemporarilyUnavailableError`, once; or `None`.
    ///
    /// Mirrors `raft::storage::MemStorageCore::take_get_entries_context`.
    fn take_get_entries_context(&self) -> PyResult<Option<Owned<GetEntriesContextRef>>> {
        self.write(|core| core.take_get_entries_context().map(Owned))
    }
}

impl MemStorageCoreRef {
    /// Calls a method that raft-rs lets panic about an index before it changes anything: that is no panic here, but the
    /// storage error that fits.
    fn try_write(&self, f: impl FnOnce(&mut Core) -> raft::Result<()>) -> PyResult<()> {
        settle(self.write(|core| boundary(|| f(core)))?)
    }
}

/// Calls such a method of what `storage` holds.
pub fn write(storage: &MemStorage, f: impl FnOnce(&mut Core) -> raft::Result<()>) -> PyResult<()> {
    settle(boundary(|| storage.write(f)))
}

fn settle(result: Result<raft::Result<()>, Panic>) -> PyResult<()> {
    result.map_or_else(
        |panic| {
            let is_compacted = panic.message.contains("compacted raft logs");
            let error = if is_compacted { StorageError::Compacted } else { StorageError::Unavailable };
            Err(store_error_saying(error, panic.message))
        },
        |result| result.map_err(raft_error),
    )
}
