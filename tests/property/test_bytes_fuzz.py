"""Bytes from an untrusted peer: decoding returns a message or raises `CodecError`, a step succeeds or raises.

The fuzzers are seeded, so failures are reproducible.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

import pytest

from rraft import (
    CodecError,
    ConfChange,
    ConfChangeSingle,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    Config,
    ConfState,
    Entry,
    EntryType,
    HardState,
    InvalidMessageError,
    LoggerRef,
    Message,
    MessageType,
    RaftError,
    RaftPanicError,
    RawNode,
    Snapshot,
    SnapshotMetadata,
    StoreError,
)
from tests.harness import AnyStorage, Network, NewStorage
from tests.harness.nodes import process
from tests.harness.util import SOME_DATA, add_learner, log_of, remove_node

LARGEST = 2**64 - 1
NUMBERS = [0, 1, 2, 3, 4, 5, 7, 100, 2**31, 2**32, 2**62, 2**63 - 1, 2**63, LARGEST]
"""Numbers for mutated fields: small ones are close to valid ones."""


class Codec(Protocol):
    """The methods that all messages have."""

    @staticmethod
    def decode(v: bytes, /) -> Any: ...

    def encode(self) -> bytes: ...


CONF_STATE = ConfState([1, 2, 3], [4], voters_outgoing=[1, 2], learners_next=[5], auto_leave=True)
METADATA = SnapshotMetadata(conf_state=CONF_STATE, index=2**40, term=300)
SNAPSHOT = Snapshot(data=bytes(range(64)), metadata=METADATA)
ENTRY = Entry(entry_type=EntryType.EntryConfChangeV2, term=LARGEST, index=7, data=b"data", context=b"context")
CHANGE = ConfChangeSingle(change_type=ConfChangeType.AddLearnerNode, node_id=2**35)
MESSAGE = Message(
    msg_type=MessageType.MsgSnapshot,
    to=1,
    from_=2,
    term=3,
    log_term=4,
    index=5,
    entries=[ENTRY, Entry(), ENTRY],
    commit=6,
    commit_term=7,
    snapshot=SNAPSHOT,
    request_snapshot=8,
    reject=True,
    reject_hint=9,
    context=b"context",
    priority=-3,
)

SAMPLES: list[Codec] = [
    MESSAGE,
    ENTRY,
    SNAPSHOT,
    METADATA,
    CONF_STATE,
    HardState(term=LARGEST, vote=2, commit=2**50),
    ConfChange(change_type=ConfChangeType.RemoveNode, node_id=3, context=b"context", id=4),
    CHANGE,
    ConfChangeV2(transition=ConfChangeTransition.Explicit, changes=[CHANGE, CHANGE], context=b"context"),
]
"""A message of each kind with all its fields."""

by_class = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)


def varint(value: int) -> bytes:
    """The protobuf encoding of a number."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def tag(field: int, wire_type: int) -> bytes:
    """The protobuf encoding of a field's tag."""
    return varint(field << 3 | wire_type)


START_GROUP, END_GROUP = tag(15, 3), tag(15, 4)


def flip_bits(rng: random.Random, data: bytes) -> bytes:
    mutated = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        if mutated:
            mutated[rng.randrange(len(mutated))] ^= 1 << rng.randrange(8)
    return bytes(mutated)


def truncate(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))]


def splice(rng: random.Random, data: bytes) -> bytes:
    """Replaces one part of the data by another."""
    start, end = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
    place = rng.randint(0, len(data))
    return data[:place] + data[start:end] + data[rng.randint(place, len(data)) :]


def insert_length(rng: random.Random, data: bytes) -> bytes:
    """Inserts a field with a wrong length."""
    place = rng.randint(0, len(data))
    length = rng.choice([0, 1, len(data) - place, len(data), *NUMBERS])
    return data[:place] + tag(rng.randint(1, 20), 2) + varint(length) + data[place:]


def insert_number(rng: random.Random, data: bytes) -> bytes:
    place = rng.randint(0, len(data))
    return data[:place] + tag(rng.randint(0, 20), 0) + varint(rng.choice(NUMBERS)) + data[place:]


