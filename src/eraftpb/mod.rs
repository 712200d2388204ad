//! The protobuf messages that raft-rs speaks: `raft::eraftpb`.

pub mod codec;
pub mod conf_change;
pub mod conf_state;
pub mod delimited;
pub mod entry;
pub mod enums;
pub mod hard_state;
pub mod message;
pub mod snapshot;

pub(crate) use codec::codec;
pub(crate) use delimited::delimited;
