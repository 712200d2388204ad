//! `Peer`: a member of a cluster with its context.

use pyo3::prelude::*;

use crate::binding::classes::value_class;
use crate::binding::kinds::OptionalByteVec;

value_class! {
    /// A member of a cluster. raft-rs defines it and does not use it.
    ///
    /// Mirrors `raft::Peer`.
    "Peer" / "PeerRef": raft::Peer, new "(id=0, context=None)" {
        /// The member's id.
        id: u64 => set(id),
        /// Application data about the member, such as its address; or `None`.
        context: OptionalByteVec,
    }
}
