//! Fixes of outgoing messages.

use std::mem;

use raft::eraftpb::{Entry, Message, MessageType};
use raft::{RaftLog, Storage};

use crate::checks::encoding;
use crate::checks::read_tokens::ReadTokens;
use crate::fault;

/// The maximum number of entries in one message.
pub const MAX_ENTRIES: usize = 1 << 16;
/// The maximum size of the entries in one message in bytes, unless the message has a single entry.
pub const MAX_SIZE: usize = 1 << 26;

/// Prepares `messages` so that their receivers accept them: see [`fix_batched`], [`split`] and [`ReadTokens`].
pub fn prepare<S: Storage>(messages: &mut Vec<Message>, log: &RaftLog<S>, tokens: &ReadTokens) {
    let mut has_large = false;
    for message in messages.iter_mut() {
        match message.msg_type {
            MessageType::MsgAppend => {
                fix_batched(message, log);
                has_large |= !fits(&message.entries);
            }
            MessageType::MsgReadIndexResp => tokens.remove(message),
            _ => {}
        }
    }
    if has_large {
        *messages = mem::take(messages).into_iter().flat_map(split).collect();
    }
}

/// With `batch_append`, raft-rs appends entries to any pending `MsgAppend`, even to an empty one with a higher index.
/// Its receiver would acknowledge entries that it does not have. This function sets the index of such a message to the
/// one before its entries.
fn fix_batched<S: Storage>(message: &mut Message, log: &RaftLog<S>) {
    let Some(first) = message.entries.first().map(|entry| entry.index) else { return };
    if first == message.index + 1 || fault::is_back("batched_append") {
        return;
    }
    match log.term(first - 1) {
        Ok(term) => (message.index, message.log_term) = (first - 1, term),
        // The entries are treated as lost, as messages may be.
        Err(_) => message.clear_entries(),
    }
}

fn fits(entries: &[Entry]) -> bool {
    let size = || entries.iter().map(encoding::weight).sum::<usize>();
    entries.len() <= 1 || (entries.len() <= MAX_ENTRIES && size() <= MAX_SIZE)
}

/// Neither `Config.max_size_per_msg` nor raft-rs guarantees that the receiver of a `MsgAppend` can decode it: entries
/// that are not persisted yet, and batched entries, are added without a limit. This function splits a message that is
/// too large into several, each with the index before its own entries. For the receiver, they are consecutive messages.
fn split(mut message: Message) -> Vec<Message> {
    if message.msg_type != MessageType::MsgAppend || fits(&message.entries) {
        return vec![message];
    }
    let mut entries = message.take_entries().into_vec().into_iter().peekable();
    let mut parts = Vec::new();
    while let Some(first) = entries.next() {
        let mut size = encoding::weight(&first);
        let mut part = vec![first];
        while let Some(entry) = entries.next_if(|entry| {
            size += encoding::weight(entry);
            part.len() < MAX_ENTRIES && size <= MAX_SIZE
        }) {
            part.push(entry);
        }
        let before_next = part.last().map(|entry| (entry.index, entry.term));
        let mut head = message.clone();
        head.set_entries(part.into());
        parts.push(head);
        if let Some((index, term)) = before_next {
            (message.index, message.log_term) = (index, term);
        }
    }
    parts
}
