//! `RawNode`: a node that the application drives.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use raft::RawNode;

use crate::binding::classes::wrapper_class;
use crate::binding::convert::{BytesLike, Owned, Value};
use crate::binding::enums::enum_class;
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::view::{FieldPath, Itself, part};
use crate::checks::read_tokens::ReadTokens;
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
    /// The outcome of sending a snapshot.
    ///
    /// Mirrors `raft::SnapshotStatus`.
    "SnapshotStatus": raft::SnapshotStatus {
        Finish,
        Failure,
    }
}

wrapper_class! {
    /// A node of a Raft cluster. It has no thread, no clock and no network: the application calls `tick` at regular
    /// intervals, passes incoming messages to `step`, and handles the `Ready` that `ready` returns.
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
    "RawNode" / "RawNodeRef": GuardedNode, keeps_alive |node| node.store().keeps_alive(), calls |node| &node.raft().raft_log
}

#[pymethods]
impl PyRawNode {
    /// Creates a node from the state persisted in `storage`, which is a `MemStorage`, a `WalStorage`, or an object with
    /// the methods of `StorageProtocol`.
    ///
    /// Raises `ConfigInvalidError` when `cfg` is invalid, or its applied index exceeds what is persisted and committed;
    /// `StoreError` when the storage fails. Over a `WalStorage`, it first waits until what was written to the group is
    /// durable, and raises `WalFailedError` when the log has failed. Mirrors `raft::RawNode::new`.
    ///
    /// Beyond raft-rs: with `seed`, any number of 64 bits, what the node draws at random is a function of it: the
    /// randomized election timeouts, and the 16 bytes before the contexts of reads. This is for simulators and tests.
    /// Use another seed for each node, and for each start of a node: reads rely on it.
    ///
    /// ```python
    /// >>> def timeouts(seed):
    /// ...     node = RawNode(Config(id=1), MemStorage(), Logger.discard(), seed=seed)
    /// ...     for term in range(1, 5):
    /// ...         node.tick()
    /// ...         node.raft.become_follower(term, 0)
    /// ...         yield node.raft.randomized_election_timeout()
    /// >>> [*timeouts(seed=1)] == [*timeouts(seed=1)]
    /// True
    ///
    /// ```
    #[new]
    #[pyo3(signature = (cfg, storage, logger, *, seed = None))]
    fn new(
        py: Python<'_>,
        cfg: Value<PyConfigRef>,
        storage: Store,
        logger: Value<PyLoggerRef>,
        seed: Option<u64>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mut config = checked_config(cfg)?;
        let storage = storage.start_at(py, config.applied)?.seeded(&mut config, seed);
        let node = make(|| RawNode::new(&config, storage, &logger.0.inner))?;
        let tokens = seed.map_or_else(ReadTokens::new, ReadTokens::seeded);
        Ok(Self::initializer_of(Handle::owned_keeping(GuardedNode::new(node, tokens), logger.0.python)))
    }

    /// Creates a node that logs to the default logger.
    ///
    /// Raises the exceptions of the constructor. Mirrors `raft::RawNode::with_default_logger`.
    #[staticmethod]
    fn with_default_logger(py: Python<'_>, cfg: Value<PyConfigRef>, storage: Store) -> PyResult<Owned<PyRawNodeRef>> {
        let config = checked_config(cfg)?;
        let storage = storage.start_at(py, config.applied)?;
        let node = make(|| RawNode::new(&config, storage, &env_logger()))?;
        Ok(Owned(GuardedNode::new(node, ReadTokens::new())))
    }
}

#[pymethods]
impl PyRawNodeRef {
    /// A live view of the node's state machine.
    ///
    /// Mirrors the field `raft::RawNode::raft`.
    #[getter(raft)]
    fn attribute_raft(slf: &Bound<'_, Self>) -> PyRaftRef {
        Self::get_raft(slf)
    }

    /// Returns a live view of the node's state machine.
    ///
    /// Mirrors the field `raft::RawNode::raft`.
    fn get_raft(slf: &Bound<'_, Self>) -> PyRaftRef {
        part(slf, FieldPath { get: GuardedNode::raft, get_mut: GuardedNode::raft_mut }, Itself)
    }

