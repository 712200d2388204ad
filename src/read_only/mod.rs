//! `ReadOnly`: the read requests that wait for a quorum.

use std::collections::HashSet;

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

// raft-rs's `ReadOnly` has a type that can't be named, so it is reached through the state machine that it belongs to.
wrapper_class! {
    /// The read requests that wait until a quorum has confirmed that the node leads.
    ///
    /// Mirrors `raft::read_only::ReadOnly`.
    "ReadOnly" / "ReadOnlyRef": Raft<Store>
}

#[pymethods]
impl PyReadOnly {
    /// No requests, to be made linearizable in the way of `option`.
    ///
    /// Mirrors `raft::read_only::ReadOnly::new`.
    #[new]
    fn new(option: PyReadOnlyOption) -> PyResult<PyClassInitializer<Self>> {
        let mut host = new_host()?;
        host.read_only.option = option.into();
        Ok(Self::initializer(host))
    }

    /// No requests, to be confirmed by a quorum.
    ///
    /// Mirrors `raft::read_only::ReadOnly::default`.
    #[staticmethod]
    fn default() -> PyResult<Owned<PyReadOnlyRef>> {
        new_host().map(Owned)
    }
}

/// A state machine for the sake of the requests in it.
fn new_host() -> PyResult<Raft<Store>> {
    let config = raft::Config::new(1);
    let storage = Store::from(Source::Mem(MemStorage::default()));
    let logger = slog::Logger::root(slog::Discard, o!());
    boundary(|| Raft::new(&config, storage, &logger))?.map_err(raft_error)
}

#[pymethods]
impl PyReadOnlyRef {
    /// An independent copy.
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

    /// How reads are made linearizable.
    #[getter(option)]
    fn attribute_option(&self) -> PyResult<PyReadOnlyOption> {
        self.read(|host| host.read_only.option.into())
    }

    #[setter(option)]
    fn set_attribute_option(&self, option: PyReadOnlyOption) -> PyResult<()> {
        self.write(|host| host.read_only.option = option.into())
    }

    /// The contexts of the requests that wait, the oldest first.
    #[getter(read_index_queue)]
    fn attribute_read_index_queue(slf: &Bound<'_, Self>) -> LiveListOf<Contexts> {
        live!(Contexts, slf, |host: &PyReadOnlyRef| host.read_only.read_index_queue)
    }

    #[setter(read_index_queue)]
    fn set_attribute_read_index_queue(&self, contexts: Many<BytesLike>) -> PyResult<()> {
        self.write(|host| host.read_only.read_index_queue = Contexts::store(contexts))
    }

    /// Adds a request, which `req` has made when the commit index was `index`. The node itself, `self_id`, confirms it.
    ///
    /// Raises `ValueError` when `req` has no entry, whose data are the request's context. Mirrors
    /// `raft::read_only::ReadOnly::add_request`.
    fn add_request(&self, index: u64, req: Value<PyMessageRef>, self_id: u64) -> PyResult<()> {
        if req.0.entries.is_empty() {
            return Err(PyValueError::new_err("req: it has no entry"));
        }
        self.write(|host| host.read_only.add_request(index, req.0, self_id))
    }

    /// Takes note that the node `id` confirms the request with the context `ctx`. Returns who has confirmed it so far;
    /// `None` when there is no such request.
    ///
    /// Mirrors `raft::read_only::ReadOnly::recv_ack`.
    fn recv_ack(&self, id: u64, ctx: BytesLike) -> PyResult<Option<HashSet<u64>>> {
        self.write(|host| host.read_only.recv_ack(id, &ctx.0).map(|acks| acks.iter().copied().collect()))
    }

    /// Takes out the requests up to the one with the context `ctx`; none when there is no such request.
    ///
    /// Raises `RaftPanicError` when `read_index_queue`, which can be written to, has a context that is not in
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

    /// The context of the newest request; `None` when there is none.
    ///
    /// Mirrors `raft::read_only::ReadOnly::last_pending_request_ctx`.
    fn last_pending_request_ctx(&self) -> PyResult<Option<BytesOut<Vec<u8>>>> {
        self.read(|host| host.read_only.last_pending_request_ctx().map(BytesOut))
    }

    /// How many requests wait.
    ///
    /// Mirrors `raft::read_only::ReadOnly::pending_read_count`.
    fn pending_read_count(&self) -> PyResult<usize> {
        self.read(|host| host.read_only.pending_read_count())
    }

    fn __len__(&self) -> PyResult<usize> {
        self.pending_read_count()
    }

    /// It is always true, as it has always been: an empty one is one, too.
    #[allow(clippy::unused_self, reason = "Python's protocol")]
    fn __bool__(&self) -> bool {
        true
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|host| format!("{:?}", host.read_only))
    }
}
