//! `SimulatedDisk`: the Python class of the file system in [`crate::wal::memory`].

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pyo3::exceptions::PyValueError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{Borrowed, type_hint_identifier};

use crate::binding::convert::{BytesLike, bytes_object, expected};
use crate::binding::process::detached;
use crate::storage::wal::open::OpenWal;
use crate::wal::file_system::FileSystem;
use crate::wal::mark;
use crate::wal::memory::{Effect, Fault, MemoryFileSystem, Operation, State};
use crate::wal::segment;

/// Argument: a kind of calls.
pub struct DiskOperation(Operation);

impl FromPyObject<'_, '_> for DiskOperation {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "DiskOperation");

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let name: String = object.extract().map_err(|_| expected("the name of an operation", &object))?;
        Ok(Self(match name.as_str() {
            "open" => Operation::Open,
            "read" => Operation::Read,
            "write" => Operation::Write,
            "sync" => Operation::Sync,
            "rename" => Operation::Rename,
            "delete" => Operation::Delete,
            _ => {
                let text = format!(
                    "operation: expected 'open', 'read', 'write', 'sync', 'rename' or 'delete', got {}",
                    object.repr()?
                );
                return Err(PyValueError::new_err(text));
            }
        }))
    }
}

/// A disk in memory that crashes and fails when it is told to, for simulators and tests: pass it to `Wal`. It has one
/// directory. What happens is a function of `seed`, which is any number of 64 bits, and of the calls; there are no
/// threads, and no time passes.
///
/// ```python
/// >>> disk = SimulatedDisk(seed=1)
/// >>> wal = Wal("host 1", disk=disk)
/// >>> storage = wal.storage(1, ConfState([1]))
/// >>> storage.append([Entry(index=1, term=1)])
/// >>> wal.sync()
/// >>> disk.crash()
/// >>> wal = Wal("host 1", disk=disk)
/// >>> wal.storage(1).last_index()
/// 1
///
/// ```
///
/// A crash keeps what was durable. Of what was not, each sector of 512 bytes has any of the contents that it has had
/// since, each file any of the lengths, and each change of a name was made or not.
///
/// Beyond raft-rs.
#[pyclass(module = "rraft", name = "SimulatedDisk", frozen, weakref)]
pub struct PySimulatedDisk {
    files: MemoryFileSystem,
    /// The log that is open.
    wal: Mutex<Weak<OpenWal>>,
}

impl PySimulatedDisk {
    fn of(files: MemoryFileSystem) -> Self {
        Self { files, wal: Mutex::default() }
    }

    /// Returns the directory for a process that writes to it, and calls it `path`.
    pub fn directory(&self, path: &Path) -> Arc<dyn FileSystem> {
        Arc::new(self.files.at(path))
    }

    /// Returns the directory for reading, which does not count as calls.
    pub fn directory_to_read(&self, path: &Path) -> Arc<dyn FileSystem> {
        Arc::new(self.files.copy().at(path))
    }

    /// Notes that this log uses the directory.
    pub fn opened(&self, wal: &Arc<OpenWal>) {
        *self.wal.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(wal);
    }

    fn add_fault(&self, operation: Option<DiskOperation>, after: u64, effect: Effect) {
        self.files.fail(Fault { operation: operation.map(|operation| operation.0), after, effect });
    }
}

#[pymethods]
impl PySimulatedDisk {
    /// Creates an empty disk. `capacity` is the limit of `used_bytes`.
    #[new]
    #[pyo3(signature = (seed, *, capacity = None))]
    fn new(seed: u64, capacity: Option<u64>) -> Self {
        let files = MemoryFileSystem::new(State::default(), seed);
        files.set_capacity(capacity);
        Self::of(files)
    }

    /// Crashes: what was not durable is lost, kept or torn. A `Wal` that is open is closed, without a write: its calls
    /// raise `WalClosedError`. Then the directory can be opened again. Faults that have not occurred remain.
    ///
    /// `lose_synced` is the number of bytes that are missing at the end of the newest segment, although they were
    /// durable. `Wal.mark` is lost, too.
    #[pyo3(signature = (*, lose_synced = 0))]
    fn crash(&self, py: Python<'_>, lose_synced: u64) {
        detached(py, || {
            let wal = std::mem::take(&mut *self.wal.lock().unwrap_or_else(PoisonError::into_inner));
            self.files.crash();
            if let Some(wal) = wal.upgrade() {
                wal.for_reading().abandon();
            }
            if lose_synced > 0 {
                lose(&self.files, lose_synced);
            }
        });
    }

