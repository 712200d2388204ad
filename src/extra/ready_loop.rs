//! `ReadyLoop`: the cycle of `Ready`s, run without a call for each of its parts.

use std::mem;
use std::num::NonZeroUsize;

use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{Borrowed, PyTraverseError, PyTypeInfo, PyVisit, type_hint_union};
use raft::eraftpb::{ConfChange, ConfChangeV2, ConfState, Entry, EntryType, Message};
use raft::storage::MemStorage;
use raft_proto::ConfChangeI;

use crate::convert::{ByteSlice, BytesLike, Many, Owned};
use crate::eraftpb::codec::{self, Layout};
use crate::eraftpb::message::MessageRef;
use crate::errors::raft_error;
use crate::extra::ready_batch::ReadyBatchRef;
use crate::extra::ready_batch::value::ReadyBatch;
use crate::extra::refused::Refused;
use crate::handle::{Handle, Wrapper};
use crate::raw_node::RawNodeRef;
use crate::raw_node::value::RawNode;
use crate::soft_state::SoftStateRef;
use crate::storage::{Store, mem_core};

/// From how many items on a batch is worth the time that it takes to release the GIL.
const LARGE: usize = 64;

/// How many `Ready`s are handled in one call, unless the caller sets another limit.
const MOST: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

/// Runs the cycle of `Ready`s of a node whose storage is a `MemStorage`: stores what is to be stored, then lets the messages
/// go, applies changes of members to the node, gives the `Ready` back, and starts anew until there is nothing left to do.
/// What remains for the application comes in one `ReadyBatch`.
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
/// The node can be used beside it, but a `Ready` must be given back before `run` is called. Large batches release the GIL;
/// who uses the node meanwhile gets `InUseError`.
///
/// Beyond raft-rs.
#[pyclass(module = "rraft", frozen, weakref)]
pub struct ReadyLoop {
    node: Py<RawNodeRef>,
    /// What has been done since the last batch was given out: it is not lost when `run` raises.
    batch: Handle<Option<ReadyBatch>>,
}

#[pymethods]
impl ReadyLoop {
    /// A loop for `node`.
    ///
    /// Raises `TypeError` when its storage is written in Python.
    #[new]
    fn new(node: &Bound<'_, RawNodeRef>) -> PyResult<Self> {
        Wrapper::read(node.get(), mem_storage)??;
        Ok(Self { node: node.clone().unbind(), batch: Handle::owned(None) })
    }

    /// The node.
    #[getter]
    fn node(&self, py: Python<'_>) -> Py<RawNodeRef> {
        self.node.clone_ref(py)
    }

    /// Steps messages, makes proposals, and then handles up to `limit` `Ready`s. Returns what they leave to the application;
    /// `None` if there is nothing. What was refused of `msgs` and of `data` is told by the batch.
    ///
    /// It stops before a snapshot is restored when there are entries to apply: these come first.
    ///
    /// Raises `TypeError` for what is no message or not bytes-like, before anything is done; `ValueError` when `limit` is 0;
    /// `StoreError` when the storage doesn't take what is to be stored; `NotExistsError` for a leader that has applied its
    /// own removal: let it become a follower. What has been done until then comes with the next batch.
    #[pyo3(signature = (msgs = None, data = None, limit = MOST))]
    fn run(
        &self,
        py: Python<'_>,
        msgs: Option<Many<Letter>>,
        data: Option<Many<BytesLike>>,
        limit: NonZeroUsize,
    ) -> PyResult<Option<Owned<ReadyBatchRef>>> {
        let (letters, data) = (msgs.map_or_else(Vec::new, |msgs| msgs.0), data.map_or_else(Vec::new, |data| data.0));
        self.batch.write(|batch| {
            Wrapper::write(self.node.get(), |node| {
                let waiting = node.raft.msgs.len() + node.raft.raft_log.unstable.entries.len();
                in_batches(py, letters.len() + data.len() + waiting, || {
                    let refused_messages = each(node, letters, step);
                    let refused_proposals = each(node, data, propose);
                    if !refused_messages.0.is_empty() || !refused_proposals.0.is_empty() {
                        let batch = batch.get_or_insert_default();
                        batch.refused_messages.extend(refused_messages.0);
                        batch.refused_proposals.extend(refused_proposals.0);
                    }
                    run(node, batch, limit.get())
                })
            })??;
            Ok(batch.take().map(Owned))
        })?
    }

    /// Steps messages, each a `Message` or the encoding of one. Returns which were refused, by their positions, and with
    /// the exceptions that `RawNode.step` would have raised, or `Message.decode`.
    ///
    /// Raises `TypeError` when an item is neither; none is stepped then.
    fn step_many(&self, py: Python<'_>, msgs: Many<Letter>) -> PyResult<Refused> {
        self.each(py, msgs.0, step)
    }

    /// Proposes entries with these data. Returns which were refused, by their positions, and with the exceptions that
    /// `RawNode.propose` would have raised.
    ///
    /// Raises `TypeError` when an item is not bytes-like; none is proposed then.
    fn propose_many(&self, py: Python<'_>, data: Many<BytesLike>) -> PyResult<Refused> {
        self.each(py, data.0, propose)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.node)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("ReadyLoop({})", self.node.bind(py).repr()?))
    }
}

