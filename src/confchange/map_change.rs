//! `MapChange`: the changes of a tracker's map of progresses.
//!
//! raft-rs keeps the type `MapChangeType` private.

use std::collections::HashSet;

use pyo3::prelude::*;
use raft::eraftpb::{ConfChangeType, ConfState};
use raft::{Changer, Error, MapChange, ProgressTracker, Result};
use raft_proto::new_conf_change_single;

use crate::binding::enums::enum_class;
use crate::checks::members::tracker_of;

enum_class! {
    /// The type of a change of the map of progresses.
    ///
    /// Mirrors `raft::MapChangeType`.
    "MapChangeType" {
        Add,
        Remove,
    }
}

/// Converts `changes` to raft-rs's form.
///
/// A value of the private type can only be obtained from a `Changer`.
pub fn map_change(changes: &[(u64, PyMapChangeType)]) -> Result<MapChange> {
    let mut result = MapChange::new();
    for (id, change) in changes {
        if *id == raft::INVALID_ID {
            return Err(Error::ConfChangeError("invalid node id 0".to_owned()));
        }
        // A second member is required, since the last one can't be removed.
        let other = if *id == 1 { 2 } else { 1 };
        let mut conf_state = ConfState::from(([other], []));
        let change = match change {
            PyMapChangeType::Add => ConfChangeType::AddLearnerNode,
            PyMapChangeType::Remove => {
                conf_state.learners = vec![*id];
                ConfChangeType::RemoveNode
            }
        };
        let tracker = tracker_of(&conf_state)?;
        result.append(&mut Changer::new(&tracker).simple(&[new_conf_change_single(*id, change)])?.1);
    }
    Ok(result)
}

/// Returns the type of each change in `changes`, which raft-rs does not expose: a change of a member that `tracker` has
/// removes the member.
pub fn read_map_change(tracker: &ProgressTracker, changes: &MapChange) -> Vec<(u64, PyMapChangeType)> {
    let mut members = tracker.iter().map(|(id, _)| *id).collect::<HashSet<_>>();
    let changes = changes.iter().map(|(id, _)| {
        if members.remove(id) {
            (*id, PyMapChangeType::Remove)
        } else {
            members.insert(*id);
            (*id, PyMapChangeType::Add)
        }
    });
    changes.collect()
}
