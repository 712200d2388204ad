//! `RawNode`: a node, driven by its application.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::binding::classes::wrapper_class;
use crate::binding::convert::{BytesLike, Owned, Value};
use crate::binding::enums::enum_class;
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::view::{FieldPath, Itself, part};
use crate::checks::messages::check_election;
use crate::config::ConfigRef;
use crate::eraftpb::conf_change::AnyConfChange;
use crate::eraftpb::conf_state::ConfStateRef;
use crate::eraftpb::message::MessageRef;
use crate::eraftpb::snapshot::SnapshotRef;
use crate::errors::raft_error;
use crate::logger::{LoggerRef, env_logger};
use crate::raft::{RaftRef, checked_config, make};
use crate::raw_node::light_ready::LightReadyRef;
use crate::raw_node::ready::ReadyRef;
use crate::status::Status;
use crate::storage::get_entries_context::GetEntriesContextRef;
use crate::storage::{Store, StoreObject};

pub mod light_ready;
pub mod peer;
pub mod ready;

type Node = raft::RawNode<Store>;

enum_class! {
    /// What became of a snapshot that was sent.
    ///
    /// Mirrors `raft::SnapshotStatus`.
    SnapshotStatus: raft::SnapshotStatus {
        Finish,
        Failure,
    }
}

/// The value behind the class.
pub mod value {
    use std::ops::{Deref, DerefMut};
    use std::sync::atomic::{AtomicU64, Ordering};

    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;
    use raft::StateRole;
    use raft::eraftpb::{Entry, HardState, Message, MessageType};
    use raft::raw_node::is_local_msg;
    use raft_proto::ConfChangeI;

    use crate::checks::encoding::{self, Layout};
    use crate::checks::members::still_member;
    use crate::checks::messages::{admit, must_wait, report_dropped_read};
    use crate::checks::outgoing;
    use crate::checks::read_tokens::ReadTokens;
    use crate::errors::raft_error;
    use crate::raw_node::light_ready::value::LightReady;
    use crate::raw_node::ready::value::Ready;
    use crate::storage::Store;

    /// A `raft::RawNode`, and what it takes to tell whether a `Ready` may be given back to it.
    pub struct RawNode {
        inner: raft::RawNode<Store>,
        /// No other node of this process has it.
        token: u64,
        /// The number of the newest `Ready`.
        newest: u64,
        /// The hard state that raft-rs takes for stored.
        hard_state: HardState,
        /// The role that raft-rs knows to be known.
        role: StateRole,
        /// Whether entries have been given out that are not known to be durable.
        awaits_persistence: bool,
        read_tokens: ReadTokens,
    }

    /// For how many entries the log keeps memory while it has none to give out.
    const KEPT: usize = 128;

    impl RawNode {
        /// The form of `inner`.
        pub fn new(inner: raft::RawNode<Store>) -> Self {
            static NODES: AtomicU64 = AtomicU64::new(1);
            let token = NODES.fetch_add(1, Ordering::Relaxed);
            let (hard_state, role) = (inner.raft.hard_state(), inner.raft.state);
            let read_tokens = ReadTokens::new();
            Self { inner, token, newest: 0, hard_state, role, awaits_persistence: false, read_tokens }
        }

        /// `raft::RawNode::ready`.
        pub fn ready(&mut self) -> Box<Ready> {
            let inner = self.next_ready();
            let mut ready = Ready::new(inner, self.token);
            self.prepare(&mut ready.messages);
            self.prepare(&mut ready.persisted_messages);
            ready
        }

        /// The same as it comes from raft-rs: its messages are to be prepared.
        pub fn next_ready(&mut self) -> raft::Ready {
            if self.role != StateRole::Leader && self.raft.state == StateRole::Leader {
                // raft-rs forgets the earlier ones here, but insists that they have no entries. If they have, because
                // one was not given back, the new one has them again.
                self.inner.on_persist_ready(self.newest);
            }
            for state in &mut self.inner.raft.read_states {
                self.read_tokens.remove_from_state(state);
            }
            let ready = self.inner.ready();
            self.newest = ready.number();
            self.awaits_persistence |= !ready.entries().is_empty();
            ready
        }

