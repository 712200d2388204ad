//! `MajorityConfig`: voters that decide by majority.

use std::collections::BTreeSet;

use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use crate::binding::classes::{clone_methods, equality, wrapper_class};
use crate::binding::convert::{ListIterator, Many, Owned};
use crate::binding::handle::Wrapper;
use crate::checks::limits::{OutOfRange, checked_initial_capacity};
use crate::quorum::{AckIndexer, PyVoteResult, Votes};

wrapper_class! {
    /// A set of voters, by their ids, that decide by majority.
    ///
    /// Mirrors `raft::MajorityConfig`, which is a `HashSet<u64>` besides.
    "MajorityConfig" / "MajorityConfigRef": raft::MajorityConfig
}
clone_methods! { PyMajorityConfigRef, Clone::clone }
equality! { PyMajorityConfigRef }

#[pymethods]
impl PyMajorityConfig {
    /// Creates a configuration of these voters.
    ///
    /// Mirrors `raft::MajorityConfig::new`.
    #[new]
    #[pyo3(signature = (voters = Many(Vec::new())), text_signature = "(voters=())")]
    fn new(voters: Many<u64>) -> PyClassInitializer<Self> {
        Self::initializer(raft::MajorityConfig::new(voters.0.into_iter().collect()))
    }

    /// Creates a configuration without voters, with capacity for `cap`. At most 4,096 are allocated in advance.
    ///
    /// Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::MajorityConfig::with_capacity`.
    #[staticmethod]
    fn with_capacity(cap: usize) -> PyResult<Owned<PyMajorityConfigRef>> {
        Ok(Owned(raft::MajorityConfig::with_capacity(checked_initial_capacity("cap", cap)?)))
    }
}

/// The quorum computations.
#[pymethods]
impl PyMajorityConfigRef {
    /// Returns the ids of the voters.
    ///
    /// Mirrors `raft::MajorityConfig::ids`.
    fn ids(&self) -> PyResult<BTreeSet<u64>> {
        self.read(|config| config.ids().copied().collect())
    }

    /// Returns the ids of the voters in ascending order.
    ///
    /// Mirrors `raft::MajorityConfig::slice`.
    fn slice(&self) -> PyResult<Vec<u64>> {
        self.read(raft::MajorityConfig::slice)
    }

    /// Returns the ids of the voters in arbitrary order.
    ///
    /// Mirrors `raft::MajorityConfig::raw_slice`.
    fn raw_slice(&self) -> PyResult<Vec<u64>> {
        self.read(raft::MajorityConfig::raw_slice)
    }

    /// Returns the highest index that a majority has acknowledged according to `l`, and whether group commit determined
    /// it.
    ///
    /// Returns `(2**64 - 1, True)` if there are no voters. Mirrors `raft::MajorityConfig::committed_index`.
    fn committed_index(&self, use_group_commit: bool, l: AckIndexer<'_>) -> PyResult<(u64, bool)> {
        let acked = l.of(self.raw_slice()?)?;
        self.read(|config| config.committed_index(use_group_commit, &acked))
    }

    /// Returns the result of the votes that `check` returns, or `VoteResult.Won` if there are no voters.
    ///
    /// Mirrors `raft::MajorityConfig::vote_result`.
    fn vote_result(&self, check: Votes<'_>) -> PyResult<PyVoteResult> {
        let votes = check.of(self.raw_slice()?)?;
        self.read(|config| PyVoteResult::of(&config.vote_result(|id| votes.get(&id).copied())))
    }
}

/// The operations of a set.
#[pymethods]
impl PyMajorityConfigRef {
    /// Returns whether `id` is a voter.
    fn contains(&self, id: u64) -> PyResult<bool> {
        self.read(|config| config.contains(&id))
    }

    /// Returns whether there are no voters.
    fn is_empty(&self) -> PyResult<bool> {
        self.read(|config| config.is_empty())
    }

