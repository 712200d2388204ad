//! What the log promises to those who use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use raft::eraftpb::{ConfState, Entry, HardState, SnapshotMetadata};
use raft::{Error as RaftError, GetEntriesContext, Storage, StorageError};

use crate::model::{self, Model};
use crate::wal::current::Identity;
use crate::wal::errors::{Error, Rejection};
use crate::wal::frame::MOST_PAYLOAD;
use crate::wal::group::HIGHEST_INDEX;
use crate::wal::log::{Options, Wal};
use crate::wal::memory::{MemoryFileSystem, State};
use crate::wal::random::Random;
use crate::wal::write::{NewSnapshot, Write};
use crate::workload::{self, options};

fn entries(first: u64, count: u64, term: u64) -> Vec<Entry> {
    let entry = |index| Entry { index, term, data: vec![1; 100].into(), ..Entry::default() };
    (first..first + count).map(entry).collect()
}

fn append(group: u64, first: u64, count: u64) -> Write {
    Write { group, entries: entries(first, count, 1), ..Write::default() }
}

fn snapshot(index: u64, term: u64) -> NewSnapshot {
    let mut metadata = SnapshotMetadata { index, term, ..SnapshotMetadata::default() };
    metadata.set_conf_state(ConfState::from((vec![1], vec![])));
    NewSnapshot { metadata, data: None }
}

fn persist(wal: &Wal, writes: Vec<Write>) {
    wal.submit(writes).and_then(|ticket| wal.wait(ticket)).unwrap();
}

fn new() -> (MemoryFileSystem, Wal) {
    let files = MemoryFileSystem::default();
    let wal = Wal::open(Arc::new(files.clone()), &options(4000)).unwrap();
    (files, wal)
}

/// A group with the entries 4 to 6 of term 1, after a compaction, and a snapshot of 4.
fn with_group() -> Wal {
    let (_, wal) = new();
    persist(&wal, vec![Write { compact: Some(4), snapshot: Some(Box::new(snapshot(4, 1))), ..append(1, 1, 6) }]);
    wal
}

#[test]
fn a_group_is_read_like_a_storage_of_raft() {
    let wal = with_group();
    let group = wal.group(1);
    let context = || GetEntriesContext::empty(false);
    let indices = |low, high, size: Option<u64>| {
        let entries = group.entries(low, high, size, context())?;
        Ok(entries.iter().map(|entry| entry.index).collect::<Vec<_>>())
    };
    let (compacted, unavailable) = (StorageError::Compacted, StorageError::Unavailable);
    assert_eq!((group.first_index(), group.last_index()), (Ok(4), Ok(6)));
    assert_eq!((group.term(3), group.term(6)), (Ok(1), Ok(1)));
    assert_eq!(group.term(2), Err(RaftError::Store(StorageError::Compacted)));
    assert_eq!(group.term(7), Err(RaftError::Store(StorageError::Unavailable)));
    assert_eq!(indices(4, 7, None), Ok(vec![4, 5, 6]));
    assert_eq!(indices(4, 7, Some(0)), Ok(vec![4]));
    assert_eq!(indices(4, 7, Some(220)), Ok(vec![4, 5]));
    assert_eq!(indices(5, 5, None), Ok(vec![]));
    assert_eq!(indices(3, 5, None), Err(RaftError::Store(compacted)));
    assert_eq!(indices(4, 8, None), Err(RaftError::Store(unavailable)));
    assert_eq!(group.snapshot(4, 2).unwrap().get_metadata().index, 4);
    assert_eq!(group.snapshot(5, 2), Err(RaftError::Store(StorageError::SnapshotTemporarilyUnavailable)));
    assert_eq!(wal.group(2).last_index(), Ok(0));
    assert_eq!(wal.groups(), [1]);
}

