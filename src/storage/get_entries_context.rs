//! `GetEntriesContext`: the purpose of a request for entries.

use std::mem;

use pyo3::prelude::*;
use raft::GetEntriesContext;

use crate::binding::classes::wrapper_class;
use crate::binding::convert::Owned;
use crate::binding::handle::Wrapper;

wrapper_class! {
    /// The purpose for which Raft requests entries, passed to the storage with the request.
    ///
    /// A storage that fetches entries in the background keeps the context of the request and raises
    /// `LogTemporarilyUnavailableError`. When it has the entries, the application passes the context to
    /// `RawNode.on_entries_fetched`.
    ///
    /// A call that takes a context consumes it and leaves an empty one that can't wait.
    ///
    /// Mirrors `raft::GetEntriesContext`.
    "GetEntriesContext" / "GetEntriesContextRef": GetEntriesContext
}

#[pymethods]
impl PyGetEntriesContext {
    /// Creates a context for a caller other than Raft. `can_async` is whether the caller can wait for the entries.
    ///
    /// Mirrors `raft::GetEntriesContext::empty`.
    #[staticmethod]
    fn empty(can_async: bool) -> Owned<PyGetEntriesContextRef> {
        Owned(GetEntriesContext::empty(can_async))
    }
}

#[pymethods]
impl PyGetEntriesContextRef {
    /// Returns whether the storage may raise `LogTemporarilyUnavailableError` and fetch the entries in the background.
    ///
    /// Mirrors `raft::GetEntriesContext::can_async`.
    fn can_async(&self) -> PyResult<bool> {
        self.read(GetEntriesContext::can_async)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|context| format!("{context:?}"))
    }
}

impl PyGetEntriesContextRef {
    /// Takes the context and leaves an empty one.
    pub fn consume(&self) -> PyResult<GetEntriesContext> {
        self.write(|context| mem::replace(context, GetEntriesContext::empty(false)))
    }

    /// As [`Self::consume`], but takes only a context that can wait.
    pub fn consume_async(&self) -> PyResult<Option<GetEntriesContext>> {
        self.write(|context| context.can_async().then(|| mem::replace(context, GetEntriesContext::empty(false))))
    }
}
