//! `tick_many`: one call for the ticks of many nodes.

use pyo3::prelude::*;

use crate::binding::convert::Many;
use crate::raw_node::PyRawNodeRef;

/// Lets one tick pass for each of `nodes`. Returns the positions of those that have something `ready` now.
///
/// Raises what `RawNode.tick` raises when a node fails: of the first, after all have been ticked.
///
/// Beyond raft-rs.
#[pyfunction]
pub fn tick_many(nodes: Many<Bound<'_, PyRawNodeRef>>) -> PyResult<Vec<usize>> {
    let mut ready = Vec::new();
    let mut failed = None;
    for (position, node) in nodes.0.iter().enumerate() {
        match node.get().tick_and_ask() {
            Ok(true) => ready.push(position),
            Ok(false) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(ready), Err)
}
