//! Segments: the files that frames are appended to.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::wal::current::{Current, Identity};
use crate::wal::errors::{Error, Result};
use crate::wal::file_system::{FileSystem, WriteFile};
use crate::wal::format::{VERSION, array, put_u32, put_u64s};
use crate::wal::frame::{self, Draft, MOST_PAYLOAD};
use crate::wal::mark;

const MAGIC: &[u8; 8] = b"rraftseg";
/// The length of a segment's header.
pub const HEADER: usize = 64;
const SUFFIX: &str = ".seg";

/// Returns the name of the segment with this number.
pub fn name(number: u64) -> String {
    format!("{number:020}{SUFFIX}")
}

/// Returns the number in the name of a segment.
pub fn number_of(name: &str) -> Option<u64> {
    name.strip_suffix(SUFFIX)?.parse().ok()
}

/// The head of a segment.
///
/// | offset | size | content |
/// |---|---|---|
/// | 0 | 8 | `rraftseg` |
/// | 8 | 8 | number of the segment |
/// | 16 | 8 | salt |
/// | 24 | 8 | sequence number of the first frame |
/// | 32 | 8 | salt of the segment before, 0 in the first one |
/// | 40 | 8 | length of the segment before |
/// | 48 | 8 | length with which the segment was created |
/// | 56 | 4 | version of the format |
/// | 60 | 4 | crc32c of the 60 bytes before |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The number of the segment.
    pub number: u64,
    /// A random number that all frames of the segment have.
    pub salt: u64,
    /// The sequence number of the first frame.
    pub sequence: u64,
    /// The salt of the segment before.
    pub previous_salt: u64,
    /// The length of the segment before.
    pub previous_length: u64,
    /// The length with which the segment was created. A longer one was in use.
    pub created_length: u64,
}

impl Header {
    /// Returns the bytes of the header.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let Self { number, salt, sequence, previous_salt, previous_length, created_length } = *self;
        let fields = [number, salt, sequence, previous_salt, previous_length, created_length];
        put_u64s(&mut bytes, fields);
        put_u32(&mut bytes, VERSION);
        let checksum = crc32c::crc32c(&bytes);
        put_u32(&mut bytes, checksum);
        bytes
    }

    /// Reads the header of a file. The error is the offset, and what is wrong there.
    pub fn decode(file: &[u8]) -> std::result::Result<Self, (u64, &'static str)> {
        if !file.starts_with(MAGIC) {
            return Err((0, "the file doesn't begin as a segment"));
        }
        let Some(bytes) = file.first_chunk::<HEADER>() else { return Err((8, "the file ends in its header")) };
        if u32::from_le_bytes(array(bytes, 60)) != crc32c::crc32c(&bytes[..60]) {
            return Err((0, "the checksum of the segment's header is wrong"));
        }
        if u32::from_le_bytes(array(bytes, 56)) != VERSION {
            return Err((56, "the segment has another version of the format"));
        }
        let field = |position: usize| u64::from_le_bytes(array(bytes, 8 + 8 * position));
        Ok(Self {
            number: field(0),
            salt: field(1),
            sequence: field(2),
            previous_salt: field(3),
            previous_length: field(4),
            created_length: field(5),
        })
    }
}

/// What was done with the disk since the log was opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counters {
    /// Write calls to segments.
    pub writes: u64,
    /// Bytes written to segments.
    pub written: u64,
    /// Fsyncs of segments.
    pub fsyncs: u64,
    /// The time that those took.
    pub time_in_fsync: Duration,
    /// Segments created.
    pub rotations: u64,
    /// Bytes of entries that were written again, so that segments could be deleted.
    pub rewritten: u64,
}

/// What a new segment begins with, and which old ones it replaces.
pub struct Rotation {
    /// The frames: a checkpoint, and then entries of segments to be deleted.
    pub frames: Vec<Draft>,
    /// The oldest segment that is needed.
    pub oldest: u64,
}

/// The segments on the disk. Whoever has this is the only one to write.
pub struct Disk {
    /// The directory.
    pub files: Arc<dyn FileSystem>,
    /// The newest segment.
    pub file: Box<dyn WriteFile>,
    /// Its header.
    pub header: Header,
    /// Its length.
    pub length: u64,
    /// The sequence number of the next frame.
    pub sequence: u64,
    /// The number of the oldest segment that is needed.
    pub oldest: u64,
    /// The lengths of all segments that exist.
    pub sizes: BTreeMap<u64, u64>,
    /// Whose log it is.
    pub identity: Identity,
    /// What was done.
    pub counters: Counters,
    /// Keeps other processes out.
    pub lock: Box<dyn Any + Send>,
}

impl Disk {
    /// Creates the first segment of a log, and then the log.
    pub fn create(
        files: Arc<dyn FileSystem>,
        identity: Identity,
        lock: Box<dyn Any + Send>,
        frames: Vec<Draft>,
    ) -> Result<Self> {
        let before =
            Header { number: 0, salt: 0, sequence: 0, previous_salt: 0, previous_length: 0, created_length: 0 };
        let (header, file, sequence) = create_segment(&*files, &before, 0, 1, frames)?;
        let length = header.created_length;
        let disk = Self {
            files,
            file,
            header,
            length,
            sequence,
            oldest: 1,
            sizes: BTreeMap::from([(1, length)]),
            identity,
            counters: Counters::default(),
            lock,
        };
        disk.write_current(1)?;
        Ok(disk)
    }

