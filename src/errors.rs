//! raft-rs's errors and panics as Python exceptions, and back.
//!
//! The exception classes are written in Python, in `rraft/_errors.py`.

use std::any::Any;
use std::panic::{self, resume_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use protobuf::ProtobufError;
use pyo3::exceptions::{PyKeyboardInterrupt, PyMemoryError};
use pyo3::import_exception;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use raft::{Error, StorageError};

use crate::process::Callback;

/// The exception classes, and `resolve`, which looks all of them up.
macro_rules! exceptions {
    ($($Name:ident,)*) => {
        $(import_exception!(rraft._errors, $Name);)*

        /// Looks the classes up, once a process, so that no error path imports anything: it might run while the interpreter
        /// shuts down, or deep in the stack. Returns the module that they are written in.
        pub fn resolve(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
            static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
            let module = MODULE.get_or_try_init(py, || {
                let module = py.import("rraft._errors")?;
                $(py.get_type::<$Name>();)*
                PyResult::Ok(module.unbind())
            })?;
            Ok(module.bind(py).clone())
        }
    };
}

exceptions! {
    CodecError,
    CompactedError,
    ConfChangeError,
    ConfigInvalidError,
    DestroyedRefUsedError,
    ExistsError,
    InUseError,
    InvalidMessageError,
    IoError,
    LogLostError,
    LogTemporarilyUnavailableError,
    NotExistsError,
    OtherError,
    ProposalDroppedError,
    RaftPanicError,
    RequestSnapshotDroppedError,
    SnapshotOutOfDateError,
    SnapshotTemporarilyUnavailableError,
    StepLocalMsgError,
    StepPeerNotFoundError,
    StoreError,
    UnavailableError,
}

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
        let precise = normalized(py, precise);
        let error = normalized(py, StoreError::new_err((precise.value(py).clone().unbind(),)));
        error.set_cause(py, Some(precise));
        error
    })
}

/// `error` with its exception made. PyO3 makes it when it is first asked for, but not any more when the interpreter has shut
/// down.
pub fn normalized(py: Python<'_>, error: PyErr) -> PyErr {
    error.restore(py);
    PyErr::fetch(py)
}

/// The storage error that a Python exception stands for: bare or in a `StoreError`. `None` for any other exception.
pub fn storage_error(py: Python<'_>, raised: &PyErr) -> Option<StorageError> {
    storage_error_of(raised.value(py).as_any())
}

/// How many `StoreError`s may be inside each other: one of them could be its own `error`.
const DEEPEST_STORE_ERROR: usize = 16;

fn storage_error_of(raised: &Bound<'_, PyAny>) -> Option<StorageError> {
    let mut raised = raised.clone();
    for _ in 0..DEEPEST_STORE_ERROR {
        if !raised.is_instance_of::<StoreError>() {
            break;
        }
        let _callback = Callback::begin(raised.py()).ok()?;
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

/// A Python exception on its way through raft, which knows no such error: it unwinds to the boundary.
struct Raised(PyErr);

/// Ends the operation of raft that is under way, and raises `error` from the call that started it.
pub fn unwind(error: PyErr) -> ! {
    resume_unwind(Box::new(Raised(error)))
}

/// Whether a `KeyboardInterrupt` came at a time when it could not be raised.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Keeps `error` for when raft is done, if it is an interrupt. Returns whether it is.
pub fn keep_interrupt(py: Python<'_>, error: &PyErr) -> bool {
    let is_interrupt = error.is_instance_of::<PyKeyboardInterrupt>(py);
    if is_interrupt {
        INTERRUPTED.store(true, Ordering::Relaxed);
    }
    is_interrupt
}

/// Raises an interrupt that was kept as soon as Python code runs on.
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

/// What PyO3 panics with where Python has no memory for an object; the tests notice when it says something else.
const OUT_OF_MEMORY: &str = "PyObject pointer is null";

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
                let is_out_of_memory = message == OUT_OF_MEMORY;
                let error = if is_out_of_memory {
                    PyMemoryError::new_err(())
                } else {
                    RaftPanicError::new_err(message.clone())
                };
                Self { error, message }
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
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
                report(info);
            }
        }));
    });
}
