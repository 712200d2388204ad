//! The exception classes, and the boundary at which panics and exceptions that unwind through Rust are raised.
//!
//! The classes are written in Python, in `rraft/_errors.py`.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::{PyKeyboardInterrupt, PyMemoryError};
use pyo3::import_exception;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The exception classes, and `resolve`, which looks all of them up.
macro_rules! exceptions {
    ($($Name:ident,)*) => {
        $(import_exception!(rraft._errors, $Name);)*

        /// Looks the classes up, once a process, so that no error path imports anything: it might run while the
        /// interpreter shuts down, or deep in the stack. Returns the module that they are written in.
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

/// `error` with its exception made. PyO3 makes it when it is first asked for, but not any more when the interpreter has
/// shut down.
pub fn normalized(py: Python<'_>, error: PyErr) -> PyErr {
    error.restore(py);
    PyErr::fetch(py)
}

/// Runs `f` and turns a panic into an error, or into the Python exception of a storage callback that led to it.
pub fn boundary<R>(f: impl FnOnce() -> R) -> Result<R, Panic> {
    let result = catch_unwind(AssertUnwindSafe(f)).map_err(Panic::new);
    deliver_interrupt();
    result
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
