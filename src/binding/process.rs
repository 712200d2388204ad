//! The extension and its process: shutdown, `fork`, and exhaustion of the stack.
//!
//! [`Callback`] represents Python code that is called from Rust; [`detached`] runs Rust code without the GIL. All such
//! calls go through them, so that shutdown and `fork` can wait for running calls.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use pyo3::exceptions::{PyImportError, PyRecursionError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::wal::real::close_locked_files;

/// The maximum nesting depth of callbacks, such as a storage that uses a node over another storage. Each level takes a
/// few KiB of stack, and the stack of a thread may be as small as half a MiB.
const MAX_DEPTH: usize = 50;

/// How long shutdown waits for callbacks and for log records, and `fork` for sections: any of them may never end.
pub const MAX_WAIT: Duration = Duration::from_secs(5);

/// The number of running callbacks on all threads.
static CALLBACKS: AtomicUsize = AtomicUsize::new(0);

/// The thread that shuts the interpreter down, once shutdown has started.
static SHUTTING_DOWN: OnceLock<ThreadId> = OnceLock::new();

thread_local! {
    /// The number of running callbacks on this thread.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A running call of Python code from Rust. It ends when the value is dropped.
///
/// After the interpreter has shut down, CPython terminates a daemon thread that requests the GIL. Before 3.14 it does
/// so by unwinding the stack of the thread, which must not happen in Rust code. Therefore, shutdown first waits for
/// running callbacks. From then on, no other thread calls Python from Rust.
pub struct Callback(());

impl Callback {
    /// Starts a callback. Raises `RecursionError` when callbacks are nested too deeply. Once shutdown has started,
    /// every thread other than the one that shuts down blocks here forever, as CPython 3.14 blocks a thread that
    /// requests the GIL.
    #[inline]
    pub fn start(py: Python<'_>) -> PyResult<Self> {
        match Self::try_start()? {
            Some(callback) => Ok(callback),
            None => block_forever(py),
        }
    }

    /// Starts a callback like `start`, but returns `None` instead of blocking.
    #[inline]
    pub fn try_start() -> PyResult<Option<Self>> {
        let depth = DEPTH.get();
        if depth >= MAX_DEPTH {
            return Err(too_deep());
        }
        // Counted before the check for shutdown: either this thread sees the shutdown, or the shutdown sees the
        // callback.
        CALLBACKS.fetch_add(1, Ordering::SeqCst);
        let callback = Self(());
        DEPTH.set(depth + 1);
        let is_allowed = depth > 0 || !is_shutting_down() || shuts_down();
        Ok(is_allowed.then_some(callback))
    }
}

impl Drop for Callback {
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        CALLBACKS.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cold]
fn too_deep() -> PyErr {
    PyRecursionError::new_err(format!("maximum nesting depth of calls from raft into Python exceeded: {MAX_DEPTH}"))
}

#[cold]
fn block_forever(py: Python<'_>) -> ! {
    py.detach(|| {
        loop {
            thread::park();
        }
    })
}

/// Returns whether this thread shuts the interpreter down.
#[cold]
fn shuts_down() -> bool {
    SHUTTING_DOWN.get() == Some(&thread::current().id())
}

/// Returns whether the interpreter is shutting down.
pub fn is_shutting_down() -> bool {
    SHUTTING_DOWN.get().is_some()
}

/// Waits for the callbacks of other threads, and prevents new ones.
#[pyfunction]
fn shut_down(py: Python<'_>) {
    if SHUTTING_DOWN.set(thread::current().id()).is_err() {
        return;
    }
    let deadline = Instant::now() + MAX_WAIT;
    // A callback that never ends must not keep the process alive. It is harmless while it does not request the GIL.
    while CALLBACKS.load(Ordering::SeqCst) > DEPTH.get() && Instant::now() < deadline {
        py.detach(|| thread::sleep(Duration::from_millis(1)));
    }
}

/// The threads that run Rust code without the GIL. `fork` locks it, so that no new section starts meanwhile.
static DETACHED: Mutex<Sections> = Mutex::new(Sections { running: 0, waiting: 0 });
static SECTION_ENDED: Condvar = Condvar::new();

struct Sections {
    /// The number of threads.
    running: usize,
    /// The number of threads that wait for their end in `fork`. To notify nobody would be a call of the system, too.
    waiting: usize,
}

/// The number of forks between this process and the first one.
static FORKS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The number of running callbacks when the innermost section of this thread started. A section may call Python
    /// code, which may start another section.
    static SECTION: Cell<Option<usize>> = const { Cell::new(None) };
    /// The lock guard that this thread holds while it forks.
    static FORKING: RefCell<Option<MutexGuard<'static, Sections>>> = const { RefCell::new(None) };
}

