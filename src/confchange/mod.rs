//! Membership changes: `raft`'s module `confchange`.

pub mod changer;
pub mod map_change;
pub mod restore;
