//! The state of a group, in memory: its log, hard state, configuration and snapshot.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use raft::eraftpb::{ConfState, Entry, HardState};
use raft::util::limit_size;
use raft::{RaftState, StorageError};

use crate::wal::errors::Rejection;
use crate::wal::format::{SnapshotRecord, entry_size};
use crate::wal::kept::KeptEntry;

/// The highest index of an entry or a snapshot: the index after it must be a number, too.
pub const HIGHEST_INDEX: u64 = u64::MAX - 1;

/// Why a change doesn't fit the state of a group.
pub type Misfit = (Rejection, String);

/// An entry's index and term.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The index.
    pub index: u64,
    /// The term.
    pub term: u64,
}

/// What all groups together have on the disk.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The size of all entries that are not compacted.
    pub live: u64,
    /// How many ranges of entries each segment has to keep.
    pub pinned: BTreeMap<u64, u64>,
}

impl Ledger {
    fn pin(&mut self, segment: u64) {
        *self.pinned.entry(segment).or_default() += 1;
    }

    fn unpin(&mut self, segment: u64) {
        if let Some(count) = self.pinned.get_mut(&segment) {
            *count -= 1;
            if *count == 0 {
                self.pinned.remove(&segment);
            }
        }
    }
}

/// Which segment has the entries from an index on.
#[derive(Debug, Clone, Copy)]
struct Pin {
    first: u64,
    segment: u64,
}

/// A group.
#[derive(Debug, Default)]
pub struct Group {
    /// Whether anything was written to the group since it was created or removed.
    pub exists: bool,
    /// Changes with the log.
    version: u64,
    /// How often a group with this id was removed, since there is a storage of it.
    removals: u64,
    /// The entry before the first one.
    compacted: Position,
    entries: VecDeque<KeptEntry>,
    /// During recovery: how many of the entries are placeholders, since they are in no segment that was read so far.
    missing: u64,
    pins: VecDeque<Pin>,
    state: RaftState,
    snapshot: Option<SnapshotRecord>,
}

/// The maximum number of entries left at which the memory of a burst is freed.
const FEW: usize = 16;
/// The capacity, in entries, that is always kept.
const KEPT: usize = 128;

/// Reads.
impl Group {
    /// Returns a number that changes with each change of the log.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns a number that changes when the group is removed.
    pub fn removals(&self) -> u64 {
        self.removals
    }

    /// Returns the hard state and the configuration.
    pub fn initial_state(&self) -> &RaftState {
        &self.state
    }

    /// Returns the index and the term of the entry before the first one: (0, 0) in a log that was never compacted.
    pub fn compacted(&self) -> Position {
        self.compacted
    }

    /// Returns the index of the first entry; if there is none, the one that it will have.
    pub fn first_index(&self) -> u64 {
        self.compacted.index.saturating_add(1)
    }

    /// Returns the index of the last entry; if there is none, that of the one before.
    pub fn last_index(&self) -> u64 {
        self.compacted.index + self.entries.len() as u64
    }

    /// Returns the snapshot, if the group has one.
    pub fn snapshot(&self) -> Option<&SnapshotRecord> {
        self.snapshot.as_ref()
    }

    /// Returns the term of an entry, or of the one before the first.
    pub fn term(&self, index: u64) -> raft::Result<u64> {
        if index == self.compacted.index {
            return Ok(self.compacted.term);
        }
        let position = self.position(index).ok_or(StorageError::Compacted)?;
        Ok(self.entries.get(position).ok_or(StorageError::Unavailable)?.term)
    }

    /// Returns entries from `low` on and before `high`: at least one, and then as many as `max_size` permits.
    pub fn entries(&self, low: u64, high: u64, max_size: Option<u64>) -> raft::Result<Vec<Entry>> {
        let start = self.position(low).ok_or(StorageError::Compacted)?;
        let end = self.position(high).filter(|end| (start..=self.entries.len()).contains(end));
        let end = end.ok_or(StorageError::Unavailable)?;
        let mut entries = self.copy(start..end);
        limit_size(&mut entries, max_size);
        Ok(entries)
    }

    fn copy(&self, positions: Range<usize>) -> Vec<Entry> {
        let first = self.first_index() + positions.start as u64;
        (first..).zip(self.entries.range(positions)).map(|(index, entry)| entry.to_entry(index)).collect()
    }

    fn position(&self, index: u64) -> Option<usize> {
        usize::try_from(index.checked_sub(self.first_index())?).ok()
    }
}

