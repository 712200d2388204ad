//! `MemStorageCore`: the contents of a `MemStorage`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{PyErr, PyTraverseError, PyVisit};
use raft::eraftpb::{ConfState, Entry, HardState, Snapshot, SnapshotMetadata};
use raft::util::limit_size;
use raft::{Error, GetEntriesContext, RaftState, StorageError};

use crate::binding::classes::wrapper_class;
use crate::binding::convert::{Many, Owned, Value};
use crate::binding::exceptions::InUseError;
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::projection::Projection;
use crate::checks::limits::HIGHEST;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::hard_state::PyHardStateRef;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::errors::store_error_saying;
use crate::storage::get_entries_context::PyGetEntriesContextRef;
use crate::storage::pin::{Pin, above_applied};

/// The counterpart of `raft::storage::MemStorageCore`, with three differences: it returns errors where raft-rs panics,
/// it accepts a snapshot at the index and term of its last entry, which a node may have requested, and it frees memory.
#[derive(Default)]
pub struct MemStorageCore {
    state: RaftState,
    /// The index of the first entry is the one after the snapshot or, after a compaction, a later one.
    entries: Vec<Entry>,
    snapshot_metadata: SnapshotMetadata,
    is_snapshot_unavailable: bool,
    is_log_unavailable: bool,
    get_entries_context: Option<GetEntriesContext>,
    /// Set during the calls of a node.
    pub pin: Pin,
}

/// The reason why a write is rejected.
pub enum RejectedWrite {
    /// A storage error, with the text of raft-rs.
    Storage(StorageError, String),
    /// A call of a node needs what would be removed.
    InUse(String),
}

impl From<RejectedWrite> for PyErr {
    fn from(reason: RejectedWrite) -> Self {
        match reason {
            RejectedWrite::Storage(error, text) => store_error_saying(error, text),
            RejectedWrite::InUse(text) => InUseError::new_err(text),
        }
    }
}

type Written = Result<(), RejectedWrite>;

fn compacted(text: String) -> Written {
    Err(RejectedWrite::Storage(StorageError::Compacted, text))
}

fn unavailable(text: String) -> Written {
    Err(RejectedWrite::Storage(StorageError::Unavailable, text))
}

/// The maximum number of entries left at which the memory of a burst is freed. With more, the log is in use and would
/// allocate it again immediately.
const FEW: usize = 16;
/// The capacity, in entries, that is always kept.
const KEPT: usize = 128;

impl MemStorageCore {
    pub fn initial_state(&self) -> &RaftState {
        &self.state
    }

    pub fn hard_state(&self) -> &HardState {
        &self.state.hard_state
    }

    pub fn mut_hard_state(&mut self) -> &mut HardState {
        &mut self.state.hard_state
    }

    pub fn set_hardstate(&mut self, hard_state: HardState) {
        self.state.hard_state = hard_state;
    }

    pub fn set_conf_state(&mut self, members: ConfState) {
        self.state.conf_state = members;
    }

    pub fn first_index(&self) -> u64 {
        self.entries.first().map_or(self.snapshot_metadata.index + 1, |entry| entry.index)
    }

    pub fn last_index(&self) -> u64 {
        self.entries.last().map_or(self.snapshot_metadata.index, |entry| entry.index)
    }

    fn entry(&self, index: u64) -> Option<&Entry> {
        self.entries.get(self.position(index)?)
    }

    fn position(&self, index: u64) -> Option<usize> {
        usize::try_from(index.checked_sub(self.first_index())?).ok()
    }

    pub fn term(&self, index: u64) -> raft::Result<u64> {
        if index == self.snapshot_metadata.index {
            return Ok(self.snapshot_metadata.term);
        }
        if index < self.first_index() {
            return Err(Error::Store(StorageError::Compacted));
        }
        self.entry(index).map(|entry| entry.term).ok_or(Error::Store(StorageError::Unavailable))
    }

    /// Takes `&mut self` only to record the context of a request that must wait.
    pub fn entries(
        &mut self,
        low: u64,
        high: u64,
        max_size: Option<u64>,
        context: GetEntriesContext,
    ) -> raft::Result<Vec<Entry>> {
        let Some(start) = self.position(low) else { return Err(Error::Store(StorageError::Compacted)) };
        let end = self.position(high).filter(|_| high <= self.last_index().saturating_add(1));
        let Some(found) = end.and_then(|end| self.entries.get(start..end)) else {
            return Err(Error::Store(StorageError::Unavailable));
        };
        if found.is_empty() {
            return Ok(Vec::new());
        }
        if self.is_log_unavailable && context.can_async() {
            self.get_entries_context = Some(context);
            return Err(Error::Store(StorageError::LogTemporarilyUnavailable));
        }
        let mut entries = found.to_vec();
        limit_size(&mut entries, max_size);
        Ok(entries)
    }

    /// Returns a snapshot of the committed state, which counts as applied.
    pub fn snapshot(&mut self, request_index: u64) -> raft::Result<Snapshot> {
        let commit = self.hard_state().commit;
        let term = self.term(commit)?;
        if std::mem::take(&mut self.is_snapshot_unavailable) {
            return Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
        }
        let mut snapshot = Snapshot::default();
        let metadata = snapshot.mut_metadata();
        metadata.index = commit.max(request_index);
        metadata.term = term;
        metadata.set_conf_state(self.state.conf_state.clone());
        Ok(snapshot)
    }

