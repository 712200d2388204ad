//! Writes: what a caller submits.

use raft::eraftpb::{ConfState, Entry, HardState, SnapshotMetadata};

use crate::wal::errors::Rejection;
use crate::wal::format::{SnapshotFile, SnapshotRecord};
use crate::wal::group::{Group, HIGHEST_INDEX, Ledger, Misfit, Position, compacts, continues};
use crate::wal::operation::{
    invalid, put_append, put_compact, put_remove, put_set_commit, put_set_conf_state, put_set_hard_state,
    put_set_snapshot,
};
use crate::wal::snapshots::StoredSnapshot;

/// The changes of one group, made together, in the order of the fields.
#[derive(Default)]
pub struct Write {
    /// The group.
    pub group: u64,
    /// If it is given, the changes are of the group that was created after so many removals, and of no later one.
    pub removals: Option<u64>,
    /// If it is given, the changes are made only if this is the hard state.
    pub expected: Option<Box<HardState>>,
    /// Removes the group with all that it has. The other fields then apply to an empty group.
    pub remove: bool,
    /// Replaces the log by a snapshot that came from a leader, as `MemStorageCore::apply_snapshot`.
    pub restore: Option<Box<NewSnapshot>>,
    /// Replaces the entries from the index of the first one on.
    pub entries: Vec<Entry>,
    /// Sets the hard state.
    pub hard_state: Option<HardState>,
    /// Sets the commit index.
    pub commit: Option<u64>,
    /// Sets the configuration.
    pub conf_state: Option<Box<ConfState>>,
    /// Sets the snapshot for followers that are far behind, and keeps the log.
    pub snapshot: Option<Box<NewSnapshot>>,
    /// Removes the entries before this index.
    pub compact: Option<u64>,
}

/// A snapshot to be submitted.
pub struct NewSnapshot {
    /// Index, term and configuration.
    pub metadata: SnapshotMetadata,
    /// The data; `None` if there is none.
    pub data: Option<StoredSnapshot>,
}

impl NewSnapshot {
    fn submit(self) -> SnapshotRecord {
        SnapshotRecord { metadata: self.metadata, file: self.data.map(StoredSnapshot::submit).unwrap_or_default() }
    }
}

/// About how many bytes the parts of a write take that are not counted one by one.
const OVERHEAD: usize = 256;

impl Write {
    /// Returns whether it has anything that a node must not confirm before it is persisted. A node that is created
    /// takes all that it reads for persisted.
    pub fn is_relied_on(&self) -> bool {
        self.restore.is_some() || !self.entries.is_empty() || self.hard_state.is_some()
    }

    /// Checks that all changes fit the group, and returns about how many bytes they take.
    pub fn check(&self, group: &Group) -> Result<usize, Misfit> {
        if self.removals.is_some_and(|removals| removals != group.removals()) {
            return Err((Rejection::Removed, "the group was removed".to_owned()));
        }
        if self.expected.as_ref().is_some_and(|expected| **expected != group.initial_state().hard_state) {
            return Err((Rejection::Changed, "the hard state has changed".to_owned()));
        }
        let (mut compacted, mut last_index) = (group.compacted(), group.last_index());
        if self.remove {
            (compacted, last_index) = (Position::default(), 0);
        }
        if let Some(snapshot) = &self.restore {
            compacted = restores(&snapshot.metadata, compacted, last_index)?;
            last_index = compacted.index;
        }
        let mut size = OVERHEAD;
        if let Some(first) = self.entries.first() {
            continues(first.index, compacted.index + 1, last_index)?;
            last_index = first.index - 1;
            for entry in &self.entries {
                if entry.index != last_index + 1 || entry.index > HIGHEST_INDEX {
                    if entry.index <= last_index {
                        return Err(invalid(format!("entry {} follows entry {last_index}", entry.index)));
                    }
                    continues(entry.index, last_index + 1, last_index)?;
                    return Err(invalid(format!("the index of an entry is too large: {}", entry.index)));
                }
                last_index = entry.index;
                size += entry.data.len() + entry.context.len() + 32;
            }
        }
        if let Some(commit) = self.commit.filter(|commit| *commit > last_index) {
            let reason = format!("commit_to {commit} but the entry does not exist");
            return Err((Rejection::Unavailable, reason));
        }
        if let Some(snapshot) = &self.snapshot {
            let keeps_log = !self.remove && self.restore.is_none();
            self.keeps(&snapshot.metadata, compacted, last_index, keeps_log.then_some(group))?;
        }
        if let Some(to) = self.compact {
            compacts(to, last_index)?;
        }
        let conf_states = [self.conf_state.as_deref()];
        let snapshots = [self.restore.as_ref(), self.snapshot.as_ref()];
        let snapshots = snapshots.into_iter().flatten().map(|snapshot| snapshot.metadata.get_conf_state());
        Ok(size + conf_states.into_iter().flatten().chain(snapshots).map(conf_state_size).sum::<usize>())
    }