#[test]
fn a_write_that_does_not_fit_changes_nothing() {
    use Rejection::{Compacted, Invalid, Removed, SnapshotOutOfDate, Unavailable};
    let one = || Write { group: 1, ..Write::default() };
    let huge = |index| Write { restore: Some(Box::new(snapshot(index, 1))), ..one() };
    let cases = [
        (append(1, 3, 1), Compacted, "overwrite compacted raft logs, compacted: 3, append: 3"),
        (append(1, 8, 1), Unavailable, "raft logs should be continuous, last index: 6, new appended: 8"),
        (append(1, 0, 1), Compacted, "overwrite compacted raft logs, compacted: 3, append: 0"),
        (
            Write { entries: [entries(7, 1, 1), entries(9, 1, 1)].concat(), ..one() },
            Unavailable,
            "raft logs should be continuous, last index: 7, new appended: 9",
        ),
        (Write { entries: [entries(7, 1, 1), entries(7, 1, 1)].concat(), ..one() }, Invalid, "entry 7 follows entry 7"),
        (Write { compact: Some(8), ..one() }, Unavailable, "compact not received raft logs: 8, last index: 6"),
        (Write { compact: Some(u64::MAX), ..one() }, Unavailable, "compact not received"),
        (Write { commit: Some(7), ..one() }, Unavailable, "commit_to 7 but the entry does not exist"),
        (Write { restore: Some(Box::new(snapshot(3, 1))), ..one() }, SnapshotOutOfDate, "snapshot out of date"),
        (huge(u64::MAX), Invalid, "the index of a snapshot is too large: 18446744073709551615"),
        (
            Write { entries: entries(u64::MAX - 1, 1, 1), ..huge(HIGHEST_INDEX) },
            Compacted,
            "overwrite compacted raft logs, compacted: 18446744073709551614",
        ),
        (Write { snapshot: Some(Box::new(snapshot(3, 1))), ..one() }, SnapshotOutOfDate, "snapshot out of date"),
        (Write { snapshot: Some(Box::new(snapshot(7, 1))), ..one() }, Unavailable, "a snapshot of 7, last index: 6"),
        (
            Write { snapshot: Some(Box::new(snapshot(5, 2))), ..one() },
            Invalid,
            "a snapshot of 5 in term 2, the entry has term 1",
        ),
        (Write { remove: true, ..append(1, 2, 1) }, Unavailable, "raft logs should be continuous, last index: 0"),
        (append(2, 1, 1), Invalid, "there are two writes of the group in one call"),
        (Write { removals: Some(1), ..append(1, 7, 1) }, Removed, "the group was removed"),
    ];
    for (write, expected, text) in cases {
        let wal = with_group();
        let before = model::read(&wal).unwrap();
        // The first write would be accepted alone.
        let Err(Error::Rejected { kind, reason, .. }) = wal.submit(vec![append(2, 1, 5), write]) else {
            panic!("{text}")
        };
        assert_eq!(kind, expected, "{reason}");
        assert!(reason.starts_with(text), "{reason}");
        assert_eq!(model::read(&wal).unwrap(), before);
    }
}

#[test]
fn a_frame_that_is_full_is_persisted_before_the_next_write() {
    let (files, wal) = new();
    let append = |group, size| {
        let entries = vec![Entry { index: 1, term: 1, data: vec![1; size].into(), ..Entry::default() }];
        wal.submit([Write { group, entries, ..Write::default() }])
    };
    let tickets: Vec<_> = (1..=5).map(|group| append(group, MOST_PAYLOAD / 3).unwrap()).collect();
    assert_eq!((tickets, wal.stats().counters.fsyncs > 1), (vec![1, 2, 3, 4, 5], true));

    let Err(Error::Rejected { kind: Rejection::Invalid, reason, .. }) = append(6, MOST_PAYLOAD) else { panic!() };
    assert!(reason.ends_with(&format!("at most {MOST_PAYLOAD}")), "{reason}");

    wal.wait(5).unwrap();
    let before = model::read(&wal).unwrap();
    drop(wal);
    let wal = Wal::open(Arc::new(files), &options(4000)).unwrap();
    assert_eq!(model::read(&wal).unwrap(), before);
}

