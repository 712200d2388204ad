//! Numbers and records as bytes: little-endian, and as LEB128 where `varint` is said.

use bytes::Bytes;
use protobuf::ProtobufEnum;
use raft::eraftpb::{ConfState, Entry, EntryType, HardState, SnapshotMetadata};

/// The version of the format. A log of another version is not opened.
pub const VERSION: u32 = 1;

/// Appends a number of four bytes.
pub fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a number of eight bytes.
pub fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends numbers of eight bytes.
pub fn put_u64s(out: &mut Vec<u8>, values: impl IntoIterator<Item = u64>) {
    for value in values {
        put_u64(out, value);
    }
}

/// The longest varint.
const MOST_VARINT: usize = 10;

/// Writes a varint into the beginning of `out`, and returns its length.
#[allow(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn write_varint(out: &mut [u8], mut value: u64) -> usize {
    let mut length = 0;
    while value >= 0x80 {
        out[length] = value as u8 | 0x80;
        value >>= 7;
        length += 1;
    }
    out[length] = value as u8;
    length + 1
}

/// Appends a varint.
pub fn put_varint(out: &mut Vec<u8>, value: u64) {
    put_in_place::<MOST_VARINT>(out, |place| write_varint(place, value));
}

/// Appends varints.
pub fn put_varints(out: &mut Vec<u8>, values: impl IntoIterator<Item = u64>) {
    for value in values {
        put_varint(out, value);
    }
}

/// The most varints that follow a byte at the beginning of a record.
const MOST_NUMBERS: usize = 3;

/// Appends the first bytes of a record: a byte and at most three varints.
#[inline]
pub fn put_head<const N: usize>(out: &mut Vec<u8>, byte: u8, numbers: [u64; N]) {
    const { assert!(N <= MOST_NUMBERS) };
    put_in_place::<{ 1 + MOST_NUMBERS * MOST_VARINT }>(out, |place| {
        place[0] = byte;
        numbers.into_iter().fold(1, |length, number| length + write_varint(&mut place[length..], number))
    });
}

/// Appends the bytes that `write` writes into the beginning of its argument, and whose number it returns.
///
/// They are written where they stay: to copy bytes that were stored one by one, a processor waits for all of them. The
/// place has a fixed length, so that it takes a few instructions to make it.
#[inline]
fn put_in_place<const MOST: usize>(out: &mut Vec<u8>, write: impl FnOnce(&mut [u8]) -> usize) {
    let start = out.len();
    out.extend_from_slice(&[0; MOST]);
    let length = write(&mut out[start..]);
    out.truncate(start + length);
}

/// Copies `N` bytes, zeros past the end.
pub fn array<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    bytes.get(offset..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

const ENTRY_TYPE: u8 = 0b0011;
const SYNC_LOG: u8 = 0b0100;
const HAS_CONTEXT: u8 = 0b1000;

/// Appends an entry, without its index: a flag byte, the term, the length of the data, that of the context if it has
/// one, both.
pub fn put_entry(out: &mut Vec<u8>, entry: &Entry) {
    let flags = u8::try_from(entry.entry_type.value()).unwrap_or_default()
        | if entry.sync_log { SYNC_LOG } else { 0 }
        | if entry.context.is_empty() { 0 } else { HAS_CONTEXT };
    let (data, context) = (entry.data.len() as u64, entry.context.len() as u64);
    if context == 0 {
        put_head(out, flags, [entry.term, data]);
    } else {
        put_head(out, flags, [entry.term, data, context]);
    }
    out.extend_from_slice(&entry.data);
    if context > 0 {
        out.extend_from_slice(&entry.context);
    }
}

/// Returns about how many bytes an entry takes on the disk.
pub fn entry_size(entry: &Entry) -> u64 {
    (entry.data.len() + entry.context.len() + 8) as u64
}

/// Appends the numbers of a hard state.
pub fn put_hard_state(out: &mut Vec<u8>, state: &HardState) {
    put_varints(out, [state.term, state.vote, state.commit]);
}

/// Appends the lists of a configuration, each with its length, and whether it is left automatically.
pub fn put_conf_state(out: &mut Vec<u8>, state: &ConfState) {
    for list in [&state.voters, &state.learners, &state.voters_outgoing, &state.learners_next] {
        put_varint(out, list.len() as u64);
        put_varints(out, list.iter().copied());
    }
    out.push(u8::from(state.auto_leave));
}

/// A snapshot that a group has.
#[derive(Debug, Clone, PartialEq)]
pub struct SnapshotRecord {
    /// Index, term and configuration.
    pub metadata: SnapshotMetadata,
    /// The file with the data.
    pub file: SnapshotFile,
}

/// The file of a snapshot's data, as a frame names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The number in the name of the file; 0 if there is no data, and no file.
    pub number: u64,
    /// The length of the data in bytes.
    pub length: u64,
    /// The salt of the file: another file with this name is not this one.
    pub salt: u64,
}

/// Appends a snapshot's index, term, configuration and file.
pub fn put_snapshot(out: &mut Vec<u8>, snapshot: &SnapshotRecord) {
    let (metadata, file) = (&snapshot.metadata, &snapshot.file);
    put_varints(out, [metadata.index, metadata.term]);
    put_conf_state(out, metadata.get_conf_state());
    put_varints(out, [file.number, file.length]);
    put_u64(out, file.salt);
}

