//! `Raft`: the state machine.

use std::mem;

use pyo3::exceptions::PyValueError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{Borrowed, type_hint_identifier, type_hint_union};
use raft::{CAMPAIGN_ELECTION, CAMPAIGN_PRE_ELECTION, CAMPAIGN_TRANSFER, Raft};

use crate::binding::arguments::FieldValue;
use crate::binding::classes::wrapper_class;
use crate::binding::convert::{Many, Owned, Value, owned_list};
use crate::binding::exceptions::{ConfigInvalidError, Panic, boundary};
use crate::binding::fields::{fields, live};
use crate::binding::handle::{Handle, Wrapper};
use crate::binding::kinds::{List, OptionalId};
use crate::binding::live_list::LiveListOf;
use crate::binding::view::{FieldPath, Itself, part, whole};
use crate::checks::encoding;
use crate::checks::limits::checked_capacity;
use crate::checks::members::still_member;
use crate::checks::messages::{admit, check_append, check_election, check_heartbeat, check_snapshot, must_wait};
use crate::config::{PyConfigRef, validate};
use crate::eraftpb::conf_change::AnyConfChange;
use crate::eraftpb::conf_state::PyConfStateRef;
use crate::eraftpb::entry::PyEntryRef;
use crate::eraftpb::hard_state::PyHardStateRef;
use crate::eraftpb::message::PyMessageRef;
use crate::eraftpb::snapshot::PySnapshotRef;
use crate::errors::raft_error;
use crate::logger::{PyLoggerRef, env_logger};
use crate::raft::soft_state::{PySoftStateRef, PyStateRole};
use crate::raft_log::PyRaftLogRef;
use crate::read_only::PyReadOnlyRef;
use crate::read_only::option::PyReadOnlyOption;
use crate::read_only::pending::PendingCopies;
use crate::read_only::read_state::PyReadStateRef;
use crate::storage::{Store, StoreObject};
use crate::tracker::PyProgressTrackerRef;

pub mod soft_state;
pub mod timeouts;

wrapper_class! {
    /// The state machine inside a `RawNode`, for applications that drive it directly or inspect its state.
    ///
    /// Mirrors `raft::Raft`, with the fields of `raft::RaftCore`.
    "Raft" / "RaftRef": raft::Raft<Store>, keeps_alive |raft| raft.store().keeps_alive(), calls |raft| &raft.raft_log
}

fields! { plain PyRaftRef {
    /// The messages to send.
    msgs: List<PyMessageRef> => set(msgs),
    /// The current term.
    term: u64,
    /// The id of the node voted for in this term; 0 for none.
    vote: u64,
    /// The node's id.
    id: u64,
    /// The maximum number of in-flight append messages per peer.
    max_inflight: usize,
    /// The maximum number of bytes of entries in one message.
    max_msg_size: u64,
    /// The index that a requested snapshot must reach; 0 when none is requested.
    pending_request_snapshot: u64,
    /// The node's role.
    state: PyStateRole,
    /// The leader's id; 0 when there is none.
    leader_id: u64,
    /// The id of the node that leadership is being transferred to; `None` when no transfer is in progress.
    lead_transferee: OptionalId => optional(v),
    /// The highest index at which there may be an unapplied configuration change.
    pending_conf_index: u64,
    /// The number of ticks since the last election timeout, or since the last message from the leader.
    election_elapsed: usize,
    /// Whether a leader steps down when it has not heard from a quorum.
    check_quorum: bool,
    /// Whether a node runs a pre-vote before it starts an election.
    pre_vote: bool,
    /// The node's priority in elections.
    priority: i64 => set(priority),
}}

/// Validates `cfg`. Raises `ConfigInvalidError` when it is invalid, `ValueError` when its in-flight window is so large
/// that allocating it could abort.
pub fn checked_config(cfg: Value<PyConfigRef>) -> PyResult<raft::Config> {
    let config = cfg.0;
    validate(&config)?;
    checked_capacity("max_inflight_msgs", config.max_inflight_msgs)?;
    Ok(config)
}

/// Calls `new`, and maps the panic about `Config.applied`: only raft-rs compares it with the storage, and it panics on
/// a mismatch.
pub fn make<T>(new: impl FnOnce() -> raft::Result<T>) -> PyResult<T> {
    match boundary(new) {
        Err(panic) if is_about_applied_index(&panic) => Err(ConfigInvalidError::new_err(panic.message)),
        result => result?.map_err(raft_error),
    }
}

