//! `MajorityConfig`: voters of whom a majority decides.

use std::collections::HashSet;

use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use crate::binding::classes::{clone_methods, equality, wrapper_class};
use crate::binding::convert::{ListIterator, Many, Owned};
use crate::binding::handle::Wrapper;
use crate::checks::limits::{OutOfRange, checked_room};
use crate::quorum::{AckIndexer, PyVoteResult, Votes};

wrapper_class! {
    /// Voters of whom a majority decides: a set of ids.
    ///
    /// Mirrors `raft::MajorityConfig`, which is a `HashSet<u64>` besides.
    "MajorityConfig" / "MajorityConfigRef": raft::MajorityConfig
}
clone_methods! { PyMajorityConfigRef, Clone::clone }
equality! { PyMajorityConfigRef }

#[pymethods]
impl PyMajorityConfig {
    /// A configuration of these voters.
    ///
    /// Mirrors `raft::MajorityConfig::new`.
    #[new]
    #[pyo3(signature = (voters = Many(Vec::new())), text_signature = "(voters=())")]
    fn new(voters: Many<u64>) -> PyClassInitializer<Self> {
        Self::initializer(raft::MajorityConfig::new(voters.0.into_iter().collect()))
    }

    /// A configuration without voters, with room for `cap`; at most 4,096 are allocated before there are so many.
    ///
    /// Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::MajorityConfig::with_capacity`.
    #[staticmethod]
    fn with_capacity(cap: usize) -> PyResult<Owned<PyMajorityConfigRef>> {
        Ok(Owned(raft::MajorityConfig::with_capacity(checked_room("cap", cap)?)))
    }
}

/// What raft makes of it.
#[pymethods]
impl PyMajorityConfigRef {
    /// The ids of the voters.
    ///
    /// Mirrors `raft::MajorityConfig::ids`.
    fn ids(&self) -> PyResult<HashSet<u64>> {
        self.read(|config| config.ids().copied().collect())
    }

    /// The ids of the voters, in order.
    ///
    /// Mirrors `raft::MajorityConfig::slice`.
    fn slice(&self) -> PyResult<Vec<u64>> {
        self.read(raft::MajorityConfig::slice)
    }

    /// The ids of the voters, in no order.
    ///
    /// Mirrors `raft::MajorityConfig::raw_slice`.
    fn raw_slice(&self) -> PyResult<Vec<u64>> {
        self.read(raft::MajorityConfig::raw_slice)
    }

    /// The highest index that a majority has acknowledged according to `l`, and whether group commit found it.
    ///
    /// Without voters it is `(2**64 - 1, True)`. Mirrors `raft::MajorityConfig::committed_index`.
    fn committed_index(&self, use_group_commit: bool, l: AckIndexer<'_>) -> PyResult<(u64, bool)> {
        let acked = l.of(self.raw_slice()?)?;
        self.read(|config| config.committed_index(use_group_commit, &acked))
    }

    /// The outcome of the votes that `check` tells. Without voters it is `VoteResult.Won`.
    ///
    /// Mirrors `raft::MajorityConfig::vote_result`.
    fn vote_result(&self, check: Votes<'_>) -> PyResult<PyVoteResult> {
        let votes = check.of(self.raw_slice()?)?;
        self.read(|config| PyVoteResult::of(&config.vote_result(|id| votes.get(&id).copied())))
    }
}

/// What makes it a set.
#[pymethods]
impl PyMajorityConfigRef {
    /// Whether `id` is a voter.
    fn contains(&self, id: u64) -> PyResult<bool> {
        self.read(|config| config.contains(&id))
    }

    /// Whether there are no voters.
    fn is_empty(&self) -> PyResult<bool> {
        self.read(|config| config.is_empty())
    }

    /// How many voters there are.
    fn len(&self) -> PyResult<usize> {
        self.read(|config| config.len())
    }

    /// `v` if it is a voter, else `None`.
    fn get(&self, v: u64) -> PyResult<Option<u64>> {
        self.read(|config| config.get(&v).copied())
    }

