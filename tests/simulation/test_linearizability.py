"""The checker of histories: known ones, random ones, and one that tries all orders beside it."""

from __future__ import annotations

import math
import random
import time
from typing import Any

import pytest

from rraft.simulation.linearizability import Result, Verdict, check
from rraft.simulation.models import (
    AppendListModel,
    CounterModel,
    KeyValueModel,
    Named,
    NamedModel,
    QueueModel,
    RegisterModel,
)
from rraft.simulation.operations import History as Recorder
from rraft.simulation.operations import Operation
from tests.simulation import histories
from tests.simulation.histories import History, Requests, changed, correct, is_linearizable, operation

REGISTERS: dict[str, tuple[bool, History]] = {
    "empty": (True, []),
    "reads of both values during a write": (
        True,
        [
            operation("a", "write", 1, at=(0, 10)),
            operation("b", "read", returns=0, at=(1, 2)),
            operation("c", "read", returns=1, at=(3, 4)),
        ],
    ),
    "a read goes back": (
        False,
        [
            operation("a", "write", 1, at=(0, 10)),
            operation("b", "read", returns=1, at=(1, 2)),
            operation("c", "read", returns=0, at=(3, 4)),
        ],
    ),
    "concurrent reads may go back": (
        True,
        [
            operation("a", "write", 1, at=(0, 10)),
            operation("b", "read", returns=1, at=(1, 3)),
            operation("c", "read", returns=0, at=(2, 4)),
        ],
    ),
    "a return and a call at the same time are concurrent": (
        True,
        [operation("a", "write", 1, at=(0, 1)), operation("b", "read", returns=0, at=(1, 1))],
    ),
    "a stale read": (
        False,
        [operation("a", "write", 1, at=(0, 1)), operation("b", "read", returns=0, at=(2, 3))],
    ),
    "a value that nobody has written": (False, [operation("a", "read", returns=7, at=(0, 1))]),
    "writes of a value that is there already take effect later": (
        True,
        [
            operation("a", "write", 0, at=(0, 10)),
            operation("b", "write", 1, at=(0, 10)),
            operation("c", "read", returns=1, at=(1, 2)),
            operation("c", "read", returns=0, at=(3, 4)),
        ],
    ),
    "two compare and set of one value": (
        False,
        [operation("a", "cas", 0, 1, returns=True, at=(0, 2)), operation("b", "cas", 0, 2, returns=True, at=(1, 3))],
    ),
    "an unknown write takes effect late": (
        True,
        [
            operation("a", "write", 1, at=(0, None)),
            operation("b", "read", returns=0, at=(5, 6)),
            operation("b", "read", returns=1, at=(7, 8)),
        ],
    ),
    "an unknown write takes effect once": (
        False,
        [
            operation("a", "write", 1, at=(0, None)),
            operation("b", "read", returns=1, at=(1, 2)),
            operation("b", "write", 2, at=(3, 4)),
            operation("b", "read", returns=1, at=(5, 6)),
        ],
    ),
    "an unknown write never takes effect": (
        True,
        [operation("a", "write", 1, at=(0, None)), operation("b", "read", returns=0, at=(5, 6))],
    ),
    "an unknown write takes effect before its call": (
        False,
        [operation("b", "read", returns=1, at=(0, 1)), operation("a", "write", 1, at=(2, None))],
    ),
    "equal unknown writes": (
        True,
        [
            operation("a", "write", 1, at=(0, None)),
            operation("a", "write", 1, at=(0, None)),
            operation("b", "read", returns=1, at=(1, 2)),
            operation("b", "write", 2, at=(3, 4)),
            operation("b", "read", returns=1, at=(5, 6)),
        ],
    ),
}


@pytest.mark.parametrize(("expected", "history"), REGISTERS.values(), ids=REGISTERS)
def test_register(expected: bool, history: History) -> None:
    assert bool(check(RegisterModel(0), history)) == expected
    assert is_linearizable(RegisterModel(0), history) == expected


