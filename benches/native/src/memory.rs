//! The memory of groups and entries.

use std::fs;

use raft::eraftpb::Entry;
use raft::storage::MemStorage;
use serde_json::{Value, json};
use slog::{Discard, Logger, o};

use crate::Options;
use crate::idle::follower;

/// The resident memory of this process, in bytes.
fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the system is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("every process has a VmRSS");
    let kilobytes = line.trim().trim_end_matches(" kB").parse::<u64>().expect("it is a number of kB");
    kilobytes * 1024
}

fn figures<T>(build: impl FnOnce() -> T) -> Value {
    let before = resident_bytes();
    let made = build();
    let bytes = resident_bytes() - before;
    drop(made);
    json!({ "resident_bytes": bytes })
}

/// Idle groups.
pub fn groups(options: &Options) -> Value {
    let logger = Logger::root(Discard, o!());
    figures(|| (0..options.operations).map(|_| follower(&logger)).collect::<Vec<_>>())
}

/// Entries in a log.
pub fn entries(options: &Options) -> Value {
    figures(|| {
        let storage = MemStorage::new();
        for index in 1..=options.operations as u64 {
            let entry = Entry { index, term: 1, data: vec![b'x'; options.payload].into(), ..Entry::default() };
            storage.wl().append(&[entry]).expect("the entry follows the log");
        }
        storage
    })
}