impl ReadyLoop {
    fn each<T: Send>(
        &self,
        py: Python<'_>,
        items: Vec<T>,
        f: fn(&mut RawNode, T) -> PyResult<()>,
    ) -> PyResult<Refused> {
        Wrapper::write(self.node.get(), |node| in_batches(py, items.len(), || each(node, items, f)))
    }
}

fn each<T>(node: &mut RawNode, items: Vec<T>, f: fn(&mut RawNode, T) -> PyResult<()>) -> Refused {
    Refused::of(items.into_iter().map(|item| f(node, item)))
}

fn step(node: &mut RawNode, letter: Letter) -> PyResult<()> {
    node.step(letter.0?)
}

fn propose(node: &mut RawNode, data: BytesLike) -> PyResult<()> {
    node.propose(Vec::new(), data.0).map_err(raft_error)
}

/// Argument: a `Message`, or bytes that should be the encoding of one.
struct Letter(PyResult<Message>);

impl<'py> FromPyObject<'_, 'py> for Letter {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(MessageRef::TYPE_HINT, ByteSlice::INPUT_TYPE);

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.cast::<MessageRef>() {
            Ok(message) => message.get().read(Clone::clone).map(Ok).map(Self),
            Err(_) => object.extract::<ByteSlice<'_>>().map(|bytes| Self(codec::decode(&bytes.0))),
        }
    }
}

/// Calls `f`, without the GIL when it has much to do.
fn in_batches<R: Send>(py: Python<'_>, size: usize, f: impl FnOnce() -> R + Send) -> R {
    if size < LARGE { f() } else { py.detach(f) }
}

fn mem_storage(node: &RawNode) -> PyResult<MemStorage> {
    match node.store() {
        Store::Mem(storage) => Ok(storage.clone()),
        Store::Python(_) => Err(PyTypeError::new_err("node: its storage is written in Python")),
    }
}

fn run(node: &mut RawNode, pending: &mut Option<ReadyBatch>, limit: usize) -> PyResult<()> {
    let mut has_ready = node.has_ready();
    if !has_ready {
        return Ok(());
    }
    let storage = mem_storage(node)?;
    let batch = pending.get_or_insert_default();
    for _ in 0..limit {
        let must_stop = node.snap().is_some() && !batch.committed_entries.is_empty();
        if must_stop || !has_ready {
            break;
        }
        handle_ready(node, &storage, batch)?;
        has_ready = node.has_ready();
    }
    batch.has_more = has_ready;
    Ok(())
}

/// The committed entries are stored since an earlier `Ready`. They come first, so that they are not lost with a `Ready` that
/// the storage doesn't take.
fn handle_ready(node: &mut RawNode, storage: &MemStorage, batch: &mut ReadyBatch) -> PyResult<()> {
    let mut ready = node.ready();
    batch.messages.append(&mut ready.messages);
    batch.read_states.append(&mut ready.read_states);
    batch.ss = ready.inner.ss().map(SoftStateRef::copy_of).or(batch.ss.take());
    apply(node, storage, batch, mem::take(&mut ready.committed_entries));

    if !ready.snapshot.is_empty() {
        mem_core::write(storage, |core| core.apply_snapshot(ready.snapshot.clone()))?;
        batch.snapshot = mem::take(&mut ready.snapshot);
    }
    mem_core::write(storage, |core| {
        core.append(&ready.entries)?;
        if let Some(hard_state) = ready.hs.take() {
            core.set_hardstate(hard_state);
        }
        Ok(())
    })?;
    batch.messages.append(&mut ready.persisted_messages);

    node.check(&ready, false)?;
    node.mark_stored(&ready, false);
    let mut light_ready = node.advance(ready.inner);
    if let Some(commit) = light_ready.commit_index {
        storage.wl().mut_hard_state().commit = commit;
    }
    batch.messages.append(&mut light_ready.messages);
    apply(node, storage, batch, light_ready.committed_entries);
    node.advance_apply();
    Ok(())
}

/// Gives changes of members to the node, and leaves all entries to the application.
fn apply(node: &mut RawNode, storage: &MemStorage, batch: &mut ReadyBatch, entries: Vec<Entry>) {
    for entry in &entries {
        let members = match entry.entry_type {
            EntryType::EntryNormal => continue,
            EntryType::EntryConfChange => change_members::<ConfChange>(node, &entry.data),
            EntryType::EntryConfChangeV2 => change_members::<ConfChangeV2>(node, &entry.data),
        };
        match members {
            Ok(members) => {
                storage.wl().set_conf_state(members.clone());
                batch.conf_states.push((entry.index, members));
            }
            Err(error) => batch.refused_conf_changes.push((entry.index, error)),
        }
    }
    batch.committed_entries.extend(entries);
}

fn change_members<C: ConfChangeI + Layout>(node: &mut RawNode, data: &[u8]) -> PyResult<ConfState> {
    let change: C = codec::decode(data)?;
    node.apply_conf_change(&change).map_err(raft_error)
}
