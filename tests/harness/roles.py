"""Node 1 of three in each role, messages to it, and the state that a message may change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rraft import (
    Config,
    ConfState,
    Entry,
    HardState,
    LoggerRef,
    Message,
    MessageRef,
    MessageType,
    Raft,
    RaftRef,
    RawNode,
    Snapshot,
    SnapshotMetadata,
    StateRole,
)

from .interface import Interface
from .storage import AnyStorage
from .util import empty_entry, log_of

APPEND = MessageType.MsgAppend
APPEND_RESPONSE = MessageType.MsgAppendResponse
HEARTBEAT = MessageType.MsgHeartbeat
HEARTBEAT_RESPONSE = MessageType.MsgHeartbeatResponse
PROPOSE = MessageType.MsgPropose
PRE_VOTE = MessageType.MsgRequestPreVote
READ_INDEX = MessageType.MsgReadIndex
READ_INDEX_RESPONSE = MessageType.MsgReadIndexResp
SNAPSHOT = MessageType.MsgSnapshot
TRANSFER_LEADER = MessageType.MsgTransferLeader
VOTE = MessageType.MsgRequestVote
VOTE_RESPONSE = MessageType.MsgRequestVoteResponse

HIGHEST = 2**63 - 1
"""The highest term and index that are accepted."""
TOO_HIGH = f"is greater than the maximum, {HIGHEST}"

FOLLOWER = "follower"
"""Follows node 2 in term 2, and has the entries 1 to 3, committed up to 2."""
ORPHAN = "orphan"
"""The same without a leader, as after a restart."""
NEWCOMER = "newcomer"
"""In term 0, with an empty log."""
CANDIDATE = "candidate"
"""The same as the orphan, but campaigning in term 3."""
LEADER = "leader"
"""Leads in term 3, and has a fourth entry. All entries are committed."""


@dataclass(frozen=True)
class Node:
    """Node 1 of three: its `step`, and its state machine."""

    step: Callable[[MessageRef], None]
    raft: RaftRef


NewNode = Callable[[str], Node]


def from_2(msg_type: MessageType, **fields: Any) -> Message:
    """A message from node 2 to node 1."""
    return Message(msg_type=msg_type, from_=2, to=1, **fields)


def entries(*indices: int, term: int = 2) -> list[Entry]:
    return [empty_entry(term, index) for index in indices]


def snapshot(
    voters: Sequence[int], learners: Sequence[int] = (), *, index: int = 9, term: int = 2, **members: Any
) -> Snapshot:
    conf_state = ConfState(voters, learners, **members)
    return Snapshot(data=b"state", metadata=SnapshotMetadata(conf_state=conf_state, index=index, term=term))


def state_of(raft: RaftRef) -> dict[str, object]:
    """Everything that a step may change, as values."""
    log = raft.raft_log
    unstable_snapshot = log.unstable_snapshot()
    return {
        "term, vote, commit": raft.hard_state(),
        "leader, role": raft.soft_state(),
        "transferee": raft.lead_transferee,
        "indices": (log.first_index(), log.last_index(), log.committed, log.persisted, log.applied()),
        "unstable entries": [entry.clone() for entry in log.unstable_entries()],
        "unstable snapshot": None if unstable_snapshot is None else unstable_snapshot.clone(),
        "members": raft.prs().conf().to_conf_state(),
        "progress": [(peer, progress.clone()) for peer, progress in raft.prs().iter()],
        "messages": [message.clone() for message in raft.msgs],
        "read states": [state.clone() for state in raft.read_states],
        "pending reads": raft.pending_read_count(),
        "election elapsed": raft.election_elapsed,
        "requested snapshot": raft.pending_request_snapshot,
    }


def assert_goes_on(node: Node) -> None:
    """Asserts that the node follows a leader of the next term, and responds to it."""
    term = min(node.raft.term + 1, HIGHEST)
    node.raft.take_msgs()

    node.step(from_2(HEARTBEAT, term=term))

    assert (node.raft.term, node.raft.leader_id, node.raft.state) == (term, 2, StateRole.Follower)
    assert [(message.msg_type, message.to) for message in node.raft.take_msgs()] == [(HEARTBEAT_RESPONSE, 2)]


def new_node_in_role(role: str, machine_class: type[RawNode | Raft], storage: AnyStorage, logger: LoggerRef) -> Node:
    """Creates a node in a role, with an empty storage. Its `step` is that of `RawNode` or of `Raft`."""
    storage.initialize_with_conf_state(ConfState([1, 2, 3]))
    if role != NEWCOMER:
        storage.wl().append(log_of(1, 1, 2))
        storage.wl().set_hardstate(HardState(term=2, commit=2))
    machine = machine_class(Config(id=1), storage, logger)
    node = Node(machine.step, machine.raft if isinstance(machine, RawNode) else machine)
    if role == FOLLOWER:
        node.step(Message(msg_type=HEARTBEAT, from_=2, to=1, term=2))
    elif role in (CANDIDATE, LEADER):
        node.raft.become_candidate()
    if role == LEADER:
        node.raft.become_leader()
        Interface(node.raft).persist()
        node.step(Message(msg_type=APPEND_RESPONSE, from_=2, to=1, term=3, index=4))
    node.raft.take_msgs()
    return node
