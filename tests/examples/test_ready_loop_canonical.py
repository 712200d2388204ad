"""The Ready loop of the documentation: a node can restart from what it persists, and the membership can change."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rraft import (
    INVALID_ID,
    ConfChange,
    ConfChangeSingle,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Message,
    MessageType,
    RawNode,
    StateRole,
)

DOCS = next(folder / "docs" for folder in Path(__file__).resolve().parents if (folder / "docs" / "group.py").exists())


@pytest.fixture
def group_module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """`docs/group.py`, which drives its members by the loop in `docs/ready_loop.py`."""
    monkeypatch.syspath_prepend(DOCS)
    import group

    yield group
    for name in ("group", "ready_loop"):
        del sys.modules[name]


def elect(group: Any, member_id: int = 1) -> None:
    group[member_id].campaign()
    group.settle()
    assert group[member_id].raft.state == StateRole.Leader


def wait_for_leader(group: Any, among: Iterable[int]) -> RawNode:
    """Ticks until one of `among` leads: the others follow the old leader until their election timeouts elapse."""
    for _ in range(200):
        group.tick()
        for member_id in among:
            node: RawNode = group[member_id]
            if node.raft.state == StateRole.Leader:
                return node
    raise AssertionError("no leader")


def voters(group: Any, member_id: int) -> list[int]:
    return sorted(group.members[member_id].storage.initial_state().conf_state.voters)


def payloads(group: Any) -> dict[int, list[bytes]]:
    return {member_id: member.payloads for member_id, member in group.members.items()}


@pytest.mark.parametrize("size", [1, 3])
def test_members_restart_from_what_they_persisted(group_module: ModuleType, size: int) -> None:
    """A commit index that only the LightReady has is persisted too, so it is never behind the applied index."""
    ids = list(range(1, size + 1))
    group = group_module.Group(ids)
    elect(group)
    group[1].propose(b"", b"before")
    group.settle()
    term = group[1].raft.term

    for member_id in ids:
        member = group.members[member_id]
        group.restart(member_id)
        assert member.node.raft.term == term
        assert member.node.raft.raft_log.applied() == member.applied
        assert member.storage.initial_state().hard_state.commit >= member.applied
    wait_for_leader(group, ids).propose(b"", b"after")
    group.settle()
    assert payloads(group) == {member_id: [b"before", b"after"] for member_id in ids}


def test_member_restarts_after_every_message(group_module: ModuleType) -> None:
    group = group_module.Group([1, 2, 3])
    elect(group)
    for number in range(10):
        group[1].propose(b"", b"%d" % number)
        for message in group.members[1].run():
            group._deliver(message)
        group.restart(2)
        group.settle()
    group.tick(4)  # by a heartbeat, the leader learns what the restarts have lost
    numbers = [b"%d" % number for number in range(10)]
    assert payloads(group) == dict.fromkeys((1, 2, 3), numbers)


def test_learner_is_promoted_and_votes(group_module: ModuleType) -> None:
    group = group_module.Group([1, 2, 3])
    elect(group)
    group.add(4)
    group[1].propose_conf_change(b"", ConfChange(change_type=ConfChangeType.AddLearnerNode, node_id=4))
    group.settle()
    assert group.members[4].storage.initial_state().conf_state.learners == [4]
    group[1].propose_conf_change(b"", ConfChange(change_type=ConfChangeType.AddNode, node_id=4))
    group.settle()
    for member_id in group.members:
        assert voters(group, member_id) == [1, 2, 3, 4]
        group.restart(member_id)
    wait_for_leader(group, group.members).propose(b"", b"x")
    group.settle()
    assert payloads(group) == {member_id: [b"x"] for member_id in (1, 2, 3, 4)}


def test_joint_configuration_is_entered_and_left(group_module: ModuleType) -> None:
    group = group_module.Group([1, 2, 3])
    elect(group)
    group.add(4)
    changes = [
        ConfChangeSingle(node_id=4, change_type=ConfChangeType.AddNode),
        ConfChangeSingle(node_id=3, change_type=ConfChangeType.RemoveNode),
    ]
    change = ConfChangeV2(changes=changes, transition=ConfChangeTransition.Explicit)
    group[1].propose_conf_change_v2(b"", change)
    group.settle()
    conf_state = group.members[4].storage.initial_state().conf_state
    assert (sorted(conf_state.voters), sorted(conf_state.voters_outgoing)) == ([1, 2, 4], [1, 2, 3])
    group.restart(2)
    group.tick(4)
    group[1].propose_conf_change_v2(b"", ConfChangeV2())
    group.settle()
    assert [voters(group, member_id) for member_id in (1, 2, 4)] == [[1, 2, 4]] * 3


def test_invalid_change_is_skipped(group_module: ModuleType) -> None:
    group = group_module.Group([1])
    elect(group)
    group[1].propose_conf_change(b"", ConfChange(change_type=ConfChangeType.RemoveNode, node_id=1))
    group.settle()
    group[1].propose(b"", b"x")
    group.settle()
    assert voters(group, 1) == [1]
    assert group.members[1].payloads == [b"x"]
    assert group.members[1].applied == group[1].raft.raft_log.committed


def test_leader_steps_down_when_it_applies_its_own_removal(group_module: ModuleType) -> None:
    group = group_module.Group([1, 2, 3])
    elect(group)
    group[1].propose_conf_change(b"", ConfChange(change_type=ConfChangeType.RemoveNode, node_id=1))
    group.settle()
    assert group[1].raft.state == StateRole.Follower
    assert [voters(group, member_id) for member_id in (2, 3)] == [[2, 3]] * 2
    wait_for_leader(group, [2, 3]).propose(b"", b"x")
    group.settle()
    assert [group.members[member_id].payloads for member_id in (2, 3)] == [[b"x"]] * 2


def test_follower_restores_a_snapshot_and_restarts_from_it(group_module: ModuleType) -> None:
    group = group_module.Group([1, 2, 3])
    elect(group)
    group.cut_off = {3}
    for payload in (b"a", b"b", b"c"):
        group[1].propose(b"", payload)
    group.settle()
    leader, follower = group.members[1], group.members[3]
    leader.storage.wl().compact(leader.storage.last_index())
    group.cut_off = set()
    group.tick(4)
    assert follower.payloads == [b"a", b"b", b"c"]
    assert follower.storage.first_index() > 2
    group.restart(3)
    group[1].propose(b"", b"d")
    group.settle()
    assert follower.payloads == [b"a", b"b", b"c", b"d"]


def test_read_states_reach_the_application(group_module: ModuleType) -> None:
    group = group_module.Group([1, 2, 3])
    elect(group)
    group[2].read_index(b"read")
    group.settle()
    [read_state] = group.members[2].read_states
    assert (read_state.request_ctx, read_state.index) == (b"read", group.members[2].applied)


def test_soft_state_reaches_the_application(group_module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    roles = []
    monkeypatch.setattr(group_module.Member, "role_changed", lambda _, state: roles.append(state.raft_state))
    group = group_module.Group([1])
    elect(group)
    assert roles[-1] == StateRole.Leader


def test_calls_allowed_between_ready_and_advance(group_module: ModuleType) -> None:
    """`apply_conf_change`, and `become_follower` in the same term."""
    group = group_module.Group([1, 2, 3])
    elect(group)
    node, disk = group[1], group.members[1].storage.wl()
    node.propose(b"", b"x")
    ready = node.ready()
    disk.append(ready.entries())
    node.apply_conf_change(ConfChange(change_type=ConfChangeType.RemoveNode, node_id=1))
    node.raft.become_follower(node.raft.term, INVALID_ID)
    node.advance(ready)
    node.advance_apply()


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda node: node.propose(b"", b"y"), "its last entry"),
        (lambda node: node.step(Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=99)), "it has term"),
    ],
    ids=["propose", "step"],
)
def test_calls_rejected_between_ready_and_advance(
    group_module: ModuleType, call: Callable[[RawNode], None], reason: str
) -> None:
    group = group_module.Group([1, 2, 3])
    elect(group)
    node = group[1]
    node.propose(b"", b"x")
    ready = node.ready()
    group.members[1].storage.wl().append(ready.entries())
    call(node)
    with pytest.raises(ValueError, match=f"^rd: {reason}"):
        node.advance(ready)
