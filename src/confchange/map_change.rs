//! `MapChange`: what a change does with each member's progress.
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
    /// What a change does with a member's progress.
    ///
    /// Mirrors `raft::MapChangeType`.
    "MapChangeType" {
        Add,
        Remove,
    }
}

/// raft-rs's form of `changes`.
///
/// There is no other way to a value of the private type than to let a `Changer` make it.
pub fn map_change(changes: &[(u64, PyMapChangeType)]) -> Result<MapChange> {
    let mut result = MapChange::new();
    for (id, change) in changes {
        if *id == raft::INVALID_ID {
            return Err(Error::ConfChangeError("0 is no node id".to_owned()));
        }
        // Another member stays, since the last one can't be removed.
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

/// What each change in `changes` does to `tracker`, which raft-rs doesn't tell: one of a member that is there removes
/// it.
pub fn read_map_change(tracker: &ProgressTracker, changes: &MapChange) -> Vec<(u64, PyMapChangeType)> {
    let mut known = tracker.iter().map(|(id, _)| *id).collect::<HashSet<_>>();
    let changes = changes.iter().map(|(id, _)| {
        if known.remove(id) {
            (*id, PyMapChangeType::Remove)
        } else {
            known.insert(*id);
            (*id, PyMapChangeType::Add)
        }
    });
    changes.collect()
}
