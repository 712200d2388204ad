"""Arguments for random calls: derived from the annotations in the stub, and deliberately wrong ones.

An annotation becomes a function that draws values of its type. Some values have another type, misreport their length,
raise, or call the extension while they are read.
"""

from __future__ import annotations

import array
import ast
import enum
import inspect
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import rraft
from rraft import MemStorage

if TYPE_CHECKING:
    from .episode import Fuzzer

Draw: TypeAlias = "Callable[[Fuzzer], Any]"
"""Draws a value."""

HUGE = 2**40
"""An impossible length: an allocation of this size fails."""

BOUNDARIES = [0, 1, 2**7, 2**8, 2**16, 2**20, 2**24, 2**31 - 1, 2**31, 2**32, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1]
BEYOND = [-1, -(2**31), -(2**63), -(2**63) - 1, 2**64, 2**64 + 1, 2**128]
TEXTS = [
    "",
    "raft",
    "v1 l2 r3",
    "v1 v1",
    "VotePending",
    "ü" * 10,
    "{}%s\0\n",
    "\udc80",
    "x" * 10_000,
    "v99999999999999999999",
]
ERRORS = [getattr(rraft, name) for name in sorted(rraft.__all__) if name.endswith("Error")]
"""The exceptions of the package."""


class DeliberateError(Exception):
    """Raised by callbacks of the fuzzer, besides the exceptions of the package."""


class DeliberateInterrupt(KeyboardInterrupt):
    """A `BaseException` that is not an `Exception`. It must propagate, too."""


def is_enum(cls: type) -> bool:
    """Whether a class of the package is an enum of any kind."""
    return issubclass(cls, enum.Enum) or hasattr(cls, "values")


def members(cls: Any) -> list[Any]:
    """The members of an enum."""
    return list(cls) if issubclass(cls, enum.Enum) else list(cls.values())


CLASSES: dict[str, type] = {
    cls.__name__: cls
    for module in (rraft, rraft.rraft)
    for cls in vars(module).values()
    if inspect.isclass(cls) and not issubclass(cls, BaseException) and not getattr(cls, "_is_protocol", False)
}
"""The classes of the package by name, except exceptions and protocols."""

ENUMS = {name: members(cls) for name, cls in CLASSES.items() if is_enum(cls)}
ENUM_MEMBERS = [member for name in sorted(ENUMS) for member in ENUMS[name]]


# --- Misbehaving objects


class Number:
    """An object with `__index__`, which may call the extension or raise."""

    def __init__(self, fuzzer: Fuzzer, value: int) -> None:
        self._fuzzer = fuzzer
        self._value = value

    def __index__(self) -> int:
        self._fuzzer.disturb()
        return self._value


class OddSequence(Sequence[Any]):
    """A sequence that may misreport its length, and whose items may call the extension or raise."""

    def __init__(self, fuzzer: Fuzzer, items: list[Any], length: Any) -> None:
        self._fuzzer = fuzzer
        self._items = items
        self._length = length

    def __len__(self) -> int:
        self._fuzzer.disturb()
        length: int = self._length
        return length

    def __getitem__(self, index: Any) -> Any:
        self._fuzzer.disturb()
        return self._items[index]


class OddIterable:
    """A bounded iterable with a length hint, which may raise after its items."""

    def __init__(self, fuzzer: Fuzzer, items: list[Any], hint: Any) -> None:
        self._fuzzer = fuzzer
        self._items = items
        self._hint = hint

    def __length_hint__(self) -> Any:
        return self._hint

    def __iter__(self) -> Iterator[Any]:
        for item in self._items:
            self._fuzzer.disturb()
            yield item
        self._fuzzer.disturb()


class OddStorage:
    """A storage on top of a `MemStorage` that may raise, return a wrong result, or call the extension.

    It also has the methods of `MemStorageCore`, as storages written in Python may.
    """

    def __init__(self, fuzzer: Fuzzer, inner: Any) -> None:
        self._fuzzer = fuzzer
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._inner, name) if hasattr(self._inner, name) else getattr(self._inner.wl(), name)

        def method(*args: Any) -> Any:
            self._fuzzer.disturb(raising=0.01)
            if self._fuzzer.rng.random() < 0.005 and not self._fuzzer.is_calm:
                return anything(self._fuzzer)
            return found(*args)

        return method


