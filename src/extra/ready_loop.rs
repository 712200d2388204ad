//! `ReadyLoop`: the cycle of `Ready`s, run without a call for each of its parts.

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
use crate::extra::messages::PyMessagesRef;
use crate::extra::outboxes;
use crate::extra::outboxes::Outboxes;
use crate::extra::ready_batch::{PyReadyBatchRef, ReadyBatch};
use crate::extra::refused::{Refused, Results, make_exceptions};
use crate::raft::soft_state::PySoftStateRef;
use crate::raw_node::PyRawNodeRef;
use crate::raw_node::guarded::GuardedNode;
use crate::storage::Source;
use crate::storage::mem::MemStorage;

/// From how many items on a batch is worth the time that it takes to release the GIL.
const LARGE: usize = 256;

/// How many `Ready`s are handled in one call, unless the caller sets another limit.
const MOST: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

/// Runs the cycle of `Ready`s of a node whose storage is a `MemStorage`: stores what is to be stored, then lets the
/// messages go, applies changes of members to the node, gives the `Ready` back, and starts anew until there is nothing
/// left to do. What remains for the application comes in one `ReadyBatch`.
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
/// The node can be used beside it, but a `Ready` must be given back before `run` is called. Large batches release the
/// GIL; who uses the node meanwhile gets `InUseError`.
///
/// Beyond raft-rs.
#[pyclass(module = "rraft", name = "ReadyLoop", frozen, weakref)]
pub struct PyReadyLoop {
    node: Py<PyRawNodeRef>,
    storage: MemStorage,
    /// Where the messages go, if not into the batch.
    outboxes: Option<Py<PyDict>>,
    encode: bool,
    /// What has been done since the last batch was given out: it is not lost when `run` raises. Who uses it has the
    /// node.
    batch: AtomicRefCell<Option<Box<ReadyBatch>>>,
}

#[pymethods]
impl PyReadyLoop {
    /// A loop for `node`.
    ///
    /// With `outboxes`, messages are put at the ends of its lists by the ids of their receivers, in place of the batch:
    /// each encoded, or, without `encode`, all of a receiver as one `Messages`. A list that is missing is made.
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

    /// Steps messages, makes proposals, and then handles up to `limit` `Ready`s. Returns what they leave to the
    /// application; `None` if there is nothing. What was refused of `msgs` and of `data` is told by the batch.
    ///
    /// It stops before a snapshot is restored when there are entries to apply: these come first.
    ///
    /// Raises `TypeError` for what `step_many` or `propose_many` doesn't take, and `ValueError` when `limit` is 0,
    /// before anything is done. Raises `StoreError` when the storage doesn't take what is to be stored;
    /// `NotExistsError` for a leader that has applied its own removal: let it become a follower; `TypeError` when the
    /// outboxes have something else in place of a list; `CodecError` for a message that is too large to be encoded,
    /// which is lost: a snapshot with too much data, say. What has been done until then comes with the next batch.
    #[pyo3(signature = (msgs = None, data = None, limit = MOST))]
    fn run(
        &self,
        py: Python<'_>,
        msgs: Option<Many<Letter>>,
        data: Option<Many<BytesLike>>,
        limit: NonZeroUsize,
    ) -> PyResult<Option<Owned<PyReadyBatchRef>>> {
        let (letters, data) = (msgs.map_or_else(Vec::new, |msgs| msgs.0), data.map_or_else(Vec::new, |data| data.0));
        self.node.get().write(|node| {
            let pending = &mut *self.batch.borrow_mut();
            let mut rejected_messages = in_batches(py, letters.len(), || step_each(node, &letters));
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

    /// Steps messages, each a `Message` or the encoding of one, or several in `Messages`, which are moved out of it.
    /// Returns which were refused, by their positions, and with the exceptions that `RawNode.step` would have raised,
    /// or `Message.decode`. Each of `Messages` has a position.
    ///
    /// Raises `TypeError` when an item is none of these; none is stepped then.
    fn step_many(&self, py: Python<'_>, msgs: Many<Letter>) -> PyResult<Refused> {
        self.node.get().write(|node| in_batches(py, msgs.0.len(), || step_each(node, &msgs.0)))
    }

    /// Proposes entries with these data. Returns which were refused, by their positions, and with the exceptions that
    /// `RawNode.propose` would have raised.
    ///
    /// Raises `TypeError` when an item is not bytes-like; none is proposed then.
    fn propose_many(&self, py: Python<'_>, data: Many<BytesLike>) -> PyResult<Refused> {
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

fn step_each(node: &mut GuardedNode, letters: &[Letter]) -> Refused {
    let mut results = Results::default();
    for letter in letters {
        match letter {
            Letter::Single(message) => {
                results.add(message.get().read(Clone::clone).and_then(|message| node.step(message)));
            }
            Letter::Several(messages) => match messages.get().take_value() {
                Ok(messages) => messages.0.into_iter().for_each(|message| results.add(node.step(message))),
                Err(error) => results.add(Err(error)),
            },
            Letter::Encoded(bytes) => results.add(codec::decode(bytes).and_then(|message| node.step(message))),
        }
    }
    results.refused()
}

fn propose_each(node: &mut GuardedNode, data: Vec<BytesLike>) -> Refused {
    let mut results = Results::default();
    for data in data {
        results.add(node.propose(Vec::new(), data.0));
    }
    results.refused()
}

/// Argument: a `Message`, bytes that should be the encoding of one, or `Messages`.
enum Letter {
    Single(Py<PyMessageRef>),
    Several(Py<PyMessagesRef>),
    Encoded(PyBackedBytes),
}

impl FromPyObject<'_, '_> for Letter {
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

/// Calls `f`, without the GIL when it has much to do.
fn in_batches<R: Send>(py: Python<'_>, size: usize, f: impl FnOnce() -> R + Send) -> R {
    if size < LARGE { f() } else { detached(py, f) }
}

fn mem_storage(node: &GuardedNode) -> PyResult<MemStorage> {
    match &node.store().source {
        Source::Mem(storage) => Ok(storage.clone()),
        Source::Python(_) => Err(PyTypeError::new_err("node: its storage is written in Python")),
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

/// The committed entries are stored since an earlier `Ready`. They come first, so that they are not lost with a `Ready`
/// that the storage doesn't take.
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
        storage.write(|core| core.append(ready.entries()))?;
    }
    if let Some(hard_state) = ready.hs() {
        storage.write_states(|core| core.set_hardstate(hard_state.clone()));
    }
    send(node, batch, ready.take_persisted_messages());

    // Nothing else than this can be wrong with a `Ready` that nobody else has had.
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

/// Gives changes of members to the node, and leaves all entries to the application.
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

/// Puts `items` at the end of `list`. They stay where they are if they are the first.
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
