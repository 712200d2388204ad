//! Random work for a log, and the states that it goes through.

use std::sync::Arc;

use raft::eraftpb::{ConfState, Entry, EntryType, HardState, SnapshotMetadata};

use crate::model::{self, Action, GroupState, Model};
use crate::wal::errors::Result;
use crate::wal::log::{Options, Wal};
use crate::wal::memory::{MemoryFileSystem, State};
use crate::wal::random::Random;

/// Returns options with short segments.
pub fn options(segment_size: u64) -> Options {
    Options { segment_size, ..Options::default() }
}

/// What happened, and when.
pub struct Run {
    /// The states of the files after each change.
    pub history: Vec<State>,
    /// The states of the log: after so many submitted writes.
    pub models: Vec<Model>,
    /// At which moment of the history how many writes were submitted, and how many of them persisted.
    submitted: Vec<usize>,
    persisted: Vec<(usize, usize)>,
}

impl Run {
    /// Returns a run that begins with a state.
    pub fn new(model: Model) -> Self {
        Self { history: Vec::new(), models: vec![model], submitted: Vec::new(), persisted: Vec::new() }
    }

    /// Notes that all writes are persisted.
    pub fn acknowledge(&mut self, files: &MemoryFileSystem) {
        self.persisted.push((files.moment(), self.models.len() - 1));
    }

    /// Returns the states that the log may have after a crash at a moment.
    pub fn possible(&self, moment: usize) -> &[Model] {
        let persisted = self.persisted.iter().take_while(|(at, _)| *at <= moment).last().map_or(0, |(_, count)| *count);
        let submitted = self.submitted.iter().take_while(|at| **at < moment).count();
        &self.models[persisted..=submitted.max(persisted)]
    }
}

/// Works on a log that has a state, and records what happens.
pub fn run(files: &MemoryFileSystem, model: Model, steps: usize, random: &mut Random) -> Run {
    let options = options([600, 2000, 6000][random.below(3)]);
    let mut run = Run::new(model);
    files.record();
    let mut wal = Wal::open(Arc::new(files.clone()), &options).unwrap();
    for _ in 0..steps {
        let ticket = submit(&wal, files, &mut run, random).unwrap();
        if random.below(3) > 0 {
            wal.wait(ticket).unwrap();
            run.acknowledge(files);
            match random.below(16) {
                0 => wal.mark().unwrap(),
                1 => wal = reopen(wal, files, &options, true),
                2 => wal = reopen(wal, files, &options, false),
                _ => {}
            }
        }
    }
    if random.below(2) == 0 {
        wal.close().unwrap();
        run.acknowledge(files);
    }
    run.history = files.take_history();
    run
}

/// Ends a process, in order or not, and starts the next one.
fn reopen(wal: Wal, files: &MemoryFileSystem, options: &Options, in_order: bool) -> Wal {
    let before = model::read(&wal).unwrap();
    if in_order {
        wal.close().unwrap();
    }
    drop(wal);
    let wal = Wal::open(Arc::new(files.clone()), options).unwrap();
    assert_eq!(wal.torn(), None);
    assert_eq!(model::read(&wal).unwrap(), before);
    wal
}

/// Submits writes of some groups.
pub fn submit(wal: &Wal, files: &MemoryFileSystem, run: &mut Run, random: &mut Random) -> Result<u64> {
    let mut model = run.models[run.models.len() - 1].clone();
    let mut writes = Vec::new();
    // A lagging group, which never compacts, and others.
    let groups = [1, 2, 3, u64::MAX];
    let start = random.below(groups.len());
    for group in groups.iter().cycle().skip(start).take(1 + random.below(groups.len())) {
        let action = action(model.get(group).unwrap_or(&GroupState::default()), *group == 2, random);
        writes.push(model::write(wal, *group, &action)?);
        model::apply(&mut model, *group, &action);
    }
    let ticket = wal.submit(writes)?;
    run.submitted.push(files.moment());
    run.models.push(model);
    Ok(ticket)
}

fn entry(index: u64, term: u64, random: &mut Random) -> Entry {
    let length = [0, 3, 40, 500, 1200][random.below(5)];
    #[allow(clippy::cast_possible_truncation, reason = "any byte")]
    let byte = if random.below(3) == 0 { 0 } else { random.next() as u8 };
    let entry_type = [EntryType::EntryNormal, EntryType::EntryConfChangeV2][random.below(2)];
    let context = vec![7; [0, 0, 10][random.below(3)]].into();
    Entry { entry_type, index, term, data: vec![byte; length].into(), context, ..Entry::default() }
}

fn metadata(index: u64, term: u64, random: &mut Random) -> SnapshotMetadata {
    let mut metadata = SnapshotMetadata { index, term, ..SnapshotMetadata::default() };
    metadata.set_conf_state(conf_state(random));
    metadata
}

fn conf_state(random: &mut Random) -> ConfState {
    let voters = (0..random.below(4)).map(|_| random.next()).collect::<Vec<_>>();
    ConfState::from((voters, vec![random.next() % 9]))
}

/// Returns a change that a node could make.
fn action(group: &GroupState, is_lagging: bool, random: &mut Random) -> Action {
    let (compacted, last_index) = (group.compacted.0, group.last_index());
    let count = last_index - compacted;
    let index = compacted + random.next() % (count + 1);
    let data = vec![8; [0, 10, 3000][random.below(3)]];
    match random.below(if is_lagging { 12 } else { 20 }) {
        0..8 => {
            // Mostly new entries, sometimes others in place of old ones.
            let (first, term) = match random.below(4) {
                0 => (index + 1, group.term(last_index) + 1),
                _ => (last_index + 1, group.term(last_index).max(1)),
            };
            let count = 1 + random.next() % 4;
            Action::Append((first..first + count).map(|index| entry(index, term, random)).collect())
        }
        8 => {
            let (term, vote, commit) = (random.next() >> random.below(64), random.next() % 4, index);
            Action::HardState(HardState { term, vote, commit, ..HardState::default() })
        }
        9 => Action::Commit(index),
        10 => Action::ConfState(conf_state(random)),
        11 | 12 => {
            let newest = group.snapshot.as_ref().map_or(0, |(metadata, _)| metadata.index);
            let index = index.max(newest).max(compacted);
            if index > last_index {
                return Action::Commit(compacted);
            }
            Action::Keep(metadata(index, group.term(index), random), data)
        }
        13 => {
            let jump = [1, 5, u64::from(u32::MAX)][random.below(3)];
            let term = group.term(last_index) + random.next() % 2;
            Action::Restore(metadata(last_index + jump, term, random), data)
        }
        14 => Action::Remove,
        _ if index > compacted => Action::Compact(index + 1),
        _ => Action::Commit(compacted),
    }
}
