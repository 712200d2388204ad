"""`Ready` and `LightReady`: reading, changing and taking their lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from rraft import (
    Config,
    ConfState,
    Entry,
    HardState,
    LightReady,
    LoggerRef,
    MemStorage,
    Message,
    MessageType,
    RawNode,
    ReadState,
    Ready,
    Snapshot,
    SnapshotMetadata,
    SoftState,
    StateRole,
)

READY_LISTS = ("entries", "committed_entries", "messages", "persisted_messages", "read_states")
LIGHT_READY_LISTS = ("committed_entries", "messages")


def new_node(logger: LoggerRef, voters: Sequence[int]) -> RawNode:
    return RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState(voters)), logger)


def store(node: RawNode, ready: Ready) -> None:
    """Persists a `Ready` in the storage."""
    core = node.store().wl()
    core.append(ready.entries())
    hard_state = ready.hs()
    if hard_state is not None:
        core.set_hardstate(hard_state)


@pytest.fixture
def follower(logger: LoggerRef) -> RawNode:
    """A node that has just received two entries from leader 2, the first of which is committed."""
    node = new_node(logger, [1, 2])
    entries = [Entry(term=3, index=1), Entry(term=3, index=2)]
    node.step(Message(msg_type=MessageType.MsgAppend, from_=2, to=1, term=3, commit=1, entries=entries))
    return node


@pytest.fixture
def leader(logger: LoggerRef) -> RawNode:
    """The leader of nodes 1 and 2. It has not persisted its first entry yet, but node 2 has."""
    node = new_node(logger, [1, 2])
    node.raft.become_candidate()
    node.raft.become_leader()
    node.step(Message(msg_type=MessageType.MsgAppendResponse, from_=2, to=1, term=1, index=1))
    node.raft.take_msgs()
    return node


def test_default_ready_is_empty() -> None:
    ready = Ready.default()

    assert ready.number() == 0
    assert ready.ss() is None
    assert ready.hs() is None
    assert ready.snapshot() == Snapshot()
    assert not ready.must_sync()
    for name in READY_LISTS:
        assert getattr(ready, name)() == getattr(ready, f"take_{name}")() == []


def test_default_light_ready_is_empty() -> None:
    light = LightReady.default()

    assert light.commit_index() is None
    for name in LIGHT_READY_LISTS:
        assert getattr(light, name)() == getattr(light, f"take_{name}")() == []


def test_ready_of_a_follower(follower: RawNode) -> None:
    ready = follower.ready()

    assert ready.number() == 1
    assert ready.ss() == SoftState(2, StateRole.Follower)
    assert ready.hs() == HardState(term=3, commit=1)
    assert ready.entries() == [Entry(term=3, index=1), Entry(term=3, index=2)]
    assert ready.must_sync()
    assert ready.messages() == ready.committed_entries() == ready.read_states() == []
    assert [(message.msg_type, message.to, message.index) for message in ready.persisted_messages()] == [
        (MessageType.MsgAppendResponse, 2, 2)
    ]


def test_second_ready_of_a_follower(follower: RawNode) -> None:
    ready = follower.ready()
    store(follower, ready)

    light = follower.advance(ready)

    assert light.commit_index() is None
    assert light.committed_entries() == [Entry(term=3, index=1)]
    assert not follower.has_ready()
    assert follower.ready().number() == 2


def test_light_ready_of_a_leader(leader: RawNode) -> None:
    ready = leader.ready()
    assert ready.committed_entries() == []
    store(leader, ready)

    light = leader.advance(ready)

    assert light.commit_index() == 1
    assert light.committed_entries() == [Entry(term=1, index=1)]
    assert [(message.msg_type, message.to, message.commit) for message in light.messages()] == [
        (MessageType.MsgAppend, 2, 1)
    ]


def test_snapshot_of_a_ready(follower: RawNode) -> None:
    snapshot = Snapshot(data=b"d", metadata=SnapshotMetadata(conf_state=ConfState([1, 2]), index=9, term=3))
    follower.step(Message(msg_type=MessageType.MsgSnapshot, from_=2, to=1, term=3, snapshot=snapshot))
    assert follower.snap() == follower.raft.snap() == snapshot

    ready = follower.ready()

    assert ready.snapshot() == snapshot
    assert ready.entries() == []
    assert ready.must_sync()


@pytest.mark.parametrize("through", [lambda ready: ready, lambda ready: ready.make_ref()], ids=["owner", "view"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("entries", [(1, b"seen"), (2, b"")]),
        ("persisted_messages", [(2, b"seen")]),
    ],
)
def test_list_of_a_ready_can_be_changed_and_taken(
    follower: RawNode, name: str, expected: list[tuple[int, bytes]], through: Callable[[Ready], Ready]
) -> None:
    ready = through(follower.ready())
    getattr(ready, name)()[0].context = b"seen"

    taken = getattr(ready, f"take_{name}")()

    assert [(item.index, item.context) for item in taken] == expected
    assert getattr(ready, name)() == getattr(ready, f"take_{name}")() == []


def test_read_states_can_be_taken(logger: LoggerRef) -> None:
    node = new_node(logger, [1])
    node.campaign()
    ready = node.ready()
    store(node, ready)
    node.advance(ready)
    node.read_index(b"ctx")

    ready = node.ready()

    assert ready.read_states() == [ReadState(1, b"ctx")]
    assert ready.take_read_states() == [ReadState(1, b"ctx")]
    assert ready.read_states() == []


def test_messages_can_be_taken(leader: RawNode) -> None:
    leader.propose(b"", b"data")

    ready = leader.ready()

    assert [message.msg_type for message in ready.messages()] == [MessageType.MsgAppend]
    assert ready.persisted_messages() == []
    [message] = ready.take_messages()
    assert message.entries[0].data == b"data"
    assert ready.messages() == []


@pytest.mark.parametrize("through", [lambda light: light, lambda light: light.make_ref()], ids=["owner", "view"])
def test_lists_of_a_light_ready_can_be_changed_and_taken(
    leader: RawNode, through: Callable[[LightReady], LightReady]
) -> None:
    ready = leader.ready()
    store(leader, ready)
    light = through(leader.advance(ready))
    light.messages()[0].context = b"seen"
    light.committed_entries()[0].data = b"changed"

    [message] = light.take_messages()
    [entry] = light.take_committed_entries()

    assert (message.to, message.context) == (2, b"seen")
    assert (entry.index, entry.data) == (1, b"changed")
    assert light.messages() == light.committed_entries() == []
    assert light.commit_index() == 1


def test_node_is_unaffected_by_taking_lists_from_a_ready(leader: RawNode) -> None:
    ready = leader.ready()
    store(leader, ready)
    ready.take_entries()
    ready.take_messages()

    light = leader.advance(ready)

    assert light.committed_entries() == [Entry(term=1, index=1)]


def test_readies_compare_by_their_content(logger: LoggerRef) -> None:
    one, other = (new_node(logger, [1]) for _ in range(2))
    for node in (one, other):
        node.campaign()
    ready, same = one.ready(), other.ready()

    assert Ready.default() == Ready.default() != ready
    assert ready == same == ready.make_ref()
    same.take_entries()
    assert ready != same
    assert ready != object()


def test_light_readies_compare_by_their_content(logger: LoggerRef) -> None:
    one, other = (new_node(logger, [1]) for _ in range(2))
    lights = []
    for node in (one, other):
        node.campaign()
        ready = node.ready()
        store(node, ready)
        lights.append(node.advance(ready))
    light, same = lights

    assert LightReady.default() == LightReady.default() != light
    assert light == same == light.make_ref()
    same.take_committed_entries()
    assert light != same
    assert light != object()


def test_repr_of_a_ready(follower: RawNode) -> None:
    text = repr(follower.ready())

    assert text.startswith("Ready { number: 1, ss: Some(SoftState { leader_id: 2, raft_state: Follower }),")
    assert "hs: Some(HardState { term: 3, vote: 0, commit: 1 })" in text
    assert "index: 2, sync_log: false, term: 3 }]" in text
    assert text.endswith("must_sync: true }")


def test_repr_of_a_light_ready(leader: RawNode) -> None:
    ready = leader.ready()
    store(leader, ready)

    text = repr(leader.advance(ready))

    assert text.startswith("LightReady { commit_index: Some(1), committed_entries: [Entry {")
    assert "messages: [Message { msg_type: MsgAppend, to: 2, from: 1," in text
