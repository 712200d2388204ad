//! `Config`: the configuration of a node.

use pyo3::prelude::*;

use crate::binding::classes::value_class;
use crate::binding::handle::Wrapper;
use crate::errors::raft_error;
use crate::read_only::option::PyReadOnlyOption;

value_class! {
    /// The configuration of a node. A node copies it: later changes to the object have no effect on the node.
    ///
    /// Mirrors `raft::Config`.
    "Config" / "ConfigRef": raft::Config, new optional
        "(id=0, election_tick=20, heartbeat_tick=2, applied=0, max_size_per_msg=0, max_inflight_msgs=256, \
            check_quorum=False, pre_vote=False, min_election_tick=0, max_election_tick=0, \
            read_only_option=ReadOnlyOption.Safe, skip_bcast_commit=False, batch_append=False, priority=0, \
            max_uncommitted_size=18446744073709551615, max_committed_size_per_ready=18446744073709551615)" {
        /// The id of the node. It must not be 0, and must be unique in the cluster.
        id: u64 => set(id),
        /// The number of ticks without a message from the leader after which a follower starts an election. It must be
        /// greater than `heartbeat_tick`; `10 * heartbeat_tick` is recommended.
        election_tick: usize => set(election_tick),
        /// The number of ticks between heartbeats of the leader.
        heartbeat_tick: usize => set(heartbeat_tick),
        /// The last applied index before a restart. Entries up to it are not returned to the application again.
        applied: u64 => set(applied),
        /// The maximum size of the entries in one message, in bytes; 0 for at most one entry per message.
        max_size_per_msg: u64 => set(max_size_per_msg),
        /// The maximum number of inflight messages with entries per peer.
        max_inflight_msgs: usize => set(max_inflight_msgs),
        /// Whether a leader steps down if it is not in contact with a quorum for an election timeout.
        check_quorum: bool => set(check_quorum),
        /// Whether a node runs the pre-vote phase before it starts an election.
        pre_vote: bool => set(pre_vote),
        /// The lower bound of the randomized election timeout in ticks; 0 for `election_tick`. The method of this name
        /// returns the bound in effect.
        min_election_tick: usize => method,
        /// The upper bound of the randomized election timeout in ticks; 0 for twice `election_tick`. The method of this
        /// name returns the bound in effect.
        max_election_tick: usize => method,
        /// How linearizability of reads is guaranteed.
        read_only_option: PyReadOnlyOption => set(read_only_option),
        /// Whether the leader sends a new commit index to followers only with the next heartbeat or entries.
        skip_bcast_commit: bool,
        /// Whether entries are appended to a message that is still waiting to be sent.
        batch_append: bool => set(batch_append),
        /// The priority in elections. A node does not vote for a candidate of a lower priority if their logs are equal.
        priority: i64 => set(priority),
        /// The maximum size of uncommitted entries in bytes. Beyond it, the leader drops proposals.
        max_uncommitted_size: u64 => set(max_uncommitted_size),
        /// The maximum size of the committed entries in one `Ready`, in bytes.
        max_committed_size_per_ready: u64 => set(max_committed_size_per_ready),
    }
}

#[pymethods]
impl PyConfigRef {
    /// Returns the lower bound of the randomized election timeout in ticks.
    ///
    /// Mirrors `raft::Config::min_election_tick`.
    fn min_election_tick(&self) -> PyResult<usize> {
        self.read(raft::Config::min_election_tick)
    }

    /// Returns the upper bound, exclusive, of the randomized election timeout in ticks.
    ///
    /// Raises `ConfigInvalidError` when twice `election_tick` is out of range. Mirrors
    /// `raft::Config::max_election_tick`.
    fn max_election_tick(&self) -> PyResult<usize> {
        self.read(|config| {
            check_election_tick(config)?;
            Ok(config.max_election_tick())
        })?
    }

    /// Raises `ConfigInvalidError` if the configuration is invalid for a node.
    ///
    /// Mirrors `raft::Config::validate`.
    fn validate(&self) -> PyResult<()> {
        self.read(validate)?
    }
}

/// Calls `raft::Config::validate`. Returns an error where it would overflow.
pub fn validate(config: &raft::Config) -> PyResult<()> {
    check_election_tick(config)?;
    config.validate().map_err(raft_error)
}

/// Checks `election_tick`, which raft-rs doubles without a check.
fn check_election_tick(config: &raft::Config) -> PyResult<()> {
    if config.election_tick <= usize::MAX / 2 {
        return Ok(());
    }
    let reason = format!("election tick {} must not be greater than {}", config.election_tick, usize::MAX / 2);
    Err(raft_error(raft::Error::ConfigInvalid(reason)))
}
