//! `ReadIndexStatus`: a read request that waits for a quorum.

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
    /// The commit index when it came.
    pub index: u64,
    /// Who has confirmed it.
    pub acks: BTreeSet<u64>,
}

value_class! {
    /// A read request that waits until a quorum has confirmed that the node leads.
    ///
    /// Mirrors `raft::read_only::ReadIndexStatus`.
    "ReadIndexStatus" / "ReadIndexStatusRef": ReadIndexStatus, new "(req=None, index=0, acks=())" {
        /// The request.
        req: Nested<PyMessageRef>,
        /// The commit index when it came.
        index: u64,
        /// The ids of the nodes that have confirmed it.
        acks: IdSet,
    }
}
equality! { PyReadIndexStatusRef }

/// Copies what raft-rs keeps of a request, in a type that can't be named, into a value that can.
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
