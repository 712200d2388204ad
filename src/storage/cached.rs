//! `Cached`: the cached result of a storage.

use std::sync::atomic::{AtomicU64, Ordering};

use raft::Result;

/// The last result of a storage method, with its argument and the version that the storage had at that time.
///
/// A reader holds the GIL or has exclusive access to the node, so the three fields are consistent.
#[derive(Default)]
pub struct Cached {
    /// The argument; 0 for a method without one.
    index: AtomicU64,
    result: AtomicU64,
    /// Versions are counted from 1.
    version: AtomicU64,
}

impl Cached {
    /// Returns the cached result for this version and index, or calls `query` and caches its result.
    pub fn get_or_query(&self, version: u64, index: u64, query: impl FnOnce() -> Result<u64>) -> Result<u64> {
        if self.version.load(Ordering::Relaxed) == version && self.index.load(Ordering::Relaxed) == index {
            return Ok(self.result.load(Ordering::Relaxed));
        }
        let result = query()?;
        self.index.store(index, Ordering::Relaxed);
        self.result.store(result, Ordering::Relaxed);
        self.version.store(version, Ordering::Relaxed);
        Ok(result)
    }
}
