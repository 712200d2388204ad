//! `GuardedNode`: a `raft::RawNode` with checks before its calls.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use raft::eraftpb::{ConfState, Entry, HardState, Message, MessageType, Snapshot};
use raft::raw_node::is_local_msg;
use raft::{GetEntriesContext, Raft, RawNode, SnapshotStatus, StateRole};
use raft_proto::ConfChangeI;

use crate::checks::encoding::{self, Layout};
use crate::checks::members::still_member;
use crate::checks::messages::{admit, check_election, must_wait, report_dropped_read};
use crate::checks::outgoing;
use crate::checks::read_tokens::ReadTokens;
use crate::checks::ready::{check_ready, check_state};
use crate::errors::raft_error;
use crate::raft::timeouts;
use crate::raw_node::light_ready::LightReady;
use crate::raw_node::ready::Ready;
use crate::storage::Store;

/// A `raft::RawNode` that is never called where it would panic, and whose messages their receivers can accept.
///
/// It has the methods of `raft::RawNode`, each with a check where one is needed. The inner node is not exposed.
pub struct GuardedNode {
    inner: RawNode<Store>,
    /// Unique among the nodes of this process.
    token: u64,
    /// The number of the newest `Ready`.
    newest: u64,
    /// The hard state that raft-rs considers persisted.
    hard_state: HardState,
    /// The role in the last soft state that was passed back to raft-rs.
    role: StateRole,
    /// Whether a `Ready` has returned entries that are not known to be persisted.
    awaits_persistence: bool,
    /// The newest `Ready` that was passed back before it was persisted, by a `ReadyLoop` or by hand.
    unpersisted: Option<u64>,
    /// The same, if it has a snapshot: the node can't apply that before.
    restoring: Option<u64>,
    /// The newest `Ready` that changes the term or the vote and is not known to be persisted.
    voting: Option<u64>,
    read_tokens: ReadTokens,
}

/// The capacity, in entries, that the log keeps while it has no unstable entries.
const KEPT: usize = 128;

impl GuardedNode {
    /// Wraps `inner`.
    pub fn new(inner: RawNode<Store>, read_tokens: ReadTokens) -> Self {
        static NODES: AtomicU64 = AtomicU64::new(1);
        let token = NODES.fetch_add(1, Ordering::Relaxed);
        let (hard_state, role) = (inner.raft.hard_state(), inner.raft.state);
        let (unpersisted, restoring, voting) = (None, None, None);
        Self {
            inner,
            token,
            newest: 0,
            hard_state,
            role,
            awaits_persistence: false,
            unpersisted,
            restoring,
            voting,
            read_tokens,
        }
    }

    /// `raft::RawNode::ready`.
    pub fn ready(&mut self) -> Box<Ready> {
        let inner = self.next_ready();
        let mut ready = Ready::new(inner, self.token);
        self.prepare(&mut ready.messages);
        self.prepare(&mut ready.persisted_messages);
        ready
    }

    /// Returns the node's state machine.
    #[inline]
    pub fn raft(&self) -> &Raft<Store> {
        &self.inner.raft
    }

    /// The same, mutable, for applications that drive it directly.
    #[inline]
    pub fn raft_mut(&mut self) -> &mut Raft<Store> {
        &mut self.inner.raft
    }

