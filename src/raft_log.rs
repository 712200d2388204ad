//! `RaftLog`: the log of a node, both stable and unstable.

use pyo3::prelude::*;
use raft::eraftpb::Entry;
use raft::{GetEntriesContext, RaftLog};

use crate::binding::classes::wrapper_class;
use crate::binding::convert::{Many, Owned, Value, owned_list};
use crate::binding::exceptions::boundary;
use crate::binding::fields::fields;
use crate::binding::handle::Wrapper;
use crate::binding::view::{FieldPath, Itself, part};
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::errors::raft_error;
use crate::log_unstable::PyUnstableRef;
use crate::logger::PyLoggerRef;
use crate::storage::get_entries_context::PyGetEntriesContextRef;
use crate::storage::{Store, StoreObject};

wrapper_class! {
    /// The log of a node: the stable entries in its storage, followed by the unstable entries that are not in the
    /// storage yet.
    ///
    /// Mirrors `raft::RaftLog`.
    "RaftLog" / "RaftLogRef": raft::RaftLog<Store>, keeps_alive |log| log.store.keeps_alive(), calls |log| log
}

fields! { plain PyRaftLogRef {
    /// The highest index known to be committed.
    committed: u64,
    /// The highest index known to be persisted.
    persisted: u64,
    /// The highest index that the application has applied. The method of this name returns it.
    applied: u64 => method,
}}

#[pymethods]
impl PyRaftLog {
    /// Creates a log on top of a storage.
    ///
    /// Mirrors `raft::RaftLog::new`.
    #[new]
    fn new(store: Store, logger: Value<PyLoggerRef>) -> PyResult<PyClassInitializer<Self>> {
        Ok(Self::initializer(boundary(|| RaftLog::new(store, logger.0.keeping()))?))
    }
}

#[pymethods]
impl PyRaftLogRef {
    /// Returns the storage.
    ///
    /// Mirrors `raft::RaftLog::store`.
    fn store(&self, py: Python<'_>) -> PyResult<StoreObject> {
        self.read(|log| StoreObject::of(&log.store, py))
    }

    /// Returns the storage.
    ///
    /// Mirrors `raft::RaftLog::mut_store`.
    fn mut_store(&self, py: Python<'_>) -> PyResult<StoreObject> {
        self.store(py)
    }

    /// Replaces the storage.
    fn set_store(&self, store: Store) -> PyResult<()> {
        let old = self.write(|log| {
            log.store.end_call();
            std::mem::replace(&mut log.store, store)
        })?;
        // Dropped after the log has been released, since the drop may run Python code.
        drop(old);
        Ok(())
    }

    /// Returns the storage.
    fn get_store(&self, py: Python<'_>) -> PyResult<StoreObject> {
        self.store(py)
    }

    /// Returns a live view of the unstable part of the log, which is not in the storage yet.
    ///
    /// Mirrors `raft::RaftLog::unstable`.
    fn unstable(slf: &Bound<'_, Self>) -> PyUnstableRef {
        part(slf, FieldPath { get: |log| &log.unstable, get_mut: |log| &mut log.unstable }, Itself)
    }

    /// Returns copies of the unstable entries. `unstable().entries` is the live list of them.
    ///
    /// Mirrors `raft::RaftLog::unstable_entries`.
    fn unstable_entries(&self) -> PyResult<Vec<Owned<PyEntryRef>>> {
        self.read(|log| log.unstable_entries().to_vec()).map(owned_list)
    }

    /// Returns a copy of the unstable snapshot, or `None`.
    ///
    /// Mirrors `raft::RaftLog::unstable_snapshot`.
    fn unstable_snapshot(&self) -> PyResult<Option<Owned<PySnapshotRef>>> {
        self.read(|log| log.unstable_snapshot().clone().map(Owned))
    }

    /// Returns the term of the last entry.
    ///
    /// Mirrors `raft::RaftLog::last_term`.
    fn last_term(&self) -> PyResult<u64> {
        self.read(RaftLog::last_term)
    }

    /// Returns the term of the entry at index `idx`; 0 outside the log.
    ///
    /// Raises `StoreError`: of `CompactedError` or `UnavailableError`, when the term is unavailable. Mirrors
    /// `raft::RaftLog::term`.
    fn term(&self, idx: u64) -> PyResult<u64> {
        self.read(|log| log.term(idx))?.map_err(raft_error)
    }

    /// Returns the index of the first entry.
    ///
    /// Mirrors `raft::RaftLog::first_index`.
    fn first_index(&self) -> PyResult<u64> {
        self.read(RaftLog::first_index)
    }

    /// Returns the index of the last entry.
    ///
    /// Mirrors `raft::RaftLog::last_index`.
    fn last_index(&self) -> PyResult<u64> {
        self.read(RaftLog::last_index)
    }

