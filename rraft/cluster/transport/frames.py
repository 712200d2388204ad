"""Frames: the length of the body in four bytes, little-endian, then the body. An empty body is a heartbeat."""

import struct

LENGTH = struct.Struct("<I")
EMPTY_FRAME = LENGTH.pack(0)


class FrameError(Exception):
    """The other side has sent bytes that are not a frame of the protocol."""


def frame(*parts: bytes) -> bytes:
    """A frame, whose body is the concatenation of the parts."""
    return b"".join((LENGTH.pack(sum(map(len, parts))), *parts))


class Assembler:
    """Splits received bytes into frames.

    It holds only bytes that have arrived: the length that a frame announces reserves no memory.
    """

    __slots__ = ("_needed", "_partial", "limit")

    def __init__(self, limit: int) -> None:
        self.limit: int = limit
        """The maximum length of a body, in bytes."""
        self._partial = bytearray()
        # As long as `_partial` is shorter than this, it has no complete frame.
        self._needed = 0

    @property
    def held(self) -> int:
        """How many bytes of an incomplete frame are held."""
        return len(self._partial)

    def split(self, data: bytes) -> list[bytes]:
        """Returns the bodies of the frames that are now complete.

        Raises `FrameError` if a frame announces a body above the limit.
        """
        if self._partial:
            # A `bytearray`, since a list of chunks costs dozens of bytes for each byte that arrives alone.
            self._partial += data
            if len(self._partial) < self._needed:
                return []
            data = bytes(self._partial)
            self._partial = bytearray()
        bodies = []
        position, end, size = 0, len(data), LENGTH.size
        needed = size
        while end - position >= size:
            (length,) = LENGTH.unpack_from(data, position)
            if length > self.limit:
                raise FrameError(f"expected a frame of at most {self.limit} bytes, got one of {length}")
            start = position + size
            stop = start + length
            if stop > end:
                needed = size + length
                break
            bodies.append(data[start:stop])
            position = stop
        if position < end:
            self._partial += data[position:]
            self._needed = needed
        return bodies

    def take_partial(self) -> bytes:
        """Removes and returns the bytes of the incomplete frame."""
        partial, self._partial = bytes(self._partial), bytearray()
        return partial