    /// Returns the `raft::Ready` as raft-rs returns it: its messages must still be prepared.
    pub fn next_ready(&mut self) -> raft::Ready {
        if self.role != StateRole::Leader && self.inner.raft.state == StateRole::Leader {
            // raft-rs discards the earlier records here, but asserts that they have no entries. If they have, because a
            // `Ready` was not passed back, the new one contains these entries again.
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
        timeouts::settle(&mut self.inner.raft);
        !must_wait(&self.inner.raft) && self.inner.tick()
    }

    /// `raft::RawNode::step`, unless it would panic. `?` converts a rejection into its exception: `errors.rs`.
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

    /// `raft::RawNode::campaign`, unless the node would win and can't lead.
    pub fn campaign(&mut self) -> PyResult<()> {
        check_election(&self.inner.raft)?;
        self.inner.campaign().map_err(raft_error)
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
        // A request without a response is not an error.
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

    /// Frees the memory that a burst of entries has left allocated in the log.
    fn release(&mut self) {
        let entries = &mut self.inner.raft.raft_log.unstable.entries;
        if entries.is_empty() && entries.capacity() > KEPT {
            *entries = Vec::new();
        }
    }

    /// Prepares messages before they leave the node.
    pub fn prepare(&self, messages: &mut Vec<Message>) {
        outgoing::prepare(messages, &self.inner.raft.raft_log, &self.read_tokens);
    }

    /// Raises `ValueError`, or `NotExistsError` for a leader that has applied its own removal, when raft-rs would panic
    /// about `ready`. `is_async`: the call returns no messages.
    pub fn check(&self, ready: &Ready, is_async: bool) -> PyResult<()> {
        if !is_async {
            self.check_member()?;
        }
        self.validate(ready, is_async).map_err(|reason| PyValueError::new_err(format!("rd: {reason}")))
    }

    fn validate(&self, ready: &Ready, is_async: bool) -> Result<(), String> {
        let number = ready.inner.number();
        if ready.node != self.token {
            return Err("expected a Ready of this node".to_owned());
        }
        if number != self.newest {
            return Err(format!("its number is {number}, but that of the newest Ready is {}", self.newest));
        }
        check_ready(self.raft(), &ready.inner, ready.last_entry)?;
        if is_async { Ok(()) } else { check_state(self.raft(), ready.inner.hs().unwrap_or(&self.hard_state)) }
    }

    /// Raises `NotExistsError` for a leader that has applied its own removal and would have to commit.
    pub fn check_member(&self) -> PyResult<()> {
        if self.awaits_persistence { Ok(still_member(&self.inner.raft)?) } else { Ok(()) }
    }

    /// Records that the state in `ready` is in the storage; when `is_async`, not yet persisted.
    pub fn mark_stored(&mut self, ready: &raft::Ready, is_async: bool) {
        if let Some(hard_state) = ready.hs() {
            if is_async && self.changes_vote(hard_state) {
                self.voting = Some(self.newest);
            }
            self.hard_state = hard_state.clone();
        }
        if let Some(soft_state) = ready.ss() {
            self.role = soft_state.raft_state;
        }
        self.awaits_persistence &= is_async;
        if !is_async {
            self.forget_unpersisted(self.newest);
        } else if ready.must_sync() {
            self.await_ready(self.newest, !ready.snapshot().is_empty());
        }
    }

    /// Records that a loop has to wait until the `Ready` with this number is durable, and whether it has a snapshot.
    pub fn await_ready(&mut self, number: u64, has_snapshot: bool) {
        self.unpersisted = Some(number);
        if has_snapshot {
            self.restoring = Some(number);
        }
    }

    /// Returns the newest `Ready` that a loop of this node waits for, or has left when it was dropped, or that was
    /// passed to `advance_append_async` by hand.
    pub fn unpersisted(&self) -> Option<u64> {
        self.unpersisted
    }

    fn changes_vote(&self, hard_state: &HardState) -> bool {
        (hard_state.term, hard_state.vote) != (self.hard_state.term, self.hard_state.vote)
    }

    /// Returns whether `ready`, which was not passed back yet, or an earlier one has a term or a vote that is not known
    /// to be persisted. The only voter leads with both at once: raft-rs lets its messages leave before.
    pub fn awaits_vote(&self, ready: &raft::Ready) -> bool {
        self.voting.is_some() || ready.hs().is_some_and(|hard_state| self.changes_vote(hard_state))
    }

    /// Returns whether the node has to wait before it applies a snapshot.
    pub fn is_restoring(&self) -> bool {
        self.restoring.is_some()
    }

    fn forget_unpersisted(&mut self, number: u64) {
        self.unpersisted = self.unpersisted.filter(|unpersisted| *unpersisted > number);
        self.restoring = self.restoring.filter(|restoring| *restoring > number);
        self.voting = self.voting.filter(|voting| *voting > number);
    }

    /// `raft::RawNode::on_persist_ready`, unless it would panic.
    pub fn persist(&mut self, number: u64) -> PyResult<()> {
        self.check_member()?;
        self.inner.on_persist_ready(number);
        self.awaits_persistence &= number < self.newest;
        self.forget_unpersisted(number);
        Ok(())
    }
}

/// The methods of `raft::RawNode` that need no guard: those that read and those that write.
macro_rules! unguarded {
    (
        read { $($get:ident() -> $Value:ty;)* }
        write { $($name:ident($($argument:ident: $Argument:ty),*) $(-> $Result:ty)?;)* }
    ) => {
        impl GuardedNode {
            $(
                #[doc = concat!("`raft::RawNode::", stringify!($get), "`.")]
                #[inline]
                pub fn $get(&self) -> $Value {
                    self.inner.$get()
                }
            )*

            $(
                #[doc = concat!("`raft::RawNode::", stringify!($name), "`.")]
                #[inline]
                pub fn $name(&mut self $(, $argument: $Argument)*) $(-> $Result)? {
                    self.inner.$name($($argument),*)
                }
            )*
        }
    };
}

unguarded! {
    read {
        store() -> &Store;
        snap() -> Option<&Snapshot>;
        has_ready() -> bool;
    }
    write {
        ping();
        apply_conf_change(change: &impl ConfChangeI) -> raft::Result<ConfState>;
        on_entries_fetched(context: GetEntriesContext);
        advance_apply();
        advance_apply_to(applied: u64);
        report_unreachable(id: u64);
        report_snapshot(id: u64, status: SnapshotStatus);
        request_snapshot() -> raft::Result<()>;
        transfer_leader(transferee: u64);
        set_priority(priority: i64);
        skip_bcast_commit(skip: bool);
        set_batch_append(batch_append: bool);
    }
}
