//! `ReadyLoop`: the `Ready` loop in one call.

use std::num::NonZeroUsize;
use std::sync::Arc;

use atomic_refcell::{AtomicRefCell, AtomicRefMut};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};

use crate::binding::convert::{BytesLike, Many, Owned, Rare};
use crate::binding::exceptions::InUseError;
use crate::binding::handle::Wrapper;
use crate::binding::process::detached;
use crate::errors::wal_error;
use crate::extra::cycle::{Cycle, LoopStorage};
use crate::extra::incoming::{IncomingMessages, Input, check_ticks, propose_each, step_each, take_each};
use crate::extra::outboxes;
use crate::extra::outboxes::Outboxes;
use crate::extra::ready_batch::PyReadyBatchRef;
use crate::extra::rejected::RejectedItems;
use crate::raw_node::PyRawNodeRef;
use crate::raw_node::guarded::GuardedNode;
use crate::storage::Source;
use crate::storage::wal::open::OpenWal;

/// The minimum size of a batch for which the GIL is released: for smaller ones, releasing it costs more than it gains.
const LARGE: usize = 256;

/// The default limit of `Ready`s handled in one call.
pub const MAX: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

/// Runs the `Ready` loop of a node whose storage is a `MemStorage` or a `WalStorage`. It writes the state of a `Ready`
/// to the storage, then releases its messages, applies configuration changes to the node and advances the node, and
/// repeats this until there is no `Ready` left. It returns the remaining work of the application as one `ReadyBatch`.
///
/// ```python
/// >>> loop = ReadyLoop(node)
/// >>> node.campaign()
/// >>> batch = loop.run(data=[b"one", b"two"])
/// >>> [data for index, term, data in batch.take_committed_data()]
/// [b'', b'one', b'two']
///
/// ```
///
/// Over a `WalStorage`, it waits without the GIL until the log is durable, and returns no entry, and no message that
/// depends on the log, before. `run_many` waits once for many loops.
///
/// The work that a loop has not returned is lost when the loop is dropped: use one loop for the life of a node.
///
/// The node can also be used directly, but an outstanding `Ready` must be passed to `advance` before `run` is called.
/// Large batches release the GIL; using the node from another thread in the meantime raises `InUseError`.
///
/// Beyond raft-rs.
#[pyclass(module = "rraft", name = "ReadyLoop", frozen, weakref)]
pub struct PyReadyLoop {
    node: Py<PyRawNodeRef>,
    storage: LoopStorage,
    /// The destination of the messages, if not the batch.
    outboxes: Option<Py<PyDict>>,
    encode: bool,
    /// The work that has been started: it is not lost when `run` raises.
    cycle: AtomicRefCell<Cycle>,
}

impl PyReadyLoop {
    /// Returns the unfinished work of the loop. Raises `InUseError` while another call has it.
    #[inline]
    pub fn cycle(&self) -> PyResult<AtomicRefMut<'_, Cycle>> {
        self.cycle.try_borrow_mut().map_err(|_| {
            InUseError::new_err("the ReadyLoop is in use: it waits for its log on another thread, or runs twice")
        })
    }

    /// Passes `input` to the node, and handles up to `limit` `Ready`s, as far as possible without waiting.
    #[inline]
    pub fn start(&self, py: Python<'_>, cycle: &mut Cycle, input: &mut Input<'_>, limit: &mut usize) -> PyResult<()> {
        self.node.get().write(|node| {
            if input.size() >= LARGE {
                input.take_messages();
            }
            let batch = &mut cycle.batch;
            in_batches(py, input.size(), || input.apply(node, batch));
            self.collect(py, node, cycle, limit)
        })?
    }

    /// Returns the log to wait for before [`Self::proceed`], if any.
    #[inline]
    pub fn waits_for(&self, cycle: &Cycle) -> Option<&Arc<OpenWal>> {
        cycle.waits_for(&self.storage)
    }

    /// Continues when the log is durable.
    pub fn proceed(&self, py: Python<'_>, cycle: &mut Cycle, limit: &mut usize) -> PyResult<()> {
        self.node.get().write(|node| {
            cycle.release(node)?;
            self.collect(py, node, cycle, limit)
        })?
    }

    #[inline]
    fn collect(&self, py: Python<'_>, node: &mut GuardedNode, cycle: &mut Cycle, limit: &mut usize) -> PyResult<()> {
        let Self { storage, outboxes, encode, .. } = self;
        let mut waiting = node.raft().msgs.len() + node.raft().raft_log.unstable.entries.len();
        if matches!(storage, LoopStorage::Wal(_)) && node.snap().is_some() {
            waiting = LARGE; // its data is written to a file
        }
        let result = in_batches(py, waiting, || cycle.collect(node, storage, limit));
        let Some(batch) = &mut cycle.batch else { return result };
        batch.make_exceptions(py);
        result?;
        if let Some(outboxes) = outboxes {
            outboxes::put(&mut batch.messages, outboxes.bind(py), *encode)?;
        }
        Ok(())
    }
}

