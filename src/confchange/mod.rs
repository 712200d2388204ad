//! Changes of the members: `raft`'s module `confchange`.

pub mod changer;
pub mod map_change;
pub mod restore;
