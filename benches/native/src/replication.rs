//! Members in one process, the network between them, and proposals to the first of them.

use std::mem::take;

use raft::eraftpb::Message;
use serde_json::{Value, json};

use crate::Options;
use crate::envelope::Envelope;
use crate::measure::{timed, timed_figures};
use crate::member::Member;

struct Cluster<L> {
    members: Vec<Member>,
    inboxes: Vec<Vec<L>>,
    outbox: Vec<Message>,
    sent: usize,
}

impl<L: Envelope> Cluster<L> {
    /// Creates a cluster whose first member is the leader.
    fn new(options: &Options) -> Self {
        let mut cluster = Self {
            members: (1..=options.members).map(|id| Member::new(id, options)).collect(),
            inboxes: (1..=options.members).map(|_| Vec::new()).collect(),
            outbox: Vec::new(),
            sent: 0,
        };
        cluster.members[0].campaign();
        cluster.settle();
        cluster
    }

    /// Runs the leader, then all members until all messages are delivered.
    fn settle(&mut self) {
        self.process(0);
        while self.inboxes.iter().any(|inbox| !inbox.is_empty()) {
            for position in 0..self.members.len() {
                if !self.inboxes[position].is_empty() {
                    self.process(position);
                }
            }
        }
    }

    fn process(&mut self, position: usize) {
        let member = &mut self.members[position];
        for envelope in take(&mut self.inboxes[position]) {
            member.step(envelope.open());
        }
        member.process(&mut self.outbox);
        self.sent += self.outbox.len();
        for message in self.outbox.drain(..) {
            let receiver = usize::try_from(message.to - 1).expect("ids are small");
            self.inboxes[receiver].push(L::pack(message));
        }
    }
}

/// Replicates proposals from the leader, and applies them on every member.
pub fn replicate<L: Envelope>(options: &Options) -> Value {
    let mut cluster = Cluster::<L>::new(options);
    let payload = vec![b'x'; options.payload];
    let (cpu_seconds, ()) = timed(|| {
        for _ in 0..options.operations / options.batch {
            cluster.members[0].propose(&payload, options.batch);
            cluster.settle();
        }
    });
    let applied: Vec<u64> = cluster.members.iter().map(|member| member.applied).collect();
    let applied_bytes: Vec<u64> = cluster.members.iter().map(|member| member.applied_bytes).collect();
    assert!(applied.iter().all(|&applied| applied == options.operations as u64), "applied: {applied:?}");
    timed_figures(cpu_seconds, &json!({ "applied": applied, "applied_bytes": applied_bytes, "messages": cluster.sent }))
}