class OddHandler(logging.Handler):
    """A log handler that calls the extension or raises."""

    def __init__(self, fuzzer: Fuzzer) -> None:
        super().__init__()
        self._fuzzer = fuzzer

    def emit(self, record: logging.LogRecord) -> None:
        record.getMessage()
        self._fuzzer.disturb(interrupt=False)  # an interrupt would be raised later, anywhere


class Garbage:
    """Calls the extension when it is garbage collected. It refers to itself, so only the collector frees it."""

    def __init__(self, fuzzer: Fuzzer) -> None:
        self._fuzzer = fuzzer
        self._itself = self

    def __del__(self) -> None:
        self._fuzzer.nested()


class OddSubclass(rraft.Message):
    """A subclass that overrides methods on which the extension might rely."""

    @property
    def msg_type(self) -> Any:
        return "no message type"

    @msg_type.setter
    def msg_type(self, v: Any) -> None:
        raise DeliberateError(f"{v} is not taken")

    def __eq__(self, other: object) -> bool:
        raise DeliberateError("nothing equals this")

    __hash__ = None  # type: ignore[assignment]


class SelfError(rraft.StoreError):
    """An error whose cause is itself."""

    @property
    def error(self) -> Any:
        return self


class MuteError(rraft.RaftStorageError):
    """An error whose `__str__` raises."""

    def __str__(self) -> str:
        raise DeliberateError("no text")

    __repr__ = __str__


class Chameleon:
    """Has every special method, each of which returns a value of any type."""

    def __init__(self, fuzzer: Fuzzer) -> None:
        self._fuzzer = fuzzer


def special_method(self: Chameleon, *_args: Any) -> Any:
    fuzzer = self._fuzzer
    fuzzer.disturb()
    return fuzzer.rng.choice((0, 1, "", b"", self, None, [self], iter([self]), ..., NotImplemented))


for _name in (
    *("len", "length_hint", "iter", "next", "getitem", "setitem", "contains", "index", "int", "float", "bool", "hash"),
    *("eq", "ne", "lt", "str", "repr", "format", "bytes", "fspath", "call", "buffer", "reduce", "copy", "deepcopy"),
):
    setattr(Chameleon, f"__{_name}__", special_method)


# --- Values


def number(fuzzer: Fuzzer) -> Any:
    """A number that is plausible in a small group, or one at a boundary."""
    rng = fuzzer.rng
    way = rng.random()
    if way < 0.6:
        return rng.randrange(7)
    if way < 0.8 and fuzzer.numbers:
        return rng.choice(fuzzer.numbers) + rng.choice((-1, 0, 0, 0, 1))
    if way < 0.95:
        return rng.choice(BOUNDARIES)
    if way < 0.97:
        return Number(fuzzer, rng.choice(BOUNDARIES))
    return rng.choice(BEYOND)


def position(fuzzer: Fuzzer) -> Any:
    """An index of a short sequence."""
    return fuzzer.rng.randrange(-3, 4) if fuzzer.rng.random() < 0.8 else number(fuzzer)


def some_slice(fuzzer: Fuzzer) -> slice:
    parts = [position(fuzzer) if fuzzer.rng.random() < 0.7 else None for _ in range(3)]
    return slice(*parts)


def boolean(fuzzer: Fuzzer) -> bool:
    return fuzzer.rng.random() < 0.5


def text(fuzzer: Fuzzer) -> str:
    return fuzzer.rng.choice(TEXTS)


def payload(fuzzer: Fuzzer) -> bytes:
    """Bytes: short ones, or the result of an earlier call, unchanged or damaged."""
    rng = fuzzer.rng
    if fuzzer.payloads and rng.random() < 0.6:
        data = rng.choice(fuzzer.payloads)
        if rng.random() < 0.3 and data:
            place = rng.randrange(len(data))
            data = data[:place] + rng.randbytes(rng.randrange(3)) + data[place + rng.randrange(3) :]
        return data
    return rng.randbytes(rng.choice((0, 1, 2, 8, 30))) if rng.random() < 0.95 else bytes(70_000)


