//! `Wal` and `WalStorage`: the Python classes of the durable log in [`crate::wal`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::binding::convert::Owned;
use crate::binding::process::detached;
use crate::eraftpb::conf_state::Members;
use crate::errors::wal_error;
use crate::storage::wal::open::OpenWal;
use crate::storage::wal::simulated::PySimulatedDisk;
use crate::storage::wal::source::WalSource;
use crate::storage::wal::stats::PyWalStats;
use crate::storage::wal::storage::PyWalStorageRef;
use crate::wal::current::{Identity, MOST_CLUSTER};
use crate::wal::errors::{Error, Rejection, Result};
use crate::wal::file_system::FileSystem;
use crate::wal::log::{Options, Wal};
use crate::wal::real::RealFileSystem;
use crate::wal::recovery;
use crate::wal::write::Write;

pub mod open;
pub mod simulated;
pub mod snapshots;
pub mod source;
pub mod stats;
pub mod storage;

/// The minimum of `segment_size`.
const LEAST_SEGMENT_SIZE: u64 = 4 << 10;

/// A durable log in a directory, shared by any number of Raft groups: what they write between two calls of `sync` takes
/// one write and one fsync. The entries that are not compacted are in memory, too.
///
/// ```python
/// >>> from tempfile import TemporaryDirectory
/// >>> with TemporaryDirectory() as path, Wal(path) as wal:
/// ...     storage = wal.storage(group=1, conf_state=ConfState(voters=[1]))
/// ...     storage.append([Entry(index=1, term=1, data=b"data")])
/// ...     wal.sync()
/// ...     wal.groups()
/// [1]
///
/// ```
///
/// One process at a time uses a directory. Any number of threads may use the `Wal`. In a child of `fork`, every write
/// raises `WalFailedError`.
///
/// Beyond raft-rs.
#[pyclass(module = "rraft", name = "Wal", frozen, weakref)]
pub struct PyWal(Arc<OpenWal>);

impl PyWal {
    /// Calls `f`, which may wait for the disk.
    fn detached<R: Send>(&self, py: Python<'_>, f: impl FnOnce(&OpenWal) -> Result<R> + Send) -> PyResult<R> {
        let wal = &*self.0;
        detached(py, || f(wal)).map_err(wal_error)
    }
}

fn real(path: &Path) -> Arc<dyn FileSystem> {
    Arc::new(RealFileSystem::new(path))
}

fn to_read(path: &Path, disk: Option<Bound<'_, PySimulatedDisk>>) -> Arc<dyn FileSystem> {
    disk.map_or_else(|| real(path), |disk| disk.get().directory_to_read(path))
}

