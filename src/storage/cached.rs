//! `Cached`: the cached result of a storage.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use raft::Result;

/// The last result of a storage method, with its argument and the version that the storage had at that time.
///
/// Without a GIL, several threads may read a node at once, so this is a sequence lock: a reader ignores fields that
/// were written meanwhile, and of several writers one succeeds. With a GIL, no thread runs between the accesses.
#[derive(Default)]
pub struct Cached {
    /// Odd while the other fields are being written, and different afterwards.
    sequence: AtomicU64,
    /// The argument; 0 for a method without one.
    index: AtomicU64,
    result: AtomicU64,
    /// Versions are counted from 1.
    version: AtomicU64,
}

impl Cached {
    /// Returns the cached result for this version and index, or calls `query` and caches its result.
    #[inline]
    pub fn get_or_query(&self, version: u64, index: u64, query: impl FnOnce() -> Result<u64>) -> Result<u64> {
        match self.get(version, index) {
            Some(result) => Ok(result),
            None => self.query(version, index, query),
        }
    }

    #[inline]
    fn get(&self, version: u64, index: u64) -> Option<u64> {
        let sequence = self.sequence();
        if self.version.load(Ordering::Relaxed) != version || self.index.load(Ordering::Relaxed) != index {
            return None;
        }
        let result = self.result.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let is_whole = || sequence.is_multiple_of(2) && self.sequence.load(Ordering::Relaxed) == sequence;
        (cfg!(not(Py_GIL_DISABLED)) || is_whole()).then_some(result)
    }

    /// A function of its own, so that the common case needs no stack frame.
    #[cold]
    #[inline(never)]
    fn query(&self, version: u64, index: u64, query: impl FnOnce() -> Result<u64>) -> Result<u64> {
        let result = query()?;
        self.put(version, index, result);
        Ok(result)
    }

    /// With a GIL, the number is not used.
    fn sequence(&self) -> u64 {
        if cfg!(Py_GIL_DISABLED) { self.sequence.load(Ordering::Acquire) } else { 0 }
    }

    /// Caches a result, unless another thread does so at the same time.
    fn put(&self, version: u64, index: u64, result: u64) {
        let sequence = self.sequence();
        if cfg!(Py_GIL_DISABLED) {
            let next = sequence | 1;
            let write = self.sequence.compare_exchange(sequence, next, Ordering::Acquire, Ordering::Relaxed);
            if next == sequence || write.is_err() {
                return;
            }
            fence(Ordering::Release);
        }
        self.index.store(index, Ordering::Relaxed);
        self.result.store(result, Ordering::Relaxed);
        self.version.store(version, Ordering::Relaxed);
        self.sequence.store(sequence + 2, Ordering::Release);
    }
}
