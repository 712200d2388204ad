//! The functions and constants of raft-rs's crate root.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use fxhash::FxHasher;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::binding::convert::{ListIterator, Many, Owned, Value, owned_list, sorted};
use crate::binding::exceptions::boundary;
use crate::eraftpb::conf_change::PyConfChangeSingleRef;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::enums::{PyConfChangeType, PyMessageType};
use crate::eraftpb::message::PyMessageRef;
use crate::eraftpb::snapshot::PySnapshotRef;

/// Returns the number of voters that form a majority of `total` voters.
///
/// Mirrors `raft::majority`.
#[pyfunction]
pub fn majority(total: usize) -> usize {
    raft::majority(total)
}

/// Returns whether messages of type `typ` are local to a node. `RawNode.step` rejects them.
///
/// Mirrors `raft::raw_node::is_local_msg`.
#[pyfunction]
pub fn is_local_msg(typ: PyMessageType) -> bool {
    raft::raw_node::is_local_msg(typ.into())
}

/// Returns whether messages of type `typ` are responses. `RawNode.step` accepts them from members only.
///
/// Mirrors `raft::raw_node::is_response_msg`, which is private there.
#[pyfunction]
pub fn is_response_msg(typ: PyMessageType) -> bool {
    matches!(
        typ,
        PyMessageType::MsgAppendResponse
            | PyMessageType::MsgRequestVoteResponse
            | PyMessageType::MsgHeartbeatResponse
            | PyMessageType::MsgUnreachable
            | PyMessageType::MsgRequestPreVoteResponse
    )
}

/// Returns the response type of the vote request type `typ`.
///
/// Raises `ValueError` when `typ` is neither `MsgRequestVote` nor `MsgRequestPreVote`. Mirrors
/// `raft::vote_resp_msg_type`.
#[pyfunction]
pub fn vote_resp_msg_type(typ: PyMessageType) -> PyResult<PyMessageType> {
    match typ {
        PyMessageType::MsgRequestVote | PyMessageType::MsgRequestPreVote => {
            Ok(raft::vote_resp_msg_type(typ.into()).into())
        }
        _ => Err(PyValueError::new_err(format!("typ: expected MsgRequestVote or MsgRequestPreVote, got {typ:?}"))),
    }
}

/// Creates a `ConfChangeSingle` of the given fields.
///
/// Mirrors `raft_proto::new_conf_change_single`.
#[pyfunction]
pub fn new_conf_change_single(node_id: u64, typ: PyConfChangeType) -> Owned<PyConfChangeSingleRef> {
    Owned(raft_proto::new_conf_change_single(node_id, typ.into()))
}

/// Truncates `entries` to a total size of at most `max` bytes, but keeps at least one. `None` is no limit.
///
/// ```python
/// >>> entries = [Entry(data=bytes(100)) for _ in range(5)]
/// >>> entries[0].compute_size()
/// 102
/// >>> limit_size(entries, 220)
/// >>> len(entries)
/// 2
/// >>> limit_size(entries, 0)
/// >>> len(entries)
/// 1
///
/// ```
///
/// Mirrors `raft::util::limit_size`.
#[pyfunction]
#[pyo3(signature = (entries: "list[Entry] | list[EntryRef]", max))]
pub fn limit_size(entries: &Bound<'_, PyList>, max: Option<u64>) -> PyResult<()> {
    let mut values = entries.extract::<Many<Value<PyEntryRef>>>()?.into_values();
    raft::util::limit_size(&mut values, max);
    entries.del_slice(values.len(), entries.len())
}

/// Returns whether `ents` continue the entries of `msg` without a gap. It is true if either is empty.
///
/// Raises `RaftPanicError` when the entries of `msg` end with index 2**64 - 1, which has no successor. Mirrors
/// `raft::util::is_continuous_ents`.
#[pyfunction]
pub fn is_continuous_ents(msg: Value<PyMessageRef>, ents: Many<Value<PyEntryRef>>) -> PyResult<bool> {
    Ok(boundary(|| raft::util::is_continuous_ents(&msg.0, &ents.into_values()))?)
}

