//! `Logger`: where raft's log lines go.

use std::io;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use slog::{Drain, crit, debug, error, info, o, trace, warn};

use crate::convert::Owned;
use crate::enums::enum_class;
use crate::fields::wrapper_class;
use crate::handle::Wrapper;

enum_class! {
    /// What happens to a line when the queue of an asynchronous logger is full.
    ///
    /// Mirrors `slog_async::OverflowStrategy`.
    OverflowStrategy {
        /// It is dropped, and the number of dropped lines is logged.
        DropAndReport,
        /// It is dropped.
        Drop,
        /// The caller waits.
        Block,
    }
}

impl From<OverflowStrategy> for slog_async::OverflowStrategy {
    fn from(strategy: OverflowStrategy) -> Self {
        match strategy {
            OverflowStrategy::DropAndReport => Self::DropAndReport,
            OverflowStrategy::Drop => Self::Drop,
            OverflowStrategy::Block => Self::Block,
        }
    }
}

wrapper_class! {
    /// A logger that writes all levels to stderr, from a thread of its own.
    ///
    /// Mirrors `slog::Logger`.
    Logger / LoggerRef: slog::Logger
}

#[pymethods]
impl Logger {
    /// A logger whose queue holds `chan_size` lines.
    ///
    /// Raises `ValueError` when `chan_size` is more than 2**20.
    #[new]
    fn new(chan_size: usize, overflow_strategy: OverflowStrategy) -> PyResult<PyClassInitializer<Self>> {
        // The queue is allocated at once.
        const MOST: usize = 1 << 20;
        if chan_size > MOST {
            return Err(PyValueError::new_err(format!("chan_size: {chan_size} is more than {MOST}")));
        }
        let decorator = slog_term::PlainSyncDecorator::new(io::stderr());
        let lines = slog_term::FullFormat::new(decorator).build().fuse();
        let queue = slog_async::Async::new(lines)
            .chan_size(chan_size)
            .overflow_strategy(overflow_strategy.into())
            .build()
            .fuse();
        Ok(Self::initializer(slog::Logger::root(queue, o!())))
    }
}

#[pymethods]
impl LoggerRef {
    /// Logs `s` at level TRACE.
    fn trace(&self, s: &str) -> PyResult<()> {
        self.read(|logger| trace!(logger, "{s}"))
    }

    /// Logs `s` at level DEBUG.
    fn debug(&self, s: &str) -> PyResult<()> {
        self.read(|logger| debug!(logger, "{s}"))
    }

    /// Logs `s` at level INFO.
    fn info(&self, s: &str) -> PyResult<()> {
        self.read(|logger| info!(logger, "{s}"))
    }

    /// Logs `s` at level WARNING.
    fn warn(&self, s: &str) -> PyResult<()> {
        self.read(|logger| warn!(logger, "{s}"))
    }

    /// Logs `s` at level ERROR.
    fn error(&self, s: &str) -> PyResult<()> {
        self.read(|logger| error!(logger, "{s}"))
    }

    /// Logs `s` at level CRITICAL.
    fn crit(&self, s: &str) -> PyResult<()> {
        self.read(|logger| crit!(logger, "{s}"))
    }
}

/// The logger that raft-rs uses by default: it writes to stderr what the environment variable `RUST_LOG` lets through
/// when the logger is first asked for, and errors only if that is not set.
///
/// Mirrors `raft::default_logger`.
#[pyfunction]
pub fn default_logger() -> Owned<LoggerRef> {
    Owned(raft::default_logger())
}
