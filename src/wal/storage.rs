//! A group of a log as the storage of a node.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use raft::eraftpb::{Entry, Snapshot, SnapshotMetadata};
use raft::{Error, GetEntriesContext, RaftState, Result, Storage, StorageError};

use crate::wal::group::Group;

/// A group, shared by the log and those who read it. Only the log writes to it.
#[derive(Clone, Default)]
pub struct WalGroup(Arc<Shared>);

#[derive(Default)]
struct Shared {
    group: RwLock<Group>,
    /// [`Group::version`], readable without the lock.
    version: AtomicU64,
}

impl WalGroup {
    /// Returns the state of the group. Don't keep it: it holds writes up.
    pub fn read(&self) -> RwLockReadGuard<'_, Group> {
        self.0.group.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the group for a change.
    pub(super) fn lock(&self) -> Locked<'_> {
        let group = self.0.group.write().unwrap_or_else(PoisonError::into_inner);
        Locked { group, version: &self.0.version }
    }

    /// Returns a number that changes with each change of the log.
    pub fn version(&self) -> u64 {
        self.0.version.load(Ordering::Acquire)
    }

    /// Returns whether nobody but the log has the group.
    pub(super) fn is_unused(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Returns the metadata of a snapshot of an entry of the log, with the configuration that the group has.
    ///
    /// # Errors
    ///
    /// [`StorageError::Compacted`] or [`StorageError::Unavailable`] if the log doesn't have the entry.
    pub fn snapshot_metadata(&self, index: u64) -> Result<SnapshotMetadata> {
        let group = self.read();
        let mut metadata = SnapshotMetadata { index, term: group.term(index)?, ..SnapshotMetadata::default() };
        metadata.set_conf_state(group.initial_state().conf_state.clone());
        Ok(metadata)
    }
}

/// A group that is being changed.
pub(super) struct Locked<'a> {
    group: RwLockWriteGuard<'a, Group>,
    version: &'a AtomicU64,
}

impl Deref for Locked<'_> {
    type Target = Group;

    fn deref(&self) -> &Group {
        &self.group
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Group {
        &mut self.group
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.version.store(self.group.version(), Ordering::Release);
    }
}

impl Storage for WalGroup {
    fn initial_state(&self) -> Result<RaftState> {
        Ok(self.read().initial_state().clone())
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        _context: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        self.read().entries(low, high, max_size.into())
    }

    fn term(&self, idx: u64) -> Result<u64> {
        self.read().term(idx)
    }

    fn first_index(&self) -> Result<u64> {
        Ok(self.read().first_index())
    }

    fn last_index(&self) -> Result<u64> {
        Ok(self.read().last_index())
    }

    /// Returns the stored snapshot without its data: see [`Wal::open_snapshot`](crate::wal::log::Wal::open_snapshot).
    fn snapshot(&self, request_index: u64, _to: u64) -> Result<Snapshot> {
        let group = self.read();
        // Raft has no use for an empty snapshot.
        let stored = group.snapshot().filter(|snapshot| snapshot.metadata.index >= request_index.max(1));
        let stored = stored.ok_or(Error::Store(StorageError::SnapshotTemporarilyUnavailable))?;
        let mut snapshot = Snapshot::default();
        snapshot.set_metadata(stored.metadata.clone());
        Ok(snapshot)
    }
}