    pub fn commit_to(&mut self, index: u64) -> Written {
        let Some(term) = self.entry(index).map(|entry| entry.term) else {
            return unavailable(format!("commit_to {index} but the entry does not exist"));
        };
        self.state.hard_state.commit = index;
        self.state.hard_state.term = term;
        Ok(())
    }

    pub fn commit_to_and_set_conf_states(&mut self, index: u64, members: Option<ConfState>) -> Written {
        self.commit_to(index)?;
        if let Some(members) = members {
            self.set_conf_state(members);
        }
        Ok(())
    }

    pub fn apply_snapshot(&mut self, mut snapshot: Snapshot) -> Written {
        let mut metadata = snapshot.take_metadata();
        let end = (self.snapshot_metadata.index, self.snapshot_metadata.term);
        let is_at_last_entry = self.entries.is_empty() && (metadata.index, metadata.term) == end;
        if metadata.index < self.first_index() && !is_at_last_entry {
            let error = StorageError::SnapshotOutOfDate;
            let text = error.to_string();
            return Err(RejectedWrite::Storage(error, text));
        }
        self.entries.clear();
        self.shrink();
        self.state.hard_state.term = self.state.hard_state.term.max(metadata.term);
        self.state.hard_state.commit = metadata.index;
        self.state.conf_state = metadata.take_conf_state();
        self.snapshot_metadata = metadata;
        Ok(())
    }

    pub fn compact(&mut self, compact_index: u64) -> Written {
        let last_index = self.last_index();
        if compact_index > last_index.saturating_add(1) && compact_index > self.first_index() {
            let text = format!("compact not received raft logs: {compact_index}, last index: {last_index}");
            return unavailable(text);
        }
        let Some(position) = self.position(compact_index).filter(|position| *position > 0) else { return Ok(()) };
        let pin = self.pin.clone();
        let compacted = pin.compact(compact_index, || {
            self.entries.drain(..position.min(self.entries.len()));
            self.shrink();
        });
        compacted.map_err(|applied| RejectedWrite::InUse(above_applied(compact_index, applied)))
    }

    /// Frees the memory that a burst of entries has left allocated.
    fn shrink(&mut self) {
        if self.entries.len() <= FEW && self.entries.capacity() > KEPT {
            self.entries.shrink_to(KEPT);
        }
    }

    pub fn append(&mut self, entries: Vec<Entry>) -> Written {
        let Some(first) = entries.first().map(|entry| entry.index) else { return Ok(()) };
        if let Some(pair) = entries.windows(2).find(|pair| pair[1].index > pair[0].index.saturating_add(1)) {
            return gap(pair[0].index, pair[1].index);
        }
        let Some(position) = self.position(first) else {
            let before = self.first_index() - 1;
            return compacted(format!("overwrite compacted raft logs, compacted: {before}, append: {first}"));
        };
        if first > self.last_index().saturating_add(1) {
            return gap(self.last_index(), first);
        }
        self.entries.truncate(position);
        self.entries.extend(entries);
        Ok(())
    }

    pub fn trigger_snap_unavailable(&mut self) {
        self.is_snapshot_unavailable = true;
    }

    pub fn trigger_log_unavailable(&mut self, is_unavailable: bool) {
        self.is_log_unavailable = is_unavailable;
    }

    pub fn take_get_entries_context(&mut self) -> Option<GetEntriesContext> {
        self.get_entries_context.take()
    }
}

fn gap(last: u64, next: u64) -> Written {
    unavailable(format!("raft logs should be continuous, last index: {last}, new appended: {next}"))
}

wrapper_class! {
    /// The contents of a `MemStorage`: `MemStorage.wl()` returns a live view of them.
    ///
    /// Mirrors `raft::storage::MemStorageCore`.
    "MemStorageCore" / "MemStorageCoreRef": MemStorageCore
}

/// The projection on the hard state in a core. It is read as a copy: the reader may create Python objects from it,
/// during which the lock of the storage must not be held.
struct HardStateOf(Py<PyMemStorageCoreRef>);

impl Projection<HardState> for HardStateOf {
    fn read(&self, f: &mut dyn FnMut(&HardState)) -> PyResult<()> {
        let copy = self.0.get().read(|core| core.hard_state().clone())?;
        f(&copy);
        Ok(())
    }

