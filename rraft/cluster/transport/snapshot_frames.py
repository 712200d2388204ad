"""The frames on the connection of a snapshot.

sender                                      receiver
size of the data, header                    →
                                            ← progress: where to begin
crc32 and bytes of a part of the data       →
                                            ← progress: how much is written
...                                         ...
                                            ← COMPLETE, REJECTED, FAILED, or BUSY
"""

import struct
import zlib
from enum import IntEnum
from typing import NamedTuple

from .frames import FrameError

_START = struct.Struct("<Q")
_PART = struct.Struct("<I")
_PROGRESS = struct.Struct("<BQ")

PART_OVERHEAD = _PART.size
"""How much longer the frame of a part is than the part, in bytes."""
START_OVERHEAD = _START.size
"""How much longer the first frame is than the header, in bytes."""
MAX_PROGRESS = _PROGRESS.size


class State(IntEnum):
    """What the receiver says."""

    WRITING = 0
    COMPLETE = 1
    REJECTED = 2
    """The receiver does not want the snapshot."""
    FAILED = 3
    """The receiver cannot write it."""
    BUSY = 4
    """The receiver receives too many snapshots at the moment."""


class Progress(NamedTuple):
    """A frame of the receiver."""

    state: State
    written: int
    """How many bytes of the data the receiver has, from its start."""

    def encode(self) -> bytes:
        """The body of the frame."""
        return _PROGRESS.pack(*self)

    @staticmethod
    def decode(body: bytes) -> "Progress":
        """The inverse of `encode`. Raises `FrameError`."""
        try:
            state, written = _PROGRESS.unpack(body)
            return Progress(State(state), written)
        except (struct.error, ValueError) as error:
            raise FrameError(f"invalid progress of a snapshot: {error}") from None


def encode_start(size: int, header: bytes) -> bytes:
    """The body of the first frame."""
    return _START.pack(size) + header


def decode_start(body: bytes) -> tuple[int, bytes]:
    """The size and the header. Raises `FrameError`."""
    try:
        (size,) = _START.unpack_from(body)
    except struct.error as error:
        raise FrameError(f"invalid start of a snapshot: {error}") from None
    return size, body[_START.size :]


def checksum(part: bytes) -> bytes:
    """What precedes a part in its frame: TCP's own checksum has 16 bits, and misses damage of gigabytes."""
    return _PART.pack(zlib.crc32(part))


def decode_part(body: bytes) -> bytes:
    """The part of a frame. Raises `FrameError` if it is damaged."""
    part = body[_PART.size :]
    if not part or body[: _PART.size] != checksum(part):
        raise FrameError("a part of a snapshot is damaged")
    return part
