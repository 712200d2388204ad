//! The randomized election timeout of a node: see [`ElectionTimeouts`](crate::storage::election_timeouts).

use raft::Raft;

use crate::storage::Store;

/// Replaces the timeout that raft-rs has drawn, if the node has a seed. Call it before the timeout is used.
#[inline]
pub fn settle(raft: &mut Raft<Store>) {
    if raft.store().timeouts.is_some() {
        replace(raft);
    }
}

#[cold]
#[inline(never)] // keeps the code of a node without a seed compact
fn replace(raft: &mut Raft<Store>) {
    let current = raft.randomized_election_timeout();
    let timeouts = raft.mut_store().timeouts.as_mut().filter(|timeouts| !timeouts.contains(current));
    if let Some(timeouts) = timeouts {
        let timeout = timeouts.draw();
        raft.set_randomized_election_timeout(timeout);
    }
}

/// Returns the timeout: with a seed, the one that [`settle`] will set.
pub fn current(raft: &Raft<Store>) -> usize {
    let current = raft.randomized_election_timeout();
    match &raft.store().timeouts {
        Some(timeouts) if !timeouts.contains(current) => timeouts.next(),
        _ => current,
    }
}

/// Sets the timeout. Panics as raft-rs does when it is out of the range of the configuration.
pub fn set(raft: &mut Raft<Store>, timeout: usize) {
    let is_valid = raft.store().timeouts.as_ref().is_none_or(|timeouts| timeouts.contains(timeout));
    raft.set_randomized_election_timeout(if is_valid { timeout } else { 0 });
}
