//! `Progress`: what the leader knows of a peer's log.

use pyo3::prelude::*;
use raft::INVALID_INDEX;

use crate::binding::classes::{clone_methods, equality, struct_class};
use crate::binding::handle::Wrapper;
use crate::binding::kinds::Opaque;
use crate::checks::limits::checked_capacity;
use crate::tracker::inflights::{PyInflightsRef, window};
use crate::tracker::state::PyProgressState;

struct_class! {
    plain,
    /// What the leader knows of a peer's log, and how it sends to it.
    ///
    /// Mirrors `raft::Progress`.
    "Progress" / "ProgressRef": raft::Progress {
        /// The highest index up to which the peer's log is known to agree with the leader's.
        matched: u64,
        /// The index of the next entry to send.
        next_idx: u64,
        /// How entries are sent.
        state: PyProgressState,
        /// In `Probe`: whether sending waits for an answer.
        paused: bool,
        /// In `Snapshot`: the index of the snapshot that was sent.
        pending_snapshot: u64,
        /// The index that a snapshot which the peer asked for must reach; 0 when it asked for none.
        pending_request_snapshot: u64,
        /// Whether the peer has been heard of in the current election timeout.
        recent_active: bool,
        /// The messages on their way.
        ins: Opaque<PyInflightsRef> => set(inflights),
        /// The commit group of the peer; 0 for none.
        commit_group_id: u64,
        /// The peer's commit index.
        committed_index: u64,
    }
}
clone_methods! { PyProgressRef, Clone::clone }
equality! { PyProgressRef }

#[pymethods]
impl PyProgress {
    /// The progress of a new peer, from index `next_idx` on, with `ins_size` messages in flight at most.
    ///
    /// Raises `ValueError` when `ins_size` is more than 2**24. Mirrors `raft::Progress::new`.
    #[new]
    fn new(next_idx: u64, ins_size: usize) -> PyResult<PyClassInitializer<Self>> {
        let mut progress = raft::Progress::new(next_idx, 0);
        progress.ins = window(checked_capacity("ins_size", ins_size)?);
        Ok(Self::initializer(progress))
    }
}

#[pymethods]
impl PyProgressRef {
    /// Goes over to `Probe`.
    ///
    /// Mirrors `raft::Progress::become_probe`.
    fn become_probe(&self) -> PyResult<()> {
        self.write(raft::Progress::become_probe)
    }

    /// Goes over to `Replicate`.
    ///
    /// Mirrors `raft::Progress::become_replicate`.
    fn become_replicate(&self) -> PyResult<()> {
        self.write(raft::Progress::become_replicate)
    }

    /// Goes over to `Snapshot`, with a snapshot of index `snapshot_idx`.
    ///
    /// Mirrors `raft::Progress::become_snapshot`.
    fn become_snapshot(&self, snapshot_idx: u64) -> PyResult<()> {
        self.write(|progress| progress.become_snapshot(snapshot_idx))
    }

    /// Forgets the snapshot that was sent.
    ///
    /// Mirrors `raft::Progress::snapshot_failure`.
    fn snapshot_failure(&self) -> PyResult<()> {
        self.write(raft::Progress::snapshot_failure)
    }

    /// Whether the peer has caught up with the snapshot that was sent.
    ///
    /// Mirrors `raft::Progress::is_snapshot_caught_up`.
    fn is_snapshot_caught_up(&self) -> PyResult<bool> {
        self.read(raft::Progress::is_snapshot_caught_up)
    }

    /// Takes note that the peer has index `n`. Returns whether that is news.
    ///
    /// Mirrors `raft::Progress::maybe_update`.
    fn maybe_update(&self, n: u64) -> PyResult<bool> {
        self.write(|progress| progress.maybe_update(n))
    }

    /// Takes note of the peer's commit index.
    ///
    /// Mirrors `raft::Progress::update_committed`.
    fn update_committed(&self, committed_index: u64) -> PyResult<()> {
        self.write(|progress| progress.update_committed(committed_index))
    }

    /// Takes for granted that the entries up to `n` arrive.
    ///
    /// Mirrors `raft::Progress::optimistic_update`.
    fn optimistic_update(&self, n: u64) -> PyResult<()> {
        self.write(|progress| progress.optimistic_update(n))
    }

    /// Takes note that the peer rejected the entries after index `rejected`. Returns whether that is news.
    ///
    /// `next_idx` is `matched` + 1 at least then, as in later versions of raft-rs.
    ///
    /// Mirrors `raft::Progress::maybe_decr_to`.
    fn maybe_decr_to(&self, rejected: u64, match_hint: u64, request_snapshot: u64) -> PyResult<bool> {
        self.write(|progress| {
            let is_news = progress.maybe_decr_to(rejected, match_hint, request_snapshot);
            if is_news && request_snapshot == INVALID_INDEX {
                progress.next_idx = progress.next_idx.max(progress.matched.saturating_add(1));
            }
            is_news
        })
    }

    /// Whether nothing is to be sent now.
    ///
    /// Mirrors `raft::Progress::is_paused`.
    fn is_paused(&self) -> PyResult<bool> {
        self.read(raft::Progress::is_paused)
    }

    /// Lets sending go on.
    ///
    /// Mirrors `raft::Progress::resume`.
    fn resume(&self) -> PyResult<()> {
        self.write(raft::Progress::resume)
    }

    /// Makes sending wait.
    ///
    /// Mirrors `raft::Progress::pause`.
    fn pause(&self) -> PyResult<()> {
        self.write(raft::Progress::pause)
    }

    /// Takes note that entries up to index `last` have been sent.
    ///
    /// Raises `RaftPanicError` in `Snapshot`, and when the window is full. Mirrors `raft::Progress::update_state`.
    fn update_state(&self, last: u64) -> PyResult<()> {
        self.write(|progress| progress.update_state(last))
    }
}
