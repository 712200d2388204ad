"""The encoding of log entries."""

import msgspec
import pytest

from rraft.cluster.core.commands import Batch, UnreadableEntryError, decode_batch, encode_batch

LIMITS = (3_600_000, 100, 1 << 20)

BATCHES = {
    "empty": Batch(1, LIMITS),
    "commands": Batch(2**45, LIMITS, [], [(2**63, 1, 0, b"payload"), (7, 2**40, 3, b"")]),
    "all": Batch(5, LIMITS, [b"n" * 16], [(1, 1, 1, b"x")], {3: "127.0.0.1:7003"}, {2: b"directory"}),
}


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_batch_is_decoded_as_it_was_encoded(batch: Batch) -> None:
    assert decode_batch(encode_batch(batch)) == batch


UNREADABLE = {
    "empty": (b"", "got version None"),
    "other version": (b"\x02\x90", "expected an entry of version 1, got version 2"),
    "cut off": (encode_batch(BATCHES["all"])[:-1], "truncated"),
    "other type": (b"\x01" + msgspec.msgpack.encode({"time": 1}), "Expected `array`"),
    "wrong field": (b"\x01" + msgspec.msgpack.encode([1, LIMITS, "text"]), "Expected `array`"),
    "deep": (b"\x01\x93\x01\x93\x01\x01\x01" + b"\x91" * 100_000, "Expected"),
}


@pytest.mark.parametrize(("data", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_entries_are_rejected(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableEntryError, match=message):
        decode_batch(data)
