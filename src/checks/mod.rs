//! What is rejected, or changed, before raft-rs sees it or before messages leave a node. It knows no Python class.

pub mod encoding;
pub mod limits;
pub mod members;
pub mod messages;
pub mod outgoing;
pub mod read_tokens;
pub mod ready;
pub mod rejection;
