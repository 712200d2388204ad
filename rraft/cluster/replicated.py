"""`Replicated`: a class whose methods are commands and queries of a replicated state machine."""

from collections.abc import Callable, Coroutine, Iterable, Iterator
from inspect import isasyncgenfunction, iscoroutinefunction, isfunction, isgeneratorfunction
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from rraft.cluster.attributes import (
    Attributes,
    check_attributes,
    decode_attributes,
    delete_later_attributes,
    encode_attributes,
)
from rraft.cluster.calls import Signature, result_of
from rraft.cluster.errors import NotReadyError
from rraft.cluster.state_machine import Context

if TYPE_CHECKING:
    from rraft.cluster.group import Group

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Replicated")


class _Method(Generic[S, P, R]):
    """A method of a `Replicated`, which is called through the group."""

    def __init__(self, function: Callable[Concatenate[S, P], R]) -> None:
        """Raises `TypeError` for what is not a function, or does not run as a whole when it is called."""
        is_function: bool = isfunction(function)  # a condition would make another type of it
        if not is_function:
            raise TypeError(f"{type(self).__name__}: expected a function, got {type(function).__name__}")
        if iscoroutinefunction(function) or isgeneratorfunction(function) or isasyncgenfunction(function):
            raise TypeError(f"{function.__name__}: expected a plain function, got one with async or yield")
        self.function = function
        """The method itself, without the group: for other methods of the class, and for tests."""
        self.__doc__ = function.__doc__
        self.__name__: str = function.__name__
        self._signature: Signature | None = None

    @property
    def signature(self) -> Signature:
        """The types of the arguments and of the result. Raises `TypeError` for annotations that do not have them."""
        if self._signature is None:  # not before: the annotations may name classes that are defined later
            self._signature = Signature(self.function)
        return self._signature

    def check_caller(self, instance: "Replicated") -> None:
        """Raises `TypeError` within a command or query of the object, which cannot await a call."""
        if instance._in_call:
            raise TypeError(
                f"{self.__name__} cannot be called within a command or query: "
                f"use {self._path(type(instance))}.function(self, ...)"
            )

    def _path(self, owner: type) -> str:
        """Where it is among a class and its bases. The class itself may have another method of that name."""
        members = ((base, name, member) for base in owner.__mro__ for name, member in vars(base).items())
        paths = (f"{base.__name__}.{name}" for base, name, member in members if member is self)
        return next(paths, f"{owner.__name__}.{self.__name__}")


class command(_Method[S, P, R]):  # noqa: N801 - a decorator
    """A method that changes the state. Awaiting a call returns its result, once a quorum has the command on disk.

    Arguments and result have type annotations, which msgspec encodes and checks. An exception of the method is the
    result of the call, on all hosts alike.

    A call raises `CommandError` for an exception of the method, `InvalidCommandError` for an argument of a wrong type,
    and what `Group.execute` raises.
    """

    def __init__(self, function: Callable[Concatenate[S, P], R]) -> None:
        super().__init__(function)

        async def call(instance: S, *arguments: P.args, **keywords: P.kwargs) -> R:
            signature = self._signature or self.signature
            outcome = await instance.group.submit_checked(signature.encode(arguments, keywords))
            result: R = result_of(outcome, signature.decode_result)
            return result

        self._call = call

    @overload
    def __get__(self, instance: None, owner: type[S]) -> "command[S, P, R]": ...
    @overload
    def __get__(self, instance: S, owner: type[S]) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(self, instance: S | None, owner: type[S]) -> "command[S, P, R] | Callable[P, Coroutine[Any, Any, R]]":
        if instance is None:
            return self
        if instance._in_call:
            self.check_caller(instance)
        return MethodType(self._call, instance)


class query(_Method[S, P, R]):  # noqa: N801 - a decorator
    """A method that reads the state, and changes nothing.

    A call is linearizable on any host: it sees every command that was answered before it. `local` does not ask the
    other hosts. Calls raise as those of a `command` do.
    """

    @overload
    def __get__(self, instance: None, owner: type[S]) -> "query[S, P, R]": ...
    @overload
    def __get__(self, instance: S, owner: type[S]) -> "BoundQuery[S, P, R]": ...
    def __get__(self, instance: S | None, owner: type[S]) -> "query[S, P, R] | BoundQuery[S, P, R]":
        if instance is None:
            return self
        self.check_caller(instance)
        return BoundQuery(instance, self)


