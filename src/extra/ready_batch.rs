//! `ReadyBatch`: the work of the application after a `ReadyLoop` has run.

use std::mem;

use pyo3::PyErr;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use raft::eraftpb::{ConfState, Entry, EntryType, Message, Snapshot};
use raft::{ReadState, SoftState};

use crate::binding::classes::wrapper_class;
use crate::binding::convert::{Owned, bytes_in_boundary};
use crate::binding::exceptions::boundary;
use crate::binding::fields::get;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::Nested;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::message::PyMessageRef;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::extra::outboxes;
use crate::extra::outboxes::EncodedOutboxes;
use crate::extra::rejected::{RejectedItems, make_exceptions};
use crate::raft::soft_state::PySoftStateRef;
use crate::raw_node::ready::ready_lists;
use crate::read_only::read_state::PyReadStateRef;

/// The remaining work of several `Ready`s and `LightReady`s.
#[derive(Default)]
pub struct ReadyBatch {
    pub messages: Vec<Message>,
    pub snapshot: Snapshot,
    pub committed_entries: Vec<Entry>,
    pub read_states: Vec<ReadState>,
    pub ss: Option<SoftState>,
    pub conf_states: Vec<(u64, ConfState)>,
    pub rejected_conf_changes: Vec<(u64, PyErr)>,
    pub rejected_messages: Vec<(u64, PyErr)>,
    pub rejected_proposals: Vec<(u64, PyErr)>,
    pub rejected_reads: Vec<(u64, PyErr)>,
    pub has_more: bool,
}

impl ReadyBatch {
    /// Creates the exceptions of what was rejected, see [`make_exceptions`].
    pub fn make_exceptions(&mut self, py: Python<'_>) {
        let Self { rejected_conf_changes, rejected_messages, rejected_proposals, rejected_reads, .. } = self;
        for rejected in [rejected_conf_changes, rejected_messages, rejected_proposals, rejected_reads] {
            make_exceptions(py, rejected);
        }
    }

    /// Returns whether there is no work.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.snapshot.is_empty()
            && self.committed_entries.is_empty()
            && self.read_states.is_empty()
            && self.ss.is_none()
            && self.conf_states.is_empty()
            && self.rejected_conf_changes.is_empty()
            && self.rejected_messages.is_empty()
            && self.rejected_proposals.is_empty()
            && self.rejected_reads.is_empty()
            && !self.has_more
    }
}

wrapper_class! {
    /// The work that `ReadyLoop.run` leaves to the application.
    ///
    /// Handle it in this order: restore `snapshot` if there is one; apply `committed_entries`; serve the reads in
    /// `read_states`. The messages may be sent at any time.
    ///
    /// Beyond raft-rs.
    "ReadyBatch" / "ReadyBatchRef": Box<ReadyBatch>
}

ready_lists! { PyReadyBatchRef {
    /// The messages to send, in the order in which Raft created them. The state that they depend on is persisted.
    messages: PyMessageRef,
    /// The entries to apply. The node has already applied the configuration changes among them.
    committed_entries: PyEntryRef,
    /// The read states: the responses to `RawNode.read_index`.
    read_states: PyReadStateRef,
}}

/// Index, term, and data of an entry.
type Data<'py> = (u64, u64, Bound<'py, PyBytes>);

impl PyReadyBatchRef {
    /// Takes a list and passes it to `f`, without access to the batch: making objects can run Python code. If they
    /// can't be made, what `f` leaves is not lost.
    fn take_with<T, R>(
        &self,
        list: fn(&mut ReadyBatch) -> &mut Vec<T>,
        f: impl FnOnce(&mut Vec<T>) -> PyResult<R>,
    ) -> PyResult<R> {
        let mut taken = self.write(|batch| mem::take(list(batch)))?;
        let result = boundary(|| f(&mut taken)).unwrap_or_else(|panic| Err(panic.into()));
        if result.is_err() {
            self.write(|batch| list(batch).splice(0..0, taken).for_each(drop))?;
        }
        result
    }
}

