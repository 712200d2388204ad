//! Rotation: which segments are deleted, and what of them is written again.

use std::collections::BTreeMap;

use raft::eraftpb::Entry;

use crate::wal::format::entry_size;
use crate::wal::frame::{Draft, HEADER};
use crate::wal::group::{Checkpoint, Ledger};
use crate::wal::operation::{put_checkpoint, put_rewrite};
use crate::wal::segment::Rotation;
use crate::wal::storage::WalGroup;

/// When the files exceed `FACTOR` times what is live, and `SEGMENTS` segments: the oldest are rewritten. Until the next
/// rotation they grow by one more, and during the rotation by what is rewritten, so they stay below four.
const FACTOR: u64 = 4;
const SEGMENTS: u64 = 2;
/// About how many bytes a group without entries takes in a checkpoint.
pub const GROUP_SIZE: u64 = 32;
/// The payload at which another frame of rewritten entries is begun.
const FRAME: usize = 32 << 20;

/// A rotation to be made: the states at one moment, so that they can be encoded and written without a lock.
pub struct Plan {
    checkpoint: Vec<(u64, Checkpoint)>,
    rewritten: Vec<(u64, Vec<Entry>)>,
    oldest: u64,
}

/// Decides what happens when the segment `newest` ends, with the lengths that all segments then have.
pub fn plan(
    groups: &mut [(u64, WalGroup)],
    ledger: &mut Ledger,
    sizes: &BTreeMap<u64, u64>,
    newest: u64,
    segment_size: u64,
) -> Plan {
    groups.sort_unstable_by_key(|(id, _)| *id);
    let checkpoint = groups.iter().map(|(id, group)| (*id, group.read().checkpoint())).collect();
    let next = newest + 1;
    let live = ledger.live + GROUP_SIZE * groups.len() as u64;
    let limit = FACTOR * live + SEGMENTS * segment_size;
    let mut rewritten: Vec<(u64, Vec<Entry>)> = Vec::new();
    let mut rewritten_size = 0;
    loop {
        let oldest = ledger.pinned.keys().next().copied().unwrap_or(next);
        let total = sizes.range(oldest..).map(|(_, size)| size).sum::<u64>() + rewritten_size;
        if total <= limit || oldest >= newest {
            return Plan { checkpoint, rewritten, oldest };
        }
        for (id, group) in groups.iter() {
            let moved = group.lock().move_pins(oldest, next, ledger);
            rewritten_size += moved.iter().flatten().map(entry_size).sum::<u64>();
            rewritten.extend(moved.into_iter().map(|entries| (*id, entries)));
        }
    }
}

impl Plan {
    /// Returns the frames of the new segment.
    pub fn encode(self) -> Rotation {
        let mut draft = Draft::default();
        put_checkpoint(draft.payload(), &self.checkpoint);
        let mut frames = vec![std::mem::take(&mut draft)];
        for (group, entries) in &self.rewritten {
            for run in runs(entries) {
                if draft.len() > HEADER + FRAME {
                    frames.push(std::mem::take(&mut draft));
                }
                put_rewrite(draft.payload(), *group, run[0].index, run);
            }
        }
        if !draft.is_empty() {
            frames.push(draft);
        }
        Rotation { frames, oldest: self.oldest }
    }

    /// Returns the size of the entries that are written again.
    pub fn rewritten(&self) -> u64 {
        self.rewritten.iter().flat_map(|(_, entries)| entries).map(entry_size).sum()
    }
}

/// Divides entries into runs of about the size of a frame.
fn runs(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    let mut size = 0;
    entries.chunk_by(move |entry, _| {
        size += entry_size(entry);
        let continues = size < FRAME as u64;
        if !continues {
            size = 0;
        }
        continues
    })
}

/// Returns the first frame of a log: the checkpoint of no groups.
pub fn empty_checkpoint() -> Draft {
    let mut draft = Draft::default();
    put_checkpoint(draft.payload(), &[]);
    draft
}
