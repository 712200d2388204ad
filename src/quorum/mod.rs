//! Quorums: `raft`'s module `quorum`.

pub mod joint;
