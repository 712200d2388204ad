"""The depth of encoded values."""

import msgspec
import pytest

from rraft.cluster.nesting import MAX_NESTING, is_too_deep


def lists(depth: int, inner: object) -> object:
    """`inner` in so many lists, with something of each kind before and after it."""
    value = inner
    for number in range(depth):
        value = [number, value, "text"] if number % 2 else [value]
    return value


def dicts(depth: int, inner: object) -> object:
    value = inner
    for number in range(depth):
        value = {"key": value} if number % 2 else {"a": b"bytes", "b": value, "c": 1.5}
    return value


SCALARS: list[object] = [
    *(0, 31, 127, 128, 255, 256, 65_535, 65_536, 2**32, 2**64 - 1, -1, -32, -33, -128, -129, -32_769, -(2**31) - 1),
    *(None, True, False, 0.5),
    *("x" * length for length in (0, 31, 32, 255, 256, 65_536)),
    *(b"\x91" * length for length in (0, 255, 256, 65_536)),
    *(msgspec.msgpack.Ext(5, b"\x91" * length) for length in (0, 1, 2, 3, 4, 8, 16, 17, 256, 65_536)),
]
CONTAINERS: list[object] = [
    *([[]] * length for length in (0, 15, 16, 65_536)),
    *({str(number): [] for number in range(length)} for length in (0, 15, 16, 65_536)),
]


@pytest.mark.parametrize("nest", [lists, dicts])
@pytest.mark.parametrize("inner", SCALARS, ids=lambda inner: repr(inner)[:30])
def test_scalars_add_no_depth(nest: object, inner: object) -> None:
    assert callable(nest)
    siblings = [SCALARS, inner, SCALARS]

    assert not is_too_deep(msgspec.msgpack.encode([siblings, nest(MAX_NESTING - 1, inner), siblings]))
    assert is_too_deep(msgspec.msgpack.encode([siblings, nest(MAX_NESTING, inner), siblings]))


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: f"{type(container).__name__}-{len(container)}")
def test_containers_add_depth(container: list[object]) -> None:
    below = 2 if container else 1  # those with items contain empty lists

    assert not is_too_deep(msgspec.msgpack.encode(lists(MAX_NESTING - below, container)))
    assert is_too_deep(msgspec.msgpack.encode(lists(MAX_NESTING - below + 1, container)))
    assert not is_too_deep(msgspec.msgpack.encode([container] * 200))


HOSTILE = {
    "not complete": (b"\x91" * 50 + b"\xdd\xff\xff\xff\xff" * 60, True),
    "length beyond the end": (b"\xdb\xff\xff\xff\xff" + b"\x91" * 200, False),
    "cut off in a length": (b"\xdc\xff\xff" + b"\x80" * 200 + b"\xdd\x00", False),
    "several values": (b"\x90" * 500, False),
}


@pytest.mark.parametrize(("encoded", "deep"), HOSTILE.values(), ids=HOSTILE)
def test_bytes_that_encode_no_value(encoded: bytes, deep: bool) -> None:
    assert is_too_deep(encoded) is deep
