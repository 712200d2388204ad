//! `Inflights`: the inflight messages of a peer.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::binding::classes::{clone_methods, equality, wrapper_class};
use crate::binding::handle::Wrapper;
use crate::checks::limits::checked_capacity;

wrapper_class! {
    /// The sliding window of inflight messages that a peer has not acknowledged yet. Each is represented by the index
    /// of its last entry.
    ///
    /// Mirrors `raft::Inflights`.
    "Inflights" / "InflightsRef": raft::Inflights
}
clone_methods! { PyInflightsRef, Clone::clone }
equality! { PyInflightsRef }

/// Creates an empty window. Its buffer is allocated when the first message is added.
pub fn window(capacity: usize) -> raft::Inflights {
    let mut window = raft::Inflights::new(0);
    window.set_cap(capacity);
    window
}

#[pymethods]
impl PyInflights {
    /// Creates an empty window for `cap` inflight messages.
    ///
    /// Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::Inflights::new`.
    #[new]
    fn new(cap: usize) -> PyResult<PyClassInitializer<Self>> {
        Ok(Self::initializer(window(checked_capacity("cap", cap)?)))
    }
}

#[pymethods]
impl PyInflightsRef {
    /// Changes the capacity. If more messages are inflight, the change takes effect once they have been acknowledged.
    ///
    /// Raises `ValueError` when `incoming_cap` is more than 2**24. Mirrors `raft::Inflights::set_cap`.
    fn set_cap(&self, incoming_cap: usize) -> PyResult<()> {
        let capacity = checked_capacity("incoming_cap", incoming_cap)?;
        self.write(|inflights| inflights.set_cap(capacity))
    }

    /// Returns whether the window is full.
    ///
    /// Mirrors `raft::Inflights::full`.
    fn full(&self) -> PyResult<bool> {
        self.read(raft::Inflights::full)
    }

    /// Adds a message whose last entry has the index `inflight`.
    ///
    /// Raises `ValueError` when the window is full. Mirrors `raft::Inflights::add`.
    fn add(&self, inflight: u64) -> PyResult<()> {
        self.write(|inflights| {
            if inflights.full() {
                return Err(PyValueError::new_err("the window is full"));
            }
            inflights.add(inflight);
            Ok(())
        })?
    }

    /// Frees the inflight messages up to index `to`.
    ///
    /// Mirrors `raft::Inflights::free_to`.
    fn free_to(&self, to: u64) -> PyResult<()> {
        self.write(|inflights| inflights.free_to(to))
    }

    /// Frees the first inflight message.
    ///
    /// Mirrors `raft::Inflights::free_first_one`.
    fn free_first_one(&self) -> PyResult<()> {
        self.write(raft::Inflights::free_first_one)
    }

    /// Frees all inflight messages.
    ///
    /// Mirrors `raft::Inflights::reset`.
    fn reset(&self) -> PyResult<()> {
        self.write(raft::Inflights::reset)
    }

    /// Returns the number of inflight messages.
    ///
    /// Mirrors `raft::Inflights::count`.
    fn count(&self) -> PyResult<usize> {
        self.read(raft::Inflights::count)
    }

    /// Returns the capacity of the allocated buffer, in messages.
    ///
    /// Mirrors `raft::Inflights::buffer_capacity`.
    fn buffer_capacity(&self) -> PyResult<usize> {
        self.read(raft::Inflights::buffer_capacity)
    }

    /// Returns whether a buffer is allocated.
    ///
    /// Mirrors `raft::Inflights::buffer_is_allocated`.
    fn buffer_is_allocated(&self) -> PyResult<bool> {
        self.read(raft::Inflights::buffer_is_allocated)
    }

    /// Frees the buffer if the window is empty.
    ///
    /// Mirrors `raft::Inflights::maybe_free_buffer`.
    fn maybe_free_buffer(&self) -> PyResult<()> {
        self.write(raft::Inflights::maybe_free_buffer)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|inflights| format!("{inflights:?}"))
    }
}
