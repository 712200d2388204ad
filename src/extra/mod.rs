//! What raft-rs doesn't have: ways to drive nodes with fewer calls. Nothing outside of this module depends on it.

mod lists_by_id;
pub mod messages;
pub mod ready_batch;
pub mod ready_loop;
pub mod refused;
pub mod tick_many;
