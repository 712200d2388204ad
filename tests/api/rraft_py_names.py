"""The public names of rraft-py 0.2.27, with the parameters that its methods can be called with."""

CONSTANTS: dict[str, object] = {
    "CAMPAIGN_ELECTION": b"CampaignElection",
    "CAMPAIGN_PRE_ELECTION": b"CampaignPreElection",
    "CAMPAIGN_TRANSFER": b"CampaignTransfer",
    "INVALID_ID": 0,
    "INVALID_INDEX": 0,
    "NO_LIMIT": 2**64 - 1,
}

EXCEPTIONS: dict[str, str] = {
    "CodecError": "RaftError",
    "CompactedError": "RaftStorageError",
    "ConfChangeError": "RaftError",
    "ConfigInvalidError": "RaftError",
    "DestroyedRefUsedError": "Exception",
    "ExistsError": "RaftError",
    "IoError": "RaftError",
    "LogTemporarilyUnavailableError": "RaftStorageError",
    "NotExistsError": "RaftError",
    "OtherError": "RaftStorageError",
    "ProposalDroppedError": "RaftError",
    "RaftError": "Exception",
    "RaftStorageError": "Exception",
    "RequestSnapshotDroppedError": "RaftError",
    "SnapshotOutOfDateError": "RaftStorageError",
    "SnapshotTemporarilyUnavailableError": "RaftStorageError",
    "StepLocalMsgError": "RaftError",
    "StepPeerNotFoundError": "RaftError",
    "StoreError": "RaftError",
    "UnavailableError": "RaftStorageError",
}
"""The exceptions, and the base of each."""

ENUMS: dict[str, str] = {
    "ConfChangeTransition": "Auto Implicit Explicit",
    "ConfChangeType": "AddNode RemoveNode AddLearnerNode",
    "EntryType": "EntryNormal EntryConfChange EntryConfChangeV2",
    "MessageType": """
        MsgHup MsgBeat MsgPropose MsgAppend MsgAppendResponse MsgRequestVote MsgRequestVoteResponse
        MsgSnapshot MsgHeartbeat MsgHeartbeatResponse MsgUnreachable MsgSnapStatus MsgCheckQuorum
        MsgTransferLeader MsgTimeoutNow MsgReadIndex MsgReadIndexResp MsgRequestPreVote
        MsgRequestPreVoteResponse
    """,
    "OverflowStrategy": "DropAndReport Drop Block",
    "ProgressState": "Probe Replicate Snapshot",
    "ReadOnlyOption": "Safe LeaseBased",
    "SnapshotStatus": "Finish Failure",
    "StateRole": "Follower Candidate Leader PreCandidate",
}
"""The enums, and the members of each."""

FUNCTIONS = """
    default_logger()  is_local_msg(typ)  is_response_msg(typ)  majority(total)  new_conf_change_single(node_id, typ)
    set_confchange_context_deserializer(cb)  set_confchangev2_context_deserializer(cb)
    set_entry_context_deserializer(cb)  set_entry_data_deserializer(cb)  set_message_context_deserializer(cb)
    set_snapshot_data_deserializer(cb)  vote_resp_msg_type(typ)
"""

