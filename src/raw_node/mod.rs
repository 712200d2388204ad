//! `RawNode`: a node, driven by its application.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use raft::RawNode;

use crate::binding::classes::wrapper_class;
use crate::binding::convert::{BytesLike, Owned, Value};
use crate::binding::enums::enum_class;
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::view::{FieldPath, Itself, part};
use crate::config::PyConfigRef;
use crate::eraftpb::conf_change::AnyConfChange;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::message::PyMessageRef;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::errors::raft_error;
use crate::logger::{PyLoggerRef, env_logger};
use crate::raft::{PyRaftRef, checked_config, make};
use crate::raw_node::guarded::GuardedNode;
use crate::raw_node::light_ready::PyLightReadyRef;
use crate::raw_node::ready::PyReadyRef;
use crate::status::PyStatus;
use crate::storage::get_entries_context::PyGetEntriesContextRef;
use crate::storage::{Store, StoreObject};

pub mod guarded;
pub mod light_ready;
pub mod peer;
pub mod ready;

enum_class! {
    /// What became of a snapshot that was sent.
    ///
    /// Mirrors `raft::SnapshotStatus`.
    "SnapshotStatus": raft::SnapshotStatus {
        Finish,
        Failure,
    }
}

wrapper_class! {
    /// A node of a Raft cluster. It has no thread, no clock and no network: the application calls `tick` at regular
    /// intervals, gives it what arrives with `step`, and does the work that it asks for with `ready`.
    ///
    /// ```python
    /// >>> config = Config(id=1)
    /// >>> config.validate()
    /// >>> storage = MemStorage.new_with_conf_state(ConfState(voters=[1]))
    /// >>> node = RawNode(config, storage, default_logger())
    /// >>> node.raft.state
    /// Follower
    ///
    /// ```
    ///
    /// Mirrors `raft::RawNode`.
    "RawNode" / "RawNodeRef": GuardedNode, holds |node| node.store().held(), begins |node| node.store().begin()
}

#[pymethods]
impl PyRawNode {
    /// A node that starts from what `storage` holds: a `MemStorage`, or an object with the methods of
    /// `StorageProtocol`.
    ///
    /// Raises `ConfigInvalidError` when `cfg` is invalid, or says that more has been applied than is stored and
    /// committed; `StoreError` when the storage fails. Mirrors `raft::RawNode::new`.
    #[new]
    fn new(cfg: Value<PyConfigRef>, storage: Store, logger: Value<PyLoggerRef>) -> PyResult<PyClassInitializer<Self>> {
        let config = checked_config(cfg)?;
        let node = make(|| RawNode::new(&config, storage, &logger.0.inner))?;
        Ok(Self::initializer_of(Handle::owned_keeping(GuardedNode::new(node), logger.0.python)))
    }

    /// A node that logs to the default logger.
    ///
    /// Raises as the constructor does. Mirrors `raft::RawNode::with_default_logger`.
    #[staticmethod]
    fn with_default_logger(cfg: Value<PyConfigRef>, storage: Store) -> PyResult<Owned<PyRawNodeRef>> {
        let config = checked_config(cfg)?;
        let node = make(|| RawNode::new(&config, storage, &env_logger()))?;
        Ok(Owned(GuardedNode::new(node)))
    }
}

#[pymethods]
impl PyRawNodeRef {
    /// A live view of the state machine inside.
    ///
    /// Mirrors the field `raft::RawNode::raft`.
    #[getter(raft)]
    fn attribute_raft(slf: &Bound<'_, Self>) -> PyRaftRef {
        Self::get_raft(slf)
    }

    /// A live view of the state machine inside.
    ///
    /// Mirrors the field `raft::RawNode::raft`.
    fn get_raft(slf: &Bound<'_, Self>) -> PyRaftRef {
        part(slf, FieldPath { get: GuardedNode::raft, get_mut: GuardedNode::raft_mut }, Itself)
    }

    /// The storage.
    ///
    /// Mirrors `raft::RawNode::store`.
    fn store(&self, py: Python<'_>) -> PyResult<StoreObject> {
        self.read(|node| StoreObject::of(node.store(), py))
    }

