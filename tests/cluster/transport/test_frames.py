"""Frames out of any bytes, in any pieces."""

import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rraft.cluster.transport.frames import Assembler, FrameError, frame

LIMIT = 300


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data in pieces of these sizes, and a last one with the rest."""
    result, position = [], 0
    for size in sizes:
        result.append(data[position : position + size])
        position += size
    return [piece for piece in (*result, data[position:]) if piece]


@given(st.lists(st.binary(max_size=LIMIT)), st.lists(st.integers(1, 50)))
def test_frames_in_any_pieces(bodies: list[bytes], sizes: list[int]) -> None:
    assembler = Assembler(LIMIT)
    received = [body for piece in pieces(b"".join(map(frame, bodies)), sizes) for body in assembler.split(piece)]
    assert received == bodies
    assert assembler.held == 0


@given(st.lists(st.binary(max_size=LIMIT)), st.integers(0, LIMIT + 3), st.lists(st.integers(1, 50)))
def test_an_incomplete_frame_is_held(bodies: list[bytes], rest: int, sizes: list[int]) -> None:
    assembler = Assembler(LIMIT)
    partial = frame(bytes(LIMIT))[:rest]
    data = b"".join(map(frame, bodies)) + partial
    assert [body for piece in pieces(data, sizes) for body in assembler.split(piece)] == bodies
    assert assembler.held == rest
    assert assembler.take_partial() == partial
    assert assembler.held == 0


@given(st.binary(), st.lists(st.integers(1, 50)))
def test_any_bytes_are_frames_or_an_error(data: bytes, sizes: list[int]) -> None:
    assembler = Assembler(LIMIT)
    bodies: list[bytes] = []
    try:
        for piece in pieces(data, sizes):
            bodies += assembler.split(piece)
    except FrameError:
        return
    assert b"".join(map(frame, bodies)) + assembler.take_partial() == data


@pytest.mark.parametrize("length", [LIMIT + 1, 2**24, 2**31, 2**32 - 1])
@pytest.mark.parametrize("before", [b"", frame(b"valid")], ids=["first", "second"])
def test_a_length_above_the_limit_is_rejected_before_the_body_arrives(before: bytes, length: int) -> None:
    assembler = Assembler(LIMIT)
    with pytest.raises(FrameError, match=f"expected a frame of at most 300 bytes, got one of {length}"):
        assembler.split(before + struct.pack("<I", length))


def test_an_announced_length_takes_no_memory() -> None:
    tracemalloc.start()
    assemblers = [Assembler(16 * 2**20) for _ in range(60)]
    for assembler in assemblers:
        assert assembler.split(struct.pack("<I", 16 * 2**20) + b"x") == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


def test_bytes_that_arrive_one_by_one_take_no_more_memory_than_at_once() -> None:
    tracemalloc.start()
    assembler = Assembler(2**20)
    assembler.split(struct.pack("<I", 2**20))
    for _ in range(100_000):
        assembler.split(b"x")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert assembler.held == 100_004
    assert held < 250_000