    /// Returns the storage.
    ///
    /// Mirrors `raft::RawNode::store`.
    fn store(&self, py: Python<'_>) -> PyResult<StoreObject> {
        self.read(|node| StoreObject::of(node.store(), py))
    }

    /// Returns the storage.
    ///
    /// Mirrors `raft::RawNode::mut_store`.
    fn mut_store(&self, py: Python<'_>) -> PyResult<StoreObject> {
        self.store(py)
    }

    /// Returns the current status of the node.
    ///
    /// Mirrors `raft::RawNode::status`.
    fn status(slf: &Bound<'_, Self>) -> PyResult<PyStatus> {
        PyStatus::of(&Bound::new(slf.py(), Self::get_raft(slf))?)
    }

    /// Advances the logical clock by one tick. Returns whether there may be a `Ready` to handle.
    ///
    /// Call it from a timer, for example every 100 ms. `Config.election_tick` and `Config.heartbeat_tick` are counted
    /// in these calls.
    ///
    /// ```python
    /// >>> while node.raft.state != StateRole.Leader:  # the only voter wins once its election timeout elapses
    /// ...     _ = node.tick()
    /// >>> node.raft.election_timeout(), node.raft.term
    /// (20, 1)
    ///
    /// ```
    ///
    /// The only voter of a cluster doesn't start an election before its log is persisted: call `advance` with the
    /// `Ready` first.
    ///
    /// Mirrors `raft::RawNode::tick`.
    fn tick(&self) -> PyResult<bool> {
        self.write(GuardedNode::tick)
    }

    /// Campaigns to become leader.
    ///
    /// Raises `InvalidMessageError` when the node would win by its own vote but can't lead: the cluster has no voters,
    /// or the log is not persisted yet. Mirrors `raft::RawNode::campaign`.
    fn campaign(&self) -> PyResult<()> {
        self.write(GuardedNode::campaign)?
    }

    /// Proposes that an entry with `data` and `context` be appended to the log; `context` is for the application. The
    /// proposal is committed when its entry is among the committed entries of a `Ready`. To answer a client once its
    /// request has been applied, include an id of the request in the entry, and look it up when you apply the entry.
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
    /// Raises `ProposalDroppedError` when the proposal was dropped, `CodecError` when `context` and `data` together
    /// have more than 2**28 - 2**10 bytes. Mirrors `raft::RawNode::propose`.
    fn propose(&self, context: BytesLike, data: BytesLike) -> PyResult<()> {
        self.write(|node| node.propose(context.0, data.0))?
    }

    /// Proposes a configuration change. When its entry is committed, pass the change to `apply_conf_change`. A
    /// `ConfChange` is proposed as such, not as the equivalent `ConfChangeV2`.
    ///
    /// While an earlier change may be unapplied, an empty entry without the context is proposed in its place.
    ///
    /// Raises `ProposalDroppedError` when the proposal was dropped, `CodecError` when it is too large, as `propose`
    /// does. Mirrors `raft::RawNode::propose_conf_change`.
    fn propose_conf_change(&self, context: BytesLike, cc: AnyConfChange) -> PyResult<()> {
        self.write(|node| match cc {
            AnyConfChange::V1(change) => node.propose_conf_change(context.0, change),
            AnyConfChange::V2(change) => node.propose_conf_change(context.0, change),
        })?
    }

    /// The same as `propose_conf_change`.
    ///
    /// While an earlier change may be unapplied, an empty entry without the context is proposed in its place.
    ///
    /// Several changes at once enter a joint configuration, in which decisions need a majority of both the old and the
    /// new voters.
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
    /// Raises `ProposalDroppedError` when the proposal was dropped, `CodecError` when it is too large, as `propose`
    /// does. Mirrors `raft::RawNode::propose_conf_change`.
    fn propose_conf_change_v2(&self, context: BytesLike, cc: AnyConfChange) -> PyResult<()> {
        self.propose_conf_change(context, cc)
    }

    /// Applies a committed configuration change. Returns the new configuration, which must be persisted.
    ///
    /// On a leader, this reads the storage and may generate messages to send.
    ///
    /// Raises `ConfChangeError` when the change is invalid. Mirrors `raft::RawNode::apply_conf_change`.
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

