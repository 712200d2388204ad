"""Histories for the tests of the checker: random correct ones, changed ones, and the slowest checker there is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, permutations
from typing import Any

from rraft.simulation.models import Model, Named, NamedModel
from rraft.simulation.operations import Operation

History = list[Operation[Named, Any]]
Requests = Callable[[random.Random], Named]


def operation(client: str, name: str, *arguments: Any, returns: Any = None, at: tuple[float, float | None]) -> Any:
    """An operation, called and returned `at`."""
    return Operation(client, (name, *arguments), returns, *at)


def register(source: random.Random) -> Named:
    kind = source.choice(["read", "write", "cas"])
    return {"read": ("read",), "write": ("write", source.randrange(3))}.get(
        kind, ("cas", source.randrange(3), source.randrange(3))
    )


def key_values(source: random.Random) -> Named:
    key = source.randrange(10)
    kind = source.choice(["get", "get", "put", "put", "delete", "cas"])
    arguments = {"put": (source.randrange(3),), "cas": (source.randrange(3), source.randrange(3))}
    return (kind, key, *arguments.get(kind, ()))


def counter(source: random.Random) -> Named:
    return source.choice([("read",), ("add", 1), ("add", 2)])


def lists(source: random.Random) -> Named:
    return source.choice([("read", "a"), ("append", "a", source.randrange(10**6))])


def queue(source: random.Random) -> Named:
    return source.choice([("dequeue",), ("enqueue", source.randrange(10**6))])


def correct(
    model: NamedModel[Any], requests: Requests, source: random.Random, count: int, clients: int, unknown: float = 0.0
) -> History:
    """A history of clients whose operations take effect between call and return, one after the other."""
    free = [source.random() for _ in range(clients)]
    plan: list[tuple[float, int, Named, float, float | None]] = []
    never: History = []
    for _ in range(count):
        client = min(range(clients), key=free.__getitem__)
        called = free[client]
        effect = called + source.expovariate(1)
        returned: float | None = effect + source.expovariate(1)
        free[client] = (returned or 0.0) + source.expovariate(2)
        request = requests(source)
        if source.random() < unknown:
            returned = None
            effect += source.expovariate(0.1)
            if source.random() < 0.5:
                never.append(Operation(client, request, None, called, None))
                continue
        plan.append((effect, client, request, called, returned))
    states: dict[Any, Any] = {}
    history = []
    for _, client, request, called, returned in sorted(plan, key=lambda item: item[0]):
        key = model.partition(request)
        response, states[key] = model.apply(states.get(key, model.initial()), request)
        history.append(Operation(client, request, None if returned is None else response, called, returned))
    return history + never


def changed(history: History, source: random.Random) -> History:
    """The history with two operations at each other's time, or with the response of the other one, if they have any."""
    known = [number for number, operation in enumerate(history) if operation.returned is not None]
    if len(known) < 2:
        return history
    one, other = source.sample(known, 2)
    before, after = history[one], history[other]
    result = history.copy()
    if source.random() < 0.5:
        result[one] = replace(before, called=after.called, returned=after.returned)
        result[other] = replace(after, called=before.called, returned=before.returned)
    elif before.request[0] == after.request[0]:
        result[one] = replace(before, response=after.response)
    return result


def is_linearizable(model: Model[Any, Named, Any], history: History) -> bool:
    """Tries all orders of all operations, with each choice of those that never take effect."""
    known = [operation for operation in history if operation.returned is not None]
    unknown = [operation for operation in history if operation.returned is None]
    return any(
        _explains(model, order)
        for count in range(len(unknown) + 1)
        for chosen in combinations(unknown, count)
        for order in permutations([*known, *chosen])
    )


def _explains(model: Model[Any, Named, Any], order: tuple[Operation[Named, Any], ...]) -> bool:
    for number, later in enumerate(order):
        if any(later.returned is not None and later.returned < earlier.called for earlier in order[:number]):
            return False
    states = {model.initial()}
    for operation in order:
        if operation.returned is None:
            states = {after for state in states for after in model.step_unknown(state, operation.request)}
        else:
            steps = [model.step(state, operation.request, operation.response) for state in states]
            states = {after for fits, after in steps if fits}
    return bool(states)
