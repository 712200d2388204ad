"""The signatures of commands and queries: which are rejected, and which arguments a call has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from rraft.cluster import Replicated, command, query
from rraft.cluster.calls import encode_value
from rraft.cluster.replicated_machine import ReplicatedMachine
from tests.cluster.host.test_replicated import Map, Point, call, context


class Wide(Replicated):
    @command
    def put(self, a: int = 1, b: list[int] = [], c: int = 0) -> list[int]:  # noqa: B006
        """Changes its argument."""
        b.append(a + c)
        return b


@pytest.mark.parametrize(
    ("arguments", "keywords", "encoded"),
    [
        (("a", Point(1)), {}, ("a", {"x": 1, "y": 0})),
        ((), {"to": Point(1), "name": "a"}, ("a", {"x": 1, "y": 0})),
    ],
    ids=["by position", "by name"],
)
def test_call_leaves_out_what_is_not_given(
    arguments: tuple[Any, ...], keywords: dict[str, Any], encoded: tuple[object, ...]
) -> None:
    """A host that does not have the last arguments yet understands it."""
    assert Map.move.signature.encode(arguments, keywords) == call("move", *encoded)


def test_call_gives_the_defaults_before_an_argument_that_is_given() -> None:
    assert Wide.put.signature.encode((), {"c": 5}) == call("put", 1, [], 5)
    assert Wide.put.signature.encode((), {"b": [1]}) == call("put", 1, [1])


def test_each_call_has_its_own_default() -> None:
    """Otherwise, what a command does to a default would depend on the calls since the host has started."""
    machine = ReplicatedMachine(Wide())

    results = [machine.apply(call("put"), context()) for _ in range(2)]

    assert results == [encode_value([1])] * 2


def many_arguments(
    _: Any, a: int = 0, b: int = 0, c: int = 0, d: int = 0, e: int = 0, f: int = 0, g: int = 0, h: int = 0,
    i: int = 0, j: int = 0, k: int = 0, ll: int = 0, m: int = 0, n: int = 0, o: int = 0, p: int = 0, q: int = 0,
) -> list[int]:  # fmt: skip
    return [a, b, c, d, e, f, g, h, i, j, k, ll, m, n, o, p, q]


@pytest.mark.parametrize("given", range(18), ids=str)
def test_any_number_of_arguments_may_be_left_out(given: int) -> None:
    machine = ReplicatedMachine(type("Many", (Replicated,), {"many_arguments": command(many_arguments)})())
    encoded = command(many_arguments).signature.encode(tuple(range(1, given + 1)), {})

    assert machine.apply(encoded, context()) == encode_value([*range(1, given + 1)] + [0] * (17 - given))


def untyped(_: Any, key) -> int:  # type: ignore[no-untyped-def]
    return len(key)


def no_result(_: Any, key: str):  # type: ignore[no-untyped-def]
    del key


@dataclass
class One:
    x: int


@dataclass
class Two:
    x: int


def by_name_only(self: Any, *, key: int) -> None: ...
def any_number(self: Any, *keys: int) -> None: ...
def by_position_only(self: Any, key: int, /) -> None: ...
def any_names(self: Any, **keys: int) -> None: ...
def undefined(self: Any, key: Nothing) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def no_type(self: Any, key: "1 +") -> None: ...  # type: ignore  # noqa: F722
def two_classes(self: Any, key: One | Two) -> None: ...
def two_results(self: Any, key: int) -> One | Two: ...  # type: ignore[empty-body]
def wrong_default(self: Any, first: int, key: float = "", last: int = 1) -> None: ...  # type: ignore[assignment]
def sentinel(self: Any, key: Any = object()) -> None: ...  # noqa: B008


WRONG_SIGNATURES = {
    untyped: "the argument key has no type annotation",
    no_result: "the result has no type annotation",
    by_name_only: "expected arguments with a position and a name, got the keyword-only argument key: ",
    any_number: r"expected arguments with a position and a name, got the variadic positional argument \*keys: ",
    by_position_only: "expected arguments with a position and a name, got the positional-only argument key: ",
    any_names: r"expected arguments with a position and a name, got the variadic keyword argument \*\*keys: ",
    undefined: "an annotation is no type: NameError: name 'Nothing' is not defined",
    no_type: "an annotation is no type: SyntaxError: ",
    two_classes: "the argument key: Type unions may not contain more than one dataclass",
    two_results: "the result: Type unions may not contain more than one dataclass",
    wrong_default: "the default of the argument key: Expected `float`, got `str`",
    sentinel: "the default of the argument key: Encoding objects of type object is unsupported",
}


@pytest.mark.parametrize(
    ("function", "message"), WRONG_SIGNATURES.items(), ids=lambda case: getattr(case, "__name__", "")
)
def test_error_of_a_signature_names_the_command(function: Any, message: str) -> None:
    target = type("Wrong", (Replicated,), {"method": command(function)})()

    with pytest.raises(TypeError, match=f"^{function.__name__}: {message}"):
        ReplicatedMachine(target)


@pytest.mark.parametrize(
    "function", [property(any_number), classmethod(any_number), 5, "name"], ids=lambda x: type(x).__name__
)
@pytest.mark.parametrize("decorator", [command, query])
def test_decorator_of_something_else_than_a_function_is_rejected(decorator: Any, function: Any) -> None:
    with pytest.raises(TypeError, match=f"{decorator.__name__}: expected a function, got {type(function).__name__}"):
        decorator(function)


@pytest.mark.parametrize("decorator", [command, query])
def test_second_method_of_the_same_name_is_rejected(decorator: Any) -> None:
    """Both would have the same calls: an alias of a method that a derived class has overridden, or two lambdas."""

    def get(_: Any) -> int:
        return 1

    overridden = decorator(get)
    base = type("Base", (Replicated,), {"get": overridden})

    def get(_: Any) -> int:  # type: ignore[no-redef]
        return 2

    derived = type("Derived", (base,), {"get": decorator(get), "old_get": overridden})
    alias = type("Alias", (base,), {"same_get": overridden})

    with pytest.raises(TypeError, match="Derived: old_get is a second get: expected another name"):
        ReplicatedMachine(derived())
    assert ReplicatedMachine(alias())
