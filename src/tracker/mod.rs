//! `ProgressTracker`: the leader's view of the cluster.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::BuildHasherDefault;

use fxhash::FxHasher;
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::binding::classes::{clone_methods, wrapper_class};
use crate::binding::convert::{ListIterator, Many, Owned, Value, VoteMap, sorted};
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::projection::Projection;
use crate::binding::view::{FieldPath, Select, part};
use crate::checks::limits::{checked_capacity, checked_initial_capacity};
use crate::checks::members::tracker_of;
use crate::confchange::map_change::{PyMapChangeType, map_change};
use crate::errors::raft_error;
use crate::quorum::PyVoteResult;
use crate::quorum::joint::PyJointConfigRef;
use crate::tracker::configuration::{Configuration, PyConfigurationRef};
use crate::tracker::progress::PyProgressRef;

pub mod configuration;
pub mod inflights;
pub mod progress;
pub mod state;

wrapper_class! {
    /// The active configuration, the progress of each member, and the votes of an election.
    ///
    /// `tracker[id]` and `tracker.get(id)` return a live view of a member's progress. If there is no such member,
    /// `tracker.get(id)` returns `None` and `tracker[id]` raises `KeyError`.
    ///
    /// Mirrors `raft::ProgressTracker`.
    "ProgressTracker" / "ProgressTrackerRef": raft::ProgressTracker
}
clone_methods! { PyProgressTrackerRef, Clone::clone }

/// The access path to the progress of the member with an id.
#[derive(Clone, Copy)]
struct Member(u64);

impl Select<raft::ProgressTracker, raft::Progress> for Member {
    fn select(self, tracker: &raft::ProgressTracker) -> Option<&raft::Progress> {
        tracker.get(self.0)
    }

    fn select_mut(self, tracker: &mut raft::ProgressTracker) -> Option<&mut raft::Progress> {
        tracker.get_mut(self.0)
    }
}

fn member(tracker: &Bound<'_, PyProgressTrackerRef>, id: u64) -> PyProgressRef {
    part(tracker, FieldPath { get: |tracker| tracker, get_mut: |tracker| tracker }, Member(id))
}

#[pymethods]
impl PyProgressTracker {
    /// Creates a tracker without members. Each member may have `max_inflight` inflight messages.
    ///
    /// Raises `ValueError` when `max_inflight` is more than 2**24. Mirrors `raft::ProgressTracker::new`.
    #[new]
    fn new(max_inflight: usize) -> PyResult<PyClassInitializer<Self>> {
        Ok(Self::initializer(raft::ProgressTracker::new(checked_capacity("max_inflight", max_inflight)?)))
    }

    /// Creates a tracker without members, with capacity for this number of voters and learners. At most 4,096 are
    /// allocated in advance.
    ///
    /// Raises `ValueError` when a number is more than 2**24. Mirrors `raft::ProgressTracker::with_capacity`.
    #[staticmethod]
    fn with_capacity(voters: usize, learners: usize, max_inflight: usize) -> PyResult<Owned<PyProgressTrackerRef>> {
        Ok(Owned(raft::ProgressTracker::with_capacity(
            checked_initial_capacity("voters", voters)?,
            checked_initial_capacity("learners", learners)?,
            checked_capacity("max_inflight", max_inflight)?,
        )))
    }
}

#[pymethods]
impl PyProgressTrackerRef {
    /// Returns a live view of the progress of the member `id`, or `None` if there is no such member.
    ///
    /// Mirrors `raft::ProgressTracker::get`.
    fn get(slf: &Bound<'_, Self>, id: u64) -> PyResult<Option<PyProgressRef>> {
        let is_member = slf.get().read(|tracker| tracker.get(id).is_some())?;
        Ok(is_member.then(|| member(slf, id)))
    }

    fn __getitem__(slf: &Bound<'_, Self>, id: u64) -> PyResult<PyProgressRef> {
        let missing =
            || PyKeyError::new_err(format!("{id} is not a member: {:?}", slf.get().ids().unwrap_or_default()));
        Self::get(slf, id)?.ok_or_else(missing)
    }

    fn __contains__(&self, id: u64) -> PyResult<bool> {
        self.read(|tracker| tracker.get(id).is_some())
    }

    fn __len__(&self) -> PyResult<usize> {
        self.read(|tracker| tracker.iter().len())
    }