    /// Advances the state machine with a message from another node. The message is copied.
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
    /// A message whose term is more than 2**32 ahead is treated as lost, and increases the node's term by 2**32 only.
    ///
    /// Raises `StepLocalMsgError` for a local message, which is never sent between nodes, `StepPeerNotFoundError` for a
    /// response from a node that is not a member, `InvalidMessageError` for a message that no node sends,
    /// `ProposalDroppedError` for a forwarded proposal that was dropped; `LogLostError` for a heartbeat that proves
    /// that the node's own log has lost entries: stop the node in that case. Mirrors `raft::RawNode::step`.
    fn step(&self, msg: Value<PyMessageRef>) -> PyResult<()> {
        self.write(|node| node.step(msg.0))?
    }

    /// Broadcasts heartbeats immediately, if the node is the leader.
    ///
    /// Mirrors `raft::RawNode::ping`.
    fn ping(&self) -> PyResult<()> {
        self.write(GuardedNode::ping)
    }

    /// Notifies Raft that the storage now has the entries for which it raised `LogTemporarilyUnavailableError`.
    /// `context` is the one passed with that request; it is consumed.
    ///
    /// Raises `ValueError` when `context` can't wait, which is the case once it has been consumed. Mirrors
    /// `raft::RawNode::on_entries_fetched`.
    fn on_entries_fetched(&self, context: &Bound<'_, PyGetEntriesContextRef>) -> PyResult<()> {
        self.write(|node| {
            let context = context.get().consume_async()?.ok_or_else(|| {
                PyValueError::new_err("context: expected one that can wait and has not been consumed")
            })?;
            node.on_entries_fetched(context);
            Ok(())
        })?
    }

    /// Returns whether there is a `Ready` to handle: if so, call `ready`.
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

    /// Returns the outstanding work. Handle it and pass it to `advance`, `advance_append` or `advance_append_async`
    /// before you call anything else that changes the node. See `Ready`.
    ///
    /// Mirrors `raft::RawNode::ready`.
    fn ready(&self) -> PyResult<Owned<PyReadyRef>> {
        self.write(GuardedNode::ready).map(Owned)
    }

    /// Notifies Raft that `rd` has been handled: its state persisted, its messages sent and its committed entries
    /// applied. Consumes `rd`.
    ///
    /// Call it once for each `Ready`, when its entries and its hard state are persisted, and before you call anything
    /// else that changes the node. Returns a `LightReady` with further work: handle it, then call `advance_apply`.
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
    /// Raises `DestroyedRefUsedError` when `rd` has already been consumed; `ValueError` when it belongs to another
    /// node, is not the newest, or no longer matches the node because something else that changes the node was called
    /// in between; `NotExistsError` for a leader that has applied its own removal: make it step down first. Mirrors
    /// `raft::RawNode::advance`.
    fn advance(&self, rd: &Bound<'_, PyReadyRef>) -> PyResult<Owned<PyLightReadyRef>> {
        self.consume(rd, false, GuardedNode::advance).map(Owned)
    }

    /// Notifies Raft that the state in `rd` has been persisted and its messages sent, but not that its entries have
    /// been applied: report that with `advance_apply` or `advance_apply_to`. Consumes `rd`.
    ///
    /// Returns a `LightReady` with further work.
    ///
    /// Raises `DestroyedRefUsedError` when `rd` has already been consumed; `ValueError` when it belongs to another
    /// node, is not the newest, or no longer matches the node because something else that changes the node was called
    /// in between; `NotExistsError` for a leader that has applied its own removal: make it step down first. Mirrors
    /// `raft::RawNode::advance_append`.
    fn advance_append(&self, rd: &Bound<'_, PyReadyRef>) -> PyResult<Owned<PyLightReadyRef>> {
        self.consume(rd, false, GuardedNode::advance_append).map(Owned)
    }