def buffer(fuzzer: Fuzzer) -> Any:
    """An object with a buffer of bytes."""
    rng = fuzzer.rng
    data = payload(fuzzer)
    way = rng.random()
    if way < 0.8:
        return data
    if way < 0.86:
        return bytearray(data)
    if way < 0.92:
        return memoryview(data)
    view = rng.choice((memoryview(data)[::2], memoryview(array.array("I", [1, 2])), memoryview(bytearray(data))))
    if rng.random() < 0.3:
        view.release()
    return view


def byte_sequence(fuzzer: Fuzzer) -> Any:
    """A sequence of byte values, or of other values."""
    rng = fuzzer.rng
    way = rng.random()
    if way < 0.7:
        return list(payload(fuzzer)[:100])
    if way < 0.8:
        return tuple(payload(fuzzer)[:100])
    if way < 0.85:
        return range(rng.randrange(300))
    if way < 0.9:
        fuzzer.requested_much = True
        return range(rng.choice((HUGE, 2**62, 2**63 - 1)))
    return odd_items(fuzzer, list(payload(fuzzer)[:20]))


def odd_items(fuzzer: Fuzzer, items: list[Any]) -> Any:
    """The items, in a misbehaving container."""
    fuzzer.requested_much = True
    kind = OddSequence if fuzzer.rng.random() < 0.5 else OddIterable
    return kind(fuzzer, items, fuzzer.rng.choice((len(items), HUGE, 2**63 - 1, 2**64, -1, 0, "many", None)))


def path(fuzzer: Fuzzer) -> Any:
    """A path of a log file, inside the folder in which the fuzzer runs."""
    return fuzzer.rng.choice(("log", "other.log", Path("log"), "missing/log", ".", "", "nul\0", "/dev/full", "x" * 300))


def function(fuzzer: Fuzzer, result: Draw) -> Callable[..., Any]:
    """A function that returns such results, raises, or calls the extension."""

    def call(*args: Any) -> Any:
        fuzzer.disturb()
        if args and isinstance(args[0], bytes) and fuzzer.rng.random() < 0.2:
            # A hook for `repr`, the `repr` of whose result calls the hook again.
            return fuzzer.rng.choice((rraft.Entry, rraft.Message, rraft.ConfChange))(context=args[0])
        return result(fuzzer)

    return call


def anything(fuzzer: Fuzzer) -> Any:
    """A value of a type that no annotation has."""
    rng = fuzzer.rng
    way = rng.random()
    if way < 0.4:
        return fuzzer.any_object()
    if way < 0.5:
        return rng.choice(ENUM_MEMBERS)
    if way < 0.6:
        return number(fuzzer)
    if way < 0.7:
        return rng.choice((*ERRORS, SelfError, MuteError))(*[number(fuzzer)] * rng.randrange(3))
    if way < 0.75:
        return Chameleon(fuzzer)
    choices: tuple[Any, ...] = (
        *(None, -1, 1.5, math.nan, True, "text", b"bytes", 1j, ..., NotImplemented, object(), rraft.Entry, len),
        *([], {}, (), set(), [None], [[]], [1, "a"], {1: 2}, {"a": b""}, (1,), frozenset({1}), iter([1])),
        *(logging.getLogger("fuzz"), OddSubclass(), storage(fuzzer), payload),
    )
    return rng.choice(choices)


def storage(fuzzer: Fuzzer) -> Any:
    """A storage for a node."""
    if fuzzer.is_tame:  # no two nodes share one
        return MemStorage.new_with_conf_state(rraft.ConfState([1, 2][: fuzzer.rng.randrange(3)]))
    if fuzzer.rng.random() < 0.5:
        return fuzzer.instance("MemStorageRef")
    inner = fuzzer.instance("MemStorageRef") if fuzzer.rng.random() < 0.5 else MemStorage()
    return OddStorage(fuzzer, inner)


def python_logger(fuzzer: Fuzzer) -> Any:
    return logging.getLogger(fuzzer.rng.choice(("fuzz", "fuzz", "fuzz.silent")))


# --- Annotations


