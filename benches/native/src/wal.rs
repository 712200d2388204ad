//! Measures the log on disk, `src/wal`, alone: `wal DIRECTORY [SAMPLES [WORKLOAD]]`. Prints a line of JSON for each
//! workload, or for one.
//!
//! The limit is a program that appends the same bytes to a file, with their crc32c and an fdatasync for each round.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cpu_time::ProcessTime;
use raft::eraftpb::{Entry, HardState};
use serde_json::{Value, json};

use crate::wal::log::{Options, Wal};
use crate::wal::write::Write;

#[allow(dead_code, unused_imports, reason = "the benchmark does not need all of it")]
#[path = "../../../src/wal/mod.rs"]
mod wal;

/// A build without fail points.
mod fault {
    pub const fn is_back(_: &str) -> bool {
        false
    }
}

const ENTRY: usize = 256;
const SEGMENT: u64 = 16 << 20;

/// A workload, and how many rounds are prepared before each measurement: few, since a caller would not let them leave
/// the cache either.
struct Case {
    groups: u64,
    batch: u64,
    rounds: u64,
    /// How many entries a group keeps when it compacts, which it does as often.
    kept: u64,
    payload: Payload,
    /// Whether the commit index is written, too, as that of a node is.
    commits: bool,
}

/// Whose memory the payloads are in.
#[derive(Clone, Copy)]
enum Payload {
    /// All are views of the same bytes.
    Shared,
    /// Each has memory of its own, which the log frees when it compacts.
    Own,
}

static BYTES: [u8; ENTRY] = [0x5a; ENTRY];

fn entry(index: u64, payload: Payload) -> Entry {
    let data = match payload {
        Payload::Shared => Bytes::from_static(&BYTES),
        Payload::Own => Bytes::copy_from_slice(&BYTES),
    };
    Entry { term: 1, index, data, ..Entry::default() }
}

impl Case {
    /// Returns the writes of one round, and of the next ones.
    fn prepare(&self, next: &mut u64) -> Vec<Vec<Write>> {
        let round = |first: u64| {
            let compact =
                (first / self.kept != (first + self.batch) / self.kept).then(|| first.saturating_sub(self.kept).max(1));
            let entries = || (first..first + self.batch).map(|index| entry(index, self.payload)).collect();
            let hard_state = self.commits.then(|| HardState { term: 1, commit: first - 1, ..HardState::default() });
            let write = |group| Write {
                group,
                entries: entries(),
                hard_state: hard_state.clone(),
                compact,
                ..Write::default()
            };
            (1..=self.groups).map(write).collect()
        };
        let rounds = (0..self.rounds).map(|number| round(*next + number * self.batch)).collect();
        *next += self.rounds * self.batch;
        rounds
    }

    fn entries(&self) -> u64 {
        self.groups * self.batch * self.rounds
    }
}

fn new_directory(parent: &Path, name: &str) -> PathBuf {
    let directory = parent.join(name);
    let _ = fs::remove_dir_all(&directory);
    directory
}

/// Appends the same number of bytes in each round, in files as long as segments.
struct Limit {
    directory: PathBuf,
    file: File,
    length: u64,
    number: u64,
}

impl Limit {
    fn new(directory: PathBuf) -> Self {
        fs::create_dir_all(&directory).expect("a directory");
        let file = File::create(directory.join("0")).expect("a file");
        Self { directory, file, length: 0, number: 0 }
    }

    fn round(&mut self, bytes: &[u8]) {
        std::hint::black_box(crc32c::crc32c(bytes));
        self.file.write_all(bytes).expect("a write");
        self.file.sync_data().expect("an fsync");
        self.length += bytes.len() as u64;
        if self.length > SEGMENT {
            (self.length, self.number) = (0, self.number + 1);
            self.file = File::create(self.directory.join(self.number.to_string())).expect("a file");
            fs::remove_file(self.directory.join((self.number - 1).to_string())).expect("a file");
        }
    }
}