    /// The storage.
    ///
    /// Mirrors `raft::RawNode::mut_store`.
    fn mut_store(&self, py: Python<'_>) -> PyResult<StoreObject> {
        self.store(py)
    }

    /// The state of the node now.
    ///
    /// Mirrors `raft::RawNode::status`.
    fn status(slf: &Bound<'_, Self>) -> PyResult<PyStatus> {
        PyStatus::of(&Bound::new(slf.py(), Self::get_raft(slf))?)
    }

    /// Lets one tick pass. Returns whether there may be something `ready` now.
    ///
    /// Call it from a timer, every 100 ms, say: `Config.election_tick` and `Config.heartbeat_tick` count these calls.
    ///
    /// ```python
    /// >>> while node.raft.state != StateRole.Leader:  # it is alone, and so it wins when its patience ends
    /// ...     _ = node.tick()
    /// >>> node.raft.election_timeout(), node.raft.term
    /// (20, 1)
    ///
    /// ```
    ///
    /// The only voter of a cluster doesn't begin an election before its log is stored: give the `Ready` back first.
    ///
    /// Mirrors `raft::RawNode::tick`.
    fn tick(&self) -> PyResult<bool> {
        self.write(GuardedNode::tick)
    }

    /// Starts an election.
    ///
    /// Raises `InvalidMessageError` when the node would win by its own vote, but can't lead: the cluster has no voters,
    /// or the log is not stored yet. Mirrors `raft::RawNode::campaign`.
    fn campaign(&self) -> PyResult<()> {
        self.write(GuardedNode::campaign)?
    }

    /// Proposes an entry with `data` and, for the application, `context`. It is in the log for good when it comes back
    /// among the committed entries of a `Ready`. To tell a client that its request has been carried out, let the entry
    /// hold an id of the request, and look for it when you apply the entry.
    ///
    /// ```python
    /// >>> node.campaign()
    /// >>> callbacks = {1: lambda: print("request 1 is done")}
    /// >>> node.propose(b"", bytes([1]))
    /// >>> ready = node.ready()
    /// >>> storage.wl().append(ready.entries())
    /// >>> for entry in node.advance(ready).committed_entries():
    /// ...     for request in entry.data:
    /// ...         callbacks[request]()
    /// request 1 is done
    ///
    /// ```
    ///
    /// Raises `ProposalDroppedError` when it was not taken, `CodecError` when `context` and `data` together have more
    /// than 2**28 - 2**10 bytes. Mirrors `raft::RawNode::propose`.
    fn propose(&self, context: BytesLike, data: BytesLike) -> PyResult<()> {
        self.write(|node| node.propose(context.0, data.0))?
    }

    /// Proposes a change of members. When it comes back committed, it must be given to `apply_conf_change`. A
    /// `ConfChange` is proposed as one, not as the `ConfChangeV2` that it is equal to.
    ///
    /// While an earlier change may not have been applied yet, an empty entry is proposed in its place, without the
    /// context.
    ///
    /// Raises `ProposalDroppedError` when it was not taken, `CodecError` when it is too large, as `propose` does.
    /// Mirrors `raft::RawNode::propose_conf_change`.
    fn propose_conf_change(&self, context: BytesLike, cc: AnyConfChange) -> PyResult<()> {
        self.write(|node| match cc {
            AnyConfChange::V1(change) => node.propose_conf_change(context.0, change),
            AnyConfChange::V2(change) => node.propose_conf_change(context.0, change),
        })?
    }

