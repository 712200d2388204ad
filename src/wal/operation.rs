//! Operations: what the payload of a frame consists of.

use raft::eraftpb::{ConfState, Entry, HardState};

use crate::wal::errors::Rejection;
use crate::wal::format::{
    Malformed, Reader, SnapshotRecord, put_conf_state, put_entry, put_hard_state, put_head, put_snapshot, put_varint,
    put_varints,
};
use crate::wal::group::{Checkpoint, Group, Ledger, Misfit, Position};

/// The first byte of an operation.
mod code {
    /// The end of the payload: only zeros follow.
    pub const END: u8 = 0;
    pub const APPEND: u8 = 1;
    pub const HARD_STATE: u8 = 2;
    pub const COMMIT: u8 = 3;
    pub const CONF_STATE: u8 = 4;
    pub const COMPACT: u8 = 5;
    pub const RESTORE: u8 = 6;
    pub const KEEP: u8 = 7;
    pub const REMOVE: u8 = 8;
    pub const CHECKPOINT: u8 = 9;
    pub const REWRITE: u8 = 10;
}

fn put_entries(out: &mut Vec<u8>, code: u8, group: u64, first: u64, entries: &[Entry]) {
    put_head(out, code, [group, first, entries.len() as u64]);
    for entry in entries {
        put_entry(out, entry);
    }
}

/// Appends: the entries from this index on are replaced by these.
pub fn put_append(out: &mut Vec<u8>, group: u64, first: u64, entries: &[Entry]) {
    put_entries(out, code::APPEND, group, first, entries);
}

/// Appends: these entries are where they were, and their earlier place is given up.
pub fn put_rewrite(out: &mut Vec<u8>, group: u64, first: u64, entries: &[Entry]) {
    put_entries(out, code::REWRITE, group, first, entries);
}

/// Appends: the group has this hard state.
pub fn put_set_hard_state(out: &mut Vec<u8>, group: u64, hard_state: &HardState) {
    put_head(out, code::HARD_STATE, [group]);
    put_hard_state(out, hard_state);
}

/// Appends: the group has this commit index.
pub fn put_set_commit(out: &mut Vec<u8>, group: u64, commit: u64) {
    put_head(out, code::COMMIT, [group]);
    put_varint(out, commit);
}

/// Appends: the group has this configuration.
pub fn put_set_conf_state(out: &mut Vec<u8>, group: u64, conf_state: &ConfState) {
    put_head(out, code::CONF_STATE, [group]);
    put_conf_state(out, conf_state);
}

/// Appends: the entries before `to` are removed; the last of them has this term.
pub fn put_compact(out: &mut Vec<u8>, group: u64, to: u64, term: u64) {
    put_head(out, code::COMPACT, [group]);
    put_varint(out, to);
    put_varint(out, term);
}

/// Appends: the group has this snapshot, which replaces the log or not.
pub fn put_set_snapshot(out: &mut Vec<u8>, group: u64, snapshot: &SnapshotRecord, restores: bool) {
    put_head(out, if restores { code::RESTORE } else { code::KEEP }, [group]);
    put_snapshot(out, snapshot);
}

/// Appends: the group is removed.
pub fn put_remove(out: &mut Vec<u8>, group: u64) {
    put_head(out, code::REMOVE, [group]);
}

/// Appends the states of all groups.
pub fn put_checkpoint(out: &mut Vec<u8>, groups: &[(u64, Checkpoint)]) {
    put_head(out, code::CHECKPOINT, [groups.len() as u64]);
    for (group, checkpoint) in groups {
        let Checkpoint { compacted, last_index, hard_state, conf_state, snapshot } = checkpoint;
        put_varints(out, [*group, compacted.index, compacted.term, *last_index]);
        put_hard_state(out, hard_state);
        put_conf_state(out, conf_state);
        out.push(u8::from(snapshot.is_some()));
        if let Some(snapshot) = snapshot {
            put_snapshot(out, snapshot);
        }
    }
}

/// An operation, read from a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// A change of one group.
    Change(u64, Change),
    /// The states of all groups.
    Checkpoint(Vec<(u64, Checkpoint)>),
}

/// A change of a group, read from a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// See [`put_append`].
    Append(u64, Vec<Entry>),
    /// See [`put_rewrite`].
    Rewrite(u64, Vec<Entry>),
    /// See [`put_set_hard_state`].
    HardState(HardState),
    /// See [`put_set_commit`].
    Commit(u64),
    /// See [`put_set_conf_state`].
    ConfState(ConfState),
    /// See [`put_compact`].
    Compact(u64, u64),
    /// See [`put_set_snapshot`].
    Restore(SnapshotRecord),
    /// See [`put_set_snapshot`].
    Keep(SnapshotRecord),
    /// See [`put_remove`].
    Remove,
}

impl Change {
    /// Makes the change that was read from a segment.
    pub fn apply(self, group: &mut Group, segment: u64, ledger: &mut Ledger) -> Result<(), Misfit> {
        match self {
            Self::Append(first, entries) => return group.append(first, entries, segment, ledger),
            Self::Rewrite(first, entries) => return group.rewrite(first, entries, segment, ledger),
            Self::Compact(to, term) => return group.compact(to, term, ledger),
            Self::HardState(hard_state) => group.set_hard_state(hard_state),
            Self::Commit(commit) => group.set_commit(commit),
            Self::ConfState(conf_state) => group.set_conf_state(conf_state),
            Self::Restore(snapshot) => drop(group.restore(snapshot, ledger)),
            Self::Keep(snapshot) => drop(group.keep(snapshot)),
            Self::Remove => drop(group.remove(ledger)),
        }
        Ok(())
    }
}

