//! `MARK`: how much of the newest segment is good, noted while the log is idle.
//!
//! The file is never persisted, and is good or ignored. The system writes it to the disk after a while; when only the
//! process crashes, it is there at once.

use crate::wal::format::{array, put_u32, put_u64};

/// The name of the file.
pub const NAME: &str = "MARK";

const MAGIC: &[u8; 8] = b"rraftmrk";

/// Returns the content of the file.
pub fn encode(salt: u64, good: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    put_u64(&mut bytes, salt);
    put_u64(&mut bytes, good);
    let checksum = crc32c::crc32c(&bytes);
    put_u32(&mut bytes, checksum);
    bytes
}

/// Returns how many bytes of the segment with this salt are good; 0 if the file doesn't say it.
pub fn decode(bytes: &[u8], salt: u64) -> u64 {
    let good = u64::from_le_bytes(array(bytes, 16));
    if encode(salt, good) == bytes { good } else { 0 }
}
