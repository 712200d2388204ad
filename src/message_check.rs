//! What raft-rs would panic about, or take for granted, in a message from another node: refused before it is stepped.
//!
//! raft-rs trusts its peers. The rules here refuse only what no node of raft-rs sends.

use std::collections::BTreeSet;

use fxhash::FxHashSet;
use pyo3::prelude::*;
use raft::eraftpb::{ConfState, Message, MessageType, Snapshot};
use raft::{INVALID_ID, StateRole};
use raft_proto::conf_state_eq;

use crate::confchange::tracker_of;
use crate::errors::InvalidMessageError;
use crate::raft::still_member;
use crate::storage::Store;

/// The highest term and index that are taken: raft-rs adds to both without a check.
pub const HIGHEST: u64 = u64::MAX >> 1;

/// Raises `InvalidMessageError` when `raft` must not step `message`.
///
/// Raises `NotExistsError` when a leader that has applied its own removal would have to commit.
pub fn check(raft: &raft::Raft<Store>, message: &Message) -> PyResult<()> {
    let is_handled = message.term == 0 || message.term == raft.term;
    if message.msg_type == MessageType::MsgAppendResponse && is_handled && raft.prs().get(message.from).is_some() {
        still_member(raft)?;
    }
    refuse(message.msg_type, judge(raft, message))
}

/// [`check`] for a `MsgAppend` that is not stepped.
pub fn check_append(raft: &raft::Raft<Store>, message: &Message) -> PyResult<()> {
    refuse(MessageType::MsgAppend, in_range(message).and_then(|()| append(raft, message)))
}

/// [`check`] for a `MsgHeartbeat` that is not stepped.
pub fn check_heartbeat(raft: &raft::Raft<Store>, message: &Message) -> PyResult<()> {
    refuse(MessageType::MsgHeartbeat, heartbeat(raft, message))
}

/// [`check`] for the snapshot of a `MsgSnapshot` that is not stepped.
pub fn check_snapshot(raft: &raft::Raft<Store>, message: &Snapshot) -> PyResult<()> {
    refuse(MessageType::MsgSnapshot, snapshot(raft, message))
}

/// [`check`] for an election that is not started by a message.
pub fn check_election(raft: &raft::Raft<Store>) -> PyResult<()> {
    refuse(MessageType::MsgHup, election(raft))
}

/// Whether the tick that `raft` is due is held back: it would start an election that can't be won yet. The first tick
/// after the log has been stored does.
pub fn must_wait(raft: &raft::Raft<Store>) -> bool {
    raft.state != StateRole::Leader
        && raft.promotable()
        && raft.election_elapsed + 1 >= raft.randomized_election_timeout()
        && election(raft).is_err()
}

fn refuse(msg_type: MessageType, judgement: Result<(), String>) -> PyResult<()> {
    judgement.map_err(|reason| InvalidMessageError::new_err(format!("{msg_type:?}: {reason}")))
}

/// Whether `message` is a request for a pre-vote that a node in term 0 rejects. raft-rs panics, since its answer would
/// have no term. No answer has the same effect.
pub fn is_unanswerable(raft: &raft::Raft<Store>, message: &Message) -> bool {
    if message.msg_type != MessageType::MsgRequestPreVote || raft.term != 0 || message.term == 0 {
        return false;
    }
    let priority = if message.priority != 0 {
        message.priority
    } else {
        i64::try_from(message.deprecated_priority).unwrap_or(i64::MAX)
    };
    let is_granted = raft.raft_log.is_up_to_date(message.index, message.log_term)
        && (message.index > raft.raft_log.last_index() || raft.priority <= priority);
    !is_granted
}

