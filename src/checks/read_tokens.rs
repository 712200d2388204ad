//! Tokens that tell the rounds of read requests apart.
//!
//! raft-rs knows a read request that waits for a quorum by its context, and takes a response to a heartbeat with the
//! same context for a confirmation. If a `MsgReadIndex` is delivered twice, that may be the response to an earlier
//! round, of a time before a read that it then confirms with it. So a leader puts a token before each context that it
//! takes up, and takes it off where the result leaves the node. Followers only echo it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::process;
use std::time::SystemTime;

use bytes::Bytes;
use raft::eraftpb::Message;
use raft::{Raft, ReadOnlyOption, ReadState, StateRole, Storage};

/// A token is the random part, which tells one node from another, and a number.
const LENGTH: usize = 16;

/// The tokens of one node.
pub struct ReadTokens {
    random: [u8; 8],
    count: u64,
}

impl ReadTokens {
    /// The tokens of a new node: no other has the same, also not the same member after a restart.
    pub fn new() -> Self {
        let mut hasher = RandomState::new().build_hasher();
        // A process and its fork have the same random state.
        hasher.write_u32(process::id());
        hasher.write_u128(SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos()));
        Self { random: hasher.finish().to_ne_bytes(), count: 0 }
    }

    /// Puts a new token before the context of `message`, a `MsgReadIndex`, if it will wait for a quorum.
    pub fn add<S: Storage>(&mut self, raft: &Raft<S>, message: &mut Message) {
        let waits = raft.state == StateRole::Leader
            && message.term <= raft.term
            && raft.read_only.option == ReadOnlyOption::Safe
            && !raft.prs().is_singleton();
        if !waits {
            return;
        }
        if let Some(request) = message.entries.first_mut() {
            self.count += 1;
            request.data = [&self.random[..], &self.count.to_ne_bytes(), &request.data].concat().into();
        }
    }

    /// Takes the token off the context that `message`, a `MsgReadIndexResp`, brings back.
    pub fn remove(&self, message: &mut Message) {
        if let Some(request) = message.entries.first_mut().filter(|request| self.is_before(&request.data)) {
            request.data = Bytes::slice(&request.data, LENGTH..);
        }
    }

    /// The same for the answer to a request of this node.
    pub fn remove_from_state(&self, state: &mut ReadState) {
        if self.is_before(&state.request_ctx) {
            state.request_ctx.drain(..LENGTH);
        }
    }

    fn is_before(&self, context: &[u8]) -> bool {
        context.len() >= LENGTH && context.starts_with(&self.random)
    }
}
