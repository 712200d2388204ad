//! raft-rs's errors and panics as Python exceptions, and back.
//!
//! The exception classes are written in Python, in `rraft/errors.py`.

use std::any::Any;
use std::panic::{self, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use protobuf::ProtobufError;
use pyo3::import_exception;
use pyo3::prelude::*;
use raft::{Error, StorageError};

import_exception!(rraft.errors, CodecError);
import_exception!(rraft.errors, CompactedError);
import_exception!(rraft.errors, ConfChangeError);
import_exception!(rraft.errors, ConfigInvalidError);
import_exception!(rraft.errors, DestroyedRefUsedError);
import_exception!(rraft.errors, ExistsError);
import_exception!(rraft.errors, InUseError);
import_exception!(rraft.errors, InvalidMessageError);
import_exception!(rraft.errors, IoError);
import_exception!(rraft.errors, LogLostError);
import_exception!(rraft.errors, LogTemporarilyUnavailableError);
import_exception!(rraft.errors, NotExistsError);
import_exception!(rraft.errors, OtherError);
import_exception!(rraft.errors, ProposalDroppedError);
import_exception!(rraft.errors, RaftPanicError);
import_exception!(rraft.errors, RequestSnapshotDroppedError);
import_exception!(rraft.errors, SnapshotOutOfDateError);
import_exception!(rraft.errors, SnapshotTemporarilyUnavailableError);
import_exception!(rraft.errors, StepLocalMsgError);
import_exception!(rraft.errors, StepPeerNotFoundError);
import_exception!(rraft.errors, StoreError);
import_exception!(rraft.errors, UnavailableError);

/// The exception for an error that raft returned.
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

/// The exception for bytes that can't be decoded.
pub fn codec_error(error: ProtobufError) -> PyErr {
    CodecError::new_err(error.to_string())
}

/// A `StoreError` that holds the precise exception.
pub fn store_error(error: StorageError) -> PyErr {
    let text = error.to_string();
    store_error_saying(error, text)
}

/// A `StoreError` that holds the precise exception, with a text of its own.
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
        let error = StoreError::new_err((precise.clone_ref(py).into_value(py),));
        error.set_cause(py, Some(precise));
        error
    })
}

/// The storage error that a Python exception stands for: bare or in a `StoreError`. `None` for any other exception.
pub fn storage_error(py: Python<'_>, raised: &PyErr) -> Option<StorageError> {
    storage_error_of(raised.value(py).as_any())
}

fn storage_error_of(raised: &Bound<'_, PyAny>) -> Option<StorageError> {
    if raised.is_instance_of::<StoreError>() {
        let precise = raised.getattr("error").ok().filter(|precise| !precise.is_none())?;
        return storage_error_of(&precise);
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

/// A Python exception on its way through raft, which knows no such error: it unwinds to the boundary.
struct Raised(PyErr);

/// Ends the operation of raft that is under way, and raises `error` from the call that started it.
pub fn unwind(error: PyErr) -> ! {
    resume_unwind(Box::new(Raised(error)))
}

/// Whether a `KeyboardInterrupt` came at a time when it could not be raised.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Takes note of an interrupt, for when raft is done.
pub fn interrupt_later() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Lets an interrupt that was taken note of come again, as soon as Python code runs on.
#[inline]
pub fn deliver_interrupt() {
    if INTERRUPTED.load(Ordering::Relaxed) {
        interrupt_again();
    }
}

#[cold]
fn interrupt_again() {
    if INTERRUPTED.swap(false, Ordering::Relaxed) {
        Python::attach(|py| {
            let again = py.import("_thread").and_then(|thread| thread.call_method0("interrupt_main"));
            if let Err(error) = again {
                error.write_unraisable(py, None);
            }
        });
    }
}

/// What ended an operation of raft before its time.
pub struct Panic {
    /// What raft said, or the Python exception as text.
    pub message: String,
    error: PyErr,
}

impl Panic {
    /// From what `catch_unwind` gives.
    pub fn new(payload: Box<dyn Any + Send>) -> Self {
        match payload.downcast::<Raised>() {
            Ok(raised) => Self { message: raised.0.to_string(), error: raised.0 },
            Err(payload) => {
                let message = match payload.downcast::<String>() {
                    Ok(text) => *text,
                    Err(payload) => payload.downcast_ref::<&str>().map_or("unknown panic", |text| text).to_owned(),
                };
                Self { error: RaftPanicError::new_err(message.clone()), message }
            }
        }
    }
}

impl From<Panic> for PyErr {
    fn from(panic: Panic) -> Self {
        panic.error
    }
}

/// Keeps panics off stderr, since they are raised as exceptions, unless `RUST_BACKTRACE` asks for them.
pub fn quiet_panics() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
            report(info);
        }
    }));
}