    /// Returns the active configuration.
    ///
    /// Mirrors `raft::ProgressTracker::conf`.
    fn conf(&self) -> PyResult<Owned<PyConfigurationRef>> {
        self.read(|tracker| Owned(Configuration::of(tracker)))
    }

    /// Applies the result of a `Changer`. New members start at the next index `next_idx`.
    ///
    /// Raises `ConfChangeError` when `conf` is invalid. Mirrors `raft::ProgressTracker::apply_conf`.
    fn apply_conf(
        &self,
        conf: Value<PyConfigurationRef>,
        changes: Many<(u64, PyMapChangeType)>,
        next_idx: u64,
    ) -> PyResult<()> {
        let scratch = tracker_of(&conf.0.state).map_err(raft_error)?;
        let changes = map_change(&changes.0).map_err(raft_error)?;
        self.write(|tracker| tracker.apply_conf(scratch.conf().clone(), changes, next_idx))
    }

    /// Returns a pair of the id and a live view of the progress for each member, in ascending order of the ids.
    ///
    /// Mirrors `raft::ProgressTracker::iter`.
    fn iter(slf: &Bound<'_, Self>) -> PyResult<Vec<(u64, PyProgressRef)>> {
        Ok(slf.get().ids()?.into_iter().map(|id| (id, member(slf, id))).collect())
    }

    /// Equivalent to `iter`, whose views are writable.
    ///
    /// Mirrors `raft::ProgressTracker::iter_mut`.
    fn iter_mut(slf: &Bound<'_, Self>) -> PyResult<Vec<(u64, PyProgressRef)>> {
        Self::iter(slf)
    }

    /// Equivalent to `get`, whose view is writable.
    ///
    /// Mirrors `raft::ProgressTracker::get_mut`.
    fn get_mut(slf: &Bound<'_, Self>, id: u64) -> PyResult<Option<PyProgressRef>> {
        Self::get(slf, id)
    }

    /// Always true, for backward compatibility, even if the tracker is empty.
    #[allow(clippy::unused_self, reason = "Python's protocol")]
    fn __bool__(&self) -> bool {
        true
    }

    /// Iterates over the ids of the members in ascending order.
    fn __iter__(&self) -> PyResult<ListIterator<u64>> {
        self.ids().map(ListIterator)
    }

    /// Returns all members, each with its id and a live view of its progress, in ascending order of the ids.
    ///
    /// Mirrors `raft::ProgressTracker::iter`.
    fn collect(slf: &Bound<'_, Self>) -> PyResult<Vec<PyProgressMapItem>> {
        let items = slf.get().ids()?.into_iter().map(|id| {
            let progress = Py::new(slf.py(), member(slf, id))?;
            Ok(PyProgressMapItem { id, progress })
        });
        items.collect()
    }

    /// Returns a live view of the voters.
    ///
    /// Mirrors `raft::ProgressTracker::conf().voters()`.
    fn conf_voters(slf: &Bound<'_, Self>) -> PyJointConfigRef {
        Handle::View(Box::new(Voters(slf.clone().unbind()))).into()
    }

    /// Returns the ids of the learners.
    ///
    /// Mirrors `raft::ProgressTracker::conf().learners()`.
    fn conf_learners(&self) -> PyResult<BTreeSet<u64>> {
        self.read(|tracker| tracker.conf().learners().iter().copied().collect())
    }

    /// Enables or disables group commit. With group commit, an entry is committed only once it is replicated to at
    /// least two groups.
    ///
    /// Mirrors `raft::ProgressTracker::enable_group_commit`.
    fn enable_group_commit(&self, enable: bool) -> PyResult<()> {
        self.write(|tracker| tracker.enable_group_commit(enable))
    }

    /// Returns whether group commit is enabled.
    ///
    /// Mirrors `raft::ProgressTracker::group_commit`.
    fn group_commit(&self) -> PyResult<bool> {
        self.read(raft::ProgressTracker::group_commit)
    }

    /// Returns whether there is only one voter.
    ///
    /// Mirrors `raft::ProgressTracker::is_singleton`.
    fn is_singleton(&self) -> PyResult<bool> {
        self.read(raft::ProgressTracker::is_singleton)
    }

    /// Returns the highest index that a quorum has acknowledged, and whether group commit determined it.
    ///
    /// Mirrors `raft::ProgressTracker::maximal_committed_index`.
    fn maximal_committed_index(&self) -> PyResult<(u64, bool)> {
        self.write(raft::ProgressTracker::maximal_committed_index)
    }