/// Returns whether raft-rs panicked about `Config.applied`: recognized by the message only, since checking beforehand
/// would query the storage twice. `test_misuse_of_nodes.py` fails when the message changes.
fn is_about_applied_index(panic: &Panic) -> bool {
    panic.message.starts_with("applied(")
}

/// Argument: the type of a campaign, as text or as one of the `CAMPAIGN_` constants.
struct CampaignType(&'static [u8]);

impl<'py> FromPyObject<'_, 'py> for CampaignType {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr =
        type_hint_union!(type_hint_identifier!("builtins", "str"), type_hint_identifier!("builtins", "bytes"));

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let name = match object.cast::<PyString>() {
            Ok(text) => text.to_str()?.as_bytes().to_vec(),
            Err(_) => object.cast::<PyBytes>()?.as_bytes().to_vec(),
        };
        match name.as_slice() {
            b"CampaignElection" => Ok(Self(CAMPAIGN_ELECTION)),
            b"CampaignPreElection" => Ok(Self(CAMPAIGN_PRE_ELECTION)),
            b"CampaignTransfer" => Ok(Self(CAMPAIGN_TRANSFER)),
            _ => Err(PyValueError::new_err(format!("campaign_type: expected a campaign type, got {}", object.repr()?))),
        }
    }
}

#[pymethods]
impl PyRaft {
    /// Creates a state machine from the state persisted in `store`.
    ///
    /// Raises `ConfigInvalidError` when `cfg` is invalid, or its applied index exceeds what is persisted and committed;
    /// `StoreError` when the storage fails. Over a `WalStorage`, it first waits until what was written to the group is
    /// durable, and raises `WalFailedError` when the log has failed. Mirrors `raft::Raft::new`.
    ///
    /// Beyond raft-rs: with `seed`, the randomized election timeouts are a function of it, as those of a `RawNode`.
    #[new]
    #[pyo3(signature = (cfg, store, logger, *, seed = None))]
    fn new(
        py: Python<'_>,
        cfg: Value<PyConfigRef>,
        store: Store,
        logger: Value<PyLoggerRef>,
        seed: Option<u64>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mut config = checked_config(cfg)?;
        let store = store.start_at(py, config.applied)?.seeded(&mut config, seed);
        let raft = make(|| Raft::new(&config, store, &logger.0.inner))?;
        Ok(Self::initializer_of(Handle::owned_keeping(raft, logger.0.python)))
    }

    /// Creates a state machine that logs to the default logger.
    ///
    /// Raises the exceptions of the constructor. Mirrors `raft::Raft::with_default_logger`.
    #[staticmethod]
    fn with_default_logger(py: Python<'_>, cfg: Value<PyConfigRef>, store: Store) -> PyResult<Owned<PyRaftRef>> {
        let config = checked_config(cfg)?;
        let store = store.start_at(py, config.applied)?;
        make(|| Raft::new(&config, store, &env_logger())).map(Owned)
    }
}

/// The parts.
#[pymethods]
impl PyRaftRef {
    /// A live view of the log.
    ///
    /// Mirrors the field `raft::RaftCore::raft_log`.
    #[getter(raft_log)]
    fn attribute_raft_log(slf: &Bound<'_, Self>) -> PyRaftLogRef {
        Self::get_raft_log(slf)
    }

    /// Returns a live view of the log.
    ///
    /// Mirrors the field `raft::RaftCore::raft_log`.
    fn get_raft_log(slf: &Bound<'_, Self>) -> PyRaftLogRef {
        part(slf, FieldPath { get: |raft| &raft.raft_log, get_mut: |raft| &mut raft.raft_log }, Itself)
    }

    /// Replaces the log with `raft_log`, which is consumed.
    ///
    /// Mirrors the field `raft::RaftCore::raft_log`.
    fn set_raft_log(&self, raft_log: &Bound<'_, PyRaftLogRef>) -> PyResult<()> {
        let old: PyResult<_> = self.write(|raft| {
            let log = raft_log.get().take_value()?;
            let timeouts = raft.mut_store().timeouts.take();
            raft.store().end_call();
            let old = mem::replace(&mut raft.raft_log, log);
            raft.mut_store().timeouts = timeouts;
            Ok(old)
        })?;
        // Dropped after the node has been released, since the drop may run Python code.
        old.map(drop)
    }

