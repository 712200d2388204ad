//! `Rejection`: the reason why an operation is rejected.

use raft::Error;

/// The reason why an operation is rejected before it reaches raft-rs. `errors.rs` converts it to the exception.
pub enum Rejection {
    /// A message that no node sends: `InvalidMessageError`.
    Message(String),
    /// A message that proves that the log of this node has lost entries: `LogLostError`.
    LogLost(String),
    /// The error that raft-rs would return.
    Raft(Error),
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        Self::Raft(error)
    }
}
