//! `Entry`: an entry of the Raft log.

use std::fmt;

use pyo3::prelude::*;

use crate::binding::classes::equality;
use crate::eraftpb::enums::PyEntryType;
use crate::eraftpb::hooks::{EntryContext, EntryData, Payload};
use crate::eraftpb::message_class::message_class;

message_class! {
    /// An entry of the Raft log.
    ///
    /// The leader assigns the term and the index when it appends a proposed entry.
    ///
    /// Mirrors `raft::eraftpb::Entry`.
    "Entry" / "EntryRef": raft::eraftpb::Entry, new
        "(*, context=b'', data=b'', entry_type=EntryType.EntryNormal, index=0, sync_log=False, term=0)" {
        *,
        /// Application data that is replicated with the entry. Raft does not interpret it.
        context: Payload<EntryContext> => set(byte_arr),
        /// The proposed command, or an encoded configuration change.
        data: Payload<EntryData> => set(byte_arr),
        /// The type of the entry, which determines what `data` holds.
        entry_type: PyEntryType => set(typ),
        /// The index in the log. The first index is 1.
        index: u64,
        /// Deprecated and unused; kept for backward compatibility with old logs.
        sync_log: bool,
        /// The term in which the leader appended the entry.
        term: u64,
    }
}
equality! { PyEntryRef }

/// Formats an entry with its fields in the order of the protocol, and without the hooks.
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
