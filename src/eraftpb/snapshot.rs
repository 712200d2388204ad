//! `Snapshot` and `SnapshotMetadata`: the state of the application in place of the log that led to it.

use pyo3::prelude::*;

use crate::binding::classes::equality;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::Optional;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::hooks::{Payload, SnapshotData};
use crate::eraftpb::message_class::message_class;

message_class! {
    /// Where in the log a snapshot stands.
    ///
    /// Mirrors `raft::eraftpb::SnapshotMetadata`.
    "SnapshotMetadata" / "SnapshotMetadataRef": raft::eraftpb::SnapshotMetadata, new
        "(*, conf_state=None, index=0, term=0)" {
        *,
        /// The members of the cluster at `index`.
        conf_state: Optional<PyConfStateRef> => set(cs),
        /// The index of the last entry that the snapshot contains.
        index: u64,
        /// The term of that entry.
        term: u64,
    }
}
equality! { PySnapshotMetadataRef }

message_class! {
    /// A snapshot of the application's state. `bool(snapshot)` is false for an empty one.
    ///
    /// Mirrors `raft::eraftpb::Snapshot`.
    "Snapshot" / "SnapshotRef": raft::eraftpb::Snapshot, new "(*, data=b'', metadata=None)" {
        *,
        /// The application's state, in a form of its own.
        data: Payload<SnapshotData> => set(bytes),
        /// Where in the log the snapshot stands.
        metadata: Optional<PySnapshotMetadataRef> => set(snapshot_meta_data),
    }
}
equality! { PySnapshotRef }

#[pymethods]
impl PySnapshotRef {
    /// Whether there is no snapshot here: its index is 0.
    fn is_empty(&self) -> PyResult<bool> {
        self.read(raft::eraftpb::Snapshot::is_empty)
    }

    fn __bool__(&self) -> PyResult<bool> {
        Ok(!self.is_empty()?)
    }
}