/// Writes. Each is complete or rejected.
impl Group {
    /// Returns the group of a checkpoint: its entries are placeholders until they are found.
    pub fn from_checkpoint(checkpoint: Checkpoint) -> Result<Self, Misfit> {
        let Checkpoint { compacted, last_index, hard_state, conf_state, snapshot } = checkpoint;
        let too_many = |_| (Rejection::Invalid, "a checkpoint has more entries than memory".to_owned());
        let missing = last_index.checked_sub(compacted.index).unwrap_or(u64::MAX);
        let count = usize::try_from(missing).unwrap_or(usize::MAX);
        let mut entries = VecDeque::new();
        entries.try_reserve(count).map_err(too_many)?;
        entries.resize(count, KeptEntry::PLACEHOLDER);
        let state = RaftState { hard_state, conf_state };
        Ok(Self { exists: true, version: 1, compacted, entries, missing, state, snapshot, ..Self::default() })
    }

    /// Returns what a checkpoint says of the group.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            compacted: self.compacted,
            last_index: self.last_index(),
            hard_state: self.state.hard_state.clone(),
            conf_state: self.state.conf_state.clone(),
            snapshot: self.snapshot.clone(),
        }
    }

    /// Returns how many entries are placeholders.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Accounts for entries that are removed.
    fn release(ledger: &mut Ledger, missing: &mut u64, entries: impl Iterator<Item = KeptEntry>) {
        for entry in entries {
            if entry.is_placeholder() {
                *missing -= 1;
            } else {
                ledger.live -= entry.size();
            }
        }
    }

    /// Replaces the entries from the index of the first one on. The indices are consecutive.
    pub fn append(&mut self, first: u64, entries: Vec<Entry>, segment: u64, ledger: &mut Ledger) -> Result<(), Misfit> {
        continues(first, self.first_index(), self.last_index())?;
        self.exists = true;
        self.version += 1;
        if first <= self.last_index() {
            self.truncate(first, ledger);
        }
        if !entries.is_empty() && self.pins.back().is_none_or(|pin| pin.segment != segment) {
            self.pins.push_back(Pin { first, segment });
            ledger.pin(segment);
        }
        self.entries.reserve(entries.len());
        for entry in entries {
            ledger.live += entry_size(&entry);
            self.entries.push_back(entry.into());
        }
        Ok(())
    }

    fn truncate(&mut self, first: u64, ledger: &mut Ledger) {
        let Some(position) = self.position(first) else { return };
        Self::release(ledger, &mut self.missing, self.entries.drain(position..));
        while self.pins.back().is_some_and(|pin| pin.first >= first) {
            if let Some(pin) = self.pins.pop_back() {
                ledger.unpin(pin.segment);
            }
        }
    }

    /// Puts entries where they were, into a later segment than they were in.
    pub fn rewrite(
        &mut self,
        first: u64,
        entries: Vec<Entry>,
        segment: u64,
        ledger: &mut Ledger,
    ) -> Result<(), Misfit> {
        if entries.is_empty() {
            return Ok(());
        }
        let end = first.saturating_add(entries.len() as u64);
        let position = self.position(first).filter(|_| end <= self.last_index().saturating_add(1));
        let position = position.ok_or((Rejection::Invalid, format!("no entries {first} to {end} to rewrite")))?;
        for ((index, entry), place) in (first..).zip(entries).zip(self.entries.range_mut(position..)) {
            let entry = KeptEntry::from(entry);
            if place.is_placeholder() {
                self.missing -= 1;
                ledger.live += entry.size();
                *place = entry;
            } else if *place != entry {
                return Err((Rejection::Invalid, format!("entry {index} is rewritten as another one")));
            }
        }
        self.repin(first, end, segment, ledger);
        Ok(())
    }

    /// Notes that the entries from `first` on and before `end` are in this segment now.
    fn repin(&mut self, first: u64, end: u64, segment: u64, ledger: &mut Ledger) {
        let last_index = self.last_index();
        let old = std::mem::take(&mut self.pins);
        let mut pins = Vec::with_capacity(old.len() + 2);
        for (position, pin) in old.iter().enumerate() {
            let pin_end = old.get(position + 1).map_or(last_index + 1, |next| next.first);
            ledger.unpin(pin.segment);
            if pin.first < first {
                pins.push(*pin);
            }
            if pin_end > end {
                pins.push(Pin { first: pin.first.max(end), segment: pin.segment });
            }
        }
        pins.push(Pin { first, segment });
        pins.sort_by_key(|pin| pin.first);
        for pin in &pins {
            ledger.pin(pin.segment);
        }
        self.pins = pins.into();
    }

    /// Returns the entries that are in a segment, by ranges, and notes that they are in a later one now.
    pub fn move_pins(&mut self, from: u64, to: u64, ledger: &mut Ledger) -> Vec<Vec<Entry>> {
        let mut moved = Vec::new();
        for position in 0..self.pins.len() {
            let Pin { first, segment } = self.pins[position];
            if segment != from {
                continue;
            }
            let end = self.pins.get(position + 1).map_or(self.last_index() + 1, |next| next.first);
            if let (Some(start), Some(end)) = (self.position(first), self.position(end)) {
                moved.push(self.copy(start..end));
            }
            self.pins[position].segment = to;
            ledger.unpin(from);
            ledger.pin(to);
        }
        moved
    }

    /// Removes the entries before `to`. The last of them has this term.
    pub fn compact(&mut self, to: u64, term: u64, ledger: &mut Ledger) -> Result<(), Misfit> {
        compacts(to, self.last_index())?;
        let Some(count) = self.position(to).filter(|count| *count > 0) else { return Ok(()) };
        self.version += 1;
        Self::release(ledger, &mut self.missing, self.entries.drain(..count));
        self.compacted = Position { index: to - 1, term };
        self.release_pins(ledger);
        self.free_memory();
        Ok(())
    }

    fn release_pins(&mut self, ledger: &mut Ledger) {
        let first_index = self.first_index();
        while self.pins.get(1).is_some_and(|next| next.first <= first_index) || self.entries.is_empty() {
            let Some(pin) = self.pins.pop_front() else { break };
            ledger.unpin(pin.segment);
        }
        if let Some(pin) = self.pins.front_mut() {
            pin.first = pin.first.max(first_index);
        }
    }

    fn free_memory(&mut self) {
        if self.entries.len() <= FEW && self.entries.capacity() > KEPT {
            self.entries.shrink_to(KEPT);
        }
    }

    /// Sets the hard state.
    pub fn set_hard_state(&mut self, hard_state: HardState) {
        self.exists = true;
        self.state.hard_state = hard_state;
    }

    /// Sets the commit index.
    pub fn set_commit(&mut self, commit: u64) {
        self.exists = true;
        self.state.hard_state.commit = commit;
    }

    /// Sets the configuration.
    pub fn set_conf_state(&mut self, conf_state: ConfState) {
        self.exists = true;
        self.state.conf_state = conf_state;
    }

    /// Replaces the log by a snapshot of a leader. Returns the one before.
    pub fn restore(&mut self, snapshot: SnapshotRecord, ledger: &mut Ledger) -> Option<SnapshotRecord> {
        let metadata = &snapshot.metadata;
        self.exists = true;
        self.version += 1;
        Self::release(ledger, &mut self.missing, self.entries.drain(..));
        self.compacted = Position { index: metadata.index, term: metadata.term };
        self.release_pins(ledger);
        self.free_memory();
        let hard_state = &mut self.state.hard_state;
        hard_state.term = hard_state.term.max(metadata.term);
        hard_state.commit = metadata.index;
        self.state.conf_state = metadata.get_conf_state().clone();
        self.snapshot.replace(snapshot)
    }

    /// Sets the snapshot, and keeps the log. Returns the one before.
    pub fn keep(&mut self, snapshot: SnapshotRecord) -> Option<SnapshotRecord> {
        self.exists = true;
        self.snapshot.replace(snapshot)
    }

    /// Removes everything. Returns the snapshot.
    pub fn remove(&mut self, ledger: &mut Ledger) -> Option<SnapshotRecord> {
        Self::release(ledger, &mut self.missing, self.entries.drain(..));
        self.release_pins(ledger);
        let removed = std::mem::take(self);
        (self.version, self.removals) = (removed.version + 1, removed.removals + 1);
        removed.snapshot
    }
}

/// What a checkpoint says of a group: all but its entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The entry before the first one.
    pub compacted: Position,
    /// The index of the last entry.
    pub last_index: u64,
    /// The hard state.
    pub hard_state: HardState,
    /// The configuration.
    pub conf_state: ConfState,
    /// The snapshot.
    pub snapshot: Option<SnapshotRecord>,
}

/// Checks that entries from an index on continue a log.
pub fn continues(from: u64, first_index: u64, last_index: u64) -> Result<(), Misfit> {
    if from < first_index {
        let compacted = first_index - 1;
        let reason = format!("overwrite compacted raft logs, compacted: {compacted}, append: {from}");
        return Err((Rejection::Compacted, reason));
    }
    if from > last_index.saturating_add(1) {
        let reason = format!("raft logs should be continuous, last index: {last_index}, new appended: {from}");
        return Err((Rejection::Unavailable, reason));
    }
    Ok(())
}

/// Checks that a log has all entries before an index.
pub fn compacts(to: u64, last_index: u64) -> Result<(), Misfit> {
    if to > last_index.saturating_add(1) {
        let reason = format!("compact not received raft logs: {to}, last index: {last_index}");
        return Err((Rejection::Unavailable, reason));
    }
    Ok(())
}
