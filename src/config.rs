//! `Config`: how a node behaves.

use pyo3::prelude::*;

use crate::errors::raft_error;
use crate::fields::value_class;
use crate::handle::Wrapper;
use crate::read_only::option::ReadOnlyOption;

value_class! {
    /// How a node behaves. A node copies its configuration: later changes to the object have no effect on it.
    ///
    /// Mirrors `raft::Config`.
    Config / ConfigRef: raft::Config {
        /// The node's id: not 0, and unique in the cluster.
        id: u64,
        /// How many ticks without a word from the leader pass before a follower campaigns. Must be greater than
        /// `heartbeat_tick`; ten times as much is a good choice.
        election_tick: usize,
        /// After how many ticks the leader sends heartbeats.
        heartbeat_tick: usize,
        /// The log index that the application had applied when it last stopped. Entries up to it are not given out
        /// again after a restart.
        applied: u64,
        /// How many bytes of entries one message carries at most; 0 for one entry a message.
        max_size_per_msg: u64,
        /// How many messages with entries may be on their way to a peer before it answers.
        max_inflight_msgs: usize,
        /// Whether a leader steps down when it hears from no quorum for an election timeout.
        check_quorum: bool,
        /// Whether a node asks if it could win before it starts an election.
        pre_vote: bool,
        /// The lower bound of the randomized election timeout in ticks; 0 for `election_tick`. The method of this name
        /// gives the bound that is in force.
        min_election_tick: usize => method,
        /// The upper bound of the randomized election timeout in ticks; 0 for twice `election_tick`. The method of this
        /// name gives the bound that is in force.
        max_election_tick: usize => method,
        /// How reads are made linearizable.
        read_only_option: ReadOnlyOption,
        /// Whether the leader tells followers of a new commit index with the next heartbeat or entries only.
        skip_bcast_commit: bool,
        /// Whether entries are appended to a message that is still waiting to be sent.
        batch_append: bool,
        /// A node votes for no candidate of a lower priority, logs being equal.
        priority: i64,
        /// How many bytes of entries may be uncommitted before the leader drops proposals.
        max_uncommitted_size: u64,
        /// How many bytes of committed entries one `Ready` holds at most.
        max_committed_size_per_ready: u64,
    }
}

#[pymethods]
impl ConfigRef {
    /// The lower bound of the randomized election timeout in ticks.
    ///
    /// Mirrors `raft::Config::min_election_tick`.
    fn min_election_tick(&self) -> PyResult<usize> {
        self.read(raft::Config::min_election_tick)
    }

    /// The upper bound, exclusive, of the randomized election timeout in ticks.
    ///
    /// Mirrors `raft::Config::max_election_tick`.
    fn max_election_tick(&self) -> PyResult<usize> {
        self.read(raft::Config::max_election_tick)
    }

    /// Raises `ConfigInvalidError` unless a node could be made with this configuration.
    ///
    /// Mirrors `raft::Config::validate`.
    fn validate(&self) -> PyResult<()> {
        self.read(raft::Config::validate)?.map_err(raft_error)
    }
}
