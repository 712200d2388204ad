//! `Known`: a cached result of a storage.

use std::sync::atomic::{AtomicU64, Ordering};

use raft::Result;

/// The last result of a storage method, with its argument and the version that the storage had at that time.
///
/// A reader holds the GIL or has exclusive access to the node, so the three fields are consistent.
#[derive(Default)]
pub struct Known {
    /// The argument; 0 for a method without one.
    index: AtomicU64,
    answer: AtomicU64,
    /// Versions are counted from 1.
    version: AtomicU64,
}

impl Known {
    /// Returns the cached result for this version and index, or calls `ask` and caches its result.
    pub fn get_or_ask(&self, version: u64, index: u64, ask: impl FnOnce() -> Result<u64>) -> Result<u64> {
        if self.version.load(Ordering::Relaxed) == version && self.index.load(Ordering::Relaxed) == index {
            return Ok(self.answer.load(Ordering::Relaxed));
        }
        let answer = ask()?;
        self.index.store(index, Ordering::Relaxed);
        self.answer.store(answer, Ordering::Relaxed);
        self.version.store(version, Ordering::Relaxed);
        Ok(answer)
    }
}
