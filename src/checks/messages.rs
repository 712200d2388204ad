//! Validation of incoming messages: rejects, before the step, what raft-rs would panic on or accept unchecked.
//!
//! raft-rs trusts its peers. These rules only reject messages that no raft-rs node sends, except with `batch_append`: see
//! `outgoing.rs`. [`admit`] is the entry point, [`validate`] has the rules by message type. The reason in the exception
//! begins with the field that a rule rejects. `errors.rs` converts a [`Rejection`] into the exception.

use std::collections::BTreeSet;

use bytes::Bytes;
use fxhash::FxHashSet;
use raft::eraftpb::{ConfChange, ConfChangeV2, ConfState, Entry, EntryType, Message, MessageType, Snapshot};
use raft::{CAMPAIGN_TRANSFER, INVALID_ID, INVALID_INDEX, ProgressState, Raft, StateRole, Storage};
use raft_proto::conf_state_eq;
use slog::{debug, error, warn};

use crate::checks::encoding;
use crate::checks::limits::HIGHEST;
use crate::checks::members::{still_member, tracker_of};
use crate::checks::rejection::Rejection;
use crate::fault;

/// The highest index of a snapshot. It leaves room for subsequent entries.
const HIGHEST_SNAPSHOT: u64 = HIGHEST >> 1;
/// The maximum increase of the term by one message.
const MAX_TERM_INCREASE: u64 = 1 << 32;

/// Returns whether `raft` should step `message`. If not, the message has been handled here, or is treated as lost.
///
/// Raises `InvalidMessageError` for a message that no node sends, `LogLostError` when the message proves that the log
/// of this node has lost entries, `NotExistsError` when a leader that has applied its own removal would have to commit.
/// Nothing is changed then.
pub fn admit<S: Storage>(raft: &mut Raft<S>, message: &Message) -> Result<bool, Rejection> {
    if is_unanswerable(raft, message) {
        return Ok(false);
    }
    check(raft, message)?;
    if message.term > raft.term && increases_term_too_far(raft, message) {
        return increase_term_toward(raft, message);
    }
    match message.msg_type {
        MessageType::MsgAppendResponse if message.reject => return Ok(!handle_late_rejection(raft, message)),
        MessageType::MsgReadIndex => report_dropped_read(raft, message),
        _ => {}
    }
    Ok(true)
}

fn check<S: Storage>(raft: &Raft<S>, message: &Message) -> Result<(), Rejection> {
    let is_handled = message.term == 0 || message.term == raft.term;
    if message.msg_type == MessageType::MsgAppendResponse && is_handled && raft.prs().get(message.from).is_some() {
        still_member(raft)?;
    }
    as_rejection(message.msg_type, validate(raft, message))?;
    if message.msg_type == MessageType::MsgHeartbeat && !is_stale(raft, message) && !leads(raft, message) {
        check_heartbeat(raft, message)?;
    }
    Ok(())
}

/// Returns whether `message` would increase the term by more than one message may. The limit is 2**32, or half of the
/// distance to the highest term, so that elections remain possible whatever terms other nodes claim.
///
/// Pre-vote requests and the responses that grant them do not change the term. A vote request is ignored during the
/// leader lease.
fn increases_term_too_far<S: Storage>(raft: &Raft<S>, message: &Message) -> bool {
    match message.msg_type {
        _ if message.term <= highest_acceptable_term(raft.term) => false,
        MessageType::MsgRequestPreVote => false,
        MessageType::MsgRequestPreVoteResponse => message.reject,
        MessageType::MsgRequestVote => {
            let in_lease =
                raft.check_quorum && raft.leader_id != INVALID_ID && raft.election_elapsed < raft.election_timeout();
            !in_lease || *message.context == *CAMPAIGN_TRANSFER
        }
        _ => true,
    }
}

/// Returns the highest term that a node in `term` accepts from one message.
fn highest_acceptable_term(term: u64) -> u64 {
    let room = HIGHEST.saturating_sub(term) / 2;
    term.saturating_add(room.clamp(1, MAX_TERM_INCREASE))
}

