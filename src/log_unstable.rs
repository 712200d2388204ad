//! `Unstable`: the part of the log that is not in the storage yet.

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
    /// The size of the entries in bytes.
    entries_size: usize => set(entries_size),
    /// The index of the first of the entries.
    offset: u64 => set(offset),
}}

#[pymethods]
impl PyUnstable {
    /// An unstable log without entries that starts at index `offset`.
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

    /// The logger.
    fn get_logger<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyLogger>> {
        let logger = slf.get().read(|unstable| unstable.logger.clone())?;
        PyLogger::of(logger, slf)
    }

    /// Sets the logger.
    fn set_logger(&self, logger: Value<PyLoggerRef>) -> PyResult<()> {
        self.write(|unstable| unstable.logger = logger.0.keeping())
    }

    /// Copies of the entries from index `lo` to before index `hi`.
    ///
    /// Raises `RaftPanicError` unless they are here. Mirrors `raft::Unstable::slice`.
    fn slice(&self, lo: u64, hi: u64) -> PyResult<Vec<Owned<PyEntryRef>>> {
        self.read(|unstable| unstable.slice(lo, hi).to_vec()).map(owned_list)
    }

    /// The index after the snapshot; `None` without one.
    ///
    /// Mirrors `raft::Unstable::maybe_first_index`.
    fn maybe_first_index(&self) -> PyResult<Option<u64>> {
        self.read(raft::Unstable::maybe_first_index)
    }

    /// The index of the last entry, or else of the snapshot; `None` without either.
    ///
    /// Mirrors `raft::Unstable::maybe_last_index`.
    fn maybe_last_index(&self) -> PyResult<Option<u64>> {
        self.read(raft::Unstable::maybe_last_index)
    }

    /// The term at index `idx`; `None` when it isn't here.
    ///
    /// Mirrors `raft::Unstable::maybe_term`.
    fn maybe_term(&self, idx: u64) -> PyResult<Option<u64>> {
        self.read(|unstable| unstable.maybe_term(idx))
    }

    /// Takes note that the entries, the last of which has `index` and `term`, are in the storage.
    ///
    /// Raises `RaftPanicError` when the last entry is another one. Mirrors `raft::Unstable::stable_entries`.
    fn stable_entries(&self, index: u64, term: u64) -> PyResult<()> {
        self.write(|unstable| unstable.stable_entries(index, term))
    }

    /// Takes note that the snapshot, which has `index`, is in the storage.
    ///
    /// Raises `RaftPanicError` when there is another one or none. Mirrors `raft::Unstable::stable_snap`.
    fn stable_snap(&self, index: u64) -> PyResult<()> {
        self.write(|unstable| unstable.stable_snap(index))
    }

    /// Replaces everything by a snapshot.
    ///
    /// Mirrors `raft::Unstable::restore`.
    fn restore(&self, snap: Value<PySnapshotRef>) -> PyResult<()> {
        self.write(|unstable| unstable.restore(snap.0))
    }

    /// Appends entries, in place of any from the index of the first of them on.
    ///
    /// Mirrors `raft::Unstable::truncate_and_append`.
    fn truncate_and_append(&self, ents: Many<Value<PyEntryRef>>) -> PyResult<()> {
        let entries = ents.into_values();
        self.write(|unstable| unstable.truncate_and_append(&entries))
    }

    /// Raises `RaftPanicError` unless index `lo` to before index `hi` is here.
    ///
    /// Mirrors `raft::Unstable::must_check_outofbounds`.
    fn must_check_outofbounds(&self, lo: u64, hi: u64) -> PyResult<()> {
        self.read(|unstable| unstable.must_check_outofbounds(lo, hi))
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|unstable| {
            format!(
                "Unstable {{ snapshot: {:?}, entries: {:?}, entries_size: {}, offset: {}, logger: Logger() }}",
                unstable.snapshot.as_ref().map(Show),
                unstable.entries.iter().map(Plain).collect::<Vec<_>>(),
                unstable.entries_size,
                unstable.offset,
            )
        })
    }
}
