"""Attributes of a `Replicated` that `__init__` does not set, or that a command deletes."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import msgspec
import pytest

from rraft.cluster import Replicated, command
from rraft.cluster.replicated_machine import ReplicatedMachine


class Open(msgspec.Struct):
    value: Any = 0


class Frozen(msgspec.Struct, frozen=True):
    value: Any = 0


@dataclass(eq=False)
class OpenData:
    value: Any = 0


@dataclass(frozen=True)
class FrozenData:
    value: Any = 0


def replicated(value: object, annotation: object = Any, *bases: type) -> type[Replicated]:
    """A class with the attribute `jobs`, whose value is in the class."""
    return type("Jobs", (*bases, Replicated), {"jobs": value, "__annotations__": {"jobs": annotation}})


MUTABLE = {
    "list": [],
    "dict": {},
    "set": set(),
    "bytearray": bytearray(),
    "struct": Open(),
    "dataclass": OpenData(),
    "object": object(),
    "in a tuple": (1, ([],)),
    "in a frozen struct": Frozen([]),
    "in a frozen dataclass": FrozenData({}),
}


@pytest.mark.parametrize("value", MUTABLE.values(), ids=MUTABLE)
@pytest.mark.parametrize("annotation", [Any, Final[Any]], ids=["plain", "Final"])
def test_mutable_value_of_the_class_is_rejected(value: object, annotation: object) -> None:
    """All objects would share it, and no snapshot would have it."""
    kind = type(value).__name__
    expected = rf"Jobs: the attribute jobs is a {kind} of the class, .* expected self\.jobs = \.\.\. in __init__, or"

    with pytest.raises(TypeError, match=expected):
        ReplicatedMachine(replicated(value, annotation)())


class Unannotated:
    jobs = []  # type: ignore[var-annotated]  # noqa: RUF012


class Annotated:
    jobs: list[str] = []  # noqa: RUF012


@pytest.mark.parametrize("base", [Unannotated, Annotated])
def test_mutable_value_of_a_base_is_rejected(base: type) -> None:
    with pytest.raises(TypeError, match="Jobs: the attribute jobs is a list of the class"):
        ReplicatedMachine(type("Jobs", (base, Replicated), {})())


IMMUTABLE = {
    "number": 1,
    "none": None,
    "moment": datetime.datetime(2020, 1, 2),
    "tuple": (1, ("x", frozenset({b"y"}))),
    "struct": Frozen((1,)),
    "dataclass": FrozenData("x"),
    "type": int,
    "property": property(lambda _: []),
}


@pytest.mark.parametrize("value", IMMUTABLE.values(), ids=IMMUTABLE)
def test_immutable_value_of_the_class_is_accepted(value: object) -> None:
    target = replicated(value)()

    ReplicatedMachine(target)

    assert "jobs" not in vars(target)


@pytest.mark.parametrize("annotation", [ClassVar, ClassVar[list[str]], "ClassVar[list[str]]"], ids=str)
def test_class_variable_may_be_mutable(annotation: object) -> None:
    owner = replicated([], annotation)
    owner.__module__ = __name__

    assert list(ReplicatedMachine(owner()).snapshot()) == [b"\x80"]


def test_value_that_init_sets_is_that_of_the_object() -> None:
    class Jobs(Replicated):
        jobs: list[str] = []  # noqa: RUF012

        def __init__(self) -> None:
            self.jobs = ["a"]

    @dataclass
    class DataJobs(Replicated):
        jobs: list[str] = field(default_factory=lambda: ["a"])

    for target in (Jobs(), DataJobs()):
        assert list(ReplicatedMachine(target).snapshot()) == [msgspec.msgpack.encode({"jobs": ["a"]})]


def test_own_snapshot_may_have_what_the_class_has() -> None:
    class Jobs(Replicated):
        jobs: list[str] = []  # noqa: RUF012

        def snapshot(self) -> list[bytes]:
            return [name.encode() for name in self.jobs]

    assert list(ReplicatedMachine(Jobs()).snapshot()) == []


class Counter(Replicated):
    """`count` has a value in the class, `last` has none, and `first` gets one from `__init__`."""

    count: int = 0
    last: list[int]
    first: int

    def __init__(self) -> None:
        self.first = 1

    @command
    def add(self) -> None:
        self.count += 1
        self.last = [self.count]


def test_value_of_the_class_is_in_snapshots_once_it_is_set() -> None:
    source, target = Counter(), Counter()
    machine, restored = ReplicatedMachine(source), ReplicatedMachine(target)
    Counter.add.function(source)

    restored.restore(iter(list(machine.snapshot())))

    assert vars(target)["count"] == 1
    assert (target.count, target.last, target.first) == (1, [1], 1)


def test_snapshot_without_an_attribute_restores_that_it_was_not_set() -> None:
    target = Counter()
    machine = ReplicatedMachine(target)
    before = list(machine.snapshot())
    Counter.add.function(target)
    Counter.add.function(target)

    machine.restore(iter(before))

    assert target.count == 0
    assert not hasattr(target, "last")
    assert list(machine.snapshot()) == before


def test_attribute_that_was_deleted_is_named() -> None:
    """Where the snapshot is restored, `__init__` has set it."""
    target = Counter()
    machine = ReplicatedMachine(target)
    del target.first

    with pytest.raises(TypeError, match="Counter: the attribute first was deleted, but would exist after a snapshot"):
        machine.snapshot()


def test_attribute_that_a_command_has_set_can_be_deleted() -> None:
    source, target = Counter(), Counter()
    machine, restored = ReplicatedMachine(source), ReplicatedMachine(target)
    for counter in (source, target):
        Counter.add.function(counter)
    del source.last

    restored.restore(iter(list(machine.snapshot())))

    assert not hasattr(target, "last")
