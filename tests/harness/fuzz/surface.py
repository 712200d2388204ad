"""The targets of the calls: everything in the stub, and operations that apply to any object."""

from __future__ import annotations

import ast
import copy
import inspect
import operator
import pickle
import re
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import GetSetDescriptorType
from typing import TYPE_CHECKING, Any

import rraft
from rraft import Config, ConfState, MemStorage, RawNode, default_logger

from .arguments import CLASSES, ERRORS, Annotations, Draw, anything, position

if TYPE_CHECKING:
    from .episode import Fuzzer

PACKAGE = Path(rraft.__file__).parent

CHAIN = 3_000
"""The depth of nested structures, which would overflow the stack in a recursion."""

RAFT_ITSELF = ("RawNode", "Raft", "RaftLog", "Unstable", "Progress", "ProgressTracker")
"""Types on which raft may panic after their parts were changed directly, or a storage returned a wrong result."""

BY_HAND = (*RAFT_ITSELF[1:], "Inflights", "ReadOnly", "MemStorage", "MemStorageCore", "Storage")
BY_HAND_TOO = ("advance", "on_persist_ready", "mut_store", "apply_conf_change")
"""Methods that change parts of a node directly. Tame episodes do not call them, so no node may panic there."""


@dataclass
class Target:
    """One callable of the package."""

    name: str
    """As in the stub: `EntryRef.clone`, `Entry.__new__`; `EntryRef.term=` assigns."""
    owner: str
    """The class of the object that it is called on; empty for functions, static methods and constructors."""
    function: Callable[..., Any]
    positional: list[Draw]
    required: int
    keywords: dict[str, Draw]
    names: list[str]
    """The names of the last positional parameters that can be passed by keyword."""
    documented: frozenset[str]
    """The exceptions that the docstring names."""


