//! `WalStorage`: the Python class of a group of a log.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use raft::Storage;
use raft::eraftpb::{HardState, Snapshot};

use crate::binding::classes::{clone_methods, wrapper_class};
use crate::binding::convert::{Many, Owned, Value};
use crate::binding::exceptions::InUseError;
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::process::detached;
use crate::binding::projection::Projection;
use crate::binding::view::whole;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::hard_state::PyHardStateRef;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::errors::{raft_error, wal_error};
use crate::storage::pin::above_applied;
use crate::storage::reads::read_methods;
use crate::storage::wal::open::{OfProcess, Staged};
use crate::storage::wal::snapshots::{PySnapshotReader, PySnapshotWriter, SnapshotData};
use crate::storage::wal::source::WalSource;
use crate::wal::errors::Result;
use crate::wal::snapshots::StoredSnapshot;
use crate::wal::write::{NewSnapshot, Write};

wrapper_class! {
    /// The storage of one group in a `Wal`: `Wal.storage` returns it. A node shares the storage that it is given, and
    /// so does `clone()`.
    ///
    /// A write can be read immediately, and is durable after `sync`. A write that raises has changed nothing. The
    /// writes are those of `MemStorageCore`, and `wl()` returns the storage itself.
    ///
    /// Every write raises `WalFailedError` after the disk has failed, `WalClosedError` after the `Wal` was closed, and
    /// `DestroyedRefUsedError` after the group was removed: `Wal.storage` returns the storage of a new one.
    ///
    /// Beyond raft-rs.
    "WalStorage" / "WalStorageRef": WalSource
}
clone_methods! {
    PyWalStorageRef,
    /// Returns another reference to the same storage: both share its contents.
    Clone::clone
}
read_methods! { PyWalStorageRef }

/// The projection on the hard state of a group. A change of it is a write.
struct HardStateOf(Py<PyWalStorageRef>);

impl Projection<HardState> for HardStateOf {
    fn read(&self, f: &mut dyn FnMut(&HardState)) -> PyResult<()> {
        let copy = self.0.get().hard_state_copy()?;
        f(&copy);
        Ok(())
    }

