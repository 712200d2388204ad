//! tikv/raft-rs for Python.
//!
//! Five layers, each of which uses only those before it:
//!
//! - [`wal`]: a durable log for many groups. It is independent of Python.
//! - [`binding`]: how Rust values become Python objects. Handles and projections, field and class macros, conversions,
//!   enums, exceptions. It is independent of Raft.
//! - [`checks`]: what is rejected or changed before raft-rs sees it, or before messages leave a node. It is independent
//!   of the Python classes.
//! - The modules of raft-rs: one file for each Python class, in the module in which raft-rs has the type. What maps its
//!   errors to exceptions is in [`errors`].
//! - [`extra`]: what raft-rs doesn't have, ways to drive nodes with fewer calls.
//!
//! All may use [`fault`], which brings known faults back in builds for tests.
//!
//! A Python class `X` is `PyX` here, and the class of its views is `PyXRef`, so that the type of raft-rs keeps its
//! name.

#![forbid(unsafe_code)]
#![allow(rustdoc::private_intra_doc_links, reason = "the documentation is for those who work on the crate")]

mod binding;
mod checks;
mod confchange;
mod config;
mod eraftpb;
mod errors;
mod extra;
#[cfg(feature = "failpoints")]
mod failpoints;
mod fault;
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
#[allow(dead_code, reason = "what uses it comes next")]
mod wal;

/// tikv/raft-rs for Python.
#[pyo3::pymodule(gil_used = false)]
mod rraft {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::confchange::changer::PyChanger;
    #[pymodule_export]
    use crate::confchange::restore::py_restore;
    #[pymodule_export]
    use crate::config::{PyConfig, PyConfigRef};
    #[pymodule_export]
    use crate::eraftpb::conf_change::{
        PyConfChange, PyConfChangeRef, PyConfChangeSingle, PyConfChangeSingleRef, PyConfChangeV2, PyConfChangeV2Ref,
    };
    #[pymodule_export]
    use crate::eraftpb::conf_state::{PyConfState, PyConfStateRef};
    #[pymodule_export]
    use crate::eraftpb::entry::{PyEntry, PyEntryRef};
    #[pymodule_export]
    use crate::eraftpb::hard_state::{PyHardState, PyHardStateRef};
    #[pymodule_export]
    use crate::eraftpb::hooks::{
        set_confchange_context_deserializer, set_confchangev2_context_deserializer, set_entry_context_deserializer,
        set_entry_data_deserializer, set_message_context_deserializer, set_snapshot_data_deserializer,
    };
    #[pymodule_export]
    use crate::eraftpb::message::{PyMessage, PyMessageRef};
    #[pymodule_export]
    use crate::eraftpb::snapshot::{PySnapshot, PySnapshotMetadata, PySnapshotMetadataRef, PySnapshotRef};
    #[pymodule_export]
    use crate::extra::messages::{PyMessages, PyMessagesRef};
    #[pymodule_export]
    use crate::extra::ready_batch::{PyReadyBatch, PyReadyBatchRef};
    #[pymodule_export]
    use crate::extra::ready_loop::PyReadyLoop;
    #[pymodule_export]
    use crate::extra::run_many::run_many;
    #[pymodule_export]
    use crate::extra::tick_many::tick_many;
    #[cfg(feature = "failpoints")]
    #[pymodule_export]
    use crate::failpoints::failpoints;
    #[pymodule_export]
    use crate::log_unstable::{PyUnstable, PyUnstableRef};
    #[pymodule_export]
    use crate::logger::{PyLogger, PyLoggerRef, default_logger};
    #[pymodule_export]
    use crate::quorum::index::PyIndex;
    #[pymodule_export]
    use crate::quorum::joint::{PyJointConfig, PyJointConfigRef};
    #[pymodule_export]
    use crate::quorum::majority::{PyMajorityConfig, PyMajorityConfigRef};
    #[pymodule_export]
    use crate::raft::soft_state::{PySoftState, PySoftStateRef};
    #[pymodule_export]
    use crate::raft::{PyRaft, PyRaftRef};
    #[pymodule_export]
    use crate::raft_log::{PyRaftLog, PyRaftLogRef};
    #[pymodule_export]
    use crate::raw_node::light_ready::{PyLightReady, PyLightReadyRef};
    #[pymodule_export]
    use crate::raw_node::peer::{PyPeer, PyPeerRef};
    #[pymodule_export]
    use crate::raw_node::ready::{PyReady, PyReadyRef};
    #[pymodule_export]
    use crate::raw_node::{PyRawNode, PyRawNodeRef};
    #[pymodule_export]
    use crate::read_only::read_index_status::{PyReadIndexStatus, PyReadIndexStatusRef};
    #[pymodule_export]
    use crate::read_only::read_state::{PyReadState, PyReadStateRef};
    #[pymodule_export]
    use crate::read_only::{PyReadOnly, PyReadOnlyRef};
    #[pymodule_export]
    use crate::status::PyStatus;
    #[pymodule_export]
    use crate::storage::get_entries_context::{PyGetEntriesContext, PyGetEntriesContextRef};
    #[pymodule_export]
    use crate::storage::mem::{PyMemStorage, PyMemStorageRef};
    #[pymodule_export]
    use crate::storage::mem_core::{PyMemStorageCore, PyMemStorageCoreRef};
    #[pymodule_export]
    use crate::storage::python::{PyStorage, PyStorageRef};
    #[pymodule_export]
    use crate::storage::raft_state::{PyRaftState, PyRaftStateRef};
    #[pymodule_export]
    use crate::storage::wal::PyWal;
    #[pymodule_export]
    use crate::storage::wal::simulated::PySimulatedDisk;
    #[pymodule_export]
    use crate::storage::wal::snapshots::{PySnapshotReader, PySnapshotWriter};
    #[pymodule_export]
    use crate::storage::wal::stats::PyWalStats;
    #[pymodule_export]
    use crate::storage::wal::storage::{PyWalStorage, PyWalStorageRef};
    #[pymodule_export]
    use crate::tracker::configuration::{PyConfiguration, PyConfigurationRef};
    #[pymodule_export]
    use crate::tracker::inflights::{PyInflights, PyInflightsRef};
    #[pymodule_export]
    use crate::tracker::progress::{PyProgress, PyProgressRef};
    #[pymodule_export]
    use crate::tracker::{PyProgressMapItem, PyProgressTracker, PyProgressTrackerRef};
    #[pymodule_export]
    use crate::util::{
        PyUnion, conf_state_eq, entry_approximate_size, is_continuous_ents, is_empty_snap, is_local_msg,
        is_response_msg, limit_size, majority, new_conf_change_single, parse_conf_change, stringify_conf_change,
        vote_resp_msg_type,
    };