fn lock() -> MutexGuard<'static, Sections> {
    DETACHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `f` with the lock held. The forking thread has it already: other hooks of a fork may use this library, too.
fn with_sections(f: impl FnOnce(&mut Sections)) {
    FORKING.with_borrow_mut(|forking| match forking {
        Some(sections) => f(sections),
        None => f(&mut lock()),
    });
}

/// Runs `f`, which may acquire locks, without the GIL.
pub fn detached<R: Send>(py: Python<'_>, f: impl FnOnce() -> R + Send) -> R {
    py.detach(|| section(f))
}

/// Runs `f`, which may acquire locks, on a thread without the GIL. `fork` waits for it: in the child, locks that
/// another thread holds would never be released.
pub fn section<R>(f: impl FnOnce() -> R) -> R {
    let _section = Section::start();
    f()
}

/// Returns whether this thread is known not to hold the GIL: it runs a section, and no Python code called from it.
pub fn is_detached() -> bool {
    SECTION.get() == Some(DEPTH.get())
}

struct Section {
    outer: Option<usize>,
}

impl Section {
    fn start() -> Self {
        let outer = SECTION.replace(Some(DEPTH.get()));
        if outer.is_none() {
            with_sections(|sections| sections.running += 1);
        }
        Self { outer }
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        SECTION.set(self.outer);
        if self.outer.is_none() {
            with_sections(|sections| {
                sections.running -= 1;
                if sections.waiting > 0 {
                    SECTION_ENDED.notify_all();
                }
            });
        }
    }
}

/// Returns the number of sections of the forking thread, which continue in the child.
fn own_sections() -> usize {
    usize::from(SECTION.get().is_some())
}

#[pyfunction]
fn before_fork(py: Python<'_>) {
    // Waits without the GIL, which a section may need before it ends.
    py.detach(|| {
        let others_are_running = |sections: &mut Sections| sections.running > own_sections();
        let mut sections = lock();
        sections.waiting += 1;
        let waited = SECTION_ENDED.wait_timeout_while(sections, MAX_WAIT, others_are_running);
        let mut sections = waited.unwrap_or_else(PoisonError::into_inner).0;
        sections.waiting -= 1;
        FORKING.set(Some(sections));
    });
}

#[pyfunction]
fn after_fork_in_parent() {
    FORKING.take();
}

#[pyfunction]
fn after_fork_in_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    close_locked_files();
    CALLBACKS.store(DEPTH.get(), Ordering::SeqCst);
    if let Some(mut sections) = FORKING.take() {
        *sections = Sections { running: own_sections(), waiting: 0 };
    }
}

/// Returns a number that differs between a parent and its child after `fork`.
pub fn generation() -> u64 {
    FORKS.load(Ordering::Relaxed)
}

/// Registers the hooks for shutdown of the interpreter and for `fork`. Raises `ImportError` in a second interpreter.
pub fn watch(py: Python<'_>) -> PyResult<()> {
    static INTERPRETER: OnceLock<Option<i64>> = OnceLock::new();
    let interpreter = interpreter_id(py);
    let mut is_first_import = false;
    let first = INTERPRETER.get_or_init(|| {
        is_first_import = true;
        interpreter
    });
    if *first != interpreter {
        return Err(PyImportError::new_err(
            "rraft can be imported by one interpreter of a process only, and another one has imported it: its classes \
             and exceptions would be taken for those of the other",
        ));
    }
    if !is_first_import {
        return Ok(());
    }
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(shut_down, py)?,))?;
    let os = py.import("os")?;
    if os.hasattr("register_at_fork")? {
        let hooks = PyDict::new(py);
        hooks.set_item("before", wrap_pyfunction!(before_fork, py)?)?;
        hooks.set_item("after_in_parent", wrap_pyfunction!(after_fork_in_parent, py)?)?;
        hooks.set_item("after_in_child", wrap_pyfunction!(after_fork_in_child, py)?)?;
        os.call_method("register_at_fork", (), Some(&hooks))?;
    }
    Ok(())
}

/// Returns the id of the current interpreter, or `None` if Python does not provide it.
fn interpreter_id(py: Python<'_>) -> Option<i64> {
    let interpreters = py.import("_interpreters").or_else(|_| py.import("_xxsubinterpreters")).ok()?;
    let current = interpreters.call_method0("get_current").ok()?;
    // Since Python 3.13, the result is a tuple of the id and of how the interpreter was created.
    let id = current.get_item(0).unwrap_or(current);
    id.call_method0("__int__").ok()?.extract().ok()
}