    fn write(&self, f: &mut dyn FnMut(&mut HardState)) -> PyResult<()> {
        let before = self.0.get().hard_state_copy()?;
        let mut after = before.clone();
        f(&mut after);
        // What this changes is written, and nothing else: another thread may have changed the rest meanwhile.
        let changed = |before: u64, after: u64| (after != before).then_some(after);
        let term = changed(before.term, after.term);
        let vote = changed(before.vote, after.vote);
        let commit = changed(before.commit, after.commit);
        let source = self.0.get().source()?;
        let written = source.change_hard_state(|_, hard_state| {
            hard_state.term = term.unwrap_or(hard_state.term);
            hard_state.vote = vote.unwrap_or(hard_state.vote);
            hard_state.commit = commit.unwrap_or(hard_state.commit);
            Ok(())
        });
        written.map_err(wal_error)
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

impl PyWalStorageRef {
    fn hard_state_copy(&self) -> PyResult<HardState> {
        self.read(|storage| storage.group.read().initial_state().hard_state.clone())
    }

    /// Writes what `describe` adds to an empty write.
    fn change(&self, describe: impl FnOnce(&mut Write)) -> PyResult<()> {
        self.read(|storage| {
            let mut write = storage.no_change();
            describe(&mut write);
            storage.submit(write).map(drop)
        })?
        .map_err(wal_error)
    }

    /// Returns the group, for calls that run without the GIL.
    fn source(&self) -> PyResult<WalSource> {
        self.read(Clone::clone)
    }

    fn stored(&self, py: Python<'_>, data: Option<SnapshotData>) -> PyResult<Option<StoredSnapshot>> {
        let source = self.source()?;
        data.map(|data| data.store(py, &source.wal)).transpose()
    }
}

#[pymethods]
impl PyWalStorageRef {
    /// The id of the group.
    #[getter]
    fn group(&self) -> PyResult<u64> {
        self.read(|storage| storage.id)
    }

    /// Returns the snapshot of the group, at the index of the last call of `create_snapshot` or `apply_snapshot`;
    /// without its data, unless the storage has `inline_snapshots`. It is the same for every receiver.
    ///
    /// Raises `StoreError` of `SnapshotTemporarilyUnavailableError` when there is no snapshot, when its index is below
    /// `request_index`, or when the entry after it has been compacted. Raises `WalCorruptedError` when the data is
    /// damaged. Mirrors `raft::Storage::snapshot`.
    fn snapshot(&self, request_index: u64, to: u64) -> PyResult<Owned<PySnapshotRef>> {
        self.read(|storage| storage.snapshot(request_index, to))?.map(Owned).map_err(raft_error)
    }

    /// Returns this storage, for reading: a live view, as `MemStorage.rl` returns one.
    fn rl(slf: &Bound<'_, Self>) -> Self {
        whole(slf)
    }

    /// Returns this storage, for reading and writing: a live view, as `MemStorage.wl` returns one.
    fn wl(slf: &Bound<'_, Self>) -> Self {
        whole(slf)
    }

    /// Returns a live view of the hard state. A change of it is a write.
    ///
    /// Mirrors `raft::storage::MemStorageCore::hard_state`.
    fn hard_state(slf: &Bound<'_, Self>) -> PyHardStateRef {
        Handle::View(Box::new(HardStateOf(slf.clone().unbind()))).into()
    }

    /// Returns a live view of the hard state. A change of it is a write.
    ///
    /// Mirrors `raft::storage::MemStorageCore::mut_hard_state`.
    fn mut_hard_state(slf: &Bound<'_, Self>) -> PyHardStateRef {
        Self::hard_state(slf)
    }

    /// Saves the current hard state.
    ///
    /// Mirrors `raft::storage::MemStorageCore::set_hardstate`.
    fn set_hardstate(&self, hs: Value<PyHardStateRef>) -> PyResult<()> {
        self.change(|write| write.hard_state = Some(hs.0))
    }

    /// Saves the current configuration, the members of the group.
    ///
    /// Mirrors `raft::storage::MemStorageCore::set_conf_state`.
    fn set_conf_state(&self, cs: Value<PyConfStateRef>) -> PyResult<()> {
        self.change(|write| write.conf_state = Some(Box::new(cs.0)))
    }

    /// Sets the commit index, and the term to that of the entry at `index`.
    ///
    /// Raises `StoreError` of `UnavailableError` when there is no entry at this index. Mirrors
    /// `raft::storage::MemStorageCore::commit_to`.
    fn commit_to(&self, index: u64) -> PyResult<()> {
        self.source()?.commit_to(index).map_err(wal_error)
    }

    /// Appends `ents`. They replace the entries from the index of the first of them on.
    ///
    /// Raises `StoreError` of `CompactedError` when that index is below the first index, of `UnavailableError` when
    /// there is a gap after the last entry or among `ents`; `ValueError` when the indices of `ents` do not increase.
    /// Mirrors `raft::storage::MemStorageCore::append`.
    fn append(&self, ents: Many<Value<PyEntryRef>>) -> PyResult<()> {
        self.change(|write| write.entries = ents.into_values())
    }

    /// Discards all entries before `compact_index`. It must not be above the applied index, and the snapshot must be at
    /// `compact_index - 1` or above, or followers that need the discarded entries cannot catch up.
    ///
    /// Raises `StoreError` of `UnavailableError` when `compact_index` is past the last index plus one; `InUseError`
    /// when a node that uses the storage is in a call and has not applied the entries. Mirrors
    /// `raft::storage::MemStorageCore::compact`.
    fn compact(&self, compact_index: u64) -> PyResult<()> {
        let source = self.source()?;
        let write = Write { compact: Some(compact_index), ..source.no_change() };
        match source.shared.pin.compact(compact_index, || source.submit(write)) {
            Ok(compacted) => compacted.map(drop).map_err(wal_error),
            Err(applied) => Err(InUseError::new_err(above_applied(compact_index, applied))),
        }
    }

    /// Replaces the log by `snapshot`, which came from a leader, with its data or with `data`: bytes, an iterable of
    /// chunks, or a `SnapshotWriter`. The data is durable before the method returns, the rest after `sync`.
    ///
    /// Raises `StoreError` of `SnapshotOutOfDateError` when its index is below the first index, unless it is at the
    /// index and term of the last entry: a node that has requested a snapshot may receive that one. Mirrors
    /// `raft::storage::MemStorageCore::apply_snapshot`.
    #[pyo3(signature = (snapshot, data = None))]
    fn apply_snapshot(
        &self,
        py: Python<'_>,
        snapshot: Value<PySnapshotRef>,
        data: Option<SnapshotData>,
    ) -> PyResult<()> {
        let Snapshot { data: own_data, metadata, .. } = snapshot.0;
        let own_data = || (!own_data.is_empty()).then(|| SnapshotData::Bytes(own_data.to_vec()));
        let data = self.stored(py, data.or_else(own_data))?;
        let snapshot = NewSnapshot { metadata: metadata.unwrap_or_default(), data };
        self.change(|write| write.restore = Some(Box::new(snapshot)))
    }

    /// Sets the snapshot that followers receive which need discarded entries: the state after the entry at `index`, in
    /// `data`: bytes, an iterable of chunks, or a `SnapshotWriter`. `conf_state` is the configuration at `index`; by
    /// default, the current one. Returns the snapshot, without its data. The log stays as it is.
    ///
    /// The data is durable before the method returns. The previous snapshot is deleted after that.
    ///
    /// Raises `StoreError`: of `CompactedError` or `UnavailableError` when there is no entry at `index`, of
    /// `SnapshotOutOfDateError` when there is a snapshot of a later entry.
    #[pyo3(signature = (index, data = None, conf_state = None))]
    fn create_snapshot(
        &self,
        py: Python<'_>,
        index: u64,
        data: Option<SnapshotData>,
        conf_state: Option<Value<PyConfStateRef>>,
    ) -> PyResult<Owned<PySnapshotRef>> {
        let metadata = self.read(|storage| storage.group.snapshot_metadata(index))?.map_err(raft_error)?;
        let mut snapshot = Snapshot::default();
        snapshot.set_metadata(metadata);
        if let Some(conf_state) = conf_state {
            snapshot.mut_metadata().set_conf_state(conf_state.0);
        }
        let metadata = snapshot.get_metadata().clone();
        let new = NewSnapshot { metadata, data: self.stored(py, data)? };
        self.change(|write| write.snapshot = Some(Box::new(new)))?;
        Ok(Owned(snapshot))
    }

    /// Keeps `data` for `snapshot`, the snapshot of a message that is going to be stepped without its data: bytes, an
    /// iterable of chunks, or a `SnapshotWriter`. A `ReadyLoop` stores it when the node restores this snapshot. It
    /// replaces what was kept for the same one, and is deleted when the node restores a later one or the group is
    /// removed.
    ///
    /// Raises `OSError` for errors of the system.
    fn stage_snapshot(&self, py: Python<'_>, snapshot: Value<PySnapshotRef>, data: SnapshotData) -> PyResult<()> {
        let (index, term) = (snapshot.0.get_metadata().index, snapshot.0.get_metadata().term);
        let staged = Staged { index, term, data: self.stored(py, Some(data))?.map(OfProcess::new) };
        let source = self.source()?;
        let mut kept = source.shared.staged();
        source.check().map_err(wal_error)?;
        let same = kept.iter().position(|one| (one.index, one.term) == (index, term));
        let before = same.map(|position| kept.swap_remove(position));
        kept.push(staged);
        drop(kept);
        drop(before);
        Ok(())
    }

    /// Returns a writer for the data of a snapshot that arrives in chunks.
    ///
    /// Raises `OSError` for errors of the system.
    fn snapshot_writer(&self, py: Python<'_>) -> PyResult<PySnapshotWriter> {
        PySnapshotWriter::create(py, &self.source()?.wal)
    }

    /// Returns a reader for the data of the snapshot, in chunks of `chunk_size` bytes; `None` if there is no snapshot.
    ///
    /// Raises `WalCorruptedError` when the file is missing or damaged; `ValueError` when `chunk_size` is 0.
    #[pyo3(signature = (chunk_size = 1_048_576))]
    fn read_snapshot(&self, py: Python<'_>, chunk_size: usize) -> PyResult<Option<PySnapshotReader>> {
        let source = self.source()?;
        PySnapshotReader::open(py, &source.wal, source.id, chunk_size)
    }

    /// Waits until everything that has been written to the `Wal` is durable: see `Wal.sync`.
    fn sync(&self, py: Python<'_>) -> PyResult<()> {
        let source = self.source()?;
        detached(py, || -> Result<()> { source.wal.sync() }).map_err(wal_error)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|storage| {
            let (first, last) = (storage.first_index(), storage.last_index());
            let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
            format!("WalStorage {{ group: {}, first_index: {first}, last_index: {last} }}", storage.id)
        })
    }
}