CLASSES: dict[str, str] = {
    "ConfChange": "ConfChange()  static decode(v)  static default()  make_ref()",
    "ConfChangeRef": """
        as_v1()  as_v2()  clear_change_type()  clear_context()  clear_id()  clear_node_id()  clone()  encode()
        get_change_type()  get_context()  get_id()  get_node_id()  into_v2()  merge_from_bytes(bytes)
        set_change_type(v)  set_context(v)  set_id(v)  set_node_id(v)  to_dict()
    """,
    "ConfChangeSingle": "ConfChangeSingle()  static decode(v)  static default()  make_ref()",
    "ConfChangeSingleRef": """
        clear_change_type()  clear_node_id()  clone()  encode()  get_change_type()  get_node_id()  set_change_type(v)
        set_node_id(v)  to_dict()
    """,
    "ConfChangeTransition": "static from_int(v)",
    "ConfChangeType": "static from_int(v)",
    "ConfChangeV2": "ConfChangeV2()  static decode(v)  static default()  make_ref()",
    "ConfChangeV2Ref": """
        as_v1()  as_v2()  clear_changes()  clear_context()  clear_transition()  clone()  encode()  enter_joint()
        get_changes()  get_context()  get_transition()  into_v2()  leave_joint()  merge_from_bytes(bytes)
        set_changes(v)  set_context(v)  set_transition(v)  to_dict()
    """,
    "ConfState": "ConfState(voters=None, learners=None)  static decode(v)  static default()  make_ref()",
    "ConfStateRef": """
        clear_auto_leave()  clear_learners()  clear_learners_next()  clear_voters()  clear_voters_outgoing()  clone()
        encode()  get_auto_leave()  get_learners()  get_learners_next()  get_voters()  get_voters_outgoing()
        set_auto_leave(v)  set_learners(list)  set_learners_next(list)  set_voters(list)  set_voters_outgoing(list)
        to_dict()
    """,
    "Config": """
        Config(id=None, election_tick=None, heartbeat_tick=None, applied=None, max_size_per_msg=None,
            max_inflight_msgs=None, check_quorum=None, pre_vote=None, min_election_tick=None, max_election_tick=None,
            read_only_option=None, skip_bcast_commit=None, batch_append=None, priority=None, max_uncommitted_size=None,
            max_committed_size_per_ready=None)
        static default()  make_ref()
    """,
    "ConfigRef": """
        clone()  get_applied()  get_batch_append()  get_check_quorum()  get_election_tick()  get_heartbeat_tick()
        get_id()  get_max_committed_size_per_ready()  get_max_inflight_msgs()  get_max_size_per_msg()
        get_max_uncommitted_size()  get_pre_vote()  get_priority()  get_read_only_option()  get_skip_bcast_commit()
        max_election_tick()  min_election_tick()  set_applied(applied)  set_batch_append(batch_append)
        set_check_quorum(check_quorum)  set_election_tick(election_tick)  set_heartbeat_tick(heartbeat_tick)
        set_id(id)  set_max_committed_size_per_ready(max_committed_size_per_ready)  set_max_election_tick(v)
        set_max_inflight_msgs(max_inflight_msgs)  set_max_size_per_msg(max_size_per_msg)
        set_max_uncommitted_size(max_uncommitted_size)  set_min_election_tick(v)  set_pre_vote(pre_vote)
        set_priority(priority)  set_read_only_option(read_only_option)  set_skip_bcast_commit(v)  validate()
    """,
    "Entry": "Entry()  static decode(v)  static default()  make_ref()",
    "EntryRef": """
        clear_context()  clear_data()  clear_entry_type()  clear_index()  clear_sync_log()  clear_term()  clone()
        compute_size()  encode()  get_context()  get_data()  get_entry_type()  get_index()  get_sync_log()  get_term()
        set_context(byte_arr)  set_data(byte_arr)  set_entry_type(typ)  set_index(v)  set_sync_log(v)  set_term(v)
        to_dict()
    """,
    "EntryType": "static from_int(v)",
    "GetEntriesContext": "static empty(can_async)  make_ref()",
    "GetEntriesContextRef": "can_async()",
    "HardState": "HardState()  static decode(v)  static default()  make_ref()",
    "HardStateRef": """
        clear_commit()  clear_term()  clear_vote()  clone()  encode()  get_commit()  get_term()  get_vote()
        set_commit(v)  set_term(v)  set_vote(v)  to_dict()
    """,
    "Inflights": "Inflights(cap)  make_ref()",
    "InflightsRef": """
        add(inflight)  buffer_capacity()  buffer_is_allocated()  clone()  count()  free_first_one()  free_to(to)
        full()  maybe_free_buffer()  reset()  set_cap(incoming_cap)
    """,
    "JointConfig": "JointConfig(voters)  make_ref()",
    "JointConfigRef": "clear()  clone()  contains(id)  ids()  is_singleton()",
    "LightReady": "static default()  make_ref()",
    "LightReadyRef": "commit_index()  committed_entries()  messages()  take_committed_entries()  take_messages()",
    "Logger": """
        Logger(chan_size, overflow_strategy)  make_ref()
        static new_file_logger(log_path, chan_size, rotate_size, rotate_keep)
    """,
    "LoggerRef": "crit(s)  debug(s)  error(s)  info(s)  trace(s)",
    "MajorityConfig": "MajorityConfig(voters)  make_ref()",
    "MajorityConfigRef": """
        capacity()  clone()  extend(other_set)  get(v)  insert(value)  is_disjoint(other)  is_subset(other)
        is_superset(other)  raw_slice()  remove(v)  replace(value)  reserve(additional)  shrink_to(min_capacity)
        shrink_to_fit()  try_reserve(additional)
    """,
    "MemStorage": "MemStorage()  static default()  make_ref()  static new_with_conf_state(cs)",
    "MemStorageCore": "static default()  make_ref()",
    "MemStorageCoreRef": """
        append(ents)  apply_snapshot(snapshot)  commit_to(index)  commit_to_and_set_conf_states(idx, cs=None)
        compact(compact_index)  hard_state()  set_conf_state(cs)  set_hardstate(hs)  take_get_entries_context()
        trigger_log_unavailable(v)  trigger_snap_unavailable()
    """,
    "MemStorageRef": """
        clone()  entries(low, high, context, max_size=None)  first_index()  initial_state()
        initialize_with_conf_state(cs)  last_index()  rl()  snapshot(request_index, _to)  term(idx)  wl()
    """,
    "Message": "Message()  static decode(v)  static default()  make_ref()",
    "MessageRef": """
        clear_commit()  clear_commit_term()  clear_context()  clear_entries()  clear_from()  clear_index()
        clear_log_term()  clear_msg_type()  clear_priority()  clear_reject()  clear_reject_hint()
        clear_request_snapshot()  clear_snapshot()  clear_term()  clear_to()  clone()  compute_size()  encode()
        get_commit()  get_commit_term()  get_context()  get_deprecated_priority()  get_entries()  get_from()
        get_index()  get_log_term()  get_msg_type()  get_priority()  get_reject()  get_reject_hint()
        get_request_snapshot()  get_snapshot()  get_term()  get_to()  has_snapshot()  set_commit(v)
        set_commit_term(v)  set_context(context)  set_deprecated_priority(v)  set_entries(ents)  set_from(v)
        set_index(v)  set_log_term(v)  set_msg_type(typ)  set_priority(v)  set_reject(v)  set_reject_hint(v)
        set_request_snapshot(v)  set_snapshot(snapshot)  set_term(v)  set_to(v)
    """,
    "MessageType": "static from_int(v)",
    "Peer": "Peer()  make_ref()",
    "PeerRef": "get_context()  get_id()  set_context(...)  set_id(id)",
    "Progress": "Progress(next_idx, ins_size)  make_ref()",
    "ProgressRef": """
        become_probe()  become_replicate()  become_snapshot(snapshot_idx)  clone()  get_commit_group_id()
        get_committed_index()  get_ins()  get_matched()  get_next_idx()  get_paused()  get_pending_request_snapshot()
        get_pending_snapshot()  get_recent_active()  get_state()  is_paused()  is_snapshot_caught_up()
        maybe_decr_to(rejected, match_hint, request_snapshot)  maybe_update(n)  optimistic_update(n)  pause()
        resume()  set_commit_group_id(v)  set_committed_index(v)  set_ins(inflights)  set_matched(v)  set_next_idx(v)
        set_paused(v)  set_pending_request_snapshot(v)  set_pending_snapshot(v)  set_recent_active(v)  set_state(v)
        snapshot_failure()  to_dict()  update_committed(committed_index)  update_state(last)
    """,
    "ProgressTracker": "ProgressTracker(max_inflight)  make_ref()",
    "ProgressTrackerRef": """
        clone()  collect()  conf_learners()  conf_voters()  enable_group_commit(enable)  get(id)  group_commit()
        has_quorum(potential_quorum)  is_singleton()  maximal_committed_index()
        quorum_recently_active(perspective_of)  record_vote(id, vote)  reset_votes()  tally_votes()
        vote_result(votes)  votes()
    """,
    "Raft": "Raft(cfg, store, logger)  make_ref()",
    "RaftLog": "RaftLog(store, logger)  make_ref()",
    "RaftLogRef": """
        all_entries()  append(ents)  applied()  commit_info()  commit_to(to_commit)
        entries(idx, context, max_size=None)  find_conflict(ents)  find_conflict_by_term(index, term)  first_index()
        get_applied()  get_committed()  get_persisted()  get_store()  has_next_entries()
        has_next_entries_since(since_idx)  is_up_to_date(last_index, term)  last_index()  last_term()
        match_term(idx, term)  maybe_append(idx, term, committed, ents)  maybe_commit(max_index, term)
        maybe_persist(index, term)  maybe_persist_snap(index)  next_entries(max_size=None)
        next_entries_since(since_idx, max_size=None)  restore(snapshot)  set_applied(v)  set_committed(v)
        set_persisted(v)  slice(low, high, context, max_size=None)  snapshot(request_index, to)
        stable_entries(index, term)  stable_snap(index)  store()  term(idx)  unstable()  unstable_entries()
        unstable_snapshot()
    """,
    "RaftRef": """
        abort_leader_transfer()  adjust_max_inflight_msgs(target, cap)  append_entry(ents)  apply_conf_change(cc)
        apply_to_current_term()  assign_commit_groups(ids)  bcast_append()  bcast_heartbeat()  become_candidate()
        become_follower(term, leader_id)  become_leader()  become_pre_candidate()  campaign(campaign_type)
        check_group_commit_consistent()  clear_commit_group()  commit_apply(applied)  commit_to_current_term()
        election_timeout()  enable_group_commit(enable)  get_check_quorum()  get_election_elapsed()  get_id()
        get_lead_transferee()  get_leader_id()  get_max_inflight()  get_max_msg_size()  get_msgs()
        get_pending_conf_index()  get_pending_request_snapshot()  get_pre_vote()  get_priority()  get_raft_log()
        get_read_only_option()  get_read_only_pending_read_index()  get_read_states()  get_readonly_read_index_queue()
        get_state()  get_term()  get_vote()  group_commit()  handle_append_entries(msg)  handle_heartbeat(msg)
        hard_state()  has_pending_conf()  heartbeat_elapsed()  heartbeat_timeout()  in_lease()
        inflight_buffers_size()  load_state(hs)  maybe_commit()  maybe_free_inflight_buffers()
        maybe_increase_uncommitted_size(ents)  on_persist_entries(index, term)  on_persist_snap(index)
        pass_election_timeout()  pending_read_count()  ping()  post_conf_change()  promotable()  prs()
        randomized_election_timeout()  ready_read_count()  reduce_uncommitted_size(ents)  request_snapshot()
        reset(term)  reset_randomized_election_timeout()  restore(snap)  send_append(to)  send_timeout_now(to)
        set_batch_append(v)  set_check_quorum(v)  set_election_elapsed(v)  set_id(v)  set_lead_transferee(v=None)
        set_leader_id(v)  set_max_committed_size_per_ready(v)  set_max_inflight(v)  set_max_msg_size(v)
        set_msgs(msgs)  set_pending_conf_index(v)  set_pending_request_snapshot(v)  set_pre_vote(v)
        set_priority(priority)  set_raft_log(...)  set_randomized_election_timeout(t)  set_read_only_option(option)
        set_read_states(v)  set_state(v)  set_term(v)  set_vote(v)  should_bcast_commit()  skip_bcast_commit(skip)
        snap()  soft_state()  step(msg)  store()  take_msgs()  tick()  tick_election()  uncommitted_size()
    """,
    "RaftState": "RaftState(hard_state, conf_state)  static default()  make_ref()",
    "RaftStateRef": """
        clone()  get_conf_state()  get_hard_state()  initialized()  set_conf_state(cs)  set_hard_state(hs)
    """,
    "RawNode": "RawNode(cfg, storage, logger)  make_ref()",
    "RawNodeRef": """
        advance(rd)  advance_append(rd)  advance_append_async(rd)  advance_apply()  advance_apply_to(applied)
        apply_conf_change(cc)  apply_conf_change_v2(cc)  campaign()  get_raft()  has_ready()
        on_entries_fetched(context)  on_persist_ready(number)  ping()  propose(context, data)
        propose_conf_change(context, cc)  propose_conf_change_v2(context, cc)  read_index(rctx)  ready()
        report_snapshot(id, status)  report_unreachable(id)  request_snapshot()  set_batch_append(batch_append)
        set_priority(priority)  skip_bcast_commit(skip)  snap()  step(msg)  store()  tick()
        transfer_leader(transferee)
    """,
    "ReadState": "clone()  static default()  make_ref()",
    "ReadStateRef": "clone()  get_index()  get_request_ctx()  set_index(idx)  set_request_ctx(request_ctx)",
    "Ready": "static default()  make_ref()",
    "ReadyRef": """
        committed_entries()  entries()  hs()  messages()  must_sync()  number()  persisted_messages()  read_states()
        snapshot()  ss()  take_committed_entries()  take_entries()  take_messages()  take_persisted_messages()
        take_read_states()
    """,
    "Snapshot": "Snapshot()  static decode(v)  static default()  make_ref()",
    "SnapshotMetadata": "SnapshotMetadata()  static decode(v)  static default()  make_ref()",
    "SnapshotMetadataRef": """
        clear_conf_state()  clear_index()  clear_term()  clone()  encode()  get_conf_state()  get_index()  get_term()
        has_conf_state()  set_conf_state(cs)  set_index(v)  set_term(v)  to_dict()
    """,
    "SnapshotRef": """
        clear_data()  clear_metadata()  clone()  encode()  get_data()  get_metadata()  has_metadata()  set_data(bytes)
        set_metadata(snapshot_meta_data)  to_dict()
    """,
    "SoftState": "static default()  make_ref()",
    "SoftStateRef": "get_leader_id()  get_raft_state()  set_leader_id(leader_id)  set_raft_state(rs)",
    "Storage": "Storage(storage)  make_ref()",
    "StorageError": "",
    "StorageRef": """
        append(ents)  apply_snapshot(snapshot)  commit_to(index)  commit_to_and_set_conf_states(idx, cs=None)
        compact(compact_index)  entries(low, high, context, max_size=None)  first_index()  hard_state()
        initial_state()  last_index()  rl()  set_conf_state(cs)  set_hardstate(hs)  snapshot(request_index, to)
        term(idx)  trigger_snap_unavailable()  wl()
    """,
    "Unstable": "Unstable(offset, logger)  make_ref()",
    "UnstableRef": """
        get_entries()  get_entries_size()  get_offset()  get_snapshot()  maybe_first_index()  maybe_last_index()
        maybe_term(idx)  must_check_outofbounds(lo, hi)  restore(snap)  set_entries(ents)
        set_entries_size(entries_size)  set_logger(logger)  set_offset(offset)  set_snapshot(snapshot=None)
        slice(lo, hi)  stable_entries(index, term)  stable_snap(index)  truncate_and_append(ents)
    """,
}
"""The classes, with the constructor and the methods of each. An `X` has those of `XRef` as well.

`...` represents parameters that no program can have used, since the method always failed.
"""

SAME_METHODS: dict[str, str] = {
    "InMemoryRaft": "Raft",
    "InMemoryRaftLog": "RaftLog",
    "InMemoryRaftLogRef": "RaftLogRef",
    "InMemoryRaftRef": "RaftRef",
    "InMemoryRawNode": "RawNode",
    "InMemoryRawNodeRef": "RawNodeRef",
}
"""The classes that have the same constructor and methods as another one."""
