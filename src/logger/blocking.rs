//! Drains that may block: on a full pipe, on a queue, or on a writer thread.
//!
//! The other end of the pipe may be read by a thread of this process that needs the GIL, as in a notebook. So nothing
//! here blocks while it holds the GIL.

use std::sync::{Arc, mpsc};
use std::{mem, thread};

use pyo3::prelude::*;
use slog::{Drain, Level, Never, OwnedKVList, Record};
use slog_async::AsyncRecord;

use crate::binding::process::{MAX_WAIT, detached, generation, is_detached, is_shutting_down, section};

/// A drain that can be shared between threads.
pub trait Shared: Drain<Ok = (), Err = Never> + Send + Sync {}
impl<D: Drain<Ok = (), Err = Never> + Send + Sync> Shared for D {}

/// Writes to `0` without the GIL, whether or not the thread holds it.
pub struct Detached<D>(pub D);

impl<D: Shared> Drain for Detached<D> {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        // A copy, since a record can't be passed to a closure that runs without the GIL.
        let record = AsyncRecord::from(record, values);
        without_the_gil(move || record.log_to(&self.0));
        Ok(())
    }

    fn is_enabled(&self, level: Level) -> bool {
        self.0.is_enabled(level)
    }
}

/// Runs `f`, which may hold locks, without the GIL.
fn without_the_gil<R: Send>(f: impl FnOnce() -> R + Send) -> Option<R> {
    if is_detached() {
        return Some(f());
    }
    let mut f = Some(f);
    let result = Python::try_attach(|py| f.take().map(|f| detached(py, f))).flatten();
    // Without an interpreter to attach to, there is no GIL to release.
    result.or_else(|| f.take().map(section))
}

/// Writes to `0` from a thread that doesn't hold the GIL.
pub struct Section<D>(pub D);

impl<D: Shared> Drain for Section<D> {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        section(|| self.0.log(record, values))
    }
}

/// A drain `D` with its own thread, which writes to another drain.
///
/// A child of `fork` doesn't have the thread: there, records go to `direct`, or are dropped.
pub struct Threaded<D: Send + 'static> {
    /// `None` only during `drop`.
    queue: Option<D>,
    /// The drain of a forked child.
    direct: Option<Arc<dyn Shared>>,
    /// Whether logging blocks when the queue is full.
    blocks: bool,
    /// The process that the thread belongs to.
    generation: u64,
}

impl<D: Shared + 'static> Threaded<D> {
    /// Creates a drain into `queue`, in a child of `fork` into `direct`. `blocks`: whether logging blocks when the
    /// queue is full.
    pub fn new(queue: D, direct: Option<Arc<dyn Shared>>, blocks: bool) -> Self {
        Self { queue: Some(queue), direct, blocks, generation: generation() }
    }
}

impl<D: Shared + 'static> Drain for Threaded<D> {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        if self.generation != generation() {
            return self.direct.as_ref().map_or(Ok(()), |direct| direct.log(record, values));
        }
        match &self.queue {
            Some(queue) if self.blocks => Detached(queue).log(record, values),
            Some(queue) => queue.log(record, values),
            None => Ok(()),
        }
    }

    fn is_enabled(&self, level: Level) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.is_enabled(level))
    }
}

impl<D: Send + 'static> Drop for Threaded<D> {
    /// Waits until all records are written.
    fn drop(&mut self) {
        let Some(queue) = self.queue.take() else { return };
        if self.generation != generation() {
            // Dropping it would wait for a thread that this process doesn't have.
            mem::forget(queue);
        } else if is_shutting_down() {
            // The reader of the other end may have exited already.
            let (done, wait) = mpsc::channel();
            thread::spawn(move || {
                drop(queue);
                let _ = done.send(());
            });
            let _ = wait.recv_timeout(MAX_WAIT);
        } else {
            without_the_gil(move || drop(queue));
        }
    }
}
