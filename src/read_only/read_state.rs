//! `ReadState`: the state of a completed read-only request.

use pyo3::prelude::*;

use crate::binding::classes::{equality, value_class};
use crate::binding::kinds::ByteVec;

value_class! {
    /// The result of a `RawNode.read_index`. The read is safe once the applied index has reached `index`.
    ///
    /// Mirrors `raft::ReadState`.
    "ReadState" / "ReadStateRef": raft::ReadState, new "(index=0, request_ctx=b'')" {
        /// The log index that must be applied before the read.
        index: u64 => set(idx),
        /// The context that was passed to `read_index`.
        request_ctx: ByteVec => set(request_ctx),
    }
}
equality! { PyReadStateRef }
