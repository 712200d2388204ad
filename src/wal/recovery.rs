//! Recovery: reading what the files of a log say, without changing them.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::ops::Range;
use std::sync::Arc;

use fxhash::FxHashMap;

use crate::wal::current::{self, Current};
use crate::wal::errors::{Error, Result};
use crate::wal::file_system::FileSystem;
use crate::wal::frame::{self, Found};
use crate::wal::group::{Checkpoint, Group, Ledger};
use crate::wal::mark;
use crate::wal::operation::{Operation, Operations, misfit_text};
use crate::wal::segment::{self, Header};
use crate::wal::snapshots::{self, SnapshotReader};

/// The end of a log that was not persisted, as a crash during a write leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// The name of the segment.
    pub segment: String,
    /// Where the frame begins.
    pub offset: u64,
    /// How many bytes there are from there on.
    pub length: u64,
    /// What is missing.
    pub reason: &'static str,
}

/// What the files say.
pub struct Recovered {
    /// The content of `CURRENT`.
    pub current: Current,
    /// The header of the newest segment.
    pub header: Header,
    /// The sequence number of the next frame.
    pub sequence: u64,
    /// The length of each segment, without a torn end.
    pub sizes: BTreeMap<u64, u64>,
    /// The groups.
    pub groups: FxHashMap<u64, Group>,
    /// What they have on the disk.
    pub ledger: Ledger,
    /// The torn end of the newest segment.
    pub torn: Option<Torn>,
    /// Files that are not needed: an interrupted rotation, replaced snapshots, deletions that were not persisted.
    pub unused: Vec<String>,
    /// The end of the newest segment that is not known to be persisted, without a torn frame.
    pub unsure: Vec<u8>,
    /// A number larger than those of all snapshots.
    pub next_snapshot: u64,
}

impl Recovered {
    /// Returns the length of the newest segment, without a torn end.
    pub fn length(&self) -> u64 {
        self.sizes.get(&self.header.number).copied().unwrap_or_default()
    }
}

/// Reads a log; `None` if there is none yet.
///
/// # Errors
///
/// [`Error::Corrupted`] or [`Error::Io`].
pub fn read(files: &Arc<dyn FileSystem>) -> Result<Option<Recovered>> {
    let names = files.list().map_err(|error| Error::io(&files.path(""), &error))?;
    let Some(bytes) = read_file(&**files, current::NAME)? else {
        return check_new(&**files, &names).map(|()| None);
    };
    let corrupted = |(offset, reason)| Error::corrupted(files.path(current::NAME), offset, reason);
    let current = Current::decode(&bytes).map_err(corrupted)?;
    let mut replay = Replay::new(&**files, current);
    for number in replay.current.oldest..=replay.current.newest {
        replay.read_segment(number)?;
    }
    let mut recovered = replay.finish()?;
    recovered.sort_out(&**files, names)?;
    recovered.check_snapshots(files)?;
    Ok(Some(recovered))
}

/// Returns whether there is a log.
///
/// # Errors
///
/// [`Error::Io`].
pub fn exists(files: &dyn FileSystem) -> Result<bool> {
    Ok(read_file(files, current::NAME)?.is_some())
}

/// Returns the content of a file; `None` if it doesn't exist.
fn read_file(files: &dyn FileSystem, name: &str) -> Result<Option<Vec<u8>>> {
    match files.read(name) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(&files.path(name), &error)),
    }
}

/// Returns whether a segment was used since it was created, which it is only after `CURRENT` names it.
fn was_used(files: &dyn FileSystem, number: u64) -> Result<bool> {
    let bytes = read_file(files, &segment::name(number))?.unwrap_or_default();
    Ok(Header::decode(&bytes).is_ok_and(|header| bytes.len() as u64 > header.created_length))
}

/// Checks that a directory without `CURRENT` never had one: at most a first segment that nothing was written to.
fn check_new(files: &dyn FileSystem, names: &[String]) -> Result<()> {
    let mut segments = names.iter().filter_map(|name| segment::number_of(name));
    let has_snapshots = names.iter().any(|name| snapshots::number_of(name).is_some());
    if segments.any(|number| number != 1) || has_snapshots || was_used(files, 1)? {
        return Err(Error::corrupted(files.path(current::NAME), 0, "the file is missing"));
    }
    Ok(())
}

