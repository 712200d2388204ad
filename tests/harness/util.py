"""Short forms for common values of tests. Mirrors raft-rs `harness/tests/test_util/mod.rs`."""

from collections.abc import Sequence

from rraft import (
    NO_LIMIT,
    ConfChange,
    ConfChangeSingle,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfigRef,
    ConfState,
    Entry,
    EntryRef,
    HardState,
    LoggerRef,
    Message,
    MessageRef,
    MessageType,
    Raft,
    RaftLogRef,
    Snapshot,
    SoftState,
    StateRole,
)

from .interface import Interface
from .storage import AnyStorage, initialize

SOME_DATA = b"somedata"

NOP_STEPPER = Interface(None)
"""A peer that ignores every message."""


def ltoa(raft_log: RaftLogRef) -> str:
    """A log as text, to compare two of them."""
    head = [f"committed: {raft_log.committed}", f"applied: {raft_log.applied()}"]
    return "\n".join(head + [f"#{position}: {entry}" for position, entry in enumerate(raft_log.all_entries())])


def new_test_config(node_id: int, election_tick: int, heartbeat_tick: int) -> Config:
    return Config(
        id=node_id,
        election_tick=election_tick,
        heartbeat_tick=heartbeat_tick,
        max_size_per_msg=NO_LIMIT,
        max_inflight_msgs=256,
    )


def new_test_raft(
    node_id: int,
    peers: Sequence[int],
    election: int,
    heartbeat: int,
    storage: AnyStorage,
    logger: LoggerRef,
) -> Interface:
    initialize_if_empty(storage, peers)
    return new_test_raft_with_config(new_test_config(node_id, election, heartbeat), storage, logger)


def new_test_raft_with_prevote(
    node_id: int,
    peers: Sequence[int],
    election: int,
    heartbeat: int,
    storage: AnyStorage,
    pre_vote: bool,
    logger: LoggerRef,
) -> Interface:
    config = new_test_config(node_id, election, heartbeat)
    config.pre_vote = pre_vote
    initialize_if_empty(storage, peers)
    return new_test_raft_with_config(config, storage, logger)


def new_test_raft_with_logs(
    node_id: int,
    peers: Sequence[int],
    election: int,
    heartbeat: int,
    storage: AnyStorage,
    logs: Sequence[EntryRef],
    logger: LoggerRef,
) -> Interface:
    initialize_if_empty(storage, peers)
    storage.wl().append(logs)
    return new_test_raft_with_config(new_test_config(node_id, election, heartbeat), storage, logger)


def new_test_learner_raft(
    node_id: int,
    peers: Sequence[int],
    learners: Sequence[int],
    election: int,
    heartbeat: int,
    storage: AnyStorage,
    logger: LoggerRef,
) -> Interface:
    initialize_if_empty(storage, peers, learners)
    return new_test_raft_with_config(new_test_config(node_id, election, heartbeat), storage, logger)


def new_test_raft_with_config(config: ConfigRef, storage: AnyStorage, logger: LoggerRef) -> Interface:
    return Interface(Raft(config, storage, logger))


def initialize_if_empty(storage: AnyStorage, peers: Sequence[int], learners: Sequence[int] = ()) -> None:
    """Initializes a storage with the voters `peers` and with `learners`, unless `peers` is empty."""
    if storage.initial_state().initialized():
        if not peers:
            raise ValueError("empty peers on an initialized store")
    elif peers:
        initialize(storage, conf_state(peers, learners))


def next_ents(peer: Interface) -> list[Entry]:
    """Persists the unstable entries, and applies the committed ones. Returns the latter."""
    peer.persist()
    entries = peer.raft.raft_log.next_entries()
    peer.raft.commit_apply(peer.raft.raft_log.committed)
    return entries or []


def accept_and_reply(message: MessageRef) -> Message:
    """The response of a follower that accepts a `MsgAppend`."""
    assert message.msg_type == MessageType.MsgAppend
    reply = new_message(message.to, message.from_, MessageType.MsgAppendResponse)
    reply.term = message.term
    reply.index = message.index + len(message.entries)
    return reply


def commit_noop_entry(leader: Interface) -> None:
    """Makes the followers of a new leader accept its empty entry. Commits and applies the entry."""
    assert leader.raft.state == StateRole.Leader
    leader.raft.bcast_append()
    for message in leader.read_messages():
        assert message.msg_type == MessageType.MsgAppend
        assert [entry.data for entry in message.entries] == [b""]
        leader.step(accept_and_reply(message))
    # Further messages only refresh the followers' commit index.
    leader.read_messages()
    leader.persist()
    leader.raft.commit_apply(leader.raft.raft_log.committed)


def hard_state(term: int, commit: int, vote: int) -> HardState:
    return HardState(term=term, commit=commit, vote=vote)


def soft_state(leader_id: int, raft_state: StateRole) -> SoftState:
    return SoftState(leader_id=leader_id, raft_state=raft_state)


def new_message_with_entries(from_: int, to: int, msg_type: MessageType, entries: Sequence[EntryRef]) -> Message:
    return Message(from_=from_, to=to, msg_type=msg_type, entries=entries)


def new_message(from_: int, to: int, msg_type: MessageType, n: int = 0) -> Message:
    """A message with `n` entries whose data is `SOME_DATA`."""
    return new_message_with_entries(from_, to, msg_type, [new_entry(0, 0, SOME_DATA) for _ in range(n)])


def new_entry(term: int, index: int, data: bytes = b"") -> Entry:
    return Entry(term=term, index=index, data=data)


def empty_entry(term: int, index: int) -> Entry:
    return new_entry(term, index)


def log_of(*terms: int) -> list[Entry]:
    """Empty entries from index 1 on, one for each term."""
    return [empty_entry(term, index) for index, term in enumerate(terms, start=1)]


def new_snapshot(index: int, term: int, voters: Sequence[int] = ()) -> Snapshot:
    snapshot = Snapshot()
    snapshot.metadata.index = index
    snapshot.metadata.term = term
    snapshot.metadata.conf_state.voters = voters
    return snapshot


def conf_change(change_type: ConfChangeType, node_id: int) -> ConfChange:
    return ConfChange(change_type=change_type, node_id=node_id)


def remove_node(node_id: int) -> ConfChangeV2:
    return conf_change(ConfChangeType.RemoveNode, node_id).into_v2()


def add_node(node_id: int) -> ConfChangeV2:
    return conf_change(ConfChangeType.AddNode, node_id).into_v2()


def add_learner(node_id: int) -> ConfChangeV2:
    return conf_change(ConfChangeType.AddLearnerNode, node_id).into_v2()


def conf_state(voters: Sequence[int], learners: Sequence[int] = ()) -> ConfState:
    return ConfState(voters=voters, learners=learners)


def conf_state_v2(
    voters: Sequence[int],
    learners: Sequence[int],
    voters_outgoing: Sequence[int],
    learners_next: Sequence[int],
    auto_leave: bool,
) -> ConfState:
    return ConfState(
        voters=voters,
        learners=learners,
        voters_outgoing=voters_outgoing,
        learners_next=learners_next,
        auto_leave=auto_leave,
    )


def conf_change_v2(steps: Sequence[ConfChangeSingle]) -> ConfChangeV2:
    return ConfChangeV2(changes=steps)