/// What is wrong with `message` for `raft`: the field with its value, and what it is held against.
fn judge(raft: &raft::Raft<Store>, message: &Message) -> Result<(), String> {
    in_range(message)?;
    // Its term is lower, so that it is answered or ignored without a look at the rest; or it comes from another leader
    // of the same term, which a leader ignores.
    let is_stale = message.term != 0 && message.term < raft.term;
    let leads = raft.state == StateRole::Leader && message.term <= raft.term;
    match message.msg_type {
        MessageType::MsgRequestVote | MessageType::MsgRequestPreVote if message.term == 0 => {
            vote_without_term(raft, message)
        }
        _ if is_stale => Ok(()),
        MessageType::MsgHeartbeat | MessageType::MsgAppend | MessageType::MsgSnapshot
            if message.term != raft.term && message.term == 0 && campaigns(raft) =>
        {
            Err(format!("term: 0, but a candidate of term {} would fall back to it", raft.term))
        }
        MessageType::MsgHeartbeat if !leads => heartbeat(raft, message),
        MessageType::MsgAppend if !leads => append(raft, message),
        MessageType::MsgSnapshot if !leads => snapshot(raft, message.get_snapshot()),
        // A storage need not be asked about what has been stored.
        MessageType::MsgAppendResponse
            if leads && !message.reject && message.index >= raft.raft_log.unstable.offset =>
        {
            at_most("index", message.index, "the leader's last index", raft.raft_log.last_index())
        }
        MessageType::MsgHup => election(raft),
        MessageType::MsgTimeoutNow if raft.state == StateRole::Follower && raft.promotable() => election(raft),
        MessageType::MsgRequestVoteResponse if raft.state == StateRole::Candidate && !message.reject => {
            vote(raft, message)
        }
        MessageType::MsgPropose | MessageType::MsgReadIndex if leads && message.entries.is_empty() => {
            Err(format!("entries: 0, but a {:?} has at least 1", message.msg_type))
        }
        MessageType::MsgPropose | MessageType::MsgReadIndex | MessageType::MsgTransferLeader if !leads => {
            forwarded(raft, message)
        }
        MessageType::MsgReadIndexResp if message.term == 0 => {
            at_most("index", message.index, "the last index", raft.raft_log.last_index())
        }
        _ => Ok(()),
    }
}

/// An election is not won by the node's own vote when it can't lead.
fn election(raft: &raft::Raft<Store>) -> Result<(), String> {
    let is_won = raft.prs().has_quorum(&FxHashSet::from_iter([raft.id]));
    if is_won && raft.state != StateRole::Leader { able_to_lead(raft) } else { Ok(()) }
}

/// A vote that is granted doesn't decide the election when the node can't lead.
fn vote(raft: &raft::Raft<Store>, message: &Message) -> Result<(), String> {
    able_to_lead(raft).or_else(|reason| {
        let mut tracker = raft.prs().clone();
        tracker.record_vote(message.from, true);
        let (_, _, result) = tracker.tally_votes();
        if result.to_string() == "VoteWon" { Err(reason) } else { Ok(()) }
    })
}

/// A leader is a member, and its log is stored.
fn able_to_lead(raft: &raft::Raft<Store>) -> Result<(), String> {
    let voters = raft.prs().conf().voters().ids();
    if voters.is_empty() || raft.prs().get(raft.id).is_none() {
        let voters: BTreeSet<_> = voters.iter().collect();
        return Err(format!("node {} can't lead: the voters are {voters:?}", raft.id));
    }
    let (last_index, persisted) = (raft.raft_log.last_index(), raft.raft_log.persisted);
    if persisted != last_index {
        return Err(format!("the log is stored up to index {persisted}, and its last index is {last_index}"));
    }
    Ok(())
}

fn campaigns(raft: &raft::Raft<Store>) -> bool {
    matches!(raft.state, StateRole::Candidate | StateRole::PreCandidate)
}

fn at_most(field: &str, value: u64, of: &str, bound: u64) -> Result<(), String> {
    if value <= bound { Ok(()) } else { Err(format!("{field}: {value} is above {of}, {bound}")) }
}

fn in_range(message: &Message) -> Result<(), String> {
    let fields = [
        ("term", message.term),
        ("log_term", message.log_term),
        ("index", message.index),
        ("commit", message.commit),
        ("reject_hint", message.reject_hint),
        ("request_snapshot", message.request_snapshot),
    ];
    // All at once, as the highest has all bits but the first.
    if fields.iter().fold(0, |bits, (_, value)| bits | value) <= HIGHEST {
        return Ok(());
    }
    fields.into_iter().try_for_each(|(field, value)| at_most(field, value, "the highest that is taken", HIGHEST))
}

