//! Quorum computations: `raft`'s module `quorum`.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasherDefault;

use fxhash::FxHasher;
use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use pyo3::{Borrowed, type_hint_identifier};

use crate::binding::convert::{expected, type_name};
use crate::binding::enums::enum_class;
use crate::binding::process::Callback;
use crate::quorum::index::PyIndex;

pub mod index;
pub mod joint;
pub mod majority;

/// The only implementation of raft-rs's `AckedIndexer` that other crates can use: a map of progresses.
pub type AckedProgress = HashMap<u64, raft::Progress, BuildHasherDefault<FxHasher>>;

/// Argument: a lookup of `T` by the id of a voter. It is either a mapping, or a callable that takes an id and returns a
/// `T` or `None`.
struct Lookup<'py>(Bound<'py, PyAny>);

impl<'py> Lookup<'py> {
    fn new(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.cast::<PyMapping>().is_err() && !object.is_callable() {
            return Err(expected("a mapping by voter id, or a callable", &object));
        }
        Ok(Self(object.to_owned()))
    }

    /// Looks `id` up. `what` names the type in the `TypeError` for a value of any other type.
    fn get<T: for<'a, 'b> FromPyObject<'a, 'b>>(&self, id: u64, what: &str) -> PyResult<Option<T>> {
        let _callback = Callback::start(self.0.py())?;
        let found = match self.0.cast::<PyMapping>() {
            Ok(mapping) => mapping.call_method1("get", (id,))?,
            Err(_) => self.0.call1((id,))?,
        };
        found.extract().map_err(|_| {
            PyTypeError::new_err(format!("voter {id}: expected {what} or None, got {}", type_name(&found)))
        })
    }
}

/// Argument: the acknowledged index of each voter, if it has one.
pub struct AckIndexer<'py>(Lookup<'py>);

impl<'py> FromPyObject<'_, 'py> for AckIndexer<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "AckIndexer");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Lookup::new(object).map(Self)
    }
}

impl AckIndexer<'_> {
    /// Returns the acknowledged indices of `voters` in the form that raft-rs expects.
    pub fn of(&self, voters: impl IntoIterator<Item = u64>) -> PyResult<AckedProgress> {
        let mut acked = AckedProgress::default();
        for id in voters {
            if let Some(PyIndex { index, group_id }) = self.0.get(id, "Index")? {
                let mut progress = raft::Progress::new(0, 0);
                progress.matched = index;
                progress.commit_group_id = group_id;
                acked.insert(id, progress);
            }
        }
        Ok(acked)
    }
}

/// Argument: the vote of each voter, if it has voted.
pub struct Votes<'py>(Lookup<'py>);

impl<'py> FromPyObject<'_, 'py> for Votes<'py> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "Votes");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Lookup::new(object).map(Self)
    }
}

impl Votes<'_> {
    /// Returns the votes of `voters`.
    pub fn of(&self, voters: impl IntoIterator<Item = u64>) -> PyResult<HashMap<u64, bool>> {
        let found = voters.into_iter().map(|id| Ok(self.0.get(id, "bool")?.map(|vote| (id, vote))));
        found.filter_map(Result::transpose).collect()
    }
}

enum_class! {
    /// The result of an election: a member of the Python enum of this name. Each member equals the text that raft-rs
    /// has for it.
    ///
    /// Mirrors `raft::quorum::VoteResult`.
    "VoteResult" {
        Pending,
        Lost,
        Won,
    }
}

impl PyVoteResult {
    /// Returns the result whose text in raft-rs this is: raft-rs keeps the type private. The tests of each result fail
    /// when a text changes.
    pub fn of(upstream: &impl fmt::Display) -> Self {
        match upstream.to_string().as_str() {
            "VoteWon" => Self::Won,
            "VoteLost" => Self::Lost,
            _ => Self::Pending,
        }
    }
}
