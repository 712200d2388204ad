//! Tests of the log on disk, `src/wal`: its own, and proofs over crashes, damage and failures.

#[allow(dead_code, reason = "the tests do not need all of it")]
#[path = "../../src/wal/mod.rs"]
mod wal;

mod crashes;
mod damage;
mod failures;
mod golden;
mod model;
mod promises;
mod workload;
