//! Checks of the membership: whether it is valid, and whether a leader is a member.

use std::slice;

use raft::eraftpb::{ConfChangeType, ConfState};
use raft::{Changer, Error, ProgressTracker, Raft, Result, StateRole, Storage};
use raft_proto::new_conf_change_single;

use crate::checks::rejection::Rejection;

/// Implements `raft::confchange::restore`, which raft-rs keeps private.
pub fn restore(tracker: &mut ProgressTracker, next_idx: u64, conf_state: &ConfState) -> Result<()> {
    let changes = |ids: &[u64], change: ConfChangeType| {
        ids.iter().map(|id| new_conf_change_single(*id, change)).collect::<Vec<_>>()
    };
    let outgoing = changes(&conf_state.voters_outgoing, ConfChangeType::AddNode);
    let incoming = [
        changes(&conf_state.voters_outgoing, ConfChangeType::RemoveNode),
        changes(&conf_state.voters, ConfChangeType::AddNode),
        changes(&conf_state.learners, ConfChangeType::AddLearnerNode),
        changes(&conf_state.learners_next, ConfChangeType::AddLearnerNode),
    ]
    .concat();

    let first = if outgoing.is_empty() { &incoming } else { &outgoing };
    for change in first {
        let (configuration, changes) = Changer::new(tracker).simple(slice::from_ref(change))?;
        tracker.apply_conf(configuration, changes, next_idx);
    }
    if !outgoing.is_empty() {
        let (configuration, changes) = Changer::new(tracker).enter_joint(conf_state.auto_leave, &incoming)?;
        tracker.apply_conf(configuration, changes, next_idx);
    }
    Ok(())
}

/// Creates a tracker with the members of `conf_state`, from which the configuration can be read.
///
/// Fails where raft-rs would silently create a different membership: for an id of 0, or an id that is voter and
/// learner.
pub fn tracker_of(conf_state: &ConfState) -> Result<ProgressTracker> {
    let ids = [&conf_state.voters, &conf_state.voters_outgoing, &conf_state.learners, &conf_state.learners_next];
    if ids.into_iter().flatten().any(|id| *id == raft::INVALID_ID) {
        return Err(Error::ConfChangeError("invalid node id 0".to_owned()));
    }
    if let Some(id) = conf_state.learners.iter().find(|id| conf_state.voters.contains(id)) {
        return Err(Error::ConfChangeError(format!("{id} is both a voter and a learner")));
    }
    let mut tracker = ProgressTracker::new(0);
    restore(&mut tracker, 0, conf_state)?;
    Ok(tracker)
}

/// Rejects a leader that has applied its own removal. raft-rs panics when it looks up the leader's own progress. The
/// leader must step down, or be dropped.
pub fn still_member<S: Storage>(raft: &Raft<S>) -> std::result::Result<(), Rejection> {
    if raft.state == StateRole::Leader && raft.prs().get(raft.id).is_none() {
        return Err(Error::NotExists { id: raft.id, set: "progress" }.into());
    }
    Ok(())
}