class BoundQuery(Generic[S, P, R]):
    """A query of an object."""

    __slots__ = ("_instance", "_query")

    def __init__(self, instance: S, method: query[S, P, R]) -> None:
        self._instance = instance
        self._query = method

    async def __call__(self, *arguments: P.args, **keywords: P.kwargs) -> R:
        """Reads a state that has everything that was acknowledged before the call."""
        signature = self._query.signature
        outcome = await self._instance.group.ask(signature.encode(arguments, keywords))
        result: R = result_of(outcome, signature.decode_result)
        return result

    async def local(self, *arguments: P.args, **keywords: P.kwargs) -> R:
        """Reads the state that this host has, which may be old."""
        signature = self._query.signature
        outcome = self._instance.group.ask_local(signature.encode(arguments, keywords))
        result: R = result_of(outcome, signature.decode_result)
        return result


class Replicated(Attributes):
    """A state machine whose commands and queries are methods. `Host.start` connects it to its group.

    ```python
    class Jobs(Replicated):
        jobs: dict[int, str]

        def __init__(self) -> None:
            self.jobs = {}

        @command
        def enqueue(self, payload: str) -> int:
            number = len(self.jobs)
            self.jobs[number] = payload
            return number

        @query
        def length(self) -> int:
            return len(self.jobs)
    ```

    Commands run in the same order on all hosts, and must do the same there: they use nothing but the state, their
    arguments and `context`.

    By default, a snapshot has all attributes whose names do not begin with an underscore, encoded at once on the event
    loop. The class annotates their types: without, a snapshot could not tell a list from a set. `__init__` sets them. A
    value in the class must be immutable, such as a number: it is that of the attribute until a command sets another.

    An object that several attributes refer to becomes several equal ones in a snapshot: a change of one is no change of
    the others any more. Refer to it by a key instead. Override `snapshot` and `restore` when the state is large, or has
    what msgspec does not encode.
    """

    _group: Any = None
    _context: Any = None
    _is_starting = False
    """Whether a host starts it."""
    _in_call = False
    """Whether a command or query runs."""

    def __init_subclass__(cls) -> None:
        """Raises `TypeError` for a command or query, also of a base, with the name of something of `Replicated`."""
        super().__init_subclass__()
        members = ((name, member) for base in cls.__mro__ for name, member in vars(base).items())
        for name, member in members:
            if isinstance(member, _Method) and hasattr(Replicated, name):
                raise TypeError(f"{cls.__name__}: {name} is a method or attribute of Replicated: expected another name")

    @property
    def group(self) -> "Group":
        """The group that the object is connected to. Raises `NotReadyError` before `Host.start`."""
        group: Group | None = self._group
        if group is None:
            raise NotReadyError(f"{type(self).__name__} is not started: use Host.start")
        return group

    @property
    def context(self) -> Context:
        """The circumstances of the command that is applied, valid until it returns.

        Raises `NotReadyError` if no command was applied yet.
        """
        context: Context | None = self._context
        if context is None:
            raise NotReadyError("no command was applied yet: there is a context only while one is")
        return context

    def connect(self, group: "Group") -> None:
        """Connects the object to its group: `Host.start` does it."""
        self._group = group

    def snapshot(self) -> Iterable[bytes]:
        """Returns the state in chunks: see `StateMachine.snapshot`.

        Raises `TypeError` for an attribute that would be another value after `restore`.
        """
        return [encode_attributes(self)]

    def restore(self, chunks: Iterator[bytes]) -> None:
        """Replaces the state by a snapshot, with the same chunks, in a worker thread."""
        delete_later_attributes(self)
        for chunk in chunks:
            decode_attributes(self, chunk)

    def check_state(self) -> None:
        """Raises `TypeError` for an attribute that `snapshot` and `restore` would not keep as it is: before a start."""
        if type(self).snapshot is Replicated.snapshot:
            check_attributes(self)
