//! Whether a `Ready` may be passed back to its node: raft-rs panics if it is outdated.

use raft::eraftpb::HardState;
use raft::{Raft, Ready, StateRole, Storage};

/// Rejects a `Ready` whose entries or snapshot are not the unstable ones of the log. `last_entry` is the index and the
/// term of its last entry.
pub fn check_ready<S: Storage>(raft: &Raft<S>, ready: &Ready, last_entry: Option<(u64, u64)>) -> Result<(), String> {
    let unstable = &raft.raft_log.unstable;
    let unstable_entry = unstable.entries.last().map(|entry| (entry.index, entry.term));
    if last_entry.is_some() && last_entry != unstable_entry {
        return Err(format!(
            "its last entry has index and term {last_entry:?}, but that of the log now has {unstable_entry:?}"
        ));
    }
    let snapshot = ready.snapshot().get_metadata().index;
    let unstable_snapshot = unstable.snapshot.as_ref().map_or(0, |snapshot| snapshot.get_metadata().index);
    if snapshot != 0 && snapshot != unstable_snapshot {
        return Err(format!("its snapshot has index {snapshot}, but that of the log now has {unstable_snapshot}"));
    }
    Ok(())
}

/// Rejects a `Ready` if messages of a different state follow it immediately. `stored` is the hard state as of that
/// `Ready`.
pub fn check_state<S: Storage>(raft: &Raft<S>, stored: &HardState) -> Result<(), String> {
    if (stored.term, stored.vote) != (raft.term, raft.vote) {
        return Err(format!(
            "it has term {} and vote {}, but the node now has term {} and vote {}",
            stored.term, stored.vote, raft.term, raft.vote
        ));
    }
    if raft.state != StateRole::Leader && !raft.msgs.is_empty() {
        return Err(format!("the node has {} unsent messages from a later call", raft.msgs.len()));
    }
    Ok(())
}
