//! The protobuf messages of Raft: `raft::eraftpb`.

pub mod codec;
pub mod conf_change;
pub mod conf_state;
pub mod delimited;
pub mod entry;
pub mod enums;
pub mod hard_state;
pub mod hooks;
pub mod message;
pub mod message_class;
pub mod snapshot;