    #[setter(raft_log)]
    fn set_attribute_raft_log(&self, raft_log: &Bound<'_, PyRaftLogRef>) -> PyResult<()> {
        self.set_raft_log(raft_log)
    }

    /// This state machine itself: the attributes of raft-rs's field `r` are its own attributes.
    ///
    /// Mirrors the field `raft::Raft::r`.
    #[getter(r)]
    fn attribute_r(slf: &Bound<'_, Self>) -> Self {
        whole(slf)
    }

    /// A live view of the read requests that are waiting for a quorum.
    ///
    /// Mirrors the field `raft::RaftCore::read_only`.
    #[getter(read_only)]
    fn attribute_read_only(slf: &Bound<'_, Self>) -> PyReadOnlyRef {
        part(slf, FieldPath { get: |raft| raft, get_mut: |raft| raft }, Itself)
    }

    #[setter(read_only)]
    fn set_attribute_read_only(&self, read_only: &Bound<'_, PyReadOnlyRef>) -> PyResult<()> {
        let read_only = read_only.get().read(|host| host.read_only.clone())?;
        self.write(|raft| raft.read_only = read_only)
    }

    /// Returns a live view of the members and their progress, the `ProgressTracker`.
    ///
    /// Mirrors `raft::Raft::mut_prs`.
    fn mut_prs(slf: &Bound<'_, Self>) -> PyProgressTrackerRef {
        Self::prs(slf)
    }

    /// Returns the storage.
    ///
    /// Mirrors `raft::Raft::mut_store`.
    fn mut_store(&self, py: Python<'_>) -> PyResult<StoreObject> {
        self.store(py)
    }

    /// Returns a live view of the members and their progress, the `ProgressTracker`.
    ///
    /// Mirrors `raft::Raft::prs`.
    pub fn prs(slf: &Bound<'_, Self>) -> PyProgressTrackerRef {
        part(slf, FieldPath { get: |raft| raft.prs(), get_mut: |raft| raft.mut_prs() }, Itself)
    }

    /// Returns the storage.
    ///
    /// Mirrors `raft::Raft::store`.
    fn store(&self, py: Python<'_>) -> PyResult<StoreObject> {
        self.read(|raft| StoreObject::of(raft.store(), py))
    }

    /// Returns a copy of the pending snapshot to restore, or `None`.
    ///
    /// Mirrors `raft::Raft::snap`.
    fn snap(&self) -> PyResult<Option<Owned<PySnapshotRef>>> {
        self.read(|raft| raft.snap().cloned().map(Owned))
    }

    /// Takes the messages to send, leaving none.
    fn take_msgs(&self) -> PyResult<Vec<Owned<PyMessageRef>>> {
        self.write(|raft| std::mem::take(&mut raft.msgs)).map(owned_list)
    }

    /// Returns the leader's id and the node's role.
    ///
    /// Mirrors `raft::Raft::soft_state`.
    fn soft_state(&self) -> PyResult<Owned<PySoftStateRef>> {
        self.read(|raft| Owned(raft.soft_state()))
    }

    /// Returns the term, the vote and the commit index.
    ///
    /// Mirrors `raft::Raft::hard_state`.
    fn hard_state(&self) -> PyResult<Owned<PyHardStateRef>> {
        self.read(|raft| Owned(raft.hard_state()))
    }

    /// Loads the term, the vote and the commit index from `hs`.
    ///
    /// Raises `RaftPanicError` when the commit index is out of the log's range. Mirrors `raft::Raft::load_state`.
    fn load_state(&self, hs: Value<PyHardStateRef>) -> PyResult<()> {
        self.write(|raft| raft.load_state(&hs.0))
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|raft| format!("Raft {{ id: {}, state: {:?}, term: {} }}", raft.id, raft.state, raft.term))
    }
}

/// The logical clock and the roles.
#[pymethods]
impl PyRaftRef {
    /// Advances the logical clock by one tick. Returns whether there may be a `Ready` to handle.
    ///
    /// Mirrors `raft::Raft::tick`.
    fn tick(&self) -> PyResult<bool> {
        self.write(|raft| {
            timeouts::settle(raft);
            !must_wait(raft) && raft.tick()
        })
    }

