//! Frames: what one write call appends to a segment, and how a torn one is told from a damaged one.
//!
//! A frame begins at a multiple of [`ALIGNMENT`], so that a header never crosses a sector. See
//! `docs/pages/wal-format.md`.

use std::ops::Range;

use crate::wal::format::{array, put_u32, put_u64};

/// Disks write a sector completely or not at all.
pub const SECTOR: usize = 512;
/// Frames begin and end at multiples of it.
pub const ALIGNMENT: usize = 32;
/// The length of a frame's header.
pub const HEADER: usize = 32;
/// The largest payload of a frame. Tests exceed a smaller one faster.
pub const MOST_PAYLOAD: usize = if cfg!(test) { 1 << 26 } else { 1 << 30 };

/// The head of a frame.
///
/// | offset | size | content |
/// |---|---|---|
/// | 0 | 4 | length of the payload, a multiple of 32 |
/// | 4 | 4 | number of pieces of the payload that are all zero |
/// | 8 | 8 | sequence number |
/// | 16 | 8 | salt of the segment, not 0 |
/// | 24 | 4 | crc32c of the payload |
/// | 28 | 4 | crc32c of the 28 bytes before |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The length of the payload in bytes, with its padding.
    pub length: u32,
    /// How many pieces of the payload, divided where sectors of the file end, are all zero. If a file has more, a
    /// sector is missing: the frame is torn.
    pub zero_pieces: u32,
    /// Frames are numbered, from the first one of the log on.
    pub sequence: u64,
    /// The salt of the segment: a frame of another file is no frame of this one.
    pub salt: u64,
    /// The checksum of the payload.
    pub checksum: u32,
}

impl Header {
    fn encode(&self) -> [u8; HEADER] {
        let mut bytes = Vec::with_capacity(HEADER);
        put_u32(&mut bytes, self.length);
        put_u32(&mut bytes, self.zero_pieces);
        put_u64(&mut bytes, self.sequence);
        put_u64(&mut bytes, self.salt);
        put_u32(&mut bytes, self.checksum);
        let checksum = crc32c::crc32c(&bytes);
        put_u32(&mut bytes, checksum);
        array(&bytes, 0)
    }

    fn decode(bytes: &[u8; HEADER]) -> Option<Self> {
        let u32_at = |offset| u32::from_le_bytes(array(bytes, offset));
        let u64_at = |offset| u64::from_le_bytes(array(bytes, offset));
        (u32_at(28) == crc32c::crc32c(&bytes[..28])).then(|| Self {
            length: u32_at(0),
            zero_pieces: u32_at(4),
            sequence: u64_at(8),
            salt: u64_at(16),
            checksum: u32_at(24),
        })
    }
}

/// A frame that is being filled: the space of a header, and the payload.
pub struct Draft {
    bytes: Vec<u8>,
    checksum: u32,
    /// How much of `bytes` is in `checksum`.
    summed: usize,
}

impl Default for Draft {
    fn default() -> Self {
        Self { bytes: vec![0; HEADER], checksum: 0, summed: HEADER }
    }
}

/// How many bytes are summed together.
const CACHED: usize = 8 << 10;
/// The capacity, in bytes, that an empty draft keeps.
const KEPT: usize = 4 << 20;

impl Draft {
    /// The payload is appended here.
    pub fn payload(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Includes what was appended in the checksum, if it is so much that the nearest cache would lose it.
    pub fn sum_up_if_large(&mut self) {
        if self.bytes.len() - self.summed >= CACHED {
            self.sum_up();
        }
    }

    /// Includes what was appended in the checksum.
    pub fn sum_up(&mut self) {
        self.checksum = crc32c::crc32c_append(self.checksum, &self.bytes[self.summed..]);
        self.summed = self.bytes.len();
    }

    /// Returns the length of the frame so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.bytes.len() == HEADER
    }

    /// Removes the payload.
    pub fn clear(&mut self) {
        self.bytes.truncate(HEADER);
        self.bytes.shrink_to(KEPT);
        (self.checksum, self.summed) = (0, HEADER);
    }

    /// Returns the bytes to write at an offset of a segment.
    pub fn seal(&mut self, offset: u64, sequence: u64, salt: u64) -> &[u8] {
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
        self.sum_up();
        let payload = &self.bytes[HEADER..];
        let header = Header {
            // `Wal::submit` limits the payload to `MOST_PAYLOAD`.
            length: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            zero_pieces: zero_pieces(payload, offset + HEADER as u64),
            sequence,
            salt,
            checksum: self.checksum,
        };
        self.bytes[..HEADER].copy_from_slice(&header.encode());
        &self.bytes
    }
}