    /// The same as `propose_conf_change`.
    ///
    /// While an earlier change may not have been applied yet, an empty entry is proposed in its place, without the
    /// context.
    ///
    /// Several changes at once go by way of a joint configuration, in which the old and the new voters decide together.
    ///
    /// ```python
    /// >>> node.campaign()
    /// >>> steps = [
    /// ...     new_conf_change_single(4, ConfChangeType.AddNode),
    /// ...     new_conf_change_single(3, ConfChangeType.AddLearnerNode),
    /// ... ]
    /// >>> change = ConfChangeV2(changes=steps)
    /// >>> node.propose_conf_change_v2(b"", change)
    /// >>> conf_state = node.apply_conf_change_v2(change)  # once it is committed
    /// >>> sorted(conf_state.voters), conf_state.voters_outgoing, conf_state.learners
    /// ([1, 4], [1], [3])
    ///
    /// ```
    ///
    /// Raises `ProposalDroppedError` when it was not taken, `CodecError` when it is too large, as `propose` does.
    /// Mirrors `raft::RawNode::propose_conf_change`.
    fn propose_conf_change_v2(&self, context: BytesLike, cc: AnyConfChange) -> PyResult<()> {
        self.propose_conf_change(context, cc)
    }

    /// Applies a committed change of members. Returns the new members, which are to be stored.
    ///
    /// A leader reads its storage, and may have new messages to send.
    ///
    /// Raises `ConfChangeError` when the change is impossible. Mirrors `raft::RawNode::apply_conf_change`.
    fn apply_conf_change(&self, cc: AnyConfChange) -> PyResult<Owned<PyConfStateRef>> {
        let change = cc.into_v2();
        self.write(|node| node.apply_conf_change(&change))?.map(Owned).map_err(raft_error)
    }

    /// The same as `apply_conf_change`.
    ///
    /// Mirrors `raft::RawNode::apply_conf_change`.
    fn apply_conf_change_v2(&self, cc: AnyConfChange) -> PyResult<Owned<PyConfStateRef>> {
        self.apply_conf_change(cc)
    }

    /// Takes in a message from another node. It is copied.
    ///
    /// ```python
    /// >>> heartbeat = Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=3)
    /// >>> arrived = heartbeat.encode()  # over the network
    /// >>> node.step(Message.decode(arrived))
    /// >>> node.raft.leader_id, node.raft.term
    /// (2, 3)
    ///
    /// ```
    ///
    /// A message whose term is more than 2**32 ahead counts as lost: the node goes over to a term 2**32 ahead, and no
    /// further.
    ///
    /// Raises `StepLocalMsgError` for a message that never comes from another node, `StepPeerNotFoundError` for an
    /// answer of a node that is no member, `InvalidMessageError` for a message that no node sends,
    /// `ProposalDroppedError` for a forwarded proposal that was not taken; `LogLostError` for a heartbeat which proves
    /// that the node's own log has lost entries: stop the node then. Mirrors `raft::RawNode::step`.
    fn step(&self, msg: Value<PyMessageRef>) -> PyResult<()> {
        self.write(|node| node.step(msg.0))?
    }

    /// Sends heartbeats at once, if the node leads.
    ///
    /// Mirrors `raft::RawNode::ping`.
    fn ping(&self) -> PyResult<()> {
        self.write(GuardedNode::ping)
    }

    /// Takes up a request again for whose entries the storage raised `LogTemporarilyUnavailableError`, now that it has
    /// them. `context` is what came with the request; it is used up.
    ///
    /// Raises `ValueError` when `context` can't wait, which is so once it has been used. Mirrors
    /// `raft::RawNode::on_entries_fetched`.
    fn on_entries_fetched(&self, context: &Bound<'_, PyGetEntriesContextRef>) -> PyResult<()> {
        let context = context.get();
        if !context.read(raft::GetEntriesContext::can_async)? {
            return Err(PyValueError::new_err("context: it can't wait for entries, or has been used already"));
        }
        self.write(|node| context.use_up().map(|context| node.on_entries_fetched(context)))?
    }

    /// Whether there is work to do: call `ready` then.
    ///
    /// ```python
    /// >>> node.has_ready()
    /// False
    /// >>> node.campaign()
    /// >>> if node.has_ready():
    /// ...     ready = node.ready()
    ///
    /// ```
    ///
    /// Mirrors `raft::RawNode::has_ready`.
    fn has_ready(&self) -> PyResult<bool> {
        self.read(GuardedNode::has_ready)
    }

