//! Files that are not what was written give an error with file and offset, and never another state of the log.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::model::{self, Model};
use crate::wal::errors::Error;
use crate::wal::log::Wal;
use crate::wal::memory::{MemoryFileSystem, State};
use crate::wal::random::Random;
use crate::wal::{segment, snapshots};
use crate::workload::{self, options};

type Files = BTreeMap<String, Vec<u8>>;

fn is_segment(name: &str) -> bool {
    segment::number_of(name).is_some()
}

/// How a process ended whose log is damaged.
#[derive(Clone, Copy, PartialEq)]
enum Ended {
    Closed,
    /// It was killed after a call of [`Wal::mark`].
    Idle,
    /// It was killed after a call of [`Wal::wait`].
    Busy,
}

/// A log, and its files at earlier moments.
struct Log {
    files: Files,
    model: Model,
    earlier: Vec<Files>,
    /// The name of the newest segment, and where its last frame begins.
    last_frame: (String, usize),
}

/// Writes a log of some segments, groups and snapshots.
fn log(seed: u64, ended: Ended) -> Log {
    let (files, mut random) = (MemoryFileSystem::default(), Random(seed));
    let mut run = workload::Run::new(Model::new());
    let wal = Wal::open(Arc::new(files.clone()), &options(1500)).unwrap();
    let (mut earlier, mut last_frame) = (Vec::new(), (String::new(), 0));
    for _ in 0..14 {
        earlier.push(files.state().files());
        let ticket = workload::submit(&wal, &files, &mut run, &mut random).unwrap();
        wal.wait(ticket).unwrap();
        let before = &earlier[earlier.len() - 1];
        let grown = |(name, bytes): (&String, &Vec<u8>)| {
            let start = before.get(name)?.len();
            (is_segment(name) && bytes.len() > start).then(|| (name.clone(), start))
        };
        // After a rotation, `CURRENT` says how long the segment is.
        last_frame = files.state().files().iter().find_map(grown).unwrap_or_default();
    }
    let model = model::read(&wal).unwrap();
    match ended {
        Ended::Closed => wal.close().unwrap(),
        Ended::Idle => wal.mark().unwrap(),
        Ended::Busy => {}
    }
    let newest = files.state().files().into_keys().rfind(|name| is_segment(name));
    if newest.as_ref() != Some(&last_frame.0) {
        last_frame = (String::new(), 0);
    }
    Log { files: files.state().files(), model, earlier, last_frame }
}

/// Opens files, and reads all that they have.
fn open(files: Files) -> Result<(Model, bool), Error> {
    let wal = Wal::open(Arc::new(MemoryFileSystem::new(State::from_iter(files), 0)), &options(1500))?;
    Ok((model::read(&wal)?, wal.torn().is_some()))
}

impl Log {
    /// Damages a file, and asserts that this is noticed, or that it has lost nothing. Returns whether it was noticed.
    fn damage(&self, name: &str, damaged: Option<Vec<u8>>, what: &str) -> bool {
        let mut files = self.files.clone();
        match damaged {
            Some(content) => files.insert(name.to_owned(), content),
            None => files.remove(name),
        };
        match open(files) {
            Err(Error::Corrupted { path, reason, .. }) => {
                assert!(
                    path.starts_with("memory") && path.file_name().is_some() && !reason.is_empty(),
                    "{}",
                    path.display()
                );
                true
            }
            Err(error) => panic!("{name}, {what}: {error}"),
            Ok((model, _)) => {
                assert!(model == self.model, "{name}, {what}: something was lost");
                false
            }
        }
    }

    /// Returns each file that matters: what says how much is good only makes more damage noticeable.
    fn files(&self) -> impl DoubleEndedIterator<Item = (&String, &Vec<u8>)> {
        self.files.iter().filter(|(name, _)| *name != "MARK")
    }

    /// Returns whether a range has a part of the last frame that was written.
    fn is_in_last_frame(&self, name: &str, range: &Range<usize>) -> bool {
        name == self.last_frame.0 && range.end > self.last_frame.1
    }
}

const ENDS: [Ended; 3] = [Ended::Closed, Ended::Idle, Ended::Busy];

