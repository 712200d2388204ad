//! `ReadOnlyOption`: how reads are made linearizable.

use pyo3::prelude::*;

use crate::binding::enums::enum_class;

enum_class! {
    /// How the leader makes sure that a read is linearizable.
    ///
    /// Mirrors `raft::ReadOnlyOption`.
    "ReadOnlyOption": raft::ReadOnlyOption {
        Safe,
        LeaseBased,
    }
}