/// Increases the term as far as `message` may. The message is treated as lost. If all other nodes are in the higher
/// term, subsequent messages increase the term further.
fn increase_term_toward<S: Storage>(raft: &mut Raft<S>, message: &Message) -> Result<bool, Rejection> {
    // The same rule as in `raft::RawNode::step`.
    let is_answer = matches!(
        message.msg_type,
        MessageType::MsgAppendResponse
            | MessageType::MsgRequestVoteResponse
            | MessageType::MsgHeartbeatResponse
            | MessageType::MsgRequestPreVoteResponse
    );
    if is_answer && raft.prs().get(message.from).is_none() {
        return Err(Rejection::Raft(raft::Error::StepPeerNotFound));
    }
    let term = highest_acceptable_term(raft.term);
    warn!(
        raft.raft_log.unstable.logger,
        "ignored a {:?} from {}: its term {} is too far ahead of term {}; moving to term {}",
        message.msg_type,
        message.from,
        message.term,
        raft.term,
        term
    );
    raft.become_follower(term, INVALID_ID);
    Ok(false)
}

/// Handles a rejection after which raft-rs 0.7 would send entries again that the peer is known to have. Returns whether
/// `message` was one.
///
/// raft-rs would set `next_idx` to at most `matched`. If that is compacted, it would send a snapshot needlessly.
fn handle_late_rejection<S: Storage>(raft: &mut Raft<S>, message: &Message) -> bool {
    let is_handled = raft.state == StateRole::Leader && (message.term == 0 || message.term == raft.term);
    if !is_handled || message.request_snapshot != INVALID_INDEX || fault::is_back("late_rejection") {
        return false;
    }
    let Some(progress) = raft.prs().get(message.from) else { return false };
    let (matched, is_probed) = (progress.matched, progress.next_idx == message.index + 1);
    if progress.state == ProgressState::Replicate || !is_probed {
        return false;
    }
    let hint = if message.log_term == 0 {
        message.reject_hint
    } else {
        raft.raft_log.find_conflict_by_term(message.reject_hint, message.log_term).0
    };
    if message.index.min(hint + 1) > matched {
        return false;
    }
    let Some(progress) = raft.mut_prs().get_mut(message.from) else { return false };
    progress.recent_active = true;
    progress.update_committed(message.commit);
    let next = matched + 1;
    // If the pending probe has this very index, it is not repeated before the next heartbeat: a peer that has lost its
    // log would reject it in an endless loop.
    if progress.next_idx != next {
        progress.next_idx = next;
        progress.resume();
    }
    raft.send_append(message.from);
    true
}

/// Logs that raft-rs silently drops a read-only request.
pub fn report_dropped_read<S: Storage>(raft: &Raft<S>, message: &Message) {
    let reason = match raft.state {
        _ if is_stale(raft, message) => "its term has ended",
        StateRole::Leader if !leads(raft, message) => "no leader",
        StateRole::Leader if raft.commit_to_current_term() => return,
        StateRole::Leader => "the leader has not committed an entry in its term yet",
        StateRole::Follower if raft.leader_id != INVALID_ID && message.term <= raft.term => return,
        StateRole::Follower => "no leader",
        StateRole::Candidate | StateRole::PreCandidate => "the node is campaigning",
    };
    debug!(
        raft.raft_log.unstable.logger,
        "dropped a read request with context {:?}, from {}: {}",
        message.entries.first().map_or(&Bytes::new(), |request| &request.data),
        message.from,
        reason
    );
}

/// Runs [`check`] for a `MsgAppend` that is not stepped.
pub fn check_append<S: Storage>(raft: &Raft<S>, message: &Message) -> Result<(), Rejection> {
    as_rejection(MessageType::MsgAppend, in_range(message).and_then(|()| append(raft, message)))
}

