//! `Pin`: keeps a log from being compacted too far during a call of its node.

use std::hint;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};

/// The applied index of the node that is in a call, if any. Until the call returns, the log can't be compacted beyond
/// it: raft-rs panics when entries that it has not applied disappear between two of its reads.
///
/// A node publishes its applied index and then looks for a compaction; a compaction publishes its index and then looks
/// for a node. So at least one of them sees the other: the node waits until the log has been changed, or the compaction
/// is rejected. Unless `SHARED`, a GIL keeps the two apart.
#[derive(Clone, Default)]
pub struct Pin<const SHARED: bool = { cfg!(Py_GIL_DISABLED) }>(Arc<State>);

struct State {
    applied: AtomicU64,
    /// The number of writes to the log, if it counts them here: a call of a node reads it as well.
    writes: AtomicU64,
    /// The index of a compaction that is in progress; 0 if there is none.
    compacting: AtomicU64,
    one_compaction: Mutex<()>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            applied: AtomicU64::new(u64::MAX),
            writes: AtomicU64::new(0),
            compacting: AtomicU64::new(0),
            one_compaction: Mutex::default(),
        }
    }
}

impl<const SHARED: bool> Pin<SHARED> {
    /// Starts a call of a node that has applied the entries up to `applied`.
    #[inline]
    pub fn begin_call(&self, applied: u64) {
        self.0.applied.store(applied, Ordering::Relaxed);
        // With a GIL, no compaction is in progress now, and releasing the GIL publishes the index.
        if SHARED {
            fence(Ordering::SeqCst);
            while self.0.compacting.load(Ordering::Acquire) > applied {
                hint::spin_loop();
            }
        }
    }

    /// Ends the call.
    #[inline]
    pub fn end_call(&self) {
        self.0.applied.store(u64::MAX, Ordering::Release);
    }

    /// Counts a write to the log, before it: whoever sees the old number later has begun to read before the write. The
    /// log is locked, so that there is no other write meanwhile.
    pub fn count_write(&self) {
        self.0.writes.store(self.writes() + 1, Ordering::Release);
    }

    /// Returns the number of writes.
    #[inline]
    pub fn writes(&self) -> u64 {
        self.0.writes.load(Ordering::Acquire)
    }

    /// Calls `compact`, which compacts the log up to `index`. Returns the applied index of the node that is in a call,
    /// if it is lower.
    pub fn compact<R>(&self, index: u64, compact: impl FnOnce() -> R) -> Result<R, u64> {
        let _one = self.0.one_compaction.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.compacting.store(index, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let applied = self.0.applied.load(Ordering::Acquire);
        let result = if index > applied { Err(applied) } else { Ok(compact()) };
        self.0.compacting.store(0, Ordering::Release);
        result
    }
}

/// Returns the message of the error for an `index` that [`Pin::compact`] has rejected.
pub fn above_applied(index: u64, applied: u64) -> String {
    format!("compact_index: {index} is above the applied index, {applied}, of a node that is in a call")
}