    /// Returns the number of voters.
    fn len(&self) -> PyResult<usize> {
        self.read(|config| config.len())
    }

    /// Returns `v` if it is a voter, else `None`.
    fn get(&self, v: u64) -> PyResult<Option<u64>> {
        self.read(|config| config.get(&v).copied())
    }

    /// Adds a voter. Returns whether it was newly added.
    fn insert(&self, value: u64) -> PyResult<bool> {
        self.write(|config| config.insert(value))
    }

    /// Adds a voter. Returns it if it was present, else `None`.
    fn replace(&self, value: u64) -> PyResult<Option<u64>> {
        self.write(|config| config.replace(value))
    }

    /// Removes a voter. Returns whether it was present.
    fn remove(&self, v: u64) -> PyResult<bool> {
        self.write(|config| config.remove(&v))
    }

    /// Removes a voter. Returns it if it was present, else `None`.
    fn take(&self, v: u64) -> PyResult<Option<u64>> {
        self.write(|config| config.take(&v))
    }

    /// Adds the voters in `other_set`.
    fn extend(&self, other_set: Many<u64>) -> PyResult<()> {
        self.write(|config| config.extend(other_set.0))
    }

    /// Removes all voters.
    fn clear(&self) -> PyResult<()> {
        self.write(|config| config.clear())
    }

    /// Returns whether all voters are in `other`.
    fn is_subset(&self, other: Many<u64>) -> PyResult<bool> {
        let other = other.0.into_iter().collect();
        self.read(|config| config.is_subset(&other))
    }

    /// Returns whether all ids in `other` are voters.
    fn is_superset(&self, other: Many<u64>) -> PyResult<bool> {
        let other = other.0.into_iter().collect();
        self.read(|config| config.is_superset(&other))
    }

    /// Returns whether no id in `other` is a voter.
    fn is_disjoint(&self, other: Many<u64>) -> PyResult<bool> {
        let other = other.0.into_iter().collect();
        self.read(|config| config.is_disjoint(&other))
    }

    /// Returns the number of voters that fit without reallocation.
    fn capacity(&self) -> PyResult<usize> {
        self.read(|config| config.capacity())
    }

    /// Reserves capacity for `additional` more voters, for at most 4,096 at once.
    ///
    /// Raises `ValueError` when that is more than 2**24.
    fn reserve(&self, additional: usize) -> PyResult<()> {
        let additional = checked_initial_capacity("additional", additional)?;
        self.write(|config| config.reserve(additional))
    }

    /// Reserves capacity for `additional` more voters, for at most 4,096 at once.
    ///
    /// Raises `MemoryError` when memory is exhausted, or when `additional` is more than 2**24.
    fn try_reserve(&self, additional: usize) -> PyResult<()> {
        let additional = checked_initial_capacity("additional", additional)
            .map_err(|OutOfRange(reason)| PyMemoryError::new_err(reason))?;
        let reserved = self.write(|config| config.try_reserve(additional))?;
        reserved.map_err(|error| PyMemoryError::new_err(error.to_string()))
    }

    /// Releases unused capacity.
    fn shrink_to_fit(&self) -> PyResult<()> {
        self.write(|config| config.shrink_to_fit())
    }

    /// Releases unused capacity, but keeps capacity for at least `min_capacity` voters.
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

    /// Iterates over the ids in ascending order.
    fn __iter__(&self) -> PyResult<ListIterator<u64>> {
        self.slice().map(ListIterator)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|config| format!("{config:?}"))
    }

    /// The ids in ascending order, in parentheses.
    fn __str__(&self) -> PyResult<String> {
        self.slice().map(|ids| text_of(&ids))
    }
}

/// Formats `ids` as raft-rs formats a configuration: `(1 2 3)`.
pub fn text_of(ids: &[u64]) -> String {
    let ids = ids.iter().map(u64::to_string).collect::<Vec<_>>();
    format!("({})", ids.join(" "))
}
