"""The frames between hosts: items of any number of groups.

The head of an item has its kind, its group, the digest of the group's founding members, and the length of the payload.
"""

import struct
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any, TypeAlias

import msgspec

from rraft.cluster.core.commands import Command
from rraft.cluster.requests import Change


class Kind(IntEnum):
    """What an item is."""

    MESSAGE = 1
    """A message of Raft."""
    FORWARD = 2
    """Commands for the leader: `Forward`."""
    REJECTED = 3
    """The receiver of a `FORWARD` or a `CHANGE` is not the leader, or too busy: send it again later."""
    HELLO = 4
    """The first item on each link: `Hello`. Its group is 0."""
    REMOVED = 5
    """The receiver was removed from the group."""
    LOST = 6
    """The receiver has another directory than the one that the group knows."""
    CHANGE = 7
    """A membership change for the leader: `ChangeRequest`."""
    CHANGE_REJECTED = 8
    """The leader rejects a membership change: `ChangeRejected`."""
    WHO = 9
    """The sender has not received the `HELLO` of the receiver."""
    QUIESCE = 10
    """The leader stops to tick, since the group is idle: `Quiesce`."""
    WAKE = 11
    """The group is not idle on the sender: the receiver ticks again."""
    OTHER_FOUNDERS = 12
    """The sender's group has other founding members than the receiver's: their ids."""
    TRANSFER = 13
    """In the header of a snapshot, after its message: `Transfer`."""


class Forward(msgspec.Struct, array_like=True, frozen=True):
    """Commands that a host forwards to the leader."""

    commands: list[Command]
    opens: list[bytes] = []
    retry: bool = False
    """Whether they may have been forwarded before."""


class Hello(msgspec.Struct, array_like=True, frozen=True):
    """What a host says about itself."""

    incarnation: bytes
    address: str
    min_election_timeout: float = 0.0
    """Seconds for which it elects no other leader after it has heard from one: see `config.min_election_timeout`."""


class ChangeRequest(msgspec.Struct, array_like=True, frozen=True):
    """A membership change. The sender repeats it until it sees the change applied, or is rejected."""

    number: int
    changes: list[Change] = []
    transfer_to: int | None = None
    """With this, a request to hand over to that host, or to any for 0."""
    new: list[int] = []
    """The hosts that were not members when it was requested: their own addresses may differ from those in it."""


class ChangeRejected(msgspec.Struct, array_like=True, frozen=True):
    """The leader's rejection of a membership change."""

    number: int
    reason: str


class Transfer(msgspec.Struct, array_like=True, frozen=True):
    """What distinguishes the transfer of a snapshot from all others."""

    number: int
    """Drawn at random."""
    size: int
    """The length of the data, in bytes."""


Item: TypeAlias = tuple[int, int, int, bytes]
"""An item of a frame: its kind, group, founders and payload."""


OF_HOSTS = frozenset({Kind.HELLO, Kind.WHO})
"""The kinds of items that concern a host, whatever their group."""

encode: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode
decode_forward: Callable[[bytes], Forward] = msgspec.msgpack.Decoder(Forward).decode
decode_hello: Callable[[bytes], Hello] = msgspec.msgpack.Decoder(Hello).decode
decode_change_request: Callable[[bytes], ChangeRequest] = msgspec.msgpack.Decoder(ChangeRequest).decode
decode_change_rejected: Callable[[bytes], ChangeRejected] = msgspec.msgpack.Decoder(ChangeRejected).decode
decode_founders: Callable[[bytes], list[int]] = msgspec.msgpack.Decoder(list[int]).decode

_HEAD = struct.Struct("<BQII")
_pack_head = _HEAD.pack

SNAPSHOT = b"\x08\x07"
"""How a `MsgSnapshot` begins: its data is sent before it."""

HEARTBEAT = b"\x08\x08"
HEARTBEAT_RESPONSE = b"\x08\x09"
"""How the messages begin that an idle group sends."""

REQUESTS_FOR_VOTES = b"\x08\x05", b"\x08\x11"
"""How the messages begin with which a host asks for votes, and for pre-votes."""


class FrameError(ValueError):
    """A frame is invalid."""


def add_item(parts: list[bytes], kind: int, group: int, founders: int, payload: bytes) -> None:
    """Appends an item to the parts of a frame."""
    parts.append(_pack_head(kind, group, founders, len(payload)))
    parts.append(payload)


def items(body: bytes) -> Iterator[Item]:
    """The items of a frame. Raises `FrameError`."""
    position, end = 0, len(body)
    unpack, size = _HEAD.unpack_from, _HEAD.size
    while position < end:
        if position + size > end:
            raise FrameError(f"expected the head of an item, got {end - position} bytes")
        kind, group, founders, length = unpack(body, position)
        position += size
        if position + length > end:
            raise FrameError(f"expected an item of {length} bytes, got {end - position}")
        yield kind, group, founders, body[position : position + length]
        position += length
