//! `Progress`: the progress of a peer in the leader's view.

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
    /// The progress of a peer in the leader's view: how far its log matches, and how the leader replicates to it.
    ///
    /// Mirrors `raft::Progress`.
    "Progress" / "ProgressRef": raft::Progress {
        /// The highest index at which the peer's log is known to match the leader's.
        matched: u64,
        /// The index of the next entry to send.
        next_idx: u64,
        /// The replication state.
        state: PyProgressState,
        /// In `Probe`: whether the leader waits for a response before it sends more.
        paused: bool,
        /// In `Snapshot`: the index of the pending snapshot.
        pending_snapshot: u64,
        /// The minimum index of the snapshot that the peer requested; 0 when it requested none.
        pending_request_snapshot: u64,
        /// Whether the leader has received a message from the peer in the current election timeout.
        recent_active: bool,
        /// The sliding window of inflight messages.
        ins: Opaque<PyInflightsRef> => set(inflights),
        /// The commit group id of the peer; 0 for none.
        commit_group_id: u64,
        /// The commit index of the peer.
        committed_index: u64,
    }
}
clone_methods! { PyProgressRef, Clone::clone }
equality! { PyProgressRef }

#[pymethods]
impl PyProgress {
    /// Creates the progress of a new peer with the next index `next_idx` and at most `ins_size` inflight messages.
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
    /// Transitions to `Probe`.
    ///
    /// Mirrors `raft::Progress::become_probe`.
    fn become_probe(&self) -> PyResult<()> {
        self.write(raft::Progress::become_probe)
    }

    /// Transitions to `Replicate`.
    ///
    /// Mirrors `raft::Progress::become_replicate`.
    fn become_replicate(&self) -> PyResult<()> {
        self.write(raft::Progress::become_replicate)
    }

    /// Transitions to `Snapshot`, with a pending snapshot of index `snapshot_idx`.
    ///
    /// Mirrors `raft::Progress::become_snapshot`.
    fn become_snapshot(&self, snapshot_idx: u64) -> PyResult<()> {
        self.write(|progress| progress.become_snapshot(snapshot_idx))
    }

    /// Clears the pending snapshot after a failure.
    ///
    /// Mirrors `raft::Progress::snapshot_failure`.
    fn snapshot_failure(&self) -> PyResult<()> {
        self.write(raft::Progress::snapshot_failure)
    }

    /// Returns whether the peer has caught up with the pending snapshot.
    ///
    /// Mirrors `raft::Progress::is_snapshot_caught_up`.
    fn is_snapshot_caught_up(&self) -> PyResult<bool> {
        self.read(raft::Progress::is_snapshot_caught_up)
    }

    /// Handles an acknowledgement of index `n`. Returns `False` if it is outdated.
    ///
    /// Mirrors `raft::Progress::maybe_update`.
    fn maybe_update(&self, n: u64) -> PyResult<bool> {
        self.write(|progress| progress.maybe_update(n))
    }

    /// Updates the commit index of the peer.
    ///
    /// Mirrors `raft::Progress::update_committed`.
    fn update_committed(&self, committed_index: u64) -> PyResult<()> {
        self.write(|progress| progress.update_committed(committed_index))
    }

    /// Advances `next_idx` past `n`, on the assumption that the entries up to `n` arrive.
    ///
    /// Mirrors `raft::Progress::optimistic_update`.
    fn optimistic_update(&self, n: u64) -> PyResult<()> {
        self.write(|progress| progress.optimistic_update(n))
    }

    /// Handles a rejection of the entries after index `rejected`. Returns `False` if the rejection is stale.
    ///
    /// Otherwise `next_idx` is at least `matched` + 1 afterwards, as in later versions of raft-rs.
    ///
    /// Mirrors `raft::Progress::maybe_decr_to`.
    fn maybe_decr_to(&self, rejected: u64, match_hint: u64, request_snapshot: u64) -> PyResult<bool> {
        self.write(|progress| {
            let is_current = progress.maybe_decr_to(rejected, match_hint, request_snapshot);
            if is_current && request_snapshot == INVALID_INDEX {
                progress.next_idx = progress.next_idx.max(progress.matched.saturating_add(1));
            }
            is_current
        })
    }

    /// Returns whether replication to the peer is paused.
    ///
    /// Mirrors `raft::Progress::is_paused`.
    fn is_paused(&self) -> PyResult<bool> {
        self.read(raft::Progress::is_paused)
    }

    /// Resumes replication to the peer.
    ///
    /// Mirrors `raft::Progress::resume`.
    fn resume(&self) -> PyResult<()> {
        self.write(raft::Progress::resume)
    }

    /// Pauses replication to the peer.
    ///
    /// Mirrors `raft::Progress::pause`.
    fn pause(&self) -> PyResult<()> {
        self.write(raft::Progress::pause)
    }

    /// Updates the progress after entries up to index `last` have been sent.
    ///
    /// Raises `RaftPanicError` in `Snapshot`, and when the window is full. Mirrors `raft::Progress::update_state`.
    fn update_state(&self, last: u64) -> PyResult<()> {
        self.write(|progress| progress.update_state(last))
    }
}
