"""Runs the tests, and lists the names in the stub `rraft/rraft.pyi` that no test calls. Fails if there are any.

A method, attribute or function counts as called once it has returned, not if it has only raised. Tests in separate
processes do not count. Arguments are passed to pytest.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import GetSetDescriptorType
from typing import Any

import pytest

import rraft
from rraft import rraft as extension

STUB = Path(__file__).resolve().parent.parent / "rraft" / "rraft.pyi"


def callables(stub: ast.Module) -> Iterator[str]:
    """The names of all callables, such as `majority`, `EntryRef.clone` and, for assignment, `EntryRef.term=`."""
    for node in stub.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    yield f"{node.name}.{member.name}" + ("=" if is_setter(member) else "")


def is_setter(function: ast.FunctionDef) -> bool:
    """Whether the function is a setter."""
    return any(isinstance(decorator, ast.Attribute) for decorator in function.decorator_list)


def initializer(cls: type) -> Callable[..., None]:
    """A function that may be the `__init__` of a class that has only a `__new__`."""

    def __init__(self: object, *_args: object, **_kwargs: object) -> None:  # noqa: N807
        """Does nothing: `__new__` has created the object."""

    constructor = inspect.signature(cls)
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    signature = constructor.replace(parameters=[itself, *constructor.parameters.values()])
    setattr(__init__, "__signature__", signature)  # noqa: B010
    return __init__


class Calls:
    """Records the calls of the extension's functions, methods and attributes."""

    def __init__(self, names: list[str]) -> None:
        self.uncalled = dict.fromkeys(names)
        for name in names:
            owner, _, member = name.rstrip("=").rpartition(".")
            if not owner:
                self._watch_function(member)
            elif not name.endswith("="):
                self._watch_member(getattr(extension, owner), owner, member)

    def _watched(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            self.uncalled.pop(name, None)
            return result

        return watched

    def _watch_function(self, name: str) -> None:
        watched = self._watched(getattr(extension, name), name)
        for module in (extension, rraft):
            setattr(module, name, watched)

    def _watch_member(self, cls: type, owner: str, member: str) -> None:
        found = vars(cls)[member]
        name = f"{owner}.{member}"
        watched: object
        if member == "__new__":
            # A `__new__` assigned in Python can't call the original one, but `__init__` is called after it.
            member, watched = "__init__", self._watched(initializer(cls), name)
        elif isinstance(found, GetSetDescriptorType):
            getter = self._watched(found.__get__, name)
            setter = self._watched(found.__set__, f"{name}=")
            watched = property(getter, setter, found.__delete__, found.__doc__)
        elif isinstance(found, staticmethod):
            watched = staticmethod(self._watched(found.__func__, name))
        else:
            watched = self._watched(found, name)
        setattr(cls, member, watched)


def main() -> int:
    """Runs the tests and prints the names that they have not called. Returns the exit code."""
    names = list(callables(ast.parse(STUB.read_text(encoding="utf-8"))))
    calls = Calls(names)
    status = pytest.main(sys.argv[1:])
    for name in calls.uncalled:
        print(name)
    print(f"No test calls {len(calls.uncalled)} of {len(names)}.")
    return int(status) or int(bool(calls.uncalled))


if __name__ == "__main__":
    sys.exit(main())