    /// Clears the recorded votes.
    ///
    /// Mirrors `raft::ProgressTracker::reset_votes`.
    fn reset_votes(&self) -> PyResult<()> {
        self.write(raft::ProgressTracker::reset_votes)
    }

    /// Records the vote of the member `id`. Only its first vote counts.
    ///
    /// Mirrors `raft::ProgressTracker::record_vote`.
    fn record_vote(&self, id: u64, vote: bool) -> PyResult<()> {
        self.write(|tracker| tracker.record_vote(id, vote))
    }

    /// Returns the recorded votes by the ids of the members.
    ///
    /// Mirrors `raft::ProgressTracker::votes`.
    fn votes(&self) -> PyResult<BTreeMap<u64, bool>> {
        self.read(|tracker| tracker.votes().iter().map(|(id, vote)| (*id, *vote)).collect())
    }

    /// Returns the number of granted votes, the number of rejected votes, and the result of the election.
    ///
    /// Mirrors `raft::ProgressTracker::tally_votes`.
    fn tally_votes(&self) -> PyResult<(usize, usize, PyVoteResult)> {
        self.read(|tracker| {
            let (granted, rejected, result) = tracker.tally_votes();
            (granted, rejected, PyVoteResult::of(&result))
        })
    }

    /// Returns the result of these votes.
    ///
    /// Mirrors `raft::ProgressTracker::vote_result`.
    fn vote_result(&self, votes: VoteMap) -> PyResult<PyVoteResult> {
        let votes = votes.0.into_iter().collect::<HashMap<_, _, BuildHasherDefault<FxHasher>>>();
        self.read(|tracker| PyVoteResult::of(&tracker.vote_result(&votes)))
    }

    /// Returns whether a quorum, seen from the member `perspective_of`, has been active since the last call.
    ///
    /// Mirrors `raft::ProgressTracker::quorum_recently_active`.
    fn quorum_recently_active(&self, perspective_of: u64) -> PyResult<bool> {
        self.write(|tracker| tracker.quorum_recently_active(perspective_of))
    }

    /// Returns whether these members form a quorum.
    ///
    /// Mirrors `raft::ProgressTracker::has_quorum`.
    fn has_quorum(&self, potential_quorum: Many<u64>) -> PyResult<bool> {
        let quorum = potential_quorum.0.into_iter().collect::<HashSet<_, BuildHasherDefault<FxHasher>>>();
        self.read(|tracker| tracker.has_quorum(&quorum))
    }
}

#[pymethods]
impl PyProgressTrackerRef {
    fn __repr__(&self) -> PyResult<String> {
        let (configuration, ids) = (self.conf()?.0, self.ids()?);
        Ok(format!("ProgressTracker {{ members: {ids:?}, voters: {:?} }}", configuration.voters))
    }
}

impl PyProgressTrackerRef {
    fn ids(&self) -> PyResult<Vec<u64>> {
        self.read(|tracker| sorted(tracker.iter().map(|(id, _)| *id)))
    }
}

/// The projection on the voters of a tracker. raft-rs does not permit changes to them.
struct Voters(Py<PyProgressTrackerRef>);

impl Projection<raft::JointConfig> for Voters {
    fn read(&self, f: &mut dyn FnMut(&raft::JointConfig)) -> PyResult<()> {
        self.0.get().read(|tracker| f(tracker.conf().voters()))
    }

    fn write(&self, _: &mut dyn FnMut(&mut raft::JointConfig)) -> PyResult<()> {
        Err(PyTypeError::new_err("the voters of a ProgressTracker can't be changed in place"))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

/// A member of the cluster: its id and its progress.
#[pyclass(module = "rraft", name = "ProgressMapItem", frozen)]
pub struct PyProgressMapItem {
    id: u64,
    progress: Py<PyProgressRef>,
}

#[pymethods]
impl PyProgressMapItem {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.progress)
    }

    /// The id of the member.
    fn id(&self) -> u64 {
        self.id
    }

    /// A live view of the progress of the member.
    fn progress(&self, py: Python<'_>) -> Py<PyProgressRef> {
        self.progress.clone_ref(py)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.progress.get().read(|progress| format!("ProgressMapItem (id: {}, progress: {progress:?})", self.id))
    }
}
