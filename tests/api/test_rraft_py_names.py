"""Every public name of rraft-py exists and accepts the same arguments, by position and by keyword."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import Parameter
from typing import Any

import pytest

import rraft
from tests.api.rraft_py_names import CLASSES, CONSTANTS, ENUMS, EXCEPTIONS, FUNCTIONS, SAME_METHODS

ALL_CLASSES = CLASSES | {name: CLASSES[same] for name, same in SAME_METHODS.items()}


@dataclass(frozen=True)
class Signature:
    """A line of the table: `parent` is the class, or empty for a function of the module."""

    parent: str
    name: str
    parameters: list[str]
    is_static: bool

    @classmethod
    def of(cls, parent: str, text: str) -> Iterator[Signature]:
        """The signatures in a text of the table."""
        for static, name, parameters in re.findall(r"(static )?(\w+)\(([^()]*)\)", text):
            yield cls(parent, name, re.split(r",\s+", parameters) if parameters else [], bool(static))

    @property
    def is_constructor(self) -> bool:
        return self.name[0].isupper()

    def __str__(self) -> str:
        return ".".join(part for part in (self.parent, self.name) if part)

    def function(self) -> Callable[..., object]:
        """The function of this name in rraft."""
        parent: Any = getattr(rraft, self.parent) if self.parent else rraft
        function: Callable[..., object] = parent if self.is_constructor else getattr(parent, self.name)
        return function


SIGNATURES = [signature for name, text in ALL_CLASSES.items() for signature in Signature.of(name, text)]
SIGNATURES += Signature.of("", FUNCTIONS)
UNUSABLE = [signature for signature in SIGNATURES if signature.parameters == ["..."]]


def as_in_the_table(parameter: Parameter, expected: str) -> str:
    """The parameter in the syntax of the table. It may have a default even if the table has none.

    Where the table has `None` for raft-rs's default, the parameter may have that default itself.
    """
    if "=" not in expected:
        return parameter.name
    assert parameter.default is not Parameter.empty
    return f"{parameter.name}=None" if expected.endswith("=None") else f"{parameter.name}={parameter.default}"


@pytest.mark.parametrize("signature", UNUSABLE, ids=str)
def test_method_that_always_failed_exists(signature: Signature) -> None:
    assert callable(signature.function())


@pytest.mark.parametrize("signature", [signature for signature in SIGNATURES if signature not in UNUSABLE], ids=str)
def test_signature(signature: Signature) -> None:
    expected = signature.parameters

    parameters = list(inspect.signature(signature.function()).parameters.values())
    if signature.parent and not signature.is_static and not signature.is_constructor:
        assert parameters.pop(0).name == "self"
    shared, ours = parameters[: len(expected)], parameters[len(expected) :]

    assert list(map(as_in_the_table, shared, expected)) == expected
    assert all(parameter.kind is Parameter.POSITIONAL_OR_KEYWORD for parameter in shared)
    assert all(parameter.default is not Parameter.empty for parameter in ours)


FUNCTION_NAMES = [signature.name for signature in SIGNATURES if not signature.parent]


@pytest.mark.parametrize("name", sorted({*CONSTANTS, *EXCEPTIONS, *ENUMS, *ALL_CLASSES, *FUNCTION_NAMES}))
def test_name_is_public(name: str) -> None:
    assert hasattr(rraft, name)
    assert name in rraft.__all__


@pytest.mark.parametrize("name", [name for name in ALL_CLASSES if name + "Ref" in ALL_CLASSES])
def test_owner_has_the_methods_of_its_view(name: str) -> None:
    owner, view = getattr(rraft, name), getattr(rraft, name + "Ref")

    for signature in Signature.of(name + "Ref", ALL_CLASSES[name + "Ref"]):
        assert getattr(owner, signature.name) is getattr(view, signature.name)


# rraft-py's StorageError was unusable. Here it is an alias of RaftStorageError.
@pytest.mark.parametrize("name", [*ENUMS, *sorted(set(CLASSES) - {"StorageError", *ENUMS})])
def test_class_has_its_name(name: str) -> None:
    assert getattr(rraft, name).__name__ == name


@pytest.mark.parametrize(("name", "value"), CONSTANTS.items(), ids=CONSTANTS)
def test_constant(name: str, value: object) -> None:
    constant = getattr(rraft, name)

    assert constant == value
    assert type(constant) is type(value)


@pytest.mark.parametrize(("name", "base"), EXCEPTIONS.items(), ids=EXCEPTIONS)
def test_exception(name: str, base: str) -> None:
    exception = getattr(rraft, name)

    assert exception.__name__ == name
    assert issubclass(exception, getattr(rraft, base, Exception))


@pytest.mark.parametrize(
    ("enum", "member"), [(enum, member) for enum, members in ENUMS.items() for member in members.split()]
)
def test_enum_member(enum: str, member: str) -> None:
    assert isinstance(getattr(getattr(rraft, enum), member), getattr(rraft, enum))
