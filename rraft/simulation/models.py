"""What operations do when they run one after the other: models for `rraft.simulation.linearizability.check`.

The requests of the ready models are tuples of a name and arguments, such as `("write", 5)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from rraft.simulation.operations import Request, Response

State = TypeVar("State", bound=Hashable)

Named: TypeAlias = tuple[Any, ...]
"""The name of an operation, and its arguments."""


class Model(ABC, Generic[State, Request, Response]):
    """What operations do when they run one after the other.

    States are never changed: `step` returns other ones. Equal states are those that no later operation can tell apart.
    """

    @abstractmethod
    def initial(self) -> State:
        """The state before all operations."""

    @abstractmethod
    def step(self, state: State, request: Request, response: Response) -> tuple[bool, State]:
        """Whether an operation may return `response` in this state, and the state after it."""

    @abstractmethod
    def step_unknown(self, state: State, request: Request) -> Iterable[State]:
        """The states that are possible after an operation whose response is unknown."""

    def partition(self, request: Request) -> Hashable:
        """What an operation belongs to, such as a key. Operations on different partitions must be independent.

        Each partition begins with the initial state and is checked alone, which is much faster.
        """
        del request
        return None

    def is_read(self, request: Request, response: Response | None) -> bool:
        """Whether an operation that returns `response` leaves the state as it is, in each state where it may return it.

        Such operations do not slow a check down. It is correct to return `False` for all.
        """
        del request, response
        return False

    def is_lost(self, state: State, request: Request, response: Response) -> bool:
        """Whether an operation cannot return `response` in this state, nor in any state that may follow.

        A check of a history with many unknown outcomes is much faster with it. It is correct to return `False` always.
        """
        del state, request, response
        return False

    def describe(self, request: Request, response: Response | None, *, known: bool = True) -> str:
        """An operation as text. Its response is unknown unless `known`."""
        return f"{request!r} -> {repr(response) if known else '?'}"

    def describe_state(self, state: State) -> str:
        """A state as text."""
        return repr(state)


class SequentialModel(Model[State, Request, Response]):
    """A model of operations that are functions: the state and the request determine the response."""

    @abstractmethod
    def apply(self, state: State, request: Request) -> tuple[Response, State]:
        """What an operation returns in this state, and the state after it."""

    def step(self, state: State, request: Request, response: Response) -> tuple[bool, State]:
        result, after = self.apply(state, request)
        return bool(result == response), after

    def step_unknown(self, state: State, request: Request) -> Iterable[State]:
        return (self.apply(state, request)[1],)


class NamedModel(SequentialModel[State, Named, Any]):
    """A model whose requests are a name and arguments."""

    reads: ClassVar[frozenset[str]] = frozenset()
    """The names of the operations that never change the state."""
    failures: ClassVar[Mapping[str, object]] = {}
    """What other operations return when they do not change the state, by name."""

    def describe(self, request: Named, response: Any, *, known: bool = True) -> str:
        name, *arguments = request
        return f"{name}({', '.join(map(repr, arguments))}) -> {repr(response) if known else '?'}"

    def is_read(self, request: Named, response: Any) -> bool:
        name = request[0]
        return name in self.reads or (name in self.failures and response == self.failures[name])

    def unexpected(self, request: Named) -> ValueError:
        """The error for an operation that the model does not have."""
        return ValueError(f"{type(self).__name__} has no operation {request!r}")


class RegisterModel(NamedModel[Hashable]):
    """A register: `("read",)` returns the value, `("write", value)` returns `None`.

    `("cas", old, new)` writes `new` if the value is `old`, and returns whether it has.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"read"})
    failures: ClassVar[Mapping[str, object]] = {"cas": False}

    def __init__(self, initial: Hashable = None) -> None:
        self._initial = initial

    def initial(self) -> Hashable:
        return self._initial

    def apply(self, state: Hashable, request: Named) -> tuple[Any, Hashable]:
        match request:
            case ("read",):
                return state, state
            case ("write", value):
                return None, value
            case ("cas", old, new):
                return (True, new) if state == old else (False, state)
        raise self.unexpected(request)


class KeyValueModel(NamedModel[Hashable]):
    """A map, each of whose keys is a partition.

    | request | returns |
    |---|---|
    | `("get", key)` | the value, or `None` |
    | `("put", key, value)` | `None` |
    | `("delete", key)` | whether there was a value |
    | `("cas", key, old, new)` | whether the value was `old`, and is `new` now |
    """

    reads: ClassVar[frozenset[str]] = frozenset({"get"})
    failures: ClassVar[Mapping[str, object]] = {"cas": False, "delete": False}

    def initial(self) -> Hashable:
        return None

    def partition(self, request: Named) -> Hashable:
        key: Hashable = request[1]
        return key

    def apply(self, state: Hashable, request: Named) -> tuple[Any, Hashable]:
        match request:
            case ("get", _):
                return state, state
            case ("put", _, value):
                return None, value
            case ("delete", _):
                return state is not None, None
            case ("cas", _, old, new):
                return (True, new) if state == old else (False, state)
        raise self.unexpected(request)


