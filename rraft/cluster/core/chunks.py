"""Chunks of a snapshot in a file: each with its length before it, so that they are read as they were written."""

import struct
from collections.abc import Iterable, Iterator

_LENGTH = struct.Struct("<I")

PIECE = 2**18
"""About how many bytes are read or written at once. Python without a GIL keeps longer ones for a while."""

MAX_CHUNK = 2**32 - 1
"""The longest chunk, in bytes."""


class DamagedSnapshotError(ValueError):
    """The data does not consist of whole chunks."""


def join_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The data with these chunks. Short ones are joined to pieces of `PIECE` bytes or more.

    Raises `TypeError` for a chunk that is not bytes, `ValueError` for one of 4 GiB or more.
    """
    piece = bytearray()
    for chunk in chunks:
        if not isinstance(chunk, bytes | bytearray):
            raise TypeError(f"a chunk of a snapshot: expected bytes, got {type(chunk).__name__}")
        if len(chunk) > MAX_CHUNK:
            raise ValueError(f"a chunk of a snapshot: expected at most {MAX_CHUNK} bytes, got {len(chunk)}")
        piece += _LENGTH.pack(len(chunk))
        is_long = len(chunk) >= PIECE
        if not is_long:
            piece += chunk
        if is_long or len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
        if is_long:
            yield chunk  # without a copy
    if piece:
        yield bytes(piece)


def split_chunks(data: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks in data that arrives in any pieces. Raises `DamagedSnapshotError`.

    At most one chunk and one piece are in memory.
    """
    pieces = iter(data)
    buffer = bytearray()
    position = 0

    def fill(size: int) -> bool:
        """Reads until `size` bytes are there. Returns whether they are."""
        nonlocal buffer, position
        while len(buffer) - position < size:
            piece = next(pieces, None)
            if piece is None:
                return False
            if position:
                del buffer[:position]
                position = 0
            buffer += piece
        return True

    while fill(_LENGTH.size):
        (length,) = _LENGTH.unpack_from(buffer, position)
        position += _LENGTH.size
        if not fill(length):
            raise DamagedSnapshotError(f"expected a chunk of {length} bytes, got {len(buffer) - position}")
        with memoryview(buffer) as view:
            chunk = bytes(view[position : position + length])
        position += length
        yield chunk
    if position < len(buffer):
        raise DamagedSnapshotError(f"expected a length, got {len(buffer) - position} bytes")