LISTS: dict[str, tuple[bool, History]] = {
    "in the order of the lengths": (
        True,
        [
            operation("a", "append", "k", "x", returns=2, at=(0, 3)),
            operation("b", "append", "k", "y", returns=1, at=(0, 3)),
            operation("c", "read", "k", returns=["y", "x"], at=(4, 5)),
        ],
    ),
    "an acknowledged text is lost": (
        False,
        [operation("a", "append", "k", "x", returns=1, at=(0, 1)), operation("a", "read", "k", returns=[], at=(2, 3))],
    ),
    "appended twice": (
        False,
        [
            operation("a", "append", "k", "x", returns=1, at=(0, 1)),
            operation("a", "read", "k", returns=["x", "x"], at=(2, 3)),
        ],
    ),
    "two unknown texts": (
        True,
        [
            operation("a", "append", "k", "x", at=(0, None)),
            operation("b", "append", "k", "y", at=(0, None)),
            operation("c", "append", "k", "z", returns=3, at=(1, 2)),
            operation("c", "read", "k", returns=["y", "x", "z"], at=(3, 4)),
        ],
    ),
    "keys are independent": (
        True,
        [
            operation("a", "append", "k", "x", returns=1, at=(0, 1)),
            operation("a", "append", "other", "x", returns=1, at=(2, 3)),
        ],
    ),
}


@pytest.mark.parametrize(("expected", "history"), LISTS.values(), ids=LISTS)
def test_lists(expected: bool, history: History) -> None:
    assert bool(check(AppendListModel(), history)) == expected


MODELS: dict[str, tuple[NamedModel[Any], Requests]] = {
    "register": (RegisterModel(0), histories.register),
    "key values": (KeyValueModel(), histories.key_values),
    "counter": (CounterModel(), histories.counter),
    "lists": (AppendListModel(), histories.lists),
    "queue": (QueueModel(), histories.queue),
}


@pytest.mark.parametrize(("model", "requests"), MODELS.values(), ids=MODELS)
def test_agrees_with_a_checker_that_tries_all_orders(model: NamedModel[Any], requests: Requests) -> None:
    verdicts = {True: 0, False: 0}
    if model.partition(("get", 1)) is not None:
        requests = _with_key(requests, 1)
    for seed in range(500):
        source = random.Random(seed)
        history = changed(correct(model, requests, source, source.randrange(1, 7), 3, unknown=0.2), source)
        expected = is_linearizable(model, history)
        assert bool(check(model, history)) == expected, history
        verdicts[expected] += 1
    assert min(verdicts.values()) > 10


def _with_key(requests: Requests, key: object) -> Requests:
    def make(source: random.Random) -> Named:
        name, _, *arguments = requests(source)
        return (name, key, *arguments)

    return make


@pytest.mark.parametrize("unknown", [0.0, 0.01], ids=["all known", "some unknown"])
@pytest.mark.parametrize(("model", "requests"), MODELS.values(), ids=MODELS)
def test_long_histories(model: NamedModel[Any], requests: Requests, unknown: float) -> None:
    """A correct history is accepted. With a response that nothing explains, it is rejected."""
    source = random.Random(1)
    history = correct(model, requests, source, 10_000 if requests is histories.key_values else 2000, 7, unknown)
    assert check(model, history).verdict is Verdict.LINEARIZABLE

    numbers = [number for number, operation in enumerate(history) if model.is_read(operation.request, ())]
    number = source.choice(numbers or range(len(history)))
    broken = [*history[:number], _impossible(history[number]), *history[number + 1 :]]
    result = check(model, broken)
    assert result.verdict is Verdict.NOT_LINEARIZABLE
    assert result.culprit is not None
    assert result.culprit.response == broken[number].response


def _impossible(operation: Operation[Named, Any]) -> Operation[Named, Any]:
    response = ["never appended"] if operation.request[0] == "read" and len(operation.request) == 2 else -1
    returned = operation.called + 1 if operation.returned is None else operation.returned
    return Operation(operation.client, operation.request, response, operation.called, returned)


def test_ten_thousand_operations_take_seconds() -> None:
    history = correct(KeyValueModel(), histories.key_values, random.Random(1), 10_000, 10, 0.01)
    started = time.process_time()
    assert check(KeyValueModel(), history)
    assert time.process_time() - started < 5.0


