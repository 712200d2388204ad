//! `Rejection`: why something is rejected.

use raft::Error;

/// Why something is rejected before raft-rs sees it. `errors.rs` makes the exception.
pub enum Rejection {
    /// No node sends such a message: `InvalidMessageError`.
    Message(String),
    /// A message proves that the log of this node has lost entries: `LogLostError`.
    LogLost(String),
    /// What raft-rs would return itself.
    Raft(Error),
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        Self::Raft(error)
    }
}
