//! `Logger`: the destination of Raft's log records.

use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use slog::{Drain, Level, Never, OwnedKVList, Record, crit, debug, error, info, o, trace, warn};
use sloggers::Build;
use sloggers::file::FileLoggerBuilder;
use sloggers::types::Severity;

use crate::binding::classes::wrapper_class;
use crate::binding::convert::Owned;
use crate::binding::enums::enum_class;
use crate::binding::handle::{Handle, Wrapper};
use crate::logger::blocking::{Detached, Section, Shared, Threaded};
use crate::logger::python::PythonLogging;

mod blocking;
mod python;

enum_class! {
    /// The handling of a log record when the queue of an asynchronous logger is full.
    ///
    /// Mirrors `slog_async::OverflowStrategy`.
    "OverflowStrategy" {
        DropAndReport,
        Drop,
        Block,
    }
}

impl From<PyOverflowStrategy> for slog_async::OverflowStrategy {
    fn from(strategy: PyOverflowStrategy) -> Self {
        match strategy {
            PyOverflowStrategy::DropAndReport => Self::DropAndReport,
            PyOverflowStrategy::Drop => Self::Drop,
            PyOverflowStrategy::Block => Self::Block,
        }
    }
}

/// A `slog::Logger`, and the `logging.Logger` that it writes to, if any.
///
/// slog shares a logger between all its owners. So it refers weakly to the `logging.Logger`, which is kept alive by
/// owners that the garbage collector can traverse.
pub struct Logger {
    pub inner: slog::Logger,
    pub python: Option<Py<PyAny>>,
}

impl From<slog::Logger> for Logger {
    fn from(inner: slog::Logger) -> Self {
        Self { inner, python: None }
    }
}

impl Clone for Logger {
    fn clone(&self) -> Self {
        let python = self.python.as_ref().map(|python| Python::attach(|py| python.clone_ref(py)));
        Self { inner: self.inner.clone(), python }
    }
}

impl Logger {
    /// A logger that keeps the `logging.Logger` alive by itself.
    pub fn keeping(self) -> slog::Logger {
        match self.python {
            Some(python) => slog::Logger::root(Keeping { inner: self.inner, _python: python }, o!()),
            None => self.inner,
        }
    }
}

/// A drain into a logger that keeps a Python object alive.
struct Keeping {
    inner: slog::Logger,
    _python: Py<PyAny>,
}

// A panic can't leave it in an inconsistent state: it is never written to.
impl UnwindSafe for Keeping {}
impl RefUnwindSafe for Keeping {}

impl Drain for Keeping {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        Drain::log(&self.inner, record, values)
    }

    fn is_enabled(&self, level: Level) -> bool {
        self.inner.is_enabled(level)
    }
}

wrapper_class! {
    /// A logger. The constructor creates one that writes all levels to stderr from its own thread.
    ///
    /// Mirrors `slog::Logger`.
    "Logger" / "LoggerRef": Logger, keeps_alive |logger| logger.python.as_ref()
}

#[pymethods]
impl PyLogger {
    /// Creates a logger that discards all records, at no cost.
    #[staticmethod]
    fn discard() -> Owned<PyLoggerRef> {
        Owned(slog::Logger::root(slog::Discard, o!()).into())
    }

    /// Creates a logger to stderr whose queue holds `chan_size` records.
    ///
    /// Raises `ValueError` when `chan_size` is more than 2**20.
    #[new]
    fn new(chan_size: usize, overflow_strategy: PyOverflowStrategy) -> PyResult<PyClassInitializer<Self>> {
        let chan_size = checked_size(chan_size)?;
        let decorator = slog_term::PlainSyncDecorator::new(io::stderr());
        let lines = Arc::new(slog_term::FullFormat::new(decorator).build().fuse());
        let queue = slog_async::Async::new(Section(lines.clone()))
            .chan_size(chan_size)
            .overflow_strategy(overflow_strategy.into())
            .build()
            .fuse();
        let blocks = matches!(overflow_strategy, PyOverflowStrategy::Block);
        let logger = root(Threaded::new(queue, Some(Arc::new(Detached(lines))), blocks));
        Ok(Self::initializer(logger.into()))
    }

    /// Creates a logger that writes level DEBUG and above to the file `log_path`, from its own thread, whose queue
    /// holds `chan_size` records. A file of `rotate_size` bytes is rotated, and `rotate_keep` old files are kept.
    ///
    /// The file is created with the first record; records that can't be written are lost. Raises `ValueError` when
    /// `chan_size` is more than 2**20, or `rotate_keep` more than 1,000.
    #[staticmethod]
    fn new_file_logger(
        log_path: PathBuf,
        chan_size: usize,
        rotate_size: u64,
        rotate_keep: usize,
    ) -> PyResult<Owned<PyLoggerRef>> {
        let mut builder = FileLoggerBuilder::new(log_path);
        builder.level(Severity::Debug).channel_size(checked_size(chan_size)?);
        if rotate_keep > MAX_FILES {
            return Err(PyValueError::new_err(format!("rotate_keep: expected at most {MAX_FILES}, got {rotate_keep}")));
        }
        let logger = builder.rotate_size(rotate_size).rotate_keep(rotate_keep).build();
        let logger = logger.map_err(|error| PyOSError::new_err(error.to_string()))?;
        Ok(Owned(root(Threaded::new(logger, None, false)).into()))
    }

