//! `Config`: how a node behaves.

use pyo3::prelude::*;

use crate::binding::classes::value_class;
use crate::binding::handle::Wrapper;
use crate::errors::raft_error;
use crate::read_only::option::PyReadOnlyOption;

value_class! {
    /// How a node behaves. A node copies its configuration: later changes to the object have no effect on it.
    ///
    /// Mirrors `raft::Config`.
    "Config" / "ConfigRef": raft::Config, new optional
        "(id=0, election_tick=20, heartbeat_tick=2, applied=0, max_size_per_msg=0, max_inflight_msgs=256, \
            check_quorum=False, pre_vote=False, min_election_tick=0, max_election_tick=0, \
            read_only_option=ReadOnlyOption.Safe, skip_bcast_commit=False, batch_append=False, priority=0, \
            max_uncommitted_size=18446744073709551615, max_committed_size_per_ready=18446744073709551615)" {
        /// The node's id: not 0, and unique in the cluster.
        id: u64 => set(id),
        /// How many ticks without a word from the leader pass before a follower campaigns. Must be greater than
        /// `heartbeat_tick`; ten times as much is a good choice.
        election_tick: usize => set(election_tick),
        /// After how many ticks the leader sends heartbeats.
        heartbeat_tick: usize => set(heartbeat_tick),
        /// The log index that the application had applied when it last stopped. Entries up to it are not given out
        /// again after a restart.
        applied: u64 => set(applied),
        /// How many bytes of entries one message carries at most; 0 for one entry a message.
        max_size_per_msg: u64 => set(max_size_per_msg),
        /// How many messages with entries may be on their way to a peer before it answers.
        max_inflight_msgs: usize => set(max_inflight_msgs),
        /// Whether a leader steps down when it hears from no quorum for an election timeout.
        check_quorum: bool => set(check_quorum),
        /// Whether a node asks if it could win before it starts an election.
        pre_vote: bool => set(pre_vote),
        /// The lower bound of the randomized election timeout in ticks; 0 for `election_tick`. The method of this name
        /// gives the bound that is in force.
        min_election_tick: usize => method,
        /// The upper bound of the randomized election timeout in ticks; 0 for twice `election_tick`. The method of this
        /// name gives the bound that is in force.
        max_election_tick: usize => method,
        /// How reads are made linearizable.
        read_only_option: PyReadOnlyOption => set(read_only_option),
        /// Whether the leader tells followers of a new commit index with the next heartbeat or entries only.
        skip_bcast_commit: bool,
        /// Whether entries are appended to a message that is still waiting to be sent.
        batch_append: bool => set(batch_append),
        /// A node votes for no candidate of a lower priority, logs being equal.
        priority: i64 => set(priority),
        /// How many bytes of entries may be uncommitted before the leader drops proposals.
        max_uncommitted_size: u64 => set(max_uncommitted_size),
        /// How many bytes of committed entries one `Ready` holds at most.
        max_committed_size_per_ready: u64 => set(max_committed_size_per_ready),
    }
}

#[pymethods]
impl PyConfigRef {
    /// The lower bound of the randomized election timeout in ticks.
    ///
    /// Mirrors `raft::Config::min_election_tick`.
    fn min_election_tick(&self) -> PyResult<usize> {
        self.read(raft::Config::min_election_tick)
    }

    /// The upper bound, exclusive, of the randomized election timeout in ticks.
    ///
    /// Raises `ConfigInvalidError` when twice `election_tick` is out of range. Mirrors
    /// `raft::Config::max_election_tick`.
    fn max_election_tick(&self) -> PyResult<usize> {
        self.read(|config| {
            check_election_tick(config)?;
            Ok(config.max_election_tick())
        })?
    }

    /// Raises `ConfigInvalidError` unless a node could be made with this configuration.
    ///
    /// Mirrors `raft::Config::validate`.
    fn validate(&self) -> PyResult<()> {
        self.read(validate)?
    }
}

/// `raft::Config::validate`, with an error where it would overflow.
pub fn validate(config: &raft::Config) -> PyResult<()> {
    check_election_tick(config)?;
    config.validate().map_err(raft_error)
}

/// raft-rs multiplies `election_tick` by two without a check.
fn check_election_tick(config: &raft::Config) -> PyResult<()> {
    if config.election_tick <= usize::MAX / 2 {
        return Ok(());
    }
    let reason = format!("election tick {} must not be more than {}", config.election_tick, usize::MAX / 2);
    Err(raft_error(raft::Error::ConfigInvalid(reason)))
}
