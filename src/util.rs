//! Functions and constants of raft-rs's crate root.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::convert::Owned;
use crate::eraftpb::conf_change::ConfChangeSingleRef;
use crate::eraftpb::enums::{ConfChangeType, MessageType};

/// How many of `total` voters make a quorum.
///
/// Mirrors `raft::majority`.
#[pyfunction]
pub fn majority(total: usize) -> usize {
    raft::majority(total)
}

/// Whether messages of type `typ` stay within a node: `RawNode.step` refuses them.
///
/// Mirrors `raft::raw_node::is_local_msg`.
#[pyfunction]
pub fn is_local_msg(typ: MessageType) -> bool {
    raft::raw_node::is_local_msg(typ.into())
}

/// Whether messages of type `typ` answer another message: `RawNode.step` takes them from members only.
///
/// Mirrors `raft::raw_node::is_response_msg`, which is private there.
#[pyfunction]
pub fn is_response_msg(typ: MessageType) -> bool {
    matches!(
        typ,
        MessageType::MsgAppendResponse
            | MessageType::MsgRequestVoteResponse
            | MessageType::MsgHeartbeatResponse
            | MessageType::MsgUnreachable
            | MessageType::MsgRequestPreVoteResponse
    )
}

/// The type of the answer to a request of type `typ` for a vote.
///
/// Raises `ValueError` when `typ` is neither `MsgRequestVote` nor `MsgRequestPreVote`. Mirrors
/// `raft::vote_resp_msg_type`.
#[pyfunction]
pub fn vote_resp_msg_type(typ: MessageType) -> PyResult<MessageType> {
    match typ {
        MessageType::MsgRequestVote | MessageType::MsgRequestPreVote => Ok(raft::vote_resp_msg_type(typ.into()).into()),
        _ => Err(PyValueError::new_err(format!("typ: {typ:?} asks for no vote"))),
    }
}

/// A `ConfChangeSingle` of these fields.
///
/// Mirrors `raft_proto::new_conf_change_single`.
#[pyfunction]
pub fn new_conf_change_single(node_id: u64, typ: ConfChangeType) -> Owned<ConfChangeSingleRef> {
    Owned(raft_proto::new_conf_change_single(node_id, typ.into()))
}