class Annotations:
    """Creates, once per annotation, a function that draws values."""

    def __init__(self, aliases: dict[str, ast.expr]) -> None:
        self._aliases = aliases
        self._made: dict[tuple[str, str], Draw] = {}

    def draw(self, annotation: ast.expr | None, name: str, owner: str) -> Draw:
        """Draws values for the parameter `name` of a method of `owner`. One in twenty has the wrong type."""
        key = ("" if annotation is None else ast.unparse(annotation), f"{owner}.{name}")
        if key not in self._made:
            fitting = self._fitting(annotation, name, owner)
            self._made[key] = lambda fuzzer: anything(fuzzer) if fuzzer.rng.random() < 0.05 else fitting(fuzzer)
        return self._made[key]

    def _fitting(self, annotation: ast.expr | None, name: str, owner: str) -> Draw:
        match annotation:
            case ast.Constant(value=None):
                return lambda _: None
            case ast.Constant(value=str(quoted)):
                return self._fitting(ast.parse(quoted, mode="eval").body, name, owner)
            case ast.BinOp():
                draws = [self._fitting(choice, name, owner) for choice in alternatives(annotation)]
                return lambda fuzzer: fuzzer.rng.choice(draws)(fuzzer)
            case ast.Subscript():
                return self._generic(annotation, name, owner)
            case ast.Name(id=class_name):
                return self._named(class_name, name, owner)
            case _:
                return anything

    def _named(self, annotation: str, name: str, owner: str) -> Draw:
        if annotation in ENUMS:
            choices = ENUMS[annotation]
            return lambda fuzzer: fuzzer.rng.choice(choices)
        if annotation in ("int", "SupportsIndex"):
            return position if name in ("index", "key", "i") and "__" in owner else number
        if annotation == "Self":
            annotation = owner.partition(".")[0]
        if annotation == "ConfigRef":
            return lambda fuzzer: fuzzer.config()
        if annotation == "ReadyRef":
            return lambda fuzzer: fuzzer.ready()
        if annotation in CLASSES:
            return lambda fuzzer: fuzzer.instance(annotation)
        if annotation in self._aliases:
            return self._fitting(self._aliases[annotation], name, owner)
        if annotation == "Any" and name in ("logger", "storage"):
            return python_logger if name == "logger" else storage
        simple: dict[str, Draw] = {
            "bool": boolean,
            "str": text,
            "slice": some_slice,
            "StorageProtocol": storage,
            **dict.fromkeys(("bytes", "bytearray", "memoryview"), buffer),
        }
        return simple.get(annotation, anything)

    def _generic(self, annotation: ast.Subscript, name: str, owner: str) -> Draw:
        kind = ast.unparse(annotation.value)
        arguments = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if kind == "PathLike":
            return path
        if kind == "Callable":
            result = self._fitting(arguments[-1], name, owner)
            return lambda fuzzer: function(fuzzer, result)
        draws = [self.draw(argument, name, owner) for argument in arguments]
        if kind in ("dict", "Mapping", "MutableMapping"):
            return lambda fuzzer: {
                key: draws[1](fuzzer) for _ in range(fuzzer.rng.randrange(4)) if is_hashable(key := draws[0](fuzzer))
            }
        if kind == "tuple":
            return lambda fuzzer: tuple(draw(fuzzer) for draw in draws)
        if kind == "Sequence" and ast.unparse(arguments[0]) == "int":
            return byte_sequence
        return lambda fuzzer: several(fuzzer, draws[0])


def several(fuzzer: Fuzzer, draw: Draw) -> Any:
    """A few such values, in a container of any kind."""
    rng = fuzzer.rng
    items = [draw(fuzzer) for _ in range(rng.choice((0, 1, 1, 2, 3, 5)))]
    if rng.random() < 0.01:
        items *= 300  # for this many, the extension may release the GIL
    way = rng.random()
    if way < 0.75:
        return items
    if way < 0.82:
        return tuple(items)
    if way < 0.88:
        return iter(items)
    if way < 0.92 and all(map(is_hashable, items)):
        return set(items)
    return odd_items(fuzzer, items)


def is_hashable(value: object) -> bool:
    return isinstance(value, int | str | bytes | None)


def alternatives(annotation: ast.expr) -> list[ast.expr]:
    """The parts of a union. The types with a buffer count as one."""
    parts: list[ast.expr] = []
    while isinstance(annotation, ast.BinOp):
        parts.append(annotation.right)
        annotation = annotation.left
    parts.append(annotation)
    return [part for part in parts if ast.unparse(part) not in ("bytearray", "memoryview")]