/// Counts the pieces of `payload`, divided where sectors end if it is at an offset of a file, that are all zero.
fn zero_pieces(payload: &[u8], offset: u64) -> u32 {
    #[allow(clippy::cast_possible_truncation, reason = "less than a sector")]
    let first = (offset.next_multiple_of(SECTOR as u64) - offset) as usize;
    let (first, rest) = payload.split_at(first.min(payload.len()));
    let pieces = std::iter::once(first).filter(|piece| !piece.is_empty()).chain(rest.chunks(SECTOR));
    pieces.map(|piece| u32::from(is_zero(piece))).sum()
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// What is at an offset of a segment.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// The end of the file.
    End,
    /// A whole frame: where its payload is.
    Frame(Range<usize>),
    /// A frame of which sectors are missing, as a crash leaves one that was not persisted yet.
    Torn(&'static str),
    /// Something that no crash leaves.
    Damaged(&'static str),
}

/// Returns what is at an offset, where a frame with this number is expected.
pub fn find(file: &[u8], offset: usize, sequence: u64, salt: u64) -> Found {
    let rest = file.get(offset..).unwrap_or_default();
    let Some((header, rest)) = rest.split_first_chunk::<HEADER>() else {
        return if rest.is_empty() { Found::End } else { Found::Torn("the file ends in the header of a frame") };
    };
    if is_zero(header) {
        return Found::Torn("the header of a frame is missing: zeros");
    }
    let Some(header) = Header::decode(header) else {
        return Found::Damaged("the checksum of a frame's header is wrong");
    };
    if header.salt != salt {
        return Found::Damaged("the frame belongs to another segment");
    }
    if header.sequence != sequence {
        return Found::Damaged("the frame has another sequence number than expected");
    }
    let Some(payload) = rest.get(..header.length as usize) else {
        return Found::Torn("the file ends in a frame");
    };
    let start = offset + HEADER;
    if crc32c::crc32c(payload) == header.checksum {
        return Found::Frame(start..start + payload.len());
    }
    if zero_pieces(payload, start as u64) > header.zero_pieces {
        return Found::Torn("sectors of a frame are missing: zeros");
    }
    Found::Damaged("the checksum of a frame is wrong")
}

/// Returns the offset of the first whole frame after an offset, of those that can follow the one with this number.
pub fn find_later(file: &[u8], offset: usize, sequence: u64, salt: u64) -> Option<usize> {
    let start = offset.next_multiple_of(ALIGNMENT) + ALIGNMENT;
    (start..file.len()).step_by(ALIGNMENT).find(|&later| {
        let Some(header) = file.get(later..later + HEADER) else { return false };
        let Some(header) = Header::decode(&array(header, 0)) else { return false };
        header.salt == salt
            && header.sequence > sequence
            && matches!(find(file, later, header.sequence, salt), Found::Frame(_))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u64 = 7;

    /// A file with an earlier sector, and one frame from offset 480 on: its header is alone in its sector.
    fn file(payload: &[u8]) -> Vec<u8> {
        let mut draft = Draft::default();
        draft.payload().extend_from_slice(payload);
        let mut file = vec![1; 480];
        file.extend_from_slice(draft.seal(480, 3, SALT));
        file
    }

    fn payloads() -> [Vec<u8>; 5] {
        [vec![], vec![5; 31], vec![5; 2000], vec![0; 2000], [vec![0; 1024], vec![9; 700]].concat()]
    }

    #[test]
    fn a_frame_is_found() {
        for payload in payloads() {
            let file = file(&payload);
            let Found::Frame(range) = find(&file, 480, 3, SALT) else { panic!("no frame") };
            assert!(file[range].starts_with(&payload));
            assert_eq!(find(&file, file.len(), 4, SALT), Found::End);
        }
    }

    #[test]
    fn a_frame_of_another_place_is_damage() {
        let file = file(b"entries");
        assert_eq!(find(&file, 480, 4, SALT), Found::Damaged("the frame has another sequence number than expected"));
        assert_eq!(find(&file, 480, 3, SALT + 1), Found::Damaged("the frame belongs to another segment"));
    }

    #[test]
    fn each_flipped_bit_is_damage() {
        for payload in payloads() {
            let good = file(&payload);
            for bit in 480 * 8..good.len() * 8 {
                let mut bad = good.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                assert!(matches!(find(&bad, 480, 3, SALT), Found::Damaged(_)), "bit {bit}");
            }
        }
    }

    #[test]
    fn each_missing_sector_and_each_shorter_file_is_a_torn_frame() {
        for payload in payloads() {
            let good = file(&payload);
            for end in 481..good.len() {
                assert!(matches!(find(&good[..end], 480, 3, SALT), Found::Torn(_)), "length {end}");
            }
            for start in (0..good.len()).step_by(SECTOR) {
                let sector = start.max(480)..(start + SECTOR).min(good.len());
                let mut bad = good.clone();
                bad[sector.clone()].fill(0);
                if bad != good {
                    assert!(matches!(find(&bad, 480, 3, SALT), Found::Torn(_)), "sector {sector:?}");
                }
            }
        }
    }

    #[test]
    fn a_later_frame_is_found_wherever_it_begins() {
        let (first, mut second) = (file(&[0; 700]), Draft::default());
        second.payload().extend_from_slice(b"second");
        let whole = [&first[..], second.seal(first.len() as u64, 4, SALT)].concat();
        assert_eq!(find_later(&whole, 480, 3, SALT), Some(first.len()));
        assert_eq!(find_later(&whole, 480, 3, SALT + 1), None);
        assert_eq!(find_later(&first, 480, 3, SALT), None);
    }
}