/// The state while segments are read in their order.
struct Replay<'a> {
    files: &'a dyn FileSystem,
    current: Current,
    /// The segment that was read last.
    last: Option<Header>,
    sequence: u64,
    sizes: BTreeMap<u64, u64>,
    groups: FxHashMap<u64, Group>,
    ledger: Ledger,
    torn: Option<Torn>,
    unsure: Vec<u8>,
}

impl<'a> Replay<'a> {
    fn new(files: &'a dyn FileSystem, current: Current) -> Self {
        let (sizes, groups, ledger, unsure) = Default::default();
        Self { files, current, last: None, sequence: 0, sizes, groups, ledger, torn: None, unsure }
    }

    fn corrupted(&self, number: u64, offset: u64, reason: impl Into<String>) -> Error {
        Error::corrupted(self.files.path(&segment::name(number)), offset, reason)
    }

    fn read_segment(&mut self, number: u64) -> Result<()> {
        let Some(file) = read_file(self.files, &segment::name(number))? else {
            return Err(self.corrupted(number, 0, "the file is missing"));
        };
        let header = Header::decode(&file).map_err(|(offset, reason)| self.corrupted(number, offset, reason))?;
        self.check_header(number, &header)?;
        if self.last.is_none() {
            self.sequence = header.sequence;
        }
        // Everything was persisted before the next segment was begun; in the newest, what `CURRENT` says.
        let is_newest = number == self.current.newest;
        let good = if is_newest { self.good(&header)? } else { file.len() as u64 };
        let mut offset = segment::HEADER;
        loop {
            match frame::find(&file, offset, self.sequence, header.salt) {
                Found::Frame(payload) => {
                    self.apply(&file, payload.clone(), &header, offset)?;
                    offset = payload.end;
                    self.sequence += 1;
                }
                Found::End if offset as u64 >= good => break,
                Found::End => {
                    let reason = format!("the file ends here, and {good} bytes were persisted");
                    return Err(self.corrupted(number, offset as u64, reason));
                }
                Found::Damaged(reason) => return Err(self.corrupted(number, offset as u64, reason)),
                Found::Torn(reason) if !is_newest || (offset as u64) < good => {
                    return Err(self.corrupted(number, offset as u64, format!("{reason}; it was persisted")));
                }
                Found::Torn(reason) => {
                    if let Some(later) = frame::find_later(&file, offset, self.sequence, header.salt) {
                        let reason = format!("{reason}; a later frame follows at {later}");
                        return Err(self.corrupted(number, offset as u64, reason));
                    }
                    let length = (file.len() - offset) as u64;
                    let (segment, offset) = (segment::name(number), offset as u64);
                    self.torn = Some(Torn { segment, offset, length, reason });
                    break;
                }
            }
        }
        if is_newest {
            let known = usize::try_from(self.current.good).unwrap_or(offset).min(offset);
            self.unsure = file.get(known..offset).unwrap_or_default().to_vec();
        }
        self.sizes.insert(number, offset as u64);
        self.last = Some(header);
        Ok(())
    }

    /// Returns how much of the newest segment is known to be good.
    fn good(&self, header: &Header) -> Result<u64> {
        let mark = read_file(self.files, mark::NAME)?.unwrap_or_default();
        Ok(self.current.good.max(header.created_length).max(mark::decode(&mark, header.salt)))
    }

    fn check_header(&self, number: u64, header: &Header) -> Result<()> {
        let is_newest = number == self.current.newest;
        let reason = if header.number != number {
            "the segment has another number than its name"
        } else if is_newest && header.salt != self.current.salt {
            "the segment is another than the one that CURRENT names"
        } else if self.last.is_some_and(|last| {
            let length = self.sizes.get(&last.number).copied();
            (last.salt, length) != (header.previous_salt, Some(header.previous_length))
                || header.sequence != self.sequence
        }) {
            "the segment doesn't continue the one before"
        } else {
            return Ok(());
        };
        Err(self.corrupted(number, 0, reason))
    }

