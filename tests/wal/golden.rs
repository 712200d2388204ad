//! The format on disk: a log that an earlier version wrote is read, and is still written byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use raft::eraftpb::{ConfState, Entry, EntryType, HardState, SnapshotMetadata};

use crate::model::{self, Action, Model};
use crate::wal::current::Identity;
use crate::wal::log::{Options, Wal};
use crate::wal::memory::{MemoryFileSystem, State};

/// The directory of this version of the format. A new version gets another one, and both are read.
fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wal/golden/version-1")
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(directory()).expect("the files are part of the project").map(|file| {
        let path = file.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        (name, fs::read(path).expect("a file"))
    });
    files.collect()
}

fn options() -> Options {
    Options { segment_size: 600, identity: Identity { host: Some(7), cluster: Some("jobs".to_owned()) } }
}

fn entry(index: u64) -> Entry {
    let types = [EntryType::EntryNormal, EntryType::EntryConfChange, EntryType::EntryConfChangeV2];
    let entry_type = types[usize::try_from(index % 3).unwrap()];
    let context = vec![2; usize::try_from(index % 2).unwrap()].into();
    let data = vec![1; 100].into();
    Entry { entry_type, term: 300, index, data, context, sync_log: index.is_multiple_of(4), ..Entry::default() }
}

/// Each kind of change.
fn actions() -> Vec<(u64, Action)> {
    let conf_state = ConfState::from((vec![1, 2, 300], vec![4]));
    let metadata = |index, term| {
        let mut metadata = SnapshotMetadata { index, term, ..SnapshotMetadata::default() };
        metadata.set_conf_state(conf_state.clone());
        metadata
    };
    let hard_state = HardState { term: 300, vote: 2, commit: 1, ..HardState::default() };
    let mut actions = vec![
        (1, Action::ConfState(conf_state.clone())),
        (1, Action::HardState(hard_state)),
        (1, Action::Append(vec![entry(1), entry(2), entry(3)])),
        (1, Action::Commit(2)),
        (1, Action::Keep(metadata(2, 300), b"kept".to_vec())),
        (2, Action::Restore(metadata(1 << 40, 299), vec![3; 70_000])),
        (u64::MAX, Action::Append(vec![entry(1)])),
        (u64::MAX, Action::Remove),
    ];
    // One group is busy, until the entries of another are rewritten.
    for first in (1..60).step_by(3) {
        actions.push((3, Action::Append(vec![entry(first), entry(first + 1), entry(first + 2)])));
        actions.push((3, Action::Compact(first + 3)));
    }
    actions
}

/// Writes the log, and returns its files and what it has.
fn written() -> (BTreeMap<String, Vec<u8>>, Model) {
    let files = MemoryFileSystem::new(State::default(), 1);
    let wal = Wal::open(Arc::new(files.clone()), &options()).unwrap();
    let mut model = Model::new();
    for (group, action) in actions() {
        let write = model::write(&wal, group, &action).unwrap();
        wal.submit(vec![write]).and_then(|ticket| wal.wait(ticket)).unwrap();
        model::apply(&mut model, group, &action);
    }
    assert!(wal.stats().counters.rewritten > 0);
    wal.mark().unwrap();
    wal.close().unwrap();
    (files.state().files(), model)
}

#[test]
fn a_log_of_this_version_is_read() {
    let wal = Wal::open(Arc::new(MemoryFileSystem::new(State::from_iter(files()), 1)), &options()).unwrap();
    assert_eq!(model::read(&wal).unwrap(), written().1);
}

#[test]
fn the_format_has_not_changed() {
    assert_eq!(written().0, files(), "for a new version of the format, see docs/pages/wal-format.md");
}

#[test]
#[ignore = "writes the files: for a new version of the format only"]
fn write_golden_files() {
    fs::create_dir_all(directory()).unwrap();
    written().0.into_iter().for_each(|(name, content)| fs::write(directory().join(name), content).unwrap());
}