        /// `raft::RawNode::tick`, unless it would start an election that can't be won yet.
        pub fn tick(&mut self) -> bool {
            !must_wait(&self.inner.raft) && self.inner.tick()
        }

        /// `raft::RawNode::step`, unless it would panic.
        pub fn step(&mut self, mut message: Message) -> PyResult<()> {
            if is_local_msg(message.msg_type) {
                return Err(raft_error(raft::Error::StepLocalMsg));
            }
            if !admit(&mut self.inner.raft, &message)? {
                return Ok(());
            }
            if message.msg_type == MessageType::MsgReadIndex {
                self.read_tokens.add(&self.inner.raft, &mut message);
            }
            self.inner.step(message).map_err(raft_error)
        }

        /// `raft::RawNode::propose`. Raises `CodecError` for an entry that is too large for any message.
        pub fn propose(&mut self, context: Vec<u8>, data: Vec<u8>) -> PyResult<()> {
            encoding::check_payload(context.len() + data.len())?;
            self.inner.propose(context, data).map_err(raft_error)
        }

        /// `raft::RawNode::propose_conf_change`. Raises `CodecError` for one that is too large for any message.
        pub fn propose_conf_change<C: ConfChangeI + Layout>(&mut self, context: Vec<u8>, change: C) -> PyResult<()> {
            let length = encoding::check(&change)?;
            encoding::check_payload(context.len() + length)?;
            self.inner.propose_conf_change(context, change).map_err(raft_error)
        }

        /// `raft::RawNode::read_index`. Raises `CodecError` for a context that is too large for any message.
        pub fn read_index(&mut self, context: Vec<u8>) -> PyResult<()> {
            encoding::check_payload(context.len())?;
            let request = Entry { data: context.into(), ..Default::default() };
            let mut message =
                Message { msg_type: MessageType::MsgReadIndex, entries: vec![request].into(), ..Default::default() };
            report_dropped_read(&self.inner.raft, &message);
            self.read_tokens.add(&self.inner.raft, &mut message);
            // It is no error that a request gets no answer.
            _ = self.inner.raft.step(message);
            Ok(())
        }

        /// `raft::RawNode::advance`.
        pub fn advance(&mut self, ready: raft::Ready) -> LightReady {
            let light = self.inner.advance(ready);
            self.light_ready(light)
        }

        /// `raft::RawNode::advance_append`.
        pub fn advance_append(&mut self, ready: raft::Ready) -> LightReady {
            let light = self.inner.advance_append(ready);
            self.light_ready(light)
        }

        /// `raft::RawNode::advance_append_async`.
        pub fn advance_append_async(&mut self, ready: raft::Ready) {
            self.inner.advance_append_async(ready);
            self.release();
        }

        fn light_ready(&mut self, light: raft::LightReady) -> LightReady {
            self.release();
            let mut light = LightReady::from(light);
            self.prepare(&mut light.messages);
            light
        }

        /// Frees the memory that many entries have left behind in the log.
        fn release(&mut self) {
            let entries = &mut self.inner.raft.raft_log.unstable.entries;
            if entries.is_empty() && entries.capacity() > KEPT {
                *entries = Vec::new();
            }
        }

        /// What is to be done to messages before they leave the node.
        pub fn prepare(&self, messages: &mut Vec<Message>) {
            outgoing::prepare(messages, &self.raft.raft_log, &self.read_tokens);
        }

        /// Raises `ValueError`, or `NotExistsError` for a leader that has applied its own removal, when raft-rs would
        /// panic about `ready`. `is_async`: no messages are made up at once.
        pub fn check(&self, ready: &Ready, is_async: bool) -> PyResult<()> {
            if !is_async {
                self.check_member()?;
            }
            self.judge(ready, is_async).map_err(|reason| PyValueError::new_err(format!("rd: {reason}")))
        }