def test_explains_a_violation() -> None:
    history = [
        operation("a", "append", "k", "x", returns=1, at=(0, 1)),
        operation("b", "append", "k", "y", at=(0.5, None)),
        operation("a", "append", "other", "z", returns=1, at=(0, 9)),
        operation("c", "read", "k", returns=["x", "z"], at=(2, 3)),
        operation("c", "read", "k", returns=["x"], at=(4, 5)),
    ]

    result = check(AppendListModel(), history)

    assert result.partition == "k"
    assert result.culprit == history[3]
    assert result.prefix == (history[0],)
    assert str(result) == (
        "not linearizable: 'k': no order of the operations explains\n"
        "    2 to 3, c: read('k') -> ['x', 'z']\n"
        "The operation that returned before is linearizable:\n"
        "    0 to 1, a: append('k', 'x') -> 1   state: ['x']\n"
        "These may take effect before it, and do not explain it either:\n"
        "    0.5, not returned, b: append('k', 'y') -> ?\n"
        "States that are possible when it returns, without it: ['x']"
    )


def test_gives_up_at_the_bound() -> None:
    history = [operation(f"{value}", "write", value, at=(0, 100)) for value in range(20)]
    history.append(operation("reader", "read", returns=-1, at=(50, 60)))

    result = check(RegisterModel(0), history, max_steps=1000)

    assert result.verdict is Verdict.UNKNOWN
    assert not result
    assert str(result).startswith("unknown: not decided after")
    assert check(RegisterModel(0), history, max_steps=None, seconds=0.0).verdict is Verdict.UNKNOWN


def test_a_violation_elsewhere_counts_more_than_the_bound() -> None:
    history = [operation(f"{value}", "put", "a", value, at=(0, 100)) for value in range(20)]
    history.append(operation("reader", "get", "a", returns=-1, at=(50, 60)))
    history += [operation("reader", "get", "b", returns=-1, at=(time, time + 1)) for time in range(30)]

    result = check(KeyValueModel(), history, max_steps=1000)

    assert result.verdict is Verdict.NOT_LINEARIZABLE
    assert result.partition == "b"


def test_queue_has_no_value_that_means_that_it_is_empty() -> None:
    with pytest.raises(ValueError, match=r"\('enqueue', None\)"):
        check(QueueModel(), [operation("a", "enqueue", None, returns=1, at=(0, 1))])


INVALID: dict[str, tuple[Any, type[Exception], str]] = {
    "return before the call": (Operation("a", ("read",), None, 2.0, 1.0), ValueError, "that return after their call"),
    "call at no time": (Operation("a", ("read",), None, math.nan, 1.0), ValueError, "that return after their call"),
    "return at no time": (Operation("a", ("read",), None, 1.0, math.nan), ValueError, "that return after their call"),
    "no call": (Operation("a", ("read",), None, None, 1.0), TypeError, "times of a call and its return"),  # type: ignore[arg-type]
    "texts": (Operation("a", ("read",), None, "one", 2.0), TypeError, "times of a call and its return"),  # type: ignore[arg-type]
    "unknown response": (Operation("a", ("read",), 5, 1.0, None), ValueError, "expected no response"),
    "tuple": (("read",), TypeError, "expected Operation, got tuple"),
}


@pytest.mark.parametrize(("item", "error", "message"), INVALID.values(), ids=INVALID)
def test_rejects_invalid_operations(item: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        check(RegisterModel(), [item])


@pytest.mark.parametrize("model", [model for model, _ in MODELS.values()], ids=MODELS)
def test_rejects_an_operation_that_the_model_does_not_have(model: NamedModel[Any]) -> None:
    with pytest.raises(ValueError, match="has no operation"):
        check(model, [operation("a", "drop", "k", returns=1, at=(0, 1))])


# Recording.


def test_recorder() -> None:
    recorder: Recorder[Named, Any] = Recorder()
    late = recorder.call("a", ("write", 1), 0.0)
    recorder.failed(recorder.call("b", ("write", 2), 1.0))
    recorder.call("c", ("write", 3), 2.0)
    recorder.returned(late, None, 5.0)

    assert len(recorder) == 2
    assert recorder.operations == [
        Operation("a", ("write", 1), None, 0.0, 5.0),
        Operation("c", ("write", 3), None, 2.0, None),
    ]
    with pytest.raises(ValueError, match="expected a call that has not returned yet"):
        recorder.failed(late)


def test_result_of_a_correct_history() -> None:
    assert check(RegisterModel(), []) == Result(Verdict.LINEARIZABLE, 0)
    assert str(check(RegisterModel(), [])) == "linearizable"
