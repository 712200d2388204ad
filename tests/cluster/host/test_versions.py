"""Snapshots of another version of a `Replicated`: its attributes have come, gone, or changed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rraft.cluster import Replicated
from rraft.cluster.replicated_machine import ReplicatedMachine


class Before(Replicated):
    number: int
    tags: set[str]

    def __init__(self) -> None:
        self.number = 1
        self.tags = {"a"}
        self.plain = "text"


class After(Replicated):
    """Has an attribute more, and others less."""

    number: int
    more: dict[str, int]

    def __init__(self) -> None:
        self.number = 0
        self.more = {}


class Changed(Replicated):
    number: str

    def __init__(self) -> None:
        self.number = ""


def moved(source: Replicated, target: Replicated) -> None:
    """Restores a snapshot of one in the other."""
    chunks = list(ReplicatedMachine(source).snapshot())
    ReplicatedMachine(target).restore(iter(chunks))


def test_new_attribute_keeps_its_first_value() -> None:
    after = After()

    moved(Before(), after)

    assert (after.number, after.more) == (1, {})


def test_attribute_that_this_version_does_not_have_stays_in_snapshots() -> None:
    """A host of the earlier version may get the snapshot, also during an upgrade."""
    source, after, before = Before(), After(), Before()
    source.tags = {"b", "c"}
    source.plain = "other"

    moved(source, after)
    moved(after, before)

    assert (before.tags, before.plain) == ({"b", "c"}, "other")
    assert not hasattr(after, "tags")


def test_attributes_of_another_version_are_those_of_the_last_snapshot() -> None:
    source, after, before = Before(), After(), Before()
    moved(source, after)
    moved(After(), after)

    moved(after, before)

    assert (before.number, before.tags) == (0, {"a"})


def test_attribute_with_another_type_is_named() -> None:
    with pytest.raises(TypeError, match="Changed: the attribute number of the snapshot: Expected `str`, got `int`"):
        moved(Before(), Changed())


class Slots(Replicated):
    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0


@dataclass(slots=True)
class DataSlots(Replicated):
    number: int = 0


@pytest.mark.parametrize("machine", [Slots, DataSlots])
def test_slots_are_rejected(machine: type[Replicated]) -> None:
    """A snapshot would lack them without a word."""
    with pytest.raises(
        TypeError, match=f"{machine.__name__}: the attribute number is in __slots__, and in no snapshot"
    ):
        ReplicatedMachine(machine())


def test_slots_with_an_own_snapshot() -> None:
    class Own(Slots):
        def snapshot(self) -> list[bytes]:
            return [b"%d" % self.number]

    assert list(ReplicatedMachine(Own()).snapshot()) == [b"0"]