    /// Creates a logger that writes to `logger`, a `logging.Logger`: `Logger.from_logging(logging.getLogger("raft"))`.
    ///
    /// Its handlers run synchronously, inside the call that logs, so they must not use the node. The levels keep their
    /// names, except that CRIT becomes CRITICAL, and TRACE is level 5. Key-values become attributes of the record, such
    /// as `raft_id`; they are prefixed with `raft_` where a record already has an attribute of that name. Nothing is
    /// formatted for a disabled level.
    #[staticmethod]
    fn from_logging(logger: &Bound<'_, PyAny>) -> PyResult<Owned<PyLoggerRef>> {
        let class = logger.py().import("logging")?.getattr("Logger")?;
        let adapter = logger.py().import("logging")?.getattr("LoggerAdapter")?;
        if !logger.is_instance(&class)? && !logger.is_instance(&adapter)? {
            let name = logger.get_type().name()?;
            return Err(PyTypeError::new_err(format!("logger: expected a logging.Logger, got {name}")));
        }
        let inner = slog::Logger::root(PythonLogging::new(logger)?, o!());
        Ok(Owned(Logger { inner, python: Some(logger.clone().unbind()) }))
    }
}

impl PyLogger {
    /// Creates a logger for `inner`, which is part of `parent` and keeps it alive.
    pub fn of<'py>(inner: slog::Logger, parent: &Bound<'py, impl Wrapper>) -> PyResult<Bound<'py, Self>> {
        let keeps = Some(parent.as_any().clone().unbind());
        Bound::new(parent.py(), Self::initializer_of(Handle::owned_keeping(inner.into(), keeps)))
    }
}

/// The maximum number of old files: each rotation checks all of them.
const MAX_FILES: usize = 1000;

/// Checks `chan_size`. Raises `ValueError` when it is more than 2**20: the queue is allocated upfront.
fn checked_size(chan_size: usize) -> PyResult<usize> {
    const MAX: usize = 1 << 20;
    if chan_size > MAX {
        return Err(PyValueError::new_err(format!("chan_size: expected at most {MAX}, got {chan_size}")));
    }
    Ok(chan_size)
}

#[pymethods]
impl PyLoggerRef {
    /// Logs `s` at level TRACE.
    fn trace(&self, s: &str) -> PyResult<()> {
        self.read(|logger| trace!(logger.inner, "{s}"))
    }

    /// Logs `s` at level DEBUG.
    fn debug(&self, s: &str) -> PyResult<()> {
        self.read(|logger| debug!(logger.inner, "{s}"))
    }

    /// Logs `s` at level INFO.
    fn info(&self, s: &str) -> PyResult<()> {
        self.read(|logger| info!(logger.inner, "{s}"))
    }

    /// Logs `s` at level WARNING.
    fn warn(&self, s: &str) -> PyResult<()> {
        self.read(|logger| warn!(logger.inner, "{s}"))
    }

    /// Logs `s` at level ERROR.
    fn error(&self, s: &str) -> PyResult<()> {
        self.read(|logger| error!(logger.inner, "{s}"))
    }

    /// Logs `s` at level CRITICAL.
    fn crit(&self, s: &str) -> PyResult<()> {
        self.read(|logger| crit!(logger.inner, "{s}"))
    }
}

/// Returns the default logger of raft-rs. It writes to stderr, filtered by the value that the environment variable
/// `RUST_LOG` has at the first call; only errors if that is not set.
///
/// Mirrors `raft::default_logger`.
#[pyfunction]
pub fn default_logger() -> Owned<PyLoggerRef> {
    Owned(env_logger().into())
}

/// Returns `raft::default_logger`, which writes without the GIL.
pub fn env_logger() -> slog::Logger {
    static LOGGER: LazyLock<slog::Logger> = LazyLock::new(|| {
        let lines = slog_term::CompactFormat::new(slog_term::TermDecorator::new().build()).build();
        root(Filtered(slog_envlogger::new(Detached(Mutex::new(lines).ignore_res()))))
    });
    LOGGER.clone()
}

/// A drain filtered by `RUST_LOG`. The filter is checked before a record is formatted.
struct Filtered<D: Drain>(slog_envlogger::EnvLogger<D>);

impl<D: Shared> Drain for Filtered<D> {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        self.0.log(record, values)
    }

    fn is_enabled(&self, level: Level) -> bool {
        slog_envlogger::EnvLogger::filter(&self.0).accepts(level)
    }
}

/// Returns a logger into `drain`.
fn root(drain: impl Shared + 'static) -> slog::Logger {
    slog::Logger::root(Whole(drain), o!())
}

/// A drain that a panic can't leave in an inconsistent state: its only state is that of its queue.
struct Whole<D>(D);

impl<D> UnwindSafe for Whole<D> {}
impl<D> RefUnwindSafe for Whole<D> {}

impl<D: Shared> Drain for Whole<D> {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        self.0.log(record, values)
    }

    fn is_enabled(&self, level: Level) -> bool {
        self.0.is_enabled(level)
    }
}
