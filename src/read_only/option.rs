//! `ReadOnlyOption`: how linearizability of reads is guaranteed.

use pyo3::prelude::*;

use crate::binding::enums::enum_class;

enum_class! {
    /// How the leader guarantees that reads are linearizable.
    ///
    /// Mirrors `raft::ReadOnlyOption`.
    "ReadOnlyOption": raft::ReadOnlyOption {
        Safe,
        LeaseBased,
    }
}