#[pymethods]
impl PyWal {
    /// Opens the log in the directory `path`, or creates it. The directory remembers `cluster`, the name of a cluster,
    /// and `host`, the id of a host, if they are given. A segment file ends at `segment_size` bytes.
    ///
    /// With `disk`, the directory is the one in memory that `disk` has, whatever its `path`.
    ///
    /// A write that the last process had not finished is cut off: see `torn`.
    ///
    /// Raises `WalLockedError` when the directory is already open; `WalForeignError` when it belongs to another cluster
    /// or host; `WalCorruptedError` when a file is damaged or missing; `OSError` for errors of the system; `ValueError`
    /// when `segment_size` is below 4096, or `cluster` longer than 255 bytes.
    #[new]
    #[pyo3(signature = (path, *, cluster = None, host = None, segment_size = 16_777_216, disk = None))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        cluster: Option<String>,
        host: Option<u64>,
        segment_size: u64,
        disk: Option<Bound<'_, PySimulatedDisk>>,
    ) -> PyResult<Self> {
        if segment_size < LEAST_SEGMENT_SIZE {
            let text = format!("segment_size: expected at least {LEAST_SEGMENT_SIZE}, got {segment_size}");
            return Err(PyValueError::new_err(text));
        }
        let length = cluster.as_ref().map_or(0, String::len);
        if length > MOST_CLUSTER {
            return Err(PyValueError::new_err(format!("cluster: expected at most {MOST_CLUSTER} bytes, got {length}")));
        }
        let options = Options { segment_size, identity: Identity { host, cluster } };
        let disk = disk.as_ref().map(Bound::get);
        let files = disk.map_or_else(|| real(&path), |disk| disk.directory(&path));
        let wal = detached(py, || Wal::open(files, &options)).map_err(wal_error)?;
        let wal = Arc::new(OpenWal::new(wal));
        if let Some(disk) = disk {
            disk.opened(&wal);
        }
        Ok(Self(wal))
    }

    /// Reads the log in the directory `path` without changing it, and without locking it. The result is closed: its
    /// groups can be read, and nothing can be written.
    ///
    /// If another process writes to the log meanwhile, its newest writes may be missing, or `torn`, and the file of a
    /// snapshot may be missing when it has been replaced: read the log again.
    ///
    /// Raises `WalCorruptedError` when a file is damaged or missing; `OSError` for errors of the system, and when there
    /// is no log.
    #[staticmethod]
    #[pyo3(signature = (path, *, disk = None))]
    fn read(py: Python<'_>, path: PathBuf, disk: Option<Bound<'_, PySimulatedDisk>>) -> PyResult<Self> {
        let files = to_read(&path, disk);
        let wal = detached(py, || Wal::read(files)).map_err(wal_error)?;
        Ok(Self(Arc::new(OpenWal::new(wal))))
    }

    /// Returns whether there is a log in the directory `path`, or on `disk`.
    ///
    /// Raises `OSError` for errors of the system.
    #[staticmethod]
    #[pyo3(signature = (path, *, disk = None))]
    fn exists(py: Python<'_>, path: PathBuf, disk: Option<Bound<'_, PySimulatedDisk>>) -> PyResult<bool> {
        let files = to_read(&path, disk);
        detached(py, || recovery::exists(&*files)).map_err(wal_error)
    }

    /// The id of the host that the directory belongs to; `None` if it was not given.
    #[getter]
    fn host(&self) -> Option<u64> {
        self.0.for_reading().identity().host
    }

    /// The name of the cluster that the directory belongs to; `None` if it was not given.
    #[getter]
    fn cluster(&self) -> Option<String> {
        self.0.for_reading().identity().cluster.clone()
    }

    /// Returns the storage of the group with the id `group`. If the group is new, `conf_state` becomes its initial
    /// configuration: a `ConfState`, or the ids of the voters and of the learners. All storages of a group share its
    /// content.
    ///
    /// With `inline_snapshots`, `WalStorage.snapshot`, and so the messages of the node, contain the data of the
    /// snapshot: for data that fits in a message. Without, the transport sends the data, from
    /// `WalStorage.read_snapshot`.
    ///
    /// Raises `WalClosedError` and `WalFailedError`.
    #[pyo3(signature = (group, conf_state = None, *, inline_snapshots = false))]
    fn storage(
        &self,
        group: u64,
        conf_state: Option<Members>,
        inline_snapshots: bool,
    ) -> PyResult<Owned<PyWalStorageRef>> {
        let conf_state = conf_state.map(|members| Box::new(members.0));
        loop {
            let source = WalSource::new(self.0.clone(), group, inline_snapshots);
            if conf_state.is_none() {
                return Ok(Owned(source));
            }
            let write = Write { conf_state: conf_state.clone(), ..source.no_change() };
            match self.0.create(&source.group, write) {
                Err(Error::Rejected { kind: Rejection::Removed, .. }) => {} // by another thread, just now
                result => return result.map(|()| Owned(source)).map_err(wal_error),
            }
        }
    }

    /// Waits until everything that has been written to the log is durable, without the GIL. Several threads that wait
    /// share one fsync.
    ///
    /// Raises `WalFailedError` when the disk fails: what was not durable before may be lost. After `close`, it does
    /// nothing; if that raised, it raises `WalClosedError`.
    fn sync(&self, py: Python<'_>) -> PyResult<()> {
        self.detached(py, OpenWal::sync)
    }

    /// Returns the ids of all groups, in ascending order.
    fn groups(&self) -> Vec<u64> {
        self.0.for_reading().groups()
    }

    /// Removes the group with the id `group` and all it has; nothing happens if it does not exist. A node must no
    /// longer use it: writes through the storages that were returned before raise `DestroyedRefUsedError`.
    ///
    /// Raises `WalClosedError` and `WalFailedError`.
    fn remove(&self, group: u64) -> PyResult<()> {
        self.0.remove(group).map_err(wal_error)
    }

    /// Records how much of the log is durable, without an fsync. The next start then detects damage of the last writes,
    /// too, which it cannot tell from a write that was interrupted otherwise. Call it when there is nothing else to do.
    ///
    /// Raises `WalClosedError` and `WalFailedError`; `OSError` when it cannot open its file: the log is unchanged.
    fn mark(&self, py: Python<'_>) -> PyResult<()> {
        self.detached(py, |wal| wal.get()?.mark())
    }

    /// Returns the size of the log, and what has been done since it was opened.
    fn stats(&self) -> PyWalStats {
        self.0.for_reading().stats().into()
    }

    /// Describes the write that the last process had not finished and that was cut off when the log was opened; `None`
    /// if there was none. It was never durable.
    #[getter]
    fn torn(&self) -> Option<String> {
        self.0.for_reading().torn().map(|torn| {
            format!("{}: {} bytes from offset {} on: {}", torn.segment, torn.length, torn.offset, torn.reason)
        })
    }

    /// Makes all writes durable and closes the log: the directory can be opened again. What is in memory can still be
    /// read. A second call does nothing.
    ///
    /// Raises `WalFailedError` when the disk fails, or has failed. The log is closed nevertheless.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.detached(py, OpenWal::close)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        _exc_type: &Bound<'_, PyAny>,
        _exc_value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> String {
        let stats = self.0.for_reading().stats();
        format!("Wal {{ groups: {}, segments: {} }}", stats.groups, stats.segments)
    }
}