    /// The work to do. It must be done and given back with `advance` or one of its siblings, before anything else is
    /// called that changes the node. See `Ready`.
    ///
    /// Mirrors `raft::RawNode::ready`.
    fn ready(&self) -> PyResult<Owned<PyReadyRef>> {
        self.write(GuardedNode::ready).map(Owned)
    }

    /// Takes note that the work of `rd` has been done: everything stored, sent and applied. Consumes `rd`.
    ///
    /// Call it once for each `Ready`, when its entries and its hard state are durable, and before you call anything
    /// else that changes the node. Returns more work, which this made possible: do it, then call `advance_apply`.
    ///
    /// ```python
    /// >>> node.campaign()
    /// >>> ready = node.ready()
    /// >>> storage.wl().append(ready.entries())
    /// >>> light_ready = node.advance(ready)
    /// >>> light_ready.messages()  # send them
    /// []
    /// >>> [entry.index for entry in light_ready.committed_entries()]  # apply them
    /// [1]
    /// >>> node.advance_apply()
    ///
    /// ```
    ///
    /// Raises `DestroyedRefUsedError` when `rd` has been consumed before; `ValueError` when it is of another node, is
    /// not the newest, or does not fit any more, because something else was called meanwhile that changes the node;
    /// `NotExistsError` for a leader that has applied its own removal: let it become a follower first. Mirrors
    /// `raft::RawNode::advance`.
    fn advance(&self, rd: &Bound<'_, PyReadyRef>) -> PyResult<Owned<PyLightReadyRef>> {
        self.consume(rd, false, GuardedNode::advance).map(Owned)
    }

    /// Takes note that everything in `rd` has been stored and sent, but not that its entries have been applied: tell
    /// that with `advance_apply` or `advance_apply_to`. Consumes `rd`.
    ///
    /// Returns more work, which this made possible.
    ///
    /// Raises `DestroyedRefUsedError` when `rd` has been consumed before; `ValueError` when it is of another node, is
    /// not the newest, or does not fit any more, because something else was called meanwhile that changes the node;
    /// `NotExistsError` for a leader that has applied its own removal: let it become a follower first. Mirrors
    /// `raft::RawNode::advance_append`.
    fn advance_append(&self, rd: &Bound<'_, PyReadyRef>) -> PyResult<Owned<PyLightReadyRef>> {
        self.consume(rd, false, GuardedNode::advance_append).map(Owned)
    }

    /// Takes note that everything in `rd` can be read from the storage, but not that it is durable: tell that with
    /// `on_persist_ready`. Consumes `rd`.
    ///
    /// Raises `DestroyedRefUsedError` when `rd` has been consumed before; `ValueError` when it is of another node, is
    /// not the newest, or does not fit any more, because something else was called meanwhile that changes the node;
    /// `NotExistsError` for a leader that has applied its own removal: let it become a follower first. Mirrors
    /// `raft::RawNode::advance_append_async`.
    fn advance_append_async(&self, rd: &Bound<'_, PyReadyRef>) -> PyResult<()> {
        self.consume(rd, true, GuardedNode::advance_append_async)
    }

    /// Takes note that all committed entries given out so far have been applied.
    ///
    /// Mirrors `raft::RawNode::advance_apply`.
    fn advance_apply(&self) -> PyResult<()> {
        self.write(GuardedNode::advance_apply)
    }

    /// Takes note that the entries up to index `applied` have been applied.
    ///
    /// Raises `RaftPanicError` when they are not committed yet. Mirrors `raft::RawNode::advance_apply_to`.
    fn advance_apply_to(&self, applied: u64) -> PyResult<()> {
        self.write(|node| node.advance_apply_to(applied))
    }

    /// Takes note that the `Ready` with this number, and all before it, are durable.
    ///
    /// Mirrors `raft::RawNode::on_persist_ready`.
    fn on_persist_ready(&self, number: u64) -> PyResult<()> {
        self.write(|node| node.persist(number))?
    }

