//! The six hooks that say how the payloads of messages are shown.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{Borrowed, type_hint_identifier};

use crate::convert::{BytesLike, BytesOut};
use crate::handle::{Place, Wrapper};
use crate::kinds::{Kind, Take};

/// A payload with a hook.
pub trait Hook: 'static {
    /// The function that Python has set.
    fn slot() -> &'static Slot;
}

/// Where a hook is kept.
pub type Slot = RwLock<Option<Py<PyAny>>>;

/// The kind of a bytes field with a hook.
pub struct Payload<H>(PhantomData<H>);

impl<H: Hook> Kind for Payload<H> {
    type Stored = Bytes;
    type Input = BytesLike;
    type Output = Py<PyBytes>;

    fn get<P: Wrapper>(parent: &Bound<'_, P>, place: Place<P::Value, Bytes>) -> PyResult<Py<PyBytes>> {
        Bytes::get(parent, place)
    }

    fn store(input: BytesLike) -> Bytes {
        Bytes::store(input)
    }

    /// What the hook returns, as text, or the byte values; in quotes.
    fn repr(stored: &Bytes, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match call::<H>(stored) {
            Some(text) => fmt::Debug::fmt(&text, f),
            None => Bytes::repr(stored, f),
        }
    }

    fn to_plain<'py>(stored: &Bytes, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Bytes::to_plain(stored, py)
    }
}

impl<H: Hook> Take for Payload<H> {
    type Taken = BytesOut<Bytes>;

    fn take(stored: &mut Bytes) -> BytesOut<Bytes> {
        Bytes::take(stored)
    }
}

/// What the hook makes of `payload`; `None` when there is none, or when it fails: it is called to show a value, often to
/// someone who is looking into another failure.
fn call<H: Hook>(payload: &[u8]) -> Option<String> {
    Python::attach(|py| {
        // Not held during the call: a hook may show other values.
        let hook = H::slot().read().unwrap_or_else(PoisonError::into_inner).as_ref()?.clone_ref(py);
        let shown = hook.call1(py, (PyBytes::new(py, payload),)).ok()?;
        shown.bind(py).str().ok()?.extract().ok()
    })
}

fn set<H: Hook>(hook: Option<Callback>) {
    let hook = hook.map(|hook| hook.0);
    let old = std::mem::replace(&mut *H::slot().write().unwrap_or_else(PoisonError::into_inner), hook);
    // Dropped without the lock, since that may run Python code.
    drop(old);
}

/// Argument: a function that shows bytes.
pub struct Callback(Py<PyAny>);

impl<'py> FromPyObject<'_, 'py> for Callback {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "Deserializer");

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if !object.is_callable() {
            return Err(PyTypeError::new_err("it can't be called"));
        }
        Ok(Self(object.to_owned().unbind()))
    }
}

macro_rules! hooks {
    ($($(#[$doc:meta])* $set:ident: $Hook:ident;)*) => {$(
        /// See the setter.
        pub struct $Hook;

        impl Hook for $Hook {
            fn slot() -> &'static Slot {
                static SLOT: Slot = RwLock::new(None);
                &SLOT
            }
        }

        $(#[$doc])*
        ///
        /// `cb` gets the bytes and may return anything: its `str()` is shown, in quotes. `None` brings the list of byte
        /// values back, which is shown as well when `cb` raises. Raises `TypeError` when `cb` can't be called.
        #[pyfunction]
        pub fn $set(cb: Option<Callback>) {
            set::<$Hook>(cb);
        }
    )*};
}

hooks! {
    /// Sets how `repr` shows the context of an `Entry`.
    set_entry_context_deserializer: EntryContext;
    /// Sets how `repr` shows the data of an `Entry`.
    set_entry_data_deserializer: EntryData;
    /// Sets how `repr` shows the context of a `ConfChange`.
    set_confchange_context_deserializer: ConfChangeContext;
    /// Sets how `repr` shows the context of a `ConfChangeV2`.
    set_confchangev2_context_deserializer: ConfChangeV2Context;
    /// Sets how `repr` shows the context of a `Message`.
    set_message_context_deserializer: MessageContext;
    /// Sets how `repr` shows the data of a `Snapshot`.
    set_snapshot_data_deserializer: SnapshotData;
}
