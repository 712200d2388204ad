//! Converts raft-rs's errors to Python exceptions, and back.

use std::io;

use protobuf::ProtobufError;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use raft::{Error, StorageError};

use crate::binding::exceptions::{
    CodecError, CompactedError, ConfChangeError, ConfigInvalidError, DestroyedRefUsedError, ExistsError,
    InvalidMessageError, IoError, LogLostError, LogTemporarilyUnavailableError, NotExistsError, OtherError,
    ProposalDroppedError, RequestSnapshotDroppedError, SnapshotOutOfDateError, SnapshotTemporarilyUnavailableError,
    StepLocalMsgError, StepPeerNotFoundError, StoreError, UnavailableError, WalClosedError, WalCorruptedError,
    WalFailedError, WalForeignError, WalLockedError, normalized,
};
use crate::binding::process::Callback;
use crate::checks::encoding::Rejected;
use crate::checks::limits::OutOfRange;
use crate::checks::rejection::Rejection;
use crate::wal;

/// Returns the exception for an error of raft-rs.
pub fn raft_error(error: Error) -> PyErr {
    let text = error.to_string();
    match error {
        Error::Io(_) => IoError::new_err(text),
        Error::Store(error) => store_error(error),
        Error::StepLocalMsg => StepLocalMsgError::new_err(text),
        Error::StepPeerNotFound => StepPeerNotFoundError::new_err(text),
        Error::ProposalDropped => ProposalDroppedError::new_err(text),
        Error::ConfigInvalid(reason) => ConfigInvalidError::new_err(reason),
        Error::CodecError(error) => codec_error(error),
        Error::Exists { id, set } => ExistsError::new_err((id, set)),
        Error::NotExists { id, set } => NotExistsError::new_err((id, set)),
        Error::ConfChangeError(reason) => ConfChangeError::new_err(reason),
        Error::RequestSnapshotDropped => RequestSnapshotDroppedError::new_err(text),
    }
}

/// Returns the exception for bytes that can't be decoded.
pub fn codec_error(error: ProtobufError) -> PyErr {
    CodecError::new_err(error.to_string())
}

/// Returns a `StoreError` that contains the exception for `error`.
pub fn store_error(error: StorageError) -> PyErr {
    let text = error.to_string();
    store_error_saying(error, text)
}

/// Returns a `StoreError` that contains the exception for `error`, with the message `text`.
pub fn store_error_saying(error: StorageError, text: String) -> PyErr {
    let precise = match error {
        StorageError::Compacted => CompactedError::new_err(text),
        StorageError::Unavailable => UnavailableError::new_err(text),
        StorageError::LogTemporarilyUnavailable => LogTemporarilyUnavailableError::new_err(text),
        StorageError::SnapshotOutOfDate => SnapshotOutOfDateError::new_err(text),
        StorageError::SnapshotTemporarilyUnavailable => SnapshotTemporarilyUnavailableError::new_err(text),
        StorageError::Other(_) => OtherError::new_err(text),
    };
    Python::attach(|py| {
        let precise = normalized(py, precise);
        let error = normalized(py, StoreError::new_err((precise.value(py).clone().unbind(),)));
        error.set_cause(py, Some(precise));
        error
    })
}

/// Returns the exception for an error of a log.
pub fn wal_error(error: wal::errors::Error) -> PyErr {
    let text = error.to_string();
    match error {
        wal::errors::Error::Locked { .. } => WalLockedError::new_err(text),
        wal::errors::Error::Corrupted { path, offset, reason } => {
            WalCorruptedError::new_err((path.into_os_string(), offset, reason))
        }
        wal::errors::Error::Failed { .. } => WalFailedError::new_err(text),
        wal::errors::Error::Io { kind, .. } => io::Error::new(kind, text).into(),
        wal::errors::Error::Foreign { .. } => WalForeignError::new_err(text),
        wal::errors::Error::Rejected { kind: wal::errors::Rejection::Compacted, .. } => {
            store_error_saying(StorageError::Compacted, text)
        }
        wal::errors::Error::Rejected { kind: wal::errors::Rejection::Unavailable, .. } => {
            store_error_saying(StorageError::Unavailable, text)
        }
        wal::errors::Error::Rejected { kind: wal::errors::Rejection::SnapshotOutOfDate, .. } => {
            store_error_saying(StorageError::SnapshotOutOfDate, text)
        }
        wal::errors::Error::Rejected { kind: wal::errors::Rejection::Removed, .. } => {
            DestroyedRefUsedError::new_err(text)
        }
        wal::errors::Error::Rejected { .. } => PyValueError::new_err(text),
        wal::errors::Error::Closed => WalClosedError::new_err(text),
    }
}

/// Returns the storage error that corresponds to a Python exception, which may be wrapped in a `StoreError`. `None` for
/// any other exception.
pub fn storage_error(py: Python<'_>, raised: &PyErr) -> Option<StorageError> {
    storage_error_of(raised.value(py).as_any())
}

/// The maximum nesting of `StoreError`s: one of them could be its own `error`.
const MAX_STORE_ERROR_DEPTH: usize = 16;

fn storage_error_of(raised: &Bound<'_, PyAny>) -> Option<StorageError> {
    let mut raised = raised.clone();
    for _ in 0..MAX_STORE_ERROR_DEPTH {
        if !raised.is_instance_of::<StoreError>() {
            break;
        }
        let _callback = Callback::start(raised.py()).ok()?;
        raised = raised.getattr("error").ok()?;
    }
    if raised.is_instance_of::<CompactedError>() {
        Some(StorageError::Compacted)
    } else if raised.is_instance_of::<UnavailableError>() {
        Some(StorageError::Unavailable)
    } else if raised.is_instance_of::<LogTemporarilyUnavailableError>() {
        Some(StorageError::LogTemporarilyUnavailable)
    } else if raised.is_instance_of::<SnapshotOutOfDateError>() {
        Some(StorageError::SnapshotOutOfDate)
    } else if raised.is_instance_of::<SnapshotTemporarilyUnavailableError>() {
        Some(StorageError::SnapshotTemporarilyUnavailable)
    } else {
        None
    }
}

/// The exception for an argument that is rejected before it is passed to raft-rs.
impl From<Rejection> for PyErr {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Message(reason) => InvalidMessageError::new_err(reason),
            Rejection::LogLost(reason) => LogLostError::new_err(reason),
            Rejection::Raft(error) => raft_error(error),
        }
    }
}

/// The exception for a value that can't be encoded or decoded.
impl From<Rejected> for PyErr {
    fn from(rejected: Rejected) -> Self {
        CodecError::new_err(rejected.0)
    }
}

/// The exception for a number that is too large.
impl From<OutOfRange> for PyErr {
    fn from(error: OutOfRange) -> Self {
        PyValueError::new_err(error.0)
    }
}