    /// Advances the logical clock by one tick, as a follower or candidate.
    ///
    /// Mirrors `raft::Raft::tick_election`.
    fn tick_election(&self) -> PyResult<bool> {
        self.write(|raft| {
            timeouts::settle(raft);
            !must_wait(raft) && raft.tick_election()
        })
    }

    /// Becomes a follower of `leader_id` in `term`; 0 for no leader.
    ///
    /// Mirrors `raft::Raft::become_follower`.
    fn become_follower(&self, term: u64, leader_id: u64) -> PyResult<()> {
        self.write(|raft| raft.become_follower(term, leader_id))
    }

    /// Becomes a candidate in the next term.
    ///
    /// Raises `RaftPanicError` for a leader. Mirrors `raft::Raft::become_candidate`.
    fn become_candidate(&self) -> PyResult<()> {
        self.write(Raft::become_candidate)
    }

    /// Becomes a pre-candidate.
    ///
    /// Raises `RaftPanicError` for a leader. Mirrors `raft::Raft::become_pre_candidate`.
    fn become_pre_candidate(&self) -> PyResult<()> {
        self.write(Raft::become_pre_candidate)
    }

    /// Becomes the leader.
    ///
    /// Raises `RaftPanicError` for a follower. Mirrors `raft::Raft::become_leader`.
    fn become_leader(&self) -> PyResult<()> {
        self.write(Raft::become_leader)
    }

    /// Starts a campaign of the type `campaign_type`: `CAMPAIGN_ELECTION`, `CAMPAIGN_PRE_ELECTION` or
    /// `CAMPAIGN_TRANSFER`.
    ///
    /// Raises `ValueError` for any other type, `InvalidMessageError` when `RawNode.campaign` does. Mirrors
    /// `raft::Raft::campaign`.
    fn campaign(&self, campaign_type: CampaignType) -> PyResult<()> {
        self.write(|raft| {
            check_election(raft)?;
            raft.campaign(campaign_type.0);
            Ok(())
        })?
    }

    /// Resets the per-term state and enters `term`.
    ///
    /// Mirrors `raft::Raft::reset`.
    fn reset(&self, term: u64) -> PyResult<()> {
        self.write(|raft| raft.reset(term))
    }

    /// Returns whether the node can be elected: it is a voter.
    ///
    /// Mirrors `raft::Raft::promotable`.
    fn promotable(&self) -> PyResult<bool> {
        self.read(Raft::promotable)
    }

    /// Returns the election timeout in ticks.
    ///
    /// Mirrors `raft::Raft::election_timeout`.
    fn election_timeout(&self) -> PyResult<usize> {
        self.read(Raft::election_timeout)
    }

    /// Returns the heartbeat interval in ticks.
    ///
    /// Mirrors `raft::Raft::heartbeat_timeout`.
    fn heartbeat_timeout(&self) -> PyResult<usize> {
        self.read(Raft::heartbeat_timeout)
    }

    /// Returns the number of ticks since the last heartbeat.
    ///
    /// Mirrors `raft::Raft::heartbeat_elapsed`.
    fn heartbeat_elapsed(&self) -> PyResult<usize> {
        self.read(Raft::heartbeat_elapsed)
    }

    /// Returns the current randomized election timeout, in ticks.
    ///
    /// Mirrors `raft::Raft::randomized_election_timeout`.
    fn randomized_election_timeout(&self) -> PyResult<usize> {
        self.read(timeouts::current)
    }

    /// Sets the randomized election timeout: for tests.
    ///
    /// Raises `RaftPanicError` when `t` is outside the configured bounds. Mirrors
    /// `raft::Raft::set_randomized_election_timeout`.
    fn set_randomized_election_timeout(&self, t: usize) -> PyResult<()> {
        self.write(|raft| timeouts::set(raft, t))
    }

    /// Chooses a new randomized election timeout.
    ///
    /// Mirrors `raft::Raft::reset_randomized_election_timeout`.
    fn reset_randomized_election_timeout(&self) -> PyResult<()> {
        self.write(|raft| {
            timeouts::settle(raft);
            raft.reset_randomized_election_timeout();
        })
    }

