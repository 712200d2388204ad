//! The `Ready` cycle of a `ReadyLoop`, over a storage that is durable at once or later.
//!
//! Over a `MemStorage`, a `Ready` is handled as by the loop in the documentation. Over a `Wal`, its writes are
//! submitted, and its messages that depend on them are held back until the log is durable: [`Cycle::collect`], wait for
//! the log, [`Cycle::release`], until nothing is left. The messages of a leader that do not depend on them leave before
//! the wait. They depend on its term and vote, which are durable already unless it is the only voter.

use std::mem;
use std::sync::Arc;

use pyo3::prelude::*;
use raft::eraftpb::{ConfChange, ConfChangeV2, ConfState, Entry, EntryType, Message};
use raft_proto::ConfChangeI;

use crate::binding::convert::Owned;
use crate::checks::encoding::Layout;
use crate::eraftpb::codec;
use crate::errors::{raft_error, wal_error};
use crate::extra::ready_batch::{PyReadyBatchRef, ReadyBatch};
use crate::fault;
use crate::raft::soft_state::PySoftStateRef;
use crate::raw_node::guarded::GuardedNode;
use crate::storage::mem::MemStorage;
use crate::storage::wal::open::OpenWal;
use crate::storage::wal::source::WalSource;
use crate::wal::write::{NewSnapshot, Write};

/// A storage in Rust.
pub enum LoopStorage {
    /// It is written at once.
    Mem(MemStorage),
    /// It is durable after a wait.
    Wal(WalSource),
}

/// The work of a loop that is not finished.
#[derive(Default)]
pub struct Cycle {
    /// The work for the application.
    pub batch: Option<Box<ReadyBatch>>,
    /// The messages that must not be sent before the log is durable.
    held: Vec<Message>,
    /// Those of a `Ready` whose write was not accepted yet. The node does not return them again.
    unwritten: Vec<Message>,
    /// The number of the last `Ready` that is not known to be durable, if any.
    unpersisted: Option<u64>,
    /// Whether something depends on `unpersisted` being durable.
    must_wait: bool,
}

impl Cycle {
    /// Returns the log to wait for, if any.
    pub fn waits_for<'a>(&self, storage: &'a LoopStorage) -> Option<&'a Arc<OpenWal>> {
        match storage {
            LoopStorage::Wal(storage) if self.must_wait => Some(&storage.wal),
            _ => None,
        }
    }

    /// Returns the work of the application.
    #[inline]
    pub fn finish(&mut self) -> Option<Owned<PyReadyBatchRef>> {
        self.batch.take_if(|batch| !batch.is_empty()).map(Owned)
    }

    /// Handles up to `limit` `Ready`s, as far as possible without waiting.
    pub fn collect(&mut self, node: &mut GuardedNode, storage: &LoopStorage, limit: &mut usize) -> PyResult<()> {
        if node.unpersisted().is_some() && self.unpersisted < node.unpersisted() {
            // Another loop of the node waits, or was dropped while it did, or the application was to report it.
            self.unpersisted = node.unpersisted();
            self.must_wait = true;
        }
        let mut has_ready = node.has_ready();
        if !has_ready {
            return Ok(());
        }
        while has_ready && *limit > 0 {
            let batch = &mut **self.batch.get_or_insert_default();
            // The application applies the entries before it restores the snapshot.
            if node.snap().is_some() && !batch.committed_entries.is_empty() {
                break;
            }
            match storage {
                LoopStorage::Mem(storage) => handle_ready(node, storage, batch)?,
                LoopStorage::Wal(storage) => self.submit_ready(node, storage)?,
            }
            *limit -= 1;
            has_ready = node.has_ready();
        }
        self.batch.get_or_insert_default().has_more = has_ready;
        Ok(())
    }

    /// Notifies the node that its log is durable, after a wait, and releases the messages that depend on it.
    pub fn release(&mut self, node: &mut GuardedNode) -> PyResult<()> {
        if let Some(number) = self.unpersisted {
            let was_restoring = node.is_restoring();
            node.persist(number)?;
            self.unpersisted = None;
            if was_restoring && !node.is_restoring() {
                node.advance_apply();
            }
        }
        self.must_wait = false;
        let held = mem::take(&mut self.held);
        if !held.is_empty() {
            add(&mut self.batch.get_or_insert_default().messages, held);
        }
        Ok(())
    }

    /// Handles one `Ready` over a `Wal`. Its committed entries are durable.
    ///
    /// The commit index is not waited for: after a crash, a smaller one is correct, and a node that has applied more is
    /// started from there, see [`WalSource::commit_applied`]. A configuration is: a node that has applied its change
    /// does not apply it again.
    #[inline(never)] // keeps the code of the other storage compact
    fn submit_ready(&mut self, node: &mut GuardedNode, storage: &WalSource) -> PyResult<()> {
        let mut ready = node.next_ready();
        let batch = self.batch.get_or_insert_default();
        if node.awaits_vote(&ready) {
            add(&mut self.unwritten, ready.take_messages());
        } else {
            send(node, &mut batch.messages, ready.take_messages());
        }
        add(&mut self.unwritten, ready.take_persisted_messages());
        add(&mut batch.read_states, ready.take_read_states());
        if let Some(soft_state) = ready.ss() {
            batch.ss = Some(PySoftStateRef::copy_of(soft_state));
        }
        let changes = batch.conf_states.len();
        let set_conf_state =
            |members| storage.submit(Write { conf_state: Some(Box::new(members)), ..storage.no_change() });
        apply(node, batch, ready.take_committed_entries(), |members| {
            set_conf_state(members).map(drop).map_err(wal_error)
        })?;
        self.must_wait |= batch.conf_states.len() > changes;

        let snapshot = ready.snapshot();
        let restore = if snapshot.is_empty() {
            None
        } else {
            let data = storage.store_data(snapshot).map_err(wal_error)?;
            Some(Box::new(NewSnapshot { metadata: snapshot.get_metadata().clone(), data }))
        };
        let (entries, hard_state) = (ready.take_entries(), ready.hs().cloned());
        let has_snapshot = restore.is_some();
        if has_snapshot || !entries.is_empty() || hard_state.is_some() {
            let write = Write { restore, entries, hard_state, ..storage.no_change() };
            storage.submit(write).map_err(wal_error)?;
        }
        // If the write fails, nothing is to leave that depends on it. The next `Ready` has the same write.
        if has_snapshot {
            batch.snapshot = ready.snapshot().clone();
        }
        let persisted = mem::take(&mut self.unwritten);
        if fault::is_back("messages_before_sync") {
            send(node, &mut batch.messages, persisted);
        } else {
            send(node, &mut self.held, persisted);
        }
        self.must_wait |= ready.must_sync();

        let number = ready.number();
        self.unpersisted = Some(number);
        if self.must_wait {
            node.await_ready(number, has_snapshot);
        }
        node.mark_stored(&ready, true);
        node.advance_append_async(ready);
        if !node.is_restoring() {
            node.advance_apply();
        }
        if !self.must_wait {
            self.release(node)?;
        }
        Ok(())
    }
}

