//! `ReadyBatch`: what the application has to do after a `ReadyLoop` has run.

use std::mem;

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyBytes, PyDict};
use pyo3::{type_hint_identifier, type_hint_subscript};
use raft::eraftpb::{EntryType, Message};

use crate::convert::Owned;
use crate::eraftpb::codec;
use crate::eraftpb::conf_state::ConfStateRef;
use crate::eraftpb::entry::EntryRef;
use crate::eraftpb::message::MessageRef;
use crate::eraftpb::snapshot::SnapshotRef;
use crate::extra::messages::{self, MessagesRef};
use crate::extra::refused::Refused;
use crate::fields::{get, wrapper_class};
use crate::handle::Wrapper;
use crate::kinds::Nested;
use crate::read_only::read_state::ReadStateRef;
use crate::ready::ready_lists;
use crate::soft_state::SoftStateRef;

/// The value behind the class.
pub mod value {
    use pyo3::PyErr;
    use raft::eraftpb::{ConfState, Entry, Message, Snapshot};
    use raft::{ReadState, SoftState};

    /// What several `Ready`s and `LightReady`s leave to do.
    #[derive(Default)]
    pub struct ReadyBatch {
        pub messages: Vec<Message>,
        pub snapshot: Snapshot,
        pub committed_entries: Vec<Entry>,
        pub read_states: Vec<ReadState>,
        pub ss: Option<SoftState>,
        pub conf_states: Vec<(u64, ConfState)>,
        pub refused_conf_changes: Vec<(u64, PyErr)>,
        pub refused_messages: Vec<(u64, PyErr)>,
        pub refused_proposals: Vec<(u64, PyErr)>,
        pub has_more: bool,
    }
}

wrapper_class! {
    /// What `ReadyLoop.run` leaves to the application.
    ///
    /// In this order: restore `snapshot` if there is one; apply `committed_entries`; answer `read_states`. The messages may
    /// be sent at any time.
    ///
    /// Beyond raft-rs.
    ReadyBatch / ReadyBatchRef: Box<value::ReadyBatch>
}

ready_lists! { ReadyBatchRef {
    /// The messages to send, in the order in which raft made them. What they promise is stored.
    messages: MessageRef,
    /// The entries to apply. Those that change members have been given to the node already.
    committed_entries: EntryRef,
    /// The answers to `RawNode.read_index`.
    read_states: ReadStateRef,
}}

/// Index, term, and data of an entry.
type Data<'py> = (u64, u64, Bound<'py, PyBytes>);

/// Result: things by the ids of those who are to get them, in a dict.
pub struct ByReceiver<T>(Vec<(u64, T)>);

impl<'py, T: IntoPyObject<'py>> IntoPyObject<'py> for ByReceiver<T> {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("builtins", "dict"),
        type_hint_identifier!("builtins", "int"),
        T::OUTPUT_TYPE
    );

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        self.0.into_py_dict(py)
    }
}

impl<T> ByReceiver<Vec<T>> {
    /// A node sends to a few others.
    fn group(items: impl IntoIterator<Item = (u64, T)>) -> Self {
        let mut groups: Vec<(u64, Vec<T>)> = Vec::new();
        for (to, item) in items {
            match groups.iter_mut().find(|(receiver, _)| *receiver == to) {
                Some((_, group)) => group.push(item),
                None => groups.push((to, vec![item])),
            }
        }
        Self(groups)
    }
}

#[pymethods]
impl ReadyBatchRef {
    /// Moves the messages out, by the ids of their receivers.
    fn take_messages_by_receiver(&self) -> PyResult<ByReceiver<Owned<MessagesRef>>> {
        let messages = self.take_messages_unwrapped()?;
        let groups = match messages.first().map(|message| message.to) {
            // As from a follower to its leader: nothing need be moved.
            Some(to) if messages.iter().all(|message| message.to == to) => vec![(to, messages)],
            _ => ByReceiver::group(messages.into_iter().map(|message| (message.to, message))).0,
        };
        let owned = groups.into_iter().map(|(to, group)| (to, Owned(messages::value::Messages(group))));
        Ok(ByReceiver(owned.collect()))
    }

    /// Moves the messages out, encoded, by the ids of their receivers.
    fn take_encoded_messages<'py>(&self, py: Python<'py>) -> PyResult<ByReceiver<Vec<Bound<'py, PyBytes>>>> {
        let messages = self.take_messages_unwrapped()?;
        let encoded = messages.iter().map(|message| Ok((message.to, codec::encode(py, message)?)));
        encoded.collect::<PyResult<Vec<_>>>().map(ByReceiver::group)
    }

    /// Moves the entries out, as index, term, and data; without those that change members.
    ///
    /// A leader begins its term with an entry without data.
    fn take_committed_data<'py>(&self, py: Python<'py>) -> PyResult<Vec<Data<'py>>> {
        let entries = self.write(|batch| mem::take(&mut batch.committed_entries))?;
        let normal = entries.iter().filter(|entry| entry.entry_type == EntryType::EntryNormal);
        Ok(normal.map(|entry| (entry.index, entry.term, PyBytes::new(py, &entry.data))).collect())
    }

    /// A live view of the snapshot to restore, which is stored; it is false if there is none. The entries follow it.
    fn snapshot(slf: &Bound<'_, Self>) -> PyResult<SnapshotRef> {
        get::<Nested<SnapshotRef>, _>(slf, |batch| &batch.snapshot, |batch| &mut batch.snapshot)
    }

    /// Who leads and which role the node has, if that has changed, else `None`.
    fn ss(&self) -> PyResult<Option<Owned<SoftStateRef>>> {
        self.read(|batch| batch.ss.as_ref().map(SoftStateRef::copy_of).map(Owned))
    }

    /// The members after each change of them that was applied, with the index of its entry. They are stored.
    fn conf_states(&self) -> PyResult<Vec<(u64, Owned<ConfStateRef>)>> {
        self.read(|batch| batch.conf_states.iter().cloned().map(|(index, members)| (index, Owned(members))).collect())
    }

    /// The changes of members that were not applied, by the index of the entry, and why: with a `ConfChangeError` when a
    /// change is impossible, with a `CodecError` when the entry's data is none. All nodes refuse the same.
    fn refused_conf_changes(&self, py: Python<'_>) -> PyResult<Refused> {
        self.read(|batch| Refused::copy_of(&batch.refused_conf_changes, py))
    }

    /// Which of the messages that `run` was given were refused, as from `ReadyLoop.step_many`.
    fn refused_messages(&self, py: Python<'_>) -> PyResult<Refused> {
        self.read(|batch| Refused::copy_of(&batch.refused_messages, py))
    }

    /// Which of the proposals that `run` was given were refused, as from `ReadyLoop.propose_many`.
    fn refused_proposals(&self, py: Python<'_>) -> PyResult<Refused> {
        self.read(|batch| Refused::copy_of(&batch.refused_proposals, py))
    }

    /// Whether there was more work when the loop stopped: `run` it again.
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

impl ReadyBatchRef {
    fn take_messages_unwrapped(&self) -> PyResult<Vec<Message>> {
        self.write(|batch| mem::take(&mut batch.messages))
    }
}
