//! `Ready`: the outstanding work of a node.

use pyo3::prelude::*;
use raft::ReadState;
use raft::eraftpb::{Entry, HardState, Message, Snapshot};

use crate::binding::classes::{equality, wrapper_class};
use crate::binding::convert::Owned;
use crate::binding::fields::get;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::{List, Nested, OptionalValue, ShowField};
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::hard_state::PyHardStateRef;
use crate::eraftpb::message::PyMessageRef;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::raft::soft_state::PySoftStateRef;
use crate::read_only::read_state::PyReadStateRef;

/// A `raft::Ready` whose parts can be read and changed in place: raft-rs keeps them private, and needs only the number
/// and the two states back. It takes half a KiB, so it is boxed.
#[derive(Default)]
pub struct Ready {
    pub inner: raft::Ready,
    /// The token of the node that returned it.
    pub node: u64,
    /// Index and term of the last entry to persist.
    pub last_entry: Option<(u64, u64)>,
    pub hs: Option<HardState>,
    pub snapshot: Snapshot,
    pub entries: Vec<Entry>,
    pub committed_entries: Vec<Entry>,
    pub messages: Vec<Message>,
    pub persisted_messages: Vec<Message>,
    pub read_states: Vec<ReadState>,
}

impl PartialEq for Ready {
    /// Compares the contents, regardless of the node.
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
            && self.hs == other.hs
            && self.snapshot == other.snapshot
            && self.entries == other.entries
            && self.committed_entries == other.committed_entries
            && self.messages == other.messages
            && self.persisted_messages == other.persisted_messages
            && self.read_states == other.read_states
    }
}

impl Ready {
    /// Splits `inner`, a `Ready` of the node `node`, into its parts.
    pub fn new(mut inner: raft::Ready, node: u64) -> Box<Self> {
        Box::new(Self {
            node,
            last_entry: inner.entries().last().map(|entry| (entry.index, entry.term)),
            hs: inner.hs().cloned(),
            snapshot: inner.snapshot().clone(),
            entries: inner.take_entries(),
            committed_entries: inner.take_committed_entries(),
            messages: inner.take_messages(),
            persisted_messages: inner.take_persisted_messages(),
            read_states: inner.take_read_states(),
            inner,
        })
    }

    /// Copies what can be read in place.
    fn copy_of_parts(&self) -> Self {
        Self {
            hs: self.hs.clone(),
            snapshot: self.snapshot.clone(),
            entries: self.entries.clone(),
            committed_entries: self.committed_entries.clone(),
            messages: self.messages.clone(),
            persisted_messages: self.persisted_messages.clone(),
            read_states: self.read_states.clone(),
            ..Self::default()
        }
    }
}

