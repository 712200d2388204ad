//! `ReadOnly`: the pending read-only requests.

use std::collections::BTreeSet;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use raft::Raft;
use slog::o;

use crate::binding::classes::wrapper_class;
use crate::binding::convert::{BytesLike, BytesOut, Many, Owned, Value, owned_list};
use crate::binding::exceptions::boundary;
use crate::binding::fields::live;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::{Contexts, Kind};
use crate::binding::live_list::LiveListOf;
use crate::eraftpb::message::PyMessageRef;
use crate::errors::raft_error;
use crate::logger::PyLoggerRef;
use crate::read_only::option::PyReadOnlyOption;
use crate::read_only::read_index_status::{PyReadIndexStatusRef, load};
use crate::storage::mem::MemStorage;
use crate::storage::{Source, Store};

pub mod option;
pub mod pending;
pub mod read_index_status;
pub mod read_state;

// The type of raft-rs's `ReadOnly` can't be named, so it is accessed through the state machine that contains it.
wrapper_class! {
    /// The read-only requests that are pending until a quorum has confirmed the node's leadership.
    ///
    /// Mirrors `raft::read_only::ReadOnly`.
    "ReadOnly" / "ReadOnlyRef": Raft<Store>
}

#[pymethods]
impl PyReadOnly {
    /// Creates an empty `ReadOnly` with the given `option`.
    ///
    /// Mirrors `raft::read_only::ReadOnly::new`.
    #[new]
    fn new(option: PyReadOnlyOption) -> PyResult<PyClassInitializer<Self>> {
        let mut host = new_host()?;
        host.read_only.option = option.into();
        Ok(Self::initializer(host))
    }

    /// Creates an empty `ReadOnly` whose requests are confirmed by a quorum.
    ///
    /// Mirrors `raft::read_only::ReadOnly::default`.
    #[staticmethod]
    fn default() -> PyResult<Owned<PyReadOnlyRef>> {
        new_host().map(Owned)
    }
}

/// Creates a state machine that contains the requests.
fn new_host() -> PyResult<Raft<Store>> {
    let config = raft::Config::new(1);
    let storage = Store::from(Source::Mem(MemStorage::default()));
    let logger = slog::Logger::root(slog::Discard, o!());
    boundary(|| Raft::new(&config, storage, &logger))?.map_err(raft_error)
}

#[pymethods]
impl PyReadOnlyRef {
    /// Returns an independent copy.
    fn clone(&self) -> PyResult<Owned<Self>> {
        let mut copy = new_host()?;
        copy.read_only = self.read(|host| host.read_only.clone())?;
        Ok(Owned(copy))
    }

    fn __copy__(&self) -> PyResult<Owned<Self>> {
        self.clone()
    }

    fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> PyResult<Owned<Self>> {
        self.clone()
    }

    /// How linearizability of reads is guaranteed.
    #[getter(option)]
    fn attribute_option(&self) -> PyResult<PyReadOnlyOption> {
        self.read(|host| host.read_only.option.into())
    }

    #[setter(option)]
    fn set_attribute_option(&self, option: PyReadOnlyOption) -> PyResult<()> {
        self.write(|host| host.read_only.option = option.into())
    }

    /// The contexts of the pending requests, in the order of their arrival.
    #[getter(read_index_queue)]
    fn attribute_read_index_queue(slf: &Bound<'_, Self>) -> LiveListOf<Contexts> {
        live!(Contexts, slf, |host: &PyReadOnlyRef| host.read_only.read_index_queue)
    }

    #[setter(read_index_queue)]
    fn set_attribute_read_index_queue(&self, contexts: Many<BytesLike>) -> PyResult<()> {
        self.write(|host| host.read_only.read_index_queue = Contexts::store(contexts))
    }

    /// Adds the request `req`, received at the commit index `index`. The node itself, `self_id`, acknowledges it.
    ///
    /// Raises `ValueError` when `req` has no entry; the data of the entry are the request's context. Mirrors
    /// `raft::read_only::ReadOnly::add_request`.
    fn add_request(&self, index: u64, req: Value<PyMessageRef>, self_id: u64) -> PyResult<()> {
        if req.0.entries.is_empty() {
            return Err(PyValueError::new_err("req.entries: expected at least 1, got 0"));
        }
        self.write(|host| host.read_only.add_request(index, req.0, self_id))
    }

    /// Records that the node `id` has acknowledged the request with the context `ctx`. Returns the ids of the nodes
    /// that have acknowledged it, or `None` if there is no such request.
    ///
    /// Mirrors `raft::read_only::ReadOnly::recv_ack`.
    fn recv_ack(&self, id: u64, ctx: BytesLike) -> PyResult<Option<BTreeSet<u64>>> {
        self.write(|host| host.read_only.recv_ack(id, &ctx.0).map(|acks| acks.iter().copied().collect()))
    }

    /// Removes the requests up to the one with the context `ctx` and returns them. Returns none if there is no such
    /// request.
    ///
    /// Raises `RaftPanicError` when `read_index_queue`, which is writable, contains a context that is not in
    /// `pending_read_index`.
    ///
    /// Mirrors `raft::read_only::ReadOnly::advance`.
    fn advance(&self, ctx: BytesLike, logger: Value<PyLoggerRef>) -> PyResult<Vec<Owned<PyReadIndexStatusRef>>> {
        let done = self.write(|host| {
            let done = host.read_only.advance(&ctx.0, &logger.0.inner).into_iter();
            done.map(|status| load!(status)).collect::<Vec<_>>()
        })?;
        Ok(owned_list(done))
    }

    /// Returns the context of the last pending request, or `None` if there is none.
    ///
    /// Mirrors `raft::read_only::ReadOnly::last_pending_request_ctx`.
    fn last_pending_request_ctx(&self) -> PyResult<Option<BytesOut<Vec<u8>>>> {
        self.read(|host| host.read_only.last_pending_request_ctx().map(BytesOut))
    }

    /// Returns the number of pending requests.
    ///
    /// Mirrors `raft::read_only::ReadOnly::pending_read_count`.
    fn pending_read_count(&self) -> PyResult<usize> {
        self.read(|host| host.read_only.pending_read_count())
    }

    fn __len__(&self) -> PyResult<usize> {
        self.pending_read_count()
    }

    /// Always true, for backward compatibility, even if there are no requests.
    #[allow(clippy::unused_self, reason = "Python's protocol")]
    fn __bool__(&self) -> bool {
        true
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|host| format!("{:?}", host.read_only))
    }
}
