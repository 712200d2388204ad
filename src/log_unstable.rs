//! `Unstable`: the part of the log that is not in the storage yet.

use std::mem;

use pyo3::prelude::*;

use crate::binding::classes::wrapper_class;
use crate::binding::convert::{Many, Owned, Value, owned_list};
use crate::binding::fields::fields;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::{List, OptionalValue, Show};
use crate::eraftpb::entry::{Plain, PyEntryRef};
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::logger::{PyLogger, PyLoggerRef};

wrapper_class! {
    /// The part of the log that is not in the storage yet.
    ///
    /// Mirrors `raft::Unstable`.
    "Unstable" / "UnstableRef": raft::Unstable
}

fields! { plain PyUnstableRef {
    /// The snapshot that is not in the storage yet, or `None`.
    snapshot: OptionalValue<PySnapshotRef> => optional(snapshot),
    /// The entries that are not in the storage yet.
    entries: List<PyEntryRef> => set(ents),
    /// The total size of the entries in bytes.
    entries_size: usize => set(entries_size),
    /// The index of the first of the entries.
    offset: u64 => set(offset),
}}

#[pymethods]
impl PyUnstable {
    /// Creates an empty unstable log that starts at index `offset`.
    ///
    /// Mirrors `raft::Unstable::new`.
    #[new]
    fn new(offset: u64, logger: Value<PyLoggerRef>) -> PyClassInitializer<Self> {
        Self::initializer(raft::Unstable::new(offset, logger.0.keeping()))
    }
}

#[pymethods]
impl PyUnstableRef {
    /// The logger.
    #[getter(logger)]
    fn attribute_logger<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyLogger>> {
        Self::get_logger(slf)
    }

    #[setter(logger)]
    fn set_attribute_logger(&self, logger: Value<PyLoggerRef>) -> PyResult<()> {
        self.set_logger(logger)
    }

    /// Returns the logger.
    fn get_logger<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyLogger>> {
        let logger = slf.get().read(|unstable| unstable.logger.clone())?;
        PyLogger::of(logger, slf)
    }

    /// Sets the logger.
    fn set_logger(&self, logger: Value<PyLoggerRef>) -> PyResult<()> {
        let old = self.write(|unstable| mem::replace(&mut unstable.logger, logger.0.keeping()))?;
        // Dropped after the log has been released, since the drop may run Python code.
        drop(old);
        Ok(())
    }

    /// Returns copies of the entries in the index range `[lo, hi)`.
    ///
    /// Raises `RaftPanicError` when the range is outside the unstable entries. Mirrors `raft::Unstable::slice`.
    fn slice(&self, lo: u64, hi: u64) -> PyResult<Vec<Owned<PyEntryRef>>> {
        self.read(|unstable| unstable.slice(lo, hi).to_vec()).map(owned_list)
    }

    /// Returns the index after the snapshot, or `None` without a snapshot.
    ///
    /// Mirrors `raft::Unstable::maybe_first_index`.
    fn maybe_first_index(&self) -> PyResult<Option<u64>> {
        self.read(raft::Unstable::maybe_first_index)
    }

    /// Returns the index of the last entry, or else of the snapshot, or `None` without either.
    ///
    /// Mirrors `raft::Unstable::maybe_last_index`.
    fn maybe_last_index(&self) -> PyResult<Option<u64>> {
        self.read(raft::Unstable::maybe_last_index)
    }

    /// Returns the term of the entry at index `idx`, or `None` when it is not in the unstable log.
    ///
    /// Mirrors `raft::Unstable::maybe_term`.
    fn maybe_term(&self, idx: u64) -> PyResult<Option<u64>> {
        self.read(|unstable| unstable.maybe_term(idx))
    }

    /// Notifies the unstable log that its entries, the last of which has `index` and `term`, are in the storage.
    ///
    /// Raises `RaftPanicError` when the last entry does not match. Mirrors `raft::Unstable::stable_entries`.
    fn stable_entries(&self, index: u64, term: u64) -> PyResult<()> {
        self.write(|unstable| unstable.stable_entries(index, term))
    }

    /// Notifies the unstable log that its snapshot at `index` is in the storage.
    ///
    /// Raises `RaftPanicError` when there is no snapshot at this index. Mirrors `raft::Unstable::stable_snap`.
    fn stable_snap(&self, index: u64) -> PyResult<()> {
        self.write(|unstable| unstable.stable_snap(index))
    }

    /// Replaces the snapshot and the entries with `snap`.
    ///
    /// Mirrors `raft::Unstable::restore`.
    fn restore(&self, snap: Value<PySnapshotRef>) -> PyResult<()> {
        self.write(|unstable| unstable.restore(snap.0))
    }

    /// Truncates the log at the index of the first of `ents`, and appends `ents`.
    ///
    /// Mirrors `raft::Unstable::truncate_and_append`.
    fn truncate_and_append(&self, ents: Many<Value<PyEntryRef>>) -> PyResult<()> {
        let entries = ents.into_values();
        self.write(|unstable| unstable.truncate_and_append(&entries))
    }

    /// Asserts that the index range `[lo, hi)` is within the unstable entries. Raises `RaftPanicError` when it is not.
    ///
    /// Mirrors `raft::Unstable::must_check_outofbounds`.
    fn must_check_outofbounds(&self, lo: u64, hi: u64) -> PyResult<()> {
        self.read(|unstable| unstable.must_check_outofbounds(lo, hi))
    }

    fn __repr__(&self) -> PyResult<String> {
        // Copies, since hooks are called to show them.
        let (snapshot, entries, entries_size, offset) = self.read(|unstable| {
            (unstable.snapshot.clone(), unstable.entries.clone(), unstable.entries_size, unstable.offset)
        })?;
        let (snapshot, entries) = (snapshot.as_ref().map(Show), entries.iter().map(Plain).collect::<Vec<_>>());
        Ok(format!(
            "Unstable {{ snapshot: {snapshot:?}, entries: {entries:?}, entries_size: {entries_size}, offset: {offset}, \
             logger: Logger() }}"
        ))
    }
}
