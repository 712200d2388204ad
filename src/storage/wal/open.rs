//! `OpenWal`: a log that Python objects and nodes share.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fxhash::FxHashMap;

use crate::binding::process::generation;
use crate::storage::pin::Pin;
use crate::wal::errors::{Error, Result};
use crate::wal::log::Wal;
use crate::wal::snapshots::StoredSnapshot;
use crate::wal::storage::WalGroup;
use crate::wal::write::Write;

/// Fewer groups than twice this number are kept even if nobody uses them: they take little memory.
const FEW: usize = 512;

/// An open log. It is closed when the last object that uses it is dropped, if not before.
pub struct OpenWal {
    wal: Wal,
    /// The process that opened the log. A child of a fork must not write to it.
    process: u64,
    groups: Mutex<Groups>,
    /// Held while a group is created: without a GIL, two threads would give it a configuration each.
    creation: Mutex<()>,
}

/// What the storages of each group share.
#[derive(Default)]
struct Groups {
    by_id: FxHashMap<u64, Shared>,
    /// The number of groups that remained when the unused ones were last removed.
    used: usize,
}

impl Groups {
    /// Returns the group with this id. Removes the unused ones whenever the number of groups has doubled.
    fn get(&mut self, id: u64) -> Shared {
        if self.by_id.len() >= 2 * self.used.max(FEW) {
            self.by_id.retain(|_, shared| shared.is_used());
            self.used = self.by_id.len();
        }
        self.by_id.entry(id).or_default().clone()
    }
}

/// What all storages of a group share, besides its content.
#[derive(Clone, Default)]
pub struct Shared {
    /// See [`Pin`].
    pub pin: Pin,
    /// The data of snapshots that the node will receive.
    staged: Arc<Mutex<Vec<Staged>>>,
}

impl Shared {
    /// Returns whether a storage has it, or a later one will need it.
    fn is_used(&self) -> bool {
        Arc::strong_count(&self.staged) > 1 || !self.staged().is_empty()
    }

    /// Locks the data of snapshots that the node will receive.
    pub fn staged(&self) -> MutexGuard<'_, Vec<Staged>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what was staged for the snapshot at `index` and `term`, and discards what was for this one and for older
    /// ones, which the node will not restore any more.
    pub fn take_staged(&self, index: u64, term: u64) -> Option<Staged> {
        let mut staged = self.staged();
        let (mut obsolete, kept) = mem::take(&mut *staged).into_iter().partition::<Vec<_>, _>(|one| one.index <= index);
        *staged = kept;
        drop(staged);
        let found = obsolete.iter().position(|one| (one.index, one.term) == (index, term))?;
        Some(obsolete.swap_remove(found))
    }
}

/// The data of the snapshot at this index and term.
pub struct Staged {
    pub index: u64,
    pub term: u64,
    pub data: Option<OfProcess<StoredSnapshot>>,
}

/// What belongs to the process that created it. It is not dropped in a child of a fork: that would delete a file of the
/// parent.
pub struct OfProcess<T> {
    value: Option<T>,
    process: u64,
}

impl<T> OfProcess<T> {
    /// Notes which process this is.
    pub fn new(value: T) -> Self {
        Self { value: Some(value), process: generation() }
    }

    /// Returns the value. Fails in a child of a fork.
    pub fn get_mut(&mut self) -> Result<&mut T> {
        let is_mine = self.process == generation();
        self.value.as_mut().filter(|_| is_mine).ok_or_else(forked)
    }

    /// Returns the value. Fails in a child of a fork.
    pub fn into_inner(mut self) -> Result<T> {
        self.get_mut()?;
        self.value.take().ok_or_else(forked)
    }
}

impl<T> Drop for OfProcess<T> {
    fn drop(&mut self) {
        if self.process != generation() {
            mem::forget(self.value.take());
        }
    }
}

fn forked() -> Error {
    Error::Failed { reason: "this process is a fork of the one that opened it".to_owned() }
}

impl OpenWal {
    /// Shares `wal`.
    pub fn new(wal: Wal) -> Self {
        Self { wal, process: generation(), groups: Mutex::default(), creation: Mutex::default() }
    }

    /// Returns the log for reading what is in memory.
    pub fn for_reading(&self) -> &Wal {
        &self.wal
    }

    /// Returns the log for access to its files. Fails in a child of a fork.
    pub fn get(&self) -> Result<&Wal> {
        if self.process == generation() {
            return Ok(&self.wal);
        }
        Err(forked())
    }

    /// Makes writes readable. [`Self::sync`] makes them durable.
    pub fn submit(&self, writes: impl AsMut<[Write]>) -> Result<u64> {
        self.get()?.submit(writes)
    }

    /// Submits the write that creates a group, unless it exists already.
    pub fn create(&self, group: &WalGroup, write: Write) -> Result<()> {
        let _creation = self.creation.lock().unwrap_or_else(PoisonError::into_inner);
        if group.read().exists {
            return Ok(());
        }
        self.submit([write]).map(drop)
    }

    /// Removes a group, and the data of a snapshot that its node would have received.
    pub fn remove(&self, group: u64) -> Result<()> {
        let shared = self.shared(group);
        let mut staged = shared.staged();
        self.submit([Write { group, remove: true, ..Write::default() }])?;
        let obsolete = mem::take(&mut *staged);
        drop(staged);
        drop(obsolete);
        Ok(())
    }

    /// Waits until all writes that have been submitted are durable.
    pub fn sync(&self) -> Result<()> {
        self.get()?.sync()
    }

    /// Persists all writes and closes the log.
    pub fn close(&self) -> Result<()> {
        self.get()?.close()
    }

    /// Returns what all storages of a group share.
    pub fn shared(&self, group: u64) -> Shared {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).get(group)
    }
}

impl Drop for OpenWal {
    fn drop(&mut self) {
        // An error can't be raised here. What was reported as durable is.
        let _ = self.close();
    }
}
