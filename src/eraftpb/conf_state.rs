//! `ConfState`: the membership of a cluster.

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{Borrowed, PyTypeInfo, type_hint_identifier, type_hint_subscript, type_hint_union};
use raft::eraftpb::ConfState;

use crate::binding::classes::equality;
use crate::binding::convert::{Many, expected};
use crate::binding::handle::Wrapper;
use crate::binding::kinds::Ids;
use crate::eraftpb::message_class::message_class;

message_class! {
    /// The membership of a cluster, as it is persisted in a storage and in snapshots.
    ///
    /// Mirrors `raft::eraftpb::ConfState`.
    "ConfState" / "ConfStateRef": raft::eraftpb::ConfState, new optional
        "(voters=(), learners=(), voters_outgoing=(), learners_next=(), auto_leave=False)" {
        /// The ids of the voters; in a joint configuration, of the incoming voters.
        voters: Ids => set(list),
        /// The ids of the learners. Learners receive the log and do not vote.
        learners: Ids => set(list),
        /// In a joint configuration, the ids of the outgoing voters; else empty.
        voters_outgoing: Ids => set(list),
        /// The ids of the voters that become learners when the joint configuration is left.
        learners_next: Ids => set(list),
        /// Whether Raft leaves the joint configuration automatically.
        auto_leave: bool,
    }
}
equality! { PyConfStateRef }

/// Argument: a `ConfState`, or a pair of the ids of the voters and of the learners.
///
/// Mirrors `T` where `ConfState: From<T>`.
pub struct Members(pub ConfState);

impl<'py> FromPyObject<'_, 'py> for Members {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(
        PyConfStateRef::TYPE_HINT,
        type_hint_subscript!(
            type_hint_identifier!("builtins", "tuple"),
            <Many<u64> as FromPyObject<'_, '_>>::INPUT_TYPE,
            <Many<u64> as FromPyObject<'_, '_>>::INPUT_TYPE
        )
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(members) = object.cast::<PyConfStateRef>() {
            return members.get().read(Clone::clone).map(Self);
        }
        match object.cast::<PyTuple>() {
            Ok(pair) if pair.len() == 2 => {
                let (voters, learners) = object.extract::<(Many<u64>, Many<u64>)>()?;
                Ok(Self((voters.0, learners.0).into()))
            }
            _ => Err(expected("ConfState, or a pair of voters and learners", &object)),
        }
    }
}
