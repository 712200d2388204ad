//! What can go wrong with a log.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::wal::file_system::Ended;

/// The result of an operation of a log.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The directory is open in another process, or a second time in this one.
    Locked {
        /// The file that is locked.
        path: PathBuf,
    },
    /// The files are not what was written.
    Corrupted {
        /// The file.
        path: PathBuf,
        /// The offset of the first byte that can't be trusted.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// A write or an fsync failed. What the disk has is unknown until the log is opened again.
    Failed {
        /// The operation, the file and the error of the system.
        reason: String,
    },
    /// The log could not be opened or read. Nothing was changed.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The kind of the error of the system.
        kind: io::ErrorKind,
        /// The error of the system.
        reason: String,
    },
    /// The directory belongs to another host or another cluster.
    Foreign {
        /// The directory.
        path: PathBuf,
        /// Whose it is, and who asked.
        reason: String,
    },
    /// A write doesn't fit the state of its group. Nothing was changed.
    Rejected {
        /// The group.
        group: u64,
        /// The class of the error, as storages of raft-rs have it.
        kind: Rejection,
        /// What was expected, and what came.
        reason: String,
    },
    /// The log was closed, or the process that had opened it has ended.
    Closed,
}

/// Why a write was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// It concerns entries that were compacted.
    Compacted,
    /// It concerns entries that the log doesn't have.
    Unavailable,
    /// The snapshot is older than the log.
    SnapshotOutOfDate,
    /// The arguments contradict each other, or exceed a limit.
    Invalid,
    /// There is no room for it in the frame before what is in it is persisted.
    Full,
    /// The group was removed.
    Removed,
    /// The hard state is another one than the write expects.
    Changed,
}

impl Error {
    /// Returns an error of a file's content.
    pub fn corrupted(path: PathBuf, offset: u64, reason: impl Into<String>) -> Self {
        Self::Corrupted { path, offset, reason: reason.into() }
    }

    /// Returns an error of the system, met before anything was changed.
    pub fn io(path: &Path, error: &io::Error) -> Self {
        if Ended::is_reason_of(error) {
            return Self::Closed;
        }
        Self::Io { path: path.to_owned(), kind: error.kind(), reason: error.to_string() }
    }

    /// Returns an error of the system, after which the log accepts no writes.
    pub fn failed(operation: &str, path: &Path, error: &io::Error) -> Self {
        if Ended::is_reason_of(error) {
            return Self::Closed;
        }
        Self::Failed { reason: format!("{operation} {}: {error}", path.display()) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { path } => write!(f, "{}: locked by another process or another Wal", path.display()),
            Self::Corrupted { path, offset, reason } => write!(f, "{}: offset {offset}: {reason}", path.display()),
            Self::Failed { reason } => write!(f, "the log failed and must be opened again: {reason}"),
            Self::Io { path, reason, .. } | Self::Foreign { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Rejected { group, reason, .. } => write!(f, "group {group}: {reason}"),
            Self::Closed => write!(f, "the log is closed"),
        }
    }
}

impl std::error::Error for Error {}