/// For each list of a `Ready` or a `LightReady`: a method that returns live views of its elements, and one that takes
/// them.
macro_rules! ready_lists {
    ($Ref:ident { $($(#[$doc:meta])* $name:ident: $Item:ident,)* }) => { pastey::paste! {
        #[pymethods]
        impl $Ref {$(
            $(#[$doc])*
            ///
            /// The views are invalid once the list has been taken or the object has been consumed.
            fn $name(slf: &Bound<'_, Self>) -> PyResult<Vec<$Item>> {
                use $crate::binding::{fields::get, kinds::List};
                get::<List<$Item>, _>(slf, |ready| &ready.$name, |ready| &mut ready.$name)
            }

            #[doc = concat!("Takes the elements of `", stringify!($name), "`, leaving an empty list.")]
            fn [<take_ $name>](&self) -> PyResult<Vec<$crate::binding::convert::Owned<$Item>>> {
                let taken = $crate::binding::handle::Wrapper::write(self, |ready| std::mem::take(&mut ready.$name))?;
                Ok($crate::binding::convert::owned_list(taken))
            }
        )*}
    }};
}
pub(crate) use ready_lists;

wrapper_class! {
    /// The outstanding work of a node, returned by `RawNode.ready`.
    ///
    /// Handle it in this order: send `messages`; restore `snapshot` if there is one; apply `committed_entries`; write
    /// `entries` and `hs` to the storage, synchronously when `must_sync` is true; only then send `persisted_messages`;
    /// pass the `Ready` to `RawNode.advance`, `RawNode.advance_append` or `RawNode.advance_append_async`, which consume
    /// it. Until then, call nothing else that changes the node.
    ///
    /// If you persist the applied index, persist the commit index with it or before it: a node can't start with an
    /// applied index above its commit index.
    ///
    /// Mirrors `raft::Ready`.
    "Ready" / "ReadyRef": Box<Ready>
}

equality! { PyReadyRef }

ready_lists! { PyReadyRef {
    /// The entries to persist. They replace the persisted entries from the index of the first of them on.
    ///
    /// ```python
    /// >>> node.campaign()
    /// >>> ready = node.ready()
    /// >>> if ready.entries():
    /// ...     storage.wl().append(ready.entries())
    ///
    /// ```
    entries: PyEntryRef,
    /// The entries to apply: they are committed, and were persisted with an earlier `Ready`.
    ///
    /// ```python
    /// >>> ready = node.ready()
    /// >>> applied = 0
    /// >>> for entry in ready.take_committed_entries():
    /// ...     applied = entry.index  # to be stored with what the entry changes
    /// ...     if entry.entry_type == EntryType.EntryConfChangeV2:  # without data, it leaves a joint configuration
    /// ...         _ = node.apply_conf_change_v2(ConfChangeV2.decode(entry.data))
    /// ...     elif entry.data:  # a leader begins its term with an empty entry
    /// ...         print("apply", entry.data)
    ///
    /// ```
    committed_entries: PyEntryRef,
    /// The messages that can be sent immediately.
    ///
    /// ```python
    /// >>> ready = node.ready()
    /// >>> for message in ready.take_messages():
    /// ...     print("send", message.encode(), "to", message.to)
    ///
    /// ```
    messages: PyMessageRef,
    /// The messages to send only after the entries, the hard state and the snapshot have been persisted.
    ///
    /// ```python
    /// >>> ready = node.ready()
    /// >>> for message in ready.take_persisted_messages():
    /// ...     print("send", message.encode(), "to", message.to)
    ///
    /// ```
    persisted_messages: PyMessageRef,
    /// The read states: the responses to `RawNode.read_index`.
    read_states: PyReadStateRef,
}}

#[pymethods]
impl PyReady {
    /// Creates an empty `Ready`, which belongs to no node.
    ///
    /// Mirrors `raft::Ready::default`.
    #[staticmethod]
    fn default() -> Owned<PyReadyRef> {
        Owned(Box::default())
    }
}

#[pymethods]
impl PyReadyRef {
    /// Returns the number of this `Ready`, for `RawNode.on_persist_ready`.
    ///
    /// Mirrors `raft::Ready::number`.
    fn number(&self) -> PyResult<u64> {
        self.read(|ready| ready.inner.number())
    }

    /// Returns the leader's id and the node's role, or `None` if neither has changed. It need not be persisted.
    ///
    /// Mirrors `raft::Ready::ss`.
    fn ss(&self) -> PyResult<Option<Owned<PySoftStateRef>>> {
        self.read(|ready| ready.inner.ss().map(PySoftStateRef::copy_of).map(Owned))
    }

    /// Returns a live view of the hard state to persist, or `None` if it has not changed.
    ///
    /// ```python
    /// >>> node.campaign()
    /// >>> ready = node.ready()
    /// >>> if hard_state := ready.hs():
    /// ...     storage.wl().set_hardstate(hard_state)
    /// >>> storage.initial_state().hard_state.vote
    /// 1
    ///
    /// ```
    ///
    /// Mirrors `raft::Ready::hs`.
    fn hs(slf: &Bound<'_, Self>) -> PyResult<Option<PyHardStateRef>> {
        get::<OptionalValue<PyHardStateRef>, _>(slf, |ready| &ready.hs, |ready| &mut ready.hs)
    }

    /// Returns a live view of the snapshot to restore and persist before anything else; it is false if there is none.
    ///
    /// ```python
    /// >>> ready = node.ready()
    /// >>> if snapshot := ready.snapshot():
    /// ...     storage.wl().apply_snapshot(snapshot)
    ///
    /// ```
    ///
    /// Mirrors `raft::Ready::snapshot`.
    fn snapshot(slf: &Bound<'_, Self>) -> PyResult<PySnapshotRef> {
        get::<Nested<PySnapshotRef>, _>(slf, |ready| &ready.snapshot, |ready| &mut ready.snapshot)
    }

    /// Returns whether `entries`, `hs` and `snapshot` must be persisted synchronously before `persisted_messages` are
    /// sent. If not, only the commit index has changed. It need not survive a crash, provided that the applied state
    /// does not either.
    ///
    /// Mirrors `raft::Ready::must_sync`.
    fn must_sync(&self) -> PyResult<bool> {
        self.read(|ready| ready.inner.must_sync())
    }

    fn __repr__(&self) -> PyResult<String> {
        // A copy, since hooks are called to show it.
        let (number, ss, must_sync, copy) = self.read(|ready| {
            let inner = &ready.inner;
            (inner.number(), format!("{:?}", inner.ss()), inner.must_sync(), ready.copy_of_parts())
        })?;
        Ok(format!(
            "Ready {{ number: {number}, ss: {ss}, hs: {:?}, read_states: {:?}, entries: {:?}, snapshot: {:?}, \
             committed_entries: {:?}, messages: {:?}, persisted_messages: {:?}, must_sync: {must_sync} }}",
            ShowField::<OptionalValue<PyHardStateRef>>(&copy.hs),
            ShowField::<List<PyReadStateRef>>(&copy.read_states),
            ShowField::<List<PyEntryRef>>(&copy.entries),
            ShowField::<Nested<PySnapshotRef>>(&copy.snapshot),
            ShowField::<List<PyEntryRef>>(&copy.committed_entries),
            ShowField::<List<PyMessageRef>>(&copy.messages),
            ShowField::<List<PyMessageRef>>(&copy.persisted_messages),
        ))
    }
}