    /// Checks that a snapshot is of an entry that the log has.
    fn keeps(
        &self,
        metadata: &SnapshotMetadata,
        compacted: Position,
        last_index: u64,
        group: Option<&Group>,
    ) -> Result<(), Misfit> {
        let index = metadata.index;
        let before = group.and_then(Group::snapshot).map_or(0, |snapshot| snapshot.metadata.index);
        if index < compacted.index || index < before {
            return Err((Rejection::SnapshotOutOfDate, "snapshot out of date".to_owned()));
        }
        let new = self.entries.iter().find(|entry| entry.index == index).map(|entry| entry.term);
        let old = || group.and_then(|group| group.term(index).ok());
        let at_compacted = (index == compacted.index).then_some(compacted.term);
        match at_compacted.or(new).or_else(old).filter(|_| index <= last_index) {
            None => Err((Rejection::Unavailable, format!("a snapshot of {index}, last index: {last_index}"))),
            Some(term) if term != metadata.term => {
                Err(invalid(format!("a snapshot of {index} in term {}, the entry has term {term}", metadata.term)))
            }
            Some(_) => Ok(()),
        }
    }

    /// Makes the changes, and appends them to a payload. `check` has accepted them, and nothing has changed since. The
    /// files of replaced snapshots can be deleted when the payload is persisted.
    pub fn apply(
        &mut self,
        group: &mut Group,
        payload: &mut Vec<u8>,
        segment: u64,
        ledger: &mut Ledger,
        obsolete: &mut Vec<SnapshotFile>,
    ) -> Result<(), Misfit> {
        let id = self.group;
        let mut replace = |snapshot: Option<SnapshotRecord>| obsolete.extend(snapshot.map(|snapshot| snapshot.file));
        if self.remove && group.exists {
            put_remove(payload, id);
            replace(group.remove(ledger));
        }
        if let Some(snapshot) = self.restore.take() {
            let record = snapshot.submit();
            put_set_snapshot(payload, id, &record, true);
            replace(group.restore(record, ledger));
        }
        if let Some(first) = self.entries.first().map(|entry| entry.index) {
            put_append(payload, id, first, &self.entries);
            group.append(first, std::mem::take(&mut self.entries), segment, ledger)?;
        }
        if let Some(hard_state) = self.hard_state.take() {
            put_set_hard_state(payload, id, &hard_state);
            group.set_hard_state(hard_state);
        }
        if let Some(commit) = self.commit {
            put_set_commit(payload, id, commit);
            group.set_commit(commit);
        }
        if let Some(conf_state) = self.conf_state.take() {
            put_set_conf_state(payload, id, &conf_state);
            group.set_conf_state(*conf_state);
        }
        if let Some(snapshot) = self.snapshot.take() {
            let record = snapshot.submit();
            put_set_snapshot(payload, id, &record, false);
            replace(group.keep(record));
        }
        if let Some(to) = self.compact.filter(|to| *to > group.first_index()) {
            let unavailable = |error| (Rejection::Unavailable, format!("no entry {}: {error}", to - 1));
            let term = group.term(to - 1).map_err(unavailable)?;
            put_compact(payload, id, to, term);
            group.compact(to, term, ledger)?;
        }
        Ok(())
    }
}

/// Checks that a snapshot is newer than a log, or of its end, and returns its position.
fn restores(metadata: &SnapshotMetadata, compacted: Position, last_index: u64) -> Result<Position, Misfit> {
    let position = Position { index: metadata.index, term: metadata.term };
    let is_of_the_end = compacted.index == last_index && position == compacted;
    if position.index <= compacted.index && !is_of_the_end {
        return Err((Rejection::SnapshotOutOfDate, "snapshot out of date".to_owned()));
    }
    if position.index > HIGHEST_INDEX {
        return Err(invalid(format!("the index of a snapshot is too large: {}", position.index)));
    }
    Ok(position)
}

fn conf_state_size(state: &ConfState) -> usize {
    let lists = [&state.voters, &state.learners, &state.voters_outgoing, &state.learners_next];
    lists.iter().map(|list| 10 * (list.len() + 1)).sum()
}