    /// Returns whether the randomized election timeout has elapsed.
    ///
    /// Mirrors `raft::Raft::pass_election_timeout`.
    fn pass_election_timeout(&self) -> PyResult<bool> {
        self.read(|raft| raft.election_elapsed >= timeouts::current(raft))
    }

    /// Returns whether the node is within the lease of a leader.
    ///
    /// Mirrors `raft::Raft::in_lease`.
    fn in_lease(&self) -> PyResult<bool> {
        self.read(Raft::in_lease)
    }
}

/// Messages.
#[pymethods]
impl PyRaftRef {
    /// Advances the state machine with `msg`, which may be a local message. The message is copied.
    ///
    /// A message whose term is more than 2**32 ahead is treated as lost, and increases the node's term by 2**32 only.
    ///
    /// Raises `InvalidMessageError` for a message that no node sends, `LogLostError` for a heartbeat that proves that
    /// the node's log has lost entries, `ProposalDroppedError` for a proposal that was dropped. Mirrors
    /// `raft::Raft::step`.
    fn step(&self, msg: Value<PyMessageRef>) -> PyResult<()> {
        self.write(|raft| if admit(raft, &msg.0)? { raft.step(msg.0).map_err(raft_error) } else { Ok(()) })?
    }

    /// Handles a `MsgAppend`.
    ///
    /// Raises `InvalidMessageError` when `step` does. Mirrors `raft::Raft::handle_append_entries`.
    fn handle_append_entries(&self, msg: Value<PyMessageRef>) -> PyResult<()> {
        self.write(|raft| {
            check_append(raft, &msg.0)?;
            raft.handle_append_entries(&msg.0);
            Ok(())
        })?
    }

    /// Handles a `MsgHeartbeat`.
    ///
    /// Raises `LogLostError` when `step` does. Mirrors `raft::Raft::handle_heartbeat`.
    fn handle_heartbeat(&self, msg: Value<PyMessageRef>) -> PyResult<()> {
        self.write(|raft| {
            check_heartbeat(raft, &msg.0)?;
            raft.handle_heartbeat(msg.0);
            Ok(())
        })?
    }

    /// Sends the peer `to` the entries, or the snapshot, that it is missing.
    ///
    /// Raises `ValueError` when `to` is not a member. Mirrors `raft::Raft::send_append`.
    fn send_append(&self, to: u64) -> PyResult<()> {
        self.write(|raft| {
            if raft.prs().get(to).is_none() {
                return Err(PyValueError::new_err(format!("to: {to} is not a member")));
            }
            raft.send_append(to);
            Ok(())
        })?
    }

    /// Sends all peers the entries, or the snapshot, that they are missing.
    ///
    /// Mirrors `raft::Raft::bcast_append`.
    fn bcast_append(&self) -> PyResult<()> {
        self.write(Raft::bcast_append)
    }

    /// Sends heartbeats to all peers, if the node is the leader.
    ///
    /// Mirrors `raft::Raft::ping`.
    fn ping(&self) -> PyResult<()> {
        self.write(Raft::ping)
    }

    /// Sends heartbeats to all peers.
    ///
    /// Mirrors `raft::Raft::bcast_heartbeat`.
    fn bcast_heartbeat(&self) -> PyResult<()> {
        self.write(Raft::bcast_heartbeat)
    }

    /// Sends `MsgTimeoutNow` to the node `to`, which then campaigns immediately.
    ///
    /// Mirrors `raft::Raft::send_timeout_now`.
    fn send_timeout_now(&self, to: u64) -> PyResult<()> {
        self.write(|raft| raft.send_timeout_now(to))
    }

    /// Aborts the pending leadership transfer.
    ///
    /// Mirrors `raft::Raft::abort_leader_transfer`.
    fn abort_leader_transfer(&self) -> PyResult<()> {
        self.write(Raft::abort_leader_transfer)
    }

    /// Requests a snapshot from the leader.
    ///
    /// Raises `RequestSnapshotDroppedError` when the request was dropped. Mirrors `raft::Raft::request_snapshot`.
    fn request_snapshot(&self) -> PyResult<()> {
        self.write(Raft::request_snapshot)?.map_err(raft_error)
    }

