"""What clients do if nobody says what: calls with arguments of the annotated types, few of which differ."""

import asyncio
import inspect
import types
from collections.abc import Callable
from random import Random
from typing import Any, Union, get_args, get_origin, get_type_hints

from rraft.cluster.errors import ClusterError, CommandError
from rraft.cluster.replicated import command, query

CALLS = 150
"""Of each client."""

LONGEST_PAUSE = 0.2
"""Seconds between two calls of a client, at most."""

MISTAKES = frozenset({"AssertionError", "AttributeError", "NameError", "TypeError", "UnboundLocalError"})
"""Exceptions of a command or query that end `random_calls`."""

_VALUES: dict[type, Callable[[Random], object]] = {
    int: lambda source: source.randrange(4),
    str: lambda source: "abcd"[source.randrange(4)],
    bytes: lambda source: b"abcd"[: source.randrange(5)],
    bool: lambda source: source.random() < 0.5,
    float: lambda source: source.randrange(8) / 4,
}


async def random_calls(client: Any, random: Random) -> None:
    """Calls the commands and queries of a `Replicated` in any order, again and again.

    An exception of the state machine is a result, unless it is one of `MISTAKES`, which is raised. Raises `TypeError`
    for an argument whose type it has no values of.
    """
    machine = type(client)
    members = {name: getattr(machine, name, None) for name in dir(machine)}
    methods = {name: member for name, member in members.items() if isinstance(member, command | query)}
    arguments = {name: _arguments(method.function) for name, method in methods.items()}
    names = sorted(methods)
    if not names:
        raise TypeError("there are no commands and queries of a Replicated: expected a workload that makes calls")
    for _ in range(CALLS):
        name = names[random.randrange(len(names))]
        values = [value(hint, random) for hint in arguments[name]]
        try:
            await getattr(client, name)(*values)
        except CommandError as error:
            if error.kind in MISTAKES:
                raise
        except ClusterError:
            await asyncio.sleep(LONGEST_PAUSE)
        await asyncio.sleep(LONGEST_PAUSE * random.random())


def _arguments(function: Callable[..., Any]) -> list[Any]:
    hints = get_type_hints(function)
    return [hints[name] for name in list(inspect.signature(function).parameters)[1:]]


def value(hint: Any, source: Random) -> Any:
    """A value of an annotated type. Raises `TypeError` for types that it does not know."""
    if hint is type(None):
        return None
    make = _VALUES.get(hint)
    if make is not None:
        return make(source)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return value(parts[source.randrange(len(parts))], source)
    if origin in (list, set, frozenset):
        return origin(value(parts[0], source) for _ in range(source.randrange(4)))
    if origin is tuple and parts[-1:] == (...,):
        return tuple(value(parts[0], source) for _ in range(source.randrange(4)))
    if origin is tuple:
        return tuple(value(part, source) for part in parts)
    if origin is dict:
        return {value(parts[0], source): value(parts[1], source) for _ in range(source.randrange(3))}
    raise TypeError(f"there are no random values of {hint}: expected a workload that calls the commands")
