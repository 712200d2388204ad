//! Idle groups.

use raft::storage::MemStorage;
use raft::{Config, RawNode};
use serde_json::{Value, json};
use slog::{Discard, Logger, o};

use crate::Options;
use crate::measure::{timed, timed_figures};

const GROUPS: usize = 1000;

/// A follower in a group of three, whose election timeout never elapses.
pub fn follower(logger: &Logger) -> RawNode<MemStorage> {
    let storage = MemStorage::new_with_conf_state((vec![1, 2, 3], vec![]));
    let config = Config { id: 1, election_tick: 1 << 40, ..Config::default() };
    RawNode::new(&config, storage, logger).expect("the configuration is valid")
}

/// Ticks each group, and calls `has_ready`: that is one operation.
pub fn tick(options: &Options) -> Value {
    let logger = Logger::root(Discard, o!());
    let mut groups: Vec<_> = (0..GROUPS).map(|_| follower(&logger)).collect();
    let mut ready = 0;
    let (cpu_seconds, ()) = timed(|| {
        for _ in 0..options.operations / GROUPS {
            for group in &mut groups {
                group.tick();
                if group.has_ready() {
                    ready += 1;
                }
            }
        }
    });
    timed_figures(cpu_seconds, &json!({ "ready": ready }))
}
