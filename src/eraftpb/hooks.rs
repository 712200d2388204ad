//! The six hooks that format the payloads of messages.

use std::cell::Cell;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{Borrowed, type_hint_identifier};

use crate::binding::convert::{bytes_object, callable};
use crate::binding::exceptions::defer_interrupt;
use crate::binding::kinds::{Kind, Repr, Shown};
use crate::binding::process::Callback;

/// A payload with a hook.
pub trait Hook: 'static {
    /// The bit of the hook, which no other hook has.
    const BIT: u8;

    /// Returns the slot of the function that Python code has set.
    fn slot() -> &'static Slot;
}

/// The storage of a hook.
pub type Slot = RwLock<Option<Py<PyAny>>>;

/// The kind of a bytes field with a hook.
pub type Payload<H> = Shown<Bytes, H>;

/// The text of what the hook returns, or the list of byte values; in quotes.
impl<H: Hook> Repr<Bytes> for H {
    fn repr(stored: &Bytes, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match call::<H>(stored) {
            Some(text) => fmt::Debug::fmt(&text, f),
            None => Bytes::repr(stored, f),
        }
    }
}

thread_local! {
    /// The hooks that are running on this thread, one bit for each.
    static RUNNING: Cell<u8> = const { Cell::new(0) };
}

/// Calls the hook with `payload`. Returns `None` when no hook is set, and when the hook fails: it formats values, often
/// while another failure is being examined. Returns `None` also within the hook itself and within more than one other
/// hook, since nested text grows exponentially.
fn call<H: Hook>(payload: &[u8]) -> Option<String> {
    let running = RUNNING.get();
    if running & H::BIT != 0 || running.count_ones() > 1 || !is_set::<H>() {
        return None;
    }
    Python::try_attach(|py| {
        let _callback = Callback::try_start().ok()??;
        // Released before the call: a hook may format other values.
        let hook = H::slot().read().unwrap_or_else(PoisonError::into_inner).as_ref()?.clone_ref(py);
        RUNNING.set(running | H::BIT);
        let shown = show(py, &hook, payload);
        RUNNING.set(running);
        shown
    })?
}

fn is_set<H: Hook>() -> bool {
    H::slot().read().unwrap_or_else(PoisonError::into_inner).is_some()
}

fn show(py: Python<'_>, hook: &Py<PyAny>, payload: &[u8]) -> Option<String> {
    let shown = bytes_object(py, payload).and_then(|payload| hook.bind(py).call1((payload,))?.str()?.extract());
    if let Err(error) = &shown {
        defer_interrupt(py, error);
    }
    shown.ok()
}

fn set<H: Hook>(hook: Option<Deserializer>) {
    let hook = hook.map(|hook| hook.0);
    let old = std::mem::replace(&mut *H::slot().write().unwrap_or_else(PoisonError::into_inner), hook);
    // Dropped without the lock, since a drop may run Python code.
    drop(old);
}

/// Argument: a function that formats bytes.
pub struct Deserializer(Py<PyAny>);

impl<'py> FromPyObject<'_, 'py> for Deserializer {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "Deserializer");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        callable(&object).map(Self)
    }
}

macro_rules! hooks {
    ($($(#[$doc:meta])* $set:ident: $Hook:ident = $bit:literal;)*) => {$(
        /// The hook; see its setter.
        pub struct $Hook;

        impl Hook for $Hook {
            const BIT: u8 = 1 << $bit;

            fn slot() -> &'static Slot {
                static SLOT: Slot = RwLock::new(None);
                &SLOT
            }
        }

        $(#[$doc])*
        ///
        /// `cb` is called with the bytes and may return any object, whose `str()` is shown in quotes. `None` restores
        /// the list of byte values, which is also shown when `cb` raises. Raises `TypeError` when `cb` is not callable.
        #[pyfunction]
        pub fn $set(cb: Option<Deserializer>) {
            set::<$Hook>(cb);
        }
    )*};
}

hooks! {
    /// Sets how `repr` formats the context of an `Entry`.
    set_entry_context_deserializer: EntryContext = 0;
    /// Sets how `repr` formats the data of an `Entry`.
    set_entry_data_deserializer: EntryData = 1;
    /// Sets how `repr` formats the context of a `ConfChange`.
    set_confchange_context_deserializer: ConfChangeContext = 2;
    /// Sets how `repr` formats the context of a `ConfChangeV2`.
    set_confchangev2_context_deserializer: ConfChangeV2Context = 3;
    /// Sets how `repr` formats the context of a `Message`.
    set_message_context_deserializer: MessageContext = 4;
    /// Sets how `repr` formats the data of a `Snapshot`.
    set_snapshot_data_deserializer: SnapshotData = 5;
}