/// A request without a term may be rejected, in the term of this node, but not granted.
fn vote_without_term(raft: &raft::Raft<Store>, message: &Message) -> Result<(), String> {
    let is_free = raft.vote == message.from || (raft.vote == INVALID_ID && raft.leader_id == INVALID_ID);
    let is_granted = is_free && raft.raft_log.is_up_to_date(message.index, message.log_term);
    if is_granted || raft.term == 0 {
        return Err("term: 0, but a request for a vote has a term".to_owned());
    }
    Ok(())
}

fn heartbeat(raft: &raft::Raft<Store>, message: &Message) -> Result<(), String> {
    if message.commit <= raft.raft_log.committed {
        return Ok(());
    }
    at_most("commit", message.commit, "the last index", raft.raft_log.last_index())
}

/// The entries follow each other, and the entry at `index`. All have a term: 0 is what raft-rs takes for the term of an
/// entry that the log doesn't have.
fn append(raft: &raft::Raft<Store>, message: &Message) -> Result<(), String> {
    let last_index = || raft.raft_log.last_index();
    if message.log_term == 0 && message.index > last_index() {
        return Err(format!("log_term: 0, but index {} is not 0", message.index));
    }
    if message.log_term < message.term && message.index >= raft.raft_log.committed {
        let committed_term = raft.raft_log.term(raft.raft_log.committed).unwrap_or(0);
        if message.log_term < committed_term {
            return Err(format!(
                "log_term: {} at index {}, but the committed entry {} has term {committed_term}",
                message.log_term, message.index, raft.raft_log.committed
            ));
        }
    }
    for (expected, (position, entry)) in (message.index + 1..).zip(message.entries.iter().enumerate()) {
        if entry.index != expected {
            return Err(format!("entries[{position}].index: {}, expected {expected}", entry.index));
        }
        if entry.term == 0 && entry.index > last_index() {
            return Err(format!("entries[{position}].term: 0, but an entry has a term"));
        }
        at_most("entries[].term", entry.term, "the highest that is taken", HIGHEST)?;
    }
    Ok(())
}

/// A message that a follower passes on to the leader has no term: raft-rs adds none to it.
fn forwarded(raft: &raft::Raft<Store>, message: &Message) -> Result<(), String> {
    let is_passed_on = raft.state == StateRole::Follower && raft.leader_id != INVALID_ID;
    if is_passed_on && message.term != 0 && message.term == raft.term {
        return Err(format!("term: {}, but a {:?} that is passed on has 0", message.term, message.msg_type));
    }
    Ok(())
}

/// The members in a snapshot that would be restored are possible.
fn snapshot(raft: &raft::Raft<Store>, snapshot: &Snapshot) -> Result<(), String> {
    let metadata = snapshot.get_metadata();
    at_most("snapshot.metadata.index", metadata.index, "the highest that is taken", HIGHEST)?;
    at_most("snapshot.metadata.term", metadata.term, "the highest that is taken", HIGHEST)?;
    let members = metadata.get_conf_state();
    let is_restored = metadata.index >= raft.raft_log.committed && is_member(members, raft.id);
    if !is_restored {
        return Ok(());
    }
    if metadata.index == 0 {
        return Err("snapshot.metadata.index: 0, but a snapshot has an index".to_owned());
    }
    if metadata.term == 0 && metadata.index > raft.raft_log.last_index() {
        return Err("snapshot.metadata.term: 0, but a snapshot has a term".to_owned());
    }
    match tracker_of(members) {
        Ok(tracker) if conf_state_eq(members, &tracker.conf().to_conf_state()) => Ok(()),
        Ok(tracker) => {
            Err(format!("snapshot.metadata.conf_state: {members:?} would become {:?}", tracker.conf().to_conf_state()))
        }
        Err(error) => Err(format!("snapshot.metadata.conf_state: {error}")),
    }
}

fn is_member(members: &ConfState, id: u64) -> bool {
    [&members.voters, &members.learners, &members.voters_outgoing].into_iter().any(|ids| ids.contains(&id))
}
