//! `SnapshotWriter` and `SnapshotReader`: the data of snapshots, in chunks.

use std::collections::VecDeque;

use atomic_refcell::{AtomicRefCell, AtomicRefMut};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{Borrowed, PyTypeInfo, type_hint_identifier, type_hint_subscript, type_hint_union};
use raft::eraftpb::{Snapshot, SnapshotMetadata};

use crate::binding::convert::{BytesLike, Owned, bytes_object};
use crate::binding::exceptions::InUseError;
use crate::binding::process::{Callback, detached};
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::errors::wal_error;
use crate::storage::wal::open::{OfProcess, OpenWal};
use crate::wal::errors::Result;
use crate::wal::snapshots::{SnapshotReader, SnapshotWriter, StoredSnapshot};

/// Writes the data of a snapshot in chunks, for data that arrives piece by piece: pass it to
/// `WalStorage.apply_snapshot` or `WalStorage.create_snapshot` when it is complete. Until then it belongs to no group;
/// if it is dropped, its data is deleted.
///
/// Beyond raft-rs.
#[pyclass(module = "rraft", name = "SnapshotWriter", frozen, weakref)]
pub struct PySnapshotWriter(AtomicRefCell<Option<OfProcess<SnapshotWriter>>>);

impl PySnapshotWriter {
    /// Creates a writer for a snapshot of any group of `wal`.
    pub fn create(py: Python<'_>, wal: &OpenWal) -> PyResult<Self> {
        let writer = detached(py, || wal.get()?.create_snapshot()).map_err(wal_error)?;
        Ok(Self(AtomicRefCell::new(Some(OfProcess::new(writer)))))
    }

    fn content(&self) -> PyResult<AtomicRefMut<'_, Option<OfProcess<SnapshotWriter>>>> {
        self.0.try_borrow_mut().map_err(|_| in_use("SnapshotWriter"))
    }

    /// Makes the data durable.
    fn finish(&self, py: Python<'_>) -> PyResult<StoredSnapshot> {
        let writer = self.content()?.take().ok_or_else(used)?;
        detached(py, || writer.into_inner()?.finish()).map_err(wal_error)
    }
}

fn used() -> PyErr {
    PyValueError::new_err("the SnapshotWriter has been used or discarded")
}

#[pymethods]
impl PySnapshotWriter {
    /// Appends `chunk` to the data, without the GIL.
    ///
    /// Raises `ValueError` after the data has been used or discarded; `OSError` for errors of the system, after which
    /// the data is discarded.
    fn write(&self, py: Python<'_>, chunk: BytesLike) -> PyResult<()> {
        let mut content = self.content()?;
        let writer = content.as_mut().ok_or_else(used)?;
        let written = detached(py, || writer.get_mut()?.write(&chunk.0));
        if written.is_err() {
            *content = None;
        }
        written.map_err(wal_error)
    }

    /// Deletes the data.
    fn discard(&self) -> PyResult<()> {
        let writer = self.content()?.take();
        drop(writer);
        Ok(())
    }
}

/// Reads the data of a snapshot: an iterator of chunks of `chunk_size` bytes, except the last. It keeps returning this
/// snapshot when the group gets another one meanwhile.
///
/// `next` raises `WalCorruptedError` when the file is damaged, before it returns a damaged chunk; `OSError` for errors
/// of the system.
///
/// Beyond raft-rs.
#[pyclass(module = "rraft", name = "SnapshotReader", frozen, weakref)]
pub struct PySnapshotReader {
    metadata: SnapshotMetadata,
    length: u64,
    chunk_size: usize,
    rest: AtomicRefCell<Rest>,
}

/// The data that has not been returned.
struct Rest {
    reader: SnapshotReader,
    /// What has been read from the file.
    read: VecDeque<u8>,
}

impl PySnapshotReader {
    /// Returns a reader for the snapshot of a group; `None` if it has none.
    pub fn open(py: Python<'_>, wal: &OpenWal, group: u64, chunk_size: usize) -> PyResult<Option<Self>> {
        if chunk_size == 0 {
            return Err(PyValueError::new_err("chunk_size: expected at least 1, got 0"));
        }
        let opened = detached(py, || wal.get()?.open_snapshot(group)).map_err(wal_error)?;
        Ok(opened.map(|(record, reader)| {
            let length = reader.length();
            let rest = AtomicRefCell::new(Rest { reader, read: VecDeque::new() });
            Self { metadata: record.metadata, length, chunk_size, rest }
        }))
    }
}

impl Rest {
    fn next(&mut self, chunk_size: usize) -> Result<Vec<u8>> {
        while self.read.len() < chunk_size {
            let Some(block) = self.reader.next() else { break };
            self.read.extend(&block?[..]);
        }
        Ok(self.read.drain(..chunk_size.min(self.read.len())).collect())
    }
}

#[pymethods]
impl PySnapshotReader {
    /// The snapshot, without its data.
    #[getter]
    fn snapshot(&self) -> Owned<PySnapshotRef> {
        Owned(Snapshot { metadata: Some(self.metadata.clone()).into(), ..Snapshot::default() })
    }

    /// The length of the data in bytes.
    #[getter]
    fn length(&self) -> u64 {
        self.length
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let rest = &mut *self.rest.try_borrow_mut().map_err(|_| in_use("SnapshotReader"))?;
        let chunk = detached(py, || rest.next(self.chunk_size)).map_err(wal_error)?;
        if chunk.is_empty() { Ok(None) } else { bytes_object(py, &chunk).map(Some) }
    }
}

fn in_use(class: &str) -> PyErr {
    InUseError::new_err(format!("the {class} is in use by another thread"))
}

/// Argument: the data of a snapshot, as bytes, as an iterable of chunks, or in a `SnapshotWriter`.
pub enum SnapshotData {
    /// All of it.
    Bytes(Vec<u8>),
    /// An iterable of chunks.
    Chunks(Py<PyAny>),
    /// Written before.
    Writer(Py<PySnapshotWriter>),
}

impl FromPyObject<'_, '_> for SnapshotData {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        BytesLike::INPUT_TYPE,
        type_hint_subscript!(type_hint_identifier!("collections.abc", "Iterable"), BytesLike::INPUT_TYPE),
        PySnapshotWriter::TYPE_HINT
    );

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(writer) = object.cast::<PySnapshotWriter>() {
            return Ok(Self::Writer(writer.to_owned().unbind()));
        }
        match PyBuffer::<u8>::get(&object) {
            Ok(_) => BytesLike::extract(object).map(|bytes| Self::Bytes(bytes.0)),
            Err(_) => Ok(Self::Chunks(object.to_owned().unbind())),
        }
    }
}

impl SnapshotData {
    /// Writes the data to a file, and makes that durable. If this raises, the data is deleted, except that of a writer
    /// that is in use.
    pub fn store(self, py: Python<'_>, wal: &OpenWal) -> PyResult<StoredSnapshot> {
        match self {
            Self::Writer(writer) => writer.get().finish(py),
            Self::Bytes(bytes) => {
                let writer = PySnapshotWriter::create(py, wal)?;
                writer.write(py, BytesLike(bytes))?;
                writer.finish(py)
            }
            Self::Chunks(chunks) => {
                let writer = PySnapshotWriter::create(py, wal)?;
                let _callback = Callback::start(py)?;
                for chunk in chunks.bind(py).try_iter()? {
                    writer.write(py, chunk?.extract()?)?;
                }
                writer.finish(py)
            }
        }
    }
}