def targets() -> list[Target]:
    """All callables of the package."""
    annotations = Annotations(dict(type_aliases((PACKAGE / "protocols.py").read_text(encoding="utf-8"))))
    found = []
    for node in ast.parse((PACKAGE / "rraft.pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.append(new_target(node, None, annotations))
        elif isinstance(node, ast.ClassDef) and node.name in CLASSES:
            found += [
                new_target(member, node.name, annotations)
                for member in node.body
                if isinstance(member, ast.FunctionDef) and not is_overload(member)
            ]
    for error in ERRORS:
        found.append(Target(f"{error.__name__}.__new__", "", error, [anything, anything], 0, {}, [], frozenset()))
    return found


def type_aliases(source: str) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def decorators(function: ast.FunctionDef) -> list[str]:
    return [ast.unparse(decorator).rpartition(".")[2] for decorator in function.decorator_list]


def is_overload(function: ast.FunctionDef) -> bool:
    return "overload" in decorators(function)


def new_target(function: ast.FunctionDef, owner: str | None, annotations: Annotations) -> Target:
    """The target for a function of the stub."""
    kind = decorators(function)
    name = function.name if owner is None else f"{owner}.{function.name}"
    called: Any
    receiver = owner or ""
    if owner is None:
        called = getattr(rraft, function.name)
    else:
        cls = CLASSES[owner]
        called = inspect.getattr_static(cls, function.name)
        if function.name == "__new__":
            called, receiver = cls, ""
        elif isinstance(called, staticmethod):
            called, receiver = getattr(cls, function.name), ""
        elif isinstance(called, GetSetDescriptorType | property):
            called = called.__set__ if "setter" in kind else called.__get__
            name += "=" if "setter" in kind else ""
        elif isinstance(called, classmethod):
            called, receiver = getattr(cls, function.name), ""
    arguments = [*function.args.posonlyargs, *function.args.args]
    if owner is not None and "staticmethod" not in kind:
        arguments = arguments[1:]
    of = f"{owner}.{function.name}"
    return Target(
        name,
        receiver,
        called,
        [annotations.draw(argument.annotation, argument.arg, of) for argument in arguments],
        len(arguments) - len(function.args.defaults),
        {
            argument.arg: annotations.draw(argument.annotation, argument.arg, of)
            for argument in function.args.kwonlyargs
        },
        [argument.arg for argument in function.args.args if argument.arg not in ("self", "cls")],
        frozenset(re.findall(r"\w+Error", ast.get_docstring(function) or "")),
    )


def is_about_raft(name: str) -> bool:
    """Whether a method of this name runs code of raft that may panic."""
    return name.partition(".")[0].removesuffix("Ref") in (*RAFT_ITSELF, "ReadyLoop", "Status", "Changer", "tick_many")


def is_tame(target: Target) -> bool:
    owner, _, member = target.name.partition(".")
    return owner.removesuffix("Ref") not in BY_HAND and not member.startswith(BY_HAND_TOO)


# --- Operations on any object


def compare(left: Any, right: Any) -> object:
    return (left == right, left != right)


def order(left: Any, right: Any) -> object:
    return left < right


def round_trip(value: Any) -> object:
    return pickle.loads(pickle.dumps(value))


def iterate(value: Any) -> object:
    return list(islice(iter(value), 100))


def set_item(value: Any, key: Any, item: Any) -> None:
    value[key] = item


def set_attribute(value: Any) -> None:
    value.no_such_attribute = 1


def look_at_attributes(value: Any) -> object:
    return [getattr(value, name, None) for name in dir(value)]


def append(value: Any, item: Any) -> None:
    if type(value).__name__ in CLASSES:
        raise TypeError("its own append is called by its name")
    value.append(item)


def iterate_and_disturb(value: Any, fuzzer: Fuzzer) -> None:
    """Iterates, and calls the extension between the items."""
    for _ in islice(iter(value), 5):
        fuzzer.nested()


def chain_of_views(value: Any) -> object:
    """Creates views of views, which must not use the stack."""
    for _ in range(CHAIN):
        value = value.make_ref()
    return value


def nest_storages(value: Any) -> object:
    for _ in range(CHAIN):
        value = rraft.Storage(value)
    return value.first_index()


def nest_errors(value: Any) -> object:
    """A storage raises a deeply nested error."""
    for _ in range(CHAIN):
        value = rraft.StoreError(value)
    inner = MemStorage.new_with_conf_state(ConfState([1]))

    class Raising:
        def __getattr__(self, name: str) -> Any:
            if name == "term":
                raise value
            return getattr(inner, name)

    return RawNode(Config(id=1), Raising(), default_logger())


def make_blank(value: Any) -> object:
    cls: Any = type(value)
    return cls.__new__(cls)


def make_blanker(value: Any) -> object:
    return object.__new__(type(value))


def change_class(value: Any, other: Any) -> None:
    value.__class__ = type(other)


def subclass(value: Any) -> object:
    return type("Subclass", (type(value),), {"__eq__": lambda *_: 1 // 0, "__hash__": None})()


OPERATIONS: list[tuple[str, Callable[..., Any], list[Draw]]] = [
    ("repr(x)", repr, []),
    ("str(x)", str, []),
    ("format(x)", format, []),
    ("x == y", compare, [anything]),
    ("x < y", order, [anything]),
    ("hash(x)", hash, []),
    ("bool(x)", bool, []),
    ("int(x)", int, []),
    ("pickle(x)", round_trip, []),
    ("copy.copy(x)", copy.copy, []),
    ("copy.deepcopy(x)", copy.deepcopy, []),
    ("list(x)", iterate, []),
    ("len(x)", len, []),
    ("y in x", operator.contains, [anything]),
    ("x[i]", operator.getitem, [position]),
    ("x[y]", operator.getitem, [anything]),
    ("x[i] = y", set_item, [position, anything]),
    ("del x[i]", operator.delitem, [position]),
    ("x.append(y)", append, [anything]),
    ("x.no_such_attribute = 1", set_attribute, []),
    ("dir(x)", look_at_attributes, []),
    ("between the items of x", iterate_and_disturb, [lambda fuzzer: fuzzer]),
    ("x.make_ref().make_ref() ...", chain_of_views, []),
    ("Storage(Storage(...x)", nest_storages, []),
    ("StoreError(StoreError(...x)", nest_errors, []),
    ("type(x).__new__(type(x))", make_blank, []),
    ("object.__new__(type(x))", make_blanker, []),
    ("x.__class__ = type(y)", change_class, [anything]),
    ("class Subclass(type(x))", subclass, []),
    ("x.__reduce_ex__(4)", lambda x: x.__reduce_ex__(4), []),
    ("weakref.ref(x)", weakref.ref, []),
    ("sys.getsizeof(x)", sys.getsizeof, []),
    ("x()", operator.call if sys.version_info >= (3, 11) else lambda x: x(), []),
    ("x.__init__()", lambda x: x.__init__(), []),
]
"""Each with the arguments after the object."""