/// Raises `LogLostError`, and logs it as an error, when the commit index of `message`, a heartbeat, exceeds the log.
///
/// In a heartbeat, a leader commits at most what this node has acknowledged. No other message proves a loss: a
/// `MsgAppend` may concern entries that are still inflight, and any other node that claims to have more entries than
/// this node may be ahead.
pub fn check_heartbeat<S: Storage>(raft: &Raft<S>, message: &Message) -> Result<(), Rejection> {
    if message.commit <= raft.raft_log.committed || message.commit <= raft.raft_log.last_index() {
        return Ok(());
    }
    let last_index = raft.raft_log.last_index();
    let reason = format!(
        "commit: {} is greater than the last index, {last_index}, but node {} has acknowledged that entry to node {}. \
         Was the log corrupted, truncated, or lost?",
        message.commit, raft.id, message.from
    );
    error!(raft.raft_log.unstable.logger, "{:?}: {}", message.msg_type, reason);
    Err(Rejection::LogLost(format!("{:?}: {reason}", message.msg_type)))
}

/// Runs [`check`] for the snapshot of a `MsgSnapshot` that is not stepped.
pub fn check_snapshot<S: Storage>(raft: &Raft<S>, message: &Snapshot) -> Result<(), Rejection> {
    as_rejection(MessageType::MsgSnapshot, snapshot(raft, message, highest_acceptable_term(raft.term)))
}

/// Runs [`check`] for an election that is not started by a message.
pub fn check_election<S: Storage>(raft: &Raft<S>) -> Result<(), Rejection> {
    as_rejection(MessageType::MsgHup, election(raft))
}

/// Returns whether the next tick of `raft` is deferred, because it would start an election that can't be won yet. The
/// first tick after the log has been persisted starts it.
pub fn must_wait<S: Storage>(raft: &Raft<S>) -> bool {
    raft.state != StateRole::Leader
        && raft.promotable()
        && raft.election_elapsed + 1 >= raft.randomized_election_timeout()
        && election(raft).is_err()
}

fn as_rejection(msg_type: MessageType, validation: Result<(), String>) -> Result<(), Rejection> {
    validation.map_err(|reason| Rejection::Message(format!("{msg_type:?}: {reason}")))
}

