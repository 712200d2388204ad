//! `GetEntriesContext`: what entries are wanted for.

use std::mem;

use pyo3::prelude::*;
use raft::GetEntriesContext as Context;

use crate::binding::classes::wrapper_class;
use crate::binding::convert::Owned;
use crate::binding::handle::Wrapper;

wrapper_class! {
    /// What raft wants entries for, given to a storage with the request for them.
    ///
    /// A storage that fetches entries in the background keeps the context of the request, raises
    /// `LogTemporarilyUnavailableError`, and gives the context to `RawNode.on_entries_fetched` when it has the entries.
    ///
    /// A call that takes a context uses it up and leaves an empty one that can't wait.
    ///
    /// Mirrors `raft::GetEntriesContext`.
    GetEntriesContext / GetEntriesContextRef: Context
}

#[pymethods]
impl GetEntriesContext {
    /// A context for a caller other than raft; `can_async` says whether it can wait for the entries.
    ///
    /// Mirrors `raft::GetEntriesContext::empty`.
    #[staticmethod]
    fn empty(can_async: bool) -> Owned<GetEntriesContextRef> {
        Owned(Context::empty(can_async))
    }
}

#[pymethods]
impl GetEntriesContextRef {
    /// Whether the storage may raise `LogTemporarilyUnavailableError` and fetch the entries in the background.
    ///
    /// Mirrors `raft::GetEntriesContext::can_async`.
    fn can_async(&self) -> PyResult<bool> {
        self.read(Context::can_async)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|context| format!("{context:?}"))
    }
}

impl GetEntriesContextRef {
    /// Takes the context and leaves an empty one.
    pub fn use_up(&self) -> PyResult<Context> {
        self.write(|context| mem::replace(context, Context::empty(false)))
    }
}
