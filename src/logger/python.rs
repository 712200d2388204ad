//! A drain from slog to Python's `logging`.

use std::cell::Cell;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyWeakrefMethods, PyWeakrefReference};
use slog::{Drain, KV, Key, Level, Never, OwnedKVList, Record, Serializer};

use crate::binding::exceptions::defer_interrupt;
use crate::binding::process::Callback;

/// A drain into a `logging.Logger`, without a queue and without a lock: the handlers run on the thread that logs.
///
/// A disabled level costs one call of `isEnabledFor`; nothing is formatted. Key-values become attributes of the record.
/// An exception that propagates out of `logging` is reported as unraisable: Raft can't be interrupted by it.
///
/// slog shares a drain between all loggers, so the garbage collector can't determine its owner. It refers weakly to the
/// `logging.Logger`, and drops the records when that has been freed.
pub struct PythonLogging {
    logger: Py<PyWeakrefReference>,
    /// The attributes that every record has, which `logging` doesn't allow to be overwritten.
    reserved: Py<PySet>,
}

// A panic can't leave it in an inconsistent state: it is never written to.
impl UnwindSafe for PythonLogging {}
impl RefUnwindSafe for PythonLogging {}

impl PythonLogging {
    /// Creates a drain into `logger`.
    pub fn new(logger: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = logger.py();
        let record = py.import("logging")?.call_method1("makeLogRecord", (PyDict::new(py),))?;
        let reserved = PySet::new(py, record.getattr("__dict__")?.try_iter()?.collect::<PyResult<Vec<_>>>()?)?;
        for name in ["message", "asctime"] {
            reserved.add(name)?;
        }
        Ok(Self { logger: PyWeakrefReference::new(logger)?.unbind(), reserved: reserved.unbind() })
    }

    fn emit(&self, logger: &Bound<'_, PyAny>, record: &Record<'_>, values: &OwnedKVList) -> PyResult<()> {
        if !is_on(logger, record.level())? {
            return Ok(());
        }
        let py = logger.py();
        let mut extra = Extra { dict: PyDict::new(py), reserved: self.reserved.bind(py) };
        // A value that can't be formatted is omitted.
        let _ = values.serialize(record, &mut extra);
        let _ = record.kv().serialize(record, &mut extra);
        let arguments = PyDict::new(py);
        arguments.set_item(intern!(py, "extra"), extra.dict)?;
        let text = record.msg().to_string();
        // Passed as an argument, so that a % in it is not a placeholder.
        let message = (number(record.level()), intern!(py, "%s"), text);
        logger.call_method(intern!(py, "log"), message, Some(&arguments)).map(drop)
    }
}

fn is_on(logger: &Bound<'_, PyAny>, level: Level) -> PyResult<bool> {
    logger.call_method1(intern!(logger.py(), "isEnabledFor"), (number(level),))?.is_truthy()
}

impl Drain for PythonLogging {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        self.call(|logger| {
            if let Err(error) = self.emit(logger, record, values) {
                report(logger.py(), error, logger);
            }
        });
        Ok(())
    }

    fn is_enabled(&self, level: Level) -> bool {
        self.call(|logger| is_on(logger, level).unwrap_or(true)).unwrap_or(false)
    }
}

/// The maximum nesting of handlers on a thread: one that creates a node which logs would recurse without end.
const MAX_DEPTH: usize = 2;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

impl PythonLogging {
    /// Calls `f` with the `logging.Logger`; `None` if that has been freed, if the interpreter is shutting down, or if
    /// too many handlers are nested on this thread.
    fn call<R>(&self, f: impl FnOnce(&Bound<'_, PyAny>) -> R) -> Option<R> {
        let depth = DEPTH.get();
        if depth == MAX_DEPTH {
            return None;
        }
        Python::try_attach(|py| {
            let _callback = Callback::try_start().ok()??;
            let logger = self.logger.bind(py).upgrade()?;
            DEPTH.set(depth + 1);
            let result = f(&logger);
            DEPTH.set(depth);
            Some(result)
        })?
    }
}

/// Reports an exception that can't be raised, since a call of raft-rs is in progress. An interrupt is raised again
/// after that call.
fn report(py: Python<'_>, error: PyErr, logger: &Bound<'_, PyAny>) {
    if !defer_interrupt(py, &error) {
        error.write_unraisable(py, Some(logger));
    }
}

/// Converts slog's level to that of `logging`. `logging` has no TRACE: 5 is below its DEBUG.
fn number(level: Level) -> u8 {
    match level {
        Level::Critical => 50,
        Level::Error => 40,
        Level::Warning => 30,
        Level::Info => 20,
        Level::Debug => 10,
        Level::Trace => 5,
    }
}

/// Collects key-values, as text except for numbers and bools, under their own names; prefixed with `raft_` where a
/// record has an attribute of that name.
struct Extra<'a, 'py> {
    dict: Bound<'py, PyDict>,
    reserved: &'a Bound<'py, PySet>,
}

impl<'py> Extra<'_, 'py> {
    fn set(&self, key: Key, value: impl IntoPyObject<'py>) -> slog::Result {
        let key = if self.reserved.contains(key).unwrap_or(true) { format!("raft_{key}") } else { key.to_owned() };
        self.dict.set_item(key, value).map_err(|_| slog::Error::Other)
    }
}

macro_rules! emit {
    ($($name:ident: $Type:ty),*) => {
        $(fn $name(&mut self, key: Key, value: $Type) -> slog::Result {
            self.set(key, value)
        })*
    };
}

impl Serializer for Extra<'_, '_> {
    emit! { emit_bool: bool, emit_u64: u64, emit_i64: i64, emit_usize: usize, emit_u32: u32, emit_i32: i32 }

    fn emit_arguments(&mut self, key: Key, value: &fmt::Arguments<'_>) -> slog::Result {
        self.set(key, value.to_string())
    }
}
