//! Tokens that distinguish the rounds of read-only requests.
//!
//! raft-rs identifies a pending read-only request by its context, and treats a heartbeat response with the same context
//! as an acknowledgement. If a `MsgReadIndex` is delivered twice, that response may belong to an earlier round, from
//! before a read that it then acknowledges as well. Therefore, a leader prefixes each context that it accepts with a
//! token, and removes the token when the result leaves the node. Followers only echo it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::process;
use std::time::SystemTime;

use bytes::Bytes;
use raft::eraftpb::Message;
use raft::{Raft, ReadOnlyOption, ReadState, StateRole, Storage};

use crate::fault;
use crate::wal::random::Random;

/// A token consists of a random part, which distinguishes nodes, and a number.
const LENGTH: usize = 16;

/// The tokens of one node.
pub struct ReadTokens {
    random: [u8; 8],
    count: u64,
}

impl ReadTokens {
    /// Creates the tokens of a new node. They are unique, even among the restarts of one member.
    pub fn new() -> Self {
        let mut hasher = RandomState::new().build_hasher();
        // A process and its fork have the same random state.
        hasher.write_u32(process::id());
        hasher.write_u128(SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos()));
        Self { random: hasher.finish().to_ne_bytes(), count: 0 }
    }

    /// Creates the tokens of a node with a seed, which must be as unique.
    pub fn seeded(seed: u64) -> Self {
        // The timeouts are the first numbers of the sequence.
        Self { random: Random(!seed).next().to_ne_bytes(), count: 0 }
    }

    /// Prefixes the context of `message`, a `MsgReadIndex`, with a new token, if the request will wait for a quorum.
    pub fn add<S: Storage>(&mut self, raft: &Raft<S>, message: &mut Message) {
        let waits = raft.state == StateRole::Leader
            && message.term <= raft.term
            && raft.read_only.option == ReadOnlyOption::Safe
            && !raft.prs().is_singleton();
        if !waits || fault::is_back("read_index_without_token") {
            return;
        }
        if let Some(request) = message.entries.first_mut() {
            self.count += 1;
            request.data = [&self.random[..], &self.count.to_ne_bytes(), &request.data].concat().into();
        }
    }

    /// Removes the token from the context of `message`, a `MsgReadIndexResp`.
    pub fn remove(&self, message: &mut Message) {
        if let Some(request) = message.entries.first_mut().filter(|request| self.is_before(&request.data)) {
            request.data = Bytes::slice(&request.data, LENGTH..);
        }
    }

    /// Removes the token from the context of the response to a request of this node.
    pub fn remove_from_state(&self, state: &mut ReadState) {
        if self.is_before(&state.request_ctx) {
            state.request_ctx.drain(..LENGTH);
        }
    }

    fn is_before(&self, context: &[u8]) -> bool {
        context.len() >= LENGTH && context.starts_with(&self.random)
    }
}