    /// Returns the index of the first of `ents` that conflicts with the log or is missing from it; 0 if the log
    /// contains all of them.
    ///
    /// Mirrors `raft::RaftLog::find_conflict`.
    fn find_conflict(&self, ents: Many<Value<PyEntryRef>>) -> PyResult<u64> {
        let entries = ents.into_values();
        self.read(|log| log.find_conflict(&entries))
    }

    /// Returns the highest index, up to `index`, whose term is not above `term`, and its term if known.
    ///
    /// Mirrors `raft::RaftLog::find_conflict_by_term`.
    fn find_conflict_by_term(&self, index: u64, term: u64) -> PyResult<(u64, Option<u64>)> {
        self.read(|log| log.find_conflict_by_term(index, term))
    }

    /// Returns whether the entry at index `idx` has this term.
    ///
    /// Mirrors `raft::RaftLog::match_term`.
    fn match_term(&self, idx: u64, term: u64) -> PyResult<bool> {
        self.read(|log| log.match_term(idx, term))
    }

    /// Appends `ents` if the entry at index `idx`, before them, has this term, and commits up to `committed`.
    ///
    /// Returns the index of the first conflict, 0 for none, and the index of the last new entry; `None` when
    /// nothing was appended. Mirrors `raft::RaftLog::maybe_append`.
    fn maybe_append(
        &self,
        idx: u64,
        term: u64,
        committed: u64,
        ents: Many<Value<PyEntryRef>>,
    ) -> PyResult<Option<(u64, u64)>> {
        let entries = ents.into_values();
        self.write(|log| log.maybe_append(idx, term, committed, &entries))
    }

    /// Advances the commit index to `to_commit`.
    ///
    /// Raises `RaftPanicError` when that is past the last index. Mirrors `raft::RaftLog::commit_to`.
    fn commit_to(&self, to_commit: u64) -> PyResult<()> {
        self.write(|log| log.commit_to(to_commit))
    }

    /// Returns the highest index that the application has applied.
    ///
    /// Mirrors `raft::RaftLog::applied`.
    fn applied(&self) -> PyResult<u64> {
        self.read(RaftLog::applied)
    }

    /// Sets the applied index to `idx`. Deprecated in raft-rs.
    ///
    /// Raises `RaftPanicError` when the entries up to it are not committed, or not persisted. Mirrors
    /// `raft::RaftLog::applied_to`.
    fn applied_to(&self, idx: u64) -> PyResult<()> {
        #[allow(deprecated, reason = "it is part of the API")]
        self.write(|log| log.applied_to(idx))
    }

    /// Notifies the log that the unstable entries, the last of which has `index` and `term`, are in the storage.
    ///
    /// Raises `RaftPanicError` when the last entry does not match. Mirrors `raft::RaftLog::stable_entries`.
    fn stable_entries(&self, index: u64, term: u64) -> PyResult<()> {
        self.write(|log| log.stable_entries(index, term))
    }

    /// Notifies the log that the unstable snapshot at `index` is in the storage.
    ///
    /// Raises `RaftPanicError` when there is no unstable snapshot at this index. Mirrors `raft::RaftLog::stable_snap`.
    fn stable_snap(&self, index: u64) -> PyResult<()> {
        self.write(|log| log.stable_snap(index))
    }

    /// Appends entries to the unstable log and returns the last index.
    ///
    /// Raises `RaftPanicError` when they would replace committed ones. Mirrors `raft::RaftLog::append`.
    fn append(&self, ents: Many<Value<PyEntryRef>>) -> PyResult<u64> {
        let entries = ents.into_values();
        self.write(|log| log.append(&entries))
    }

    /// Returns the entries from index `idx` on, up to `max_size` bytes but at least one entry. Consumes `context`.
    ///
    /// Raises `StoreError` of `CompactedError` when `idx` is below the first index. Mirrors `raft::RaftLog::entries`.
    #[pyo3(signature = (idx, context, max_size = None))]
    fn entries(
        &self,
        idx: u64,
        context: &Bound<'_, PyGetEntriesContextRef>,
        max_size: Option<u64>,
    ) -> PyResult<Vec<Owned<PyEntryRef>>> {
        self.fetch(context, |log, context| log.entries(idx, max_size, context))
    }

    /// Returns the entries in the index range `[low, high)`, up to `max_size` bytes but at least one entry. Consumes
    /// `context`.
    ///
    /// Raises the exceptions of `entries`, and `RaftPanicError` when the indices are past the end of the log. Mirrors
    /// `raft::RaftLog::slice`.
    #[pyo3(signature = (low, high, context, max_size = None))]
    fn slice(
        &self,
        low: u64,
        high: u64,
        context: &Bound<'_, PyGetEntriesContextRef>,
        max_size: Option<u64>,
    ) -> PyResult<Vec<Owned<PyEntryRef>>> {
        self.fetch(context, |log, context| log.slice(low, high, max_size, context))
    }

