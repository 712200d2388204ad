//! `ReadOnlyOption`: how reads are made linearizable.

use pyo3::prelude::*;

use crate::enums::enum_class;

enum_class! {
    /// How the leader makes sure that a read is linearizable.
    ///
    /// Mirrors `raft::ReadOnlyOption`.
    ReadOnlyOption: raft::ReadOnlyOption {
        /// It asks a quorum whether it still leads.
        Safe,
        /// It trusts its lease, and so the clocks of the cluster. Needs `Config.check_quorum`.
        LeaseBased,
    }
}
