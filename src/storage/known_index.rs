//! `KnownIndex`: an index that a storage has told.

use std::sync::atomic::{AtomicU64, Ordering};

use raft::Result;

/// An index that a storage has told, and the version that the storage had then.
///
/// Whoever reads it has the GIL, or the node for itself: the two belong together.
#[derive(Default)]
pub struct KnownIndex {
    index: AtomicU64,
    /// Versions are counted from 1.
    version: AtomicU64,
}

impl KnownIndex {
    /// The index, for which the storage of this version is asked if it is not known.
    pub fn get_or_ask(&self, version: u64, ask: impl FnOnce() -> Result<u64>) -> Result<u64> {
        if self.version.load(Ordering::Relaxed) == version {
            return Ok(self.index.load(Ordering::Relaxed));
        }
        let index = ask()?;
        self.index.store(index, Ordering::Relaxed);
        self.version.store(version, Ordering::Relaxed);
        Ok(index)
    }
}