#[test]
fn the_highest_numbers_come_back() {
    let (files, wal) = new();
    let state = HardState { term: u64::MAX, vote: u64::MAX, commit: HIGHEST_INDEX, ..HardState::default() };
    let restore = Some(Box::new(snapshot(HIGHEST_INDEX - 1, u64::MAX)));
    let entries = entries(HIGHEST_INDEX, 1, u64::MAX);
    persist(&wal, vec![Write { group: u64::MAX, restore, entries, hard_state: Some(state), ..Write::default() }]);
    let before = model::read(&wal).unwrap();
    assert_eq!(wal.group(u64::MAX).last_index(), Ok(HIGHEST_INDEX));
    drop(wal);
    let wal = Wal::open(Arc::new(files), &options(4000)).unwrap();
    assert_eq!(model::read(&wal).unwrap(), before);
    persist(&wal, vec![Write { group: u64::MAX, compact: Some(u64::MAX), ..Write::default() }]);
    assert_eq!(wal.group(u64::MAX).first_index(), Ok(u64::MAX));
}

#[test]
fn a_thousand_groups_take_one_write_and_one_fsync() {
    let (_, wal) = new();
    let before = wal.stats().counters;
    persist(&wal, (1..=1000).map(|group| append(group, 1, 1)).collect());
    let after = wal.stats().counters;
    // The segment is full after that, and so the next one is begun.
    assert_eq!((after.writes - before.writes, after.fsyncs - before.fsyncs, after.rotations), (2, 2, 1));
}

#[test]
fn nothing_is_written_for_nothing() {
    let (_, wal) = new();
    let before = wal.stats().counters;
    persist(&wal, vec![]);
    persist(&wal, vec![Write { group: 1, remove: true, compact: Some(1), ..Write::default() }]);
    assert_eq!(wal.stats().counters.written, before.written);
    assert_eq!(wal.groups(), []);
}

