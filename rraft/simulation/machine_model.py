"""A model that is made from a state machine."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from rraft.cluster.core.outcomes import Result, check_result, depends_on_host, describe
from rraft.cluster.replicated import Replicated, command, query
from rraft.cluster.replicated_machine import ReplicatedMachine
from rraft.cluster.state_machine import Context, StateMachine
from rraft.simulation.description import Description, describe_snapshot
from rraft.simulation.models import NamedModel

M = TypeVar("M", bound=StateMachine)

Chunks: TypeAlias = tuple[bytes, ...]
"""A snapshot of a state machine: the state of the model."""


class MachineModel(NamedModel[Chunks], Generic[M]):
    """What a deterministic state machine does, without hosts.

    Its requests are `("command", payload)` and `("query", payload)`. Its responses are those of the state machine: the
    bytes that it returned, or the class and the text of the exception that it raised, as a tuple.

    Results must not depend on `context`. A state is a snapshot: machines with equal snapshots must be equal, and it
    costs time if equal machines have different ones.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"query"})

    def __init__(
        self, new_machine: Callable[[], M], *, partition: Callable[[tuple[Any, ...]], Hashable] | None = None
    ) -> None:
        """`partition` returns the part of the state that a request uses alone."""
        self._new_machine = new_machine
        self._partition = partition
        self._machine = new_machine()
        machine: StateMachine = self._machine
        self._description = Description(lambda: machine.target if isinstance(machine, ReplicatedMachine) else machine)
        self._initial: Chunks = _snapshot(self._machine)
        self._state = self._initial
        """The state of `_machine`."""

    def initial(self) -> Chunks:
        """The state of a new machine."""
        return self._initial

    def partition(self, request: tuple[Any, ...]) -> Hashable:
        """See `Model.partition`."""
        return None if self._partition is None else self._partition(request)

    def step(self, state: Chunks, request: tuple[Any, ...], response: Any) -> tuple[bool, Chunks]:
        """See `Model.step`."""
        result, after = self.apply(state, request)
        return result == response or self._description.equal(request[1], result, response), after

    def describe(self, request: tuple[Any, ...], response: Any, *, known: bool = True) -> str:
        """See `Model.describe`."""
        text = self._description.call(request[1])
        return f"{text} -> {self._description.result(request[1], response) if known else '?'}"

    def describe_state(self, state: Chunks) -> str:
        """See `Model.describe_state`."""
        return describe_snapshot(self._machine, state)

    def apply(self, state: Chunks, request: tuple[Any, ...]) -> tuple[Any, Chunks]:
        """See `SequentialModel.apply`."""
        kind, payload = request
        machine = self._machine_in(state)
        try:
            if kind == "query":
                return machine.query(payload), state
            context = Context(1)
            context.start_entry(1, 0.0)
            result: Result = check_result(machine.apply(payload, context))
        except BaseException as error:
            if depends_on_host(error):
                raise
            result = describe(error)
            if kind == "query":
                return result, state
        self._state = _snapshot(machine)
        return result, self._state

    def _machine_in(self, state: Chunks) -> M:
        if self._state is not state and self._state != state:
            self._machine = self._new_machine()
            self._machine.restore(iter(state))
            self._state = state
        return self._machine


def _snapshot(machine: StateMachine) -> Chunks:
    return tuple(bytes(chunk) for chunk in machine.snapshot())


class ReplicatedModel(NamedModel[Chunks]):
    """What the commands and queries of a `Replicated` do, without hosts.

    A request has the name of the method and its arguments, such as `("enqueue", "a job")`. A response is what the
    method returned, or `(class, text)` of the exception that it raised, as `CommandError.kind` and `CommandError.text`.

    Results must not depend on `context`.
    """

    def __init__(
        self,
        new_machine: Callable[[], Replicated],
        *,
        partition: Callable[[tuple[Any, ...]], Hashable] | None = None,
    ) -> None:
        """`partition` returns the part of the state that a request uses alone, such as its first argument."""
        owner = type(new_machine())
        methods = {name: getattr(owner, name) for name in dir(owner)}
        self._methods = {name: method for name, method in methods.items() if isinstance(method, command | query)}
        self._inner = MachineModel(lambda: ReplicatedMachine(new_machine()))
        self._partition = partition

    def initial(self) -> Chunks:
        """The state of a new object."""
        return self._inner.initial()

    def partition(self, request: tuple[Any, ...]) -> Hashable:
        """See `Model.partition`."""
        return None if self._partition is None else self._partition(request)

    def is_read(self, request: tuple[Any, ...], response: Any) -> bool:
        """See `Model.is_read`."""
        del response
        return isinstance(self._methods.get(request[0]), query)

    def apply(self, state: Chunks, request: tuple[Any, ...]) -> tuple[Any, Chunks]:
        """See `SequentialModel.apply`."""
        name, *arguments = request
        method = self._methods.get(name)
        if method is None:
            raise self.unexpected(request)
        payload = method.signature.encode(tuple(arguments), {})
        kind = "query" if isinstance(method, query) else "command"
        result, after = self._inner.apply(state, (kind, payload))
        return (method.signature.decode_result(result) if isinstance(result, bytes) else result), after