/// The operations of a payload.
pub struct Operations<'a>(Reader<'a>);

impl<'a> Operations<'a> {
    /// Returns the operations of a payload.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(Reader::new(payload))
    }

    fn read(&mut self, code: u8) -> Result<Operation, Malformed> {
        let reader = &mut self.0;
        if code == code::CHECKPOINT {
            return (0..reader.count()?)
                .map(|_| read_checkpoint(reader))
                .collect::<Result<_, _>>()
                .map(Operation::Checkpoint);
        }
        let group = reader.varint()?;
        let change = match code {
            code::APPEND | code::REWRITE => {
                let first = reader.varint()?;
                let entries = reader.entries(first)?;
                if code == code::APPEND { Change::Append(first, entries) } else { Change::Rewrite(first, entries) }
            }
            code::HARD_STATE => Change::HardState(reader.hard_state()?),
            code::COMMIT => Change::Commit(reader.varint()?),
            code::CONF_STATE => Change::ConfState(reader.conf_state()?),
            code::COMPACT => Change::Compact(reader.varint()?, reader.varint()?),
            code::RESTORE => Change::Restore(reader.snapshot()?),
            code::KEEP => Change::Keep(reader.snapshot()?),
            code::REMOVE => Change::Remove,
            _ => return Err("an operation is unknown"),
        };
        Ok(Operation::Change(group, change))
    }
}

fn read_checkpoint(reader: &mut Reader<'_>) -> Result<(u64, Checkpoint), Malformed> {
    let group = reader.varint()?;
    let compacted = Position { index: reader.varint()?, term: reader.varint()? };
    let last_index = reader.varint()?;
    let (hard_state, conf_state) = (reader.hard_state()?, reader.conf_state()?);
    let snapshot = if reader.byte()? == 0 { None } else { Some(reader.snapshot()?) };
    Ok((group, Checkpoint { compacted, last_index, hard_state, conf_state, snapshot }))
}

impl Iterator for Operations<'_> {
    type Item = Result<Operation, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.0.byte() {
            Err(_) => None,
            Ok(code::END) => {
                let rest = self.0.rest();
                self.0 = Reader::new(&[]);
                rest.iter().any(|byte| *byte != 0).then_some(Err("the padding of a frame is not zero"))
            }
            Ok(code) => Some(self.read(code)),
        }
    }
}

/// Returns the text of a misfit that was read from a file.
pub fn misfit_text((_, reason): Misfit) -> String {
    reason
}

/// Returns a misfit of the arguments.
pub fn invalid(reason: String) -> Misfit {
    (Rejection::Invalid, reason)
}

#[cfg(test)]
mod tests {
    use raft::eraftpb::SnapshotMetadata;

    use super::*;
    use crate::wal::format::SnapshotFile;

    #[test]
    fn operations_come_back() {
        let entries = vec![Entry { index: 4, term: 2, data: vec![1; 300].into(), ..Entry::default() }];
        let conf_state = ConfState::from((vec![1, 2], vec![3]));
        let hard_state = HardState { term: 2, vote: 1, commit: 3, ..HardState::default() };
        let mut snapshot = SnapshotRecord { metadata: SnapshotMetadata::default(), file: SnapshotFile::default() };
        snapshot.metadata.set_conf_state(conf_state.clone());
        let checkpoint = Checkpoint {
            compacted: Position { index: 3, term: 2 },
            last_index: 4,
            hard_state: hard_state.clone(),
            conf_state: conf_state.clone(),
            snapshot: Some(snapshot.clone()),
        };

        let mut payload = Vec::new();
        put_append(&mut payload, 1, 4, &entries);
        put_rewrite(&mut payload, u64::MAX, 4, &entries);
        put_set_hard_state(&mut payload, 1, &hard_state);
        put_set_commit(&mut payload, 1, 3);
        put_set_conf_state(&mut payload, 1, &conf_state);
        put_compact(&mut payload, 1, 4, 2);
        put_set_snapshot(&mut payload, 1, &snapshot, true);
        put_set_snapshot(&mut payload, 1, &snapshot, false);
        put_remove(&mut payload, 1);
        put_checkpoint(&mut payload, &[(1, checkpoint.clone())]);
        payload.extend_from_slice(&[0; 31]);

        let expected = [
            Operation::Change(1, Change::Append(4, entries.clone())),
            Operation::Change(u64::MAX, Change::Rewrite(4, entries)),
            Operation::Change(1, Change::HardState(hard_state)),
            Operation::Change(1, Change::Commit(3)),
            Operation::Change(1, Change::ConfState(conf_state)),
            Operation::Change(1, Change::Compact(4, 2)),
            Operation::Change(1, Change::Restore(snapshot.clone())),
            Operation::Change(1, Change::Keep(snapshot)),
            Operation::Change(1, Change::Remove),
            Operation::Checkpoint(vec![(1, checkpoint)]),
        ];
        assert_eq!(Operations::new(&payload).collect::<Result<Vec<_>, _>>(), Ok(expected.to_vec()));
    }

    #[test]
    fn payloads_that_are_none_are_rejected() {
        let error = |payload: &[u8]| Operations::new(payload).find_map(Result::err);
        assert_eq!(error(&[0, 0, 1]), Some("the padding of a frame is not zero"));
        assert_eq!(error(&[99, 1]), Some("an operation is unknown"));
        assert_eq!(error(&[code::COMPACT, 1, 2]), Some("a record ends too early"));
    }
}