    /// Sets whether new entries are batched into an append message that has not been sent yet.
    ///
    /// Mirrors `raft::Raft::set_batch_append`.
    fn set_batch_append(&self, v: bool) -> PyResult<()> {
        self.write(|raft| raft.set_batch_append(v))
    }
}

/// The log.
#[pymethods]
impl PyRaftRef {
    /// Sets the term and the index of `ents` and appends copies of them to the log. Returns false, and changes nothing,
    /// when they exceed the limit of uncommitted entries.
    ///
    /// ```python
    /// >>> raft = node.raft
    /// >>> raft.become_candidate()
    /// >>> raft.become_leader()
    /// >>> entry = Entry(data=b"x")
    /// >>> raft.append_entry([entry]), entry.index, entry.term
    /// (True, 2, 1)
    ///
    /// ```
    ///
    /// Raises `CodecError` when an entry is too large for any message: see `RawNode.propose`.
    ///
    /// Mirrors `raft::Raft::append_entry`.
    fn append_entry(&self, ents: Many<Py<PyEntryRef>>) -> PyResult<bool> {
        let mut entries = ents.0.iter().map(|entry| entry.get().read(Clone::clone)).collect::<PyResult<Vec<_>>>()?;
        for entry in &entries {
            encoding::check_entry(entry)?;
        }
        let is_appended = self.write(|raft| raft.append_entry(&mut entries))?;
        if is_appended {
            for (object, appended) in ents.0.iter().zip(&entries) {
                // The entries are appended, even if a log handler has removed one of the objects.
                let _ = object.get().write(|entry| (entry.term, entry.index) = (appended.term, appended.index));
            }
        }
        Ok(is_appended)
    }

    /// Notifies Raft that the entries up to `index`, whose term is `term`, have been persisted.
    ///
    /// Raises `NotExistsError` for a leader that has applied its own removal. Mirrors
    /// `raft::Raft::on_persist_entries`.
    fn on_persist_entries(&self, index: u64, term: u64) -> PyResult<()> {
        self.write(|raft| {
            still_member(raft)?;
            raft.on_persist_entries(index, term);
            Ok(())
        })?
    }

    /// Notifies Raft that the snapshot at `index` has been persisted.
    ///
    /// Mirrors `raft::Raft::on_persist_snap`.
    fn on_persist_snap(&self, index: u64) -> PyResult<()> {
        self.write(|raft| raft.on_persist_snap(index))
    }

    /// Tries to advance the commit index to the highest index replicated on a quorum. Returns whether it advanced.
    ///
    /// Raises `NotExistsError` for a leader that has applied its own removal. Mirrors `raft::Raft::maybe_commit`.
    fn maybe_commit(&self) -> PyResult<bool> {
        self.write(|raft| {
            still_member(raft)?;
            Ok(raft.maybe_commit())
        })?
    }

    /// Notifies Raft that the entries up to `applied` have been applied.
    ///
    /// Raises `RaftPanicError` when they are not committed yet. Mirrors `raft::Raft::commit_apply`.
    fn commit_apply(&self, applied: u64) -> PyResult<()> {
        self.write(|raft| raft.commit_apply(applied))
    }

    /// Restores the state machine from a snapshot, if it is newer than the log. Returns whether it was restored.
    ///
    /// Raises `InvalidMessageError` when its configuration is invalid. Mirrors `raft::Raft::restore`.
    fn restore(&self, snap: Value<PySnapshotRef>) -> PyResult<bool> {
        self.write(|raft| {
            check_snapshot(raft, &snap.0)?;
            Ok(raft.restore(snap.0))
        })?
    }

    /// Returns whether an entry of the current term is committed.
    ///
    /// Mirrors `raft::Raft::commit_to_current_term`.
    fn commit_to_current_term(&self) -> PyResult<bool> {
        self.read(Raft::commit_to_current_term)
    }

    /// Returns whether an entry of the current term has been applied.
    ///
    /// Mirrors `raft::Raft::apply_to_current_term`.
    fn apply_to_current_term(&self) -> PyResult<bool> {
        self.read(Raft::apply_to_current_term)
    }

    /// Adds the size of `ents` to the uncommitted size. Returns false, and adds nothing, when that would exceed the
    /// limit.
    ///
    /// Mirrors `raft::Raft::maybe_increase_uncommitted_size`.
    fn maybe_increase_uncommitted_size(&self, ents: Many<Value<PyEntryRef>>) -> PyResult<bool> {
        let entries = ents.into_values();
        self.write(|raft| raft.maybe_increase_uncommitted_size(&entries))
    }