        /// Raises `NotExistsError` for a leader that has applied its own removal and would have to commit.
        pub fn check_member(&self) -> PyResult<()> {
            if self.awaits_persistence { Ok(still_member(&self.raft)?) } else { Ok(()) }
        }

        fn judge(&self, ready: &Ready, is_async: bool) -> Result<(), String> {
            let number = ready.inner.number();
            if ready.node != self.token {
                return Err("it is no Ready of this node".to_owned());
            }
            if number != self.newest {
                return Err(format!("its number is {number}, that of the newest Ready {}", self.newest));
            }
            let unstable = &self.raft.raft_log.unstable;
            let last_entry = unstable.entries.last().map(|entry| (entry.index, entry.term));
            if ready.last_entry.is_some() && ready.last_entry != last_entry {
                return Err(format!(
                    "its last entry has index and term {:?}, that of the log has {last_entry:?} now",
                    ready.last_entry
                ));
            }
            let snapshot = ready.inner.snapshot().get_metadata().index;
            let unstable_snapshot = unstable.snapshot.as_ref().map_or(0, |snapshot| snapshot.get_metadata().index);
            if snapshot != 0 && snapshot != unstable_snapshot {
                return Err(format!("its snapshot has index {snapshot}, that of the log has {unstable_snapshot} now"));
            }
            if is_async {
                return Ok(());
            }
            let stored = ready.inner.hs().unwrap_or(&self.hard_state);
            if (stored.term, stored.vote) != (self.raft.term, self.raft.vote) {
                return Err(format!(
                    "it is of term {} and vote {}, the node has term {} and vote {} now",
                    stored.term, stored.vote, self.raft.term, self.raft.vote
                ));
            }
            if self.raft.state != StateRole::Leader && !self.raft.msgs.is_empty() {
                return Err(format!("the node has {} new messages to send, from a call since", self.raft.msgs.len()));
            }
            Ok(())
        }

        /// Takes note that what is in `ready` is stored; when `is_async`, not durably.
        pub fn mark_stored(&mut self, ready: &raft::Ready, is_async: bool) {
            if let Some(hard_state) = ready.hs() {
                self.hard_state = hard_state.clone();
            }
            if let Some(soft_state) = ready.ss() {
                self.role = soft_state.raft_state;
            }
            self.awaits_persistence &= is_async;
        }

        /// `raft::RawNode::on_persist_ready`, unless it would panic.
        pub fn persist(&mut self, number: u64) -> PyResult<()> {
            self.check_member()?;
            self.inner.on_persist_ready(number);
            self.awaits_persistence &= number < self.newest;
            Ok(())
        }
    }

    impl Deref for RawNode {
        type Target = raft::RawNode<Store>;

        fn deref(&self) -> &Self::Target {
            &self.inner
        }
    }

    impl DerefMut for RawNode {
        fn deref_mut(&mut self) -> &mut Self::Target {
            &mut self.inner
        }
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
    RawNode / RawNodeRef: value::RawNode, holds |node| node.store().held(), begins |node| node.store().begin()
}

#[pymethods]
impl RawNode {
    /// A node that starts from what `storage` holds: a `MemStorage`, or an object with the methods of
    /// `StorageProtocol`.
    ///
    /// Raises `ConfigInvalidError` when `cfg` is invalid, or says that more has been applied than is stored and committed;
    /// `StoreError` when the storage fails. Mirrors `raft::RawNode::new`.
    #[new]
    fn new(cfg: Value<ConfigRef>, storage: Store, logger: Value<LoggerRef>) -> PyResult<PyClassInitializer<Self>> {
        let config = checked_config(cfg)?;
        let node = make(|| Node::new(&config, storage, &logger.0.inner))?;
        Ok(Self::initializer_of(Handle::owned_keeping(value::RawNode::new(node), logger.0.python)))
    }

