//! Checks and fixes of incoming and outgoing data around raft-rs. They do not depend on any Python class.

pub mod encoding;
pub mod limits;
pub mod members;
pub mod messages;
pub mod outgoing;
pub mod read_tokens;
pub mod ready;
pub mod rejection;