#[test]
fn each_flipped_bit_is_noticed() {
    for ended in ENDS {
        let log = log(1, ended);
        assert!(log.files().filter(|(name, _)| is_segment(name)).count() > 1);
        assert!(log.files().any(|(name, _)| snapshots::number_of(name).is_some()));
        // Only the end of the newest segment depends on how the process ended.
        let newest = log.files().map(|(name, _)| name).rfind(|name| is_segment(name));
        for (name, content) in log.files().filter(|(name, _)| ended == Ended::Closed || Some(*name) == newest) {
            for bit in 0..content.len() * 8 {
                let mut damaged = content.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(log.damage(name, Some(damaged), &format!("bit {bit}")), "{name}, bit {bit}: not noticed");
            }
        }
    }
}

/// Each way in which sectors are zeroed or the end of a file is cut off, with the range that is lost.
fn losses(content: &[u8]) -> Vec<(Range<usize>, Vec<u8>)> {
    let mut losses: Vec<_> =
        (0..content.len()).map(|length| (length..content.len(), content[..length].to_vec())).collect();
    for size in [512, 4096] {
        for start in (0..content.len()).step_by(size) {
            let range = start..(start + size).min(content.len());
            let mut zeroed = content.to_vec();
            zeroed[range.clone()].fill(0);
            if zeroed != content {
                losses.push((range, zeroed));
            }
        }
    }
    losses
}

#[test]
fn each_zeroed_page_and_each_truncation_is_noticed_unless_it_looks_like_a_write_in_progress() {
    for (seed, ended) in (1..5).flat_map(|seed| ENDS.map(|ended| (seed, ended))) {
        let log = log(seed, ended);
        for (name, content) in log.files() {
            for (range, damaged) in losses(content) {
                let what = format!("{range:?} lost");
                if ended == Ended::Busy && log.is_in_last_frame(name, &range) {
                    // The disk has no other sign of the last frames: they may as well not have been persisted.
                    let mut files = log.files.clone();
                    let ends_between_frames = damaged.len() < content.len();
                    files.insert(name.clone(), damaged);
                    let opened = open(files);
                    let is_shown = opened.as_ref().map_or(true, |(model, is_torn)| *is_torn || *model == log.model);
                    assert!(is_shown || ends_between_frames, "{name}, {what}: nothing was said");
                } else {
                    assert!(log.damage(name, Some(damaged), &what), "{name}, {what}: not noticed");
                }
            }
        }
    }
}

#[test]
fn each_lost_file_is_noticed() {
    for (seed, ended) in (1..5).flat_map(|seed| ENDS.map(|ended| (seed, ended))) {
        let log = log(seed, ended);
        for (name, _) in log.files() {
            assert!(log.damage(name, None, "lost"), "{name}: not noticed");
        }
    }
}

#[test]
fn a_file_in_place_of_another_is_noticed_or_loses_nothing() {
    for (seed, ended) in (1..5).flat_map(|seed| ENDS.map(|ended| (seed, ended))) {
        let log = log(seed, ended);
        // An older segment is one that was cut off.
        let is_covered = |name: &String| ended != Ended::Busy || *name != log.last_frame.0;
        for (name, content) in log.files().filter(|(name, _)| is_covered(name)) {
            let older = log.earlier.iter().filter_map(|files| files.get(name));
            let others = log.files.iter().filter(|(other, _)| *other != name).map(|(_, content)| content);
            for damaged in older.chain(others).filter(|damaged| *damaged != content) {
                log.damage(name, Some(damaged.clone()), "replaced");
            }
        }
    }
}

#[test]
fn random_bytes_are_no_log() {
    let log = log(2, Ended::Busy);
    let mut random = Random(3);
    for (name, content) in log.files() {
        for _ in 0..2000 {
            let mut damaged = content.clone();
            let start = random.below(content.len());
            let end = (start + 1 + random.below(100)).min(content.len());
            #[allow(clippy::cast_possible_truncation, reason = "any byte")]
            damaged[start..end].fill_with(|| random.next() as u8);
            if damaged != *content {
                assert!(log.damage(name, Some(damaged), "random bytes"), "{name}: not noticed");
            }
        }
    }
}
