"""What clients have seen of a list, and whether a linearizable history explains it.

Each text is appended once, so that the final list tells the order of all appends: no other order needs to be tried.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from rraft.simulation import operations
from rraft.simulation.linearizability import Result, check
from rraft.simulation.models import Named, NamedModel

from .program import digest


class ListModel(NamedModel[int]):
    """The appends to a list that is `final` at the end, and reads of its length and digest. A state is the length."""

    reads = frozenset({"read"})

    def __init__(self, final: list[str]) -> None:
        self._final = final
        self._digests = list(accumulate(final, digest, initial=0))

    def initial(self) -> int:
        return 0

    def apply(self, state: int, request: Named) -> tuple[Any, int]:
        if request[0] == "read":
            return (state, self._digests[state]), state
        return (state + 1, state + 1) if self._is_next(state, request) else (None, state)

    def step_unknown(self, state: int, request: Named) -> Iterable[int]:
        return [state + 1] if self._is_next(state, request) else []

    def is_lost(self, state: int, request: Named, response: Any) -> bool:
        return bool(response[0] < state if request[0] == "read" else response <= state)

    def _is_next(self, state: int, request: Named) -> bool:
        return state < len(self._final) and self._final[state] == request[1]

    def describe_state(self, state: int) -> str:
        following = "the end" if state == len(self._final) else repr(self._final[state])
        return f"{state} texts, before {following}"


@dataclass
class History:
    """The operations on one list."""

    recorder: operations.History[Named, Any] = field(default_factory=operations.History)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """The texts whose append was acknowledged, and the lengths that it has returned."""
    unknown: set[str] = field(default_factory=set)
    """The texts whose append has an unknown outcome."""

    def append(self, client: str, text: str, time: float) -> operations.Call[Named]:
        """An append begins. Whatever happens next, a cancellation among it, it may be carried out."""
        self.unknown.add(text)
        return self.recorder.call(client, ("append", text), time)

    def appended(self, call: operations.Call[Named], length: int, time: float) -> None:
        text = call.request[1]
        self.unknown.discard(text)
        self.acknowledged[text] = length
        self.recorder.returned(call, length, time)

    def rejected(self, call: operations.Call[Named]) -> None:
        """An append was not carried out, and will not be."""
        self.unknown.discard(call.request[1])
        self.recorder.failed(call)

    def read(self, client: str, state: tuple[int, int], began: float, ended: float) -> None:
        self.recorder.returned(self.recorder.call(client, ("read",), began), state, ended)

    def check(self, final: list[str]) -> Result:
        """Raises `AssertionError` unless the history is linearizable and ends with `final`."""
        assert len(set(final)) == len(final), "a text was appended twice"
        assert set(final) <= self.acknowledged.keys() | self.unknown, "a text was appended by nobody"
        history = self.recorder.operations
        end = max((item.returned or item.called for item in history), default=0.0) + 1.0
        state = len(final), list(accumulate(final, digest, initial=0))[-1]
        last = operations.Operation("the end", ("read",), state, end, end)
        result = check(ListModel(final), [*history, last])
        assert result, str(result)
        return result

    def check_later(self, final: list[str], later: list[str], host: int) -> list[str]:
        """Returns what a host has read after `final` was read. Raises `AssertionError` if it is older, or another list.

        It may have more texts: those whose append was given up before it was answered.
        """
        assert len(later) >= len(final), f"host {host} has read {len(later)} texts after {len(final)} were read"
        assert later[: len(final)] == final, f"host {host} has another list"
        assert self.unknown.issuperset(later[len(final) :]), f"host {host} has a text that was appended by nobody"
        return later