    /// Subtracts the size of `ents` from the uncommitted size.
    ///
    /// Mirrors `raft::Raft::reduce_uncommitted_size`.
    fn reduce_uncommitted_size(&self, ents: Many<Value<PyEntryRef>>) -> PyResult<()> {
        let entries = ents.into_values();
        self.write(|raft| raft.reduce_uncommitted_size(&entries))
    }

    /// Returns the size of the uncommitted entries in bytes.
    ///
    /// Mirrors `raft::Raft::uncommitted_size`.
    fn uncommitted_size(&self) -> PyResult<usize> {
        self.read(Raft::uncommitted_size)
    }

    /// Sets the maximum size in bytes of the committed entries in one `Ready`.
    ///
    /// Mirrors `raft::Raft::set_max_committed_size_per_ready`.
    fn set_max_committed_size_per_ready(&self, v: u64) -> PyResult<()> {
        self.write(|raft| raft.set_max_committed_size_per_ready(v))
    }

    /// Sets whether the leader sends a new commit index only with the next heartbeat or entries.
    ///
    /// Mirrors `raft::Raft::skip_bcast_commit`.
    fn skip_bcast_commit(&self, skip: bool) -> PyResult<()> {
        self.write(|raft| raft.skip_bcast_commit(skip))
    }

    /// Returns whether the leader broadcasts a new commit index immediately.
    ///
    /// Mirrors `raft::Raft::should_bcast_commit`.
    fn should_bcast_commit(&self) -> PyResult<bool> {
        self.read(Raft::should_bcast_commit)
    }
}

/// Configuration and quorums.
#[pymethods]
impl PyRaftRef {
    /// Applies a committed configuration change. Returns the new configuration.
    ///
    /// Raises `ConfChangeError` when the change is invalid. Mirrors `raft::Raft::apply_conf_change`.
    fn apply_conf_change(&self, cc: AnyConfChange) -> PyResult<Owned<PyConfStateRef>> {
        let change = cc.into_v2();
        self.write(|raft| raft.apply_conf_change(&change))?.map(Owned).map_err(raft_error)
    }

    /// Updates the node after the configuration has changed. Returns the configuration.
    ///
    /// Mirrors `raft::Raft::post_conf_change`.
    fn post_conf_change(&self) -> PyResult<Owned<PyConfStateRef>> {
        self.write(|raft| Owned(raft.post_conf_change()))
    }

    /// Returns whether there may be an unapplied configuration change.
    ///
    /// Mirrors `raft::Raft::has_pending_conf`.
    fn has_pending_conf(&self) -> PyResult<bool> {
        self.read(Raft::has_pending_conf)
    }

    /// Enables or disables group commit: an entry is committed only once it is replicated in at least two groups.
    ///
    /// Mirrors `raft::Raft::enable_group_commit`.
    fn enable_group_commit(&self, enable: bool) -> PyResult<()> {
        self.write(|raft| raft.enable_group_commit(enable))
    }

    /// Returns whether group commit is enabled.
    ///
    /// Mirrors `raft::Raft::group_commit`.
    fn group_commit(&self) -> PyResult<bool> {
        self.read(Raft::group_commit)
    }

    /// Assigns members to commit groups, as pairs of member id and group id.
    ///
    /// Raises `ValueError` for a group 0. Mirrors `raft::Raft::assign_commit_groups`.
    fn assign_commit_groups(&self, ids: Many<(u64, u64)>) -> PyResult<()> {
        if let Some((id, _)) = ids.0.iter().find(|(_, group)| *group == 0) {
            return Err(PyValueError::new_err(format!("ids: expected a positive group id for {id}, got 0")));
        }
        self.write(|raft| raft.assign_commit_groups(&ids.0))
    }

    /// Removes all members from their commit groups.
    ///
    /// Mirrors `raft::Raft::clear_commit_group`.
    fn clear_commit_group(&self) -> PyResult<()> {
        self.write(Raft::clear_commit_group)
    }

