//! `ReadIndexStatus`: the status of a pending read-only request.

use std::collections::BTreeSet;

use pyo3::prelude::*;
use raft::eraftpb::Message;

use crate::binding::classes::{equality, value_class};
use crate::binding::kinds::{IdSet, Nested};
use crate::eraftpb::message::PyMessageRef;

/// raft-rs's `ReadIndexStatus`, whose type can't be named.
#[derive(Clone, Default, PartialEq)]
pub struct ReadIndexStatus {
    /// The request.
    pub req: Message,
    /// The commit index when the request was received.
    pub index: u64,
    /// The ids of the nodes that have acknowledged the request.
    pub acks: BTreeSet<u64>,
}

value_class! {
    /// The status of a read-only request that is pending until a quorum has confirmed the node's leadership.
    ///
    /// Mirrors `raft::read_only::ReadIndexStatus`.
    "ReadIndexStatus" / "ReadIndexStatusRef": ReadIndexStatus, new "(req=None, index=0, acks=())" {
        /// The request.
        req: Nested<PyMessageRef>,
        /// The commit index when the request was received.
        index: u64,
        /// The ids of the nodes that have acknowledged the request.
        acks: IdSet,
    }
}
equality! { PyReadIndexStatusRef }

/// Copies the status of a request, in raft-rs's type that can't be named, into a value of a type that can.
macro_rules! load {
    ($status:expr) => {
        $crate::read_only::read_index_status::ReadIndexStatus {
            req: $status.req.clone(),
            index: $status.index,
            acks: $status.acks.iter().copied().collect(),
        }
    };
}
pub(crate) use load;