/// Why bytes are no record.
pub type Malformed = &'static str;

/// Reads records from bytes.
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Returns a reader of all of the bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Returns what was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// Reads so many bytes.
    pub fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).map_err(|_| "a record is longer than memory")?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or("a record ends too early")?;
        self.bytes = rest;
        Ok(taken)
    }

    /// Reads a byte.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }

    /// Reads a varint.
    pub fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a number is too long")
    }

    /// Reads a varint that counts something of at least one byte each.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        if count > self.bytes.len() { Err("a count is larger than what follows") } else { Ok(count) }
    }

    /// Reads an entry, which has this index.
    pub fn entry(&mut self, index: u64) -> Result<Entry, Malformed> {
        let flags = self.byte()?;
        let mut entry = Entry {
            entry_type: EntryType::from_i32(i32::from(flags & ENTRY_TYPE)).ok_or("an entry has an unknown type")?,
            sync_log: flags & SYNC_LOG != 0,
            index,
            term: self.varint()?,
            ..Entry::default()
        };
        let data = self.varint()?;
        let context = if flags & HAS_CONTEXT == 0 { 0 } else { self.varint()? };
        // Copied: a view would keep the memory of the whole segment.
        entry.data = Bytes::copy_from_slice(self.take(data)?);
        entry.context = Bytes::copy_from_slice(self.take(context)?);
        Ok(entry)
    }

    /// Reads a count, and so many entries from this index on.
    pub fn entries(&mut self, first: u64) -> Result<Vec<Entry>, Malformed> {
        let count = self.count()?;
        if first.checked_add(count as u64).is_none() {
            return Err("an index is too large");
        }
        (first..first + count as u64).map(|index| self.entry(index)).collect()
    }

    /// Reads a hard state.
    pub fn hard_state(&mut self) -> Result<HardState, Malformed> {
        let (term, vote, commit) = (self.varint()?, self.varint()?, self.varint()?);
        Ok(HardState { term, vote, commit, ..HardState::default() })
    }

    fn list(&mut self) -> Result<Vec<u64>, Malformed> {
        (0..self.count()?).map(|_| self.varint()).collect()
    }

    /// Reads a configuration.
    pub fn conf_state(&mut self) -> Result<ConfState, Malformed> {
        Ok(ConfState {
            voters: self.list()?,
            learners: self.list()?,
            voters_outgoing: self.list()?,
            learners_next: self.list()?,
            auto_leave: self.byte()? != 0,
            ..ConfState::default()
        })
    }

    /// Reads a snapshot.
    pub fn snapshot(&mut self) -> Result<SnapshotRecord, Malformed> {
        let mut metadata = SnapshotMetadata { index: self.varint()?, term: self.varint()?, ..Default::default() };
        metadata.set_conf_state(self.conf_state()?);
        let (number, length) = (self.varint()?, self.varint()?);
        let salt = u64::from_le_bytes(array(self.take(8)?, 0));
        Ok(SnapshotRecord { metadata, file: SnapshotFile { number, length, salt } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            entry_type: EntryType::EntryConfChangeV2,
            term: u64::MAX,
            index: 300,
            data: Bytes::from_static(b"data"),
            context: Bytes::from_static(b"context"),
            sync_log: true,
            ..Entry::default()
        }
    }

    #[test]
    fn numbers_come_back() {
        for value in (0..64).flat_map(|bit| [1 << bit, (1 << bit) - 1, u64::MAX - (1 << bit)]) {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            assert_eq!(Reader::new(&bytes).varint(), Ok(value));
        }
    }

    #[test]
    fn records_come_back() {
        let mut metadata = SnapshotMetadata { index: 5, term: 6, ..Default::default() };
        metadata.set_conf_state(ConfState::from((vec![1, 2, u64::MAX], vec![4])));
        let file = SnapshotFile { number: 7, length: 8, salt: u64::MAX };
        let snapshot = SnapshotRecord { metadata, file };
        let hard_state = HardState { term: 1, vote: u64::MAX, commit: 3, ..HardState::default() };
        let mut bytes = Vec::new();
        put_entry(&mut bytes, &entry());
        put_entry(&mut bytes, &Entry { index: 301, ..Entry::default() });
        put_hard_state(&mut bytes, &hard_state);
        put_snapshot(&mut bytes, &snapshot);

        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.entry(300), Ok(entry()));
        assert_eq!(reader.entry(301), Ok(Entry { index: 301, ..Entry::default() }));
        assert_eq!(reader.hard_state(), Ok(hard_state));
        assert_eq!(reader.snapshot(), Ok(snapshot));
        assert!(reader.rest().is_empty());
    }

    #[test]
    fn bytes_that_are_no_record_are_rejected() {
        let mut bytes = Vec::new();
        put_entry(&mut bytes, &entry());
        for length in 0..bytes.len() {
            assert_eq!(Reader::new(&bytes[..length]).entry(1), Err("a record ends too early"), "{length}");
        }
        assert_eq!(Reader::new(&[0xff; 10]).varint(), Err("a number is too long"));
        assert_eq!(Reader::new(&[3, 0, 0]).entry(1), Err("an entry has an unknown type"));
        assert_eq!(Reader::new(&[9, 0]).count(), Err("a count is larger than what follows"));
        assert_eq!(Reader::new(&[2, 0, 0, 0, 0, 0, 0]).entries(u64::MAX - 1), Err("an index is too large"));
    }
}