    /// Returns the length of all segments.
    pub fn total(&self) -> u64 {
        self.sizes.values().sum()
    }

    fn failed(&self, operation: &str, error: &std::io::Error) -> Error {
        Error::failed(operation, &self.files.path(&name(self.header.number)), error)
    }

    /// Persists what `CURRENT` says: the newest segment is good as far as it goes.
    pub fn write_current(&self, oldest: u64) -> Result<()> {
        let (newest, salt, good) = (self.header.number, self.header.salt, self.length);
        Current { oldest, newest, salt, good, identity: self.identity.clone() }.write(&*self.files)
    }

    /// Appends a frame in one write call. It is persisted with [`Self::sync`].
    pub fn append(&mut self, draft: &mut Draft) -> Result<()> {
        if draft.len() > MOST_PAYLOAD {
            return Err(Error::Failed { reason: "a frame is longer than 1 GiB".to_owned() });
        }
        let bytes = draft.seal(self.length, self.sequence, self.header.salt);
        let written = self.file.write(bytes);
        let length = bytes.len() as u64;
        written.map_err(|error| self.failed("write", &error))?;
        self.sequence += 1;
        self.length += length;
        self.sizes.insert(self.header.number, self.length);
        self.counters.writes += 1;
        self.counters.written += length;
        Ok(())
    }

    /// Persists the newest segment.
    pub fn sync(&mut self) -> Result<()> {
        let start = self.files.time();
        self.file.sync().map_err(|error| self.failed("fsync", &error))?;
        self.counters.time_in_fsync += self.files.time().saturating_sub(start);
        self.counters.fsyncs += 1;
        Ok(())
    }

    /// Notes how much is good in a file that is not persisted.
    pub fn mark(&self) -> Result<()> {
        let path = || self.files.path(mark::NAME);
        let mut file = self.files.create(mark::NAME).map_err(|error| Error::io(&path(), &error))?;
        file.write(&mark::encode(self.header.salt, self.length))
            .map_err(|error| Error::failed("write", &path(), &error))
    }

    /// Begins a new segment, and deletes those that are not needed any more.
    ///
    /// `CURRENT` changes from the old segment to the new one at once: before, the new one is deleted by the next start.
    pub fn rotate(&mut self, rotation: Rotation) -> Result<()> {
        let frames = rotation.frames;
        let (header, file, sequence) = create_segment(&*self.files, &self.header, self.length, self.sequence, frames)?;
        (self.header, self.file, self.sequence, self.length) = (header, file, sequence, header.created_length);
        self.sizes.insert(header.number, self.length);
        self.counters.writes += 1;
        self.counters.written += self.length;
        self.counters.fsyncs += 1;
        self.counters.rotations += 1;
        self.write_current(rotation.oldest)?;
        self.oldest = rotation.oldest;
        self.delete_obsolete();
        Ok(())
    }

    /// Deletes the segments that are not needed. One that can't be deleted is tried again after the next rotation.
    fn delete_obsolete(&mut self) {
        let obsolete: Vec<u64> = self.sizes.range(..self.oldest).map(|(number, _)| *number).collect();
        for number in obsolete {
            if self.files.delete(&name(number)).is_ok() {
                self.sizes.remove(&number);
            }
        }
    }
}

/// Creates and persists the segment after `before`, with its name. Returns the number of the next frame, too.
fn create_segment(
    files: &dyn FileSystem,
    before: &Header,
    previous_length: u64,
    sequence: u64,
    frames: Vec<Draft>,
) -> Result<(Header, Box<dyn WriteFile>, u64)> {
    let mut header = Header {
        number: before.number + 1,
        salt: files.random().max(1),
        sequence,
        previous_salt: before.salt,
        previous_length,
        created_length: 0,
    };
    let (mut bytes, mut next) = (vec![0; HEADER], sequence);
    for mut draft in frames {
        if draft.len() > MOST_PAYLOAD {
            return Err(Error::Failed { reason: "a checkpoint is longer than 1 GiB".to_owned() });
        }
        bytes.extend_from_slice(draft.seal(bytes.len() as u64, next, header.salt));
        next += 1;
    }
    header.created_length = bytes.len() as u64;
    bytes[..HEADER].copy_from_slice(&header.encode());
    debug_assert!(HEADER.is_multiple_of(frame::ALIGNMENT));

    let path = files.path(&name(header.number));
    let failed = |operation| move |error| Error::failed(operation, &path.clone(), &error);
    let mut file = files.create(&name(header.number)).map_err(failed.clone()("create"))?;
    file.write(&bytes).map_err(failed.clone()("write"))?;
    file.sync().map_err(failed.clone()("fsync"))?;
    files.sync_directory().map_err(failed("fsync the directory of"))?;
    Ok((header, file, next))
}