    fn write(&self, f: &mut dyn FnMut(&mut HardState)) -> PyResult<()> {
        self.0.get().write(|core| f(core.mut_hard_state()))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

#[pymethods]
impl PyMemStorageCore {
    /// Creates an empty core that belongs to no storage.
    ///
    /// Mirrors `raft::storage::MemStorageCore::default`.
    #[staticmethod]
    fn default() -> Owned<PyMemStorageCoreRef> {
        Owned(MemStorageCore::default())
    }
}

#[pymethods]
impl PyMemStorageCoreRef {
    /// Saves the current hard state.
    ///
    /// Mirrors `raft::storage::MemStorageCore::set_hardstate`.
    fn set_hardstate(&self, hs: Value<PyHardStateRef>) -> PyResult<()> {
        self.write(|core| core.set_hardstate(hs.0))
    }

    /// Returns a live view of the hard state.
    ///
    /// Mirrors `raft::storage::MemStorageCore::hard_state`.
    fn hard_state(slf: &Bound<'_, Self>) -> PyHardStateRef {
        Handle::View(Box::new(HardStateOf(slf.clone().unbind()))).into()
    }

    /// Returns a live view of the hard state.
    ///
    /// Mirrors `raft::storage::MemStorageCore::mut_hard_state`.
    fn mut_hard_state(slf: &Bound<'_, Self>) -> PyHardStateRef {
        Self::hard_state(slf)
    }

    /// Sets the commit index, and the term to that of the entry at `index`.
    ///
    /// Raises `StoreError` of `UnavailableError` when there is no entry at this index. Mirrors
    /// `raft::storage::MemStorageCore::commit_to`.
    fn commit_to(&self, index: u64) -> PyResult<()> {
        Ok(self.write(|core| core.commit_to(index))??)
    }

    /// Saves the current configuration, the members of the cluster.
    ///
    /// Mirrors `raft::storage::MemStorageCore::set_conf_state`.
    fn set_conf_state(&self, cs: Value<PyConfStateRef>) -> PyResult<()> {
        self.write(|core| core.set_conf_state(cs.0))
    }

    /// Overwrites the contents of the storage with `snapshot`.
    ///
    /// Raises `StoreError` of `SnapshotOutOfDateError` when its index is below the first index, unless it is at the
    /// index and term of the last entry: a node that has requested a snapshot may receive that one. Raises `ValueError`
    /// for an index above 2**63 - 1. Mirrors `raft::storage::MemStorageCore::apply_snapshot`.
    fn apply_snapshot(&self, snapshot: Value<PySnapshotRef>) -> PyResult<()> {
        let index = snapshot.0.get_metadata().index;
        if index > HIGHEST {
            let text = format!("snapshot.metadata.index: {index} is greater than the maximum, {HIGHEST}");
            return Err(PyValueError::new_err(text));
        }
        Ok(self.write(|core| core.apply_snapshot(snapshot.0))??)
    }

    /// Discards all log entries before `compact_index`. It must not be above the applied index.
    ///
    /// Keep at least one entry: a storage without entries takes its last index from its snapshot, which may be older
    /// than the discarded entries.
    ///
    /// Raises `StoreError` of `UnavailableError` when `compact_index` is past the last index plus one; `InUseError`
    /// when a node that uses the storage is in a call and has not applied the entries. Mirrors
    /// `raft::storage::MemStorageCore::compact`.
    fn compact(&self, compact_index: u64) -> PyResult<()> {
        Ok(self.write(|core| core.compact(compact_index))??)
    }

    /// Appends `ents`. They replace the entries from the index of the first of them on.
    ///
    /// Raises `StoreError` of `CompactedError` when that index is below the first index, of `UnavailableError` when
    /// there is a gap after the last entry or among `ents`. Mirrors `raft::storage::MemStorageCore::append`.
    fn append(&self, ents: Many<Value<PyEntryRef>>) -> PyResult<()> {
        let entries = ents.into_values();
        Ok(self.write(|core| core.append(entries))??)
    }

    /// Sets the commit index to `idx`, and the configuration to `cs` if given: for tests.
    ///
    /// Raises `StoreError` of `UnavailableError` when there is no entry at this index. Mirrors
    /// `raft::storage::MemStorageCore::commit_to_and_set_conf_states`.
    #[pyo3(signature = (idx, cs = None))]
    fn commit_to_and_set_conf_states(&self, idx: u64, cs: Option<Value<PyConfStateRef>>) -> PyResult<()> {
        Ok(self.write(|core| core.commit_to_and_set_conf_states(idx, cs.map(|cs| cs.0)))??)
    }

    /// Makes the next request for a snapshot fail with `SnapshotTemporarilyUnavailableError`: for tests.
    ///
    /// Mirrors `raft::storage::MemStorageCore::trigger_snap_unavailable`.
    fn trigger_snap_unavailable(&self) -> PyResult<()> {
        self.write(MemStorageCore::trigger_snap_unavailable)
    }

    /// Sets whether requests for entries that can wait fail with `LogTemporarilyUnavailableError`: for tests.
    ///
    /// Mirrors `raft::storage::MemStorageCore::trigger_log_unavailable`.
    fn trigger_log_unavailable(&self, v: bool) -> PyResult<()> {
        self.write(|core| core.trigger_log_unavailable(v))
    }

    /// Takes the context of the last request that failed with `LogTemporarilyUnavailableError`; `None` if there is
    /// none.
    ///
    /// Mirrors `raft::storage::MemStorageCore::take_get_entries_context`.
    fn take_get_entries_context(&self) -> PyResult<Option<Owned<PyGetEntriesContextRef>>> {
        self.write(|core| core.take_get_entries_context().map(Owned))
    }
}