    /// Crashes at the beginning of a call: the next one, or the one after `after` others. Only calls of the kind
    /// `operation` count, if it is given. The call, such as `Wal.sync`, raises `WalClosedError`.
    #[pyo3(signature = (operation = None, *, after = 0))]
    fn crash_at(&self, operation: Option<DiskOperation>, after: u64) {
        self.add_fault(operation, after, Effect::Crash);
    }

    /// Lets a call fail with the error number `error`, such as `errno.EIO`: the next one, or the one after `after`
    /// others. Only calls of the kind `operation` count, if it is given. A write has written half of the bytes. After a
    /// sync, what it should have made durable is read until a crash, and then lost.
    ///
    /// Raises `ValueError` when `error` is below 1.
    #[pyo3(signature = (error, operation = None, *, after = 0))]
    fn fail(&self, error: i32, operation: Option<DiskOperation>, after: u64) -> PyResult<()> {
        if error < 1 {
            return Err(PyValueError::new_err(format!("error: expected at least 1, got {error}")));
        }
        self.add_fault(operation, after, Effect::Fail(error));
        Ok(())
    }

    /// The number of faults of `fail` and `crash_at` that have not occurred.
    #[getter]
    fn faults(&self) -> usize {
        self.files.faults().len()
    }

    /// Forgets the faults of `fail` and `crash_at` that have not occurred.
    fn clear_faults(&self) {
        self.files.clear_faults();
    }

    /// The limit of `used_bytes`, or `None`. A write beyond it writes what there is room for, and fails with `ENOSPC`.
    #[getter]
    fn capacity(&self) -> Option<u64> {
        self.files.capacity()
    }

    #[setter]
    fn set_capacity(&self, capacity: Option<u64>) {
        self.files.set_capacity(capacity);
    }

    /// Whether a sync succeeds, and makes nothing durable, as with a disk that lies.
    #[getter]
    fn ignore_syncs(&self) -> bool {
        self.files.ignores_syncs()
    }

    #[setter]
    fn set_ignore_syncs(&self, ignore: bool) {
        self.files.ignore_syncs(ignore);
    }

    /// Returns another disk with the same content and the same randomness, without the faults that have not occurred.
    /// The directory is not open there. It shares its memory with this one until either of them changes.
    fn copy(&self) -> Self {
        Self::of(self.files.copy())
    }

    /// Returns the contents of the files, by their names, as a process would read them now.
    fn files<'py>(&self, py: Python<'py>) -> PyResult<BTreeMap<String, Bound<'py, PyBytes>>> {
        let files = self.files.state().files();
        files.into_iter().map(|(name, content)| Ok((name, bytes_object(py, &content)?))).collect()
    }

    /// Replaces the content of a file, or deletes it if `content` is `None`, and makes that durable: damage.
    fn set_file(&self, name: &str, content: Option<BytesLike>) {
        self.files.replace(name, content.map(|content| content.0));
    }

    /// The length of all files in bytes.
    #[getter]
    fn used_bytes(&self) -> u64 {
        self.files.size()
    }

    /// The number of all calls.
    #[getter]
    fn calls(&self) -> u64 {
        self.files.counters().calls
    }

    /// The number of calls that wrote.
    #[getter]
    fn writes(&self) -> u64 {
        self.files.counters().writes
    }

    /// The number of bytes that they wrote.
    #[getter]
    fn written_bytes(&self) -> u64 {
        self.files.counters().written
    }

    /// The number of syncs, of files and of the directory.
    #[getter]
    fn syncs(&self) -> u64 {
        self.files.counters().syncs
    }

    /// The number of crashes.
    #[getter]
    fn crashes(&self) -> u64 {
        self.files.counters().crashes
    }

    fn __repr__(&self) -> String {
        let (used, counters) = (self.files.size(), self.files.counters());
        format!("SimulatedDisk {{ used_bytes: {used}, calls: {}, crashes: {} }}", counters.calls, counters.crashes)
    }
}

/// Cuts off the end of the newest segment, and what would tell that it is missing.
fn lose(files: &MemoryFileSystem, count: u64) {
    let state = files.state();
    let newest = state.names.keys().filter_map(|name| Some((segment::number_of(name)?, name))).max();
    if let Some((_, name)) = newest {
        let mut content = state.inodes[state.names[name]].content.clone();
        content.truncate(content.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX)));
        files.replace(name, Some(content));
    }
    files.replace(mark::NAME, None);
}