def insert_groups(rng: random.Random, data: bytes) -> bytes:
    """Inserts nested groups, some of which are not terminated."""
    place, depth = rng.randint(0, len(data)), rng.randint(1, 200)
    ended = rng.choice([0, depth - 1, depth, depth + 1])
    return data[:place] + START_GROUP * depth + END_GROUP * ended + data[place:]


def overwrite(rng: random.Random, data: bytes) -> bytes:
    place = rng.randint(0, len(data))
    return data[:place] + rng.randbytes(rng.randint(1, 8)) + data[place + rng.randint(0, 8) :]


MUTATIONS: list[Callable[[random.Random, bytes], bytes]] = [
    flip_bits,
    truncate,
    splice,
    insert_length,
    insert_number,
    insert_groups,
    overwrite,
]


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Mutates the data once or a few times."""
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        data = rng.choice(MUTATIONS)(rng, data)
    return data


# --- Decoding


INPUTS_OF_A_CLASS = 100_000 // len(SAMPLES) + 1


@by_class
def test_mutated_bytes_are_decoded_or_rejected(sample: Codec, fuzz_factor: int) -> None:
    rng = random.Random(type(sample).__name__)
    decoded = rejected = 0
    inputs = INPUTS_OF_A_CLASS * fuzz_factor

    for _ in range(inputs):
        data = mutate(rng, sample.encode())
        try:
            message = sample.decode(data)
        except CodecError:
            rejected += 1
            continue
        decoded += 1
        again = sample.decode(message.encode())
        assert (again.to_dict(), again.compute_size()) == (message.to_dict(), message.compute_size()), data.hex()
        assert sample.decode(again.encode()) == again, data.hex()

    assert min(decoded, rejected) > inputs // 20
    assert sample.decode(sample.encode()) == sample


@by_class
def test_rejected_bytes_change_nothing(sample: Codec) -> None:
    message = sample.decode(sample.encode())
    rng = random.Random(type(sample).__name__)
    rejected = 0

    for _ in range(1_000):
        data = mutate(rng, sample.encode())
        before = message.encode()
        try:
            message.merge_from_bytes(data)
        except CodecError:
            rejected += 1
            assert message.encode() == before, data.hex()
        else:
            message = sample.decode(sample.encode())

    assert rejected > 50


GROUPS = 10**6


@by_class
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(START_GROUP * GROUPS, id="never ended"),
        pytest.param(START_GROUP * GROUPS + END_GROUP * GROUPS, id="ended"),
        pytest.param(START_GROUP * GROUPS + END_GROUP, id="ended once"),
        pytest.param(END_GROUP * GROUPS, id="never started"),
        pytest.param((START_GROUP + tag(1, 2) + varint(0)) * GROUPS, id="with fields in them"),
    ],
)
def test_nested_groups_use_no_stack(sample: Codec, data: bytes) -> None:
    """RUSTSEC-2024-0437: skipping a group must not recurse into the groups in it."""
    with pytest.raises(CodecError, match="unexpected wire type"):
        sample.decode(data)

    assert sample.decode(sample.encode()) == sample


def inside(data: bytes, *fields: int) -> bytes:
    """The data as a message in a field, in a field, and so on."""
    for field in reversed(fields):
        data = tag(field, 2) + varint(len(data)) + data
    return data


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param((7,), id="entry"),
        pytest.param((9,), id="snapshot"),
        pytest.param((9, 2), id="metadata"),
        pytest.param((9, 2, 1), id="conf state"),
    ],
)
@pytest.mark.parametrize("ended", [0, GROUPS], ids=["never ended", "ended"])
def test_nested_groups_inside_a_message_use_no_stack(fields: tuple[int, ...], ended: int) -> None:
    data = inside(START_GROUP * GROUPS + END_GROUP * ended, *fields)

    with pytest.raises(CodecError, match="unexpected wire type"):
        Message.decode(data)

    assert Message.decode(MESSAGE.encode()) == MESSAGE


# --- Stepping


class Recorder(Network):
    """A network that records all messages."""

    recorded: list[bytes]

    def filter(self, messages: Iterable[Message]) -> list[Message]:
        passed = super().filter(messages)
        self.recorded += [message.encode() for message in passed]
        return [message for message in passed if message.to in self.peers]


def record_traffic(logger: LoggerRef, new_storage: NewStorage) -> list[bytes]:
    """The encoded messages of three nodes that use all features."""
    config = Network.default_config()
    config.pre_vote = True
    network = Recorder([None, None, None], logger, config=config, new_storage=new_storage)
    network.recorded = []

    def local(node: int, msg_type: MessageType, data: bytes | None = None, from_: int | None = None) -> None:
        entries = [] if data is None else [Entry(data=data)]
        message = Message(from_=from_ or node, to=node, msg_type=msg_type, entries=entries)
        network.recorded.append(message.encode())
        network.send([message])

    def propose(change: ConfChangeV2) -> None:
        entry = Entry(entry_type=EntryType.EntryConfChangeV2, data=change.encode())
        network.send([Message(from_=1, to=1, msg_type=MessageType.MsgPropose, entries=[entry])])
        for peer in network.peers.values():
            peer.raft.apply_conf_change(change)

    network.send([Message(from_=1, to=1, msg_type=MessageType.MsgHup)])
    for node in (1, 2, 3):
        local(node, MessageType.MsgPropose, SOME_DATA)
        local(node, MessageType.MsgReadIndex, b"context %d" % node)
    propose(add_learner(4))
    propose(remove_node(4))

    # Node 3 falls behind so far that it needs a snapshot.
    network.isolate(3)
    for _ in range(5):
        local(1, MessageType.MsgPropose, SOME_DATA)
    for node in (1, 2):
        raft = network.peers[node].raft
        raft.commit_apply(raft.raft_log.committed)
        network.storage[node].wl().commit_to(raft.raft_log.committed)
        network.storage[node].wl().set_conf_state(ConfState([1, 2, 3]))
        network.storage[node].wl().compact(raft.raft_log.committed)
    network.recover()
    for _ in range(3):
        network.send([Message(from_=1, to=1, msg_type=MessageType.MsgBeat)])
        local(1, MessageType.MsgPropose, SOME_DATA)
    local(2, MessageType.MsgTransferLeader, from_=2)
    local(1, MessageType.MsgTransferLeader, from_=2)
    local(2, MessageType.MsgPropose, SOME_DATA)
    network.peers[1].raft.request_snapshot()
    network.filter_and_send(network.read_messages())
    return network.recorded


def test_traffic_contains_all_message_types(logger: LoggerRef, new_storage: NewStorage) -> None:
    recorded = [Message.decode(data) for data in record_traffic(logger, new_storage)]

    kinds = {repr(message.msg_type) for message in recorded}
    local = {"MsgHup", "MsgBeat", "MsgUnreachable", "MsgSnapStatus", "MsgCheckQuorum"}
    assert kinds == set(map(repr, MessageType.values())) - local
    assert any(message.reject for message in recorded)
    assert any(message.request_snapshot for message in recorded)


def new_node(rng: random.Random, storage: AnyStorage, logger: LoggerRef) -> RawNode:
    """Node 1 of three, in one of the roles."""
    storage.initialize_with_conf_state(ConfState([1, 2, 3]))
    log = log_of(*rng.choice([(), (1,), (1, 1, 2), (1, 1, 2, 2, 3)]))
    storage.wl().append(log)
    last = len(log)
    commit = rng.randint(0, last)
    storage.wl().set_hardstate(HardState(term=log[-1].term if log else 0, vote=rng.choice([0, 2]), commit=commit))
    config = Config(id=1, pre_vote=rng.random() < 0.3, check_quorum=rng.random() < 0.3, max_inflight_msgs=4)
    node = RawNode(config, storage, logger)
    role = rng.choice(["follower", "candidate", "leader"])
    if role == "follower":
        return node
    node.raft.become_candidate()
    if role == "leader":
        node.raft.become_leader()
    process(node)
    return node


def change_fields(rng: random.Random, message: Message, node: RawNode) -> None:
    """Sets some fields to other values, preferably to values close to those of the node."""
    raft = node.raft
    near = [raft.term, raft.raft_log.last_index(), raft.raft_log.committed]
    numbers = [*NUMBERS, *near, *near, *(number + 1 for number in near), *(number - 1 for number in near if number)]
    for _ in range(rng.randint(1, 4)):
        name = rng.choice(FIELDS)
        if name == "msg_type":
            message.msg_type = rng.choice(MessageType.values())
        elif name == "from_":
            message.from_ = rng.choice([0, 1, 2, 3, 4])
        elif name == "reject":
            message.reject = not message.reject
        elif name == "context":
            message.context = rng.choice([b"", b"context 1", b"CampaignTransfer"])
        elif name == "entries":
            terms, indices = rng.choices(numbers, k=2), rng.choices(numbers, k=2)
            message.entries = [Entry(term=term, index=index) for term, index in zip(terms, indices, strict=True)]
        elif name == "log":
            # Valid entries, so that they pass the first checks.
            message.index, message.log_term = raft.raft_log.last_index(), raft.raft_log.last_term()
            terms = [rng.choice([raft.term, *numbers]) for _ in range(rng.randint(0, 3))]
            message.entries = [Entry(term=term, index=message.index + 1 + n) for n, term in enumerate(terms)]
        elif name == "snapshot":
            metadata = message.snapshot.metadata
            metadata.index, metadata.term = rng.choice(numbers), rng.choice(numbers)
            ids = [rng.sample(range(5), rng.randint(0, 3)) for _ in range(4)]
            metadata.conf_state = ConfState(ids[0], ids[1], voters_outgoing=ids[2] * rng.randint(0, 1))
        else:
            setattr(message, name, rng.choice(numbers))


FIELDS = [
    *("msg_type", "from_", "reject", "context", "entries", "log", "snapshot"),
    *("term", "term", "log_term", "index", "commit", "commit_term", "reject_hint", "request_snapshot"),
]


def mutated_messages(rng: random.Random, traffic: list[bytes], node: RawNode) -> Iterator[Message]:
    """An infinite stream of mutated messages: half are mutated as bytes, half by their fields."""
    while True:
        data = rng.choice(traffic)
        if rng.random() < 0.5:
            message = Message.decode(data)
            change_fields(rng, message, node)
        else:
            try:
                message = Message.decode(mutate(rng, data))
            except CodecError:
                continue
        message.to = 1
        if rng.random() < 0.5:
            message.term = rng.choice([0, node.raft.term, node.raft.term + 1])
        yield message


STEPS = 50_000


def test_mutated_messages_cause_no_panic(logger: LoggerRef, new_storage: NewStorage, fuzz_factor: int) -> None:
    """Each message is stepped or rejected. The node handles its `Ready`s in between."""
    rng = random.Random(20_000)
    traffic = record_traffic(logger, new_storage)
    stepped = rejected = 0

    while stepped + rejected < STEPS * fuzz_factor:
        node = new_node(rng, new_storage(), logger)
        for message in islice(mutated_messages(rng, traffic, node), rng.choice([1, 1, 30])):
            before = repr(node)
            try:
                node.step(message)
            except RaftPanicError as panic:
                pytest.fail(f"{before}: {message}: {panic}")
            except InvalidMessageError:
                rejected += 1
                assert repr(node) == before
            except RaftError:
                rejected += 1
            else:
                stepped += 1
            if rng.random() < 0.5 and not does_its_work(node):
                break

    assert min(stepped, rejected) > STEPS * fuzz_factor // 10


def does_its_work(node: RawNode) -> bool:
    """Whether the `Ready`s can be handled: not if the storage rejects an outdated snapshot."""
    try:
        process(node)
    except StoreError:
        return False
    return True