    /// A node that logs to the default logger.
    ///
    /// Raises as the constructor does. Mirrors `raft::RawNode::with_default_logger`.
    #[staticmethod]
    fn with_default_logger(cfg: Value<ConfigRef>, storage: Store) -> PyResult<Owned<RawNodeRef>> {
        let config = checked_config(cfg)?;
        let node = make(|| Node::new(&config, storage, &env_logger()))?;
        Ok(Owned(value::RawNode::new(node)))
    }
}

#[pymethods]
impl RawNodeRef {
    /// A live view of the state machine inside.
    ///
    /// Mirrors the field `raft::RawNode::raft`.
    #[getter(raft)]
    fn attribute_raft(slf: &Bound<'_, Self>) -> RaftRef {
        Self::get_raft(slf)
    }

    /// A live view of the state machine inside.
    ///
    /// Mirrors the field `raft::RawNode::raft`.
    fn get_raft(slf: &Bound<'_, Self>) -> RaftRef {
        part(slf, FieldPath { get: |node| &node.raft, get_mut: |node| &mut node.raft }, Itself)
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
    fn status(slf: &Bound<'_, Self>) -> PyResult<Status> {
        Status::of(&Bound::new(slf.py(), Self::get_raft(slf))?)
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
        Wrapper::write(self, value::RawNode::tick)
    }

    /// Starts an election.
    ///
    /// Raises `InvalidMessageError` when the node would win by its own vote, but can't lead: the cluster has no voters,
    /// or the log is not stored yet. Mirrors `raft::RawNode::campaign`.
    fn campaign(&self) -> PyResult<()> {
        self.write(|node| {
            check_election(&node.raft)?;
            node.campaign().map_err(raft_error)
        })?
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
    /// Raises `ProposalDroppedError` when it was not taken, `CodecError` when `context` and `data` together have more than
    /// 2**28 - 2**10 bytes. Mirrors `raft::RawNode::propose`.
    fn propose(&self, context: BytesLike, data: BytesLike) -> PyResult<()> {
        Wrapper::write(self, |node| node.propose(context.0, data.0))?
    }

    /// Proposes a change of members. When it comes back committed, it must be given to `apply_conf_change`. A `ConfChange`
    /// is proposed as one, not as the `ConfChangeV2` that it is equal to.
    ///
    /// While an earlier change may not have been applied yet, an empty entry is proposed in its place, without the context.
    ///
    /// Raises `ProposalDroppedError` when it was not taken, `CodecError` when it is too large, as `propose` does. Mirrors
    /// `raft::RawNode::propose_conf_change`.
    fn propose_conf_change(&self, context: BytesLike, cc: AnyConfChange) -> PyResult<()> {
        Wrapper::write(self, |node| match cc {
            AnyConfChange::V1(change) => node.propose_conf_change(context.0, change),
            AnyConfChange::V2(change) => node.propose_conf_change(context.0, change),
        })?
    }

    /// The same as `propose_conf_change`.
    ///
    /// While an earlier change may not have been applied yet, an empty entry is proposed in its place, without the context.
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
    /// Raises `ProposalDroppedError` when it was not taken, `CodecError` when it is too large, as `propose` does. Mirrors
    /// `raft::RawNode::propose_conf_change`.
    fn propose_conf_change_v2(&self, context: BytesLike, cc: AnyConfChange) -> PyResult<()> {
        self.propose_conf_change(context, cc)
    }

    /// Applies a committed change of members. Returns the new members, which are to be stored.
    ///
    /// A leader reads its storage, and may have new messages to send.
    ///
    /// Raises `ConfChangeError` when the change is impossible. Mirrors `raft::RawNode::apply_conf_change`.
    fn apply_conf_change(&self, cc: AnyConfChange) -> PyResult<Owned<ConfStateRef>> {
        let change = cc.into_v2();
        self.write(|node| node.apply_conf_change(&change))?.map(Owned).map_err(raft_error)
    }

    /// The same as `apply_conf_change`.
    ///
    /// Mirrors `raft::RawNode::apply_conf_change`.
    fn apply_conf_change_v2(&self, cc: AnyConfChange) -> PyResult<Owned<ConfStateRef>> {
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
    /// A message whose term is more than 2**32 ahead counts as lost: the node goes over to a term 2**32 ahead, and no further.
    ///
    /// Raises `StepLocalMsgError` for a message that never comes from another node, `StepPeerNotFoundError` for an
    /// answer of a node that is no member, `InvalidMessageError` for a message that no node sends,
    /// `ProposalDroppedError` for a forwarded proposal that was not taken; `LogLostError` for a heartbeat which proves that
    /// the node's own log has lost entries: stop the node then. Mirrors `raft::RawNode::step`.
    fn step(&self, msg: Value<MessageRef>) -> PyResult<()> {
        Wrapper::write(self, |node| node.step(msg.0))?
    }

    /// Sends heartbeats at once, if the node leads.
    ///
    /// Mirrors `raft::RawNode::ping`.
    fn ping(&self) -> PyResult<()> {
        self.write(Node::ping)
    }

    /// Takes up a request again for whose entries the storage raised `LogTemporarilyUnavailableError`, now that it has
    /// them. `context` is what came with the request; it is used up.
    ///
    /// Raises `ValueError` when `context` can't wait, which is so once it has been used. Mirrors
    /// `raft::RawNode::on_entries_fetched`.
    fn on_entries_fetched(&self, context: &Bound<'_, GetEntriesContextRef>) -> PyResult<()> {
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
        self.read(Node::has_ready)
    }

    /// The work to do. It must be done and given back with `advance` or one of its siblings, before anything else is
    /// called that changes the node. See `Ready`.
    ///
    /// Mirrors `raft::RawNode::ready`.
    fn ready(&self) -> PyResult<Owned<ReadyRef>> {
        Wrapper::write(self, value::RawNode::ready).map(Owned)
    }

    /// Takes note that the work of `rd` has been done: everything stored, sent and applied. Consumes `rd`.
    ///
    /// Call it once for each `Ready`, when its entries and its hard state are durable, and before you call anything else
    /// that changes the node. Returns more work, which this made possible: do it, then call `advance_apply`.
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
    /// Raises `DestroyedRefUsedError` when `rd` has been consumed before; `ValueError` when it is of another node, is not
    /// the newest, or does not fit any more, because something else was called meanwhile that changes the node;
    /// `NotExistsError` for a leader that has applied its own removal: let it become a follower first. Mirrors `raft::RawNode::advance`.
    fn advance(&self, rd: &Bound<'_, ReadyRef>) -> PyResult<Owned<LightReadyRef>> {
        self.consume(rd, false, value::RawNode::advance).map(Owned)
    }

    /// Takes note that everything in `rd` has been stored and sent, but not that its entries have been applied: tell
    /// that with `advance_apply` or `advance_apply_to`. Consumes `rd`.
    ///
    /// Returns more work, which this made possible.
    ///
    /// Raises `DestroyedRefUsedError` when `rd` has been consumed before; `ValueError` when it is of another node, is not
    /// the newest, or does not fit any more, because something else was called meanwhile that changes the node;
    /// `NotExistsError` for a leader that has applied its own removal: let it become a follower first. Mirrors `raft::RawNode::advance_append`.
    fn advance_append(&self, rd: &Bound<'_, ReadyRef>) -> PyResult<Owned<LightReadyRef>> {
        self.consume(rd, false, value::RawNode::advance_append).map(Owned)
    }

    /// Takes note that everything in `rd` can be read from the storage, but not that it is durable: tell that with
    /// `on_persist_ready`. Consumes `rd`.
    ///
    /// Raises `DestroyedRefUsedError` when `rd` has been consumed before; `ValueError` when it is of another node, is not
    /// the newest, or does not fit any more, because something else was called meanwhile that changes the node;
    /// `NotExistsError` for a leader that has applied its own removal: let it become a follower first. Mirrors
    /// `raft::RawNode::advance_append_async`.
    fn advance_append_async(&self, rd: &Bound<'_, ReadyRef>) -> PyResult<()> {
        self.consume(rd, true, value::RawNode::advance_append_async)
    }

    /// Takes note that all committed entries given out so far have been applied.
    ///
    /// Mirrors `raft::RawNode::advance_apply`.
    fn advance_apply(&self) -> PyResult<()> {
        self.write(Node::advance_apply)
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
        Wrapper::write(self, |node| node.persist(number))?
    }

    /// A copy of the snapshot that is to be restored, if there is one, else `None`.
    ///
    /// Mirrors `raft::RawNode::snap`.
    fn snap(&self) -> PyResult<Option<Owned<SnapshotRef>>> {
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
    fn report_snapshot(&self, id: u64, status: SnapshotStatus) -> PyResult<()> {
        self.write(|node| node.report_snapshot(id, status.into()))
    }

    /// Asks the leader for a snapshot.
    ///
    /// Raises `RequestSnapshotDroppedError` when the node leads or knows no leader, or is waiting for one already.
    /// Mirrors `raft::RawNode::request_snapshot`.
    fn request_snapshot(&self) -> PyResult<()> {
        self.write(Node::request_snapshot)?.map_err(raft_error)
    }

    /// Tries to hand the leadership over to the node `transferee`.
    ///
    /// Mirrors `raft::RawNode::transfer_leader`.
    fn transfer_leader(&self, transferee: u64) -> PyResult<()> {
        self.write(|node| node.transfer_leader(transferee))
    }

    /// Asks for an index that is safe to read at. It comes among the read states of a `Ready`, with `rctx`, which must be
    /// unique among all members, also over restarts.
    ///
    /// No answer comes when there is no leader, when the leader has committed nothing in its term yet, when another one is
    /// elected, or when a message is lost: ask again after a while. What the node itself drops is logged at debug level.
    ///
    /// A leader puts 16 bytes before each context that it takes up, and takes them off again: `raft.read_only` shows them.
    ///
    /// Raises `CodecError` when `rctx` has more than 2**28 - 2**10 bytes. Mirrors `raft::RawNode::read_index`.
    fn read_index(&self, rctx: BytesLike) -> PyResult<()> {
        Wrapper::write(self, |node| node.read_index(rctx.0))?
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
            format!("RawNode {{ id: {}, state: {:?}, term: {} }}", node.raft.id, node.raft.state, node.raft.term)
        })
    }
}

impl RawNodeRef {
    /// `tick`, then `has_ready`.
    pub fn tick_and_ask(&self) -> PyResult<bool> {
        Wrapper::write(self, |node| {
            node.tick();
            node.has_ready()
        })
    }

    fn read<R>(&self, f: impl FnOnce(&Node) -> R) -> PyResult<R> {
        Wrapper::read(self, |node| f(node))
    }

    fn write<R>(&self, f: impl FnOnce(&mut Node) -> R) -> PyResult<R> {
        Wrapper::write(self, |node| f(node))
    }

    /// Calls `f` with what `rd` holds. `rd` stays whole when it, or the node, can't be used.
    fn consume<R>(
        &self,
        rd: &Bound<'_, ReadyRef>,
        is_async: bool,
        f: impl FnOnce(&mut value::RawNode, raft::Ready) -> R,
    ) -> PyResult<R> {
        Wrapper::write(self, |node| {
            rd.get().read(|ready| node.check(ready, is_async))??;
            let ready = rd.get().handle().take()?;
            node.mark_stored(&ready.inner, is_async);
            Ok(f(node, ready.inner))
        })?
    }
}
