//! Measures the log on disk alone.
#[allow(dead_code, reason = "the benchmark does not need all of it")]
#[path = "../src/wal/mod.rs"]
mod wal;
fn main() {}
