//! The exception classes, and the boundary that converts panics and unwinding exceptions to raised exceptions.
//!
//! The classes are defined in Python, in `rraft/_errors.py`.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::{PyKeyboardInterrupt, PyMemoryError};
use pyo3::import_exception;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Defines the exception classes, and `resolve`, which looks them up.
macro_rules! exceptions {
    ($($Name:ident,)*) => {
        $(import_exception!(rraft._errors, $Name);)*

        /// Looks the classes up once per process, so that no error path imports a module: it might run during shutdown
        /// of the interpreter, or deep in the stack. Returns the module that defines the classes.
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
    WalClosedError,
    WalCorruptedError,
    WalFailedError,
    WalForeignError,
    WalLockedError,
}

/// Returns `error` with its exception instantiated. PyO3 instantiates it lazily, which fails after the interpreter has
/// shut down.
pub fn normalized(py: Python<'_>, error: PyErr) -> PyErr {
    error.restore(py);
    PyErr::fetch(py)
}

/// Runs `f`. Converts a panic to an error, or to the Python exception of the storage callback that caused it.
pub fn boundary<R>(f: impl FnOnce() -> R) -> Result<R, Panic> {
    let result = catch_unwind(AssertUnwindSafe(f)).map_err(Panic::new);
    raise_deferred_interrupt();
    result
}

/// A Python exception that unwinds through raft-rs to the boundary: raft-rs has no error variant for it.
struct Raised(PyErr);

/// Aborts the current operation of raft-rs. `error` is raised by the call that started the operation.
pub fn unwind(error: PyErr) -> ! {
    resume_unwind(Box::new(Raised(error)))
}

/// Whether a `KeyboardInterrupt` is pending that could not be raised.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Defers `error` until raft-rs returns, if it is an interrupt. Returns whether it is.
pub fn defer_interrupt(py: Python<'_>, error: &PyErr) -> bool {
    let is_interrupt = error.is_instance_of::<PyKeyboardInterrupt>(py);
    if is_interrupt {
        INTERRUPTED.store(true, Ordering::Relaxed);
    }
    is_interrupt
}

/// Raises a deferred interrupt as soon as Python code runs again.
#[inline]
pub fn raise_deferred_interrupt() {
    if INTERRUPTED.load(Ordering::Relaxed) {
        raise_interrupt();
    }
}

#[cold]
fn raise_interrupt() {
    if INTERRUPTED.swap(false, Ordering::Relaxed) {
        Python::attach(|py| {
            let again = py.import("_thread").and_then(|thread| thread.call_method0("interrupt_main"));
            if let Err(error) = again {
                error.write_unraisable(py, None);
            }
        });
    }
}

/// The panic message of PyO3 when Python can't allocate an object. The tests fail if it changes.
const OUT_OF_MEMORY: &str = "PyObject pointer is null";

/// The panic or exception that aborted an operation of raft-rs.
pub struct Panic {
    /// The panic message, or the Python exception as text.
    pub message: String,
    error: PyErr,
}

impl Panic {
    /// Converts the payload that `catch_unwind` returns.
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
                Self { message, error }
            }
        }
    }
}

impl From<Panic> for PyErr {
    fn from(panic: Panic) -> Self {
        panic.error
    }
}

/// Suppresses the output of panics on stderr, since they are raised as exceptions, unless `RUST_BACKTRACE` is set.
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