/// Returns whether `message` is a pre-vote request that a node in term 0 rejects. raft-rs panics, since its response
/// would have no term. Sending no response has the same effect.
fn is_unanswerable<S: Storage>(raft: &Raft<S>, message: &Message) -> bool {
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

/// Checks `message` for `raft`. The error names the field, its value, and the limit that it violates.
fn validate<S: Storage>(raft: &Raft<S>, message: &Message) -> Result<(), String> {
    in_range(message)?;
    let (is_stale, leads) = (is_stale(raft, message), leads(raft, message));
    if matches!(message.msg_type, MessageType::MsgPropose | MessageType::MsgReadIndex) {
        proposals(&message.entries)?;
    }
    match message.msg_type {
        MessageType::MsgRequestVote | MessageType::MsgRequestPreVote if message.term == 0 => {
            vote_without_term(raft, message)
        }
        _ if is_stale => Ok(()),
        MessageType::MsgHeartbeat | MessageType::MsgAppend | MessageType::MsgSnapshot
            if message.term != raft.term && message.term == 0 && campaigns(raft) =>
        {
            Err(format!("term: expected at least {}, the term of the candidate, got 0", raft.term))
        }
        MessageType::MsgAppend if !leads => append(raft, message),
        MessageType::MsgSnapshot if !leads => {
            snapshot(raft, message.get_snapshot(), highest_acceptable_term(raft.term.max(message.term)))
        }
        // The storage is not queried, since entries below the offset have been persisted.
        MessageType::MsgAppendResponse
            if leads && !message.reject && message.index >= raft.raft_log.unstable.offset =>
        {
            at_most("index", message.index, "the leader's last index", raft.raft_log.last_index())
        }
        // The peer requests a snapshot of entries that it has received from this leader.
        MessageType::MsgAppendResponse if leads && message.reject && message.request_snapshot != INVALID_INDEX => {
            let last_index = raft.raft_log.last_index();
            at_most("request_snapshot", message.request_snapshot, "the leader's last index", last_index)
        }
        MessageType::MsgHup => election(raft),
        // A node that receives this message with a higher term becomes a follower first.
        MessageType::MsgTimeoutNow if raft.state == StateRole::Follower || message.term > raft.term => {
            if raft.promotable() && wins_alone(raft) { able_to_lead(raft) } else { Ok(()) }
        }
        MessageType::MsgRequestVoteResponse if raft.state == StateRole::Candidate && !message.reject => {
            vote(raft, message)
        }
        MessageType::MsgPropose | MessageType::MsgReadIndex if leads && message.entries.is_empty() => {
            Err("entries: expected at least 1, got 0".to_owned())
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

/// Returns whether the term of `message` is lower. Such a message is answered or ignored regardless of its other
/// fields.
fn is_stale<S: Storage>(raft: &Raft<S>, message: &Message) -> bool {
    message.term != 0 && message.term < raft.term
}

/// Returns whether `raft` is the leader and remains so. A message of another leader in the same term is ignored.
fn leads<S: Storage>(raft: &Raft<S>, message: &Message) -> bool {
    raft.state == StateRole::Leader && message.term <= raft.term
}

/// Checks that any message can carry the proposals, or the context of a read-only request, later. Checks also that the
/// data of a configuration change, which raft-rs decodes, can be decoded.
fn proposals(entries: &[Entry]) -> Result<(), String> {
    encoding::check_entries(entries).map_err(|rejected| format!("entries: {}", rejected.0))?;
    for entry in entries {
        match entry.entry_type {
            EntryType::EntryNormal => continue,
            EntryType::EntryConfChange => encoding::check_encoding::<ConfChange>(&entry.data),
            EntryType::EntryConfChangeV2 => encoding::check_encoding::<ConfChangeV2>(&entry.data),
        }
        .map_err(|rejected| format!("entries[].data: {}", rejected.0))?;
    }
    Ok(())
}

/// Checks that the node's own vote does not win an election while the node can't lead.
fn election<S: Storage>(raft: &Raft<S>) -> Result<(), String> {
    if wins_alone(raft) && raft.state != StateRole::Leader { able_to_lead(raft) } else { Ok(()) }
}

/// Returns whether the node's own vote decides an election.
fn wins_alone<S: Storage>(raft: &Raft<S>) -> bool {
    raft.prs().has_quorum(&FxHashSet::from_iter([raft.id]))
}

/// Checks that a granted vote does not win the election while the node can't lead.
fn vote<S: Storage>(raft: &Raft<S>, message: &Message) -> Result<(), String> {
    able_to_lead(raft).or_else(|reason| {
        let votes = raft.prs().votes();
        let mut granted = votes.iter().filter(|(_, vote)| **vote).map(|(id, _)| *id).collect::<FxHashSet<_>>();
        // Only the first vote of a member counts.
        if !votes.contains_key(&message.from) {
            granted.insert(message.from);
        }
        if raft.prs().has_quorum(&granted) { Err(reason) } else { Ok(()) }
    })
}

/// Checks that the node is a member, and that its log is persisted.
fn able_to_lead<S: Storage>(raft: &Raft<S>) -> Result<(), String> {
    let voters = raft.prs().conf().voters().ids();
    if voters.is_empty() || raft.prs().get(raft.id).is_none() {
        let voters: BTreeSet<_> = voters.iter().collect();
        return Err(format!("node {} can't become leader: the voters are {voters:?}", raft.id));
    }
    let (last_index, persisted) = (raft.raft_log.last_index(), raft.raft_log.persisted);
    if persisted != last_index {
        return Err(format!("the log is persisted up to index {persisted}, but its last index is {last_index}"));
    }
    Ok(())
}

fn campaigns<S: Storage>(raft: &Raft<S>) -> bool {
    matches!(raft.state, StateRole::Candidate | StateRole::PreCandidate)
}

fn at_most(field: &str, value: u64, of: &str, bound: u64) -> Result<(), String> {
    if value <= bound { Ok(()) } else { Err(format!("{field}: {value} is greater than {of}, {bound}")) }
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
    encoding::check_context(message.context.len()).map_err(|rejected| format!("context: {}", rejected.0))?;
    // One comparison covers all fields, since `HIGHEST` has every bit set but the first.
    if fields.iter().fold(0, |bits, (_, value)| bits | value) <= HIGHEST {
        return Ok(());
    }
    fields.into_iter().try_for_each(|(field, value)| at_most(field, value, "the maximum", HIGHEST))
}

/// Checks that a vote request without a term is not granted. It may be rejected, in the term of this node.
fn vote_without_term<S: Storage>(raft: &Raft<S>, message: &Message) -> Result<(), String> {
    let is_free = raft.vote == message.from || (raft.vote == INVALID_ID && raft.leader_id == INVALID_ID);
    let is_granted = is_free && raft.raft_log.is_up_to_date(message.index, message.log_term);
    if is_granted || raft.term == 0 {
        return Err("term: expected a positive term in a vote request, got 0".to_owned());
    }
    Ok(())
}

/// Checks that the entries are contiguous and follow the entry at `index`. Every entry must have a term: raft-rs uses 0
/// as the term of an entry that is not in the log. No term may exceed the node's term by more than one message may
/// increase it. Another message must be able to carry the entries.
fn append<S: Storage>(raft: &Raft<S>, message: &Message) -> Result<(), String> {
    let last_index = || raft.raft_log.last_index();
    if message.log_term == 0 && message.index > last_index() {
        return Err(format!("log_term: expected the term of the entry at index {}, got 0", message.index));
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
    let max_term = highest_acceptable_term(raft.term.max(message.term));
    for (expected, (position, entry)) in (message.index + 1..).zip(message.entries.iter().enumerate()) {
        if entry.index != expected && !fault::is_back("batched_append") {
            return Err(format!("entries[{position}].index: expected {expected}, got {}", entry.index));
        }
        if entry.term == 0 && entry.index > last_index() {
            return Err(format!("entries[{position}].term: expected a positive term, got 0"));
        }
        if entry.term > max_term {
            at_most("entries[].term", entry.term, "the maximum", HIGHEST)?;
            at_most("entries[].term", entry.term, "the maximum in this term", max_term)?;
        }
        encoding::check_entry(entry).map_err(|rejected| format!("entries[{position}]: {}", rejected.0))?;
    }
    Ok(())
}

/// Checks that a message that a follower forwards to the leader has no term: raft-rs does not add one.
fn forwarded<S: Storage>(raft: &Raft<S>, message: &Message) -> Result<(), String> {
    let is_forwarded = raft.state == StateRole::Follower && raft.leader_id != INVALID_ID;
    if is_forwarded && message.term != 0 && message.term == raft.term {
        return Err(format!("term: expected 0 in a forwarded {:?}, got {}", message.msg_type, message.term));
    }
    Ok(())
}

/// Checks that the membership in a snapshot that would be restored is valid, and that its index and term leave room.
fn snapshot<S: Storage>(raft: &Raft<S>, snapshot: &Snapshot, max_term: u64) -> Result<(), String> {
    let metadata = snapshot.get_metadata();
    at_most("snapshot.metadata.index", metadata.index, "the maximum", HIGHEST_SNAPSHOT)?;
    at_most("snapshot.metadata.term", metadata.term, "the maximum", HIGHEST)?;
    let members = metadata.get_conf_state();
    let is_restored = metadata.index >= raft.raft_log.committed && is_member(members, raft.id);
    if !is_restored {
        return Ok(());
    }
    at_most("snapshot.metadata.term", metadata.term, "the maximum in this term", max_term)?;
    if metadata.index == 0 {
        return Err("snapshot.metadata.index: expected a positive index, got 0".to_owned());
    }
    if metadata.term == 0 && metadata.index > raft.raft_log.last_index() {
        return Err("snapshot.metadata.term: expected a positive term, got 0".to_owned());
    }
    encoding::check_size(snapshot).map_err(|rejected| format!("snapshot: {}", rejected.0))?;
    match tracker_of(members) {
        Ok(tracker) if conf_state_eq(members, &tracker.conf().to_conf_state()) => Ok(()),
        Ok(tracker) => {
            let restored = tracker.conf().to_conf_state();
            Err(format!("snapshot.metadata.conf_state: {members:?} would be restored as {restored:?}"))
        }
        Err(error) => Err(format!("snapshot.metadata.conf_state: {error}")),
    }
}

fn is_member(members: &ConfState, id: u64) -> bool {
    [&members.voters, &members.learners, &members.voters_outgoing].into_iter().any(|ids| ids.contains(&id))
}
