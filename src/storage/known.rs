//! `Known`: the last answer of a storage.

use std::sync::atomic::{AtomicU64, Ordering};

use raft::Result;

/// The last answer of a storage to a question, with what was asked, and the version that the storage had then.
///
/// Whoever reads it has the GIL, or the node for itself: the three belong together.
#[derive(Default)]
pub struct Known {
    /// What was asked for; 0 for a question that is always the same.
    index: AtomicU64,
    answer: AtomicU64,
    /// Versions are counted from 1.
    version: AtomicU64,
}

impl Known {
    /// The answer, for which the storage of this version is asked if it is not known.
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