    /// Returns all entries.
    ///
    /// Raises `StoreError` when the storage can't return them. Mirrors `raft::RaftLog::all_entries`, which retries
    /// without limit when the storage reports that it has been compacted in the meantime.
    fn all_entries(&self) -> PyResult<Vec<Owned<PyEntryRef>>> {
        let entries = self.read(|log| log.entries(log.first_index(), None, GetEntriesContext::empty(false)))?;
        entries.map(owned_list).map_err(raft_error)
    }

    /// Returns whether a log whose last entry has `last_index` and `term` is at least as up-to-date as this one.
    ///
    /// Mirrors `raft::RaftLog::is_up_to_date`.
    fn is_up_to_date(&self, last_index: u64, term: u64) -> PyResult<bool> {
        self.read(|log| log.is_up_to_date(last_index, term))
    }

    /// Returns the committed and persisted entries after index `since_idx`, up to `max_size` bytes; `None` if there are
    /// none.
    ///
    /// Mirrors `raft::RaftLog::next_entries_since`.
    #[pyo3(signature = (since_idx, max_size = None))]
    fn next_entries_since(&self, since_idx: u64, max_size: Option<u64>) -> PyResult<Option<Vec<Owned<PyEntryRef>>>> {
        Ok(self.read(|log| log.next_entries_since(since_idx, max_size))?.map(owned_list))
    }

    /// Returns the committed and persisted entries that have not been applied, up to `max_size` bytes; `None` if there
    /// are none.
    ///
    /// Mirrors `raft::RaftLog::next_entries`.
    #[pyo3(signature = (max_size = None))]
    fn next_entries(&self, max_size: Option<u64>) -> PyResult<Option<Vec<Owned<PyEntryRef>>>> {
        Ok(self.read(|log| log.next_entries(max_size))?.map(owned_list))
    }

    /// Returns whether there are committed and persisted entries after index `since_idx`.
    ///
    /// Mirrors `raft::RaftLog::has_next_entries_since`.
    fn has_next_entries_since(&self, since_idx: u64) -> PyResult<bool> {
        self.read(|log| log.has_next_entries_since(since_idx))
    }

    /// Returns whether there are committed and persisted entries that have not been applied.
    ///
    /// Mirrors `raft::RaftLog::has_next_entries`.
    fn has_next_entries(&self) -> PyResult<bool> {
        self.read(RaftLog::has_next_entries)
    }

    /// Returns the unstable snapshot or that of the storage, for the peer `to`, at an index of at least
    /// `request_index`.
    ///
    /// Raises `StoreError` when the storage can't return a snapshot. Mirrors `raft::RaftLog::snapshot`.
    fn snapshot(&self, request_index: u64, to: u64) -> PyResult<Owned<PySnapshotRef>> {
        self.read(|log| log.snapshot(request_index, to))?.map(Owned).map_err(raft_error)
    }

    /// Tries to advance the commit index to `max_index`, whose entry must have this term. Returns whether it advanced.
    ///
    /// Mirrors `raft::RaftLog::maybe_commit`.
    fn maybe_commit(&self, max_index: u64, term: u64) -> PyResult<bool> {
        self.write(|log| log.maybe_commit(max_index, term))
    }

    /// Notifies the log that the entry with this index and term has been persisted. Returns whether the persisted index
    /// advanced.
    ///
    /// Mirrors `raft::RaftLog::maybe_persist`.
    fn maybe_persist(&self, index: u64, term: u64) -> PyResult<bool> {
        self.write(|log| log.maybe_persist(index, term))
    }

    /// Notifies the log that the snapshot with this index has been persisted. Returns whether the persisted index
    /// advanced.
    ///
    /// Mirrors `raft::RaftLog::maybe_persist_snap`.
    fn maybe_persist_snap(&self, index: u64) -> PyResult<bool> {
        self.write(|log| log.maybe_persist_snap(index))
    }

    /// Restores the log from a snapshot.
    ///
    /// Mirrors `raft::RaftLog::restore`.
    fn restore(&self, snapshot: Value<PySnapshotRef>) -> PyResult<()> {
        self.write(|log| log.restore(snapshot.0))
    }

    /// Returns the commit index and the term of its entry.
    ///
    /// Mirrors `raft::RaftLog::commit_info`.
    fn commit_info(&self) -> PyResult<(u64, u64)> {
        self.read(RaftLog::commit_info)
    }

    /// Returns the text of raft-rs's `Debug`: that of `str`, quoted.
    fn __repr__(&self) -> PyResult<String> {
        self.read(|log| format!("{:?}", log.to_string()))
    }

    fn __str__(&self) -> PyResult<String> {
        self.read(RaftLog::to_string)
    }
}

impl PyRaftLogRef {
    fn fetch(
        &self,
        context: &Bound<'_, PyGetEntriesContextRef>,
        f: impl FnOnce(&RaftLog<Store>, GetEntriesContext) -> raft::Result<Vec<Entry>>,
    ) -> PyResult<Vec<Owned<PyEntryRef>>> {
        let entries = self.read(|log| context.get().consume().map(|context| f(log, context)))??;
        entries.map(owned_list).map_err(raft_error)
    }
}
