//! `WalSource`: a group of a log as the storage of a node.

use std::sync::Arc;

use raft::eraftpb::{Entry, HardState, Snapshot};
use raft::{Error, GetEntriesContext, RaftState, Result, Storage, StorageError};

use crate::binding::exceptions::unwind;
use crate::errors::wal_error;
use crate::storage::wal::open::{OfProcess, OpenWal, Shared};
use crate::wal;
use crate::wal::errors::Rejection;
use crate::wal::group::Group;
use crate::wal::snapshots::StoredSnapshot;
use crate::wal::storage::WalGroup;
use crate::wal::write::Write;

/// A group of a log, for reading and writing.
#[derive(Clone)]
pub struct WalSource {
    /// The log.
    pub wal: Arc<OpenWal>,
    /// The id of the group.
    pub id: u64,
    /// The state of the group.
    pub group: WalGroup,
    /// What all storages of the group share.
    pub shared: Shared,
    /// How often the group had been removed: after another removal, its id is that of another group.
    removals: u64,
    /// Whether `snapshot` returns the data, too.
    inline_snapshots: bool,
}

impl WalSource {
    /// Returns the group with this id, which need not exist.
    pub fn new(wal: Arc<OpenWal>, id: u64, inline_snapshots: bool) -> Self {
        let (group, shared) = (wal.for_reading().group(id), wal.shared(id));
        let removals = group.read().removals();
        Self { wal, id, group, shared, removals, inline_snapshots }
    }

    /// Returns the version of the log. It changes with each write to the log and starts at 1.
    pub fn version(&self) -> u64 {
        self.group.version() + 1
    }

    /// Returns the changes of this group without any change.
    pub fn no_change(&self) -> Write {
        Write { group: self.id, removals: Some(self.removals), ..Write::default() }
    }

    /// Fails if the group was removed.
    pub fn check(&self) -> wal::errors::Result<()> {
        let group = self.group.read();
        let misfit = self.no_change().check(&group).err();
        misfit.map_or(Ok(()), |(kind, reason)| Err(wal::errors::Error::Rejected { group: self.id, kind, reason }))
    }

    /// Makes a write of this group readable.
    pub fn submit(&self, write: Write) -> wal::errors::Result<u64> {
        self.wal.submit([write])
    }

    /// Waits until what a node relies on is durable: one that is created takes the log that it reads for persisted.
    pub fn settle(&self) -> wal::errors::Result<()> {
        self.wal.get()?.settle(self.id)
    }

    /// Changes the hard state. `change` is called again if another thread has changed it meanwhile, such as a node.
    pub fn change_hard_state(
        &self,
        mut change: impl FnMut(&Group, &mut HardState) -> wal::errors::Result<()>,
    ) -> wal::errors::Result<()> {
        loop {
            let (before, after) = {
                let group = self.group.read();
                let before = group.initial_state().hard_state.clone();
                let mut after = before.clone();
                change(&group, &mut after)?;
                (before, after)
            };
            if after == before {
                return Ok(());
            }
            let write = Write { expected: Some(Box::new(before)), hard_state: Some(after), ..self.no_change() };
            match self.submit(write) {
                Err(wal::errors::Error::Rejected { kind: Rejection::Changed, .. }) => {}
                result => return result.map(drop),
            }
        }
    }

    /// Raises the commit index to `applied`, if the log has that entry: the commit index is written later than the
    /// entries that it commits, so it may be older than what a durable state machine has applied.
    pub fn commit_applied(&self, applied: u64) -> wal::errors::Result<()> {
        self.change_hard_state(|group, hard_state| {
            if applied > hard_state.commit && applied <= group.last_index() {
                hard_state.commit = applied;
            }
            Ok(())
        })
    }

    /// Commits the entries up to `index`, and sets the term to that of the last of them.
    pub fn commit_to(&self, index: u64) -> wal::errors::Result<()> {
        self.change_hard_state(|group, hard_state| {
            let term = group.term(index).ok().filter(|_| index >= group.first_index()).ok_or_else(|| {
                let reason = format!("commit_to {index} but the entry does not exist");
                wal::errors::Error::Rejected { group: self.id, kind: Rejection::Unavailable, reason }
            })?;
            (hard_state.term, hard_state.commit) = (term, index);
            Ok(())
        })
    }

    /// Returns the data for a snapshot that the node restores: what was staged for it, or else its own.
    pub fn store_data(&self, snapshot: &Snapshot) -> wal::errors::Result<Option<StoredSnapshot>> {
        self.check()?; // what is staged is for a new group with this id, if this one was removed
        let metadata = snapshot.get_metadata();
        if let Some(staged) = self.shared.take_staged(metadata.index, metadata.term) {
            return staged.data.map(OfProcess::into_inner).transpose();
        }
        if snapshot.data.is_empty() {
            return Ok(None);
        }
        let mut writer = self.wal.get()?.create_snapshot()?;
        writer.write(&snapshot.data)?;
        writer.finish().map(Some)
    }

    fn add_data(&self, snapshot: &mut Snapshot) -> wal::errors::Result<()> {
        if let Some((record, reader)) = self.wal.get()?.open_snapshot(self.id)? {
            let mut data = Vec::new();
            for block in reader {
                data.extend_from_slice(&block?);
            }
            snapshot.set_metadata(record.metadata);
            snapshot.data = data.into();
        }
        Ok(())
    }
}

impl Storage for WalSource {
    fn initial_state(&self) -> Result<RaftState> {
        self.group.initial_state()
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        context: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        self.group.entries(low, high, max_size, context)
    }

    fn term(&self, idx: u64) -> Result<u64> {
        self.group.term(idx)
    }

    fn first_index(&self) -> Result<u64> {
        self.group.first_index()
    }

    fn last_index(&self) -> Result<u64> {
        self.group.last_index()
    }

    fn snapshot(&self, request_index: u64, to: u64) -> Result<Snapshot> {
        let mut snapshot = self.group.snapshot(request_index, to)?;
        // The log after an older one has been compacted, so it would help no follower.
        if snapshot.get_metadata().index + 1 < self.first_index()? {
            return Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
        }
        if self.inline_snapshots {
            match self.add_data(&mut snapshot) {
                Ok(()) => {}
                // raft asks again. A file that is damaged stays so: that is raised.
                Err(wal::errors::Error::Io { .. }) => {
                    return Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
                }
                Err(error) => unwind(wal_error(error)),
            }
        }
        Ok(snapshot)
    }
}
