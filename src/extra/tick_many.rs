//! `tick_many`: one call for the ticks of many nodes.

use pyo3::prelude::*;

use crate::binding::convert::Many;
use crate::raw_node::PyRawNodeRef;

/// Advances the logical clock of each of `nodes` by one tick. Returns the positions of the nodes that have a `Ready` to
/// handle.
///
/// If nodes fail, raises the exception of `RawNode.tick` for the first of them, after all nodes have been ticked.
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
