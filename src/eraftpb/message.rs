//! `Message`: what nodes send to each other.

use pyo3::prelude::*;

use crate::binding::classes::equality;
use crate::binding::kinds::{Defaulted, Repeated};
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::enums::PyMessageType;
use crate::eraftpb::hooks::{MessageContext, Payload};
use crate::eraftpb::message_class::message_class;
use crate::eraftpb::snapshot::PySnapshotRef;

message_class! {
    /// What a node sends to another, or is told by its own application. Which fields count depends on `msg_type`.
    ///
    /// Mirrors `raft::eraftpb::Message`.
    "Message" / "MessageRef": raft::eraftpb::Message, new
        "(*, msg_type=MessageType.MsgHup, to=0, from_=0, term=0, log_term=0, index=0, entries=(), commit=0, \
            commit_term=0, snapshot=None, request_snapshot=0, reject=False, reject_hint=0, context=b'', \
            deprecated_priority=0, priority=0)" {
        *,
        /// What the message is for.
        msg_type: PyMessageType => set(typ),
        /// The id of the receiver.
        to: u64,
        /// The id of the sender.
        from as _: u64,
        /// The sender's term; 0 in local messages.
        term: u64,
        /// The term of the entry at `index`.
        log_term: u64,
        /// A log index: in `MsgAppend`, that of the entry before `entries`.
        index: u64,
        /// The entries to append.
        entries: Repeated<PyEntryRef> => set(ents),
        /// The sender's commit index.
        commit: u64,
        /// The term of the entry at `commit`.
        commit_term: u64,
        /// The snapshot of a `MsgSnapshot`.
        snapshot: Defaulted<PySnapshotRef> => set(snapshot),
        /// The index that a requested snapshot must reach at least; 0 when none is requested.
        request_snapshot: u64,
        /// Whether the request that this answers is refused.
        reject: bool,
        /// A guess at the last index on which both logs agree.
        reject_hint: u64,
        /// Bytes that the answer brings back.
        context: Payload<MessageContext> => set(context),
        /// The priority, where old versions look for it.
        deprecated_priority: u64,
        /// The sender's priority in elections.
        priority: i64,
    }
}
equality! { PyMessageRef }
