//! The limits of numbers. raft-rs adds to them, and allocates memory for them, without a check.

/// Why a number is rejected: the reason of a `ValueError`.
pub struct OutOfRange(pub String);

/// The highest term and index that are accepted. raft-rs adds to both without a check.
pub const HIGHEST: u64 = u64::MAX >> 1;

/// The maximum capacity. raft-rs allocates 8 bytes per item in advance, and aborts if the allocation fails.
const MAX: usize = 1 << 24;

/// Returns `capacity`, or an error if it is more than 2**24.
pub fn checked_capacity(name: &str, capacity: usize) -> Result<usize, OutOfRange> {
    if capacity > MAX {
        return Err(OutOfRange(format!("{name}: expected at most {MAX}, got {capacity}")));
    }
    Ok(capacity)
}

/// Calls [`checked_capacity`] for a set of ids and limits the initial allocation, since the set grows as it is filled.
pub fn checked_initial_capacity(name: &str, capacity: usize) -> Result<usize, OutOfRange> {
    const AT_ONCE: usize = 1 << 12;
    Ok(checked_capacity(name, capacity)?.min(AT_ONCE))
}
