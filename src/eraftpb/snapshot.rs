//! `Snapshot` and `SnapshotMetadata`: the application's state, which replaces the compacted log.

use pyo3::prelude::*;

use crate::binding::classes::equality;
use crate::binding::handle::Wrapper;
use crate::binding::kinds::Optional;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::hooks::{Payload, SnapshotData};
use crate::eraftpb::message_class::message_class;

message_class! {
    /// The metadata of a snapshot: its position in the log, and the membership there.
    ///
    /// Mirrors `raft::eraftpb::SnapshotMetadata`.
    "SnapshotMetadata" / "SnapshotMetadataRef": raft::eraftpb::SnapshotMetadata, new
        "(*, conf_state=None, index=0, term=0)" {
        *,
        /// The membership of the cluster at `index`.
        conf_state: Optional<PyConfStateRef> => set(cs),
        /// The index of the last entry that is included in the snapshot.
        index: u64,
        /// The term of the last entry that is included in the snapshot.
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
        /// The application's state, in a format that the application defines.
        data: Payload<SnapshotData> => set(bytes),
        /// The metadata of the snapshot.
        metadata: Optional<PySnapshotMetadataRef> => set(snapshot_meta_data),
    }
}
equality! { PySnapshotRef }

#[pymethods]
impl PySnapshotRef {
    /// Returns whether the snapshot is empty: its index is 0.
    fn is_empty(&self) -> PyResult<bool> {
        self.read(raft::eraftpb::Snapshot::is_empty)
    }

    fn __bool__(&self) -> PyResult<bool> {
        Ok(!self.is_empty()?)
    }
}
