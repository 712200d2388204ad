//! `Entry`: one slot of the log.

use std::fmt;

use pyo3::prelude::*;

use crate::binding::classes::equality;
use crate::eraftpb::enums::PyEntryType;
use crate::eraftpb::hooks::{EntryContext, EntryData, Payload};
use crate::eraftpb::message_class::message_class;

message_class! {
    /// One entry of the log.
    ///
    /// An entry that was proposed gets its term and index from the leader.
    ///
    /// Mirrors `raft::eraftpb::Entry`.
    "Entry" / "EntryRef": raft::eraftpb::Entry, new
        "(*, context=b'', data=b'', entry_type=EntryType.EntryNormal, index=0, sync_log=False, term=0)" {
        *,
        /// Bytes that travel with the entry and mean nothing to raft.
        context: Payload<EntryContext> => set(byte_arr),
        /// What the application proposed, or an encoded conf change.
        data: Payload<EntryData> => set(byte_arr),
        /// What `data` is.
        entry_type: PyEntryType => set(typ),
        /// The place in the log, from 1 on.
        index: u64,
        /// Deprecated and unused; kept so that old logs can be read.
        sync_log: bool,
        /// The term in which a leader appended the entry.
        term: u64,
    }
}
equality! { PyEntryRef }

/// Shows an entry with its fields in the order of the protocol, and without the hooks.
pub struct Plain<'a>(pub &'a raft::eraftpb::Entry);

impl fmt::Debug for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("entry_type", &self.0.entry_type)
            .field("term", &self.0.term)
            .field("index", &self.0.index)
            .field("data", &&self.0.data[..])
            .field("context", &&self.0.context[..])
            .field("sync_log", &self.0.sync_log)
            .finish()
    }
}