    /// Notifies Raft that the state in `rd` can be read from the storage, but not that it has been persisted: report
    /// that with `on_persist_ready`. Consumes `rd`.
    ///
    /// Raises `DestroyedRefUsedError` when `rd` has already been consumed; `ValueError` when it belongs to another
    /// node, is not the newest, or no longer matches the node because something else that changes the node was called
    /// in between; `NotExistsError` for a leader that has applied its own removal: make it step down first. Mirrors
    /// `raft::RawNode::advance_append_async`.
    fn advance_append_async(&self, rd: &Bound<'_, PyReadyRef>) -> PyResult<()> {
        self.consume(rd, true, GuardedNode::advance_append_async)
    }

    /// Notifies Raft that all committed entries returned so far have been applied.
    ///
    /// Mirrors `raft::RawNode::advance_apply`.
    fn advance_apply(&self) -> PyResult<()> {
        self.write(GuardedNode::advance_apply)
    }

    /// Notifies Raft that the entries up to `applied` have been applied.
    ///
    /// Raises `RaftPanicError` when they are not committed yet. Mirrors `raft::RawNode::advance_apply_to`.
    fn advance_apply_to(&self, applied: u64) -> PyResult<()> {
        self.write(|node| node.advance_apply_to(applied))
    }

    /// Notifies Raft that the `Ready` with this number, and all earlier ones, have been persisted.
    ///
    /// Mirrors `raft::RawNode::on_persist_ready`.
    fn on_persist_ready(&self, number: u64) -> PyResult<()> {
        self.write(|node| node.persist(number))?
    }

    /// Returns a copy of the pending snapshot to restore, or `None`.
    ///
    /// Mirrors `raft::RawNode::snap`.
    fn snap(&self) -> PyResult<Option<Owned<PySnapshotRef>>> {
        self.read(|node| node.snap().cloned().map(Owned))
    }

    /// Reports that the node `id` was not reachable for the last message.
    ///
    /// Mirrors `raft::RawNode::report_unreachable`.
    fn report_unreachable(&self, id: u64) -> PyResult<()> {
        self.write(|node| node.report_unreachable(id))
    }

    /// Reports the status of the snapshot sent to the node `id`. Until then, replication to that node is paused.
    ///
    /// Mirrors `raft::RawNode::report_snapshot`.
    fn report_snapshot(&self, id: u64, status: PySnapshotStatus) -> PyResult<()> {
        self.write(|node| node.report_snapshot(id, status.into()))
    }

    /// Requests a snapshot from the leader.
    ///
    /// Raises `RequestSnapshotDroppedError` when the node is the leader, knows no leader, or is already waiting for a
    /// snapshot. Mirrors `raft::RawNode::request_snapshot`.
    fn request_snapshot(&self) -> PyResult<()> {
        self.write(GuardedNode::request_snapshot)?.map_err(raft_error)
    }

    /// Tries to transfer leadership to the node `transferee`.
    ///
    /// Mirrors `raft::RawNode::transfer_leader`.
    fn transfer_leader(&self, transferee: u64) -> PyResult<()> {
        self.write(|node| node.transfer_leader(transferee))
    }

    /// Requests a read index, at which a linearizable read is safe. A later `Ready` returns it in its read states, with
    /// `rctx`, which must be unique among all members, including across restarts.
    ///
    /// There is no response when there is no leader, when the leader has not committed an entry in its term yet, when
    /// another leader is elected, or when a message is lost: retry after a timeout. The node logs the requests that it
    /// drops itself at debug level.
    ///
    /// A leader prefixes each context with 16 bytes and removes them from the response: they are visible in
    /// `raft.read_only`.
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

    /// Sets whether the leader sends a new commit index only with the next heartbeat or entries.
    ///
    /// Mirrors `raft::RawNode::skip_bcast_commit`.
    fn skip_bcast_commit(&self, skip: bool) -> PyResult<()> {
        self.write(|node| node.skip_bcast_commit(skip))
    }

    /// Sets whether new entries are batched into an append message that has not been sent yet.
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
    /// Calls `tick`, then `has_ready`.
    pub fn tick_and_ask(&self) -> PyResult<bool> {
        self.write(|node| {
            node.tick();
            node.has_ready()
        })
    }

    /// Calls `f` with the value of `rd`. `rd` is not consumed when it, or the node, can't be used.
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
