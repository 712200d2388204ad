//! The cost of a workload.

use cpu_time::ProcessTime;
use serde_json::{Value, json};

/// Runs `work`. Returns its user and system CPU time in seconds, and its result.
pub fn timed<R>(work: impl FnOnce() -> R) -> (f64, R) {
    let start = ProcessTime::now();
    let result = work();
    (start.elapsed().as_secs_f64(), result)
}

/// The figures of a timed workload. `checks` must be equal to those of the program in Python.
pub fn timed_figures(cpu_seconds: f64, checks: &Value) -> Value {
    json!({ "cpu_seconds": cpu_seconds, "checks": checks })
}