/// Handles one `Ready` over a `MemStorage`. Its committed entries were persisted with an earlier `Ready`. They are
/// handled first, so that they are not lost with a `Ready` that the storage rejects.
fn handle_ready(node: &mut GuardedNode, storage: &MemStorage, batch: &mut ReadyBatch) -> PyResult<()> {
    let set_conf_state = |members| {
        storage.write_states(|core| core.set_conf_state(members));
        Ok(())
    };
    let mut ready = node.next_ready();
    send(node, &mut batch.messages, ready.take_messages());
    add(&mut batch.read_states, ready.take_read_states());
    if let Some(soft_state) = ready.ss() {
        batch.ss = Some(PySoftStateRef::copy_of(soft_state));
    }
    apply(node, batch, ready.take_committed_entries(), set_conf_state)?;

    if !ready.snapshot().is_empty() {
        storage.write(|core| core.apply_snapshot(ready.snapshot().clone()))?;
        batch.snapshot = ready.snapshot().clone();
    }
    if !ready.entries().is_empty() {
        let entries = ready.take_entries();
        storage.write(|core| core.append(entries))?;
    }
    if let Some(hard_state) = ready.hs() {
        storage.write_states(|core| core.set_hardstate(hard_state.clone()));
    }
    send(node, &mut batch.messages, ready.take_persisted_messages());

    // This is the only check that can fail for a `Ready` that was never passed to the application.
    node.check_member()?;
    node.mark_stored(&ready, false);
    let light_ready = node.advance(ready);
    if let Some(commit) = light_ready.commit_index {
        storage.write_states(|core| core.mut_hard_state().commit = commit);
    }
    add(&mut batch.messages, light_ready.messages);
    apply(node, batch, light_ready.committed_entries, set_conf_state)?;
    node.advance_apply();
    Ok(())
}

fn send(node: &GuardedNode, to: &mut Vec<Message>, mut messages: Vec<Message>) {
    node.prepare(&mut messages);
    add(to, messages);
}

/// Applies configuration changes to the node, and leaves all entries to the application.
fn apply(
    node: &mut GuardedNode,
    batch: &mut ReadyBatch,
    entries: Vec<Entry>,
    set_conf_state: impl Fn(ConfState) -> PyResult<()>,
) -> PyResult<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut result = Ok(());
    for entry in &entries {
        let members = match entry.entry_type {
            EntryType::EntryNormal => continue,
            EntryType::EntryConfChange => change_members::<ConfChange>(node, &entry.data),
            EntryType::EntryConfChangeV2 => change_members::<ConfChangeV2>(node, &entry.data),
        };
        match members {
            Ok(members) => {
                result = result.and(set_conf_state(members.clone()));
                batch.conf_states.push((entry.index, members));
            }
            Err(error) => batch.rejected_conf_changes.push((entry.index, error)),
        }
    }
    add(&mut batch.committed_entries, entries);
    result
}

/// Appends `items` to `list`. If `list` is empty, they are not copied.
#[inline]
fn add<T>(list: &mut Vec<T>, items: Vec<T>) {
    if items.is_empty() {
        return;
    }
    if list.is_empty() {
        *list = items;
    } else {
        list.extend(items);
    }
}

fn change_members<C: ConfChangeI + Layout>(node: &mut GuardedNode, data: &[u8]) -> PyResult<ConfState> {
    let change: C = codec::decode(data)?;
    node.apply_conf_change(&change).map_err(raft_error)
}