#[test]
fn threads_share_fsyncs() {
    let directory = Directory::new("threads");
    let wal = Wal::open_directory(&directory.0, &Options::default()).unwrap();
    let acknowledged = AtomicU64::new(0);
    thread::scope(|scope| {
        for group in 0..8 {
            let (wal, acknowledged) = (&wal, &acknowledged);
            scope.spawn(move || {
                for index in 1..=50 {
                    persist(wal, vec![append(group, index, 1)]);
                    assert!(wal.group(group).last_index().unwrap() == index);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(acknowledged.into_inner(), 400);
    assert!(wal.stats().counters.fsyncs <= 400);
    let before = model::read(&wal).unwrap();
    drop(wal);
    let wal = Wal::open_directory(&directory.0, &Options::default()).unwrap();
    assert_eq!(model::read(&wal).unwrap(), before);
}

#[test]
fn a_thread_that_waits_while_another_closes_is_acknowledged_or_told() {
    for delay in 0..50 {
        let directory = Directory::new("closing");
        let wal = Wal::open_directory(&directory.0, &Options::default()).unwrap();
        let acknowledged = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let write = |index| wal.submit(vec![append(1, index, 1)]).and_then(|ticket| wal.wait(ticket));
                let mut acknowledged = 0;
                loop {
                    match write(acknowledged + 1) {
                        Ok(()) => acknowledged += 1,
                        Err(error) => {
                            assert_eq!(error, Error::Closed);
                            return acknowledged;
                        }
                    }
                }
            });
            thread::sleep(Duration::from_micros(delay * 20));
            wal.close().unwrap();
            writer.join().unwrap()
        });
        let wal = Wal::open_directory(&directory.0, &Options::default()).unwrap();
        assert!(wal.group(1).last_index().unwrap() >= acknowledged);
    }
}

#[test]
fn a_log_is_open_once() {
    let directory = Directory::new("once");
    let open = || Wal::open_directory(&directory.0, &Options::default());
    let wal = open().unwrap();
    assert_eq!(open().err(), Some(Error::Locked { path: directory.0.join("LOCK") }));
    wal.close().unwrap();
    assert_eq!(wal.submit(Vec::new()), Err(Error::Closed));
    assert_eq!(wal.close(), Ok(()));
    open().unwrap();
}

#[test]
fn a_log_belongs_to_a_host_and_a_cluster() {
    let files = MemoryFileSystem::default();
    let open = |host, cluster: Option<&str>| {
        let identity = Identity { host, cluster: cluster.map(str::to_owned) };
        Wal::open(Arc::new(files.clone()), &Options { identity, ..Options::default() }).map(drop)
    };
    open(Some(1), None).unwrap();
    open(Some(1), Some("jobs")).unwrap();
    open(None, None).unwrap();
    for (host, cluster) in [(Some(2), None), (Some(1), Some("other")), (None, Some("other"))] {
        assert!(matches!(open(host, cluster), Err(Error::Foreign { .. })));
    }
    open(Some(1), Some("jobs")).unwrap();
    assert!(matches!(open(None, Some(&"x".repeat(256))), Err(Error::Foreign { .. })));
}

#[test]
fn a_snapshot_of_any_size_comes_back_in_blocks() {
    for size in [0, 1, 65_535, 65_536, 65_537, 1_000_000] {
        let (files, wal) = new();
        let data: Vec<u8> = (0..size).map(|position: usize| position.to_le_bytes()[0]).collect();
        let mut writer = wal.create_snapshot().unwrap();
        data.chunks(10_000).for_each(|chunk| writer.write(chunk).unwrap());
        let mut new = snapshot(5, 2);
        new.data = Some(writer.finish().unwrap());
        persist(&wal, vec![Write { group: 1, restore: Some(Box::new(new)), ..Write::default() }]);
        drop(wal);
        let wal = Wal::open(Arc::new(files), &options(4000)).unwrap();
        let (record, reader) = wal.open_snapshot(1).unwrap().unwrap();
        assert_eq!((record.metadata.index, reader.length()), (5, size as u64));
        let blocks: Vec<_> = reader.collect::<Result<_, _>>().unwrap();
        assert!(blocks.iter().all(|block| block.len() <= 65_536));
        assert_eq!(blocks.concat(), data);
    }
}

#[test]
fn files_of_snapshots_that_are_not_needed_are_deleted() {
    let (files, wal) = new();
    let count = || files.state().files().into_keys().filter(|name| name.contains(".snap")).count();
    let store = || {
        let mut writer = wal.create_snapshot().unwrap();
        writer.write(b"data").unwrap();
        writer.finish().unwrap()
    };
    drop(wal.create_snapshot().unwrap());
    drop(store());
    assert_eq!(count(), 0);
    let keep = |index| {
        let mut new = snapshot(index, 1);
        new.data = Some(store());
        Write { group: 1, snapshot: Some(Box::new(new)), ..Write::default() }
    };
    assert!(wal.submit(vec![keep(9)]).is_err());
    assert_eq!(count(), 0);
    persist(&wal, vec![append(1, 1, 9)]);
    persist(&wal, vec![keep(5)]);
    persist(&wal, vec![keep(9)]);
    assert_eq!(count(), 1);
    persist(&wal, vec![Write { group: 1, remove: true, ..Write::default() }]);
    assert_eq!((count(), wal.groups()), (0, vec![]));
}

#[test]
fn the_log_stays_in_proportion_to_what_is_live() {
    let segment_size = 20_000;
    let files = MemoryFileSystem::default();
    let wal = Wal::open(Arc::new(files.clone()), &options(segment_size)).unwrap();
    persist(&wal, (1..=100).map(|group| append(group, 1, 1)).collect());
    let mut rewritten = 0;
    for round in 0..4000 {
        let busy = Write { compact: Some(10 * round + 1), ..append(1000, 10 * round + 1, 10) };
        let lagging = (round % 50 == 0).then(|| append(1001, round / 50 + 1, 1));
        persist(&wal, [busy].into_iter().chain(lagging).collect());
        let stats = wal.stats();
        let on_disk: usize = files.state().files().values().map(Vec::len).sum();
        assert!(on_disk as u64 <= 4 * stats.live + 4 * segment_size, "{on_disk} bytes, {} live", stats.live);
        rewritten = stats.counters.rewritten;
    }
    assert!(rewritten > 0);
}

#[test]
fn a_run_is_a_function_of_its_seed() {
    let run = || {
        let mut random = Random(5);
        let files = MemoryFileSystem::new(State::default(), 6);
        workload::run(&files, Model::new(), 30, &mut random);
        files.state().files()
    };
    assert_eq!(run(), run());
}

/// A directory that is deleted in the end.
struct Directory(std::path::PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rraft-wal-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
