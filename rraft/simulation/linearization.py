"""The search for an order of operations: see `rraft.simulation.linearizability`."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from enum import Enum
from itertools import count
from typing import Generic, TypeAlias, TypeVar

from rraft.simulation.models import Model, State
from rraft.simulation.operations import Operation, Request, Response

T = TypeVar("T")

Path: TypeAlias = "tuple[Path[T], T] | None"
"""What has taken effect: the last item, after those before it."""


def in_order(path: Path[T]) -> list[T]:
    """The items of a path."""
    items = []
    while path is not None:
        path, item = path
        items.append(item)
    items.reverse()
    return items


class Budget:
    """How often the model may be called, and until when."""

    def __init__(self, max_steps: int | None, deadline: float | None) -> None:
        self.steps = 0
        self._max_steps = max_steps
        self._deadline = deadline
        self._next_look = 0
        self._is_spent = False

    @property
    def is_spent(self) -> bool:
        """Whether the search has to give up."""
        if self._max_steps is not None and self.steps > self._max_steps:
            self._is_spent = True
        elif self._deadline is not None and self.steps >= self._next_look:
            self._next_look = self.steps + 1000
            self._is_spent = self._is_spent or time.monotonic() > self._deadline
        return self._is_spent


class DeadEnds(Generic[T]):
    """Configurations from which nothing more can be reached.

    A configuration has a key, and the set of the operations with unknown outcomes that have taken effect. One that has
    fewer of them can do all that one with more can, so that those with more need not be kept.
    """

    def __init__(self) -> None:
        self._sets: dict[T, list[int]] = {}

    def has(self, key: T, used: int) -> bool:
        """Whether the configuration is one of them, or has more than one of them."""
        sets = self._sets.get(key)
        return sets is not None and any(not fewer & ~used for fewer in sets)

    def add(self, key: T, used: int) -> bool:
        """Adds a configuration. Returns whether it was missing."""
        sets = self._sets.get(key)
        if sets is None:
            self._sets[key] = [used]
            return True
        if any(not fewer & ~used for fewer in sets):
            return False
        sets[:] = [other for other in sets if used & ~other]
        sets.append(used)
        return True

    def update(self, other: DeadEnds[T]) -> None:
        """Adds all configurations of another one."""
        for key, sets in other._sets.items():
            for used in sets:
                self.add(key, used)


class Found(Enum):
    """How a search has ended."""

    ORDER = 1
    NOTHING = 2
    BOUND = 3


_Key: TypeAlias = tuple[int, State]
"""Which of the operations that have not returned have taken effect (`done`, by slot), and the state."""

_Configuration: TypeAlias = "tuple[int, int, int, State, Path[tuple[Operation[Request, Response], State]]]"
"""How many operations have returned; `done`; which of those with unknown outcomes have taken effect (`used`); the
state; the path to it."""


class Search(Generic[State, Request, Response]):
    """The search for an order of the operations of a partition."""

    def __init__(
        self,
        model: Model[State, Request, Response],
        operations: list[Operation[Request, Response]],
        budget: Budget,
        max_unknown: int | None = None,
        *,
        looks_ahead: bool = True,
    ) -> None:
        """`max_unknown`: how many operations with unknown outcomes may take effect for one that returns.

        `looks_ahead`: whether a configuration is given up when it has lost an operation that returns later. Then
        `furthest` may be too small.
        """
        self._model = model
        self._budget = budget
        self._max_unknown = max_unknown
        self._looks_ahead = looks_ahead
        self.is_limited: bool = False
        """Whether `max_unknown` has mattered: that there is no order means nothing then."""
        self.returns: list[Operation[Request, Response]] = []
        """The operations that have returned, in the order of their returns."""
        self.furthest: int = 0
        """How many returns the longest linearizable beginning has."""
        self.best: Path[tuple[Operation[Request, Response], State]] = None
        """What has taken effect there."""
        self.states: list[State] = []
        """Some states that are possible there."""
        self._bits: list[int] = []
        """The bit of each operation in `done`, in the order of their returns. Bits are used again after a return."""
        self._reads: list[bool] = []
        """For each operation, in the order of their returns: whether it leaves all states as they are."""
        self._concurrent: list[list[tuple[Operation[Request, Response], int, bool]]] = []
        """For each return: the operations that are called by then and return later, with their bits and `_reads`."""
        self._unknown: list[Operation[Request, Response]] = []
        self._unknown_called: list[int] = []
        """For each return: how many operations with unknown outcomes are called by then."""
        self._equal_before: list[int] = []
        """For each operation with an unknown outcome: the bit of the one before it with an equal request, or 0."""
        self._dead_ends: list[DeadEnds[_Key[State]]] = []
        """For each return."""
        self._lay_out(operations)

    def _lay_out(self, operations: list[Operation[Request, Response]]) -> None:
        events: list[tuple[float, bool, int]] = []
        for number, operation in enumerate(operations):
            events.append((operation.called, False, number))
            if operation.returned is not None:
                events.append((operation.returned, True, number))
        events.sort()
        reads = [self._model.is_read(operation.request, operation.response) for operation in operations]
        pending: dict[int, int] = {}
        free: list[int] = []
        last_equal: dict[Request, int] = {}
        for _, is_return, number in events:
            operation = operations[number]
            if is_return:
                bit = pending.pop(number)
                free.append(bit)
                self.returns.append(operation)
                self._bits.append(bit)
                self._reads.append(reads[number])
                self._concurrent.append([(operations[other], bit, reads[other]) for other, bit in pending.items()])
                self._unknown_called.append(len(self._unknown))
            elif operation.returned is None:
                bit = 1 << len(self._unknown)
                self._unknown.append(operation)
                try:
                    self._equal_before.append(last_equal.get(operation.request, 0))
                    last_equal[operation.request] = bit
                except TypeError:  # not hashable: never equal to another one
                    self._equal_before.append(0)
            else:
                pending[number] = free.pop() if free else 1 << (len(pending) + len(free))
        for concurrent in self._concurrent:
            concurrent.sort(key=lambda item: item[0].returned or 0.0)
        self._dead_ends = [DeadEnds() for _ in self.returns]

    def available(self, position: int) -> list[Operation[Request, Response]]:
        """The operations that are called before a return, and return later or never."""
        known = [operation for operation, _, _ in self._concurrent[position]]
        return known + self._unknown[: self._unknown_called[position]]

    def run(self) -> Found:
        """Searches, depth first."""
        initial = self._model.initial()
        self.states = [initial]
        stack: list[Iterator[_Configuration[State, Request, Response]]] = []
        current: _Configuration[State, Request, Response] | None = (0, 0, 0, initial, None)
        while True:
            if current is not None:
                current = self._advance(*current)
                if current is not None and current[0] == len(self.returns):
                    self.furthest, self.best = current[0], current[4]
                    return Found.ORDER
            if self._budget.is_spent:
                return Found.BOUND
            if current is not None:
                stack.append(self._branches(*current))
            elif not stack:
                return Found.NOTHING
            current = next(stack[-1], None)
            if current is None:
                stack.pop()

    def _advance(
        self, position: int, done: int, used: int, state: State, path: Path[tuple[Operation[Request, Response], State]]
    ) -> _Configuration[State, Request, Response] | None:
        """Goes on while there is nothing to choose. Returns `None` at a known dead end."""
        returns, bits, step = self.returns, self._bits, self._model.step
        while position < len(returns):
            bit = bits[position]
            if not done & bit:
                operation = returns[position]
                self._budget.steps += 1
                if not self._reads[position] or not step(state, operation.request, operation.response)[0]:  # type: ignore[arg-type]
                    self._note(position, state, path)
                    if self._dead_ends[position].has((done, state), used):
                        return None
                    break
                path = (path, (operation, state))
                done |= bit
            done &= ~bit
            position += 1
        return position, done, used, state, path

    def _note(self, position: int, state: State, path: Path[tuple[Operation[Request, Response], State]]) -> None:
        """Remembers how far the search has come."""
        if position > self.furthest:
            self.furthest, self.best, self.states = position, path, [state]
        elif position == self.furthest and len(self.states) < 5 and state not in self.states:
            self.states.append(state)

    def _branches(
        self, position: int, done: int, used: int, state: State, path: Path[tuple[Operation[Request, Response], State]]
    ) -> Iterator[_Configuration[State, Request, Response]]:
        """What may take effect until the operation that returns at `position` has: as few operations as possible first.

        When the search has tried all, the configurations on the way are dead ends.
        """
        budget, model = self._budget, self._model
        step, is_lost = model.step, model.is_lost
        culprit, culprit_bit = self.returns[position], self._bits[position]
        request, response = culprit.request, culprit.response
        dead_ends, tried, left = self._dead_ends[position], DeadEnds[_Key[State]](), DeadEnds[_Key[State]]()
        order = count()
        queue = [(0, next(order), 0, done, used, state, path)]
        tried.add((done, state), used)
        while queue and not budget.is_spent:
            cost, _, unknown, done, used, state, path = heapq.heappop(queue)
            self._note(position, state, path)
            changes: list[tuple[int, int, int, State, Operation[Request, Response]]] = []
            lost = False
            for operation, bit, reads in self._concurrent[position]:
                if not done & bit:
                    budget.steps += 1
                    fits, after = step(state, operation.request, operation.response)  # type: ignore[arg-type]
                    if fits and reads:
                        done |= bit
                        path = (path, (operation, state))
                    elif fits:
                        changes.append((0, bit, used, after, operation))
                    elif self._looks_ahead and is_lost(state, operation.request, operation.response):  # type: ignore[arg-type]
                        lost = True
                        break
            if lost:
                continue
            budget.steps += 1
            fits, after = step(state, request, response)  # type: ignore[arg-type]
            if fits and left.add((done, after), used):
                yield position, done | culprit_bit, used, after, (path, (culprit, after))
            for operation, then, after in self._unknown_changes(position, used, state):
                if unknown == self._max_unknown:
                    self.is_limited = True
                    break
                changes.append((1, 0, then, after, operation))
            for extra, bit, then, after, operation in changes:
                key = done | bit, after
                if is_lost(after, request, response) or dead_ends.has(key, then):  # type: ignore[arg-type]
                    continue
                if tried.add(key, then):
                    taken = (path, (operation, after))
                    entry = (cost + 1 + extra, next(order), unknown + extra, done | bit, then, after, taken)
                    heapq.heappush(queue, entry)
        if not budget.is_spent:
            dead_ends.update(tried)

    def _unknown_changes(
        self, position: int, used: int, state: State
    ) -> Iterator[tuple[Operation[Request, Response], int, State]]:
        """The operations with unknown outcomes that change the state, with `used` and the state after them."""
        for number in range(self._unknown_called[position]):
            bit = 1 << number
            before = self._equal_before[number]
            if used & bit or before & ~used:
                continue
            operation = self._unknown[number]
            self._budget.steps += 1
            for after in self._model.step_unknown(state, operation.request):
                if after != state:
                    yield operation, used | bit, after
