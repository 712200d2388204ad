//! `Pin`: keeps the log of a `MemStorage` from being compacted too far during a call of its node.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// The applied index of the node that is in a call, if any. Until the call returns, the log can't be compacted beyond
/// it: raft-rs panics when entries that it has not applied disappear between two of its reads.
///
/// The node sets it and then reads the version of the log; a writer changes the version and then reads the limit. So
/// either the writer sees the limit, or the node sees that the log has changed.
#[derive(Clone)]
pub struct Pin(Arc<AtomicU64>);

impl Default for Pin {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }
}

impl Pin {
    /// Starts a call of a node that has applied the entries up to `applied`.
    #[inline]
    pub fn set(&self, applied: u64) {
        self.0.store(applied, Ordering::Relaxed);
        // With a GIL, releasing it to another thread has the same effect.
        if cfg!(Py_GIL_DISABLED) {
            fence(Ordering::SeqCst);
        }
    }

    /// Ends the call.
    #[inline]
    pub fn clear(&self) {
        self.0.store(u64::MAX, Ordering::Release);
    }

    /// Returns the index up to which the log can be compacted now. To be called after the version has been changed.
    pub fn limit(&self) -> u64 {
        fence(Ordering::SeqCst);
        self.0.load(Ordering::Acquire)
    }
}