#[pymethods]
impl PyReadyLoop {
    /// Creates a loop for `node`.
    ///
    /// With `outboxes`, messages are appended to its lists by the ids of their receivers, instead of to the batch: each
    /// one encoded or, if `encode` is false, all messages of a receiver as one `Messages`. Missing lists are created.
    /// Over a `WalStorage`, messages that may be sent before the log is durable are appended before the wait.
    ///
    /// Raises `TypeError` when the node's storage is written in Python.
    #[new]
    #[pyo3(signature = (node, outboxes = None, *, encode = true))]
    fn new(node: &Bound<'_, PyRawNodeRef>, outboxes: Option<Outboxes>, encode: bool) -> PyResult<Self> {
        let storage = node.get().read(loop_storage)??;
        let outboxes = outboxes.map(|outboxes| outboxes.0);
        Ok(Self { node: node.clone().unbind(), storage, outboxes, encode, cycle: AtomicRefCell::default() })
    }

    /// The node.
    #[getter]
    fn node(&self, py: Python<'_>) -> Py<PyRawNodeRef> {
        self.node.clone_ref(py)
    }

    /// Returns whether it can't continue before its log is durable: `run_many` has left it with `wait=False`. Always
    /// false over a `MemStorage`.
    ///
    /// Raises `InUseError` while another thread runs it.
    fn is_waiting(&self) -> PyResult<bool> {
        Ok(self.waits_for(&*self.cycle()?).is_some())
    }

    /// Steps `msgs`, ticks `ticks` times, requests a read index for each context in `reads`, proposes `data`, and then
    /// handles up to `limit` `Ready`s. Returns the remaining work of the application; `None` if there is none. The
    /// batch contains the rejected items of `msgs`, `reads` and `data`.
    ///
    /// It stops before it restores a snapshot when there are entries to apply: these must be applied first.
    ///
    /// Raises `TypeError` for items that `step_many` or `propose_many` doesn't accept, and `ValueError` when `limit` is
    /// 0 or `ticks` is above 10,000, before any work is done. Raises `StoreError` when the storage rejects a write;
    /// `WalFailedError` when the disk fails, and `WalClosedError`; `NotExistsError` for a leader that has applied its
    /// own removal: make it step down; `TypeError` when the outboxes contain a value that is not a list; `CodecError`
    /// for a message that is too large to be encoded, which is lost: for example a snapshot with too much data. The
    /// work done until then is returned with the next batch.
    #[pyo3(signature = (msgs = None, data = None, limit = MAX, *, ticks = 0, reads = None))]
    fn run(
        &self,
        py: Python<'_>,
        mut msgs: Option<Many<IncomingMessages>>,
        mut data: Option<Many<BytesLike>>,
        limit: NonZeroUsize,
        ticks: u32,
        mut reads: Option<Rare<Many<BytesLike>>>,
    ) -> PyResult<Option<Owned<PyReadyBatchRef>>> {
        check_ticks(ticks)?;
        let reads = reads.as_mut().map(|reads| &mut *reads.0);
        let mut input = Input { msgs: msgs.as_mut(), data: data.as_mut(), ticks, reads };
        let (cycle, mut limit) = (&mut *self.cycle()?, limit.get());
        self.start(py, cycle, &mut input, &mut limit)?;
        while let Some(wal) = self.waits_for(cycle) {
            detached(py, || wal.sync()).map_err(wal_error)?;
            self.proceed(py, cycle, &mut limit)?;
        }
        Ok(cycle.finish())
    }

    /// Steps messages: each item is a `Message`, an encoded one, or a `Messages`, whose messages are moved out of it.
    /// Returns the rejected messages as their positions and the exceptions that `RawNode.step` or `Message.decode`
    /// would have raised. Each message of a `Messages` has its own position.
    ///
    /// Raises `TypeError` when an item is none of these; no message is stepped in that case.
    fn step_many(&self, py: Python<'_>, mut msgs: Many<IncomingMessages>) -> PyResult<RejectedItems> {
        self.node.get().write(|node| {
            if msgs.0.len() >= LARGE {
                take_each(&mut msgs.0);
            }
            in_batches(py, msgs.0.len(), || step_each(node, &mut msgs.0))
        })
    }

    /// Proposes entries with these data. Returns the rejected proposals as their positions and the exceptions that
    /// `RawNode.propose` would have raised.
    ///
    /// Raises `TypeError` when an item is not bytes-like; no entry is proposed in that case.
    fn propose_many(&self, py: Python<'_>, mut data: Many<BytesLike>) -> PyResult<RejectedItems> {
        self.node.get().write(|node| in_batches(py, data.0.len(), || propose_each(node, &mut data.0)))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.node)?;
        visit.call(&self.outboxes)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("ReadyLoop({})", self.node.bind(py).repr()?))
    }
}

/// Calls `f`, without the GIL when the batch is large.
#[inline]
fn in_batches<R: Send>(py: Python<'_>, size: usize, f: impl FnOnce() -> R + Send) -> R {
    if size < LARGE { f() } else { detached(py, f) }
}

fn loop_storage(node: &GuardedNode) -> PyResult<LoopStorage> {
    match &node.store().source {
        Source::Mem(storage) => Ok(LoopStorage::Mem(storage.clone())),
        Source::Wal(storage) => Ok(LoopStorage::Wal(storage.clone())),
        Source::Python(_) => Err(PyTypeError::new_err(
            "node: expected one with a MemStorage or a WalStorage, got a storage written in Python",
        )),
    }
}