/// Microseconds of CPU, and of time.
fn measure(work: impl FnOnce()) -> (f64, f64) {
    let (cpu, time) = (ProcessTime::now(), Instant::now());
    work();
    (micros(cpu.elapsed()), micros(time.elapsed()))
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// CPU time per entry, in microseconds, and entries per second.
#[derive(Default)]
struct Times {
    cpu: Vec<f64>,
    rate: Vec<f64>,
}

impl Times {
    #[allow(clippy::cast_precision_loss, reason = "figures of a benchmark")]
    fn add(&mut self, entries: u64, (cpu, time): (f64, f64)) {
        self.cpu.push(cpu / entries as f64);
        self.rate.push(entries as f64 / time * 1e6);
    }

    fn medians(self) -> Value {
        json!({ "cpu_microseconds": median(self.cpu), "entries_per_second": median(self.rate) })
    }
}

#[allow(clippy::cast_precision_loss, reason = "figures of a benchmark")]
fn compare(parent: &Path, case: &Case, samples: usize) -> Value {
    let options = Options { segment_size: SEGMENT, ..Options::default() };
    let wal = Wal::open_directory(&new_directory(parent, "wal"), &options).expect("a log");
    let mut limit = Limit::new(new_directory(parent, "limit"));
    let mut next = 1;
    let (mut ours, mut theirs) = (Times::default(), Times::default());
    let (mut written, mut calls) = (0.0, 0.0);
    for sample in 0..=samples {
        let (rounds, before) = (case.prepare(&mut next), wal.stats().counters);
        let our_times = measure(|| {
            for writes in rounds {
                let ticket = wal.submit(writes).expect("a submission");
                wal.wait(ticket).expect("a write");
            }
        });
        let after = wal.stats().counters;
        written = (after.written - before.written) as f64 / case.rounds as f64;
        calls = (after.writes - before.writes - (after.rotations - before.rotations)) as f64 / case.rounds as f64;
        let length = (after.written - before.written) / case.rounds;
        let bytes = vec![1; usize::try_from(length).expect("a frame in memory")];
        let their_times = measure(|| (0..case.rounds).for_each(|_| limit.round(&bytes)));
        if sample > 0 {
            ours.add(case.entries(), our_times);
            theirs.add(case.entries(), their_times);
        }
    }
    let ratios = ours.cpu.iter().zip(&theirs.cpu).map(|(ours, theirs)| ours / theirs).collect();
    json!({
        "ratio": median(ratios),
        "wal": ours.medians(),
        "limit": theirs.medians(),
        "write_calls": calls,
        "bytes_written": written / (case.groups * case.batch) as f64 / ENTRY as f64,
    })
}

/// Milliseconds of CPU to open a log with 100,000 live entries after a crash, and after it was closed.
fn reopen(parent: &Path) -> Value {
    let directory = new_directory(parent, "wal");
    let options = Options { segment_size: SEGMENT, ..Options::default() };
    let wal = Wal::open_directory(&directory, &options).expect("a log");
    for first in (1..100_000).step_by(100) {
        let entries = (first..first + 100).map(|index| entry(index, Payload::Own)).collect();
        let ticket = wal.submit(vec![Write { group: 1, entries, ..Write::default() }]).expect("a submission");
        wal.wait(ticket).expect("a write");
    }
    let after_crash = open_copies(parent, &directory);
    wal.close().expect("a log");
    json!({ "after_crash": after_crash, "after_close": open_copies(parent, &directory) })
}

fn open_copies(parent: &Path, directory: &Path) -> f64 {
    let options = Options { segment_size: SEGMENT, ..Options::default() };
    let open = |_| {
        let copy = new_directory(parent, "copy");
        fs::create_dir_all(&copy).expect("a directory");
        for file in fs::read_dir(directory).expect("a directory").flatten() {
            fs::copy(file.path(), copy.join(file.file_name())).expect("a copy");
        }
        let mut opened = None;
        let (cpu, _) = measure(|| opened = Some(Wal::open_directory(&copy, &options).expect("a log")));
        assert_eq!(opened.map(|wal| wal.stats().groups), Some(1));
        cpu / 1000.0
    };
    median((0..9).map(open).collect())
}

/// The highest disk use, as a part of 4 times what is live and 4 segments, and how many bytes were rewritten.
#[allow(clippy::cast_precision_loss, reason = "figures of a benchmark")]
fn lagging(parent: &Path) -> Value {
    let segment_size = 4 << 20;
    let options = Options { segment_size, ..Options::default() };
    let wal = Wal::open_directory(&new_directory(parent, "wal"), &options).expect("a log");
    let write =
        |group, index, compact| Write { group, entries: vec![entry(index, Payload::Own)], compact, ..Write::default() };
    // A thousand idle groups, one that never compacts, and one that is busy.
    let idle: Vec<Write> = (1..=1000).map(|group| write(group, 1, None)).collect();
    wal.submit(idle).and_then(|ticket| wal.wait(ticket)).expect("a write");
    let (mut highest, mut lag, mut next): (f64, u64, u64) = (0.0, 1, 1);
    while wal.stats().counters.written < 138_000_000 {
        let entries = (next..next + 64).map(|index| entry(index, Payload::Own)).collect();
        next += 64;
        let busy = Write { group: 2000, entries, compact: Some(next - 64), ..Write::default() };
        let mut writes = vec![busy];
        if next % 4096 < 64 {
            writes.push(write(1001, lag, None));
            lag += 1;
        }
        wal.submit(writes).and_then(|ticket| wal.wait(ticket)).expect("a write");
        let on_disk: u64 = fs::read_dir(parent.join("wal"))
            .expect("a directory")
            .filter_map(|file| Some(file.ok()?.metadata().ok()?.len()))
            .sum();
        let stats = wal.stats();
        highest = highest.max(on_disk as f64 / (4 * stats.live + 4 * segment_size) as f64);
    }
    let counters = wal.stats().counters;
    json!({ "disk_use": highest, "rewritten": counters.rewritten, "written": counters.written })
}

fn main() {
    let parent = PathBuf::from(std::env::args().nth(1).expect("a directory"));
    let samples = std::env::args().nth(2).map_or(1001, |samples| samples.parse().expect("a number"));
    let only = std::env::args().nth(3);
    let print = |name: &str, work: &dyn Fn() -> Value| {
        if only.as_ref().is_none_or(|only| only == name) {
            println!("{}", json!({ "workload": name, "figures": work() }));
        }
    };
    fs::create_dir_all(&parent).expect("a directory");
    let variants = [("", Payload::Own, false), ("-shared", Payload::Shared, false), ("-commits", Payload::Own, true)];
    for (suffix, payload, commits) in variants {
        for (groups, batch, rounds, kept) in [(1, 1, 64, 4096), (1, 64, 2, 4096), (100, 1, 2, 64), (100, 64, 1, 64)] {
            let case = Case { groups, batch, rounds, kept, payload, commits };
            print(&format!("{groups}x{batch}{suffix}"), &|| compare(&parent, &case, samples));
        }
    }
    print("lagging", &|| lagging(&parent));
    print("reopen", &|| reopen(&parent));
    for name in ["wal", "limit", "copy"] {
        let _ = fs::remove_dir_all(parent.join(name));
    }
    let _ = fs::remove_dir(parent);
}