class CounterModel(NamedModel[int]):
    """A counter: `("read",)` returns it, `("add", number)` returns it after the addition."""

    reads: ClassVar[frozenset[str]] = frozenset({"read"})

    def initial(self) -> int:
        return 0

    def apply(self, state: int, request: Named) -> tuple[Any, int]:
        match request:
            case ("read",):
                return state, state
            case ("add", number):
                return state + number, state + number
        raise self.unexpected(request)


class Chain:
    """An immutable list. Equal ones are the same object, if they are made from the same empty one."""

    __slots__ = ("_after", "before", "length", "value")

    def __init__(self, before: Chain | None = None, value: Hashable = None) -> None:
        self.before: Chain | None = before
        self.value: Hashable = value
        self.length: int = 0 if before is None else before.length + 1
        self._after: dict[Hashable, Chain] = {}

    def append(self, value: Hashable) -> Chain:
        """The list with a value more."""
        after = self._after.get(value)
        if after is None:
            after = self._after[value] = Chain(self, value)
        return after

    def values(self) -> list[Hashable]:
        """The values, oldest first."""
        values = []
        chain = self
        while chain.before is not None:
            values.append(chain.value)
            chain = chain.before
        values.reverse()
        return values


class _Prefixes:
    """Which chains are beginnings of a list."""

    def __init__(self, values: Sequence[Hashable]) -> None:
        self.values = values
        self._known: dict[Chain, bool] = {}

    def has(self, chain: Chain) -> bool:
        """Whether the list begins with the values of the chain."""
        if chain.length > len(self.values):
            return False
        known = self._known.get(chain)
        if known is None:
            before = chain.before
            if before is not None and before in self._known:
                known = self._known[before] and self.values[chain.length - 1] == chain.value
            else:
                known = list(self.values[: chain.length]) == chain.values()
            self._known[chain] = known
        return known


class AppendListModel(NamedModel[Chain]):
    """Lists by key, each of which is a partition.

    `("append", key, value)` returns the new length, `("read", key)` the values.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"read"})

    def __init__(self) -> None:
        self._empty = Chain()
        self._prefixes: dict[int, _Prefixes] = {}
        """By the identity of a list that was read."""

    def initial(self) -> Chain:
        return self._empty

    def partition(self, request: Named) -> Hashable:
        key: Hashable = request[1]
        return key

    def step(self, state: Chain, request: Named, response: Any) -> tuple[bool, Chain]:
        if request[0] == "read":  # without making a list
            return len(response) == state.length and self._begins(response, state), state
        return super().step(state, request, response)

    def is_lost(self, state: Chain, request: Named, response: Any) -> bool:
        if request[0] == "append":
            return bool(response <= state.length)
        return not self._begins(response, state)

    def _begins(self, values: Sequence[Hashable], chain: Chain) -> bool:
        prefixes = self._prefixes.get(id(values))
        if prefixes is None or prefixes.values is not values:
            if len(self._prefixes) > 100:
                self._prefixes.clear()
            prefixes = self._prefixes[id(values)] = _Prefixes(values)
        return prefixes.has(chain)

    def apply(self, state: Chain, request: Named) -> tuple[Any, Chain]:
        match request:
            case ("append", _, value):
                return state.length + 1, state.append(value)
            case ("read", _):
                return state.values(), state
        raise self.unexpected(request)

    def describe_state(self, state: Chain) -> str:
        return repr(state.values())


class QueueModel(NamedModel[tuple[int, tuple[Hashable, ...]]]):
    """A queue: `("enqueue", value)` returns the number of the value, from 1, `("dequeue",)` the oldest value or `None`.
    `None` cannot be a value.

    If `enqueue` returned nothing, the order of concurrent ones would appear in much later operations only. The check of
    a long history would not end then.
    """

    failures: ClassVar[Mapping[str, object]] = {"dequeue": None}

    def initial(self) -> tuple[int, tuple[Hashable, ...]]:
        return 0, ()

    def apply(
        self, state: tuple[int, tuple[Hashable, ...]], request: Named
    ) -> tuple[Any, tuple[int, tuple[Hashable, ...]]]:
        number, values = state
        match request:
            case ("enqueue", value) if value is not None:
                return number + 1, (number + 1, (*values, value))
            case ("dequeue",):
                return (values[0], (number, values[1:])) if values else (None, state)
        raise self.unexpected(request)

    def is_lost(self, state: tuple[int, tuple[Hashable, ...]], request: Named, response: Any) -> bool:
        return request[0] == "enqueue" and bool(response <= state[0])
