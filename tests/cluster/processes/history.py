"""What clients have seen of lists, and whether a linearizable history explains it.

Each text is appended once, so that a list tells the order of all appends. A history is linearizable if the final list
has each acknowledged text once, at the position that the append has returned; if each read is a beginning of the final
list; and if no operation that begins after another one has ended sees or makes less than that.
"""

from dataclasses import dataclass, field
from itertools import accumulate

from .program import digest


@dataclass
class Operation:
    """An append or a read of a list, with the length of the list that it has seen or made."""

    began: float
    ended: float
    length: int


@dataclass
class History:
    """The operations on one list."""

    operations: list[Operation] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """The texts whose append was acknowledged, and the lengths that it has returned."""
    unknown: set[str] = field(default_factory=set)
    """The texts whose append has an unknown outcome."""
    reads: set[tuple[int, int]] = field(default_factory=set)
    """The lengths and the digests that reads have returned."""

    def appended(self, text: str, began: float, ended: float, length: int) -> None:
        self.acknowledged[text] = length
        self.operations.append(Operation(began, ended, length))

    def read(self, state: tuple[int, int], began: float, ended: float) -> None:
        self.reads.add(state)
        self.operations.append(Operation(began, ended, state[0]))

    def check(self, final: list[str]) -> None:
        """Raises `AssertionError` unless the history is linearizable and ends with `final`."""
        assert len(set(final)) == len(final), "a text was appended twice"
        positions = {text: number for number, text in enumerate(final, 1)}
        for text, length in self.acknowledged.items():
            assert positions.get(text) == length, (
                f"{text!r} was acknowledged at {length}, and is at {positions.get(text)}"
            )
        assert positions.keys() <= self.acknowledged.keys() | self.unknown, "a text was appended by nobody"
        beginnings = list(accumulate(final, digest, initial=0))
        for length, digest_ in self.reads:
            assert length <= len(final), "a read has seen more than the list has"
            assert beginnings[length] == digest_, "a read is no beginning of the list"
        self._check_order()

    def check_later(self, final: list[str], later: list[str], host: int) -> list[str]:
        """Returns what a host has read after `final` was read. Raises `AssertionError` if it is older, or another list.

        It may have more texts: those whose append was given up before it was answered.
        """
        assert len(later) >= len(final), f"host {host} has read {len(later)} texts after {len(final)} were read"
        assert later[: len(final)] == final, f"host {host} has another list"
        assert self.unknown.issuperset(later[len(final) :]), f"host {host} has a text that was appended by nobody"
        return later

    def _check_order(self) -> None:
        longest = 0
        ended = sorted(self.operations, key=lambda operation: operation.ended)
        position = 0
        for operation in sorted(self.operations, key=lambda operation: operation.began):
            while ended[position].ended < operation.began:
                longest = max(longest, ended[position].length)
                position += 1
            assert operation.length >= longest, f"a length of {operation.length} after one of {longest} was seen"
