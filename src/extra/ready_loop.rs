//! `ReadyLoop`: the `Ready` loop in one call.

use std::num::NonZeroUsize;

use atomic_refcell::AtomicRefCell;
use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};
use pyo3::{Borrowed, PyTraverseError, PyTypeInfo, PyVisit, type_hint_union};
use raft::eraftpb::{ConfChange, ConfChangeV2, ConfState, Entry, EntryType, Message};
use raft_proto::ConfChangeI;

use crate::binding::convert::{BytesLike, Many, Owned, bytes_object};
use crate::binding::handle::Wrapper;
use crate::binding::process::detached;
use crate::checks::encoding::Layout;
use crate::eraftpb::codec;
use crate::eraftpb::message::PyMessageRef;
use crate::errors::raft_error;
use crate::extra::messages::{Messages, PyMessagesRef};
use crate::extra::outboxes;
use crate::extra::outboxes::Outboxes;
use crate::extra::ready_batch::{PyReadyBatchRef, ReadyBatch};
use crate::extra::rejected::{RejectedItems, Results, make_exceptions};
use crate::raft::soft_state::PySoftStateRef;
use crate::raw_node::PyRawNodeRef;
use crate::raw_node::guarded::GuardedNode;
use crate::storage::Source;
use crate::storage::mem::MemStorage;

/// The minimum size of a batch for which the GIL is released: for smaller ones, releasing it costs more than it gains.
const LARGE: usize = 256;

/// The default limit of `Ready`s handled in one call.
const MAX: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

/// Runs the `Ready` loop of a node whose storage is a `MemStorage`. It writes the state of a `Ready` to the storage,
/// then releases its messages, applies configuration changes to the node and advances the node, and repeats this until
/// there is no `Ready` left. It returns the remaining work of the application as one `ReadyBatch`.
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
/// The node can also be used directly, but an outstanding `Ready` must be passed to `advance` before `run` is called.
/// Large batches release the GIL; using the node from another thread in the meantime raises `InUseError`.
///
/// Beyond raft-rs.
#[pyclass(module = "rraft", name = "ReadyLoop", frozen, weakref)]
pub struct PyReadyLoop {
    node: Py<PyRawNodeRef>,
    storage: MemStorage,
    /// The destination of the messages, if not the batch.
    outboxes: Option<Py<PyDict>>,
    encode: bool,
    /// The work done since the last batch was returned: it is not lost when `run` raises. It is only accessed with
    /// exclusive access to the node.
    batch: AtomicRefCell<Option<Box<ReadyBatch>>>,
}

#[pymethods]
impl PyReadyLoop {
    /// Creates a loop for `node`.
    ///
    /// With `outboxes`, messages are appended to its lists by the ids of their receivers, instead of to the batch: each
    /// one encoded or, if `encode` is false, all messages of a receiver as one `Messages`. Missing lists are created.
    ///
    /// Raises `TypeError` when the node's storage is written in Python.
    #[new]
    #[pyo3(signature = (node, outboxes = None, *, encode = true))]
    fn new(node: &Bound<'_, PyRawNodeRef>, outboxes: Option<Outboxes>, encode: bool) -> PyResult<Self> {
        let storage = node.get().read(mem_storage)??;
        let outboxes = outboxes.map(|outboxes| outboxes.0);
        Ok(Self { node: node.clone().unbind(), storage, outboxes, encode, batch: AtomicRefCell::new(None) })
    }

    /// The node.
    #[getter]
    fn node(&self, py: Python<'_>) -> Py<PyRawNodeRef> {
        self.node.clone_ref(py)
    }

