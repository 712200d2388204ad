//! `Message`: a message between nodes.

use pyo3::prelude::*;

use crate::binding::classes::equality;
use crate::binding::kinds::{Defaulted, Repeated};
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::enums::PyMessageType;
use crate::eraftpb::hooks::{MessageContext, Payload};
use crate::eraftpb::message_class::message_class;
use crate::eraftpb::snapshot::PySnapshotRef;

message_class! {
    /// A message between nodes, or a local message of a node. `msg_type` determines which fields are used.
    ///
    /// Mirrors `raft::eraftpb::Message`.
    "Message" / "MessageRef": raft::eraftpb::Message, new
        "(*, msg_type=MessageType.MsgHup, to=0, from_=0, term=0, log_term=0, index=0, entries=(), commit=0, \
            commit_term=0, snapshot=None, request_snapshot=0, reject=False, reject_hint=0, context=b'', \
            deprecated_priority=0, priority=0)" {
        *,
        /// The type of the message.
        msg_type: PyMessageType => set(typ),
        /// The id of the receiver.
        to: u64,
        /// The id of the sender.
        from as _: u64,
        /// The sender's term; 0 in local messages.
        term: u64,
        /// The term of the entry at `index`.
        log_term: u64,
        /// A log index; in `MsgAppend`, the index of the entry that precedes `entries`.
        index: u64,
        /// The entries to append.
        entries: Repeated<PyEntryRef> => set(ents),
        /// The commit index of the sender.
        commit: u64,
        /// The term of the entry at `commit`.
        commit_term: u64,
        /// The snapshot of a `MsgSnapshot`.
        snapshot: Defaulted<PySnapshotRef> => set(snapshot),
        /// The minimum index of a requested snapshot; 0 when none is requested.
        request_snapshot: u64,
        /// Whether this response rejects the request.
        reject: bool,
        /// A hint: the last index at which the two logs may agree.
        reject_hint: u64,
        /// Data that the receiver returns in its response.
        context: Payload<MessageContext> => set(context),
        /// The priority in the field that old versions read.
        deprecated_priority: u64,
        /// The priority of the sender in elections.
        priority: i64,
    }
}
equality! { PyMessageRef }
