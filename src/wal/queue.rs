//! The queue of a log: what is submitted, until one thread takes it to write it.

use std::collections::BTreeMap;

use fxhash::FxHashMap;

use crate::wal::errors::{Error, Rejection, Result};
use crate::wal::format::SnapshotFile;
use crate::wal::frame::{Draft, MOST_PAYLOAD};
use crate::wal::group::{Ledger, Misfit};
use crate::wal::rewrite::{self, Plan};
use crate::wal::segment::{Counters, Disk};
use crate::wal::storage::{Locked, WalGroup};
use crate::wal::write::Write;

/// The place of a group.
pub struct Slot {
    /// The id of the group.
    pub id: u64,
    /// The group.
    pub group: WalGroup,
    /// The last call of `submit` that had a write of this group.
    pub call: u64,
    /// The ticket of its last write that a node relies on. That of a write that was rejected may not exist.
    pub relied_on: u64,
}

/// What is submitted, and not yet persisted; and the groups, as they are after it.
#[derive(Default)]
pub struct Queue {
    /// Where the slot of each group is.
    pub positions: FxHashMap<u64, usize>,
    /// The groups.
    pub slots: Vec<Slot>,
    /// The slots of the writes that are being submitted.
    pub chosen: Vec<usize>,
    /// What they have on the disk.
    pub ledger: Ledger,
    /// What was submitted, and is not being written yet.
    pub draft: Draft,
    /// Another buffer, while one is being written.
    pub spare: Draft,
    /// The snapshots that the draft replaces.
    pub obsolete: Vec<SnapshotFile>,
    /// The segment that the draft will be written to.
    pub segment: u64,
    /// The number of calls of `submit`.
    pub calls: u64,
    /// The ticket of the last writes that were submitted.
    pub submitted: u64,
    /// The ticket of the last writes that are persisted.
    pub persisted: u64,
    /// `None` while a thread writes, and in the end.
    pub disk: Option<Box<Disk>>,
    /// Whether the thread that had the disk has panicked.
    pub is_lost: bool,
    /// Why writes are rejected.
    pub error: Option<Error>,
    /// Whether a thread closes the log, and has not released the directory yet.
    pub is_closing: bool,
    /// The number of threads that wait for the one that writes.
    pub waiting: usize,
    /// What was done with the disk.
    pub counters: Counters,
    /// The number of segments, and their length.
    pub sizes: (usize, u64),
}

/// What one thread writes for all.
pub struct Round {
    /// The frame.
    pub draft: Draft,
    /// The ticket of the last writes in it.
    pub ticket: u64,
    /// The snapshots that it replaces.
    pub obsolete: Vec<SnapshotFile>,
    /// What follows if the segment ends with it.
    pub rotation: Option<Plan>,
}

impl Queue {
    /// Returns the position of a group's slot, which is made if there is none.
    pub fn position(&mut self, id: u64) -> usize {
        *self.positions.entry(id).or_insert_with(|| {
            self.slots.push(Slot { id, group: WalGroup::default(), call: 0, relied_on: 0 });
            self.slots.len() - 1
        })
    }

    /// Returns the groups that exist.
    pub fn existing(&self) -> Vec<(u64, WalGroup)> {
        let existing = self.slots.iter().filter(|slot| slot.group.read().exists);
        existing.map(|slot| (slot.id, slot.group.clone())).collect()
    }

    /// Finds the slots of writes.
    pub fn choose(&mut self, writes: &[Write]) -> Result<()> {
        self.calls += 1;
        self.chosen.clear();
        for write in writes {
            let position = self.position(write.group);
            self.chosen.push(position);
            let slot = &mut self.slots[position];
            if write.is_relied_on() {
                slot.relied_on = self.submitted + 1;
            }
            if std::mem::replace(&mut slot.call, self.calls) == self.calls {
                let misfit = (Rejection::Invalid, "there are two writes of the group in one call".to_owned());
                return Err(rejected(write.group)(misfit));
            }
        }
        Ok(())
    }

    /// Makes all writes, or none.
    ///
    /// All groups are locked first, and unlocked in the end: an atomic operation between two groups would wait until
    /// the cache has all that was written to the first.
    pub fn apply(&mut self, writes: &mut [Write]) -> Result<()> {
        let Self { slots, chosen, draft, ledger, obsolete, segment, .. } = self;
        let lock = |position: &usize| slots[*position].group.lock();
        let (mut one, mut many);
        let groups: &mut [Locked<'_>] = if let [position] = &chosen[..] {
            one = [lock(position)];
            &mut one
        } else {
            many = chosen.iter().map(lock).collect::<Vec<_>>();
            &mut many
        };
        let mut size = 0_usize;
        for (write, group) in writes.iter().zip(&*groups) {
            size = size.saturating_add(write.check(group).map_err(rejected(write.group))?);
        }
        if size.saturating_add(draft.len()) > MOST_PAYLOAD {
            let reason = format!("{size} bytes, and {} are not persisted yet: at most {MOST_PAYLOAD}", draft.len());
            let group = writes.first().map_or(0, |write| write.group);
            let kind = if draft.is_empty() { Rejection::Invalid } else { Rejection::Full };
            return Err(Error::Rejected { group, kind, reason });
        }
        draft.payload().reserve(size);
        for (write, group) in writes.iter_mut().zip(groups) {
            let failed = |(_, reason): Misfit| Error::Failed { reason };
            write.apply(group, draft.payload(), *segment, ledger, obsolete).map_err(failed)?;
            draft.sum_up_if_large();
        }
        draft.sum_up();
        Ok(())
    }

    /// Exchanges the two buffers.
    pub fn swap_buffers(&mut self) {
        std::mem::swap(&mut self.draft, &mut self.spare);
    }

    /// Takes what was submitted, and decides whether the segment ends with it.
    pub fn take_round(&mut self, disk: &Disk, segment_size: u64) -> Round {
        let draft = std::mem::replace(&mut self.draft, std::mem::take(&mut self.spare));
        let obsolete = std::mem::take(&mut self.obsolete);
        let frame = draft.len() as u64;
        let used = disk.length + frame - disk.header.created_length;
        let rotation = (used >= segment_size).then(|| self.plan_rotation(&disk.sizes, frame, segment_size));
        Round { draft, ticket: self.submitted, obsolete, rotation }
    }

    fn plan_rotation(&mut self, sizes: &BTreeMap<u64, u64>, frame: u64, segment_size: u64) -> Plan {
        self.slots.retain(|slot| slot.group.read().exists || !slot.group.is_unused());
        self.positions = positions(&self.slots);
        let newest = self.segment;
        let mut sizes = sizes.clone();
        *sizes.entry(newest).or_default() += frame;
        self.segment += 1;
        rewrite::plan(&mut self.existing(), &mut self.ledger, &sizes, newest, segment_size)
    }
}

/// Returns where the slot of each group is.
pub fn positions(slots: &[Slot]) -> FxHashMap<u64, usize> {
    slots.iter().enumerate().map(|(position, slot)| (slot.id, position)).collect()
}

fn rejected(group: u64) -> impl Fn(Misfit) -> Error {
    move |(kind, reason)| Error::Rejected { group, kind, reason }
}