    /// Adds a voter. Returns whether it is new.
    fn insert(&self, value: u64) -> PyResult<bool> {
        self.write(|config| config.insert(value))
    }

    /// Adds a voter. Returns it if it is not new, else `None`.
    fn replace(&self, value: u64) -> PyResult<Option<u64>> {
        self.write(|config| config.replace(value))
    }

    /// Removes a voter. Returns whether there was one.
    fn remove(&self, v: u64) -> PyResult<bool> {
        self.write(|config| config.remove(&v))
    }

    /// Removes a voter. Returns it, or `None` if there is none.
    fn take(&self, v: u64) -> PyResult<Option<u64>> {
        self.write(|config| config.take(&v))
    }

    /// Adds voters.
    fn extend(&self, other_set: Many<u64>) -> PyResult<()> {
        self.write(|config| config.extend(other_set.0))
    }

    /// Removes all voters.
    fn clear(&self) -> PyResult<()> {
        self.write(|config| config.clear())
    }

    /// Whether all voters are in `other`.
    fn is_subset(&self, other: Many<u64>) -> PyResult<bool> {
        let other = other.0.into_iter().collect();
        self.read(|config| config.is_subset(&other))
    }

    /// Whether all of `other` are voters.
    fn is_superset(&self, other: Many<u64>) -> PyResult<bool> {
        let other = other.0.into_iter().collect();
        self.read(|config| config.is_superset(&other))
    }

    /// Whether none of `other` is a voter.
    fn is_disjoint(&self, other: Many<u64>) -> PyResult<bool> {
        let other = other.0.into_iter().collect();
        self.read(|config| config.is_disjoint(&other))
    }

    /// How many voters there is room for.
    fn capacity(&self) -> PyResult<usize> {
        self.read(|config| config.capacity())
    }

    /// Makes room for `additional` voters, at most for 4,096 at once.
    ///
    /// Raises `ValueError` when that is more than 2**24.
    fn reserve(&self, additional: usize) -> PyResult<()> {
        let additional = checked_room("additional", additional)?;
        self.write(|config| config.reserve(additional))
    }

    /// Makes room for `additional` voters, at most for 4,096 at once.
    ///
    /// Raises `MemoryError` when there is none, or when that is more than 2**24.
    fn try_reserve(&self, additional: usize) -> PyResult<()> {
        let additional =
            checked_room("additional", additional).map_err(|OutOfRange(reason)| PyMemoryError::new_err(reason))?;
        let reserved = self.write(|config| config.try_reserve(additional))?;
        reserved.map_err(|error| PyMemoryError::new_err(error.to_string()))
    }

    /// Gives back room that isn't needed.
    fn shrink_to_fit(&self) -> PyResult<()> {
        self.write(|config| config.shrink_to_fit())
    }

    /// Gives back room that isn't needed, but for `min_capacity` voters.
    fn shrink_to(&self, min_capacity: usize) -> PyResult<()> {
        self.write(|config| config.shrink_to(min_capacity))
    }

    fn __contains__(&self, id: u64) -> PyResult<bool> {
        self.contains(id)
    }

    fn __len__(&self) -> PyResult<usize> {
        self.len()
    }

    fn __bool__(&self) -> PyResult<bool> {
        Ok(!self.is_empty()?)
    }

    /// The ids, in order.
    fn __iter__(&self) -> PyResult<ListIterator<u64>> {
        self.slice().map(ListIterator)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|config| format!("{config:?}"))
    }

    /// The ids in order, in parentheses.
    fn __str__(&self) -> PyResult<String> {
        self.slice().map(|ids| text_of(&ids))
    }
}

/// `ids` as raft-rs writes a configuration: `(1 2 3)`.
pub fn text_of(ids: &[u64]) -> String {
    let ids = ids.iter().map(u64::to_string).collect::<Vec<_>>();
    format!("({})", ids.join(" "))
}