/// Returns the approximate size of an entry in bytes: its data, its context, and 12 for the other fields.
///
/// Mirrors `raft::util::entry_approximate_size`.
#[pyfunction]
pub fn entry_approximate_size(e: Value<PyEntryRef>) -> usize {
    raft::util::entry_approximate_size(&e.0)
}

/// Returns whether a snapshot is empty: its index is 0. Deprecated in raft-rs in favor of `Snapshot.is_empty`.
///
/// Mirrors `raft::is_empty_snap`.
#[pyfunction]
pub fn is_empty_snap(s: Value<PySnapshotRef>) -> bool {
    s.0.is_empty()
}

/// Parses configuration changes: `v1` makes node 1 a voter, `l2` makes node 2 a learner, `r3` removes node 3.
///
/// Raises `ValueError` for any other text. Mirrors `raft_proto::parse_conf_change`.
#[pyfunction]
pub fn parse_conf_change(s: &str) -> PyResult<Vec<Owned<PyConfChangeSingleRef>>> {
    // raft-rs assumes that the first character of a token is one byte long.
    if let Some(token) = s.split_ascii_whitespace().find(|token| !token.is_ascii()) {
        return Err(PyValueError::new_err(format!("unknown token {token}")));
    }
    raft_proto::parse_conf_change(s).map(owned_list).map_err(PyValueError::new_err)
}

/// Formats configuration changes in the syntax of `parse_conf_change`.
///
/// Mirrors `raft_proto::stringify_conf_change`.
#[pyfunction]
pub fn stringify_conf_change(ccs: Many<Value<PyConfChangeSingleRef>>) -> String {
    raft_proto::stringify_conf_change(&ccs.into_values())
}

/// Returns whether two `ConfState`s are equal, regardless of the order of the ids.
///
/// Mirrors `raft_proto::conf_state_eq`.
#[pyfunction]
pub fn conf_state_eq(lhs: Value<PyConfStateRef>, rhs: Value<PyConfStateRef>) -> bool {
    raft_proto::conf_state_eq(&lhs.0, &rhs.0)
}

/// The union of two sets of ids. It copies neither.
///
/// Mirrors `raft::util::Union`.
#[pyclass(module = "rraft", name = "Union", frozen)]
pub struct PyUnion {
    first: IdSet,
    second: IdSet,
}

/// raft-rs's set of ids.
type IdSet = HashSet<u64, BuildHasherDefault<FxHasher>>;

impl PyUnion {
    fn union(&self) -> raft::util::Union<'_> {
        raft::util::Union::new(&self.first, &self.second)
    }
}

#[pymethods]
impl PyUnion {
    /// Creates the union of the ids in `first` and `second`.
    #[new]
    fn new(first: Many<u64>, second: Many<u64>) -> Self {
        Self { first: first.0.into_iter().collect(), second: second.0.into_iter().collect() }
    }

    /// Returns whether `id` is in either set.
    fn contains(&self, id: u64) -> bool {
        self.union().contains(id)
    }

    /// Returns the ids in ascending order, without duplicates.
    #[allow(clippy::iter_not_returning_iterator, reason = "raft-rs's name")]
    fn iter(&self) -> Vec<u64> {
        sorted(self.union().iter())
    }

    /// Returns whether both sets are empty.
    fn is_empty(&self) -> bool {
        self.union().is_empty()
    }

    /// Returns the number of ids.
    fn len(&self) -> usize {
        self.union().len()
    }

    fn __contains__(&self, id: u64) -> bool {
        self.contains(id)
    }

    fn __len__(&self) -> usize {
        self.len()
    }

    fn __iter__(&self) -> ListIterator<u64> {
        ListIterator(self.iter())
    }

    fn __repr__(&self) -> String {
        format!("Union({:?})", self.iter())
    }
}
