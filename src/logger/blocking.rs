//! Drains that may block: on a pipe that is full, on a queue, on a thread that writes.
//!
//! The other end of the pipe may be read by a thread of this process that needs the GIL, as in a notebook. So nothing
//! here waits with the GIL held.

use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{mem, thread};

use pyo3::prelude::*;
use slog::{Drain, Level, Never, OwnedKVList, Record};
use slog_async::AsyncRecord;

use crate::binding::process::{detached, generation, is_detached, is_shutting_down, section};

/// A drain that other threads can use.
pub trait Shared: Drain<Ok = (), Err = Never> + Send + Sync {}
impl<D: Drain<Ok = (), Err = Never> + Send + Sync> Shared for D {}

/// Writes to `0` without the GIL, whether the thread has it or not.
pub struct Detached<D>(pub D);

impl<D: Shared> Drain for Detached<D> {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        // A copy, since a record can't be given to a closure that runs without the GIL.
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
    // Where there is no interpreter to attach to, nothing is to be released.
    result.or_else(|| f.take().map(section))
}

/// Writes to `0` from a thread that doesn't have the GIL.
pub struct Section<D>(pub D);

impl<D: Shared> Drain for Section<D> {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        section(|| self.0.log(record, values))
    }
}

/// A drain with a thread of its own, `D`, which writes to another drain.
///
/// A child of `fork` doesn't have the thread: there, lines go to `direct`, or nowhere.
pub struct Threaded<D: Send + 'static> {
    /// `None` only while it is dropped.
    queue: Option<D>,
    /// What a child writes to.
    direct: Option<Arc<dyn Shared>>,
    /// Whether a line waits for room in the queue.
    blocks: bool,
    /// In which process the thread is.
    generation: u64,
}

impl<D: Shared + 'static> Threaded<D> {
    /// A drain into `queue`, in a child of `fork` into `direct`. `blocks`: whether a line waits when the queue is full.
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

/// How long the end of the interpreter waits for lines to be written.
const TIMEOUT: Duration = Duration::from_secs(5);

impl<D: Send + 'static> Drop for Threaded<D> {
    /// Waits until all lines are written.
    fn drop(&mut self) {
        let Some(queue) = self.queue.take() else { return };
        if self.generation != generation() {
            // It would wait for a thread that this process doesn't have.
            mem::forget(queue);
        } else if is_shutting_down() {
            // Whoever reads the lines may have ended already.
            let (done, wait) = mpsc::channel();
            thread::spawn(move || {
                drop(queue);
                let _ = done.send(());
            });
            let _ = wait.recv_timeout(TIMEOUT);
        } else {
            without_the_gil(move || drop(queue));
        }
    }
}
