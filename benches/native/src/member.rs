//! A node with its storage and its application, and the Ready loop that drives it.

use raft::eraftpb::{Entry, Message};
use raft::storage::MemStorage;
use raft::{Config, RawNode};
use slog::{Discard, Logger, o};

use crate::Options;

pub struct Member {
    node: RawNode<MemStorage>,
    storage: MemStorage,
    compact_every: u64,
    compacted_at: u64,
    /// The number of applied proposals.
    pub applied: u64,
    /// The length of their data.
    pub applied_bytes: u64,
}

impl Member {
    pub fn new(id: u64, options: &Options) -> Self {
        let voters: Vec<u64> = (1..=options.members).collect();
        let storage = MemStorage::new_with_conf_state((voters, vec![]));
        let config = Config {
            id,
            max_size_per_msg: 1 << 20,
            max_inflight_msgs: 256,
            batch_append: options.batch_append,
            ..Config::default()
        };
        let logger = Logger::root(Discard, o!());
        let node = RawNode::new(&config, storage.clone(), &logger).expect("the configuration is valid");
        Self { node, storage, compact_every: options.compact_every, compacted_at: 0, applied: 0, applied_bytes: 0 }
    }

    pub fn campaign(&mut self) {
        self.node.campaign().expect("a voter may campaign");
    }

    pub fn propose(&mut self, payload: &[u8], count: usize) {
        for _ in 0..count {
            self.node.propose(vec![], payload.to_vec()).expect("the leader takes proposals");
        }
    }

    pub fn step(&mut self, message: Message) {
        self.node.step(message).expect("the message comes from a member");
    }

    /// Processes all `Ready`s, and adds the messages to `outbox`.
    pub fn process(&mut self, outbox: &mut Vec<Message>) {
        while self.node.has_ready() {
            self.process_ready(outbox);
        }
    }

    fn process_ready(&mut self, outbox: &mut Vec<Message>) {
        let mut ready = self.node.ready();
        outbox.extend(ready.take_messages());

        if !ready.snapshot().is_empty() {
            self.storage.wl().apply_snapshot(ready.snapshot().clone()).expect("the snapshot is new");
        }
        if !ready.entries().is_empty() {
            self.storage.wl().append(ready.entries()).expect("the entries follow the log");
        }
        if let Some(hard_state) = ready.hs() {
            self.storage.wl().set_hardstate(hard_state.clone());
        }
        outbox.extend(ready.take_persisted_messages());
        self.apply(&ready.take_committed_entries());

        let mut light_ready = self.node.advance(ready);
        if let Some(commit) = light_ready.commit_index() {
            self.storage.wl().mut_hard_state().commit = commit;
        }
        outbox.extend(light_ready.take_messages());
        self.apply(&light_ready.take_committed_entries());
        self.node.advance_apply();
    }

    fn apply(&mut self, entries: &[Entry]) {
        let Some(last) = entries.last() else { return };
        for entry in entries {
            // A new leader appends an empty entry.
            if !entry.data.is_empty() {
                self.applied += 1;
                self.applied_bytes += entry.data.len() as u64;
            }
        }
        if last.index >= self.compacted_at + self.compact_every {
            let kept = self.compact_every / 16;
            self.storage.wl().compact(last.index - kept).expect("the entries have been applied");
            self.compacted_at = last.index;
        }
    }
}
