//! `LightReady`: the further work that `RawNode.advance` returns.

use pyo3::prelude::*;
use raft::eraftpb::{Entry, Message};

use crate::binding::classes::{equality, wrapper_class};
use crate::binding::convert::Owned;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::{List, ShowField};
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::message::PyMessageRef;
use crate::raw_node::ready::ready_lists;

/// A `raft::LightReady` whose parts can be read and changed in place.
#[derive(Clone, Default, PartialEq)]
pub struct LightReady {
    pub commit_index: Option<u64>,
    pub committed_entries: Vec<Entry>,
    pub messages: Vec<Message>,
}

impl From<raft::LightReady> for LightReady {
    fn from(mut inner: raft::LightReady) -> Self {
        Self {
            commit_index: inner.commit_index(),
            committed_entries: inner.take_committed_entries(),
            messages: inner.take_messages(),
        }
    }
}

wrapper_class! {
    /// The further work that `RawNode.advance` returns: send `messages`, apply `committed_entries`, then call
    /// `RawNode.advance_apply`.
    ///
    /// Mirrors `raft::LightReady`.
    "LightReady" / "LightReadyRef": LightReady
}

equality! { PyLightReadyRef }

ready_lists! { PyLightReadyRef {
    /// The entries to apply.
    committed_entries: PyEntryRef,
    /// The messages to send.
    messages: PyMessageRef,
}}

#[pymethods]
impl PyLightReady {
    /// Creates an empty `LightReady`.
    ///
    /// Mirrors `raft::LightReady::default`.
    #[staticmethod]
    fn default() -> Owned<PyLightReadyRef> {
        Owned(LightReady::default())
    }
}

#[pymethods]
impl PyLightReadyRef {
    /// Returns the commit index, or `None` if it has not changed. It need not be persisted, unless the state applied up
    /// to it is.
    ///
    /// Mirrors `raft::LightReady::commit_index`.
    fn commit_index(&self) -> PyResult<Option<u64>> {
        self.read(|light| light.commit_index)
    }

    fn __repr__(&self) -> PyResult<String> {
        // A copy, since hooks are called to show it.
        let light = self.read(Clone::clone)?;
        Ok(format!(
            "LightReady {{ commit_index: {:?}, committed_entries: {:?}, messages: {:?} }}",
            light.commit_index,
            ShowField::<List<PyEntryRef>>(&light.committed_entries),
            ShowField::<List<PyMessageRef>>(&light.messages),
        ))
    }
}
