//! The states that a log should have, by a model that keeps plain lists.

use std::collections::BTreeMap;

use raft::eraftpb::{ConfState, Entry, HardState, SnapshotMetadata};
use raft::{GetEntriesContext, Storage};

use crate::wal::errors::Result;
use crate::wal::log::Wal;
use crate::wal::write::{NewSnapshot, Write};

/// What a group has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupState {
    /// Index and term of the entry before the first one.
    pub compacted: (u64, u64),
    pub entries: Vec<Entry>,
    pub hard_state: HardState,
    pub conf_state: ConfState,
    pub snapshot: Option<(SnapshotMetadata, Vec<u8>)>,
}

/// What all groups have.
pub type Model = BTreeMap<u64, GroupState>;

/// A change of one group.
#[derive(Debug, Clone)]
pub enum Action {
    Append(Vec<Entry>),
    HardState(HardState),
    Commit(u64),
    ConfState(ConfState),
    Compact(u64),
    Restore(SnapshotMetadata, Vec<u8>),
    Keep(SnapshotMetadata, Vec<u8>),
    Remove,
}

impl GroupState {
    pub fn last_index(&self) -> u64 {
        self.compacted.0 + self.entries.len() as u64
    }

    pub fn term(&self, index: u64) -> u64 {
        let position = usize::try_from(index - self.compacted.0).unwrap();
        if position == 0 { self.compacted.1 } else { self.entries[position - 1].term }
    }

    fn apply(&mut self, action: &Action) {
        match action {
            Action::Append(entries) => {
                self.entries.retain(|entry| entry.index < entries[0].index);
                self.entries.extend_from_slice(entries);
            }
            Action::HardState(hard_state) => self.hard_state = hard_state.clone(),
            Action::Commit(commit) => self.hard_state.commit = *commit,
            Action::ConfState(conf_state) => self.conf_state = conf_state.clone(),
            Action::Compact(to) => {
                self.compacted = (to - 1, self.term(to - 1));
                self.entries.retain(|entry| entry.index >= *to);
            }
            Action::Restore(metadata, data) => {
                self.compacted = (metadata.index, metadata.term);
                self.entries.clear();
                self.hard_state.term = self.hard_state.term.max(metadata.term);
                self.hard_state.commit = metadata.index;
                self.conf_state = metadata.get_conf_state().clone();
                self.snapshot = Some((metadata.clone(), data.clone()));
            }
            Action::Keep(metadata, data) => self.snapshot = Some((metadata.clone(), data.clone())),
            Action::Remove => *self = Self::default(),
        }
    }
}

/// Makes a change of a model.
pub fn apply(model: &mut Model, group: u64, action: &Action) {
    model.entry(group).or_default().apply(action);
    if matches!(action, Action::Remove) {
        model.remove(&group);
    }
}

/// Returns the same change for a log.
pub fn write(wal: &Wal, group: u64, action: &Action) -> Result<Write> {
    let mut write = Write { group, ..Write::default() };
    let snapshot = |metadata: &SnapshotMetadata, data: &[u8]| -> Result<_> {
        let mut writer = wal.create_snapshot()?;
        data.chunks(1000).try_for_each(|chunk| writer.write(chunk))?;
        Ok(Some(Box::new(NewSnapshot { metadata: metadata.clone(), data: Some(writer.finish()?) })))
    };
    match action.clone() {
        Action::Append(entries) => write.entries = entries,
        Action::HardState(hard_state) => write.hard_state = Some(hard_state),
        Action::Commit(commit) => write.commit = Some(commit),
        Action::ConfState(conf_state) => write.conf_state = Some(Box::new(conf_state)),
        Action::Compact(to) => write.compact = Some(to),
        Action::Restore(metadata, data) => write.restore = snapshot(&metadata, &data)?,
        Action::Keep(metadata, data) => write.snapshot = snapshot(&metadata, &data)?,
        Action::Remove => write.remove = true,
    }
    Ok(write)
}

/// Reads all that a log has, through its public reads.
pub fn read(wal: &Wal) -> Result<Model> {
    let mut model = Model::new();
    for id in wal.groups() {
        let group = wal.group(id);
        let (first, last) = (group.first_index().unwrap(), group.last_index().unwrap());
        let state = group.initial_state().unwrap();
        let snapshot = match wal.open_snapshot(id)? {
            Some((record, reader)) => Some((record.metadata, reader.collect::<Result<Vec<_>>>()?.concat())),
            None => None,
        };
        let state = GroupState {
            compacted: (first - 1, group.term(first - 1).unwrap()),
            entries: group.entries(first, last + 1, None, GetEntriesContext::empty(false)).unwrap(),
            hard_state: state.hard_state,
            conf_state: state.conf_state,
            snapshot,
        };
        model.insert(id, state);
    }
    Ok(model)
}