    /// Steps `msgs`, proposes `data`, and then handles up to `limit` `Ready`s. Returns the remaining work of the
    /// application; `None` if there is none. The batch contains the rejected items of `msgs` and `data`.
    ///
    /// It stops before it restores a snapshot when there are entries to apply: these must be applied first.
    ///
    /// Raises `TypeError` for items that `step_many` or `propose_many` doesn't accept, and `ValueError` when `limit` is
    /// 0, before any work is done. Raises `StoreError` when the storage rejects a write; `NotExistsError` for a leader
    /// that has applied its own removal: make it step down; `TypeError` when the outboxes contain a value that is not a
    /// list; `CodecError` for a message that is too large to be encoded, which is lost: for example a snapshot with too
    /// much data. The work done until then is returned with the next batch.
    #[pyo3(signature = (msgs = None, data = None, limit = MAX))]
    fn run(
        &self,
        py: Python<'_>,
        msgs: Option<Many<IncomingMessages>>,
        data: Option<Many<BytesLike>>,
        limit: NonZeroUsize,
    ) -> PyResult<Option<Owned<PyReadyBatchRef>>> {
        let (incoming, data) = (msgs.map_or_else(Vec::new, |msgs| msgs.0), data.map_or_else(Vec::new, |data| data.0));
        self.node.get().write(|node| {
            let incoming = take_each(incoming);
            let pending = &mut *self.batch.borrow_mut();
            let mut rejected_messages = in_batches(py, incoming.len(), || step_each(node, incoming));
            let mut rejected_proposals = in_batches(py, data.len(), || propose_each(node, data));
            if !rejected_messages.0.is_empty() || !rejected_proposals.0.is_empty() {
                make_exceptions(py, &mut rejected_messages.0);
                make_exceptions(py, &mut rejected_proposals.0);
                let batch = pending.get_or_insert_default();
                batch.rejected_messages.extend(rejected_messages.0);
                batch.rejected_proposals.extend(rejected_proposals.0);
            }
            let waiting = node.raft().msgs.len() + node.raft().raft_log.unstable.entries.len();
            let result = in_batches(py, waiting, || run(node, &self.storage, pending, limit.get()));
            if let Some(batch) = &mut *pending {
                make_exceptions(py, &mut batch.rejected_conf_changes);
            }
            result?;
            if let (Some(outboxes), Some(batch)) = (&self.outboxes, &mut *pending) {
                outboxes::put(&mut batch.messages, outboxes.bind(py), self.encode)?;
            }
            Ok(pending.take_if(|batch| !batch.is_empty()).map(Owned))
        })?
    }

    /// Steps messages: each item is a `Message`, an encoded one, or a `Messages`, whose messages are moved out of it.
    /// Returns the rejected messages as their positions and the exceptions that `RawNode.step` or `Message.decode`
    /// would have raised. Each message of a `Messages` has its own position.
    ///
    /// Raises `TypeError` when an item is none of these; no message is stepped in that case.
    fn step_many(&self, py: Python<'_>, msgs: Many<IncomingMessages>) -> PyResult<RejectedItems> {
        self.node.get().write(|node| {
            let incoming = take_each(msgs.0);
            in_batches(py, incoming.len(), || step_each(node, incoming))
        })
    }

    /// Proposes entries with these data. Returns the rejected proposals as their positions and the exceptions that
    /// `RawNode.propose` would have raised.
    ///
    /// Raises `TypeError` when an item is not bytes-like; no entry is proposed in that case.
    fn propose_many(&self, py: Python<'_>, data: Many<BytesLike>) -> PyResult<RejectedItems> {
        self.node.get().write(|node| in_batches(py, data.0.len(), || propose_each(node, data.0)))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.node)?;
        visit.call(&self.outboxes)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("ReadyLoop({})", self.node.bind(py).repr()?))
    }
}

/// Takes the messages of each `Messages` if the batch is large: without the GIL, this would fail whenever the garbage
/// collector visits one.
fn take_each(mut incoming: Vec<IncomingMessages>) -> Vec<IncomingMessages> {
    if incoming.len() < LARGE {
        return incoming;
    }
    for messages in &mut incoming {
        if let IncomingMessages::Several(several) = messages {
            *messages = IncomingMessages::Taken(several.get().take_value());
        }
    }
    incoming
}

fn step_each(node: &mut GuardedNode, incoming: Vec<IncomingMessages>) -> RejectedItems {
    let mut results = Results::default();
    for item in incoming {
        match item {
            IncomingMessages::Single(message) => {
                results.add(message.get().read(Clone::clone).and_then(|message| node.step(message)));
            }
            IncomingMessages::Several(messages) => step_taken(node, messages.get().take_value(), &mut results),
            IncomingMessages::Taken(messages) => step_taken(node, messages, &mut results),
            IncomingMessages::Encoded(bytes) => {
                results.add(codec::decode(&bytes).and_then(|message| node.step(message)));
            }
        }
    }
    results.into_rejected()
}

fn step_taken(node: &mut GuardedNode, messages: PyResult<Messages>, results: &mut Results) {
    match messages {
        Ok(messages) => messages.0.into_iter().for_each(|message| results.add(node.step(message))),
        Err(error) => results.add(Err(error)),
    }
}

fn propose_each(node: &mut GuardedNode, data: Vec<BytesLike>) -> RejectedItems {
    let mut results = Results::default();
    for data in data {
        results.add(node.propose(Vec::new(), data.0));
    }
    results.into_rejected()
}

/// Argument: an incoming message as a `Message` or as its encoding, or several in a `Messages`.
enum IncomingMessages {
    Single(Py<PyMessageRef>),
    Several(Py<PyMessagesRef>),
    /// The content of a `Messages`, or the reason why it can't be taken.
    Taken(PyResult<Messages>),
    Encoded(PyBackedBytes),
}

