//! Changes of the members: `raft`'s module `confchange`.
//!
//! raft-rs keeps the types `Configuration` and `MapChangeType` private. A configuration is known by its `ConfState` here,
//! and made again from that where raft-rs needs one.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use raft::eraftpb::{ConfChangeType, ConfState};
use raft::{Changer, Error, MapChange, ProgressTracker, Result};
use raft_proto::new_conf_change_single;

use crate::convert::Value;
use crate::enums::enum_class;
use crate::eraftpb::conf_state::ConfStateRef;
use crate::errors::raft_error;
use crate::handle::Wrapper;
use crate::tracker::ProgressTrackerRef;

pub mod changer;

enum_class! {
    /// What a change does with a member's progress.
    ///
    /// Mirrors `raft::MapChangeType`.
    MapChangeType {
        Add,
        Remove,
    }
}

/// Makes the members of `tracker`, which must have none, those of `cs`. Their next index is `next_idx`.
///
/// Raises `ValueError` when `tracker` has members, `ConfChangeError` when `cs` is impossible; nothing is changed then.
/// Mirrors `raft::confchange::restore`.
#[pyfunction]
#[pyo3(name = "restore")]
pub fn py_restore(tracker: &Bound<'_, ProgressTrackerRef>, next_idx: u64, cs: Value<ConfStateRef>) -> PyResult<()> {
    tracker.get().write(|tracker| {
        if tracker.iter().len() > 0 {
            return Err(PyValueError::new_err("tracker: it has members already"));
        }
        let mut restored = tracker.clone();
        restore(&mut restored, next_idx, &cs.0).map_err(raft_error)?;
        *tracker = restored;
        Ok(())
    })?
}

/// `raft::confchange::restore`, which raft-rs keeps private.
fn restore(tracker: &mut ProgressTracker, next_idx: u64, conf_state: &ConfState) -> Result<()> {
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
        let (configuration, changes) = Changer::new(tracker).simple(std::slice::from_ref(change))?;
        tracker.apply_conf(configuration, changes, next_idx);
    }
    if !outgoing.is_empty() {
        let (configuration, changes) = Changer::new(tracker).enter_joint(conf_state.auto_leave, &incoming)?;
        tracker.apply_conf(configuration, changes, next_idx);
    }
    Ok(())
}

/// A tracker with the members of `conf_state`, to take its configuration from.
///
/// Fails where raft-rs would quietly make other members of it: an id that is 0, or voter and learner at once.
pub fn tracker_of(conf_state: &ConfState) -> Result<ProgressTracker> {
    let ids = [&conf_state.voters, &conf_state.voters_outgoing, &conf_state.learners, &conf_state.learners_next];
    if ids.into_iter().flatten().any(|id| *id == raft::INVALID_ID) {
        return Err(Error::ConfChangeError("0 is no node id".to_owned()));
    }
    if let Some(id) = conf_state.learners.iter().find(|id| conf_state.voters.contains(id)) {
        return Err(Error::ConfChangeError(format!("{id} is a voter and a learner")));
    }
    let mut tracker = ProgressTracker::new(0);
    restore(&mut tracker, 0, conf_state)?;
    Ok(tracker)
}

/// raft-rs's form of `changes`.
///
/// There is no other way to a value of the private type than to let a `Changer` make it.
pub fn map_change(changes: &[(u64, MapChangeType)]) -> Result<MapChange> {
    let mut result = MapChange::new();
    for (id, change) in changes {
        if *id == raft::INVALID_ID {
            return Err(Error::ConfChangeError("0 is no node id".to_owned()));
        }
        // Another member stays, since the last one can't be removed.
        let other = if *id == 1 { 2 } else { 1 };
        let mut conf_state = ConfState::from(([other], []));
        let change = match change {
            MapChangeType::Add => ConfChangeType::AddLearnerNode,
            MapChangeType::Remove => {
                conf_state.learners = vec![*id];
                ConfChangeType::RemoveNode
            }
        };
        let tracker = tracker_of(&conf_state)?;
        result.append(&mut Changer::new(&tracker).simple(&[new_conf_change_single(*id, change)])?.1);
    }
    Ok(result)
}

/// What each change in `changes` does to `tracker`, which raft-rs doesn't tell: one of a member that is there removes it.
pub fn read_map_change(tracker: &ProgressTracker, changes: &MapChange) -> Vec<(u64, MapChangeType)> {
    let mut known = tracker.iter().map(|(id, _)| *id).collect::<std::collections::HashSet<_>>();
    let changes = changes.iter().map(|(id, _)| {
        if known.remove(id) {
            (*id, MapChangeType::Remove)
        } else {
            known.insert(*id);
            (*id, MapChangeType::Add)
        }
    });
    changes.collect()
}