#[pymethods]
impl PyReadyBatchRef {
    /// Takes the messages, encoded and grouped by the ids of their receivers.
    fn take_encoded_messages<'py>(&self, py: Python<'py>) -> PyResult<EncodedOutboxes<'py>> {
        let outboxes = PyDict::new(py);
        self.take_with(|batch| &mut batch.messages, |messages| outboxes::put(messages, &outboxes, true))?;
        Ok(EncodedOutboxes(outboxes))
    }

    /// Takes the entries as tuples of index, term and data, without the configuration changes.
    ///
    /// A leader appends an entry without data at the start of its term.
    fn take_committed_data<'py>(&self, py: Python<'py>) -> PyResult<Vec<Data<'py>>> {
        self.take_with(
            |batch| &mut batch.committed_entries,
            |entries| {
                let normal = entries.iter().filter(|entry| entry.entry_type == EntryType::EntryNormal);
                normal.map(|entry| Ok((entry.index, entry.term, bytes_in_boundary(py, &entry.data)?))).collect()
            },
        )
    }

    /// Returns a live view of the snapshot to restore, which is already in the storage; it is false if there is none.
    /// The entries follow it.
    fn snapshot(slf: &Bound<'_, Self>) -> PyResult<PySnapshotRef> {
        get::<Nested<PySnapshotRef>, _>(slf, |batch| &batch.snapshot, |batch| &mut batch.snapshot)
    }

    /// Returns the leader's id and the node's role, or `None` if neither has changed.
    fn ss(&self) -> PyResult<Option<Owned<PySoftStateRef>>> {
        self.read(|batch| batch.ss.as_ref().map(PySoftStateRef::copy_of).map(Owned))
    }

    /// Returns the configuration after each applied configuration change, with the index of its entry. It is already in
    /// the storage.
    fn conf_states(&self) -> PyResult<Vec<(u64, Owned<PyConfStateRef>)>> {
        self.read(|batch| batch.conf_states.iter().cloned().map(|(index, members)| (index, Owned(members))).collect())
    }

    /// Returns the configuration changes that were not applied, by the index of the entry, with the reason: a
    /// `ConfChangeError` when a change is invalid, a `CodecError` when the entry's data can't be decoded. All nodes
    /// reject the same ones.
    fn rejected_conf_changes(&self, py: Python<'_>) -> PyResult<RejectedItems> {
        self.read(|batch| RejectedItems::copy_of(&batch.rejected_conf_changes, py))
    }

    /// Returns the messages passed to `run` that were rejected, in the form of `ReadyLoop.step_many`.
    fn rejected_messages(&self, py: Python<'_>) -> PyResult<RejectedItems> {
        self.read(|batch| RejectedItems::copy_of(&batch.rejected_messages, py))
    }

    /// Returns the proposals passed to `run` that were rejected, in the form of `ReadyLoop.propose_many`.
    fn rejected_proposals(&self, py: Python<'_>) -> PyResult<RejectedItems> {
        self.read(|batch| RejectedItems::copy_of(&batch.rejected_proposals, py))
    }

    /// Returns the read-only requests passed to `run` that were rejected: their positions, and the exceptions that
    /// `RawNode.read_index` would have raised.
    fn rejected_reads(&self, py: Python<'_>) -> PyResult<RejectedItems> {
        self.read(|batch| RejectedItems::copy_of(&batch.rejected_reads, py))
    }

    /// Returns whether there was more work when the loop stopped: if so, call `run` again.
    fn has_more(&self) -> PyResult<bool> {
        self.read(|batch| batch.has_more)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|batch| {
            format!(
                "ReadyBatch {{ messages: {}, snapshot: {}, committed_entries: {}, read_states: {}, has_more: {} }}",
                batch.messages.len(),
                batch.snapshot.get_metadata().index,
                batch.committed_entries.len(),
                batch.read_states.len(),
                batch.has_more
            )
        })
    }
}
