"""The encoding of log entries: a version, then a batch in MessagePack."""

from typing import TypeAlias

import msgspec

Command: TypeAlias = tuple[int, int, int, bytes]
"""The session, the sequence number, the lowest number whose result the session still needs, and the payload."""

Limits: TypeAlias = tuple[int, int, int]
"""The limits of sessions: the expiry in milliseconds, their number, and the bytes of kept results."""

COMMAND_OVERHEAD = 128
"""What a command counts in addition to its payload while it is in flight, in bytes."""

VERSION = 1


class Batch(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The content of an entry. Its parts are applied in the order of the fields."""

    time: int
    """The leader's clock, in milliseconds since the epoch."""
    limits: Limits
    """The leader's limits of sessions."""
    opens: list[bytes] = []
    """The nonces of the sessions to open."""
    commands: list[Command] = []
    addresses: dict[int, str] = {}
    """New addresses of members."""
    incarnations: dict[int, bytes] = {}
    """The directories of members, as they reported them: see `Members`."""


class UnreadableEntryError(ValueError):
    """The entry was written by a newer version, or is damaged."""


_PREFIX = bytes((VERSION,))
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Batch)


def encode_batch(batch: Batch) -> bytes:
    """The data of an entry with this content."""
    return _PREFIX + _encoder.encode(batch)


def decode_batch(data: bytes) -> Batch:
    """The content of an entry. Raises `UnreadableEntryError`."""
    if data[:1] != _PREFIX:
        raise UnreadableEntryError(f"expected an entry of version {VERSION}, got version {data[0] if data else None}")
    try:
        return _decoder.decode(memoryview(data)[1:])
    except msgspec.MsgspecError as error:
        raise UnreadableEntryError(str(error)) from error
    except RecursionError as error:
        raise UnreadableEntryError("nested too deeply") from error