impl FromPyObject<'_, '_> for IncomingMessages {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr =
        type_hint_union!(PyMessageRef::TYPE_HINT, PyMessagesRef::TYPE_HINT, BytesLike::INPUT_TYPE);

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(message) = object.cast::<PyMessageRef>() {
            return Ok(Self::Single(message.to_owned().unbind()));
        }
        if let Ok(messages) = object.cast::<PyMessagesRef>() {
            return Ok(Self::Several(messages.to_owned().unbind()));
        }
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Encoded(bytes.to_owned().into()));
        }
        let bytes = object.extract::<BytesLike>()?;
        Ok(Self::Encoded(bytes_object(object.py(), &bytes.0)?.into()))
    }
}

/// Calls `f`, without the GIL when the batch is large.
fn in_batches<R: Send>(py: Python<'_>, size: usize, f: impl FnOnce() -> R + Send) -> R {
    if size < LARGE { f() } else { detached(py, f) }
}

fn mem_storage(node: &GuardedNode) -> PyResult<MemStorage> {
    match &node.store().source {
        Source::Mem(storage) => Ok(storage.clone()),
        Source::Python(_) => {
            Err(PyTypeError::new_err("node: expected one with a MemStorage, got a storage written in Python"))
        }
    }
}

fn run(
    node: &mut GuardedNode,
    storage: &MemStorage,
    pending: &mut Option<Box<ReadyBatch>>,
    limit: usize,
) -> PyResult<()> {
    let mut has_ready = node.has_ready();
    if !has_ready {
        return Ok(());
    }
    let batch = pending.get_or_insert_default();
    for _ in 0..limit {
        let must_stop = node.snap().is_some() && !batch.committed_entries.is_empty();
        if must_stop || !has_ready {
            break;
        }
        handle_ready(node, storage, batch)?;
        has_ready = node.has_ready();
    }
    batch.has_more = has_ready;
    Ok(())
}

/// Handles one `Ready`. Its committed entries were persisted with an earlier `Ready`. They are handled first, so that
/// they are not lost with a `Ready` that the storage rejects.
fn handle_ready(node: &mut GuardedNode, storage: &MemStorage, batch: &mut ReadyBatch) -> PyResult<()> {
    let mut ready = node.next_ready();
    send(node, batch, ready.take_messages());
    add(&mut batch.read_states, ready.take_read_states());
    batch.ss = ready.ss().map(PySoftStateRef::copy_of).or(batch.ss.take());
    apply(node, storage, batch, ready.take_committed_entries());

    if !ready.snapshot().is_empty() {
        storage.write(|core| core.apply_snapshot(ready.snapshot().clone()))?;
        batch.snapshot = ready.snapshot().clone();
    }
    if !ready.entries().is_empty() {
        let entries = ready.take_entries();
        storage.write(|core| core.append(entries))?;
    }
    if let Some(hard_state) = ready.hs() {
        storage.write_states(|core| core.set_hardstate(hard_state.clone()));
    }
    send(node, batch, ready.take_persisted_messages());

    // This is the only check that can fail for a `Ready` that was never passed to the application.
    node.check_member()?;
    node.mark_stored(&ready, false);
    let light_ready = node.advance(ready);
    if let Some(commit) = light_ready.commit_index {
        storage.write_states(|core| core.mut_hard_state().commit = commit);
    }
    add(&mut batch.messages, light_ready.messages);
    apply(node, storage, batch, light_ready.committed_entries);
    node.advance_apply();
    Ok(())
}

fn send(node: &GuardedNode, batch: &mut ReadyBatch, mut messages: Vec<Message>) {
    node.prepare(&mut messages);
    add(&mut batch.messages, messages);
}

/// Applies configuration changes to the node, and leaves all entries to the application.
fn apply(node: &mut GuardedNode, storage: &MemStorage, batch: &mut ReadyBatch, entries: Vec<Entry>) {
    for entry in &entries {
        let members = match entry.entry_type {
            EntryType::EntryNormal => continue,
            EntryType::EntryConfChange => change_members::<ConfChange>(node, &entry.data),
            EntryType::EntryConfChangeV2 => change_members::<ConfChangeV2>(node, &entry.data),
        };
        match members {
            Ok(members) => {
                storage.write_states(|core| core.set_conf_state(members.clone()));
                batch.conf_states.push((entry.index, members));
            }
            Err(error) => batch.rejected_conf_changes.push((entry.index, error)),
        }
    }
    add(&mut batch.committed_entries, entries);
}

/// Appends `items` to `list`. If `list` is empty, they are not copied.
fn add<T>(list: &mut Vec<T>, items: Vec<T>) {
    if list.is_empty() {
        *list = items;
    } else {
        list.extend(items);
    }
}

fn change_members<C: ConfChangeI + Layout>(node: &mut GuardedNode, data: &[u8]) -> PyResult<ConfState> {
    let change: C = codec::decode(data)?;
    node.apply_conf_change(&change).map_err(raft_error)
}
