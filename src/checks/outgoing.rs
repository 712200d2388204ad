//! What is done to messages before they leave a node.

use std::mem;

use raft::eraftpb::{Entry, Message, MessageType};
use raft::{RaftLog, Storage};

use crate::checks::encoding;
use crate::checks::read_tokens::ReadTokens;

/// The most entries that one message carries.
pub const MOST_ENTRIES: usize = 1 << 16;
/// The most bytes of entries that one message carries, unless it has a single one.
pub const MOST_SIZE: usize = 1 << 26;

/// Makes `messages` such that their receivers can take them: see [`fix_batched`], [`split`] and [`ReadTokens`].
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

/// With `batch_append`, raft-rs adds entries to any `MsgAppend` that waits to be sent, also to one that has none and is
/// about a later index. Its receiver would acknowledge entries that it doesn't have. Such a message is made to be about
/// the index before its entries.
fn fix_batched<S: Storage>(message: &mut Message, log: &RaftLog<S>) {
    let Some(first) = message.entries.first().map(|entry| entry.index) else { return };
    if first == message.index + 1 {
        return;
    }
    match log.term(first - 1) {
        Ok(term) => (message.index, message.log_term) = (first - 1, term),
        // They are lost, as messages may be.
        Err(_) => message.clear_entries(),
    }
}

fn fits(entries: &[Entry]) -> bool {
    let mut size = 0;
    for entry in entries {
        size += encoding::weight(entry);
    }
    entries.len() <= 1 || (entries.len() <= MOST_ENTRIES && size <= MOST_SIZE)
}

/// Neither `Config.max_size_per_msg` nor raft-rs keeps a `MsgAppend` so small that its receiver can decode it: entries
/// that are not stored yet come without a limit, and so do those that are batched. So one that is too large becomes
/// several, each about the entry before its own. The receiver takes them as if they had been sent one after the other.
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
            part.len() < MOST_ENTRIES && size <= MOST_SIZE
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