    /// Campaign type: a normal election.
    #[pymodule_export]
    const CAMPAIGN_ELECTION: &[u8] = raft::CAMPAIGN_ELECTION;
    /// Campaign type: a pre-election, which asks whether an election could be won.
    #[pymodule_export]
    const CAMPAIGN_PRE_ELECTION: &[u8] = raft::CAMPAIGN_PRE_ELECTION;
    /// Campaign type: an election requested by the leader for a leadership transfer.
    #[pymodule_export]
    const CAMPAIGN_TRANSFER: &[u8] = raft::CAMPAIGN_TRANSFER;
    /// A constant for an invalid node id.
    #[pymodule_export]
    const INVALID_ID: u64 = raft::INVALID_ID;
    /// A constant for an invalid entry index.
    #[pymodule_export]
    const INVALID_INDEX: u64 = raft::INVALID_INDEX;
    /// The version of the crate `raft` that is compiled in.
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "Python's style")]
    const __raft_version__: &str = env!("RAFT_VERSION");
    /// A constant for no size limit, in bytes.
    #[pymodule_export]
    const NO_LIMIT: u64 = raft::NO_LIMIT;

    #[pymodule_init]
    fn init(py: Python<'_>) -> PyResult<()> {
        crate::binding::process::watch(py)?;
        crate::binding::exceptions::quiet_panics();
        crate::binding::live_list::register(py)?;
        crate::read_only::pending::register(py)?;
        // Imported rather than taken as an argument: the stub generator considers the content of a module that modifies
        // itself unknown.
        let module = py.import("rraft.rraft")?;
        module.setattr("_errors", crate::binding::exceptions::resolve(py)?)?;
        resolve_enums(&module)
    }

    /// Resolves the enums, which are written in Python.
    fn resolve_enums(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::confchange::map_change::PyMapChangeType::resolve(module)?;
        crate::eraftpb::enums::PyConfChangeTransition::resolve(module)?;
        crate::eraftpb::enums::PyConfChangeType::resolve(module)?;
        crate::eraftpb::enums::PyEntryType::resolve(module)?;
        crate::eraftpb::enums::PyMessageType::resolve(module)?;
        crate::logger::PyOverflowStrategy::resolve(module)?;
        crate::quorum::PyVoteResult::resolve(module)?;
        crate::raw_node::PySnapshotStatus::resolve(module)?;
        crate::read_only::option::PyReadOnlyOption::resolve(module)?;
        crate::raft::soft_state::PyStateRole::resolve(module)?;
        crate::tracker::state::PyProgressState::resolve(module)
    }
}
