"""Models that are made from state machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from rraft.cluster import Context, Replicated, command, query
from rraft.simulation.linearizability import check
from rraft.simulation.machine_model import MachineModel, ReplicatedModel
from tests.simulation.histories import History, operation


class Stock(Replicated):
    """Goods, which can be sold out."""

    goods: dict[str, int]

    def __init__(self) -> None:
        self.goods = {}

    @command
    def put(self, name: str, count: int) -> int:
        self.goods[name] = self.goods.get(name, 0) + count
        return self.goods[name]

    @command
    def take(self, name: str) -> None:
        if not self.goods.get(name):
            raise LookupError(f"no {name}")
        self.goods[name] -= 1

    @query
    def count(self, name: str) -> int:
        return self.goods.get(name, 0)


class Buffer:
    """A state machine whose snapshot has other bytes-like chunks."""

    def __init__(self) -> None:
        self._content = bytearray()

    def apply(self, command: bytes, _: Context) -> bytes:
        self._content += command
        return b"%d" % len(self._content)

    def query(self, _: bytes) -> bytes:
        return bytes(self._content)

    def snapshot(self) -> Iterable[Any]:
        return [self._content]

    def restore(self, chunks: Iterator[bytes]) -> None:
        self._content = bytearray(b"".join(chunks))


def test_chunks_of_a_snapshot_may_be_bytearrays() -> None:
    history = [operation("a", "command", b"x", returns=b"1", at=(0, 1))]

    assert check(MachineModel(Buffer), history)


def test_unknown_method_is_rejected() -> None:
    with pytest.raises(ValueError, match="steal"):
        check(ReplicatedModel(Stock), [operation("a", "steal", "tea", at=(0, 1))])


STOCKS: dict[str, tuple[bool, History]] = {
    "an exception is a result": (
        True,
        [
            operation("a", "take", "tea", returns=("LookupError", "no tea"), at=(0, 1)),
            operation("a", "put", "tea", 2, returns=2, at=(2, 3)),
            operation("a", "take", "tea", at=(4, 5)),
            operation("b", "count", "tea", returns=1, at=(6, 7)),
        ],
    ),
    "sold twice": (
        False,
        [
            operation("a", "put", "tea", 1, returns=1, at=(0, 1)),
            operation("a", "take", "tea", at=(2, 4)),
            operation("b", "take", "tea", at=(3, 5)),
        ],
    ),
    "an unknown sale": (
        True,
        [
            operation("a", "put", "tea", 1, returns=1, at=(0, 1)),
            operation("a", "take", "tea", at=(2, None)),
            operation("b", "take", "tea", returns=("LookupError", "no tea"), at=(3, 5)),
        ],
    ),
}


@pytest.mark.parametrize("partition", [None, lambda request: request[1]], ids=["whole", "by name"])
@pytest.mark.parametrize(("expected", "history"), STOCKS.values(), ids=STOCKS)
def test_replicated(expected: bool, history: History, partition: Any) -> None:
    assert bool(check(ReplicatedModel(Stock, partition=partition), history)) == expected


class Words:
    """A state machine of bytes."""

    def __init__(self) -> None:
        self.words: list[bytes] = []

    def apply(self, command: bytes, context: Context) -> bytes:
        del context
        self.words.append(command)
        return b"%d" % len(self.words)

    def query(self, query: bytes) -> bytes:
        return self.words[int(query)]

    def snapshot(self) -> list[bytes]:
        return list(self.words)

    def restore(self, chunks: Any) -> None:
        self.words = list(chunks)


@pytest.mark.parametrize(("word", "expected"), [(b"x", True), (b"y", False)])
def test_state_machine_of_bytes(word: bytes, expected: bool) -> None:
    history = [
        operation("a", "command", b"x", returns=b"1", at=(0, 3)),
        operation("b", "command", b"y", returns=b"2", at=(1, 2)),
        operation("b", "query", b"0", returns=word, at=(4, 5)),
        operation("b", "query", b"2", returns=("IndexError", "list index out of range"), at=(6, 7)),
    ]
    assert bool(check(MachineModel(Words), history)) == expected