    /// A copy of the snapshot that is to be restored, if there is one, else `None`.
    ///
    /// Mirrors `raft::RawNode::snap`.
    fn snap(&self) -> PyResult<Option<Owned<PySnapshotRef>>> {
        self.read(|node| node.snap().cloned().map(Owned))
    }

    /// Takes note that a message to the node `id` could not be delivered.
    ///
    /// Mirrors `raft::RawNode::report_unreachable`.
    fn report_unreachable(&self, id: u64) -> PyResult<()> {
        self.write(|node| node.report_unreachable(id))
    }

    /// Takes note of what became of the snapshot that was sent to the node `id`. Until then, it is sent nothing.
    ///
    /// Mirrors `raft::RawNode::report_snapshot`.
    fn report_snapshot(&self, id: u64, status: PySnapshotStatus) -> PyResult<()> {
        self.write(|node| node.report_snapshot(id, status.into()))
    }

    /// Asks the leader for a snapshot.
    ///
    /// Raises `RequestSnapshotDroppedError` when the node leads or knows no leader, or is waiting for one already.
    /// Mirrors `raft::RawNode::request_snapshot`.
    fn request_snapshot(&self) -> PyResult<()> {
        self.write(GuardedNode::request_snapshot)?.map_err(raft_error)
    }

    /// Tries to hand the leadership over to the node `transferee`.
    ///
    /// Mirrors `raft::RawNode::transfer_leader`.
    fn transfer_leader(&self, transferee: u64) -> PyResult<()> {
        self.write(|node| node.transfer_leader(transferee))
    }

    /// Asks for an index that is safe to read at. It comes among the read states of a `Ready`, with `rctx`, which must
    /// be unique among all members, also over restarts.
    ///
    /// No answer comes when there is no leader, when the leader has committed nothing in its term yet, when another one
    /// is elected, or when a message is lost: ask again after a while. What the node itself drops is logged at debug
    /// level.
    ///
    /// A leader puts 16 bytes before each context that it takes up, and takes them off again: `raft.read_only` shows
    /// them.
    ///
    /// Raises `CodecError` when `rctx` has more than 2**28 - 2**10 bytes. Mirrors `raft::RawNode::read_index`.
    fn read_index(&self, rctx: BytesLike) -> PyResult<()> {
        self.write(|node| node.read_index(rctx.0))?
    }

    /// Sets the node's priority in elections.
    ///
    /// Mirrors `raft::RawNode::set_priority`.
    fn set_priority(&self, priority: i64) -> PyResult<()> {
        self.write(|node| node.set_priority(priority))
    }

    /// Sets whether the leader tells of a new commit index with the next heartbeat or entries only.
    ///
    /// Mirrors `raft::RawNode::skip_bcast_commit`.
    fn skip_bcast_commit(&self, skip: bool) -> PyResult<()> {
        self.write(|node| node.skip_bcast_commit(skip))
    }

    /// Sets whether entries are appended to a message that is still waiting to be sent.
    ///
    /// Mirrors `raft::RawNode::set_batch_append`.
    fn set_batch_append(&self, batch_append: bool) -> PyResult<()> {
        self.write(|node| node.set_batch_append(batch_append))
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|node| {
            format!("RawNode {{ id: {}, state: {:?}, term: {} }}", node.raft().id, node.raft().state, node.raft().term)
        })
    }
}

impl PyRawNodeRef {
    /// `tick`, then `has_ready`.
    pub fn tick_and_ask(&self) -> PyResult<bool> {
        self.write(|node| {
            node.tick();
            node.has_ready()
        })
    }

    /// Calls `f` with what `rd` holds. `rd` stays whole when it, or the node, can't be used.
    fn consume<R>(
        &self,
        rd: &Bound<'_, PyReadyRef>,
        is_async: bool,
        f: impl FnOnce(&mut GuardedNode, raft::Ready) -> R,
    ) -> PyResult<R> {
        self.write(|node| {
            rd.get().read(|ready| node.check(ready, is_async))??;
            let ready = rd.get().take_value()?;
            node.mark_stored(&ready.inner, is_async);
            Ok(f(node, ready.inner))
        })?
    }
}
