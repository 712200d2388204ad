//! Tests of the log on disk, `src/wal`: its own, and proofs over crashes, damage and failures.

#[allow(dead_code, reason = "the tests do not need all of it")]
#[path = "../../src/wal/mod.rs"]
mod wal;

#[path = "../../src/fault.rs"]
mod fault;

mod crashes;
mod damage;
mod failures;
mod golden;
mod in_use;
mod model;
mod promises;
mod workload;
