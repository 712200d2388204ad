//! `ReadState`: the answer to a read request.

use pyo3::prelude::*;

use crate::binding::classes::{equality, value_class};
use crate::binding::kinds::ByteVec;

value_class! {
    /// The answer to a `RawNode.read_index`: what has been applied up to `index` may be read.
    ///
    /// Mirrors `raft::ReadState`.
    "ReadState" / "ReadStateRef": raft::ReadState, new "(index=0, request_ctx=b'')" {
        /// The log index that must be applied before the read.
        index: u64 => set(idx),
        /// What was given to `read_index`.
        request_ctx: ByteVec => set(request_ctx),
    }
}
equality! { PyReadStateRef }
