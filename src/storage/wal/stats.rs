//! `WalStats`: the size of a log, and what was done with the disk.

use pyo3::prelude::*;

use crate::wal::log::Stats;

/// The size of a `Wal`, and what it has done since it was opened.
///
/// Beyond raft-rs.
#[pyclass(module = "rraft", name = "WalStats", frozen, get_all)]
pub struct PyWalStats {
    /// The number of groups.
    groups: usize,
    /// The size of all entries that are not compacted, in bytes.
    live_bytes: u64,
    /// The length of all segment files, in bytes.
    disk_bytes: u64,
    /// The number of segment files.
    segments: usize,
    /// The number of calls that wrote to segments.
    writes: u64,
    /// The number of bytes written to segments.
    written_bytes: u64,
    /// The number of fsyncs of segments.
    fsyncs: u64,
    /// The time that these fsyncs took, in seconds.
    fsync_seconds: f64,
    /// The number of segments created.
    rotations: u64,
    /// The number of bytes of entries that were written again so that old segments could be deleted.
    rewritten_bytes: u64,
}

impl From<Stats> for PyWalStats {
    fn from(stats: Stats) -> Self {
        let Stats { groups, live, disk, segments, counters } = stats;
        Self {
            groups,
            live_bytes: live,
            disk_bytes: disk,
            segments,
            writes: counters.writes,
            written_bytes: counters.written,
            fsyncs: counters.fsyncs,
            fsync_seconds: counters.time_in_fsync.as_secs_f64(),
            rotations: counters.rotations,
            rewritten_bytes: counters.rewritten,
        }
    }
}

#[pymethods]
impl PyWalStats {
    fn __repr__(&self) -> String {
        format!(
            "WalStats {{ groups: {}, live_bytes: {}, disk_bytes: {}, segments: {}, fsyncs: {} }}",
            self.groups, self.live_bytes, self.disk_bytes, self.segments, self.fsyncs
        )
    }
}
