//! tikv/raft-rs for Python: the modules are those of raft-rs.

#![forbid(unsafe_code)]

mod binding;
mod checks;
mod confchange;
mod config;
mod eraftpb;
mod errors;
mod extra;
#[cfg(feature = "failpoints")]
mod failpoints;
mod log_unstable;
mod logger;
mod quorum;
mod raft;
mod raft_log;
mod raw_node;
mod read_only;
mod status;
mod storage;
mod tracker;
mod util;

/// tikv/raft-rs for Python.
#[pyo3::pymodule(gil_used = true)]
mod rraft {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::confchange::changer::Changer;
    #[pymodule_export]
    use crate::confchange::restore::py_restore;
    #[pymodule_export]
    use crate::config::{Config, ConfigRef};
    #[pymodule_export]
    use crate::eraftpb::conf_change::{
        ConfChange, ConfChangeRef, ConfChangeSingle, ConfChangeSingleRef, ConfChangeV2, ConfChangeV2Ref,
    };
    #[pymodule_export]
    use crate::eraftpb::conf_state::{ConfState, ConfStateRef};
    #[pymodule_export]
    use crate::eraftpb::entry::{Entry, EntryRef};
    #[pymodule_export]
    use crate::eraftpb::hard_state::{HardState, HardStateRef};
    #[pymodule_export]
    use crate::eraftpb::hooks::{
        set_confchange_context_deserializer, set_confchangev2_context_deserializer, set_entry_context_deserializer,
        set_entry_data_deserializer, set_message_context_deserializer, set_snapshot_data_deserializer,
    };
    #[pymodule_export]
    use crate::eraftpb::message::{Message, MessageRef};
    #[pymodule_export]
    use crate::eraftpb::snapshot::{Snapshot, SnapshotMetadata, SnapshotMetadataRef, SnapshotRef};
    #[pymodule_export]
    use crate::extra::messages::{Messages, MessagesRef};
    #[pymodule_export]
    use crate::extra::ready_batch::{ReadyBatch, ReadyBatchRef};
    #[pymodule_export]
    use crate::extra::ready_loop::ReadyLoop;
    #[pymodule_export]
    use crate::extra::tick_many::tick_many;
    #[cfg(feature = "failpoints")]
    #[pymodule_export]
    use crate::failpoints::failpoints;
    #[pymodule_export]
    use crate::log_unstable::{Unstable, UnstableRef};
    #[pymodule_export]
    use crate::logger::{Logger, LoggerRef, default_logger};
    #[pymodule_export]
    use crate::quorum::index::Index;
    #[pymodule_export]
    use crate::quorum::joint::{JointConfig, JointConfigRef};
    #[pymodule_export]
    use crate::quorum::majority::{MajorityConfig, MajorityConfigRef};
    #[pymodule_export]
    use crate::raft::soft_state::{SoftState, SoftStateRef};
    #[pymodule_export]
    use crate::raft::{Raft, RaftRef};
    #[pymodule_export]
    use crate::raft_log::{RaftLog, RaftLogRef};
    #[pymodule_export]
    use crate::raw_node::light_ready::{LightReady, LightReadyRef};
    #[pymodule_export]
    use crate::raw_node::peer::{Peer, PeerRef};
    #[pymodule_export]
    use crate::raw_node::ready::{Ready, ReadyRef};
    #[pymodule_export]
    use crate::raw_node::{RawNode, RawNodeRef};
    #[pymodule_export]
    use crate::read_only::read_index_status::{ReadIndexStatus, ReadIndexStatusRef};
    #[pymodule_export]
    use crate::read_only::read_state::{ReadState, ReadStateRef};
    #[pymodule_export]
    use crate::read_only::{ReadOnly, ReadOnlyRef};
    #[pymodule_export]
    use crate::status::Status;
    #[pymodule_export]
    use crate::storage::get_entries_context::{GetEntriesContext, GetEntriesContextRef};
    #[pymodule_export]
    use crate::storage::mem::{MemStorage, MemStorageRef};
    #[pymodule_export]
    use crate::storage::mem_core::{MemStorageCore, MemStorageCoreRef};
    #[pymodule_export]
    use crate::storage::python::{Storage, StorageRef};
    #[pymodule_export]
    use crate::storage::raft_state::{RaftState, RaftStateRef};
    #[pymodule_export]
    use crate::tracker::configuration::{Configuration, ConfigurationRef};
    #[pymodule_export]
    use crate::tracker::inflights::{Inflights, InflightsRef};
    #[pymodule_export]
    use crate::tracker::progress::{Progress, ProgressRef};
    #[pymodule_export]
    use crate::tracker::{ProgressMapItem, ProgressTracker, ProgressTrackerRef};
    #[pymodule_export]
    use crate::util::{
        Union, conf_state_eq, entry_approximate_size, is_continuous_ents, is_empty_snap, is_local_msg, is_response_msg,
        limit_size, majority, new_conf_change_single, parse_conf_change, stringify_conf_change, vote_resp_msg_type,
    };

    /// The kind of a campaign: an election.
    #[pymodule_export]
    const CAMPAIGN_ELECTION: &[u8] = raft::CAMPAIGN_ELECTION;
    /// The kind of a campaign: asking whether an election could be won.
    #[pymodule_export]
    const CAMPAIGN_PRE_ELECTION: &[u8] = raft::CAMPAIGN_PRE_ELECTION;
    /// The kind of a campaign: an election that the leader asked for.
    #[pymodule_export]
    const CAMPAIGN_TRANSFER: &[u8] = raft::CAMPAIGN_TRANSFER;
    /// The id of no node.
    #[pymodule_export]
    const INVALID_ID: u64 = raft::INVALID_ID;
    /// The index of no entry.
    #[pymodule_export]
    const INVALID_INDEX: u64 = raft::INVALID_INDEX;
    /// The version of the crate `raft` inside.
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "Python's style")]
    const __raft_version__: &str = env!("RAFT_VERSION");
    /// A size without limit, in bytes.
    #[pymodule_export]
    const NO_LIMIT: u64 = raft::NO_LIMIT;

    #[pymodule_init]
    fn init(py: Python<'_>) -> PyResult<()> {
        crate::binding::process::watch(py)?;
        crate::binding::exceptions::quiet_panics();
        crate::binding::live_list::register(py)?;
        crate::read_only::pending::register(py)?;
        // Not as an argument: the generator of the stub takes a module that changes itself for one of unknown content.
        let module = py.import("rraft.rraft")?;
        module.setattr("_errors", crate::binding::exceptions::resolve(py)?)?;
        resolve_enums(&module)
    }

    /// The enums, which are written in Python.
    fn resolve_enums(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::confchange::map_change::MapChangeType::resolve(module)?;
        crate::eraftpb::enums::ConfChangeTransition::resolve(module)?;
        crate::eraftpb::enums::ConfChangeType::resolve(module)?;
        crate::eraftpb::enums::EntryType::resolve(module)?;
        crate::eraftpb::enums::MessageType::resolve(module)?;
        crate::logger::OverflowStrategy::resolve(module)?;
        crate::quorum::VoteResult::resolve(module)?;
        crate::raw_node::SnapshotStatus::resolve(module)?;
        crate::read_only::option::ReadOnlyOption::resolve(module)?;
        crate::raft::soft_state::StateRole::resolve(module)?;
        crate::tracker::state::ProgressState::resolve(module)
    }
}
