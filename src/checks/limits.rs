//! The limits of numbers: raft-rs adds to them, and allocates for them, without a check.

/// Why a number is rejected: the reason of a `ValueError`.
pub struct OutOfRange(pub String);

/// The highest term and index that are taken: raft-rs adds to both without a check.
pub const HIGHEST: u64 = u64::MAX >> 1;

/// The greatest capacity: raft-rs allocates 8 bytes for each place, at once, and aborts when it can't.
const MOST: usize = 1 << 24;

/// `capacity`, unless it is more than 2**24.
pub fn checked_capacity(name: &str, capacity: usize) -> Result<usize, OutOfRange> {
    if capacity > MOST {
        return Err(OutOfRange(format!("{name}: {capacity} is more than {MOST}")));
    }
    Ok(capacity)
}

/// [`checked_capacity`] of a set of ids, which grows as it is filled: a number that nothing backs allocates little.
pub fn checked_room(name: &str, capacity: usize) -> Result<usize, OutOfRange> {
    const AT_ONCE: usize = 1 << 12;
    Ok(checked_capacity(name, capacity)?.min(AT_ONCE))
}