    /// Returns whether the committed entries are replicated in at least two groups; `None` on a node that is not the
    /// leader.
    ///
    /// Mirrors `raft::Raft::check_group_commit_consistent`.
    fn check_group_commit_consistent(&self) -> PyResult<Option<bool>> {
        self.write(Raft::check_group_commit_consistent)
    }

    /// Returns the size of the in-flight windows in bytes.
    ///
    /// Mirrors `raft::Raft::inflight_buffers_size`.
    fn inflight_buffers_size(&self) -> PyResult<usize> {
        self.read(Raft::inflight_buffers_size)
    }

    /// Frees the buffers of empty in-flight windows.
    ///
    /// Mirrors `raft::Raft::maybe_free_inflight_buffers`.
    fn maybe_free_inflight_buffers(&self) -> PyResult<()> {
        self.write(Raft::maybe_free_inflight_buffers)
    }

    /// Sets the maximum number of in-flight messages to the member `target`.
    ///
    /// Raises `ValueError` when `cap` is more than 2**24. Mirrors `raft::Raft::adjust_max_inflight_msgs`.
    fn adjust_max_inflight_msgs(&self, target: u64, cap: usize) -> PyResult<()> {
        let capacity = checked_capacity("cap", cap)?;
        self.write(|raft| raft.adjust_max_inflight_msgs(target, capacity))
    }
}

/// Reads.
#[pymethods]
impl PyRaftRef {
    /// The read states that have not been returned in a `Ready` yet.
    #[getter(read_states)]
    fn attribute_read_states(slf: &Bound<'_, Self>) -> LiveListOf<List<PyReadStateRef>> {
        live!(List<PyReadStateRef>, slf, |raft: &PyRaftRef| raft.read_states)
    }

    #[setter(read_states)]
    fn set_attribute_read_states(&self, v: FieldValue<List<PyReadStateRef>>) -> PyResult<()> {
        self.set_read_states(v)
    }

    /// Returns copies of the read states that have not been returned in a `Ready` yet.
    fn get_read_states(&self) -> PyResult<Vec<Owned<PyReadStateRef>>> {
        self.read(|raft| owned_list(raft.read_states.clone()))
    }

    /// Sets the read states to return in the next `Ready`.
    fn set_read_states(&self, v: FieldValue<List<PyReadStateRef>>) -> PyResult<()> {
        let read_states = v.named("read_states")?;
        self.write(|raft| raft.read_states = read_states)
    }

    /// Returns the number of read requests that are waiting for a quorum.
    ///
    /// Mirrors `raft::Raft::pending_read_count`.
    fn pending_read_count(&self) -> PyResult<usize> {
        self.read(Raft::pending_read_count)
    }

    /// Returns the number of read states that have not been returned in a `Ready` yet.
    ///
    /// Mirrors `raft::Raft::ready_read_count`.
    fn ready_read_count(&self) -> PyResult<usize> {
        self.read(Raft::ready_read_count)
    }

    /// Returns the `ReadOnlyOption`: how linearizable reads are served.
    ///
    /// Mirrors the field `option` of `raft::RaftCore::read_only`.
    fn get_read_only_option(&self) -> PyResult<PyReadOnlyOption> {
        self.read(|raft| raft.read_only.option.into())
    }

    /// Sets the `ReadOnlyOption`: how linearizable reads are served.
    ///
    /// Mirrors the field `option` of `raft::RaftCore::read_only`.
    fn set_read_only_option(&self, option: PyReadOnlyOption) -> PyResult<()> {
        self.write(|raft| raft.read_only.option = option.into())
    }

    /// Returns copies of the pending read requests, by context. `read_only.pending_read_index` is the live mapping.
    ///
    /// Mirrors the field `pending_read_index` of `raft::RaftCore::read_only`.
    fn get_read_only_pending_read_index(slf: &Bound<'_, Self>) -> PyResult<PendingCopies> {
        Self::attribute_read_only(slf).pending_copies()
    }

    /// Returns the contexts of the pending read requests, oldest first, each as a list of byte values.
    ///
    /// Mirrors the field `read_index_queue` of `raft::RaftCore::read_only`.
    fn get_readonly_read_index_queue(&self) -> PyResult<Vec<Vec<u16>>> {
        self.read(|raft| {
            let contexts = raft.read_only.read_index_queue.iter();
            contexts.map(|context| context.iter().copied().map(u16::from).collect()).collect()
        })
    }
}