    fn apply(&mut self, file: &[u8], payload: Range<usize>, header: &Header, offset: usize) -> Result<()> {
        let is_first = offset == segment::HEADER;
        let payload = file.get(payload).unwrap_or_default();
        let mut is_checkpoint = false;
        for operation in Operations::new(payload) {
            let applied = operation.map_err(str::to_owned).and_then(|operation| match operation {
                Operation::Checkpoint(states) => {
                    is_checkpoint = true;
                    self.checkpoint(states)
                }
                Operation::Change(id, change) => {
                    let group = self.groups.entry(id).or_default();
                    let applied = change.apply(group, header.number, &mut self.ledger);
                    if !group.exists {
                        self.groups.remove(&id);
                    }
                    applied.map_err(|misfit| format!("group {id}: {}", misfit_text(misfit)))
                }
            });
            applied.map_err(|reason| self.corrupted(header.number, offset as u64, reason))?;
        }
        if is_first != is_checkpoint {
            return Err(self.corrupted(header.number, offset as u64, "a segment begins with its only checkpoint"));
        }
        Ok(())
    }

    /// Begins with the groups of a checkpoint, or compares them with what was read before.
    fn checkpoint(&mut self, states: Vec<(u64, Checkpoint)>) -> std::result::Result<(), String> {
        if self.last.is_some() {
            let differs =
                |(id, state): &&(u64, Checkpoint)| self.groups.get(id).is_none_or(|group| group.checkpoint() != *state);
            return match states.iter().find(differs) {
                Some((id, _)) => Err(format!("group {id}: the checkpoint differs from the frames before it")),
                None if states.len() != self.groups.len() => {
                    Err("the checkpoint has fewer groups than the frames before it".to_owned())
                }
                None => Ok(()),
            };
        }
        for (id, state) in states {
            let group = Group::from_checkpoint(state).map_err(misfit_text)?;
            self.groups.insert(id, group);
        }
        Ok(())
    }

    fn finish(self) -> Result<Recovered> {
        if let Some((id, group)) = self.groups.iter().find(|(_, group)| group.missing() > 0) {
            let reason = format!("group {id}: {} entries from {} on are missing", group.missing(), group.first_index());
            return Err(self.corrupted(self.current.oldest, 0, reason));
        }
        let Self { current, last, sequence, sizes, groups, ledger, torn, unsure, files } = self;
        let path = files.path(current::NAME);
        let header = last.ok_or_else(|| Error::corrupted(path, 12, "no segment is named"))?;
        let (unused, next_snapshot) = (Vec::new(), 1);
        Ok(Recovered { current, header, sequence, sizes, groups, ledger, torn, unused, unsure, next_snapshot })
    }
}

impl Recovered {
    /// Finds the files that are not needed, and those that should not exist.
    fn sort_out(&mut self, files: &dyn FileSystem, names: Vec<String>) -> Result<()> {
        let snapshots = self.groups.values().filter_map(Group::snapshot).map(|snapshot| snapshot.file.number);
        let needed: HashSet<String> = snapshots.map(snapshots::name).collect();
        let (oldest, newest) = (self.current.oldest, self.current.newest);
        for name in names {
            if let Some(number) = segment::number_of(&name) {
                let is_interrupted_rotation = number == newest + 1 && !was_used(files, number)?;
                if number > newest && !is_interrupted_rotation {
                    let reason = format!("the file is older than {name}, which it doesn't name");
                    return Err(Error::corrupted(files.path(current::NAME), 20, reason));
                }
                if (oldest..=newest).contains(&number) {
                    continue;
                }
            } else if let Some(number) = snapshots::number_of(&name) {
                self.next_snapshot = self.next_snapshot.max(number.saturating_add(1));
                if needed.contains(&name) {
                    continue;
                }
            } else if name != current::NEW_NAME {
                continue;
            }
            self.unused.push(name);
        }
        Ok(())
    }

    /// Checks that the snapshots exist, with the length and the header that the log says.
    fn check_snapshots(&self, files: &Arc<dyn FileSystem>) -> Result<()> {
        let mut snapshots = self.groups.values().filter_map(Group::snapshot);
        snapshots.try_for_each(|snapshot| SnapshotReader::open(files.clone(), snapshot.file).map(drop))
    }
}
