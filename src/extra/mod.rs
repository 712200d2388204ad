//! Extensions beyond raft-rs: ways to drive nodes with fewer calls. Nothing outside of this module depends on it.

mod cycle;
mod incoming;
pub mod messages;
mod outboxes;
pub mod ready_batch;
pub mod ready_loop;
pub mod rejected;
pub mod run_many;
pub mod tick_many;
